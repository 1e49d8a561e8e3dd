"""What a plot sends to the page when it is shown another view of the same kind."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.panels.plot import Plot
from vital_widgets.panels.view import View


def view(y, color="#0072b2", text=("a", "b", "c"), **layout):
    x = np.arange(3.0)
    return View(
        [
            {"type": "scatter", "mode": "lines", "name": "kept", "x": x, "y": x + 1,
             "line": {"color": "#d55e00", "width": 1}, "customdata": [0.0, np.float64(1), 2.0]},
            {"type": "scatter", "mode": "lines+markers", "name": "new", "x": x, "y": np.array(y),
             "marker": {"color": color, "size": 4}, "text": list(text)},
        ],
        layout,
    )  # fmt: skip


@pytest.fixture
def plot(monkeypatch):
    plot = Plot()
    plot.show(view([1.0, np.nan, 3.0]))
    plot.sent = set()

    def note(restyle_data=None, **_):
        plot.sent |= set(restyle_data or {})

    monkeypatch.setattr(plot.widget, "_send_update_msg", note)
    yield plot
    plot.close()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        (view([1.0, np.nan, 3.0]), set()),
        (view([1.0, np.nan, 4.0]), {"y"}),
        (view([np.nan, 1.0, 3.0]), {"y"}),
        (view([1, 2, 3]), {"y"}),
        (view([1.0, np.nan, 3.0], color="#008f68"), {"marker"}),
        (view([1.0, np.nan, 3.0], text="aab"), {"text"}),
    ],
)
def test_only_what_is_another_is_sent(plot, changed, names):
    plot.show(changed)
    assert {name for name in plot.sent if name != "customdata"} == names
    shown = plot.widget.data[1]
    np.testing.assert_array_equal(shown.y, changed.traces[1]["y"])
    assert shown.marker.color == changed.traces[1]["marker"]["color"]
    assert list(shown.text) == changed.traces[1]["text"]
    np.testing.assert_array_equal(plot.widget.data[0].y, [1.0, 2.0, 3.0])


def test_the_page_does_not_measure_the_labels_of_each_axis(plot):
    """A label may extend beyond the figure: the margins are made for them."""
    template = plot.widget.layout.template.layout
    assert template.xaxis.ticklabeloverflow == template.yaxis.ticklabeloverflow == "allow"


def line(y, color="red", kind="lines", **layout):
    x = np.arange(3.0)
    axes = {"xaxis": {"title": {"text": "time"}}, **layout}
    form = {"line" if kind == "lines" else "marker": {"color": color}}
    given = {"type": "scatter", "mode": kind, "x": x, **form, "y": np.array(y, float)}
    return View([given, {**given, "y": 2 * given["y"]}], axes)


@pytest.mark.parametrize("series", [False, True])
@pytest.mark.parametrize("kind", ["lines", "markers"])
def test_after_a_view_that_plotly_refuses_the_next_is_shown_as_a_whole(series, kind):
    plot = Plot(series=series)
    plot.show(line([1, 2, 3], yaxis2={"overlaying": "y"}))
    for _ in range(2):
        with pytest.raises(ValueError, match="no color at all"):
            plot.show(line([4, 5, 6], "no color at all", kind, xaxis3={"anchor": "y"}))
    plot.show(line([4, 5, 6], yaxis={"title": {"text": "mV"}}))
    assert [list(one.y) for one in plot.widget.data] == [[4, 5, 6], [8, 10, 12]]
    layout = plot.widget.layout.to_plotly_json()
    assert layout["xaxis"]["title"]["text"] == "time"
    assert layout["yaxis"]["title"]["text"] == "mV"
    assert not layout.get("yaxis2")
    assert not layout.get("xaxis3")
    plot.show(View([]))
    assert plot.widget.data == ()
    plot.close()
