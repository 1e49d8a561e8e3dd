"""Rows, points and marks of panels that stand for a time of the recording."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import Panel, View, panel_class, parameters
from vital_widgets.panels.catalog.annotationrows import ROWS
from vital_widgets.panels.plot import TIME_MARK, Plot
from vital_widgets.panels.view import table_html
from waiting import until


def row_times(html):
    return [float(part.split('"')[0]) for part in html.split('data-vital-time="')[1:]]


def test_rows_with_a_time_can_be_clicked_and_long_lists_are_set_in_columns():
    html = table_html([("place", "score"), ("a <b>", "1"), ("c", "2")], times=(12.5, None))
    assert row_times(html) == [12.5]
    assert "<button" in html.split("<tr")[2]
    assert "<button" not in html.split("<tr")[3]
    assert "a &lt;b&gt;" in html
    pairs = [("measure", "value")] + [(str(k), "1") for k in range(20)]
    assert "vital-panel-columns" in table_html(pairs)
    assert "vital-panel-columns" not in table_html([(*row, "x") for row in pairs])


@pytest.fixture(scope="module")
def many():
    """An hour with 100,000 annotations in two layers."""
    onset = np.sort(np.random.default_rng(1).uniform(0, 3600, 100_000))
    marks = vw.Annotations(onset, np.where(np.arange(100_000) % 7, "N", "V").tolist())
    made = vw.Recording.from_arrays({"ECG": np.zeros(36_000)}, 10.0, annotations=marks)
    made.annotations.add(1000.0, "noise", 30.0, layer="mine")
    return made


def test_the_annotations_near_the_window_are_listed_and_a_click_goes_there(many):
    viewer = vw.Viewer(many, t_range=(1800, 1810))
    panel = panel_class("Annotations")(viewer, where="whole")
    panel.wait()
    listed = lambda: row_times(panel._list.value)  # noqa: E731
    until(lambda: listed() and listed()[0] >= 1800)
    assert len(listed()) == ROWS
    sent = []
    viewer.send = lambda content, buffers=None: sent.append(content)
    time = listed()[-1]
    assert panel._act("show time", repr(time)) == ""
    assert viewer.t_range == pytest.approx((time - 5, time + 5))
    assert {"kind": "mark", "t": time} in sent
    until(lambda: listed()[0] >= time - 5 and listed()[0] < time)
    before = listed()
    panel._act("Later", "")
    assert listed()[0] > before[-1]
    panel._act("Earlier", "")
    assert listed() == before
    viewer.t_range = (0, 10)
    until(lambda: listed()[0] < 10)
    panel._act("Earlier", "")
    assert "annotations 1 to" in panel._list.value
    panel.layer = "mine"
    until(lambda: listed() == [1000.0])
    panel.close()
    viewer.close()


def test_layers_and_readers_are_chosen_from_a_list(tmp_path):
    # A file of its own: annotations are kept beside it.
    rec = vw.sample(120, path=tmp_path / "sample.edf", progress=False)
    rec.annotations.reader = "anna"
    rec.annotations.add(5.0, "V", layer="mine")
    hrv = panel_class("HRV")(rec)
    field = hrv._frame._controls["layer"]._field
    assert [label for label, _ in field.options] == ["detector", "file", "mine"]
    field.value = "file"
    assert hrv.layer == "file"
    hrv.layer = ""  # as in sessions that were saved before
    assert hrv.layer is None
    rec.annotations.add(6.0, "V", layer="later")
    assert "later" in [value for _, value in field.options]
    marks = panel_class("Annotations")(rec)
    readers = marks._frame._controls["reader"]._field
    assert [value for _, value in readers.options] == ["", "anna"]
    readers.value = "anna"
    assert set(marks.wait().layer) == {"mine", "later"}
    for one in (hrv, marks, rec):
        one.close()


def test_the_usable_signal_of_its_own_channel_is_taken(rec):
    x = np.random.default_rng(0).normal(0, 1, 30_000)
    two = vw.Recording.from_arrays({"ECG": x, "PPG": x, "EEG": x}, fs=100.0, units="mV")
    kept = {"ECG": (0.0, 100.0), "PPG": (200.0, 300.0)}
    for name, (t0, t1) in kept.items():
        two.annotations.add_result(
            vw.Annotations([t0], ["usable"], [t1 - t0]), f"quality {name}", channel=name
        )
    statistics = panel_class("Statistics")
    for name, (t0, t1) in kept.items():
        panel = statistics(two, channel=name, where="annotations", texts=("usable",))
        expected = analysis.signal_statistics(two[name].between(t0, t1))
        assert panel.wait().count == expected.count == 10_000
        names = {"rec": two}
        exec(panel.code(), names)
        assert names["statistics"].count == expected.count
    every = statistics(two, channel="EEG", where="annotations", texts=("usable",))
    assert every.wait().count == 20_000


def test_a_time_beyond_what_a_plot_shows_is_not_marked_there():
    plot = Plot()
    plot.show(View([{"type": "scatter", "x": [10.0, 20.0], "y": [1, 2]}], times="x"))
    marked = lambda: [one.x0 for one in plot.widget.layout.shapes if one.name == TIME_MARK]  # noqa: E731
    plot.mark_time(12.0)
    assert marked() == [12.0]
    plot.mark_time(500.0)  # it would stretch the axis
    assert marked() == []
    plot.show(
        View([{"type": "scatter", "x": [1.0], "y": [1]}], {"xaxis": {"range": [0, 90]}}, times="x")
    )
    plot.mark_time(80.0)
    assert marked() == [80.0]
    plot.close()


def test_a_cell_of_the_density_of_intervals_stands_for_a_pair(rec):
    panel = panel_class("HRV")(rec, where="whole", layer="file", show="poincare")
    panel.wait()
    from vital_widgets.panels.catalog import hrv_views

    rng = np.random.default_rng(2)
    x, y, times = rng.normal(800, 50, 5000), rng.normal(800, 50, 5000), np.arange(5000.0)
    trace = hrv_views._pairs(x, y, times)
    panel.plot.show(View([trace]))
    row, column = np.argwhere(np.isfinite(trace["z"]))[40]
    at = SimpleNamespace(point_inds=[[int(row), int(column)]], xs=[0.0])
    time = panel.plot._time_of(panel.figure.data[0], at)
    assert abs(x[int(time)] - trace["x"][column]) <= np.diff(trace["x"])[0]
    assert abs(y[int(time)] - trace["y"][row]) <= np.diff(trace["y"])[0]
    empty = np.argwhere(~np.isfinite(trace["z"]))[0].tolist()
    nothing = SimpleNamespace(point_inds=[empty], xs=[0.0])
    assert panel.plot._time_of(panel.figure.data[0], nothing) is None
    panel.close()


def test_a_click_on_a_place_where_detectors_differ_goes_to_it(rec):
    viewer = vw.Viewer(rec, t_range=(0, 10))
    panel = panel_class("Disagreements")(viewer)
    panel.wait()
    times = panel.plot.view.row_times
    assert len(times) > 1
    panel._act("show time", repr(float(times[1])))
    assert panel.rank == 2
    assert viewer.t_range[0] < times[1] < viewer.t_range[1]
    panel.goto(float(times[0]))
    assert panel.rank == 1
    panel.close()
    viewer.close()


def test_a_click_moves_the_viewer_in_every_panel_although_a_parameter_has_another_name(rec):
    for name, given in (("Events", {"event": "N"}), ("Morphology", {})):
        viewer = vw.Viewer(rec, t_range=(0, 30))
        panel = panel_class(name)(viewer, window=(10, 40), **given)
        panel.wait()
        panel.goto(300.0)
        assert viewer.t_range == (285, 315)
        panel.close()
        viewer.close()
    with pytest.raises(TypeError, match="'goto' of Hiding hides"):
        type("Hiding", (Panel,), {"goto": parameters.text("", "Go to")})


def test_a_viewer_marks_times_only(rec):
    viewer = vw.Viewer(rec, t_range=(0, 30))
    with pytest.raises(InvalidInputError, match="time='soon' is not a number of seconds"):
        viewer.mark_time("soon")
    viewer.mark_time(np.float64(3))
    viewer.mark_time(None)
    viewer.close()
