"""Damaged pages and statistics of Parquet files: an error, never other samples or times."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fuzz.parquet import File
from fuzz.thrift_tree import written
from vital_widgets.errors import FormatError
from vital_widgets.io.parquet import parquet_reader as parquet
from vital_widgets.io.parquet.parquet_reader import open_file

if TYPE_CHECKING:
    from pathlib import Path

FS = 100.0
N = 1000


def file_of(columns, **options) -> File:
    raw = io.BytesIO()
    pq.write_table(pa.table(columns), raw, **options)
    return File(raw.getvalue())


def saved(file: File, folder: Path) -> Path:
    path = folder / "night.parquet"
    path.write_bytes(file.bytes())
    return path


@pytest.mark.parametrize("rows_a_group", [N, N // 2, 130])
@pytest.mark.parametrize("missing", [1, 40])
def test_gaps_inside_row_groups_are_found_where_statistics_do_not_show_them(
    tmp_path, monkeypatch, rows_a_group, missing
):
    monkeypatch.setattr(parquet, "_AT_ONCE", 50)
    at = np.arange(N)
    for first in range(rows_a_group // 2, N, rows_a_group):
        at[first:] += missing  # as much in each group: their ends lie on a line
    path = tmp_path / "gap.parquet"
    columns = {"time": at / FS, "ecg": np.zeros(N)}
    pq.write_table(pa.table(columns), path, row_group_size=rows_a_group)
    with open_file(path) as recording:
        channel = recording.wait()["ecg"]
        times = channel.timebase.times(0, N)
        assert np.abs(times - at / FS).max() < 0.5 / FS
        assert channel.fs == FS


def test_statistics_still_tell_the_times_of_a_long_file_without_gaps(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_AT_ONCE", 50)
    path = tmp_path / "even.parquet"
    columns = {"time": np.arange(N) / FS, "ecg": np.zeros(N)}
    pq.write_table(pa.table(columns), path, row_group_size=130)
    with open_file(path) as recording:
        assert recording.task is None
        assert recording["ecg"].n_samples == N


@pytest.mark.parametrize("fields", [(5,), (6,), (5, 6), (1, 2, 5, 6)])
def test_extremes_of_no_bytes_are_refused_and_do_not_end_the_process(tmp_path, fields):
    file = file_of({"ecg": np.arange(8.0)})
    for field in fields:
        file.chunks()[0].get(3).get(12).get(field).value = b""
    path = saved(file, tmp_path)
    code = "import sys, vital_widgets as vw; vw.open(sys.argv[1], fs=1.0)"
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "FormatError" in done.stderr
    assert path.name in done.stderr


def test_older_extremes_of_no_bytes_beside_newer_ones_do_no_harm(tmp_path):
    file = file_of({"ecg": np.arange(8.0)})
    for field in (1, 2):
        file.chunks()[0].get(3).get(12).get(field).value = b""
    with open_file(saved(file, tmp_path), fs=FS) as recording:
        assert recording["ecg"].read(0, 8).tolist() == list(range(8))


def test_a_page_that_says_it_is_huge_takes_no_memory(tmp_path):
    file = file_of({"ecg": np.arange(float(N))}, compression="none", use_dictionary=False)
    chunk = file.chunks()[0]
    at, header, first, _ = file.pages(chunk)[0]
    for field in (2, 3):
        header.get(field).value = 700_000_000
    file.put(at, first, written(header), chunk)
    path = saved(file, tmp_path)
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        with open_file(path, fs=FS) as recording, pytest.raises(FormatError, match=r"night\.par"):
            recording["ecg"].read(0, 5)
    finally:
        pa.set_memory_pool(before)
    assert 0 < pool.max_memory() < 10_000_000


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_bit_flipped_in_a_page_with_a_checksum_is_reported(tmp_path, version, compression):
    file = file_of(
        {"ecg": np.random.default_rng(1).normal(size=N)},
        write_page_checksum=True,
        use_dictionary=False,
        compression=compression,
        data_page_version=version,
    )
    _, _, _, last = file.pages(file.chunks()[0])[0]
    file.body[last - 5] ^= 1
    with (
        open_file(saved(file, tmp_path), fs=FS) as recording,
        pytest.raises(FormatError, match="damaged"),
    ):
        recording["ecg"].read(0, 5)
