"""Values that the browser sends are taken as a whole, or refused as a whole."""

from __future__ import annotations

import math

import numpy as np
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
    "aggregator": "best",
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


@pytest.fixture
def mistaken(viewer, monkeypatch):
    """Return the viewer, whose check of play_speed has a mistake, and what it sends."""
    sent = []

    def broken(*_: object) -> None:
        return None.speed  # type: ignore[attr-defined]

    monkeypatch.setattr("vital_widgets.widgets.navigation.SPEEDS", property(broken))
    monkeypatch.setattr(viewer, "send", lambda content, buffers=None: sent.append(content))
    return viewer, sent


def test_a_mistake_in_a_check_is_raised_as_it_is(mistaken) -> None:
    viewer, sent = mistaken
    before = viewer.view
    with pytest.raises(TypeError, match="cannot unpack") as caught:
        viewer.play_speed = 2
    assert not isinstance(caught.value, (traitlets.TraitError, VitalError))
    assert "internal error of vital_widgets (TypeError: " in caught.value.__notes__[0]
    assert vw.errors.ISSUES in caught.value.__notes__[0]
    assert (viewer.view, sent) == (before, [])


def test_a_mistake_in_a_check_changes_nothing_and_is_told(mistaken, monkeypatch) -> None:
    viewer, sent = mistaken
    before, states = viewer.view, []
    monkeypatch.setattr(viewer, "send_state", lambda key=None: states.append(key))
    with pytest.raises(TypeError) as caught:
        viewer.set_state({"t_range": [30.0, 40.0], "play_speed": 2})
    assert type(caught.value) is TypeError
    assert viewer.view == before
    assert set(states[-1]) == {"t_range", "play_speed"}
    assert [one["kind"] for one in sent] == ["failed"]
    assert sent[0]["error"] in caught.value.__notes__
    with pytest.raises(TypeError), viewer.hold_trait_notifications():
        viewer.t_range, viewer.play_speed = (30, 40), 3
    assert viewer.view == before


def test_the_check_of_somebody_else_is_no_mistake_of_this_package(recording) -> None:
    class Mine(vw.Viewer):
        @traitlets.validate("follow")
        def _never(self, _: object) -> None:
            raise ValueError("never")

    viewer = Mine(recording)
    with pytest.raises(ValueError, match="never") as caught:
        viewer.follow = False
    assert not hasattr(caught.value, "__notes__")
    assert viewer.follow
    viewer.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("page", one) for one in (10**400, np.zeros(3))),
        *((name, 10**400) for name in ("paper_speed", "play_speed", "epoch_length", "height")),
        *((name, {"ECG": 10**400}) for name in ("heights", "positions", "scales")),
        *((name, np.zeros(3)) for name in ("grid", "color_by", "color_marks_by", "marking")),
        ("caliper", {"channel": np.zeros(3), "from": [1, 1], "to": [2, 2]}),
        ("caliper", {"channel": "ECG", "from": [10**400, 1], "to": [2, 2]}),
    ],
)
def test_what_no_comparison_expects_is_refused(viewer, name, value) -> None:
    before = viewer.view
    with pytest.raises(traitlets.TraitError):
        setattr(viewer, name, value)
    assert viewer.view == before


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


def user_traits() -> list[str]:
    return sorted(name for name in vw.Viewer.class_traits(sync=True, view=True))


@pytest.mark.parametrize("name", [*user_traits(), "reader", "blind"])
@pytest.mark.parametrize("value", [3, "many", NotImplemented, [[1]], {1: 2}, (5, 1)], ids=repr)
def test_a_value_of_any_wrong_type_is_refused_in_words(viewer, name, value) -> None:
    before = viewer.view
    refused = None
    try:
        setattr(viewer, name, value)
    except VitalError as error:
        refused = error
    if refused is not None:
        assert isinstance(refused, traitlets.TraitError)
        assert not str(refused).startswith("The '"), "words of traitlets"
        assert viewer.view == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("t_range", 3, r"t_range=3 is not a pair of times in seconds; give \(t0, t1\)"),
        ("selection", "all", r"selection='all' is not a pair of times .* or None"),
        ("channels", 3, "channels=3 is not a list of texts"),
        ("height", "tall", "height='tall' is not a whole number"),
        ("aggregator", 5, 'aggregator=5 is not one of "minmax", "lttb"'),
        ("aggregator", "x", 'aggregator=\'x\' is not known; give one of "minmax", "lttb"'),
        ("toolbar", "yes", "toolbar='yes' is not True or False"),
        ("marking", 1, "marking=1 is not a task; give .*'sleep'.*, or None"),
        ("scales", "auto", "scales='auto' is not a dictionary"),
    ],
)
def test_a_wrong_type_is_answered_with_what_is_accepted(viewer, name, value, words) -> None:
    with pytest.raises(InvalidInputError, match=words):
        setattr(viewer, name, value)
    with pytest.raises(InvalidInputError):
        vw.Viewer(viewer.recording, **{name: value})


def test_traits_of_others_keep_their_errors(viewer) -> None:
    class Mine(vw.Viewer):
        shape = traitlets.Instance(slice, allow_none=True)

    mine = Mine(viewer.recording)
    with pytest.raises(traitlets.TraitError, match="shape"):
        mine.shape = 3
