from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError


@pytest.fixture
def night():
    start = datetime(2024, 3, 1, 22, 0, tzinfo=timezone(timedelta(hours=1)))
    return vw.Recording.from_arrays({"EEG": np.zeros(360_000)}, fs=100.0, start=start)


@pytest.mark.parametrize(
    ("position", "window"),
    [
        ("22:30:00", (1800.0, 1810.0)),
        ("+90 s", (190.0, 200.0)),
        ("#5000", (50.0, 60.0)),
        ("epoch 3", (65.0, 75.0)),
        ("end", (3590.0, 3600.0)),
        (1234.5, (1234.5, 1244.5)),
        (np.float32(20), (20.0, 30.0)),
        (datetime(2024, 3, 1, 21, 30, tzinfo=UTC), (1800.0, 1810.0)),
        # The window stays inside the recording.
        (3595, (3590.0, 3600.0)),
    ],
)
def test_the_window_goes_to_a_position_and_keeps_its_length(night, position, window) -> None:
    viewer = vw.Viewer(night, t_range=(100, 110))
    viewer.epoch_length = 30
    viewer.epoch_start = 5
    viewer.goto(position)
    assert viewer.t_range == pytest.approx(window)


def test_a_time_of_day_is_a_time_from_the_start_if_the_viewer_shows_no_clock_time(night) -> None:
    viewer = vw.Viewer(night, t_range=(100, 110))
    viewer.time_axis = "elapsed"
    viewer.goto("00:30:00")
    assert viewer.t_range == (1800.0, 1810.0)


@pytest.mark.parametrize(
    ("position", "message"),
    [
        ("12:00", "12:00 is outside the recording, which lasts from 2024-03-01 22:00:00"),
        (3600, "3600 s is outside the recording, which lasts from 0 to 3600 s"),
        (float("nan"), "nan s is outside"),
        (None, "cannot go to None"),
        ("e7", "epochs are off"),
        ("#1 ECG", "unknown channel 'ECG'"),
    ],
)
def test_a_position_that_does_not_exist_moves_nothing(night, position, message) -> None:
    viewer = vw.Viewer(night, t_range=(100, 110))
    with pytest.raises(InvalidInputError, match=message):
        viewer.goto(position)
    assert viewer.t_range == (100.0, 110.0)


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("time_axis", "utc", "time_axis='utc' is unknown; give 'clock' or 'elapsed'"),
        ("epoch_length", 0, "epoch_length=0.0 is not a length in seconds"),
        ("epoch_length", float("inf"), "epoch_length=inf"),
        ("epoch_start", -1, "epoch_start=-1.0 is not a time in seconds"),
        ("play_speed", 0, "play_speed=0.0 is not a speed from 0.01 to 10,000"),
    ],
)
def test_an_invalid_property_is_refused_at_once(recording, trait, value, message) -> None:
    viewer = vw.Viewer(recording)
    before = viewer.view
    with pytest.raises(InvalidInputError, match=message):
        setattr(viewer, trait, value)
    assert viewer.view == before
    with pytest.raises(InvalidInputError, match=message):
        vw.Viewer(recording, **{trait: value})


def test_how_time_is_shown_is_part_of_the_view(recording) -> None:
    viewer = vw.Viewer(recording, epoch_length=20, toolbar=False)
    viewer.time_axis = "elapsed"
    viewer.epoch_start = 2.5
    viewer.play_speed = 10
    restored = vw.Viewer(recording, view=viewer.view)
    assert restored.view == viewer.view
    assert restored.epoch_length == 20.0
    assert restored.toolbar is False


def test_former_windows_are_asked_of_the_browser(recording, monkeypatch) -> None:
    viewer = vw.Viewer(recording)
    sent = []
    monkeypatch.setattr(viewer, "send", sent.append)
    viewer.back()
    viewer.forward()
    assert sent == [{"kind": "back"}, {"kind": "forward"}]
