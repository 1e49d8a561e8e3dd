"""An editor of beats: each edit is applied, undone and redone on its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.beats.edit_log import (
    ADD,
    DELETE,
    MOVE,
    NOISE,
    NORMAL,
    RELABEL,
    Edit,
    checked_edit,
    checked_log,
    named_in,
)
from vital_widgets.analysis.beats.edited_beats import EditedBeats, edited_beats
from vital_widgets.analysis.engine.analysis import with_recipe_and_notes
from vital_widgets.analysis.engine.recipe import recipe_of
from vital_widgets.analysis.hrv.edit_beats import TOLERANCE_S, edit_beats, overlay_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.beats.edit_overlay import Undo


class BeatEdits:
    """Edits of beats, one by one, with undo and redo.

    The log replays with `edit_beats`. A single edit takes microseconds, however many beats there
    are; `result` takes some milliseconds for the beats of a day.

    Parameters
    ----------
    beats : BeatsLike
        As for `edit_beats`. They are not changed.
    edits : sequence of tuple or dict
        Edits made before; they can be undone.
    tolerance_s : float
        As for `edit_beats`.

    Examples
    --------
    >>> from vital_widgets.analysis import BeatEdits
    >>> edits = BeatEdits([0.8, 1.6, 2.0, 2.4])
    >>> edits.delete(2.01)
    >>> edits.result.times
    array([0.8, 1.6, 2.4])
    >>> edits.log
    [('delete', 2.0)]
    >>> edits.undo()
    True
    >>> len(edits.result)
    4
    """

    def __init__(
        self, beats: BeatsLike, edits: Sequence[Any] = (), *, tolerance_s: float = TOLERANCE_S
    ) -> None:
        arguments = {"beats": beats, "edits": (), "tolerance_s": tolerance_s}
        path = f"{edit_beats.__module__}.{edit_beats.__name__}"
        self._recipe = recipe_of(path, arguments, ("beats",))
        self._overlay, self._found, self._notes = overlay_of(beats, tolerance_s)
        self._done: list[tuple[Edit, Undo]] = []
        self._undone: list[Edit] = []
        self._result: EditedBeats | None = None
        for k, edit in enumerate(checked_log(edits)):
            self._apply(edit, named_in("edits", k, edit))

    def __len__(self) -> int:
        """Return the number of edits."""
        return len(self._done)

    def add(self, time: float, label: str = NORMAL) -> None:
        """Add a beat at a time in seconds."""
        self._new(ADD, time, label)

    def move(self, time: float, to: float) -> None:
        """Move the beat nearest to a time to another one, in seconds."""
        self._new(MOVE, time, to)

    def delete(self, time: float) -> None:
        """Delete the beat nearest to a time in seconds."""
        self._new(DELETE, time)

    def relabel(self, time: float, label: str) -> None:
        """Give the beat nearest to a time in seconds another label, a code of PhysioBank."""
        self._new(RELABEL, time, label)

    def noise(self, begin: float, end: float) -> None:
        """Mark noise ``[begin, end)`` in seconds: its beats are not used."""
        self._new(NOISE, begin, end)

    def undo(self) -> bool:
        """Undo the last edit; return whether there was one."""
        if not self._done:
            return False
        edit, undo = self._done.pop()
        self._overlay.undo(undo)
        self._undone.append(edit)
        self._result = None
        return True

    def redo(self) -> bool:
        """Apply the edit again that was undone last; return whether there was one."""
        if not self._undone:
            return False
        edit = self._undone.pop()
        self._apply(edit, lambda: repr(edit.as_tuple()))
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._undone)

    @property
    def log(self) -> list[tuple[Any, ...]]:
        """The edits as `edit_beats` takes them, with the exact times of the beats."""
        return [edit.as_tuple() for edit, _ in self._done]

    @property
    def result(self) -> EditedBeats:
        """The edited beats, as `edit_beats` returns them for the log."""
        if self._result is None:
            made = edited_beats(self._overlay, self._found, [*self._notes])
            more = {**self._recipe.parameters, "edits": self.log}
            self._result = with_recipe_and_notes(made, replace(self._recipe, parameters=more))
        return self._result

    def nearest(self, time: float) -> float | None:
        """Return the time of the beat that an edit at a time would refer to; None without one."""
        beat = self._overlay.nearest(time)
        return self._overlay.state(beat).time if beat >= 0 else None

    def code(self, beats: str = "beats") -> str:
        """Return Python that makes the same edits; ``beats`` is the name of the variable."""
        if not self._done:
            return f"edited = analysis.edit_beats({beats})"
        lines = "".join(f"    {edit!r},\n" for edit in self.log)
        return f"edits = [\n{lines}]\nedited = analysis.edit_beats({beats}, edits)"

    def __repr__(self) -> str:
        """Show the number of edits."""
        return f"BeatEdits({len(self)} edits, {len(self._undone)} to redo)"

    def _new(self, *values: Any) -> None:
        edit = checked_edit(values, "edit")
        self._apply(edit, lambda: repr(edit.as_tuple()))
        self._undone.clear()

    def _apply(self, edit: Edit, told: Callable[[], str]) -> None:
        self._done.append(self._overlay.apply(edit, told))
        self._result = None
