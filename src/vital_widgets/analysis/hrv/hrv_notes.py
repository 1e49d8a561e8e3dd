"""What must be known of figures of heart rate variability: what is missing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS, PPG, Intervals
from vital_widgets.analysis.engine.validity import NOT_ENOUGH, not_enough
from vital_widgets.analysis.hrv.frequency_domain import too_short
from vital_widgets.analysis.hrv.time_domain import LEAST_HISTOGRAM

if TYPE_CHECKING:
    from vital_widgets.analysis.hrv.convention import HrvConvention
    from vital_widgets.analysis.hrv.interval_spectra import Spectrum
    from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear

PRV = (
    "pulse-rate variability: the intervals are those of pulses, not of heart beats, and differ "
    "from heart rate variability mostly in what is fast (RMSSD, HF)"
)
LEAST_INTERVALS = 10
# What is not defined where there is no power, and where all intervals are equal.
RELATIVE = ("lf_hf", "lf_nu", "hf_nu", "vlf_percent", "lf_percent", "hf_percent", "ln_hf",
            "vlf_peak", "lf_peak", "hf_peak")  # fmt: skip
UNDEFINED = (*RELATIVE, "tinn")
EQUAL = (
    "all intervals are equal: there is no power of which a ratio, a share, a peak or a logarithm "
    "could be told, and no triangle for TINN"
)
NO_POWER = (
    "the series has no power in LF or HF but what rounding leaves, and no ratio, share, peak or "
    "logarithm of it"
)
NO_TRIANGLE = "no TINN: the intervals lie so close together that one bin of the histogram has most"
USED_SHARE = 0.98  # of the series; a spectrum of less says so


def notes_of(
    nn: Intervals,
    figures: dict[str, float],
    convention: HrvConvention,
    spectrum: Spectrum,
    nonlinear: HrvNonlinear | None,
) -> tuple[str, ...]:
    """Return the notes of a result: of the intervals, of what is missing, and why."""
    return (*_of_figures(nn, figures, convention, spectrum), *_of_nonlinear(nonlinear, nn))


def _of_figures(
    nn: Intervals, figures: dict[str, float], convention: HrvConvention, spectrum: Spectrum
) -> list[str]:
    notes = [*nn.notes, *([PRV] if nn.source == PPG else [])]
    if len(nn) < LEAST_INTERVALS:
        notes.append(not_enough(f"{len(nn)} intervals, {LEAST_INTERVALS} are needed"))
        return notes
    bands = convention.bands()
    missing = [
        name
        for name, value in figures.items()
        if np.isnan(value) and (name not in ("ulf", "vhf") or name in bands)
    ]
    if float(np.ptp(nn.ms)) <= EQUAL_MS:
        notes.append(EQUAL)
        missing = [name for name in missing if name not in UNDEFINED]
    elif figures.get("lf") == 0 or figures.get("hf") == 0:
        notes.append(NO_POWER)
        missing = [name for name in missing if name not in RELATIVE]
    if "tinn" in missing and len(nn) >= LEAST_HISTOGRAM:
        notes.append(NO_TRIANGLE)
        missing.remove("tinn")
    seconds = float(nn.ms.sum()) / 1000
    if figures.get("tinn") == 0:
        notes.append(
            f"TINN 0: no triangle fits the histogram; {convention.program or 'it'} gives 0 then"
        )
    told = [name for name in bands if np.isfinite(figures.get(name, np.nan))]
    short = [n for n in told if too_short(n, seconds if n == "ulf" else spectrum.longest)]
    if 0 < spectrum.seconds < USED_SHARE * seconds:
        notes.append(
            f"the spectrum is that of {spectrum.seconds:.0f} s of {seconds:.0f} s: of stretches "
            f"without a gap, the longest {spectrum.longest:.0f} s; options={{'psd': "
            f"'lomb-scargle'}} takes all"
        )
    if short:
        longest = min(seconds, spectrum.longest)
        notes.append(f"{longest:.0f} s of intervals are too short for: {', '.join(short)}")
    if missing:
        notes.append(f"{seconds:.0f} s of intervals do not give: {', '.join(missing)}")
    return notes


def _of_nonlinear(made: HrvNonlinear | None, nn: Intervals) -> list[str]:
    """Return what else must be known of the non-linear figures."""
    if made is None or len(nn) < LEAST_INTERVALS:
        return []
    told = [note.removeprefix(f"{NOT_ENOUGH}: ") for note in made.notes]
    return [f"non-linear: {note}" for note in told if note not in (PRV, *nn.notes)]
