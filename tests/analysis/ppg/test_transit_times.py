"""Delays are those the pulses were made with; missing and additional pulses move nothing."""

from __future__ import annotations

import numpy as np
import pytest

import vital_widgets as vw
from vital_widgets.analysis import (
    Beats,
    ecg_peaks,
    ppg_fiducials,
    ppg_peaks,
    pulse_arrival_time,
    pulse_transit_time,
    run,
)
from vital_widgets.errors import InvalidInputError
from vital_widgets.simulate.ppg_waves import make_ppg


def pulses_at(times, fs=1000.0):
    samples = np.round(np.asarray(times) * fs).astype(np.int64)
    return Beats(
        times=samples / fs, samples=samples, fs=fs, stretch=np.zeros(len(samples), np.int64),
        source="ppg",
    )  # fmt: skip


def test_each_r_peak_gets_its_pulse():
    r = np.arange(1.0, 61.0, 0.8)
    delay = 0.2 + 0.03 * np.sin(r)
    got = pulse_arrival_time(r, pulses_at(r + delay), point="peak")
    np.testing.assert_allclose(got.delays_ms, 1000 * delay, atol=0.51)
    assert got.share_matched == 1.0
    assert len(got.unmatched) == 0
    assert len(got.to_frame()) == len(r)
    assert "pulse arrival time" in repr(got)


def test_missing_and_additional_pulses_move_nothing():
    r = np.arange(1.0, 61.0, 0.8)
    arrivals = r + 0.25
    kept = np.ones(len(r), bool)
    kept[[5, 20, 21, 40]] = False
    extra = r[[10, 30]] + 0.62  # too late for its beat, too early for the next
    got = pulse_arrival_time(r, pulses_at(np.sort([*arrivals[kept], *extra])), point="peak")
    np.testing.assert_array_equal(np.isfinite(got.delays_ms), kept)
    np.testing.assert_allclose(got.delays_ms[kept], 250, atol=0.51)
    np.testing.assert_allclose(got.unmatched, extra, atol=0.001)
    assert got.share_matched == pytest.approx(kept.sum() / len(r))
    double = np.sort([*arrivals, r[7] + 0.4])
    got = pulse_arrival_time(r, pulses_at(double), point="peak")
    np.testing.assert_allclose(got.delays_ms, 250, atol=0.51)


def test_a_pulse_is_of_the_last_beat_for_which_it_can_be():
    got = pulse_arrival_time([1.0, 1.35, 2.2], pulses_at([1.22, 1.6, 2.42]), point="peak")
    np.testing.assert_allclose(got.delays_ms, [220, 250, 220], atol=0.51)
    # A beat too early to move blood: the pulse behind it cannot be its own.
    got = pulse_arrival_time([1.0, 1.23], pulses_at([1.25]), point="peak")
    np.testing.assert_allclose(got.delays_ms, [250, np.nan], atol=0.51)


def test_a_gap_is_not_covered():
    r = np.arange(1.0, 61.0, 0.8)
    arrivals = (r + 0.25)[(r < 20) | (r > 40)]
    got = pulse_arrival_time(r, pulses_at(arrivals), point="peak")
    inside = (r > 20.5) & (r < 39)
    assert not got.covered[inside].any()
    assert np.isnan(got.delays_ms[inside]).all()
    assert got.share_matched == 1.0


@pytest.mark.parametrize("point", ["foot", "onset", "peak", "max-slope"])
def test_arrival_of_made_pulses(point):
    made = make_ppg(120, 250, delay=0.18, variability=0.02, seed=1)
    waves = ppg_fiducials(made.values, 250, ppg_peaks(made.values, 250))
    got = pulse_arrival_time(made.r_peaks, waves, point=point)
    assert got.share_matched > 0.97
    known = got.delays_ms[np.isfinite(got.delays_ms)]
    assert known.std() < 12
    if point == "peak":
        truth = 1000 * (made.peaks - made.r_peaks)
        np.testing.assert_allclose(got.delays_ms[1:-2], truth[1:-2], atol=5)
    default = pulse_arrival_time(made.r_peaks, waves)
    foot = pulse_arrival_time(made.r_peaks, waves, point="foot")
    np.testing.assert_array_equal(default.delays_ms, foot.delays_ms)


@pytest.mark.parametrize("shift", [0.04, 0.12, -0.08])
def test_transit_between_two_sites(shift):
    made = make_ppg(60, 500, seed=2)
    beats = ppg_peaks(made.values, 500)
    later = Beats(
        times=beats.times + shift, samples=beats.samples, fs=500.0, stretch=beats.stretch,
        source="ppg", extra={"onset_time": beats.extra["onset_time"] + shift},
    )  # fmt: skip
    got = pulse_transit_time(beats, later)
    np.testing.assert_allclose(got.delays_ms, 1000 * shift, atol=1e-6)
    assert got.share_matched == 1.0
    fewer = Beats(
        times=later.times[::2], samples=later.samples[::2], fs=500.0, stretch=later.stretch[::2],
        source="ppg",
    )  # fmt: skip
    got = pulse_transit_time(beats, fewer, point="peak")
    assert got.share_matched == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(got.median_ms, 1000 * shift)


def test_nothing_in_common_says_so():
    none = np.empty(0)
    for r, pulses in (([1.0, 2.0], [10.0, 11.0]), (none, [1.0]), ([1.0], none), (none, none)):
        got = pulse_arrival_time(r, pulses_at(pulses), point="peak")
        assert not got.enough
        assert np.isnan(got.median_ms)
        repr(got)
    assert not pulse_transit_time(pulses_at(none), pulses_at([1.0]), point="peak").enough


def test_bad_input_is_refused():
    beats = pulses_at([1.0, 2.0])
    ecg = Beats(times=beats.times, samples=beats.samples, fs=1000.0, stretch=beats.stretch)
    cases = [
        (([2.0, 1.0], beats), {"point": "peak"}, "does not rise"),
        (([1.0, 2.0], ecg), {}, "are not pulses"),
        (([1.0, 2.0], beats), {}, "no onsets"),
        (([1.0, 2.0], beats), {"point": "foot"}, "ppg_fiducials"),
        (([1.0, 2.0], beats), {"point": "top"}, "point='top'"),
        (([1.0, 2.0], beats), {"point": "peak", "max_delay_ms": 20}, "max_delay_ms=20"),
    ]
    for arguments, named, words in cases:
        with pytest.raises(InvalidInputError, match=words):
            pulse_arrival_time(*arguments, **named)


def test_channels_are_searched_for_beats():
    with vw.sample(60) as rec:
        ecg, ppg = rec["ECG"], rec["PPG"]
        waves = ppg_fiducials(ppg)
        given = pulse_arrival_time(ecg_peaks(ecg), waves)
        found = pulse_arrival_time(ecg, ppg)
        mixed = run(pulse_arrival_time, ecg, waves).result()
        for other in (found, mixed):
            assert other.to_frame().equals(given.to_frame())
        assert "beats were found by ecg_peaks ('slope')" in found.notes[0]
        assert "beats were found by ppg_peaks" in found.notes[1]
        assert 100 < found.median_ms < 400
        assert pulse_transit_time(ppg, waves).median_ms == 0
        with pytest.raises(InvalidInputError, match="point='top'"):
            run(pulse_arrival_time, ecg, ppg, point="top")
