"""An ECG with known onsets, peaks and offsets of its waves, which have compact support.

Every wave is a raised cosine with two sides of different lengths: exactly zero outside, smooth
within. So onset, peak and offset are known by construction instead of by an expert's annotation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS = (
    "p_onset",
    "p_peak",
    "p_offset",
    "qrs_onset",
    "r_peak",
    "qrs_offset",
    "t_onset",
    "t_peak",
    "t_offset",
)
T_SHAPES = ("upright", "inverted", "biphasic")
# Onset, peak, offset in ms from the R peak, and height in mV. The waves of a QRS overlap.
QRS = ((-40, -22, -4, -0.12), (-26, 0, 24, 1.2), (8, 26, 48, -0.3))
PREMATURE = ((-60, 0, 55, 1.1), (25, 70, 110, -0.6))
PREMATURE_T = (170, 290, 390, -0.4)
P = (-190, -140, -92, 0.15)
T_FIXED_MS = 60.0  # of the T wave's times: the share that does not change with the rate
COUPLING, PAUSE = 0.62, 1.38  # of a premature beat, as shares of the interval


@dataclass(frozen=True, eq=False)
class WaveEcg:
    """An ECG with its ground truth.

    Attributes
    ----------
    values : ndarray of float64, shape (n,)
        mV.
    fs : float
        Sampling rate in Hz.
    r_samples : ndarray of int64, shape (k,)
        Sample of each R peak.
    points : dict of str to ndarray of float64, shape (k,)
        Time in s of each of `POINTS`, NaN where the beat has no such wave. Of a biphasic T wave
        the peak is that of its larger part.
    premature : ndarray of bool, shape (k,)
        Wide beats without a P wave that come early.
    st_mv : ndarray of float64, shape (k,)
        Height of the ST segment.
    """

    values: NDArray[np.float64]
    fs: float
    r_samples: NDArray[np.int64]
    points: dict[str, NDArray[np.float64]]
    premature: NDArray[np.bool_]
    st_mv: NDArray[np.float64]


def wave_ecg(
    seconds: float,
    fs: float,
    *,
    rate: float = 70.0,
    irregular: float = 0.03,
    noise: float = 0.0,
    baseline: float = 0.0,
    t_shape: str = "upright",
    missing_p: float = 0.0,
    premature: float = 0.0,
    wide: float = 1.0,
    st: tuple[float, float, float] | None = None,
    seed: int = 0,
) -> WaveEcg:
    """Make an ECG with known onsets, peaks and offsets.

    Parameters
    ----------
    seconds, fs : float
        Length in s and sampling rate in Hz. R peaks lie on samples.
    rate, irregular : float
        Mean rate in beats/min, standard deviation of the intervals as a share of their mean.
    noise : float
        Standard deviation in mV of white noise.
    baseline : float
        Amplitude in mV of a wander at 0.25 Hz.
    t_shape : {'upright', 'inverted', 'biphasic'}
        Shape of the T wave.
    missing_p, premature : float
        Shares of beats without a P wave, and of premature ventricular beats.
    wide : float
        Factor on the times of the QRS of normal beats (2.0 is a bundle branch block).
    st : (onset, end, mV), optional
        Beats between these times in s have an ST segment of this height.
    seed : int
        Seed of rhythm, variation of the waves from beat to beat, and noise.
    """
    rng = np.random.default_rng(seed)
    mean = 60.0 / rate
    k = int(seconds / mean) + 2
    early = rng.random(k) < premature
    early[:2] = False
    early[1:] &= ~early[:-1]
    rr = varied(rng, mean, irregular, k)
    rr[1:] *= np.where(early[1:], COUPLING, np.where(early[:-1], PAUSE, 1.0))
    at = r_places(rr, seconds, fs)
    early = early[: len(at)]
    values = np.zeros(round(seconds * fs))
    points = {name: np.full(len(at), np.nan) for name in POINTS}
    height = np.zeros(len(at))
    no_p = rng.random(len(at)) < missing_p
    for i, r in enumerate(at.tolist()):
        if st is not None and st[0] <= r / fs < st[1] and not early[i]:
            height[i] = st[2]
        vary = 1 + 0.05 * np.clip(rng.normal(size=4), -2, 2)
        waves = _waves(early[i], no_p[i], wide, mean, t_shape, vary)
        for group in waves.values():
            for one in group:
                add_wave(values, fs, r, one)
        if height[i]:
            _add_plateau(values, fs, r, waves, float(height[i]))
        for name, group in waves.items():
            if group:
                largest = max(group, key=lambda one: abs(one[3]))
                peak = 0.0 if name == "qrs" else largest[1]
                limits = (min(one[0] for one in group), peak, max(one[2] for one in group))
                names = ("r_peak" if name == "qrs" else f"{name}_peak",)
                for key, ms in zip(
                    (f"{name}_onset", *names, f"{name}_offset"), limits, strict=True
                ):
                    points[key][i] = r / fs + ms / 1000
    t = np.arange(len(values)) / fs
    values += baseline * np.sin(2 * np.pi * 0.25 * t) + noise * rng.normal(size=len(t))
    return WaveEcg(values, fs, at, points, early, height)


Wave = tuple[float, float, float, float]


def _waves(
    early: bool,  # noqa: FBT001
    no_p: bool,  # noqa: FBT001
    wide: float,
    mean: float,
    t_shape: str,
    vary: NDArray[np.float64],
) -> dict[str, list[Wave]]:
    """Return the waves of one beat: onset, peak, offset in ms from R, height in mV."""
    if early:
        return {"p": [], "qrs": list(PREMATURE), "t": [PREMATURE_T]}
    p = [(P[0] * vary[0], P[1] * vary[0], P[2] * vary[0], P[3] * vary[1])]
    qrs = [(a * wide, b * wide, c * wide, h) for a, b, c, h in QRS]
    stretch = np.sqrt(min(mean, 1.2)) * vary[2]
    t0, t1, t2 = (T_FIXED_MS + stretch * ms + max(wide - 1, 0) * 45 for ms in (75.0, 215.0, 300.0))
    h = 0.3 * vary[3]
    if t_shape == "inverted":
        t = [(t0, t1, t2, -h)]
    elif t_shape == "biphasic":
        middle = t0 + 0.62 * (t2 - t0)
        t = [
            (t0, 0.5 * (t0 + middle), middle, h),
            (middle, 0.5 * (middle + t2), t2, -0.7 * h),
        ]
    else:
        t = [(t0, t1, t2, h)]
    return {"p": [] if no_p else p, "qrs": qrs, "t": t}


def varied(
    rng: np.random.Generator, mean: float, irregular: float, count: int
) -> NDArray[np.float64]:
    """Return intervals in s that vary by a share of their mean, limited to three times that."""
    return np.asarray(mean * (1 + irregular * np.clip(rng.normal(size=count), -3, 3)))


def r_places(rr: NDArray[np.float64], seconds: float, fs: float) -> NDArray[np.int64]:
    """Return the samples of R peaks at these intervals, the first at 0.5 s, whose waves fit in."""
    at = np.rint((np.cumsum(rr) - rr[0] + 0.5) * fs).astype(np.int64)
    return np.asarray(at[at < (seconds - 0.7) * fs])


def add_wave(values: NDArray[np.float64], fs: float, r: int, wave: Wave) -> None:
    """Add a raised cosine around sample ``r``."""
    onset, peak, offset, height = wave
    i0 = max(int(np.floor(r + onset * fs / 1000)), 0)
    i1 = min(int(np.ceil(r + offset * fs / 1000)) + 1, len(values))
    ms = (np.arange(i0, i1) - r) * 1000 / fs
    side = np.where(ms < peak, peak - onset, offset - peak)
    phase = np.clip((ms - peak) / side, -1, 1)
    values[i0:i1] += height * 0.5 * (1 + np.cos(np.pi * phase))


def _add_plateau(
    values: NDArray[np.float64], fs: float, r: int, waves: dict[str, list[Wave]], height: float
) -> None:
    """Raise the signal between S wave and end of T wave: up in 20 ms, down during the T wave."""
    top = max(one[2] for one in waves["qrs"])
    end = max(one[2] for one in waves["t"])
    i0, i1 = (
        max(round(r + (top - 20) * fs / 1000), 0),
        min(round(r + end * fs / 1000) + 1, len(values)),
    )
    ms = (np.arange(i0, i1) - r) * 1000 / fs
    fall = end - 120
    rise = 0.5 * (1 - np.cos(np.pi * np.clip((ms - top + 20) / 20, 0, 1)))
    drop = 0.5 * (1 + np.cos(np.pi * np.clip((ms - fall) / (end - fall), 0, 1)))
    values[i0:i1] += height * rise * drop
