"""The base of panels without a signal, which show what the kernel does.

The page asks while it shows the panel, at most four times a second, and the kernel answers on the
thread that receives the question. So nothing is done for a panel that nobody sees, no thread
belongs to it, and it goes on while a cell runs where the host has a subshell (see `widgets.wire`):
for that, nothing but the answers is ever sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import traitlets
from ipywidgets import widget_serialization

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.still import Still
from vital_widgets.panels.view import View
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.widgets.frontend import Frontend, frontend
from vital_widgets.widgets.lifetime import ClosingWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STILL = "shows what the kernel does while it runs"


class Instrument(ClosingWidget):
    """A panel that shows the state of the kernel; made by `Tasks`, `Memory` and `Performance`.

    Parameters
    ----------
    source : object, optional
        Not used: an instrument shows the whole kernel. It is accepted so that all panels are made
        alike.

    Attributes
    ----------
    seen : dict
        The state when the panel was made, which a saved notebook shows.
    """

    title: ClassVar[str] = ""
    about: ClassVar[str] = ""
    name: ClassVar[str] = ""

    _esm = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode("instrument").tag(sync=True)
    _frontend = traitlets.Instance(Frontend).tag(sync=True, **widget_serialization)
    instrument = traitlets.Unicode(read_only=True).tag(sync=True)
    heading = traitlets.Unicode(read_only=True).tag(sync=True)
    seen = traitlets.Dict(read_only=True).tag(sync=True)

    active = True  # as of every panel; whether it is seen is known by the page

    def __init__(self, source: object = None, **kwargs: Any) -> None:
        del source
        self._remove: Callable[[], None] | None = None
        super().__init__(_esm=static_text("loader.js"), _frontend=frontend(), **kwargs)
        with self.hold_sync():
            self.set_trait("instrument", self.name)
            self.set_trait("heading", self.title)
            self.set_trait("seen", self.look())
        # The comm was opened by the main shell; without this, questions would wait for its cells.
        getattr(self.comm, "__dict__", {}).pop("_reply_subshell_id", None)

    def look(self) -> dict[str, Any]:
        """Return what the panel shows now, as JSON."""
        raise TypeError(f"{type(self).__name__} needs a method look(self)")

    def act(self, action: str, argument: object = "") -> None:
        """Do what a button asks for."""
        known = ", ".join(map(repr, self.actions()))
        if action not in self.actions():
            raise InvalidInputError(f"unknown action {action!r} of {self.title}; known: {known}")
        self.actions()[action](argument)

    def actions(self) -> dict[str, Any]:
        """Return what the buttons do, by name: functions of one argument."""
        return {}

    def busy(self, seen: dict[str, Any]) -> bool:
        """Whether the state changes so fast that it is shown four times a second."""
        del seen
        return False

    def offer_closing(self, remove: Callable[[], None]) -> None:
        """Show a button that calls ``remove()``, for what contains the panel.

        It is also called when the panel is closed.
        """
        self._remove = remove

    @property
    def settings(self) -> dict[str, Any]:
        """What shows the same panel again, as plain values of JSON; can be set."""
        return {"panel": type(self).__name__}

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        given = settings.get("panel") if isinstance(settings, dict) else settings
        if given != type(self).__name__:
            raise InvalidInputError(
                f"these are not settings of the panel {type(self).__name__} but of {given!r}"
            )

    @property
    def still(self) -> Still:
        """What a picture shows of the panel."""
        return Still(self.title, View(text=STILL))

    @property
    def first_task(self) -> None:
        """What the output of a cell waits for: nothing."""
        return

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind not in ("look", "act"):
            super()._handle_custom_msg(content, buffers)
            return
        action = str(content.get("action")) if kind == "act" else ""
        if action == "close":
            if self._remove is not None:
                self._remove()
            return
        if action:
            self.act(action, content.get("argument", ""))
        seen = self.look()
        closable = self._remove is not None
        self.send({"kind": "seen", "seen": seen, "busy": self.busy(seen), "closable": closable})

    def close(self) -> None:
        """Close the panel; what it shows goes on."""
        remove, self._remove = self.__dict__.get("_remove"), None
        if remove is not None:
            remove()
        super().close()
