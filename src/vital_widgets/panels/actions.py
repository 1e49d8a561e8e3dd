"""The row of actions of a panel: copy as Python, insert below, add to the recording, save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets
from ipywidgets import widget_serialization

from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.runtime.tasks import Task
from vital_widgets.widgets.frontend import Frontend, frontend
from vital_widgets.widgets.keptpicture import PictureKeeper

if TYPE_CHECKING:
    from collections.abc import Callable


class Actions(PictureKeeper):
    """Buttons below a panel.

    Parameters
    ----------
    act : callable
        ``act(action, argument)`` does what a button asks for, and returns a sentence about it.
    formats : sequence of str
        What can be saved: "csv", "png".
    addable : bool
        Whether results can be added to the recording.

    Attributes
    ----------
    code : str
        The result as Python, which the browser copies.
    formats : list of str
        Endings of the files that can be saved.
    addable : bool
        Whether there is a button that adds the result to the recording.
    told : str
        What the last action did, or why it could not be done.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode("actions").tag(sync=True)
    _frontend = traitlets.Instance(Frontend).tag(sync=True, **widget_serialization)
    code = traitlets.Unicode().tag(sync=True)
    formats = traitlets.List(traitlets.Unicode()).tag(sync=True)
    stem = traitlets.Unicode().tag(sync=True)
    addable = traitlets.Bool(False).tag(sync=True)
    told = traitlets.Unicode().tag(sync=True)

    def __init__(self, act: Callable[[str, str], str], **kwargs: Any) -> None:
        self._act: Callable[[str, str], str] | None = act
        super().__init__(_esm=static_text("loader.js"), _frontend=frontend(), **kwargs)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        act = self._act
        if act is None or not isinstance(content, dict) or content.get("kind") != "act":
            super()._handle_custom_msg(content, buffers)
            return
        action, argument = str(content.get("action")), str(content.get("argument", ""))
        if action == "save":  # a report or a long table takes seconds; the viewers go on meanwhile
            Task(lambda _: self._tell(act(action, argument)), f"Saving {argument}").start(
                urgent=True
            )
        else:
            self._tell(act(action, argument))

    def _tell(self, sentence: str) -> None:
        self.told = ""  # the same sentence again is told again
        self.told = sentence

    def close(self) -> None:
        """Close the widget."""
        self._act = None
        super().close()
