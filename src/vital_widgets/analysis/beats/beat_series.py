"""Beats and the intervals between them: what detectors give and what HRV takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import passed_on
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

BeatsLike: TypeAlias = "Beats | HasTimes | ArrayLike"
IntervalsLike: TypeAlias = "Intervals | HasIntervals | ArrayLike"
EventsLike: TypeAlias = "Annotations | HasTimes | ArrayLike"
ECG, PPG = "ecg", "ppg"
# Shortest and longest interval (ms) that a series may hold at all; the limits are those of what
# can be an interval in milliseconds, not of what is normal.
SHORTEST_MS, LONGEST_MS = 100.0, 10_000.0
EQUAL_MS = 1e-6  # intervals that differ by no more are equal: what rounding leaves of times
RISING = 10  # intervals that do not grow one after the other in any heart
# Beats/min (220 less the age: Fox et al. 1971) between which human hearts beat on average.
SLOWEST_MEAN, FASTEST_MEAN = 20.0, 220.0
LOOKS_LIKE_SECONDS = 10.0  # a median interval below is in seconds, not in ms


class HasTimes(Protocol):
    """A result with times of beats or events, in seconds."""

    @property
    def times(self) -> NDArray[np.float64]:
        """Times in seconds, rising."""


class HasIntervals(Protocol):
    """A result with intervals between beats."""

    def intervals(self) -> Intervals:
        """Return the intervals between successive beats."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Intervals between successive beats.

    Attributes
    ----------
    ms : ndarray of float64, shape (n,)
        Intervals in milliseconds.
    times : ndarray of float64, shape (n,)
        Time in seconds of the beat that ends each interval.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch each interval lies in: intervals ``i`` and ``i + 1``
        follow each other without a gap if and only if their numbers are equal.
    source : str
        'ecg' (NN or RR intervals) or 'ppg' (pulse intervals: what is computed from them is
        pulse-rate variability, and says so).
    notes : tuple of str
        What whoever computes figures from them must pass on.
    """

    ms: NDArray[np.float64]
    times: NDArray[np.float64]
    stretch: NDArray[np.int64]
    source: str = ECG
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes, order and units."""
        ms = np.asarray(self.ms, np.float64)
        object.__setattr__(self, "ms", ms)
        object.__setattr__(self, "times", np.asarray(self.times, np.float64))
        object.__setattr__(self, "stretch", np.asarray(self.stretch, np.int64))
        if not ms.ndim == 1 or not ms.shape == self.times.shape == self.stretch.shape:
            raise InvalidInputError(
                f"intervals need as many times {self.times.shape} and stretch numbers "
                f"{self.stretch.shape} as intervals {ms.shape}, one-dimensional"
            )
        check_milliseconds(ms)
        if not np.all(np.isfinite(self.times)) or np.any(np.diff(self.times) <= 0):
            raise InvalidInputError("the times of intervals must rise and be finite")

    def __len__(self) -> int:
        """Return the number of intervals."""
        return len(self.ms)

    def successive(self) -> NDArray[np.int64]:
        """Return each ``i`` for which interval ``i + 1`` follows interval ``i`` without a gap."""
        return np.flatnonzero(np.diff(self.stretch) == 0)

    def where(self, kept: NDArray[np.bool_]) -> Intervals:
        """Return the intervals of a mask; where one is left out, the stretch ends."""
        broken = np.cumsum(~kept)[kept]  # rises wherever something was left out in between
        steps = (np.diff(self.stretch[kept], prepend=-1) != 0) | (np.diff(broken, prepend=-1) != 0)
        number = np.cumsum(steps) - 1
        return Intervals(self.ms[kept], self.times[kept], number, self.source, self.notes)

    def between(self, t0: float, t1: float) -> Intervals:
        """Return the intervals that lie in the window ``[t0, t1)`` in seconds whole."""
        first = int(np.searchsorted(self.times - self.ms / 1000, t0, side="left"))
        last = int(np.searchsorted(self.times, t1, side="left"))
        part = slice(first, max(first, last))
        ms, times, stretch = self.ms[part], self.times[part], self.stretch[part]
        return Intervals(ms, times, stretch, self.source, self.notes)


def check_milliseconds(ms: NDArray[np.float64]) -> None:
    """Raise `InvalidInputError` unless these can be intervals between heart beats in ms."""
    if not len(ms):
        return
    if not np.all(np.isfinite(ms)):
        k = int(np.flatnonzero(~np.isfinite(ms))[0])
        raise InvalidInputError(
            f"interval {k} is {ms[k]!r}; leave such intervals out, and give the times of the "
            "others so that the gap is known"
        )
    if float(np.median(ms)) < LOOKS_LIKE_SECONDS:
        raise InvalidInputError(
            f"the median interval is {float(np.median(ms)):.4g}, which looks like seconds (or "
            "beats a second); give intervals in milliseconds: multiply seconds by 1000"
        )
    bad = np.flatnonzero((ms < SHORTEST_MS) | (ms > LONGEST_MS))
    if len(bad):
        k = int(bad[0])
        raise InvalidInputError(
            f"interval {k} is {ms[k]:.6g} ms; no heart beats so: intervals lie within "
            f"{SHORTEST_MS:g} and {LONGEST_MS:g} ms. Correct the beats first (correct_beats), or "
            "give milliseconds if these are samples"
        )


def intervals_of(beats: Any) -> Intervals:
    """Return intervals from all that holds some.

    Parameters
    ----------
    beats : Intervals, a result with an ``intervals()`` method, or array-like of float, shape (n,)
        An array is taken as successive intervals in milliseconds without a gap. One that rises
        throughout holds R peaks and is refused.
    """
    if isinstance(beats, Intervals):
        return beats
    told = getattr(beats, "intervals", None)
    if callable(told):
        intervals: Intervals = told()
        return intervals
    try:
        ms = np.asarray(beats, np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"{type(beats).__name__} holds no intervals; give beats as a detector returns them, "
            "Intervals, or an array of successive intervals in milliseconds"
        ) from None
    if ms.ndim != 1:
        raise InvalidInputError(f"intervals have the shape {ms.shape}; they are one-dimensional")
    _refuse_positions(ms)
    check_milliseconds(ms)
    notes = _unlike_a_heart(ms)
    return Intervals(ms, np.cumsum(ms) / 1000, np.zeros(len(ms), np.int64), notes=notes)


def _unlike_a_heart(ms: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a note where intervals in ms would be those of no human heart."""
    if not len(ms) or SLOWEST_MEAN <= 60_000 / float(ms.mean()) <= FASTEST_MEAN:
        return ()
    mean = float(ms.mean())
    note = (
        f"the mean interval of {mean:.4g} is taken as ms, which are {60_000 / mean:.4g} beats/min; "
        f"human hearts beat {SLOWEST_MEAN:g} to {FASTEST_MEAN:g} times a minute. If these are "
        "samples, give numpy.diff(samples) / fs * 1000"
    )
    return (note,)


def _refuse_positions(ms: NDArray[np.float64]) -> None:
    """Raise `InvalidInputError` where what should be intervals are the places of beats."""
    if len(ms) >= RISING and np.all(np.diff(ms) > 0):
        raise InvalidInputError(
            f"all {len(ms):,} values rise, from {ms[0]:.6g} to {ms[-1]:.6g}: these look like R "
            "peaks, not like intervals between them. Give what ecg_peaks returns, or the "
            "intervals in ms: numpy.diff(samples) / fs * 1000 of sample numbers, "
            "numpy.diff(times) * 1000 of seconds"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Beats(Result, given=("times", "fs", "extra")):
    """Beats found in a signal.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds from the recording's start (of an array: from its first sample), rising.
    samples : ndarray of int64, shape (n,)
        Index of the sample each beat lies on: the R peak of an ECG, the systolic peak of a PPG.
    fs : float
        Sampling rate in Hz.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal a beat lies in, never falling. Between
        beats of different stretches there is a gap, and no interval.
    source : str
        'ecg' or 'ppg'.
    method : str
        The detector.
    polarity : int
        1 where the beats point up in the signal, -1 where they point down.
    """

    times: NDArray[np.float64]
    samples: NDArray[np.int64]
    fs: float
    stretch: NDArray[np.int64]
    source: str = ECG
    method: str = ""
    polarity: int = 1
    extra: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def intervals(self) -> Intervals:
        """Return the intervals between successive beats, none across a gap.

        Intervals longer than 10 s are left out, as gaps: no heart pauses so long and goes on.
        """
        rr = np.diff(self.times) * 1000
        kept = (np.diff(self.stretch) == 0) & (rr <= LONGEST_MS)
        broken = np.cumsum(~kept)[kept]
        return Intervals(rr[kept], self.times[1:][kept], broken, self.source, passed_on(self))

    def annotations(self, text: str = "N", channel: str = "") -> Annotations:
        """Return a mark for each beat."""
        return Annotations(self.times, [text] * len(self), channel=[channel] * len(self))

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row a beat: time (s), sample, stretch, and what else is known."""
        import pandas as pd

        columns = {"time": self.times, "sample": self.samples, "stretch": self.stretch}
        return pd.DataFrame({**columns, **self.extra})

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of beats, the detector and the rate."""
        rr = np.diff(self.times)[np.diff(self.stretch) == 0]
        rate = f"{60 / float(np.median(rr)):.4g} beats/min (median)" if len(rr) else "not available"
        return [
            ("beats", f"{len(self):,}"),
            ("found by", f"{self.method}, {'upward' if self.polarity > 0 else 'downward'}"),
            ("rate", rate),
        ]


def checked_beat_times(times: Any, name: str = "times") -> NDArray[np.float64]:
    """Return beat times in seconds as float64, or raise unless they are finite and rise."""
    try:
        array = np.asarray(times)
    except ValueError:  # ragged
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf":
        raise InvalidInputError(
            f"{name} is {type(times).__name__} of {array.dtype}; give beat times as numbers, in "
            "seconds"
        )
    t = array.astype(np.float64)
    if t.ndim != 1:
        raise InvalidInputError(f"{name} has the shape {t.shape}; beat times are one-dimensional")
    if not np.all(np.isfinite(t)):
        raise InvalidInputError(f"{name} holds NaN or infinity; leave such beats out")
    back = np.flatnonzero(np.diff(t) <= 0)
    if len(back):
        k = int(back[0])
        raise InvalidInputError(
            f"{name} does not rise: beat {k + 1} at {t[k + 1]:.6g} s comes after beat {k} at "
            f"{t[k]:.6g} s. Where times begin anew there, the beats are of two recordings: give "
            "those of one; else sort the beats (numpy.unique also leaves one of two equal times)"
        )
    return t


def numbered_without(left_out: NDArray[np.bool_], stretch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stretches of the marks that stay, which end where marks were left out, too.

    Parameters
    ----------
    left_out : ndarray of bool, shape (n,)
        The marks that do not stay: no interval is formed across them.
    stretch : ndarray of int64, shape (n,)
        The stretch of each mark, rising.
    """
    if not left_out.any() or left_out.all():
        return stretch[~left_out]
    holes = np.cumsum(np.diff(left_out.astype(np.int8), prepend=0) > 0)[~left_out]
    kept = stretch[~left_out]
    changes = (np.diff(kept) != 0) | (np.diff(holes) != 0)
    return int(kept[0]) + np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)
