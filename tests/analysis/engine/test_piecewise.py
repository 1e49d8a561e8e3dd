"""A function of the user's own over recordings of any length."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from vital_widgets.analysis import lazy, piecewise, run, store
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

FS = 100.0
SIGNAL = np.cumsum(np.random.default_rng(1).normal(size=60_000))


@piecewise(context_s=1.0)
def smoothed(x, fs, *, window_s=1.0):
    """Moving mean."""
    n = round(window_s * fs) | 1
    return np.convolve(np.pad(x, n // 2, mode="edge"), np.ones(n) / n, mode="valid")


@piecewise(context_s=0.1, returns="events")
def minima(x, fs, depth: float = 0.0):
    """Local minima."""
    k = np.flatnonzero((x[1:-1] < x[:-2]) & (x[1:-1] <= x[2:])) + 1
    k = k[x[k] < -depth]
    return {"sample": k, "value": x[k]}


def channel(values=SIGNAL, gap=False):
    recording = Recording.from_arrays({"a": values}, FS)
    return recording["a"]


def test_one_value_for_each_sample_whatever_the_pieces():
    whole = smoothed(SIGNAL, FS).values
    plain = np.convolve(np.pad(SIGNAL, 50, mode="edge"), np.ones(101) / 101, mode="valid")
    np.testing.assert_allclose(whole, plain, atol=1e-9)
    pieces = run(smoothed, channel(), chunk_s=7).result(300).values
    np.testing.assert_allclose(pieces, whole, atol=1e-9)


def test_it_is_computed_on_reading_and_stored():
    whole = smoothed(SIGNAL, FS, window_s=0.5).values
    read = lazy(smoothed, channel(), window_s=0.5).read(20_000, 21_000)
    np.testing.assert_allclose(read, whole[20_000:21_000], atol=1e-9)
    stored = store(smoothed, channel(), window_s=0.5).result(300)["a"]
    np.testing.assert_allclose(stored.read(0, len(whole)), whole, atol=1e-9)


def test_events_are_found_once_each():
    whole = minima(SIGNAL, FS, depth=10.0)
    plain = np.flatnonzero((SIGNAL[1:-1] < SIGNAL[:-2]) & (SIGNAL[1:-1] <= SIGNAL[2:])) + 1
    plain = plain[SIGNAL[plain] < -10.0]
    np.testing.assert_array_equal(whole.table["sample"], plain)
    np.testing.assert_allclose(whole.table["time"], plain / FS)
    pieces = run(minima, channel(), depth=10.0, chunk_s=3).result(300)
    assert pieces.to_frame().equals(whole.to_frame())
    assert list(whole.to_frame().columns) == ["time", "sample", "value"]
    assert f"{len(plain):,}" in repr(whole)


def test_the_recipe_states_the_parameters():
    made = minima(SIGNAL, FS, depth=10.0)
    assert made.recipe.parameters["depth"] == 10.0
    assert set(made.recipe.inputs) == {"x", "usable"}
    assert str(inspect.signature(smoothed).return_annotation) == "Filtered"
    assert smoothed.__doc__ == "Moving mean."


def test_a_gap_is_no_context():
    values = SIGNAL.copy()
    values[30_000:30_010] = np.nan
    seen = []

    @piecewise(context_s=0.0)
    def kept(x, fs):
        seen.append(np.isfinite(x).all())
        return x

    out = kept(values, FS).values
    assert all(seen)
    np.testing.assert_array_equal(out, values)
    assert not minima(np.full(50, np.nan), FS).enough
    assert len(minima(np.full(50, np.nan), FS)) == 0


def test_a_function_may_write_to_its_array_but_not_to_the_callers():
    @piecewise(context_s=0.0)
    def doubled(x, fs):
        x *= 2
        return x

    given = SIGNAL.copy()
    np.testing.assert_array_equal(doubled(given, FS).values, 2 * SIGNAL)
    np.testing.assert_array_equal(given, SIGNAL)


def test_pieces_of_the_callers_array_cannot_be_written_to():
    given = SIGNAL.copy()
    piece = signal_of(given, FS).read(10, 20)
    with pytest.raises(ValueError, match="read-only"):
        piece *= 0
    np.testing.assert_array_equal(given, SIGNAL)


def test_what_the_function_must_return():
    @piecewise(context_s=0.0)
    def mean(x, fs):
        return x.mean()

    with pytest.raises(InvalidInputError, match="mean returned an array of shape"):
        mean(SIGNAL, FS)

    @piecewise(context_s=0.0, returns="events")
    def places(x, fs):
        return np.array([1, 2])

    with pytest.raises(InvalidInputError, match="places returned ndarray; return a dict"):
        places(SIGNAL, FS)

    @piecewise(context_s=0.0, returns="events")
    def uneven(x, fs):
        return {"sample": [1, 2], "value": [1]}

    with pytest.raises(InvalidInputError, match="different lengths"):
        uneven(SIGNAL, FS)


def test_bad_use_is_refused_at_once():
    with pytest.raises(InvalidInputError, match="context_s=-1"):
        piecewise(context_s=-1)
    with pytest.raises(InvalidInputError, match="returns='rows'"):
        piecewise(context_s=1, returns="rows")
    with pytest.raises(InvalidInputError, match=r"\*\*kwargs"):
        piecewise(context_s=1)(lambda x, fs, **more: x)
