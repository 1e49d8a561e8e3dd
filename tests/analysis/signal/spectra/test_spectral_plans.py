"""Every plan of this part can be sent to another process, and is small."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from vital_widgets import analysis

FS = 64.0
FUNCTIONS = (
    "band_power",
    "band_power_trend",
    "coherence",
    "power_spectrum",
    "scalogram",
    "signal_statistics",
    "spectral_entropy",
    "spectrogram",
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plan_is_small(name):
    x = np.random.default_rng(0).normal(size=9000)
    given = (x, x) if name == "coherence" else (x,)
    plan = getattr(analysis, name).plan(*given, FS)
    assert len(pickle.dumps(plan.work)) < 50_000
