"""Draw a view: lanes with scales, gaps and marks, the time axis and the overview."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.formatting import format_duration
from vital_widgets.export.canvas import Box, Trace, elide
from vital_widgets.export.fixedscale import fixed_extent
from vital_widgets.export.lanerange import (
    automatic_range,
    end_ticks,
    tick_text,
    value_ticks,
)
from vital_widgets.export.markstrip import draw_marks
from vital_widgets.export.pixelcolumns import Columns, columns_of, gap_columns
from vital_widgets.export.timeaxis import time_ticks
from vital_widgets.export.timemarks import draw_epochs, draw_midnights
from vital_widgets.serve.description import expected_duration
from vital_widgets.serve.overviewchoice import overview_signal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.amplitude import AmplitudeScale
    from vital_widgets.core.channel import Channel
    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.palette import Palette
    from vital_widgets.serve.session import Session
    from vital_widgets.serve.window import Part

Extent = tuple[float, float]

MIN_LANE = 28.0  # CSS pixels, like all lengths here
AXIS, STRIP, OVERVIEW = 22.0, 15.0, 38.0
NAME, UNITS, SMALL = 12.0, 11.0, 10.0  # sizes of texts
TALL = 34.0  # from this height on, a lane has a scale and its units
HIDDEN_GAPS = 0.3  # share of gaps from which on traces are drawn under them too


@dataclass(frozen=True)
class Lane:
    """A row of the picture.

    Attributes
    ----------
    signals : sequence of int
        Indices of the signals that are drawn in it; the first one gives its name and scale.
    weight : float
        Height relative to the other lanes.
    """

    signals: Sequence[int]
    weight: float = 1.0


@dataclass(frozen=True)
class PictureView:
    """What a picture shows.

    Attributes
    ----------
    t_range : (float, float)
        The window in seconds.
    lanes : sequence of Lane
        From top to bottom.
    extents : mapping of int to (float, float)
        Fixed values at the bottom and top of a lane, by the index of the signal; other scales are
        automatic.
    inks : mapping of int to str or int
        Colours of signals as ``#rrggbb``, or numbers of colours of the palette; by default the
        index of the signal.
    scales, positions : mapping of int to AmplitudeScale, to float
        Scales that are set, and where the baselines are in their lanes (0: bottom, 1: top), by the
        index of the signal.
    selection : (float, float) or None
        A marked time range in seconds.
    overview : bool
        Whether the whole recording is shown below.
    wait : float
        Seconds to wait for annotations that are still being read.
    elapsed : bool
        The axis shows the time since the start although the clock time is known.
    epochs : (float, float) or None
        Length of an epoch and start of the first one in seconds.
    """

    t_range: Extent
    lanes: Sequence[Lane]
    extents: Mapping[int, Extent] = field(default_factory=dict)
    scales: Mapping[int, AmplitudeScale] = field(default_factory=dict)
    positions: Mapping[int, float] = field(default_factory=dict)
    inks: Mapping[int, str | int] = field(default_factory=dict)
    selection: Extent | None = None
    overview: bool = False
    wait: float = 0.0
    elapsed: bool = False
    epochs: tuple[float, float] | None = None


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
    marks = session.marks(*view.t_range, wait=view.wait)
    strip = STRIP if marks is not None and marks.any_in_recording else 0.0
    overview = OVERVIEW + 5 if view.overview else 0.0
    plot = Box(gutter, strip, width - gutter, max(height - strip - AXIS - overview, 1.0))
    canvas.fill(Box(0, 0, gutter, plot.bottom), palette.gutter)
    start = session.recording.start if clock else None
    shown = None if view.elapsed else start
    ticks = time_ticks(shown, view.t_range, plot.width, lambda t: canvas.measure(t, UNITS))
    line = 1 / canvas.scale
    per_second = plot.width / (view.t_range[1] - view.t_range[0])
    for tick in ticks:
        x = plot.left + (tick.t - view.t_range[0]) * per_second
        color = palette.line if tick.date else palette.grid
        canvas.fill(Box(x, plot.top, line, plot.height), color)
    boxes = _lane_boxes(view.lanes, plot)
    for k, (lane, box) in enumerate(zip(view.lanes, boxes, strict=False)):
        _draw_lane(canvas, session, view, lane, box, palette)
        if k:
            canvas.fill(Box(0, box.top, width, line), palette.line)
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
    if marks is not None:
        rows = {k: box for lane, box in zip(view.lanes, boxes, strict=False) for k in lane.signals}
        draw_marks(canvas, marks, view.t_range, plot, rows, palette)
    if view.selection is not None:
        a, b = ((t - view.t_range[0]) * per_second + plot.left for t in view.selection)
        left, right = max(a, plot.left), min(b, plot.right)
        if right > left:
            canvas.fill(Box(left, plot.top, right - left, plot.height), palette.accent, 0.16)
    canvas.fill(Box(gutter - line, 0, line, plot.bottom), palette.line)
    _draw_axis(canvas, view, ticks, plot, palette)
    if view.overview:
        box = Box(gutter, height - OVERVIEW - 1, width - gutter, OVERVIEW)
        _draw_overview(canvas, session, view, box, palette)


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


def _draw_lane(
    canvas: Canvas,
    session: Session,
    view: PictureView,
    lane: Lane,
    box: Box,
    palette: Palette,
) -> None:
    pad = min(3.0, 0.06 * box.height)
    inner = Box(box.left, box.top + pad, box.width, box.height - 2 * pad)
    for order, k in enumerate(lane.signals):
        channel = session.channels[k]
        ink = palette.ink(view.inks.get(k, session.ink(k)))
        columns, gaps, missing = signal_columns(session, k, view.t_range, _width(canvas, inner))
        fitted = automatic_range(columns, session.ranges[k])
        own = view.extents.get(k) or fixed_extent(
            view.scales.get(k), view.positions.get(k), channel.units, inner.height, fitted
        )
        own = own or fitted
        if order == 0:
            _hatch(canvas, missing, box, (palette.background, palette.grid))
            _hatch(canvas, gaps | columns.bands(), box, (palette.gap, palette.gap_stripe))
        if gaps.mean() < HIDDEN_GAPS:
            columns = _without(columns, gaps)
        canvas.trace(Trace(inner, columns, own, gaps, ink))
        stripe = (box.height - 6) / len(lane.signals)
        canvas.fill(Box(0, box.top + 3 + order * stripe, 3, stripe), ink)
        if order == 0:
            words = ", ".join(filter(None, (channel.units, session.filter_of(k))))
            names = _name(session, lane), words
            _draw_names(canvas, names, own, box, inner, palette=palette)


def signal_columns(
    session: Session, signal: int, t_range: Extent, width: int
) -> tuple[Columns, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what a signal shows: its columns, its gaps, and columns that are not known yet."""
    channel = session.channels[signal]
    part = session.part(signal, *t_range, width)
    base = channel.timebase
    columns = columns_of(physical_bins(channel, part), part.first, part.bin, base, t_range, width)
    gaps = gap_columns(base, t_range, width, 2)
    missing = np.zeros(width, bool)
    if not part.complete:
        known = np.flatnonzero(np.isfinite(columns.hi))
        missing[known[-1] + 1 if len(known) else 0 :] = True
        gaps &= ~missing
    return columns, gaps, missing


def physical_bins(channel: Channel, part: Part) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the minima and maxima of a part in physical units; NaN where a bin is empty."""
    if part.bin == 1:
        values = np.asarray(channel.physical(part.lo), np.float64)
        return values, values
    full = part.lo <= part.hi
    low = np.where(full, part.lo.astype(np.float64) * channel.gain + channel.offset, np.nan)
    high = np.where(full, part.hi.astype(np.float64) * channel.gain + channel.offset, np.nan)
    return (high, low) if channel.gain < 0 else (low, high)


def _width(canvas: Canvas, box: Box) -> int:
    """Return the width of a box in device pixels, as its edges are rounded."""
    return max(round(box.right * canvas.scale) - round(box.left * canvas.scale), 1)


def _without(columns: Columns, gaps: NDArray[np.bool_]) -> Columns:
    lo, hi = np.where(gaps, np.nan, columns.lo), np.where(gaps, np.nan, columns.hi)
    return Columns(lo, hi, columns.empty, columns.sample_x, columns.sample_values)


def _hatch(canvas: Canvas, mask: NDArray[np.bool_], box: Box, colors: tuple[Any, Any]) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    for first, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        left = round(box.left * canvas.scale) + first
        span = Box(left / canvas.scale, box.top, (stop - first) / canvas.scale, box.height)
        canvas.hatch(span, *colors)


def _draw_names(
    canvas: Canvas,
    names: tuple[str, str],
    extent: Extent,
    box: Box,
    inner: Box,
    *,
    palette: Palette,
) -> None:
    """Write the name, units, filter and round values of the scale at the left of a lane."""
    name, words = names
    taken = 0.0
    tall = box.height >= TALL
    low, high = extent
    if tall:
        inset = 7 / inner.height
        inside = low + (high - low) * inset, high - (high - low) * inset
        most = min(5, int(box.height / 26))
        ticks, step = end_ticks(*inside) if box.height < 75 else value_ticks(*inside, most)  # noqa: PLR2004
        for value in ticks:
            y = inner.top + (high - value) / (high - low) * inner.height
            canvas.fill(Box(box.left - 4, y, 4, 1 / canvas.scale), palette.line)
            text = tick_text(value, step)
            canvas.text(box.left - 6, y, text, palette.muted, SMALL, bold=False, align="right")
            taken = max(taken, canvas.measure(text, SMALL) + 6)
    room = box.left - 14 - taken
    y = box.top + box.height / 2
    under = tall and words != ""
    shown = elide(canvas, name, room, NAME, bold=True)
    canvas.text(9, y - 7 if under else y, shown, palette.text, NAME, bold=True, align="left")
    if under:
        units = elide(canvas, words, room, UNITS)
        canvas.text(9, y + 8, units, palette.muted, UNITS, bold=False, align="left")
    elif words:
        x = 15 + canvas.measure(shown, NAME, bold=True)
        if x + canvas.measure(words, UNITS) <= room + 9:
            canvas.text(x, y, words, palette.muted, UNITS, bold=False, align="left")


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


def _draw_overview(
    canvas: Canvas, session: Session, view: PictureView, box: Box, palette: Palette
) -> None:
    """Draw one signal over the whole recording, with a frame around the window."""
    duration = expected_duration(session.recording)
    if not view.lanes or duration <= 0:
        return
    every = [signal for lane in view.lanes for signal in lane.signals]
    signal = overview_signal(session, every, duration)
    if signal is None:
        return
    columns, gaps, missing = signal_columns(session, signal, (0.0, duration), _width(canvas, box))
    extent = automatic_range(columns, None)
    _hatch(canvas, missing, box, (palette.grid, palette.line))
    _hatch(canvas, gaps | columns.bands(), box, (palette.gap, palette.gap_stripe))
    if gaps.mean() < HIDDEN_GAPS:
        columns = _without(columns, gaps)
    ink = palette.ink(view.inks.get(signal, session.ink(signal)))
    canvas.trace(Trace(box, columns, extent, gaps, ink))
    text = f"of {format_duration(duration)}"
    shown = elide(canvas, text, box.left - 13, UNITS)
    middle = box.top + OVERVIEW / 2
    canvas.text(9, middle, shown, palette.muted, UNITS, bold=False, align="left")
    left, right = (box.left + t / duration * box.width for t in view.t_range)
    frame = Box(min(left, box.right - 4), box.top, max(right - left, 4.0), box.height)
    canvas.fill(frame, palette.accent, 0.16)
    for edge in (frame.left, frame.right - 1.5):
        canvas.fill(Box(edge, box.top, 1.5, box.height), palette.accent)
    for edge in (frame.top, frame.bottom - 1.5):
        canvas.fill(Box(frame.left, edge, frame.width, 1.5), palette.accent)
