"""Take out of a signal what a reference channel tells of a disturbance: LMS, NLMS, RLS."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import Filtered
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

METHODS = ("lms", "nlms", "rls")
BLOCK = 64  # samples updated at once; the result is that of sample by sample
STEPS = {"lms": 0.01, "nlms": 0.1, "rls": 1.0}
DIVERGED = 1e3  # times the largest sample so far
MOST_TAPS = 512
LARGEST_INVERSE = 1e6  # of RLS, over its start
CHUNK = BLOCK << 12  # samples of a piece of an array


@dataclass(frozen=True, kw_only=True, eq=False)
class AdaptiveFiltered(Filtered):
    """A signal without what could be told from a reference.

    Attributes
    ----------
    weights : ndarray of float64, shape (taps,)
        The weights at the end; the first belongs to the newest sample of the reference.
    """

    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Settings:
    """How the weights are learnt."""

    method: str
    taps: int
    step: float
    forgetting: float
    start: float


@dataclass(eq=False)
class State:
    """What is handed on from block to block: weights, past reference, and for RLS the inverse."""

    weights: NDArray[np.float64]
    past: NDArray[np.float64]
    inverse: NDArray[np.float64] | None
    largest: float

    @classmethod
    def new(cls, how: Settings) -> State:
        """Return the state at the start of a stretch."""
        inverse = np.eye(how.taps) * how.start if how.method == "rls" else None
        return cls(np.zeros(how.taps), np.zeros(how.taps - 1), inverse, 0.0)

    def copy(self) -> State:
        """Return a copy: what was handed over is not changed."""
        inverse = None if self.inverse is None else self.inverse.copy()
        return State(self.weights.copy(), self.past.copy(), inverse, self.largest)


def learn(
    wanted: NDArray[np.float64], reference: NDArray[np.float64], state: State, how: Settings
) -> NDArray[np.float64]:
    """Return the errors of one block, as sample by sample, and bring the state up to its end.

    The error of a sample depends on those before it in the block through the weights; they are
    solved for together, as a triangular system.
    """
    from scipy.linalg import solve_triangular

    n = len(wanted)
    joined = np.concatenate([state.past, reference])
    rows = np.lib.stride_tricks.sliding_window_view(joined, how.taps)[:, ::-1]
    before = wanted - rows @ state.weights
    if how.method == "rls":
        assert state.inverse is not None
        fading = how.forgetting ** np.arange(1, n + 1)
        spread = rows @ state.inverse
        matrix = spread @ rows.T
        matrix[np.diag_indices(n)] += fading
        lower = np.linalg.cholesky(matrix)
        inner = inverse_of_lower(lower) @ np.column_stack([before, spread])
        errors = np.asarray(inner[:, 0] * np.diag(lower))
        state.weights = state.weights + inner[:, 1:].T @ inner[:, 0]
        inverse = (state.inverse - inner[:, 1:].T @ inner[:, 1:]) / fading[-1]
        state.inverse = bounded(inverse, how.start * LARGEST_INVERSE)
    else:
        power = np.einsum("ij,ij->i", rows, rows)
        steps = how.step / (how.start + power) if how.method == "nlms" else np.full(n, how.step)
        matrix = np.tril(rows @ rows.T, -1) * steps
        matrix[np.diag_indices(n)] = 1
        errors = np.asarray(solve_triangular(matrix, before, lower=True, unit_diagonal=True))
        state.weights = state.weights + rows.T @ (steps * errors)
    state.past = joined[n:]
    return errors


def inverse_of_lower(lower: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a lower triangular matrix, by halves that double.

    By small products only: for triangular systems of this size with several right-hand sides BLAS
    libraries start threads, whose meeting costs fifty times the work.
    """
    n = len(lower)
    size = 1 << (n - 1).bit_length()
    whole = np.eye(size)
    whole[:n, :n] = lower
    inverse = np.diag(1 / np.diag(whole))
    half = 1
    while half < size:
        steps = range(0, size, 2 * half)
        first = np.stack([inverse[k : k + half, k : k + half] for k in steps])
        second = np.stack(
            [inverse[k + half : k + 2 * half, k + half : k + 2 * half] for k in steps]
        )
        below = np.stack([whole[k + half : k + 2 * half, k : k + half] for k in steps])
        between = -second @ below @ first
        for k, block in zip(steps, between, strict=True):
            inverse[k + half : k + 2 * half, k : k + half] = block
        half *= 2
    return inverse[:n, :n]


def bounded(inverse: NDArray[np.float64], largest: float) -> NDArray[np.float64]:
    """Return a symmetric matrix whose eigenvalues are at most ``largest``.

    What the reference never shows is forgotten again and again: without a bound the inverse
    grows there until nothing is left of the rest.
    """
    inverse = (inverse + inverse.T) / 2
    if np.max(np.diag(inverse)) <= largest:
        return inverse
    sizes, directions = np.linalg.eigh(inverse)
    return np.asarray((directions * np.clip(sizes, 0, largest)) @ directions.T)


def adapted_core(
    piece: Piece, state: State | None, how: Settings
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], State | None]:
    """Return the cleaned core of a piece with the weights at its end, and the state there."""
    values = piece.core_values
    n = values.shape[-1]
    out = np.full(n, np.nan)
    kept = None if state is None else state.copy()
    last = np.zeros(how.taps) if state is None else state.weights
    for a, b in finite_stretches(values).tolist():
        if a > 0 or kept is None:
            kept = State.new(how)
        for first in range(a - a % BLOCK, b, BLOCK):  # blocks are counted from the run's start
            lo, hi = max(first, a), min(first + BLOCK, b)
            wanted = values[0, lo:hi]
            kept.largest = max(kept.largest, float(np.max(np.abs(wanted))))
            with np.errstate(all="ignore"):
                out[lo:hi] = _learn_or_refuse(wanted, values[1, lo:hi], kept, how)
        last = kept.weights
    ended = not n or not np.isfinite(values[:, -1]).all()
    return (out, last), None if ended else kept


def _learn_or_refuse(
    wanted: NDArray[np.float64], reference: NDArray[np.float64], state: State, how: Settings
) -> NDArray[np.float64]:
    try:
        errors = learn(wanted, reference, state, how)
    except (np.linalg.LinAlgError, ValueError):
        errors = np.full(len(wanted), np.inf)
    if np.all(np.abs(errors) <= DIVERGED * max(state.largest, np.finfo(float).tiny)):
        return errors
    power = float(np.sum(np.square(np.concatenate([state.past, reference])))) / max(
        len(reference) + how.taps - 1, 1
    )
    bound = 2 / (how.taps * power) if power > 0 else np.inf
    remedy = {
        "lms": f"give a step well below {bound:.3g} (2 / (taps x power of the reference)), or "
        "method='nlms', which needs no such bound",
        "nlms": "give a step between 0 and 1, or scale the reference to a sensible range",
        "rls": "give forgetting nearer to 1, or a smaller start",
    }[how.method]
    raise InvalidInputError(
        f"the adaptive filter diverges: method={how.method!r}, step={how.step:g}, "
        f"forgetting={how.forgetting:g}; {remedy}"
    )


def join_adapted(
    partials: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    extent: Extent,
    *,
    method: str,
    taps: int,
) -> AdaptiveFiltered:
    """Put the pieces one after another."""
    values = np.concatenate([part for part, _ in partials]) if partials else np.empty(0)
    weights = partials[-1][1] if partials else np.zeros(taps)
    notes = () if len(extent.stretches) else (not_enough("no sample of both is a number"),)
    return AdaptiveFiltered(
        values=values, fs=extent.fs, method=method, extent=extent, weights=weights,
        valid=extent.valid, notes=notes,
    )  # fmt: skip


def plan_adaptive_filter(
    fs: float,
    *,
    method: str = "nlms",
    taps: int = 16,
    step: float | None = None,
    forgetting: float = 0.999,
    start: float | None = None,
) -> Plan[Any, AdaptiveFiltered]:
    """Return how `adaptive_filter` runs over two channels: the signal, then the reference."""
    checked_fs(fs)
    checked_choice(method, "method", METHODS)
    n = checked_number(taps, "taps", 1, MOST_TAPS)
    if n != int(n):
        raise InvalidInputError(f"taps={taps!r} is not a whole number")
    if step is not None and method == "rls":
        raise InvalidInputError(f"step={step!r} is not used by method='rls'; set forgetting")
    highest = 2.0 if method == "nlms" else np.inf
    mu = checked_number(STEPS[method] if step is None else step, "step", 0, highest, open_low=True)
    if method == "nlms" and mu >= highest:
        raise InvalidInputError(f"step={step!r} lets NLMS diverge; give one below 2, usually 0.1")
    fading = checked_number(forgetting, "forgetting", 0.5, 1)
    usual = {"rls": 100.0, "nlms": 1e-12, "lms": 0.0}[method]
    first = checked_number(usual if start is None else start, "start", 0)
    if method == "rls" and first == 0:
        raise InvalidInputError("start=0 lets RLS learn nothing; give a number above 0")
    how = Settings(method, int(n), mu, fading, first)
    said = f"forgetting {fading:g}" if method == "rls" else f"step {mu:g}"
    words = f"adaptive filter, {method.upper()}, {int(n)} taps, {said}"
    return Plan(
        functools.partial(adapted_core, how=how),
        functools.partial(join_adapted, method=words, taps=int(n)),
        grid=BLOCK,
        carry=True,
        stacked=True,
    )


@chunked(plan_adaptive_filter)
@with_recipe("values", "reference")
def adaptive_filter(
    values: Any,
    reference: Any,
    fs: float,
    *,
    method: str = "nlms",
    taps: int = 16,
    step: float | None = None,
    forgetting: float = 0.999,
    start: float | None = None,
    usable: Any = None,
) -> AdaptiveFiltered:
    """Take out of a signal what a linear filter of a reference can foretell of it.

    Over a recording: ``start(adaptive_filter, [signal, reference], method=...)``.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The signal, such as an ECG with mains hum or a PPG with motion; NaN where there is none.
    reference : array-like of float, shape (n,)
        What goes with the disturbance and not with the signal, such as an acceleration.
    fs : float
        Sampling rate of both in Hz.
    method : str
        'lms' (least mean squares), 'nlms' (its step over the power of the reference), 'rls'
        (recursive least squares).
    taps : int
        Number of weights: the present and past samples of the reference.
    step : float, optional
        How fast LMS (0.01 by default; it must be well below 2 / (taps x power of the reference))
        and NLMS (0.1 by default, below 2) learn.
    forgetting : float
        For RLS: the weight of the past falls by this factor each sample.
    start : float, optional
        For RLS the inverse correlation at the start, 100 by default; for NLMS what is added to
        the power of the reference, 1e-12 by default.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signals may be used.

    Returns
    -------
    AdaptiveFiltered
        ``values`` is the error signal: what is left. Each stretch without a gap begins with
        weights of 0. In pieces of any length the same to 1e-9 of the largest magnitude.

    Raises
    ------
    InvalidInputError
        If it diverges: an error above 1000 times the largest sample so far.

    Notes
    -----
    Computed in blocks of 64 samples, and exactly what sample by sample gives: within a block the
    errors solve a triangular system (LMS and NLMS), or are the innovations of a Cholesky factor
    (RLS). With 16 taps that costs about 1 microsecond a sample, 4 for RLS (a day at 250 Hz: some
    20 s, one and a half minutes). The inverse correlation of RLS is
    bounded by 1e6 times its start, so that it does not blow up where the reference rests.

    References
    ----------
    Widrow B, et al. Adaptive noise cancelling: principles and applications. Proc IEEE
    1975;63:1692-1716.
    Haykin S. Adaptive Filter Theory. 5th ed. Pearson; 2014.
    Benesty J, Duhamel P. A fast exact least mean square adaptive algorithm. IEEE Trans Signal
    Process 1992;40:2904-2920.
    """
    rate = checked_fs(fs)
    plan = plan_adaptive_filter(
        rate, method=method, taps=taps, step=step, forgetting=forgetting, start=start
    )
    signal, other = checked_signal(values), checked_signal(reference, "reference")
    if signal.shape != other.shape:
        raise InvalidInputError(
            f"values has {len(signal)} samples, reference {len(other)}; give both at the same "
            "times (resample_signal)"
        )
    both = only_usable(np.stack([signal, other]), usable, rate)
    return run_on_array(plan, both, rate, chunk_samples=CHUNK)
