"""Power spectra: scipy and mne on the whole array, Parseval, gaps, any cut, bad input."""

from __future__ import annotations

import functools
import tracemalloc

import mne
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal
from scipy import stats

from vital_widgets.analysis import (
    band_power,
    band_power_trend,
    coherence,
    mean_frequency,
    median_frequency,
    peak_frequency,
    power_spectrum,
    run,
    spectral_edge,
    spectral_entropy,
    spectrogram,
)
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 100.0


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n).cumsum() * 0.1 + 5


def channel_of(values, fs=FS, runs=None):
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base)


def same(got, expected, tolerance=1e-9):
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * np.nanmax(expected))


@pytest.mark.parametrize("detrend", ["constant", "linear", "none"])
@pytest.mark.parametrize(("seconds", "overlap"), [(4.0, 0.5), (1.23, 0.75), (2.0, 0.0)])
def test_welch_is_scipys_on_an_array_without_gaps(detrend, seconds, overlap):
    x = noise(5003)
    got = power_spectrum(x, FS, window_s=seconds, overlap=overlap, detrend=detrend)
    n = round(seconds * FS)
    kind = False if detrend == "none" else detrend
    f, expected = scipy_signal.welch(
        x, FS, nperseg=n, noverlap=int(overlap * n + 1e-9), detrend=kind
    )
    np.testing.assert_array_equal(got.frequencies, f)
    same(got.density, expected)
    np.testing.assert_allclose(got.density, expected, rtol=1e-9)


@pytest.mark.parametrize("n", [1000, 1001])
def test_the_periodogram_is_scipys_and_its_sum_is_the_variance(n):
    x = noise(n)
    got = power_spectrum(x, FS, method="periodogram")
    same(got.density, scipy_signal.periodogram(x, FS)[1])
    assert got.total_power == pytest.approx(x.var(), rel=1e-12)
    assert got.degrees_of_freedom == pytest.approx(2)


@pytest.mark.parametrize("n", [200, 1001])
def test_multitaper_is_that_of_mne(n):
    x = noise(n)
    got = power_spectrum(x, FS, method="multitaper", nw=4)
    expected, _ = mne.time_frequency.psd_array_multitaper(
        x, FS, bandwidth=8 * FS / n, normalization="full", verbose="error"
    )
    same(got.density, expected)
    assert got.degrees_of_freedom == pytest.approx(14, rel=0.01)


def test_lomb_scargle_without_gaps_is_the_periodogram():
    x = noise(1000)
    got = power_spectrum(x, FS, method="lomb-scargle")
    same(got.density, scipy_signal.periodogram(x, FS)[1][1:])


@pytest.mark.parametrize("oversampling", [1, 3])
def test_lomb_scargle_is_scipys_with_gaps_and_at_uneven_times(oversampling):
    x = noise(2001)
    x[100:900] = np.nan
    x[950] = np.nan
    kept = np.isfinite(x)
    y, t = x[kept] - x[kept].mean(), np.flatnonzero(kept) / FS
    got = power_spectrum(x, FS, method="lomb-scargle", oversampling=oversampling)
    same(got.density, scipy_signal.lombscargle(t, y, 2 * np.pi * got.frequencies) * 2 / FS)
    assert got.valid.share == pytest.approx(kept.mean())

    t = np.sort(np.random.default_rng(1).uniform(3, 53, 300))
    y = np.sin(2 * np.pi * 1.7 * t) + 7
    got = power_spectrum(y, times=t, method="lomb-scargle", oversampling=oversampling)
    omega = 2 * np.pi * got.frequencies
    same(got.density, scipy_signal.lombscargle(t, y - y.mean(), omega) * 2 / got.fs)
    assert got.frequencies[np.argmax(got.density)] == pytest.approx(1.7, abs=got.spacing)


def test_lomb_scargle_keeps_the_level_of_noise_with_gaps():
    rng = np.random.default_rng(3)
    x = rng.normal(size=20_000)
    x[rng.random(20_000) < 0.4] = np.nan
    got = power_spectrum(x, FS, method="lomb-scargle")
    assert got.density.mean() == pytest.approx(2 / FS, rel=0.03)


def test_a_sinusoid_has_its_power_and_noise_its_level():
    t = np.arange(60_000) / FS
    x = 3 * np.sin(2 * np.pi * 10 * t) + np.random.default_rng(0).normal(size=len(t))
    for method in ("welch", "multitaper", "periodogram"):
        got = power_spectrum(x, FS, method=method, window_s=4)
        near = np.abs(got.frequencies - 10) < 1.6
        assert np.sum(got.density[near]) * got.spacing == pytest.approx(4.5, rel=0.03)
        assert np.median(got.density[~near]) == pytest.approx(2 / FS, rel=0.05)


@pytest.mark.parametrize(
    ("method", "overlap"), [("welch", 0.5), ("welch", 0.75), ("multitaper", 0)]
)
def test_the_confidence_interval_holds_what_it_says(method, overlap):
    rng = np.random.default_rng(11)
    held, variance = [], []
    for _ in range(150):
        x = rng.normal(size=2000)
        got = power_spectrum(x, FS, method=method, window_s=2, overlap=overlap)
        inner = slice(12, -12)
        held.append(np.mean((got.ci_low[inner] < 2 / FS) & (got.ci_high[inner] > 2 / FS)))
        variance.append(got.density[inner] / (2 / FS))
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)
    assert 2 / np.var(variance) == pytest.approx(got.degrees_of_freedom, rel=0.08)
    assert got.ci_low[0] == pytest.approx(
        got.degrees_of_freedom
        / 2
        * got.density[0]
        / stats.chi2.ppf(0.975, got.degrees_of_freedom / 2)
    )


def test_windows_that_touch_missing_samples_are_left_out_and_counted():
    x = noise(4000)
    x[1234] = np.nan
    got = power_spectrum(x, FS, window_s=4)
    clean = scipy_signal.spectrogram(x, FS, window="hann", nperseg=400, noverlap=200)[2]
    kept = np.isfinite(clean).all(axis=0)
    assert (got.n_windows, got.n_excluded) == (kept.sum(), (~kept).sum())
    same(got.density, clean[:, kept].mean(axis=1))
    assert "2 of 19 windows" in got.notes[0]
    masked = power_spectrum(noise(4000), FS, usable=Stretches([0, 15], [10, 40]))
    assert masked.n_excluded == 4
    assert masked.valid.seconds == pytest.approx(35)


@settings(max_examples=40)
@given(
    st.floats(0.05, 40),
    st.integers(0, 9),
    st.sampled_from(["welch", "multitaper", "periodogram"]),
    st.sampled_from([0.0, 0.5, 0.66]),
    st.sampled_from(["constant", "linear"]),
)
def test_any_cut_gives_what_the_whole_array_gives(seconds, seed, method, overlap, detrend):
    rng = np.random.default_rng(seed)
    x = noise(rng.integers(150, 3000), seed)
    for at in rng.integers(0, len(x), 3):
        x[at : at + rng.integers(1, 60)] = np.nan
    options = {"method": method, "window_s": 1.3, "overlap": overlap, "detrend": detrend}
    whole = power_spectrum(x, FS, **options)
    cut = run(power_spectrum, channel_of(x), chunk_s=seconds, **options).result()
    assert cut.n_windows == whole.n_windows
    assert cut.n_excluded == whole.n_excluded
    assert cut.valid == whole.valid
    assert cut.enough == whole.enough
    if whole.enough:
        same(cut.density, whole.density)
        assert cut.degrees_of_freedom == pytest.approx(whole.degrees_of_freedom, rel=1e-12)


def test_no_window_reaches_over_a_gap_of_a_recording():
    x = noise(3000)
    x[1000:] += 50  # a step at the gap, which a window over it would see
    channel = channel_of(x, runs=[(0.0, 1000), (100.0, 2000)])
    got = run(power_spectrum, channel, chunk_s=3).result()
    parts = [power_spectrum(x[:1000], FS), power_spectrum(x[1000:], FS)]
    counts = [part.n_windows for part in parts]
    expected = np.average([part.density for part in parts], axis=0, weights=counts)
    same(got.density, expected)


def test_too_little_signal_says_so():
    for values in (np.empty(0), np.ones(10), np.full(5000, np.nan), np.array([1.0, np.inf] * 999)):
        for method in ("welch", "multitaper", "periodogram", "lomb-scargle"):
            if method in ("periodogram", "lomb-scargle") and len(values) == 10:
                continue
            window = 4.0 if method == "multitaper" else None
            if method == "lomb-scargle" and np.isfinite(values).sum() > 4:
                continue
            got = power_spectrum(values, FS, method=method, window_s=window)
            assert not got.enough
            assert np.isnan(got.density).all()
            assert "not enough valid signal" in repr(got)


def test_a_constant_has_no_power():
    for method in ("welch", "multitaper", "periodogram", "lomb-scargle"):
        for level in (0.0, 0.1, 1e9):
            got = power_spectrum(np.full(3000, level), FS, method=method)
            assert np.all(got.density == 0)


def test_the_result_shows_itself_and_can_be_made_again():
    got = power_spectrum(noise(2000), FS, units="mV")
    assert list(got.to_frame().columns) == ["frequency_hz", "density", "ci_low", "ci_high"]
    assert "mV²" in repr(got)
    assert got.decibels()[5] == pytest.approx(10 * np.log10(got.density[5]))
    np.testing.assert_array_equal(got.recipe.run().density, got.density)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fs": None}, "fs is missing"),
        ({"fs": -1}, "sampling rate"),
        ({"method": "fft"}, "choose one of"),
        ({"window_s": 0.01}, "holds 1 samples"),
        ({"window_s": -2}, "window_s=-2"),
        ({"overlap": 1.0}, "overlap=1.0"),
        ({"taper": "hand"}, "scipy.signal.get_window"),
        ({"taper": np.zeros(400)}, "not all 0"),
        ({"detrend": "cubic"}, "detrend='cubic'"),
        ({"method": "multitaper", "taper": "hann"}, "has tapers of its own"),
        ({"method": "multitaper", "n_tapers": 30}, "n_tapers=30"),
        ({"method": "multitaper", "window_s": 0.07}, "nw=4"),
        ({"times": np.arange(500.0)}, "use method='lomb-scargle'"),
        ({"method": "lomb-scargle", "times": np.arange(9.0)}, "give one for each"),
        ({"method": "lomb-scargle", "times": np.ones(500)}, "rise"),
        ({"method": "lomb-scargle", "max_frequency": 70.0}, "max_frequency=70"),
        ({"confidence": 2}, "confidence=2"),
        ({"x": np.ones((2, 500))}, "give one signal"),
    ],
)
def test_bad_input_is_refused(change, words):
    arguments = {"x": noise(500), "fs": FS} | change
    with pytest.raises(InvalidInputError, match=words):
        power_spectrum(**arguments)


@pytest.mark.parametrize("seconds", [0.7, 1000.0])
@pytest.mark.parametrize("method", ["multitaper", "periodogram", "lomb-scargle"])
def test_one_window_over_all_of_a_recording(method, seconds):
    x = noise(3000)
    x[500:520] = np.nan
    whole = power_spectrum(x, FS, method=method)
    channel = channel_of(x)
    got = run(power_spectrum, channel, chunk_s=seconds, method=method).result()
    same(got.density, whole.density)
    assert got.notes == whole.notes
    assert got.valid == whole.valid
    gap = channel_of(x, runs=[(10.0, 520), (10 + 520 / FS + 30, 2480)])
    found = power_spectrum(gap, method=method)
    if method == "lomb-scargle":
        padded = np.concatenate([x[:520], np.full(round(30 * FS), np.nan), x[520:]])
        same(found.density, power_spectrum(padded, FS, method=method).density)
    else:
        same(found.density, whole.density)
        t0 = 10 + 520 / FS + 30
        assert f"{t0:g} to {t0 + 2480 / FS:g} s" in found.notes[-1]


def test_gaps_off_the_grid_are_taken_at_their_times():
    x = noise(2000)
    runs = [(0.0, 1000), (13.3717, 1000)]
    channel = channel_of(x, runs=runs)
    t = channel.timebase.times(0, 2000)
    got = power_spectrum(channel, method="lomb-scargle", detrend="constant")
    rest = x - x.mean()
    expected = scipy_signal.lombscargle(t, rest, 2 * np.pi * got.frequencies[:200]) * 2 / FS
    same(got.density[:200], expected)


def test_a_channel_gives_its_units_and_the_same_as_its_samples():
    x = noise(600_000)
    channel = Channel("EEG", ArraySamples(x), from_runs(FS, [(3.0, len(x))]), "µV")
    got, of_array = power_spectrum(channel), power_spectrum(x, FS, units="V")
    assert (got.units, of_array.units) == ("µV", "V")
    same(got.density, of_array.density)
    assert power_spectrum(channel, units="mV").units == "mV"
    with pytest.raises(InvalidInputError, match="a channel has its own"):
        power_spectrum(channel, times=np.arange(9.0), method="lomb-scargle")


def test_samples_too_large_to_be_squared_are_left_out():
    x = noise(4000)
    x[1000] = 1e200
    got = power_spectrum(x, FS)
    assert (got.n_windows, got.n_excluded) == (17, 2)
    assert np.isfinite(got.density).all()
    assert not power_spectrum(noise(4000) * 1e300, FS).enough


@pytest.mark.parametrize("detrend", ["none", "linear"])
def test_lomb_scargle_takes_off_the_trend_that_is_asked_for(detrend):
    t = np.sort(np.random.default_rng(1).uniform(0, 50, 400))
    y = np.sin(2 * np.pi * 1.7 * t) + 0.3 * t + 7
    got = power_spectrum(y, times=t, method="lomb-scargle", detrend=detrend, max_frequency=12)
    assert got.frequencies[-1] == pytest.approx(12, abs=got.spacing)
    rest = y if detrend == "none" else y - np.polyval(np.polyfit(t, y, 1), t)
    omega = 2 * np.pi * got.frequencies
    same(got.density, scipy_signal.lombscargle(t, rest, omega) * 2 / got.fs)
    ramp = power_spectrum(0.3 * t, times=t, method="lomb-scargle", detrend="linear")
    assert np.all(ramp.density == 0)


def test_uneven_times_can_be_restricted_to_what_is_usable():
    rng = np.random.default_rng(1)
    t = np.sort(rng.uniform(0, 50, 400))
    y = np.sin(2 * np.pi * 1.7 * t)
    bad = (t > 10) & (t < 20)
    y[bad] += 1000
    by_time = power_spectrum(y, times=t, method="lomb-scargle", usable=Stretches([0, 20], [10, 60]))
    by_mask = power_spectrum(y, times=t, method="lomb-scargle", usable=~bad)
    np.testing.assert_array_equal(by_time.density, by_mask.density)
    assert by_time.density.max() < 100
    assert not power_spectrum([1.0, 2.0], times=[0.0, 1.0], method="lomb-scargle").enough
    with pytest.raises(InvalidInputError, match="give a lower max_frequency="):
        power_spectrum(y, times=t, method="lomb-scargle", max_frequency=1e9)


@pytest.mark.parametrize("window_s", [1e6, 1e12])
def test_a_window_longer_than_the_signal_takes_no_memory(window_s):
    x = noise(15_000)
    measures = (
        power_spectrum,
        functools.partial(power_spectrum, method="multitaper"),
        functools.partial(power_spectrum, method="periodogram", taper="hann"),
        band_power, spectral_edge, median_frequency, mean_frequency, peak_frequency,
        spectral_entropy, functools.partial(coherence, x), spectrogram,
        functools.partial(spectrogram, band=(0, 40)),
        functools.partial(band_power_trend, epoch_s=2 * window_s),
    )  # fmt: skip
    for measure in measures:
        tracemalloc.start()
        got = measure(x, 250, window_s=window_s)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert not got.enough
        assert "not enough valid signal" in repr(got)
        assert most < 30e6
        got.to_frame()
    with pytest.raises(InvalidInputError, match="taper='none'"):
        power_spectrum(x, 250, window_s=window_s, taper="none")
