"""Take components that were learnt from a part out of a whole recording."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import Filtered, SamplePlan, filtered
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_fs, checked_signal
from vital_widgets.analysis.signal.filters.components import Components
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Extent, Piece

CHUNK = 1 << 18


@dataclass(frozen=True, kw_only=True, eq=False)
class Unmixed(Filtered):
    """Channels without some components; ``values`` has the shape (channels, n)."""

    def times(self) -> NDArray[np.float64]:
        """Return the time of each sample in seconds, shape (n,)."""
        return self.extent.timebase.times(0, self.values.shape[-1])

    def to_frame(self) -> pd.DataFrame:
        """Return a row a sample: time (s) and each channel."""
        import pandas as pd

        columns = {f"channel {k}": row for k, row in enumerate(self.values)}
        return pd.DataFrame({"time": self.times(), **columns})

    def facts(self) -> list[tuple[str, str]]:
        """Return what was done and how much there is."""
        channels, n = self.values.shape
        return [("done", self.method), ("samples", f"{channels} x {n:,} at {self.fs:g} Hz")]


def unmixed_core(
    piece: Piece, matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the core of all channels without what was dropped; NaN where one has none."""
    values = piece.core_values
    if len(values) != len(matrix):
        raise InvalidInputError(
            f"the components are of {len(matrix)} channels, not of {len(values)}; give the "
            "channels that they were learnt from, in that order"
        )
    out = np.empty(values.shape)
    for k, row in enumerate(matrix):  # a row at a time: temporaries stay small
        out[k] = row @ values + offset[k]
    out[:, ~np.isfinite(values).all(axis=0)] = np.nan
    return out


def join_unmixed(
    partials: Sequence[NDArray[np.float64]], extent: Extent, *, method: str
) -> Unmixed:
    """Put the pieces one after another."""
    values = np.concatenate(partials, axis=1) if partials else np.empty((0, 0))
    plain = filtered(values, extent, method)
    return Unmixed(**plain.__dict__)


def plan_without_components(
    fs: float, *, components: Components, drop: Sequence[int] = ()
) -> SamplePlan:
    """Return how components are taken out of a recording."""
    rate = checked_fs(fs)
    if not isinstance(components, Components):
        raise InvalidInputError(
            f"components={type(components).__name__}: give the result of remove_components"
        )
    if not components.enough:
        raise InvalidInputError(f"the components were not found ({components.notes[0]})")
    if abs(components.fs - rate) > 1e-9 * rate:
        raise InvalidInputError(
            f"the components are of signals with {components.fs:g} Hz, not {rate:g} Hz"
        )
    kept = components.kept(drop)
    matrix = (components.mixing * kept) @ components.unmixing
    offset = components.mean - matrix @ components.mean
    gone = ", ".join(str(k) for k in np.flatnonzero(kept == 0)) or "none"
    words = f"{components.method.upper()}, without components {gone}"
    return SamplePlan(
        functools.partial(unmixed_core, matrix=matrix, offset=offset),
        functools.partial(join_unmixed, method=words),
        stacked=True,
    )


@chunked(plan_without_components)
@with_recipe("values", "components")
def without_components(
    values: Any,
    fs: float,
    *,
    components: Components,
    drop: Sequence[int] = (),
    usable: Any = None,
) -> Unmixed:
    """Take components that were learnt from a part of the signals out of all of them.

    Over whole recordings: ``process_recording(without_components, [rec["a"], rec["b"]],
    components=..., drop=[0])``.

    Parameters
    ----------
    values : array-like of float, shape (channels, n)
        The channels that the components were learnt from, in that order; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    components : Components
        The result of `remove_components`.
    drop : sequence of int
        Which to take out.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signals may be used.

    Returns
    -------
    Unmixed
        NaN where one of the channels has no number. In pieces of any length the same.
    """
    rate = checked_fs(fs)
    plan = plan_without_components(rate, components=components, drop=drop)
    rows = only_usable(checked_signal(values, ndim=2), usable, rate)
    result = run_on_array(plan, rows, rate, chunk_samples=CHUNK)
    assert isinstance(result, Unmixed)
    return result
