"""Controls of parameters: ipywidgets that follow a trait, both ways."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import ipywidgets as iw

from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels.parameters import Parameter, checked_bands

if TYPE_CHECKING:
    from collections.abc import Callable


CHOOSE = "choose …"
ADD = "add …"
WRITTEN_BANDS = "alpha 8-13, beta 13-30"
LISTED = ("channel", "layer", "reader")  # forms whose choices depend on the recording
NOTHING = ""  # stands for None in a list, in which ipywidgets takes None for no choice at all
WIDE = "calc(50% - 8px)"


class Control:
    """A control that shows a parameter of a panel and changes it.

    Parameters
    ----------
    panel : Panel
        Whose parameter; the control does not keep it alive.
    name : str
        Of the parameter.
    parameter : Parameter
        What it is.
    refuse : callable
        ``refuse(message)`` tells why a value that was entered is not taken; '' for none.
    """

    def __init__(
        self, panel: Any, name: str, parameter: Parameter, refuse: Callable[[str], None]
    ) -> None:
        self._held = weakref.ref(panel)
        self._name, self._parameter = name, parameter
        self._refuse = refuse
        self._busy = False
        self._field = self._made()
        self.widget = iw.VBox([*self._labels(), self._field])
        self.widget.add_class("vital-panel-control")
        if parameter.form in ("several", "channels"):
            self.widget.add_class("vital-panel-wide")
        elif parameter.form == "switch":
            self.widget.add_class("vital-panel-switch")
        self._field.tooltip = parameter.tip
        self.follow()
        self._field.observe(self._entered, "value")

    @property
    def _panel(self) -> Any:
        return self._held()

    def _labels(self) -> list[Any]:
        """Return what stands above the control; a switch has its label beside it."""
        parameter = self._parameter
        if parameter.form == "switch":
            return []
        label = f"{parameter.label}, {parameter.unit}" if parameter.unit else parameter.label
        made = iw.Label(label, tooltip=parameter.tip)
        made.add_class("vital-panel-label")
        return [made]

    def _made(self) -> Any:
        parameter = self._parameter
        form = parameter.form
        if form in ("choice", *LISTED):
            options = [(label, _of_list(one)) for label, one in parameter.options.items()]
            return iw.Dropdown(options=options if form == "choice" else self._names())
        if form in ("several", "channels"):
            tags = list(parameter.options if form == "several" else self._panel.recording)
            return iw.TagsInput(
                allowed_tags=tags, allow_duplicates=False, placeholder=parameter.empty or ADD
            )
        if form == "switch":
            return iw.Checkbox(description=parameter.label, indent=False)
        if form in ("number", "whole") and not parameter.empty:
            kind = iw.BoundedIntText if form == "whole" else iw.BoundedFloatText
            step = parameter.step or (1 if form == "whole" else 0.1)
            return kind(min=parameter.low, max=parameter.high, step=step)
        written = WRITTEN_BANDS if form == "bands" else ""
        placeholder = "" if form == "text" else parameter.empty or written
        return iw.Text(continuous_update=False, placeholder=placeholder)

    def _names(self) -> list[tuple[str, str]]:
        listed = self._panel.names_for(self._name)
        if self._parameter.form in ("layer", "reader"):
            present = getattr(self._panel, self._name)
            layers = self._panel.recording.annotations.layers
            known = [one.name if self._parameter.form == "layer" else one.reader for one in layers]
            listed = [one for one in dict.fromkeys([*known, present]) if one]
        names = [(one, one) for one in listed]
        empty = self._parameter.empty
        if not empty and not getattr(self._panel, self._name):  # none was found, or was chosen
            empty = CHOOSE
        return [(empty, NOTHING), *names] if empty else names

    def follow(self) -> None:
        """Show the present value of the parameter."""
        self._offer()
        value = getattr(self._panel, self._name)
        form = self._parameter.form
        shown: Any = value
        if form == "bands":
            shown = ", ".join(f"{key} {a:g}-{b:g}" for key, (a, b) in (value or {}).items())
        elif form in ("channels", "several"):
            shown = list(value)
        elif isinstance(self._field, iw.Dropdown):
            shown = _of_list(value)
        elif isinstance(self._field, iw.Text):
            shown = "" if value is None else f"{value:.12g}" if form == "number" else str(value)
        self._busy = True
        try:
            self._field.value = shown
        finally:
            self._busy = False

    def _entered(self, change: Any) -> None:
        if self._busy or self._panel is None:
            return
        try:
            setattr(self._panel, self._name, self._read(change.new))
        except VitalError as error:
            self._refuse(str(error))
        else:
            self._refuse("")

    def _read(self, value: Any) -> Any:
        form = self._parameter.form
        if isinstance(self._field, iw.Dropdown) and value == NOTHING:
            return None
        if form == "bands":
            if self._parameter.empty and not value.strip():
                return None
            return bands_of(self._name, value)
        if form in ("number", "whole") and isinstance(value, str):
            return value.strip().replace(",", ".") or None
        return value

    def follow_layers(self) -> None:
        """Offer the present layers of annotations or readers, if the parameter is one of them."""
        if self._parameter.form in ("layer", "reader"):
            self.follow()

    def _offer(self) -> None:
        """Offer what there is to choose now."""
        if self._parameter.form not in LISTED:
            return
        names = self._names()
        if [tuple(one) for one in self._field.options] != names:
            self._busy = True
            try:
                self._field.options = names
            finally:
                self._busy = False


def _of_list(value: Any) -> Any:
    return NOTHING if value is None else value


def bands_of(name: str, text: str) -> dict[str, tuple[float, float]]:
    """Return the bands that a text such as ``"alpha 8-13, beta 13-30"`` says, in Hz."""
    found: dict[str, Any] = {}
    for k, part in enumerate(text.replace(";", ",").split(",")):
        words = part.replace("Hz", "").strip().rsplit(None, 1)
        if not words:
            continue
        label = words[0] if len(words) > 1 else f"band {k + 1}"
        limits = words[-1].replace("\u2013", "-").split("-")
        if len(limits) != 2:  # noqa: PLR2004 - low and high
            raise InvalidInputError(
                f"{part.strip()!r} is no band; write a name and two limits in Hz: {WRITTEN_BANDS}"
            )
        found[label] = tuple(limits)
    if not found:
        raise InvalidInputError(f"no band is given; write some in Hz: {WRITTEN_BANDS}")
    return checked_bands(name, found)
