"""Model of heart rhythm and respiration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.simulate.schedule import ACTIVITY, Event, box, night_weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRID_RATE = 4.0  # Hz, of everything slow
PAD = 8.0  # s before second 0 and after the end, so that there are no edge effects
BEAT_RATE = 250  # Hz: beats lie on the samples of the ECG

LF_HZ, HF_HZ, LOBE_HZ = 0.1, 0.25, 0.01  # Mayer waves, respiration, standard deviation of both
LF_SD, HF_SD, SLOW_SD = 0.022, 0.030, 0.020  # s, at rest and a heart rate of 60 bpm
REST_BPM, ASLEEP_BPM, ACTIVE_BPM = 70.0, -13.0, 32.0
RR_LIMITS = (0.45, 1.6)  # s
PVC_SHARE = 0.008  # of the beats
PVC_COUPLING = (0.54, 0.64)  # of the RR interval
EXERCISE_SECONDS = 45.0  # time constant of the heart rate's response to activity
SHORTEST_NOISE = 2048  # points: below, the lobes of the spectrum would fall between its lines


@dataclass(frozen=True)
class Rhythm:
    """Breaths and beats of a recording.

    Attributes
    ----------
    grid : ndarray, shape (m,)
        Seconds, at 4 Hz, from a little before 0 to a little after the end.
    breath_phase : ndarray, shape (m,)
        Phase of the respiration in rad; its cosine is the volume of the lungs.
    breath_hz : ndarray, shape (m,)
        Respiration rate in Hz.
    rr : ndarray, shape (m,)
        RR interval in s after a beat at this time, without ectopic beats.
    beats : ndarray of int64, shape (n,)
        R peaks as sample numbers at `BEAT_RATE`, some of them outside the recording.
    ventricular : ndarray of bool, shape (n,)
        Whether the beat is a premature ventricular one.
    """

    grid: NDArray[np.float64]
    breath_phase: NDArray[np.float64]
    breath_hz: NDArray[np.float64]
    rr: NDArray[np.float64]
    beats: NDArray[np.int64]
    ventricular: NDArray[np.bool_]


def make_rhythm(duration: int, seed: int, events: list[Event]) -> Rhythm:
    """Return the rhythm of ``duration`` seconds.

    The RR tachogram has the bimodal spectrum of McSharry et al. (2003), Gaussian lobes of Mayer
    waves at 0.1 Hz and of respiratory sinus arrhythmia at the respiration rate, on top of a
    day and night trend, the heart's response to activity, and slow wander.
    """
    rng = np.random.default_rng([seed, 2])
    grid = np.arange(-PAD, duration + PAD, 1 / GRID_RATE)
    night = night_weight(grid)
    effort = _first_order(box(grid, events, ACTIVITY), EXERCISE_SECONDS)
    breath_hz = HF_HZ * (1 - 0.12 * night + 0.4 * effort) + LOBE_HZ * _slow(rng, len(grid))
    breath_phase = 2 * np.pi * np.cumsum(breath_hz) / GRID_RATE

    bpm = REST_BPM + ASLEEP_BPM * night + ACTIVE_BPM * effort
    calm = 1 - 0.75 * effort
    # The heart is fastest when the lungs are full.
    variation = (
        LF_SD * calm * (1 - 0.3 * night) * band_noise(rng, len(grid), LF_HZ, LOBE_HZ)
        - HF_SD * calm * (0.6 + 0.6 * night) * np.sqrt(2) * np.cos(breath_phase)
        + SLOW_SD * _slow(rng, len(grid))
    )
    rr = np.clip(60 / bpm * (1 + variation), *RR_LIMITS)
    beats, ventricular = _beats(rng, grid, rr)
    return Rhythm(grid, breath_phase, breath_hz, rr, beats, ventricular)


def _beats(
    rng: np.random.Generator, grid: NDArray[np.float64], rr: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place beat after beat; a premature one is followed by a full compensatory pause."""
    in_samples = (rr * BEAT_RATE).tolist()
    first = round(grid[0] * BEAT_RATE)
    per_point = BEAT_RATE / GRID_RATE
    expected = int(len(grid) / GRID_RATE / RR_LIMITS[0]) + 2
    draws = rng.random(expected).tolist()
    couplings = rng.uniform(*PVC_COUPLING, expected).tolist()
    beats: list[int] = []
    ventricular: list[bool] = []
    n, k, last = first, 0, len(in_samples)
    while (point := int((n - first) / per_point)) < last:
        interval = in_samples[point]
        beats.append(n)
        ventricular.append(False)
        if draws[k] < PVC_SHARE:
            beats.append(n + round(couplings[k] * interval))
            ventricular.append(True)
            interval *= 2
        n += round(interval)
        k += 1
    return np.array(beats, np.int64), np.array(ventricular, bool)


def band_noise(
    rng: np.random.Generator, n: int, centre: float, width: float
) -> NDArray[np.float64]:
    """Return ``n`` points at 4 Hz, mean 0, variance 1, random phases, with a Gaussian spectrum.

    ``centre`` and ``width`` (the standard deviation) of the power spectrum are in Hz.
    """
    length = max(n, SHORTEST_NOISE)
    f = np.fft.rfftfreq(length, 1 / GRID_RATE)
    return _from_spectrum(rng, length, np.exp(-0.5 * ((f - centre) / width) ** 2))[:n]


def _slow(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Return noise of variance 1 whose power falls with frequency, below the Mayer waves."""
    length = max(n, SHORTEST_NOISE)
    f = np.fft.rfftfreq(length, 1 / GRID_RATE)
    return _from_spectrum(rng, length, np.exp(-0.5 * (f / 0.02) ** 2) / (f + 0.002))[:n]


def _from_spectrum(
    rng: np.random.Generator, n: int, power: NDArray[np.float64]
) -> NDArray[np.float64]:
    power = power.copy()
    power[0] = 0
    phases = rng.uniform(0, 2 * np.pi, len(power))
    noise = np.fft.irfft(np.sqrt(power) * np.exp(1j * phases), n)
    return np.asarray(noise / noise.std())


def _first_order(x: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
    from scipy.signal import lfilter

    keep = np.exp(-1 / (GRID_RATE * seconds))
    return np.asarray(lfilter([1 - keep], [1, -keep], x))
