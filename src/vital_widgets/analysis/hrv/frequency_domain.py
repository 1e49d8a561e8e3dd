"""Frequency-domain figures of heart rate variability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS
from vital_widgets.analysis.hrv.even_series import grid_of
from vital_widgets.analysis.hrv.interval_spectra import lowest_frequency, slow_spectrum, spectrum_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import Band, HrvConvention
    from vital_widgets.analysis.hrv.interval_spectra import Spectrum

FREQUENCY_UNITS = {
    "ulf": "ms²",
    "vlf": "ms²",
    "lf": "ms²",
    "hf": "ms²",
    "vhf": "ms²",
    "total_power": "ms²",
    "lf_hf": "",
    "lf_nu": "%",
    "hf_nu": "%",
    "vlf_percent": "%",
    "lf_percent": "%",
    "hf_percent": "%",
    "ln_hf": "",
    "vlf_peak": "Hz",
    "lf_peak": "Hz",
    "hf_peak": "Hz",
}
POWERS = tuple(name for name, unit in FREQUENCY_UNITS.items() if unit == "ms²")
# Seconds of series below which a band's power is not told: about ten cycles of its lowest
# frequency for HF and LF, as the Task Force asks (1 and 2 min), 5 min for VLF, and a day for ULF,
# of which some must be missing.
LEAST_SECONDS = {"hf": 60.0, "vhf": 60.0, "lf": 120.0, "vlf": 300.0, "ulf": 18 * 3600.0}
LEAST_LINES = 3  # of the spectrum within a band: fewer do not resolve it
NO_POWER = EQUAL_MS**2  # ms²: what rounding leaves in the spectrum of equal intervals
NEEDED_SHARE = 0.95  # of that: a series of five minutes ends within an interval of it


def frequency_figures(
    nn: Intervals, convention: HrvConvention
) -> tuple[dict[str, float], Spectrum]:
    """Return figures by name, and the spectrum.

    Powers are NaN for bands that the convention does not have, and where the longest stretch
    without a gap (with Lomb-Scargle the whole series) is too short for a band; so are the total,
    the ratio and the shares that such a power is part of (a total without ULF is given). A
    convention that follows a program has bands where that program has them, but no sum of parts
    of which one is missing.
    """
    figures = dict.fromkeys(FREQUENCY_UNITS, float("nan"))
    spectrum = spectrum_of(nn, convention)
    frequency, density = spectrum.frequency, spectrum.density
    if not len(frequency):
        return figures, spectrum
    scale = float(density.max()) if convention.relative_to_peak else 1.0
    used = density / scale if scale > 0 else density
    inside = np.ones(len(frequency), bool)
    if convention.lowest_of_series:
        inside = frequency >= lowest_frequency(_samples(nn, convention), convention.resample_hz)
    powers = {}
    for name, band in convention.bands().items():
        if name == "ulf" and convention.ulf_mean_seconds is not None:
            powers[name] = _ulf(nn, convention.ulf_mean_seconds, band, convention)
            continue
        chosen = inside & _within(frequency, band, convention)
        long_enough = convention.lowest_of_series or (
            (convention.any_length or not too_short(name, spectrum.longest))
            and chosen.sum() >= LEAST_LINES
        )
        powers[name] = _power(frequency, used, chosen, convention) if long_enough else float("nan")
        if powers[name] * scale <= NO_POWER:
            powers[name] = 0.0
        if name in ("vlf", "lf", "hf") and chosen.any() and powers[name] > 0:
            at = np.flatnonzero(chosen)
            figures[f"{name}_peak"] = float(frequency[at[int(np.argmax(used[at]))]])
    return figures | _ratios(powers, convention), spectrum


def too_short(band: str, seconds: float) -> bool:
    """Return whether a series of so many seconds is too short for a band."""
    return seconds < NEEDED_SHARE * LEAST_SECONDS[band]


def _ulf(nn: Intervals, mean_seconds: float, band: Band, convention: HrvConvention) -> float:
    if too_short("ulf", float(nn.ms.sum()) / 1000) and not convention.any_length:
        return float("nan")
    frequency, density = slow_spectrum(nn, mean_seconds, band[1])
    if len(frequency) < LEAST_LINES:
        return float("nan")
    return _power(frequency, density, _within(frequency, band, convention), convention)


def _ratios(powers: dict[str, float], convention: HrvConvention) -> dict[str, float]:
    lf, hf = powers["lf"], powers["hf"]
    known = {name: power for name, power in powers.items() if np.isfinite(power)}
    total = float(sum(known.values())) if known else float("nan")
    above = total - sum(known.get(name, 0.0) for name in ("ulf", "vlf"))
    # A short series has no ULF, and its total is that of the other bands (Task Force 1996).
    if any(name not in known for name in powers if name in ("vlf", "lf", "hf")):
        total = float("nan")
    if not np.isfinite(lf + hf):
        above = float("nan")
    whole = {"lf+hf": lf + hf, "total-vlf": above, "total": total}[convention.normalised_by]
    figures = dict(powers)
    figures["total_power"] = total
    figures["lf_hf"] = _share(lf, hf)
    figures["lf_nu"], figures["hf_nu"] = 100 * _share(lf, whole), 100 * _share(hf, whole)
    for name in ("vlf", "lf", "hf"):
        figures[f"{name}_percent"] = 100 * _share(powers[name], total)
    figures["ln_hf"] = float(np.log(hf)) if hf > 0 else float("nan")
    return figures


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _within(
    frequency: NDArray[np.float64], band: Band, convention: HrvConvention
) -> NDArray[np.bool_]:
    low, high = band
    below = frequency <= high if convention.band_edges == "closed" else frequency < high
    return np.asarray((frequency >= low) & below)


def _power(
    frequency: NDArray[np.float64],
    density: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    convention: HrvConvention,
) -> float:
    """Return the power of a band: the sum of its lines, or the area between its first and last."""
    if convention.integration == "sum":
        return float(density[chosen].sum() * (frequency[1] - frequency[0]))
    power = float(np.trapezoid(density[chosen], frequency[chosen]))
    # A program that gives NaN for a band without lines is followed in that too.
    return float("nan") if convention.lowest_of_series and power == 0 else power


def _samples(nn: Intervals, convention: HrvConvention) -> int:
    """Return the number of samples of the longest stretch of the even series."""
    parts = np.split(np.arange(len(nn)), np.flatnonzero(np.diff(nn.stretch)) + 1)
    longest = max(parts, key=lambda part: float(nn.times[part[-1]] - nn.times[part[0]]))
    rate, past_end = convention.resample_hz, convention.grid_past_end
    return len(grid_of(nn.times[longest], nn.ms[longest], rate, past_end=past_end))
