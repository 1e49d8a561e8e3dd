from __future__ import annotations

import threading

import numpy as np
import pytest

import vital_widgets as vw
from serve.replies import decode_part, in_memory, plain_bins
from vital_widgets.io.text.blocks import LineBlocks
from vital_widgets.runtime.tasks import Task, TaskState
from vital_widgets.serve import session as session_module
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session
from vital_widgets.serve.window import window_part
from waiting import until

N = 300_000
VALUES = (np.cumsum(np.random.default_rng(2).integers(-9, 10, N)) % 20_000).astype(np.int16)


class PartlyBuilt:
    """A pyramid whose levels reach as far as told; each holds plain bins of the samples."""

    def __init__(self, reach):
        self.reach = reach
        self.bin_sizes = tuple(sorted(reach))

    def available(self, size):
        return -(-self.reach[size] // size) if self.reach[size] >= N else self.reach[size] // size

    def read(self, size, first, stop):
        low, high = plain_bins(VALUES[first * size : stop * size].astype(float), size)
        return low.astype(np.int16), high.astype(np.int16)


@pytest.mark.parametrize(
    "reach",
    [
        {},
        {64: 0, 256: 0},
        {64: N, 256: N, 1024: N},
        {64: 100_032, 256: 99_840, 1024: 99_328},
        {64: 100_032, 256: 20_480, 1024: 0},
        {64: 256 * 700, 256: 256 * 700},
    ],
)
@pytest.mark.parametrize("width", [3, 40, 900])
@pytest.mark.parametrize(("t0", "t1"), [(0.0, 3000.0), (900.0, 1100.0), (2990.0, 3000.0)])
def test_a_window_is_the_same_however_far_the_pyramid_is_built(reach, width, t0, t1):
    channel = in_memory(VALUES)["ch0"]
    part = window_part(channel, PartlyBuilt(reach), t0, t1, width, allowance=N)
    assert part.complete
    end = min((part.first + len(part.lo)) * part.bin, N)
    low, high = plain_bins(VALUES[part.first * part.bin : end].astype(float), part.bin)
    np.testing.assert_array_equal(part.lo, low)
    np.testing.assert_array_equal(part.hi, high)


def test_what_is_not_built_and_too_much_to_reduce_is_said_to_be_missing():
    channel = in_memory(VALUES)["ch0"]
    pyramid = PartlyBuilt({64: 64_000, 256: 64_000, 1024: 64_512})
    part = window_part(channel, pyramid, 0.0, 3000.0, 200, allowance=1000)
    assert not part.complete
    assert len(part.lo) * part.bin <= 64_512
    nothing = window_part(channel, None, 0.0, 3000.0, 200, allowance=1000)
    assert not nothing.complete
    assert len(nothing.lo) == 0


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_of_eight_bytes_are_drawn_around_their_middle(dtype):
    values = np.arange(200_000, dtype=dtype) + dtype(2**50)
    session = Session(in_memory(values))
    assert session.task.wait(300)
    request = {"v": 1, "kind": "window", "channels": [0], "t0": 0, "t1": 2000, "width": 100}
    reply, (data,) = dispatch(session, request)
    (part,) = reply["parts"]
    assert part["dtype"] == "float32"
    low, high = decode_part(part, data)
    whole = len(low) - 1
    np.testing.assert_allclose(high[:whole] - low[:whole], part["bin"] - 1, atol=0.05)
    session.close()


def test_annotations_are_pending_until_they_are_read(monkeypatch):
    go = threading.Event()
    recording = in_memory(VALUES[:1000])
    marks = recording.annotations

    def slow():
        assert go.wait(300)
        return marks

    recording._annotations = slow
    session = Session(recording)
    request = {"v": 1, "kind": "annotations", "t0": 0.0, "t1": 9.0, "limit": 5}
    assert dispatch(session, request)[0]["pending"] is True
    go.set()
    assert session._annotation_task.wait(300)
    assert dispatch(session, request)[0]["pending"] is False
    session.close()


def test_closing_ends_a_reading_of_annotations_that_waits(monkeypatch):
    go = threading.Event()
    monkeypatch.setenv("VITAL_WIDGETS_WORKERS", "1")
    blocker = Task(lambda _: go.wait(300)).start()
    session = Session(in_memory(VALUES[:1000]))
    dispatch(session, {"v": 1, "kind": "annotations", "t0": 0.0, "t1": 9.0, "limit": 5})
    session.close()
    assert session._annotation_task.state is TaskState.CANCELLED
    go.set()
    assert blocker.wait(300)


def test_annotations_that_cannot_be_read_are_an_error(monkeypatch):
    recording = in_memory(VALUES[:1000])

    def broken():
        raise ZeroDivisionError

    recording._annotations = broken
    session = Session(recording)
    reply = dispatch(session, {"v": 1, "kind": "annotations", "t0": 0.0, "t1": 9.0, "limit": 5})[0]
    if reply.get("pending"):
        assert session._annotation_task.wait(300)
        request = {"v": 1, "kind": "annotations", "t0": 0.0, "t1": 9.0, "limit": 5}
        reply = dispatch(session, request)[0]
    assert (reply["kind"], reply["error"]) == ("error", "ZeroDivisionError")
    session.close()


def test_a_first_picture_too_large_for_a_state_is_left_to_the_wire(monkeypatch):
    monkeypatch.setattr(session_module, "FIRST_PICTURE_BYTES", 100)
    session = Session(in_memory(VALUES))
    picture, data = session.first_picture([0], 0.0, 3000.0)
    assert picture["window"] is None
    assert (data == b"") == (picture["overview"] is None)  # once it is built there is one
    session.close()


def test_annotations_between_rows_are_pending_until_the_file_is_read(tmp_path, monkeypatch):
    go = threading.Event()
    blocks = LineBlocks._bytes

    def slow(self):
        assert go.wait(300)
        yield from blocks(self)

    monkeypatch.setattr(LineBlocks, "_bytes", slow)
    rows = "".join(f"{k}" + "\t#* here" * (k == 7) + "\n" for k in range(100))
    path = tmp_path / "lab.txt"
    path.write_text(f"Interval=\t0.01 s\nChannelTitle=\tECG\nRange=\t1 V\n{rows}")
    recording = vw.open(path)
    session = Session(recording)
    request = {"v": 1, "kind": "annotations", "t0": 0.0, "t1": 9.0, "limit": 5}
    assert dispatch(session, request)[0]["pending"] is True
    assert session._annotation_task is None  # nothing waits in the place of other work
    go.set()
    recording.wait()
    until(lambda: dispatch(session, request)[0]["pending"] is False)
    assert dispatch(session, request)[0]["texts"] == ["here"]
    session.close()
