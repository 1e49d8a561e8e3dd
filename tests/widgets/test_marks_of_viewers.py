"""Marks in viewers: results as layers, readers, and viewers in step."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from traitlets import TraitError

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.serve.dispatch import dispatch


def shown(viewer, **more):
    """Return the names of the layers that the browser is given."""
    request = {"v": 1, "kind": "annotations", "request": "t:1", "seq": 1, "t0": 0, "t1": 600}
    reply, _ = dispatch(viewer._session, request | {"limit": 1000} | more)
    assert reply["kind"] == "annotations", reply
    return [layer["name"] for layer in reply["layers"]]


def test_results_are_layers_with_names(recording):
    beats = analysis.Stretches([1, 5], [2, 6])
    viewer = vw.Viewer(recording, annotations={"usable": beats})
    assert viewer.add(vw.Annotations([3], ["x"]), "mine", color="#0072b2", channel="PPG") == "mine"
    assert shown(viewer) == ["usable", "mine"]
    assert viewer.layer_colors == {"mine": "#0072b2"}
    assert recording.annotations.layer("mine").channel.tolist() == ["PPG"]
    viewer.layers = ["usable"]
    viewer.add(vw.Annotations([4], ["y"]), "late")
    assert viewer.layers == ["usable", "late"]
    assert viewer.view["layers"] == ["usable", "late"]


def test_texts_can_be_hidden_and_colours_chosen(recording):
    recording.annotations.extend(vw.Annotations([1, 2, 3], ["N", "V", "N"]))
    viewer = vw.Viewer(recording)
    viewer.hidden_texts = ["N"]
    assert viewer._session.marked(30.0).shown_in(0, 10).text.tolist() == ["V"]
    viewer.color_marks_by = "reader"
    other = vw.Viewer(recording, view=viewer.view)
    assert (other.hidden_texts, other.color_marks_by) == (["N"], "reader")
    with pytest.raises(InvalidInputError, match="color_marks_by='mood' is unknown; give 'auto'"):
        viewer.color_marks_by = "mood"
    with pytest.raises(TraitError, match="hidden_texts"):
        viewer.hidden_texts = [5]


def test_a_result_is_named_by_its_analysis_and_channel(recording):
    crossings = analysis.zero_crossings(recording["PPG"])
    viewer = vw.Viewer(recording, annotations=[crossings])
    assert shown(viewer) == ["zero_crossings PPG"]
    marks = recording.annotations.layer("zero_crossings PPG")
    assert len(marks) == len(crossings)
    assert set(marks.channel) == {"PPG"}


def test_viewers_of_a_recording_are_told_of_every_change(recording):
    one, two = vw.Viewer(recording), vw.Viewer(recording)
    shown(one), shown(two)
    before = one._marks.revision, two._marks.revision
    recording.annotations.add(3, "N")
    assert (one._marks.revision, two._marks.revision) == (before[0] + 1, before[1] + 1)
    two.close()
    recording.annotations.undo()
    assert one._marks.revision == before[0] + 2


def test_readers_of_viewers(recording):
    recording.annotations.add(3, "N", reader="ben")
    viewer = vw.Viewer(recording)
    viewer.reader = "anna"
    assert shown(viewer) == ["ben"]
    revision = viewer._marks.revision
    viewer.blind = True
    assert viewer._marks.revision == revision + 1
    assert shown(viewer) == []
    viewer.reader = "ben"
    assert shown(viewer) == ["ben"]


def test_a_closed_viewer_leaves_nothing_behind(recording):
    recording.annotations.add(3, "N")
    gc.collect()
    before = len(_instances)
    listeners = len(recording.annotations.parts._listeners)
    for _ in range(3):
        viewer = vw.Viewer(recording)
        shown(viewer)
        viewer.close()
    assert len(recording.annotations.parts._listeners) == listeners
    # The front end is one model that all viewers share, and stays.
    assert len(_instances) - before <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reader": "\n"}, "is not a name"),
        ({"layer_colors": {"a": "blue"}}, "'blue' of 'a' is not a colour such as '#0072b2'"),
        ({"annotations": 5}, "int cannot be shown as marks"),
        ({"annotations": {"x": np.zeros(3)}}, "ndarray cannot be shown as marks"),
    ],
)
def test_wrong_values(recording, change, message):
    with pytest.raises(InvalidInputError, match=message):
        vw.Viewer(recording, **change)


def test_layers_are_names(recording):
    with pytest.raises(TraitError):
        vw.Viewer(recording, layers=[5])
