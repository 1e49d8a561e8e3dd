"""Draw a lane: gaps, traces, stages, ribbons, clipped values, name and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.digitallimits import digital_limits
from vital_widgets.export.canvas import Box, Trace, elide
from vital_widgets.export.lanerange import end_ticks, share_below, tick_text, value_ticks
from vital_widgets.export.lanesignal import without_gaps
from vital_widgets.serve.overlays import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.lanesignal import Extent, LaneSignal
    from vital_widgets.export.palette import Color, Palette

# In CSS pixels: sizes of texts, and heights from which on there are units and several numbers.
NAME, UNITS, SMALL = 12.0, 11.0, 10.0
TALL, NUMBERS = 34.0, 75.0
RIBBON = 5.0
MARK_HEIGHT, MARK_WIDTH = 2.0, 3.0
LEVELS_APART = 11.0


def runs(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Return first column and column after the last of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def hatch_columns(
    canvas: Canvas, mask: NDArray[np.bool_], box: Box, colors: tuple[Color, Color]
) -> None:
    """Hatch columns of a box."""
    for first, stop in runs(mask):
        left = round(box.left * canvas.scale) + first
        span = Box(left / canvas.scale, box.top, (stop - first) / canvas.scale, box.height)
        canvas.hatch(span, *colors)


def draw_background(canvas: Canvas, one: LaneSignal, palette: Palette) -> None:
    """Hatch what has no data."""
    hatch_columns(canvas, one.missing, one.box, (palette.background, palette.grid))
    bands = one.gaps | one.columns.bands()
    hatch_columns(canvas, bands, one.box, (palette.gap, palette.gap_stripe))


def draw_signal(
    canvas: Canvas, one: LaneSignal, extent: Extent, palette: Palette, clip: Box | None
) -> None:
    """Draw a signal; ``clip`` is what it may cover if it may leave its lane."""
    if one.style == "ribbon":
        _draw_ribbon(canvas, one, palette)
        return
    columns = without_gaps(one.columns, one.gaps)
    canvas.trace(Trace(one.inner, columns, extent, one.gaps, one.ink, clip))
    _draw_clips(canvas, one, extent, palette, inside=clip is None)


def _draw_ribbon(canvas: Canvas, one: LaneSignal, palette: Palette) -> None:
    """Draw a band at the lower edge of the lane; a pixel with any unusable sample is unusable."""
    lo = one.columns.lo
    top = one.box.bottom - 1 - RIBBON
    with np.errstate(invalid="ignore"):
        parts = ((lo >= 1, palette.usable), (lo < 1, palette.unusable))
    for mask, color in parts:
        for first, stop in runs(mask):
            left = one.box.left + first / canvas.scale
            canvas.fill(Box(left, top, (stop - first) / canvas.scale, RIBBON), color)


def _draw_clips(
    canvas: Canvas, one: LaneSignal, extent: Extent, palette: Palette, *, inside: bool
) -> None:
    """Mark where a trace leaves its lane, and where samples are at the limits of the file."""
    box, columns = one.box, one.columns
    low, high = extent
    bottom = box.bottom - MARK_HEIGHT
    slack = (high / 4 - low / 4) * 1e-9

    def mark(mask: NDArray[np.bool_], y: float, color: Color) -> None:
        least = MARK_WIDTH * canvas.scale
        for first, stop in runs(mask):
            more = max(0.0, (least - (stop - first)) / 2)
            left = max(first - more, 0) / canvas.scale
            right = min((stop + more) / canvas.scale, box.width)
            canvas.fill(Box(box.left + left, y, right - left, MARK_HEIGHT), color)

    with np.errstate(invalid="ignore"):
        if inside:
            mark(columns.hi / 4 - slack > high / 4, box.top, one.ink)
            mark(columns.lo / 4 + slack < low / 4, bottom, one.ink)
        limits = digital_limits(one.channel)
        if limits is None:
            return
        half = abs(one.channel.gain) / 2
        at_limits = (columns.lo < limits[0] + half, columns.hi > limits[1] - half)
    for mask, limit in zip(at_limits, limits, strict=True):
        y = one.inner.top + share_below(extent, limit) * one.inner.height
        mark(mask, min(max(y - MARK_HEIGHT / 2, box.top), bottom), palette.clipped)


def draw_stripes(canvas: Canvas, box: Box, inks: Sequence[Color]) -> None:
    """Draw the colours of the signals of a lane at its left edge."""
    stripe = (box.height - 6) / len(inks)
    for order, ink in enumerate(inks):
        canvas.fill(Box(0, box.top + 3 + order * stripe, 3, stripe), ink)


def draw_label(
    canvas: Canvas,
    one: LaneSignal,
    name: str,
    words: str,
    extent: Extent,
    palette: Palette,
) -> None:
    """Write the name, units, filter and values of the scale at the left of a lane."""
    box = one.box
    tall = box.height >= TALL
    taken = _draw_values(canvas, one, extent, palette) if tall else 0.0
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


def _draw_values(canvas: Canvas, one: LaneSignal, extent: Extent, palette: Palette) -> float:
    """Write the values of a scale, or the names of its levels; return their width."""
    box, inner = one.box, one.inner
    taken, before = 0.0, -np.inf
    for value, text in _values(one, extent):
        y = inner.top + share_below(extent, value) * inner.height
        if y - before < LEVELS_APART:
            continue
        before = y if one.style == "stages" else -np.inf
        canvas.fill(Box(box.left - 4, y, 4, 1 / canvas.scale), palette.line)
        canvas.text(box.left - 6, y, text, palette.muted, SMALL, bold=False, align="right")
        taken = max(taken, canvas.measure(text, SMALL) + 6)
    return taken


def _values(one: LaneSignal, extent: Extent) -> list[tuple[float, str]]:
    low, high = extent
    if one.style == "stages":
        inside = [(value, name) for name, value in STAGES.items() if low <= value <= high]
        return sorted(((float(value), name) for value, name in inside), reverse=True)
    if one.style == "ribbon":
        return []
    inset = 7 / one.inner.height
    limits = low * (1 - inset) + high * inset, high * (1 - inset) + low * inset
    ticks, step = (
        end_ticks(*limits)
        if one.box.height < NUMBERS
        else value_ticks(*limits, min(5, int(one.box.height / 26)))
    )
    return [(value, tick_text(value, step)) for value in ticks]
