"""Sums of a file that are computed while it is written."""

from __future__ import annotations

import numpy as np
import pytest

from vital_widgets.runtime.cachesums import PAGE_BYTES, RunningSums, sums_of


@pytest.mark.parametrize("n_bytes", [0, 1, PAGE_BYTES - 1, PAGE_BYTES, 3 * PAGE_BYTES + 5])
@pytest.mark.parametrize("size", [1000, PAGE_BYTES, 2 * PAGE_BYTES + 3])
def test_sums_while_writing_are_those_of_the_file(tmp_path, n_bytes, size):
    data = np.random.default_rng(0).bytes(n_bytes)
    sums = RunningSums()
    with (tmp_path / "x").open("wb") as file:
        for k in range(0, n_bytes, size):
            file.write(data[k : k + size])
            sums.add(memoryview(data)[k : k + size])
    expected, got = sums_of(tmp_path / "x"), sums.so_far()
    assert got.n_bytes == expected.n_bytes == n_bytes
    np.testing.assert_array_equal(got.pages, expected.pages)
    assert len(got.pages) == -(-n_bytes // PAGE_BYTES)
