"""Filter a signal forwards and backwards (zero phase) or forwards only (causal)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import (
    SamplePlan,
    empty_core,
    sample_plan,
    stretch_plan,
    stretches_of,
)
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter import Filter, checked_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.analysis.engine.stretches import UsableLike

INITIAL = ("steady", "rest")


@analysis
def filter_signal(
    x: SignalLike,
    fs: float | None = None,
    *,
    filter: Filter,  # noqa: A002 - the word of the field
    zero_phase: bool = True,
    initial: str = "steady",
    usable: UsableLike = None,
) -> SamplePlan:
    """Filter a signal, each stretch without a gap by itself.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal in any unit. NaN marks missing samples; nothing is filtered across them.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channel's own for a channel.
    filter : Filter
        Designed by `design_filter`, `notch` or `comb` for this sampling rate.
    zero_phase : bool
        Whether the filter runs forwards and backwards: no delay, and the squared magnitude (an
        edge at -3 dB is then at -6 dB). Otherwise it runs forwards only (causal), with its delay.
    initial : {'steady', 'rest'}
        How a causal filter starts each stretch: as if the signal had always had its first value,
        which avoids a transient, or as if it had been 0, as `scipy.signal.sosfilt` does.
    usable : UsableLike, optional
        Where the signal may be used; the rest counts as gaps.

    Returns
    -------
    Filtered
        ``values`` has one value for each sample, in the units of the signal. Computed in pieces
        it equals that of the whole signal to 1e-9 of the largest magnitude of the signal.

    Raises
    ------
    InvalidInputError
        ``filter`` is not a `Filter`, or was designed for another sampling rate.

    Notes
    -----
    Zero phase is `scipy.signal.sosfiltfilt` on each stretch (for FIR filters
    `scipy.signal.filtfilt`, computed by overlap-add). A stretch shorter than SciPy's odd extension
    is extended by its length less one sample. Pieces of a recording overlap until the rest of the
    impulse response sums to less than 1e-13.

    References
    ----------
    Gustafsson F. Determining the initial states in forward-backward filtering. IEEE Transactions
    on Signal Processing 1996;44(4):988-992. doi:10.1109/78.492552

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import filter_signal, notch
    >>> t = np.arange(0, 10, 1 / 250)
    >>> hum = np.sin(2 * np.pi * 50 * t)
    >>> filtered = filter_signal(hum, 250, filter=notch(50, fs=250))
    >>> bool(abs(filtered.values[1000:-1000]).max() < 0.01)
    True
    """
    return filter_plan(signal_of(x, fs, usable), filter, zero_phase=zero_phase, initial=initial)


@analysis
def bandpass(
    x: SignalLike,
    fs: float | None = None,
    *,
    lowcut: float,
    highcut: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: UsableLike = None,
) -> SamplePlan:
    """Keep the frequencies between two cutoffs with a Butterworth band-pass filter.

    Parameters
    ----------
    x, fs, zero_phase, usable
        As for `filter_signal`.
    lowcut, highcut : float
        Cutoff frequencies in Hz: -3 dB there, -6 dB with zero phase.
    order : int
        Order of the Butterworth prototype. 4 is what most ECG and EEG packages use. With zero
        phase the filter runs twice, which doubles the effective order.

    Returns
    -------
    Filtered
        As for `filter_signal`.

    Raises
    ------
    InvalidInputError
        A cutoff is not between 0 and fs / 2, or the filter is numerically unstable.

    References
    ----------
    Butterworth S. On the theory of filter amplifiers. Experimental Wireless and the Wireless
    Engineer 1930;7:536-541.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import bandpass
    >>> t = np.arange(0, 20, 1 / 250)
    >>> hum = np.sin(2 * np.pi * 50 * t)
    >>> filtered = bandpass(hum, 250, lowcut=0.5, highcut=20)
    >>> bool(abs(filtered.values[2000:3000]).max() < 0.01)
    True
    """
    signal = signal_of(x, fs, usable)
    made = design_filter(
        "butterworth", "bandpass", lowcut=lowcut, highcut=highcut, order=order, fs=signal.fs
    )
    return filter_plan(signal, made, zero_phase=zero_phase)


@analysis
def lowpass(
    x: SignalLike,
    fs: float | None = None,
    *,
    highcut: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: UsableLike = None,
) -> SamplePlan:
    """Keep the frequencies below a cutoff with a Butterworth low-pass filter.

    Parameters
    ----------
    x, fs, order, zero_phase, usable
        As for `bandpass`.
    highcut : float
        Cutoff frequency in Hz: -3 dB there, -6 dB with zero phase.

    Returns
    -------
    Filtered
        As for `filter_signal`; errors and reference as for `bandpass`.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import lowpass
    >>> lowpass(np.ones(1000), 250, highcut=40).values[500].round(6)
    np.float64(1.0)
    """
    signal = signal_of(x, fs, usable)
    made = design_filter("butterworth", "lowpass", highcut=highcut, order=order, fs=signal.fs)
    return filter_plan(signal, made, zero_phase=zero_phase)


@analysis
def highpass(
    x: SignalLike,
    fs: float | None = None,
    *,
    lowcut: float,
    order: int = 4,
    zero_phase: bool = True,
    usable: UsableLike = None,
) -> SamplePlan:
    """Keep the frequencies above a cutoff with a Butterworth high-pass filter.

    Parameters
    ----------
    x, fs, order, zero_phase, usable
        As for `bandpass`.
    lowcut : float
        Cutoff frequency in Hz: -3 dB there, -6 dB with zero phase.

    Returns
    -------
    Filtered
        As for `filter_signal`; errors and reference as for `bandpass`.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import highpass
    >>> abs(highpass(np.ones(1000), 250, lowcut=0.5).values[500]).round(6)
    np.float64(0.0)
    """
    signal = signal_of(x, fs, usable)
    made = design_filter("butterworth", "highpass", lowcut=lowcut, order=order, fs=signal.fs)
    return filter_plan(signal, made, zero_phase=zero_phase)


def filter_plan(
    signal: Source, given: Filter, *, zero_phase: bool = True, initial: str = "steady"
) -> SamplePlan:
    """Return the plan of `filter_signal` over a source."""
    made = checked_filter(given, signal.fs)
    checked_choice(initial, "initial", INITIAL)
    if zero_phase:
        function = functools.partial(filtered_both_ways, made=made)
        method = f"{made.name}, zero phase"
        vectorized = made.taps is None
        return stretch_plan(function, method, made.context, signal, vectorized=vectorized)
    method = f"{made.name}, causal"
    carried = functools.partial(_causal_core, made=made, initial=initial)

    def local() -> SamplePlan:
        from_context = functools.partial(_causal_core_from_context, made=made, initial=initial)
        return sample_plan(from_context, method, before=made.ringing, source=signal)

    return sample_plan(carried, method, carry=True, source=signal, local=local)


def filtered_both_ways(values: NDArray[np.float64], made: Filter) -> NDArray[np.float64]:
    """Filter one stretch forwards and backwards, extended oddly at both ends as SciPy does.

    With a recursive filter also several stretches of equal length, shape (channels, n).
    """
    n = values.shape[-1]
    reach = made.padding if made.taps is None else len(made.taps) - 1
    pad = min(made.padding, n - 1, reach)
    left = 2 * values[..., :1] - values[..., pad:0:-1]
    right = 2 * values[..., -1:] - values[..., -2 : -pad - 2 : -1]
    extended = np.concatenate([left, values, right], axis=-1)
    if made.taps is None:
        from scipy.signal import sosfilt

        steady = made.steady_state.reshape(-1, *[1] * (values.ndim - 1), 2)
        for _ in range(2):
            extended, _ = sosfilt(made.sos, extended, zi=steady * extended[..., :1])
            extended = extended[..., ::-1]
        return np.asarray(extended[..., pad : pad + n])
    if reach == 0:
        return np.asarray(values * made.taps[0] ** 2)
    if pad == reach:  # beyond, no tap reaches
        from scipy.signal import fftconvolve

        kernel = np.asarray(fftconvolve(made.taps, made.taps[::-1]))
        return _convolved(extended, (kernel + kernel[::-1]) / 2)
    once, _ = _forwards(extended, made, np.full(reach, extended[0]))
    twice, _ = _forwards(once[::-1], made, np.full(reach, once[-1]))
    return twice[::-1][pad : pad + n]


def _convolved(values: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the convolution where the kernel lies within the values, by overlap-add."""
    from scipy.signal import oaconvolve

    # A level is taken off first: rounding errors of a transform grow with the largest value.
    level = float(values[len(values) // 2])
    return np.asarray(oaconvolve(values - level, kernel, mode="valid") + level * np.sum(kernel))


def _causal_core(
    piece: Piece, state: NDArray[np.float64] | None, made: Filter, initial: str
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the core of a piece, filtered forwards, and the state at its end."""
    out = empty_core(piece)
    end = len(out)
    carried = None
    for stretch in stretches_of(piece):
        values = stretch.values[stretch.keep]
        if stretch.into.start > 0 or state is None:
            state = _first_state(made, float(values[0]), initial)
        done, state = _forwards(values, made, state)
        carried = state if stretch.into.stop == end else None
        if len(done) == end:  # there is no other stretch
            return done, carried
        out[stretch.into] = done
    return out, carried


def _causal_core_from_context(piece: Piece, made: Filter, initial: str) -> NDArray[np.float64]:
    """Return the core filtered forwards, from the samples before it in place of a state."""
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values = stretch.values[: stretch.keep.stop]
        start = initial if stretch.begins else "steady"
        done, _ = _forwards(values, made, _first_state(made, float(values[0]), start))
        out[stretch.into] = done[stretch.keep]
    return out


def _first_state(made: Filter, value: float, initial: str) -> NDArray[np.float64]:
    """Return the state at the start of a stretch: steady at its first value, or at rest."""
    if made.taps is not None:
        return np.full(len(made.taps) - 1, value if initial == "steady" else 0.0)
    assert made.sos is not None
    if initial == "rest":
        return np.zeros((len(made.sos), 2))
    return made.steady_state * value


def _forwards(
    values: NDArray[np.float64], made: Filter, state: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Filter on from a state; of an FIR filter that is the last samples before."""
    if made.taps is None:
        from scipy.signal import sosfilt

        out, new = sosfilt(made.sos, values, zi=state)
        return np.asarray(out), np.asarray(new)
    reach = len(made.taps) - 1
    joined = np.concatenate([state, values])
    return _convolved(joined, made.taps), joined[len(joined) - reach :]
