"""Looking again in long intervals: small beats are found there, noise in a pause is not."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.simulate.noisy_ecg import noisy_ecg


def with_pauses(shape, noise, snr=12):
    """An ECG in noise of which every ninth beat is replaced by a straight line."""
    made = noisy_ecg(120, 250, snr=snr, noise=noise, seed=77, morphology=shape)
    bare = noisy_ecg(120, 250, seed=77, morphology=shape).values
    rest, kept = made.values - bare, np.ones(len(made.r_times), bool)
    for k in range(5, len(kept) - 3, 9):
        a, b = round((made.r_times[k] - 0.25) * 250), round((made.r_times[k] + 0.5) * 250)
        bare[a:b] = np.linspace(bare[a], bare[b], b - a)
        kept[k] = False
    return bare + rest, made.r_times[kept]


@pytest.mark.parametrize("shape", ["normal", "deep S", "biphasic", "rsR", "small"])
@pytest.mark.parametrize("noise", ["white", "electrode"])
def test_noise_in_a_pause_is_no_beat(shape, noise):
    values, known = with_pauses(shape, noise)
    score = match_beats(known, ecg_peaks(values, 250))
    assert score.fp <= 1
    assert score.sensitivity > 0.99


@pytest.mark.parametrize("size", [0.5, -0.6])
def test_small_premature_beats_are_found_between_large_ones(size):
    made = noisy_ecg(300, 250, snr=24, seed=8, premature=0.1, premature_size=size)
    assert match_beats(made.r_times, ecg_peaks(made.values, 250)).sensitivity > 0.99


def with_long_pauses(shape, noise, snr, lost):
    """The same with so many beats in a row replaced; and where each pause begins and ends."""
    made = noisy_ecg(240, 250, snr=snr, noise=noise, seed=77 + lost, morphology=shape)
    bare = noisy_ecg(240, 250, seed=77 + lost, morphology=shape).values
    rest, pauses = made.values - bare, []
    for k in range(6, len(made.r_times) - 8, 11):
        first, last = made.r_times[k], made.r_times[k + lost - 1]
        a, b = round((first - 0.25) * 250), round((last + 0.5) * 250)
        bare[a:b] = np.linspace(bare[a], bare[b], b - a)
        pauses.append((made.r_times[k - 1] + 0.2, made.r_times[k + lost] - 0.2))
    return bare + rest, pauses


@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.parametrize(("noise", "snr"), [("white", 6), ("electrode", 12), ("mixed", 12)])
def test_what_stands_out_no_more_than_peaks_between_beats_is_none(lost, noise, snr):
    marked = total = 0
    for shape in ("normal", "biphasic", "small", "tall P"):
        values, pauses = with_long_pauses(shape, noise, snr, lost)
        times = ecg_peaks(values, 250).times
        marked += sum(bool(np.any((times > a) & (times < b))) for a, b in pauses)
        total += len(pauses)
    assert marked < 0.12 * total
