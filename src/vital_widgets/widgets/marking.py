"""Marking by hand in a viewer: the task, its keys, and the layer of new marks."""

from __future__ import annotations

from typing import Any

import traitlets

from vital_widgets.core.marks.editing import checked_name
from vital_widgets.errors import InvalidInputError
from vital_widgets.widgets.entries import EntriesTrait

TASKS = ("beats", "sleep", "artefacts", "own")


class Marking(traitlets.HasTraits):
    """How marks are made in a viewer."""

    marking = traitlets.Unicode(None, allow_none=True).tag(
        sync=True, view=True, accepts=f"a task; give {', '.join(map(repr, TASKS))}"
    )
    hotkeys = EntriesTrait().tag(
        sync=True, view=True, accepts='a dictionary of keys, such as {"s": "spindle"}'
    )
    marking_layer = traitlets.Unicode("").tag(sync=True, view=True)

    @traitlets.validate("marking")
    def _valid_marking(self, proposal: dict[str, Any]) -> str | None:
        value: str | None = proposal["value"]
        if value is not None and value not in TASKS:
            msg = (
                f"marking={value!r} is not a task; give {', '.join(map(repr, TASKS))}, or None to "
                "end marking"
            )
            raise InvalidInputError(msg)
        return value

    @traitlets.validate("hotkeys")
    def _valid_hotkeys(self, proposal: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = proposal["value"]
        seen: dict[str, str] = {}
        for key, text in values.items():
            if len(key) != 1 or not key.isalnum() or len(key.upper()) != 1:
                msg = (
                    f"hotkeys[{key!r}]: the key is not one letter or digit; give for example "
                    '{"s": "spindle", "1": "arousal"}'
                )
                raise InvalidInputError(msg)
            if key.upper() in seen:
                msg = (
                    f"hotkeys: {seen[key.upper()]!r} and {key!r} are the same key; capital and "
                    "small letters are not distinguished"
                )
                raise InvalidInputError(msg)
            seen[key.upper()] = key
            if not isinstance(text, str) or not text.strip() or not text.isprintable():
                msg = f"hotkeys[{key!r}]={text!r} is not what a mark says; give a text"
                raise InvalidInputError(msg)
        return values

    @traitlets.validate("marking_layer")
    def _valid_layer(self, proposal: dict[str, Any]) -> str:
        value: str = proposal["value"]
        return checked_name(value, "marking_layer") if value else ""
