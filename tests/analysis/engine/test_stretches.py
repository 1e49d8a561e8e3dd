"""Stretches of time: joined, covered, as masks of samples, as annotations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.engine.stretches import Stretches, usable_in, usable_stretches
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.errors import InvalidInputError


def test_touching_and_overlapping_stretches_are_joined():
    joined = Stretches([5, 0, 1, 8, 3], [6, 2, 3, 8, 3])
    np.testing.assert_array_equal(joined.onset, [0, 5])
    np.testing.assert_array_equal(joined.end, [3, 6])
    assert joined.seconds == 4
    assert len(joined) == 2


@given(hnp.arrays(bool, st.integers(0, 80)), st.sampled_from([1.0, 7.0, 250.0, 1000 / 3]))
def test_a_mask_comes_back(mask, fs):
    stretches = Stretches.of_mask(mask, fs, 12.3)
    np.testing.assert_array_equal(stretches.mask(12.3, fs, len(mask)), mask)
    assert stretches.seconds == pytest.approx(mask.sum() / fs)
    times = 12.3 + (np.arange(len(mask)) + 0.5) / fs
    np.testing.assert_array_equal(stretches.cover(times), mask)


def test_outside_is_the_rest():
    rest = Stretches([1, 5], [2, 6]).outside(0, 10)
    np.testing.assert_array_equal(rest.onset, [0, 2, 6])
    np.testing.assert_array_equal(rest.end, [1, 5, 10])
    assert Stretches([], []).outside(3, 4).seconds == 1
    assert len(Stretches([0], [10]).outside(2, 4)) == 0


def test_as_annotations_and_back():
    marks = Stretches([1, 5], [2, 7]).annotations("artefact", "ECG")
    assert list(marks.text) == ["artefact", "artefact"]
    np.testing.assert_array_equal(marks.duration, [1, 2])
    back = usable_stretches(marks)
    np.testing.assert_array_equal(back.end, [2, 7])
    assert usable_stretches(None) is None


@pytest.mark.parametrize(
    ("onset", "end", "words"),
    [([1, 2], [3], "as many ends"), ([2], [1], "onset <= end"), ([np.nan], [1], "onset <= end")],
)
def test_what_is_no_stretch_is_refused(onset, end, words):
    with pytest.raises(InvalidInputError, match=words):
        Stretches(onset, end)


def used(usable, n=4):
    """Which of some samples at 1 Hz may be used."""
    signal = signal_of(np.arange(float(n)), 1.0, usable)
    return np.isfinite(signal.values()).tolist()


def test_only_usable_samples_stay():
    mask = np.array([True, False, True, True])
    assert used(mask) == mask.tolist()
    assert used(mask.tolist()) == mask.tolist()
    assert used(pd.Series(mask)) == mask.tolist()
    assert used(None) == [True] * 4
    assert used(Annotations([0], ["ok"], [2.0])) == [True, True, False, False]
    for wrong in (mask[:2], mask.astype(int), 3, "all"):
        with pytest.raises(InvalidInputError, match="usable"):
            used(wrong)


def test_a_mask_over_a_gap_is_one_of_samples():
    base = from_runs(10.0, [(0.0, 5), (100.0, 5)])
    mask = np.array([True, False, True, True, True, True, False, True, True, True])
    stretches = usable_in(mask, base)
    assert stretches.cover(base.times(0, 10)).tolist() == mask.tolist()


def test_a_stretch_holds_a_pair_or_not():
    usable = Stretches([0, 10], [5, 20])
    held = usable.hold([0.0, 4, 4, 10, 6], [5.0, 5, 12, 20, 7])
    np.testing.assert_array_equal(held, [True, True, False, True, False])


def test_beats_outside_of_usable_stretches_do_not_count():
    from vital_widgets import analysis

    times = 0.5 + 0.8 * np.arange(124) + 0.02 * (np.arange(124) % 2)  # intervals of 820 and 780 ms
    times = times[(times < 40) | (times > 43)]  # a pause
    usable = Stretches([0, 50], [30, 100])
    assert len(analysis.rhythm_episodes(times).annotations()) == 1
    assert len(analysis.rhythm_episodes(times, usable=usable).annotations()) == 0
    nn = analysis.correct_beats(times, method="none")
    inside = analysis.hrv_nonlinear(nn, groups=("poincare",), usable=usable)
    assert inside.sd1 == pytest.approx(40 / np.sqrt(2), rel=0.02)
    assert analysis.hrv_nonlinear(nn, groups=("poincare",)).sd1 > 100


def test_pulses_outside_of_usable_stretches_have_no_delay():
    from vital_widgets import analysis

    times = np.arange(1.0, 20)
    pulses = analysis.Beats(
        times=times + 0.3, samples=np.arange(19), fs=1.0, stretch=np.zeros(19, int), source="ppg"
    )
    usable = Stretches([0], [10])
    delays = analysis.pulse_arrival_time(times, pulses, point="peak", usable=usable)
    assert len(delays.to_frame()) == 9


@pytest.mark.parametrize("fs", [100.0, 1000 / 3, 1000.0])
def test_a_mask_comes_back_on_a_clock_of_the_epoch(fs):
    mask = np.random.default_rng(0).random(5000) > 0.5
    t0 = 1.7e9 + 0.123
    np.testing.assert_array_equal(Stretches.of_mask(mask, fs, t0).mask(t0, fs, len(mask)), mask)


@pytest.mark.parametrize("fs", [333.3, 128.7, 250.0])
def test_windows_that_touch_to_rounding_are_one_stretch(fs):
    first = np.arange(0, 100_000, 3333)
    stretches = Stretches(12.3 + first / fs, 12.3 + (first + 3332) / fs + 1 / fs)
    assert len(stretches) == 1
    assert len(Stretches([0, 1 + 1e-9], [1, 2])) == 2


def test_annotations_that_say_usable_are_told_from_those_that_say_poor():
    marks = Annotations([0.0, 5.0, 9.0], ["usable", "poor: flat line", "usable"], [5.0, 4.0, 1.0])
    assert usable_stretches(marks).onset.tolist() == [0, 9]
    assert len(usable_stretches(Annotations([0.0], ["poor: flat line"], [9.0]))) == 0
    others = Annotations([0.0, 7.0], ["sleep", "rest"], [5.0, 1.0])
    assert usable_stretches(others).onset.tolist() == [0, 7]


def test_masked_entries_of_a_mask_are_not_usable() -> None:
    given = np.ma.masked_array(np.ones(10, bool), np.arange(10) < 4)
    found = usable_in(given, regular(10.0, 10))
    assert found is not None
    assert (found.onset.tolist(), found.end.tolist()) == ([0.4], [1.0])
