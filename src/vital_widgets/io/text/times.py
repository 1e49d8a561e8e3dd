"""The time column of a text table: the format of its cells, and their conversion to seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

import numpy as np

from vital_widgets.errors import FormatError
from vital_widgets.io.text.months import month_number
from vital_widgets.io.text.stampforms import (
    CELLS,
    CLOCKS,
    COMPILED,
    DAYS,
    ISO,
    PATTERNS,
    zone_seconds,
)
from vital_widgets.io.text.subseconds import parts_of_second

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    Order = Literal["ymd", "dmy", "mdy"]

NS = 1_000_000_000
_MOST = 0.9  # of the sampled cells; the others are reported when their line is read


@dataclass(frozen=True)
class StampFormat:
    """The format of the cells of a time column that are not plain numbers.

    Attributes
    ----------
    kind : str
        A key of `PATTERNS`.
    order : {'ymd', 'dmy', 'mdy'}
        Order of year, month and day in a date that begins with one or two digits.
    iso : bool
        Whether every cell is ISO 8601, which the table parser reads by itself.
    zoned : bool
        Whether the cells name a time zone.
    parts : int
        How many units of the digits behind the seconds make a second; 0 for decimals.
    """

    kind: str
    order: Order = "dmy"
    iso: bool = False
    zoned: bool = False
    parts: int = 0

    @property
    def is_clock(self) -> bool:
        """Whether there is a time of day only, no date."""
        return self.kind in CLOCKS

    def matches(self, cell: str) -> bool:
        """Whether a cell has this format."""
        match = COMPILED[self.kind].match(cell)
        if match is None or zone_seconds(match["zone"] or "") is None:
            return False
        return bool(match["zone"]) == self.zoned

    def why_not(self, cell: str) -> str:
        """Return why a cell does not have this format, as the end of a sentence; '' if unknown."""
        match = COMPILED[self.kind].match(cell)
        if match is None or bool(match["zone"]) == self.zoned:
            return ""
        return f": it has {'no' if self.zoned else 'a'} time zone, and those have " + (
            "one" if self.zoned else "none"
        )


def is_stamp(cell: str) -> bool:
    """Whether a cell is a date-time or a clock time."""
    return any(COMPILED[kind].match(cell) for kind in CELLS)


def is_date(cell: str) -> bool:
    """Whether a cell is a date without a time of day, with signs or a month's name in it."""
    return any(COMPILED[kind].match(cell) for kind in DAYS if kind != "day in digits")


def find_format(
    cells: Sequence[str], *, day_first: bool | None, kinds: Iterable[str] = CELLS
) -> tuple[StampFormat | None, list[str]]:
    """Return the format that nearly all ``cells`` share, None if there is none, and notes."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    for kind in kinds:
        found = [match for match in map(COMPILED[kind].match, filled) if match]
        if not found or len(found) < _MOST * len(filled):
            continue
        _check_zones(found)
        zoned = bool(found[0]["zone"])
        parts, notes = parts_of_second(found)
        if kind in CLOCKS:
            return StampFormat(kind, zoned=zoned, parts=parts), notes
        order: Order = "ymd"
        if "date" in COMPILED[kind].groupindex:
            order, doubts = _order(
                [m["date"] for m in found], half=any(m["half"] for m in found), day_first=day_first
            )
            notes += doubts
        iso = kind == "datetime" and not parts and all(ISO.fullmatch(m.string) for m in found)
        return StampFormat(kind, order, iso, zoned, parts), notes
    return None, []


def _check_zones(found: list[re.Match[str]]) -> None:
    for match in found:
        if zone_seconds(match["zone"] or "") is None:
            raise FormatError(
                f"the time {match.string!r} names the time zone {match['zone']!r}, but a "
                "name does not define the offset from UTC (summer time; several zones share a "
                "name). Accepted are UTC, GMT and offsets such as +01:00: write the times with one "
                "of these in a copy of the file, or leave out the zone's name there to read them "
                "as local times"
            )
    zoned = {bool(match["zone"]): match.string for match in reversed(found)}
    if len(zoned) > 1:
        raise FormatError(
            f"the time {zoned[True]!r} has a time zone but {zoned[False]!r} has none, so their "
            "difference is unknown; in a copy of the file, write all times with a zone (such as Z "
            "or +01:00) or all without, or give fs= in Hz and time=None"
        )


def _order(dates: Iterable[str], *, half: bool, day_first: bool | None) -> tuple[Order, list[str]]:
    parts = [re.split(r"[-/.]", text) for text in dates]
    if all(len(part[0]) >= len("2024") for part in parts):
        return "ymd", []
    if day_first is not None:
        return ("dmy" if day_first else "mdy"), []
    first, second = ({int(part[k]) for part in parts} for k in (0, 1))
    months = 12
    if max(first) > months or any("." in text for text in dates):
        return "dmy", []
    if max(second) > months or (len(second) > 1 and len(first) == 1):
        return "mdy", []
    if len(first) > 1 and len(second) == 1:
        return "dmy", []
    order: Order = "mdy" if half else "dmy"
    read_as = "month first" if half else "day first"
    example = "/".join(parts[0])
    note = (
        f"the date {example} may be day first or month first, and no date in the sampled rows "
        f"decides it; it is read {read_as}. Give day_first={half} if that is wrong"
    )
    return order, [note]


def are_whole(cells: list[str]) -> bool:
    """Whether all cells are whole numbers, which are then read exactly."""
    return all(re.fullmatch(r"\s*[+-]?\d{1,18}\s*", cell) for cell in cells if cell.strip())


def stamps_to_ns(
    column: pa.Array, form: StampFormat
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the cells of a string column as nanoseconds, and which of them could not be read.

    Date-times count from 1970-01-01 (in UTC where they name a zone), clock times from midnight.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    groups = COMPILED[form.kind].groupindex
    parts = pc.extract_regex(column, PATTERNS[form.kind])
    bad: NDArray[np.bool_] = np.asarray(pc.is_null(parts))
    if bad.any():
        return np.zeros(len(column), np.int64), bad

    def number(name: str) -> NDArray[np.int64]:
        digits = pc.utf8_lpad(pc.struct_field(parts, name), 1, "0")
        return np.asarray(pc.cast(digits, pa.int64()))

    hours = number("h")
    half = np.asarray(pc.match_substring_regex(pc.struct_field(parts, "half"), "^[Pp]"))
    morning = np.asarray(pc.match_substring_regex(pc.struct_field(parts, "half"), "^[Aa]"))
    hours = np.where(half & (hours < 12), hours + 12, np.where(morning & (hours == 12), 0, hours))  # noqa: PLR2004
    minutes, seconds = number("m"), number("s")
    if "m1" in groups:
        minutes, seconds = minutes + number("m1"), seconds + number("s1")
    ns = ((hours * 60 + minutes) * 60 + seconds) * NS
    if form.parts:
        last = number("f")
        bad |= last >= form.parts
        ns += last * NS // form.parts
    else:
        fraction = pc.utf8_rpad(pc.struct_field(parts, "f"), 9, "0")
        ns += np.asarray(pc.cast(fraction, pa.int64()))
    if "milli" in groups:
        ns += number("milli") * (NS // 1000)
    zones = pc.dictionary_encode(pc.struct_field(parts, "zone"))
    names = zones.dictionary.to_pylist()
    offsets = [zone_seconds(text) for text in names]
    odd = [
        offset is None or bool(text) != form.zoned
        for text, offset in zip(names, offsets, strict=True)
    ]
    zone = np.asarray(zones.indices)
    ns -= np.array([offset or 0 for offset in offsets], np.int64)[zone] * NS
    bad |= np.array(odd, np.bool_)[zone]
    if form.is_clock:
        return ns, bad
    text = pc.struct_field(parts, "date") if "date" in groups else _joined_date(parts)
    days = pc.dictionary_encode(text)
    day_numbers = [_day_number(text, form.order) for text in days.dictionary.to_pylist()]
    invalid = np.array([number is None for number in day_numbers], np.bool_)
    whole = np.array([number or 0 for number in day_numbers], np.int64)
    index = np.asarray(days.indices)
    ns += whole[index] * 86400 * NS
    return ns, bad | invalid[index]


def _joined_date(parts: pa.Array) -> pa.Array:
    """Return dates whose month has a name as year-month-day."""
    import pyarrow.compute as pc

    year, month, day = (pc.struct_field(parts, name) for name in ("year", "mon", "day"))
    return pc.binary_join_element_wise(year, month, day, "-")


def _day_number(text: str, order: Order) -> int | None:
    """Return days since 1970-01-01, None if the date does not exist."""
    if text.isdigit():  # 20240304, 240304
        text = f"{text[:-4]}-{text[-4:-2]}-{text[-2:]}"
        order = "ymd"
    pieces = [month_number(piece) for piece in re.split(r"[-/.]", text)]
    first, second, third = (piece or 0 for piece in pieces)
    if order == "ymd" or len(re.split(r"[-/.]", text)[0]) == len("2024"):
        year, month, day = first, second, third
    elif order == "mdy":
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    if year < 100:  # noqa: PLR2004
        year += 2000 if year < 70 else 1900  # noqa: PLR2004
    if not 1678 <= year <= 2261:  # noqa: PLR2004 - what nanoseconds in 64 bits can hold
        return None
    try:
        return date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None


def start_of(cell: str, ns: int, form: StampFormat) -> datetime | None:
    """Return the clock time of a first cell that is ``ns``, in the zone it names; None for clocks.

    Microseconds are the finest a datetime can hold; what is finer stays in the times.
    """
    if form.is_clock:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    if not form.zoned:
        return moment.replace(tzinfo=None)
    match = COMPILED[form.kind].match(cell)
    seconds = zone_seconds(match["zone"] if match else "")
    return moment.astimezone(timezone(timedelta(seconds=seconds)) if seconds else UTC)
