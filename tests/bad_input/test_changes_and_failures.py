"""Files that change while open, reading that ends badly, and other processes."""

from __future__ import annotations

import errno
import gc
import io
import os
import shutil
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import vital_widgets as vw
from small_recordings import FORMATS, N, ask, is_right, samples_of, write
from vital_widgets.core.recording import CHECKED_AT_ONCE, Recording
from vital_widgets.errors import (
    SourceChangedError,
    StoreError,
    TaskCancelledError,
)
from vital_widgets.io.stored_table import TableWriter
from vital_widgets.runtime import private
from vital_widgets.runtime.files import SourceFile
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve.session import Session

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
