"""The start of a WFDB record: the text after the numbers of its record line.

WFDB writes a time and then day/month/year. Other programs write the date first, months by name or
the year first; these are read with a note. A start that cannot be read is left out with a note,
because the samples do not depend on it.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_CLOCK = re.compile(r"(?:(?:(?P<h>\d{1,9}):)?(?P<m>\d{1,9}):)?(?P<s>\d{1,9})(?:\.(?P<part>\d*))?")
_DAY = re.compile(r"(\d{1,4})([-/.])(\d{1,2}|[A-Za-z]{3,9})\2(\d{1,4})")
_USUAL = re.compile(r"\S+[ \t]+\d{1,2}/\d{1,2}/\d{4}")
_LEFT_OUT = "and was left out"


def is_start(text: str) -> bool:
    """Whether a text begins with a time or a date and not with another number."""
    first = _tokens(text)[0]
    return bool((":" in first and _CLOCK.fullmatch(first)) or _DAY.fullmatch(first))


def start_of(text: str) -> tuple[datetime | None, time | None, list[str]]:
    """Return start, time of day and notes; a header may give a time without a date.

    A word without digits (such as PM) may change the time, so then nothing is known.
    """
    tokens = _tokens(text)
    clocks = [token for token in tokens if _CLOCK.fullmatch(token)]
    days = [token for token in tokens if _DAY.fullmatch(token)]
    others = [token for token in tokens if token not in clocks and token not in days]
    words = any(not re.search(r"\d", token) for token in others)
    if words or len(clocks) > 1 or len(days) > 1 or (others and not clocks):
        return None, None, [f"the start {_shown(text)} is not 'time day/month/year' {_LEFT_OUT}"]
    clock = _time(clocks[0]) if clocks else None
    if clock is None:
        what = "time" if clocks else "date"
        shown = _shown((clocks or days)[0])
        return None, None, [f"the start {what} {shown} gives no time of day {_LEFT_OUT}"]
    notes = []
    if clocks[0].count(":") < 2:  # noqa: PLR2004 - hours:minutes:seconds
        notes.append(
            f"the start time {_shown(clocks[0])} is read as {clock} (hours:minutes:seconds), the "
            "format of WFDB"
        )
    if not days and not others:
        return None, clock, notes
    day = None if others else _day(days[0])
    if day is None:
        wrong = (
            f"the start date {_shown((others or days)[0])} is not a date (day/month/year, the year"
        )
        return None, clock, [*notes, f"{wrong} of four digits) {_LEFT_OUT}"]
    start = datetime.combine(day, clock)
    if _USUAL.fullmatch(text) is None:
        notes.append(
            f"the start {_shown(text)} is not in the format of WFDB (time day/month/year); it is "
            f"read as {start}"
        )
    return start, clock, notes


def _tokens(text: str) -> list[str]:
    return re.sub(r"(?<=\d)T(?=\d)", " ", text).split()


def _time(token: str) -> time | None:
    match = _CLOCK.fullmatch(token)
    if match is None:
        return None
    hours, minutes, seconds = (int(match[part] or 0) for part in ("h", "m", "s"))
    micros = round(float(f"0.{(match['part'] or '0')[:9]}") * 1e6)
    try:
        return time(hours, minutes, seconds, min(micros, 999_999))
    except ValueError:
        return None


def _day(token: str) -> date | None:
    """Return a day; a year has four digits, since 05-05-20 may be of any century."""
    match = _DAY.fullmatch(token)
    if match is None:
        return None
    first, middle, last = match[1], match[3], match[4]
    day, year = (last, first) if len(first) == 4 else (first, last)  # noqa: PLR2004
    if len(year) != 4:  # noqa: PLR2004 - of a year
        return None
    try:
        return date(int(year), _month(middle), int(day))
    except ValueError:
        return None


def _month(text: str) -> int:
    """Return the number of a month, 0 for none."""
    if text.isdigit():
        return int(text)
    names = (k + 1 for k, name in enumerate(MONTHS) if name.startswith(text.lower()))
    return next(names, 0)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")  # noqa: PLR2004
