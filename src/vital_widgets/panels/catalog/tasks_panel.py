"""The panel of the kernel's tasks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from vital_widgets.panels.instrument import Instrument
from vital_widgets.runtime.tasklog import TASKS


class Tasks(Instrument):
    """Show what the kernel works on: running, waiting and ended tasks, with a button to cancel.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> panel = vw.panels.Tasks()
    """

    title: ClassVar[str] = "Tasks"
    about: ClassVar[str] = "running, waiting and ended work of the kernel, with cancel"
    name: ClassVar[str] = "tasks"

    def look(self) -> dict[str, Any]:
        """Return the tasks, those that run first."""
        return {"tasks": [asdict(one) for one in TASKS.entries()]}

    def busy(self, seen: dict[str, Any]) -> bool:
        """Whether a task runs or waits."""
        return any(one["state"] in ("running", "pending") for one in seen["tasks"])

    def actions(self) -> dict[str, Any]:
        """Return what the buttons do."""
        return {"cancel": self._cancel, "clear": lambda _: TASKS.forget_ended()}

    @staticmethod
    def _cancel(number: object) -> None:
        if isinstance(number, int):
            TASKS.cancel(number)
