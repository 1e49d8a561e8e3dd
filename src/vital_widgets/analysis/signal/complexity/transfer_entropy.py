"""Transfer entropy: what the past of one series tells about the next value of another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import NOTHING
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_fs,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    Complexity,
    whole_number,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = ("knn", "bins")
LEAST = 30  # times
ROUNDING = 1e-9


@with_recipe("source", "target")
def transfer_entropy(
    source: Any,
    target: Any,
    fs: float | None = None,
    *,
    lag: int = 1,
    history: int = 1,
    source_history: int = 1,
    method: str = "knn",
    k: int = 4,
    bins: int = 6,
    surrogates: int = 0,
    seed: int = 0,
    usable: Any = None,
) -> Complexity:
    """Transfer entropy from ``source`` to ``target``, in nats.

    The information that source values ``lag`` and more samples ago hold about the target now,
    beyond what the target's own ``history`` past values tell.

    Parameters
    ----------
    source, target : array-like of float, shape (n,)
        Two series of the same times; NaN in either is a boundary that nothing reaches across.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    lag : int
        Distance in samples from the newest source value to the target value.
    history, source_history : int
        Number of past values of the target, and of values of the source.
    method : str
        The estimator. 'knn': conditional mutual information from distances to the ``k``-th
        neighbour in the maximum norm (Kraskov's first estimator as extended by Frenzel and
        Pompe), after scaling to unit variance; where several neighbours are equally far, as in
        quantised values, all of them count (as Mesner and Shalizi have it). It can be slightly
        below zero. 'bins': the plug-in estimate over ``bins`` equally filled bins, which is
        biased upwards by about (number of joint cells) / 2n: look at the surrogates.
    k : int
        Neighbours, for 'knn'.
    bins : int
        Bins of each series, for 'bins'.
    surrogates : int
        Number of surrogates, in which the source is shifted in time by a random amount; details
        then hold their mean and standard deviation, and p, the share of them (with the estimate
        itself) that reach the estimate.
    seed : int
        Of the shifts.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where both series may be used.

    References
    ----------
    Schreiber, T. (2000). Measuring information transfer. Physical Review Letters, 85(2), 461-464.

    Kraskov, A., Stoegbauer, H., & Grassberger, P. (2004). Estimating mutual information. Physical
    Review E, 69(6), 066138.

    Frenzel, S., & Pompe, B. (2007). Partial mutual information for coupling analysis of
    multivariate time series. Physical Review Letters, 99(20), 204101.

    Mesner, O. C., & Shalizi, C. R. (2021). Conditional mutual information estimation for mixed,
    discrete and continuous data. IEEE Transactions on Information Theory, 67(1), 464-484.
    """
    x, y = checked_signal(source, "source"), checked_signal(target, "target")
    if len(x) != len(y):
        raise InvalidInputError(
            f"source has {len(x)} samples and target {len(y)}; they need the same times: resample "
            "one, or cut both to their common stretch"
        )
    rate = 1.0 if fs is None else checked_fs(fs)
    if fs is None and usable is not None and not isinstance(usable, (np.ndarray, list, tuple)):
        raise InvalidInputError("fs is missing: usable= in seconds needs the sampling rate in Hz")
    both = only_usable(np.stack([x, y]), usable, rate)
    x, y = both
    lag = whole_number(lag, "lag", 1, 10**7)
    history = whole_number(history, "history", 1, 20)
    width = whole_number(source_history, "source_history", 1, 20)
    method = checked_choice(method, "method", METHODS)
    k = whole_number(k, "k", 1, 100)
    bins = whole_number(bins, "bins", 2, 50)
    surrogates = whole_number(surrogates, "surrogates", 0, 10_000)
    rng = np.random.default_rng(whole_number(seed, "seed", 0, 2**32))
    finite = np.isfinite(x) & np.isfinite(y)
    now, past, other = _vectors(x, y, finite, lag, history, width)
    n_valid = int(np.count_nonzero(finite))
    valid = NOTHING if fs is None else ValidSignal(n_valid / rate, len(x) / rate)
    details: dict[str, Any] = {"estimator": method, "lag": lag, "history": history}
    constant = len(now) and (np.ptp(now) == 0 or np.ptp(other) == 0)
    if len(now) < max(LEAST, 2 * k + 2) or constant:
        why = "a series is constant" if constant else f"{len(now)} times with their past"
        return Complexity(
            name="transfer entropy",
            value=NAN,
            unit="nat",
            n=len(now),
            details=details,
            valid=valid,
            notes=(not_enough(why),),
        )
    parts: list[Any] = [
        _scaled(one) if method == "knn" else _binned(one, bins) for one in (now, past, other)
    ]
    value = _estimate(parts, 0, method, k)
    details["bits"] = value / math.log(2)
    if surrogates:
        n = len(now)
        shifts = rng.integers(n // 10, n - n // 10, surrogates).tolist()
        null = np.array([_estimate(parts, shift, method, k) for shift in shifts])
        details["surrogate_mean"] = float(null.mean())
        details["surrogate_sd"] = float(null.std())
        details["p"] = float((1 + np.count_nonzero(null >= value)) / (1 + surrogates))
    return Complexity(
        name="transfer entropy", value=value, unit="nat", n=len(now), details=details, valid=valid
    )


def _vectors(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    finite: NDArray[np.bool_],
    lag: int,
    history: int,
    width: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the target now, its past, and the source's, at times with no gap in between."""
    reach = max(history, lag + width - 1)
    broken = np.concatenate([[0], np.cumsum(~finite)])
    t = np.arange(reach, len(x))
    t = t[broken[t + 1] == broken[t - reach]]
    past = y[t[:, None] - np.arange(1, history + 1)]
    other = x[t[:, None] - lag - np.arange(width)]
    return y[t][:, None], past, other


def _estimate(parts: list[Any], shift: int, method: str, k: int) -> float:
    now, past = parts[:2]
    other = np.roll(parts[2], shift, axis=0)
    return _knn(now, past, other, k) if method == "knn" else _plugin(now, past, other)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / (float(np.std(values)) or 1.0))


def _binned(values: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """Return one whole number for each row: its values' bins, which are equally filled."""
    edges = np.quantile(values[:, 0], np.arange(1, bins) / bins)
    code = np.zeros(len(values), np.int64)
    for column in values.T:
        code = code * bins + np.searchsorted(edges, column, side="right")
        code = np.unique(code, return_inverse=True)[1].reshape(-1)  # stays small
    return code


def _plugin(now: NDArray[np.int64], past: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    def entropy(*codes: NDArray[np.int64]) -> float:
        joint = codes[0]
        for code in codes[1:]:
            joint = np.unique(joint * (int(code.max()) + 1) + code, return_inverse=True)[1]
        p = np.bincount(joint.reshape(-1)) / len(joint)
        return -float(np.sum(p[p > 0] * np.log(p[p > 0])))

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
    # Without a tie: strictly nearer. With one: as far, whatever the rounding.
    radius = np.where(tied, reach * (1 + ROUNDING), np.nextafter(reach, -1))
    near = np.full(len(joint), float(k))
    if tied.any():
        at, r = joint[tied], radius[tied]
        near[tied] = tree.query_ball_point(at, r, p=np.inf, return_length=True) - 1
    spaces = (past, np.concatenate([now, past], axis=1), np.concatenate([past, other], axis=1))
    n_past, n_target, n_source = (_within(space, radius) - tied for space in spaces)
    return float(np.mean(digamma(near) + digamma(n_past) - digamma(n_target) - digamma(n_source)))


def _within(points: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many points lie within each point's radius, itself included."""
    from scipy.spatial import cKDTree

    if points.shape[1] == 1:
        line = np.sort(points[:, 0])
        high = np.searchsorted(line, points[:, 0] + radius, side="right")
        return np.asarray(high - np.searchsorted(line, points[:, 0] - radius, side="left"))
    tree = cKDTree(points)
    return np.asarray(tree.query_ball_point(points, radius, p=np.inf, return_length=True))
