"""Cut a series where its mean or spread changes: PELT and binary segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COSTS = ("mean", "variance", "mean-variance")
PARAMETERS = {"mean": 2, "variance": 2, "mean-variance": 3}  # of a segment, its start among them
FLOOR = 1e-10  # of the variance of the whole: rounding of values makes no segment certain
NORMAL = 1.4826  # standard deviation over median absolute deviation, of a normal distribution


@dataclass(frozen=True, eq=False)
class Cost:
    """Twice the negative log likelihood of a segment under a normal model, up to a constant."""

    kind: str
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    scale: float  # noise variance for 'mean', least variance for the others

    @classmethod
    def of(cls, values: NDArray[np.float64], kind: str) -> Cost:
        """Return the costs of segments of a series without NaN."""
        x = values - values.mean()
        floor = FLOOR * float(np.var(x)) or 1e-300
        scale = floor
        if kind == "mean":
            # The noise from differences of neighbours, which changes of level hardly touch.
            steps = np.diff(x)
            noise = NORMAL * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
            scale = max(noise**2, floor)
        sums = np.concatenate([[0.0], np.cumsum(x)])
        return cls(kind, sums, np.concatenate([[0.0], np.cumsum(x * x)]), scale)

    def __call__(self, start: Any, stop: Any) -> Any:
        """Return the cost of ``start <= i < stop``, of arrays too."""
        n = stop - start
        square = self.squares[stop] - self.squares[start]
        if self.kind != "variance":
            total = self.sums[stop] - self.sums[start]
            square = square - total * total / n
        if self.kind == "mean":
            return np.maximum(square, 0) / self.scale
        return n * np.log(np.maximum(square / n, self.scale))


def pelt(cost: Cost, n: int, penalty: float, least: int) -> list[int]:
    """Return the best cuts of ``n`` values, exactly (Killick, Fearnhead and Eckley 2012).

    ``least`` is the length of the shortest segment. Where changes are many, it takes a time in
    proportion to ``n``; without any, to its square.
    """
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, np.int64)
    candidates = np.zeros(0, np.int64)
    # A cut that is beaten at t is beaten at all ends that t can be a cut for: from t + least on.
    ends = np.zeros(0, np.int64)
    for t in range(least, n + 1):
        new = t - least
        if new == 0 or new >= least:
            candidates = np.append(candidates, new)
            ends = np.append(ends, n + least + 1)
        kept = ends > t
        if not kept.all():
            candidates, ends = candidates[kept], ends[kept]
        totals = best[candidates] + cost(candidates, t)
        k = int(np.argmin(totals))
        best[t] = totals[k] + penalty
        last[t] = candidates[k]
        beaten = (totals > best[t]) & (ends > n)
        ends[beaten] = t + least
    cuts = []
    t = n
    while t > 0:
        t = int(last[t])
        if t > 0:
            cuts.append(t)
    return cuts[::-1]


def binary_segmentation(cost: Cost, n: int, penalty: float, least: int) -> list[int]:
    """Return cuts found one by one, each the best of its stretch (Scott and Knott 1974)."""
    cuts = []
    todo = [(0, n)]
    while todo:
        a, b = todo.pop()
        if b - a < 2 * least:
            continue
        at = np.arange(a + least, b - least + 1)
        gain = cost(a, b) - cost(np.full(len(at), a), at) - cost(at, np.full(len(at), b))
        k = int(np.argmax(gain))
        if gain[k] > penalty:
            cut = int(at[k])
            cuts.append(cut)
            todo += [(a, cut), (cut, b)]
    return sorted(cuts)
