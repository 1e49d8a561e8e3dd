"""All layers of a recording: its file, its readers, results of analyses."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.marks.mark import FILE_LAYER, LayerInfo
from vital_widgets.core.marks.selection import LayerTable
from vital_widgets.core.marks.table import MarkTable
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vital_widgets.core.annotations import Annotations
    from vital_widgets.core.marks.markstore import MarkStore

_FIRST_ID = -(1 << 52)  # of marks that cannot be changed


class Layers:
    """The layers of one recording.

    Parameters
    ----------
    of_file : Annotations
        What the file says.
    store : MarkStore
        The marks of readers.
    """

    def __init__(self, of_file: Annotations, store: MarkStore) -> None:
        self.store = store
        self.of_file = of_file
        self._file: MarkTable | None = None
        self._results: dict[str, MarkTable] = {}
        self._next_id = _FIRST_ID
        self._revision = 0
        self._listeners: dict[object, Callable[[], None]] = {}
        self._lock = threading.RLock()

    @property
    def revision(self) -> int:
        """Increases with every change of any layer."""
        return self.store.revision + self._revision

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change, on the thread that made it; returns a function to stop."""
        stop_store = self.store.listen(callback)
        key = object()
        with self._lock:
            self._listeners[key] = callback

        def stop() -> None:
            stop_store()
            with self._lock:
                self._listeners.pop(key, None)

        return stop

    def all(self) -> list[LayerTable]:
        """Return the layers that have marks: of the file, of readers, of results."""
        with self._lock:
            if self._file is None:
                self._file = self._fixed(self.of_file)
            found = [_fixed_layer(FILE_LAYER, self._file)] if len(self._file) else []
            for name, (reader, table) in self.store.layers().items():
                if len(table):
                    info = LayerInfo(name, reader, len(table), read_only=False)
                    found.append(LayerTable(info, table))
            return [*found, *(_fixed_layer(name, one) for name, one in self._results.items())]

    def visible(
        self, reader: str, names: Iterable[str] | None = None, *, blind: bool = False
    ) -> list[LayerTable]:
        """Return the layers that a reader may see, in their order.

        Parameters
        ----------
        reader : str
            The reader.
        names : iterable of str, optional
            Only these layers. A layer that has no marks yet may be named.
        blind : bool
            Whether the reader sees no other layers than his or her own.
        """
        found = [one for one in self.all() if not blind or one.info.reader == reader]
        if names is None:
            return found
        wanted = {names} if isinstance(names, str) else set(names)
        return [one for one in found if one.info.name in wanted]

    def set_result(self, name: str, marks: Annotations) -> None:
        """Show the result of an analysis as a layer; one of the same name is replaced."""
        if name == FILE_LAYER or name in self.store.layers():
            msg = (
                f"name={name!r} is already the name of a layer that is not a result; give the "
                "result another name"
            )
            raise InvalidInputError(msg)
        with self._lock:
            self._results[name] = self._fixed(marks)
        self._tell()

    def remove_result(self, name: str) -> None:
        """Remove the layer of a result."""
        with self._lock:
            if name not in self._results:
                known = ", ".join(map(repr, self._results)) or "none"
                msg = f"there is no result named {name!r}; results: {known}"
                raise InvalidInputError(msg)
            del self._results[name]
        self._tell()

    def results(self) -> list[str]:
        """Return the names of the layers that are results."""
        return list(self._results)

    def _tell(self) -> None:
        with self._lock:
            self._revision += 1
            listeners = list(self._listeners.values())
        for callback in listeners:
            callback()

    def _fixed(self, marks: Annotations) -> MarkTable:
        """Return the marks of a layer that cannot be changed."""
        words = self.store.words
        n = len(marks.onset)
        with self._lock, self.store.lock:
            first, self._next_id = self._next_id, self._next_id + n
            return MarkTable.of(
                {
                    "id": np.arange(first, first + n),
                    "onset": marks.onset,
                    "duration": marks.duration,
                    "text": words.codes(marks.text),
                    "channel": words.codes(marks.channel),
                    "comment": words.codes(marks.comment),
                    "extra": words.codes(marks.extra),
                }
            )


def _fixed_layer(name: str, table: MarkTable) -> LayerTable:
    return LayerTable(LayerInfo(name, "", len(table), read_only=True), table)
