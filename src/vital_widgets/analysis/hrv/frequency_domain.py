"""Frequency-domain measures of heart rate variability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS
from vital_widgets.analysis.hrv.interval_spectra import (
    grid_of,
    lowest_frequency,
    slow_spectrum,
    spectrum_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Intervals
    from vital_widgets.analysis.hrv.convention import Band, HrvConvention
    from vital_widgets.analysis.hrv.interval_spectra import Spectrum

POWERS = ("ulf", "vlf", "lf", "hf", "vhf", "total_power")
FREQUENCY_UNITS = {
    **dict.fromkeys(POWERS, "ms²"), "lf_hf": "", "lf_nu": "%", "hf_nu": "%", "vlf_percent": "%",
    "lf_percent": "%", "hf_percent": "%", "ln_hf": "", "vlf_peak": "Hz", "lf_peak": "Hz",
    "hf_peak": "Hz",
}  # fmt: skip
# Shortest series in seconds for the power of a band: about ten cycles of the lowest frequency of
# HF and LF (Task Force), 5 min for VLF, and a day, of which some may be missing, for ULF.
MIN_SECONDS = {"hf": 60.0, "vhf": 60.0, "lf": 120.0, "vlf": 300.0, "ulf": 18 * 3600.0}
NEEDED_SHARE = 0.95  # of that: a series of five minutes ends within an interval of it
MIN_LINES = 3  # of the spectrum within a band
NO_POWER = EQUAL_MS**2  # ms²: rounding errors in the spectrum of equal intervals
NAN = float("nan")


def frequency_measures(
    nn: Intervals, convention: HrvConvention
) -> tuple[dict[str, float], Spectrum]:
    """Return the measures by name, and the spectrum.

    Powers are NaN for bands that the convention does not have, and if the longest stretch without
    a gap (with Lomb-Scargle the whole series) is too short for a band; so are the total, the
    ratio and the shares that include such a power (a total without ULF is given). A convention
    that follows a program has the bands of that program, but no incomplete sums.
    """
    measures = dict.fromkeys(FREQUENCY_UNITS, NAN)
    spectrum = spectrum_of(nn, convention)
    frequency, density = spectrum.frequency, spectrum.density
    if not len(frequency):
        return measures, spectrum
    scale = float(density.max()) if convention.relative_to_peak else 1.0
    used = density / scale if scale > 0 else density
    inside = np.ones(len(frequency), bool)
    if convention.limit_to_length:
        inside = frequency >= lowest_frequency(_n_samples(nn, convention), convention.resample_hz)
    powers = {}
    for name, band in convention.bands().items():
        if name == "ulf" and convention.ulf_mean_s is not None:
            powers[name] = _ulf(nn, convention.ulf_mean_s, band, convention)
            continue
        chosen = inside & _within(frequency, band, convention)
        long_enough = convention.limit_to_length or (
            (convention.any_length or not too_short(name, spectrum.longest))
            and chosen.sum() >= MIN_LINES
        )
        power = _power(frequency, used, chosen, convention) if long_enough else NAN
        powers[name] = 0.0 if power * scale <= NO_POWER else power
        if name in ("vlf", "lf", "hf") and chosen.any() and power * scale > NO_POWER:
            measures[f"{name}_peak"] = float(frequency[chosen][int(np.argmax(used[chosen]))])
    return measures | _ratios(powers, convention), spectrum


def too_short(band: str, seconds: float) -> bool:
    """Return whether a series is too short for a band."""
    return seconds < NEEDED_SHARE * MIN_SECONDS[band]


def _ulf(nn: Intervals, mean_s: float, band: Band, convention: HrvConvention) -> float:
    if too_short("ulf", float(nn.ms.sum()) / 1000) and not convention.any_length:
        return NAN
    frequency, density = slow_spectrum(nn, mean_s, band[1])
    if len(frequency) < MIN_LINES:
        return NAN
    return _power(frequency, density, _within(frequency, band, convention), convention)


def _ratios(powers: dict[str, float], convention: HrvConvention) -> dict[str, float]:
    lf, hf = powers["lf"], powers["hf"]
    known = {name: power for name, power in powers.items() if np.isfinite(power)}
    total = float(sum(known.values())) if known else NAN
    above = total - sum(known.get(name, 0.0) for name in ("ulf", "vlf"))
    # A short series has no ULF, and its total is that of the other bands (Task Force 1996).
    if any(name not in known for name in ("vlf", "lf", "hf")):
        total = NAN
    if not np.isfinite(lf + hf):
        above = NAN
    whole = {"lf+hf": lf + hf, "total-vlf": above, "total": total}[convention.normalised_by]
    return {
        **powers,
        "total_power": total,
        "lf_hf": _share(lf, hf),
        "lf_nu": 100 * _share(lf, whole),
        "hf_nu": 100 * _share(hf, whole),
        **{f"{name}_percent": 100 * _share(powers[name], total) for name in ("vlf", "lf", "hf")},
        "ln_hf": float(np.log(hf)) if hf > 0 else NAN,
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else NAN


def _within(
    frequency: NDArray[np.float64], band: Band, convention: HrvConvention
) -> NDArray[np.bool_]:
    below = frequency <= band[1] if convention.band_edges == "closed" else frequency < band[1]
    return np.asarray((frequency >= band[0]) & below)


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
    return NAN if convention.limit_to_length and power == 0 else power  # like NeuroKit2


def _n_samples(nn: Intervals, convention: HrvConvention) -> int:
    """Return the number of samples of the longest stretch on the grid."""
    longest = max(nn.parts(), key=lambda part: float(nn.times[part[-1]] - nn.times[part[0]]))
    return len(grid_of(nn.times[longest], nn.ms[longest], convention))
