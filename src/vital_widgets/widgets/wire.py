"""The channel on which the data travels: a widget of its own, with a comm of its own.

JupyterLab sends a comm's messages to a subshell of the kernel, and the kernel sends the next one
to the shell that last published on that comm. So nothing is ever published here but from inside
the message handler: no synced trait, no message from a background thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Widget

from vital_widgets.serve.dispatch import dispatch

if TYPE_CHECKING:
    from vital_widgets.serve.session import Session


class Wire(Widget):  # type: ignore[misc]
    """Model without a view whose custom messages are requests and replies."""

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session
        super().__init__()
        # Opening the comm published from the main shell. Without this the first request would
        # wait there for the running cell.
        getattr(self.comm, "__dict__", {}).pop("_reply_subshell_id", None)
        self.on_msg(self._reply)

    def _reply(self, _: Widget, content: Any, __: list[memoryview]) -> None:
        session = self._session
        if session is not None:
            reply, buffers = dispatch(session, content)
            self.send(reply, buffers)

    def close(self) -> None:
        """Close the comm and let go of the recording."""
        self._session = None
        super().close()
