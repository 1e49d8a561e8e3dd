from __future__ import annotations

import json

import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError


def test_a_saved_view_is_restored_in_another_viewer(recording) -> None:
    viewer = vw.Viewer(recording, channels=["PPG"], t_range=(20, 30), height=300)
    viewer.selection = (21, 22)
    saved = json.loads(json.dumps(viewer.view))
    for restored in (vw.Viewer(recording, view=saved), vw.Viewer(recording)):
        restored.view = saved
        assert restored.view == saved
        assert restored.channels == ["PPG"]
        assert restored.t_range == (20.0, 30.0)
        assert restored.selection == (21.0, 22.0)
        assert restored.height == 300


def test_the_view_of_a_new_viewer_is_restored(recording) -> None:
    viewer = vw.Viewer(recording)
    saved = viewer.view
    viewer.view = saved
    assert viewer.view == saved
    assert vw.Viewer(recording, view=saved).view == saved


def test_arguments_take_precedence_over_a_saved_view(recording) -> None:
    saved = vw.Viewer(recording, channels=["PPG"], t_range=(20, 30)).view
    viewer = vw.Viewer(recording, t_range=(1, 2), view=saved)
    assert viewer.t_range == (1.0, 2.0)
    assert viewer.channels == ["PPG"]


def test_a_part_of_a_view_leaves_the_rest(recording) -> None:
    viewer = vw.Viewer(recording, t_range=(20, 30))
    viewer.view = {"channels": ["ECG"]}
    assert viewer.channels == ["ECG"]
    assert viewer.t_range == (20.0, 30.0)


@pytest.mark.parametrize(
    ("view", "error", "message"),
    [
        ("PPG", InvalidInputError, "not a dictionary"),
        ({"version": 99}, InvalidInputError, "version 99"),
        ({"t_range": (1, 2), "colour": "red"}, InvalidInputError, "unknown property 'colour'"),
        ({"t_range": (1, 2), "channels": ["EEG"]}, UnknownChannelError, "'EEG'"),
        ({"channels": ["PPG"], "t_range": (7, 3)}, InvalidInputError, "t0 < t1"),
    ],
)
def test_an_invalid_view_changes_nothing(recording, view, error, message) -> None:
    viewer = vw.Viewer(recording)
    before = viewer.view
    with pytest.raises(error, match=message):
        viewer.view = view
    assert viewer.view == before
    with pytest.raises(error, match=message):
        vw.Viewer(recording, view=view)
