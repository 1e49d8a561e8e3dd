"""Dates with the name of their month, such as 13-Feb-2024 or Tue Feb 13 10:00:01 2024."""

from __future__ import annotations

import re

_NAMES = (
    ("jan", "ene", "gen"),
    ("feb", "fév", "fev"),
    ("mar", "mär", "mrz", "mrt"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mei", "mag"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)
_NUMBERS = {name: k + 1 for k, names in enumerate(_NAMES) for name in names}
_LONGEST_FIRST = sorted(_NUMBERS, key=len, reverse=True)
# Only syntax that Python's and Arrow's regular expressions share.
_MONTH = rf"(?P<mon>(?i:(?:{'|'.join(_LONGEST_FIRST)})[a-zéû]{{0,7}}))\.?"
WEEKDAY = r"(?:(?i:(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]{0,8})\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_LONG_YEAR = r"(?P<year>\d{4})"
DATES = {
    "named day": rf"{WEEKDAY}{_DAY}(?:st|nd|rd|th|\.)?[-\s/.]*{_MONTH}[-\s/.,]*{_YEAR}",
    "named month": rf"{WEEKDAY}{_MONTH}\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_LONG_YEAR}",
    "named after year": rf"{_LONG_YEAR}[-\s/.]*{_MONTH}[-\s/.]*{_DAY}",
}
_BEFORE_TIME = r"(?:[T,;]\s*|\s+(?:at\s+)?)"
_COMMENT = r"(?:\s*\([^()]*\))?"  # Tue Feb 13 2024 10:00:01 GMT+0100 (Central European Time)


def with_clock(time: str, zone: str) -> dict[str, str]:
    """Return the patterns of a date with a named month and a time of day, by their kind."""
    patterns = {
        kind: rf"^\s*{date}{_BEFORE_TIME}{time}{zone}{_COMMENT}\s*$" for kind, date in DATES.items()
    }
    patterns["named run together"] = (
        rf"^\s*{_DAY}{_MONTH}{_LONG_YEAR}:{time}{zone}\s*$"  # as SAS does
    )
    # As C writes it, and the program date: Tue Feb 13 10:00:01 CET 2024
    patterns["ctime"] = rf"^\s*{WEEKDAY}{_MONTH}\s+{_DAY},?\s+{time}{zone}\s+{_LONG_YEAR}\s*$"
    return patterns


def month_number(name: str) -> int | None:
    """Return the number of a month written as a word or number, None for another text."""
    if name.isdecimal():
        return int(name)
    found = re.match("|".join(_LONGEST_FIRST), name.lower())
    return None if found is None else _NUMBERS[found[0]]
