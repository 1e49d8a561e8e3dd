"""Draw annotations: marks and texts in a strip above the lanes, durations as a tint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.export.canvas import Box, elide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.palette import Palette
    from vital_widgets.serve.windowmarks import Marks

SIZE = 10.0
MAX_TEXT = 160.0
MAX_TINTED = 0.6  # above this share of the window, durations do not tint the lanes
NARROW = 24.0  # CSS pixels


def draw_marks(
    canvas: Canvas,
    marks: Marks,
    t_range: tuple[float, float],
    plot: Box,
    rows: Mapping[int, Box],
    palette: Palette,
) -> None:
    """Draw the marks of a window.

    Parameters
    ----------
    canvas : Canvas
        The picture.
    marks : Marks
        What to draw.
    t_range : (float, float)
        The window in seconds.
    plot : Box
        All lanes; the strip lies above them.
    rows : mapping of int to Box
        The lane of each signal that is drawn.
    palette : Palette
        The colours.
    """
    per_second = plot.width / (t_range[1] - t_range[0])
    lanes = [rows.get(signal) for signal in marks.signal]
    shown = [k for k, lane in enumerate(lanes) if marks.signal[k] < 0 or lane is not None]
    left = plot.left + (marks.onset - t_range[0]) * per_second
    right = np.minimum(left + marks.duration * per_second, plot.right)
    shown = [k for k in shown if left[k] <= plot.right and max(left[k], right[k]) >= plot.left]
    rare = max(4.0, plot.width / 60)
    few = len(shown) <= plot.width / NARROW
    begin = np.maximum(left, plot.left)
    tinted = sum(max(right[k] - begin[k], 0) for k in shown) <= MAX_TINTED * plot.width
    color, line = palette.annotation, 1 / canvas.scale
    for k in shown:
        lane, length = lanes[k], right[k] - begin[k]
        if length > 2:  # noqa: PLR2004 - pixels
            if lane is None and plot.top > 0:
                canvas.fill(Box(begin[k], 0, length, plot.top), color, 0.18)
            if tinted:
                area = lane or plot
                canvas.fill(Box(begin[k], area.top, length, area.height), color, 0.07)
        if left[k] < plot.left:
            continue
        prominent = marks.same[k] <= rare
        top, height = (0.0, plot.top) if lane is None else (lane.top, min(lane.height, 8.0))
        strength = 0.85 if few or prominent else 0.4
        canvas.fill(Box(left[k], top, line, height), color, strength)
        if few or prominent:
            area = lane or plot
            canvas.fill(Box(left[k], area.top, line, area.height), color, 0.28)
    order = sorted(shown, key=lambda k: (marks.same[k] > rare, marks.same[k], left[k]))
    _label(canvas, marks, order, (begin, right), plot, rows, palette=palette)


def _label(
    canvas: Canvas,
    marks: Marks,
    order: list[int],
    extents: tuple[np.ndarray, np.ndarray],
    plot: Box,
    rows: Mapping[int, Box],
    *,
    palette: Palette,
) -> None:
    """Write texts: rare and long annotations first, others where they fit."""
    begin, right = extents
    rare = max(4.0, plot.width / 60)
    crowded = len(order) > plot.width / 11 or marks.total > 4 * len(marks.onset)
    taken: dict[int, list[tuple[float, float]]] = {}
    for k in order:
        prominent = marks.same[k] <= rare or right[k] - begin[k] > NARROW
        if not marks.text[k] or (crowded and not prominent):
            continue
        lane = rows.get(marks.signal[k])
        at = begin[k] + 3
        room = min(MAX_TEXT, plot.right - at - 2)
        text = elide(canvas, marks.text[k], room, SIZE) if room > 6 else ""  # noqa: PLR2004
        width = canvas.measure(text, SIZE)
        row = taken.setdefault(marks.signal[k], [])
        if not text or any(at < b + 3 and at + width > a - 3 for a, b in row):
            continue
        row.append((at, at + width))
        y = lane.top + 7 if lane is not None else plot.top / 2 + 0.5
        canvas.fill(Box(at - 1, y - 6, width + 3, 12), palette.background)
        canvas.text(at, y, text, palette.annotation, SIZE, bold=False, align="left")
