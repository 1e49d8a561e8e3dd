"""Results so far: each is the result of the signal up to there, and the last is not changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import vital_widgets.analysis as va
from vital_widgets.analysis.engine import compute
from vital_widgets.analysis.engine.growth import Growth, growing
from vital_widgets.core.recording import Recording

FS = 100.0


def recording(n=60_000):
    rng = np.random.default_rng(3)
    x = rng.normal(size=n) + np.sin(np.arange(n) / 20)
    x[n // 3 : n // 3 + 500] = np.nan
    return Recording.from_arrays({"x": x}, fs=FS)


@pytest.mark.parametrize(
    "function", [va.signal_statistics, va.power_spectrum, va.window_statistics]
)
def test_results_grow(function, monkeypatch):
    monkeypatch.setattr(compute, "PIECE_SAMPLES", 5000)
    channel = recording()["x"]
    expected = function(channel)
    shown = []
    with growing(Growth(lambda result, share: shown.append((result, share)), interval=0.0)):
        found = function(channel)
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame(), check_exact=True)
    assert shown
    for result, share in shown:
        assert 0 < share < 1
        assert result.recipe.function == expected.recipe.function
        assert result.valid.seconds == pytest.approx(share * 600, abs=5.01)
    shares = [share for _, share in shown]
    assert shares == sorted(shares)


def test_calls_inside_show_nothing(monkeypatch):
    monkeypatch.setattr(compute, "PIECE_SAMPLES", 5000)
    shown = []
    channel = recording()["x"]
    with growing(Growth(lambda result, share: shown.append(result), interval=0.0)):
        va.band_power(channel)  # computes a spectrum first
    assert {type(one).__name__ for one in shown} <= {"BandPower"}
