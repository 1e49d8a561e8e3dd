"""One stretch of ECG, and what the steps of QRS detection need of it, computed once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]
    Levels = tuple[Signal, Signal, Signal]

WORKING_RATE = 110.0  # Hz; the QRS has little above 40 Hz, so higher rates are averaged down
# Lengths in s of the running means. Two of the first pass what is below about 20 Hz, and two of
# the second are subtracted, which removes what is below about 5 Hz: the band of the QRS complex
# (Thakor et al. 1984).
BAND = (0.024, 0.12)
# Used where beats are weak: above electrode motion (10 to 35 Hz).
OTHER_BAND = (0.014, 0.055)
SHAPE_BAND = (0.03, 0.3)  # in which the shapes of beats are compared
NOISY = 4.0  # level over floor below which the other band is tried
CLEARER = 1.1  # factor by which this ratio must be higher in the other band
# Of the mean square slope: together about the length of a QRS complex, 60 to 120 ms.
ENERGY = (0.06, 0.06)
WINDOW = 2.0  # s: holds a beat at 30 beats/min and more
LEVEL_WINDOWS, FLOOR_WINDOWS = 7, 3  # windows in the medians of the beat level and of the floor
FAINT = 0.2  # of the level of the block's beats: a lower level is a pause, not small beats
REACH = 0.1  # s around a mark in which its slope is searched
UNROLLED = 7  # samples that NumPy adds one by one in a mean
TINY = 1e-300


class EcgStretch:
    """A stretch of ECG without NaN."""

    def __init__(self, values: Signal, fs: float) -> None:
        self.values, self.fs = values, fs
        self.step = max(int(fs // WORKING_RATE), 1)
        self.rate = fs / self.step
        self._smoothed: dict[int, Signal] = {}  # twice by running means of so many samples

    @functools.cached_property
    def x(self) -> Signal:
        """Means of `step` samples: the signal at `rate` Hz, near the working rate."""
        if self.step == 1:
            return self.values
        blocks = self.values[: len(self.values) // self.step * self.step].reshape(-1, self.step)
        if self.step > UNROLLED:
            return np.asarray(blocks.mean(axis=1))
        total = np.asarray(functools.reduce(np.add, blocks.T))  # much faster
        return np.divide(total, self.step, out=total)

    @functools.cached_property
    def slope_and_levels(self) -> tuple[Signal, Levels]:
        """The slope in the QRS band, or in the other band where that is clearer; its levels."""
        slope = self._slope_energy(BAND)
        levels = levels_of(slope, self.rate)
        centres, level, floor = levels
        ratio = level / np.maximum(floor, TINY)
        if not np.any(level < NOISY * floor):
            return slope, levels
        other = self._slope_energy(OTHER_BAND)
        _, its_level, its_floor = levels_of(other, self.rate)
        better = (ratio < NOISY) & (its_level / np.maximum(its_floor, TINY) > ratio * CLEARER)
        if not better.any():
            return slope, levels
        gains = np.where(better, 0.0, 1.0), np.where(better, level / np.maximum(its_level, TINY), 0)
        at = np.arange(len(slope))
        mixed = sum(
            np.interp(at, centres, g) * s for g, s in zip(gains, (slope, other), strict=True)
        )
        return np.asarray(mixed), levels_of(np.asarray(mixed), self.rate)

    @functools.cached_property
    def shape_band(self) -> Signal:
        """The signal at `rate` Hz in the band in which shapes are compared."""
        return self._band(SHAPE_BAND)

    def _slope_energy(self, band: tuple[float, float]) -> Signal:
        """Return the root mean square slope in a band."""
        filtered = self._band(band)
        if len(filtered) < 2:  # noqa: PLR2004 - a slope needs two
            return np.zeros_like(filtered)
        energy = np.empty_like(filtered)
        np.subtract(filtered[2:], filtered[:-2], out=energy[1:-1])
        energy[1:-1] *= 0.5
        energy[0], energy[-1] = filtered[1] - filtered[0], filtered[-1] - filtered[-2]
        energy *= energy
        for seconds in ENERGY:
            energy = _mean(energy, self._odd(seconds), energy)
        return np.sqrt(np.maximum(energy, 0.0, out=energy), out=energy)

    def _band(self, band: tuple[float, float]) -> Signal:
        """Return the signal at `rate` Hz between two running means, each applied twice."""
        short, long = map(self._odd, band)
        smooth = self._smoothed.get(short)
        if smooth is None:
            smooth = self._smoothed[short] = _mean_of_mean(self.x, short)
        slow = _mean_of_mean(smooth, long)
        return np.subtract(smooth, slow, out=None if slow is smooth else slow)

    def _odd(self, seconds: float) -> int:
        """Return an odd number of samples."""
        return 2 * max(round((seconds * self.rate - 1) / 2), 0) + 1

    def prominence(self, places: Places) -> Signal:
        """Return how much the slope at each place exceeds the floor around it, as a ratio."""
        from scipy.ndimage import maximum_filter1d

        if not len(places) or len(self.x) < self.rate:
            return np.full(len(places), np.nan)
        slope, (centres, _, floor) = self.slope_and_levels
        highest = maximum_filter1d(slope, 2 * round(REACH * self.rate) + 1)
        at = np.clip(places // self.step, 0, len(self.x) - 1)
        return np.asarray(highest[at] / np.maximum(np.interp(at, centres, floor), TINY))

    def part_around(self, peaks: Places, context_s: float) -> tuple[EcgStretch, int]:
        """Return the part with some peaks and their context, and the sample it begins at."""
        if context_s * self.fs >= len(self.values):
            return self, 0
        context = round(context_s * self.fs)
        first = max(int(peaks[0]) - context, 0) // self.step * self.step
        return EcgStretch(self.values[first : int(peaks[-1]) + context], self.fs), first

    def shapes(self, peaks: Places, half_s: float, lag: int = 0) -> Signal:
        """Return ``half_s`` seconds and ``lag`` more columns on either side of peaks, as rows."""
        half = round(half_s * self.rate) + lag
        middle = np.minimum(peaks // self.step, len(self.x) - 1)
        return around(self.shape_band, middle, -half, half)


def around(values: Signal, peaks: Places, first: int, last: int) -> Signal:
    """Return the samples ``first`` to ``last`` from each peak as rows; ends are repeated."""
    width, begin = last - first + 1, peaks + first
    final = len(values) - width
    if final < 0 or not values.flags.c_contiguous:
        return values.take(begin[:, None] + np.arange(width), mode="clip")
    step = values.itemsize  # a view of all rows: copying some of them needs no index of samples
    every: Signal = np.ndarray((final + 1, width), values.dtype, values, 0, (step, step))
    rows = every[np.clip(begin, 0, final)]
    beyond = np.flatnonzero((begin < 0) | (begin > final))
    if len(beyond):
        rows[beyond] = values.take(begin[beyond, None] + np.arange(width), mode="clip")
    return rows


def levels_of(slope: Signal, rate: float) -> Levels:
    """Return the centres of windows, and the level of the beats and of the floor around them."""
    from scipy.ndimage import median_filter

    # The windows share the stretch evenly; the few samples that remain are left out.
    n = max(len(slope) // max(round(WINDOW * rate), 1), 1)
    width = len(slope) // n
    windows = slope[: n * width].reshape(n, width)
    highest = windows.max(axis=1)
    middle = np.partition(windows, width // 2, axis=1)[:, width // 2]
    level: Signal = median_filter(highest, LEVEL_WINDOWS, mode="nearest")
    np.maximum(level, FAINT * np.percentile(highest, 75), out=level)
    floor: Signal = median_filter(middle, FLOOR_WINDOWS, mode="nearest")
    centres: Signal = (np.arange(n) * width + 0.5 * width).astype(np.float64)
    return centres, level, floor


def _mean_of_mean(x: Signal, n: int) -> Signal:
    return _mean(mean, n, mean) if (mean := _mean(x, n)) is not x else x


def _mean(x: Signal, n: int, out: Signal | None = None) -> Signal:
    from scipy.ndimage import uniform_filter1d

    if n == 1:
        return x
    out = np.empty_like(x) if out is None else out  # SciPy would fill it with zeros first
    return np.asarray(uniform_filter1d(x, n, output=out, mode="nearest"))
