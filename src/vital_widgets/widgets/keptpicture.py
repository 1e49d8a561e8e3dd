"""The picture in the output of a cell follows what is shown, for what contains a widget of ours."""

from __future__ import annotations

import base64
import time
import weakref
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.widgets.latepicture import LatePictures
from vital_widgets.widgets.lifetime import ClosingWidget

if TYPE_CHECKING:
    from collections.abc import Callable

REST_SECONDS = 1.0  # nothing is drawn while something still changes


class PictureKeeper(ClosingWidget):
    """A child that gives the page a new picture of its parent, which a saved notebook contains.

    The parent calls `keep_with` when it is displayed by itself, and `changed` when it looks
    different. The page then asks, some time after the last change; it puts the picture into the
    output when the notebook is saved (``js/src/kept.ts``). Nothing is drawn otherwise.
    """

    turn = traitlets.Int(0).tag(sync=True)

    _made: Callable[[], dict[str, Any] | None] | None = None
    _changed_at = 0.0
    _told = False

    def __init__(self, **kwargs: Any) -> None:
        self._late = LatePictures()
        super().__init__(**kwargs)

    def keep_with(self, made: Callable[[], dict[str, Any] | None]) -> None:
        """Answer the page with ``made()``: model, picture and width; it must not hold the parent.

        None is no answer.
        """
        self._made = made

    def changed(self) -> None:
        """Tell the page that there is something new, once until it asks."""
        self._changed_at = time.monotonic()
        if self._made is not None and not self._told and self.comm is not None:
            self._told = True
            self.turn += 1

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        if not (isinstance(content, dict) and content.get("kind") == "keep"):
            super()._handle_custom_msg(content, buffers)
            return
        self._told = False
        if time.monotonic() - self._changed_at < REST_SECONDS:
            self.changed()  # the page asks again
            return
        made = self._made
        if made is not None:  # a second of work for a workbench, which gestures do not wait for
            self._late.ask(made, self._answer)

    def _answer(self, kept: dict[str, Any]) -> None:
        if self._made is not None:
            self.send({"kind": "kept", "html": None, **kept})

    def close(self) -> None:
        """Close the widget."""
        self._made = None
        super().close()


def kept_picture(model: str, png: bytes, width: int) -> dict[str, Any]:
    """Return what a page keeps of a widget: its model, the picture and its width in CSS pixels."""
    return {"model": model, "picture": base64.b64encode(png).decode(), "width": width}


def with_picture(bundle: Any, kept: dict[str, Any] | None) -> Any:
    """Return a mime bundle with a picture, if there is one, for readers that run no scripts."""
    if kept is None:
        return bundle
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    size = {"image/png": {"width": kept["width"]}}
    return {**data, "image/png": kept["picture"]}, {**metadata, **size}


def kept_by(parent: Any, method: str) -> Callable[[], dict[str, Any] | None]:
    """Return a function that calls a method of a parent, which it does not keep alive."""
    held = weakref.ref(parent)

    def made() -> dict[str, Any] | None:
        shown = held()
        return getattr(shown, method)() if shown is not None else None

    return made
