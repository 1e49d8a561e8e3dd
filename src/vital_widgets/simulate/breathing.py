"""Respiration signals with known breaths, pauses and apnoeas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Signal = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BreathingTruth:
    """A respiration signal with its ground truth.

    Attributes
    ----------
    values, clean : ndarray, shape (n,)
        With and without noise, drift and heartbeat.
    fs : float
        Sampling rate in Hz.
    onsets, peaks, rests, ends : ndarray, shape (k,)
        Times in s of the start and end of inspiration, the end of expiration and the next start.
    heights : ndarray, shape (k,)
        Amplitude of each breath.
    events : ndarray, shape (m, 2)
        Begin and end in s of each event: end of the last full breath to start of the next.
    drops : ndarray, shape (m,)
        Relative fall of the amplitude in each: 1 is no breathing at all.
    """

    values: Signal
    clean: Signal
    fs: float
    onsets: Signal
    peaks: Signal
    rests: Signal
    ends: Signal
    heights: Signal
    events: Signal
    drops: Signal


def make_breathing(
    seconds: float,
    fs: float = 32.0,
    *,
    rate: float = 15.0,
    duty: float = 0.4,
    pause: float = 0.0,
    variation: float = 0.05,
    amplitude_variation: float = 0.1,
    events: Sequence[tuple[float, float, float]] = (),
    noise: float = 0.0,
    heartbeat: float = 0.0,
    drift: float = 0.0,
    seed: int = 0,
) -> BreathingTruth:
    """Make a respiration signal of half cosines, so that every turning point is known exactly.

    Parameters
    ----------
    seconds, fs : float
        Length in s and sampling rate in Hz.
    rate : float
        Breaths per minute.
    duty : float
        Inspiratory over total time.
    pause : float
        Expiratory pause over total time.
    variation, amplitude_variation : float
        Standard deviation of the breaths' length and height, relative to the mean.
    events : sequence of (float, float, float)
        Onset and duration in s and drop (0 to 1) of apnoeas and hypopnoeas; each is moved to the
        next end of a breath.
    noise, heartbeat, drift : float
        Standard deviation of white noise, height of a ripple at 70/min, and height of slow
        wander, relative to a breath.
    seed : int
        Seed of all random numbers.
    """
    rng = np.random.default_rng(seed)
    pending = sorted(events)
    rows, done = [], []
    t = 0.0
    while t < seconds:
        total = 60 / rate * float(np.clip(1 + variation * rng.standard_normal(), 0.5, 1.6))
        height = float(np.clip(1 + amplitude_variation * rng.standard_normal(), 0.6, 1.5))
        rows.append([t, t + duty * total, t + (1 - pause) * total, t + total, height])
        t += total
        if pending and t >= pending[0][0]:
            _, length, drop = pending.pop(0)
            begin = t
            if drop >= 1:
                t += length
                rows[-1][3] = t
            else:
                n = max(round(length / (60 / rate)), 1)
                for _ in range(n):
                    d = length / n
                    rows.append([t, t + duty * d, t + (1 - pause) * d, t + d, 1 - drop])
                    t += d
            done.append([begin, t, drop])
    onsets, peaks, rests, ends, heights = np.array(rows).T
    clean = _wave(np.arange(round(seconds * fs)) / fs, onsets, peaks, rests, heights)
    time = np.arange(len(clean)) / fs
    beat = heartbeat * 0.5 * np.sin(2 * np.pi * 70 / 60 * time + rng.uniform(0, 6))
    wander = drift * np.sin(2 * np.pi * time / 97 + 1) + 0.5 * drift * np.sin(time / 30)
    values = clean + beat + wander + noise * rng.standard_normal(len(clean))
    periods = np.array(done).reshape(-1, 3)
    return BreathingTruth(
        values, clean, fs, onsets, peaks, rests, ends, heights, periods[:, :2], periods[:, 2]
    )


def _wave(t: Signal, onsets: Signal, peaks: Signal, rests: Signal, heights: Signal) -> Signal:
    """Return the volume at times ``t``."""
    k = np.maximum(np.searchsorted(onsets, t, side="right") - 1, 0)
    rise = np.clip((t - onsets[k]) / (peaks[k] - onsets[k]), 0, 1)
    fall = np.clip((t - peaks[k]) / (rests[k] - peaks[k]), 0, 1)
    return np.asarray(heights[k] * 0.5 * (np.cos(np.pi * fall) - np.cos(np.pi * rise)))
