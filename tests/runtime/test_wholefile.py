from __future__ import annotations

import errno
import os
import stat

import pytest

from vital_widgets.errors import StoreError
from vital_widgets.runtime.wholefile import write_whole


def test_a_new_file_is_as_readable_as_others(tmp_path) -> None:
    write_whole(tmp_path / "ours", b"content")
    (tmp_path / "other").write_bytes(b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "other")}
    assert len(modes) == 1
    assert (tmp_path / "ours").read_bytes() == b"content"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_former_content_and_nothing_else(
    tmp_path, monkeypatch, step
) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(b"former")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(StoreError, match=r"cannot write .*marks\.csv.*No space left"):
        write_whole(path, b"new content" * 1000)
    assert path.read_bytes() == b"former"
    assert [one.name for one in tmp_path.iterdir()] == ["marks.csv"]


def test_links_and_modes_are_kept(tmp_path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"former")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_pipe_is_written_to_and_not_replaced(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_in_a_folder_that_takes_no_other_one_is_written(tmp_path, monkeypatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"former")
    real_open = type(path).open

    def no_new_files(self, mode="r", *rest, **more):
        if "x" in mode:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real_open(self, mode, *rest, **more)

    monkeypatch.setattr(type(path), "open", no_new_files)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(StoreError, match="Permission denied"):
        write_whole(tmp_path / "another", b"new")


@pytest.mark.parametrize("name", ["no/such/folder/file", "\0", "x" * 300])
def test_a_path_that_cannot_be_written(tmp_path, name) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        write_whole(tmp_path / name, b"")
