"""Single figures of a power spectrum: edges, peak, mean and median frequency, entropy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.band_power import band_weights
from vital_widgets.analysis.signal.spectra.from_spectrum import plan_from_spectrum, spectrum_of
from vital_widgets.analysis.signal.spectra.time_frequency import checked_band

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Plan
    from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum


@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralFigure(Result, given=("band",)):
    """One figure of a spectrum; ``float(result)`` is its value.

    Attributes
    ----------
    name : str
        What it is.
    value : float
        The figure; NaN if there was not enough valid signal.
    unit : str
        Its unit.
    band : (float, float)
        Frequencies that were looked at, in Hz.
    """

    name: str
    value: float
    unit: str
    band: tuple[float, float]

    def __float__(self) -> float:
        """Return the figure."""
        return self.value

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        low, high = self.band
        row = {"name": self.name, "value": self.value, "unit": self.unit}
        return pd.DataFrame([{**row, "low_hz": low, "high_hz": high}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the figure and the band."""
        low, high = self.band
        return [(self.name, quantity(self.value, self.unit)), ("within", f"{low:g}-{high:g} Hz")]


def plan_edge(fs: float, **options: Any) -> Plan[Any, SpectralFigure]:
    """Return how a spectral edge runs over a recording."""
    return plan_from_spectrum(spectral_edge, fs, **options)


@chunked(plan_edge)
@with_recipe("values")
def spectral_edge(
    values: Any,
    fs: float | None = None,
    *,
    percent: float = 95.0,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> SpectralFigure:
    """Return the frequency below which so many percent of the power of a band lie (SEF95).

    Parameters
    ----------
    values : PowerSpectrum, or array-like of float, shape (n,)
        A spectrum, or samples of which one is made first.
    fs : float, optional
        Sampling rate in Hz; only for samples.
    percent : float
        50, 90 and 95 are in use; 50 is the median frequency.
    band : (float, float), optional
        Frequencies that count, in Hz; all by default. For EEG give for example (0.5, 30): without
        it slow drift and mains hum move the edge.
    method, window_seconds
        As for `power_spectrum`; only for samples. For other settings make the spectrum first.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where samples may be used.

    Notes
    -----
    Between frequencies the power is spread evenly, so the edge lies between them too.

    References
    ----------
    Rampil IJ. Anesthesiology 1998;89:980-1002.
    """
    percent = checked_number(percent, "percent", 0, 100, open_low=True, unit="%")
    found = spectrum_of(values, fs, method, window_seconds, usable)
    limits, power, edges = _powers(found, band)
    value = _edge(power, edges, percent / 100) if power.sum() > 0 else float("nan")
    return _figure(found, f"spectral edge {percent:g} %", value, "Hz", limits)


def plan_median(fs: float, **options: Any) -> Plan[Any, SpectralFigure]:
    """Return how a median frequency runs over a recording."""
    return plan_from_spectrum(median_frequency, fs, **options)


@chunked(plan_median)
@with_recipe("values")
def median_frequency(
    values: Any,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> SpectralFigure:
    """Return the frequency that halves the power of a band.

    Parameters
    ----------
    values, fs, band, method, window_seconds, usable
        As for `spectral_edge`.
    """
    found = spectrum_of(values, fs, method, window_seconds, usable)
    limits, power, edges = _powers(found, band)
    value = _edge(power, edges, 0.5) if power.sum() > 0 else float("nan")
    return _figure(found, "median frequency", value, "Hz", limits)


def plan_mean(fs: float, **options: Any) -> Plan[Any, SpectralFigure]:
    """Return how a mean frequency runs over a recording."""
    return plan_from_spectrum(mean_frequency, fs, **options)


@chunked(plan_mean)
@with_recipe("values")
def mean_frequency(
    values: Any,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> SpectralFigure:
    """Return the mean of the frequencies of a band, weighted by power (spectral centroid).

    Parameters
    ----------
    values, fs, band, method, window_seconds, usable
        As for `spectral_edge`.
    """
    found = spectrum_of(values, fs, method, window_seconds, usable)
    limits, power, edges = _powers(found, band)
    total = float(power.sum())
    middles = (edges[1:] + edges[:-1]) / 2
    value = float(power @ middles) / total if total > 0 else float("nan")
    return _figure(found, "mean frequency", value, "Hz", limits)


def plan_peak(fs: float, **options: Any) -> Plan[Any, SpectralFigure]:
    """Return how a peak frequency runs over a recording."""
    return plan_from_spectrum(peak_frequency, fs, **options)


@chunked(plan_peak)
@with_recipe("values")
def peak_frequency(
    values: Any,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> SpectralFigure:
    """Return the frequency of the largest density in a band.

    Parameters
    ----------
    values, fs, band, method, window_seconds, usable
        As for `spectral_edge`.

    Notes
    -----
    A parabola through the logarithm of the largest density and its two neighbours places the
    peak between frequencies; it is exact for a Gaussian peak. A density that is largest at a limit
    of the band is no peak in it: the result is then that limit, with a note.
    """
    found = spectrum_of(values, fs, method, window_seconds, usable)
    limits = _limits(found, band)
    f, p = found.frequencies, found.density
    inside = np.flatnonzero((f >= limits[0]) & (f <= limits[1]))
    notes: list[str] = []
    value = float("nan")
    if found.enough and len(inside) and np.any(p[inside] > 0):
        k = int(inside[np.argmax(p[inside])])
        value = float(f[k])
        if 0 < k < len(f) - 1 and min(p[k - 1], p[k + 1]) > 0:
            before, at, after = np.log(p[k - 1 : k + 2])
            bend = before - 2 * at + after
            if before <= at >= after and bend < 0:
                value += float(0.5 * (before - after) / bend) * found.spacing
            else:
                notes.append(f"no peak within {limits[0]:g}-{limits[1]:g} Hz: largest at its limit")
        value = min(max(value, limits[0]), limits[1])
    return _figure(found, "peak frequency", value, "Hz", limits, notes)


def plan_entropy(fs: float, **options: Any) -> Plan[Any, SpectralFigure]:
    """Return how a spectral entropy runs over a recording."""
    return plan_from_spectrum(spectral_entropy, fs, **options)


@chunked(plan_entropy)
@with_recipe("values")
def spectral_entropy(
    values: Any,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    normalised: bool = True,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> SpectralFigure:
    """Return the Shannon entropy of the shares of power at each frequency of a band.

    Parameters
    ----------
    values, fs, band, method, window_seconds, usable
        As `spectral_edge`.
    normalised : bool
        Divide by the logarithm of the number of frequencies: 0 for a single line, 1 for white
        noise. Else in bits.

    References
    ----------
    Inouye T et al. Electroencephalogr Clin Neurophysiol 1991;79:204-210.
    """
    found = spectrum_of(values, fs, method, window_seconds, usable)
    limits = _limits(found, band)
    inside = (found.frequencies >= limits[0]) & (found.frequencies <= limits[1])
    power = np.nan_to_num(found.density[inside])
    total = float(power.sum())
    value = float("nan")
    if total > 0 and len(power) > 1:
        share = power[power > 0] / total
        value = max(float(-np.sum(share * np.log2(share))), 0.0)
        if normalised:
            value /= float(np.log2(len(power)))
    return _figure(found, "spectral entropy", value, "" if normalised else "bit", limits)


def _limits(found: PowerSpectrum, band: Any) -> tuple[float, float]:
    if band is None:
        return 0.0, found.fs / 2
    return checked_band(band, "band", found.fs / 2)


def _powers(
    found: PowerSpectrum, band: Any
) -> tuple[tuple[float, float], NDArray[np.float64], NDArray[np.float64]]:
    """Return the limits, the power of each frequency within, and the edges between them."""
    low, high = _limits(found, band)
    f = found.frequencies
    if len(f) < 2:  # noqa: PLR2004 - no spacing
        return (low, high), np.zeros(1), np.array([low, high])
    weights = band_weights(f, (("", low, high),), found.fs)[0]
    inner = np.clip((f[1:] + f[:-1]) / 2, low, high)
    edges = np.concatenate([[low], inner, [high]])
    return (low, high), weights * np.nan_to_num(found.density), edges


def _edge(power: NDArray[np.float64], edges: NDArray[np.float64], share: float) -> float:
    total = np.concatenate([[0.0], np.cumsum(power)])
    wanted = share * total[-1]
    k = min(int(np.searchsorted(total, wanted, side="left")), len(power))
    k = max(k, 1)
    return float(
        edges[k - 1]
        + (wanted - total[k - 1]) / (total[k] - total[k - 1]) * (edges[k] - edges[k - 1])
    )


def _figure(
    found: PowerSpectrum,
    name: str,
    value: float,
    unit: str,
    band: tuple[float, float],
    notes: list[str] | None = None,
) -> SpectralFigure:
    words = [*found.notes, *(notes or [])]
    if value != value and found.enough:  # noqa: PLR0124 - NaN
        words.append(not_enough(f"no power within {band[0]:g}-{band[1]:g} Hz"))
    return SpectralFigure(
        name=name, value=value, unit=unit, band=band, valid=found.valid, notes=tuple(words)
    )
