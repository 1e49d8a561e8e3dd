"""Delays by cross-correlation: known shifts, gaps, polarity, any cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.compare.delay import coefficients, signal_delay
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

FS = 50.0


def noise(n: int, seed: int = 0) -> np.ndarray:
    """Smooth noise, which has one peak of its autocorrelation."""
    rng = np.random.default_rng(seed)
    kernel = np.hanning(25)
    return np.convolve(rng.normal(size=n + 24), kernel / kernel.sum(), "valid")


def shifted(samples: float, n: int = 6000) -> np.ndarray:
    """Two signals, the second later by ``samples`` (also between samples)."""
    long = noise(n + 400)
    f = np.fft.rfftfreq(len(long))
    late = np.fft.irfft(np.fft.rfft(long) * np.exp(-2j * np.pi * f * samples), len(long))
    return np.stack([long[200:-200], late[200:-200]])


@pytest.mark.parametrize("samples", [0, 7, -31, 12.4, -0.3])
def test_a_known_shift_is_found(samples):
    got = signal_delay(*shifted(samples), FS, max_delay_s=1.0, window_s=10)
    assert got.delay == pytest.approx(samples / FS, abs=0.02 / FS)
    assert np.all(got.correlation > 0.95)
    assert len(got.times) == 12
    assert got.times[0] == pytest.approx(4.99)
    assert "12 of 12" in repr(got)


def test_opposite_polarity_offset_and_noise():
    x = shifted(9)
    x[1] = -3 * x[1] + 100 + 0.1 * np.random.default_rng(1).normal(size=x.shape[1])
    got = signal_delay(*x, FS, max_delay_s=1.0)
    assert got.delay == pytest.approx(9 / FS, abs=0.005)
    assert np.all(got.correlation < -0.8)


def test_signals_that_do_not_resemble_each_other_have_no_delay():
    x = np.stack([noise(6000, 1), noise(6000, 2)])
    got = signal_delay(*x, FS, max_delay_s=0.5, min_correlation=0.6)
    assert np.isnan(got.delay)
    assert not got.enough


@pytest.mark.parametrize("x", [np.full((2, 500), np.nan), np.ones((2, 500)), np.ones((2, 0))])
def test_no_signal_has_no_delay(x):
    assert not signal_delay(*x, FS).enough


def test_coefficients_against_numpy():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=40), rng.normal(size=60) + 5
    x[3:7] = np.nan
    y[20:25] = np.nan
    for k, r in enumerate(coefficients(x, y)):
        part = y[k : k + 40]
        both = np.isfinite(x) & np.isfinite(part)
        assert r == pytest.approx(np.corrcoef(x[both], part[both])[0, 1], abs=1e-12)


@settings(max_examples=25)
@given(st.floats(0.5, 80), st.integers(0, 5))
def test_any_cut_gives_the_same(seconds, seed):
    x = shifted(-11, 3100)
    rng = np.random.default_rng(seed)
    for k in rng.integers(0, 3000, 3):
        x[rng.integers(2), k : k + 60] = np.nan
    rec = Recording.from_arrays({"a": x[0], "b": x[1]}, FS)
    whole = signal_delay(*x, FS, window_s=7.0)
    cut = run(signal_delay, rec["a"], rec["b"], chunk_s=seconds, window_s=7.0).result()
    np.testing.assert_allclose(cut.delays, whole.delays, atol=1e-9)
    np.testing.assert_allclose(cut.times, whole.times, atol=1e-9)


@pytest.mark.parametrize(
    ("x", "more", "words"),
    [
        (np.ones((2, 9)), {"max_delay_s": 0}, "max_delay_s=0"),
        (np.ones((2, 9)), {"max_delay_s": 50}, "longer than window_s"),
        (np.ones((2, 9)), {"min_correlation": 2}, "min_correlation=2"),
    ],
)
def test_bad_input(x, more, words):
    with pytest.raises(InvalidInputError, match=words):
        signal_delay(*x, FS, **more)


def test_a_short_last_window_has_no_delay():
    x = np.random.default_rng(1).normal(size=(2, 1504))
    got = signal_delay(*x, FS, window_s=30)
    assert len(got.delays) == 2
    assert np.isnan(got.delays[1])
    assert np.isnan(got.correlation[1])


def test_a_longer_delay_than_was_looked_for_is_not_the_longest_one():
    walk = np.cumsum(np.random.default_rng(1).normal(size=8000))
    x = np.stack([walk[600:-600], walk[460:-740]])  # later by 140 samples, 2.8 s
    assert signal_delay(*x, FS, max_delay_s=3).delay == pytest.approx(2.8, abs=0.01)
    got = signal_delay(*x, FS, max_delay_s=2)
    assert not np.any(np.abs(got.delays) > 1.99)
    x = shifted(50)
    assert signal_delay(*x, FS, max_delay_s=1.0).delay == pytest.approx(1.0, abs=1e-3)


def test_channels_give_what_arrays_give_and_must_have_the_same_times():
    x = shifted(12.4)
    rec = Recording.from_arrays({"a": x[0], "b": x[1]}, FS)
    of_channels = signal_delay(rec["a"], rec["b"], window_s=10)
    np.testing.assert_array_equal(of_channels.delays, signal_delay(*x, FS, window_s=10).delays)
    other = Recording.from_arrays({"c": x[0]}, 2 * FS)
    with pytest.raises(InvalidInputError, match="do not have the same sample times"):
        signal_delay(rec["a"], other["c"])
