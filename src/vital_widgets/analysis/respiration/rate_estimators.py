"""Respiration rate of many windows at once, by four estimators."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.respiration.breath_extrema import MIN_SHARE
from vital_widgets.analysis.respiration.condition import ROUNDING, power_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

ESTIMATORS = ("autocorrelation", "spectrum", "counting", "autoregressive")
PADDING = 4  # times the window, for the spectrum
MULTIPLE = 0.85  # of the highest: the earliest such peak of the autocorrelation is the breath
ACF_RATE = 16.0  # Hz, of lags, at least
AR_RATE, AR_ORDER = 4.0, 10  # Hz, of what is modelled (at most), and poles
AR_POINTS = 1024  # frequencies from 0 to the Nyquist frequency, of the model's spectrum
EDGE = 1.25  # the band is filtered with ramps from its limits to limits wider by this factor


def estimates_of(rows: Signal, rate: float, low: float, high: Signal) -> tuple[Signal, Signal]:
    """Return the rates of windows without NaN by `ESTIMATORS`, shape (windows, 4), and quality.

    ``rate`` is that of the samples in Hz; ``low`` and, for each window, ``high`` limit the
    breathing frequency in Hz. A rate that is not found is NaN. Quality is the height of the
    autocorrelation at one breath, 0 to 1.
    """
    from scipy.fft import dct, idct

    estimates = np.full((len(rows), len(ESTIMATORS)), np.nan)
    quality = np.zeros(len(rows))
    x, moving = _detrended(rows)
    if not moving.any():
        return estimates, quality
    # One value for all windows, if all have it, is compared once with each frequency.
    high = high[:1] if np.all(high == high[0]) else high[moving]
    # Cosines are those of the windows mirrored, so that their ends meet.
    cosines = dct(x[moving], axis=1) * _gain(rows.shape[1], rate, low, high)
    x = idct(cosines, axis=1)
    acf, quality[moving] = _autocorrelation(x, rate, low, high)
    others = (_spectrum(x, rate, low, high), _counting(x, rate, low, high),
              _autoregressive(cosines, rate, low, high))  # fmt: skip
    estimates[moving] = np.stack([acf, *others], axis=1)
    return estimates, quality


def _detrended(rows: Signal) -> tuple[Signal, NDArray[np.bool_]]:
    """Return the windows without linear trend, scaled, and which are not constant."""
    ramp = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
    x = rows - rows.mean(axis=1, keepdims=True)
    x -= (_along(x, ramp) / float(np.sum(ramp**2)))[:, None] * ramp
    size, height = np.abs(rows).max(axis=1), np.abs(x).max(axis=1)
    # Scaled to one height, so that no square of them is too large or too small for a number.
    x /= np.where(height > 0, height, 1.0)[:, None]
    return x, height > ROUNDING * np.maximum(size, 1e-300)


def _along(x: Signal, weights: Signal) -> Signal:
    """Return the weighted sum of each row; the threads of BLAS cost more than they gain here."""
    return np.asarray(np.einsum("ij,j->i", x, weights))


def _gain(n: int, rate: float, low: float, high: Signal) -> Signal:
    """Return the gain of each cosine: 1 in the band of breathing, with ramps on either side."""
    f = np.arange(n) * (0.5 * rate / n)
    edge = high[:, None]
    gain = np.clip((EDGE * edge - f) / ((EDGE - 1) * edge), 0, 1)
    return np.asarray(gain * np.clip((f - low / EDGE) / (low - low / EDGE), 0, 1))


def _vertex(
    y: Signal, k: NDArray[np.int64], scale: Callable[[Signal], Signal] | None = None
) -> tuple[Signal, Signal]:
    """Return position and height of the top of the parabola around ``k`` of each row."""
    near = y[np.arange(len(y)), k + np.array([[-1], [0], [1]])]
    a, b, c = near if scale is None else scale(near)
    bend = a - 2 * b + c
    shift = np.where(bend < 0, 0.5 * (a - c) / np.where(bend < 0, bend, -1.0), 0.0)
    shift = np.clip(shift, -0.5, 0.5)
    return k.astype(np.float64) + shift, b - 0.25 * (a - c) * shift


def _peak_heights(y: Signal, allowed: NDArray[np.bool_]) -> Signal:
    """Return the height of each local maximum that is allowed and -inf elsewhere, from column 1."""
    inner = y[:, 1:-1]
    found = inner > y[:, :-2]
    found &= inner >= y[:, 2:]
    found &= allowed[..., 1:-1]
    return np.where(found, inner, -np.inf)


def _autocorrelation(x: Signal, rate: float, low: float, high: Signal) -> tuple[Signal, Signal]:
    """Return the rate of the earliest high peak of the unbiased autocorrelation, and its height."""
    from scipy.fft import dct, rfft

    n = x.shape[1]
    fine = max(math.ceil(ACF_RATE / rate), 1)  # lags between samples, for fast breathing
    max_lag = math.ceil(min(rate / low, 0.75 * n))  # beyond, too little of the window is left
    lag = np.arange(min(max_lag * fine + 2, (n - 1) * fine)) / fine
    power = np.zeros((len(x), n * fine + 1))
    power[:, : n + 1] = power_of(rfft(x, 2 * n, axis=1))
    r = dct(power, type=1, axis=1, overwrite_x=True)[:, : len(lag)] / (1 - lag / n)
    r /= np.maximum(r[:, :1], 1e-300)
    allowed = (lag >= np.floor(rate / high)[:, None]) & (lag <= max_lag)
    heights = _peak_heights(r, allowed)
    best = heights.max(axis=1)
    some = np.isfinite(best) & (best > 0)
    first = np.argmax(heights >= MULTIPLE * np.where(some, best, np.inf)[:, None], axis=1)
    where, height = _vertex(r, first + 1)
    found = np.where(some, 60 * rate * fine / np.maximum(where, 1e-9), np.nan)
    return found, np.where(some, np.clip(height, 0, 1), 0.0)


def _spectrum(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the frequency of the highest peak of the periodogram with a Hann taper."""
    from scipy.fft import rfft

    n = x.shape[1]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    step = rate / (PADDING * n)
    bins = slice(0, int(high.max() / step) + 3)
    power = power_of(rfft(x * taper, PADDING * n, axis=1)[:, bins])
    return _highest(power, step, low, high, lambda y: np.log(np.maximum(y, 1e-300)))


def _highest(
    y: Signal, step: float, low: float, high: Signal, scale: Callable[[Signal], Signal]
) -> Signal:
    """Return the frequency (per minute) of the highest peak; bins are ``step`` Hz apart."""
    f = np.arange(y.shape[1]) * step
    heights = _peak_heights(y, (f >= low) & (f <= high[:, None]))
    k = np.argmax(heights, axis=1)
    some = np.isfinite(heights[np.arange(len(k)), k])
    # A peak with a Hann taper is nearly a parabola in decibels.
    where, _ = _vertex(y, k + 1, scale)
    return np.where(some, 60 * where * step, np.nan)


def _counting(x: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the rate of complete breaths, by advanced counting (Schäfer and Kratky 2008)."""
    rising = np.diff(x, axis=1) > 0
    row, at = np.nonzero(rising[:, 1:] != rising[:, :-1])
    count = np.bincount(row, minlength=len(x))
    marks = np.zeros((len(x), max(int(count.max()), 4)), np.int64)
    marks[row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)] = at + 1
    i = np.arange(len(x))
    level = x[i[:, None], marks]
    steps = np.abs(np.diff(level, axis=1))
    steps[np.arange(steps.shape[1]) >= count[:, None] - 1] = np.inf
    steps.sort(axis=1)
    place = 0.75 * np.maximum(count - 2, 0)  # the third quartile, interpolated linearly
    k = place.astype(np.int64)
    before, after = steps[i, k], steps[i, np.minimum(k + 1, np.maximum(count - 2, 0))]
    with np.errstate(invalid="ignore"):
        min_step = MIN_SHARE * (before + (place - k) * (after - before))
    for j in np.flatnonzero((count > 2) & (steps[:, 0] < min_step)).tolist():  # noqa: PLR2004
        n = count[j]
        kept = _without_small(marks[j, :n].tolist(), level[j, :n].tolist(), float(min_step[j]))
        count[j], marks[j, : len(kept)] = len(kept), kept
    found = np.zeros((2, len(x)))
    for parity in (0, 1):  # breaths between the marks that are troughs, and those that are peaks
        cycles = (count - parity + 1) // 2 - 1
        length = marks[i, parity + 2 * np.maximum(cycles, 0)] - marks[:, parity]
        found[parity] = np.where(cycles > 0, cycles / np.maximum(length, 1), np.nan)
    known = np.isfinite(found)
    hz = rate * np.where(known, found, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where((hz >= low) & (hz <= high), 60 * hz, np.nan)


def _without_small(at: list[int], y: list[float], min_step: float) -> list[int]:
    """Remove the pair of neighbours that differs least, until all differ by ``min_step``."""
    while len(y) > 2:  # noqa: PLR2004
        steps = [abs(after - before) for before, after in itertools.pairwise(y)]
        smallest = min(steps)
        if smallest >= min_step:
            break
        k = steps.index(smallest)
        # Of a pair at either end only the outer one.
        gone = slice(0, 1) if k == 0 else slice(k + (k == len(y) - 2), k + 2)
        del at[gone], y[gone]
    return at


def _autoregressive(cosines: Signal, rate: float, low: float, high: Signal) -> Signal:
    """Return the frequency of the highest peak of Burg's autoregressive spectrum."""
    from scipy.fft import idct

    # The model sees the same time, whatever the rate of the windows.
    n = cosines.shape[1]
    size = min(round(n * AR_RATE / rate), n)
    y = idct(cosines[:, :size], axis=1) * (size / n)
    model = _burg(y, min(AR_ORDER, size // 3))
    step = 0.5 * rate * size / n / AR_POINTS
    points = min(int(high.max() / step) + 3, AR_POINTS)
    waves = _waves(points, model.shape[1])
    response = np.einsum("ij,jk->ik", model, waves).reshape(len(model), 2, points)
    inverse = -(response[:, 0] ** 2 + response[:, 1] ** 2)  # highest where the power is
    return _highest(inverse, step, low, high, lambda y: -np.log(np.maximum(-y, 1e-300)))


@lru_cache(maxsize=4)
def _waves(points: int, n: int) -> Signal:
    """Return the cosines and sines of a transform from ``n`` values to ``points`` frequencies."""
    phase = np.arange(n)[:, None] * np.arange(points) * (np.pi / AR_POINTS)
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


@lru_cache(maxsize=4)
def _hamming(n: int, count: int) -> list[Signal]:
    """Return the tapers of ``n``, ``n - 1`` ... values."""
    return [
        0.54 - 0.46 * np.cos(2 * np.pi * (np.arange(k) + 0.5) / k) for k in range(n, n - count, -1)
    ]


def _burg(x: Signal, order: int) -> Signal:
    """Return the coefficients of each row's model, including the leading one.

    Burg's recursion with a Hamming taper, without which the frequency depends on the phase at
    which a window begins (Swingler 1980).
    """
    forward, backward = x[:, 1:], x[:, :-1]
    model = np.ones((len(x), 1))
    for taper in _hamming(forward.shape[1], order):
        weight = _along(forward**2 + backward**2, taper)
        k = -2 * _along(forward * backward, taper) / np.maximum(weight, 1e-300)
        longer = np.concatenate([model, np.zeros((len(x), 1))], axis=1)
        model = longer + k[:, None] * longer[:, ::-1]
        forward, backward = (
            forward[:, 1:] + k[:, None] * backward[:, 1:],
            backward[:, :-1] + k[:, None] * forward[:, :-1],
        )
    return model
