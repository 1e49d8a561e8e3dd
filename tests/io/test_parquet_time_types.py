"""Columns of any type in a Parquet file or a table in memory that can be the time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError, VitalError
from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path

N = 1000
BEGIN = 86_000_000  # ms after midnight: the day ends within the rows


def opened(folder: Path, columns: dict[str, Any], **options: Any) -> Recording:
    path = folder / "t.parquet"
    n = len(next(iter(columns.values())))
    pq.write_table(pa.table({**columns, "a": np.arange(n, dtype=float)}), path, row_group_size=300)
    recording = open_recording(path, **options)
    recording.wait()
    return recording


def clock(k: int) -> str:
    ms = (BEGIN + k * 1000) % 86_400_000
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}"


MOMENTS = [f"2024-03-{15 + (k >= 400)}T{clock(k)}" for k in range(N)]
START = datetime(2024, 3, 15, 23, 53, 20)
TYPES = {
    "duration": (pa.array([k * 1000 for k in range(N)], pa.duration("ms")), None),
    "time32": (
        pa.array([(BEGIN + k * 1000) % 86_400_000 for k in range(N)], pa.time32("ms")),
        None,
    ),
    "time64": (
        pa.array([(BEGIN + k * 1000) % 86_400_000 * 1000 for k in range(N)], pa.time64("us")),
        None,
    ),
    "text": (MOMENTS, START),
    "text in a dictionary": (pa.array(MOMENTS).dictionary_encode(), START),
    "text of clock times": ([clock(k) for k in range(N)], None),
    "text of months": ([f"15-Mar-2024 10:{k // 60:02d}:{k % 60:02d}" for k in range(N)], None),
    "digits": ([int(m.translate({45: None, 58: None, 84: None})) for m in MOMENTS], START),
    "digits as float": (
        [float(m.translate({45: None, 58: None, 84: None})) for m in MOMENTS],
        START,
    ),
    "clock digits": ([int(clock(k).replace(":", "")) for k in range(N)], None),
}


@pytest.mark.parametrize("name", ["time", "t"])
@pytest.mark.parametrize("kind", TYPES)
def test_times_of_any_type_are_read(tmp_path: Path, kind: str, name: str) -> None:
    times, start = TYPES[kind]
    recording = opened(tmp_path, {name: times})
    assert list(recording.channels) == ["a"]
    base = recording["a"].timebase
    assert (base.fs, base.n_samples, base.gaps) == (1, N, [])
    if start is not None:
        assert recording.start == start


@pytest.mark.parametrize("kind", ["duration", "time32", "time64", "text", "text of months"])
def test_their_type_tells_times_whatever_their_name(tmp_path: Path, kind: str) -> None:
    assert opened(tmp_path, {"x": TYPES[kind][0]})["a"].fs == 1


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_days_are_times(tmp_path: Path, kind: pa.DataType) -> None:
    days = pa.array([19_000 + k for k in range(N)], pa.date32()).cast(kind)
    recording = opened(tmp_path, {"x": days})
    assert recording["a"].fs == pytest.approx(1 / 86400)
    assert recording.start == datetime(2022, 1, 8)


def test_labels_are_no_times(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no time column"):
        opened(tmp_path, {"time": ["rest", "stress"] * 500})
    assert opened(tmp_path, {"label": ["a"] * N, "time": np.arange(N) / 4})["a"].fs == 4


@pytest.mark.parametrize("late", [100, 990])
def test_texts_with_and_without_a_zone_are_refused(tmp_path: Path, late: int) -> None:
    with pytest.raises(VitalError, match="time zone"):
        opened(tmp_path, {"time": [m + "Z" * (k >= late) for k, m in enumerate(MOMENTS)]})


def test_a_time_of_day_beside_days_is_reported(tmp_path: Path) -> None:
    days = pa.array([19_000 + (k >= 400) for k in range(N)], pa.date32())
    recording = opened(tmp_path, {"date": days, "time": TYPES["time32"][0]})
    assert any("without the dates in 'date'" in note for note in recording.notes)


def test_numbers_that_may_be_clock_times_are_asked_for(tmp_path: Path) -> None:
    columns = {"time": 120_000 + np.arange(500) / 10}
    with pytest.raises(InvalidInputError, match="time_unit='datetime' or time_unit='s'"):
        opened(tmp_path, columns)
    assert opened(tmp_path, columns, time_unit="datetime")["a"].fs == 10
    assert opened(tmp_path, columns, time_unit="s")["a"].fs == 10


def test_channels_are_named_by_number_too(tmp_path: Path) -> None:
    columns = {"time": np.arange(N) / 4, "b": np.arange(N)}
    assert list(opened(tmp_path, columns, channels=[1]).channels) == ["b"]
    assert list(opened(tmp_path, columns, channels="b").channels) == ["b"]
    assert list(opened(tmp_path, columns, channels=[-1, "b"]).channels) == ["a", "b"]
    with pytest.raises(InvalidInputError, match="no column 7; the columns are 0: 'time', 1: 'b'"):
        opened(tmp_path, columns, channels=[7])
    for time in ("time", 0):
        with pytest.raises(InvalidInputError, match="'time' is the time column"):
            opened(tmp_path, columns, channels=[time])


ODD = np.arange(N) ** 1.5


@pytest.mark.parametrize("asked", [{}, {"time": "time"}])
@pytest.mark.parametrize(
    "odd",
    [
        ODD,
        np.zeros(N),
        np.arange(N)[::-1].astype(float),
        pa.array((ODD * 1e6).astype("i8"), pa.timestamp("us")),
    ],
    ids=["irregular", "equal", "falling", "irregular stamps"],
)
def test_an_error_about_the_times_names_another_column(
    tmp_path: Path, odd: Any, asked: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError, match=r"rise evenly: time='elapsed'$"):
        opened(tmp_path, {"time": odd, "elapsed": np.arange(N) / 10}, **asked)


def test_an_error_about_the_times_of_a_table_names_another_column() -> None:
    frame = pd.DataFrame({"time": ODD, "elapsed": np.arange(N) / 10, "ecg": np.sin(np.arange(N))})
    with pytest.raises(InvalidInputError, match=r"rises evenly: time='elapsed'$"):
        Recording.from_dataframe(frame, time="time")
    frame.index = pd.DatetimeIndex(pd.to_datetime(ODD, unit="s"))
    with pytest.raises(InvalidInputError, match=r"rises evenly: time='elapsed'$"):
        Recording.from_dataframe(frame)
    with pytest.raises(InvalidInputError, match=r"resample them first$"):
        Recording.from_dataframe(frame[["ecg"]])


@pytest.mark.parametrize("kind", [pa.date32(), pa.string()])
def test_days_of_many_rows_are_no_times(tmp_path: Path, kind: pa.DataType) -> None:
    days = pa.array([19_000 + k // 60 for k in range(N)], pa.date32()).cast(kind)
    base = opened(tmp_path, {"date": days}, fs=4)["a"].timebase
    assert (base.fs, base.gaps) == (4, [])
    with pytest.raises(InvalidInputError, match="no time column"):
        opened(tmp_path, {"date": days})


@pytest.mark.parametrize("lengths", [[None, 5], [10, 10], [9, 3, 7, 2]])
@pytest.mark.parametrize("kind", [pa.duration("ms"), pa.time64("us")])
def test_lengths_of_events_are_no_times_of_rows(
    tmp_path: Path, lengths: list[int | None], kind: pa.DataType
) -> None:
    column = pa.array([lengths[k % len(lengths)] for k in range(N)], kind)
    recording = opened(tmp_path, {"length": column}, fs=50)
    assert (recording["a"].fs, recording["a"].n_samples) == (50, N)


@pytest.mark.parametrize("kind", ["duration", "day"])
def test_a_column_whose_type_alone_tells_times_must_fit_the_rate(tmp_path: Path, kind: str) -> None:
    days = pa.array(range(N), pa.date32())
    column = TYPES["duration"][0] if kind == "duration" else days
    assert opened(tmp_path, {"length": column}, fs=50)["a"].fs == 50
    with pytest.raises(InvalidInputError, match="does not fit"):
        opened(tmp_path, {"time": TYPES["duration"][0]}, fs=50)


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.int8(), pa.uint16()])
def test_times_of_small_types_are_read(tmp_path: Path, kind: pa.DataType) -> None:
    times = pa.array(np.arange(100).astype(kind.to_pandas_dtype()), kind)
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"time": times, "a": np.arange(100)}), path)
    assert open_recording(path, time_unit="s").wait()["a"].fs == 1
