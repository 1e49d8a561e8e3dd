"""The synthetic signals against plain oracles and the answers they were made from."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.signal import csd, welch

from vital_widgets.simulate.ecg_model import SINUS, VENTRICULAR, EcgModel
from vital_widgets.simulate.ppg_model import make_pulses
from vital_widgets.simulate.rhythm_model import BEAT_RATE, band_noise, make_rhythm
from vital_widgets.simulate.schedule import (
    ACTIVITY,
    ELECTRODE,
    NOISE,
    events_of,
    gap_of,
    night_weight,
)
from vital_widgets.simulate.vital_signs import SIGNALS, SignalMaker

FS = 250


def a_minute():
    """Beats of a minute with a premature ventricular beat, and a wandering baseline."""
    rng = np.random.default_rng(1)
    steps = rng.integers(150, 300, 90)
    steps[20], steps[21] = 130, 330
    beats = np.cumsum(steps) - 400
    ventricular = np.zeros(len(beats), bool)
    ventricular[21] = True
    t = np.arange(60 * FS) / FS
    return beats, ventricular, 0.15 * np.sin(2 * np.pi * 0.25 * t)


def integrated(beats, ventricular, baseline, z_first, lead):
    """The three equations of the paper, step by step."""
    onsets = beats / FS

    def slope(t, state):
        x, y, z = state
        k = int(np.searchsorted(onsets, t, side="right")) - 1
        rr = onsets[k + 1] - onsets[k]
        omega = 2 * np.pi / rr
        alpha = 1 - np.hypot(x, y)
        theta = np.arctan2(y, x)
        stretch = np.sqrt(1 / rr)
        push = 0.0
        for kind, waves in ((False, SINUS), (True, VENTRICULAR)):
            for centre, a, b in zip(waves.theta, waves.a[lead], waves.b, strict=True):
                away = (theta - stretch * centre + np.pi) % (2 * np.pi) - np.pi
                # The wave belongs to the beat whose passage of the centre is the nearest.
                turns = 0 if (theta % (2 * np.pi)) - stretch * centre <= np.pi else 1
                if ventricular[k + turns] == kind:
                    push -= a * away * np.exp(-(away**2) / (2 * (stretch * b) ** 2))
        z0 = 0.15 * np.sin(2 * np.pi * 0.25 * t)
        return alpha * x - omega * y, alpha * y + omega * x, push - (z - z0)

    k = int(np.searchsorted(beats, 0, side="right")) - 1
    phase = -2 * np.pi * beats[k] / (beats[k + 1] - beats[k])
    t = np.arange(len(baseline)) / FS
    solution = solve_ivp(
        slope,
        (0, t[-1]),
        (np.cos(phase), np.sin(phase), z_first),
        t_eval=t,
        max_step=0.02,
        rtol=1e-6,
        atol=1e-8,
    )
    return solution.y[2]


@pytest.mark.parametrize("lead", [0, 1])
def test_the_ecg_is_the_solution_of_the_papers_equations(lead):
    beats, ventricular, baseline = a_minute()
    ecg = EcgModel(beats, ventricular, FS).next(0, baseline)[lead]
    plain = integrated(beats, ventricular, baseline, ecg[0], lead)
    assert np.ptp(plain) > 1.0  # mV
    np.testing.assert_allclose(ecg, plain, atol=0.002)


def test_the_ecg_does_not_depend_on_the_stretches_it_is_made_in():
    beats, ventricular, baseline = a_minute()
    whole = EcgModel(beats, ventricular, FS).next(0, baseline)
    model = EcgModel(beats, ventricular, FS)
    v = int(beats[21])
    edges = [0, 2000, 2001, v - 3, v, v + 40, 14000, len(baseline)]
    assert edges == sorted(edges)
    parts = [model.next(a, baseline[a:b]) for a, b in itertools.pairwise(edges)]
    joined = np.concatenate(parts, axis=1)
    # Only the very first state is estimated from the stretch; it fades within seconds.
    np.testing.assert_allclose(joined[:, 3000:], whole[:, 3000:], atol=1e-5)
    np.testing.assert_allclose(np.diff(joined - whole), 0, atol=1e-3)


def test_beats_are_where_the_clean_ecg_peaks():
    rhythm = make_rhythm(3600, 5, [])
    model = EcgModel(rhythm.beats, rhythm.ventricular, FS)
    ecg = model.next(0, np.zeros(3600 * FS))[0]
    inside = (rhythm.beats > 20) & (rhythm.beats < 3600 * FS - 20)
    peaks = rhythm.beats[inside]
    highest = np.argmax(ecg[peaks[:, None] + np.arange(-20, 21)], axis=1) - 20
    assert not np.any(highest)
    assert rhythm.ventricular.sum() > 10
    assert np.median(ecg[peaks]) == pytest.approx(1.0, abs=0.1)


def test_ventricular_beats_are_wide_early_and_followed_by_a_full_pause():
    rhythm = make_rhythm(7200, 3, [])
    rr = np.diff(rhythm.beats) / BEAT_RATE
    v = np.flatnonzero(rhythm.ventricular)
    v = v[(v > 2) & (v < len(rr) - 2)]
    assert len(v) > 20
    before = rr[v - 2]
    np.testing.assert_allclose(rr[v - 1] / before, 0.59, atol=0.15)
    np.testing.assert_allclose((rr[v - 1] + rr[v]) / (2 * before), 1.0, atol=0.25)
    assert not np.any(rhythm.ventricular[v + 1])


def test_the_tachogram_has_the_two_lobes_of_the_paper():
    rhythm = make_rhythm(7200, 3, [])
    f, power = welch(rhythm.rr, 4, nperseg=1024)

    def peak(low, high):
        band = (f >= low) & (f < high)
        return f[band][np.argmax(power[band])]

    assert peak(0.07, 0.15) == pytest.approx(0.1, abs=0.015)
    assert peak(0.18, 0.35) == pytest.approx(0.25, abs=0.02)
    between = power[(f > 0.15) & (f < 0.19)].mean()
    assert power[(f > 0.24) & (f < 0.26)].mean() > 10 * between


def test_the_heart_is_fastest_when_the_lungs_are_full():
    rhythm = make_rhythm(7200, 3, [])
    f, cross = csd(np.cos(rhythm.breath_phase), rhythm.rr, 4, nperseg=1024)
    at_breath = np.argmax(np.abs(cross) * (f > 0.2))
    assert f[at_breath] == pytest.approx(0.25, abs=0.02)
    assert abs(np.angle(cross[at_breath])) == pytest.approx(np.pi, abs=0.2)


def test_noise_of_a_band_has_the_spectrum_asked_for():
    noise = band_noise(np.random.default_rng(0), 40_000, 0.1, 0.01)
    assert noise.std() == pytest.approx(1, abs=0.01)
    f, power = welch(noise, 4, nperseg=4096)
    centre = np.sum(f * power) / power.sum()
    assert centre == pytest.approx(0.1, abs=0.002)
    assert np.sqrt(np.sum((f - centre) ** 2 * power) / power.sum()) == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize("seconds", [1, 10, 60, 299, 300, 3600, 86400])
def test_events_do_not_overlap_and_lie_in_the_recording(seconds):
    events = events_of(seconds, 7)
    for one, other in itertools.pairwise(events):
        assert one.end <= other.onset
    for event in events:
        assert 0 <= event.onset < event.end <= seconds
        assert event.onset * 4 == int(event.onset * 4)
    texts = {event.text for event in events}
    assert (ELECTRODE in texts) == (seconds >= 300)
    if seconds >= 3600:
        assert texts == {ELECTRODE, NOISE, ACTIVITY}
    gap = gap_of(seconds)
    assert (gap is None) == (seconds < 300)


def test_it_is_night_from_eleven_to_seven():
    hours = np.array([9.0, 15.0, 22.0, 23.0, 24.0, 27.0, 30.0, 31.0, 32.0, 47.0])
    night = night_weight((hours - 9) * 3600)
    np.testing.assert_array_equal(
        night > 0.45, [False, False, False, True, True, True, True, True, False, True]
    )


def test_pulses_follow_their_beats():
    rhythm = make_rhythm(120, 3, [])
    pulses = make_pulses(rhythm)
    delay = pulses.onset - pulses.r_peak
    assert delay.min() > 0.18
    assert delay.max() < 0.24
    t = np.arange(0, 100, 1 / 500)
    ppg = pulses.values(t)
    for k in np.flatnonzero((pulses.r_peak > 5) & (pulses.r_peak < 95) & ~rhythm.ventricular):
        after = (t >= pulses.onset[k]) & (t < pulses.onset[k] + 0.4)
        peak = t[after][np.argmax(ppg[after])] - pulses.onset[k]
        assert peak == pytest.approx(0.15 * pulses.stretch[k], abs=0.05)


def test_activity_disturbs_and_rest_does_not():
    events = events_of(1200, 1)
    rhythm = make_rhythm(1200, 1, events)
    maker = SignalMaker(1200, 1, rhythm, make_pulses(rhythm), events)
    pieces = [values for _, values in maker.stretches()]
    channels = [np.concatenate(one) for one in zip(*pieces, strict=True)]
    assert [len(values) for values in channels] == [1200 * s.per_record for s in SIGNALS]
    acc_y = channels[5].reshape(1200, -1).std(axis=1)
    inside = np.zeros(1200, bool)
    for event in events:
        if event.text == ACTIVITY:
            inside[int(event.onset) + 2 : int(event.end) - 2] = True
    assert inside.any()
    outside = ~np.convolve(inside, np.ones(9), "same").astype(bool)
    assert acc_y[inside].min() > 0.1
    assert np.median(acc_y[outside]) < 0.01
