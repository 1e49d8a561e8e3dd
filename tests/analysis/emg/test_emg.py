"""EMG: against bursts and spectra that are known, SciPy, and in pieces."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import butter, sosfiltfilt, welch

from vital_widgets.analysis import emg_envelope, emg_frequency, emg_onsets, run
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

FS = 1000.0
BURSTS = [(3.0, 4.0), (6.5, 6.9), (9.0, 12.0)]


def made(seconds=15.0, rest=0.05, seed=0):
    t = np.arange(0, seconds, 1 / FS)
    noise = np.random.default_rng(seed).normal(size=len(t))
    noise = sosfiltfilt(butter(4, [30, 300], "bandpass", fs=FS, output="sos"), noise)
    active = np.zeros(len(t), bool)
    for t0, t1 in BURSTS:
        active |= (t >= t0) & (t < t1)
    return noise / noise.std() * np.where(active, 1.0, rest), t


def channel(values):
    return Recording.from_arrays({"EMG": values}, FS, units="mV")["EMG"]


def test_the_envelope_of_noise_is_known():
    values, t = made(seconds=30, rest=1.0)
    inside = (t > 1) & (t < 29)
    linear = emg_envelope(values, FS).values[inside]
    rms = emg_envelope(values, FS, method="rms", window_s=0.5).values[inside]
    assert linear.mean() == pytest.approx(np.sqrt(2 / np.pi), rel=0.02)
    assert rms.mean() == pytest.approx(1.0, rel=0.03)


def test_the_linear_envelope_is_that_of_scipy():
    values, t = made()
    clean = sosfiltfilt(butter(4, [20, 450], "bandpass", fs=FS, output="sos"), values)
    plain = sosfiltfilt(butter(4, 6, fs=FS, output="sos"), np.abs(clean))
    ours = emg_envelope(values, FS).values
    inside = (t > 2) & (t < 13)
    assert ours[inside] == pytest.approx(np.maximum(plain, 0)[inside], abs=1e-3)


@pytest.mark.parametrize("baseline", [None, (0.0, 2.0)])
def test_bursts_are_found(baseline):
    found = emg_onsets(channel(made()[0]), baseline=baseline, min_duration_s=0.1)
    assert found.onset == pytest.approx([t0 for t0, _ in BURSTS], abs=0.03)
    assert found.end == pytest.approx([t1 for _, t1 in BURSTS], abs=0.04)
    assert found.amplitude == pytest.approx(np.full(3, 0.8), rel=0.1)
    assert found.baseline == pytest.approx(0.04, rel=0.35)
    assert found.units == "mV"
    assert any("rest" in note for note in found.notes) == (baseline is None)
    assert "bursts" in repr(found)


def test_a_gap_ends_a_burst():
    values, _ = made()
    values[10_000:10_500] = np.nan
    found = emg_onsets(values, FS, baseline=(0, 2), min_duration_s=0.1)
    assert found.onset == pytest.approx([3.0, 6.5, 9.0, 10.5], abs=0.03)


def test_the_median_frequency_is_that_of_the_spectrum():
    values, _ = made(seconds=120, rest=1.0)
    found = emg_frequency(values, FS)
    f, power = welch(values, FS, nperseg=1000)
    inside = (f >= 20) & (f <= 450)
    share = np.cumsum(power[inside]) / power[inside].sum()
    assert np.mean(found.median_frequency) == pytest.approx(
        np.interp(0.5, share, f[inside]), rel=0.02
    )
    mean = np.sum(f[inside] * power[inside]) / power[inside].sum()
    assert np.mean(found.mean_frequency) == pytest.approx(mean, rel=0.02)
    assert np.mean(found.rms) == pytest.approx(1.0, rel=0.02)
    assert abs(found.slope_hz_per_min) < 3


def test_a_falling_frequency_has_its_slope():
    t = np.arange(0, 60, 1 / FS)
    tone = np.sin(2 * np.pi * (120 * t - 0.5 * t**2))  # 1 Hz a second
    found = emg_frequency(tone, FS)
    assert found.slope_hz_per_min == pytest.approx(-60, abs=0.5)
    assert found.median_frequency == pytest.approx(120 - found.times, abs=1)


@pytest.mark.parametrize("function", [emg_envelope, emg_onsets, emg_frequency])
def test_the_result_does_not_depend_on_pieces(function):
    values = np.tile(made()[0], 8)
    values[40_000:40_100] = np.nan
    whole = function(values, FS).to_frame()
    pieces = run(function, channel(values), chunk_s=17).result(300).to_frame()
    pd.testing.assert_frame_equal(whole, pieces, atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize("function", [emg_envelope, emg_onsets, emg_frequency])
def test_bad_input(function):
    with pytest.raises(InvalidInputError, match="too low"):
        function(np.zeros(1000), 50)
    assert not function(np.full(5000, np.nan), FS).enough


def test_bad_parameters():
    values, _ = made()
    with pytest.raises(InvalidInputError, match=r"baseline=\(3, 1\) is not accepted"):
        emg_onsets(values, FS, baseline=(3, 1))
    with pytest.raises(InvalidInputError, match=r"baseline=\(90.0, 95.0\) s holds no signal"):
        emg_onsets(values, FS, baseline=(90, 95))
    with pytest.raises(InvalidInputError, match=r"band=\(30, 900\) is not accepted"):
        emg_frequency(values, FS, band=(30, 900))
    with pytest.raises(InvalidInputError, match="at least 32"):
        emg_frequency(values, FS, window_s=0.01)
