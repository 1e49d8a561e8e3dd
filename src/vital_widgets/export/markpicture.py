"""Draw marks: in rows above the lanes, in the lanes of their channels, as lines and bands."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.export.canvas import Box
from vital_widgets.export.lanepicture import runs
from vital_widgets.export.marktexts import draw_texts, extent_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.lanesignal import Extent, LaneSignal
    from vital_widgets.export.markgroups import MarkGroup
    from vital_widgets.export.marktexts import MarkFrame
    from vital_widgets.export.palette import Palette

IN_LANE = 7.0  # CSS pixels
MOST_ROWS, ROW = 0.22, 13.0  # of the height; CSS pixels
MAX_TINTED = 0.6  # above this share of the window, durations do not tint the lanes
MAX_LINES, MAX_BANDS = 300, 300
LASTING, WEAK, STRONG, PALE = 0.3, 0.55, 0.95, 0.6  # opacity
LEAST = 2  # device pixels of a part of a column
ABOVE = 4.0  # CSS pixels between a line and the trace

Drawn = tuple["LaneSignal", "Extent"]


def strip_rows(layers: int, height: float) -> int:
    """Return the number of rows of marks in a picture of some height."""
    return min(layers, max(1, int(MOST_ROWS * height / ROW)))


def strip_height(rows: int) -> float:
    """Return the height of the rows of marks; a single row is higher than one of several."""
    return 13.0 * rows + 2 if rows > 1 else 15.0 * rows


def draw_marks(canvas: Canvas, frame: MarkFrame, palette: Palette) -> None:
    """Draw the marks of a window."""
    marks, t_range, plot, _, drawn = frame
    lanes = {one.index: one.box for one, _ in drawn}
    places: dict[tuple[float, float], list[MarkGroup]] = {}
    for one in marks.groups:
        lane = lanes.get(one.signal)
        if lane is None:
            top, height = frame.row(one.row)
            place = top + 1, height - 1
        else:
            place = lane.top + 1, min(IN_LANE, lane.height / 3)
        places.setdefault(place, []).append(one)
    # Those of a channel that is not drawn belong to no other one.
    here = [one for one in marks.groups if one.signal < 0 or one.signal in lanes]
    _tint(canvas, here, lanes, plot, palette)
    for (top, tall), groups in places.items():
        draw_columns(canvas, groups, Box(plot.left, top, plot.width, tall))
    per_second = plot.width / (t_range[1] - t_range[0])
    lines = 0
    for one in here:
        if not (marks.few or one.rare):
            continue
        for x in (plot.left + (one.onset - t_range[0]) * per_second).tolist():
            if plot.left <= x < plot.right and lines < MAX_LINES:
                lines += 1
                _line(canvas, x, lanes.get(one.signal), one, plot, drawn)
    draw_texts(canvas, frame, palette)


def draw_columns(canvas: Canvas, groups: Sequence[MarkGroup], box: Box) -> None:
    """Draw marks column by column; groups in one column share its height."""
    if not groups:
        return
    most = max(1, int(round(box.height * canvas.scale) / LEAST))
    cover = np.array([one.cover for one in groups])
    counts = np.array([one.counts for one in groups], np.float64)
    peak = np.maximum(counts.max(axis=1, keepdims=True), 1)
    pale = np.array([[PALE if one.pale else 1.0] for one in groups])
    share = np.where(peak <= 1, 1.0, counts / peak)
    alpha = np.where(counts > 0, pale * (WEAK + (STRONG - WEAK) * share), 0.0).round(2)
    lasting = np.where(cover & ~(counts > 0).any(axis=0), LASTING, 0.0)
    opacity = np.where((counts > 0).any(axis=0), alpha, lasting)
    column = 0
    for key, same in groupby(map(tuple, opacity.T.tolist())):
        stop = column + len(list(same))
        here = [(one, shade) for one, shade in zip(groups, key, strict=True) if shade > 0]
        parts = min(len(here), most)
        for k in range(parts):
            one, shade = here[k] if k < parts - 1 else here[-1]  # the last one is the most frequent
            part = Box(
                box.left + column / canvas.scale,
                box.top + k * box.height / parts,
                (stop - column) / canvas.scale,
                box.height / parts,
            )
            canvas.fill(part, one.ink, shade)
        column = stop


def _tint(
    canvas: Canvas,
    groups: Sequence[MarkGroup],
    lanes: Mapping[int, Box],
    plot: Box,
    palette: Palette,
) -> None:
    """Tint the lanes where marks last, unless they would be tinted nearly everywhere."""
    for signal in {one.signal for one in groups}:
        own = [one for one in groups if one.signal == signal]
        bands = [(a, b, one.ink) for one in own for a, b in runs(one.cover)]
        columns = sum(stop - first for first, stop, _ in bands)
        if len(bands) > MAX_BANDS or columns > MAX_TINTED * plot.width * canvas.scale:
            continue
        area = lanes.get(signal, plot)
        for first, stop, ink in bands:
            left, width = first / canvas.scale, (stop - first) / canvas.scale
            band = Box(plot.left + left, area.top, width, area.height)
            canvas.fill(band, ink, 0.2 if palette.dark else 0.11)


def _line(
    canvas: Canvas,
    x: float,
    lane: Box | None,
    one: MarkGroup,
    plot: Box,
    drawn: Sequence[Drawn],
) -> None:
    """Draw a line through all lanes or one, interrupted at the traces."""
    area = lane or plot
    others = [pair for pair in drawn if lane is None or pair[0].box.top == lane.top]
    traces = sorted(
        found for pair in others if (found := extent_at(pair, x, x, canvas.scale)) is not None
    )
    top = area.top
    for low, high in [*traces, (area.bottom + ABOVE, area.bottom + ABOVE)]:
        end = min(low - ABOVE, area.bottom)
        if end > top:
            part = Box(x, top, 1 / canvas.scale, end - top)
            canvas.fill(part, one.ink, 0.45 if one.rare else 0.25)
        top = max(top, high + ABOVE)
