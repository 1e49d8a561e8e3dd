"""What headers of other programs, and headers with absurd numbers, are read as."""

from __future__ import annotations

from datetime import datetime, time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, VitalError
from vital_widgets.io.reader import open_recording
from vital_widgets.io.wfdb.header import parse


def record(folder, text, name="rec"):
    np.arange(100, dtype="<i2").tofile(folder / f"{name}.dat")
    (folder / f"{name}.hea").write_text(text)
    return folder / f"{name}.hea"


def started(folder, start):
    """Open a record whose record line ends in a text; return start, time of day and notes."""
    text = f"rec 1 100 100 {start}\nrec.dat 16 10(0)/mV 16 0 0 0 0 II\n"
    with open_recording(record(folder, text)) as recording:
        np.testing.assert_allclose(recording["II"].data.compute(), np.arange(100) / 10)
        return recording.start, recording.metadata.get("start_time"), recording.notes


# ---------------------------------------------------------------- numbers of any length

LONG = [400, 4000, 5000, 100_000]
PLACES = {
    "signals, no rate": "rec {}\nrec.dat 16\n",
    "signals": "rec {} 100 100\nrec.dat 16\n",
    "segments": "rec/{} 1 100 100\nrec 100\n",
    "length of a segment": "rec/1 1 100 100\nx {}\n",
    "rate": "rec 1 {} 100\nrec.dat 16\n",
    "counter": "rec 1 100/{} 100\nrec.dat 16\n",
    "base counter": "rec 1 100/1({}) 100\nrec.dat 16\n",
    "samples": "rec 1 100 {}\nrec.dat 16\n",
    "format": "rec 1 100 100\nrec.dat {}\n",
    "samples per frame": "rec 1 100 100\nrec.dat 16x{}\n",
    "skew": "rec 1 100 100\nrec.dat 16:{}\n",
    "byte offset": "rec 1 100 100\nrec.dat 16+{}\n",
    "gain": "rec 1 100 100\nrec.dat 16 {}/mV\n",
    "baseline": "rec 1 100 100\nrec.dat 16 200({})/mV\n",
    "resolution": "rec 1 100 100\nrec.dat 16 200 {}\n",
    "zero": "rec 1 100 100\nrec.dat 16 200 16 {} 0 0 0 x\n",
    "negative zero": "rec 1 100 100\nrec.dat 16 200 16 -{} 0 0 0 x\n",
}


@pytest.mark.parametrize("digits", LONG)
@pytest.mark.parametrize("place", PLACES)
def test_a_number_of_hundreds_of_digits_is_an_error_that_names_line_and_number(
    tmp_path, place, digits
):
    text = PLACES[place].format("9" * digits)
    line = 1 + text[: text.index("999")].count("\n")
    with pytest.raises(FormatError, match=rf"rec\.hea, line {line}: .*9999.* too large") as caught:
        open_recording(record(tmp_path, text))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("place", ["initial value", "checksum", "block"])
def test_numbers_that_are_not_used_may_be_of_any_length(tmp_path, place):
    fields = {"initial value": "0", "checksum": "0", "block": "0", place: "9" * 5000}
    line = "rec.dat 16 10(0)/mV 16 0 {initial value} {checksum} {block} II".format(**fields)
    with open_recording(record(tmp_path, f"rec 1 100 100\n{line}\n")) as recording:
        assert recording["II"].read(10, 11).tolist() == [1.0]


@pytest.mark.parametrize("text", ["1e-400", "0." + "0" * 400 + "1", "1e400", "1e-307"])
def test_a_gain_that_no_float_holds_is_not_taken_for_none(tmp_path, text):
    with pytest.raises(FormatError, match=r"line 2: .*(too small|too large|no sample has)"):
        open_recording(record(tmp_path, PLACES["gain"].format(text)))


@pytest.mark.parametrize("text", ["1e-400", "1e400", "0", "0.0", "-5"])
def test_a_rate_that_is_none_is_named(tmp_path, text):
    with pytest.raises(FormatError, match=r"line 1: .*(too small|too large|not a finite number)"):
        open_recording(record(tmp_path, PLACES["rate"].format(text)))


@pytest.mark.parametrize(
    "start",
    [
        *("99999999999:00:00", f"{'9' * 25}:00:00", f"00:{'9' * 400}:00", f"00:00:{'9' * 400}"),
        *("25:00:00", "00:60:00", "00:00:60", "0:0:0:0", f"{'9' * 5000}"),
    ],
)
def test_a_start_far_beyond_a_day_is_left_out_with_a_note(tmp_path, start):
    at, clock, notes = started(tmp_path, start)
    assert (at, clock) == (None, None)
    assert [note.startswith("the start") and "left out" in note for note in notes] == [True]
    assert len(notes[0]) < 200


@pytest.mark.parametrize("digits", [1, 9, 400, 5000])
def test_seconds_with_many_decimals_are_rounded(tmp_path, digits):
    start, _, notes = started(tmp_path, f"8:26:04.{'9' * digits} 26/10/1994")
    assert start == datetime(1994, 10, 26, 8, 26, 4, 900_000 if digits == 1 else 999_999)
    assert notes == []


@pytest.mark.parametrize("text", ["9" * 20_000 + "x", "1." * 20_000, "1e" * 20_000, "x/1" * 20_000])
@pytest.mark.parametrize("line", ["rec 1 {}", "{} 1", "rec 1 1 1 {}", "rec 1\n{}", "rec 1\na 1 {}"])
def test_a_long_line_takes_no_longer_than_its_length(tmp_path, line, text):
    try:
        parse(line.format(text), tmp_path / "rec.hea")
    except FormatError as error:
        assert len(str(error)) < 500  # noqa: PT017 - either outcome is right


numbers = st.sampled_from(
    ["0", "1", "-1", "1e9", "9" * 18, "9" * 19, "1e308", "1e-308", "-0", "+5"]
)


@given(place=st.sampled_from(sorted(PLACES)), number=numbers)
def test_any_number_anywhere_is_read_or_an_error_of_ours(tmp_path_factory, place, number):
    folder = tmp_path_factory.mktemp("header")
    try:
        with open_recording(record(folder, PLACES[place].format(number))) as recording:
            for channel in recording.channels.values():
                channel.window(0, 1)
    except VitalError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


# ---------------------------------------------------------------- when a record starts


@pytest.mark.parametrize(
    "start",
    [
        *("05-May-2020 09:49:17", "09:49:17 05-May-2020", "5-may-2020 9:49:17"),
        *("05/05/2020 09:49:17", "2020-05-05 09:49:17", "2020-05-05T09:49:17"),
        *("09:49:17 2020/05/05", "09:49:17 05.05.2020", "05/MAY/2020 09:49:17.0"),
        "09:49:17\t5-5-2020",
    ],
)
def test_a_start_written_as_other_programs_do_is_read_with_a_note(tmp_path, start):
    at, _, notes = started(tmp_path, start)
    assert at == datetime(2020, 5, 5, 9, 49, 17)
    assert [repr(start) in note and "2020-05-05 09:49:17" in note for note in notes] == [True]


@pytest.mark.parametrize(
    "start", ["09:49:17 05/05/2020", "9:49:17   5/5/2020", "9:49:17.0 5/5/2020"]
)
def test_a_start_written_as_wfdb_does_needs_no_note(tmp_path, start):
    assert started(tmp_path, start) == (datetime(2020, 5, 5, 9, 49, 17), None, [])


MONTHS = "January February March April May June July August September October November December"


@pytest.mark.parametrize(("number", "name"), list(enumerate(MONTHS.split(), 1)))
def test_months_have_english_names_wherever_it_runs(tmp_path, number, name):
    for text in (name, name[:3], name[:3].upper()):
        assert started(tmp_path, f"11-{text}-2020 01:02:03")[0] == datetime(
            2020, number, 11, 1, 2, 3
        )


@pytest.mark.parametrize(
    ("start", "clock"),
    [
        ("09:49:17 31/02/2020", time(9, 49, 17)),
        ("09:49:17 05/26/2020", time(9, 49, 17)),
        ("09:49:17 0/0/0", time(9, 49, 17)),
        ("09:49:17 26/10/94", time(9, 49, 17)),
        ("09:49:17 05-Mai-2020", time(9, 49, 17)),
        ("09:49:17 26th/10/1994", time(9, 49, 17)),
        ("09:49:17 1/1/" + "9" * 5000, time(9, 49, 17)),
        ("26/10/1994", None),
        ("09:49:17 PM", None),
        ("09:49:17 PM 26/10/1994", None),
        ("26/10/1994 09:49:17 Uhr", None),
        ("26 May 2020 09:49:17", None),
        ("09:49:17 10:49:17 26/10/1994", None),
        ("09:49:17 26/10/1994 27/10/1994", None),
        ("99:49:17 26/10/1994", None),
        ("soon", None),
        ("5th", None),
    ],
)
def test_a_start_that_cannot_be_read_is_left_out_with_a_note(tmp_path, start, clock):
    at, clock_time, notes = started(tmp_path, start)
    assert (at, clock_time) == (None, clock)
    assert [note.startswith("the start") and "left out" in note for note in notes] == [True]


def test_a_time_of_two_parts_is_said_to_be_minutes_and_seconds(tmp_path):
    at, clock, notes = started(tmp_path, "8:26")
    assert (at, clock) == (None, time(0, 8, 26))
    assert "'8:26' is read as 00:08:26" in notes[0]


def test_a_start_may_follow_the_rate(tmp_path):
    text = "rec 1 100 8:26:04 26/10/1994\nrec.dat 16 10/mV\n"
    with open_recording(record(tmp_path, text)) as recording:
        assert recording.start == datetime(1994, 10, 26, 8, 26, 4)
        assert recording["channel 1"].n_samples == 100


@pytest.mark.parametrize(
    "line", ["rec 1 100 1e5", "rec 1 100 ten", "rec 1 100 50.5 8:26:04", "rec 1 x"]
)
def test_what_is_no_number_of_samples_is_refused(tmp_path, line):
    with pytest.raises(FormatError, match=f"line 1: '{line}' is not a line of a WFDB header"):
        open_recording(record(tmp_path, f"{line}\nrec.dat 16 10/mV\n"))


@given(start=st.text(max_size=40) | st.text("0123456789:./-T MayPM", max_size=30))
def test_no_text_after_the_samples_keeps_a_record_from_being_read(tmp_path_factory, start):
    folder = tmp_path_factory.mktemp("start")
    shown = " ".join(start.split())
    text = f"rec 1 100 100 {shown}\nrec.dat 16 10/mV\n"
    header = parse(text, folder / "rec.hea")
    assert header.n_frames == 100
    if header.start is None and shown:
        assert header.notes or header.start_time is not None
