"""Waves of beats against ECGs whose waves are known by construction, and real records."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets import analysis
from vital_widgets.analysis import Beats, ecg_delineate, ecg_intervals, run
from vital_widgets.analysis.ecg.beat_rows import slopes
from vital_widgets.analysis.ecg.delineation import COLUMNS, POINTS
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.wfdb.marks import decode
from vital_widgets.simulate.ecg_waves import add_wave, wave_ecg
from vital_widgets.simulate.noisy_ecg import noisy_ecg

FS = 250.0
SEARCHED = [point for point in POINTS if point != "r_peak"]


def errors(ecg, found, point):
    """Errors in ms, with NaN where the point was missed or is not there."""
    return (getattr(found, point) - ecg.points[point]) * 1000


def check(ecg, found, bias, spread, share=0.98):
    for point in SEARCHED:
        error = errors(ecg, found, point)
        there = np.isfinite(ecg.points[point])
        known = error[np.isfinite(error)]
        assert len(known) >= share * there.sum(), point
        assert abs(np.mean(known)) < bias, (point, np.mean(known))
        assert np.std(known) < spread, (point, np.std(known))


@pytest.mark.parametrize("fs", [100.0, 128.0, 250.0, 360.0, 500.0, 1000.0])
def test_known_waves_are_found_at_every_rate(fs):
    ecg = wave_ecg(60, fs, noise=0.005, seed=1)
    # At low rates the QRS is smoothed over more time: its limits are good to a sample.
    bias = max(8, 1000 / fs + 1)
    check(ecg, ecg_delineate(ecg.values, fs, ecg.r_samples / fs), bias=bias, spread=6)


@pytest.mark.parametrize("rate", [45, 60, 90, 120])
def test_known_waves_are_found_at_every_heart_rate(rate):
    ecg = wave_ecg(60, FS, noise=0.01, rate=rate, seed=2)
    check(ecg, ecg_delineate(ecg.values, FS, ecg.r_samples / FS), bias=8, spread=10)


def test_baseline_wander_and_noise_move_the_limits_little():
    ecg = wave_ecg(120, FS, noise=0.02, baseline=0.3, seed=3)
    check(ecg, ecg_delineate(ecg.values, FS, ecg.r_samples / FS), bias=8, spread=14, share=0.95)


@pytest.mark.parametrize("shape", ["inverted", "biphasic"])
def test_t_waves_of_other_shapes(shape):
    ecg = wave_ecg(60, FS, noise=0.005, t_shape=shape, seed=4)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    check(ecg, found, bias=16, spread=6)
    if shape == "inverted":
        assert np.all(found.t_sign == -1)


def test_beats_without_p_wave_have_none():
    ecg = wave_ecg(300, FS, noise=0.01, missing_p=0.3, premature=0.1, seed=5)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    truly = np.isfinite(ecg.points["p_peak"])
    assert np.mean(np.isfinite(found.p_peak[truly])) > 0.97
    assert np.mean(np.isfinite(found.p_peak[~truly])) < 0.05
    qrs = (found.qrs_offset - found.qrs_onset) * 1000
    assert np.nanmedian(qrs[ecg.premature]) > 140
    assert np.nanmedian(qrs[~ecg.premature]) < 100


@pytest.mark.parametrize("fs", [128.0, 250.0, 500.0])
def test_gaussian_waves_peak_where_they_were_put(fs):
    """Another generator: waves without limits, whose centres are known."""
    ecg = noisy_ecg(60, fs, snr=24, noise="white", irregular=0.02, rate=60, seed=5)
    found = ecg_delineate(ecg.values, fs, ecg.r_times)
    for point, centre in (("p_peak", -0.17), ("t_peak", 0.27)):
        error = (getattr(found, point) - ecg.r_times - centre) * 1000
        assert np.isfinite(error).mean() > 0.95
        assert abs(np.nanmedian(error)) < 15, point
    wide = (found.t_offset - found.t_onset) * 1000
    assert 150 < np.nanmedian(wide) < 320  # three or four of its standard deviations each side


def test_a_p_wave_that_runs_into_the_qrs_is_told_from_it():
    """The model of McSharry et al., where there is no quiet moment between P and Q."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk

        x = np.asarray(nk.ecg_simulate(60, sampling_rate=250, heart_rate=70, random_state=1))
    found = ecg_delineate(x, FS, analysis.ecg_peaks(x, FS))
    middle = ecg_intervals(found).summary()
    assert middle.loc["pr", "beats"] > 0.9 * len(found)
    assert middle.loc["pr", "median"] > 100
    assert middle.loc["qrs", "median"] < 150


def test_waves_before_an_irregular_qrs_are_no_p_waves():
    rng = np.random.default_rng(6)
    ecg = wave_ecg(120, FS, rate=80, irregular=0.22, missing_p=1.0, seed=6)
    t = np.arange(len(ecg.values)) / FS
    fibrillation = 0.06 * np.sin(2 * np.pi * 6.3 * t + np.cumsum(rng.normal(size=len(t))) * 0.02)
    found = ecg_delineate(ecg.values + fibrillation, FS, ecg.r_samples / FS)
    assert np.mean(np.isfinite(found.p_peak)) < 0.15


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_faint_p_waves_of_a_rhythm_with_pauses_are_kept(seed):
    ecg = wave_ecg(200, FS, rate=60, irregular=0.2, missing_p=1.0, noise=0.08, seed=seed)
    beats = np.delete(ecg.r_samples, slice(4, None, 5))  # the sinus node pauses
    bare = wave_ecg(200, FS, rate=60, irregular=0.2, missing_p=1.0, seed=seed).values
    values = ecg.values - bare
    for r in ecg.r_samples.tolist():
        around = slice(max(r - 60, 0), r + 115)
        values[around] += bare[around] * (r in beats)
    for r in beats.tolist():
        add_wave(values, FS, r, (-190, -140, -92, 0.07))
    found = ecg_delineate(values, FS, beats / FS)
    assert np.mean(np.isfinite(found.p_peak)) > 0.75
    assert abs(np.nanmedian(found.r_peak - found.p_peak) - 0.14) < 0.015


@pytest.mark.parametrize("rate", [60, 90, 110])
@pytest.mark.parametrize("size", [0.03, 0.1])
def test_waves_of_fibrillation_share_no_shape_before_the_qrs(rate, size):
    rng = np.random.default_rng(rate)
    ecg = wave_ecg(200, FS, rate=rate, irregular=0.2, missing_p=1.0, noise=0.01, seed=rate)
    pace = 6 + np.interp(np.arange(len(ecg.values)), *_steps(rng, len(ecg.values)))
    waves = size * np.sin(2 * np.pi * np.cumsum(pace) / FS)
    found = ecg_delineate(ecg.values + waves, FS, ecg.r_samples / FS)
    assert np.mean(np.isfinite(found.p_peak)) < 0.3


def _steps(rng, n):
    """Knots each 0.3 s and a normal number at each."""
    at = np.arange(0, n + 75, 75)
    return at, rng.normal(size=len(at))


def test_the_closed_form_is_the_filter_bank_of_the_paper():
    """Convolve with the published filters, holes and all, and compare scale 2**3."""
    x = np.random.default_rng(7).normal(size=300)
    h, g = np.array([1, 3, 3, 1]) / 8, np.array([2, -2])

    def holes(kernel, step):
        wide = np.zeros((len(kernel) - 1) * step + 1)
        wide[::step] = kernel
        return wide

    smooth = np.convolve(np.convolve(x, holes(h, 1)), holes(h, 2))
    paper = np.convolve(smooth, holes(g, 4))
    ours, _ = slopes(x[None], 4)
    # The paper's filter has the gain 2 where ours divides by the width of the difference.
    n = 250
    np.testing.assert_allclose(ours[0, :n], paper[13 : 13 + n] / 8, atol=1e-12)


def test_it_says_the_same_of_all_kinds_of_beats():
    ecg = wave_ecg(30, FS, seed=8)
    want = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    times = ecg.r_samples / FS
    beats = Beats(times=times, samples=ecg.r_samples, fs=FS, stretch=np.zeros(len(times), np.int64))
    for given_beats in (times, times.tolist(), beats, beats.annotations(), want):
        got = ecg_delineate(ecg.values, FS, given_beats)
        np.testing.assert_allclose(got.t_offset, want.t_offset, atol=1e-9)
    assert isinstance(want.annotations(), Annotations)
    assert set(want.annotations().text) == {"P", "QRS", "T"}


def test_without_beats_they_are_found_in_the_same_signal():
    ecg = wave_ecg(60, FS, noise=0.01, seed=8)
    usable = Stretches([0.0, 30.0], [20.0, 60.0])
    channel = Channel("II", ArraySamples(ecg.values), regular(FS, len(ecg.values)))
    found = ecg_delineate(channel, usable=usable)
    beats = analysis.ecg_peaks(ecg.values, FS, usable=usable)
    want = ecg_delineate(ecg.values, FS, beats, usable=usable)
    assert found.to_frame().equals(want.to_frame())
    assert found.notes == (*want.notes, "R peaks found by ecg_peaks (slope)")
    assert not np.any((found.times > 20) & (found.times < 30))
    assert found.recipe.run().to_frame().equals(found.to_frame())
    other = ecg_delineate(ecg.values + 1, FS, channel, usable=usable)
    assert other.notes[-1] == "R peaks found by ecg_peaks (slope) in II"
    np.testing.assert_array_equal(other.times, found.times)


def test_annotations_that_are_no_beats_are_left_out():
    ecg = wave_ecg(30, FS, seed=8)
    times = ecg.r_samples / FS
    marks = Annotations(np.append(0.01, times), ["+", *["N"] * len(times)])
    found = ecg_delineate(ecg.values, FS, marks)
    np.testing.assert_array_equal(found.times, times)
    assert any("1 of" in note for note in found.notes)


@settings(max_examples=20)
@given(st.integers(0, 50), st.floats(0.5, 40), st.integers(0, 3))
def test_any_cut_gives_the_same(seed, seconds, gaps):
    rng = np.random.default_rng(seed)
    ecg = wave_ecg(40, FS, noise=0.02, premature=0.1, seed=seed)
    values = ecg.values.copy()
    for _ in range(gaps):
        first = rng.integers(0, len(values))
        values[first : first + rng.integers(1, 500)] = np.nan
    whole = ecg_delineate(values, FS, ecg.r_samples / FS)
    channel = Channel("x", ArraySamples(values), regular(FS, len(values)))
    cut = run(ecg_delineate, channel, chunk_s=seconds, beats=ecg.r_samples / FS).result()
    for name in (*COLUMNS, "stretch"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name), err_msg=name)


def test_a_gap_in_the_recording_is_a_boundary():
    ecg = wave_ecg(40, FS, seed=9)
    half = 5000
    channel = Channel(
        "x", ArraySamples(ecg.values), from_runs(FS, [(0.0, half), (100.0, len(ecg.values) - half)])
    )
    samples = ecg.r_samples
    beats = channel.timebase.times_of(samples)
    got = run(ecg_delineate, channel, chunk_s=3.0, beats=beats).result()
    late = samples >= half
    assert got.r_peak[late][0] == pytest.approx((samples[late][0] - half) / FS + 100)
    np.testing.assert_array_equal(got.stretch, late.astype(int))
    assert np.isnan(ecg_intervals(got).rr[np.flatnonzero(late)[0]])
    # A beat in the gap has no signal, and so nothing.
    within = np.sort(np.append(got.times, 60.0))
    there = run(ecg_delineate, channel, beats=within).result()
    assert np.isnan(there.r_peak[within == 60.0]).all()
    assert there.stretch[within == 60.0] == -1


def test_what_does_not_fit_in_has_no_limits():
    ecg = wave_ecg(20, FS, seed=10)
    r = ecg.r_samples[5]
    values = ecg.values.copy()
    values[r + 50 : r + 60] = np.nan  # in the T wave
    values[r - 60] = np.nan  # before the P wave
    found = ecg_delineate(values, FS, ecg.r_samples / FS)
    assert np.isfinite(found.qrs_onset[5])
    assert np.isnan(found.t_offset[5])
    assert np.isnan(found.p_onset[5])
    first = ecg_delineate(ecg.values[ecg.r_samples[3] - 20 :], FS, [20 / FS])
    assert np.isnan(first.p_onset[0])


def test_usable_is_as_good_as_a_gap():
    ecg = wave_ecg(20, FS, seed=11)
    mask = np.ones(len(ecg.values), bool)
    mask[2000:2500] = False
    spoilt = np.where(mask, ecg.values, 1e6)
    found = ecg_delineate(spoilt, FS, ecg.r_samples / FS, usable=mask)
    holed = ecg_delineate(np.where(mask, ecg.values, np.nan), FS, ecg.r_samples / FS)
    np.testing.assert_array_equal(found.t_offset, holed.t_offset)
    assert found.notes


@pytest.mark.parametrize(
    "values",
    [np.full(5000, np.nan), np.full(5000, 1.5), np.zeros(5000)],
)
def test_no_signal_gives_no_waves(values):
    found = ecg_delineate(values, FS, [2.0, 2.8, 3.6])
    assert not found.enough
    assert np.isnan(found.qrs_onset).all()
    assert not ecg_intervals(found).enough
    repr(found)
    found.to_frame()


def test_no_beats_give_no_waves():
    found = ecg_delineate(np.zeros(5000), FS, [])
    assert not found.enough
    assert len(found) == 0
    repr(ecg_intervals(found))
    assert not ecg_delineate(np.empty(0), FS, []).enough


@pytest.mark.parametrize(
    ("beats", "words"),
    [
        (np.array([500, 700]), "integers: give times in seconds"),
        (np.array([2.0, 1.0]), "sort the beats"),
        (np.array([2.0, 2.0]), "does not rise"),
        (np.array([2.0, 24.0]), "outside the signal"),
        (np.array([-0.02, 2.4]), "outside the signal"),
        (np.array([500.0, 700.0]), "outside the signal"),
        ([0.004, 0.008, 0.012, 0.016], "times in seconds"),
        (np.array([1.0, np.nan]), "NaN"),
        ("beats", "give beat times"),
        (np.zeros((2, 2)), "one-dimensional"),
    ],
)
def test_impossible_beats_are_refused(beats, words):
    with pytest.raises(InvalidInputError, match=words):
        ecg_delineate(np.zeros(5000), FS, beats)


def test_impossible_parameters_are_refused():
    with pytest.raises(InvalidInputError, match="method"):
        ecg_delineate(np.zeros(5000), FS, [2.0], method="magic")
    with pytest.raises(InvalidInputError, match="at least 100 Hz"):
        ecg_delineate(np.zeros(5000), 50, [2.0])


def test_the_recipe_makes_it_again():
    ecg = wave_ecg(20, FS, seed=12)
    found = ecg_delineate(ecg.values, FS, ecg.r_samples / FS)
    assert found.recipe.run().to_frame().equals(found.to_frame())


@pytest.mark.parametrize(("record", "qt"), [("wfdb/100", (350, 490)), ("mitdb/113", (350, 470))])
def test_intervals_of_real_records_are_plausible(shared_data, record, qt):
    import wfdb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signals = wfdb.rdrecord(str(shared_data / record))
    x = signals.p_signal[:, 0]
    beats = analysis.ecg_peaks(x, signals.fs)
    middle = ecg_intervals(ecg_delineate(x, signals.fs, beats)).summary()["median"]
    assert 120 <= middle["pr"] <= 200
    assert 65 <= middle["qrs"] <= 120
    assert qt[0] <= middle["qt"] <= qt[1]


def wave_marks(path, extension):
    """Samples of the experts' P, R and T peaks."""
    marks = decode(np.fromfile(f"{path}.{extension}", np.uint8))
    text = np.array([marks.symbol(code) for code in marks.code])
    return {wave: marks.sample[text == wave] for wave in ("p", "N", "t")}


def marked_records(folder, database):
    """Leads that experts looked at together, the waves they marked, and the beats."""
    import wfdb

    for head in sorted((folder / database).rglob("*.hea")):
        path = str(head.with_suffix(""))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record = wfdb.rdrecord(path)
        if database == "ludb":  # each lead was marked by itself
            marks = wave_marks(path, "ii")
            yield record.p_signal[:, 1:2].T, record.fs, marks, marks["N"] / record.fs
        else:
            x = record.p_signal.T
            yield x, record.fs, wave_marks(path, "q1c"), analysis.ecg_peaks(x[0], record.fs)


@pytest.mark.parametrize("database", ["ludb", "qtdb"])
@pytest.mark.parametrize(("wave", "point"), [("p", "p_peak"), ("t", "t_peak")])
def test_p_and_t_peaks_lie_where_experts_marked_them(shared_data, database, wave, point):
    errors = []
    for leads, fs, marks, beats in marked_records(shared_data, database):
        ours = np.concatenate([getattr(ecg_delineate(x, fs, beats), point) for x in leads])
        ours = ours[np.isfinite(ours)]
        expert = marks[wave] / fs
        if len(ours) and len(expert):
            errors.append(np.abs(ours - expert[:, None]).min(axis=1))
    error = np.concatenate(errors)
    assert len(error) > 100
    assert np.median(error) < 0.012
    assert np.mean(error < 0.05) > 0.8
