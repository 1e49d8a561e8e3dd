"""EDF, EDF+ and BDF: header fields, annotation lists, numbers of records, damage and cuts."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fuzz import odd
from fuzz.edf_plain import MAIN, SIGNAL, Plain
from fuzz.model import Case
from vital_widgets.testing import EdfSignal, tal, write_edf

if TYPE_CHECKING:
    import random
    from collections.abc import Callable


NAME = "edf"
SEED_BYTES = 60_000
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
