"""Beats edited by hand: each kind of edit, what follows for NN intervals, and what is refused."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.analysis import BeatEdits, Beats, correct_beats, edit_beats, hrv_time
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

TIMES = 0.8 * np.arange(1, 11)


def detected(times: np.ndarray = TIMES, stretch: np.ndarray | None = None) -> Beats:
    n = len(times)
    return Beats(
        times=times,
        samples=np.round(times * 250).astype(np.int64),
        fs=250.0,
        stretch=np.zeros(n, np.int64) if stretch is None else stretch,
        extra={"height": np.arange(n, dtype=float), "place": np.arange(n)},
    )


def test_beats_are_added_moved_deleted_and_relabelled():
    edits = [("add", 4.4), ("move", 1.6, 1.7), ("delete", 2.4), ("relabel", 5.6, "V")]
    made = edit_beats(TIMES, edits=edits)
    np.testing.assert_allclose(made.times, [0.8, 1.7, 3.2, 4.0, 4.4, 4.8, 5.6, 6.4, 7.2, 8.0])
    assert made.edit.tolist() == ["", "moved", "", "", "added", "", "relabelled", "", "", ""]
    assert made.label.tolist() == ["N"] * 6 + ["V"] + ["N"] * 3
    assert made.deleted.tolist() == [TIMES[2]]
    assert made.original[1] == TIMES[1]
    assert np.isnan(made.original[4])
    assert made.counts == {"added": 1, "moved": 1, "relabelled": 1, "deleted": 1, "in noise": 0}
    assert "beats edited by hand: 1 added, 1 moved, 1 relabelled, 1 deleted" in made.notes
    assert len(made.to_frame()) == 10
    np.testing.assert_array_equal(TIMES, 0.8 * np.arange(1, 11))


def test_a_log_may_be_tuples_lists_or_dicts_as_json_gives_them():
    edits = [("add", 4.4, "V"), ("move", 1.6, 1.7), ("delete", 2.4), ("noise", 6.0, 7.0)]
    dicts = [
        {"action": "add", "time": 4.4, "label": "V"},
        {"action": "move", "time": 1.6, "to": 1.7},
        {"action": "delete", "time": 2.4},
        {"action": "noise", "time": 6.0, "to": 7.0},
    ]
    expected = edit_beats(TIMES, edits=edits).to_frame()
    assert edit_beats(TIMES, edits=json.loads(json.dumps(edits))).to_frame().equals(expected)
    assert edit_beats(TIMES, edits=dicts).to_frame().equals(expected)


def test_no_interval_crosses_noise():
    made = edit_beats(TIMES, edits=[("noise", 3.1, 4.5)])
    assert made.in_noise.tolist() == [TIMES[3], TIMES[4]]
    assert len(made) == 8
    intervals = made.intervals()
    np.testing.assert_allclose(intervals.ms, 800)
    assert len(intervals) == 2 + 4
    assert len(intervals.successive()) == 1 + 3
    # Noise between two beats has no beat in it, and yet the interval is not used.
    assert len(edit_beats(TIMES, edits=[("noise", 3.3, 3.9)]).intervals()) == 8
    # So do all that use the beats.
    assert len(correct_beats(made).intervals()) == 6
    assert made.valid.seconds == pytest.approx(6 * 0.8)
    assert made.valid.of_seconds == pytest.approx(9 * 0.8)


def test_gaps_stay_gaps_and_new_beats_join_the_nearest():
    stretch = np.array([0] * 5 + [1] * 5)
    made = edit_beats(
        detected(stretch=stretch), edits=[("delete", 0.8), ("add", 4.2), ("add", 4.6)]
    )
    assert made.stretch.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert len(made.intervals()) == 4 + 5


def test_beats_that_are_not_normal_end_no_nn_interval():
    made = edit_beats(TIMES, edits=[("relabel", 4.0, "V")])
    assert len(made.intervals()) == 7
    assert len(edit_beats(TIMES, edits=[("relabel", 4.0, "L")]).intervals()) == 9
    assert hrv_time(made).to_frame().equals(hrv_time(made.intervals()).to_frame())


def test_samples_and_further_values_follow():
    made = edit_beats(detected(), edits=[("move", 1.6, 1.7), ("add", 4.4), ("relabel", 5.6, "V")])
    assert made.samples.tolist() == np.round(made.times * 250).astype(int).tolist()
    height = made.extra["height"]
    assert np.isnan(height[[1, 5]]).all()
    assert height[[0, 2, 7]].tolist() == [0, 2, 6]
    assert "place" not in made.extra
    assert any("'place' is left out" in note for note in made.notes)
    kept = edit_beats(detected(), edits=[("relabel", 5.6, "V"), ("delete", 0.8)])
    assert kept.extra["place"].tolist() == list(range(1, 10))


def test_labels_of_annotations_are_kept():
    marks = Annotations([0.8, 1.6, 1.7, 2.4], ["N", "V", "+", "N"])
    made = edit_beats(marks, edits=[("move", 2.4, 2.5)])
    assert made.label.tolist() == ["N", "V", "N"]
    again = edit_beats(made, edits=[("relabel", 1.6, "N")])
    assert again.label.tolist() == ["N", "N", "N"]
    assert made.label.tolist() == ["N", "V", "N"]


def test_the_beats_of_a_channel_are_found_first():
    channel = vw.sample(60)["ECG"]
    beats = analysis.ecg_peaks(channel)
    made = edit_beats(channel, edits=[("delete", float(beats.times[3]))])
    np.testing.assert_array_equal(made.times, np.delete(beats.times, 3))
    assert any("were found in the channel" in note for note in made.notes)


def test_a_corrected_series_can_be_edited_but_not_one_with_excluded_beats():
    times = np.delete(np.cumsum(0.8 + 0.02 * np.sin(np.arange(100))), 50)
    corrected = correct_beats(times)
    made = edit_beats(corrected, edits=[("move", corrected.times[50], corrected.times[50] + 0.02)])
    assert made.times[50] == corrected.times[50] + 0.02
    with pytest.raises(InvalidInputError, match="method='exclude'"):
        edit_beats(correct_beats(times, method="exclude"))


def test_of_two_near_beats_the_nearest_is_edited():
    times = np.array([1.0, 1.06, 2.0])
    assert edit_beats(times, edits=[("delete", 1.035)]).times.tolist() == [1.0, 2.0]
    assert edit_beats(times, edits=[("delete", 1.025)]).times.tolist() == [1.06, 2.0]
    both = edit_beats(times, edits=[("delete", 1.0), ("delete", 1.02)])
    assert both.times.tolist() == [2.0]


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (
            [("delete", 1.0)],
            r"edits\[0\]=\('delete', 1.0\): no beat lies within 0.05 s of 1 s; the ",
        ),
        ([("delete", 1.6), ("delete", 1.6)], r"edits\[1\].*the nearest is at 0.8 s"),
        ([("add", 1.65)], "there is a beat at 1.6 s, less than 100 ms away"),
        ([("move", 1.6, 2.35)], "there is a beat at 2.4 s"),
        ([("noise", 1.0, 2.0), ("delete", 1.6)], "lies in the noise from 1 to 2 s"),
        ([("noise", 1.0, 2.0), ("add", 1.2)], "lies in the noise from 1 to 2 s"),
        ([("noise", 2.0, 1.0)], "ends before it begins"),
        ([("relabel", 1.6, "X")], "the label 'X'; available"),
        ([("shift", 1.6)], "is not an edit"),
        ([("move", 1.6)], "is not an edit"),
        ([("delete", "1.6")], "time='1.6' is not a time in seconds"),
        ([("delete", 1.6, 2)], "is not an edit"),
        ([{"action": "add", "when": 2}], "is not an edit"),
        ([7], "is not an edit"),
        ("delete", "is not a list of edits"),
        (None, "is not a list of edits"),
    ],
)
def test_an_edit_that_cannot_be_made_is_named(edits, message):
    with pytest.raises(InvalidInputError, match=message):
        edit_beats(TIMES, edits=edits)


def test_without_beats_some_can_be_added():
    empty = np.empty(0)
    assert not edit_beats(empty).enough
    made = edit_beats(empty, edits=[("add", 2.0), ("add", 1.0)])
    assert made.times.tolist() == [1.0, 2.0]
    assert made.enough


def test_the_editor_keeps_a_log_that_replays():
    editor = BeatEdits(detected())
    editor.add(4.4)
    editor.move(1.61, 1.7)
    editor.relabel(5.58, "V")
    editor.noise(6.0, 7.0)
    editor.delete(2.42)
    assert editor.log[1] == ("move", 1.6, 1.7)
    replayed = edit_beats(detected(), edits=editor.log)
    assert editor.result.to_frame().equals(replayed.to_frame())
    assert editor.result.notes == replayed.notes
    assert editor.result.recipe.run().to_frame().equals(replayed.to_frame())
    assert repr(editor.result.recipe) == repr(replayed.recipe)
    assert pickle.loads(pickle.dumps(editor.result)).to_frame().equals(replayed.to_frame())
    assert BeatEdits(detected(), editor.log).log == editor.log


def test_the_code_of_the_editor_makes_the_same_beats():
    beats = detected()
    editor = BeatEdits(beats)
    for _ in range(2):
        names = {"analysis": analysis, "beats": beats}
        exec(editor.code(), names)
        assert names["edited"].to_frame().equals(editor.result.to_frame())
        editor.add(4.4, "V")
        editor.move(4.4, 4.5)
        editor.delete(4.5)


def test_undo_and_redo():
    editor = BeatEdits(TIMES)
    assert not editor.can_undo
    assert not editor.undo()
    assert not editor.redo()
    editor.delete(1.6)
    editor.add(1.7)
    edited = editor.result.times
    assert editor.undo()
    assert editor.result.times.tolist() == np.delete(TIMES, 1).tolist()
    assert editor.can_redo
    assert editor.redo()
    np.testing.assert_array_equal(editor.result.times, edited)
    editor.undo()
    editor.delete(2.4)
    assert not editor.can_redo
    assert len(editor) == 2


def test_an_edit_that_is_refused_changes_nothing():
    editor = BeatEdits(TIMES)
    editor.delete(1.6)
    editor.undo()
    with pytest.raises(InvalidInputError, match="no beat lies within"):
        editor.delete(1.2)
    assert editor.log == []
    assert editor.can_redo
    assert editor.nearest(1.62) == TIMES[1]
    assert editor.nearest(1.2) is None


def test_as_annotations_beats_keep_their_labels() -> None:
    edited = edit_beats(TIMES, [("relabel", TIMES[3], "V"), ("delete", TIMES[5])])
    marks = edited.annotations(channel="ECG")
    assert marks.text.tolist() == ["N", "N", "N", "V", *["N"] * 5]
    assert marks.onset.tolist() == edited.times.tolist()
    assert set(edited.annotations("beat").text) == {"beat"}
