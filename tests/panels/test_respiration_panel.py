"""The respiration panel: breaths, derived rates, events with and without a saturation."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.respiration_panel import Respiration
from vital_widgets.simulate.sleep_night import sleep_night


@pytest.fixture(scope="module")
def night():
    return sleep_night(1.0, seed=1)


def cell(panel, label):
    return next(row[1] for row in panel.plot.view.table if row[0] == label)


def test_breaths_are_marked_on_the_signal(rec):
    panel = Respiration(rec, window=(10, 70))
    assert panel.channel == "Resp"
    found = panel.wait()
    by_name = {one["name"]: one for one in panel.plot.view.traces}
    assert len(by_name["breaths"]["x"]) == 2 * len(found)
    heights = by_name["breaths"]["y"]
    assert np.all(heights[len(found) :] > heights[: len(found)])  # end above start of inspiration
    assert panel.add_to_recording() in [one.name for one in rec.annotations.layers]
    panel.where = "whole"
    panel.wait()
    assert "breaths" in {one["name"] for one in panel.plot.view.traces}


def test_a_rate_derived_from_ecg_and_ppg_agrees_with_the_belt(rec):
    panel = Respiration(rec, window=(10, 130), derived_from=("ECG", "PPG"))
    panel.wait()
    belt, derived = float(cell(panel, "rate, windows")), float(cell(panel, "rate, derived"))
    assert derived == pytest.approx(belt, abs=0.5)
    only = Respiration(rec, channel="ECG", window=(10, 130))
    fused = only.wait()
    assert fused.names == ("ecg amplitude", "ecg baseline", "ecg frequency")
    assert float(cell(only, "rate, derived")) == pytest.approx(belt, abs=0.5)
    assert "breaths" not in only.results
    with pytest.raises(vw.errors.InvalidInputError, match="need a respiration signal"):
        only.add_events()


def test_without_a_respiration_channel_the_pulse_is_taken(rec):
    fs = rec["PPG"].timebase.fs
    alone = vw.Recording.from_arrays({"PPG": rec["PPG"].window(0, 120)[1]}, fs=fs)
    panel = Respiration(alone, window=(0, 120))
    assert panel.channel == "PPG"
    assert np.isfinite(panel.wait().rate).any()


def test_events_with_a_saturation(night):
    rec = night.recording
    panel = Respiration(rec, where="whole", channel="Airflow")
    assert panel.spo2 == "SpO2"
    panel.wait()
    events = panel.results["events"]
    assert len(events)
    assert np.isfinite(events.desaturation).any()
    assert len(panel.plot.view.layout["shapes"]) == len(events)
    assert "respiratory_events" in panel.add_events()
    layers = [one.name for one in rec.annotations.layers]
    assert "respiratory_events Airflow" in layers
    panel.min_desaturation = 10.0
    panel.wait()
    assert len(panel.results["events"]) < len(events)


def test_mistakes_are_said_in_words(rec):
    panel = Respiration(rec, window=(10, 70), derived_from=("Acc X",))
    assert panel.state == "error"
    assert "choose ECG or PPG" in panel.message
    panel.derived_from = ()
    assert panel.wait().enough
    panel.spo2 = "PPG"
    assert panel.state == "error", panel.message
    assert "no oxygen saturation" in panel.message
    panel.undo()
    panel.window = (10.0, 12.0)
    panel._latest.task.wait()
    assert panel.state in ("not enough", "error")
    assert panel.message
