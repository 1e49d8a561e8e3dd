"""Pictures and tables of a scored night: hypnogram, spectrogram of the EEG, suggested events."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.sleepstages import UNSCORED
from vital_widgets.figures import theme
from vital_widgets.panels.evencells import even_middles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.spectra.spectrogram import Spectrogram
    from vital_widgets.analysis.sleep.hypnogram import Hypnogram
    from vital_widgets.analysis.sleep.sleep_events import SleepEvents
    from vital_widgets.analysis.sleep.sleep_statistics import SleepStatistics

LEVELS = {"W": 5.0, "R": 4.0, "N1": 3.0, "N2": 2.0, "N3": 1.0, UNSCORED: 0.0}  # from the bottom
STAGE_AXIS = {
    "tickvals": list(LEVELS.values()), "ticktext": list(LEVELS), "range": [-0.6, 5.5],
    "zeroline": False,
}  # fmt: skip
RED = "#d62728"
SLEEPERS = ("N1", "N2", "N3", "R")
COLOR_RANGE = (2, 98)  # percentiles of the density that the colours span
MINUTE, HOUR = 60, 3600
NO_X: NDArray[np.float64] = np.empty(0)


def clock(start: datetime | None, seconds: float, *, precise: bool = True) -> str:
    """Return the time of day, or the time from the start if that is not known."""
    if start is not None:
        at = start + timedelta(seconds=seconds)
        return at.strftime("%H:%M:%S" if precise else "%H:%M")
    rest = round(seconds)
    shown = f"{rest // HOUR}:{rest // MINUTE % MINUTE:02d}"
    return f"{shown}:{rest % MINUTE:02d}" if precise else shown


def hypnogram_traces(
    night: Hypnogram, start: datetime | None, second: Hypnogram | None
) -> list[dict[str, Any]]:
    """Return the stages as a line, with REM sleep bold, and what is open in red."""
    stage, length = night.stage, night.epoch_s
    scored = stage != UNSCORED
    open_epochs = in_conflict(night)
    levels = _levels(stage)
    other = (NO_X, NO_X)
    if second is not None:
        known = second.stage != UNSCORED
        other = _line(second.onset, _levels(second.stage) - 0.12, known, length)
    titles = [
        f"{clock(start, at)}, epoch {k + 1}: {one or '?'}{f' ({both})' if both else ''}"
        for k, (at, one, both) in enumerate(
            zip(night.onset, stage, np.where(open_epochs, night.conflict, ""), strict=True)
        )
    ]

    def line(name: str, points: Any, **look: Any) -> dict[str, Any]:
        return {
            "type": "scatter", "mode": "lines", "name": name, "x": points[0], "y": points[1],
            "line": look, "hoverinfo": "skip", "xaxis": "x", "yaxis": "y",
            "showlegend": bool(len(points[0])) and name != "stage",
        }  # fmt: skip

    return [
        line("second reader", other, color=theme.LINE, width=1.2),
        line("stage", _line(night.onset, levels, scored, length), color=theme.COLORS[0], width=1.4),
        line("REM sleep", _bars(night, levels, stage == "R"), color=theme.COLORS[3], width=5),
        line("not scored", _bars(night, levels, ~scored), color=RED, width=3),
        line("in conflict", _bars(night, levels, open_epochs & scored), color=RED, width=7),
        {
            # Where the pointer finds an epoch; even invisible markers would take long to draw.
            "type": "scatter", "mode": "none", "name": "epochs", "x": night.onset + length / 2,
            "y": levels, "text": titles, "hovertemplate": "%{text}<extra></extra>",
            "showlegend": False, "xaxis": "x", "yaxis": "y",
        },
    ]  # fmt: skip


def in_conflict(night: Hypnogram) -> NDArray[np.bool_]:
    """Return on which epochs marks or readers differ; not scored by one of them is no conflict."""
    return np.array([bool(one) and UNSCORED not in one for one in night.conflict], bool)


def _levels(stage: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.array([LEVELS[one] for one in stage], np.float64)


def _runs(value: NDArray[Any], kept: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return first and last index of the runs of equal values among those that are kept."""
    if not len(value):
        return np.empty(0, int), np.empty(0, int)
    code = np.where(kept, value, np.inf)
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    last = np.r_[first[1:] - 1, len(code) - 1]
    return first[kept[first]], last[kept[first]]


def _line(
    onset: NDArray[np.float64],
    levels: NDArray[np.float64],
    kept: NDArray[np.bool_],
    length: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the steps from stage to stage, interrupted where there is none."""
    first, last = _runs(levels, kept)
    x = np.stack([onset[first], onset[last] + length], axis=1).ravel()
    y = np.repeat(levels[first], 2)
    breaks = 2 * (np.flatnonzero(first[1:] != last[:-1] + 1) + 1)
    return np.insert(x, breaks, np.nan), np.insert(y, breaks, np.nan)


def _bars(
    night: Hypnogram, levels: NDArray[np.float64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a bar for each run of epochs."""
    first, last = _runs(levels, kept)
    gap = np.full(len(first), np.nan)
    x = np.stack([night.onset[first], night.onset[last] + night.epoch_s, gap], axis=1).ravel()
    y = np.stack([levels[first], levels[first], gap], axis=1).ravel()
    return x, y


def strip_trace(strip: Spectrogram, axis: dict[str, str]) -> dict[str, Any]:
    """Return the spectrogram as an image, with colours of its own range."""
    level = strip.decibels()
    known = level[np.isfinite(level)]
    low, high = np.percentile(known, COLOR_RANGE) if len(known) else (0.0, 1.0)
    # float32 is finer than the colours, and half of what has to be sent.
    return {
        "type": "heatmap", "name": "spectrogram", "x": strip.times,
        "y": even_middles(strip.frequencies),
        "z": np.where(np.isfinite(level), level, np.nan).astype(np.float32),
        "zmin": float(low), "zmax": float(max(high, low + 1e-9)), "colorscale": "Viridis",
        "showscale": False, "zsmooth": False,
        "hovertemplate": "%{y:.1f} Hz: %{z:.1f} dB<extra></extra>", **axis,
    }  # fmt: skip


def event_trace(events: SleepEvents, night: Hypnogram, axis: dict[str, str]) -> dict[str, Any]:
    """Return the number of events that begin in each minute."""
    begin = float(night.onset[0]) if len(night) else 0.0
    end = float(night.onset[-1]) + night.epoch_s if len(night) else 0.0
    edges = np.arange(begin, max(end, begin) + MINUTE + 1e-9, MINUTE)
    count, _ = np.histogram(events.onset, edges)
    name = events.kind.replace("_", " ")
    color = theme.COLORS[2] if events.kind == "spindles" else theme.COLORS[1]
    return {
        "type": "bar", "name": f"{name}/min", "x": edges[:-1] + MINUTE / 2, "y": count,
        "width": MINUTE, "marker": {"color": color, "line": {"width": 0}}, "showlegend": False,
        "hovertemplate": f"%{{y}} {name} in a minute<extra></extra>", **axis,
    }  # fmt: skip


def bed_shapes(statistics: SleepStatistics, t0: float, t1: float) -> list[dict[str, Any]]:
    """Return what lies outside of lights off to lights on, greyed."""
    spans = [(t0, statistics.lights_off), (statistics.lights_on, t1)]
    return [
        {
            "type": "rect", "x0": begin, "x1": end, "y0": 0, "y1": 1, "yref": "paper",
            "fillcolor": "rgba(128,128,128,0.25)", "line": {"width": 0}, "layer": "above",
        }
        for begin, end in spans
        if end - begin > 1e-6 * (t1 - t0)
    ]  # fmt: skip


def statistics_rows(found: SleepStatistics) -> list[tuple[str, ...]]:
    """Return the measures of a night, and the time in each stage."""

    def minutes(value: float) -> str:
        return "none" if math.isnan(value) else f"{value:.1f} min"

    rows: list[tuple[str, ...]] = [
        ("measure", "value"),
        ("time in bed (TIB)", minutes(found.tib)),
        ("total sleep time (TST)", minutes(found.tst)),
        ("sleep efficiency (SE)", _percent(found.efficiency)),
        ("sleep latency", minutes(found.sleep_latency)),
        ("REM latency, from sleep onset", minutes(found.rem_latency)),
        ("wake after sleep onset (WASO)", minutes(found.waso)),
        ("awakenings", f"{found.awakenings} ({_per_hour(found.awakening_index)})"),
        ("stage shifts", f"{found.stage_shifts} ({_per_hour(found.stage_shift_index)})"),
        ("W", minutes(found.minutes["W"])),
    ]
    for name in SLEEPERS:
        after = found.latency[name]
        first = "" if math.isnan(after) else f", first after {after:.1f} min"
        share = found.percent[name]
        part = "" if math.isnan(share) else f", {share:.1f} % of sleep"
        rows.append((name, f"{minutes(found.minutes[name])}{part}{first}"))
    if found.unscored:
        rows.append(("not scored", minutes(found.unscored)))
    return rows


def _percent(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.1f} %"


def _per_hour(value: float) -> str:
    return "no sleep" if math.isnan(value) else f"{value:.1f} per hour of sleep"


def sentence(night: Hypnogram, found: SleepStatistics, more: Sequence[str]) -> str:
    """Return what one wants to know first."""
    said = []
    if night.enough and found.enough:
        said.append(f"asleep {_hours(found.tst)} of {_hours(found.tib)} in bed")
    inside = in_bed(night, found)
    n_open = int((night.stage[inside] == UNSCORED).sum())
    said.append(f"{n_open:,} of {int(inside.sum()):,} epochs not scored")
    if n_conflicts := int(in_conflict(night)[inside].sum()):
        said.append(f"{n_conflicts:,} in conflict")
    if night.agreement is not None:
        both = "" if math.isnan(night.kappa) else f"Cohen's kappa {night.kappa:.2f}"
        said.append(both or "no epoch was scored by both readers")
    return " · ".join([*said, *more])


def in_bed(night: Hypnogram, found: SleepStatistics) -> NDArray[np.bool_]:
    """Return which epochs lie between lights off and lights on."""
    middle = night.onset + night.epoch_s / 2
    return np.asarray((middle >= found.lights_off) & (middle < found.lights_on))


def _hours(minutes: float) -> str:
    whole = round(minutes)
    return f"{whole // 60} h {whole % 60} min" if whole >= 60 else f"{minutes:.1f} min"  # noqa: PLR2004
