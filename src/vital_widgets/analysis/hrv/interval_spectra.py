"""Spectra of interval series: Welch, Lomb-Scargle, autoregressive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vital_widgets.analysis.hrv.detrending import detrended, detrended_beats
from vital_widgets.analysis.hrv.even_series import even_stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

    Even = list[tuple[float, NDArray[np.float64]]]

AR_POINTS = 65536  # of the autoregressive spectrum, whose lines can be very narrow
LOMB_OVERSAMPLING = 4
HIGHEST_HZ = 0.5  # of the Lomb-Scargle periodogram: half of a rate of 60 beats/min
LEAST_SAMPLES = 16
FLAT = 1e-9  # ms: a series that varies less has no spectrum
LOMB_BLOCK = 512  # frequencies at a time
LOMB_LONGEST = 1800.0  # s of a series that is one periodogram
LOMB_SEGMENT = 300.0  # s, of a longer one


class Spectrum(NamedTuple):
    """One-sided density over frequency, and what it was made from.

    Attributes
    ----------
    frequency, density : ndarray
        In Hz and ms²/Hz; empty where the series is too short.
    seconds : float
        Of the series that went into it.
    longest : float
        Seconds over which slow rhythms could be seen: of the longest uninterrupted stretch, or of
        the whole where gaps are no matter.
    """

    frequency: NDArray[np.float64]
    density: NDArray[np.float64]
    seconds: float = 0.0
    longest: float = 0.0


NO_SPECTRUM = Spectrum(np.empty(0), np.empty(0))


def spectrum_of(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return the spectrum of a series.

    Uninterrupted stretches are resampled and detrended each for itself. Welch's segments of all
    stretches that are long enough are averaged; a model is fitted to the longest stretch.
    """
    if convention.psd == "lomb-scargle":
        return _lomb_scargle(nn, convention)
    rate = convention.resample_hz
    even = [
        (seconds, detrended(part, convention.detrend, convention.smoothness))
        for seconds, part in even_stretches(
            nn, rate, convention.interpolation, past_end=convention.grid_past_end
        )
    ]
    even = [(seconds, part) for seconds, part in even if len(part) >= LEAST_SAMPLES]
    if not even:
        return NO_SPECTRUM
    if convention.psd == "autoregressive":
        seconds, longest = max(even, key=lambda one: len(one[1]))
        return Spectrum(*_autoregressive(longest, rate, convention), seconds, seconds)
    return _welch(even, convention)


def _welch(even: Even, convention: HrvConvention) -> Spectrum:
    from scipy.signal import welch

    rate = convention.resample_hz
    longest = max(len(part) for _, part in even)
    if convention.welch_seconds is None:
        # Two cycles of the lowest frequency, rounded down as that program does.
        per_segment = min(int(2 / lowest_frequency(longest, rate) * rate), longest // 2)
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
    used = [(seconds, part) for seconds, part in even if len(part) >= per_segment]
    for _, part in used:
        frequency, density = welch(
            part, rate, convention.taper, per_segment, overlap, nfft, detrend, scaling="density"
        )
        segments = (len(part) - overlap) // (per_segment - overlap)
        total = density * segments if not weight else total + density * segments
        weight += segments
    lengths = [seconds for seconds, _ in used]
    return Spectrum(
        np.asarray(frequency, np.float64), np.asarray(total / weight), sum(lengths), max(lengths)
    )


def lowest_frequency(n: int, rate: float) -> float:
    """Return the frequency of which half of ``n`` samples hold two cycles."""
    return 2 * rate / (n / 2)


def _autoregressive(
    values: NDArray[np.float64], rate: float, convention: HrvConvention
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the spectrum of an autoregressive model, by Burg or by Yule and Walker's equations.

    References
    ----------
    Kay SM. Modern Spectral Estimation. Prentice Hall 1988, chapter 7.
    """
    from scipy.signal import freqz

    order = min(convention.ar_order, len(values) // 3)
    x = values - values.mean()
    frequency = np.asarray(np.fft.rfftfreq(AR_POINTS, 1 / rate), np.float64)
    if np.ptp(x) <= FLAT:
        return frequency, np.zeros(len(frequency))
    fit = burg if convention.ar_method == "burg" else yule_walker
    a, noise = fit(x, order)
    _, response = freqz([1.0], np.concatenate([[1.0], -a]), frequency, fs=rate)
    return frequency, 2 * noise / rate * np.square(np.abs(response))


def yule_walker(x: NDArray[np.float64], order: int) -> tuple[NDArray[np.float64], float]:
    """Return the coefficients of an autoregressive model and the variance of its noise."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import correlate

    n = len(x)
    r = correlate(x, x, mode="full", method="fft")[n - 1 : n + order] / n
    a = np.asarray(solve_toeplitz(r[:-1], r[1:]))
    return a, float(r[0] - a @ r[1:])


def burg(x: NDArray[np.float64], order: int) -> tuple[NDArray[np.float64], float]:
    """Return the same by Burg's recursion, which resolves lines better than the equations do."""
    ahead, back = x[1:], x[:-1]
    a = np.empty(0)
    noise = float(np.mean(x**2))
    for _ in range(order):
        power = float(ahead @ ahead + back @ back)
        if power <= 0:
            break
        k = 2 * float(ahead @ back) / power
        a = np.concatenate([a - k * a[::-1], [k]])
        noise *= 1 - k * k
        ahead, back = (ahead - k * back)[1:], (back - k * ahead)[:-1]
    return a, noise


def slow_spectrum(
    nn: Intervals, seconds: float, highest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the density up to ``highest`` Hz of the means of a series over ``seconds`` each.

    Means in which less than half is covered are left out; the periodogram of Lomb and Scargle
    needs no others in their place. Each is scaled by what averaging takes from its frequency.
    """
    begin = float(nn.times[0] - nn.ms[0] / 1000)
    place = np.floor((nn.times - begin) / seconds + 1e-9).astype(np.int64)
    covered = np.bincount(place, nn.ms) / 1000
    counts = np.bincount(place)
    used = np.flatnonzero(covered >= seconds / 2)
    if len(used) < LEAST_SAMPLES:
        return np.empty(0), np.empty(0)
    means = (covered * 1000)[used] / counts[used]
    span = float(used[-1] - used[0] + 1) * seconds
    frequency = np.asarray(np.arange(1.0, int(highest * span) + 1) / span, np.float64)
    density = _periodogram(np.asarray(used * seconds, np.float64), means, frequency) * 2 * seconds
    return frequency, density / np.square(np.sinc(frequency * seconds))


def _lomb_scargle(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return the periodogram of the uneven series itself, as a density.

    Scaled so that a sinusoid of amplitude A has the power A²/2, and white noise its variance:
    the periodogram times ``2 T / n`` with the time T that the intervals cover. Of a series longer
    than half an hour it is the mean over segments as long as Welch's of which half is covered.

    References
    ----------
    Scargle JD. Astrophys J 1982;263:835-853. Laguna P, Moody GB, Mark RG. Power spectral density
    of unevenly sampled data by least-square analysis: performance and application to heart rate
    signals. IEEE Trans Biomed Eng 1998;45:698-715.
    """
    if len(nn) < LEAST_SAMPLES:
        return NO_SPECTRUM
    # The trend is that of the series over its gaps: one of each stretch would take what is slow
    # out of short ones. The mean goes with the periodogram.
    values = nn.ms
    if convention.detrend not in ("none", "constant"):
        values = detrended_beats(nn.times, nn.ms, convention)
    begin = float(nn.times[0] - nn.ms[0] / 1000)
    span = float(nn.times[-1]) - begin
    place = np.zeros(len(nn), np.int64)
    finer = LOMB_OVERSAMPLING
    if span > LOMB_LONGEST:  # the time it takes rises with the square of the length
        finer = 2
        span = convention.welch_seconds or LOMB_SEGMENT
        place = np.floor((nn.times - begin) / span + 1e-9).astype(np.int64)
    step = 1 / (finer * span)
    frequency = np.asarray(np.arange(1.0, int(HIGHEST_HZ / step) + 1) * step, np.float64)
    total, weight = np.zeros(len(frequency)), 0.0
    for part in np.split(np.arange(len(nn)), np.flatnonzero(np.diff(place)) + 1):
        covered = float(nn.ms[part].sum()) / 1000
        if len(part) >= LEAST_SAMPLES and (covered >= span / 2 or place[-1] == 0):
            density = _periodogram(nn.times[part], values[part], frequency) * 2 * covered
            total += density / len(part) * covered
            weight += covered
    return Spectrum(frequency, total / weight, weight, weight) if weight else NO_SPECTRUM


def _periodogram(
    times: NDArray[np.float64], values: NDArray[np.float64], frequency: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the periodogram of Lomb and Scargle: of a sinusoid A²n/4 where it is."""
    from scipy.signal import lombscargle

    since, away = times - times[0], values - values.mean()
    return np.concatenate(
        [
            np.empty(0),
            *(
                np.atleast_1d(lombscargle(since, away, 2 * np.pi * frequency[k : k + LOMB_BLOCK]))
                for k in range(0, len(frequency), LOMB_BLOCK)
            ),
        ]
    )
