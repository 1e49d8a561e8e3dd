"""Running medians and percentiles that are right for short series too.

`scipy.ndimage` (1.17) gives wrong values for a window much longer than a series that it mirrors at
its ends. So the series is mirrored here, and the filter gets one that is longer than its window.
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
    """Return the percentile of the ``window`` (odd) values around each of a series without NaN.

    ``mirrored`` states how the series goes on at its ends, as for `numpy.pad`.
    """
    from scipy.ndimage import median_filter, percentile_filter

    n, half = len(values), window // 2
    if not n:
        return values
    padded = np.pad(values, half, mode=mirrored)
    if percent == 50:  # noqa: PLR2004 - the median filter is faster
        found = median_filter(padded, window, mode="nearest")
    else:
        found = percentile_filter(padded, percent, window, mode="nearest")
    return np.asarray(found[half : half + n])


def running_median(
    values: NDArray[np.float64], window: int, mirrored: Mirrored
) -> NDArray[np.float64]:
    """Return the median of the ``window`` values around each, as `running_percentile`."""
    return running_percentile(values, 50, window, mirrored)
