"""The panel of the times that the kernel takes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from vital_widgets.panels.instrument import Instrument
from vital_widgets.runtime.monitor import MONITOR


class Performance(Instrument):
    """Show how long requests, messages, callbacks and tasks take; off until it is started.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> panel = vw.panels.Performance()
    """

    title: ClassVar[str] = "Performance"
    about: ClassVar[str] = "how long requests, messages, callbacks and tasks take"
    name: ClassVar[str] = "performance"

    def look(self) -> dict[str, Any]:
        """Return the table and the text for the report of a bug."""
        rows = [asdict(one) for one in MONITOR.table()]
        return {
            "on": MONITOR.on,
            "seconds": MONITOR.seconds,
            "rows": rows,
            "text": MONITOR.text() if rows else "",
        }

    def actions(self) -> dict[str, Any]:
        """Return what the buttons do."""
        return {"start": lambda _: MONITOR.start(), "stop": lambda _: MONITOR.stop()}
