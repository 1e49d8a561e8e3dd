"""A channel gives what the beats found in it and corrected give, and notes say how."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vital_widgets import analysis as va
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.ppg_waves import make_ppg

ECG = noisy_ecg(200, 250, snr=25, seed=1, premature=0.05).values
FUNCTIONS = [va.hrv, va.hrv_time, va.hrv_frequency, va.hrv_nonlinear, va.hrv_trend,
             va.hrv_conventions, va.poincare, va.correct_beats]  # fmt: skip


def channel(values=ECG, fs=250, name="ECG"):
    return Recording.from_arrays({name: values}, fs)[name]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_channel_is_its_corrected_beats(function):
    found = va.ecg_peaks(ECG, 250)
    beats = found if function is va.correct_beats else va.correct_beats(found)
    made = function(channel())
    pd.testing.assert_frame_equal(made.to_frame(), function(beats).to_frame())
    assert any(f"{len(found)} beats were found in the channel 'ECG'" in n for n in made.notes)
    corrected = [n for n in made.notes if n.startswith("correct_beats (lipponen2019) changed")]
    assert len(corrected) == (function is not va.correct_beats)
    assert made.recipe.inputs[next(iter(made.recipe.inputs))].kind == "channel"
    pd.testing.assert_frame_equal(made.recipe.run().to_frame(), made.to_frame())


def test_the_note_counts_what_was_corrected():
    made = va.hrv_time(channel())
    counts = va.correct_beats(channel()).changes
    (note,) = [n for n in made.notes if "changed" in n]
    assert f"changed {sum(counts.values())} of the beats" in note
    for kind, n in counts.items():
        assert f"{n} {kind}" in note


def test_a_ppg_gives_pulse_rate_variability():
    ppg = channel(make_ppg(120, 64, seed=1).values, 64, "PPG")
    made = va.hrv_time(ppg)
    assert made.source == "ppg"
    assert "pulse-rate variability" in repr(made)


def test_a_mask_of_samples_says_where_a_channel_may_be_used():
    usable = va.Stretches([0.0, 120.0], [100.0, 200.0])
    mask = usable.mask(0.0, 250, len(ECG))
    frames = [va.hrv_time(channel(), usable=one).to_frame() for one in (usable, mask)]
    pd.testing.assert_frame_equal(*frames)
    assert frames[0]["sdnn"][0] != va.hrv_time(channel())["sdnn"]


def test_a_channel_runs_in_the_background():
    task = va.run(va.hrv, channel(), domains=("time",))
    assert task.result(300)["rmssd"] == va.hrv_time(channel())["rmssd"]


def test_no_signal_and_other_signals_say_so():
    flat = va.hrv(channel(np.zeros(5000)))
    assert not flat.enough
    assert any("0 beats were found" in note for note in flat.notes)
    with pytest.raises(InvalidInputError, match="not named like an ECG or PPG"):
        va.hrv(channel(name="ABP"))
