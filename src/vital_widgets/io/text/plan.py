"""Which columns of a text table are time and which are channels, and how rows become seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import number_of
from vital_widgets.io.text.dialect import AUTO
from vital_widgets.io.text.numbers import (
    NumberTime,
    counts_from_1989,
    is_time_name,
    number_time,
    since_1989,
    unit_of_words,
)
from vital_widgets.io.text.times import (
    NS,
    StampFormat,
    are_compact,
    are_whole,
    find_format,
    stamps_to_ns,
    start_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from vital_widgets.io.text.sniff import Layout

TIME_UNITS = ("s", "ms", "us", "ns", "min", "h", "d", "sample", "datetime")
_DAY = 86400 * NS


@dataclass(frozen=True)
class TimePlan:
    """How the time of a row is found.

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
        What stamps are counted from.
    start : datetime or None
        Clock time of second 0.
    first_cell : str
        The first time as it is written.
    notes : tuple of str
        What a person should know about the guesses.
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
    """Turns the raw time column into seconds, row after row; keeps count of midnights."""

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
            if top == period - 1:  # a counter of so many bits, which begins again
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
        columns = _find_columns(layout)
    else:
        columns = (column_of(time, names, layout),)
    if not columns:
        return TimePlan()
    cells = time_cells(layout, columns)
    compact = time_unit is None and are_compact(cells)
    numeric = layout.kinds[columns[0]] == "number" and time_unit != "datetime" and not compact
    if numeric:
        return _numbers(layout, names, columns[0], time_unit, fs)
    stamp, notes = find_format(cells, day_first=day_first)
    if stamp is None:
        shown = ", ".join(repr(cell) for cell in cells[:3])
        raise FormatError(
            f"the time column {names[columns[0]]!r} is not written in one way that is known here: "
            f"{shown}. Give fs= in Hz and time=None to leave it out"
        )
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
        notes=tuple(notes),
    )


def time_cells(layout: Layout, columns: tuple[int, ...], rows: slice = slice(None)) -> list[str]:
    """Return the sampled times as text; a date and a clock time are put together."""
    parts = [layout.column(k)[rows] for k in columns]
    return [" ".join(cells) for cells in zip(*parts, strict=True) if all(cells)]


def stamp_times(cells: list[str], stamp: StampFormat) -> NDArray[np.int64]:
    """Return the times in nanoseconds of the cells that hold one, or raise if too few do."""
    import pyarrow as pa

    written = [cell for cell in cells if stamp.matches(cell)]
    ns, bad = stamps_to_ns(pa.array(written, pa.string()), stamp)
    if 10 * bad.sum() > len(bad):
        raise FormatError(
            f"the time {written[int(bad.argmax())]!r} does not exist; if day and month are the "
            "other way round, say day_first=True or False"
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
        cells = time_cells(layout, plan.columns, rows)
        if plan.stamp is not None:
            return reader.seconds(stamp_times(cells, plan.stamp))
        return reader.seconds(number_times(cells, layout.decimal, whole=plan.whole))

    head = seconds(slice(layout.n_head))
    if not len(head):
        raise FormatError("the first rows have no time; give fs= in Hz and time=None")
    rest = seconds(slice(layout.n_head, None))
    return head, float(rest[-1]) if len(rest) else float(head[-1])


def _numbers(
    layout: Layout, names: Sequence[str], k: int, time_unit: str | None, fs: float | None
) -> TimePlan:
    cells = [cell for cell in layout.column(k) if cell]
    whole = are_whole(cells)
    values = number_times(cells, layout.decimal, whole=whole)
    if not len(values):
        raise FormatError(f"the time column {names[k]!r} holds no numbers")
    told = time_unit or unit_of_words(layout.names[k], layout.units[k])
    named = is_time_name(layout.names[k], layout.units[k])
    head = [cell for cell in layout.column(k, head_only=True) if cell]
    n_head = len(number_times(head, layout.decimal, whole=whole))
    if time_unit is None and counts_from_1989(layout.names[k], values):
        number, notes = since_1989(values)
    else:
        number, notes = number_time(values, told, named=named, fs=fs, n_head=n_head)
    return TimePlan(
        columns=(k,),
        number=number,
        whole=whole,
        start=number.start(),
        first_cell=cells[0],
        notes=tuple(notes),
    )


def _find_columns(layout: Layout) -> tuple[int, ...]:
    kinds = layout.kinds
    stamps = [k for k, kind in enumerate(kinds) if kind == "stamp"]
    dates = [k for k, kind in enumerate(kinds) if kind == "date"]
    clocks = []
    for k in stamps:
        form, _ = find_format(layout.column(k), day_first=None)
        if form is not None and not form.is_clock:
            return (k,)
        clocks.append(k)
    if dates and clocks:
        return (dates[0], clocks[0])
    if clocks:
        return (clocks[0],)
    numbers = [k for k, kind in enumerate(kinds) if kind == "number"]
    named = [k for k in numbers if is_time_name(layout.names[k], layout.units[k])]
    named.sort(key=lambda k: unit_of_words(layout.names[k], layout.units[k]) == "sample")
    if named and (len(numbers) > 1 or len(kinds) > 1):
        return (named[0],)
    if len(numbers) > 1 and numbers[0] == 0 and not layout.names[0] and _rises(layout):
        return (0,)
    return ()


def _rises(layout: Layout) -> bool:
    """Whether the first column rises in even steps."""
    cells = layout.column(0, head_only=True)
    values = [number_of(cell, layout.decimal) for cell in cells]
    told = np.array([value for value in values if value is not None and math.isfinite(value)])
    if len(told) < len(values) or len(told) < 3:  # noqa: PLR2004
        return False
    steps = np.diff(told)
    usual = np.median(steps)
    return bool(usual > 0 and np.mean(np.abs(steps - usual) < 0.1 * usual) > 0.9)  # noqa: PLR2004


def column_of(wanted: str | int, names: Sequence[str], layout: Layout) -> int:
    """Return the number of a column given by name or number, or raise naming what there is."""
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
