"""Measures of signal quality of windows of samples, for all windows at once.

Each function takes windows of shape (k, n) with NaN for missing samples, and returns one value per
window, NaN if it is not defined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Windows = NDArray[np.float64]
    Values = NDArray[np.float64]

MIN_SHARE = 0.5  # of the samples of a window, for measures of its shape
CLIPPED_RUN = 3  # successive samples at the extreme: two can be chance
FLAT_RESOLUTION = 1e-9  # of the largest magnitude: smaller differences are rounding errors


def valid_share(windows: Windows) -> Values:
    """Return the share of samples that exist."""
    return np.asarray(np.isfinite(windows).mean(axis=1))


def flat_share(windows: Windows, fs: float, seconds: float) -> Values:
    """Return the share of a window that lies in runs of equal samples of at least ``seconds``."""
    n = windows.shape[1]
    shortest = max(round(seconds * fs), 2)
    filled = np.nan_to_num(windows)
    resolution = FLAT_RESOLUTION * np.abs(filled).max(axis=1, keepdims=True)
    equal = np.abs(np.diff(windows, axis=1)) <= resolution  # False beside NaN
    return _share_in_runs(equal, shortest - 1, n)


def clipped_share(windows: Windows) -> Values:
    """Return the share of a window that is cut off at its own extremes.

    These are three or more successive samples equal to the largest or smallest value of the window,
    unless the whole window is (a flat line).
    """
    known = np.isfinite(windows)
    top = np.max(np.where(known, windows, -np.inf), axis=1, keepdims=True)
    bottom = np.min(np.where(known, windows, np.inf), axis=1, keepdims=True)
    share = np.zeros(len(windows))
    for extreme in (top, bottom):
        at = known & (windows == extreme)
        both = at[:, 1:] & at[:, :-1]
        share += _share_in_runs(both, CLIPPED_RUN - 1, windows.shape[1])
    return np.where((top == bottom)[:, 0], 0.0, share)


def saturated_share(windows: Windows, limits: tuple[float, float]) -> Values:
    """Return the share of samples at or beyond the limits of the converter."""
    low, high = limits
    at = (windows <= low) | (windows >= high)  # False for NaN
    counts = np.isfinite(windows).sum(axis=1)
    return np.asarray(np.where(counts > 0, at.sum(axis=1) / np.maximum(counts, 1), np.nan))


def moments(windows: Windows) -> tuple[Values, Values, Values]:
    """Return standard deviation, skewness and kurtosis (3 for a normal distribution)."""
    known = np.isfinite(windows)
    count = known.sum(axis=1)
    enough = count >= MIN_SHARE * windows.shape[1]
    n = np.maximum(count, 1)
    mean = np.where(known, windows, 0.0).sum(axis=1) / n
    away = np.where(known, windows - mean[:, None], 0.0)
    m2 = (away**2).sum(axis=1) / n
    spread = enough & (m2 > (FLAT_RESOLUTION * np.abs(mean)) ** 2) & (m2 > 0)
    safe = np.where(spread, m2, 1.0)
    m3, m4 = (away**3).sum(axis=1) / n, (away**4).sum(axis=1) / n
    nothing = np.full(len(windows), np.nan)
    return (
        np.where(enough, np.sqrt(m2), np.nan),
        np.where(spread, m3 / safe**1.5, nothing),
        np.where(spread, m4 / safe**2, nothing),
    )


class Spectra:
    """Power spectra of windows (Hann, without mean), for shares of power in bands.

    Missing samples are set to the mean, in windows that have at least half of them.
    """

    def __init__(self, windows: Windows, fs: float) -> None:
        from scipy.fft import rfft, rfftfreq
        from scipy.signal.windows import hann

        known = np.isfinite(windows)
        n = windows.shape[1]
        count = np.maximum(known.sum(axis=1), 1)
        mean = np.where(known, windows, 0.0).sum(axis=1) / count
        away = np.where(known, windows - mean[:, None], 0.0)
        self.power = np.square(np.abs(rfft(away * hann(n, sym=False), axis=1)))
        self.frequency = rfftfreq(n, 1 / fs)
        self._enough = known.mean(axis=1) >= MIN_SHARE
        # The rounding errors of a constant are not a signal.
        floor = (FLAT_RESOLUTION * np.abs(np.nan_to_num(windows)).max(axis=1)) ** 2 * n
        self._something = self.power.sum(axis=1) > floor

    def share(self, low: float, high: float, of_low: float, of_high: float) -> Values:
        """Return the power of ``[low, high]`` Hz as a share of that of ``[of_low, of_high]``."""
        whole = self._sum(of_low, of_high)
        good = self._enough & self._something & (whole > 0)
        return np.where(good, self._sum(low, high) / np.where(good, whole, 1.0), np.nan)

    def peak_share(self, low: float, high: float, width: float) -> Values:
        """Return the largest share of the power of a band within ``± width`` Hz of its peak."""
        inside = (self.frequency >= low) & (self.frequency <= high)
        power = self.power[:, inside]
        if not power.shape[1]:
            return np.full(len(self.power), np.nan)
        reach = max(round(width / (self.frequency[1] - self.frequency[0])), 1)
        peak = power.argmax(axis=1)
        near = np.abs(np.arange(power.shape[1]) - peak[:, None]) <= reach
        whole = self.power[:, 1:].sum(axis=1)
        good = self._enough & self._something & (whole > 0)
        return np.where(good, (power * near).sum(axis=1) / np.where(good, whole, 1.0), np.nan)

    def _sum(self, low: float, high: float) -> Values:
        inside = (self.frequency >= low) & (self.frequency <= high)
        return np.asarray(self.power[:, inside].sum(axis=1))


def _share_in_runs(flags: NDArray[np.bool_], min_run: int, n: int) -> Values:
    """Return the share of ``n`` samples in runs of ``min_run`` or more true pairs of neighbours."""
    k, m = flags.shape
    if m < min_run:
        return np.zeros(k)
    padded = np.zeros((k, m + 2), np.int8)
    padded[:, 1:-1] = flags
    steps = np.diff(padded, axis=1)
    rows, begins = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    lengths = ends - begins
    long = lengths >= min_run
    return np.bincount(rows[long], lengths[long] + 1, minlength=k) / n
