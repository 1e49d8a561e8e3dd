"""Remove baseline wander, by several published methods."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import (
    SamplePlan,
    block_plan,
    empty_core,
    sample_plan,
    stretch_plan,
    stretches_of,
)
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import filter_plan
from vital_widgets.analysis.signal.filters.smoothing import median_around, odd_window
from vital_widgets.analysis.signal.filters.wavelet_denoising import approximated, checked_wavelet
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.core.timebase import TimeBase

METHODS = ("highpass", "median", "morphological", "spline", "wavelet")
BLOCK_S = 120.0
BEFORE_R_S = 0.066  # the PR segment, before the Q wave begins
AROUND_S = 0.010  # to each side
MAX_RR_S = 5.0  # the baseline is unknown between beats further apart


@analysis
def remove_baseline(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "highpass",
    cutoff: float = 0.67,
    short_s: float = 0.2,
    long_s: float | None = None,
    beats: BeatsLike | None = None,
    wavelet: str = "db8",
    usable: UsableLike = None,
) -> SamplePlan:
    """Remove the baseline wander of a signal, such as that of an ECG by respiration.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`.
    method : {'highpass', 'median', 'morphological', 'spline', 'wavelet'}
        - 'highpass': Butterworth high-pass filter of order 2 with zero phase.
        - 'median': the baseline is the median over ``short_s`` (removes QRS complexes and P
          waves), then over ``long_s`` (removes T waves) [2]_.
        - 'morphological': the baseline is the opening with ``short_s``, then the closing with
          ``long_s`` [3]_.
        - 'spline': the baseline is a cubic spline through the level of the PR segment before each
          of ``beats`` (mean of 20 ms around 66 ms before the R peak, slopes from both neighbours)
          [4]_. Between beats more than 5 s apart, and before the first and after the last beat,
          the level of the nearest beat is kept for 5 s; further away the result is NaN.
        - 'wavelet': the baseline is the approximation of a wavelet transform up to about
          ``cutoff``.
    cutoff : float
        Hz; for 'highpass' (-6 dB there) and 'wavelet' (rounded up to ``fs / 2**k``). The AHA
        recommends 0.05 Hz for diagnosis, and accepts up to 0.67 Hz for filters without phase
        distortion, as here [1]_.
    short_s, long_s : float
        Windows in seconds for 'median' and 'morphological'. By default ``short_s`` is 0.2 and
        ``long_s`` is 0.6 for 'median' [2]_ and 0.3, 1.5 times as long, for 'morphological' [3]_.
    beats : Beats, Annotations, or array-like of float, shape (k,)
        R peaks for 'spline'; an array holds seconds from the start of the recording (or array).
    wavelet : str
        For 'wavelet': a discrete wavelet of PyWavelets. The default has long, smooth filters.

    Returns
    -------
    Filtered
        As for `filter_signal`: the signal without its baseline.

    Raises
    ------
    InvalidInputError
        ``beats`` are missing for 'spline' or given for another method, or an argument is not one
        of those listed.

    References
    ----------
    .. [1] Kligfield P, et al. Recommendations for the standardization and interpretation of the
       electrocardiogram: part I: the electrocardiogram and its technology. Circulation
       2007;115(10):1306-1324. doi:10.1161/CIRCULATIONAHA.106.180200
    .. [2] de Chazal P, O'Dwyer M, Reilly RB. Automatic classification of heartbeats using ECG
       morphology and heartbeat interval features. IEEE Transactions on Biomedical Engineering
       2004;51(7):1196-1206. doi:10.1109/TBME.2004.827359
    .. [3] Sun Y, Chan KL, Krishnan SM. ECG signal conditioning by morphological filtering.
       Computers in Biology and Medicine 2002;32(6):465-479. doi:10.1016/S0010-4825(02)00034-3
    .. [4] Meyer CR, Keiser HN. Electrocardiogram baseline noise estimation and removal using cubic
       splines and state-space computation techniques. Computers and Biomedical Research
       1977;10(5):459-470. doi:10.1016/0010-4809(77)90021-0

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import remove_baseline
    >>> t = np.arange(0, 30, 1 / 250)
    >>> ecg = np.exp(-(((t % 0.8 - 0.4) / 0.02) ** 2))
    >>> wander = np.sin(2 * np.pi * 0.1 * t)
    >>> flat = remove_baseline(ecg + wander, 250).values
    >>> bool(np.std(flat - np.mean(flat)) < 0.3 * np.std(ecg + wander))
    True
    """
    signal = signal_of(x, fs, usable)
    rate = signal.fs
    checked_choice(method, "method", METHODS)
    cutoff = checked_number(cutoff, "cutoff", 0, rate / 2, open_low=True, unit="Hz")
    if method != "spline" and beats is not None:
        raise InvalidInputError(f"beats are not used by method={method!r}; only by 'spline'")
    if method == "highpass":
        made = design_filter("butterworth", "highpass", lowcut=cutoff, order=2, fs=rate)
        return filter_plan(signal, made)
    if method == "spline":
        knots, notes = _knots(beats, signal.timebase)
        work = functools.partial(_without_spline, knots=knots)
        reach = int(np.ceil((2 * MAX_RR_S + 1) * rate))
        words = "baseline removed: cubic spline through PR segments"
        return sample_plan(work, words, before=reach, after=reach, source=signal, notes=notes)
    if method == "wavelet":
        levels = max(int(np.floor(np.log2(rate / 2 / cutoff))), 1)
        margin = checked_wavelet(wavelet).dec_len << levels
        block = -(-round(max(BLOCK_S * rate, 2 * margin)) >> levels) << levels
        top = rate / 2 / 2**levels
        words = f"baseline removed: {wavelet} approximation of level {levels} (to {top:.3g} Hz)"
        smooth = functools.partial(approximated, wavelet=wavelet, levels=levels)
        return block_plan(
            functools.partial(_without, baseline=smooth), words, block, margin, signal
        )
    usual, of_windows = {"median": (0.6, _medians), "morphological": (0.3, _opened_and_closed)}[
        method
    ]
    short = odd_window(short_s, rate, "short_s", 3)
    long = odd_window(usual if long_s is None else long_s, rate, "long_s", 3)
    smooth = functools.partial(of_windows, short=short, long=long)
    words = f"baseline removed: {method}, {short / rate:.3g} and {long / rate:.3g} s"
    return stretch_plan(functools.partial(_without, baseline=smooth), words, short + long, signal)


def _without(
    values: NDArray[np.float64], baseline: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    return values - baseline(values)


def _medians(values: NDArray[np.float64], short: int, long: int) -> NDArray[np.float64]:
    return median_around(median_around(values, short), long)


def _opened_and_closed(values: NDArray[np.float64], short: int, long: int) -> NDArray[np.float64]:
    from scipy.ndimage import grey_closing, grey_opening

    return np.asarray(grey_closing(grey_opening(values, short), long))


def _knots(
    beats: BeatsLike | None, timebase: TimeBase
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the R peaks in samples of the channel (with fractions), in order, and notes."""
    if beats is None or isinstance(beats, Channel):
        given = "" if beats is None else f", not the channel {beats.name!r}"
        raise InvalidInputError(
            f"method='spline' needs beats{given}: give the result of ecg_peaks, annotations, or "
            "an array of times in seconds"
        )
    times, notes = beat_times(beats, "beats")
    run = np.searchsorted(timebase.onsets, times, side="right") - 1
    run, times = run[run >= 0], times[run >= 0]
    place = timebase.starts[run] + (times - timebase.onsets[run]) * timebase.fs
    ends = np.append(timebase.starts[1:], timebase.n_samples)[run]
    return np.asarray(place[place < ends]), tuple(notes)


def _without_spline(piece: Piece, knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the core of a piece without the baseline through its PR segments."""
    half = round(AROUND_S * piece.fs)
    out = empty_core(piece)
    for stretch in stretches_of(piece):
        values, n = stretch.values, len(stretch.values)
        lo, hi = np.searchsorted(knots, [stretch.first, stretch.first + n])
        at = np.floor(knots[lo:hi] - BEFORE_R_S * piece.fs + 0.5).astype(np.int64) - stretch.first
        at = np.unique(at[(at >= half) & (at < n - half)])
        if len(at):
            level = np.mean(values[at[:, None] + np.arange(-half, half + 1)], axis=1)
            i = np.arange(stretch.keep.start, stretch.keep.stop)
            out[stretch.into] = values[i] - _cubic(at, level, i, MAX_RR_S * piece.fs)
    return out


def _cubic(
    at: NDArray[np.int64], level: NDArray[np.float64], i: NDArray[np.int64], longest: float
) -> NDArray[np.float64]:
    """Return the curve through ``level`` at ``at``, evaluated at ``i``.

    Between knots further apart than ``longest`` the level of the nearest knot is kept up to that
    distance; beyond, the curve is NaN.
    """
    from scipy.interpolate import CubicHermiteSpline

    after = np.searchsorted(at, i, side="right")
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    nearest = np.where(np.abs(i - at[left]) <= np.abs(at[right] - i), left, right)
    curve = np.where(np.abs(i - at[nearest]) <= longest, level[nearest], np.nan)
    joined = np.diff(at) <= longest
    inside = (left < right) & np.append(joined, False)[left]
    if inside.any():  # the slope at a knot is that between the neighbours that are joined to it
        k = np.arange(len(at))
        lo, hi = k - np.append(False, joined), k + np.append(joined, False)
        slopes = (level[hi] - level[lo]) / np.maximum(at[hi] - at[lo], 1)
        curve[inside] = CubicHermiteSpline(at, level, slopes)(i[inside])
    return curve
