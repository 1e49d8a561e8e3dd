"""A simulated night whose stages, spindles and K-complexes are known."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis import hypnogram, sleep_events, sleep_statistics
from vital_widgets.core.annotations import Annotations
from vital_widgets.simulate.sleep_night import SleepNight, sleep_night


@pytest.fixture(scope="module")
def night() -> SleepNight:
    return sleep_night(2.0, seed=0)


def overlapping(onset: np.ndarray, end: np.ndarray, others: Annotations) -> np.ndarray:
    """Whether each event overlaps one of the others."""
    begin, stop = others.onset, others.onset + others.duration
    return ((onset[:, None] < stop) & (end[:, None] > begin)).any(axis=1)


def share_found(marks: Annotations, found) -> float:
    events = Annotations(found.onset, [""] * len(found), found.end - found.onset)
    return float(overlapping(marks.onset, marks.onset + marks.duration, events).mean())


def test_stages_are_those_of_the_night(night):
    made = hypnogram(night.recording.annotations)
    assert [f"Sleep stage {stage}" for stage in made.stage] == night.stages.text.tolist()
    np.testing.assert_array_equal(made.onset, night.stages.onset)
    minutes = sleep_statistics(made).minutes
    assert {name: 2 * value for name, value in minutes.items()} == {
        name: made.counts[name] for name in minutes
    }


def test_spindles_are_those_of_the_night(night):
    found = sleep_events(night.recording["C3-M2"], hypnogram=night.stages)
    true = overlapping(found.onset, found.end, night.spindles)
    assert true.mean() > 0.9
    assert share_found(night.spindles, found) > 0.5
    assert set(found.stage) <= {"N1", "N2", "N3"}
    place = np.abs(night.spindles.onset + night.spindles.duration / 2 - found.times[true][:, None])
    hz = night.spindle_hz[place.argmin(axis=1)]
    assert np.median(np.abs(found.extra["frequency"][true] - hz)) < 0.3


def test_k_complexes_are_slow_waves_and_deep_sleep_has_most(night):
    found = sleep_events(night.recording["C3-M2"], kind="slow_waves", hypnogram=night.stages)
    assert share_found(night.k_complexes, found) > 0.9
    minutes = sleep_statistics(night.stages).minutes
    rate = {stage: np.sum(found.stage == stage) / minutes[stage] for stage in ("N2", "N3")}
    assert rate["N3"] > 5 * rate["N2"]
