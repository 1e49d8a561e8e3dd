"""Closing ipywidgets together with the widgets that belong to them."""

from __future__ import annotations

from typing import Any


def close_widget(widget: Any) -> None:
    """Close a widget with its layout, its style and all widgets in it, from outside in."""
    children = getattr(widget, "children", ())
    close_with_parts(widget)
    for child in children:
        close_widget(child)


def close_with_parts(widget: Any) -> None:
    """Close a widget, then its layout and style; what it contains stays."""
    parts = [getattr(widget, name, None) for name in ("layout", "style")]
    widget.close()
    for part in parts:
        if part is not None and hasattr(part, "close"):
            part.close()
