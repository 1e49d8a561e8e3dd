"""Every function of spectra and statistics: a small plan, and the same of channels and arrays."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from vital_widgets import analysis
from vital_widgets.core.recording import Recording

FS = 64.0
FUNCTIONS = (
    "band_power",
    "band_power_trend",
    "coherence",
    "mean_frequency",
    "median_frequency",
    "peak_frequency",
    "power_spectrum",
    "scalogram",
    "signal_statistics",
    "spectral_edge",
    "spectral_entropy",
    "spectrogram",
)
WITH_UNITS = ("band_power", "band_power_trend", "power_spectrum", "scalogram", "spectrogram")


def signals(name):
    count = 2 if name == "coherence" else 1
    return list(np.random.default_rng(0).normal(size=(count, 9000)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plan_is_small(name):
    plan = getattr(analysis, name).plan(*signals(name), FS)
    assert len(pickle.dumps(plan.work)) < 50_000


@pytest.mark.parametrize("name", FUNCTIONS)
def test_channels_give_the_same_as_their_samples_and_their_units(name):
    arrays, function = signals(name), getattr(analysis, name)
    recording = Recording.from_arrays({"x": arrays[0], "y": arrays[-1]}, FS, units="mV")
    channels = list(recording.channels.values())[: len(arrays)]
    made, of_arrays = function(*channels), function(*arrays, FS)
    pd.testing.assert_frame_equal(made.to_frame(), of_arrays.to_frame())
    assert made.valid == of_arrays.valid
    if name in WITH_UNITS:
        assert (made.units, of_arrays.units) == ("mV", "")
