"""Plain values as Python source text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def written(value: Any, write: Callable[[Any], str]) -> str:  # noqa: PLR0911 - one a type
    """Return a plain value as Python writes it."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{written(k, write)}: {write(one)}" for k, one in value.items())
        return f"{{{inside}}}"
    if isinstance(value, tuple):
        inside = ", ".join(map(write, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(map(write, value))}]"
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r})"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, Path):
        value = str(value)
    if isinstance(value, str):
        return _quoted(value)
    return repr(value)


def _quoted(text: str) -> str:
    """Return a string literal with double quotes where that needs no more escapes."""
    plain = repr(text)
    inside = plain[1:-1]
    return f'"{inside}"' if plain[0] == "'" and '"' not in inside else plain
