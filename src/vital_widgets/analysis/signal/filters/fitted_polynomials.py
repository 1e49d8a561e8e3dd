"""Polynomials fitted over moving windows (Savitzky and Golay), in a time that suits any rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG = 401  # samples of a window, from which a transform is faster than sums of products


def fitted_polynomial(
    values: NDArray[np.float64], width: int, degree: int, *, deriv: int = 0, fs: float = 1.0
) -> NDArray[np.float64]:
    """Return `scipy.signal.savgol_filter` with ``mode='interp'``, of more values than ``width``.

    The cost per sample of SciPy's grows with the window, so that of one second of signal with the
    square of the sampling rate. Long windows are computed by overlap-add; they differ by rounding.
    """
    from scipy.signal import oaconvolve, savgol_coeffs, savgol_filter

    if width < LONG:
        return np.asarray(savgol_filter(values, width, degree, deriv=deriv, delta=1 / fs))
    half = width // 2
    kernel = savgol_coeffs(width, degree, deriv=deriv, delta=1 / fs)
    # A level is taken off first: rounding errors of a transform grow with the largest value.
    level = float(values[len(values) // 2])
    found = np.empty(len(values))
    found[half : len(values) - half] = oaconvolve(values - level, kernel, mode="valid")
    if deriv == 0:
        found[half : len(values) - half] += level
    for side in (slice(0, half), slice(len(values) - half, None)):
        near = values[:width] if side.start == 0 else values[-width:]
        fit = np.asarray(savgol_filter(near, width, degree, deriv=deriv, delta=1 / fs))
        found[side] = fit[:half] if side.start == 0 else fit[-half:]
    return found
