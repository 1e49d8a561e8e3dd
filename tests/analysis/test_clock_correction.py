"""Recordings on another clock, and two signals at the same times."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError


def test_offset_and_drift_are_taken_out_of_all_times():
    marks = Annotations([1001.6], ["tap"], [2.0])
    rec = vw.Recording.from_arrays(
        {"a": np.arange(200_000.0), "b": np.arange(100_000.0)}, fs={"a": 100, "b": 50},
        annotations=marks,
    )  # fmt: skip
    made = analysis.correct_clock(rec, offset_s=1.5, ppm=100.0)
    base = made["a"].timebase
    for true in (0.0, 700.0, 1900.0):
        shown = true * (1 + 100e-6) + 1.5  # on the second clock
        value = made["a"].read(0, 200_000)[base.index_at(true + 1e-9)]
        assert value == pytest.approx(shown * 100, abs=1.5)
    assert made.annotations.onset[0] == pytest.approx(1000.0, abs=1e-3)
    assert made["b"].origin is made["a"].origin
    assert made["a"].dtype == rec["a"].dtype


def test_the_drift_that_was_measured_is_corrected():
    rng = np.random.default_rng(0)
    beats = np.cumsum(rng.normal(0.85, 0.05, 4000))
    drift = analysis.clock_drift(beats, beats * (1 + 50e-6) + 2)
    rec = vw.Recording.from_arrays({"a": np.zeros(1000)}, fs=10.0)
    assert analysis.correct_clock(rec, drift)["a"].start == pytest.approx(-2.0, abs=0.01)


def test_mistakes_are_told():
    rec = vw.Recording.from_arrays({"a": np.zeros(1000)}, fs=10.0)
    with pytest.raises(InvalidInputError, match="either drift"):
        analysis.correct_clock(rec)
    with pytest.raises(InvalidInputError, match="not a recording"):
        analysis.correct_clock(rec["a"], offset_s=1)
    with pytest.raises(InvalidInputError, match="not a channel"):
        analysis.same_times(rec["a"], np.zeros(5))
    late = analysis.correct_clock(rec, offset_s=-500.0)
    with pytest.raises(InvalidInputError, match="no time in common"):
        analysis.same_times(rec["a"], late["a"])


def test_signals_of_different_rates_are_brought_to_the_lower_one():
    t = np.arange(0, 60, 1 / 250)
    rec = vw.Recording.from_arrays(
        {"fast": np.sin(2 * np.pi * 1.3 * t), "slow": np.zeros(6000)}, fs={"fast": 250, "slow": 100}
    )
    fast, slow = analysis.same_times(rec["fast"], rec["slow"])
    assert fast.fs == slow.fs == 100
    times, values = fast.window(1, 59)
    np.testing.assert_allclose(values, np.sin(2 * np.pi * 1.3 * times), atol=2e-3)
    slow_first = analysis.same_times(rec["slow"], rec["fast"])
    assert [one.name for one in slow_first] == ["slow", "fast"]


def test_gaps_of_one_signal_are_missing_in_it():
    rec = vw.sample(3600, progress=False)
    plain = vw.Recording.from_arrays({"x": np.zeros(3600 * 250)}, fs=250)
    _, filled = analysis.same_times(plain["x"], rec["ECG"])
    assert filled.gaps == []  # its times are those of x
    values = filled.read(0, filled.n_samples)
    ((begin, end),) = rec["ECG"].gaps
    t = np.arange(len(values)) / 250
    np.testing.assert_array_equal(np.isnan(values), (t >= begin) & (t < end))
    known = ~np.isnan(values)
    np.testing.assert_array_equal(values[known], rec["ECG"].read(0, rec["ECG"].n_samples))


def test_intervals_of_matched_beats():
    reference = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    test = np.array([0.02, 1.03, 3.01, 3.5, 4.02, 5.0])  # one missed, one too many
    matched = analysis.match_beats(reference, test)
    mine, theirs = matched.intervals()
    np.testing.assert_allclose(mine, [1000.0, 1000.0])
    np.testing.assert_allclose(theirs, [1010.0, 980.0])
