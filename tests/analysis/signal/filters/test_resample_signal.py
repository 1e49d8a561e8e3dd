"""Resampling keeps tones, suppresses aliases, states its times, and does not mind being cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from vital_widgets import analysis
from vital_widgets.analysis.signal.filters.resample import ratio_of
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

RATES = [(250, 100), (250, 125), (250, 256), (250, 1000), (360, 250), (500, 333), (250, 250)]


def db(x):
    return 20 * np.log10(x)


@pytest.mark.parametrize(("fs", "new"), RATES)
def test_a_tone_below_is_kept_and_one_above_is_suppressed(fs, new):
    nyquist = min(fs, new) / 2
    t = np.arange(60 * fs) / fs
    for share in (0.01, 0.3, 0.9, 0.94):
        wave = np.sin(2 * np.pi * share * nyquist * t + 0.3)
        got = analysis.resample_signal(wave, fs, new_fs=new)
        inner = slice(len(got.values) // 6, -len(got.values) // 6)
        expected = np.sin(2 * np.pi * share * nyquist * got.times() + 0.3)
        np.testing.assert_allclose(got.values[inner], expected[inner], atol=2e-3)
        assert abs(db(np.std(got.values[inner]) / np.std(expected[inner]))) < 0.02
    if new < fs:
        for f in np.linspace(nyquist * 1.005, fs / 2, 7):
            wave = np.cos(2 * np.pi * f * t + 0.3)
            got = analysis.resample_signal(wave, fs, new_fs=new).values
            inner = slice(len(got) // 6, -len(got) // 6)
            assert db(np.std(got[inner]) * np.sqrt(2) + 1e-30) < -75


def test_the_middle_is_that_of_scipy():
    values = np.random.default_rng(0).normal(size=5000)
    got = analysis.resample_signal(values, 250, new_fs=100)
    expected = resample_poly(values, 2, 5, window=ratio_of(250.0, 100.0).taps)
    assert len(got.values) == len(expected) == 2000
    np.testing.assert_allclose(got.values[150:-150], expected[150:-150], atol=1e-12)
    np.testing.assert_allclose(got.times()[:3], [0, 0.01, 0.02])


@settings(max_examples=40)
@given(st.sampled_from(RATES), st.integers(1, 6000), st.floats(0.2, 9), st.integers(0, 1000))
def test_any_cut_gives_the_same(rates, n, seconds, seed):
    fs, new = map(float, rates)
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n).cumsum() + 50
    for a in rng.integers(0, n, rng.integers(0, 4)):
        values[a : a + rng.integers(1, 60)] = np.nan
    whole = analysis.resample_signal(values, fs, new_fs=new)
    assert len(whole.values) == len(whole.times())
    channel = Channel("x", ArraySamples(values), from_runs(fs, [(0.0, n)]))
    cut = analysis.run(
        analysis.resample_signal, channel, chunk_s=max(seconds, n / fs / 20), new_fs=new
    ).result()
    scale = np.nanmax(np.abs(values), initial=1.0)
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-9 * scale)
    np.testing.assert_array_equal(cut.times(), whole.times())


def test_a_gap_stays_a_gap():
    values = np.ones(3001)
    base = from_runs(250.0, [(0.0, 1001), (50.0, 2000)])
    channel = Channel("x", ArraySamples(values), base)
    got = analysis.run(analysis.resample_signal, channel, new_fs=100, chunk_s=2).result()
    np.testing.assert_allclose(got.values, 1, atol=1e-3)
    base = got.extent.timebase
    np.testing.assert_array_equal(base.starts, [0, 401])
    np.testing.assert_array_equal(base.onsets, [0, 50])
    assert got.valid.seconds == pytest.approx(3001 / 250)
    values[500:600] = np.nan
    whole = analysis.resample_signal(values, 250, new_fs=100).values
    assert np.isnan(whole[200:240]).all()
    assert np.isfinite(whole[:200]).all()
    assert np.isfinite(whole[240:]).all()


def test_a_rate_without_a_ratio_is_stated():
    got = analysis.resample_signal(np.ones(5000), 250, new_fs=99.99999)
    assert "have no ratio" in got.notes[0]
    assert got.fs == 250 * got.up / got.down
    assert got.fs == pytest.approx(99.99999, rel=1e-6)
    exact = analysis.resample_signal(np.ones(5000), 257.3, new_fs=250)
    assert not exact.notes
    assert (exact.up, exact.down) == (2500, 2573)


@pytest.mark.parametrize("values", [[], [np.nan] * 9, [1.0], [1.0, 2.0]])
def test_little_does_no_harm(values):
    got = analysis.resample_signal(values, 250, new_fs=100)
    assert got.enough == bool(np.isfinite(values).any())
    assert len(got.values) == -(-len(values) * 2 // 5)


@pytest.mark.parametrize(
    ("fs", "new", "words"),
    [
        (250, 0, "sampling rate"),
        (250, None, "new_fs is missing"),
        (100, 0.001, "too far apart"),
        (1, 1e6, "too far apart"),
    ],
)
def test_bad_rates(fs, new, words):
    with pytest.raises(InvalidInputError, match=words):
        analysis.resample_signal(np.ones(100), fs, new_fs=new)
