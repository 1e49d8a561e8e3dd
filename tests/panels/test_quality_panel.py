"""The panel of signal quality: ribbon, reasons, mask for other panels, next worst."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import panel_class, plot
from vital_widgets.panels.catalog import quality_panel

Quality, Statistics = panel_class("Quality"), panel_class("Statistics")


@pytest.fixture
def damaged(rec):
    """The ECG of the sample, flat from 60 to 80 s and clipped from 200 to 210 s."""
    x = np.array(rec["ECG"].read(0, int(300 * rec["ECG"].fs)), np.float64)
    fs = rec["ECG"].fs
    x[int(60 * fs) : int(80 * fs)] = 0.1
    part = slice(int(200 * fs), int(210 * fs))
    x[part] = np.clip(x[part], -0.05, 0.05)
    return vw.Recording.from_arrays({"ECG": x, "other": x}, fs=fs, units="mV")


def test_reasons_and_ribbon(damaged):
    panel = Quality(damaged, where="whole")
    quality = panel.wait()
    rows = {row[0].strip(): row[1:] for row in panel.plot.view.table}
    assert rows["not usable"][0] == str(int((quality.score < 0.5).sum()))
    assert "flat line" in rows
    ribbon = panel.figure.data[1]
    names = panel.figure.layout.yaxis2.ticktext
    last = dict(zip(names, np.asarray(ribbon.z), strict=True))["usable"]
    at = np.asarray(ribbon.x)
    assert last[np.abs(at - 70).argmin()] == 0
    assert last[np.abs(at - 20).argmin()] == 1
    assert "usable" in panel.plot.view.text


@pytest.mark.parametrize("seconds", [10, 25])
def test_the_ribbon_is_as_wide_as_the_windows(damaged, seconds):
    panel = Quality(damaged, window=(0, seconds))
    quality = panel.wait()
    ribbon = panel.figure.data[1]
    assert len(ribbon.x) == np.asarray(ribbon.z).shape[1] + 1
    assert ribbon.x[0] == quality.times[0]
    assert ribbon.x[-1] >= quality.ends[-1]


def test_the_score_is_one_step_for_each_window(damaged, monkeypatch):
    monkeypatch.setattr(plot, "SHOWN", 8)
    panel = Quality(damaged, where="whole")
    quality = panel.wait()
    line, held = panel.figure.data[0], panel.plot.view.traces[0]
    np.testing.assert_array_equal(held["y"][:-2], quality.score)
    assert held["x"][-2] == held["x"][-1] == quality.ends[-1]
    assert len(line.x) < len(quality.score)
    assert np.nanmin(np.asarray(line.y, float)) == quality.score.min()
    worst = int(np.nanargmin(np.asarray(line.y, float)))
    assert line.text[worst] == quality.reasons[int(np.argmin(quality.score))]
    # The view of a zoom, and another result in the same place, have their own reasons.
    panel.threshold = 0.9
    panel.wait()
    view = {"xaxis.range[0]": 200.0, "xaxis.range[1]": 219.0}
    panel.figure.set_state({"_js2py_relayout": {"relayout_data": view, "source_view_id": "one"}})
    k = int(np.searchsorted(quality.times, 200.0))
    assert panel.figure.data[0].x[0] == quality.times[k]
    assert list(panel.figure.data[0].text[:2]) == quality.reasons[k : k + 2]


def test_no_score_is_drawn_across_a_gap(rec):
    quality = Quality(rec, where="whole").wait()
    times, score, reasons = quality_panel._steps(quality)
    assert len(times) == len(score) == len(reasons)
    ((begin, end),) = rec["ECG"].gaps
    k = int(np.flatnonzero(np.isnan(score))[0])
    assert times[k - 1] == times[k] <= begin
    assert score[k - 1] == score[k - 2]
    assert times[k + 1] >= end


def test_the_next_worst_moves_the_viewer(damaged):
    viewer = vw.Viewer(damaged, t_range=(0, 20))
    panel = Quality(viewer, where="whole")
    quality = panel.wait()
    seen = []
    for _ in range(2):
        assert "flat line" in panel._act("Next worst", "")
        seen.append(sum(viewer.t_range) / 2)
    assert seen[0] != seen[1]
    assert all(60 <= t <= 80 for t in seen)
    assert panel.result is quality
    assert "green" in panel._act("Ribbon in the viewer", "")
    assert "green" in panel._act("Ribbon in the viewer", "")
    assert viewer.channels.count("ECG usable") == 1
    viewer.close()


def test_other_panels_work_on_the_usable_signal(damaged):
    panel = Quality(damaged, where="whole")
    quality = panel.wait()
    assert "kept in the recording" in panel._act("add", "")
    statistics = Statistics(damaged, channel="ECG", where="annotations", texts=("usable",))
    found = statistics.wait()
    good = quality.usable
    span = damaged["ECG"].between(good.onset[0], good.end[-1])
    expected = analysis.signal_statistics(span, usable=quality)
    assert found.count == expected.count
    assert found.mean == pytest.approx(expected.mean)
    assert found.count < damaged["ECG"].n_samples
    other = Statistics(damaged, channel="ECG")
    panel.mask_in(other)
    assert other.wait().count == expected.count
    assert '"usable"' in other.code()


def test_unknown_kinds_are_rated_as_other_and_mistakes_are_told(damaged):
    panel = Quality(damaged, channel="other")
    assert panel.wait().kind == "other"
    assert 'kind="other"' in panel.code()
    panel.motion = ("ECG", "other")
    with pytest.raises(InvalidInputError, match="the three of an accelerometer"):
        panel.wait()
    panel.motion = ()
    panel.kind = "ppg"
    assert panel.wait().kind == "ppg"
    assert "no viewer" in panel._act("Ribbon in the viewer", "")
    slow = vw.Recording.from_arrays({"ECG": np.zeros(500)}, fs=10.0)
    with pytest.raises(InvalidInputError, match="80"):
        Quality(slow).wait()


def test_a_day_is_reduced_to_the_columns_of_a_screen():
    class Day:
        times = np.arange(0, 86400, 10.0)
        ends = times + 10.0

    edges, column_of = quality_panel._columns(Day)
    score = np.ones(8640)
    score[5000] = 0.1
    worst = quality_panel._worst(score, column_of, len(edges) - 1)
    assert len(worst) <= 800
    at = int(np.argmin(worst))
    assert edges[at] <= Day.times[5000] + 10
    assert edges[at + 1] >= Day.times[5000]
    assert worst[at] == 0.1


def test_the_worst_of_another_result_comes_first(damaged):
    panel = Quality(damaged, where="whole")
    panel.wait()
    first = panel.next_worst()
    assert first.startswith("1 of ")
    assert panel.next_worst().startswith("2 of ")
    panel.window_s = 5.0
    panel.wait()
    assert panel.next_worst().startswith("1 of ")
