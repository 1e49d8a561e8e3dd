"""A function of the user's own over recordings of any length."""

from __future__ import annotations

import datetime as dt
import functools
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


def returning(value):
    def found(x, fs):
        return value(x) if callable(value) else value

    return found


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no", "found returned str; return an array"),
        (None, "found returned None; return an array"),
        ({"a": [1]}, "found returned dict; return an array"),
        ([[1], [1, 2]], "found returned list that is no array"),
        (lambda x: x + 1j, r"ndarray of complex128; .* \(its real part or its magnitude\)"),
        (lambda x: x.astype(object), "found returned ndarray of object"),
        (lambda x: x.astype(str), "found returned ndarray of <U"),
        (lambda x: x.astype("m8[s]"), r"found returned ndarray of timedelta64\[s\]"),
        (lambda x: (v for v in x), "found returned generator"),
        (lambda x: x[:, None], r"found returned an array of shape \(500, 1\) for 500 samples"),
    ],
)
def test_samples_must_be_real_numbers(value, words):
    with pytest.raises(InvalidInputError, match=words):
        piecewise(context_s=0)(returning(value))(SIGNAL[:500], FS)


@pytest.mark.parametrize("kind", [np.int8, np.float32, bool, np.longdouble])
def test_samples_of_any_real_dtype_are_numbers(kind):
    made = piecewise(context_s=0)(returning(lambda x: (x > 0).astype(kind)))(SIGNAL, FS)
    np.testing.assert_array_equal(made.values, SIGNAL > 0)
    masked = piecewise(context_s=0)(returning(lambda x: np.ma.masked_less(x, 0)))(SIGNAL, FS)
    np.testing.assert_array_equal(masked.values, np.where(SIGNAL < 0, np.nan, SIGNAL))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (lambda x: x > 0, "ndarray of bool; .*flatnonzero"),
        ([True, False], "list of bool"),
        ([1.0, np.nan], "returned nan as 'sample', for 500 samples; .* from 0 to 499"),
        ([1.0, np.inf], "returned inf as 'sample'"),
        ([0.5, 1.25], r"returned 0.5 as 'sample'.*np.rint\(times \* fs\)"),
        ([3, 500], "returned 500 as 'sample'"),
        ([-1, 3], "returned -1 as 'sample'"),
        (np.array([2**63 + 1], np.uint64), "returned 9223372036854775809 as 'sample'"),
        (5, r"column 'sample' of shape \(\)"),
        ([[1, 2]], r"column 'sample' of shape \(1, 2\)"),
        ([[1], [1, 2]], "a column 'sample' that is no array"),
        (np.array([1, 2], object), "ndarray of object"),
        (["1", "2"], "list of <U1"),
        (np.array(["2020-01-01"], "M8[s]"), "ndarray of datetime64"),
        ([dt.datetime(2020, 1, 1)], "list of object"),
        (np.array([1 + 0j]), "ndarray of complex128"),
        (np.ma.masked_equal([1, 2], 2), "returned nan as 'sample'"),
    ],
)
def test_samples_of_events_must_be_indices(at, words):
    places = returning(lambda x: {"sample": at(x) if callable(at) else at})
    with pytest.raises(InvalidInputError, match=words):
        piecewise(context_s=0, returns="events")(places)(SIGNAL[:500], FS)


@pytest.mark.parametrize("at", [[3.0, 499.0], (3, 499), np.array([3, 499], np.uint16)])
def test_whole_numbers_are_indices(at):
    places = piecewise(context_s=0, returns="events")(returning({"sample": at}))
    assert places(SIGNAL[:500], FS).table["sample"].tolist() == [3, 499]
    assert places(SIGNAL[:500], FS).table["sample"].dtype == np.int64
    none = piecewise(context_s=0, returns="events")(returning({"sample": [], "label": []}))
    assert list(none(SIGNAL, FS).table) == ["time", "sample", "label"]


def test_columns_of_events():
    with_time = piecewise(context_s=0, returns="events")(returning({"sample": [1], "time": [2]}))
    with pytest.raises(InvalidInputError, match="found returned a column 'time'"):
        with_time(SIGNAL, FS)
    square = piecewise(context_s=0, returns="events")(returning({"sample": [1], "v": [[2, 3]]}))
    with pytest.raises(InvalidInputError, match=r"column 'v' of shape \(1, 2\)"):
        square(SIGNAL, FS)


@pytest.mark.parametrize("gap", [False, True])
def test_columns_of_events_are_the_same_everywhere(gap):
    values = np.arange(2000.0)
    values[1000] = np.nan if gap else 1000

    @piecewise(context_s=0, returns="events")
    def places(x, fs):
        if x[0] == 0:
            return {"sample": [1], "height": [2.0]}
        return {"sample": [1]}

    words = r"places returned the columns \['height', 'sample'\] .* and \['sample'\] for another"
    task = run(places, channel(values), chunk_s=100 if gap else 5)
    with pytest.raises(InvalidInputError, match=words):
        task.result(300)


class Scaler:
    """Scales."""

    def __init__(self, k):
        self.k = k

    def __call__(self, x, fs):
        return x * self.k

    def method(self, x, fs, *, by=1):
        return x * self.k * by


def scaled(x, fs, k):
    """Scaled."""
    return x * k


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (functools.partial(scaled, k=3), "scaled"),
        (functools.partial(functools.partial(scaled, k=2), k=3), "scaled"),
        (Scaler(3), "Scaler"),
        (functools.partial(Scaler(3)), "Scaler"),
        (Scaler(3).method, "method"),
        (functools.partial(Scaler(1).method, by=3), "method"),
    ],
)
def test_partials_objects_and_their_methods_are_functions(function, name):
    made = piecewise(context_s=0)(function)
    assert made.__name__ == name
    np.testing.assert_array_equal(made(SIGNAL, FS).values, 3 * SIGNAL)
    np.testing.assert_array_equal(lazy(made, channel()).read(0, 99), 3 * SIGNAL[:99])
    np.testing.assert_array_equal(run(made, channel()).result(300).values, 3 * SIGNAL)
    stored = store(made, channel()).result(300)["a"]
    np.testing.assert_array_equal(stored.read(0, 99), 3 * SIGNAL[:99])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, fs, usable=None: x, "a parameter 'usable' of its own"),
        (lambda x, fs, *, usable: x, "a parameter 'usable' of its own"),
        (lambda a, b, x=1: a, "a parameter 'x' of its own"),
        (lambda this, x, fs: x, "a parameter 'fs' of its own"),
        (lambda x: x, r"<lambda>\(x\) cannot be called with an array and the sampling rate"),
        (lambda x, *, fs: x, r"<lambda>\(x, \*, fs\) cannot be called"),
        (functools.partial(scaled, fs=3), r"scaled\(x, \*, fs=3, k\) cannot be called"),
        (lambda x, fs, k, /: x, "'k' of <lambda> is positional-only"),
        (lambda *args: args[0], r"\*args"),
        (Scaler.method, "method is a method in a class"),
        (5, "piecewise was given int, which cannot be called"),
    ],
)
def test_functions_that_cannot_be_called_with_a_signal_are_refused(function, words):
    with pytest.raises(InvalidInputError, match=words):
        piecewise(context_s=0)(function)


def test_a_method_decorated_in_a_class_is_refused():
    with pytest.raises(InvalidInputError, match="smooth is a method in a class"):

        class Kept:
            @piecewise(context_s=0)
            def smooth(self, x, fs):
                return x


def test_a_static_method_is_a_function():
    class Kept:
        @staticmethod
        @piecewise(context_s=0)
        def outer(x, fs):
            return -x

        @piecewise(context_s=0)
        @staticmethod
        def inner(x, fs):
            return -x

    for made in (Kept.outer, Kept().outer, Kept.inner):
        np.testing.assert_array_equal(made(SIGNAL, FS).values, -SIGNAL)
