from __future__ import annotations

import errno
import gc
import gzip
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import (
    FormatError,
    InvalidInputError,
    SourceChangedError,
    StoreError,
    TaskCancelledError,
)
from vital_widgets.io import stored_table
from vital_widgets.io.ingest import first_samples
from vital_widgets.io.reader import open_recording
from vital_widgets.io.stored_table import StoredColumn, StoredTable, TableWriter
from vital_widgets.io.text import blocks as text_blocks
from vital_widgets.io.text.text_reader import open_file
from vital_widgets.runtime.cachefolder import CacheFolder
from vital_widgets.runtime.tasks import TaskState
from waiting import until

if TYPE_CHECKING:
    pass


def csv_of(path: Path, n: int) -> Path:
    index = np.arange(n)
    rows = "".join(f"{i / 100:.2f},{i}\n" for i in index.tolist())
    path.write_text("time,a\n" + rows)
    return path


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 1 << 14)
    monkeypatch.setattr(stored_table, "_BLOCK_BYTES", 1 << 10)


@pytest.fixture
def held(monkeypatch, small_blocks):
    """Stop the reading after its first block until the returned event is set."""
    go = threading.Event()
    blocks = text_blocks.LineBlocks._bytes

    def slow(self):
        for k, item in enumerate(blocks(self)):
            if k == 3:
                go.wait(300)
            yield item

    monkeypatch.setattr(text_blocks.LineBlocks, "_bytes", slow)
    yield go
    go.set()


def leftovers(cache_dir: Path) -> list[str]:
    return [p.name for p in cache_dir.rglob("*") if p.is_dir() and p.name != "samples"]


def test_an_unchanged_file_is_read_once(tmp_path, cache_dir):
    path = csv_of(tmp_path / "x.csv", 5000)
    with open_file(path) as recording:
        assert recording.task is not None
        recording.wait()
        notes = list(recording.notes)
    with open_file(path) as recording:
        assert recording.task is None
        assert recording["a"].ready is None
        assert recording.notes == notes
        assert recording["a"].n_samples == 5000
        np.testing.assert_array_equal(recording["a"].read(0, 5000), np.arange(5000))
    with open_file(path, bad_values="nan") as recording:
        assert recording.task is not None
    csv_of(path, 6000)
    with open_file(path) as recording:
        assert recording.wait()["a"].n_samples == 6000


def test_a_row_changed_under_the_same_size_and_time_is_read_anew(tmp_path):
    path = csv_of(tmp_path / "x.csv", 30_000)
    before = path.stat()
    with open_file(path) as recording:
        recording.wait()
    rows = path.read_text().splitlines()
    rows[7501] = "75.00,9999"
    path.write_text("\n".join(rows) + "\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    with open_file(path) as recording:
        assert recording.wait()["a"].read(7500, 7501).tolist() == [9999]


def test_gaps_and_many_runs_come_back_from_the_store(tmp_path):
    path = tmp_path / "x.csv"
    times = np.concatenate([np.arange(10) / 10 + 5 * k for k in range(300)])
    path.write_text("time,a\n" + "".join(f"{t:.1f},1\n" for t in times))
    with open_file(path) as recording:
        gaps = recording["a"].gaps
        assert len(gaps) == 299
    with open_file(path) as recording:
        assert recording.task is None
        assert recording["a"].gaps == gaps


def test_it_grows_and_can_be_read_meanwhile(tmp_path, held, monkeypatch):
    monkeypatch.setattr("vital_widgets.io.stored_table._BLOCK_BYTES", 1 << 10)
    path = csv_of(tmp_path / "x.csv", 30_000)
    with open_file(path) as recording:
        channel = recording["a"]
        until(lambda: channel.timebase.n_samples > 0)
        n = channel.timebase.n_samples
        assert n < 30_000
        assert channel.samples.n_samples >= n
        np.testing.assert_array_equal(channel.samples.read(0, n), np.arange(n))
        assert recording.metadata["expected_duration_s"] == pytest.approx(300)
        assert not recording.task.ended
        held.set()
        assert channel.n_samples == 30_000
        np.testing.assert_array_equal(channel.read(0, 30_000), np.arange(30_000))


def test_close_cancels_and_leaves_nothing(tmp_path, held, cache_dir):
    path = csv_of(tmp_path / "x.csv", 30_000)
    recording = open_file(path)
    until(lambda: recording.task.state is TaskState.RUNNING)
    recording.close()
    held.set()
    with pytest.raises(TaskCancelledError):
        recording.wait()
    until(lambda: not leftovers(cache_dir))
    with open_file(path) as again:
        assert again.wait()["a"].n_samples == 30_000


def test_a_recording_nobody_uses_is_let_go(tmp_path, held, cache_dir):
    recording = open_file(csv_of(tmp_path / "x.csv", 200_000))
    task = recording.task
    until(lambda: task.state is TaskState.RUNNING)
    gone = weakref.ref(recording)
    del recording
    gc.collect()
    assert gone() is None
    held.set()
    assert task.wait(300)
    assert task.state is TaskState.CANCELLED
    assert not leftovers(cache_dir)


def test_a_channel_alone_keeps_the_reading_going(tmp_path, held):
    channel = open_file(csv_of(tmp_path / "x.csv", 30_000))["a"]
    gc.collect()
    held.set()
    assert channel.n_samples == 30_000


def read_everywhere(recording):
    """Every way in which a user reads what was read in so far."""
    channel = recording["a"]
    yield lambda: channel.window(0, 1)
    yield lambda: channel.read(0, 1)
    yield lambda: vw.Viewer(recording)
    yield lambda: vw.analysis.ecg_peaks(channel)


def test_once_the_reading_has_failed_every_read_says_why(tmp_path, small_blocks):
    path = csv_of(tmp_path / "x.csv", 30_000)
    path.write_text(path.read_text() + "300.00,oops\n")
    with open_file(path) as recording:
        until(lambda: recording.task.ended)
        assert recording["a"].samples.n_samples > 0  # so far; they are removed
        for read in read_everywhere(recording):
            with pytest.raises(FormatError, match="'oops' is not a number"):
                read()


def test_once_the_reading_was_cancelled_every_read_says_so(tmp_path, held):
    with open_file(csv_of(tmp_path / "x.csv", 30_000)) as recording:
        until(lambda: recording["a"].samples.n_samples > 0)
        recording.task.cancel()
        held.set()
        until(lambda: recording.task.ended)
        for read in read_everywhere(recording):
            with pytest.raises(TaskCancelledError, match=r"x\.csv.*cancelled|cancelled.*x\.csv"):
                read()


def test_an_unforeseen_failure_of_the_reading_is_named_by_every_read(tmp_path, held, monkeypatch):
    append = TableWriter.append

    def broken(self, columns):
        if self._written:
            raise ZeroDivisionError("by zero")
        append(self, columns)

    monkeypatch.setattr(TableWriter, "append", broken)
    with open_file(csv_of(tmp_path / "x.csv", 300_000)) as recording:
        held.set()
        until(lambda: recording.task.ended)
        for read in read_everywhere(recording):
            with pytest.raises(FormatError, match=r"x\.csv.*ZeroDivisionError: by zero"):
                read()


def test_source_changed_while_reading(tmp_path, held, cache_dir):
    path = csv_of(tmp_path / "x.csv", 30_000)
    with open_file(path) as recording:
        until(lambda: recording.task.state is TaskState.RUNNING)
        with path.open("a") as file:
            file.write("300.00,1\n")
        held.set()
        with pytest.raises(SourceChangedError, match=r"x\.csv"):
            recording.wait()
    assert not leftovers(cache_dir)


def test_full_disk(tmp_path, cache_dir, monkeypatch):
    def no_room(self, columns):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TableWriter, "append", no_room)
    with open_file(csv_of(tmp_path / "x.csv", 3000)) as recording:
        with pytest.raises(StoreError, match="disk is full"):
            recording.wait()
        assert recording.task.state is TaskState.FAILED
    assert not leftovers(cache_dir)


def test_cache_that_cannot_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("VITAL_WIDGETS_CACHE_DIR", str(blocked))
    with open_file(csv_of(tmp_path / "x.csv", 3000)) as recording, pytest.raises(StoreError):
        recording.wait()


KILLED = """
import sys, threading
from pathlib import Path
from vital_widgets.io import stored_table
from vital_widgets.io.text import blocks as text_blocks
from vital_widgets.io.text.text_reader import open_file
text_blocks.BLOCK_BYTES = 1 << 14
stored_table._BLOCK_BYTES = 1 << 10
publish, count = stored_table.StoredTable.publish, 0
def publish_and_wait(self, path, n_rows):
    publish(self, path, n_rows)
    print("written", flush=True)
    threading.Event().wait(300)
stored_table.StoredTable.publish = publish_and_wait
open_file(Path(sys.argv[1])).wait()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_after_a_kill_the_next_open_is_right(tmp_path, cache_dir):
    path = csv_of(tmp_path / "x.csv", 30_000)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    process.wait()
    assert leftovers(cache_dir)
    with open_file(path) as recording:
        np.testing.assert_array_equal(recording.wait()["a"].read(0, 30_000), np.arange(30_000))


def bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_file_that_grows_a_thousandfold_ends_at_the_bound_of_the_cache(
    tmp_path, cache_dir, monkeypatch
):
    bound = 3_000_000
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 1 << 19)
    monkeypatch.setenv("VITAL_WIDGETS_CACHE_BYTES", str(bound))
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"1\n" * 3_000_000))
    assert path.stat().st_size * 100 < bound
    held = []
    append = TableWriter.append

    def watched(self, columns):
        append(self, columns)
        held.append(bytes_below(cache_dir))

    monkeypatch.setattr(TableWriter, "append", watched)
    recording = vw.open(path, fs=100)
    with pytest.raises(StoreError, match=r"bomb\.csv\.gz .*VITAL_WIDGETS_CACHE_BYTES"):
        recording.wait()
    assert max(held) < 2 * bound
    recording.close()
    assert bytes_below(cache_dir) == 0


def test_two_recordings_of_one_file_at_once(tmp_path, held):
    path = csv_of(tmp_path / "x.csv", 30_000)
    with open_file(path) as one, open_file(path) as two:
        held.set()
        for recording in (one, two):
            np.testing.assert_array_equal(recording.wait()["a"].read(0, 30_000), np.arange(30_000))


def test_what_is_open_is_not_evicted(tmp_path):
    path = csv_of(tmp_path / "x.csv", 3000)
    with open_file(path) as recording:
        recording.wait()
        CacheFolder(max_bytes=1).trim()
        with open_file(path) as again:
            assert again.task is None
        channel = pickle.loads(pickle.dumps(recording["a"]))
        assert channel.read(2999, 3000).tolist() == [2999]
    CacheFolder(max_bytes=1).trim()
    with open_file(path) as again:
        assert again.task is not None


def test_what_is_removed_by_force_can_still_be_read_or_says_so(tmp_path, cache_dir):
    import shutil

    path = csv_of(tmp_path / "x.csv", 3000)
    with open_file(path) as recording:
        data = pickle.dumps(recording.wait()["a"])
        shutil.rmtree(cache_dir)
        with pytest.raises(StoreError, match="open the recording again"):
            pickle.loads(data)


@settings(max_examples=40)
@given(
    lengths=st.lists(st.integers(0, 3000), max_size=6),
    dtypes=st.lists(st.sampled_from(["f8", "i2", "u1", "f4", "i8"]), min_size=1, max_size=4),
    data=st.data(),
)
def test_any_appends_and_any_reads(tmp_path_factory, lengths, dtypes, data):
    path = tmp_path_factory.mktemp("table") / "x.bin"
    table = StoredTable("key", [np.dtype(dtype) for dtype in dtypes])
    writer = TableWriter(table, path)
    n = sum(lengths)
    whole = [(np.arange(n) * (k + 1) % 251).astype(dtype) for k, dtype in enumerate(dtypes)]
    position = 0
    for length in lengths:
        writer.append([column[position : position + length] for column in whole])
        position += length
        seen = table.n_frames
        np.testing.assert_array_equal(table.read_column(0, 0, seen), whole[0][:seen])
    writer.finish()
    assert table.n_frames == n
    start, stop = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
    for k, column in enumerate(whole):
        found = StoredColumn(table, k).read(start, stop)
        assert found.dtype == column.dtype
        np.testing.assert_array_equal(found, column[start:stop])
    table.close()


def test_first_samples_of_a_time_base():
    base = from_runs(10.0, [(0.0, 10), (5.0, 10)])
    assert first_samples(base, 20) is base
    assert first_samples(base, 10).gaps == []
    assert first_samples(base, 11).gaps == [(1.0, 5.0)]
    assert first_samples(base, 0).n_samples == 0


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ("0,1\n0,2\n", {}),
        ("0.0,1\n0.007,2\n0.014,3\n", {"fs": 250.0}),
        ("0,1\n0.1,2\n1e999,3\n0.3,4\n", {}),
    ],
)
def test_errors_about_times_name_the_file_however_they_are_raised(tmp_path, rows, options):
    path = tmp_path / "night.csv"
    path.write_text("time (s),a\n" + rows)
    with pytest.raises((FormatError, InvalidInputError), match=r"night\.csv.*"):
        open_recording(path, **options).wait()
