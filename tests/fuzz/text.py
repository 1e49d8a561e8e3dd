"""CSV and text: cells, lines, quotes, line ends, times, preambles, encodings, gzip."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import odd, text_seeds
from fuzz.model import Case
from fuzz.text_table import BLANKS, PLAIN, Table, Truth, zipped
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.text import blocks, head

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Change = Callable[[Table, random.Random], str]

NAME = "text"
_BAD = ("x", "1.2.3", "1_000", "0x1F", "\u0663", "--", "err", "1e", "1,5", "1.5", "12 ", "+-1", "O")
_MISSING = ("", "NaN", "nan", "NA", "n/a", "null", "-", "None", " ")
_JUNK = (
    *(
        "",
        " ",
        "\t",
        "#",
        "# remark",
        "% x",
        "// y",
        ";;;",
        ",,,",
        "Total rows: 100",
        "-----",
        "END",
    ),
    *(
        "1",
        "1,2,3,4,5,6,7,8",
        "sep=;",
        "time,ECG",
        '"',
        '"open',
        "a" * 3000,
        "\x0c",
        "\u2028",
        "1;2",
    ),
)
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
        change = random.choice(_CHANGES)
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
    if table.encoding == "utf-16":
        table.sure = False
    return f"in the rows: {said}"


# ---------------------------------------------------------------- changes


def _row(table: Table, random: random.Random) -> list[str]:
    """Choose a row of cells, the first or last one more often."""
    rows = [row for row in table.rows if not isinstance(row, str) and row]
    if not rows:
        table.rows.append(["1", "2"])
        return table.rows[-1]  # type: ignore[return-value]
    return random.choice((rows[0], rows[-1], random.choice(rows), random.choice(rows)))


def _cell(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    k = random.randrange(len(row))
    value = random.choice((odd.number(random), odd.text(random), random.choice(_BAD), "1" * 400))
    old, row[k] = row[k], value
    table.sound = table.timed = False
    return f"cell {k} {old!r} set to {value!r}"


def _missing(table: Table, random: random.Random) -> str:
    for _ in range(random.choice((1, 1, 5))):
        row = _row(table, random)
        k = random.choice(table.values) if table.values else random.randrange(len(row))
        if k < len(row):
            row[k] = random.choice(_MISSING)
    if table.separator == BLANKS:
        table.sound = table.timed = False
    else:
        table.sound = table.sound and table.decimal == "."
    return "cells missing"


def _fields(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    what = random.choice(("out", "more", "many", "none"))
    if what == "out":
        del row[-1]
    elif what == "none":
        del row[1:]
    else:
        row += ["7"] * (1 if what == "more" else 300)
    table.sound = table.timed = False
    return f"a row with {len(row)} cells"


def _rows(table: Table, random: random.Random) -> str:
    n = len(table.rows)
    if not n:
        return "no rows"
    i, j = random.randrange(n), random.randrange(n)
    what = random.choice(("gone", "twice", "exchanged", "few", "packets", "one", "none"))
    if what == "gone":
        del table.rows[i : i + random.choice((1, 3, 50))]
    elif what == "twice":
        row = table.rows[i]
        table.rows.insert(i, row if isinstance(row, str) else [*row])
    elif what == "exchanged":
        table.rows[i], table.rows[j] = table.rows[j], table.rows[i]
    elif what == "packets":
        for k, row in enumerate(table.rows):
            if not isinstance(row, str) and not isinstance(table.rows[k - k % 5], str):
                row[:1] = table.rows[k - k % 5][:1]
    else:
        del table.rows[{"few": 3, "one": 1, "none": 0}[what] :]
    table.sound = table.timed = False
    return f"rows {i}, {j}: {what}"


def _junk(table: Table, random: random.Random) -> str:
    line = random.choice(_JUNK) if random.random() < 0.8 else odd.text(random)
    place = random.choice((0, 1, len(table.rows), random.randrange(len(table.rows) + 1)))
    table.rows.insert(place, line)
    if line.strip() and not line.startswith(("#", "%", "//")):
        table.sound = table.timed = False
    return f"line {line[:40]!r} before row {place}"


def _above(table: Table, random: random.Random) -> str:
    """Change the lines above the rows."""
    what = random.choice(("more", "more", "out", "twice", "odd", "tail", "quoted"))
    lines = table.before
    i = random.randrange(len(lines)) if lines else 0
    if what == "more" or not lines:
        lines.insert(i, random.choice(_JUNK))
    elif what == "out":
        del lines[i]
    elif what == "twice":
        lines.insert(i, lines[i])
    elif what == "odd":
        cells = lines[-1].split(table.separator)
        cells[random.randrange(len(cells))] = odd.text(random)
        lines[-1] = table.separator.join(cells)
    elif what == "tail":
        lines[-1] += table.separator * random.choice((1, 1, 3))
    else:
        lines[-1] = table.separator.join(f'"{c}"' for c in lines[-1].split(table.separator))
    table.names, table.sound, table.timed = {}, False, False
    if any(line[:1].isdigit() for line in lines):  # whether that is a row is a question of taste
        table.sure = False
    return f"above the rows: {what} {i}"


def _quotes(table: Table, random: random.Random) -> str:
    row = _row(table, random)
    k = random.randrange(len(row))
    what = random.choice(("open", "shut", "whole", "all", "inside", "line", "single"))
    marks = {"open": '"{}', "shut": '{}"', "whole": '"{}"', "inside": 'a"b{}', "single": "'{}"}
    if what in marks:
        row[k] = marks[what].format(row[k])
    elif what == "line":
        row[k] = f'"{row[k]}{table.end}{row[k]}"'
        table.sure = False
    else:
        for one in table.rows:
            if not isinstance(one, str):
                one[:] = [f'"{cell}"' for cell in one]
    table.timed = False
    table.sound = table.sound and what in ("whole", "all") and table.separator != BLANKS
    return f"quotes: {what} at {k}"


def _ends(table: Table, random: random.Random) -> str:
    what = random.choice(("\n", "\r\n", "\r", "\r\r\n", "mixed", "none", "blank", "zeros", "eof"))
    if what == "mixed":
        table.rows[:] = [
            table.line(row) + ("\r" if random.random() < 0.3 else "") for row in table.rows
        ]
        table.sound = table.sound and table.end == "\n"
        if table.end == "\r":
            table.end = "\n"
    elif what == "none":
        table.last_end = False
    elif what == "blank":
        table.rows += [""] * random.choice((1, 5))
    elif what in ("zeros", "eof"):
        table.rows.append("\0" * random.choice((1, 100, 5000)) if what == "zeros" else "\x1a")
        table.last_end, table.sound = False, False
    else:
        table.end = what
    return f"line ends: {what!r}"


def _separators(table: Table, random: random.Random) -> str:
    what = random.choice(("tail", "tail all", "blanks", "lead"))
    rows = [row for row in table.rows if not isinstance(row, str)]
    if what == "blanks" and table.separator != BLANKS:
        for row in rows:
            row[:] = [f" {cell} " for cell in row]
    elif what == "tail all" and table.separator != BLANKS:
        for row in rows:
            row.append("")
        table.sound = False
    elif what == "lead" and table.separator == BLANKS:
        for row in rows:
            row.insert(0, "")
        table.rows[:] = [table.line(row) for row in table.rows]
    else:
        row = _row(table, random)
        row.append("")
        table.sound = table.timed = False
    return f"separators: {what}"


def _times(table: Table, random: random.Random) -> str:
    """Change what the first column says, which mostly is the time."""
    rows = [row for row in table.rows if not isinstance(row, str) and row]
    if not rows:
        return "no rows"
    i = random.randrange(len(rows))
    kinds = ("huge", "still", "odd", "form", "days", "stamps", "zone", "thousand")
    if all(PLAIN["."].fullmatch(row[0]) for row in rows[i:]):
        kinds = (*kinds, "jump", "jump")
    what = random.choice(kinds)
    table.sound = False
    if what == "jump":
        for row in rows[i:]:
            row[0] = f"{float(row[0]) + 1000:.6f}"
        return f"times: jump at row {i}"
    table.timed = False
    huge = ("1e300", "99999999999999999999", "-5", "1e999", "253402300800", "0", "9" * 25)
    if what == "huge":
        for row in rows[i:]:
            row[0] = random.choice(huge) if random.random() < 0.5 else row[0]
    elif what == "still":
        for row in rows[i:]:
            row[0] = rows[i][0]
    elif what == "odd":
        rows[i][0] = random.choice(
            (odd.number(random), "24:00:00", "31.02.2024", "noon", "25:61:00")
        )
    elif what == "form":
        forms = ("2024-03-01 12:00:00", "01/03/2024 12:00", "12:00:00", "1.5", "20240301120000")
        for row in rows[i:]:
            row[0] = random.choice(forms)
    else:
        step = {"days": 1 / 864e5, "stamps": 1, "zone": 1, "thousand": 1}[what]
        base = {"days": 45352.5, "stamps": 20240301120000, "zone": 0, "thousand": 1000}[what]
        for k, row in enumerate(rows):
            told = f"{base + k * step:.10g}" if what != "days" else f"{base + k * step:.10f}"
            row[0] = told
            if what == "zone":
                row[0] = f"2024-03-01 12:{k // 60 % 60:02d}:{k % 60:02d} CET"
            if what == "thousand":
                row[0] = f"{1000 + k:,}".replace(",", random.choice((",", ".", " ", "'")))
    if any(table.separator in row[0] for row in rows):
        table.sure = False
    return f"times: {what} from row {i}"


def _writing(table: Table, random: random.Random) -> str:
    table.encoding = random.choice(
        ("utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-16-be", "utf-32")
    )
    if table.encoding in ("utf-16-be", "utf-32"):
        table.sound = table.sure = False
    table.zipped = table.zipped or random.random() < 0.2
    return f"encoding {table.encoding}"


_CHANGES: tuple[Change, ...] = (
    *(_cell, _cell, _missing, _fields, _rows, _rows, _junk, _junk, _above, _above),
    *(_quotes, _quotes, _ends, _ends, _separators, _times, _times, _writing),
)
