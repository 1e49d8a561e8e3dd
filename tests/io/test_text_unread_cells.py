"""Errors about cells that are numbers to a person: which cell, why, and what is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from text_files import opened
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path


ODD = {
    '"1,013,250"': "it has separators of thousands",
    "1'013": "it has separators of thousands",
    "1\u202f013": "it has separators of thousands",
    "95%": "another character follows the number",
    "36 mV": "another character follows the number",
    "\u22121.5": "minus sign",
    "0x1F": "hexadecimal",
    "1.5D+02": "exponent",
}


@pytest.mark.parametrize("cell", ODD)
def test_a_table_of_odd_numbers_says_what_is_odd(tmp_path: Path, cell: str) -> None:
    text = "time,x\n" + "".join(f"{k},{cell}\n" for k in range(50))
    with pytest.raises(FormatError, match=rf"column 'x' .*\(line 2\).*{ODD[cell]}.*1013\.25"):
        opened(tmp_path, text)


@pytest.mark.parametrize("cell", ODD)
def test_a_column_of_odd_numbers_beside_others_is_reported(tmp_path: Path, cell: str) -> None:
    text = "time,x,y\n" + "".join(f"{k},{cell},{k}\n" for k in range(50))
    recording = opened(tmp_path, text)
    assert list(recording.channels) == ["y"]
    assert any(ODD[cell] in note for note in recording.notes)
    with pytest.raises(InvalidInputError, match=ODD[cell]):
        opened(tmp_path, text, channels=["x"])


@pytest.mark.parametrize("channels", [["time"], [0], ["a", "time"]])
def test_the_time_is_no_channel(tmp_path: Path, channels: list[Any]) -> None:
    text = "time,a\n" + "".join(f"{k},{k}\n" for k in range(50))
    with pytest.raises(
        InvalidInputError, match=r"'time' is the time .* others are a\), or give fs"
    ):
        opened(tmp_path, text, channels=channels)
    assert list(opened(tmp_path, text, channels=channels, fs=1, time=None).channels)


POINTS = {
    "in the sampled rows": lambda k: 900 + k,
    "far down": lambda k: 990 + k % (5 if k < 5000 else 30),
    "in the next block": lambda k: 990 + k % 5 if k < 300_000 or k > 310_000 else 1003 + k % 5,
}


@pytest.mark.parametrize("name", POINTS)
def test_points_that_separate_thousands_are_no_decimals(tmp_path: Path, name: str) -> None:
    def cell(k: int) -> str:
        return f"{POINTS[name](k):,}".replace(",", ".")

    n = 320_000 if name == "in the next block" else 300 if "looked" in name else 9000
    text = "t;p\n" + "".join(f"{k};{cell(k)}\n" for k in range(n)) + f"{n};999\n" * (n > 300)
    with pytest.raises(FormatError, match=r"column 'p': the point in '1\.0\d\d' .*decimal='\.'"):
        opened(tmp_path, text)


def test_points_in_the_time_that_separate_thousands_are_reported(tmp_path: Path) -> None:
    for n in (600, 260):
        text = "Zeit (ms);p\n" + "".join(f"{4 * k:,};{k % 9}\n".replace(",", ".") for k in range(n))
        with pytest.raises(FormatError, match=r"column 'Zeit': the point in '1\.000'"):
            opened(tmp_path, text)


@pytest.mark.parametrize("late", ["72.5", "72.125", "0.125", "990.125", "1.5"])
def test_decimals_far_down_a_column_of_whole_numbers_are_read(tmp_path: Path, late: str) -> None:
    whole = round(float(late)) + 1
    text = "t;p\n" + "".join(f"{k};{whole if k < 5000 else late}\n" for k in range(9000))
    values = opened(tmp_path, text)["p"].data.compute()
    assert (values[0], values[-1]) == (whole, float(late))


def test_commas_in_quotes_may_be_thousands_or_decimals(tmp_path: Path) -> None:
    text = "time,p\n" + "".join(f'{k},"{1200 + k:,}"\n' for k in range(50))
    with pytest.raises(FormatError, match=r"column 'p': the comma in '1,200' .*decimal=','"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, decimal=",")["p"].data[1].compute() == 1.201
    text = text.replace('"1,2', '"0,2')
    assert opened(tmp_path, text)["p"].data[1].compute() == 0.201


def test_points_are_decimals_where_the_user_says_so(tmp_path: Path) -> None:
    text = "t;p\n" + "".join(f"{k};{900 + k:,}\n".replace(",", ".") for k in range(300))
    assert opened(tmp_path, text, decimal=".")["p"].data[101].compute() == 1.001


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\r\n", b"\r\n\x1a", b"\x1a" * 128, b"\x1a\0\0"])
@pytest.mark.parametrize("n", [50, 200_000])
def test_the_end_mark_of_dos_is_no_row(tmp_path: Path, end: bytes, n: int) -> None:
    text = b"time,a\r\n" + b"".join(b"%d,%d\r\n" % (k, k % 77) for k in range(n))
    recording = opened(tmp_path, text + end)
    assert recording["a"].n_samples == n
    assert not any("left out" in note and "cut" in note for note in recording.notes)


def test_that_mark_in_the_middle_is_reported(tmp_path: Path) -> None:
    text = b"time,a\n" + b"".join(b"%d,%d\n" % (k, k) for k in range(50))
    with pytest.raises(FormatError, match="line 52, column 1 holds the control character"):
        opened(tmp_path, text + b"\x1a\n51,3\n")


RDSAMP = {
    "seconds": (
        "     Elapsed time\t     II\t     V\n   (seconds)\t(mV)\t(mV)\n",
        "{:12.3f}\t{}\t{}\n",
    ),
    "elapsed": (
        "   Elapsed time   II   V\n   hh:mm:ss.mmm  (mV)  (mV)\n",
        "    0:{:06.3f}   {}   {}\n",
    ),
    "date": (
        "   Time  Date  II   V\n (hh:mm:ss.mmm) (dd/mm/yyyy)  (mV)  (mV)\n",
        "[10:30:{:06.3f} 13/02/2000]   {}   {}\n",
    ),
}


@pytest.mark.parametrize("name", RDSAMP)
def test_what_rdsamp_prints_is_read(tmp_path: Path, name: str) -> None:
    head, row = RDSAMP[name]
    recording = opened(
        tmp_path, head + "".join(row.format(k / 250, k / 4, k) for k in range(300)), "r.txt"
    )
    assert [(c.name, c.units, c.fs) for c in recording.channels.values()] == [
        ("II", "mV", 250),
        ("V", "mV", 250),
    ]
