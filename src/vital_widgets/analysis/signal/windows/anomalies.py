"""Stretches of a signal that are unlike the rest of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.signal.statistics.chance import NORMAL_MAD
from vital_widgets.analysis.signal.windows.window_statistics import window_grid
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.windows.window_statistics import Table

METHODS = ("robust-z", "discord")
FEATURES = ("mean", "sd", "range", "line_length", "zero_crossings")
LOGARITHMIC = ("sd", "range", "iqr", "rms", "line_length", "activity", "mobility", "complexity")
MIN_WINDOWS = 20
NEIGHBOURS = 5
IGLEWICZ = 3.5
FAMILY = 0.05  # probability of any anomaly at all in a normal signal
MAX_DEVIATION = 1e6  # where nearly all windows are alike, deviations would grow without limit


@dataclass(frozen=True, kw_only=True, eq=False)
class Anomalies(
    Result,
    given=("times", "window_s", "threshold"),
    columns={"time": "times", "score": "score", "feature": "feature", "anomaly": "anomaly"},
):
    """Windows that are unlike the rest.

    Attributes
    ----------
    stretches : Stretches
        The anomalies; windows that touch are joined.
    times : ndarray of float64, shape (k,)
        Start of each window in seconds.
    window_s : float
        Length of a window in seconds.
    score : ndarray of float64, shape (k,)
        Deviation of each window in robust standard deviations; NaN for windows with too few valid
        samples.
    feature : ndarray of str, shape (k,)
        Feature with the largest deviation.
    threshold : float
        Score from which on a window is an anomaly.
    method : str
        How windows were scored.
    """

    stretches: Stretches
    times: NDArray[np.float64]
    window_s: float
    score: NDArray[np.float64]
    feature: NDArray[np.object_]
    threshold: float
    method: str

    def __len__(self) -> int:
        return len(self.stretches)

    @property
    def anomaly(self) -> NDArray[np.bool_]:
        """Whether each window is an anomaly, shape (k,)."""
        return self.score >= self.threshold

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each stretch, with the feature and score of its worst window."""
        onset, end = self.stretches.onset, self.stretches.end
        texts = []
        for a, b in zip(onset, end, strict=True):
            inside = np.flatnonzero((self.times >= a - 1e-9) & (self.times < b) & self.anomaly)
            k = int(inside[np.argmax(self.score[inside])])
            texts.append(f"anomaly: {self.feature[k]} ({self.score[k]:.1f} deviations)")
        return Annotations(onset, texts, end - onset, [channel] * len(texts))

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("anomalies", f"{len(self):,} stretches of {self.stretches.seconds:.4g} s in total"),
            ("method", f"{self.method}, threshold {self.threshold:.3g}"),
            ("windows", f"{len(self.times):,} of {self.window_s:g} s"),
        ]


@analysis
def anomalies(
    x: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = 10.0,
    step_s: float | None = None,
    features: Sequence[str] = FEATURES,
    method: str = "robust-z",
    threshold: float | None = None,
    usable: UsableLike = None,
) -> Plan[Table, Anomalies]:
    """Find stretches of a signal that are unlike the rest of it.

    Statistics of windows are compared with their median over the whole signal, in robust standard
    deviations (1.4826 times the median absolute deviation).

    Parameters
    ----------
    x, fs, window_s, step_s, usable
        As for `window_statistics`. Windows with less than half of their samples valid are not
        scored.
    features : sequence of str
        Statistics of `window_statistics`. Those that are positive and span orders of magnitude
        ('sd', 'range', 'line_length' ...) are compared on a log scale.
    method : {'robust-z', 'discord'}
        'robust-z' scores a window by the largest deviation of any single feature. 'discord' takes
        the distance to the fifth nearest other window over all features (overlapping windows
        excluded), after [1]_, so that events that recur are not anomalies, however far from the
        median; the score is the deviation of the logarithm of that distance.
    threshold : float, optional
        Score from which on a window is an anomaly. By default 3.5 [2]_, or higher with many
        windows, so that a normally distributed signal has any anomaly at all with a probability
        of 5 %.

    Returns
    -------
    Anomalies
        The stretches, and the score of each window. The result does not depend on how the
        recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        A feature or method is unknown, or a number is out of range.

    References
    ----------
    .. [1] Yankov D, Keogh E, Rebbapragada U. Disk aware discord discovery: finding unusual time
       series in terabyte sized datasets. Knowledge and Information Systems 2008;17(2):241-262.
       doi:10.1007/s10115-008-0131-9
    .. [2] Iglewicz B, Hoaglin DC. How to detect and handle outliers. ASQC Quality Press; 1993.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import anomalies
    >>> x = np.random.default_rng(0).normal(size=30_000)
    >>> x[10_000:10_500] *= 5
    >>> anomalies(x, fs=50).stretches.onset
    array([200.])
    """
    signal = signal_of(x, fs, usable)
    grid = window_grid(signal.fs, window_s, step_s, features)
    if not grid.names:
        raise InvalidInputError("features must name at least one statistic, and holds no functions")
    checked_choice(method, "method", METHODS)
    if threshold is not None:
        threshold = checked_number(threshold, "threshold", 0, open_low=True)

    def join(partials: Sequence[Table], extent: Extent) -> Anomalies:
        starts, table = grid.gathered(partials)
        values = table[:, 1:].copy()
        for k, name in enumerate(grid.names):
            if name in LOGARITHMIC:
                values[:, k] = np.log(np.maximum(values[:, k], np.finfo(float).tiny))
        good = np.isfinite(table[:, 1:]).any(axis=1)
        n = int(np.count_nonzero(good))
        times = extent.times(starts)
        score, feature = np.full(len(times), np.nan), np.full(len(times), "", object)
        length = grid.length / extent.fs
        if n >= MIN_WINDOWS:
            z = _deviations(values[good])
            score[good] = np.abs(z).max(axis=1)
            if method == "discord":
                score[good] = _discord(z, starts[good], grid.length)
            feature[good] = np.asarray(grid.names, object)[np.argmax(np.abs(z), axis=1)]
        why = f"{n} valid windows of {length:g} s; {MIN_WINDOWS} are needed"
        limit = _threshold(n * len(grid.names)) if threshold is None else threshold
        found = times[score >= limit]
        return Anomalies(
            stretches=Stretches(found, found + length), times=times, window_s=length, score=score,
            feature=feature, threshold=limit, method=method, valid=extent.valid,
            notes=() if n >= MIN_WINDOWS else (not_enough(why),),
        )  # fmt: skip

    return Plan(grid.work, join, after=grid.length, source=signal)


def _threshold(n_scores: int) -> float:
    """Return the score that any of so many normal deviates exceeds with a probability of 5 %."""
    from scipy.stats import norm

    return max(IGLEWICZ, float(norm.isf(FAMILY / max(n_scores, 1) / 2)))


def _deviations(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return deviations from the median in robust standard deviations, 0 for missing values.

    Where more than half of the values of a feature are equal, the median absolute deviation is 0,
    and the mean absolute deviation is used.
    """
    out = np.zeros(features.shape)
    for k in range(features.shape[1]):
        known = np.isfinite(features[:, k])
        if not known.any():
            continue
        less = features[known, k] - np.median(features[known, k])
        spread = NORMAL_MAD * float(np.median(np.abs(less)))
        spread = spread or math.sqrt(math.pi / 2) * float(np.mean(np.abs(less)))
        if spread > 0:
            out[known, k] = np.clip(less / spread, -MAX_DEVIATION, MAX_DEVIATION)
    return out


def _discord(z: NDArray[np.float64], starts: NDArray[np.int64], length: int) -> NDArray[np.float64]:
    """Return how far the log distance to the fifth nearest window lies above its median."""
    from scipy.spatial import cKDTree

    overlapping = 2 * (length - 1) // max(int(np.min(np.diff(starts))), 1)
    distance, index = cKDTree(z).query(z, min(1 + overlapping + NEIGHBOURS, len(z)))
    rank = np.cumsum(np.abs(starts[index] - starts[:, None]) >= length, axis=1)
    fifth = np.argmax(rank >= NEIGHBOURS, axis=1)
    row = np.arange(len(z))
    near = np.where(rank[row, fifth] >= NEIGHBOURS, distance[row, fifth], np.nan)
    logs = np.log(np.maximum(near, 1e-12))
    return np.maximum(_deviations(logs[:, None])[:, 0], 0)
