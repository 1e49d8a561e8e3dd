"""Entropies against plain oracles, other libraries, and gaps."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis import (
    Intervals,
    approximate_entropy,
    multiscale_entropy,
    sample_entropy,
)
from vital_widgets.analysis.signal.complexity.template_counts import (
    bit_counts,
    bit_pairs,
    level_counts,
    pairs_within,
    plain_counts,
)
from vital_widgets.errors import InvalidInputError


def beats(n=400, seed=0):
    rng = np.random.default_rng(seed)
    slow = np.convolve(rng.normal(size=n + 49), np.ones(50) / 7, "valid")
    return 850 + 20 * slow + 30 * np.sin(np.arange(n) / 3) + rng.normal(size=n) * 15


def plain_templates(values, m, delay=1):
    """All vectors of m values that hold no NaN."""
    span = (m - 1) * delay
    found = [
        values[i : i + span + 1 : delay]
        for i in range(len(values) - span)
        if np.isfinite(values[i : i + span + 1]).all()
    ]
    return np.array(found).reshape(-1, m)


def plain_sampen(values, m, tolerance, *, closed=True):
    long = plain_templates(values, m + 1)
    counts = [0, 0]
    for k, width in enumerate((m, m + 1)):
        for i in range(len(long)):
            for j in range(i):
                d = np.max(np.abs(long[i, :width] - long[j, :width]))
                counts[k] += bool(d <= tolerance if closed else d < tolerance)
    return counts


def plain_apen(values, m, tolerance):
    phi = []
    for width in (m, m + 1):
        t = plain_templates(values, width)
        share = [np.mean(np.max(np.abs(t - one), axis=1) <= tolerance) for one in t]
        phi.append(np.mean(np.log(share)))
    return phi[0] - phi[1]


@settings(max_examples=40)
@given(
    st.integers(12, 70),
    st.integers(1, 3),
    st.integers(0, 99),
    st.booleans(),
    st.booleans(),
)
def test_counts_are_those_of_the_plain_double_loop(n, m, seed, whole, closed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n) * 5
    if whole:
        values = np.round(values)  # many distances equal to the tolerance
    values[rng.random(n) < 0.08] = np.nan
    if np.unique(values[np.isfinite(values)]).size < 2:
        return
    got = sample_entropy(values, m=m, tolerance=2.0, closed=closed)
    if got.enough:
        b, a = plain_sampen(values, m, 2.0, closed=closed)
        assert (got.details["pairs_m"], got.details["pairs_m_plus_1"]) == (b, a if b else 0)
        assert math.isnan(got.value) if not (a and b) else abs(got.value + math.log(a / b)) < 1e-12
    ours = approximate_entropy(values, m=m, tolerance=2.0)
    if math.isfinite(ours.value):
        assert ours.value == pytest.approx(plain_apen(values, m, 2.0), abs=1e-12)


@settings(max_examples=60)
@given(
    st.integers(30, 200),
    st.integers(2, 3),
    st.integers(1, 12),
    st.floats(0, 8),
    st.integers(0, 99),
)
def test_tables_of_levels_count_what_a_comparison_of_all_counts(n, m, levels, radius, seed):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, levels, (n, m)) + 100.0
    noisy = points + rng.random((n, m)) * 1e-11  # rounding of times
    got = level_counts(noisy, radius)
    if got is not None:
        near = np.abs(points[:, None] - points[None]).max(axis=2) <= radius
        np.testing.assert_array_equal(got, near.sum(axis=1))


@settings(max_examples=60)
@given(
    st.integers(2, 300),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.floats(0, 3),
    st.integers(0, 99),
)
def test_bits_count_what_a_comparison_of_all_counts(n, m, step, radius, seed):
    points = np.random.default_rng(seed).normal(size=(n, m)) * 2
    if step:
        points = np.round(points / step) * step
        radius = round(radius / step) * step  # distances equal to it, with their rounding
    near = np.abs(points[:, None] - points[None]).max(axis=2) <= radius
    np.testing.assert_array_equal(bit_counts(points, radius), near.sum(axis=1))
    np.testing.assert_array_equal(plain_counts(points, radius), near.sum(axis=1))
    assert bit_pairs(points, radius) == (near.sum() - n) // 2


@pytest.mark.parametrize("n", [3000, 20_000])
def test_long_series_give_what_the_tree_gives(n):
    from scipy.spatial import cKDTree

    templates = np.lib.stride_tricks.sliding_window_view(beats(n), 3).copy()
    tree = cKDTree(templates)
    expected = (tree.count_neighbors(tree, 10.0, p=np.inf) - len(templates)) // 2
    assert pairs_within(templates, 10.0) == expected
    assert (bit_counts(templates, 10.0).sum() - len(templates)) // 2 == expected


def test_long_whole_series_take_tables_and_give_what_the_tree_gives():
    x = np.round(beats(6000) / 4) * 4
    templates = np.lib.stride_tricks.sliding_window_view(x, 3)
    assert level_counts(templates, 10.0) is not None
    assert level_counts(templates + np.random.default_rng(0).random(templates.shape), 10.0) is None
    from scipy.spatial import cKDTree

    tree = cKDTree(templates)
    expected = (tree.count_neighbors(tree, 10.0, p=np.inf) - len(templates)) // 2
    assert pairs_within(templates, 10.0) == expected


@pytest.mark.parametrize("m", [2, 3])
def test_neurokit_gives_the_same(m, monkeypatch):
    monkeypatch.setattr(np, "trapz", np.trapezoid, raising=False)  # gone from numpy, used there
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import neurokit2 as nk

        x = beats(500)
        limit = 0.2 * np.std(x, ddof=1)
        ap = nk.entropy_approximate(x, delay=1, dimension=m, tolerance=limit)[0]
        sa = nk.entropy_sample(x, delay=1, dimension=m, tolerance=limit)[0]
        ms = nk.entropy_multiscale(x, scale=[1, 2, 3, 4, 5], dimension=m, tolerance=limit)[1]
    assert float(approximate_entropy(x, m=m)) == pytest.approx(ap, abs=1e-9)
    assert float(sample_entropy(x, m=m)) == pytest.approx(sa, abs=1e-9)
    ours = multiscale_entropy(x, scales=5, m=m, r=0.2)
    defined = np.isfinite(ours.entropy)
    assert defined[:2].all()
    np.testing.assert_allclose(ours.entropy[defined], ms["Value"][defined], atol=1e-9)


def test_nolds_and_pyhrv_give_the_same():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nolds

        x = np.round(beats(400))
        limit = 0.2 * np.std(x, ddof=-1)
        theirs = nolds.sampen(x, 2, limit)
    ours = sample_entropy(x, ddof=-1, closed=False)
    assert ours.details["tolerance"] == pytest.approx(limit)
    assert float(ours) == pytest.approx(theirs, abs=1e-9)


def test_white_noise_has_the_entropy_of_the_normal_distribution():
    # -ln P(|x - y| <= r sd) for independent normals: x - y is normal with sd sqrt(2).
    x = np.random.default_rng(1).normal(size=20_000)
    expected = -math.log(math.erf(0.2 / 2))
    assert float(sample_entropy(x)) == pytest.approx(expected, abs=0.02)
    scaled = multiscale_entropy(x, scales=[1, 4], r=0.2)
    # The mean of four values has half the spread, the tolerance stays: it is 0.4 of it.
    assert scaled.entropy[1] == pytest.approx(-math.log(math.erf(0.4 / 2)), abs=0.04)
    again = multiscale_entropy(x, scales=[4], r=0.2, rescale=True)
    assert again.entropy[0] == pytest.approx(expected, abs=0.06)


def test_a_period_is_without_surprise():
    x = np.tile([800.0, 900.0, 1000.0, 850.0], 100)
    assert float(sample_entropy(x)) == pytest.approx(0, abs=0.02)
    assert float(approximate_entropy(x)) == pytest.approx(0, abs=0.01)


def test_a_gap_in_intervals_is_a_boundary():
    x = beats(300)
    times = np.cumsum(x) / 1000
    cut = Intervals(x, times, (np.arange(300) >= 100).astype(int))
    with_nan = np.insert(x, 100, np.nan)
    a, b = sample_entropy(cut), sample_entropy(with_nan)
    assert a.value == b.value
    assert a.value != sample_entropy(x).value
    assert a.valid.seconds == pytest.approx(x.sum() / 1000)
    assert approximate_entropy(cut).value == approximate_entropy(with_nan).value
    np.testing.assert_array_equal(
        multiscale_entropy(cut, scales=3).entropy, multiscale_entropy(with_nan, scales=3).entropy
    )


@pytest.mark.parametrize("function", [sample_entropy, approximate_entropy, multiscale_entropy])
@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0], np.full(99, np.nan), np.ones(99)])
def test_too_little_says_so(function, values):
    got = function(values)
    assert not got.enough
    assert math.isnan(float(got))
    assert "not enough valid signal" in repr(got)
    assert len(got.to_frame())


def test_undefined_is_not_a_number():
    got = sample_entropy(2.0 ** np.arange(30), tolerance=0.5)
    assert math.isnan(got.value)
    assert "not defined" in got.notes[0]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"m": 0}, "m=0"),
        ({"m": 1.5}, "m=1.5"),
        ({"r": 0}, "r=0"),
        ({"r": "x"}, "r='x'"),
        ({"tolerance": -1}, "tolerance=-1"),
        ({"delay": 0}, "delay=0"),
        ({"ddof": 3}, "ddof=3"),
        ({"fs": -1}, "-1"),
        ({"usable": "night"}, "fs is missing"),
    ],
)
def test_bad_parameters_are_refused(bad, words):
    with pytest.raises(InvalidInputError, match=words):
        sample_entropy(beats(50), **bad)
    with pytest.raises(InvalidInputError, match="give one signal"):
        sample_entropy(np.ones((2, 9)))
    with pytest.raises(InvalidInputError, match="scales"):
        multiscale_entropy(beats(50), scales=[0, 1])


def test_a_recipe_makes_it_again():
    got = sample_entropy(beats(100), m=3, r=0.5)
    assert got.recipe.parameters["r"] == 0.5
    assert got.recipe.run().value == got.value
