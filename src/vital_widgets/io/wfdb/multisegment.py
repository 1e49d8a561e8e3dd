"""WFDB records in segments: the channels of all segments joined, gaps where one is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vital_widgets.core.channel import Channel
from vital_widgets.core.names import unique_names
from vital_widgets.core.samples import JoinedSamples, ScaledSamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import FormatError, RecordingNotFoundError
from vital_widgets.io.wfdb.header import NO_FILE, Header, read_header
from vital_widgets.io.wfdb.places import Places
from vital_widgets.io.wfdb.signalfiles import SignalPart, segment_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vital_widgets.core.samples import Samples

NAMED_MISSING = 5
MOST_OPEN_FILES = 64


@dataclass
class JoinedRecord:
    """The channels of a record in segments, and the notes about them."""

    channels: list[Channel] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    headers: list[Header] = field(default_factory=list)
    parts: list[SignalPart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


@dataclass
class _Track:
    """One signal through the segments: (first frame, part) pairs."""

    name: str
    pieces: list[tuple[int, SignalPart]] = field(default_factory=list)

    def add(self, position: int, part: SignalPart, segment: Header, notes: list[str]) -> None:
        """Append the segment's part of the signal, if it fits the parts before."""
        per_frame = part.signal.per_frame
        if self.pieces and self.pieces[0][1].signal.per_frame != per_frame:
            notes.append(
                f"{segment.name}: {self.name!r} has {per_frame} samples per frame in this segment "
                "but another number before; this segment of the signal is left out"
            )
        else:
            self.pieces.append((position, part))


def join_segments(header: Header) -> JoinedRecord:
    """Open all segments of a record; only their headers are read."""
    record = JoinedRecord()
    segments = list(header.segments or ())
    tracks: dict[tuple[str, int], _Track] = {}
    few = len(segments) <= MOST_OPEN_FILES
    variable = bool(segments) and segments[0][1] == 0 and segments[0][0] not in NO_FILE
    places = Places(header.path, (name for name, _ in segments), ".hea")
    if variable:
        for key in _keys(_opened(header, segments.pop(0)[0], places)):
            tracks[key] = _Track(key[0])
    for position, segment, length in _segments(header, segments, record, places):
        parts, notes, errors = segment_signals(segment, length, keep_open=few)
        record.notes += notes
        record.errors += errors
        record.headers.append(segment)
        keys = list(_keys(segment))
        if not variable and len(keys) == len(tracks):
            keys = list(tracks)  # a fixed layout: the order of the signals decides
        for key, part in zip(keys, parts, strict=True):
            track = tracks.setdefault(key, _Track(key[0]))
            if part is None:
                continue
            record.parts.append(part)
            track.add(position, part, segment, record.notes)
    record.names, renamed = unique_names([track.name for track in tracks.values()])
    record.notes += renamed
    for name, track in zip(record.names, tracks.values(), strict=True):
        if track.pieces:
            record.channels.append(_channel(name, track, header.fs, record.notes))
        else:
            record.notes.append(f"{name!r} has no samples in any available segment; left out")
    record.notes = list(dict.fromkeys([*places.notes, *record.notes]))
    for error in dict.fromkeys(str(error) for error in record.errors):
        record.notes.append(f"left out: {error}")
    return record


def _segments(
    header: Header, segments: list[tuple[str, int]], record: JoinedRecord, places: Places
) -> Iterator[tuple[int, Header, int]]:
    """Yield the usable segments: first frame, header, number of frames."""
    position = 0
    missing: list[str] = []
    for name, length in segments:
        first, position = position, position + length
        if name in NO_FILE:
            continue
        try:
            segment = _opened(header, name, places)
        except RecordingNotFoundError:
            missing.append(name)
            continue
        if not math.isclose(segment.fs, header.fs, rel_tol=1e-6):
            record.notes.append(
                f"segment {name} has {segment.fs:g} Hz but the record {header.fs:g} Hz; left out"
            )
            continue
        record.notes += [f"{name}: {note}" for note in segment.notes]
        if segment.n_frames not in (None, length):
            record.notes.append(
                f"segment {name} has {segment.n_frames} samples by its own header but {length} by "
                f"{header.path.name}; the latter is used"
            )
        yield first, segment, length
    if missing:
        named = ", ".join(missing[:NAMED_MISSING]) + (", …" if missing[NAMED_MISSING:] else "")
        record.errors.append(
            RecordingNotFoundError(
                f"the headers of {len(missing)} of {len(segments)} segments are not in "
                f"{header.path.parent} ({named}); copy all segments of the record there. Until "
                "then they are shown as gaps"
            )
        )


def _opened(header: Header, name: str, places: Places) -> Header:
    segment = read_header(places.find(name))
    if segment.segments is not None:
        raise FormatError(
            f"{header.path}: segment {name!r} itself consists of segments, which WFDB does not "
            "allow"
        )
    return segment


def _keys(header: Header) -> Iterator[tuple[str, int]]:
    """Yield the signals as (name, number of earlier signals with that name)."""
    seen: dict[str, int] = {}
    for k, signal in enumerate(header.signals):
        name = signal.name or f"channel {k + 1}"
        yield name, seen.get(name, 0)
        seen[name] = seen.get(name, 0) + 1


def _channel(name: str, track: _Track, frame_rate: float, notes: list[str]) -> Channel:
    parts = [part for _, part in track.pieces]
    first = parts[0]
    fs = frame_rate * first.signal.per_frame
    base = from_runs(fs, [(at / frame_rate, part.samples.n_samples) for at, part in track.pieces])
    units = sorted({part.signal.units for part in parts})
    if len(units) > 1:
        notes.append(
            f"{name!r} has the units {', '.join(units)} in different segments; all are shown "
            f"in {first.signal.units}, without conversion"
        )
    scales = {(part.gain, part.offset, part.missing) for part in parts}
    if len(scales) > 1:
        notes.append(
            f"the gain of {name!r} differs between segments; its samples are available only in "
            f"{first.signal.units}, not as the file's integers"
        )
        scaled: tuple[Samples, ...] = tuple(
            ScaledSamples(part.samples, part.gain, part.offset, part.missing) for part in parts
        )
        return Channel(name, _joined(scaled), base, first.signal.units, details=first.details)
    return Channel(
        name,
        _joined(tuple(part.samples for part in parts)),
        base,
        first.signal.units,
        gain=first.gain,
        offset=first.offset,
        missing=first.missing,
        details=first.details,
    )


def _joined(samples: tuple[Samples, ...]) -> Samples:
    return samples[0] if len(samples) == 1 else JoinedSamples(samples)
