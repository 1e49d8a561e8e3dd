"""The time column of a text table: how its cells are written, and how they become seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal

import numpy as np

from vital_widgets.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

    Order = Literal["ymd", "dmy", "mdy"]

NS = 1_000_000_000
_MOST = 0.9  # of the sampled cells; what the others are is told when their line is read
_FRACTION = r"(?:[.,:](?P<f>\d{1,9}))?"
_HALF = r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_TIME = r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})" + _FRACTION + r")?" + _HALF
_OFFSET = r"[+-]\d{2}(?::?\d{2})?"
_NO_OFFSET = frozenset({"Z", "UTC", "GMT", "UT", "ETC/UTC", "ETC/GMT"})
# A zone by name is found so that it can be named in the error: what offset it means, and in
# which summer, the file does not say.
_ZONE = (
    r"\s*(?P<zone>[Zz]|(?:UTC|GMT)[+-]\d{1,2}(?::?\d{2})?|"
    + _OFFSET
    + r"|[A-Z]{2,5}|[Uu]tc|[Gg]mt|[A-Z][a-z]+(?:/[A-Z][A-Za-z_]+){1,2})?(?:\[[\w/+-]+\])?"
)
_PLAIN_ZONE = r"\s*(?P<zone>[Zz]|UTC|GMT|" + _OFFSET + r")?"
PATTERNS = {
    "datetime": r"^\s*" + _DATE + r"[T ,;]\s*" + _TIME + _ZONE + r"\s*$",
    # Some tools print the clock first, in brackets: [10:30:00.000 01/02/2000]
    "datetime reversed": r"^\s*\[?" + _TIME + _PLAIN_ZONE + r"\s+" + _DATE + r"\]?\s*$",
    "clock": (
        r"^\s*(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2})" + _FRACTION + _HALF + _ZONE + r"\s*$"
    ),
}
# 20240304235859, 20240304T235859.250Z, 202403042359
PATTERNS["compact"] = (
    r"^\s*(?P<date>(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))[T _-]?"
    r"(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?:(?P<s>[0-5]\d)(?:[.,]?(?P<f>\d{1,9}))?)?"
    r"(?P<half>)" + _PLAIN_ZONE + r"\s*$"
)
_COMPACT_DIGITS = (12, 14, 17)  # to the minute, the second, the millisecond
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?"
)


@dataclass(frozen=True)
class StampFormat:
    """How the cells of a time column are written, where they are not plain numbers.

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
    """

    kind: str
    order: Order = "dmy"
    iso: bool = False
    zoned: bool = False

    @property
    def is_clock(self) -> bool:
        """Whether there is a time of day only, no date."""
        return self.kind == "clock"

    def matches(self, cell: str) -> bool:
        """Whether a cell is written so."""
        match = _COMPILED[self.kind].match(cell)
        return match is not None and _zone_seconds(match["zone"] or "") is not None


def is_stamp(cell: str) -> bool:
    """Whether a cell is a date-time or a clock time."""
    return any(pattern.match(cell) for pattern in _COMPILED.values())


def is_date(cell: str) -> bool:
    """Whether a cell is a date without a time of day."""
    return re.fullmatch(_DATE, cell.strip()) is not None


def find_format(
    cells: list[str], *, day_first: bool | None
) -> tuple[StampFormat | None, list[str]]:
    """Return the format that nearly all ``cells`` share, None if there is none, and notes."""
    told = [cell.strip() for cell in cells if cell.strip()]
    for kind, pattern in _COMPILED.items():
        found = [match for match in map(pattern.match, told) if match]
        if not found or len(found) < _MOST * len(told):
            continue
        fitting = [match.string for match in found]
        _check_zones(found)
        zoned = bool(found[0]["zone"])
        if kind == "clock":
            return StampFormat(kind), []
        order, notes = _order(
            [m["date"] for m in found], half=any(m["half"] for m in found), day_first=day_first
        )
        iso = kind == "datetime" and all(
            (m := _ISO.fullmatch(cell)) is not None and bool(m["zone"]) == zoned for cell in fitting
        )
        return StampFormat(kind, order, iso, zoned), notes
    return None, []


def are_compact(cells: list[str]) -> bool:
    """Whether numbers are date-times without separators, such as 20240304235859."""
    told = [cell.strip() for cell in cells if cell.strip()]
    digits = {len(re.split("[.,]", cell)[0]) for cell in told}
    return (
        len(digits) == 1
        and digits.issubset(_COMPACT_DIGITS)
        and all(_COMPILED["compact"].match(cell) for cell in told)
    )


def _check_zones(found: list[re.Match[str]]) -> None:
    for match in found:
        if _zone_seconds(match["zone"] or "") is None:
            raise FormatError(
                f"the time {match.string!r} names the time zone {match['zone']!r}, whose offset "
                "from UTC is not told by its name (summer time; names that several zones share). "
                "Times in UTC, GMT or with an offset such as +01:00 are read: write them so in "
                "a copy of the file, or leave the zone's name out there to keep the times as local "
                "ones"
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
        f"the date {example} may be day first or month first, and no date in the sampled lines "
        f"decides it; it is read {read_as}. Say day_first={half} if that is wrong"
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
    fraction = pc.utf8_rpad(pc.struct_field(parts, "f"), 9, "0")
    ns = ((hours * 60 + number("m")) * 60 + number("s")) * NS
    ns += np.asarray(pc.cast(fraction, pa.int64()))
    if form.is_clock:
        return ns, bad
    days = pc.dictionary_encode(pc.struct_field(parts, "date"))
    day_numbers = [_day_number(text, form.order) for text in days.dictionary.to_pylist()]
    zones = pc.dictionary_encode(pc.struct_field(parts, "zone"))
    offsets = [_zone_seconds(text) for text in zones.dictionary.to_pylist()]
    invalid = np.array([number is None for number in day_numbers], np.bool_)
    whole = np.array([number or 0 for number in day_numbers], np.int64)
    index = np.asarray(days.indices)
    ns += whole[index] * 86400 * NS
    zone = np.asarray(zones.indices)
    ns -= np.array([offset or 0 for offset in offsets], np.int64)[zone] * NS
    return ns, invalid[index] | np.array([offset is None for offset in offsets], np.bool_)[zone]


def _day_number(text: str, order: Order) -> int | None:
    """Return days since 1970-01-01, None if there is no such day."""
    if len(text) == len("20240304") and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    pieces = [int(piece) for piece in re.split(r"[-/.]", text)]
    if len(text.split(re.findall(r"[-/.]", text)[0], maxsplit=1)[0]) == len("2024"):
        year, month, day = pieces
    elif order == "mdy":
        month, day, year = pieces
    else:
        day, month, year = pieces
    if year < 100:  # noqa: PLR2004
        year += 2000 if year < 70 else 1900  # noqa: PLR2004
    if not 1678 <= year <= 2261:  # noqa: PLR2004 - what nanoseconds in 64 bits can hold
        return None
    try:
        return date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None


def _zone_seconds(text: str) -> int | None:
    """Return the offset of ``+01:00``, ``-0530``, ``UTC+1`` or ``Z``, None for other names."""
    if not text or text.upper() in _NO_OFFSET:
        return 0
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", text)
    if match is None:
        return None
    seconds = int(match[2]) * 3600 + int(match[3] or 0) * 60
    return -seconds if match[1] == "-" else seconds


def start_of(cell: str, ns: int, form: StampFormat) -> datetime | None:
    """Return the clock time of a first cell that is ``ns``, in the zone it names; None for clocks.

    Microseconds are the finest a datetime can hold; what is finer stays in the times.
    """
    if form.is_clock:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ns // 1000)
    if not form.zoned:
        return moment.replace(tzinfo=None)
    match = _COMPILED[form.kind].match(cell)
    seconds = _zone_seconds(match["zone"] if match else "")
    return moment.astimezone(timezone(timedelta(seconds=seconds)) if seconds else UTC)
