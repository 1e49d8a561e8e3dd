"""The time at the pointer, marked in all panels of a viewer."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable


@runtime_checkable
class Marked(Protocol):
    """What shows a time."""

    def mark_time(self, time: float | None) -> None:
        """Show a line at a time of the recording."""


class TimeHub:
    """Tells all panels that belong together, and their viewer, which time the pointer is at."""

    def __init__(self, owner: Any) -> None:
        self._owner = weakref.ref(owner)
        self._panels: weakref.WeakSet[Any] = weakref.WeakSet()

    def join(self, panel: Marked) -> Callable[[], None]:
        """Tell a panel; return the function that ends it."""
        self._panels.add(panel)
        reference = weakref.ref(panel)

        def leave() -> None:
            held = reference()
            if held is not None:
                self._panels.discard(held)

        return leave

    def mark(self, time: float | None) -> None:
        """Mark a time in seconds, in the viewer too; None removes the mark."""
        owner = self._owner()
        if isinstance(owner, Marked):
            owner.mark_time(time)
        for panel in list(self._panels):
            panel.mark_time(time)


_hubs: weakref.WeakKeyDictionary[Any, TimeHub] = weakref.WeakKeyDictionary()


def hub_of(owner: Any) -> TimeHub:
    """Return the hub of all panels of a viewer, or of a recording."""
    hub = _hubs.get(owner)
    if hub is None:
        hub = _hubs[owner] = TimeHub(owner)
    return hub
