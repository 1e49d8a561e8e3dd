"""WFDB headers, signal and annotation files, read as their specification says, slowly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.exercise import compare
from fuzz.model import Fault
from wfdb_packing import BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.core.recording import Recording

_RECORD = re.compile(
    r"(\S+?)(/\d+)? (\d+) (\d+(?:\.\d+)?)(?:/\d+)?"
    r"(?: (\d+)(?: \d\d:\d\d:\d\d(?: \d\d/\d\d/\d{4})?)?)?"
)
_SIGNAL = re.compile(
    r"([\w.-]+) (\d+)(?:x([1-9]\d?))?(?::(\d{1,4}))?(?:\+(\d{1,4}))? "
    r"([1-9]\d{0,5}(?:\.\d+)?)(?:\((-?\d{1,6})\))?(?:/(\w+))?"
    r"(?: \d+(?: (-?\d{1,5})(?: -?\d+(?: -?\d+(?: \d+(?: (\w[\w ]*))?)?)?)?)?)?"
)
_SEGMENT = re.compile(r"(\S+) (\d+)")
_MOST_MARK = 49


@dataclass
class Line:
    """One signal line."""

    file: str
    code: int
    per_frame: int
    skew: int
    offset: int
    gain: float
    baseline: float
    name: str


@dataclass
class Head:
    """A header that says everything plainly."""

    fs: float
    n_frames: int | None
    lines: list[Line] = field(default_factory=list)
    segments: list[tuple[str, int]] | None = None


def head_of(text: bytes) -> Head | None:
    """Return what a header says, None where any line of it is not plain."""
    if not text.isascii() or b"\r" in text or b"\0" in text:
        return None
    lines = [line for line in text.decode().split("\n") if line and not line.startswith("#")]
    record = _RECORD.fullmatch(lines[0]) if lines else None
    if record is None or not 1e-3 < float(record[4]) < 1e6:
        return None
    head = Head(float(record[4]), int(record[5] or 0) or None)
    if record[2]:
        listed = [_SEGMENT.fullmatch(line) for line in lines[1:]]
        head.segments = [(one[1], int(one[2])) for one in listed if one]
        return head if len(head.segments) == int(record[2][1:]) == len(listed) else None
    found = [_SIGNAL.fullmatch(line) for line in lines[1:]]
    if len(found) != int(record[3]) or not all(
        one is not None and int(one[2]) in BITS for one in found
    ):
        return None
    for one in filter(None, found):
        whole = [int(one[k] or 0) for k in (2, 3, 4, 5)]
        baseline = float(one[7] if one[7] is not None else one[9] or 0)
        head.lines.append(
            Line(
                *(one[1], whole[0], whole[1] or 1, whole[2], whole[3]),
                *(float(one[6]), baseline, one[10] or ""),
            )
        )
    return head


def unpack(raw: bytes, code: int) -> list[int]:
    """Return all samples of a packed file, bit by bit."""
    if code in (16, 24, 32, 61, 80, 160):
        n = BITS[code] // 8
        order = "big" if code == 61 else "little"
        shift = 1 << (BITS[code] - 1) if code in (80, 160) else 0
        words = (raw[i : i + n] for i in range(0, len(raw) - n + 1, n))
        if shift:
            return [int.from_bytes(word, "little") - shift for word in words]
        return [int.from_bytes(word, order, signed=True) for word in words]
    out: list[int] = []
    if code == 212:
        for i in range(0, len(raw) - 1, 3):
            out.append(raw[i] | (raw[i + 1] & 15) << 8)
            if i + 2 < len(raw):
                out.append(raw[i + 2] | (raw[i + 1] >> 4) << 8)
        return [v - 4096 if v >= 2048 else v for v in out]
    for i in range(0, len(raw), 4):
        group = raw[i : i + 4]
        word = int.from_bytes(group, "little")
        if code == 310:
            low, high = word & 0xFFFF, word >> 16
            samples = (low >> 1 & 1023, high >> 1 & 1023, low >> 11 | high >> 11 << 5)
            held = {1: 0, 2: 1, 3: 1}.get(len(group), 3)
        else:
            samples = (word & 1023, word >> 10 & 1023, word >> 20 & 1023)
            held = {1: 0, 2: 1, 3: 2}.get(len(group), 3)
        out += samples[:held]
    return [v - 1024 if v >= 512 else v for v in out]


@dataclass
class Part:
    """One signal of a segment: its line and its integers; ``cut`` where fewer than announced."""

    line: Line
    samples: NDArray[np.int64]
    cut: bool


def parts_of(head: Head, files: Mapping[str, bytes], length: int | None) -> list[Part] | None:
    """Return the signals of a header without segments, None where that is not plain."""
    parts = []
    decoded: dict[str, tuple[list[int], list[Line]]] = {}
    for line in head.lines:
        group = [one for one in head.lines if one.file == line.file]
        if line.file not in files or len({(one.code, one.offset) for one in group}) > 1:
            return None
        if line.file not in decoded:
            decoded[line.file] = (unpack(files[line.file][line.offset :], line.code), group)
        samples, group = decoded[line.file]
        width = sum(one.per_frame for one in group)
        before = next(
            sum(one.per_frame for one in group[:k]) for k, one in enumerate(group) if one is line
        )
        held = len(samples) // width
        if held == 0:
            return None
        frames = np.array(samples[: held * width]).reshape(held, width)
        mine = frames[line.skew :, before : before + line.per_frame]
        wanted = len(mine) if length is None else length
        cut = length is not None and held < length
        parts.append(Part(line, mine[:wanted].ravel(), cut))
    return parts


def missing_of(code: int) -> int:
    """Return the sample that stands for none."""
    return -(1 << (BITS[code] - 1))


@dataclass
class Plain:
    """A record that an oracle can read: its tracks, each a name and its parts with their frames."""

    fs: float
    tracks: list[tuple[str, list[tuple[int, Part]]]]
    cut: bool

    @classmethod
    def read(cls, files: Mapping[str, bytes], header: str) -> Plain | None:
        """Read a record as plainly as can be; None where it is not plain."""
        head = head_of(files.get(header, b""))
        if head is None:
            return None
        if head.segments is None:
            parts = parts_of(head, files, head.n_frames)
            if not parts:
                return None
            tracks = [(part.line.name, [(0, part)]) for part in parts]
            return cls(head.fs, tracks, any(part.cut for part in parts))
        return cls._of_segments(head, files)

    @classmethod
    def _of_segments(cls, head: Head, files: Mapping[str, bytes]) -> Plain | None:
        """Join segments of a fixed layout that are all there."""
        tracks: list[tuple[str, list[tuple[int, Part]]]] = []
        position, cut = 0, False
        for name, length in head.segments or ():
            segment = head_of(files.get(f"{name}.hea", b""))
            if segment is None or segment.segments is not None or segment.fs != head.fs:
                return None
            parts = parts_of(segment, files, length) if length else None
            if not parts or (tracks and len(parts) != len(tracks)):
                return None
            tracks = tracks or [(part.line.name, []) for part in parts]
            for (_, pieces), part in zip(tracks, parts, strict=True):
                if pieces and pieces[0][1].line.per_frame != part.line.per_frame:
                    return None
                pieces.append((position, part))
            position += length
            cut |= any(part.cut for part in parts)
        return cls(head.fs, tracks, cut) if tracks else None

    def check(self, recording: Recording) -> list[Fault]:
        """Hold the channels against this."""
        channels = list(recording.channels.values())
        met = compare("channels", [len(channels)], [len(self.tracks)])
        if met:
            return met
        for channel, (name, pieces) in zip(channels, self.tracks, strict=True):
            if name and not channel.name.startswith(name.strip()):
                met.append(Fault("wrong sample", "names", f"{channel.name!r}, {name!r}"))
            met += self._check(channel, pieces)
        return met

    def _check(self, channel: Channel, pieces: list[tuple[int, Part]]) -> list[Fault]:
        native = channel.samples.read(0, channel.n_samples)
        digital = np.concatenate([part.samples for _, part in pieces])
        met = compare("number of samples", [len(native)], [len(digital)])
        if met:
            return met
        if native.dtype.kind in "iu":
            met += compare("integers", native, digital)
        physical = np.concatenate([_physical(part) for _, part in pieces])
        met += compare("values", channel.physical(native), physical, exact=False)
        rate = self.fs * pieces[0][1].line.per_frame
        times = np.concatenate(
            [first / self.fs + np.arange(len(part.samples)) / rate for first, part in pieces]
        )
        found = channel.timebase.times(0, len(times))
        if len(found) != len(times) or np.any(np.abs(found - times) > 0.51 / rate):
            met.append(Fault("wrong sample", "times", f"{found[:3]}, {times[:3]}"))
        return met


def _physical(part: Part) -> NDArray[Any]:
    values = (part.samples - part.line.baseline) / part.line.gain
    values[part.samples == missing_of(part.line.code)] = np.nan
    return values


def marks_of(raw: bytes) -> tuple[list[tuple[int, int]], bool] | None:
    """Return (sample, code) of each mark and whether the end mark is there.

    None where the file does something that is not usual.
    """
    words = [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw) - 1, 2)]
    marks: list[tuple[int, int]] = []
    now = at = 0
    while at < len(words):
        code, number = words[at] >> 10, words[at] & 1023
        if code == 0 and number == 0:
            return marks, not any(words[at:])
        if code == 59:
            if at + 3 >= len(words) or words[at + 3] == 0:
                return None
            step = words[at + 1] << 16 | words[at + 2]
            now += step - (1 << 32) if step >> 31 else step
            at += 3
        elif code == 63:
            at += 1 + (number + 1) // 2
            if number > 255 or at > len(words) or not marks or marks[-1] == (0, 22):
                return None
        elif code in (60, 61, 62):
            at += 1
        elif 1 <= code <= _MOST_MARK:
            now += number
            marks.append((now, code))
            at += 1
        else:
            return None
    return marks, False
