"""Rows at the beginning of a table are read, or an error or a note names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from text_files import opened
from vital_widgets.errors import FormatError, InvalidInputError, VitalError
from vital_widgets.io.reader import open_recording

if TYPE_CHECKING:
    from pathlib import Path


N = 100


def rows(first: int, more: str = "") -> str:
    return "".join(f"{k / 10},{k}{more}\n" for k in range(first, N))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("time,a\n0,0,remark\n" + rows(1), "line 2: 3 fields where 2 are expected"),
        ("time,a\n0\n" + rows(1), "line 2: 1 fields where 2"),
        ("time,a,b\n0,0\n0.1,1\n" + rows(2, ",5"), "line 2: 2 fields where 3"),
        ("time,a\n\n0,0,1,2\n" + rows(1), None),
    ],
)
def test_a_first_row_with_too_few_or_too_many_cells_is_no_header(
    tmp_path: Path, text: str, error: str | None
) -> None:
    if error is not None:
        with pytest.raises(FormatError, match=error):
            opened(tmp_path, text)
    recording = opened(tmp_path, text, bad_lines="skip")
    assert any("left out" in note or "not read" in note for note in recording.notes)


@pytest.mark.parametrize("line", ["0,0,9", "0", "7,8,9,10"])
def test_lines_above_a_table_without_names_are_reported_if_they_look_like_rows(
    tmp_path: Path, line: str
) -> None:
    recording = opened(tmp_path, f"{line}\n{rows(1)}")
    assert [channel.n_samples for channel in recording.channels.values()] == [N - 1]
    assert any("line 1 is not read" in note and line in note for note in recording.notes)


def test_a_count_of_rows_is_reported(tmp_path: Path) -> None:
    recording = opened(tmp_path, f"time,a\n{N}\n{rows(0)}")
    assert [channel.n_samples for channel in recording.channels.values()] == [N]
    assert any("line 2 is not read" in note for note in recording.notes)


@pytest.mark.parametrize("names", ["time,a", "time,a,b,c"])
def test_names_for_other_columns_than_there_are_are_not_used_and_reported(
    tmp_path: Path, names: str
) -> None:
    recording = opened(tmp_path, f"{names}\n{rows(0, ',5')}", fs=10)
    assert list(recording.channels) == ["channel 2", "channel 3"]
    assert any("line 1 is not read" in note for note in recording.notes)


@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("first", ["1", "r1"])
def test_row_names_as_r_writes_them_do_not_shift_the_names(
    tmp_path: Path, separator: str, first: str
) -> None:
    text = separator.join(['"time"', '"a"']) + "\n"
    text += "".join(
        separator.join([f'"{first[:-1]}{k + 1}"', str(k / 10), str(k)]) + "\n" for k in range(N)
    )
    recording = opened(tmp_path, text)
    assert recording["a"].data.compute().tolist() == list(range(N))
    assert recording["a"].fs == 10


@pytest.mark.parametrize("head", ["a,b\n", ""])
@pytest.mark.parametrize("missing", ["nan,nan", "NaN,n/a", "null,NA"])
def test_first_rows_without_any_value_are_rows(tmp_path: Path, head: str, missing: str) -> None:
    text = head + f"{missing}\n" * 3 + "".join(f"{k % 7}.5,{k}\n" for k in range(N))
    recording = opened(tmp_path, text, fs=10, time=None)
    assert list(recording.channels) == (["a", "b"] if head else ["channel 1", "channel 2"])
    assert {channel.n_samples for channel in recording.channels.values()} == {N + 3}


@pytest.mark.parametrize("blank", [" ", "\t", "", "#"])
def test_blank_lines_above_rows_in_blanks_are_no_rows(tmp_path: Path, blank: str) -> None:
    recording = opened(tmp_path, f"time a\n{blank}\n" + rows(0).replace(",", " "))
    assert recording["a"].n_samples == N


@pytest.mark.parametrize(
    "head",
    [
        "time,ecg\ns,mV\n",
        '"time, s","ecg, mV"\n',
        "time,ecg\ns,mV\nfloat,float\n",
        "time,ecg\nfloat64,int64\ns,mV\n",
        "time,ecg\ns,mV\n----,---\n",
        "time,ecg\n----,---\ns,mV\n",
        "time,ecg\n\n(s),(mV)\n\n=====\n",
        "=========\ntime,ecg (mV)\n=========\n",
    ],
)
@pytest.mark.parametrize("bad", [False, True])
def test_names_and_units_are_found_beside_types_and_lines_of_dashes(
    tmp_path: Path, head: str, bad: bool
) -> None:
    if bad:
        with pytest.raises(FormatError, match="'x' is not a number"):
            opened(tmp_path, f"{head}-0.1,x\n{rows(0)}")
    recording = opened(tmp_path, head + rows(0))
    assert [(one.name, one.units) for one in recording.channels.values()] == [("ecg", "mV")]
    assert recording["ecg"].n_samples == N


@pytest.mark.parametrize("head", ["ecg\n", "", "# made by hand\n"])
@pytest.mark.parametrize("end", ["\n", "\n\n", ""])
def test_a_count_above_a_single_column_is_no_sample(tmp_path: Path, head: str, end: str) -> None:
    values = "\n".join(str(k % 7) for k in range(N))
    recording = opened(tmp_path, f"{head}{N}\n{values}{end}", fs=10)
    (channel,) = recording.channels.values()
    assert channel.data.compute().tolist() == [k % 7 for k in range(N)]
    assert any("it gives the number of rows" in note for note in recording.notes)
    recording = opened(tmp_path, f"{head}{N + 1}\n{values}{end}", fs=10)
    (channel,) = recording.channels.values()
    assert channel.n_samples == N + 1


@pytest.mark.parametrize("header", [N + 1, N + 2, 10**9, -1])
@pytest.mark.parametrize("separator", [",", " "])
def test_a_header_below_the_rows_is_refused(tmp_path: Path, header: int, separator: str) -> None:
    text = ("time,a\n" + rows(0)).replace(",", separator)
    with pytest.raises((FormatError, InvalidInputError)):
        opened(tmp_path, text, header=header)


@pytest.mark.parametrize(
    ("first", "row"),
    [
        ("x;-0.58;146.03", "{t};{i};{i}"),
        ("23:58:30;left off;3", "{t};{i};{i}"),
        ("1.5\t7", "{i}"),
        ("-280 7", "{i}"),
        ('"5000000;-3076;4', "{t};{i};{i}"),
    ],
)
def test_a_damaged_first_row_without_names_above_is_not_taken_for_names(tmp_path, first, row):
    path = tmp_path / "x.csv"
    rows = [row.format(t=i / 10, i=-i - 1) for i in range(50)]
    path.write_text("\n".join([first, *rows]) + "\n")
    try:
        said = " ".join(open_recording(path, fs=10, time=None).wait().notes)
    except VitalError as error:
        said = str(error)
    assert "line 1 " in said or "line 1:" in said or "line 1," in said


def test_a_first_row_of_odd_numbers_is_a_row(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("1E308;-35;4\n" + "".join(f"{i / 10};{-i};{i}\n" for i in range(50)))
    recording = open_recording(path, fs=10, time=None).wait()
    assert [channel.n_samples for channel in recording.channels.values()] == [51] * 3


def test_digits_of_other_scripts_are_no_numbers(tmp_path):
    path = tmp_path / "x.csv"
    rows = [f"{i / 10},{i}" for i in range(50)]
    path.write_text("\n".join(["time,ecg", *rows[:30], "3.0,\u0663", *rows[31:]]), "utf-8")
    with pytest.raises(FormatError, match="'\u0663' is not a number"):
        open_recording(path).wait()


@pytest.mark.parametrize("names", ["time (us),ECG 0,x 1", "time,ECG 1", "Time (s) Lead 2"])
def test_names_with_numbers_in_them_are_no_row_of_a_table_without_rows(
    tmp_path: Path, names: str
) -> None:
    with pytest.raises(FormatError, match="no rows of numbers are found"):
        opened(tmp_path, f"# sampling rate: 10 Hz\n{names}\n")


@pytest.mark.parametrize("damage", ["", "x\n"])
def test_blank_lines_in_a_single_column_are_left_out_and_counted(
    tmp_path: Path, damage: str
) -> None:
    text = "".join(f"{k}.5\n" for k in range(N))
    text = text.replace("\n50.5\n", f"\n \n{damage}50.5\n")
    recording = opened(tmp_path, text, fs=100, bad_values="nan")
    channel = recording.channels["channel 1"]
    assert channel.n_samples == N + bool(damage)
    assert any("left out" in note and "1 line" in note for note in recording.notes)


def test_a_column_without_name_and_values_is_left_out_with_a_note(tmp_path: Path) -> None:
    recording = opened(tmp_path, "".join(f"{k}\t{k / 2}\tn/a\t\n" for k in range(N)), fs=10)
    assert any("left out: channel 3;" in note for note in recording.notes)
    plain = opened(tmp_path, "".join(f"{k}\t{k / 2}\t\n" for k in range(N)), fs=10)
    assert not any("left out" in note for note in plain.notes)


@pytest.mark.parametrize("huge", ["1e999", "inf", "-inf"])
def test_infinite_times_are_refused_without_a_warning(tmp_path: Path, huge: str) -> None:
    text = "time,a\n" + rows(0)
    for k in (70, 71, 73):
        text = text.replace(f"\n{k / 10},", f"\n{huge},")
    with pytest.raises(VitalError):
        opened(tmp_path, text)


STAMPED = "".join(f"2024-03-01 10:00:{k // 10:02d}.{k % 10}00,{k}\n" for k in range(1, N))


@pytest.mark.parametrize("between", ["a;b", "", "# a remark", "x", "-----"])
@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("-0,0.06", "line 2: the time '-0' has another format than the lines before"),
        ("1,2,3,4,5", "line 2: 5 fields where 2"),
        ("2024-03-01 10:00:00.000,1,2", "line 2: 3 fields where 2"),
        ("25:61:00,1.5", "line 2: the time '25:61:00'"),
        ("-5.1899e+01,a,b", "line 2: 3 fields where 2"),
    ],
)
def test_a_damaged_first_row_is_reported_whatever_lies_below_it(
    tmp_path: Path, between: str, row: str, error: str
) -> None:
    with pytest.raises(FormatError, match=error):
        opened(tmp_path, f"time,a\n{row}\n{between}\n{STAMPED}")


@pytest.mark.parametrize("cell", ["1_000", "1.2.3", "+-1", "1,5,0"])
def test_a_number_written_wrong_is_no_name_of_a_single_column(tmp_path: Path, cell: str) -> None:
    text = "".join(f'"{k}"\n' for k in [cell, *range(N)])
    with pytest.raises(FormatError, match=f"line 1, column 'channel 1': '{re.escape(cell)}'"):
        opened(tmp_path, text, fs=10)


@pytest.mark.parametrize("names", ["1,2", "1-2,2-3", "C3-A2,C4-A1"])
def test_names_may_be_numbers_of_electrodes(tmp_path: Path, names: str) -> None:
    recording = opened(tmp_path, f"time,{names}\n{rows(0, ',5')}")
    assert list(recording.channels) == names.split(",")
    assert recording.notes == []


def test_prose_with_numbers_above_a_table_in_blanks_is_no_row(tmp_path: Path) -> None:
    head = "Recorded by me\nSubject 12 left\nsecond visit\ntime left right\n"
    text = "".join(f"{k / 10} {k} 5\n" for k in range(N))
    assert list(opened(tmp_path, head + text).channels) == ["left", "right"]


def test_a_first_row_that_begins_with_a_name_and_has_too_many_cells_is_reported(
    tmp_path: Path,
) -> None:
    text = "".join(f"s1,{k},{k / 2}{',9' * (k == 0)}\n" for k in range(N))
    with pytest.raises(FormatError, match="line 2: 4 fields where 3"):
        opened(tmp_path, f"subject,a,b\n{text}", fs=10)
    notes = opened(tmp_path, f"subject,a,b\n{text}", fs=10, bad_lines="skip").notes
    assert any("1 line" in note for note in notes)


@pytest.mark.parametrize("moment", ["2019/3/1(fri) 16:16:37", "16:16:37 h", "2019-03-01 at noon"])
def test_a_first_row_with_a_moment_in_words_is_not_taken_for_names(
    tmp_path: Path, moment: str
) -> None:
    text = "".join(f"{k or 'x1'},{moment},Start\n" for k in range(N))
    with pytest.raises(FormatError, match="line 1, column 'channel 1': 'x1' is not a number"):
        opened(tmp_path, text, fs=10)


def test_lines_below_a_row_that_is_not_read_are_reported_too(tmp_path: Path) -> None:
    text = "".join(f"{20 * k}.0\t{-k}\n" for k in range(1, N))
    head = "# by hand\n0x1F\t-2\n1,2,3,4,5,6,7,8\n"
    recording = opened(tmp_path, head + text, time=0, time_unit="ms")
    noted = [note[:18] for note in recording.notes if "is not read" in note]
    assert noted == ["line 2 is not read", "line 3 is not read"]


@pytest.mark.parametrize("cell", ["err", "", "n.v.", "?"])
def test_a_long_first_row_that_begins_with_a_wrong_cell_is_reported(
    tmp_path: Path, cell: str
) -> None:
    with pytest.raises(FormatError, match="line 2: 40 fields where 2"):
        opened(tmp_path, f"time,a\n{cell},515{',7' * 38}\n{rows(1)}")


@pytest.mark.parametrize("row", ['"3.34" ""', '"3.34" "1"', "3.34 1", "3;4", '"" "3"'])
def test_a_first_row_with_two_values_in_one_column_is_no_name(tmp_path: Path, row: str) -> None:
    text = "".join(f'"{k}.5"\n' for k in range(N))
    with pytest.raises(FormatError, match="line 1"):
        opened(tmp_path, f"{row}\n{text}", fs=10)


@pytest.mark.parametrize("line", ["-----", "-----\t-----", "====="])
def test_names_for_other_columns_above_a_line_of_dashes_are_reported(
    tmp_path: Path, line: str
) -> None:
    text = "".join(f"{k / 10}\t{-k}\t{k}.5\n" for k in range(N))
    recording = opened(tmp_path, f"time\tleft\n{line}\n{text}", time=0)
    assert any("line 1" in note for note in recording.notes)


@pytest.mark.parametrize("cell", ["a,b", ",", "x,,y"])
def test_a_separator_within_the_first_cell_of_the_first_row_is_reported(
    tmp_path: Path, cell: str
) -> None:
    text = "".join(f"{k or cell},{k / 2},0.5,{k % 7}.5\n" for k in range(N))
    with pytest.raises(FormatError, match=r"line 2: \d fields where 4"):
        opened(tmp_path, f"time,R,G,B\n{text}")


def test_a_line_of_missing_values_for_other_columns_is_reported(tmp_path: Path) -> None:
    recording = opened(tmp_path, "\tNaN\n1,2,3,4,5,6,7,8\n", fs=10)
    assert any("line 1 is not read" in note for note in recording.notes)


@pytest.mark.parametrize(
    "names", ["PPG 0 (mV),x 1 (mV),Signal 2 (mV)", "lead 1 left, lead 2 right"]
)
def test_names_with_numbers_in_them_and_no_rows_are_no_row(tmp_path: Path, names: str) -> None:
    with pytest.raises(FormatError, match="no rows of numbers"):
        opened(tmp_path, f"{names}\n", fs=10)


@pytest.mark.parametrize("tail", ["|", "||", ";;;"])
def test_a_name_above_rows_that_end_with_separators_is_read(tmp_path: Path, tail: str) -> None:
    text = "".join(f"{k}.5{tail}\n" for k in range(N))
    assert list(opened(tmp_path, f"S0\n{text}", fs=10).channels) == ["S0"]
