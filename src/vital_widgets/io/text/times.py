"""The time column of a text table: how its cells are written, and how they become seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vital_widgets.errors import InvalidInputError

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
_ZONE = r"\s*(?P<zone>[Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?"
PATTERNS = {
    "datetime": r"^\s*" + _DATE + r"[T ,;]\s*" + _TIME + _ZONE + r"\s*$",
    # Some tools print the clock first, in brackets: [10:30:00.000 01/02/2000]
    "datetime reversed": r"^\s*\[?" + _TIME + _ZONE + r"\s+" + _DATE + r"\]?\s*$",
    "clock": (
        r"^\s*(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2})" + _FRACTION + _HALF + _ZONE + r"\s*$"
    ),
}
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
        return _COMPILED[self.kind].match(cell) is not None


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


def _order(dates: Iterable[str], *, half: bool, day_first: bool | None) -> tuple[Order, list[str]]:
    parts = [re.split(r"[-/.]", text) for text in dates]
    if all(len(part[0]) == len("2024") for part in parts):
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
    ns -= np.array(offsets, np.int64)[np.asarray(zones.indices)] * NS
    return ns, invalid[index]


def _day_number(text: str, order: Order) -> int | None:
    """Return days since 1970-01-01, None if there is no such day."""
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


def _zone_seconds(text: str) -> int:
    """Return the offset of ``+01:00``, ``-0530`` or ``Z`` in seconds."""
    if not text or text.upper() in {"Z", "UTC"}:
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -seconds if text[0] == "-" else seconds


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


# ---------------------------------------------------------------- times written as numbers


@dataclass(frozen=True)
class NumberTime:
    """Times written as numbers: ``seconds = (value - origin) / per_second``.

    Attributes
    ----------
    per_second : float
        1 for seconds, 1000 for milliseconds, the sampling rate for sample numbers.
    origin : int
        Subtracted first, so that times since 1970 keep their fractions.
    unit : str
        What the numbers count: 's', 'ms', 'us', 'ns', 'min', 'h' or 'sample'.
    """

    per_second: float
    unit: str
    origin: int = 0

    @property
    def is_epoch(self) -> bool:
        """Whether the numbers count from 1970-01-01 UTC."""
        return self.origin != 0

    def seconds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return values of the column in seconds, as float64."""
        if self.origin:
            values = values - self.origin
        if self.per_second == 1:
            return values.astype(np.float64, copy=False)
        result: NDArray[np.float64] = values / self.per_second
        return result

    def start(self) -> datetime | None:
        """Return the clock time of second 0, for numbers that count from 1970."""
        if not self.is_epoch:
            return None
        micros = self.origin * 1_000_000 // int(self.per_second)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


UNIT_RATES = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9, "min": 1 / 60, "h": 1 / 3600}
_UNIT_NAMES = {
    "s": "s sec secs second seconds sek sekunden",
    "ms": "ms msec msecs millis millisecond milliseconds millisekunden",
    "us": "us µs μs usec microsecond microseconds",
    "ns": "ns nsec nanosecond nanoseconds",
    "min": "min minute minutes",
    "h": "h hour hours",
    "sample": "sample samples sample_index index nseq frame frames sample_number sampleindex idx",
}
_UNIT_OF_NAME = {name: unit for unit, names in _UNIT_NAMES.items() for name in names.split()}
_TIME_NAMES_WORDS = (
    "time t timestamp timestamps zeit timer datetime date_time elapsed elapsed_time "
    "seconds_elapsed clock uhrzeit zeitstempel unix epoch times tijd temps tiempo tempo utc "
    "local_time"
)
_TIME_NAMES = frozenset(_TIME_NAMES_WORDS.split())
# A column since 1970: from 1982 to 2096, in the unit of the key.
_EPOCH = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH_FIRST, _EPOCH_LAST = 4 * 10**8, 4 * 10**9
# Steps of slow series that are seconds and not milliseconds: half a minute to an hour.
_SLOW_STEPS = frozenset({30.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0})


def unit_of_words(name: str, units: str) -> str | None:
    """Return the time unit that a header tells, None if it tells none."""
    for text in (units, name):
        key = re.sub(r"[\s\-]+", "_", text.strip().lower())
        if key in _UNIT_OF_NAME:
            return _UNIT_OF_NAME[key]
    tail = re.sub(r"[\s\-]+", "_", name.strip().lower()).rpartition("_")[2]
    return _UNIT_OF_NAME.get(tail) if is_time_name(name, "") else None


def is_time_name(name: str, units: str) -> bool:
    """Whether a header says that its column is time."""
    key = re.sub(r"[\s\-]+", "_", name.strip().lower())
    if key in _TIME_NAMES or key in _UNIT_OF_NAME:
        return True
    first, _, tail = key.rpartition("_")
    if first in _TIME_NAMES and (tail in _UNIT_OF_NAME or tail in _TIME_NAMES):
        return True
    return key.startswith(("time", "zeit")) and units.lower() in _UNIT_OF_NAME


def number_time(
    values: NDArray[Any], told: str | None, *, named: bool, fs: float | None
) -> tuple[NumberTime, list[str]]:
    """Decide what the numbers of a time column count.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The first values of the column.
    told : str or None
        The unit that the user or the header says.
    named : bool
        Whether the header says that the column is time.
    fs : float or None
        Sampling rate in Hz, if the user or the file says it.
    """
    first = float(values[0])
    for unit, per_second in _EPOCH.items():
        inside = _EPOCH_FIRST * per_second <= first <= _EPOCH_LAST * per_second
        if inside and told in (None, unit):
            return NumberTime(float(per_second), unit, origin=int(values[0])), []
    if told == "sample":
        if fs is None:
            raise InvalidInputError(
                "the time column counts samples, and the file does not say the sampling rate; "
                "give fs=... in Hz"
            )
        return NumberTime(fs, "sample"), []
    if told is not None:
        return NumberTime(UNIT_RATES[told], told), []
    unit, sure = _unit_of_step(values, named=named, fs=fs)
    if unit == "sample":
        return number_time(values, "sample", named=named, fs=fs)
    notes = [] if sure else [_unit_note(values, unit)]
    return NumberTime(UNIT_RATES[unit], unit), notes


def _unit_of_step(  # noqa: PLR0911 - one line a case
    values: NDArray[Any], *, named: bool, fs: float | None
) -> tuple[str, bool]:
    """Guess the unit from the distance of the values; say whether there is no doubt."""
    steps = np.diff(values.astype(np.float64))
    step = float(np.median(steps)) if len(steps) else 0.0
    whole = bool(np.all(values == np.round(values)))
    if fs is not None and step > 0:
        if whole and step == 1 and fs != 1:
            return "sample", True
        for unit in ("s", "ms", "us", "ns"):
            if abs(step / UNIT_RATES[unit] * fs - 1) < 0.1:  # noqa: PLR2004
                return unit, True
    if step < 1:
        return "s", True
    if step == 1 and whole:
        return ("s", False) if named else ("sample", True)
    if step in _SLOW_STEPS:
        return "s", False
    if step < 1000:  # noqa: PLR2004
        return "ms", False
    return ("us", False) if step < 1e5 else ("ns", False)  # noqa: PLR2004


def _unit_note(values: NDArray[Any], unit: str) -> str:
    step = float(np.median(np.diff(values.astype(np.float64))))
    rate = UNIT_RATES[unit] / step
    return (
        f"the time column does not say its unit; its values rise by {step:g}, read as {unit} "
        f"({rate:g} Hz). Say time_unit='s', 'ms', 'us', 'ns' or 'sample' if that is wrong"
    )
