"""Correlation of two signals at each delay."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import lagged_correlation, run
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError


def channel_of(values, fs=10.0):
    return Channel("x", ArraySamples(np.asarray(values)), from_runs(fs, [(0.0, len(values))]))


def plain_correlation(values, lag):
    x, y = values
    if lag >= 0:
        a, b = x[: len(x) - lag], y[lag:]
    else:
        a, b = x[-lag:], y[: len(y) + lag]
    both = np.isfinite(a) & np.isfinite(b)
    return np.corrcoef(a[both], b[both])[0, 1]


@settings(max_examples=25)
@given(st.integers(40, 200), st.integers(1, 15), st.floats(0.2, 30), st.integers(0, 99))
def test_lagged_correlation_is_that_of_the_pairs(n, most, seconds, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, n)) + np.array([[1e3], [-5]])
    values[rng.random(values.shape) < 0.05] = np.nan
    got = lagged_correlation(*values, 10.0, max_lag_s=most / 10)
    expected = [plain_correlation(values, lag) for lag in range(-most, most + 1)]
    np.testing.assert_allclose(got.correlation, expected, atol=1e-9)
    channels = [channel_of(values[0]), channel_of(values[1])]
    cut = run(lagged_correlation, *channels, chunk_s=seconds, max_lag_s=most / 10).result()
    np.testing.assert_allclose(cut.correlation, got.correlation, atol=1e-9)
    np.testing.assert_array_equal(cut.n_pairs, got.n_pairs)


def test_a_delay_is_found():
    rng = np.random.default_rng(0)
    x = np.convolve(rng.normal(size=5000), np.ones(9), "same")
    got = lagged_correlation(x, -np.roll(x, 17), 100.0)
    lag, best = got.best
    assert lag == pytest.approx(0.17)
    assert best == pytest.approx(-1, abs=0.01)
    assert "0.17 s" in repr(got)
    assert len(got.to_frame()) == 201


def test_bad_and_flat_input_of_lagged_correlation():
    with pytest.raises(InvalidInputError, match="same sample times"):
        lagged_correlation(np.ones(8), np.ones(9), 10.0)
    with pytest.raises(InvalidInputError, match="max_lag_s"):
        lagged_correlation(*np.ones((2, 9)), 10.0, max_lag_s=0)
    for values in (np.ones((2, 100)), np.full((2, 100), np.nan), np.empty((2, 0))):
        got = lagged_correlation(*values, 10.0)
        assert not got.enough
        assert math.isnan(got.best[1])
