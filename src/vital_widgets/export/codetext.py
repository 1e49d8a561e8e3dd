"""Python code that shows a view again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINE = 100


def view_code(path: Path | None, name: str, view: Mapping[str, Any]) -> str:
    """Return the code that opens a recording and shows a view.

    Parameters
    ----------
    path : Path or None
        The file of the recording. None if it has none: then the code starts from a variable
        ``recording``.
    name : str
        Name of the recording.
    view : mapping
        Properties of the view that are not the default ones.
    """
    lines = ["import vital_widgets as vw", ""]
    if path is None:
        lines.append(f"# `recording` is {name!r}, which was made in memory.")
    else:
        lines.append(f"recording = vw.open({str(path)!r})")
    lines.append(_call("viewer = vw.Viewer", "recording", view))
    return "\n".join([*lines, "viewer"]) + "\n"


def _call(function: str, first: str, arguments: Mapping[str, Any]) -> str:
    """Return a call on one line if it fits, else with one argument on each line."""
    parts = [first, *(f"{name}={_text(value)}" for name, value in arguments.items())]
    line = f"{function}({', '.join(parts)})"
    if len(line) <= LINE:
        return line
    return "\n".join([f"{function}(", *(f"    {part}," for part in parts), ")"])


def _text(value: Any) -> str:
    """Return a value as Python code."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, dict):
        inside = ", ".join(f"{_text(key)}: {_text(one)}" for key, one in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
