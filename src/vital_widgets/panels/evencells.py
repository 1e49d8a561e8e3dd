"""The cells of a picture, as a page draws them fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EVEN = 1e-3  # of a step, by which steps may differ; Plotly takes 1e-2


def even_middles(middles: ArrayLike) -> NDArray[np.float64]:
    """Return the middles of rows or columns, the last as if it were as large as the others.

    Rows are means of several frequencies, of which the last may have fewer. Plotly draws a picture
    of even cells as one image, and any other cell by cell, which takes several times as long; and
    it draws the picture again at each change of the figure, as when a line at a time moves.
    """
    at = np.array(middles, np.float64)
    steps = np.diff(at)
    if len(steps) > 1 and np.ptp(steps[:-1]) <= EVEN * steps[0] and 0 < steps[-1] < steps[0]:
        at[-1] = at[-2] + steps[0]
    return at
