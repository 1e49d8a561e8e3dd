"""Take out baseline wander, in several published ways."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import (
    Filtered,
    SamplePlan,
    run_samples,
    sample_plan,
)
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
)
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import plan_filter_signal
from vital_widgets.analysis.signal.filters.pr_spline import LONGEST_RR, knots_of, without_spline
from vital_widgets.analysis.signal.filters.smoothing import local_plan, median_around, odd_window
from vital_widgets.analysis.signal.filters.wavelet_denoising import (
    approximated,
    block_plan,
    checked_wavelet,
)
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = ("highpass", "median", "morphological", "spline", "wavelet")
CUTOFF_HZ = 0.67
WAVELET = "db8"
HIGHPASS_ORDER = 2
BLOCK_SECONDS = 120.0


def without_medians(values: NDArray[np.float64], short: int, long: int) -> NDArray[np.float64]:
    """Take off the median of the median (de Chazal)."""
    return values - median_around(median_around(values, short), long)


def without_background(
    values: NDArray[np.float64], opening: int, closing: int
) -> NDArray[np.float64]:
    """Take off the closing of the opening, with flat structuring elements (Sun)."""
    from scipy.ndimage import grey_closing, grey_opening

    return np.asarray(values - grey_closing(grey_opening(values, opening), closing))


def without_approximation(
    values: NDArray[np.float64], wavelet: str, levels: int
) -> NDArray[np.float64]:
    """Take off what the slowest wavelets make up."""
    return values - approximated(values, wavelet, levels)


def plan_remove_baseline(
    fs: float,
    *,
    timebase: TimeBase,
    method: str = "highpass",
    cutoff: float = CUTOFF_HZ,
    short_seconds: float = 0.2,
    long_seconds: float | None = None,
    beats: Any = None,
    wavelet: str = WAVELET,
) -> SamplePlan:
    """Return how `remove_baseline` runs over a recording with these times."""
    rate = checked_fs(fs)
    checked_choice(method, "method", METHODS)
    cutoff = checked_number(cutoff, "cutoff", 0, rate / 2, open_low=True, unit="Hz")
    if method != "spline" and beats is not None:
        raise InvalidInputError(f"beats are not used by method={method!r}; only by 'spline'")
    if method == "highpass":
        made = design_filter("butterworth", "highpass", low=cutoff, order=HIGHPASS_ORDER, fs=rate)
        return plan_filter_signal(rate, filter=made)
    if method == "spline":
        work = functools.partial(without_spline, knots=knots_of(beats, timebase))
        reach = int(np.ceil((2 * LONGEST_RR + 1) * rate))
        words = "baseline taken off: cubic spline through PR segments"
        return sample_plan(work, words, before=reach, after=reach)
    if method == "wavelet":
        form = checked_wavelet(wavelet)
        levels = max(int(np.floor(np.log2(rate / 2 / cutoff))), 1)
        margin = form.dec_len << levels
        block = -(-round(max(BLOCK_SECONDS * rate, 2 * margin)) >> levels) << levels
        function = functools.partial(without_approximation, wavelet=wavelet, levels=levels)
        lowest = rate / 2 / 2**levels
        words = (
            f"baseline taken off: {wavelet} approximation of level {levels} (to {lowest:.3g} Hz)"
        )
        return block_plan(function, words, block, margin)
    usual = {"median": 0.6, "morphological": 0.3}[method]
    short = odd_window(short_seconds, rate, "short_seconds", least=3)
    long = odd_window(usual if long_seconds is None else long_seconds, rate, "long_seconds", 3)
    if method == "median":
        taken = functools.partial(without_medians, short=short, long=long)
        words = f"baseline taken off: medians of {short / rate:.3g} and {long / rate:.3g} s"
        return local_plan(taken, words, (short + long) // 2 + 2)
    flat = functools.partial(without_background, opening=short, closing=long)
    words = f"baseline taken off: opening {short / rate:.3g} s, closing {long / rate:.3g} s"
    return local_plan(flat, words, short + long)


@chunked(plan_remove_baseline)
@with_recipe("values", "beats")
def remove_baseline(
    values: Any,
    fs: float,
    *,
    method: str = "highpass",
    cutoff: float = CUTOFF_HZ,
    short_seconds: float = 0.2,
    long_seconds: float | None = None,
    beats: Any = None,
    wavelet: str = WAVELET,
    usable: Any = None,
) -> Filtered:
    """Take out baseline wander; the baseline is what was given less the result.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    method : str
        - 'highpass': Butterworth high-pass of order 2, zero phase. AHA recommends 0.05 Hz for
          diagnosis, and up to 0.67 Hz where the filter has no phase distortion, as here.
        - 'median': the median of ``short_seconds`` (0.2 s, takes out QRS and P waves), then of
          ``long_seconds`` (0.6 s, takes out T waves) is the baseline (de Chazal et al.).
        - 'morphological': opening with ``short_seconds`` (0.2 s), then closing with
          ``long_seconds`` (0.3 s, 1.5 times as long) is the baseline (Sun et al.).
        - 'spline': cubic through the level of the PR segment before each of ``beats`` (Meyer and
          Keiser): 20 ms around 66 ms before the R peak, slopes from the neighbours on both sides.
          Between beats more than 5 s apart, and before the first and after the last one, the
          level of the nearest is kept up to 5 s away; further away the result is NaN.
        - 'wavelet': the approximation of a wavelet transform up to about ``cutoff``.
    cutoff : float
        Hz, for 'highpass' (-3 dB of one pass, -6 dB of both) and 'wavelet' (rounded up to
        ``fs / 2**k``).
    short_seconds, long_seconds : float
        See 'median' and 'morphological'.
    beats : Beats, or array-like of float, shape (k,)
        R peaks, for 'spline'; an array in seconds from the start of the recording (or array).
    wavelet : str
        For 'wavelet'.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Filtered
        In pieces of any length the same to 1e-9 of the largest magnitude.

    References
    ----------
    Kligfield P, et al. Recommendations for the standardization and interpretation of the
    electrocardiogram: part I. Circulation 2007;115:1306-1324.
    de Chazal P, O'Dwyer M, Reilly RB. IEEE Trans Biomed Eng 2004;51:1196-1206.
    Sun Y, Chan KL, Krishnan SM. Comput Biol Med 2002;32:465-479.
    Meyer CR, Keiser HN. Comput Biomed Res 1977;10:459-470.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_remove_baseline(
        rate, timebase=regular(rate, len(signal)), method=method, cutoff=cutoff,
        short_seconds=short_seconds, long_seconds=long_seconds, beats=beats, wavelet=wavelet,
    )  # fmt: skip
    return run_samples(plan, signal, rate)
