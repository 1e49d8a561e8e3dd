"""What the buttons of a sleep panel do: score, go to open epochs, lights, keep suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.sleepstages import UNSCORED
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.catalog import sleepplots
from vital_widgets.panels.catalog.stagelayers import StageLayers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.widgets.viewer import Viewer

EVENTS = ("spindles", "slow_waves")
MOST_EPOCHS = 10  # that a window for scoring may show


class SleepActions(StageLayers):
    """Buttons; mixed into `Sleep`."""

    layer: Any
    epoch_s: Any
    eeg: Any
    suggestions: Any
    lights_off: Any
    lights_on: Any
    _shown: Any
    _led: bool

    if TYPE_CHECKING:
        results: dict[str, Any]
        update: Callable[[], None]
        compute_again: Callable[..., None]
        _known_result: Callable[[], Any]
        _settled_result: Callable[[], Any]

    def goto(self, time: float) -> None:
        """Show the epoch at a time of the recording, in seconds, at the start of the window."""
        viewer = self.viewer
        if viewer is None:
            return
        self._led = True
        t0, t1 = viewer.t_range
        grid = self._grid(self._layer(self.chosen()), self.epoch_s)
        begin = grid + self.epoch_s * np.floor((time - grid) / self.epoch_s + 1e-6)
        begin = float(min(max(begin, 0.0), max(self.recording.duration - (t1 - t0), 0.0)))
        viewer.t_range = (begin, begin + (t1 - t0))

    def _needed_viewer(self) -> Viewer:
        if self.viewer is None:
            raise InvalidInputError(
                "this panel has no viewer; make both: viewer = vw.Viewer(rec), "
                "vw.panels.Sleep(viewer)"
            )
        return self.viewer

    def score(self) -> str:
        """Let keys score epochs in the viewer, show that layer, and return which keys these are."""
        viewer = self._needed_viewer()
        before = self._layer(self.chosen())
        grid = self._grid(before, self.epoch_s)
        viewer.epoch_start, viewer.epoch_length = grid, self.epoch_s
        t0, t1 = viewer.t_range
        if not self.epoch_s * 0.99 <= t1 - t0 <= self.epoch_s * MOST_EPOCHS:
            viewer.t_range = (t0, t0 + self.epoch_s)
        self.goto(t0)
        viewer.marking = "sleep"
        mine = viewer.marking_layer or self._reader()
        self.layer = mine
        self.update()
        told = f"W 1 2 3 R in the viewer score epochs into the layer {mine!r}; Esc ends"
        if before != mine and len(self._stage_onsets(before)):
            told += f"; to correct the stages of {before!r}, copy that layer first (Copy layer)"
        return told

    def next_unscored(self) -> str:
        """Show the next epoch in bed that is not scored, and return which one it is."""
        night = self._known_result()
        return self._next(night.stage == UNSCORED, "every epoch in bed is scored")

    def next_conflict(self) -> str:
        """Show the next epoch in conflict, and return which one it is."""
        night = self._known_result()
        return self._next(sleepplots.in_conflict(night), "no epoch is in conflict")

    def _next(self, wanted: NDArray[np.bool_], none: str) -> str:
        viewer, night = self._needed_viewer(), self._known_result()
        found = np.flatnonzero(wanted & sleepplots.in_bed(night, self._shown.statistics))
        if not len(found):
            return none
        now = viewer.t_range[0] + 0.01 * night.epoch_s
        after = found[night.onset[found] > now]
        k = int(after[0] if len(after) else found[0])
        self.goto(float(night.onset[k]))
        at = sleepplots.clock(self.recording.start, float(night.onset[k]))
        both = f": {night.conflict[k]}" if night.conflict[k] else ""
        return f"epoch {k + 1} at {at}{both}; {len(found):,} in all"

    def lights_off_here(self) -> str:
        """Set lights off to the start of the viewer's window, and return the time."""
        self.lights_off = max(self._needed_viewer().t_range[0], 0.0)
        return f"lights off at {sleepplots.clock(self.recording.start, self.lights_off)}"

    def lights_on_here(self) -> str:
        """Set lights on to the end of the viewer's window, and return the time."""
        self.lights_on = max(self._needed_viewer().t_range[1], 0.0)
        return f"lights on at {sleepplots.clock(self.recording.start, self.lights_on)}"

    def find_again(self) -> str:
        """Search spindles and slow waves again, in the stages as they are now."""
        if self.suggestions == "none":
            raise InvalidInputError("choose what to suggest: suggestions='spindles', for example")
        self.compute_again(*EVENTS)
        return "searching"

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep suggested spindles and slow waves as layers; without any, the conflicts.

        Parameters
        ----------
        name : str, optional
            Of the layer, if there is one only; by default 'spindles C3-M2', for example.

        Returns
        -------
        str
            The names of the layers.
        """
        night = self._settled_result()
        kept = {
            f"{one.replace('_', ' ')} {self.eeg}": found
            for one in EVENTS
            if (found := self.results.get(one)) is not None and len(found)
        }
        if not kept and sleepplots.in_conflict(night).any():
            kept = {"conflicts": night.conflicts()}
        if not kept:
            raise InvalidInputError(
                "there are no suggested events and no conflicts to keep; choose suggestions="
                "'spindles', or a second reader"
            )
        marks = self.recording.annotations
        names = [
            marks.add_result(found, name if name and len(kept) == 1 else label)
            for label, found in kept.items()
        ]
        return ", ".join(names)
