"""What is cached may be read by its owner only, whatever the umask says."""

from __future__ import annotations

import os
import stat
import sys

import numpy as np
import pytest

from vital_widgets.errors import StoreError
from vital_widgets.io.reader import open_recording
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.runtime.cachefolder import CacheFolder
from vital_widgets.runtime.private import make_private, open_private

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def fill(folder, key):
    entry = folder.entry("samples", key)
    with entry.begin():
        entry.write_json("meta.json", key)
        entry.finish()
    return entry


def test_an_ingested_file_and_its_pyramid_are_private(tmp_path, cache_dir, umask):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "1\n" * 5000)
    with open_recording(path, fs=100) as recording:
        recording.wait()
        pyramids = open_pyramids(recording)
        pyramids.task.start().result(300)
        pyramids.close()
    kinds = [cache_dir / "samples", cache_dir / "pyramid"]
    inside = [p for kind in kinds for p in (kind, *kind.rglob("*"))]
    assert {p.name for p in inside} >= {"samples.bin", "runs.bin", "table.json", "meta.json"}
    for p in inside:
        assert mode(p) == (0o700 if p.is_dir() else 0o600), p


def test_a_folder_that_is_made_is_private_up_to_the_root(tmp_path):
    root = tmp_path / "new" / "cache"
    fill(CacheFolder(root), "a")
    assert mode(root) == mode(root / "samples") == 0o700


def test_an_old_open_folder_is_closed_when_it_is_read_or_written(tmp_path):
    folder = CacheFolder(tmp_path)
    entry = fill(folder, "a")
    for touch in (lambda: entry.use().release(), lambda: fill(folder, "b")):
        (tmp_path / "samples").chmod(0o755)
        touch()
        assert mode(tmp_path / "samples") == 0o700


def test_a_root_that_is_there_is_left_as_it_is(tmp_path):
    root = tmp_path / "scratch"
    root.mkdir()
    root.chmod(0o775)
    fill(CacheFolder(root), "a")
    assert mode(root) == 0o775


def test_the_folder_of_another_person_is_used_as_it_is(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError

    folder = tmp_path / "samples"
    folder.mkdir()
    folder.chmod(0o770)
    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    make_private(folder)
    with open_private(folder / "x", "wb") as file:
        file.write(b"x")
    assert mode(folder / "x") == 0o600


def test_a_cache_that_may_not_be_looked_into_is_told_as_such(tmp_path, cache_dir, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "1\n" * 500)
    with open_recording(path, fs=100) as recording:
        recording.wait()

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.utime", refuse)
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("os.mkdir", refuse)
    entry = CacheFolder().entry("samples", "a")
    assert not entry.is_complete()
    with open_recording(path, fs=100) as recording:
        with pytest.raises(StoreError, match="VITAL_WIDGETS_CACHE_DIR"):
            recording.wait()
        assert np.isfinite(recording["a"].fs)
