"""What a second device records lies where its clock says, and `clock_drift` finds the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from vital_widgets import analysis
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.second_device import second_device


def wave(t):
    return 1.5 * np.sin(2 * np.pi * 1.1 * t) + 0.5 * np.cos(2 * np.pi * 7 * t + 1)


def waves(runs, fs=200.0, start=None):
    base = from_runs(fs, runs)
    values = wave(base.times(0, base.n_samples))
    channel = Channel("ECG", ArraySamples(values), base, "mV")
    return Recording("first", [channel], start=start)


@pytest.mark.parametrize("offset", [-7.3, 0.0, 12.5])
@pytest.mark.parametrize("fs", [None, 130.0, 500.0])
def test_each_sample_is_the_signal_at_the_moment_that_the_other_clock_shows(offset, fs):
    first = waves([(0.0, 20_000)])
    made = second_device(first, drift_ppm=400, offset_s=offset, noise=0, gain=1, fs=fs)
    channel = made.recording["ECG"]
    assert channel.fs == (fs or 160.0)
    device_times = channel.timebase.times(0, channel.n_samples)
    moments = (device_times - offset) / (1 + 400e-6)
    inner = (moments > 2) & (moments < 98)
    np.testing.assert_allclose(
        channel.read(0, channel.n_samples)[inner], wave(moments)[inner], atol=0.02
    )
    assert channel.start == pytest.approx(max(offset, 0.0), abs=1 / channel.fs)
    assert made.to_device(moments) == pytest.approx(device_times)
    assert made.to_reference(device_times) == pytest.approx(moments)


def test_clock_drift_finds_the_clock():
    ecg = noisy_ecg(3600, 250, snr=20, noise="muscle", seed=8, irregular=0.06)
    first = Recording.from_arrays({"ECG": ecg.values}, 250.0, units="mV")
    made = second_device(first, drift_ppm=-80, offset_s=4.25, seed=1)
    drift = analysis.clock_drift(first["ECG"], made.recording["ECG"])
    assert drift.ppm == pytest.approx(-80, abs=2)
    assert drift.offsets[0] + 80e-6 * drift.nodes[0] == pytest.approx(4.25, abs=0.004)
    beats = analysis.ecg_peaks(made.recording["ECG"])
    matched = analysis.match_beats(ecg.r_times, made.to_reference(beats.times))
    assert matched.sensitivity > 0.99
    corrected = drift.correct(made.recording["ECG"])
    back = analysis.ecg_peaks(corrected).times
    nearest = np.abs(back[:, None] - ecg.r_times[None, :]).min(axis=1)
    assert np.median(nearest) < 0.006


def test_gaps_missing_samples_and_the_clock_time_of_the_start():
    start = datetime(2025, 3, 4, 22, 0)
    first = waves([(0.0, 4000), (100.0, 6000)], start=start)
    made = second_device(first, drift_ppm=1000, offset_s=3, channels="ECG", suffix=" (watch)")
    channel = made.recording["ECG (watch)"]
    ((gap_start, gap_end),) = channel.gaps
    assert gap_start == pytest.approx(20 * 1.001 + 3, abs=0.02)
    assert gap_end == pytest.approx(100 * 1.001 + 3, abs=0.02)
    assert made.recording.start == start + timedelta(seconds=-3 / 1.001)
    values = wave(np.arange(4000) / 200)
    values[1000:1400] = np.nan
    holed = Recording.from_arrays({"ECG": values}, 200.0)
    seen = second_device(holed, drift_ppm=0, offset_s=0, noise=0).recording["ECG"]
    missing = np.isnan(seen.read(0, seen.n_samples))
    assert missing.sum() == pytest.approx(400 * 0.8, abs=3)
    assert missing[810:1110].all()


def test_noise_and_gain():
    first = waves([(0.0, 200_000)])
    quiet, noisy, again = (
        second_device(first, noise=n, gain=0.5, seed=s).recording["ECG"]
        for n, s in ((0, 0), (0.1, 0), (0.1, 0))
    )
    values = [channel.read(0, channel.n_samples) for channel in (quiet, noisy, again)]
    assert np.array_equal(values[1], values[2])
    size = values[0].std()
    assert size == pytest.approx(0.5 * np.sqrt((1.5**2 + 0.5**2) / 2), rel=0.02)
    assert (values[1] - values[0]).std() == pytest.approx(0.1 * size, rel=0.02)


def test_wrong_arguments_are_named():
    first = waves([(0.0, 4000)])
    with pytest.raises(InvalidInputError, match="drift_ppm=1000000000"):
        second_device(first, drift_ppm=1e9)
    with pytest.raises(UnknownChannelError, match="PPG"):
        second_device(first, channels="PPG")
    with pytest.raises(InvalidInputError, match="is not a recording"):
        second_device(first["ECG"])
