"""Empirical modes and components of channels against known mixtures and the libraries."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from vital_widgets import analysis
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 100.0


def two_tones(n=1500):
    t = np.arange(n) / FS
    fast, slow = np.sin(2 * np.pi * 8 * t), 2 * np.sin(2 * np.pi * 0.7 * t)
    return t, fast, slow


@pytest.mark.parametrize("method", ["emd", "eemd", "ceemdan"])
def test_two_tones_come_apart(method):
    _, fast, slow = two_tones(600 if method != "emd" else 1500)
    parameters = {} if method == "emd" else {"n_trials": 20}
    got = analysis.empirical_mode_decomposition(fast + slow + 3, FS, method=method, **parameters)
    inner = slice(100, -100)
    best = {
        name: max(abs(np.corrcoef(mode[inner], tone[inner])[0, 1]) for mode in got.modes)
        for name, tone in (("fast", fast), ("slow", slow))
    }
    assert min(best.values()) > 0.93
    total = got.modes.sum(axis=0)
    tolerance = 0.1 if method == "eemd" else 1e-9
    np.testing.assert_allclose(total, fast + slow + 3, atol=tolerance)
    again = analysis.empirical_mode_decomposition(fast + slow + 3, FS, method=method, **parameters)
    np.testing.assert_array_equal(again.modes, got.modes)
    k = int(np.argmin(np.abs(got.frequencies - 8)))
    np.testing.assert_allclose(got.without(k), total - got.modes[k], atol=1e-12)


def test_it_is_pyemd():
    from PyEMD import EMD

    _, fast, slow = two_tones(800)
    values = fast + slow
    got = analysis.empirical_mode_decomposition(values, FS, max_modes=1)
    scaled = (values - values.mean()) / values.std()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = EMD()(scaled, max_imf=1) * values.std()
    np.testing.assert_allclose(got.modes[0], expected[0], atol=1e-12)


def test_only_a_stretch_without_a_gap_is_decomposed():
    _, fast, slow = two_tones()
    values = fast + slow
    values[300] = np.nan
    got = analysis.empirical_mode_decomposition(values, FS)
    assert got.first == 301
    assert got.modes.shape[1] == 1199
    assert "the longest of 2 stretches" in got.notes[0]
    for nothing in ([], [np.nan] * 30, np.ones(100)):
        none = analysis.empirical_mode_decomposition(nothing, FS)
        assert not none.enough
        assert len(none.modes) == 0


def test_modes_have_the_times_of_their_channel():
    _, fast, slow = two_tones()
    runs = from_runs(FS, [(10.0, 400), (60.0, 1100)])
    channel = Channel("x", ArraySamples(fast + slow), runs)
    got = analysis.empirical_mode_decomposition(channel)
    assert (got.first, got.t0) == (400, 60.0)
    np.testing.assert_allclose(got.to_frame()["time"], 60 + np.arange(1100) / FS)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"x": np.arange(300_000.0)}, "too many for EMD"),
        ({"method": "eemd", "n_trials": 1000, "x": np.arange(100_000.0)}, "at most 20,000"),
        ({"method": "x"}, "method='x'"),
        ({"n_trials": 3}, "not used by method='emd'"),
        ({"max_modes": 0}, "max_modes=0"),
    ],
)
def test_bad_modes(parameters, words):
    with pytest.raises(InvalidInputError, match=words):
        analysis.empirical_mode_decomposition(**{"x": np.ones(100), "fs": FS, **parameters})


def mixture(n=8000, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n) / FS
    brain = np.sin(2 * np.pi * 10 * t + 3 * np.sin(t))
    saw = (t * 1.3) % 1 - 0.5
    blinks = np.zeros(n)
    for a in rng.integers(50, n - 50, 30):
        blinks[a - 20 : a + 20] += np.hanning(40)
    sources = np.stack([brain, saw, 4 * blinks])
    mixing = np.array([[1.0, 0.4, 0.9], [0.5, -1, 0.5], [0.2, 0.7, 0.3], [-0.6, 0.3, 0.2]])
    rows = mixing @ sources + rng.normal(0, 0.01, (4, n)) + np.array([[1.0], [2], [3], [4]])
    return rows, mixing, sources


def test_blinks_are_found_and_taken_out():
    rows, mixing, sources = mixture()
    got = analysis.remove_components(rows, FS, n_components=3)
    table = got.scores(sources[2])
    blink = int(table["correlation"].abs().idxmax())
    assert table["correlation"].abs()[blink] > 0.99
    assert int(table["kurtosis"].idxmax()) == blink
    clean = mixing[:, :2] @ sources[:2]
    left = got.without(blink)
    for row, expected in zip(left, clean, strict=True):
        assert np.corrcoef(row, expected)[0, 1] > 0.97
    again = analysis.remove_components(rows, FS, n_components=3, drop=[blink])
    np.testing.assert_allclose(again.values, left, atol=1e-9)
    assert again.dropped == (blink,)
    assert "dropped" in repr(again)


@pytest.mark.parametrize("method", ["pca", "ica"])
def test_all_components_are_all_the_signal(method):
    rows, _, _ = mixture(3000)
    rows[1, 100:130] = np.nan
    got = analysis.remove_components(rows, FS, method=method)
    expected = np.where(np.isfinite(rows).all(axis=0), rows, np.nan)
    np.testing.assert_allclose(got.values, expected, atol=1e-9)
    np.testing.assert_allclose(got.explained.sum(), 1, rtol=1e-6)
    assert np.all(np.diff(got.explained) <= 1e-12)


def test_principal_components_are_those_of_the_covariance():
    rows, _, _ = mixture(3000)
    got = analysis.remove_components(rows, FS, method="pca", drop=[0])
    sizes, vectors = np.linalg.eigh(np.cov(rows))
    first = vectors[:, -1]
    assert abs(got.mixing[:, 0] @ first) == pytest.approx(1, abs=1e-9)
    assert got.explained[0] == pytest.approx(sizes[-1] / sizes.sum())
    assert np.abs(first @ (got.values - got.mean[:, None])).max() < 1e-9


def test_without_signal_there_is_nothing():
    assert not analysis.remove_components(np.full((2, 100), np.nan), FS).enough
    assert not analysis.remove_components(np.ones((2, 100)), FS).enough
    assert not analysis.remove_components(np.empty((3, 0)), FS).enough


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"drop": [4]}, "no component 4"),
        ({"drop": "x"}, "not a list"),
        ({"method": "svd"}, "method='svd'"),
        ({"n_components": 9}, "n_components=9"),
        ({"x": np.ones((1, 50))}, "at least 2"),
        ({"x": np.ones(50)}, "shape"),
    ],
)
def test_bad_components(parameters, words):
    rows, _, _ = mixture(500)
    with pytest.raises(InvalidInputError, match=words):
        analysis.remove_components(**{"x": rows, "fs": FS, **parameters})


def test_components_of_a_part_are_taken_out_of_a_whole_recording():
    rows, _, _ = mixture(6000)
    rows[2, 5000:5010] = np.nan
    learned = analysis.remove_components(rows[:, :3000], FS)
    np.testing.assert_allclose(
        learned.unmixing @ (rows[:, :3000] - learned.mean[:, None]), learned.sources, atol=1e-9
    )
    got = analysis.without_components(rows, FS, components=learned, drop=[1])
    np.testing.assert_allclose(got.values[:, :3000], learned.without(1), atol=1e-9)
    assert np.isnan(got.values[:, 5000:5010]).all()
    assert len(got.to_frame()) == 6000
    recording = Recording.from_arrays(dict(zip("abcd", rows, strict=True)), FS)
    stored = analysis.store(
        analysis.without_components, recording, components=learned, drop=[1], chunk_s=7
    ).result(300)
    for name, row in zip("abcd", got.values, strict=True):
        np.testing.assert_allclose(stored[name].read(0, 6000), row, atol=1e-12)
    cut = analysis.run(
        analysis.without_components, list(recording.channels.values()), chunk_s=3,
        components=learned, drop=[1],
    ).result(300)  # fmt: skip
    np.testing.assert_allclose(cut.values, got.values, atol=1e-12)
    with pytest.raises(InvalidInputError, match="of 4 channels, not of 2"):
        analysis.without_components(rows[:2], FS, components=learned, drop=[1])
    with pytest.raises(InvalidInputError, match="give the result"):
        analysis.without_components(rows, FS, components=[1])
    with pytest.raises(InvalidInputError, match="not 50 Hz"):
        analysis.without_components(rows, 50, components=learned)
    with pytest.raises(InvalidInputError, match="several"):
        analysis.lazy(analysis.without_components, recording["a"], components=learned, drop=[1])
