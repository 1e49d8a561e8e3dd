"""What scorers and files write for a sleep stage."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.core.sleepstages import sleep_stage

MEANT = {
    "W": ["W", "w", "Wake", "Sleep stage W", "0", 0, np.int8(0), 0.0],
    "N1": ["N1", "S1", "Sleep stage 1", "Sleep stage N1", "NREM1", "stage 1", 1],
    "N2": ["N2", "S2", "Sleep stage 2", "SLEEP-S2", 2],
    "N3": ["N3", "S3", "S4", "N4", "Sleep stage 3", "Sleep stage 4", 3, 4],
    "R": ["R", "REM", "Sleep stage R", "Sleep_stage_REM", "5", 5],
    "?": ["?", "", "Sleep stage ?", "Movement time", "MT", "Unscored", None, np.nan, -1, "-2"],
    "": ["N", "V", "Lights off", "arousal", "6", 1.5, True, "Sleep stage", "W1"],
}


@pytest.mark.parametrize(
    ("stage", "text"), [(s, one) for s, texts in MEANT.items() for one in texts]
)
def test_a_text_means_a_stage_of_the_aasm(stage, text):
    assert sleep_stage(text) == stage
