"""Arguments of functions: a wrong one is an error that says what was given and what is accepted."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vital_widgets.core.formatting import format_value, is_writable
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection


def is_number(value: object) -> bool:
    """Whether a value is a finite number that a float can hold."""
    try:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )
    except OverflowError:  # an integer beyond the largest float
        return False


def is_one_of(value: object, accepted: Collection[str]) -> bool:
    """Whether a value is one of these texts; an array is none."""
    return isinstance(value, str) and value in accepted


def number(name: str, value: Any, accepted: str) -> float:
    """Return a finite number, or raise; ``accepted`` says what it should be."""
    found = time(name, value, accepted)
    if math.isinf(found):
        raise InvalidInputError(f"{name}={format_value(value)} is not {accepted}")
    return found


def time(name: str, value: Any, accepted: str = "a time in seconds") -> float:
    """Return a number that may be infinite, or raise; ``accepted`` says what it should be."""
    try:
        found = float(value) if not isinstance(value, str | bytes | bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if math.isnan(found):
        raise InvalidInputError(f"{name}={format_value(value)} is not {accepted}")
    return found


def pair(name: str, value: Any, accepted: str) -> tuple[float, float]:
    """Return two numbers that may be infinite, or raise; ``accepted`` says what they should be."""
    try:
        first, second = value
    except (TypeError, ValueError):
        raise InvalidInputError(f"{name}={format_value(value)} is not {accepted}") from None
    return time(name, first, accepted), time(name, second, accepted)


def text(name: str, value: Any, example: str) -> str:
    """Return a text that is not blank, or raise; ``example`` is one that is accepted."""
    if not isinstance(value, str) or not value.strip() or not is_writable(value):
        msg = f"{name}={format_value(value)} is not a text; give for example {example!r}"
        raise InvalidInputError(msg)
    return value


def texts(name: str, value: Any, example: str) -> list[str]:
    """Return one text or several as a list, or raise; ``example`` is one that is accepted."""
    try:
        found = [value] if isinstance(value, str) else list(value)
    except TypeError:
        found = [None]
    if not all(isinstance(one, str) for one in found):
        msg = f"{name}={format_value(value)} is not a list of texts; give for example [{example!r}]"
        raise InvalidInputError(msg)
    return found


def file_path(name: str, value: Any, example: str) -> Path:
    """Return the path of a file, or raise; ``example`` is one that is accepted."""
    try:
        return Path(os.fspath(value)).expanduser()
    except (TypeError, RuntimeError):
        msg = (
            f"{name}={format_value(value)} is not the path of a file; give for example {example!r}"
        )
        raise InvalidInputError(msg) from None
