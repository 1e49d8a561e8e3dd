"""Where a panel works: in the window, the selection, annotated stretches or everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.script import Given, Step

if TYPE_CHECKING:
    from vital_widgets.core.annotations import Annotations
    from vital_widgets.core.recording import Recording

PLACES = {
    "Window": "window",
    "Selection": "selection",
    "Annotations": "annotations",
    "Whole recording": "whole",
}


class NothingToAnalyseError(InvalidInputError):
    """There is nothing to analyse yet, such as no selection; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Place:
    """A part of a recording, for the script of a panel.

    Attributes
    ----------
    recording : Recording
        The recording.
    t_range : (float, float) or None
        Seconds from its start; None for the whole recording.
    texts : tuple of str
        Texts of the annotations whose stretches are analysed; () for all of ``t_range``.
    rec : Step
        The recording in the script.
    of : str or None
        The channel whose stretches are taken, if some of them belong to it; of all channels if not.
    """

    recording: Recording
    t_range: tuple[float, float] | None
    texts: tuple[str, ...]
    rec: Step
    of: str | None = None

    def channel(self, name: str | None, variable: str = "signal") -> Step:
        """Return the part of a channel as a step."""
        if not name:
            raise NothingToAnalyseError("choose a channel")
        signal = self.rec.item(name)
        if self.t_range is None:
            return self.rec.item(name, name=variable)
        t0, t1 = self.t_range
        return signal.method("between", round(t0, 6), round(t1, 6), name=variable)

    def other(self, recording: Recording, name: str = "other") -> Step:
        """Return another recording as a step."""
        return Given(name, recording)

    @cached_property
    def usable(self) -> dict[str, Any]:
        """What an analysis is given for the stretches: ``usable=``; nothing without stretches."""
        if not self.texts:
            return {}
        marks = self.rec.attribute("annotations")
        given = {"texts": list(self.texts), **({"channel": self.of} if self.of else {})}
        return {"usable": marks.method("select", **given, name="stretches")}

    def without_stretches(self, what: str) -> None:
        """Raise if annotated stretches were chosen, for what cannot be restricted to them."""
        if self.texts:
            raise NothingToAnalyseError(
                f"{what} of annotated stretches only cannot be computed; choose 'Window', "
                "'Selection' or 'Whole recording'"
            )

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        if self.t_range is None:
            return self.recording.duration
        return self.t_range[1] - self.t_range[0]


def place_of(
    recording: Recording,
    where: str,
    *,
    window: tuple[float, float],
    selection: tuple[float, float] | None,
    texts: tuple[str, ...],
    of: str | None = None,
    named: str = "rec",
) -> Place:
    """Return the place that a panel works on; raise `NothingToAnalyseError` if it is empty."""
    rec = Given(named, recording)
    if where == "whole":
        return Place(recording, None, (), rec)
    if where == "window":
        return Place(recording, window, (), rec)
    if where == "selection":
        if selection is None:
            raise NothingToAnalyseError(
                "nothing is selected; hold Shift and drag over the signal in the viewer, or set "
                "selection=(t0, t1) in seconds"
            )
        return Place(recording, selection, (), rec)
    if not texts:
        raise NothingToAnalyseError("choose the text of the annotations whose stretches to analyse")
    marks = recording.annotations.select(texts=texts)
    own = of is not None and bool(np.any(marks.channel[marks.duration > 0] == of))
    if own:
        marks = recording.annotations.select(texts=texts, channel=of)
    return Place(recording, _span(marks, texts), texts, rec, of if own else None)


def _span(marks: Annotations, texts: tuple[str, ...]) -> tuple[float, float]:
    """Return from the begin of the first annotated stretch to the end of the last."""
    lasting = marks.duration > 0
    if not lasting.any():
        said = ", ".join(map(repr, texts))
        raise NothingToAnalyseError(
            f"no annotation {said} has a duration; mark a stretch with Shift + drag, or choose "
            "another text"
        )
    onset, end = marks.onset[lasting], (marks.onset + marks.duration)[lasting]
    return float(onset.min()), float(end.max())
