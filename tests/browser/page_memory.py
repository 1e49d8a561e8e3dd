"""What a page holds after all that is unused was collected: elements, listeners, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Held:
    """What a page holds.

    Attributes
    ----------
    nodes, listeners : int
        Elements and texts, and listeners of events, also of elements that are in no document.
    heap_bytes : int
        Used by scripts.
    """

    nodes: int
    listeners: int
    heap_bytes: int


class PageMemory:
    """Asks Chromium's debugger about a page.

    Parameters
    ----------
    page : playwright Page
    """

    def __init__(self, page: Any) -> None:
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def held(self) -> Held:
        """Collect what nobody uses, and return what is left."""
        # What waits for a pause of the page, such as observers, runs in between.
        for _ in range(3):
            self._session.send("HeapProfiler.collectGarbage")
            self._page.wait_for_timeout(100)
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        values = {one["name"]: int(one["value"]) for one in metrics}
        used = self._session.send("Runtime.getHeapUsage")["usedSize"]
        return Held(values["Nodes"], values["JSEventListeners"], int(used))
