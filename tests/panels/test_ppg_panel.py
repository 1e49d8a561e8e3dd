"""The PPG panel: shape, delays between sites, red and infrared light, slow sampling."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.ppg_panel import PPG
from vital_widgets.panels.plot import Plot
from vital_widgets.panels.rows import Row, axes_of, layout_of, with_holes
from vital_widgets.panels.view import View


@pytest.fixture
def two_sites(rec):
    """The sample's pulse wave, the same 80 ms later, and as red and infrared light."""
    fs = rec["PPG"].timebase.fs
    _, x = rec["PPG"].window(0, 60)
    t = np.arange(len(x)) / fs
    later = np.interp(t - 0.08, t, x)
    light = {"Red": 100 - 0.5 * x, "IR": 100 - x}
    return vw.Recording.from_arrays({"PPG ear": x, "PPG finger": later, **light}, fs=fs)


def titles(panel):
    layout = panel.plot.view.layout
    return [one["title"]["text"].replace("<br>", " ") for k, one in layout.items() if "yaxis" in k]


def cell(panel, label):
    return next(row[1] for row in panel.plot.view.table if row[0] == label)


def test_the_points_of_the_averaged_pulse_are_in_their_order(rec):
    panel = PPG(rec, window=(10, 70))
    panel.wait()
    points = next(one for one in panel.plot.view.traces if one["name"] == "points")
    assert list(points["text"]) == ["onset", "foot", "peak", "notch", "diastolic"]
    assert np.all(np.diff(points["x"]) > 0)
    assert points["x"][2] == 0
    assert panel.add_to_recording() in [one.name for one in rec.annotations.layers]
    panel.measure = "crest_time_s"
    assert titles(panel) == ["a.u.", "beats/min", "crest time (s)"]


def test_transit_time_between_two_sites(two_sites):
    panel = PPG(two_sites, channel="PPG ear", delay_from="PPG finger", window=(0, 60))
    panel.wait()
    assert panel.results["delays"].kind == "pulse transit time"
    assert float(cell(panel, "pulse transit time")) == pytest.approx(-80, abs=1)


def test_red_and_infrared_light(two_sites):
    panel = PPG(two_sites, channel="Red", infrared="IR", window=(0, 60))
    panel.wait()
    ratio = panel.results["ratio"]
    assert np.nanmedian(ratio.ratio) == pytest.approx(0.5, abs=0.01)
    assert "ratio R" in titles(panel)
    assert float(cell(panel, "perfusion index")) > 0
    panel.calibration = "textbook"
    panel.wait()
    assert float(cell(panel, "SpO2, uncalibrated")) == pytest.approx(110 - 25 * 0.5, abs=0.5)


def test_slow_sampling_gives_pulses_without_a_shape(rec):
    fs = rec["PPG"].timebase.fs
    _, x = rec["PPG"].window(0, 60)
    slow = vw.Recording.from_arrays({"PPG": x[::2]}, fs=fs / 2)
    panel = PPG(slow, window=(0, 60))
    panel.wait()
    assert panel.state == "done", panel.message
    assert "waves" not in panel.results
    assert cell(panel, "pulse rate")
    assert "measures of the shape need at least 40 Hz" in panel.plot.view.text


def test_mistakes_are_said_in_words(rec):
    panel = PPG(rec, window=(10, 40), channel="ECG")
    panel._latest.task.wait()
    assert panel.state == "error"
    assert "PPG" in panel.message
    panel.channel = "PPG"
    assert panel.wait().enough
    panel.infrared = "ECG"
    panel._latest.task.wait()
    assert panel.state == "error"
    panel.infrared = None
    panel.window = (10.0, 10.5)
    panel._latest.task.wait()
    assert panel.state == "not enough", panel.message


def test_a_click_on_the_averaged_pulse_does_not_move_the_viewer(rec):
    viewer = vw.Viewer(rec, t_range=(100, 130))
    panel = PPG(viewer)
    panel.wait()
    points = type("Points", (), {"point_inds": [1], "xs": [0.2], "ys": [1]})()
    by_name = {one.name: one for one in panel.figure.data}
    by_name["averaged pulse"]._dispatch_on_click(points, None)
    assert viewer.t_range == (100, 130)
    points.xs = [20.0]
    by_name["beats/min"]._dispatch_on_click(points, None)
    assert viewer.t_range[0] <= 20 < viewer.t_range[1]
    panel.wait()
    panel.mark_time(21.0)
    (mark,) = panel.figure.layout.shapes
    assert mark.y1 < panel.figure.layout.yaxis.domain[0]
    viewer.close()


def test_rows_share_the_axis_of_time_and_do_not_overlap():
    rows = [Row("a", 100, {"title": {"text": "s"}}), Row("b", 50), Row("c", 50)]
    assert [axis["xaxis"] for axis in axes_of(rows)] == ["x2", "x", "x"]
    layout = layout_of(rows)
    domains = [layout[name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3")]
    assert domains[0][1] == 1
    assert domains[2][0] == pytest.approx(0, abs=1e-9)
    for above, below in pairwise(domains):
        assert above[0] > below[1]
    assert layout["xaxis"]["anchor"] == "y3"
    t, v = with_holes([0, 1, 2], [5, 6, 7], [0, 0, 1])
    assert t.tolist() == [0, 1, 2, 2]
    np.testing.assert_equal(v, [5, 6, np.nan, 7])


def test_a_new_axis_is_sent_as_a_whole():
    """Plotly in the browser refuses "yaxis2" and "yaxis2.title.text" in one message."""
    plot, sent = Plot(), []
    plot.widget._send_update_msg = lambda *args, **kwargs: sent.append(kwargs or args)
    line = {"type": "scatter", "x": [0, 1], "y": [0, 1]}
    for rows in ([Row("a"), Row("b")], [Row("a"), Row("c"), Row("d")], [Row("a")]):
        traces = [{**line, **axis} for axis in axes_of(rows)]
        plot.show(View(traces, layout_of(rows), times="x"))
    plot.close()
    keys = [key for message in sent for key in message["relayout_data"]]
    assert "yaxis3" in keys
    for message in sent:
        names = set(message["relayout_data"])
        assert not [one for one in names if one.partition(".")[0] in names - {one}]
