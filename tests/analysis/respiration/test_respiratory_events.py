"""Apnoeas and hypopnoeas are found where they were made, and counted per hour of signal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import respiratory_events, run
from vital_widgets.analysis.respiration import respiratory_events as module
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.breathing import make_breathing


def channel_of(values, fs, runs=None):
    return Channel("x", ArraySamples(values), from_runs(fs, runs or [(0.0, len(values))]))


def schedule(seed, seconds, drops):
    rng = np.random.default_rng(seed)
    listed, t = [], 150.0
    while t < seconds - 100:
        length = rng.uniform(14, 45)
        listed.append((t, length, float(rng.choice(drops))))
        t += length + rng.uniform(40, 120)
    return listed


@pytest.mark.parametrize("drops", [(1.0,), (0.5,), (1.0, 0.5, 0.7)])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_events_are_found(drops, noise):
    made = make_breathing(
        3600, 32, events=schedule(1, 3600, drops), noise=noise, heartbeat=noise, drift=0.2, seed=1
    )
    found = respiratory_events(made.values, 32)
    assert len(found) == len(made.events)
    assert np.abs(found.onset - made.events[:, 0]).max() < 3
    assert np.abs(found.duration - np.diff(made.events, axis=1)[:, 0]).max() < 4.5
    assert list(found.kind == "apnoea") == list(made.drops >= 0.9)
    assert np.abs(found.drop - made.drops).max() < 0.15
    assert found.ahi == pytest.approx(len(found), rel=0.01)
    assert found.apnoea_index + found.hypopnoea_index == pytest.approx(found.ahi)
    marks = found.annotations()
    assert len(marks) == len(found)
    assert "not a diagnostic AHI" in found.notes[0]


def test_calm_breathing_and_short_pauses_are_no_events():
    made = make_breathing(1800, 32, events=[(300, 6, 1.0), (600, 5, 1.0)], noise=0.03, seed=2)
    assert len(respiratory_events(made.values, 32)) == 0


def test_a_desaturation_confirms_a_hypopnoea():
    made = make_breathing(900, 32, events=[(300, 30, 0.5), (600, 30, 0.5)], seed=3)
    spo2 = np.full(900, 97.0)
    spo2[round(made.events[0, 1]) : round(made.events[0, 1]) + 20] = 93.0
    plain = respiratory_events(made.values, 32)
    assert len(plain) == 2
    assert module.UNCONFIRMED in plain.notes
    found = respiratory_events(made.values, 32, spo2=spo2, spo2_fs=1.0)
    assert len(found) == 1
    assert found.desaturation[0] == 4.0
    assert len(respiratory_events(made.values, 32, spo2=spo2, spo2_fs=1.0, min_desaturation=5)) == 0
    unknown = respiratory_events(made.values, 32, spo2=np.full(900, np.nan), spo2_fs=1.0)
    assert len(unknown) == 0
    with pytest.raises(InvalidInputError, match="per cent"):
        respiratory_events(made.values, 32, spo2=spo2 / 100, spo2_fs=1.0)
    with pytest.raises(InvalidInputError, match="fs"):
        respiratory_events(made.values, 32, spo2=spo2)


def test_the_index_is_per_hour_of_valid_signal():
    made = make_breathing(3600, 32, events=schedule(4, 1700, (1.0,)), seed=4)
    values = made.values.copy()
    values[1800 * 32 :] = np.nan
    found = respiratory_events(values, 32)
    assert found.scored_seconds == pytest.approx(1800, abs=2)
    assert found.ahi == pytest.approx(2 * len(found), rel=0.01)


def test_a_sensor_that_is_off_is_no_event():
    made = make_breathing(1500, 32, events=[(600, 400, 1.0)], noise=0.01, seed=5)
    found = respiratory_events(made.values, 32)
    assert len(found) == 0
    assert any("sensor" in note for note in found.notes)
    assert found.scored_seconds < 1150


@settings(max_examples=15)
@given(
    st.floats(5, 900),
    st.lists(st.tuples(st.floats(0, 880), st.floats(0.05, 60)), max_size=3),
    st.integers(0, 3),
)
def test_any_cut_gives_the_same_events(seconds, holes, seed):
    fs = 16.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 100.0)
        values = make_breathing(
            900, fs, events=schedule(seed, 900, (1.0, 0.5)), noise=0.03, seed=seed
        ).values
        for begin, length in holes:
            values[round(begin * fs) : round((begin + length) * fs)] = np.nan
        whole = respiratory_events(values, fs)
        cut = run(respiratory_events, channel_of(values, fs), chunk_s=seconds).result()
        assert whole.to_frame().equals(cut.to_frame())
        assert whole.scored_seconds == cut.scored_seconds
        np.testing.assert_array_equal(whole.reference, cut.reference)
        gapped = channel_of(values, fs, [(0.0, 5000), (500.0, len(values) - 5000)])
        one, two = (run(respiratory_events, gapped, chunk_s=s).result() for s in (seconds, 1e4))
        assert one.to_frame().equals(two.to_frame())


@pytest.mark.parametrize("values", [np.full(4000, 1.0), np.full(4000, np.nan), np.empty(0)])
def test_nothing_is_not_enough(values):
    found = respiratory_events(values, 32)
    assert not found.enough
    assert np.isnan(found.ahi)
    repr(found)


@pytest.mark.parametrize(
    "bad", [{"apnoea_drop": 0}, {"hypopnoea_drop": 0.95}, {"min_duration_s": 1}, {"fs": 1}]
)
def test_bad_parameters_are_refused(bad):
    with pytest.raises(InvalidInputError):
        respiratory_events(**({"x": np.zeros(4000), "fs": 32.0} | bad))


def test_the_saturation_may_be_a_channel_with_gaps():
    made = make_breathing(900, 32, events=[(300, 20, 0.5), (600, 20, 0.5)], seed=1)
    spo2 = np.full(900, 97.0)
    spo2[320:340] -= 4
    spo2[620:640] -= 4
    given = respiratory_events(made.values, 32, spo2=spo2, spo2_fs=1.0)
    assert given.kind.tolist() == ["hypopnoea", "hypopnoea"]
    resp = channel_of(made.values, 32)
    found = respiratory_events(resp, spo2=channel_of(spo2, 1.0))
    assert found.to_frame().equals(given.to_frame())
    # A gap in the first 100 s: samples lie at other indices, but at the same times.
    late = channel_of(spo2[[*range(50), *range(150, 900)]], 1.0, [(0.0, 50), (150.0, 750)])
    assert respiratory_events(resp, spo2=late).to_frame().equals(given.to_frame())
