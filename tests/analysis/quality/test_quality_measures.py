"""Figures of quality against windows that have a known one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from vital_widgets.analysis.quality import quality_measures as m
from vital_widgets.analysis.quality.beat_shapes import beat_measures, counts_in
from vital_widgets.analysis.signal.windows.window_rows import Rows

FS = 100.0
N = 1000
RNG = np.random.default_rng(0)


def agreement_of(first: np.ndarray, second: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The agreement of beats (s) in a signal without any shape: that is bSQI itself."""
    places = (np.round(FS * times).astype(np.int64) for times in (first, second, edges))
    first, second, edges = places
    return beat_measures(np.zeros(int(edges[-1]) + 1000), first, second, FS, edges, "ecg")[1]


def noise(k: int = 3) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(k, N))


def test_missing_and_flat_shares():
    windows = noise()
    windows[0, :250] = np.nan
    windows[1, 100:400] = 7.0
    windows[2, 10:25] = 7.0  # too short to be a flat line
    np.testing.assert_allclose(Rows(windows, FS).finite.mean(axis=1), [0.75, 1, 1])
    np.testing.assert_allclose(m.flat_share(windows, FS, 0.2), [0, 0.3, 0])
    assert m.flat_share(np.full((1, N), 1e9), FS, 0.2) == 1
    assert m.flat_share(np.full((1, N), np.nan), FS, 0.2) == 0
    assert m.flat_share(np.ones((1, 5)), FS, 0.2) == 0


def test_clipping_and_saturation():
    t = np.arange(N) / FS
    sine = np.sin(2 * np.pi * t)
    windows = np.stack([sine, np.clip(sine, -2, 0.5), np.zeros(N)])
    clipped = m.clipped_share(windows)
    assert clipped[0] == 0
    assert clipped[1] == pytest.approx(1 / 3, abs=0.02)  # sin > 0.5 for a third of the period
    assert clipped[2] == 0  # a flat line is told as one
    saturated = m.saturated_share(Rows(windows, FS), (-1, 0.5))
    np.testing.assert_allclose(saturated, [1 / 3, 1 / 3, 0], atol=0.03)
    assert np.isnan(m.saturated_share(Rows(np.full((1, 9), np.nan), FS), (0, 1))[0])


def test_moments_against_scipy():
    windows = np.random.default_rng(2).gamma(2.0, size=(2, N)) + 1e6
    spread, skewness, kurtosis = m.moments(Rows(windows, FS))
    np.testing.assert_allclose(spread, windows.std(axis=1))
    np.testing.assert_allclose(skewness, stats.skew(windows, axis=1))
    np.testing.assert_allclose(kurtosis, stats.kurtosis(windows, axis=1, fisher=False))
    _, skewness, kurtosis = m.moments(Rows(np.full((1, N), 3.3), FS))
    assert np.isnan(skewness[0])
    assert np.isnan(kurtosis[0])
    assert np.isnan(m.moments(Rows(np.full((1, N), np.nan), FS))[0][0])


def test_shares_of_power():
    t = np.arange(N) / FS
    hum = 3 * np.sin(2 * np.pi * 40 * t)
    signal = np.sin(2 * np.pi * 8 * t)
    spectra = m.Spectra(Rows(np.stack([hum + signal, signal, np.full(N, 5.0)]), FS))
    share = spectra.share(39, 41, 1, 50)
    np.testing.assert_allclose(share[:2], [0.9, 0.0], atol=1e-6)
    assert np.isnan(share[2])
    np.testing.assert_allclose(spectra.peak_share(5, 10, 0.5)[:2], [0.1, 1.0], atol=0.01)
    assert np.isnan(spectra.peak_share(60, 70, 1)).all()


def test_two_detectors_agree_or_do_not():
    first = np.arange(0.5, 30, 1.0)
    edges = np.array([0.0, 10, 20, 30])
    np.testing.assert_allclose(agreement_of(first, first + 0.1, edges), [1, 1, 1])
    second = np.concatenate([first[:5], first[10:20], np.arange(20.1, 30, 0.5)])
    got = agreement_of(first, np.unique(second), edges)
    assert got[0] == pytest.approx(0.5)
    assert got[1] == 1
    assert got[2] < 0.6
    assert np.isnan(agreement_of(np.empty(0), np.empty(0), edges)).all()
    np.testing.assert_allclose(agreement_of(first, np.empty(0), edges), [0, 0, 0])


def test_a_beat_at_an_edge_is_no_disagreement():
    edges = np.array([0.0, 10, 20])
    first, second = np.array([5.0, 10.02, 15]), np.array([5.0, 9.98, 15])
    np.testing.assert_allclose(agreement_of(first, second, edges), [1, 1])


def test_beats_that_look_alike():
    beat = np.hanning(41)
    values = np.random.default_rng(3).normal(0, 0.02, 3000)
    at = np.arange(100, 2950, 90)
    for k in at:
        values[k - 20 : k + 21] += beat
    values[1000:2000] += np.random.default_rng(4).normal(0, 1.0, 1000)
    got = beat_measures(values, at, at, FS, np.array([0, 1000, 2000, 3000]), "ecg")[0]
    assert got[0] > 0.98
    assert got[2] > 0.98
    assert got[1] < 0.7
    assert np.isnan(beat_measures(values, at[:3], at[:3], FS, np.array([0, 3000]), "ecg")[0]).all()


def test_a_beat_on_the_last_edge_belongs_to_the_next_block():
    beats, edges = np.array([0.0, 4.0, 5.0, 10.0]), np.array([0.0, 5, 10])
    assert counts_in(beats, edges).tolist() == [2, 1]
    nothing_else = agreement_of(np.array([1.0, 10.0]), np.array([1.0]), edges)
    np.testing.assert_array_equal(nothing_else, [1, np.nan])


def test_two_marks_of_one_detector_are_not_one_beat_of_the_other():
    got = agreement_of(np.array([0.9, 1.1]), np.array([1.0]), np.array([0.0, 5]))
    np.testing.assert_array_equal(got, [0.5])
    got = agreement_of(np.array([1.0]), np.array([0.9, 1.1]), np.array([0.0, 5]))
    np.testing.assert_array_equal(got, [0.5])
