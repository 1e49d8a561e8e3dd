"""Beats of an ECG or a pulse wave: intervals, heart rate, ectopic beats, kinds of shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG
from vital_widgets.analysis.ecg.beat_places import MIN_FS
from vital_widgets.analysis.ecg.beat_templates import beat_templates
from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.panels.catalog.beatdetection import (
    beat_channel,
    beat_kind,
    beat_method,
    detection,
)
from vital_widgets.panels.catalog.beatplots import counted, interval_traces, template_traces
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import choice, number, switch
from vital_widgets.panels.plot import LEGEND_BELOW
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from vital_widgets.panels.panelplaces import Place

SHOWN = ("RR intervals", "heart rate")


class Beats(Panel):
    """R peaks or pulses, their intervals, those that are not normal, and kinds of shapes.

    Attributes
    ----------
    channel : str
        An ECG or a PPG.
    method : str
        A detector of `analysis.ecg_peaks` or `analysis.ppg_peaks`; "automatic" for the most
        accurate one of the kind of signal.
    signal : {"automatic", "ECG", "PPG"}
        What the channel records; "automatic" goes by its name and units.
    polarity : {"auto", "up", "down"}
        Deflection that is marked.
    templates : bool
        Whether beats are sorted by their shape.
    min_correlation : float
        Correlation from which two beats are of one kind.
    shown : {"RR intervals", "heart rate"}
        What is plotted over time.
    """

    title = "Beats"
    long_series = True
    plot_height = 480
    addable = True

    channel = beat_channel()
    method = beat_method()
    signal = beat_kind()
    polarity = choice("auto", ("auto", "up", "down"), "Polarity", "the deflection that is marked")
    templates = switch(default=True, label="Sort by shape", tip="clusters of similar beats")
    min_correlation = number(
        0.9, 0.3, 0.999, "Correlation", "from which two beats are of one kind", step=0.01
    )
    shown = choice(SHOWN[0], SHOWN, "Plot", drawing=True)

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the beats, the decision about each, and their kinds."""
        signal = place.channel(chosen.channel)
        beats = detection(
            signal,
            self.recording[chosen.channel],
            chosen,
            polarity=chosen.polarity,
            **place.usable,
        )
        corrected = call(correct_beats, beats, name="corrected", slow=True)
        made = {"beats": beats, "corrected": corrected}
        if chosen.templates and self.recording[chosen.channel].timebase.fs >= MIN_FS:
            made["kinds"] = call(
                beat_templates,
                signal,
                beats=beats,
                min_correlation=chosen.min_correlation,
                name="kinds",
                slow=True,
            )
        return made

    def draw(self, result: Any, chosen: Any) -> View:
        """Return intervals over time, and the mean of each kind of beat."""
        kinds = getattr(result, "kinds", None)
        rate = chosen.shown == SHOWN[1]
        traces = interval_traces(result.beats, result.corrected, rate=rate)
        name = "pulse interval" if result.beats.source == PPG else "RR interval"
        layout: dict[str, Any] = {
            "xaxis": {"title": {"text": "time (s)"}, "anchor": "y"},
            "yaxis": {
                "domain": [0.0, 1.0],
                "title": {"text": "rate (beats/min)" if rate else f"{name} (ms)"},
            },
            "showlegend": True,
        }
        if kinds is not None and len(kinds):
            units = self.recording[chosen.channel].units or "units of the file"
            traces += template_traces(kinds)
            layout["yaxis"]["domain"] = [0.58, 1.0]
            layout["legend2"] = LEGEND_BELOW
            layout["xaxis2"] = {"title": {"text": "time from the peak (s)"}, "anchor": "y2"}
            layout["yaxis2"] = {
                "title": {"text": f"mean beat ({units})"}, "anchor": "x2", "domain": [0.0, 0.38],
            }  # fmt: skip
        rows = counted(result.beats, result.corrected, kinds)
        text = _sentence(result)
        if chosen.templates and self.recording[chosen.channel].timebase.fs < MIN_FS:
            text += f" · not sorted by shape: that needs at least {MIN_FS:g} Hz"
        return View(traces, layout, rows, text, times="x")


def _sentence(result: Any) -> str:
    intervals = result.beats.intervals()
    beats = f"{len(result.beats):,} beats"
    if not len(intervals):
        return beats
    rate = 60_000 / float(np.mean(intervals.ms))
    said = f"{beats}, {rate:.1f} beats/min"
    if result.corrected is None:
        return said
    return f"{said}, {sum(result.corrected.changes.values()):,} not normal"
