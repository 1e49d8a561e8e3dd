"""Edits of beats as small tuples, which can be written as JSON and replayed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES
from vital_widgets.analysis.engine.validity import as_real
from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

ADD, MOVE, DELETE, RELABEL, NOISE = "add", "move", "delete", "relabel", "noise"
NORMAL = "N"
# What follows the action: names of the values, as keys of a dict.
VALUES = {
    ADD: ("time", "label"),
    MOVE: ("time", "to"),
    DELETE: ("time",),
    RELABEL: ("time", "label"),
    NOISE: ("time", "to"),
}
ACCEPTED = (
    "give ('add', time), ('add', time, label), ('move', time, to), ('delete', time), "
    "('relabel', time, label) or ('noise', begin, end), times in seconds, or a dict such as "
    "{'action': 'move', 'time': 1.0, 'to': 1.1}"
)


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes
    ----------
    action : {'add', 'move', 'delete', 'relabel', 'noise'}
        What is done.
    time : float
        Time in seconds of the beat, or begin of the noise.
    to : float
        New time of the beat, or end of the noise, in seconds; NaN for other actions.
    label : str
        Code of PhysioBank of an added or relabelled beat; '' for other actions.
    """

    action: str
    time: float
    to: float = math.nan
    label: str = ""

    def as_tuple(self) -> tuple[Any, ...]:
        """Return it as ``(action, time, ...)``."""
        values = [getattr(self, name) for name in VALUES[self.action]]
        if self.action == ADD and self.label == NORMAL:
            values.pop()
        return (self.action, *values)


def checked_log(edits: Any, name: str = "edits") -> list[Edit]:
    """Return the edits of a log, or raise `InvalidInputError` that names the one that is wrong."""
    if isinstance(edits, (str, bytes, Mapping)) or not isinstance(edits, Iterable):
        raise InvalidInputError(f"{name}={format_value(edits)} is not a list of edits; {ACCEPTED}")
    return [checked_edit(one, f"{name}[{k}]") for k, one in enumerate(edits)]


def checked_edit(given: Any, name: str) -> Edit:
    """Return an edit of a tuple, list or dict, or raise `InvalidInputError`."""
    if isinstance(given, Edit):
        given = given.as_tuple()

    def told() -> str:
        return f"{name}={format_value(given)}"

    values = _values(given, told)
    action = str(values["action"])
    times = {key: _seconds(values[key], key, told) for key in ("time", "to") if key in values}
    if action == NOISE and not times["time"] < times["to"]:
        raise InvalidInputError(f"{told()} ends before it begins; {ACCEPTED}")
    label = str(values.get("label", NORMAL)) if action in (ADD, RELABEL) else ""
    if label and label not in BEAT_CODES:
        raise InvalidInputError(
            f"{told()} has the label {label!r}; available: {', '.join(sorted(BEAT_CODES))}"
        )
    return Edit(action, **times, label=label)


def _values(given: Any, told: Callable[[], str]) -> dict[str, Any]:
    """Return the values of an edit by name."""
    if isinstance(given, Mapping):
        values = {str(key): value for key, value in given.items()}
    elif isinstance(given, Sequence) and not isinstance(given, str) and given:
        names = VALUES.get(given[0], ()) if isinstance(given[0], str) else ()
        if len(given) > len(names) + 1:
            raise InvalidInputError(f"{told()} is not an edit; {ACCEPTED}")
        values = {"action": given[0], **dict(zip(names, given[1:], strict=False))}
    else:
        raise InvalidInputError(f"{told()} is not an edit; {ACCEPTED}")
    action = values.get("action")
    names = VALUES.get(action, ()) if isinstance(action, str) else ()
    needed = {*names} - ({"label"} if action == ADD else set())
    if not names or not needed <= set(values) <= {*names, "action"}:
        raise InvalidInputError(f"{told()} is not an edit; {ACCEPTED}")
    return values


def _seconds(value: Any, key: str, told: Callable[[], str]) -> float:
    seconds = as_real(value)
    if not math.isfinite(seconds):
        raise InvalidInputError(
            f"{told()}: {key}={format_value(value)} is not a time in seconds; {ACCEPTED}"
        )
    return seconds


def named_in(log: str, k: int, edit: Edit) -> Callable[[], str]:
    """Return what gives the words for an edit of a log in a message."""
    return lambda: f"{log}[{k}]={edit.as_tuple()!r}"
