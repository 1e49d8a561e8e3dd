"""Rates: of known breathing, from the channel, from ECG and PPG, fused; the same however cut."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.analysis import (
    ecg_derived_respiration,
    ecg_peaks,
    fused_respiration_rate,
    ppg_derived_respiration,
    ppg_peaks,
    respiration_rate,
    run,
)
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.breathing import make_breathing
from vital_widgets.simulate.sample_recording import sample_truth

RECORDED, SECONDS = 900, 520  # the sample of 900 s has a gap after 540 s


def channel_of(values, fs, runs=None):
    return Channel("x", ArraySamples(values), from_runs(fs, runs or [(0.0, len(values))]))


@functools.cache
def sample():
    """Values, rates and beats of the sample's ECG and PPG, and the true rate at any time."""
    truth = sample_truth(RECORDED)
    with vw.sample(RECORDED) as rec:
        ecg, ppg = (np.asarray(rec[n].read(0, round(SECONDS * rec[n].fs))) for n in ("ECG", "PPG"))
        fs = rec["ECG"].fs, rec["PPG"].fs
    return (
        (ecg, fs[0], ecg_peaks(ecg, fs[0])),
        (ppg, fs[1], ppg_peaks(ppg, fs[1])),
        lambda t: 60 * np.interp(t, truth.times, truth.breath_hz),
    )


@pytest.mark.parametrize("fs", [4, 32, 250, 1000])
@pytest.mark.parametrize("rate", [6, 15, 30, 54])
def test_a_sine_has_its_rate_by_every_estimator(fs, rate):
    t = np.arange(100 * fs) / fs
    found = respiration_rate(3 + np.sin(2 * np.pi * rate / 60 * t), fs)
    assert np.abs(found.estimates - rate).max() < 0.5
    assert np.abs(found.rate - rate).max() < 0.15
    assert found.quality.min() > 0.9
    assert np.all(found.spread < 0.4)


def test_noisy_breathing_has_its_rate():
    made = make_breathing(600, 32, noise=0.1, heartbeat=0.2, drift=0.5, seed=1)
    found = respiration_rate(made.values, 32)
    lengths = made.ends - made.onsets
    true = [
        60 / lengths[(made.onsets >= t - 16) & (made.ends <= t + 16)].mean() for t in found.times
    ]
    error = found.rate - np.array(true)
    assert np.isfinite(error).all()
    assert abs(error.mean()) < 0.1
    assert error.std() < 0.3


def test_methods_choose_and_noise_has_no_rate():
    values = make_breathing(120, 32, seed=2).values
    for k, name in enumerate(respiration_rate(values, 32).names):
        found = respiration_rate(values, 32, method=name)
        np.testing.assert_array_equal(found.rate, found.estimates[:, k])
    noise = respiration_rate(np.random.default_rng(0).normal(size=32000), 32)
    assert np.isfinite(noise.rate).mean() < 0.1
    for still in (np.full(4000, 2.0), np.arange(4000.0)):
        found = respiration_rate(still, 32)
        assert not found.enough
        assert np.isnan(found.rate).all()
    assert not respiration_rate(values[:100], 32).enough


@settings(max_examples=20)
@given(
    st.sampled_from([10.0, 33.3, 50.0]),
    st.floats(3, 400),
    st.lists(st.tuples(st.floats(0, 290), st.floats(0.05, 40)), max_size=3),
    st.integers(0, 3),
)
def test_any_cut_gives_the_same_rate(fs, seconds, holes, seed):
    values = make_breathing(300, fs, noise=0.1, seed=seed).values
    for begin, length in holes:
        values[round(begin * fs) : round((begin + length) * fs)] = np.nan
    whole = respiration_rate(values, fs, step_s=4.0)
    cut = run(respiration_rate, channel_of(values, fs), chunk_s=seconds, step_s=4.0).result()
    np.testing.assert_allclose(cut.to_frame(), whole.to_frame(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(cut.times, whole.times)


@pytest.mark.parametrize(
    "bad",
    [
        {"method": "guess"},
        {"window_s": 5},
        {"step_s": 0},
        {"band": (20, 10)},
        {"band": 3},
        {"band": (4, 500)},
        {"min_quality": 2},
        {"fs": 1.0},
        {"band": (1, 3)},
    ],
)
def test_wrong_parameters_are_refused(bad):
    with pytest.raises(InvalidInputError):
        respiration_rate(**({"x": np.zeros(4000), "fs": 32.0} | bad))


def test_ecg_and_ppg_tell_the_rate():
    ecg, ppg, truth = sample()
    derived = ecg_derived_respiration(*ecg), ppg_derived_respiration(*ppg)
    for one, names in zip(derived, (("baseline", "frequency"), ("amplitude",)), strict=True):
        assert set(one.rates) == {"amplitude", "baseline", "frequency"}
        assert len(one.to_frame()) == 4 * SECONDS
        for name in names:
            found = one.rates[name]
            error = np.abs(found.rate - truth(found.times))
            assert np.isfinite(error).mean() > 0.7
            assert np.nanmedian(error) < 0.3
    for method in ("smart", "weighted"):
        fused = fused_respiration_rate(list(derived)[1], method=method)
        error = np.abs(fused.rate - truth(fused.times))
        assert np.nanmedian(error) < 0.3
        sums = fused.weights.sum(axis=1)
        np.testing.assert_allclose(sums[np.isfinite(fused.rate)], 1)
        assert np.all(sums[np.isnan(fused.rate)] == 0)
    both = fused_respiration_rate(derived)
    assert len(both.names) == 6
    assert np.nanmedian(np.abs(both.rate - truth(both.times))) < 0.3
    np.testing.assert_array_equal(both.recipe.run().rate, both.rate)


def test_modulations_of_known_form_are_recovered():
    fs, beat = 250.0, np.arange(0.5, 179, 0.8)
    t = np.arange(180 * 250) / fs
    breath = np.cos(2 * np.pi * 0.25 * t)
    values = 0.3 * breath
    for at in beat:
        values += (1 + 0.2 * np.cos(2 * np.pi * 0.25 * at)) * np.exp(
            -0.5 * ((t - np.round(at * fs) / fs) / 0.01) ** 2
        )
    found = ecg_derived_respiration(values, fs, beat)
    inner = (found.times > 5) & (found.times < 170)
    even = np.cos(2 * np.pi * 0.25 * found.times[inner])
    for name in ("amplitude", "baseline"):
        assert np.corrcoef(getattr(found, name)[inner], even)[0, 1] > 0.95
        assert np.nanmax(np.abs(found.rates[name].rate - 15)) < 0.3
    np.testing.assert_allclose(found.frequency[inner], 800, atol=1e-6)


@settings(max_examples=10)
@given(st.floats(2, 800), st.sampled_from(["ecg", "ppg"]), st.integers(0, 500))
def test_any_cut_gives_the_same_derived_respiration(seconds, kind, hole):
    function = {"ecg": ecg_derived_respiration, "ppg": ppg_derived_respiration}[kind]
    values, fs, beats = sample()[kind == "ppg"]
    values = values[: round(200 * fs)].copy()
    values[round(hole / 5 * fs) : round((hole / 5 + 7) * fs)] = np.nan
    whole = function(values, fs, beats)
    cut = run(function, channel_of(values, fs), chunk_s=seconds, beats=beats).result()
    np.testing.assert_allclose(cut.to_frame(), whole.to_frame(), rtol=1e-9, atol=1e-9)
    for name in whole.rates:
        # the series differ in their last digits, which a flat window may magnify
        np.testing.assert_allclose(cut.rates[name].rate, whole.rates[name].rate, atol=1e-6)


def test_a_gap_of_the_recording_is_bridged_by_nothing():
    (values, fs, _), _, _ = sample()
    n = round(100 * fs)
    gapped = channel_of(values[: 2 * n], fs, [(0.0, n), (150.0, n)])
    beats = run(ecg_peaks, gapped).result()
    found = run(ecg_derived_respiration, gapped, beats=beats).result()
    assert np.isnan(found.amplitude[(found.times > 101) & (found.times < 149)]).all()
    assert np.isfinite(found.frequency[(found.times > 160) & (found.times < 240)]).mean() > 0.9
    assert found.times[-1] == pytest.approx(249.75)


def test_too_little_is_not_enough_and_wrong_beats_are_refused():
    (values, fs, beats), (ppg, ppg_fs, pulses), _ = sample()
    assert not ecg_derived_respiration(values, fs, []).enough
    assert not ecg_derived_respiration(values[:1000], fs, beats).enough
    nothing = ecg_derived_respiration(np.full(5000, np.nan), fs, beats)
    assert not nothing.enough
    assert not fused_respiration_rate(nothing).enough
    for bad in ([3.0, 2.0], pulses, [np.nan]):
        with pytest.raises(InvalidInputError):
            ecg_derived_respiration(values, fs, bad)
    with pytest.raises(InvalidInputError):
        ppg_derived_respiration(ppg, ppg_fs, beats)
    with pytest.raises(InvalidInputError):
        fused_respiration_rate(3)
    short = ecg_derived_respiration(values, fs, beats, window_s=20.0)
    with pytest.raises(InvalidInputError, match="one window_s"):
        fused_respiration_rate([short, ppg_derived_respiration(ppg, ppg_fs, pulses)])


def test_beats_are_found_in_channels():
    with vw.sample(300) as rec:
        ecg, ppg = rec["ECG"], rec["PPG"]
        given = [
            ecg_derived_respiration(ecg, beats=ecg_peaks(ecg)),
            ppg_derived_respiration(ppg, beats=ppg_peaks(ppg)),
        ]
        found = [ecg_derived_respiration(ecg), run(ppg_derived_respiration, ppg).result()]
        for one, other in zip(given, found, strict=True):
            assert one.to_frame().equals(other.to_frame())
            assert f"beats were found by {one.source}_peaks" in other.notes[0]
        fused = fused_respiration_rate([ecg, ppg])
        assert fused.to_frame().equals(fused_respiration_rate(given).to_frame())
        assert fused.to_frame().equals(fused_respiration_rate([ecg, given[1]]).to_frame())
        assert len(fused.notes) == len(set(fused.notes)) >= 2
        with pytest.raises(InvalidInputError, match="not named like an ECG or PPG"):
            fused_respiration_rate(rec["Resp"])
