"""What the lanes of a viewer show: a montage, and filters by lane or by kind of signal."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

import traitlets

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve.lanes import check_keys, lanes_of, names_with_montage
from vital_widgets.widgets.entries import EntriesTrait
from vital_widgets.widgets.lane_menu import lane_menu
from vital_widgets.widgets.progress import TaskView
from vital_widgets.widgets.view_document import ViewDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording
    from vital_widgets.montage import Montage
    from vital_widgets.runtime.tasks import Task
    from vital_widgets.serve.lanes import Lane, LaneSet
    from vital_widgets.serve.session import Session

# Other properties of a view name the lanes that these make.
SET_FIRST = ("montage", "added", "filters")


class LaneChoice(ViewDocument):
    """The montage and the filters of a viewer.

    Attributes
    ----------
    filters : dict of str to str
        Zero-phase filters of what is drawn, by name of a lane or by kind of signal:
        ``viewer.filters["ECG"] = "0.5-40 Hz"``; None removes one.
    montage : None, str or dict
        Name of a built-in montage, or one of your own: ``viewer.montage = "double banana"``.
    """

    filters = EntriesTrait().tag(sync=True, view=True)
    montage = traitlets.Any(None, allow_none=True).tag(sync=True, view=True)
    _lane_menu = traitlets.Dict().tag(sync=True)
    _progress: Any
    comm: Any

    recording: Recording

    def _begin_lanes(self, session: Session, saved: dict[str, Any]) -> None:
        """Make the lanes of a new viewer; ``saved`` holds its initial properties."""
        self._lane_lock = threading.RLock()
        self._works: dict[Task[Any], tuple[TaskView, Callable[[], None]]] = {}
        self._extra: list[Lane] = []
        self._built: dict[str, Any] = {}  # the signals of `_extra` that a view can keep
        added = saved.get("added") or {}
        if added and self.recording.task is not None:
            self.recording.task.wait()
        self._lanes = self._lanes_with(None, {})
        self._applied: tuple[Any, dict[str, str]] = (None, {})
        self._unmontaged = list(self.recording.channels)
        montage = _plain_montage(saved.get("montage"))
        if not self._is_reading():
            self._lanes = self._lanes_with(montage, {})
            if added:
                self._extra, self._built = self._restored(added), dict(added)
                self._lanes = self._lanes_with(montage, {})
            filters = self._checked_filters(saved.get("filters") or {}, {})
            self._lanes = self._lanes_with(montage, filters)
            self._applied = (montage, filters)
        saved["_lane_menu"] = lane_menu(self.recording, self._lanes)
        saved["channels"] = self._known_names(saved.get("channels"))
        session.on_lanes = self._order_of(weakref.ref(self))
        session.show(self._lanes, saved["channels"])

    @staticmethod
    def _order_of(viewer: weakref.ref[LaneChoice]) -> Callable[[dict[str, Any]], None]:
        """Return what does as the browser says."""

        def order(wanted: dict[str, Any]) -> None:
            shown = viewer()
            if shown is not None:
                shown._obey(wanted)  # noqa: SLF001

        return order

    def _obey(self, wanted: Mapping[str, Any]) -> None:
        with self._lane_lock:
            if "montage" in wanted:
                self.montage = wanted["montage"]
            if wanted.get("filters"):
                self.filters = {**self.filters, **wanted["filters"]}

    def _lanes_with(self, montage: Any, filters: Mapping[str, Any]) -> LaneSet:
        return lanes_of(self.recording, _montage(montage), filters, self._extra)

    def _shown_signals(self, session: Session) -> list[int]:
        """Return the signals that are shown; on other threads, lanes may be changing."""
        with self._lane_lock:
            return session.index_of(self.trait_values()["channels"])

    def _lane_channels(self) -> Mapping[str, Channel]:
        """Return the channels that lanes can show, by name."""
        return {lane.name: lane.channel for lane in self._lanes.lanes}

    def _default_channels(self) -> list[str]:
        """Return the lanes that are shown unless others are chosen."""
        if self._applied[0] is None:
            return list(self.recording.channels)
        return names_with_montage(list(self.recording.channels), self._lanes)

    def _set_view(self, values: Mapping[str, Any]) -> None:
        first = {name: values[name] for name in SET_FIRST if name in values}
        super()._set_view({**first, **values})

    @traitlets.validate("montage")
    def _valid_montage(self, proposal: dict[str, Any]) -> Any:
        plain = _plain_montage(proposal["value"])
        if plain is not None and not self._is_reading():
            self._lanes_with(plain, self.trait_values()["filters"])
        return plain

    @traitlets.validate("filters")
    def _valid_filters(self, proposal: dict[str, Any]) -> dict[str, str]:
        given: dict[str, Any] = proposal["value"]
        checked = self._checked_filters(given, self._applied[1])
        if not self._is_reading():
            self._lanes_with(self.trait_values()["montage"], checked)
        return checked

    def _checked_filters(
        self, given: Mapping[str, Any], known: Mapping[str, str]
    ) -> dict[str, str]:
        """Return filters as texts; new ones must name a lane or a kind that there is."""
        from vital_widgets.analysis.signal.filters.filter_text import filter_text

        if not hasattr(given, "items"):
            msg = f"filters={format_value(given)} is not a mapping; give {{'ECG': '0.5-40 Hz'}}"
            raise InvalidInputError(msg)
        texts = {name: str(filter_text(one)) for name, one in given.items() if one is not None}
        new = {name: text for name, text in texts.items() if known.get(name) != text}
        check_keys(new, self._lanes, self.recording)
        return texts

    @traitlets.observe("filters", "montage")
    def _lanes_wanted(self, _: object) -> None:
        self._relane()

    @traitlets.observe("channels")
    def _others_visible(self, _: object) -> None:
        session: Session | None = self.__dict__.get("_session")
        if session is not None and self.comm is not None:
            with self._lane_lock:
                session.show(self._lanes, self.trait_values()["channels"])
                self._show_work(session)

    def _is_reading(self) -> bool:
        task = self.recording.task
        return task is not None and not task.ended

    def _relane(self) -> None:
        """Show what the properties say, unless it is shown or the file is still being read."""
        session: Session | None = self.__dict__.get("_session")
        if session is None or self._is_reading():
            return
        with self._lane_lock:
            values = self.trait_values()
            wanted = (values["montage"], dict(values["filters"]))
            if wanted == self._applied:
                return
            lanes = self._lanes_with(*wanted)
            names = self._names_after(wanted[0], lanes)
            self._applied, self._lanes = wanted, lanes
            session.show(lanes, names)
            widget: Any = self
            with widget.hold_sync():
                self._describe()
                self._lane_menu = lane_menu(self.recording, lanes)
                self.set_trait("channels", names)
            self._show_work(session)
        if all(task.ended for task in session.signals.tasks()):
            self._picture()

    def _names_after(self, montage: Any, lanes: LaneSet) -> list[str]:
        """Return the names of the lanes to show after a change."""
        shown: list[str] = self.trait_values()["channels"]
        if montage == self._applied[0]:
            return shown
        if self._applied[0] is None:
            self._unmontaged = list(shown)
        if montage is None:
            return list(self._unmontaged)
        return names_with_montage(self._unmontaged, lanes)

    def _show_work(self, session: Session) -> None:
        """Follow new tasks, show the first one that runs, and close the views of others."""
        tasks = session.signals.tasks()
        for task in tasks:
            if task not in self._works and not task.ended:
                self._follow_work(task, TaskView(task))
        self._present_work(session)
        for task in [one for one in self._works if one not in tasks]:
            view, stop = self._works.pop(task)
            stop()
            view.close()

    def _follow_work(self, task: Task[Any], view: TaskView) -> None:
        """Keep the view of a task; the picture is renewed when it is done."""
        self._works[task] = (view, task.listen(self._when_done()))

    def _present_work(self, session: Session) -> None:
        tasks = session.signals.tasks()
        active = next((task for task in tasks if task in self._works and not task.ended), None)
        if active is not None:
            self._progress = self._works[active][0]
            return
        shown = [task for task, (view, _) in self._works.items() if view is self._progress]
        if shown and shown[0] not in tasks:
            self._progress = None

    def _when_done(self) -> Callable[[Task[Any]], None]:
        viewer = weakref.ref(self)

        def update(changed: Task[Any]) -> None:
            shown = viewer()
            if shown is None or changed.state is not TaskState.DONE:
                return
            session: Session | None = shown.__dict__.get("_session")
            if session is not None:
                shown._picture()  # noqa: SLF001
                shown._present_work(session)  # noqa: SLF001

        return update

    def _end_lanes(self) -> None:
        """Close the views of tasks."""
        works, self._works = self._works, {}
        for view, stop in works.values():
            stop()
            view.close()

    if TYPE_CHECKING:  # of the class that this one is a part of

        def _restored(self, added: Mapping[str, Any]) -> list[Lane]: ...

        def _known_names(self, names: Sequence[str] | None) -> list[str]: ...

        def _describe(self) -> None: ...

        def _picture(self) -> None: ...


def _montage(plain: Any) -> Montage | None:
    from vital_widgets.montage import montage_of

    return None if plain is None else montage_of(plain)


def _plain_montage(given: Any) -> Any:
    """Return a montage as JSON holds it: its name if it is built in, else its dictionary."""
    made = _montage(given)
    if made is None:
        return None
    return made.to_dict() if made.fixed else made.name
