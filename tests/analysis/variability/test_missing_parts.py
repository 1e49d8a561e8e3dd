"""No figure of heart rate variability outlives what it is made from."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets import analysis as va


def waves(seconds: float) -> va.Intervals:
    """0.1 Hz of 20 ms (200 ms²) and 0.25 Hz of 10 ms (50 ms²)."""
    times = [0.0]
    while times[-1] < seconds:
        t = times[-1]
        away = 20 * np.sin(2 * np.pi * 0.1 * t) + 10 * np.sin(2 * np.pi * 0.25 * t)
        times.append(t + (800 + away) / 1000)
    ms = np.diff(times) * 1000
    return va.Intervals(ms, np.array(times[1:]), np.zeros(len(ms), int))


def with_gaps(nn: va.Intervals, *at: float) -> va.Intervals:
    """Leave out the two intervals after some seconds."""
    first = np.searchsorted(nn.times, at)
    return nn.where(~np.isin(np.arange(len(nn)), [first, first + 1]))


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


@pytest.mark.parametrize("psd", ["welch", "autoregressive"])
def test_bands_go_by_the_longest_stretch_without_a_gap(psd: str) -> None:
    nn = with_gaps(waves(310), 80, 150, 230)
    got = va.hrv_frequency(nn, options={"psd": psd})
    assert got["hf"] == pytest.approx(50, rel=0.1)
    for name in ("vlf", "lf", "lf_hf", "lf_nu", "hf_nu", "total_power", "lf_percent"):
        assert np.isnan(got[name]), name
    assert any("the spectrum is that of 80 s of 305 s" in note for note in got.notes)


def test_lomb_scargle_takes_all_stretches() -> None:
    nn = with_gaps(waves(340), *np.random.default_rng(0).uniform(5, 330, 20))
    got = va.hrv_frequency(nn, options={"psd": "lomb-scargle"})
    assert got["lf"] == pytest.approx(200, rel=0.12)
    assert got["hf"] == pytest.approx(50, rel=0.25)  # gaps spread what is slow
    assert not any("the spectrum is that of" in note for note in got.notes)


def test_a_whole_series_says_nothing_of_stretches() -> None:
    assert not any("stretches" in note for note in va.hrv_frequency(waves(310)).notes)
