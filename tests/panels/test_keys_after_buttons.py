"""After a button that shows another place in the viewer, the next keys go to the viewer."""

from __future__ import annotations

import pytest

import vital_widgets as vw
from vital_widgets.panels import panel_class


@pytest.fixture
def viewer(rec):
    made = vw.Viewer(rec, t_range=(0.0, 30.0))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "label", "settings"),
    [
        ("BeatEditor", "Next suspicious", {"where": "whole"}),
        ("Quality", "Next worst", {"where": "whole", "channel": "PPG"}),
        ("Annotations", "Next", {"where": "whole"}),
        ("Disagreements", "Next", {"where": "whole"}),
    ],
)
def test_a_button_that_shows_a_place_gives_the_keys_to_the_viewer(
    viewer, monkeypatch, name, label, settings
):
    panel = panel_class(name)(viewer, **settings)
    panel.wait()
    for task in panel._aside_tasks():
        task.wait()
    looking = getattr(panel, "_looking", None)
    if looking is not None:
        looking.wait()
    sent = []
    monkeypatch.setattr(viewer, "send", sent.append)
    told = panel._act(label, "")
    focused = {"kind": "focus"} in sent
    assert focused, told
    panel.close()


def test_a_button_that_shows_none_does_not(viewer, monkeypatch):
    panel = panel_class("Sleep")(viewer)
    panel.wait()
    sent = []
    monkeypatch.setattr(viewer, "send", sent.append)
    panel._act("Lights off here", "")
    panel.goto(100.0)  # by code, while one writes in a cell
    panel._act("Lights on here", "")
    assert {"kind": "focus"} not in sent
    panel.close()
