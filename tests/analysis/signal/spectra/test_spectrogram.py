"""The spectrogram: scipy where nothing is reduced, exact averages where it is, any cut, gaps."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from vital_widgets.analysis import power_spectrum, run, spectrogram
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 64.0


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(size=n).cumsum() * 0.1 + 5


def channel_of(values, runs=None):
    base = from_runs(FS, runs or [(0.0, len(values))])
    return Channel("EEG", ArraySamples(np.asarray(values)), base)


@pytest.mark.parametrize("detrend", ["constant", "linear", "none"])
@pytest.mark.parametrize(("length", "step"), [(256, 128), (100, 33), (101, 150)])
def test_not_reduced_it_is_scipys(detrend, length, step):
    x = noise(5000)
    got = spectrogram(
        x, FS, window_s=length / FS, step_s=step / FS, detrend=detrend, max_columns=9999
    )
    kind = False if detrend == "none" else detrend
    view = np.lib.stride_tricks.sliding_window_view(x, length)[::step]
    window = scipy_signal.get_window("hann", length)
    if step <= length:
        f, t, expected = scipy_signal.spectrogram(
            x, FS, window=window, nperseg=length, noverlap=length - step, detrend=kind
        )
        np.testing.assert_allclose(got.times, t, rtol=1e-12)
        np.testing.assert_array_equal(got.frequencies, f)
    else:
        expected = scipy_signal.periodogram(view, FS, window=window, detrend=kind)[1].T
    assert (got.n_per_column, got.n_per_row) == (1, 1)
    np.testing.assert_allclose(got.power, expected, rtol=0, atol=1e-9 * expected.max())


def test_reduced_it_is_the_mean_of_the_columns_and_rows_that_were_there():
    x = noise(64 * 600)
    whole = spectrogram(x, FS, max_columns=9999)
    got = spectrogram(x, FS, max_columns=50, max_rows=43)
    m, r = got.n_per_column, got.n_per_row
    assert (m, r) == (6, 3)
    assert got.power.shape == (43, 50)
    assert got.n_averaged.tolist() == [6] * 49 + [5]
    for k in (0, 7, 49):
        columns = whole.power[:, k * m : (k + 1) * m].mean(axis=1)
        rows = [columns[i : i + r].mean() for i in range(0, len(columns), r)]
        np.testing.assert_allclose(got.power[:, k], rows, rtol=1e-12)
    assert got.times[7] == pytest.approx(whole.times[7 * m : 8 * m].mean())
    np.testing.assert_allclose(got.frequencies[3], whole.frequencies[9:12].mean())
    assert "averaged" in repr(got)


def test_only_a_band_is_kept():
    got = spectrogram(noise(9000), FS, band=(0.5, 20))
    assert (got.frequencies[0], got.frequencies[-1]) == (0.5, 20)
    whole = spectrogram(noise(9000), FS)
    np.testing.assert_array_equal(got.power, whole.power[2:81])


@settings(max_examples=40)
@given(
    st.floats(0.2, 100),
    st.integers(0, 9),
    st.sampled_from([1, 7, 60, 5000]),
    st.sampled_from([0.5, 1.37, 3.0]),
)
def test_any_cut_gives_the_same(seconds, seed, most, step):
    rng = np.random.default_rng(seed)
    x = noise(rng.integers(100, 9000), seed)
    for at in rng.integers(0, len(x), 3):
        x[at : at + rng.integers(1, 400)] = np.nan
    options = {"window_s": 2.0, "step_s": step, "max_columns": most}
    whole = spectrogram(x, FS, **options)
    cut = run(spectrogram, channel_of(x), chunk_s=seconds, **options).result()
    np.testing.assert_array_equal(cut.n_averaged, whole.n_averaged)
    np.testing.assert_array_equal(cut.times, whole.times)
    scale = np.nanmax(whole.power) if whole.enough else 1
    np.testing.assert_allclose(cut.power, whole.power, rtol=0, atol=1e-12 * scale)
    assert cut.valid == whole.valid
    assert cut.notes == whole.notes
    assert len(whole.times) <= most


def test_a_missing_sample_takes_out_the_windows_that_touch_it():
    x = noise(64 * 60)
    x[64 * 20] = np.nan
    got = spectrogram(x, FS)
    assert np.flatnonzero(np.isnan(got.power).any(axis=0)).tolist() == [9, 10]
    assert np.isnan(got.power[:, 9:11]).all()
    assert "2 of 29 windows" in got.notes[0]
    reduced = spectrogram(x, FS, max_columns=10)
    assert reduced.n_averaged.tolist() == [3, 3, 3, 1, 3, 3, 3, 3, 3, 2]
    assert np.isfinite(reduced.power).all()


@pytest.mark.parametrize("seconds", [3.0, 40.0, 1e4])
def test_gaps_are_columns_without_power(seconds):
    x = noise(64 * 120)
    channel = channel_of(x, [(10.0, 64 * 60), (110.0, 64 * 60)])
    got = run(spectrogram, channel, chunk_s=seconds).result()
    assert got.times[0] == 12
    assert np.allclose(np.diff(got.times), 2)
    there = np.isfinite(got.power).all(axis=0)
    assert there.sum() == 58
    assert got.times[there].min() == 12
    assert not there[(got.times > 68) & (got.times < 112)].any()
    second = spectrogram(x[64 * 60 :], FS)
    np.testing.assert_allclose(got.power[:, got.times >= 112], second.power, rtol=1e-12)
    reduced = run(spectrogram, channel, chunk_s=seconds, max_columns=20).result()
    assert len(reduced.times) <= 20
    assert reduced.n_averaged.sum() == 58


def test_multitaper_columns_are_multitaper_spectra():
    x = noise(64 * 30)
    got = spectrogram(x, FS, method="multitaper", window_s=10, step_s=5, nw=3)
    for k in range(5):
        part = x[64 * 5 * k : 64 * (5 * k + 10)]
        expected = power_spectrum(part, FS, method="multitaper", nw=3).density
        np.testing.assert_allclose(got.power[:, k], expected, atol=1e-12 * expected.max())


def test_a_night_takes_little_memory():
    n = 8 * 3600 * 64
    x = np.random.default_rng(0).normal(size=n)
    spectrogram(x[:600_000], FS)  # imports
    tracemalloc.start()
    got = spectrogram(x, FS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got.power.shape == (129, 1800)
    assert peak < 20e6


def test_too_little_signal_says_so():
    for x in (np.empty(0), np.ones(100), np.full(9000, np.nan)):
        got = spectrogram(x, FS)
        assert not got.enough
        assert not np.isfinite(got.power).any()
        assert "not enough" in repr(got)
    assert np.all(spectrogram(np.full(9000, 0.1), FS).power == 0)


def test_it_is_a_table_and_decibels():
    got = spectrogram(noise(64 * 60), FS)
    frame = got.to_frame()
    assert frame.shape == (29, 129)
    assert frame.loc[2.0, 0.5] == got.power[2, 0]
    assert got.decibels()[3, 4] == pytest.approx(10 * np.log10(got.power[3, 4]))
    np.testing.assert_array_equal(got.recipe.run().power, got.power)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window_s": 0}, "window_s=0"),
        ({"step_s": 0.001}, "less than a sample"),
        ({"step_s": -1}, "step_s=-1"),
        ({"max_columns": 0}, "max_columns=0"),
        ({"max_rows": 2.5}, "not a whole number"),
        ({"band": (40, 50)}, "above fs / 2"),
        ({"band": (1.01, 1.02)}, "contains no frequency"),
        ({"band": 7}, "is not a band"),
        ({"method": "wavelet"}, "choose one of"),
        ({"method": "multitaper", "taper": "hann"}, "is not used"),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(InvalidInputError, match=words):
        spectrogram(**({"x": noise(999), "fs": FS} | change))


def test_a_picture_too_large_for_memory_is_refused():
    base = from_runs(FS, [(0.0, 10**9)])
    channel = Channel("EEG", ArraySamples(np.broadcast_to(0.0, 10**9)), base)
    with pytest.raises(InvalidInputError, match="give a smaller max_columns"):
        run(spectrogram, channel, max_columns=10**8)
