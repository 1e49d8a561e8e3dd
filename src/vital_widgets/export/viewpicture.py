"""Draw a view: lanes with scales, gaps and marks, the time axis and the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vital_widgets.core.formatting import format_duration
from vital_widgets.export.canvas import Box
from vital_widgets.export.ecgpaper import draw_grid, draw_pulse
from vital_widgets.export.lanepicture import (
    NAME,
    SMALL,
    UNITS,
    draw_background,
    draw_label,
    draw_signal,
    draw_stripes,
)
from vital_widgets.export.lanescale import lane_extents
from vital_widgets.export.lanesignal import LaneSignal, kind_and_style, signal_columns
from vital_widgets.export.markgroups import MarkWindow, shown_marks
from vital_widgets.export.markpicture import draw_marks, strip_height, strip_rows
from vital_widgets.export.marktexts import MarkFrame
from vital_widgets.export.overviewpicture import draw_overview
from vital_widgets.export.spectrogrampicture import draw_spectrogram
from vital_widgets.export.timeaxis import time_ticks
from vital_widgets.export.timemarks import draw_epochs, draw_midnights
from vital_widgets.serve.description import expected_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.palette import Palette
    from vital_widgets.export.pictureview import Lane, PictureView
    from vital_widgets.serve.session import Session

Extent = tuple[float, float]

MIN_LANE = 28.0  # CSS pixels, like all lengths here
AXIS, STRIP, OVERVIEW = 22.0, 15.0, 38.0


def least_height(view: PictureView) -> float:
    """Return the height in CSS pixels in which all lanes have at least the smallest height."""
    return MIN_LANE * len(view.lanes) + AXIS + STRIP + (OVERVIEW + 5 if view.overview else 0)


def gutter_width(canvas: Canvas, session: Session, view: PictureView, width: float) -> float:
    """Return the width of the names and scales at the left of the lanes."""
    names = [_name(session, lane) for lane in view.lanes]
    widest = max((canvas.measure(name, NAME, bold=True) for name in names), default=0.0)
    return round(min(max(88.0, widest + 54), max(110.0, width / 5)))


def draw_view(
    canvas: Canvas,
    session: Session,
    view: PictureView,
    size: tuple[float, float],
    palette: Palette,
    *,
    clock: bool = True,
) -> None:
    """Draw a view on a canvas of ``size`` CSS pixels, with times of day if they are known."""
    width, height = size
    gutter = gutter_width(canvas, session, view, width)
    service = session.marked(view.wait)
    layers = [] if service is None else service.layers(service.shown)
    rows = strip_rows(len(layers), height) if layers else 0
    strip = strip_height(rows)
    overview = OVERVIEW + 5 if view.overview else 0.0
    plot = Box(gutter, strip, width - gutter, max(height - strip - AXIS - overview, 1.0))
    canvas.fill(Box(0, 0, gutter, plot.bottom), palette.gutter)
    start = session.recording.start if clock else None
    shown = None if view.elapsed else start
    ticks = time_ticks(shown, view.t_range, plot.width, lambda t: canvas.measure(t, UNITS))
    line = 1 / canvas.scale
    per_second = plot.width / (view.t_range[1] - view.t_range[0])
    for tick in ticks if view.grid != "none" else ():
        x = plot.left + (tick.t - view.t_range[0]) * per_second
        color = palette.line if tick.date else palette.grid
        canvas.fill(Box(x, plot.top, line, plot.height), color)
    boxes = _lane_boxes(view.lanes, plot)
    drawn = _draw_lanes(canvas, session, view, boxes, plot, palette)
    draw_midnights(canvas, start, view.t_range, plot, palette)
    if view.epochs is not None:
        duration = expected_duration(session.recording)
        draw_epochs(canvas, view.epochs, duration, view.t_range, plot, palette)
    hidden = len(view.lanes) - len(boxes)
    if hidden:
        text = f"and {hidden} more channel{'s' if hidden > 1 else ''}"
        canvas.text(
            width - 4, plot.bottom - 8, text, palette.muted, SMALL, bold=True, align="right"
        )
    if service is not None and rows:
        columns = max(round(plot.right * canvas.scale) - round(plot.left * canvas.scale), 1)
        window = MarkWindow(view.t_range, columns, plot.width)
        marks = shown_marks(service, session.signals.named, window, view.mark_colors, palette)
        draw_marks(canvas, MarkFrame(marks, view.t_range, plot, rows, drawn), palette)
    if view.grid == "ecg":
        for one, extent in drawn:
            draw_pulse(canvas, one, extent, view.t_range, palette)
    if view.selection is not None:
        a, b = ((t - view.t_range[0]) * per_second + plot.left for t in view.selection)
        left, right = max(a, plot.left), min(b, plot.right)
        if right > left:
            canvas.fill(Box(left, plot.top, right - left, plot.height), palette.accent, 0.16)
    canvas.fill(Box(gutter - line, 0, line, plot.bottom), palette.line)
    _draw_axis(canvas, view, ticks, plot, palette)
    if view.overview:
        box = Box(gutter, height - OVERVIEW - 1, width - gutter, OVERVIEW)
        draw_overview(canvas, session, view, box, palette)


def _name(session: Session, lane: Lane) -> str:
    return ", ".join(session.channels[k].name for k in lane.signals)


def _lane_boxes(lanes: Sequence[Lane], plot: Box) -> list[Box]:
    """Return the boxes of the lanes that have space; no lane is lower than the smallest height."""
    total = sum(lane.weight for lane in lanes)
    boxes: list[Box] = []
    top = plot.top
    for lane in lanes:
        height = max(MIN_LANE, plot.height * lane.weight / total)
        if top + height > plot.bottom + 0.5:
            break
        boxes.append(Box(plot.left, top, plot.width, height))
        top += height
    return boxes


def _draw_lanes(
    canvas: Canvas,
    session: Session,
    view: PictureView,
    boxes: Sequence[Box],
    plot: Box,
    palette: Palette,
) -> list[tuple[LaneSignal, Extent]]:
    """Draw the lanes: what lies behind the traces first, as traces may leave their lanes."""
    lanes = [
        [
            _signal(canvas, session, view, (k, order), box, palette)
            for order, k in enumerate(lane.signals)
        ]
        for lane, box in zip(view.lanes, boxes, strict=False)
    ]
    every = [one for signals in lanes for one in signals]
    drawn = list(zip(every, lane_extents(every), strict=True))
    for one, extent in drawn:
        if one.order == 0:
            if view.grid == "ecg":
                draw_grid(canvas, one, extent, view.t_range, view.paper_speed, palette)
            draw_background(canvas, one, palette)
    for box in boxes[1:]:
        left = 0 if not view.overlap else -plot.left  # lanes that overlap are not divided
        canvas.fill(Box(0, box.top, plot.right + left, 1 / canvas.scale), palette.line)
    clip = plot if view.overlap else None
    for one, extent in drawn:
        if one.style == "spectrogram":
            wait = view.wait > 0
            draw_spectrogram(canvas, session, one, view.t_range, extent, palette, wait=wait)
        else:
            draw_signal(canvas, one, extent, palette, clip)
    extents = {one.index: extent for one, extent in drawn}
    for lane, signals in zip(view.lanes, lanes, strict=False):
        first = signals[0]
        draw_stripes(canvas, first.box, [one.ink for one in signals])
        scale = first.scale
        units = scale.text if scale is not None and scale.per_mm else first.channel.units
        words = ", ".join(filter(None, (units, session.filter_of(first.index))))
        draw_label(canvas, first, _name(session, lane), words, extents[first.index], palette)
    return drawn


def _signal(
    canvas: Canvas,
    session: Session,
    view: PictureView,
    which: tuple[int, int],
    box: Box,
    palette: Palette,
) -> LaneSignal:
    k, order = which
    pad = min(3.0, 0.06 * box.height)
    inner = Box(box.left, box.top + pad, box.width, box.height - 2 * pad)
    width = max(round(inner.right * canvas.scale) - round(inner.left * canvas.scale), 1)
    kind, style = kind_and_style(session, k)
    columns, gaps, missing = signal_columns(session, k, view.t_range, width)
    return LaneSignal(
        k,
        order,
        session.channels[k],
        kind,
        style,
        palette.ink(view.inks.get(k, session.ink(k))),
        box,
        inner,
        columns,
        gaps,
        missing,
        session.ranges[k],
        view.scales.get(k),
        view.positions.get(k),
        view.extents.get(k),
    )


def _draw_axis(
    canvas: Canvas, view: PictureView, ticks: Sequence[Any], plot: Box, palette: Palette
) -> None:
    t0, t1 = view.t_range
    line = 1 / canvas.scale
    canvas.fill(Box(0, plot.bottom, plot.right, line), palette.line)
    middle = plot.bottom + AXIS / 2 + 1.5
    span = format_duration(t1 - t0)
    canvas.text(9, middle, span, palette.muted, UNITS, bold=False, align="left")
    free = plot.left
    for tick in ticks:
        x = plot.left + (tick.t - t0) / (t1 - t0) * plot.width
        color = palette.text if tick.date else palette.line
        canvas.fill(Box(min(x, plot.right - line), plot.bottom, line, 5), color)
        width = canvas.measure(tick.text, UNITS, bold=tick.date)
        left = x - width / 2
        if left < free or left + width > plot.right:
            continue
        free = left + width + 8
        color = palette.text if tick.date else palette.muted
        canvas.text(left, middle, tick.text, color, UNITS, bold=tick.date, align="left")
