"""Variants of the exports of wearable devices, and of tables with a file of metadata."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from text_files import opened, shown
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.core.recording import Recording

N = 300
UNIX = 1595933810.034
START = datetime.fromtimestamp(UNIX, UTC)


def wave(k: int) -> str:
    return f"{math.sin(k / 9):.5f}"


def check(recording: Recording, fs: float, start: datetime | None) -> None:
    channels = list(recording.channels.values())
    assert {channel.n_samples for channel in channels} == {N}
    assert {round(channel.fs, 5) for channel in channels} == {round(fs, 5)}
    if start is None or recording.start is None:
        assert recording.start == start
        return
    first = recording.start + timedelta(seconds=channels[0].timebase.start)
    assert abs(first - start) < timedelta(milliseconds=2)


SHIMMER = {
    "Timestamp_Unix_CAL": ("ms", lambda k: repr(UNIX * 1000 + k * 1000 / 512)),
    "TimestampSync_Unix_CAL": ("ms", lambda k: repr(UNIX * 1000 + k * 1000 / 512)),
    "RealTime_CAL": ("ms", lambda k: repr(UNIX * 1000 + k * 1000 / 512)),
    "Timestamp_CAL": ("ms", lambda k: repr(1000 + k * 1000 / 512)),
    "Timestamp_RAW": ("no_units", lambda k: str(4096 + k * 64)),
    "Timestamp_FormattedUnix_CAL": (
        "yyyy/mm/dd hh:mm:ss.000",
        lambda k: f"{START + timedelta(seconds=k / 512):%Y/%m/%d %H:%M:%S.%f}",
    ),
    "ECG_LL-RA_24BIT_CAL": ("mV", wave),
    "Accel_LN_X_CAL": ("m/(s^2)*", wave),
    "Temperature_BMP280_CAL": ("Degrees Celsius", wave),
    "GSR_Range_CAL": ("no_units", wave),
}
DATA = list(SHIMMER)[6:]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("mark", ['"sep={}"\n', "sep={}\n", ""])
@pytest.mark.parametrize(
    ("times", "start"),
    [
        (["Timestamp_Unix_CAL"], START),
        (["TimestampSync_Unix_CAL"], START),
        (["Timestamp_CAL", "RealTime_CAL"], START),
        (["Timestamp_FormattedUnix_CAL"], START.replace(tzinfo=None)),
        (["Timestamp_FormattedUnix_CAL", "Timestamp_Unix_CAL"], START),
        (["Timestamp_RAW", "Timestamp_CAL"], None),
        (["Timestamp_RAW"], None),
    ],
)
def test_shimmer(
    tmp_path: Path, separator: str, mark: str, times: list[str], start: datetime | None
) -> None:
    columns = times + DATA
    lines = [["Shimmer_40AC_" + name for name in columns], [SHIMMER[name][0] for name in columns]]
    lines += [[SHIMMER[name][1](k) for name in columns] for k in range(N)]
    text = "".join(separator.join(line) + separator + "\n" for line in lines)
    recording = opened(tmp_path, mark.format(separator) + text)
    assert [unit for _, unit in shown(recording)] == ["mV", "m/(s^2)", "Degrees Celsius", ""]
    if start is not None:
        check(recording, 512, start)
    else:
        assert recording["Shimmer_40AC_GSR_Range_CAL"].timebase.start == pytest.approx(
            0.125 if times == ["Timestamp_RAW"] else 1
        )
        check(recording, 512, None)


@pytest.mark.parametrize("form", ["CAL", "RAW", "UNCAL"])
def test_units_below_how_columns_are_calibrated_are_units(tmp_path: Path, form: str) -> None:
    text = "Shimmer\tShimmer\tShimmer\nTimestamp\tECG LL-RA\tAccelerometer X\n"
    text += f"{form}\t{form}\t{form}\nmSecs\tNo Units\tm/(sec^2)\n"
    text += "".join(f"{k * 4}\t{wave(k)}\t{k}\n" for k in range(N))
    recording = opened(tmp_path, text, "t.dat")
    assert shown(recording) == [("ECG LL-RA", ""), ("Accelerometer X", "m/(sec^2)")]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("missing", [0, 1, 3])
def test_empatica_with_other_separators_and_missing_values(
    tmp_path: Path, separator: str, missing: int
) -> None:
    rows = [["1560279825.0"] * 3, ["32.0"] * 3]
    rows += [["nan"] * 3 if k < missing else [str(k % 9), "2", "-64"] for k in range(N)]
    text = "".join(separator.join(row) + "\n" for row in rows)
    recording = opened(tmp_path, text, "ACC.csv")
    assert shown(recording) == [(f"ACC {axis}", "g/64") for axis in "XYZ"]
    check(recording, 32, datetime.fromtimestamp(1560279825, UTC))


@pytest.mark.parametrize("n", [1, 2, 300])
@pytest.mark.parametrize("scale", [1, 1000])
def test_a_file_of_tags_is_refused_as_holding_no_samples(
    tmp_path: Path, n: int, scale: int
) -> None:
    text = "".join(f"{(1560279825.25 + 61 * k) * scale:.2f}\n" for k in range(n))
    with pytest.raises(InvalidInputError, match=r"holds only times .* and no samples"):
        opened(tmp_path, text, "tags.csv")


def test_empatica_embrace_plus(tmp_path: Path) -> None:
    text = (
        "timestamp_unix,timestamp_iso,participant_full_id,eda_scl_usiemens,missing_value_reason\n"
    )
    for k in range(N):
        moment = datetime.fromtimestamp(1680622860 + 60 * k, UTC)
        value = ",device_not_recording" if k % 50 == 3 else f"{0.1 + k / 1000},"
        text += f"{moment.timestamp() * 1000:.0f},{moment:%Y-%m-%dT%H:%M:%SZ},1-1-3YK,{value}\n"
    recording = opened(tmp_path, text)
    assert shown(recording) == [("eda_scl_usiemens", "µS")]
    check(recording, 1 / 60, datetime.fromtimestamp(1680622860, UTC))


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("unixTimestampInMs", 1000),
        ("unix_timestamp", 1_000_000),
        ("timestampMs", 1000),
        ("TimeStamp", 1),
        ("time in ms", 1000),
    ],
)
def test_names_of_times_in_words_that_are_joined(tmp_path: Path, name: str, scale: int) -> None:
    text = f"timezone,{name},isoDate,beatsPerMinute\n"
    text += "".join(
        f"Europe/Berlin,{(1700000000 + 15 * k) * scale},x{k},{60 + k % 9}\n" for k in range(N)
    )
    recording = opened(tmp_path, text)
    assert shown(recording) == [("beatsPerMinute", "")]
    check(recording, 1 / 15, datetime.fromtimestamp(1700000000, UTC))


def test_a_second_column_of_times_since_a_date_is_no_channel(tmp_path: Path) -> None:
    text = "timestamp,unix_time,a\n"
    text += "".join(
        f"2024-03-04T22:00:{k / 10:06.3f},{1709589600 + k / 10},{k}\n" for k in range(N)
    )
    recording = opened(tmp_path, text)
    assert list(recording.channels) == ["a"]
    assert "other columns of times are left out: unix_time" in recording.notes


def test_times_of_fit_files_count_from_1989(tmp_path: Path) -> None:
    text = "record.timestamp[s],record.heart_rate[bpm],record.distance[m]\n"
    text += "".join(f"{1_070_000_000 + k},{100 + k % 30},{k * 2.5}\n" for k in range(N))
    recording = opened(tmp_path, text)
    assert shown(recording) == [("record.heart_rate", "bpm"), ("record.distance", "m")]
    check(recording, 1, datetime(1989, 12, 31, tzinfo=UTC) + timedelta(seconds=1_070_000_000))
    assert "time read as seconds since 1989-12-31 UTC" in recording.notes


def test_a_listing_of_messages_of_a_fit_file_is_no_table(tmp_path: Path) -> None:
    text = "Type,Local Number,Message,Field 1,Value 1,Units 1,\n"
    text += "".join(f'Data,1,record,timestamp,"{k}",s,\n' for k in range(N))
    with pytest.raises(FormatError, match="--data record"):
        opened(tmp_path, text)


@pytest.mark.parametrize("begin", [0, 5_000_000_000, 599_616_050_941_733_632])
@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=3))])
def test_the_start_is_where_the_clock_of_the_phone_says(
    tmp_path: Path, begin: int, zone: timezone | None
) -> None:
    phone = datetime(2026, 4, 24, 14, 10, 15, 270_000, zone)
    text = "Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n"
    for k in range(N):
        moment = phone + timedelta(seconds=k // 36 * 36 / 200)
        sensor = begin + round(k * 1e9 / 200)
        text += f"{moment.isoformat(timespec='milliseconds')};{sensor};{k % 9};2;-1000\n"
    recording = opened(tmp_path, text, "ACC.txt")
    assert shown(recording) == [("X", "mg"), ("Y", "mg"), ("Z", "mg")]
    check(recording, 200, phone)


@pytest.mark.parametrize("name", ["Bob", '"Smith, Bob"', ""])
@pytest.mark.parametrize("separator", [",", ";"])
def test_polar_flow_sessions(tmp_path: Path, name: str, separator: str) -> None:
    text = (
        f"Name,Sport,Date,Start time,Duration\n{name},RUNNING,03-04-2024,17:30:02,00:05:00\n"
        "Sample rate,Time,HR (bpm),Pace (min/km),Cadence\n"
    )
    text += "".join(
        f"{'' if k else 1},00:{k // 60:02d}:{k % 60:02d},{100 + k % 40},05:{k % 60:02d},\n"
        for k in range(N)
    )
    if separator == ";":
        text = text.replace(", ", "\0").replace(",", ";").replace("\0", ", ")
    recording = opened(tmp_path, text)
    assert shown(recording) == [("HR", "bpm"), ("Cadence", "")]
    check(recording, 1, datetime(2024, 4, 3, 17, 30, 2))


@pytest.mark.parametrize(
    "mark", ["/muse/elements/blink", "/Marker/1", "/muse/event/connected Muse"]
)
def test_lines_of_mind_monitor_with_an_event_are_no_samples(tmp_path: Path, mark: str) -> None:
    text = "TimeStamp,RAW_TP9,RAW_AF7,HeadBandOn,Battery,Elements\n"
    for k in range(N):
        moment = datetime(2019, 2, 14, 10, 21, 26) + timedelta(milliseconds=4 * k)
        stamp = f"{moment:%Y-%m-%d %H:%M:%S.%f}"[:-3]
        text += f"{stamp},{800 + k},0.1,1.0,85.0,\n" + f"{stamp},,,,,{mark}\n" * (k % 100 == 7)
    recording = opened(tmp_path, text)
    check(recording, 250, datetime(2019, 2, 14, 10, 21, 26))
    assert recording.annotations.text.tolist() == [mark] * 3


def test_actigraph_data_tables_and_imu(tmp_path: Path) -> None:
    head = (
        "------------ Data Table File Created By ActiGraph wGT3XBT ActiLife v6.13.3 date format "
        "M/d/yyyy Filter Normal -----------\nSerial Number: X\nStart Time 22:00:00\n"
        "Start Date 3/4/2024\nEpoch Period (hh:mm:ss) 00:00:10\n" + "-" * 40 + "\n"
    )
    text = head + "Date,Time,Axis1,Axis2,Axis3,Steps,Lux\n"
    for k in range(N):
        moment = datetime(2024, 3, 4, 22) + timedelta(seconds=10 * k)
        text += f"3/4/2024,{moment:%H:%M:%S},1,2,3,0,{k}\n"
    recording = opened(tmp_path, text)
    assert shown(recording)[-1] == ("Lux", "lux")
    check(recording, 0.1, datetime(2024, 3, 4, 22))
    imu = head.replace("Table ", "").replace(" Filter", " at 100 Hz Filter")
    imu += "Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z,Temperature,Magnetometer X\n"
    imu += "".join(f"2024-03-04T22:00:{k / 100:010.7f},0,0,1,{k},5\n" for k in range(N))
    recording = opened(tmp_path, imu, "IMU.csv")
    assert [unit for _, unit in shown(recording)] == ["g", "g", "g", "°C", "µT"]
    check(recording, 100, datetime(2024, 3, 4, 22))


ROWS = "".join(f"{wave(k)}\t{k % 9}\n" for k in range(N))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("rate", [50, "50", "50 Hz", [50.0]])
def test_sidecars_of_bids_in_any_encoding(tmp_path: Path, encoding: str, rate: Any) -> None:
    sidecar = {"SamplingFrequency": rate, "Columns": ["cardiac", "respiratory"]}
    (tmp_path / "sub-01_physio.json").write_bytes(json.dumps(sidecar).encode(encoding))
    recording = opened(tmp_path, gzip.compress(ROWS.encode()), "sub-01_physio.tsv.gz")
    assert shown(recording) == [("cardiac", ""), ("respiratory", "")]
    check(recording, 50, None)


def test_a_table_of_bids_without_its_sidecar_is_reported_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sub-01_task-rest_physio\.json.*give fs="):
        opened(tmp_path, gzip.compress(ROWS.encode()), "sub-01_task-rest_physio.tsv.gz")


def test_names_of_motion_are_from_the_channels_of_bids(tmp_path: Path) -> None:
    stem = "sub-01_tracksys-imu"
    (tmp_path / f"{stem}_motion.json").write_text('{"SamplingFrequency": 100}')
    channels = "name\ttype\tunits\nx\tPOS\tm\ny\tORNT\trad\n"
    (tmp_path / f"{stem}_channels.tsv").write_text(channels)
    recording = opened(tmp_path, ROWS, f"{stem}_motion.tsv")
    assert shown(recording) == [("x", "m"), ("y", "rad")]
    check(recording, 100, None)


def test_units_of_a_sidecar_are_those_of_the_names_in_the_table(tmp_path: Path) -> None:
    sidecar = {"time": {"Units": "s"}, "plasma": {"Units": "kBq/mL", "Description": "activity"}}
    (tmp_path / "sub-01_blood.json").write_text(json.dumps(sidecar))
    text = "time\tplasma\n" + "".join(f"{2 * k}\t{wave(k)}\n" for k in range(N))
    recording = opened(tmp_path, text, "sub-01_blood.tsv")
    assert shown(recording) == [("plasma", "kBq/mL")]
    check(recording, 0.5, None)


def test_what_a_device_is_known_to_write_is_reported(tmp_path: Path) -> None:
    text = "timestamps,TP9,AF7,AF8,TP10\n"
    text += "".join(f"{1700000000 + k / 256:.6f},1,2,3,{k}\n" for k in range(N))
    recording = opened(tmp_path, text, "EEG.csv")
    assert [unit for _, unit in shown(recording)] == ["µV"] * 4
    assert "units that the file does not state are those of Muse" in recording.notes
    recording = opened(tmp_path, "1560279825.0\n4.0\n" + "0.25\n" * N, "EDA.csv")
    assert any("EDA.csv" in note for note in recording.notes)


def test_many_columns_of_one_name_are_reported_in_one_note(tmp_path: Path) -> None:
    text = "time" + ",Other" * 8 + "\n"
    text += "".join(f"{k / 10}" + ",1" * 8 + "\n" for k in range(N))
    recording = opened(tmp_path, text)
    assert len(recording.channels) == 8
    (note,) = (note for note in recording.notes if "Other" in note)
    assert note.startswith("8 columns are named 'Other': column 2 is renamed 'Other (2)'")
    assert note.endswith("and so on up to 'Other (8)'")
