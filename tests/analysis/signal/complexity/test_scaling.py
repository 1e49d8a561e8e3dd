"""DFA, fractal dimensions, Hjorth, permutation entropy: closed forms and other libraries."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import (
    dfa,
    higuchi_fractal_dimension,
    hjorth,
    katz_fractal_dimension,
    permutation_entropy,
    petrosian_fractal_dimension,
)
from vital_widgets.errors import InvalidInputError

FLOATS = (
    higuchi_fractal_dimension,
    katz_fractal_dimension,
    petrosian_fractal_dimension,
    dfa,
    permutation_entropy,
)


def noise(n=4000, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def plain_fluctuation(values, n):
    """F(n) over windows that do not overlap, one polynomial fit each."""
    squares = []
    for cut in np.split(values, np.flatnonzero(np.isnan(values))):
        part = cut[np.isfinite(cut)]
        if not len(part):
            continue
        profile = np.cumsum(part - np.nanmean(values))
        for i in range(0, len(profile) - n + 1, n):
            window = profile[i : i + n]
            trend = np.polyval(np.polyfit(np.arange(n), window, 1), np.arange(n))
            squares.append(np.mean((window - trend) ** 2))
    return math.sqrt(np.mean(squares))


def test_dfa_of_known_noises():
    white = noise(40_000)
    sizes = np.unique(np.geomspace(16, 400, 15).astype(int))
    assert dfa(white, sizes=sizes).alpha == pytest.approx(0.5, abs=0.04)
    assert dfa(np.cumsum(white), sizes=sizes).alpha == pytest.approx(1.5, abs=0.05)
    f = np.fft.rfftfreq(40_000)
    f[0] = 1
    pink = np.fft.irfft(np.fft.rfft(white) / np.sqrt(f))
    assert dfa(pink, sizes=sizes).alpha == pytest.approx(1.0, abs=0.06)


@settings(max_examples=25)
@given(st.integers(60, 200), st.integers(0, 99))
def test_dfa_is_that_of_plain_fits_and_crosses_no_gap(n, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n) + 100
    values[rng.integers(0, n, 2)] = np.nan
    got = dfa(values, sizes=[4, 5, 8])
    if got.enough:
        expected = [plain_fluctuation(values, size) for size in (4, 5, 8)]
        np.testing.assert_allclose(got.fluctuations, expected, rtol=1e-9)


@pytest.mark.parametrize("order", [1, 2])
def test_dfa_agrees_with_neurokit_and_nolds(order):
    x = 800 + 30 * noise(700)
    sizes = list(range(6, 40))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk
        import nolds

        for overlap in (False, True):
            theirs = nk.fractal_dfa(x, scale=sizes, overlap=overlap, order=order)[0]
            other = nolds.dfa(x, nvals=sizes, overlap=overlap, order=order, fit_exp="poly")
            ours = dfa(x, sizes=sizes, overlapping=overlap, order=order)
            assert float(ours) == pytest.approx(theirs, rel=1e-9)
            assert float(ours) == pytest.approx(other, rel=1e-9)
    assert len(ours.to_frame()) == len(sizes)


def test_fractals_agree_with_neurokit():
    x = np.cumsum(noise(1000))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk

        higuchi = nk.fractal_higuchi(x, k_max=10)[0]
        katz = nk.fractal_katz(x)[0]
        petrosian = nk.fractal_petrosian(x)[0]
        complexity, info = nk.complexity_hjorth(x)
        permutation = nk.entropy_permutation(x, dimension=4, delay=2)[0]
    assert float(higuchi_fractal_dimension(x)) == pytest.approx(higuchi, rel=1e-9)
    assert float(katz_fractal_dimension(x)) == pytest.approx(katz, rel=1e-9)
    # NeuroKit2 counts the n - 1 differences as n.
    turns = petrosian_fractal_dimension(x).details["turning_points"]
    n = len(x) - 1
    assert math.log10(n) / (math.log10(n) + math.log10(n / (n + 0.4 * turns))) == pytest.approx(
        petrosian, rel=1e-9
    )
    assert float(petrosian_fractal_dimension(x)) == pytest.approx(petrosian, rel=1e-3)
    ours = hjorth(x)
    assert ours.complexity == pytest.approx(complexity, rel=1e-9)
    assert ours.mobility == pytest.approx(info["Mobility"], rel=1e-9)
    assert ours.activity == pytest.approx(info["Activity"], rel=1e-9)
    assert float(permutation_entropy(x, order=4, delay=2)) == pytest.approx(permutation, rel=1e-9)


def test_closed_forms():
    line = np.arange(1000.0)
    assert float(higuchi_fractal_dimension(line)) == pytest.approx(1, abs=1e-9)
    assert float(katz_fractal_dimension(line)) == pytest.approx(1, abs=1e-9)
    assert float(petrosian_fractal_dimension(line)) == 1
    assert float(permutation_entropy(line)) == 0
    assert float(higuchi_fractal_dimension(noise(20_000))) == pytest.approx(2, abs=0.02)
    assert float(higuchi_fractal_dimension(np.cumsum(noise(20_000)))) == pytest.approx(
        1.5, abs=0.03
    )
    assert float(permutation_entropy(noise(50_000))) == pytest.approx(1, abs=1e-3)
    wave = np.sin(2 * np.pi * 5 * np.arange(10_000) / 1000)
    got = hjorth(wave, 1000)
    assert got.mobility == pytest.approx(2 * np.pi * 5, rel=1e-3)
    assert got.complexity == pytest.approx(1, abs=1e-3)
    # 200 samples a period: 99 triples rise, 99 fall, one has its peak and one its valley inside.
    bits = permutation_entropy(
        np.sin(2 * np.pi * (np.arange(200_000) + 0.3) / 200), normalize=False
    )
    p = np.array([0.495, 0.495, 0.005, 0.005])
    assert float(bits) == pytest.approx(-np.sum(p * np.log2(p)), abs=1e-4)


@settings(max_examples=40)
@given(st.integers(10, 80), st.integers(2, 5), st.integers(1, 3), st.integers(0, 99))
def test_patterns_are_those_of_a_stable_sort(n, order, delay, seed):
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=n) * 2)  # with ties
    values[rng.random(n) < 0.05] = np.nan
    seen = dict.fromkeys(itertools.permutations(range(order)), 0)
    for i in range(n - (order - 1) * delay):
        if np.isfinite(values[i : i + (order - 1) * delay + 1]).all():
            template = values[i : i + (order - 1) * delay + 1 : delay]
            seen[tuple(np.argsort(template, kind="stable").tolist())] += 1
    got = permutation_entropy(values, order=order, delay=delay)
    assert sorted(got.details["counts"].tolist()) == sorted(seen.values())


def test_higuchi_crosses_no_gap():
    x = np.cumsum(noise(3000))
    broken = np.insert(x, 1500, np.nan)
    broken[1501:] += 1e6
    assert float(higuchi_fractal_dimension(broken)) == pytest.approx(
        float(higuchi_fractal_dimension(x)), abs=0.01
    )
    assert hjorth(np.insert(x, 1500, np.nan)).mobility == pytest.approx(
        hjorth(x).mobility, rel=0.01
    )


@pytest.mark.parametrize("function", FLOATS)
def test_too_little_says_so(function):
    for values in ([], [1.0], np.full(60, np.nan)):
        got = function(values)
        assert not got.enough
        assert math.isnan(float(got))
        repr(got)
        got.to_frame()
    assert math.isnan(hjorth(np.ones(50)).mobility)
    assert math.isnan(hjorth([]).activity)
    if function is not permutation_entropy:
        assert math.isnan(float(function(np.ones(100))))


def test_isolated_values_give_no_number_and_no_warning():
    values = np.where(np.arange(200) % 2, np.nan, noise(200))
    for function in FLOATS:
        assert math.isnan(float(function(values))) or function is petrosian_fractal_dimension
    assert math.isnan(hjorth(values).mobility)


@pytest.mark.parametrize(
    ("function", "bad", "words"),
    [
        (dfa, {"sizes": [4]}, "sizes"),
        (dfa, {"sizes": [2, 9]}, "sizes"),
        (dfa, {"sizes": "ab"}, "sizes"),
        (dfa, {"sizes": [4.5, 9]}, "sizes"),
        (dfa, {"order": 0}, "order=0"),
        (higuchi_fractal_dimension, {"k_max": 1}, "k_max=1"),
        (permutation_entropy, {"order": 9}, "order=9"),
        (permutation_entropy, {"delay": 0}, "delay=0"),
        (hjorth, {"fs": 0}, "0"),
    ],
)
def test_bad_parameters_are_refused(function, bad, words):
    with pytest.raises(InvalidInputError, match=words):
        function(noise(100), **bad)
