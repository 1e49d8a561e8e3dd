"""The panel of sleep: it follows the marks, tells what is open, and keeps its slow parts."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from panel_entries import scored
from vital_widgets import analysis
from vital_widgets.analysis.engine import compute
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.catalog.sleep_panel import Sleep
from waiting import until


@pytest.fixture
def night(rec):
    made = scored(rec)
    made.annotations.reader = "anna"
    return made


def trace(panel, name):
    return next(one for one in panel.figure.data if one.name == name)


def scoring(panel, onset, stage):
    """Score an epoch as the viewer does."""
    panel.recording.annotations.add(onset, stage, panel.epoch_s)
    panel.wait()


def test_statistics_and_stages_are_those_of_the_library(night):
    panel = Sleep(night, lights_off=30.0, lights_on=570.0)
    panel.wait()
    stages = analysis.hypnogram(night.annotations.layer("file"), t0=0, t1=600)
    np.testing.assert_array_equal(panel.result.stage, stages.stage)
    expected = analysis.sleep_statistics(stages, lights_off=30, lights_on=570)
    assert panel.results["statistics"].to_frame().equals(expected.to_frame())
    rows = dict(panel.plot.view.table)
    assert rows["total sleep time (TST)"] == f"{expected.tst:.1f} min"
    assert rows["wake after sleep onset (WASO)"] == f"{expected.waso:.1f} min"
    assert rows["N2"].startswith(f"{expected.minutes['N2']:.1f} min, ")
    strip = panel.results["strip"]
    image = trace(panel, "spectrogram")
    np.testing.assert_allclose(image.z, strip.decibels(), rtol=1e-5)
    assert strip.window_s == 30.0


def test_the_place_is_the_time_in_bed(night):
    panel = Sleep(night, where="window", window=(60.0, 240.0))
    panel.wait()
    assert panel.results["statistics"].tib == 3.0
    assert len(panel.result) == 20
    panel.lights_off = 90.0
    panel.wait()
    assert panel.results["statistics"].tib == 2.5
    panel.lights_on = 60.0
    assert panel.state == "computing" or "not after" in panel.message
    with pytest.raises(InvalidInputError, match="not after"):
        panel.wait()


def test_scoring_from_nothing(night):
    panel = Sleep(night, layer="anna")
    panel.wait()
    assert panel.state == "not enough"
    assert panel.result.stage.tolist() == ["?"] * 20
    assert "'anna' has no stages yet" in panel.plot.view.text
    assert "'file'" in panel.plot.view.text
    red = trace(panel, "not scored")
    np.testing.assert_array_equal(red.x[:2], [0, 600])
    scoring(panel, 60.0, "N2")
    assert panel.state == "done"
    assert panel.result.stage.tolist() == ["?"] * 2 + ["N2"] + ["?"] * 17
    red = trace(panel, "not scored")
    np.testing.assert_array_equal(red.x, [0, 60, np.nan, 90, 600, np.nan])
    night.annotations.undo()
    panel.wait()
    assert panel.state == "not enough"


def test_the_spectrogram_is_not_computed_again_when_marks_change(night, monkeypatch):
    panel = Sleep(night, layer="anna")
    panel.wait()
    strip = panel.results["strip"]
    calls = []
    plain = compute._compute
    monkeypatch.setattr(compute, "_compute", lambda *a: (calls.append(a), plain(*a))[1])
    scoring(panel, 0.0, "W")
    scoring(panel, 30.0, "N1")
    assert panel.results["strip"] is strip
    assert calls == []
    panel.highest = 20.0
    panel.wait()
    assert calls
    assert panel.results["strip"].frequencies.max() <= 20.0


def test_stages_are_shown_before_the_spectrogram_is_there(night, monkeypatch):
    import threading

    gate = threading.Event()
    plain = compute._compute

    def gated(*args):
        gate.wait()
        return plain(*args)

    monkeypatch.setattr(compute, "_compute", gated)
    panel = Sleep(night)
    try:
        assert until(lambda: panel.state == "done")
        assert panel.results["strip"] is None
        night.annotations.add(0, "N1", 30)
        assert until(lambda: panel.state == "done")
        assert "0% so far" in panel.plot.view.text
    finally:
        gate.set()
    panel.wait()
    assert panel.results["strip"].enough


def test_conflicts_of_two_readers(night):
    second = vw.Annotations([0.0, 30, 60, 90], ["W", "N2", "N2", "R"], [30.0] * 4)
    night.annotations.extend(second, layer="ben")
    viewer = vw.Viewer(night, t_range=(0, 30))
    panel = Sleep(viewer, layer="file", second="ben")
    panel.wait()
    expected = analysis.hypnogram(
        night.annotations.layer("file"), t0=0, t1=600, second=night.annotations.layer("ben")
    )
    assert panel.result.kappa == expected.kappa
    assert "2 in conflict" in panel.plot.view.text  # not those that ben did not score
    assert f"kappa {expected.kappa:.2f}" in panel.plot.view.text
    red = trace(panel, "in conflict")
    np.testing.assert_array_equal(red.x[~np.isnan(red.x)], [30, 60, 90, 120])
    assert panel._act("Next conflict", "").startswith("epoch 2 at 09:00:30: N1 / N2")
    assert viewer.t_range == (30, 60)
    assert panel._act("Next conflict", "").startswith("epoch 4 ")
    assert panel._act("Next conflict", "").startswith("epoch 2 ")  # around
    assert panel.add_to_recording() == "conflicts"
    assert len(night.annotations.layer("conflicts")) == len(expected.conflicts())
    viewer.close()


def test_the_viewer_is_set_up_for_scoring(night):
    viewer = vw.Viewer(night, t_range=(0, 600))
    panel = Sleep(viewer)
    panel.wait()
    assert panel._layer(panel.chosen()) == "file"
    told = panel._act("Score in the viewer", "")
    assert "'anna'" in told
    assert "'file'" in told
    assert (viewer.marking, viewer.epoch_length, viewer.t_range) == ("sleep", 30.0, (0, 30))
    panel.wait()
    assert panel.layer == "anna"
    for onset in (0.0, 30.0):
        scoring(panel, onset, "W")
    assert panel._act("Next not scored", "").startswith("epoch 3 ")
    panel.goto(467.0)
    assert viewer.t_range == (450, 480)
    window = next(one for one in panel.figure.layout.shapes if one.name == "viewer window")
    assert (window.x0, window.x1) == (450, 480)
    panel._act("Lights off here", "")
    panel._act("Lights on here", "")
    panel.wait()
    assert (panel.lights_off, panel.lights_on) == (450, 480)
    assert "1 of 1 epochs not scored" in panel.plot.view.text
    viewer.close()


def test_epochs_lie_as_the_marks_do():
    marks = vw.Annotations([47.0, 77.0], ["N2", "R"], [30.0, 30.0])
    rec = vw.Recording.from_arrays({"EEG": np.zeros(20_000)}, fs=100.0, annotations=marks)
    viewer = vw.Viewer(rec, t_range=(50, 80))
    panel = Sleep(viewer)
    panel.wait()
    assert panel.result.onset[:3].tolist() == [17, 47, 77]
    panel.score()
    assert (viewer.epoch_start, viewer.t_range) == (17, (47, 77))
    viewer.close()


def test_suggestions_are_those_of_the_library_and_kept_as_layers(night, monkeypatch):
    pytest.importorskip("yasa")
    panel = Sleep(night, suggestions="both")
    panel.wait()
    assert panel.results["spindles"] is not None, panel.plot.view.text
    stages = panel.result
    for kind in ("spindles", "slow_waves"):
        expected = analysis.sleep_events(night["EEG C3"], kind=kind, hypnogram=stages)
        assert panel.results[kind].to_frame().equals(expected.to_frame())
    if len(panel.results["slow_waves"]):
        assert "slow waves EEG C3" in panel.add_to_recording()
    before = panel.results["spindles"]
    night.annotations.add(0, "N2", 30)
    panel.layer = "anna"
    panel.wait()
    night.annotations.add(30, "N2", 30)
    panel.wait()
    assert "Find again" in panel.plot.view.text
    panel.find_again()
    panel.wait()
    assert panel.results["spindles"] is not before
    assert "Find again" not in panel.plot.view.text


def test_mistakes_are_told_in_words(night, rec):
    panel = Sleep(night)
    panel.wait()
    with pytest.raises(InvalidInputError, match="no viewer"):
        panel.score()
    with pytest.raises(InvalidInputError, match="suggestions='spindles'"):
        panel.find_again()
    assert "no suggested events" in panel._act("add", "")
    with pytest.raises(InvalidInputError, match="not the name of a layer"):
        panel.layer = 3
    with pytest.raises(InvalidInputError, match="1 to 600"):
        panel.epoch_s = 0
    panel.layer = "nobody"
    panel.wait()
    assert panel.state == "not enough"
    assert "'nobody' has no stages yet; layers with stages: 'file'" in panel.plot.view.text
    assert panel._act("Next conflict", "") != ""
    # A channel that is no EEG: the events say why not, the hypnogram stays.
    slow = vw.Recording.from_arrays(
        {"SpO2": np.full(2400, 97.0)}, fs=4.0, units={"SpO2": "%"},
        annotations=vw.Annotations([0.0], ["N2"], [600.0]),
    )  # fmt: skip
    other = Sleep(slow, eeg="SpO2", suggestions="spindles")
    other.wait()
    assert other.state == "done"
    assert "spindles: " in other.plot.view.text
    assert Sleep(slow).eeg is None  # no EEG is guessed where there is none


def test_the_part_of_the_night_that_a_person_shows_stays(night):
    panel = Sleep(night, layer="anna")
    panel.wait()
    panel.figure.layout.xaxis.range = [100, 200]
    scoring(panel, 0.0, "W")
    assert tuple(panel.figure.layout.xaxis.range) == (100, 200)


def test_a_layer_is_offered_as_soon_as_it_exists(night):
    panel = Sleep(night)
    panel.wait()
    control = panel._frame._controls["layer"]._field
    assert [name for name, _ in control.options] == ["automatic", "file"]
    night.annotations.add(0, "W", 30)
    panel.wait()
    assert [name for name, _ in control.options] == ["automatic", "anna", "file"] or [
        name for name, _ in control.options
    ] == ["automatic", "file", "anna"]
    assert panel.layer is None


def test_who_reads_blind_sees_no_stages_of_others(night):
    viewer = vw.Viewer(night, t_range=(0, 30), blind=True)
    panel = Sleep(viewer, second="file")
    panel.wait()
    assert panel.result.stage.tolist() == ["?"] * 20
    assert panel.results["second"].stage.tolist() == ["?"] * 20
    viewer.close()
