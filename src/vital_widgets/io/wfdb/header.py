"""The text of a WFDB header as data.

It is parsed here instead of by the wfdb library, because that library takes longer to import than
a recording may take to open, accepts some invalid lines silently, and fails on others with
arbitrary exceptions.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.wfdb.places import base_name
from vital_widgets.io.wfdb.start import is_start, start_of
from vital_widgets.runtime.files import read_whole

if TYPE_CHECKING:
    from datetime import datetime, time
    from pathlib import Path

MOST_BYTES = 16 << 20
DEFAULT_RATE = 250.0
DEFAULT_GAIN = 200.0
NO_FILE = frozenset({"~", "-"})

_LARGEST = float(1 << 32)  # a sample of any format less its baseline
MOST_DIGITS = 18  # what fits a 64-bit position in a file

# No pattern matches the same digits in two ways, so the time is linear in the line's length.
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
RECORD_LINE = re.compile(
    rf"""(?P<name>\S+?)(?:/(?P<segments>\d+))?
    [ \t]+(?P<signals>\d+)
    (?:[ \t]+(?P<fs>{_NUMBER})(?:/(?P<counter>{_NUMBER}))?(?:\((?P<base>{_NUMBER})\))?
    (?:[ \t]+(?P<samples>\d+)(?=[ \t]|$))?
    (?:[ \t]+(?P<start>\S.*))?)?[ \t]*""",
    re.VERBOSE,
)
SIGNAL_LINE = re.compile(
    rf"""(?P<file>\S+)
    [ \t]+(?P<format>\d+)(?:x(?P<per_frame>\d+))?(?::(?P<skew>\d+))?(?:\+(?P<offset>\d+))?
    (?:[ \t]+(?P<gain>{_NUMBER})(?:\((?P<baseline>{_NUMBER})\))?(?:/(?P<units>\S+))?
    (?:[ \t]+(?P<resolution>\d+)
    (?:[ \t]+(?P<zero>[+-]?\d+)
    (?:[ \t]+(?P<initial>[+-]?\d+)
    (?:[ \t]+(?P<checksum>[+-]?\d+)
    (?:[ \t]+(?P<block>\d+)
    (?:[ \t]+(?P<name>.*))?)?)?)?)?)?)?[ \t]*""",
    re.VERBOSE,
)
SEGMENT_LINE = re.compile(r"(?P<name>\S+)[ \t]+(?P<length>\d+)[ \t]*")


@dataclass(frozen=True)
class Signal:
    """One signal line; ``physical = (native - baseline) / gain``.

    A gain of 0 or none means that the signal was not calibrated; the gain is then 200.
    """

    file: str
    format: int
    per_frame: int
    skew: int
    byte_offset: int
    gain: float
    baseline: float
    units: str
    resolution: int
    zero: int
    name: str
    calibrated: bool


@dataclass(frozen=True)
class Header:
    """A header: of one record, or of a record in segments (then ``segments`` is not None).

    Attributes
    ----------
    fs : float
        Frames per second.
    n_frames : int or None
        Length that the header states, None if it states none.
    segments : tuple of (str, int), or None
        Name and length in frames; the name '~' is a stretch without data.
    """

    path: Path
    name: str
    fs: float
    n_signals: int
    n_frames: int | None
    signals: tuple[Signal, ...] = ()
    segments: tuple[tuple[str, int], ...] | None = None
    start: datetime | None = None
    start_time: time | None = None
    counter: float | None = None
    base_counter: float | None = None
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def read_header(path: Path) -> Header:
    """Read and parse a header file."""
    content = read_whole(path, MOST_BYTES, "a WFDB header")
    return parse(content.decode("utf-8", "replace"), path)


def parse(text: str, path: Path) -> Header:
    """Return the content of a header's text; raise `FormatError` that names the line."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    comments = tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
    content = [(i + 1, line) for i, line in enumerate(lines) if line and not line.startswith("#")]
    if not content:
        raise FormatError(f"{path}: the WFDB header has no record line; copy it from its source")
    number, first = content[0]
    match = RECORD_LINE.fullmatch(first)
    if match is None or not _has_sense(match):
        raise _wrong(path, number, first, "name[/segments] signals [rate [samples [time [date]]]]")
    where = f"{path}, line {number}"
    start, clock, notes = start_of(match["start"]) if match["start"] else (None, None, [])
    signals = _whole(match["signals"], where)
    if match["fs"] is None and signals > 0:
        notes.append(
            f"the header gives no sampling rate; {DEFAULT_RATE:g} Hz is assumed (the default of "
            "WFDB)"
        )
    try:
        rate = checked_rate(_real(match["fs"], where, DEFAULT_RATE))
    except InvalidInputError as error:
        raise FormatError(f"{where}: {error}") from None
    claimed = _whole(match["samples"], where)
    header = Header(
        path=path,
        name=match["name"],
        fs=rate,
        n_signals=signals,
        n_frames=claimed or None,
        start=start,
        start_time=clock,
        counter=None if match["counter"] is None else _real(match["counter"], where),
        base_counter=None if match["base"] is None else _real(match["base"], where),
        comments=comments,
        notes=tuple(notes),
    )
    if match["segments"] is not None:
        wanted = _whole(match["segments"], where)
        return _with_segments(header, content[1:], wanted)
    return _with_signals(header, content[1:])


def _with_signals(header: Header, content: list[tuple[int, str]]) -> Header:
    wanted, notes = header.n_signals, list(header.notes)
    if wanted and not content:
        raise FormatError(
            f"{header.path}: the header announces {wanted} signals but describes none: it was cut "
            "short; copy it again from its source"
        )
    if len(content) != wanted:
        notes.append(
            f"the header announces {wanted} signals but describes {len(content)}; "
            f"{min(wanted, len(content))} are shown"
        )
    signals = tuple(_signal(line, header.path, number) for number, line in content[:wanted])
    return _replaced(header, notes, signals=signals)


def _with_segments(header: Header, content: list[tuple[int, str]], wanted: int) -> Header:
    notes = list(header.notes)
    segments = []
    for number, line in content[:wanted]:
        match = SEGMENT_LINE.fullmatch(line)
        if match is None:
            raise _wrong(header.path, number, line, "segment_name samples")
        where = f"{header.path}, line {number}"
        segments.append((match["name"], _whole(match["length"], where)))
    if len(content) != wanted:
        notes.append(
            f"the header announces {wanted} segments but lists {len(content)}; "
            f"{len(segments)} are shown"
        )
    total = sum(length for _, length in segments)
    if header.n_frames is not None and header.n_frames != total:
        notes.append(
            f"the header announces {header.n_frames} samples but its segments have {total}"
        )
    return _replaced(header, notes, segments=tuple(segments))


def _replaced(header: Header, notes: list[str], **changes: object) -> Header:
    return Header(**{**header.__dict__, "notes": tuple(notes), **changes})


def _signal(line: str, path: Path, number: int) -> Signal:
    match = SIGNAL_LINE.fullmatch(line)
    if match is None:
        raise _wrong(path, number, line, "file format[xN][:skew][+offset] [gain ...] [name]")
    where = f"{path}, line {number}"
    file = match["file"]
    if not base_name(file):
        raise FormatError(f"{where}: the signal file {file!r} names a folder; it must name a file")
    per_frame = 1 if match["per_frame"] is None else _whole(match["per_frame"], where)
    if per_frame < 1:
        raise FormatError(f"{where}: 0 samples per frame; at least 1 is required")
    gain = _real(match["gain"], where)
    zero = _whole(match["zero"], where)
    baseline = _real(match["baseline"], where, float(zero))
    if not all(map(math.isfinite, (_LARGEST / (gain or 1), baseline / (gain or 1)))):
        raise FormatError(
            f"{where}: with gain {gain} and baseline {baseline} no sample has a finite value"
        )
    return Signal(
        file=file,
        format=_whole(match["format"], where),
        per_frame=per_frame,
        skew=_whole(match["skew"], where),
        byte_offset=_whole(match["offset"], where),
        gain=gain or DEFAULT_GAIN,
        baseline=baseline,
        units=match["units"] or "mV",
        resolution=_whole(match["resolution"], where),
        zero=zero,
        name=(match["name"] or "").strip(),
        calibrated=gain != 0,
    )


def _has_sense(match: re.Match[str]) -> bool:
    """Whether the word after the rate is a number of samples instead of a time or date."""
    return match["samples"] is not None or match["start"] is None or is_start(match["start"])


def _whole(text: str | None, where: str) -> int:
    """Return an integer, 0 if there is none."""
    if not text:
        return 0
    if len(text.lstrip("+-")) > MOST_DIGITS:
        raise FormatError(
            f"{where}: the number {text[:40]} has {len(text)} digits and is too large; at most "
            f"{MOST_DIGITS} digits are accepted"
        )
    return int(text)


def _real(text: str | None, where: str, default: float = 0.0) -> float:
    """Return a finite number, which is 0 only if the text is 0."""
    if not text:
        return default
    value = float(text)
    if math.isfinite(value) and (value != 0 or not re.search("[1-9]", re.split("[eE]", text)[0])):
        return value
    size = "small" if value == 0 else "large"
    raise FormatError(
        f"{where}: the number {text[:40]} is too {size}; a number other than 0 must lie "
        "between 1e-307 and 1e308"
    )


def _wrong(path: Path, number: int, line: str, expected: str) -> FormatError:
    shown = line if len(line) <= 80 else line[:77] + "..."  # noqa: PLR2004
    return FormatError(
        f"{path}, line {number}: {shown!r} is not a line of a WFDB header; expected: {expected}"
    )
