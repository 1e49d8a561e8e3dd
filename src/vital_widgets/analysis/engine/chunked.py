"""Run an analysis over a whole recording: in bounded memory, in the background, on Dask.

Each run of samples (a stretch recorded without a gap) is cut into pieces with the context that
the plan asks for; nothing is computed across a gap. Dask computes some pieces at a time: on its
threads, or on the cluster of an active ``dask.distributed`` Client.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.engine.compute import Covered, partials_of
from vital_widgets.analysis.engine.recipe import described, recipe_of
from vital_widgets.analysis.engine.source import Source, signal_of, signals_of
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.analysis.engine.plan import Plan
    from vital_widgets.analysis.engine.recipe import Recipe

R = TypeVar("R")
PIECE_SAMPLES = 1 << 18  # of all channels together: some MB with what is computed from them
LEAST_TIMES_CONTEXT = 8  # a core is at least so many times its context, which is computed twice


def chunked(
    plan: Callable[..., Plan[Any, Any]],
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Say how a public function runs over a whole recording; `start` uses it.

    Parameters
    ----------
    plan : callable
        ``plan(fs, **parameters) -> Plan`` with the parameters of the function apart from its
        samples, ``fs`` and ``usable``. It raises `InvalidInputError` over bad ones. If it has a
        parameter ``timebase`` too, it is given that of the recording: a picture that is reduced
        while it is computed must know how long the recording is.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        function.__plan__ = plan  # type: ignore[attr-defined]
        return function

    return decorate


def start(
    function: Callable[..., R],
    channels: Channel | Sequence[Channel],
    *,
    usable: Any = None,
    chunk_seconds: float | None = None,
    **parameters: Any,
) -> Task[R]:
    """Run an analysis over a whole recording in the background.

    The result equals ``function(values, fs, ...)`` on all samples at once, to the tolerance that
    the function states, whatever the length of the pieces.

    Parameters
    ----------
    function : callable
        A function of `vital_widgets.analysis` that can run so, such as ``ecg_peaks``.
    channels : Channel or sequence of Channel
        What it runs over; several channels must have the same samples' times.
    usable : Stretches, Annotations or a quality result, optional
        Where the signal may be used; everywhere by default. The rest counts as gaps.
    chunk_seconds : float, optional
        Length of a piece; by default some megabytes.
    **parameters
        Parameters of the function.

    Returns
    -------
    Task
        Started; ``task.result()`` waits for the result, ``task.cancel()`` stops it.
    """
    if hasattr(function, "plan"):  # converted
        return run(
            cast("Any", function),
            channels,
            usable=usable,
            chunk_seconds=chunk_seconds,
            **parameters,
        )
    planned = getattr(function, "__plan__", None)
    if planned is None:
        raise InvalidInputError(
            f"{getattr(function, '__name__', function)!r} does not run over a recording in "
            "pieces; call it with arrays"
        )
    source = old_source(channels, usable)
    timed = "timebase" in inspect.signature(planned).parameters
    known = {"timebase": source.timebase} if timed else {}
    try:
        inspect.signature(planned).bind(source.timebase.fs, **known, **parameters)
    except TypeError as error:
        raise InvalidInputError(
            f"{function.__name__} over a recording: {error}; give its parameters by name, without "
            "samples and fs, which are the channel's own"
        ) from None
    plan = planned(source.timebase.fs, **known, **parameters)
    if source.several and not plan.stacked:
        raise InvalidInputError(f"{function.__name__} takes one channel, not several")
    if plan.stacked and not (source.several and plan.channels in (0, len(source.samples))):
        raise InvalidInputError(
            f"{function.__name__} takes a list of {plan.channels or 'several'} channels, not "
            f"{len(source.samples) if source.several else 'a single one'}"
        )
    step = _step(plan, source, chunk_seconds)
    recipe = _recipe(function, channels, usable, parameters)

    def work(task: Task[R]) -> R:
        extent = Covered()
        partials = [p for _, p in partials_of(plan, source, step, extent, task.report)]
        result: R = plan.join(partials, extent.extent(source.timebase))
        return _with(result, recipe)

    return Task(work, f"{function.__name__} of {source.name}").start()


def old_source(channels: Channel | Sequence[Channel], usable: Any = None) -> Source:
    """Return the source of one channel, or of several with the same times."""
    several = isinstance(channels, (list, tuple))
    listed = list(cast("Sequence[Channel]", channels if several else [channels]))
    if not listed or not all(isinstance(channel, Channel) for channel in listed):
        raise InvalidInputError(
            f"channels={channels!r} is no channel; give one, such as recording['ECG'], or a "
            "list of some"
        )
    return signals_of(listed, None, usable) if several else signal_of(listed[0], None, usable)


def _step(plan: Plan[Any, Any], source: Source, chunk_seconds: float | None) -> int:
    """Return the samples of a core."""
    if chunk_seconds is not None:
        seconds = checked_number(chunk_seconds, "chunk_seconds", 0, open_low=True, unit="s")
        return max(round(seconds * source.timebase.fs), 1)
    context = plan.before + plan.after
    return max(PIECE_SAMPLES // len(source.samples), LEAST_TIMES_CONTEXT * context)


def _recipe(
    function: Callable[..., Any],
    channels: Channel | Sequence[Channel],
    usable: Any,
    parameters: dict[str, Any],
) -> Recipe:
    """Return the recipe of a run over a recording, with every default written out."""
    arguments = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty and name != "fs"  # the channels' own
    }
    arguments |= {**parameters, "channels": channels, "usable": usable}
    path = f"{function.__module__}.{function.__qualname__}"
    return recipe_of(path, arguments, ("channels", "usable"))


def _with(result: R, recipe: Recipe) -> R:
    return described(result, recipe)  # type: ignore[type-var]
