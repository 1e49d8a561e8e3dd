"""The average beat, and measures of each beat."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets import sample
from vital_widgets.analysis import averaged_beat, beat_trend, ecg_peaks, event_average, run
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError


def channel_of(values, fs=10.0):
    return Channel("x", ArraySamples(np.asarray(values)), from_runs(fs, [(0.0, len(values))]))


def waves(n_events):
    x = 0.5 * np.random.default_rng(0).normal(size=n_events * 100) + 10
    return x, np.arange(n_events) + 0.5


def test_the_average_beat_is_the_average_around_the_beats():
    x, times = waves(20)
    around = {"before_s": 0.3, "after_s": 0.5}
    got = averaged_beat(x, 100.0, times)
    expected = event_average(x, 100.0, events=times, **around)
    np.testing.assert_array_equal(got.average, expected.average)
    np.testing.assert_array_equal(got.high, expected.high)


def test_the_beats_of_a_channel_are_found():
    ecg = sample(60)["ECG"]
    beats = ecg_peaks(ecg)
    for found in (None, ecg):
        got = averaged_beat(ecg, beats=found)
        np.testing.assert_array_equal(got.average, averaged_beat(ecg, beats=beats).average)
        trend = run(beat_trend, ecg, beats=found).result()
        np.testing.assert_array_equal(trend.times, beats.times)
        np.testing.assert_array_equal(trend.values, beat_trend(ecg, beats=beats).values)
    assert trend.units == "mV"
    assert "R peaks found by ecg_peaks" in trend.notes[-1]
    assert got.recipe.run().average.tolist() == got.average.tolist()


@settings(max_examples=25)
@given(st.integers(1, 40), st.floats(0.1, 30), st.integers(0, 99))
def test_trends_are_the_same_in_any_pieces(n, seconds, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n * 10) + 50
    values[rng.integers(0, n * 10, 2)] = np.nan
    times = np.unique(np.round(rng.random(n) * n, 3))
    around = {"before_s": 0.4, "after_s": 0.6}
    channel = channel_of(values)
    for measure in ("amplitude", "area", "width", "correlation"):
        one = beat_trend(values, 10.0, times, measure=measure, **around)
        two = run(
            beat_trend, channel, chunk_s=seconds, beats=times, measure=measure, **around
        ).result()
        np.testing.assert_allclose(two.values, one.values, rtol=1e-6, atol=1e-6)


def spread(samples, fs):
    return float(np.ptp(samples) * fs)


def test_measures_of_known_beats():
    fs, width = 200.0, 0.03
    times = np.arange(1, 60.0)
    t = np.arange(int(61 * fs)) / fs
    heights = 1 + 0.5 * np.sin(times / 8)
    x = 3 + sum(
        h * np.exp(-0.5 * ((t - at) / width) ** 2) for h, at in zip(heights, times, strict=True)
    )
    around = {"before_s": 0.3, "after_s": 0.3}
    np.testing.assert_allclose(beat_trend(x, fs, times, **around).values, heights, rtol=1e-5)
    got = beat_trend(x, fs, times, measure="width", **around)
    np.testing.assert_allclose(got.values, 2 * math.sqrt(2 * math.log(2)) * width, rtol=2e-3)
    area = beat_trend(x, fs, times, measure="area", **around).values
    np.testing.assert_allclose(area, heights * width * math.sqrt(2 * math.pi), rtol=1e-3)
    np.testing.assert_allclose(
        beat_trend(x, fs, times, measure="correlation", **around).values, 1, atol=1e-6
    )
    np.testing.assert_allclose(
        beat_trend(x, fs, times, measure="peak_to_peak", **around).values, heights, rtol=1e-6
    )
    own = beat_trend(x, fs, times, measure=spread, **around)
    np.testing.assert_allclose(own.values, heights * fs, rtol=1e-6)
    assert own.measure == "spread"
    down = beat_trend(-x, fs, times, measure="width", **around)
    np.testing.assert_allclose(down.values, got.values, rtol=1e-6)
    template = averaged_beat(x, fs, times, **around).average
    likeness = beat_trend(x, fs, times, measure="correlation", template=-template, **around)
    np.testing.assert_allclose(likeness.values, -1, atol=1e-9)
    table = got.per_window(10.0)
    assert table["n_beats"].sum() == len(times)
    assert "ms" not in repr(got)
    assert "width" in repr(got)
    assert len(got.to_frame()) == len(times)
    flat = beat_trend(np.ones(5000), fs, times[:10], measure="width", **around)
    assert np.isnan(flat.values).all()


def test_beats_without_signal_are_nan_and_bad_input():
    x, times = waves(10)
    x[400:450] = np.nan
    got = beat_trend(x, 100.0, times)
    assert np.flatnonzero(np.isnan(got.values)).tolist() == [4]
    assert not beat_trend(np.full(1000, np.nan), 100.0, times).enough
    assert not beat_trend(x, 100.0, []).enough
    repr(beat_trend(x, 100.0, []))
    with pytest.raises(InvalidInputError, match="outside the signal"):
        averaged_beat(x, 100.0, [900.0])
    with pytest.raises(InvalidInputError, match="measure"):
        beat_trend(x, 100.0, times, measure="colour")
    with pytest.raises(InvalidInputError, match=r"template has the shape \(3,\)"):
        beat_trend(x, 100.0, times, template=[1, 2, 3])
