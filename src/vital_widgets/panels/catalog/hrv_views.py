"""Pictures and tables of the HRV panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.hrv.hrv import units_of
from vital_widgets.analysis.hrv.lipponen import ECTOPIC, EXTRA, LONG_SHORT, MISSED
from vital_widgets.analysis.hrv.nonlinear import NONLINEAR
from vital_widgets.analysis.hrv.poincare import poincare
from vital_widgets.figures import theme
from vital_widgets.panels.rows import with_holes
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = list[tuple[str, ...]]

BLUE, RED, GREEN, PINK = theme.COLORS[:4]
DECISIONS = {ECTOPIC: RED, MISSED: GREEN, LONG_SHORT: PINK, EXTRA: theme.COLORS[6]}
MANY = 1000  # pairs of intervals, from which on their density is shown
BINS = 80
MOST = 16  # measures in the picture of conventions
TICKS = (0.001, 0.01, 0.1, 0.5, 1, 2, 10, 100, 1000)
SQUARE = 420  # px
HIGHEST_HZ = 0.5
LABELS = {
    "mean_nn": "mean NN", "sdnn": "SDNN", "sdann": "SDANN", "sdnni": "SDNN index",
    "rmssd": "RMSSD", "sdsd": "SDSD", "pnn20": "pNN20", "pnn50": "pNN50", "cvnn": "CVNN",
    "cvsd": "CVSD", "median_nn": "median NN", "mad_nn": "MAD of NN", "iqr_nn": "IQR of NN",
    "min_nn": "shortest NN", "max_nn": "longest NN", "mean_hr": "mean heart rate",
    "triangular_index": "triangular index", "tinn": "TINN", "ulf": "ULF", "vlf": "VLF",
    "lf": "LF", "hf": "HF", "vhf": "VHF", "total_power": "total power", "lf_hf": "LF/HF",
    "lf_nu": "LF, normalised", "hf_nu": "HF, normalised", "vlf_percent": "VLF, share",
    "lf_percent": "LF, share", "hf_percent": "HF, share", "ln_hf": "ln HF",
    "vlf_peak": "VLF peak", "lf_peak": "LF peak", "hf_peak": "HF peak",
    **{name: label for name, (label, _) in NONLINEAR.items()},
}  # fmt: skip


def tachogram(result: Any, chosen: Any) -> View:
    """Return the intervals over time, and the beats that were corrected."""
    nn = result.corrected.intervals()
    times, ms = with_holes(nn.times, nn.ms, nn.stretch)
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": "NN interval", "x": times, "y": ms,
            "line": {"color": BLUE, "width": 1.2},
        }
    ]  # fmt: skip
    corrected = result.corrected
    for decision, color in DECISIONS.items():
        at = corrected.removed
        if decision != EXTRA:
            at = corrected.times[corrected.decision == decision]
        if len(at) and len(nn):
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "name": decision, "x": at,
                    "y": np.interp(at, nn.times, nn.ms),
                    "marker": {"color": color, "size": 7, "symbol": "circle-open"},
                }
            )  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "time (s)"}},
        "yaxis": {"title": {"text": "NN interval (ms)"}},
        "showlegend": len(traces) > 1,
    }
    return View(traces, layout, measure_rows(result, chosen), sentence(result), times="x")


def poincare_plot(result: Any, chosen: Any) -> View:
    """Return each interval against the one before, with the ellipse of SD1 and SD2."""
    nn = result.corrected.intervals()
    first = nn.successive()
    x, y, times = nn.ms[first], nn.ms[first + 1], nn.times[first + 1]
    traces: list[dict[str, Any]] = [_pairs(x, y, times)] if len(x) else []
    shape = poincare(nn)
    if shape.enough:
        angle = np.linspace(0, 2 * np.pi, 200)
        along, across = shape.sd2 * np.cos(angle), shape.sd1 * np.sin(angle)
        turn = np.sqrt(0.5)
        traces.append(
            {
                "type": "scatter", "mode": "lines", "name": "SD1, SD2",
                "x": x.mean() + turn * (along - across), "y": y.mean() + turn * (along + across),
                "line": {"color": RED, "width": 1.5}, "hoverinfo": "skip",
            }
        )  # fmt: skip
    layout = {
        "height": SQUARE,
        "xaxis": {"title": {"text": "NN interval (ms)"}, "constrain": "domain"},
        "yaxis": {
            "title": {"text": "next NN interval (ms)"}, "scaleanchor": "x", "scaleratio": 1,
            "constrain": "domain",
        },
    }  # fmt: skip
    said = f"SD1 {shape.sd1:.1f} ms, SD2 {shape.sd2:.1f} ms" if shape.enough else ""
    text = " · ".join(part for part in (sentence(result), said) if part)
    return View(traces, layout, measure_rows(result, chosen), text)


def _pairs(
    x: NDArray[np.float64], y: NDArray[np.float64], times: NDArray[np.float64]
) -> dict[str, Any]:
    """Return few pairs as points, with their times, and many as a density."""
    if len(x) <= MANY:
        return {
            "type": "scatter", "mode": "markers", "name": "intervals", "x": x, "y": y,
            "customdata": times[:, None],
            "marker": {"color": BLUE, "size": 4, "opacity": 0.6},
        }  # fmt: skip
    low, high = np.percentile(np.concatenate([x, y]), [0.05, 99.95])
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram2d(y, x, bins=(edges, edges))[0]
    middle = (edges[:-1] + edges[1:]) / 2
    shown = np.where(counts > 0, np.log10(np.maximum(counts, 1)), np.nan)
    # Of each cell the time of one pair, which a click shows.
    when = np.full((BINS, BINS), np.nan)
    row, column = (np.clip(np.searchsorted(edges, one, "right") - 1, 0, BINS - 1) for one in (y, x))
    inside = (np.minimum(x, y) >= low) & (np.maximum(x, y) <= high)
    when[row[inside], column[inside]] = times[inside]
    return {
        "type": "heatmap", "name": "density", "x": middle, "y": middle, "z": shown,
        "customdata": when, "text": counts.astype(int),
        "hovertemplate": "%{x:.0f}, %{y:.0f} ms: %{text} pairs<extra></extra>",
        "colorscale": [[0, "rgba(0,114,178,0.25)"], [0.6, BLUE], [1, RED]],
        "showscale": False,
    }  # fmt: skip


def spectrum(result: Any, chosen: Any) -> View:
    """Return the density of the spectrum with the bands of the convention."""
    one = result.variability
    rows = measure_rows(result, chosen)
    if not len(one.frequencies):
        why = "choose the measures of frequency"
        if "frequency" in chosen.domains:
            why = "the series is too short for a spectrum; HF needs 1 min, LF 2 min"
        return View((), {}, rows, f"{sentence(result)} · {why}")
    shown = one.frequencies <= HIGHEST_HZ
    x, y = one.frequencies[shown], one.density[shown]
    trace = {
        "type": "scatter", "mode": "lines", "name": "density", "x": x, "y": y,
        "line": {"color": BLUE, "width": 1.4},
    }  # fmt: skip
    shapes, notes = [], []
    for k, (name, (low, high)) in enumerate(one.convention.bands().items()):
        if name == "ulf" and not np.isfinite(one.measures.get("ulf", np.nan)):
            continue
        top = min(high, HIGHEST_HZ)
        shapes.append(
            {
                "type": "rect", "x0": low, "x1": top, "y0": 0, "y1": 1, "yref": "paper",
                "line": {"width": 0}, "layer": "below",
                "fillcolor": "rgba(128,128,128,0.16)" if k % 2 else "rgba(128,128,128,0.06)",
            }
        )  # fmt: skip
        notes.append(
            {
                "x": (low + top) / 2, "y": 1, "yref": "paper", "yanchor": "bottom",
                "text": LABELS[name], "showarrow": False,
            }
        )  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "frequency (Hz)"}, "range": [0, HIGHEST_HZ]},
        "yaxis": {"title": {"text": "density (ms²/Hz)"}, "rangemode": "tozero"},
        "shapes": shapes,
        "annotations": notes,
    }
    return View([trace], layout, rows, sentence(result))


def trend(result: Any, chosen: Any) -> View:
    """Return one measure in windows over time."""
    one = result.trend
    rows = measure_rows(result, chosen)
    if not one.enough:
        why = next((note for note in one.notes if note.startswith("not enough")), "")
        return View((), {}, rows, f"no trend: {why.partition(': ')[2]}; choose shorter windows")
    unit = units_of(one.convention)[chosen.measure]
    label = LABELS[chosen.measure]
    trace = {
        "type": "scatter", "mode": "lines+markers", "name": label,
        "x": one.times + one.window_s / 2, "y": one.measures[chosen.measure],
        "line": {"color": BLUE, "width": 1.3, "shape": "linear"}, "marker": {"size": 4},
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": "middle of the window (s)"}},
        "yaxis": {"title": {"text": f"{label} ({unit})" if unit else label}},
    }
    known = int(np.isfinite(one.measures[chosen.measure]).sum())
    text = f"{sentence(result)} · {known:,} windows of {one.window_s:g} s"
    return View([trace], layout, rows, text, times="x")


def conventions(result: Any, chosen: Any) -> View:
    """Return every measure under each convention, and how far they are apart."""
    if result.conventions is None:  # not yet
        return tachogram(result, chosen)
    table = result.conventions.to_frame()
    names = list(result.conventions.results)
    compared = table[table["spread_percent"].notna() & (table["spread_percent"] > 0)]
    compared = compared.sort_values("spread_percent").tail(MOST)
    middle = compared[names].median(axis=1)
    traces = []
    for name, color in zip(names, (*theme.COLORS, *theme.COLORS), strict=False):
        ratio = compared[name] / middle
        if result.conventions.results[name].convention.relative_to_peak:
            ratio = ratio.where(~compared["units"].str.contains("none: ", regex=False))
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": name,
                "x": ratio.where(ratio > 0).to_numpy(),
                "y": [LABELS.get(str(one), str(one)) for one in compared.index],
                "marker": {"color": color, "size": 8, "opacity": 0.9},
            }
        )  # fmt: skip
    layout = {
        "height": 140 + 20 * len(compared),
        "xaxis": {
            "title": {"text": "ratio to the median"}, "type": "log",
            "tickvals": TICKS, "ticktext": [f"{one:g}" for one in TICKS],
        },
        "yaxis": {"tickfont": {"size": 11}, "dtick": 1},
        "showlegend": True,
    }  # fmt: skip
    relative = {n for n, one in result.conventions.results.items()
                if one.convention.relative_to_peak}  # fmt: skip
    rows: Rows = [("measure", *names, "units", "spread")]
    for measure, row in table.iterrows():
        units, without, _ = str(row["units"]).partition(" (none: ")
        values = [
            f"{row[name]:.4g}{' of peak' if without and name in relative else ''}"
            if np.isfinite(row[name])
            else ""
            for name in names
        ]
        if any(values):
            spread = row["spread_percent"]
            said = f"{spread:.3g} %" if np.isfinite(spread) else ""
            rows.append((LABELS.get(str(measure), str(measure)), *values, units, said))
    return View(traces, layout, rows, f"{sentence(result)} · spread: range in % of the median")


def sentence(result: Any) -> str:
    """Return how many beats there are and how many were corrected."""
    corrected = result.corrected
    made = ", ".join(f"{n:,} {kind}" for kind, n in corrected.changes.items()) or "none"
    rate = result.variability.measures.get("mean_hr", np.nan)
    parts = [f"{len(corrected):,} beats"]
    if np.isfinite(rate):
        parts.append(f"{rate:.1f} beats/min")
    share = f" ({corrected.corrected_share:.1%})" if corrected.changes else ""
    parts.append(f"not normal: {made}{share}")
    return " · ".join(parts)


def measure_rows(result: Any, chosen: Any) -> Rows:
    """Return all measures that the series is long enough for, with their units."""
    del chosen
    one = result.variability
    units = {
        **one.units,
        **{name: unit.replace("^2", "²") for name, (_, unit) in NONLINEAR.items()},
    }
    rows: Rows = [("measure", "value")]
    rows += [
        (LABELS.get(name, name), quantity(value, units[name]))
        for name, value in one.all_measures().items()
        if np.isfinite(value)
    ]
    return rows


DRAWN: dict[str, Callable[[Any, Any], View]] = {
    "tachogram": tachogram,
    "poincare": poincare_plot,
    "spectrum": spectrum,
    "trend": trend,
    "conventions": conventions,
}
