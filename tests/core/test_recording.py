"""A recording: its channels by name, its marks when asked for, its end."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples, FrameChannel
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.tasks import Task, TaskState


def channel(name, fs=10, n=100, start=0.0):
    return Channel(name, ArraySamples(np.arange(n)), regular(fs, n, start))


def test_channels_by_name_in_order():
    rec = Recording("night", [channel("b"), channel("a", fs=1, n=3, start=20)])
    assert list(rec) == list(rec.channels) == ["b", "a"]
    assert len(rec) == 2
    assert "a" in rec
    assert "c" not in rec
    assert rec["a"].name == "a"
    assert rec.duration == 23


def test_channels_cannot_be_replaced_from_outside():
    rec = Recording("night", [channel("a")])
    with pytest.raises(TypeError):
        rec.channels["a"] = channel("a")


def test_no_channels_at_all():
    rec = Recording("empty", [])
    assert rec.duration == 0
    with pytest.raises(UnknownChannelError, match="it has no channels"):
        rec["ECG"]


def test_a_wrong_name_is_answered_with_the_right_ones():
    with pytest.raises(KeyError) as caught:
        Recording("night", [channel("ECG"), channel("Resp")])["ecg"]
    assert str(caught.value) == "no channel 'ecg' in 'night'; it has 'ECG', 'Resp'"


def test_two_channels_of_one_name():
    with pytest.raises(InvalidInputError, match="'a'"):
        Recording("x", [channel("a"), channel("a")])


def test_annotations_are_read_once_when_asked_for():
    calls = []

    def read():
        calls.append(1)
        return Annotations([1.0], ["N"])

    rec = Recording("x", [], annotations=read)
    assert calls == []
    assert len(rec.annotations) == 1
    assert rec.annotations is rec.annotations
    assert calls == [1]
    assert len(Recording("x", []).annotations) == 0


def test_closing_happens_once_and_at_the_end_of_with():
    calls = []
    with Recording("x", [channel("a")], on_close=lambda: calls.append(1)) as rec:
        assert not rec.closed
    assert rec.closed
    rec.close()
    assert calls == [1]


def test_closing_cancels_the_reading():
    begun = threading.Event()

    def work(task):
        begun.set()
        while True:
            task.wait_cancelled(10)

    task = Task(work).start()
    rec = Recording("x", [], task=task)
    assert begun.wait(300)
    rec.close()
    assert task.wait(300)
    assert task.state is TaskState.CANCELLED


def test_closing_drops_its_blocks_and_no_others():
    class Frames:
        samples_per_frame = (1,)
        dtypes = (np.dtype(np.int16),)
        n_frames = 10
        block_frames = 10

        def __init__(self, key):
            self.key = key

        def read_frames(self, f0, f1, channels):
            return [np.zeros(f1 - f0, np.int16) for _ in channels]

    recs = []
    for key in ("closing-1", "closing-2"):
        source = Frames(key)
        made = Channel("a", FrameChannel(source, 0), regular(1, 10))
        made.read(0, 10)
        recs.append(Recording(key, [made]))
    recs[0].close()
    assert blocks().get(("closing-1", 0)) is None
    assert blocks().get(("closing-2", 0)) is not None
    recs[1].close()


def test_waiting_gives_the_recording_or_the_error():
    task = Task(lambda _: None).start()
    rec = Recording("x", [], task=task)
    assert rec.wait() is rec

    def fail(_):
        msg = "broken at line 3"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="line 3"):
        Recording("x", [], task=Task(fail).start()).wait()
