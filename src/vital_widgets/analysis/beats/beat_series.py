"""Beats and the intervals between them: the output of detectors and the input of HRV."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.result import NOTHING, Result
from vital_widgets.analysis.engine.validity import ValidSignal, passed_on, real_array
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.core.channel import Channel

BeatsLike: TypeAlias = "HasTimes | Annotations | Channel | ArrayLike"
IntervalsLike: TypeAlias = "Intervals | HasIntervals | Channel | ArrayLike"
EventsLike: TypeAlias = "Annotations | HasTimes | ArrayLike"
ECG, PPG = "ecg", "ppg"
MIN_MS, MAX_MS = 100.0, 10_000.0  # limits of any interval in ms, not of a normal one
EQUAL_MS = 1e-6  # intervals that differ by less are equal: rounding errors of times
RISING = 10  # a series of so many intervals, each longer than the one before, is not an RR series
MIN_MEAN_RATE, MAX_MEAN_RATE = 20.0, 220.0  # beats/min; maximum 220 - age (Fox et al. 1971)
LIKE_A_SIGNAL = 0.4  # share of negative values above which a series is a signal about zero
LOOKS_LIKE_SECONDS = 10.0  # a median below is in seconds, not in ms


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
        Number of the uninterrupted stretch of each interval: intervals ``i`` and ``i + 1`` are
        successive if and only if their numbers are equal.
    source : str
        'ecg' (NN or RR intervals) or 'ppg' (pulse intervals, which give pulse-rate variability).
    notes : tuple of str
        Notes that apply to everything computed from the intervals.
    """

    ms: NDArray[np.float64]
    times: NDArray[np.float64]
    stretch: NDArray[np.int64]
    source: str = ECG
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes, order and units."""
        for name, dtype in (("ms", np.float64), ("times", np.float64), ("stretch", np.int64)):
            given = getattr(self, name)
            if np.ma.is_masked(given):
                raise InvalidInputError(f"{name} contains masked values; leave such intervals out")
            object.__setattr__(self, name, np.asarray(given, dtype))
        ms = self.ms
        if not ms.ndim == 1 or not ms.shape == self.times.shape == self.stretch.shape:
            raise InvalidInputError(
                f"ms, times and stretch have the shapes {ms.shape}, {self.times.shape} and "
                f"{self.stretch.shape}; give one-dimensional arrays of equal length"
            )
        check_milliseconds(ms)
        if not np.all(np.isfinite(self.times)) or np.any(np.diff(self.times) <= 0):
            raise InvalidInputError("the times of intervals must increase and be finite")

    def __len__(self) -> int:
        """Return the number of intervals."""
        return len(self.ms)

    @property
    def valid(self) -> ValidSignal:
        """How much of the time from the first to the last beat the intervals cover."""
        if not len(self):
            return NOTHING
        span = float(self.times[-1] - self.times[0] + self.ms[0] / 1000)
        return ValidSignal(min(float(self.ms.sum()) / 1000, span), span)

    def successive(self) -> NDArray[np.int64]:
        """Return each ``i`` for which interval ``i + 1`` follows interval ``i`` without a gap."""
        return np.flatnonzero(np.diff(self.stretch) == 0)

    def parts(self) -> list[NDArray[np.int64]]:
        """Return the indices of the intervals of each uninterrupted stretch."""
        return np.split(np.arange(len(self)), np.flatnonzero(np.diff(self.stretch)) + 1)

    def where(self, kept: NDArray[np.bool_]) -> Intervals:
        """Return the intervals of a mask; the stretch ends where an interval is excluded."""
        number = numbered_without(~kept, self.stretch)
        return replace(self, ms=self.ms[kept], times=self.times[kept], stretch=number)

    def between(self, t0: float, t1: float) -> Intervals:
        """Return the intervals that lie completely in the window ``[t0, t1)`` in seconds."""
        first = int(np.searchsorted(self.times - self.ms / 1000, t0, side="left"))
        part = slice(first, max(first, int(np.searchsorted(self.times, t1, side="left"))))
        ms, times, stretch = self.ms[part], self.times[part], self.stretch[part]
        return replace(self, ms=ms, times=times, stretch=stretch)


def check_milliseconds(ms: NDArray[np.float64]) -> None:
    """Raise `InvalidInputError` unless the values can be intervals between heartbeats in ms."""
    if not len(ms):
        return
    if not np.all(np.isfinite(ms)):
        k = int(np.flatnonzero(~np.isfinite(ms))[0])
        raise InvalidInputError(
            f"interval {k} is {ms[k]!r}, or masked; give the others as Intervals with "
            "times, so that the gap is known"
        )
    negative = float(np.mean(ms < 0))
    if negative and (float(np.median(ms)) < LOOKS_LIKE_SECONDS or negative > LIKE_A_SIGNAL):
        raise InvalidInputError(
            f"interval {int(np.argmin(ms))} is {ms.min():.6g}, which is negative: the values look "
            "like a signal, not like RR intervals; find the beats first: "
            "hrv(ecg_peaks(x, fs=250))"
        )
    if float(np.median(ms)) < LOOKS_LIKE_SECONDS:
        raise InvalidInputError(
            f"the median interval is {float(np.median(ms)):.4g}, which looks like seconds; give "
            "intervals in milliseconds: multiply seconds by 1000"
        )
    bad = np.flatnonzero((ms < MIN_MS) | (ms > MAX_MS))
    if len(bad):
        k = int(bad[0])
        raise InvalidInputError(
            f"interval {k} is {ms[k]:.6g} ms, outside the accepted range of {MIN_MS:g} to "
            f"{MAX_MS:g} ms; correct the beats first (correct_beats), or convert samples to "
            "milliseconds"
        )


def intervals_of(beats: Any) -> Intervals:
    """Return the intervals of beats, of a result with intervals, or of an array in ms.

    An array has no gap; one that increases throughout contains R peaks and is refused.
    """
    if isinstance(beats, Intervals):
        return beats
    method = getattr(beats, "intervals", None)
    if callable(method):
        intervals: Intervals = method()
        return intervals
    ms = real_array(beats)
    if ms is None:
        raise InvalidInputError(
            f"{type(beats).__name__} has no intervals; give a channel, beats as a detector returns "
            "them, Intervals, or an array of successive intervals in milliseconds, as numbers"
        )
    if ms.ndim != 1:
        raise InvalidInputError(
            f"the intervals have the shape {ms.shape}; give a one-dimensional array"
        )
    if len(ms) >= RISING and np.all(np.diff(ms) > 0):
        raise InvalidInputError(
            f"all {len(ms):,} values increase, from {ms[0]:.6g} to {ms[-1]:.6g}: these look like R "
            "peaks, not like intervals between them. Give the result of ecg_peaks, or the "
            "intervals in ms: numpy.diff(samples) / fs * 1000 of sample numbers, "
            "numpy.diff(times) * 1000 of seconds"
        )
    check_milliseconds(ms)
    notes = _implausible_rate(ms)
    return Intervals(ms, np.cumsum(ms) / 1000, np.zeros(len(ms), np.int64), notes=notes)


def _implausible_rate(ms: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a note if the mean rate is not that of a human heart."""
    if not len(ms) or MIN_MEAN_RATE <= 60_000 / float(ms.mean()) <= MAX_MEAN_RATE:
        return ()
    mean = float(ms.mean())
    note = (
        f"the mean interval of {mean:.4g} ms is a rate of {60_000 / mean:.4g} beats/min, outside "
        f"the human range of {MIN_MEAN_RATE:g} to {MAX_MEAN_RATE:g} beats/min. If the values are "
        "in samples, give numpy.diff(samples) / fs * 1000"
    )
    return (note,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Beats(
    Result,
    given=("times", "fs", "extra"),
    columns={"time": "times", "sample": "samples", "stretch": "stretch", "": "extra"},
):
    """Beats found in a signal.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds from the start of the recording (of an array: from its first sample), increasing.
    samples : ndarray of int64, shape (n,)
        Sample index of each beat: the R peak of an ECG, the systolic peak of a PPG.
    fs : float
        Sampling rate in Hz.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal of each beat, never decreasing. Between
        beats of different stretches there is a gap, and no interval.
    source : str
        'ecg' or 'ppg'.
    method : str
        The detector.
    polarity : int
        1 if the beats point up in the signal, -1 if they point down.
    extra : dict of str to ndarray, shape (n,)
        Further values of each beat.
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

        An interval longer than 10 s is excluded as a gap.
        """
        rr = np.diff(self.times) * 1000
        kept = (np.diff(self.stretch) == 0) & (rr <= MAX_MS)
        broken = np.cumsum(~kept)[kept]
        return Intervals(rr[kept], self.times[1:][kept], broken, self.source, passed_on(self))

    def annotations(self, text: str = "N", channel: str = "") -> Annotations:
        """Return one annotation per beat."""
        return Annotations(self.times, [text] * len(self), channel=[channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        rr = np.diff(self.times)[np.diff(self.stretch) == 0]
        rate = f"{60 / float(np.median(rr)):.4g} beats/min (median)" if len(rr) else "not available"
        return [
            ("beats", f"{len(self):,}"),
            ("detector", f"{self.method}, {'upward' if self.polarity > 0 else 'downward'}"),
            ("rate", rate),
        ]


def found_notes(beats: Beats) -> tuple[str, ...]:
    """Return the notes of a result for which a detector found the beats."""
    found = f"{len(beats):,} beats were found by {beats.source}_peaks ({beats.method!r})"
    return (found, *passed_on(beats))


def checked_beat_times(times: Any, name: str = "times") -> NDArray[np.float64]:
    """Return times in seconds as float64, or raise unless they are floats, finite, and increase.

    Integers are refused everywhere: they may be seconds or sample indices.
    """
    if np.ma.is_masked(times):
        raise InvalidInputError(f"{name} contains masked values; leave such beats out")
    try:
        array = np.asarray(times)
    except ValueError:  # ragged
        array = np.empty(0, object)
    if array.dtype.kind not in "iuf":
        raise InvalidInputError(
            f"{name} is {type(times).__name__} of {array.dtype}; give beat times as numbers in "
            "seconds, or beats as a detector returns them"
        )
    if array.ndim != 1:
        raise InvalidInputError(
            f"{name} has the shape {array.shape}; give one-dimensional beat times"
        )
    if array.dtype.kind != "f" and len(array):
        raise InvalidInputError(
            f"{name} contains integers: give times in seconds as floats (sample indices / fs)"
        )
    t = array.astype(np.float64)
    if not np.all(np.isfinite(t)):
        raise InvalidInputError(f"{name} contains NaN or infinity; leave such beats out")
    back = np.flatnonzero(np.diff(t) <= 0)
    if len(back):
        k = int(back[0])
        raise InvalidInputError(
            f"{name} does not rise: beat {k + 1} at {t[k + 1]:.6g} s comes after beat {k} at "
            f"{t[k]:.6g} s. If times restart there, give the beats of one recording at a time; "
            "otherwise sort the beats (numpy.unique also removes duplicates)"
        )
    return t


def numbered_without(excluded: NDArray[np.bool_], stretch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stretch numbers of the marks that remain; a stretch ends at excluded marks."""
    kept = stretch[~excluded]
    if not excluded.any() or excluded.all():
        return kept
    holes = np.cumsum(np.diff(excluded.astype(np.int8), prepend=0) > 0)[~excluded]
    changes = (np.diff(kept) != 0) | (np.diff(holes) != 0)
    return int(kept[0]) + np.concatenate([[0], np.cumsum(changes)]).astype(np.int64)
