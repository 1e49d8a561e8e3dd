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


def test_beats_of_channels_are_matched_and_timed_like_beats():
    made = noisy_ecg(700, 250, snr=25, seed=1)
    rec = Recording.from_arrays({"ECG": made.values, "II": np.roll(made.values, 25)}, 250)
    beats, late = va.ecg_peaks(rec["ECG"]), va.ecg_peaks(rec["II"])
    matching = va.match_beats(made.r_times, rec["ECG"])
    assert matching.f1 == va.match_beats(made.r_times, beats).f1 > 0.99
    assert any("were found in the channel 'ECG'" in note for note in matching.notes)
    delay = va.beat_delay(rec["ECG"], rec["II"])
    assert delay.delay == va.beat_delay(beats, late).delay == pytest.approx(0.1, abs=1e-3)
    assert sum("were found in the channel" in note for note in delay.notes) == 2
    drift = va.clock_drift(rec["ECG"], late)
    assert drift.ppm == va.clock_drift(beats, late).ppm


def test_a_mask_says_where_beats_of_a_channel_are_scored():
    made = noisy_ecg(60, 250, snr=25, seed=1)
    ecg = Recording.from_arrays({"ECG": made.values}, 250)["ECG"]
    usable = va.Stretches([0.0], [30.0])
    for one in (usable, usable.mask(0.0, 250, ecg.n_samples)):
        assert va.match_beats(ecg, ecg, usable=one).tp == np.sum(va.ecg_peaks(ecg).times < 30)
