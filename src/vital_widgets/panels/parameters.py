"""Parameters of panels: traits with units, limits, choices and the source of a method.

Each function returns a trait. `Panel` makes a control of it, checks values that are set from
Python, keeps it in saved sessions and undoes its changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import traitlets

from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.panels.placetraits import Switch, Text, several_of

__all__ = [
    "bands",
    "channel",
    "channels",
    "choice",
    "layer",
    "number",
    "several",
    "switch",
    "text",
]


@dataclass(frozen=True)
class Parameter:
    """What a control shows of a parameter.

    Attributes
    ----------
    form : str
        'choice', 'several', 'number', 'whole', 'switch', 'channel', 'channels', 'layer', 'reader',
        'bands' or 'text'.
    label : str
        Beside the control.
    tip : str
        Explains it, with the source of the method.
    unit : str
        Of a number.
    low, high, step : float
        Limits of a number, both allowed; and the step of the arrow keys.
    options : mapping of str to value
        Choices by what is shown.
    kinds : tuple of str
        Kinds of signals that a channel should be of, the best first; the first channel of such a
        kind is the default.
    drawing : bool
        Whether it changes the picture only, and not what is computed.
    empty : str
        What a number that may be left out is called when it is, such as 'automatic'; '' if it may
        not.
    """

    form: str
    label: str
    tip: str = ""
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    step: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    drawing: bool = False
    empty: str = ""


def parameter_of(trait: traitlets.TraitType[Any, Any]) -> Parameter | None:
    """Return the parameter that a trait is; None for other traits."""
    found: Parameter | None = trait.metadata.get("parameter")
    return found


def check_defaults(panel: traitlets.HasTraits, names: Iterable[str]) -> None:
    """Raise where a parameter of a panel does not take its own default."""
    for name in names:
        try:
            getattr(panel, name)
        except (VitalError, traitlets.TraitError) as error:
            raise InvalidInputError(
                f"the panel {type(panel).__name__} gives its parameter {name!r} a default that it "
                f"does not take: {error}"
            ) from None


def _made(trait: Any, parameter: Parameter) -> Any:
    return trait.tag(parameter=parameter)


def choice(
    default: Any,
    options: Mapping[str, Any] | Sequence[Any],
    label: str,
    tip: str = "",
    *,
    drawing: bool = False,
) -> Any:
    """Return a parameter that is one of some values.

    Parameters
    ----------
    default : object
        One of the values.
    options : mapping of str to value, or sequence of str
        The values by what is shown.
    label, tip : str
        Beside the control, and its explanation.
    drawing : bool
        Whether it changes the picture only.
    """
    known = dict(options) if isinstance(options, Mapping) else {str(one): one for one in options}
    values = list(known.values())

    class Choice(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            if not any(type(value) is type(one) and value == one for one in values):
                listed = ", ".join(map(repr, values))
                raise InvalidInputError(f"unknown {self.name} {value!r}; available: {listed}")
            return value

    return _made(Choice(default), Parameter("choice", label, tip, options=known, drawing=drawing))


def several(
    default: Sequence[str], options: Sequence[str], label: str, tip: str = "", *,
    drawing: bool = False,
) -> Any:  # fmt: skip
    """Return a parameter that is a selection of some texts, as a tuple in their order.

    Parameters
    ----------
    default, options : sequence of str
        The texts that are selected at first, and all of them.
    label, tip : str
        Beside the control, and its explanation.
    drawing : bool
        Whether it changes the picture only.
    """
    known = tuple(options)

    class Several(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            chosen = several_of(self.name or label, value, "texts")
            for one in chosen:
                if not isinstance(one, str) or one not in known:
                    listed = ", ".join(map(repr, known))
                    raise InvalidInputError(f"unknown {self.name} {one!r}; available: {listed}")
            return tuple(one for one in known if one in chosen)

    options_shown = {one: one for one in known}
    return _made(
        Several(tuple(default)),
        Parameter("several", label, tip, options=options_shown, drawing=drawing),
    )


def number(
    default: float | None, low: float, high: float, label: str, tip: str = "", *, unit: str = "",
    step: float = 0.0, empty: str = "", whole: bool = False, drawing: bool = False,
) -> Any:  # fmt: skip
    """Return a parameter that is a number.

    Parameters
    ----------
    default : float or None
        None only with ``empty``.
    low, high : float
        Limits, both allowed.
    label, tip, unit : str
        Beside the control, its explanation, and the unit.
    step : float
        Of the arrow keys.
    empty : str
        If given, None is allowed, and is called so: 'automatic'.
    whole : bool
        Whether it is an integer.
    drawing : bool
        Whether it changes the picture only.
    """

    class Number(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            return _checked_number(self.name or label, value, parameter)

    parameter = Parameter(
        "whole" if whole else "number", label, tip, unit, low, high, step, drawing=drawing,
        empty=empty,
    )  # fmt: skip
    return _made(Number(default, allow_none=bool(empty)), parameter)


def _checked_number(name: str, value: Any, parameter: Parameter) -> Any:
    """Return a number within the limits of its parameter."""
    if value is None and parameter.empty:
        return None
    unit = f" {parameter.unit}" if parameter.unit else ""
    allowed = f"{parameter.low:g} to {parameter.high:g}{unit}"
    kind = "a whole number" if parameter.form == "whole" else "a number"
    try:
        given = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(f"{name}={value!r} is not {kind}; give {allowed}") from None
    truth = isinstance(value, (bool, np.bool_))
    if truth or (parameter.form == "whole" and not given.is_integer()):
        raise InvalidInputError(f"{name}={value!r} is not {kind}; give {allowed}")
    if not parameter.low <= given <= parameter.high:
        raise InvalidInputError(f"{name}={value!r} is out of range; give {kind}, {allowed}")
    return int(given) if parameter.form == "whole" else given


def switch(default: bool, label: str, tip: str = "", *, drawing: bool = False) -> Any:  # noqa: FBT001
    """Return a parameter that is on or off.

    Parameters
    ----------
    default : bool
        Whether it is on at first.
    label, tip : str
        Beside the control, and its explanation.
    drawing : bool
        Whether it changes the picture only.
    """
    return _made(Switch(default), Parameter("switch", label, tip, drawing=drawing))


def text(default: str, label: str, tip: str = "", *, drawing: bool = False) -> Any:
    """Return a parameter that is a text.

    Parameters
    ----------
    default : str
        The text at first.
    label, tip : str
        Beside the control, and its explanation.
    drawing : bool
        Whether it changes the picture only.
    """
    return _made(Text(default), Parameter("text", label, tip, drawing=drawing))


def channel(
    kinds: str | Sequence[str] = (), label: str = "Channel", tip: str = "", *, empty: str = ""
) -> Any:
    """Return a parameter that is the name of a channel.

    Parameters
    ----------
    kinds : str or sequence of str
        Kinds of signals such as "ECG"; the default is the first channel of the best kind, guessed
        from names, units, rates and shapes. Without kinds: the first channel that is shown.
    label, tip : str
        Beside the control, and its explanation.
    empty : str
        If given, None is allowed, and is called so: 'none'.
    """
    listed = (kinds,) if isinstance(kinds, str) else tuple(kinds)

    class ChannelName(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            none = value is None or (isinstance(value, str) and not value)
            return None if none else obj.known_channel(value)

    parameter = Parameter("channel", label, tip, kinds=listed, empty=empty)
    return _made(ChannelName(None, allow_none=True), parameter)


def layer(label: str, tip: str = "", *, empty: str) -> Any:
    """Return a parameter that is the name of a layer of annotations, or None.

    Parameters
    ----------
    label, tip : str
        Beside the control, and its explanation.
    empty : str
        What None is called: 'automatic', 'none'.
    """
    what = "a layer of annotations; give a text such as 'file'"
    return _made(_named(what, empty), Parameter("layer", label, tip, empty=empty))


def reader(label: str, tip: str = "", *, empty: str) -> Any:
    """Return a parameter that is the name of a reader of the recording's annotations, or None.

    Parameters
    ----------
    label, tip : str
        Beside the control, and its explanation.
    empty : str
        What None is called: 'all'.
    """
    what = "a reader; give a text such as 'anna'"
    return _made(_named(what, empty), Parameter("reader", label, tip, empty=empty))


def _named(what: str, empty: str) -> Any:
    """Return a trait that is a name, or None; '' is None too."""

    class Name(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            del obj
            if value is not None and not isinstance(value, str):
                raise InvalidInputError(
                    f"{self.name}={value!r} is not the name of {what}, or None for {empty!r}"
                )
            return value or None

    return Name(None, allow_none=True)


def channels(kinds: str | Sequence[str] = (), label: str = "Channels", tip: str = "") -> Any:
    """Return a parameter that is a tuple of names of channels.

    Parameters
    ----------
    kinds : str or sequence of str
        Kinds of signals such as "EEG"; the default is all channels of the first kind that there
        is. Without kinds: none.
    label, tip : str
        Beside the control, and its explanation.
    """
    listed = (kinds,) if isinstance(kinds, str) else tuple(kinds)

    class ChannelNames(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            given = several_of(self.name or label, value, "names of channels")
            return tuple(dict.fromkeys(obj.known_channel(one) for one in given))

    return _made(ChannelNames(()), Parameter("channels", label, tip, kinds=listed))


def bands(
    default: Mapping[str, tuple[float, float]] | None,
    label: str = "Bands",
    tip: str = "",
    *,
    empty: str = "",
) -> Any:
    """Return a parameter that is a dict of frequency bands, ``{"alpha": (8, 13)}`` in Hz.

    Parameters
    ----------
    default : mapping of str to (float, float), or None
        The bands at first: lowest and highest frequency in Hz by name.
    label, tip : str
        Beside the control, and its explanation.
    empty : str
        What is shown for None, such as "automatic"; '' if there must be bands.
    """

    class Bands(traitlets.TraitType[Any, Any]):
        def validate(self, obj: Any, value: Any) -> Any:
            if value is None and empty:
                return None
            return checked_bands(self.name or "bands", value)

    made = Bands(None if default is None else dict(default), allow_none=bool(empty))
    return _made(made, Parameter("bands", label, tip, unit="Hz", empty=empty))


def checked_bands(name: str, value: Any) -> dict[str, tuple[float, float]]:
    """Return bands as a dict of pairs, or raise."""
    example = f'{name}={{"alpha": (8, 13)}}'
    if not isinstance(value, Mapping) or not value:
        raise InvalidInputError(f"{name}={value!r} is not a dict of bands; give {example} in Hz")
    made = {}
    for key, pair in value.items():
        try:
            low, high = map(float, pair)
        except (TypeError, ValueError):
            raise InvalidInputError(
                f"the band {key!r} is {pair!r}; give its limits in Hz, {example}"
            ) from None
        if not 0 <= low < high < math.inf:
            raise InvalidInputError(
                f"the band {key!r} is {low:g} to {high:g} Hz; give 0 <= low < high in Hz"
            )
        made[str(key)] = (low, high)
    return made
