"""Tables of many kinds, made here or taken from real recordings."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.text_exports import exports
from fuzz.text_table import BLANKS, ENDS, EPOCH, PLAIN, Table
from fuzz.text_varied import varied

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS = 60
LONG_AGO = 1e9  # seconds since 1970; what is less counts from no date
REAL_LINES, REAL_BYTES = 300, 40_000
START = datetime(2024, 3, 1, 23, 58, 30, tzinfo=UTC)
_ABOVE = (
    *((), (), (), ("# made by a recorder",), ("% x", "% y")),
    ("Device;Model 7", "Subject;A 12", ""),
    ("# sampling rate: {fs} Hz",),
    ("Recorder v2.1", "Serial 00123", "-----"),
)


def made() -> list[Table]:
    """Return tables of every kind."""
    plain = [_table(random.Random(f"table {k}"), k) for k in range(KINDS)]
    return [*plain, *exports(), *varied()]


def _table(chance: random.Random, k: int) -> Table:
    separator = (",", ";", "\t", BLANKS, "|", ",")[k % 6]
    decimal = "," if separator in (";", "\t") and chance.random() < 0.5 else "."
    fs = chance.choice((10.0, 50.0, 100.0, 250.0, 1.0))
    n_rows = chance.choice((40, 120, 300))
    n_columns = chance.choice((1, 2, 3, 5))
    head, times, seconds, options = _times(chance, fs, n_rows, decimal, separator)
    noise = np.random.default_rng(k)
    values = [noise.normal(0, chance.choice((1, 100, 1e4)), n_rows) for _ in range(n_columns)]
    digits = chance.choice((0, 2, 6))
    cells = [[f"{v:.{digits}f}".replace(".", decimal) for v in column] for column in values]
    names = [chance.choice(("ECG", "PPG", "x", "Signal")) + f" {j}" for j in range(n_columns)]
    if separator == BLANKS:
        names = [name.replace(" ", "_") for name in names]
    columns = [*times, *cells]
    first = len(times)
    if chance.random() < 0.2 and separator != BLANKS:
        columns.append([("", "note", "event 3")[i % 3] for i in range(n_rows)])
        names.append("marks")
    lines = [line.format(fs=f"{fs:g}") for line in chance.choice(_ABOVE)]
    if "fs" in options and chance.random() < 0.5:
        lines, options = [f"# sampling rate: {fs:g} Hz"], {}
    named = chance.random() < 0.8
    if named:
        units = chance.random() < 0.2
        quote = '"' if chance.random() < 0.2 else ""
        shown = [f"{name} (mV)" if units and separator != BLANKS else name for name in names]
        lines.append(separator.join(f"{quote}{name}{quote}" for name in [*head, *shown]))
    elif head and head[0].startswith(("time (", "t")):
        options = {**options, **_said(head[0])}
    cells_of_first = [column[0] for column in times]
    value_columns = list(range(first, first + n_columns))
    return Table(
        lines,
        [list(row) for row in zip(*columns, strict=True)],
        separator,
        decimal,
        values=value_columns,
        names=dict(zip(names, value_columns, strict=False)) if named else {},
        seconds=seconds,
        fs=fs,
        zero=None if seconds is None or seconds(cells_of_first) < LONG_AGO else EPOCH,
        options=options,
        end=("\n", "\r\n", "\n", "\r", "\r\r\n", "\n", "\n")[k % 7],
        encoding=("utf-8", "utf-8", "utf-8-sig", "utf-8", "utf-16")[k % 5],
        zipped=k % 8 == 7,
        last_end=k % 4 != 3,
    )


def _said(head: str) -> dict[str, Any]:
    units = {"time (ms)": "ms", "time (us)": "us", "time (min)": "min"}
    unit = units.get(head.replace("_", " "))
    return {"time": 0, **({"time_unit": unit} if unit else {})}


def _times(
    chance: random.Random, fs: float, n_rows: int, decimal: str, separator: str
) -> tuple[list[str], list[list[str]], Callable[[list[str]], float] | None, dict[str, Any]]:
    """Return names, cells, how cells become seconds, and options of the time columns."""
    at = np.arange(n_rows) / fs
    moments = [START + timedelta(seconds=float(t)) for t in at]
    kind = chance.choice(("s", "s", "ms", "us", "min", "epoch", "epoch ms", "iso", "iso z", "none"))
    if separator != BLANKS and chance.random() < 0.3:
        kind = chance.choice(("local", "two", "iso blank", "clock"))
    factor = {"s": 1.0, "ms": 1e3, "us": 1e6, "min": 1 / 60, "epoch": 1.0, "epoch ms": 1e3}
    if kind in factor:
        scale = factor[kind]
        begin = START.timestamp() if "epoch" in kind else chance.choice((0.0, 5.0, 1000.0))
        digits = {"s": 4, "ms": 1, "us": 0, "min": 9, "epoch": 4, "epoch ms": 0}[kind]
        cells = [f"{(t + begin) * scale:.{digits}f}".replace(".", decimal) for t in at]
        name = {"epoch": "timestamp", "epoch ms": "timestamp"}.get(kind, f"time ({kind})")
        name = name.replace(" ", "_") if separator == BLANKS else name
        return [name], [cells], lambda row: float(row[0].replace(",", ".")) / scale, {}
    if kind == "none":
        return [], [], None, {"fs": fs}
    if kind == "two":
        day = [f"{m:%d.%m.%Y}" for m in moments]
        clock = [f"{m:%H:%M:%S}.{m.microsecond // 1000:03d}" for m in moments]
        return ["date", "time"], [day, clock], lambda row: _local(f"{row[0]} {row[1]}"), {}
    fraction = [f"{m.microsecond // 1000:03d}" for m in moments]
    forms = {
        "iso": "%Y-%m-%dT%H:%M:%S",
        "iso z": "%Y-%m-%dT%H:%M:%S",
        "iso blank": "%Y-%m-%d %H:%M:%S",
    }
    forms |= {"local": "%d.%m.%Y %H:%M:%S", "clock": "%H:%M:%S"}
    zone = "Z" if kind == "iso z" else ""
    cells = [f"{m.strftime(forms[kind])}.{f}{zone}" for m, f in zip(moments, fraction, strict=True)]
    if kind == "local":
        return ["time"], [cells], lambda row: _local(row[0]), {}
    if kind == "clock":
        return ["time"], [cells], lambda row: _clock(row[0]), {}
    return ["time"], [cells], lambda row: _iso(row[0]), {}


def _iso(text: str) -> float:
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _local(text: str) -> float:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S.%f").replace(tzinfo=UTC).timestamp()


def _clock(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    past = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return past if past > 12 * 3600 else past + 86400


# ---------------------------------------------------------------- real recordings


def real(data: Path) -> list[Table]:
    """Return the beginnings of text files that open without complaint."""
    names = (".csv", ".tsv", ".txt", ".asc", ".gz")
    files = [path for path in sorted(data.rglob("*")) if path.suffix.lower() in names]
    found = (_of_file(path) for path in files if path.stat().st_size)
    return [table for table in found if table is not None]


def _of_file(path: Path) -> Table | None:
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if encoding == "utf-16":
        return None
    try:
        text = raw[:REAL_BYTES].decode()
    except UnicodeDecodeError:
        return None
    bom = text.startswith("\ufeff")
    end = next((e for e in ("\r\r\n", "\r\n", "\n", "\r") if e in text), "\n")
    lines = ENDS.split(text.removeprefix("\ufeff"))[:REAL_LINES][:-1]
    best = max(("\t", ";", ",", "|", BLANKS), key=lambda one: _evenness(lines, one))
    table = Table([], [], best, end=end, encoding="utf-8-sig" if bom else "utf-8")
    first = next((k for k in range(len(lines)) if _is_row(table, lines[k : k + 3])), None)
    if first is None:
        return None
    table.before = lines[:first]
    table.rows = [line if best == BLANKS else line.split(best) for line in lines[first:]]
    if best == BLANKS:
        table.rows = [line.split(" ") for line in lines[first:]]
    return table


def _evenness(lines: list[str], separator: str) -> float:
    table = Table([], [], separator)
    counts = [len(table.cells(line)) for line in lines[len(lines) // 2 :]]
    most = max(set(counts), key=counts.count, default=0)
    return (most > 1) * (counts.count(most) / max(len(counts), 1) + 0.001 * most)


def _is_row(table: Table, lines: list[str]) -> bool:
    """Whether these lines hold numbers, as many each."""
    rows = [table.cells(line.replace('"', "")) for line in lines]
    numbers = [sum(bool(PLAIN["."].fullmatch(cell)) for cell in row) for row in rows]
    return bool(rows) and len({len(row) for row in rows}) == 1 and min(numbers) > 0
