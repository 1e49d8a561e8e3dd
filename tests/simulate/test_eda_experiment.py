"""The responses of a simulated experiment are found again, and follow their closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vital_widgets import analysis
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.eda_experiment import eda_experiment

PLAIN = {"drift": 0.0, "noise": 0.0, "artefacts": 0, "no_response": 0.0}


def bateman(t, size):
    """The response as its formula says, with the peak searched for."""
    shape = lambda s: np.where(s > 0, np.exp(-s / 2) - np.exp(-s / 0.75), 0.0)  # noqa: E731
    return size * shape(t) / shape(np.arange(0, 5, 1e-4)).max()


def test_the_phasic_signal_is_the_sum_of_the_responses():
    made = eda_experiment(12, seed=4, **PLAIN)
    channel = made.recording["EDA"]
    t = np.arange(channel.n_samples) / channel.fs
    expected = sum(bateman(t - o, a) for o, a in zip(made.onset, made.amplitude, strict=True))
    np.testing.assert_allclose(made.phasic, expected, atol=1e-6)
    np.testing.assert_allclose(channel.read(0, len(t)), made.tonic + made.phasic)
    k = 5
    around = (t > made.onset[k]) & (t < made.onset[k] + 5)
    top = t[around][np.argmax(expected[around])]
    assert made.peak[k] == pytest.approx(top, abs=1 / channel.fs)
    assert made.peak[k] - made.onset[k] == pytest.approx(1.2 * math.log(2 / 0.75))


def test_the_analysis_finds_the_responses_and_their_amplitudes():
    made = eda_experiment(40, seed=2, artefacts=0)
    found = analysis.eda_peaks(made.recording["EDA"])
    answered = made.amplitude > 0
    away = np.abs(found.peak[:, None] - made.peak[answered][None, :])
    assert len(found) == answered.sum() == 36
    assert away.min(axis=0).max() < 0.3
    sizes = found.amplitude[away.argmin(axis=0)]
    assert np.median(sizes / made.amplitude[answered]) == pytest.approx(1, abs=0.06)


def test_conditions_differ_as_stated():
    made = eda_experiment(400, amplitudes={"a": 0.3, "b": 0.9}, no_response=0.0, seed=1)
    of = {name: made.amplitude[made.stimuli.text == name] for name in "ab"}
    assert (len(of["a"]), len(of["b"])) == (200, 200)
    assert of["a"].mean() == pytest.approx(0.3, rel=0.05)
    assert of["b"].mean() == pytest.approx(0.9, rel=0.05)
    assert of["b"].std() / of["b"].mean() == pytest.approx(0.2, abs=0.03)
    latency = made.onset - made.stimuli.onset
    assert latency.min() >= 1.8 * 0.8
    assert latency.max() <= 1.8 * 1.2


def test_artefacts_are_where_they_are_said_to_be_and_nowhere_else():
    made = eda_experiment(20, seed=3, artefacts=4, noise=0.0)
    channel = made.recording["EDA"]
    t = np.arange(channel.n_samples) / channel.fs
    rest = np.abs(channel.read(0, len(t)) - made.tonic - made.phasic)
    inside = np.zeros(len(t), bool)
    for mark in made.artefacts:
        inside |= (t >= mark.onset) & (t < mark.onset + mark.duration)
    assert len(made.artefacts) == 4
    np.testing.assert_allclose(rest[inside], 3.0)
    np.testing.assert_allclose(rest[~inside], 0.0, atol=1e-9)


def test_spontaneous_responses_drift_and_seed():
    made = eda_experiment(40, spontaneous_per_min=3, drift=2.0, seed=6)
    minutes = made.recording.duration / 60
    assert len(made.spontaneous) == pytest.approx(3 * minutes, rel=0.4)
    assert made.tonic[0] - made.tonic[-1] == pytest.approx(2.0, abs=0.7)
    same, other = (eda_experiment(40, spontaneous_per_min=3, seed=s) for s in (6, 7))
    assert np.array_equal(same.phasic, made.phasic)
    assert not np.array_equal(other.amplitude, made.amplitude)
    assert made.recording.annotations.text.tolist() == made.stimuli.text.tolist()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n_stimuli": 0}, "n_stimuli=0"),
        ({"fs": 1}, "fs=1 is not a number from 4"),
        ({"amplitudes": {}}, "mean amplitude in µS of each condition"),
        ({"amplitudes": {"a": -1}}, r"amplitudes\['a'\]=-1"),
        ({"no_response": 2}, "no_response=2"),
    ],
)
def test_a_wrong_argument_is_named(wrong, said):
    with pytest.raises(InvalidInputError, match=said):
        eda_experiment(**wrong)
