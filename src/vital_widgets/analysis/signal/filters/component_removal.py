"""Remove components that were learned from a part of a recording from all of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import (
    Filtered,
    SamplePlan,
    filtered,
    one_after_another,
)
from vital_widgets.analysis.engine.source import SignalsLike, signals_of
from vital_widgets.analysis.signal.filters.components import Components
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Extent, Piece
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.filters.components import ComponentsLike


@dataclass(frozen=True, kw_only=True, eq=False)
class Unmixed(Filtered):
    """Channels without some components; ``values`` has the shape (channels, n)."""

    def times(self) -> NDArray[np.float64]:
        """Return the time of each sample in seconds, shape (n,)."""
        return self.extent.timebase.times(0, self.values.shape[-1])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample: time (s) and each channel."""
        import pandas as pd

        columns = {f"channel {k}": row for k, row in enumerate(self.values)}
        return pd.DataFrame({"time": self.times(), **columns})

    def facts(self) -> list[tuple[str, str]]:
        """Return the method and the number of samples."""
        channels, n = self.values.shape
        return [("method", self.method), ("samples", f"{channels} x {n:,} at {self.fs:g} Hz")]


@analysis
def without_components(
    x: SignalsLike,
    fs: float | None = None,
    *,
    components: ComponentsLike,
    drop: Sequence[int] = (),
    usable: UsableLike = None,
) -> SamplePlan:
    """Remove components from all of a recording that were learned from a part of it.

    To store the result on disk: ``store(without_components, [rec["a"], rec["b"]],
    components=..., drop=[0])``.

    Parameters
    ----------
    x : array-like of float, shape (channels, n), list of Channel, or Recording
        The channels that the components were learned from, in that order; NaN marks missing
        samples.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channels' own for channels.
    components : Components
        Result of `remove_components`.
    drop : sequence of int
        Components to remove; none by default.
    usable : UsableLike, optional
        Where the signals may be used; everywhere by default.

    Returns
    -------
    Unmixed
        NaN where any channel has no number. The same in pieces of any length.

    Raises
    ------
    InvalidInputError
        ``components`` are of another number of channels or another sampling rate, or ``drop``
        names one that does not exist.

    Notes
    -----
    As of `remove_components`.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import remove_components, without_components
    >>> t = np.arange(2000) / 100
    >>> x = np.stack([np.sin(20 * t) + t % 1, np.sin(20 * t) - t % 1])
    >>> learned = remove_components(x[:, :1000], 100, method="pca")
    >>> without_components(x, 100, components=learned, drop=[1]).values.shape
    (2, 2000)
    """
    signals = signals_of(x, fs, usable)
    if not isinstance(components, Components):
        raise InvalidInputError(
            f"components is {type(components).__name__}; give the result of remove_components"
        )
    if not components.enough:
        raise InvalidInputError(f"no components were found ({components.notes[0]})")
    if abs(components.fs - signals.fs) > 1e-9 * signals.fs:
        raise InvalidInputError(
            f"the components are of signals with {components.fs:g} Hz, not {signals.fs:g} Hz"
        )
    if len(signals.samples) != len(components.mixing):
        raise InvalidInputError(
            f"the components are of {len(components.mixing)} channels, not of "
            f"{len(signals.samples)}; give the channels that they were learned from, in that order"
        )
    kept = components.kept(drop)
    matrix = (components.mixing * kept) @ components.unmixing
    offset = components.mean - matrix @ components.mean
    removed = ", ".join(str(k) for k in np.flatnonzero(kept == 0)) or "none"
    method = f"{components.method.upper()}, without components {removed}"
    return SamplePlan(
        functools.partial(unmixed_core, matrix=matrix, offset=offset),
        functools.partial(join_unmixed, method=method),
        source=signals,
    )


def unmixed_core(
    piece: Piece, matrix: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the core of all channels without some components; NaN where one has no number."""
    values = piece.core_values
    out = np.empty(values.shape)
    for k, row in enumerate(matrix):  # row by row, so that temporary arrays stay small
        out[k] = row @ values + offset[k]
    out[:, ~np.isfinite(values).all(axis=0)] = np.nan
    return out


def join_unmixed(
    partials: Sequence[NDArray[np.float64]], extent: Extent, *, method: str
) -> Unmixed:
    """Join the pieces."""
    values = one_after_another(partials) if partials else np.empty((0, 0))
    return Unmixed(**filtered(values, extent, method).__dict__)
