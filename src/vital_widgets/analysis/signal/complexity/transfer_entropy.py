"""Transfer entropy: what the past of one series tells about the next value of another."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, not_enough
from vital_widgets.analysis.signal.complexity.series import (
    Complexity,
    measured,
    paired_series,
    shannon_entropy,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_TIMES = 30
ROUNDING = 1e-9


@analysis
def transfer_entropy(
    source: SignalLike,
    target: SignalLike,
    fs: float | None = None,
    *,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    method: str = "knn",
    n_neighbours: int = 4,
    n_bins: int = 6,
    n_surrogates: int = 0,
    seed: int = 0,
    usable: UsableLike = None,
) -> Complexity:
    """Compute the transfer entropy from ``source`` to ``target``, in nats.

    It is the information that the values of the source, ``lag`` and more samples ago, hold about
    the present value of the target beyond that in the target's own past [1]_.

    Parameters
    ----------
    source, target : array-like of float, shape (n,), or Channel
        Two signals with the same sample times. The past of a sample does not reach across missing
        samples (NaN) or gaps.
    fs : float, optional
        Sampling rate in Hz of arrays; only to state how many seconds of signal were used.
    lag : int
        Distance in samples from the newest source value to the target value.
    history, source_history : int
        Number of past values of the target, and of values of the source, 1 to 20.
    method : {'knn', 'bins'}
        Estimator. 'knn': conditional mutual information from the distances to the nearest
        neighbours in the maximum norm, after scaling to unit variance [2]_ [3]_; neighbours at
        equal distances, as in quantised values, all count [4]_. It can be slightly negative.
        'bins': plug-in estimate over equally filled bins, with an upward bias of about (number of
        joint cells) / 2n, which surrogates show.
    n_neighbours : int
        Number of neighbours of 'knn'; 4 as in [2]_ balances bias and variance.
    n_bins : int
        Number of bins of each signal for 'bins'; with few, the bias is small.
    n_surrogates : int
        Number of surrogates, in which the source is shifted in time by a random amount; none by
        default, because each takes as long as the estimate. ``details`` then has their mean,
        standard deviation, and p, the share of surrogates and estimate that are not below the
        estimate.
    seed : int
        Seed of the random shifts.
    usable : UsableLike, optional
        Where both signals may be used; everywhere by default.

    Returns
    -------
    Complexity
        The transfer entropy.

    Raises
    ------
    InvalidInputError
        The signals do not have the same sample times, or a number is out of range.

    References
    ----------
    .. [1] Schreiber T. Measuring information transfer. Physical Review Letters 2000;85(2):461-464.
       doi:10.1103/PhysRevLett.85.461
    .. [2] Kraskov A, Stögbauer H, Grassberger P. Estimating mutual information. Physical Review E
       2004;69(6):066138. doi:10.1103/PhysRevE.69.066138
    .. [3] Frenzel S, Pompe B. Partial mutual information for coupling analysis of multivariate time
       series. Physical Review Letters 2007;99(20):204101. doi:10.1103/PhysRevLett.99.204101
    .. [4] Mesner OC, Shalizi CR. Conditional mutual information estimation for mixed, discrete and
       continuous data. IEEE Transactions on Information Theory 2021;67(1):464-484.
       doi:10.1109/TIT.2020.3024886

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import transfer_entropy
    >>> x, noise = np.random.default_rng(0).normal(size=(2, 1000))
    >>> y = np.roll(x, 1) + noise
    >>> float(transfer_entropy(x, y)) > 0.2 > float(transfer_entropy(y, x))
    True
    """
    series = paired_series(source, target, fs, usable, ("source", "target"))
    lag = checked_integer(lag, "lag", 1, 10**7)
    history = checked_integer(history, "history", 1, 20)
    width = checked_integer(source_history, "source_history", 1, 20)
    checked_choice(method, "method", ("knn", "bins"))
    k = checked_integer(n_neighbours, "n_neighbours", 1, 100)
    n_bins = checked_integer(n_bins, "n_bins", 2, 50)
    n_surrogates = checked_integer(n_surrogates, "n_surrogates", 0, 10_000)
    rng = np.random.default_rng(checked_integer(seed, "seed", 0, 2**32))
    # Target, its past and the source at each time that has its past in the same stretch.
    reach = max(history, lag + width - 1)
    t = series.starts(reach)[:, None] + reach
    x, y = series.values
    parts: list[Any] = [y[t], y[t - np.arange(1, history + 1)], x[t - lag - np.arange(width)]]
    n, value, note = len(t), np.nan, None
    details: dict[str, Any] = {"estimator": method, "lag": lag, "history": history}
    if n < max(MIN_TIMES, 2 * k + 2):
        note = not_enough(f"there are {n} times with their past")
    elif np.ptp(parts[0]) == 0 or np.ptp(parts[2]) == 0:
        note = not_enough("a signal is constant")
    else:
        parts = [_scaled(one) if method == "knn" else _binned(one, n_bins) for one in parts]
        value = _estimate(parts, method, k)
        details["bits"] = value / math.log(2)
    if n_surrogates and not note:
        shifts = rng.integers(n // 10, n - n // 10, n_surrogates).tolist()
        shifted = ([*parts[:2], np.roll(parts[2], shift, axis=0)] for shift in shifts)
        null = np.array([_estimate(one, method, k) for one in shifted])
        details["surrogate_mean"] = float(null.mean())
        details["surrogate_sd"] = float(null.std())
        details["p"] = float((1 + np.count_nonzero(null >= value)) / (1 + n_surrogates))
    return replace(measured("transfer entropy", value, series, note, "nat", **details), n=n)


def _estimate(parts: Sequence[Any], method: str, k: int) -> float:
    now, past, other = parts
    return _knn(now, past, other, k) if method == "knn" else _plugin(now, past, other)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / (float(np.std(values)) or 1.0))


def _binned(values: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    """Return one whole number for each row: the equally filled bins of its values."""
    edges = np.quantile(values[:, 0], np.arange(1, n_bins) / n_bins)
    code = np.zeros(len(values), np.int64)
    for column in values.T:
        code = code * n_bins + np.searchsorted(edges, column, side="right")
        code = np.unique(code, return_inverse=True)[1].reshape(-1)  # stays small
    return code


def _plugin(now: NDArray[np.int64], past: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    def entropy(*codes: NDArray[np.int64]) -> float:
        joint = codes[0]
        for code in codes[1:]:
            joint = np.unique(joint * (int(code.max()) + 1) + code, return_inverse=True)[1]
        return shannon_entropy(np.bincount(joint))

    return entropy(now, past) - entropy(past) - entropy(now, past, other) + entropy(past, other)


def _knn(
    now: NDArray[np.float64], past: NDArray[np.float64], other: NDArray[np.float64], k: int
) -> float:
    from scipy.spatial import cKDTree
    from scipy.special import digamma

    joint = np.concatenate([now, past, other], axis=1)
    tree = cKDTree(joint)
    distances = tree.query(joint, k + 2, p=np.inf)[0]  # the first is the point itself
    reach = distances[:, k]
    tied = (distances[:, k + 1] <= reach) | (reach == 0)
    # Without a tie, strictly nearer; with one, equally far, whatever the rounding.
    radius = np.where(tied, reach * (1 + ROUNDING), np.nextafter(reach, -1))
    near = np.full(len(joint), float(k))
    if tied.any():
        near[tied] = _within(joint, radius, tied) - 1
    spaces = (past, np.concatenate([now, past], axis=1), np.concatenate([past, other], axis=1))
    n_past, n_target, n_source = (_within(space, radius) - tied for space in spaces)
    return float(np.mean(digamma(near) + digamma(n_past) - digamma(n_target) - digamma(n_source)))


def _within(points: NDArray[np.float64], radius: NDArray[np.float64], some: Any = ...) -> Any:
    """Return how many points lie within the radius of each (or some), itself included."""
    from scipy.spatial import cKDTree

    if points.shape[1] == 1:
        line = np.sort(points[:, 0])
        high = np.searchsorted(line, points[:, 0] + radius, side="right")
        return high - np.searchsorted(line, points[:, 0] - radius, side="left")
    tree = cKDTree(points)
    return tree.query_ball_point(points[some], radius[some], p=np.inf, return_length=True)
