"""EDF, EDF+ and BDF: header fields, annotation lists, numbers of records, damage and cuts."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz import odd
from fuzz.exercise import compare
from fuzz.model import Case, Fault
from vital_widgets.testing import EdfSignal, tal, write_edf

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.core.recording import Recording

NAME = "edf"


def _sizes(told: str) -> dict[str, int]:
    return {name: int(size) for name, size in (one.split(":") for one in told.split())}


_MAIN = _sizes(
    "version:8 patient:80 recording:80 date:8 time:8 header_bytes:8 reserved:44 n_records:8 "
    "duration:8 n_signals:4"
)
MAIN = {name: (sum(list(_MAIN.values())[:k]), size) for k, (name, size) in enumerate(_MAIN.items())}
SIGNAL = _sizes(
    "label:16 transducer:80 units:8 physical_min:8 physical_max:8 digital_min:8 digital_max:8 "
    "prefilter:80 samples:8 reserved:32"
)
SEED_BYTES = 60_000
MARKS = (b"EDF Annotations", b"BDF Annotations")
_DATES = ("00.00.00", "31.02.99", "1.1.1", "99.99.99", "01-JAN", "29.02.85", "ab.cd.ef", "")
_KINDS = ("EDF+C", "EDF+D", "BDF+C", "BDF+D", "EDF+", "24BIT", "EDF+X", "", "edf+c")
_ONSETS = (
    *("+0", "-1", "+1e3", "+1E999", "+nan", "+inf", "", "+", "+-1", "1", "+1,5", "+.5", "+5."),
    *("+99999999999999999999", "+0.0000000000000000001", "+1.5.5", "+ 1", "+\u0663", "-0"),
)


# ---------------------------------------------------------------- seeds


def seeds(data: Path | None) -> list[bytes]:
    """Return small files: made ones of every kind, or the first records of real ones."""
    if data is None:
        return _made()
    files = [p for p in sorted(data.rglob("*")) if p.suffix.lower() in (".edf", ".bdf", ".rec")]
    found = (_first_records(path.read_bytes()) for path in files)
    return [raw for raw in found if raw is not None]


def _made() -> list[bytes]:
    random = np.random.default_rng(1)

    def signals(n, *sizes, bits=16):
        top = 1 << (bits - 1)
        return [
            EdfSignal(f"EEG {k}", random.integers(-top, top, n * size))
            for k, size in enumerate(sizes)
        ]

    touching = [[tal(k), tal(k + 0.25, "Apnea", duration=1.5)] for k in range(6)]
    joined = [[tal(k) + tal(k + 0.5, "N", "µV") + tal(k, "a@@EEG 1")] for k in range(6)]
    apart = [[tal(k + 10 * (k > 2)) + tal(k + 0.1, "x")] for k in range(6)]
    files = (
        {"signals": signals(6, 50), "n_records": 6},
        {"signals": signals(6, 100, 10, 1), "n_records": 6, "duration": 0.5},
        {"signals": signals(6, 32, 8), "n_records": 6, "records": touching},
        {"signals": signals(6, 32, 32), "n_records": 6, "records": joined},
        {"signals": signals(6, 64, 4), "n_records": 6, "records": apart, "reserved": "EDF+D"},
        {"signals": signals(4, 64, 4, bits=24), "n_records": 4, "bdf": True},
        {
            "signals": signals(6, 16, bits=24),
            "n_records": 6,
            "bdf": True,
            "records": apart,
            "reserved": "BDF+D",
        },
        {"signals": [], "n_records": 6, "records": joined, "duration": 0},
        {"signals": signals(1, 9000, 300), "n_records": 1, "duration": 60},
    )
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for told in files:
            rest = {"annotation_bytes": 60, **told}
            path = write_edf(Path(folder) / "seed.edf", rest.pop("signals"), **rest)
            made.append(path.read_bytes())
    return made


def _first_records(raw: bytes) -> bytes | None:
    plain = Plain.parse(raw)
    if plain is None:
        return None
    keep = min(plain.there, 40, max((SEED_BYTES - plain.first) // plain.record_bytes, 1))
    cut = raw[: plain.first + keep * plain.record_bytes]
    if len(cut) > 4 * SEED_BYTES:
        return None
    place, size = MAIN["n_records"]
    return cut[:place] + str(keep).encode().ljust(size) + cut[place + size :]


# ---------------------------------------------------------------- mutations


def make(seed: bytes, random: random.Random, folder: Path) -> Case:
    """Write a mutated file."""
    raw = bytearray(seed)
    changes = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        plain = Plain.parse(bytes(raw))
        change = random.choice(_CHANGES if plain is not None else _BLIND)
        changes.append(change(raw, random, plain))
    bdf = raw[:1] == b"\xff"
    path = folder / f"night{'.bdf' if bdf else random.choice(('.edf', '.EDF', '.rec', '.dat'))}"
    path.write_bytes(raw)
    case = Case(path, changes=changes)
    plain = Plain.parse(bytes(raw))
    if plain is not None:
        case.check = plain.check
        case.may_refuse = not plain.is_sound
        if plain.is_sound and (plain.rest or plain.declared != plain.there):
            case.must_tell = "records are not as many as announced"
    return case


def _main_field(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    name = random.choice(list(MAIN))
    if name in ("date", "time") and random.random() < 0.6:
        value = random.choice(_DATES)
    elif name == "reserved" and random.random() < 0.8:
        value = random.choice(_KINDS)
    elif name in ("n_records", "n_signals", "header_bytes", "duration"):
        value = _number(raw, *MAIN[name], random)
    elif name == "recording" and random.random() < 0.6:
        day = random.choice(("02-MAR-2021", "31-FEB-2021", "01-JAN-0000", "1-jan-99999", "X"))
        value = f"Startdate {day} {odd.text(random)}"
    else:
        value = odd.text(random) if random.random() < 0.7 else odd.number(random)
    return _put(raw, name, *MAIN[name], value)


def _signal_field(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    assert plain is not None
    name = random.choice([*SIGNAL, "samples", "digital_max", "physical_min", "label"])
    k = random.randrange(plain.n_signals)
    place, size = plain.place(name, k), SIGNAL[name]
    if name in ("samples", "digital_min", "digital_max", "physical_min", "physical_max"):
        value = _number(raw, place, size, random)
    elif name == "label" and random.random() < 0.5:
        j = random.randrange(plain.n_signals)
        value = plain.field("label", j)
    else:
        value = odd.text(random)
    return _put(raw, f"{name} of signal {k}", place, size, value)


def _number(raw: bytearray, place: int, size: int, random: random.Random) -> str:
    old = bytes(raw[place : place + size]).strip()
    if random.random() < 0.5 and re.fullmatch(rb"-?\d+", old):
        return str(odd.nearby(random, int(old)))
    return odd.number(random)


def _put(raw: bytearray, name: str, place: int, size: int, value: str) -> str:
    raw[place : place + size] = value.encode("utf-8", "replace").ljust(size)[:size]
    return f"{name} set to {value!r}"


def _list(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    """Write an odd annotation list into a record."""
    assert plain is not None
    spans = [(p, n) for k, p, n in plain.spans() if plain.is_marks(k) and n]
    if not spans or not plain.there:
        return _signal_field(raw, random, plain)
    place, n = random.choice(spans)
    record = random.randrange(plain.there)
    at = plain.first + record * plain.record_bytes + place
    text = odd.text(random)
    onset = random.choice(_ONSETS) if random.random() < 0.7 else f"+{record}"
    lasting = random.choice(("", "", "\x15", "\x150", "\x151.5", "\x15-1", "\x15x", "\x151e9"))
    value = f"{onset}{lasting}\x14{text}\x14\0"
    value = random.choice((value, value[:-1], value[:-2], f"+{record}\x14\x14\0{value}", text))
    encoded = value.encode(random.choice(("utf-8", "latin-1", "utf-16")), "replace")[:n]
    raw[at : at + n] = encoded.ljust(n, random.choice((b"\0", b"\0", b" ", b"\x14")))
    return f"annotations of record {record} set to {encoded!r}"


def _damaged_list(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    assert plain is not None
    spans = [(p, n) for k, p, n in plain.spans() if plain.is_marks(k) and n]
    if not spans or not plain.there:
        return _records(raw, random, plain)
    place, n = random.choice(spans)
    at = plain.first + random.randrange(plain.there) * plain.record_bytes + place
    piece = bytearray(raw[at : at + n])
    said = odd.damage(piece, random)
    raw[at : at + n] = piece.ljust(n, b"\0")[:n]
    return f"in annotations at {at}: {said}"


def _records(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    """Exchange, repeat, drop or blank whole records."""
    assert plain is not None
    if not plain.there:
        return _header(raw, random, plain)
    size = plain.record_bytes

    def span(k):
        return slice(plain.first + k * size, plain.first + (k + 1) * size)

    i, j = random.randrange(plain.there), random.randrange(plain.there)
    what = random.choice(("exchanged", "repeated", "dropped", "blanked"))
    first, second = raw[span(i)], raw[span(j)]
    if what == "exchanged":
        raw[span(i)], raw[span(j)] = second, first
    elif what == "repeated":
        raw[span(i)] = first + first
    elif what == "dropped":
        del raw[span(i)]
    else:
        raw[span(i)] = bytes(size)
    return f"records {i}, {j} {what}"


def _header(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    head = bytearray(raw[: plain.first if plain is not None else 512])
    n = len(head)
    said = odd.damage(head, random)
    raw[:n] = head
    return f"in the header: {said}"


def _anywhere(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    return odd.damage(raw, random)


def _tail(raw: bytearray, random: random.Random, plain: Plain | None) -> str:
    n = random.choice((1, 2, 3, 100, 5000))
    raw += random.randbytes(n) if random.random() < 0.5 else bytes(n)
    return f"{n} bytes behind the end"


_BLIND: tuple[Callable[[bytearray, random.Random, Plain | None], str], ...] = (_header, _anywhere)
_CHANGES = (
    *(_main_field, _main_field, _signal_field, _signal_field, _list, _list, _damaged_list),
    *(_records, _header, _anywhere, _tail),
)


# ---------------------------------------------------------------- oracle


@dataclass
class Plain:
    """An EDF file read as its specification says, in the plainest way."""

    raw: bytes
    n_signals: int
    width: int
    declared: int | None
    duration: float | None
    sizes: list[int]
    there: int = 0
    rest: int = 0
    texts: list[bytes] = field(default_factory=list)

    @classmethod
    def parse(cls, raw: bytes) -> Plain | None:
        """Return the layout of a file; None where its header does not say it plainly."""
        version = raw[:8]
        if version not in (b"0       ", b"\xffBIOSEMI"):
            return None
        n = _whole(raw[252:256])
        if not n or len(raw) < 256 * (n + 1):
            return None
        width = 3 if version[0] == 0xFF else 2
        told = cls(raw, n, width, _whole(raw[236:244]), None, [])
        duration = raw[244:252].strip()
        if re.fullmatch(rb"\d+(\.\d+)?", duration):
            told.duration = float(duration)
        sizes = [_whole(told.field_bytes("samples", k)) for k in range(n)]
        if any(size is None for size in sizes):
            return None
        told.sizes = [size or 0 for size in sizes]
        if not told.record_bytes:
            return None
        told.there, told.rest = divmod(len(raw) - told.first, told.record_bytes)
        return told

    @property
    def first(self) -> int:
        """Where the first record begins."""
        return 256 * (self.n_signals + 1)

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return sum(self.sizes) * self.width

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to refuse."""
        return self.duration is not None and self.duration > 0

    def place(self, name: str, k: int) -> int:
        """Where a field of signal ``k`` lies."""
        before = list(SIGNAL)[: list(SIGNAL).index(name)]
        return 256 + self.n_signals * sum(SIGNAL[b] for b in before) + k * SIGNAL[name]

    def field_bytes(self, name: str, k: int) -> bytes:
        """Return a field of signal ``k``."""
        place = self.place(name, k)
        return self.raw[place : place + SIGNAL[name]]

    def field(self, name: str, k: int) -> str:
        """Return a field of signal ``k`` as text."""
        return self.field_bytes(name, k).decode("latin-1").rstrip()

    def is_marks(self, k: int) -> bool:
        """Whether signal ``k`` holds annotations."""
        return self.field_bytes("label", k).strip(b" \0") in MARKS

    def spans(self) -> list[tuple[int, int, int]]:
        """Return number, place in a record and bytes of each signal."""
        places = np.cumsum([0, *self.sizes]) * self.width
        return [(k, int(places[k]), n * self.width) for k, n in enumerate(self.sizes)]

    def digital(self, k: int) -> NDArray[Any]:
        """Return all integers of a signal."""
        _, place, n = self.spans()[k]
        rows = np.frombuffer(self.raw, np.uint8, self.there * self.record_bytes, self.first)
        cells = rows.reshape(self.there, self.record_bytes)[:, place : place + n].reshape(
            -1, self.width
        )
        values = np.zeros(len(cells), np.int64)
        for byte in range(self.width):
            values |= cells[:, byte].astype(np.int64) << (8 * byte)
        top = 1 << (8 * self.width - 1)
        return (values ^ top) - top

    def scale(self, k: int) -> tuple[float, float] | None:
        """Return gain and offset where the header says them plainly."""
        names = ("physical_min", "physical_max", "digital_min", "digital_max")
        cells = [self.field_bytes(name, k).strip() for name in names]
        if not all(re.fullmatch(rb"-?\d+(\.\d+)?", cell) for cell in cells):
            return None
        pmin, pmax, dmin, dmax = map(float, cells)
        if pmin == pmax or dmin == dmax:
            return None
        gain = (pmax - pmin) / (dmax - dmin)
        return gain, pmin - gain * dmin

    def lists(self) -> tuple[list[float | None], list[tuple[float, str]] | None]:
        """Return the onset of each record and all marks; None for what is not written plainly."""
        spans = [(place, n) for k, place, n in self.spans() if self.is_marks(k) and n]
        onsets: list[float | None] = []
        marks: list[tuple[float, str]] | None = []
        for record in range(self.there if spans else 0):
            at = self.first + record * self.record_bytes
            for number, (place, n) in enumerate(spans):
                cell = self.raw[at + place : at + place + n]
                keeps = re.match(rb"([+-]\d+(?:\.\d+)?)\x14\x14", cell)
                if number == 0:
                    onsets.append(float(keeps[1]) if keeps else None)
                for one in cell.split(b"\0"):
                    found = re.fullmatch(
                        rb"([+-]\d+(?:\.\d+)?)(?:\x15(\d+(?:\.\d+)?))?\x14((?:[^\x14\x15]*\x14)*)",
                        one,
                    )
                    if found is None:
                        marks = marks if not one else None
                        continue
                    if marks is None or b"@@" in one:
                        marks = None
                        continue
                    texts = [text for text in found[3].split(b"\x14")[:-1] if text]
                    if not texts and found[2] is not None:
                        texts = [b""]
                    marks += [(float(found[1]), _text(text)) for text in texts]
        return onsets, marks

    def check(self, recording: Recording) -> list[Fault]:
        """Hold what a reader gives against this."""
        if not self.is_sound:
            return []
        shown = [k for k in range(self.n_signals) if self.sizes[k] and not self.is_marks(k)]
        status = self.width == 3 and any(self.field("label", k) == "Status" for k in shown)
        channels = list(recording.channels.values())
        if status:  # its bits are triggers, which are shown as annotations
            return []
        met = compare("channels", [len(channels)], [len(shown)])
        if met:
            return met
        onsets, marks = self.lists()
        times = self._times(onsets)
        for channel, k in zip(channels, shown, strict=True):
            digital = self.digital(k)
            native = channel.samples.read(0, channel.n_samples)
            met += compare("integers", native, digital)
            scale = self.scale(k)
            if scale is not None:
                expected = digital * scale[0] + scale[1]
                met += compare("values", channel.physical(native), expected, exact=False)
            if times is not None and self.duration:
                within = np.arange(self.sizes[k]) * self.duration / self.sizes[k]
                expected = (times[:, None] + within).ravel()
                found = channel.timebase.times(0, channel.timebase.n_samples)
                most = max(self.sizes[j] for j in range(self.n_signals))
                near = self.duration / most + 1e-6
                if len(found) == len(expected) and np.any(np.abs(found - expected) > near):
                    met.append(Fault("wrong sample", "times", f"{found[:3]}, {expected[:3]}"))
        if marks is not None:
            start = onsets[0] if onsets and onsets[0] is not None else 0.0
            expected_marks = sorted((round(onset - start, 6), text) for onset, text in marks)
            found_marks = sorted((round(a.onset, 6), a.text) for a in recording.annotations)
            if found_marks != expected_marks:
                fewer = len(found_marks) < len(expected_marks)
                kind = "lost in silence" if fewer else "wrong sample"
                met.append(Fault(kind, "annotations", f"{found_marks[:4]}, {expected_marks[:4]}"))
        return met

    def _times(self, onsets: list[float | None]) -> NDArray[np.float64] | None:
        """Return when each record begins, None where that is not plain."""
        if self.duration is None or not self.there:
            return None
        if not onsets:
            return np.arange(self.there) * self.duration
        if any(onset is None for onset in onsets):
            return None
        times = np.array(onsets, float) - onsets[0]
        if np.any(np.diff(times) < self.duration * (1 - 1e-9)):
            return None
        return times


def _whole(cell: bytes) -> int | None:
    return int(cell) if re.fullmatch(rb"\d+ *", cell) else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
