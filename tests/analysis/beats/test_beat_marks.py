"""No noise mark is taken as a beat, no sample number for a second, no R peak for an interval."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va
from vital_widgets.analysis.beats.beat_marks import BEAT_CODES, OTHER_CODES
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

R = np.cumsum(np.r_[1.0, 0.8 + 0.03 * np.random.default_rng(0).standard_normal(400)])


def test_the_codes_are_those_of_the_wfdb_library() -> None:
    from wfdb.io.annotation import ann_label_table, is_qrs

    table = ann_label_table
    beats = {s for s, code in zip(table.symbol, table.label_store, strict=True) if is_qrs[code]}
    assert beats == BEAT_CODES | {"!"}  # a flutter wave, no beat in PhysioBank's list
    others = {s.strip() for s in table.symbol} - beats - {""}
    assert others <= OTHER_CODES


@pytest.mark.parametrize(
    "mark", ["+", "~", "|", "(AFIB", "(N", "MISSB", "[", "!", "]", "x", "s", '"']
)
def test_marks_that_are_no_beats_are_not_scored(mark: str) -> None:
    texts = ["N", "V"] * 200 + ["N"]
    at = np.r_[R, R[10:20] + 0.3]
    reference = Annotations(at, [*texts, *[mark] * 10])
    made = va.match_beats(reference, R)
    assert (made.tp, made.fn, made.fp) == (401, 0, 0)
    assert made.notes == (f"10 of 411 marks of reference are not beats: {mark!r}",)
    other = va.match_beats(R, reference)
    assert other.fp == 0
    assert "marks of test" in other.notes[0]


def test_a_mark_at_the_time_of_a_beat_is_no_double() -> None:
    reference = Annotations(np.r_[R, R[0]], ["N"] * len(R) + ["+"])
    assert va.match_beats(reference, R).f1 == 1


def test_no_beat_among_the_marks_is_not_enough() -> None:
    made = va.match_beats(Annotations([1.0, 2.0], ["~", "(VFL"]), R)
    assert not made.enough
    assert any("no mark of reference is a beat" in note for note in made.notes)


def test_marks_in_own_words_are_taken_where_they_can_mean_one_thing_only() -> None:
    made = va.match_beats(Annotations(R, ["R peak"] * len(R)), R)
    assert made.f1 == 1
    assert "is taken as a beat" in made.notes[0]
    with pytest.raises(InvalidInputError, match="none of which is one of PhysioBank's codes"):
        va.match_beats(Annotations(R[:2], ["lights off", "cough"]), R)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.round(R * 360), "sample numbers or milliseconds"),
        (np.round(R * 360).astype(int), "integers: give times in seconds"),
        (np.round(R * 1e3), "sample numbers or milliseconds"),
    ],
)
def test_sample_numbers_are_no_seconds(wrong: np.ndarray, words: str) -> None:
    for pair in ((wrong, R), (R, wrong), (wrong, wrong)):
        with pytest.raises(InvalidInputError, match=words):
            va.match_beats(*pair)


def test_places_between_samples_are_no_seconds_either() -> None:
    for pair in ((R * 360, R), (R, R * 360)):
        with pytest.raises(InvalidInputError, match="sample numbers or milliseconds"):
            va.match_beats(*pair)
    assert any("not in seconds" in note for note in va.match_beats(R * 360, R * 360).notes)


def test_rare_beats_may_be_scored_alone() -> None:
    made = va.match_beats(R[::40], R)
    assert made.tp == len(R[::40])


@pytest.mark.parametrize("function", [va.clock_drift, va.beat_delay])
def test_clocks_take_beats_only(function: object) -> None:
    with pytest.raises(InvalidInputError, match="in seconds"):
        function(R * 360, R)  # type: ignore[operator]
    marks = Annotations(np.r_[R, R[5:9] + 0.2], ["N"] * len(R) + ["~"] * 4)
    assert any("not beats" in note for note in function(marks, R).notes)  # type: ignore[operator]


def test_detectors_are_compared_by_beats_only() -> None:
    marks = Annotations(np.r_[R, R[5:9] + 0.3], ["N"] * len(R) + ["|"] * 4)
    made = va.rank_disagreement({"a": marks, "b": R})
    assert len(made.score) == 0
    assert "marks of beats['a'] are not beats" in made.notes[0]


@pytest.mark.parametrize(
    "peaks",
    [R, R * 360, np.round(R * 250), np.round(R[:10] * 360), R * 1000, R + 1000, R[:12] + 300],
)
@pytest.mark.parametrize("function", [va.hrv, va.hrv_time, va.hrv_trend, va.hrv_nonlinear])
def test_peaks_are_no_intervals(peaks: np.ndarray, function: object) -> None:
    with pytest.raises(InvalidInputError, match="look like R peaks"):
        function(peaks)  # type: ignore[operator]


def test_intervals_that_rise_for_a_while_are_intervals() -> None:
    assert va.hrv(np.diff(R) * 1000)["mean_nn"] == pytest.approx(800, abs=5)
    rising = [700.0, 710, 720, 730, 740, 750, 760, 770, 780, 775, 770]
    assert va.hrv_time(rising)["sdnn"] > 0
