"""The options of `open`: what each takes, whatever a user gives for it.

Every option of every reader is checked here before a file is read, so that a value that nobody can
mean is told by the option's name. What depends on the file, such as whether there is such a column,
is checked by its reader.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from vital_widgets.core.formatting import format_value
from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

AUTO = "auto"
SLOWEST, FASTEST = 1e-9, 1e12  # Hz: a sample in 30 years, and one in a picosecond
_LARGEST = 1 << 31  # of a line or column
_BLANKS = ("whitespace", r"\s+", " ")
_NO_SEPARATOR = frozenset("\"'.+-\r\n\v\f\0\x1a")
_PROBE = "time,ecg\r\n0.5;-1\t2\n"  # what any encoding of tables can write
_NO_ENCODING = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"})


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a reader, NumPy's scalars as Python's; raise for what none can mean."""
    return {name: _CHECKS.get(name, _as_is)(name, told) for name, told in options.items()}


def _refuse(name: str, told: object, accepted: str) -> NoReturn:
    msg = f"{name}={format_value(told)} cannot be used; give {accepted}"
    raise InvalidInputError(msg)


def _as_is(_name: str, told: Any) -> Any:
    return told


def _rate(name: str, told: Any) -> float | None:
    if told is None:
        return None
    accepted = f"the sampling rate in Hz, a number from {SLOWEST:g} to {FASTEST:g}, such as fs=250"
    number = told[()] if isinstance(told, np.ndarray) and not told.ndim else told
    if isinstance(number, bool | np.bool_) or not isinstance(number, Real | Decimal):
        _refuse(name, told, accepted)
    try:
        rate = checked_rate(number)  # type: ignore[arg-type]
    except InvalidInputError:
        _refuse(name, told, accepted)
    if not SLOWEST <= rate <= FASTEST:
        _refuse(name, told, accepted)
    return rate


def _encoding(name: str, told: Any) -> str | None:
    if told is None:
        return None
    accepted = "the encoding of a text file, such as 'utf-8', 'utf-16', 'latin-1' or 'cp1252'"
    if not isinstance(told, str) or not _can_hold_tables(told):
        _refuse(name, told, accepted)
    return str(told)


def _can_hold_tables(encoding: str) -> bool:
    """Whether Python knows such an encoding of texts, and files are written in it."""
    try:
        if codecs.lookup(encoding).name.replace("-", "_") in _NO_ENCODING:
            return False
        written = _PROBE.encode(encoding)  # codecs that are no encodings of text are refused here
        return codecs.getincrementaldecoder(encoding)("replace").decode(written) == _PROBE
    except (LookupError, ValueError, TypeError):  # UnicodeError is a ValueError
        return False


def _separator(name: str, told: Any) -> str:
    known = isinstance(told, str) and (told in (AUTO, *_BLANKS) or len(told) == 1)
    one = known and len(told) == 1
    if not known or (one and (not told.isascii() or told.isalnum() or told in _NO_SEPARATOR)):
        _refuse(
            name,
            told,
            r"one character between cells such as ',', ';', '\t' or '|' (no letter, digit, sign, "
            "point, quote or line end), or 'whitespace' for any run of blanks",
        )
    return str(told)


def _header(name: str, told: Any) -> int | str | None:
    if told is None or (isinstance(told, str) and told == AUTO):
        return told
    if isinstance(told, bool | np.bool_):
        return AUTO if told else None
    number = _whole(told)
    if number is None or not 0 <= number < _LARGEST:
        _refuse(
            name,
            told,
            "the number of the line with the names, counted from 0, None if there is none, or "
            "leave it out to have it found",
        )
    return number


def _time(name: str, told: Any) -> int | str | None:
    if told is None or isinstance(told, str):
        return told
    number = _whole(told)
    if number is None:
        _refuse(
            name,
            told,
            "the name of the time column, its number counted from 0, or None where rows are only "
            "counted (which needs fs=)",
        )
    return number


def _channels(name: str, told: Any) -> list[int | str] | None:
    if told is None:
        return None
    accepted = "a list of names or numbers (from 0) of columns, for example ['ECG', 'PPG']"
    if isinstance(told, str):
        return [told]
    if not isinstance(told, Iterable) or isinstance(told, Mapping | bytes | bytearray):
        _refuse(name, told, accepted)
    if isinstance(told, np.ndarray) and not told.ndim:
        _refuse(name, told, accepted)
    chosen = [one if isinstance(one, str) else _whole(one) for one in told]
    wanted = [one for one in chosen if one is not None]
    if not chosen or len(wanted) < len(chosen):
        _refuse(name, told, accepted)
    return wanted


def _day_first(name: str, told: Any) -> bool | None:
    if told is None:
        return None
    if not isinstance(told, bool | np.bool_):
        _refuse(
            name, told, "True where 03/04/2024 is the 3rd of April, False where the 4th of March"
        )
    return bool(told)


def _extensions(name: str, told: Any) -> list[str] | None:
    if told is None:
        return None
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) for one in told):
        _refuse(name, told, "a list of extensions of annotation files, such as ['atr']")
    return list(told)


def _unit(name: str, told: Any) -> str | dict[str, str] | None:
    if told is None or isinstance(told, str):
        return told
    if not isinstance(told, Mapping) or not all(isinstance(one, str) for one in told):
        _refuse(
            name,
            told,
            "one unit for all channels, such as 'mV', or a mapping from names to units, such as "
            "{'ECG': 'mV'}",
        )
    for one, unit in told.items():
        if not isinstance(unit, str):
            msg = f"{name}: {format_value(unit)} of {one!r} is no text; give for example 'mV'"
            raise InvalidInputError(msg)
    return dict(told)


def _time_unit(name: str, told: Any) -> str | None:
    if told is not None and not isinstance(told, str):
        _refuse(name, told, "what the times count, such as 's', 'ms' or 'sample'")
    return told


def _one_of(*accepted: str) -> Callable[[str, Any], Any]:
    def check(name: str, told: Any) -> Any:
        if not isinstance(told, str) or told not in accepted:
            _refuse(name, told, f"one of {', '.join(map(repr, accepted))}")
        return told

    return check


def _whole(told: Any) -> int | None:
    """Return a whole number of usual size as an int; None if it is something else."""
    if isinstance(told, bool | np.bool_) or not isinstance(told, int | np.integer):
        return None
    return int(told) if abs(int(told)) < _LARGEST else None


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "annotations": _extensions,
    "bad_lines": _one_of("error", "skip"),
    "bad_values": _one_of("error", "nan"),
    "channels": _channels,
    "day_first": _day_first,
    "decimal": _one_of(AUTO, ".", ","),
    "encoding": _encoding,
    "fs": _rate,
    "header": _header,
    "separator": _separator,
    "time": _time,
    "time_unit": _time_unit,
    "units": _unit,
}
