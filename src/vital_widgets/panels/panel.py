"""The base of all panels: a view of a computation that follows its parameters and its viewer."""

from __future__ import annotations

import threading
import traceback
import weakref
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets as iw
import traitlets

from vital_widgets.core.names import did_you_mean
from vital_widgets.errors import InvalidInputError, UnknownChannelError, VitalError
from vital_widgets.panels.asides import Asides
from vital_widgets.panels.channelguess import guessed_channel, guessed_channels
from vital_widgets.panels.failures import told_of
from vital_widgets.panels.following import Following, work_of
from vital_widgets.panels.frame import Frame
from vital_widgets.panels.history import History
from vital_widgets.panels.keptcalls import KeptCalls
from vital_widgets.panels.latest import Latest
from vital_widgets.panels.panelplaces import NothingToAnalyseError
from vital_widgets.panels.parameters import Parameter, check_defaults, parameter_of
from vital_widgets.panels.placed import Placed, source_of
from vital_widgets.panels.placetraits import Switch
from vital_widgets.panels.plot import Plot
from vital_widgets.panels.saving import Results
from vital_widgets.panels.script import Parts, Step, as_step, code_of
from vital_widgets.runtime.monitor import timed
from vital_widgets.widgets.lifetime import Ending

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.panelplaces import Place
    from vital_widgets.panels.view import View
    from vital_widgets.runtime.tasks import Task
    from vital_widgets.widgets.viewer import Viewer

STATES = ("empty", "computing", "done", "not enough", "cancelled", "error")


class Panel(Following, Asides, Placed, Results, Ending, iw.VBox):  # type: ignore[misc]
    """A computation beside the viewer: parameters, a plot, numbers, and the code that gives them.

    A panel of your own defines `title`, parameters (see `vital_widgets.panels.parameters`),
    `script` and `draw`. Nothing else is needed: the base computes in the background, follows the
    viewer, shows progress, partial results and errors, saves, and writes the code.

    Parameters
    ----------
    source : Viewer, Recording or path-like
        A viewer, whose window the panel follows, or a recording; a path is opened.
    where : {"window", "selection", "annotations", "whole"}
        What is analysed. The first three are computed while one moves; "whole" is a background
        task whose result grows.
    window : (float, float), optional
        Seconds from the start of the recording. Default: that of the viewer, or the first 30 s.
        A panel with a window of its own does not follow the viewer.
    selection : (float, float), optional
        Seconds; by default that of the viewer.
    texts : sequence of str
        Texts of annotations whose stretches are analysed with ``where="annotations"``.
    **parameters
        Parameters of the panel.

    Attributes
    ----------
    result : Result or None
        The frozen result that is shown, None if there is none; can be observed.
    results : dict of str to Result
        All results, of a panel that has several.
    state : str
        'empty', 'computing', 'done', 'not enough', 'cancelled' or 'error'.
    message : str
        What to do if the state is 'empty', 'not enough' or 'error'.
    share : float
        Share of the signal that the result rests on, 0 to 1.
    active : bool
        Whether it computes; a workbench sets it False while the panel is hidden behind another.
    follow : bool
        Whether window and selection are those of the viewer; can be set.
    recording : Recording
        The recording.
    viewer : Viewer or None
        The viewer.
    """

    title: ClassVar[str] = ""
    about: ClassVar[str] = ""
    long_series: ClassVar[bool] = False
    plot_height: ClassVar[int] = 280
    uses_marks: ClassVar[bool] = False
    grows: ClassVar[bool] = True  # whether a part of the signal gives a result so far
    draws_always: ClassVar[bool] = False  # also a result without enough valid signal
    quick: ClassVar[bool] = False  # what is not in `aside` takes no time, even of a whole recording

    result = traitlets.Any(None, allow_none=True)
    active = Switch(True)
    state = traitlets.Unicode("empty")
    message = traitlets.Unicode("")
    share = traitlets.Float(0.0)

    def __init__(
        self,
        source: Viewer | Recording | str | os.PathLike[str],
        *,
        window: tuple[float, float] | None = None,
        **given: Any,
    ) -> None:
        self.viewer: Viewer | None
        self.recording: Recording
        self.viewer, self.recording = source_of(source)
        self._latest = Latest()
        self._kept = KeptCalls()
        self._asides = {}
        self._drawing = threading.RLock()
        self._closed = True  # until it is complete
        self._shown: Any = None
        self._shown_by: Task[Any] | None = None
        self._shown_as = SimpleNamespace()
        self._history = History()
        self._undoing = False
        self._outdated = False
        self._stop: list[Callable[[], None]] = []
        self._failed: Exception | None = None  # of the script, which nobody expected
        self.parameters: dict[str, Parameter] = {
            name: found
            for name in _in_order(type(self))
            if (found := parameter_of(self.traits()[name])) is not None
        }
        self._check_names(given)
        super().__init__()
        try:
            check_defaults(self, self.parameters)
            self._set(window, given)
        except BaseException:
            layout = self.layout
            super().close()
            layout.close()
            raise
        self.add_class("vital-panel")
        self.plot = Plot(series=self.long_series, height=self.plot_height, recording=self.recording)
        self._frame = Frame(self)
        self.children = self._frame.children
        self._closed = False
        self._live(self._frame.actions.shown)
        self._listen()
        self.update()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.recording.name!r}, where={self.where!r})"

    # What a panel of one's own defines -----------------------------------------------------

    def script(self, place: Place, chosen: Any) -> Step | Mapping[str, Step]:
        """Return the steps that compute the result, or several results by name.

        Parameters
        ----------
        place : Place
            The part of the recording: ``place.channel(name)`` is a channel in it, and
            ``**place.usable`` passes on annotated stretches.
        chosen : namespace
            The values of the parameters: ``chosen.method``.

        Returns
        -------
        Step or mapping of str to Step
            Made by `vital_widgets.panels.call`. Of several, the first is `result`.
        """
        raise TypeError(f"{type(self).__name__} needs a method script(self, place, chosen)")

    def draw(self, result: Any, chosen: Any) -> View:
        """Return what is shown of a result; it is called on a background thread.

        Parameters
        ----------
        result : Result, or namespace of results
            What the script gave: with several steps, ``result.name`` is each of them. It contains
            enough valid signal; otherwise the panel says so and this method is not called.
        chosen : namespace
            The values of the parameters.

        Returns
        -------
        View
            Traces and layout of Plotly, a table, a sentence.
        """
        raise TypeError(f"{type(self).__name__} needs a method draw(self, result, chosen)")

    # ---------------------------------------------------------------------------------------

    def known_channel(self, name: Any) -> str:
        """Return the name of a channel of the recording, or raise."""
        if not isinstance(name, str) or name not in self.recording:
            listed = ", ".join(map(repr, self.recording))
            raise UnknownChannelError(
                f"unknown channel {name!r} in {self.recording.name!r}"
                f"{did_you_mean(name, self.recording)}; available: {listed}"
            )
        return str(name)

    def further(self) -> list[Any]:
        """Return widgets below the table, which are closed with the panel."""
        return []

    def names_for(self, parameter: str) -> list[str]:
        """Return the names of channels that a parameter may take."""
        del parameter
        return list(self.recording)

    def chosen(self) -> SimpleNamespace:
        """Return the values of all parameters."""
        return SimpleNamespace(**{name: getattr(self, name) for name in self.parameters})

    def code(self) -> str:
        """Return the shortest Python that computes the present result."""
        return code_of(as_step(self.script(self.place(), self.chosen())))

    @timed
    def update(self) -> None:
        """Compute and show the result for the present parameters."""
        if self._closed:
            return
        if not self.active:
            self._outdated = True
            return
        self._outdated = False
        chosen = self.chosen()
        self._failed = None
        try:
            whole_script = self.script(self.place(), chosen)
            code = code_of(as_step(whole_script))
            script = self._at_once(whole_script)
        except VitalError as error:
            self._latest.close()
            empty = isinstance(error, NothingToAnalyseError)
            self._tell("empty" if empty else "error", str(error))
            return
        except Exception as error:  # noqa: BLE001 - told in the panel; wait() raises it
            self._latest.close()
            told = told_of(error, type(self))
            traceback.clear_frames(error.__traceback__)  # its variables keep the panel alive
            self._failed = error
            self._tell("error", told)
            return
        self._frame.actions.code = code
        long = self.takes_long()
        work = work_of(self, script, chosen, self._kept)
        with self._drawing:  # no result of what was asked before comes between
            self._tell("computing", "")
            self._frame.outdate()
            task = self._latest.ask(work, f"{self.title} of {self.recording.name}", urgent=not long)
        self._frame.follow(task)
        panel = weakref.ref(self)

        def ended(changed: Task[Any]) -> None:
            shown = panel()
            if shown is not None and changed.ended:
                shown._task_ended(changed)

        task.listen(ended)

    def takes_long(self) -> bool:
        """Return whether the computation is long: it then waits for others, with its progress."""
        return bool(self.where == "whole" and not self.quick)

    def cancel(self) -> None:
        """Stop the computation; what was found so far stays, with the share that it rests on."""
        self._latest.cancel()
        for task in self._aside_tasks():
            task.cancel()

    def wait(self, timeout: float | None = None) -> Any:
        """Wait for the computation and return the result, or raise its error.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most; then `TimeoutError` is raised.
        """
        while True:
            task = self._latest.task
            if task is None:
                break
            if not task.wait(timeout):
                raise TimeoutError(f"{self.title}: not finished after {timeout} s")
            if task is self._latest.task:
                break
        for one in self._aside_tasks():
            if not one.wait(timeout):
                raise TimeoutError(f"{self.title}: not finished after {timeout} s")
        if task is not None and task.error is not None:
            del self  # the error, which the task keeps, refers to the variables here
            raise task.error
        if self.state == "error":
            if self._failed is not None:
                raise self._failed
            raise InvalidInputError(self.message)
        return self.result

    def undo(self) -> None:
        """Undo the last change of a parameter."""
        self._go(self._history.undo())

    def redo(self) -> None:
        """Do the last change that was undone again."""
        self._go(self._history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of a parameter to undo."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to do again."""
        return self._history.can_redo

    @property
    def results(self) -> dict[str, Any]:
        """All results by name; of a panel with one, that is ``result``."""
        if isinstance(self._shown, Parts):
            return self._shown.items()
        return {} if self._shown is None else {"result": self._shown}

    @property
    def figure(self) -> Any:
        """The Plotly figure widget."""
        return self.plot.widget

    def close(self) -> None:
        """Stop the computation and close the panel and all its widgets; the viewer stays."""
        if self.__dict__.get("_closed", True):
            super().close()
            return
        self._closed = True
        for stop in self._stop:
            stop()
        self._stop.clear()
        self._latest.close()
        self._close_asides()
        self._kept.clear()
        # First the page lets go of all parts, of which it may still be making views: it would add
        # them to a box that has ended. A page that lost only one part would draw the rest again.
        self.children = []
        super().close()
        self._frame.close()
        self.plot.close()
        self.layout.close()

    def offer_closing(self, remove: Callable[[], None]) -> None:
        """Show a button that calls ``remove()``, for what contains the panel.

        It is also called when the panel is closed.
        """
        self._frame.offer_closing(remove)
        self._stop.append(remove)

    # Inside --------------------------------------------------------------------------------

    def _check_names(self, given: Mapping[str, Any]) -> None:
        known = [*self.parameters, "where", "selection", "texts", "follow"]
        for name in given:
            if name not in known:
                raise InvalidInputError(
                    f"unknown parameter {name!r} of {self.title}{did_you_mean(name, known)}; "
                    f"available: {', '.join(map(repr, known))}"
                )

    def _set(self, window: tuple[float, float] | None, given: Mapping[str, Any]) -> None:
        """Set what was given, and what the recording suggests for the rest."""
        self._choose_channels(given)
        self._set_place(window, given)
        for name, value in given.items():
            setattr(self, name, value)

    def _choose_channels(self, given: Mapping[str, Any]) -> None:
        """Set channels that were not given to those that the recording suggests."""
        for name, parameter in self.parameters.items():
            if name in given or parameter.empty:
                continue
            if parameter.form == "channel":
                setattr(self, name, guessed_channel(self.recording, parameter.kinds))
            elif parameter.form == "channels":
                setattr(self, name, guessed_channels(self.recording, parameter.kinds))


def _in_order(panel: type[traitlets.HasTraits]) -> list[str]:
    """Return the names of traits as the classes define them, those of the bases first."""
    names = (name for base in reversed(panel.__mro__) for name in vars(base))
    known = panel.class_traits()
    return [name for name in dict.fromkeys(names) if name in known]
