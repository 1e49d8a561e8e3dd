"""Beats against the shapes that recur around them: ectopy and faint beats are no noise."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.analysis.quality.beat_shapes import (
    beat_measures,
    early_with_pause,
    likeness_of,
)

FS = 125.0
USUAL = np.hanning(13)
OTHER = -np.diff(np.hanning(40))
NONE = np.empty(0, np.int64)


def template_correlation(values: np.ndarray, at: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mean correlation of the beats of each window with the template of their shape."""
    return beat_measures(values, at, NONE, FS, edges, "ecg")[0]


def record(places, shapes, seconds: float = 60.0, noise: float = 0.01) -> np.ndarray:
    values = np.random.default_rng(0).normal(0, noise, round(seconds * FS))
    for at, shape in zip(places, shapes, strict=True):
        values[at - len(shape) // 2 :][: len(shape)] += shape
    return values


def beats(n: int = 55) -> np.ndarray:
    return (60 + 125 * np.arange(n) + np.random.default_rng(1).integers(-3, 4, n)).astype(np.int64)


def test_a_beat_is_compared_with_those_of_its_own_shape():
    at = beats()
    other = np.arange(len(at)) % 5 == 3
    values = record(at, [4 * OTHER if k else USUAL for k in other])
    like = likeness_of(values, at, FS, 0.8)
    assert like.shapes is not None
    assert len(like.shapes.templates) == 2
    np.testing.assert_array_equal(like.shape, other.astype(int))
    assert like.r.min() > 0.97


def test_beats_of_any_size_are_of_one_shape():
    at = beats()
    values = record(at, [USUAL * (0.2 if 20 <= k < 40 else 1.0) for k in range(len(at))], noise=0)
    like = likeness_of(values, at, FS, 0.8)
    assert set(like.shape.tolist()) == {0}
    assert like.r.min() > 0.99


def test_noise_has_no_shape_of_its_own():
    at = beats()
    values = record(at, [USUAL] * len(at))
    values[20 * 125 : 40 * 125] += np.random.default_rng(2).normal(0, 0.5, 20 * 125)
    got = template_correlation(values, at, np.arange(0, 60 * 125 + 1, 1250))
    assert np.all(got[[0, 1, 4, 5]] > 0.9)
    assert np.all(got[[2, 3]] < 0.6)


def test_marks_between_beats_at_any_place_are_no_ectopy_however_alike():
    at = beats()
    rng = np.random.default_rng(3)
    spikes = (at[:-1] + rng.integers(35, 90, len(at) - 1))[::4]
    places = np.sort(np.concatenate([at, spikes]))
    is_spike = np.isin(places, spikes)
    values = record(places, [3 * OTHER if k else USUAL for k in is_spike])
    like = likeness_of(values, places, FS, 0.8)
    assert np.all(like.shape[is_spike] == -1)
    assert np.median(like.r[is_spike]) < 0.6
    assert np.mean(like.shape[~is_spike] == 0) > 0.9
    coupled = np.sort(np.concatenate([at, at[:-1:4] + 60]))  # one place: interpolated beats
    is_late = np.isin(coupled, at[:-1:4] + 60)
    values = record(coupled, [3 * OTHER if k else USUAL for k in is_late])
    assert np.all(likeness_of(values, coupled, FS, 0.8).shape[is_late] == 1)


def test_a_premature_beat_is_told_by_the_pause_after_it():
    at = beats()
    at[30] -= 50
    good = np.ones(len(at), bool)
    good[30] = False
    assert np.flatnonzero(early_with_pause(at, good)).tolist() == [30]
    good[31] = False  # the next one must be a good beat
    assert not early_with_pause(at, good).any()
    more = np.sort(np.append(beats(), beats()[30] + 60))  # one too many moves no beat
    assert not early_with_pause(more, np.ones(len(more), bool)).any()
    assert not early_with_pause(at[:3], good[:3]).any()


def test_one_strange_early_beat_does_not_count_against_its_window():
    at = beats()
    at[30] -= 50
    values = record(at, [4 * OTHER if k == 30 else USUAL for k in range(len(at))])
    edges = np.arange(0, 60 * 125 + 1, 1250)
    assert template_correlation(values, at, edges).min() > 0.97


def test_what_looks_like_a_beat_counts_as_agreed():
    at = beats()
    values = record(at, [USUAL] * len(at))
    edges = np.arange(0, 60 * 125 + 1, 1250)
    _, missed = beat_measures(values, at, at[::2], FS, edges, "ecg")
    np.testing.assert_array_equal(missed, np.ones(6))
    template, missed = beat_measures(values, at[at < 4000], at, FS, edges, "ecg")
    np.testing.assert_array_equal(missed, np.ones(6))
    assert template[-1] > 0.97  # the second detector's beats are looked at where the first has none
    more = np.sort(np.concatenate([at, at[:-1] + 60]))  # nothing is there
    _, doubted = beat_measures(values, at, more, FS, edges, "ecg")
    assert doubted.max() < 0.6
    twice = np.sort(np.concatenate([at, at + 25]))  # of the same beat
    _, same = beat_measures(values, at, twice, FS, edges, "ecg")
    np.testing.assert_array_equal(same, np.ones(6))


@pytest.mark.parametrize("n", [0, 1, 4])
def test_few_beats_make_no_template(n):
    at = beats(n)
    like = likeness_of(record(at, [USUAL] * n), at, FS, 0.8)
    assert like.shapes is None
    assert np.isnan(like.r).all()
    template, agreement = beat_measures(np.zeros(7500), at, NONE, FS, np.array([0, 7500]), "ecg")
    assert np.isnan(template).all()
    assert np.isnan(agreement).all() == (n == 0)


def test_beats_beside_holes_are_left_out():
    at = beats()
    values = record(at, [USUAL] * len(at))
    values[at[10] - 5 : at[10] + 5] = np.nan
    like = likeness_of(values, at, FS, 0.8)
    assert np.flatnonzero(np.isnan(like.r)).tolist() == [10]
    flat = likeness_of(np.zeros(7500), at, FS, 0.8)
    assert flat.shapes is None
