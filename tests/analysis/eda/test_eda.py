"""Electrodermal activity: against made responses, NeuroKit2, and in pieces."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from vital_widgets.analysis import eda_components, eda_peaks, run
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError, MissingLibraryError
from vital_widgets.runtime.extras import import_extra

nk = import_extra("neurokit2", "these tests")
FS = 16.0
ONSETS = np.array([20.0, 45.0, 52.0, 90.0, 130.0, 171.0])
SIZES = np.array([1.0, 0.6, 0.3, 0.1, 0.8, 0.4])


def bateman(t, onset):
    """A response with the time constants of cvxEDA, of height 1."""
    s = np.maximum(t - onset, 0)
    shape = np.exp(-s / 2.0) - np.exp(-s / 0.7)
    peak = np.log(2.0 / 0.7) / (1 / 0.7 - 1 / 2.0)
    return shape / (np.exp(-peak / 2.0) - np.exp(-peak / 0.7))


def made(seconds=200.0, noise=0.0, seed=0):
    t = np.arange(0, seconds, 1 / FS)
    level = 4 + 0.5 * np.sin(2 * np.pi * t / 300)
    responses = sum(a * bateman(t, onset) for a, onset in zip(SIZES, ONSETS, strict=True))
    return level + responses + noise * np.random.default_rng(seed).normal(size=len(t)), level


def channel(values, units="µS"):
    return Recording.from_arrays({"EDA": values}, FS, units=units)["EDA"]


def test_made_responses_are_found():
    found = eda_peaks(made()[0], FS)
    assert found.onset == pytest.approx(ONSETS, abs=0.6)
    assert found.peak == pytest.approx(ONSETS + 1.13, abs=0.2)
    alone = [0, 1, 4, 5]  # the others begin on the decline of the one before, or are small
    assert found.amplitude[alone] == pytest.approx(SIZES[alone], rel=0.06)
    assert found.rise_time == pytest.approx(np.full(6, 1.13), abs=0.6)
    assert found.recovery_time[[0, 4]] == pytest.approx([2.26, 2.26], abs=0.3)
    assert found.rate_per_min == pytest.approx(6 * 60 / 200)
    assert "responses" in repr(found)


def test_a_small_response_after_a_large_one_keeps_its_foot_and_its_size():
    t = np.arange(0, 120, 1 / FS)
    values = 6 - 0.01 * t + bateman(t, 40.0) + 0.25 * bateman(t, 54.0)
    found = eda_peaks(values, FS)
    assert found.onset == pytest.approx([40.0, 54.0], abs=0.4)
    assert found.amplitude == pytest.approx([1.0, 0.25], rel=0.05)


def test_noise_makes_no_responses():
    values, _ = made(noise=0.01)
    found = eda_peaks(values, FS)
    assert found.onset == pytest.approx(ONSETS, abs=1.2)
    flat = 4 + 0.01 * np.random.default_rng(1).normal(size=20_000)
    assert len(eda_peaks(flat, FS)) == 0


def test_the_same_responses_as_neurokit2():
    values = nk.eda_simulate(
        duration=300, sampling_rate=16, scr_number=20, noise=0, drift=0.001, random_state=3
    )
    ours = eda_peaks(values, 16.0, min_amplitude=0.05)
    phasic = nk.eda_phasic(values, sampling_rate=16, method="highpass")["EDA_Phasic"].to_numpy()
    _, theirs = nk.eda_peaks(phasic, sampling_rate=16, amplitude_min=0.05)
    peaks = np.asarray(theirs["SCR_Peaks"]) / 16
    far = [t for t in peaks if np.abs(ours.peak - t).min() > 0.6]
    assert len(far) <= 1
    assert len(ours) == pytest.approx(len(peaks), abs=2)


@pytest.mark.parametrize("method", ["highpass", "cvxeda"])
def test_the_result_does_not_depend_on_pieces_or_gaps(method):
    values = np.tile(made(noise=0.005)[0], 4)
    values[5000:5050] = np.nan
    whole = eda_components(values, FS, method=method)
    assert np.isnan(whole.phasic[5010])
    pieces = run(eda_components, channel(values), method=method, chunk_s=110).result(300)
    pd.testing.assert_frame_equal(whole.to_frame(), pieces.to_frame(), atol=1e-9)
    peaks = eda_peaks(values, FS)
    again = run(eda_peaks, channel(values), chunk_s=37).result(300)
    pd.testing.assert_frame_equal(peaks.to_frame(), again.to_frame(), atol=1e-9)


def test_the_high_pass_is_that_of_neurokit2():
    values, _ = made(noise=0.01)
    ours = eda_components(values, FS)
    theirs = nk.eda_phasic(values, sampling_rate=FS, method="highpass")
    inside = slice(1600, -1600)  # their ends are extended by less
    assert ours.phasic[inside] == pytest.approx(theirs["EDA_Phasic"].to_numpy()[inside], abs=0.005)
    assert ours.tonic + ours.phasic == pytest.approx(values)


def test_cvxeda_finds_the_level_and_the_responses():
    values, level = made()
    found = eda_components(channel(values), method="cvxeda")
    assert found.units == "µS"
    assert np.mean(np.abs(found.tonic - level)) < 0.05
    assert found.phasic.min() > -0.01
    rest = values - found.tonic - found.phasic
    assert np.abs(rest).max() < 0.12
    assert np.abs(rest).mean() < 0.02
    assert np.corrcoef(found.phasic, values - level)[0, 1] > 0.99


def test_cvxeda_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "cvxopt", None)
    with pytest.raises(MissingLibraryError, match=r"vital_widgets\[eda\]"):
        eda_components(made()[0], FS, method="cvxeda")


def test_units_of_a_channel_set_the_smallest_response():
    values, _ = made()
    in_nanosiemens = eda_peaks(channel(1000 * values, "nS"))
    assert len(in_nanosiemens) == len(eda_peaks(channel(values)))
    assert in_nanosiemens.units == "nS"
    with pytest.raises(InvalidInputError, match="'EDA' is in 'kΩ', which is not a conductance"):
        eda_peaks(channel(values, "kΩ"))
    assert len(eda_peaks(channel(values, "kΩ"), min_amplitude=0.05)) == len(ONSETS)


@pytest.mark.parametrize("function", [eda_peaks, eda_components])
def test_bad_input(function):
    with pytest.raises(InvalidInputError, match="too low"):
        function(np.zeros(100), 0.5)
    nothing = function(np.full(500, np.nan), FS)
    assert not nothing.enough
