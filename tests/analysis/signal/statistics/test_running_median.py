"""Running medians of series of any length, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.analysis.signal.statistics.running_median import (
    running_median,
    running_percentile,
)


@given(
    st.integers(1, 40),
    st.integers(0, 60),
    st.sampled_from(["symmetric", "reflect"]),
    st.integers(0, 99),
)
def test_any_length_and_window(n, half, mirrored, seed):
    values = np.random.default_rng(seed).normal(size=n)
    padded = np.pad(values, half, mode=mirrored)
    windows = [padded[i : i + 2 * half + 1] for i in range(n)]
    got = running_median(values, 2 * half + 1, mirrored)
    np.testing.assert_allclose(got, [np.median(window) for window in windows])
    highest = running_percentile(values, 100, 2 * half + 1, mirrored)
    np.testing.assert_allclose(highest, [window.max() for window in windows])


@pytest.mark.parametrize("mirrored", ["symmetric", "reflect"])
def test_nothing_stays_nothing(mirrored):
    assert len(running_median(np.empty(0), 5, mirrored)) == 0
