"""What the panel of filters shows: the signal before and after, gain, phase, delay, impulse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vital_widgets.figures import theme
from vital_widgets.panels.screenpoints import COLUMNS, screen_points

LEAST_DB = -120.0
LEFT = 1e-3  # of a response that has settled


def filter_traces(result: Any, chosen: Any) -> list[dict[str, Any]]:
    """Return the traces of a filter's results."""
    filtered, response, signal = result.filtered, result.response, result.signal
    base = filtered.extent.timebase
    before = screen_points(signal.read, signal.timebase)
    after = screen_points(lambda i, j: filtered.values[i:j], base)
    shown = response.frequencies > 0 if chosen.logarithmic else slice(None)
    f = response.frequencies[shown]
    gain = np.maximum(response.magnitude_db[shown], LEAST_DB)
    lines = [
        ("before", before, "x", "y", "rgba(128,128,128,0.8)"),
        ("after", after, "x", "y", theme.COLORS[0]),
        ("gain", (f, gain), "x2", "y2", theme.COLORS[0]),
    ]
    if chosen.zero_phase:
        impulse = _shown_part(response)
        lines.append(("impulse response", impulse, "x3", "y3", theme.COLORS[1]))
    else:
        passed = response.magnitude_db[shown] > LEAST_DB / 2
        delay = np.where(passed, 1000 * response.group_delay[shown], np.nan)
        phase = np.degrees(response.phase[shown])
        lines.append(("phase", (f, phase), "x2", "y3", theme.COLORS[1]))
        lines.append(("group delay", (f, delay), "x2", "y4", theme.COLORS[2]))
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "xaxis": xaxis,
            "yaxis": yaxis, "line": {"color": color, "width": 1.2},
            "showlegend": xaxis == "x",
        }
        for name, (x, y), xaxis, yaxis, color in lines
    ]  # fmt: skip


def filter_sentence(result: Any) -> str:
    """Return what the filter is, and how far the ends of the signal reach."""
    zero_phase = result.response.zero_phase
    runs = (
        "forwards and backwards: the gain is the squared magnitude, without delay"
        if zero_phase
        else "forwards only, with its delay"
    )
    seconds = settled(result.response)
    ends = "each end" if zero_phase else "the beginning"
    edges = f"; {seconds:.2g} s at {ends} depend on what is outside" if seconds > 0 else ""
    return f"{result.design.name}, {runs}{edges}"


def settled(response: Any) -> float:
    """Return the seconds after which less than a thousandth of a filter's response is left."""
    size = np.abs(response.impulse)
    far = np.abs(response.times)
    order = np.argsort(far)
    left = size.sum() - np.cumsum(size[order])
    last = int(np.argmax(left <= size.sum() * LEFT))
    return float(far[order][last])


def _shown_part(response: Any) -> tuple[Any, Any]:
    """Return the part of the impulse response in which most of it happens."""
    size = np.abs(response.impulse)
    inside = np.flatnonzero(size > size.max() / 200)
    part = slice(max(inside[0] - 1, 0), inside[-1] + 2)
    step = max((part.stop - part.start) // COLUMNS, 1)
    return response.times[part][::step], response.impulse[part][::step]


def filter_layout(chosen: Any, response: Any, signal: str) -> dict[str, Any]:
    """Return the layout; ``signal`` is the title of the axis of values."""
    log = chosen.logarithmic
    nyquist = float(response.fs) / 2
    lowest = [one for one in response.half_power if one > 0]
    left = min(lowest[0] if lowest else nyquist / 1000, nyquist / 20) / 10
    span = [math.log10(left), math.log10(nyquist)] if log else [0.0, nyquist]
    axis: dict[str, Any] = {"type": "log" if log else "linear", "range": span, "nticks": 5}
    if log:
        axis["dtick"] = 1

    axis["title"] = {"text": "frequency (Hz)"}
    small = {"size": 11}

    def shown(title: str, low: float, high: float, anchor: str) -> dict[str, Any]:
        return {
            "domain": [low, high], "anchor": anchor, "title": {"text": title, "font": small},
            "nticks": 4,
        }  # fmt: skip

    if chosen.zero_phase:
        time = {"domain": [0.52, 1.0], "anchor": "x", "title": {"text": signal}}
        sides = {
            "xaxis2": {**axis, "domain": [0.0, 0.58], "anchor": "y2"},
            "yaxis2": shown("gain (dB)", 0.0, 0.34, "x2"),
            "xaxis3": {
                "title": {"text": "impulse (s)"}, "nticks": 3, "domain": [0.7, 1.0],
                "anchor": "y3", "tickangle": 0,
            },
            "yaxis3": shown("", 0.0, 0.34, "x3"),
        }  # fmt: skip
    else:
        time = {"domain": [0.68, 1.0], "anchor": "x", "title": {"text": signal}}
        sides = {
            "xaxis2": {**axis, "domain": [0.0, 1.0], "anchor": "y4"},
            "yaxis2": shown("gain (dB)", 0.38, 0.54, "x2"),
            "yaxis3": shown("phase (°)", 0.19, 0.35, "x2"),
            "yaxis4": shown("delay (ms)", 0.0, 0.16, "x2"),
        }
    marks = [chosen.mains] if chosen.ftype in ("notch", "comb") else response.half_power.tolist()
    lines = [
        {
            "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "xref": "x2",
            "yref": "y2 domain", "line": {"color": theme.LINE, "width": 1, "dash": "dot"},
        }
        for at in marks
        if at > 0
    ]  # fmt: skip
    return {
        "xaxis": {"domain": [0, 1], "anchor": "y", "title": {"text": "time (s)"}},
        "yaxis": time,
        **sides,
        "shapes": lines,
        "showlegend": True,
    }
