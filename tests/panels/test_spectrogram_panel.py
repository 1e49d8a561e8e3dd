"""The panel of spectrograms and scalograms: as large as a screen, in the right place."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal as scipy_signal

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels import panel_class

Spectrogram = panel_class("Spectrogram")


@pytest.fixture
def rhythm():
    """20 minutes in which a rhythm of 10 Hz goes over to 25 Hz after 10 minutes."""
    fs = 128.0
    t = np.arange(0, 1200, 1 / fs)
    rng = np.random.default_rng(3)
    x = np.sin(2 * np.pi * np.where(t < 600, 10, 25) * t) * 30 + rng.normal(size=len(t))
    return vw.Recording.from_arrays({"EEG C3": x}, fs=fs, units="uV")


def test_it_equals_scipy(rhythm):
    panel = Spectrogram(rhythm, window=(100.0, 400.0), window_s=4.0)
    picture = panel.wait()
    x = rhythm["EEG C3"].window(100.0, 400.0)[1]
    step = round(picture.step_s * 128)
    f, t, p = scipy_signal.spectrogram(
        x, 128.0, window="hann", nperseg=512, noverlap=512 - step, detrend="constant"
    )
    kept = f <= 40
    np.testing.assert_allclose(picture.power, p[kept], rtol=1e-6)
    np.testing.assert_allclose(picture.times, t + 100.0)
    (shown,) = panel.figure.data
    np.testing.assert_allclose(shown.z, 10 * np.log10(p[kept]), atol=1e-3)
    assert panel.plot.view.times == "x"


@pytest.mark.parametrize("method", ["welch", "multitaper", "scalogram"])
def test_the_whole_is_reduced_to_a_screen_and_shows_the_change(rhythm, method):
    panel = Spectrogram(rhythm, where="whole", method=method)
    picture = panel.wait()
    rows, columns = picture.power.shape
    assert columns <= 1200
    assert rows <= 240
    assert f"{columns:,} x {rows:,} cells" in panel.plot.view.text
    early, late = (np.abs(picture.times - t).argmin() for t in (300, 900))
    assert picture.frequencies[picture.power[:, early].argmax()] == pytest.approx(10, abs=1)
    assert picture.frequencies[picture.power[:, late].argmax()] == pytest.approx(25, abs=2)


def test_colours_cover_the_percentiles(rhythm):
    panel = Spectrogram(rhythm, window=(0.0, 60.0), dark=10.0, bright=90.0)
    level = panel.wait().decibels()
    (shown,) = panel.figure.data
    assert shown.zmin == pytest.approx(np.percentile(level, 10))
    assert shown.zmax == pytest.approx(np.percentile(level, 90))


def test_absurd_bands_are_told(rhythm):
    panel = Spectrogram(rhythm, lowest=30.0, highest=10.0)
    with pytest.raises(InvalidInputError, match="is empty"):
        panel.wait()
    panel.highest = 1000.0
    panel.lowest = 100.0
    with pytest.raises(InvalidInputError, match="64 Hz only"):
        panel.wait()
    panel.lowest = None
    panel.highest = None
    assert panel.wait().enough


def test_a_short_window_has_a_picture(rec):
    panel = Spectrogram(rec, window=(10.0, 12.0), channel="ECG")
    assert panel.wait().enough
    assert panel.result.power.shape[1] > 20


@pytest.mark.parametrize(("name", "night"), [("EEG C3", True), ("Resp", False), ("PPG", False)])
def test_tapers_for_sleep_are_for_an_eeg_only(name, night):
    x = np.random.default_rng(0).normal(size=20 * 60 * 50)
    rec = vw.Recording.from_arrays({name: x}, fs=50.0)
    panel = Spectrogram(rec, method="multitaper", where="whole")
    panel.wait()
    recipe = panel.result.recipe.parameters
    assert (recipe["nw"] == 15.0) is night
