"""The part of the recording that a panel works on, as traits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.panelplaces import PLACES, Place, place_of
from vital_widgets.widgets.entries import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.widgets.viewer import Viewer

DEFAULT_SECONDS = 30.0  # of the window of a panel without a viewer


class Placed(traitlets.HasTraits):
    """Where a panel works; mixed into `Panel`."""

    viewer: Viewer | None
    recording: Recording

    where = traitlets.Unicode("window")
    window = traitlets.Tuple(Number(), Number())
    selection = traitlets.Tuple(Number(), Number(), allow_none=True, default_value=None)
    texts = traitlets.Any(())
    follow = traitlets.Bool(True)

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

    @traitlets.validate("where")
    def _valid_where(self, proposal: Any) -> str:
        known = tuple(PLACES.values())
        if proposal["value"] not in known:
            listed = ", ".join(map(repr, known))
            raise InvalidInputError(f"unknown where {proposal['value']!r}; available: {listed}")
        return str(proposal["value"])

    @traitlets.validate("texts")
    def _valid_texts(self, proposal: Any) -> tuple[str, ...]:
        value = proposal["value"]
        return (value,) if isinstance(value, str) else tuple(map(str, value))

    @traitlets.validate("window", "selection")
    def _valid_span(self, proposal: Any) -> Any:
        value = proposal["value"]
        if value is not None and not value[0] < value[1]:
            name = proposal["trait"].name
            raise InvalidInputError(f"{name}={value!r} is not a span of time; give t0 < t1 in s")
        return value
