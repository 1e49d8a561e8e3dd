"""A simulated EMG with bursts whose median frequency falls, as in fatigue."""

from __future__ import annotations

import numpy as np

import vital_widgets as vw

FS = 1000.0
BURSTS = ((3.0, 6.0), (9.0, 13.0), (16.0, 19.0), (22.0, 27.0))  # s
FIRST_HZ, LAST_HZ = 120.0, 80.0  # centres of the spectrum at the start and at the end
SECONDS = 30.0


def fatiguing_emg(seed: int = 0) -> vw.Recording:
    """Return 30 s of EMG in mV: noise about a falling frequency, 20 times louder in bursts."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(SECONDS * FS)) / FS
    centre = FIRST_HZ + (LAST_HZ - FIRST_HZ) * t / SECONDS
    slow = np.convolve(rng.normal(size=len(t) + 100), np.hanning(101), "valid")
    also = np.convolve(rng.normal(size=len(t) + 100), np.hanning(101), "valid")
    phase = 2 * np.pi * np.cumsum(centre) / FS
    x = (slow * np.cos(phase) - also * np.sin(phase)) / np.std(slow)
    loud = np.full(len(t), 0.02)
    for start, end in BURSTS:
        loud[(t >= start) & (t < end)] = 0.4
    return vw.Recording.from_arrays({"EMG biceps": loud * x}, FS, units={"EMG biceps": "mV"})
