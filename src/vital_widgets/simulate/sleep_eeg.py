"""EEG, EOG and chin EMG of a night, with known spindles, K-complexes, arousals, eye movements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.simulate.limits import generator
from vital_widgets.simulate.sleep_stages import STAGES, level_in, places_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

EEG_HZ, EMG_HZ = 125, 250
# Root mean square in µV of each band in W, N1, N2, N3 and REM sleep.
BANDS = {
    (0.5, 4.0): (8.0, 10.0, 12.0, 45.0, 9.0),
    (4.0, 8.0): (5.0, 9.0, 6.0, 8.0, 7.0),
    (8.0, 12.0): (15.0, 4.0, 2.5, 2.0, 3.5),
    (12.0, 16.0): (1.5, 1.5, 1.5, 1.5, 1.5),
    (16.0, 35.0): (4.0, 3.0, 2.0, 1.2, 3.0),
}
SHARED = 0.7  # of the power of both derivations
EMG_UV = {"W": 20.0, "N1": 10.0, "N2": 7.0, "N3": 5.0, "R": 1.5}
SPINDLES_PER_MIN = {"N2": 4.0, "N3": 1.0}
SPINDLE_HZ, SPINDLE_S, SPINDLE_UV = (12.0, 14.5), (0.6, 1.6), (18.0, 35.0)
K_PER_MIN, K_UV, K_S = {"N2": 1.0}, (90.0, 140.0), 1.0
RAPID_PER_MIN, RAPID_UV, RAPID_S = {"R": 8.0}, (60.0, 160.0), 0.5
BLINKS_PER_MIN, BLINK_UV, BLINK_S = {"W": 5.0}, 150.0, 0.3
ROLLING_UV, ROLLING_HZ = {"W": 10.0, "N1": 40.0, "N2": 0.0, "N3": 0.0, "R": 0.0}, 0.25
AROUSAL_UV, AROUSAL_EMG_UV = 18.0, 15.0
SEEN_BY_EYES = 0.4  # of the EEG


@dataclass(frozen=True, eq=False)
class Grapho:
    """Short events: onset and duration in s, frequency in Hz (NaN if none), amplitude in µV."""

    onset: Numbers
    duration: Numbers
    hz: Numbers
    uv: Numbers


@dataclass(frozen=True, eq=False)
class SleepPotentials:
    """EEG, EOG (shape (2, n), µV, 125 Hz), chin EMG (µV, 250 Hz), and what they contain."""

    eeg: Numbers
    eog: Numbers
    emg: Numbers
    spindles: Grapho
    k_complexes: Grapho
    rapid_eyes: Grapho
    blinks: Grapho


def sleep_potentials(stages: NDArray[Any], arousals: Numbers, seed: int) -> SleepPotentials:
    """Make EEG, EOG and EMG of stages; ``arousals`` has the shape (n, 2): onset and end in s."""
    n = round(len(stages) * 30.0 * EEG_HZ)
    t = np.arange(n) / EEG_HZ
    rng = generator(seed, 5)
    awake = _inside(t, arousals)
    eeg = np.zeros((2, n))
    for band, levels in BANDS.items():
        level = level_in(stages, dict(zip(STAGES, levels, strict=True)), t)
        if band[0] == 8.0:  # noqa: PLR2004 - the alpha rhythm
            level = level + AROUSAL_UV * awake
        common, *own = (_noise(rng, n, band, EEG_HZ) for _ in range(3))
        for lead in range(2):
            eeg[lead] += level * (np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own[lead])
    background = eeg.mean(axis=0)
    k_complexes = _k_complexes(rng, stages)
    spindles = _spindles(rng, stages, k_complexes.onset)
    for lead in range(2):
        for one in _rows(spindles):
            _add(eeg[lead], one, _spindle, rng.uniform(0.85, 1.15))
        for one in _rows(k_complexes):
            _add(eeg[lead], one, _k_complex, rng.uniform(0.9, 1.1))
    eog, rapid, blinks = _eyes(rng, stages, t, background)
    m = round(len(stages) * 30.0 * EMG_HZ)
    t_emg = np.arange(m) / EMG_HZ
    tone = level_in(stages, EMG_UV, t_emg) + AROUSAL_EMG_UV * _inside(t_emg, arousals)
    emg = tone * _noise(rng, m, (15.0, 100.0), EMG_HZ)
    return SleepPotentials(eeg, eog, emg, spindles, k_complexes, rapid, blinks)


def _noise(rng: np.random.Generator, n: int, band: tuple[float, float], fs: float) -> Numbers:
    """Return noise of a band with variance 1."""
    from scipy.signal import butter, sosfilt

    sos = butter(3, band, "bandpass", fs=fs, output="sos")
    made = sosfilt(sos, rng.standard_normal(n))
    return np.asarray(made / made.std())


def _inside(t: Numbers, stretches: Numbers) -> Numbers:
    """Return 1 within stretches, 0 outside."""
    k = np.searchsorted(stretches[:, 0], t, side="right") - 1
    if not len(stretches):
        return np.zeros(len(t))
    return np.asarray((k >= 0) & (t < stretches[np.maximum(k, 0), 1]), np.float64)


def _spindles(rng: np.random.Generator, stages: NDArray[Any], taken: Numbers) -> Grapho:
    onset = places_in(stages, SPINDLES_PER_MIN, SPINDLE_S[1] + 0.4, rng, taken)
    n = len(onset)
    return Grapho(
        onset, rng.uniform(*SPINDLE_S, n), rng.uniform(*SPINDLE_HZ, n), rng.uniform(*SPINDLE_UV, n)
    )


def _k_complexes(rng: np.random.Generator, stages: NDArray[Any]) -> Grapho:
    onset = places_in(stages, K_PER_MIN, 2.0, rng)
    n = len(onset)
    return Grapho(onset, np.full(n, K_S), np.full(n, np.nan), rng.uniform(*K_UV, n))


def _eyes(
    rng: np.random.Generator, stages: NDArray[Any], t: Numbers, background: Numbers
) -> tuple[Numbers, Grapho, Grapho]:
    """Return both EOG, rapid eye movements of opposite polarity, and blinks of the same."""
    eog = np.tile(SEEN_BY_EYES * background, (2, 1))
    rolling = level_in(stages, ROLLING_UV, t) * np.sin(2 * np.pi * ROLLING_HZ * t)
    eog += np.array([[1.0], [-1.0]]) * rolling
    onset = places_in(stages, RAPID_PER_MIN, RAPID_S + 0.1, rng)
    n = len(onset)
    size = rng.uniform(*RAPID_UV, n)
    rapid = Grapho(onset, np.full(n, RAPID_S), np.full(n, np.nan), size)
    at = places_in(stages, BLINKS_PER_MIN, 1.0, rng)
    m = len(at)
    blinks = Grapho(at, np.full(m, BLINK_S), np.full(m, np.nan), np.full(m, BLINK_UV))
    side = rng.choice([-1.0, 1.0], n)
    for one, sign in zip(_rows(rapid), side, strict=True):
        for lead, polarity in enumerate((sign, -sign)):
            _add(eog[lead], one, _saccade, float(polarity))
    for one in _rows(blinks):
        for lead in range(2):
            _add(eog[lead], one, _blink, 1.0)
    return eog + 2.0 * rng.standard_normal(eog.shape), rapid, blinks


def _rows(events: Grapho) -> list[tuple[float, float, float, float]]:
    columns = (events.onset, events.duration, events.hz, events.uv)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _add(signal: Numbers, event: tuple[float, float, float, float], shape: Any, by: float) -> None:
    """Add an event to a signal of 125 Hz; its shape is a function of time, duration and rate."""
    onset, duration, hz, uv = event
    first = int(np.ceil(onset * EEG_HZ))
    stop = min(int(np.ceil((onset + duration) * EEG_HZ)), len(signal))
    signal[first:stop] += by * uv * shape(np.arange(first, stop) / EEG_HZ - onset, duration, hz)


def _spindle(t: Numbers, duration: float, hz: float) -> Numbers:
    """Return a sine that waxes and wanes, of amplitude 1 in the middle."""
    middle = t - duration / 2
    return np.asarray(np.cos(np.pi * middle / duration) ** 2 * np.cos(2 * np.pi * hz * middle))


def _k_complex(t: Numbers, _duration: float, _hz: float) -> Numbers:
    """Return a sharp negative wave and a slower positive one; negative is down here."""
    return np.asarray(
        0.6 * np.exp(-0.5 * ((t - 0.6) / 0.12) ** 2) - np.exp(-0.5 * ((t - 0.25) / 0.07) ** 2)
    )


def _saccade(t: Numbers, _duration: float, _hz: float) -> Numbers:
    """Return a step that an AC amplifier lets decay, of height 1."""
    return np.asarray((1 - np.exp(-t / 0.02)) * np.exp(-t / 0.15))


def _blink(t: Numbers, duration: float, _hz: float) -> Numbers:
    return np.asarray(np.sin(np.pi * t / duration) ** 2)
