"""How an analysis is cut into pieces that give the same result however they are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from vital_widgets.analysis.engine.validity import ValidSignal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.core.timebase import TimeBase

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Piece:
    """What a plan's work gets: some samples of one run, with their surroundings.

    Attributes
    ----------
    values : ndarray of float64, shape (n,), or (channels, n) for plans over several channels
        Physical values, NaN where there are none or where they may not be used. Not to be
        written to.
    core : slice
        The part of them that this piece answers for; the rest is context. The cores of all
        pieces cover each sample once.
    first : int
        Index in the channel of the first sample of ``values``.
    run_start : int
        Index in the channel of the first sample of the run (a stretch recorded without a gap).
    run_stop : int
        Index after its last sample.
    fs : float
        Sampling rate in Hz.
    """

    values: NDArray[np.float64]
    core: slice
    first: int
    run_start: int
    run_stop: int
    fs: float

    @property
    def core_first(self) -> int:
        """Index in the channel of the first sample of the core."""
        return self.first + int(self.core.start)

    @property
    def core_stop(self) -> int:
        """Index in the channel after the last sample of the core."""
        return self.first + int(self.core.stop)

    @property
    def core_values(self) -> NDArray[np.float64]:
        """The samples of the core."""
        return self.values[..., self.core]

    def blocks(self, block: int, before: int, after: int) -> Iterator[tuple[int, int, int, int]]:
        """Give ``(first, stop, lo, hi)`` of each block of the core, by index in ``values``.

        The plan's ``grid`` is ``block``; ``values[lo:hi]`` is the block with its context.
        """
        core_stop, n = int(self.core.stop), self.values.shape[-1]
        for first in range(int(self.core.start), core_stop, block):
            stop = min(first + block, core_stop)
            yield first, stop, max(first - before, 0), min(stop + after, n)

    @property
    def at_start(self) -> bool:
        """Whether the run begins with ``values``: there is nothing before."""
        return self.first == self.run_start

    @property
    def at_end(self) -> bool:
        """Whether the run ends with ``values``: there is nothing after."""
        return bool(self.first + self.values.shape[-1] == self.run_stop)


@dataclass(frozen=True, eq=False)
class Extent:
    """What the pieces covered together.

    Attributes
    ----------
    timebase : TimeBase
        Times of the samples.
    stretches : ndarray of int64, shape (k, 2)
        Sample ranges ``[i0, i1)`` that exist and are numbers, cut at gaps, in order.
    """

    timebase: TimeBase
    stretches: NDArray[np.int64]

    @property
    def fs(self) -> float:
        """Sampling rate in Hz."""
        return self.timebase.fs

    @property
    def valid(self) -> ValidSignal:
        """How much of the time was valid signal."""
        n_valid = int(np.sum(self.stretches[:, 1] - self.stretches[:, 0]))
        base = self.timebase
        given = base.end - base.start if base.n_samples else 0.0
        return ValidSignal(n_valid / base.fs, given)

    def times(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the times in seconds of samples (by index)."""
        return self.timebase.times_of(samples)

    def stretch_of(self, samples: NDArray[np.int64], bridge: float = 0.0) -> NDArray[np.int64]:
        """Return for rising samples the number of the stretch each lies in.

        Parameters
        ----------
        samples : ndarray of int64, shape (n,)
            Indices of valid samples.
        bridge : float
            A hole up to so many seconds does not end a stretch (it is too short to hide a beat).
        """
        if not len(self.stretches):
            return np.zeros(len(samples), np.int64)
        base = self.timebase
        ends = self.times(self.stretches[:, 1] - 1) + 1 / base.fs
        holes = self.times(self.stretches[1:, 0]) - ends[:-1]
        number = np.concatenate([[0], np.cumsum(holes > bridge)])
        k = np.searchsorted(self.stretches[:, 0], samples, side="right") - 1
        return np.asarray(number[np.maximum(k, 0)], np.int64)


class Collector(Generic[P]):
    """Keeps the partials of a plan in order, until they are joined."""

    def __init__(self) -> None:
        self.partials: list[P] = []

    def add(self, core_first: int, partial: P) -> None:
        """Keep the partial of the core that begins at sample ``core_first``."""
        del core_first
        self.partials.append(partial)


@dataclass(frozen=True, eq=False)
class Plan(Generic[P, R]):
    """An analysis in pieces.

    The contract: the result must not depend on where the pieces are cut, to the tolerance that
    the function states. So ``work`` must decide about its core from at most ``before`` samples
    before and ``after`` samples after it, or on blocks of ``grid`` samples counted from the
    start of the run, or with ``carry`` from what it handed on itself.

    Attributes
    ----------
    work : callable
        ``work(piece) -> partial``; with ``carry``, ``work(piece, state) -> (partial, state)``
        where state is None at the start of a run. It must be picklable: a function of a module,
        or a `functools.partial` of one. It is called on several threads or processes at once.
    join : callable
        ``join(partials, extent) -> result``; partials come in order.
    before, after : int
        Samples of context each piece gets where the run has them.
    grid : int
        Pieces begin at multiples of so many samples from the start of the run.
    carry : bool
        Whether each piece needs what the one before handed on. Then they run one after another.
    source : Source, optional
        The signals it runs over.
    """

    work: Callable[..., Any]
    join: Callable[[Sequence[P], Extent], R]
    before: int = 0
    after: int = 0
    grid: int = 1
    carry: bool = False
    source: Source | None = None

    @property
    def stacked(self) -> bool:
        """Whether it takes several signals at once, as values of shape (channels, n)."""
        return self.source is not None and self.source.several

    def collector(self, n_samples: int) -> Collector[P]:
        """Return what keeps the partials of a run over ``n_samples`` samples."""
        del n_samples
        return Collector()


@dataclass(frozen=True, eq=False)
class Chain(Generic[R]):
    """An analysis that needs the results of others, such as the beats of its signal.

    Attributes
    ----------
    first : tuple of Plan or Chain
        What is computed first.
    then : callable
        ``then(*results) -> plan, chain or result``
    """

    first: tuple[Plan[Any, Any] | Chain[Any], ...]
    then: Callable[..., Plan[Any, R] | Chain[R] | R]


def joined(parts: Sequence[Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Return the columns of one or more parts, each joined in order."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def pieces_of(
    plan: Plan[Any, Any], run_start: int, run_stop: int, step: int
) -> list[tuple[int, int, int, int]]:
    """Return the cuts of one run: ``(first, core_first, core_stop, stop)``, by sample index.

    ``step`` is the length wanted of a core; it is rounded up to whole grid blocks.
    """
    step = -(-max(step, 1) // plan.grid) * plan.grid
    cuts = []
    for core_first in range(run_start, run_stop, step):
        core_stop = min(core_first + step, run_stop)
        first = max(core_first - plan.before, run_start)
        cuts.append((first, core_first, core_stop, min(core_stop + plan.after, run_stop)))
    return cuts
