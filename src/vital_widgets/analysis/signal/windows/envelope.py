"""The envelope of an oscillation: by the Hilbert transform, or as moving RMS."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, stretch_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

ATTENUATION = 80.0  # dB, of the Kaiser window: an error of 1e-4
MAX_SAMPLES = 1 << 22  # of half a filter or window


@analysis
def envelope(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "hilbert",
    min_frequency: float = 0.5,
    window_s: float = 1.0,
    usable: UsableLike = None,
) -> SamplePlan:
    """Compute the envelope of an oscillation.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Signal. 'hilbert' needs an oscillation around zero: apply a band-pass filter first.
        Missing samples (NaN) are boundaries.
    fs, usable
        As for `window_statistics`.
    method : {'hilbert', 'rms'}
        'hilbert' is the magnitude of the analytic signal [1]_. 'rms' is the root mean square in a
        window centred on each sample, as is usual for EMG.
    min_frequency : float
        Lowest frequency in Hz for which the Hilbert envelope is accurate (to 1e-4 of the
        amplitude, up to ``fs / 2 - min_frequency``). The filter extends 2.5 / min_frequency
        seconds to both sides; 0.5 Hz, half the rate of heartbeats, makes these 5 s.
    window_s : float
        Length of the RMS window in seconds; 1 s follows changes over some heartbeats.

    Returns
    -------
    Filtered
        The envelope at each sample, in the units of the signal. It is the same to 1e-9 of the
        largest value however the recording is cut into pieces; `lazy` and `store` give it as a
        channel.

    Raises
    ------
    InvalidInputError
        The frequency is too high for the sampling rate, or the window is too long.

    Notes
    -----
    The Hilbert transform of the whole signal would make each value depend on all samples. It is
    therefore approximated by a linear-phase filter: the ideal response under a Kaiser window.
    Within its length of a boundary the signal is mirrored; the RMS window is shortened there.

    References
    ----------
    .. [1] Oppenheim AV, Schafer RW. Discrete-time signal processing. 3rd ed. Pearson; 2010,
       chapter 12.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import envelope
    >>> t = np.arange(5000) / 100
    >>> x = (2 + np.sin(0.5 * t)) * np.sin(2 * np.pi * 10 * t)
    >>> bool(np.allclose(envelope(x, fs=100).values[600:-600], (2 + np.sin(0.5 * t))[600:-600],
    ...                  atol=1e-3))
    True
    """
    signal = signal_of(x, fs, usable)
    rate = signal.fs
    checked_choice(method, "method", tuple(METHODS))
    lowest = checked_number(min_frequency, "min_frequency", 0, open_low=True, unit="Hz")
    window = checked_number(window_s, "window_s", 0, open_low=True, unit="s")
    if method == "hilbert" and lowest >= rate / 4:
        raise InvalidInputError(
            f"min_frequency={min_frequency!r} Hz is too high at fs={rate:g} Hz; give less than "
            f"{rate / 4:g} Hz"
        )
    # The length of the filter is by Kaiser's formula for a transition as wide as `lowest`.
    length = (ATTENUATION - 8) / (2.285 * 2 * math.pi * lowest / rate)
    half = math.ceil(length / 2) if method == "hilbert" else max(round(window * rate / 2), 1)
    if half > MAX_SAMPLES:
        raise InvalidInputError(
            f"a window of {2 * half + 1} samples is too long (at most {2 * MAX_SAMPLES + 1}); "
            "raise min_frequency or shorten window_s"
        )
    measure = functools.partial(METHODS[method], half=half)
    done = "Hilbert envelope" if method == "hilbert" else f"RMS over {window:g} s"
    return stretch_plan(measure, done, half, source=signal)


@functools.lru_cache(maxsize=8)
def _hilbert_filter(half: int) -> NDArray[np.float64]:
    """Return the taps of a Hilbert transformer, shape (2 half + 1,), odd about the middle."""
    from scipy.signal import kaiser_beta

    n = np.arange(-half, half + 1)
    ideal = np.divide(2, np.pi * n, out=np.zeros(len(n)), where=n % 2 != 0)
    return np.asarray(ideal * np.kaiser(len(n), float(kaiser_beta(ATTENUATION))))


def _hilbert(x: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    from scipy.signal import oaconvolve

    padded = np.pad(x, half, mode="reflect") if len(x) > 1 else np.full(2 * half + 1, x[0])
    return np.asarray(np.hypot(x, oaconvolve(padded, _hilbert_filter(half), mode="valid")))


def _moving_rms(x: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    from scipy.ndimage import uniform_filter1d

    squares, counts = (
        uniform_filter1d(one, 2 * half + 1, mode="constant") for one in (x * x, np.ones(len(x)))
    )
    return np.asarray(np.sqrt(np.maximum(squares, 0) / counts))


METHODS = {"hilbert": _hilbert, "rms": _moving_rms}
