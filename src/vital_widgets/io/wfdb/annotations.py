"""Find and read the annotation files beside a WFDB header."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    VitalError,
)
from vital_widgets.io.wfdb.marks import Marks, decode, plausible
from vital_widgets.io.wfdb.markwriter import extra_of, text_of
from vital_widgets.runtime.files import SourceFile, read_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vital_widgets.io.wfdb.header import Header

NOT_ANNOTATIONS = frozenset(
    {"hea", "dat", "mat", "edf", "bdf", "rec", "wav", "flac", "csv", "tsv", "txt", "json", "xml"}
    | {"pdf", "zip", "gz", "h5", "hdf5", "npy", "npz", "parquet", "md", "xws", "png", "jpg", "svg"}
    | {"html", "py", "ipynb", "log", "bak", "tmp"}
)
# Files with these extensions are annotation files; a note reports those that cannot be read.
USUAL = frozenset({"atr", "qrs", "ari"})
MOST_BYTES = 16 << 20  # a month of beats is less than half of it
PROBED_BYTES = 1 << 14
LAST_CODE = 49  # of a mark; 59 to 63 carry the fields of the mark before
FIRST_CONTROL, LAST_CONTROL = 59, 63


def find_annotators(header: Path, signal_files: frozenset[str]) -> list[str]:
    """Return the extensions of the annotation files of a header, 'atr' first."""
    prefix = header.stem + "."
    found = [
        entry.name[len(prefix) :]
        for entry in header.parent.iterdir()
        if entry.name.startswith(prefix)
        and entry.name not in signal_files
        and re.fullmatch(r"[A-Za-z][\w-]{0,15}", entry.name[len(prefix) :])
        and entry.name[len(prefix) :].lower() not in NOT_ANNOTATIONS
        and entry.is_file()
        and (entry.name[len(prefix) :] in USUAL or looks_like_annotations(entry))
    ]
    return sorted(found, key=lambda extension: (extension != "atr", extension))


def looks_like_annotations(path: Path) -> bool:
    """Whether a file begins with a mark and ends like an annotation file, or was cut short."""
    try:
        source = SourceFile(path)
        if source.size < 2:  # noqa: PLR2004 - no word
            return False
        if source.size % 2 or source.read(source.size - 2, 2).any():
            return plausible(source.read(0, min(source.size, PROBED_BYTES)))
        code = int(source.read(0, 2).view("<u2")[0]) >> 10
    except VitalError:
        return False  # what cannot be read is not offered
    empty = source.size == 2  # noqa: PLR2004 - only the end mark
    return empty or 0 < code <= LAST_CODE or FIRST_CONTROL <= code <= LAST_CONTROL


def check_annotators(header: Path, extensions: Sequence[str]) -> list[str]:
    """Return the requested extensions without a dot, or raise if there is no such file."""
    wanted = [extension.lstrip(".") for extension in extensions]
    for extension, given in zip(wanted, extensions, strict=True):
        if not extension or re.search(r"[/\\\0]", extension):
            raise InvalidInputError(
                f"annotations={list(extensions)!r}: {given!r} is not a file extension; give for "
                f"example ['atr'] for {header.stem}.atr"
            )
        file = header.with_name(f"{header.stem}.{extension}")
        there = False
        with contextlib.suppress(OSError, ValueError):  # a name that no file can have
            there = file.is_file()
        if not there:
            others = ", ".join(find_annotators(header, frozenset())) or "none"
            raise RecordingNotFoundError(
                f"there is no annotation file {file}; annotation files of this record: {others}"
            )
    return wanted


class AnnotationLoader:
    """Reads the annotation files at the first request.

    Parameters
    ----------
    header : Header
        Of the record.
    extensions : sequence of str
        Annotation files to read. If there are several, the texts of all but the first begin with
        the extension: 'qrs: N'.
    channels : sequence of str
        Names of the signals in the order of the header.
    notes : list of str
        Receives a sentence for each file that cannot be read.
    strict : bool
        Whether such a file raises instead, because the user named it.
    """

    def __init__(
        self,
        header: Header,
        extensions: Sequence[str],
        channels: Sequence[str],
        notes: list[str],
        *,
        strict: bool,
    ) -> None:
        self._header = header
        self._extensions = list(extensions)
        self._channels = list(channels)
        self._notes = notes
        self._strict = strict

    def __call__(self) -> Annotations:
        """Read the files."""
        found: list[Annotations] = []
        for extension in self._extensions:
            path = self._header.path.with_name(f"{self._header.path.stem}.{extension}")
            try:
                marks = annotations_of(path, self._channels, self._header.fs, self._notes)
            except VitalError as error:
                if self._strict:
                    raise
                self._notes.append(str(error))
                continue
            found.append(marks if extension == self._extensions[0] else _named(marks, extension))
        if len(found) == 1:
            return found[0]
        if not found:
            return Annotations()
        names = ("onset", "text", "duration", "channel", "comment", "extra")
        return Annotations(*(np.concatenate([getattr(m, name) for m in found]) for name in names))


def _named(marks: Annotations, extension: str) -> Annotations:
    """Return marks whose texts begin with the extension of their file."""
    texts = [f"{extension}: {text}" for text in marks.text]
    return Annotations(marks.onset, texts, None, marks.channel, comment=marks.comment)


def annotations_of(
    path: Path, channels: Sequence[str], fs: float | None, notes: list[str] | None = None
) -> Annotations:
    """Read an annotation file.

    Parameters
    ----------
    path : Path
        The file.
    channels : sequence of str
        Names of the signals in the order of the header.
    fs : float or None
        The rate of the record in Hz, for a file that does not give the rate of its times.
    notes : list of str, optional
        Receives the faults of the file.
    """
    read_head(path)  # refuses folders and empty files
    source = SourceFile(path)
    if source.size > MOST_BYTES:
        raise FormatError(
            f"{path}: {source.size} bytes are too many for an annotation file (at most "
            f"{MOST_BYTES}); if it is not one, name the annotation files with "
            "annotations=['atr']"
        )
    data = source.read(0, source.size)
    source.check()
    try:
        marks = decode(data)
    except FormatError as error:
        raise FormatError(f"{path} is not a readable annotation file: {error}") from None
    if not marks.whole and not plausible(data, marks):
        raise FormatError(
            f"{path} is not a readable annotation file: it has no end mark and holds codes "
            "that WFDB does not define; copy it again from its source"
        )
    if notes is not None:
        notes += [f"{path.name} {note}" for note in marks.notes]
    rate = marks.fs or fs
    if rate is None:
        raise InvalidInputError(
            f"{path} does not say its sampling rate; give fs= in Hz, or recording="
        )
    texts, comments, extras = _described(marks)
    names = _names(marks.channel, channels)
    return Annotations(marks.sample / rate, texts, None, names, comment=comments, extra=extras)


def _described(marks: Marks) -> tuple[list[str], list[str], list[str]]:
    """Return text, comment and other information of each mark; most marks share few of them."""
    columns = (marks.code, marks.subtype, marks.number, marks.channel)
    known: dict[tuple[Any, ...], tuple[str, str, str]] = {}
    found = []
    for aux, *numbers in zip(marks.aux, *(column.tolist() for column in columns), strict=True):
        key = (aux, *numbers)
        if key not in known:
            code, subtype, number, channel = numbers
            symbol = marks.symbol(code)
            extra = extra_of(code, aux, symbol, subtype=subtype, number=number, channel=channel)
            known[key] = (*text_of(symbol, aux), extra)
        found.append(known[key])
    return tuple(map(list, zip(*found, strict=True))) if found else ([], [], [])  # type: ignore[return-value]


def _names(numbers: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """Return channel names; empty if all marks of the file have the same signal number."""
    if len(np.unique(numbers)) < 2:  # noqa: PLR2004
        return [""] * len(numbers)
    return [names[k] if 0 <= k < len(names) else "" for k in numbers.tolist()]
