"""Perfusion index and ratio of ratios are those the light was made with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppg_support import channel_of
from vital_widgets.analysis import perfusion_index, ppg_peaks, ratio_of_ratios, run
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ppg_waves import make_ppg


def light(fs=100.0, seconds=60, steady=1000.0, depth=0.02, seed=1, **more):
    """Light that passes: less of it in systole."""
    made = make_ppg(seconds, fs, seed=seed, **{"baseline": 0.0, "respiration": 0.0, **more})
    return steady * (1 - depth * made.values / 1.15)


def test_the_perfusion_index_is_that_of_the_light():
    fs = 100.0
    for steady, depth in ((1000.0, 0.02), (3.3, 0.005)):
        values = light(fs, steady=steady, depth=depth)
        beats = ppg_peaks(values, fs)
        assert beats.polarity == -1
        got = perfusion_index(values, fs, beats)
        assert got.enough
        assert got.median == pytest.approx(100 * depth, rel=0.05)
        np.testing.assert_allclose(got.percent, 100 * got.ac / got.dc)
        assert "%" in repr(got)


def test_a_signal_without_its_steady_part_has_no_perfusion_index():
    values = light()
    for other in (values - values.mean(), -values, (values - values.min()) / np.ptp(values)):
        got = perfusion_index(other, 100, ppg_peaks(other, 100))
        assert not got.enough
        assert np.isnan(got.percent).all()
        assert "steady part" in got.notes[0]


@settings(max_examples=10)
@given(st.floats(2, 50), st.floats(0, 50), st.floats(0.1, 5))
def test_any_cut_gives_the_same_perfusion(seconds, begin, length):
    values = light()
    values[round(begin * 100) : round((begin + length) * 100)] = np.nan
    beats = ppg_peaks(values, 100)
    whole = perfusion_index(values, 100, beats)
    cut = run(perfusion_index, channel_of(values, 100), chunk_s=seconds, beats=beats).result()
    np.testing.assert_allclose(cut.percent, whole.percent, rtol=1e-9)
    assert len(whole.percent) == len(beats)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.6])
def test_the_ratio_of_ratios_is_that_of_the_light(ratio):
    rng = np.random.default_rng(0)
    infrared = light(steady=500.0, depth=0.02)
    red = light(steady=90.0, depth=0.02 * ratio)
    got = ratio_of_ratios(red, infrared, 100)
    np.testing.assert_allclose(got.ratio, ratio, rtol=0.01)  # the steady part has pulses
    np.testing.assert_allclose(got.correlation, 1.0)
    assert len(got.ratio) == 7
    assert np.isnan(got.spo2).all()
    assert "spo2_%" not in got.to_frame()
    noisy = ratio_of_ratios(red + rng.normal(0, 0.2, len(red)), infrared, 100)
    assert np.nanmedian(noisy.ratio) == pytest.approx(ratio, rel=0.05)


def test_a_saturation_needs_a_calibration():
    infrared, red = light(steady=500.0), light(steady=90.0, depth=0.01)
    own = ratio_of_ratios(red, infrared, 100, calibration=(114.9, -32.0, 1.0))
    np.testing.assert_allclose(own.spo2, 114.9 - 32 * own.ratio + own.ratio**2)
    assert own.calibrated
    assert not own.notes
    array = ratio_of_ratios(red, infrared, 100, calibration=np.array([114.9, -32.0, 1.0]))
    np.testing.assert_array_equal(array.spo2, own.spo2)
    assert array.calibrated
    book = ratio_of_ratios(red, infrared, 100, calibration="textbook")
    np.testing.assert_allclose(book.spo2, 97.5, rtol=0.002)
    assert not book.calibrated
    assert "uncalibrated" in book.notes[0]
    assert "uncalibrated" in repr(book)


def test_what_moves_otherwise_is_no_ratio():
    rng = np.random.default_rng(0)
    infrared = light(steady=500.0)
    got = ratio_of_ratios(90 + rng.normal(0, 1, len(infrared)), infrared, 100)
    assert not got.enough
    assert np.isnan(got.ratio).all()
    for other in (np.full(6000, np.nan), np.zeros(6000), infrared - infrared.mean()):
        assert not ratio_of_ratios(other, infrared, 100).enough
    assert not ratio_of_ratios([], [], 100).enough


@settings(max_examples=10)
@given(st.floats(2, 50), st.floats(0, 50), st.floats(0.1, 5))
def test_any_cut_gives_the_same_ratio(seconds, begin, length):
    infrared, red = light(steady=500.0), light(steady=90.0, depth=0.01, snr_db=20)
    red[round(begin * 100) : round((begin + length) * 100)] = np.nan
    whole = ratio_of_ratios(red, infrared, 100)
    channels = [channel_of(red, 100), channel_of(infrared, 100)]
    cut = run(ratio_of_ratios, *channels, chunk_s=seconds).result()
    np.testing.assert_allclose(cut.ratio, whole.ratio, rtol=1e-9)
    np.testing.assert_array_equal(cut.times, whole.times)


def test_bad_input_is_refused():
    x = light()
    with pytest.raises(InvalidInputError, match="same sample times"):
        ratio_of_ratios(x, x[:-1], 100)
    for bad in ("110-25R", 110, (1.0,), (110, "a")):
        with pytest.raises(InvalidInputError, match="calibration"):
            ratio_of_ratios(x, x, 100, calibration=bad)
    with pytest.raises(InvalidInputError, match="are not pulses"):
        perfusion_index(x, 100, [1.0, 2.0])


def test_channels_and_arrays_give_the_same():
    values = light()
    ppg = channel_of(values, 100)
    given = perfusion_index(values, 100, ppg_peaks(values, 100))
    found = perfusion_index(ppg)
    np.testing.assert_allclose(found.percent, given.percent, rtol=1e-9)
    assert "beats were found by ppg_peaks" in found.notes[0]
    both = ratio_of_ratios(ppg, ppg)
    assert both.to_frame().equals(ratio_of_ratios(values, values, 100).to_frame())
    with pytest.raises(InvalidInputError, match="same sample times"):
        ratio_of_ratios(ppg, channel_of(values[:-100], 100))
