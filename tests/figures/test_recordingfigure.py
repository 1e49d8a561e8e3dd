"""Figures over channels that are not in memory, against plotly-resampler in memory."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime

import numpy as np
import plotly.graph_objects as go
import pytest
from ipywidgets import Widget
from plotly_resampler import (
    LTTB,
    FigureResampler,
    FigureWidgetResampler,
    register_plotly_resampler,
    unregister_plotly_resampler,
)
from plotly_resampler.aggregation import EveryNthPoint, MinMaxAggregator, MinMaxLTTB

import vital_widgets as vw
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.figures import binextremes, channelpoints, plotlycode
from vital_widgets.figures.channelpoints import M4
from vital_widgets.figures.lazyseries import ChannelTimes, ChannelValues

FS = 250.0
N = 300_000
pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    Widget.close_all()
    plotlycode._users.clear()


@pytest.fixture
def signal():
    rng = np.random.default_rng(1)
    return np.cumsum(rng.normal(size=N)) / 100 + np.sin(np.arange(N) / 40)


@pytest.fixture
def recording(signal):
    made = vw.Recording.from_arrays(
        {"ECG": signal, "flat": np.zeros(N)}, fs=FS, start=datetime(2024, 3, 1, 22)
    )
    yield made
    made.close()


def gesture(figure, t0, t1, axis: str = "xaxis") -> None:
    """What the browser sends when somebody zooms."""
    moved = {f"{axis}.range[0]": t0, f"{axis}.range[1]": t1}
    figure.set_state({"_js2py_relayout": {"relayout_data": moved, "source_view_id": "one"}})


def in_memory(signal, aggregator) -> FigureWidgetResampler:
    figure = FigureWidgetResampler(
        go.Figure(), default_n_shown_samples=2000, default_downsampler=aggregator
    )
    figure.add_trace({"type": "scatter"}, hf_x=np.arange(len(signal)) / FS, hf_y=signal)
    return figure


@pytest.mark.parametrize(
    ("name", "aggregator"),
    [
        ("lttb", LTTB()),
        ("minmaxlttb", MinMaxLTTB()),
        ("everynth", EveryNthPoint()),
        ("m4", M4()),
        (MinMaxAggregator(), MinMaxAggregator()),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_aggregators_choose_the_points_that_plotly_resampler_chooses(
    recording, signal, name, aggregator
):
    figure = vw.figure(recording, "ECG", aggregator=name)
    other = in_memory(signal, aggregator)
    for view in (None, (100.0, 900.0), (100.1, 101.3)):
        if view is not None:
            gesture(figure, *view)
            gesture(other, *view)
        ours, theirs = figure.data[0], other.data[0]
        np.testing.assert_allclose(ours.x, theirs.x)
        np.testing.assert_array_equal(ours.y, theirs.y)


def test_the_envelope_of_each_view_is_that_of_the_samples(recording, signal):
    figure = vw.figure(recording, "ECG", n_points=500)
    rng = np.random.default_rng(0)
    for _ in range(50):
        t0 = rng.uniform(0, 1000)
        t1 = t0 + 10 ** rng.uniform(0, 2.3)
        gesture(figure, t0, t1)
        shown = figure.data[0]
        assert len(shown.y) <= 504
        i0, i1 = int(np.ceil(t0 * FS)), int(np.floor(t1 * FS))
        assert shown.x[0] <= t0 + 1 / FS + (t1 - t0) / 50
        assert shown.x[-1] >= t1 - 1 / FS - (t1 - t0) / 50
        assert shown.y.max() >= signal[i0:i1].max()
        assert shown.y.min() <= signal[i0:i1].min()


def test_few_samples_are_shown_as_they_are(recording, signal):
    figure = vw.figure(recording, "ECG")
    gesture(figure, 10.0, 12.0)
    np.testing.assert_array_equal(figure.data[0].y, signal[2500:3001])
    np.testing.assert_allclose(figure.data[0].x, np.arange(2500, 3001) / FS)
    assert figure.data[0].name == "ECG"


def test_a_window_reads_about_as_many_samples_as_it_shows(recording, monkeypatch):
    monkeypatch.setattr(binextremes, "READ_BYTES", 10_000)
    read = []
    plain = ArraySamples.read
    figure = vw.figure(recording, "ECG", (0, 100))
    if figure._session.task is not None:
        figure._session.task.result()
    monkeypatch.setattr(
        ArraySamples, "read", lambda self, i, j: read.append(j - i) or plain(self, i, j)
    )
    figure.reset_axes()
    gesture(figure, 10, 1000)
    gesture(figure, 10, 11)
    assert sum(read) < 10_000


def test_the_whole_is_shown_again_after_a_double_click_and_a_click_on_reset(recording):
    figure = vw.figure(recording, "ECG")
    whole = figure.data[0].y.copy()
    for click in (
        {"xaxis.autorange": True, "yaxis.autorange": True},
        {"xaxis.autorange": True, "xaxis.showspikes": False},
    ):
        for _ in range(2):
            gesture(figure, 10, 11)
            assert figure.t_range == (10, 11)
            message = {"relayout_data": dict(click), "source_view_id": "one"}
            figure.set_state({"_js2py_relayout": message})
            assert figure.t_range is None
            np.testing.assert_array_equal(figure.data[0].y, whole)


def test_times_of_day(recording, signal):
    figure = vw.figure(recording, "ECG", (10, 12), time_axis="clock")
    assert figure.layout.xaxis.type == "date"
    np.testing.assert_array_equal(figure.data[0].y, signal[2500:3001])
    assert figure.data[0].x[0] == np.datetime64("2024-03-01T22:00:10")
    assert figure.t_range == (10, 12)
    gesture(figure, "2024-03-01 22:01:00", "2024-03-01 22:01:01.5")
    assert figure.t_range == (60, 61.5)
    np.testing.assert_array_equal(figure.data[0].y, signal[15000:15376])
    figure.t_range = (0, 1000)
    assert figure.t_range == (0, 1000)
    assert len(figure.data[0].y) > 1000


def with_gaps() -> vw.Recording:
    base = from_runs(100.0, [(0.0, 20_000), (500.0, 3000), (530.1, 30_000)])
    samples = ArraySamples(np.arange(53_000, dtype=np.int16) % 50)
    return vw.Recording("with gaps", [Channel("x", samples, base)])


@pytest.mark.parametrize("time_axis", ["elapsed", "clock"])
@pytest.mark.parametrize("aggregator", ["minmax", "lttb"])
def test_gaps_interrupt_the_line(aggregator, time_axis):
    recording = with_gaps()
    recording.start = datetime(2024, 1, 1)
    figure = vw.figure(recording, "x", aggregator=aggregator, time_axis=time_axis)
    holes = np.flatnonzero(np.isnan(figure.data[0].y.astype(float)))
    if aggregator == "minmax":
        assert len(holes) == 1, "a gap that is much shorter than a bin is not seen"
    assert {200.0, 500.0} & set(np.round(figure._clock_source.elapsed(figure.data[0].x[holes])))
    figure.t_range = (520, 540)
    shown = figure.data[0]
    assert np.isnan(shown.y.astype(float)).sum() == 1
    figure.t_range = (200.5, 499)
    assert all(value is None or np.isnan(value) for value in figure.data[0].y)


def test_samples_that_are_missing_are_not_drawn():
    values = np.full(100_000, -32768, np.int16)
    values[50_000:] = 7
    channel = Channel("x", ArraySamples(values), from_runs(100.0, [(0.0, 100_000)]), missing=-32768)
    figure = vw.figure(vw.Recording("missing", [channel]), "x", n_points=100)
    for view in (None, (499.0, 502.0)):
        figure.t_range = view
        y = figure.data[0].y
        assert set(y[~np.isnan(y)]) == {7}
        assert np.isnan(y[0])
        assert abs(figure.data[0].x[~np.isnan(y)][0] - 500) < 0.1


def test_a_view_that_is_too_long_for_an_aggregator_says_what_it_shows(recording, monkeypatch):
    monkeypatch.setattr(channelpoints, "IN_MEMORY_SAMPLES", 100_000)
    figure = vw.figure(recording, "ECG", aggregator="lttb")
    assert "min/max: too many samples for LTTB" in figure.data[0].name
    envelope = vw.figure(recording, "ECG")
    np.testing.assert_array_equal(figure.data[0].y, envelope.data[0].y)
    gesture(figure, 0, 100)
    assert "min/max" not in figure.data[0].name
    assert len(figure.data[0].y) == 2000


def test_hf_data_are_used_as_those_of_plotly_resampler(recording, signal):
    figure = vw.figure(recording, "ECG")
    (held,) = figure.hf_data
    assert isinstance(held["x"], ChannelTimes)
    assert isinstance(held["y"], ChannelValues)
    assert len(held["y"]) == N
    np.testing.assert_array_equal(np.asarray(held["y"]), signal)
    np.testing.assert_array_equal(held["y"][10:20][[0, 3]], signal[[10, 13]])
    assert held["y"][-1] == signal[-1]
    held["downsampler"] = LTTB()
    held["max_n_samples"] = 300
    figure.reload_data()
    at = LTTB().arg_downsample(np.arange(N) / FS, signal, n_out=300)
    np.testing.assert_array_equal(figure.data[0].y, signal[at])
    held["y"] = np.zeros(N)
    figure.reload_data()
    assert not figure.data[0].y.any()
    with pytest.raises(IndexError, match="300000"):
        held["x"][N]


def test_a_figure_resampler_made_of_it_answers_from_the_recording_too(recording, signal):
    figure = vw.figure(recording, ["ECG", "flat"])
    dash = FigureResampler(figure)
    assert callable(dash.show_dash)
    new = dash._construct_update_data({"xaxis.range[0]": 10.0, "xaxis.range[1]": 12.0})
    np.testing.assert_array_equal(np.asarray(new[1]["y"]), signal[2500:3001])
    duplicate = copy.deepcopy(figure.hf_data[0]["y"])
    assert len(duplicate) == N


def test_registering_plotly_resampler_changes_nothing(recording):
    register_plotly_resampler(mode="widget")
    try:
        figure = vw.figure(recording, "ECG", (0, 1))
        assert type(figure).__name__ == "RecordingFigure"
        wrapped = go.Figure({"data": [{"y": np.arange(5000.0)}]})
        assert len(wrapped.data[0].y) == 1000
    finally:
        unregister_plotly_resampler()


def test_two_channels_have_their_own_axes_and_move_together(recording):
    figure = vw.figure(recording, ["flat", "ECG"])
    assert [trace.yaxis for trace in figure.data] == ["y", "y2"]
    assert figure.layout.xaxis.matches == "x2"
    figure.t_range = (10, 11)
    assert [len(trace.y) for trace in figure.data] == [251, 251]


def test_closing_ends_what_the_figure_began_and_leaves_the_recording(recording):
    figure = vw.figure(recording, "ECG")
    figure.close()
    figure.refresh()
    figure.close()
    assert not recording.closed
    assert plotlycode._shared == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"channels": "EKG"}, "'EKG'.*'ECG'"),
        ({"channels": []}, "names no channel"),
        ({"channels": 3}, "names no channel"),
        ({"t_range": (5, 1)}, "t0 < t1"),
        ({"t_range": "all"}, "t_range"),
        ({"aggregator": "mean"}, "minmaxlttb"),
        ({"n_points": 0}, "n_points=0"),
        ({"time_axis": "date"}, "elapsed"),
    ],
)
def test_a_mistake_is_an_error_with_the_fix(recording, arguments, words):
    with pytest.raises((InvalidInputError, UnknownChannelError), match=words):
        vw.figure(recording, **arguments)


def test_times_of_day_need_a_start(signal):
    with pytest.raises(InvalidInputError, match=r"set recording\.start"):
        vw.figure(vw.Recording.from_arrays({"a": signal}, fs=FS), time_axis="clock")
    with pytest.raises(InvalidInputError, match="Recording"):
        vw.figure(signal)


def test_an_array_in_hf_data_takes_the_place_of_the_channel(recording, signal):
    figure = vw.figure(recording, ["ECG", "flat"])
    held = figure.hf_data[0]
    held["y"] = -np.asarray(held["y"])
    figure.reload_data()
    assert set(figure.data[0].y) <= set(-signal)
    held["x"], held["y"] = np.arange(N) / FS, signal
    held["downsampler"] = "lttb"
    figure.reload_data()
    at = LTTB().arg_downsample(np.arange(N) / FS, signal, n_out=2000)
    np.testing.assert_array_equal(figure.data[0].y, signal[at])
    assert held["x"].size == figure.hf_data[1]["x"].size == N
    held["downsampler"] = "mean"
    with pytest.raises(InvalidInputError, match="minmaxlttb"):
        figure.reload_data()


def test_traces_are_added_as_to_a_figure_of_plotly_resampler(recording, signal):
    figure = vw.figure(recording, ["ECG", "flat"])
    figure.add_trace(
        go.Scattergl(name="twice"), hf_x=np.arange(N) / FS, hf_y=2 * signal, row=2, col=1
    )
    figure.add_trace(go.Scatter(x=[1, 2], y=[3, 4]), row=1, col=1)
    of_ecg = figure.hf_data[0]
    figure.add_trace(go.Scattergl(name="again"), hf_x=of_ecg["x"], hf_y=of_ecg["y"], row=1, col=1)
    figure._reload_incomplete(last=True)
    figure.t_range = (10, 12)
    np.testing.assert_array_equal(figure.data[2].y, 2 * signal[2500:3001])
    np.testing.assert_array_equal(figure.data[4].y, signal[2500:3001])
    assert list(figure.data[3].y) == [3, 4]


def test_a_logarithmic_time_axis(recording):
    figure = vw.figure(recording, "ECG")
    figure.update_xaxes(type="log")
    gesture(figure, 1.0, 2.0)
    assert figure.t_range == (10, 100)
    assert abs(figure.data[0].x[0] - 10) < 0.1
    figure.t_range = (20, 40)
    np.testing.assert_allclose(figure.t_range, (20, 40))
    with pytest.raises(InvalidInputError, match="logarithmic"):
        figure.t_range = (0, 10)


def test_what_such_a_figure_cannot_do_is_said_with_another_way(recording):
    figure = vw.figure(recording, "ECG")
    for one in (figure, FigureResampler(figure)):
        with pytest.raises(InvalidInputError, match="pickle plotly"):
            pickle.dumps(one)
    again = pickle.loads(pickle.dumps(go.Figure(figure)))
    assert again.to_json() == go.Figure(figure).to_json()
    with pytest.raises(InvalidInputError, match="add_trace"):
        figure.replace(go.Figure())
