"""A mark, its layer, and its reader."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - of a dataclass

from vital_widgets.core.annotations import Annotation

READER_VARIABLE = "VITAL_WIDGETS_READER"
FILE_LAYER = "file"


@dataclass(frozen=True)
class Mark(Annotation):
    """One mark on a recording, with its history.

    Attributes
    ----------
    onset, duration : float
        Seconds; a duration of 0 is a moment.
    text : str
        What it says: a beat code, a sleep stage, an event.
    channel : str
        The channel that it belongs to, '' for all.
    id : int
        Identity in the recording; it stays the same when the mark is changed.
    layer : str
        The layer that it belongs to.
    reader : str
        Who made it; empty for the file and for results of analyses.
    comment : str
        A remark of the reader.
    changed : datetime or None
        When it was created or last changed (UTC).
    extra : str
        What a file format says beside that, as JSON; empty for nothing.
    """

    id: int = 0
    layer: str = ""
    reader: str = ""
    comment: str = ""
    changed: datetime | None = None
    extra: str = ""

    @property
    def end(self) -> float:
        """Onset plus duration, in seconds."""
        return self.onset + self.duration


@dataclass(frozen=True)
class LayerInfo:
    """A layer of marks.

    Attributes
    ----------
    name : str
        Its name.
    reader : str
        The reader whose marks it holds; empty for the file and for results.
    count : int
        Number of marks.
    read_only : bool
        Whether its marks cannot be changed: those of the file and of results.
    """

    name: str
    reader: str
    count: int
    read_only: bool


def default_reader() -> str:
    """Return the name of the reader: ``VITAL_WIDGETS_READER``, or the user of this computer."""
    named = os.environ.get(READER_VARIABLE, "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without a user
        return "reader"
