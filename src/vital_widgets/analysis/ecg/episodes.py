"""Episodes of beats: what those of the rhythm and those of the ST segment have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Episodes(Result, given=("onset", "end")):
    """Episodes in order of their onset."""

    kind: NDArray[Any]
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    n_beats: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of episodes."""
        return len(self.onset)

    def annotations(self, channel: str = "") -> Annotations:
        """Return an annotation per episode that names its kind."""
        channels = [channel] * len(self)
        return Annotations(self.onset, list(self.kind), self.end - self.onset, channels)


def smoothed(values: NDArray[np.float64], group: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the running median of ``n`` values within each group, of fewer at its ends."""
    import pandas as pd

    parts = pd.Series(values).groupby(group, sort=False)
    smooth = parts.rolling(n, center=True, min_periods=1).median()
    return np.asarray(smooth.reset_index(level=0, drop=True).sort_index(), np.float64)


def runs_of(inside: NDArray[np.bool_], group: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return runs ``[a, b)`` of true values within one group."""
    edges = np.flatnonzero(np.diff(np.where(inside, group + 1, 0), prepend=0, append=0))
    runs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    return [(a, b) for a, b in runs if inside[a]]
