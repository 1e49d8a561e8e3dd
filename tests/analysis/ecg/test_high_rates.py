"""Steps of detectors whose windows are long at high rates: the same numbers in other ways."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy.ndimage import median_filter

import vital_widgets as vw
from vital_widgets.analysis import ecg_peaks, ppg_peaks
from vital_widgets.analysis.ecg.detection import qrs_artefacts
from vital_widgets.analysis.ecg.detection.qrs_artefacts import share_without_spikes, without_spikes

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("fs", [100.0, 250.0, 700.0, 1000.0, 3000.0])
def test_rows_are_filtered_as_all_at_once(fs):
    rows = RNG.normal(size=(5, round(0.4 * fs)))
    length = 2 * max(round(0.02 * fs / 2), 1) + 1
    expected = median_filter(rows, length, mode="nearest", axes=1)
    np.testing.assert_array_equal(without_spikes(rows, fs), expected)
    np.testing.assert_array_equal(without_spikes(rows[2], fs), expected[2])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 31, 100])
@pytest.mark.parametrize("extreme", [np.minimum, np.maximum])
def test_extremes_of_stretches_are_those_of_all_their_rows(n, extreme):
    columns = RNG.normal(size=(100, 3))
    shifted = [columns[k : len(columns) - n + 1 + k] for k in range(n)]
    expected = functools.reduce(extreme, shifted)
    np.testing.assert_array_equal(qrs_artefacts._of_each(extreme, columns, n), expected)


def test_the_share_that_spikes_leave_does_not_depend_on_the_rate():
    shares = []
    for fs in (500.0, 5000.0):
        t = np.arange(round(10 * fs)) / fs
        beats = np.exp(-0.5 * ((t % 1.0 - 0.5) / 0.015) ** 2)
        peaks = np.round(np.arange(0.5, 10, 1.0) * fs).astype(np.int64)
        spikes = beats + 2 * (np.abs(t % 1.0 - 0.5) < 0.002)
        shares += [share_without_spikes(beats, fs, peaks), share_without_spikes(spikes, fs, peaks)]
    assert shares[0] == shares[2] == 1.0
    assert shares[1] == pytest.approx(shares[3], abs=0.02)
    assert shares[1] < 0.6


@pytest.mark.parametrize("paced", [False, True])
def test_beats_are_the_same_at_a_high_rate(paced):
    rec = vw.sample(30)
    channel, high = rec["ECG"], 20_000
    x = channel.read(0, channel.n_samples)
    t = np.arange(30 * high) / high
    fine = np.interp(t, np.arange(len(x)) / channel.fs, x)
    found = ecg_peaks(x, channel.fs)
    if paced:  # 2 ms before each QRS complex
        for time in found.times:
            fine[round((time - 0.06) * high) : round((time - 0.058) * high)] += 3.0
    got = ecg_peaks(fine, high)
    assert len(found) - 1 <= len(got) <= len(found)  # one may be cut by the end
    away = np.abs(got.times[:, None] - found.times).min(axis=1)
    assert away.max() < 0.1


def test_pulses_are_the_same_at_a_high_rate():
    channel = vw.sample(30)["PPG"]
    x = channel.read(0, channel.n_samples)
    every = np.arange(len(x)) / channel.fs
    low, high = (
        ppg_peaks(np.interp(np.arange(30 * fs) / fs, every, x), fs) for fs in (2500, 10_000)
    )
    np.testing.assert_allclose(high.times, low.times, atol=0.002)
