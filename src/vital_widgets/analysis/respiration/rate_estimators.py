"""Respiration rate of many windows at once, by four estimators."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.respiration.breath_extrema import LEAST
from vital_widgets.analysis.respiration.condition import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

ESTIMATORS = ("autocorrelation", "spectrum", "counting", "autoregressive")
PADDING = 4  # times the window, for the spectrum
MULTIPLE = 0.85  # of the highest: the earliest such peak of the autocorrelation is the breath
ACF_RATE = 16.0  # Hz, of lags, at least
AR_RATE, AR_ORDER = 4.0, 10  # Hz, of what is modelled (at most), and poles
AR_POINTS = 1024  # frequencies at which the model is looked at
TAPER = 1.25  # beyond the slowest and the fastest breath, what is there goes out over this factor
MOST_VALUES = 1 << 20  # of the windows held at once


def estimates_of(rows: Signal, rate: float, low: float, high: Signal) -> tuple[Signal, Signal]:
    """Return the estimates of each window, and how regular it is.

    Parameters
    ----------
    rows : ndarray, shape (windows, n)
        Samples without NaN.
    rate : float
        Their rate in Hz.
    low : float
        Lowest breathing frequency in Hz.
    high : ndarray, shape (windows,)
        Highest breathing frequency in Hz.

    Returns
    -------
    (ndarray, shape (windows, 4), ndarray, shape (windows,))
        Breaths a minute by `ESTIMATORS`, NaN where one finds none; and the height of the
        autocorrelation at one breath, 0 to 1.
    """
    estimates = np.full((len(rows), len(ESTIMATORS)), np.nan)
    quality = np.zeros(len(rows))
    size = max(MOST_VALUES // max(PADDING * rows.shape[1], 1), 1)
    for k in range(0, len(rows), size):
        part = slice(k, k + size)
        x, moving = _detrended(rows[part])
        if not moving.any():
            continue
        at = k + np.flatnonzero(moving)
        x, top = _in_band(x[moving], rate, low, high[at]), high[at]
        estimates[at, 0], quality[at] = _autocorrelation(x, rate, low, top)
        estimates[at, 1] = _spectrum(x, rate, low, top)
        estimates[at, 2] = _counting(x, rate, low, top)
        estimates[at, 3] = _autoregressive(x, rate, low, top)
    return estimates, quality


def _detrended(rows: Signal) -> tuple[Signal, NDArray[np.bool_]]:
    """Return the windows without their straight lines, scaled, and which are not constant."""
    ramp = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
    x = rows - rows.mean(axis=1, keepdims=True)
    x = x - np.einsum("ij,j->i", x, ramp)[:, None] / float(ramp @ ramp) * ramp
    size, height = np.abs(rows).max(axis=1), np.abs(x).max(axis=1)
    # Brought to one height: no square of them is too large or too small for a number.
    scaled = x / np.where(height > 0, height, 1.0)[:, None]
    return scaled, height > ROUNDING * np.maximum(size, 1e-300)


def _in_band(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the windows without what is slower or faster than a breath can be."""
    n = x.shape[1]
    wide = 2 * n  # mirrored, so that the ends meet
    spectrum = np.fft.rfft(np.concatenate([x, x[:, ::-1]], axis=1), axis=1)
    f = np.fft.rfftfreq(wide, 1 / rate)
    edge = high[:, None]
    gain = np.clip((TAPER * edge - f) / ((TAPER - 1) * edge), 0, 1)
    gain *= np.clip((f - low / TAPER) / (low - low / TAPER), 0, 1)
    return np.asarray(np.fft.irfft(spectrum * gain, wide, axis=1)[:, :n])


def _vertex(y: Signal, k: NDArray[np.int64]) -> tuple[Signal, Signal]:
    """Return where the parabola around ``k`` of each row has its top, and its height."""
    i = np.arange(len(y))
    a, b, c = y[i, k - 1], y[i, k], y[i, k + 1]
    bend = a - 2 * b + c
    shift = np.where(bend < 0, 0.5 * (a - c) / np.where(bend < 0, bend, -1.0), 0.0)
    shift = np.clip(shift, -0.5, 0.5)
    return k.astype(np.float64) + shift, b - 0.25 * (a - c) * shift


def _peaks(y: Signal) -> NDArray[np.bool_]:
    """Return where each row has a local maximum."""
    found = np.zeros(y.shape, bool)
    found[:, 1:-1] = (y[:, 1:-1] > y[:, :-2]) & (y[:, 1:-1] >= y[:, 2:])
    return found


def _autocorrelation(x: Signal, rate: float, low: float, high: Signal) -> tuple[Signal, Signal]:
    """Return the rate of the earliest high peak of the unbiased autocorrelation, and its height."""
    n = x.shape[1]
    power = np.abs(np.fft.rfft(x, 2 * n, axis=1)) ** 2
    fine = max(math.ceil(ACF_RATE / rate), 1)  # lags between samples, for fast breathing
    lag = np.arange((n - 1) * fine) / fine
    r = np.fft.irfft(power, 2 * n * fine, axis=1)[:, : len(lag)]
    r = r / (1 - lag / n)
    r = r / np.maximum(r[:, :1], 1e-300)
    longest = min(rate / low, 0.75 * n)  # beyond, too little of the window is left
    allowed = _peaks(r) & (lag >= np.floor(rate / high)[:, None]) & (lag <= np.ceil(longest))
    heights = np.where(allowed, r, -np.inf)
    best = heights.max(axis=1)
    some = np.isfinite(best) & (best > 0)
    first = np.argmax(heights >= MULTIPLE * np.where(some, best, np.inf)[:, None], axis=1)
    where, height = _vertex(r, np.clip(first, 1, len(lag) - 2))
    found = np.where(some, 60 * rate * fine / np.maximum(where, 1e-9), np.nan)
    return found, np.where(some, np.clip(height, 0, 1), 0.0)


def _spectrum(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the frequency of the highest peak of the periodogram with a Hann window."""
    n = x.shape[1]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    power = np.abs(np.fft.rfft(x * taper, PADDING * n, axis=1)) ** 2
    f = np.asarray(np.fft.rfftfreq(PADDING * n, 1 / rate), np.float64)
    return _highest(power, f, low, high)


def _highest(power: Signal, f: Signal, low: float, high: Signal) -> Signal:
    allowed = _peaks(power) & (f >= low) & (f <= high[:, None])
    heights = np.where(allowed, power, -np.inf)
    k = np.argmax(heights, axis=1)
    some = np.isfinite(heights[np.arange(len(k)), k])
    logs = np.log(np.maximum(power, 1e-300))  # a Hann peak is nearly a parabola in decibels
    where, _ = _vertex(logs, np.clip(k, 1, len(f) - 2))
    return np.where(some, 60 * where * (f[1] - f[0]), np.nan)


def _counting(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the rate of whole breaths, by advanced counting (Schäfer and Kratky 2008)."""
    found = np.full(len(x), np.nan)
    turns = np.zeros(x.shape, bool)
    slope = np.diff(x, axis=1) > 0
    turns[:, 1:-1] = slope[:, 1:] != slope[:, :-1]
    for k in range(len(x)):
        at = np.flatnonzero(turns[k])
        if len(at) < 3:  # noqa: PLR2004 - no whole breath
            continue
        y = x[k, at]
        at, y = _without_small(at, y, LEAST * float(np.percentile(np.abs(np.diff(y)), 75)))
        spans = []
        for parity in (0, 1):
            marks = at[parity::2]
            if len(marks) > 1:
                spans.append((len(marks) - 1) / (marks[-1] - marks[0]))
        if spans:
            hz = rate * float(np.mean(spans))
            found[k] = 60 * hz if low <= hz <= high[k] else np.nan
    return found


def _without_small(
    at: NDArray[np.int64], y: Signal, least: float
) -> tuple[NDArray[np.int64], Signal]:
    """Take out the pair of neighbours that differs least, until all differ by ``least``."""
    while len(y) > 2:  # noqa: PLR2004
        step = np.abs(np.diff(y))
        k = int(np.argmin(step))
        if step[k] >= least:
            break
        gone = [k] if k == 0 else [k + 1] if k == len(y) - 2 else [k, k + 1]
        at, y = np.delete(at, gone), np.delete(y, gone)
    return at, y


def _autoregressive(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the frequency of the highest peak of Burg's autoregressive spectrum."""
    # Its order spans the same time whatever the rate of the windows.
    size = min(round(x.shape[1] * AR_RATE / rate), x.shape[1])
    y, modelled = _thinned(x, size), rate * size / x.shape[1]
    order = min(AR_ORDER, y.shape[1] // 3)
    model = _burg(y, order)
    f: Signal = np.arange(AR_POINTS, dtype=np.float64) * (0.5 * modelled / AR_POINTS)
    response = np.fft.rfft(model, 2 * AR_POINTS, axis=1)[:, :AR_POINTS]
    power = 1 / np.maximum(np.abs(response) ** 2, 1e-300)
    return _highest(power, f, low, high)


def _thinned(x: Signal, size: int) -> Signal:
    """Return ``size`` samples over the same time, of windows that hold nothing faster."""
    from scipy.fft import dct, idct

    # The cosines of this transform are those of the windows mirrored, as `_in_band` leaves them.
    thin: Signal = idct(dct(x, axis=1)[:, :size], axis=1)
    return np.asarray(thin * (size / x.shape[1]))


def _burg(x: Signal, order: int) -> Signal:
    """Return the coefficients of each row's model, the leading one included.

    Burg's recursion with a Hamming taper, without which the frequency depends on the phase at
    which a window begins (Swingler 1980).
    """
    forward, backward = x[:, 1:], x[:, :-1]
    model = np.ones((len(x), 1))
    for _ in range(order):
        n = forward.shape[1]
        taper = 0.54 - 0.46 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
        weight = (forward**2 + backward**2) @ taper
        k = -2 * ((forward * backward) @ taper) / np.maximum(weight, 1e-300)
        longer = np.concatenate([model, np.zeros((len(x), 1))], axis=1)
        model = longer + k[:, None] * longer[:, ::-1]
        forward, backward = (
            (forward + k[:, None] * backward)[:, 1:],
            (backward + k[:, None] * forward)[:, :-1],
        )
    return model
