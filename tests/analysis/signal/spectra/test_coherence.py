"""Coherence and cross-spectrum: scipy on whole arrays, gaps, the threshold, any cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from vital_widgets.analysis import coherence, run
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError

FS = 50.0


def pair(n, seed=0, delay=5):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n + delay)
    return common[delay:] + 0.5 * rng.normal(size=n), 2 * common[:n] + rng.normal(size=n)


def channels_of(*rows):
    base = from_runs(FS, [(0.0, len(rows[0]))])
    return [Channel(str(k), ArraySamples(row), base) for k, row in enumerate(rows)]


@pytest.mark.parametrize("detrend", ["constant", "linear"])
def test_it_is_scipys_on_arrays_without_gaps(detrend):
    x, y = pair(5001)
    got = coherence(x, y, FS, detrend=detrend)
    options = {"fs": FS, "nperseg": 200, "detrend": detrend}
    f, expected = scipy_signal.csd(x, y, **options)
    np.testing.assert_array_equal(got.frequencies, f)
    np.testing.assert_allclose(got.density, expected, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(got.coherence, scipy_signal.coherence(x, y, **options)[1], rtol=1e-9)
    np.testing.assert_allclose(got.phase[1:-1], np.angle(expected)[1:-1], atol=1e-9)
    gain = np.abs(expected) / scipy_signal.welch(x, **options)[1]
    np.testing.assert_allclose(got.gain, gain, rtol=1e-9)


def test_a_delay_is_a_falling_phase():
    x, y = pair(200_000)
    got = coherence(x, y, FS)
    low = (got.frequencies > 0.5) & (got.frequencies < 4)
    slope = np.polyfit(got.frequencies[low], np.unwrap(got.phase[low]), 1)[0]
    assert -slope / (2 * np.pi) == pytest.approx(5 / FS, rel=0.02)
    assert got.gain[low].mean() == pytest.approx(2 / 1.25, rel=0.05)
    assert got.coherence[low].mean() == pytest.approx(4 / (1.25 * 5), rel=0.05)
    assert got.significant[low].all()


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_unrelated_signals_exceed_the_threshold_as_often_as_it_says(overlap):
    rng = np.random.default_rng(4)
    over = []
    for _ in range(60):
        got = coherence(*rng.normal(size=(2, 4000)), FS, window_s=2, overlap=overlap)
        over.append(got.significant[2:-2].mean())
    assert np.mean(over) == pytest.approx(0.05, abs=0.015)


def test_the_error_of_the_phase_is_what_it_varies_by():
    rng = np.random.default_rng(5)
    phases, errors = [], []
    for _ in range(150):
        common = rng.normal(size=4000)
        x, y = common + rng.normal(size=4000), common + rng.normal(size=4000)
        got = coherence(x, y, FS, window_s=2)
        phases.append(got.phase[2:-2])
        errors.append(got.phase_error[2:-2])
    assert np.std(phases) == pytest.approx(np.median(errors), rel=0.12)


@settings(max_examples=30)
@given(st.floats(0.1, 60), st.integers(0, 9))
def test_any_cut_gives_the_same_and_missing_samples_of_either_count(seconds, seed):
    rng = np.random.default_rng(seed)
    x, y = pair(rng.integers(300, 4000), seed)
    x[rng.integers(0, len(x)) :][:7] = np.nan
    y[rng.integers(0, len(x)) :][:9] = np.nan
    whole = coherence(x, y, FS, window_s=2)
    task = run(coherence, *channels_of(x, y), chunk_s=seconds, window_s=2)
    cut = task.result()
    assert cut.n_windows == whole.n_windows
    assert cut.n_excluded == whole.n_excluded
    assert cut.valid == whole.valid
    assert cut.notes == whole.notes
    if whole.enough:
        scale = np.abs(whole.density).max()
        np.testing.assert_allclose(cut.density, whole.density, atol=1e-12 * scale)
        np.testing.assert_allclose(cut.coherence, whole.coherence, rtol=1e-9, atol=1e-12)
        assert cut.threshold == pytest.approx(whole.threshold, rel=1e-9)


def test_windows_with_missing_samples_in_either_are_left_out():
    x, y = pair(2000)
    x[300], y[900] = np.nan, np.inf
    got = coherence(x, y, FS)
    starts = [k for k in range(0, 1801, 100) if not any(k <= at < k + 200 for at in (300, 900))]
    assert got.n_windows == len(starts)
    window = scipy_signal.get_window("hann", 200)
    rows = [
        [np.fft.rfft(window * (z[k : k + 200] - z[k : k + 200].mean())) for k in starts]
        for z in (x, y)
    ]
    a, b = np.array(rows)
    expected = np.abs((a.conj() * b).sum(0)) ** 2 / (
        (np.abs(a) ** 2).sum(0) * (np.abs(b) ** 2).sum(0)
    )
    np.testing.assert_allclose(got.coherence, expected, rtol=1e-9)


def test_too_little_or_constant_signals_say_so():
    x, y = pair(3000)
    for a, b in (
        (x[:250], y[:250]),
        (x, np.full(3000, np.nan)),
        (x, np.full(3000, 0.1)),
        (x[:0], y[:0]),
    ):
        got = coherence(a, b, FS)
        assert not got.enough
        assert np.isnan(got.coherence).all()
        assert not got.significant.any()
        assert "not available" in repr(got)


def test_one_and_the_same_signal_is_wholly_coherent():
    x, _ = pair(3000)
    got = coherence(x, 3 * x, FS)
    np.testing.assert_allclose(got.coherence, 1, rtol=1e-12)
    np.testing.assert_allclose(got.gain, 3, rtol=1e-12)
    assert got.to_frame()["significant"].all()
    np.testing.assert_array_equal(got.recipe.run().coherence, got.coherence)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": np.ones(9)}, "same sample times"),
        ({"confidence": 0}, "confidence=0"),
        ({"fs": None}, "fs is missing"),
        ({"x": np.ones((2, 2))}, "x has the shape"),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(InvalidInputError, match=words):
        coherence(**({"x": np.ones(900), "y": np.ones(900), "fs": FS} | change))
