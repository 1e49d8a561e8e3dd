"""The editor of beats: marks of a layer become edits, and the code replays them."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.panels.catalog.beateditor_panel import BeatEditor
from vital_widgets.panels.suspects import suspects
from waiting import until

NAME = "beats of ECG, edited"


@pytest.fixture
def rec():
    """Two minutes of even beats in memory: no journal is left behind."""
    rng = np.random.default_rng(3)
    beats = 0.5 + np.cumsum(0.85 + 0.03 * np.sin(np.arange(139) / 3) + 0.005 * rng.normal(size=139))
    t = np.arange(120 * 250) / 250
    signal = 0.01 * rng.normal(size=len(t))
    for delay, width, height in ((0, 0.012, 1.0), (0.03, 0.012, -0.25), (0.27, 0.045, 0.25)):
        for beat in beats:
            signal += height * np.exp(-0.5 * ((t - beat - delay) / width) ** 2)
    return vw.Recording.from_arrays({"ECG": signal}, fs=250, units={"ECG": "mV"})


@pytest.fixture
def opened(rec):
    viewer = vw.Viewer(rec, t_range=(10, 30))
    editor = BeatEditor(viewer)
    editor.wait()
    assert until(lambda: NAME in layers(rec))
    yield viewer, editor
    editor.close()
    viewer.close()


def layers(rec):
    return [one.name for one in rec.annotations.layers]


def replayed(editor):
    names = {"panel": editor, "rec": editor.recording}
    exec(editor.code(), names)
    return names["edited"]


def test_opening_puts_the_beats_into_a_layer_of_their_own(rec, opened):
    viewer, editor = opened
    found = analysis.ecg_peaks(rec["ECG"])
    np.testing.assert_array_equal(rec.annotations.layer(NAME).onset, found.times)
    assert viewer.marking == "beats"
    assert viewer.marking_layer == NAME
    assert editor.log == []
    np.testing.assert_array_equal(editor.result.times, found.times)
    editor.close()
    assert viewer.marking is None
    assert viewer.marking_layer == ""


def test_marks_that_a_viewer_changes_become_edits(rec, opened):
    _, editor = opened
    marks = rec.annotations
    layer = marks.layer(NAME)
    times, ids = layer.onset.copy(), layer.id
    marks.delete(int(ids[20]))
    marks.change(int(ids[30]), onset=float(times[30] + 0.06))
    marks.change(int(ids[40]), text="V")
    marks.add(float(times[50] + 0.3), "S", layer=NAME)
    marks.add(float(times[60]), "noise", 4.0, layer=NAME)
    edited = editor.wait()
    assert editor.log == [
        ("delete", times[20]),
        ("move", times[30], times[30] + 0.06),
        ("relabel", times[40], "V"),
        ("add", times[50] + 0.3, "S"),
        ("noise", times[60], times[60] + 4.0),
    ]
    expected = analysis.edit_beats(analysis.ecg_peaks(rec["ECG"]), editor.log)
    np.testing.assert_array_equal(edited.times, expected.times)
    np.testing.assert_array_equal(edited.label, expected.label)
    again = replayed(editor)
    np.testing.assert_array_equal(again.times, edited.times)
    np.testing.assert_array_equal(again.edit, edited.edit)
    after = analysis.hrv_time(again)
    assert editor.results["after"]["sdnn"] == after["sdnn"]
    assert editor.results["before"]["sdnn"] == analysis.hrv_time(editor.results["beats"])["sdnn"]
    rows = {row[0]: row for row in editor.plot.view.table}
    assert rows["SDNN"][1] != rows["SDNN"][2]
    assert "5 edits" in editor.plot.view.text


def test_undo_and_redo_are_those_of_the_marks(rec, opened):
    _, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    editor.delete(times[10])
    editor.relabel(times[11], "V")
    editor.move(times[11], times[11] + 0.05)
    assert len(editor.log) == 3
    editor.undo_edit()
    editor.undo_edit()
    assert editor.log == [("delete", times[10])]
    editor.redo_edit()
    assert editor.log == [("delete", times[10]), ("relabel", times[11], "V")]
    editor.undo_edit()
    editor.undo_edit()
    assert editor.log == []
    np.testing.assert_array_equal(editor.wait().times, times)
    assert editor.undo_edit() == ""  # that the layer was made
    assert editor.log == []
    editor.wait()
    assert "press Redo" in editor.plot.view.text
    assert editor.undo_edit() == "there is nothing to undo"
    editor.redo_edit()
    editor.delete(times[10])
    assert editor.log == [("delete", times[10])]


def test_editing_can_begin_anew_after_the_layer_was_undone(rec, opened):
    _, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    editor.undo_edit()  # that the layer was made
    editor.begin()
    editor.delete(times[10])
    assert editor.log == [("delete", times[10])]
    editor.wait()
    assert "press Redo" not in editor.plot.view.text


def test_editing_goes_on_in_a_layer_that_exists(rec, opened):
    _, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    editor.delete(times[10])
    editor.move(times[20], times[20] + 0.07)
    editor.relabel(times[30], "V")
    editor.noise(times[40], times[42])
    edited = editor.wait()
    editor.close()
    again = BeatEditor(rec)
    again.wait()
    until(lambda: again.result is not None and len(again.log) > 0)
    result = again.wait()
    np.testing.assert_array_equal(result.times, edited.times)
    np.testing.assert_array_equal(result.label, edited.label)
    assert ("delete", times[10]) in again.log
    again.close()


def test_other_beats_in_the_layer_are_refused(rec):
    rec.annotations.extend(vw.Annotations(np.arange(1.0, 100) + 0.123, ["N"] * 99), layer=NAME)
    editor = BeatEditor(rec)
    with pytest.raises(InvalidInputError, match="holds other beats"):
        editor.wait()


def test_marks_that_cannot_be_used_are_told_and_others_count(rec, opened):
    _, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    editor.add(times[10] + 0.05)  # two beats within 100 ms
    rec.annotations.add(times[12], "look here", layer=NAME)
    editor.delete(times[20])
    editor.wait()
    assert editor.state == "done"
    assert editor.log == [("delete", times[20])]
    assert "'look here'" in editor.plot.view.text
    assert "1 more such" in editor.plot.view.text
    rec.annotations.undo()
    rec.annotations.undo()
    editor.delete(times[10])  # of two, the one that was found: now the other one is used
    assert editor.log == [("delete", times[10]), ("add", times[10] + 0.05)]
    with pytest.raises(InvalidInputError, match="no beat lies within"):
        editor.delete(2000.0)
    with pytest.raises(InvalidInputError, match="begin < end"):
        editor.noise(3, 2)


def test_a_beat_takes_the_place_of_another_that_leaves(rec, opened):
    _, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    editor.move(times[11], times[11] + 0.3)
    editor.move(times[10], times[11])
    assert len(editor.log) == 2
    edited = editor.wait()
    assert times[11] in edited.times
    assert times[10] not in edited.times
    np.testing.assert_array_equal(replayed(editor).times, edited.times)


def test_the_worst_is_shown_first(rec, opened):
    viewer, editor = opened
    times = rec.annotations.layer(NAME).onset.copy()
    viewer.t_range = (0, 5)
    assert until(lambda: editor._looking.ended)
    assert "no beat is suspicious" in editor.next_suspicious()
    editor.add(times[60] + 0.25)
    editor.wait()
    assert "interval" in editor.next_suspicious()
    assert viewer.t_range[0] < times[60] < viewer.t_range[1]
    editor.move(times[90], times[90] + 0.2)
    editor.wait()
    editor.next_suspicious()
    assert viewer.t_range[0] < times[90] < viewer.t_range[1]
    editor.previous_suspicious()
    assert viewer.t_range[0] < times[60] < viewer.t_range[1]
    assert editor.previous_suspicious() == "this is the first suspicious beat that was shown"
    editor.next_suspicious()
    assert "all suspicious beats were shown" in editor.next_suspicious()


def test_findings_of_correct_beats_are_suspicious_until_they_are_edited(rec):
    signal = rec["ECG"].read(0, rec["ECG"].n_samples).copy()
    found = analysis.ecg_peaks(rec["ECG"])
    at = int(found.samples[60])
    signal[at - 30 : at + 30] = signal[at - 30]  # a missed beat
    editor = BeatEditor(vw.Recording.from_arrays({"ECG": signal}, fs=250))
    editor.wait()
    assert until(lambda: editor._findings is not None)
    assert until(lambda: editor._suspects is not None and "missed" in editor._suspects.why)
    assert editor._suspects.why[0] == "missed"
    editor.add(float(found.times[60]))
    editor.wait()
    assert "missed" not in editor._suspects.why


def test_nothing_in_noise_is_suspicious(rec):
    beats = analysis.ecg_peaks(rec["ECG"])
    times = beats.times[[20, 50, 55, 60, 90]]
    edits = [("noise", float(beats.times[45]), float(beats.times[65]))]
    found = suspects(analysis.edit_beats(beats, edits), [("missed", times)], edits)
    np.testing.assert_array_equal(np.sort(found.times), times[[0, 4]])


def test_measures_of_a_part_and_of_another_channel(rec, opened):
    viewer, editor = opened
    viewer.selection = (20.0, 80.0)
    editor.where = "selection"
    editor.wait()
    beats = analysis.ecg_peaks(rec["ECG"])
    part = analysis.hrv_time(beats, t_range=(20.0, 80.0))
    assert editor.results["after"]["sdnn"] == part["sdnn"]
    assert len(editor.result) == len(beats)
    editor.delete(beats.times[10])
    editor.method = "two-averages"
    editor.wait()
    assert until(lambda: "beats of ECG, edited (two-averages)" in layers(rec))
    assert editor.log == []
    editor.method = "automatic"
    editor.wait()
    assert until(lambda: editor.log == [("delete", beats.times[10])])


def test_noise_of_the_selection_and_keeping_the_result(rec, opened):
    viewer, editor = opened
    told = editor._act("Mark selection as noise", "")
    assert "Shift + drag" in told
    viewer.selection = (40.0, 45.0)
    assert "noise from 40 to 45" in editor._act("Mark selection as noise", "")
    assert editor.log == [("noise", 40.0, 45.0)]
    edited = editor.wait()
    name = editor.add_to_recording()
    assert name == "beats of ECG, corrected"
    np.testing.assert_array_equal(rec.annotations.layer(name).onset, edited.times)


def test_without_a_viewer_nothing_is_kept_until_something_is_edited(rec):
    editor = BeatEditor(rec)
    beats = editor.wait()
    assert layers(rec) == []
    editor.delete(beats.times[3])
    assert editor.log == [("delete", beats.times[3])]
    assert layers(rec) == [NAME]
    assert "edits = [" in editor.code()
    editor.close()


def test_mistakes_are_told_in_words():
    editor = BeatEditor(vw.Recording.from_arrays({"ECG": np.zeros(15_000)}, fs=250))
    editor.wait()
    assert editor.state == "not enough"
    assert editor.message
    wrong = BeatEditor(vw.Recording.from_arrays({"Resp": np.zeros(15_000)}, fs=250))
    with pytest.raises(InvalidInputError, match="respiration"):
        wrong.wait()
    with pytest.raises(InvalidInputError, match="respiration"):
        wrong.delete(3.0)
