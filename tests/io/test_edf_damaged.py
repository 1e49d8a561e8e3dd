"""EDF and BDF files that break the rules: what is whole is read, and what is wrong is said."""

from __future__ import annotations

import os
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.errors import FormatError, VitalError
from vital_widgets.io.edf import edf_reader as edf
from vital_widgets.io.reader import open_recording
from vital_widgets.testing import EdfSignal, tal, write_edf


def ramp(n_records=10, per_record=20, label="ECG", **more):
    return EdfSignal(label, np.arange(n_records * per_record) - 50, **more)


def test_decimal_commas_foreign_letters_and_times_with_colons(tmp_path):
    signal = ramp(
        fields={"physical_min": "-1,5", "physical_max": "1,5", "units": "µV".encode("latin-1")}
    )
    path = write_edf(
        tmp_path / "a.edf",
        [signal],
        n_records=10,
        fields={"duration": "0,5", "time": "22:04:05", "patient": "Müller"},
    )
    rec = open_recording(path)
    assert rec["ECG"].fs == 40
    assert rec["ECG"].units == "µV"
    assert rec["ECG"].gain == pytest.approx(3 / 65535)
    assert rec.start == datetime(2021, 3, 2, 22, 4, 5)
    assert rec.metadata["patient"] == "Müller"
    assert sum("comma" in note for note in rec.notes) == 3


@pytest.mark.parametrize(
    ("declared", "held", "word"),
    [
        ("-1", 10, "does not give the number"),
        ("12", 10, "cut short"),
        ("7", 10, "all are shown"),
        ("x", 10, "does not give"),
    ],
)
def test_wrong_numbers_of_records(tmp_path, declared, held, word):
    path = write_edf(tmp_path / "a.edf", [ramp()], n_records=10, fields={"n_records": declared})
    rec = open_recording(path)
    assert rec["ECG"].n_samples == held * 20
    assert len(rec.notes) == 1
    assert word in rec.notes[0]


def test_a_partial_last_record_is_noted_with_what_is_lost(tmp_path):
    path = write_edf(tmp_path / "a.edf", [ramp()], n_records=10, tail=b"12345678")
    rec = open_recording(path)
    assert rec.duration == 10
    assert rec.notes == [
        "The file ends within a data record: the last 8 bytes (0.2 s) are not shown."
    ]


def test_a_header_alone_is_a_recording_without_samples(tmp_path):
    path = write_edf(tmp_path / "a.edf", [ramp(0)], n_records=0, fields={"n_records": "0"})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"0".ljust(8) + b" " * 32, b"20".ljust(8) + b" " * 32))
    rec = open_recording(path)
    assert rec["ECG"].n_samples == 0
    assert rec["ECG"].data.compute().shape == (0,)
    assert rec["ECG"].window(0, 1)[1].shape == (0,)
    assert rec.duration == 0
    assert any("no data record" in note for note in rec.notes)


@pytest.mark.parametrize(
    ("fields", "signal_fields", "word"),
    [
        ({"duration": "-1"}, {}, "duration"),
        ({"duration": "abc"}, {}, "'abc'"),
        ({"duration": "nan"}, {}, "'nan'"),
        ({"duration": "0"}, {}, "0 s"),
        ({}, {"samples": "0"}, "0 samples"),
        ({}, {"samples": "-5"}, "'-5'"),
        ({}, {"samples": "many"}, "'many'"),
        ({"n_signals": "0"}, {}, "number of signals"),
        ({"n_signals": "99"}, {}, "cut short"),
        ({"version": "9"}, {}, "begins with"),
    ],
)
def test_headers_that_cannot_be_used_give_a_clear_error(tmp_path, fields, signal_fields, word):
    path = write_edf(tmp_path / "a.edf", [ramp(fields=signal_fields)], n_records=10, fields=fields)
    with pytest.raises(FormatError, match=word) as caught:
        edf.open_file(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("size", [0, 1, 100, 255, 256, 511])
def test_files_smaller_than_their_header(tmp_path, size):
    path = write_edf(tmp_path / "a.edf", [ramp()], n_records=10)
    os.truncate(path, size)
    with pytest.raises(FormatError, match=f"{size}"):
        edf.open_file(path)


@pytest.mark.parametrize("blank", [b"\t", b"\n", b"\r", b" \t "])
def test_any_blank_around_a_number_of_the_header_is_no_part_of_it(tmp_path, blank):
    path = write_edf(tmp_path / "x.edf", [ramp()], n_records=10)
    raw = path.read_bytes()
    expected = open_recording(path)["ECG"].read(0, 50).tolist()
    for place in (244, *range(256 + 104, 256 + 136, 8)):  # duration; physical and digital limits
        cell = raw[place : place + 8].strip()
        if len(cell) + len(blank) <= 8:
            raw = raw[:place] + (blank + cell).ljust(8) + raw[place + 8 :]
    path.write_bytes(raw)
    with open_recording(path) as recording:
        assert recording["ECG"].read(0, 50).tolist() == expected
        assert recording["ECG"].fs == 20


def test_limits_without_a_scale_leave_the_integers(tmp_path):
    signals = [
        ramp(label="flat", physical_min=1, physical_max=1),
        ramp(label="odd", fields={"digital_min": "5", "digital_max": "5"}),
        ramp(label="torn", fields={"physical_max": "?"}),
        ramp(label="upside", physical_min=3276.7, physical_max=-3276.8),
    ]
    rec = open_recording(write_edf(tmp_path / "a.edf", signals, n_records=10))
    for name in ("flat", "odd", "torn"):
        np.testing.assert_array_equal(rec[name].data.compute(), signals[0].digital)
    np.testing.assert_allclose(rec["upside"].data.compute(), signals[3].physical, atol=1e-9)
    assert [note.split(":")[0] for note in rec.notes] == ["'flat'", "'odd'", "'torn'"]


def test_blank_and_repeated_names_and_signals_without_samples(tmp_path):
    signals = [ramp(label=""), ramp(label="EEG"), ramp(label="EEG"), ramp(0, label="none")]
    rec = open_recording(write_edf(tmp_path / "a.edf", signals, n_records=10))
    assert list(rec) == ["channel 1", "EEG", "EEG (2)"]
    assert any("'none'" in note for note in rec.notes)
    assert any("'EEG (2)'" in note for note in rec.notes)


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"date": "01.02.85"}, datetime(1985, 2, 1, 22, 4, 5)),
        ({"date": "01.02.84"}, datetime(2084, 2, 1, 22, 4, 5)),
        ({"date": "31.02.20"}, None),
        ({"time": "24.00.00"}, None),
        ({"date": "", "time": ""}, None),
    ],
)
def test_starts(tmp_path, fields, start):
    rec = open_recording(write_edf(tmp_path / "a.edf", [ramp()], n_records=10, fields=fields))
    assert rec.start == start
    assert bool(rec.notes) == (start is None)


def test_a_first_record_beyond_all_dates(tmp_path):
    rows = [[tal(f"+{'9' * 30}")]]
    rec = open_recording(write_edf(tmp_path / "a.edf", [ramp(1)], n_records=1, records=rows))
    assert rec.start is None
    assert rec["ECG"].start == 0
    assert any("not a valid date" in note for note in rec.notes)


def test_content_is_recognised_whatever_the_name(tmp_path):
    path = write_edf(tmp_path / "night.csv", [ramp()], n_records=10)
    assert open_recording(path).metadata["format"] == "EDF"
    assert not edf.sniff(b"0       ,1,2,3\n" * 40, path)
    assert not edf.sniff(b"", path)


@given(st.binary(min_size=1, max_size=2000), st.sampled_from([b"", b"0       ", b"\xffBIOSEMI"]))
@settings(max_examples=100)
def test_random_bytes_give_our_errors_only(tmp_path_factory, content, version):
    path = tmp_path_factory.mktemp("random") / "a.edf"
    path.write_bytes(version + content)
    try_everything(path)


@given(st.data())
@settings(max_examples=80)
def test_mutated_headers_give_our_errors_only(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("mutated") / "a.edf"
    rows = [[tal(t) + tal(t, "mark")] for t in (0.0, 1.0, 5.0)]
    signals = [ramp(3), ramp(3, 2, label="Temp")]
    bdf = data.draw(st.booleans())
    write_edf(path, signals, n_records=3, records=rows, reserved="EDF+D", bdf=bdf)
    content = bytearray(path.read_bytes())
    # Fields of eight characters: numbers, dates and limits are all such.
    odd = [
        b"-1",
        b"0",
        b"1e308",
        b"1e-308",
        b"-0",
        b"99999999",
        b"nan",
        b"inf",
        b"",
        b"\xff" * 8,
        b"0.000001",
    ]
    for _ in range(data.draw(st.integers(1, 4))):
        place = 8 * data.draw(st.integers(1, 128 + 15))
        new = data.draw(st.sampled_from(odd) | st.binary(max_size=8)).ljust(8)
        content[place : place + 8] = new
    path.write_bytes(content)
    try_everything(path)


def try_everything(path):
    try:
        rec = edf.open_file(path)
        for channel in rec.channels.values():
            n = channel.n_samples
            assert len(channel.read(max(n - 10, 0), n)) == min(n, 10)
            assert len(channel.window(0.0, 1e-3)[1]) <= n
            assert all(t0 <= t1 for t0, t1 in channel.gaps)
        len(rec.annotations)
        assert np.isfinite(rec.duration)
    except VitalError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
