"""What a signal must be: shapes, rates, numbers, and the stretches without NaN."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    bridged_stretches,
    checked_choice,
    checked_fs,
    checked_integer,
    checked_number,
    checked_pair,
    checked_signal,
    finite_stretches,
    not_enough,
)
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError


def test_a_signal_becomes_float64_and_is_not_written_to():
    given_values = np.array([1, 2, 3], np.int16)
    signal = checked_signal(given_values)
    assert signal.dtype == np.float64
    infinite = np.array([1.0, np.inf, -np.inf])
    np.testing.assert_array_equal(checked_signal(infinite), [1, np.nan, np.nan])
    assert np.isinf(infinite[1])
    masked = np.ma.masked_array([1, 2, 3], [False, True, False])
    np.testing.assert_array_equal(checked_signal(masked), [1, np.nan, 3])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((2, 3)), "has the shape (2, 3)"),
        (3.0, "has the shape ()"),
        (["a", "b"], "not real numbers"),
        ([1j, 2], "not real numbers"),
        ([[1], [1, 2]], "is not an array of numbers"),
        (None, "not real numbers"),
    ],
)
def test_what_is_no_signal_is_refused(values, words):
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        checked_signal(values)


def test_a_channel_is_not_an_array():
    channel = Recording.from_arrays({"ECG": np.zeros(5)}, 10.0)["ECG"]
    with pytest.raises(InvalidInputError, match=r"channel.read\(0, channel.n_samples\)"):
        checked_signal(channel)


@pytest.mark.parametrize("fs", [None, 0, -1, np.nan, np.inf, "fast", "250", b"5", True, 5j, 2e6])
def test_absurd_rates_are_refused(fs):
    with pytest.raises(InvalidInputError, match=r"fs|sampling rate"):
        checked_fs(fs)


def test_a_rate_too_low_says_why():
    with pytest.raises(InvalidInputError, match=r"at least 50 Hz are needed .a QRS"):
        checked_fs(10, 50, "a QRS complex lasts about 0.1 s")
    assert checked_fs(50, 50) == 50


def test_numbers_within_bounds():
    assert checked_number(3, "order") == 3
    for value in (np.nan, None, 0, 11):
        with pytest.raises(InvalidInputError, match=re.escape(f"order={value!r}")):
            checked_number(value, "order", 0, 10, open_low=True)
    with pytest.raises(InvalidInputError, match="from 1 up Hz"):
        checked_number(0, "low", 1, unit="Hz")
    with pytest.raises(InvalidInputError, match="up to 2"):
        checked_number(3, "low", high=2)


def test_a_choice_lists_what_there_is():
    assert checked_choice("a", "method", ("a", "b")) == "a"
    with pytest.raises(InvalidInputError, match="'a', 'b'"):
        checked_choice(["a"], "method", ("a", "b"))


@given(hnp.arrays(bool, st.integers(0, 60)))
def test_finite_stretches_are_the_samples_that_are_numbers(finite):
    values = np.where(finite, 1.0, np.nan)
    rows = finite_stretches(values)
    covered = np.zeros(len(values), bool)
    for i0, i1 in rows:
        assert i0 < i1
        assert not covered[i0:i1].any()
        covered[i0:i1] = True
    np.testing.assert_array_equal(covered, finite)
    assert np.all(rows[1:, 0] > rows[:-1, 1])
    np.testing.assert_array_equal(finite_stretches(np.stack([values, np.ones_like(values)])), rows)


def test_valid_signal_in_words():
    assert str(ValidSignal(30.0, 60.0)) == "30 s of 1 min (50.0 %)"
    assert ValidSignal(0.0, 0.0).share == 0
    assert not_enough("no beats").startswith("not enough valid signal")


@pytest.mark.parametrize(
    "value",
    [10**400, np.array([5.0]), [5.0], 5 + 0j, np.complex128(5), None, True, np.True_, "5", b"5",
     np.str_("5"), np.array(True), np.array("5"), np.ma.masked],
)  # fmt: skip
def test_what_only_looks_like_a_number_is_refused(value):
    with pytest.raises(InvalidInputError, match="window="):
        checked_number(value, "window", 0, 10)
    with pytest.raises(InvalidInputError, match="window="):
        checked_integer(value, "window", 0, 10)
    with pytest.raises(InvalidInputError, match="window="):
        checked_pair((0, value), "window", "two numbers")


@pytest.mark.parametrize(
    "value", [5, 5.0, np.int8(5), np.float32(5), np.array(5), np.array(5.0), Fraction(5)]
)
def test_real_numbers_of_any_type_are_numbers(value):
    assert checked_number(value, "window", 0, 10) == 5
    assert checked_integer(value, "window", 0, 10) == 5
    assert checked_fs(value) == 5


@pytest.mark.parametrize("values", [np.ma.array(["a"]), np.ma.array([1j], mask=[True])])
def test_masked_arrays_of_other_things_are_refused(values):
    with pytest.raises(InvalidInputError, match="not real numbers"):
        checked_signal(values)


def test_short_holes_are_bridged_and_long_ones_end_a_stretch():
    values = np.array([np.nan, 0, 1, np.nan, 3, np.nan, np.nan, np.nan, 7, 8])
    found = bridged_stretches(values, 2)
    assert [a for a, _ in found] == [1, 8]
    np.testing.assert_allclose(found[0][1], [0, 1, 2, 3])
    np.testing.assert_allclose(found[1][1], [7, 8])
    assert np.isnan(values[3])
    assert bridged_stretches(np.full(5, np.nan), 2) == []
