"""The part of the recording that a panel works on, as traits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.arguments import time as checked_time
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.panelplaces import Place, place_of
from vital_widgets.panels.parameters import parameter_of
from vital_widgets.panels.placetraits import Span, Switch, Texts, Where
from vital_widgets.panels.timemark import hub_of
from vital_widgets.widgets.given import given_recording
from vital_widgets.widgets.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.parameters import Parameter

DEFAULT_SECONDS = 30.0  # of the window of a panel without a viewer


def source_of(source: Any) -> tuple[Viewer | None, Recording]:
    """Return the viewer, if it is one, and the recording of what a panel is given."""
    if not isinstance(source, Viewer):
        return None, given_recording(source)
    if source.comm is None:
        raise InvalidInputError(
            "this viewer is closed; give its recording, or a new viewer: vw.Viewer(recording)"
        )
    return source, source.recording


class Placed(traitlets.HasTraits):
    """Where a panel works; mixed into `Panel`."""

    viewer: Viewer | None
    recording: Recording
    parameters: dict[str, Parameter]

    where = Where("window")
    window = Span((0.0, DEFAULT_SECONDS))
    selection = Span(None, allow_none=True)
    texts = Texts(())
    follow = Switch(True)

    _led = False  # whether what a button does showed a place in the viewer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse parameters that hide what the base needs."""
        super().__init_subclass__(**kwargs)
        for name, value in vars(cls).items():
            if not _is_parameter(value):
                continue
            for base in cls.__mro__[1:]:
                if name in vars(base) and not _is_parameter(vars(base)[name]):
                    raise TypeError(
                        f"the parameter {name!r} of {cls.__name__} hides {base.__name__}.{name}; "
                        "give it another name"
                    )

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
            of=self.main_channel(),
        )

    def main_channel(self) -> str | None:
        """Return the channel that the panel analyses, of several the first; None without one."""
        for name, parameter in self.parameters.items():
            if parameter.form == "channel":
                return getattr(self, name) or None
        return None

    def centre_viewer(self, time: float) -> None:
        """Move the viewer's window so that a time, in seconds, is in its middle if possible."""
        self._led = True
        if self.viewer is None:
            return
        t0, t1 = self.viewer.t_range
        length = t1 - t0
        start = min(max(time - length / 2, 0.0), max(self.recording.duration - length, 0.0))
        self.viewer.t_range = (start, start + length)

    def show_time(self, time: float) -> None:
        """Bring a time, in seconds, to the middle of the window, and mark it in all panels."""
        if self.viewer is not None:
            self.centre_viewer(time)
        elif self.where == "window":
            half = (self.window[1] - self.window[0]) / 2
            self.window = (time - half, time + half)
        hub_of(self.viewer if self.viewer is not None else self.recording).mark(time)

    def goto(self, time: float) -> None:
        """Show a time of the recording, in seconds, in the viewer, unless it is in its window."""
        time = checked_time("time", time)
        self._led = True
        if self.viewer is None:
            return
        t0, t1 = self.viewer.t_range
        if not t0 <= time < t1:
            self.centre_viewer(time)

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


def _is_parameter(value: Any) -> bool:
    return isinstance(value, traitlets.TraitType) and parameter_of(value) is not None
