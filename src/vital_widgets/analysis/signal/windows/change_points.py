"""Where a signal changes for good: its level, its spread, or any statistic of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    checked_number,
    not_enough,
)
from vital_widgets.analysis.signal.statistics.chance import NORMAL_MAD
from vital_widgets.analysis.signal.windows.window_statistics import window_grid
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.windows.window_statistics import Table

METHODS = ("pelt", "binary")
COSTS = ("mean", "variance", "mean-variance")
PARAMETERS = {"mean": 2, "variance": 2, "mean-variance": 3}  # of a segment, its start included
FLOOR = 1e-10  # of the total variance: rounding errors must not make a segment certain
MAX_PELT = 50_000  # windows; the time of PELT may grow with their square
MIN_WINDOWS = 6
CHANGES = ("mean_before", "mean_after", "sd_before", "sd_after")


@dataclass(frozen=True, kw_only=True, eq=False)
class ChangePoints(
    Result,
    given=("times", "penalty", "window_times", "window_values"),
    columns={"time": "times", **{name: name for name in CHANGES}},
):
    """Times at which a statistic of the windows changed.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds: the start of the first window after the change.
    mean_before, mean_after : ndarray of float64, shape (n,)
        Mean of the statistic over the segment before and after.
    sd_before, sd_after : ndarray of float64, shape (n,)
        Its standard deviation there.
    statistic, cost, method : str
        As given.
    penalty : float
        What a further change had to gain.
    window_times, window_values : ndarray of float64, shape (k,)
        Start of each window in seconds, and the statistic.
    """

    times: NDArray[np.float64]
    mean_before: NDArray[np.float64]
    mean_after: NDArray[np.float64]
    sd_before: NDArray[np.float64]
    sd_after: NDArray[np.float64]
    statistic: str
    cost: str
    method: str
    penalty: float
    window_times: NDArray[np.float64]
    window_values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.times)

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each change, with its size."""
        texts = [
            f"change: {self.statistic} {a:.4g} (sd {sa:.3g}) to {b:.4g} (sd {sb:.3g})"
            for a, b, sa, sb in zip(*(getattr(self, name) for name in CHANGES), strict=True)
        ]
        return Annotations(self.times, texts, channel=[channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("changes", f"{len(self):,} in the {self.cost} of the windows' {self.statistic}"),
            ("method", f"{self.method}, penalty {self.penalty:.4g}"),
            ("windows", f"{len(self.window_times):,}"),
        ]


@analysis
def change_points(
    x: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = 10.0,
    statistic: str = "mean",
    cost: str = "mean-variance",
    penalty: str | float = "bic",
    min_windows: int = 3,
    method: str = "pelt",
    usable: UsableLike = None,
) -> Plan[Table, ChangePoints]:
    """Find where a signal changes, from a statistic of successive windows.

    Parameters
    ----------
    x, fs, window_s, usable
        As for `window_statistics`. Windows with less than half of their samples valid are gaps;
        no change is found across a gap.
    statistic : str
        Any single statistic of `window_statistics`: 'mean', 'sd', 'rms', 'line_length' ...
    cost : {'mean', 'variance', 'mean-variance'}
        Property of the series of the statistic that changes, under a normal distribution: its
        mean (with constant noise, estimated from differences of neighbours), its variance (about
        the mean of the whole stretch), or both.
    penalty : 'bic' or float
        What a further change must gain in twice the log likelihood. 'bic' is the Bayesian
        information criterion: p ln(n) with n windows and p = 2 more parameters (3 for
        'mean-variance'). It assumes independent windows: with slow signals, whose successive
        windows are correlated, raise it or lengthen the windows.
    min_windows : int
        Number of windows in the shortest segment, at least 1 for 'mean' and 2 otherwise; 3 by
        default, so that a single unusual window is not a segment.
    method : {'pelt', 'binary'}
        'pelt' is the exact optimum [1]_, for stretches of up to 50 000 windows; 'binary' is
        binary segmentation [2]_, for any length.

    Returns
    -------
    ChangePoints
        The changes, to the resolution of a window. The result does not depend on how the
        recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        A statistic, cost or method is unknown, or a number is out of range.

    References
    ----------
    .. [1] Killick R, Fearnhead P, Eckley IA. Optimal detection of changepoints with a linear
       computational cost. Journal of the American Statistical Association
       2012;107(500):1590-1598. doi:10.1080/01621459.2012.737745
    .. [2] Scott AJ, Knott M. A cluster analysis method for grouping means in the analysis of
       variance. Biometrics 1974;30(3):507-512. doi:10.2307/2529204

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import change_points
    >>> x = np.random.default_rng(0).normal(size=30_000)
    >>> x[15_000:] += 1
    >>> change_points(x, fs=50).times
    array([300.])
    """
    signal = signal_of(x, fs, usable)
    if not isinstance(statistic, str):
        raise InvalidInputError(f"statistic={statistic!r} is not the name of a single statistic")
    grid = window_grid(signal.fs, window_s, None, statistic)
    checked_choice(cost, "cost", COSTS)
    checked_choice(method, "method", METHODS)
    gain = None if penalty == "bic" else checked_number(penalty, "penalty", 0, open_low=True)
    size = checked_integer(min_windows, "min_windows", 1 if cost == "mean" else 2, 10**6)

    def join(partials: Sequence[Table], extent: Extent) -> ChangePoints:
        starts, table = grid.gathered(partials)
        times, points = extent.times(starts), table[:, 1]
        good = np.isfinite(points)
        n = int(np.count_nonzero(good))
        used = gain if gain is not None else PARAMETERS[cost] * math.log(max(n, 2))
        # A stretch of windows ends where one is missing, or where the recording has a gap.
        length = grid.length / extent.fs
        broken = (np.diff(times) > 1.5 * length) | ~good[1:] | ~good[:-1]
        number = np.cumsum(np.concatenate([[False], broken]))[: len(points)]
        found: list[list[float]] = []
        notes: list[str] = []
        for k in np.unique(number[good]) if n >= MIN_WINDOWS else ():
            at = good & (number == k)
            n_windows = int(np.count_nonzero(at))
            if n_windows < max(2 * size, MIN_WINDOWS) or np.ptp(points[at]) == 0:
                continue
            find = pelt if method == "pelt" and n_windows <= MAX_PELT else binary_segmentation
            if method == "pelt" and find is not pelt:
                long = f"a stretch of {n_windows} windows is too long for pelt"
                notes.append(f"binary segmentation was used: {long}")
            cuts = find(Cost.of(points[at], cost), n_windows, used, size)
            parts = [points[at][a:b] for a, b in pairwise([0, *cuts, n_windows])]
            found += [
                [times[at][cut], a.mean(), b.mean(), a.std(), b.std()]
                for cut, (a, b) in zip(cuts, pairwise(parts), strict=True)
            ]
        if n < MIN_WINDOWS:
            notes = [not_enough(f"{n} valid windows of {length:g} s; {MIN_WINDOWS} are needed")]
        columns = np.array(found).reshape(-1, 1 + len(CHANGES)).T
        changes: dict[str, Any] = dict(zip(CHANGES, columns[1:], strict=True))
        return ChangePoints(
            **changes, times=columns[0], statistic=statistic,
            cost=cost, method=method, penalty=used, window_times=times, window_values=points,
            valid=extent.valid, notes=tuple(dict.fromkeys(notes)),
        )  # fmt: skip

    return Plan(grid.work, join, after=grid.length, source=signal)


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
            noise = NORMAL_MAD * float(np.median(np.abs(steps - np.median(steps)))) / np.sqrt(2)
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
