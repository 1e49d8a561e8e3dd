"""Long series in memory that grow while they are shown."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from ipywidgets import Widget
from ipywidgets.widgets import widget as registry
from plotly.subplots import make_subplots
from plotly_resampler import FigureWidgetResampler
from plotly_resampler.aggregation import MinMaxAggregator

from vital_widgets.errors import InvalidInputError
from vital_widgets.figures import plotlycode
from vital_widgets.figures.serieswidget import SeriesWidget

pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    Widget.close_all()
    plotlycode._users.clear()


def zoom(figure, x=(10.0, 20.0), y=(0.0, 2.0)) -> None:
    moved = {"xaxis.range[0]": x[0], "xaxis.range[1]": x[1]}
    moved |= {"yaxis.range[0]": y[0], "yaxis.range[1]": y[1]}
    figure.set_state({"_js2py_relayout": {"relayout_data": moved, "source_view_id": "one"}})


def test_a_series_grows_without_losing_the_zoom():
    figure = SeriesWidget()
    number = figure.add_series("RR", [], [])
    assert len(figure.data[number].y or ()) == 0
    x = np.arange(100_000.0) / 10
    figure.set_series(number, x[:500], np.sin(x[:500]))
    assert len(figure.data[number].y) == 500
    zoom(figure)
    assert len(figure.data[number].y) == 101
    for n in (1000, 50_000, 100_000):
        figure.set_series(number, x[:n], np.sin(x[:n]))
        np.testing.assert_array_equal(figure.data[number].x, x[100:201])
        assert figure.layout.xaxis.range == (10, 20)
        assert figure.layout.yaxis.range == (0, 2)
    figure.reset_axes()
    assert figure.data[number].x[[0, -1]].tolist() == [0, x[-1]]


def test_its_points_are_those_of_plotly_resampler():
    x, y = np.arange(30_000.0), np.random.default_rng(0).normal(size=30_000)
    figure, plain = SeriesWidget(), FigureWidgetResampler(go.Figure())
    figure.add_series("noise", x, y)
    plain.add_trace({"type": "scatter"}, hf_x=x, hf_y=y)
    np.testing.assert_array_equal(figure.data[0].y, plain.data[0].y)
    for one in (figure, plain):
        zoom(one, (100.0, 9000.0))
    np.testing.assert_array_equal(figure.data[0].x, plain.data[0].x)


def test_several_series_change_with_one_message():
    figure = SeriesWidget(make_subplots(rows=2, cols=1, shared_xaxes=True))
    numbers = [figure.add_series(name, [0, 1], [2, 3], row=k) for k, name in ((1, "a"), (2, "b"))]
    sent = []
    figure.observe(lambda change: sent.append(change.new), "_py2js_update")
    figure.set_all({number: ([0, 1, 2], [number] * 3) for number in numbers})
    assert len([one for one in sent if one]) == 1
    assert [list(trace.y) for trace in figure.data] == [[0, 0, 0], [1, 1, 1]]


def test_dates_are_times():
    figure = SeriesWidget()
    days = np.arange("2024-01-01", "2024-04-01", dtype="datetime64[h]")
    number = figure.add_series("HR", days, np.arange(len(days)))
    assert figure.data[number].x[0] == np.datetime64("2024-01-01")
    zoom(figure, ("2024-01-02", "2024-01-03"))
    assert len(figure.data[number].y) == 25


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [([1, 2], [1], "shape"), ([2, 1], [0, 0], "ascending"), ([[1]], [[1]], "shape")],
)
def test_a_mistake_is_an_error_with_the_fix(x, y, words):
    figure = SeriesWidget()
    with pytest.raises(InvalidInputError, match=words):
        figure.add_series("a", x, y)
    with pytest.raises(InvalidInputError, match="does not exist"):
        figure.set_series(0, [1], [1])
    figure.add_trace(go.Bar(y=[1]))
    with pytest.raises(InvalidInputError, match="add_series"):
        figure.set_series(0, [1], [1])


def test_hundred_closed_figures_leave_nothing_behind():

    before = set(registry._instances)
    for _ in range(100):
        figure = SeriesWidget()
        figure.add_series("a", [1, 2], [3, 4])
        figure.close()
    assert set(registry._instances) == before


def of_intervals(gaps: dict[float, float], n: int = 100_000) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of a day with pauses at some times, of some seconds, each with a NaN."""
    ms = np.random.default_rng(1).normal(850, 30, n)
    x = np.cumsum(ms) / 1000
    for at, seconds in gaps.items():
        k = int(np.searchsorted(x, at))
        x = np.concatenate([x[:k], [x[k - 1] + seconds / 2], x[k:] + seconds])
        ms = np.insert(ms, k, np.nan)
    return x, ms


@pytest.mark.parametrize("grown", [False, True])
def test_a_line_breaks_in_a_gap_that_can_be_seen(grown):
    gaps = {20_000.0: 600.0, 40_000.0: 240.0, 50_000.0: 3.0}
    x, y = of_intervals(gaps)
    figure = SeriesWidget(default_downsampler=MinMaxAggregator())
    number = figure.add_series("RR", *([], []) if grown else (x, y))
    if grown:
        figure.set_series(number, x, y)
    shown, values = np.asarray(figure.data[number].x), np.asarray(figure.data[number].y, float)
    assert np.isnan(values).sum() == 2  # 3 s of 24 h are less than a pixel
    for k in np.flatnonzero(np.isnan(values)):
        assert shown[k + 1] - shown[k - 1] > 240
    zoom(figure, (49_900.0, 50_100.0), (0.0, 2000.0))
    near = (x >= 49_900) & (x <= 50_100)
    np.testing.assert_array_equal(figure.data[number].y, y[near])


def test_missing_values_everywhere_do_not_hide_the_line():
    y = np.sin(np.arange(50_000) / 500)
    y[::20] = np.nan
    figure = SeriesWidget(default_downsampler=MinMaxAggregator())
    figure.add_series("trend", np.arange(50_000.0), y)
    assert not np.isnan(np.asarray(figure.data[0].y, float)).any()


def test_a_gap_between_dates_breaks_the_line():
    hours = np.arange("2020-01-01", "2024-01-01", dtype="datetime64[h]")
    y = np.ones(len(hours))
    y[9000:9080] = y[20_000:20_900] = np.nan
    figure = SeriesWidget(default_downsampler=MinMaxAggregator())
    figure.add_series("HR", hours, y)
    broken = np.flatnonzero(np.isnan(np.asarray(figure.data[0].y, float)))
    at = np.searchsorted(hours, np.asarray(figure.data[0].x, "M8[h]")[broken])
    assert ((at >= 9000) & (at <= 9080)).sum() == 1
    assert ((at >= 20_000) & (at <= 20_900)).sum() >= 1
    assert np.all(((at >= 9000) & (at <= 9080)) | ((at >= 20_000) & (at <= 20_900)))
