"""What the functions of a script returned last, so that a change of one step repeats only it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.panels.script import Step, called

PLAIN = (str, int, float, bool, type(None))


class KeptCalls:
    """Values of calls: of the same function, with the very same inputs.

    A channel of the whole recording is the same object each time, a part of it is not; so
    detectors run again where the window moved, and not where only a later step changed.
    """

    def __init__(self) -> None:
        self._calls: dict[Any, tuple[Any, Any]] = {}  # with the inputs, so that they stay alive

    def get(self, step: Step, known: Mapping[Step, Any]) -> tuple[Any] | None:
        """Return the value of a step in a tuple; None if it must be computed."""
        made = called(step, known)
        found = None if made is None else self._calls.get(_key(made))
        return None if found is None else (found[0],)

    def keep(self, known: Mapping[Step, Any]) -> None:
        """Keep the values of the calls among some steps, and no others."""
        calls = {}
        for step, value in known.items():
            made = called(step, known)
            if made is not None:
                calls[_key(made)] = (value, made)
        self._calls = calls

    def clear(self) -> None:
        """Forget all values."""
        self._calls = {}


def _key(value: Any) -> Any:
    """Return what two equal inputs have in common."""
    if isinstance(value, PLAIN):
        return type(value), value
    if isinstance(value, np.generic):
        return _key(value.item())
    if isinstance(value, Mapping):
        return "mapping", tuple((_key(k), _key(one)) for k, one in value.items())
    if isinstance(value, (tuple, list)):
        return type(value), tuple(map(_key, value))
    return "object", id(value), _state(value)


def _state(value: Any) -> Any:
    """Return what changes of an object that stays the same: a growing channel, annotations."""
    if isinstance(value, Channel):
        return value.timebase.n_samples
    parts = getattr(value, "parts", None)
    return getattr(parts, "revision", None)
