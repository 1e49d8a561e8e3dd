from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.errors import ProtocolError
from vital_widgets.serve.markrequests import annotation_request
from vital_widgets.serve.protocol import (
    Buffer,
    bin_size_for,
    checked_version,
    window_request,
)

GOOD = {"v": 1, "kind": "window", "channels": [0, 2], "t0": 1, "t1": 2.5, "width": 800}


@given(
    fs=st.floats(0.001, 1e6),
    seconds=st.floats(1e-4, 1e7),
    width=st.integers(1, 8000),
)
def test_there_are_one_to_four_bins_to_a_pixel(fs: float, seconds: float, width: int) -> None:
    size = bin_size_for(fs, 0.0, seconds, width)
    per_pixel = fs * seconds / width
    assert size in {4**k for k in range(30)}
    if per_pixel >= 1:
        assert 1 <= per_pixel / size < 4
    else:
        assert size == 1


def test_a_good_window_request_is_understood() -> None:
    request = window_request(GOOD, 3)
    assert (request.channels, request.t0, request.t1, request.width) == ((0, 2), 1.0, 2.5, 800)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channels", None),
        ("channels", [3]),
        ("channels", [-1]),
        ("channels", [True]),
        ("channels", ["ECG"]),
        ("channels", 0),
        ("t0", "0"),
        ("t0", None),
        ("t0", float("nan")),
        ("t1", float("inf")),
        ("t1", 1),
        ("width", 0),
        ("width", 1e9),
        ("width", "800"),
        ("width", False),
    ],
)
def test_a_bad_window_request_is_refused_and_the_field_is_named(field: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=r"channels=|t0=|t1=|width=|time range"):
        window_request({**GOOD, field: value}, 3)


def test_a_bad_annotation_limit_is_refused() -> None:
    with pytest.raises(ProtocolError, match="limit=0"):
        annotation_request({"t0": 0, "t1": 1, "limit": 0}, ["ECG"])


def test_another_version_of_the_protocol_is_refused() -> None:
    with pytest.raises(ProtocolError, match="reload the page"):
        checked_version({"v": 99})


@given(st.lists(st.sampled_from([np.int8, np.int16, np.float32, np.float64]), max_size=8))
def test_arrays_in_a_buffer_begin_at_multiples_of_8_and_come_back(dtypes: list[type]) -> None:
    buffer = Buffer()
    arrays = [np.arange(k + 3).astype(dtype) for k, dtype in enumerate(dtypes)]
    places = [buffer.add(array) for array in arrays]
    data = buffer.to_bytes()
    assert len(data) == len(buffer)
    for at, array in zip(places, arrays, strict=True):
        assert at % 8 == 0
        np.testing.assert_array_equal(np.frombuffer(data, array.dtype, len(array), at), array)
