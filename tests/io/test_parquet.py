from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.parquet import parquet_reader as parquet
from vital_widgets.io.parquet.columns import ParquetSource
from vital_widgets.io.parquet.parquet_reader import open_file
from vital_widgets.io.reader import open_recording
from vital_widgets.runtime.budget import blocks
from vital_widgets.testing.reader_contract import Expected, ReaderContract

FS = 200.0
N = 5000


def signals() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    resp = random.normal(size=N).astype(np.float32)
    resp[70:90] = np.nan
    return random.integers(-2000, 2000, N).astype(np.int16), random.normal(size=N), resp


def rows() -> np.ndarray:
    return np.concatenate([np.arange(2000), np.arange(2600, 5600)])


class TestSecondsKeepTheContract(ReaderContract):
    def make(self, folder: Path) -> Path:
        path = folder / f"{folder.name}.parquet"
        ecg, ppg, resp = signals()
        fields = [
            pa.field("time", pa.float64()),
            pa.field("ECG", pa.int16(), metadata={"units": "mV"}),
            pa.field("PPG [a.u.]", pa.float64()),
            pa.field("Resp", pa.float32()),
        ]
        table = pa.table([np.arange(N) / FS, ecg, ppg, resp], schema=pa.schema(fields))
        pq.write_table(table, path, row_group_size=777)
        return path

    def expected(self):
        ecg, ppg, resp = signals()
        return {
            "ECG": Expected(ecg.astype(float), FS, "mV", digital=ecg),
            "PPG": Expected(ppg, FS, "a.u."),
            "Resp": Expected(resp, FS),
        }


class TestTimestampsWithGapKeepTheContract(ReaderContract):
    start = datetime(2024, 3, 31, 1, 59, 50, tzinfo=ZoneInfo("Europe/Berlin"))

    def make(self, folder: Path) -> Path:
        path = folder / "stamps.pq"
        ecg, _, _ = signals()
        index = pd.DatetimeIndex(
            pd.Timestamp(self.start) + pd.to_timedelta(rows() * 5, unit="ms"), name="moment"
        )
        frame = pd.DataFrame({"ecg_mV": ecg}, index=index)
        frame.to_parquet(path, row_group_size=1000)
        return path

    def expected(self):
        ecg, _, _ = signals()
        return {
            "ecg": Expected(ecg.astype(float), FS, "mV", digital=ecg, gaps=[(10.0, 13.0)]),
        }


class TestLargeRowGroupsKeepTheContract(ReaderContract):
    in_place = False

    @pytest.fixture(autouse=True)
    def _small_limit(self, monkeypatch):
        monkeypatch.setattr(parquet, "LARGEST_GROUP", 1000)

    def make(self, folder: Path) -> Path:
        path = folder / "large.parquet"
        ecg, ppg, _ = signals()
        pq.write_table(pa.table({"t": rows() / FS, "ECG": ecg, "PPG": ppg}), path)
        return path

    def expected(self):
        ecg, ppg, _ = signals()
        gaps = [(10.0, 13.0)]
        return {
            "ECG": Expected(ecg.astype(float), FS, digital=ecg, gaps=gaps),
            "PPG": Expected(ppg, FS, gaps=gaps),
        }


def table_of(tmp_path: Path, columns, name: str = "x.parquet", metadata=None, **options) -> Path:
    path = tmp_path / name
    table = pa.table(columns)
    if metadata is not None:
        table = table.replace_schema_metadata(metadata)
    pq.write_table(table, path, **options)
    return path


def values_of(path: Path, name: str, **options) -> np.ndarray:
    with open_file(path, **options) as recording:
        return recording.wait()[name].read(0, recording[name].n_samples)


TYPES = {
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
}


@settings(max_examples=60)
@given(data=st.data(), kind=st.sampled_from(sorted(TYPES)), statistics=st.booleans())
def test_values_and_nulls_come_back(tmp_path, data, kind, statistics):
    if kind.startswith(("int", "uint")):
        limits = np.iinfo(kind)
        # Beyond 2**53 a float64, which physical values are, is not exact.
        one = st.integers(max(limits.min, -(2**53)), min(limits.max, 2**53))
        one |= st.sampled_from([max(limits.min, -(2**53)), min(limits.max, 2**53)])
    elif kind == "bool":
        one = st.booleans()
    else:
        one = st.floats(width=int(kind[5:]))
    values = data.draw(st.lists(st.none() | one, min_size=1, max_size=40))
    path = table_of(
        tmp_path,
        {"x": pa.array(values, TYPES[kind])},
        row_group_size=7,
        write_statistics=statistics,
    )
    found = values_of(path, "x", fs=10.0)
    expected = np.array([np.nan if v is None else float(v) for v in values])
    np.testing.assert_array_equal(found.astype(float), expected)


def test_integers_stay_exact_beyond_float64(tmp_path):
    big = [2**62 + 1, None, -(2**62) - 3]
    path = table_of(tmp_path, {"x": pa.array(big, pa.int64())})
    with open_file(path, fs=1.0) as recording:
        digital = recording["x"].digital.compute()
        assert digital[[0, 2]].tolist() == [2**62 + 1, -(2**62) - 3]
        assert digital[1] == recording["x"].missing


def test_decimals(tmp_path):
    from decimal import Decimal

    path = table_of(tmp_path, {"x": pa.array([Decimal("1.25"), None, Decimal("-3.50")])})
    np.testing.assert_array_equal(values_of(path, "x", fs=1.0), [1.25, np.nan, -3.5])


@pytest.mark.parametrize(("precision", "scale"), [(6, 2), (15, 7), (18, 4), (38, 20), (9, 0)])
def test_decimals_become_the_nearest_numbers(tmp_path, precision, scale):
    chance = np.random.default_rng(1)
    digits = chance.integers(-(10 ** min(precision, 18)) + 1, 10 ** min(precision, 18), 400)
    values = [Decimal(int(whole)).scaleb(-scale) for whole in digits]
    column = pa.array([*values, None], pa.decimal128(precision, scale))
    path = table_of(tmp_path, {"x": column})
    expected = [float(value) for value in values]
    np.testing.assert_array_equal(values_of(path, "x", fs=1), [*expected, np.nan])


def test_only_the_row_groups_touched_are_decoded(tmp_path, monkeypatch):
    path = table_of(
        tmp_path,
        {"t": np.arange(1000) / 10, "a": np.arange(1000), "b": np.ones(1000)},
        row_group_size=100,
    )
    touched = []
    column = ParquetSource.column

    def spy(self, name, group):
        touched.append((name, group))
        return column(self, name, group)

    monkeypatch.setattr(ParquetSource, "column", spy)
    with open_file(path) as recording:
        assert recording["a"].read(250, 320).tolist() == list(range(250, 320))
        assert touched == [("a", 2), ("a", 3)]
        recording["a"].read(299, 301)
        assert len(touched) == 2


@pytest.mark.parametrize("group", [1000, 4000])
@pytest.mark.parametrize("kind", ["gap", "packets", "whole seconds"])
def test_a_large_file_of_one_row_group_shows_gaps_and_packets(tmp_path, monkeypatch, kind, group):
    monkeypatch.setattr(parquet, "_AT_ONCE", 100)
    times = np.arange(4000) / 200
    if kind == "gap":
        times[np.arange(4000) % 1000 >= 500] += 60  # and so in each of several groups
        times += np.arange(4000) // 1000 * 60
    elif kind == "packets":
        times = np.repeat(times[::8], 8)
    else:
        times = np.floor(times)
    path = tmp_path / "a.parquet"
    pd.DataFrame({"time": times, "ecg": np.arange(4000.0)}).to_parquet(path, row_group_size=group)
    rec = open_recording(path)
    rec.wait()
    base = rec["ecg"].timebase
    assert (base.fs, base.n_samples) == (200.0, 4000)
    assert len(base.gaps) == (4 if kind == "gap" else 0)
    assert kind == "gap" or any("share one time stamp" in note for note in rec.notes)


def test_times_of_a_large_file_come_from_statistics(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_AT_ONCE", 100)
    path = table_of(tmp_path, {"t": np.arange(1000) / 100, "a": np.ones(1000)}, row_group_size=90)
    with open_file(path) as recording:
        assert recording.task is None
        assert recording["a"].timebase.n_samples == 1000
        assert recording.duration == pytest.approx(10)
    with_gap = np.delete(np.arange(1001), 555) / 100
    for options in ({}, {"write_statistics": False}):
        path = table_of(
            tmp_path,
            {"t": with_gap, "a": np.ones(1000)},
            "gap.parquet",
            row_group_size=90,
            **options,
        )
        with open_file(path) as recording:
            assert recording.task is not None
            assert recording["a"].gaps == [(pytest.approx(5.55), pytest.approx(5.56))]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+05:30"])
def test_timestamps(tmp_path, unit, zone):
    first = datetime(2024, 2, 29, 23, 59, 58)
    times = pa.array([first + timedelta(seconds=i) for i in range(20)], pa.timestamp(unit, zone))
    path = table_of(tmp_path, {"when": times, "x": np.arange(20)})
    with open_file(path) as recording:
        assert recording["x"].fs == 1
        if zone is None:
            assert recording.start == first
        else:
            assert recording.start == first.replace(tzinfo=UTC)
            offset = timedelta(hours=5, minutes=30) if zone == "+05:30" else timedelta()
            assert recording.start.utcoffset() == timezone(offset).utcoffset(None)


def test_rate_and_units_from_metadata(tmp_path):
    path = table_of(
        tmp_path, {"x": np.arange(9)}, metadata={"sampling_rate": "250", "units": '{"x": "uV"}'}
    )
    with open_file(path) as recording:
        assert recording["x"].fs == 250
        assert recording["x"].units == "uV"
    frame = pd.DataFrame({"x": np.arange(9)})
    frame.attrs = {"fs": 125}
    frame.to_parquet(path)
    with open_file(path, units={"x": "mV"}) as recording:
        assert recording["x"].fs == 125
        assert recording["x"].units == "mV"


def test_other_columns_are_left_out_with_a_note(tmp_path):
    path = table_of(
        tmp_path,
        {"t": np.arange(3) / 4, "x": [1, 2, 3], "s": ["a", "b", "c"], "n": [[1], [2], [3]]},
    )
    with open_file(path) as recording:
        assert list(recording.channels) == ["x"]
        assert any("'s' (string)" in note and "'n'" in note for note in recording.notes)


def test_options(tmp_path):
    path = table_of(tmp_path, {"t": np.arange(9) * 4, "x": np.arange(9), "y (mV)": np.ones(9)})
    with open_file(path) as recording:
        assert recording["x"].fs == 250
        assert any("time_unit" in note for note in recording.notes)
    with open_file(path, time_unit="s", channels=["y"]) as recording:
        assert list(recording.channels) == ["y"]
        assert recording["y"].fs == 0.25
    with open_file(path, time=None, fs=2) as recording:
        assert list(recording.channels) == ["t", "x", "y"]
    with pytest.raises(InvalidInputError, match="no column 'z'"):
        open_file(path, time="z")
    with pytest.raises(InvalidInputError, match="'z'"):
        open_file(path, channels=["z"])
    with pytest.raises(InvalidInputError, match="sampling rate -1"):
        open_file(path, fs=-1)


def test_no_rate_is_made_up(tmp_path):
    path = table_of(tmp_path, {"x": np.arange(9)})
    with pytest.raises(InvalidInputError, match=r"give fs=.*'x' \(int64\)"):
        open_file(path)


def test_time_that_runs_backwards_or_is_missing(tmp_path):
    path = table_of(tmp_path, {"t": [0.0, 0.1, 0.2, 0.15, 0.3], "x": np.arange(5)})
    with pytest.raises(InvalidInputError, match="row 4"):
        open_file(path)
    path = table_of(tmp_path, {"t": pa.array([0.0, None, 0.2]), "x": np.arange(3)})
    with pytest.raises(InvalidInputError, match="without a time"):
        open_file(path)


def test_no_rows_and_no_numbers(tmp_path):
    with pytest.raises(FormatError, match="no rows"):
        open_file(table_of(tmp_path, {"x": pa.array([], pa.int16())}))
    with pytest.raises(FormatError, match="no column of numbers"):
        open_file(table_of(tmp_path, {"t": [0.0, 0.1], "s": ["a", "b"]}))


def test_duplicate_names(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table([[0.0, 0.1], [1, 2], [3, 4]], names=["t", "a [mV]", "a [V]"]), path)
    with open_file(path) as recording:
        assert list(recording.channels) == ["a", "a (2)"]


def test_cut_off_file(tmp_path):
    path = table_of(tmp_path, {"t": np.arange(9000) / 10, "x": np.arange(9000)})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FormatError, match="damaged or cut off"):
        open_file(path)


def test_wrong_extension_and_wrong_content(tmp_path):
    path = table_of(tmp_path, {"t": np.arange(9) / 10, "x": np.arange(9)}, "x.csv")
    with open_recording(path) as recording:
        assert list(recording.channels) == ["x"]
    path = tmp_path / "y.parquet"
    path.write_bytes(b"\x00\x01\x02 no parquet")
    with pytest.raises(FormatError):
        open_recording(path)


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_random_bytes_give_our_errors_only(tmp_path, content):
    path = tmp_path / "random.parquet"
    path.write_bytes(b"PAR1" + content + b"PAR1")
    with pytest.raises(VitalError):
        open_file(path)


def test_source_pickles_without_its_handles(tmp_path):
    path = table_of(tmp_path, {"t": np.arange(9) / 10, "x": np.arange(9)})
    before = blocks().counters().held_bytes
    with open_file(path) as recording:
        samples = pickle.loads(pickle.dumps(recording["x"].samples))
        assert samples.read(3, 5).tolist() == [3, 4]
        samples.table.close()
    assert blocks().counters().held_bytes == before


def test_a_large_row_group_is_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "LARGEST_GROUP", 1000)
    n = 1_000_000
    random = np.random.default_rng(0)
    path = table_of(
        tmp_path, {"t": np.arange(n) / 500, "x": random.normal(size=n)}, compression="none"
    )
    before = pa.default_memory_pool().bytes_allocated()
    most = 0
    original = parquet.to_native

    def spy(*arguments):
        nonlocal most
        most = max(most, pa.default_memory_pool().bytes_allocated() - before)
        return original(*arguments)

    monkeypatch.setattr(parquet, "to_native", spy)
    with open_file(path) as recording:
        assert recording.wait()["x"].n_samples == n
    assert 0 < most < 8_000_000  # the column alone takes as much
