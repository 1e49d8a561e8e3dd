"""Lines at midnight with the date, and at the starts of epochs with their numbers."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vital_widgets.core.formatting import DAY
from vital_widgets.export.canvas import Box
from vital_widgets.export.timeaxis import of_day

if TYPE_CHECKING:
    from vital_widgets.export.canvas import Canvas
    from vital_widgets.export.palette import Palette

# In CSS pixels: smallest distances of lines and of numbers, and the size of texts.
DAYS, EPOCHS, NUMBERS, SMALL = 24.0, 6.0, 36.0, 10.0
DASH = 3.0
# Rounding errors of times, as a share of an epoch.
TOLERANCE = 1e-6


def draw_midnights(
    canvas: Canvas,
    start: datetime | None,
    t_range: tuple[float, float],
    plot: Box,
    palette: Palette,
) -> None:
    """Draw a line at each midnight in the window; ``start`` is the clock time of second 0."""
    t0, t1 = t_range
    per_second = plot.width / (t1 - t0)
    if start is None:
        return
    origin = of_day(start)
    days = range(math.ceil((t0 + origin) / DAY - 1e-9), math.ceil((t1 + origin) / DAY - 1e-9))
    if len(days) > 1 and DAY * per_second < DAYS:
        return
    for day in days:
        x = plot.left + (day * DAY - origin - t0) * per_second
        canvas.fill(Box(x, plot.top, 1 / canvas.scale, plot.height), palette.text, 0.5)
        text = (
            f"{datetime.combine(start.date(), datetime.min.time()) + timedelta(days=day):%Y-%m-%d}"
        )
        room = plot.right - x if day == days[-1] else DAY * per_second
        if canvas.measure(text, SMALL, bold=True) + 8 <= room:
            canvas.text(x + 4, plot.top + 8, text, palette.text, SMALL, bold=True, align="left")


def draw_epochs(
    canvas: Canvas,
    epochs: tuple[float, float],
    duration: float,
    t_range: tuple[float, float],
    plot: Box,
    palette: Palette,
) -> None:
    """Draw the starts of epochs; ``epochs`` is their length and the start of the first one in s."""
    length, start = epochs
    t0, t1 = t_range
    per_second = plot.width / (t1 - t0)
    wide = length * per_second
    count = max(0, math.ceil((duration - start) / length - TOLERANCE))
    first = max(1, math.floor((t0 - start) / length + TOLERANCE) + 1)
    last = min(math.floor((t1 - start) / length + TOLERANCE) + 1, count)
    step = _every(NUMBERS / wide)
    for number in range(first, last + 1) if wide >= EPOCHS else range(0):
        x = plot.left + (start + (number - 1) * length - t0) * per_second
        if not plot.left <= x < plot.right:
            continue
        for k in range(math.ceil(plot.height / (2 * DASH))):
            y = plot.top + 2 * DASH * k
            dash = Box(x, y, 1 / canvas.scale, min(DASH, plot.bottom - y))
            canvas.fill(dash, palette.accent, 0.6)
    for number in range(math.ceil(first / step) * step, last + 1, step):
        x = max(plot.left, plot.left + (start + (number - 1) * length - t0) * per_second)
        if x + canvas.measure(str(number), SMALL) + 3 <= plot.right:
            place = (x + 3, plot.bottom - 6)
            canvas.text(*place, str(number), palette.muted, SMALL, bold=False, align="left")


def _every(least: float) -> int:
    """Return the smallest 1, 2, 5, 10, 20, … of at least ``least``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10
