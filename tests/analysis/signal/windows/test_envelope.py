"""Hilbert and RMS envelopes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import envelope, lazy, run
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError


def channel_of(values, fs=10.0):
    return Channel("x", ArraySamples(np.asarray(values)), from_runs(fs, [(0.0, len(values))]))


def with_gaps(n, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    for i in rng.integers(0, n, 2):
        values[i : i + rng.integers(1, 9)] = np.nan
    return values


def test_the_envelope_is_that_of_scipy():
    from scipy.signal import hilbert

    fs = 200.0
    t = np.arange(int(60 * fs)) / fs
    truth = 2 + np.sin(2 * np.pi * 0.2 * t)
    x = truth * np.sin(2 * np.pi * 10 * t)
    got = envelope(x, fs, min_frequency=2.0)
    inside = slice(400, -400)
    np.testing.assert_allclose(got.values[inside], truth[inside], atol=4e-4)
    np.testing.assert_allclose(got.values[inside], np.abs(hilbert(x))[inside], atol=1e-3)
    for f in (2.0, 50.0, 98.0):
        wave = np.sin(2 * np.pi * f * t + 0.4)
        flat = envelope(wave, fs, min_frequency=2.0).values[inside]
        np.testing.assert_allclose(flat, 1, atol=1.5e-4)
    assert "Hilbert" in repr(got)


@settings(max_examples=40)
@given(
    st.integers(1, 300),
    st.sampled_from(["hilbert", "rms"]),
    st.floats(0.1, 30),
    st.integers(0, 99),
)
def test_the_envelope_is_the_same_in_any_pieces(n, method, seconds, seed):
    values = with_gaps(n, seed)
    parameters = {"method": method, "min_frequency": 1.0, "window_s": 1.5}
    whole = envelope(values, 10.0, **parameters)
    cut = run(envelope, channel_of(values), chunk_s=seconds, **parameters).result()
    np.testing.assert_array_equal(cut.times(), whole.times())
    np.testing.assert_allclose(cut.values, whole.values, atol=1e-9 * 5)
    np.testing.assert_array_equal(np.isnan(whole.values), np.isnan(values))
    read = lazy(envelope, channel_of(values), **parameters).read(n // 3, n)
    np.testing.assert_allclose(read, whole.values[n // 3 :], atol=1e-9 * 5)


def test_moving_rms_of_known_values():
    x = np.array([3.0, 4.0, 0.0, np.nan, 2.0, 2.0])
    got = envelope(x, 1.0, method="rms", window_s=2).values
    expected = [
        math.sqrt(12.5),
        math.sqrt(25 / 3),
        math.sqrt(8),
        math.nan,
        2,
        2,
    ]
    np.testing.assert_allclose(got, expected)


def test_bad_and_empty_input_of_the_envelope():
    for values in ([], np.full(50, np.nan)):
        assert not envelope(values, 10.0).enough
    for bad in ({"min_frequency": 5}, {"min_frequency": 0}, {"method": "x"}, {"window_s": -1}):
        with pytest.raises(InvalidInputError):
            envelope(np.ones(50), 10.0, **bad)
    with pytest.raises(InvalidInputError, match="too long"):
        envelope(np.ones(50), 1e5, min_frequency=1e-3)
