"""A signal in, a signal out: the result, and how such functions run on arrays and in pieces."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.plan import Collector, Extent, Piece, Plan, pieces_of
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import finite_stretches, not_enough
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.core.timebase import TimeBase

ARRAY_CHUNK = 1 << 19  # samples: pieces of an array stay in the processor's cache
TIMES_CONTEXT = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Filtered(Result, given=("fs",)):
    """A signal after something was done to each sample.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        One value for each sample given, in the unit of the signal; NaN where there was none.
    fs : float
        Sampling rate in Hz.
    method : str
        What was done, in words.
    extent : Extent
        The times of the samples, and where there was signal.
    """

    values: NDArray[np.float64]
    fs: float
    method: str
    extent: Extent

    def times(self) -> NDArray[np.float64]:
        """Return the time of each sample in seconds, shape (n,); gaps are jumps."""
        return self.extent.timebase.times(0, len(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return a row a sample: time (s) and value."""
        import pandas as pd

        return pd.DataFrame({"time": self.times(), "value": self.values})

    def facts(self) -> list[tuple[str, str]]:
        """Return what was done and how many samples there are."""
        return [("done", self.method), ("samples", f"{len(self.values):,} at {self.fs:g} Hz")]


def join_samples(
    partials: Sequence[NDArray[np.float64]], extent: Extent, *, method: str
) -> Filtered:
    """Put the pieces one after another."""
    return filtered(one_after_another(partials), extent, method)


def one_after_another(partials: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the pieces in one array; of a list each is let go, so that they are not held twice."""
    if len(partials) == 1:
        return partials[0]
    out = np.empty(sum(len(part) for part in partials))
    at = 0
    for k, part in enumerate(partials):
        out[at : at + len(part)] = part
        at += len(part)
        if isinstance(partials, list):
            partials[k] = out[:0]
    return out


def filtered(values: NDArray[np.float64], extent: Extent, method: str) -> Filtered:
    """Return a result that says where there was no signal at all."""
    notes = () if len(extent.stretches) else (not_enough("no sample is a number"),)
    return Filtered(
        values=values, fs=extent.fs, method=method, extent=extent, valid=extent.valid, notes=notes
    )


class SampleCollector(Collector["NDArray[np.float64]"]):
    """Puts each piece where it belongs in the result, so that samples are not held twice."""

    def __init__(self, n_samples: int) -> None:
        super().__init__()
        self.partials = [np.empty(n_samples)]

    def add(self, core_first: int, partial: NDArray[np.float64]) -> None:
        """Put the samples of a core into the result."""
        self.partials[0][core_first : core_first + len(partial)] = partial


@dataclass(frozen=True, eq=False)
class SamplePlan(Plan["NDArray[np.float64]", Filtered]):
    """A plan whose work gives one value for each sample of the core of a piece.

    Attributes
    ----------
    local : callable, optional
        Returns the same plan without ``carry``, from context: for reading any stretch by itself.
    """

    local: Callable[[], SamplePlan] | None = None

    def collector(self, n_samples: int) -> Collector[NDArray[np.float64]]:
        """Return what puts the pieces into one array."""
        return SampleCollector(n_samples)

    @property
    def method(self) -> str:
        """What is done, in words."""
        words: str = self.join.keywords["method"]  # type: ignore[attr-defined]
        return words


def sample_plan(
    work: Callable[..., Any],
    method: str,
    *,
    before: int = 0,
    after: int = 0,
    grid: int = 1,
    carry: bool = False,
    source: Source | None = None,
    local: Callable[[], SamplePlan] | None = None,
) -> SamplePlan:
    """Return a plan whose work gives one value for each sample of the core of a piece."""
    join = functools.partial(join_samples, method=method)
    return SamplePlan(
        work, join, before=before, after=after, grid=grid, carry=carry, source=source,
        stacked=source is not None and source.several, local=local,
    )  # fmt: skip


def plan_of_samples(
    function: Callable[..., Any], timebase: TimeBase, parameters: Mapping[str, Any]
) -> SamplePlan | None:
    """Return the plan of a public function; None if it does not give one value for each sample."""
    planned = getattr(function, "__plan__", None)
    if planned is None:
        return None
    timed = "timebase" in inspect.signature(planned).parameters
    known = {"timebase": timebase} if timed else {}
    try:
        inspect.signature(planned).bind(timebase.fs, **known, **parameters)
    except TypeError as error:
        raise InvalidInputError(
            f"{function.__name__} over channels: {error}; give its parameters by name, without "
            "samples and fs, which are the channels' own"
        ) from None
    plan = planned(timebase.fs, **known, **parameters)
    return plan if isinstance(plan, SamplePlan) else None


def run_samples(plan: SamplePlan, values: NDArray[np.float64], fs: float) -> Filtered:
    """Run a sample plan over an array, straight into the result; as `run_on_array`, but lean."""
    out = np.empty(len(values))
    step = max(ARRAY_CHUNK, TIMES_CONTEXT * (plan.before + plan.after))
    state: Any = None
    for first, core_first, core_stop, stop in pieces_of(plan, 0, len(values), step):
        core = slice(core_first - first, core_stop - first)
        piece = Piece(values[first:stop], core, first, 0, len(values), fs)
        if plan.carry:
            out[core_first:core_stop], state = plan.work(piece, state)
        else:
            out[core_first:core_stop] = plan.work(piece)
    extent = Extent(regular(fs, len(values)), finite_stretches(values))
    result = plan.join([out[:0]], extent)
    return type(result)(**{**result.__dict__, "values": out})


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of numbers that touches the core of a piece.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        Its samples as far as the piece holds them.
    keep : slice
        Those of them that lie in the core.
    into : slice
        Where these belong in the core.
    begins, ends : bool
        Whether it really begins or ends there, and is not just cut by the piece.
    first : int
        Index in the channel of its first sample held.
    """

    values: NDArray[np.float64]
    keep: slice
    into: slice
    begins: bool
    ends: bool
    first: int


def stretches_of(piece: Piece) -> list[Stretch]:
    """Return the stretches of numbers that touch the core."""
    core = piece.core
    found = []
    n = piece.values.shape[-1]
    for a, b in finite_stretches(piece.values).tolist():
        lo, hi = max(a, core.start), min(b, core.stop)
        if lo >= hi:
            continue
        found.append(
            Stretch(
                piece.values[a:b],
                slice(lo - a, hi - a),
                slice(lo - core.start, hi - core.start),
                a > 0 or piece.at_start,
                b < n or piece.at_end,
                piece.first + a,
            )
        )
    return found


def stretch_plan(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    method: str,
    reach: int,
    source: Source | None = None,
) -> SamplePlan:
    """Return the plan of a function of whole stretches that decides within ``reach`` samples."""
    work = functools.partial(each_stretch, function=function)
    return sample_plan(work, method, before=reach, after=reach, source=source)


def each_stretch(
    piece: Piece, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the core of a piece after ``function`` of each stretch of numbers."""
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        out[stretch.into] = function(stretch.values)[stretch.keep]
    return out


def block_plan(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    method: str,
    block: int,
    margin: int,
    source: Source | None = None,
) -> SamplePlan:
    """Return the plan of a function of blocks that are fixed to the start of the run.

    ``margin`` samples around a block are given to the function and then cut off.
    """
    work = functools.partial(each_block, block=block, margin=margin, function=function)
    return sample_plan(work, method, before=margin, after=margin, grid=block, source=source)


def each_block(
    piece: Piece,
    block: int,
    margin: int,
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the core of a piece after ``function`` of each stretch of numbers in a block."""
    out = empty_core(piece)
    core = piece.core
    for start in range(core.start, core.stop, block):
        stop = min(start + block, core.stop)
        lo = max(start - margin, 0)
        values = piece.values[lo : stop + margin]
        part = replace(piece, values=values, core=slice(start - lo, stop - lo))
        out[start - core.start : stop - core.start] = each_stretch(part, function)
    return out


def empty_core(piece: Piece) -> NDArray[np.float64]:
    """Return NaN for each sample of the core."""
    return np.full(piece.core.stop - piece.core.start, np.nan)
