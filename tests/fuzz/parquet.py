"""Parquet: footers and page headers as trees, bytes of pages, metadata, cuts, ways of writing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pyarrow as pa

from fuzz import odd, parquet_seeds
from fuzz.model import Case
from fuzz.parquet_plain import Truth
from fuzz.thrift_tree import BINARY, STRUCT, Node, change, read_struct, written
from vital_widgets.io.parquet import parquet_reader as reader

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from fuzz.parquet_seeds import ParquetSeed

NAME = "parquet"
_MAGIC = b"PAR1"
_WHOLE = (reader.LARGEST_GROUP, reader._AT_ONCE)
_CHUNK_OFFSETS = (2, 4, 6)  # of the chunk, its offset index and its column index
_META_OFFSETS = (9, 10, 11)  # of data pages, the index page and the dictionary


def seeds(data: Path | None) -> list[ParquetSeed]:
    """Return files of every kind; there are no real ones."""
    return parquet_seeds.made() if data is None else []


class File:
    """A file in its parts: what comes before the footer, and the footer as a tree."""

    def __init__(self, raw: bytes) -> None:
        length = int.from_bytes(raw[-8:-4], "little")
        self.body = bytearray(raw[: -8 - length])
        self.footer, _ = read_struct(raw, len(raw) - 8 - length)
        self.sound = True  # nothing may be refused
        self.sealed = False  # what was written must come

    def bytes(self, footer: bytes | None = None) -> bytes:
        """Return the file."""
        end = written(self.footer) if footer is None else footer
        return bytes(self.body) + end + len(end).to_bytes(4, "little") + _MAGIC

    def chunks(self) -> list[Node]:
        """Return all column chunks."""
        groups = self.footer.get(4)
        lists = [group.get(1) for group in groups.nodes] if groups is not None else []
        return [chunk for one in lists if one is not None for chunk in one.nodes]

    def pages(self, chunk: Node) -> list[tuple[int, Node, int, int]]:
        """Return where each page begins, its header, and where its bytes begin and end."""
        about = chunk.get(3)
        if about is None:
            return []
        at = about.number(11) or about.number(9)
        end = at + about.number(7)
        found = []
        body = bytes(self.body)
        while 0 < at < end <= len(body):
            header, first = read_struct(body, at)
            last = first + max(header.number(3), 0)
            found.append((at, header, first, last))
            at = last
        return found

    def put(self, begin: int, end: int, new: bytes, chunk: Node) -> None:
        """Replace bytes of a chunk; what lies behind moves and is told to."""
        self.body[begin:end] = new
        shift = len(new) - (end - begin)
        about = chunk.get(3)
        size = about.get(7) if about is not None else None
        if size is not None and isinstance(size.value, int):
            size.value += shift
        for one in self.chunks():
            about = one.get(3)
            told = [one.get(k) for k in _CHUNK_OFFSETS]
            told += [about.get(k) for k in _META_OFFSETS] if about is not None else []
            for node in told:
                if node is not None and isinstance(node.value, int) and node.value > begin:
                    node.value += shift


def make(seed: ParquetSeed, random: random.Random, folder: Path) -> Case:
    """Write a mutated file."""
    reader.LARGEST_GROUP, reader._AT_ONCE = _WHOLE
    changes = []
    if random.random() < 0.2:
        reader.LARGEST_GROUP = 200
        changes.append("row groups read in once")
    if random.random() < 0.4:
        reader._AT_ONCE = 50
        changes.append("times read in the background")
    seed = parquet_seeds.ParquetSeed(**{**seed.__dict__, "options": dict(seed.options)})
    sound = True
    if random.random() < 0.3:
        said, sound = _table(seed, random)
        changes.append(said)
    file = File(seed.written())
    file.sound = sound
    if random.random() < 0.85:
        chosen = random.choices(_CHANGES, k=random.choice((1, 1, 1, 2, 3)))
        changes += [one(file, random) for one in chosen]
    raw = file.bytes()
    if random.random() < 0.1:
        damaged = bytearray(written(file.footer))
        changes.append(f"footer bytes: {odd.damage(damaged, random)}")
        raw, file.sound, file.sealed = file.bytes(bytes(damaged)), False, False
    elif random.random() < 0.08:
        said, raw = _whole(raw, random)
        changes.append(said)
        file.sound = file.sealed = False
    path = folder / ("night" + random.choice((".parquet", ".pq", ".parq", ".csv", "")))
    path.write_bytes(raw)
    _options(seed, file, random, changes)
    truth = Truth(path, seed, sealed=file.sealed or file.sound)
    return Case(path, seed.options, changes, truth.check, may_refuse=not file.sound)


def _options(seed: ParquetSeed, file: File, random: random.Random, changes: list[str]) -> None:
    if random.random() > 0.15:
        return
    names = seed.table.schema.names
    name = random.choice(("time", "fs", "channels", "units"))
    value = {
        "time": random.choice((None, 0, -1, random.choice(names))),
        "fs": random.choice((1.0, 100.0, 12.5)),
        "channels": [random.choice(names)],
        "units": "mV",
    }[name]
    seed.options[name] = value
    changes.append(f"{name}={value!r}")
    if name != "units":
        file.sound = file.sealed = False
    if name in ("fs", "time"):
        seed.seconds = seed.seconds[:0]


# ---------------------------------------------------------------- the table


def _table(seed: ParquetSeed, random: random.Random) -> tuple[str, bool]:
    """Change the table before it is written; say whether nothing in it may be refused."""
    table = seed.table
    k = random.randrange(table.num_columns)
    name = table.schema.names[k]
    what = random.choice(("name", "twice", "times", "nulls", "order", "field", "metadata", "none"))
    if what == "name":
        new = odd.text(random)
        seed.table = table.rename_columns(
            [*table.schema.names[:k], new, *table.schema.names[k + 1 :]]
        )
    elif what == "twice":
        seed.table = table.append_column(name, table.column(k))
    elif what == "order":
        seed.table = table.select(table.schema.names[::-1])
        return "columns in the other order", True
    elif what == "none":
        seed.table = table.slice(0, random.choice((0, 1, 2)))
    elif what == "metadata":
        told = {odd.text(random): odd.text(random) for _ in range(3)}
        told |= {random.choice(("fs", "units", "pandas", "sampling_rate")): odd.text(random)}
        told |= {"fs": odd.number(random)} if random.random() < 0.5 else {}
        seed.table = table.replace_schema_metadata(told)
    elif what == "field":
        field = table.schema.field(k).with_metadata({"units": odd.text(random)})
        seed.table = table.cast(table.schema.set(k, field))
    else:
        places = sorted(random.sample(range(table.num_rows), min(3, table.num_rows)))
        values = table.column(k).to_pylist()
        if what == "times":
            values = [values[min(j + (j in places), len(values) - 1)] for j in range(len(values))]
        else:
            values = [None if j in places else v for j, v in enumerate(values)]
        seed.table = table.set_column(k, name, pa.array(values, table.schema.field(k).type))
    seed.seconds = seed.seconds[:0]
    return f"table: {what} in column {name!r}", False


# ---------------------------------------------------------------- changes


def _again(file: File, random: random.Random) -> str:
    del random
    return "footer written anew"


def _footer(file: File, random: random.Random) -> str:
    """Change one node of the footer."""
    file.sound = file.sealed = False
    return f"footer: {change(file.footer, random)}"


def _described(file: File, random: random.Random) -> str:
    """Change what one chunk of a column says of itself."""
    chunks = file.chunks()
    if not chunks:
        return "no chunks"
    file.sound = file.sealed = False
    k = random.randrange(len(chunks))
    return f"chunk {k}: {change(chunks[k], random)}"


def _statistics(file: File, random: random.Random) -> str:
    """Change what a chunk says of its values."""
    told = [chunk.get(3) for chunk in file.chunks()]
    found = [about.get(12) for about in told if about is not None]
    statistics = [one for one in found if one is not None]
    if not statistics:
        return "no statistics"
    file.sound = file.sealed = False
    return f"statistics: {change(random.choice(statistics), random)}"


def _header(file: File, random: random.Random) -> str:
    """Change the header of a page."""
    chosen = _page(file, random)
    if chosen is None:
        return "no pages"
    chunk, (at, header, first, _) = chosen
    file.sound = file.sealed = False
    said = change(header, random)
    file.put(at, first, written(header), chunk)
    return f"page at {at}: {said}"


def _payload(file: File, random: random.Random) -> str:
    """Damage the bytes of a page."""
    chosen = _page(file, random)
    if chosen is None:
        return "no pages"
    _, (at, _, first, last) = chosen
    whole = all(page.get(4) is not None for _, (_, page, *_) in _all_pages(file))
    file.sealed = whole and (file.sound or file.sealed)
    file.sound = False
    piece = bytearray(file.body[first:last])
    if random.random() < 0.5:
        piece = piece[: random.choice((4, 8, 16, 32))]  # levels and widths come first
    n = len(piece)
    said = odd.damage(piece, random)
    file.body[first : first + n] = (piece + file.body[first : first + n])[:n]
    return f"bytes of the page at {at}: {said}"


def _all_pages(file: File) -> list[tuple[Node, tuple[int, Node, int, int]]]:
    try:
        return [(chunk, page) for chunk in file.chunks() for page in file.pages(chunk)]
    except (IndexError, ValueError, RecursionError, MemoryError):
        return []


def _page(file: File, random: random.Random) -> tuple[Node, tuple[int, Node, int, int]] | None:
    pages = _all_pages(file)
    return random.choice(pages) if pages else None


def _told(file: File, random: random.Random) -> str:
    """Change the metadata of the file: keys, pandas' JSON, the schema that Arrow keeps."""
    pairs = file.footer.get(5)
    if pairs is None or not pairs.nodes:
        return "no metadata"
    file.sound = file.sealed = False
    pair = random.choice(pairs.nodes)
    key, value = pair.get(1), pair.get(2)
    if key is None or value is None or not isinstance(value.value, bytes):
        return "metadata without a value"
    if key.value == b"ARROW:schema" and random.random() < 0.8:
        raw = bytearray(base64.b64decode(value.value + b"===", validate=False))
        said = odd.damage(raw, random)
        value.value = base64.b64encode(bytes(raw))
        return f"Arrow's schema: {said}"
    shapes = ({}, [], None, 1, {"fs": odd.text(random)}, {"index_columns": [odd.text(random), 1]})
    value.value = random.choice((odd.number(random), json.dumps(random.choice(shapes)))).encode()
    if random.random() < 0.5:
        names = (b"fs", b"units", b"pandas", b"sampling_rate")
        pairs.nodes.append(
            Node(STRUCT, [Node(BINARY, random.choice(names), 1), Node(BINARY, value.value, 2)])
        )
    return f"metadata {key.value!r}: {value.value!r}"


def _body(file: File, random: random.Random) -> str:
    """Damage anything before the footer; offsets stay as they are."""
    file.sound = file.sealed = False
    return f"before the footer: {odd.damage(file.body, random)}"


def _whole(raw: bytes, random: random.Random) -> tuple[str, bytes]:
    what = random.choice(("cut", "length", "magic", "behind", "twice", "encrypted", "front"))
    if what == "cut":
        raw = raw[: random.randrange(len(raw))]
    elif what == "length":
        raw = raw[:-8] + (odd.integer(random) & 0xFFFFFFFF).to_bytes(4, "little") + raw[-4:]
    elif what == "behind":
        raw += random.randbytes(random.choice((1, 8, 100)))
    elif what == "twice":
        raw += raw
    else:
        raw = {"encrypted": raw[:-4] + b"PARE", "front": b"PARE" + raw[4:]}.get(
            what, raw[:-4] + b"PAR2"
        )
    return f"the file: {what}", raw


_CHANGES: tuple[Callable[[File, random.Random], str], ...] = (
    *(_again, _footer, _footer, _footer, _described, _described, _statistics, _statistics),
    *(_header, _header, _header, _payload, _payload, _payload, _told, _body),
)
