"""Moving windows, baselines and wavelets: against the libraries, and however they are cut."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from vital_widgets import analysis
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 250.0
CALLS = {
    "savgol": (analysis.savitzky_golay, {"window_s": 0.11}),
    "savgol-deriv": (analysis.savitzky_golay, {"window_s": 0.11, "deriv": 1}),
    "mean": (analysis.moving_average, {"window_s": 0.5}),
    "median": (analysis.moving_median, {"window_s": 0.2}),
    "base-highpass": (analysis.remove_baseline, {}),
    "base-median": (analysis.remove_baseline, {"method": "median"}),
    "base-morphological": (analysis.remove_baseline, {"method": "morphological"}),
    "base-wavelet": (analysis.remove_baseline, {"method": "wavelet"}),
    "base-spline": (
        analysis.remove_baseline,
        {"method": "spline", "beats": np.arange(0.5, 300, 0.83)[np.arange(361) % 37 > 8][:280]},
    ),
    "wavelet": (analysis.wavelet_denoise, {"block_s": 4}),
    "wavelet-sure": (analysis.wavelet_denoise, {"block_s": 3, "threshold_rule": "sure"}),
    "wavelet-bayes": (
        analysis.wavelet_denoise,
        {"block_s": 3, "threshold_rule": "bayes", "mode": "hard"},
    ),
}


def signal_with_gaps(n, seed, gaps=True):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n) + rng.normal(size=n).cumsum() / 5 + 20 * rng.normal()
    if gaps:
        for _ in range(rng.integers(0, 6)):
            a = rng.integers(0, max(n, 1))
            values[a : a + rng.integers(1, 60)] = np.nan
    return values


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=12)
@given(st.integers(1, 9000), st.floats(0.3, 20), st.integers(0, 1000))
def test_any_cut_gives_the_same(name, n, seconds, seed):
    function, parameters = CALLS[name]
    values = signal_with_gaps(n, seed)
    whole = function(values, FS, **parameters)
    assert len(whole.values) == n
    if name != "base-spline" and "deriv" not in name:
        np.testing.assert_array_equal(np.isnan(whole.values), np.isnan(values))
    channel = Channel("x", ArraySamples(values), from_runs(FS, [(0.0, n)]))
    cut = analysis.run(function, channel, chunk_s=max(seconds, n / FS / 20), **parameters).result()
    scale = np.nanmax(np.abs(values), initial=1.0) * (FS if "deriv" in name else 1)
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-9 * scale)
    derived = analysis.lazy(function, channel, **parameters)
    a, b = sorted(np.random.default_rng(seed).integers(0, n + 1, 2))
    np.testing.assert_allclose(derived.read(a, b), whole.values[a:b], rtol=0, atol=1e-9 * scale)


def test_smoothing_is_that_of_scipy():
    values = signal_with_gaps(2000, 1, gaps=False)
    got = analysis.savitzky_golay(values, FS, window_s=0.1, order=3)
    np.testing.assert_allclose(got.values, signal.savgol_filter(values, 25, 3), atol=1e-12)
    got = analysis.savitzky_golay(values, FS, window_s=0.1, order=3, deriv=2)
    expected = signal.savgol_filter(values, 25, 3, deriv=2, delta=1 / FS)
    np.testing.assert_allclose(got.values, expected, rtol=1e-9, atol=1e-6)
    got = analysis.moving_average(values, FS, window_s=0.02).values
    padded = np.convolve(values, np.ones(5) / 5, "valid")
    np.testing.assert_allclose(got[2:-2], padded, atol=1e-12)
    assert got[0] == pytest.approx(np.mean(values[:3]))
    got = analysis.moving_median(values, FS, window_s=0.02).values
    windows = np.lib.stride_tricks.sliding_window_view(values, 5)
    np.testing.assert_array_equal(got[2:-2], np.median(windows, axis=1))


def test_a_polynomial_stays_as_it_is():
    t = np.arange(1000) / FS
    cubic = 3 - t + 2 * t**3
    got = analysis.savitzky_golay(cubic, FS, window_s=0.1)
    np.testing.assert_allclose(got.values, cubic, atol=1e-9)
    slope = analysis.savitzky_golay(cubic, FS, window_s=0.1, deriv=1).values
    np.testing.assert_allclose(slope, -1 + 6 * t**2, atol=1e-6)


def clean_ecg(n, fs=FS, rr=0.8):
    t = np.arange(n) / fs
    phase = t % rr
    wave = np.exp(-(((phase - 0.3) / 0.01) ** 2)) + 0.25 * np.exp(-(((phase - 0.55) / 0.04) ** 2))
    wave += 0.1 * np.exp(-(((phase - 0.14) / 0.02) ** 2))
    return t, wave, np.arange(0.3, t[-1], rr)


@pytest.mark.parametrize("method", ["highpass", "median", "morphological", "spline", "wavelet"])
def test_each_way_takes_the_wander_out(method):
    t, clean, beats = clean_ecg(20_000)
    wander = 0.8 * np.sin(2 * np.pi * 0.15 * t) + 0.4 * np.sin(2 * np.pi * 0.05 * t + 1)
    parameters = {"beats": beats} if method == "spline" else {}
    got = analysis.remove_baseline(clean + wander, FS, method=method, **parameters)
    inner = slice(1500, -1500)
    plain = analysis.remove_baseline(clean, FS, method=method, **parameters)
    left = got.values[inner] - plain.values[inner]
    assert np.std(left) < 0.12 * np.std(wander[inner])
    centred = got.values[inner] - np.mean(got.values[inner])
    assert np.corrcoef(centred, clean[inner])[0, 1] > 0.9


def test_the_spline_goes_through_the_pr_segments():
    t, clean, beats = clean_ecg(10_000)
    line = 0.3 * t - 1
    got = analysis.remove_baseline(clean + line, FS, method="spline", beats=beats).values
    inner = slice(250, -250)
    np.testing.assert_allclose(got[inner], clean[inner], atol=0.02)
    few = analysis.remove_baseline(clean + line, FS, method="spline", beats=[2.0, 2.8]).values
    assert np.isnan(few[2500:]).all()
    assert np.isfinite(few[:1800]).all()
    none = analysis.remove_baseline(clean, FS, method="spline", beats=[])
    assert np.isnan(none.values).all()


def test_the_spline_knows_the_gaps_of_a_recording():
    _, clean, beats = clean_ecg(10_000)
    base = from_runs(FS, [(0.0, 5000), (100.0, 5000)])
    channel = Channel("x", ArraySamples(clean), base)
    moved = np.where(beats < 20, beats, beats + 80)
    got = analysis.run(analysis.remove_baseline, channel, method="spline", beats=moved,
                         chunk_s=3).result()  # fmt: skip
    first = analysis.remove_baseline(clean[:5000], FS, method="spline", beats=beats[beats < 20])
    np.testing.assert_allclose(got.values[:5000], first.values, atol=1e-12)


def test_the_spline_takes_annotations_and_refuses_what_are_no_times():
    _, clean, beats = clean_ecg(5000)
    given = Annotations([*beats, 3.3], [*["N"] * len(beats), "~"])
    got = analysis.remove_baseline(clean, FS, method="spline", beats=given)
    expected = analysis.remove_baseline(clean, FS, method="spline", beats=beats)
    np.testing.assert_array_equal(got.values, expected.values)
    assert "are not beats" in got.notes[0]
    with pytest.raises(InvalidInputError, match="sample numbers"):
        analysis.remove_baseline(clean, FS, method="spline", beats=np.round(beats * FS))
    channel = Recording.from_arrays({"ECG": clean}, FS)["ECG"]
    with pytest.raises(InvalidInputError, match="not the channel 'ECG'"):
        analysis.remove_baseline(channel, method="spline", beats=channel)


def test_a_short_signal_is_denoised_as_by_pywavelets():
    rng = np.random.default_rng(0)
    values = signal_with_gaps(2000, 2, gaps=False) + rng.normal(size=2000)
    got = analysis.wavelet_denoise(
        values, FS, wavelet="db4", n_levels=4, threshold_rule="universal"
    ).values
    approximation, *details = pywt.wavedec(values, "db4", level=4)
    sigma = np.median(np.abs(details[-1])) / 0.6744897501960817
    limit = sigma * np.sqrt(2 * np.log(2000))
    details = [pywt.threshold(detail, limit, "soft") for detail in details]
    expected = pywt.waverec([approximation, *details], "db4")[:2000]
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("threshold", ["universal", "sure", "bayes"])
def test_noise_becomes_less_and_the_signal_stays(threshold):
    _, clean, _ = clean_ecg(20_000)
    noisy = clean + np.random.default_rng(3).normal(0, 0.1, len(clean))
    mode = "hard" if threshold == "universal" else "soft"
    got = analysis.wavelet_denoise(noisy, FS, threshold_rule=threshold, mode=mode).values
    gain = 10 * np.log10(np.mean((noisy - clean) ** 2) / np.mean((got - clean) ** 2))
    assert gain > 3
    same = analysis.wavelet_denoise(np.full(5000, 2.5), FS, threshold_rule=threshold).values
    np.testing.assert_allclose(same, 2.5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: analysis.savitzky_golay(x, FS, window_s=0), "window_s=0"),
        (lambda x: analysis.savitzky_golay(x, FS, window_s=0.004), "at least 4"),
        (lambda x: analysis.savitzky_golay(x, FS, order=2, deriv=3), "deriv=3"),
        (lambda x: analysis.moving_average(x, FS, window_s=1e9), "window_s"),
        (lambda x: analysis.moving_median(x, -1), "sampling rate"),
        (lambda x: analysis.remove_baseline(x, FS, method="magic"), "method='magic'"),
        (lambda x: analysis.remove_baseline(x, FS, method="spline"), "needs beats"),
        (lambda x: analysis.remove_baseline(x, FS, beats=[1.0]), "beats are not used"),
        (
            lambda x: analysis.remove_baseline(x, FS, method="spline", beats=[2.0, 1.0]),
            "does not rise",
        ),
        (lambda x: analysis.remove_baseline(x, FS, cutoff=200), "cutoff=200"),
        (lambda x: analysis.wavelet_denoise(x, FS, wavelet="morl"), "wavelet='morl'"),
        (lambda x: analysis.wavelet_denoise(x, FS, n_levels=40), "n_levels=40"),
        (lambda x: analysis.wavelet_denoise(x, FS, threshold_rule="best"), "threshold_rule='best'"),
        (lambda x: analysis.wavelet_denoise(x, FS, block_s=0.01), "too short"),
        (lambda x: analysis.moving_average(np.ones((2, 5)), FS), "give one signal"),
    ],
)
def test_bad_parameters_are_refused(call, words):
    with pytest.raises(InvalidInputError, match=words):
        call(np.ones(1000))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("values", [[], [np.nan] * 100, [1.0], [2.0] * 7])
def test_little_or_nothing_does_no_harm(name, values):
    function, parameters = CALLS[name]
    got = function(values, FS, **parameters)
    assert len(got.values) == len(values)
    assert got.enough == bool(np.isfinite(values).any())


def test_other_functions_run_into_the_store():
    recording = Recording.from_arrays({"a": signal_with_gaps(5000, 4)}, FS)
    got = analysis.store(analysis.remove_baseline, recording, method="median")
    expected = analysis.remove_baseline(recording["a"].read(0, 5000), FS, method="median")
    np.testing.assert_array_equal(got.result(300)["a"].read(0, 5000), expected.values)
