"""Spikes, steps, bursts, switched hum and tones are no beats; odd hearts keep theirs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.simulate.noisy_ecg import noisy_ecg

SECONDS = 60


class Made:
    """Signals without a heart beat, all of one length and rate."""

    def __init__(self, fs: int, seed: int) -> None:
        self.fs, self.n = fs, fs * SECONDS
        self.rng = np.random.default_rng(seed)
        self.t = np.arange(self.n) / fs

    def white(self, size: float = 1.0):
        return size * self.rng.standard_normal(self.n)

    def events(self):
        return (self.rng.random(self.n) < 1 / self.fs) * self.white(5)

    def bursts(self, on):
        return self.white() * (0.2 + on)

    def filtered(self, values, low=None, high=None):
        if high:
            values = sosfilt(butter(2, high, fs=self.fs, output="sos"), values)
        if low:
            values = sosfilt(butter(1, low, "highpass", fs=self.fs, output="sos"), values)
        return values

    def hum(self, mains, envelope):
        return np.sin(2 * np.pi * mains * self.t) * envelope + self.white(0.02)


KINDS = {
    "spikes": lambda m: m.events(),
    "spikes in noise": lambda m: m.events() + m.white(0.05),
    "spikes of one size": lambda m: 5 * (m.events() != 0) + m.white(0.05),
    "regular spikes": lambda m: (np.arange(m.n) % round(0.8 * m.fs) == 0) + m.white(0.02),
    "bumps": lambda m: m.filtered(m.events(), high=20) + m.white(0.01),
    "steps": lambda m: np.cumsum(m.events()) + m.white(0.02),
    "steps through a coupling of 0.05 Hz": lambda m: m.filtered(np.cumsum(m.events()), low=0.05),
    "steps through a coupling of 0.5 Hz": lambda m: m.filtered(np.cumsum(m.events()), low=0.5),
    "telegraph": lambda m: np.cumsum(m.events() != 0) % 2 + m.white(0.02),
    "square waves": lambda m: np.sign(np.sin(2 * np.pi * m.t)) + m.white(0.01),
    "sawtooth": lambda m: m.t * 0.25 % 1 + m.white(0.001),
    "bursts at random": lambda m: m.bursts(6 * np.repeat(m.rng.random(120) < 0.3, m.fs // 2)),
    "bursts in a rhythm": lambda m: m.bursts(6 * (np.sin(2 * np.pi * 0.8 * m.t) > 0.6)),
    "Cauchy": lambda m: m.rng.standard_cauchy(m.n),
    "Student, 2 degrees": lambda m: m.rng.standard_t(2, m.n),
    **{
        f"hum of {mains} Hz, {name}": lambda m, mains=mains, envelope=envelope: m.hum(
            mains, envelope(m.t)
        )
        for mains in (50, 60)
        for name, envelope in {
            "3 s on and off": lambda t: (t // 3) % 2,
            "1 s on and off": lambda t: t // 1 % 2,
            "half modulated": lambda t: 1 + 0.5 * np.sin(2 * np.pi * 1.1 * t),
            "wholly modulated": lambda t: 1 + np.sin(2 * np.pi * 1.1 * t),
        }.items()
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fs", [250, 500])
@pytest.mark.parametrize("seed", [21, 22])
def test_artefacts_that_stand_out_are_no_beats(kind, fs, seed):
    got = ecg_peaks(KINDS[kind](Made(fs, seed)), fs)
    assert not got.enough
    assert len(got) < 2
    assert "spikes, steps, bursts" in got.notes[0]


@pytest.mark.parametrize("hertz", [0.3, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30])
@pytest.mark.parametrize("noise", [0, 0.02])
@pytest.mark.parametrize("fs", [125, 250, 500])
def test_a_sine_has_no_beats(hertz, noise, fs):
    made = Made(fs, 3)
    got = ecg_peaks(np.sin(2 * np.pi * hertz * made.t) + made.white(noise), fs)
    assert not got.enough
    assert len(got) < 2


@pytest.mark.parametrize("height", [0.5, 3, 10])
@pytest.mark.parametrize("fs", [250, 500])
def test_paced_beats_are_kept_with_their_spikes(height, fs):
    made = noisy_ecg(SECONDS, fs, snr=24, seed=4, morphology="wide", irregular=0.01)
    spikes = np.zeros(len(made.values))
    spikes[np.round((made.r_times - 0.06) * fs).astype(int)] = height
    got = ecg_peaks(made.values + spikes, fs)
    assert match_beats(made.r_times, got).sensitivity == 1
    assert not got.notes


RHYTHMS = {
    "bigeminy": {"premature": 0.9, "premature_size": 1.3},
    "a third premature": {"premature": 0.3},
    "large premature beats upside down": {"premature": 0.2, "premature_size": -2.2},
    "fibrillation": {"rate": 95, "irregular": 0.25},
    "fast fibrillation with ectopy": {"rate": 110, "irregular": 0.3, "premature": 0.2},
    "150 a minute": {"rate": 150},
    "190 a minute": {"rate": 190, "irregular": 0.02},
    "25 a minute": {"rate": 25},
    "blocked": {"blocked": 0.25},
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("shape", ["normal", "tall T", "tall P", "deep S", "wide", "rsR", "small"])
def test_odd_rhythms_and_shapes_are_beats(rhythm, shape):
    made = noisy_ecg(SECONDS, 250, snr=18, seed=31, morphology=shape, **RHYTHMS[rhythm])
    got = ecg_peaks(made.values, 250)
    assert got.enough
    assert not got.notes


def test_artefacts_beside_an_ecg_leave_it_alone():
    made = noisy_ecg(240, 250, snr=24, seed=6)
    values = made.values.copy()
    off = slice(120 * 250, 180 * 250)
    values[off] = KINDS["spikes in noise"](Made(250, 5))
    got = ecg_peaks(values, 250)
    assert np.count_nonzero((got.times > 125) & (got.times < 175)) == 0
    on = (made.r_times < 118) | (made.r_times > 182)
    assert match_beats(made.r_times[on], got).sensitivity > 0.98
    assert got.intervals().ms.max() < 3000


@pytest.mark.parametrize("seconds", [8, 12])
def test_a_short_ecg_with_a_burst_keeps_its_beats(seconds):
    made = noisy_ecg(seconds, 500, snr=24, seed=9)
    burst = np.zeros(len(made.values))
    burst[:1000] = 0.4 * np.random.default_rng(1).standard_normal(1000)
    assert match_beats(made.r_times, ecg_peaks(made.values + burst, 500)).sensitivity > 0.85
