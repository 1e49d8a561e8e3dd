"""Medians of a series of which a part changed are those of the whole series."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from vital_widgets.panels.runningmedian import RunningMedian

VALUES = st.lists(st.integers(0, 4).map(float), max_size=40)


@given(
    size=st.sampled_from([1, 3, 5, 11]),
    first=VALUES,
    changes=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), VALUES), max_size=6),
)
def test_after_changes_the_medians_are_those_of_all_values(size, first, changes):
    medians = RunningMedian(size)
    values = first
    for at, taken, put in [(0, 0, []), *changes]:
        values = [*values[:at], *put[:5], *values[at + taken :]]
        found = medians.of(np.array(values))
        expected = median_filter(np.array(values), size, mode="nearest") if values else []
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(medians.of(np.array(values)), expected)


def test_after_another_series_of_other_length_nothing_is_left_of_the_first():
    medians = RunningMedian(5)
    for n in (0, 100, 3, 0, 7, 100):
        values = np.random.default_rng(n).normal(size=n)
        expected = median_filter(values, 5, mode="nearest") if n else values
        np.testing.assert_array_equal(medians.of(values), expected)


def test_missing_values_are_computed_again():
    medians = RunningMedian(3)
    values = np.array([1.0, np.nan, 3.0, 2.0, 5.0])
    first = medians.of(values)
    np.testing.assert_array_equal(medians.of(values.copy()), first)
