"""Names of sleep stages: what scorers and files write, and the stage of the AASM that it means."""

from __future__ import annotations

import re
from numbers import Real

STAGES = ("W", "N1", "N2", "N3", "R")
UNSCORED = "?"
_BEFORE = re.compile(r"^(?:SLEEP)?[\s_-]*(?:STAGE)?[\s_:-]*")
# Stages 3 and 4 of Rechtschaffen and Kales are N3 of the AASM; movement time is not scored there.
_WORDS = {
    **dict.fromkeys(("W", "WAKE", "AWAKE", "0"), "W"),
    **dict.fromkeys(("R", "REM", "5"), "R"),
    **{f"{kind}{k}": f"N{min(k, 3)}" for kind in ("", "N", "S", "NREM") for k in (1, 2, 3, 4)},
    **dict.fromkeys(
        ("?", "", "U", "UNS", "UNSCORED", "UNKNOWN", "M", "MT", "MOVEMENT", "MOVEMENT TIME", "ART",
         "NAN", "NONE", "-1", "-2", "9"),
        UNSCORED,
    ),
}  # fmt: skip


def sleep_stage(text: object) -> str:
    """Return W, N1, N2, N3 or R, '?' for an epoch that is not scored, '' for anything else.

    Parameters
    ----------
    text : str or number
        ``"Sleep stage W"``, ``"N2"``, ``"REM"``, ``"S4"``, ``3``, ``"Movement time"``. Numbers are
        those of Rechtschaffen and Kales: 0 is W, 1 to 4 are N1, N2, N3, N3, and 5 is R.
    """
    if isinstance(text, bool):
        return ""
    if isinstance(text, Real):
        number = float(text)
        word = str(int(number)) if number.is_integer() else str(number).upper()
    else:
        word = str(text).strip().upper()
    if word in _WORDS:  # also what is left of a number below zero
        return _WORDS[word]
    rest = _BEFORE.sub("", word)
    return _WORDS.get(rest, "") if rest else ""
