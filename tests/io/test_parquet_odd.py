"""Parquet files that contradict themselves, or hold what no calendar or rate can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.parquet.columns import ParquetSource, to_native
from vital_widgets.io.parquet.parquet_reader import open_file

FS = 200.0
N = 5000


def table_of(tmp_path: Path, columns, name: str = "x.parquet", metadata=None, **options) -> Path:
    path = tmp_path / name
    table = pa.table(columns)
    if metadata is not None:
        table = table.replace_schema_metadata(metadata)
    pq.write_table(table, path, **options)
    return path


def test_a_footer_that_contradicts_itself_does_not_end_the_process(tmp_path):
    path = table_of(tmp_path, {"t": np.arange(99) / 10, "x": np.arange(99, dtype=np.int32)})
    content = bytearray(path.read_bytes())
    path_of_x = content.rindex(b"\x18\x01x")  # in the last column chunk, behind its type
    content[content.rindex(b"\x15\x02", 0, path_of_x) + 1] = 0  # BOOLEAN instead of INT32
    path.write_bytes(content)
    with pytest.raises(FormatError, match="'x' is BOOLEAN, but the schema has INT32"):
        open_file(path)


def small_table(**more: pa.Array) -> pa.Table:
    return pa.table({"time": np.arange(50) / 100, "x": np.arange(50), **more})


@pytest.mark.parametrize(
    "dates",
    [
        pa.array([10**13 + i for i in range(50)], pa.timestamp("s")),
        pa.array([10**7 + i for i in range(50)], pa.date32()),
        pa.array([10**10 * 86_400_000] * 50, pa.date64()),
        pa.array([-(10**18) + i for i in range(50)], pa.timestamp("us")),
    ],
    ids=["timestamp", "date32", "date64", "before Christ"],
)
@pytest.mark.parametrize("options", [{}, {"time": "time"}])
def test_dates_that_no_calendar_has_do_not_keep_a_file_from_opening(tmp_path, dates, options):
    pq.write_table(small_table(seen=dates), tmp_path / "a.parquet")
    recording = open_file(tmp_path / "a.parquet", **options)
    assert recording["x"].data.compute().tolist() == list(range(50))


@pytest.mark.parametrize(
    "metadata",
    [
        {"pandas": "[1]"},
        {"pandas": "5"},
        {"pandas": '{"attributes": [1]}'},
        {"pandas": '{"attributes": "abc"}'},
        {"pandas": '{"index_columns": null}'},
        {"pandas": '{"index_columns": 5}'},
        {"pandas": '{"a":' * 5000},
        {"units": '{"a":' * 5000},
        {"pandas": '{"attributes": {"units": {"x": [1]}}}'},
    ],
    ids=range(9),
)
def test_metadata_of_another_shape_are_passed_over(tmp_path, metadata):
    pq.write_table(small_table().replace_schema_metadata(metadata), tmp_path / "a.parquet")
    recording = open_file(tmp_path / "a.parquet")
    assert recording["x"].fs == pytest.approx(100)
    assert not recording["x"].units


@pytest.mark.parametrize("rate", ["9" * 400, "{}", "-3", '"abc"', "null"])
def test_a_sampling_rate_in_the_metadata_that_is_none_is_noted(tmp_path, rate):
    metadata = {"pandas": f'{{"attributes": {{"fs": {rate}}}}}'}
    pq.write_table(small_table().replace_schema_metadata(metadata), tmp_path / "a.parquet")
    recording = open_file(tmp_path / "a.parquet")
    assert recording["x"].fs == pytest.approx(100)
    assert any("not a sampling rate" in note for note in recording.notes)


def test_columns_that_share_a_name_are_never_taken_for_the_time(tmp_path):
    t = np.arange(50) / 100
    table = pa.Table.from_arrays([pa.array(t), pa.array(t), pa.array(t)], ["time", "time", "x"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InvalidInputError, match="fs="):
        open_file(tmp_path / "a.parquet")
    for wanted in ("time", 1):
        with pytest.raises(InvalidInputError, match="2 columns are named 'time'"):
            open_file(tmp_path / "a.parquet", time=wanted)
    recording = open_file(tmp_path / "a.parquet", time=None, fs=100)
    assert list(recording.channels) == ["x"]
    assert any("have the name" in note for note in recording.notes)


@pytest.mark.parametrize(
    ("column", "dtype", "missing"),
    [
        (pa.array([1, 2**63 + 5], pa.uint64()), np.int64, None),
        (pa.array([1, None], pa.int16()), np.int16, None),
        (pa.array([1, None, -(2**15)], pa.int16()), np.int16, -(2**15)),
    ],
    ids=["beyond int64", "unannounced null", "value that stands for null"],
)
def test_values_that_the_statistics_do_not_allow_are_refused(column, dtype, missing):
    with pytest.raises(ValueError, match="statistics"):
        to_native(column, np.dtype(dtype), missing)


def test_fewer_values_than_rows_are_refused(tmp_path, monkeypatch):
    pq.write_table(small_table(), tmp_path / "a.parquet")
    recording = open_file(tmp_path / "a.parquet", fs=100, time=None)
    whole = ParquetSource.column
    monkeypatch.setattr(ParquetSource, "column", lambda *args: whole(*args)[:30])
    with pytest.raises(FormatError, match=r"a\.parquet.*30 values"):
        recording["x"].read(0, 50)
