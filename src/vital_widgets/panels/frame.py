"""The widgets of a panel around its plot: title, place, parameters, numbers, state, actions."""

from __future__ import annotations

import threading
import weakref
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as iw

from vital_widgets.panels.actions import Actions
from vital_widgets.panels.closing import close_widget
from vital_widgets.panels.computing import how_much
from vital_widgets.panels.controls import Control
from vital_widgets.panels.later import call_later
from vital_widgets.panels.panelplaces import PLACES
from vital_widgets.panels.view import table_html
from vital_widgets.widgets.progress import TaskView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.panels.view import View
    from vital_widgets.runtime.tasks import Task

PATIENCE = 0.3  # s until the progress of a computation is shown
WORDS = {"computing": "computing …", "cancelled": "cancelled", "done": ""}


class Frame:
    """All widgets of a panel but its plot; it does not keep the panel alive."""

    _moments: frozenset[str] = frozenset()  # texts of marks without a duration

    def __init__(self, panel: Any) -> None:
        self._panel = weakref.ref(panel)
        me = weakref.ref(self)
        self._title = iw.HTML(f"<b>{escape(panel.title)}</b>")
        self._title.add_class("vital-panel-title")
        self._where = iw.Dropdown(
            options=list(PLACES.items()), value=panel.where, tooltip="what is analysed"
        )
        self._texts = iw.TagsInput(
            allowed_tags=[],
            allow_duplicates=False,
            tooltip="texts of annotations that have a duration: those mark the stretches",
            placeholder="texts of annotations …",
        )
        self._undo = iw.Button(icon="undo", tooltip="undo the last change of a parameter")
        self._redo = iw.Button(icon="repeat", tooltip="redo the change that was undone last")
        for button in (self._undo, self._redo):
            button.add_class("vital-panel-icon")
        self._head = iw.HBox([self._title, self._where, self._texts, self._undo, self._redo])
        self._head.add_class("vital-panel-head")
        self._controls = {
            name: Control(panel, name, parameter, self.refuse)
            for name, parameter in panel.parameters.items()
        }
        self._parameters = iw.Box([one.widget for one in self._controls.values()])
        self._parameters.add_class("vital-panel-parameters")
        self._text = iw.HTML()
        self._text.add_class("vital-panel-text")
        self._table = iw.HTML()
        self._table.add_class("vital-panel-numbers")
        self._told = iw.HTML()
        self._told.add_class("vital-panel-state")
        self._work = iw.VBox()
        owner = self._panel

        def act_on(action: str, argument: str) -> str:
            shown = owner()
            return shown._act(action, argument) if shown is not None else ""

        self.actions = Actions(
            act_on, formats=panel.formats, addable=panel.addable, stem=panel.stem
        )  # fmt: skip
        self._buttons: list[Any] = []
        if panel.buttons:
            row = iw.HBox(
                [self._button(panel, label, tip) for label, (_, tip) in panel.buttons.items()]
            )
            row.add_class("vital-panel-buttons")
            self._buttons = [row]
        self._task_view: TaskView | None = None
        self._task: Task[Any] | None = None
        self._slow: list[Task[Any]] = []  # that are long enough to be shown, and have not ended
        self._lock = threading.RLock()
        self._closed = False
        self._refused = ""
        self._outdated = False  # what is shown is of settings before the present ones
        self.children = [
            self._head, self._parameters, self._told, self._work, self._text, panel.plot.widget,
            *self._buttons, self._table, *panel.further(), self.actions,
        ]  # fmt: skip

        def act(name: str) -> Any:
            def call(_: Any) -> None:
                held = me()
                shown = held._panel() if held is not None else None
                if shown is not None:
                    getattr(shown, name)()

            return call

        def place(name: str, value: Any) -> None:
            held = me()
            shown = held._panel() if held is not None else None
            if held is not None and shown is not None:
                held._place(shown, name, value)

        self._undo.on_click(act("undo"))
        self._redo.on_click(act("redo"))
        self._where.observe(lambda change: place("where", change.new), "value")
        self._texts.observe(lambda change: place("texts", tuple(change.new)), "value")
        self.follow_parameter("where")
        self.follow_history()

    def offer_closing(self, remove: Callable[[], None]) -> None:
        """Add a button that closes the panel."""
        button = iw.Button(icon="times", tooltip="close this panel")
        button.add_class("vital-panel-icon")
        button.on_click(lambda _: remove())
        self._head.children = [*self._head.children, button]

    def _button(self, panel: Any, label: str, tip: str) -> Any:
        button = iw.Button(description=label, tooltip=tip)
        me, owner = weakref.ref(self), weakref.ref(panel)

        def pressed(_: Any) -> None:
            held, shown = me(), owner()
            if held is not None and shown is not None:
                held.actions.told = ""
                held.actions.told = shown._act(label, "")

        button.on_click(pressed)
        return button

    def refuse(self, message: str) -> None:
        """Show why a value that was entered is not taken."""
        panel = self._panel()
        self._refused = message
        if panel is not None:
            self.tell(panel.state, panel.message)

    def _place(self, panel: Any, name: str, value: Any) -> None:
        """Set where a panel works, or say why not."""
        now = tuple(self._tags(panel)) if name == "texts" else getattr(panel, name)
        if now == value:
            return
        moments = [one for one in value if one in self._moments] if name == "texts" else []
        if moments:
            self._refuse_moments(panel, moments)
        else:
            setattr(panel, name, value)

    def _refuse_moments(self, panel: Any, texts: Sequence[str]) -> None:
        """Say why texts that mark no stretch are not taken, and show those that are."""
        self._texts.value = self._tags(panel)
        lasting = [one for one in self._texts.allowed_tags if one not in self._moments]
        available = f"available: {', '.join(map(repr, lasting))}" if lasting else "there are none"
        said = ", ".join(map(repr, texts))
        self.refuse(
            f"{said} marks moments without a duration; only texts of stretches can be analysed "
            f"here; {available}; mark a stretch in the viewer with Shift + drag"
        )

    @staticmethod
    def _tags(panel: Any) -> list[str]:
        """Return the chosen texts; the empty text of annotations without one cannot be a tag."""
        return [one for one in panel.texts if one]

    def follow_parameter(self, name: str) -> None:
        """Show the present value of a parameter."""
        panel = self._panel()
        if panel is None:
            return
        if name in self._controls:
            self._refused = ""
            self._controls[name].follow()
        elif name == "where":
            self._where.value = panel.where
            annotated = panel.where == "annotations"
            self._texts.layout.display = None if annotated else "none"
            if annotated:
                marks = panel.recording.annotations.select()
                lasting = {str(one) for one in marks.text[marks.duration > 0]} | {*panel.texts}
                self._moments = frozenset(map(str, marks.text)) - lasting
                self._texts.allowed_tags = sorted((lasting | self._moments) - {""})
                self._texts.value = self._tags(panel)
        elif name == "texts":
            self._refused = ""
            if self._tags(panel) != list(self._texts.value):
                self._texts.value = self._tags(panel)
        self.follow_history()

    def follow_layers(self) -> None:
        """Offer the present layers of annotations."""
        for one in self._controls.values():
            one.follow_layers()

    def follow_history(self) -> None:
        """Enable the buttons that can do something."""
        panel = self._panel()
        if panel is not None:
            self._undo.disabled = not panel.can_undo
            self._redo.disabled = not panel.can_redo

    def outdate(self) -> None:
        """Take what is shown for a result of earlier settings: it is dimmed if the next is slow."""
        self._outdated = True

    def _dim(self) -> None:
        # A class of the panel, not of the figure: the page sends values of a figure at any time,
        # and traitlets may lose what another thread assigns meanwhile.
        panel = self._panel()
        if panel is not None:
            dimmed = self._outdated and panel.result is not None
            (panel.add_class if dimmed else panel.remove_class)("vital-panel-outdated")

    def show(self, view: View, result: Any, share: float) -> None:
        """Show the texts and numbers of a view."""
        self._outdated = False
        self._dim()
        notes = getattr(result, "notes", ())
        rest = f"so far, {how_much(share)}" if 0 < share < 1 else ""
        text = " · ".join(escape(one) for one in (view.text, rest) if one)
        noted = "".join(f"<li>{escape(note)}</li>" for note in notes)
        folded = (
            f"<details class='vital-panel-notes'><summary>{len(notes)} "
            f"{'note' if len(notes) == 1 else 'notes'}</summary><ul>{noted}</ul></details>"
            if notes
            else ""
        )
        self._text.value = text
        self._table.value = table_html(view.table, times=view.row_times) + folded

    def tell(self, state: str, message: str) -> None:
        """Show the state of the panel in words; that it computes, if it takes long."""
        if state == "computing" and not (message or self._refused):
            return  # words that come and go at once would only move what is below them
        self._tell(state, message)

    def _tell_late(self) -> None:
        panel = self._panel()
        if panel is not None:
            with panel._drawing:
                self._dim()
                if panel.state == "computing":
                    self._tell(panel.state, panel.message)

    def _tell(self, state: str, message: str) -> None:
        if state != "computing":
            self._outdated = False
            self._dim()
        if self._refused:
            state, message = "error", self._refused
        said = message or WORDS.get(state, "")
        role = "alert" if state == "error" else "status"
        self._told.value = (
            f'<div class="vital-panel-{state.replace(" ", "-")}" role="{role}">{escape(said)}</div>'
            if said
            else ""
        )

    def follow(self, task: Task[Any]) -> None:
        """Show the progress of a task if it takes long, until it ends.

        A view that comes and goes at once would be closed while the page makes it.
        """
        self._show_slow()
        me = weakref.ref(self)

        def late() -> None:
            held = me()
            if held is not None:
                held._tell_late()
                held._show_slow(task)

        def told(changed: Task[Any]) -> None:
            if changed.ended:
                timer.cancel()
                held = me()
                if held is not None:
                    held._show_slow()

        def closed() -> bool:
            held = me()
            return held is None or held._closed

        timer = call_later(PATIENCE, late, "vital-widgets-progress", closed)
        task.listen(told)

    def _show_slow(self, *more: Task[Any]) -> None:
        """Show the slow task that began last and goes on, or none.

        The view stays, as a page may still be making it.
        """
        with self._lock:
            known = () if self._closed else (*self._slow, *more)
            self._slow = [one for one in known if not one.ended and not one.cancel_requested]
            task = self._slow[-1] if self._slow else None
            if task is self._task:
                return
            self._task = task
            if task is None:
                self._work.layout.display = "none"
                return
            if self._task_view is None:
                self._task_view = TaskView(task)
                self._work.children = [self._task_view]
            else:
                self._task_view.show(task)
            self._work.layout.display = None

    def close(self) -> None:
        """Close all widgets."""
        with self._lock:
            self._closed = True
        self._show_slow()
        for widget in self.children:
            close_widget(widget)
