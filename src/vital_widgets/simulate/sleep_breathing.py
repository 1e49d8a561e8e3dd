"""Breathing of a night with apnoeas and hypopnoeas, and the oxygen saturation that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.simulate.breathing import make_breathing
from vital_widgets.simulate.limits import generator
from vital_widgets.simulate.sleep_stages import EPOCH_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

BREATH_HZ, SPO2_HZ = 25, 4
PER_MIN = 14.0
SLOT_S, JITTER_S, LONGEST_S = 100.0, 25.0, 35.0
WEIGHT = {"N1": 1.0, "N2": 1.0, "N3": 0.2, "R": 2.0}
# Share of the events, range of the drop, shortest duration in s, what is left of the effort.
KINDS = {
    "obstructive apnoea": (0.35, (1.0, 1.0), 12.0, 0.5),
    "central apnoea": (0.15, (1.0, 1.0), 12.0, 0.0),
    "hypopnoea": (0.5, (0.5, 0.75), 18.0, 0.0),
}
SPO2, DELAY_S, FALL_PER_S, RECOVERY_S = 96.0, 12.0, 0.22, 20.0  # %, s, percentage points/s, s


@dataclass(frozen=True, eq=False)
class SleepBreathing:
    """Airflow and thoracic effort (a.u., 25 Hz), SpO2 (%, 4 Hz), and the events.

    Attributes
    ----------
    flow, effort, spo2 : ndarray
        The signals.
    volume : ndarray
        Lung volume in a.u. at 25 Hz, without noise.
    onset, end, drop : ndarray, shape (n,)
        Of the respiratory events, in s and as share of the amplitude.
    kind : ndarray of str, shape (n,)
        What they are.
    desaturation : ndarray, shape (n, 3)
        Onset and end in s, and depth in percentage points, of the desaturation of each event.
    """

    flow: Numbers
    effort: Numbers
    spo2: Numbers
    volume: Numbers
    onset: Numbers
    end: Numbers
    drop: Numbers
    kind: NDArray[Any]
    desaturation: Numbers


def sleep_breathing(stages: NDArray[Any], per_hour: float, seed: int) -> SleepBreathing:
    """Make the breathing of stages with about ``per_hour`` events per hour of sleep."""
    seconds = len(stages) * EPOCH_S
    rng = generator(seed, 6)
    planned = _planned(rng, stages, per_hour)
    truth = make_breathing(
        seconds,
        BREATH_HZ,
        rate=PER_MIN,
        events=[(onset, length, drop) for onset, length, drop, _ in planned],
        seed=int(rng.integers(2**31)),
    )
    n = len(truth.events)
    kind = np.array([one[3] for one in planned[:n]], object)
    t = np.arange(len(truth.clean)) / BREATH_HZ
    volume = truth.clean
    # The derivative of a breath of volume 1 has an amplitude of about 1.
    flow = np.gradient(volume) * BREATH_HZ * 60 / PER_MIN / 4
    effort = volume.copy()
    onset, end = truth.events.T if n else (np.empty(0), np.empty(0))
    for begin, stop, one in zip(onset, end, kind, strict=True):
        left = KINDS[one][3]
        if left:
            inside = (t >= begin) & (t < stop)
            cycles = max(round((stop - begin) * PER_MIN / 60), 1)
            phase = 2 * np.pi * cycles * (t[inside] - begin) / (stop - begin)
            effort[inside] += left * 0.5 * (1 - np.cos(phase))
    desaturation = _desaturations(onset, end, truth.drops)
    return SleepBreathing(
        flow + 0.01 * rng.standard_normal(len(flow)),
        effort + 0.01 * rng.standard_normal(len(effort)),
        _saturation(rng, seconds, desaturation),
        volume,
        onset,
        end,
        truth.drops,
        kind,
        desaturation,
    )


def _planned(
    rng: np.random.Generator, stages: NDArray[Any], per_hour: float
) -> list[tuple[float, float, float, str]]:
    """Return onset, duration, drop and kind of the events, one a slot of sleep at the most."""
    slots = np.arange(0, len(stages) * EPOCH_S - SLOT_S, SLOT_S)
    weight = np.zeros(len(slots))
    for k, first in enumerate(slots):
        within = stages[int(first // EPOCH_S) : int((first + SLOT_S) // EPOCH_S) + 1]
        weight[k] = 0.0 if "W" in within else WEIGHT[within[0]]
    hours = float(np.sum(stages != "W")) * EPOCH_S / 3600
    n = min(round(per_hour * hours), int(np.sum(weight > 0)))
    if n == 0:
        return []
    chosen = np.sort(rng.choice(len(slots), n, replace=False, p=weight / weight.sum()))
    kinds = rng.choice(list(KINDS), n, p=[one[0] for one in KINDS.values()])
    made = []
    for first, kind in zip(slots[chosen].tolist(), kinds.tolist(), strict=True):
        _, drops, shortest, _ = KINDS[kind]
        onset = first + rng.uniform(0, JITTER_S)
        made.append((onset, rng.uniform(shortest, LONGEST_S), rng.uniform(*drops), kind))
    return made


def _desaturations(onset: Numbers, end: Numbers, drop: Numbers) -> Numbers:
    """Return onset, end and depth: a fall while an event lasts, 12 s later, then a recovery."""
    depth = FALL_PER_S * (end - onset) * drop
    return np.column_stack([onset + DELAY_S, end + DELAY_S + RECOVERY_S, depth])


def _saturation(rng: np.random.Generator, seconds: float, falls: Numbers) -> Numbers:
    t = np.arange(round(seconds * SPO2_HZ)) / SPO2_HZ
    spo2 = SPO2 + 0.3 * np.sin(2 * np.pi * t / 1800 + rng.uniform(0, 6))
    for begin, stop, depth in falls.tolist():
        lowest = stop - RECOVERY_S
        spo2 -= depth * np.interp(t, [begin, lowest, stop], [0.0, 1.0, 0.0])
    return spo2 + 0.04 * rng.standard_normal(len(t))
