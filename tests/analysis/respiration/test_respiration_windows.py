"""Windows of respiration rates are as long, and as far apart, as asked."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.respiration.respiration_rate import respiration_rate


@pytest.mark.parametrize("fs", [4, 10, 25, 100, 125, 128, 200, 250, 256, 360, 500, 1000])
@pytest.mark.parametrize(("window", "step"), [(32.0, 8.0), (30.0, 5.0), (60.0, 1.0)])
def test_windows_are_as_asked_to_the_sample(fs, window, step):
    t = np.arange(130 * fs) / fs
    got = respiration_rate(np.sin(2 * np.pi * 0.25 * t), fs, window_s=window, step_s=step)
    assert (got.window_s, got.step_s) == (window, step)
    np.testing.assert_allclose(np.diff(got.times), step, atol=1e-9)
    assert got.times[0] == pytest.approx(window / 2)
    np.testing.assert_allclose(got.rate, 15, atol=0.6)


@pytest.mark.parametrize("fs", [62.4725, 99.7, 511.9])
def test_odd_rates_come_within_a_few_samples(fs):
    t = np.arange(round(130 * fs)) / fs
    got = respiration_rate(np.sin(2 * np.pi * 0.25 * t), fs)
    assert got.window_s == pytest.approx(32, abs=2 / fs)
    assert got.step_s == pytest.approx(8, abs=0.06)


@pytest.mark.parametrize("fs", [4, 10, 125, 250])
@pytest.mark.parametrize("rate", [6, 15, 41])
def test_the_model_has_the_rate_whatever_the_phase_and_the_sampling_rate(fs, rate):
    t = np.arange(40 * fs) / fs
    for phase in np.arange(0, 6.28, 0.7):
        got = respiration_rate(np.sin(2 * np.pi * rate / 60 * t + phase), fs)
        model = got.estimates[:, got.names.index("autoregressive")]
        np.testing.assert_allclose(model, rate, atol=0.1)
