"""Every plan of this part can be sent to another process, and is small."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from vital_widgets import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece
from vital_widgets.core.timebase import regular

FS = 64.0
FUNCTIONS = (
    "band_power",
    "bandpower_trend",
    "coherence",
    "cross_spectrum",
    "eeg_bands",
    "power_spectrum",
    "scalogram",
    "spectral_entropy",
    "spectrogram",
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plan_can_be_sent_to_another_process(name):
    planned = getattr(analysis, name).__plan__
    try:
        plan = planned(FS, timebase=regular(FS, 9000))
    except TypeError:
        plan = planned(FS)
    sent = pickle.dumps(plan.work)
    assert len(sent) < 50_000
    x = np.random.default_rng(0).normal(size=(2, 9000) if plan.stacked else 9000)
    extent = Extent(regular(FS, 9000), np.array([[0, 9000]]))
    piece = Piece(x, slice(0, 9000), 0, 0, 9000, FS)
    results = []
    for work in (plan.work, pickle.loads(sent)):
        partial = pickle.loads(pickle.dumps(work(piece)))
        results.append(plan.join([partial], extent))
    first, second = (result.to_frame().select_dtypes("number") for result in results)
    np.testing.assert_array_equal(first, second)
    assert results[0].enough
