"""Names, places and options that a person may get wrong: every format answers clearly."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

import vital_widgets as vw
from small_recordings import FORMATS, N, is_right, samples_of, values, write
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    RecordingPermissionError,
)
from vital_widgets.runtime import files
from vital_widgets.simulate.edf_files import EdfSignal, write_edf


@pytest.mark.parametrize("name", ["Schläfer-夜-ñ", "x" * 247, "name.with.dots", "-dash", "q'u\"o"])
@pytest.mark.parametrize("extension", FORMATS)
def test_names_of_every_kind(tmp_path, extension, name):
    with vw.open(write(tmp_path / f"{name}.{extension}")) as recording:
        is_right(recording)
        assert not recording.notes


@pytest.mark.parametrize("kind", [str, Path, os.fspath])
def test_paths_of_every_kind(made, kind):
    with vw.open(kind(made)) as recording:
        is_right(recording)


def test_a_path_from_home_and_a_relative_one(made, monkeypatch):
    monkeypatch.setenv("HOME", str(made.parent))
    monkeypatch.setenv("USERPROFILE", str(made.parent))
    with vw.open(f"~/{made.name}") as recording:
        is_right(recording)
    monkeypatch.chdir(made.parent)
    recording = vw.open(made.name)
    monkeypatch.chdir(made.parent.parent)
    is_right(recording)
    recording.close()


@pytest.mark.parametrize("wrong", FORMATS)
def test_content_goes_before_a_wrong_extension(made, wrong):
    # The header of a WFDB record must stay in its folder, or it would lose its signals.
    other = made.rename(made.with_name(f"renamed.{wrong}"))
    with vw.open(other) as recording:
        is_right(recording)


def test_a_name_too_long_is_no_file(tmp_path):
    for name in ("x" * 5000, "x" * 253, "a\0b"):
        with pytest.raises(RecordingNotFoundError, match=name[:1]):
            vw.open(tmp_path / name)


@pytest.mark.parametrize("extension", FORMATS)
def test_missing_empty_folder(tmp_path, extension):
    path = tmp_path / f"night.{extension}"
    with pytest.raises(RecordingNotFoundError, match="night"):
        vw.open(path)
    path.mkdir()
    with pytest.raises(FormatError, match="folder"):
        vw.open(path)
    path.rmdir()
    path.touch()
    with pytest.raises(FormatError, match="empty"):
        vw.open(path)


def test_no_permission(made, monkeypatch):
    plain = os.open

    def refuse(path, *arguments, **more):
        if Path(os.fspath(path)).name == made.name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return plain(path, *arguments, **more)

    monkeypatch.setattr(files.os, "open", refuse)
    with pytest.raises(RecordingPermissionError, match=rf"{made.name}.*ask its owner for"):
        vw.open(made)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_files_show_what_is_whole_or_say_what_is_wrong(made, share):
    samples = samples_of(made)
    os.truncate(samples, int(samples.stat().st_size * share))
    try:
        recording = vw.open(made)
    except FormatError as error:
        assert made.name in str(error)  # noqa: PT017 - Parquet keeps what is needed at its end
        assert made.suffix == ".parquet" or share < 0.2
        return
    with recording:
        recording.wait()
        n = recording["ECG"].n_samples
        assert 0 < n < N
        np.testing.assert_array_equal(recording["ECG"].data.compute(), values()[:n])
        assert recording.notes or made.suffix == ".csv"  # which may end with a whole line


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("fs", [0, -5, float("nan"), float("inf"), "fast"])
@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_rates_that_are_none(tmp_path, extension, fs):
    path = write(tmp_path / f"night.{extension}")
    with pytest.raises(InvalidInputError, match=r"night.*sampling rate"):
        vw.open(path, fs=fs)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"channels": 7}, r"channels=7 is not accepted.*for example"),
        ({"channels": ["EEG"]}, r"'EEG'.*'ECG'"),
        ({"units": 7}, r"units=7.*'mV'"),
        ({"units": {"EEG": "mV"}}, r"'EEG'.*'ECG'"),
        ({"units": {"ECG": 1}}, r"1 of 'ECG' is not a text"),
        ({"time": "clock"}, r"'clock'.*'time'"),
        ({"time_unit": "fortnight"}, r"'fortnight'.*'ms'"),
        ({"colour": "red"}, r"'colour'.*time_unit"),
    ],
)
@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_options_that_are_wrong(tmp_path, extension, option, message):
    with pytest.raises(InvalidInputError, match=message):
        vw.open(write(tmp_path / f"night.{extension}"), **option)


def test_blank_and_repeated_columns_are_named_and_noted(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("time,a,a,\n0,1,2,3\n0.1,1,2,3\n0.2,1,2,3\n")
    with vw.open(path) as recording:
        assert list(recording.wait()) == ["a", "a (2)", "channel 4"]
        assert [note.split()[0] for note in recording.notes] == ["two", "column"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,a\n", "holds no number.*'time,a'"),
        ("  \n\n ", "only blanks"),
        ("# sampling rate: -250 Hz\na\n1\n2\n3\n", "fs="),
        ("time,a\n0,nan\n1,nan\n2,nan\n", "channels="),
        ('# {"dev": {"column": 5}}\n1\n2\n3\n', "fs="),
    ],
)
def test_texts_that_are_no_table(tmp_path, text, message):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises((FormatError, InvalidInputError), match=message):
        vw.open(path)


def test_one_row_has_a_rate_that_is_noted(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("time,a\n5,1\n")
    with vw.open(path) as recording:
        assert recording.wait()["a"].n_samples == 1
        assert any("one row" in note for note in recording.notes)


@pytest.mark.parametrize("zone", [None, "UTC", "Mars/Base"])
@pytest.mark.parametrize("first", [0, 2**62, -(2**62)])
def test_timestamps_beyond_all_dates_and_unknown_zones(tmp_path, first, zone):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "x.parquet"
    stamps = pa.array([first + i for i in range(10)], pa.timestamp("us", zone))
    pq.write_table(pa.table({"time": stamps, "a": np.arange(10)}), path)
    with vw.open(path) as recording:
        assert recording["a"].data.compute().tolist() == list(range(10))
        assert (recording.start is None) == bool(first)
        assert bool(recording.notes) == (bool(first) or zone == "Mars/Base")


@pytest.mark.parametrize(
    ("header", "kind"),
    [("r 2 100 1000\n", FormatError), ("r 1\nr.dat 16 1/mV 16 0 0 0 0 a\n", None)],
)
def test_wfdb_headers_that_lack_something(tmp_path, header, kind):
    (tmp_path / "r.dat").write_bytes(bytes(200))
    (tmp_path / "r.hea").write_text(header)
    if kind is not None:
        with pytest.raises(kind, match="describes none"):
            vw.open(tmp_path / "r.hea")
        return
    with vw.open(tmp_path / "r.hea") as recording:
        assert recording["a"].fs == 250
        assert any("250 Hz is assumed" in note for note in recording.notes)


def test_a_few_bytes_named_edf_are_an_edf_file_that_was_cut(tmp_path):
    path = tmp_path / "x.edf"
    path.write_bytes(write(tmp_path / "whole.edf").read_bytes()[:100])
    with pytest.raises(FormatError, match="the file has 100 bytes"):
        vw.open(path)


def test_more_samples_than_a_header_can_say(tmp_path):
    path = tmp_path / "x.edf"
    write_edf(path, [EdfSignal("a", values(), fields={"samples": "1e99"})], n_records=10)
    with pytest.raises(FormatError, match="1e99"):
        vw.open(path)
