"""Sums, differences and multiples of channels."""

from __future__ import annotations

import operator
import pickle
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.arithmetic import weighted_sum
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.errors import InvalidInputError

RNG = np.random.default_rng(5)
# Sums and halves of these numbers are exact, in any order.
X, Y, Z = RNG.integers(-(1 << 20), 1 << 20, (3, 1000)) / 64
START = datetime(2024, 3, 1, 22, 10, tzinfo=UTC)


def recording(units="µV", **arrays):
    marks = Annotations([1.0], ["arousal"], [2.0])
    given = arrays or {"C3": X, "A1": Y, "A2": Z}
    return Recording.from_arrays(given, 100.0, units=units, start=START, annotations=marks)


def values(channel):
    return channel.read(0, channel.n_samples)


@pytest.mark.parametrize(
    ("compute", "name"),
    [
        (lambda c, a, b: c - b, "C3 - A2"),
        (lambda c, a, b: c + a, "C3 + A1"),
        (lambda c, a, b: (a + b) / 2, "(A1 + A2) / 2"),
        (lambda c, a, b: c - (a + b) / 2, "C3 - (A1 + A2) / 2"),
        (lambda c, a, b: c - (a - b), "C3 - (A1 - A2)"),
        (lambda c, a, b: 2 * c, "2 * C3"),
        (lambda c, a, b: c * np.float64(0.25), "C3 * 0.25"),
        (lambda c, a, b: np.float32(0.5) * c, "0.5 * C3"),
        (lambda c, a, b: -(c - a), "-(C3 - A1)"),
        (lambda c, a, b: c - 1.5, "C3 - 1.5"),
        (lambda c, a, b: 1.5 - c, "1.5 - C3"),
        (lambda c, a, b: 2 * (c + 1), "2 * (C3 + 1)"),
        (lambda c, a, b: +c, "C3"),
        (lambda c, a, b: sum([c, a, b]), "C3 + A1 + A2"),
    ],
)
def test_operators_equal_those_of_numpy(compute, name):
    rec = recording()
    got = compute(rec["C3"], rec["A1"], rec["A2"])
    if isinstance(got, Channel):
        assert got.name == name
    np.testing.assert_array_equal(values(got), compute(X, Y, Z))
    assert got.units == "µV"
    assert Recording("shown", [got]).start == START
    assert Recording("shown", [got]).annotations.text.tolist() == ["arousal"]


def test_division_by_any_number_equals_numpy_to_rounding():
    np.testing.assert_allclose(values(recording()["C3"] / 3), X / 3, rtol=4e-16)


def test_a_result_can_be_an_operand_and_the_same_channel_counts_once():
    rec = recording()
    back = (rec["C3"] - rec["A2"]) + rec["A2"]
    assert len(back.samples.terms) == 2
    np.testing.assert_array_equal(values(back), X)


def test_stored_integers_are_scaled_and_missing_ones_are_nan():
    native = np.array([-32768, 5, 7], np.int16)
    base = regular(10.0, 3)
    one = Channel("a", ArraySamples(native), base, "mV", gain=0.5, offset=1, missing=-32768)
    other = Channel("b", ArraySamples(np.array([1.0, np.nan, 3.0])), base, "mV")
    np.testing.assert_array_equal(values(one + other), [np.nan, np.nan, 7.5])
    np.testing.assert_array_equal(values(one - one), [np.nan, 0, 0])


@pytest.mark.parametrize(
    ("units", "factor"),
    [(("mV", "µV"), 1e-3), (("uV", "mV"), 1e3), (("µV", "uV"), 1), (("V", "nV"), 1e-9),
     (("mV", "millivolts"), 1), (("mmHg", "mmHg"), 1), (("", ""), 1)],
)  # fmt: skip
def test_voltages_are_converted_to_the_units_of_the_first_channel(units, factor):
    rec = recording(dict(zip("ab", units, strict=True)), a=X, b=Y)
    got = rec["a"] - rec["b"]
    assert got.units == units[0]
    np.testing.assert_allclose(values(got), X - factor * Y, rtol=1e-14)


@pytest.mark.parametrize("units", [("mV", ""), ("mV", "mmHg"), ("", "%"), ("mV", "MV")])
def test_other_units_are_refused(units):
    rec = recording(dict(zip("ab", units, strict=True)), a=X, b=Y)
    with pytest.raises(InvalidInputError, match=r"'a' \(.*'b' \(.*different units"):
        rec["a"] + rec["b"]


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        (lambda c: c * c, "cannot be multiplied by a channel"),
        (lambda c: c / c, "cannot be divided by a channel"),
        (lambda c: c / 0, "cannot be divided by 0"),
        (lambda c: c * float("nan"), "finite"),
        (lambda c: c + "A2", "'A2' cannot be added to a channel"),
        (lambda c: "A2" - c, "'A2' cannot be subtracted from a channel"),
        (lambda c: np.ones(1000) * c, "cannot be multiplied by a channel"),
        (lambda c: c * True, "True cannot be multiplied by a channel"),
        (lambda c: c / None, "cannot be divided by None"),
    ],
)
def test_what_is_not_linear_is_refused(compute, words):
    with pytest.raises(InvalidInputError, match=words):
        compute(recording()["C3"])


def test_rates_and_times_that_differ_are_refused_with_a_way_out():
    rec = Recording.from_arrays({"a": X, "b": Y}, {"a": 100.0, "b": 50.0})
    with pytest.raises(InvalidInputError, match=r"100 Hz.*50 Hz.*resample_signal"):
        rec["a"] - rec["b"]
    shifted = Channel("c", ArraySamples(Y), regular(100.0, 1000, start=0.004))
    with pytest.raises(InvalidInputError, match=r"0\.4 of a sample interval apart.*resample"):
        rec["a"] - shifted
    later = Channel("d", ArraySamples(Y), regular(100.0, 1000, start=50.0))
    with pytest.raises(InvalidInputError, match="no samples at the same time"):
        rec["a"] - later


@st.composite
def gapped(draw, name):
    """A channel at 8 Hz whose runs are at random multiples of the sample interval."""
    runs, at = [], draw(st.integers(0, 20))
    for _ in range(draw(st.integers(1, 6))):
        n = draw(st.integers(1, 15))
        runs.append((at / 8, n))
        at += n + draw(st.sampled_from([0, 1, 2, 9]))
    base = from_runs(8.0, runs)
    seed = draw(st.integers(0, 1 << 30))
    samples = np.random.default_rng(seed).normal(size=base.n_samples)
    samples[samples > 1.5] = np.nan
    return Channel(name, ArraySamples(samples), base)


@given(gapped("a"), gapped("b"), gapped("c"), st.data())
def test_the_result_has_the_samples_that_all_channels_have(a, b, c, data):
    def by_time(channel):
        n = channel.n_samples
        ticks = np.round(channel.timebase.times(0, n) * 8).astype(int)
        return dict(zip(ticks.tolist(), channel.read(0, n).tolist(), strict=True))

    wanted = {
        t: x - y + 2 * by_time(c)[t]
        for t, x in by_time(a).items()
        if (y := by_time(b).get(t)) is not None and t in by_time(c)
    }
    if not wanted:
        with pytest.raises(InvalidInputError, match="no samples at the same time"):
            a - b + 2 * c
        return
    made = a - b + 2 * c
    got = by_time(made)
    assert got.keys() == wanted.keys()
    np.testing.assert_allclose(list(got.values()), list(wanted.values()), rtol=1e-12, atol=1e-12)
    i0 = data.draw(st.integers(0, made.n_samples))
    i1 = data.draw(st.integers(i0, made.n_samples))
    np.testing.assert_array_equal(made.read(i0, i1), values(made)[i0:i1])


def test_reading_a_stretch_needs_memory_for_the_stretch_only():
    n = 20_000_000
    source = np.zeros(n, np.int16)
    rec = Recording.from_arrays({"a": source, "b": source}, 1000.0)
    tracemalloc.start()
    try:
        made = (rec["a"] - rec["b"]) / 2
        made.window(5000.0, 5010.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


def test_details_are_those_that_all_channels_have():
    base = regular(10.0, 2)
    one = Channel("a", ArraySamples(np.ones(2)), base, details={"filter": "HP", "site": "left"})
    two = Channel("b", ArraySamples(np.ones(2)), base, details={"filter": "HP", "site": "right"})
    assert (one - two).details == {"filter": "HP", "processed": "a - b"}


def test_a_derived_channel_can_be_pickled_and_analysed():
    rec = recording()
    made = rec["C3"] - rec["A2"]
    np.testing.assert_array_equal(values(pickle.loads(pickle.dumps(made))), X - Z)
    got = vw.analysis.highpass(made, lowcut=1.0)
    alone = vw.analysis.highpass(X - Z, 100.0, lowcut=1.0)
    np.testing.assert_allclose(got.values, alone.values, atol=1e-12)


def test_weights_and_channels_of_several_recordings():
    one, two = recording(a=X), recording(b=Y)
    two.origin.name = "day"
    made = weighted_sum([one["a"], two["b"]], [0.5, -0.25], "mixed")
    np.testing.assert_array_equal(values(made), 0.5 * X - 0.25 * Y)
    shown = Recording("shown", [made])
    assert shown.start is None  # each has marks of its own
    assert any("start and annotations are not used" in note for note in shown.notes)


@pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
def test_operators_in_place_leave_the_channel_of_the_recording(op):
    rec = recording()
    channel = rec["C3"]
    channel = op(channel, 2)
    np.testing.assert_array_equal(values(rec["C3"]), X)
    assert channel is not rec["C3"]
