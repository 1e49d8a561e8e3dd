"""Reading in place: any part, any thread, and never from a file that is no longer the same."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from vital_widgets.errors import (
    FormatError,
    RecordingNotFoundError,
    RecordingPermissionError,
    SourceChangedError,
    SourceReadError,
)
from vital_widgets.runtime import files
from vital_widgets.runtime.files import (
    PROBE_BYTES,
    FileStamp,
    SourceFile,
    fingerprint,
    open_descriptor,
    read_head,
    read_whole,
    stamp_of,
)
from waiting import until

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "samples.bin"
    file.write_bytes(CONTENT.tobytes())
    return file


def later(path, seconds=10):
    """Set the time of the file to later, whatever the clock's steps are."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 10**9))


def test_any_part_is_read(path):
    file = SourceFile(path)
    assert file.size == 300_000
    for offset, n in ((0, 10), (299_999, 1), (5, 200_000), (0, 300_000), (7, 0), (300_000, 0)):
        np.testing.assert_array_equal(file.read(offset, n), CONTENT[offset : offset + n])


def test_reading_into_an_array_of_any_type(path):
    target = np.empty((3, 4), "<i2")
    SourceFile(path).read_into(100, target)
    np.testing.assert_array_equal(target.reshape(-1).view(np.uint8), CONTENT[100:124])


def test_eight_threads_with_short_and_long_reads(path):
    file = SourceFile(path)

    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(50):
            offset = int(random.integers(0, 200_000))
            n = int(random.choice([10, 99_000]))
            np.testing.assert_array_equal(file.read(offset, n), CONTENT[offset : offset + n])
            if seed == 0:
                file.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_it_opens_again_after_close_and_after_pickling(path):
    file = SourceFile(path)
    file.read(0, 1)
    file.close()
    file.close()
    assert file.read(1, 1)[0] == CONTENT[1]
    again = pickle.loads(pickle.dumps(file))
    assert again.stamp == file.stamp
    np.testing.assert_array_equal(again.read(50, 50), CONTENT[50:100])


def test_a_pickled_file_that_changed_meanwhile_is_noticed(path):
    content = pickle.dumps(SourceFile(path))
    later(path)
    with pytest.raises(SourceChangedError, match="open it again"):
        pickle.loads(content).check()


def test_a_relative_path_survives_a_change_of_folder(path, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(path.parent)
    file = SourceFile(path.name)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert file.read(0, 1)[0] == CONTENT[0]


def test_a_file_cut_short_gives_an_error_with_both_sizes(path):
    file = SourceFile(path)
    file.read(0, 1)
    os.truncate(path, 1000)
    np.testing.assert_array_equal(file.read(0, 1000), CONTENT[:1000])
    with pytest.raises(SourceChangedError, match=r"size changed from 300000 to 1000 bytes"):
        file.read(500, 1000)


def test_reading_past_the_end_of_an_unchanged_file(path):
    with pytest.raises(SourceChangedError, match="ends at byte 300000"):
        SourceFile(path).read(299_990, 20)


@pytest.mark.parametrize("damage", ["rewritten", "longer", "replaced", "deleted"])
def test_check_notices(path, damage):
    file = SourceFile(path)
    file.read(0, 1)
    file.check()
    if damage == "rewritten":
        later(path)
    elif damage == "longer":
        with path.open("ab") as handle:
            handle.write(b"x")
    elif damage == "replaced":
        other = path.with_name("other")
        other.write_bytes(b"something else")
        other.replace(path)
    else:
        path.unlink()
    with pytest.raises(SourceChangedError, match=r"open it again"):
        file.check()


def test_a_deleted_file_is_named(path):
    file = SourceFile(path)
    path.unlink()
    with pytest.raises(SourceChangedError, match=r"samples\.bin.*deleted"):
        file.check()


def open_handles():
    handles = Path("/proc/self/fd")
    return len(list(handles.iterdir())) if handles.is_dir() else 0


def test_no_handle_stays_behind(path):
    before = open_handles()
    for _ in range(20):
        file = SourceFile(path)
        file.read(0, 100_000)
        del file
    assert open_handles() == before


def test_what_is_not_there(tmp_path, path):
    for missing in (tmp_path / "no.edf", path / "below a file"):
        for function in (open_descriptor, stamp_of, SourceFile, fingerprint, read_head):
            with pytest.raises(RecordingNotFoundError, match="file not found"):
                function(missing)


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="this user may read everything",
)
def test_what_may_not_be_read(path):
    path.chmod(0)
    with pytest.raises(RecordingPermissionError, match="permission"):
        read_head(path)


def test_no_permission_is_told_as_such(path, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError, match=r"no permission to read .*samples\.bin"):
        open_descriptor(path)


def read_small(path):
    return read_whole(path, 100, "a header")


@pytest.fixture(params=["fifo", "socket", "device", "folder"])
def special(request, tmp_path):
    """A path, looked at through a link, that is no regular file; and what it is called."""
    target = tmp_path / "special"
    if sys.platform == "win32":
        pytest.skip("Windows has no such files")
    if request.param == "fifo":
        os.mkfifo(target)
    elif request.param == "folder":
        target.mkdir()
    elif request.param == "device":
        target = Path("/dev/zero")
    else:
        listener = socket.socket(socket.AF_UNIX)
        with contextlib.chdir(tmp_path):  # such an address must be short
            listener.bind("special")
        listener.close()
    link = tmp_path / "a.edf"
    link.symlink_to(target)
    return link, {"fifo": "named pipe"}.get(request.param, request.param)


@pytest.mark.parametrize(
    "function",
    [open_descriptor, stamp_of, SourceFile, fingerprint, read_head, read_small],
)
def test_what_is_no_regular_file_is_refused(special, function):
    path, name = special
    with pytest.raises(FormatError, match=rf"a\.edf is a {name}"):
        function(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_that_comes_into_place_of_a_file_does_not_block(path, monkeypatch):
    file = SourceFile(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(files, "stamp_of", lambda _: file.stamp)
    before = open_handles()
    with pytest.raises(FormatError, match="named pipe"):
        file.read(0, 1)
    assert open_handles() == before


@pytest.mark.parametrize("function", ["open", "read", "preadv", "dup", "fstat"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENODEV])
def test_a_disk_that_fails_is_named_and_may_come_back(path, monkeypatch, function, code):
    def broken(*_, **__):
        raise OSError(code, os.strerror(code))

    if not hasattr(os, function):
        pytest.skip("this system has no such call")
    file = SourceFile(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, function, broken)
        calls = (lambda: file.read(0, 100_000), lambda: read_head(path), lambda: fingerprint(path))
        used = {"preadv": calls[:1], "dup": calls[:1], "read": calls[1:]}.get(function, calls)
        for call in used:
            with pytest.raises(SourceReadError, match=r"samples\.bin cannot be read") as caught:
                call()
            assert os.strerror(code) in str(caught.value)
            assert isinstance(caught.value, OSError)
    np.testing.assert_array_equal(file.read(0, 100_000), CONTENT[:100_000])


def test_after_a_failed_read_the_file_is_opened_anew(path, monkeypatch):
    def broken(*_):
        raise OSError(errno.ESTALE, "Stale file handle")

    if not hasattr(os, "preadv"):
        pytest.skip("this system has no positional read")
    file = SourceFile(path)
    file.read(0, 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "preadv", broken)
        with pytest.raises(SourceReadError, match="Stale"):
            file.read(0, 1)
    later(path)  # the share is back, with another file
    with pytest.raises(SourceChangedError, match="open it again"):
        file.read(0, 1)


def test_reads_that_the_system_cuts_short_are_gone_on_with(path, monkeypatch):
    whole = os.read
    first, head = fingerprint(path), read_head(path)
    monkeypatch.setattr(os, "read", lambda handle, n: whole(handle, min(n, 1000)))
    assert (fingerprint(path), read_head(path)) == (first, head)


def test_a_file_read_as_a_whole_has_a_bound(path):
    assert read_whole(path, 300_000, "a header") == CONTENT.tobytes()
    with pytest.raises(FormatError, match=r"300000 bytes are too many for a header.*maximum 99"):
        read_whole(path, 99, "a header")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux")
def test_files_that_the_system_makes_up():
    with pytest.raises(SourceReadError, match="/proc/self/mem cannot be read"):
        read_head(Path("/proc/self/mem"))
    with pytest.raises(FormatError, match="too many for a header"):
        read_whole(Path("/proc/cpuinfo"), 10, "a header")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_names_that_no_file_can_have(tmp_path, name):
    with pytest.raises(RecordingNotFoundError, match="file not found"):
        read_head(tmp_path / name)


def test_heads(path, tmp_path):
    assert read_head(path, 10) == CONTENT[:10].tobytes()
    assert read_head(path) == CONTENT[:PROBE_BYTES].tobytes()
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="0 bytes"):
        read_head(tmp_path / "empty")
    with pytest.raises(FormatError, match="folder"):
        read_head(tmp_path)


def changed_outside_the_probes(path, size):
    """Write two contents of one size that differ between the probes, each with the same time."""
    content, before = bytearray(size), 0

    def written():
        path.write_bytes(content)
        os.utime(path, ns=(10**18, 10**18))
        return path.stat().st_ctime_ns != before

    for mark in (0, 255):
        content[size // 4] = mark
        until(written)  # the system counts the time of change in steps
        before = path.stat().st_ctime_ns
        yield


def test_the_fingerprint_is_stable_and_sees_every_change(path):
    first = fingerprint(path, {"fs": 1})
    assert fingerprint(path, {"fs": 1}) == first
    seen = {first, fingerprint(path, {"fs": 2})}
    stamp = path.stat().st_mtime_ns
    for place in (0, 80_000, 150_000, 299_999):
        content = bytearray(CONTENT.tobytes())
        content[place] ^= 255
        path.write_bytes(content)
        os.utime(path, ns=(stamp, stamp))  # same size, same time: only the content differs
        seen.add(fingerprint(path, {"fs": 1}))
    later(path)
    seen.add(fingerprint(path, {"fs": 1}))
    assert len(seen) == 7


def test_the_fingerprint_of_a_small_file_is_of_all_its_bytes(path, monkeypatch):
    monkeypatch.setattr(files, "stamp_of", lambda path: FileStamp(path.stat().st_size))
    for size in (1, PROBE_BYTES, files.READ_WHOLE):
        seen = [fingerprint(path) for _ in changed_outside_the_probes(path, size)]
        assert seen[0] != seen[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no time of change")
def test_a_change_under_an_old_time_is_seen_in_large_files_too(path):
    size, seen, opened = files.READ_WHOLE * 2, [], []
    for _ in changed_outside_the_probes(path, size):
        seen.append(fingerprint(path))
        opened.append(SourceFile(path))
    assert seen[0] != seen[1]
    opened[1].check()
    with pytest.raises(SourceChangedError, match="but not its modification time"):
        opened[0].check()


def test_reading_a_file_leaves_its_fingerprint_as_it_is(path):
    first = fingerprint(path)
    file = SourceFile(path)
    file.read(0, 300_000)
    file.check()
    assert fingerprint(path) == first
