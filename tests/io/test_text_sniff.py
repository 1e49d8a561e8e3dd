from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.cells import name_and_units, unique_names
from vital_widgets.io.text.text_reader import open_file, sniff

START = datetime(2024, 12, 24, 22, 10, 5, 250_000)


def written(tmp_path: Path, text: str, name: str = "x.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def opened(path: Path, **options):
    with open_file(path, **options) as recording:
        recording.wait()
        values = {name: c.read(0, c.n_samples) for name, c in recording.channels.items()}
        first = next(iter(recording.channels.values()))
        return recording, values, first.timebase.times(0, first.n_samples)


@pytest.mark.parametrize(
    ("header", "name", "units"),
    [
        ("ECG (mV)", "ECG", "mV"),
        ("ECG [mV]", "ECG", "mV"),
        ("ECG/mV", "ECG", "mV"),
        ("ecg_mV", "ecg", "mV"),
        ("  Temp. (°C) ", "Temp.", "°C"),
        ("Fp1/A2", "Fp1/A2", ""),
        ("acc_x", "acc_x", ""),
        ("SpO2 (%)", "SpO2", "%"),
        ("ECG\n(mV)", "ECG", "mV"),
        ("ECG\r\nlead II\u2028[mV]", "ECG lead II", "mV"),
        ("Resp\x85belt\v", "Resp belt", ""),
        ("", "", ""),
    ],
)
def test_units_are_read_from_headers(header, name, units):
    assert name_and_units(header) == (name, units)


def test_names_become_unique():
    names, notes = unique_names(["EEG", "", "EEG", "EEG"])
    assert names == ["EEG", "channel 2", "EEG (2)", "EEG (3)"]
    assert notes == [
        "column 2 has no name; it is named 'channel 2'",
        "3 columns are named 'EEG': column 3 is renamed 'EEG (2)', column 4 is renamed 'EEG (3)'",
    ]


def clock(t: timedelta) -> datetime:
    return START + t


TIME_WRITERS = {
    "s": ("Time (s)", lambda t: f"{t.total_seconds():.3f}", None),
    "ms": ("time_ms", lambda t: f"{t / timedelta(milliseconds=1):.0f}", None),
    "unix": ("timestamp", lambda t: f"{clock(t).replace(tzinfo=UTC).timestamp():.3f}", UTC),
    "unix ms": (
        "timestamp",
        lambda t: f"{round(clock(t).replace(tzinfo=UTC).timestamp() * 1000)}",
        UTC,
    ),
    "iso": ("date", lambda t: clock(t).isoformat(), None),
    "iso zoned": (
        "Time",
        lambda t: clock(t).isoformat() + "+01:00",
        timezone(timedelta(hours=1)),
    ),
    "iso Z": ("t", lambda t: f"{clock(t):%Y-%m-%d %H:%M:%S.%f}Z", UTC),
    "german": ("Zeit", lambda t: f"{clock(t):%d.%m.%Y %H:%M:%S},{clock(t):%f}", None),
    "american": ("when", lambda t: f"{clock(t):%m/%d/%Y %I:%M:%S.%f %p}", None),
    "british": ("when", lambda t: f"{clock(t):%d/%m/%Y %H:%M:%S.%f}", None),
}


@settings(max_examples=60)
@given(
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    decimal=st.sampled_from([".", ","]),
    kind=st.sampled_from(sorted(TIME_WRITERS)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    step_ms=st.sampled_from([1, 2, 4, 10, 20, 125]),
    comments=st.sampled_from(["", "# made by a recorder\n", "% a\n% b\n", "// x\n"]),
    columns=st.lists(
        st.lists(
            st.one_of(
                st.floats(-1e6, 1e6).map(lambda x: round(x, 4)),
                st.integers(-32768, 32767),
                st.just(float("nan")),
            ),
            min_size=12,
            max_size=12,
        ),
        min_size=1,
        max_size=3,
    ),
    ended=st.booleans(),
)
def test_what_is_written_comes_back(  # noqa: PLR0917
    tmp_path, separator, decimal, kind, encoding, newline, step_ms, comments, columns, ended
):
    assume(separator != "," or (decimal == "." and kind != "german"))
    assume(separator != " " or kind != "american")
    title, write, zone = TIME_WRITERS[kind]
    missing = "NaN" if separator == " " else ""

    def cell(value):
        if np.isnan(value):
            return missing
        return str(value).replace(".", decimal)

    fix_time = (lambda s: s.replace(".", decimal)) if kind in {"s", "unix"} else (lambda s: s)
    names = [f"S{k} [µV]" if separator != " " else f"S{k}[µV]" for k in range(len(columns))]
    header = separator.join([title.replace(" ", "_") if separator == " " else title, *names])
    if separator == " " and kind in {"iso Z", "german", "british"}:
        header = "Day " + header
    assume(all(not np.all(np.isnan(column)) for column in columns))
    rows = [
        separator.join(
            [fix_time(write(timedelta(milliseconds=i * step_ms))), *[cell(c[i]) for c in columns]]
        )
        for i in range(len(columns[0]))
    ]
    text = comments.replace("\n", newline) + newline.join([header, *rows])
    path = written(tmp_path, text + newline * ended, encoding=encoding)
    recording, values, times = opened(path)
    assert list(values) == [f"S{k}" for k in range(len(columns))]
    for column, found in zip(columns, values.values(), strict=True):
        np.testing.assert_array_equal(found, np.array(column, float))
    expected = np.arange(len(rows)) * step_ms / 1000
    # A float of seconds since 1970 holds no more than this of its fraction.
    np.testing.assert_allclose(times - times[0], expected, atol=1e-6 if kind == "unix" else 1e-9)
    assert all(channel.units == "µV" for channel in recording.channels.values())
    if kind in {"s", "ms"}:
        assert recording.start is None
    else:
        assert recording.start is not None
        shift = timedelta(seconds=times[0])
        assert abs(recording.start.replace(tzinfo=None) + shift - START) < timedelta(milliseconds=1)
        assert (recording.start.tzinfo is None) == (zone is None)
        if zone is not None:
            assert recording.start.utcoffset() == zone.utcoffset(None)


def test_physionet_export(tmp_path):
    text = "'Elapsed time','ECG','Resp'\n'seconds','mV','NU'\n0.000,-0.145,-\n0.004,-0.1,0.5\n"
    recording, values, times = opened(written(tmp_path, text + "0.008,0.2,0.6\n"))
    assert {n: c.units for n, c in recording.channels.items()} == {"ECG": "mV", "Resp": "NU"}
    np.testing.assert_array_equal(values["Resp"], [np.nan, 0.5, 0.6])
    np.testing.assert_allclose(times, [0, 0.004, 0.008])


def test_physionet_export_with_clock_strings(tmp_path):
    rows = "".join(f"'{i // 60}:{i % 60:02d}.500',{i}\n" for i in range(55, 65))
    text = "'Elapsed time','ECG'\n'mm:ss.mmm','mV'\n" + rows
    _, values, times = opened(written(tmp_path, text))
    np.testing.assert_allclose(times, np.arange(55, 65) + 0.5)
    np.testing.assert_array_equal(values["ECG"], np.arange(55, 65))


def test_clock_times_pass_midnight(tmp_path):
    moments = [datetime(2024, 1, 1, 23, 59, 59) + timedelta(milliseconds=250 * i) for i in range(9)]
    rows = "".join(f"{m:%H:%M:%S.%f};{i}\n" for i, m in enumerate(moments))
    recording, _, times = opened(written(tmp_path, "Uhrzeit;PPG\n" + rows))
    np.testing.assert_allclose(times, np.arange(9) / 4)
    assert recording.start is None
    assert recording.metadata["clock_start"].startswith("23:59:59")


def test_date_and_clock_in_two_columns(tmp_path):
    rows = "".join(f"24.12.2024;23:59:5{i},500;{i},5\n" for i in range(10))
    recording, values, times = opened(written(tmp_path, "Datum;Zeit;EKG (mV)\n" + rows))
    assert recording.start == datetime(2024, 12, 24, 23, 59, 50, 500_000)
    assert list(values) == ["EKG"]
    np.testing.assert_allclose(times, np.arange(10))


def test_ambiguous_dates_are_read_with_a_note(tmp_path):
    rows = "".join(f"03/04/2024 10:10:{s:02d},{s}\n" for s in range(10))
    path = written(tmp_path, "when,x\n" + rows)
    recording, _, _ = opened(path)
    assert recording.start == datetime(2024, 4, 3, 10, 10)
    assert any("day_first" in note for note in recording.notes)
    recording, _, _ = opened(path, day_first=False)
    assert recording.start == datetime(2024, 3, 4, 10, 10)
    assert not recording.notes


def test_no_header(tmp_path):
    rows = "".join(f"{i / 100},{i},{-i}\n" for i in range(20))
    _recording, values, times = opened(written(tmp_path, rows))
    assert list(values) == ["channel 2", "channel 3"]
    np.testing.assert_allclose(times, np.arange(20) / 100)


def test_header_with_a_remark_sign(tmp_path):
    rows = "".join(f"{i / 100} {i}\n" for i in range(20))
    _, values, _ = opened(written(tmp_path, "# time ecg\n" + rows, "x.txt"))
    assert list(values) == ["ecg"]


def test_sample_numbers_need_a_rate(tmp_path):
    rows = "".join(f"{i},{i * i}\n" for i in range(10) if i != 5)
    path = written(tmp_path, "sample,ecg\n" + rows)
    with pytest.raises(InvalidInputError, match="fs="):
        open_file(path)
    recording, _, times = opened(path, fs=250)
    np.testing.assert_allclose(times, np.delete(np.arange(10), 5) / 250)
    assert recording["ecg"].gaps == [(pytest.approx(5 / 250), pytest.approx(6 / 250))]


def test_counter_that_begins_again(tmp_path):
    rows = "".join(f"{i % 16}\t{i}\n" for i in range(40))
    text = '# {"a": {"sampling rate": 100, "column": ["nSeq", "A1"]}}\n# EndOfHeader\n' + rows
    _, values, times = opened(written(tmp_path, text, "x.txt"))
    assert list(values) == ["A1"]
    np.testing.assert_allclose(times, np.arange(40) / 100)


def test_no_rate_is_made_up(tmp_path):
    path = written(tmp_path, "530\n518\n506\n")
    with pytest.raises(InvalidInputError, match=r"give fs=.*'channel 1' \(530, 518, 506") as error:
        open_file(path)
    assert path.name in str(error.value)


def test_rate_from_a_remark(tmp_path):
    path = written(tmp_path, "Device X\nSampling rate: 360 Hz\nECG (mV)\n1\n2\n3\n")
    recording, values, _times = opened(path)
    assert recording["ECG"].fs == 360
    assert any("360" in note for note in recording.notes)
    np.testing.assert_array_equal(values["ECG"], [1, 2, 3])


def test_one_column_with_decimal_comma(tmp_path):
    _, values, _ = opened(written(tmp_path, "0,455\n0,46\n0,05\n1\n"), fs=10)
    np.testing.assert_array_equal(values["channel 1"], [0.455, 0.46, 0.05, 1])


def test_doubtful_unit_of_time_is_noted(tmp_path):
    recording, _, times = opened(written(tmp_path, "time,x\n0,1\n4,2\n8,3\n12,4\n"))
    np.testing.assert_allclose(times, [0, 0.004, 0.008, 0.012])
    assert any("time_unit" in note for note in recording.notes)


def test_options_override(tmp_path):
    path = written(tmp_path, "junk;of;a\ntime,ecg,label\n0,1,a\n4,2,b\n8,3,c\n")
    recording, values, times = opened(
        path, separator=",", header=1, time="time", time_unit="s", units={"ecg": "mV"}
    )
    np.testing.assert_allclose(times, [0, 4, 8])
    assert recording["ecg"].units == "mV"
    assert any("label" in note for note in recording.notes)
    _, values, times = opened(path, header=None, time=None, fs=2, channels=[1, 0])
    assert list(values) == ["channel 2", "channel 1"]
    with pytest.raises(InvalidInputError, match="'label'"):
        open_file(path, channels=["label"])
    with pytest.raises(InvalidInputError, match="no column 'nope'"):
        open_file(path, time="nope")
    with pytest.raises(InvalidInputError, match="time_unit"):
        open_file(path, time_unit="weeks")
    with pytest.raises(InvalidInputError, match="bad_values"):
        open_file(path, bad_values="drop")
    with pytest.raises(InvalidInputError, match="encoding"):
        open_file(path, encoding="utf-99")
    with pytest.raises(InvalidInputError, match="separator"):
        open_file(path, separator="::")


def test_columns_without_numbers_only(tmp_path):
    with pytest.raises(FormatError):
        open_file(written(tmp_path, "a,b\nx,y\nz,w\n"))


@pytest.mark.parametrize("text", ["time,ecg\n", "<html><body>404</body></html>\n", "1"])
def test_no_table(tmp_path, text):
    with pytest.raises((FormatError, InvalidInputError)):
        open_file(written(tmp_path, text))


def test_sniff_takes_text_only(tmp_path):
    assert sniff(b"time,ecg\n0,1\n", tmp_path)
    assert sniff("time,ecg\n0,1\n".encode("utf-16"), tmp_path)
    assert not sniff(bytes(range(256)), tmp_path)
    assert not sniff(b"PAR1\x15\x04\x15", tmp_path)
    assert not sniff(b"\x1f\x8b\x08damaged", tmp_path)


@settings(max_examples=60)
@given(
    st.one_of(
        st.binary(min_size=1, max_size=400),
        st.text(alphabet="0123456789.,;: \n-eE/Tn\"'\t", min_size=1),
    )
)
def test_random_bytes_give_our_errors_only(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        with open_file(path, fs=10.0) as recording:
            recording.wait()
            lengths = {channel.n_samples for channel in recording.channels.values()}
        assert len(lengths) == 1
    except (FormatError, InvalidInputError) as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "unit",
    ["mV", "µV", "uV", "m/s²", "m/s^2", "m/s2", "m s-2", "beats/min", "1/min", "mmol/L", "kcal",
     "semicircles", "watts", "°C", "deg C", "%", "V/s", "µV²/Hz", "ms²", "l/s", "a.u.",
     "Arb. units", "Volts", "dB", "kΩ", "mg", "N/m2", "rad/s", "g/64", "µS", "BPM", "counts"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{} ({})", "{} [{}]", "{}_({})"])
def test_units_in_brackets(unit, form):
    assert name_and_units(form.format("Signal 1", unit)) == ("Signal 1", unit)


@pytest.mark.parametrize(
    "word",
    ["lead II", "raw", "II", "V1", "C3", "left", "L", "A", "x", "1", "filtered", "avg", "max", "S1",
     "Bed 4", "LA-RA", "2 of 3", "not calibrated", "z-score"],
)  # fmt: skip
def test_what_is_no_unit_stays_in_the_name(word):
    assert name_and_units(f"ECG ({word})") == (f"ECG ({word})", "")
    assert name_and_units(f"time ({word})") == ("time", word)  # no channel


def test_channels_that_differ_in_brackets_only_keep_their_names(tmp_path):
    text = "time,EMG (left) [mV],EMG (right) [mV],RR (raw)\n"
    text += "".join(f"{k / 10:.1f},1,2,3\n" for k in range(20))
    recording, _, _ = opened(written(tmp_path, text))
    found = [(channel.name, channel.units) for channel in recording.channels.values()]
    assert found == [("EMG (left)", "mV"), ("EMG (right)", "mV"), ("RR (raw)", "")]


@pytest.mark.parametrize("line", ["Unit,µV", "Units: µV", "Einheit,µV"])
def test_a_line_with_the_unit_of_a_single_column_is_no_name(tmp_path, line):
    text = f"Sample Rate,512 hertz\n{line}\n\n" + "".join(f"{k}.5\n" for k in range(20))
    recording, _, _ = opened(written(tmp_path, text))
    assert list(recording.channels) == ["channel 1"]
