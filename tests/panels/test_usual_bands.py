"""The bands of panels of spectra, by the kind of signal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.panels.catalog.channelbands import BANDS_OF, told_names

FS = 128.0
UNITS = {"EEG C3-M2": "\u00b5V", "ECG": "mV", "PPG": "", "Resp": "", "Acc X": "g", "x": ""}
KINDS = {"EEG C3-M2": "EEG", "ECG": "ECG", "PPG": "PPG"}


@pytest.fixture
def kinds():
    noise = np.random.default_rng(2).normal(size=(len(UNITS), int(60 * FS)))
    return vw.Recording.from_arrays(dict(zip(UNITS, noise, strict=True)), FS, units=UNITS)


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("panel", ["Spectrum", "BandPower"])
def test_the_bands_follow_the_channel_and_the_code_gives_them(kinds, panel, name):
    made = vw.panels.panel_class(panel)(kinds, channel=name, where="whole")
    made.wait()
    found = made.results["bands"] if panel == "Spectrum" else made.result
    expected = BANDS_OF[KINDS[name]] if name in KINDS else {"all": (0.0, FS / 2)}
    assert list(found.names) == list(expected)
    assert ("bands=" in made.code()) == (name != "EEG C3-M2")
    assert made.bands is None
    made.bands = {"mine": (1, 2)}
    made.wait()
    found = made.results["bands"] if panel == "Spectrum" else made.result
    assert found.names == ("mine",)
    made.undo()
    assert made.bands is None
    made.close()


def test_an_emptied_field_means_the_usual_bands(kinds):
    panel = vw.panels.Spectrum(kinds, channel="ECG", bands={"mine": (1, 2)})
    field = panel._frame._controls["bands"]._field
    assert field.value == "mine 1-2"
    field.value = " "
    assert panel.bands is None
    assert field.placeholder == "automatic"
    panel.close()


def test_overlapping_bands_say_so_in_the_table(kinds):
    for name in ("Spectrum", "BandPower"):
        panel = vw.panels.panel_class(name)(kinds, channel="EEG C3-M2", where="whole")
        panel.wait()
        first = [row[0] for row in panel.plot.view.table[1:]]
        assert first == [
            "delta", "theta", "alpha (overlaps sigma)", "sigma (overlaps alpha, beta)",
            "beta (overlaps sigma)", "gamma",
        ]  # fmt: skip
        panel.channel = "ECG"
        panel.wait()
        assert not any("overlaps" in row[0] for row in panel.plot.view.table)
        panel.close()


def test_only_the_bands_of_the_eeg_overlap():
    for kind, bands in BANDS_OF.items():
        ends = sorted(bands.values())
        apart = all(one[1] <= after[0] for one, after in pairwise(ends))
        assert apart == (kind != "EEG")


def test_bands_that_touch_do_not_overlap():
    touching = vw.analysis.band_power(np.ones(500), fs=FS, bands={"a": (1, 3), "b": (3, 5)})
    assert told_names(touching) == ["a", "b"]


def test_a_band_from_zero_is_shown_on_a_logarithmic_axis(rec):
    panel = vw.panels.Spectrum(rec, bands={"low": (0, 4), "high": (4, 8)}, logarithmic=True)
    panel.wait()
    first, second = panel.plot.view.layout["shapes"]
    assert 0 < first["x0"] < first["x1"] == 4
    assert (second["x0"], second["x1"]) == (4, 8)
