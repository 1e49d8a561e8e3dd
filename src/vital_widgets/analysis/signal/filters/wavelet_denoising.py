"""Wavelet transforms, block by block: thresholds against noise, and the slow part of a signal."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.samplewise import SamplePlan, block_plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, checked_number
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

THRESHOLDS = ("universal", "sure", "bayes")
MODES = ("soft", "hard")
MAD_OF_NORMAL = 0.6744897501960817  # median magnitude of a standard normal variable
MAX_LEVELS = 12


@analysis
def wavelet_denoise(
    x: SignalLike,
    fs: float | None = None,
    *,
    wavelet: str = "sym8",
    n_levels: int | None = None,
    threshold_rule: str = "sure",
    mode: str = "soft",
    block_s: float = 60.0,
    usable: UsableLike = None,
) -> SamplePlan:
    """Remove noise by thresholds on the wavelet coefficients of a signal.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`.
    wavelet : str
        A discrete wavelet of PyWavelets. The default is nearly symmetric and keeps the shape of
        waves.
    n_levels : int, optional
        Levels of details to which thresholds are applied; by default down to about 1 Hz.
    threshold_rule : {'sure', 'bayes', 'universal'}
        'sure' minimises Stein's unbiased risk at each level, with the universal threshold as
        upper limit [2]_; 'bayes' is BayesShrink at each level [3]_; 'universal' is
        ``sigma * sqrt(2 ln n)`` [1]_, which with 'soft' removes more of the R peaks than of the
        noise unless there is much noise.
    mode : {'soft', 'hard'}
        Whether the remaining coefficients are reduced by the threshold or kept as they are.
    block_s : float
        Seconds of a block. The noise and the thresholds are estimated for each block, counted
        from the start of a run of samples, to follow noise that changes; a minute has enough
        coefficients for that. Blocks are transformed with a margin of the longest wavelet.

    Returns
    -------
    Filtered
        As for `filter_signal`, but exactly the same in pieces of any length. A stretch too short
        for one level is left unchanged.

    Raises
    ------
    InvalidInputError
        The wavelet is unknown, or a block is too short for it or for ``n_levels``.

    Notes
    -----
    `pywt.wavedec` with symmetric extension. The noise is taken as white within a block: its
    standard deviation is the median magnitude of the finest details divided by 0.6745.

    References
    ----------
    .. [1] Donoho DL, Johnstone IM. Ideal spatial adaptation by wavelet shrinkage. Biometrika
       1994;81(3):425-455. doi:10.1093/biomet/81.3.425
    .. [2] Donoho DL, Johnstone IM. Adapting to unknown smoothness via wavelet shrinkage. Journal
       of the American Statistical Association 1995;90(432):1200-1224.
       doi:10.1080/01621459.1995.10476626
    .. [3] Chang SG, Yu B, Vetterli M. Adaptive wavelet thresholding for image denoising and
       compression. IEEE Transactions on Image Processing 2000;9(9):1532-1546. doi:10.1109/83.862633

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import wavelet_denoise
    >>> clean = np.sin(np.arange(5000) / 40)
    >>> noisy = clean + 0.2 * np.random.default_rng(0).normal(size=5000)
    >>> bool(np.std(wavelet_denoise(noisy, 250).values - clean) < 0.1)
    True
    """
    pywt = import_extra("pywt", "wavelet_denoise")
    signal = signal_of(x, fs, usable)
    form = checked_wavelet(wavelet)
    checked_choice(threshold_rule, "threshold_rule", THRESHOLDS)
    checked_choice(mode, "mode", MODES)
    n_block = round(checked_number(block_s, "block_s", 0, open_low=True, unit="s") * signal.fs)
    max_levels = min(pywt.dwt_max_level(n_block, form.dec_len), MAX_LEVELS)
    if max_levels < 1:
        raise InvalidInputError(
            f"block_s={block_s!r} s at {signal.fs:g} Hz is too short for the wavelet {wavelet!r} "
            f"with {form.dec_len} coefficients; give longer blocks"
        )
    if n_levels is None:  # the details of the last one hold what is above about 1 Hz
        n_levels = int(np.clip(round(np.log2(signal.fs / 2)), 1, max_levels))
    n_levels = checked_integer(n_levels, "n_levels", 1, max_levels)
    block = max(-(-n_block // (1 << n_levels)) << n_levels, 1)
    function = functools.partial(
        _shrunk, wavelet=wavelet, levels=n_levels, rule=threshold_rule, mode=mode
    )
    method = f"wavelet denoising, {wavelet}, {n_levels} levels, {threshold_rule} threshold, {mode}"
    return block_plan(function, method, block, form.dec_len << n_levels, signal)


def checked_wavelet(wavelet: object) -> Any:
    """Return a discrete wavelet by its name in PyWavelets, or raise `InvalidInputError`."""
    pywt = import_extra("pywt", "a method with wavelets")
    if not isinstance(wavelet, str) or wavelet not in pywt.wavelist(kind="discrete"):
        raise InvalidInputError(
            f"wavelet={wavelet!r} is not a discrete wavelet of PyWavelets; give 'sym8', 'db4', "
            "'coif3', 'bior4.4' or another of pywt.wavelist(kind='discrete')"
        )
    return pywt.Wavelet(wavelet)


def _shrunk(
    values: NDArray[np.float64], wavelet: str, levels: int, rule: str, mode: str
) -> NDArray[np.float64]:
    """Return one stretch after thresholds on its details."""
    import pywt

    found = _decomposed(values, wavelet, levels)
    if len(found) == 1:  # too short for a single level: noise cannot be told from signal
        return values
    approximation, *details = found
    sigma = float(np.median(np.abs(details[-1]))) / MAD_OF_NORMAL
    for k, detail in enumerate(details):
        limit = _threshold(detail, sigma, rule, len(values))
        details[k] = pywt.threshold(detail, limit, mode) if limit > 0 else detail
    return np.asarray(pywt.waverec([approximation, *details], wavelet)[: len(values)])


def approximated(values: NDArray[np.float64], wavelet: str, levels: int) -> NDArray[np.float64]:
    """Return the slow part of one stretch: without its details."""
    import pywt

    approximation, *details = _decomposed(values, wavelet, levels)
    if not details:
        return np.full(len(values), np.mean(values))
    zeros = [np.zeros_like(detail) for detail in details]
    return np.asarray(pywt.waverec([approximation, *zeros], wavelet)[: len(values)])


def _decomposed(values: NDArray[np.float64], wavelet: str, levels: int) -> list[Any]:
    import pywt

    levels = min(levels, pywt.dwt_max_level(len(values), wavelet))
    samples = np.require(values, requirements=["C", "W"])  # pywt refuses read-only arrays
    return list(pywt.wavedec(samples, wavelet, level=levels))


def _threshold(details: NDArray[np.float64], sigma: float, rule: str, n: int) -> float:
    """Return the threshold for the details of one level of a signal of ``n`` samples."""
    universal = sigma * float(np.sqrt(2 * np.log(max(n, 2))))
    if rule == "universal" or sigma == 0:
        return universal
    if rule == "sure":
        return min(sigma * _sure_threshold(details / sigma), universal)
    signal = max(float(np.mean(details**2)) - sigma**2, 0.0)
    return float(np.max(np.abs(details))) if signal == 0 else sigma**2 / float(np.sqrt(signal))


def _sure_threshold(details: NDArray[np.float64]) -> float:
    """Return the threshold that minimises Stein's unbiased risk, for noise of variance 1."""
    n = len(details)
    power = np.sort(details**2)
    risk = n - 2 * np.arange(1, n + 1) + np.cumsum(power) + np.arange(n - 1, -1, -1) * power
    return float(np.sqrt(power[np.argmin(risk)]))
