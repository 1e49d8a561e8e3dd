"""Photoplethysmograms with known answers: sums of Gaussians whose extrema are found exactly.

The ground truth is that of the clean signal with all modulations: each extremum is found on a grid
of 2 kHz or more and then interpolated, so it is accurate to some microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

# Centre and width (s at 60 beats/min) and height of each wave.
SHAPES = {
    # A young subject: a visible notch and diastolic wave.
    "young": ((0.16, 0.06, 0.9), (0.25, 0.09, 0.45), (0.5, 0.07, 0.3), (0.62, 0.2, 0.3)),
    # An older subject: the waves merge, and the notch is only an inflection.
    "old": ((0.18, 0.06, 0.8), (0.31, 0.085, 0.62), (0.55, 0.2, 0.35)),
    # Arterial pressure: steep, with a sharp dicrotic notch.
    "abp": ((0.12, 0.042, 0.8), (0.22, 0.075, 0.7), (0.41, 0.03, 0.14), (0.5, 0.2, 0.5)),
}
FINEST = 2000.0  # Hz, at least
REACH = 6.0  # widths of a Gaussian on either side
WEAK = 0.35  # height of the pulse of a premature beat


@dataclass(frozen=True, eq=False)
class PpgTruth:
    """A photoplethysmogram with its ground truth.

    Attributes
    ----------
    values, clean : ndarray, shape (n,)
        With and without noise.
    fs : float
        Sampling rate in Hz.
    r_peaks : ndarray, shape (k,)
        Times in s of the heart beats from which the pulses come.
    onsets, peaks : ndarray, shape (k,)
        Times in s of the minimum before and of the maximum of each pulse; NaN where the pulse has
        none (it rides on the one before).
    notches, diastolic : ndarray, shape (k,)
        Times in s of the minimum and the maximum after the peak, NaN where there are none.
    premature : ndarray of bool, shape (k,)
        Which beats came early and gave a weak pulse.
    bursts : ndarray, shape (m, 2)
        Begin and end in s of each motion burst.
    """

    values: Signal
    clean: Signal
    fs: float
    r_peaks: Signal
    onsets: Signal
    peaks: Signal
    notches: Signal
    diastolic: Signal
    premature: NDArray[np.bool_]
    bursts: Signal


def make_ppg(
    seconds: float = 60.0,
    fs: float = 100.0,
    *,
    heart_rate: float = 70.0,
    shape: str = "young",
    variability: float = 0.03,
    respiration: float = 0.15,
    baseline: float = 0.2,
    delay: float = 0.2,
    premature: float = 0.0,
    snr_db: float | None = None,
    bursts: float = 0.0,
    offset: float = 0.0,
    seed: int = 0,
) -> PpgTruth:
    """Make a photoplethysmogram.

    Parameters
    ----------
    seconds, fs : float
        Length and sampling rate in Hz.
    heart_rate : float
        Mean rate in beats/min.
    shape : {'young', 'old', 'abp'}
        Waveform.
    variability : float
        Standard deviation of the intervals as a share of the mean one; a half of it with
        respiration, the rest at random.
    respiration : float
        Share by which breathing (0.25 Hz) changes the pulse height.
    baseline : float
        Height of the breathing wave under the pulses, of the pulse height.
    delay : float
        From R peak to the beginning of a pulse's waves, s.
    premature : float
        Share of beats that come at 60 % of the interval, with a weak pulse and a pause after.
    snr_db : float, optional
        Power of the clean pulses over that of the noise (white below 15 Hz), in dB.
    bursts : float
        Motion bursts a minute: 2 to 6 s, three times the pulse height, 0.5 to 5 Hz.
    offset : float
        Added to everything.
    seed : int
        Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    beats, early = _beats(rng, seconds, 60 / heart_rate, variability, premature)
    r_peaks = beats - delay
    step = int(np.ceil(FINEST / fs))
    rate = fs * step
    n = round(seconds * fs)
    # A second more at each end, so that all pulses that touch the signal are there.
    t = np.arange(-step * round(fs), (n + round(fs)) * step) / rate
    height = 1 + respiration * np.sin(2 * np.pi * 0.25 * beats)
    height[early] *= WEAK
    x = _waves(t, rate, beats, np.diff(beats, append=beats[-1] + 60 / heart_rate), height, shape)
    x += baseline * np.sin(2 * np.pi * 0.25 * t + 1.0) + offset
    points = _points(x, t, beats)
    inside = (points[1] > 0) & (points[1] < (n - 1) / fs)
    inside |= np.isnan(points[1]) & (beats >= 0) & (beats < seconds - 0.5)
    clean = x[step * round(fs) :: step][:n].copy()
    values = clean.copy()
    if snr_db is not None:
        values += _noise(rng, n, fs, float(np.std(clean)) * 10 ** (-snr_db / 20))
    where = _add_bursts(values, rng, fs, bursts)
    onsets, peaks, notches, diastolic = (p[inside] for p in points)
    return PpgTruth(
        values, clean, fs, r_peaks[inside], onsets, peaks, notches, diastolic, early[inside], where
    )


def _beats(
    rng: np.random.Generator, seconds: float, rr: float, variability: float, premature: float
) -> tuple[Signal, NDArray[np.bool_]]:
    """Return the onsets of pulses, and which are premature."""
    times = [-1.0 - rr * rng.random()]
    early = [False]
    while times[-1] < seconds + 2:
        wave = np.sin(2 * np.pi * 0.25 * times[-1]) * variability * 0.7
        interval = rr * max(1 + wave + 0.7 * variability * rng.normal(), 0.5)
        if premature and rng.random() < premature and not early[-1]:
            times += [times[-1] + 0.6 * interval, times[-1] + 2.0 * interval]
            early += [True, False]
        else:
            times.append(times[-1] + interval)
            early.append(False)
    return np.array(times), np.array(early)


def _waves(
    t: Signal, rate: float, beats: Signal, interval: Signal, height: Signal, shape: str
) -> Signal:
    x = np.zeros(len(t))
    scale = np.sqrt(np.clip(interval, 0.35, 1.5))  # pulses get shorter as the heart beats faster
    for beat, s, rr, h in zip(beats, scale, interval, height, strict=True):
        for i, (centre, width, part) in enumerate(SHAPES[shape]):
            # The last wave is the run-off, which lasts until the next pulse.
            by = min(rr, 2.0) if i == len(SHAPES[shape]) - 1 else s
            middle, spread = beat + centre * by, width * by
            a = max(round((middle - REACH * spread - t[0]) * rate), 0)
            b = min(round((middle + REACH * spread - t[0]) * rate), len(t))
            if a < b:
                x[a:b] += h * part * np.exp(-0.5 * ((t[a:b] - middle) / spread) ** 2)
    return x


def _points(x: Signal, t: Signal, beats: Signal) -> tuple[Signal, Signal, Signal, Signal]:
    """Return onset, peak, notch and diastolic peak of each pulse: extrema of the clean signal."""
    d = np.diff(x)
    maxima = np.flatnonzero((d[:-1] > 0) & (d[1:] <= 0)) + 1
    minima = np.flatnonzero((d[:-1] < 0) & (d[1:] >= 0)) + 1
    found = np.full((4, len(beats)), np.nan)
    step = t[1] - t[0]

    def exact(i: int) -> float:
        before, at, after = x[i - 1 : i + 2]
        bend = before - 2 * at + after
        return float(t[i] + (0.5 * (before - after) / bend * step if bend else 0.0))

    for k, beat in enumerate(beats):
        end = beats[k + 1] if k + 1 < len(beats) else beat + 1.0
        tops = maxima[(t[maxima] > beat + 0.05) & (t[maxima] < end + 0.02)]
        if not len(tops):
            continue
        first = tops[0] if x[tops[0]] >= x[tops].max() - 0.1 else tops[np.argmax(x[tops])]
        lows = minima[(minima < first) & (t[minima] > beat - 1.0)]
        if not len(lows):
            continue
        found[:2, k] = exact(int(lows[-1])), exact(int(first))
        after = minima[(minima > first) & (t[minima] < end)]
        later = tops[tops > first]
        if len(after) and len(later) and after[0] < later[0]:
            found[2:, k] = exact(int(after[0])), exact(int(later[0]))
    return found[0], found[1], found[2], found[3]


def _noise(rng: np.random.Generator, n: int, fs: float, deviation: float) -> Signal:
    """Return noise that is white below 15 Hz."""
    spectrum = np.fft.rfft(rng.normal(size=n))
    spectrum[np.fft.rfftfreq(n, 1 / fs) > 15.0] = 0  # noqa: PLR2004
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise * deviation / max(float(np.std(noise)), 1e-300))


def _add_bursts(values: Signal, rng: np.random.Generator, fs: float, a_minute: float) -> Signal:
    from scipy.signal import butter, sosfiltfilt

    n = len(values)
    where = []
    for _ in range(round(a_minute * n / fs / 60)):
        begin, length = rng.random() * (n / fs - 6), 2 + 4 * rng.random()
        a, b = round(begin * fs), round((begin + length) * fs)
        sos = butter(2, (0.5, min(5.0, 0.4 * fs)), "bandpass", fs=fs, output="sos")
        wave = sosfiltfilt(sos, rng.normal(size=b - a + round(4 * fs)))[round(2 * fs) :][: b - a]
        values[a:b] += 3 * wave / np.abs(wave).max() * np.hanning(b - a)
        where.append((begin, begin + length))
    return np.array(where).reshape(-1, 2)
