"""WFDB records with something wrong: what is whole is read, and what is wrong is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.errors import (
    FormatError,
    RecordingNotFoundError,
    VitalError,
)
from vital_widgets.io.reader import open_recording
from vital_widgets.io.wfdb import wfdb_reader as reader
from wfdb_packing import pack


def record(folder, header, **files):
    for name, content in files.items():
        (folder / f"{name}.dat").write_bytes(content)
    (folder / "rec.hea").write_text(header)
    return folder / "rec.hea"


def test_a_cut_signal_file_is_shown_as_far_as_it_goes(tmp_path):
    path = record(tmp_path, "rec 1 100 50\na.dat 16 1/mV\n", a=pack(range(30), 16) + b"\1")
    with open_recording(path) as recording:
        assert recording["channel 1"].digital.compute().tolist() == list(range(30))
        assert any("30 of the 50" in note for note in recording.notes)


def test_a_longer_signal_file_is_mentioned(tmp_path):
    path = record(tmp_path, "rec 1 100 10\na.dat 16 1/mV\n", a=pack(range(30), 16))
    with open_recording(path) as recording:
        assert recording["channel 1"].n_samples == 10
        assert any("30 samples" in note and "10" in note for note in recording.notes)


def test_a_missing_signal_file(tmp_path):
    path = record(tmp_path, "rec 1 100 10\na.dat 16 1/mV\n")
    with pytest.raises(RecordingNotFoundError, match=r"a\.dat"):
        open_recording(path)
    text = "rec 2 100 10\na.dat 16 1/mV 0 0 0 0 0 I\nb.dat 16 1/mV 0 0 0 0 0 II\n"
    with open_recording(record(tmp_path, text, b=pack(range(10), 16))) as recording:
        assert list(recording) == ["II"]
        assert any("a.dat" in note for note in recording.notes)


def test_names_are_unique_and_never_blank(tmp_path):
    lines = "".join(f"a.dat 16 1/mV 0 0 0 0 0 {name}\n" for name in ["II", "II", "", "II (2)"])
    path = record(tmp_path, "rec 4 100 5\n" + lines, a=pack(range(20), 16))
    with open_recording(path) as recording:
        assert list(recording) == ["II", "II (3)", "channel 3", "II (2)"]
        assert recording["II (3)"].digital.compute().tolist() == [1, 5, 9, 13, 17]
        assert len(recording.notes) == 2


def test_no_gain_is_said(tmp_path):
    with open_recording(record(tmp_path, "rec 1\na.dat 16\n", a=pack([200], 16))) as recording:
        assert recording["channel 1"].fs == 250
        assert recording["channel 1"].read(0, 1).tolist() == [1.0]
        assert any("no gain" in note for note in recording.notes)


def test_wrong_number_of_signals(tmp_path):
    path = record(tmp_path, "rec 3 100 5\na.dat 16 1/mV\n", a=pack(range(5), 16))
    with open_recording(path) as recording:
        assert len(recording) == 1
        assert any("announces 3 signals but describes 1" in note for note in recording.notes)


def test_a_record_without_signals(tmp_path):
    with open_recording(record(tmp_path, "rec 0 100\n# only marks\n")) as recording:
        assert (len(recording), recording.duration) == (0, 0.0)
        assert recording.metadata["comments"] == ["only marks"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("# nothing\n", "has no record line"),
        ("what is this\n", r"line 1: 'what is this'"),
        ("rec 1 0 10\na.dat 16\n", "sampling rate"),
        ("rec 1 100 10\na.dat sixteen\n", "line 2"),
        ("rec 1 100 10\na.dat 17\n", "format 17"),
        ("rec 1 100 10\na.dat 16x0\n", "samples per frame"),
        ("rec 1 100 10\na.dat/.. 16\n", r"line 2: .*'a\.dat/\.\.' names a folder"),
        ("rec 2 100 10\na.dat 16\na.dat 212\n", r"formats \[16, 212\]"),
        ("rec/2 1 100 10\nx 5\n~ five\n", "line 3"),
        ("rec/1 1 100 10\nx/ 5\n", "'x/' names a folder"),
        ("rec/1 1 100 10\nrec 5\n", "consists of segments"),
        ("rec 1 100 99999999999999999999\na.dat 16\n", "too large"),
    ],
)
def test_wrong_headers_name_the_line(tmp_path, header, message):
    with pytest.raises(FormatError, match=message):
        open_recording(record(tmp_path, header, a=bytes(100)))


def test_all_segments_missing(tmp_path):
    with pytest.raises(RecordingNotFoundError, match="2 of 2 segments"):
        open_recording(record(tmp_path, "rec/2 1 100 10\nx 5\ny 5\n"))


def test_many_segments_do_not_hold_many_files_open(tmp_path):
    n = 100
    for k in range(n):
        (tmp_path / f"s{k}.dat").write_bytes(pack([k] * 10, 16))
        (tmp_path / f"s{k}.hea").write_text(f"s{k} 1 10 10\ns{k}.dat 16 1/mV 16 0 0 0 0 II\n")
    lines = "".join(f"s{k} 10\n" for k in range(n))
    with open_recording(record(tmp_path, f"rec/{n} 1 10 {n * 10}\n" + lines)) as recording:
        found = recording["II"].digital.compute()
        assert found.tolist() == np.repeat(np.arange(n), 10).tolist()
        parts = recording["II"].samples.parts
        assert not any(part.source.file._handle for part in parts)


def test_a_signal_file_without_a_header(tmp_path):
    (tmp_path / "a.dat").write_bytes(bytes(10))
    with pytest.raises(FormatError, match="needs its header"):
        reader.open_file(tmp_path / "a.dat")


@pytest.mark.parametrize(
    ("head", "name", "known"),
    [
        (b"rec 1 100 10\nrec.dat 16 200\n", "rec.txt", True),
        (b"# x\r\nrec/2 1 100 10\r\nlay 0\r\n", "rec", True),
        (b"1 2 3\n4 5 6\n", "table.txt", False),
        (b"time ecg\n0 1\n", "table.txt", False),
        (b"ecg 1\n0.1 80 1\n", "table.txt", False),
        (b"rec 1 100 10\n\0\0", "rec.hea", False),
        (b"anything", "rec.hea", True),
    ],
)
def test_sniff(tmp_path, head, name, known):
    assert reader.sniff(head, tmp_path / name) is known


def test_a_table_beside_a_header_is_not_taken_for_a_record(tmp_path):
    path = record(tmp_path, "rec 1 100 5\nrec.dat 16\n").with_suffix(".csv")
    path.write_text("time,ecg\n0,1\n")
    assert not reader.sniff(path.read_bytes(), path)


@given(content=st.binary(max_size=300), signal=st.binary(max_size=80))
@settings(max_examples=80)
def test_random_bytes_give_our_errors_only(tmp_path, content, signal):
    path = tmp_path / "rec.hea"
    path.write_bytes(content)
    (tmp_path / "a.dat").write_bytes(signal)
    (tmp_path / "rec.atr").write_bytes(signal)
    try_everything(path)


WORDS = """
    rec rec/2 a.dat ~ 0 1 2 3 16 212 310 80 16x2 212:3 16+8 200/mV 200(5)/mV -1e3 100 100/2(3)
    8:26:04 26/10/1994 99:99 0/0/0 1e309 -1 x # nan 1e-320 II
""".split()  # noqa: SIM905 - easier to read
tokens = st.sampled_from(WORDS)


@given(
    lines=st.lists(st.lists(tokens, min_size=1, max_size=7).map(" ".join), max_size=5),
    signal=st.binary(max_size=80),
)
@settings(max_examples=150)
def test_headers_of_random_words_give_our_errors_only(tmp_path, lines, signal):
    path = tmp_path / "rec.hea"
    path.write_text("\n".join(lines))
    (tmp_path / "a.dat").write_bytes(signal)
    try_everything(path)


def try_everything(path):
    try:
        with reader.open_file(path) as recording:
            for channel in recording.channels.values():
                channel.read(0, channel.n_samples)
            len(recording.annotations)
            repr(recording.metadata)
    except VitalError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
