"""The beats of a channel come from the detector of its kind, and a note says so."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va
from vital_widgets.analysis.compare.channel_beats import channel_beats
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.ppg_waves import make_ppg


def test_an_ecg_and_a_ppg_get_their_own_detector():
    ecg = noisy_ecg(60, 250, snr=25, seed=1).values
    rec = Recording.from_arrays({"ECG": ecg}, 250)
    found = channel_beats(rec["ECG"])
    np.testing.assert_array_equal(found.times, va.ecg_peaks(rec["ECG"]).times)
    assert f"{len(found)} beats were found in the channel 'ECG' by ecg_peaks" in found.notes[0]
    ppg = Recording.from_arrays({"Pleth": make_ppg(60, 64, seed=1).values}, 64)["Pleth"]
    pulses = channel_beats(ppg)
    assert pulses.source == "ppg"
    assert len(pulses) > 40
    assert "by ppg_peaks" in pulses.notes[-1]


def test_only_usable_stretches_are_searched():
    ecg = Recording.from_arrays({"II": noisy_ecg(60, 250, snr=25, seed=1).values}, 250)["II"]
    found = channel_beats(ecg, va.Stretches([0.0, 40.0], [20.0, 60.0]))
    assert not np.any((found.times > 20) & (found.times < 40))


def test_a_channel_of_another_kind_is_refused():
    other = Recording.from_arrays({"ABP": np.zeros(1000)}, 250)["ABP"]
    with pytest.raises(InvalidInputError, match=r"'ABP' .* call the function with ecg_peaks\("):
        channel_beats(other)
