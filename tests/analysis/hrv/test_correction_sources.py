"""What correction takes, and what it decides about beats whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.beats.beat_series import Intervals
from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.errors import InvalidInputError


def heart(n: int = 900, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rr = 0.85 + 0.03 * np.sin(0.27 * np.arange(n)) + 0.012 * rng.normal(size=n)
    return 1 + np.cumsum(rr)


def test_an_early_beat_is_ectopic_and_the_beats_around_it_are_not():
    beats = heart()
    places = np.arange(50, 850, 25)
    early = beats.copy()
    early[places] -= 0.3
    got = correct_beats(early)
    assert np.all(got.decision[places] == "ectopic")
    around = np.concatenate([places - 1, places + 1])
    assert np.mean(got.decision[around] == "normal") > 0.95
    np.testing.assert_allclose(got.times[places], beats[places], atol=0.06)
    normal = got.decision == "normal"
    np.testing.assert_array_equal(got.times[normal], beats[normal])


def test_late_beats_too():
    beats = heart()
    places = np.arange(50, 850, 25)
    late = beats.copy()
    late[places] += 0.3
    assert np.mean(correct_beats(late).decision[places] == "ectopic") == 1


def test_excluding_leaves_out_both_intervals_of_an_ectopic_beat():
    early = heart()
    early[400] -= 0.3
    got = correct_beats(early, method="exclude")
    ends = got.intervals().times
    assert early[400] not in ends
    assert early[401] not in ends
    assert early[399] in ends


def test_labels_alone_leave_out_what_begins_or_ends_with_an_odd_beat():
    beats = heart(50)
    labels = ["N"] * 50
    labels[10], labels[11], labels[30] = "V", "V", "A"
    nn = correct_beats(beats, method="labels", labels=labels).intervals()
    left_out = np.setdiff1d(np.arange(1, 50), np.searchsorted(beats, nn.times - 1e-9))
    np.testing.assert_array_equal(left_out, [10, 11, 12, 30, 31])
    assert len(np.unique(nn.stretch)) == 3
    with pytest.raises(InvalidInputError, match="give labels="):
        correct_beats(beats, method="labels")
    labels[5] = "+"
    with pytest.raises(InvalidInputError, match=r"unknown label .\+. of a beat; available"):
        correct_beats(beats, labels=labels)


def test_intervals_are_as_good_as_their_beats():
    beats = heart(400)
    beats[[100, 300]] -= 0.3
    of_beats = correct_beats(beats)
    times = np.concatenate([beats[1:200], beats[220:]])
    ms = np.concatenate([np.diff(beats[:200]), np.diff(beats[219:])]) * 1000
    whole = Intervals(np.diff(beats) * 1000, beats[1:], np.zeros(399, int))
    np.testing.assert_allclose(correct_beats(whole).times, of_beats.times)
    np.testing.assert_array_equal(correct_beats(whole).decision, of_beats.decision)
    broken = correct_beats(Intervals(ms, times, np.repeat([0, 1], [199, 180])))
    np.testing.assert_allclose(broken.original, np.concatenate([beats[:200], beats[219:]]))
    assert len(np.unique(broken.stretch)) == 2
    assert len(correct_beats(whole.where(np.zeros(399, bool)))) == 0


@pytest.mark.parametrize("scale", [1000, 250, 0.01])
def test_times_in_other_units_are_refused(scale):
    with pytest.raises(InvalidInputError, match="in seconds"):
        correct_beats(heart(100) * scale)


@pytest.mark.parametrize("beats", [[np.nan, 1.0], [1.0, 1.0], [[1.0, 2.0]], [3.0, 2.0, 1.0]])
def test_what_are_no_beats_is_refused(beats):
    with pytest.raises(InvalidInputError):
        correct_beats(beats)


def test_extra_beats_are_no_anchors():
    beats = heart()
    spoilt = beats.copy()
    spoilt[500] -= 0.3
    spoilt = np.sort(np.concatenate([spoilt, [beats[502] + 0.4]]))
    got = correct_beats(spoilt)
    assert len(got) == len(beats)
    assert np.abs(got.times - beats).max() < 0.06
