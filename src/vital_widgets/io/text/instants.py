"""Dates and clock times in the lines above a table."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from vital_widgets.errors import FormatError
from vital_widgets.io.text.times import find_format, stamps_to_ns, start_of

_SPREADSHEET_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zone
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?")
_NOON = 12


def moment(text: str, *, day_first: bool | None = None) -> tuple[datetime | None, list[str]]:
    """Return a text as a date-time (None if it is not one), and notes on how it was read."""
    import pyarrow as pa

    cell = text.strip().strip("\"'")
    try:
        form, notes = find_format([cell], day_first=day_first)
    except FormatError:
        return None, []
    if form is None or form.is_clock or not form.matches(cell):
        return None, []
    ns, bad = stamps_to_ns(pa.array([cell], pa.string()), form)
    return (None, []) if bad.any() else (start_of(cell, int(ns[0]), form), notes)


def clock(text: str) -> time | None:
    """Return a text as a time of day, None if it is not one."""
    match = _CLOCK.fullmatch(text.strip().strip("\"'"))
    if match is None:
        return None
    hour = int(match[1])
    if match[5]:
        hour = hour % _NOON + _NOON * (match[5][0] in "pP")
    micros = int((match[4] or "").ljust(6, "0")[:6])
    try:
        return time(hour, int(match[2]), int(match[3] or 0), micros)
    except ValueError:
        return None


def spreadsheet_moment(days: str) -> datetime | None:
    """Return the moment at a number of days after 1899-12-30, as spreadsheets count."""
    try:
        return _SPREADSHEET_DAY_0 + timedelta(days=float(days.replace(",", ".")))
    except (ValueError, OverflowError):
        return None


def on_day_of(start: datetime, first: time) -> datetime:
    """Return the moment near ``start`` at which clocks show ``first``.

    A first row long before or after the start in the header is a time since the start and not a
    time of day: then ``start`` itself is returned.
    """
    same_day = datetime.combine(start, first, start.tzinfo)
    nearest = min(
        (same_day + timedelta(days=shift) for shift in (-1, 0, 1)),
        key=lambda when: abs(when - start),
    )
    return nearest if abs(nearest - start) <= timedelta(minutes=5) else start
