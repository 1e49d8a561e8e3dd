"""The signals of one WFDB segment, read in place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.samples import FrameChannel
from vital_widgets.errors import (
    FormatError,
    RecordingNotFoundError,
    RecordingPermissionError,
)
from vital_widgets.io.wfdb.formats import FORMATS, NOT_RANDOM
from vital_widgets.io.wfdb.header import NO_FILE
from vital_widgets.io.wfdb.places import Places
from vital_widgets.runtime.fileerrors import with_file_errors
from vital_widgets.runtime.files import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vital_widgets.core.samples import Samples
    from vital_widgets.io.wfdb.header import Header, Signal

    Native = NDArray[Any]

BLOCK_SAMPLES = 1 << 18  # half a megabyte to a megabyte decoded


@dataclass(frozen=True, eq=False)
class WfdbFrames:
    """The signals interleaved in one signal file; frames count from its byte offset.

    A record of thousands of segments must not hold thousands of files open: with ``keep_open``
    False the file is closed after each read.
    """

    file: SourceFile
    format: int
    byte_offset: int
    samples_per_frame: tuple[int, ...]
    n_frames: int
    keep_open: bool = True

    @cached_property
    def key(self) -> str:
        """Identity of the bytes and how they are unpacked."""
        identity = (
            f"{self.file.path}\0{self.file.stamp}\0{self.format}\0{self.byte_offset}"
            f"\0{self.samples_per_frame}\0{self.n_frames}"
        )
        digest = hashlib.blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=16)
        return f"wfdb-{digest.hexdigest()}"

    @cached_property
    def dtypes(self) -> tuple[np.dtype[Any], ...]:
        """One dtype for all signals of a file."""
        return (np.dtype(FORMATS[self.format].dtype),) * len(self.samples_per_frame)

    @cached_property
    def block_frames(self) -> int:
        """Frames in about a megabyte."""
        return max(1, BLOCK_SAMPLES // sum(self.samples_per_frame))

    @with_file_errors("file.path")
    def read_frames(self, f0: int, f1: int, channels: tuple[int, ...]) -> list[Native]:
        """Return for each of ``channels`` its samples of frames ``f0 <= f < f1``."""
        layout, width = FORMATS[self.format], sum(self.samples_per_frame)
        start, end, skip = layout.byte_range(f0 * width, f1 * width)
        packed = self.file.read(self.byte_offset + start, end - start)
        self.file.check()  # after the read, so that changes during the read are detected
        if not self.keep_open:
            self.file.close()
        frames = layout.samples(packed, skip, (f1 - f0) * width).reshape(f1 - f0, width)
        edges = np.cumsum([0, *self.samples_per_frame])
        return [frames[:, edges[k] : edges[k + 1]].flatten() for k in channels]


@dataclass(frozen=True, eq=False)
class PartSamples:
    """A stretch of other samples: the part of a file that skew or a shorter length leaves."""

    base: FrameChannel
    first: int
    n_samples: int

    @property
    def source(self) -> WfdbFrames:
        """The frames underneath."""
        return self.base.source  # type: ignore[return-value]

    @property
    def channel(self) -> int:
        """Place of the signal in those frames."""
        return self.base.channel

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype."""
        return self.base.dtype

    @with_file_errors("source.file.path")
    def read(self, start: int, stop: int) -> Native:
        """Return samples ``start <= i < stop``."""
        return self.base.read(self.first + start, self.first + stop)


@dataclass(frozen=True, eq=False)
class SignalPart:
    """One signal in one segment, as long as the segment or shorter."""

    signal: Signal
    samples: Samples
    source: WfdbFrames

    @property
    def gain(self) -> float:
        """Physical units per native step."""
        return 1 / self.signal.gain

    @property
    def offset(self) -> float:
        """Physical value of native 0."""
        return -self.signal.baseline / self.signal.gain

    @property
    def missing(self) -> int:
        """Native value that stands for a missing sample."""
        return FORMATS[self.source.format].missing

    @property
    def details(self) -> dict[str, Any]:
        """The contents of the header beyond name, units and scale."""
        signal = self.signal
        return {
            "file": signal.file,
            "format": signal.format,
            "adc_gain": signal.gain,
            "baseline": signal.baseline,
            "adc_resolution": signal.resolution,
            "adc_zero": signal.zero,
            "samples_per_frame": signal.per_frame,
            "skew": signal.skew,
            "calibrated": signal.calibrated,
        }


def segment_signals(
    header: Header, length: int | None, *, keep_open: bool = True
) -> tuple[list[SignalPart | None], list[str], list[Exception]]:
    """Open the signal files of a header, without reading them.

    Parameters
    ----------
    header : Header
        Of one segment or of a whole record.
    length : int or None
        Number of frames in the header; None if the files decide.
    keep_open : bool
        Whether the files stay open between reads.

    Returns
    -------
    parts : list of SignalPart or None
        In the order of the header, None if a signal cannot be read.
    notes : list of str
        Faults, in sentences.
    errors : list of Exception
        Why signals are left out; raised if none is left.
    """
    parts: list[SignalPart | None] = [None] * len(header.signals)
    notes: list[str] = []
    errors: list[Exception] = []
    groups: dict[str, list[int]] = {}
    for k, signal in enumerate(header.signals):
        if signal.file not in NO_FILE:
            groups.setdefault(Places.key(signal.file), []).append(k)
    places = Places(header.path, groups)
    for file, members in groups.items():
        signals = [header.signals[k] for k in members]
        try:
            path = places.find(file)
            source, file_notes = _open_group(header, path, signals, length, keep_open=keep_open)
        except (FormatError, RecordingNotFoundError, RecordingPermissionError) as error:
            errors.append(error)
            continue
        notes += file_notes
        for position, (k, signal) in enumerate(zip(members, signals, strict=True)):
            channel = FrameChannel(source, position)
            frames = max(source.n_frames - signal.skew, 0)
            frames = frames if length is None else min(frames, length)
            first, n = signal.skew * signal.per_frame, frames * signal.per_frame
            whole = first == 0 and n == channel.n_samples
            samples: Samples = channel if whole else PartSamples(channel, first, n)
            parts[k] = SignalPart(signal, samples, source)
    return parts, [*places.notes, *notes], errors


def _open_group(
    header: Header, path: Path, signals: list[Signal], length: int | None, *, keep_open: bool
) -> tuple[WfdbFrames, list[str]]:
    file = path.name
    formats = {signal.format for signal in signals}
    offsets = {signal.byte_offset for signal in signals}
    if len(formats) > 1 or len(offsets) > 1:
        msg = (
            f"{header.path}: the signals of {file} have the formats {sorted(formats)} and byte "
            f"offsets {sorted(offsets)}; all signals of one file must agree in both"
        )
        raise FormatError(msg)
    code, offset = formats.pop(), offsets.pop()
    if code not in FORMATS:
        raise FormatError(_refusal(header, file, code))
    source = SourceFile(path)
    per_frame = tuple(signal.per_frame for signal in signals)
    width = sum(per_frame)
    held = FORMATS[code].samples_in(source.size - offset) // width
    skew = max(signal.skew for signal in signals)
    notes = []
    if length is not None and held < length:
        notes.append(
            f"{file} is cut short: it holds {held} of the {length} samples per signal that "
            f"{header.path.name} announces; the samples that exist are shown"
        )
    elif length is not None and held > length + skew:
        notes.append(
            f"{file} holds {held} samples per signal, more than the {length} that "
            f"{header.path.name} announces; only the announced samples are shown"
        )
    frames = held if length is None else min(held, length + skew)
    return WfdbFrames(source, code, offset, per_frame, frames, keep_open), notes


def _refusal(header: Header, file: str, code: int) -> str:
    if code in NOT_RANDOM:
        target = {8: 16, 508: 80, 516: 16, 524: 24}[code]
        return (
            f"{header.path}: {file} is in WFDB format {code}, which {NOT_RANDOM[code]} and cannot "
            f"be read from the middle; rewrite the record once in format {target}, for example "
            f"with wfdb.rdrecord(..., physical=False) and wfdb.wrsamp(..., fmt=['{target}', ...])"
        )
    known = ", ".join(str(known) for known in FORMATS)
    return (
        f"{header.path}: {file} is in format {code}, which is not a WFDB format; accepted: {known}"
    )
