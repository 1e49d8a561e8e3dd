"""Times written as numbers: what they count, and since when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        What the numbers count: 's', 'ms', 'us', 'ns', 'min', 'h', 'd' or 'sample'.
    epoch : datetime or None
        The date that the numbers count from, None if they count from a moment not told.
    zoned : bool
        Whether the date is one in UTC.
    """

    per_second: float
    unit: str
    origin: int = 0
    epoch: datetime | None = None
    zoned: bool = True

    def seconds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return values of the column in seconds, as float64."""
        if self.origin:
            values = values - self.origin
        if self.per_second == 1:
            return values.astype(np.float64, copy=False)
        result: NDArray[np.float64] = values / self.per_second
        return result

    def start(self) -> datetime | None:
        """Return the clock time of second 0, for numbers that count from a date."""
        if self.epoch is None:
            return None
        micros = int(Fraction(self.origin) * 1_000_000 / Fraction(self.per_second))
        if self.unit == "d":
            days = self.origin - (_DATENUM_OF_YEAR_1 if self.epoch == _YEAR_1 else 0)
            micros = days * 86_400_000_000
        start = self.epoch + timedelta(microseconds=micros)
        return start.replace(tzinfo=UTC) if self.zoned else start


UNIT_RATES = {
    "s": 1.0,
    "ms": 1e3,
    "us": 1e6,
    "ns": 1e9,
    "min": 1 / 60,
    "h": 1 / 3600,
    "d": 1 / 86400,
}
_UNIT_NAMES = {
    "s": "s sec secs second seconds sek sekunden",
    "ms": "ms msec msecs millis millisecond milliseconds millisekunden",
    "us": "us µs μs usec microsecond microseconds",
    "ns": "ns nsec nanosecond nanoseconds",
    "min": "min minute minutes",
    "h": "h hour hours",
    "d": "days tage jours dias",
    "sample": "sample samples sample_index index nseq frame frames sample_number sampleindex idx",
}
_UNIT_OF_NAME = {name: unit for unit, names in _UNIT_NAMES.items() for name in names.split()}
_TIME_NAMES_WORDS = (
    "time t timestamp timestamps zeit timer datetime date_time elapsed elapsed_time "
    "seconds_elapsed clock uhrzeit zeitstempel unix epoch times tijd temps tiempo tempo utc "
    "local_time ts"
)
_TIME_NAMES = frozenset(_TIME_NAMES_WORDS.split())
_UNIT_WORDS = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "d": "days",
    "ticks": "ticks of 100 ns",
}


@dataclass(frozen=True)
class _Epoch:
    """Numbers from ``first`` to ``last``, in ``unit``, count from ``since``."""

    unit: str
    per_second: float
    since: datetime
    first: float
    last: float
    told: tuple[str | None, ...]  # what the header may say of the unit


def _epochs() -> tuple[_Epoch, ...]:
    unix, mac = datetime(1970, 1, 1), datetime(1904, 1, 1)  # noqa: DTZ001 - the zone comes later
    known = [
        # Nobody counted nanoseconds before 2001, but Polar counts them from 2000.
        _Epoch("ns", 1e9, datetime(2000, 1, 1), 5e17, 1e18, ("ns",)),  # noqa: DTZ001
        _Epoch("ticks", 1e7, datetime(1, 1, 1), 6.2e17, 6.8e17, (None,)),  # noqa: DTZ001
        _Epoch("ticks", 1e7, datetime(1601, 1, 1), 1.2e17, 1.5e17, (None,)),  # noqa: DTZ001
    ]
    for unit in ("s", "ms", "us", "ns"):
        rate = UNIT_RATES[unit]
        known.append(_Epoch(unit, rate, unix, 4e8 * rate, 2.9e9 * rate, (None, unit)))
        known.append(_Epoch(unit, rate, mac, 2.9e9 * rate, 4.2e9 * rate, (None, unit)))
    return tuple(known)


_EPOCHS = _epochs()
# Days since a date, in the years 1954 to 2119: spreadsheets, and MATLAB's datenum.
_YEAR_1 = datetime(1, 1, 1)  # noqa: DTZ001
_DAY_EPOCHS = (
    (datetime(1899, 12, 30), 20_000, 80_000),  # noqa: DTZ001
    (_YEAR_1, 714_000, 774_000),
)
_DATENUM_OF_YEAR_1 = 367  # MATLAB counts from a year 0
_TOO_FAST = 8000.0  # Hz: times that rise so fast as seconds are days
_LOGGED_EVERY = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)  # seconds
_SURE_EVERY = 300  # seconds: 86400 / 300 Hz and above is no usual sampling rate
# Steps of slow series that are seconds and not milliseconds: half a minute to an hour.
_SLOW_STEPS = frozenset({30.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0})


def unit_of_words(name: str, units: str) -> str | None:
    """Return the time unit that a header tells, None if it tells none."""
    for text in (units, name):
        key = re.sub(r"[\s\-]+", "_", text.strip().lower())
        if key in _UNIT_OF_NAME:
            return _UNIT_OF_NAME[key]
    return _UNIT_OF_NAME.get(_words(name)[-1]) if is_time_name(name, "") else None


def _words(name: str) -> list[str]:
    """Return the words of a name such as ``elapsed time_s`` or ``unixTimestampInMs``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip().removeprefix("record."))
    return re.split(r"[\s\-_]+", parted.lower())


def is_time_name(name: str, units: str) -> bool:
    """Whether a header says that its column is time."""
    key = re.sub(r"[\s\-]+", "_", name.strip().lower())
    if key in _TIME_NAMES or key in _UNIT_OF_NAME:
        return True
    first, _, tail = key.rpartition("_")
    if first in _TIME_NAMES and (tail in _UNIT_OF_NAME or tail in _TIME_NAMES):
        return True
    if key.startswith(("time", "zeit")) and units.lower() in _UNIT_OF_NAME:
        return True
    words = _words(name)
    return words[0] in _TIME_NAMES and all(
        word in _TIME_NAMES or word in _UNIT_OF_NAME or word == "in" for word in words[1:]
    )


def number_time(
    values: NDArray[Any],
    told: str | None,
    *,
    named: bool,
    fs: float | None,
    n_head: int | None = None,
) -> tuple[NumberTime, list[str]]:
    """Decide what the numbers of a time column count.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Sampled values of the column, in the order of the rows.
    told : str or None
        The unit that the user or the header says.
    named : bool
        Whether the header says that the column is time.
    fs : float or None
        Sampling rate in Hz, if the user or the file says it.
    n_head : int, optional
        How many of the values are of rows that follow each other; all if not given.
    """
    since = _epoch_of(values, told) or _days_of(values, told, named=named, fs=fs)
    if since is not None:
        return since, [_epoch_note(since)]
    values = values[:n_head]
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


def _epoch_of(values: NDArray[Any], told: str | None) -> NumberTime | None:
    """Return how numbers count that all lie in the years of recordings since a known date."""
    low, high = float(values.min()), float(values.max())
    for epoch in _EPOCHS:
        if told in epoch.told and epoch.first <= low and high < epoch.last:
            return NumberTime(epoch.per_second, epoch.unit, int(values[0]), epoch.since)
    return None


def counts_from_a_date(values: NDArray[Any]) -> bool:
    """Whether numbers all lie in the years of recordings since a known date."""
    return len(values) > 0 and _epoch_of(values, None) is not None


def counts_from_1989(name: str, values: NDArray[Any]) -> bool:
    """Whether a column is one of a FIT file (Garmin), whose seconds count from 1989-12-31."""
    return name.lower() == "record.timestamp" and values.min() > 5e8 and values.max() < 2e9  # noqa: PLR2004


def since_1989(values: NDArray[Any]) -> tuple[NumberTime, list[str]]:
    """Return how the times of a FIT file count, and a note."""
    number = NumberTime(1.0, "s", int(values[0]), datetime(1989, 12, 31))  # noqa: DTZ001
    return number, [_epoch_note(number)]


def _days_of(
    values: NDArray[Any], told: str | None, *, named: bool, fs: float | None
) -> NumberTime | None:
    """Return how numbers count that are days since a date, None if they are something else."""
    low, high = float(values.min()), float(values.max())
    if told not in (None, "d") or not (named or told):
        return None
    for epoch, first, last in _DAY_EPOCHS:
        if first <= low and high < last and (told or _rise_as_days(values, fs)):
            origin = int(np.floor(values[0]))
            return NumberTime(UNIT_RATES["d"], "d", origin, epoch, zoned=False)
    return None


def _rise_as_days(values: NDArray[Any], fs: float | None) -> bool:
    """Whether numbers that could be days rise as days do; raises where seconds fit as well."""
    steps = np.diff(values.astype(np.float64))
    steps = steps[steps > 0]
    if not len(steps):
        return False
    step = float(np.median(steps))
    if fs is not None:
        return abs(step * 86400 * fs - 1) < 0.1  # noqa: PLR2004
    if 1 / step > _TOO_FAST:
        return True
    every = step * 86400
    nearest = min(_LOGGED_EVERY, key=lambda seconds: abs(seconds / every - 1))
    if abs(nearest / every - 1) > 5e-3:  # noqa: PLR2004
        return False
    if nearest <= _SURE_EVERY:
        return True
    raise InvalidInputError(
        f"the time column rises from {float(values[0]):.10g} by {step:.6g}: that may be days since "
        f"a date (a row every {nearest} s) or seconds ({1 / step:.6g} Hz), and the file does not "
        "say which; say time_unit='d' or time_unit='s'"
    )


def _epoch_note(number: NumberTime) -> str:
    assert number.epoch is not None
    since = f"{number.epoch:%Y-%m-%d}" if number.epoch.year > 1 else "the year 1"
    zone = " UTC" if number.zoned else ", local time"
    return f"time read as {_UNIT_WORDS[number.unit]} since {since}{zone}"


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
        for unit in ("s", "ms", "us", "ns", "min", "h", "d"):
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
