from __future__ import annotations

import errno
import os
import subprocess
import sys
import time

import pytest

from vital_widgets.errors import StoreError
from vital_widgets.runtime.cachefolder import CacheFolder, guarded_write
from vital_widgets.runtime.cachelocks import InUse

HOLD = """
import sys
from pathlib import Path
from vital_widgets.runtime.cachefolder import CacheFolder
entry = CacheFolder(Path(sys.argv[1]), 1).entry("pyramid", "a")
held = entry.begin() if sys.argv[2] == "begin" else entry.use()
print("held", flush=True)
sys.stdin.read()
"""


def fill(folder, key, size=1000):
    entry = folder.entry("pyramid", key)
    with entry.begin():
        (entry.partial_dir / "data").write_bytes(b"x" * size)
        entry.write_json("meta.json", {"key": key})
        entry.finish()
    return entry


def holder(root, what):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline().strip() == b"held"
    return process


def test_entry_is_there_as_a_whole_or_not_at_all(tmp_path):
    entry = CacheFolder(tmp_path).entry("pyramid", "a")
    assert not entry.is_complete()
    with entry.begin():
        entry.write_json("meta.json", [1, 2])
        assert entry.read_json("meta.json") is None
        assert entry.read_json("meta.json", partial=True) == [1, 2]
        assert not entry.is_complete()
        entry.finish()
    assert entry.is_complete()
    assert not entry.partial_dir.exists()
    assert entry.read_json("meta.json") == [1, 2]


def test_only_one_may_write(tmp_path):
    folder = CacheFolder(tmp_path)
    first = folder.entry("pyramid", "a").begin()
    assert folder.entry("pyramid", "a").begin() is None
    first.release()
    first.release()
    with folder.entry("pyramid", "a").begin() as second:
        assert second is not None


def test_lock_of_a_killed_process_is_free_and_its_work_kept(tmp_path):
    process = holder(tmp_path, "begin")
    entry = CacheFolder(tmp_path).entry("pyramid", "a")
    assert entry.begin() is None
    (entry.partial_dir / "data").write_bytes(b"begun")
    process.kill()
    process.communicate()
    with entry.begin() as lock:
        assert lock is not None
        assert (entry.partial_dir / "data").read_bytes() == b"begun"


def test_finish_replaces_an_entry_that_is_there(tmp_path):
    folder = CacheFolder(tmp_path)
    entry = fill(folder, "a", 10)
    fill(folder, "a", 20)
    assert (entry.complete_dir / "data").stat().st_size == 20


def test_no_damage_of_json_or_bytes_goes_unseen(tmp_path):
    folder = CacheFolder(tmp_path)
    entry = folder.entry("pyramid", "a")
    with entry.begin():
        entry.write_json("meta.json", {"key": 100})
        entry.write_bytes("runs", bytes(range(40)))
        entry.finish()
    assert entry.read_json("meta.json") == {"key": 100}
    assert entry.read_bytes("runs") == bytes(range(40))
    for name in ("meta.json", "runs"):
        path = entry.complete_dir / name
        whole = path.read_bytes()
        flipped = [
            whole[:k] + bytes([whole[k] ^ 1 << bit]) + whole[k + 1 :]
            for k in range(len(whole))
            for bit in (0, 5)
        ]
        for content in (
            *flipped,
            *(whole[:k] for k in range(len(whole))),
            whole + b" ",
            b"[" * 99999,
        ):
            path.write_bytes(content)
            assert entry.read_json(name) is None
            with pytest.raises(StoreError, match="damaged"):
                entry.read_bytes(name)
        path.unlink()
        assert entry.read_json(name) is None
        path.mkdir()
        assert entry.read_json(name) is None


@pytest.mark.parametrize("error", [KeyError, EOFError, MemoryError, RecursionError, AssertionError])
def test_an_entry_that_cannot_be_read_for_any_reason_is_absent(tmp_path, error, caplog):
    entry = fill(CacheFolder(tmp_path), "a")

    def broken(_):
        raise error

    assert entry.load(lambda _: 5) == 5
    assert entry.load(broken) is None
    assert "will be rebuilt" in caplog.text
    with entry.begin():
        entry.write_json("meta.json", 6)
        entry.finish()
    assert entry.load(lambda _: entry.read_json("meta.json")) == 6
    assert CacheFolder(tmp_path).entry("pyramid", "none").load(lambda _: 5) is None


def test_files_in_the_way_of_an_entry_are_replaced(tmp_path):
    entry = CacheFolder(tmp_path).entry("pyramid", "a")
    entry.complete_dir.parent.mkdir()
    for path in (entry.complete_dir, entry.partial_dir):
        path.write_text("in the way")
    assert entry.load(lambda _: entry.read_json("meta.json")) is None
    fill(CacheFolder(tmp_path), "a")
    assert entry.read_json("meta.json") == {"key": "a"}


def test_trim_drops_the_least_recently_used(tmp_path):
    folder = CacheFolder(tmp_path, 2500)
    entries = [fill(folder, key) for key in "ab"]
    now = time.time()
    for age, entry in zip((10, 20), entries, strict=True):
        os.utime(entry.complete_dir, (now - age, now - age))
    third = fill(folder, "c")
    assert [entry.is_complete() for entry in (*entries, third)] == [True, False, True]


def test_trim_keeps_what_was_just_finished_even_if_it_is_too_large(tmp_path):
    assert fill(CacheFolder(tmp_path, 10), "a").is_complete()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_trim_leaves_alone_what_is_read(tmp_path, elsewhere):
    folder = CacheFolder(tmp_path, 1)
    entry = fill(folder, "a")
    held = holder(tmp_path, "use") if elsewhere else entry.use()
    folder.trim()
    assert entry.is_complete()
    if elsewhere:
        held.kill()
        held.communicate()
    else:
        held.release()
    folder.trim()
    assert not entry.is_complete()
    assert not list((tmp_path / "pyramid").glob("a.use-*"))


def test_a_mark_may_be_released_by_the_garbage_collector_while_another_is_made(tmp_path):
    entry = fill(CacheFolder(tmp_path), "a")
    other = entry.use()

    class Collecting(type(tmp_path)):
        """A path with which the collector runs whenever it is looked up."""

        def __hash__(self):
            other.release()
            return super().__hash__()

    mark = InUse(Collecting(tmp_path / "pyramid" / "a.use-1"))
    assert not entry.evict()
    mark.release()
    assert entry.evict()


def test_trim_leaves_alone_what_is_written_and_drops_what_nobody_goes_on_with(tmp_path):
    folder = CacheFolder(tmp_path, 1)
    entry = folder.entry("pyramid", "a")
    lock = entry.begin()
    os.utime(entry.partial_dir, (0, 0))
    folder.trim()
    assert entry.partial_dir.exists()
    lock.release()
    folder.trim()
    assert not entry.partial_dir.exists()


def leave_behind(folder, key, size, age):
    """What an ended process leaves that was killed while it wrote."""
    entry = folder.entry("samples", key)
    with entry.begin():
        (entry.partial_dir / "data").write_bytes(b"x" * size)
    os.utime(entry.partial_dir, (time.time() - age,) * 2)
    return entry


def test_what_killed_processes_left_counts_towards_the_bound(tmp_path):
    large = CacheFolder(tmp_path, 10**9)
    left = [leave_behind(large, f"left{k}", 1000, age=60 - k) for k in range(4)]
    assert all(entry.partial_dir.exists() for entry in left)
    finished = fill(CacheFolder(tmp_path, 2500), "a")
    assert [entry.partial_dir.exists() for entry in left] == [False, False, False, True]
    assert finished.is_complete()


def test_what_was_left_behind_goes_as_soon_as_something_else_is_begun(tmp_path):
    left = leave_behind(CacheFolder(tmp_path, 10**9), "left", 1000, age=60)
    with CacheFolder(tmp_path, 100).entry("pyramid", "a").begin():
        assert not left.partial_dir.exists()


def test_an_entry_makes_room_while_it_grows_and_ends_at_the_bound(tmp_path):
    old = fill(CacheFolder(tmp_path, 10**9), "old", 5000)
    os.utime(old.complete_dir, (0, 0))
    entry = CacheFolder(tmp_path, 10_000).entry("samples", "a")
    with entry.begin(), (entry.partial_dir / "data").open("ab", buffering=0) as file:
        for _ in range(10):
            file.write(b"x" * 1000)
            entry.check_room("the samples of x.csv")
            held = sum(p.stat().st_size for p in tmp_path.rglob("data"))
            assert held <= 10_000 * 17 / 16
        assert not old.complete_dir.exists()
        file.write(b"x")
        with pytest.raises(
            StoreError, match=r"the samples of x\.csv .*0\.0 MB.*VITAL_WIDGETS_CACHE_BYTES"
        ):
            entry.check_room("the samples of x.csv")


def test_what_is_read_is_not_dropped_for_what_is_written(tmp_path):
    old = fill(CacheFolder(tmp_path, 10**9), "old", 5000)
    entry = CacheFolder(tmp_path, 6000).entry("samples", "a")
    with old.use(), entry.begin():
        (entry.partial_dir / "data").write_bytes(b"x" * 5000)
        entry.check_room("the samples of x.csv")
        entry.finish()
    assert old.is_complete()
    assert entry.is_complete()


def test_discard_removes_what_was_begun(tmp_path):
    entry = CacheFolder(tmp_path).entry("pyramid", "a")
    entry.discard()
    with entry.begin():
        entry.write_json("meta.json", 1)
        entry.discard()
    assert not entry.partial_dir.exists()


def test_folder_that_cannot_be_made_names_the_fix(tmp_path):
    (tmp_path / "file").write_text("in the way")
    entry = CacheFolder(tmp_path / "file" / "cache").entry("pyramid", "a")
    with pytest.raises(StoreError, match="VITAL_WIDGETS_CACHE_DIR") as caught:
        entry.begin()
    assert str(tmp_path / "file") in str(caught.value)
    assert not entry.is_complete()


def test_full_disk_says_how_much_is_needed_and_free(tmp_path):
    with (
        pytest.raises(StoreError, match=r"disk is full: 5\.0 MB more are needed and .* MB are"),
        guarded_write(tmp_path / "a" / "b", 5_000_000),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
