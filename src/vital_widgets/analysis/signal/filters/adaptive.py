"""Remove from a signal what a reference predicts of it: LMS, NLMS and RLS."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Plan
from vital_widgets.analysis.engine.samplewise import Filtered
from vital_widgets.analysis.engine.source import SignalLike, signals_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    checked_number,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.stretches import UsableLike

    Adapted = tuple[NDArray[np.float64], NDArray[np.float64]]

METHODS = ("lms", "nlms", "rls")
BLOCK = 64  # samples updated at once; the result is that of sample by sample
STEPS = {"lms": 0.01, "nlms": 0.1, "rls": 1.0}
STARTS = {"lms": 0.0, "nlms": 1e-12, "rls": 100.0}
DIVERGED = 1e3  # times the largest sample so far
MAX_TAPS = 512
MAX_INVERSE = 1e6  # of RLS, over its start


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaptiveFiltered(Filtered):
    """A signal without the part that a reference predicts.

    Attributes
    ----------
    weights : ndarray of float64, shape (taps,)
        Weights at the end; the first belongs to the newest sample of the reference.
    """

    weights: NDArray[np.float64]


@analysis
def adaptive_filter(
    x: SignalLike,
    reference: SignalLike,
    fs: float | None = None,
    *,
    method: str = "nlms",
    taps: int = 16,
    step_size: float | None = None,
    forgetting: float = 0.999,
    eps: float | None = None,
    usable: UsableLike = None,
) -> Plan[Adapted, AdaptiveFiltered]:
    """Remove from a signal what a linear filter of a reference predicts of it.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal in any unit, such as an ECG with mains hum or a PPG with motion artefacts; NaN
        marks missing samples.
    reference : array-like of float, shape (n,), or Channel
        Signal that is related to the disturbance only, such as an acceleration; at the same times
        as ``x``.
    fs, usable
        As for `filter_signal`; for both signals.
    method : {'nlms', 'lms', 'rls'}
        'lms' is least mean squares [1]_; 'nlms' divides its step by the power of the reference,
        so that one step suits all signals [2]_; 'rls' is recursive least squares, which adapts
        fastest [2]_.
    taps : int
        Number of weights, at most 512: the present and past samples of the reference. 16 are
        64 ms at 250 Hz, about the delay between an acceleration and its artefact.
    step_size : float, optional
        Rate of adaptation: by default 0.1 for NLMS (it must be below 2) and 0.01 for LMS (it must
        be well below 2 / (taps x power of the reference)).
    forgetting : float
        For RLS: factor by which the weight of the past falls with each sample. The default
        remembers about 1000 samples.
    eps : float, optional
        For RLS the inverse correlation at the start, by default 100, which adapts quickly; for
        NLMS a number added to the power of the reference, by default 1e-12, against division
        by 0.

    Returns
    -------
    AdaptiveFiltered
        As for `filter_signal`: the signal minus the prediction (the error signal). Each stretch
        without a gap starts with weights of 0.

    Raises
    ------
    InvalidInputError
        The filter diverges: an error exceeds 1000 times the largest sample so far. Or the two
        signals do not have the same times, or an argument is out of range.

    Notes
    -----
    Computed in blocks of 64 samples with exactly the result of an update at each sample: within
    a block the errors solve a triangular system (LMS and NLMS) [3]_, or are the innovations of a
    Cholesky factor (RLS). The inverse correlation of RLS is limited to 1e6 times its start, so
    that it does not grow without bounds while the reference is constant.

    References
    ----------
    .. [1] Widrow B, et al. Adaptive noise cancelling: principles and applications. Proceedings of
       the IEEE 1975;63(12):1692-1716. doi:10.1109/PROC.1975.10036
    .. [2] Haykin S. Adaptive Filter Theory. 5th ed. Pearson; 2014.
    .. [3] Benesty J, Duhamel P. A fast exact least mean square adaptive algorithm. IEEE
       Transactions on Signal Processing 1992;40(12):2904-2920.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import adaptive_filter
    >>> t = np.arange(0, 20, 1 / 250)
    >>> clean, hum = np.sin(2 * np.pi * t), np.sin(2 * np.pi * 50 * t + 1)
    >>> filtered = adaptive_filter(clean + hum, np.sin(2 * np.pi * 50 * t), 250, step_size=0.01)
    >>> bool(np.std((filtered.values - clean)[2500:]) < 0.1 * np.std(hum))
    True
    """
    signals = signals_of([x, reference], fs, usable, names=("x", "reference"))
    checked_choice(method, "method", METHODS)
    taps = checked_integer(taps, "taps", 1, MAX_TAPS)
    if step_size is not None and method == "rls":
        raise InvalidInputError(
            f"step_size={step_size!r} is not used by method='rls'; give forgetting"
        )
    mu = checked_number(
        STEPS[method] if step_size is None else step_size, "step_size", 0, open_low=True
    )
    if method == "nlms" and mu >= 2:  # noqa: PLR2004
        raise InvalidInputError(
            f"step_size={step_size!r} makes NLMS diverge; give a step_size below 2"
        )
    fading = checked_number(forgetting, "forgetting", 0.5, 1)
    begin = checked_number(STARTS[method] if eps is None else eps, "eps", 0)
    if method == "rls" and begin == 0:
        raise InvalidInputError("eps=0 keeps RLS from adapting; give a number above 0")
    rate = f"forgetting {fading:g}" if method == "rls" else f"step {mu:g}"
    words = f"adaptive filter, {method.upper()}, {taps} taps, {rate}"
    return Plan(
        functools.partial(_adapted_core, how=_Settings(method, taps, mu, fading, begin)),
        functools.partial(_joined, method=words, taps=taps),
        grid=BLOCK,
        carry=True,
        source=signals,
    )


@dataclass(frozen=True, eq=False)
class _Settings:
    method: str
    taps: int
    step: float
    forgetting: float
    start: float


@dataclass(eq=False)
class _State:
    """What a block hands on: weights, past reference, and for RLS the inverse correlation."""

    weights: NDArray[np.float64]
    past: NDArray[np.float64]
    inverse: NDArray[np.float64]
    largest: float = 0.0


def _learn(
    wanted: NDArray[np.float64], reference: NDArray[np.float64], state: _State, how: _Settings
) -> NDArray[np.float64]:
    """Return the errors of one block and bring the state to its end, as sample by sample.

    The error of a sample depends on those before it in the block through the weights, so that
    they solve a triangular system.
    """
    from scipy.linalg import solve_triangular
    from scipy.linalg.lapack import dtrtri

    n = len(wanted)
    joined = np.concatenate([state.past, reference])
    rows = np.lib.stride_tricks.sliding_window_view(joined, how.taps)[:, ::-1]
    before = wanted - rows @ state.weights
    if how.method == "rls":
        fading = how.forgetting ** np.arange(1, n + 1)
        spread = rows @ state.inverse
        matrix = spread @ rows.T
        matrix[np.diag_indices(n)] += fading
        lower = np.linalg.cholesky(matrix)
        # With several right-hand sides solve_triangular starts threads, which cost more.
        inner = dtrtri(lower, lower=1)[0] @ np.column_stack([before, spread])
        errors = np.asarray(inner[:, 0] * np.diag(lower))
        state.weights = state.weights + inner[:, 1:].T @ inner[:, 0]
        inverse = (state.inverse - inner[:, 1:].T @ inner[:, 1:]) / fading[-1]
        state.inverse = _bounded(inverse, how.start * MAX_INVERSE)
    else:
        power = np.einsum("ij,ij->i", rows, rows)
        steps = how.step / (how.start + power) if how.method == "nlms" else np.full(n, how.step)
        matrix = np.tril(rows @ rows.T, -1) * steps
        matrix[np.diag_indices(n)] = 1
        errors = np.asarray(solve_triangular(matrix, before, lower=True, unit_diagonal=True))
        state.weights = state.weights + rows.T @ (steps * errors)
    state.past = joined[n:]
    return errors


def _bounded(inverse: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Return a symmetric matrix whose eigenvalues are at most ``largest``.

    Without a limit the inverse grows in directions that the reference never takes, because of
    the forgetting factor, until rounding errors hide the rest.
    """
    inverse = (inverse + inverse.T) / 2
    if np.max(np.diag(inverse)) <= largest:
        return inverse
    sizes, directions = np.linalg.eigh(inverse)
    return np.asarray((directions * np.clip(sizes, 0, largest)) @ directions.T)


def _adapted_core(
    piece: Piece, state: _State | None, how: _Settings
) -> tuple[Adapted, _State | None]:
    """Return the errors in the core of a piece, the weights at its end, and the state there."""
    values = piece.core_values
    n = values.shape[-1]
    out = np.full(n, np.nan)
    kept = None if state is None else replace(state)
    last = np.zeros(how.taps) if state is None else state.weights
    for a, b in finite_stretches(values).tolist():
        if a > 0 or kept is None:
            inverse = np.eye(how.taps if how.method == "rls" else 0) * how.start
            kept = _State(np.zeros(how.taps), np.zeros(how.taps - 1), inverse)
        for first in range(a - a % BLOCK, b, BLOCK):  # blocks are counted from the run's start
            lo, hi = max(first, a), min(first + BLOCK, b)
            wanted, reference = values[0, lo:hi], values[1, lo:hi]
            kept.largest = max(kept.largest, float(np.max(np.abs(wanted))))
            with np.errstate(all="ignore"):
                try:
                    out[lo:hi] = _learn(wanted, reference, kept, how)
                except (np.linalg.LinAlgError, ValueError):
                    out[lo:hi] = np.inf
                largest = np.max(np.abs(out[lo:hi]))
            if not largest <= DIVERGED * max(kept.largest, np.finfo(float).tiny):  # NaN too
                _refuse(np.concatenate([kept.past, reference]), how)
        last = kept.weights
    ended = not n or not np.isfinite(values[:, -1]).all()
    return (out, last), None if ended else kept


def _refuse(reference: NDArray[np.float64], how: _Settings) -> None:
    power = float(np.mean(np.square(reference)))
    limit = 2 / (how.taps * power) if power > 0 else np.inf
    remedy = {
        "lms": f"give a step_size well below {limit:.3g} (2 / (taps x power of the reference)), or "
        "method='nlms', which scales the step by that power",
        "nlms": "give a step_size between 0 and 1, or scale the reference",
        "rls": "give forgetting nearer to 1, or a smaller eps",
    }[how.method]
    raise InvalidInputError(
        f"the adaptive filter diverges with method={how.method!r}, step_size={how.step:g}, "
        f"forgetting={how.forgetting:g}; {remedy}"
    )


def _joined(
    partials: Sequence[Adapted], extent: Extent, *, method: str, taps: int
) -> AdaptiveFiltered:
    values = np.concatenate([part for part, _ in partials]) if partials else np.empty(0)
    weights = partials[-1][1] if partials else np.zeros(taps)
    notes = () if len(extent.stretches) else (not_enough("no sample of both is a number"),)
    return AdaptiveFiltered(
        values=values, fs=extent.fs, method=method, extent=extent, weights=weights,
        valid=extent.valid, notes=notes,
    )  # fmt: skip
