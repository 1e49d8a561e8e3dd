"""The kind of a channel follows from its name and units, or is not guessed."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular


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
        ("Acc X", "g", ""),
        ("ABP", "mmHg", ""),
    ],
)
def test_the_kind_of_a_channel(name: str, units: str, kind: str) -> None:
    channel = Channel(name, ArraySamples(np.zeros(10)), regular(250.0, 10), units)
    assert channel_kind(channel) == kind
