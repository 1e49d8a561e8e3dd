"""Points chosen from samples, for viewers that shall draw no envelope."""

from __future__ import annotations

import numpy as np
import pytest
from plotly_resampler.aggregation import LTTB, EveryNthPoint, MinMaxLTTB

import vital_widgets as vw
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures.channelpoints import M4
from vital_widgets.serve import points
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.session import Session

FS = 100.0


def asked(session, **changed):
    message = {"v": 1, "kind": "points", "request": "a:1", "seq": 1, "channels": [0]}
    message |= {"t0": 10.0, "t1": 900.0, "n": 400, "aggregator": "lttb", **changed}
    reply, buffers = dispatch(session, message)
    sets = []
    for part in reply.get("parts", []):
        n = max(part["count"], 0)
        both = np.frombuffer(buffers[0] if buffers else b"", "<f8", 2 * n, part["at"])
        sets.append((both[:n], both[n:]))
    return reply, sets


@pytest.fixture
def signal():
    return np.cumsum(np.random.default_rng(0).normal(size=100_000))


@pytest.fixture
def session(signal):
    recording = vw.Recording.from_arrays({"x": signal, "y": -signal}, fs=FS)
    made = Session(recording)
    yield made
    made.close()
    recording.close()


@pytest.mark.parametrize(
    ("name", "aggregator"),
    [("lttb", LTTB()), ("minmaxlttb", MinMaxLTTB()), ("m4", M4()), ("everynth", EveryNthPoint())],
)
def test_the_points_are_those_of_plotly_resampler(session, signal, name, aggregator):
    reply, sets = asked(session, aggregator=name, channels=[0, 1])
    assert reply["kind"] == "points"
    window = np.arange(999, 90_001)
    for (times, values), y in zip(sets, (signal, -signal), strict=True):
        at = np.unique(aggregator.arg_downsample(window / FS, y[window], n_out=400))
        np.testing.assert_allclose(times, window[at] / FS)
        np.testing.assert_array_equal(values, y[window][at])
    assert [part["samples"] for part in reply["parts"]] == [len(window)] * 2


def test_few_samples_are_all_sent(session, signal):
    _, [(times, values)] = asked(session, t0=10.0, t1=12.0)
    np.testing.assert_allclose(times, np.arange(999, 1201) / FS)
    np.testing.assert_array_equal(values, signal[999:1201])


def test_the_line_ends_at_gaps_and_at_missing_samples():
    y = np.arange(30_000) % 7 * 1.0
    y[12_000:13_000] = np.nan
    base = from_runs(FS, [(0.0, 20_000), (500.0, 10_000)])
    session = Session(vw.Recording("gaps", [Channel("x", ArraySamples(y), base)]))
    _, [(times, values)] = asked(session, t0=0.0, t1=600.0)
    ends = np.flatnonzero(np.isnan(values))
    assert len(ends) == 2
    around = [(times[k - 1], times[k + 1]) for k in ends]
    for (before, after), (t0, t1) in zip(around, [(120, 130), (200, 500)], strict=True):
        assert before < t0
        assert after >= t1
    session.close()


def test_a_window_with_too_many_samples_has_no_points(session, monkeypatch):
    monkeypatch.setattr(points, "LIMIT", 10_000)
    reply, _ = asked(session)
    assert reply["parts"] == [{"channel": 0, "samples": 89_002, "count": -1, "at": 0}]
    _, [(times, _)] = asked(session, t1=50.0)
    assert len(times) == 400


@pytest.mark.parametrize(
    "changed",
    [{"aggregator": "mean"}, {"aggregator": None}, {"n": 0}, {"channels": [7]}, {"t1": 1}],
)
def test_invalid_requests_are_answered_with_an_error(session, changed):
    reply, _ = asked(session, **changed)
    assert (reply["kind"], reply["code"]) == ("error", "protocol")


def test_a_viewer_accepts_known_aggregators_only(session):
    viewer = vw.Viewer(session.recording)
    assert viewer.aggregator == "minmax"
    viewer.aggregator = "lttb"
    assert viewer.get_state()["aggregator"] == "lttb"
    with pytest.raises(InvalidInputError, match="minmaxlttb"):
        viewer.aggregator = "mean"
    assert viewer.aggregator == "lttb"
