"""Exports of programs and devices open with their names, units, rates and starts."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path

from export_tables import ACQ, LABCHART, LABCHART_START, N, check, wave
from text_files import opened, shown


@pytest.mark.parametrize("separator", ["\t", ","])
@pytest.mark.parametrize("end", [True, False])
@pytest.mark.parametrize("title", ["", "sec", "min", "milliSec"])
@pytest.mark.parametrize("count", [0, N, 3_571_881])
def test_acqknowledge(tmp_path: Path, separator: str, end: bool, title: str, count: int) -> None:
    scale = {"": 0.0, "sec": 1.0, "min": 1 / 60, "milliSec": 1e3}[title]

    def line(time: str, *cells: object) -> str:
        cells_of_row = [time, *map(str, cells)] if title else [*map(str, cells)]
        return separator.join(cells_of_row + [""] * end) + "\n"

    head = line(title, "CH1", "CH2") + (line("", count, count) if count else "")
    rows = (line(f"{k * 5e-4 * scale:.10f}", wave(k), k) for k in range(N))
    recording = opened(tmp_path, ACQ + head + "".join(rows))
    assert shown(recording) == [("ECG - ECG100C", "mV"), ("RSP, DA100C", "Volts")]
    check(recording, 2000, None)
    assert recording["RSP, DA100C"].data.compute().tolist() == list(range(N))


def test_channels_of_acqknowledge_with_a_lower_rate_have_missing_values(tmp_path: Path) -> None:
    rows = "".join(f"{k * 5e-4:.6f}\t{wave(k)}\t{'' if k % 4 else k}\t\n" for k in range(N))
    head = f"sec\tCH1\tCH2\t\n\t{N}\t{N // 4}\t\n"
    recording = opened(tmp_path, ACQ + head + rows)
    check(recording, 2000, None)
    slow = recording["RSP, DA100C"].data.compute()
    assert np.isfinite(slow).tolist() == [k % 4 == 0 for k in range(N)]


def test_a_count_of_samples_without_samples_is_no_row(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no rows of numbers"):
        opened(tmp_path, ACQ + "sec\tCH1\tCH2\t\n\t60\t60\t\n")


@pytest.mark.parametrize("rate", ["2000 Hz", "2 kHz", "2000 samples/sec", "500 usec/sample"])
def test_rates_of_acqknowledge(tmp_path: Path, rate: str) -> None:
    rows = "".join(f"{k * 5e-4 / 60:.10f}\t{wave(k)}\t{k}\n" for k in range(N))
    text = ACQ.replace("0.5 msec/sample", rate) + "min\tCH1\tCH2\n" + rows
    check(opened(tmp_path, text), 2000, None)


def test_whole_numbers_below_the_titles_of_acqknowledge_are_samples(tmp_path: Path) -> None:
    rows = "".join(f"{32768 + k % 100}\t{32000 + k}\n" for k in range(N))
    recording = opened(
        tmp_path, "Recording on: 2025-02-21 11:05:38.634\n" + ACQ + "CH1\tCH2\n" + rows
    )
    check(recording, 2000, datetime(2025, 2, 21, 11, 5, 38, 634_000))


def actigraph(order: str, day: str, rate: str = " at 30 Hz ", epoch: str = "00:00:00") -> str:
    return (
        "------------ Data File Created By ActiGraph GT3X+ ActiLife v6.13.3 Firmware v2.5.0 date "
        f"format {order}{rate} Filter Normal -----------\nSerial Number: CLE2B20130001\n"
        f"Start Time 22:00:00\nStart Date {day}\nEpoch Period (hh:mm:ss) {epoch}\n"
        "Download Time 12:00:00\nDownload Date 5/5/2024\nCurrent Memory Address: 0\n"
        "Current Battery Voltage: 4.21     Mode = 12\n"
        "--------------------------------------------------\n"
    )


ACTIGRAPH_START = datetime(2024, 3, 4, 22)
AXES = [(f"Accelerometer {axis}", "g") for axis in "XYZ"]


@pytest.mark.parametrize(("order", "day"), [("M/d/yyyy", "3/4/2024"), ("dd/MM/yyyy", "04/03/2024")])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("stamped", [True, False])
def test_actigraph_raw(tmp_path: Path, order: str, day: str, named: bool, stamped: bool) -> None:
    form = "%m/%d/%Y %H:%M:%S.%f" if order[0] == "M" else "%d/%m/%Y %H:%M:%S.%f"
    text = actigraph(order, day)
    if named:
        text += "Timestamp," * stamped + "Accelerometer X,Accelerometer Y,Accelerometer Z\n"
    for k in range(N):
        moment = (ACTIGRAPH_START + timedelta(seconds=k / 30)).strftime(form)
        text += f"{moment}," * stamped + f"{k / 1000},{wave(k)},0.981\n"
    recording = opened(tmp_path, text, "t.csv")
    assert shown(recording) == AXES
    check(recording, 30, ACTIGRAPH_START)


@pytest.mark.parametrize("head", ["", "Axis1,Axis2,Axis3,Steps\n"])
def test_actigraph_counts(tmp_path: Path, head: str) -> None:
    rows = "".join(f"{k % 50},{k % 7},{k % 9},{k % 3}\n" for k in range(N))
    text = actigraph("M/d/yyyy", "3/4/2024", "", "00:01:00") + head + rows
    recording = opened(tmp_path, text, "t.csv")
    check(recording, 1 / 60, ACTIGRAPH_START)
    if head:
        assert shown(recording)[0] == ("Axis1", "counts")


@pytest.mark.parametrize(
    ("name", "n", "expected"),
    [
        ("ACC.csv", 3, [("ACC X", "g/64"), ("ACC Y", "g/64"), ("ACC Z", "g/64")]),
        ("S01_bvp.csv", 1, [("BVP", "")]),
        ("EDA.csv", 1, [("EDA", "µS")]),
        ("1560279825_TEMP.csv", 1, [("TEMP", "°C")]),
        ("HR.csv", 1, [("HR", "bpm")]),
        ("THREE.csv", 1, [("channel 1", "")]),
    ],
)
def test_empatica(tmp_path: Path, name: str, n: int, expected: list[tuple[str, str]]) -> None:
    cells = [1560279825.0, 32.0, *range(N)]
    text = "".join(", ".join([f"{cell:.6f}"] * n) + "\n" for cell in cells)
    recording = opened(tmp_path, text, name)
    assert shown(recording) == expected
    check(recording, 32, datetime.fromtimestamp(1560279825, UTC))


@pytest.mark.parametrize("block_bytes", [64, 1 << 21])
@pytest.mark.parametrize(("name", "n"), [("ACC.csv", 3), ("EDA.csv", 1), ("OTHER.csv", 1)])
@pytest.mark.parametrize("separator", [", ", ",", ";"])
@pytest.mark.parametrize("n_rows", [20, 20_000])
def test_joined_files_of_empatica_are_an_error(  # noqa: PLR0917
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    n: int,
    block_bytes: int,
    separator: str,
    n_rows: int,
) -> None:
    monkeypatch.setattr("vital_widgets.io.text.blocks.BLOCK_BYTES", block_bytes * (n_rows // 20))
    text = "".join(
        separator.join([f"{cell:.6f}"] * n) + "\n"
        for start in (1560279825.0, 1560379825.0)
        for cell in [start, 32.0, *range(n_rows)]
    )
    with pytest.raises(FormatError, match=rf"before row {n_rows + 1} .'1560379825.*split the file"):
        opened(tmp_path, text, name)


def test_empatica_beat_intervals(tmp_path: Path) -> None:
    text = "1560279825.000000, IBI\n" + "".join(f"{10 + k * 0.8:.6f},0.800000\n" for k in range(N))
    recording = opened(tmp_path, text, "IBI.csv")
    assert shown(recording) == [("IBI", "s")]
    check(recording, 1.25, datetime.fromtimestamp(1560279825, UTC))
    assert recording["IBI"].timebase.start == pytest.approx(10)


def test_polar_sensor_logger_takes_times_of_the_sensor_and_the_date_of_the_phone(
    tmp_path: Path,
) -> None:
    begin = datetime(2026, 4, 24, 14, 10, 15, 270_000)
    text = "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV] \n"
    for k in range(N):
        phone = begin + timedelta(seconds=k // 73 * 73 / 130)  # one for each packet
        sensor = 599_616_050_941_733_632 + round(k * 1e9 / 130)
        text += f"{phone.isoformat(timespec='milliseconds')};{sensor};{k * 1000 / 130};{k}\n"
    recording = opened(tmp_path, text)
    assert shown(recording) == [("ecg", "uV")]
    check(recording, 130, begin)
    assert any("Phone timestamp" in note and "date" in note for note in recording.notes)


def test_polar_flow(tmp_path: Path) -> None:
    text = (
        "Name,Sport,Date,Start time,Duration\nBob,RUNNING,03-04-2024,17:30:02,00:05:00\n"
        "Sample rate,Time,HR (bpm),Altitude (m)\n"
    )
    text += "".join(
        f"{'' if k else 1},00:{k // 60:02d}:{k % 60:02d},{100 + k % 40},20\n" for k in range(N)
    )
    recording = opened(tmp_path, text, "t.csv")
    assert shown(recording) == [("HR", "bpm"), ("Altitude", "m")]
    check(recording, 1, datetime(2024, 4, 3, 17, 30, 2))


@pytest.mark.parametrize("version", [4, 5])
def test_openbci(tmp_path: Path, version: int) -> None:
    text = "%OpenBCI Raw EXG Data\n%Number of channels = 4\n%Sample Rate = 200 Hz\n"
    names = [f"EXG Channel {k}" for k in range(4)] + [f"Accel Channel {k}" for k in range(3)]
    if version > 4:
        titles = ["Sample Index", *names, "Timestamp", "Timestamp (Formatted)"]
        text += ", ".join(titles) + "\n"
    for k in range(N):
        cells = [str(k % 256), *(f"{1000 + k + c}" for c in range(4)), "0.1", "0.2", "0.9"]
        second, ms = divmod(k * 5, 1000)
        if version > 4:
            cells += [f"{1618322400 + k / 200:.6f}", f"2021-04-13 14:00:0{second}.{ms:03d}"]
        else:
            cells += [f"14:00:0{second}.{ms:03d}", f"{1618322400000 + k * 5}"]
        text += ", ".join(cells) + "\n"
    recording = opened(tmp_path, text)
    assert [name for name, _ in shown(recording)] == ["Sample Index", *names]
    assert [unit for _, unit in shown(recording)] == ["", *["µV"] * 4, *["g"] * 3]
    check(recording, 200, datetime(2021, 4, 13, 14, tzinfo=UTC))


def test_muse_events_are_no_samples(tmp_path: Path) -> None:
    names = ["TimeStamp", "Delta_TP9", "RAW_TP9", "Accelerometer_X", "Gyro_X", "HeadBandOn"]
    text = ",".join([*names, "Battery", "Elements"]) + "\n"
    for k in range(N):
        moment = datetime(2019, 2, 14, 10, 21, 26) + timedelta(milliseconds=4 * k)
        stamp = f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        text += f"{stamp},0.5,{800 + k},0.1,2.5,1.0,85.0,\n"
        if k in (20, 280):
            text += f"{stamp},,,,,,,/muse/elements/blink\n"
    recording = opened(tmp_path, text, "t.csv")
    units = dict(shown(recording))
    assert (units["RAW_TP9"], units["Accelerometer_X"], units["Gyro_X"]) == ("µV", "g", "°/s")
    check(recording, 250, datetime(2019, 2, 14, 10, 21, 26))
    assert recording["RAW_TP9"].data.compute().tolist() == [800.0 + k for k in range(N)]
    assert recording.annotations.onset == pytest.approx([0.08, 1.12], abs=1e-9)
    assert recording.annotations.text.tolist() == ["/muse/elements/blink"] * 2


def test_shimmer_consensys(tmp_path: Path) -> None:
    text = (
        '"sep=;"\nShimmer_40AC_Timestamp_Unix_CAL;Shimmer_40AC_ECG_LL-RA_24BIT_CAL;'
        "Shimmer_40AC_GSR_Range_CAL;\nms;mV;no_units;\n"
    )
    text += "".join(f"{1.595933810034e12 + k * 1000 / 512!r};{wave(k)};2.0;\n" for k in range(N))
    recording = opened(tmp_path, text, "t.csv")
    assert [unit for _, unit in shown(recording)] == ["mV", ""]
    assert recording.start is not None
    assert recording.start.year == 2020


def test_geneactiv(tmp_path: Path) -> None:
    text = "Device Type,GENEActiv\nDevice Model,1.1\nMeasurement Frequency,100 Hz\n" + "\n" * 20
    text += "".join(
        f"2012-05-16 10:00:{k // 100:02d}:{10 * k % 1000:03d},{wave(k)},0.1,0.9,{k % 9},0,22.5\n"
        for k in range(N)
    )
    recording = opened(tmp_path, text, "t.csv")
    assert shown(recording)[:4] == [("x", "g"), ("y", "g"), ("z", "g"), ("light", "lux")]
    check(recording, 100, datetime(2012, 5, 16, 10))


def test_labels_and_start_in_remarks(tmp_path: Path) -> None:
    text = "# Sampling Rate (Hz):= 1000.00\n# Labels:= ECG, Resp\n# Recorded: 2024-03-15 22:10:05\n"
    recording = opened(tmp_path, text + "".join(f"{2044 + k % 5}\t{k}\n" for k in range(N)))
    assert shown(recording) == [("ECG", ""), ("Resp", "")]
    check(recording, 1000, datetime(2024, 3, 15, 22, 10, 5))


@pytest.mark.parametrize("interval", ["4 ms", "0.004 s", "4000 µs"])
def test_a_sampling_interval_with_its_unit_is_a_rate(tmp_path: Path, interval: str) -> None:
    text = f"Start Date: 2024-03-15\nStart Time: 22:10:05\nSampling interval: {interval}\necg,ppg\n"
    recording = opened(tmp_path, text + "".join(f"{wave(k)},{k}\n" for k in range(N)))
    check(recording, 250, datetime(2024, 3, 15, 22, 10, 5))
    assert recording.metadata["Sampling interval"] == interval


@pytest.mark.parametrize("compressed", [True, False])
def test_bids_sidecars(tmp_path: Path, compressed: bool) -> None:
    folder = tmp_path / "sub-01" / "func"
    folder.mkdir(parents=True)
    (tmp_path / "dataset_description.json").write_text("{}")
    above = {
        "SamplingFrequency": 100,
        "StartTime": -5.5,
        "Columns": ["a", "b"],
        "a": {"Units": "mV"},
    }
    (tmp_path / "task-rest_physio.json").write_text(json.dumps(above))
    (tmp_path / "task-nback_physio.json").write_text('{"SamplingFrequency": 7}')
    (folder / "sub-01_task-rest_physio.json").write_text('{"StartTime": -2.5}')
    data = "".join(f"{wave(k)}\t{k}\n" for k in range(N)).encode()
    path = folder / ("sub-01_task-rest_physio.tsv" + ".gz" * compressed)
    path.write_bytes(gzip.compress(data) if compressed else data)
    with open_recording(path) as recording:
        recording.wait()
        assert shown(recording) == [("a", "mV"), ("b", "")]
        check(recording, 100, None)
        assert recording.metadata["StartTime"] == -2.5
        assert any("StartTime" in note for note in recording.notes)
    (tmp_path / "task-rest_physio.json").write_text(json.dumps({**above, "SamplingFrequency": 50}))
    with open_recording(path) as recording:
        assert recording["a"].fs == 50


@pytest.mark.parametrize("content", ["", "[1]", '{"SamplingFrequency": "no"}', "{" * 9000])
def test_a_sidecar_that_says_nothing_leaves_the_table_readable(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "sub-1_physio.json").write_text(content)
    text = "".join(f"{wave(k)}\t{k}\n" for k in range(N))
    with pytest.raises(InvalidInputError, match="fs="):
        opened(tmp_path, text, "sub-1_physio.tsv")
    check(opened(tmp_path, text, "sub-1_physio.tsv", fs=10), 10, None)


@settings(max_examples=60)
@given(data=st.data())
def test_damaged_heads_of_exports_give_our_errors_only(tmp_path: Path, data: st.DataObject) -> None:
    heads = [
        LABCHART,
        ACQ + "sec\tCH1\tCH2\n\t300\t300\n",
        actigraph("M/d/yyyy", "3/4/2024"),
        "1560279825.0,1560279825.0\n32.0,32.0\n",
        "Device Type,GENEActiv\nMeasurement Frequency,100 Hz\n",
        "Name,Sport,Date,Start time\nBob,RUN,03-04-2024,17:30:02\nSample rate,Time\n",
        "%OpenBCI Raw EXG Data\n%Number of channels = 1\n%Sample Rate = 200 Hz\n",
        "SampleTime  = 2\nLogDataType = PULS\nACQ_TIME_TICS  CHANNEL  VALUE\n",
        "# Labels:= ECG, Resp\n# Recorded: 2024-03-15 22:10:05\n# Sampling interval: 4 ms\n",
    ]
    text = data.draw(st.sampled_from(heads))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 6))
        new = data.draw(st.text('0123456789.,;:=-/\t\n\r² e"#ACHz', max_size=6))
        text = text[:at] + new * data.draw(st.sampled_from([1, 1, 400])) + text[at + cut :]
    rows = "".join(f"{k / 100}\t{k}\n" for k in range(40))
    try:
        opened(tmp_path, text + rows)
    except (FormatError, InvalidInputError) as error:
        assert "t.csv" in str(error)  # noqa: PT017 - both are right


def test_options_win_over_what_a_head_says(tmp_path: Path) -> None:
    rows = "".join(f"{wave(k)}\t{k}\n" for k in range(N))
    recording = opened(tmp_path, LABCHART + rows, fs=500, units="a.u.", channels=["CO2"])
    assert shown(recording) == [("CO2", "a.u.")]
    check(recording, 500, LABCHART_START)


@pytest.mark.parametrize(
    ("name", "fs", "names"),
    [
        ("biosppy/ecg.txt", 1000, ["ECG"]),
        ("flirt/empatica/EDA.csv", 4, ["EDA"]),
        ("flirt/empatica/ACC.csv", 32, ["ACC X", "ACC Y", "ACC Z"]),
        ("physio/siemens_vd_RESP.log", 50, ["RESP"]),
        (
            "physio/sub-s999_task-random_run-99_physio.tsv.gz",
            50,
            ["cardiac", "respiratory", "trigger"],
        ),
        ("biosignalsnotebooks/bvp_sample.txt", 1000, ["DI", "CH1"]),
    ],
)
def test_real_exports(shared_data: Path, name: str, fs: float, names: list[str]) -> None:
    with open_recording(shared_data / name) as recording:
        recording.wait()
        assert list(recording.channels) == names
        channel = recording[names[0]]
        assert channel.fs == fs
        assert np.isfinite(channel.read(0, channel.n_samples)).all()
