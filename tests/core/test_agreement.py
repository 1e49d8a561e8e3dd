"""Agreement of readers, against scikit-learn, published tables and the program bxb."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, confusion_matrix

import vital_widgets as vw
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks.beatagreement import beat_agreement
from vital_widgets.core.marks.epochagreement import epoch_agreement
from vital_widgets.core.marks.eventagreement import _candidates, event_agreement
from vital_widgets.errors import InvalidInputError

BXB = json.loads((Path(__file__).parents[1] / "fixtures" / "bxb.json").read_text())


def epochs(labels, length=30.0):
    n = len(labels)
    return Annotations(length * np.arange(n), list(labels), np.full(n, length))


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.sampled_from("W123R")] * 2), min_size=2, max_size=40))
def test_cohens_kappa_is_that_of_scikit_learn(pairs):
    a, b = zip(*pairs, strict=True)
    found = epoch_agreement({"a": epochs(a), "b": epochs(b)}, 30, 0)
    assert len(found) == len(pairs)
    if len({*a, *b}) > 1:
        table = found.confusion()
        expected = confusion_matrix(a, b, labels=list(table.index))
        assert table.to_numpy().tolist() == expected.tolist()
        assert found.cohen_kappa() == pytest.approx(cohen_kappa_score(a, b), abs=1e-12)
    assert found.agreement == pytest.approx(np.mean(np.array(a) == np.array(b)))
    assert len(found.annotations()) == sum(x != y for x, y in pairs)


# Table 1 of Fleiss 1971 as it is shown in textbooks: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def test_fleiss_kappa_of_a_published_table():
    raters = np.array([np.repeat(np.arange(5), row) for row in FLEISS])
    scores = {f"r{k}": epochs([str(x) for x in raters[:, k]]) for k in range(14)}
    assert epoch_agreement(scores, 30, 0).fleiss_kappa == pytest.approx(0.210, abs=5e-4)


def test_epochs_of_a_recording():
    recording = vw.Recording.from_arrays({"EEG": np.zeros(2000)}, fs=10.0)
    marks = recording.annotations
    marks.extend(epochs(["W", "N1", "N2", "N2", "R", "W"]), reader="anna")
    marks.extend(epochs(["W", "N2", "N2", "N2", "N1"]), reader="ben")
    marks.extend(Annotations([0, 60], ["W", "N2"], [60, 60]), reader="eva")
    marks.add(10, "spindle", 1, reader="eva")
    found = marks.epoch_agreement(["anna", "ben", "eva"], texts=["W", "N1", "N2", "R"])
    assert (len(found), found.unscored) == (4, 2)
    assert [(m.onset, m.text) for m in found.annotations()] == [(30, "N1 / N2 / W")]
    assert [(m.onset, m.text, m.duration) for m in found.consensus()] == [
        (0, "W", 30), (60, "N2", 30), (90, "N2", 30),
    ]  # fmt: skip
    assert found.to_frame()["eva"].tolist() == ["W", "W", "N2", "N2"]
    assert "4 epochs of 30 s" in repr(found)
    marks.extend(found.consensus(), layer="consensus", reader="eva")
    marks.add_result(found, "disagreements")
    assert marks.next(0, layers="disagreements").onset == 30


def closest(reference, test, reach):
    """Most pairs, then the closest, by trying all ways."""
    best = (0, 0.0)
    small, large = sorted((reference, test), key=len)
    for chosen in permutations(range(len(large)), len(small)):
        apart = [abs(small[k] - large[j]) for k, j in enumerate(chosen)]
        near = [one for one in apart if one <= reach]
        best = max(best, (len(near), -sum(near)))
    return best


TIMES = st.lists(st.integers(0, 20).map(float), max_size=5).map(sorted)


@settings(max_examples=60)
@given(TIMES, TIMES, st.integers(0, 4))
def test_onsets_are_paired_as_well_as_possible(a, b, reach):
    one, two = (Annotations(t, ["x"] * len(t)) for t in (a, b))
    found = event_agreement(one, two, None, float(reach))
    pairs = [(k, j) for k, j in enumerate(found.reference_match.tolist()) if j >= 0]
    apart = [abs(a[k] - b[j]) for k, j in pairs]
    assert all(one <= reach for one in apart)
    assert (len(pairs), -sum(apart)) == pytest.approx(closest(a, b, reach))
    assert found.tp + found.fn == len(a)
    assert found.tp + found.fp == len(b)
    assert sorted(found.test_match[found.test_match >= 0].tolist()) == [k for k, _ in pairs]


def test_events_are_paired_by_overlap():
    one = Annotations([0, 100, 200], ["apnea", "apnea", "hypopnea"], [20, 20, 20])
    two = Annotations([5, 118, 202, 300], ["apnea", "apnea", "apnea", "apnea"], [20, 20, 18, 9])
    found = event_agreement(one, two, 0.5, None)
    assert found.reference_match.tolist() == [0, -1, 2]
    assert found.iou.tolist() == pytest.approx([15 / 25, 0, 18 / 20])
    assert (found.tp, found.fn, found.fp) == (2, 1, 2)
    assert (found.sensitivity, found.ppv) == pytest.approx((2 / 3, 0.5))
    assert found.mean_iou == pytest.approx(0.75)
    table = found.confusion()
    assert table.loc["hypopnea", "apnea"] == table.loc["apnea", "apnea"] == 1
    assert table.loc["-", "apnea"] == 2
    assert [m.text for m in found.annotations()] == [
        "apnea / -", "- / apnea", "hypopnea / apnea", "- / apnea",
    ]  # fmt: skip


@pytest.mark.parametrize("case", range(len(BXB["cases"])))
@pytest.mark.parametrize("start", [0, 20])
def test_beats_are_compared_as_bxb_does(case, start):
    fs, known = BXB["fs"], BXB["cases"][case]

    def marks(name):
        sample, text, subtype = zip(*known[name], strict=True)
        extra = [json.dumps({"subtype": one}) if one else "" for one in subtype]
        return Annotations(np.array(sample) / fs, text, extra=extra)

    found = beat_agreement(marks("reference"), marks("test"), 0.15, start, fs)
    assert found.to_frame().to_numpy().tolist() == known["tables"][str(start)]
    assert len(found.annotations()) == sum(p[0].lower() != p[1] for p in found.pairs)


def test_layers_that_cannot_be_compared():
    marks = vw.Recording.from_arrays({"EEG": np.zeros(20)}, fs=10.0).annotations
    marks.add(1, "N", reader="anna")
    with pytest.raises(InvalidInputError, match="no layer 'ben'; layers: 'anna'"):
        marks.beat_agreement("anna", "ben")
    with pytest.raises(InvalidInputError, match="1 layers were given; agreement needs two"):
        marks.epoch_agreement(["anna"])
    marks.copy("anna", layer="b", reader="ben")
    with pytest.raises(InvalidInputError, match="epoch_s=0 is not the length of an epoch"):
        marks.epoch_agreement(["anna", "b"], epoch_s=0)
    with pytest.raises(InvalidInputError, match=r"give either min_iou .* or onset_s"):
        marks.event_agreement("anna", "b")
    with pytest.raises(InvalidInputError, match="min_iou=2 is not an overlap"):
        marks.event_agreement("anna", "b", min_iou=2)
    with pytest.raises(InvalidInputError, match="tolerance_s=0 is not a number of seconds"):
        marks.beat_agreement("anna", "b", tolerance_s=0)


def test_nothing_to_compare():
    empty = Annotations()
    epochs_of_none = epoch_agreement({"a": empty, "b": empty}, 30, 0)
    assert len(epochs_of_none) == len(epochs_of_none.annotations()) == 0
    assert np.isnan([epochs_of_none.fleiss_kappa, epochs_of_none.cohen_kappa()]).all()
    events = event_agreement(empty, empty, None, 1)
    assert np.isnan([events.f1, events.sensitivity, events.ppv, events.mean_iou]).all()
    beats = beat_agreement(empty, empty, 0.15, 0, None)
    assert np.isnan([beats.sensitivity, beats.ppv]).all()


def test_epochs_without_labels_have_no_consensus():
    found = epoch_agreement({"a": Annotations(), "b": Annotations()}, 30, 0)
    assert len(found.consensus()) == len(found.annotations()) == len(found.to_frame()) == 0


def test_marks_far_outside_of_a_recording_are_no_endless_work():
    far = Annotations([0.0], ["W"], [1e12])
    with pytest.raises(
        InvalidInputError, match=r"more than 5,000,000 epochs of epoch_s=30 s; give"
    ):
        epoch_agreement({"a": far, "b": epochs("W")}, 30, 0)


def test_nested_marks_score_the_epoch_in_which_the_last_one_began():
    scored = Annotations([0, 60, 60, 70], ["W", "N1", "N2", "N3"], [300, 60, 30, 5])
    found = epoch_agreement({"a": scored, "b": epochs("W" * 10)}, 30, 0)
    assert "".join(found.to_frame()["a"]) == "WW" + "N2" + "N1" + "W" * 6


def test_a_long_event_among_many_short_ones_needs_no_more_than_they_do():
    n = 20_000
    short = Annotations(np.arange(n, dtype=float), ["N"] * n, np.full(n, 0.5))
    long = Annotations([0.0, *short.onset], ["all", *short.text], [1e6, *short.duration])
    found = event_agreement(long, long, 0.5, None)  # of all pairs, there are 400 million
    assert (found.tp, found.fn, found.fp) == (n + 1, 0, 0)
    assert found.iou.min() == 1


@settings(max_examples=60)
@given(*[st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=7)] * 2)
def test_all_events_that_overlap_are_candidates(a, b):
    one, two = (
        Annotations([t / 2 for t, _ in sorted(x)], ["e"] * len(x), [d / 2 for _, d in sorted(x)])
        for x in (a, b)
    )
    i, j, _ = _candidates(one, two, 0.0)
    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    ends = [m.onset + m.duration for m in (one, two)]
    expected = {
        (k, q)
        for k in range(len(a))
        for q in range(len(b))
        if one.onset[k] <= ends[1][q] and two.onset[q] <= ends[0][k]
    }
    assert set(pairs) == expected
