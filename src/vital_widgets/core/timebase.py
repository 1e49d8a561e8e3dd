"""Convert samples to seconds and back, with gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TimeBase:
    """Times of the samples of one channel.

    A channel stores only samples that exist. They form one or more *runs*: stretches without a
    gap, in which sample ``i`` lies at ``onsets[k] + (i - starts[k]) / fs``.

    Parameters
    ----------
    fs : float
        Sampling rate in Hz, finite and above 0.
    n_samples : int
        Number of samples stored.
    starts : sequence of int, shape (k,)
        Index of the first sample of each run, strictly rising, first 0.
    onsets : sequence of float, shape (k,)
        Time of that sample in seconds from the recording's start. A run never begins before the
        previous one has ended.
    """

    fs: float
    n_samples: int
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    onsets: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))

    def __post_init__(self) -> None:
        """Check the values on which every method relies."""
        object.__setattr__(self, "fs", checked_rate(self.fs))
        object.__setattr__(self, "starts", np.ascontiguousarray(self.starts, np.int64))
        object.__setattr__(self, "onsets", np.ascontiguousarray(self.onsets, np.float64))
        starts, onsets = self.starts, self.onsets
        if self.n_samples < 0 or starts.ndim != 1 or starts.shape != onsets.shape:
            msg = f"a time base needs n_samples >= 0 and as many onsets as starts, not {self!r}"
            raise InvalidInputError(msg)
        if len(starts) == 0 or starts[0] != 0 or not np.all(np.isfinite(onsets)):
            msg = "the first run of a time base must start at sample 0, with finite onsets"
            raise InvalidInputError(msg)
        if not math.isfinite(float(onsets[-1]) + (self.n_samples - int(starts[-1])) / self.fs):
            msg = (
                f"{self.n_samples} samples at {self.fs!r} Hz from {float(onsets[-1])!r} s on end "
                "beyond the range of float64; check the sampling rate"
            )
            raise InvalidInputError(msg)
        lengths = np.diff(starts)
        if np.any(lengths <= 0) or (len(starts) > 1 and starts[-1] >= self.n_samples):
            msg = "the runs of a time base must be in order and hold at least one sample each"
            raise InvalidInputError(msg)
        ends = onsets[:-1] + lengths / self.fs
        early = np.flatnonzero(onsets[1:] < ends - 0.5 / self.fs)
        if len(early):
            k = int(early[0])
            msg = (
                f"time runs backwards: the run at {onsets[k + 1]:.6g} s begins before the one "
                f"before it ends at {ends[k]:.6g} s"
            )
            raise InvalidInputError(msg)

    @property
    def start(self) -> float:
        """Time of the first sample in seconds."""
        return float(self.onsets[0])

    @property
    def end(self) -> float:
        """Time just after the last sample: its own time plus one sample interval."""
        return float(self.onsets[-1] + (self.n_samples - self.starts[-1]) / self.fs)

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Stretches ``[t0, t1)`` in seconds between two runs, where no samples exist.

        Runs that touch within half a sample (a clock that drifts) have no gap between them.
        """
        ends = self.onsets[:-1] + np.diff(self.starts) / self.fs
        apart = self.onsets[1:] - ends >= 0.5 / self.fs
        return list(zip(ends[apart].tolist(), self.onsets[1:][apart].tolist(), strict=True))

    def times(self, i0: int, i1: int) -> NDArray[np.float64]:
        """Return the times in seconds of samples ``i0 <= i < i1``, shape ``(i1 - i0,)``."""
        return self.times_of(np.arange(i0, i1, dtype=np.int64))

    def times_of(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the times in seconds of samples by their indices, shape of ``samples``."""
        if len(self.starts) == 1:
            times: NDArray[np.float64] = self.onsets[0] + samples / self.fs
            return times
        run = np.searchsorted(self.starts, samples, side="right") - 1
        return self.onsets[run] + (samples - self.starts[run]) / self.fs

    def time_of(self, i: int) -> float:
        """Return the time in seconds of sample ``i``."""
        k = int(np.searchsorted(self.starts, i, side="right")) - 1
        return float(self.onsets[k] + (i - self.starts[k]) / self.fs)

    def index_at(self, t: float) -> int:
        """Return the index of the first sample at or after ``t`` seconds, else ``n_samples``."""
        if math.isnan(t):
            msg = "time nan is not a number of seconds"
            raise InvalidInputError(msg)
        if t <= self.onsets[0]:
            return 0
        if t >= self.end:
            return self.n_samples
        k = int(np.searchsorted(self.onsets, t, side="right")) - 1
        # 1e-6 of a sample: a time computed as i / fs must find sample i despite rounding.
        i = int(self.starts[k]) + math.ceil((t - float(self.onsets[k])) * self.fs - 1e-6)
        stop = int(self.starts[k + 1]) if k + 1 < len(self.starts) else self.n_samples
        return min(i, stop)

    def nearest(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the sample nearest to each time in seconds, -1 where nothing was recorded."""
        run = np.searchsorted(self.onsets - 0.5 / self.fs, times, side="right") - 1
        run = np.maximum(run, 0)
        first, stop = self.starts[run], np.append(self.starts[1:], self.n_samples)[run]
        at = first + np.round((times - self.onsets[run]) * self.fs).astype(np.int64)
        return np.where((at >= first) & (at < stop), at, -1)

    def sample_range(self, t0: float, t1: float) -> tuple[int, int]:
        """Return ``(i0, i1)``: the samples with ``t0 <= t < t1``, one range even across gaps."""
        if not t0 <= t1:
            msg = f"window [{t0!r}, {t1!r}) is not an interval: give t0 <= t1 in seconds"
            raise InvalidInputError(msg)
        return self.index_at(t0), self.index_at(t1)

    def part(self, i0: int, i1: int) -> TimeBase:
        """Return the times of samples ``i0 <= i < i1``, which become 0 and on."""
        inside = (self.starts > i0) & (self.starts < i1)
        starts = np.concatenate([[0], self.starts[inside] - i0])
        onsets = np.concatenate([[self.time_of(i0)], self.onsets[inside]])
        return TimeBase(self.fs, i1 - i0, starts, onsets)


def regular(fs: float, n_samples: int, start: float = 0.0) -> TimeBase:
    """Return a time base without gaps that begins at ``start`` seconds."""
    return TimeBase(fs, n_samples, np.zeros(1, np.int64), np.array([start], np.float64))


def from_runs(fs: float, runs: Sequence[tuple[float, int]]) -> TimeBase:
    """Return a time base of ``(onset in s, number of samples)`` pairs; touching runs are joined."""
    starts: list[int] = []
    onsets: list[float] = []
    n = 0
    for onset, length in runs:
        if length == 0:
            continue
        touching = starts and abs(onset - (onsets[-1] + (n - starts[-1]) / fs)) < 0.5 / fs
        if not touching:
            starts.append(n)
            onsets.append(float(onset))
        n += length
    return TimeBase(fs, n, np.array(starts or [0], np.int64), np.array(onsets or [0.0]))


def checked_rate(fs: float) -> float:
    """Return ``fs`` as a float, or raise if it cannot be a sampling rate in Hz."""
    try:
        rate = float(fs)
    except (TypeError, ValueError, OverflowError):
        rate = math.nan
    if not (math.isfinite(rate) and rate > 0):
        msg = f"sampling rate {format_value(fs)} is not a finite number above 0 Hz"
        raise InvalidInputError(msg)
    return rate
