"""A signal without beats has none, whichever detector looks; an ECG in noise keeps them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.ecg.detection.ecg_peaks import METHODS, ecg_peaks
from vital_widgets.analysis.ecg.detection.ecg_stretch import EcgStretch
from vital_widgets.analysis.ecg.detection.qrs_noise import is_noise
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.core.recording import Recording
from vital_widgets.simulate.noisy_ecg import noisy_ecg

SECONDS = 60


def hum(fs, mains, *, harmonics=(1,), noise=0.01, seconds=SECONDS):
    t = np.arange(fs * seconds) / fs
    lines = sum(np.sin(2 * np.pi * mains * k * t + k) / k for k in harmonics if mains * k < fs / 2)
    return lines + noise * np.random.default_rng(5).normal(size=t.size)


def coloured(fs, exponent, seed, seconds=SECONDS):
    n = fs * seconds
    frequency = np.fft.rfftfreq(n)
    frequency[0] = frequency[1]
    white = np.fft.rfft(np.random.default_rng(seed).normal(size=n))
    return np.fft.irfft(white / frequency ** (exponent / 2), n)


def none_and_why(values, fs, method="slope"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of wfdb
        got = ecg_peaks(values, fs, method=method)
    assert not got.enough
    assert got.notes
    return len(got) < 2


@pytest.mark.parametrize("fs", [125, 250, 360, 500, 1000])
@pytest.mark.parametrize("mains", [50, 60])
@pytest.mark.parametrize("noise", [0, 0.01, 0.1, 0.5])
def test_mains_hum_has_no_beats(fs, mains, noise):
    assert none_and_why(hum(fs, mains, noise=noise), fs)


@pytest.mark.parametrize("fs", [250, 500, 1000])
@pytest.mark.parametrize("mains", [50, 60])
def test_hum_with_harmonics_swells_and_clipping_has_no_beats(fs, mains):
    rich = hum(fs, mains, harmonics=(1, 2, 3, 5))
    t = np.arange(rich.size) / fs
    swelling = (1 + 0.3 * np.sin(2 * np.pi * 0.3 * t)) * hum(fs, mains)
    few_counts = np.round(3 * np.sin(2 * np.pi * (mains + 0.02) * t))
    for values in (rich, swelling, np.clip(3 * rich, -1, 1), few_counts):
        assert none_and_why(values, fs)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fs", [128, 250, 500])
def test_no_detector_finds_beats_in_hum_or_white_noise(method, fs):
    for values in (hum(fs, 50), hum(fs, 60), coloured(fs, 0, 1)):
        assert none_and_why(values, fs, method)


@pytest.mark.parametrize("fs", [100, 250, 500])
@pytest.mark.parametrize("exponent", [0, 1, 2], ids=["white", "pink", "brown"])
def test_noise_of_any_colour_has_no_beats(fs, exponent):
    for seed in range(3):
        assert none_and_why(coloured(fs, exponent, seed), fs)


@pytest.mark.parametrize("fs", [100, 250, 500])
def test_a_flat_line_that_flickers_has_no_beats(fs):
    counts = np.random.default_rng(1).normal(size=fs * SECONDS)
    for spread in (0.15, 0.3, 1.0):
        assert none_and_why(np.round(spread * counts), fs)


def test_an_electrode_that_comes_loose_leaves_beats_only_where_it_was_on():
    made = noisy_ecg(240, 250, seed=3)
    off = slice(90 * 250, 170 * 250)
    values = made.values.copy()
    values[off] = 20 * hum(250, 50, seconds=80)
    got = ecg_peaks(values, 250)
    assert not np.any((got.times > 93) & (got.times < 167))
    on = (made.r_times < 88) | (made.r_times > 172)
    assert match_beats(made.r_times[on], got).sensitivity > 0.99
    assert "noise or mains hum" in got.notes[0]
    assert got.intervals().ms.max() < 3000  # none across what was left out
    channel = Recording.from_arrays({"ECG": values}, 250)["ECG"]
    cut = run(ecg_peaks, channel, chunk_s=31.0).result()
    np.testing.assert_array_equal(cut.samples, got.samples)
    np.testing.assert_array_equal(cut.stretch, got.stretch)
    assert cut.notes == got.notes


@pytest.mark.parametrize("noise", ["white", "muscle", "electrode", "mixed"])
def test_an_ecg_at_0_db_keeps_its_beats(noise):
    made = noisy_ecg(120, 250, snr=0, noise=noise, seed=13)
    got = ecg_peaks(made.values, made.fs)
    assert got.enough
    assert match_beats(made.r_times, got).sensitivity > 0.85


@pytest.mark.parametrize(
    ("shape", "noise", "snr"),
    [("normal", "white", -3), ("rsR", "white", -3), ("wide", "white", 0), ("wide", "mixed", 3)],
)
def test_beats_as_weak_as_noise_are_kept_for_the_shape_they_share(shape, noise, snr):
    made = noisy_ecg(300, 250, snr=snr, noise=noise, seed=8201, morphology=shape)
    got = ecg_peaks(made.values, made.fs)
    assert got.enough
    assert match_beats(made.r_times, got).sensitivity > 0.4


def test_noise_between_weak_beats_does_not_borrow_their_shape():
    made = noisy_ecg(300, 250, snr=0, noise="white", seed=8202, morphology="wide")
    bare = noisy_ecg(300, 250, seed=8202, morphology="wide").values
    off = slice(120 * 250, 300 * 250)
    values = made.values.copy()
    values[off] -= bare[off]
    got = ecg_peaks(values, 250)
    assert not np.any(got.times > 150)


@pytest.mark.parametrize("mains", [50, 60])
def test_an_ecg_under_hum_of_twice_its_height_keeps_its_beats(mains):
    made = noisy_ecg(SECONDS, 250, seed=3)
    got = ecg_peaks(made.values + 1.5 * hum(250, mains), 250)
    assert match_beats(made.r_times, got).sensitivity > 0.98
    assert not got.notes


def test_no_peaks_are_no_noise():
    none = np.empty(0)
    assert not len(is_noise(EcgStretch(np.ones(500), 250), none.astype(np.int64), none))
