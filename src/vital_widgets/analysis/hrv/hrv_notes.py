"""Notes on measures of heart rate variability: what is missing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import EQUAL_MS, PPG, Intervals
from vital_widgets.analysis.engine.validity import NOT_ENOUGH, not_enough
from vital_widgets.analysis.hrv.frequency_domain import too_short
from vital_widgets.analysis.hrv.nn_intervals import MIN_INTERVALS, PRV
from vital_widgets.analysis.hrv.time_domain import MIN_HISTOGRAM

if TYPE_CHECKING:
    from vital_widgets.analysis.hrv.convention import HrvConvention
    from vital_widgets.analysis.hrv.interval_spectra import Spectrum
    from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear

# What is not defined without power, and if all intervals are equal.
RELATIVE = ("lf_hf", "lf_nu", "hf_nu", "vlf_percent", "lf_percent", "hf_percent", "ln_hf",
            "vlf_peak", "lf_peak", "hf_peak")  # fmt: skip
EQUAL = (
    "all intervals are equal: without power there are no ratios, shares, peaks and logarithms of "
    "it, and no TINN"
)
NO_POWER = "the series has no power in LF or HF, and no ratios, shares, peaks and logarithms of it"
NO_TRIANGLE = "no TINN: one bin of the histogram contains most intervals"
USED_SHARE = 0.98  # of the series, below which a note says how much the spectrum is of


def notes_of(
    nn: Intervals,
    measures: dict[str, float],
    convention: HrvConvention,
    spectrum: Spectrum,
    nonlinear: HrvNonlinear | None,
) -> tuple[str, ...]:
    """Return the notes of a result: on the intervals, on what is missing, and why."""
    notes = [*nn.notes, *([PRV] if nn.source == PPG else [])]
    if len(nn) < MIN_INTERVALS:
        return (*notes, not_enough(f"{len(nn)} intervals; {MIN_INTERVALS} are needed"))
    bands = convention.bands()
    missing = [
        name
        for name, value in measures.items()
        if np.isnan(value) and (name not in ("ulf", "vhf") or name in bands)
    ]
    if float(np.ptp(nn.ms)) <= EQUAL_MS:
        notes.append(EQUAL)
        missing = [name for name in missing if name not in (*RELATIVE, "tinn")]
    elif measures.get("lf") == 0 or measures.get("hf") == 0:
        notes.append(NO_POWER)
        missing = [name for name in missing if name not in RELATIVE]
    if "tinn" in missing and len(nn) >= MIN_HISTOGRAM:
        notes.append(NO_TRIANGLE)
        missing.remove("tinn")
    if measures.get("tinn") == 0:
        program = convention.program or "the convention"
        notes.append(f"TINN 0: no triangle fits the histogram; {program} then gives 0")
    seconds = float(nn.ms.sum()) / 1000
    computed = [name for name in bands if np.isfinite(measures.get(name, np.nan))]
    short = [n for n in computed if too_short(n, seconds if n == "ulf" else spectrum.longest)]
    if 0 < spectrum.seconds < USED_SHARE * seconds:
        notes.append(
            f"the spectrum is that of {spectrum.seconds:.0f} s of {seconds:.0f} s: of stretches "
            f"without a gap, the longest {spectrum.longest:.0f} s; options={{'psd': "
            f"'lomb-scargle'}} uses all"
        )
    if short:
        longest = min(seconds, spectrum.longest)
        notes.append(f"{longest:.0f} s of intervals are too short for: {', '.join(short)}")
    if missing:
        notes.append(f"not available from {seconds:.0f} s of intervals: {', '.join(missing)}")
    if nonlinear is not None:
        more = [note.removeprefix(f"{NOT_ENOUGH}: ") for note in nonlinear.notes]
        notes += [f"non-linear: {note}" for note in more if note not in (PRV, *nn.notes)]
    return tuple(notes)
