"""Beats as a layer of marks that is edited in a viewer, and the log of what was edited."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES
from vital_widgets.analysis.beats.edit_log import (
    ADD,
    DELETE,
    MOVE,
    NOISE,
    NORMAL,
    RELABEL,
    Edit,
)
from vital_widgets.analysis.beats.edit_overlay import EditOverlay
from vital_widgets.analysis.hrv.edit_beats import TOLERANCE_S
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.layermarks import Moment
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.marks.document import RecordingAnnotations

NOISE_TEXT = "noise"
SAME_S = 1e-6  # a mark this close to a beat is that beat, when a layer is taken up again
ORDER = (DELETE, MOVE, RELABEL, ADD, NOISE)
LEAST_MATCH = 0.5  # share of the marks of a layer that are beats that were found


class BeatLayer:
    """The beats of a detector as marks that a reader edits, with undo and redo of the marks.

    The log follows from where the marks are now: marks that were added, moved, deleted, or say
    something else, and stretches that say "noise". After a change only the marks that it touched
    are looked at.

    Parameters
    ----------
    marks : RecordingAnnotations
        The annotations of the recording.
    name, reader : str
        Of the layer; the reader who edits it.
    times : ndarray of float64, shape (n,)
        Times of the beats that were found, in seconds.

    Attributes
    ----------
    log : list of tuple
        The edits as `edit_beats` takes them, in an order in which they can be replayed.
    problems : list of str
        Why marks of the layer are not used.
    """

    def __init__(
        self, marks: RecordingAnnotations, name: str, reader: str, times: NDArray[np.float64]
    ) -> None:
        self.name, self.reader, self.times = name, reader, times
        self.log: list[tuple[Any, ...]] = []
        self.problems: list[str] = []
        self._marks = marks
        self._lock = threading.RLock()  # creating marks tells this layer of them
        self._beginning = False
        self._ids = np.empty(0, np.int64)  # in order, of the beats that were found
        self._beats = np.empty(0, np.int64)  # the number of the beat of each
        self._absent: dict[float, int] = {}  # beats that were deleted before
        self._changed: dict[int, Moment | None] = {}
        self._seen = 0

    def begin(self) -> None:
        """Take up the layer if it exists, else put the beats into it."""
        with self._lock:
            self._beginning = True
            try:
                self._begin()
            finally:
                self._beginning = False

    def _begin(self) -> None:
        store = self._marks.parts.store
        store.refresh()
        self._changed, self._absent = {}, {}  # of marks that are gone
        if self.name in {one.name for one in self._marks.layers}:
            self._seen = store.newest
            self._take_up()
        elif len(self.times):
            found = Annotations(self.times, [NORMAL] * len(self.times))
            ids = self._marks.extend(found, layer=self.name, reader=self.reader)
            self._know(ids, np.arange(len(ids)))
            self._seen = store.newest
        self._translate()

    def follow(self) -> bool:
        """Look at the marks that were changed since; return whether there were any."""
        with self._lock:
            if self._beginning:
                return False
            store = self._marks.parts.store
            self._seen, touched = store.changed_since(self._seen, self.name)
            if not touched:
                return False
            for one, now in touched.items():
                beat = self._beat(one)
                same = beat is not None and now == Moment(float(self.times[beat]), 0.0, NORMAL)
                if same or (beat is None and now is None):
                    self._changed.pop(one, None)
                else:
                    self._changed[one] = now
            self._translate()
            return True

    @property
    def gone(self) -> bool:
        """Whether all marks are gone, as when the reader undid that the layer was made."""
        n = len(self._ids)
        return n > 0 and sum(now is None for now in self._changed.values()) >= n

    def at(self, time: float) -> int:
        """Return the identity of the mark nearest to a time, or raise."""
        table = self._marks.layer(self.name)
        moments = np.flatnonzero(table.duration == 0)
        if len(moments):
            k = moments[np.argmin(np.abs(table.onset[moments] - time))]
            if abs(table.onset[k] - time) <= TOLERANCE_S:
                return int(table.id[k])
        raise InvalidInputError(
            f"no beat lies within {TOLERANCE_S:g} s of {time:.6g} s; give the time of a beat"
        )

    def _know(self, ids: NDArray[np.int64], beats: NDArray[np.int64]) -> None:
        order = np.argsort(ids)
        self._ids, self._beats = ids[order], beats[order]

    def _beat(self, one: int) -> int | None:
        """Return the number of the beat that a mark was; None for a mark that was added."""
        k = int(np.searchsorted(self._ids, one))
        return int(self._beats[k]) if k < len(self._ids) and self._ids[k] == one else None

    def _take_up(self) -> None:
        """Find the beats among the marks of a layer that exists; the others are edits."""
        table = self._marks.layer(self.name)
        moments = table.duration == 0
        n = len(self.times)
        near = np.clip(np.searchsorted(self.times, table.onset - SAME_S), 0, max(n - 1, 0))
        found = moments & (n > 0)
        if n:
            found &= np.abs(self.times[near] - table.onset) <= SAME_S
        if moments.sum() and found.sum() < LEAST_MATCH * moments.sum():
            raise InvalidInputError(
                f"the layer {self.name!r} holds other beats than those that were found; choose "
                "the detector that found them, or give another layer"
            )
        rows = np.flatnonzero(found)
        _, first = np.unique(near[rows], return_index=True)  # two marks of one beat
        rows = rows[first]
        self._know(table.id[rows], near[rows])
        self._absent = {float(self.times[k]): k for k in np.setdiff1d(np.arange(n), near[rows])}
        texts = table.text
        odd = np.ones(len(table), bool)
        odd[rows] = np.array([text != NORMAL for text in texts[rows]], bool)
        for k in np.flatnonzero(odd).tolist():
            now = Moment(float(table.onset[k]), float(table.duration[k]), str(texts[k]))
            self._changed[int(table.id[k])] = now

    def _translate(self) -> None:
        """Set the log and the problems from what differs from the beats that were found."""
        self.problems = []
        labels = np.full(len(self.times), NORMAL)
        overlay = EditOverlay(self.times, labels, TOLERANCE_S)
        waiting = [] if self.gone else self._edits()
        self.log = []
        refused: list[tuple[Edit, str]] = []
        # A beat may go where another one has to leave first.
        while waiting:
            refused = []
            for edit in waiting:
                try:
                    overlay.apply(edit, lambda edit=edit: repr(edit.as_tuple()))  # type: ignore[misc]
                    self.log.append(edit.as_tuple())
                except InvalidInputError as error:
                    refused.append((edit, str(error)))
            if len(refused) == len(waiting):
                break
            waiting = [edit for edit, _ in refused]
        self.problems += [why for _, why in refused]

    def _edits(self) -> list[Edit]:
        """Return the edits: deleted beats, moved and relabelled ones, added ones, noise."""
        absent = dict(self._absent)
        edits: list[Edit] = []
        for one, now in self._changed.items():
            beat = self._beat(one)
            before = None if beat is None else float(self.times[beat])
            if before is None and now is not None and now.onset in absent and not now.duration:
                before = now.onset  # a beat that came back
                del absent[before]
            edits += self._edits_of(before, now)
        edits += [Edit(DELETE, time) for time in absent]
        return sorted(edits, key=lambda edit: (ORDER.index(edit.action), edit.time))

    def _edits_of(self, before: float | None, now: Moment | None) -> list[Edit]:
        """Return the edits of one mark, which was a beat at the time ``before``."""
        lasting = now is not None and now.text == NOISE_TEXT and now.duration > 0
        if now is not None and not lasting and now.text not in BEAT_CODES:
            self.problems.append(
                f"the mark {now.text!r} at {now.onset:.6g} s is not used: it is neither a code of "
                f"PhysioBank nor a stretch that says {NOISE_TEXT!r}"
            )
            now = None
        gone = [Edit(DELETE, before)] if before is not None else []
        if now is None:
            return gone
        if lasting:
            return [*gone, Edit(NOISE, now.onset, now.onset + now.duration)]
        if before is None:
            return [Edit(ADD, now.onset, label=now.text)]
        moved = [Edit(MOVE, before, now.onset)] if now.onset != before else []
        return moved + ([Edit(RELABEL, now.onset, label=now.text)] if now.text != NORMAL else [])
