"""What a report of heart rate variability says."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.correct_beats import KINDS, MANY
from vital_widgets.analysis.hrv.frequency_domain import POWERS
from vital_widgets.analysis.hrv.hrv import UNITS
from vital_widgets.analysis.hrv.nn_intervals import what_varies
from vital_widgets.analysis.hrv.nonlinear import NONLINEAR
from vital_widgets.core.formatting import format_duration, format_start
from vital_widgets.export.timeaxis import time_text
from vital_widgets.report.hrv_pictures import poincare_plot, spectrum, tachogram, trend
from vital_widgets.report.sheet import Picture, Row, Sheet, Value, shown

if TYPE_CHECKING:
    from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats
    from vital_widgets.analysis.hrv.hrv import Hrv
    from vital_widgets.report.hrv_parts import HrvParts

LABELS = {
    "mean_nn": "Mean NN", "sdnn": "SDNN", "sdann": "SDANN", "sdnni": "SDNN index", "rmssd": "RMSSD",
    "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN", "cvsd": "CVSD",
    "median_nn": "Median NN", "mad_nn": "MAD of NN", "iqr_nn": "IQR of NN", "min_nn": "Shortest NN",
    "max_nn": "Longest NN", "mean_hr": "Mean HR", "triangular_index": "Triangular index",
    "tinn": "TINN", "ulf": "ULF", "vlf": "VLF", "lf": "LF", "hf": "HF", "vhf": "VHF",
    "total_power": "Total power", "lf_hf": "LF/HF", "lf_nu": "LF, normalised",
    "hf_nu": "HF, normalised", "vlf_percent": "VLF share", "lf_percent": "LF share",
    "hf_percent": "HF share", "ln_hf": "ln HF", "vlf_peak": "VLF peak", "lf_peak": "LF peak",
    "hf_peak": "HF peak",
    **{name: label[0].upper() + label[1:] for name, (label, _) in NONLINEAR.items()},
}  # fmt: skip
MAIN = ("mean_hr", "mean_nn", "sdnn", "rmssd", "pnn50", "lf_hf", "sd1", "sd2")
WIDTH = 180.0  # mm of a row of pictures
RELATIVE = "* relative to the peak of the spectrum: without units, and not part of the spread"
SPREAD = "spread: range in percent of the median; bold: furthest from the median, if above 1 %"
NO_DEVICE = "not a medical device: a result for research, not a diagnosis"
BOLD_FROM = 1.0  # %


def hrv_sheet(report: HrvParts) -> Sheet:
    """Return what a report says."""
    measures = report.hrv.all_measures()
    units = {**UNITS, **_nonlinear_units()}
    columns = tuple(report.comparison.results)
    nonlinear = report.hrv.nonlinear
    what = what_varies(report.hrv.source).capitalize()
    version = report.recipe.versions.get("vital_widgets", "")
    return Sheet(
        title=report.title,
        subtitle="" if what == report.title else what,
        facts=_facts(report),
        main=tuple(
            Value(LABELS[name], measures[name], units[name]) for name in MAIN if name in measures
        ),
        pictures=_pictures(report),
        columns=columns,
        rows=_rows(report),
        table_notes=(SPREAD, *([RELATIVE] if _relative(report) else [])),
        more=tuple(
            Value(LABELS[name], value, units[name])
            for name, value in (nonlinear.measures if nonlinear else {}).items()
            if name in LABELS
        ),
        more_title=f"Non-linear measures ({report.hrv.convention.name})",
        notes=report.notes,
        made=_made(report),
        foot=f"vital_widgets {version} · {NO_DEVICE}",
    )


def _nonlinear_units() -> dict[str, str]:
    return {name: units.replace("^2", "²") for name, (_, units) in NONLINEAR.items()}


def _facts(report: HrvParts) -> tuple[tuple[str, str], ...]:
    nn, corrected = report.intervals, report.corrected
    facts = [
        ("Recording", report.name or "not named"),
        ("Start", "not known" if report.start is None else format_start(report.start)),
    ]
    if len(nn):
        t0, t1 = float(nn.times[0] - nn.ms[0] / 1000), float(nn.times[-1])
        words = f"{time_text(report.start, t0)} to {time_text(report.start, t1)}"
        facts.append(("Time span", f"{words} ({format_duration(t1 - t0)})"))
    facts.append(("Beats", report.beats_from))
    if report.detected is not None:
        facts.append(("Valid signal", str(report.detected)))
    if corrected is None:
        facts.append(("Correction", "none: intervals were given"))
    else:
        facts.append(("Corrected", _corrected(corrected, report.recipe.parameters.get("t_range"))))
    facts += [
        ("Intervals", f"{len(nn):,}, which cover {report.valid}"),
        ("Convention", report.hrv.convention.name),
        ("Notes", f"{len(report.notes)}, below the measures" if report.notes else "none"),
    ]
    return tuple(facts)


def _corrected(corrected: CorrectedBeats, t_range: tuple[float, float] | None) -> str:
    """Return what share of the beats of a time range was corrected, and how."""
    t0, t1 = (-np.inf, np.inf) if t_range is None else t_range
    marks = corrected.annotations()
    changed = marks.text[(marks.onset >= t0) & (marks.onset < t1)].tolist()
    found = np.concatenate([corrected.original, corrected.removed])
    n = int(np.sum((found >= t0) & (found < t1)))
    odd = ", ".join(f"{changed.count(kind):,} {kind}" for kind in KINDS if kind in changed)
    share = len(changed) / n if n else 0.0
    many = "; above 5 %: see the notes" if share > MANY else ""
    how = f" ({odd})" if odd else ""
    return f"{100 * share:.2f} % of {n:,} beats{how}, {corrected.method}{many}"


def _rows(report: HrvParts) -> tuple[Row, ...]:
    frame = report.comparison.to_frame()
    columns = list(report.comparison.results)
    rows = []
    for key, row in frame.iterrows():
        name = str(key)
        values = tuple(float(row[column]) for column in columns)
        if not np.isfinite(values).any():
            continue
        unitless = frozenset(
            map(columns.index, _relative(report) if name in (*POWERS, "ln_hf") else ())
        )
        known = [v for k, v in enumerate(values) if np.isfinite(v) and k not in unitless]
        # The spread of a single value is none.
        spread = float(row["spread_percent"]) if len(known) > 1 else np.nan
        far = str(row["furthest"])
        rows.append(
            Row(
                LABELS.get(name, name),
                _units(name),
                values,
                spread,
                columns.index(far) if far in columns and spread >= BOLD_FROM else -1,
                unitless,
            )
        )
    return tuple(rows)


def _units(name: str) -> str:
    return {**UNITS, **_nonlinear_units()}.get(name, "")


def _relative(report: HrvParts) -> list[str]:
    made = report.comparison.results
    return [name for name, one in made.items() if one.convention.relative_to_peak]


def _pictures(report: HrvParts) -> tuple[tuple[Picture, ...], ...]:
    nn, result, start = report.intervals, report.hrv, report.start
    every, span = result.all_measures(), _span(report)
    sd1, sd2 = every.get("sd1", np.nan), every.get("sd2", np.nan)
    changed = "" if report.corrected is None else "; short lines below: corrected beats"
    rows = [
        (
            Picture(
                f"Intervals{changed}",
                f"{len(nn):,} intervals over time, mean {shown(every['mean_nn'])} ms",
                WIDTH,
                46.0,
                lambda axes: tachogram(axes[0], nn, report.corrected, span, start),
            ),
        ),
        (
            Picture(
                f"Spectrum ({result.convention.name}; {_powers(result)})",
                "power spectral density of the intervals from 0 to 0.5 Hz",
                114.0,
                62.0,
                lambda axes: spectrum(axes[0], result),
            ),
            Picture(
                f"Poincaré plot: SD1 {shown(sd1)} ms, SD2 {shown(sd2)} ms",
                "each interval against the one before, with the ellipse of SD1 and SD2",
                66.0,
                62.0,
                lambda axes: poincare_plot(axes[0], nn, sd1, sd2),
            ),
        ),
    ]
    if report.trend is not None:
        found = report.trend
        labels = {name: _with_units(name) for name in found.measures}
        rows.append(
            (
                Picture(
                    f"Trends in windows of {found.window_s:g} s ({found.convention.name})",
                    f"{', '.join(LABELS[name] for name in found.measures)} over time",
                    WIDTH,
                    66.0,
                    partial(trend, found=found, labels=labels, t_range=span, start=start),
                    panels=len(found.measures),
                ),
            )
        )
    return tuple(rows)


def _powers(result: Hrv) -> str:
    """Return in what the powers of the bands are given."""
    relative = result.convention.relative_to_peak
    return "powers relative to the peak" if relative else "powers in ms²"


def _span(report: HrvParts) -> tuple[float, float]:
    """Return the time range that the pictures show in s."""
    nn, found = report.intervals, report.trend
    if not len(nn):
        return 0.0, 0.0
    t0, t1 = float(nn.times[0] - nn.ms[0] / 1000), float(nn.times[-1])
    if found is None or not len(found.times):
        return t0, t1
    return min(t0, float(found.times[0])), t1  # the last window may end later


def _with_units(name: str) -> str:
    units = _units(name)
    return f"{LABELS[name]}\n({units})" if units else LABELS[name]


def _made(report: HrvParts) -> tuple[tuple[str, str], ...]:
    conventions = [one.convention for one in report.comparison.results.values()]
    used = "; ".join(f"{one.name}: {one.program or _short(one.source)}" for one in conventions)
    versions = ", ".join(f"{name} {number}" for name, number in report.recipe.versions.items())
    return (
        ("Conventions", used),
        ("Recipe", repr(report.recipe)),
        ("Versions", versions),
    )


def _short(source: Any) -> str:
    """Return a reference up to its year."""
    found = re.match(r".*?\b(19|20)\d\d\b", str(source))
    return found[0] if found else str(source)
