"""HRV: beats of a channel or of annotations, all pictures, mistakes in words."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels import HRV


@pytest.fixture
def panel(rec):
    return HRV(rec, window=(0.0, 300.0))


def test_measures_are_those_of_the_library(panel, rec):
    result = panel.wait()
    expected = analysis.hrv(analysis.correct_beats(rec["ECG"].between(0.0, 300.0)))
    assert result.all_measures() == pytest.approx(expected.all_measures(), nan_ok=True)
    shown = dict(panel.plot.view.table[1:])
    assert shown["RMSSD"] == f"{expected['rmssd']:.4g} ms"
    assert shown["LF"].endswith(" ms²")
    assert "SDANN" not in shown  # needs ten minutes


def test_the_tachogram_has_the_intervals_and_the_corrected_beats(panel):
    panel.wait()
    view = panel.plot.view
    corrected = panel.results["corrected"]
    nn = corrected.intervals()
    line = view.traces[0]
    known = np.isfinite(line["y"])
    np.testing.assert_array_equal(line["y"][known], nn.ms)
    np.testing.assert_array_equal(line["x"][known], nn.times)
    assert (~known).sum() == len(np.unique(nn.stretch)) - 1
    marked = {trace["name"]: len(trace["x"]) for trace in view.traces[1:]}
    assert marked == corrected.changes
    assert view.times == "x"


def test_poincare_points_know_their_times(panel):
    panel.show = "poincare"
    panel.wait()
    points, ellipse = panel.plot.view.traces
    nn = panel.results["corrected"].intervals()
    at = np.searchsorted(nn.times, points["customdata"][:, 0])
    np.testing.assert_array_equal(nn.ms[at], points["y"])
    np.testing.assert_array_equal(nn.ms[at - 1], points["x"])
    shape = analysis.poincare(nn)
    across = (ellipse["y"] - ellipse["x"]) / np.sqrt(2)
    # The half axis across the line of identity is SD1, about the centre of the points.
    assert across.max() - across.mean() == pytest.approx(shape.sd1, rel=1e-3)


def test_many_pairs_are_a_density():
    times = np.cumsum(0.8 + 0.05 * np.random.default_rng(1).standard_normal(3000))
    rec = vw.Recording.from_arrays({"ECG": np.zeros(250_000)}, fs=100.0, units={"ECG": "mV"})
    rec.annotations.extend(vw.Annotations(times, ["N"] * len(times)), layer="beats")
    panel = HRV(rec, layer="beats", where="whole", show="poincare", domains=("time",))
    result = panel.wait()
    assert result.measures["mean_nn"] == pytest.approx(1000 * np.diff(times).mean(), rel=1e-3)
    density = panel.plot.view.traces[0]
    assert density["type"] == "heatmap"
    assert density["text"].sum() == pytest.approx(2998, abs=20)
    # A click on a cell, which holds many pairs, moves the viewer nowhere.
    points = type("Points", (), {"point_inds": [[40, 40]], "xs": [800.0]})()
    assert panel.plot._time_of(panel.figure.data[0], points) is None


def test_beats_of_annotations_are_those_of_the_layer(panel, rec):
    panel.layer = "file"
    result = panel.wait()
    marks = rec.annotations.select(layers="file", texts=("N", "V"), t_range=(0.0, 300.0))
    assert result["sdnn"] == analysis.hrv(analysis.correct_beats(marks))["sdnn"]
    assert 'select(layers="file", texts=("N", "V"), t_range=(0.0, 300.0))' in panel.code()
    panel.layer = "somebody"
    assert panel.state == "empty"
    assert "no layer of annotations 'somebody'; available: 'file'" in panel.message


def test_conventions_side_by_side(panel, rec):
    panel.show = "conventions"
    panel.wait()
    head, *rows = panel.plot.view.table
    assert head == ("measure", *analysis.CONVENTIONS, "units", "spread")
    table = {row[0]: row for row in rows}
    expected = panel.results["conventions"].to_frame()
    assert table["RMSSD"][-1] == f"{expected.loc['rmssd', 'spread_percent']:.3g} %"
    assert table["LF"][3].endswith(" of peak")  # NeuroKit2 has powers without units
    assert {trace["name"] for trace in panel.plot.view.traces} == set(analysis.CONVENTIONS)
    assert "hrv_conventions(corrected)" in panel.code()
    panel.show = "tachogram"
    assert "hrv_conventions" not in panel.code()


def test_a_trend_and_why_there_is_none(panel):
    panel.show = "trend"
    panel.where = "whole"
    panel.wait()
    trace = panel.plot.view.traces[0]
    trend = panel.results["trend"]
    np.testing.assert_array_equal(trace["x"], trend.times + 150)
    np.testing.assert_array_equal(trace["y"], trend.measures["rmssd"])
    panel.window_s = 3600.0
    panel.wait()
    assert panel.state == "done"
    assert "no trend" in panel.plot.view.text
    assert "shorter windows" in panel.plot.view.text


def test_a_change_of_the_convention_does_not_find_the_beats_again(panel):
    panel.where = "whole"
    panel.wait()
    before = panel.results["corrected"]
    panel.convention = "kubios"
    panel.wait()
    assert panel.results["corrected"] is before
    assert panel.result.convention.name == "kubios"


def test_pulses(panel):
    panel.channel = "PPG"
    result = panel.wait()
    assert result.source == "ppg"
    assert any("pulse-rate variability" in note for note in result.notes)
    panel.detector = "gqrs"  # for an ECG
    with pytest.raises(vw.errors.InvalidInputError, match="msptd"):
        panel.wait()
    assert panel.state == "error"


def test_corrections_are_kept_in_the_recording(panel, rec):
    panel.wait()
    name = panel.add_to_recording("corrections")
    kept = rec.annotations.layer(name)
    assert len(kept) == sum(panel.results["corrected"].changes.values())
    panel.correction = "none"
    panel.wait()
    with pytest.raises(vw.errors.InvalidInputError, match="changed no beat"):
        panel.add_to_recording()


def test_mistakes_of_a_beginner(rec):
    panel = HRV(rec, window=(0.0, 3.0))
    panel._latest.task.wait()
    assert panel.state == "not enough"
    assert "intervals" in panel.message
    panel.channel = "Resp"
    panel._latest.task.wait()
    assert panel.state == "error"
    assert "needs an ECG" in panel.message
    with pytest.raises(vw.errors.InvalidInputError, match="10 to 86400 s"):
        panel.window_s = 1
    with pytest.raises(vw.errors.InvalidInputError, match="task-force-1996"):
        panel.convention = "standard"
    panel.channel, panel.window, panel.show = "ECG", (0.0, 60.0), "spectrum"
    panel.wait()
    assert panel.state == "done"


def test_a_report_of_the_beats_that_are_shown(panel, tmp_path):
    assert panel.formats[-2:] == ["report.pdf", "report.html"]
    panel.wait()
    made = panel.save(tmp_path / "hrv-sample.report.html")
    text = made.read_text()
    assert f"{panel.result['rmssd']:.1f}" in text
    assert (panel.save(tmp_path / "hrv.report.pdf")).read_bytes().startswith(b"%PDF")
    assert panel.report(tmp_path / "mine.pdf").stat().st_size > 10_000
    panel.save(tmp_path / "figure.html")  # an ending that all panels have
    assert "plotly" in (tmp_path / "figure.html").read_text()
    panel.layer = "nobody"
    with pytest.raises(vw.errors.InvalidInputError, match="no result"):
        panel.save(tmp_path / "empty.report.pdf")
