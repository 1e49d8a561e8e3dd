"""The steps of QRS detection decide as the slow and simple ways of writing them do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d
from scipy.signal import sosfiltfilt

from vital_widgets.analysis.ecg.detection.ecg_stretch import around
from vital_widgets.analysis.ecg.detection.qrs_artefacts import (
    AFTER,
    BEFORE,
    DURING,
    SLIGHTLY_LESS,
    _filters,
    highest_share_fast,
    share_without_spikes,
    shares_alike,
    shares_alike_around,
    without_spikes,
)
from vital_widgets.analysis.ecg.detection.slope_detector import search_back
from vital_widgets.analysis.signal.statistics.chance import usual
from vital_widgets.simulate.noisy_ecg import noisy_ecg


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 200), st.floats(0.002, 0.3))
def test_shares_of_alike_shapes_around_some_marks_are_those_of_all(seed, n, density):
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(n, 20)) + rng.normal(size=20)
    marks = rng.random(n) < density
    whole = [usual(one)[marks] for one in shares_alike(shapes, 2)]
    part = [one[marks] for one in shares_alike_around(marks, shapes, 2)]
    np.testing.assert_array_equal(part, whole)


@pytest.mark.parametrize("fs", [80, 250, 500, 1000])
@pytest.mark.parametrize("narrow", [0.0, 0.3, 1.0])
def test_no_share_is_taken_for_high_that_a_median_filter_lowers(fs, narrow):
    rng = np.random.default_rng(fs)
    values = rng.normal(0, 0.01, 60 * fs)
    peaks = np.arange(fs, 59 * fs, fs)
    for peak in peaks:
        half = 1 if rng.random() < narrow else round(0.04 * fs)
        values[peak - half + 1 : peak + half] += np.hanning(2 * half + 1)[1:-1]
    near = around(values, peaks, round(BEFORE[1] * fs), round(AFTER[0] * fs))
    exact = usual(np.ptp(without_spikes(near, fs), axis=1) / np.ptp(near, axis=1)).min()
    got = share_without_spikes(values, fs, peaks)
    assert got == (exact if got < 1 else 1)
    assert (got > SLIGHTLY_LESS) == (exact > SLIGHTLY_LESS)


RATE, INTERVAL = 100.0, 100


def searched_one_by_one(beats, at, height, threshold, floor):
    """Each long interval by itself, with the limits in their order (few peaks between beats)."""
    found = []
    for k in range(len(beats) - 1):
        a, b = beats[k], beats[k + 1]
        if at[b] - at[a] <= 1.5 * INTERVAL:
            continue
        near = beats[max(k - 3, 0) : k + 5]
        fair = 0.25 * np.median(height[near] - floor[near])
        best = None
        for i in range(a + 1, b):
            t_wave = at[i] - at[a] < 0.5 * RATE and height[i] < 0.5 * height[a]
            high = height[i] > 0.5 * threshold[i] and height[i] > 1.5 * floor[i]
            apart = min(at[i] - at[a], at[b] - at[i]) > 0.3 * RATE
            enough = high and apart and not t_wave and height[i] - floor[i] > fair
            if enough and (best is None or height[i] > height[best]):
                best = i
        found += [best] if best is not None else []
    return sorted([*beats.tolist(), *found])


@settings(max_examples=60)
@given(st.integers(0, 10_000))
def test_searching_all_long_intervals_together_finds_what_each_by_itself_does(seed):
    rng = np.random.default_rng(seed)
    interval = np.full(20, INTERVAL)
    interval[[4, 9, 14]] *= 3  # two beats are missed in each; five smaller peaks are there
    places = np.cumsum([0, *interval])
    smaller = [places[k] + rng.choice(299, 5, replace=False) + 1 for k in (4, 9, 14)]
    at = np.sort(np.concatenate([places, *smaller]))
    beats = np.searchsorted(at, places)
    height = rng.uniform(0.5, 3.0, len(at))
    height[beats] = rng.uniform(3.0, 5.0, len(beats))
    threshold, floor = np.full(len(at), 2.0), np.full(len(at), 0.3)
    got = search_back(beats, at, height, threshold, floor, RATE)
    assert got.tolist() == searched_one_by_one(beats, at, height, threshold, floor)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(-60, 30), st.integers(0, 80))
def test_rows_around_marks_are_those_taken_one_by_one(seed, n, first, more):
    rng = np.random.default_rng(seed)
    values, marks = rng.normal(size=n), np.sort(rng.integers(0, n, 20))
    rows = around(values, marks, first, first + more)
    for row, mark in zip(rows, marks, strict=True):
        at = np.clip(np.arange(mark + first, mark + first + more + 1), 0, n - 1)
        np.testing.assert_array_equal(row, values[at])
    assert rows.flags.c_contiguous


@pytest.mark.parametrize("fs", [80.0, 128.0, 250.0, 500.0, 1000.0])
@pytest.mark.parametrize(("snr", "offset"), [(None, 0.0), (6, 1e5), (-6, -3.0)])
def test_the_bound_of_the_fast_part_holds_for_the_filtered_whole(fs, snr, offset):
    made = noisy_ecg(60, fs, snr=snr, seed=int(fs))
    values, rng = made.values + offset, np.random.default_rng(1)
    values[rng.integers(0, len(values), 40)] += 5  # spikes
    marks = np.sort(rng.integers(0, len(values), 80))
    height = np.maximum(np.ptp(around(values, marks, -30, 30), axis=1), 1e-3)
    power = np.square(sosfiltfilt(_filters(fs)[0], values))
    power = uniform_filter1d(power, round(DURING * fs), mode="nearest")
    share = np.sqrt(np.maximum(power[marks], 0)) / height
    bound = highest_share_fast(values, fs, marks, height)
    assert np.all(share <= bound)
    if fs >= 250:  # and it is near, away from the ends
        known = np.isfinite(bound) & (height > 0.1)
        assert known.any()
        np.testing.assert_allclose(bound[known], share[known], rtol=0.01, atol=0.001)
