"""Whatever a kill leaves behind, the build that goes on with it ends like a fresh one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets.pyramid.build as build_module
from pyramid.frames import assert_whole, open_frames, write_frames
from vital_widgets.pyramid import feeds
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.pyramid.cached import CachedStore

FRAMES = 5000
PER_FRAME = (64, 50, 7)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return open_frames(write_frames(tmp_path_factory.mktemp("r") / "a", FRAMES))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def wanted(recording, tmp_path_factory):
    """The files of a build without any mishap."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITAL_WIDGETS_CACHE_DIR", str(tmp_path_factory.mktemp("fresh")))
        fresh = open_pyramids(recording)
        fresh.task.run()
        fresh.close()
        store = CachedStore(recording.fingerprint, recording.channels.values())
        return files_of(store.entry.complete_dir)


@settings(max_examples=40)
@given(data=st.data())
def test_any_leftover_is_gone_on_with(recording, wanted, cache_dir, data):
    shutil.rmtree(cache_dir)
    build_module._by_fingerprint.clear()
    store = CachedStore(recording.fingerprint, recording.channels.values())
    store.entry.partial_dir.mkdir(parents=True)
    for name, content in wanted.items():
        (store.entry.partial_dir / name).write_bytes(content)
    # A journal as it may be: behind the files, ahead of them, damaged or not there.
    frames = data.draw(st.integers(0, FRAMES))
    meta = store.entry.read_json("meta.json", partial=True)
    store.entry.write_json("progress.json", {**meta, "samples": [n * frames for n in PER_FRAME]})
    if data.draw(st.booleans()):
        (store.entry.partial_dir / "meta.json").unlink()
    if data.draw(st.booleans()):
        journal = store.entry.partial_dir / "progress.json"
        journal.write_bytes(journal.read_bytes()[: data.draw(st.integers(0, 200))])
    for name, content in wanted.items():
        if name.endswith(".bins") and data.draw(st.booleans()):
            size = data.draw(st.integers(0, len(content)))
            (store.entry.partial_dir / name).write_bytes(content[:size])
    pyramids = open_pyramids(recording)
    pyramids.task.run()
    assert pyramids.task.error is None
    assert files_of(store.entry.complete_dir) == wanted
    assert_whole(pyramids, recording)
    pyramids.close()


BUILD_SLOWLY = """
import sys, time
from pathlib import Path
from pyramid.frames import open_frames
import vital_widgets.pyramid.build as build
from vital_widgets.pyramid import feeds
from vital_widgets.runtime import tasks
tasks.UPDATE_INTERVAL = 0
feeds.PIECE_BYTES = 20_000
build.SAVE_SECONDS = 0
pyramids = build.open_pyramids(open_frames(Path(sys.argv[1])))
def slow(task):
    if 0.2 < task.progress < 1:
        print("begun", flush=True)
        time.sleep(0.01)
pyramids.task.listen(slow)
pyramids.task.run()
"""


def test_killed_build_is_gone_on_with(tmp_path, cache_dir, monkeypatch):
    path = write_frames(tmp_path / "a", 60_000)
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD_SLOWLY, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline().strip() == b"begun"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    recording = open_frames(path)
    done = CachedStore(recording.fingerprint, recording.channels.values()).covered_before()
    assert 0 < done[0] < 60_000 * 64
    first = []
    read = feeds.FrameFeed.read
    monkeypatch.setattr(
        feeds.FrameFeed, "read", lambda feed, u0, u1: first.append(u0) or read(feed, u0, u1)
    )
    pyramids = open_pyramids(recording)
    pyramids.task.run()
    assert min(first) == done[0] // 64
    assert_whole(pyramids, recording)
