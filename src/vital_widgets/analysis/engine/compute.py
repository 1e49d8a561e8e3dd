"""Compute a plan: piece by piece, in bounded memory, on threads or on a Dask cluster.

Each run of samples (a stretch recorded without a gap) is cut into pieces with the context that
the plan asks for; nothing is computed across a gap. Everything that runs an analysis (a call, a
task, a channel computed on reading, a store on disk) takes its pieces from here.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vital_widgets.analysis.engine.plan import Chain, Collector, Extent, Piece, Plan, pieces_of
from vital_widgets.analysis.engine.validity import checked_number, finite_stretches
from vital_widgets.core.formatting import format_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.core.timebase import TimeBase

    Call = tuple[Plan[Any, Any], Source, tuple[int, int, int, int], tuple[int, int], Any]
    Results = Generator[tuple[Any, NDArray[np.int64]], None, None]

R = TypeVar("R")
PIECE_SAMPLES = 1 << 18  # of all signals together: some MB with what is computed from them
MIN_TIMES_CONTEXT = 8  # a core is at least so many times its context, which is computed twice
AT_ONCE = 2  # pieces handed over for each thread or worker


def computed(
    plan: Plan[Any, R] | Chain[R],
    report: Callable[[float, str], None],
    chunk_s: float | None = None,
    grow: Callable[[Callable[[], R], float], None] | None = None,
) -> R:
    """Compute a plan over its source and return the result.

    Parameters
    ----------
    plan : Plan or Chain
        With its source.
    report : callable
        ``report(share, words)`` is called between pieces; it raises to stop.
    chunk_s : float, optional
        Length of a piece; by default some megabytes. The result does not depend on it.
    grow : callable, optional
        ``grow(make, share)`` is called between pieces: ``make()`` returns the result of the
        pieces so far, which are ``share`` of all samples.
    """
    if isinstance(plan, Chain):
        return _chained(plan, report, chunk_s, grow)
    source = source_of(plan)
    covered = Covered()
    step = step_of(plan, source, chunk_s)
    collected = plan.collector(source.n_samples)
    total = max(source.n_samples, 1)
    grows = type(collected) is Collector  # others need all parts, such as samples of a signal

    def so_far() -> R:
        return plan.join(collected.partials, covered.extent(source.timebase))

    for core_first, partial in partials_of(plan, source, step, covered, report):
        collected.add(core_first, partial)
        if grow is not None and grows and covered.stop < total:
            grow(so_far, covered.stop / total)
    made = plan.join(collected.partials, covered.extent(source.timebase))
    report(1.0, "")
    return made


def _chained(
    chain: Chain[R],
    report: Callable[[float, str], None],
    chunk_s: float | None,
    grow: Callable[[Callable[[], R], float], None] | None,
) -> R:
    """Compute the steps one after another, each with an equal share of the progress."""
    steps = len(chain.first) + 1

    def part(k: int) -> Callable[[float, str], None]:
        return lambda share, words: report((k + share) / steps, words)

    results = [computed(one, part(k), chunk_s) for k, one in enumerate(chain.first)]
    made = chain.then(*results)
    if isinstance(made, (Plan, Chain)):
        made = computed(made, part(steps - 1), chunk_s, grow)
    return made


def source_of(plan: Plan[Any, Any]) -> Source:
    """Return the source of a plan."""
    if plan.source is None:
        raise TypeError("a plan needs its source")
    return plan.source


def step_of(plan: Plan[Any, Any], source: Source, chunk_s: float | None = None) -> int:
    """Return the samples of a core."""
    if chunk_s is not None:
        seconds = checked_number(chunk_s, "chunk_s", 0, open_low=True, unit="s")
        return max(round(seconds * source.fs), 1)
    context = plan.before + plan.after
    return max(PIECE_SAMPLES // len(source.samples), MIN_TIMES_CONTEXT * context)


class Covered:
    """Collects the stretches of numbers, piece by piece."""

    def __init__(self) -> None:
        self._rows: list[NDArray[np.int64]] = []
        self.stop = 0  # all samples before this one were looked at

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
) -> Iterator[tuple[int, Any]]:
    """Compute a plan piece by piece; give the first sample of each core and its partial."""
    total = max(source.n_samples, 1)
    plan = replace(plan, source=None)  # what is sent to a worker holds its own samples only
    for run in source.runs():
        run_start, run_stop = run
        cuts = pieces_of(plan, run_start, run_stop, step)
        calls = ((plan, source, cut, run, None) for cut in cuts)
        one_by_one = plan.carry or (len(cuts) == 1 and not on_cluster())
        results = _one_by_one(calls) if one_by_one else _at_once(calls)
        report(run_start / total, _done(source, run_start))
        with contextlib.closing(results):
            for (_, core_first, core_stop, _), (partial, rows) in zip(cuts, results, strict=True):
                covered.add(rows, run_start)
                covered.stop = core_stop
                yield core_first, partial
                if core_stop < run_stop:
                    report(core_stop / total, _done(source, core_stop))


def _done(source: Source, n: int) -> str:
    """Return how much of a signal is analysed, in words."""
    done, of = format_duration(n / source.fs), format_duration(source.n_samples / source.fs)
    return f"{done} of {of} analysed"


def n_workers() -> int:
    """Return how many pieces are computed at a time: on threads here, or those of the cluster."""
    import dask
    from dask.base import get_scheduler

    client = getattr(get_scheduler(), "__self__", None)
    threads = getattr(client, "nthreads", None)
    if callable(threads):
        return max(int(sum(threads().values())), 1)
    return int(dask.config.get("num_workers", None) or os.cpu_count() or 1)


def on_cluster() -> bool:
    """Whether a Dask scheduler other than the threads of this process is active."""
    from dask.base import get_scheduler

    return get_scheduler() is not None


def _one_by_one(calls: Iterator[Call]) -> Results:
    """Give what `_compute` returns for each call, each with the state of the one before."""
    there = on_cluster()
    state: Any = None
    for *given, _ in calls:
        call: Call = (*given, state)
        partial, state, rows = _on_cluster([call])[0] if there else _compute(*call)
        yield partial, rows


def _at_once(calls: Iterator[Call]) -> Results:
    """Give what `_compute` returns for each call, in order, computed some at a time."""
    workers = n_workers()
    if on_cluster():
        while batch := list(itertools.islice(calls, AT_ONCE * workers)):
            for partial, _, rows in _on_cluster(batch):
                yield partial, rows
        return
    with ThreadPoolExecutor(workers, "vital-widgets-analysis") as pool:
        waiting: deque[Future[tuple[Any, Any, NDArray[np.int64]]]] = deque()
        try:
            while True:
                for call in itertools.islice(calls, AT_ONCE * workers - len(waiting)):
                    waiting.append(pool.submit(_compute, *call))
                if not waiting:
                    return
                partial, _, rows = waiting.popleft().result()
                yield partial, rows
        finally:
            for future in waiting:
                future.cancel()


def _on_cluster(calls: list[Call]) -> Any:
    """Return what `_compute` returns for each call, computed by the active Dask scheduler."""
    from dask.base import compute
    from dask.delayed import delayed

    work = delayed(_compute, pure=False)
    return compute(
        *[
            work(plan, source.part(cut[0], cut[3]), cut, run, state, cut[0])
            for plan, source, cut, run, state in calls
        ]
    )


def _compute(
    plan: Plan[Any, Any],
    source: Source,
    cut: tuple[int, int, int, int],
    run: tuple[int, int],
    state: Any,
    origin: int = 0,
) -> tuple[Any, Any, NDArray[np.int64]]:
    """Read a piece and work on it, on whatever thread or machine."""
    first, core_first, core_stop, stop = cut
    values = source.read(first, stop, origin)
    core = slice(core_first - first, core_stop - first)
    rows = finite_stretches(values[..., core]) + core_first
    piece = Piece(values, core, first, *run, source.fs)
    if plan.carry:
        partial, state = plan.work(piece, state)
        return partial, state, rows
    return plan.work(piece), None, rows
