"""Where a signal changes for good: its level, its spread, or any statistic of it."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.windows.segmentation import (
    COSTS,
    PARAMETERS,
    Cost,
    binary_segmentation,
    pelt,
)
from vital_widgets.analysis.signal.windows.window_statistics import (
    WindowGrid,
    gathered,
    window_grid,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

METHODS = ("pelt", "binary")
MOST_PELT = 50_000  # windows; above, the square of their number is too many
LEAST_WINDOWS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class ChangePoints(Result, given=("times", "penalty", "window_times", "window_values")):
    """Points in time at which a statistic of the windows changed.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds: the start of the first window after the change.
    before, after : ndarray of float64, shape (n,)
        Mean of the statistic over the segment before and after.
    sd_before, sd_after : ndarray of float64, shape (n,)
        Its standard deviation there.
    statistic : str
        What was looked at.
    cost, method : str
        What counts as a change, and how it was looked for.
    penalty : float
        What a further change had to gain.
    window_times, window_values : ndarray of float64, shape (k,)
        Start of each window in seconds, and the statistic.
    """

    times: NDArray[np.float64]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    sd_before: NDArray[np.float64]
    sd_after: NDArray[np.float64]
    statistic: str
    cost: str
    method: str
    penalty: float
    window_times: NDArray[np.float64]
    window_values: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of changes."""
        return len(self.times)

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each change, with what changed."""
        texts = [
            f"change: {self.statistic} {a:.4g} (sd {sa:.3g}) to {b:.4g} (sd {sb:.3g})"
            for a, b, sa, sb in zip(
                self.before, self.after, self.sd_before, self.sd_after, strict=True
            )
        ]
        return Annotations(self.times, texts, channel=[channel] * len(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a change: time (s), and mean and spread before and after."""
        import pandas as pd

        names = ("before", "after", "sd_before", "sd_after")
        return pd.DataFrame({"time": self.times, **{name: getattr(self, name) for name in names}})

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of changes and how they were found."""
        return [
            ("changes", f"{len(self):,} of the {self.cost} of the windows' {self.statistic}"),
            ("found by", f"{self.method}, penalty {self.penalty:.4g}"),
            ("windows", f"{len(self.window_times):,}"),
        ]


def plan_change_points(
    fs: float,
    *,
    window: float = 10.0,
    statistic: str = "mean",
    cost: str = "mean-variance",
    penalty: str | float = "bic",
    least: int = 3,
    method: str = "pelt",
) -> Plan[Any, ChangePoints]:
    """Return the plan of `change_points`."""
    if not isinstance(statistic, str):
        raise InvalidInputError(f"statistic={statistic!r}: give the name of one statistic")
    grid = window_grid(fs, window, None, statistic)
    cost = checked_choice(cost, "cost", COSTS)
    method = checked_choice(method, "method", METHODS)
    fixed = None
    if penalty != "bic":
        fixed = checked_number(penalty, "penalty", 0, open_low=True)
    shortest = int(checked_number(least, "least", 1 if cost == "mean" else 2, 10**6))
    join = functools.partial(
        _joined, grid=grid, cost=cost, penalty=fixed, least=shortest, method=method
    )
    return Plan(grid.work, join, after=grid.length)


@chunked(plan_change_points)
@with_recipe("values")
def change_points(
    values: Any,
    fs: float,
    *,
    window: float = 10.0,
    statistic: str = "mean",
    cost: str = "mean-variance",
    penalty: str | float = "bic",
    least: int = 3,
    method: str = "pelt",
    usable: Any = None,
) -> ChangePoints:
    """Find where a signal changes, on a statistic of its windows.

    The windows follow each other from the start of the signal (of a recording: of each run), and
    a change is told to the window. In pieces it gives the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; a window with less than half of them valid is a gap, and no change is told across
        one.
    fs : float
        Sampling rate in Hz.
    window : float
        Length of a window in seconds.
    statistic : str
        Of the window, as in `window_statistics`: 'mean', 'sd', 'rms', 'line_length' ...
    cost : str
        What changes, of the series of the statistic, under a normal distribution: its 'mean' (with
        one noise throughout, estimated from differences of neighbours), its 'variance' (about the
        mean of the whole stretch), or both.
    penalty : 'bic' or float
        What a further change must gain in twice the log likelihood. 'bic' is the Bayesian
        information criterion: p ln(n) with n windows, and p = 2 more parameters (3 for
        'mean-variance'). Successive windows of slow signals are correlated, which it does not
        know of: raise it, or lengthen the window, if changes are too many.
    least : int
        Length of the shortest segment in windows.
    method : str
        'pelt', the exact optimum, for stretches of up to 50 000 windows; or 'binary', binary
        segmentation, for any length.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    References
    ----------
    Killick, R., Fearnhead, P., & Eckley, I. A. (2012). Optimal detection of changepoints with a
    linear computational cost. Journal of the American Statistical Association, 107(500),
    1590-1598.
    """
    rate = checked_fs(fs)
    plan = plan_change_points(
        rate,
        window=window,
        statistic=statistic,
        cost=cost,
        penalty=penalty,
        least=least,
        method=method,
    )
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=max(1 << 21, 4 * plan.after))


def _joined(
    partials: Any,
    extent: Extent,
    *,
    grid: WindowGrid,
    cost: str,
    penalty: float | None,
    least: int,
    method: str,
) -> ChangePoints:
    starts, table = gathered(partials, 2)
    times = extent.times(starts) if len(starts) else np.empty(0)
    points = table[:, 1]
    good = np.isfinite(points)
    n = int(np.count_nonzero(good))
    used = penalty if penalty is not None else PARAMETERS[cost] * math.log(max(n, 2))
    # A stretch of windows ends where one is missing, or where the recording has a gap.
    longer = np.diff(times) > 1.5 * grid.length / extent.fs
    number = np.cumsum(np.concatenate([[0], (longer | ~good[1:] | ~good[:-1])])) if n else points
    rows = []
    notes: list[str] = []
    find = functools.partial(_changes, cost=cost, penalty=used, least=least, method=method)
    for k in np.unique(number[good]) if n >= LEAST_WINDOWS else ():
        at = np.flatnonzero(good & (number == k))
        rows += find(points[at], times[at], notes)
    columns = np.array(rows).reshape(-1, 5).T
    if n < LEAST_WINDOWS:
        notes = [
            not_enough(f"{n} windows of {grid.length / extent.fs:g} s, {LEAST_WINDOWS} needed")
        ]
    return ChangePoints(
        times=columns[0],
        before=columns[1],
        after=columns[2],
        sd_before=columns[3],
        sd_after=columns[4],
        statistic=grid.names[0],
        cost=cost,
        method=method,
        penalty=used,
        window_times=times,
        window_values=points,
        valid=extent.valid,
        notes=tuple(dict.fromkeys(notes)),
    )


def _changes(
    points: NDArray[np.float64],
    times: NDArray[np.float64],
    notes: list[str],
    *,
    cost: str,
    penalty: float,
    least: int,
    method: str,
) -> list[list[float]]:
    """Return time, means and spreads of each change of one stretch."""
    n = len(points)
    if n < max(2 * least, LEAST_WINDOWS) or np.ptp(points) == 0:
        return []
    if method == "pelt" and n > MOST_PELT:
        method = "binary"
        notes.append(f"a stretch of {n} windows is too long for pelt: binary segmentation was used")
    find = pelt if method == "pelt" else binary_segmentation
    cuts = find(Cost.of(points, cost), n, penalty, least)
    edges = [0, *cuts, n]
    means = [float(np.mean(points[a:b])) for a, b in pairwise(edges)]
    spreads = [float(np.std(points[a:b])) for a, b in pairwise(edges)]
    return [
        [float(times[cut]), means[k], means[k + 1], spreads[k], spreads[k + 1]]
        for k, cut in enumerate(cuts)
    ]
