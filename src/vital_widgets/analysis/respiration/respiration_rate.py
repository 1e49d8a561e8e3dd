"""Respiration rate of a respiration channel, window by window."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.respiration.breaths import checked_rate_of
from vital_widgets.analysis.respiration.condition import (
    BREATH_HZ,
    bin_samples,
    binned,
    is_flat,
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

    Signal = NDArray[np.float64]
    Part = tuple[NDArray[np.int64], Signal, Signal]

METHODS = ("median", *ESTIMATORS)
RATE, FINEST = 8.0, 32.0  # Hz, at least and at most, of the windows
LEAST_QUALITY = 0.5  # of white noise, 95 % of the windows have less than 0.45
AT_ONCE = 600.0  # s of signal worked on at once in an array


def _plan(
    fs: float,
    *,
    method: str = "median",
    window: float = 32.0,
    step: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = LEAST_QUALITY,
) -> Plan[Part, RespirationRate]:
    rate = checked_rate_of(fs)
    method = checked_choice(method, "method", METHODS)
    window, step = checked_window(window, step)
    limits = checked_band(band, window)
    least = checked_number(min_quality, "min_quality", 0, 1)
    q = _fitting_bin(rate, window, step)
    n, hop = max(round(window * rate / q), 1), max(round(step * rate / q), 1)
    return Plan(
        functools.partial(_work, q=q, n=n, hop=hop, limits=limits),
        functools.partial(_join, method=method, bins=(q, n, hop), least=least),
        after=n * q,
        grid=hop * q,
    )


def _fitting_bin(fs: float, window: float, step: float) -> int:
    """Return how many samples to average, so that a window and a step are whole numbers of bins.

    Where no number divides both, the one that comes nearest.
    """

    def off(q: int) -> tuple[int, int, int]:
        length, apart = round(window * fs), round(step * fs)
        return abs(round(length / q) * q - length), abs(round(apart / q) * q - apart), -q

    return min(range(max(int(fs / FINEST), 1), bin_samples(fs, RATE) + 1), key=off)


@chunked(_plan)
@with_recipe("values", "usable")
def respiration_rate(
    values: Any,
    fs: float,
    *,
    method: str = "median",
    window: float = 32.0,
    step: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = LEAST_QUALITY,
    usable: Any = None,
) -> RespirationRate:
    """Estimate the respiration rate in windows, in four ways, and how far they agree.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        A respiration channel in any unit, either way up; NaN where there are no samples.
    fs : float
        Sampling rate in Hz, at least 4.
    method : {'median', 'autocorrelation', 'spectrum', 'counting', 'autoregressive'}
        Which estimate is ``rate``. All are computed: 'autocorrelation' by the first high peak of
        the unbiased autocorrelation; 'spectrum' by the highest peak of the periodogram with a
        Hann window; 'counting' by whole breaths between turns of which pairs that differ by less
        than 0.3 of the third quartile are left out (Schäfer and Kratky 2008); 'autoregressive' by
        the highest peak of Burg's spectrum of order 10 at 4 Hz, with a Hamming taper (Swingler
        1980); 'median' of the four.
    window, step : float
        Length (10 to 600) and distance of the windows in s. They are kept to the sample
        wherever a bin of 1/32 to 1/8 s divides both; the result says their length.
    band : (float, float)
        Slowest and fastest breathing in breaths a minute. The slowest is raised to what fits the
        window twice.
    min_quality : float
        Height of the autocorrelation at one breath (0 to 1) below which ``rate`` is NaN.
    usable : bool array of shape (n,), Stretches, Annotations or quality result, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    RespirationRate
        Each window's estimates, median, spread, quality.

    Notes
    -----
    Windows whose spectrum is as flat as that of white noise have no estimates: in the densest
    0.2 Hz from 0.05 to 1.2 Hz it is less than 5 times as dense as above 1.5 Hz, in a window of a
    minute; 7 times in 32 s. Windows lie on a grid fixed to the start of each run, so the result
    is the same whatever the chunk length, to 1e-9. Windows of which a tenth or more is missing
    have no rate; windows that reach over the end of a run are left out.

    References
    ----------
    Charlton PH et al. An assessment of algorithms to estimate respiratory rate from the
    electrocardiogram and photoplethysmogram. Physiol Meas 37 (2016) 610-626.
    Schäfer A, Kratky KW. Estimation of breathing rate from respiratory sinus arrhythmia:
    comparison of various methods. Ann Biomed Eng 36 (2008) 476-485.
    Swingler DN. Frequency errors in MEM processing. IEEE Trans Acoust Speech Signal Process 28
    (1980) 257-259.
    """
    plan = _plan(fs, method=method, window=window, step=step, band=band, min_quality=min_quality)
    rate = checked_rate_of(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    length = max(round(AT_ONCE * rate) // plan.grid, 1) * plan.grid
    return run_on_array(plan, signal, rate, chunk_samples=length)


def _work(piece: Piece, q: int, n: int, hop: int, limits: tuple[float, float]) -> Part:
    """Return the windows that begin in the core: where, their estimates, their quality."""
    begin = int(piece.core.start)
    x = binned(piece.values[begin:], q)
    inside = int(piece.core.stop) - begin
    starts = np.arange(0, -(-inside // q), hop, dtype=np.int64)
    starts = starts[starts + n <= (len(piece.values) - begin) // q]
    rate = piece.fs / q
    high = np.full(len(starts), min(limits[1], 0.45 * rate))
    estimates, quality = window_rates(x, rate, starts, n, limits[0], high)
    if limits[1] <= BREATH_HZ[1]:
        for k, first in enumerate(starts.tolist()):
            window = x[first : first + n]
            if is_flat(window[np.isfinite(window)], rate):
                estimates[k] = np.nan
    return starts * q + piece.core_first, estimates, quality


def _join(
    partials: Sequence[Part], extent: Extent, method: str, bins: tuple[int, int, int], least: float
) -> RespirationRate:
    q, n, hop = bins
    empty: Part = (np.empty(0, np.int64), np.empty((0, len(ESTIMATORS))), np.empty(0))
    starts, estimates, quality = (
        np.concatenate(part) for part in zip(empty, *partials, strict=True)
    )
    median, spread = middle_and_spread(estimates)
    chosen = median if method == "median" else estimates[:, ESTIMATORS.index(method)]
    rate = np.where(quality >= least, chosen, np.nan)
    seconds, notes = n * q / extent.fs, []
    if not len(starts):
        notes.append(
            not_enough(f"{extent.valid.seconds:.3g} s of signal hold no window of {seconds:.3g} s")
        )
    elif not np.isfinite(rate).any():
        notes.append(not_enough("no window shows regular breathing"))
    return RespirationRate(
        times=extent.times(starts) + seconds / 2 if len(starts) else np.empty(0),
        rate=rate,
        names=ESTIMATORS,
        estimates=estimates,
        median=median,
        spread=spread,
        quality=quality,
        method=method,
        window=seconds,
        step=hop * q / extent.fs,
        valid=extent.valid,
        notes=tuple(notes),
    )
