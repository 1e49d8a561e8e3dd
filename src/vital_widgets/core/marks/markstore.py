"""The marks of one recording in a kernel: layers, undo, and who is told about changes."""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.marks.journal import NEVER_COMPACTED_BYTES, Journal
from vital_widgets.core.marks.layermarks import LayerMarks, identities
from vital_widgets.core.marks.log import LogLine, log_line
from vital_widgets.core.marks.operations import FIELDS, LARGEST_ID, Operation
from vital_widgets.core.marks.table import TEXTS, Vocabulary
from vital_widgets.core.marks.undoing import History, plain_columns
from vital_widgets.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from vital_widgets.core.marks.journal import JournalWriter
    from vital_widgets.core.marks.layermarks import Moment
    from vital_widgets.core.marks.operations import Step
    from vital_widgets.core.marks.table import MarkTable
    from vital_widgets.core.marks.undoing import Inverse

BYTES_OF_A_MARK = 100  # in a compacted journal, at most about this


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
        self._compacts = True
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        self._layers: dict[str, LayerMarks] = {}
        self._log: list[tuple[Any, ...]] = []  # plain tuples, as inverses are
        self._history = History(self.words)
        self._n = 0

    # ------------------------------------------------------------ reading

    def layers(self) -> dict[str, tuple[str, MarkTable]]:
        """Return reader and marks of each layer that has or had marks."""
        with self.lock:
            return {name: (layer.reader, layer.table) for name, layer in self._layers.items()}

    def log(self) -> list[LogLine]:
        """Return a line for each operation, oldest first."""
        with self.lock:
            return [LogLine(*line) for line in self._log]

    @property
    def newest(self) -> int:
        """Number of the last operation."""
        with self.lock:
            return self._n

    def changed_since(self, n: int, layer: str) -> tuple[int, dict[int, Moment | None]]:
        """Return the number of the last operation, and the marks that others after ``n`` touched.

        Only these operations are looked at, however many marks there are.

        Returns
        -------
        last : int
            Give it next time.
        marks : dict of int to Moment or None
            Marks of the layer by identity, as they are now; None if they are gone.
        """
        with self.lock:
            found: dict[int, Moment | None] = {}
            held = self._layers.get(layer)
            for line in reversed(self._log):
                number = int(line[0])
                if number <= n:
                    break
                touched = self._history.touched(number, layer)
                for one in touched if held is not None else ():
                    if one not in found:
                        now = held.moment(one) if held is not None else None
                        found[one] = now and now._replace(text=self.words.text(int(now.text)))
            return self._n, found

    def depth(self, reader: str) -> tuple[int, int]:
        """Return how many operations of a reader can be undone and redone."""
        with self.lock:
            return self._history.depth(reader)

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
                try:
                    self._compact(writer)
                except StoreError as error:  # the steps are on the disk; that is what matters
                    self._compacts = False
                    writer.note(f"All marks are kept, but their log was not shortened: {error}.")
        if done:
            self._tell()
        return done

    def undo(self, reader: str) -> list[Operation]:
        """Take back what a reader did last; returns the operations that do so, none if none."""
        return self.perform(reader, lambda: self._history.steps(reader, "undoes"))

    def redo(self, reader: str) -> list[Operation]:
        """Perform again what a reader took back last; as `undo`."""
        return self.perform(reader, lambda: self._history.steps(reader, "redoes"))

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

    def _take(self, operations: Iterable[Operation], *, other: bool) -> bool:
        if other:
            self._forget()
        changed = other
        for operation in operations:
            self._apply(operation)
            changed = True
        return changed

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
            layer = self._layers[operation.layer] = LayerMarks(operation.reader)
        name, ids = operation.layer, operation.ids
        if operation.do == "create":
            layer.create(self._coded(operation, {"id": ids}))
            inverse: Inverse = ("delete", name, tuple(ids), (), ())
        elif operation.do == "delete":
            gone = layer.delete(ids)
            inverse = ("create", name, identities(gone), gone, FIELDS)
        else:
            before = layer.change(ids, self._coded(operation, {}))
            inverse = ("change", name, identities(before), before, tuple(operation.values))
        self._history.remember(operation, inverse)
        self._log.append(log_line(operation))

    def _coded(self, operation: Operation, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Return columns with those that an operation sets."""
        code = self.words.code
        if "changed" not in operation.values:
            columns["changed"] = [operation.time] * len(operation.ids)
        for name, values in operation.values.items():
            columns[name] = list(map(code, values)) if name in TEXTS else values
        return columns

    def _wasteful(self) -> bool:
        size = self.journal.size() if self.journal is not None else 0
        if size < NEVER_COMPACTED_BYTES or not self._compacts:
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
                plain_columns(layer.table, (*FIELDS, "changed"), self.words), before=self._n,
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
