"""Find the columns that make the time of a text table: one, or several that are combined."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import FormatError
from vital_widgets.io.text.cells import number_of
from vital_widgets.io.text.days import is_date_name, may_be_days
from vital_widgets.io.text.digits import are_days
from vital_widgets.io.text.numbers import is_time_name, unit_of_words
from vital_widgets.io.text.stampforms import COMPILED, PARTS
from vital_widgets.io.text.times import find_format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.io.text.sniff import Layout

_NAMES_OF_PARTS = {
    "year": "year years yr yyyy jahr annee año",
    "month": "month months mon mo monat mois mes",
    "day": "day days dd tag jour dia día",
    "hour": "hour hours hr hrs hh h stunde heure hora",
    "minute": "minute minutes min mins mm m minuto",
    "second": "second seconds sec secs ss s sek sekunde seconde segundo",
    "millisecond": "millisecond milliseconds msec ms millis",
}
_PART_OF_NAME = {name: part for part, names in _NAMES_OF_PARTS.items() for name in names.split()}
_DATE_PARTS = ("year", "month", "day")
# How many columns before and after that of the clock may belong to it, the most first: the
# parts of Tue Feb 13 10:00:01 2024 where blanks separate the cells.
_AROUND_CLOCK = ((3, 1), (3, 0), (2, 2), (2, 1), (2, 0), (1, 2), (1, 1), (1, 0), (0, 1))


def columns_of_time(layout: Layout) -> tuple[int, ...]:
    """Return the columns that make the time, none if there are none."""
    kinds = layout.kinds
    stamps = [k for k, kind in enumerate(kinds) if kind == "stamp"]
    dates = [k for k, kind in enumerate(kinds) if kind == "date"]
    clocks = []
    for k in stamps:
        form, _ = find_format(layout.column(k), day_first=None)
        if form is not None and not form.is_clock:
            return (k,)
        clocks.append(k)
    around = next((found for k in clocks if (found := _around(layout, k))), ())
    several = around or _named_parts(layout, dates)
    if several or clocks:
        return several or (*dates[:1], clocks[0])
    return _of_numbers(layout, dates)


def _of_numbers(layout: Layout, dates: Sequence[int]) -> tuple[int, ...]:
    """Return the column of numbers, or of days, that is the time, none if there is none."""
    numbers = [k for k, kind in enumerate(layout.kinds) if kind == "number"]
    named = [k for k in numbers if is_time_name(layout.names[k], layout.units[k])]
    named.sort(key=lambda k: unit_of_words(layout.names[k], layout.units[k]) == "sample")
    if layout.n_fields == 1:
        return ()
    days = [k for k in numbers if is_date_name(layout.names[k]) and _may_be_dates(layout, k)]
    if len(numbers) == 1:
        days = []
    days += [k for k in dates if numbers and _all_differ(layout.column(k, head_only=True))]
    if named or days:
        return ((named or days)[0],)
    if len(numbers) > 1 and numbers[0] == 0 and layout.names[0] in ("", "0") and _rises(layout):
        return (0,)
    return ()


def joined(layout: Layout, columns: Sequence[int], rows: slice = slice(None)) -> list[str]:
    """Return the sampled times as text; the cells of several columns are joined."""
    parts = [layout.column(k)[rows] for k in columns]
    return [" ".join(cells) for cells in zip(*parts, strict=True) if all(cells)]


def _around(layout: Layout, k: int) -> tuple[int, ...]:
    """Return the columns around a clock time that make a date-time with it, none if they do not."""
    for before, after in _AROUND_CLOCK:
        columns = tuple(range(k - before, k + after + 1))
        if columns[0] < 0 or columns[-1] >= layout.n_fields:
            continue
        cells = joined(layout, columns)
        try:
            form, _ = find_format(cells, day_first=None)
        except FormatError:
            continue  # a text that is not a zone
        if form is None:
            continue
        if not form.is_clock or (form.kind == "clock" and _tell_half(cells)):
            return columns
    return ()


def _tell_half(cells: Sequence[str]) -> bool:
    found = [COMPILED["clock"].match(cell) for cell in cells]
    return all(match is not None and match["half"] for match in found)


def _named_parts(layout: Layout, dates: Sequence[int]) -> tuple[int, ...]:
    """Return columns named year to second, or hour to second, whose cells fit these names."""
    found: dict[str, int] = {}
    for k, (name, kind) in enumerate(zip(layout.names, layout.kinds, strict=True)):
        part = _PART_OF_NAME.get(name.strip().lower())
        if part is not None and kind == "number":
            found.setdefault(part, k)
    if not {"hour", "minute"}.issubset(found):
        return ()
    clock = [found[part] for part in ("hour", "minute", "second", "millisecond") if part in found]
    if "second" not in found:
        clock = clock[:2]
    if set(_DATE_PARTS).issubset(found):
        columns = (*(found[part] for part in _DATE_PARTS), *clock)
    else:
        columns = (*dates[:1], *clock)
    form, _ = find_format(joined(layout, columns), day_first=None, kinds=PARTS)
    return () if form is None else columns


def _may_be_dates(layout: Layout, k: int) -> bool:
    """Whether numbers are dates such as 20240304, or days since a known one."""
    cells = [cell for cell in layout.column(k) if cell]
    values = [number_of(cell, layout.decimal) for cell in cells]
    finite = np.array([value for value in values if value is not None and math.isfinite(value)])
    whole_days = are_days(cells) and _all_differ(layout.column(k, head_only=True))
    return whole_days or (len(finite) > 0 and may_be_days(finite) and _all_differ(cells))


def _all_differ(cells: Sequence[str]) -> bool:
    """Whether each of several rows has a day, or a moment, of its own."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and len(set(filled)) == len(filled)


def _rises(layout: Layout) -> bool:
    """Whether the first column rises in even steps."""
    cells = layout.column(0, head_only=True)
    values = [number_of(cell, layout.decimal) for cell in cells]
    finite = np.array([value for value in values if value is not None and math.isfinite(value)])
    if len(finite) < len(values) or len(finite) < 3:  # noqa: PLR2004
        return False
    steps = np.diff(finite)
    usual = np.median(steps)
    return bool(usual > 0 and np.mean(np.abs(steps - usual) < 0.1 * usual) > 0.9)  # noqa: PLR2004
