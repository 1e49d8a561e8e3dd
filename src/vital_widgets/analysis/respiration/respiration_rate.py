"""Respiration rate of a respiration channel in windows."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.respiration.condition import (
    BREATH_HZ,
    MIN_RATE,
    WHY,
    bin_samples,
    binned,
)
from vital_widgets.analysis.respiration.rate_estimators import ESTIMATORS
from vital_widgets.analysis.respiration.rate_series import (
    BAND,
    RespirationRate,
    checked_band,
    checked_window,
    middle_and_spread,
    window_rates,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Signal = NDArray[np.float64]
    Part = tuple[NDArray[np.int64], Signal, Signal]

METHODS = ("median", *ESTIMATORS)
COARSEST, FINEST = 8.0, 32.0  # Hz, at least and at most, of the windows
MIN_QUALITY = 0.5  # of white noise, 95 % of the windows have less than 0.45


@analysis
def respiration_rate(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = METHODS[0],
    window_s: float = 32.0,
    step_s: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = MIN_QUALITY,
    usable: UsableLike = None,
) -> Plan[Part, RespirationRate]:
    """Estimate the respiration rate in windows by four estimators, and how far they agree.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        A respiration signal in any unit and of either polarity; NaN marks missing samples.
    fs, usable
        As for `breaths`.
    method : {'median', 'autocorrelation', 'spectrum', 'counting', 'autoregressive'}
        The estimate that is ``rate``. All are computed: 'autocorrelation' from the first high
        peak of the unbiased autocorrelation; 'spectrum' from the highest peak of the periodogram
        with a Hann taper; 'counting' from complete breaths between turning points, of which pairs
        that differ by less than 0.3 of the third quartile are removed [1]_; 'autoregressive' from
        the highest peak of Burg's spectrum of order 10 at 4 Hz, with a Hamming taper [2]_;
        'median' of the four, the default, tolerates one that fails. See [3]_ for a comparison.
    window_s, step_s : float
        Length (10 to 600) and distance of the windows in s; the defaults are common in studies of
        respiration rate. They are exact wherever a bin of 1/32 to 1/8 s divides both; the result
        states the exact values.
    band : (float, float)
        Lowest and highest rate that is searched, in breaths/min. The lowest is raised so that the
        window holds two breaths.
    min_quality : float
        Height of the autocorrelation at one breath (0 to 1) below which ``rate`` is NaN; 95 % of
        windows of white noise have less than 0.45.

    Returns
    -------
    RespirationRate
        Estimates, median, spread and quality of each window.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 4 Hz, or an argument is out of range.

    Notes
    -----
    A window with a spectrum as flat as that of white noise has no estimates: the density in the
    densest 0.2 Hz from 0.05 to 1.2 Hz is less than 5 times that above 1.5 Hz in a window of a
    minute, or 7 times in 32 s. Windows lie on a grid that is fixed to the start of a run of
    samples, so the result is the same however the recording is cut into pieces, to 1e-9. A window
    with a tenth or more missing has no rate; windows that extend beyond the end of a run are
    omitted.

    References
    ----------
    .. [1] Schäfer A, Kratky KW. Estimation of breathing rate from respiratory sinus arrhythmia:
       comparison of various methods. Annals of Biomedical Engineering 2008;36(3):476-485.
       doi:10.1007/s10439-007-9428-1
    .. [2] Swingler DN. Frequency errors in MEM processing. IEEE Transactions on Acoustics, Speech,
       and Signal Processing 1980;28(2):257-259.
    .. [3] Charlton PH, et al. An assessment of algorithms to estimate respiratory rate from the
       electrocardiogram and photoplethysmogram. Physiological Measurement 2016;37(4):610-626.
       doi:10.1088/0967-3334/37/4/610

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import respiration_rate
    >>> found = respiration_rate(np.sin(2 * np.pi * 0.25 * np.arange(2000) / 20), 20)
    >>> found.rate.round(1).tolist()
    [15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 15.0]
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)
    checked_choice(method, "method", METHODS)
    window, step = checked_window(window_s, step_s)
    limits = checked_band(band, window)
    least = checked_number(min_quality, "min_quality", 0, 1)
    q = _fitting_bin(signal.fs, window, step)
    n, hop = (max(round(seconds * signal.fs / q), 1) for seconds in (window, step))
    return Plan(
        functools.partial(_work, q=q, n=n, hop=hop, limits=limits),
        functools.partial(_join, method=method, bins=(q, n, hop), min_quality=least),
        after=n * q,
        grid=hop * q,
        source=signal,
    )


def _fitting_bin(fs: float, window: float, step: float) -> int:
    """Return the samples in a bin, so that a window and a step are nearest to whole bins."""

    def off(q: int) -> tuple[int, int, int]:
        length, apart = round(window * fs), round(step * fs)
        return abs(round(length / q) * q - length), abs(round(apart / q) * q - apart), -q

    return min(range(max(int(fs / FINEST), 1), bin_samples(fs, COARSEST) + 1), key=off)


def _work(piece: Piece, q: int, n: int, hop: int, limits: tuple[float, float]) -> Part:
    """Return the windows that begin in the core: start, estimates, quality."""
    begin = int(piece.core.start)
    x = binned(piece.values[begin:], q)
    inside = int(piece.core.stop) - begin
    starts = np.arange(0, -(-inside // q), hop, dtype=np.int64)
    starts = starts[starts + n <= (len(piece.values) - begin) // q]
    rate = piece.fs / q
    high = np.full(len(starts), min(limits[1], 0.45 * rate))
    estimates, quality = window_rates(
        x, rate, starts, n, limits[0], high, reject_flat=limits[1] <= BREATH_HZ[1]
    )
    return starts * q + piece.core_first, estimates, quality


def _join(
    partials: Sequence[Part], extent: Extent, method: str, bins: tuple[int, int, int],
    min_quality: float,
) -> RespirationRate:  # fmt: skip
    q, n, hop = bins
    empty: Part = (np.empty(0, np.int64), np.empty((0, len(ESTIMATORS))), np.empty(0))
    starts, estimates, quality = (
        np.concatenate(part) for part in zip(empty, *partials, strict=True)
    )
    median, spread = middle_and_spread(estimates)
    chosen = median if method == METHODS[0] else estimates[:, ESTIMATORS.index(method)]
    rate = np.where(quality >= min_quality, chosen, np.nan)
    seconds, notes = n * q / extent.fs, []
    if not len(starts):
        notes.append(
            not_enough(f"{extent.valid.seconds:.3g} s of signal hold no window of {seconds:.3g} s")
        )
    elif not np.isfinite(rate).any():
        notes.append(not_enough("breathing is not regular in any window"))
    return RespirationRate(
        times=extent.times(starts) + seconds / 2, rate=rate,
        names=ESTIMATORS, estimates=estimates, median=median, spread=spread, quality=quality,
        method=method, window_s=seconds, step_s=hop * q / extent.fs, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip
