"""No figure of heart rate variability outlives what it is made from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    figures = va.hrv_frequency(series(seconds)).measures
    assert np.isnan(figures["lf"])
    assert np.isfinite(figures["hf"])
    for name in ("hf_nu", "lf_nu", "lf_hf", "total_power", "hf_percent", "lf_percent"):
        assert np.isnan(figures[name]), name


def test_without_vlf_there_is_no_total_but_a_ratio() -> None:
    figures = va.hrv_frequency(series(180)).measures
    assert np.isnan(figures["vlf"])
    assert np.isnan(figures["total_power"])
    assert np.isnan(figures["hf_percent"])
    assert figures["hf_nu"] == pytest.approx(20, abs=5)


def test_five_minutes_have_a_total_without_ulf() -> None:
    assert np.isfinite(va.hrv_frequency(series(310)).measures["total_power"])


@pytest.mark.parametrize("function", [va.hrv, va.hrv_time, va.hrv_frequency])
def test_all_figures_are_nan_where_there_is_not_enough(function: object) -> None:
    made = function([800.0, 830, 790, 820])  # type: ignore[operator]
    assert not made.enough
    assert all(np.isnan(value) for value in made.measures.values())


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


# What each figure is made from.
PARTS = {
    "total_power": ("vlf", "lf", "hf"),
    "lf_hf": ("lf", "hf"),
    "lf_nu": ("lf", "hf"),
    "hf_nu": ("lf", "hf"),
    "vlf_percent": ("vlf", "total_power"),
    "lf_percent": ("lf", "total_power"),
    "hf_percent": ("hf", "total_power"),
    "ln_hf": ("hf",),
    "vlf_peak": ("vlf",),
    "lf_peak": ("lf",),
    "hf_peak": ("hf",),
    "cvnn": ("mean_nn", "sdnn"),
    "cvsd": ("mean_nn", "rmssd"),
    "sdsd": ("rmssd",),
    "pnn20": ("rmssd",),
    "pnn50": ("rmssd",),
    "sdann": ("sdnni",),
    "sd1_sd2": ("sd1", "sd2"),
    "ellipse_area": ("sd1", "sd2"),
    "determinism": ("recurrence_rate",),
    "laminarity": ("recurrence_rate",),
    "mean_line": ("recurrence_rate",),
    "max_line": ("recurrence_rate",),
    "line_entropy": ("recurrence_rate",),
}
SHAPES = ("waves", "constant", "noise", "whole ms", "alternating")
SPECTRA = ("welch", "lomb-scargle", "autoregressive")


@st.composite
def intervals(draw: st.DrawFn, longest: int) -> va.Intervals:
    """Any series: short, constant, with gaps and intervals left out, in one piece or in ruins."""
    n = draw(st.one_of(st.integers(0, 30), st.integers(30, longest)))
    mean = draw(st.sampled_from((300.0, 800.0, 2000.0)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    i = np.arange(n)
    away = {
        "waves": 0.05 * np.sin(0.5 * i) + 0.02 * np.sin(1.5 * i),
        "constant": np.zeros(n),
        "noise": 0.03 * rng.normal(size=n),
        "whole ms": np.round(0.01 * rng.normal(size=n) * mean) / mean,
        "alternating": np.where(i % 2, 0.02, -0.02),
    }[draw(st.sampled_from(SHAPES))]
    ms = mean * (1 + away)
    gaps = rng.random(n) < draw(st.sampled_from((0, 0, 0.01, 0.3)))
    times = np.cumsum(ms) / 1000 + np.cumsum(gaps * rng.uniform(5, 300, n))
    kept = rng.random(n) >= draw(st.sampled_from((0, 0, 0.01, 0.1, 0.5, 1)))
    return va.Intervals(ms, times, np.cumsum(gaps)).where(kept)


def without_parts(figures: dict[str, float]) -> list[str]:
    """Figures that are told though a part of them is not."""
    return [
        name
        for name, parts in PARTS.items()
        if np.isfinite(figures.get(name, np.nan))
        and not all(np.isfinite(figures[part]) for part in parts)
    ]


def checked(made: va.Hrv) -> None:
    """Hold what is true of any result."""
    figures = made.all_measures()
    assert without_parts(figures) == []
    assert not any(np.isinf(value) for value in figures.values())
    for name in ("lf_nu", "hf_nu", "vlf_percent", "lf_percent", "hf_percent", "pnn20", "pnn50"):
        value = figures.get(name, np.nan)
        assert np.isnan(value) or -1e-9 <= value <= 100 + 1e-9, name
    if not made.enough:
        assert all(np.isnan(value) for value in figures.values())
        assert np.all(np.isnan(made.density))
    if any(np.isnan(value) for name, value in figures.items() if name not in ("ulf", "vhf")):
        assert made.notes  # those two are bands that some conventions do not have


@given(intervals(450), st.sampled_from(sorted(va.CONVENTIONS)), st.sampled_from(SPECTRA))
@settings(max_examples=60)
def test_no_figure_of_any_series_outlives_its_parts(
    nn: va.Intervals, convention: str, psd: str
) -> None:
    domains = ("time", "frequency")
    checked(va.hrv(nn, convention=convention, domains=domains))
    checked(va.hrv(nn, convention=convention, domains=domains, options={"psd": psd}))


@given(intervals(80), st.sampled_from(sorted(va.CONVENTIONS)))
@settings(max_examples=25)
def test_no_non_linear_figure_of_any_series_outlives_its_parts(
    nn: va.Intervals, convention: str
) -> None:
    checked(va.hrv(nn, convention=convention))


@given(intervals(300), st.sampled_from(sorted(va.CONVENTIONS)), st.sampled_from((10, 60, 130)))
@settings(max_examples=25)
def test_no_window_of_a_trend_outlives_its_parts(
    nn: va.Intervals, convention: str, window: int
) -> None:
    measures = ("sdnn", "rmssd", "cvsd", "vlf", "lf", "hf", "lf_hf", "lf_nu", "total_power")
    made = va.hrv_trend(nn, window_s=window, convention=convention, measures=measures)
    for k, n in enumerate(made.n):
        figures = {name: float(values[k]) for name, values in made.measures.items()}
        assert without_parts({"mean_nn": 1.0, **figures}) == []
        if n < 10:
            assert all(np.isnan(value) for value in figures.values())
    if not made.enough:
        assert all(np.all(np.isnan(values)) for values in made.measures.values())


@pytest.mark.parametrize("method", ["labels", "exclude"])
def test_nothing_is_told_of_ectopic_beats_alone(method: str) -> None:
    times = np.cumsum(0.8 + 0.02 * np.sin(np.arange(300)))
    corrected = va.correct_beats(times, method=method, labels=["V"] * len(times))
    made = va.hrv(corrected)
    assert not made.enough
    checked(made)
