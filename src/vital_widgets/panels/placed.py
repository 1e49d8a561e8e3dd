"""The part of the recording that a panel works on, as traits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.panels.panelplaces import Place, place_of
from vital_widgets.panels.placetraits import Span, Switch, Texts, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.widgets.viewer import Viewer

DEFAULT_SECONDS = 30.0  # of the window of a panel without a viewer


class Placed(traitlets.HasTraits):
    """Where a panel works; mixed into `Panel`."""

    viewer: Viewer | None
    recording: Recording

    where = Where("window")
    window = Span((0.0, DEFAULT_SECONDS))
    selection = Span(None, allow_none=True)
    texts = Texts(())
    follow = Switch(True)

    def place(self) -> Place:
        """Return the part of the recording that is analysed now."""
        window, selection = self.window, self.selection
        if self.follow and self.viewer is not None:
            window, selection = self.viewer.t_range, self.viewer.selection
        span = (max(window[0], 0.0), min(window[1], self.recording.duration))
        return place_of(
            self.recording,
            self.where,
            window=span if span[0] < span[1] else window,
            selection=selection,
            texts=tuple(self.texts),
        )

    def centre(self, time: float) -> None:
        """Move the viewer's window so that a time, in seconds, is in its middle if possible."""
        if self.viewer is None:
            return
        t0, t1 = self.viewer.t_range
        length = t1 - t0
        start = min(max(time - length / 2, 0.0), max(self.recording.duration - length, 0.0))
        self.viewer.t_range = (start, start + length)

    def _set_place(self, window: tuple[float, float] | None, given: Mapping[str, Any]) -> None:
        if window is None:
            duration = self.recording.duration or DEFAULT_SECONDS
            self.window = (0.0, min(duration, DEFAULT_SECONDS))
        else:
            self.window = window
        if self.viewer is not None:
            if window is None:
                self.window = self.viewer.t_range
            self.follow = given.get("follow", window is None)
