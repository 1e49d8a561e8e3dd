"""A stage for each epoch, from the marks of one reader or two."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

import vital_widgets as vw
from vital_widgets.analysis import hypnogram
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.second_reader import second_reader

STAGES = ["W", "N1", "N2", "N3", "R", "?"]


def marked(*rows: tuple[float, float, str]) -> Annotations:
    onset, duration, text = zip(*rows, strict=True)
    return Annotations(onset, text, duration)


def test_long_marks_are_cut_into_epochs():
    night = hypnogram(
        marked((60, 90, "Sleep stage W"), (150, 60, "Sleep stage 2"), (210, 30, "REM"))
    )
    assert night.onset.tolist() == [60, 90, 120, 150, 180, 210]
    assert night.stage.tolist() == ["W", "W", "W", "N2", "N2", "R"]
    assert night.enough
    assert night.valid.seconds == 180
    assert not night.notes
    assert night.to_frame().columns.tolist() == ["onset", "stage", "conflict"]


def test_epochs_without_a_mark_and_with_a_question_mark_are_unscored():
    night = hypnogram(
        marked((0, 30, "W"), (60, 30, "N1"), (90, 60, "Sleep stage ?"), (150, 30, "N2"))
    )
    assert night.stage.tolist() == ["W", "?", "N1", "?", "?", "N2"]
    assert night.unscored().onset.tolist() == [30, 90, 120]
    assert night.counts == {"W": 1, "N1": 1, "N2": 1, "N3": 0, "R": 0, "?": 3}
    assert night.valid.share == pytest.approx(0.5)


def test_other_marks_are_left_out_with_a_note():
    night = hypnogram(marked((0, 60, "W"), (10, 0, "Lights off"), (12, 3, "arousal")))
    assert night.stage.tolist() == ["W", "W"]
    assert any("2 marks of stages are not sleep stages" in note for note in night.notes)


def test_marks_without_duration_are_one_epoch():
    night = hypnogram(Annotations([0.0, 20.0, 40.0], ["W", "N1", "N2"]), epoch_s=20)
    assert night.stage.tolist() == ["W", "N1", "N2"]
    assert any("no duration" in note for note in night.notes)


def test_the_stage_that_covers_most_of_an_epoch_counts_and_is_in_conflict():
    night = hypnogram(marked((0, 40, "W"), (40, 50, "N1")))
    assert night.stage.tolist() == ["W", "N1", "N1"]
    assert night.conflict.tolist() == ["", "W / N1", ""]
    assert night.conflict_of.tolist() == ["", "marks", ""]
    assert night.conflicts().onset.tolist() == [30]


def test_the_largest_portion_counts_also_below_half_of_an_epoch():
    # AASM: the stage that comprises the greatest portion of the epoch.
    night = hypnogram(marked((0, 12, "W"), (12, 9, "N1"), (21, 9, "N2")))
    assert night.stage.tolist() == ["W"]
    assert night.conflict.tolist() == ["W / N1 / N2"]
    half = hypnogram(marked((0, 9, "W"), (9, 6, "N1")), t0=0)
    assert half.stage.tolist() == ["W"]
    less = hypnogram(marked((0, 8, "W"), (8, 6, "N1")), t0=0)
    assert less.stage.tolist() == ["?"]


def test_two_marks_of_one_epoch_leave_it_unscored():
    night = hypnogram(marked((0, 30, "W"), (30, 30, "N1"), (30, 30, "N2"), (60, 30, "N2")))
    assert night.stage.tolist() == ["W", "?", "N2"]
    assert night.conflict[1] == "N1 / N2"


def test_rounded_times_are_no_conflict():
    onset = 0.1 + 30 * np.arange(200) + np.random.default_rng(0).uniform(-0.05, 0.05, 200)
    stages = [STAGES[k % 5] for k in range(200)]
    night = hypnogram(Annotations(onset, stages, np.full(200, 30.0)), t0=0.1)
    assert night.stage.tolist() == stages
    assert not len(night.conflicts())


def test_a_recording_may_begin_before_the_first_mark():
    night = hypnogram(marked((60, 30, "W")), t0=0)
    assert night.stage.tolist() == ["?", "?", "W"]


def test_numbers_are_those_of_rechtschaffen_and_kales():
    for given_ in (
        [0, 1, 2, 3, 4, 5],
        np.array([0, 1, 2, 3, 4, 5]),
        pd.Series([0, 1, 2, 3, 4, 5.0]),
    ):
        night = hypnogram(given_)
        assert night.stage.tolist() == ["W", "N1", "N2", "N3", "N3", "R"]
        assert any("YASA" in note for note in night.notes)


def test_a_hypnogram_is_read_back_from_its_annotations_and_itself():
    stages = ["?", "W", "?", "N2", "R", "?"]
    night = hypnogram(stages, t0=12.5)
    assert hypnogram(night.annotations(), t0=12.5).stage.tolist() == stages[:-1]
    again = hypnogram(night)
    assert again.to_frame().equals(night.to_frame())


@given(st.lists(st.tuples(st.sampled_from(STAGES), st.sampled_from(STAGES)), min_size=1))
def test_agreement_of_two_readers_is_that_of_scikit_learn(pairs):
    first, second = map(list, zip(*pairs, strict=True))
    night = hypnogram(first, second=second)
    both = [pair for pair in pairs if "?" not in pair]
    differ = [f"{a} / {b}" if a != b else "" for a, b in pairs]
    if night.enough:
        assert night.conflict.tolist() == differ
        assert night.agreement is not None
        assert len(night.agreement) == len(both)
    if len({stage for pair in both for stage in pair}) > 1 and night.enough:
        expected = cohen_kappa_score(*zip(*both, strict=True))
        assert night.kappa == pytest.approx(expected, nan_ok=True)


def test_one_reader_has_no_kappa():
    assert math.isnan(hypnogram(["W", "N1"]).kappa)


def test_the_second_reader_may_score_more():
    night = hypnogram(marked((0, 60, "W")), second=marked((0, 30, "W"), (30, 60, "N1")))
    assert night.stage.tolist() == ["W", "W", "?"]
    assert night.conflict.tolist() == ["", "W / N1", "? / N1"]
    assert set(night.conflict_of[1:]) == {"readers"}


@pytest.mark.parametrize(
    ("stages", "more", "message"),
    [
        (["W", "N7"], {}, r"stages\[1\]='N7'"),
        ("W", {}, "not a sequence"),
        (["W"], {"second": ["X"]}, r"second\[0\]"),
        (["W"], {"epoch_s": 0}, "epoch_s"),
        (["W"], {"t0": "x"}, "t0"),
        (Annotations([0, 1e12], ["W", "R"], [30, 30]), {}, "more than 1,000,000 epochs"),
    ],
)
def test_what_cannot_be_used_is_named(stages, more, message):
    with pytest.raises(InvalidInputError, match=message):
        hypnogram(stages, **more)


def test_a_night_can_reach_beyond_its_marks():
    marks = marked((60, 30, "W"), (90, 30, "N1"))
    night = hypnogram(marks, t0=0, t1=205)
    assert night.stage.tolist() == ["?", "?", "W", "N1", "?", "?"]  # whole epochs only
    assert len(hypnogram(marks, t0=0, t1=30)) == 4
    assert hypnogram([], t1=90.0).stage.tolist() == ["?"] * 3
    assert len(hypnogram([], t1=-5)) == 0


def test_no_stages_are_not_enough():
    for stages in ([], ["?", "?"], Annotations([1.0], ["arousal"], [3.0])):
        night = hypnogram(stages)
        assert not night.enough


def test_the_hypnogram_of_sleep_edf(shared_data):
    marks = vw.open(shared_data / "edfio/SC4001EC-Hypnogram.edf").annotations
    night = hypnogram(marks)
    # Seconds of each text in the file, added up.
    seconds = marks.to_frame().groupby("text")["duration"].sum()
    expected = {
        "W": seconds["Sleep stage W"], "N1": seconds["Sleep stage 1"],
        "N2": seconds["Sleep stage 2"], "R": seconds["Sleep stage R"],
        "N3": seconds["Sleep stage 3"] + seconds["Sleep stage 4"], "?": seconds["Sleep stage ?"],
    }  # fmt: skip
    assert {name: 30 * n for name, n in night.counts.items()} == expected
    assert not len(night.conflicts())


def test_two_layers_of_a_recording_are_two_readers():
    marks = Recording.from_arrays({"EEG": np.zeros(9000)}, 100).annotations
    for k, (first, second) in enumerate([("W", "W"), ("N1", "N2"), ("N2", "N2")]):
        marks.add(30.0 * k, first, 30.0, layer="A")
        marks.add(30.0 * k, f"Sleep stage {second}", 30.0, layer="B")
    night = hypnogram(marks.layer("A"), second=marks.layer("B"))
    assert night.conflict.tolist() == ["", "N1 / N2", ""]
    assert night.kappa == pytest.approx(0.5)
    # Without telling them apart, an epoch on which they differ has no stage.
    assert hypnogram(marks).stage.tolist() == ["W", "?", "N2"]


def test_the_kappa_of_a_simulated_second_reader_is_the_one_asked_for(shared_data):
    marks = vw.open(shared_data / "edfio/SC4001EC-Hypnogram.edf").annotations
    night = hypnogram(marks)
    kappas = [
        hypnogram(
            night, second=second_reader(night.annotations(), kappa=0.8, seed=seed).annotations
        ).kappa
        for seed in range(10)
    ]
    assert np.mean(kappas) == pytest.approx(0.8, abs=0.02)
