"""The panel that averages around annotations."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import panel_class
from waiting import until

Events = panel_class("Events")


@pytest.fixture
def evoked():
    """Forty stimuli, each with a response of 2 after 0.3 s, on an offset that changes."""
    fs, rng = 100.0, np.random.default_rng(1)
    x = rng.normal(0, 0.2, 20_000)
    onsets = 3.0 + 4.5 * np.arange(40)
    for k, onset in enumerate(onsets):
        i = round(onset * fs)
        x[i - 100 : i + 200] += k
        x[i + 30] += 2.0
    marks = Annotations([*onsets, 20.0], ["tone"] * 40 + ["pause"], [0.0] * 41)
    return vw.Recording.from_arrays({"EEG": x}, fs=fs, units="uV", annotations=marks)


def test_the_response_and_its_trials(evoked):
    panel = Events(evoked, where="whole", baseline_s=0.2)
    assert panel.event == "tone"
    average = panel.wait()
    assert average.n_used == 40
    k = int(np.argmax(average.average))
    assert average.times[k] == pytest.approx(0.3)
    assert average.average[k] == pytest.approx(2.0, abs=0.3)
    trials = panel.figure.data[2]
    z = np.asarray(trials.z)
    assert z.shape[0] == 40
    np.testing.assert_allclose(z.mean(axis=0), average.average, atol=1e-5)
    np.testing.assert_allclose(trials.customdata, 3.0 + 4.5 * np.arange(40))
    assert "40 events used" in panel.plot.view.text


def test_only_events_of_the_window_count(evoked):
    panel = Events(evoked, window=(2.0, 12.0))
    assert panel.wait().n_used == 2
    assert sum(panel.result.n_excluded.values()) == 0


def test_new_marks_count_at_once_and_missing_ones_are_told(evoked):
    panel = Events(evoked, where="whole", event="blink")
    assert panel.state == "empty"
    assert "blink" in panel.message
    evoked.annotations.add(30.0, "blink")
    evoked.annotations.add(50.0, "blink")
    until(lambda: panel.state == "done")
    assert panel.result.n_used == 2
    assert "blink" in panel.names_for("event")
    silent = vw.Recording.from_arrays({"EEG": np.zeros(100)}, fs=10.0)
    empty = Events(silent)
    assert empty.state == "empty"
    assert "mark events" in empty.message


def test_mistakes_are_told(evoked):
    panel = Events(evoked, where="whole", baseline_s=0.9)
    with pytest.raises(InvalidInputError, match="baseline"):
        panel.wait()
    panel.baseline_s = 0.2
    assert panel.wait().enough
    with pytest.raises(InvalidInputError, match="text of annotations"):
        panel.event = 3


def test_the_trials_are_those_of_the_average(evoked):
    values = evoked["EEG"].read(0, 20_000).copy()
    values[round(7.5 * 100)] = np.nan
    marks = Annotations(3.0 + 4.5 * np.arange(40), ["tone"] * 40)
    rec = vw.Recording.from_arrays({"EEG": values}, fs=100.0, annotations=marks)
    rec.annotations.add(1.0, "awake", 60.0)
    rec.annotations.add(150.0, "awake", 30.0)
    panel = Events(rec, where="whole", event="tone")
    assert panel.wait().n_used == 39
    assert panel.figure.data[2].z.shape[0] == 39
    panel.texts, panel.where = ("awake",), "annotations"
    average = panel.wait()
    trials = panel.figure.data[2]
    assert trials.z.shape[0] == average.n_used == 19
    inside = (trials.customdata < 61) | (trials.customdata > 150)
    assert inside.all()
    assert panel.code().count("stretches = ") == 1


def test_columns_of_long_trials_are_means():
    fs, rng = 1000.0, np.random.default_rng(2)
    x = rng.normal(size=60_000)
    marks = Annotations([10.0, 20.0, 30.0], ["tone"] * 3)
    rec = vw.Recording.from_arrays({"EEG": x}, fs=fs, annotations=marks)
    panel = Events(rec, where="whole", before_s=1.0, after_s=2.0)
    panel.wait()
    trials = panel.figure.data[2]
    assert trials.z.shape == (3, 429)
    np.testing.assert_allclose(trials.z[0][0], x[9000:9007].mean(), rtol=1e-5)
    assert trials.x[0] == pytest.approx(-0.997)
