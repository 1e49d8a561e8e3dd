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
