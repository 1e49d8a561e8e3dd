"""Every row of a file comes once: line ends, zero bytes, quotes and damaged headers."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from text_files import opened
from vital_widgets.errors import FormatError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.text import blocks
from vital_widgets.io.text.blocks import LineBlocks
from vital_widgets.io.text.head import read_ends
from vital_widgets.io.text.lines import count_rows, split_lines, with_line_feeds
from vital_widgets.runtime.files import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.core.recording import Recording

ROWS = "".join(f"{0.004 * k:.3f},{k}\n" for k in range(60))


def values(recording: Recording, name: str = "ecg") -> list[float]:
    return np.asarray(recording[name].data.compute()).tolist()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r\r\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_line_end_gives_every_row_once(tmp_path: Path, end: str, encoding: str) -> None:
    text = ("# id 1\n# id 2\ntime,ecg\n" + ROWS).replace("\n", end)
    assert values(opened(tmp_path, text.encode(encoding))) == list(range(60))


@given(st.text("a\r\n", max_size=40), st.integers(1, 5))
def test_line_ends_do_not_depend_on_how_a_file_is_cut(text: str, step: int) -> None:
    data = text.encode()
    pieces = ((data[k : k + step], k + step) for k in range(0, len(data), step))
    joined = b"".join(piece for piece, _ in with_line_feeds(pieces))
    assert joined.decode().split("\n") == split_lines(text)


@pytest.mark.parametrize("zip_it", [False, True])
@pytest.mark.parametrize("n_zeros", [1, 512, 300_000])
def test_zero_bytes_after_the_last_row_are_left_out_with_a_note(
    tmp_path: Path, n_zeros: int, zip_it: bool
) -> None:
    data = ("time,ecg\n" + ROWS).encode() + bytes(n_zeros)
    recording = opened(tmp_path, gzip.compress(data) if zip_it else data)
    assert values(recording) == list(range(60))
    assert any(f"{n_zeros} zero bytes" in note for note in recording.notes)


@pytest.mark.parametrize("byte", [b"\0", b"\x07", b"\x7f"])
@pytest.mark.parametrize("row", [3, 498, 39_000])
def test_a_control_character_is_reported_with_its_line(
    tmp_path: Path, byte: bytes, row: int
) -> None:
    lines = [b"%.2f,%d%s\n" % (i / 100, i, byte if i == row else b"") for i in range(40_000)]
    with pytest.raises(FormatError, match=f"line {row + 2}"):
        opened(tmp_path, b"time,ecg\n" + b"".join(lines))


@pytest.mark.parametrize("separators", [",", ",,"])
def test_names_that_end_with_separators_name_the_columns(tmp_path: Path, separators: str) -> None:
    rows = "".join(f"{0.004 * k:.3f},{k},{-k}\n" for k in range(60))
    recording = opened(tmp_path, f"time,ecg,resp{separators}\n{rows}")
    assert list(recording.channels) == ["ecg", "resp"]


@pytest.mark.parametrize("n_quotes", [1, 2, 3])
@pytest.mark.parametrize("bad_lines", ["error", "skip"])
def test_a_quote_that_is_not_closed_takes_no_rows(
    tmp_path: Path, n_quotes: int, bad_lines: str
) -> None:
    odd = range(3000, 3000 + 100 * n_quotes, 100)
    text = "time,ecg,comment\n" + "".join(
        f"{i / 250:.3f},{i},{chr(34) + 'moved' if i in odd else 'ok'}\n" for i in range(10_000)
    )
    assert values(opened(tmp_path, text, bad_lines=bad_lines)) == list(range(10_000))


def test_rows_in_quotes_and_remarks_and_blank_lines_are_counted_right(tmp_path: Path) -> None:
    text = "time,ecg,comment\n" + "".join(
        f'{i / 250:.3f},{i},"a, b"\n{"# remark" if i % 7 == 0 else ""}\n' for i in range(100)
    )
    assert values(opened(tmp_path, text)) == list(range(100))


def test_count_rows_counts_neither_blank_lines_nor_remarks() -> None:
    assert count_rows(b"1,2\n\n  \n# a\n  % b\n3,4\n5") == 3


@pytest.mark.parametrize(
    "header",
    [
        '{"a":' * 3000 + "1" + "}" * 3000,
        '{"a": {"sampling rate": %s}}' % ("9" * 400),
        '{"a": {"sampling rate": 100, "date": "99999999999999999999-1-1", "time": "0:0:0"}}',
        '{"a": {"sampling rate": 100, "date": "2020-1-1", "time": "0:0:99999999999999999999"}}',
        "[1, 2]",
        "sampling rate: " + "9" * 400,
    ],
)
def test_remarks_of_any_content_leave_the_table_readable(tmp_path: Path, header: str) -> None:
    body = "time\tecg\n" + "".join(f"{i / 100}\t{i}\n" for i in range(50))
    assert values(opened(tmp_path, f"# {header}\n{body}", "a.txt")) == list(range(50))


@pytest.mark.parametrize(("encoding", "place"), [("utf-8", r" \(byte offset 21\)"), ("utf-16", "")])
def test_a_control_character_is_reported_with_its_place_in_the_file(
    tmp_path: Path, encoding: str, place: str
) -> None:
    text = "time,ecg\r\n0.00,1\r\n0.0\x071,2\r\n" + ROWS
    with pytest.raises(FormatError, match=f"line 3, column 4 .*{place}"):
        opened(tmp_path, text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp037"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
@pytest.mark.parametrize("n_lines", [0, 5, 40_000])
def test_the_first_row_found_is_the_first_row_read(
    tmp_path: Path, encoding: str, end: str, n_lines: int
) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(("# Größe\n" * n_lines + ROWS).replace("\n", end).encode(encoding))
    source = SourceFile(path)
    ends = read_ends(source, path, encoding)
    for number in (0, n_lines, n_lines + 7):
        if number < len(ends.lines):
            block = next(iter(LineBlocks(source, encoding, ends.starts[number])))
            first, *_ = block.data.decode().split("\n")
            assert (block.first_line, first) == (number + 1, ends.lines[number])


def test_gzip_streams_behind_each_other_are_one_text(tmp_path: Path) -> None:
    parts = ["# made by a recorder\n", "time,ecg\n", ROWS]
    data = b"".join(gzip.compress(part.encode(), mtime=0) for part in parts)
    assert values(opened(tmp_path, data, "x.csv.gz")) == list(range(60))


def test_rows_longer_than_the_first_look_are_seen_whole(tmp_path: Path) -> None:
    n = 60_000
    rows = "".join(f"{k}" + f",{k}.5" * n + "\n" for k in range(30))
    path = tmp_path / "x.csv"
    path.write_text(rows)
    ends = read_ends(SourceFile(path), path, None)
    assert ends.share < 1
    assert {line.count(",") for line in ends.lines} == {n}


def zipped(first: int, stop: int, head: str = "") -> bytes:
    return gzip.compress(
        (head + "".join(f"{i / 10},{i}\n" for i in range(first, stop))).encode(), mtime=0
    )


@pytest.mark.parametrize("piece", [1, 2, 3, 64, 1 << 20])
@pytest.mark.parametrize("between", [b"", b"\0", b"\0" * 9])
def test_gzip_streams_behind_one_another_are_read_whole(tmp_path, monkeypatch, piece, between):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", piece)
    path = tmp_path / "x.csv.gz"
    path.write_bytes(zipped(0, 40, "time,a\n") + between + zipped(40, 60) + between)
    recording = open_recording(path).wait()
    assert recording["a"].data.compute().tolist() == list(range(60))
    assert not recording.notes


@pytest.mark.parametrize("piece", [1, 64, 1 << 20])
@pytest.mark.parametrize("rest", [b"x", b"\x1f", b"\0\0\x1bxyz", b"\x1b\x8b" + zipped(40, 60)[2:]])
def test_what_follows_gzip_streams_and_is_none_is_noted(tmp_path, monkeypatch, piece, rest):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", piece)
    whole = zipped(0, 40, "time,a\n")
    path = tmp_path / "x.csv.gz"
    path.write_bytes(whole + rest)
    recording = open_recording(path).wait()
    assert recording["a"].n_samples == 40
    begin = len(whole) + len(rest) - len(rest.lstrip(b"\0"))
    assert [f"from byte {begin} on" in note for note in recording.notes] == [True]


@pytest.mark.parametrize("damage", ["", "x\t1\t2\n"])
@pytest.mark.parametrize("empty", ["\t\t", " \t\t "])
def test_a_row_of_tabs_takes_its_time_where_rows_are_counted(
    tmp_path: Path, damage: str, empty: str
) -> None:
    lines = [f"{k}\t{k}\t{k}\n" for k in range(60)]
    lines[30:30] = [f"{empty}\n"]
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\tc\n" + "".join(lines) + damage)
    recording = open_recording(path, fs=10, bad_values="nan").wait()
    values = recording["c"].read(0, 61)
    assert np.flatnonzero(np.isnan(values)).tolist() == [30]
    assert values[31] == 30


def test_units_below_the_names_leave_those_beside_other_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{k / 10},{k}\n" for k in range(60))
    path.write_text("Time (s),ECG\n,mV\n" + rows)
    recording = open_recording(path).wait()
    assert [(c.name, c.units, c.fs) for c in recording.channels.values()] == [("ECG", "mV", 10)]
