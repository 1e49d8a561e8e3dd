"""What the saved output of a cell shows of a panel: its last picture, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vital_widgets.panels.computing import how_much
from vital_widgets.panels.view import EMPTY, View

UNFINISHED = "not computed yet"


@dataclass(frozen=True)
class Still:
    """A panel as it stands.

    Attributes
    ----------
    title : str
        Of the panel.
    view : View
        What it shows; without traces, a sentence that says why there are none.
    height : int
        Of the plot, in CSS pixels.
    """

    title: str
    view: View
    height: int = 0


def told(view: View | None, state: str, message: str, share: float) -> View:
    """Return a view whose sentence also says how far the panel is."""
    view = view or EMPTY
    computing = state == "computing"
    if not view.traces:
        return View(text=message or (UNFINISHED if computing else view.text))
    rest = f"so far, {how_much(share)}" if 0 < share < 1 else ""
    if computing and not rest:
        rest = "of before the last change; the new result is not computed yet"
    return replace(view, text=" · ".join(one for one in (view.text, rest or message) if one))
