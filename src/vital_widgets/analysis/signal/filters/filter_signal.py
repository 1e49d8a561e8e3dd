"""Filter a signal forwards and backwards (zero phase) or forwards only (causal)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import (
    Filtered,
    SamplePlan,
    empty_core,
    run_samples,
    sample_plan,
    stretches_of,
)
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_choice, checked_fs, checked_signal
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter import Filter, checked_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

INITIAL = ("steady", "rest")


def zero_phase(values: NDArray[np.float64], made: Filter) -> NDArray[np.float64]:
    """Filter one stretch forwards and backwards, extended oddly at both ends as SciPy does.

    A stretch not longer than the extension is extended by what it has: its length less one.
    """
    n = len(values)
    if made.taps is None:
        from scipy.signal import sosfiltfilt

        return np.asarray(sosfiltfilt(made.sos, values, padlen=min(made.padding, n - 1)))
    reach = len(made.taps) - 1
    if reach == 0:
        return np.asarray(values * made.taps[0] ** 2)
    pad = min(made.padding, n - 1, reach)
    left, right = values[1 : pad + 1][::-1], values[n - 1 - pad : n - 1][::-1]
    extended = np.concatenate([2 * values[0] - left, values, 2 * values[-1] - right])
    if pad == reach:  # beyond, no tap reaches
        return convolved(extended, both_ways(made.taps))[2 * reach : 2 * reach + n]
    once, _ = forwards(extended, made, np.full(reach, extended[0]))
    twice, _ = forwards(once[::-1], made, np.full(reach, once[-1]))
    return twice[::-1][pad : pad + n]


def both_ways(taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the taps of filtering forwards and backwards."""
    from scipy.signal import fftconvolve

    kernel = np.asarray(fftconvolve(taps, taps[::-1]))
    return np.asarray((kernel + kernel[::-1]) / 2)


def convolved(values: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the full convolution, by overlap-add."""
    from scipy.signal import oaconvolve

    # The mean is taken off first: the rounding errors of a transform grow with the largest value.
    level = float(values[len(values) // 2])
    full = np.asarray(oaconvolve(values - level, kernel))
    if level:
        # The ends, where the kernel hangs over, are put right too: a convolution of ones.
        total = np.cumsum(kernel)
        n, k = len(values), len(kernel)
        ones = np.full(len(full), total[-1])
        if n >= k:
            ones[: k - 1] = total[:-1]
            ones[n:] = total[-1] - total[:-1]
        else:
            ones = np.convolve(np.ones(n), kernel)
        full += level * ones
    return full


def zero_phase_core(piece: Piece, made: Filter) -> NDArray[np.float64]:
    """Return the core of a piece, filtered both ways."""
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        out[stretch.into] = zero_phase(stretch.values, made)[stretch.keep]
    return out


def causal_core(
    piece: Piece, state: NDArray[np.float64] | None, made: Filter, initial: str
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the core of a piece, filtered forwards, and the state at its end."""
    out = empty_core(piece)
    end = piece.core.stop - piece.core.start
    carried = None
    for stretch in stretches_of(piece):
        values = stretch.values[stretch.keep]
        if stretch.into.start > 0 or state is None:
            state = first_state(made, float(values[0]), initial)
        out[stretch.into], state = forwards(values, made, state)
        carried = state if stretch.into.stop == end else None
    return out, carried


def causal_core_from_context(piece: Piece, made: Filter) -> NDArray[np.float64]:
    """Return the core filtered forwards, from the samples before it in place of a state."""
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values = stretch.values[: stretch.keep.stop]
        done, _ = forwards(values, made, first_state(made, float(values[0]), "steady"))
        out[stretch.into] = done[stretch.keep]
    return out


def first_state(made: Filter, value: float, initial: str) -> NDArray[np.float64]:
    """Return the state at the start of a stretch: steady at its first value, or at rest."""
    from scipy.signal import sosfilt_zi

    if made.taps is not None:
        return np.full(len(made.taps) - 1, value if initial == "steady" else 0.0)
    assert made.sos is not None
    if initial == "rest":
        return np.zeros((len(made.sos), 2))
    return np.asarray(sosfilt_zi(made.sos)) * value


def forwards(
    values: NDArray[np.float64], made: Filter, state: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Filter on from a state; of an FIR filter that is the last samples before."""
    if made.taps is None:
        from scipy.signal import sosfilt

        out, new = sosfilt(made.sos, values, zi=state)
        return np.asarray(out), np.asarray(new)
    reach = len(made.taps) - 1
    joined = np.concatenate([state, values])
    out = convolved(joined, made.taps)[reach : reach + len(values)]
    return out, joined[len(joined) - reach :]


def plan_filter_signal(
    fs: float,
    *,
    filter: Filter,  # noqa: A002
    zero_phase: bool = True,
    initial: str = "steady",
) -> SamplePlan:
    """Return how a filter runs over a recording."""
    made = checked_filter(filter, checked_fs(fs))
    checked_choice(initial, "initial", INITIAL)
    if zero_phase:
        work = functools.partial(zero_phase_core, made=made)
        reach = made.context
        return sample_plan(work, f"{made.name}, zero phase", before=reach, after=reach)
    carried = functools.partial(causal_core, made=made, initial=initial)
    return sample_plan(carried, f"{made.name}, causal", carry=True)


@chunked(plan_filter_signal)
@with_recipe("values")
def filter_signal(
    values: Any,
    fs: float,
    filter: Filter,  # noqa: A002 - the word of the field
    *,
    zero_phase: bool = True,
    initial: str = "steady",
    usable: Any = None,
) -> Filtered:
    """Filter a signal, each stretch without a gap by itself.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none. A NaN is a boundary: nothing is filtered across it.
    fs : float
        Sampling rate in Hz.
    filter : Filter
        Made by `design_filter`, `notch` or `comb` for this rate.
    zero_phase : bool
        Forwards and backwards: no delay, the squared magnitude (an edge of -3 dB is at -6 dB
        then). Else forwards only (causal), with the delay of the filter.
    initial : str
        How a causal filter begins each stretch: 'steady', as if the signal had always been at its
        first value (`scipy.signal.sosfilt_zi`; no jump at the start), or 'rest', as if it had
        always been 0 (what `scipy.signal.sosfilt` does unless told otherwise). Not used for
        zero phase.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used; the rest counts as gaps.

    Returns
    -------
    Filtered
        Over a recording in pieces the same as on the whole array, to 1e-9 of the largest
        magnitude of the signal, whatever the length of the pieces.

    Notes
    -----
    Zero phase is `scipy.signal.sosfiltfilt` of each stretch with its default odd extension (for
    taps `scipy.signal.filtfilt`, computed by overlap-add). A stretch not longer than that
    extension is extended by its length less one; a single sample is extended by nothing. Pieces
    of a recording overlap by as many samples as the filter rings: until the rest of its impulse
    response adds up to 1e-13.

    References
    ----------
    Gustafsson F. Determining the initial states in forward-backward filtering. IEEE Trans Signal
    Process 1996;44:988-992.
    """
    rate = checked_fs(fs)
    plan = plan_filter_signal(rate, filter=filter, zero_phase=zero_phase, initial=initial)
    return run_samples(plan, only_usable(checked_signal(values), usable, rate), rate)


def _butterworth(fs: float, band: str, low: float | None, high: float | None, order: int) -> Filter:
    return design_filter("butterworth", band, low=low, high=high, order=order, fs=fs)


def plan_bandpass(
    fs: float, *, low: float, high: float, order: int = 4, zero_phase: bool = True
) -> SamplePlan:
    """Return how a band-pass runs over a recording."""
    made = _butterworth(fs, "bandpass", low, high, order)
    return plan_filter_signal(fs, filter=made, zero_phase=zero_phase)


def plan_lowpass(fs: float, *, high: float, order: int = 4, zero_phase: bool = True) -> SamplePlan:
    """Return how a low-pass runs over a recording."""
    made = _butterworth(fs, "lowpass", None, high, order)
    return plan_filter_signal(fs, filter=made, zero_phase=zero_phase)


def plan_highpass(fs: float, *, low: float, order: int = 4, zero_phase: bool = True) -> SamplePlan:
    """Return how a high-pass runs over a recording."""
    made = _butterworth(fs, "highpass", low, None, order)
    return plan_filter_signal(fs, filter=made, zero_phase=zero_phase)


@chunked(plan_bandpass)
@with_recipe("values")
def bandpass(
    values: Any,
    fs: float,
    *,
    low: float,
    high: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: Any = None,
) -> Filtered:
    """Keep what lies between ``low`` and ``high`` Hz: a Butterworth band-pass.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples, NaN where there are none.
    fs : float
        Sampling rate in Hz.
    low, high : float
        Edges in Hz, at -3 dB (at -6 dB without phase).
    order : int
        Order of the Butterworth filter; without phase it works twice.
    zero_phase : bool
        Forward and backward, without delay; else causal, as `filter_signal`.
    usable : optional
        Where the signal may be used.
    """
    plan = plan_bandpass(fs, low=low, high=high, order=order, zero_phase=zero_phase)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))


@chunked(plan_lowpass)
@with_recipe("values")
def lowpass(
    values: Any,
    fs: float,
    *,
    high: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: Any = None,
) -> Filtered:
    """Keep what lies below ``high`` Hz: a Butterworth low-pass.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples, NaN where there are none.
    fs : float
        Sampling rate in Hz.
    high : float
        Edge in Hz, at -3 dB (at -6 dB without phase).
    order : int
        Order of the Butterworth filter; without phase it works twice.
    zero_phase : bool
        Forward and backward, without delay; else causal, as `filter_signal`.
    usable : optional
        Where the signal may be used.
    """
    plan = plan_lowpass(fs, high=high, order=order, zero_phase=zero_phase)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))


@chunked(plan_highpass)
@with_recipe("values")
def highpass(
    values: Any,
    fs: float,
    *,
    low: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: Any = None,
) -> Filtered:
    """Keep what lies above ``low`` Hz: a Butterworth high-pass.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples, NaN where there are none.
    fs : float
        Sampling rate in Hz.
    low : float
        Edge in Hz, at -3 dB (at -6 dB without phase).
    order : int
        Order of the Butterworth filter; without phase it works twice.
    zero_phase : bool
        Forward and backward, without delay; else causal, as `filter_signal`.
    usable : optional
        Where the signal may be used.
    """
    plan = plan_highpass(fs, low=low, order=order, zero_phase=zero_phase)
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))
