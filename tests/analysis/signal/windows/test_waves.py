"""Crossings of a level, averages around events."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import event_average, run, zero_crossings
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError


def channel_of(values, fs=10.0, runs=None):
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base)


def with_gaps(n, seed, digits=None):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    if digits is not None:
        values = np.round(values, digits)
    for i in rng.integers(0, n, 2):
        values[i : i + rng.integers(1, 9)] = np.nan
    return values


# ---------------------------------------------------------------- crossings


def plain_crossings(x, band):
    """Sample by sample."""
    found = []
    side = plain = 0
    last = crossed = None
    for i, value in enumerate(x):
        if math.isnan(value):
            side = plain = 0
            continue
        if value == 0:
            continue
        now = 1 if value > 0 else -1
        if plain and now != plain:
            crossed = last + x[last] / (x[last] - value) * (i - last)
        plain, last = now, i
        if abs(value) > band:
            if side and now != side:
                found.append((crossed, now))
            side = now
    return found


@settings(max_examples=100)
@given(
    st.integers(1, 120),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.floats(0.1, 15),
    st.integers(0, 999),
    st.sampled_from([None, 0]),
)
def test_crossings_are_those_of_a_plain_walk_in_any_pieces(n, band, seconds, seed, digits):
    values = with_gaps(n, seed, digits)
    got = zero_crossings(values, 10.0, hysteresis=band)
    expected = plain_crossings(values, band)
    np.testing.assert_allclose(got.times, [t / 10 for t, _ in expected], atol=1e-12)
    np.testing.assert_array_equal(got.direction, [way for _, way in expected])
    cut = run(zero_crossings, channel_of(values), chunk_s=seconds, hysteresis=band).result()
    np.testing.assert_allclose(cut.times, got.times, atol=1e-12)
    np.testing.assert_array_equal(cut.direction, got.direction)


def test_crossings_of_a_sine():
    t = np.arange(10_000) / 100
    x = np.sin(2 * np.pi * 1.5 * t + 0.3) + 2
    got = zero_crossings(x, 100.0, level=2)
    assert got.rate == pytest.approx(3, rel=0.01)
    up = zero_crossings(x, 100.0, level=2, direction="up")
    expected = (np.arange(1, 151) - 0.3 / (2 * np.pi)) / 1.5
    np.testing.assert_allclose(up.times, expected[: len(up)], atol=1e-4)
    assert len(up.annotations()) == len(up)
    assert len(got.to_frame()) == len(got)
    noisy = x + 0.2 * np.random.default_rng(0).normal(size=len(x))
    assert len(zero_crossings(noisy, 100.0, level=2)) > len(got)
    # One less: the wave begins within the band.
    assert len(zero_crossings(noisy, 100.0, level=2, hysteresis=0.7)) == len(got) - 1


def test_crossings_of_nothing():
    for values in ([], [np.nan] * 5):
        got = zero_crossings(values, 10.0)
        assert not got.enough
        assert math.isnan(got.rate)
    assert zero_crossings(np.ones(10), 10.0).rate == 0
    for bad in ({"direction": "left"}, {"hysteresis": -1}, {"level": np.nan}):
        with pytest.raises(InvalidInputError):
            zero_crossings(np.ones(10), 10.0, **bad)


# ---------------------------------------------------------------- averages


def waves(n_events=200, fs=100.0, seed=0, noise=0.5):
    rng = np.random.default_rng(seed)
    n = int(n_events * fs)
    times = np.arange(n_events) + 0.5
    x = noise * rng.normal(size=n) + 10
    shape = np.exp(-0.5 * ((np.arange(-30, 50)) / 5.0) ** 2)
    for t in times:
        i = round(t * fs)
        x[i - 30 : i + 50] += shape
    return x, times, shape


def test_the_average_and_its_band():
    from scipy import stats

    x, times, shape = waves()
    got = event_average(x, 100.0, events=times, before_s=0.3, after_s=0.49)
    cuts = np.array([x[round(t * 100) - 30 : round(t * 100) + 50] for t in times])
    assert got.n_used == 200
    assert got.times[0] == pytest.approx(-0.3)
    assert got.times[30] == 0
    np.testing.assert_allclose(got.average, cuts.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(got.sd, cuts.std(axis=0, ddof=1), rtol=1e-9)
    interval = stats.t.interval(0.95, 199, cuts.mean(axis=0), stats.sem(cuts, axis=0))
    np.testing.assert_allclose(got.low, interval[0], rtol=1e-9)
    np.testing.assert_allclose(got.high, interval[1], rtol=1e-9)
    assert 0.85 < np.mean((got.low < shape + 10) & (shape + 10 < got.high)) <= 1
    boot = event_average(x, 100.0, events=times, before_s=0.3, after_s=0.49, method="bootstrap")
    np.testing.assert_allclose(boot.low, got.low, atol=0.02)
    np.testing.assert_allclose(boot.high, got.high, atol=0.02)
    median = event_average(x, 100.0, events=times, before_s=0.3, after_s=0.49, centre="median")
    np.testing.assert_allclose(median.average, np.median(cuts, axis=0), rtol=1e-6)
    assert (median.low <= median.average).all()
    based = event_average(x, 100.0, events=times, before_s=0.3, after_s=0.49, baseline=(-0.3, -0.2))
    np.testing.assert_allclose(
        based.average, (cuts - cuts[:, :10].mean(axis=1, keepdims=True)).mean(axis=0), atol=1e-12
    )
    assert "events used" in repr(got)
    assert len(got.to_frame()) == 80


def test_the_median_band_covers_what_it_says():
    rng = np.random.default_rng(0)
    hits = []
    for _ in range(60):
        x = rng.normal(size=30 * 25)
        got = event_average(
            x, 10.0, events=np.arange(25) * 3 + 1.0, before_s=0.5, after_s=0.5, centre="median"
        )
        hits.append(np.mean((got.low <= 0) & (got.high >= 0)))
    assert 0.93 < np.mean(hits) < 0.99
    few = event_average(x, 10.0, events=[1.0, 4.0, 7.0], before_s=0.5, after_s=0.5, centre="median")
    assert np.isnan(few.low).all()


def test_what_is_left_out_is_counted():
    x, times, _ = waves(20)
    x[round(5.5 * 100)] = np.nan
    events = np.concatenate([[-5.0, 0.1], times, [19.9, 50.0]])
    got = event_average(x, 100.0, events=events, before_s=0.3, after_s=0.4)
    assert got.n_used == 19
    assert got.n_excluded == {"outside": 2, "edge": 2, "gap": 1}
    marks = Annotations(times, ["N"] * 10 + ["V"] * 10)
    assert event_average(x, 100.0, events=marks, before_s=0.2, after_s=0.2).n_used == 19
    assert event_average(x, 100.0, events=marks, before_s=0.2, after_s=0.2, text="V").n_used == 10


@settings(max_examples=25)
@given(st.integers(1, 40), st.floats(0.1, 30), st.integers(0, 99))
def test_averages_are_the_same_in_any_pieces(n, seconds, seed):
    rng = np.random.default_rng(seed)
    values = with_gaps(n * 10, seed) + 50
    times = np.unique(np.round(rng.random(n) * n, 3))
    around = {"before_s": 0.4, "after_s": 0.6}
    channel = channel_of(values)
    for centre, method in (("mean", "t"), ("mean", "bootstrap"), ("median", "t")):
        more = {**around, "centre": centre, "method": method, "n_resamples": 50}
        whole = event_average(values, 10.0, events=times, **more)
        cut = run(event_average, channel, chunk_s=seconds, events=times, **more).result()
        assert cut.n_excluded == whole.n_excluded
        for name in ("average", "sd", "low", "high"):
            np.testing.assert_allclose(getattr(cut, name), getattr(whole, name), rtol=1e-6)


def test_events_across_the_gap_of_a_recording():
    channel = channel_of(np.arange(60.0), runs=[(0.0, 30), (100.0, 30)])
    events = [1.0, 2.9, 50.0, 100.1, 101.0]
    got = run(event_average, channel, events=events, before_s=0.5, after_s=0.5).result()
    assert got.n_used == 2
    assert got.n_excluded == {"outside": 1, "edge": 2, "gap": 0}
    assert got.average[5] == pytest.approx((10 + 40) / 2)


def test_averages_of_nothing_and_bad_input():
    x, times, _ = waves(5)
    for values, events in (([], [1.0]), (np.full(500, np.nan), times), (x, []), (x, [900.0])):
        got = event_average(values, 100.0, events=events)
        assert not got.enough
        assert np.isnan(got.average).all()
        repr(got)
    one = event_average(x, 100.0, events=[2.0], before_s=0.3, after_s=0.5)
    assert one.n_used == 1
    assert np.isnan(one.low).all()
    for bad in (
        {"before_s": -1},
        {"after_s": 1e9},
        {"baseline": (0.1, -0.1)},
        {"baseline": (-9, 0)},
        {"baseline": 3},
        {"centre": "mode"},
        {"method": "x"},
        {"confidence": 2},
        {"text": "N"},
    ):
        with pytest.raises(InvalidInputError):
            event_average(x, 100.0, events=times, **bad)
    with pytest.raises(InvalidInputError, match="does not rise"):
        event_average(x, 100.0, events=[2.0, 1.0])
