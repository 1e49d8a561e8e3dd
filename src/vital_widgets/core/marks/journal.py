"""The journal of marks beside a recording: every action is on the disk before it is seen."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from vital_widgets.config import settings
from vital_widgets.core.formatting import writable
from vital_widgets.core.marks.operations import Operation, action_line, parsed
from vital_widgets.errors import FormatError, StoreError, VitalError
from vital_widgets.runtime.files import PROBE_BYTES, SourceFile
from vital_widgets.runtime.linefile import LineFile, LockedTooLongError, as_line
from vital_widgets.runtime.private import make_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vital_widgets.runtime.linefile import LineWriter

SUFFIX = ".marks.jsonl"
VERSION = 1
LONGEST_NAME = 180  # bytes; with what is added to it, less than the 255 of file systems
NEVER_COMPACTED_BYTES = 64 << 20
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})


def journal_beside(recording: Path) -> Path:
    """Return the journal of the file of a recording: ``night.edf.marks.jsonl``.

    Of a very long name, only the beginning is in that of the journal.
    """
    name, raw = recording.name, os.fsencode(recording.name)
    if len(raw) > LONGEST_NAME:
        name = f"{name[:40]}-{hashlib.blake2b(raw, digest_size=8).hexdigest()}"
    return recording.with_name(name + SUFFIX)


def journal_in_cache(beside: Path) -> Path:
    """Return the journal that is used if that beside the recording cannot be written."""
    key = hashlib.blake2b(str(beside).encode("utf-8", "surrogateescape"), digest_size=8)
    return settings().cache_dir / "marks" / f"{key.hexdigest()}-{beside.name}"


def has_journal(recording: Path | None) -> bool:
    """Whether there are marks of readers for the file of a recording."""
    if recording is None:
        return False
    beside = journal_beside(recording).absolute()
    return beside.exists() or journal_in_cache(beside).exists()


class Journal:
    """The operations on the marks of one recording, kept in a file.

    Parameters
    ----------
    path : Path
        The journal.
    recording : Path, optional
        The file that the marks belong to; its size and content are noted in the journal.

    Attributes
    ----------
    notes : list of str
        What a reader must know, in sentences.
    """

    def __init__(self, path: Path, recording: Path | None) -> None:
        self.notes: list[str] = []
        self._beside = path
        self._recording = recording
        self._file = LineFile(path)
        self._other = False
        self._line = 0
        self._damaged = 0
        self._dropped = 0
        in_cache = journal_in_cache(path)
        if in_cache.exists():
            if path.exists() and not self._is_copy(in_cache):
                self._note(
                    f"There are marks in {in_cache} too, which were made while {path.name} could "
                    "not be written; they are not shown."
                )
            else:
                self._file = LineFile(in_cache)
                self._note(f"The marks are kept in {in_cache}.")

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def size(self) -> int:
        """Return its size in bytes."""
        return self._file.size()

    def news(self) -> tuple[bool, Iterator[Operation]]:
        """Return whether the file is another one than before, and the operations not yet returned.

        Take all of them before the journal is used again.

        Raises
        ------
        StoreError
            The file cannot be read.
        """
        try:
            other, lines = self._file.news()
            return self._parsed(lines, other=other)
        except StoreError:
            raise
        except OSError as error:
            raise self._failed(error, "read") from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[JournalWriter]:
        """Lock the journal for writing.

        Raises
        ------
        StoreError
            Neither this file nor one in the cache folder can be written.
        """
        with contextlib.ExitStack() as stack:
            try:
                writer = self._locked(stack)
            except OSError as error:
                raise self._failed(error, "write") from error
            yield JournalWriter(self, writer)

    def _locked(self, stack: contextlib.ExitStack) -> LineWriter:
        try:
            return stack.enter_context(self._file.writing())
        except OSError as error:
            in_cache = journal_in_cache(self._beside)
            if error.errno not in _READ_ONLY or self._file.path == in_cache:
                raise
            make_private(in_cache.parent)
            if self._beside.exists():
                shutil.copyfile(self._beside, in_cache)
            self._file, self._other = LineFile(in_cache), True
            self._note(
                f"{self._beside.parent} cannot be written ({error.strerror}): the marks are kept "
                f"in {in_cache}."
            )
            return stack.enter_context(self._file.writing())

    def _parsed(self, lines: Sequence[bytes], *, other: bool) -> tuple[bool, Iterator[Operation]]:
        other, self._other = other or self._other, False
        if other:
            self._line = self._damaged = 0
        head = self._line == 0 and bool(lines) and self._is_head(lines[0])
        self._line += head
        return other, self._each(lines[1:] if head else lines)

    def _each(self, lines: Sequence[bytes]) -> Iterator[Operation]:
        """Read one operation after another; notes what cannot be read."""
        problem = ""
        for line in lines:
            self._line += 1
            try:
                yield from parsed(line)
            except FormatError as error:
                self._damaged += 1
                problem = problem or f"line {self._line}: {error}"
        if problem:
            self._note(
                f"{self._damaged} lines of {self.path.name} cannot be read ({problem}); they are "
                "left out."
            )
        if self._file.dropped > self._dropped:
            self._dropped = self._file.dropped
            self._note(
                f"The last line of {self.path.name} was incomplete, as when a kernel is stopped "
                "while it writes; it was left out."
            )

    def _note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _is_head(self, line: bytes) -> bool:
        """Whether the first line says what the marks belong to; notes what has changed since."""
        try:
            head = json.loads(line)
        except (ValueError, RecursionError):
            return False
        if not isinstance(head, dict) or "marks" not in head:
            return False
        if head["marks"] != VERSION:
            msg = (
                f"{self.path} has version {head['marks']!r}, this release of vital_widgets reads "
                f"version {VERSION}; update vital_widgets to read these marks"
            )
            raise StoreError(msg)
        then, now = head.get("recording"), identity(self._recording)
        if isinstance(then, dict) and now is not None and then.get("digest") != now["digest"]:
            sizes = f"it had {then.get('bytes')} bytes and has {now['bytes']}"
            what = sizes if then.get("bytes") != now["bytes"] else "its content is not the same"
            self._note(
                f"{now['file']} was changed since it was marked ({what}): check whether the marks "
                "are still in their places."
            )
        return True

    def head(self) -> bytes:
        """Return the first line of a new journal."""
        about = identity(self._recording)
        return as_line({"marks": VERSION, **({"recording": about} if about else {})})

    def _is_copy(self, in_cache: Path) -> bool:
        """Whether a journal in the cache begins with that beside the recording."""
        with contextlib.suppress(OSError):
            whole = self._beside.read_bytes()
            with in_cache.open("rb") as file:
                return file.read(len(whole)) == whole
        return False

    def _failed(self, error: OSError, doing: str) -> StoreError:
        why = error.strerror or str(error)
        hint = "free space on the disk" if error.errno == errno.ENOSPC else "check the folder"
        if isinstance(error, LockedTooLongError):
            hint = "close the other program"
        return StoreError(f"cannot {doing} the marks in {self.path}: {why}; {hint} and try again")


class JournalWriter:
    """The journal while it is locked; created by `Journal.writing`."""

    def __init__(self, journal: Journal, writer: LineWriter) -> None:
        self._journal = journal
        self._writer = writer

    def news(self) -> tuple[bool, Iterator[Operation]]:
        """Return the same as `Journal.news`; call it before `append`."""
        other, lines = self._writer.news()
        return self._journal._parsed(lines, other=other)  # noqa: SLF001

    def note(self, sentence: str) -> None:
        """Add what a reader must know to the notes of the journal."""
        self._journal._note(sentence)  # noqa: SLF001

    def append(self, action: Sequence[Operation]) -> None:
        """Write the operations of one action; they are on the disk when this returns."""
        lines = [action_line(action)]
        if self._journal.size() == 0:
            lines.insert(0, self._journal.head())
            self._journal._line = 1  # noqa: SLF001
        self._on_disk(lambda: self._writer.append(lines))
        self._journal._line += 1  # noqa: SLF001

    def replace(self, operations: Sequence[Operation], keep: Path | None) -> None:
        """Put a new journal in place of this one, which is kept as ``keep``."""
        lines = [self._journal.head(), *(operation.line() for operation in operations)]
        self._on_disk(lambda: self._writer.replace(lines, keep))

    def _on_disk(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise self._journal._failed(error, "write") from error  # noqa: SLF001


def identity(recording: Path | None) -> dict[str, Any] | None:
    """Return name, size and digest of the content of a file, wherever it lies; None without one.

    The digest is of its size and of bytes at its start, middle and end.
    """
    if recording is None:
        return None
    try:
        file = SourceFile(recording)
        digest = hashlib.blake2b(str(file.size).encode(), digest_size=16)
        count = min(file.size, PROBE_BYTES)
        for at in dict.fromkeys((0, (file.size - count) // 2, file.size - count)):
            digest.update(file.read(at, count).tobytes())
        file.close()
    except VitalError:
        return None
    return {"file": writable(recording.name), "bytes": file.size, "digest": digest.hexdigest()}
