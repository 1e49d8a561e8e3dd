"""Morphology: the average beat, its band, and what changes from beat to beat."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.panels import panel_class


@pytest.fixture
def panel(rec):
    return panel_class("Morphology")(rec, window=(10.0, 60.0))


def test_average_and_band_are_those_of_the_library(panel, rec):
    result = panel.wait()
    part = rec["ECG"].between(10.0, 60.0)
    beats = analysis.ecg_peaks(part)
    expected = analysis.averaged_beat(part, beats=beats)
    np.testing.assert_array_equal(result.average, expected.average)
    low, high, mean = panel.plot.view.traces[:3]
    np.testing.assert_array_equal(low["y"], expected.low)
    np.testing.assert_array_equal(high["y"], expected.high)
    np.testing.assert_array_equal(mean["y"], expected.average)
    assert f"{expected.n_used} beats averaged, mean with a 95 % band" in panel.plot.view.text
    panel.confidence, panel.centre = 99.0, "median"
    result = panel.wait()
    wider = analysis.averaged_beat(part, beats=beats, confidence=0.99, centre="median")
    np.testing.assert_array_equal(result.low, wider.low)


def test_a_measure_of_each_beat_over_time(panel, rec):
    panel.measure = "peak_to_peak"
    panel.wait()
    trend = panel.results["trend"]
    assert trend.measure == "peak_to_peak"
    points = panel.plot.view.traces[3]
    known = np.isfinite(trend.values)
    np.testing.assert_array_equal(points["x"], trend.times[known])
    np.testing.assert_array_equal(points["y"], trend.values[known])
    assert points["xaxis"] == panel.plot.view.times  # a click there goes to the beat
    assert panel.plot.view.traces[0]["xaxis"] != panel.plot.view.times
    table = {row[0]: row for row in panel.plot.view.table}
    assert table["peak to peak, median"][1].startswith(f"{np.median(trend.values[known]):.4g}")


def test_pulses_at_the_beats_of_an_ecg(panel, rec):
    panel.channel = "PPG"
    panel.wait()
    assert "ppg_peaks(signal)" in panel.code()
    panel.beats_of = "ECG"
    panel.after_s = 0.7
    result = panel.wait()
    pulse, ecg = rec["PPG"].between(10.0, 60.0), rec["ECG"].between(10.0, 60.0)
    expected = analysis.averaged_beat(pulse, beats=analysis.ecg_peaks(ecg), after_s=0.7)
    np.testing.assert_array_equal(result.average, expected.average)
    delay = result.times[np.argmax(result.average)]
    assert 0.1 < delay < 0.7  # the pulse arrives after the R peak


def test_mistakes_of_a_beginner(rec):
    panel = panel_class("Morphology")(rec, window=(0.0, 0.4))
    panel._latest.task.wait()
    assert panel.state == "not enough"
    assert panel.message
    panel.window = (0.0, 30.0)
    panel.channel = "Resp"
    panel._latest.task.wait()
    assert panel.state == "error"
    assert "needs an ECG" in panel.message
    panel.beats_of = "ECG"
    panel.wait()
    assert panel.state == "done"
    with pytest.raises(vw.errors.InvalidInputError, match=r"50 to 99.9 %"):
        panel.confidence = 0.95
    with pytest.raises(vw.errors.UnknownChannelError, match="available"):
        panel.beats_of = "II"
