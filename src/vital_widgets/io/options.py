"""The options of `open`: which values each accepts.

Every option of every reader is checked here before a file is read, so that the error for an
impossible value names the option. What depends on the file, such as the name of a column, is
checked by the file's reader.
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
    """Return the options of a reader with NumPy scalars as Python's; raise for invalid values."""
    return {name: _CHECKS.get(name, _as_is)(name, value) for name, value in options.items()}


def _refuse(name: str, value: object, accepted: str) -> NoReturn:
    msg = f"{name}={format_value(value)} is not accepted; give {accepted}"
    raise InvalidInputError(msg)


def _as_is(_name: str, value: Any) -> Any:
    return value


def _rate(name: str, value: Any) -> float | None:
    if value is None:
        return None
    accepted = f"the sampling rate in Hz, a number from {SLOWEST:g} to {FASTEST:g}, such as fs=250"
    number = value[()] if isinstance(value, np.ndarray) and not value.ndim else value
    if isinstance(number, bool | np.bool_) or not isinstance(number, Real | Decimal):
        _refuse(name, value, accepted)
    try:
        rate = checked_rate(number)  # type: ignore[arg-type]
    except InvalidInputError:
        _refuse(name, value, accepted)
    if not SLOWEST <= rate <= FASTEST:
        _refuse(name, value, accepted)
    return rate


def _encoding(name: str, value: Any) -> str | None:
    if value is None:
        return None
    accepted = "the encoding of a text file, such as 'utf-8', 'utf-16', 'latin-1' or 'cp1252'"
    if not isinstance(value, str) or not _can_hold_tables(value):
        _refuse(name, value, accepted)
    return str(value)


def _can_hold_tables(encoding: str) -> bool:
    """Whether Python knows the encoding and text files can be written in it."""
    try:
        if codecs.lookup(encoding).name.replace("-", "_") in _NO_ENCODING:
            return False
        written = _PROBE.encode(encoding)  # codecs that are not text encodings fail here
        return codecs.getincrementaldecoder(encoding)("replace").decode(written) == _PROBE
    except (LookupError, ValueError, TypeError):  # UnicodeError is a ValueError
        return False


def _separator(name: str, value: Any) -> str:
    known = isinstance(value, str) and (value in (AUTO, *_BLANKS) or len(value) == 1)
    one = known and len(value) == 1
    if not known or (one and (not value.isascii() or value.isalnum() or value in _NO_SEPARATOR)):
        _refuse(
            name,
            value,
            r"the one character between cells, such as ',', ';', '\t' or '|' (no letter, digit, "
            "sign, point, quote or line end), or 'whitespace' for any run of blanks and tabs",
        )
    return str(value)


def _header(name: str, value: Any) -> int | str | None:
    if value is None or (isinstance(value, str) and value == AUTO):
        return value
    if isinstance(value, bool | np.bool_):
        return AUTO if value else None
    number = _whole(value)
    if number is None or not 0 <= number < _LARGEST:
        _refuse(
            name,
            value,
            "the number of the line with the column names, counted from 0, or None if there is no "
            "such line; without header= the line is found automatically",
        )
    return number


def _time(name: str, value: Any) -> int | str | None:
    if value is None or isinstance(value, str):
        return value
    number = _whole(value)
    if number is None:
        _refuse(
            name,
            value,
            "the name of the time column, its number counted from 0, or None to compute the times "
            "from fs=",
        )
    return number


def _channels(name: str, value: Any) -> list[int | str] | None:
    if value is None:
        return None
    accepted = "a list of names or numbers (from 0) of columns, for example ['ECG', 'PPG']"
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable) or isinstance(value, Mapping | bytes | bytearray):
        _refuse(name, value, accepted)
    if isinstance(value, np.ndarray) and not value.ndim:
        _refuse(name, value, accepted)
    chosen = [one if isinstance(one, str) else _whole(one) for one in value]
    wanted = [one for one in chosen if one is not None]
    if not chosen or len(wanted) < len(chosen):
        _refuse(name, value, accepted)
    return wanted


def _day_first(name: str, value: Any) -> bool | None:
    if value is None:
        return None
    if not isinstance(value, bool | np.bool_):
        _refuse(
            name, value, "True where 03/04/2024 is the 3rd of April, False where the 4th of March"
        )
    return bool(value)


def _extensions(name: str, value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        _refuse(name, value, "a list of extensions of annotation files, such as ['atr']")
    return list(value)


def _unit(name: str, value: Any) -> str | dict[str, str] | None:
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
        _refuse(
            name,
            value,
            "one unit for all channels, such as 'mV', or a mapping from names to units, such as "
            "{'ECG': 'mV'}",
        )
    for one, unit in value.items():
        if not isinstance(unit, str):
            msg = f"{name}: {format_value(unit)} of {one!r} is not a text; give for example 'mV'"
            raise InvalidInputError(msg)
    return dict(value)


def _time_unit(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        _refuse(name, value, "the unit of the times, such as 's', 'ms' or 'sample'")
    return value


def _one_of(*accepted: str) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in accepted:
            _refuse(name, value, f"one of {', '.join(map(repr, accepted))}")
        return value

    return check


def _whole(value: Any) -> int | None:
    """Return a whole number of usual size as an int; None if it is something else."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        return None
    return int(value) if abs(int(value)) < _LARGEST else None


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
