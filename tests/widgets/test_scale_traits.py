from __future__ import annotations

import json

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError


@pytest.fixture
def night():
    names = {"ECG": "mV", "C3-A2": "V", "C4-A1": "V", "SpO2": "%", "Thorax": "", "humidity": "%"}
    values = {name: np.zeros(6000) for name in names}
    return vw.Recording.from_arrays(values, fs=100.0, units=names)


def test_a_scale_is_set_by_kind_and_by_channel(night) -> None:
    viewer = vw.Viewer(night)
    viewer.scales["ecg"] = "10mm/mV"
    viewer.scales["C3-A2"] = "20 uV/mm"
    viewer.scales["SpO2"] = (80, 100)
    viewer.scales["Thorax"] = "2"
    viewer.scales["other"] = "auto"
    assert viewer.scales == {
        "ECG": "10 mm/mV", "C3-A2": "20 µV/mm", "SpO2": (80.0, 100.0), "Thorax": "2",
        "other": "auto",
    }  # fmt: skip
    viewer.scales["Thorax"] = None
    assert "Thorax" not in viewer.scales


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("ECG", "fast", InvalidInputError, r"scales\['ECG'\]='fast' is not a scale; .*10 mm/mV"),
        ("ECG", (2, 1), InvalidInputError, r"\(2, 1\)"),
        ("pulse", "auto", UnknownChannelError, r"'pulse'.*'C3-A2'.*kinds: 'ECG'"),
        ("SpO2", "10 mm/mV", InvalidInputError, r"'mV', but .* 'SpO2' .*'%'.* '10 %'"),
        ("Thorax", "5 mV", InvalidInputError, r"'Thorax' has no units; .*'10'"),
        ("EEG", "10 %", InvalidInputError, r"'C3-A2' has the units 'V'"),
        ("SpO2", "10", InvalidInputError, r"in no units, but"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused(night, key, value, error, message) -> None:
    viewer = vw.Viewer(night)
    with pytest.raises(error, match=message):
        viewer.scales[key] = value
    assert viewer.scales == {}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("paper_speed", 0, "paper_speed=0 .* mm/s"),
        ("paper_speed", "25 mm/s", "'25 mm/s'"),
        ("page", -30, "page=-30 .* seconds"),
        ("page", float("nan"), "page=nan"),
        ("page", True, "page=True"),
        ("grid", "ECG paper", "grid='ECG paper' is not one of 'time', 'ecg', 'none'"),
        ("positions", {"ECG": "top"}, "positions.*'top'.*0.5"),
        ("positions", {"EKG": 0.5}, "positions names 'EKG'"),
    ],
)
def test_a_property_that_is_invalid_is_refused(night, name, value, message) -> None:
    viewer = vw.Viewer(night)
    before = viewer.view
    with pytest.raises((InvalidInputError, UnknownChannelError), match=message):
        setattr(viewer, name, value)
    with pytest.raises((InvalidInputError, UnknownChannelError), match=message):
        vw.Viewer(night, **{name: value})
    assert viewer.view == before


def test_a_page_is_the_length_of_the_window(night) -> None:
    viewer = vw.Viewer(night, t_range=(10, 12))
    viewer.page = 30
    assert viewer.t_range == (10.0, 40.0)
    viewer.t_range = (50, 55)
    viewer.page = 20
    assert viewer.t_range == (40.0, 60.0)


def test_of_page_and_paper_speed_the_last_one_counts(night) -> None:
    viewer = vw.Viewer(night, page=15)
    viewer.paper_speed = 25
    assert (viewer.page, viewer.paper_speed) == (None, 25.0)
    viewer.page = 10
    assert (viewer.page, viewer.paper_speed) == (10.0, None)


def test_all_of_it_is_in_the_view_document(night) -> None:
    viewer = vw.Viewer(
        night, scales={"EEG": "7 µV/mm", "SpO2": (80, 100)}, positions={"ECG": 0.25}, page=30,
        grid="ecg", overlap=True,
    )  # fmt: skip
    saved = json.loads(json.dumps(viewer.view))
    restored = vw.Viewer(night, view=saved)
    assert restored.view == saved
    assert restored.scales["SpO2"] == (80.0, 100.0)
    assert restored.t_range == (0.0, 30.0)


def test_lanes_of_a_montage_have_scales_that_wait_while_it_is_off(night, monkeypatch) -> None:
    lane = night["C3-A2"] - night["C4-A1"]
    viewer = vw.Viewer(night)
    with monkeypatch.context() as montage:
        montage.setattr(vw.Viewer, "_lane_channels", lambda _: {lane.name: lane})
        viewer.scales[lane.name] = "20 µV/mm"
        viewer.positions[lane.name] = 0.3
    viewer.scales["ECG"] = "10 mm/mV"
    viewer.positions["ECG"] = 0.4
    assert viewer.scales == {lane.name: "20 µV/mm", "ECG": "10 mm/mV"}
    assert viewer.positions == {lane.name: 0.3, "ECG": 0.4}
    with pytest.raises(UnknownChannelError):
        viewer.scales["C3 - A3"] = "auto"


def test_a_window_of_another_length_gives_up_the_length_of_pages(recording) -> None:
    viewer = vw.Viewer(recording, page=30)
    viewer.t_range = (60, 90)
    assert viewer.page == 30
    viewer.t_range = (60, 70)
    assert viewer.page is None
    assert vw.Viewer(recording, view=viewer.view).t_range == (60, 70)


def test_a_page_longer_than_the_recording_is_kept(recording) -> None:
    viewer = vw.Viewer(recording, page=3600)
    assert viewer.page == 3600
    viewer.t_range = (0, recording.duration)
    assert viewer.page == 3600
