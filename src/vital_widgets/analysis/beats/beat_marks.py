"""Which marks of an annotator are beats, and whether their times can be seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import checked_beat_times
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The codes that PhysioBank lists as beats, and the others that an annotator can set: rhythms,
# noise, waves, comments, flutter waves (`isqrs` of WFDB calls them beats), blocked P waves.
NORMAL_CODES = frozenset("NLRBej")
BEAT_CODES = NORMAL_CODES | frozenset("AaJSVrFEn/fQ?")
OTHER_CODES = frozenset([*"~|sT*D\"=p^t+u![]x()@`'", "U"])
MIN_BEATS = 4  # needed for a median interval that means something
MIN_S, MAX_S = 0.02, 10.0  # s: limits of the median interval of a heart
SHOWN = 4


def beat_times(beats: Any, name: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the times of beats (not of a channel) in seconds, and notes on other marks."""
    notes: list[str] = []
    if isinstance(beats, Annotations):
        onset, notes = _beats_among(beats, name)
        times = checked_beat_times(onset, name)
    else:
        times = checked_beat_times(getattr(beats, "times", beats), name)
    check_seconds(times, name)
    if len(times) >= MIN_BEATS and (apart := float(np.median(np.diff(times)))) > MAX_S:
        notes.append(
            f"the median interval of {name} is {apart:.4g} s: unless these are selected events, "
            "the times are not in seconds"
        )
    return times, notes


def check_seconds(
    times: NDArray[np.float64], name: str, *, of: NDArray[np.float64] | None = None
) -> None:
    """Raise `InvalidInputError` if increasing times are sample numbers or milliseconds.

    Without times ``of`` the same recording only whole numbers are refused: selected events, such
    as ventricular beats alone, may be far apart, but not at whole seconds.
    """
    if len(times) < MIN_BEATS or (apart := float(np.median(np.diff(times)))) <= MAX_S:
        return
    whole = bool(np.all(times == np.round(times)))
    beyond = of is not None and len(of) >= MIN_BEATS and times[-1] > MAX_S * of[-1] > 0
    if whole or beyond:
        raise InvalidInputError(
            f"the median interval of {name} is {apart:.5g}, and the last value {times[-1]:.6g}"
            f"{'; all are whole numbers' if whole else ''}: these look like sample numbers or "
            "milliseconds. Give seconds: divide samples by the sampling rate, milliseconds by 1000"
        )


def nearest(times: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index in ``others``, increasing and not empty, of the one nearest to each time."""
    return np.searchsorted((others[1:] + others[:-1]) / 2, times)


def check_dense(times: NDArray[np.float64], name: str) -> None:
    """Raise `InvalidInputError` if times cannot be those of every beat of a heart."""
    apart = float(np.median(np.diff(times))) if len(times) >= MIN_BEATS else 1.0
    if not MIN_S <= apart <= MAX_S:
        raise InvalidInputError(
            f"the median interval of {name} is {apart:.4g} s, which is not that of a heart; give "
            "times in seconds: divide samples by the sampling rate, milliseconds by 1000"
        )


def _beats_among(marks: Annotations, name: str) -> tuple[NDArray[np.float64], list[str]]:
    texts = [str(text) for text in marks.text]
    beats = np.array([text in BEAT_CODES for text in texts], bool)
    others = sorted({text for text, beat in zip(texts, beats, strict=True) if not beat})
    if beats.any() or not others:
        ignored = int((~beats).sum())
        note = f"{ignored:,} of {len(texts):,} marks of {name} are not beats: {_listed(others)}"
        return marks.onset[beats], [note] if ignored else []
    own = [text for text in others if text not in OTHER_CODES and not text.startswith("(")]
    if not own:
        return marks.onset[beats], [f"no mark of {name} is a beat: {_listed(others)}"]
    if others == own[:1]:
        return marks.onset, [f"every mark of {name}, {own[0]!r}, is taken as a beat"]
    raise InvalidInputError(
        f"{name} has the marks {_listed(others)}, none of which is one of PhysioBank's codes of "
        f"beats ({', '.join(sorted(BEAT_CODES))}); give the times of the beats alone"
    )


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(repr(text) for text in texts[:SHOWN]) + more
