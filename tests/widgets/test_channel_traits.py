"""How the lanes of a viewer are arranged from Python."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError


@pytest.fixture
def viewer():
    t = np.arange(6000) / 100
    signals = {name: np.sin(t + k) for k, name in enumerate(["ECG", "ABP", "CVP", "PPG"])}
    units = {"ECG": "mV", "ABP": "mmHg", "CVP": "mmHg", "PPG": ""}
    return vw.Viewer(vw.Recording.from_arrays(signals, fs=100.0, units=units))


def test_the_arrangement_is_part_of_the_saved_view(viewer) -> None:
    viewer.overlaid["PPG"] = "ABP"
    viewer.heights = {"ECG": 2, "Pressure": 0.5}
    viewer.colors["ECG"] = "#D55E00"
    viewer.colors["pressure"] = "teal"
    viewer.color_by = "kind"
    viewer.lanes_per_page = 8
    saved = json.loads(json.dumps(viewer.view))
    assert saved["overlaid"] == {"PPG": "ABP"}
    assert saved["heights"] == {"ECG": 2.0, "pressure": 0.5}
    assert saved["colors"] == {"ECG": "#d55e00", "pressure": "#008080"}
    restored = vw.Viewer(viewer.recording, view=saved)
    assert restored.view == saved
    namespace = {"recording": viewer.recording}
    exec(viewer.code(), namespace)
    assert namespace["viewer"].view == saved


def test_an_entry_is_removed_with_none(viewer) -> None:
    viewer.heights = {"ECG": 2, "CVP": 3}
    viewer.heights["ECG"] = None
    assert viewer.heights == {"CVP": 3.0}


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("overlaid", {"EKG": "ABP"}, UnknownChannelError, "'EKG', which is no channel.*kinds: "),
        ("overlaid", {"ECG": "BP"}, UnknownChannelError, "'BP' is not the name of a channel"),
        ("overlaid", {"ECG": "ECG"}, InvalidInputError, "cannot be drawn in its own lane"),
        (
            "overlaid",
            {"PPG": "ABP", "ABP": "CVP"},
            InvalidInputError,
            "'ABP' has no lane of its own, it is drawn in that of 'CVP'; give 'CVP'",
        ),
        ("heights", {"ECG": 0}, InvalidInputError, r"heights\['ECG'\]=0 is not a height from 0.1"),
        ("heights", {"ECG": "2"}, InvalidInputError, "is not a height"),
        ("heights", {"ECG": float("nan")}, InvalidInputError, "is not a height"),
        ("heights", {"lead": 2}, UnknownChannelError, "'lead', which is no channel"),
        ("colors", {"ECG": "blurple"}, InvalidInputError, r"colors\['ECG'\]='blurple' is not a"),
        ("color_by", "mood", InvalidInputError, "color_by='mood' is unknown; give 'channel' or"),
        ("lanes_per_page", 0, InvalidInputError, "not a whole number from 1 to 1000; None"),
        ("lanes_per_page", 2.5, InvalidInputError, "not a whole number"),
        ("lanes_per_page", True, InvalidInputError, "not a whole number"),
    ],
)
def test_other_values_are_refused(viewer, name, value, error, message) -> None:
    before = viewer.view
    with pytest.raises(error, match=message):
        setattr(viewer, name, value)
    assert viewer.view == before
    with pytest.raises(error, match=message):
        vw.Viewer(viewer.recording, **{name: value})


def rows_with(png: bytes, color: tuple[int, int, int]) -> tuple[int, int]:
    """The first and the last row of a picture that contain a colour in the plot."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    rows = np.flatnonzero((pixels[:, 250:] == color).all(axis=2).any(axis=1))
    return int(rows[0]), int(rows[-1])


def test_pictures_show_the_arrangement(viewer) -> None:
    viewer.colors = {"ECG": "#ff0000", "PPG": "#000080"}
    viewer.overlaid = {"PPG": "ECG"}
    viewer.heights = {"ECG": 3}
    made = io.BytesIO()
    viewer.picture(height=420).save(made, "png")
    png = made.getvalue()
    # ECG, ABP and CVP share 398 pixels 3 : 1 : 1; red has too little contrast and is darkened.
    for color in ((0, 0, 128), (235, 0, 0)):
        first, last = rows_with(png, color)
        assert first < 30
        assert 398 * 3 / 5 - 30 < last < 398 * 3 / 5


def test_lanes_of_a_montage_are_arranged_until_it_is_removed() -> None:
    t = np.arange(6000) / 100
    names = ["Fp1", "F7", "F3", "C3", "ECG"]
    units = dict.fromkeys(names, "uV")
    signals = {name: np.sin(t + k) for k, name in enumerate(names)}
    viewer = vw.Viewer(vw.Recording.from_arrays(signals, fs=100.0, units=units))
    viewer.heights = {"ECG": 2, "EEG": 0.5}
    viewer.montage = "double banana"
    first, second = [name for name in viewer.channels if "-" in name][:2]
    viewer.colors = {first: "red", "EEG": "teal"}
    viewer.overlaid = {second: first}
    saved = viewer.view
    assert vw.Viewer(viewer.recording, view=saved).view == saved
    viewer.montage = None
    assert viewer.colors == {"EEG": "#008080"}
    assert viewer.overlaid == {}
    assert viewer.heights == {"ECG": 2.0, "EEG": 0.5}
