"""One way to call an analysis: on an array, on a channel of any length, in the background."""

from __future__ import annotations

import functools
import inspect
import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from vital_widgets.analysis.engine.argument_types import check_argument_types
from vital_widgets.analysis.engine.compute import computed
from vital_widgets.analysis.engine.growth import taken
from vital_widgets.analysis.engine.plan import Chain, Plan
from vital_widgets.analysis.engine.recipe import USABLE, own_copy, recipe_of
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import checked_number, passed_on
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_bar, reporting_to
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vital_widgets.analysis.engine.growth import Growth
    from vital_widgets.analysis.engine.recipe import Recipe

P = ParamSpec("P")
R = TypeVar("R", bound=Result)
DATA = re.compile(r"\b\w+Like\b")  # SignalLike, BeatsLike, UsableLike, ArrayLike
PLAN = re.compile(r"\b(?:Plan|Chain)\[(?:.*,\s*)?(\w+)\]|\b(SamplePlan)\b")


class Analysis(Protocol[P, R]):
    """A function made by `analysis`."""

    __name__: str
    inputs: tuple[str, ...]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Compute the result."""

    def plan(self, *args: P.args, **kwargs: P.kwargs) -> Plan[Any, R]:
        """Return how the result is computed in pieces; bad arguments are refused here."""


@overload
def analysis(body: Callable[P, Plan[Any, R]]) -> Analysis[P, R]: ...
@overload
def analysis(body: Callable[P, R]) -> Analysis[P, R]: ...
@overload
def analysis(body: Callable[P, Plan[Any, R] | Chain[R] | R]) -> Analysis[P, R]: ...
def analysis(body: Callable[..., Any]) -> Any:
    """Make a public function of a body that says how its result is computed.

    Parameters
    ----------
    body : callable
        It checks its arguments and returns a `Plan`, which is then computed piece by piece, a
        `Chain` of plans, or the result itself where that needs all data at once. Parameters
        whose annotation is a type ending in ``Like`` hold data and become inputs of the recipe;
        all others become its parameters.

    Returns
    -------
    Analysis
        A function with the signature of ``body`` that returns the result with its recipe.
    """
    signature = inspect.signature(body)
    inputs = tuple(
        name for name, one in signature.parameters.items() if DATA.search(str(one.annotation))
    )
    path = f"{body.__module__}.{body.__qualname__}"

    def described(made: Result, bound: inspect.BoundArguments) -> Result:
        return with_recipe_and_notes(made, recipe_of(path, bound.arguments, inputs))

    def own(args: Any, kwargs: Any) -> tuple[Any, Any]:
        """Return the arguments of a call with copies of what the caller may write into later."""
        named = itertools.zip_longest(signature.parameters, args)
        taken = [one if name in inputs else own_copy(one) for name, one in named][: len(args)]
        kwargs = {k: one if k in inputs else own_copy(one) for k, one in kwargs.items()}
        return taken, kwargs

    def planned_from(args: Any, kwargs: Any) -> Any:
        check_argument_types(signature, args, kwargs)
        args, kwargs = own(args, kwargs)  # the recipe states what was given, whatever body writes
        return body(*args, **kwargs)

    @functools.wraps(body)
    def call(*args: Any, **kwargs: Any) -> Result:
        with progress_bar(body.__name__) as report, taken() as growth:
            made = planned_from(args, kwargs)
            if isinstance(made, (Plan, Chain)):
                made = computed(
                    made, report, grow=_grown(growth, described, signature, args, kwargs)
                )
        return described(made, _bound(signature, args, kwargs))

    def start(args: Any, kwargs: Any, chunk_s: float | None) -> Task[Any]:
        args, kwargs = own(args, kwargs)

        def work(task: Task[Any]) -> Result:
            with reporting_to(task.report):  # of analyses that the body calls
                made = planned_from(args, kwargs) if planned is None else planned
            if isinstance(made, (Plan, Chain)):
                made = computed(made, _counting(task, made), chunk_s)
            return described(made, _bound(signature, args, kwargs))

        planner = PLAN.search(str(signature.return_annotation)) is not None
        # Bad arguments are refused at once, unless a channel is still being read in.
        reading = any(_reading(args, kwargs))
        planned = planned_from(args, kwargs) if planner and not reading else None
        return Task(work, _title(body.__name__, args, kwargs)).start()

    call.plan = body  # type: ignore[attr-defined]
    call.inputs = inputs  # type: ignore[attr-defined]
    call.start = start  # type: ignore[attr-defined]
    returned = PLAN.search(str(signature.return_annotation))
    if returned is not None:
        gives = returned[1] or "Filtered"
        call.__signature__ = signature.replace(return_annotation=gives)  # type: ignore[attr-defined]
        call.__annotations__ = {**body.__annotations__, "return": gives}
    return call


def _grown(
    growth: Growth | None,
    described: Callable[[Result, inspect.BoundArguments], Result],
    signature: inspect.Signature,
    args: Any,
    kwargs: Any,
) -> Callable[[Callable[[], Any], float], None] | None:
    """Return what shows the results of a call while it runs; None if nobody wants to see them."""
    if growth is None:
        return None
    bound = _bound(signature, args, kwargs)
    shown = growth

    def grow(make: Callable[[], Any], share: float) -> None:
        shown.offer(lambda: described(make(), bound), share)

    return grow


def run(
    function: Callable[P, R], *args: Any, chunk_s: float | None = None, **kwargs: Any
) -> Task[R]:
    """Run an analysis in the background.

    Parameters
    ----------
    function : callable
        An analysis of this package, such as `ecg_peaks`, or one made by `piecewise`.
    *args, **kwargs
        What the function is called with: ``run(ecg_peaks, rec["ECG"], method="gqrs")``.
    chunk_s : float, optional
        Length of a piece in seconds; by default some megabytes. The result does not depend on it.

    Returns
    -------
    Task
        Started. ``task.result()`` waits for the result, ``task.cancel()`` stops it;
        ``vital_widgets.TaskView(task)`` shows its progress.

    Raises
    ------
    InvalidInputError
        The function is no analysis, or an argument cannot be used.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ecg_peaks, run
    >>> task = run(ecg_peaks, vw.sample(60)["ECG"])
    >>> len(task.result()) > 50
    True
    """
    start = getattr(function, "start", None)
    if start is None:
        name = getattr(function, "__name__", f"a {type(function).__name__}")
        raise InvalidInputError(
            f"{name} is not an analysis that can run in the background; give a function of "
            "vital_widgets.analysis, or make one of your own with piecewise"
        )
    if chunk_s is not None:
        checked_number(chunk_s, "chunk_s", 0, open_low=True, unit="s")
    return cast("Task[R]", start(args, kwargs, chunk_s))


def with_recipe_and_notes(result: R, recipe: Recipe) -> R:
    """Return a result with its recipe, and with the notes of the results it was made from."""
    notes = dict.fromkeys(result.notes)
    for name, note in recipe.inputs.items():
        if name != USABLE:  # it says where; how much of the signal is used is said by `valid`
            notes |= dict.fromkeys(passed_on(note.kept))
    return replace(result, recipe=recipe, notes=tuple(notes))


def _counting(task: Task[Any], plan: Plan[Any, Any] | Chain[Any]) -> Callable[[float, str], None]:
    """Return a report to a task that counts the bytes of the samples that are read."""
    source = plan.source if isinstance(plan, Plan) else None
    if source is None:
        return task.report
    total = source.n_samples * sum(one.dtype.itemsize for one in source.samples)

    def report(share: float, words: str) -> None:
        task.report(share, words, bytes_done=round(share * total), bytes_total=total)

    return report


def _bound(signature: inspect.Signature, args: Any, kwargs: Any) -> inspect.BoundArguments:
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return bound


def _channels(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Channel]:
    for value in (*args, *kwargs.values()):
        if isinstance(value, Channel):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (one for one in value if isinstance(one, Channel))
        elif isinstance(value, Recording):
            yield from value.channels.values()


def _reading(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[bool]:
    """Give for each channel whether its file is still being read in."""
    for channel in _channels(args, kwargs):
        yield channel.ready is not None and not channel.ready.ended


def _title(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    named = ", ".join(channel.name for channel in _channels(args, kwargs))
    return f"{name} of {named}" if named else name
