"""WFDB: tokens of headers, bytes of signals, words of annotations, missing files, segments."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fuzz import odd
from fuzz.model import Case, Fault
from fuzz.wfdb_plain import Plain, head_of, marks_of, parts_of
from wfdb_packing import BITS, pack

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from vital_widgets.core.recording import Recording

NAME = "wfdb"
SEED_BYTES = 24_000  # a whole number of groups of every format
MARK_BYTES = 1500
END = b"\0\0"
_FORMATS = (0, 1, 8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524)
_CLOCKS = ("12:30:00", "25:61:61", "1:2", "12", "12:30:00.5", "::", "24:00:00", "-1:00:00")
_DAYS = ("01/02/2020", "31/02/2020", "1/1/1", "00/00/0000", "2020-01-02", "99/99/9999")
_NAMES = ("~", "-", "..", ".", "rec.dat", "rec", "rec.hea", "../rec.dat", "/dev/zero", "", "nul")
_NOTES = (
    *("## time resolution: 250", "## time resolution: 0", "## time resolution: 1e999"),
    *("## annotation type definitions", "42 x odd", "## end of definitions", "(AFIB", "", "\xff\0"),
)


@dataclass(frozen=True)
class Seed:
    """The files of a record, and the one to open."""

    files: dict[str, bytes]
    header: str


# ---------------------------------------------------------------- seeds


def seeds(data: Path | None) -> list[Seed]:
    """Return small records: made ones of every format, or the beginnings of real ones."""
    if data is None:
        return _made()
    found = (_cut(path) for path in sorted(data.rglob("*.hea")))
    return [seed for seed in found if seed is not None]


def word(code: int, number: int) -> bytes:
    """Return a word of an annotation file."""
    return (code << 10 | number & 1023).to_bytes(2, "little")


def aux(text: str) -> bytes:
    """Return the words of a text."""
    raw = text.encode("latin-1", "replace")[:255]
    return word(63, len(raw)) + raw + b"\0" * (len(raw) % 2)


def _beats() -> bytes:
    marks = word(28, 18) + aux("(N")
    for k in range(20):
        marks += word(1 if k % 5 else 5, 30 + k) + (word(62, k % 2) if k % 3 == 0 else b"")
    return marks + word(59, 0) + b"\0\0\xd0\x07" + word(1, 0) + word(22, 3) + aux("odd") + END


def _made() -> list[Seed]:
    random = np.random.default_rng(2)

    def samples(code, n):
        top = 1 << (BITS[code] - 1)
        return random.integers(-top, top, n).tolist()

    made = []
    for code in BITS:
        dat = pack(samples(code, 600), code)
        text = f"rec 2 250 300 12:30:00 01/02/2020\nrec.dat {code} 200(10)/mV 12 0 0 0 0 ECG\n"
        text += f"rec.dat {code} 100/mmHg 12 5 0 0 0 ABP\n# <age>: 63\n"
        made.append(
            Seed({"rec.hea": text.encode(), "rec.dat": dat, "rec.atr": _beats()}, "rec.hea")
        )
    text = "rec 3 100 200\na.dat 16x2:3+8 200 16 0 0 0 0 fast\na.dat 16:0+8 2.5 16 0 0 0 0 slow\n"
    text += "b.dat 212 1000(-5)/uV 12 0 0 0 0 other\n"
    files = {"a.dat": pack(samples(16, 4 + 203 * 3), 16), "b.dat": pack(samples(212, 200), 212)}
    made.append(Seed({"rec.hea": text.encode(), **files, "rec.qrs": _beats()}, "rec.hea"))
    fixed = {"rec.hea": b"rec/3 2 100 300\ns1 100\ns2 120\ns3 80\n", "rec.atr": _beats()}
    for k, n in ((1, 100), (2, 120), (3, 80)):
        lines = f"s{k}.dat 16 200 16 0 0 0 0 ECG\ns{k}.dat 16 100/bpm 16 0 0 0 0 HR\n"
        fixed[f"s{k}.hea"] = f"s{k} 2 100 {n}\n{lines}".encode()
        fixed[f"s{k}.dat"] = pack(samples(16, 2 * n), 16)
    made.append(Seed(fixed, "rec.hea"))
    varied = {**fixed, "rec.hea": b"rec/5 2 100 400\nlayout 0\ns1 100\n~ 100\ns2 120\ns3 80\n"}
    lines = "~ 0 200 16 0 0 0 0 ECG\n~ 0 100/bpm 16 0 0 0 0 HR\n"
    varied["layout.hea"] = f"layout 2 100 0\n{lines}".encode()
    varied["s2.hea"] = b"s2 1 100 120\ns2.dat 80 100/bpm 8 0 0 0 0 HR\n"
    made.append(Seed(varied, "rec.hea"))
    return made


def _cut(header: Path) -> Seed | None:
    """Return a real record with little of its signals and annotations."""
    files = {header.name: header.read_bytes()}
    text = files[header.name].decode("latin-1")
    segmented = re.match(r"\S+/\d+ ", text.lstrip()) is not None
    beside = set(re.findall(r"^(\S+)[ \t]+\d", text, re.MULTILINE))
    names = {name for name in beside if (header.parent / name).is_file()}
    if segmented:
        names = {p.name for p in header.parent.iterdir() if p.suffix in (".hea", ".dat")}
    for name in sorted(names):
        raw = (header.parent / name).read_bytes()
        files[name] = raw if segmented else raw[:SEED_BYTES]
    for path in sorted(header.parent.glob(f"{header.stem}.*")):
        if path.name not in files and path.suffix[1:] not in ("xws", "hea", "mat", "dat", "txt"):
            files[path.name] = _marks_begin(path.read_bytes())
    if sum(map(len, files.values())) > 8 * SEED_BYTES:
        return None
    if not segmented:  # as long as what is left of its files
        head = re.sub(r"^(\S+ +\d+ +\S+) +\d+", r"\1 0", text, count=1)
        files[header.name] = head.encode("latin-1")
        told = head_of(files[header.name])
        parts = parts_of(told, files, None) if told is not None else None
        if parts:
            n_frames = min(len(part.samples) // part.line.per_frame for part in parts)
            head = re.sub(r"^(\S+ +\d+ +\S+) +0", rf"\1 {n_frames}", head, count=1)
            files[header.name] = head.encode("latin-1")
    return Seed(files, header.name)


def _marks_begin(raw: bytes) -> bytes:
    if len(raw) <= MARK_BYTES:
        return raw
    for end in range(MARK_BYTES, MARK_BYTES - 600, -2):
        if marks_of(raw[:end] + END) is not None:
            return raw[:end] + END
    return raw[:MARK_BYTES]


# ---------------------------------------------------------------- mutations


def make(seed: Seed, random: random.Random, folder: Path) -> Case:
    """Write a mutated record."""
    files = dict(seed.files)
    changes = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        name, change = _chosen(files, random)
        raw = bytearray(files[name])
        said = change(raw, random)
        files[name] = bytes(raw)
        changes.append(f"{name}: {said}")
    if random.random() < 0.12:
        changes.append(_missing(files, random))
    odd_files = {}
    if random.random() < 0.06:
        name = random.choice([name for name in files if name != seed.header] or [seed.header])
        odd_files[name] = random.choice(("folder", "pipe", "empty", "loop", "header"))
        changes.append(f"{name} is a {odd_files[name]}")
    for name, raw in files.items():
        _write(folder / name, raw, odd_files.get(name, ""), files.get(seed.header, b""))
    return _case(replace(seed, files=files), folder, changes, set(odd_files), random)


def _case(
    seed: Seed, folder: Path, changes: list[str], odd_files: set[str], random: random.Random
) -> Case:
    stem = seed.header[: -len(".hea")]
    others = [name for name in seed.files if name.endswith((".dat", ".atr"))]
    name = seed.header
    if random.random() < 0.1:
        name = random.choice([stem, *others])
        changes.append(f"opened by {name}")
    case = Case(folder / name, changes=changes)
    marks = [n for n in seed.files if n.startswith(f"{stem}.") and n[len(stem) + 1 :] in "atr qrs"]
    if random.random() < 0.1 and marks:
        case.options = {"annotations": [marks[0].rpartition(".")[2]]}
    if odd_files or name != seed.header:
        return case
    plain = Plain.read(seed.files, seed.header)
    checks = []
    if plain is not None:
        case.may_refuse = False
        checks.append(plain.check)
        if plain.cut:
            case.must_tell = "a signal file shorter than announced"
    strangers = [n for n in seed.files if n.startswith(f"{stem}.") and not n.endswith(_SIGNALS)]
    if len(marks) == 1 and strangers in (marks, [*marks, seed.header], [seed.header, *marks]):
        checks.append(partial(_check_marks, seed.files[marks[0]], plain))
    case.check = lambda recording: [fault for check in checks for fault in check(recording)]
    return case


_SIGNALS = (".dat", ".mat", ".d0", ".d1")


def _check_marks(raw: bytes, plain: Plain | None, recording: Recording) -> list[Fault]:
    """Hold the annotations against what a plain loop finds."""
    found = marks_of(raw)
    if found is None or plain is None:
        return []
    marks, whole = found
    shown = recording.annotations
    if not whole:
        told = any(".atr" in note or ".qrs" in note for note in recording.notes)
        if not told:
            return [Fault("lost in silence", "an annotation file without end", repr(shown))]
        return []
    expected = sorted(sample for sample, _ in marks)
    seen = sorted(round(onset * plain.fs) for onset in shown.onset.tolist())
    if seen == expected:
        return []
    kind = "lost in silence" if len(seen) < len(expected) else "wrong sample"
    return [Fault(kind, "annotations", f"{seen[:5]} ({len(seen)}), {expected[:5]}")]


def _write(path: Path, raw: bytes, kind: str, header: bytes) -> None:
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe" and hasattr(os, "mkfifo"):
        os.mkfifo(path)
    elif kind == "loop" and hasattr(os, "symlink"):
        path.symlink_to(path.name)
    else:
        path.write_bytes({"empty": b"", "header": header}.get(kind, raw))


def _missing(files: dict[str, bytes], random: random.Random) -> str:
    name = random.choice(list(files))
    if len(files) > 1:
        raw = files.pop(name)
        if random.random() < 0.4:
            other = random.choice(
                (name.upper(), f"{name}.bak", f"x{name}", name.rpartition(".")[0])
            )
            files[other] = raw
            return f"{name} is named {other}"
    return f"{name} is missing"


def _chosen(files: dict[str, bytes], random: random.Random) -> tuple[str, Callable[..., str]]:
    headers = [name for name in files if name.endswith(".hea")]
    marks = [name for name in files if not name.endswith((".hea", *_SIGNALS))]
    signals = [name for name in files if name.endswith(_SIGNALS)] or list(files)
    kind = random.random()
    if headers and kind < 0.5:
        changes = (_token, _token, _token, _token, _line, _line, odd.damage)
        return random.choice(headers), random.choice(changes)
    if marks and kind < 0.8:
        return random.choice(marks), random.choice((_word, _word, _word, _end, odd.damage))
    return random.choice(signals), random.choice((odd.damage, _length))


def _length(raw: bytearray, random: random.Random) -> str:
    """Make a file shorter or longer."""
    if random.random() < 0.7:
        keep = random.randrange(len(raw) + 1)
        del raw[keep:]
        return f"cut off after {keep} bytes"
    n = random.choice((1, 2, 3, 4, 5, 6, 1000))
    raw += random.randbytes(n)
    return f"{n} bytes longer"


def _token(raw: bytearray, random: random.Random) -> str:
    """Change a token of a header, or a part of one."""
    lines = raw.decode("latin-1").split("\n")
    at = random.randrange(len(lines))
    tokens = lines[at].split(" ")
    k = random.randrange(len(tokens))
    old = tokens[k]
    what = random.choice(("odd", "odd", "part", "part", "out", "twice", "swap", "more"))
    if what == "odd":
        tokens[k] = _odd_token(old, at, k, random)
    elif what == "part":
        pieces = re.split(r"(\d+)", old)
        j = random.randrange(len(pieces))
        joints = ("x", ":", "+", "/", "(", ")", "-", ".", "e5", "")
        pieces[j] = odd.number(random) if j % 2 else random.choice(joints)
        tokens[k] = "".join(pieces)
    elif what == "out":
        del tokens[k]
    elif what == "twice":
        tokens.insert(k, old)
    elif what == "swap":
        j = random.randrange(len(tokens))
        tokens[k], tokens[j] = tokens[j], old
    else:
        tokens.insert(k, odd.text(random))
    lines[at] = random.choice((" ", " ", " ", " ", "\t", "  ")).join(tokens)
    raw[:] = "\n".join(lines).encode("utf-8", "replace")
    return f"line {at} is now {lines[at][:100]!r}"


def _odd_token(old: str, line: int, place: int, random: random.Random) -> str:
    choices = [odd.number(random), odd.number(random), odd.text(random), *_NAMES[:4]]
    if re.fullmatch(r"-?\d+", old):
        choices += [str(odd.nearby(random, int(old)))] * 3
    if place == 0:
        choices += [random.choice(_NAMES)] * 3
    if line == 0:
        choices += [random.choice(_CLOCKS), random.choice(_DAYS), f"{old}/{odd.number(random)}"]
        choices += [f"{odd.number(random)}/{odd.number(random)}({odd.number(random)})"]
    elif place == 1:
        code = random.choice(_FORMATS)
        fields = ("", "", f"x{odd.number(random)}", f":{odd.number(random)}")
        choices += [f"{code}{random.choice(fields)}+{random.choice((0, 1, 24, 10**6, 10**12))}"] * 2
        choices += [f"{code}{random.choice(fields)}"] * 4
    elif place == 2:
        choices += [f"{odd.number(random)}({odd.number(random)})/{odd.text(random)}"] * 3
    return random.choice(choices)


def _line(raw: bytearray, random: random.Random) -> str:
    lines = raw.decode("latin-1").split("\n")
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    what = random.choice(("out", "twice", "swap", "blank", "remark", "cr", "long", "join", "many"))
    if what == "out":
        del lines[i]
    elif what == "twice":
        lines.insert(j, lines[i])
    elif what == "swap":
        lines[i], lines[j] = lines[j], lines[i]
    elif what == "blank":
        lines.insert(i, random.choice(("", "   ", "\t", "\x0c")))
    elif what == "remark":
        lines.insert(i, random.choice(("#", "# x", "  # x", "#" * 300, "; x")))
    elif what == "cr":
        lines = [line + random.choice(("\r", "\r\r")) for line in lines]
    elif what == "long":
        lines[i] += " " + "9" * random.choice((20, 300, 5000))
    elif what == "join":
        lines[i : i + 2] = [" ".join(lines[i : i + 2])]
    else:
        lines[i:i] = [lines[i]] * random.choice((50, 500))
    raw[:] = "\n".join(lines).encode("latin-1", "replace")
    return f"line {i}: {what}"


def _word(raw: bytearray, random: random.Random) -> str:
    """Put an odd word, or some, into an annotation file."""
    n = len(raw) // 2
    at = 2 * random.randrange(n + 1)
    code = random.choice((0, 1, 22, 28, 42, 49, 50, 58, 59, 60, 61, 62, 63, 63, 59))
    number = random.choice((0, 1, 2, 255, 256, 1023, random.randrange(1024)))
    step = random.choice((0, 1, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1))
    high, low = (step >> 16).to_bytes(2, "little"), (step & 0xFFFF).to_bytes(2, "little")
    new = random.choice(
        (
            word(code, number),
            word(code, number),
            word(59, number) + high + low + word(1, number),
            word(59, 0) + high + low,
            aux(random.choice(_NOTES)),
            word(22, 0) + aux(random.choice(_NOTES)),
            word(63, number),
            word(62, number) + word(61, number) + word(60, number),
        )
    )
    if random.random() < 0.3:
        at = 0
    over = random.random() < 0.5
    raw[at : at + (len(new) if over else 0)] = new
    return f"words {new!r} {'over' if over else 'before'} byte {at}"


def _end(raw: bytearray, random: random.Random) -> str:
    """Cut an annotation file, or let it go on."""
    what = random.randrange(4)
    if what == 0:
        del raw[-2:]
        return "no end mark"
    if what == 1:
        keep = random.randrange(len(raw) + 1)
        del raw[keep:]
        return f"cut off after {keep} bytes"
    if what == 2:
        raw += random.choice((END, word(1, 5), b"\0", random.randbytes(random.randrange(1, 99))))
        return "goes on behind its end mark"
    raw[:] = random.choice((b"", END, b"\0", b"\0" * 1000, b"\xff" * 100, random.randbytes(200)))
    return f"is {bytes(raw[:10])!r}"
