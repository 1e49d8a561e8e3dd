"""Select annotations to show if a window contains too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Codes = np.ndarray[Any, np.dtype[np.intp]]


def text_codes(texts: Iterable[object]) -> tuple[list[str], Codes]:
    """Return the distinct texts, in order of appearance, and the index of each text."""
    order: dict[str, int] = {}
    codes = [order.setdefault(str(text), len(order)) for text in texts]
    return list(order), np.array(codes, np.intp)


def selected(codes: Codes, limit: int) -> Codes:
    """Return the indices of at most ``limit`` annotations, in order.

    All annotations with a rare text are kept, as long as they are at most half of ``limit``, so
    that a single pause in a night of heart beats is not lost. The others are selected evenly.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Index of the text of each annotation.
    limit : int
        Maximum number of annotations, 1 or more.
    """
    n = len(codes)
    if n <= limit:
        return np.arange(n)
    counts = np.bincount(codes)
    rising = np.sort(counts[counts > 0])
    # Texts with the same count are kept or dropped together, so that their order has no effect.
    cumulative = np.array([rising[rising <= count].sum() for count in np.unique(rising)])
    fits = np.unique(rising)[cumulative <= limit // 2]
    largest = fits[-1] if len(fits) else 0
    rare = counts[codes] <= largest
    others = np.flatnonzero(~rare)
    room = limit - int(rare.sum())
    picked = others[np.linspace(0, len(others) - 1, room).round().astype(np.intp)]
    return np.sort(np.concatenate([np.flatnonzero(rare), picked]))
