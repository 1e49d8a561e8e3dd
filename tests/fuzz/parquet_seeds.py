"""Parquet files of many kinds, whose values are known."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = 64
START = datetime(2024, 3, 1, 23, 58, 30, tzinfo=UTC)
TIME = "time"


@dataclass
class ParquetSeed:
    """A table, and how it is written.

    ``seconds`` are its times from the first row, and ``fs`` their rate.
    """

    table: pa.Table
    writing: dict[str, Any]
    seconds: NDArray[np.float64]
    fs: float
    options: dict[str, Any] = field(default_factory=dict)

    def written(self, **changed: Any) -> bytes:
        """Return the bytes of the file."""
        file = io.BytesIO()
        pq.write_table(self.table, file, **{**self.writing, **changed})
        return file.getvalue()


def made() -> list[ParquetSeed]:
    """Return files of every kind."""
    return [_seed(random.Random(f"parquet {k}"), k) for k in range(KINDS)]


def _seed(chance: random.Random, k: int) -> ParquetSeed:
    n = chance.choice((1, 60, 300, 1000))
    fs = chance.choice((1.0, 50.0, 100.0, 250.0, 1000.0))
    noise = np.random.default_rng(k)
    at = np.arange(n)
    if chance.random() < 0.3:
        at[n // 2 :] += chance.choice((100, 5000))
    names, columns, options, metadata = _time(chance, at / fs, fs)
    for column in chance.sample(list(_COLUMNS), chance.choice((1, 2, 4, 7))):
        values = _COLUMNS[column](noise, n)
        if chance.random() < 0.25:
            mask = noise.random(n) < chance.choice((0.05, 1.0))
            values = pa.array(
                [None if m else v for m, v in zip(mask, values, strict=True)], values.type
            )
        names.append(column)
        columns.append(values)
    if not any(name.startswith(("float", "int", "ECG")) for name in names):
        names.append("ECG (mV)")
        columns.append(pa.array(noise.normal(size=n)))
    table = pa.table(columns, names=names).replace_schema_metadata(metadata)
    writing = {
        "row_group_size": chance.choice((1000, 100, 37)),
        "compression": chance.choice(("none", "none", "snappy", "zstd", "gzip", "lz4", "brotli")),
        "use_dictionary": chance.random() < 0.5,
        "data_page_version": chance.choice(("1.0", "1.0", "2.0")),
        "write_statistics": chance.random() < 0.8,
        "data_page_size": chance.choice((1 << 20, 100)),
        "write_batch_size": chance.choice((1024, 16)),
        "write_page_index": chance.random() < 0.3,
        "write_page_checksum": k % 4 == 3,
        "store_schema": chance.random() < 0.8,
    }
    if not writing["use_dictionary"] and chance.random() < 0.4:
        floats = [f.name for f in table.schema if pa.types.is_float64(f.type)]
        writing["column_encoding"] = dict.fromkeys(floats, "BYTE_STREAM_SPLIT")
    return ParquetSeed(table, writing, (at - at[0]) / fs, fs, options)


def _time(
    chance: random.Random, seconds: NDArray[np.float64], fs: float
) -> tuple[list[str], list[pa.Array], dict[str, Any], dict[str, str]]:
    """Return names, columns, options and metadata that tell the time."""
    kind = chance.choice(("seconds", "seconds", "ms", "us", "ns", "zone", "count", "fs", "told"))
    if kind == "fs":
        return [], [], {"fs": fs}, {}
    if kind == "told":
        return [], [], {}, {"fs": f"{fs:g}", "units": '{"int16": "mV"}'}
    if kind == "seconds":
        return [TIME], [pa.array(seconds + chance.choice((0.0, 5.0)))], {}, {}
    if kind == "count":
        whole = np.round(seconds * 1000).astype(np.int64)
        return [TIME], [pa.array(whole)], {"time": TIME, "time_unit": "ms"}, {}
    unit, zone = ("us", "Europe/Berlin") if kind == "zone" else (kind, None)
    factor = {"ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
    whole = np.round(seconds * factor).astype(np.int64) + int(START.timestamp() * factor)
    return [TIME], [pa.array(whole, pa.timestamp(unit, zone))], {}, {"patient": "A 12"}


def _floats(noise: np.random.Generator, n: int) -> pa.Array:
    values = noise.normal(size=n)
    values[noise.random(n) < 0.02] = np.nan
    return pa.array(values)


_COLUMNS = {
    "ECG (mV)": lambda noise, n: pa.array(noise.normal(size=n)),
    "float64": _floats,
    "float32": lambda noise, n: pa.array(noise.normal(size=n).astype(np.float32)),
    "float16": lambda noise, n: pa.array(noise.normal(size=n).astype(np.float16)),
    "int8": lambda noise, n: pa.array(noise.integers(-128, 128, n).astype(np.int8)),
    "int16": lambda noise, n: pa.array(noise.integers(-2000, 2000, n).astype(np.int16)),
    "int32": lambda noise, n: pa.array(noise.integers(-(2**31), 2**31, n).astype(np.int32)),
    "int64": lambda noise, n: pa.array(noise.integers(-(2**63), 2**63 - 1, n)),
    "uint8": lambda noise, n: pa.array(noise.integers(0, 256, n).astype(np.uint8)),
    "uint16": lambda noise, n: pa.array(noise.integers(0, 65536, n).astype(np.uint16)),
    "uint64": lambda noise, n: pa.array(noise.integers(0, 2**64, n, np.uint64)),
    "bool": lambda noise, n: pa.array(noise.random(n) < 0.5),
    "decimal": lambda noise, n: pa.array(
        [Decimal(int(v)) / 100 for v in noise.integers(0, 9999, n)]
    ),
    "text": lambda _, n: pa.array([("", "event 3", None)[i % 3] for i in range(n)]),
    "category": lambda _, n: pa.array(
        [("rest", "walk")[i % 2] for i in range(n)]
    ).dictionary_encode(),
    "list": lambda _, n: pa.array([[1.0, 2.0]] * n),
    "struct": lambda _, n: pa.array([{"a": 1, "b": [2, None]}] * n),
    "nothing": lambda _, n: pa.nulls(n),
    "duration": lambda _, n: pa.array(range(n), pa.duration("ms")),
    "day": lambda _, n: pa.array(range(n), pa.date32()),
}
