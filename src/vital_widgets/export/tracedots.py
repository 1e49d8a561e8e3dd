"""Which values of a trace are drawn as dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vital_widgets.export.pixelcolumns import Columns

APART = 6.0  # CSS pixels between samples, from which on each is a dot
POINT = 1.8  # radius of a single value that is seen from far away, in CSS pixels


def dots_of(columns: Columns, scale: float, per_column: float) -> list[tuple[float, float, float]]:
    """Return position, value and radius of each dot; positions and radii are in columns.

    Parameters
    ----------
    columns : Columns
        The trace.
    scale : float
        Columns for each CSS pixel.
    per_column : float
        Difference of two values that are drawn as far apart as two columns.
    """
    x = columns.sample_x
    apart = float(np.min(np.diff(x))) if len(x) > 1 else 12 * scale
    if len(x) and apart >= APART * scale:
        radius = min(3.0, apart / scale / 5 + 0.6) * scale
        pairs = zip(x.tolist(), columns.sample_values.tolist(), strict=True)
        return [(at, value, radius) for at, value in pairs]
    dots = []
    for at, high, low, room in columns.points():
        radius = min(POINT * scale, 0.45 * room)
        dots.append((at, high, radius))
        if high - low >= per_column:
            dots.append((at, low, radius))
    return dots
