"""Statistics of windows, change points, anomalies."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import (
    anomalies,
    change_points,
    run,
    window_statistics,
)
from vital_widgets.analysis.signal.windows.change_points import (
    COSTS,
    Cost,
    binary_segmentation,
    pelt,
)
from vital_widgets.analysis.signal.windows.window_rows import STATISTICS, Rows, quantile
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError


def channel_of(values, fs=10.0, runs=None):
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base)


def with_gaps(n, seed):
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=n)) + 100
    for i in rng.integers(0, n, 3):
        values[i : i + rng.integers(1, 12)] = np.nan
    return values


# ---------------------------------------------------------------- statistics of rows


def reference(name, row, fs):
    """Each statistic of one window, the plain way."""
    from scipy import stats

    good = row[np.isfinite(row)]
    t = np.flatnonzero(np.isfinite(row)) / fs
    step = np.diff(row)
    bend = np.diff(step)
    step, bend = step[np.isfinite(step)], bend[np.isfinite(bend)]
    pairs = (row[1:] * row[:-1])[np.isfinite(row[1:] * row[:-1])]
    return {
        "mean": good.mean,
        "sd": lambda: good.std(ddof=1),
        "min": good.min,
        "max": good.max,
        "range": lambda: np.ptp(good),
        "median": lambda: np.median(good),
        "iqr": lambda: np.subtract(*np.percentile(good, [75, 25])),
        "rms": lambda: np.sqrt(np.mean(good**2)),
        "skewness": lambda: stats.skew(good),
        "kurtosis": lambda: stats.kurtosis(good),
        "slope": lambda: np.polyfit(t, good, 1)[0],
        "line_length": lambda: np.abs(step).sum(),
        "zero_crossings": lambda: np.sum(pairs < 0) / (len(pairs) / fs),
        "activity": good.var,
        "mobility": lambda: np.sqrt(step.var() / good.var()) * fs,
        "complexity": lambda: np.sqrt(bend.var() / step.var()) / np.sqrt(step.var() / good.var()),
    }[name]()


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("holes", [False, True])
def test_each_statistic_is_that_of_scipy(name, holes):
    rng = np.random.default_rng(3)
    windows = rng.normal(size=(20, 60)) + 0.3
    if holes:
        windows[rng.random(windows.shape) < 0.1] = np.nan
    got = STATISTICS[name](Rows(windows, 25.0))
    np.testing.assert_allclose(got, [reference(name, row, 25.0) for row in windows], rtol=1e-9)


def test_percentiles_are_those_of_numpy():
    rng = np.random.default_rng(3)
    windows = rng.normal(size=(20, 60))
    windows[rng.random(windows.shape) < 0.3] = np.nan
    for share in (0, 0.05, 0.5, 0.975, 1):
        np.testing.assert_allclose(
            quantile(Rows(windows, 1.0), share), np.nanquantile(windows, share, axis=1)
        )


def test_flat_and_empty_windows_give_no_warning():
    values = np.concatenate([np.full(50, 5.1), np.full(50, np.nan), np.zeros(50)])
    got = window_statistics(values, 10.0, window_s=5, statistics=[*STATISTICS, "p5"])
    assert got["mean"][0] == pytest.approx(5.1)
    assert got["sd"][0] == 0
    assert math.isnan(got["skewness"][0])
    assert math.isnan(got["mobility"][2])
    assert np.isnan([got[name][1] for name in got.statistics]).all()
    assert got.n_valid.tolist() == [50, 0, 50]


@settings(max_examples=40)
@given(
    st.integers(1, 250),
    st.floats(0.3, 4),
    st.floats(0.2, 5),
    st.floats(0.1, 30),
    st.integers(0, 99),
)
def test_windows_are_the_same_in_any_pieces(n, window, step, seconds, seed):
    values = with_gaps(n, seed)
    parameters = {
        "window_s": window,
        "step_s": step,
        "statistics": [*STATISTICS, "p7.5"],
        "min_valid": 0.3,
    }
    whole = window_statistics(values, 10.0, **parameters)
    cut = run(window_statistics, channel_of(values), chunk_s=seconds, **parameters).result()
    np.testing.assert_array_equal(cut.times, whole.times)
    np.testing.assert_array_equal(cut.n_valid, whole.n_valid)
    for name in whole.statistics:
        np.testing.assert_allclose(cut[name], whole[name], rtol=1e-12, atol=1e-12)
    length, every = round(window * 10), round(step * 10)
    assert len(whole) == max((n - length) // every + 1, 0)
    assert cut.valid == whole.valid


def test_windows_begin_anew_after_a_gap():
    values = np.arange(60.0)
    channel = channel_of(values, runs=[(0.0, 25), (100.0, 35)])
    got = run(window_statistics, channel, window_s=1.0, statistics="mean").result()
    np.testing.assert_allclose(got.times, [0, 1, 100, 101, 102])
    assert got["mean"][2] == pytest.approx(values[25:35].mean())
    assert got.to_frame().shape == (5, 3)


def peak(window):
    return float(np.nanmax(np.abs(window)))


def test_own_statistics_and_the_usable_mask():
    values = np.arange(100.0)
    mask = np.ones(100, bool)
    mask[:35] = False
    got = window_statistics(values, 10.0, window_s=2, statistics={"peak": peak}, usable=mask)
    np.testing.assert_array_equal(got["peak"], [np.nan, np.nan, 59, 79, 99])
    assert "peak" in repr(got)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"window_s": 0}, "window_s"),
        ({"window_s": 0.001}, "shorter than one sample"),
        ({"step_s": -1}, "step_s"),
        ({"statistics": "mode"}, "unknown statistic 'mode'"),
        ({"statistics": "p101"}, "p101"),
        ({"statistics": {"x": 3}}, "function"),
        ({"min_valid": 2}, "min_valid"),
    ],
)
def test_bad_windows_are_refused(bad, words):
    with pytest.raises(InvalidInputError, match=words):
        window_statistics(np.ones(100), 10.0, **bad)
    with pytest.raises(InvalidInputError, match=words):
        run(window_statistics, channel_of(np.ones(100)), **bad)


def test_too_short_for_a_window_says_so():
    for values in ([], [1.0], np.full(500, np.nan)):
        got = window_statistics(values, 10.0)
        assert not got.enough
        repr(got)


# ---------------------------------------------------------------- change points


def plain_optimum(cost, n, penalty, least):
    """All cuts by dynamic programming without pruning."""
    best, last = {0: -penalty}, {}
    for t in range(least, n + 1):
        options = [(best[s] + float(cost(s, t)) + penalty, s) for s in best if t - s >= least]
        best[t], last[t] = min(options)
    cuts, t = [], n
    while t:
        t = last[t]
        cuts.append(t)
    return best[n], [c for c in cuts[::-1] if c]


def total(cost, cuts, n, penalty):
    edges = [0, *cuts, n]
    return sum(float(cost(a, b)) for a, b in itertools.pairwise(edges)) + penalty * len(cuts)


@settings(max_examples=60)
@given(
    st.integers(10, 70),
    st.sampled_from(COSTS),
    st.floats(0.5, 20),
    st.integers(2, 6),
    st.integers(0, 99),
)
def test_pelt_is_the_optimum(n, kind, penalty, least, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n) * rng.choice([1, 4], n) + np.repeat(rng.normal(size=8) * 3, 10)[:n]
    cost = Cost.of(x, kind)
    least = min(least, n // 2)
    expected, _ = plain_optimum(cost, n, penalty, least)
    cuts = pelt(cost, n, penalty, least)
    assert total(cost, cuts, n, penalty) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert min(np.diff([0, *cuts, n])) >= least
    found = binary_segmentation(cost, n, penalty, least)
    assert total(cost, found, n, penalty) >= expected - 1e-6
    assert min(np.diff([0, *found, n])) >= least


@pytest.mark.parametrize("method", ["pelt", "binary"])
def test_changes_of_level_and_of_spread_are_found(method):
    rng = np.random.default_rng(0)
    x = rng.normal(size=60_000)
    x[20_000:] += 0.5
    level = change_points(x, 100.0, window_s=2, cost="mean", method=method)
    np.testing.assert_allclose(level.times, [200.0], atol=2.0)
    assert level.mean_after[0] - level.mean_before[0] == pytest.approx(0.5, abs=0.05)
    x[40_000:] = 0.5 + 3 * (x[40_000:] - 0.5)
    spread = change_points(x, 100.0, window_s=2, statistic="sd", method=method)
    np.testing.assert_allclose(spread.times, [400.0], atol=2.0)
    marks = spread.annotations("ECG")
    assert "change: sd" in marks.text[0]
    assert len(spread.to_frame()) == 1
    assert "changes" in repr(spread)


def test_noise_has_no_change_points():
    found = [
        len(change_points(np.random.default_rng(seed).normal(size=30_000), 100.0, window_s=1))
        for seed in range(10)
    ]
    assert sum(found) <= 3


def test_no_change_is_told_across_a_gap():
    rng = np.random.default_rng(1)
    x = rng.normal(size=20_000)
    x[10_000:] += 9
    x[9_800:10_200] = np.nan
    assert len(change_points(x, 100.0, window_s=1)) == 0
    channel = channel_of(x[np.isfinite(x)], 100.0, [(0.0, 9_800), (500.0, 9_800)])
    assert len(run(change_points, channel, window_s=1).result()) == 0


@settings(max_examples=10)
@given(st.floats(0.5, 40), st.integers(0, 20))
def test_changes_and_anomalies_are_the_same_in_any_pieces(seconds, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=2000) + np.repeat(rng.normal(size=4) * 4, 500)
    x[300:317] = np.nan
    x[rng.integers(0, 2000)] = 80
    whole = change_points(x, 10.0, window_s=1.0)
    cut = run(change_points, channel_of(x), chunk_s=seconds, window_s=1.0).result()
    np.testing.assert_array_equal(cut.times, whole.times)
    for method in ("robust-z", "discord"):
        one = anomalies(x, 10.0, window_s=2.0, step_s=1.0, method=method)
        two = run(
            anomalies, channel_of(x), chunk_s=seconds, window_s=2.0, step_s=1.0, method=method
        ).result()
        np.testing.assert_allclose(two.score, one.score, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(two.stretches.onset, one.stretches.onset)


def test_a_fixed_penalty_and_bad_parameters():
    x = np.random.default_rng(0).normal(size=3000)
    assert len(change_points(x, 10.0, window_s=1, penalty=1e9)) == 0
    assert len(change_points(x, 10.0, window_s=1, penalty=1e-3)) > 10
    for bad in (
        {"penalty": 0},
        {"cost": "l1"},
        {"method": "x"},
        {"min_windows": 0},
        {"statistic": ["a"]},
    ):
        with pytest.raises(InvalidInputError):
            change_points(x, 10.0, **bad)
    for values in ([], [1.0] * 30, np.full(3000, np.nan)):
        got = change_points(values, 10.0)
        assert not got.enough
        assert len(got) == 0
    assert len(change_points(np.ones(3000), 10.0)) == 0


# ---------------------------------------------------------------- anomalies


@pytest.mark.parametrize("method", ["robust-z", "discord"])
def test_what_is_put_in_is_found_and_nothing_else(method):
    rng = np.random.default_rng(0)
    fs, n = 50.0, 50 * 3600
    x = np.sin(2 * np.pi * 1.2 * np.arange(n) / fs) + 0.1 * rng.normal(size=n)
    x[50 * 1000 : 50 * 1010] += 6 * rng.normal(size=500)  # a burst
    x[50 * 2000 : 50 * 2020] = 0.01 * rng.normal(size=1000)  # silence
    x[50 * 3000 : 50 * 3010] = np.nan
    got = anomalies(x, fs, method=method)
    np.testing.assert_allclose(got.stretches.onset, [1000, 2000])
    np.testing.assert_allclose(got.stretches.end, [1010, 2020])
    marks = got.annotations("ECG")
    assert all("anomaly" in text for text in marks.text)
    assert len(got.to_frame()) == 360
    assert "2 stretches" in repr(got)


def test_a_habit_is_no_discord():
    rng = np.random.default_rng(0)
    x = rng.normal(size=36_000)
    for k in range(60):  # every minute
        x[600 * k + 100 : 600 * k + 200] += 20
    x[32_300:32_400] -= 20
    far = anomalies(x, 10.0, features=["mean"])
    odd = anomalies(x, 10.0, features=["mean"], method="discord")
    assert len(far) == 61
    assert odd.stretches.onset.tolist() == [3230.0]


def test_a_normal_signal_is_rarely_told():
    told = sum(
        len(anomalies(np.random.default_rng(seed).normal(size=40_000), 20.0)) for seed in range(10)
    )
    assert told <= 4


def test_bad_and_short_input_of_anomalies():
    for bad in ({"features": []}, {"features": {"x": peak}}, {"method": "x"}, {"threshold": 0}):
        with pytest.raises(InvalidInputError):
            anomalies(np.ones(3000), 10.0, **bad)
    for values in ([], np.full(3000, np.nan), np.ones(500)):
        got = anomalies(values, 10.0)
        assert not got.enough
        repr(got)
    flat = anomalies(np.ones(9000), 10.0)
    assert len(flat) == 0
