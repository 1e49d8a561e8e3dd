"""The annotations of EDF+ and BDF+ files: time-stamped annotation lists (TALs).

edfio decodes them only from a whole file (BDF: completely in memory), loses texts with line breaks
and fails at the first letter outside its encoding; here they are streamed, and unreadable ones are
counted. The tests compare the result with edfio, pyedflib and MNE.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.io.edf.header import EdfHeader
    from vital_widgets.runtime.files import SourceFile

_ONSET = re.compile(rb"[+-]?\d+(?:[.,]\d*)?")
_DURATION = re.compile(rb"\+?\d+(?:[.,]\d*)?")
_TEXT_END = 0x14
_DURATION_MARK = 0x15
_STREAM_BYTES = 4 << 20
_LONGEST_ONSET = 32  # characters; longer ones are read one by one
_LONG_RECORD = 16 << 10  # from here on only the annotation bytes of a record are read


@dataclass(frozen=True)
class Mark:
    """One annotation of the file; ``duration`` is None if the file gives none."""

    onset: float
    duration: float | None
    text: str


def decode_tals(raw: bytes) -> tuple[list[Mark], int]:
    """Return the annotations in the bytes of one signal of one record, and how many are damaged.

    Lists without a text and without a duration only give the time of the record and are left out.
    """
    marks: list[Mark] = []
    damaged = 0
    for tal in raw.split(b"\0"):
        if not tal.strip():
            continue
        timing, *texts = tal.split(b"\x14")
        onset_text, _, duration_text = timing.partition(b"\x15")
        onset = _seconds(_ONSET, onset_text)
        duration = _seconds(_DURATION, duration_text)
        if onset is None or (duration_text and duration is None) or not texts:
            damaged += 1
            continue
        spoken = [text for text in texts if text]
        if not spoken and duration is not None:
            spoken = [b""]
        marks += [Mark(onset, duration, _decoded(text)) for text in spoken]
    return marks, damaged


def record_onset(raw: bytes) -> float | None:
    """Return the time of a record, in seconds after the header's start.

    It is the time of the first list if the first text of that list is empty; otherwise None.
    """
    time, keeps, _ = raw.partition(b"\x14\x14")
    return _seconds(_ONSET, time) if keeps else None


def record_onsets(rows: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return `record_onset` of each row of bytes, NaN for None."""
    n = len(rows)
    onsets = np.full(n, np.nan)
    ends = (rows[:, :-1] == _TEXT_END) & (rows[:, 1:] == _TEXT_END)
    if not ends.any():
        return onsets
    length = np.argmax(ends, axis=1)
    width = min(max(int(length.max()), 1), _LONGEST_ONSET) + 1
    behind = np.arange(width) >= length[:, None]
    text = np.where(behind, 0, rows[:, :width]).astype(np.uint8)
    digit = (text >= ord("0")) & (text <= ord("9"))
    dot = text == ord(".")
    signed = ((text[:, 0] == ord("+")) | (text[:, 0] == ord("-"))) & digit[:, 1]
    # Nearly every record: digits with at most a sign and a point. Others are read one by one.
    plain = (length > 0) & (length < width) & (digit[:, 0] | signed) & (dot.sum(axis=1) <= 1)
    plain &= (digit | dot | behind)[:, 1:].all(axis=1)
    onsets[plain] = text[plain].view(f"S{width}")[:, 0].astype(np.float64)
    for i in np.flatnonzero(~plain & (length > 0)):
        onset = record_onset(rows[i].tobytes())
        onsets[i] = np.nan if onset is None else onset
    return onsets


class AnnotationBytes:
    """Where the annotation signals of a file lie, and their bytes.

    Parameters
    ----------
    file : SourceFile
        The file.
    header : EdfHeader
        Its header.
    n_records : int
        Whole records in the file.
    """

    def __init__(self, file: SourceFile, header: EdfHeader, n_records: int) -> None:
        self.file = file
        self.first_byte = header.n_bytes
        self.record_bytes = header.record_bytes
        self.n_records = n_records
        self.spans: list[tuple[int, int]] = []
        place = 0
        for signal in header.signals:
            end = place + signal.samples * header.sample_bytes
            if signal.is_annotations and end > place:
                self.spans.append((place, end))
            place = end

    def onset(self, record: int) -> float | None:
        """Return the time of a record, None if it has none that can be read."""
        place, end = self.spans[0]
        at = self.first_byte + record * self.record_bytes + place
        return record_onset(self.file.read(at, end - place).tobytes())

    def onsets(self) -> NDArray[np.float64]:
        """Return the time of each record, NaN for none; reads the whole file once."""
        return np.concatenate([record_onsets(first) for first, *_ in self.stream()])

    def stream(self) -> Iterator[list[NDArray[np.uint8]]]:
        """Read the file; yield rows of bytes for each annotation signal, one row per record."""
        return record_columns(
            self.file, self.first_byte, self.record_bytes, self.n_records, self.spans
        )


def record_columns(
    file: SourceFile,
    first_byte: int,
    record_bytes: int,
    n_records: int,
    spans: Sequence[tuple[int, int]],
) -> Iterator[list[NDArray[np.uint8]]]:
    """Read all records in bounded memory, a block of records at a time.

    Parameters
    ----------
    file : SourceFile
        The file.
    first_byte, record_bytes, n_records : int
        Where the first record begins, the size of each, and their number.
    spans : sequence of (int, int)
        First byte and the byte after the last of each stretch of a record that is wanted.

    Yields
    ------
    list of numpy.ndarray
        For each span its bytes, shape ``(records of the block, bytes of the span)``.
    """
    step = max(1, _STREAM_BYTES // record_bytes)
    if record_bytes > _LONG_RECORD:
        step = max(1, _STREAM_BYTES // sum(end - place for place, end in spans))
    for first in range(0, n_records, step):
        count = min(step, n_records - first)
        at = first_byte + first * record_bytes
        if record_bytes <= _LONG_RECORD:
            rows = file.read(at, count * record_bytes).reshape(count, -1)
            yield [rows[:, place:end] for place, end in spans]
            continue
        cut = [np.empty((count, end - place), np.uint8) for place, end in spans]
        for k, (place, _) in enumerate(spans):
            for i in range(count):
                file.read_into(at + i * record_bytes + place, cut[k][i])
        yield cut


class Triggers(Protocol):
    """A channel that holds triggers."""

    @property
    def name(self) -> str:
        """Of the channel."""
        ...

    def read(self, notes: list[str]) -> tuple[list[float], list[str]]:
        """Return the times in s of its triggers, and their codes."""
        ...


@dataclass
class AnnotationLoader:
    """Reads all annotations when called; time 0 is ``start`` seconds after the header's start.

    ``notes`` receives what could not be read; ``channels`` are the names a mark may belong to
    (a text ends in ``@@`` and a label then), None for any; ``triggers`` are channels that hold
    some.
    """

    source: AnnotationBytes
    start: float
    channels: dict[str, str] | None
    triggers: Sequence[Triggers] = ()
    notes: list[str] = field(default_factory=list)

    def __call__(self) -> Annotations:
        """Stream the file once and return its annotations."""
        marks: list[Mark] = []
        damaged = 0
        for signals in self.source.stream() if self.source.spans else ():
            for rows in signals:
                for i in _speaking(rows):
                    found, lost = decode_tals(rows[i].tobytes())
                    marks += found
                    damaged += lost
        if damaged:
            self.notes.append(
                f"{damaged} annotation{'s' if damaged > 1 else ''} could not be read and "
                f"{'are' if damaged > 1 else 'is'} not shown."
            )
        split = [self._of_channel(mark.text) for mark in marks]
        # Rounded as edfio does: 0.1 + 0.2 is meant to be 0.3.
        onsets = [round(mark.onset - self.start, 12) for mark in marks]
        texts = [text for text, _ in split]
        durations = [mark.duration or 0.0 for mark in marks]
        channels = [channel for _, channel in split]
        for channel in self.triggers:
            times, codes = channel.read(self.notes)
            onsets += times
            texts += codes
            durations += [0.0] * len(times)
            channels += [channel.name] * len(times)
        self.source.file.check()
        return Annotations(onsets, texts, durations, channels)

    def _of_channel(self, text: str) -> tuple[str, str]:
        said, mark, label = text.rpartition("@@")
        if self.channels is None:  # a file that has annotations only
            return (said, label) if mark else (text, "")
        name = self.channels.get(label.strip()) if mark else None
        return (text, "") if name is None else (said, name)


def _speaking(rows: NDArray[np.uint8]) -> list[int]:
    """Return the rows that hold more than the time of their record."""
    n, width = rows.shape
    used = width - np.argmax(rows[:, ::-1] != 0, axis=1)
    ends = rows == _TEXT_END
    first = np.argmax(ends, axis=1)
    second = np.minimum(first + 1, width - 1)
    only_time = ends[np.arange(n), first] & ends[np.arange(n), second] & (used == first + 2)
    only_time &= ~np.any(rows == _DURATION_MARK, axis=1)
    numbers: list[int] = np.flatnonzero(rows.any(axis=1) & ~only_time).tolist()
    return numbers


def _seconds(pattern: re.Pattern[bytes], raw: bytes) -> float | None:
    raw = raw.strip()
    if not pattern.fullmatch(raw):
        return None
    value = float(raw.replace(b",", b"."))
    return value if math.isfinite(value) else None


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
