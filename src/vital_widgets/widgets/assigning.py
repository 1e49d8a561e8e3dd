"""What Python assigns is shown, also if the kernel does not know yet that the user has moved on.

traitlets sends nothing for a value that equals the one it has. The browser tells of a gesture up to
0.2 s later: ``viewer.t_range = (0, 30)`` would have no effect then if the window was (0, 30) before
the gesture.

The other way round, the message of a gesture may be under way while Python assigns a value. The
kernel would then hold the value of the gesture, and the browser show that of Python: the browser
says afterwards what it shows.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import traitlets

if TYPE_CHECKING:
    from collections.abc import Iterator

_thread = threading.local()


class Assigning(traitlets.HasTraits):
    """A widget whose view shows each value that Python assigns."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign a value, and tell the browser also if it is the one that the kernel had."""
        if name not in _view_traits(type(self)):
            super().__setattr__(name, value)
            return
        before = self._trait_values.get(name)
        super().__setattr__(name, value)
        if self._trait_values.get(name) == before and not is_on("browser"):
            widget: Any = self
            widget.send({"kind": "assigned", "values": widget.get_state(name)})

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "shown":
            values = content.get("values")
            known = _view_traits(type(self))
            if isinstance(values, dict):
                self.set_state({name: values[name] for name in values if name in known})
        else:
            super()._handle_custom_msg(content, buffers)  # type: ignore[misc]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser has changed."""
        with flag("browser"):
            super().set_state(sync_data)  # type: ignore[misc]


@cache
def _view_traits(kind: type[traitlets.HasTraits]) -> frozenset[str]:
    return frozenset(kind.class_trait_names(sync=True, view=True))


@contextmanager
def flag(name: str) -> Iterator[None]:
    """Mark what this thread is doing."""
    before = is_on(name)
    setattr(_thread, name, True)
    try:
        yield
    finally:
        setattr(_thread, name, before)


def is_on(name: str) -> bool:
    """Return whether this thread is doing it."""
    return bool(getattr(_thread, name, False))
