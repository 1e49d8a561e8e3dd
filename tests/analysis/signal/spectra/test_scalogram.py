"""The scalogram: a plain convolution, a sinusoid's power, averages, any cut, missing samples."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import run, scalogram
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 50.0


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n) + 3


def channel_of(values, runs=None):
    base = from_runs(FS, runs or [(0.0, len(values))])
    return Channel("EEG", ArraySamples(np.asarray(values)), base)


def plain(x, f, cycles):
    """Power by convolution with the sampled wavelet, and where its ends do not reach."""
    sigma = cycles / (2 * np.pi * f)
    half = int(9 * sigma * FS)
    t = np.arange(-half, half + 1) / FS
    wave = np.exp(2j * np.pi * f * t) - np.exp(-(cycles**2) / 2)
    wave = wave * np.exp(-0.5 * (t / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi) * FS)
    power = 2 * np.abs(np.convolve(x, wave)[half : half + len(x)]) ** 2
    inner = slice(half, len(x) - half)
    return power, inner


@pytest.mark.parametrize("cycles", [3.0, 6.0, 12.0])
def test_not_reduced_it_is_the_convolution(cycles):
    x = noise(8000)
    f = np.array([0.5, 1, 3, 10, 20])
    got = scalogram(x, FS, frequencies=f, cycles=cycles, max_columns=10**5)
    assert got.n_per_column == 1
    np.testing.assert_allclose(got.times, np.arange(8000) / FS, atol=1e-12)
    for row in range(len(f)):
        expected, inner = plain(x - x.mean(), f[row], cycles)
        np.testing.assert_allclose(
            got.power[row, inner], expected[inner], rtol=0, atol=1e-9 * expected.max()
        )
        lost = np.isnan(got.power[row]).sum() / 2 / FS
        assert lost == pytest.approx(3 * got.spread_s[row], abs=1 / FS)


@pytest.mark.parametrize("f", [0.8, 5.0, 15.0])
def test_a_sinusoid_has_its_mean_square_at_its_frequency(f):
    t = np.arange(round(60 * FS)) / FS
    got = scalogram(3 * np.sin(2 * np.pi * f * t), FS, band=(0.6, 16), n_frequencies=200)
    middle = got.power[:, len(got.times) // 2]
    k = int(np.nanargmax(middle))
    assert got.frequencies[k] == pytest.approx(f, rel=0.01)
    assert middle[k] == pytest.approx(4.5, rel=0.01)


def test_white_noise_is_flat_in_density():
    got = scalogram(noise(400_000), FS, n_frequencies=12)
    np.testing.assert_allclose(np.nanmean(got.density(), axis=1), 2 / FS, rtol=0.06)


def test_it_agrees_with_pywavelets():
    x = noise(4000) - 3
    f = np.array([1.0, 2.0, 4.0])
    got = scalogram(x, FS, frequencies=f, cycles=2 * np.pi, max_columns=10**5)
    # cmorB-C: spread in time sqrt(B / 2) of a wavelet with C cycles a second. PyWavelets takes
    # differences of its integral, rounded to samples: some percent off, more so the faster it is.
    scales = pywt.frequency2scale("cmor2.0-1.0", f / FS, precision=16)
    coefficients, _ = pywt.cwt(x, scales, "cmor2.0-1.0", precision=16)
    power = 2 * np.abs(coefficients) ** 2 / scales[:, None]  # its spectrum is sqrt(scale) high
    inner = slice(600, -600)
    for ours, theirs in zip(got.power[:, inner], power[:, inner], strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=0.06 * ours.max())
        assert np.corrcoef(theirs, ours)[0, 1] > 0.998


def test_reduced_it_is_the_mean_of_the_power():
    x = noise(40_000)
    f = np.geomspace(0.5, 16, 9)
    whole = scalogram(x, FS, frequencies=f, max_columns=10**6)
    for most in (400, 50):
        got = scalogram(x, FS, frequencies=f, max_columns=most)
        m = got.n_per_column
        n = len(x) // m
        assert most * 0.85 < len(got.times) <= most
        mean = whole.power[:, : n * m].reshape(len(f), n, m).mean(axis=2)
        error = (got.power[:, :n] - mean) / np.nanmean(mean, axis=1)[:, None]
        assert np.nanmax(np.abs(error)) < 0.02
        assert np.nanstd(error) < 0.003
        assert got.times[3] == pytest.approx(whole.times[3 * m : 4 * m].mean())


@settings(max_examples=30)
@given(st.floats(0.5, 3000), st.integers(0, 9), st.sampled_from([30, 700, 10**5]))
def test_any_cut_gives_the_same(seconds, seed, most):
    rng = np.random.default_rng(seed)
    x = noise(rng.integers(500, 90_000), seed)
    for at in rng.integers(0, len(x), 3):
        x[at : at + rng.integers(1, 900)] = np.nan
    options = {"n_frequencies": 6, "band": (0.5, 15), "max_columns": most}
    whole = scalogram(x, FS, **options)
    cut = run(scalogram, channel_of(x), chunk_s=seconds, **options).result()
    np.testing.assert_array_equal(cut.n_averaged, whole.n_averaged)
    scale = np.nanmax(whole.power) if whole.enough else 1
    np.testing.assert_allclose(cut.power, whole.power, rtol=0, atol=1e-12 * scale)
    assert cut.valid == whole.valid
    assert cut.notes == whole.notes


def test_what_a_wavelet_sees_of_missing_samples_has_no_power():
    x = noise(9000)
    x[4000:4010] = np.nan
    got = scalogram(x, FS, frequencies=[1.0, 10.0], max_columns=10**5)
    for row, sigma in enumerate(got.spread_s):
        reach = int(3 * sigma * FS)
        missing = np.flatnonzero(np.isnan(got.power[row, 1000:8000])) + 1000
        assert (missing.min(), missing.max()) == (4000 - reach, 4009 + reach)
    offset = scalogram(x + 1e6, FS, frequencies=[1.0, 10.0], max_columns=10**5)
    np.testing.assert_allclose(offset.power, got.power, atol=1e-7)


@pytest.mark.parametrize("seconds", [20.0, 1e5])
def test_gaps_are_columns_without_power(seconds):
    x = noise(12_000)
    channel = channel_of(x, [(5.0, 6000), (305.0, 6000)])
    options = {"frequencies": [2.0, 9.0], "max_columns": 10**5}
    got = run(scalogram, channel, chunk_s=seconds, **options).result()
    parts = [scalogram(x[:6000], FS, **options), scalogram(x[6000:], FS, **options)]
    assert got.times[0] == 5
    np.testing.assert_allclose(got.power[:, :6000], parts[0].power, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(got.power[:, -6000:], parts[1].power, rtol=1e-9, atol=1e-12)
    assert np.isnan(got.power[:, 6000:-6000]).all()


def test_too_little_signal_says_so():
    for x in (np.empty(0), np.ones(5), np.full(9000, np.nan)):
        got = scalogram(x, FS)
        assert not got.enough
        assert not np.isfinite(got.power).any()
        assert "not enough" in repr(got)
    assert np.nanmax(scalogram(np.full(9000, 0.1), FS).power) < 1e-25


def test_it_is_a_table_and_can_be_made_again():
    got = scalogram(noise(3000), FS, n_frequencies=5, max_columns=100, units="µV")
    assert got.to_frame().shape == (len(got.times), 5)
    assert "Morlet, 6 cycles" in repr(got)
    np.testing.assert_array_equal(got.recipe.run().power, got.power)


def test_slow_signals_have_defaults_too():
    got = scalogram(noise(4000), 1.0, n_frequencies=5)
    assert got.frequencies[-1] == pytest.approx(1 / 3)
    assert np.isfinite(got.power).any(axis=1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"band": (0, 5)}, "needs a frequency above 0"),
        ({"band": (30, 40)}, "above fs / 2"),
        ({"frequencies": [3, 2]}, "must rise"),
        ({"frequencies": [3, 26]}, "below fs / 2"),
        ({"frequencies": []}, "must rise"),
        ({"n_frequencies": 0}, "n_frequencies=0"),
        ({"cycles": 1}, "cycles=1"),
        ({"band": (1e-4, 1)}, "resample the signal"),
        ({"max_columns": 10**7, "x": np.zeros(3_000_000)}, "give a smaller max_columns"),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(InvalidInputError, match=words):
        scalogram(**({"x": noise(999), "fs": FS} | change))
