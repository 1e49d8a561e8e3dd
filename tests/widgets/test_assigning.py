"""Python's assignments reach the browser also if the kernel had the value already."""

from __future__ import annotations

import pytest

import vital_widgets as vw


@pytest.fixture
def viewer(recording, monkeypatch):
    viewer = vw.Viewer(recording, t_range=(0, 30))
    sent: list[object] = []
    monkeypatch.setattr(viewer, "send", lambda content, *_: sent.append(content))
    viewer.sent = sent
    return viewer


def test_a_value_that_the_kernel_had_is_sent_when_it_is_assigned(viewer) -> None:
    viewer.t_range = (0, 30)
    assert viewer.sent == [{"kind": "assigned", "values": {"t_range": (0, 30)}}]


def test_a_new_value_is_sent_by_the_trait_alone(viewer) -> None:
    viewer.t_range = (10, 40)
    viewer.selection = (12, 14)
    assert viewer.sent == []


def test_what_the_browser_sends_is_not_sent_back(viewer) -> None:
    viewer.set_state({"t_range": [0, 30], "height": viewer.height})
    assert viewer.sent == []


def test_what_the_browser_shows_after_messages_that_crossed_is_what_python_has(viewer) -> None:
    viewer._handle_custom_msg({"kind": "shown", "values": {"t_range": [5, 35], "_esm": ""}}, [])
    assert viewer.t_range == (5, 35)
    assert viewer._esm
    assert viewer.sent == []


def test_an_invalid_value_is_refused_and_not_sent(viewer) -> None:
    with pytest.raises(vw.errors.InvalidInputError):
        viewer.t_range = (900, 901)
    assert viewer.sent == []


@pytest.mark.parametrize("name", ["channels", "selection", "epoch_length", "scales", "filters"])
def test_each_property_of_the_view_can_be_assigned_again(viewer, name) -> None:
    setattr(viewer, name, getattr(viewer, name))
    assert [set(message["values"]) for message in viewer.sent] == [{name}]
