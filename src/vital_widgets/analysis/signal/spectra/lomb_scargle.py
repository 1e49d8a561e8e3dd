"""The Lomb-Scargle spectrum of series with gaps or uneven times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.samplewise import one_after_another
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import checked_number, checked_signal, not_enough
from vital_widgets.analysis.signal.spectra.fourier_windows import ROUNDING
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum, confidence_interval
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.plan import Extent
    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_VALUES = 4
BLOCK = 2048  # times whose phases are held at once
MAX_VALUE = 1e140  # above, powers exceed the range of a float
DEGENERATE = 1e-9  # of the number of values: below, a sine or cosine is zero at all times
ON_GRID = 1e-3  # of a sample
MAX_FREQUENCIES = 1 << 24


def uneven_times(
    x: SignalLike, fs: float | None, times: ArrayLike, usable: UsableLike
) -> tuple[NDArray[np.float64], float, UsableLike]:
    """Return checked times, the sampling rate (by default the mean rate) and what is usable."""
    if isinstance(x, Channel):
        raise InvalidInputError("times= is for arrays; a channel has its own: leave times out")
    t = checked_signal(times, "times")
    values = checked_signal(x, "x")
    if len(t) != len(values):
        raise InvalidInputError(
            f"times has {len(t)} values for {len(values)} samples; give one for each sample"
        )
    if np.any(~np.isfinite(t)) or np.any(np.diff(t) <= 0):
        raise InvalidInputError("times must be finite and rise from sample to sample, in seconds")
    span = span_of(t)
    if usable is not None and not isinstance(usable, (np.ndarray, list, tuple)):
        stretches = usable_stretches(usable)
        usable = None if stretches is None else stretches.cover(t)
    return t, fs if fs is not None else len(t) / span if span > 0 else 1.0, usable


def span_of(times: NDArray[np.float64]) -> float:
    """Return the seconds that times stand for, each for a mean interval, the last one too."""
    n = len(times)
    return float(times[-1] - times[0]) * n / (n - 1) if n > 1 else 0.0


def lomb_scargle_frequencies(span: float, highest: float, oversampling: int) -> NDArray[np.float64]:
    """Return frequencies ``1 / (span * oversampling)`` apart, above 0 up to ``highest``."""
    oversampling = int(checked_number(oversampling, "oversampling", 1, 1000))
    if not span > 0:
        return np.empty(0)
    count = int(highest * span * oversampling * (1 + 1e-12))
    if count > MAX_FREQUENCIES:
        raise InvalidInputError(
            f"there are {count:,} frequencies up to {highest:g} Hz; at most {MAX_FREQUENCIES:,} "
            "can be computed: give a lower max_frequency= or oversampling="
        )
    return np.asarray(np.arange(1, count + 1) / (span * oversampling), np.float64)


def lomb_scargle(
    partials: Sequence[NDArray[np.float64]],
    extent: Extent,
    *,
    times: NDArray[np.float64] | None,
    frequencies: NDArray[np.float64],
    detrend: str,
    oversampling: int,
    confidence: float,
    units: str,
) -> PowerSpectrum:
    """Return the spectrum of samples; see `power_spectrum`.

    On a grid of times the sums over sines are Fourier transforms of the samples and of where they
    exist; others are matrix products of phases. Both are exact.
    """
    values = one_after_another(partials)
    base, fs = extent.timebase, extent.fs
    kept = np.abs(values) < MAX_VALUE  # not NaN
    t = base.times(0, len(values)) - base.start if times is None else times
    t, y = t[kept], values[kept]
    n, count = len(y), len(frequencies)
    density, degrees = np.full(count, np.nan), math.nan
    notes: tuple[str, ...] = ()
    if n < MIN_VALUES or not count:
        notes = (not_enough(f"there are {n} values; {MIN_VALUES} are needed"),)
    else:
        y = _without_trend(y, t, detrend)
        places = np.rint(t * fs)
        if times is None and np.abs(t * fs - places).max() < ON_GRID:
            size = round((base.end - base.start) * fs)
            z, q = _sums_on_grid(places.astype(np.int64), y, size, oversampling, count)
        else:
            spacing = float(frequencies[0])
            z = _trigonometric_sums(t - t[0], y, spacing, count)
            q = _trigonometric_sums(t - t[0], np.ones(n), 2 * spacing, count)
        density, degrees = _scargle(z, q, n) * (2 / fs), 2.0
    low, high = confidence_interval(density, frequencies, degrees, confidence, fs)
    return PowerSpectrum(
        frequencies=frequencies, density=density, ci_low=low, ci_high=high,
        degrees_of_freedom=degrees, confidence=confidence, method="lomb-scargle", fs=fs,
        n_windows=0 if notes else 1, n_excluded=0, units=units, valid=extent.valid, notes=notes,
    )  # fmt: skip


def _scargle(z: NDArray[np.complex128], q: NDArray[np.complex128], n: int) -> NDArray[np.float64]:
    """Return the periodogram from the sums of ``y exp(iwt)`` and of ``exp(2iwt)``.

    Scargle's time offset makes sine and cosine orthogonal: ``w tau`` is half the phase of ``q``.
    """
    turned = z * np.exp(-0.5j * np.angle(q))
    size = np.abs(q)
    cosine, sine = n + size, n - size
    degenerate = sine <= DEGENERATE * n
    of_sine = np.where(degenerate, 0.0, turned.imag**2 / np.where(degenerate, 1.0, sine))
    return np.asarray(turned.real**2 / cosine + of_sine)


def _sums_on_grid(
    places: NDArray[np.int64], y: NDArray[np.float64], size: int, oversampling: int, count: int
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    from scipy.fft import rfft

    n = size * oversampling
    filled, there = np.zeros(size), np.zeros(size)
    filled[places], there[places] = y, 1.0
    k = np.arange(1, count + 1)
    z = np.conj(rfft(filled, n)[k])
    double = (2 * k) % n
    mirrored = double > n // 2
    q = np.conj(rfft(there, n))[np.where(mirrored, n - double, double)]
    return z, np.where(mirrored, np.conj(q), q)


def _trigonometric_sums(
    t: NDArray[np.float64], y: NDArray[np.float64], spacing: float, count: int
) -> NDArray[np.complex128]:
    """Return ``sum y exp(2 pi i f t)`` for ``f = spacing * (1 .. count)``.

    A frequency is a coarse one plus a fine one, so that the phases are products: about
    ``2 sqrt(count)`` exponentials a time instead of ``count``, and the sums a matrix product.
    """
    fine = max(math.isqrt(count), 1)
    coarse = -(-count // fine)
    total = np.zeros((coarse, fine), np.complex128)
    base = 2j * np.pi * spacing
    for i in range(0, len(t), BLOCK):
        part = t[i : i + BLOCK]
        outer = np.exp(base * np.outer(fine * np.arange(coarse), part)) * y[i : i + BLOCK]
        total += outer @ np.exp(base * np.outer(part, np.arange(1, fine + 1)))
    return total.reshape(-1)[:count]


def _without_trend(
    y: NDArray[np.float64], t: NDArray[np.float64], detrend: str
) -> NDArray[np.float64]:
    if detrend == "none":
        return y
    level = float(y.mean())
    rest = y - level
    size = abs(level)
    if detrend == "linear":
        ramp = t - t.mean()
        slope = float(rest @ ramp / (ramp @ ramp))
        rest = rest - slope * ramp
        size += abs(slope) * float(t[-1] - t[0])
    flat = float(rest @ rest) <= len(y) * (ROUNDING * size) ** 2
    return np.zeros(len(y)) if flat else rest
