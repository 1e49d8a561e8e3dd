"""A night: stages as a hypnogram that follows the scoring, the EEG beside it, statistics."""

from __future__ import annotations

import weakref
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.signal.spectra.spectrogram import spectrogram
from vital_widgets.analysis.sleep.hypnogram import hypnogram
from vital_widgets.analysis.sleep.sleep_events import sleep_events
from vital_widgets.analysis.sleep.sleep_statistics import sleep_statistics
from vital_widgets.panels.catalog import sleepplots
from vital_widgets.panels.catalog.sleepactions import EVENTS, SleepActions
from vital_widgets.panels.channelguess import guessed_channels
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.parameters import channel, choice, number, switch
from vital_widgets.panels.parameters import layer as marks_layer
from vital_widgets.panels.placetraits import Where
from vital_widgets.panels.rows import Row, axes_of, layout_of
from vital_widgets.panels.script import Step, call
from vital_widgets.panels.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.panels.panelplaces import Place

SUGGESTIONS = {
    "None": "none", "Spindles": "spindles", "Slow waves": "slow_waves", "Both": "both",
}  # fmt: skip
# Prerau et al. 2017, table 1: windows of 30 s every 5 s, time-bandwidth product 15.
STRIP: dict[str, Any] = {"method": "multitaper", "window_s": 30.0, "step_s": 5.0, "nw": 15.0}
LOWEST = 0.5  # Hz, of the strip
COLUMNS, ROWS = 1000, 60  # of the strip: each key in the viewer draws them again
WINDOW = "viewer window"
LONGEST = 1e7  # s


class Sleep(SleepActions, Panel):
    """Sleep stages of a night, scored in the viewer, with statistics and the EEG beside them.

    Attributes
    ----------
    layer : str or None
        Layer of annotations whose stages are shown; None for the one with most of them.
    second : str or None
        Layer of a second reader: epochs on which both differ are in conflict.
    epoch_s : float
        Length of an epoch in seconds.
    eeg : str or None
        EEG channel of the spectrogram and of the suggestions.
    highest : float
        Highest frequency of the spectrogram in Hz.
    lights_off, lights_on : float or None
        The time in bed, in seconds from the start of the recording; None for the begin and the
        end of what is analysed.
    suggestions : str
        "none", "spindles", "slow_waves" or "both": events found by YASA.
    by_stage : bool
        Whether events are searched in the scored stages N1 to N3 only.
    """

    title = "Sleep"
    plot_height = 420
    uses_marks = True
    draws_always = True
    quick = True
    aside = ("strip", *EVENTS)
    addable = True
    buttons = MappingProxyType(
        {
            "Score in the viewer": ("score", "keys W 1 2 3 R score an epoch and go to the next"),
            "Next not scored": ("next_unscored", "show the next epoch in bed without a stage"),
            "Next conflict": ("next_conflict", "show the next epoch on which marks differ"),
            "Lights off here": ("lights_off_here", "at the start of the viewer's window"),
            "Lights on here": ("lights_on_here", "at the end of the viewer's window"),
            "Find again": ("find_again", "search spindles and slow waves in the present stages"),
        }
    )

    where = Where("whole")
    layer = marks_layer(
        "Stages of", "layer of annotations: a reader's, or of the file", empty="automatic"
    )
    second = marks_layer("Second reader", "shows conflicts, and Cohen's kappa (1960)", empty="none")
    epoch_s = number(30.0, 1, 600, "Epoch", "30 s: AASM manual; 20 s: Rechtschaffen and Kales",
                     unit="s")  # fmt: skip
    eeg = channel("EEG", "EEG", "of the spectrogram and of the suggestions", empty="none")
    highest = number(
        30.0, 1, 1000, "Up to", "of the spectrogram: multitaper, 30 s every 5 s (Prerau 2017)",
        unit="Hz",
    )  # fmt: skip
    lights_off = number(
        None, 0, LONGEST, "Lights off", "time from the start of the recording", unit="s",
        empty="begin",
    )  # fmt: skip
    lights_on = number(
        None, 0, LONGEST, "Lights on", "time from the start of the recording", unit="s", empty="end"
    )
    suggestions = choice(
        "none", SUGGESTIONS, "Suggest", "found by YASA (Vallat 2021), to be checked by eye"
    )
    by_stage = switch(
        default=True,
        label="In scored stages only",
        tip="spindles in N1 to N3, slow waves in N2 and N3; else in all of the signal",
    )

    _searched: Any = None
    _strip_drawn: tuple[Any, Any] = (None, None)

    def _choose_channels(self, given: Mapping[str, Any]) -> None:
        super()._choose_channels(given)
        if "eeg" not in given:
            self.eeg = next(iter(guessed_channels(self.recording, ("EEG",))), None)

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return hypnogram and statistics; spectrogram and events are slow, and follow later."""
        shown = self._layer(chosen)
        grid: dict[str, Any] = {
            "epoch_s": chosen.epoch_s, "t0": self._grid(shown, chosen.epoch_s),
            "t1": place.rec.attribute("duration"),
        }  # fmt: skip
        made: dict[str, Step] = {}
        if chosen.second is not None:
            other = self._stages(place, chosen.second)
            made["second"] = call(hypnogram, other, name="second", **grid)
        night = call(
            hypnogram, self._stages(place, shown), name="night", **grid, second=made.get("second")
        )
        off, on = chosen.lights_off, chosen.lights_on
        if place.t_range is not None:
            begin, end = (round(one, 6) for one in place.t_range)
            off = begin if off is None else max(begin, off)
            on = end if on is None else min(end, on)
        found = call(sleep_statistics, night, name="statistics", lights_off=off, lights_on=on)
        made = {"night": night, "statistics": found, **made}
        if chosen.eeg:
            signal = place.rec.item(chosen.eeg, name="eeg")
            made["strip"] = call(
                spectrogram, signal, name="strip", **STRIP, band=(LOWEST, chosen.highest),
                max_columns=COLUMNS, max_rows=ROWS,
            )  # fmt: skip
            where: dict[str, Any] = {"hypnogram": night} if chosen.by_stage else {}
            for kind in EVENTS:
                if chosen.suggestions in (kind, "both"):
                    made[kind] = call(sleep_events, signal, name=kind, kind=kind, **where)
        return made

    def _begin_aside(self, held: Any, step: Step) -> None:
        before = held.key
        super()._begin_aside(held, step)
        if held.key != before and held is not self._asides.get("strip"):
            self._searched = self._marks_now()

    # Picture -------------------------------------------------------------------------------

    def draw(self, result: Any, chosen: Any) -> View:
        """Return the hypnogram over the spectrogram, suggestions, and the table."""
        parts = result.items()
        night, found, start = result.night, result.statistics, self.recording.start
        rows = [Row("stage", 180, y=sleepplots.STAGE_AXIS)]
        if chosen.eeg:
            band = {"range": [LOWEST, chosen.highest]}
            rows.append(Row(f"{chosen.eeg} (Hz)", 130, y=band))
        wanted = [one for one in EVENTS if chosen.eeg and chosen.suggestions in (one, "both")]
        rows += [Row(f"{one.replace('_', ' ')} /min", 70) for one in wanted]
        axes = axes_of(rows)
        traces = sleepplots.hypnogram_traces(night, start, parts.get("second"))
        if parts.get("strip") is not None and len(parts["strip"].frequencies):
            traces.append(self._strip(parts["strip"], axes[1]))
        for one, axis in zip(wanted, axes[2:], strict=True):
            if parts.get(one) is not None:
                traces.append(sleepplots.event_trace(parts[one], night, axis))
        end = self.recording.duration
        layout = layout_of(rows)
        layout["xaxis"] = {**layout["xaxis"], "range": self._range_now(end)}
        layout |= {"hovermode": "x", "showlegend": True, "bargap": 0}
        shapes = sleepplots.bed_shapes(found, 0.0, end)
        window = self._window_shape()
        layout["shapes"] = [*shapes, *([{**window, "name": WINDOW}] if window else [])]
        table = sleepplots.statistics_rows(found) if found.enough else ()
        told = [*self._told_of_layer(chosen), *self._told_of_asides(parts, wanted)]
        return View(traces, layout, table, sleepplots.sentence(night, found, told), times="x")

    def _strip(self, strip: Any, axis: dict[str, str]) -> dict[str, Any]:
        """Return the picture of the spectrogram, the same object as long as it is the same."""
        if self._strip_drawn[0] is not strip:
            self._strip_drawn = (strip, sleepplots.strip_trace(strip, axis))
        return dict(self._strip_drawn[1])

    def _range_now(self, end: float) -> list[float]:
        """Return the part of the night that is shown, which a person may have chosen."""
        before = self.plot.view
        shown = self.figure.layout.xaxis.range
        if before is None or not before.times or shown is None:
            return [0.0, end]
        return [float(one) for one in shown]

    def _told_of_asides(self, parts: dict[str, Any], wanted: list[str]) -> list[str]:
        told = []
        for name in ("strip", *wanted):
            held = self._asides.get(name)
            if held is None or not held.key:
                continue
            label = "spectrogram" if name == "strip" else name.replace("_", " ")
            if held.error:
                told.append(f"{label}: {held.error}")
            elif held.share < 1:
                told.append(f"{label}: {held.share:.0%} so far")
            elif name in EVENTS and (one := parts[name]) is not None:
                rate = "" if np.isnan(one.density) else f" ({one.density:.2g}/min)"
                told.append(f"{len(one):,} {label}{rate} suggested")
        known = any(parts.get(one) is not None for one in wanted)
        if known and self._searched is not None and self._searched != self._marks_now():
            told.append("the stages were changed after this search; press 'Find again'")
        return told

    # The viewer ----------------------------------------------------------------------------

    def _listen(self) -> None:
        super()._listen()
        viewer, panel = self.viewer, weakref.ref(self)
        if viewer is None:
            return

        def moved(_: Any) -> None:
            shown = panel()
            if shown is not None:
                shown._show_window()

        viewer.observe(moved, "t_range")
        self._stop.append(lambda: viewer.unobserve(moved, "t_range"))

    def _show_window(self) -> None:
        with self._drawing:
            view = self.plot.view
            if not self._closed and view is not None and view.times:
                self.plot.set_shape(WINDOW, self._window_shape())

    def _window_shape(self) -> dict[str, Any] | None:
        """Return where the viewer is."""
        if self.viewer is None:
            return None
        t0, t1 = self.viewer.t_range
        return {
            "type": "rect", "x0": t0, "x1": t1, "y0": 0, "y1": 1, "yref": "paper",
            "fillcolor": "rgba(128,128,128,0.2)",
            "line": {"width": 1, "color": "rgba(128,128,128,0.9)"},
        }  # fmt: skip
