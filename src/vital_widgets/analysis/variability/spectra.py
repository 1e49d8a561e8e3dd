"""Spectra of interval series: Welch, Lomb-Scargle, autoregressive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.variability.detrending import detrended
from vital_widgets.analysis.variability.even_series import even_stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beat_series import Intervals
    from vital_widgets.analysis.variability.convention import HrvConvention

    Spectrum = tuple[NDArray[np.float64], NDArray[np.float64]]

AR_POINTS = 65536  # of the autoregressive spectrum, whose lines can be very narrow
LOMB_OVERSAMPLING = 4
HIGHEST_HZ = 0.5  # of the Lomb-Scargle periodogram: half of a rate of 60 beats/min
LEAST_SAMPLES = 16
LOMB_BLOCK = 512  # frequencies at a time


def spectrum_of(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return frequencies (Hz) and one-sided density (ms²/Hz) of a series; empty if it is too short.

    Uninterrupted stretches are resampled and detrended each for itself. Welch's segments of all
    stretches that are long enough are averaged; a model is fitted to the longest stretch.
    """
    if convention.psd == "lomb-scargle":
        return _lomb_scargle(nn, convention)
    rate = convention.resample_hz
    even = [
        detrended(part, convention.detrend, convention.smoothness)
        for part in even_stretches(
            nn, rate, convention.interpolation, past_end=convention.grid_past_end
        )
    ]
    even = [part for part in even if len(part) >= LEAST_SAMPLES]
    if not even:
        return np.empty(0), np.empty(0)
    if convention.psd == "autoregressive":
        longest = max(even, key=len)
        return _autoregressive(longest, rate, convention.ar_order)
    return _welch(even, convention)


def _welch(even: list[NDArray[np.float64]], convention: HrvConvention) -> Spectrum:
    from scipy.signal import welch

    rate = convention.resample_hz
    longest = max(len(part) for part in even)
    if convention.welch_seconds is None:
        per_segment = longest // 2
    elif (longest - 1) / rate < convention.short_seconds:
        per_segment = longest
    else:
        per_segment = min(round(convention.welch_seconds * rate), longest)
    nfft = convention.nfft
    if nfft is not None:
        nfft = 2 * per_segment if nfft < 0 else max(nfft, per_segment)
    overlap = int(convention.overlap * per_segment)
    detrend = False if convention.segment_detrend == "none" else convention.segment_detrend
    total, weight, frequency = np.zeros(0), 0, np.empty(0)
    for part in even:
        if len(part) < per_segment:
            continue
        frequency, density = welch(
            part, rate, convention.taper, per_segment, overlap, nfft, detrend, scaling="density"
        )
        segments = (len(part) - overlap) // (per_segment - overlap)
        total = density * segments if not weight else total + density * segments
        weight += segments
    return np.asarray(frequency, np.float64), np.asarray(total / weight)


def _autoregressive(values: NDArray[np.float64], rate: float, order: int) -> Spectrum:
    """Return the spectrum of an autoregressive model by Yule and Walker's equations.

    References
    ----------
    Kay SM. Modern Spectral Estimation. Prentice Hall 1988, chapter 7.
    """
    from scipy.linalg import solve_toeplitz
    from scipy.signal import correlate, freqz

    n = len(values)
    order = min(order, n // 3)
    x = values - values.mean()
    r = correlate(x, x, mode="full", method="fft")[n - 1 : n + order] / n
    frequency = np.asarray(np.fft.rfftfreq(AR_POINTS, 1 / rate), np.float64)
    if r[0] <= 0:
        return frequency, np.zeros(len(frequency))
    a = solve_toeplitz(r[:-1], r[1:])
    noise = float(r[0] - a @ r[1:])
    _, response = freqz([1.0], np.concatenate([[1.0], -a]), frequency, fs=rate)
    return frequency, 2 * noise / rate * np.square(np.abs(response))


def _lomb_scargle(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return the periodogram of the uneven series itself, as a density.

    Scaled so that a sinusoid of amplitude A has the power A²/2, and white noise its variance:
    the periodogram times ``2 T / n`` with the time T that the intervals cover.

    References
    ----------
    Scargle JD. Astrophys J 1982;263:835-853. Laguna P, Moody GB, Mark RG. Power spectral density
    of unevenly sampled data by least-square analysis: performance and application to heart rate
    signals. IEEE Trans Biomed Eng 1998;45:698-715.
    """
    from scipy.signal import lombscargle

    n = len(nn)
    covered = float(nn.ms.sum()) / 1000
    if n < LEAST_SAMPLES:
        return np.empty(0), np.empty(0)
    # The series is detrended stretch by stretch, at its own points.
    parts = np.split(nn.ms, np.flatnonzero(np.diff(nn.stretch)) + 1)
    values = np.concatenate(
        [detrended(p, convention.detrend, convention.smoothness) for p in parts]
    )
    values = values - values.mean()
    span = float(nn.times[-1] - nn.times[0] + nn.ms[0] / 1000)
    step = 1 / (LOMB_OVERSAMPLING * span)
    frequency = np.arange(1.0, int(HIGHEST_HZ / step) + 1) * step
    since = nn.times - nn.times[0]
    power = np.concatenate(
        [
            lombscargle(since, values, 2 * np.pi * frequency[k : k + LOMB_BLOCK])
            for k in range(0, len(frequency), LOMB_BLOCK)
        ]
    )
    return frequency, power * 2 * covered / n
