"""Points of pulses lie where they were made; figures follow from them; chunks change nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppg_support import channel_of, nearest
from vital_widgets.analysis import Beats, ppg_fiducials, ppg_peaks, run
from vital_widgets.analysis.ppg.pulse_points import PulseRows, measures_of, points_of
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ppg_waves import make_ppg


@pytest.mark.parametrize("fs", [64.0, 125.0, 500.0])
@pytest.mark.parametrize("shape", ["young", "abp"])
def test_points_lie_where_they_were_made(fs, shape):
    made = make_ppg(60, fs, shape=shape, seed=1)
    waves = ppg_fiducials(made.values, fs, ppg_peaks(made.values, fs))
    for name, truth in (("notch", made.notches), ("diastolic", made.diastolic)):
        error = nearest(waves[name], truth[1:-1])
        assert np.abs(error).max() < 0.004
    for name, truth in (("onset", made.onsets), ("peak", made.peaks)):
        assert np.abs(nearest(waves[name], truth[1:-1])).max() < 1.5 / fs
    assert waves.notch_seen[1:-1].all()


def test_without_a_notch_the_second_derivative_tells():
    made = make_ppg(60, 125, shape="old", seed=1)
    waves = ppg_fiducials(made.values, 125, ppg_peaks(made.values, 125))
    whole = np.isfinite(waves["end"])
    assert not waves.notch_seen.any()
    np.testing.assert_array_equal(waves["notch"][whole], waves["e"][whole])
    np.testing.assert_array_equal(waves["diastolic"][whole], waves["w"][whole])
    assert np.all(np.isfinite(waves["notch"][whole]))


def test_points_are_in_order():
    made = make_ppg(120, 250, seed=2)
    waves = ppg_fiducials(made.values, 250, ppg_peaks(made.values, 250), height_m=1.8)
    whole = np.isfinite(waves["end"])
    order = ["onset", "a", "u", "peak", "notch", "diastolic", "end"]
    for before, after in itertools.pairwise(order):
        assert np.all(waves[before][whole] < waves[after][whole])
    assert np.all((waves["onset"] < waves["foot"])[whole])
    assert np.all((waves["foot"] < waves["u"])[whole])
    assert np.all((waves["b"] > waves["u"])[whole])
    widths = [waves[f"width_{p}_s"][whole] for p in (10, 25, 50, 75, 90)]
    assert all(np.all(wide > narrow) for wide, narrow in itertools.pairwise(widths))
    np.testing.assert_allclose(
        waves["stiffness_index_m_s"], 1.8 / (waves["diastolic"] - waves["peak"])
    )
    both = waves["reflection_index"] + waves["augmentation_index"]
    np.testing.assert_allclose(both[whole], 1.0)
    expected = waves["b_a"] - waves["c_a"] - waves["d_a"] - waves["e_a"]
    np.testing.assert_array_equal(waves["agi"], expected)
    assert len(waves.to_frame()) == len(waves)
    assert "crest time" in repr(waves)


def test_measures_of_a_triangle_are_those_of_geometry():
    fs = 100.0
    x = np.concatenate([np.linspace(0, 2, 21), np.linspace(2, 0, 81)[1:]])[None, :]
    d1 = np.gradient(x, 1 / fs, axis=1)
    rows = PulseRows(x, d1, np.gradient(d1, 1 / fs, axis=1), np.array([20]), np.array([100]), fs)
    points = points_of(rows)[0]
    points["notch"], points["diastolic"] = np.array([60.0]), np.array([70.0])
    got = measures_of(rows, points, 1.5)
    assert got["amplitude"][0] == pytest.approx(2)
    assert got["crest_time_s"][0] == pytest.approx(0.2)
    for percent in (10, 25, 50, 75, 90):
        assert got[f"width_{percent}_s"][0] == pytest.approx(1 - percent / 100)
    assert got["systolic_area"][0] == pytest.approx(0.2 + 0.4 * 1.5)
    assert got["diastolic_area"][0] == pytest.approx(0.4 * 0.5)
    assert got["ipa"][0] == pytest.approx(0.25)
    assert got["reflection_index"][0] == pytest.approx(0.375)
    assert got["stiffness_index_m_s"][0] == pytest.approx(3.0)


def test_the_way_up_does_not_matter_nor_does_the_scale():
    made = make_ppg(60, 125, seed=3)
    waves = ppg_fiducials(made.values, 125, ppg_peaks(made.values, 125))
    other = 40 - 7 * made.values
    turned = ppg_fiducials(other, 125, ppg_peaks(other, 125))
    for name in waves.points:
        np.testing.assert_allclose(turned[name], waves[name], atol=1e-6)
    np.testing.assert_allclose(turned["amplitude"], 7 * waves["amplitude"], rtol=1e-9)
    np.testing.assert_allclose(turned["b_a"], waves["b_a"], rtol=1e-6)


@settings(max_examples=20)
@given(
    st.floats(1.5, 40), st.lists(st.tuples(st.floats(0, 55), st.floats(0.02, 4)), max_size=3),
    st.booleans(), st.integers(0, 3),
)  # fmt: skip
def test_any_cut_gives_the_same(seconds, holes, with_onsets, seed):
    fs = 64.0
    made = make_ppg(60, fs, snr_db=20, seed=seed)
    values = made.values.copy()
    for begin, length in holes:
        values[round(begin * fs) : round((begin + length) * fs)] = np.nan
    beats = ppg_peaks(values, fs)
    if not with_onsets:
        beats = replace(beats, extra={})
    whole = ppg_fiducials(values, fs, beats)
    cut = run(ppg_fiducials, channel_of(values, fs), chunk_s=seconds, beats=beats).result()
    for name in (*whole.points, *whole.measures):
        np.testing.assert_allclose(cut[name], whole[name], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(cut.notch_seen, whole.notch_seen)


def test_pulses_at_a_hole_are_not_whole():
    made = make_ppg(40, 100, seed=1)
    values = made.values.copy()
    values[2000:2050] = np.nan
    waves = ppg_fiducials(values, 100, ppg_peaks(values, 100))
    last = np.flatnonzero(waves.times < 20)[-1]
    assert np.isnan(waves["end"][last])
    assert np.isnan(waves["width_50_s"][last])
    assert np.isfinite(waves["onset"][last])
    assert np.isfinite(waves["width_50_s"][last - 1])


def test_no_pulses_give_nothing():
    for values in (np.full(3000, np.nan), np.ones(3000), np.empty(0)):
        waves = ppg_fiducials(values, 100, ppg_peaks(values, 100))
        assert not waves.enough
        assert len(waves) == 0
        assert waves.to_frame().empty


def test_bad_input_is_refused():
    made = make_ppg(20, 100)
    beats = ppg_peaks(made.values, 100)
    ecg = Beats(times=beats.times, samples=beats.samples, fs=100.0, stretch=beats.stretch)
    cases = [
        ((made.values, 100, ecg), {}, "are not pulses"),
        ((made.values, 100, beats.times), {}, "are not pulses"),
        ((made.values, 50, beats), {}, "found at 100 Hz"),
        ((made.values, 20, beats), {}, "fs=20"),
        ((made.values[:500], 100, beats), {}, "the last pulse is at sample"),
        ((made.values, 100, beats), {"height_m": 180}, "height_m=180"),
    ]
    for arguments, named, words in cases:
        with pytest.raises(InvalidInputError, match=words):
            ppg_fiducials(*arguments, **named)
    with pytest.raises(InvalidInputError, match="unknown point or measure"):
        ppg_fiducials(made.values, 100, beats)["dicrotic"]


def test_pulses_are_found_where_none_are_given():
    made = make_ppg(30, 100, seed=1)
    given = ppg_fiducials(made.values, 100, ppg_peaks(made.values, 100))
    ppg = channel_of(made.values, 100)
    for found in (
        ppg_fiducials(made.values, 100),
        ppg_fiducials(ppg),
        run(ppg_fiducials, ppg, chunk_s=7.0).result(),
    ):
        assert f"{len(given)} beats were found by ppg_peaks" in found.notes[0]
        assert not found.recipe.inputs["beats"].kept
        for name, values in given.to_frame().items():
            np.testing.assert_allclose(found.to_frame()[name], values, rtol=1e-9)
    again = ppg_fiducials(ppg).recipe.run()
    assert again.to_frame().equals(ppg_fiducials(ppg).to_frame())
