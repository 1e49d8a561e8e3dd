"""Where the panels of a workbench are: side by side, or one at a time behind tabs."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import ipywidgets as iw

from vital_widgets.panels.closing import close_with_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from vital_widgets.panels.panel import Panel

BESIDE, TABS = "beside", "tabs"


class PanelArea:
    """Shows panels; those that cannot be seen do not compute.

    Parameters
    ----------
    chosen : callable
        ``chosen(panel)`` is called when a person chooses a tab.
    """

    def __init__(self, chosen: Callable[[Panel], None]) -> None:
        self._tabs = iw.HBox()
        self._tabs.add_class("vital-panel-tabs")
        self._places = iw.Box()
        self._places.add_class("vital-panel-area")
        self._buttons: dict[Panel, Any] = {}
        self._chosen = chosen
        self._opened: list[Panel] = []
        self.widget = iw.VBox([self._tabs, self._places])

    def show(self, panels: list[Panel], arrangement: str, front: Panel | None) -> None:
        """Show panels; with tabs, the one in front."""
        tabs = arrangement == TABS
        self._opened = [one for one in self._opened if one in panels]
        visible = [front] if tabs and front is not None else list(panels)
        # A plot that was never visible has no size: panels behind tabs are added when they come.
        self._opened += [one for one in visible if one not in self._opened]
        for panel in panels:
            shown = panel in visible
            panel.layout.display = None if shown else "none"
            panel.active = shown
        self._places.children = [one for one in panels if one in self._opened]
        self._show_tabs(panels if tabs else [], front)

    def _show_tabs(self, panels: list[Panel], front: Panel | None) -> None:
        kept = {panel: self._buttons.get(panel) or self._button(panel) for panel in panels}
        gone = [button for panel, button in self._buttons.items() if panel not in kept]
        self._buttons = kept
        for panel, button in kept.items():
            button.button_style = "primary" if panel is front else ""
        self._tabs.children = list(kept.values())
        self._tabs.layout.display = None if panels else "none"
        for button in gone:
            close_with_parts(button)

    def _button(self, panel: Panel) -> Any:
        button = iw.Button(description=panel.title)
        shown, chosen = weakref.ref(panel), self._chosen

        def choose(_: Any) -> None:
            one = shown()
            if one is not None:
                chosen(one)

        button.on_click(choose)
        return button

    def close(self) -> None:
        """Close the widgets of the area, from outside in; the panels are not closed."""
        for one in (self.widget, self._tabs, self._places, *self._buttons.values()):
            close_with_parts(one)
        self._buttons, self._opened = {}, []
