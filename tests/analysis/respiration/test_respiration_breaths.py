"""Breaths are found where they were made, whatever the noise, the scale, the gaps and the cuts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vital_widgets as vw
from vital_widgets.analysis import breaths, run
from vital_widgets.analysis.respiration import breaths as module
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.breathing import make_breathing


def channel_of(values, fs, runs=None):
    return Channel("Resp", ArraySamples(values), from_runs(fs, runs or [(0.0, len(values))]))


def matched(truth, found, tolerance=0.6):
    """Share found, share true, errors in s."""
    error = found[np.argmin(np.abs(found[None, :] - truth[:, None]), axis=1)] - truth
    hit = np.abs(error) <= tolerance
    return hit.mean(), hit.sum() / len(found), error[hit]


@pytest.mark.parametrize("method", module.METHODS)
@pytest.mark.parametrize("rate", [6, 12, 15, 25, 45])
def test_clean_breaths_are_found(method, rate):
    made = make_breathing(300, 32, rate=rate, seed=1)
    found = breaths(made.values, 32, method=method)
    for truth, times in ((made.onsets, found.onset), (made.peaks, found.end_inspiration)):
        share, true, error = matched(truth[2:-2], times)
        assert share == 1.0
        assert true > 0.85
        assert abs(error.mean()) < 0.025 * 60 / rate
        assert error.std() < 0.01 * 60 / rate
    assert np.all(found.inspiratory_time > 0)
    assert np.all(found.expiratory_time > 0)
    np.testing.assert_allclose(found.rate, 60 / found.total_time)
    assert abs(np.median(found.rate) - rate) < 0.4 * rate / 15


@pytest.mark.parametrize("fs", [4, 10, 32, 250, 1000])
def test_symmetric_breaths_have_no_bias_at_any_rate(fs):
    t = np.arange(120 * fs) / fs
    found = breaths(5 - np.cos(2 * np.pi * 0.25 * t), fs)
    inner = (found.onset > 8) & (found.end < 112)
    assert inner.sum() >= 24
    error = found.onset[inner] - 4 * np.round(found.onset[inner] / 4)
    assert np.abs(error).max() < 0.02
    assert np.abs(found.duty_cycle[inner] - 0.5).max() < 0.01
    assert np.abs(found.ie_ratio[inner] - 1).max() < 0.03
    np.testing.assert_allclose(found.amplitude[inner], 2, rtol=0.02)


@pytest.mark.parametrize("method", module.METHODS[:2])
def test_noise_heartbeat_and_drift_cost_little(method):
    made = make_breathing(600, 50, noise=0.1, heartbeat=0.15, drift=1.0, seed=2)
    share, true, error = matched(
        made.onsets[2:-2], breaths(made.values, 50, method=method).onset, 0.8
    )
    assert share > 0.98
    assert true > 0.97
    assert abs(error.mean()) < 0.12


def test_an_expiratory_pause_is_told_from_expiration():
    made = make_breathing(600, 32, pause=0.3, duty=0.3, seed=3)
    found = breaths(made.values, 32)
    share, _, error = matched(made.rests[2:-2], found.end_expiration)
    assert share > 0.97
    assert abs(error.mean()) < 0.1
    assert abs(np.median(found.pause) - 1.2) < 0.25
    plain = breaths(make_breathing(600, 32, seed=3).values, 32)
    assert np.median(plain.pause) == 0


def test_a_held_breath_holds_no_breaths():
    made = make_breathing(400, 32, events=[(100, 40, 1.0)], noise=0.02, seed=4)
    found = breaths(made.values, 32)
    (a, b), *_ = made.events
    assert not np.any((found.onset > a + 2) & (found.onset < b - 2))
    held = np.flatnonzero((found.onset < a) & (found.end > b - 1.5))
    assert len(held) == 1
    assert found.pause[held[0]] > 36


def test_scale_offset_and_polarity():
    made = make_breathing(120, 32, seed=5, noise=0.02)
    plain = breaths(made.values, 32)
    scaled = breaths(made.values * 1e-6 + 3, 32)
    down = breaths(-40 * made.values + 1e4, 32, polarity="down")
    for other, gain in ((scaled, 1e-6), (down, 40)):
        np.testing.assert_allclose(other.onset, plain.onset, atol=1e-4)
        np.testing.assert_allclose(other.amplitude, gain * plain.amplitude, rtol=1e-4)


@settings(max_examples=25)
@given(
    st.sampled_from(module.METHODS),
    st.floats(5, 700),
    st.lists(st.tuples(st.floats(0, 590), st.floats(0.05, 40)), max_size=4),
    st.integers(0, 3),
)
def test_any_cut_gives_the_same(method, seconds, holes, seed):
    fs = 16.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 80.0)
        patch.setattr(module, "CONTEXT", 30.0)
        values = make_breathing(600, fs, noise=0.05, seed=seed).values
        for begin, length in holes:
            values[round(begin * fs) : round((begin + length) * fs)] = np.nan
        whole = breaths(values, fs, method=method)
        cut = run(breaths, channel_of(values, fs), chunk_s=seconds, method=method).result()
        assert whole.to_frame().equals(cut.to_frame())
        gapped = channel_of(values, fs, [(0.0, 3000), (400.0, len(values) - 3000)])
        one, two = (run(breaths, gapped, chunk_s=s, method=method).result() for s in (seconds, 1e4))
        assert one.to_frame().equals(two.to_frame())


def test_blocks_join_without_a_seam():
    made = make_breathing(3600, 20, noise=0.05, seed=6)
    found = breaths(made.values, 20)
    assert set(found.stretch) == {0}
    assert abs(len(found) - len(made.onsets)) <= 3
    assert np.all(np.diff(found.onset) > 1)


def test_gaps_are_boundaries():
    made = make_breathing(200, 32, seed=7)
    values = made.values.copy()
    values[1600:1610] = np.nan  # 0.3 s: bridged
    values[3200:3520] = np.nan  # 10 s: a gap
    found = breaths(values, 32)
    assert len(set(found.stretch)) == 2
    assert not np.any((found.onset < 105) & (found.end > 105))
    assert found.valid.seconds == pytest.approx(200 - 330 / 32)


def test_the_sample_recording_breathes_as_it_was_made():
    from vital_widgets.simulate.sample_recording import sample_truth

    truth = sample_truth(600)
    with vw.sample(600) as rec:
        found = run(breaths, rec["Resp"]).result()
    expected = np.interp(found.onset + found.total_time / 2, truth.times, truth.breath_hz) * 60
    error = found.rate - expected
    assert abs(error.mean()) < 0.1
    assert error.std() < 1.0


def test_it_finds_what_neurokit_finds():
    nk = pytest.importorskip("neurokit2")
    made = make_breathing(300, 50, noise=0.03, seed=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, info = nk.rsp_peaks(nk.rsp_clean(made.values, sampling_rate=50), sampling_rate=50)
    theirs = np.asarray(info["RSP_Peaks"]) / 50
    share, _, error = matched(theirs[1:-1], breaths(made.values, 50).end_inspiration)
    assert share > 0.98
    assert abs(error.mean()) < 0.15


@pytest.mark.parametrize(
    "values",
    [np.full(2000, 3.0), np.arange(2000.0), np.full(2000, np.nan), np.zeros(3), np.empty(0)],
)
@pytest.mark.parametrize("method", module.METHODS)
def test_no_breathing_is_not_enough(values, method):
    found = breaths(values, 32, method=method)
    assert not found.enough
    assert len(found) == 0
    assert len(found.to_frame()) == 0


def test_one_breath_alone_is_no_series():
    t = np.arange(0, 20, 1 / 32)
    found = breaths(np.exp(-0.5 * ((t - 10) / 1.0) ** 2), 32)
    assert len(found) <= 1


@pytest.mark.parametrize(
    "bad", [{"method": "best"}, {"polarity": "left"}, {"fs": 2.0}, {"x": np.zeros((2, 9))}]
)
def test_wrong_input_is_refused(bad):
    arguments = {"x": np.zeros(100), "fs": 32.0} | bad
    with pytest.raises(InvalidInputError):
        breaths(**arguments)
