"""An ECG with known R peaks and noise of a known level, for tests and benchmarks of detectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Centre (s from the R peak at 60 beats/min), width (s) and height (mV) of P, Q, R, S and T; then
# other leads, other hearts.
WAVES = (
    (-0.17, 0.022, 0.12),
    (-0.028, 0.009, -0.12),
    (0.0, 0.010, 1.2),
    (0.028, 0.010, -0.25),
    (0.27, 0.045, 0.30),
)
MORPHOLOGIES = {
    "normal": WAVES,
    "tall T": (*WAVES[:4], (0.27, 0.040, 0.95)),
    "tall P": ((-0.16, 0.020, 0.35), (-0.028, 0.009, -0.1), (0.0, 0.010, 0.8), (0.03, 0.011, -0.3),
               (0.28, 0.05, 0.2)),
    "deep S": ((-0.16, 0.022, 0.1), (-0.035, 0.008, 0.3), (0.0, 0.013, -1.4), (0.27, 0.05, 0.4)),
    "biphasic": ((-0.17, 0.022, 0.1), (-0.03, 0.009, -0.1), (0.0, 0.010, 0.8), (0.03, 0.012, -0.7),
                 (0.28, 0.05, 0.2)),
    "wide": ((-0.2, 0.022, 0.1), (0.0, 0.025, 0.85), (0.055, 0.022, 0.7), (0.34, 0.055, -0.45)),
    "rsR": ((-0.18, 0.022, 0.1), (-0.055, 0.009, 0.35), (-0.028, 0.010, -0.4), (0.0, 0.016, 0.9),
            (0.30, 0.05, -0.25)),
    "small": ((-0.17, 0.022, 0.06), (0.0, 0.009, 0.22), (0.026, 0.009, -0.15), (0.28, 0.05, 0.05)),
}  # fmt: skip
PREMATURE = ((0.0, 0.032, 1.0), (0.075, 0.03, -0.7), (0.30, 0.06, -0.35))
SIZE_T = 0.3  # mV
KINDS = ("white", "muscle", "electrode", "baseline")


@dataclass(frozen=True, eq=False)
class NoisyEcg:
    """An ECG in mV with the times of its R peaks in s, and which of them are premature."""

    values: NDArray[np.float64]
    fs: float
    r_times: NDArray[np.float64]
    premature: NDArray[np.bool_]


def noisy_ecg(
    seconds: float,
    fs: float,
    *,
    snr: float | None = None,
    noise: str = "mixed",
    seed: int = 0,
    rate: float = 72.0,
    irregular: float = 0.04,
    premature: float = 0.0,
    premature_size: float = 1.0,
    blocked: float = 0.0,
    t_wave: float = SIZE_T,
    morphology: str = "normal",
) -> NoisyEcg:
    """Make an ECG whose R peaks are known.

    Parameters
    ----------
    seconds, fs : float
        Length in s, and sampling rate in Hz.
    snr : float, optional
        Signal to noise ratio in dB, as the noise stress test database defines it: the power of
        the signal is an eighth of the square of the QRS's peak to peak amplitude (Moody, Muldrow
        and Mark 1984). No noise by default.
    noise : {'mixed', 'white', 'muscle', 'electrode', 'baseline', 'motion'}
        Kind of the noise: white; 15-90 Hz in bursts; 0.5-8 Hz, which resembles beats; below 0.5 Hz;
        steps that decay within a second, about one every 4 s; 'mixed' has a quarter of the power
        of each of the first four.
    seed : int
        Seed of rhythm and noise.
    rate, irregular : float
        Mean rate in beats/min, and standard deviation of the intervals as a share of their mean
        (0.25 is about atrial fibrillation).
    premature : float
        Share of premature, wide beats, each followed by a pause.
    premature_size : float
        Amplitude of premature beats, in mV; negative inverts them.
    blocked : float
        Share of P waves that no QRS follows (second degree block): a pause with a P wave in it.
    t_wave : float
        Height of the T wave of a normal beat in mV.
    morphology : {'normal', 'tall T', 'tall P', 'deep S', 'biphasic', 'wide', 'rsR', 'small'}
        Shape of the beats; the true position is that of the R peak, or of a deep S.
    """
    rng = np.random.default_rng(seed)
    n = round(seconds * fs)
    times, early = _rhythm(rng, seconds, 60.0 / rate, irregular, premature)
    # Each R peak lies on a sample.
    at = np.rint(times * fs).astype(np.int64)
    values = np.zeros(n)
    normal = MORPHOLOGIES[morphology]
    if morphology == "normal":
        normal = (*normal[:-1], (*normal[-1][:2], t_wave))
    reach = round(0.6 * fs)
    is_blocked = (np.random.default_rng([seed, 1]).random(len(at)) < blocked) & ~early
    for place, is_early, p_only in zip(at.tolist(), early.tolist(), is_blocked, strict=True):
        lo, hi = max(place - reach, 0), min(place + reach, n)
        t = (np.arange(lo, hi) - place) / fs
        shape = PREMATURE if is_early else normal[:1] if p_only else normal
        for centre, width, height in shape:
            size = height * premature_size if is_early else height
            values[lo:hi] += size * np.exp(-0.5 * ((t - centre) / width) ** 2)
    if snr is not None:
        heights = [height for _, _, height in normal[:-1]]  # of the QRS: P is never the extreme
        power = (max(0.0, *heights) - min(0.0, *heights)) ** 2 / 8 / 10 ** (snr / 10)
        parts = KINDS if noise == "mixed" else (noise,)
        for kind in parts:
            values += np.sqrt(power / len(parts)) * _noise(rng, n, fs, kind)
    inside = (at >= 0) & (at < n) & ~is_blocked
    return NoisyEcg(values, fs, at[inside] / fs, early[inside])


def _rhythm(
    rng: np.random.Generator, seconds: float, interval: float, irregular: float, premature: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    times: list[float] = []
    early: list[bool] = []
    t = 0.4
    while t < seconds - 0.1:
        times.append(t)
        early.append(False)
        step = interval * float(np.clip(1 + irregular * rng.standard_normal(), 0.45, 2.0))
        if rng.random() < premature and t + 0.6 * interval < seconds - 0.1:
            times.append(t + 0.6 * interval)
            early.append(True)
            step = 1.9 * interval
        t += step
    return np.array(times), np.array(early, bool)


def _noise(rng: np.random.Generator, n: int, fs: float, kind: str) -> NDArray[np.float64]:
    """Return noise of unit power of a kind."""
    from scipy.signal import butter, sosfilt

    white = rng.standard_normal(n)
    if kind == "white":
        return white
    nyquist = 0.49 * fs
    if kind == "muscle":
        band = butter(2, [15, min(90, nyquist)], "bandpass", fs=fs, output="sos")
        slow = sosfilt(butter(1, 0.1, fs=fs, output="sos"), rng.standard_normal(n))
        bursts = np.exp(slow / max(float(slow.std()), 1e-12))
        shaped = sosfilt(band, white) * bursts
    elif kind == "motion":
        steps = np.where(rng.random(n) < 0.25 / fs, white, 0.0)
        shaped = sosfilt(butter(1, [0.3, min(30, nyquist)], "bandpass", fs=fs, output="sos"), steps)
    elif kind == "electrode":
        shaped = sosfilt(butter(2, [0.5, 8], "bandpass", fs=fs, output="sos"), white)
    else:
        shaped = sosfilt(butter(2, 0.5, fs=fs, output="sos"), white)
    return np.asarray(shaped / max(float(shaped.std()), 1e-12))
