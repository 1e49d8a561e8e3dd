"""Which of many annotations are shown where there is no room for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

Codes = np.ndarray[Any, np.dtype[np.intp]]


def coded(texts: Iterable[object]) -> tuple[list[str], Codes]:
    """Return the different texts, in order of appearance, and the number of each one's text."""
    order: dict[str, int] = {}
    codes = [order.setdefault(str(text), len(order)) for text in texts]
    return list(order), np.array(codes, np.intp)


def thinned(codes: Codes, limit: int) -> Codes:
    """Return the indices of at most ``limit`` annotations, in order.

    Texts that are rare are kept whole as long as they take half of the room, so that one pause in
    a night of heart beats is not lost; of the others as many as fit are picked evenly.

    Parameters
    ----------
    codes : array of int, shape (n,)
        The text of each annotation, as a number.
    limit : int
        The most to keep, 1 or more.
    """
    n = len(codes)
    if n <= limit:
        return np.arange(n)
    counts = np.bincount(codes)
    rising = np.sort(counts[counts > 0])
    # All texts that come equally often are kept or none of them, whatever their order.
    together = np.array([rising[rising <= count].sum() for count in np.unique(rising)])
    fits = np.unique(rising)[together <= limit // 2]
    most = fits[-1] if len(fits) else 0
    rare = counts[codes] <= most
    others = np.flatnonzero(~rare)
    room = limit - int(rare.sum())
    picked = others[np.linspace(0, len(others) - 1, room).round().astype(np.intp)]
    return np.sort(np.concatenate([np.flatnonzero(rare), picked]))
