"""The header of EDF, EDF+ and BDF files, read tolerantly: deviations are noted.

edfio refuses headers with decimal commas, unknown numbers of records or non-ASCII letters, and
reads a header only together with all samples; so the fixed-width fields are parsed here. The tests
compare the result with edfio, pyedflib and MNE.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError

if TYPE_CHECKING:
    from datetime import date

    from vital_widgets.runtime.files import SourceFile

_STATUS = "status"
MAIN_BYTES = 256
SIGNAL_BYTES = 256
MOST_SAMPLES = 99_999_999  # of a signal in a record: what eight digits hold
_SIGNAL_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("units", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefilter", 80),
    ("samples", 8),
    ("reserved", 32),
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_THREE_NUMBERS = re.compile(r"\s*(\d{1,2})[.:'\-/ ]\s*(\d{1,2})[.:'\-/ ]\s*(\d{1,2})\s*")
_FULL_DATE = re.compile(r"Startdate\s+(\d{1,2})-([A-Za-z]{3})-(\d{4})\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PIVOT_YEAR = 85  # of the two digits: 85 to 99 are 19xx, 00 to 84 are 20xx


@dataclass(frozen=True)
class SignalHeader:
    """The header of one signal; ``scale`` is (gain, offset) to physical units."""

    label: str
    transducer: str
    units: str
    prefilter: str
    reserved: str
    samples: int
    digital_range: tuple[float, float] | None
    scale: tuple[float, float]

    @property
    def is_annotations(self) -> bool:
        """Whether its bytes are annotations instead of samples."""
        return self.label in {"EDF Annotations", "BDF Annotations"}

    @property
    def is_status(self) -> bool:
        """Whether a signal of a BDF file holds the bits of triggers."""
        return self.label.casefold() == _STATUS


@dataclass(frozen=True)
class EdfHeader:
    """The header of a file; ``n_records`` as declared, -1 if unknown."""

    is_bdf: bool
    patient: str
    recording: str
    start: datetime | None
    n_bytes: int
    reserved: str
    n_records: int
    duration: float
    duration_is_rounded: bool
    signals: tuple[SignalHeader, ...]

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample."""
        return 3 if self.is_bdf else 2

    @property
    def record_bytes(self) -> int:
        """Bytes of one data record."""
        return sum(signal.samples for signal in self.signals) * self.sample_bytes

    @property
    def is_plus(self) -> bool:
        """Whether it is EDF+ or BDF+."""
        return self.reserved[:4] in {"EDF+", "BDF+"}

    @property
    def is_discontinuous(self) -> bool:
        """Whether there may be gaps between the records."""
        return self.reserved[:5] in {"EDF+D", "BDF+D"}

    @property
    def format_name(self) -> str:
        """EDF, EDF+C, EDF+D, BDF, BDF+C or BDF+D."""
        plain = "BDF" if self.is_bdf else "EDF"
        return self.reserved[:5].rstrip() if self.is_plus else plain


def looks_like_edf(head: bytes) -> bool:
    """Whether the first bytes of a file are those of an EDF or BDF header."""
    version = head[:8].rstrip(b" \0")
    if len(head) < MAIN_BYTES or version not in {b"0", b"\xffBIOSEMI"}:
        return False
    n_signals = _integer(_text(head[252:256]))
    return n_signals is not None and n_signals > 0


def read_header(file: SourceFile, notes: list[str]) -> EdfHeader:
    """Read the header, and add corrections to ``notes``."""
    if file.size < MAIN_BYTES:
        msg = f"{file.path}: the file has {file.size} bytes, but an EDF header has {MAIN_BYTES}"
        raise FormatError(msg)
    main = file.read(0, MAIN_BYTES).tobytes()
    version = main[:8].rstrip(b" \0")
    if version not in {b"0", b"\xffBIOSEMI"}:
        msg = (
            f"{file.path}: an EDF file begins with '0' and a BDF file with '\\xffBIOSEMI', "
            f"not {main[:8]!r}"
        )
        raise FormatError(msg)
    n_signals = _integer(_text(main[252:256]))
    if n_signals is None or n_signals < 1:
        msg = (
            f"{file.path}: the number of signals is {_text(main[252:256])!r}; it must be 1 or more"
        )
        raise FormatError(msg)
    n_bytes = MAIN_BYTES + SIGNAL_BYTES * n_signals
    if file.size < n_bytes:
        msg = (
            f"{file.path}: the header of {n_signals} signals has {n_bytes} bytes, but the file "
            f"has {file.size}: the file was cut short; copy it again from its source"
        )
        raise FormatError(msg)
    duration, rounded = _duration(file, _text(main[244:252]), notes)
    is_bdf = version != b"0"
    block = file.read(MAIN_BYTES, n_bytes - MAIN_BYTES).tobytes()
    signals = tuple(
        _signal(fields, k, file, notes, is_bdf=is_bdf)
        for k, fields in enumerate(_columns(block, n_signals))
    )
    if duration == 0 and any(s.samples and not s.is_annotations for s in signals):
        msg = (
            f"{file.path}: data records of 0 s cannot hold samples; only files without samples may "
            f"have this duration"
        )
        raise FormatError(msg)
    header = EdfHeader(
        is_bdf=is_bdf,
        patient=_text(main[8:88]),
        recording=_text(main[88:168]),
        start=_start(main, notes),
        n_bytes=n_bytes,
        reserved=_text(main[192:236]),
        n_records=_declared_records(_text(main[236:244])),
        duration=duration,
        duration_is_rounded=rounded,
        signals=signals,
    )
    if header.record_bytes == 0:
        msg = (
            f"{file.path}: every signal has 0 samples in a data record, so there is nothing to show"
        )
        raise FormatError(msg)
    _note_header_bytes(_text(main[184:192]), n_bytes, notes)
    return header


def _columns(block: bytes, n_signals: int) -> list[dict[str, str]]:
    """Return the fields of each signal, which the header stores field by field."""
    rows: list[dict[str, str]] = [{} for _ in range(n_signals)]
    place = 0
    for name, size in _SIGNAL_FIELDS:
        for row in rows:
            row[name] = _text(block[place : place + size])
            place += size
    return rows


def _signal(
    fields: dict[str, str], k: int, file: SourceFile, notes: list[str], *, is_bdf: bool
) -> SignalHeader:
    label = fields["label"]
    samples = _integer(fields["samples"])
    if samples is None or not 0 <= samples <= MOST_SAMPLES:
        msg = (
            f"{file.path}: signal {k + 1} ({label!r}) has {fields['samples']!r} samples in a data "
            f"record; it must be a whole number from 0 to {MOST_SAMPLES}"
        )
        raise FormatError(msg)
    limits = [
        _number(fields[name], f"{name.replace('_', ' ')} of {label!r}", notes)
        for name in ("physical_min", "physical_max", "digital_min", "digital_max")
    ]
    scale = (1.0, 0.0)
    digital = None
    annotations = label in {"EDF Annotations", "BDF Annotations"}
    pmin, pmax, dmin, dmax = limits
    if dmin is not None and dmax is not None:
        digital = (dmin, dmax)
    if is_bdf and label.casefold() == _STATUS:
        fields = {**fields, "units": ""}  # bits: "Boolean" is not a unit, and no scale is meant
    elif (
        pmin is None or pmax is None or dmin is None or dmax is None or pmin == pmax or dmin == dmax
    ):
        if not annotations:
            given = ", ".join(
                repr(fields[name])
                for name in ("physical_min", "physical_max", "digital_min", "digital_max")
            )
            notes.append(
                f"{label!r}: its physical and digital limits ({given}) do not define a scale; its "
                f"values are the integers of the file, without a unit."
            )
            fields = {**fields, "units": ""}
    else:
        gain = (pmax - pmin) / (dmax - dmin)
        offset = pmin - gain * dmin
        if math.isfinite(gain) and math.isfinite(offset):
            scale = (gain, offset)
        else:
            notes.append(
                f"{label!r}: its physical limits exceed the range of float64; its values are the "
                f"integers of the file, without a unit."
            )
            fields = {**fields, "units": ""}
    return SignalHeader(
        label=label,
        transducer=fields["transducer"],
        units=fields["units"],
        prefilter=fields["prefilter"],
        reserved=fields["reserved"],
        samples=samples,
        digital_range=digital,
        scale=scale,
    )


def _duration(file: SourceFile, text: str, notes: list[str]) -> tuple[float, bool]:
    duration = _number(text, "the duration of a data record", notes)
    if duration is None or duration < 0:
        msg = f"{file.path}: the duration of a data record is {text!r}; it must be seconds above 0"
        raise FormatError(msg)
    full = 8  # characters: a number that fills the field may have been cut
    return duration, len(text) >= full and "." in text


def _declared_records(text: str) -> int:
    declared = _integer(text)
    return -1 if declared is None or declared < 0 else declared


def _note_header_bytes(text: str, n_bytes: int, notes: list[str]) -> None:
    if _integer(text) != n_bytes:
        notes.append(
            f"The header states a length of {text!r} bytes, but its number of signals requires "
            f"{n_bytes}; {n_bytes} were used."
        )


def _start(main: bytes, notes: list[str]) -> datetime | None:
    """Return the start in the header, without a time zone, or None with a note."""
    day_text, time_text = _text(main[168:176]), _text(main[176:184])
    plus = main[192:196] in {b"EDF+", b"BDF+"}
    day = _two_digit_date(day_text)
    full = _full_date(_text(main[88:168])) if plus else None
    if full is not None:
        if day is not None and full != day:
            notes.append(
                f"The header gives two dates, {day_text} and {full:%d.%m.%Y}; the second is used."
            )
        day = full
    clock = _THREE_NUMBERS.fullmatch(time_text)
    if day is None or clock is None:
        notes.append(f"The start {day_text!r} {time_text!r} is not a date and time; none is shown.")
        return None
    try:
        hours, minutes, seconds = map(int, clock.groups())
        return datetime(day.year, day.month, day.day, hours, minutes, seconds)  # noqa: DTZ001 - EDF has no zone
    except ValueError:
        notes.append(f"The start {day_text!r} {time_text!r} is not a date and time; none is shown.")
        return None


def _two_digit_date(text: str) -> date | None:
    match = _THREE_NUMBERS.fullmatch(text)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    return _date(year + (1900 if year >= _PIVOT_YEAR else 2000), month, day)


def _full_date(recording: str) -> date | None:
    match = _FULL_DATE.match(recording)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    return _date(int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day).date()  # noqa: DTZ001 - EDF has no zone
    except ValueError:
        return None


def _text(raw: bytes) -> str:
    """Return a field as text: ASCII by the specification, UTF-8 or Latin-1 in practice."""
    raw = raw.strip(b" \0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _number(text: str, what: str, notes: list[str]) -> float | None:
    text = text.strip()  # of tabs and line ends too, which the specification does not allow
    if "," in text and _NUMBER.fullmatch(text.replace(",", ".")):
        notes.append(
            f"{what[:1].upper()}{what[1:]} is written as {text!r}; the comma was read as a point."
        )
        text = text.replace(",", ".")
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _integer(text: str) -> int | None:
    value = _number(text, "", [])
    return int(value) if value is not None and value.is_integer() else None
