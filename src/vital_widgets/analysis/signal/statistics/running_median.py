"""Running medians and percentiles that hold for short series too.

`scipy.ndimage` (1.17) gives wrong values for a window much longer than the series where the
series is mirrored at its ends. So it is mirrored here, and the filter sees a longer series than
its window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mirrored = Literal["symmetric", "reflect"]


def running_percentile(
    values: NDArray[np.float64], percent: float, window: int, mirrored: Mirrored
) -> NDArray[np.float64]:
    """Return the percentile of the ``window`` values around each, the series mirrored at its ends.

    Parameters
    ----------
    values : ndarray, shape (n,)
        A series without NaN.
    percent : float
        0 to 100.
    window : int
        An odd number of values.
    mirrored : {'symmetric', 'reflect'}
        Whether the values at the ends are repeated, as of `numpy.pad`.
    """
    from scipy.ndimage import median_filter, percentile_filter

    n, half = len(values), window // 2
    if not n:
        return values
    padded = np.pad(values, half, mode=mirrored)
    if percent == 50:  # noqa: PLR2004 - which has a faster way
        found = median_filter(padded, window, mode="nearest")
    else:
        found = percentile_filter(padded, percent, window, mode="nearest")
    return np.asarray(found[half : half + n])


def running_median(
    values: NDArray[np.float64], window: int, mirrored: Mirrored
) -> NDArray[np.float64]:
    """Return the median of the ``window`` values around each: `running_percentile` of 50."""
    return running_percentile(values, 50, window, mirrored)
