"""What a workbench can be given as panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import traitlets

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.benchdocument import name_of
from vital_widgets.panels.registry import checked_class, panel_class


class Front(traitlets.TraitType[Any, Any]):
    """A panel of the workbench, or None."""

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the panel, or raise."""
        if value is not None and not any(value is one for one in obj.panels):
            listed = ", ".join(f"panels[{k}] ({one.title})" for k, one in enumerate(obj.panels))
            what = getattr(value, "title", None) or value
            raise InvalidInputError(
                f"{self.name}={what!r} is not a panel of this workbench; its panels are: "
                f"{listed or 'none; add one'}"
            )
        return value


def given_panels(panels: Any) -> list[Any]:
    """Return names, settings or classes of panels as a list, or raise."""
    if isinstance(panels, (str, type, Mapping)):
        panels = [panels]
    if not isinstance(panels, Iterable):
        raise InvalidInputError(
            f'panels={panels!r} is no list of panels; give names, such as ["Spectrum", "HRV"]'
        )
    listed = list(panels)
    for one in listed:
        class_of(one)  # unknown names are refused before anything is made
    return listed


def class_of(panel: Any) -> Any:
    """Return the class of a panel that is given by name, by its settings, or as a class."""
    if isinstance(panel, type):
        return checked_class(panel)
    if hasattr(panel, "comm"):
        raise InvalidInputError(
            f"{type(panel).__name__} object is neither the name of a panel nor its settings, nor "
            "a class of panels; the workbench makes its panels itself: give a name, such as "
            "'Spectrum'"
        )
    return panel_class(name_of(panel))
