"""The envelope of an electromyogram."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, stretch_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import filtered_both_ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.filters.filter import Filter

    Samples = NDArray[np.float64]

METHODS = ("linear", "rms")
MIN_FS = 100.0  # Hz
HIGHPASS_HZ, MAX_HIGHCUT = 20.0, 450.0
ORDER = 4


@analysis
def emg_envelope(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "linear",
    lowcut: float = HIGHPASS_HZ,
    highcut: float | None = None,
    cutoff: float = 6.0,
    window_s: float = 0.1,
    usable: UsableLike = None,
) -> SamplePlan:
    """Compute the envelope (amplitude) of an electromyogram.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Raw EMG in any unit; NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz, at least 100; required for an array, and the channel's own for a
        channel.
    method : {'linear', 'rms'}
        'linear': the rectified signal after a low-pass filter. 'rms': the root of the mean square
        in a window around each sample.
    lowcut, highcut : float, optional
        Cutoffs in Hz of the band-pass filter before: 20 Hz removes motion artefacts [1]_, 450 Hz
        (or 0.45 fs where that is lower) is where surface EMG ends.
    cutoff : float
        Cutoff in Hz of the low-pass filter of 'linear'; 6 Hz, common for gait [2]_.
    window_s : float
        Length in seconds of the window of 'rms'; 0.1 s follows movements and smooths noise.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Filtered
        The envelope at each sample, in the units of the signal. The same to 1e-9 of the largest
        value however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 100 Hz, or a cutoff is not between 0 and fs / 2.

    Notes
    -----
    All filters are Butterworth filters of order 4, forwards and backwards. The linear envelope of
    Gaussian noise is sqrt(2 / pi) = 0.80 of its RMS.

    References
    ----------
    .. [1] De Luca CJ, Gilmore LD, Kuznetsov M, Roy SH. Filtering the surface EMG signal: movement
       artifact and baseline noise contamination. Journal of Biomechanics 2010;43(8):1573-1579.
       doi:10.1016/j.jbiomech.2010.01.027
    .. [2] Winter DA. Biomechanics and motor control of human movement. 4th ed. Wiley; 2009,
       chapter 10.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import emg_envelope
    >>> t = np.arange(0, 4, 1 / 1000)
    >>> burst = np.where((t > 1) & (t < 2), 1.0, 0.05) * np.sin(2 * np.pi * 90 * t)
    >>> emg_envelope(burst, fs=1000, method="rms").values[[500, 1500]].round(2)
    array([0.04, 0.7 ])
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="EMG reaches from 20 Hz up")
    checked_choice(method, "method", METHODS)
    window = checked_number(window_s, "window_s", 0, 60, open_low=True, unit="s")
    band = bandpass_of(signal.fs, lowcut, highcut)
    smooth = design_filter("butterworth", "lowpass", highcut=cutoff, order=ORDER, fs=signal.fs)
    half = max(round(window * signal.fs / 2), 1)
    reach = band.context + (smooth.context if method == "linear" else half)
    lowpass = smooth if method == "linear" else None
    work = functools.partial(_envelope, band=band, smooth=lowpass, half=half)
    words = f"linear, {cutoff:g} Hz" if method == "linear" else f"RMS over {window:g} s"
    return stretch_plan(work, f"EMG envelope ({words})", reach, source=signal)


def bandpass_of(fs: float, lowcut: float, highcut: float | None) -> Filter:
    """Return the band-pass filter of surface EMG."""
    high = min(MAX_HIGHCUT, 0.45 * fs) if highcut is None else highcut
    return design_filter("butterworth", "bandpass", lowcut=lowcut, highcut=high, order=ORDER, fs=fs)


def _envelope(values: Samples, band: Filter, smooth: Filter | None, half: int) -> Samples:
    clean = filtered_both_ways(values, band)
    if smooth is not None:
        return np.maximum(filtered_both_ways(np.abs(clean), smooth), 0)
    return np.sqrt(np.maximum(moving_mean(clean**2, half), 0))


def moving_mean(values: Samples, half: int) -> Samples:
    """Return the mean of each sample and ``half`` samples on both sides."""
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, 2 * half + 1, mode="nearest"))
