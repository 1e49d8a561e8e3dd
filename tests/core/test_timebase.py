"""Samples to seconds and back, against the plain way: the time of every sample in a list."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.timebase import TimeBase, checked_rate, from_runs, regular
from vital_widgets.errors import InvalidInputError

RATES = st.sampled_from([0.1, 1.0, 3.0, 25.0, 256.0, 999.9, 1e4])


@st.composite
def timebases(draw):
    """A time base of up to five runs with gaps of at least a sample, and its times one by one."""
    fs = draw(RATES)
    now = draw(st.floats(-100, 1e6))
    starts, onsets, times = [], [], []
    for _ in range(draw(st.integers(1, 5))):
        length = draw(st.integers(1, 30))
        starts.append(len(times))
        onsets.append(now)
        times += [now + i / fs for i in range(length)]
        now += (length + draw(st.integers(1, 1000)) + draw(st.floats(0, 0.9))) / fs
    return TimeBase(fs, len(times), np.array(starts), np.array(onsets)), times


def slow_index_at(times, fs, t):
    """Index of the first sample at or after t, within a hundredth of a sample."""
    for i, time in enumerate(times):
        if time >= t - 1e-2 / fs:
            return i
    return len(times)


@given(timebases())
def test_times_are_those_of_the_plain_way(both):
    base, times = both
    np.testing.assert_allclose(base.times(0, base.n_samples), times, rtol=1e-12)
    np.testing.assert_allclose([base.time_of(i) for i in range(len(times))], times, rtol=1e-12)
    assert base.start == times[0]
    assert base.end == pytest.approx(times[-1] + 1 / base.fs)


@given(timebases())
def test_the_index_at_the_time_of_a_sample_is_that_sample(both):
    base, times = both
    # A sample at 1e6 s and 1e4 Hz is 1e-10 s of rounding away from where it should be.
    for i in range(len(times)):
        assert base.index_at(base.time_of(i)) == i


@given(timebases(), st.integers(0, 200), st.floats(0.02, 0.98))
def test_between_two_samples_the_next_one_counts(both, place, share):
    base, times = both
    i = place % len(times)
    t = times[i] + share / base.fs
    assert base.index_at(t) == slow_index_at(times, base.fs, t) == i + 1


@given(timebases(), st.floats(-200, 2e6), st.floats(0, 1e5))
def test_a_range_holds_the_samples_of_the_window(both, t0, length):
    base, times = both
    i0, i1 = base.sample_range(t0, t0 + length)
    assert 0 <= i0 <= i1 <= base.n_samples
    slack = 1e-2 / base.fs
    assert all(t0 - slack <= t < t0 + length + slack for t in times[i0:i1])
    assert all(not t0 + slack <= t < t0 + length - slack for t in times[:i0] + times[i1:])


@given(timebases())
def test_gaps_lie_between_the_runs_and_hold_no_sample(both):
    base, times = both
    gaps = base.gaps
    assert len(gaps) == len(base.starts) - 1
    for (t0, t1), first in zip(gaps, base.starts[1:], strict=True):
        assert t0 == pytest.approx(times[first - 1] + 1 / base.fs)
        assert t1 == times[first]
        middle = (t0 + t1) / 2
        assert base.index_at(middle) == first
        assert base.sample_range(t0, t1) == (first, first)


@given(
    st.lists(st.tuples(st.none() | st.integers(1, 50), st.floats(-0.4, 0.4), st.integers(1, 20))),
    RATES,
)
def test_touching_runs_are_joined_and_others_kept(runs, fs):
    """A run follows directly, but for some jitter (None), or whole samples later."""
    now, given_runs, expected = 0.0, [], []
    for gap, jitter, length in runs:
        if gap is not None or not expected:
            now += (gap or 0) / fs
            expected.append(now)
            given_runs.append((now, length))
        else:
            given_runs.append((now + jitter / fs, length))
        now += length / fs
    base = from_runs(fs, given_runs)
    assert base.n_samples == sum(length for _, _, length in runs)
    np.testing.assert_allclose(base.onsets, expected or [0.0], rtol=1e-9)


def test_runs_that_touch_make_one():
    base = from_runs(10, [(2.0, 5), (2.5, 5), (9.0, 0), (3.01, 5), (4.0, 2)])
    assert base.starts.tolist() == [0, 15]
    assert base.onsets.tolist() == [2.0, 4.0]
    assert base.n_samples == 17
    assert base.gaps == [(3.5, 4.0)]


def test_no_runs_are_an_empty_channel():
    base = from_runs(10, [])
    assert (base.n_samples, base.start, base.end, base.gaps) == (0, 0.0, 0.0, [])
    assert base.sample_range(-1, 1) == (0, 0)
    assert base.times(0, 0).shape == (0,)


def test_ends_of_a_channel():
    base = regular(4, 8, start=10)
    assert (base.start, base.end) == (10, 12)
    assert base.index_at(-math.inf) == 0
    assert base.index_at(math.inf) == 8
    assert base.sample_range(11.75, 12) == (7, 8)
    assert base.sample_range(12, 99) == (8, 8)


@pytest.mark.parametrize("window", [(2, 1), (math.nan, 1), (0, math.nan)])
def test_windows_that_are_none(window):
    with pytest.raises(InvalidInputError, match="window"):
        regular(1, 10).sample_range(*window)


@pytest.mark.parametrize("fs", [0, -1, math.nan, math.inf, None, "fast"])
def test_rates_that_are_none(fs):
    with pytest.raises(InvalidInputError, match="above 0 Hz"):
        checked_rate(fs)


@pytest.mark.parametrize(
    ("n", "starts", "onsets", "word"),
    [
        (-1, [0], [0.0], "n_samples"),
        (10, [0, 5], [0.0], "as many"),
        (10, [], [], "first run"),
        (10, [1], [0.0], "first run"),
        (10, [0], [math.nan], "finite"),
        (10, [0, 5, 5], [0.0, 10.0, 20.0], "in order"),
        (10, [0, 10], [0.0, 20.0], "at least one"),
        (10, [0, 5], [0.0, 4.0], "backwards"),
    ],
)
def test_runs_that_cannot_be(n, starts, onsets, word):
    with pytest.raises(InvalidInputError, match=word):
        TimeBase(1.0, n, np.array(starts), np.array(onsets))


def test_the_nearest_samples_are_those_that_exist():
    base = from_runs(10.0, [(1.0, 20), (5.0, 10)])
    times = np.array([0.9, 0.96, 1.0, 1.04, 1.06, 2.94, 2.96, 4.0, 4.96, 5.9, 5.96])
    expected = [-1, 0, 0, 0, 1, 19, -1, -1, 20, 29, -1]
    np.testing.assert_array_equal(base.nearest(times), expected)
    np.testing.assert_array_equal(base.nearest(base.times(0, 30)), np.arange(30))
