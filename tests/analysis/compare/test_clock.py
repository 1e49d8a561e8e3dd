"""Clock drift from beats: known drifts come back, channels get new times and keep their samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.compare.alignment import interval_series
from vital_widgets.analysis.compare.clock import beat_delay, clock_drift
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.errors import InvalidInputError


def heart(seconds: float, seed: int = 0) -> np.ndarray:
    """Beats of a heart with respiratory and slow variability."""
    rng = np.random.default_rng(seed)
    n = int(seconds / 0.8)
    slow = np.convolve(rng.normal(size=n + 60), np.hanning(61) / 30, "valid")
    rr = 0.8 + 0.06 * slow + 0.03 * np.sin(0.25 * 2 * np.pi * 0.8 * np.arange(n))
    rr += rng.normal(0, 0.01, n)
    return 1.0 + np.cumsum(np.clip(rr, 0.4, 1.5))


def seen(beats, offset, ppm, jitter=0.004, seed=1):
    """The same beats on another clock, with jitter of detection."""
    rng = np.random.default_rng(seed)
    return beats * (1 + ppm * 1e-6) + offset + rng.normal(0, jitter, len(beats))


@pytest.mark.parametrize(("offset", "ppm"), [(0.25, 0), (17.3, 80), (-41.0, -300), (3.0, 1500)])
def test_a_constant_drift_comes_back(offset, ppm):
    beats = heart(2 * 3600)
    got = clock_drift(beats, seen(beats, offset, ppm))
    assert got.ppm == pytest.approx(ppm, abs=1.5)
    t = np.array([600.0, 3600.0, 7000.0])
    back = got.to_reference(t * (1 + ppm * 1e-6) + offset)
    np.testing.assert_allclose(back, t, atol=0.003)
    assert len(got.nodes) == 2
    assert got.residual < 0.003
    assert "ppm" in repr(got)


def test_the_delay_of_beats_may_be_many_beats():
    beats = heart(3600)
    got = beat_delay(beats, seen(beats, 21.4, 0))
    assert got.delay == pytest.approx(21.4, abs=0.002)
    assert got.spread < 0.003
    assert np.all(got.correlation > 0.9)
    assert got.enough
    assert not beat_delay(heart(600, 1), heart(600, 2)).enough


def test_missed_and_extra_beats_and_a_gap_do_not_matter():
    beats = heart(2 * 3600)
    rng = np.random.default_rng(5)
    other = seen(beats, 5.0, 120)
    other = np.sort(
        np.concatenate([other[rng.random(len(other)) > 0.03], rng.uniform(0, 7200, 60)])
    )
    other = other[(other < 3000) | (other > 4000)]
    other = other[np.concatenate([[True], np.diff(other) > 0.05])]
    got = clock_drift(beats, other)
    assert got.ppm == pytest.approx(120, abs=4)
    assert 0.6 < len(got.anchor_times) / got.n_windows < 1


def test_a_drift_that_changes_is_followed_in_pieces():
    beats = heart(6 * 3600)
    bend = np.interp(beats, [0, 3 * 3600, 6 * 3600], [1.0, 1.0 + 0.9, 1.0 + 0.9 - 0.5])
    got = clock_drift(beats, beats + bend, segment_s=3600)
    t = np.linspace(300, 21000, 50)
    want = np.interp(t, [0, 3 * 3600, 6 * 3600], [1.0, 1.9, 1.4])
    np.testing.assert_allclose(got.to_reference(t + want), t, atol=0.02)
    by_itself = clock_drift(beats, beats + bend)
    assert len(by_itself.nodes) > 2


def test_other_hearts_are_not_aligned():
    got = clock_drift(heart(3600, 1), heart(3600, 2))
    assert not got.enough
    with pytest.raises(InvalidInputError, match="could not be aligned"):
        got.to_reference([1.0])
    assert not clock_drift([1.0, 2.0], [1.0, 2.0]).enough
    assert not clock_drift([], []).enough


@pytest.mark.parametrize("runs", [[(0.0, 900_000)], [(5.0, 400_000), (2000.0, 500_000)]])
def test_a_channel_gets_new_times_and_keeps_its_samples(runs):
    beats = heart(2.5 * 3600)
    bend = np.interp(beats, [0, 4000, 9000], [2.0, 2.5, 2.4])
    drift = clock_drift(beats, beats + bend, segment_s=1800)
    base = from_runs(250.0, runs)
    samples = ArraySamples(np.arange(base.n_samples, dtype=np.int32))
    channel = Channel("PPG", samples, base, "mV", gain=0.5)
    got = drift.correct(channel)
    assert got.samples is samples
    assert channel.timebase is base
    assert (got.name, got.units, got.gain) == ("PPG", "mV", 0.5)
    want = drift.to_reference(base.times(0, base.n_samples))
    have = got.timebase.times(0, base.n_samples)
    assert np.abs(have - want).max() <= 0.45 / 250
    assert np.all(np.diff(have) > 0)
    assert len(got.timebase.gaps) == len(base.gaps)  # no gap was made, none was lost
    assert got.timebase.fs == pytest.approx(250, rel=1e-3)


@settings(max_examples=20)
@given(st.floats(-2000, 2000), st.floats(-30, 30))
def test_an_even_drift_needs_one_run_only(ppm, offset):
    beats = np.arange(100) * 0.8
    drift = clock_drift(beats, beats)
    del drift  # an even rhythm has no pattern; the time base is what is tested here
    from vital_widgets.analysis.compare.clock import ClockDrift

    nodes = np.array([0.0, 1000.0])
    line = ClockDrift(
        nodes=nodes, offsets=offset + nodes * ppm * 1e-6, ppm=ppm, anchor_times=nodes,
        anchor_offsets=nodes, residual=0.0, n_windows=2,
    )  # fmt: skip
    channel = Channel("x", ArraySamples(np.zeros(250_000)), regular(250.0, 250_000))
    base = line.correct(channel).timebase
    assert len(base.starts) <= 3
    np.testing.assert_allclose(
        base.times(0, 250_000), line.to_reference(np.arange(250_000) / 250), atol=1e-6
    )


def test_the_interval_series_has_nothing_in_gaps():
    first, series = interval_series(np.array([0.0, 1.0, 2.0, 12.0, 13.0]))
    assert first == 1.0
    times = first + np.arange(len(series)) / 4
    assert np.isnan(series[(times > 2) & (times <= 12)]).all()
    assert np.isfinite(series[times <= 2]).all()


def test_bad_input():
    with pytest.raises(InvalidInputError, match="reference does not rise"):
        clock_drift([2.0, 1.0], [1.0, 2.0])
    with pytest.raises(InvalidInputError, match="max_offset_s"):
        clock_drift([1.0], [1.0], max_offset_s=-1)
    with pytest.raises(InvalidInputError, match="window_s"):
        clock_drift([1.0], [1.0], window_s=5)


def test_few_beats_are_said_to_be_few():
    assert "0 and 40 beats; 20 are needed" in clock_drift([], np.arange(40.0)).notes[0]


def test_only_channels_are_corrected():
    beats = np.cumsum(np.random.default_rng(0).normal(0.85, 0.05, 2000))
    with pytest.raises(InvalidInputError, match="channel=str is not a channel"):
        clock_drift(beats, beats + 2).correct("ECG")


def test_a_channel_can_be_corrected_twice():
    """Its runs then touch to within half a sample already, which must not add up."""
    beats = np.cumsum(np.random.default_rng(0).normal(0.85, 0.05, 8000))
    drift = clock_drift(beats, beats * (1 + 5e-5) + 3 + 0.02 * np.sin(beats / 1500), segment_s=600)
    channel = Recording.from_arrays({"PPG": np.zeros(250 * 6500)}, 250)["PPG"]
    once = drift.correct(channel)
    twice = drift.correct(once)
    assert len(once.timebase.starts) > 10
    i = np.arange(0, channel.n_samples, 997)
    nothing = np.empty((0, 2), np.int64)
    first, second = (Extent(c.timebase, nothing).times(i) for c in (once, twice))
    assert np.abs(second - drift.to_reference(first)).max() < 0.4 / 250
    assert len(signal_of(twice).runs()) == 1
