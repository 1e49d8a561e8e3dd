"""WFDB records: header, signal files and annotation files, read in place.

The skew of a signal is removed as in the WFDB library: a skew of k frames means that the
signal's sample of frame i lies in frame i + k of the file. The first k frames of such a signal in
the file lie before the start of the record and are left out, and the signal ends k frames before
the others do unless the file goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.recording import Recording
from vital_widgets.core.timebase import regular
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.wfdb.annotations import (
    AnnotationLoader,
    check_annotators,
    find_annotators,
    looks_like_annotations,
)
from vital_widgets.io.wfdb.formats import FORMATS, NOT_RANDOM
from vital_widgets.io.wfdb.header import NO_FILE, Header, read_header
from vital_widgets.io.wfdb.multisegment import JoinedRecord, join_segments
from vital_widgets.io.wfdb.places import base_name
from vital_widgets.io.wfdb.signalfiles import SignalPart, segment_signals
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.files import fingerprint, read_head

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "WFDB"
EXTENSIONS = (".hea", ".dat", ".atr", ".qrs", ".ecg", ".ari")

PROBED_FILES = 8  # of a record in many segments only the first are probed by content
MOST_HEADERS = 2000  # searched for one that names a signal file
_FORMAT_NUMBERS = frozenset({*FORMATS, *NOT_RANDOM, 0})


def sniff(head: bytes, path: Path) -> bool:
    """Whether ``path`` is a WFDB header, or a signal or annotation file with one beside it."""
    if path.suffix.lower() == ".hea":
        return b"\0" not in head and not _is_table(head)
    if _is_header_text(head):
        return True
    header = _sibling(path)
    if header is not None:
        return _is_named_in(path, header) or (
            path.stem == header.stem and looks_like_annotations(path)
        )
    return path.suffix.lower() == ".dat" and _header_naming(path) is not None


def open_file(path: Path, *, annotations: list[str] | None = None) -> Recording:
    """Open a WFDB record; only its headers are read.

    Parameters
    ----------
    path : Path
        The header, or a signal or annotation file of the record.
    annotations : list of str, optional
        Extensions of the annotation files to show, for example ``["atr"]``; by default all beside
        the header.
    """
    header_path = _header_of(path)
    header = read_header(header_path)
    record = _one_segment(header) if header.segments is None else join_segments(header)
    if record.errors and not record.channels:
        raise record.errors[0]
    files = frozenset(base_name(signal.file) for part in record.headers for signal in part.signals)
    wanted = _annotators(header_path, path, annotations, files)
    sources = {part.source.key: part.source.file for part in record.parts}
    recording = Recording(
        header_path.stem,
        record.channels,
        path=header_path,
        start=header.start,
        metadata=_metadata(header, record, wanted),
        notes=[*header.notes, *record.notes],
        fingerprint=_fingerprint(header, record),
        on_close=_closer(list(sources)),
        files=sources.values(),
    )
    if wanted:
        recording._annotations = AnnotationLoader(  # noqa: SLF001 - it adds to the notes
            header, wanted, record.names, recording.notes, strict=annotations is not None
        )
    return recording


def _one_segment(header: Header) -> JoinedRecord:
    parts, notes, errors = segment_signals(header, header.n_frames)
    names, renamed = unique_names([signal.name for signal in header.signals])
    record = JoinedRecord(names=names, headers=[header], errors=errors)
    record.notes = [*renamed, *notes, *(f"left out: {error}" for error in errors)]
    for name, signal, part in zip(names, header.signals, parts, strict=True):
        if part is None:
            if signal.file in NO_FILE:
                record.notes.append(f"{name!r} has no signal file ({signal.file}); left out")
            continue
        record.parts.append(part)
        record.channels.append(_channel(name, part, header.fs))
        if signal.skew:
            record.notes.append(
                f"{name!r} is stored {signal.skew} frames late (skew) and was aligned; its "
                f"first {signal.skew} frames in the file are left out"
            )
        if not signal.calibrated:
            record.notes.append(
                f"the header gives no gain for {name!r}; {signal.gain:g} steps per "
                f"{signal.units} are assumed, the default of WFDB"
            )
    return record


def _channel(name: str, part: SignalPart, frame_rate: float) -> Channel:
    return Channel(
        name,
        part.samples,
        regular(frame_rate * part.signal.per_frame, part.samples.n_samples),
        part.signal.units,
        gain=part.gain,
        offset=part.offset,
        missing=part.missing,
        details=part.details,
    )


def _annotators(
    header: Path, opened: Path, extensions: list[str] | None, files: frozenset[str]
) -> list[str]:
    if extensions is not None:
        if not _is_list_of_str(extensions):
            raise InvalidInputError(
                f"annotations={extensions!r} is not a list of extensions; give for example ['atr']"
            )
        return check_annotators(header, extensions)
    found = find_annotators(header, files)
    mine = opened.name[len(header.stem) + 1 :]
    return sorted(found, key=lambda extension: extension != mine) if mine in found else found


def _is_list_of_str(extensions: object) -> bool:
    return isinstance(extensions, (list, tuple)) and all(isinstance(one, str) for one in extensions)


def _metadata(header: Header, record: JoinedRecord, annotators: list[str]) -> dict[str, Any]:
    formats = sorted({part.source.format for part in record.parts})
    files = {part.source.file.path: part.source.file.size for part in record.parts}
    known: dict[str, Any] = {
        "format": "WFDB" + (f", format {', '.join(map(str, formats))}" if formats else ""),
        "n_bytes": sum(files.values()),
        "comments": list(header.comments),
        "annotators": annotators,
    }
    if header.segments is not None:
        known["segments"] = len(header.segments)
    if header.counter is not None:
        known["counter_frequency"] = header.counter
        known["base_counter"] = header.base_counter or 0.0
    if header.start is None and header.start_time is not None:
        known["start_time"] = header.start_time
    return known


def _fingerprint(header: Header, record: JoinedRecord) -> str:
    """Return the identity of all headers and signal files together."""
    digest = hashlib.blake2b(fingerprint(header.path).encode(), digest_size=16)
    for segment in record.headers:
        digest.update(repr(segment).encode("utf-8", "surrogateescape"))
    files = {part.source.file.path: part.source for part in record.parts}
    for number, (path, source) in enumerate(files.items()):
        digest.update(f"{path}\0{source.file.stamp}\0".encode("utf-8", "surrogateescape"))
        if number < PROBED_FILES:
            digest.update(fingerprint(path).encode())
    return digest.hexdigest()


def _closer(keys: list[str]) -> Callable[[], None]:
    def close() -> None:
        for key in keys:
            blocks().drop(key)

    return close


# ---------------------------------------------------------------- finding the header


def _header_of(path: Path) -> Path:
    if path.suffix.lower() == ".hea":
        return path
    found = _sibling(path) or _header_naming(path)
    if found is not None:
        return found
    if _is_header_text(read_head(path)):
        return path
    raise FormatError(
        f"{path}: a WFDB file needs its header (.hea) in the same folder, but no header there "
        f"names {path.name}; copy the header beside it"
    )


def _sibling(path: Path) -> Path | None:
    for candidate in (path.with_suffix(".hea"), path.with_name(path.name + ".hea")):
        with contextlib.suppress(OSError):  # a name too long with another ending
            if candidate != path and candidate.is_file():
                return candidate
    return None


def _header_naming(path: Path) -> Path | None:
    """Return the header in the folder whose signals lie in ``path``, the closest by name."""
    headers = sorted(path.parent.glob("*.hea"))[:MOST_HEADERS]
    naming = [header for header in headers if _is_named_in(path, header)]
    return min(naming, key=lambda header: _distance(header.stem, path.stem), default=None)


def _distance(stem: str, other: str) -> tuple[int, int]:
    same = next((k for k, (a, b) in enumerate(zip(stem, other, strict=False)) if a != b), None)
    same = min(len(stem), len(other)) if same is None else same
    return -same, len(stem)


def _is_named_in(path: Path, header: Path) -> bool:
    try:
        head = read_head(header)
    except VitalError:
        return False  # not a header that could name anything
    name = re.escape(path.name.encode("utf-8", "surrogateescape"))
    if re.search(rb"^[ \t]*(?:\S*[/\\])?" + name + rb"[ \t]+\d", head, re.MULTILINE):
        return True
    # A header of segments names them without extension, and they may share one file.
    first = next((line for line in head.splitlines() if line.strip()[:1] not in (b"", b"#")), b"")
    in_segments = re.match(rb"\s*\S+/\d+[ \t]", first) is not None
    return header.stem == path.stem and in_segments and path.suffix == ".dat"


def _is_table(head: bytes) -> bool:
    """Whether the first line is that of a text table and not of a header."""
    lines = (line for line in head.splitlines() if line.strip() and not line.startswith(b"#"))
    first = next(lines, b"")
    return b"," in first or b";" in first


def _is_header_text(head: bytes) -> bool:
    """Whether text under any name is a header: two lines decide, numbers alone do not."""
    if b"\0" in head:
        return False
    text = head.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2 or not re.match(r"\s*[^\s,;]+\s+\d+(\s+[\d.]|\s*$)", lines[0]):  # noqa: PLR2004
        return False
    signal = re.match(r"\s*(?P<file>[^\s,;]*[A-Za-z~][^\s,;]*)\s+(?P<format>\d{1,3})\b", lines[1])
    if re.search(r"/\d+$", lines[0].split()[0]):
        return signal is not None or re.match(r"\s*[^\s,;]+\s+\d+\s*$", lines[1]) is not None
    return signal is not None and int(signal["format"]) in _FORMAT_NUMBERS
