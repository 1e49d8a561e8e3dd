"""How each panel is made in the tests of what all of them keep.

A panel of the catalogue without an entry here fails `test_every_panel.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import vital_widgets as vw
from emg_recordings import fatiguing_emg
from vital_widgets.simulate.eda_experiment import eda_experiment


@dataclass(frozen=True)
class Entry:
    """How a panel is tested.

    Attributes
    ----------
    parameters : dict
        With which it is made.
    changed : (str, object)
        A parameter and a value that changes the result or the picture.
    window : (float, float)
        A window of the sample recording in which it has a result.
    recording : callable, optional
        ``recording(rec)`` gives the recording, where the sample has no such signal.
    whole : bool
        Whether it can work on the whole recording.
    code : bool
        Whether it writes code.
    """

    parameters: dict[str, Any] = field(default_factory=dict)
    changed: tuple[str, Any] | None = None
    window: tuple[float, float] = (10.0, 40.0)
    recording: Callable[[vw.Recording], vw.Recording] | None = None
    whole: bool = True
    code: bool = True


def scored(rec: vw.Recording) -> vw.Recording:
    """Return ten minutes of an EEG with sleep stages."""
    eeg = np.random.default_rng(0).normal(0, 20, 60_000)
    stages = ["W", "N1", "N2", "N2", "N3", "N3", "N2", "R", "R", "?"] * 2
    marks = vw.Annotations(30.0 * np.arange(20), stages, np.full(20, 30.0))
    return vw.Recording.from_arrays(
        {"EEG C3": eeg, "ECG": eeg}, fs=100.0, units={"EEG C3": "uV", "ECG": "mV"},
        annotations=marks, start=rec.start,
    )  # fmt: skip


ENTRIES: dict[str, Entry] = {
    "Annotations": Entry(changed=("texts_shown", "N"), code=False),
    "Disagreements": Entry(changed=("rank", 2)),
    "ECGIntervals": Entry(changed=("show", "qtc")),
    "BandPower": Entry(changed=("show", "relative")),
    "BeatEditor": Entry(changed=("method", "two-averages")),
    "Beats": Entry(changed=("method", "two-averages")),
    "EMG": Entry(
        changed=("method", "rms"), window=(0.0, 20.0), recording=lambda _: fatiguing_emg()
    ),
    "EDA": Entry(
        parameters={"after": "aversive, neutral"},
        changed=("min_amplitude", 0.2),
        window=(20.0, 200.0),
        recording=lambda _: eda_experiment(12).recording,
    ),
    "Compare": Entry(changed=("max_delay_s", 1.0), window=(10.0, 110.0)),
    "Events": Entry(parameters={"event": "N"}, changed=("centre", "median")),
    "Filter": Entry(changed=("ftype", "notch")),
    "PPG": Entry(parameters={"delay_from": "ECG"}, changed=("method", "two-averages")),
    "HRV": Entry(changed=("show", "conventions")),
    "Quality": Entry(changed=("threshold", 0.9)),
    "Spectrogram": Entry(changed=("method", "multitaper")),
    "Respiration": Entry(parameters={"derived_from": ("ECG",)}, changed=("polarity", "down")),
    "Morphology": Entry(changed=("measure", "width")),
    "Sleep": Entry(changed=("epoch_s", 60.0), recording=scored),
    "Spectrum": Entry(changed=("methods", ("welch", "multitaper"))),
    "Statistics": Entry(changed=("channel", "PPG")),
}
