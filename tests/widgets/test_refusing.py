"""Values that the browser sends are taken as a whole, or refused as a whole."""

from __future__ import annotations

import math

import pytest
import traitlets

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError, VitalError

REFUSED = {
    "t_range": [math.nan, 1.0],
    "channels": ["no such channel"],
    "selection": [5.0, 1.0],
    "height": -5,
    "scales": {"ECG": "-1 mm/mV"},
    "positions": {"ECG": "top"},
    "filters": {"ECG": "5"},
    "montage": "no such montage",
    "colors": {"ECG": "no colour"},
    "heights": {"ECG": -1},
    "overlaid": {"ECG": "ECG"},
    "color_by": "size",
    "epoch_length": -30,
    "epoch_start": math.inf,
    "play_speed": 1e9,
    "page": [30],
    "paper_speed": 10**400,
    "grid": "squared",
    "caliper": {"channel": "ECG"},
    "marking": "nothing",
    "hotkeys": {"ss": "two keys"},
    "layers": [5],
    "color_marks_by": {"a": 1},
}


@pytest.fixture
def viewer(recording):
    with_marks = vw.Viewer(recording, t_range=(10, 20))
    yield with_marks
    with_marks.close()


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_with_an_invalid_value_changes_nothing(viewer, name, monkeypatch) -> None:
    before, sent = viewer.view, []
    monkeypatch.setattr(viewer, "send_state", lambda key=None: sent.append(key))
    valid = {"t_range": [30.0, 40.0], "toolbar": False}
    with pytest.raises(traitlets.TraitError):
        viewer.set_state({**valid, name: REFUSED[name]})
    assert viewer.view == before
    assert {"t_range", "toolbar", name} <= set(sent[-1])  # the browser shows what is valid again
    assert viewer.code().count("Viewer(") == 1


def test_several_values_set_together_in_python_are_refused_together(viewer) -> None:
    def several() -> None:
        with viewer.hold_trait_notifications():
            viewer.t_range = (30, 40)
            viewer.channels = ["no such"]

    with pytest.raises(UnknownChannelError, match="no such"):
        several()
    assert viewer.t_range == (10, 20)
    assert viewer.channels == ["ECG", "PPG"]


def test_errors_keep_their_kind_and_their_words(viewer) -> None:
    with pytest.raises(InvalidInputError, match="height=5 is not") as caught:
        viewer.height = 5
    assert isinstance(caught.value, (VitalError, ValueError))
    assert type(caught.value).__name__ == "InvalidInputError"


@pytest.mark.parametrize("name", ["_esm", "_first", "_description", "_frontend", "_wire"])
def test_the_browser_cannot_change_what_only_the_kernel_sets(viewer, name) -> None:
    before = getattr(viewer, name)
    viewer.set_state({name: None})
    assert getattr(viewer, name) is before or getattr(viewer, name) == before


@pytest.mark.parametrize("name", ["colors", "scales", "filters", "hotkeys", "overlaid"])
def test_the_keys_of_entries_are_texts(viewer, name) -> None:
    with pytest.raises(traitlets.TraitError, match="5"):
        setattr(viewer, name, {5: "ECG"})
