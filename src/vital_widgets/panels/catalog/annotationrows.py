"""A list of annotations near the window, whose rows show their time in the viewer."""

from __future__ import annotations

import weakref
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ipywidgets as iw
import numpy as np
import traitlets

from vital_widgets.panels.statusline import Throttled
from vital_widgets.panels.view import table_html

if TYPE_CHECKING:
    from vital_widgets.widgets.viewer import Viewer

ROWS = 12


class MarkList(traitlets.HasTraits):
    """Lists the annotations of the result from the begin of the window on; mixed into a panel.

    Of any number of annotations, only the rows that are shown are made.
    """

    viewer: Viewer | None
    window: Any
    _first = 0  # of the rows that are shown
    list_buttons = MappingProxyType(
        {
            "Earlier": ("earlier_rows", "list the annotations before these"),
            "Later": ("later_rows", "list the annotations after these"),
        }
    )

    def further(self) -> list[Any]:
        """Return the list."""
        self._list = iw.HTML()
        self._list.add_class("vital-panel-numbers")
        held = weakref.ref(self)

        def make() -> None:
            panel = held()
            if panel is not None:
                panel.list_rows()

        self._soon = Throttled(make)
        return [self._list]

    def earlier_rows(self) -> str:
        """List the annotations before these."""
        self.list_rows(self._first - ROWS)
        return ""

    def later_rows(self) -> str:
        """List the annotations after these."""
        self.list_rows(self._first + ROWS)
        return ""

    def list_rows(self, first: int | None = None) -> None:
        """List annotations: from the number ``first`` on, or from the begin of the window."""
        marks = getattr(self, "result", None)
        if marks is None or not len(marks):
            self._list.value = ""
            return
        n = len(marks)
        if first is None:
            t0 = self._window()[0]
            first = int(np.searchsorted(marks.onset, t0))
        self._first = first = min(max(first, 0), max(n - ROWS, 0))
        rows, times = [("time (s)", "text", "duration (s)", "layer", "channel")], []
        for k in range(first, min(first + ROWS, n)):
            onset, lasting = float(marks.onset[k]), float(marks.duration[k])
            words = str(marks.text[k]), f"{lasting:.6g}" if lasting else ""
            rows.append((f"{onset:.2f}", *words, str(marks.layer[k]), str(marks.channel[k])))
            times.append(onset)
        label = f"annotations {first + 1:,} to {first + len(times):,} of {n:,}"
        self._list.value = f"<div>{label}</div>{table_html(rows, label, times)}"

    def _window(self) -> tuple[float, float]:
        viewer = self.viewer
        window: tuple[float, float] = self.window if viewer is None else viewer.t_range
        return window

    @traitlets.observe("result")
    def _listed(self, _: Any) -> None:
        self._soon.ask()

    def _moved(self, name: str) -> None:
        super()._moved(name)  # type: ignore[misc]
        if name == "t_range":
            self._soon.ask()

    def close(self) -> None:
        """End the list, and close the panel."""
        if hasattr(self, "_soon"):
            self._soon.close()
        super().close()  # type: ignore[misc]
