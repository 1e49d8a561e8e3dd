"""A respiration signal prepared for analysis: averaged down, holes bridged, low-pass filtered."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.validity import bridged_stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

MIN_RATE, WHY = 4.0, "inspiration and expiration last about 1 s"  # Hz
WORK_RATE = 20.0  # Hz, at least, unless the channel is slower
HOLE = 0.5  # s: a hole up to this is bridged by a straight line; longer ones are boundaries
MIN_LENGTH = 10.0  # s of signal without a hole in which breaths are searched for
HIGHPASS = 0.03  # Hz, for the scale of the breaths; two breaths a minute
HARMONICS = 4.0  # cutoff of the low-pass, relative to the breathing frequency
CUTOFF = (0.6, 2.5)  # Hz, limits of that cutoff
ABOVE_HZ = (1.5, 5.0)  # above breathing
# A spectrum is flat if its density where breaths are, relative to that above, is below the first
# limit in a minute of signal, more in a shorter one, where noise has higher peaks, and at least
# the second. White noise exceeds it in 1 of 1000 windows of 10 to 60 s; breathing in white noise
# of half its height has 12 and more in 3 minutes at 10 Hz.
IN_A_MINUTE, AT_LEAST = 5.0, 3.0
BREATHS_WIDE = 0.2  # Hz
BREATH_HZ = (0.05, 1.2)  # range of the breathing frequency
SPECTRUM = 60.0  # s
THIN_RATE = 4.0  # Hz, at least, for the breathing frequency
ORDER = {"low": 4, "high": 2}
ROUNDING = 1e-9  # of the largest value: a smaller range is that of a constant


@dataclass(frozen=True, eq=False)
class Conditioned:
    """One stretch without a hole.

    Attributes
    ----------
    first : int
        Index of its first bin.
    x : ndarray, shape (n,)
        The signal around its mean.
    rate : float
        Sampling rate of the bins in Hz.
    hz : float
        Breathing frequency in Hz.
    """

    first: int
    x: Signal
    rate: float
    hz: float

    @functools.cached_property
    def low(self) -> Signal:
        """The signal below four times the breathing frequency, with its baseline."""
        return filtered(self.x, self.rate, float(np.clip(HARMONICS * self.hz, *CUTOFF)), "low")

    @functools.cached_property
    def band(self) -> Signal:
        """The same without its baseline."""
        return filtered(self.low, self.rate, HIGHPASS, "high")


def bin_samples(fs: float, rate: float = WORK_RATE) -> int:
    """Return the number of samples that are averaged into one bin."""
    return max(int(fs / rate), 1)


def binned(values: Signal, q: int) -> Signal:
    """Return the means of ``q`` samples each, NaN where fewer than half of them are numbers."""
    if q == 1:
        return values
    if len(values) % q:
        values = np.concatenate([values, np.full(-len(values) % q, np.nan)])
    rows = values.reshape(-1, q)
    means = np.asarray(np.einsum("ij->i", rows) / q)  # faster than numpy.sum for few columns
    holed = np.flatnonzero(np.isnan(means))
    there = ~np.isnan(rows[holed])
    count = there.sum(axis=1)
    sums = np.einsum("ij->i", np.where(there, rows[holed], 0.0))
    means[holed] = np.where(2 * count >= q, sums / np.maximum(count, 1), np.nan)
    return means


def conditioned(values: Signal, rate: float) -> list[Conditioned]:
    """Return the stretches of bins that are long enough and not constant."""
    found = []
    for first, part in bridged_stretches(values, HOLE * rate):
        if len(part) < MIN_LENGTH * rate:
            continue
        x = part - float(part.mean())
        if float(np.ptp(x)) <= ROUNDING * max(_highest(part), 1e-300):
            continue
        found.append(Conditioned(first, x, rate, breath_frequency(x, rate)))
    return found


def filtered(x: Signal, rate: float, cutoff: float, kind: str) -> Signal:
    """Return the signal after a zero-phase Butterworth filter: filtfilt, its design cached."""
    from scipy.signal import lfilter

    if cutoff >= 0.45 * rate:
        return x
    pad = min(len(x) - 1, round(3 * rate / min(cutoff, 0.1)))
    b, a, start = _design(rate, cutoff, kind)
    y = np.concatenate([2 * x[0] - x[pad:0:-1], x, 2 * x[-1] - x[-2 : -pad - 2 : -1]])
    for _ in range(2):  # forward and backward
        y = lfilter(b, a, y, zi=start * y[0])[0][::-1]
    return np.asarray(y[pad : pad + len(x)])


@functools.lru_cache(maxsize=64)
def _design(rate: float, cutoff: float, kind: str) -> tuple[Signal, Signal, Signal]:
    # Faster than second-order sections, and exact to 1e-11 at these orders and cutoffs.
    from scipy.signal import butter, lfilter_zi

    b, a = butter(ORDER[kind], cutoff, kind, fs=rate)
    return b, a, lfilter_zi(b, a)


def _highest(x: Signal) -> float:
    return max(float(x.max()), -float(x.min()))


def is_flat(x: Signal, rate: float) -> NDArray[np.bool_]:
    """Return for each row whether its spectrum is as flat as that of white noise, shape (rows,).

    Breaths fill a narrow band, so the densest 0.2 Hz in their range are compared with the range
    above. Windows shorter than 10 s are not flat.
    """
    from scipy.fft import rfft
    from scipy.ndimage import uniform_filter1d

    n = x.shape[1]
    if n < MIN_LENGTH * rate:
        return np.zeros(len(x), bool)
    size = min(n, round(SPECTRUM * rate))
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    parts = np.lib.stride_tricks.sliding_window_view(x, size, axis=1)[:, :: size - size // 2]
    parts = (parts - parts.mean(axis=2, keepdims=True)) * taper  # Welch's method
    spectrum = rfft(parts, axis=2)
    above = (ABOVE_HZ[0], min(ABOVE_HZ[1], 0.49 * rate))
    breaths, noise = (
        power_of(spectrum[:, :, bins_within(band, size, rate)]).mean(axis=1)
        for band in (BREATH_HZ, above)
    )
    width = max(round(BREATHS_WIDE * size / rate), 1)
    densest = uniform_filter1d(breaths, width, axis=1, mode="reflect").max(axis=1)
    limit = max(IN_A_MINUTE * (60 * rate / n) ** 0.5, AT_LEAST)
    return np.asarray(densest < limit * noise.mean(axis=1))


def power_of(spectrum: NDArray[np.complex128]) -> Signal:
    """Return the squared magnitude of complex numbers."""
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def bins_within(band: tuple[float, float], size: int, rate: float) -> slice:
    """Return the bins of a real transform of ``size`` points whose frequencies lie in a band."""
    frequency = np.arange(size // 2 + 1) * (rate / size)
    first, stop = np.searchsorted(frequency, [band[0], np.nextafter(band[1], np.inf)])
    return slice(int(first), int(stop))


@functools.lru_cache(maxsize=16)
def _ramp_and_taper(n: int) -> tuple[Signal, Signal]:
    return np.arange(n, dtype=np.float64) - (n - 1) / 2, np.asarray(np.hanning(n), np.float64)


def breath_frequency(x: Signal, rate: float) -> float:
    """Return the frequency in Hz at which most of the power of breathing lies.

    Welch's spectrum of windows of 60 s without linear trend. Power is weighted by frequency, so
    that a drifting baseline does not dominate.
    """
    from scipy.fft import next_fast_len, rfft

    thin = max(int(rate / THIN_RATE), 1)
    y = np.einsum("ij->i", x[: len(x) // thin * thin].reshape(-1, thin)) / _highest(x)
    rate = rate / thin
    n = min(len(y), round(SPECTRUM * rate))
    rows = np.lib.stride_tricks.sliding_window_view(y, n)[:: max(n // 2, 1)]
    ramp, taper = _ramp_and_taper(n)
    rows = rows - rows.mean(axis=1, keepdims=True)
    rows -= np.einsum("ij,j->i", rows, ramp)[:, None] / float(ramp @ ramp) * ramp
    rows *= taper
    size = next_fast_len(4 * n, real=True)
    inside = bins_within(BREATH_HZ, size, rate)
    power = power_of(rfft(rows, size, axis=1)[:, inside]).mean(axis=0)
    f = np.arange(inside.start, inside.stop) * (rate / size)
    weighted = power * f
    return float(f[int(np.argmax(weighted))]) if weighted.any() else BREATH_HZ[0]
