"""Spectra of interval series: Welch, Lomb-Scargle, autoregressive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import HrvConvention

    Series = NDArray[np.float64]

DEGREES = {"linear": 1, "quadratic": 2, "cubic": 3}
MIN_GRID = 3  # points of a series with a trend
AR_POINTS = 65536  # of the autoregressive spectrum, whose lines can be very narrow
MIN_SAMPLES = 16
FLAT = 1e-9  # ms: a series that varies less has no spectrum
LOMB_MAX_HZ = 0.5  # half of a rate of 60 beats/min
LOMB_BLOCK = 512  # frequencies at a time
LOMB_LONGEST_S = 1800.0  # of a series that is one periodogram
LOMB_SEGMENT_S = 300.0  # of a longer one


def even_stretches(nn: Intervals, convention: HrvConvention) -> list[tuple[float, Series]]:
    """Return the duration (s) of each uninterrupted stretch and its values (ms) on a grid.

    Each interval stands at the time of the beat that ends it; nothing is interpolated between
    stretches.
    """
    from scipy.interpolate import make_interp_spline

    degree = DEGREES[convention.interpolation]
    stretches = []
    for part in nn.parts():
        if len(part) > degree:
            times, ms = nn.times[part], nn.ms[part]
            grid = np.minimum(grid_of(times, ms, convention), times[-1] - times[0])
            even = make_interp_spline(times - times[0], ms, k=degree)(grid)
            stretches.append((float(ms.sum()) / 1000, np.asarray(even, np.float64)))
    return stretches


def grid_of(times: Series, ms: Series, convention: HrvConvention) -> Series:
    """Return the grid over a stretch, in seconds from its first beat."""
    rate = convention.resample_hz
    if convention.grid_past_end:
        # With the rounding errors of NeuroKit2: if the last beat falls on the grid, they decide
        # whether a point follows, and with it the number of Welch's segments.
        ends = np.cumsum(ms / 1000)
        return np.asarray(np.arange(ends[0], ends[-1] + 1 / rate, 1 / rate) - ends[0])
    return np.arange(int(np.floor(float(times[-1] - times[0]) * rate + 1e-6)) + 1) / rate


def detrended(values: Series, convention: HrvConvention) -> Series:
    """Return a series on a grid without its trend."""
    from scipy.signal import detrend

    if convention.detrend == "none" or not len(values):
        return values
    if convention.detrend == "smoothness-priors":
        return smoothness_priors(values, convention.smoothness)
    return np.asarray(detrend(values, type=convention.detrend), np.float64)


def detrended_beats(times: Series, ms: Series, convention: HrvConvention) -> Series:
    """Return intervals without the trend of the series on a grid through them."""
    since = times - times[0]
    grid = np.arange(int(np.ceil(since[-1] * convention.resample_hz)) + 1) / convention.resample_hz
    if len(grid) < MIN_GRID:
        return np.asarray(ms - ms.mean())
    even = np.interp(grid, since, ms)
    return np.asarray(ms - np.interp(since, grid, even - detrended(even, convention)))


def smoothness_priors(values: Series, smoothness: float) -> Series:
    """Return a series on a grid without its slow trend ``(I + lambda² D2' D2)⁻¹ z``.

    D2 takes second differences. At 4 Hz, a lambda of 500 removes what is below about 0.035 Hz.
    """
    from scipy.linalg import solveh_banded

    n = len(values)
    if n < MIN_GRID:
        return np.asarray(values - values.mean())
    d2 = (1.0, -2.0, 1.0)
    bands = np.zeros((3, n))  # the matrix has five diagonals, so the time grows with n only
    for k in range(3):
        for j in range(3 - k):  # product of coefficients j and j + k of each second difference
            bands[k, j : n - 2 + j] += smoothness**2 * d2[j] * d2[j + k]
    bands[0] += 1
    return np.asarray(values - solveh_banded(bands, values, lower=True))


class Spectrum(NamedTuple):
    """One-sided density over frequency, empty if the series is too short."""

    frequency: Series  # Hz
    density: Series  # ms²/Hz
    seconds: float = 0.0  # of the series that was used
    longest: float = 0.0  # s of the longest stretch, or of the series if gaps do not matter


NO_SPECTRUM = Spectrum(np.empty(0), np.empty(0))


def spectrum_of(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return the spectrum of a series.

    Uninterrupted stretches are resampled and detrended separately. Welch's segments of all long
    enough stretches are averaged; an autoregressive model is fitted to the longest stretch.
    """
    if convention.psd == "lomb-scargle":
        return _lomb_scargle(nn, convention)
    even = [(s, detrended(part, convention)) for s, part in even_stretches(nn, convention)]
    even = [(seconds, part) for seconds, part in even if len(part) >= MIN_SAMPLES]
    if not even:
        return NO_SPECTRUM
    if convention.psd == "welch":
        return _welch(even, convention)
    seconds, longest = max(even, key=lambda one: len(one[1]))
    return Spectrum(*_autoregressive(longest, convention), seconds, seconds)


def _welch(even: list[tuple[float, Series]], convention: HrvConvention) -> Spectrum:
    from scipy.signal import welch

    rate = convention.resample_hz
    longest = max(len(part) for _, part in even)
    if convention.welch_s is None:  # two cycles of the lowest frequency, rounded like NeuroKit2
        per_segment = min(int(2 / lowest_frequency(longest, rate) * rate), longest // 2)
    elif (longest - 1) / rate < convention.short_s:
        per_segment = longest
    else:
        per_segment = min(round(convention.welch_s * rate), longest)
    nfft = convention.nfft
    if nfft is not None:
        nfft = 2 * per_segment if nfft < 0 else max(nfft, per_segment)
    overlap = int(convention.overlap * per_segment)
    detrend = False if convention.segment_detrend == "none" else convention.segment_detrend
    used = [(seconds, part) for seconds, part in even if len(part) >= per_segment]
    found = [
        welch(part, rate, convention.taper, per_segment, overlap, nfft, detrend) for _, part in used
    ]
    weights = [(len(part) - overlap) // (per_segment - overlap) for _, part in used]
    density = np.average([density for _, density in found], axis=0, weights=weights)
    lengths = [seconds for seconds, _ in used]
    return Spectrum(np.asarray(found[0][0], np.float64), density, sum(lengths), max(lengths))


def lowest_frequency(n: int, rate: float) -> float:
    """Return the frequency of which half of ``n`` samples contain two cycles."""
    return 2 * rate / (n / 2)


def _autoregressive(values: Series, convention: HrvConvention) -> tuple[Series, Series]:
    """Return the spectrum of an autoregressive model (Kay 1988)."""
    from scipy.signal import freqz

    rate = convention.resample_hz
    order = min(convention.ar_order, len(values) // 3)
    x = values - values.mean()
    frequency = np.asarray(np.fft.rfftfreq(AR_POINTS, 1 / rate), np.float64)
    if np.ptp(x) <= FLAT:
        return frequency, np.zeros(len(frequency))
    a, noise = (burg if convention.ar_method == "burg" else yule_walker)(x, order)
    _, response = freqz([1.0], np.concatenate([[1.0], -a]), frequency, fs=rate)
    return frequency, 2 * noise / rate * np.square(np.abs(response))


def yule_walker(x: Series, order: int) -> tuple[Series, float]:
    """Return the coefficients of an autoregressive model and the variance of its noise."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import correlate

    n = len(x)
    r = correlate(x, x, mode="full", method="fft")[n - 1 : n + order] / n
    a = np.asarray(solve_toeplitz(r[:-1], r[1:]))
    return a, float(r[0] - a @ r[1:])


def burg(x: Series, order: int) -> tuple[Series, float]:
    """Return the same by Burg's recursion, which resolves lines better."""
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


def slow_spectrum(nn: Intervals, mean_s: float, max_hz: float) -> tuple[Series, Series]:
    """Return the density up to ``max_hz`` of the means of a series over ``mean_s`` seconds each.

    Means of which less than half is covered are excluded, which Lomb-Scargle allows. The density
    is corrected for the attenuation of each frequency by averaging.
    """
    place = _segment_of(nn, mean_s)
    covered = np.bincount(place, nn.ms) / 1000
    used = np.flatnonzero(covered >= mean_s / 2)
    if len(used) < MIN_SAMPLES:
        return np.empty(0), np.empty(0)
    means = 1000 * covered[used] / np.bincount(place)[used]
    span = float(used[-1] - used[0] + 1) * mean_s
    frequency = np.asarray(np.arange(1.0, int(max_hz * span) + 1) / span, np.float64)
    density = _periodogram(np.asarray(used * mean_s, np.float64), means, frequency) * 2 * mean_s
    return frequency, density / np.square(np.sinc(frequency * mean_s))


def _segment_of(nn: Intervals, segment_s: float) -> NDArray[np.int64]:
    """Return the number of the segment in which each interval ends, from its begin on."""
    begin = float(nn.times[0] - nn.ms[0] / 1000)
    return np.floor((nn.times - begin) / segment_s + 1e-9).astype(np.int64)


def _lomb_scargle(nn: Intervals, convention: HrvConvention) -> Spectrum:
    """Return the periodogram of the uneven series itself, as a density (Scargle 1982).

    A sinusoid of amplitude A has the power A²/2, and white noise its variance (Laguna et al. 1998):
    the periodogram times ``2 T / n`` with the time T that the intervals cover. The trend is that
    of the whole series, because the trends of short stretches would contain slow rhythms.
    """
    if len(nn) < MIN_SAMPLES:
        return NO_SPECTRUM
    values = nn.ms
    if convention.detrend not in ("none", "constant"):  # the mean goes with the periodogram
        values = detrended_beats(nn.times, nn.ms, convention)
    span = float(nn.times[-1] - nn.times[0] + nn.ms[0] / 1000)
    place, oversampling = np.zeros(len(nn), np.int64), 4
    if span > LOMB_LONGEST_S:  # the computing time grows with the square of the length
        span, oversampling = convention.welch_s or LOMB_SEGMENT_S, 2
        place = _segment_of(nn, span)
    step = 1 / (oversampling * span)
    frequency = np.asarray(np.arange(1.0, int(LOMB_MAX_HZ / step) + 1) * step, np.float64)
    total, weight = np.zeros(len(frequency)), 0.0
    for part in np.split(np.arange(len(nn)), np.flatnonzero(np.diff(place)) + 1):
        covered = float(nn.ms[part].sum()) / 1000
        if len(part) >= MIN_SAMPLES and (covered >= span / 2 or place[-1] == 0):
            density = _periodogram(nn.times[part], values[part], frequency) * 2 * covered
            total += density / len(part) * covered
            weight += covered
    return Spectrum(frequency, total / weight, weight, weight) if weight else NO_SPECTRUM


def _periodogram(times: Series, values: Series, frequency: Series) -> Series:
    """Return the Lomb-Scargle periodogram: A²n/4 at the frequency of a sinusoid."""
    from scipy.signal import lombscargle

    since, away = times - times[0], values - values.mean()
    blocks = np.split(2 * np.pi * frequency, range(LOMB_BLOCK, len(frequency), LOMB_BLOCK))
    found = [np.atleast_1d(lombscargle(since, away, one)) for one in blocks if len(one)]
    return np.concatenate([np.empty(0), *found])
