"""Checks of arguments by the annotations of their parameters, the same for all analyses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import inspect

LONGEST_S = 1e15  # 30 million years: a longer duration is a mistake and would overflow
NAMES = re.compile(r"\b(?:Sequence|Iterable)\[str\b")


def check_argument_types(signature: inspect.Signature, args: Any, kwargs: Any) -> None:
    """Refuse what cannot be meant: a flag that is not a boolean, names that are no list.

    Parameters
    ----------
    signature : inspect.Signature
        Of the analysis.
    args, kwargs
        The arguments of the call; how they bind is checked by the call itself.
    """
    for name, value in _named(signature, args, kwargs):
        parameter = signature.parameters[name]
        if value is parameter.default:
            continue
        expected = str(parameter.annotation)
        if expected == "bool" or (expected == "bool | str" and not isinstance(value, str)):
            _check_flag(name, value)
        elif NAMES.search(expected):
            _check_names(name, value)
        elif name.endswith("_s") and "float" in expected:
            _check_duration(name, value)


def _named(signature: inspect.Signature, args: Any, kwargs: Any) -> Iterable[tuple[str, Any]]:
    yield from zip(signature.parameters, args, strict=False)
    yield from ((name, value) for name, value in kwargs.items() if name in signature.parameters)


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        msg = f"{name}={value!r} is not a boolean; give True or False"
        raise InvalidInputError(msg)


def _check_names(name: str, value: Any) -> None:
    if not isinstance(value, Iterable):
        msg = f"{name}={value!r} is not a list of names; give a tuple of strings"
        raise InvalidInputError(msg)


def _check_duration(name: str, value: Any) -> None:
    if isinstance(value, int | float) and abs(value) > LONGEST_S:
        msg = f"{name}={value!r} is too long; give seconds up to {LONGEST_S:g}"
        raise InvalidInputError(msg)
