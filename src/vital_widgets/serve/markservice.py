"""Answers requests about marks, as the reader of one viewer may see and change them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.marks import editing
from vital_widgets.core.marks.selection import LayerTable, Marks, nearest_mark
from vital_widgets.serve.markcompare import compared
from vital_widgets.serve.markfilter import Filter
from vital_widgets.serve.marklist import containing, listed
from vital_widgets.serve.markrequests import EDITS, AnnotationRequest
from vital_widgets.serve.markwindow import marks_in_window
from vital_widgets.serve.protocol import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vital_widgets.core.marks.document import RecordingAnnotations
    from vital_widgets.core.marks.layers import Layers
    from vital_widgets.core.marks.mark import LayerInfo, Mark
    from vital_widgets.serve.markrequests import (
        CompareRequest,
        FindRequest,
        ListRequest,
        MarkRequest,
    )

Answer = tuple[dict[str, Any], bytes]
FIRST_MARKS = 400  # of the first picture, and the characters of their texts
FIRST_CHARACTERS = 8000
LEGEND_TEXTS = 200  # texts of a layer in the legend, most frequent first


class MarkService:
    """The marks of a recording for one viewer.

    Parameters
    ----------
    index : callable
        Returns the index of the signal that each lane shows, by name.

    Attributes
    ----------
    reader : str
        The reader of this viewer; empty for that of the recording's annotations.
    blind : bool
        Whether this viewer shows no layers of others.
    shown : Filter
        The marks that this viewer shows.
    """

    def __init__(self, index: Callable[[], Mapping[str, int]]) -> None:
        self.reader = ""
        self.blind = False
        self.shown = Filter()
        self._index = index
        self._document: RecordingAnnotations | None = None
        self._changed: list[Callable[[int], None]] = []
        self._stop: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def attach(self, document: RecordingAnnotations) -> None:
        """Answer from these annotations, and follow their changes."""
        with self._lock:
            if self._document is not None or self._closed:
                return
            self._document = document
            self._stop = document.parts.listen(self._tell)

    @property
    def attached(self) -> bool:
        """Whether the annotations were read, and their changes are followed."""
        with self._lock:
            return self._document is not None

    def close(self) -> None:
        """Stop following changes."""
        with self._lock:
            stop, self._stop, self._closed = self._stop, None, True
            self._changed.clear()
        if stop is not None:
            stop()

    def on_change(self, callback: Callable[[int], None]) -> None:
        """Call back with the revision after each change, until the service is closed."""
        with self._lock:
            self._changed.append(callback)

    def _tell(self) -> None:
        with self._lock:
            callbacks = list(self._changed)
        for callback in callbacks:
            callback(self.parts.revision)

    @property
    def document(self) -> RecordingAnnotations:
        """The annotations of the recording."""
        if self._document is None:
            raise RuntimeError("the annotations were not read yet")
        return self._document

    @property
    def parts(self) -> Layers:
        """Their layers."""
        return self.document.parts

    @property
    def who(self) -> str:
        """The reader of this viewer."""
        return self.reader or self.document.reader

    def layers(self, chosen: Filter | None = None) -> list[LayerTable]:
        """Return the layers that this viewer may show."""
        self.parts.store.refresh()
        names = None if chosen is None else chosen.layers
        blind = self.blind or self.document.blind
        return self.parts.visible(self.who, names, blind=blind)

    def shown_in(self, t0: float, t1: float) -> Marks:
        """Return the marks of a window that the viewer shows."""
        words, chosen = self.parts.store.words, self.shown
        parts = [
            LayerTable(info, table.take(chosen.rows(table, words, table.between(t0, t1))))
            for info, table in self.layers(chosen)
        ]
        return Marks(parts, words)

    # ------------------------------------------------------------ answers

    def window(self, request: AnnotationRequest) -> Answer:
        """Return the marks of a window."""
        buffer = Buffer()
        layers = self.layers(request.chosen)
        words = self.parts.store.words
        content = marks_in_window(request, layers, words, self._index(), buffer)
        content["layers"] = [about(info) for info, _ in layers]
        return {**content, "revision": self.parts.revision}, buffer.to_bytes()

    def first(self, t0: float, t1: float, buffer: Buffer) -> dict[str, Any] | None:
        """Return the reply for the first picture, whose data are added to its buffer."""
        half = (t1 - t0) / 2
        request = AnnotationRequest(max(t0 - half, 0.0), t1 + half, FIRST_MARKS, 0, self.shown)
        layers = self.layers(request.chosen)
        content = marks_in_window(request, layers, self.parts.store.words, self._index(), buffer)
        content["layers"] = [about(info) for info, _ in layers]
        if sum(map(len, content["texts"])) > FIRST_CHARACTERS:
            return None
        return {**content, "t0": request.t0, "t1": request.t1}

    def rows(self, request: ListRequest) -> Answer:
        """Return rows of the list of marks."""
        buffer = Buffer()
        layers = self.layers(request.chosen)
        content = listed(request, layers, self.parts.store.words, self._index(), buffer)
        content["layers"] = [about(info) for info, _ in layers]
        return {**content, "revision": self.parts.revision}, buffer.to_bytes()

    def find(self, request: FindRequest) -> Answer:
        """Return the next or previous mark."""
        words, chosen = self.parts.store.words, request.chosen
        meant = []
        for layer in self.layers(chosen):
            info, table = layer
            rows = chosen.rows(table, words, np.arange(len(table)))
            if request.search:
                own = np.zeros(len(table), np.int32)
                rows = rows[containing(table, rows, [layer], own, words, request.search)]
            meant.append(LayerTable(info, table.take(rows)))
        found = nearest_mark(meant, words, request.t, None, forwards=request.forwards)
        return {"mark": None if found is None else self._plain(found)}, b""

    def legend(self) -> Answer:
        """Return the layers with the texts that their marks say, and the state of the reader."""
        words, index = self.parts.store.words, self._index()
        entries = []
        for info, table in self.layers():
            counts = np.bincount(table.text)
            order = np.argsort(-counts, kind="stable")[:LEGEND_TEXTS]
            texts = [[words.text(k), int(counts[k])] for k in order.tolist() if counts[k]]
            where, marks = np.unique(table.channel, return_counts=True)
            lanes = [words.text(k) in index for k in where.tolist()]
            everywhere = int(marks[~np.array(lanes, bool)].sum())
            counted = {"count": info.count, "everywhere": everywhere, "texts": texts}
            entries.append({**about(info), **counted})
        notes = list(self.document.notes)
        return {"layers": entries, "notes": notes, **self._state()}, b""

    def edit(self, request: MarkRequest) -> Answer:
        """Change marks, and return which."""
        ids: list[int] = []
        if request.do in EDITS or request.do == "several":
            several = request.edits if request.do == "several" else (request,)
            ids = editing.perform(self.parts, self.who, [self._edit(one) for one in several])
        elif request.do == "copy":
            layer = request.layer or self.who
            self._check_visible(request.source)
            editing.copy(self.parts, self.who, request.source, layer, request.texts)
        else:
            store = self.parts.store
            done = (store.undo if request.do == "undo" else store.redo)(self.who)
            ids = [one for operation in done for one in operation.ids]
        buffer = Buffer()
        at = buffer.add(np.array(ids, np.float64))
        content = {"do": request.do, "count": len(ids), "at": at, **self._state()}
        return content, buffer.to_bytes()

    def compare(self, request: CompareRequest) -> Answer:
        """Compare layers, and show where they disagree as a layer."""
        for name in request.layers:
            self._check_visible(name)
        return {**compared(self.document, self.who, request), **self._state()}, b""

    def _edit(self, request: MarkRequest) -> editing.Edit:
        if request.do == "change":
            return editing.changing(self.parts, self.who, request.ids, request.to or {})
        if request.do == "delete":
            return editing.deletion(self.parts, self.who, request.ids)
        marks = request.marks
        defaults = {"onset": 0.0, "duration": 0.0, "text": "", "channel": "", "comment": ""}
        columns = {
            name: [one.get(name, default) for one in marks] for name, default in defaults.items()
        }
        layer = request.layer or self.who
        return editing.creation(self.parts, self.who, layer, columns, len(marks))

    def _check_visible(self, name: str) -> None:
        editing.known_layer(name, self.layers())

    def _state(self) -> dict[str, Any]:
        undo, redo = self.parts.store.depth(self.who)
        return {
            "reader": self.who,
            "blind": self.blind or self.document.blind,
            "revision": self.parts.revision,
            "undo": undo,
            "redo": redo,
        }

    def _plain(self, mark: Mark) -> dict[str, Any]:
        return {
            "id": mark.id,
            "onset": mark.onset,
            "duration": mark.duration,
            "text": mark.text,
            "channel": self._index().get(mark.channel, -1),
            "layer": mark.layer,
            "comment": mark.comment,
        }


def about(info: LayerInfo) -> dict[str, Any]:
    """Return what a reply says of a layer."""
    return {"name": info.name, "reader": info.reader, "read_only": info.read_only}
