from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vital_widgets.errors import InvalidInputError
from vital_widgets.pyramid.reduce import bins_of, merge_bins

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64")
FLOATS = ("float32", "float64")


def oracle(native, bin_size, missing=None):
    """Minimum and maximum, one sample after another."""
    lows, highs = [], []
    for start in range(0, len(native), bin_size):
        values = [
            x
            for x in native[start : start + bin_size].tolist()
            if x == x and (missing is None or x != missing)  # noqa: PLR0124
        ]
        if native.dtype.kind == "f":
            empty = (np.nan, np.nan)
        else:
            empty = (np.iinfo(native.dtype).max, np.iinfo(native.dtype).min)
        lows.append(min(values) if values else empty[0])
        highs.append(max(values) if values else empty[1])
    return np.array(lows, native.dtype), np.array(highs, native.dtype)


def assert_same(found, wanted):
    for have, want in zip(found, wanted, strict=True):
        assert have.dtype == want.dtype
        assert have.flags.c_contiguous
        np.testing.assert_array_equal(have, want)


@st.composite
def stretches(draw, dtypes):
    """Samples made of stretches: a constant, a rare value, noise; as recordings are."""
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if dtype.kind == "f":
        special = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.5])
    else:
        limits = np.iinfo(dtype)
        special = st.sampled_from([limits.min, limits.max, 0, 1])
    pieces = []
    for _ in range(draw(st.integers(1, 6))):
        n = draw(st.integers(0, 200))
        noise = rng.integers(0, 100, n).astype(dtype)
        value = draw(special)
        noise[rng.random(n) < draw(st.sampled_from([0, 0.1, 0.9, 1]))] = value
        pieces.append(noise)
    return np.concatenate(pieces)


@given(stretches(INTEGERS + FLOATS), st.sampled_from([1, 4, 16, 64, 256, 1024]))
def test_bins_equal_the_oracle(native, bin_size):
    assert_same(bins_of(native, bin_size), oracle(native, bin_size))


@given(stretches(INTEGERS), st.sampled_from([1, 4, 16, 64, 256]), st.data())
def test_missing_samples_are_left_out(native, bin_size, data):
    limits = np.iinfo(native.dtype)
    missing = data.draw(st.sampled_from([limits.min, limits.max, 0, 50, limits.max + 1]))
    lo, hi = bins_of(native, bin_size, missing)
    assert_same((lo, hi), oracle(native, bin_size, missing))


@given(arrays(np.float64, st.integers(0, 400)), st.sampled_from([4, 16, 64]))
def test_bins_of_any_floats_equal_the_oracle(native, bin_size):
    assert_same(bins_of(native, bin_size), oracle(native, bin_size))


@given(
    stretches(INTEGERS + FLOATS),
    st.sampled_from([1, 4, 64]),
    st.sampled_from([1, 4, 16, 64, 256, 1024]),
)
def test_merged_bins_equal_larger_bins(native, bin_size, factor):
    missing = 0 if native.dtype.kind in "iu" else None
    merged = merge_bins(*bins_of(native, bin_size, missing), factor)
    assert_same(merged, bins_of(native, bin_size * factor, missing))


@pytest.mark.parametrize("dtype", ["int16", "int32", "float64"])
def test_long_samples_with_a_tail(dtype):
    rng = np.random.default_rng(1)
    native = rng.integers(-30000, 30000, 10_000_037).astype(dtype)
    lo, hi = bins_of(native, 64)
    rows = native[: len(native) // 64 * 64].reshape(-1, 64)
    np.testing.assert_array_equal(lo[:-1], rows.min(axis=1))
    np.testing.assert_array_equal(hi[:-1], rows.max(axis=1))
    assert (lo[-1], hi[-1]) == (native[len(rows) * 64 :].min(), native[len(rows) * 64 :].max())


@pytest.mark.parametrize("bin_size", [4, 16, 64])
@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
def test_pieces_join_exactly(dtype, bin_size):
    n = (1 << 20) // np.dtype(dtype).itemsize + 3  # several pieces in a call
    native = np.random.default_rng(2).integers(0, 120, n).astype(dtype)[1:]  # and not aligned
    lo, hi = bins_of(native, bin_size)
    edges = np.arange(0, n - 1, bin_size)
    np.testing.assert_array_equal(lo, np.minimum.reduceat(native, edges))
    np.testing.assert_array_equal(hi, np.maximum.reduceat(native, edges))


def test_samples_that_do_not_lie_together():
    native = np.arange(1000, dtype=np.int16)[::3]
    assert_same(bins_of(native, 16), oracle(native, 16))


@pytest.mark.parametrize("bin_size", [0, -4, 2, 8, 60, 128])
def test_bin_size_that_is_no_power_of_4(bin_size):
    with pytest.raises(InvalidInputError, match="power of 4"):
        bins_of(np.zeros(100), bin_size)


def test_factor_below_1():
    with pytest.raises(InvalidInputError, match="factor=0"):
        merge_bins(np.zeros(4), np.zeros(4), 0)
