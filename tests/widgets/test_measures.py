from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.errors import InvalidInputError, UnknownChannelError


def test_the_selection_is_measured_for_each_lane(recording) -> None:
    viewer = vw.Viewer(recording, channels=["PPG", "ECG"])
    viewer.selection = (10.0, 20.0)
    frame = viewer.measure()
    assert list(frame["channel"]) == ["PPG", "ECG"]
    assert list(frame["units"]) == ["", "mV"]
    t, x = recording["ECG"].window(10, 20)
    row = frame.iloc[1]
    assert (row["n"], row["min"], row["max"]) == (1000, x.min(), x.max())
    assert row["sd"] == pytest.approx(x.std(ddof=1))
    assert row["slope"] == pytest.approx(np.polyfit(t, x, 1)[0])


def test_any_range_and_channels_can_be_measured(recording) -> None:
    viewer = vw.Viewer(recording)
    assert list(viewer.measure(0, 1, channels=["ECG"])["n"]) == [100]
    assert list(viewer.measure(0, 1, channels="PPG")["channel"]) == ["PPG"]


@pytest.mark.parametrize("given", [(2, 1), (1, None), (0, float("nan")), ("a", 1)])
def test_what_is_no_range_is_refused(recording, given) -> None:
    with pytest.raises(InvalidInputError, match="is not a time range"):
        vw.Viewer(recording).measure(*given)


def test_without_a_selection_the_error_says_how_to_select(recording) -> None:
    with pytest.raises(InvalidInputError, match=r"Shift \+ drag"):
        vw.Viewer(recording).measure()


def test_an_unknown_channel_is_named(recording) -> None:
    with pytest.raises(UnknownChannelError, match=r"'EEG'.*'ECG', 'PPG'"):
        vw.Viewer(recording).measure(0, 1, channels=["EEG"])


def test_a_caliper_is_part_of_the_view(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.caliper = {"channel": "ECG", "from": (1, 0.5), "to": (1.8, 0.25)}
    stored = {"channel": "ECG", "from": [1.0, 0.5], "to": [1.8, 0.25], "marching": False}
    assert viewer.view["caliper"] == stored
    assert vw.Viewer(recording, view=viewer.view).caliper == stored
    viewer.caliper = None
    assert viewer.view["caliper"] is None


@pytest.mark.parametrize(
    "change",
    [{"from": (1,)}, {"to": "ab"}, {"to": (1, float("nan"))}, {"from": None}, {"march": True}],
)
def test_what_is_no_caliper_is_refused(recording, change) -> None:
    good = {"channel": "ECG", "from": (1, 0.5), "to": (1.8, 0.25)}
    with pytest.raises(InvalidInputError, match=r"is not a caliper; give for example"):
        vw.Viewer(recording).caliper = good | change


def test_the_channel_of_a_caliper_must_exist(recording) -> None:
    with pytest.raises(UnknownChannelError, match=r"'EEG'.*available: 'ECG', 'PPG'"):
        vw.Viewer(recording).caliper = {"channel": "EEG", "from": (1, 0), "to": (2, 0)}


def test_rulers_are_distances_by_channel_or_kind(recording) -> None:
    viewer = vw.Viewer(recording, rulers={"EEG": "75 uV"})
    viewer.rulers["ECG"] = "1mV"
    assert viewer.view["rulers"] == {"EEG": "75 µV", "ECG": "1 mV"}
    viewer.rulers["EEG"] = None
    assert viewer.rulers == {"ECG": "1 mV"}
    for wrong in ["10 mm/mV", "wide", 75, "auto", "-1 mV"]:
        with pytest.raises(InvalidInputError, match=r"'75 µV'|is not a scale"):
            viewer.rulers["ECG"] = wrong
