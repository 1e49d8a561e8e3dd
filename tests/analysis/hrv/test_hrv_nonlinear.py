"""Non-linear figures of intervals: against other libraries, closed forms, gaps, bad input."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from vital_widgets.analysis import (
    Intervals,
    approximate_entropy,
    correlation_dimension,
    dfa,
    hrv_nonlinear,
    multiscale_entropy,
    poincare,
    recurrence,
    sample_entropy,
)
from vital_widgets.analysis.hrv.nonlinear import GROUPS, NONLINEAR
from vital_widgets.errors import InvalidInputError


def beats(n=400, seed=0):
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.normal(size=n + 49), np.ones(50) / 7, "valid")
    return 850 + 20 * slow + 30 * np.sin(np.arange(n) / 3) + rng.normal(size=n) * 15


def test_it_is_the_single_functions():
    x = beats(600)
    got = hrv_nonlinear(x)
    assert got.sampen == sample_entropy(x).value
    assert got.apen == approximate_entropy(x).value
    np.testing.assert_array_equal(got.mse, multiscale_entropy(x, r=0.2).entropy)
    assert got.dfa_alpha1 == pytest.approx(dfa(x, sizes=range(4, 17)).alpha, abs=1e-12)
    assert got.dfa_alpha2 == pytest.approx(dfa(x, sizes=range(16, 65)).alpha, abs=1e-12)
    assert got.d2 == correlation_dimension(x).value
    assert got.sd1 == poincare(x).sd1
    plot = recurrence(x)
    assert got.determinism == plot.determinism
    assert got.line_entropy == plot.line_entropy
    assert got.valid.seconds == pytest.approx(x.sum() / 1000)


@pytest.mark.parametrize("step", [0.0, 20.0])
def test_neurokit_gives_the_same(monkeypatch, step):
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)  # gone from numpy, used there
    x = beats(500)
    x = np.round(x / step) * step if step else x  # equal intervals in a row
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk

        theirs = nk.hrv_nonlinear({"RRI": x, "RRI_Time": np.cumsum(x) / 1000})
    ours = hrv_nonlinear(
        x, alpha1=(4, 11), alpha2=(12, 50), dfa_overlapping=True, dfa_drop_flat=True
    )
    names = {
        "sd1": "SD1",
        "sd2": "SD2",
        "sd1_sd2": "SD1SD2",
        "ellipse_area": "S",
        "apen": "ApEn",
        "sampen": "SampEn",
        "dfa_alpha1": "DFA_alpha1",
        "dfa_alpha2": "DFA_alpha2",
    }
    for mine, name in names.items():
        assert getattr(ours, mine) == pytest.approx(theirs[f"HRV_{name}"].iloc[0], rel=1e-9), mine


def test_pyhrv_gives_the_same():
    x = beats(500)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib as mpl

        mpl.use("Agg")
        import nolds
        from pyhrv import nonlinear

        plot = nonlinear.poincare(x, mode="dev")
        entropy = nonlinear.sample_entropy(x)["sampen"]
        # Its dfa fits by RANSAC, which is random; nolds with a plain fit is what it calls.
        alpha1 = nolds.dfa(x, range(4, 17), overlap=False, fit_exp="poly")
        alpha2 = nolds.dfa(x, range(17, 65), overlap=False, fit_exp="poly")
    ours = hrv_nonlinear(x, ddof=0, alpha2=(17, 64))
    assert ours.sd1 == pytest.approx(plot["sd1"], rel=1e-9)
    assert ours.sd2 == pytest.approx(plot["sd2"], rel=1e-9)
    assert ours.dfa_alpha1 == pytest.approx(alpha1, rel=1e-9)
    assert ours.dfa_alpha2 == pytest.approx(alpha2, rel=1e-9)
    same = hrv_nonlinear(x, ddof=-1, closed=False, groups=("sampen",))
    assert same.sampen == pytest.approx(entropy, rel=1e-9)
    assert math.isnan(same.sd1)


def test_a_gap_is_a_boundary():
    x = beats(600)
    cut = Intervals(x, np.cumsum(x) / 1000, (np.arange(600) >= 300).astype(int))
    got = hrv_nonlinear(cut)
    with_nan = np.insert(x, 300, np.nan)
    assert got.sampen == sample_entropy(with_nan).value
    assert got.sd1 == poincare(with_nan).sd1
    assert got.dfa_alpha1 == dfa(with_nan, sizes=range(4, 17)).alpha
    assert got.determinism == recurrence(with_nan).determinism
    assert got.d2 == correlation_dimension(with_nan).value
    assert got.apen != hrv_nonlinear(x, groups=("apen",)).apen
    # A step in level between two stretches is no beat-to-beat change.
    far = Intervals(np.where(np.arange(600) < 300, x, x + 400), cut.times, cut.stretch)
    assert hrv_nonlinear(far).sd1 == pytest.approx(got.sd1, rel=0.01)
    assert hrv_nonlinear(far).dfa_alpha1 == pytest.approx(got.dfa_alpha1, abs=1e-9)


def test_poincare_of_a_known_ellipse():
    x = beats(5000)
    pairs, moments = poincare(x), poincare(x, method="moments")
    assert pairs.sd1 == pytest.approx(np.std(np.diff(x), ddof=1) / math.sqrt(2))
    assert moments.sd2 == pytest.approx(pairs.sd2, rel=1e-3)
    # SD1 and SD2 of independent values are both their standard deviation.
    noise = 900 + 30 * np.random.default_rng(0).normal(size=20_000)
    white = poincare(noise)
    assert white.sd1 == pytest.approx(30, rel=0.02)
    assert white.sd2 == pytest.approx(30, rel=0.02)
    assert white.area == pytest.approx(math.pi * white.sd1 * white.sd2)


@pytest.mark.parametrize(
    "values", [[], [800.0], [800.0, 810.0], np.full(500, 800.0)], ids=["none", "1", "2", "constant"]
)
def test_too_little_says_so(values):
    got = hrv_nonlinear(values)
    assert not got.enough
    assert all(math.isnan(value) for value in got.measures.values())
    assert np.isnan(got.mse).all()
    assert "not available" in repr(got)
    assert len(got.to_frame()) == 1
    assert math.isnan(poincare(values).sd1)


def test_short_series_give_what_they_can():
    got = hrv_nonlinear(beats(60))
    assert got.sd1 > 0
    assert got.dfa_alpha1 > 0
    assert math.isnan(got.dfa_alpha2)
    assert any("dfa_alpha2 needs 128" in note for note in got.notes)
    for n in range(4, 40):
        tiny = hrv_nonlinear(beats(n))
        assert math.isnan(tiny.d2)
        repr(tiny)


def test_many_short_stretches_give_no_warning():
    x = beats(400)
    cut = Intervals(x, np.cumsum(x) / 1000, np.arange(400) // 3)
    got = hrv_nonlinear(cut)
    assert math.isnan(got.dfa_alpha1)
    assert math.isnan(got.recurrence_rate)
    assert got.sd1 > 0


def test_pulse_intervals_are_named():
    x = beats(200)
    got = hrv_nonlinear(Intervals(x, np.cumsum(x) / 1000, np.zeros(200, int), "ppg"))
    assert any("pulse-rate variability" in note for note in got.notes)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"groups": ("lyapunov",)}, "unknown group of measures .lyapunov.; available"),
        ({"groups": ()}, "groups"),
        ({"m": 0}, "m=0"),
        ({"alpha1": (4,)}, "alpha1"),
        ({"alpha1": (16, 4)}, "alpha1"),
        ({"alpha2": (16, 64.5)}, "alpha2"),
        ({"poincare_method": "x"}, "poincare_method"),
        ({"tolerance": 0}, "tolerance"),
        ({"window_beats": 10}, "window_beats"),
        ({"mse_scales": 0}, "scales"),
    ],
)
def test_bad_parameters_are_refused(bad, words):
    with pytest.raises(InvalidInputError, match=words):
        hrv_nonlinear(beats(100), **bad)


def test_seconds_are_refused():
    with pytest.raises(InvalidInputError, match="looks like seconds"):
        hrv_nonlinear(beats(100) / 1000)


def test_each_group_of_measures_can_be_computed_alone():
    assert set(NONLINEAR) == set(hrv_nonlinear(beats(100)).measures)
    for one in GROUPS:
        hrv_nonlinear(beats(100), groups=one)


def test_a_recipe_makes_it_again():
    got = hrv_nonlinear(beats(150), r=0.3)
    assert got.recipe.run().sampen == got.sampen
