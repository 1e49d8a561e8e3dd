"""All channels of the synthetic recording, computed in stretches in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.io.edf.writer import EdfSignal
from vital_widgets.simulate.ecg_model import N_LEADS, EcgModel
from vital_widgets.simulate.movement import Movement, step_phase
from vital_widgets.simulate.schedule import ACTIVITY, NOISE, Event, box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.simulate.ppg_model import Pulses
    from vital_widgets.simulate.rhythm_model import Rhythm

ECG_HZ, PPG_HZ, RESP_HZ, ACC_HZ = 250, 64, 32, 32
STRETCH_SECONDS = 600

SIGNALS = (
    EdfSignal("ECG", "mV", 10.0, 10000, ECG_HZ, "lead II"),
    EdfSignal("ECG V1", "mV", 10.0, 10000, ECG_HZ, "lead V1"),
    EdfSignal("PPG", "a.u.", 10.0, 20000, PPG_HZ, "finger, infrared"),
    EdfSignal("Resp", "a.u.", 10.0, 20000, RESP_HZ, "chest belt"),
    EdfSignal("Acc X", "g", 4.0, 8000, ACC_HZ, "chest, to the left"),
    EdfSignal("Acc Y", "g", 4.0, 8000, ACC_HZ, "chest, upwards"),
    EdfSignal("Acc Z", "g", 4.0, 8000, ACC_HZ, "chest, forwards"),
)

BASELINE_MV = 0.15  # of the paper: the wander with respiration
HUM_HZ, HUM_MV = 50.0, 0.003
DRIFT_HZ = 2.0  # electrode and sensor movement stays below


@dataclass(frozen=True)
class Level:
    """Standard deviations of a noise at rest, in activity, and in a noise burst."""

    rest: float
    activity: float
    burst: float

    def at(
        self, active: NDArray[np.float64], burst: NDArray[np.float64]
    ) -> NDArray[np.float64] | float:
        """Return the standard deviation for ``active`` and ``burst`` from 0 to 1."""
        level: NDArray[np.float64] | float = self.rest
        for share, loudest in ((active, self.activity), (burst, self.burst)):
            if share.any():
                level = level + (loudest - self.rest) * share
        return level


@dataclass(frozen=True)
class NoiseLevels:
    """White noise and drift of a channel, in its units."""

    white: Level
    drift: Level


ECG_NOISE = NoiseLevels(white=Level(0.006, 0.03, 0.25), drift=Level(0.01, 0.12, 0.45))
PPG_NOISE = NoiseLevels(white=Level(0.004, 0.02, 0.10), drift=Level(0.01, 0.25, 0.80))


class SignalMaker:
    """Computes the channels of `SIGNALS` from a rhythm and a schedule.

    Parameters
    ----------
    duration : int
        Seconds.
    seed : int
        Seed of the noise.
    rhythm : Rhythm
        Beats and breaths.
    pulses : Pulses
        Their PPG pulses.
    events : list of Event
        Activity and noise bursts.
    """

    def __init__(
        self, duration: int, seed: int, rhythm: Rhythm, pulses: Pulses, events: list[Event]
    ) -> None:
        self._duration = duration
        self._seed = seed
        self._rhythm = rhythm
        self._pulses = pulses
        self._active = box(rhythm.grid, events, ACTIVITY)
        self._burst = box(rhythm.grid, events, NOISE)
        self._ecg = EcgModel(rhythm.beats, rhythm.ventricular, ECG_HZ)
        self._movement = Movement(duration, seed)
        self._drift_states: dict[int, NDArray[np.float64]] = {}

    def stretches(self) -> Iterator[tuple[int, list[NDArray[np.float64]]]]:
        """Yield ``(first second, physical values of each channel)`` for the whole recording.

        The gap is included, because the heart continues to beat in it.
        """
        for k, first in enumerate(range(0, self._duration, STRETCH_SECONDS)):
            stop = min(first + STRETCH_SECONDS, self._duration)
            rng = np.random.default_rng([self._seed, 4, k])
            ecg = self._make_ecg(first, stop, rng)
            ppg = self._make_ppg(first, stop, rng)
            resp = self._make_resp(first, stop, rng)
            acc = self._make_acc(first, stop, rng)
            yield first, [*ecg, ppg, resp, *acc]

    def _make_ecg(self, first: int, stop: int, rng: np.random.Generator) -> NDArray[np.float64]:
        t = _times(first, stop, ECG_HZ)
        ecg = self._ecg.next(first * ECG_HZ, BASELINE_MV * self._breath(t))
        ecg += HUM_MV * np.sin(2 * np.pi * HUM_HZ * t)
        active, burst = self._at(t, self._active), self._at(t, self._burst)
        if active.any():
            ecg += 0.06 * active * np.sin(step_phase(t))
        for lead in range(N_LEADS):
            ecg[lead] += self._noise(lead, ECG_NOISE, ECG_HZ, (active, burst), rng)
        return ecg

    def _make_ppg(self, first: int, stop: int, rng: np.random.Generator) -> NDArray[np.float64]:
        t = _times(first, stop, PPG_HZ)
        active, burst = self._at(t, self._active), self._at(t, self._burst)
        ppg = self._pulses.values(t) + 0.1 * self._breath(t)
        ppg += 0.35 * active * np.sin(step_phase(t) + 1)
        return ppg + self._noise(N_LEADS, PPG_NOISE, PPG_HZ, (active, burst), rng)

    def _make_resp(self, first: int, stop: int, rng: np.random.Generator) -> NDArray[np.float64]:
        t = _times(first, stop, RESP_HZ)
        volume = self._breath(t)
        active = self._at(t, self._active)
        resp = volume + 0.12 * (2 * volume**2 - 1) + 0.2 * active * np.sin(step_phase(t))
        return np.asarray(resp + 0.02 * rng.standard_normal(len(t)))

    def _make_acc(self, first: int, stop: int, rng: np.random.Generator) -> NDArray[np.float64]:
        t = _times(first, stop, ACC_HZ)
        return self._movement.values(t, self._at(t, self._active), rng)

    def _breath(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(self._at(t, self._rhythm.breath_phase))

    def _at(self, t: NDArray[np.float64], slow: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.interp(t, self._rhythm.grid, slow)

    def _noise(
        self,
        which: int,
        levels: NoiseLevels,
        fs: int,
        shares: tuple[NDArray[np.float64], NDArray[np.float64]],
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        """Return white noise and drift of one channel; the drift continues the last stretch."""
        from scipy.signal import lfilter

        active, burst = shares
        n = len(active)
        keep = np.exp(-2 * np.pi * DRIFT_HZ / fs)
        power = np.sqrt(1 - keep**2)  # so that the drift has variance 1
        state = self._drift_states.get(which, np.zeros(1))
        drift, self._drift_states[which] = lfilter(
            [power], [1, -keep], rng.standard_normal(n), zi=state
        )
        white = rng.standard_normal(n)
        return np.asarray(
            levels.white.at(active, burst) * white + levels.drift.at(active, burst) * drift
        )


def _times(first: int, stop: int, fs: int) -> NDArray[np.float64]:
    return np.asarray(np.arange(first * fs, stop * fs) / fs)
