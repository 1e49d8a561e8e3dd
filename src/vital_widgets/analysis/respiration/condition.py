"""A respiration channel made ready: averaged down to some 20 Hz, its holes known, low-passed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.validity import bridged_stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

LOWEST_RATE = 4.0  # Hz: a breath lasts 1 s at least, with a shape
WORK_RATE = 20.0  # Hz, at least, unless the channel is slower
HOLE = 0.5  # s: a hole up to this is bridged by a straight line; longer ones are boundaries
SHORTEST = 10.0  # s of signal without a hole in which breaths are looked for
HIGHPASS = 0.03  # Hz, for the scale of the breaths; two breaths a minute
HARMONICS = 4.0  # of the breathing frequency that are kept: the low-pass follows the breaths
CUTOFF = (0.6, 2.5)  # Hz, limits of that low-pass
ABOVE_HZ = (1.5, 5.0)  # above breaths
# Density of power where breaths are, over that above, below which what comes at random is noise:
# so much in a minute, more in what is shorter, where noise has higher peaks, and this at least.
# White noise exceeds it in 1 of 1000 windows of 10 to 60 s; breaths in white noise of half their
# height have 12 and more in 3 minutes at 10 Hz.
IN_A_MINUTE, AT_LEAST = 5.0, 3.0
BREATHS_WIDE = 0.2  # Hz
BREATH_HZ = (0.05, 1.2)  # where the breathing frequency is looked for
THIN_RATE = 4.0  # Hz, at least, that tells a breathing frequency
ORDER = {"low": 4, "high": 2}
ROUNDING = 1e-9  # of the largest value: what differs less is constant


@dataclass(frozen=True, eq=False)
class Conditioned:
    """One stretch without a hole.

    Attributes
    ----------
    first : int
        Its first bin.
    low : ndarray, shape (n,)
        The signal without what is faster than breaths, its baseline kept.
    band : ndarray, shape (n,)
        The same without its baseline.
    hz : float
        Frequency of the breaths.
    flat : bool
        Whether its spectrum is that of white noise.
    """

    first: int
    low: Signal
    band: Signal
    hz: float
    flat: bool


def bin_samples(fs: float, rate: float = WORK_RATE) -> int:
    """Return how many samples are averaged into one bin."""
    return max(int(fs / rate), 1)


def binned(values: Signal, q: int) -> Signal:
    """Return the means of ``q`` samples each, NaN where fewer than half of them are numbers."""
    if q == 1:
        return values
    n = -(-len(values) // q)
    whole = np.full(n * q, np.nan)
    whole[: len(values)] = values
    rows = whole.reshape(n, q)
    there = np.isfinite(rows)
    count = there.sum(axis=1)
    sums = np.where(there, rows, 0.0).sum(axis=1)
    return np.where(2 * count >= q, sums / np.maximum(count, 1), np.nan)


def conditioned(values: Signal, rate: float) -> list[Conditioned]:
    """Return the stretches of bins that are long enough and not constant, made ready."""
    found = []
    for first, part in bridged_stretches(values, HOLE * rate):
        if len(part) < SHORTEST * rate:
            continue
        x = part - float(np.median(part))
        if float(np.ptp(x)) <= ROUNDING * max(float(np.abs(part).max()), 1e-300):
            continue
        hz = breath_frequency(x, rate)
        low = _filtered(x, rate, float(np.clip(HARMONICS * hz, *CUTOFF)), "low")
        band = _filtered(low, rate, HIGHPASS, "high")
        found.append(Conditioned(first, low, band, hz, is_flat(x, rate)))
    return found


def _filtered(x: Signal, rate: float, cutoff: float, kind: str) -> Signal:
    """Return it filtered by a Butterworth filter forth and back (scipy.signal)."""
    from scipy.signal import sosfiltfilt

    if cutoff >= 0.45 * rate:
        return x
    pad = min(len(x) - 1, round(3 * rate / min(cutoff, 0.1)))
    return np.asarray(sosfiltfilt(_design(rate, cutoff, kind), x, padlen=pad))


@functools.lru_cache(maxsize=64)
def _design(rate: float, cutoff: float, kind: str) -> Signal:
    from scipy.signal import butter

    return np.asarray(butter(ORDER[kind], cutoff, kind, fs=rate, output="sos"))


def is_flat(x: Signal, rate: float) -> bool:
    """Return whether the spectrum is as flat as that of white noise; not of what is short.

    Breaths fill a narrow band, so the densest 0.2 Hz of those they can be in are compared with
    what is above.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import welch

    if len(x) < SHORTEST * rate:
        return False
    frequency, power = welch(x, rate, nperseg=min(len(x), round(60 * rate)))
    width = max(round(BREATHS_WIDE / float(frequency[1])), 1)
    inside = (frequency >= BREATH_HZ[0]) & (frequency <= BREATH_HZ[1])
    above = (frequency >= ABOVE_HZ[0]) & (frequency <= min(ABOVE_HZ[1], 0.49 * rate))
    densest = float(uniform_filter1d(power[inside], width, mode="reflect").max())
    limit = max(IN_A_MINUTE * (60 * rate / len(x)) ** 0.5, AT_LEAST)
    return bool(densest < limit * float(power[above].mean()))


def breath_frequency(x: Signal, rate: float) -> float:
    """Return the frequency in Hz at which most of the power of the breaths lies.

    Welch's spectrum of windows of 60 s without their straight lines; power is weighed with
    frequency, so that a drifting baseline does not win.
    """
    from scipy.fft import next_fast_len

    thin = max(int(rate / THIN_RATE), 1)
    y = x[: len(x) // thin * thin].reshape(-1, thin).mean(axis=1) / float(np.abs(x).max())
    rate = rate / thin
    n = min(len(y), round(60 * rate))
    rows = np.lib.stride_tricks.sliding_window_view(y, n)[:: max(n // 2, 1)]
    ramp = np.arange(n) - (n - 1) / 2
    rows = rows - rows.mean(axis=1, keepdims=True)
    rows = rows - np.einsum("ij,j->i", rows, ramp)[:, None] / float(ramp @ ramp) * ramp
    size = next_fast_len(4 * n, real=True)
    power = (np.abs(np.fft.rfft(rows * np.hanning(n), size, axis=1)) ** 2).mean(axis=0)
    f = np.fft.rfftfreq(size, 1 / rate)
    inside = (f >= BREATH_HZ[0]) & (f <= BREATH_HZ[1])
    weighed = np.where(inside, power * f, 0.0)
    return float(f[int(np.argmax(weighed))]) if weighed.any() else BREATH_HZ[0]
