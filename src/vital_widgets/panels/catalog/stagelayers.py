"""Whose sleep stages a panel shows: layers of annotations, and the grid of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from vital_widgets.core.sleepstages import sleep_stage
from vital_widgets.panels.script import Step, constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.panelplaces import Place
    from vital_widgets.widgets.viewer import Viewer


class StageLayers(traitlets.HasTraits):
    """The layers of a recording as a sleep panel reads them; mixed into `Sleep`."""

    recording: Recording
    viewer: Viewer | None
    by_stage: Any

    if TYPE_CHECKING:
        chosen: Callable[[], Any]

    def _reader(self) -> str:
        """Return the name of the reader who scores."""
        return (self.viewer.reader if self.viewer is not None else "") or str(
            self.recording.annotations.reader
        )

    def _known_layers(self) -> list[str]:
        """Return the names of layers that this reader may see."""
        blind = self.viewer is not None and self.viewer.blind
        return [
            one.name
            for one in self.recording.annotations.layers
            if not blind or one.reader == self._reader()
        ]

    def _layer(self, chosen: Any) -> str:
        """Return the layer that is shown: the chosen one, else that with most stages."""
        if chosen.layer is not None:
            return str(chosen.layer)
        known = self._known_layers()
        most = max(known, key=lambda name: len(self._stage_onsets(name)), default="")
        return most if most and len(self._stage_onsets(most)) else self._reader()

    def _stages(self, place: Place, name: str) -> Step:
        """Return the marks of a layer as a step; one that does not exist yet has none."""
        if name not in self._known_layers():
            return constant([], "")
        return place.rec.attribute("annotations").method("layer", name)

    def _stage_onsets(self, name: str) -> NDArray[np.float64]:
        """Return the onsets of the marks of a layer that are sleep stages."""
        if name not in self._known_layers():
            return np.empty(0)
        marks = self.recording.annotations.layer(name)
        texts = marks.text
        known = {one: bool(sleep_stage(one)) for one in set(texts.tolist()) if one}
        return np.asarray(marks.onset[[known.get(one, False) for one in texts]], np.float64)

    def _grid(self, name: str, epoch_s: float) -> float:
        """Return the begin of the first epoch: that of the viewer, or as the marks are placed."""
        viewer = self.viewer
        if viewer is not None and viewer.epoch_length == epoch_s:
            return float(round(viewer.epoch_start % epoch_s, 6))
        onsets = self._stage_onsets(name)
        first = float(onsets.min()) if len(onsets) else 0.0
        return round(first % epoch_s, 6) % epoch_s

    def _marks_now(self) -> Any:
        """Return what tells whether the stages are still the same; None if they do not matter."""
        name = self._layer(self.chosen())
        if not self.by_stage or name not in self._known_layers():
            return None
        marks = self.recording.annotations.layer(name)
        return marks.onset.tolist(), marks.text.tolist()

    def _told_of_layer(self, chosen: Any) -> list[str]:
        told = []
        for name in (self._layer(chosen), chosen.second):
            if name is not None and not len(self._stage_onsets(name)):
                listed = [one for one in self._known_layers() if len(self._stage_onsets(one))]
                others = f"; layers with stages: {', '.join(map(repr, listed))}" if listed else ""
                told.append(f"the layer {name!r} has no stages yet{others}")
        return [*told, *([] if chosen.layer else [f"layer {self._layer(chosen)!r}"])]
