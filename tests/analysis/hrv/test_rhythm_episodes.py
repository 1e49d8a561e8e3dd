"""Pauses, bradycardia and tachycardia of known rhythms."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import Beats, ecg_peaks, rhythm_episodes
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import noisy_ecg


def times_of(*parts):
    return np.cumsum(np.concatenate([[0.0], *(np.full(n, rr) for n, rr in parts)]))


def beats_of(times, stretch):
    return Beats(
        times=times, samples=np.round(times * 250).astype(np.int64), fs=250.0, stretch=stretch
    )


def test_each_kind_is_found_where_it_is():
    times = times_of((30, 0.8), (20, 1.4), (40, 0.5), (1, 2.5), (20, 0.8))
    found = rhythm_episodes(times)
    assert list(found.kind) == ["bradycardia", "tachycardia", "pause"]
    np.testing.assert_allclose(found.onset, [24.0, 52.0, 72.0])
    np.testing.assert_allclose(found.end, [52.0, 72.0, 74.5])
    np.testing.assert_array_equal(found.n_beats, [21, 41, 2])
    np.testing.assert_allclose(found.rate, [60 / 1.4, 120.0, 24.0])
    np.testing.assert_allclose(found.extreme_ms, [1400, 500, 2500])
    marks = found.annotations()
    assert list(marks.text) == list(found.kind)
    np.testing.assert_allclose(marks.duration, found.end - found.onset)


def test_thresholds_are_limits_that_must_be_passed():
    times = times_of((10, 0.8), (1, 2.0), (10, 0.8))
    assert len(rhythm_episodes(times)) == 0
    times = times_of((10, 0.8), (1, 2.5), (10, 0.8))
    assert len(rhythm_episodes(times)) == 1
    assert len(rhythm_episodes(times, pause_s=3)) == 0


def test_a_run_that_is_too_short_is_no_episode():
    assert len(rhythm_episodes(times_of((30, 0.8), (15, 0.5), (30, 0.8)))) == 0
    assert len(rhythm_episodes(times_of((30, 0.8), (16, 0.5), (30, 0.8)))) == 1
    short = times_of((30, 0.8), (15, 0.5), (30, 0.8))
    assert len(rhythm_episodes(short, min_tachycardia_beats=10)) == 1


def test_one_premature_beat_neither_makes_nor_ends_an_episode():
    times = times_of((20, 1.3), (1, 0.7), (1, 1.9), (20, 1.3))
    found = rhythm_episodes(times)
    assert list(found.kind) == ["bradycardia"]
    assert found.n_beats[0] == len(times)


def test_nothing_goes_across_a_gap():
    times = np.concatenate([times_of((30, 1.4)), 100 + times_of((30, 1.4))])
    stretch = np.repeat([0, 1], 31)
    found = rhythm_episodes(beats_of(times, stretch))
    assert list(found.kind) == ["bradycardia", "bradycardia"]
    assert found.n_intervals == 60
    found = rhythm_episodes(times)
    assert "pause" in found.kind
    assert "pause" not in rhythm_episodes(times, max_gap_s=20).kind


@pytest.mark.parametrize("times", [[], [1.0]])
def test_too_few_beats_say_so(times):
    found = rhythm_episodes(times)
    assert not found.enough
    assert found.to_frame().empty
    repr(found)


@pytest.mark.parametrize(
    ("beats", "more", "words"),
    [
        ([2.0, 1.0], {}, "sort the beats"),
        ([100, 300, 500, 700], {}, "seconds"),
        ([1.0, 2.0], {"bradycardia": 120}, "not below"),
        ([1.0, 2.0], {"pause_s": -1}, "pause_s"),
        ([1.0, np.nan], {}, "NaN"),
    ],
)
def test_impossible_input_is_refused(beats, more, words):
    with pytest.raises(InvalidInputError, match=words):
        rhythm_episodes(beats, **more)


def test_a_channel_finds_its_beats_first():
    made = noisy_ecg(120, 250, rate=130, irregular=0.01, seed=1)
    channel = Recording.from_arrays({"ECG": made.values}, 250)["ECG"]
    found = rhythm_episodes(channel)
    assert list(found.kind) == ["tachycardia"]
    assert found.notes == ("beats found by ecg_peaks (slope)",)
    assert found.to_frame().equals(rhythm_episodes(ecg_peaks(channel)).to_frame())
    assert found.valid.seconds == pytest.approx(120)
    assert found.recipe.run().to_frame().equals(found.to_frame())
    marks = ecg_peaks(channel).annotations()
    assert rhythm_episodes(marks).to_frame().equals(found.to_frame())


def test_the_recipe_makes_it_again():
    found = rhythm_episodes(times_of((30, 1.4)))
    assert found.recipe.run().to_frame().equals(found.to_frame())
