"""Model of the PPG: one pulse after each heart beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.simulate.rhythm_model import BEAT_RATE, Rhythm

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Time after the pulse's onset (s at 60 bpm), standard deviation (s), height: systolic wave,
# shoulder, and the dicrotic wave behind the notch.
BUMPS = ((0.15, 0.055, 1.0), (0.27, 0.085, 0.55), (0.46, 0.095, 0.38))
DELAY, DELAY_BREATH, DELAY_MAYER = 0.21, 0.004, 0.008  # s from R peak to onset
BREATH_DEPTH = 0.15  # share by which respiration changes the pulse's height
WEAK_PULSE, STRONG_PULSE = 0.45, 1.2  # of a premature beat, and of the one after its pause


@dataclass(frozen=True)
class Pulses:
    """One pulse per beat: R peak and onset in s, scale of its length, and height."""

    r_peak: NDArray[np.float64]
    onset: NDArray[np.float64]
    stretch: NDArray[np.float64]
    height: NDArray[np.float64]

    def values(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the PPG in arbitrary units at the rising times ``t`` in seconds."""
        latest = np.searchsorted(self.r_peak, t, side="right") - 1
        total = np.zeros(len(t))
        for back in (0, 1):  # a pulse may reach beyond the next R peak
            k = np.maximum(latest - back, 0)
            since = (t - self.onset[k]) / self.stretch[k]
            pulse = np.zeros(len(t))
            for centre, width, height in BUMPS:
                pulse += height * np.exp(-0.5 * ((since - centre) / width) ** 2)
            total += self.height[k] * pulse
        return total


def make_pulses(rhythm: Rhythm) -> Pulses:
    """Return the pulse of each beat, delayed, and modulated by respiration."""
    r_peak = rhythm.beats / BEAT_RATE
    breath = np.cos(np.interp(r_peak, rhythm.grid, rhythm.breath_phase))
    mayer = np.cos(2 * np.pi * 0.1 * r_peak)
    delay = DELAY + DELAY_BREATH * breath + DELAY_MAYER * mayer
    height = 1 - BREATH_DEPTH * breath
    height[rhythm.ventricular] *= WEAK_PULSE
    height[np.flatnonzero(rhythm.ventricular[:-1]) + 1] *= STRONG_PULSE
    rr = np.diff(r_peak, append=r_peak[-1] + 1.0)
    return Pulses(r_peak, r_peak + delay, np.sqrt(rr), height)
