"""Agreement of two measurements, against published and hand-computed figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vital_widgets.analysis.compare.agreement import bland_altman, error_metrics
from vital_widgets.analysis.signal.filters.filter_signal import lowpass
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

# Peak expiratory flow (l/min), Wright and mini Wright meter, first measurements: Table 1 of
# Bland and Altman, Lancet 1986. They report a mean difference of -2.1 and a standard deviation of
# 38.8 l/min (Wright minus mini), 95 % interval of the bias -22.0 to 17.8.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_the_example_of_bland_and_altman():
    got = bland_altman(MINI, WRIGHT, units="l/min")
    assert got.bias == pytest.approx(-2.1, abs=0.05)
    assert got.sd == pytest.approx(38.8, abs=0.05)
    assert got.bias_ci == pytest.approx((-22.0, 17.8), abs=0.1)
    assert got.lower == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.2)
    assert got.n == 17
    frame = got.to_frame()
    assert frame.loc["lower limit", "value"] == got.lower
    assert "l/min" in repr(got)


def test_coverage_of_the_limits():
    rng = np.random.default_rng(0)
    x = rng.normal(70, 10, 20000)
    sides = x + rng.normal(0, 3 / np.sqrt(2), (2, len(x)))  # as much error on either side
    got = bland_altman(sides[0], sides[1] + 2)
    inside = np.mean((got.differences > got.lower) & (got.differences < got.upper))
    assert inside == pytest.approx(0.95, abs=0.005)
    assert got.bias == pytest.approx(2, abs=0.1)
    assert abs(got.slope) < 0.01


def test_proportional_bias_and_percent():
    x = np.linspace(50, 100, 40)
    got = bland_altman(x, 1.1 * x)
    assert got.slope == pytest.approx(0.1 / 1.05)
    assert got.slope_p < 1e-6
    relative = bland_altman(x, 1.1 * x, as_percent=True)
    assert relative.bias == pytest.approx(100 * 0.1 / 1.05)
    assert relative.sd == pytest.approx(0, abs=1e-9)
    with pytest.raises(InvalidInputError, match="mean above 0"):
        bland_altman([-1, 0, 1], [0, 0, 0], as_percent=True)


def test_repeated_measurements_take_both_variances():
    rng = np.random.default_rng(1)
    subjects = np.repeat(np.arange(200), 8)
    shift = rng.normal(0, 2, 200)[subjects]
    x = rng.normal(100, 5, len(subjects))
    got = bland_altman(x, x + 1 + shift + rng.normal(0, 1.5, len(x)), subjects=subjects)
    assert got.sd == pytest.approx(np.hypot(shift[::8].std(ddof=1), 1.5), rel=0.03)
    assert np.isnan(got.bias_ci[0])
    one = bland_altman(x[:8], x[:8] + np.arange(8), subjects=np.zeros(8))
    assert one.sd == pytest.approx(np.std(np.arange(8), ddof=1))
    with pytest.raises(InvalidInputError, match="one label per pair"):
        bland_altman(x, x, subjects=[1, 2])


def test_concordance_against_its_definition():
    rng = np.random.default_rng(2)
    x = rng.normal(10, 2, 300)
    y = 0.9 * x + 1.5 + rng.normal(0, 0.5, 300)
    got = error_metrics(x, y, units="ms")
    direct = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert got.concordance == pytest.approx(direct)
    assert got.pearson == pytest.approx(stats.pearsonr(x, y).statistic)
    assert got.concordance_ci[0] < direct < got.concordance_ci[1]
    # Lin's interval against a bootstrap.
    draws = rng.integers(0, 300, (2000, 300))
    bx, by = x[draws], y[draws]
    c = 2 * np.mean((bx - bx.mean(1, keepdims=True)) * (by - by.mean(1, keepdims=True)), 1)
    c = c / (bx.var(1) + by.var(1) + (bx.mean(1) - by.mean(1)) ** 2)
    np.testing.assert_allclose(got.concordance_ci, np.quantile(c, [0.025, 0.975]), atol=0.006)


def test_errors_of_known_pairs():
    got = error_metrics([1, 2, 4, np.nan], [2, 2, 1, 5])
    assert (got.n, got.bias, got.mae, got.max_error) == (3, -2 / 3, 4 / 3, 3)
    assert got.rmse == pytest.approx(np.sqrt(10 / 3))
    assert got.mape == pytest.approx(100 * (1 + 0 + 0.75) / 3)
    assert "1 pairs without both values" in got.notes[0]
    assert next(iter(got.to_frame().columns)) == "n"


def test_perfect_and_constant_pairs():
    x = np.arange(10.0)
    same = error_metrics(x, x)
    assert (same.rmse, same.concordance) == (0, 1)
    flat = error_metrics(np.ones(5), np.ones(5))
    assert np.isnan(flat.pearson)
    assert error_metrics(np.ones(5), x[:5]).concordance == 0
    level = bland_altman(np.ones(5), np.ones(5))
    assert (level.bias, level.sd) == (0, 0)
    assert np.isnan(level.slope)


@pytest.mark.parametrize("function", [bland_altman, error_metrics])
def test_too_few_pairs_say_so(function):
    got = function([1, np.nan], [1, 2])
    assert not got.enough
    assert np.isnan(got.bias)
    with pytest.raises(InvalidInputError, match="give pairs"):
        function([1, 2, 3], [1, 2])
    assert function(WRIGHT, MINI).recipe.run().bias == function(WRIGHT, MINI).bias


def test_subjects_are_given_for_all_pairs_and_go_with_those_left_out():
    rng = np.random.default_rng(2)
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    subjects = np.repeat(["a", "b", "c", "d"], 10)
    y[[3, 17]] = np.nan
    kept = np.isfinite(y)
    got = bland_altman(x, y, subjects=subjects)
    assert got.sd == bland_altman(x[kept], y[kept], subjects=subjects[kept]).sd
    assert got.notes == ("2 pairs without both values are excluded",)


def test_one_subject_is_told():
    got = bland_altman([1, 2, 3, 4], [1, 2.1, 3, 4.2], subjects=["me"] * 4)
    assert "one subject" in got.notes[0]


def test_the_confidence_is_shown():
    got = bland_altman([1, 2, 3, 4], [1, 2.1, 3, 4.2], confidence=0.9)
    assert "90 % CI" in repr(got)
    assert got.confidence == 0.9


@pytest.mark.parametrize(("y", "expected"), [(0.1, np.nan), (0.3, 0.0)])
def test_constants_have_no_correlation_whatever_rounding_leaves(y, expected):
    got = error_metrics(np.full(10, 0.1), np.full(10, y))
    assert got.concordance == pytest.approx(expected, nan_ok=True)
    assert np.isnan(got.pearson)
    assert np.isnan(error_metrics(np.full(10, 0.1), np.arange(10)).pearson)


def test_labels_of_different_kinds_are_refused():
    with pytest.raises(InvalidInputError, match="different types"):
        bland_altman([1, 2, 3], [1, 2, 4], subjects=["a", None, "b"])


@pytest.mark.parametrize("function", [bland_altman, error_metrics])
def test_channels_are_compared_like_arrays(function):
    rec = Recording.from_arrays({"a": WRIGHT, "b": MINI}, 1, units="l/min")
    of_arrays = function(WRIGHT, MINI)
    for pair in ((rec["a"], rec["b"]), (rec["a"], MINI), (WRIGHT, rec["b"])):
        got = function(*pair)
        assert got.units == "l/min"
        pd.testing.assert_frame_equal(got.to_frame(), of_arrays.to_frame())
    late = Recording.from_arrays({"b": MINI}, 2)
    with pytest.raises(InvalidInputError, match="same sample times"):
        function(rec["a"], late["b"])


@pytest.mark.parametrize("function", [bland_altman, error_metrics])
def test_measurements_in_different_units_are_not_compared(function):
    values = np.random.default_rng(0).normal(size=100)
    mv, uv = (Recording.from_arrays({"ECG": values}, 250, units=u)["ECG"] for u in ("mV", "uV"))
    with pytest.raises(InvalidInputError, match="reference is in mV and test in uV; convert"):
        function(mv, uv)
    with pytest.raises(InvalidInputError, match="reference is in uV and test in mV; convert"):
        function(lowpass(uv, highcut=40), lowpass(mv, highcut=40))
    plain = Recording.from_arrays({"ECG": values}, 250)["ECG"]
    for given in ((mv, mv), (mv, values), (values, mv), (plain, mv)):
        assert function(*given).units == "mV"
