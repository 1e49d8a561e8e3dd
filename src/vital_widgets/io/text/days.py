"""Times written as days: since a date as spreadsheets count them, or as fractions of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.numbertime import UNIT_RATES, NumberTime

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SECONDS = 86400


@dataclass(frozen=True)
class _DayCount:
    """Numbers from ``first`` to ``last`` may be days that are ``zero`` at ``since``."""

    since: datetime
    first: float
    last: float
    zero: float = 0.0
    name: str = ""
    zoned: bool = False


# The years 1954 to 2119: spreadsheets, MATLAB's datenum, Julian days.
_COUNTS = (
    _DayCount(datetime(1899, 12, 30), 20_000, 80_000),  # noqa: DTZ001
    _DayCount(datetime(1, 1, 1), 714_000, 774_000, 367),  # noqa: DTZ001 - MATLAB has a year 0
    _DayCount(datetime(1970, 1, 1), 2_434_000, 2_495_000, 2_440_587.5, "Julian days", True),  # noqa: DTZ001
)
_MODIFIED = _DayCount(datetime(1858, 11, 17), 34_000, 95_000, 0.0, "modified Julian days", True)  # noqa: DTZ001
_MODIFIED_NAMES = frozenset({"mjd", "modified julian date", "modified julian day"})
_NAMES_WORDS = "date datum day fecha data jour tag dag giorno jd mjd julian"
_NAMES = frozenset({*_NAMES_WORDS.split(), "julian date", "julian day", *_MODIFIED_NAMES})
_TOO_FAST = 8000.0  # Hz: times that would give a higher rate as seconds are days
_LOGGED_EVERY = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600)  # seconds
_SURE_EVERY = 300  # seconds: 86400 / 300 Hz and above is not a usual sampling rate
_DOUBTFUL_EVERY = (15, 20, 30, 60)  # seconds, of fractions of a day
_RATES_WORDS = (
    "2 4 5 8 10 16 20 25 30 32 40 50 60 64 75 80 100 120 125 128 150 200 240 250 256 300 360 400 "
    "500 512 600 800 1000 1024 1200 1250 2000 2048 2500 4000 4096 5000 8000 10000"
)
_EVERY = (
    *_LOGGED_EVERY[: _LOGGED_EVERY.index(10) + 1],
    *(1 / float(r) for r in _RATES_WORDS.split()),
)
_NEAR = 5e-3
_MOST_DAYS = 400.0  # of a recording whose days count from its start


def is_date_name(name: str) -> bool:
    """Whether a header names its column as a date."""
    return name.strip().lower().replace("_", " ") in _NAMES


def may_be_days(values: NDArray[Any]) -> bool:
    """Whether all numbers lie in the range of days since a known date."""
    low, high = float(values.min()), float(values.max())
    return any(count.first <= low and high < count.last for count in (*_COUNTS, _MODIFIED))


def days_of(
    values: NDArray[Any],
    stated_unit: str | None,
    *,
    name: str,
    fs: float | None,
    n_head: int | None,
) -> tuple[NumberTime, str] | None:
    """Return how numbers count days, and a note; None if they are not days.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Sampled values of the column.
    stated_unit : str or None
        The unit that user or header state.
    name : str
        The header.
    fs : float or None
        Sampling rate in Hz, if it is known.
    n_head : int or None
        How many of the values are of rows that follow each other; all if None.

    Raises
    ------
    InvalidInputError
        The numbers may be days or seconds.
    """
    if stated_unit not in (None, "d"):
        return None
    low, high = float(values.min()), float(values.max())
    modified = name.strip().lower().replace("_", " ") in _MODIFIED_NAMES
    head = values[:n_head]
    for count in (_MODIFIED,) if modified else _COUNTS:
        if (
            count.first <= low
            and high < count.last
            and (stated_unit or _rise_as_days(head, fs, name))
        ):
            origin = int(np.floor(values[0]))
            number = NumberTime(UNIT_RATES["d"], "d", origin, count.since, count.zoned, count.zero)
            if count.name:
                return (
                    number,
                    f"time read as {count.name} (from {number.start():%Y-%m-%d %H:%M} UTC on)",
                )
            since = f"{count.since:%Y-%m-%d}" if count.since.year > 1 else "the year 1"
            return number, f"time read as days since {since}, local time"
    if stated_unit is None and fs is None and low >= 0 and high < _MOST_DAYS:
        every = _every_of_fractions(head)
        if every is not None:
            return NumberTime(UNIT_RATES["d"], "d"), (
                f"time read as days (a row every {every:.4g} s), because seconds would give a rate "
                f"of {_SECONDS / every:.6g} Hz; give time_unit='s' if they are seconds"
            )
    return None


def _step(values: NDArray[Any]) -> float:
    """Return the usual distance of values; the mean, so that rounded ones do not move it."""
    steps = np.diff(values.astype(np.float64))
    steps = steps[steps > 0]
    if not len(steps):
        return 0.0
    usual = float(np.median(steps))
    return float(steps[(steps < 1.5 * usual) & (steps > 0.5 * usual)].mean())


def _rise_as_days(values: NDArray[Any], fs: float | None, name: str) -> bool:
    """Whether the steps of numbers fit days; raises if they fit seconds as well."""
    step = _step(values)
    if not step:
        return False
    if fs is not None:
        return abs(step * _SECONDS * fs - 1) < 0.1  # noqa: PLR2004
    if 1 / step > _TOO_FAST or is_date_name(name):
        return True
    every = step * _SECONDS
    nearest = min(_LOGGED_EVERY, key=lambda seconds: abs(seconds / every - 1))
    if abs(nearest / every - 1) > _NEAR:
        return False
    if nearest <= _SURE_EVERY:
        return True
    raise InvalidInputError(_either(values, step, f"a date (a row every {nearest} s)"))


def _every_of_fractions(values: NDArray[Any]) -> float | None:
    """Return the seconds between rows whose times are fractions of a day; None for other times."""
    step = _step(values)
    if not step:
        return None
    every = step * _SECONDS
    if 1 / step > _TOO_FAST:
        nearest = min(_EVERY, key=lambda seconds: abs(seconds / every - 1))
        return nearest if abs(nearest / every - 1) < _NEAR else None
    if any(abs(seconds / every - 1) < _NEAR / 10 for seconds in _DOUBTFUL_EVERY):
        raise InvalidInputError(
            _either(values, step, f"midnight or the start (a row every {every:.4g} s)")
        )
    return None


def _either(values: NDArray[Any], step: float, what: str) -> str:
    return (
        f"the time column starts at {float(values[0]):.10g} and rises by {step:.6g}: these may be "
        f"days since {what} or seconds ({1 / step:.6g} Hz), and the file does not state which; "
        "give time_unit='d' or time_unit='s'"
    )
