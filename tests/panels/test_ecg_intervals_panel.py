"""ECG intervals and ST: waves of the typical beat, quantiles, trends, episodes."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels.catalog.overtime import FEW, in_windows, over_time
from vital_widgets.panels.panel import Panel
from vital_widgets.panels.registry import panel_class


@pytest.fixture
def panel(rec) -> Panel:
    made: Panel = panel_class("ECGIntervals")(rec, window=(10.0, 50.0))
    return made


def test_the_table_has_the_quantiles_of_the_library(panel, rec):
    result = panel.wait()
    expected = analysis.ecg_intervals(rec["ECG"].between(10.0, 50.0))
    np.testing.assert_array_equal(result.qt, expected.qt)
    table = {row[0]: row for row in panel.plot.view.table}
    low, high = np.nanquantile(expected.qtc_fridericia, [0.05, 0.95])
    assert table["QTc Fridericia"][3] == f"{low:.0f} to {high:.0f}"
    assert table["PR"][1] == f"{np.nanmedian(expected.pr):.0f} ms"
    assert table["PR"][4] == str(np.isfinite(expected.pr).sum())
    panel.formula = "bazett"
    panel.wait()
    table = {row[0]: row for row in panel.plot.view.table}
    assert table["QTc Bazett"][1] == f"{np.nanmedian(expected.qtc_bazett):.0f} ms"
    assert "Bazett" in panel.plot.view.text


def test_the_waves_are_drawn_on_the_average_beat(panel):
    panel.wait()
    view = panel.plot.view
    average, waves = panel.results["average"], panel.results["waves"]
    mean = next(trace for trace in view.traces if trace["name"] == "mean")
    np.testing.assert_array_equal(mean["y"], average.average)
    assert [note["text"] for note in view.layout["annotations"]] == ["P", "QRS", "T"]
    qrs = view.layout["shapes"][1]
    assert qrs["x0"] == pytest.approx(1000 * np.nanmedian(waves.qrs_onset - waves.r_peak))
    assert qrs["x0"] < 0 < qrs["x1"]


def test_intervals_over_time_have_the_times_of_the_beats(panel):
    panel.show = "qtc"
    result = panel.wait()
    view = panel.plot.view
    assert view.times == "x"
    known = np.isfinite(result.qtc_fridericia)
    np.testing.assert_array_equal(view.traces[0]["x"], result.times[known])
    np.testing.assert_array_equal(view.traces[0]["y"], result.qtc_fridericia[known])


def test_an_st_episode_is_found_and_drawn():
    fs, n = 250.0, 400
    beat = np.zeros(250)
    t = np.arange(250) / fs
    beat += 0.1 * np.exp(-(((t - 0.25) / 0.025) ** 2))  # P
    beat += 1.0 * np.exp(-(((t - 0.4) / 0.012) ** 2))  # R
    beat += 0.25 * np.exp(-(((t - 0.7) / 0.05) ** 2))  # T
    raised = beat + 0.3 * ((t > 0.44) & (t < 0.6))
    x = np.concatenate([raised if 150 <= k < 270 else beat for k in range(n)])
    x += 0.002 * np.random.default_rng(1).standard_normal(len(x))
    rec = vw.Recording.from_arrays({"ECG": x}, fs=fs, units={"ECG": "mV"})
    panel = panel_class("ECGIntervals")(rec, where="whole", show="st")
    panel.wait()
    episodes = panel.results["episodes"]
    assert list(episodes.kind) == ["ST elevation"]
    shade = panel.plot.view.layout["shapes"][0]
    assert shade["x0"] == pytest.approx(150, abs=8)
    assert shade["x1"] == pytest.approx(270, abs=8)
    assert panel.plot.view.table[-1][0] == "ST elevation"
    assert "1 ST episode of 0.1 mV" in panel.plot.view.text
    panel.min_duration_s = 200.0
    panel.wait()
    assert "0 ST episodes" in panel.plot.view.text


def test_many_values_are_summed_up_and_holes_stay():
    t = np.concatenate([np.arange(0.0, 3000.0), np.arange(6000.0, 9000.0)])
    v = t % 7
    lower, upper, middle = over_time(t, v, "QT", "#0072b2")
    times, low, median, high = in_windows(t, v, 400)
    np.testing.assert_array_equal(middle["y"], median)
    np.testing.assert_array_equal(lower["y"], low)
    np.testing.assert_array_equal(upper["y"], high)
    inside = (t >= times[0] - 11.25) & (t < times[0] + 11.2)
    assert median[0] == np.median(v[inside])
    assert np.isnan(median[(times > 3100) & (times < 5900)]).all()
    few = over_time(t[:FEW], v[:FEW], "QT", "#0072b2")
    np.testing.assert_array_equal(few[0]["y"], v[:FEW])


def test_waves_are_kept_in_the_recording(panel, rec):
    panel.wait()
    name = panel.add_to_recording("waves")
    assert {*map(str, rec.annotations.layer(name).text)} == {"P", "QRS", "T"}


def test_mistakes_of_a_beginner(rec):
    panel = panel_class("ECGIntervals")(rec, window=(0.0, 0.5))
    panel._latest.task.wait()
    assert panel.state == "not enough"
    panel.channel = "Acc X"
    panel._latest.task.wait()
    assert panel.state == "error"
    assert "80" in panel.message or "ECG" in panel.message
    with pytest.raises(vw.errors.InvalidInputError, match="21 to 200 ms"):
        panel.after_j_ms = 500
    with pytest.raises(vw.errors.InvalidInputError, match="bazett"):
        panel.formula = "mine"
    panel.channel, panel.window = "ECG", (0.0, 30.0)
    panel.wait()
    assert panel.state == "done"
