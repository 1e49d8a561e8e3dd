from __future__ import annotations

import json

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError, UnknownChannelError


def entry(viewer: vw.Viewer, name: str) -> dict:
    known = [one for one in viewer._description["channels"] if one and one["shown"]]
    return next(one for one in known if one["name"] == name)


def values(viewer: vw.Viewer, name: str) -> tuple[np.ndarray, np.ndarray]:
    session = viewer._session
    (k,) = session.index_of([name])
    return session.channels[k].window(-1, 1e9)


def test_an_array_is_drawn_in_the_lane_of_a_channel(recording) -> None:
    viewer = vw.Viewer(recording)
    made = viewer.add_signal([0.0, 1.0, 4.0], "trend", fs=0.5, start=10, units="mV", lane="ECG")
    assert made == "trend"
    assert viewer.channels == ["ECG", "PPG", "trend"]
    described = entry(viewer, "trend")
    assert (described["host"], described["style"], described["units"]) == ("ECG", "line", "mV")
    times, samples = values(viewer, "trend")
    assert times.tolist() == [10, 12, 14]
    assert samples.tolist() == [0, 1, 4]
    assert list(viewer.measure(9, 13, channels=["trend"])["max"]) == [1]


def test_times_with_a_gap_stay_a_gap(recording) -> None:
    viewer = vw.Viewer(recording)
    times = [*np.arange(100) / 4, *(100 + np.arange(100) / 4)]
    viewer.add_signal(np.arange(200.0), "slow", times=times)
    found, samples = values(viewer, "slow")
    np.testing.assert_allclose(found, times)
    np.testing.assert_array_equal(samples, np.arange(200.0))


def test_a_channel_of_another_recording_is_shown_and_removed(recording) -> None:
    other = vw.Recording.from_arrays({"CO2": np.arange(50.0)}, fs=1.0, units="mmHg")
    viewer = vw.Viewer(recording)
    viewer.add_signal(other["CO2"])
    assert viewer.channels[-1] == "CO2"
    viewer.remove_signal("CO2")
    assert viewer.channels == ["ECG", "PPG"]
    with pytest.raises(UnknownChannelError, match="no signal 'CO2' was added"):
        viewer.remove_signal("CO2")


def test_stages_are_steps_with_names(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.add_signal(["W", "N1", "REM", "Sleep stage 4", "?"], style="stages")
    times, codes = values(viewer, "stages")
    assert times.tolist() == [0, 30, 60, 90, 120]
    assert codes[:4].tolist() == [5, 3, 4, 1]
    assert np.isnan(codes[4])
    described = entry(viewer, "stages")
    assert described["levels"] == {"W": 5, "R": 4, "N1": 3, "N2": 2, "N3": 1}
    low, high = viewer.scales["stages"]
    assert low < 1
    assert high > 5


def test_stages_can_be_annotations(recording) -> None:
    marks = Annotations(
        [0, 5, 60, 90], ["Sleep stage W", "arousal", "Sleep stage N2", "Sleep stage R"],
        [60, 3, 30, 30],
    )  # fmt: skip
    viewer = vw.Viewer(recording)
    viewer.add_signal(marks, style="stages")
    times, codes = values(viewer, "stages")
    assert times.tolist() == [0, 30, 60, 90]
    assert codes.tolist() == [5, 5, 2, 4]


def test_a_mask_of_stretches_never_hides_a_disturbance(recording) -> None:
    viewer = vw.Viewer(recording)
    usable = Stretches([0, 100.04], [99.99, 600])
    viewer.add_signal(usable, "quality", style="ribbon", lane="ECG")
    times, mask = values(viewer, "quality")
    bad = times[mask == 0]
    np.testing.assert_allclose(bad, [99.9, 100.0])
    assert entry(viewer, "quality")["style"] == "ribbon"


def test_a_mask_of_samples_is_shown_as_it_is(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.add_signal(np.array([True, False, True]), style="ribbon", fs=2.0)
    assert values(viewer, "usable")[1].tolist() == [1, 0, 1]


def test_an_overlay_can_be_filtered_like_a_lane(recording) -> None:
    viewer = vw.Viewer(recording)
    t = np.arange(6000) / 100
    viewer.add_signal(np.sin(t) + np.sin(2 * np.pi * 20 * t), "mix", fs=100.0)
    viewer.filters["mix"] = "low-pass 5 Hz"
    assert entry(viewer, "mix")["filter"]
    assert np.ptp(values(viewer, "mix")[1][1000:5000]) < 2.2
    assert viewer.channels == ["ECG", "PPG", "mix"]


@pytest.mark.parametrize(
    ("signal", "options", "message"),
    [
        ([1, 2], {}, "needs either fs in Hz or times"),
        ([1, 2], {"fs": 1, "times": [0, 1]}, "one of both"),
        ([[1, 2]], {"fs": 1}, "one-dimensional"),
        (["a"], {"fs": 1}, "cannot be shown as a signal"),
        ([1, 2], {"fs": -1}, "sampling rate"),
        ([1, 2], {"fs": 1, "name": "ECG"}, "a lane called 'ECG' already"),
        ([1, 2], {"fs": 1, "lane": "EEG"}, "lane='EEG' is unknown; available: 'ECG', 'PPG'"),
        ([1, 2], {"fs": 1, "style": "bars"}, "style='bars' is unknown"),
        (["a"], {"style": "stages"}, "contain no sleep stage"),
        ([1, 2], {"style": "ribbon"}, "cannot be shown as a ribbon"),
        ([1, 2], {"times": [0, float("nan")]}, "2 finite seconds"),
    ],
)
def test_what_cannot_be_shown_is_refused_at_once(recording, signal, options, message) -> None:
    viewer = vw.Viewer(recording)
    with pytest.raises((InvalidInputError, UnknownChannelError), match=message):
        viewer.add_signal(signal, **options)
    assert viewer.channels == ["ECG", "PPG"]


def test_closed_viewers_say_so(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.close()
    with pytest.raises(InvalidInputError, match="was closed"):
        viewer.add_signal([1.0], fs=1.0)


def test_a_spectrogram_has_a_lane_of_its_own_in_hertz(recording) -> None:
    viewer = vw.Viewer(recording)
    assert viewer.add_spectrogram("ECG", band=(0, 20)) == "ECG spectrogram"
    assert viewer.channels[-1] == "ECG spectrogram"
    described = entry(viewer, "ECG spectrogram")
    assert (described["style"], described["units"]) == ("spectrogram", "Hz")
    assert tuple(viewer.scales["ECG spectrogram"]) == (0, 20)
    assert list(viewer.measure(0, 1)["channel"]) == ["ECG", "PPG"]
    assert viewer.picture().size[0] == 960


@pytest.mark.parametrize(
    ("channel", "options", "message"),
    [
        ("EEG", {}, "unknown channel 'EEG'; available: 'ECG', 'PPG'"),
        ("ECG", {"band": (0, 60)}, "two frequencies from 0 to 50 Hz"),
        ("ECG", {"band": (5, 5)}, "two frequencies"),
        ("ECG", {"window_s": 0.01}, "from 4 samples"),
        ("ECG", {"name": "PPG"}, "a lane called 'PPG' already"),
    ],
)
def test_what_is_no_spectrogram_is_refused_at_once(recording, channel, options, message) -> None:
    viewer = vw.Viewer(recording)
    with pytest.raises((InvalidInputError, UnknownChannelError), match=message):
        viewer.add_spectrogram(channel, **options)
    assert viewer.channels == ["ECG", "PPG"]


def test_overlays_are_given_when_a_viewer_is_created(recording) -> None:
    other = vw.Recording.from_arrays({"CO2": np.arange(50.0)}, fs=1.0)["CO2"]
    viewer = vw.Viewer(
        recording, overlays={"a": other, "b": {"signal": [1.0, 2.0], "fs": 4, "lane": "ECG"}}
    )
    assert viewer.channels == ["ECG", "PPG", "a", "b"]
    assert entry(viewer, "b")["host"] == "ECG"
    assert vw.Viewer(recording, overlays=[other]).channels[-1] == "CO2"
    with pytest.raises(InvalidInputError, match="needs either fs"):
        vw.Viewer(recording, overlays={"b": [1.0, 2.0]})


def test_add_shows_channels_as_signals(recording) -> None:
    other = vw.Recording.from_arrays({"CO2": np.arange(50.0)}, fs=1.0)["CO2"]
    viewer = vw.Viewer(recording)
    assert viewer.add(other, channel="ECG") == "CO2"
    assert entry(viewer, "CO2")["host"] == "ECG"


def test_a_view_keeps_channels_sums_and_spectrograms(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.add_signal(recording["PPG"], "pulse", lane="ECG")
    viewer.add_signal(recording["ECG"] / 2 - recording["ECG"] * 3, "sum")
    viewer.add_spectrogram("sum", band=(0, 10), window_s=2)
    viewer.filters["sum"] = "0.5-20 Hz"
    viewer.heights["sum"] = 2
    document = json.loads(json.dumps(viewer.view))
    assert document["added"]["pulse"] == {"weights": {"PPG": 1.0}, "lane": "ECG"}
    again = vw.Viewer(recording, view=document)
    assert again.view == document
    assert again.channels == ["ECG", "PPG", "pulse", "sum", "sum spectrogram"]
    for name in ("pulse", "sum"):
        assert entry(again, name)["host"] == entry(viewer, name)["host"]
        np.testing.assert_array_equal(values(again, name), values(viewer, name))
    plain = vw.Viewer(recording)
    plain.view = document
    assert plain.view == document
    scope: dict = {"recording": recording}
    exec(viewer.code(), scope)
    assert scope["viewer"].view == document
    again.remove_signal("sum spectrogram")
    again.remove_signal("sum")
    assert set(again.view["added"]) == {"pulse"}
    plain.added = {}
    assert plain.channels == ["ECG", "PPG"]


def test_a_view_says_which_signals_it_does_not_keep(recording) -> None:
    viewer = vw.Viewer(recording)
    viewer.add_signal(np.arange(100.0), "trend", fs=1)
    viewer.add_signal(recording["ECG"], "copy", lane="trend")
    viewer.overlaid = {"PPG": "trend"}
    with pytest.warns(UserWarning, match="does not keep 'copy', 'trend', which cannot be made"):
        document = viewer.view
    assert (document["channels"], document["overlaid"]) == (["ECG", "PPG"], {})
    assert vw.Viewer(recording, view=document).channels == ["ECG", "PPG"]
    assert "trend" not in viewer.code()


@pytest.mark.parametrize(
    ("recipe", "error", "message"),
    [
        ({"weights": {"EEG": 1}}, UnknownChannelError, "names 'EEG', which is no channel"),
        ({"weights": {}}, InvalidInputError, "is not a signal; give {'weights'"),
        ({"spectrogram": "EEG"}, UnknownChannelError, "names 'EEG'"),
        ([1.0, 2.0], InvalidInputError, "is not a signal; give"),
        ({"weights": {"ECG": 1}, "style": "dots"}, InvalidInputError, "is not a signal"),
        ({"weights": {"ECG": 1}, "lane": "EEG"}, UnknownChannelError, "names 'EEG'"),
    ],
)
def test_descriptions_of_signals_are_checked(recording, recipe, error, message) -> None:
    with pytest.raises(error, match=message):
        vw.Viewer(recording, view={"added": {"new": recipe}})
    viewer = vw.Viewer(recording)
    with pytest.raises(error, match=message):
        viewer.added = {"new": recipe}
    assert viewer.view["added"] == {}
