"""Pulses are not found where there are none: in noise, mains hum and lines without contact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from vital_widgets.analysis import ppg_peaks
from vital_widgets.analysis.beats.beat_series import numbered_without

SECONDS = 120


def noise_of(kind: str, fs: float, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    n = round(SECONDS * fs)
    white = chance.normal(size=n)
    spectrum = np.fft.rfft(white)
    falling = np.maximum(np.arange(len(spectrum)), 1.0)
    hum = np.sin(2 * np.pi * 50.01 * np.arange(n) / fs + seed)
    return {
        "white": white,
        "pink": np.fft.irfft(spectrum / falling**0.5, n),
        "brown": np.fft.irfft(spectrum / falling, n),
        "few counts": np.round(white * 0.4),
        "0.5 to 8 Hz": sosfiltfilt(butter(2, (0.5, 8), "band", fs=fs, output="sos"), white),
        "hum": hum,
        "hum and noise": hum + 0.1 * white,
    }[kind]


def pulses_at(times: np.ndarray, fs: float) -> np.ndarray:
    t = np.arange(round(SECONDS * fs)) / fs
    x = np.zeros(len(t))
    for beat in times:
        d = t - beat
        near = (d > -0.6) & (d < 1.2)
        x[near] += np.exp(-0.5 * (d[near] / 0.11) ** 2)
        x[near] += 0.35 * np.exp(-0.5 * ((d[near] - 0.3) / 0.13) ** 2)
    return x / x.std()


def beats_at(rate: float, spread: float, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    intervals = 60 / rate * np.clip(1 + spread * chance.normal(size=400), 0.5, 1.9)
    times = np.cumsum(intervals)
    return times[times < SECONDS - 1]


@pytest.mark.parametrize("fs", [25.0, 125.0, 500.0])
@pytest.mark.parametrize(
    "kind", ["white", "pink", "brown", "few counts", "0.5 to 8 Hz", "hum", "hum and noise"]
)
def test_no_pulses_in_noise_or_hum(kind, fs):
    for seed in (3, 4, 5):
        found = ppg_peaks(noise_of(kind, fs, seed), fs)
        assert not len(found.samples), f"seed {seed}"
        assert not found.enough
        assert "peaks were rejected" in found.notes[-1] or "0 pulses were found" in found.notes[-1]


@pytest.mark.parametrize("method", ["slope-sum", "two-averages"])
def test_no_pulses_in_noise_by_the_other_detectors(method):
    assert not ppg_peaks(noise_of("white", 125.0, 1), 125.0, method=method).enough


@pytest.mark.parametrize(
    ("rate", "spread", "noise"),
    [(75, 0.04, 1.0), (75, 0.04, 1.7), (150, 0.03, 1.0), (45, 0.1, 1.0), (90, 0.25, 0.1)],
)
@pytest.mark.parametrize("fs", [64.0, 250.0])
def test_pulses_in_noise_stay(rate, spread, noise, fs):
    times = beats_at(rate, spread)
    values = pulses_at(times, fs) + noise * noise_of("white", fs, 7)
    found = ppg_peaks(values, fs)
    assert len(found.samples) > 0.93 * len(times)
    assert not found.notes


@pytest.mark.parametrize("fs", [125.0, 1000.0])
def test_pulses_under_strong_hum_stay(fs):
    times = beats_at(75, 0.04)
    hum = 10 * np.sin(2 * np.pi * 50 * np.arange(round(SECONDS * fs)) / fs)
    found = ppg_peaks(pulses_at(times, fs) + hum, fs)
    assert len(found.samples) > 0.93 * len(times)


def test_a_sensor_that_falls_off_leaves_the_pulses_before():
    fs = 125.0
    times = beats_at(75, 0.04)
    values = pulses_at(times, fs)
    half = len(values) // 2
    values[half:] = noise_of("white", fs, 2)[half:]
    found = ppg_peaks(values, fs)
    before = times[times < SECONDS / 2]
    assert abs(len(found.samples) - len(before)) < 0.3 * len(before)
    assert "peaks were rejected" in found.notes[0]
    assert "pulses remain" in found.notes[0]


def test_no_interval_is_formed_across_what_was_left_out():
    fs = 125.0
    times = beats_at(75, 0.04)
    values = pulses_at(times, fs)
    third = len(values) // 3
    values[third : 2 * third] = noise_of("white", fs, 2)[third : 2 * third]
    found = ppg_peaks(values, fs)
    middle = (found.times[:-1] < SECONDS / 2) & (found.times[1:] > SECONDS / 2)
    assert middle.any()
    assert np.all(np.diff(found.stretch)[middle] > 0)


@pytest.mark.parametrize(
    ("left_out", "stretch", "kept"),
    [
        ([0, 0, 0], [2, 2, 3], [2, 2, 3]),
        ([0, 1, 0], [0, 0, 0], [0, 1]),
        ([1, 0, 0], [5, 5, 5], [5, 5]),
        ([0, 0, 1], [0, 1, 1], [0, 1]),
        ([0, 1, 1, 0, 1, 0], [0] * 6, [0, 1, 2]),
        ([0, 1, 0, 0], [0, 1, 2, 3], [0, 1, 2]),
        ([1, 1], [0, 0], []),
        ([], [], []),
    ],
)
def test_stretches_end_where_marks_are_left_out(left_out, stretch, kept):
    found = numbered_without(np.array(left_out, bool), np.array(stretch, np.int64))
    assert found.tolist() == kept
