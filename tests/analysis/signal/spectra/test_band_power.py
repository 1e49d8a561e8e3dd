"""Band power, edges, peak, entropy, and their trend: closed forms, any cut, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from vital_widgets.analysis import (
    EEG_BANDS,
    band_power,
    band_power_trend,
    mean_frequency,
    median_frequency,
    peak_frequency,
    power_spectrum,
    run,
    spectral_edge,
    spectral_entropy,
)
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 128.0


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def sine(f, seconds=120, amplitude=1.0, fs=FS):
    return amplitude * np.sin(2 * np.pi * f * np.arange(round(seconds * fs)) / fs)


def channel_of(values, runs=None):
    base = from_runs(FS, runs or [(0.0, len(values))])
    return Channel("EEG", ArraySamples(np.asarray(values)), base)


def test_white_noise_has_power_in_proportion_to_the_width_of_a_band():
    x = 3 * noise(1_000_000)
    got = band_power(x, FS, bands={"a": (0, 20), "b": (20, 25), "all": (0, 64)})
    np.testing.assert_allclose(got.power, [9 * 20 / 64, 9 * 5 / 64, 9], rtol=0.02)
    np.testing.assert_allclose(got.relative, got.power / got["all"])


def test_bands_side_by_side_add_up_and_all_of_them_are_the_variance():
    x = noise(5000).cumsum()
    spectrum = power_spectrum(x, FS, method="periodogram")
    bands = {"low": (0, 3.33), "middle": (3.33, 17.1), "high": (17.1, 64), "both": (3.33, 64)}
    got = band_power(spectrum, bands=bands)
    assert got["middle"] + got["high"] == pytest.approx(got["both"], rel=1e-12)
    assert got["low"] + got["both"] == pytest.approx(x.var(), rel=1e-12)
    assert got.total == pytest.approx(x.var(), rel=1e-12)


@pytest.mark.parametrize(("f", "name"), [(2, "delta"), (6, "theta"), (10, "alpha"), (20, "beta")])
def test_a_rhythm_is_in_its_band(f, name):
    got = band_power(sine(f, amplitude=4), FS)
    assert got[name] == pytest.approx(8, rel=1e-3)
    assert got.to_frame().set_index("band")["relative"][name] > 0.99
    assert dict(EEG_BANDS)[name][0] <= f <= dict(EEG_BANDS)[name][1]


def test_bands_over_half_the_sampling_rate_are_cut_or_missing_and_said_so():
    got = band_power(noise(5000), 100.0, bands={"gamma": (30, 80), "high": (60, 90), "low": (1, 4)})
    assert got.high_hz[0] == 50
    assert np.isnan(got["high"])
    assert np.isfinite([got["gamma"], got["low"], got.total]).all()
    assert any("cut at fs / 2 = 50 Hz" in note for note in got.notes)
    assert any("is above fs / 2" in note for note in got.notes)


def test_edges_and_means_of_white_noise_and_of_a_line():
    x = noise(2_000_000)
    spectrum = power_spectrum(x, FS, detrend="none")
    assert float(spectral_edge(spectrum)) == pytest.approx(0.95 * 64, rel=0.01)
    assert float(spectral_edge(spectrum, percent=90, band=(10, 30))) == pytest.approx(28, rel=0.01)
    assert float(median_frequency(spectrum)) == pytest.approx(32, rel=0.01)
    assert median_frequency(spectrum).value == spectral_edge(spectrum, percent=50).value
    assert float(mean_frequency(spectrum)) == pytest.approx(32, rel=0.01)
    assert float(spectral_entropy(spectrum)) == pytest.approx(1, abs=0.001)
    assert float(spectral_entropy(spectrum, normalize=False)) == pytest.approx(8, abs=0.02)
    line = power_spectrum(sine(10, seconds=100), FS, method="periodogram")
    assert float(spectral_entropy(line)) == pytest.approx(0, abs=1e-9)
    for measure in (mean_frequency, median_frequency, peak_frequency):
        assert float(measure(line)) == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("f", [7.0, 10.07, 11.88])
def test_the_peak_lies_between_frequencies_too(f):
    x = sine(f) + 0.1 * noise(round(120 * FS))
    got = peak_frequency(x, FS, band=(5, 20))
    assert got.value == pytest.approx(f, abs=0.02)
    assert got.notes == ()


def test_a_slope_has_no_peak_in_a_band():
    got = peak_frequency(noise(50_000).cumsum(), FS, band=(8, 13))
    assert got.value == pytest.approx(8)
    assert "no peak" in got.notes[0]


def test_nothing_and_a_constant_have_no_figures():
    for x in (np.full(5000, np.nan), np.ones(30), np.full(5000, 0.1)):
        for measure in (spectral_edge, mean_frequency, median_frequency, peak_frequency):
            assert np.isnan(float(measure(x, FS)))
            assert not measure(x, FS).enough
        assert np.isnan(spectral_entropy(x, FS).value)
        bands = band_power(x, FS)
        assert np.isnan(bands.relative).all()
        assert not bands.enough
        assert "not available" in repr(spectral_edge(x, FS))
        trend = band_power_trend(x, FS)
        assert np.isnan(trend.relative).all()


def test_the_trend_is_welch_within_each_epoch():
    x = noise(round(95 * FS)).cumsum()
    got = band_power_trend(x, FS, bands={"low": (1, 4), "high": (10, 30)})
    assert got.times.tolist() == [0, 30, 60, 90]
    n = round(30 * FS)
    for k in range(3):
        part = band_power(x[k * n : (k + 1) * n], FS, bands={"low": (1, 4), "high": (10, 30)})
        np.testing.assert_allclose(got.power[k], part.power, rtol=1e-9)
        np.testing.assert_allclose(got.relative[k], part.relative, rtol=1e-9)
    assert np.isnan(got.power[3]).all()  # 5 s of 30 s
    assert got.n_windows.tolist() == [14, 14, 14, 1]
    assert "1 of 4 epochs" in got.notes[-1]
    names = ["time", "low", "high", "low_relative", "high_relative", "total", "n_windows"]
    assert list(got.to_frame().columns) == names


@settings(max_examples=40)
@given(st.floats(0.1, 50), st.integers(0, 9), st.sampled_from([30.0, 7.3, 4.0]))
def test_any_cut_gives_the_same_trend(seconds, seed, epoch):
    rng = np.random.default_rng(seed)
    x = noise(rng.integers(600, 12_000), seed)
    for at in rng.integers(0, len(x), 3):
        x[at : at + rng.integers(1, 500)] = np.nan
    whole = band_power_trend(x, FS, epoch_s=epoch)
    cut = run(band_power_trend, channel_of(x), chunk_s=seconds, epoch_s=epoch).result()
    np.testing.assert_array_equal(cut.n_windows, whole.n_windows)
    np.testing.assert_allclose(cut.power, whole.power, rtol=1e-9)
    assert cut.valid == whole.valid
    assert cut.notes == whole.notes


@pytest.mark.parametrize("seconds", [2.0, 17.0, 1000.0])
def test_epochs_follow_the_clock_over_gaps(seconds):
    n = round(60 * FS)
    x = noise(2 * n)
    gap = 45.3  # the second run begins in the middle of an epoch
    channel = channel_of(x, [(0.0, n), (60 + gap, n)])
    got = run(band_power_trend, channel, chunk_s=seconds).result()
    assert got.times.tolist() == [0, 30, 60, 90, 120, 150]
    assert np.isfinite(got.power[:, 0]).tolist() == [True, True, False, False, True, False]
    # The epoch from 120 s begins 14.7 s after the start of the second run.
    first = n + int(np.ceil(14.7 * FS - 1e-3))
    part = band_power(x[first : first + round(30 * FS)], FS)
    np.testing.assert_allclose(got.power[4], part.power, rtol=1e-9)
    assert got.n_windows[3] == 6  # of the 14.7 s


def test_the_bands_are_those_of_an_eeg_by_default():
    got = band_power_trend(sine(10) * 20, FS, units="µV")
    assert got.names == tuple(EEG_BANDS)
    assert got.to_frame()["alpha"].tolist() == pytest.approx([200] * 4, rel=1e-3)
    assert "µV²" in repr(got)


def test_band_power_agrees_with_a_sum_over_scipys_spectrum():
    x = noise(20_000)
    f, density = scipy_signal.welch(x, FS, nperseg=512)
    inside = (f > 8) & (f < 13)
    expected = density[inside].sum() * 0.25 + density[(f == 8) | (f == 13)].sum() * 0.125
    assert band_power(x, FS)["alpha"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seconds", [1.7, 33.0])
def test_each_runs_over_a_recording(seconds):
    x = noise(20_000).cumsum()
    x[7000:7300] = np.nan
    for function, options in (
        (band_power, {"bands": {"low": (1, 4)}}),
        (spectral_edge, {"percent": 90, "band": (1, 30)}),
        (median_frequency, {}),
        (mean_frequency, {"window_s": 3}),
        (peak_frequency, {"band": (1, 9)}),
        (spectral_entropy, {"normalize": False}),
    ):
        whole = function(x, FS, **options)
        cut = run(function, channel_of(x), chunk_s=seconds, **options).result()
        np.testing.assert_allclose(
            cut.to_frame().select_dtypes("number"),
            whole.to_frame().select_dtypes("number"),
            rtol=1e-9,
        )
        assert cut.valid == whole.valid
        assert cut.notes == whole.notes
        assert cut.recipe.run().notes == whole.notes
    with pytest.raises(InvalidInputError, match="percent=-1"):
        run(spectral_edge, channel_of(x), percent=-1)
    with pytest.raises(InvalidInputError, match="is not a band"):
        run(band_power, channel_of(x), bands={"x": 3})


@pytest.mark.parametrize(
    ("function", "change", "words"),
    [
        (band_power, {"bands": {}}, "is not a mapping"),
        (band_power, {"bands": [(1, 2)]}, "is not a mapping"),
        (band_power, {"bands": {"x": 3}}, "is not a band"),
        (band_power, {"bands": {"x": (4, 3)}}, "above 4"),
        (band_power, {"fs": None}, "fs is missing"),
        (band_power, {"x": power_spectrum(np.ones(999), FS)}, "x is a spectrum"),
        (spectral_edge, {"percent": 0}, "percent=0"),
        (spectral_edge, {"band": (70, 80)}, "above fs / 2"),
        (peak_frequency, {"band": 3}, "is not a band"),
        (band_power_trend, {"epoch_s": 2}, "longer than an epoch"),
        (band_power_trend, {"min_valid": 2}, "min_valid=2"),
    ],
)
def test_bad_input_is_refused(function, change, words):
    with pytest.raises(InvalidInputError, match=words):
        function(**({"x": noise(2000), "fs": FS} | change))


def test_band_power_shows_itself():
    got = band_power(noise(5000), FS, bands={"low": (0, 32), "all": (0, 64)}, total_band=(0, 64))
    lines = repr(got).splitlines()
    assert "low 0-32 Hz:" in lines[1]
    assert "(100.0 %)" in lines[2]
    np.testing.assert_array_equal(got.recipe.run().power, got.power)


def test_an_unknown_band_is_named():
    with pytest.raises(InvalidInputError, match="unknown band 'mu'; available: delta"):
        band_power(noise(2000), FS)["mu"]


@pytest.mark.parametrize("seconds", [2, 4])
def test_bands_that_the_spectrum_does_not_resolve_are_named(seconds):
    values = np.random.default_rng(0).normal(size=32 * 120)
    bands = {"vlf": (0.003, 0.04), "lf": (0.04, 0.15), "wide": (0.15, 4)}
    got = band_power(values, 32, bands=bands, window_s=seconds)
    (note,) = got.notes
    assert f"{1 / seconds:.3g} Hz" in note
    assert "vlf 0.003-0.04 Hz, lf 0.04-0.15 Hz;" in note
    assert "wide" not in note
    assert not band_power(values, 32, bands=bands, window_s=60).notes
