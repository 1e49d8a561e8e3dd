"""PPG of a phone's camera against the RR intervals of a chest strap worn meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from vital_widgets.analysis.ppg.fiducials import ppg_fiducials
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks

FS = 100.0


def film(folder) -> tuple[np.ndarray, np.ndarray]:
    """Red light turned over, evenly sampled, and the RR intervals in s."""
    frames = np.genfromtxt(folder / "PPG.csv", delimiter=",", skip_header=1)
    t, kept = np.unique(frames[:, 0] / 1e3, return_index=True)
    values = PchipInterpolator(t, -frames[kept, 1])(np.arange(t[0], t[-1], 1 / FS))
    return values, np.loadtxt(folder / "RR.txt").ravel() / 1e3


def against(pulses: np.ndarray, rr: np.ndarray, seconds: float) -> tuple[float, float]:
    """Share of the beats found within 150 ms, and mean error of the intervals between them."""
    scored = []
    for offset in np.arange(-4, 6, 0.02):  # the strap's intervals have no start time
        beats = np.concatenate([[0.0], np.cumsum(rr)]) + offset
        beats = beats[(beats > 0.3) & (beats < seconds - 0.3)]
        at = np.abs(pulses[:, None] - beats).argmin(axis=0)
        found = np.abs(pulses[at] - beats) < 0.15
        both = found[1:] & found[:-1] & (np.diff(at) == 1)
        errors = np.abs(np.diff(pulses[at]) - np.diff(beats))[both]
        cost = float((errors.sum() + 0.15 * (~both).sum()) / len(both))
        scored.append((cost, float(found.mean()), float(errors.mean()) if both.any() else np.nan))
    return min(scored)[1:]


@pytest.mark.parametrize("subject", ["02", "05", "06"])  # the ones with a still finger
def test_pulses_of_a_still_finger_are_the_beats_of_the_heart(shared_data, subject):
    values, rr = film(shared_data / "welltory-ppg" / "data" / f"subject_{subject}")
    beats = ppg_peaks(values, FS)
    found, error = against(beats.times, rr, len(values) / FS)
    assert found > 0.96
    assert error < 0.035  # s: a frame of the film
    rise = ppg_fiducials(values, FS, beats)["u"]
    found, error = against(rise[np.isfinite(rise)], rr, len(values) / FS)
    assert found > 0.96
    assert error < 0.02


@pytest.mark.parametrize("subject", ["02", "05", "06"])
def test_light_either_way_up_gives_the_same_pulses(shared_data, subject):
    values, _ = film(shared_data / "welltory-ppg" / "data" / f"subject_{subject}")
    up, down = ppg_peaks(values, FS), ppg_peaks(-values, FS)
    assert down.polarity == -up.polarity
    np.testing.assert_array_equal(up.samples, down.samples)
