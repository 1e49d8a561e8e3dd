"""Interval series resampled at a constant rate, as spectra need them, and without slow trends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

    Series = NDArray[np.float64]

DEGREES = {"linear": 1, "quadratic": 2, "cubic": 3}
MIN_GRID = 3  # points of a series with a trend


def even_stretches(nn: Intervals, convention: HrvConvention) -> list[tuple[float, Series]]:
    """Return the duration (s) of each uninterrupted stretch and its values (ms) on a grid.

    Each interval stands at the time of the beat that ends it; nothing is interpolated between
    stretches.
    """
    from scipy.interpolate import make_interp_spline

    degree = DEGREES[convention.interpolation]
    stretches = []
    for part in nn.parts():
        if len(part) > degree:
            times, ms = nn.times[part], nn.ms[part]
            grid = np.minimum(grid_of(times, ms, convention), times[-1] - times[0])
            even = make_interp_spline(times - times[0], ms, k=degree)(grid)
            stretches.append((float(ms.sum()) / 1000, np.asarray(even, np.float64)))
    return stretches


def grid_of(times: Series, ms: Series, convention: HrvConvention) -> Series:
    """Return the grid over a stretch, in seconds from its first beat."""
    rate = convention.resample_hz
    if convention.grid_past_end:
        # With the rounding errors of NeuroKit2: if the last beat falls on the grid, they decide
        # whether a point follows, and with it the number of Welch's segments.
        ends = np.cumsum(ms / 1000)
        return np.asarray(np.arange(ends[0], ends[-1] + 1 / rate, 1 / rate) - ends[0])
    return np.arange(int(np.floor(float(times[-1] - times[0]) * rate + 1e-6)) + 1) / rate


def detrended(values: Series, convention: HrvConvention) -> Series:
    """Return a series on a grid without its trend."""
    from scipy.signal import detrend

    if convention.detrend == "none" or not len(values):
        return values
    if convention.detrend == "smoothness-priors":
        return smoothness_priors(values, convention.smoothness)
    return np.asarray(detrend(values, type=convention.detrend), np.float64)


def detrended_beats(times: Series, ms: Series, convention: HrvConvention) -> Series:
    """Return intervals without the trend of the series on a grid through them."""
    since = times - times[0]
    grid = np.arange(int(np.ceil(since[-1] * convention.resample_hz)) + 1) / convention.resample_hz
    if len(grid) < MIN_GRID:
        return np.asarray(ms - ms.mean())
    even = np.interp(grid, since, ms)
    return np.asarray(ms - np.interp(since, grid, even - detrended(even, convention)))


def smoothness_priors(values: Series, smoothness: float) -> Series:
    """Return a series on a grid without its slow trend ``(I + lambda² D2' D2)⁻¹ z``.

    D2 takes second differences. At 4 Hz, a lambda of 500 removes what is below about 0.035 Hz.

    References
    ----------
    Tarvainen MP, Ranta-aho PO, Karjalainen PA. An advanced detrending method with application to
    HRV analysis. IEEE Transactions on Biomedical Engineering 2002;49(2):172-175.
    doi:10.1109/10.979357
    """
    from scipy.linalg import solveh_banded

    n = len(values)
    if n < MIN_GRID:
        return np.asarray(values - values.mean())
    d2 = (1.0, -2.0, 1.0)
    bands = np.zeros((3, n))  # the matrix has five diagonals, so the time grows with n only
    for k in range(3):
        for j in range(3 - k):  # product of coefficients j and j + k of each second difference
            bands[k, j : n - 2 + j] += smoothness**2 * d2[j] * d2[j + k]
    bands[0] += 1
    return np.asarray(values - solveh_banded(bands, values, lower=True))
