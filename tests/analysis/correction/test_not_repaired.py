"""Correction that cannot repair says so."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va


def rhythm() -> np.ndarray:
    noise = np.random.default_rng(5).standard_normal(300)
    return np.cumsum(np.r_[1.0, 0.8 + 0.02 * noise])


@pytest.mark.parametrize("run", [10, 20])
def test_a_run_of_extra_beats_that_stays_is_noted(run: int) -> None:
    true = rhythm()
    made = va.correct_beats(np.sort(np.r_[true, true[120 : 120 + run] + 0.37]))
    assert any("could not repair" in note for note in made.notes)


def test_a_clean_rhythm_gets_no_note() -> None:
    assert va.correct_beats(rhythm()).notes == ()


def test_a_repaired_beat_gets_no_note() -> None:
    true = rhythm()
    assert va.correct_beats(np.delete(true, 150)).notes == ()
