"""Wavelets block by block: take out noise by thresholds, find the baseline in the approximation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.samplewise import (
    Filtered,
    SamplePlan,
    block_plan,
    run_samples,
)
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

THRESHOLDS = ("universal", "sure", "bayes")
MODES = ("soft", "hard")
MAD_OF_NORMAL = 0.6744897501960817  # median magnitude of a standard normal variable
MOST_LEVELS = 12


def checked_wavelet(wavelet: Any) -> Any:
    """Return a discrete wavelet by its name in PyWavelets, or raise `InvalidInputError`."""
    import pywt

    if not isinstance(wavelet, str) or wavelet not in pywt.wavelist(kind="discrete"):
        raise InvalidInputError(
            f"wavelet={wavelet!r} is no discrete wavelet of PyWavelets; give 'sym8', 'db4', "
            "'coif3', 'bior4.4' or another of pywt.wavelist(kind='discrete')"
        )
    return pywt.Wavelet(wavelet)


def noise_of(details: NDArray[np.float64]) -> float:
    """Return the standard deviation of the noise from the finest details (Donoho, Johnstone)."""
    return float(np.median(np.abs(details))) / MAD_OF_NORMAL


def sure_threshold(details: NDArray[np.float64]) -> float:
    """Return the threshold with the least of Stein's unbiased risk, for noise of variance 1."""
    n = len(details)
    power = np.sort(details**2)
    risk = n - 2 * np.arange(1, n + 1) + np.cumsum(power) + np.arange(n - 1, -1, -1) * power
    return float(np.sqrt(power[np.argmin(risk)]))


def threshold_of(details: NDArray[np.float64], sigma: float, rule: str, n: int) -> float:
    """Return the threshold for the details of one level of a signal of ``n`` samples."""
    universal = sigma * np.sqrt(2 * np.log(max(n, 2)))
    if rule == "universal" or sigma == 0:
        return float(universal)
    if rule == "sure":
        return float(min(sigma * sure_threshold(details / sigma), universal))
    signal = max(float(np.mean(details**2)) - sigma**2, 0.0)
    return float(np.max(np.abs(details))) if signal == 0 else sigma**2 / float(np.sqrt(signal))


def shrunk(
    values: NDArray[np.float64], wavelet: str, levels: int, rule: str, mode: str
) -> NDArray[np.float64]:
    """Return one stretch without what its wavelet details hold of noise."""
    import pywt

    form = pywt.Wavelet(wavelet)
    levels = min(levels, pywt.dwt_max_level(len(values), form.dec_len))
    if levels < 1:  # too short for a single level: nothing tells noise from signal
        return values
    samples = np.require(values, requirements=["C", "W"])  # it takes no array that is read-only
    approximation, *details = pywt.wavedec(samples, form, mode="symmetric", level=levels)
    sigma = noise_of(details[-1])
    for k, detail in enumerate(details):
        limit = threshold_of(detail, sigma, rule, len(values))
        details[k] = pywt.threshold(detail, limit, mode) if limit > 0 else detail
    made = pywt.waverec([approximation, *details], form, mode="symmetric")
    return np.asarray(made[: len(values)])


def approximated(values: NDArray[np.float64], wavelet: str, levels: int) -> NDArray[np.float64]:
    """Return what is left of one stretch without its details: its slow part."""
    import pywt

    form = pywt.Wavelet(wavelet)
    levels = min(levels, pywt.dwt_max_level(len(values), form.dec_len))
    if levels < 1:
        return np.full(len(values), np.mean(values))
    samples = np.require(values, requirements=["C", "W"])  # it takes no array that is read-only
    approximation, *details = pywt.wavedec(samples, form, mode="symmetric", level=levels)
    made = pywt.waverec(
        [approximation, *(np.zeros_like(d) for d in details)], form, mode="symmetric"
    )
    return np.asarray(made[: len(values)])


def plan_wavelet_denoise(
    fs: float,
    *,
    wavelet: str = "sym8",
    levels: int | None = None,
    threshold: str = "sure",
    mode: str = "soft",
    block_seconds: float = 60.0,
) -> SamplePlan:
    """Return how `wavelet_denoise` runs over a recording."""
    import pywt

    rate = checked_fs(fs)
    form = checked_wavelet(wavelet)
    checked_choice(threshold, "threshold", THRESHOLDS)
    checked_choice(mode, "mode", MODES)
    seconds = checked_number(block_seconds, "block_seconds", 0, open_low=True, unit="s")
    most = min(pywt.dwt_max_level(round(seconds * rate), form.dec_len), MOST_LEVELS)
    if most < 1:
        raise InvalidInputError(
            f"block_seconds={block_seconds!r} s at {rate:g} Hz is too short for the wavelet "
            f"{wavelet!r} with {form.dec_len} coefficients; give longer blocks"
        )
    if levels is None:
        # Down to the level whose details hold what is above about 1 Hz.
        levels = int(np.clip(round(np.log2(rate / 2)), 1, most))
    number = checked_number(levels, "levels", 1, most)
    if number != int(number):
        raise InvalidInputError(f"levels={levels!r} is not a whole number")
    n_levels = int(number)
    margin = form.dec_len << n_levels
    block = max(-(-round(seconds * rate) // (1 << n_levels)) << n_levels, 1)
    function = functools.partial(
        shrunk, wavelet=wavelet, levels=n_levels, rule=threshold, mode=mode
    )
    words = f"wavelet denoising, {wavelet}, {n_levels} levels, {threshold} threshold, {mode}"
    return block_plan(function, words, block, margin)


@chunked(plan_wavelet_denoise)
@with_recipe("values")
def wavelet_denoise(
    values: Any,
    fs: float,
    *,
    wavelet: str = "sym8",
    levels: int | None = None,
    threshold: str = "sure",
    mode: str = "soft",
    block_seconds: float = 60.0,
    usable: Any = None,
) -> Filtered:
    """Take out noise by thresholds on wavelet coefficients.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    wavelet : str
        A discrete wavelet of PyWavelets.
    levels : int, optional
        Levels of details that are thresholded; by default down to about 1 Hz.
    threshold : str
        'sure' (least of Stein's unbiased risk of each level, at most the universal one), 'bayes'
        (BayesShrink, of each level) or 'universal' (``sigma * sqrt(2 ln n)``). With 'soft', the
        universal threshold takes more off R peaks than it takes noise out unless there is much
        noise.
    mode : str
        'soft' or 'hard'.
    block_seconds : float
        The noise is estimated and the thresholds are set for blocks of so many seconds, counted
        from the start of the run of samples; noise that changes is followed. Each block is
        transformed with a margin of the length of the longest wavelet, so that no seam shows.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Filtered
        In pieces of any length exactly the same. A stretch too short for one level is left as it
        is.

    Notes
    -----
    `pywt.wavedec` with symmetric extension. The noise is taken as white within a block: its
    standard deviation is the median magnitude of the finest details over 0.6745.

    References
    ----------
    Donoho DL, Johnstone IM. Ideal spatial adaptation by wavelet shrinkage. Biometrika
    1994;81:425-455.
    Donoho DL, Johnstone IM. Adapting to unknown smoothness via wavelet shrinkage. J Am Stat Assoc
    1995;90:1200-1224.
    Chang SG, Yu B, Vetterli M. Adaptive wavelet thresholding for image denoising and compression.
    IEEE Trans Image Process 2000;9:1532-1546.
    """
    plan = plan_wavelet_denoise(
        fs, wavelet=wavelet, levels=levels, threshold=threshold, mode=mode,
        block_seconds=block_seconds,
    )  # fmt: skip
    return run_samples(plan, only_usable(checked_signal(values), usable, fs), checked_fs(fs))
