"""Write annotations as an EDF+ file without signals."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.edf.writer import EdfPlusWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

PER_RECORD = 1000  # annotations in a data record
UNKNOWN_START = datetime(1985, 1, 1)  # noqa: DTZ001 - EDF has no time zones


def edf_annotations(annotations: Annotations, start: datetime | None) -> bytes:
    """Return annotations as an EDF+ file that contains nothing else.

    Times are stored to the microsecond. The channel of a mark is added to its text as
    ``@@channel``, as EDF+ defines it.

    Parameters
    ----------
    annotations : Annotations
        The annotations.
    start : datetime, optional
        Clock time of second 0; 1985-01-01, which stands for unknown, if it is not known.
    """
    begin = (start or UNKNOWN_START).replace(tzinfo=None)
    whole = begin.replace(microsecond=0)
    shift = (begin - whole).total_seconds()
    # What follows the last "@@" is the channel, so a text that contains it needs another one.
    texts = [
        f"{text}@@{channel}" if channel or "@@" in text else text
        for text, channel in zip(annotations.text, annotations.channel, strict=True)
    ]
    silent = [k for k, text in enumerate(texts) if not text and not annotations.duration[k]]
    if silent:
        msg = (
            f"the mark at {annotations.onset[silent[0]]:g} s says nothing and has no duration, so "
            "EDF+ cannot store it; give it a text, or write CSV"
        )
        raise InvalidInputError(msg)
    moved = Annotations(annotations.onset + shift, texts, annotations.duration)
    stream = io.BytesIO()
    onsets = _record_onsets(moved.onset, shift)
    writer = EdfPlusWriter(stream, (), onsets, moved, start=whole, record_seconds=0)
    writer.append_annotations()
    return stream.getvalue()


def _record_onsets(onset: NDArray[np.float64], first: float) -> NDArray[np.float64]:
    """Return the times of data records that contain some annotations each."""
    starts = np.unique(onset[PER_RECORD::PER_RECORD])
    return np.concatenate([[first], starts[starts > first]])
