"""Figures that share Plotly's code."""

from __future__ import annotations

import base64
import gc
import gzip

import numpy as np
import plotly.graph_objects as go
import pytest
from ipywidgets import Widget
from ipywidgets.widgets import widget as registry

from vital_widgets.figures import plotlycode
from vital_widgets.figures.plotwidget import PlotWidget

pytestmark = pytest.mark.usefixtures("stand_in_front_end")


@pytest.fixture(autouse=True)
def nothing_left():
    """Close what a test left open."""
    yield
    Widget.close_all()
    plotlycode._users.clear()


def test_figures_refer_to_one_copy_of_the_code_of_plotly():
    first, second = PlotWidget([{"y": [1, 2]}]), PlotWidget()
    assert first.get_state()["_plotly"] == second.get_state()["_plotly"]
    holder = first._plotly.get_state()
    assert gzip.decompress(base64.b64decode(holder["code"])) == plotlycode.BUNDLE.read_bytes()
    for figure in (first, second):
        size = sum(len(str(value)) for value in figure.get_state().values())
        assert size < 20_000


def test_the_shared_code_is_closed_with_the_last_figure_and_comes_back():
    first, second = PlotWidget(), PlotWidget()
    holder = first._plotly
    first.close()
    assert holder.comm is not None
    second.close()
    assert holder.comm is None
    third = PlotWidget()
    assert third._plotly.comm is not None
    third.close()
    third.close()
    assert third._plotly.comm is None


def test_the_state_is_the_present_figure_not_the_first_one():
    figure = PlotWidget()
    figure.add_scatter(y=np.arange(4.0))
    figure.data[0].y = np.array([3.0, 1.0])
    figure.update_layout(title="later", xaxis_range=[0, 1])
    state = figure.get_state()
    assert [len(one["y"]["buffer"]) for one in state["_widget_data"]] == [2]
    assert state["_widget_layout"]["title"]["text"] == "later"
    assert state["_widget_layout"]["xaxis"]["range"] == [0, 1]


def test_a_gesture_of_the_browser_is_part_of_the_state():
    figure = PlotWidget([{"y": [1, 2, 3]}])
    zoom = {"relayout_data": {"xaxis.range[0]": 0.5, "xaxis.range[1]": 1.5}, "source_view_id": "a"}
    figure.set_state({"_js2py_relayout": zoom})
    assert figure.get_state()["_widget_layout"]["xaxis"]["range"] == [0.5, 1.5]


def test_it_is_a_figure_widget_with_its_arguments_and_our_configuration():
    figure = PlotWidget(go.Figure(go.Bar(y=[1, 2]), {"title": "a"}), {"height": 200})
    assert isinstance(figure, go.FigureWidget)
    assert figure.data[0].type == "bar"
    assert figure._config["responsive"]
    assert not figure._config["displaylogo"]


def test_the_colours_suit_light_and_dark_pages_unless_the_figure_has_its_own():
    figure = PlotWidget([{"y": [1]}], {"paper_bgcolor": "white"})
    assert figure.layout.template.layout.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert figure.layout.paper_bgcolor == "white"
    assert PlotWidget(theme=False).layout.template.layout.plot_bgcolor == "#E5ECF6"


def test_hundred_closed_figures_leave_nothing_behind():
    before = len(registry._instances)
    for _ in range(100):
        figure = PlotWidget([{"y": [1, 2]}])
        figure.add_scatter(y=[3])
        figure.close()
    assert len(registry._instances) == before
    del figure
    gc.collect()
    assert not [one for one in gc.get_objects() if issubclass(type(one), PlotWidget)]


def pointer(kind: str, index: int = 1, trace: int = 0) -> dict:
    """A message of the page about a point."""
    points = {
        "trace_indexes": [trace],
        "point_indexes": [index],
        "xs": [index],
        "ys": ["_undefined_"],
    }
    state = dict.fromkeys(("alt", "ctrl", "meta", "shift"), False) | {"button": 0, "buttons": 0}
    event = {"event_type": f"plotly_{kind}", "points": points, "device_state": state}
    return {"kind": "pointer", "message": {**event, "selector": None}}


def test_each_message_of_the_pointer_reaches_the_callbacks_and_is_answered(monkeypatch):
    figure = PlotWidget([{"y": [1, 2, 3]}])
    heard, answers = [], []
    monkeypatch.setattr(figure, "send", answers.append)
    trace = figure.data[0]
    trace.on_click(lambda _, points, state: heard.append(("click", points.point_inds)))
    trace.on_hover(lambda _, points, state: heard.append(("hover", points.xs, state.button)))
    trace.on_unhover(lambda _, points, state: heard.append(("unhover", points.point_inds)))
    for kind, index in [("hover", 1), ("click", 1), ("click", 1), ("unhover", 1)]:
        figure._handle_custom_msg(pointer(kind, index), [])
    assert heard == [("hover", [1], 0), ("click", [1]), ("click", [1]), ("unhover", [1])]
    assert answers == [{"kind": "heard"}] * 4
    assert figure._js2py_pointsCallback is None


def test_a_callback_that_fails_is_answered_too(monkeypatch):
    figure = PlotWidget([{"y": [1, 2, 3]}])
    answers = []
    monkeypatch.setattr(figure, "send", answers.append)

    def fail(*_):
        raise KeyError("mine")

    figure.data[0].on_hover(fail)
    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            figure._handle_custom_msg(pointer("hover"), [])
    assert answers == [{"kind": "heard"}] * 2


def test_other_messages_go_to_the_callbacks_of_the_figure():
    figure = PlotWidget()
    heard = []
    figure.on_msg(lambda _, content, buffers: heard.append(content))
    figure._handle_custom_msg({"mine": 1}, [])
    assert heard == [{"mine": 1}]


@pytest.mark.parametrize("sent", [[{"0": 1.0}, {"0": 2.0}], {"0": {"0": 1.0}}, [[1.0], [2.0]]])
def test_the_page_does_not_take_data_out_of_the_figure(sent):
    figure = PlotWidget(
        [{"type": "heatmap", "z": np.array([[1.0], [2.0]]), "x": np.array([5.0]), "zmin": 0.0},
         {"y": np.array([1.0, 2.0]), "marker": {"color": np.array([1.0, 2.0]), "size": 4}}]
    )  # fmt: skip
    picture, line = figure.data
    deltas = [
        {"uid": picture.uid, "z": sent, "x": sent, "xgap": 0},
        {"uid": line.uid, "y": sent, "marker": {"color": sent, "symbol": "circle"}},
        {"uid": "of a trace that was removed", "y": sent},
    ]
    edit = figure._last_trace_edit_id
    figure.set_state({"_js2py_traceDeltas": {"trace_deltas": deltas, "trace_edit_id": edit}})
    np.testing.assert_array_equal(picture.z, [[1.0], [2.0]])
    np.testing.assert_array_equal(picture.x, [5.0])
    np.testing.assert_array_equal(line.y, [1.0, 2.0])
    np.testing.assert_array_equal(line.marker.color, [1.0, 2.0])
    assert line.marker.size == 4
    assert picture._prop_defaults["xgap"] == 0
    assert line._prop_defaults["marker"]["symbol"] == "circle"
