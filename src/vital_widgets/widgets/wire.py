"""The wire: a widget with its own comm that carries requests and replies.

JupyterLab sends the messages of a comm to a subshell of the kernel, and the kernel sends the next
one to the shell that last published on that comm. Therefore only the message handler publishes
here: there is no synced trait, and no message from a background thread.
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
        # The comm was opened by the main shell. Without this, the first request would be sent there
        # and wait for the running cell.
        getattr(self.comm, "__dict__", {}).pop("_reply_subshell_id", None)

    def _handle_custom_msg(self, content: Any, _: list[memoryview]) -> None:
        session = self._session
        if session is not None:
            reply, buffers = dispatch(session, content)
            self.send(reply, buffers)

    def close(self) -> None:
        """Close the comm and release the recording."""
        self._session = None
        super().close()
