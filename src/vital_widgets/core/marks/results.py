"""Results of analyses as annotations."""

from __future__ import annotations

from inspect import signature
from typing import Any

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError


def as_annotations(result: Any, channel: str, name: str) -> Annotations:
    """Return a result of an analysis as annotations, or raise `InvalidInputError`."""
    if isinstance(result, Annotations):
        if not channel:
            return result
        return Annotations(result.onset, result.text, result.duration, [channel] * len(result))
    method = getattr(result, "annotations", None)
    if isinstance(method, Annotations):  # a recording
        return method
    if callable(method):
        parameters = signature(method).parameters
        given: dict[str, Any] = {"channel": channel} if "channel" in parameters else {}
        if "text" in parameters and parameters["text"].default is parameters["text"].empty:
            given["text"] = name
        found = method(**given)
        if isinstance(found, Annotations):
            return found
    msg = (
        f"{type(result).__name__} cannot be shown as marks; give Annotations, or a result with a "
        "method annotations(), such as Beats, Breaths or Stretches"
    )
    raise InvalidInputError(msg)


def made_by(result: Any) -> tuple[str, str]:
    """Return the analysis that made a result, and the name of its channel; '' if it has none."""
    recipe = getattr(result, "recipe", None)
    if recipe is None or not getattr(recipe, "function", ""):
        return type(result).__name__.lower(), ""
    channels = [getattr(note.kept, "name", "") for note in recipe.inputs.values()]
    named = [name for name in channels if isinstance(name, str) and name]
    return recipe.function.rpartition(".")[2], named[0] if named else ""
