"""Traits of where a panel works, and of switches and texts, which refuse values in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
import traitlets

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.panelplaces import PLACES


class Where(traitlets.TraitType[Any, Any]):
    """The kind of place that is analysed."""

    def validate(self, obj: Any, value: Any) -> str:
        """Return the place, or raise."""
        del obj
        known = tuple(PLACES.values())
        if not isinstance(value, str) or value not in known:
            listed = ", ".join(map(repr, known))
            raise InvalidInputError(f"unknown {self.name} {value!r}; available: {listed}")
        return str(value)


class Span(traitlets.TraitType[Any, Any]):
    """A span of time in seconds, (t0, t1) with t0 < t1."""

    def validate(self, obj: Any, value: Any) -> tuple[float, float]:
        """Return the span as two floats, or raise."""
        del obj
        ends = tuple(value) if isinstance(value, (tuple, list, np.ndarray)) else ()
        real = len(ends) == 2 and all(  # noqa: PLR2004 - begin and end
            isinstance(one, Real) and not isinstance(one, bool) for one in ends
        )
        try:
            t0, t1 = map(float, ends) if real else (math.nan, math.nan)
        except OverflowError:
            t0 = t1 = math.nan
        if not t0 < t1:
            raise InvalidInputError(
                f"{self.name}={value!r} is not a span of time; give (t0, t1) in s, with t0 < t1"
            )
        return t0, t1


class Texts(traitlets.TraitType[Any, Any]):
    """Some texts; one may be given alone."""

    def validate(self, obj: Any, value: Any) -> tuple[str, ...]:
        """Return the texts as a tuple, or raise."""
        del obj
        return tuple(map(str, several_of(self.name or "texts", value, "texts")))


class Switch(traitlets.TraitType[Any, Any]):
    """True or False."""

    def validate(self, obj: Any, value: Any) -> bool:
        """Return the value as a bool, or raise."""
        del obj
        if not isinstance(value, (bool, np.bool_)):
            raise InvalidInputError(f"{self.name}={value!r} is neither True nor False; give one")
        return bool(value)


class Text(traitlets.TraitType[Any, Any]):
    """A text."""

    def validate(self, obj: Any, value: Any) -> str:
        """Return the text, or raise."""
        del obj
        if not isinstance(value, str):
            raise InvalidInputError(f"{self.name}={value!r} is not a text; give a str")
        return str(value)


def several_of(name: str, value: Any, what: str) -> list[Any]:
    """Return values that were given as a list of any kind, or one text, as a list; or raise."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable) or isinstance(value, bytes):
        raise InvalidInputError(f"{name}={value!r} is not a list of {what}; give a list of str")
    return list(value)
