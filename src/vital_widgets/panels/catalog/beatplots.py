"""Traces and rows of beats that panels share: intervals over time, kinds of shapes, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.lipponen import ECTOPIC, EXTRA, LONG_SHORT, MISSED
from vital_widgets.figures import theme
from vital_widgets.panels.rows import with_holes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

ODD = {
    ECTOPIC: ("circle", theme.COLORS[1]),
    LONG_SHORT: ("diamond", theme.COLORS[3]),
    MISSED: ("triangle-up", theme.COLORS[5]),
    EXTRA: ("x", theme.COLORS[2]),
}
KINDS_SHOWN = 5
BAND = 0.18  # opacity of one standard deviation around the mean of a kind


def interval_traces(beats: Any, corrected: Any, *, rate: bool = False) -> list[dict[str, Any]]:
    """Return intervals over time, and the beats that are not normal, a trace for each decision.

    ``corrected`` may be None while it is not known yet.
    """
    intervals = beats.intervals()
    values = 60_000 / intervals.ms if rate else intervals.ms
    x, y = with_holes(intervals.times, values, intervals.stretch)
    line = {"color": theme.COLORS[0], "width": 1}
    traces = [{"type": "scatter", "mode": "lines", "name": "beats", "x": x, "y": y, "line": line}]
    if corrected is None:
        return traces
    places = np.where(np.isfinite(corrected.original), corrected.original, corrected.times)
    known = np.isfinite(y)
    for kind, (symbol, color) in ODD.items():
        at = corrected.removed if kind == EXTRA else places[corrected.decision == kind]
        level = _level_at(at, x[known], y[known])
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": f"{kind} ({len(at):,})", "x": at,
                "y": level, "marker": {"symbol": symbol, "color": color, "size": 7},
            }
        )  # fmt: skip
    return traces


def _level_at(at: Times, x: Times, y: Times) -> Times:
    """Return the interval that ends at each time, or the next one."""
    if not len(x):
        return np.full(len(at), np.nan)
    return y[np.clip(np.searchsorted(x, at), 0, len(x) - 1)]


def template_traces(kinds: Any) -> list[dict[str, Any]]:
    """Return the mean of the most frequent kinds of beats, with a band of one SD, on x2 and y2."""
    traces: list[dict[str, Any]] = []
    for k in range(min(len(kinds), KINDS_SHOWN)):
        color = theme.COLORS[k]
        sd = np.nan_to_num(kinds.sd[k])
        band = np.concatenate([kinds.centre[k] + sd, (kinds.centre[k] - sd)[::-1]])
        group = {"xaxis": "x2", "yaxis": "y2", "legend": "legend2", "mode": "lines"}
        traces.append(
            {
                "type": "scatter", "name": f"SD of kind {k}", "y": band,
                "x": np.concatenate([kinds.times, kinds.times[::-1]]), "fill": "toself",
                "fillcolor": faint(color), "line": {"width": 0, "color": color},
                "hoverinfo": "skip", "showlegend": False, **group,
            }
        )  # fmt: skip
        traces.append(
            {
                "type": "scatter", "name": f"kind {k} ({kinds.n_beats[k]:,})", "x": kinds.times,
                "y": kinds.centre[k], "line": {"color": color, "width": 1.6}, **group,
            }
        )  # fmt: skip
    return traces


def faint(color: str, opacity: float = BAND) -> str:
    """Return a colour such as '#0072b2' with an opacity."""
    red, green, blue = (int(color[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def counted(beats: Any, corrected: Any, kinds: Any) -> list[tuple[str, str]]:
    """Return the table of counts, rates and kinds."""
    n = len(beats)
    rows = [("measure", "value"), ("beats", f"{n:,}")]
    ms = beats.intervals().ms
    if len(ms):
        low, high = 60_000 / np.quantile(ms, [0.99, 0.01])
        rows += [
            ("mean rate", f"{60_000 / float(ms.mean()):.1f} beats/min"),
            ("rate, 1 % to 99 %", f"{low:.1f} to {high:.1f} beats/min"),
            ("median interval", f"{float(np.median(ms)):.0f} ms"),
        ]
    for kind in ODD if corrected is not None else ():
        count = corrected.counts[kind]
        rows.append((kind, f"{count:,} ({count / n:.2%})" if n else f"{count:,}"))
    if kinds is not None and len(kinds.labels):
        for k in range(min(len(kinds), KINDS_SHOWN)):
            count = int(kinds.n_beats[k])
            r = float(np.nanmean(kinds.correlation[kinds.labels == k]))
            rows.append((f"shape of kind {k}", f"{count:,} ({count / n:.2%}), correlation {r:.3f}"))
        if len(kinds) > KINDS_SHOWN:
            rest = int(kinds.n_beats[KINDS_SHOWN:].sum())
            rows.append((f"{len(kinds) - KINDS_SHOWN} rarer kinds", f"{rest:,}"))
        rows.append(("no kind", f"{int((kinds.labels < 0).sum()):,}"))
    return rows
