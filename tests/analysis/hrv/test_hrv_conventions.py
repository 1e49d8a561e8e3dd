"""Choices of conventions: bands of long and short series, models, windows, ties, non-linear."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from vital_widgets.analysis.beats.beat_series import Intervals, intervals_of
from vital_widgets.analysis.hrv.convention import CONVENTIONS, HrvConvention
from vital_widgets.analysis.hrv.hrv import hrv, hrv_frequency, hrv_time
from vital_widgets.analysis.hrv.interval_spectra import burg, yule_walker
from vital_widgets.errors import InvalidInputError


def waves(seconds: float, *parts: tuple[float, float], mean: float = 800.0) -> Intervals:
    """Intervals with sinusoids of (Hz, ms)."""
    times = [0.0]
    while times[-1] < seconds:
        away = sum(a * np.sin(2 * np.pi * hz * times[-1]) for hz, a in parts)
        times.append(times[-1] + (mean + away) / 1000)
    ms = np.diff(times) * 1000
    return Intervals(ms, np.array(times[1:]), np.zeros(len(ms), int))


@pytest.fixture(scope="module")
def day():
    return waves(24 * 3600, (0.001, 50.0), (0.1, 20.0), (0.25, 10.0))


def test_ulf_of_a_day_and_of_a_day_with_gaps(day):
    broken = day.where(day.times % 7200 > 900)
    for nn in (day, broken):
        got = hrv_frequency(nn)
        assert got["ulf"] == pytest.approx(50**2 / 2, rel=0.03)
        assert got["lf"] == pytest.approx(20**2 / 2, rel=0.02)
        assert got["hf"] == pytest.approx(10**2 / 2, rel=0.03)
    assert np.isnan(hrv_frequency(day.between(0, 7200))["ulf"])


def test_lomb_scargle_of_a_day_is_bounded(day):
    got = hrv_frequency(day, options={"psd": "lomb-scargle"})
    assert got["lf"] == pytest.approx(20**2 / 2, rel=0.05)
    assert len(got.frequencies) < 1000


def test_kubios_takes_the_same_trend_from_intervals_as_from_their_spectrum():
    slow = waves(3600, (0.002, 60.0), (0.1, 20.0), (0.25, 10.0))
    got = hrv(slow, convention="kubios", domains=("time", "frequency"))
    wanted = np.sqrt((20**2 + 10**2) / 2)
    assert got["sdnn"] == pytest.approx(wanted, rel=0.05)
    assert hrv_time(slow)["sdnn"] > 2 * wanted
    assert got["vlf"] < 50
    assert got["mean_nn"] == hrv_time(slow)["mean_nn"]


def test_burg_of_a_known_process():
    rng = np.random.default_rng(0)
    e = rng.normal(size=20_000)
    x = np.zeros(len(e))
    for i in range(2, len(e)):
        x[i] = 1.3 * x[i - 1] - 0.7 * x[i - 2] + e[i]
    for fit in (burg, yule_walker):
        a, noise = fit(x - x.mean(), 2)
        np.testing.assert_allclose(a, [1.3, -0.7], atol=0.02)
        assert noise == pytest.approx(1, rel=0.03)


def test_burg_as_neurokit2_has_it():
    x = waves(300, (0.1, 20.0), (0.25, 10.0)).ms + np.random.default_rng(1).normal(size=376) * 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from neurokit2.signal.signal_psd import _signal_arma_burg

        theirs, rho, _ = _signal_arma_burg(x - x.mean(), order=16, criteria=None)
    a, noise = burg(x - x.mean(), 16)
    np.testing.assert_allclose(a, -np.asarray(theirs), rtol=1e-9)
    assert noise == pytest.approx(rho, rel=1e-9)


@pytest.mark.parametrize("method", ["burg", "yule-walker"])
def test_the_power_of_a_model_is_the_variance(method):
    rng = np.random.default_rng(2)
    nn = waves(600, (0.1, 20.0))
    noisy = Intervals(nn.ms + 15 * rng.normal(size=len(nn)), nn.times, nn.stretch)
    got = hrv_frequency(noisy, options={"psd": "autoregressive", "ar_method": method})
    whole = np.trapezoid(got.density, got.frequencies)
    assert whole == pytest.approx(20**2 / 2 + 15**2, rel=0.25)
    assert got["lf"] > got["hf"]


def test_a_window_is_its_intervals():
    nn = waves(900, (0.1, 20.0))
    alone = hrv(nn.between(200, 600), domains=("time", "frequency"))
    got = hrv(nn, t_range=(200, 600), domains=("time", "frequency"))
    assert got.measures["lf"] == alone.measures["lf"]
    assert got.recipe.run()["sdnn"] == got["sdnn"]
    for t_range in ((5, 5), (9, 1), 3, ("a", "b"), (0, np.nan)):
        with pytest.raises(InvalidInputError, match="t0 < t1"):
            hrv(nn, t_range=t_range)


def test_a_difference_of_exactly_50_ms_is_not_more():
    ms = np.tile([800.0, 850.0], 50)
    seconds = np.concatenate([[0.0], np.cumsum(ms)]) / 1000  # whose differences are not quite 50
    rounded = Intervals(np.diff(seconds) * 1000, seconds[1:], np.zeros(100, int))
    assert hrv_time(ms)["pnn50"] == 0
    assert hrv_time(rounded)["pnn50"] == 0
    assert hrv_time(ms)["pnn20"] == 99


def test_bands_of_short_series_are_told_where_that_is_asked_for():
    nn = waves(110, (0.1, 20.0))
    assert np.isnan(hrv_frequency(nn)["lf"])
    asked = hrv_frequency(nn, options={"any_length": True})
    assert asked["lf"] > 100
    assert any("too short for" in note and "lf" in note for note in asked.notes)
    hrv_frequency(waves(350, (0.1, 20.0)), options={"any_length": True})  # one line of ULF
    theirs = hrv_frequency(nn, convention="pyhrv")
    assert np.isfinite(theirs["vlf"])
    assert any("too short for: vlf, lf" in note for note in theirs.notes)


def test_bands_a_convention_does_not_have_are_not_missed():
    got = hrv(waves(400, (0.1, 20.0)), convention="kubios", domains=("frequency",))
    assert not any("ulf" in note or "vhf" in note for note in got.notes)


@pytest.mark.parametrize("end", [0.0, 0.003])
@pytest.mark.parametrize("n", [371, 512, 1801, 4585])
def test_the_grid_of_neurokit2_to_the_last_sample(n, end, monkeypatch, installed_neurokit2):
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)
    rng = np.random.default_rng(n)
    rr = np.round(780 + 40 * np.sin(np.arange(n) * 0.3) + 25 * rng.normal(size=n))
    # The last beat on the grid of 10 ms, where rounding decides whether a point follows.
    rr[-1] += -((np.sum(rr) - rr[0]) % 10) + 1000 * end
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2

        peaks = np.concatenate([[1000], 1000 + np.cumsum(rr)]).astype(int)
        theirs = neurokit2.hrv_frequency(peaks, sampling_rate=1000, silent=True).iloc[0]
        counted = neurokit2.hrv_time(peaks, sampling_rate=1000).iloc[0]
    got = hrv(rr, convention=installed_neurokit2, domains=("time", "frequency"))
    for ours, name in (("vlf", "VLF"), ("lf", "LF"), ("hf", "HF"), ("total_power", "TP")):
        assert got[ours] == pytest.approx(theirs[f"HRV_{name}"], rel=1e-9)
    for ours, name in (("pnn50", "pNN50"), ("pnn20", "pNN20")):
        assert got[ours] == pytest.approx(counted[f"HRV_{name}"], rel=1e-9)


def test_non_linear_figures_follow_the_convention(monkeypatch, installed_neurokit2):
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)
    rng = np.random.default_rng(4)
    rr = np.round(800 + 40 * np.sin(np.arange(400) * 0.3) + 25 * rng.normal(size=400))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib as mpl

        mpl.use("Agg")
        import neurokit2
        from pyhrv import nonlinear

        theirs = neurokit2.hrv_nonlinear({"RRI": rr, "RRI_Time": np.cumsum(rr) / 1000}).iloc[0]
        plot = nonlinear.poincare(rr, mode="dev")
        entropy = nonlinear.sample_entropy(rr)["sampen"]
    got = hrv(rr, convention=installed_neurokit2, domains=("nonlinear",))
    names = {"sd1": "SD1", "sd2": "SD2", "apen": "ApEn", "sampen": "SampEn",
             "dfa_alpha1": "DFA_alpha1", "dfa_alpha2": "DFA_alpha2"}  # fmt: skip
    for ours, name in names.items():
        assert got[ours] == pytest.approx(theirs[f"HRV_{name}"], rel=1e-6), ours
    got = hrv(rr, convention="pyhrv", domains=("nonlinear",))
    assert got["sd1"] == pytest.approx(plot["sd1"], rel=1e-9)
    assert got["sd2"] == pytest.approx(plot["sd2"], rel=1e-9)
    assert got["sampen"] == pytest.approx(entropy, rel=1e-9)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 11, 25])
def test_few_intervals_are_no_reason_to_fail(convention, n):
    got = hrv(np.full(n, 800.0) + np.arange(n) % 3, convention=convention)
    assert got.enough == (n >= 10)
    assert np.isnan(got["sdann"])
    got.to_frame()
    repr(got)
    got._repr_html_()


def test_every_choice_is_in_the_result():
    mine = HrvConvention(name="mine", source="here", welch_s=120.0, overlap=0.75)
    got = hrv_frequency(intervals_of(np.tile([790.0, 810.0, 800.0], 200)), convention=mine)
    assert got.convention.welch_s == 120
    assert got.frequencies[1] == pytest.approx(1 / 120)
    assert "mine" in repr(got.recipe)
