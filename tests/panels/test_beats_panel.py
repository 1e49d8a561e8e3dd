"""The panel of beats: detectors of two kinds of signals, ectopic beats, kinds, words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import computing
from vital_widgets.panels.catalog.beats_panel import Beats
from vital_widgets.panels.script import call


def test_beats_ectopics_and_kinds_are_those_of_the_library(rec):
    panel = Beats(rec, where="whole")
    beats = panel.wait()
    np.testing.assert_array_equal(beats.times, analysis.ecg_peaks(rec["ECG"]).times)
    assert panel.results["corrected"].counts == analysis.correct_beats(beats).counts
    kinds = analysis.beat_templates(rec["ECG"], beats=beats)
    np.testing.assert_array_equal(panel.results["kinds"].n_beats, kinds.n_beats)
    rows = dict(panel.plot.view.table)
    assert rows["beats"] == f"{len(beats):,}"
    assert rows["ectopic"].startswith(f"{panel.results['corrected'].counts['ectopic']} ")
    shown = {trace["name"] for trace in panel.plot.view.traces}
    assert f"kind 0 ({kinds.n_beats[0]:,})" in shown


def test_intervals_of_a_gap_are_not_joined(rec):
    panel = Beats(rec, where="whole")
    beats = panel.wait()
    line = panel.plot.view.traces[0]
    assert np.isnan(line["y"]).sum() == len(np.unique(beats.intervals().stretch)) - 1
    panel.shown = "heart rate"
    panel.wait()
    rate = panel.plot.view.traces[0]["y"]
    np.testing.assert_allclose(rate, 60_000 / line["y"])


def test_a_pulse_wave_has_its_own_detectors(rec):
    panel = Beats(rec, channel="PPG")
    assert panel.wait().source == "ppg"
    panel.method = "slope-sum"
    assert panel.wait().method == "slope-sum"
    assert "ppg_peaks" in panel.code()
    panel.method = "slope"
    assert panel.state == "error"
    assert "'slope' finds beats of an ECG" in panel.message
    assert "'msptd'" in panel.message
    panel.signal = "ECG"
    with pytest.raises(InvalidInputError, match="named like a PPG"):
        panel.wait()
    panel.signal, panel.method = "automatic", "automatic"
    assert panel.wait().method == "msptd"


def test_a_slow_pulse_wave_is_not_sorted_by_shape():
    t = np.arange(0, 60, 1 / 50)
    pulses = np.exp(3 * np.cos(2 * np.pi * 1.2 * t))
    rec = vw.Recording.from_arrays({"PPG": pulses}, fs=50)
    panel = Beats(rec)
    assert len(panel.wait()) > 20
    assert list(panel.results) == ["beats", "corrected"]
    assert "not sorted by shape: that needs at least 100 Hz" in panel.plot.view.text


def test_a_click_on_a_mean_beat_does_not_move_the_viewer(rec):
    viewer = vw.Viewer(rec, t_range=(100, 130))
    panel = Beats(viewer)
    panel.wait()
    plot, traces = panel.plot, panel.figure.data
    points = type("Points", (), {"point_inds": [0], "xs": [0.1]})()
    kinds = [one for one in traces if one.xaxis == "x2"]
    assert plot._time_of(traces[0], points) == 0.1
    assert kinds
    assert all(plot._time_of(one, points) is None for one in kinds)
    viewer.close()


def test_beats_become_annotations(rec):
    panel = Beats(rec, window=(10, 40))
    beats = panel.wait()
    name = panel.add_to_recording()
    assert name == "ecg_peaks ECG"
    np.testing.assert_array_equal(rec.annotations.layer(name).onset, beats.times)


def test_mistakes_are_told_in_words(rec):
    with pytest.raises(InvalidInputError, match="unknown method 'pan'; available: 'automatic'"):
        Beats(rec, method="pan")
    panel = Beats(rec, channel="Resp")
    with pytest.raises(InvalidInputError, match="respiration"):
        panel.wait()
    still = vw.Recording.from_arrays({"ECG": np.zeros(15_000)}, fs=250)
    panel = Beats(still, where="whole")
    panel.wait()
    assert panel.state == "not enough"
    assert panel.message
    slow = vw.Recording.from_arrays({"ECG": np.zeros(600)}, fs=10)
    panel = Beats(slow)
    with pytest.raises(InvalidInputError, match="80"):
        panel.wait()
    one = Beats(rec, window=(10, 10.7))
    one.wait()
    assert one.state == "not enough"
    assert one.message


def test_beats_are_shown_before_the_slow_steps_end(rec, monkeypatch):
    monkeypatch.setattr(computing, "PATIENCE", -1.0)
    shown = []

    class Watched(Beats):
        def draw(self, result, chosen):
            view = super().draw(result, chosen)
            shown.append((result.corrected is None, result.kinds is None, len(view.traces)))
            return view

    panel = Watched(rec, where="whole")
    panel.wait()
    # On a slow machine, beats of a part of the recording are shown first.
    steps = [one for one, _ in itertools.groupby(one[:2] for one in shown)]
    assert steps == [(True, True), (False, True), (False, False)]
    assert shown[0][2] == 1
    assert panel.share == 1.0
    assert panel.state == "done"


def test_a_day_of_beats_is_reduced_to_what_the_view_shows(day_of_beats):
    panel, beats = day_of_beats
    held, shown = panel.plot.view.traces[0], panel.figure.data[0]
    assert len(held["y"]) == len(beats.intervals()) + 1  # and the gap
    assert len(shown.y) <= 1010
    assert np.nanmax(shown.y) == np.nanmax(held["y"])
    assert np.nanmin(shown.y) == np.nanmin(held["y"])
    across = np.searchsorted(shown.x, 20_100.0)  # in the gap from 20,000 to 20,200 s
    assert np.isnan(np.asarray(shown.y, float)[across - 1 : across + 1]).any()
    assert shown.name == "beats (reduced)"
    view = {"xaxis.range[0]": 40_000.0, "xaxis.range[1]": 40_200.0}
    panel.figure.set_state({"_js2py_relayout": {"relayout_data": view, "source_view_id": "one"}})
    inside = (held["x"] >= 40_000) & (held["x"] <= 40_200)
    np.testing.assert_array_equal(panel.figure.data[0].y, held["y"][inside])
    assert panel.figure.data[0].name == "beats"


@pytest.fixture
def day_of_beats(monkeypatch):
    """A panel that shows the beats of a day, with a gap and an ectopic beat."""
    rng = np.random.default_rng(2)
    times = np.cumsum(rng.normal(0.85, 0.03, 100_000))
    times[60_000] -= 0.25
    times = times[(times < 20_000) | (times > 20_200)]
    beats = analysis.Beats(
        times=times, samples=np.round(times * 250).astype(np.int64), fs=250.0,
        stretch=(times > 20_100).astype(np.int64),
    )  # fmt: skip
    rec = vw.Recording.from_arrays({"ECG": np.zeros(500)}, fs=250)
    panel = Beats(rec, templates=False)
    monkeypatch.setattr(
        Beats, "script", lambda *_: {"beats": call(lambda: beats), "corrected": call(lambda: None)}
    )
    panel.update()
    panel.wait()
    yield panel, beats
    panel.close()
