"""Disagreements: places in order, going to them, accepting one detector or another."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels import panel_class

LAYER = "checked beats"


@pytest.fixture
def panel(rec):
    made = panel_class("Disagreements")(rec)
    made.wait()
    return made


def beats_in(rec, t0, t1):
    marks = rec.annotations.select(layers=LAYER, texts="N")
    return marks.onset[(marks.onset >= t0) & (marks.onset <= t1)]


def test_places_are_those_of_the_library(panel, rec):
    expected = analysis.detector_disagreement(rec["ECG"])
    np.testing.assert_array_equal(panel.result.onset, expected.onset)
    np.testing.assert_array_equal(panel.result.found, expected.found)
    assert panel.share == 1.0
    rows = panel.plot.view.table
    assert rows[0] == ("place", "time", "disputed", *expected.detectors, "decision")
    assert rows[1][1] == f"{expected.onset[0]:.1f} s"
    assert rows[1][3:6] == tuple(map(str, expected.found[0]))
    assert f"{expected.n_agreed:,} of {expected.n_beats:,} beats" in panel.plot.view.text


def test_next_and_previous_move_the_viewer(rec):
    viewer = vw.Viewer(rec, t_range=(0.0, 10.0))
    panel = panel_class("Disagreements")(viewer)
    onset = panel.wait().onset
    n = len(onset)
    assert n > 2
    assert panel.next().startswith(f"place 2 of {n}")
    assert viewer.t_range[0] <= onset[1] < viewer.t_range[1]
    assert panel.rank == 2
    assert panel._act("Previous", "").startswith(f"place 1 of {n}")
    assert viewer.t_range[0] <= onset[0] < viewer.t_range[1]
    assert panel.previous() == f"this is the first of {n} places"
    panel.rank = 1000
    panel.wait()
    assert panel.next() == f"this is the last of {n} places"
    signal = panel.plot.view.traces[1]
    assert signal["x"][0] <= onset[-1] <= signal["x"][-1]


def test_beats_of_one_detector_are_accepted_and_the_others_replaced(panel, rec):
    ranked, found = panel.result, panel.results
    t0, t1 = ranked.onset[0] - 0.15, ranked.end[0] + 0.15
    for method in ("pan-tompkins", "slope"):
        assert method in panel.accept(method)
        times = found[method].times
        expected = times[(times >= t0) & (times <= t1)]
        np.testing.assert_array_equal(beats_in(rec, t0, t1), expected)
        panel.wait()
        assert panel.plot.view.table[1][-1] == method
        assert "1 decided" in panel.plot.view.text
    # Elsewhere, the layer has the beats of the first detector.
    layer = rec.annotations.select(layers=LAYER, texts="N").onset
    slope = found["slope"].times
    outside = (slope < t0) | (slope > t1)
    np.testing.assert_array_equal(np.sort(layer[(layer < t0) | (layer > t1)]), slope[outside])


def test_decisions_of_several_places_stay_and_can_be_undone(panel, rec):
    panel.accept("pan-tompkins")
    panel.next()
    panel.accept("two-averages")
    panel.wait()
    assert [row[-1] for row in panel.plot.view.table[1:3]] == ["pan-tompkins", "two-averages"]
    again = panel_class("Disagreements")(rec)
    again.wait()
    assert [row[-1] for row in again.plot.view.table[1:3]] == ["pan-tompkins", "two-averages"]
    while rec.annotations.undo():
        pass
    panel.wait()
    assert "0 decided" in panel.plot.view.text


def test_the_layer_is_a_series_for_heart_rate_variability(panel, rec):
    panel.accept()
    variability = panel_class("HRV")(rec, where="whole", layer=LAYER)
    assert variability.wait().n > 600


def test_mistakes_of_a_beginner(rec, panel):
    with pytest.raises(vw.errors.InvalidInputError, match="not among the detectors"):
        panel.accept("gqrs")
    panel.methods = ("slope",)
    assert panel.state == "empty"
    assert "two or more" in panel.message
    with pytest.raises(vw.errors.InvalidInputError, match="no result"):
        panel.next()
    panel.methods = ("slope", "two-averages")
    panel.channel = "PPG"
    panel._latest.task.wait()
    assert panel.state == "error"
    panel.channel = "ECG"
    panel.where, panel.window = "window", (10.0, 30.0)
    panel.wait()
    assert panel.plot.view.text.startswith("the detectors agree")
    with pytest.raises(vw.errors.InvalidInputError, match="agree everywhere"):
        panel.accept()
    assert "agree everywhere" in panel._act("Next", "")
