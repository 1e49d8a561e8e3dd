"""Marks of one layer as columns in order of onset, with an index of what lasts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

BLOCK = 512  # marks that share an entry of the index
TEXTS = ("text", "channel", "comment", "extra")  # columns of codes of a vocabulary
_DTYPES: dict[str, Any] = {
    "id": np.int64,
    "onset": np.float64,
    "duration": np.float64,
    "changed": np.float64,
    **dict.fromkeys(TEXTS, np.int32),
}


class Vocabulary:
    """Texts by number; most marks share few texts."""

    def __init__(self) -> None:
        self._texts: list[str] = [""]
        self._codes: dict[str, int] = {"": 0}

    def code(self, text: str) -> int:
        """Return the number of a text, a new one if it is new."""
        known = self._codes.get(text)
        if known is not None:
            return known
        self._texts.append(text)
        return self._codes.setdefault(text, len(self._texts) - 1)

    def codes(self, texts: Iterable[object]) -> NDArray[np.int32]:
        """Return the number of each text."""
        given = list(map(str, texts))
        codes = {text: self.code(text) for text in dict.fromkeys(given)}
        return np.array([codes[text] for text in given], np.int32)

    def text(self, code: int) -> str:
        """Return the text of a number."""
        return self._texts[code]

    def texts(self, codes: NDArray[np.int32]) -> NDArray[Any]:
        """Return the texts of numbers, an array of objects."""
        used, where = np.unique(codes, return_inverse=True)
        return np.array([self._texts[k] for k in used.tolist()] or [""], object)[where]

    def find(self, texts: Iterable[str]) -> NDArray[np.int32]:
        """Return the numbers of the texts that are known."""
        return np.array([self._codes[text] for text in texts if text in self._codes], np.int32)

    def containing(self, part: str) -> NDArray[np.int32]:
        """Return the numbers of the texts that contain a part, in capital letters or not."""
        wanted = part.casefold()
        found = [k for k, text in enumerate(self._texts) if wanted in text.casefold()]
        return np.array(found, np.int32)


@dataclass(frozen=True, eq=False)
class MarkTable:
    """Columns of equal length, in order of onset; never changed.

    Attributes
    ----------
    id : ndarray of int64
        Identities.
    onset, duration : ndarray of float64
        Seconds.
    text, channel, comment, extra : ndarray of int32
        Codes of a vocabulary.
    changed : ndarray of float64
        When they were last changed, in seconds since 1970.
    """

    id: NDArray[np.int64]
    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    text: NDArray[np.int32]
    channel: NDArray[np.int32]
    comment: NDArray[np.int32]
    extra: NDArray[np.int32]
    changed: NDArray[np.float64]

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Self:
        """Return a table of columns in any order of onset; those left out are 0."""
        n = len(columns["id"])
        whole = {
            name: np.asarray(columns[name], dtype) if name in columns else np.zeros(n, dtype)
            for name, dtype in _DTYPES.items()
        }
        if n > 1 and np.any(np.diff(whole["onset"]) < 0):
            order = np.argsort(whole["onset"], kind="stable")
            whole = {name: column[order] for name, column in whole.items()}
        return cls(**whole)

    @classmethod
    def empty(cls) -> Self:
        """Return a table without marks."""
        return cls.of({"id": np.empty(0, np.int64)})

    def __len__(self) -> int:
        """Return the number of marks."""
        return len(self.id)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, rows: NDArray[Any]) -> MarkTable:
        """Return some rows, given by numbers in increasing order or by a mask."""
        return type(self)(**{name: column[rows] for name, column in self.columns().items()})

    def joined(self, other: MarkTable) -> MarkTable:
        """Return the table with the rows of another one, behind its own rows of equal onset."""
        if not len(other):
            return self
        at = np.searchsorted(self.onset, other.onset, side="right")
        return type(self)(
            **{
                name: np.insert(column, at, getattr(other, name))
                for name, column in self.columns().items()
            }
        )

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows that have one of these identities, in order."""
        if len(ids) <= 4:  # noqa: PLR2004 - for more, sorting is faster
            found = [np.flatnonzero(self.id == one) for one in ids.tolist()]
            return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
        return np.flatnonzero(np.isin(self.id, ids))

    def without(self, rows: NDArray[np.int64]) -> MarkTable:
        """Return the table without some rows."""
        kept = np.ones(len(self), bool)
        kept[rows] = False
        return self.take(kept)

    def between(self, t0: float, t1: float) -> NDArray[np.int64]:
        """Return the rows that overlap ``[t0, t1)``, in order.

        A mark overlaps if it begins in the window, or if it lasts beyond ``t0``.
        """
        first, stop = np.searchsorted(self.onset, (t0, t1), side="left").tolist()
        inside = np.arange(first, max(first, stop))
        before = min(first, stop)
        blocks = np.flatnonzero(self._block_ends[: -(-before // BLOCK)] > t0)
        if not len(blocks):
            return inside
        rows = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        rows = rows[rows < before]
        lasting = rows[self.onset[rows] + self.duration[rows] > t0]
        return np.concatenate([lasting, inside])

    @cached_property
    def _block_ends(self) -> NDArray[np.float64]:
        """The latest end of each block of rows."""
        if not len(self):
            return np.empty(0)
        ends = self.onset + self.duration
        return np.asarray(np.maximum.reduceat(ends, np.arange(0, len(self), BLOCK)), np.float64)


def merged(tables: Sequence[MarkTable]) -> tuple[MarkTable, NDArray[np.int32]]:
    """Return the rows of several tables in order of onset, and the table of each row."""
    which = np.repeat(np.arange(len(tables), dtype=np.int32), [len(one) for one in tables])
    if len(tables) == 1:
        return tables[0], which
    if not tables:
        return MarkTable.empty(), which
    columns = {name: np.concatenate([getattr(one, name) for one in tables]) for name in _DTYPES}
    order = np.argsort(columns["onset"], kind="stable")
    whole = MarkTable(**{name: column[order] for name, column in columns.items()})
    return whole, which[order]
