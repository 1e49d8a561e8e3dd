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
