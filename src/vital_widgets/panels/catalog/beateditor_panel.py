"""The editor of beats: marks in the viewer, and what they change of heart rate variability."""

from __future__ import annotations

import weakref
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.hrv.edit_beats import edit_beats
from vital_widgets.analysis.hrv.hrv import hrv_time
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels.beatlayer import NOISE_TEXT, BeatLayer
from vital_widgets.panels.catalog.beatdetection import (
    AUTOMATIC,
    beat_channel,
    beat_kind,
    beat_method,
    detection,
)
from vital_widgets.panels.catalog.editorplot import editor_rows, editor_view
from vital_widgets.panels.latest import Latest
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import layer as marks_layer
from vital_widgets.panels.placetraits import Where
from vital_widgets.panels.runningmedian import RunningMedian
from vital_widgets.panels.script import Step, call, constant
from vital_widgets.panels.suspects import AROUND, Suspects, suspects
from vital_widgets.panels.suspectwalk import NOTHING_YET, SuspectWalk

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from vital_widgets.panels.panelplaces import Place
    from vital_widgets.panels.view import View
    from vital_widgets.runtime.tasks import Task

TASK = "beats"  # of marking in the viewer
SUSPICIOUS = (
    "the most suspicious beat that was not shown yet: findings of correct_beats, and intervals "
    "that differ by 20 % from the median of 11"
)
POLL = 0.05  # s


class BeatEditor(SuspectWalk, Panel):
    """Beats edited by hand in the viewer, beside the intervals and measures that follow.

    With a viewer, the beats of the channel become a layer of marks that can be edited there by
    mouse and keys: click or press N, V, S, ... to add a beat, drag or Alt + arrow keys to move it,
    select it and press another key to relabel it, Del to delete it, X and a drag to mark noise,
    Ctrl + Z to undo. The beats of the detector are never changed; `code` makes the same edits.

    Attributes
    ----------
    channel : str
        An ECG or a PPG.
    method : str
        A detector of `analysis.ecg_peaks` or `analysis.ppg_peaks`.
    signal : {"automatic", "ECG", "PPG"}
        What the channel records.
    layer : str or None
        Name of the layer of marks; None for one that names the channel and the detector. If it
        exists, editing goes on there.
    where : {"whole", "window", "selection", "annotations"}
        What the measures are computed from. Beats are found in the whole recording.
    """

    title = "Beat editor"
    addable = True
    plot_height = 260
    buttons = MappingProxyType(
        {
            "Undo edit": ("undo_edit", "undo the last change of marks (Ctrl + Z in the viewer)"),
            "Redo edit": ("redo_edit", "make it again (Ctrl + Shift + Z in the viewer)"),
            "Previous suspicious": ("previous_suspicious", "back to the one before"),
            "Next suspicious": (
                "next_suspicious",
                SUSPICIOUS,
            ),
            "Mark selection as noise": (
                "noise_in_selection",
                "beats in the selected time range are not used",
            ),
            "Edit in the viewer": ("begin", "put the beats into a layer that can be edited"),
        }
    )

    where = Where("whole")
    channel = beat_channel()
    method = beat_method()
    signal = beat_kind()
    layer = marks_layer("Layer of marks", "where the edited beats are kept", empty="automatic")

    _beats: BeatLayer | None = None
    _key: Any = None
    _wanted = False

    def __init__(self, source: Any, **given: Any) -> None:
        self._redrawing = Latest()
        self._medians = RunningMedian(AROUND)
        self._before: tuple[Any, Any] | None = None
        super().__init__(source, **given)

    # The computation -----------------------------------------------------------------------

    def script(self, place: Place, chosen: Any) -> dict[str, Step]:
        """Return the beats that were found, with the edits, and measures of both."""
        if not chosen.channel:
            raise NothingToAnalyseError("choose a channel")
        channel = self.recording[chosen.channel]
        beats = detection(place.rec.item(chosen.channel), channel, chosen)
        edits = constant(list(self.log), "edits")
        edited = call(edit_beats, beats, edits, name="edited")
        part: dict[str, Any] = {} if place.texts else {"t_range": place.t_range}
        return {
            "edited": edited,
            "before": call(hrv_time, beats, name="before", **part, **place.usable),
            "after": call(hrv_time, edited, name="after", **part, **place.usable),
            "beats": beats,
        }

    def draw(self, result: Any, chosen: Any) -> View:
        """Return intervals around the window, and the measures before and after."""
        del chosen
        found = suspects(result.edited, self._findings, self.log, self._medians)
        self._suspects = found
        window = self.window if self.viewer is None or not self.follow else self.viewer.t_range
        said = [self._counts(result.edited, found), *self._problems()]
        rows = editor_rows(result)
        return editor_view(result, found, window, rows, " · ".join(said))

    def takes_long(self) -> bool:
        """Return whether beats have to be found first."""
        return self._beats is None

    def update(self) -> None:
        """Compute again; another channel or detector begins with other beats."""
        key = (self.channel, self.method, self.signal, self.layer)
        if key != self._key:
            self._leave()
            self._key = key
        super().update()

    def redraw(self) -> None:
        """Draw again, unless something is being computed, which will be drawn."""
        task = self._latest.task
        if self._shown is not None and task is not None and task.ended:
            super().redraw()

    def _publish(self, task: Task[Any], result: Any, chosen: SimpleNamespace, share: float) -> None:
        super()._publish(task, result, chosen, share)
        if share >= 1 and self._beats is None and self._latest.is_latest(task):
            self._found(result.beats)

    def _moved(self, name: str) -> None:
        super()._moved(name)
        if name == "t_range" and not (self.follow and self.where == "window"):
            self._draw_soon()

    def _draw_soon(self) -> None:
        panel = weakref.ref(self)
        computing = self._latest.task

        def work(task: Task[Any]) -> None:
            while computing is not None and not task.cancel_requested:
                if computing.wait(POLL):
                    break
            shown = panel()
            if shown is not None and not task.cancel_requested:
                shown.redraw()

        if not self._closed:
            self._redrawing.ask(work, f"{self.title}: drawing")

    # Editing ------------------------------------------------------------------------------

    @property
    def log(self) -> list[tuple[Any, ...]]:
        """The edits as `analysis.edit_beats` takes them."""
        return self._beats.log if self._beats is not None else []

    def begin(self) -> str:
        """Put the beats into the layer, and let them be edited in the viewer."""
        self._wanted = True
        layer = self._layer()
        if layer.name not in {one.name for one in self.recording.annotations.layers}:
            layer.begin()
        self._show_in_viewer()
        return f"edit the marks of the layer {layer.name!r}"

    def add(self, time: float, label: str = "N") -> None:
        """Add a beat at a time in seconds."""
        self._edit(lambda marks, who: marks.add(time, label, layer=self._layer().name, reader=who))

    def move(self, time: float, to: float) -> None:
        """Move the beat nearest to a time to another one, in seconds."""
        self._edit(lambda marks, who: marks.change(self._mark(time), onset=to, reader=who))

    def delete(self, time: float) -> None:
        """Delete the beat nearest to a time in seconds."""
        self._edit(lambda marks, who: marks.delete(self._mark(time), reader=who))

    def relabel(self, time: float, label: str) -> None:
        """Give the beat nearest to a time in seconds another label, a code of PhysioBank."""
        self._edit(lambda marks, who: marks.change(self._mark(time), text=label, reader=who))

    def noise(self, begin: float, end: float) -> None:
        """Mark noise ``[begin, end)`` in seconds: its beats are not used."""
        if not begin < end:
            raise InvalidInputError(f"noise from {begin:g} to {end:g} s; give begin < end")
        name = self._layer().name
        self._edit(
            lambda marks, who: marks.add(begin, NOISE_TEXT, end - begin, layer=name, reader=who)
        )

    def noise_in_selection(self) -> str:
        """Mark the selected time range as noise."""
        chosen = self.selection if self.viewer is None else self.viewer.selection
        if chosen is None:
            raise InvalidInputError(
                "no time range is selected; press X in the viewer and drag over the noise, or "
                "select with Shift + drag while nothing is being marked"
            )
        self.noise(*chosen)
        return f"noise from {chosen[0]:.6g} to {chosen[1]:.6g} s"

    def undo_edit(self) -> str:
        """Undo the last change of marks of the reader."""
        done = self.recording.annotations.undo(self._reader())
        return "" if done else "there is nothing to undo"

    def redo_edit(self) -> str:
        """Make the change of marks again that was undone last."""
        done = self.recording.annotations.redo(self._reader())
        return "" if done else "there is nothing to redo"

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep the edited beats as annotations that nobody changes by accident."""
        self._settled_result()
        return super().add_to_recording(name or f"beats of {self.channel}, corrected")

    def close(self) -> None:
        """End editing; the layer of marks stays."""
        if not self.__dict__.get("_closed", True):
            self._leave()
            self._redrawing.close()
        super().close()

    # Inside --------------------------------------------------------------------------------

    def _reader(self) -> str:
        chosen = self.viewer.reader if self.viewer is not None else ""
        return chosen or self.recording.annotations.reader

    def _layer_name(self) -> str:
        if self.layer:
            return str(self.layer)
        by = "" if self.method == AUTOMATIC else f" ({self.method})"
        return f"beats of {self.channel}, edited{by}"

    def _layer(self) -> BeatLayer:
        if self._beats is None:
            raise InvalidInputError(self.message if self.state == "error" else NOTHING_YET)
        return self._beats

    def _mark(self, time: float) -> int:
        return self._layer().at(time)

    def _edit(self, change: Callable[[Any, str], Any]) -> None:
        """Change a mark of the layer, which is made first if need be."""
        layer = self._layer()
        if layer.name not in {one.name for one in self.recording.annotations.layers}:
            layer.begin()
        change(self.recording.annotations, layer.reader)

    def _found(self, beats: Any) -> None:
        """Begin with the beats that were found."""
        layer = BeatLayer(
            self.recording.annotations, self._layer_name(), self._reader(), beats.times
        )
        marks = self.recording.annotations
        known = layer.name in {one.name for one in marks.layers}
        if known or ((self._wanted or self.viewer is not None) and len(beats.times)):
            try:
                layer.begin()
            except VitalError as error:
                self._tell("error", str(error))
                return
        self._beats = layer
        self._stop_layer = marks.parts.listen(_caller(self, "_marks_changed"))
        self._look(beats)
        if self.viewer is not None:
            self._show_in_viewer()
        if layer.log:
            self.update()

    def _show_in_viewer(self) -> None:
        viewer, layer = self.viewer, self._beats
        if viewer is None or layer is None:
            return
        if self._before is None:
            self._before = (viewer.marking, viewer.marking_layer)
        viewer.marking_layer = layer.name
        viewer.marking = TASK
        if viewer.layers is not None and layer.name not in viewer.layers:
            viewer.layers = [*viewer.layers, layer.name]

    def _marks_changed(self) -> None:
        layer = self._beats
        if layer is not None and not self._closed and layer.follow():
            self.update()

    def _leave(self) -> None:
        """End with these beats."""
        if self._beats is not None:
            self._stop_layer()
        self._beats = None
        self._forget_suspects()
        viewer, before = self.viewer, self._before
        self._before = None
        if viewer is not None and before is not None and viewer.comm is not None:
            viewer.marking, viewer.marking_layer = before

    def _counts(self, edited: Any, found: Suspects) -> str:
        how = ", ".join(f"{n:,} {name}" for name, n in edited.counts.items() if n)
        edits = f"{len(self.log):,} {'edit' if len(self.log) == 1 else 'edits'}"
        left = len(found.times)
        return f"{edits}{': ' if how else ''}{how} · {left:,} suspicious"

    def _problems(self) -> list[str]:
        layer = self._beats
        if layer is None:
            return []
        if layer.gone:
            return ["all marks of the editor are gone; press Redo edit to have them again"]
        more = len(layer.problems) - 1
        return [*layer.problems[:1], *([f"{more} more such marks"] if more > 0 else [])]


def _caller(panel: BeatEditor, name: str) -> Callable[[], None]:
    """Return what calls a method of the panel and does not keep it alive."""
    held = weakref.ref(panel)

    def call_it() -> None:
        shown = held()
        if shown is not None:
            getattr(shown, name)()

    return call_it
