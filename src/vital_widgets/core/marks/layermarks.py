"""The marks of one layer while they change: single changes wait until the marks are needed."""

from __future__ import annotations

from dataclasses import fields
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vital_widgets.core.marks.table import MarkTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    # The columns of a table for one mark, then its place.
    Row = tuple[Any, ...]
    Marks = MarkTable | Sequence[Row]

NAMES = tuple(field.name for field in fields(MarkTable))
_AT = {name: k for k, name in enumerate(NAMES)}
_ONSET, _PLACE = _AT["onset"], len(NAMES)
_FEW = 16  # marks, or lookups, from which on whole columns are faster
_SHARE = 64
_MOST_WAITING = 1 << 18
_UNKNOWN: Any = object()


class Moment(NamedTuple):
    """Where a mark is, in seconds, and what it says: a text, or its code in the vocabulary."""

    onset: float
    duration: float
    text: Any


class LayerMarks:
    """The marks of one reader under one name.

    An operation on few marks costs the same however many marks there are: it is applied to rows
    that are put into the table when it is read. The place of a row is the order in which rows of
    equal onset were added: negative for those of the table, which are counted from its end.

    Parameters
    ----------
    reader : str
        Who owns the layer.
    """

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self._become(MarkTable.empty())

    def _become(self, base: MarkTable) -> None:
        self._base = base
        self._few_are = max(_FEW, len(base) // _SHARE)
        self._most = len(base) + _MOST_WAITING
        self._rows: dict[int, Row | None] = {}  # None: deleted
        self._gone: list[int] = []  # rows of the base
        self._places = 0
        self._lookups = 0
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @property
    def table(self) -> MarkTable:
        """All marks."""
        if self._rows:
            self._become(self._merged())
        return self._base

    def create(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Add marks; one with the identity of a mark that exists takes its place."""
        ids = columns["id"]
        if not self._few(ids):
            made = MarkTable.of(columns)
            table = self.table
            same = table.rows_of(made.id)
            self._become((table.without(same) if len(same) else table).joined(made))
            return
        rows, base, place = self._rows, self._base.id, self._places
        places = range(place, place + len(ids))
        for row in zip(*[columns[name] for name in NAMES], places, strict=True):
            if len(base) or row[0] in rows:
                self._forget(row[0])
            rows[row[0]] = row
        self._places += len(ids)

    def change(self, ids: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> Marks:
        """Set columns of marks; returns the marks as they were, in order."""
        if not self._few(ids):
            return self._change_many(np.array(ids, np.int64), columns)
        which = {one: k for k, one in enumerate(ids)}
        before = self._existing(ids)
        moves = "onset" in columns
        for was in before:
            row = list(was)
            k = which[row[0]]
            for name, values in columns.items():
                row[_AT[name]] = values[k]
            if moves:
                self._forget(row[0])
                row[_PLACE] = self._places
                self._places += 1
            self._rows[row[0]] = tuple(row)
        return before

    def delete(self, ids: Sequence[int]) -> Marks:
        """Remove marks; returns them in order."""
        if not self._few(ids):
            table = self.table
            places = table.rows_of(np.array(ids, np.int64))
            self._become(table.without(places))
            return table.take(places)
        before = self._existing(ids)
        for row in before:
            self._forget(row[0])
        return before

    def moment(self, one: int) -> Moment | None:
        """Return a mark, with the code of its text; None if it does not exist."""
        row = self._row(one)
        if row is None:
            return None
        return Moment(float(row[_ONSET]), float(row[_AT["duration"]]), row[_AT["text"]])

    def _few(self, ids: Sequence[int]) -> bool:
        """Whether an operation on these marks waits; what waits already is bounded."""
        if len(self._rows) > self._most:
            self._become(self._merged())
        return len(ids) <= self._few_are

    def _existing(self, ids: Iterable[int]) -> tuple[Row, ...]:
        """Return the rows of marks that exist, in order."""
        found = [row for row in map(self._row, ids) if row is not None]
        if len(found) > 1:
            found.sort(key=itemgetter(_ONSET, _PLACE))
        return tuple(found)

    def _row(self, one: int) -> Row | None:
        row = self._rows.get(one, _UNKNOWN)
        if row is not _UNKNOWN:
            return row  # type: ignore[no-any-return]
        at = self._find(one)
        if at < 0:
            return None
        base = self._base
        return (*(getattr(base, name)[at].item() for name in NAMES), at - len(base))

    def _forget(self, one: int) -> None:
        """Remove a mark, if it exists."""
        row = self._row(one)
        if row is not None:
            if row[_PLACE] < 0:
                self._gone.append(row[_PLACE])
            self._rows[one] = None

    def _find(self, one: int) -> int:
        """Return the row of the base with an identity, -1 if there is none."""
        ids = self._base.id
        if not len(ids):
            return -1
        self._lookups += 1
        if self._lookups <= _FEW:
            found = np.flatnonzero(ids == one)
            return int(found[0]) if len(found) else -1
        if self._sorted is None:
            order = np.argsort(ids)
            self._sorted = ids[order], order
        in_order, order = self._sorted
        k = int(in_order.searchsorted(one))
        return int(order[k]) if k < len(ids) and in_order[k] == one else -1

    def _change_many(self, ids: NDArray[np.int64], given: Mapping[str, Sequence[Any]]) -> MarkTable:
        table = self.table
        places = table.rows_of(ids)
        before = table.take(places)
        order = np.argsort(ids, kind="stable")
        which = order[np.searchsorted(ids, before.id, sorter=order)]
        columns = table.columns()
        for name, values in given.items():
            columns[name] = columns[name].copy()
            columns[name][places] = np.asarray(values)[which]
        after = MarkTable(**columns)
        if "onset" in given:
            moved = MarkTable.of(after.take(places).columns())
            after = after.without(places).joined(moved)
        self._become(after)
        return before

    def _merged(self) -> MarkTable:
        """Return the base with what was created, changed and deleted since."""
        base = self._base
        rows = [row for row in self._rows.values() if row is not None]
        kept = [row for row in rows if row[_PLACE] < 0]
        added = sorted((row for row in rows if row[_PLACE] >= 0), key=itemgetter(_PLACE))
        if kept:
            at = [row[_PLACE] for row in kept]
            columns = base.columns()
            for name, values in _columns(kept).items():
                columns[name] = columns[name].copy()
                columns[name][at] = values
            base = MarkTable(**columns)
        if self._gone:
            base = base.without(np.array(self._gone, np.int64))
        return base.joined(MarkTable.of(_columns(added))) if added else base


def _columns(rows: Sequence[Row]) -> dict[str, tuple[Any, ...]]:
    return dict(zip(NAMES, zip(*rows, strict=True), strict=False))


def as_table(marks: Marks) -> MarkTable:
    """Return marks that `LayerMarks` returned as a table in the same order."""
    if isinstance(marks, MarkTable):
        return marks
    return MarkTable.of(_columns(marks)) if marks else MarkTable.empty()


def identities(marks: Marks) -> tuple[int, ...]:
    """Return the identities of marks that `LayerMarks` returned."""
    if isinstance(marks, MarkTable):
        return tuple(marks.id.tolist())
    return tuple([row[0] for row in marks])
