"""Measures of signal quality of windows of samples, for all windows at once.

Each function takes windows as rows of n samples, NaN for missing ones, and returns one value for
each window, NaN if it is not defined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.windows.window_rows import Rows, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Windows = NDArray[np.float64]
    Values = NDArray[np.float64]

MIN_SHARE = 0.5  # of the samples of a window, for measures of its shape
CLIPPED_RUN = 3  # successive samples at the extreme: two can be chance
FLAT_RESOLUTION = 1e-9  # of the largest magnitude: smaller differences are rounding errors


def flat_share(windows: Windows, fs: float, seconds: float) -> Values:
    """Return the share of a window that lies in runs of equal samples of at least ``seconds``."""
    shortest = max(round(seconds * fs), 2)
    resolution = FLAT_RESOLUTION * np.abs(np.nan_to_num(windows)).max(axis=1, keepdims=True)
    equal = np.abs(np.diff(windows, axis=1)) <= resolution  # False beside NaN
    return _share_in_runs(equal, shortest - 1, windows.shape[1])


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
        at = windows == extreme  # False for NaN
        share += _share_in_runs(at[:, 1:] & at[:, :-1], CLIPPED_RUN - 1, windows.shape[1])
    return np.where((top == bottom)[:, 0], 0.0, share)


def saturated_share(rows: Rows, limits: tuple[float, float]) -> Values:
    """Return the share of samples at or beyond the limits of the converter."""
    at = (rows.values <= limits[0]) | (rows.values >= limits[1])  # False for NaN
    return ratio(at.sum(axis=1), rows.count)


def moments(rows: Rows) -> tuple[Values, Values, Values]:
    """Return standard deviation, skewness and kurtosis (3 for a normal distribution)."""
    m2 = np.where(_enough(rows), rows.moment(2), np.nan)
    spread = np.where(m2 > (FLAT_RESOLUTION * np.abs(rows.mean)) ** 2, m2, np.nan)
    return np.sqrt(m2), ratio(rows.moment(3), spread**1.5), ratio(rows.moment(4), spread**2)


def _enough(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray(rows.count >= MIN_SHARE * rows.values.shape[1])


class Spectra:
    """Power spectra of windows (Hann, without mean), for shares of power in bands.

    Missing samples are set to the mean, in windows that have at least half of them.
    """

    def __init__(self, rows: Rows) -> None:
        from scipy.fft import rfft, rfftfreq
        from scipy.signal.windows import hann

        n = rows.values.shape[1]
        self.power = np.square(np.abs(rfft(rows.centred * hann(n, sym=False), axis=1)))
        self.frequency = rfftfreq(n, 1 / rows.fs)
        # The rounding errors of a constant are not a signal.
        floor = (FLAT_RESOLUTION * np.abs(np.nan_to_num(rows.values)).max(axis=1)) ** 2 * n
        self._good = _enough(rows) & (self.power.sum(axis=1) > floor)

    def share(self, low: float, high: float, of_low: float, of_high: float) -> Values:
        """Return the power of ``[low, high]`` Hz as a share of that of ``[of_low, of_high]``."""
        part, whole = self._band(low, high), self._band(of_low, of_high)
        return ratio(part.sum(axis=1), np.where(self._good, whole.sum(axis=1), 0.0))

    def peak_share(self, low: float, high: float, width: float) -> Values:
        """Return the largest share of the power of a band within ``± width`` Hz of its peak."""
        power = self._band(low, high)
        if not power.shape[1]:
            return np.full(len(self.power), np.nan)
        reach = max(round(width / self.frequency[1]), 1)
        near = np.abs(np.arange(power.shape[1]) - power.argmax(axis=1)[:, None]) <= reach
        whole = np.where(self._good, self.power[:, 1:].sum(axis=1), 0.0)
        return ratio((power * near).sum(axis=1), whole)

    def _band(self, low: float, high: float) -> Values:
        inside = (self.frequency >= low) & (self.frequency <= high)
        return np.asarray(self.power[:, inside])


def _share_in_runs(flags: NDArray[np.bool_], min_run: int, n: int) -> Values:
    """Return the share of ``n`` samples in runs of ``min_run`` or more true pairs of neighbours."""
    k, m = flags.shape
    if m < min_run:
        return np.zeros(k)
    steps = np.diff(np.pad(flags, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, begins = np.nonzero(steps == 1)
    lengths = np.nonzero(steps == -1)[1] - begins
    long = lengths >= min_run
    return np.bincount(rows[long], lengths[long] + 1, minlength=k) / n
