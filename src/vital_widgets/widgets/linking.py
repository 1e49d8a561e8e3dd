"""Viewers that move together: the traits, and what a viewer does when another one moves."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.serve.description import expected_duration
from vital_widgets.widgets.assigning import flag, is_on
from vital_widgets.widgets.viewerfigures import ViewerFigures

if TYPE_CHECKING:
    from vital_widgets.core.recording import Recording

_linked: weakref.WeakSet[Linking] = weakref.WeakSet()


def linked_viewers(group: str) -> list[Any]:
    """Return the viewers of a group that are not closed."""
    open_ones: list[Any] = [one for one in [*_linked] if one.comm is not None]  # type: ignore[attr-defined]
    return [one for one in open_ones if one.link_group == group]


class Linking(ViewerFigures):
    """Viewers of one ``link_group`` show the same time.

    In the browser, the front end moves the other viewers in the same frame. Here their windows are
    only noted then: sent back to the browser, they would be late.
    """

    recording: Recording
    t_range: Any

    link_group = traitlets.Unicode("").tag(sync=True, view=True)
    _link_origin = traitlets.Float(0.0).tag(sync=True)

    @traitlets.observe("link_group")
    def _join(self, change: dict[str, Any]) -> None:
        if change["new"] == "":
            _linked.discard(self)
            self._link_origin = 0.0
        else:
            _linked.add(self)

    @traitlets.observe("t_range")
    def _lead(self, _: dict[str, Any]) -> None:
        led = f"led {self.link_group}"
        if self.link_group == "" or is_on(led):
            return
        with flag(led):
            for other in linked_viewers(self.link_group):
                if other is not self:
                    other.follow_window(self)

    def follow_window(self, leader: Linking) -> None:
        """Show what another viewer shows."""
        shift = leader._link_origin - self._link_origin
        t0, t1 = (t + shift for t in leader.t_range)
        window = _clamped(t0, t1, expected_duration(self.recording))
        if window is None or window == self.t_range:
            return
        if is_on("browser"):
            with self._lock_property(t_range=list(window)):  # type: ignore[attr-defined]
                self.t_range = window
        else:
            self.t_range = window


def _clamped(t0: float, t1: float, duration: float) -> tuple[float, float] | None:
    """Return the nearest window of the same length in the recording; None if it has no samples."""
    if t0 >= 0 and t1 <= duration:
        return t0, t1
    span = min(t1 - t0, duration)
    if span <= 0:
        return None
    start = min(max(t0, 0.0), duration - span)
    return start, start + span
