"""CSV and text: cells, lines, quotes, line ends, times, preambles, encodings, gzip."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import odd, text_seeds
from fuzz.model import Case
from fuzz.text_changes import CHANGES
from fuzz.text_table import BLANKS, Table, Truth, zipped
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.text import blocks, head

if TYPE_CHECKING:
    import random

NAME = "text"
_WHOLE = (blocks.BLOCK_BYTES, head._HEAD_BYTES, head._TAIL_BYTES)


def seeds(data: Path | None) -> list[Table]:
    """Return tables of every kind, or the beginnings of real ones."""
    if data is None:
        return text_seeds.made()
    return [_calibrated(table) for table in text_seeds.real(data)]


def _calibrated(table: Table) -> Table:
    """Find out what may be expected of a real table, from how it is read as it is."""
    table.sure = table.timed = table.sound = False
    with tempfile.TemporaryDirectory() as folder:
        cached = os.environ.get("VITAL_WIDGETS_CACHE_DIR")
        os.environ["VITAL_WIDGETS_CACHE_DIR"] = str(Path(folder) / "cache")
        above, below = table.write()
        path = Path(folder) / "table.csv"
        path.write_bytes(above + below)
        for options in ({}, {"fs": 100.0}):
            try:
                with open_recording(path, **options).wait() as recording:
                    table.options = options
                    table.sure = not Truth.of(table, below).check(recording)
            except InvalidInputError:
                continue
            except VitalError:
                pass
            break
        if cached is not None:
            os.environ["VITAL_WIDGETS_CACHE_DIR"] = cached
    return table


# ---------------------------------------------------------------- a case


def make(seed: Table, random: random.Random, folder: Path) -> Case:
    """Write a mutated table."""
    blocks.BLOCK_BYTES, head._HEAD_BYTES, head._TAIL_BYTES = _WHOLE
    table, changes = seed.copy(), []
    if random.random() < 0.5:  # small files cross the borders of blocks too
        blocks.BLOCK_BYTES = random.choice((64, 300, 1000, 5000))
        changes.append(f"blocks of {blocks.BLOCK_BYTES} bytes")
    if random.random() < 0.3:
        head._HEAD_BYTES, head._TAIL_BYTES = 4096, 512
        changes.append("a head of 4096 bytes")
    for _ in range(random.choice((0, 1, 1, 1, 1, 2, 2, 3))):
        change = random.choice(CHANGES)
        changes.append(change(table, random))
    above, below = table.write()
    if random.random() < 0.2:
        changes.append(_damage(table, below := bytearray(below), random))
    elif random.random() < 0.05:
        above = bytearray(above)
        changes.append(f"above the rows: {odd.damage(above, random)}")
        table.sure = table.sound = False
    truth = Truth.of(table, bytes(below))
    raw = bytes(above) + bytes(below)
    if table.zipped:
        raw, said = _gzip(raw, table, random)
        changes.append(said)
    name = "night" + random.choice((".csv", ".txt", ".tsv", ".dat", ".CSV", ""))
    path = folder / (f"{name}.gz" if table.zipped and random.random() < 0.8 else name)
    if table.file:
        path = folder / table.file
    for beside, content in table.beside.items():
        (folder / beside).write_text(content, encoding="utf-8")
    path.write_bytes(raw)
    case = Case(path, dict(table.options), changes, may_refuse=not table.sound)
    _options(case, table, random)
    if table.sure:
        case.check = truth.check
    return case


def _options(case: Case, table: Table, random: random.Random) -> None:
    chosen = {
        "bad_lines": "skip",
        "bad_values": "nan",
        "separator": "whitespace" if table.separator == BLANKS else table.separator,
        "decimal": table.decimal,
    }
    if random.random() < 0.3:
        for name in random.sample(list(chosen), random.choice((1, 2))):
            case.options[name] = table.options[name] = chosen[name]
            case.changes.append(f"{name}={chosen[name]!r}")


def _gzip(raw: bytes, table: Table, random: random.Random) -> tuple[bytes, str]:
    what = random.choice(("whole", "whole", "whole", "two", "cut", "damage", "tail", "twice"))
    if what == "two":
        at = random.randrange(len(raw) + 1)
        return zipped(raw[:at]) + zipped(raw[at:]), f"two gzip members, from {at}"
    packed = bytearray(zipped(raw))
    if what in ("cut", "damage", "tail", "twice"):
        table.sure = table.sound = False
    if what == "cut":
        del packed[random.randrange(len(packed)) :]
    elif what == "damage":
        odd.damage(packed, random)
    elif what == "tail":
        packed += random.randbytes(random.choice((1, 9, 200)))
    elif what == "twice":
        packed = bytearray(zipped(bytes(packed)))
    return bytes(packed), f"gzip: {what}"


def _damage(table: Table, below: bytearray, random: random.Random) -> str:
    said = odd.damage(below, random)
    table.sound = table.timed = False
    if table.encoding.startswith(("utf-16", "utf-32")):
        table.sure = False
    return f"in the rows: {said}"
