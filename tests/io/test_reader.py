"""`open`: by content first and by name second, with errors a person can act on."""

from __future__ import annotations

import os
import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from vital_widgets.core.recording import Recording
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    VitalError,
)
from vital_widgets.io import reader
from vital_widgets.io.reader import find_reader, open_recording, readers
from vital_widgets.testing import EdfSignal, write_edf


@pytest.fixture
def night(tmp_path):
    signal = EdfSignal("ECG", np.arange(100))
    return write_edf(tmp_path / "night.edf", [signal], n_records=10)


def test_every_reader_offers_what_it_must():
    for known in readers():
        assert known.NAME
        assert known.EXTENSIONS
        assert all(name == name.lower() and name.startswith(".") for name in known.EXTENSIONS)
        assert not known.sniff(b"", Path("nothing"))
        assert callable(known.open_file)


def test_paths_may_be_text_or_begin_at_home(night, monkeypatch):
    monkeypatch.setenv("HOME", str(night.parent))
    for path in (night, str(night), "~/night.edf"):
        assert list(open_recording(path)) == ["ECG"]


def test_content_goes_before_the_name(night):
    other = night.rename(night.with_suffix(".txt"))
    assert find_reader(other).NAME == "EDF/BDF"


def test_the_name_decides_where_the_content_does_not(tmp_path):
    path = tmp_path / "broken.EDF"
    path.write_bytes(bytes(range(256)) * 4)
    assert find_reader(path).NAME == "EDF/BDF"
    with pytest.raises(FormatError, match=r"broken\.EDF"):
        open_recording(path)


def test_unknown_content_names_what_is_known(tmp_path):
    path = tmp_path / "x.unknown"
    path.write_bytes(b"\x00\x01\x02\xff" * 1000)
    with pytest.raises(FormatError, match="EDF/BDF") as caught:
        open_recording(path)
    assert ".edf" in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("path", [None, 3, ["a"], object()])
def test_what_is_no_path(path):
    with pytest.raises(InvalidInputError, match="path of a file"):
        open_recording(path)


def test_missing_empty_and_folder(tmp_path):
    with pytest.raises(RecordingNotFoundError, match="file not found"):
        open_recording(tmp_path / "missing.edf")
    (tmp_path / "empty.edf").touch()
    with pytest.raises(FormatError, match="empty"):
        open_recording(tmp_path / "empty.edf")
    with pytest.raises(FormatError, match="folder"):
        open_recording(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["a.edf", "a.csv", "a.parquet", "a.hea", "a.dat", "a.atr", "a"])
def test_pipes_and_devices_are_refused_under_any_name(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/tty")):
        link = tmp_path / name
        link.symlink_to(target)
        with pytest.raises(FormatError, match="save its content as a file"):
            open_recording(link)
        link.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("target", ["pipe", "/dev/zero"])
@pytest.mark.parametrize("name", ["r.dat", "r.atr", "other.hea"])
def test_pipes_and_devices_beside_a_header_do_not_hang_it(tmp_path, name, target):
    (tmp_path / "r.hea").write_text("r 1 100 10\nr.dat 16 200 16 0 0 0 0 ECG\n")
    (tmp_path / "r.dat").write_bytes(bytes(20))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / name).symlink_to(tmp_path / target)
    try:
        recording = open_recording(tmp_path / "r.hea")
    except FormatError as error:
        assert "r.dat is a" in str(error)  # noqa: PT017 - the rest can be opened
        assert name == "r.dat"
    else:
        assert len(recording.annotations) == 0
        assert recording["ECG"].n_samples == 10


def test_an_option_the_reader_does_not_have(night):
    with pytest.raises(InvalidInputError, match="no option 'separator'"):
        open_recording(night, separator=";")


def test_options_reach_the_reader(tmp_path, monkeypatch):
    module = types.ModuleType("a_reader")
    module.NAME, module.EXTENSIONS = "mine", (".mine",)
    module.sniff = lambda head, path: head.startswith(b"MINE")
    opened = []

    def open_file(path, *, fs=1.0):
        opened.append((path, fs))
        return Recording(path.stem, [])

    module.open_file = open_file
    monkeypatch.setitem(sys.modules, "a_reader", module)
    monkeypatch.setattr(reader, "_MODULES", ("a_reader", *reader._MODULES))
    path = tmp_path / "a.bin"
    path.write_bytes(b"MINE...")
    assert open_recording(path, fs=5).name == "a"
    assert opened == [(path, 5)]
    with pytest.raises(InvalidInputError, match="its options: fs"):
        open_recording(path, rate=5)


class Registered:
    NAME = "mine"
    EXTENSIONS = (".mine",)

    @staticmethod
    def sniff(head, path):
        return head.startswith(b"MINE2")

    @staticmethod
    def open_file(path, *, scale=1.0):
        return Recording(path.stem, [])


def test_readers_of_other_packages_are_registered_by_entry_point(tmp_path, monkeypatch):
    module = types.ModuleType("another_package")
    module.reader = Registered
    monkeypatch.setitem(sys.modules, "another_package", module)
    point = EntryPoint("mine", "another_package:reader", reader.ENTRY_POINTS)
    monkeypatch.setattr(reader, "_registered", lambda: (point,))
    path = tmp_path / "a.bin"
    path.write_bytes(b"MINE2 1 2 3")
    assert open_recording(path).name == "a"
    with pytest.raises(InvalidInputError, match="the mine reader has no option 'fs'"):
        open_recording(path, fs=5)


def test_a_registered_reader_that_fails_is_named_and_left_out(tmp_path, monkeypatch):
    points = (
        EntryPoint("gone", "no.such.module", reader.ENTRY_POINTS),
        EntryPoint("empty", "json", reader.ENTRY_POINTS),
    )
    monkeypatch.setattr(reader, "_registered", lambda: points)
    path = tmp_path / "a.csv"
    path.write_text("time,ECG\n0,1\n0.5,2\n1,3\n")
    with pytest.warns(UserWarning, match="cannot be used") as warned:
        assert "ECG" in open_recording(path)
    texts = [str(one.message) for one in warned]
    assert any("'gone' (no.such.module) cannot be used: ModuleNotFound" in text for text in texts)
    assert any("'empty' (json) cannot be used: it lacks NAME" in text for text in texts)


def test_only_the_readers_needed_are_imported(night, monkeypatch):
    monkeypatch.setattr(reader, "_MODULES", ("vital_widgets.io.edf.edf_reader", "does.not.exist"))
    assert find_reader(night).NAME == "EDF/BDF"


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_under_any_name_give_our_errors_only(tmp_path, seed):
    random = np.random.default_rng(seed)
    content = random.integers(0, 256, int(random.integers(1, 5000)), np.uint8).tobytes()
    for name in ("a.edf", "a.bdf", "a.bin", "noname"):
        path = tmp_path / name
        path.write_bytes(content)
        try:
            open_recording(path).wait()
        except VitalError as error:
            assert str(error)  # noqa: PT017 - either outcome is right
