"""Footers of Parquet files are checked before Arrow reads them, which would end the process."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.errors import FormatError
from vital_widgets.io.parquet.footer import check_footer
from vital_widgets.io.parquet.thrift import STRUCT, Long, Short, Thrift, ThriftError
from vital_widgets.runtime.files import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

N = 24
NUMBER = {Short: 4, int: 5, Long: 6, bytes: 8, dict: STRUCT, list: 9}

COLUMNS = {
    "ecg": pa.array(np.arange(N, dtype=np.float32)),
    "count": pa.array([None, *range(1, N)]),
    "lists": pa.array([[1.0, 2.0]] * N),
    "nested": pa.array([{"a": 1, "b": [None, 2]}] * N),
    "map": pa.array([[("k", 1)]] * N, pa.map_(pa.string(), pa.int64())),
    "text": pa.array([str(i) * i for i in range(N)]),
    "flag": pa.array([bool(i % 2) for i in range(N)]),
    "small": pa.array(np.ones(N, np.float16)),
    "empty": pa.nulls(N),
    "decimal": pa.array([1] * N).cast(pa.decimal128(22, 2)),
}


def write(path: Path, columns=COLUMNS, **options) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=8, **options)
    return path


def footer_of(path: Path) -> bytes:
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    return data[-8 - length : -8]


def with_footer(path: Path, footer: bytes) -> Path:
    data = path.read_bytes()
    kept = data[: -8 - int.from_bytes(data[-8:-4], "little")]
    path.write_bytes(kept + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    return path


def varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def encoded(value) -> bytes:
    """Write a value as the compact protocol does."""
    if isinstance(value, dict):
        fields = b""
        for field, inner in sorted(value.items()):
            kind = 2 - inner if isinstance(inner, bool) else NUMBER[type(inner)]
            fields += bytes([kind]) + zigzag(field)
            fields += b"" if isinstance(inner, bool) else encoded(inner)
        return fields + b"\0"
    if isinstance(value, bytes):
        return varint(len(value)) + value
    if isinstance(value, list):
        kind = NUMBER[type(value[0])] if value else STRUCT
        return bytes([0xF0 | kind]) + varint(len(value)) + b"".join(map(encoded, value))
    return zigzag(value)


def structure(path: Path) -> dict:
    """Return what a footer says, without the logical types, in which single bytes are numbers."""
    footer = Thrift(footer_of(path)).value(STRUCT)
    for element in footer[2]:
        element.pop(10, None)
    return footer


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"version": "1.0", "compression": "gzip", "use_dictionary": False},
        {"write_page_index": True, "data_page_version": "2.0"},
        {"write_statistics": False},
        {"store_schema": False, "use_deprecated_int96_timestamps": True},
        {"sorting_columns": [pq.SortingColumn(0)]},
    ],
)
def test_footers_that_arrow_writes_pass(tmp_path, options):
    path = write(tmp_path / "x.parquet", **options)
    check_footer(SourceFile(path))
    encrypted_nowhere = vw.open(path, fs=8, time=None)
    np.testing.assert_array_equal(np.asarray(encrypted_nowhere["ecg"].data), np.arange(N))
    encrypted_nowhere.close()


def test_the_structure_written_again_passes(tmp_path):
    path = write(tmp_path / "x.parquet")
    footer = structure(path)
    with_footer(path, encoded(footer))
    assert structure(path) == footer
    assert pq.read_table(path).num_rows == N
    check_footer(SourceFile(path))


def chunk(footer: dict, group: int = 1, column: int = 0) -> dict:
    return footer[4][group][1][column]


CONTRADICTIONS = {
    "a column too few": (
        lambda footer: footer[4][1][1].pop(),
        "row group 1 has 11 columns, but the",
    ),
    "a column twice": (lambda footer: footer[4][1][1].append(chunk(footer)), "has 13 columns"),
    "no columns": (lambda footer: footer[4][1].pop(1), "row group 1 has no columns"),
    "negative rows": (
        lambda footer: footer[4][1].update({3: Long(-8)}),
        "states that it has -8 rows",
    ),
    "another type": (lambda footer: chunk(footer)[3].update({1: 2}), "'ecg' is INT64, but the"),
    "a type of none": (lambda footer: chunk(footer)[3].update({1: 99}), "is of type 99, but the"),
    "not described": (lambda footer: chunk(footer).pop(3), "is not described"),
    "encrypted": (lambda footer: chunk(footer).update({8: {1: {}}}), "is encrypted"),
    "short minimum": (
        lambda footer: chunk(footer)[3][12].update({6: b"ab"}),
        "minimum or maximum of 2 bytes",
    ),
    "number as maximum": (lambda footer: chunk(footer)[3][12].update({1: 7}), "not described as"),
    "levels too many": (
        lambda footer: chunk(footer)[3].update({16: {3: [Long(1)] * 3}}),
        "3 levels instead of",
    ),
    "bytes of numbers": (
        lambda footer: chunk(footer)[3].update({16: {1: Long(5)}}),
        "states a number of bytes of texts",
    ),
    "encodings as texts": (
        lambda footer: chunk(footer)[3].update({2: [b"a"]}),
        "holds other values",
    ),
    "levels as texts": (lambda footer: chunk(footer)[3].update({16: {3: [b"a"]}}), "holds other"),
    "groups as numbers": (lambda footer: footer.update({4: [1]}), "holds other values"),
    "no schema": (lambda footer: footer.pop(2), "row groups precede its schema"),
    "nothing": (lambda footer: footer.clear(), "has no schema"),
    "empty schema": (lambda footer: footer.update({2: []}), "schema is empty"),
    "schema of numbers": (lambda footer: footer.update({2: [1]}), "holds other values"),
    "fewer children": (lambda footer: footer[2][0].update({5: 1}), "more columns than it states"),
    "more children": (lambda footer: footer[2][0].update({5: 99}), "fewer columns than it states"),
    "a short repetition": (
        lambda footer: footer[2][2].update({3: Short(1)}),
        "where a number should be",
    ),
    "a long type": (
        lambda footer: chunk(footer)[3].update({1: Long(4)}),
        "where a number should be",
    ),
    "rows as int": (lambda footer: footer[4][1].update({3: 8}), "where a number should be"),
    "levels as ints": (
        lambda footer: chunk(footer)[3].update({16: {3: [1, 2]}}),
        "holds other values",
    ),
    "texts as children": (
        lambda footer: footer[2][0].update({5: b"x"}),
        "where a number should be",
    ),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_footer_that_contradicts_itself_is_refused(tmp_path, kind):
    change, words = CONTRADICTIONS[kind]
    path = write(tmp_path / "x.parquet")
    footer = structure(path)
    change(footer)
    with_footer(path, encoded(footer))
    with pytest.raises(FormatError, match=words) as caught:
        vw.open(path, fs=8)
    assert "x.parquet" in str(caught.value)
    assert "obtain a new copy" in str(caught.value)


def test_an_encrypted_file_is_named_so(tmp_path):
    path = write(tmp_path / "x.parquet")
    path.write_bytes(path.read_bytes()[:-4] + b"PARE")
    with pytest.raises(FormatError, match="encrypted; decrypt it"):
        check_footer(SourceFile(path))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cut off"),
        (b"\x15", "cut off"),
        (b"\x16" + b"\xff" * 10 + b"\x01\0", "too many bytes"),
        (b"\x18\x7fabc", "cut off"),
        (b"\x1e\0", "kind 14"),
        (b"\x19\xfc\xff\xff\xff\xff\x0f", "cut off"),
        (b"\x1c" * 40, "nested too deeply"),
        (b"\x15\x02\x05\x02\x02\0", "field 1 too many"),
        (b"\x05\x01\x02\0", "field -1 too many"),
    ],
)
def test_bytes_that_are_no_structure(data, words):
    with pytest.raises(ThriftError, match=words):
        Thrift(data).value(STRUCT)


def test_kinds_that_parquet_does_not_use_are_read_past():
    double, pairs, flags, byte = (
        b"\x17" + b"d" * 8,
        b"\x1b\x01\x85\x00\x08",
        b"\x19\x21\x01\x02",
        b"\x13z",
    )
    value = Thrift(double + pairs + b"\x1b\0" + flags + byte + b"\x11\x12\0").value(STRUCT)
    assert value == {
        1: b"d" * 8,
        2: [(b"", 4)],
        3: [],
        4: [True, False],
        5: b"z",
        6: True,
        7: False,
    }


TREES = st.recursive(
    st.integers(-(2**31), 2**31 - 1)
    | st.integers(-(2**63), 2**63 - 1).map(Long)
    | st.integers(-(2**15), 2**15 - 1).map(Short)
    | st.binary(max_size=20)
    | st.booleans(),
    lambda inner: (
        st.dictionaries(st.integers(1, 40), inner, max_size=4)
        | st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20)
    ),
    max_leaves=12,
)
STRUCTURES = st.dictionaries(st.integers(1, 40), TREES, max_size=5)


@given(STRUCTURES)
def test_structures_come_back(value):
    found = Thrift(encoded(value)).value(STRUCT)
    assert found == value
    assert encoded(found) == encoded(value), "with the kinds of the numbers"


@given(STRUCTURES, STRUCTURES)
def test_a_shape_passes_over_its_own_kind_only(first, second):
    _, pattern = Thrift(encoded(first)).shaped(STRUCT)
    footer = Thrift(encoded(second) + b"\x07")
    if footer.skip(pattern):
        assert lengths(second) == lengths(first)
        assert footer.value(3) == b"\x07", "the whole value is passed over, and nothing else"


def lengths(value):
    """Return all that a check of a footer may ask of a value besides large numbers."""
    if isinstance(value, dict):
        return {field: lengths(inner) for field, inner in value.items()}
    if isinstance(value, list):
        return [lengths(inner) for inner in value]
    if isinstance(value, bytes):
        return len(value)
    return value if isinstance(value, bool) or -64 <= value < 64 else "large"


def test_most_chunks_of_a_long_file_are_passed_over_by_their_shape(tmp_path, monkeypatch):
    columns = {f"c{i:02}": np.arange(400.0) + i for i in range(20)}
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=4)
    read = []
    shaped = Thrift.shaped
    monkeypatch.setattr(Thrift, "shaped", lambda *given: read.append(1) or shaped(*given))
    check_footer(SourceFile(path))
    assert len(read) < 100, "of 2,000 chunks"


MUTATED = """
import random, sys
from pathlib import Path
import vital_widgets as vw
from vital_widgets.errors import VitalError
whole, path = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
length = int.from_bytes(whole[-8:-4], "little")
for seed in range(150):
    chance, data = random.Random(seed), bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4))):
        data[len(data) - 8 - chance.randrange(1, length + 1)] = chance.randrange(256)
    path.write_bytes(data)
    try:
        recording = vw.open(path, fs=8, time=None)
        recording.wait()
        for name in recording.channels:
            recording[name].data[:5].compute()
        recording.close()
    except VitalError:
        pass
print("alive")
"""


def test_changed_bytes_in_a_footer_never_end_the_process(tmp_path):
    path = write(tmp_path / "seed.parquet")
    whole = [sys.executable, "-c", MUTATED, str(path), str(tmp_path / "changed.parquet")]
    ended = subprocess.run(whole, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.strip().endswith("alive")


@pytest.mark.parametrize("seed", range(5))
def test_changed_bytes_cost_the_check_no_other_error(tmp_path, seed):
    path = write(tmp_path / "x.parquet")
    footer, chance, refused = footer_of(path), random.Random(seed), []
    for _ in range(100):
        changed = bytearray(footer)
        changed[chance.randrange(len(footer))] = chance.randrange(256)
        with_footer(path, bytes(changed))
        try:
            check_footer(SourceFile(path))
        except FormatError as error:
            refused.append(str(error))
    assert refused
    assert all("x.parquet" in words for words in refused)
