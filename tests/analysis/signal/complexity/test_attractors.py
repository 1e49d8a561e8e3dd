"""Correlation dimension, recurrence, symbols, transfer entropy."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import (
    correlation_dimension,
    recurrence,
    symbolic_dynamics,
    transfer_entropy,
)
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.errors import InvalidInputError


def noise(n=1000, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def henon(n):
    x = np.empty(n + 100)
    a, b = 0.1, 0.1
    for i in range(len(x)):
        a, b = 1 - 1.4 * a * a + b, 0.3 * a
        x[i] = a
    return x[100:]


def logistic(n):
    x = np.empty(n + 100)
    x[0] = 0.3
    for i in range(1, len(x)):
        x[i] = 4 * x[i - 1] * (1 - x[i - 1])
    return x[100:]


# ---------------------------------------------------------------- correlation dimension


def test_known_attractors():
    # Henon: 1.21 to 1.25 in the literature; the logistic map at 4 fills the interval: 1.
    assert float(correlation_dimension(henon(4000), m=2, max_templates=4000)) == pytest.approx(
        1.22, abs=0.05
    )
    assert float(correlation_dimension(logistic(3000), m=2, max_templates=3000)) == pytest.approx(
        1, abs=0.1
    )
    wave = np.sin(np.pi * (np.sqrt(5) - 1) * np.arange(3000))
    got = correlation_dimension(wave, m=3, theiler=5, max_templates=3000)
    assert float(got) == pytest.approx(1, abs=0.08)
    flat = np.random.default_rng(0).random(4000)
    assert float(correlation_dimension(flat[:3000], m=2, max_templates=3000)) == pytest.approx(
        2, abs=0.1
    )


def test_nolds_and_neurokit_give_the_same_with_the_same_radii():
    x = np.cumsum(noise(300))
    radii = np.geomspace(0.1, 0.5, 12) * np.std(x, ddof=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk
        import nolds

        theirs = nolds.corr_dim(x, 3, rvals=radii, fit="poly", dist=nolds.rowwise_euclidean)
        other, info = nk.fractal_correlation(x, dimension=2, radius=64)
    # nolds counts each template with itself as a pair, which is not what C(r) is; put it back.
    same = correlation_dimension(x, m=3, radii=radii).details
    sums = np.exp(same["log_c"]) + 1 / (len(x) - 2 - 1)
    assert np.polyfit(same["log_r"], np.log(sums), 1)[0] == pytest.approx(theirs, rel=1e-9)
    ours = correlation_dimension(x, m=2, radii=info["Radius"])
    assert float(ours) == pytest.approx(other, rel=1e-6)


def test_long_series_are_cut_into_windows_and_say_so():
    got = correlation_dimension(henon(5000), m=2)
    assert got.details["n_windows"] == 5
    assert float(got) == float(np.median(got.details["per_window"]))
    assert "5 windows" in got.notes[0]


def test_quantised_values_and_the_maximum_norm():
    x = np.round(noise(500) * 3)
    assert float(correlation_dimension(x, m=3, norm="maximum")) > 0
    assert math.isnan(float(correlation_dimension(np.tile([1.0, 2.0], 100), m=2)))


# ---------------------------------------------------------------- recurrence


def plain_rqa(values, m, tolerance, shortest):
    """From the whole matrix, line by line."""
    span = m
    ok = [i for i in range(len(values) - m + 1) if np.isfinite(values[i : i + span]).all()]
    t = np.array([values[i : i + m] for i in ok])
    n = len(t)
    near = np.sqrt(((t[:, None] - t[None]) ** 2).sum(axis=2)) <= tolerance
    np.fill_diagonal(near, False)

    def runs(cells):
        found, length = [], 0
        before = None
        for i, j in cells:
            go_on = before is not None and (
                ok[i] - ok[before[0]] in (0, 1) and ok[j] - ok[before[1]] in (0, 1)
            )
            if near[i, j]:
                if length and not go_on:
                    found.append(length)
                    length = 0
                length += 1
            elif length:
                found.append(length)
                length = 0
            before = (i, j)
        return [*found, length] if length else found

    diagonal = [r for k in range(1, n) for r in runs([(i, i + k) for i in range(n - k)])]
    vertical = [r for j in range(n) for r in runs([(i, j) for i in range(n)])]
    d = [r for r in diagonal if r >= shortest]
    v = [r for r in vertical if r >= shortest]
    total = near.sum()
    p = np.unique(d, return_counts=True)[1] / max(len(d), 1)
    return {
        "recurrence_rate": total / (n * (n - 1)),
        "determinism": 2 * sum(d) / total,
        "laminarity": sum(v) / total,
        "mean_line": np.mean(d) if d else math.nan,
        "max_line": max(d) if d else math.nan,
        "line_entropy": -np.sum(p * np.log(p)) if d else math.nan,
        "trapping_time": np.mean(v) if v else math.nan,
    }


@settings(max_examples=25)
@given(st.integers(30, 60), st.integers(1, 3), st.integers(0, 99), st.integers(2, 3))
def test_lines_are_those_of_the_plain_matrix(n, m, seed, shortest):
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=n))
    values[rng.integers(5, n, 1)] = np.nan
    got = recurrence(values, m=m, tolerance=1.0, min_line=shortest)
    if not got.enough or got.recurrence_rate == 0:
        return
    for name, expected in plain_rqa(values, m, 1.0, shortest).items():
        assert getattr(got, name) == pytest.approx(expected, abs=1e-12, nan_ok=True), name


def test_neurokit_gives_the_same():
    x = np.cumsum(noise(300)) + noise(300, 1)
    limit = 0.5 * np.std(x, ddof=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk

        theirs = nk.complexity_rqa(x, dimension=3, tolerance=limit)[0].iloc[0]
    ours = recurrence(x, m=3, tolerance=limit)
    assert ours.recurrence_rate == pytest.approx(theirs["RecurrenceRate"], rel=1e-9)
    assert ours.determinism == pytest.approx(theirs["Determinism"], rel=1e-9)
    assert ours.mean_line == pytest.approx(theirs["L"], rel=1e-9)
    assert ours.divergence == pytest.approx(theirs["Divergence"], rel=1e-9)
    assert ours.line_entropy == pytest.approx(theirs["LEn"], rel=1e-9)


def test_a_period_is_determined_and_noise_is_not():
    wave = np.sin(2 * np.pi * np.arange(500) / 25)
    got = recurrence(wave, m=2, delay=6, r=0.1)
    assert got.determinism == pytest.approx(1, abs=1e-6)
    assert recurrence(noise(500), m=2, r=0.2).determinism < 0.3


def test_long_series_are_cut_and_pooled():
    x = noise(2500)
    got = recurrence(x, m=2, tolerance=0.5)
    assert got.n_windows == 3
    assert "3 windows" in got.notes[0]
    whole = recurrence(x, m=2, tolerance=0.5, max_templates=2500)
    assert got.recurrence_rate == pytest.approx(whole.recurrence_rate, rel=0.05)
    assert got.determinism == pytest.approx(whole.determinism, rel=0.05)


# ---------------------------------------------------------------- symbols


def test_symbols_by_hand():
    # Range 0 to 6 in six levels: the symbols are the whole parts, 6 counts as 5.
    values = [0, 0, 0, 1, 3, 6, 2, 5, 5, 1, 4, 0, 0.5, 0.9]
    symbols = [min(int(v), 5) for v in values]
    counts = dict.fromkeys(("v0", "v1", "v2_like", "v2_unlike"), 0)
    for a, b, c in zip(symbols, symbols[1:], symbols[2:], strict=False):
        if a == b == c:
            counts["v0"] += 1
        elif b in {a, c}:
            counts["v1"] += 1
        elif (b > a) == (c > b):
            counts["v2_like"] += 1
        else:
            counts["v2_unlike"] += 1
    got = symbolic_dynamics(values)
    for name, count in counts.items():
        assert getattr(got, name) == pytest.approx(100 * count / 12), name
    assert got.n_patterns == 12


def test_symbols_of_known_series():
    up_down = np.tile([800.0, 1000.0], 100)
    assert symbolic_dynamics(up_down).v2_unlike == 100
    assert symbolic_dynamics(up_down).entropy == pytest.approx(math.log(2), abs=1e-3)
    even = np.random.default_rng(0).random(50_000)
    got = symbolic_dynamics(even)
    assert got.v0 == pytest.approx(100 / 36, abs=0.3)
    assert got.v1 == pytest.approx(100 * 10 / 36, abs=0.6)
    assert got.entropy == pytest.approx(math.log(216), abs=0.01)
    trend = np.linspace(0, 100, 3000) + np.random.default_rng(1).random(3000)
    assert symbolic_dynamics(trend).v0 > 90
    assert symbolic_dynamics(trend, max_values=20).v0 < 50
    assert symbolic_dynamics(trend, max_values=300).n_windows == 10


def test_symbols_cross_no_gap():
    values = np.array([1.0, 2, np.nan] * 20)
    assert not symbolic_dynamics(values).enough


# ---------------------------------------------------------------- transfer entropy


def driven(n, c=0.6, a=0.5, seed=0):
    rng = np.random.default_rng(seed)
    x, e = rng.normal(size=n), rng.normal(size=n)
    y = np.zeros(n)
    for i in range(1, n):
        y[i] = a * y[i - 1] + c * x[i - 1] + e[i]
    return x, y, 0.5 * math.log(1 + c * c)


@pytest.mark.parametrize(("method", "within"), [("knn", 0.03), ("bins", 0.03)])
def test_a_driven_process_has_the_known_transfer(method, within):
    x, y, expected = driven(8000)
    there = transfer_entropy(x, y, method=method)
    back = transfer_entropy(y, x, method=method)
    assert float(there) == pytest.approx(expected, abs=within)
    assert float(back) == pytest.approx(0, abs=within)
    assert there.details["bits"] == pytest.approx(float(there) / math.log(2))


def test_surrogates_tell_what_is_significant():
    x, y, _ = driven(600)
    assert transfer_entropy(x, y, n_surrogates=19).details["p"] == pytest.approx(1 / 20)
    free = transfer_entropy(noise(600, 5), y, method="bins", n_surrogates=19)
    assert free.details["p"] > 0.05
    assert float(free) > 0  # the bias that the surrogates show
    assert free.details["surrogate_mean"] == pytest.approx(float(free), abs=0.05)


def test_transfer_at_the_right_lag_and_quantised():
    x, y, expected = driven(4000)
    late = np.roll(y, 4)
    assert float(transfer_entropy(x, late, lag=5)) == pytest.approx(expected, abs=0.05)
    assert float(transfer_entropy(x, late, lag=2)) < 0.05
    coarse = transfer_entropy(np.round(x * 2), np.round(y * 2))
    assert 0.05 < float(coarse) < 0.3


def test_transfer_crosses_no_gap():
    x, y, _ = driven(500)
    holes = x.copy()
    holes[100:110] = np.nan
    got = transfer_entropy(holes, y, 10.0)
    assert got.n == 499 - 11  # ten missing, and one after them without a past
    assert got.valid.seconds == pytest.approx(49.0)
    masked = transfer_entropy(x, y, 10.0, usable=Stretches([0, 11], [10, 50]))
    assert masked.value == got.value
    mask = np.isfinite(holes)
    assert transfer_entropy(x, y, usable=mask).value == got.value


@pytest.mark.parametrize(
    "call",
    [
        correlation_dimension,
        recurrence,
        symbolic_dynamics,
        lambda v: transfer_entropy(v, v),
    ],
)
@pytest.mark.parametrize("values", [[], [1.0], np.full(200, np.nan), np.ones(200)])
def test_too_little_says_so(call, values):
    got = call(values)
    assert not got.enough
    assert "not available" in repr(got)
    assert len(got.to_frame()) == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda v: correlation_dimension(v, m=0), "m=0"),
        (lambda v: correlation_dimension(v, radii=[1.0]), "radii"),
        (lambda v: correlation_dimension(v, radii=[0, 1.0]), "radii"),
        (lambda v: correlation_dimension(v, norm="city"), "norm"),
        (lambda v: recurrence(v, max_templates=3), "max_templates=3"),
        (lambda v: recurrence(v, min_line=1), "min_line=1"),
        (lambda v: recurrence(v, tolerance=0), "tolerance=0"),
        (lambda v: symbolic_dynamics(v, n_symbols=1), "n_symbols=1"),
        (lambda v: symbolic_dynamics(v, max_values=2), "max_values=2"),
        (lambda v: transfer_entropy(v, v[1:]), "same sample times"),
        (lambda v: transfer_entropy(v, v, lag=0), "lag=0"),
        (lambda v: transfer_entropy(v, v, method="kde"), "method"),
        (lambda v: transfer_entropy(v, v, usable=Stretches([0], [1])), "fs is missing"),
    ],
)
def test_bad_parameters_are_refused(call, words):
    with pytest.raises(InvalidInputError, match=words):
        call(noise(100))
