"""Artefacts in a row are repaired, or correction says that it could not."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va


def rhythm(n: int = 300, seed: int = 5) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(n)
    return np.cumsum(np.r_[1.0, 0.8 + 0.02 * noise])


def slow_waves(n: int = 400) -> np.ndarray:
    rr = 0.9 + 0.06 * np.sin(0.05 * np.arange(n)) + 0.04 * np.sin(1.4 * np.arange(n))
    return np.cumsum(np.r_[1.0, rr + 0.01 * np.random.default_rng(1).standard_normal(n)])


def fibrillation(seed: int, n: int = 400) -> np.ndarray:
    rr = np.random.default_rng(seed).gamma(14, 0.7 / 14, n)
    return np.cumsum(np.r_[1.0, np.clip(rr, 0.3, 2)])


def breathing(swing: float, n: int = 400, hz: float = 0.2) -> np.ndarray:
    """Sinus arrhythmia of a breath in 5 s."""
    times = [1.0]
    for noise in 0.01 * np.random.default_rng(2).standard_normal(n):
        times.append(times[-1] + 0.9 + swing * np.sin(2 * np.pi * hz * times[-1]) + noise)
    return np.array(times)


def sdnn(beats: np.ndarray) -> float:
    return float(np.std(np.diff(beats) * 1000, ddof=1))


def said(made: va.CorrectedBeats, words: str) -> bool:
    return any(words in note for note in made.notes)


STAYS, IRREGULAR, GAP = "were not changed", "so irregular", "they are gaps"


@pytest.mark.parametrize("run", range(2, 21))
@pytest.mark.parametrize("after", [0.3, 0.37])
@pytest.mark.parametrize("make", [rhythm, slow_waves])
def test_every_extra_beat_of_a_run_goes(run: int, after: float, make: object) -> None:
    true = make()  # type: ignore[operator]
    extra = true[120 : 120 + run] + after
    made = va.correct_beats(np.sort(np.r_[true, extra]))
    assert set(extra) <= set(made.removed)
    assert len(made) == len(true)
    assert sdnn(made.times) == pytest.approx(sdnn(va.correct_beats(true).times), rel=0.02)
    assert not said(made, STAYS)


@pytest.mark.parametrize("run", [30, 50])
def test_runs_longer_than_what_lies_around_are_repaired_from_their_ends(run: int) -> None:
    true = rhythm()
    made = va.correct_beats(np.sort(np.r_[true, true[120 : 120 + run] + 0.37]))
    assert len(made) == len(true)


@pytest.mark.parametrize("cut", [120, 121])
def test_a_run_at_the_beginning_is_told_by_its_end(cut: int) -> None:
    """The recording begins with a true beat, or with an extra one."""
    true = rhythm()[:200]
    found = np.sort(np.r_[true, true[60:68] + 0.3])
    made = va.correct_beats(found[found > true[60] - 0.01 + (0.02 if cut == 121 else 0)])
    assert np.isin(made.times, true).mean() > 0.95
    assert len(made.removed) == 8


@pytest.mark.parametrize("run", [2, 3, 6, 10, 20])
def test_every_second_beat_missed_in_a_row_is_put_in(run: int) -> None:
    true = rhythm()
    made = va.correct_beats(np.delete(true, np.arange(120, 120 + 2 * run, 2)))
    assert len(made) == len(true)
    assert made.counts["missed"] == run
    assert sdnn(made.times) == pytest.approx(sdnn(true), rel=0.2)
    assert not said(made, STAYS)


def test_two_missed_beats_are_put_in_and_more_are_a_gap() -> None:
    true = rhythm()
    assert len(va.correct_beats(np.delete(true, [120, 121]))) == len(true)
    for run in (3, 4, 6):
        made = va.correct_beats(np.delete(true, np.arange(120, 120 + run)))
        assert said(made, GAP)
        assert made.intervals().ms.max() < 1000
        assert len(np.unique(made.intervals().stretch)) == 2


@pytest.mark.parametrize("run", [2, 5, 10, 20])
def test_a_rate_that_doubles_stays_and_is_noted(run: int) -> None:
    """Equal halves may be a tachycardia: nothing tells them from beats that are counted twice."""
    true = rhythm()
    halves = (true[120 : 120 + run] + true[121 : 121 + run]) / 2
    made = va.correct_beats(np.sort(np.r_[true, halves]))
    assert said(made, STAYS)


@pytest.mark.parametrize("run", [3, 6, 12])
def test_premature_beats_with_a_pause_are_not_taken_for_extra_ones(run: int) -> None:
    rr = np.diff(rhythm())
    rr[120 : 120 + run] = np.resize([0.36, 0.43], run)
    rr[120 + run] = 1.15
    made = va.correct_beats(np.cumsum(np.r_[1.0, rr]))
    assert made.counts["extra"] <= 1


@pytest.mark.parametrize("bigeminy", [0.5, 0.6])
def test_bigeminy_has_no_extra_beats(bigeminy: float) -> None:
    rr = np.diff(rhythm())
    rr[100:160:2], rr[101:160:2] = bigeminy, 1.6 - bigeminy
    made = va.correct_beats(np.cumsum(np.r_[1.0, rr]))
    assert made.counts["extra"] == 0
    assert made.counts["missed"] == 0


@pytest.mark.parametrize("seed", range(6))
def test_fibrillation_is_said_to_be_irregular_and_not_to_be_artefacts(seed: int) -> None:
    made = va.correct_beats(fibrillation(seed))
    assert said(made, IRREGULAR)
    assert not said(made, STAYS)
    assert not said(made, GAP)


@pytest.mark.parametrize("swing", [0.05, 0.1, 0.15, 0.2, 0.25])
def test_sinus_arrhythmia_gets_no_note(swing: float) -> None:
    made = va.correct_beats(breathing(swing))
    assert made.notes == ()
    assert made.counts["extra"] == made.counts["missed"] == 0


@pytest.mark.parametrize("swing", [0.05, 0.1, 0.15, 0.2, 0.25])
@pytest.mark.parametrize("run", range(5, 21))
def test_runs_in_sinus_arrhythmia_are_repaired_or_noted(swing: float, run: int) -> None:
    true = breathing(swing)
    extra = va.correct_beats(np.sort(np.r_[true, true[120 : 120 + run] + 0.37]))
    missed = va.correct_beats(np.delete(true, np.arange(120, 120 + 2 * run, 2)))
    for made in (extra, missed):
        wrong = abs(len(made) - len(true))
        assert wrong <= 1 or said(made, IRREGULAR) or said(made, STAYS)
        if swing <= 0.05 or (swing <= 0.1 and run <= 10):
            assert wrong == 0


def test_a_rate_that_rises_gets_no_note() -> None:
    rest, stress = np.full(150, 0.9), np.full(150, 0.5)
    rr = np.r_[rest, np.linspace(0.9, 0.5, 12), stress]
    noise = 0.015 * np.random.default_rng(0).standard_normal(len(rr))
    made = va.correct_beats(np.cumsum(np.r_[1.0, rr + noise]))
    assert not made.notes


def test_a_clean_rhythm_gets_no_note() -> None:
    assert va.correct_beats(rhythm()).notes == ()
    assert va.correct_beats(slow_waves()).notes == ()


def test_a_repaired_beat_gets_no_note() -> None:
    true = rhythm()
    assert va.correct_beats(np.delete(true, 150)).notes == ()


def test_excluding_leaves_out_the_intervals_of_a_run() -> None:
    true = rhythm()
    extra = true[120:130] + 0.37
    nn = va.correct_beats(np.sort(np.r_[true, extra]), method="exclude").intervals()
    assert nn.ms.min() > 700
    alternate = np.delete(true, np.arange(120, 140, 2))
    assert va.correct_beats(alternate, method="exclude").intervals().ms.max() < 1000
