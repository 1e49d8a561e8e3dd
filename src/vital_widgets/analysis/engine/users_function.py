"""A function of the user's own: its name, its parameters, and what it returned."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.plan import joined
from vital_widgets.analysis.engine.recipe import USABLE
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

SAMPLE, TIME = "sample", "time"
ADDED = ("x", "fs", USABLE)  # parameters of the decorated function
REAL = "biuf"  # kinds of dtypes


def named_like(function: Callable[..., Any]) -> Any:
    """Return what a function is named like: a partial like its function, an object its class."""
    if not callable(function):
        raise InvalidInputError(
            f"piecewise was given {type(function).__name__}, which cannot be called; give a "
            "function(x, fs, *, ...)"
        )
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__qualname__") else type(function)


def own_parameters(function: Callable[..., Any], name: str) -> list[inspect.Parameter]:
    """Return the parameters after the array and the rate, or raise if no call can give them."""
    try:
        given = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"Python does not know the parameters of {name}; decorate a function that calls it"
        ) from None
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in given):
        raise InvalidInputError(
            f"{name} takes *args or **kwargs; name its parameters, so that the recipe of a result "
            "can state them"
        )
    if given and given[0].name in ("self", "cls"):
        raise InvalidInputError(
            f"{name} is a method in a class: its first parameter is {given[0].name!r}; decorate "
            f"the method of an object, piecewise(context_s=...)(object.{name}), or a function"
        )
    first, own = given[:2], given[2:]
    if len(first) != len(ADDED[:2]) or any(one.kind == one.KEYWORD_ONLY for one in first):
        raise InvalidInputError(
            f"{name}{inspect.signature(function)} cannot be called with an array and the sampling "
            f"rate by position; define it as {name}(x, fs, *, ...)"
        )
    for one in own:
        if one.name in ADDED:
            raise InvalidInputError(
                f"{name} has a parameter {one.name!r} of its own, a name that piecewise adds for "
                "the signal, its rate, and where it is usable; give the parameter another name"
            )
        if one.kind == one.POSITIONAL_ONLY:
            raise InvalidInputError(
                f"the parameter {one.name!r} of {name} is positional-only; parameters after the "
                "rate are given by name"
            )
    return [one.replace(kind=one.KEYWORD_ONLY) for one in own]


def checked_samples(returned: Any, name: str, n: int) -> NDArray[np.float64]:
    """Return one number for each of ``n`` samples, or raise."""
    values = _array(returned, name)
    if values.dtype.kind not in REAL:
        more = " (its real part or its magnitude)" if values.dtype.kind == "c" else ""
        raise InvalidInputError(
            f"{name} returned {_described(returned, values)}; return an array with one real "
            f"number for each sample{more}"
        )
    if values.shape != (n,):
        raise InvalidInputError(
            f"{name} returned an array of shape {values.shape} for {n} samples; return one value "
            "for each sample, or use piecewise(returns='events')"
        )
    return values.astype(np.float64, copy=False)


def checked_events(returned: Any, name: str, n: int) -> Columns:
    """Return the columns of events in ``n`` samples, 'sample' as integers, or raise."""
    if not isinstance(returned, Mapping) or SAMPLE not in returned:
        raise InvalidInputError(
            f"{name} returned {type(returned).__name__}; return a dict of arrays, among them "
            "'sample', the index of each event"
        )
    if TIME in returned:
        raise InvalidInputError(
            f"{name} returned a column 'time'; the result has that column already, the times of "
            "the samples: give another name to it"
        )
    columns = {str(key): _array(column, name, str(key)) for key, column in returned.items()}
    for key, column in columns.items():
        if column.ndim != 1:
            raise InvalidInputError(
                f"{name} returned a column {key!r} of shape {column.shape}; return an array of "
                "shape (n,), one value an event"
            )
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InvalidInputError(
            f"{name} returned columns of different lengths: {lengths}; return one value an event "
            "in each"
        )
    return {**columns, SAMPLE: _indices(columns[SAMPLE], returned[SAMPLE], name, n)}


def joined_events(parts: Sequence[Columns], name: str) -> Columns:
    """Return the events of several stretches, or raise if they have not the same columns."""
    for part in parts:
        if set(part) != set(parts[0]):
            raise InvalidInputError(
                f"{name} returned the columns {sorted(parts[0])} for one stretch of the signal "
                f"and {sorted(part)} for another; return the same columns for all"
            )
    return joined(parts)


def _indices(column: NDArray[Any], returned: Any, name: str, n: int) -> NDArray[np.int64]:
    if not len(column):
        return np.empty(0, np.int64)
    if column.dtype.kind not in "iuf":
        mask = "; use np.flatnonzero of a mask" if column.dtype.kind == "b" else ""
        raise InvalidInputError(
            f"{name} returned as 'sample' {_described(returned, column)}; return integers, the "
            f"indices of the events{mask}"
        )
    wrong = (column != np.floor(column)) | ~((column >= 0) & (column < n))
    if np.any(wrong):
        raise InvalidInputError(
            f"{name} returned {column[wrong][0]} as 'sample', for {n} samples; return whole "
            f"numbers from 0 to {n - 1}, indices in the array it was given (of times in seconds: "
            "np.rint(times * fs))"
        )
    return column.astype(np.int64)


def _array(returned: Any, name: str, column: str = "") -> NDArray[Any]:
    """Return an array, NaN where numbers are masked."""
    try:
        if isinstance(returned, np.ma.MaskedArray) and returned.dtype.kind in REAL:
            return np.asarray(np.ma.filled(returned.astype(np.float64), np.nan))
        return np.asarray(returned)
    except ValueError as error:
        what = f"a column {column!r}" if column else type(returned).__name__
        raise InvalidInputError(f"{name} returned {what} that is no array: {error}") from None


def _described(returned: Any, array: NDArray[Any]) -> str:
    if returned is None:
        return "None"
    kind = type(returned).__name__
    return f"{kind} of {array.dtype}" if array.ndim else kind
