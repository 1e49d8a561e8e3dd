from __future__ import annotations

import json
import math
import threading

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serve.replies import decode_part, in_memory, plain_bins
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.recording import Recording
from vital_widgets.runtime.tasks import TaskState
from vital_widgets.serve import signals
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.lanes import lanes_of
from vital_widgets.serve.protocol import TILE_BINS
from vital_widgets.serve.session import Session


def built(recording: Recording) -> Session:
    session = Session(recording)
    if session.task is not None:
        session.task.result(300)
    return session


def ask(session: Session, **fields: object) -> tuple[dict, bytes]:
    content = {"v": 1, "kind": "window", "request": "a:1", "seq": 1, **fields}
    reply, buffers = dispatch(session, content)
    json.dumps(reply, allow_nan=False)
    return reply, buffers[0] if buffers else b""


@pytest.fixture(scope="module")
def walk_session():
    steps = np.random.default_rng(4).integers(-9, 10, 300_000)
    walk = np.clip(np.cumsum(steps), -30_000, 30_000).astype(np.int16)
    return walk, built(in_memory(walk, fs=100.0, gain=0.5, offset=-3.0))


@settings(max_examples=60)
@given(start=st.floats(0, 2990), length=st.floats(0.01, 3000), width=st.integers(10, 3000))
def test_a_window_equals_plain_bins_of_the_samples(walk_session, start, length, width) -> None:
    walk, session = walk_session
    t1 = min(start + length, 3000.0)
    reply, data = ask(session, channels=[0], t0=start, t1=t1, width=width)
    assert reply["kind"] == "window"
    assert reply["complete"] is True
    (part,) = reply["parts"]
    size, first, count = part["bin"], part["first"], part["count"]
    assert first % TILE_BINS == 0
    # whole tiles, or up to the end of the recording
    assert (first + count) % TILE_BINS == 0 or (first + count - 1) * size < len(walk)
    # everything in the window is there, with a neighbour on both sides
    i0, i1 = int(np.ceil(start * 100)), int(np.ceil(t1 * 100))
    assert first * size <= max(i0 - 1, 0)
    assert (first + count) * size >= min(i1 + 1, len(walk))
    low, high = decode_part(part, data)
    expected = plain_bins(
        walk[first * size : (first + count) * size].astype(float) * 0.5 - 3.0, size
    )
    np.testing.assert_allclose(low, expected[0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(high, expected[1], rtol=0, atol=1e-9)


def test_a_negative_gain_changes_minimum_and_maximum() -> None:
    values = np.arange(100_000, dtype=np.int32)
    session = built(in_memory(values, fs=100.0, gain=-2.0))
    reply, data = ask(session, channels=[0], t0=0, t1=1000, width=100)
    low, high = decode_part(reply["parts"][0], data)
    assert np.all(low <= high)
    assert low.min() == -2.0 * 99_999


def test_large_floating_point_offsets_do_not_blur_the_picture() -> None:
    values = 1e9 + np.sin(np.linspace(0, 60, 200_000)) * 1e-2
    session = built(in_memory(values, fs=100.0))
    reply, data = ask(session, channels=[0], t0=0, t1=2000, width=500)
    part = reply["parts"][0]
    assert part["dtype"] == "float32"
    low, high = decode_part(part, data)
    expected = plain_bins(values[: len(low) * part["bin"]], part["bin"])
    np.testing.assert_allclose(low, expected[0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(high, expected[1], rtol=0, atol=1e-6)


def test_samples_are_sent_exactly_and_missing_ones_are_named() -> None:
    values = np.array([1, 2, -32768, 4, 5], np.int16)
    session = built(in_memory(values, fs=1.0, missing=-32768))
    reply, data = ask(session, channels=[0], t0=0, t1=5, width=500)
    part = reply["parts"][0]
    assert (part["bin"], part["count"], part["missing"]) == (1, 5, -32768)
    low, _ = decode_part(part, data)
    np.testing.assert_array_equal(low, [1, 2, np.nan, 4, 5])


def test_nan_and_infinity_do_not_break_a_window() -> None:
    values = np.sin(np.linspace(0, 60, 100_000))
    values[1000:3000] = np.nan
    values[50_000] = np.inf
    session = built(in_memory(values, fs=100.0))
    reply, data = ask(session, channels=[0], t0=0, t1=1000, width=400)
    part = reply["parts"][0]
    low, high = decode_part(part, data)
    expected = plain_bins(values, part["bin"])
    np.testing.assert_allclose(low, expected[0], atol=1e-6)
    np.testing.assert_allclose(high, expected[1], atol=1e-6)
    assert np.isinf(high).sum() == 1


def test_a_window_across_gaps_is_one_range_of_samples() -> None:
    values = np.arange(30_000, dtype=np.int16)
    session = built(in_memory(values, fs=100.0, runs=[(0.0, 10_000), (500.0, 20_000)]))
    reply, data = ask(session, channels=[0], t0=95, t1=505, width=100_00)
    part = reply["parts"][0]
    low, _ = decode_part(part, data)
    samples = part["first"] * part["bin"] + np.arange(len(low)) * part["bin"]
    assert {9_999 // part["bin"], 10_400 // part["bin"]} <= set(samples // part["bin"])


def test_a_window_outside_all_samples_is_answered_and_empty() -> None:
    session = built(in_memory(np.arange(1000, dtype=np.int16), fs=100.0))
    reply, _ = ask(session, channels=[0], t0=1e6, t1=1e6 + 1, width=100)
    assert reply["kind"] == "window"
    assert reply["parts"][0]["complete"] is True


def test_an_empty_channel_is_answered() -> None:
    session = built(in_memory(np.empty(0, np.int16), fs=100.0))
    reply, _ = ask(session, channels=[0], t0=0, t1=1, width=100)
    assert reply["parts"][0]["count"] == 0


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"v": 1},
        {"v": 1, "kind": "nonsense", "request": "a:1"},
        {"v": 2, "kind": "window"},
        {"v": 1, "kind": "window", "channels": [0]},
        {"v": 1, "kind": "runs", "timebase": 9},
        {"v": 1, "kind": "annotations", "t0": 0, "t1": 1, "limit": -1},
        "text",
        None,
    ],
)
def test_every_message_is_answered_bad_ones_with_an_error(walk_session, content) -> None:
    reply, buffers = dispatch(walk_session[1], content)
    assert reply["kind"] == "error"
    assert reply["code"] == "protocol"
    assert reply["error"]
    assert buffers == []


def test_a_reply_carries_no_field_that_the_kernel_would_keep(walk_session) -> None:
    reply, _ = ask(walk_session[1], channels=[0], t0=0, t1=1, width=10)
    assert "id" not in reply
    assert (reply["request"], reply["seq"]) == ("a:1", 1)


def test_a_cancelled_request_is_answered_without_work() -> None:
    session = built(in_memory(np.arange(1000, dtype=np.int16)))
    dispatch(session, {"v": 1, "kind": "cancel", "requests": ["a:7"]})
    reply, _ = ask(session, request="a:7", channels=[0], t0=0, t1=1, width=10)
    assert reply["kind"] == "cancelled"
    reply, _ = ask(session, request="a:7", channels=[0], t0=0, t1=1, width=10)
    assert reply["kind"] == "window"


def test_a_closed_recording_is_an_error_that_says_so() -> None:
    recording = in_memory(np.arange(1000, dtype=np.int16))
    session = built(recording)
    recording.close()
    reply, _ = ask(session, channels=[0], t0=0, t1=1, width=10)
    assert (reply["kind"], reply["code"]) == ("error", "source-changed")
    assert "closed" in reply["error"]


def test_annotations_of_a_window_come_with_their_texts_and_channels() -> None:
    recording = in_memory(np.zeros(1000, np.int16), np.zeros(1000, np.int16))
    marks = Annotations([1.0, 2.0, 3.0], ["N", "V", "N"], [0.0, 5.0, 0.0], ["", "ch1", "gone"])
    recording = Recording("m", recording.channels.values(), annotations=lambda: marks)
    session = built(recording)
    reply, data = ask(session, kind="annotations", t0=1.5, t1=9, limit=10)
    while reply["pending"]:
        reply, data = ask(session, kind="annotations", t0=1.5, t1=9, limit=10)
    n, at = reply["count"], reply["at"]
    assert (n, reply["total"]) == (2, 2)
    assert np.frombuffer(data, "<f8", n, at).tolist() == [2.0, 3.0]
    assert np.frombuffer(data, "<f8", n, at + 8 * n).tolist() == [5.0, 0.0]
    texts = np.frombuffer(data, "<i4", n, at + 16 * n)
    assert [reply["texts"][k] for k in texts] == ["V", "N"]
    assert np.frombuffer(data, "<i4", n, at + 20 * n).tolist() == [1, -1]


def test_too_many_annotations_are_thinned_and_the_total_is_told() -> None:
    recording = in_memory(np.zeros(100, np.int16))
    marks = Annotations(np.arange(1000.0) / 1000, ["N"] * 1000)
    session = built(Recording("m", recording.channels.values(), annotations=marks))
    reply, data = ask(session, kind="annotations", t0=0, t1=1, limit=11)
    assert (reply["count"], reply["total"]) == (11, 1000)
    onsets = np.frombuffer(data, "<f8", 11, reply["at"])
    assert (onsets[0], onsets[-1]) == (0.0, 0.999)


def test_the_description_tells_the_runs_and_shares_equal_time_bases() -> None:
    runs = [(0.0, 400), (10.0, 600)]
    recording = in_memory(np.zeros(1000, np.int16), np.zeros(1000, np.int16), runs=runs)
    content, data = built(recording).description()
    json.dumps(content, allow_nan=False)
    assert len(content["timebases"]) == 1
    base = content["timebases"][0]
    assert np.frombuffer(data, "<i8", 2, base["at"]).tolist() == [0, 400]
    assert np.frombuffer(data, "<f8", 2, base["at"] + 16).tolist() == [0.0, 10.0]


def test_very_many_runs_are_sent_when_asked_for() -> None:
    runs = [(k * 1.0, 10) for k in range(3000)]
    session = built(in_memory(np.zeros(30_000, np.int16), runs=runs))
    content, _ = session.description()
    assert content["timebases"][0]["at"] is None
    reply, data = ask(session, kind="runs", timebase=0)
    n = reply["runs"]
    assert n == 3000
    assert np.frombuffer(data, "<f8", n, reply["at"] + 8 * n)[-1] == 2999.0


def test_the_first_picture_is_small_whatever_the_recording() -> None:
    noise = np.random.default_rng(0).normal(size=(100, 50_000))
    session = built(in_memory(*noise, fs=2000.0))
    picture, data = session.first_picture(range(100), *session.first_window())
    content, runs = session.description()
    assert picture["window"] is not None
    assert len(json.dumps([picture, content])) + len(data) + len(runs) < 200_000
    assert content["ranges"][0] == pytest.approx([-2.6, 2.6], abs=1.0)


LARGEST = float(np.finfo(np.float64).max)
doubles = st.floats(allow_nan=True, allow_infinity=True)


@example(values=[16777217.0, -math.inf], gain=1.0, offset=0.0)
@given(
    values=st.lists(doubles, min_size=1, max_size=40),
    gain=st.sampled_from([1.0, -2.0, 1e10, 1e-300, 1e304]),
    offset=st.sampled_from([0.0, -3.0, LARGEST]),
)
def test_every_double_is_sent_and_nothing_that_is_not_json(values, gain, offset) -> None:
    samples = np.resize(np.array(values), 4000)
    session = Session(in_memory(samples, fs=100.0, gain=gain, offset=offset))
    with np.errstate(over="ignore", invalid="ignore"):
        expected = samples * gain + offset
    for width in (10, 4000):
        reply, data = ask(session, channels=[0], t0=0.0, t1=40.0, width=width)
        assert reply["kind"] == "window"
        (part,) = reply["parts"]
        with np.errstate(over="ignore", invalid="ignore"):
            found = decode_part(part, data)
            plain = plain_bins_of_native(samples, part["bin"], gain, offset)
        finite = expected[np.isfinite(expected)]
        reach = np.ptp(finite / 4) if len(finite) else 0.0
        for sent, right in zip(found, plain, strict=True):
            known = np.isfinite(right)
            np.testing.assert_allclose(
                sent[known] / 4, right[known] / 4, rtol=1e-12, atol=reach * 1e-6
            )
    json.dumps(session.description()[0], allow_nan=False)
    json.dumps(session.first_picture([0], 0.0, 40.0)[0], allow_nan=False)
    session.close()


def plain_bins_of_native(samples, size, gain, offset):
    low, high = (bins * gain + offset for bins in plain_bins(samples, size))
    return (low, high) if gain >= 0 else (high, low)


def test_values_at_both_ends_of_the_doubles_have_a_range_and_are_drawn() -> None:
    samples = np.where(np.arange(100_000) % 2, 1.7e308, -1.7e308)
    session = built(in_memory(samples, fs=100.0))
    reply, data = ask(session, channels=[0], t0=0.0, t1=1000.0, width=300)
    low, high = decode_part(reply["parts"][0], data)
    assert set(low) == {-1.7e308}
    assert set(high) == {1.7e308}
    assert session.description()[0]["ranges"] == [[-1.7e308, 1.7e308]]


def test_values_below_the_reach_of_float32_are_drawn() -> None:
    session = built(in_memory(np.linspace(0, 1e-50, 100_000), fs=100.0))
    reply, data = ask(session, channels=[0], t0=0.0, t1=1000.0, width=300)
    _, high = decode_part(reply["parts"][0], data)
    assert high.max() == pytest.approx(1e-50)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_a_request_brings_is_not_sent_back_as_no_json(number) -> None:
    session = Session(in_memory(np.arange(10.0)))
    reply, _ = dispatch(session, {"v": 1, "kind": "window", "request": number, "seq": [number]})
    assert reply["kind"] == "error"
    json.dumps(reply, allow_nan=False)


def test_a_long_build_begins_after_a_head_start(monkeypatch) -> None:
    monkeypatch.setattr(signals, "LONG_BUILD", 1000)
    recording = in_memory(np.arange(5000.0), fs=100.0)
    monkeypatch.setattr(signals, "HEAD_START", 3600.0)
    waiting = Session(recording)
    assert not waiting.task.begun
    monkeypatch.setattr(signals, "HEAD_START", 0.01)
    other = Session(recording)
    other.task.result()
    assert other.task is waiting.task, "one build for both"
    waiting.close()
    other.close()


def test_a_session_closed_before_its_build_leaves_nothing(monkeypatch) -> None:
    monkeypatch.setattr(signals, "LONG_BUILD", 1000)
    monkeypatch.setattr(signals, "HEAD_START", 3600.0)
    session = Session(in_memory(np.arange(5000.0), fs=100.0))
    session.close()
    assert session.task.state is TaskState.CANCELLED
    for one in threading.enumerate():
        if isinstance(one, threading.Timer):
            assert one.finished.is_set(), "it was cancelled"


def test_a_picture_can_be_taken_while_lanes_are_added() -> None:
    """As on another thread, between the new signals and what the session knows of them."""
    recording = Recording.from_arrays({"ECG": np.arange(500.0)}, fs=100)
    session = built(recording)
    lanes = lanes_of(recording, None, {"ECG": "1-20 Hz"}, [])
    session.signals.show(lanes.lanes, ["ECG"])
    first, _ = session.first_picture(session.index_of(["ECG"]), 0, 5)
    assert [part["channel"] for part in first["window"]["parts"]] == [1]
    assert len(session.ranges) == 2
    session.close()


def test_an_error_does_not_repeat_a_long_message() -> None:
    session = built(Recording.from_arrays({"ECG": np.arange(500.0)}, fs=100))
    reply, _ = ask(session, channels=["x" * 50_000], t0=0, t1=1, width=10)
    assert reply["code"] == "protocol"
    assert 1000 < len(reply["error"]) < 3000
    session.close()
