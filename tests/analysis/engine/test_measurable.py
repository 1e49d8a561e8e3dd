"""Numbers that no instrument measures are missing samples, not overflows."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.analysis import ecg_peaks, power_spectrum, signal_statistics
from vital_widgets.analysis.engine.source import signal_of, signals_of
from vital_widgets.analysis.engine.validity import LARGEST, measurable


def test_nothing_is_copied_where_all_can_be_measured():
    for values in (np.arange(9.0), np.array([1.0, np.nan]), np.ones((2, 3)), np.empty(0)):
        assert measurable(values) is values
    strided = np.arange(10.0)[::2]
    assert measurable(strided) is strided


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 2 * LARGEST, -1.7e308])
def test_what_cannot_be_measured_is_missing(bad):
    x = np.array([1.0, bad, np.nan, LARGEST])
    np.testing.assert_array_equal(signal_of(x, 1.0).values(), [1.0, np.nan, np.nan, LARGEST])
    both = signals_of(np.stack([x, np.ones(4)]), 1.0).values()
    np.testing.assert_array_equal(both[:, 1], [np.nan, 1.0])
    assert x[1] == bad  # the caller's array
    stored = vw.Recording.from_arrays({"ECG": x}, fs=1.0)["ECG"]
    np.testing.assert_array_equal(signal_of(stored).values(), signal_of(x, 1.0).values())


@pytest.mark.parametrize("size", [1e100, 1e160, 1e300])
def test_analyses_say_that_nothing_can_be_used(size):
    x = np.random.default_rng(0).normal(size=10_000) * size
    for function in (ecg_peaks, power_spectrum):
        result = function(x, 100.0)  # a warning would fail the test
        assert not result.enough
    assert signal_statistics(x, 100.0).valid.share < 1e-3


def test_the_rest_of_a_signal_is_analysed():
    x = np.random.default_rng(0).normal(size=10_000)
    x[5000] = 1e300
    assert signal_statistics(x, 100.0).valid.seconds == pytest.approx(99.99)
