"""Beats sorted by shape: known kinds, noise, cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.analysis import beat_templates, run
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ecg_waves import wave_ecg
from vital_widgets.simulate.sample_recording import prepare_sample, sample_truth

FS = 250.0


@pytest.mark.parametrize("fs", [128.0, 250.0, 500.0, 1000.0])
def test_premature_beats_are_a_kind_of_their_own(fs):
    ecg = wave_ecg(200, fs, noise=0.02, premature=0.06, baseline=0.1, seed=1)
    found = beat_templates(ecg.values, fs, ecg.r_samples / fs)
    assert len(found) == 2
    np.testing.assert_array_equal(found.labels == 1, ecg.premature)
    np.testing.assert_array_equal(found.labels == 0, ~ecg.premature)
    assert found.n_beats.sum() == len(ecg.r_samples)
    assert np.nanmin(found.correlation) > 0.9
    top = found.times[np.argmax(found.centre[0])]
    assert abs(top) <= 2 / min(fs, 250)


def test_the_template_is_the_mean_with_its_band():
    ecg = wave_ecg(100, FS, noise=0.05, seed=2)
    found = beat_templates(ecg.values, FS, ecg.r_samples / FS)
    first = ecg.r_samples[:, None] + np.arange(-62, 101)
    beats = ecg.values[first]
    assert found.times[0] == pytest.approx(-62 / FS)
    beats -= beats[:, 62 - 30 : 62 + 62].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(found.centre[0], beats.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(found.sd[0], beats.std(axis=0, ddof=1), atol=1e-3)
    assert np.all(found.low[0] < found.centre[0])
    assert np.all(found.high[0] > found.centre[0])


def test_noise_is_no_kind():
    ecg = wave_ecg(200, FS, noise=0.01, premature=0.06, seed=3)
    values = ecg.values.copy()
    rng = np.random.default_rng(3)
    values[10_000:14_000] += 1.5 * rng.normal(size=4000)
    found = beat_templates(values, FS, ecg.r_samples / FS)
    noisy = (ecg.r_samples > 10_100) & (ecg.r_samples < 13_900)
    assert np.all(found.labels[noisy] == -1)
    assert len(found) == 2


def test_rare_kinds_are_found_among_many_beats():
    rng = np.random.default_rng(4)
    shapes = np.stack([np.hanning(50), np.hanning(50) * np.linspace(-1, 1, 50) * 3])
    kinds = (rng.random(5000) < 0.002).astype(int)
    kinds[2500:2503] = 1
    values = np.zeros(5000 * 200)
    at = np.arange(5000) * 200 + 100
    for r, kind in zip(at, kinds, strict=True):
        values[r - 25 : r + 25] += shapes[kind] * (1 + 0.05 * rng.normal())
    values += 0.02 * rng.normal(size=len(values))
    found = beat_templates(values, FS, at / FS)
    np.testing.assert_array_equal(found.labels[1:-1], kinds[1:-1])


@settings(max_examples=10)
@given(st.integers(0, 50), st.floats(1, 60), st.integers(0, 2))
def test_any_cut_gives_the_same(seed, seconds, gaps):
    rng = np.random.default_rng(seed)
    ecg = wave_ecg(60, FS, noise=0.03, premature=0.1, seed=seed)
    values = ecg.values.copy()
    for _ in range(gaps):
        first = rng.integers(0, len(values))
        values[first : first + rng.integers(1, 500)] = np.nan
    whole = beat_templates(values, FS, ecg.r_samples / FS)
    channel = Channel("x", ArraySamples(values), regular(FS, len(values)))
    cut = run(beat_templates, channel, chunk_s=seconds, beats=ecg.r_samples / FS).result()
    np.testing.assert_array_equal(cut.labels, whole.labels)
    np.testing.assert_allclose(cut.centre, whole.centre, atol=1e-6)
    np.testing.assert_allclose(cut.correlation, whole.correlation, atol=1e-6)


def test_premature_beats_of_the_sample_recording(tmp_path):
    path = tmp_path / "sample.edf"
    task = prepare_sample(duration=3600, path=path)[1]
    if task is not None:
        task.start().result()
    truth = sample_truth(duration=3600)
    with vw.open(path) as rec:
        found = run(beat_templates, rec["ECG"], beats=truth.r_peaks).result()
    early = truth.kinds == "V"
    assert early.sum() > 3
    kinds = np.unique(found.labels[early & (found.labels >= 0)])
    for kind in kinds:  # no kind holds both, but for beats in noise
        assert np.mean(early[found.labels == kind]) > 0.9
    assert np.mean(found.labels[early] >= 0) > 0.7
    assert np.mean(found.labels[~early] == 0) > 0.7
    assert len(found) <= 6


def test_marks_and_tables():
    ecg = wave_ecg(30, FS, seed=5)
    found = beat_templates(ecg.values, FS, ecg.r_samples / FS)
    assert set(found.annotations().text) <= {"0", "?"}
    assert len(found.to_frame()) == len(ecg.r_samples)
    assert len(found.templates_frame()) == found.centre.size
    repr(found)


def test_a_channel_finds_its_beats():
    ecg = wave_ecg(60, FS, noise=0.01, seed=6)
    channel = Channel("II", ArraySamples(ecg.values), regular(FS, len(ecg.values)))
    found = beat_templates(channel)
    assert found.notes[-1] == "R peaks found by ecg_peaks (slope)"
    assert found.n_beats[0] > 0.9 * len(ecg.r_samples)
    assert found.to_frame().equals(beat_templates(ecg.values, FS).to_frame())


def test_no_beats_and_no_signal_say_so():
    assert not beat_templates(np.full(5000, np.nan), FS, [2.0, 2.8]).enough
    assert not beat_templates(np.zeros(5000), FS, []).enough
    flat = beat_templates(np.zeros(5000), FS, np.arange(2.0, 18.0, 0.8))
    flat.to_frame()
    repr(flat)
    with pytest.raises(InvalidInputError, match="min_correlation"):
        beat_templates(np.zeros(5000), FS, [2.0], min_correlation=2)
