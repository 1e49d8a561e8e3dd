"""Tremor, spikes and bursts are no pulses; pulses of odd hearts are."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import ppg_peaks

SECONDS = 60


def artefact(kind: str, fs: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = fs * SECONDS
    t = np.arange(n) / fs
    white = rng.standard_normal(n)
    wander = 0.8 * np.cumsum(rng.standard_normal(n)) / np.sqrt(fs)
    events = (rng.random(n) < 1 / fs) * white * 5
    return {
        "tremor of 5 Hz": np.sin(2 * np.pi * 5 * t + wander),
        "tremor of 8 Hz, swelling": np.sin(2 * np.pi * 8 * t + wander) * (1.5 + np.sin(t)),
        "alpha waves": np.sin(2 * np.pi * 10 * t + wander) * (1 + 0.5 * np.sin(2 * t)),
        "sine of 6 Hz": np.sin(2 * np.pi * 6 * t) + 0.02 * white,
        "spikes": events,
        "spikes in noise": events + 0.05 * white,
        "spikes of one size": 5.0 * (events != 0),
        "regular spikes": (np.arange(n) % round(0.8 * fs) == 0) + 0.02 * white,
        "bursts": white * (0.2 + 5 * (np.sin(2 * np.pi * 0.8 * t) > 0.6)),
        "Cauchy": rng.standard_cauchy(n),
    }[kind]


KINDS = (
    "tremor of 5 Hz", "tremor of 8 Hz, swelling", "alpha waves", "sine of 6 Hz", "spikes",
    "spikes in noise", "spikes of one size", "regular spikes", "bursts", "Cauchy",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fs", [64, 250])
@pytest.mark.parametrize("seed", [11, 12])
def test_artefacts_are_no_pulses(kind, fs, seed):
    got = ppg_peaks(artefact(kind, fs, seed), fs)
    assert not got.enough
    assert len(got) < 2
    assert got.notes


def pulses(times: np.ndarray, heights: np.ndarray, fs: int) -> np.ndarray:
    t = np.arange(SECONDS * fs) / fs
    made = np.zeros(len(t))
    for beat, height in zip(times, heights, strict=True):
        away = t - beat
        made += height * np.exp(-0.5 * (away / 0.09) ** 2)
        made += 0.35 * height * np.exp(-0.5 * ((away - 0.28) / 0.11) ** 2)
    return made


@pytest.mark.parametrize("rate", [40, 75, 150, 210])
@pytest.mark.parametrize(
    ("spread", "heights"), [(0.03, 0.05), (0.2, 0.05), (0.03, 0.4)], ids=["even", "AF", "breathing"]
)
@pytest.mark.parametrize("fs", [64, 250])
def test_pulses_of_any_rate_and_depth_stay(rate, spread, heights, fs):
    if spread > 0.1 and rate > 100:
        rate = 100
    rng = np.random.default_rng(3)
    intervals = 60 / rate * np.clip(1 + spread * rng.standard_normal(400), 0.6, 1.6)
    times = np.cumsum(intervals)
    times = times[times < SECONDS - 0.5]
    depth = 1 + heights * np.sin(2 * np.pi * 0.2 * times)
    values = pulses(times, depth, fs) + 0.02 * rng.standard_normal(SECONDS * fs)
    got = ppg_peaks(values, fs)
    assert got.enough
    assert not any("rejected" in note for note in got.notes)
    assert len(got) > 0.85 * len(times)
