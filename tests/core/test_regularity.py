from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.core.regularity import GridFinder
from vital_widgets.errors import InvalidInputError


def found(times, fs=None, block=None):
    finder = GridFinder(fs)
    times = np.asarray(times, float)
    for i in range(0, len(times), block or max(len(times), 1)):
        finder.feed(times[i : i + (block or len(times))], i + 1)
    return finder


@pytest.mark.parametrize("fs", [1, 0.1, 25, 99.5, 128, 250, 256, 360, 1000, 62.4725, 1 / 60])
def test_an_even_grid_gives_its_rate_and_no_note(fs):
    finder = found(np.arange(5000) / fs + 3.5)
    base = finder.timebase()
    assert base.fs == pytest.approx(fs, rel=1e-12)
    assert (base.start, base.n_samples, base.gaps) == (3.5, 5000, [])
    assert finder.notes() == []


def test_times_rounded_to_milliseconds_give_the_true_rate_and_a_note():
    finder = found(np.round(np.arange(20000) / 360, 3))
    assert finder.timebase().fs == 360
    assert finder.timebase().gaps == []
    (note,) = finder.notes()
    assert "360 Hz" in note
    assert "% of an interval" in note


@given(
    lengths=st.lists(st.integers(2, 300), min_size=1, max_size=12),
    missing=st.lists(st.integers(1, 2000), min_size=12, max_size=12),
    jitter=st.sampled_from([0.0, 0.05, 0.2]),
    block=st.sampled_from([64, 1000, 10**6]),
)
@settings(max_examples=60)
def test_missing_rows_become_gaps_whatever_the_blocks(lengths, missing, jitter, block):
    lengths = [300, *lengths]
    index, at = [], 0
    for length, skipped in zip(lengths, [0, *missing], strict=False):
        at += skipped
        index.append(np.arange(at, at + length))
        at += length
    index = np.concatenate(index)
    noise = np.random.default_rng(1).uniform(-jitter, jitter, len(index))
    times = (index + noise) / 100
    base = found(times, block=block).timebase()
    assert base.n_samples == len(index)
    assert len(base.gaps) == len(lengths) - 1
    assert base.fs == pytest.approx(100, rel=1e-2 if jitter else 1e-9)
    off = np.abs(base.times(0, len(index)) - times).max() * 100
    assert off <= (1.0 if jitter else 1e-6)


def test_a_single_late_row_is_no_gap():
    times = np.arange(1000) / 50
    times[500] += 0.8 / 50
    finder = found(times)
    assert finder.timebase().gaps == []
    assert "80%" in finder.notes()[0]


def test_a_drifting_clock_is_followed_without_gaps():
    index = np.arange(200_000)
    times = index / 100 * (1 + 1e-4 * np.sin(index / 3e4))
    finder = found(times, block=4096)
    base = finder.timebase()
    assert base.gaps == []
    assert np.abs(base.times(0, len(index)) - times).max() < 1.5 / 100


def test_rows_that_do_not_rise_are_named():
    times = np.arange(100) / 10
    times[50] = 1.0
    with pytest.raises(InvalidInputError, match="row 51 has a time before"):
        found(times, block=50)
    times[50] = np.nan
    with pytest.raises(InvalidInputError, match="row 51 has no time"):
        found(times)


def test_irregular_times_are_refused_and_fs_is_the_way_out():
    times = np.cumsum(np.random.default_rng(0).normal(0.8, 0.08, 2000))
    with pytest.raises(InvalidInputError, match="give fs="):
        found(times)
    base = found(times, fs=1.25).timebase()
    assert (base.fs, base.n_samples) == (1.25, 2000)


def test_a_wrong_fs_is_refused():
    with pytest.raises(InvalidInputError, match="50 Hz"):
        found(np.arange(100) / 50, fs=100)


def test_a_given_fs_keeps_gaps():
    times = np.concatenate([np.arange(100) / 50, 10 + np.arange(100) / 50])
    assert found(times, fs=50, block=30).timebase().gaps == [(2.0, 10.0)]


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_rows_for_a_rate(n):
    base = found(np.full(n, 4.0)).timebase()
    assert (base.fs, base.n_samples) == (1.0, n)
    assert found(np.full(n, 4.0), fs=20).timebase().fs == 20


@given(
    steps=st.lists(st.sampled_from([0.01, 1.0, 1.0, 1.0, 1.0, 1.3, 1.9, 2.0, 7.5]), max_size=200),
    fs=st.sampled_from([None, 1.0, 1.2]),
    block=st.integers(1, 50),
)
@settings(max_examples=100)
def test_any_rising_times_give_a_time_base_or_a_reason(steps, fs, block):
    times = np.cumsum([0.0, *steps])
    try:
        finder = found(times, fs, block)
    except InvalidInputError as error:
        assert "fs" in str(error)  # noqa: PT017 - either outcome is right
        return
    base = finder.timebase()
    assert base.n_samples == len(times)
    assert all(t0 < t1 for t0, t1 in base.gaps)
    assert all(finder.notes())
