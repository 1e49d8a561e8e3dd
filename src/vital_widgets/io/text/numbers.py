"""Times written as numbers: their unit, and the date from which they count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.days import days_of
from vital_widgets.io.text.numbertime import UNIT_RATES, NumberTime

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    stated_units: tuple[str | None, ...]  # units that the header may state


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
# Steps of slow series that are seconds and not milliseconds: half a minute to an hour.
_SLOW_STEPS = frozenset({30.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0})


def unit_of_words(name: str, units: str) -> str | None:
    """Return the time unit that a header states, None if it states none."""
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
    """Whether a header names its column as time."""
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
    stated_unit: str | None,
    *,
    named: bool,
    fs: float | None,
    n_head: int | None = None,
    name: str = "",
) -> tuple[NumberTime, list[str]]:
    """Decide what the numbers of a time column count.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Sampled values of the column, in the order of the rows.
    stated_unit : str or None
        The unit that the user or the header states.
    named : bool
        Whether the header names the column as time.
    fs : float or None
        Sampling rate in Hz, if the user or the file states it.
    n_head : int, optional
        How many of the values are of consecutive rows; all if not given.
    name : str
        Name of the column in the header.
    """
    since = _epoch_of(values, stated_unit)
    if since is not None:
        return since, [_epoch_note(since)]
    _check_clock_was_set(values, stated_unit)
    days = days_of(values, stated_unit, name=name, fs=fs, n_head=n_head)
    if days is not None:
        return days[0], [days[1]]
    values = values[:n_head]
    if stated_unit == "sample":
        if fs is None:
            raise InvalidInputError(
                "the time column counts samples, but the file does not state the sampling rate; "
                "give fs=... in Hz"
            )
        return NumberTime(fs, "sample"), []
    if stated_unit is not None:
        return NumberTime(UNIT_RATES[stated_unit], stated_unit), []
    unit, sure = _unit_of_step(values, named=named, fs=fs)
    if unit == "sample":
        return number_time(values, "sample", named=named, fs=fs)
    notes = [] if sure else [_unit_note(values, unit)]
    return NumberTime(UNIT_RATES[unit], unit), notes


def _epoch_of(values: NDArray[Any], stated_unit: str | None) -> NumberTime | None:
    """Return how numbers count from a known date if all lie in plausible years, else None."""
    low, high = float(values.min()), float(values.max())
    for epoch in _EPOCHS:
        if stated_unit in epoch.stated_units and epoch.first <= low and high < epoch.last:
            return NumberTime(epoch.per_second, epoch.unit, int(values[0]), epoch.since)
    return None


def _check_clock_was_set(values: NDArray[Any], stated_unit: str | None) -> None:
    """Raise if most numbers count from a known date and the others are near 0."""
    for epoch in _EPOCHS:
        dated = (values >= epoch.first) & (values < epoch.last)
        if stated_unit not in epoch.stated_units or dated.mean() <= 0.5 or dated.all():  # noqa: PLR2004
            continue
        if np.abs(values[~dated]).max() < epoch.first / 100:
            row, of = int((~dated).argmax()), values[dated][0]
            raise InvalidInputError(
                f"row {row + 1} has the time {values[row]:.12g}, while times such as {of:.12g} are "
                f"{_UNIT_WORDS[epoch.unit]} since {epoch.since:%Y-%m-%d}: the clock had not "
                "been set in that row. Copy the file without such rows, or, if the rows "
                "are evenly spaced samples, give fs= in Hz and time=None"
            )


def counts_from_a_date(values: NDArray[Any]) -> bool:
    """Whether all numbers lie in plausible years when counted from a known date."""
    return len(values) > 0 and _epoch_of(values, None) is not None


def counts_from_1989(name: str, values: NDArray[Any]) -> bool:
    """Whether a column is one of a FIT file (Garmin), whose seconds count from 1989-12-31."""
    return name.lower() == "record.timestamp" and values.min() > 5e8 and values.max() < 2e9  # noqa: PLR2004


def since_1989(values: NDArray[Any]) -> tuple[NumberTime, list[str]]:
    """Return how the times of a FIT file count, and a note."""
    number = NumberTime(1.0, "s", int(values[0]), datetime(1989, 12, 31))  # noqa: DTZ001
    return number, [_epoch_note(number)]


def _epoch_note(number: NumberTime) -> str:
    assert number.epoch is not None
    since = f"{number.epoch:%Y-%m-%d}" if number.epoch.year > 1 else "the year 1"
    return f"time read as {_UNIT_WORDS[number.unit]} since {since} UTC"


def _unit_of_step(  # noqa: PLR0911 - one line a case
    values: NDArray[Any], *, named: bool, fs: float | None
) -> tuple[str, bool]:
    """Guess the unit from the steps of the values; return whether it is certain."""
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
        f"the time column does not state its unit; its values rise by {step:g}, read as {unit} "
        f"({rate:g} Hz). Give time_unit='s', 'ms', 'us', 'ns' or 'sample' if that is wrong"
    )
