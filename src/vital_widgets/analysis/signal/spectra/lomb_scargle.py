"""The Lomb-Scargle spectrum of series with gaps or uneven times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.stretches import only_usable, usable_stretches
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import DETREND
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum, interval
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_VALUES = 4
BLOCK = 2048  # times whose phases are held at once
LARGEST = 1e140  # of a value; above, powers leave what a float holds
DEGENERATE = 1e-9  # of the number of values: below, a sine or cosine is zero at all times
ROUNDING = 4 * float(np.finfo(np.float64).eps)
MOST_FREQUENCIES = 1 << 24


def lomb_scargle_spectrum(
    values: NDArray[np.float64],
    fs: float | None,
    *,
    times: Any,
    detrend: str,
    oversampling: int,
    highest: float | None,
    level: float,
    unit: str,
    usable: Any,
) -> PowerSpectrum:
    """Return the spectrum of checked samples; see `power_spectrum` for the parameters.

    On even times the sums over sines are Fourier transforms of the samples and of where they
    exist (exact, n log n). Uneven times take matrix products of phases (exact, n times the number
    of frequencies, at the speed of the matrix product).
    """
    checked_choice(detrend, "detrend", DETREND)
    oversampling = int(checked_number(oversampling, "oversampling", 1, 1000))
    if times is None:
        rate = checked_fs(fs)
        signal = only_usable(values, usable, rate)
        kept = np.abs(signal) < LARGEST  # not NaN
        t = np.flatnonzero(kept) / rate
        span = len(signal) / rate
        valid = ValidSignal(float(kept.sum()) / rate, span)
    else:
        signal, t, span = _uneven(values, times, usable)
        kept = np.abs(signal) < LARGEST  # not NaN
        rate = checked_fs(fs) if fs is not None else _mean_rate(len(t), span)
        valid = ValidSignal(float(kept.sum()) / rate if rate > 0 else 0.0, span)
        t = t[kept]
    y = signal[kept]
    top = rate / 2
    if highest is not None:
        limit = rate / 2 if times is None else math.inf
        top = checked_number(highest, "highest", 0, limit, open_low=True, unit="Hz")
    spacing = 1 / (span * oversampling) if span > 0 else math.nan
    count = int(top / spacing * (1 + 1e-12)) if span > 0 else 0
    if count > MOST_FREQUENCIES:
        raise InvalidInputError(
            f"{count:,} frequencies up to {top:g} Hz are asked for; at most "
            f"{MOST_FREQUENCIES:,} can be: give a lower highest= or oversampling="
        )
    frequencies = np.asarray(spacing * np.arange(1, max(count, 0) + 1), np.float64)
    if len(y) < LEAST_VALUES or not count:
        nan = np.full(len(frequencies), np.nan)
        why = f"{len(y)} values, {LEAST_VALUES} are needed"
        return _result(
            frequencies, nan, rate=rate, degrees=math.nan, level=level, unit=unit, valid=valid,
            notes=(not_enough(why),),
        )  # fmt: skip
    y = _without_trend(y, t, detrend)
    if times is None:
        z, q = _sums_on_grid(y, kept, oversampling, count)
    else:
        z = _trigonometric_sums(t - t[0], y, spacing, count)
        q = _trigonometric_sums(t - t[0], np.ones(len(t)), 2 * spacing, count)
    power = _scargle(z, q, len(y))
    return _result(
        frequencies, power * (2 / rate), rate=rate, degrees=2.0, level=level, unit=unit, valid=valid
    )


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
    y: NDArray[np.float64], kept: NDArray[np.bool_], oversampling: int, count: int
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    from scipy.fft import rfft

    n = len(kept) * oversampling
    filled = np.zeros(len(kept))
    filled[kept] = y
    k = np.arange(1, count + 1)
    z = np.conj(rfft(filled, n)[k])
    there = np.conj(rfft(kept.astype(np.float64), n))
    double = (2 * k) % n
    mirrored = double > n // 2
    q = there[np.where(mirrored, n - double, double)]
    return z, np.where(mirrored, np.conj(q), q)


def _trigonometric_sums(
    t: NDArray[np.float64], y: NDArray[np.float64], spacing: float, count: int
) -> NDArray[np.complex128]:
    """Return ``sum y exp(2 pi i f t)`` for ``f = spacing * (1 .. count)``.

    A frequency is a coarse one plus a fine one, so that the phases are products: about
    ``2 sqrt(count)`` exponentials a time instead of ``count``, and the sums a matrix product.
    """
    fine = max(int(math.sqrt(count)), 1)
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


def _uneven(
    values: NDArray[np.float64], times: Any, usable: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    t = checked_signal(times, "times")
    if len(t) != len(values):
        raise InvalidInputError(
            f"times has {len(t)} values for {len(values)} samples; give as many"
        )
    if np.any(~np.isfinite(t)) or np.any(np.diff(t) <= 0):
        raise InvalidInputError("times must be finite and rise from sample to sample, in seconds")
    if isinstance(usable, (np.ndarray, list, tuple)):
        values = only_usable(values, usable, 1.0)
    elif usable is not None:
        stretches = usable_stretches(usable)
        assert stretches is not None
        values = np.where(stretches.cover(t), values, np.nan)
    n = len(t)
    # Each value stands for one mean interval, the last one too.
    span = float(t[-1] - t[0]) * n / (n - 1) if n > 1 else 0.0
    return values, t, span


def _mean_rate(n: int, span: float) -> float:
    return n / span if span > 0 else 0.0


def _result(
    frequencies: NDArray[np.float64],
    density: NDArray[np.float64],
    *,
    rate: float,
    degrees: float,
    level: float,
    unit: str,
    valid: ValidSignal,
    notes: tuple[str, ...] = (),
) -> PowerSpectrum:
    low, high = interval(density, frequencies, degrees, level, rate)
    return PowerSpectrum(
        frequencies=frequencies, density=density, low=low, high=high, degrees_of_freedom=degrees,
        level=level, method="lomb-scargle", fs=rate, windows_used=0 if notes else 1,
        windows_left_out=0, unit=unit, valid=valid, notes=notes,
    )  # fmt: skip
