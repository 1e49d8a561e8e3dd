"""What is found does not depend on where the borders of the blocks fall.

The length of the blocks is changed so that their border lies on a beat, just before it or just
after it, and what is found is compared with one block over all. In strong noise the thresholds,
which follow the surroundings of a beat, differ from block to block, and so do doubtful marks: there
each beat that both blocks found must be kept once.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from vital_widgets.analysis.ecg.detection import ecg_peaks as ecg
from vital_widgets.analysis.engine.plan import Piece
from vital_widgets.analysis.ppg import ppg_peaks as ppg
from vital_widgets.analysis.respiration import breaths as respiration
from vital_widgets.analysis.respiration.breath_extrema import METHODS
from vital_widgets.simulate.breathing import make_breathing
from vital_widgets.simulate.noisy_ecg import noisy_ecg
from vital_widgets.simulate.ppg_waves import make_ppg

OFFSETS = (-0.11, -0.05, 0.0, 0.004, 0.03, 0.09)  # s from a beat to the border
FAST = ("slope", "pan-tompkins", "two-averages")


def each_border(monkeypatch, module, find, places, offsets):
    """Give what is found with the border of the first two blocks near each place in turn."""
    for place, offset in itertools.product(places, offsets):
        monkeypatch.setattr(module, "BLOCK", float(place + offset))
        yield find()
    monkeypatch.undo()


def with_gap_and_holes(values, fs):
    values = values.copy()
    values[round(31.3 * fs) : round(33.9 * fs)] = np.nan
    values[round(52 * fs) : round(52 * fs) + 3] = np.nan
    return values


ECGS = {
    "clean": lambda fs: noisy_ecg(90, fs, seed=1).values,
    "noisy": lambda fs: noisy_ecg(90, fs, seed=2, snr=14).values,
    "ectopics": lambda fs: noisy_ecg(90, fs, seed=3, snr=18, premature=0.2).values,
    "wide": lambda fs: noisy_ecg(90, fs, seed=4, snr=18, morphology="wide").values,
    "irregular": lambda fs: noisy_ecg(90, fs, seed=5, snr=18, irregular=0.25).values,
    "gaps": lambda fs: with_gap_and_holes(noisy_ecg(90, fs, seed=6, snr=18).values, fs),
}


@pytest.mark.parametrize("fs", [100, 360])
@pytest.mark.parametrize("kind", ECGS)
def test_beats_are_those_of_one_block_over_all(monkeypatch, kind, fs):
    values = ECGS[kind](fs)
    whole = ecg.ecg_peaks(values, fs)
    some = whole.times[(whole.times > 18) & (whole.times < 72)][::18]
    for found in each_border(monkeypatch, ecg, lambda: ecg.ecg_peaks(values, fs), some, OFFSETS):
        np.testing.assert_array_equal(found.samples, whole.samples)
        np.testing.assert_array_equal(found.stretch, whole.stretch)


def common_of(before, after, apart):
    """Return the pairs of marks of one event, by looking at all."""
    pairs = []
    for p in before:
        q = min(after, key=lambda at: abs(at - p), default=np.inf)
        if abs(p - q) < apart and min(before, key=lambda at: abs(at - q)) == p:
            pairs.append((p, q))
    return pairs


HARD = [
    ("electrode", 0, "biphasic"),
    ("electrode", -6, "rsR"),
    ("mixed", -6, "wide"),
    ("motion", -6, "biphasic"),
    ("electrode", -10, "normal"),
]


@pytest.mark.parametrize("method", FAST)
def test_a_beat_of_both_blocks_is_kept_once(monkeypatch, method):
    """In noise two blocks place a beat differently, and each may leave it to the other."""
    left_to_the_other, fs = 0, 250
    for noise, snr, morphology in HARD:
        values = noisy_ecg(
            60, fs, seed=3, snr=snr, noise=noise, morphology=morphology, premature=0.2
        ).values
        places = ecg._find_in(values, fs, method, "auto")[:, 0] / fs
        for k, beat in enumerate(places[(places > 31) & (places < 44)]):
            monkeypatch.setattr(ecg, "BLOCK", float(beat + OFFSETS[k % len(OFFSETS)]))
            piece = Piece(values, slice(0, len(values)), 0, 0, len(values), float(fs))
            blocks = ecg._find(piece, method, "auto")
            found = set(ecg._joined_blocks(blocks, fs)[:, 0])
            border = blocks[1][0].first
            before, after = (rows[:, 0] for _, rows in blocks)
            for p, q in common_of(before, after, round(ecg.APART * fs)):
                assert len({p, q} & found) == 1
                left_to_the_other += q < border <= p
    assert left_to_the_other or method != ecg.DEFAULT


@pytest.mark.parametrize("method", ppg.METHODS)
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.3])
def test_pulses_of_both_blocks_are_kept_once(monkeypatch, method, noise):
    fs = 50
    made = make_ppg(70, fs, seed=2)
    values = made.values + noise * np.ptp(made.values) * np.random.default_rng(0).normal(
        size=len(made.values)
    )
    how = {"method": method, "polarity": "up"}
    pulses = ppg._pulses_of(ppg.usable_parts(values, fs), fs, ppg.METHODS[method], 1.0)
    some = pulses["sample"] / fs
    for k, pulse in enumerate(some[(some > 36) & (some < 50)]):
        border = pulse + OFFSETS[k % len(OFFSETS)]
        monkeypatch.setattr(ppg, "BLOCK", float(border))
        piece = Piece(values, slice(0, len(values)), 0, 0, len(values), float(fs))
        blocks = ppg._find(piece, **how)[1]["up"]
        found = set(ppg._joined_blocks(blocks, fs)["sample"].tolist())
        marks = [columns["sample"].tolist() for _, columns in blocks]
        for p, q in common_of(*marks, round(ppg.APART * fs)):
            assert len({p, q} & found) == 1
        if not noise:
            assert found == set(pulses["sample"].tolist())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_breaths_go_on_across_the_border(monkeypatch, method, noise):
    fs = 25
    made = make_breathing(300, fs, rate=14, seed=4)
    rng = np.random.default_rng(0)
    values = made.values + noise * np.std(made.values) * rng.normal(size=len(made.values))
    whole = respiration.breaths(values, fs, method=method)
    some = whole.onset[(whole.onset > 155) & (whole.onset < 200)]
    for k, onset in enumerate(some):
        monkeypatch.setattr(respiration, "BLOCK", float(onset + 3 * OFFSETS[k % len(OFFSETS)]))
        found = respiration.breaths(values, fs, method=method)
        assert np.all(found.onset[1:] >= found.end[:-1] - respiration.TOGETHER)
        inner = (found.onset > 20) & (found.onset < 280)
        assert abs(int(inner.sum()) - int(((whole.onset > 20) & (whole.onset < 280)).sum())) <= 1
        if not noise:
            np.testing.assert_allclose(found.onset, whole.onset, atol=0.02)
