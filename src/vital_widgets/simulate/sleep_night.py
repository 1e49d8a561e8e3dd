"""A polysomnogram with known stages, spindles, K-complexes, eye movements and breathing events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.simulate.limits import generator, within
from vital_widgets.simulate.rhythm_model import BEAT_RATE
from vital_widgets.simulate.sleep_breathing import (
    BREATH_HZ,
    SPO2_HZ,
    SleepBreathing,
    sleep_breathing,
)
from vital_widgets.simulate.sleep_eeg import EEG_HZ, EMG_HZ, Grapho, sleep_potentials
from vital_widgets.simulate.sleep_heart import sleep_heart
from vital_widgets.simulate.sleep_stages import EPOCH_S, make_stages, places_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

START = datetime(2025, 1, 14, 22, 30)  # noqa: DTZ001 - as in EDF, without a zone
AROUSALS_PER_MIN = {"N1": 0.1, "N2": 0.08, "N3": 0.02, "R": 0.08}
AROUSAL_S = (3.0, 9.0)
AROUSED = 0.6  # of the respiratory events end with an arousal
SLEEP = "Sleep stage "


@dataclass(frozen=True, eq=False)
class SleepNight:
    """A polysomnogram with its ground truth.

    Attributes
    ----------
    recording : Recording
        ``C3-M2``, ``C4-M1``, ``E1-M2``, ``E2-M2`` (µV, 125 Hz), ``Chin EMG`` (µV, 250 Hz), ``ECG``
        (lead II, mV, 250 Hz), ``Airflow``, ``Thorax`` (a.u., 25 Hz) and ``SpO2`` (%, 4 Hz). Its
        annotations are stages, respiratory events and arousals, as in a scored file.
    stages : Annotations
        One mark for each epoch of 30 s: 'Sleep stage W', 'N1', 'N2', 'N3' or 'R'.
    spindles, k_complexes, arousals : Annotations
        Onset and duration of each.
    spindle_hz, spindle_uv : ndarray, shape (n,)
        Frequency and amplitude (of the envelope, in µV) of each spindle.
    eye_movements : Annotations
        'rapid eye movement' in REM sleep and 'blink' when awake.
    respiratory_events : Annotations
        'obstructive apnoea', 'central apnoea' and 'hypopnoea', on channel ``Airflow``.
    desaturations : Annotations
        The fall and recovery of the saturation after each respiratory event, on ``SpO2``.
    desaturation_depth : ndarray, shape (m,)
        Depth of each in percentage points.
    r_peaks : ndarray, shape (k,)
        Times of the R peaks in s.
    """

    recording: Recording
    stages: Annotations
    spindles: Annotations
    k_complexes: Annotations
    arousals: Annotations
    spindle_hz: Numbers
    spindle_uv: Numbers
    eye_movements: Annotations
    respiratory_events: Annotations
    desaturations: Annotations
    desaturation_depth: Numbers
    r_peaks: Numbers


def sleep_night(hours: float = 8.0, *, events_per_hour: float = 12.0, seed: int = 0) -> SleepNight:
    """Make a polysomnogram of a night whose stages and events are known.

    Parameters
    ----------
    hours : float
        Length, 0.5 to 12 h; it is rounded to epochs of 30 s. The first REM sleep comes after 60
        to 90 min. Each hour needs 8 MB of memory.
    events_per_hour : float
        Apnoeas and hypopnoeas per hour of sleep, 0 to 25; fewer if there is no room for them.
    seed : int
        Seed of all random numbers.

    Returns
    -------
    SleepNight
        The recording, and what it was made of.

    Raises
    ------
    InvalidInputError
        An argument is out of range.

    Notes
    -----
    Cycles of about 90 min have N3 mostly at the beginning of the night and REM sleep mostly at its
    end [1]_. Amplitudes follow the rules of the AASM [2]_:

    * EEG: noise in the bands delta, theta, alpha, sigma and beta, whose root mean square depends on
      the stage (in N3 delta of 45 µV, when awake alpha of 15 µV); 70 % of its power is common to
      both derivations. Spindles of 12 to 14.5 Hz and 0.6 to 1.6 s and K-complexes in N2, a few
      spindles in N3.
    * EOG: rapid eye movements of opposite polarity in REM sleep, slow ones in N1, blinks.
    * EMG: 20 µV awake, 1.5 µV in REM sleep; arousals of 3 to 9 s raise alpha, EMG and heart rate.
    * Breathing: half cosines, 14 per minute; apnoeas (with effort if they are obstructive) and
      hypopnoeas of 12 to 35 s. The saturation falls by 0.22 percentage points per second of event
      times its drop, 12 s later, and recovers in 20 s.
    * ECG: the model of McSharry et al. (2003), with respiratory sinus arrhythmia and Mayer waves.

    It is a signal with known truth for tests and demonstrations, not a model of a sleeping brain.

    References
    ----------
    .. [1] Carskadon MA, Dement WC. Normal human sleep: an overview. In: Kryger MH, Roth T, Dement
       WC, editors. Principles and Practice of Sleep Medicine. 5th ed. 2011. p. 16-26.
    .. [2] Berry RB, et al. The AASM Manual for the Scoring of Sleep and Associated Events.
       American Academy of Sleep Medicine.

    Examples
    --------
    >>> from vital_widgets.simulate.sleep_night import sleep_night
    >>> night = sleep_night(0.5)
    >>> night.recording.duration, night.stages.text[0]
    (1800.0, 'Sleep stage W')
    """
    n_epochs = round(within("hours", hours, 0.5, 12, "h") * 3600 / EPOCH_S)
    per_hour = within("events_per_hour", events_per_hour, 0, 25, "events per hour")
    rng = generator(seed, 4)
    stages = make_stages(n_epochs, rng)
    breathing = sleep_breathing(stages, per_hour, seed)
    aroused = _arousals(rng, stages, breathing.end)
    brain = sleep_potentials(stages, aroused, seed)
    r_peaks, ecg = sleep_heart(stages, aroused, breathing.volume, BREATH_HZ, seed)
    marks = Annotations(
        EPOCH_S * np.arange(n_epochs),
        [SLEEP + stage for stage in stages],
        np.full(n_epochs, EPOCH_S),
    )
    arousals = Annotations(aroused[:, 0], ["arousal"] * len(aroused), np.diff(aroused)[:, 0])
    events = _events(breathing)
    channels = [
        _channel("C3-M2", brain.eeg[0], EEG_HZ, "µV", 0.05),
        _channel("C4-M1", brain.eeg[1], EEG_HZ, "µV", 0.05),
        _channel("E1-M2", brain.eog[0], EEG_HZ, "µV", 0.05),
        _channel("E2-M2", brain.eog[1], EEG_HZ, "µV", 0.05),
        _channel("Chin EMG", brain.emg, EMG_HZ, "µV", 0.02),
        _channel("ECG", ecg, BEAT_RATE, "mV", 0.0005),
        _channel("Airflow", breathing.flow, BREATH_HZ, "a.u.", 0.0005),
        _channel("Thorax", breathing.effort, BREATH_HZ, "a.u.", 0.0005),
        _channel("SpO2", breathing.spo2, SPO2_HZ, "%", 0.01),
    ]
    recording = Recording(
        f"night, seed {seed}",
        channels,
        start=START,
        annotations=_joined(marks, events, arousals),
        metadata={"format": "simulated"},
    )
    falls = breathing.desaturation
    return SleepNight(
        recording,
        marks,
        _marks(brain.spindles, "spindle"),
        _marks(brain.k_complexes, "K-complex"),
        arousals,
        brain.spindles.hz,
        brain.spindles.uv,
        _joined(_marks(brain.rapid_eyes, "rapid eye movement"), _marks(brain.blinks, "blink")),
        events,
        Annotations(
            falls[:, 0],
            ["desaturation"] * len(falls),
            falls[:, 1] - falls[:, 0],
            ["SpO2"] * len(falls),
        ),
        falls[:, 2],
        r_peaks,
    )


def _arousals(rng: np.random.Generator, stages: NDArray[np.object_], ends: Numbers) -> Numbers:
    """Return onset and end of arousals: after some respiratory events, and on their own."""
    after = ends[rng.random(len(ends)) < AROUSED]
    alone = places_in(stages, AROUSALS_PER_MIN, 20.0, rng, taken=ends)
    onset = np.sort(np.concatenate([after, alone]))
    return np.column_stack([onset, onset + rng.uniform(*AROUSAL_S, len(onset))])


def _channel(name: str, values: Numbers, fs: float, units: str, step: float) -> Channel:
    """Return a channel of 16-bit integers, as recorders store them."""
    integers = np.clip(np.rint(values / step), -32768, 32767).astype(np.int16)
    return Channel(name, ArraySamples(integers), regular(fs, len(integers)), units, gain=step)


def _events(breathing: SleepBreathing) -> Annotations:
    n = len(breathing.onset)
    seconds = breathing.end - breathing.onset
    return Annotations(breathing.onset, breathing.kind, seconds, ["Airflow"] * n)


def _marks(events: Grapho, text: str) -> Annotations:
    return Annotations(events.onset, [text] * len(events.onset), events.duration)


def _joined(*parts: Annotations) -> Annotations:
    return Annotations(
        *(
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("onset", "text", "duration", "channel")
        )
    )
