"""The panel of the memory for caches."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from vital_widgets.core.formatting import format_size
from vital_widgets.panels.instrument import Instrument
from vital_widgets.runtime.caches import memory_use, release_caches


class Memory(Instrument):
    """Show how much of the memory for caches is used, who holds it and what was evicted.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> panel = vw.panels.Memory()
    """

    title: ClassVar[str] = "Memory"
    about: ClassVar[str] = "the memory for caches: who holds how much, what was evicted"
    name: ClassVar[str] = "memory"

    _told = ""

    def look(self) -> dict[str, Any]:
        """Return the budget and its holders."""
        use = memory_use()
        return {**asdict(use), "holders": list(map(asdict, use.holders)), "told": self._told}

    def actions(self) -> dict[str, Any]:
        """Return what the buttons do."""
        return {"release": self._release}

    def _release(self, _: object) -> None:
        self._told = f"{format_size(release_caches())} released"
