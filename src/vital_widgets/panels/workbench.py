"""The workbench: a viewer, panels, the tasks and the memory of the kernel in one layout."""

from __future__ import annotations

import json
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import ipywidgets as iw
import traitlets

from vital_widgets.core.arguments import file_path
from vital_widgets.errors import (
    InvalidInputError,
    MissingLibraryError,
    UnknownChannelError,
    VitalError,
)
from vital_widgets.panels.benchdocument import (
    NO_CLASSES,
    VERSION,
    check,
    name_of,
    read_settings,
    recording_of,
)
from vital_widgets.panels.benchstill import BenchStill
from vital_widgets.panels.closing import close_with_parts
from vital_widgets.panels.failures import told_of
from vital_widgets.panels.givenpanels import Front, class_of, given_panels
from vital_widgets.panels.panelarea import BESIDE, TABS, PanelArea
from vital_widgets.panels.placed import source_of
from vital_widgets.panels.registry import available, panel_class
from vital_widgets.panels.statusline import StatusLine
from vital_widgets.runtime.wholefile import write_whole
from vital_widgets.widgets.lifetime import Ending
from vital_widgets.widgets.presence import Presence
from vital_widgets.widgets.viewer import Viewer

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.panel import Panel

DEFAULT = ("Spectrum", "Statistics")


class Arrangement(traitlets.TraitType[Any, Any]):
    """How panels are arranged."""

    def validate(self, obj: Any, value: Any) -> str:
        """Return the arrangement, or raise."""
        del obj
        if not isinstance(value, str) or value not in (BESIDE, TABS):
            raise InvalidInputError(
                f"unknown {self.name} {value!r}; available: '{BESIDE}', '{TABS}'"
            )
        return str(value)


class Workbench(BenchStill, Ending, iw.VBox):  # type: ignore[misc]
    """Look at a recording and analyse it: the viewer with panels beside each other or in tabs.

    Parameters
    ----------
    source : Recording, Viewer or path-like
        A recording; a path is opened. A viewer that is given stays open when the workbench is
        closed.
    panels : sequence of str
        Names of the first panels, see `vital_widgets.panels.available`. Default: spectrum and
        statistics.
    arrangement : {"beside", "tabs"}
        Whether all panels are visible, as many side by side as there is room, or one at a time.
        Panels that are not visible do not compute.
    **view
        Of the viewer: ``channels=``, ``t_range=``, ``height=``.

    Attributes
    ----------
    viewer : Viewer
        The viewer.
    recording : Recording
        The recording.
    panels : list of Panel
        The panels, in their order.
    arrangement : str
        "beside" or "tabs"; can be set.
    front : Panel or None
        The panel in front, with tabs; can be set.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> bench = vw.Workbench(vw.sample(60), panels=["Spectrum"])
    >>> bench.add("Statistics").title
    'Statistics'
    >>> bench.close()
    """

    arrangement = Arrangement(BESIDE)
    front = Front(None, allow_none=True)

    def __init__(
        self,
        source: Recording | Viewer | str | os.PathLike[str],
        panels: Sequence[str | Mapping[str, Any]] = DEFAULT,
        *,
        arrangement: str = BESIDE,
        **view: Any,
    ) -> None:
        self._closed = True  # until it is complete
        first = given_panels(panels)
        self._own = not isinstance(source, Viewer)
        if isinstance(source, Viewer) and view:
            raise InvalidInputError(
                f"{next(iter(view))!r} belongs to the viewer; set it on the viewer that is given"
            )
        self.viewer = source if isinstance(source, Viewer) else Viewer(source, **view)
        _, self.recording = source_of(self.viewer)
        self.panels: list[Panel] = []
        try:
            super().__init__(arrangement=arrangement)
        except BaseException:
            if self._own:
                self.viewer.close()
            raise
        self.add_class("vital-workbench")
        bench = weakref.ref(self)

        def choose(panel: Panel) -> None:
            held = bench()
            if held is not None:
                held.front = panel

        self._area = PanelArea(choose)
        self._status = StatusLine()
        self._bar = self._made_bar()
        self._told = iw.HTML()
        self._presence = Presence()
        self.children = [
            self.viewer, self._bar, self._told, self._area.widget, self._presence,
        ]  # fmt: skip
        self._closed = False
        self._unfollow = self._follow_picture()
        self._live(self._presence.shown)
        try:
            for one in first:
                self._restore_panel(one)
        except BaseException:
            self.close()
            raise

    # Panels --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        names = [type(one).__name__ for one in self.panels]
        return f"Workbench({self.recording.name!r}, panels={names})"

    def add(self, panel: str | type[Panel], **parameters: Any) -> Panel:
        """Add a panel and return it.

        Parameters
        ----------
        panel : str or class
            Name of a panel, such as "HRV", or a class of your own.
        **parameters
            Parameters of the panel.
        """
        if self._closed:
            raise InvalidInputError("this workbench is closed; make a new one")
        kind = class_of(panel)
        if "source" in parameters:
            raise InvalidInputError(
                "the panels of a workbench work on its recording; leave source out, or make a "
                f"panel of its own: vw.panels.{kind.__name__}(source)"
            )
        made: Panel = kind(self.viewer, **parameters)
        bench, shown = weakref.ref(self), weakref.ref(made)

        def remove() -> None:
            held, one = bench(), shown()
            if held is not None and one is not None and one in held.panels:
                held.remove(one)

        made.offer_closing(remove)
        if made.has_trait("_turn"):
            made.observe(self._tell_change(), "_turn")
        self.panels.append(made)
        self.front = made
        self._show()
        return made

    def remove(self, panel: Panel) -> None:
        """Close a panel and take it away."""
        if panel not in self.panels:
            what = getattr(panel, "title", None) or panel
            raise InvalidInputError(f"{what!r} is not a panel of this workbench")
        place = self.panels.index(panel)
        self.panels.remove(panel)
        if self.front is panel:
            self.front = self.panels[min(place, len(self.panels) - 1)] if self.panels else None
        self._show()
        panel.close()

    # Documents -----------------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """The view and all panels as plain values of JSON; can be set."""
        front = self.panels.index(self.front) if self.front in self.panels else None
        return {
            "workbench": VERSION,
            "recording": str(Path(self.recording.path).absolute()) if self.recording.path else "",
            "view": self.viewer.view,
            "arrangement": self.arrangement,
            "front": front,
            "panels": [one.settings for one in self.panels],
        }

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        self._restore(settings, self._own_classes())

    def _own_classes(self) -> dict[str, Any]:
        """Return the classes of the present panels by name: some may not be registered."""
        return {type(one).__name__: type(one) for one in self.panels}

    def _restore(self, settings: Mapping[str, Any], classes: Mapping[str, Any]) -> None:
        check(settings, classes)
        before, view = list(self.panels), self.viewer.view
        arrangement = settings.get("arrangement", BESIDE)
        try:
            self.viewer.view = settings["view"]
            for one in settings["panels"]:
                self._restore_panel(one, classes)
        except BaseException:
            for panel in self.panels[len(before) :]:
                self.remove(panel)
            self.viewer.view = view
            raise
        for panel in before:
            self.remove(panel)
        self.arrangement = arrangement
        front = settings.get("front")
        if isinstance(front, int) and 0 <= front < len(self.panels):
            self.front = self.panels[front]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save the view and all panels as a small JSON file; results are not in it."""
        target = file_path("path", path, "session.json")
        write_whole(target, json.dumps(self.settings, indent=1).encode())
        return target

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        source: Recording | str | os.PathLike[str] | None = None,
        *,
        panels: Sequence[type[Panel]] = (),
    ) -> Self:
        """Return a saved workbench.

        Parameters
        ----------
        path : path-like
            A file that `save` wrote.
        source : Recording or path-like, optional
            The recording; by default the file that it was saved with, which may have been moved
            into the folder of ``path``. It needs the channels that the workbench shows.
        panels : sequence of classes
            Panels of your own in the workbench that no package registers.
        """
        file = file_path("path", path, "session.json")
        classes = {one.__name__: one for one in panels}
        settings = read_settings(file, classes)
        bench = cls(source if source is not None else recording_of(settings, file), panels=())
        try:
            bench._restore(settings, classes)
        except UnknownChannelError as error:
            bench.close()
            raise UnknownChannelError(
                f"{str(path)!r} was saved with other channels: {error}. Give the recording that "
                "it was saved with, or replace the names in the file"
            ) from error
        except BaseException:
            bench.close()
            raise
        return bench

    def open_tab(self, title: str | None = None) -> Any:
        """Show the workbench in a tab of its own in JupyterLab; return its `sidecar.Sidecar`.

        Parameters
        ----------
        title : str, optional
            Of the tab; the name of the recording by default.
        """
        try:
            from sidecar import Sidecar
        except ImportError as error:
            raise MissingLibraryError(
                "a tab of its own needs the package sidecar; run pip install sidecar and load "
                "the page of JupyterLab again"
            ) from error
        from IPython.display import display

        tab = Sidecar(title=title or self.recording.name, anchor="tab-after")
        with tab:
            display(self)  # type: ignore[no-untyped-call]
        return tab

    def close(self) -> None:
        """Close the panels, and the viewer unless it was given; the recording stays open."""
        if self.__dict__.get("_closed", True):
            super().close()
            return
        self._closed = True
        self._unfollow()
        # From outside in: a page that lost a part would draw the rest again.
        super().close()
        self._area.close()
        panels, self.panels = self.panels, []
        for panel in panels:
            panel.close()
        self.front = None
        self._status.close()
        self._presence.close()
        for one in (self._bar, *self._bar.children, self._told):
            close_with_parts(one)
        self.layout.close()
        self.children = []
        if self._own:
            self.viewer.close()

    # Inside --------------------------------------------------------------------------------

    @traitlets.observe("arrangement", "front")
    def _show(self, _: Any = None) -> None:
        if not self._closed:
            self._area.show(self.panels, self.arrangement, self.front)
            self._arranged.value = self.arrangement
            self._presence.changed()

    def _restore_panel(
        self, one: str | type[Panel] | Mapping[str, Any], classes: Mapping[str, Any] = NO_CLASSES
    ) -> None:
        name = one if isinstance(one, type) else name_of(one)
        panel = self.add(name if isinstance(name, type) else classes.get(name, name))
        if not isinstance(one, (str, type)):
            panel.settings = dict(one)

    def _made_bar(self) -> Any:
        bench = weakref.ref(self)
        chooser = iw.Dropdown(options=[("Add a panel …", ""), *((n, n) for n in available())])
        self._arranged = iw.ToggleButtons(
            options=[("Side by side", BESIDE), ("Tabs", TABS)], value=self.arrangement
        )
        self._arranged.add_class("vital-workbench-arranged")

        def add(change: Any) -> None:
            held = bench()
            if held is None or not change.new:
                return
            chooser.value = ""
            try:
                held.add(change.new)
            except VitalError as error:
                held.tell(str(error))
            except Exception as error:  # noqa: BLE001 - told in the workbench
                held.tell(told_of(error, panel_class(change.new)))
            else:
                held.tell("")

        def arrange(change: Any) -> None:
            held = bench()
            if held is not None:
                held.arrangement = change.new

        chooser.observe(add, "value")
        self._arranged.observe(arrange, "value")
        bar = iw.HBox([chooser, self._arranged, self._status.widget])
        bar.add_class("vital-workbench-bar")
        return bar

    def tell(self, message: str) -> None:
        """Show a sentence above the panels; '' removes it."""
        from html import escape

        self._told.value = (
            f'<div class="vital-panel-error" role="alert">{escape(message)}</div>'
            if message
            else ""
        )
