"""Pictures of views: what Plotly would show is there, without a browser."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import View
from vital_widgets.panels.picture import draw_view, picture_of


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_axes_and_data_are_those_of_the_plot():
    x = np.arange(1, 101.0)
    view = View(
        [
            {"type": "scatter", "mode": "lines", "x": x, "y": x**2, "name": "square"},
            {"type": "bar", "x": [1, 2], "y": [3, 4], "xaxis": "x2", "yaxis": "y2"},
            {"type": "heatmap", "z": np.eye(3), "x": [0, 1, 2], "y": [0, 1, 2], "xaxis": "x3",
             "yaxis": "y3", "colorscale": "Viridis", "showscale": False},
            {"type": "scatter", "mode": "markers", "x": x, "y": x, "yaxis": "y4",
             "marker": {"color": "rgba(255,0,0,0.5)"}},
        ],
        {
            "xaxis": {"title": {"text": "f<br>(Hz)"}, "type": "log", "range": [0, 2]},
            "yaxis": {"title": {"text": "power"}, "domain": [0.7, 1]},
            "xaxis2": {"range": [0, 3]},
            "yaxis2": {"domain": [0.4, 0.6]},
            "yaxis3": {"domain": [0, 0.3]},
            "yaxis4": {"overlaying": "y", "side": "right"},
            "shapes": [{"type": "rect", "x0": 2, "x1": 5, "y0": 0, "y1": 1, "yref": "paper"}],
            "annotations": [{"x": 1, "y": 100, "text": "ten"}],
            "showlegend": True,
        },
    )  # fmt: skip
    figure = Figure()
    draw_view(figure, view)
    first, second, third, over = figure.axes
    assert first.get_xscale() == "log"
    assert first.get_xlim() == pytest.approx((1, 100))
    assert first.get_xlabel() == "f\n(Hz)"
    np.testing.assert_array_equal(first.lines[0].get_ydata(), x**2)
    assert [bar.get_height() for bar in second.patches] == [3, 4]
    assert third.collections[0].get_array().sum() == 3
    assert over.get_position().bounds == first.get_position().bounds
    assert first.texts[0].get_text() == "ten"
    assert first.texts[0].xy == (10, 100)


def test_transparent_points_are_transparent():
    # Some are there only to be clicked on.
    points = {"type": "scatter", "mode": "markers", "x": [0, 1], "y": [0, 1]}
    figure = Figure()
    draw_view(figure, View([points, {**points, "marker": {"size": 9, "opacity": 0}}], {}))
    assert [one.get_alpha() for one in figure.axes[0].collections] == [None, 0]


def test_a_picture_has_the_colour_of_the_trace():
    line = {"type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1],
            "line": {"color": "#ff0000", "width": 4}}  # fmt: skip
    shown = pixels(picture_of(View([line]), "Title", 280))
    red = (shown[..., 0] > 200) & (shown[..., 1] < 60)
    assert red.sum() > 1000
    assert picture_of(View([line]), "Title", 280, "svg").startswith(b"<?xml")


def test_a_panel_is_shown_without_a_kernel(rec, tmp_path):
    panel = vw.panels.Spectrum(rec, window=(0, 30))
    panel.wait()
    data, metadata = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert len(data["image/png"]) < 200_000
    assert metadata["image/png"]["width"] == 768
    assert pixels(panel.picture()).std() > 5
    for form in ("png", "svg", "html"):
        assert panel.save(tmp_path / f"figure.{form}").stat().st_size > 2000
    panel.where = "selection"
    with pytest.raises(InvalidInputError, match="shows no plot yet"):
        panel.picture()
    data = panel._repr_mimebundle_()
    assert "image/png" not in (data[0] if isinstance(data, tuple) else data)
