"""Cut a series where its mean or spread changes: PELT and binary segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COSTS = ("mean", "variance", "mean-variance")
PARAMETERS = {"mean": 2, "variance": 2, "mean-variance": 3}  # of a segment, its start included
FLOOR = 1e-10  # of the total variance: rounding errors must not make a segment certain
NORMAL = 1.4826  # standard deviation / median absolute deviation, of a normal distribution


@dataclass(frozen=True, eq=False)
class Cost:
    """Twice the negative log likelihood of a segment under a normal model, up to a constant."""

    kind: str
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    scale: float  # noise variance for 'mean', smallest variance for the others

    @classmethod
    def of(cls, values: NDArray[np.float64], kind: str) -> Cost:
        """Return the costs of segments of a series without NaN."""
        x = values - values.mean()
        scale = FLOOR * float(np.var(x)) or 1e-300
        if kind == "mean":
            # Noise from differences of neighbours, which changes of level hardly affect.
            steps = np.diff(x)
            noise = NORMAL * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
            scale = max(noise**2, scale)
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


def pelt(cost: Cost, n: int, penalty: float, min_size: int) -> list[int]:
    """Return the optimal cuts of ``n`` values (Killick, Fearnhead and Eckley 2012).

    ``min_size`` is the length of the shortest segment. The time is proportional to ``n`` where
    changes are many, and to its square where there are none.
    """
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, np.int64)
    candidates = np.zeros(0, np.int64)
    # A cut beaten at t is beaten at all ends that t can be a cut for: from t + min_size on.
    ends = np.zeros(0, np.int64)
    for t in range(min_size, n + 1):
        new = t - min_size
        if new == 0 or new >= min_size:
            candidates = np.append(candidates, new)
            ends = np.append(ends, n + min_size + 1)
        kept = ends > t
        if not kept.all():
            candidates, ends = candidates[kept], ends[kept]
        totals = best[candidates] + cost(candidates, t)
        k = int(np.argmin(totals))
        best[t] = totals[k] + penalty
        last[t] = candidates[k]
        ends[(totals > best[t]) & (ends > n)] = t + min_size
    cuts = []
    t = int(last[n])
    while t > 0:
        cuts.append(t)
        t = int(last[t])
    return cuts[::-1]


def binary_segmentation(cost: Cost, n: int, penalty: float, min_size: int) -> list[int]:
    """Return cuts found one by one, each the best of its stretch (Scott and Knott 1974)."""
    cuts = []
    stretches = [(0, n)]
    while stretches:
        a, b = stretches.pop()
        if b - a < 2 * min_size:
            continue
        at = np.arange(a + min_size, b - min_size + 1)
        gain = cost(a, b) - cost(np.full(len(at), a), at) - cost(at, np.full(len(at), b))
        k = int(np.argmax(gain))
        if gain[k] > penalty:
            cuts.append(int(at[k]))
            stretches += [(a, cuts[-1]), (cuts[-1], b)]
    return sorted(cuts)
