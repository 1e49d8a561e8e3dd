"""Ways in which the times of a text table are written, and what they are taken for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from text_files import opened
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


BEGIN = datetime(2024, 2, 13, 23, 59, 1)


def table(cell: Callable[[int], str], head: str = "time,HR\n", n: int = 150, sep: str = ",") -> str:
    return head + "".join(f"{cell(k)}{sep}{60 + k % 7}\n" for k in range(n))


def stamped(form: str) -> Callable[[int], str]:
    return lambda k: (BEGIN + timedelta(seconds=k)).strftime(form)


DATED = {
    "ctime": "%a %b %d %H:%M:%S %Y",
    "the program date": "%a %b %d %H:%M:%S UTC %Y",
    "JavaScript": "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
    "mail": '"%a, %d %b %Y %H:%M:%S +0000"',
    "MATLAB": "%d-%b-%Y %H:%M:%S",
    "MATLAB, AM and PM": "%d-%b-%y %I:%M:%S %p",
    "English": '"%b %d, %Y %H:%M:%S"',
    "SAS": "%d%b%Y:%H:%M:%S",
    "German": "%d. Februar %Y %H:%M:%S",
    "weekday and digits": "%a %d.%m.%Y %H:%M:%S",
    "digits": "%Y%m%d %H:%M:%S",
    "two digits a year": "%y%m%d%H%M%S",
    "two columns": "%d-%b-%Y,%H:%M:%S",
    "two columns, digits": "%Y%m%d,%H:%M:%S",
    "six columns": "%Y,%m,%d,%H,%M,%S",
    "four columns": "%d.%m.%Y,%H,%M,%S",
}
HEADS = {
    "two columns": "Date,Time,HR\n",
    "two columns, digits": "Date,Time,HR\n",
    "six columns": "Year,Month,Day,Hour,Minute,Second,HR\n",
    "four columns": "Datum,Stunde,Minute,Sekunde,HR\n",
}


@pytest.mark.parametrize("name", DATED)
def test_dates_are_read_however_they_are_written(tmp_path: Path, name: str) -> None:
    cell = stamped(DATED[name])
    if name == "German":
        cell = lambda k: f"{13 + (k > 58)}. Februar 2024 {stamped('%H:%M:%S')(k)}"  # noqa: E731
    recording = opened(tmp_path, table(cell, HEADS.get(name, "time,HR\n")))
    assert list(recording.channels) == ["HR"]
    base = recording["HR"].timebase
    assert (base.fs, base.n_samples, base.gaps) == (1, 150, [])
    assert recording.start is not None
    assert recording.start.replace(tzinfo=None) == BEGIN


@pytest.mark.parametrize(
    "form", ["%a %b %d %H:%M:%S %Y", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S"]
)
def test_stamps_with_blanks_in_a_table_of_blanks_are_one_time(tmp_path: Path, form: str) -> None:
    recording = opened(tmp_path, table(stamped(form), head="", sep=" "))
    assert len(recording.channels) == 1
    (channel,) = recording.channels.values()
    assert (channel.fs, channel.timebase.gaps) == (1, [])
    assert recording.start == BEGIN
    assert channel.data[:3].compute().tolist() == [60, 61, 62]


def test_afternoon_in_a_column_of_its_own_is_no_gap_at_noon(tmp_path: Path) -> None:
    noon = BEGIN.replace(hour=12, minute=59)
    text = table(lambda k: (noon + timedelta(seconds=k)).strftime("%I:%M:%S %p"), "", sep=" ")
    recording = opened(tmp_path, text)
    (channel,) = recording.channels.values()
    assert (channel.fs, channel.timebase.gaps) == (1, [])


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Hour,Minute,Second,HR\n", lambda k: f"10,{k // 60},{k % 60}"),
        (
            "hour,min,sec,HR\n",
            lambda k: f"{(23 + (k > 9)) % 24},{(59 + (k > 9)) % 60},{(50 + k) % 60}",
        ),
        ("hh,mm,ss,ms,HR\n", lambda k: f"10,{k // 60},{k % 60},500"),
    ],
)
def test_hour_minute_and_second_are_one_time(
    tmp_path: Path, head: str, cell: Callable[[int], str]
) -> None:
    recording = opened(tmp_path, table(cell, head, n=70))
    assert list(recording.channels) == ["HR"]
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (1, [])
    assert any(note.startswith("time combined from the columns ") for note in recording.notes)


def test_columns_named_min_and_max_are_no_time(tmp_path: Path) -> None:
    recording = opened(tmp_path, "hour,min,max\n" + "".join(f"{k},{k + 70},9\n" for k in range(50)))
    assert list(recording.channels) == ["min", "max"]


@pytest.mark.parametrize("late", [0, 2000], ids=["in the sampled rows", "behind the sampled rows"])
@pytest.mark.parametrize(("first", "then"), [("Z", ""), ("", "Z"), ("+01:00", "")])
def test_stamps_with_and_without_a_zone_are_refused(
    tmp_path: Path, late: int, first: str, then: str
) -> None:
    def cell(k: int) -> str:
        zone = first if k < late + 20 or (k >= late + 200 and late) else then
        return stamped("%Y-%m-%d %H:%M:%S")(k) + zone

    with pytest.raises(FormatError, match="time zone"):
        opened(tmp_path, table(cell, n=4000))


def test_clock_times_follow_the_change_of_their_zone(tmp_path: Path) -> None:
    recording = opened(
        tmp_path,
        table(lambda k: f"0{1 + 2 * (k > 59)}:{k % 60:02d}:00+0{1 + (k > 59)}:00", n=120),
    )
    assert recording["HR"].timebase.gaps == []


DAYS = {
    "a spreadsheet": (45000.5, datetime(2023, 3, 15, 12)),
    "MATLAB": (738000.25, datetime(2020, 7, 28, 6)),
    "Julian": (2460000.25, datetime(2023, 2, 24, 18)),
}


@pytest.mark.parametrize("head", ["", "time,HR\n"])
@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize("fs", [1, 10, 60])
def test_days_since_a_date_are_reported(tmp_path: Path, name: str, head: str, fs: int) -> None:
    first, start = DAYS[name]
    recording = opened(tmp_path, table(lambda k: f"{first + k / fs / 86400:.12f}", head))
    (channel,) = recording.channels.values()
    assert channel.fs == pytest.approx(fs, rel=1e-3)
    assert channel.timebase.gaps == []
    assert recording.start is not None
    begin = recording.start.replace(tzinfo=None) + timedelta(seconds=channel.timebase.start)
    assert abs(begin - start) < timedelta(seconds=0.5)
    assert any(note.startswith("time read as") for note in recording.notes)


@pytest.mark.parametrize("fs", [0.1, 1, 4, 100, 250])
@pytest.mark.parametrize("head", ["", "time,HR\n"])
def test_fractions_of_a_day_are_reported(tmp_path: Path, head: str, fs: float) -> None:
    recording = opened(tmp_path, table(lambda k: f"{0.25 + k / fs / 86400:.14f}", head))
    (channel,) = recording.channels.values()
    assert channel.fs == pytest.approx(fs, rel=1e-3)
    assert any("time read as days" in note and "time_unit='s'" in note for note in recording.notes)


@pytest.mark.parametrize("fs", [250, 1000, 2000, 10_000, 20_000, 22_050, 25_000, 44_100, 48_000])
def test_fast_seconds_stay_seconds(tmp_path: Path, fs: int) -> None:
    recording = opened(tmp_path, table(lambda k: f"{k / fs:.9f}"))
    assert recording["HR"].fs == pytest.approx(fs, rel=1e-3)


def test_fractions_of_a_day_that_may_be_seconds_are_asked_for(tmp_path: Path) -> None:
    text = table(lambda k: f"{k / 1440:.9f}")
    with pytest.raises(InvalidInputError, match="time_unit='d' or time_unit='s'"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, time_unit="d")["HR"].fs == pytest.approx(1 / 60, rel=1e-3)
    assert opened(tmp_path, text, time_unit="s")["HR"].fs == pytest.approx(1440, rel=1e-3)


@pytest.mark.parametrize("first", [0, 45, 35_990])
@pytest.mark.parametrize("fs", [1, 10])
def test_clock_times_without_colons_are_reported(tmp_path: Path, first: int, fs: int) -> None:
    def cell(k: int) -> str:
        minutes, second = divmod(36_000 + first + k / fs, 60)
        return f"{minutes // 60:02.0f}{minutes % 60:02.0f}{second:04.1f}"

    recording = opened(tmp_path, table(cell, n=1500))
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (fs, [])
    assert any("HHMMSS" in note for note in recording.notes)


def test_clock_times_without_colons_go_on_after_midnight(tmp_path: Path) -> None:
    def cell(k: int) -> str:
        second = (86_340 + k) % 86_400
        return str(second // 3600 * 10_000 + second // 60 % 60 * 100 + second % 60)

    recording = opened(tmp_path, table(cell, n=4000))
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (1, [])


def test_numbers_that_may_be_clock_times_are_asked_for(tmp_path: Path) -> None:
    text = table(lambda k: f"{120_000 + k / 10:.1f}")
    with pytest.raises(InvalidInputError, match="time_unit='datetime' or time_unit='s'"):
        opened(tmp_path, text)
    assert opened(tmp_path, text, time_unit="s")["HR"].fs == 10
    assert opened(tmp_path, text, time_unit="datetime")["HR"].fs == 10


@pytest.mark.parametrize("step", [4, 2, 10])
def test_milliseconds_are_no_clock_times(tmp_path: Path, step: int) -> None:
    recording = opened(tmp_path, table(lambda k: f"{120_000 + k * step}"))
    assert recording["HR"].fs == 1000 / step


@pytest.mark.parametrize("frames", [24, 25, 30, 50, 60])
@pytest.mark.parametrize("date", ["", "2024-02-13 "])
def test_frames_of_a_time_code_are_reported(tmp_path: Path, frames: int, date: str) -> None:
    def cell(k: int) -> str:
        return f"{date}10:00:{k // frames:02d}:{k % frames:02d}"

    recording = opened(tmp_path, table(cell, n=400))
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (frames, [])
    assert any(f"{frames} frames per second" in note for note in recording.notes)


def test_frames_that_may_be_hundredths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="frames or with hundredths"):
        opened(tmp_path, table(lambda k: f"10:00:00:{k:02d}", n=20))


@pytest.mark.parametrize("sign", [".", ":"])
@pytest.mark.parametrize("text", ["{:02d}", "{:03d}0", "{:d}"], ids=["hundredths", "µs", "ms"])
def test_digits_behind_the_seconds(tmp_path: Path, sign: str, text: str) -> None:
    step = {"{:02d}": 4, "{:03d}0": 40, "{:d}": 40}[text]

    def cell(k: int) -> str:
        return f"10:00:{k // 25:02d}{sign}{text.format(k % 25 * step)}"

    recording = opened(tmp_path, table(cell))
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (25, [])
    assert any("whole milliseconds" in note for note in recording.notes) == (text == "{:d}")


def test_decimals_without_zeros_at_their_end_stay_decimals(tmp_path: Path) -> None:
    recording = opened(
        tmp_path, table(lambda k: f"10:00:{k // 20:02d}.{f'{k % 20 * 5:02d}'.rstrip('0') or '0'}")
    )
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (20, [])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("0", lambda k: f"{1_700_000_000 + k}"),
        ("0", lambda k: f"{1_700_000_000_000 + k * 10}"),
        ("1", lambda k: f"{1_700_000_000 + k / 4:.2f}"),
    ],
)
def test_a_clock_that_was_not_set_at_first_is_reported(
    tmp_path: Path, first: str, then: Callable[[int], str]
) -> None:
    with pytest.raises(
        InvalidInputError, match=r"row 1 has the time .* since 1970-01-01.*not been set"
    ):
        opened(tmp_path, table(lambda k: then(k) if k else first))


@pytest.mark.parametrize("when", [1, 3, 1000])
def test_a_stamp_of_1970_before_others_is_reported(tmp_path: Path, when: int) -> None:
    def cell(k: int) -> str:
        moment = datetime(1970, 1, 1) if k < when else BEGIN
        return f"{moment + timedelta(seconds=k):%Y-%m-%d %H:%M:%S}"

    with pytest.raises(InvalidInputError, match=rf"row {when + 1} lies 54.* years after"):
        opened(tmp_path, table(cell, n=1200))


def test_pauses_of_a_long_recording_are_gaps(tmp_path: Path) -> None:
    def cell(k: int) -> str:
        return f"{datetime(2020, 1, 1) + timedelta(days=k + 800 * (k > 50)):%Y-%m-%d}"

    recording = opened(tmp_path, table(cell, "date,HR\n"))
    assert len(recording["HR"].timebase.gaps) == 1


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("date,w\n", "%Y-%m-%d"),
        ("date,w\n", "%Y%m%d"),
        ("time,w\n", "%Y%m%d"),
        ("Day,w\n", "%d-%b-%Y"),
    ],
)
def test_days_are_times(tmp_path: Path, head: str, form: str) -> None:
    recording = opened(tmp_path, table(lambda k: (BEGIN + timedelta(days=k)).strftime(form), head))
    assert recording.start == datetime(2024, 2, 13)
    assert recording["w"].fs == pytest.approx(1 / 86400)
    assert recording["w"].timebase.gaps == []


def test_spreadsheet_days_with_a_decimal_comma_are_times(tmp_path: Path) -> None:
    text = table(lambda k: f"{45000.5 + k / 86400:.9f}".replace(".", ","), "Datum;Puls\n", sep=";")
    recording = opened(tmp_path, text)
    assert list(recording.channels) == ["Puls"]
    assert recording["Puls"].fs == 1


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y"])
def test_days_of_many_rows_are_no_times(tmp_path: Path, form: str) -> None:
    text = table(lambda k: (BEGIN + timedelta(days=k // 60)).strftime(form), "date,HR\n")
    recording = opened(tmp_path, text, fs=4)
    assert (recording["HR"].fs, recording["HR"].timebase.gaps) == (4, [])
    with pytest.raises(InvalidInputError, match="no time column"):
        opened(tmp_path, text)
