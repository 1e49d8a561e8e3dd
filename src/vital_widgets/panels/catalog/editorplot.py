"""What the editor of beats shows: intervals around the window, measures before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG
from vital_widgets.analysis.beats.edit_overlay import ADDED, MOVED, RELABELLED
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.figures import theme
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.panels.suspects import Suspects

    Times = NDArray[np.float64]

WINDOWS, LEAST_S, MOST_S = 3.0, 60.0, 3600.0  # windows, and s, that are shown around the viewer's
MEASURES = {
    "mean_nn": "mean NN", "mean_hr": "mean rate", "sdnn": "SDNN", "rmssd": "RMSSD",
    "pnn50": "pNN50", "sdann": "SDANN", "triangular_index": "triangular index",
}  # fmt: skip
STYLES = {
    ADDED: ("cross", theme.COLORS[2]),
    MOVED: ("diamond", theme.COLORS[3]),
    RELABELLED: ("square", theme.COLORS[5]),
}
GREY = "rgba(128,128,128,0.6)"
NOISE_COLOR, WINDOW_COLOR = "rgba(213,94,0,0.16)", "rgba(128,128,128,0.12)"


def editor_rows(result: Any) -> list[tuple[str, str, str, str]]:
    """Return the table of measures, before and after editing."""
    rows = [("measure", "found", "edited", "change")]
    n, m = len(result.beats), len(result.edited)
    rows.append(("beats", f"{n:,}", f"{m:,}", f"{m - n:+,}" if m != n else ""))
    for key, name in MEASURES.items():
        units = result.after.units.get(key, "")
        a, b = (_value(one, key) for one in (result.before, result.after))
        known = np.isfinite(a) and np.isfinite(b)
        change = f"{b - a:+.3g} {units}".strip() if known and b != a else ""
        shown = [quantity(v, units) if np.isfinite(v) else "not available" for v in (a, b)]
        rows.append((name, shown[0], shown[1], change))
    return rows


def _value(measures: Any, key: str) -> float:
    return float(measures.measures.get(key, np.nan))


def editor_view(
    result: Any,
    found: Suspects,
    window: tuple[float, float],
    rows: Sequence[Sequence[str]],
    text: str,
) -> View:
    """Return the intervals around a window, in s, and the table."""
    middle, span = (window[0] + window[1]) / 2, window[1] - window[0]
    half = min(max(WINDOWS * span, LEAST_S), max(MOST_S, span)) / 2
    shown = (max(middle - half, 0.0), middle + half)
    edited = result.edited
    x, y = _intervals(edited, shown)
    before_x, before_y = _intervals(result.beats, shown)
    line = {"color": theme.COLORS[0], "width": 1.3}
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": "found", "x": before_x, "y": before_y,
            "line": {"color": GREY, "width": 1, "dash": "dot"},
        },
        {
            "type": "scatter", "mode": "lines+markers", "name": "edited", "x": x, "y": y,
            "line": line, "marker": {"size": 4, "color": theme.COLORS[0]},
        },
    ]  # fmt: skip
    part = _part(edited.times, shown)
    times, how = edited.times[part], edited.edit[part]
    traces += [_marks(times[how == kind], (x, y), kind, style) for kind, style in STYLES.items()]
    deleted = edited.deleted[_part(edited.deleted, shown)]
    traces.append(_marks(deleted, (before_x, before_y), "deleted", ("x", theme.COLORS[1])))
    odd = found.times[(found.times >= shown[0]) & (found.times < shown[1])]
    traces.append(_marks(odd, (x, y), "suspicious", ("circle-open", theme.COLORS[1]), 12))
    shapes = [_rectangle(*window, WINDOW_COLOR)]
    begin, end = edited.noise.onset, edited.noise.end
    for a, b in zip(begin.tolist(), end.tolist(), strict=True):
        if b > shown[0] and a < shown[1]:
            shapes.append(_rectangle(a, b, NOISE_COLOR))
    name = "pulse interval" if result.beats.source == PPG else "RR interval"
    layout = {
        "xaxis": {"title": {"text": "time (s)"}, "range": list(shown)},
        "yaxis": {"title": {"text": f"{name} (ms)"}},
        "shapes": shapes,
        "showlegend": True,
    }
    return View(traces, layout, rows, text, times="x")


def _part(times: Times, shown: tuple[float, float]) -> slice:
    first, last = np.searchsorted(times, shown)
    return slice(int(first), int(last))


def _intervals(beats: Any, shown: tuple[float, float]) -> tuple[Times, Times]:
    """Return the intervals between all beats of a part, those of any label; NaN across a gap."""
    part = _part(beats.times, shown)
    part = slice(max(part.start - 1, 0), part.stop)
    times, stretch = beats.times[part], beats.stretch[part]
    ms = np.where(np.diff(stretch) == 0, np.diff(times) * 1000, np.nan)
    return times[1:], ms


def _marks(
    at: Times, series: tuple[Times, Times], name: str, style: tuple[str, str], size: int = 8
) -> dict[str, Any]:
    """Return markers at times, on the interval that ends there or next."""
    x, y = series
    symbol, color = style
    if len(x):
        level = y[np.clip(np.searchsorted(x, at), 0, len(x) - 1)]
    else:
        level = np.full(len(at), np.nan)
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": at, "y": level,
        "marker": {"symbol": symbol, "color": color, "size": size},
    }  # fmt: skip


def _rectangle(x0: float, x1: float, color: str) -> dict[str, Any]:
    return {
        "type": "rect", "x0": x0, "x1": x1, "y0": 0, "y1": 1, "yref": "paper",
        "fillcolor": color, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
