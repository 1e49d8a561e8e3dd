"""Band power over time: rhythms whose power and change are known."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.bandpower_panel import automatic_epoch
from vital_widgets.panels.registry import panel_class

FS = 100.0
BandPower = panel_class("BandPower")


@pytest.fixture
def rhythms():
    """20 min of 10 Hz with an amplitude of 20 uV, then 20 min of 2 Hz with 60 uV."""
    t = np.arange(2400 * FS) / FS
    x = np.where(t < 1200, 20 * np.sin(2 * np.pi * 10 * t), 60 * np.sin(2 * np.pi * 2 * t))
    x += np.random.default_rng(0).normal(0, 0.5, len(t))
    return vw.Recording.from_arrays({"EEG C3": x}, fs=FS, units={"EEG C3": "uV"})


def traces(panel):
    return {one["name"]: one for one in panel.plot.view.traces}


def test_the_power_of_a_rhythm_is_that_of_its_amplitude(rhythms):
    panel = BandPower(rhythms, where="whole", show="power")
    panel.wait()
    shown = traces(panel)
    alpha, delta = shown["alpha"], shown["delta"]
    assert np.asarray(alpha["x"])[:2] == pytest.approx([15, 45])  # the middle of epochs of 30 s
    first = np.asarray(alpha["x"]) < 1200
    # A sine of amplitude a has the power a²/2.
    assert np.asarray(alpha["y"])[first] == pytest.approx(200, rel=0.02)
    assert np.asarray(delta["y"])[~first] == pytest.approx(1800, rel=0.02)
    panel.show = "relative"
    panel.wait()
    assert np.asarray(traces(panel)["alpha"]["y"])[first] == pytest.approx(1, abs=0.02)
    panel.show = "decibels"
    panel.wait()
    assert np.asarray(traces(panel)["alpha"]["y"])[first] == pytest.approx(23.01, abs=0.1)
    panel.close()


def test_the_table_has_medians_and_shares(rhythms):
    panel = BandPower(rhythms, window=(0, 1200))
    panel.wait()
    rows = {row[0].split()[0]: row for row in panel.plot.view.table}
    assert rows["alpha"][1] == "8 to 13"
    assert float(rows["alpha"][2]) == pytest.approx(200, rel=0.02)
    assert float(rows["alpha"][4].rstrip("%")) == pytest.approx(100, abs=2)
    assert "40 epochs of 30 s, 40 with" in panel.plot.view.text
    panel.close()


def test_a_pause_is_no_line():
    x = np.random.default_rng(0).normal(0, 20, int(1800 * FS))
    x[60_000:90_000] = np.nan
    rec = vw.Recording.from_arrays({"EEG C3": x}, fs=FS, units={"EEG C3": "uV"})
    panel = BandPower(rec, where="whole")
    panel.wait()
    drawn = traces(panel)["delta"]
    missing = np.isnan(np.asarray(drawn["y"]))
    times = np.asarray(drawn["x"])[missing]
    assert times.min() == pytest.approx(615)
    assert times.max() == pytest.approx(885)
    panel.close()


@pytest.mark.parametrize(
    ("seconds", "epoch"), [(86_400, 30), (600, 30), (300, 15), (30, 4), (2, 2)]
)
def test_epochs_become_shorter_with_the_part(seconds, epoch):
    assert automatic_epoch(seconds) == epoch


def test_an_epoch_longer_than_the_part_says_so(rhythms):
    panel = BandPower(rhythms, window=(0, 30), epoch_s=0.5 + 60)
    panel.wait()
    assert panel.state in ("not enough", "error")
    assert panel.message
    panel.close()
