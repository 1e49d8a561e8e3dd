from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError


def test_arrays_become_channels_in_order():
    ecg, resp = np.arange(100, dtype=np.int16), np.linspace(0, 1, 25)
    start = datetime(2024, 1, 2, 3, 4, 5)
    marks = Annotations([0.5], ["R"])
    recording = Recording.from_arrays(
        {"ECG": ecg, "RESP": resp},
        {"ECG": 100, "RESP": 25.0},
        units={"ECG": "mV"},
        start=start,
        annotations=marks,
        name="mine",
    )
    assert list(recording) == ["ECG", "RESP"]
    assert (recording.name, recording.start, recording.duration) == ("mine", start, 1.0)
    assert (recording["ECG"].units, recording["RESP"].units) == ("mV", "")
    assert recording["ECG"].digital.compute().tolist() == list(range(100))
    assert recording["RESP"].digital is None
    assert list(recording.annotations) == list(marks)
    times, values = recording["ECG"].window(0.1, 0.12)
    assert (times.tolist(), values.tolist()) == ([0.1, 0.11], [10.0, 11.0])


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "uint64", "float32", "f8", ">i2"])
def test_dtypes_are_kept(dtype):
    values = np.array([1, 2, 3], dtype)
    channel = Recording.from_arrays({"x": values}, 1)["x"]
    assert channel.dtype == values.dtype.newbyteorder("=")
    assert channel.samples.read(0, 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize(("given", "held"), [("bool", "uint8"), ("float16", "float32")])
@pytest.mark.parametrize("lazy", [False, True])
def test_dtypes_that_are_widened(given, held, lazy):
    values = np.array([0, 1, 1], given)
    if lazy:
        da = pytest.importorskip("dask.array")
        values = da.from_array(values, chunks=2)
    channel = Recording.from_arrays({"x": values}, 1)["x"]
    assert channel.dtype == held
    assert channel.samples.read(1, 3).tolist() == [1, 1]


def test_large_integers_are_exact():
    big = 2**63 - 1
    channel = Recording.from_arrays({"x": np.array([big, 1 - big])}, 1)["x"]
    assert channel.digital.compute().tolist() == [big, 1 - big]


def test_dask_arrays_stay_lazy_and_compute_a_chunk_once():
    import dask
    import dask.array as da

    computed = []

    @dask.delayed
    def block(k):
        computed.append(k)
        return np.arange(100 * k, 100 * k + 100)

    parts = [da.from_delayed(block(k), (100,), np.int64) for k in range(50)]
    channel = Recording.from_arrays({"x": da.concatenate(parts)}, 100)["x"]
    assert channel.n_samples == 5000
    assert computed == []
    assert channel.samples.read(250, 260).tolist() == list(range(250, 260))
    assert channel.samples.read(299, 301).tolist() == [299, 300]
    assert channel.samples.read(5000, 5000).tolist() == []
    assert computed == [2, 3]
    assert channel.samples.read(0, 5000).tolist() == list(range(5000))


def test_channels_in_memory_pickle():
    da = pytest.importorskip("dask.array")
    recording = Recording.from_arrays({"a": np.arange(9), "b": da.arange(9, chunks=4)}, 3)
    for channel in recording.channels.values():
        again = pickle.loads(pickle.dumps(channel))
        assert again.data.compute().tolist() == list(range(9))


def test_an_array_without_samples_is_a_channel_without_samples():
    recording = Recording.from_arrays({"x": np.empty(0)}, 10)
    assert (recording.duration, recording["x"].n_samples) == (0.0, 0)
    assert recording["x"].data.compute().tolist() == []


def test_masked_samples_are_missing():
    values = np.ma.masked_array([1, 2, 3], [False, True, False])
    np.testing.assert_array_equal(Recording.from_arrays({"x": values}, 1)["x"].data, [1, np.nan, 3])


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ({}, {}, "at least one"),
        ([1, 2], {}, "mapping of channel names"),
        ({"x": np.zeros((2, 3))}, {}, r"'x' has the shape \(2, 3\)"),
        ({"x": np.array(["a"])}, {}, "not real numbers"),
        ({"x": np.array([None])}, {}, "not real numbers"),
        ({"x": np.array([1j])}, {}, "not real numbers"),
        ({"x": [1]}, {"fs": 0}, "channel 'x': sampling rate 0"),
        ({"x": [1]}, {"fs": float("nan")}, "sampling rate nan"),
        ({"x": [1]}, {"fs": {"y": 1}}, "names 'y'"),
        ({"x": [1], "y": [2]}, {"fs": {"x": 1}}, "does not name 'y'"),
        ({"x": [1]}, {"units": {"y": "mV"}}, "units names 'y'"),
        ({"x": [1]}, {"start": "today"}, "not a datetime"),
        ({"x": [1]}, {"annotations": ["N"]}, "Annotations"),
    ],
)
def test_what_cannot_be_a_recording_is_refused(arrays, options, message):
    with pytest.raises(InvalidInputError, match=message):
        Recording.from_arrays(arrays, **{"fs": 100, **options})


# ---------------------------------------------------------------- tables


def test_a_datetime_index_gives_start_rate_and_zone():
    zone = ZoneInfo("Europe/Berlin")
    index = pd.date_range("2024-10-27 01:00", periods=500, freq="20ms", tz=zone)
    frame = pd.DataFrame({"ECG": np.arange(500, dtype=np.int16)}, index)
    recording = Recording.from_dataframe(frame, units="mV")
    assert recording.start == datetime(2024, 10, 27, 1, 0, tzinfo=zone)
    assert recording.start.utcoffset() == timedelta(hours=2)
    channel = recording["ECG"]
    assert (channel.fs, channel.start, channel.n_samples) == (50.0, 0.0, 500)
    assert (channel.dtype, channel.units) == (np.int16, "mV")
    assert recording.notes == []


def test_missing_rows_are_gaps():
    index = pd.date_range("2024-01-01", periods=1000, freq="10ms")
    frame = pd.DataFrame({"x": np.arange(1000.0)}, index).drop(index[300:400])
    channel = Recording.from_dataframe(frame)["x"]
    np.testing.assert_allclose(channel.gaps, [(3.0, 4.0)])
    assert channel.window(2.99, 4.01)[1].tolist() == [299.0, 400.0]


@pytest.mark.parametrize("unit", ["s", "datetime", "timedelta"])
def test_a_column_of_times(unit):
    seconds = 5 + np.arange(100) / 4
    times = {
        "s": seconds,
        "datetime": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
        "timedelta": pd.to_timedelta(seconds, unit="s"),
    }[unit]
    recording = Recording.from_dataframe(pd.DataFrame({"t": times, "x": 1.5}), time="t")
    assert list(recording) == ["x"]
    assert recording["x"].fs == 4
    assert recording["x"].start == (0.0 if unit == "datetime" else 5.0)
    started = datetime(2024, 1, 1, 0, 0, 5) if unit == "datetime" else None
    assert recording.start == started


def test_an_index_without_times_needs_a_rate():
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0]})
    with pytest.raises(InvalidInputError, match=r"fs= in Hz"):
        Recording.from_dataframe(frame)
    channel = Recording.from_dataframe(frame, fs=2)["x"]
    assert channel.fs == 2
    np.testing.assert_array_equal(channel.data, [1, np.nan, 3])


def test_a_timedelta_index_and_jitter_that_is_noted():
    noise = np.random.default_rng(0).uniform(-0.002, 0.002, 2000)
    index = pd.to_timedelta(np.arange(2000) / 100 + 1 + noise, unit="s")
    recording = Recording.from_dataframe(pd.DataFrame({"x": np.zeros(2000)}, index))
    assert recording["x"].fs == pytest.approx(100, rel=1e-4)
    assert any("of an interval" in note for note in recording.notes)


def test_columns_without_numbers_and_odd_names():
    frame = pd.DataFrame([[1, "a", 2.0, True, 5]], columns=["x", "text", "x", 3, ""])
    recording = Recording.from_dataframe(frame, fs=1)
    assert list(recording) == ["x", "x (2)", "3", "channel 4"]
    assert any("'text'" in note for note in recording.notes)
    assert recording["3"].dtype == np.uint8


def test_nullable_columns():
    frame = pd.DataFrame(
        {"a": pd.array([1, None], "Int16"), "b": pd.array([1, 2], "Int16"), "c": [1.0, 2.0]}
    )
    recording = Recording.from_dataframe(frame, fs=1)
    np.testing.assert_array_equal(recording["a"].data, [1, np.nan])
    assert recording["b"].dtype == np.int16


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows(rows):
    index = pd.date_range("2024-01-01", periods=rows, freq="s")
    recording = Recording.from_dataframe(pd.DataFrame({"x": np.zeros(rows)}, index))
    assert recording["x"].n_samples == rows
    assert (recording.start is not None) == bool(rows)


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        ({"x": [1]}, {}, "pandas DataFrame"),
        (pd.DataFrame({"x": [1, 2]}), {"time": "t"}, "no column named 't'"),
        (pd.DataFrame({"t": ["a", "b"], "x": [1, 2]}), {"time": "t"}, "to_datetime"),
        (
            pd.DataFrame({"t": [0.0, 0.0], "x": [1, 2]}),
            {"time": "t"},
            "all 2 rows have the same",
        ),
        (pd.DataFrame({"t": [1.0, 0.0], "x": [1, 2]}), {"time": "t"}, "row 2 has a time before"),
        (pd.DataFrame({"t": [0.0, np.nan], "x": [1, 2]}), {"time": "t"}, "row 2 has no time"),
        (pd.DataFrame({"x": ["a"]}), {"fs": 1}, "no column of numbers"),
        (pd.DataFrame({"x": [1, 2]}), {"fs": -1}, "sampling rate -1"),
        (pd.DataFrame({"x": [1, 2]}), {"fs": 1, "units": {"y": "V"}}, "units names 'y'"),
    ],
)
def test_what_cannot_be_read_from_a_table_is_refused(frame, options, message):
    with pytest.raises(InvalidInputError, match=message):
        Recording.from_dataframe(frame, **options)


def test_irregular_rows_say_give_fs():
    times = np.cumsum(np.random.default_rng(0).exponential(1, 200))
    frame = pd.DataFrame({"t": times, "x": 0.0})
    with pytest.raises(InvalidInputError, match=r"irregular.*give fs="):
        Recording.from_dataframe(frame, time="t")
