"""Lines above the values: settings of an export, numbers of columns, names over several lines."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from text_files import opened, shown
from vital_widgets.errors import FormatError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.text import channelchoice, naming
from vital_widgets.io.text.columns import known_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


N = 60


APPLE = (
    'Name,X\nDate of Birth,"1 Jan 1980"\nRecorded Date,2024-03-15 22:10:00 +0100\n'
    'Classification,Sinus Rhythm\nSymptoms,\nSoftware Version,1.90\nDevice,"Watch6,1"\n'
    "Sample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n"
)
APPLE_GERMAN = (
    "Name,X\nAufzeichnungsdatum,2024-03-15 22:10:00 +0100\nMessrate,512 Hertz\n\n"
    "Ableitung,Ableitung I\nEinheit,µV\n\n"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("head", "lead", "row", "fs"),
    [
        (APPLE, "Lead I", "-{}.205", 512),
        (APPLE.replace("512", "513.171"), "Lead I", "-{}.205", 513.171),
        (APPLE_GERMAN, "Ableitung I", "-{},205", 512),
        (APPLE_GERMAN.replace("512 Hertz", '"512,417 Hertz"'), "Ableitung I", "-{},205", 512.417),
    ],
)
def test_ecg_of_apple_health(
    tmp_path: Path, head: str, lead: str, row: str, fs: float, end: str
) -> None:
    text = head + "".join(row.format(k) + "\n" for k in range(N))
    recording = opened(tmp_path, text.replace("\n", end))
    assert shown(recording) == [(lead, "µV")]
    assert recording[lead].fs == fs
    assert recording[lead].data.compute().tolist() == [-(k + 0.205) for k in range(N)]
    assert recording.start == datetime(2024, 3, 15, 22, 10, tzinfo=timezone(timedelta(hours=1)))
    assert recording.metadata["Name"] == "X"


def floats(k: int) -> str:
    return f"{k % 5 / 3:.3f},{k % 7 / 3:.3f},{k % 9 / 3:.3f}"


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        ("0,1,2", floats, ["0", "1", "2"]),
        ("0,1", lambda k: floats(k)[:11], ["0", "1"]),
        ('"0","1","2"', floats, ["0", "1", "2"]),
        (",0,1,2", lambda k: f"{k},{floats(k)}", ["0", "1", "2"]),
        ("0;1;2", lambda k: floats(k).replace(",", ";"), ["0", "1", "2"]),
        ("0\t1\t2", lambda k: floats(k).replace(",", "\t"), ["0", "1", "2"]),
        ("0,1,2", lambda k: f"{500 + k % 5},{-900 - k % 7},{400 + k % 9}", ["0", "1", "2"]),
        ("0,1,2", lambda k: f"{k / 100 + 5:.2f},{floats(k)[:11]}", ["1", "2"]),
        ("0,1,2", lambda k: f"{k / 100:.2f},{floats(k)[:11]}", ["1", "2"]),
    ],
)
def test_a_line_that_numbers_the_columns_is_no_row(
    tmp_path: Path, head: str, row: Callable[[int], str], names: list[str]
) -> None:
    text = head + "\n" + "".join(f"{row(k)}\n" for k in range(N))
    options = {} if len(names) == head.count(",") and names[0] == "1" else {"fs": 10}
    recording = opened(tmp_path, text, **options)
    assert list(recording.channels) == names
    assert {channel.n_samples for channel in recording.channels.values()} == {N}
    assert f"line 1 numbers the columns and is not a row ({head!r})" in recording.notes


@pytest.mark.parametrize(
    "row",
    [
        lambda k: f"{(k + 1) / 100:.2f},{k % 5 / 3:.3f},{k % 7 / 3:.3f}",
        lambda k: f"{k + 1},{k + 2},{k + 3}",
        lambda k: f"{k % 5},{k % 7},{k % 3}",
        lambda k: f"0,{k % 7},{k % 3 + 0.5}",
    ],
    ids=["time goes on", "counters", "small whole numbers", "a single column of decimals"],
)
def test_a_first_row_of_whole_numbers_stays_a_row(
    tmp_path: Path, row: Callable[[int], str]
) -> None:
    text = "0,1,2\n" + "".join(f"{row(k)}\n" for k in range(N))
    recording = opened(tmp_path, text, fs=100)
    assert {channel.n_samples for channel in recording.channels.values()} == {N + 1}


def test_the_device_is_looked_up_as_often_for_many_columns_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(names: Sequence[str]) -> Any:
        calls.append(len(names))
        return known_device(names)

    for module in (naming, channelchoice):
        monkeypatch.setattr(module, "known_device", counted)
    lookups = []
    for n in (3, 300):
        head = ",".join(["time", *(f"c{k}" for k in range(n))])
        rows = "".join(",".join([f"{k / 100:.2f}", *["1"] * n]) + "\n" for k in range(20))
        calls.clear()
        opened(tmp_path, f"{head}\n{rows}", f"{n}.csv")
        lookups.append(len(calls))
    assert lookups[0] == lookups[1] > 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["", "# made by a device\n"])
@pytest.mark.parametrize(
    ("head", "names"),
    [
        ('"time\n(s)","ECG\n(mV)","N"', [("ECG", "mV"), ("N", "")]),
        ('"time\n\n(s)","ECG\nlead II\n(mV)",N', [("ECG lead II", "mV"), ("N", "")]),
        ('time,"ECG\n2","N\n[beats]"', [("ECG 2", ""), ("N", "beats")]),
        ('time,"say ""II""\n(mV)",N', [('say ""II""', "mV"), ("N", "")]),
    ],
)
def test_names_in_quotes_go_on_over_line_ends(
    tmp_path: Path, head: str, names: list[tuple[str, str]], sign: str, end: str, above: str
) -> None:
    text = f"{head}\n" + "".join(f"{k / 100:.2f},{k}.5,{k}\n" for k in range(N))
    text = above + text.replace(",", sign)
    recording = opened(tmp_path, text.replace("\n", end))
    assert [(name.replace('"', ""), unit) for name, unit in shown(recording)] == [
        (name.replace('"', ""), unit) for name, unit in names
    ]
    first, second = (channel.data.compute() for channel in recording.channels.values())
    assert first.tolist() == [k + 0.5 for k in range(N)]
    assert second.tolist() == list(range(N))


@pytest.mark.parametrize(
    "head",
    ['screen 5" wide\ntime,ECG,N', '"remark\ntime,ECG,N', "time,ECG,N", '"a\nb"\ntime,ECG,N'],
)
def test_a_quote_above_the_names_takes_in_no_row(tmp_path: Path, head: str) -> None:
    text = f"{head}\n" + "".join(f"{k / 100:.2f},{k}.5,{k}\n" for k in range(N))
    recording = opened(tmp_path, text)
    assert list(recording.channels) == ["ECG", "N"]
    assert {channel.n_samples for channel in recording.channels.values()} == {N}


def test_a_wrong_row_below_long_names_is_reported_with_its_line(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100:.2f},{'oops' if k == 30 else k}\n" for k in range(N))
    with pytest.raises(FormatError, match=r"line 33, column 'ECG'"):
        opened(tmp_path, f'time,"ECG\n(mV)"\n{rows}')


def test_a_column_whose_few_values_are_at_the_beginning_is_a_channel(tmp_path: Path) -> None:
    rows = "".join(f"{k / 100:.2f},{k if k < 5 else ''}\n" for k in range(N))
    recording = opened(tmp_path, f"time,S0\n{rows}")
    assert recording["S0"].data.compute()[:5].tolist() == list(range(5))


def test_line_ends_in_names_of_parquet_become_blanks(tmp_path: Path) -> None:
    table = pa.table(
        {"time": [k / 100 for k in range(N)], "ECG\n(mV)": [float(k) for k in range(N)]}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    recording = open_recording(tmp_path / "t.parquet")
    assert shown(recording) == [("ECG", "mV")]
    assert recording["ECG"].data.compute().tolist() == list(range(N))
    for name in ("ECG\n(mV)", "ECG"):
        chosen = open_recording(tmp_path / "t.parquet", channels=[name])
        assert shown(chosen) == [("ECG", "mV")]


@pytest.mark.parametrize(
    ("header", "channel", "units"),
    [
        ("Volume (L)", "Volume", "L"),
        ("Tidal vol. [L]", "Tidal vol.", "L"),
        ("Current (A)", "Current", "A"),
        ("accelerometerAccelerationX(G)", "accelerometerAccelerationX", "G"),
        ("Magnetic field (T)", "Magnetic field", "T"),
        ("Skin temperature (F)", "Skin temperature", "F"),
        ("EMG (L)", "EMG (L)", ""),
        ("Channel (A)", "Channel (A)", ""),
    ],
)
def test_a_letter_is_a_unit_behind_the_name_of_its_quantity(
    tmp_path: Path, header: str, channel: str, units: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"time,{header}\n" + "".join(f"{k / 10},{k}.5\n" for k in range(50)))
    recording = open_recording(path).wait()
    assert [(name, found.units) for name, found in recording.channels.items()] == [(channel, units)]
