"""The formats of dates and clock times, as patterns.

The patterns are read by Python and by Arrow. Their groups: ``date``, or ``year``, ``mon`` and
``day``; ``h``, ``m``, ``s``, ``sign`` and ``f`` (what stands behind the seconds), ``half`` (AM or
PM), ``zone``; ``milli`` where milliseconds have a column of their own.
"""

from __future__ import annotations

import re

from vital_widgets.io.text.months import DATES, WEEKDAY, with_clock

_FRACTION = r"(?:(?P<sign>[.,:])(?P<f>\d{1,9}))?"
_HALF = r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DIGITS_DATE = r"(?P<date>(?:19|20)\d{2}" + _MONTH_AND_DAY + ")"
_TIME = r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})" + _FRACTION + r")?" + _HALF
_OFFSET = r"[+-]\d{2}(?::?\d{2})?"
# A zone by name is recognized only to name it in the error: the file does not state its offset
# or its summer time.
_ZONE = (
    r"\s*(?P<zone>[Zz]|(?:UTC|GMT)[+-]\d{1,2}(?::?\d{2})?|"
    + _OFFSET
    + r"|[A-Z]{2,5}|[Uu]tc|[Gg]mt|[A-Z][a-z]+(?:/[A-Z][A-Za-z_]+){1,2})?(?:\[[\w/+-]+\])?"
)
_PLAIN_ZONE = r"\s*(?P<zone>[Zz]|UTC|GMT|" + _OFFSET + r")?"
_NO_HALF_NO_ZONE = r"(?P<half>)(?P<zone>)"
_NO_TIME = r"(?P<h>)(?P<m>)(?P<s>)(?P<sign>)(?P<f>)" + _NO_HALF_NO_ZONE

# What one cell may be, the more usual first.
CELLS = {
    "datetime": r"^\s*" + WEEKDAY + _DATE + r"[T ,;]\s*" + _TIME + _ZONE + r"\s*$",
    # Some tools print the clock first, in brackets: [10:30:00.000 01/02/2000]
    "datetime reversed": r"^\s*\[?" + _TIME + _PLAIN_ZONE + r"\s+" + _DATE + r"\]?\s*$",
    "clock": (
        r"^\s*\[?(?:(?P<h>\d+):)?(?P<m>\d{1,3}):(?P<s>\d{2})" + _FRACTION + _HALF + _ZONE + r"\s*$"
    ),
    # 20240304235859, 20240304T235859.250Z, 202403042359
    "compact": (
        r"^\s*" + _DIGITS_DATE + r"[T _-]?(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)"
        r"(?:(?P<s>[0-5]\d)(?:(?P<sign>[.,]?)(?P<f>\d{1,9}))?)?(?P<half>)" + _PLAIN_ZONE + r"\s*$"
    ),
    "compact date": r"^\s*" + _DIGITS_DATE + r"[T ,;_-]\s*" + _TIME + _ZONE + r"\s*$",
    **with_clock(_TIME, _ZONE),
}
# Dates without a time of day.
DAYS = {
    "day": r"^\s*" + WEEKDAY + _DATE + _NO_TIME + r"\]?\s*$",
    "day in digits": r"^\s*" + _DIGITS_DATE + _NO_TIME + r"\s*$",
    **{f"day, {kind}": rf"^\s*{date}{_NO_TIME}\s*$" for kind, date in DATES.items()},
}
# Zeros in front may be missing, so the digits are counted from the end.
_HHMMSS = (
    r"(?:(?:(?P<h>[01]?\d|2[0-3])(?P<m>[0-5]\d)|(?P<m1>[0-5]?\d))?(?P<s>[0-5]\d)|(?P<s1>\d))"
    r"(?:(?P<sign>[.,])(?P<f>\d{1,9}))?"
)
# Numbers that are clock times without colons: 235959.25; 59 and 100 are a second apart.
DIGITS = {
    "hhmmss": r"^\s*" + _HHMMSS + _NO_HALF_NO_ZONE + r"\s*$",
    "yymmddhhmmss": (
        r"^\s*(?P<date>\d{2}" + _MONTH_AND_DAY + r")(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)"
        r"(?P<s>[0-5]\d)(?:(?P<sign>[.,])(?P<f>\d{1,9}))?" + _NO_HALF_NO_ZONE + r"\s*$"
    ),
}
_SECONDS_PART = r"(?P<s>\d{1,2})(?:(?P<sign>[.,])(?P<f>\d{1,9}))?(?: (?P<milli>\d{1,3})(?:\.0+)?)?"
_PART_OF_DAY = (
    r"(?P<h>\d{1,2})(?:\.0+)? (?P<m>\d{1,2})(?:\.0+)?(?: " + _SECONDS_PART + ")?" + _NO_HALF_NO_ZONE
)
# Numbers of several columns, put together with blanks.
PARTS = {
    "parts of a day": "^" + _PART_OF_DAY + "$",
    "date and parts of a day": "^" + _DATE + " " + _PART_OF_DAY + "$",
    "parts": (
        r"^(?P<year>\d{4})(?:\.0+)? (?P<mon>\d{1,2})(?:\.0+)? (?P<day>\d{1,2})(?:\.0+)? "
        + _PART_OF_DAY
        + "$"
    ),
}
PATTERNS = {**CELLS, **DAYS, **DIGITS, **PARTS}
COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}
CLOCKS = frozenset({"clock", "hhmmss", "parts of a day"})  # without a date
ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?"
)
_NO_OFFSET = frozenset({"Z", "UTC", "GMT", "UT", "ETC/UTC", "ETC/GMT"})


def zone_seconds(text: str) -> int | None:
    """Return the offset of ``+01:00``, ``-0530``, ``UTC+1`` or ``Z``, None for other names."""
    if not text or text.upper() in _NO_OFFSET:
        return 0
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", text)
    if match is None:
        return None
    seconds = int(match[2]) * 3600 + int(match[3] or 0) * 60
    return -seconds if match[1] == "-" else seconds
