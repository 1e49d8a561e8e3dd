"""Correction of beats: decisions as the reference's, known artefacts found, truth restored."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.beats.beat_series import Beats
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.hrv.correct_beats import correct_beats
from vital_widgets.analysis.hrv.hrv import hrv_time
from vital_widgets.analysis.hrv.lipponen import classify
from vital_widgets.errors import InvalidInputError


def heart(n: int = 1200, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rr = 0.8 + 0.04 * np.sin(0.3 * np.arange(n)) + 0.015 * rng.normal(size=n)
    return np.round(1 + np.cumsum(rr), 3)


def spoilt(seed: int = 0):
    """Beats with known artefacts, apart from each other."""
    rng = np.random.default_rng(seed)
    beats = heart(seed=seed)
    places = np.arange(30, 1170, 15) + rng.integers(0, 5, 76)
    kinds = np.resize(["ectopic", "missed", "extra"], len(places))
    times = beats.copy()
    times[places[kinds == "ectopic"]] -= 0.25
    extra = beats[places[kinds == "extra"]] + 0.4
    times = np.delete(times, places[kinds == "missed"])
    return beats, np.sort(np.concatenate([times, extra])), places, kinds


@pytest.mark.parametrize("seed", range(4))
def test_decisions_are_those_of_the_reference(seed):
    _, found, _, _ = spoilt(seed)
    peaks = np.round(found * 1000).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

        theirs, _ = neurokit2.signal_fixpeaks(
            peaks, sampling_rate=1000, method="Kubios", iterative=False
        )
    ours = classify(peaks / 1000)
    names = {"ectopic": "ectopic", "missed": "missed", "extra": "extra", "longshort": "long-short"}
    for name, kind in names.items():
        np.testing.assert_array_equal(np.unique(theirs[name]), ours[kind], err_msg=kind)


def test_known_artefacts_are_found_and_the_truth_comes_back():
    beats, found, places, kinds = spoilt()
    got = correct_beats(found)
    assert got.counts["missed"] == (kinds == "missed").sum()
    assert got.counts["extra"] == (kinds == "extra").sum()
    odd = got.original[np.isin(got.decision, ["ectopic", "long-short"])]
    moved = beats[places[kinds == "ectopic"]] - 0.25
    assert np.isin(np.round(moved, 3), np.round(odd, 3)).mean() > 0.95
    assert len(got) == len(beats)
    assert np.abs(got.times - beats).max() < 0.06
    true, raw, corrected = (hrv_time(x)["rmssd"] for x in (
        np.diff(beats) * 1000, np.diff(found) * 1000, got))  # fmt: skip
    assert raw > 3 * true
    assert corrected == pytest.approx(true, rel=0.15)
    assert got.corrected_share > 0.05
    assert "should not be interpreted" in got.notes[0]


def test_the_decision_is_kept_for_each_beat():
    _, found, _, kinds = spoilt()
    got = correct_beats(found)
    frame = got.to_frame()
    assert (frame["decision"] == "extra").sum() == (kinds == "extra").sum()
    assert frame.loc[frame["decision"] == "extra", "corrected"].isna().all()
    assert frame.loc[frame["decision"] == "missed", "original"].isna().all()
    given_back = np.sort(frame["original"].dropna())
    np.testing.assert_allclose(given_back, found)  # no beat is lost
    marks = got.annotations("ECG")
    assert len(marks) == (frame["decision"] != "normal").sum()
    assert "extra" in repr(got)
    assert got.recipe.run().counts == got.counts


def test_clean_beats_stay_as_they_are():
    beats = heart()
    got = correct_beats(beats)
    assert got.corrected_share < 0.015  # the method's own false alarms in a lively rhythm
    normal = got.decision == "normal"
    np.testing.assert_array_equal(got.times[normal], got.original[normal])
    even = correct_beats(np.arange(200) * 0.8)
    assert even.corrected_share == 0


def test_excluding_moves_nothing():
    _, found, _, _ = spoilt()
    got = correct_beats(found, method="exclude")
    np.testing.assert_array_equal(got.times, np.setdiff1d(found, got.removed))
    nn = got.intervals()
    assert np.abs(nn.ms - 800).max() < 150
    assert len(np.unique(nn.stretch)) > 60
    assert correct_beats(found, method="none").corrected_share == 0


def test_labels_of_an_annotator_count():
    beats = heart()
    labels = np.full(len(beats), "N", object)
    labels[[100, 400]] = "V"
    got = correct_beats(beats, labels=labels)
    assert got.decision[100] == "ectopic"
    assert got.decision[400] == "ectopic"
    assert got.counts["ectopic"] <= correct_beats(beats).counts["ectopic"] + 2


def test_gaps_are_boundaries():
    a, b = heart(400, 1), heart(400, 2) + 3000
    times = np.concatenate([a, b])
    beats = Beats(
        times=times, samples=np.arange(800), fs=1.0, stretch=np.repeat([0, 1], 400), source="ecg"
    )
    got = correct_beats(beats)
    parts = [correct_beats(x) for x in (a, b)]
    np.testing.assert_allclose(got.times, np.concatenate([p.times for p in parts]))
    assert got.intervals().ms.max() < 2000
    pause = correct_beats(times)  # an array says nothing of gaps, 2,700 s do
    np.testing.assert_allclose(pause.times, got.times)
    usable = Stretches([0, 3100], [200, 3300])
    kept = correct_beats(beats, usable=usable)
    assert usable.cover(kept.original[np.isfinite(kept.original)]).all()


@settings(max_examples=40)
@given(st.lists(st.floats(0.05, 3.0), min_size=0, max_size=60), st.integers(0, 9))
def test_any_beats_give_rising_times_and_lose_none(steps, seed):
    rng = np.random.default_rng(seed)
    times = np.cumsum(np.array([1.0, *steps]) * rng.uniform(0.9, 1.1, len(steps) + 1))
    got = correct_beats(times)
    assert np.all(np.diff(got.times) > 0)
    assert len(got.removed) + np.isfinite(got.original).sum() == len(times)


def test_bad_input():
    with pytest.raises(InvalidInputError, match="does not rise"):
        correct_beats([2.0, 1.0])
    with pytest.raises(InvalidInputError, match="choose one of 'lipponen2019'"):
        correct_beats([1.0, 2.0], method="magic")
    with pytest.raises(InvalidInputError, match="one label per beat"):
        correct_beats([1.0, 2.0], labels=["N"])
    assert not correct_beats([]).enough
    assert not correct_beats([1.0]).enough
