"""Positions and texts of the labels of a time axis, as the viewer shows them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from vital_widgets.core.formatting import DAY, HOUR, MINUTE, MONTHS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

FINE = [m / 10**p for p in range(7, 0, -1) for m in (1, 2, 5)]
ROUND: list[float] = [
    *(1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(hours * HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * DAY for days in (1, 2, 7, 14, 28, 91, 182, 364)),
]
STEPS: list[float] = [step for step in FINE if step < 1] + ROUND
SPACE = 18.0  # pixels between two labels
MOST_DIGITS = 6


@dataclass(frozen=True)
class Tick:
    """A label at ``t`` seconds; ``date`` is true at midnight."""

    t: float
    text: str
    date: bool


def time_ticks(
    start: datetime | None,
    t_range: tuple[float, float],
    pixels: float,
    measure: Callable[[str], float],
) -> list[Tick]:
    """Return the ticks of a window, as dense as their labels allow.

    Parameters
    ----------
    start : datetime or None
        Clock time of second 0; without it, labels show the time since the start.
    t_range : (float, float)
        The window in seconds.
    pixels : float
        Length of the axis.
    measure : callable
        Width of a text in the same pixels.
    """
    t0, t1 = t_range
    span = t1 - t0
    origin = of_day(start) if start is not None else 0.0
    step = time_step(span * 40 / pixels)
    while step * pixels / span < measure(_label(start, t1, step)) + SPACE and step < span * 4:
        step = time_step(step * 1.01)
    first = math.ceil((t0 + origin) / step - 1e-9)
    last = math.floor((t1 + origin) / step + 1e-9)
    ticks = []
    for k in range(first, last + 1):
        t = k * step - origin
        days = k * step / DAY
        date = start is not None and abs(days - round(days)) * DAY < 1e-6  # noqa: PLR2004
        text = short_date(start, t) if date and start is not None else _label(start, t, step)
        ticks.append(Tick(t, text, date))
    return ticks


def time_step(least: float) -> float:
    """Return the smallest round step of at least ``least`` seconds."""
    for step in STEPS:
        if step >= least * (1 - 1e-9):
            return float(step)
    return float(math.ceil(least / STEPS[-1]) * STEPS[-1])


def of_day(start: datetime) -> float:
    """Return the seconds from midnight to a time."""
    return start.hour * HOUR + start.minute * MINUTE + start.second + start.microsecond / 1e6


def time_text(start: datetime | None, t: float, digits: int = 0) -> str:
    """Return a time of day as ``hh:mm:ss``, or the time since the start as ``h:mm:ss``."""
    seconds = t + (of_day(start) if start is not None else 0.0)
    ticks = round(abs(seconds) * 10**digits)
    whole, rest = divmod(ticks, 10**digits)
    minutes, second = divmod(whole, MINUTE)
    hours, minute = divmod(minutes, 60)
    fraction = f".{rest:0{digits}d}" if digits else ""
    if start is not None:
        return f"{hours % 24:02d}:{minute:02d}:{second:02d}{fraction}"
    return f"{'-' if seconds < 0 else ''}{hours}:{minute:02d}:{second:02d}{fraction}"


def short_date(start: datetime, t: float) -> str:
    """Return the date at ``t`` seconds as ``1 Mar``."""
    day = (start + timedelta(seconds=t + 1e-6)).date()
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def _label(start: datetime | None, t: float, step: float) -> str:
    digits = 0 if step >= 1 else min(MOST_DIGITS, math.ceil(-math.log10(step) - 1e-9))
    if step % MINUTE != 0:
        return time_text(start, t, digits)
    if start is not None:
        return time_text(start, t)[:-3]
    if t >= DAY and step % DAY == 0:
        return f"{round(t / DAY)} d"
    return time_text(None, t)
