"""What the menu *Save* writes: tables with all columns, pages with a heading, pictures."""

from __future__ import annotations

import json
import threading

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from vital_widgets.panels import View, panel_class
from vital_widgets.panels.picture import draw_view
from vital_widgets.panels.plot import TIME_MARK
from waiting import until


def test_tables_keep_the_times_of_their_rows(rec, tmp_path):
    panel = panel_class("Spectrogram")(rec, window=(10, 40))
    times = panel.wait().to_frame().index
    read = pd.read_csv(panel.save(tmp_path / "a.csv"))
    np.testing.assert_allclose(read["time"], times)
    rows = json.loads(panel.save(tmp_path / "a.json").read_text())["table"]
    assert [row["time"] for row in rows] == pytest.approx(times.tolist())
    panel.close()


def test_a_page_says_what_it_shows_and_has_no_mark_of_the_pointer(rec, tmp_path):
    panel = panel_class("HRV")(rec, where="whole", layer="file", domains=("time",))
    panel.wait()
    panel.mark_time(30.0)
    assert any(one.name == TIME_MARK for one in panel.figure.layout.shapes)
    page = panel.save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert f'<h1 style="font-size: 18px">HRV of {rec.name}</h1>' in page
    assert "beats/min" in page
    assert TIME_MARK not in page.partition("Plotly.newPlot")[2]
    panel.close()


def drawn(traces, layout):
    figure = Figure()
    draw_view(figure, View(traces, layout))
    return figure


def test_plots_over_one_axis_show_the_same_part_and_label_it_once():
    line = {"type": "scatter", "mode": "lines", "x": [0.0, 100.0], "y": [1.0, 2.0]}
    short = {**line, "x": [40.0, 50.0], "yaxis": "y2"}
    layout = {
        "xaxis": {"title": {"text": "time (s)"}, "anchor": "y2"},
        "yaxis": {"domain": [0.6, 1]},
        "yaxis2": {"domain": [0, 0.5]},
    }
    upper, lower = drawn([line, short], layout).axes
    assert upper.get_xlim() == lower.get_xlim()
    assert upper.get_xlabel() == ""
    assert lower.get_xlabel() == "time (s)"


def test_a_picture_of_one_row_has_a_height_its_own_colours_and_a_scale():
    cells = {
        "type": "heatmap", "x": [0.0, 10.0, 20.0], "y": [0], "z": [[0.0, 1.0]], "zmin": 0,
        "zmax": 1, "colorscale": [[0, "#ff0000"], [1, "rgba(0, 255, 0, 1)"]],
        "colorbar": {"title": {"text": "dB"}},
    }  # fmt: skip
    plot, scale = drawn([cells], {}).axes
    mesh = plot.collections[0]
    assert np.ptp(mesh.get_coordinates()[..., 1]) == 1
    first, last = mesh.to_rgba(mesh.get_array()).reshape(-1, 4)
    np.testing.assert_allclose(first, [1, 0, 0, 1])
    np.testing.assert_allclose(last, [0, 1, 0, 1])
    assert scale.get_ylabel() == "dB"
    assert len(drawn([{**cells, "showscale": False}], {}).axes) == 1


def test_open_marks_are_not_filled_and_nothing_is_not_in_the_legend():
    marks = {"type": "scatter", "mode": "markers", "name": "suspicious", "x": [1.0], "y": [1.0],
             "marker": {"symbol": "circle-open", "color": "#ff0000"}}  # fmt: skip
    none = {**marks, "name": "moved", "x": [], "y": []}
    axes = drawn([marks, none], {"showlegend": True}).axes[0]
    assert axes.collections[0].get_facecolors().shape[0] == 0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["suspicious"]


def test_the_poincare_plot_has_equal_axes_and_the_height_of_its_layout(rec):
    panel = panel_class("HRV")(rec, where="whole", layer="file", show="poincare")
    panel.wait()
    assert drawn(panel.plot.view.traces, panel.plot.view.layout).axes[0].get_aspect() == 1
    flat = {**panel.plot.view.layout, "height": 200}
    panel.plot.show(View(panel.plot.view.traces, flat))
    assert int.from_bytes(panel.picture()[20:24], "big") < 500
    panel.close()


def test_the_kernel_answers_while_a_file_is_written(rec, monkeypatch):
    panel = panel_class("Statistics")(rec, window=(10, 40))
    panel.wait()
    go_on = threading.Event()

    def slow(path):
        go_on.wait()
        raise OSError("the disk is full")

    monkeypatch.setattr(panel, "save", slow)
    actions = panel._frame.actions
    actions._handle_custom_msg({"kind": "act", "action": "save", "argument": "a.csv"}, [])
    assert actions.told == ""  # and this line is reached
    go_on.set()
    until(lambda: actions.told)
    assert actions.told == "'a.csv' could not be written: the disk is full"
    panel.close()
