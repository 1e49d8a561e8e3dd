"""Beats and intervals: no interval across a gap, units checked, order checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vital_widgets.analysis.beats.beat_series import (
    PPG,
    Beats,
    Intervals,
    checked_beat_times,
    intervals_of,
)
from vital_widgets.errors import InvalidInputError


def beats_at(times, stretch=None, **more) -> Beats:
    times = np.asarray(times, np.float64)
    stretch = np.zeros(len(times), np.int64) if stretch is None else np.asarray(stretch)
    samples = np.rint(times * 250).astype(np.int64)
    return Beats(times=times, samples=samples, fs=250.0, stretch=stretch, **more)


def test_intervals_do_not_cross_a_gap():
    beats = beats_at([0, 1, 2, 30, 31, 32.5], [0, 0, 0, 1, 1, 1], source=PPG)
    nn = beats.intervals()
    np.testing.assert_allclose(nn.ms, [1000, 1000, 1000, 1500])
    np.testing.assert_array_equal(nn.times, [1, 2, 31, 32.5])
    assert nn.stretch[1] != nn.stretch[2]
    np.testing.assert_array_equal(nn.successive(), [0, 2])
    assert nn.source == "ppg"
    assert intervals_of(beats).ms.tolist() == nn.ms.tolist()


def test_a_pause_beyond_all_hearts_is_a_gap():
    nn = beats_at([0, 1, 20, 21]).intervals()
    np.testing.assert_allclose(nn.ms, [1000, 1000])
    assert len(nn.successive()) == 0


def test_an_array_is_taken_as_successive_milliseconds():
    nn = intervals_of([800, 810, 790])
    np.testing.assert_allclose(nn.times, [0.8, 1.61, 2.4])
    assert intervals_of(nn) is nn
    assert len(intervals_of([])) == 0


@given(hnp.arrays(bool, st.integers(1, 40)))
def test_leaving_intervals_out_ends_the_stretch(kept):
    n = len(kept)
    nn = Intervals(np.full(n, 800.0), np.arange(1, n + 1) * 0.8, np.zeros(n, np.int64))
    part = nn.where(kept)
    assert len(part) == kept.sum()
    index = np.flatnonzero(kept)
    follows = np.flatnonzero(np.diff(index) == 1)
    np.testing.assert_array_equal(part.successive(), follows)


def test_a_window_takes_whole_intervals():
    nn = intervals_of(np.full(10, 1000.0))
    part = nn.between(2.0, 5.0)
    np.testing.assert_array_equal(part.times, [3, 4])
    assert len(nn.between(20, 30)) == 0


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        ([0.8, 0.81, 0.79], "looks like seconds"),
        ([800, np.nan, 810], "interval 1 is"),
        ([800, 20, 810], "outside the accepted range"),
        ([800, -5, 810], "outside the accepted range"),
        ([800, 20000, 810], "outside the accepted range"),
        ([[800, 810]], "one-dimensional"),
        ("nothing", "has no intervals"),
        (None, "has no intervals"),
    ],
)
def test_what_is_no_interval_is_refused(ms, words):
    with pytest.raises(InvalidInputError, match=words):
        intervals_of(ms)


def test_times_of_intervals_must_rise_and_fit():
    with pytest.raises(InvalidInputError, match="must increase"):
        Intervals(np.array([800.0, 800.0]), np.array([2.0, 1.0]), np.zeros(2, np.int64))
    with pytest.raises(InvalidInputError, match="of equal length"):
        Intervals(np.array([800.0, 800.0]), np.array([2.0]), np.zeros(2, np.int64))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([1.0, 1.0], "does not rise"),
        ([2.0, 1.0], "sort the beats"),
        ([1, np.nan], "NaN"),
        ([[1]], "shape"),
        ([1, 2], "integers"),
    ],
)
def test_beat_times_must_rise(times, words):
    with pytest.raises(InvalidInputError, match=words):
        checked_beat_times(times)


def test_beats_show_what_they_are():
    beats = beats_at([0, 1, 2], method="test", polarity=-1, extra={"amplitude": np.ones(3)})
    assert "60 beats/min" in repr(beats)
    assert "downward" in repr(beats)
    frame = beats.to_frame()
    assert list(frame.columns) == ["time", "sample", "stretch", "amplitude"]
    marks = beats.annotations("N", "ECG")
    assert list(marks.channel) == ["ECG"] * 3
    assert "not available" in repr(beats_at([]))


@pytest.mark.parametrize(
    "times", ["abc", {}, ["a"], [[1, 2], [3]], np.array(["2020"], "M8[s]"), [True], [1j], {1.0}]
)
def test_what_is_no_beat_times_is_refused(times):
    with pytest.raises(InvalidInputError, match=r"beats is .*; give beat times as numbers"):
        checked_beat_times(times, "beats")


def test_beat_times_are_a_copy():
    times = np.arange(3.0)
    assert not np.shares_memory(checked_beat_times(times), times)


def test_times_of_intervals_must_be_numbers():
    with pytest.raises(InvalidInputError, match="finite"):
        Intervals([800.0, 800.0], [1.0, np.nan], [0, 0])


@pytest.mark.parametrize(
    "values", [["800", "810"] * 20, [True, False], [800j] * 20, np.array([None] * 20), "800", None]
)
def test_intervals_that_are_not_real_numbers_are_refused(values):
    with pytest.raises(InvalidInputError, match="has no intervals"):
        intervals_of(values)


def test_masked_intervals_and_beat_times_are_refused():
    ms = np.ma.masked_array([800.0, 810.0, 5.0, 790.0], [False, False, True, False])
    with pytest.raises(InvalidInputError, match=r"interval 2 is .*masked; give the others"):
        intervals_of(ms)
    np.testing.assert_array_equal(intervals_of(ms[:2]).ms, [800, 810])
    with pytest.raises(InvalidInputError, match="ms contains masked values"):
        Intervals(ms, np.arange(4.0), np.zeros(4, np.int64))
    times = np.ma.masked_array([0.0, 0.8, 1.0, 1.6], [False, False, True, False])
    with pytest.raises(InvalidInputError, match="times contains masked values; leave"):
        checked_beat_times(times)
    np.testing.assert_array_equal(checked_beat_times(times[:2]), [0, 0.8])
