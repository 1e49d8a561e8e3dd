"""Responses to events: those of a simulated experiment, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import Annotations
from vital_widgets.analysis import Stretches, eda_event_responses, eda_peaks
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.eda_experiment import eda_experiment


def test_each_event_has_its_own_response_or_none():
    made = eda_experiment(40, no_response=0.25, artefacts=0, seed=1)
    found = eda_event_responses(eda_peaks(made.recording["EDA"]), made.stimuli)
    answered = made.amplitude > 0
    assert np.array_equal(np.isfinite(found.amplitude), answered)
    np.testing.assert_allclose(found.amplitude[answered], made.amplitude[answered], rtol=0.15)
    true = (made.onset - made.stimuli.onset)[answered]
    np.testing.assert_allclose(found.latency[answered], true, atol=0.4)  # it begins flat
    assert found.magnitude[~answered].tolist() == [0.0] * int((~answered).sum())
    assert list(found.texts) == list(made.stimuli.text)
    assert found.of("aversive").sum() == (made.stimuli.text == "aversive").sum()


def test_the_window_decides_which_response_belongs_to_an_event():
    made = eda_experiment(10, no_response=0.0, artefacts=0)
    responses = eda_peaks(made.recording["EDA"])
    none = eda_event_responses(responses, made.stimuli, latency_range=(3.5, 4.0))
    assert np.isnan(none.amplitude).all()
    by_time = eda_event_responses(responses, made.stimuli.onset)
    assert set(by_time.texts) == {""}
    assert np.isfinite(by_time.amplitude).all()
    without = eda_event_responses(responses, Annotations([], []))
    assert not without.enough


def test_an_event_without_signal_is_no_event_without_a_response():
    made = eda_experiment(20, no_response=0.0, artefacts=0, seed=3)
    channel, at = made.recording["EDA"], made.stimuli.onset
    cut = Stretches([at[4] - 2, at[9] + 3], [at[4] + 6, at[9] + 9])  # two events are not seen
    usable = cut.outside(0, made.recording.duration)
    found = eda_event_responses(eda_peaks(channel, usable=usable), made.stimuli)
    lost = np.isin(np.arange(20), (4, 9))
    assert np.array_equal(found.seen, ~lost)
    assert np.isnan(found.magnitude[lost]).all()
    assert np.isfinite(found.magnitude[~lost]).all()
    assert "2 events have no usable signal up to 4 s after them" in found.notes
    # The same where nothing was recorded, and after the end.
    part = eda_peaks(channel.between(0, at[9] + 3))
    assert eda_event_responses(part, made.stimuli).seen.tolist() == [True] * 9 + [False] * 11


def test_mistakes():
    responses = eda_peaks(eda_experiment(5).recording["EDA"])
    with pytest.raises(InvalidInputError, match="give the result of eda_peaks"):
        eda_event_responses(np.arange(3.0), [1.0])
    with pytest.raises(InvalidInputError, match="0 <= t0 < t1"):
        eda_event_responses(responses, [1.0], latency_range=(4.0, 1.0))
    with pytest.raises(InvalidInputError, match="integers"):
        eda_event_responses(responses, [1, 2])
