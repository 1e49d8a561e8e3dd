"""ECG paper: a grid of 1 mm and 5 mm in the lanes of an ECG, and the calibration pulse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vital_widgets.core.metricunits import unit_factor
from vital_widgets.export.canvas import Box
from vital_widgets.export.lanerange import share_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.lanesignal import Extent, LaneSignal
    from vital_widgets.export.palette import Color, Palette

# What 1 mm is where no paper speed and no gain are set: 25 mm/s and 10 mm/mV.
SECONDS, MILLIVOLTS = 0.04, 0.1
CLOSEST = 3.0  # CSS pixels; lines are left out where they would be closer
MAJOR = 5  # minor lines
PULSE_MV, PULSE_S, FOOT_S = 1.0, 0.2, 0.04
LEAST_PULSE = 3.0  # CSS pixels


def millivolt(one: LaneSignal) -> float | None:
    """Return 1 mV in the units of the channel; None if it is no ECG."""
    return unit_factor("mV", one.channel.units) if one.kind == "ECG" else None


def grid_lines(low: float, high: float, step: float, size: float) -> Iterator[tuple[float, bool]]:
    """Return the multiples of ``step`` from ``low`` to ``high``, and whether each is a major one.

    ``size`` is the distance of minor lines in CSS pixels.
    """
    every = 1 if size >= CLOSEST else MAJOR if MAJOR * size >= CLOSEST else 0
    if every == 0 or not (math.isfinite(low / step) and math.isfinite(high / step)):
        return
    for k in range(math.ceil(low / step / every) * every, math.floor(high / step) + 1, every):
        yield k * step, k % MAJOR == 0


def draw_grid(
    canvas: Canvas,
    one: LaneSignal,
    extent: Extent,
    t_range: Extent,
    speed: float | None,
    palette: Palette,
) -> None:
    """Draw the grid into the lane of an ECG; ``speed`` is the paper speed in mm/s."""
    factor = millivolt(one)
    if factor is None:
        return
    box, line = one.inner, 1 / canvas.scale
    canvas.fill(box, palette.background)
    colors: dict[bool, Color] = {False: palette.paper_minor, True: palette.paper_major}
    step = SECONDS if speed is None else 1 / speed
    per_second = box.width / (t_range[1] - t_range[0])
    unit = _millivolts_per_mm(one) * factor
    per_unit = box.height / (extent[1] - extent[0])
    columns = list(grid_lines(*t_range, step, step * per_second))
    rows = list(grid_lines(*extent, unit, unit * per_unit))
    for is_major in (False, True):  # minor lines lie under major ones
        for t, major in columns:
            x = box.left + (t - t_range[0]) * per_second
            if major == is_major and x < box.right:
                canvas.fill(Box(x, box.top, line, box.height), colors[major])
        for value, major in rows:
            y = box.top + (extent[1] - value) * per_unit
            if major == is_major and y < box.bottom:
                canvas.fill(Box(box.left, y, box.width, line), colors[major])


def _millivolts_per_mm(one: LaneSignal) -> float:
    scale = one.scale
    if scale is None or scale.per_mm is None:
        return MILLIVOLTS
    return scale.per_mm * (unit_factor(scale.units, "mV") or 1.0)


def draw_pulse(
    canvas: Canvas, one: LaneSignal, extent: Extent, t_range: Extent, palette: Palette
) -> None:
    """Draw a pulse of 1 mV and 200 ms at the start of the lane of an ECG."""
    factor = millivolt(one)
    box = one.inner
    per_second = box.width / (t_range[1] - t_range[0])
    if factor is None or one.order > 0 or PULSE_S * per_second < LEAST_PULSE:
        return
    base = 0.0 if extent[0] <= 0 <= extent[1] else extent[0] / 2 + extent[1] / 2
    low, high = (
        min(max(box.top + share_below(extent, value) * box.height, top), bottom)
        for top, bottom in [(one.box.top, one.box.bottom)]
        for value in (base, base + PULSE_MV * factor)
    )
    x = box.left + 2
    rise, fall = x + FOOT_S * per_second, x + (FOOT_S + PULSE_S) * per_second
    end = fall + FOOT_S * per_second
    for color, wide, alpha in ((palette.background, 4.0, 0.8), (palette.text, 1.5, 1.0)):
        half = wide / 2
        for left, right, y in ((x, rise, low), (rise, fall, high), (fall, end, low)):
            canvas.fill(Box(left, y - half, right - left, wide), color, alpha)
        for edge in (rise, fall):
            canvas.fill(Box(edge - half, high - half, wide, low - high + wide), color, alpha)
