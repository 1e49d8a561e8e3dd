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
LEAST = 4  # beats of which the distance says something
LONGEST = 10.0  # s: no heart pauses so long, time after time
SHORTEST = 0.02
SHOWN = 4


def beat_times(beats: Any, name: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the times of beats in seconds, and notes on marks that are none.

    Parameters
    ----------
    beats : Beats, CorrectedBeats, Annotations, or array-like of float, shape (n,)
        Of annotations those count that PhysioBank's codes call beats.
    name : str
        What messages call it.
    """
    notes: list[str] = []
    if isinstance(beats, Annotations):
        onset, notes = _beats_among(beats, name)
        times = checked_beat_times(onset, name)
    else:
        told = getattr(beats, "times", getattr(beats, "onset", beats))
        times = checked_beat_times(told, name)
    check_seconds(times, name)
    if len(times) >= LEAST and (apart := float(np.median(np.diff(times)))) > LONGEST:
        notes.append(
            f"{name} lies {apart:.4g} s apart in the median: unless these are chosen events, the "
            "times are not in seconds"
        )
    return times, notes


def check_seconds(
    times: NDArray[np.float64], name: str, *, of: NDArray[np.float64] | None = None
) -> None:
    """Raise `InvalidInputError` where times are sample numbers or milliseconds.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Rising.
    name : str
        What the message calls it.
    of : ndarray, optional
        Times of the same recording. Without these only whole numbers are doubted: marks that are
        rightly far apart (ventricular beats alone) lie at no whole seconds.
    """
    if len(times) < LEAST:
        return
    apart = float(np.median(np.diff(times)))
    if apart <= LONGEST:
        return
    whole = bool(np.all(times == np.round(times)))
    beyond = of is not None and len(of) >= LEAST and times[-1] > LONGEST * of[-1] > 0
    if whole or beyond:
        raise InvalidInputError(
            f"{name} lies {apart:.5g} apart in the median, up to {times[-1]:.6g}"
            f"{', all whole numbers' if whole else ''}: these look like sample numbers or "
            "milliseconds. Give seconds: divide samples by the sampling rate, milliseconds by 1000"
        )


def check_dense(times: NDArray[np.float64], name: str) -> None:
    """Raise `InvalidInputError` where times cannot be those of every beat of a heart."""
    apart = float(np.median(np.diff(times))) if len(times) >= LEAST else 1.0
    if not SHORTEST <= apart <= LONGEST:
        raise InvalidInputError(
            f"{name} lie {apart:.4g} s apart in the median, and no heart beats so; give their "
            "times in seconds: divide samples by the sampling rate, milliseconds by 1000"
        )


def _beats_among(marks: Annotations, name: str) -> tuple[NDArray[np.float64], list[str]]:
    texts = [str(text) for text in marks.text]
    beats = np.array([text in BEAT_CODES for text in texts], bool)
    others = sorted({text for text, beat in zip(texts, beats, strict=True) if not beat})
    if beats.any() or not others:
        left_out = int((~beats).sum())
        note = f"{left_out:,} of {len(texts):,} marks of {name} are no beats: {_listed(others)}"
        return marks.onset[beats], [note] if left_out else []
    own = [text for text in others if text not in OTHER_CODES and not text.startswith("(")]
    if not own:
        return marks.onset[beats], [f"no mark of {name} is a beat: {_listed(others)}"]
    if others == own[:1]:
        return marks.onset, [f"every mark of {name}, {own[0]!r}, is taken for a beat"]
    raise InvalidInputError(
        f"{name} has the marks {_listed(others)}, and none that PhysioBank calls a beat "
        f"({', '.join(sorted(BEAT_CODES))}); give the times of the beats alone"
    )


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(repr(text) for text in texts[:SHOWN]) + more
