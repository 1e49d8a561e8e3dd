"""A function of the user's own, over recordings of any length."""

from __future__ import annotations

import functools
import inspect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.recipe import USABLE
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.samplewise import empty_core, sample_plan, stretches_of
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.engine.users_function import (
    SAMPLE,
    TIME,
    checked_events,
    checked_samples,
    joined_events,
    named_like,
    own_parameters,
)
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.samplewise import Stretch
    from vital_widgets.analysis.engine.users_function import Columns

RETURNS = ("samples", "events")


@dataclass(frozen=True, kw_only=True, eq=False)
class EventTable(Result, given=("table",)):
    """Events that a function of the user's own found.

    Attributes
    ----------
    table : dict of str to ndarray, each of shape (n,)
        Columns: 'time' in seconds from the recording's start, 'sample' (index in the channel),
        and what else the function returned for each event.
    name : str
        The function.
    """

    table: Columns
    name: str

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.table[SAMPLE])

    def to_frame(self) -> pd.DataFrame:
        """Return one row an event."""
        import pandas as pd

        return pd.DataFrame(self.table)

    def _facts(self) -> list[tuple[str, str]]:
        return [("found by", self.name), ("events", f"{len(self):,}")]


def piecewise(
    *, context_s: float, returns: str = "samples"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make an analysis of a function of arrays: a decorator.

    The decorated function takes an array with ``fs``, or a channel of any length. It is computed
    piece by piece in bounded memory, and works with `run`, `lazy` and `store` like the functions
    of this package.

    Parameters
    ----------
    context_s : float
        Seconds of signal before and after a sample on which the function's result there depends:
        half the length of a moving window, or the time after which a filter has settled. Pieces
        overlap by so much. Give 0 if each sample is computed by itself.
    returns : {'samples', 'events'}
        What the function returns. 'samples': an array with one value for each sample. 'events':
        a dict of arrays of one length, the same for each stretch of signal, among them 'sample',
        the index of each event in the array that the function was given, and none named 'time'.

    Returns
    -------
    callable
        A decorator for ``function(x, fs, *, ...)``, which may be a partial, a callable object or
        the method of an object, too. ``x`` is an array of float, shape (n,),
        without NaN: a stretch of signal between gaps, or a part of one; ``fs`` is in Hz. The
        decorated function has the further parameter ``usable``, and returns a `Filtered` or an
        `EventTable`.

    Raises
    ------
    InvalidInputError
        ``context_s`` is negative, or ``returns`` is not one of those listed; the function cannot
        be called with an array and a rate, or has a parameter that piecewise adds (``usable``).
        When the function is called: it returned something else than stated.

    Examples
    --------
    >>> import numpy as np
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import piecewise
    >>> @piecewise(context_s=0.004)
    ... def slope(x, fs):
    ...     return np.gradient(x) * fs
    >>> ecg = vw.sample(60)["ECG"]
    >>> slope(ecg).values.shape
    (15000,)
    """
    context = checked_number(context_s, "context_s", 0, unit="s")
    checked_choice(returns, "returns", RETURNS)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def body(x: Any, fs: Any = None, *, usable: Any = None, **parameters: Any) -> Any:
            signal = signal_of(x, fs, usable)
            reach = math.ceil(context * signal.fs)
            call = functools.partial(function, **parameters)
            if returns == RETURNS[0]:
                work = functools.partial(_samples, function=call, name=name)
                return sample_plan(work, name, before=reach, after=reach, source=signal)
            return Plan(
                functools.partial(_events, function=call, name=name),
                functools.partial(_joined, name=name),
                before=reach,
                after=reach,
                source=signal,
            )

        like = named_like(function)
        name = like.__name__
        body.__name__, body.__qualname__ = name, like.__qualname__
        body.__module__, body.__doc__ = like.__module__, like.__doc__
        signature = _signature(
            function, name, "SamplePlan" if returns == RETURNS[0] else "EventTable"
        )
        body.__signature__ = signature  # type: ignore[attr-defined]
        body.__annotations__ = {
            key: one.annotation for key, one in signature.parameters.items()
        } | {"return": signature.return_annotation}
        return cast("Callable[..., Any]", analysis(body))

    return decorate


def _signature(function: Callable[..., Any], name: str, gives: str) -> inspect.Signature:
    """Return the signature of the decorated function: x, fs, its own parameters, usable."""
    kinds = inspect.Parameter
    own = own_parameters(function, name)
    own.append(kinds(USABLE, kinds.KEYWORD_ONLY, default=None, annotation="UsableLike"))
    first = kinds("x", kinds.POSITIONAL_OR_KEYWORD, annotation="SignalLike")
    rate = kinds("fs", kinds.POSITIONAL_OR_KEYWORD, default=None, annotation="float | None")
    returned = gives if gives == "SamplePlan" else f"Plan[Any, {gives}]"
    return inspect.Signature([first, rate, *own], return_annotation=returned)


def _samples(piece: Piece, function: Callable[..., Any], name: str) -> NDArray[np.float64]:
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values = function(stretch.values.copy(), piece.fs)
        out[stretch.into] = checked_samples(values, name, len(stretch.values))[stretch.keep]
    return out


def _events(piece: Piece, function: Callable[..., Any], name: str) -> Columns:
    found = [_events_in(stretch, piece, function, name) for stretch in stretches_of(piece)]
    kept = [columns for columns in found if len(columns[SAMPLE])]
    if not kept:
        return found[0] if found else {SAMPLE: np.empty(0, np.int64)}
    return joined_events(kept, name)


def _events_in(stretch: Stretch, piece: Piece, function: Callable[..., Any], name: str) -> Columns:
    """Return the events in the core, by their index in the channel."""
    found = function(stretch.values.copy(), piece.fs)
    columns = checked_events(found, name, len(stretch.values))
    at = columns[SAMPLE]
    inside = (at >= stretch.keep.start) & (at < stretch.keep.stop)
    columns[SAMPLE] = at + stretch.first
    return {key: column[inside] for key, column in columns.items()}


def _joined(partials: Sequence[Columns], extent: Extent, name: str) -> EventTable:
    kept = [columns for columns in partials if len(columns[SAMPLE])] or list(partials[:1])
    table = joined_events(kept, name) if kept else {}
    samples = table.get(SAMPLE, np.empty(0, np.int64))
    table = {TIME: extent.times(samples), SAMPLE: samples} | table
    notes = () if len(extent.stretches) else (not_enough("no sample is a number"),)
    return EventTable(table=table, name=name, valid=extent.valid, notes=notes)
