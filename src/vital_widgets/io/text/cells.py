"""The cells of a text table: numbers, missing values, names with units."""

from __future__ import annotations

import re

from vital_widgets.io.text.numbers import is_time_name
from vital_widgets.io.text.units import KNOWN_UNITS, is_unit

COMMENTS = ("#", "%", "//")
MISSING = frozenset(
    {"", "nan", "na", "n/a", "n.a.", "#n/a", "<na>", "null", "none", "missing", "-", "--", "-nan"}
)
_SIGNS = re.IGNORECASE | re.ASCII
_NUMBER = {
    ".": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?", _SIGNS),
    ",": re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?", _SIGNS),
}
_TAIL_UNITS_WORDS = "mV uV µV μV nV mmHg bpm BPM degC kPa ms us Hz uS µS kOhm"
_TAIL_UNITS = frozenset(_TAIL_UNITS_WORDS.split())
_LINE_ENDS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_BRACKETS = re.compile(r"(?P<name>.*?)[\s_]*[\(\[\{](?P<units>[^\(\)\[\]\{\}]*)[\)\]\}]")


def is_comment(line: str) -> bool:
    """Whether a line is a remark."""
    return line.lstrip().startswith(COMMENTS)


def is_number(cell: str, decimal: str) -> bool:
    """Whether a stripped cell is a number written with ``decimal``."""
    return _NUMBER[decimal].fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether a stripped cell stands for a missing value."""
    return cell.lower() in MISSING


def number_of(cell: str, decimal: str) -> float | None:
    """Return the value of a cell, None if it holds no number."""
    stripped = cell.strip()
    if not is_number(stripped, decimal):
        return None
    return float(stripped.replace(",", "."))


def name_and_units(header: str) -> tuple[str, str]:
    """Split a header such as ``ECG (mV)``, ``ECG [mV]``, ``ECG/mV`` or ``ecg_mV``.

    Line ends in a name become blanks. A text in brackets that is not a unit, as in
    ``ECG (lead II)``, stays in the name.

    Returns
    -------
    name, units : str
        Units are '' where the header names none.
    """
    text = _LINE_ENDS.sub(" ", header.strip())
    found = _BRACKETS.fullmatch(text)
    if found and found["name"]:
        name, units = found["name"].strip(), found["units"].strip()
        return (name, units) if is_unit(units, name) or is_time_name(name, "") else (text, "")
    name, slash, units = text.partition("/")
    if slash and name.strip() and units.strip() in KNOWN_UNITS:
        return name.strip(), units.strip()
    name, comma, units = text.rpartition(",")
    if comma and name.strip() and units.strip() in KNOWN_UNITS:
        return name.strip(), units.strip()
    name, underscore, units = text.rpartition("_")
    if underscore and name and units in _TAIL_UNITS:
        return name, units
    return text, ""


def are_units(cells: list[str]) -> bool:
    """Whether a second header row holds units and not values or names."""
    stripped = [cell.strip().strip("()[]*") for cell in cells]
    known = [cell in KNOWN_UNITS or cell.lower() in _TIME_WORDS for cell in stripped]
    fits = (
        len(cell) <= _LONGEST_UNIT
        for cell, is_known in zip(stripped, known, strict=True)
        if not is_known
    )
    return any(known) and all(fits)


def unique_names(names: list[str], first_column: int = 0) -> tuple[list[str], list[str]]:
    """Give every column a unique name.

    Returns
    -------
    names : list of str
        Blank ones become ``channel 3`` (its column, counted from 1), repeated ones ``EEG (2)``.
    notes : list of str
        What was changed, in sentences.
    """
    unique: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}
    repeats: dict[str, list[tuple[int, str]]] = {}
    notes: list[str] = []
    for position, name in enumerate(names):
        wanted = name.strip() or f"channel {first_column + position + 1}"
        count = counts.get(wanted, 1)
        chosen = wanted if count == 1 else f"{wanted} ({count})"
        while chosen in taken:
            count += 1
            chosen = f"{wanted} ({count})"
        if not name.strip():
            notes.append(
                f"column {first_column + position + 1} has no name; it is named {chosen!r}"
            )
        elif count > 1:
            repeats.setdefault(wanted, []).append((position + 1, chosen))
        unique.append(chosen)
        taken.add(chosen)
        counts[wanted] = count
    for wanted, renamed in repeats.items():
        listed = [
            f"column {column} is renamed {chosen!r}" for column, chosen in renamed[:_MOST_LISTED]
        ]
        more = len(renamed) - len(listed)
        named = "two columns are" if len(renamed) == 1 else f"{len(renamed) + 1} columns are"
        listed += [f"and so on up to {renamed[-1][1]!r}"] if more else []
        notes.append(f"{named} named {wanted!r}: {', '.join(listed)}")
    return unique, notes


_TIME_WORDS_WORDS = (
    "s sec seconds second ms msec milliseconds us µs ns min samples hh:mm:ss.mmm hh:mm:ss "
    "mm:ss.mmm hh:mm:ss.mmmmmm"
)
_TIME_WORDS = frozenset({*_TIME_WORDS_WORDS.split(), "yyyy/mm/dd hh:mm:ss.000"})
_LONGEST_UNIT = 16
_MOST_LISTED = 3  # columns of one name that a note lists
