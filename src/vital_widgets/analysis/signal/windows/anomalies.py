"""Stretches of a signal that are unlike the rest of it."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import Stretches, only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.windows.segmentation import NORMAL
from vital_widgets.analysis.signal.windows.window_statistics import (
    WindowGrid,
    gathered,
    window_grid,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

METHODS = ("robust-z", "discord")
FEATURES = ("mean", "sd", "range", "line_length", "zero_crossings")
LOGARITHMIC = ("sd", "range", "iqr", "rms", "line_length", "activity", "mobility", "complexity")
LEAST_WINDOWS = 20
NEIGHBOURS = 5
IGLEWICZ = 3.5
FAMILY = 0.05  # of a normal signal: the chance that any window is told at all
HIGHEST = 1e6  # deviations; beyond, they differ without end from windows that are all alike


@dataclass(frozen=True, kw_only=True, eq=False)
class Anomalies(Result, given=("times", "window", "threshold")):
    """Windows unlike the rest.

    Attributes
    ----------
    stretches : Stretches
        Where they are; windows that touch are joined.
    times : ndarray of float64, shape (k,)
        Start of each window in seconds.
    window : float
        Its length in seconds.
    score : ndarray of float64, shape (k,)
        How unlike it is, in robust standard deviations; NaN for a window without enough signal.
    reason : ndarray of str, shape (k,)
        The feature by which it is most unlike.
    threshold : float
        The score from which on a window is told.
    method : str
        How it was scored.
    """

    stretches: Stretches
    times: NDArray[np.float64]
    window: float
    score: NDArray[np.float64]
    reason: NDArray[Any]
    threshold: float
    method: str

    def __len__(self) -> int:
        """Return the number of stretches."""
        return len(self.stretches)

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each stretch, with the reason and the score of its worst window."""
        onset, end = self.stretches.onset, self.stretches.end
        texts = []
        for a, b in zip(onset, end, strict=True):
            inside = np.flatnonzero(
                (self.times >= a - 1e-9) & (self.times < b) & (self.score >= self.threshold)
            )
            k = int(inside[np.argmax(self.score[inside])])
            texts.append(f"anomaly: {self.reason[k]} ({self.score[k]:.1f} deviations)")
        return Annotations(onset, texts, end - onset, [channel] * len(texts))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a window: time (s), score, reason, whether it is told."""
        import pandas as pd

        return pd.DataFrame(
            {
                "time": self.times,
                "score": self.score,
                "reason": self.reason,
                "anomaly": self.score >= self.threshold,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of stretches and how they were found."""
        share = self.stretches.seconds
        return [
            ("anomalies", f"{len(self):,} stretches, {share:.4g} s together"),
            ("found by", f"{self.method}, score from {self.threshold:.3g} on"),
            ("windows", f"{len(self.times):,} of {self.window:g} s"),
        ]


def plan_anomalies(
    fs: float,
    *,
    window: float = 10.0,
    step: float | None = None,
    features: Sequence[str] = FEATURES,
    method: str = "robust-z",
    threshold: float | None = None,
) -> Plan[Any, Anomalies]:
    """Return the plan of `anomalies`."""
    if isinstance(features, dict):
        raise InvalidInputError("features= takes names of statistics, not functions")
    grid = window_grid(fs, window, step, features)
    if not grid.names:
        raise InvalidInputError("features= is empty; name one statistic at least")
    method = checked_choice(method, "method", METHODS)
    fixed = None
    if threshold is not None:
        fixed = checked_number(threshold, "threshold", 0, open_low=True)
    join = functools.partial(_joined, grid=grid, method=method, threshold=fixed)
    return Plan(grid.work, join, after=grid.length)


@chunked(plan_anomalies)
@with_recipe("values")
def anomalies(
    values: Any,
    fs: float,
    *,
    window: float = 10.0,
    step: float | None = None,
    features: Sequence[str] = FEATURES,
    method: str = "robust-z",
    threshold: float | None = None,
    usable: Any = None,
) -> Anomalies:
    """Find stretches of a signal that are unlike the rest of it.

    Statistics of windows are compared with their median over the whole signal, in robust standard
    deviations (1.4826 times the median absolute deviation). In pieces it gives the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; a window with less than half of them valid is not judged.
    fs : float
        Sampling rate in Hz.
    window, step : float
        Length of a window, and distance between their starts (the length by default), in seconds.
    features : sequence of str
        Statistics, as in `window_statistics`. Those that are positive and spread over orders of
        magnitude ('sd', 'range', 'line_length' ...) are compared by their logarithms.
    method : str
        'robust-z': the greatest deviation of any feature by itself. 'discord': the distance to
        the fifth nearest other window over all features (windows that overlap do not count), so
        that what happens again and again is usual, however far from the median; its score is the
        deviation of the logarithm of that distance, which is that of the density of windows.
    threshold : float, optional
        Score from which on a window is told. By default 3.5 (Iglewicz and Hoaglin), or more where
        so many windows are judged that in a normal signal one would be told by chance: the chance
        of any at all is then 5 %.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    References
    ----------
    Iglewicz, B., & Hoaglin, D. C. (1993). How to detect and handle outliers. ASQC Quality Press.
    """
    rate = checked_fs(fs)
    plan = plan_anomalies(
        rate, window=window, step=step, features=features, method=method, threshold=threshold
    )
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=max(1 << 21, 4 * plan.after))


def _joined(
    partials: Any, extent: Extent, *, grid: WindowGrid, method: str, threshold: float | None
) -> Anomalies:
    starts, table = gathered(partials, 1 + len(grid.names))
    features = table[:, 1:].copy()
    for k, name in enumerate(grid.names):
        if name in LOGARITHMIC:
            features[:, k] = np.log(np.maximum(features[:, k], np.finfo(float).tiny))
    good = np.isfinite(table[:, 1:]).any(axis=1)
    n = int(np.count_nonzero(good))
    times = extent.times(starts) if len(starts) else np.empty(0)
    score = np.full(len(times), np.nan)
    reason = np.full(len(times), "", object)
    length = grid.length / extent.fs
    cut = threshold if threshold is not None else default_threshold(n, len(grid.names))
    note: tuple[str, ...] = ()
    if n < LEAST_WINDOWS:
        note = (not_enough(f"{n} windows of {length:g} s, {LEAST_WINDOWS} are needed"),)
    else:
        z = np.abs(deviations(features[good]))
        if method == "robust-z":
            score[good] = z.max(axis=1)
        else:
            score[good] = _discord(deviations(features[good]), starts[good], grid.length)
        reason[good] = np.asarray(grid.names, object)[np.argmax(z, axis=1)]
    told = times[score >= cut]
    return Anomalies(
        stretches=Stretches(told, told + length),
        times=times,
        window=length,
        score=score,
        reason=reason,
        threshold=cut,
        method=method,
        valid=extent.valid,
        notes=note,
    )


def default_threshold(windows: int, features: int) -> float:
    """Return the score that a normal signal of so many windows passes with a chance of 5 %."""
    from scipy.stats import norm

    judged = max(windows * features, 1)
    return max(IGLEWICZ, float(norm.isf(FAMILY / judged / 2)))


def deviations(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return deviations from the median in robust standard deviations, 0 for what is missing.

    Where more than half of all windows are equal in a feature, the mean absolute deviation takes
    the place of the median one, which is 0.
    """
    out = np.zeros(features.shape)
    for k in range(features.shape[1]):
        column = features[:, k]
        known = np.isfinite(column)
        if not known.any():
            continue
        less = column[known] - np.median(column[known])
        spread = NORMAL * float(np.median(np.abs(less)))
        if spread <= 0:
            spread = math.sqrt(math.pi / 2) * float(np.mean(np.abs(less)))
        if spread > 0:
            out[known, k] = np.clip(less / spread, -HIGHEST, HIGHEST)
    return out


def _discord(z: NDArray[np.float64], starts: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """Return how far the distance to the near windows is from its median, above it only."""
    from scipy.spatial import cKDTree

    overlapping = 2 * (length - 1) // max(int(np.min(np.diff(starts))), 1)
    k = min(1 + overlapping + NEIGHBOURS, len(z))
    distance, index = cKDTree(z).query(z, k)
    apart = np.abs(starts[index] - starts[:, None]) >= length
    rank = np.cumsum(apart, axis=1)
    fifth = np.argmax(rank >= NEIGHBOURS, axis=1)
    row = np.arange(len(z))
    there = rank[row, fifth] >= NEIGHBOURS
    near = np.where(there, distance[row, fifth], np.nan)
    logs = np.log(np.maximum(near, 1e-12))
    return np.maximum(deviations(logs[:, None])[:, 0], 0)
