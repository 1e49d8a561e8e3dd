"""The time of a text table: its columns, their format, and the conversion to seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import number_of
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.digits import DIGIT_KINDS, format_of_digits
from vital_widgets.io.text.numbers import (
    counts_from_1989,
    is_time_name,
    number_time,
    since_1989,
    unit_of_words,
)
from vital_widgets.io.text.stampforms import CELLS, PARTS
from vital_widgets.io.text.timeparts import columns_of_time, joined
from vital_widgets.io.text.times import (
    NS,
    StampFormat,
    are_whole,
    find_format,
    stamps_to_ns,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from vital_widgets.io.text.numbertime import NumberTime
    from vital_widgets.io.text.sniff import Layout

TIME_UNITS = ("s", "ms", "us", "ns", "min", "h", "d", "sample", "datetime")
_DAY = 86400 * NS


@dataclass(frozen=True)
class TimePlan:
    """How the time of a row is read.

    Attributes
    ----------
    columns : tuple of int
        The fields that make the time; none if rows are counted at the sampling rate.
    stamp : StampFormat or None
        Format of date-times and clock times, None for numbers.
    number : NumberTime or None
        What numbers count.
    whole : bool
        Whether the numbers are whole.
    origin_ns : int
        The moment from which stamps count.
    start : datetime or None
        Clock time of second 0.
    first_cell : str
        The first time as it is written.
    notes : tuple of str
        What was guessed.
    """

    columns: tuple[int, ...] = ()
    stamp: StampFormat | None = None
    number: NumberTime | None = None
    whole: bool = False
    origin_ns: int = 0
    start: datetime | None = None
    first_cell: str = ""
    notes: tuple[str, ...] = ()


class TimeReader:
    """Converts the raw time column to seconds, row after row, and counts midnights."""

    def __init__(self, plan: TimePlan) -> None:
        self._plan = plan
        self._last: int | None = None
        self._added = 0

    def seconds(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Return the seconds of the next rows."""
        plan = self._plan
        if plan.stamp is not None:
            if plan.stamp.is_clock:
                raw = self._unwrapped(raw, _DAY, plausible=_DAY // 2)
            result: NDArray[np.float64] = (raw - plan.origin_ns) / NS
            return result
        assert plan.number is not None
        if plan.number.unit == "sample" and raw.dtype.kind == "i" and len(raw):
            top = max(int(raw.max()), self._last or 0)
            period = 1 << max(top.bit_length(), 4)
            if top == period - 1:  # a counter of 8, 16 or 32 bits that overflows
                raw = self._unwrapped(raw, period, plausible=period // 2)
        return plan.number.seconds(raw)

    def _unwrapped(self, raw: NDArray[Any], period: int, *, plausible: int) -> NDArray[np.int64]:
        """Add ``period`` at every fall by more than ``plausible``."""
        if not len(raw):
            return raw
        before = raw[0] if self._last is None else self._last
        falls = np.diff(raw, prepend=before) < -plausible
        added = self._added + np.cumsum(falls) * period
        self._last, self._added = int(raw[-1]), int(added[-1])
        whole: NDArray[np.int64] = raw + added
        return whole


def plan_time(
    layout: Layout,
    names: Sequence[str],
    *,
    time: str | int | None = AUTO,
    time_unit: str | None = None,
    fs: float | None = None,
    day_first: bool | None = None,
) -> TimePlan:
    """Find the time column and how it counts."""
    if time_unit is not None and time_unit not in TIME_UNITS:
        accepted = ", ".join(map(repr, TIME_UNITS))
        raise InvalidInputError(f"time_unit={time_unit!r} is unknown; give one of {accepted}")
    if time is None:
        return TimePlan()
    if time == AUTO and AUTO not in names:
        columns = columns_of_time(layout)
    else:
        columns = (column_of(time, names, layout),)
    if not columns:
        return TimePlan()
    cells = joined(layout, columns)
    if layout.kinds[columns[0]] == "number" and len(columns) == 1 and time_unit != "datetime":
        stamp, notes = None, list[str]()
        if time_unit is None:
            stamp, notes = _digits(layout, columns[0], cells)
        if stamp is None:
            return _numbers(layout, names, columns[0], time_unit, fs)
    else:
        stamp, notes = find_format(cells, day_first=day_first, kinds=(*CELLS, *PARTS, *DIGIT_KINDS))
    if stamp is None:
        shown = ", ".join(repr(cell) for cell in cells[:3])
        raise FormatError(
            f"the time column {names[columns[0]]!r} has no single format that can be read: "
            f"{shown}. Give fs= in Hz and time=None to leave it out"
        )
    stamp, part_notes = _of_several(layout, names, columns, stamp)
    cells = [cell for cell in cells if stamp.matches(cell)]
    first = int(stamp_times(cells, stamp)[0])
    elapsed = stamp.is_clock and (
        "elapsed" in names[columns[0]].lower() or cells[0].strip().count(":") == 1
    )
    return TimePlan(
        columns=columns,
        stamp=stamp,
        origin_ns=0 if elapsed else first,
        start=start_of(cells[0], first, stamp),
        first_cell=cells[0],
        notes=(*notes, *part_notes),
    )


def _of_several(
    layout: Layout, names: Sequence[str], columns: tuple[int, ...], stamp: StampFormat
) -> tuple[StampFormat, list[str]]:
    """Return how the cells of several columns are combined, and a note on this."""
    if len(columns) == 1:
        return stamp, []
    usual = [layout.kinds[k] for k in columns] == ["date", "stamp"]
    together = ", ".join(names[k] for k in columns)
    return replace(stamp, iso=False), [] if usual else [
        f"time combined from the columns {together}"
    ]


def stamp_times(cells: list[str], stamp: StampFormat) -> NDArray[np.int64]:
    """Return the times in nanoseconds of the cells that hold one, or raise if too few do."""
    import pyarrow as pa

    written = [cell for cell in cells if stamp.matches(cell)]
    ns, bad = stamps_to_ns(pa.array(written, pa.string()), stamp)
    if 10 * bad.sum() > len(bad):
        raise FormatError(
            f"the time {written[int(bad.argmax())]!r} does not exist; if day and month are "
            "interchanged, give day_first=True or False"
        )
    good: NDArray[np.int64] = ns[~bad]
    return good


def number_times(cells: list[str], decimal: str, *, whole: bool) -> NDArray[Any]:
    """Return the times of some cells that are finite numbers."""
    if whole:
        return np.array([int(cell) for cell in cells], np.int64)
    values = (number_of(cell, decimal) for cell in cells)
    known = [value for value in values if value is not None and math.isfinite(value)]
    return np.array(known, np.float64)


def sampled_times(layout: Layout, plan: TimePlan) -> tuple[NDArray[np.float64], float]:
    """Return the times in seconds of the sampled first rows, and of the last sampled row."""
    reader = TimeReader(plan)

    def seconds(rows: slice) -> NDArray[np.float64]:
        cells = joined(layout, plan.columns, rows)
        if plan.stamp is not None:
            return reader.seconds(stamp_times(cells, plan.stamp))
        return reader.seconds(number_times(cells, layout.decimal, whole=plan.whole))

    head = seconds(slice(layout.n_head))
    if not len(head):
        raise FormatError("the first rows have no time; give fs= in Hz and time=None")
    rest = seconds(slice(layout.n_head, None))
    return head, float(rest[-1]) if len(rest) else float(head[-1])


def _digits(layout: Layout, k: int, cells: list[str]) -> tuple[StampFormat | None, list[str]]:
    head = [cell for cell in layout.column(k, head_only=True) if cell]
    has_unit = unit_of_words(layout.names[k], layout.units[k]) is not None
    return format_of_digits(cells, head, has_unit=has_unit)


def _numbers(
    layout: Layout, names: Sequence[str], k: int, time_unit: str | None, fs: float | None
) -> TimePlan:
    cells = [cell for cell in layout.column(k) if cell]
    whole = are_whole(cells)
    values = number_times(cells, layout.decimal, whole=whole)
    if not len(values):
        raise FormatError(f"the time column {names[k]!r} holds no numbers")
    stated_unit = time_unit or unit_of_words(layout.names[k], layout.units[k])
    named = is_time_name(layout.names[k], layout.units[k])
    head = [cell for cell in layout.column(k, head_only=True) if cell]
    n_head = len(number_times(head, layout.decimal, whole=whole))
    if time_unit is None and counts_from_1989(layout.names[k], values):
        number, notes = since_1989(values)
    else:
        number, notes = number_time(
            values, stated_unit, named=named, fs=fs, n_head=n_head, name=layout.names[k]
        )
    return TimePlan(
        columns=(k,),
        number=number,
        whole=whole,
        start=number.start(),
        first_cell=cells[0],
        notes=tuple(notes),
    )


def column_of(wanted: str | int, names: Sequence[str], layout: Layout) -> int:
    """Return the number of a column given by name or number, or raise with the list of columns."""
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        if -len(names) <= wanted < len(names):
            return wanted % len(names)
    elif wanted in names:
        return list(names).index(str(wanted))
    else:
        split = [
            name if not units else f"{name} {units}"
            for name, units in zip(layout.names, layout.units, strict=True)
        ]
        plain = "".join(c if c.isalnum() else " " for c in str(wanted)).split()
        for k, text in enumerate(split):
            if "".join(c if c.isalnum() else " " for c in text).split() == plain and plain:
                return k
    known = ", ".join(f"{k}: {name!r}" for k, name in enumerate(names))
    raise InvalidInputError(f"there is no column {wanted!r}; the columns are {known}")
