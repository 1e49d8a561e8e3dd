from __future__ import annotations

import errno
import gc
import threading
import time
import weakref

import numpy as np
import pytest

import vital_widgets.pyramid.build as build_module
from pyramid.frames import PER_FRAME, assert_whole, open_frames, write_frames
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples, JoinedSamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import FormatError, SourceChangedError, StoreError
from vital_widgets.io.edf.edf_reader import open_file as open_recording
from vital_widgets.pyramid import feeds
from vital_widgets.pyramid import level_store as store
from vital_widgets.pyramid.build import open_pyramids
from vital_widgets.pyramid.cached import CachedStore
from vital_widgets.runtime import tasks
from vital_widgets.runtime.files import fingerprint
from vital_widgets.runtime.tasks import Task, TaskState
from vital_widgets.testing import EdfSignal, write_edf
from waiting import until


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Pieces of a few kilobytes, so that a small file has many."""
    monkeypatch.setattr(feeds, "PIECE_BYTES", 20_000)
    monkeypatch.setattr(feeds.SampleFeed, "piece", 7_000)
    monkeypatch.setattr(build_module, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(tasks, "UPDATE_INTERVAL", 0)  # listeners hear of every piece


def entry_of(recording):
    return CachedStore(recording.fingerprint, list(recording.channels.values())).entry


def leftovers(cache_dir):
    return sorted(path.name for path in cache_dir.glob("pyramid/*") if path.is_dir())


def built(recording):
    pyramids = open_pyramids(recording)
    pyramids.task.run()
    pyramids.task.result(0)
    return pyramids


def test_build_then_open_from_the_cache(tmp_path):
    recording = open_frames(write_frames(tmp_path / "a", 3000), [np.linspace(0, 1, 5001)])
    pyramids = open_pyramids(recording)
    assert pyramids.built == 0
    assert pyramids.channel(0).available(64) == 0
    pyramids.task.start()
    pyramids.task.result(300)
    assert_whole(pyramids, recording)
    pyramids.close()
    again = open_pyramids(open_frames(tmp_path / "a", [np.linspace(0, 1, 5001)]))
    assert again.task is None
    assert_whole(again, recording)
    again.close()


@pytest.mark.parametrize("n_frames", [0, 1, 2, 1024, 1025, 20_000])
def test_short_and_long_recordings(tmp_path, n_frames):
    recording = open_frames(write_frames(tmp_path / "a", n_frames))
    assert_whole(built(recording), recording)


def test_recording_in_memory_is_built_in_memory(cache_dir):
    values = np.random.default_rng(0).normal(size=70_001)
    values[100:9000] = np.nan
    joined = JoinedSamples((ArraySamples(values[:1000]), ArraySamples(values[1000:])))
    recording = Recording(
        "memory",
        [
            Channel("a", ArraySamples(values.astype(np.float32)), regular(1.0, len(values))),
            Channel("b", joined, regular(1.0, len(values))),
        ],
    )
    pyramids = built(recording)
    assert_whole(pyramids, recording)
    assert not leftovers(cache_dir)
    pyramids.close()
    assert open_pyramids(recording) is pyramids


def test_pyramids_in_memory_go_with_the_recording():
    recording = Recording("m", [Channel("a", ArraySamples(np.zeros(9)), regular(1.0, 9))])
    built(recording)
    assert recording in build_module._in_memory
    reference = weakref.ref(recording)
    del recording
    gc.collect()
    assert reference() is None


def test_what_is_built_grows_and_is_exact_before_the_end(tmp_path):
    recording = open_frames(write_frames(tmp_path / "a", 30_000))
    pyramids = open_pyramids(recording)
    whole = recording["c0"].samples.read(0, 30_000 * 64).reshape(-1, 64)
    seen = []

    def look(task):
        n = pyramids.channel(0).available(64)
        lo, hi = pyramids.channel(0).read(64, 0, n)
        np.testing.assert_array_equal(lo, whole[:n].min(axis=1))
        np.testing.assert_array_equal(hi, whole[:n].max(axis=1))
        seen.append((n, pyramids.built, task.progress))

    pyramids.task.listen(look)
    pyramids.task.run()
    assert pyramids.task.error is None
    assert seen == sorted(seen)
    assert seen[-1] == (30_000, 1.0, 1.0)


def test_cancelled_build_is_gone_on_with(tmp_path, cache_dir):
    recording = open_frames(write_frames(tmp_path / "a", 20_000))
    pyramids = open_pyramids(recording)
    pyramids.task.listen(lambda task: task.progress > 0 and task.cancel())
    pyramids.task.run()
    assert pyramids.task.state is TaskState.CANCELLED
    assert leftovers(cache_dir) == [f"{recording.fingerprint}.partial"]
    done = CachedStore(recording.fingerprint, recording.channels.values()).covered_before()
    assert done[0] > 0
    again = open_pyramids(recording)
    assert again is not pyramids
    again.task.run()
    assert_whole(again, recording)
    assert leftovers(cache_dir) == [recording.fingerprint]


def test_no_thread_is_left(tmp_path):
    before = set(threading.enumerate())
    recording = open_frames(write_frames(tmp_path / "a", 5000))
    built(recording).close()
    cancelled = open_pyramids(open_frames(write_frames(tmp_path / "b", 5000)))
    cancelled.task.listen(lambda task: task.cancel())
    cancelled.task.run()
    assert set(threading.enumerate()) <= before


def test_sets_of_one_file_share_a_build(tmp_path):
    first = open_pyramids(open_frames(write_frames(tmp_path / "a", 3000)))
    second = open_pyramids(open_frames(tmp_path / "a"))
    assert second is first
    first.close()
    assert not first.task.cancel_requested
    second.close()
    assert first.task.cancel_requested
    assert open_pyramids(open_frames(tmp_path / "a")) is not first


@pytest.mark.parametrize("damage", ["short", "long", "missing", "json", "other"])
def test_damaged_store_is_built_anew(tmp_path, damage):
    recording = open_frames(write_frames(tmp_path / "a", 3000))
    built(recording).close()
    folder = entry_of(recording).complete_dir
    level = folder / "0001-64.bins"
    if damage == "short":
        level.write_bytes(level.read_bytes()[:-3])
    elif damage == "long":
        level.write_bytes(level.read_bytes() + b"x")
    elif damage == "missing":
        level.unlink()
    elif damage == "json":
        (folder / "meta.json").write_text('{"version": 1, "samples": [')
    else:
        (folder / "meta.json").write_text('{"version": 1, "channels": [], "samples": [1, 2]}')
    pyramids = open_pyramids(open_frames(tmp_path / "a"))
    assert pyramids.task is not None
    assert pyramids.channel(1).available(64) == 0
    pyramids.task.run()
    assert_whole(pyramids, recording)


def test_file_changed_while_building_leaves_nothing(tmp_path, cache_dir):
    path = write_frames(tmp_path / "a", 20_000)
    recording = open_frames(path)
    pyramids = open_pyramids(recording)
    changed = []

    def change(task):
        if task.progress > 0 and not changed:
            changed.append(write_frames(path, 20_000, seed=1))

    pyramids.task.listen(change)
    pyramids.task.run()
    with pytest.raises(SourceChangedError, match="changed while it was open"):
        pyramids.task.result(0)
    assert not leftovers(cache_dir)
    assert pyramids.channel(0).available(64) == 0


def test_file_cut_short_while_building_leaves_nothing(tmp_path, cache_dir):
    path = write_frames(tmp_path / "a", 20_000)
    pyramids = open_pyramids(open_frames(path))
    with path.open("r+b") as file:
        file.truncate(1_000_000)
    pyramids.task.run()
    assert isinstance(pyramids.task.error, SourceChangedError)
    assert not leftovers(cache_dir)


def test_full_disk_is_told_and_leaves_nothing(tmp_path, cache_dir, monkeypatch):
    recording = open_frames(write_frames(tmp_path / "a", 20_000))
    append, calls = store.DiskLevel.append, []

    def full(self, lo, hi):
        calls.append(1)
        if len(calls) > 3:
            with store.guarded_write(cache_dir, 1000):
                raise OSError(errno.ENOSPC, "No space left on device")
        append(self, lo, hi)

    monkeypatch.setattr(store.DiskLevel, "append", full)
    pyramids = open_pyramids(recording)
    pyramids.task.run()
    with pytest.raises(StoreError, match="disk is full"):
        pyramids.task.result(0)
    assert not leftovers(cache_dir)
    assert pyramids.channel(0).available(64) == 0


def test_another_program_is_followed_and_then_relieved(tmp_path):
    recording = open_frames(write_frames(tmp_path / "a", 10_000))
    other = open_pyramids(recording)
    other.task.listen(lambda task: task.progress > 0.3 and task.cancel())
    other.task.run()
    lock = entry_of(recording).begin()
    pyramids = open_pyramids(recording)
    pyramids.task.start()
    until(lambda: pyramids.channel(0).available(64) > 0)
    n = pyramids.channel(0).available(64)
    native = recording["c0"].samples.read(0, n * 64)
    np.testing.assert_array_equal(
        pyramids.channel(0).read(64, 0, n)[0], native.reshape(-1, 64).min(axis=1)
    )
    assert n > 0
    assert not pyramids.task.ended
    lock.release()
    pyramids.task.result(300)
    assert_whole(pyramids, recording)


def test_another_program_has_finished_it(tmp_path):
    recording = open_frames(write_frames(tmp_path / "a", 3000))
    late = open_pyramids(recording)
    build_module._by_fingerprint.clear()
    built(open_frames(tmp_path / "a")).close()
    late.task.run()
    assert late.task.error is None
    assert_whole(late, recording)
    assert not entry_of(recording).partial_dir.exists()


class Growing:
    """Samples of which more can be read as time goes on."""

    dtype = np.dtype(np.float32)

    def __init__(self, values):
        self.values = values
        self.n_samples = 0

    def read(self, start, stop):
        assert stop <= self.n_samples
        return self.values[start:stop].copy()


def growing_recording(n, work):
    samples = Growing(np.random.default_rng(0).normal(size=n).astype(np.float32))
    ready = Task(lambda task: work(samples, task), "reading in")
    channel = Channel("a", samples, regular(1.0, 1), ready=ready)
    return Recording("text", [channel], fingerprint=f"text-{n}"), samples, ready


def test_source_that_grows_is_followed_to_its_end():
    n = 500_001

    def work(samples, task):
        while samples.n_samples < n:
            task.report(samples.n_samples / n)
            samples.n_samples = min(samples.n_samples + 33_333, n)
            time.sleep(0.003)

    recording, samples, ready = growing_recording(n, work)
    pyramids = open_pyramids(recording)
    ready.start()
    pyramids.task.start()
    pyramids.task.result(300)
    assert_whole(pyramids, recording)
    assert store.bin_sizes_for(samples.n_samples) == (64, 256, 1024)


def test_source_that_fails_fails_the_build():
    def work(samples, task):
        samples.n_samples = 10_000
        raise FormatError("row 10001 is no number")

    recording, _, ready = growing_recording(20_000, work)
    pyramids = open_pyramids(recording)
    ready.run()
    pyramids.task.run()
    with pytest.raises(FormatError, match="row 10001"):
        pyramids.task.result(0)
    assert not entry_of(recording).is_complete()


def test_waiting_for_a_source_can_be_cancelled():
    recording, _, _ = growing_recording(10, lambda samples, task: None)
    pyramids = open_pyramids(recording)
    pyramids.task.start()
    pyramids.task.cancel()
    assert pyramids.task.wait(300)
    assert pyramids.task.state is TaskState.CANCELLED


def test_fingerprint_of_a_changed_file_is_another(tmp_path):
    path = write_frames(tmp_path / "a", 100)
    built(open_frames(path)).close()
    before = fingerprint(path)
    write_frames(path, 100, seed=5)
    recording = open_frames(path)
    assert recording.fingerprint != before
    assert_whole(built(recording), recording)


@pytest.mark.parametrize("bdf", [False, True])
@pytest.mark.parametrize("block", [1, 5_000, 1 << 19])
@pytest.mark.parametrize("piece", [1, 20_000, 16 << 20])
def test_channels_of_an_edf_file_alike_or_not(tmp_path, monkeypatch, bdf, block, piece):
    monkeypatch.setattr(feeds, "BLOCK_BYTES", block)
    monkeypatch.setattr(feeds, "PIECE_BYTES", piece)
    rng = np.random.default_rng(block)
    rates = (25, 64, 25, 25, 7, 1)
    digital = [rng.integers(-32768, 32768, 400 * rate) for rate in rates]
    signals = [EdfSignal(f"s{k}", values) for k, values in enumerate(digital)]
    path = write_edf(tmp_path / "a.edf", signals, n_records=400, bdf=bdf)
    recording = open_recording(path)
    for channel, values in zip(recording.channels.values(), digital, strict=True):
        np.testing.assert_array_equal(channel.samples.read(0, len(values)), values)
    pyramids = open_pyramids(recording)
    pyramids.task.listen(lambda task: task.progress > 0.3 and task.cancel())
    pyramids.task.run()
    again = open_pyramids(recording)
    if again.task is not None:
        again.task.run()
    assert_whole(again, recording)


def test_cancel_does_not_wait_for_a_slow_source(tmp_path, monkeypatch):
    recording = open_frames(write_frames(tmp_path / "a", 20_000))
    source = recording["c0"].samples.source
    read, reading, go_on = source.read_frames, threading.Event(), threading.Event()

    def slow(f0, f1, channels):
        reading.set()
        assert go_on.wait(300)
        return read(f0, f1, channels)

    monkeypatch.setattr(source, "read_frames", slow)
    pyramids = open_pyramids(recording)
    heard = threading.Event()
    pyramids.task.start()
    assert reading.wait(300)
    pyramids.task.listen(lambda task: heard.set())
    assert heard.wait(300), "it reports while it waits"
    pyramids.task.cancel()
    go_on.set()
    assert pyramids.task.wait(300)
    assert pyramids.task.state is TaskState.CANCELLED


def test_frames_are_read_once_for_all_their_channels(tmp_path, monkeypatch):
    recording = open_frames(write_frames(tmp_path / "a", 5000))
    source = recording["c0"].samples.source
    read, frames = source.read_frames, []

    def counted(f0, f1, channels):
        frames.append(f1 - f0)
        assert channels == (0, 1, 2)
        return read(f0, f1, channels)

    monkeypatch.setattr(source, "read_frames", counted)
    built(recording)
    assert sum(frames) == 5000
    assert max(frames) * 2 * sum(PER_FRAME) <= 20_000
