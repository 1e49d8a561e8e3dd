"""Run an analysis over a whole recording: in bounded memory, in the background, on Dask.

Each run of samples (a stretch recorded without a gap) is cut into pieces with the context that
the plan asks for; nothing is computed across a gap. Dask computes some pieces at a time: on its
threads, or on the cluster of an active ``dask.distributed`` Client.
"""

from __future__ import annotations

import inspect
import itertools
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from vital_widgets.analysis.plan import Extent, Piece, Plan, pieces_of
from vital_widgets.analysis.recipe import described, recipe_of
from vital_widgets.analysis.stretches import Stretches, usable_stretches
from vital_widgets.analysis.validity import checked_number, finite_stretches
from vital_widgets.core.channel import Channel
from vital_widgets.core.in_memory import DaskSamples
from vital_widgets.core.samples import ArraySamples, to_physical
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.recipe import Recipe
    from vital_widgets.core.samples import Samples
    from vital_widgets.core.timebase import TimeBase

R = TypeVar("R")
PIECE_SAMPLES = 1 << 18  # of all channels together: some MB with what is computed from them
LEAST_TIMES_CONTEXT = 8  # a core is at least so many times its context, which is computed twice
AT_ONCE = 2  # pieces handed to Dask for each thread or worker


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
    planned = getattr(function, "__plan__", None)
    if planned is None:
        raise InvalidInputError(
            f"{getattr(function, '__name__', function)!r} does not run over a recording in "
            "pieces; call it with arrays"
        )
    source = Source.of(channels, usable)
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
        partials = list(partials_of(plan, source, step, extent, task.report))
        result: R = plan.join(partials, extent.extent(source.timebase))
        return _with(result, recipe)

    return Task(work, f"{function.__name__} of {source.name}").start()


@dataclass(frozen=True, eq=False)
class Source:
    """Channels to read pieces from; picklable, and holds no recording."""

    name: str
    samples: tuple[Samples, ...]
    scales: tuple[tuple[float, float, int | None], ...]
    timebase: TimeBase
    usable: Stretches | None
    several: bool

    @classmethod
    def of(cls, channels: Channel | Sequence[Channel], usable: Any = None) -> Source:
        """Return the source of one channel, or of several with the same times."""
        several = isinstance(channels, (list, tuple))
        listed = list(cast("Sequence[Channel]", channels if several else [channels]))
        if not listed or not all(isinstance(channel, Channel) for channel in listed):
            raise InvalidInputError(
                f"channels={channels!r} is no channel; give one, such as recording['ECG'], or a "
                "list of some"
            )
        for channel in listed:
            channel.wait()
        first = listed[0].timebase
        for channel in listed[1:]:
            base = channel.timebase
            if (
                base.fs != first.fs
                or base.n_samples != first.n_samples
                or not np.array_equal(base.starts, first.starts)
                or not np.array_equal(base.onsets, first.onsets)
            ):
                raise InvalidInputError(
                    f"channels {listed[0].name!r} ({first.fs:g} Hz, {first.n_samples} samples) and "
                    f"{channel.name!r} ({base.fs:g} Hz, {base.n_samples} samples) do not have the "
                    "same times; resample one first, or analyse them one by one"
                )
        return cls(
            ", ".join(channel.name for channel in listed),
            tuple(channel.samples for channel in listed),
            tuple((channel.gain, channel.offset, channel.missing) for channel in listed),
            first,
            usable_stretches(usable),
            several,
        )

    def runs(self) -> list[tuple[int, int]]:
        """Return the runs of samples between gaps, ``(start, stop)`` by index.

        Runs that touch within half a sample have no gap between them and are one.
        """
        base = self.timebase
        if not base.n_samples:
            return []
        ends = base.onsets[:-1] + np.diff(base.starts) / base.fs
        apart = np.concatenate([[True], base.onsets[1:] - ends >= 0.5 / base.fs])
        starts = base.starts[apart].tolist()
        return list(zip(starts, [*starts[1:], base.n_samples], strict=True))

    def part(self, first: int, stop: int) -> Source:
        """Return a source that pickles small: what is in memory anyway is cut to the piece."""
        held = tuple(
            ArraySamples(one.read(first, stop))
            if isinstance(one, (ArraySamples, DaskSamples))
            else one
            for one in self.samples
        )
        return replace(self, samples=held)

    def read(self, first: int, stop: int, origin: int = 0) -> NDArray[np.float64]:
        """Return samples ``first <= i < stop``, NaN where they may not be used.

        ``origin`` is the index of the first sample that samples cut by `part` still hold.
        """
        rows = []
        for samples, (gain, offset, missing) in zip(self.samples, self.scales, strict=True):
            shift = origin if isinstance(samples, ArraySamples) else 0
            native = samples.read(first - shift, stop - shift)
            row = to_physical(native, gain, offset, missing)
            rows.append(np.asarray(row, np.float64))
        values = np.stack(rows) if self.several else rows[0]
        bad = np.isinf(values)
        if bad.any():
            values[bad] = np.nan
        if self.usable is not None:
            values = np.where(self._mask(self.usable, first, stop), values, np.nan)
        return values

    def _mask(self, usable: Stretches, first: int, stop: int) -> NDArray[np.bool_]:
        """Return which samples may be used, by their own times: runs that touch may drift."""
        base = self.timebase
        inside = base.starts[(base.starts > first) & (base.starts < stop)]
        edges = [first, *inside.tolist(), stop]
        return np.concatenate(
            [usable.mask(base.time_of(a), base.fs, b - a) for a, b in itertools.pairwise(edges)]
        )


class Covered:
    """Collects the stretches of numbers, piece by piece."""

    def __init__(self) -> None:
        self._rows: list[NDArray[np.int64]] = []

    def add(self, rows: NDArray[np.int64], run_start: int) -> None:
        """Add the stretches of one core; one that goes on from the last core is joined to it."""
        if not len(rows):
            return
        if self._rows and self._rows[-1][-1, 1] == rows[0, 0] and rows[0, 0] != run_start:
            self._rows[-1][-1, 1] = rows[0, 1]
            rows = rows[1:]
        if len(rows):
            self._rows.append(rows)

    def extent(self, timebase: TimeBase) -> Extent:
        """Return what was covered."""
        empty = np.empty((0, 2), np.int64)
        return Extent(timebase, np.concatenate(self._rows) if self._rows else empty)


def partials_of(
    plan: Plan[Any, Any],
    source: Source,
    step: int,
    covered: Covered,
    report: Callable[[float, str], None],
) -> Iterator[Any]:
    """Compute a plan piece by piece and give the partials in order.

    ``report(share, words)`` is called between batches; it raises to stop.
    """
    from dask.base import compute
    from dask.delayed import delayed

    total = max(source.timebase.n_samples, 1)
    work = delayed(_compute, pure=False)
    for run_start, run_stop in source.runs():
        cuts = pieces_of(plan, run_start, run_stop, step)
        size = 1 if plan.carry else AT_ONCE * n_workers()
        state: Any = None
        for k in range(0, len(cuts), size):
            batch = cuts[k : k + size]
            report(batch[0][1] / total, f"{source.timebase.time_of(batch[0][1]):.0f} s")
            calls = [
                work(plan, source.part(cut[0], cut[3]), cut, (run_start, run_stop), state)
                for cut in batch
            ]
            for partial, new_state, rows in compute(*calls):
                state = new_state
                covered.add(rows, run_start)
                yield partial
    report(1.0, "joining")


def n_workers() -> int:
    """Return how many pieces Dask computes at a time: threads here, or those of the cluster."""
    import dask
    from dask.base import get_scheduler

    client = getattr(get_scheduler(), "__self__", None)
    threads = getattr(client, "nthreads", None)
    if callable(threads):
        return max(int(sum(threads().values())), 1)
    return int(dask.config.get("num_workers", None) or os.cpu_count() or 1)


def _compute(
    plan: Plan[Any, Any],
    source: Source,
    cut: tuple[int, int, int, int],
    run: tuple[int, int],
    state: Any,
) -> tuple[Any, Any, NDArray[np.int64]]:
    """Read a piece and work on it, on whatever thread or machine."""
    first, core_first, core_stop, stop = cut
    values = source.read(first, stop, first)
    core = slice(core_first - first, core_stop - first)
    rows = finite_stretches(values[..., core]) + core_first
    piece = Piece(values, core, first, *run, source.timebase.fs)
    if plan.carry:
        partial, state = plan.work(piece, state)
        return partial, state, rows
    return plan.work(piece), None, rows


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
