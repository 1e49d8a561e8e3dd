"""The kind of a channel follows from its name and units, or is not guessed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from vital_widgets import analysis as va
from vital_widgets.analysis.beats.channel_kind import channel_kind, check_kind
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.widgets.sample import sample


@pytest.mark.parametrize(
    ("name", "units", "kind"),
    [
        ("ECG", "mV", "ecg"),
        ("EKG 1", "", "ecg"),
        ("ECG_II", "uV", "ecg"),
        ("MLII", "mV", "ecg"),
        ("V5", "mV", "ecg"),
        ("aVR", "mV", "ecg"),
        ("i", "mV", "ecg"),
        ("II", "", "ecg"),
        ("I", "g", ""),
        ("PPG", "NU", "ppg"),
        ("PLETH", "NU", "ppg"),
        ("BVP", "", "ppg"),
        ("PPG Red", "", "ppg"),
        ("IR", "counts", "ppg"),
        ("PPG rate", "bpm", ""),
        ("SpO2", "%", ""),
        ("RESP", "Ohm", "respiration"),
        ("Thorax", "", "respiration"),
        ("EEG Fpz-Cz", "uV", "eeg"),
        ("ECG-derived respiration", "", ""),
        ("EDA", "uS", "eda"),
        ("EMG chin", "uV", "emg"),
        ("Acc X", "g", ""),
        ("ABP", "mmHg", ""),
    ],
)
def test_the_kind_of_a_channel(name: str, units: str, kind: str) -> None:
    channel = Channel(name, ArraySamples(np.zeros(10)), regular(250.0, 10), units)
    assert channel_kind(channel) == kind


def of_name(name: str, units: str = "", fs: float = 25.0) -> Channel:
    """A channel whose rate is too low for an ECG: the name must be the reason that is given."""
    return Recording.from_arrays({name: np.zeros(100)}, fs, units=units)[name]


ECG_FUNCTIONS = (
    "ecg_peaks", "ecg_delineate", "ecg_intervals", "st_level", "st_episodes", "beat_templates",
    "beat_trend", "averaged_beat", "ecg_derived_respiration", "detector_disagreement",
)  # fmt: skip
PPG_FUNCTIONS = ("ppg_peaks", "ppg_fiducials", "ppg_derived_respiration", "perfusion_index")


@pytest.mark.parametrize("name", ["PPG", "Resp", "EDA", "EEG Fz"])
@pytest.mark.parametrize("function", ECG_FUNCTIONS)
def test_functions_of_an_ecg_refuse_other_channels(function: str, name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"channel '{name}' is named like an? .*needs an E"):
        getattr(va, function)(of_name(name))


@pytest.mark.parametrize("function", PPG_FUNCTIONS)
def test_functions_of_a_ppg_refuse_an_ecg(function: str) -> None:
    with pytest.raises(InvalidInputError, match=f"named like an ECG, but {function} needs a PPG"):
        getattr(va, function)(of_name("ECG", "mV"))


def test_the_message_states_what_to_use_and_how_to_go_on() -> None:
    words = (
        "channel 'PPG' is named like a PPG, but ecg_peaks needs an ECG; use ppg_peaks, or give "
        "the samples as an array if the name is wrong: "
        "ecg_peaks(channel.read(0, channel.n_samples), channel.fs)"
    )
    with pytest.raises(InvalidInputError, match=re.escape(words)):
        va.ecg_peaks(of_name("PPG"))
    with pytest.raises(InvalidInputError, match="use ppg_fiducials, or"):
        va.ecg_delineate([of_name("II"), of_name("PPG")])
    with pytest.raises(InvalidInputError, match=r"give beats=ppg_peaks\(channel\), or"):
        va.averaged_beat(of_name("PPG"))


def test_beats_are_sought_in_a_channel_of_their_kind() -> None:
    rec = sample(60)
    with pytest.raises(InvalidInputError, match="ecg_peaks needs an ECG"):
        va.averaged_beat(rec["ECG"], beats=rec["PPG"])
    with pytest.raises(InvalidInputError, match="ecg_peaks needs an ECG; use ppg_peaks"):
        va.pulse_arrival_time(rec["PPG"], rec["ECG"])
    with pytest.raises(InvalidInputError, match="ppg_fiducials needs a PPG; use ecg_delineate"):
        va.pulse_arrival_time(rec["ECG"], rec["ECG"])
    assert va.averaged_beat(rec["PPG"], beats=va.ppg_peaks(rec["PPG"])).n_used > 50
    found = va.rhythm_episodes(rec["PPG"])
    assert any("ppg_peaks" in note for note in found.notes)
    assert found.n_intervals == va.rhythm_episodes(va.ppg_peaks(rec["PPG"])).n_intervals


@pytest.mark.parametrize(
    ("name", "units"), [("Lead X", ""), ("Abdomen 1", "uV"), ("Ch1", "mV"), ("ECG resp", "mV")]
)
def test_a_channel_that_may_be_an_ecg_is_accepted(name: str, units: str) -> None:
    channel = of_name(name, units)
    check_kind(channel, "ecg", "ecg_peaks")
    with pytest.raises(InvalidInputError, match="sampling rate"):  # the next check
        va.ecg_peaks(channel)
