"""What can be done with the result of a panel: save, keep in the recording, settings, picture."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.arguments import file_path
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels.failures import told_of
from vital_widgets.panels.picture import picture_of
from vital_widgets.panels.savefiles import FORMATS, save_result
from vital_widgets.panels.still import Still, told
from vital_widgets.widgets.keptpicture import kept_by, kept_picture, with_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vital_widgets.core.recording import Recording
    from vital_widgets.panels.frame import Frame
    from vital_widgets.panels.latest import Latest
    from vital_widgets.panels.parameters import Parameter
    from vital_widgets.panels.plot import Plot
    from vital_widgets.runtime.tasks import Task

PICTURE_SECONDS = 2.0  # that the output of a cell waits for the first result
PICTURE_WIDTH = 768  # CSS pixels
PLACE = ("where", "texts", "follow")


class Results(traitlets.HasTraits):
    """Saving and restoring; mixed into `Panel`."""

    title: ClassVar[str]
    addable: ClassVar[bool] = False
    # Further buttons: what is on them, the method that is called, and a tip. The method returns a
    # sentence about what it did.
    buttons: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})
    # Endings of further files, such as "report.pdf", and the methods that write them.
    own_formats: ClassVar[Mapping[str, str]] = MappingProxyType({})
    recording: Recording
    parameters: dict[str, Parameter]
    plot: Plot
    _latest: Latest
    _outdated: bool
    _shown_by: Task[Any] | None
    _frame: Frame
    _led: bool
    model_id: str

    if TYPE_CHECKING:
        result: Any
        state: Any
        share: Any
        follow: Any
        window: Any
        selection: Any
        viewer: Any
        message: Any

        code: Callable[[], str]
        show_time: Callable[[float], None]
        takes_long: Callable[[], bool]

    @property
    def formats(self) -> list[str]:
        """Endings of the files that the result can be saved as."""
        return [*FORMATS, *self.own_formats]

    @property
    def stem(self) -> str:
        """Name of a file of the result, without its ending."""
        words = f"{self.title} {Path(self.recording.name).stem}".split()
        return "-".join(words).lower().replace("/", "-")

    def _known_result(self) -> Any:
        if self.result is None:
            raise InvalidInputError(f"{self.title} has no result yet; wait for it: panel.wait()")
        return self.result

    def _settled_result(self) -> Any:
        """Return the result if it is that of the present settings, complete or cancelled."""
        result = self._known_result()
        if self.state == "computing":
            raise InvalidInputError(
                f"{self.title} is still being computed; wait for it, or cancel to keep what was "
                "found so far"
            )
        if self._outdated or self._shown_by is not self._latest.task:
            raise InvalidInputError(
                f"{self.title} shows a result of earlier settings; let it compute again: "
                "panel.update()"
            )
        return result

    def save(self, path: str | Path) -> Path:
        """Save the result or the figure; the ending decides.

        Parameters
        ----------
        path : path-like
            ``.csv`` and ``.parquet``: the table of the result; ``.json``: the table with the
            recipe; ``.png``, ``.svg``, ``.html``: the figure, HTML with its scripts, for a
            browser without a network (with the points that the plot shows: some of those of a
            long series). A panel may have further endings: ``panel.formats``.

        Returns
        -------
        Path
            The file, written completely or not at all.
        """
        target = file_path("path", path, "result.csv")
        for form, method in self.own_formats.items():
            if target.name.lower().endswith(f".{form}"):
                self._settled_result()
                written: Path = getattr(self, method)(target)
                return written
        result = self._settled_result()
        return save_result(result, self.plot, target, self.code(), self._heading(), self.share)

    def picture(self) -> bytes:
        """Return what is shown as a PNG picture, which needs neither a browser nor a kernel."""
        view = self.plot.view
        if view is None or not view.traces:
            raise InvalidInputError(f"{self.title} shows no plot yet; wait for it: panel.wait()")
        # On a thread of its own: the parser of Matplotlib keeps errors, and so all frames that
        # called it, of which one of IPython refers to the panel.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(picture_of, view, self._heading(), self.plot.height).result()

    @property
    def still(self) -> Still:
        """What a picture shows of the panel as it stands."""
        shown = told(self.plot.view, self.state, self.message, self.share)
        return Still(self.title, shown, self.plot.height)

    @property
    def first_task(self) -> Task[Any] | None:
        """What the output of a cell waits for a moment for; None if that would take long."""
        return None if self.takes_long() else self._latest.task

    def _heading(self) -> str:
        return f"{self.title} of {self.recording.name}"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and a picture for readers that run no scripts."""
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if bundle is None:
            return bundle
        self._frame.actions.keep_with(kept_by(self, "_kept_picture"))
        task = self._latest.task
        if task is not None and not task.wait(PICTURE_SECONDS):
            return bundle
        return with_picture(bundle, self._kept_picture())

    def _kept_picture(self) -> dict[str, Any] | None:
        try:
            return kept_picture(self.model_id, self.picture(), PICTURE_WIDTH)
        except InvalidInputError:  # there is nothing to see yet; the live view says why
            return None

    def add_to_recording(self, name: str | None = None) -> str:
        """Keep the result with the recording, as annotations.

        Parameters
        ----------
        name : str, optional
            Of the layer of annotations; by default it tells what they are.

        Returns
        -------
        str
            The name of the layer.
        """
        result = self._settled_result()
        if not hasattr(result, "annotations") and not isinstance(result, Annotations):
            raise InvalidInputError(f"a result of {self.title} contains no events that can be kept")
        return self.recording.annotations.add_result(result, name)

    def _act(self, action: str, argument: str) -> str:
        """Do what a button asks for, and return what to tell."""
        try:
            return self._do(action, argument)
        except VitalError as error:
            return str(error)
        except OSError as error:
            return f"{argument!r} could not be written: {error}"
        except Exception as error:  # noqa: BLE001 - told in the panel
            return told_of(error, type(self))

    def _do(self, action: str, argument: str) -> str:
        if action == "save":
            return f"saved as {self.save(argument).resolve()}"
        if action == "show time":
            self.show_time(float(argument))
            return ""
        if action in self.buttons:
            self._led = False
            said = str(getattr(self, self.buttons[action][0])() or "")
            if self._led and self.viewer is not None:
                self.viewer.take_focus()
            return said
        return f"kept in the recording as {self.add_to_recording()!r}"

    @property
    def settings(self) -> dict[str, Any]:
        """All that is needed to show the same again, as plain values of JSON; can be set."""
        kept = {name: _plain(getattr(self, name)) for name in self.parameters}
        place = {name: _plain(getattr(self, name)) for name in PLACE}
        if not self.follow or self.viewer is None:
            place |= {name: _plain(getattr(self, name)) for name in ("window", "selection")}
        return {"panel": type(self).__name__, **place, "parameters": kept}

    @settings.setter
    def settings(self, settings: Mapping[str, Any]) -> None:
        self._take(settings)

    def _take(self, settings: Mapping[str, Any]) -> None:
        """Take settings, completely or not at all."""
        if not isinstance(settings, dict) or settings.get("panel") != type(self).__name__:
            given = settings.get("panel") if isinstance(settings, dict) else settings
            raise InvalidInputError(
                f"these are not settings of the panel {type(self).__name__} but of {given!r}"
            )
        parameters = settings.get("parameters", {})
        if not isinstance(parameters, dict):
            raise InvalidInputError(
                f"the parameters of {self.title} are {parameters!r}; give a dict by name"
            )
        for name in parameters:
            if name not in self.parameters:
                listed = ", ".join(map(repr, self.parameters))
                raise InvalidInputError(
                    f"unknown parameter {name!r} of {self.title}; available: {listed}"
                )
        places = {key: one for key, one in settings.items() if key not in ("panel", "parameters")}
        for name in places:
            if name not in (*PLACE, "window", "selection"):
                raise InvalidInputError(f"unknown setting {name!r} of the panel {self.title}")
        traits = self.traits()
        # All are checked before one is set, so that settings are taken completely or not at all.
        values = {
            name: traits[name]._validate(self, tuple(one) if isinstance(one, list) else one)
            for name, one in {**places, **parameters}.items()
        }
        with self.hold_trait_notifications():
            for name, value in values.items():
                setattr(self, name, value)


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
