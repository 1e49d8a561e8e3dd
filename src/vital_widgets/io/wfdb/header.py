"""The text of a WFDB header as data.

Parsed here and not by the wfdb library: that library takes longer to import than a recording may
take to open, and its patterns accept nonsense without a word and fail on other nonsense with
whatever exception comes up.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.runtime.files import open_descriptor, read_head, stamp_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 16 << 20
DEFAULT_RATE = 250.0
DEFAULT_GAIN = 200.0
NO_FILE = frozenset({"~", "-"})

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
RECORD_LINE = re.compile(
    rf"""(?P<name>[^\s/]+)(?:/(?P<segments>\d+))?
    [ \t]+(?P<signals>\d+)
    (?:[ \t]+(?P<fs>{_NUMBER})(?:/(?P<counter>{_NUMBER}))?(?:\((?P<base>{_NUMBER})\))?
    (?:[ \t]+(?P<samples>\d+)
    (?:[ \t]+(?P<time>[\d:.]+)
    (?:[ \t]+(?P<date>\d+/\d+/\d+))?)?)?)?[ \t]*""",
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
        Length that the header claims, None if it claims none.
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
    read_head(path)  # refuses folders and empty files
    size = stamp_of(path).size
    if size > MOST_BYTES:
        msg = f"{path}: {size} bytes are too many for a WFDB header (at most {MOST_BYTES})"
        raise FormatError(msg)
    with open(open_descriptor(path), "rb") as file:  # noqa: PTH123 - our errors, not the system's
        text = file.read().decode("utf-8", "replace")
    return parse(text, path)


def parse(text: str, path: Path) -> Header:
    """Return the content of a header's text; raise `FormatError` that names the line."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    comments = tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
    content = [(i + 1, line) for i, line in enumerate(lines) if line and not line.startswith("#")]
    if not content:
        raise FormatError(f"{path}: a WFDB header without a record line")
    number, first = content[0]
    match = RECORD_LINE.fullmatch(first)
    if match is None:
        raise _wrong(path, number, first, "name[/segments] signals [rate [samples [time [date]]]]")
    start, clock, notes = _start(match["time"], match["date"])
    if match["fs"] is None and int(match["signals"]) > 0:
        notes.append(
            f"the header gives no sampling rate; {DEFAULT_RATE:g} Hz is assumed, as WFDB does"
        )
    rate = DEFAULT_RATE if match["fs"] is None else float(match["fs"])
    try:
        rate = checked_rate(rate)
    except InvalidInputError as error:
        raise FormatError(f"{path}, line {number}: {error}") from None
    claimed = _whole(match["samples"], path, number)
    header = Header(
        path=path,
        name=match["name"],
        fs=rate,
        n_signals=_whole(match["signals"], path, number),
        n_frames=claimed or None,
        start=start,
        start_time=clock,
        counter=None if match["counter"] is None else float(match["counter"]),
        base_counter=None if match["base"] is None else float(match["base"]),
        comments=comments,
        notes=tuple(notes),
    )
    if match["segments"] is not None:
        wanted = _whole(match["segments"], path, number)
        return _with_segments(header, content[1:], wanted)
    return _with_signals(header, content[1:])


def _with_signals(header: Header, content: list[tuple[int, str]]) -> Header:
    wanted, notes = header.n_signals, list(header.notes)
    if wanted and not content:
        raise FormatError(
            f"{header.path}: the header announces {wanted} signals and describes none; it was cut "
            "short, copy it again from where it came"
        )
    if len(content) != wanted:
        notes.append(
            f"the header announces {wanted} signals and describes {len(content)}; "
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
        segments.append((match["name"], _whole(match["length"], header.path, number)))
    if len(content) != wanted:
        notes.append(
            f"the header announces {wanted} segments and lists {len(content)}; "
            f"{len(segments)} are shown"
        )
    total = sum(length for _, length in segments)
    if header.n_frames is not None and header.n_frames != total:
        notes.append(
            f"the header announces {header.n_frames} samples and its segments have {total}"
        )
    return _replaced(header, notes, segments=tuple(segments))


def _replaced(header: Header, notes: list[str], **changes: object) -> Header:
    return Header(**{**header.__dict__, "notes": tuple(notes), **changes})


def _signal(line: str, path: Path, number: int) -> Signal:
    match = SIGNAL_LINE.fullmatch(line)
    if match is None:
        raise _wrong(path, number, line, "file format[xN][:skew][+offset] [gain ...] [name]")
    file = match["file"]
    if "/" in file or "\\" in file or file == "..":
        msg = (
            f"{path}, line {number}: signal file {file!r} must lie beside the header, not elsewhere"
        )
        raise FormatError(msg)
    per_frame = 1 if match["per_frame"] is None else _whole(match["per_frame"], path, number)
    if per_frame < 1:
        raise FormatError(f"{path}, line {number}: 0 samples per frame; there must be at least 1")
    gain = float(match["gain"] or 0)
    zero = int(match["zero"] or 0)
    baseline = float(zero) if match["baseline"] is None else float(match["baseline"])
    scale = (gain, 1 / (gain or 1), baseline, baseline / (gain or 1))
    if not all(map(math.isfinite, scale)):
        raise FormatError(f"{path}, line {number}: gain {gain} and baseline {baseline}: not finite")
    return Signal(
        file=file,
        format=_whole(match["format"], path, number),
        per_frame=per_frame,
        skew=_whole(match["skew"], path, number),
        byte_offset=_whole(match["offset"], path, number),
        gain=gain or DEFAULT_GAIN,
        baseline=baseline,
        units=match["units"] or "mV",
        resolution=_whole(match["resolution"], path, number),
        zero=zero,
        name=(match["name"] or "").strip(),
        calibrated=gain != 0,
    )


def _whole(text: str | None, path: Path, number: int) -> int:
    if not text:
        return 0
    if len(text) > 18:  # noqa: PLR2004 - what fits a 64-bit position in a file
        raise FormatError(f"{path}, line {number}: the number {text[:40]} is too large")
    return int(text)


def _start(clock: str | None, day: str | None) -> tuple[datetime | None, time | None, list[str]]:
    """Return start, clock time and notes; a header may say a time without a date."""
    if clock is None:
        return None, None, []
    try:
        parts = [*["0"] * (2 - clock.count(":")), *clock.split(":")]
        hours, minutes, seconds = int(parts[0]), int(parts[1]), float(parts[2])
        micros = round(seconds % 1 * 1e6)
        told = time(hours, minutes, int(seconds), min(micros, 999_999))
    except ValueError:
        return None, None, [f"the start time {clock!r} is no time of day and was left out"]
    if day is None:
        return None, told, []
    try:
        d, m, y = (int(part) for part in day.split("/"))
        return datetime.combine(date(y, m, d), told), told, []
    except (ValueError, OverflowError):
        return None, told, [f"the start date {day!r} is no day (day/month/year) and was left out"]


def _wrong(path: Path, number: int, line: str, expected: str) -> FormatError:
    shown = line if len(line) <= 80 else line[:77] + "..."  # noqa: PLR2004
    return FormatError(
        f"{path}, line {number}: {shown!r} is not a line of a WFDB header, which is: {expected}"
    )
