"""Panels: analysis by hand beside the viewer, and by the code that each panel writes.

`vital_widgets.panels.Spectrum(recording_or_viewer)` shows a panel. Panels of other packages are
found by their entry point ``vital_widgets.panels``, see `docs/panels.md`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vital_widgets.core.names import did_you_mean
from vital_widgets.panels.registry import CATALOG, available, panel_class

# What panels of one's own are made of, and its module; "" for the module itself.
BASE = {"Panel": "panel", "View": "view", "call": "script", "parameters": ""}

__all__ = ["CATALOG", "Panel", "View", "available", "call", "panel_class", "parameters"]


def __getattr__(name: str) -> Any:
    if name in BASE:
        module = import_module(f"{__name__}.{BASE[name] or name}")
        return getattr(module, name) if BASE[name] else module
    if name.startswith("_") or name not in available():
        listed = available()
        meant = "" if name.startswith("_") else did_you_mean(name, listed)
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}{meant}; panels: {', '.join(listed)}"
        )
    return panel_class(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *BASE, *available()})
