from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.io.wfdb.formats import FORMATS
from wfdb_packing import BITS, pack


@pytest.mark.parametrize("code", sorted(FORMATS))
@given(data=st.data())
@settings(max_examples=30)
def test_any_range_of_samples_is_unpacked_exactly(code, data):
    half = 1 << (BITS[code] - 1)
    samples = data.draw(st.lists(st.integers(-half, half - 1), max_size=40))
    layout = FORMATS[code]
    packed = np.frombuffer(pack(samples, code), np.uint8)
    # Two samples of format 310 take as many bytes as three.
    padded = int(code == 310 and len(samples) % 3 == 2)
    assert layout.samples_in(len(packed)) == len(samples) + padded
    i = data.draw(st.integers(0, len(samples)))
    j = data.draw(st.integers(i, len(samples)))
    start, end, skip = layout.byte_range(i, j)
    assert end <= len(packed)
    found = layout.samples(packed[start:end].copy(), skip, j - i)
    assert found.dtype == layout.dtype
    assert found.tolist() == samples[i:j]


@pytest.mark.parametrize("code", sorted(FORMATS))
def test_the_missing_value_is_the_most_negative(code):
    assert FORMATS[code].missing == -(1 << (BITS[code] - 1))


def test_unused_bits_of_311_do_not_matter():
    packed = np.array([0xFF, 0xFF, 0xFF, 0xFF], np.uint8)
    assert FORMATS[311].samples(packed, 0, 3).tolist() == [-1, -1, -1]
