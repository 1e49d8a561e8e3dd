"""Analyses that give one value for each sample: their result and their plans."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.plan import Collector, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import finite_stretches, not_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.core.channel import Channel


@dataclass(frozen=True, kw_only=True, eq=False)
class Filtered(Result, given=("fs",)):
    """A signal after filtering or another operation that gives a value for each sample.

    Attributes
    ----------
    values : ndarray of float64, shape (n,), or (channels, n)
        One value for each sample, in the units of the signal; NaN where a sample was missing.
    fs : float
        Sampling rate in Hz.
    method : str
        Description of the operation.
    extent : Extent
        Times of the samples, and where there was signal.
    units : str
        Units of the values; '' if those of the signal are not known.
    """

    values: NDArray[np.float64]
    fs: float
    method: str
    extent: Extent
    units: str = ""

    def times(self) -> NDArray[np.float64]:
        """Return the time of each sample in seconds, shape (n,); gaps are jumps."""
        return self.extent.timebase.times(0, self.values.shape[-1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample: time (s) and value, or the value of each channel."""
        import pandas as pd

        columns = {"value": self.values}
        if self.values.ndim > 1:
            columns = {f"channel {k}": row for k, row in enumerate(self.values)}
        return pd.DataFrame({"time": self.times(), **columns})

    def _facts(self) -> list[tuple[str, str]]:
        *channels, n = self.values.shape
        samples = f"{channels[0]} x {n:,}" if channels else f"{n:,}"
        units = f", {self.units}" if self.units else ""
        return [("method", self.method), ("samples", f"{samples} at {self.fs:g} Hz{units}")]


def join_samples(
    partials: Sequence[NDArray[np.float64]],
    extent: Extent,
    *,
    method: str,
    units: str = "",
    notes: tuple[str, ...] = (),
) -> Filtered:
    """Join the pieces."""
    return replace(filtered(one_after_another(partials), extent, method, notes), units=units)


def one_after_another(partials: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the pieces, one value or one column a sample, in one array."""
    if len(partials) == 1:
        return partials[0]
    return np.concatenate(partials, axis=-1) if partials else np.empty(0)


def filtered(
    values: NDArray[np.float64], extent: Extent, method: str, notes: tuple[str, ...] = ()
) -> Filtered:
    """Return a result, with a note where there was no signal."""
    if not len(extent.stretches):
        notes = (*notes, not_enough("no sample is a number"))
    return Filtered(
        values=values, fs=extent.fs, method=method, extent=extent, valid=extent.valid, notes=notes
    )


class SampleCollector(Collector["NDArray[np.float64]"]):
    """Puts each piece into its place in the result, so that samples are not held twice."""

    def __init__(self, n_samples: int) -> None:
        super().__init__()
        self._n_samples = n_samples

    def add(self, core_first: int, partial: NDArray[np.float64]) -> None:
        """Put the samples of a core into the result."""
        if not self.partials:
            self.partials = [np.empty((*partial.shape[:-1], self._n_samples))]
        self.partials[0][..., core_first : core_first + partial.shape[-1]] = partial


@dataclass(frozen=True, eq=False)
class SamplePlan(Plan["NDArray[np.float64]", Filtered]):
    """A plan whose work gives one value for each sample of the core of a piece.

    Attributes
    ----------
    vectorized : bool
        Whether ``work`` also takes values of shape (channels, n) without NaN, and treats each row
        by itself.
    local : callable, optional
        Returns the same plan without ``carry``, from context: for reading any stretch by itself.
    per : str
        What follows the units of the signal in those of the result, such as '/s' of a derivative.
    """

    vectorized: bool = False
    per: str = ""
    local: Callable[[], SamplePlan] | None = None

    def collector(self, n_samples: int) -> Collector[NDArray[np.float64]]:
        """Return what puts the pieces into one array."""
        return SampleCollector(n_samples)

    @property
    def method(self) -> str:
        """Description of the operation."""
        words: str = self.join.keywords["method"]  # type: ignore[attr-defined]
        return words

    def units_of(self, channel: Channel) -> str:
        """Return the units of the result for a channel."""
        return f"{channel.units}{self.per}" if channel.units else ""


def sample_plan(
    work: Callable[..., Any],
    method: str,
    *,
    before: int = 0,
    after: int = 0,
    grid: int = 1,
    carry: bool = False,
    vectorized: bool = False,
    source: Source | None = None,
    local: Callable[[], SamplePlan] | None = None,
    notes: tuple[str, ...] = (),
    per: str = "",
) -> SamplePlan:
    """Return a plan whose work gives one value for each sample of the core of a piece."""
    known = source is not None and not source.several and source.units[0]
    units = f"{known}{per}" if known else ""
    join = functools.partial(join_samples, method=method, units=units, notes=notes)
    return SamplePlan(
        work, join, before=before, after=after, grid=grid, carry=carry, source=source,
        vectorized=vectorized, local=local, per=per,
    )  # fmt: skip


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
                piece.values[..., a:b],
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
    *,
    vectorized: bool = False,
    per: str = "",
) -> SamplePlan:
    """Return the plan of a function of whole stretches that decides within ``reach`` samples."""
    work = functools.partial(each_stretch, function=function)
    return sample_plan(
        work, method, before=reach, after=reach, vectorized=vectorized, source=source, per=per
    )


def each_stretch(
    piece: Piece, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the core of a piece after ``function`` of each stretch of numbers."""
    stretches = stretches_of(piece)
    n = piece.core.stop - piece.core.start
    if len(stretches) == 1 and stretches[0].into == slice(0, n):
        return function(stretches[0].values)[..., stretches[0].keep]
    out = empty_core(piece)
    for stretch in stretches:
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
    return np.full(piece.core_values.shape, np.nan)
