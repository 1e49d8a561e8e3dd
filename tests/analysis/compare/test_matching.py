"""Beat by beat comparison: against an exhaustive search and against wfdb."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError


def exhaustive(known, tried, window):
    """Most pairs, then smallest sum of differences, over all one-to-one pairings."""
    best = (0, 0.0)
    for k in range(min(len(known), len(tried)) + 1):
        for mine in itertools.combinations(range(len(known)), k):
            for theirs in itertools.permutations(range(len(tried)), k):
                apart = [abs(known[a] - tried[b]) for a, b in zip(mine, theirs, strict=True)]
                if all(d <= window for d in apart):
                    best = max(best, (k, -sum(apart)))
    return best


times = st.lists(st.integers(0, 60), min_size=0, max_size=5, unique=True).map(
    lambda ticks: np.array(sorted(ticks)) / 32
)


@settings(max_examples=150)
@given(times, times, st.sampled_from([1 / 32, 4 / 32, 10 / 32]))
def test_the_best_of_all_pairings(known, tried, window):
    got = match_beats(known, tried, tolerance_s=window)
    n, closeness = exhaustive(known, tried, window)
    assert got.tp == n
    assert np.abs(got.differences).sum() == pytest.approx(-closeness)
    assert got.tp + got.fn == len(known)
    assert got.tp + got.fp == len(tried)
    hit = np.flatnonzero(got.reference_match >= 0)
    np.testing.assert_array_equal(got.test_match[got.reference_match[hit]], hit)


def test_counts_agree_with_wfdb_where_beats_are_apart():
    from wfdb.processing import compare_annotations

    rng = np.random.default_rng(0)
    known = np.cumsum(rng.integers(150, 400, 2000))
    tried = (known + rng.integers(-30, 31, 2000))[rng.random(2000) > 0.03]
    tried = np.unique(np.concatenate([tried, rng.integers(0, known[-1], 40)]))
    theirs = compare_annotations(known, tried, 45)
    ours = match_beats(known / 300, tried / 300, tolerance_s=0.15)
    assert abs(ours.tp - theirs.tp) <= 2  # they pair greedily, which may lose a pair
    assert ours.tp >= theirs.tp


def test_figures_and_table():
    got = match_beats([1.0, 2.0, 3.0, 4.0], [1.1, 2.05, 3.5], tolerance_s=0.15)
    assert (got.tp, got.fn, got.fp) == (2, 2, 1)
    assert got.sensitivity == 0.5
    assert got.ppv == pytest.approx(2 / 3)
    assert got.f1 == pytest.approx(4 / 7)
    frame = got.to_frame()
    assert list(frame["outcome"]) == ["TP", "TP", "FN", "FP", "FN"]
    assert "sensitivity" in repr(got)


def test_learning_period_and_stretches_that_are_scored():
    known = np.arange(0.5, 20)
    got = match_beats(known, known, start_s=5.0)
    assert len(got.reference) == 15
    usable = Stretches([0, 10], [5, 15])
    assert len(match_beats(known, known, usable=usable).reference) == 10
    marks = Annotations(known, ["N"] * len(known))
    assert match_beats(marks, known).f1 == 1


def test_nothing_to_score():
    got = match_beats([], [1.0])
    assert not got.enough
    assert np.isnan(got.sensitivity)
    assert got.fp == 1
    empty = match_beats([1.0], [])
    assert empty.sensitivity == 0
    assert np.isnan(empty.ppv)
    assert list(empty.to_frame()["outcome"]) == ["FN"]


def test_a_day_of_beats_that_are_one_group():
    known = np.arange(3000) * 0.1
    got = match_beats(known[:400], known[:400] + 0.04)
    assert got.f1 == 1
    np.testing.assert_allclose(got.differences, 0.04)
    dense = match_beats(known, known + 0.04)  # too many for the best pairs, not for the most
    assert dense.f1 == 1


def test_bad_input():
    with pytest.raises(InvalidInputError, match="test does not rise"):
        match_beats([1.0], [2.0, 1.0])
    with pytest.raises(InvalidInputError, match="tolerance_s=0"):
        match_beats([1.0], [1.0], tolerance_s=0)
