"""White noise has no breaths; irregular breathing keeps its own, with a note."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import breaths, respiration_rate, run
from vital_widgets.analysis.respiration.breaths import METHODS
from vital_widgets.analysis.respiration.condition import is_flat
from vital_widgets.core.recording import Recording
from vital_widgets.simulate.breathing import make_breathing


def noise_of(kind: str, fs: int, seed: int, seconds: int = 180) -> np.ndarray:
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(fs * seconds)
    return {
        "white": white,
        "spikes": (rng.random(len(white)) < 0.5 / fs) * white,
        "few counts": np.round(white),
        "Cauchy": rng.standard_cauchy(len(white)),
    }[kind]


@pytest.mark.parametrize("kind", ["white", "spikes", "few counts", "Cauchy"])
@pytest.mark.parametrize("fs", [10, 32, 250])
@pytest.mark.parametrize("method", METHODS[:2])
def test_noise_has_no_breaths(kind, fs, method):
    for seed in (1, 2):
        got = breaths(noise_of(kind, fs, seed), fs, method=method)
        assert not got.enough
        assert not len(got.onset)
        assert "as in noise" in got.notes[0]
        rate = respiration_rate(noise_of(kind, fs, seed), fs)
        assert not rate.enough
        assert np.all(np.isnan(rate.rate))


@pytest.mark.parametrize("noise", [0, 0.3, 0.5])
@pytest.mark.parametrize("rate", [6, 15, 40])
def test_breaths_in_noise_stay(noise, rate):
    made = make_breathing(300, 32, rate=rate, noise=noise, seed=5)
    got = breaths(made.values, 32)
    assert len(got.onset) > 0.9 * len(made.onsets)
    assert not any("rejected" in note for note in got.notes)
    assert np.isfinite(respiration_rate(made.values, 32).rate).all()


def test_held_breath_is_no_noise():
    made = make_breathing(400, 32, events=[(100, 40, 1.0), (200, 30, 0.6)], noise=0.05, seed=4)
    assert not breaths(made.values, 32).notes


def test_irregular_breathing_stays_with_a_note():
    made = make_breathing(300, 32, variation=0.4, amplitude_variation=0.6, seed=7)
    got = breaths(made.values, 32)
    assert got.enough
    assert any("at random" in note for note in got.notes)


def test_a_sensor_that_comes_loose_leaves_the_breaths_before_however_cut():
    made = make_breathing(1800, 16, noise=0.05, seed=3)
    values = made.values.copy()
    values[800 * 16 :] = noise_of("white", 16, 1, 1000)
    got = breaths(values, 16)
    assert not np.any(got.onset > 1500)
    assert "rejected" in got.notes[-1]
    channel = Recording.from_arrays({"Resp": values}, 16)["Resp"]
    cut = run(breaths, channel, chunk_s=37.0).result()
    np.testing.assert_array_equal(cut.onset, got.onset)
    assert cut.notes == got.notes


@pytest.mark.parametrize("rate", [12, 18, 30, 40])
@pytest.mark.parametrize("fs", [10, 25])
def test_breathing_in_white_noise_at_a_low_sampling_rate_keeps_its_rate(rate, fs):
    made = make_breathing(180, fs, rate=rate, noise=0.5, heartbeat=0.1, drift=0.5, seed=rate)
    assert len(breaths(made.values, fs).onset) > 0
    told = respiration_rate(made.values, fs).rate
    assert np.isfinite(told).mean() > 0.6
    assert np.nanmedian(told) == pytest.approx(rate, rel=0.05)


@pytest.mark.parametrize("fs", [8, 10, 32])
@pytest.mark.parametrize("seconds", [32, 60, 300])
def test_white_noise_is_flat_and_breaths_in_as_much_noise_are_not(fs, seconds):
    noise = np.random.default_rng(seconds).standard_normal((300, fs * seconds))
    assert np.sum(~is_flat(noise, fs)) <= 3
    made = make_breathing(seconds, fs, rate=15, noise=0.5, seed=2).values
    assert not is_flat(made[None] - made.mean(), fs)
