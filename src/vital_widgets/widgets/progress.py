"""Widget of a background task: progress bar, cancel button, error text."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import traitlets
from ipywidgets import widget_serialization

from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.staticfiles import static_text
from vital_widgets.runtime.tasks import Task
from vital_widgets.widgets.frontend import Frontend, frontend
from vital_widgets.widgets.lifetime import ClosingWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class TaskView(ClosingWidget):
    """Show a background `Task`, with a button that cancels it.

    Parameters
    ----------
    task : Task
        The task to show. Neither keeps the other alive.

    Attributes
    ----------
    title, message : str
        Description of the task, and what it does at present.
    state : str
        ``pending``, ``running``, ``done``, ``cancelled`` or ``failed``.
    progress : float
        Completed share, 0 to 1.
    elapsed : float
        Seconds since the task was started.
    remaining : float or None
        Estimated seconds left.
    error, error_traceback : str
        Message and traceback of the error of a failed task.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    _kind = traitlets.Unicode("progress").tag(sync=True)
    _frontend = traitlets.Instance(Frontend).tag(sync=True, **widget_serialization)
    title = traitlets.Unicode(read_only=True).tag(sync=True)
    message = traitlets.Unicode(read_only=True).tag(sync=True)
    state = traitlets.Unicode("pending", read_only=True).tag(sync=True)
    progress = traitlets.Float(0.0, read_only=True).tag(sync=True)
    elapsed = traitlets.Float(0.0, read_only=True).tag(sync=True)
    remaining = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)
    error = traitlets.Unicode(read_only=True).tag(sync=True)
    error_traceback = traitlets.Unicode(read_only=True).tag(sync=True)

    def __init__(self, task: Task[Any], **kwargs: Any) -> None:
        self._stop_listening: Callable[[], None] = _nothing
        self._task: Task[Any] | None = None
        if not isinstance(task, Task):
            raise InvalidInputError(
                f"TaskView shows a task, not {type(task).__name__}; give the task that run(...) or "
                "store(...) returns, or Recording.task while a file is being read"
            )
        super().__init__(_esm=static_text("loader.js"), _frontend=frontend(), **kwargs)
        self.show(task)

    def show(self, task: Task[Any]) -> None:
        """Show another task in place of the present one, which continues."""
        self._stop_listening()
        self._task = task
        self._follow(task)
        view = weakref.ref(self)

        def update(changed: Task[Any]) -> None:
            shown = view()
            if shown is not None and shown._task is changed:  # noqa: SLF001
                shown._follow(changed)  # noqa: SLF001

        self._stop_listening = task.listen(update)

    def _follow(self, task: Task[Any]) -> None:
        if self.comm is None:
            return
        with self.hold_sync():
            for trait, value in (
                ("title", task.title),
                ("message", task.message),
                ("state", task.state.value),
                ("progress", task.progress),
                ("elapsed", round(task.elapsed, 1)),
                ("remaining", task.remaining),
                ("error", str(task.error or "")),
                ("error_traceback", task.error_traceback),
            ):
                self.set_trait(trait, value)

    def _handle_custom_msg(self, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "cancel" and self._task:
            self._task.cancel()
        super()._handle_custom_msg(content, buffers)

    def close(self) -> None:
        """Close the view; the task continues."""
        self._stop_listening()
        self._task = None
        super().close()


def _nothing() -> None:
    """Stop nothing: the view does not listen yet."""
