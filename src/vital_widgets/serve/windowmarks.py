"""The annotations of a window, selected if there are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.serve.annotationlimit import selected, text_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vital_widgets.core.annotations import Annotations


@dataclass(frozen=True)
class Marks:
    """Annotations in order of onset.

    Attributes
    ----------
    onset, duration : ndarray of float64, shape (n,)
        Seconds from the recording's start.
    text : list of str, length n
        Their texts.
    signal : list of int, length n
        Index of the channel that each belongs to, -1 for all.
    same : ndarray of int, shape (n,)
        Number of annotations of the window with the same text, including those not selected.
    total : int
        Number of annotations of the window.
    any_in_recording : bool
        Whether the recording has annotations.
    """

    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    text: list[str]
    signal: list[int]
    same: NDArray[np.intp]
    total: int
    any_in_recording: bool


def marks_of(
    found: Annotations, limit: int, index: Mapping[str, int], *, any_in_recording: bool
) -> Marks:
    """Return at most ``limit`` of the annotations of a window.

    ``index`` contains the index of each channel by its name.
    """
    texts, codes = text_codes(found.text)
    pick = selected(codes, limit)
    counts = np.bincount(codes, minlength=len(texts))
    return Marks(
        found.onset[pick],
        found.duration[pick],
        [texts[code] for code in codes[pick]],
        [index.get(str(name), -1) for name in found.channel[pick]],
        counts[codes[pick]],
        len(found),
        any_in_recording,
    )
