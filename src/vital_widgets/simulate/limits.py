"""Ranges of the arguments of simulations."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.arguments import number
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def within(name: str, value: Any, low: float, high: float, unit: str = "") -> float:
    """Return a number from ``low`` to ``high``, or raise an error that names both."""
    accepted = f"a number from {low:g} to {high:g} {unit}".rstrip()
    found = number(name, value, accepted)
    if not low <= found <= high:
        raise InvalidInputError(f"{name}={format_value(value)} is not {accepted}")
    return found


def generator(seed: Any, *purpose: int) -> np.random.Generator:
    """Return the random numbers of a seed; those of another purpose are independent."""
    try:
        whole = operator.index(seed)
    except TypeError:
        whole = -1
    if isinstance(seed, bool) or whole < 0:
        raise InvalidInputError(f"seed={format_value(seed)} is not a whole number from 0 up")
    return np.random.default_rng([whole, *purpose])


def whole_seconds(name: str, value: Any, low: float, high: float, unit_s: float = 1.0) -> int:
    """Return a duration in whole seconds from a number of units of ``unit_s`` seconds."""
    unit = {1.0: "s", 60.0: "min", 3600.0: "h"}[unit_s]
    return round(within(name, value, low, high, unit) * unit_s)


def one_of(name: str, value: Any, accepted: Sequence[str]) -> str:
    """Return a text that is accepted, or raise an error that lists them."""
    if not isinstance(value, str) or value not in accepted:
        raise InvalidInputError(
            f"unknown {name}={format_value(value)}; available: {', '.join(accepted)}"
        )
    return value
