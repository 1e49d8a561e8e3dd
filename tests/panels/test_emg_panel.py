"""The EMG panel: bursts, fatigue, long recordings, and mistakes."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from emg_recordings import BURSTS, FIRST_HZ, LAST_HZ, SECONDS, fatiguing_emg
from vital_widgets.panels.catalog.emg_panel import EMG


@pytest.fixture(scope="module")
def recording():
    return fatiguing_emg()


def trace(panel, name):
    return next(one for one in panel.plot.view.traces if one["name"] == name)


def test_bursts_and_fatigue(recording):
    panel = EMG(recording, rest_from=0.5, rest_to=2.5, n_sd=6, min_duration_s=0.5)
    found = panel.wait()
    assert panel.channel == "EMG biceps"
    np.testing.assert_allclose(found.onset, [start for start, _ in BURSTS], atol=0.1)
    np.testing.assert_allclose(found.end, [end for _, end in BURSTS], atol=0.1)
    panel.only_bursts = True
    panel.wait()
    slope = panel.results["frequency"].slope_hz_per_min
    assert slope == pytest.approx(60 * (LAST_HZ - FIRST_HZ) / SECONDS, rel=0.15)
    line = trace(panel, "trend")
    assert line["y"][0] > line["y"][1]
    assert len(trace(panel, "bursts")["x"]) == 3 * len(found)
    assert panel.add_to_recording() in [one.name for one in recording.annotations.layers]


def test_a_long_place_shows_the_rms_of_windows():
    noise = np.random.default_rng(1).normal(size=700 * 200)
    long = vw.Recording.from_arrays({"EMG": noise}, 200.0, units={"EMG": "mV"})
    panel = EMG(long, where="whole")
    panel.wait()
    assert "envelope" not in panel.results
    np.testing.assert_array_equal(trace(panel, "amplitude")["y"], panel.results["frequency"].rms)
    panel.where = "window"
    panel.wait()
    assert "envelope" in panel.results


def test_mistakes_are_said_in_words(rec, recording):
    panel = EMG(recording, rest_from=2.0)
    assert panel.state == "error"
    assert "both the begin and the end" in panel.message
    panel.rest_to = 1.0
    assert panel.state == "error"
    panel.rest_to = 100.0
    panel.rest_from = 90.0
    panel._latest.task.wait()
    assert panel.state in ("error", "not enough")
    assert panel.message
    panel.rest_to = panel.rest_from = None
    assert panel.wait().enough
    slow = EMG(rec, channel="Resp", window=(0, 30))
    slow._latest.task.wait()
    assert slow.state == "error"
    assert "100" in slow.message
