"""What a panel does when its parameters, its viewer or its computation change."""

from __future__ import annotations

import traceback
import weakref
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from vital_widgets.errors import VitalError
from vital_widgets.panels.computing import computed, how_much
from vital_widgets.panels.failures import told_of
from vital_widgets.panels.script import Parts, Step
from vital_widgets.panels.timemark import hub_of
from vital_widgets.panels.view import EMPTY, View
from vital_widgets.runtime.monitor import timed
from vital_widgets.runtime.tasks import Task, TaskState

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.frame import Frame
    from vital_widgets.panels.history import History
    from vital_widgets.panels.keptcalls import KeptCalls
    from vital_widgets.panels.latest import Latest
    from vital_widgets.panels.parameters import Parameter
    from vital_widgets.panels.plot import Plot
    from vital_widgets.widgets.viewer import Viewer

PLACE = ("where", "window", "selection", "texts", "follow")


class Following(traitlets.HasTraits):
    """Listens, and shows what was computed; mixed into `Panel`."""

    _turn = traitlets.Int(0)  # grows when the panel looks different

    viewer: Viewer | None
    recording: Recording
    parameters: dict[str, Parameter]
    plot: Plot
    uses_marks: ClassVar[bool]
    grows: ClassVar[bool]
    draws_always: ClassVar[bool]
    _frame: Frame
    _history: History
    _latest: Latest
    _drawing: threading.RLock
    _asides: dict[str, Any]
    _stop: list[Callable[[], None]]
    _closed: bool
    _undoing: bool
    _outdated: bool
    _marks_followed = False
    _shown: Any
    _shown_by: Task[Any] | None
    _shown_as: SimpleNamespace

    if TYPE_CHECKING:
        where: Any
        follow: Any
        result: Any
        state: Any
        message: Any
        share: Any

        update: Callable[[], None]
        draw: Callable[[Any, Any], View]
        _with_asides: Callable[[Any], Any]
        goto: Callable[[float], None]

    def _listen(self) -> None:
        """Follow parameters, viewer and annotations until the panel is closed.

        Nothing that is followed keeps the panel alive.
        """
        panel = weakref.ref(self)
        # Listeners to its own traits end with the panel.

        def changed(change: Any) -> None:
            shown = panel()
            if shown is not None and not shown._closed:
                shown._changed(change)

        self.observe(changed, [*self.parameters, *PLACE])
        viewer = self.viewer
        if viewer is not None:

            def moved(change: Any) -> None:
                shown = panel()
                if shown is not None:
                    shown._moved(change.name)

            viewer.observe(moved, ["t_range", "selection"])
            self._stop.append(lambda: viewer.unobserve(moved, ["t_range", "selection"]))

        def seen(change: Any) -> None:
            shown = panel()
            if shown is not None and change.new and shown._outdated:
                shown.update()

        self.observe(seen, "active")
        self._follow_marks()
        hub = hub_of(self.viewer if self.viewer is not None else self.recording)
        self._stop.append(hub.join(self))
        self.plot.on_hover(hub.mark)

        def clicked(time: float) -> None:
            shown = panel()
            if shown is not None:
                shown.goto(time)

        self.plot.on_click(clicked)

    def _follow_marks(self) -> None:
        """Compute again when annotations change, from when on the panel depends on them."""
        if self._marks_followed or not (self.where == "annotations" or self.uses_marks):
            return
        self._marks_followed = True
        panel = weakref.ref(self)

        def marked() -> None:
            shown = panel()
            if shown is not None and (shown.where == "annotations" or shown.uses_marks):
                shown._frame.follow_parameter("where")  # texts that can be chosen
                shown._frame.follow_layers()
                shown.update()

        self._stop.append(self.recording.annotations.parts.listen(marked))

    def _changed(self, change: Any) -> None:
        if not self._undoing:
            self._history.note(change.name, change.old, change.new)
        if change.name == "where":
            self._follow_marks()
        self._frame.follow_parameter(change.name)
        parameter = self.parameters.get(change.name)
        if parameter is not None and parameter.drawing:
            self.redraw()
        elif change.name not in ("window", "selection") or not (self.follow and self.viewer):
            self.update()

    def _moved(self, name: str) -> None:
        needed = {"t_range": "window", "selection": "selection"}[name]
        if self.follow and self.where == needed:
            self.update()

    def _go(self, change: tuple[str, Any] | None) -> None:
        if change is None:
            return
        self._undoing = True
        try:
            setattr(self, *change)
        finally:
            self._undoing = False
        self._frame.follow_history()

    def mark_time(self, time: float | None) -> None:
        """Show a line at a time of the recording in plots over time; None removes it."""
        with self._drawing:
            if not self._closed:
                self.plot.mark_time(time)

    @timed
    def _publish(self, task: Task[Any], result: Any, chosen: SimpleNamespace, share: float) -> None:
        """Show a result, unless something else was asked meanwhile."""
        # Of several slow parts that end at once, the last one must be drawn with all of them.
        with self._drawing if self._asides else nullcontext():
            self._draw_result(result, chosen, share, task)

    def redraw(self) -> None:
        """Draw the present result again, after a change of a parameter of the picture."""
        with self._drawing if self._asides else nullcontext():
            result, task = self._shown, self._latest.task
            if result is not None:
                self._draw_result(result, self._shown_as, self.share)
            elif task is None or task.ended:
                self.update()
            # Else it is drawn as soon as it is computed.

    def _draw_result(
        self, result: Any, chosen: SimpleNamespace, share: float, task: Task[Any] | None = None
    ) -> None:
        """Draw what a task found, while it is the latest; without a task, what is shown."""
        shown = self._with_asides(result)
        main = shown.main if isinstance(shown, Parts) else shown
        enough = getattr(main, "enough", True)
        while True:
            look = self._as_drawn(chosen)
            view = self.draw(shown, look) if enough or self.draws_always else EMPTY
            if not isinstance(view, View):
                raise TypeError(
                    f"{type(self).__name__}.draw returned {type(view).__name__}; return a View"
                )
            with self._drawing:
                valid = self._shown is result if task is None else self._latest.is_latest(task)
                if self._closed or not valid:
                    return
                if look != self._as_drawn(chosen):  # the picture was changed meanwhile
                    continue
                # The plot last: the page then draws it and the numbers in the same frame.
                self._frame.show(view, main, share)
                self.plot.show(view)
                self._shown, self._shown_as = shown, chosen
                self.share = share
                self.result = main
                self._tell_turn()
                if task is not None:
                    self._shown_by = task
                    self._tell_found(main, share)
                return

    def _as_drawn(self, chosen: SimpleNamespace) -> SimpleNamespace:
        """Return the parameters of a computation, with the present ones of the picture."""
        drawing = [name for name, one in self.parameters.items() if one.drawing]
        return SimpleNamespace(**vars(chosen) | {name: getattr(self, name) for name in drawing})

    def _tell_found(self, main: Any, share: float) -> None:
        if share < 1:  # it may be enough later
            return
        if getattr(main, "enough", True):
            self._set_state("done", "")
        else:
            why = next((n for n in main.notes if n.startswith("not enough")), "")
            self._set_state("not enough", why)

    def _tell(self, state: str, message: str, task: Task[Any] | None = None) -> None:
        """Show a state; results of something else are removed where there is nothing to show."""
        with self._drawing:
            if self._closed or (task is not None and not self._latest.is_latest(task)):
                return
            if state in ("empty", "error"):
                self._shown = self.result = None
                self.share = 0.0
                self.plot.show(EMPTY)
                self._frame.show(EMPTY, None, 0.0)
            self._set_state(state, message)

    def _set_state(self, state: str, message: str) -> None:
        self.message = message
        self.state = state
        self._frame.tell(state, message)
        self._tell_turn()

    def _tell_turn(self) -> None:
        """Tell those who keep a picture that the panel looks different."""
        self._turn += 1
        self._frame.actions.changed()

    def _task_ended(self, task: Task[Any]) -> None:
        """Show how a task ended that did not say so itself."""
        if task.state is TaskState.CANCELLED and self.state == "computing":
            rest = f"; shown is {self._what_is_shown(task)}" if self.result is not None else ""
            self._tell_kept("cancelled", f"cancelled{rest}", task)
        elif task.state is TaskState.FAILED and task.error is not None:
            error = task.error
            unexpected = isinstance(error, Exception) and not isinstance(error, VitalError)
            told = told_of(error, type(self)) if unexpected else str(error)  # type: ignore[arg-type]
            # The variables in its traceback would keep the panel alive.
            traceback.clear_frames(error.__traceback__)
            self._tell("error", told, task)

    def _what_is_shown(self, task: Task[Any]) -> str:
        if self._shown_by is not task:
            return "an earlier result"
        return f"the result {how_much(self.share)}"

    def _tell_kept(self, state: str, message: str, task: Task[Any]) -> None:
        with self._drawing:
            if not self._closed and self._latest.is_latest(task):
                self._set_state(state, message)


def work_of(
    panel: Following, script: Step, chosen: SimpleNamespace, kept: KeptCalls
) -> Callable[[Task[Any]], None]:
    """Return the work of a task that computes and shows; it does not keep the panel alive."""
    reference, grows = weakref.ref(panel), panel.grows

    def work(task: Task[Any]) -> None:
        def publish(result: Any, share: float) -> None:
            shown = reference()
            if shown is not None:
                shown._publish(task, result, chosen, share)

        try:
            publish(computed(script, task, publish if grows else None, kept), 1.0)
        except VitalError as error:
            shown = reference()
            if task.cancel_requested:
                raise
            if shown is not None:
                shown._tell("error", str(error), task)

    return work
