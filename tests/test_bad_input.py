"""What a person may do wrong, or a disk: every format answers clearly and keeps what it has.

What only one format can get wrong is tested beside its reader, in ``io``.
"""

from __future__ import annotations

import errno
import gc
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import CHECKED_AT_ONCE, Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    RecordingNotFoundError,
    RecordingPermissionError,
    SourceChangedError,
    StoreError,
    TaskCancelledError,
)
from vital_widgets.io.stored_table import TableWriter
from vital_widgets.runtime import files, private
from vital_widgets.runtime.files import SourceFile
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import CHECK_INTERVAL, Session
from vital_widgets.testing.edf_files import EdfSignal, write_edf

N = 4000
FS = 100.0
IN_PLACE = ("edf", "hea", "parquet")
FORMATS = (*IN_PLACE, "csv")


def values(n=N):
    return (np.arange(n) % 999).astype(np.int16)


def write(path, n=N):
    """Two channels, ECG and PPG, of integers at 100 Hz, in the format of the extension."""
    ecg = values(n)
    if path.suffix == ".edf":
        scale = {"physical_min": -32768, "physical_max": 32767}
        signals = [EdfSignal("ECG", ecg, **scale), EdfSignal("PPG", -ecg, **scale)]
        return write_edf(path, signals, n_records=n // 100)
    if path.suffix == ".hea":
        stem = path.stem
        path.with_suffix(".dat").write_bytes(np.stack([ecg, -ecg], 1).astype("<i2").tobytes())
        line = f"{stem}.dat 16 1/mV 16 0 0 0 0"
        path.write_text(f"{stem} 2 {FS} {n}\n{line} ECG\n{line} PPG\n", encoding="utf-8")
        return path
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({"time": np.arange(n) / FS, "ECG": ecg, "PPG": -ecg})
        pq.write_table(table, path, row_group_size=500)
        return path
    rows = (f"{i / FS:.2f},{v},{-v}\n" for i, v in enumerate(ecg.tolist()))
    path.write_text("time,ECG,PPG\n" + "".join(rows))
    return path


def samples_of(path):
    """The file that holds the samples of the recording at ``path``."""
    return path.with_suffix(".dat") if path.suffix == ".hea" else path


@pytest.fixture(params=FORMATS)
def made(request, tmp_path):
    return write(tmp_path / f"night.{request.param}")


@pytest.fixture(params=IN_PLACE)
def in_place(request, tmp_path):
    return write(tmp_path / f"night.{request.param}")


@pytest.fixture
def serve(monkeypatch):
    """Sessions that look at the file at every request, closed at the end."""
    monkeypatch.setattr("vital_widgets.serve.session.CHECK_INTERVAL", 0.0)
    assert CHECK_INTERVAL < 1
    opened = []

    def start(recording, *, built=True):
        session = Session(recording)
        opened.append(session)
        if built and session.task is not None:
            assert session.task.wait(300)
        return session

    yield start
    for session in opened:
        session.close()
        session.recording.close()


def ask(session, t0=0.0, t1=10.0, width=500, **more):
    content = {
        "v": 1,
        "kind": "window",
        "request": "r",
        "seq": 1,
        "t0": t0,
        "t1": t1,
        "width": width,
        "channels": list(range(len(session.channels))),
        **more,
    }
    return dispatch(session, content)[0]


def is_right(recording):
    assert list(recording.channels) == ["ECG", "PPG"]
    assert recording["ECG"].fs == pytest.approx(FS)
    np.testing.assert_array_equal(recording["ECG"].data.compute(), values())
    np.testing.assert_array_equal(recording["PPG"].read(10, 500), -values()[10:500])


# ---------------------------------------------------------------- names and places


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
    with pytest.raises(RecordingPermissionError, match=rf"{made.name}.*ask its owner"):
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
        ({"channels": 7}, r"channels=7 cannot be used.*for example"),
        ({"channels": ["EEG"]}, r"'EEG'.*'ECG'"),
        ({"units": 7}, r"units=7.*'mV'"),
        ({"units": {"EEG": "mV"}}, r"'EEG'.*'ECG'"),
        ({"units": {"ECG": 1}}, r"1 of 'ECG' is no text"),
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
        ("time,a\n", "no number in it.*'time,a'"),
        ("  \n\n ", "nothing but blanks"),
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
    with pytest.raises(FormatError, match="100 bytes are fewer"):
        vw.open(path)


def test_more_samples_than_a_header_can_say(tmp_path):
    path = tmp_path / "x.edf"
    write_edf(path, [EdfSignal("a", values(), fields={"samples": "1e99"})], n_records=10)
    with pytest.raises(FormatError, match="1e99"):
        vw.open(path)


# ---------------------------------------------------------------- odd shapes


@pytest.mark.parametrize("fs", [1e12, 1 / 3600, 1e308, 1e-290])
@pytest.mark.parametrize("n", [0, 1, 100_000])
def test_any_rate_and_length_can_be_looked_at(serve, n, fs):
    recording = Recording.from_arrays({"a": np.arange(n)}, fs=fs)
    session = serve(recording)
    for t0, t1 in ((0, 1), (-1e308, 1e308), (0, max(recording.duration, 1e-300)), (5, 5.001)):
        reply = ask(session, t0, t1)
        assert reply["kind"] == "window", reply
        assert reply["complete"]
    window = session.first_window()
    session.first_picture([0], *window)
    assert repr(recording)
    assert recording._repr_html_()


def test_longer_than_a_number_can_say():
    with pytest.raises(InvalidInputError, match="1000 samples at 1e-307"):
        Recording.from_arrays({"a": np.zeros(1000)}, fs=1e-307)


def test_tables_and_arrays_in_memory_that_cannot_be():
    far = pd.DatetimeIndex(np.array([2**45, 2**45 + 1], "M8[s]"))
    with pytest.raises(InvalidInputError, match="years 1 to 9999"):
        Recording.from_dataframe(pd.DataFrame({"a": [1, 2]}, index=far))
    with pytest.raises(InvalidInputError, match="'a' is no array"):
        Recording.from_arrays({"a": [[1], [1, 2]]}, fs=1)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "cancel", "requests": 5},
        {"kind": "cancel"},
        {"kind": "window", "channels": [0], "t0": 0, "t1": 10**400, "width": 5},
        {"kind": ["window"]},
    ],
)
def test_messages_that_make_no_sense_are_told_as_such(serve, content):
    session = serve(Recording.from_arrays({"a": values()}, fs=FS))
    reply, buffers = dispatch(session, {"v": 1, **content})
    assert (reply["kind"], reply["code"], buffers) == ("error", "protocol", [])


def test_two_hundred_channels(serve):
    names = [f"c{k}" for k in range(200)]
    recording = Recording.from_arrays({name: np.arange(3000.0) for name in names}, fs=100)
    reply = ask(serve(recording))
    assert [part["channel"] for part in reply["parts"]] == list(range(200))


def test_no_channels_at_all(serve):
    recording = Recording("marks", [], annotations=Annotations([1.0], ["a"]))
    session = serve(recording)
    assert ask(session)["parts"] == []
    assert session.first_window()[1] > 0
    assert session.first_picture([], 0.0, 1.0)[0]["overview"] is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_but_nan_or_infinity(serve, value):
    recording = Recording.from_arrays({"a": np.full(100_000, value)}, fs=100)
    session = serve(recording)
    assert ask(session, 0, 1000)["complete"]
    assert session.description()[0]["ranges"] == [None]


def test_limits_and_gains_beyond_all_numbers(tmp_path):
    limits = {"physical_min": "-1.5e308", "physical_max": "1.5e308"}
    path = write_edf(tmp_path / "x.edf", [EdfSignal("a", values(), fields=limits)], n_records=10)
    with vw.open(path) as recording:
        assert recording["a"].read(0, 3).tolist() == [0, 1, 2]
        assert any("beyond all numbers" in note for note in recording.notes)
    (tmp_path / "r.dat").write_bytes(bytes(20))
    (tmp_path / "r.hea").write_text("r 1 100 10\nr.dat 16 1e-9(1e300)/mV\n")
    with pytest.raises(FormatError, match=r"line 2.*finite"):
        vw.open(tmp_path / "r.hea")
    with pytest.raises(InvalidInputError, match=r"'a'.*finite"):
        Channel("a", ArraySamples(values()), regular(FS, N), gain=np.inf)


def test_a_last_time_of_infinity_does_not_reach_the_browser(tmp_path, serve):
    path = write(tmp_path / "night.csv", 3 * N)
    path.write_text(path.read_text() + "inf,1,1\n")
    session = serve(vw.open(path), built=False)
    assert np.isfinite(session.description()[0]["duration"])
    json.dumps(session.description()[0], allow_nan=False)
    session.task.wait(300)
    assert "has no time" in ask(session)["error"]


# ---------------------------------------------------------------- the file changes while open


def _delete(path):
    path.unlink()


def _cut(path):
    os.truncate(path, path.stat().st_size // 2)


def _rewrite(path):
    path.write_bytes(path.read_bytes()[::-1])
    _touch(path)


def _append(path):
    with path.open("ab") as file:
        file.write(b"0")


def _touch(path):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


@pytest.mark.parametrize("damage", [_delete, _cut, _rewrite, _append])
def test_a_viewer_hears_that_its_file_changed(in_place, serve, damage):
    session = serve(vw.open(in_place))
    assert ask(session)["kind"] == "window"
    damage(samples_of(in_place))
    for t1 in (0.5, 40.0):  # from samples, and from what is in the cache
        reply = ask(session, 0.0, t1)
        assert (reply["kind"], reply["code"]) == ("error", "source-changed")
        assert samples_of(in_place).name in reply["error"]
        assert "open it again" in reply["error"]
    session.recording.close()  # which lets go of the handle and of what is cached
    with pytest.raises(SourceChangedError, match="open it again"):
        session.recording["ECG"].read(0, 10)


@pytest.mark.parametrize("damage", [_delete, _cut, _rewrite, _append])
def test_text_that_was_read_in_does_not_need_its_file(tmp_path, serve, damage):
    path = write(tmp_path / "night.csv")
    session = serve(vw.open(path))
    damage(path)
    assert ask(session, 0.0, 40.0)["complete"]
    is_right(session.recording)


def test_opened_again_a_changed_file_is_read_anew(made):
    vw.open(made).wait().close()
    write(made, 2 * N)
    with vw.open(made) as recording:
        assert recording["ECG"].n_samples == 2 * N


def test_of_thousands_of_files_some_are_looked_at_each_time(tmp_path):
    paths = [tmp_path / str(k) for k in range(3 * CHECKED_AT_ONCE)]
    for path in paths:
        path.write_bytes(b"x")
    recording = Recording("many", [], files=map(SourceFile, paths))
    recording.check()
    paths[-1].unlink()
    recording.check()
    with pytest.raises(SourceChangedError, match=paths[-1].name):
        recording.check()


# ---------------------------------------------------------------- reading in ends badly


def test_a_reading_that_failed_is_told_by_every_request(tmp_path, serve):
    path = write(tmp_path / "night.csv", 5 * N)
    lines = path.read_text().splitlines()
    lines[2 * N] = "7.0,1,1"  # further in than `open` looks
    path.write_text("\n".join(lines))
    session = serve(vw.open(path))
    assert session.task.state is TaskState.FAILED
    for request in ({}, {"t1": 1e4}):
        reply = ask(session, **request)
        assert reply["kind"] == "error"
        assert f"row {2 * N} has a time before" in reply["error"]


def test_a_reading_that_was_cancelled_is_told_by_every_request(tmp_path, serve, monkeypatch):
    go = threading.Event()
    append = TableWriter.append

    def held(self, columns):
        go.wait(300)
        append(self, columns)

    monkeypatch.setattr(TableWriter, "append", held)
    session = serve(vw.open(write(tmp_path / "night.csv")), built=False)
    session.recording.task.cancel()
    go.set()
    session.recording.task.wait(300)
    reply = ask(session)
    assert reply["kind"] == "error"
    assert "cancelled; open it again" in reply["error"]
    with pytest.raises(TaskCancelledError, match=r"'ECG'.*open the recording again"):
        session.recording["ECG"].data  # noqa: B018 - asking for it is the test


def test_a_full_disk_while_reading_in_or_building(made, serve, monkeypatch, cache_dir):

    class Full(io.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def opened(path, mode, **_):
        return path.open(mode, buffering=0) if ".json" in path.name else Full(path, mode)

    monkeypatch.setattr(private, "open", opened, raising=False)
    session = serve(vw.open(made))
    assert session.task.state is TaskState.FAILED
    assert isinstance(session.task.error, StoreError)
    assert "full" in str(session.task.error)
    assert "VITAL_WIDGETS_CACHE_DIR" in str(session.task.error)
    reply = ask(session)
    if made.suffix == ".csv":
        assert (reply["kind"], reply["code"]) == ("error", "store")
        assert "full" in reply["error"]
    else:
        assert reply["complete"]  # from samples; the overview is what is missing
        is_right(session.recording)
    assert not [path for path in cache_dir.rglob("*.partial") if any(path.iterdir())]


def test_a_cache_folder_that_cannot_be(made, serve, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("VITAL_WIDGETS_CACHE_DIR", str(blocked / "cache"))
    session = serve(vw.open(made))
    assert isinstance(session.task.error, StoreError)
    reply = ask(session)
    assert reply["kind"] == ("error" if made.suffix == ".csv" else "window")
    if made.suffix != ".csv":
        is_right(session.recording)


def test_a_cache_that_is_removed_under_a_running_kernel(made, serve, cache_dir):
    session = serve(vw.open(made))
    for path in cache_dir.iterdir():
        shutil.rmtree(path)
    reply = ask(session, 0.0, 40.0, width=10)
    assert reply["kind"] == "window" or reply["code"] == "store"
    is_right(session.recording)
    session.close()
    again = serve(vw.open(made))
    assert ask(again, 0.0, 40.0, width=10)["complete"]
    is_right(again.recording)


def test_a_second_viewer_builds_anew_what_was_removed_under_the_first(in_place, serve, cache_dir):
    first = serve(vw.open(in_place))
    for path in cache_dir.iterdir():
        shutil.rmtree(path)
    second = serve(vw.open(in_place))
    assert second.pyramids is not first.pyramids
    assert second.task.state is TaskState.DONE
    assert ask(second, 0.0, 40.0, width=5)["complete"]


# ---------------------------------------------------------------- several users, other processes


def test_closing_one_of_two_recordings_of_a_file_leaves_the_other(made, serve):
    first, second = vw.open(made).wait(), vw.open(made).wait()
    one, other = serve(first), serve(second)
    one.close()
    first.close()
    is_right(second)
    assert ask(other)["complete"]
    assert "was closed; open it again" in ask(one)["error"]


def test_closed_twice_and_still_described(made):
    recording = vw.open(made).wait()
    recording.close()
    recording.close()
    assert "closed" in repr(recording)
    assert "closed" in recording._repr_html_()


@pytest.mark.slow
def test_another_process_reads_the_same(tmp_path):
    """Channels and Dask arrays of every format travel to a process that shares nothing."""
    import pickle

    made = [vw.open(write(tmp_path / f"night.{format_}")).wait() for format_ in FORMATS]
    sent = [(recording["ECG"], recording["PPG"].data[5:9]) for recording in made]
    (tmp_path / "sent.pickle").write_bytes(pickle.dumps(sent))
    code = (
        "import pickle, sys; from pathlib import Path\n"
        "for ecg, ppg in pickle.loads(Path(sys.argv[1]).read_bytes()):\n"
        "    print(ecg.read(5, 9).tolist(), ecg.window(0.05, 0.09)[1].tolist(),\n"
        "          ppg.compute(scheduler='sync').tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sent.pickle")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.splitlines() == [
        "[5.0, 6.0, 7.0, 8.0] [5.0, 6.0, 7.0, 8.0] [-5.0, -6.0, -7.0, -8.0]"
    ] * len(FORMATS), done.stderr
    for recording in made:
        recording.close()


def test_a_recording_nobody_holds_goes_without_being_closed(made):
    recording = vw.open(made).wait()
    recording["ECG"].read(0, 100)
    gone = weakref.ref(recording)
    del recording
    gc.collect()
    assert gone() is None
    handles = Path("/proc/self/fd")
    open_files = [os.path.realpath(f) for f in handles.iterdir()] if handles.is_dir() else []
    assert str(made.resolve()) not in open_files


def test_a_session_holds_its_recording_no_longer_than_itself(made):
    session = Session(vw.open(made).wait())
    session.task.wait(300)
    assert ask(session)["complete"]
    gone = weakref.ref(session.recording)
    session.close()
    del session
    gc.collect()
    assert gone() is None
