"""The texts of marks, where there is room for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vital_widgets.export.canvas import Box, elide
from vital_widgets.export.lanerange import share_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.lanesignal import Extent, LaneSignal
    from vital_widgets.export.markgroups import MarkGroup, ShownMarks
    from vital_widgets.export.palette import Palette

SIZE, TEXT = 10.0, 12.0  # CSS pixels, as all lengths here: of letters, and height of a text
MAX_WIDTH = 160.0
LONG = 24.0  # longer marks are named although there are many
CROWDED = 11.0  # for each mark
MAX_TEXTS = 400
LOWEST, LOWEST_LANE = 11.0, 34.0
SIDE = 2.0
NARROWEST = 6.0


class _Label(NamedTuple):
    on_top: bool  # drawn over its neighbours
    one: MarkGroup
    x: float
    end: float


class MarkFrame(NamedTuple):
    """Marks and where they are drawn.

    ``plot`` are all lanes, above which are ``rows`` of marks; ``drawn`` are the signals in the
    lanes with the values at their edges.
    """

    marks: ShownMarks
    t_range: Extent
    plot: Box
    rows: int
    drawn: Sequence[tuple[LaneSignal, Extent]]

    def row(self, number: int) -> tuple[float, float]:
        """Return top and height of a row of marks; rows beyond the last one share it."""
        height = self.plot.top / max(self.rows, 1)
        return height * min(number, self.rows - 1), height


def draw_texts(canvas: Canvas, frame: MarkFrame, palette: Palette) -> None:
    """Write texts of rare and long marks first; of frequent ones only if all have room."""
    marks, t_range, plot, rows, drawn = frame
    lanes = {one.index: (one, extent) for one, extent in drawn}

    def place(label: _Label) -> int:
        """Return the signal of the lane, or the row of the strip below zero."""
        signal = label.one.signal
        return signal if signal in lanes else -1 - min(label.one.row, rows - 1)

    labels = _labels(marks, t_range, plot)
    following: dict[_Label, float] = {}
    last: dict[int, float] = {}
    for label in sorted(labels, key=lambda label: -label.x):
        following[label] = last.get(place(label), plot.right)
        last[place(label)] = label.x
    taken: dict[int, list[tuple[float, float]]] = {}
    for label in labels:
        at = max(label.x, plot.left) + 3
        limit = max(label.end, at + LONG) if label.end - label.x > LONG else np.inf
        room = min(MAX_WIDTH, limit - at, plot.right - at - 2)
        if not label.on_top:
            room = following[label] - at - 2
        if room < NARROWEST:
            continue
        text = elide(canvas, label.one.text, room, SIZE) if label.on_top else label.one.text
        width = canvas.measure(text, SIZE)
        row = taken.setdefault(place(label), [])
        if not text or width > room or any(at < b + 3 and at + width > a - 3 for a, b in row):
            continue
        lane = lanes.get(label.one.signal)
        if lane is not None:
            y = _middle(lane, at, at + width, canvas.scale)
        else:
            top, row_height = frame.row(label.one.row)
            y = top + row_height / 2 if row_height >= LOWEST else None
        if y is None:
            continue
        row.append((at, at + width))
        canvas.fill(Box(at - 1, y - TEXT / 2, width + 2, TEXT), palette.background, 0.82)
        canvas.text(at, y + 0.5, text, label.one.ink, SIZE, bold=False, align="left")


def _labels(marks: ShownMarks, t_range: Extent, plot: Box) -> list[_Label]:
    """Return the marks that may have a text, the most important ones first."""
    per_second = plot.width / (t_range[1] - t_range[0])
    crowded = marks.number > plot.width / CROWDED
    labels: list[_Label] = []
    for one in marks.groups:
        longest = float(one.duration.max(initial=0.0)) * per_second
        # Single texts would suggest that the marks between them have none.
        if not one.text or (not one.rare and crowded and longest <= LONG):
            continue
        left = plot.left + (one.onset - t_range[0]) * per_second
        for x, length in zip(left.tolist(), (one.duration * per_second).tolist(), strict=True):
            if x > plot.right or x + length < plot.left or len(labels) >= MAX_TEXTS:
                continue
            on_top = one.rare or length > LONG
            if on_top or not crowded:
                labels.append(_Label(on_top, one, x, x + length))
    return sorted(labels, key=lambda label: (not label.on_top, len(label.one.onset), label.x))


def _middle(lane: tuple[LaneSignal, Extent], x0: float, x1: float, scale: float) -> float | None:
    """Return the middle of a text that leaves the trace of its lane free; None: nowhere."""
    box = lane[0].box
    if box.height < LOWEST_LANE:
        return None
    trace = extent_at(lane, x0, x1, scale)
    top, bottom = box.top + 1, box.bottom - 1
    if trace is None or trace[0] >= top + TEXT + 1:
        return top + TEXT / 2
    return bottom - TEXT / 2 if trace[1] <= bottom - TEXT - 1 else None


def extent_at(
    lane: tuple[LaneSignal, Extent], x0: float, x1: float, scale: float
) -> tuple[float, float] | None:
    """Return the highest and lowest position of a trace between two positions, if there is one."""
    one, extent = lane
    if one.style not in ("line", "stages"):
        return None
    first = max(0, int((x0 - SIDE - one.box.left) * scale))
    stop = int((x1 + SIDE - one.box.left) * scale) + 2
    highest, lowest = one.columns.hi[first:stop], one.columns.lo[first:stop]
    if not len(highest) or np.isnan(highest).all():
        return None
    inner = one.inner
    top, bottom = float(np.nanmax(highest)), float(np.nanmin(lowest))
    places = (inner.top + share_below(extent, value) * inner.height for value in (top, bottom))
    return next(places), next(places)
