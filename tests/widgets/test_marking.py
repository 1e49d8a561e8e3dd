"""Marking by hand: the task and its keys."""

from __future__ import annotations

import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError


def test_hotkeys_are_a_part_of_the_view(recording):
    viewer = vw.Viewer(recording, hotkeys={"s": "spindle"}, marking="own")
    viewer.hotkeys["1"] = "arousal"
    viewer.hotkeys["s"] = None
    restored = vw.Viewer(recording, view=viewer.view)
    assert (restored.hotkeys, restored.marking) == ({"1": "arousal"}, "own")
    viewer.marking = None
    assert viewer.view["marking"] is None


@pytest.mark.parametrize(
    ("hotkeys", "error"),
    [
        ({"F1": "x"}, r"hotkeys\['F1'\]: the key is not one letter or digit"),
        ({"?": "x"}, "not one letter or digit"),
        ({"s": "spindle", "S": "seizure"}, "'s' and 'S' are the same key"),
        ({"s": " "}, r"hotkeys\['s'\]=' ' is not what a mark says"),
        ({"s": 3}, "give a text"),
    ],
)
def test_a_wrong_hotkey_is_named(recording, hotkeys, error):
    viewer = vw.Viewer(recording, hotkeys={"a": "b"})
    with pytest.raises(InvalidInputError, match=error):
        viewer.hotkeys = hotkeys
    assert viewer.hotkeys == {"a": "b"}


def test_a_wrong_task_and_a_wrong_layer_are_named(recording):
    viewer = vw.Viewer(recording, marking_layer="arousals")
    with pytest.raises(InvalidInputError, match="'dreams' is not a task; give 'beats', 'sleep'"):
        viewer.marking = "dreams"
    with pytest.raises(InvalidInputError, match="marking_layer='\\\\n' is not a name"):
        viewer.marking_layer = "\n"
    assert (viewer.marking, viewer.marking_layer) == (None, "arousals")
