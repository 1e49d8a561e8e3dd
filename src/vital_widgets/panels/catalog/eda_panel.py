"""Electrodermal activity: level, responses, and those that follow events."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.eda.eda_components import eda_components
from vital_widgets.analysis.eda.eda_event_responses import eda_event_responses
from vital_widgets.analysis.eda.eda_peaks import eda_peaks
from vital_widgets.analysis.engine.result import quantity
from vital_widgets.analysis.signal.windows.event_average import event_average
from vital_widgets.figures import theme
from vital_widgets.panels import parameters
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.rows import Row, line, spread, stacked, with_holes
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vital_widgets.panels.panelplaces import Place

    Rows = list[tuple[str, ...]]

BEFORE, AFTER = 1.0, 10.0  # s around events
MINUTES = (1, 2, 5, 10, 30, 60, 120, 240)  # lengths of the rows of the table over time
MOST_ROWS = 15
GREY = "rgba(128, 128, 128, 0.8)"


class EDA(Panel):
    """Tonic and phasic electrodermal activity, its responses, and those that follow events.

    Attributes
    ----------
    channel : str
        Skin conductance.
    method : str
        "highpass" or "cvxeda".
    min_amplitude : float or None
        Smallest response, in the units of the signal; None for 0.05 µS.
    after : str
        Texts of annotations, separated by commas, whose responses are compared; '' for none.
    latency_from, latency_to : float
        When after an event its response begins, in seconds.
    """

    title = "EDA"
    addable = True
    long_series = True
    uses_marks = True

    channel = parameters.channel(("EDA",), "Channel", "skin conductance, usually in µS")
    method = parameters.choice(
        "highpass",
        {"high-pass filter": "highpass", "cvxEDA": "cvxeda"},
        "Components by",
        "high-pass at 0.05 Hz, as AcqKnowledge; cvxEDA: Greco 2016 (needs the extra eda)",
    )
    min_amplitude = parameters.number(
        None, 0, 1e6, "Smallest response", "0.01 to 0.05 µS are in use (Boucsein 2012)",
        empty="0.05 µS",
    )  # fmt: skip
    after = parameters.text(
        "", "After events", "texts of annotations, separated by commas: aversive, neutral"
    )
    latency_from = parameters.number(
        1.0, 0, 29, "Begins from", "onset of a response after its event (Boucsein 2012)", unit="s"
    )
    latency_to = parameters.number(4.0, 0.1, 30, "Begins until", "Boucsein 2012: 3 or 4", unit="s")

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return responses, components, and the responses to events with their averages."""
        signal = place.channel(chosen.channel)
        responses = call(
            eda_peaks, signal, min_amplitude=chosen.min_amplitude, name="responses", **place.usable
        )
        made = {
            "responses": responses,
            "components": call(
                eda_components, signal, method=chosen.method, name="components", **place.usable
            ),
        }
        texts = self._texts(chosen.after)
        if texts:
            marks = place.rec.attribute("annotations")
            if place.t_range is not None:
                marks = marks.method("between", *(round(t, 6) for t in place.t_range))
            latency = (chosen.latency_from, chosen.latency_to)
            events = marks.method("with_text", *texts, name="events")
            made["related"] = call(
                eda_event_responses, responses, events, latency_range=latency, name="related"
            )
            for k, text in enumerate(texts):
                made[f"average{k + 1}"] = call(
                    event_average, signal, events=events, text=text, before_s=BEFORE,
                    after_s=AFTER, baseline=(-BEFORE, 0.0), name=f"average{k + 1}", **place.usable,
                )  # fmt: skip
        return made

    def _texts(self, given: str) -> list[str]:
        """Return the texts of events that were named, all of them known."""
        texts = list(dict.fromkeys(one.strip() for one in given.split(",") if one.strip()))
        known = sorted({str(one) for one in self.recording.annotations.text})
        for one in texts:
            if one not in known:
                listed = ", ".join(map(repr, known[:12])) or "none; add some in the viewer"
                raise NothingToAnalyseError(
                    f"no annotation has the text {one!r}; available: {listed}"
                )
        return texts

    def draw(self, result: Any, chosen: Any) -> View:
        """Return signal, components and responses over time, averages, and the tables."""
        parts, found = result.items(), result.responses
        units = self.recording[chosen.channel].units or "units"
        components = result.components
        rows: list[tuple[Row, list[dict[str, Any]]]] = [
            (Row(f"{chosen.channel} ({units})", 150), _signal(components, found)),
            (Row(f"phasic ({units})", 110), _phasic(components)),
        ]
        edges, minutes, counts = _per_row(components, found)
        if len(counts) > 1:
            bar = {
                "type": "bar", "name": "responses", "x": (edges[:-1] + edges[1:]) / 2,
                "y": _ratio(counts, minutes), "width": np.diff(edges) * 0.9,
                "marker": {"color": theme.COLORS[2]}, "showlegend": False,
            }  # fmt: skip
            rows.append((Row("responses per min", 90), [bar]))
        averages = {
            text: parts[f"average{k + 1}"]
            for k, text in enumerate(self._texts(chosen.after))
            if f"average{k + 1}" in parts and parts[f"average{k + 1}"].enough
        }
        if averages:
            title = {"title": {"text": "time from the event (s)"}}
            rows.append((Row(f"change ({units})", 170, title), _averages(averages)))
        traces, layout = stacked(rows)
        layout |= {"showlegend": bool(averages)}
        related = parts.get("related")
        table = _conditions(related) if related is not None else _over_time(components, found)
        said = f"{len(found):,} responses, {found.rate_per_min:.3g} per min"
        level = spread(components.tonic)[0]
        return View(traces, layout, table, f"{said}, level {level} {units}", times="x")


def _signal(components: Any, found: Any) -> list[dict[str, Any]]:
    """Return the signal as the sum of its components, its level, and the peaks."""
    total = components.tonic + components.phasic
    peaks = np.interp(found.peak, components.times, total) if len(components.times) else []
    return [
        line("signal", *_holed(components, total), GREY, showlegend=False),
        line("tonic", *_holed(components, components.tonic), theme.COLORS[0], width=1.5,
             showlegend=False),
        {
            "type": "scatter", "mode": "markers", "name": "peaks", "x": found.peak, "y": peaks,
            "marker": {"size": 6, "symbol": "triangle-down", "color": theme.COLORS[1]},
            "showlegend": False,
        },
    ]  # fmt: skip


def _phasic(components: Any) -> list[dict[str, Any]]:
    return [line("phasic", *_holed(components, components.phasic), theme.COLORS[3],
                 showlegend=False)]  # fmt: skip


def _holed(components: Any, values: Any) -> tuple[Any, Any]:
    """Return times and values, interrupted where samples are missing."""
    t = components.times
    return with_holes(t, values, np.cumsum(np.diff(t, prepend=t[:1]) > 1.5 / components.fs))


def _averages(averages: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the mean course after the events of each text, with its confidence limits."""
    traces = []
    for k, (text, one) in enumerate(averages.items()):
        color = theme.COLORS[k % len(theme.COLORS)]
        for values, width, dash, shown in (
            (one.low, 1, "dot", False),
            (one.high, 1, "dot", False),
            (one.average, 2, "solid", True),
        ):
            course = line(f"{text} ({one.n_used})", one.times, values, color, showlegend=shown)
            traces.append(course | {"line": {"width": width, "dash": dash, "color": color}})
    return traces


def _per_row(components: Any, found: Any) -> tuple[Any, Any, Any]:
    """Return limits of rows of whole minutes, the minutes of signal in each, and its responses.

    There are not too many rows; the last one also has what is left, of less than half a row.
    """
    t = components.times
    if not len(t):
        return np.empty(0), np.empty(0), np.empty(0, np.int64)
    end = float(t[-1]) + 1 / components.fs
    span = end - float(t[0])
    step = 60 * next((m for m in MINUTES if span / (60 * m) <= MOST_ROWS), MINUTES[-1])
    n_rows = max(int(span / step + 0.5), 1)
    edges = np.append(t[0] + step * np.arange(n_rows), end)
    known = t[np.isfinite(components.tonic)]
    minutes = np.histogram(known, edges)[0] / components.fs / 60
    return edges, minutes, np.histogram(found.peak, edges)[0]


def _ratio(counts: Any, minutes: Any) -> Any:
    """Return responses per minute; NaN in a row without signal."""
    return np.where(minutes > 0, counts / np.maximum(minutes, 1e-9), np.nan)


def _over_time(components: Any, found: Any) -> Rows:
    """Return level and responses for each minute, or for longer rows."""
    units = components.units or "units"
    rows: Rows = [("from (s)", f"level ({units})", "responses", "per min", f"amplitude ({units})")]
    edges, minutes, counts = _per_row(components, found)
    rates = _ratio(counts, minutes)
    for k, (low, high) in enumerate(pairwise(edges.tolist())):
        inside = (components.times >= low) & (components.times < high)
        peaks = (found.peak >= low) & (found.peak < high)
        level = components.tonic[inside]
        level = level[np.isfinite(level)]
        rows.append(
            (
                f"{low:.0f}",
                quantity(float(level.mean()) if len(level) else np.nan),
                f"{counts[k]}",
                quantity(float(rates[k]), "", 3),
                spread(found.amplitude[peaks])[0],
            )
        )
    return rows


def _conditions(related: Any) -> Rows:
    """Return how the events of each text were answered."""
    units = related.units or "units"
    rows: Rows = [
        ("events", "number", "with a response", f"amplitude ({units})", f"magnitude ({units})",
         "latency (s)")
    ]  # fmt: skip
    for text in _texts_of(related.texts):
        chosen = related.of(text) & related.seen
        magnitude = related.magnitude[chosen]
        amplitude = related.amplitude[chosen]
        answered = int(np.isfinite(amplitude).sum())
        share = answered / max(len(amplitude), 1)
        rows.append(
            (
                text,
                f"{len(amplitude)}",
                f"{answered} ({share:.0%})",
                quantity(float(np.nanmean(amplitude)) if answered else np.nan, "", 3),
                quantity(float(magnitude.mean()) if len(magnitude) else np.nan, "", 3),
                spread(related.latency[chosen])[0],
            )
        )
    return rows


def _texts_of(texts: Sequence[Any]) -> list[str]:
    return sorted({str(one) for one in texts})
