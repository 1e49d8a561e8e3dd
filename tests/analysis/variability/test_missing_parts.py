"""No figure of heart rate variability outlives what it is made from."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va


def series(seconds: float) -> np.ndarray:
    t = np.arange(0.8, seconds, 0.8)
    return 800 + 40 * np.sin(2 * np.pi * 0.1 * t) + 20 * np.sin(2 * np.pi * 0.25 * t)


@pytest.mark.parametrize("seconds", [64, 100])
def test_normalised_and_total_power_need_every_part(seconds: float) -> None:
    figures = va.hrv_frequency(series(seconds)).figures
    assert np.isnan(figures["lf"])
    assert np.isfinite(figures["hf"])
    for name in ("hf_nu", "lf_nu", "lf_hf", "total_power", "hf_percent", "lf_percent"):
        assert np.isnan(figures[name]), name


def test_without_vlf_there_is_no_total_but_a_ratio() -> None:
    figures = va.hrv_frequency(series(180)).figures
    assert np.isnan(figures["vlf"])
    assert np.isnan(figures["total_power"])
    assert np.isnan(figures["hf_percent"])
    assert figures["hf_nu"] == pytest.approx(20, abs=5)


def test_five_minutes_have_a_total_without_ulf() -> None:
    assert np.isfinite(va.hrv_frequency(series(310)).figures["total_power"])


@pytest.mark.parametrize("function", [va.hrv, va.hrv_time, va.hrv_frequency])
def test_all_figures_are_nan_where_there_is_not_enough(function: object) -> None:
    made = function([800.0, 830, 790, 820])  # type: ignore[operator]
    assert not made.enough
    assert all(np.isnan(value) for value in made.figures.values())
