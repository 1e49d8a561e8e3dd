"""Adaptive filters and Kalman smoothers against plain loops, in any pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets import analysis
from vital_widgets.analysis.engine.validity import finite_stretches
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 100.0


def plain_adaptive(d, x, method, taps, step):
    """Sample by sample, as the textbooks have it."""
    forgetting, start = 0.999, 100.0
    w, past = np.zeros(taps), np.zeros(taps)
    p = np.eye(taps) * start
    e = np.empty(len(d))
    for k in range(len(d)):
        past = np.concatenate([[x[k]], past[:-1]])
        e[k] = d[k] - w @ past
        if method == "lms":
            w = w + step * e[k] * past
        elif method == "nlms":
            w = w + step * e[k] * past / (1e-12 + past @ past)
        else:
            gain = p @ past / (forgetting + past @ p @ past)
            w = w + gain * e[k]
            p = (p - np.outer(gain, past @ p)) / forgetting
    return e, w


def two_signals(n, seed, gaps=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    hum = np.convolve(x, [0.5, -0.3, 0.2])[:n]
    d = np.sin(np.arange(n) / 9) + hum + 0.1 * rng.normal(size=n)
    if gaps:
        for row in (d, x):
            for _ in range(rng.integers(0, 3)):
                a = rng.integers(0, n)
                row[a : a + rng.integers(1, 90)] = np.nan
    return d, x


@pytest.mark.parametrize("method", ["lms", "nlms", "rls"])
@pytest.mark.parametrize("taps", [1, 5, 16])
def test_blocks_are_what_sample_by_sample_is(method, taps):
    d, x = two_signals(1500, 0, gaps=False)
    step = {"lms": 0.01, "nlms": 0.1, "rls": None}[method]
    got = analysis.adaptive_filter(d, x, FS, method=method, taps=taps, step_size=step)
    errors, weights = plain_adaptive(d, x, method, taps, step)
    np.testing.assert_allclose(got.values, errors, rtol=0, atol=1e-10)
    np.testing.assert_allclose(got.weights, weights, rtol=0, atol=1e-9)


@settings(max_examples=25)
@given(
    st.sampled_from(["lms", "nlms", "rls"]),
    st.integers(1, 2000),
    st.floats(0.2, 9),
    st.integers(0, 1000),
)
def test_any_cut_gives_the_same_adaptive_filter(method, n, seconds, seed):
    d, x = two_signals(n, seed)
    whole = analysis.adaptive_filter(d, x, FS, method=method, taps=7)
    both = np.isfinite(d) & np.isfinite(x)
    np.testing.assert_array_equal(np.isfinite(whole.values), both)
    expected = np.full(n, np.nan)
    for a, b in finite_stretches(np.stack([d, x])):
        step = {"lms": 0.01, "nlms": 0.1, "rls": None}[method]
        expected[a:b] = plain_adaptive(d[a:b], x[a:b], method, 7, step)[0]
    np.testing.assert_allclose(whole.values, expected, rtol=0, atol=1e-9)
    base = from_runs(FS, [(0.0, n)])
    channels = [Channel(k, ArraySamples(v), base) for k, v in (("d", d), ("x", x))]
    cut = analysis.run(
        analysis.adaptive_filter, *channels, chunk_s=max(seconds, n / FS / 20),
        method=method, taps=7,
    ).result()  # fmt: skip
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", ["nlms", "rls"])
def test_mains_hum_goes_and_the_ecg_stays(method):
    fs = 250.0
    t = np.arange(30_000) / fs
    clean = np.exp(-((((t % 0.8) - 0.4) / 0.015) ** 2))
    hum = 0.5 * np.sin(2 * np.pi * 50.03 * t + 1)
    reference = np.sin(2 * np.pi * 50.03 * t)
    step = 0.005 if method == "nlms" else None
    got = analysis.adaptive_filter(
        clean + hum, reference, fs, method=method, taps=4, step_size=step
    )
    late = slice(10_000, None)
    left = got.values[late] - clean[late]
    assert 20 * np.log10(np.std(hum) / np.std(left)) > 15


def test_what_diverges_is_refused():
    d, x = two_signals(5000, 1, gaps=False)
    with pytest.raises(InvalidInputError, match=r"diverges.*step_size well below"):
        analysis.adaptive_filter(d, 10 * x, FS, method="lms", step_size=1.0)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"method": "magic"}, "method='magic'"),
        ({"taps": 0}, "taps=0"),
        ({"taps": 2.5}, "whole number"),
        ({"step_size": 2.0}, "step_size=2.0"),
        ({"step_size": 0}, "step_size=0"),
        ({"method": "rls", "step_size": 1}, "not used by method='rls'"),
        ({"method": "rls", "forgetting": 1.5}, "forgetting=1.5"),
        ({"method": "rls", "eps": 0}, "eps=0"),
        ({"reference": np.ones(3)}, "'reference'.*3 samples"),
    ],
)
def test_bad_adaptive_parameters(parameters, words):
    d, x = two_signals(100, 2)
    with pytest.raises(InvalidInputError, match=words):
        analysis.adaptive_filter(d, **{"reference": x, "fs": FS, **parameters})


def test_a_reference_of_nothing_changes_nothing():
    d, _ = two_signals(500, 3, gaps=False)
    for method in ("lms", "nlms", "rls"):
        got = analysis.adaptive_filter(d, np.zeros(500), FS, method=method)
        np.testing.assert_allclose(got.values, d, atol=1e-12)
    assert not analysis.adaptive_filter([np.nan], [1.0], FS).enough


def plain_smoother(y, f, h, q, r):
    """Kalman filter and RTS smoother with a start that is as good as diffuse."""
    n, m = len(y), len(f)
    x, p = np.zeros((n, m)), np.zeros((n, m, m))
    xp, pp = np.zeros((n, m)), np.zeros((n, m, m))
    xk, pk = np.zeros(m), np.eye(m) * 1e7
    for k in range(n):
        xp[k], pp[k] = (xk, pk) if k == 0 else (f @ xk, f @ pk @ f.T + q)
        s = h @ pp[k] @ h + r
        gain = pp[k] @ h / s
        xk = xp[k] + gain * (y[k] - h @ xp[k])
        pk = (np.eye(m) - np.outer(gain, h)) @ pp[k]
        x[k], p[k] = xk, pk
    for k in range(n - 2, -1, -1):
        c = p[k] @ f.T @ np.linalg.inv(pp[k + 1])
        x[k] = x[k] + c @ (x[k + 1] - xp[k + 1])
    return x[:, 0]


@pytest.mark.parametrize("ratio", [1e-3, 0.1, 10])
@pytest.mark.parametrize("n", [2, 3, 4, 60])
def test_the_smoother_is_that_of_rauch_tung_and_striebel(ratio, n):
    y = np.random.default_rng(0).normal(size=n).cumsum()
    level = analysis.kalman_smooth(y, FS, model="level", ratio=ratio).values
    expected = plain_smoother(y, np.eye(1), np.ones(1), np.eye(1) * ratio, 1)
    np.testing.assert_allclose(level, expected, atol=1e-5)
    f, h = np.array([[1.0, 1], [0, 1]]), np.array([1.0, 0])
    for level_ratio in (0.0, 0.05):
        trend = analysis.kalman_smooth(y, FS, ratio=ratio, level_ratio=level_ratio).values
        expected = plain_smoother(y, f, h, np.diag([level_ratio, ratio]), 1)
        np.testing.assert_allclose(trend, expected, atol=1e-4)


@settings(max_examples=30)
@given(
    st.sampled_from(["level", "trend", "both"]),
    st.integers(1, 4000),
    st.floats(0.5, 9),
    st.integers(0, 1000),
)
def test_any_cut_gives_the_same_smoother(model, n, seconds, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n).cumsum() + 100
    for a in rng.integers(0, n, rng.integers(0, 4)):
        values[a : a + rng.integers(1, 60)] = np.nan
    parameters = {
        "level": {"model": "level", "cutoff": 2},
        "trend": {"cutoff": 1},
        "both": {"ratio": 1e-4, "level_ratio": 1e-2},
    }[model]
    whole = analysis.kalman_smooth(values, FS, **parameters)
    channel = Channel("x", ArraySamples(values), from_runs(FS, [(0.0, n)]))
    cut = analysis.run(
        analysis.kalman_smooth, channel, chunk_s=max(seconds, n / FS / 20), **parameters
    ).result()
    scale = np.nanmax(np.abs(values), initial=1.0)
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-9 * scale)


@pytest.mark.parametrize("model", ["level", "trend"])
def test_half_is_kept_at_the_cut_off(model):
    t = np.arange(20_000) / FS
    wave = np.sin(2 * np.pi * 2 * t)
    got = analysis.kalman_smooth(wave, FS, model=model, cutoff=2).values
    inner = slice(5000, -5000)
    assert np.std(got[inner]) / np.std(wave[inner]) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "give either cutoff"),
        ({"cutoff": 1, "ratio": 1}, "and not both"),
        ({"ratio": 0}, "ratio=0"),
        ({"cutoff": 60}, "cutoff=60"),
        ({"ratio": 1e-15}, "larger one"),
        ({"ratio": 1, "model": "level", "level_ratio": 1}, "for model='trend'"),
        ({"ratio": 1, "model": "x"}, "model='x'"),
    ],
)
def test_bad_smoother_parameters(parameters, words):
    with pytest.raises(InvalidInputError, match=words):
        analysis.kalman_smooth(np.ones(100), FS, **parameters)
