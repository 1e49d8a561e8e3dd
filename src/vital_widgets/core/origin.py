"""The origin of channels: what a channel keeps of its recording to be shown by itself."""

from __future__ import annotations

import threading
import uuid
import weakref
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.document import RecordingAnnotations
from vital_widgets.core.marks.journal import has_journal, journal_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

ABOUT_THE_FILE = frozenset({"format", "n_bytes", "expected_duration_s"})


class Notes(list[str]):
    """Sentences about a recording; later additions also reach the recordings derived from it.

    Some come late: while a file is read, or when its annotations are first requested.
    """

    def __init__(self, notes: Iterable[str] = ()) -> None:
        super().__init__(notes)
        self._heirs: list[tuple[weakref.ref[Notes], str]] = []

    def pass_on(self, heir: Notes, prefix: str = "") -> None:
        """Give all sentences to ``heir``, now and from now on."""
        self._heirs.append((weakref.ref(heir), prefix))
        heir.extend(f"{prefix}{note}" for note in self)

    def append(self, note: str) -> None:
        """Add a sentence."""
        self.extend([note])

    def extend(self, notes: Iterable[str]) -> None:
        """Add sentences."""
        added = list(notes)
        super().extend(added)
        for known, prefix in self._heirs:
            heir = known()
            if heir is not None:
                heir.extend(f"{prefix}{note}" for note in added)

    def __iadd__(self, notes: Iterable[str]) -> Self:  # type: ignore[override,misc]
        """Add sentences."""
        self.extend(notes)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the present sentences and the heirs."""
        heirs = [(heir(), prefix) for heir, prefix in self._heirs]
        return Notes, (list(self),), [(heir, prefix) for heir, prefix in heirs if heir is not None]

    def __setstate__(self, heirs: list[tuple[Notes, str]]) -> None:
        """Restore the heirs."""
        self._heirs = [(weakref.ref(heir), prefix) for heir, prefix in heirs]


@dataclass(eq=False)
class Origin:
    """The information that a recording and everything derived from it share.

    Attributes
    ----------
    name : str
        Of the recording.
    start : datetime or None
        Clock time of second 0, with the zone it was given in.
    annotations : Annotations, callable or None
        The marks, or a function that reads them when they are first requested.
    metadata : dict
        Other information about the recording.
    notes : Notes
        What was corrected or left out.
    path : Path or None
        The file; the marks of readers are kept beside it.
    key : str
        The same in every copy, also in other processes.
    """

    name: str
    start: datetime | None = None
    annotations: Annotations | Callable[[], Annotations] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    path: Path | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        """Prepare to read the marks once only."""
        self._lock = threading.RLock()

    def marks(self) -> RecordingAnnotations:
        """Return the marks, read at the first request; others can be added to them."""
        with self._lock:
            found = self.annotations
            if found is not None and not isinstance(found, Annotations):
                found = found()
            if not isinstance(found, RecordingAnnotations):
                journal = None if self.path is None else journal_beside(self.path)
                known = Annotations() if found is None else found
                found = RecordingAnnotations(known, journal, self.path)
            self.annotations = found
            return found

    def of_file(self) -> Annotations:
        """Return what the file says, without marks of readers."""
        return self.marks().parts.of_file

    def mark_layers(self) -> int:
        """Return the number of layers of marks, 1 if there may be marks that were not read yet."""
        if isinstance(self.annotations, RecordingAnnotations):
            return len(self.annotations.parts.all())
        if self.annotations is None:
            return int(has_journal(self.path))
        return int(not isinstance(self.annotations, Annotations) or len(self.annotations) > 0)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle with the marks, or with their reader unless it is a local function."""
        if "<" in getattr(self.annotations, "__qualname__", "") or has_journal(self.path):
            self.marks()
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore; a copy adds no marks to the journal."""
        self.__dict__.update(state, path=None)
        self._lock = threading.RLock()


def common(origins: Iterable[Origin | None]) -> tuple[Origin | None, str]:
    """Return the common origin of channels, and a note if it lacks what each one has.

    None if no channel belongs to a recording.
    """
    found = {origin.key: origin for origin in origins if origin is not None}
    several = list(found.values())
    if len(several) < 2:  # noqa: PLR2004
        return (several[0] if several else None), ""
    first, *rest = several
    names = ", ".join(sorted({origin.name for origin in several}))
    shared = Origin(names)
    shared.metadata = {
        name: value
        for name, value in first.metadata.items()
        if all(name in other.metadata and other.metadata[name] == value for other in rest)
    }
    for origin in several:
        origin.notes.pass_on(shared.notes, f"{origin.name}: ")
    marked = [origin for origin in several if origin.annotations is not None]
    if len({origin.start for origin in several}) == 1 and len(marked) <= 1:
        shared.start = first.start
        shared.annotations = marked[0].marks if marked else None
        return shared, ""
    return shared, (
        f"The channels come from several recordings ({names}), so their start and annotations are "
        "not used; give start= and annotations=."
    )


def later(start: datetime, seconds: float) -> datetime | None:
    """Return a clock time some seconds later, in its zone; None outside the years 1 to 9999."""
    try:
        if start.tzinfo is None:
            return start + timedelta(seconds=seconds)
        # By way of UTC: the same zone's clocks may have been changed in between.
        return (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(start.tzinfo)
    except OverflowError:
        return None
