"""Slow trends taken out of interval series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.hrv.convention import HrvConvention

LEAST = 4
LEAST_GRID = 3


def smoothness_priors(values: NDArray[np.float64], smoothness: float) -> NDArray[np.float64]:
    """Return a series without its slow trend.

    Parameters
    ----------
    values : ndarray, shape (n,)
        A series at even steps.
    smoothness : float
        Lambda; at 4 Hz 500 takes out what is below about 0.035 Hz.

    Notes
    -----
    The trend is ``(I + lambda² D2' D2)⁻¹ z`` with second differences D2; the matrix has five
    diagonals, so the solution takes time in proportion to n.

    References
    ----------
    Tarvainen MP, Ranta-aho PO, Karjalainen PA. An advanced detrending method with application to
    HRV analysis. IEEE Trans Biomed Eng 2002;49:172-175.
    """
    from scipy.linalg import solveh_banded

    n = len(values)
    if n < LEAST:
        return values - values.mean() if n else values
    main = np.full(n, 6.0)
    main[[0, -1]], main[[1, -2]] = 1.0, 5.0
    first = np.full(n, -4.0)
    first[[0, -2]] = -2.0
    if n == LEAST:
        main[1:3], first[0:3] = 5.0, (-2.0, -4.0, -2.0)
    square = smoothness**2
    bands = np.zeros((3, n))
    bands[0] = 1 + square * main
    bands[1, :-1] = square * first[:-1]
    bands[2, :-2] = square
    trend = solveh_banded(bands, values, lower=True)
    return np.asarray(values - trend)


def detrended_beats(
    times: NDArray[np.float64], ms: NDArray[np.float64], convention: HrvConvention
) -> NDArray[np.float64]:
    """Return intervals less their trend, which is that of the even series through them."""
    since = times - times[0]
    grid = np.arange(int(np.ceil(since[-1] * convention.resample_hz)) + 1) / convention.resample_hz
    if len(grid) < LEAST_GRID:
        return np.asarray(ms - ms.mean())
    even = np.interp(grid, since, ms)
    trend = even - detrended(even, convention.detrend, convention.smoothness)
    return np.asarray(ms - np.interp(since, grid, trend))


def detrended(values: NDArray[np.float64], method: str, smoothness: float) -> NDArray[np.float64]:
    """Return a series without its trend, by the method of a convention."""
    if method == "none" or not len(values):
        return values
    if method == "smoothness-priors":
        return smoothness_priors(values, smoothness)
    away = values - values.mean()
    if method == "linear" and len(values) > 1:
        x = np.arange(len(values)) - (len(values) - 1) / 2
        away = away - x * (float(x @ away) / float(x @ x))
    return np.asarray(away)
