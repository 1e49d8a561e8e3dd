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


def test_only_events_whose_response_was_searched_count():
    made = eda_experiment(20, no_response=0.0, artefacts=0, seed=3)
    rec, onset = made.recording, made.stimuli.onset
    of = made.stimuli.text == "aversive"
    rec.annotations.add(0.0, "calm", 60.0)
    rec.annotations.add(rec.duration - 40, "calm", 40.0)
    panel = EDA(rec, where="annotations", texts=("calm",), after="aversive")
    panel.wait()
    inside = (onset + 4 <= 60) | ((onset >= rec.duration - 40) & (onset + 4 <= rec.duration))
    assert panel.plot.view.table[1][1] == str((inside & of).sum())
    assert panel.plot.view.table[1][2].endswith("(100%)")
    last = float(onset[of][2])
    panel.where, panel.window = "window", (0.0, last + 2)
    panel.wait()
    assert panel.plot.view.table[1][1] == "2"  # the response to the third comes later


def test_rates_are_of_minutes_with_signal(made):
    signal = made.recording["EDA"]
    values = signal.read(0, signal.n_samples).copy()
    fs = signal.fs
    values[int(75 * fs) : int(105 * fs)] = np.nan
    rec = vw.Recording.from_arrays({"EDA": values[: int(200 * fs)]}, fs=fs, units="µS")
    panel = EDA(rec, where="whole")
    found = panel.wait()
    table = panel.plot.view.table[1:]
    assert [row[0] for row in table] == ["0", "60", "120"]  # the last one has 80 s
    assert sum(int(row[2]) for row in table) == len(found)
    assert float(table[1][3]) == pytest.approx(2 * int(table[1][2]), rel=0.02)
    assert float(table[2][3]) == pytest.approx(int(table[2][2]) * 60 / 80, rel=0.02)
    tonic = next(one for one in panel.plot.view.traces if one["name"] == "tonic")
    assert np.isnan(tonic["y"]).any()
