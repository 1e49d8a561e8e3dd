"""The heart of a sleeper: R peaks and lead II."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.simulate.ecg_model import EcgModel
from vital_widgets.simulate.limits import generator
from vital_widgets.simulate.rhythm_model import BEAT_RATE, GRID_RATE, PAD, band_noise
from vital_widgets.simulate.sleep_stages import EPOCH_S, level_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BPM = {"W": 70.0, "N1": 64.0, "N2": 60.0, "N3": 57.0, "R": 65.0}
AROUSAL_BPM = 10.0
LF_SD = {"W": 0.03, "N1": 0.025, "N2": 0.02, "N3": 0.01, "R": 0.035}
HF_SD = 0.03  # of the RR interval, with respiration
BASELINE_MV, NOISE_MV = 0.1, 0.008
STRETCH_S = 600


def sleep_heart(
    stages: NDArray[Any], arousals: Numbers, volume: Numbers, breath_hz: float, seed: int
) -> tuple[Numbers, Numbers]:
    """Return the R peaks in s and lead II in mV at 250 Hz; the heart follows the lung volume."""
    seconds = len(stages) * EPOCH_S
    rng = generator(seed, 7)
    grid = np.arange(-PAD, seconds + PAD, 1 / GRID_RATE)
    breath_t = np.arange(len(volume)) / breath_hz
    breath = np.interp(grid, breath_t, volume) - float(volume.mean())
    bpm = level_in(stages, BPM, grid)
    for onset, end in arousals.tolist():
        since = grid - onset
        bpm += np.where(since > 0, AROUSAL_BPM * np.exp(-np.maximum(grid - end, 0) / 5), 0.0) * (
            grid < end + 30
        )
    slow = level_in(stages, LF_SD, grid) * band_noise(rng, len(grid), 0.1, 0.01)
    # The heart is fastest when the lungs are full.
    rr = 60 / bpm * (1 + slow - HF_SD * np.sqrt(2) * 2 * breath)
    beats = [round(grid[0] * BEAT_RATE)]
    in_samples = (rr * BEAT_RATE).tolist()
    while (point := int((beats[-1] / BEAT_RATE - grid[0]) * GRID_RATE)) < len(in_samples):
        beats.append(beats[-1] + round(in_samples[point]))
    at = np.array(beats, np.int64)
    model = EcgModel(at, np.zeros(len(at), bool), BEAT_RATE)
    parts = []
    for first in range(0, round(seconds), STRETCH_S):
        stop = min(first + STRETCH_S, round(seconds))
        t = np.arange(first * BEAT_RATE, stop * BEAT_RATE) / BEAT_RATE
        parts.append(model.next(first * BEAT_RATE, BASELINE_MV * np.interp(t, grid, breath))[0])
    ecg = np.concatenate(parts)
    ecg += NOISE_MV * rng.standard_normal(len(ecg))
    inside = (at >= 0) & (at < len(ecg))
    return at[inside] / BEAT_RATE, ecg
