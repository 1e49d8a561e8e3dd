"""The EDA panel: responses to events, tables, long recordings, and mistakes."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.eda_panel import EDA
from vital_widgets.simulate.eda_experiment import eda_experiment


@pytest.fixture(scope="module")
def made():
    return eda_experiment(20, no_response=0.2, artefacts=0, seed=3)


def names(panel):
    return [one["name"] for one in panel.plot.view.traces]


def test_the_channel_is_found_by_name_or_unit(rec, made):
    signal = made.recording["EDA"].window(0, 60)[1]
    other = vw.Recording.from_arrays(
        {"ECG": signal, "Skin": signal}, fs=32.0, units={"ECG": "mV", "Skin": "µS"}
    )
    assert EDA(other).channel == "Skin"
    assert EDA(made.recording).channel == "EDA"


def test_responses_to_the_events_of_two_conditions(made):
    panel = EDA(made.recording, where="whole", after="neutral, aversive")
    panel.wait()
    related = panel.results["related"]
    truth = made.amplitude > 0
    assert np.array_equal(np.isfinite(related.amplitude), truth)
    table = {row[0]: row for row in panel.plot.view.table[1:]}
    for text in ("neutral", "aversive"):
        of = made.stimuli.text == text
        assert table[text][1] == str(of.sum())
        assert table[text][2].startswith(f"{(truth & of).sum()} ")
        assert float(table[text][4]) == pytest.approx(made.amplitude[of].mean(), rel=0.1)
    assert "aversive (10)" in names(panel)
    panel.where, panel.window = "window", (0.0, 100.0)
    panel.wait()
    assert len(panel.results["related"]) == (made.stimuli.onset < 100).sum()


def test_a_table_per_minute_without_events(made):
    panel = EDA(made.recording, where="whole")
    found = panel.wait()
    table = panel.plot.view.table
    assert sum(int(row[2]) for row in table[1:]) <= len(found)
    assert [row[0] for row in table[1:3]] == ["0", "60"]
    assert panel.add_to_recording() in [one.name for one in made.recording.annotations.layers]
    panel.where, panel.window = "window", (20.0, 50.0)
    panel.wait()
    assert len(panel.plot.view.table) == 2


def test_long_recordings_have_few_rows_and_points():
    rng = np.random.default_rng(0)
    x = 5 + np.cumsum(rng.normal(0, 0.002, 4 * 3600 * 16))
    long = vw.Recording.from_arrays({"EDA": x}, fs=16.0, units={"EDA": "µS"})
    panel = EDA(long, where="whole")
    panel.wait()
    assert len(panel.plot.view.table) <= 16
    assert max(len(one.x) for one in panel.figure.data) < 10_000


def test_mistakes_are_said_in_words(rec, made):
    panel = EDA(made.recording, after="scary")
    assert panel.state == "empty"
    assert "no annotation has the text 'scary'" in panel.message
    assert "'aversive'" in panel.message
    panel.after = "neutral"
    panel.latency_from = 5.0
    panel._latest.task.wait()
    assert panel.state == "error"
    assert "t0 < t1" in panel.message
    other = EDA(rec, channel="ECG", window=(0, 60))
    other._latest.task.wait()
    assert other.state == "error"
    assert "min_amplitude" in other.message or "EDA" in other.message
    panel.latency_from = 1.0
    panel.window = (0.0, 2.0)
    panel._latest.task.wait()
    assert panel.state == "not enough"
