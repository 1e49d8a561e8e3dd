"""Read a position in time as a person writes it; ``js/src/math/position.ts`` reads the same."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from vital_widgets.core.formatting import DAY
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.timebase import TimeBase

EXAMPLES = "01:23:45, 90 min, +90 s, -5 min, 2024-03-01 01:23:45, #25000, epoch 120, start, end"
# By "ms" or by the first letter of the unit.
UNITS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": float(DAY)}
CLOCK = re.compile(r"(\d{1,9}):([0-5]\d)(?::([0-5]\d(?:\.\d*)?))?", re.ASCII)
DURATION = re.compile(
    r"(\d+(?:\.\d*)?|\.\d+) "
    r"?(ms|seconds?|sec|s|minutes?|min|m|hours?|h|days?|d)? ?",
    re.ASCII,
)
DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d*)?)?) ?(z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
# Rounding errors of times, as a share of an epoch.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Place:
    """What a position depends on.

    Attributes
    ----------
    t0, t1 : float
        The window in seconds from the start of the recording.
    duration : float
        Duration of the recording in seconds.
    start : datetime or None
        Clock time of second 0.
    elapsed : bool
        ``1:30:00`` is a time from the start of the recording, not a time of day.
    epochs : (float, float) or None
        Length of an epoch and start of epoch 1 in seconds.
    timebases : mapping of str to TimeBase
        Time base of each channel.
    channel : str or None
        The channel whose samples are meant if none is named.
    """

    t0: float
    t1: float
    duration: float
    start: datetime | None
    elapsed: bool
    epochs: tuple[float, float] | None
    timebases: Mapping[str, TimeBase]
    channel: str | None

    @property
    def last(self) -> float:
        """Start of the last window."""
        return max(0.0, self.duration - (self.t1 - self.t0))


def parse_position(given: str, place: Place) -> float:
    """Return the start of the window at a position in seconds from the start of the recording."""
    text = " ".join(given.replace("\u2212", "-").split())
    lower = text.lower()
    if lower == "start":
        return 0.0
    if lower == "end":
        return place.last
    if sample := re.fullmatch(r"# ?([0-9]{1,15})(?: (.+))?", text):
        return _sample_time(int(sample[1]), sample[2] or place.channel, place)
    if epoch := re.fullmatch(r"e(?:poch)? ?([0-9]{1,15})", lower):
        return _epoch_time(int(epoch[1]), place)
    if lower.startswith(("+", "-")):
        shift = _from_start(lower[1:].strip())
        if shift is None:
            raise _unreadable(given)
        return min(max(place.t0 + (-shift if lower[0] == "-" else shift), 0.0), place.last)
    found = DATE.fullmatch(lower)
    t = _date_time(found, given, place) if found else _time(lower, place)
    if t is None:
        raise _unreadable(given)
    if not 0 <= t < place.duration:
        raise _outside(text, place)
    return t


def _unreadable(given: str) -> InvalidInputError:
    return InvalidInputError(f"cannot go to '{given}'; examples: {EXAMPLES}")


def _outside(text: str, place: Place) -> InvalidInputError:
    first, last = (_text(t, place) for t in (0.0, place.duration))
    return InvalidInputError(f"{text} is outside the recording, which lasts from {first} to {last}")


def _text(t: float, place: Place) -> str:
    """Format a time for messages, to the second."""
    if place.start is None or place.elapsed:
        whole = math.floor(t + 0.5)
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    midnight = datetime.combine(place.start.date(), datetime.min.time())
    shown = midnight + timedelta(seconds=math.floor(_of_day(place.start) + t + 0.5))
    return f"{shown:%Y-%m-%d %H:%M:%S}"


def _of_day(start: datetime) -> float:
    """Seconds from midnight."""
    return start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6


def _from_start(text: str) -> float | None:
    """Seconds of ``1:30:00`` or ``1 h 30 min``; None for anything else."""
    if clock := CLOCK.fullmatch(text):
        return _seconds(clock)
    seconds, at = 0.0, 0
    while at < len(text):
        part = DURATION.match(text, at)
        if part is None:
            return None
        unit = part[2] or "s"
        seconds += float(part[1]) * UNITS[unit if unit == "ms" else unit[0]]
        at = part.end()
    return seconds if text else None


def _seconds(clock: re.Match[str]) -> float:
    return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3] or 0)


def _time(text: str, place: Place) -> float | None:
    """Return a time from the start, or the time of day that is nearest to the window."""
    t = _from_start(text)
    if t is None or t >= DAY or place.start is None or place.elapsed or not CLOCK.fullmatch(text):
        return t
    first = (t - _of_day(place.start)) % DAY
    days = math.floor((place.t0 - first) / DAY + 0.5)
    most = math.ceil((place.duration - first) / DAY) - 1
    return first + max(0, min(days, most)) * DAY


def _date_time(found: re.Match[str], given: str, place: Place) -> float:
    year, month, day, time, zone = found.groups()
    if place.start is None:
        msg = "the recording has no start time; give a time from its start, for example 0:30:00"
        raise InvalidInputError(msg)
    try:
        that = date(int(year), int(month), int(day))
    except ValueError:
        raise _unreadable(given) from None
    clock = CLOCK.fullmatch(time) if time else None
    of_day = _seconds(clock) if clock else 0.0
    if (time and not clock) or of_day >= DAY:
        raise _unreadable(given)
    days = (that - place.start.date()).days
    if time is None and days == 0:
        return 0.0  # the date of the first day means the start of the recording
    t = days * DAY + of_day - _of_day(place.start)
    if zone is not None:
        own = place.start.utcoffset()
        if own is None:
            msg = "the start of the recording has no time zone; leave out the time zone"
            raise InvalidInputError(msg)
        t += own.total_seconds() - _offset(zone)
    return t


def _offset(zone: str) -> float:
    """Offset from UTC in seconds."""
    if zone == "z":
        return 0.0
    offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -offset if zone[0] == "-" else offset


def _epoch_time(number: int, place: Place) -> float:
    if place.epochs is None:
        msg = "epochs are off; switch them on first (key E, or viewer.epoch_length = 30)"
        raise InvalidInputError(msg)
    length, start = place.epochs
    count = max(0, math.ceil((place.duration - start) / length - TOLERANCE))
    if not 1 <= number <= count:
        msg = f"there is no epoch {number}; the recording has epochs 1 to {count}"
        raise InvalidInputError(msg)
    return start + (number - 1) * length


def _sample_time(sample: int, name: str | None, place: Place) -> float:
    if name is None:
        raise InvalidInputError("no channel is shown; name one, for example #25000 ECG")
    base = place.timebases.get(name)
    if base is None:
        names = ", ".join(f"'{known}'" for known in place.timebases)
        raise InvalidInputError(f"unknown channel '{name}'; available: {names}")
    if sample >= base.n_samples:
        raise InvalidInputError(
            f"'{name}' has no samples"
            if base.n_samples == 0
            else f"there is no sample #{sample} in '{name}'; "
            f"it has samples 0 to {base.n_samples - 1}"
        )
    return base.time_of(sample)
