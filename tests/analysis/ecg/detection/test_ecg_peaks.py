"""R peaks: on the sample, in any unit and rate, either way up, in pieces, through gaps."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.beats.peak_choice import highest_of_each
from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.ecg.detection.ecg_peaks import METHODS, _join, ecg_peaks
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.seams import Core
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.core.recording import Recording
from vital_widgets.core.timebase import TimeBase
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import MORPHOLOGIES, noisy_ecg

FAST = ("slope", "pan-tompkins", "two-averages")


@pytest.fixture(scope="module")
def clean():
    return noisy_ecg(120, 250, seed=1)


@pytest.mark.parametrize("method", METHODS)
def test_every_detector_finds_the_beats_of_a_clean_ecg(clean, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of wfdb
        got = ecg_peaks(clean.values, clean.fs, method=method)
    score = match_beats(clean.r_times, got, tolerance_s=0.05)
    assert score.f1 > 0.985
    assert got.method == method
    assert got.source == "ecg"


@pytest.mark.parametrize("method", FAST)
def test_marks_are_on_the_extreme_sample(clean, method):
    got = ecg_peaks(clean.values, clean.fs, method=method)
    score = match_beats(clean.r_times, got)
    assert np.abs(score.differences).max() <= 1 / clean.fs + 1e-9
    for k in got.samples[1:-1]:
        assert clean.values[k] == clean.values[k - 2 : k + 3].max()


@pytest.mark.parametrize(("gain", "offset"), [(1e-3, 0), (200, 1024), (1e6, -5e7), (1, 1e5)])
def test_units_gain_and_offset_do_not_matter(clean, gain, offset):
    got = ecg_peaks(clean.values * gain + offset, clean.fs)
    np.testing.assert_array_equal(got.samples, ecg_peaks(clean.values, clean.fs).samples)


def test_upside_down_is_found_and_said(clean):
    up, down = ecg_peaks(clean.values, clean.fs), ecg_peaks(-clean.values, clean.fs)
    np.testing.assert_array_equal(up.samples, down.samples)
    assert (up.polarity, down.polarity) == (1, -1)
    assert "downward" in repr(down)
    forced = ecg_peaks(-clean.values, clean.fs, polarity="up")
    assert forced.polarity == 1
    assert np.mean(forced.samples != down.samples[: len(forced)]) > 0.9


@pytest.mark.parametrize("fs", [100, 128, 360, 500, 1000, 2000])
@pytest.mark.parametrize("method", FAST)
def test_any_rate(fs, method):
    made = noisy_ecg(60, fs, snr=18, seed=2)
    score = match_beats(made.r_times, ecg_peaks(made.values, fs, method=method), tolerance_s=0.05)
    assert score.f1 > 0.98
    assert np.median(np.abs(score.differences)) <= max(1.5 / fs, 0.0015)


@pytest.mark.parametrize("method", FAST)
def test_any_cut_gives_exactly_the_same(method):
    made = noisy_ecg(700, 100, snr=10, seed=3)
    values = made.values
    values[20_000:23_000] = np.nan
    values[5_000:5_003] = np.nan
    channel = Recording.from_arrays({"ECG": values}, 100)["ECG"]
    whole = ecg_peaks(values, 100, method=method)
    for seconds in (1.0, 90.0, 311.7, 650.0):
        cut = run(ecg_peaks, channel, chunk_s=seconds, method=method).result()
        np.testing.assert_array_equal(cut.samples, whole.samples)
        np.testing.assert_array_equal(cut.stretch, whole.stretch)
        np.testing.assert_allclose(cut.extra["amplitude"], whole.extra["amplitude"])


@settings(max_examples=12)
@given(st.integers(0, 50), st.floats(1, 400), st.integers(0, 3))
def test_random_holes_and_cuts(seed, seconds, holes):
    rng = np.random.default_rng(seed)
    made = noisy_ecg(400, 100, snr=15, seed=seed)
    for _ in range(holes):
        at = int(rng.integers(0, 39_000))
        made.values[at : at + int(rng.integers(1, 3000))] = np.nan
    channel = Recording.from_arrays({"ECG": made.values}, 100)["ECG"]
    whole = ecg_peaks(made.values, 100)
    cut = run(ecg_peaks, channel, chunk_s=seconds).result()
    np.testing.assert_array_equal(cut.samples, whole.samples)


def test_no_interval_crosses_a_gap_but_a_hole_of_some_samples(clean):
    values = clean.values.copy()
    values[10_000:12_500] = np.nan
    values[20_000:20_010] = np.nan
    got = ecg_peaks(values, clean.fs)
    assert set(got.stretch.tolist()) == {0, 1}
    assert not np.any((got.samples >= 10_000) & (got.samples < 12_500))
    ends = got.intervals().times
    first_after = got.times[got.times > 50][0]
    assert first_after not in ends
    assert got.intervals().ms.max() < 2000
    usable = Stretches([0, 60], [30, 120])
    masked = ecg_peaks(clean.values, clean.fs, usable=usable)
    assert np.all(usable.cover(masked.times))


def test_premature_and_wide_beats_are_found_and_t_waves_are_not():
    made = noisy_ecg(300, 250, seed=4, premature=0.15, t_wave=0.9)
    score = match_beats(made.r_times, ecg_peaks(made.values, made.fs))
    assert score.sensitivity > 0.99
    assert score.ppv > 0.99


def test_atrial_fibrillation_pauses_and_changing_amplitude():
    made = noisy_ecg(300, 250, seed=5, irregular=0.25)
    gain = np.interp(np.arange(len(made.values)), [0, 30_000, 75_000], [1.0, 0.2, 2.0])
    values = made.values * gain
    values[40_000:41_500] = np.random.default_rng(0).normal(0, 0.005, 1500)  # a pause of 6 s
    known = made.r_times[(made.r_times < 160) | (made.r_times > 166)]
    score = match_beats(known, ecg_peaks(values, made.fs))
    assert score.sensitivity > 0.99
    assert score.ppv > 0.98


def test_pacing_spikes_are_not_beats_of_their_own():
    made = noisy_ecg(120, 500, seed=6)
    values = made.values.copy()
    at = np.rint(made.r_times * 500).astype(int) - 60
    values[np.clip(at, 0, None)] += 3.0  # 2 ms, twice the height of the QRS, 120 ms before it
    score = match_beats(made.r_times, ecg_peaks(values, 500))
    assert score.ppv > 0.99
    assert score.sensitivity > 0.99


@pytest.mark.parametrize("snr", [18, 12, 6])
def test_noise(snr):
    made = noisy_ecg(300, 250, snr=snr, seed=7)
    score = match_beats(made.r_times, ecg_peaks(made.values, made.fs))
    assert score.f1 > {18: 0.995, 12: 0.99, 6: 0.95}[snr]


@pytest.mark.parametrize("method", FAST)
@pytest.mark.parametrize(
    "values",
    [np.zeros(5000), np.full(5000, np.nan), np.full(5000, 1e6), np.zeros(0), np.ones(100)],
)
def test_no_signal_no_beats(values, method):
    got = ecg_peaks(values, 250, method=method)
    assert len(got) == 0
    assert not got.enough
    assert len(got.to_frame()) == 0


def test_one_spike_is_not_a_rhythm():
    values = np.zeros(5000)
    values[2500:2510] = 1.0
    got = ecg_peaks(values, 250)
    assert len(got) <= 1
    assert not got.enough


@pytest.mark.parametrize(
    ("given_fs", "more", "words"),
    [
        (20, {}, "too low"),
        (None, {}, "fs is missing"),
        (250, {"method": "magic"}, "choose one of 'slope'"),
        (250, {"polarity": 1}, "polarity=1"),
        (250, {"usable": [True]}, "one boolean for each sample"),
    ],
)
def test_bad_input(given_fs, more, words):
    with pytest.raises(InvalidInputError, match=words):
        ecg_peaks(np.zeros(1000), given_fs, **more)


def test_two_marks_of_one_beat_are_one():
    at = np.array([100, 90, 300, 310])
    kept = highest_of_each(at, np.array([2.0, 1.0, 1.0, 3.0]), 20)
    np.testing.assert_array_equal(np.sort(at[kept]), [100, 310])


def test_real_beats_with_expert_marks(shared_data):
    import vital_widgets

    rec = vital_widgets.open(shared_data / "wfdb" / "100.hea")
    beats = rec.annotations.with_text("N", "A", "V")
    got = run(ecg_peaks, rec["MLII"]).result()
    score = match_beats(beats, got, tolerance_s=0.05)
    assert score.sensitivity > 0.999
    assert score.ppv > 0.999


@pytest.mark.parametrize("shape", MORPHOLOGIES)
@pytest.mark.parametrize(("rate", "irregular"), [(42, 0.05), (72, 0.04), (95, 0.25), (150, 0.03)])
def test_shapes_and_rhythms(shape, rate, irregular):
    made = noisy_ecg(60, 250, snr=20, rate=rate, irregular=irregular, morphology=shape, seed=11)
    assert match_beats(made.r_times, ecg_peaks(made.values, made.fs)).f1 > 0.985


def test_a_beat_of_another_shape_is_marked_at_its_own_deflection():
    made = noisy_ecg(120, 250, morphology="deep S", premature=0.1, seed=5)
    got = ecg_peaks(made.values, made.fs)
    score = match_beats(made.r_times, got, tolerance_s=0.02)
    assert score.f1 == 1
    np.testing.assert_array_equal(got.extra["polarity"] > 0, made.premature)
    assert got.polarity == -1


def test_marks_do_not_hop_where_r_and_s_are_alike():
    made = noisy_ecg(120, 500, morphology="biphasic", snr=24, noise="white", seed=6)
    score = match_beats(made.r_times, ecg_peaks(made.values, made.fs))
    assert score.f1 == 1
    assert np.ptp(score.differences) < 0.02


@pytest.mark.parametrize("kind", ["white", "electrode", "baseline"])
@pytest.mark.parametrize("fs", [128, 500])
def test_noise_alone_is_no_ecg(kind, fs):
    noise = noisy_ecg(120, fs, snr=0, noise=kind, blocked=1.0, seed=2, morphology="small")
    bare = noisy_ecg(120, fs, blocked=1.0, seed=2, morphology="small")
    got = ecg_peaks(noise.values - bare.values, fs)
    assert len(got) == 0
    assert not got.enough
    assert "noise" in got.notes[0]


def test_a_fast_regular_rhythm_of_wide_beats_is_not_taken_for_noise():
    t = np.arange(0, 60, 1 / 250)
    wide = np.abs(np.sin(np.pi * 3 * t)) ** 3 + np.random.default_rng(0).normal(0, 0.02, len(t))
    assert len(ecg_peaks(wide, 250)) > 0.8 * 180


def test_moving_electrodes():
    made = noisy_ecg(300, 250, snr=6, noise="electrode", seed=21)
    assert match_beats(made.r_times, ecg_peaks(made.values, made.fs)).f1 > 0.95


def test_no_beats_in_flat_or_loose_stretches(clean):
    values = np.tile(clean.values, 3)
    values[100 * 250 : 160 * 250] = values[100 * 250]
    values[200 * 250 : 260 * 250] = 1e-3 * np.random.default_rng(0).normal(size=60 * 250)
    t = ecg_peaks(np.clip(values, -0.3, 0.9), 250).times  # cut off at its limits too
    assert not np.any((t > 100.5) & (t < 159.5))
    assert not np.any((t > 200.5) & (t < 259.5))
    assert len(t) == pytest.approx(len(clean.r_times) * 2, abs=6)


def test_a_channel_gives_what_its_samples_give(clean):
    values = np.tile(clean.values, 10)
    channel = Recording.from_arrays({"ECG": values}, 250)["ECG"]
    np.testing.assert_array_equal(ecg_peaks(channel).samples, ecg_peaks(values, 250).samples)


@pytest.mark.slow
def test_a_day_in_little_memory(clean):
    values = np.tile(clean.values, 720)
    ecg_peaks(clean.values, 250)
    tracemalloc.start()
    got = ecg_peaks(values, 250)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(got) == pytest.approx(720 * len(clean.r_times), rel=0.02)
    assert peak < 120e6


def test_a_beat_at_the_border_of_two_blocks_is_marked_once() -> None:
    """Two blocks see different surroundings of a beat, and may mark it at other places."""
    n, border = 400 * 250, 300 * 250
    extent = Extent(TimeBase(250.0, n), np.array([[0, n]]))
    usual = np.array([[k, 1, 1.0, 9, 0] for k in range(100, n, 200)])
    lower, higher = [border - 8, 1, 1.0, 9, 0], [border + 10, 1, 1.5, 9, 0]
    before, after = usual[usual[:, 0] < border - 60], usual[usual[:, 0] > border + 60]
    cores = Core(0, 0, border), Core(0, border, n)
    for mine, other in ((lower, higher), (higher, lower)):
        blocks = zip(cores, ([*before, mine], [other, *after]), strict=True)
        found = _join([[(core, np.array(rows))] for core, rows in blocks], extent, "slope")
        assert np.diff(found.times).min() > 0.2
        assert len(found) == len(before) + 1 + len(after)
        assert other[0] in found.samples
