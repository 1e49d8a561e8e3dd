"""Exports of LabChart: heads, blocks, units and comments."""

from __future__ import annotations

import pickle
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path

from export_tables import LABCHART, LABCHART_START, N, check, wave
from text_files import opened, shown


@pytest.mark.parametrize(
    "time",
    [
        lambda k: f"{k / 1000:.3f}\t",
        lambda k: "",
        lambda k: f"{k / 1000:.3f}\t10/11/2019\t",
        lambda k: f"{LABCHART_START + timedelta(milliseconds=k):%H:%M:%S.%f}\t",
    ],
    ids=["seconds", "no time", "seconds and date", "time of day"],
)
@pytest.mark.parametrize("decimal", [".", ","])
def test_labchart(tmp_path: Path, time: Any, decimal: str) -> None:
    rows = [f"{wave(k)}\t{k}" for k in range(N)]
    body = "".join(
        f"{time(k)}{row}\r\n".replace("." if "/" not in time(k) else "\0", decimal)
        if ":" not in time(k)
        else f"{time(k)}{row.replace('.', decimal)}\r\n"
        for k, row in enumerate(rows)
    )
    if decimal == "," and "/" in time(0):
        body = "".join(f"{k / 1000:.3f}\t10/11/2019\t{rows[k]}\r\n" for k in range(N))
        body = body.replace(".", ",")
    recording = opened(tmp_path, LABCHART.replace("0.001", f"0{decimal}001") + body)
    assert shown(recording) == [("Trigger", "V"), ("CO2", "mmHg")]
    check(recording, 1000, LABCHART_START)
    assert recording["CO2"].data.compute().tolist() == list(range(N))


@pytest.mark.parametrize("commented", [[], [0, 7], [N - 1], [3, 250]])
def test_labchart_comments_take_no_row(tmp_path: Path, commented: list[int]) -> None:
    rows = (
        f"{k / 1000:.3f}\t{wave(k)}\t{k}" + ("\t#* Drug added" if k in commented else "")
        for k in range(N)
    )
    recording = opened(tmp_path, LABCHART + "\r\n".join(rows) + "\r\n")
    check(recording, 1000, LABCHART_START)
    assert recording["CO2"].data.compute().tolist() == list(range(N))
    assert recording.annotations.onset == pytest.approx([k / 1000 for k in commented], abs=1e-9)
    assert set(recording.annotations.text) <= {"Drug added"}
    assert sum("in the rows: see the annotations" in note for note in recording.notes) == (
        len(commented) > 0
    )


@pytest.mark.parametrize("mark", ["#* Drug added", "#2 Drug added", "#*Drug added"])
def test_labchart_comments_in_a_column_of_their_own(tmp_path: Path, mark: str) -> None:
    commented = [0, 9, 250]
    rows = (f"{k / 1000:.3f}\t{wave(k)}\t{k}\t{mark * (k in commented)}\r\n" for k in range(N))
    recording = opened(tmp_path, LABCHART + "".join(rows))
    check(recording, 1000, LABCHART_START)
    assert recording["CO2"].data.compute().tolist() == list(range(N))
    marks = recording.annotations
    assert marks.onset == pytest.approx([k / 1000 for k in commented], abs=1e-9)
    assert set(marks.text) == {mark if mark.startswith("#2") else "Drug added"}


@pytest.mark.parametrize("block_bytes", [64, 1 << 21])
def test_comments_of_later_blocks_of_labchart_lie_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr("vital_widgets.io.text.blocks.BLOCK_BYTES", block_bytes)
    text = ""
    for j in range(3):
        text += labchart_block(LABCHART_START + timedelta(seconds=60 * j))
        text += "".join(
            f"{k}\t{k}" + f"\t#* first {j}  #2 second" * (k == 5 + j) + "\r\n" for k in range(40)
        )
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode())
    for _ in range(2):  # the second time from the cache
        with open_recording(path) as recording:
            marks = recording.annotations
        times = [60 * j + (5 + j) / 1000 for j in range(3) for _ in range(2)]
        assert marks.onset == pytest.approx(times, abs=1e-9)
        assert marks.text.tolist() == [
            text for j in range(3) for text in (f"first {j}", "#2 second")
        ]


def test_comments_of_a_file_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    rows = [f"{k}\t{'x' if k == 250 else k}\r\n" for k in range(N)]
    path.write_bytes((LABCHART + "".join(rows)).encode())
    recording = open_recording(path)
    with pytest.raises(FormatError, match="'x'"):
        recording.annotations  # noqa: B018


def test_comments_are_in_copies_of_a_recording(tmp_path: Path) -> None:
    rows = "".join(f"{k}\t{k}" + "\t#* here" * (k == 7) + "\r\n" for k in range(N))
    recording = opened(tmp_path, LABCHART + rows)
    copy = pickle.loads(pickle.dumps(recording))
    assert copy.annotations.text.tolist() == recording.annotations.text.tolist() == ["here"]


@pytest.mark.parametrize("change", ["\t", ",", " ", "", "quoted", "\r"])
def test_heads_of_labchart_however_they_were_saved(tmp_path: Path, change: str) -> None:
    head, rows = LABCHART, "".join(f"{k / 1000:.3f}\t{wave(k)}\t{k}\r\n" for k in range(N))
    if change == ",":
        head, rows = head.replace("\t", ","), rows.replace("\t", ",")
    elif change == "\r":
        head, rows = head.replace("\r\n", "\r"), rows.replace("\r\n", "\r")
    elif change == "quoted":
        head = re.sub(r"[^\t\r\n]+", r'"\g<0>"', head)
    elif change == " ":
        head = re.sub(r"(Interval|ExcelDateTime|ChannelTitle)=\t(\S+)\t?", r"\1= \2 ", head)
    else:
        head = head.replace("Interval=\t", f"Interval={change}")
    recording = opened(tmp_path, head + rows)
    assert shown(recording) == [("Trigger", "V"), ("CO2", "mmHg")]
    check(recording, 1000, LABCHART_START)


def labchart_block(start: datetime, interval: str = "0.001 s", titles: str = "Trigger\tCO2") -> str:
    days = (start - datetime(1899, 12, 30)).total_seconds() / 86400
    return (
        f"Interval=\t{interval}\r\nExcelDateTime=\t{days:.16e}\t{start:%m/%d/%y %H:%M:%S.%f}\r\n"
        f"TimeFormat=\t\r\nDateFormat=\t\r\nChannelTitle=\t{titles}\r\nRange=\t2 V\t50 mmHg\r\n"
    )


@pytest.mark.parametrize(
    "time",
    [
        lambda start, shift, k: f"{k / 1000:.3f}\t",
        lambda start, shift, k: "",
        lambda start, shift, k: f"{shift + k / 1000:.3f}\t",
        lambda start, shift, k: f"{start + timedelta(milliseconds=k):%H:%M:%S.%f}\t",
        lambda start, shift, k: f"{start + timedelta(milliseconds=k):%m/%d/%Y %H:%M:%S.%f}\t",
    ],
    ids=["from the block", "no time", "from the file", "time of day", "date and time"],
)
@pytest.mark.parametrize("pause", [60, 90_000], ids=["a minute", "more than a day"])
@pytest.mark.parametrize("block_bytes", [64, 1 << 21])
def test_blocks_of_labchart_lie_where_their_heads_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: Any, pause: int, block_bytes: int
) -> None:
    monkeypatch.setattr("vital_widgets.io.text.blocks.BLOCK_BYTES", block_bytes)
    text = ""
    for j in range(3):
        start = LABCHART_START + timedelta(seconds=j * pause)
        text += labchart_block(start)
        text += "".join(f"{time(start, j * pause, k)}{wave(k)}\t{k}\r\n" for k in range(N))
    recording = opened(tmp_path, text)
    check(recording, 1000, LABCHART_START, 3 * N)
    base = recording["CO2"].timebase
    assert base.starts.tolist() == [0, N, 2 * N]
    assert base.onsets == pytest.approx([0, pause, 2 * pause], abs=1e-3)
    assert recording["CO2"].data.compute().tolist() == 3 * list(range(N))
    assert any("3 blocks" in note for note in recording.notes)


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (labchart_block(LABCHART_START + timedelta(minutes=1), "0.002 s"), "500 Hz"),
        (labchart_block(LABCHART_START + timedelta(minutes=1), titles="A\tB"), "A, B"),
        ("Interval=\t0.001 s\r\n", "head of a block begins here but is incomplete"),
        (labchart_block(LABCHART_START - timedelta(minutes=1)), "before that of the row before"),
    ],
)
@pytest.mark.parametrize("timed", [True, False])
def test_blocks_of_labchart_that_do_not_fit_are_an_error(
    tmp_path: Path, second: str, error: str, timed: bool
) -> None:
    rows = "".join(f"{k / 1000:.3f}\t" * timed + f"{wave(k)}\t{k}\r\n" for k in range(N))
    with pytest.raises((FormatError, InvalidInputError), match=error):
        opened(tmp_path, labchart_block(LABCHART_START) + rows + second + rows)


def test_a_head_of_labchart_without_rows_is_reported(tmp_path: Path) -> None:
    rows = "".join(f"{k / 1000:.3f}\t{wave(k)}\t{k}\r\n" for k in range(N))
    later = labchart_block(LABCHART_START + timedelta(minutes=1))
    recording = opened(tmp_path, labchart_block(LABCHART_START) + rows + later)
    check(recording, 1000, LABCHART_START)
    assert "the last block of the file has a head but no rows" in recording.notes


def test_blocks_of_labchart_without_dates_follow_each_other(tmp_path: Path) -> None:
    head = "Interval=\t0.001 s\r\nChannelTitle=\tTrigger\tCO2\r\n"
    rows = "".join(f"{k / 1000:.3f}\t{wave(k)}\t{k}\r\n" for k in range(N))
    recording = opened(tmp_path, 2 * (head + rows))
    check(recording, 1000, None, 2 * N)
    assert any("follow each other without gaps" in note for note in recording.notes)


@pytest.mark.parametrize("columns", ["date clock", "clock date", "stamp"])
def test_the_head_of_labchart_decides_between_day_and_month(tmp_path: Path, columns: str) -> None:
    def row(k: int) -> str:
        moment = LABCHART_START + timedelta(milliseconds=k)
        cells = {"date": f"{moment:%m/%d/%Y}", "clock": f"{moment:%H:%M:%S.%f}"}
        cells["stamp"] = f"{cells['date']} {cells['clock']}"
        return "\t".join([*(cells[one] for one in columns.split()), wave(k), str(k)]) + "\n"

    recording = opened(tmp_path, LABCHART + "".join(map(row, range(N))))
    check(recording, 1000, LABCHART_START)


def in_unit(block: str, unit: str, unit_line: str = "") -> str:
    return block.replace("Range=\t2 V\t50 mmHg\r\n", f"Range=\t2 {unit}\t50 mmHg\r\n{unit_line}")


@pytest.mark.parametrize("block_bytes", [64, 1 << 21])
@pytest.mark.parametrize(
    ("unit", "into", "factor"),
    [("mV", "V", 1e-3), ("V", "mV", 1e3), ("\u00b5V", "mV", 1e-3), ("uV", "\u00b5V", 1.0),
     ("kPa", "mmHg", 1000 / 133.322387415), ("mmHg", "cmH2O", 133.322387415 / 98.0665)],
)  # fmt: skip
@pytest.mark.parametrize("timed", [True, False])
def test_blocks_of_labchart_in_another_unit_are_scaled(  # noqa: PLR0917
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unit: str,
    into: str,
    factor: float,
    block_bytes: int,
    timed: bool,
) -> None:
    monkeypatch.setattr("vital_widgets.io.text.blocks.BLOCK_BYTES", block_bytes)
    rows = "".join(f"{k / 1000:.3f}\t" * timed + f"{k}\t{k}\r\n" for k in range(40))
    blocks = [labchart_block(LABCHART_START + timedelta(minutes=k)) for k in range(3)]
    text = "".join(
        in_unit(block, unit_line) + rows
        for block, unit_line in zip(blocks, (into, unit, into), strict=True)
    )
    recording = opened(tmp_path, text)
    assert shown(recording) == [("Trigger", into), ("CO2", "mmHg")]
    values = recording["Trigger"].data.compute()
    expected = np.arange(40)
    assert values[:40].tolist() == values[80:].tolist() == expected.tolist()
    assert values[40:80] == pytest.approx(expected * factor, rel=1e-14)
    assert recording["CO2"].data.compute().tolist() == 3 * expected.tolist()
    assert f"'Trigger' is in {unit} from row 41 on and is shown in {into}" in recording.notes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("V", ""), ("mmHg", "")),
        (("V", ""), ("g", "")),
        (("V", "UnitName=\tmmHg\t*\r\n"), ("V", "")),
    ],
    ids=["range", "mass", "unit name"],
)
def test_blocks_of_labchart_in_units_of_another_kind_are_an_error(
    tmp_path: Path, first: tuple[str, str], second: tuple[str, str]
) -> None:
    rows = "".join(f"{k}\t{k}\r\n" for k in range(N))
    later = labchart_block(LABCHART_START + timedelta(minutes=1))
    text = in_unit(labchart_block(LABCHART_START), *first) + rows + in_unit(later, *second) + rows
    with pytest.raises(FormatError, match=r"row 301.*'Trigger' in '(mmHg|g|V)'.*'(V|mmHg)'"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, channels=["CO2"])["CO2"].n_samples == 2 * N


def test_a_block_of_labchart_without_units_is_noted(tmp_path: Path) -> None:
    rows = "".join(f"{k}\t{k}\r\n" for k in range(N))
    later = labchart_block(LABCHART_START + timedelta(minutes=1)).partition("Range=")[0]
    recording = opened(tmp_path, labchart_block(LABCHART_START) + rows + later + rows)
    assert recording["CO2"].data.compute().tolist() == 2 * list(range(N))
    assert any("'CO2' in 'no unit'" in note for note in recording.notes)


@pytest.mark.parametrize("head", [LABCHART, LABCHART.replace("\r\n", "\n")])
def test_a_first_line_below_a_head_that_is_no_row_is_reported(tmp_path: Path, head: str) -> None:
    rows = "".join(f"{k}.5\t{k}\n" for k in range(N))
    recording = opened(tmp_path, f"{head}\u2665\t0\n{rows}", bad_values="nan")
    assert shown(recording) == [("Trigger", "V"), ("CO2", "mmHg")]
    noted = [note for note in recording.notes if note.startswith("line 9 is not read")]
    assert recording["CO2"].n_samples + len(noted) == N + 1
