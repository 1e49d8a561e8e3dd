"""The marks of one recording in a kernel: layers, undo, and who is told about changes."""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.marks.journal import NEVER_COMPACTED_BYTES, Journal
from vital_widgets.core.marks.log import LogLine, line_of
from vital_widgets.core.marks.operations import FIELDS, LARGEST_ID, NUMBERS, Operation
from vital_widgets.core.marks.table import TEXTS, MarkTable, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vital_widgets.core.marks.journal import JournalWriter

BYTES_OF_A_MARK = 100  # in a compacted journal, at most about this


@dataclass(frozen=True)
class Step:
    """An operation that was not performed yet; see `Operation`."""

    do: str
    layer: str
    ids: list[int]
    values: dict[str, list[Any]] = field(default_factory=dict)
    undoes: int | None = None
    redoes: int | None = None


@dataclass(frozen=True)
class _Inverse:
    """How an operation is taken back."""

    do: str
    layer: str
    ids: list[int]
    before: MarkTable | None = None
    names: tuple[str, ...] = ()


class _Layer:
    """The marks of one reader under one name; new ones are put in their places when needed."""

    def __init__(self, reader: str) -> None:
        self.reader = reader
        self._table = MarkTable.empty()
        self._new: dict[str, list[Any]] = {}

    @property
    def table(self) -> MarkTable:
        if self._new:
            rows, self._new = MarkTable.of(self._new), {}
            self._table = self._table.joined(rows)
        return self._table

    @table.setter
    def table(self, table: MarkTable) -> None:
        self._table = table

    def append(self, columns: dict[str, list[Any]]) -> None:
        for name, values in columns.items():
            self._new.setdefault(name, []).extend(values)


class MarkStore:
    """Layers of marks that readers made, with their journal.

    Parameters
    ----------
    journal : Journal, optional
        Where operations are kept; without one, they end with the kernel.

    Attributes
    ----------
    words : Vocabulary
        Texts of the marks.
    revision : int
        Increases with every change.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal = journal
        self.words = Vocabulary()
        self.revision = 0
        self.lock = threading.RLock()
        self._listeners: dict[object, Callable[[], None]] = {}
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self._layers: dict[str, _Layer] = {}
        self._log: list[LogLine] = []
        self._inverses: dict[int, _Inverse] = {}
        self._undo: dict[str, list[list[int]]] = {}
        self._redo: dict[str, list[list[int]]] = {}
        self._n = 0

    # ------------------------------------------------------------ reading

    def layers(self) -> dict[str, tuple[str, MarkTable]]:
        """Return reader and marks of each layer that has or had marks."""
        with self.lock:
            return {name: (layer.reader, layer.table) for name, layer in self._layers.items()}

    def log(self) -> list[LogLine]:
        """Return a line for each operation, oldest first."""
        with self.lock:
            return list(self._log)

    def depth(self, reader: str) -> tuple[int, int]:
        """Return how many operations of a reader can be undone and redone."""
        with self.lock:
            return len(self._undo.get(reader, ())), len(self._redo.get(reader, ()))

    def notes(self) -> list[str]:
        """Return what a user must know about the journal."""
        with self.lock:
            return [] if self.journal is None else list(self.journal.notes)

    def refresh(self) -> None:
        """Take over what other kernels wrote into the journal."""
        if self.journal is None:
            return
        with self.lock:
            other, operations = self.journal.news()
            changed = self._take(operations, other=other)
        if changed:
            self._tell()

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change, on the thread that made it; returns a function to stop."""
        key = object()
        with self.lock:
            self._listeners[key] = callback

        def stop() -> None:
            with self.lock:
                self._listeners.pop(key, None)

        return stop

    # ------------------------------------------------------------ writing

    def perform(self, reader: str, prepare: Callable[[], Sequence[Step]]) -> list[Operation]:
        """Perform steps of a reader, all or none; they are on the disk when this returns.

        ``prepare`` returns the steps, when what other kernels wrote is known.
        """
        with self.lock, self._writing() as writer:
            steps = prepare()
            now = round(time.time(), 6)  # as in the journal
            done = [
                Operation(
                    self._n + 1 + k, now, reader, step.layer, step.do, step.ids, step.values,
                    step.undoes, step.redoes, group=self._n + 1 if len(steps) > 1 else None,
                )
                for k, step in enumerate(steps)
            ]  # fmt: skip
            if writer is not None and done:
                writer.append(done)
            for operation in done:
                self._apply(operation)
            if writer is not None and self._wasteful():
                self._compact(writer)
        if done:
            self._tell()
        return done

    def undo(self, reader: str) -> list[Operation]:
        """Take back what a reader did last; returns the operations that do so, none if none."""
        return self._back(reader, "undoes")

    def redo(self, reader: str) -> list[Operation]:
        """Perform again what a reader took back last; as `undo`."""
        return self._back(reader, "redoes")

    def _back(self, reader: str, role: str) -> list[Operation]:
        def prepare() -> list[Step]:
            stack = (self._undo if role == "undoes" else self._redo).get(reader, [])
            steps: list[Step] = []
            while stack and not steps:
                inverses = [(n, self._inverses[n]) for n in reversed(stack[-1])]
                steps = [self._step(one, {role: n}) for n, one in inverses if one.ids]
                if not steps:
                    stack.pop()  # its marks are gone
            return steps

        return self.perform(reader, prepare)

    def _step(self, inverse: _Inverse, role: dict[str, int]) -> Step:
        before, names = inverse.before, inverse.names
        values = {} if before is None else self._plain(before, names)
        return Step(inverse.do, inverse.layer, inverse.ids, values, **role)

    def new_ids(self, n: int) -> list[int]:
        """Return identities that no mark has, also in other kernels; call it in `perform`."""
        while True:
            first = 1 + secrets.randbelow(LARGEST_ID - n - 1)
            tables = [layer.table for layer in self._layers.values()]
            if not any(np.any((one.id >= first) & (one.id < first + n)) for one in tables):
                return list(range(first, first + n))

    def compact(self) -> Path | None:
        """Write a journal of the present marks only; returns the path of the complete one."""
        with self.lock, self._writing() as writer:
            kept = None if writer is None else self._compact(writer)
        self._tell()
        return kept

    # ------------------------------------------------------------ inside

    @contextmanager
    def _writing(self) -> Iterator[JournalWriter | None]:
        if self.journal is None:
            yield None
            return
        with self.journal.writing() as writer:
            other, operations = writer.news()
            self._take(operations, other=other)
            yield writer

    def _take(self, operations: Sequence[Operation], *, other: bool) -> bool:
        if other:
            self._forget()
        for operation in operations:
            self._apply(operation)
        return other or bool(operations)

    def _tell(self) -> None:
        with self.lock:
            self.revision += 1
            listeners = list(self._listeners.values())
        for callback in listeners:
            callback()

    def _apply(self, operation: Operation) -> None:
        self._n = max(self._n, operation.n)
        layer = self._layers.get(operation.layer)
        if layer is None:
            layer = self._layers[operation.layer] = _Layer(operation.reader)
        if operation.do == "create":
            layer.append(self._columns(operation))
            inverse = _Inverse("delete", operation.layer, operation.ids)
        elif operation.do == "delete":
            places = layer.table.rows_of(np.array(operation.ids))
            gone = layer.table.take(places)
            layer.table = layer.table.without(places)
            inverse = _Inverse("create", operation.layer, gone.id.tolist(), gone, FIELDS)
        else:
            inverse = self._change(layer, operation)
        self._inverses[operation.n] = inverse
        self._remember(operation)

    def _change(self, layer: _Layer, operation: Operation) -> _Inverse:
        table, ids = layer.table, np.array(operation.ids)
        places = table.rows_of(ids)
        before = table.take(places)
        order = np.argsort(ids, kind="stable")
        which = order[np.searchsorted(ids, before.id, sorter=order)].tolist()
        given: dict[str, Any] = {"changed": operation.time}
        for name, values in operation.values.items():
            chosen = [values[k] for k in which]
            given[name] = self.words.codes(chosen) if name in TEXTS else chosen
        columns = dict(table.columns())
        for name, values in given.items():
            columns[name] = columns[name].copy()
            columns[name][places] = values
        after = MarkTable(**columns)
        if "onset" in given:
            after = after.without(places).joined(after.take(places))
        layer.table = after
        names = tuple(operation.values)
        return _Inverse("change", operation.layer, before.id.tolist(), before, names)

    def _remember(self, operation: Operation) -> None:
        undo = self._undo.setdefault(operation.reader, [])
        redo = self._redo.setdefault(operation.reader, [])
        if operation.before:  # a compacted journal begins here
            undo.clear()
            redo.clear()
        elif operation.undoes is not None:
            _remove(undo, operation.undoes)
            _push(redo, operation)
        else:
            if operation.redoes is None:
                redo.clear()
            else:
                _remove(redo, operation.redoes)
            _push(undo, operation)
        self._log.append(line_of(operation))

    def _columns(self, operation: Operation) -> dict[str, list[Any]]:
        values = operation.values
        return {
            "id": operation.ids,
            **{name: values[name] for name in NUMBERS},
            **{name: self._codes(values[name]) for name in TEXTS},
            "changed": values.get("changed", [operation.time] * len(operation.ids)),
        }

    def _codes(self, texts: list[str]) -> list[int]:
        codes = {text: self.words.code(text) for text in dict.fromkeys(texts)}
        return [codes[text] for text in texts]

    def _plain(self, rows: MarkTable, names: Sequence[str]) -> dict[str, list[Any]]:
        """Return columns of a table as operations hold them."""
        return {
            name: (
                self.words.texts(getattr(rows, name)) if name in TEXTS else getattr(rows, name)
            ).tolist()
            for name in names
        }

    def _wasteful(self) -> bool:
        size = self.journal.size() if self.journal is not None else 0
        if size < NEVER_COMPACTED_BYTES:
            return False
        marks = sum(len(layer.table) for layer in self._layers.values())
        return size > 4 * BYTES_OF_A_MARK * marks

    def _compact(self, writer: JournalWriter) -> Path:
        journal = self.journal
        assert journal is not None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        kept = journal.path.with_name(f"{journal.path.name}.until-{stamp}")
        operations = [
            Operation(
                self._n + 1 + k, time.time(), layer.reader, name, "create", layer.table.id.tolist(),
                self._plain(layer.table, (*FIELDS, "changed")), before=self._n,
            )
            for k, (name, layer) in enumerate(self._layers.items())
            if len(layer.table)
        ]  # fmt: skip
        writer.replace(operations, kept)
        self._forget()
        for operation in operations:
            self._apply(operation)
        return kept


_stores: weakref.WeakValueDictionary[Path, MarkStore] = weakref.WeakValueDictionary()
_stores_lock = threading.Lock()


def store_at(path: Path, recording: Path | None) -> MarkStore:
    """Return the store of a journal: the same for all recordings of a kernel that share it."""
    with _stores_lock:
        key = path.absolute()
        store = _stores.get(key)
        if store is None:
            store = _stores[key] = MarkStore(Journal(key, recording))
        return store


def _push(stack: list[list[int]], operation: Operation) -> None:
    """Add an operation to what can be taken back, together with others of its group."""
    if operation.group is not None and stack and stack[-1][0] == operation.group:
        stack[-1].append(operation.n)
    else:
        stack.append([operation.n])


def _remove(stack: list[list[int]], n: int) -> None:
    for k in range(len(stack) - 1, -1, -1):
        if n in stack[k]:
            stack[k].remove(n)
            if not stack[k]:
                del stack[k]
            return
