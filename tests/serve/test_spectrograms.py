from __future__ import annotations

import json

import numpy as np
import pytest

from serve.replies import in_memory
from vital_widgets.analysis import spectrogram
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.lanes import LaneSet, lanes_of
from vital_widgets.serve.overlays import spectrogram_lane
from vital_widgets.serve.session import Session
from waiting import until


@pytest.fixture
def session():
    t = np.arange(20_000) / 100
    tone = np.sin(2 * np.pi * np.where(t < 100, 5, 12) * t)
    values = tone + 1e-3 * np.random.default_rng(3).normal(size=len(t))
    recording = in_memory(values, fs=100.0, runs=[(0.0, 12_000), (150.0, 8000)])
    made = Session(recording)
    lane = spectrogram_lane(recording["ch0"], "s", 3, [], {"band": (0, 20), "window_s": 2.0})
    lanes = LaneSet([*lanes_of(recording, None, {}).lanes, lane])
    made.show(lanes, ["ch0"])
    yield made
    made.close()


def ask(session: Session, channel: object) -> tuple[dict, list[bytes]]:
    content = {"v": 1, "kind": "spectrogram", "request": "a:1", "seq": 1, "channel": channel}
    reply, buffers = dispatch(session, content)
    json.dumps(reply, allow_nan=False)
    return reply, buffers


def test_the_picture_is_the_spectrogram_of_the_analysis_in_decibels(session) -> None:
    (k,) = session.index_of(["s"])
    until(lambda: not ask(session, k)[0]["pending"])
    reply, (data,) = ask(session, k)
    plain = spectrogram(session.recording["ch0"], band=(0, 20), window_s=2.0)
    rows, columns = reply["rows"], reply["columns"]
    assert (rows, columns) == plain.power.shape
    codes = np.frombuffer(data, np.uint8, rows * columns, reply["at"]).reshape(rows, columns)
    assert np.array_equal(codes == 0, np.isnan(plain.power))
    assert (codes == 0).any(axis=0).sum() >= 13  # the gap of 30 s
    level = 10 * np.log10(plain.power)
    known = codes > 0
    shown = reply["low"] + (codes[known] - 1) / 254 * (reply["high"] - reply["low"])
    clipped = np.clip(level[known], reply["low"], reply["high"])
    np.testing.assert_allclose(shown, clipped, atol=(reply["high"] - reply["low"]) / 254)
    assert reply["t0"] + reply["column_s"] / 2 == pytest.approx(plain.times[0])
    early = codes[:, : columns // 4].argmax(axis=0)
    step = (reply["f1"] - reply["f0"]) / rows
    assert reply["f0"] + (np.median(early) + 0.5) * step == pytest.approx(5, abs=step)


@pytest.mark.parametrize("channel", [0, None, 99, "s"])
def test_other_lanes_have_no_spectrogram(session, channel) -> None:
    reply, _ = ask(session, channel)
    assert (reply["kind"], reply["code"]) == ("error", "protocol")
