"""Slow parts of a panel, which are computed by themselves while the rest is already shown."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from vital_widgets.errors import VitalError
from vital_widgets.panels.computing import computed
from vital_widgets.panels.failures import told_of
from vital_widgets.panels.latest import Latest
from vital_widgets.panels.script import Parts, Step, as_step, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.frame import Frame
    from vital_widgets.runtime.tasks import Task


class Aside:
    """One slow part.

    Attributes
    ----------
    value : object
        What it is so far; None before, and after an error.
    share : float
        Share of the signal that ``value`` rests on, 0 to 1.
    error : str
        Why there is none.
    """

    def __init__(self) -> None:
        self.latest = Latest()
        self.key = ""
        self.value: Any = None
        self.share = 0.0
        self.error = ""

    def forget(self) -> None:
        """Stop, and forget what was found."""
        self.latest.close()
        self.key, self.value, self.share, self.error = "", None, 0.0, ""


class Asides(traitlets.HasTraits):
    """Computes the parts of a script that are listed in `aside`; mixed into `Panel`.

    Such a part is computed again when its code changes, not when annotations change: who scores
    epochs does not wait for a spectrogram of the night at each key. The results of the other parts
    are shown meanwhile, in which it is None.
    """

    aside: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str]
    recording: Recording
    _frame: Frame
    _latest: Latest
    _closed: bool
    _shown: Any
    _asides: dict[str, Aside]

    if TYPE_CHECKING:
        redraw: Callable[[], None]
        update: Callable[[], None]

    def _at_once(self, script: Step | Mapping[str, Step]) -> Step:
        """Return the steps that are computed at once; begin those that are computed aside."""
        if isinstance(script, Step) or not self.aside:
            return as_step(script)
        for name in self.aside:
            held = self._asides.setdefault(name, Aside())
            if name not in script:
                held.forget()
            else:
                self._begin_aside(held, script[name])
        return as_step({key: one for key, one in script.items() if key not in self.aside})

    def _begin_aside(self, held: Aside, step: Step) -> None:
        key = f"{self.recording.duration} {code_of(step)}"
        if key == held.key:
            return
        held.forget()
        held.key = key
        panel, kind = weakref.ref(self), type(self)

        def work(task: Task[Any]) -> None:
            def keep(value: Any, share: float, error: str = "") -> None:
                shown = panel()
                if shown is not None and held.latest.is_latest(task) and not shown._closed:
                    held.value, held.share, held.error = value, share, error
                    shown._show_aside()

            try:
                keep(computed(step, task, keep), 1.0)
            except VitalError as error:
                if task.cancel_requested:
                    keep(held.value, held.share, "cancelled")
                    raise
                keep(None, 0.0, str(error))
            except Exception as error:
                keep(None, 0.0, told_of(error, kind))
                raise

        task = held.latest.ask(work, f"{self.title} of {self.recording.name}", urgent=False)
        self._frame.follow(task)

    def _show_aside(self) -> None:
        """Draw again, when the other parts are there."""
        task = self._latest.task
        if task is not None:
            task.wait()
            if self._shown is not None:
                self.redraw()

    def compute_again(self, *names: str) -> None:
        """Compute slow parts again though their code is the same, such as with new annotations.

        Parameters
        ----------
        *names : str
            Of parts in `aside`; all if none is given.
        """
        for name in names or self.aside:
            if name in self._asides:
                self._asides[name].forget()
        self.update()

    def _with_asides(self, result: Any) -> Any:
        """Return results with what is known of the slow parts."""
        if not self._asides or not isinstance(result, Parts):
            return result
        return Parts({**result.items(), **{name: one.value for name, one in self._asides.items()}})

    def _aside_tasks(self) -> list[Task[Any]]:
        found = [one.latest.task for one in self._asides.values()]
        return [task for task in found if task is not None]

    def _close_asides(self) -> None:
        for one in self._asides.values():
            one.forget()
