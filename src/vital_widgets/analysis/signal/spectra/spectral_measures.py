"""Single measures of a power spectrum: edge, peak, mean and median frequency, entropy."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.band_power import band_weights, checked_band
from vital_widgets.analysis.signal.spectra.power_spectrum import SpectrumLike, of_spectrum

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Plan
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum


@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralMeasure(Result, given=("band",)):
    """One measure of a spectrum; ``float(result)`` is its value.

    Attributes
    ----------
    name : str
        Name of the measure.
    value : float
        Its value; NaN if there was not enough valid signal.
    units : str
        Units of the value.
    band : (float, float)
        Band in Hz that was evaluated.
    """

    name: str
    value: float
    units: str
    band: tuple[float, float]

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        row = (self.name, self.value, self.units, *self.band)
        return pd.DataFrame([row], columns=["name", "value", "units", "low_hz", "high_hz"])

    def _facts(self) -> list[tuple[str, str]]:
        band = "{:g}-{:g} Hz".format(*self.band)
        return [(self.name, quantity(self.value, self.units)), ("band", band)]


@analysis
def spectral_edge(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    percent: float = 95.0,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, SpectralMeasure] | SpectralMeasure:
    """Compute the frequency below which a percentage of the power of a band lies.

    Parameters
    ----------
    x, fs, method, window_s, usable
        As for `band_power`: a spectrum, or a signal of which the spectrum is computed first.
    percent : float
        Above 0 to 100; 95 (SEF95) is the most common one, 90 and 50 (the median frequency) are in
        use too.
    band : (float, float), optional
        Band in Hz that is evaluated; by default 0 to fs / 2. For an EEG give for example (0.5, 30),
        since slow drift and mains hum move the edge.

    Returns
    -------
    SpectralMeasure
        In Hz.

    Raises
    ------
    InvalidInputError
        The band is above fs / 2, or a parameter for signals is given together with a spectrum.

    Notes
    -----
    Power is spread evenly between frequencies, so the edge can lie between them.

    References
    ----------
    Rampil IJ. A primer for EEG signal processing in anesthesia. Anesthesiology
    1998;89(4):980-1002. doi:10.1097/00000542-199810000-00023

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import spectral_edge
    >>> noise = np.random.default_rng(0).normal(size=20_000)
    >>> round(float(spectral_edge(noise, 100, band=(0.5, 30))))  # 95 % of a flat spectrum
    29
    """
    percent = checked_number(percent, "percent", 0, 100, open_low=True, unit="%")
    value = functools.partial(_edge, share=percent / 100)
    measure = functools.partial(_measured, f"spectral edge {percent:g} %", "Hz", band, value)
    return of_spectrum(x, fs, method, window_s, usable, measure)


@analysis
def median_frequency(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, SpectralMeasure] | SpectralMeasure:
    """Compute the frequency that divides the power of a band in halves.

    Parameters
    ----------
    x, fs, band, method, window_s, usable
        As for `spectral_edge`.

    Returns
    -------
    SpectralMeasure
        In Hz.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import median_frequency
    >>> noise = np.random.default_rng(0).normal(size=20_000)
    >>> round(float(median_frequency(noise, 100)))
    25
    """
    measure = functools.partial(
        _measured, "median frequency", "Hz", band, functools.partial(_edge, share=0.5)
    )
    return of_spectrum(x, fs, method, window_s, usable, measure)


@analysis
def mean_frequency(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, SpectralMeasure] | SpectralMeasure:
    """Compute the mean of the frequencies of a band, weighted by power (spectral centroid).

    Parameters
    ----------
    x, fs, band, method, window_s, usable
        As for `spectral_edge`.

    Returns
    -------
    SpectralMeasure
        In Hz.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import mean_frequency
    >>> noise = np.random.default_rng(0).normal(size=20_000)
    >>> round(float(mean_frequency(noise, 100, band=(10, 20))))
    15
    """
    measure = functools.partial(_measured, "mean frequency", "Hz", band, _mean)
    return of_spectrum(x, fs, method, window_s, usable, measure)


@analysis
def peak_frequency(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, SpectralMeasure] | SpectralMeasure:
    """Find the frequency of the largest density in a band.

    Parameters
    ----------
    x, fs, band, method, window_s, usable
        As for `spectral_edge`.

    Returns
    -------
    SpectralMeasure
        In Hz.

    Notes
    -----
    A parabola through the logarithm of the largest density and its two neighbours places the
    peak between frequencies; it is exact for a Gaussian peak. If the density is largest at a limit
    of the band, the band contains no peak: the result is that limit, with a note.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import peak_frequency
    >>> rhythm = np.sin(2 * np.pi * 9.9 * np.arange(3000) / 100)
    >>> round(float(peak_frequency(rhythm, 100, band=(5, 20))), 1)
    9.9
    """
    measure = functools.partial(_measured, "peak frequency", "Hz", band, _peak)
    return of_spectrum(x, fs, method, window_s, usable, measure)


@analysis
def spectral_entropy(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    normalize: bool = True,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, SpectralMeasure] | SpectralMeasure:
    """Compute the Shannon entropy of the distribution of power over the frequencies of a band.

    Parameters
    ----------
    x, fs, band, method, window_s, usable
        As for `spectral_edge`.
    normalize : bool
        Whether to divide by the logarithm of the number of frequencies, as is usual: 0 for a
        single line, 1 for white noise. Otherwise the entropy is in bits.

    Returns
    -------
    SpectralMeasure
        Without units, or in bits.

    References
    ----------
    Inouye T, Shinosaki K, Sakamoto H, et al. Quantification of EEG irregularity by use of the
    entropy of the power spectrum. Electroencephalography and Clinical Neurophysiology
    1991;79(3):204-210. doi:10.1016/0013-4694(91)90138-T

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import spectral_entropy
    >>> noise = np.random.default_rng(0).normal(size=20_000)
    >>> round(float(spectral_entropy(noise, 100)), 1)
    1.0
    """
    value = functools.partial(_entropy, normalize=normalize)
    measure = functools.partial(
        _measured, "spectral entropy", "" if normalize else "bit", band, value
    )
    return of_spectrum(x, fs, method, window_s, usable, measure)


def _measured(
    name: str,
    units: str,
    band: tuple[float, float] | None,
    value_of: Callable[..., float],
    spectrum: PowerSpectrum,
) -> SpectralMeasure:
    low, high = (0.0, spectrum.fs / 2) if band is None else checked_band(band, fs=spectrum.fs)
    notes: list[str] = []
    value = value_of(spectrum, low, high, notes) if spectrum.enough else math.nan
    if spectrum.enough and math.isnan(value):
        notes.append(not_enough(f"there is no power within {low:g}-{high:g} Hz"))
    return SpectralMeasure(
        name=name, value=value, units=units, band=(low, high), valid=spectrum.valid,
        notes=(*spectrum.notes, *notes),
    )  # fmt: skip


def _powers(
    spectrum: PowerSpectrum, low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the power of each frequency within limits, and the edges between frequencies."""
    f = spectrum.frequencies
    inner = np.clip((f[1:] + f[:-1]) / 2, low, high)
    weights = band_weights(f, (("", low, high),), spectrum.fs)[0]
    return weights * spectrum.density, np.concatenate([[low], inner, [high]])


def _edge(spectrum: PowerSpectrum, low: float, high: float, _: list[str], *, share: float) -> float:
    power, edges = _powers(spectrum, low, high)
    total = np.concatenate([[0.0], np.cumsum(power)])
    if not total[-1] > 0:
        return math.nan
    wanted = share * total[-1]
    k = min(max(int(np.searchsorted(total, wanted, side="left")), 1), len(power))
    part = (wanted - total[k - 1]) / (total[k] - total[k - 1])
    return float(edges[k - 1] + part * (edges[k] - edges[k - 1]))


def _mean(spectrum: PowerSpectrum, low: float, high: float, _: list[str]) -> float:
    power, edges = _powers(spectrum, low, high)
    total = float(power.sum())
    return float(power @ (edges[1:] + edges[:-1])) / 2 / total if total > 0 else math.nan


def _peak(spectrum: PowerSpectrum, low: float, high: float, notes: list[str]) -> float:
    f, p = spectrum.frequencies, spectrum.density
    inside = np.flatnonzero((f >= low) & (f <= high))
    if not np.any(p[inside] > 0):
        return math.nan
    k = int(inside[np.argmax(p[inside])])
    value = float(f[k])
    if 0 < k < len(f) - 1 and min(p[k - 1], p[k + 1]) > 0:
        before, at, after = np.log(p[k - 1 : k + 2])
        bend = before - 2 * at + after
        if before <= at >= after and bend < 0:
            value += float(0.5 * (before - after) / bend) * spectrum.spacing
        else:
            notes.append(f"no peak within {low:g}-{high:g} Hz: the density is largest at a limit")
    return min(max(value, low), high)


def _entropy(
    spectrum: PowerSpectrum, low: float, high: float, _: list[str], *, normalize: bool
) -> float:
    inside = (spectrum.frequencies >= low) & (spectrum.frequencies <= high)
    power = spectrum.density[inside]
    total = float(power.sum())
    if not (total > 0 and len(power) > 1):
        return math.nan
    share = power[power > 0] / total
    value = max(float(-np.sum(share * np.log2(share))), 0.0)
    return value / math.log2(len(power)) if normalize else value
