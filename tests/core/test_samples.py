"""Reading parts of interleaved, joined and scaled samples, against slicing the whole."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.samples import (
    ArraySamples,
    FrameChannel,
    FrameSource,
    JoinedSamples,
    Samples,
    ScaledSamples,
    to_physical,
)
from vital_widgets.runtime.budget import blocks


@dataclass
class Frames:
    """A frame source over arrays that counts its reads and may grow."""

    key: str
    samples_per_frame: tuple[int, ...]
    n_frames: int
    block_frames: int
    reads: list

    def whole(self, k):
        n = 100 * self.samples_per_frame[k]
        return np.arange(n, dtype=self.dtypes[k]) * (k + 1)

    @property
    def dtypes(self):
        return (np.dtype(np.int16), np.dtype(np.int32))[: len(self.samples_per_frame)]

    def read_frames(self, f0, f1, channels):
        assert 0 <= f0 < f1 <= self.n_frames
        self.reads.append((f0, f1))
        return [
            self.whole(k)[f0 * self.samples_per_frame[k] : f1 * self.samples_per_frame[k]].copy()
            for k in channels
        ]


@pytest.fixture
def frames():
    source = Frames("test frames", (5, 2), 43, 10, [])
    yield source
    blocks().drop(source.key)


def test_protocols(frames):
    assert isinstance(frames, FrameSource)
    for samples in (FrameChannel(frames, 0), ArraySamples(np.zeros(3))):
        assert isinstance(samples, Samples)
        assert isinstance(JoinedSamples((samples,)), Samples)


@given(data=st.data())
def test_any_range_of_a_frame_channel(frames, data):
    k = data.draw(st.integers(0, 1))
    channel = FrameChannel(frames, k)
    n = channel.n_samples
    assert n == 43 * frames.samples_per_frame[k]
    i0, i1 = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
    values = channel.read(i0, i1)
    assert values.dtype == channel.dtype
    assert values.flags.c_contiguous
    np.testing.assert_array_equal(values, frames.whole(k)[i0:i1])


def test_a_block_read_for_one_channel_serves_the_others(frames):
    FrameChannel(frames, 0).read(0, 50)
    FrameChannel(frames, 1).read(3, 17)
    assert frames.reads == [(0, 10)]
    FrameChannel(frames, 1).read(18, 22)
    assert frames.reads == [(0, 10), (10, 20)]


def test_writing_into_what_was_read_changes_nothing_else(frames):
    channel = FrameChannel(frames, 0)
    channel.read(3, 8)[:] = -1
    np.testing.assert_array_equal(channel.read(0, 10), frames.whole(0)[:10])
    memory = ArraySamples(np.arange(5.0))
    memory.read(0, 3)[:] = -1
    assert memory.read(0, 5).tolist() == [0, 1, 2, 3, 4]


def test_a_source_that_grows_is_read_again_where_it_grew(frames):
    channel = FrameChannel(frames, 0)
    np.testing.assert_array_equal(channel.read(200, 215), frames.whole(0)[200:215])
    frames.n_frames = 48
    assert channel.n_samples == 240
    np.testing.assert_array_equal(channel.read(200, 240), frames.whole(0)[200:240])
    assert frames.reads == [(40, 43), (40, 48)]


@given(st.lists(st.integers(0, 7), max_size=5), st.integers(0, 40), st.integers(0, 40))
def test_joined_samples_equal_one_array(lengths, a, b):
    total = sum(lengths)
    whole = np.arange(total, dtype=np.int16)
    ends = np.cumsum(lengths).astype(int)
    parts = tuple(
        ArraySamples(whole[end - length : end]) for end, length in zip(ends, lengths, strict=True)
    )
    i0, i1 = sorted((min(a, total), min(b, total)))
    if not parts:
        return
    joined = JoinedSamples(parts)
    assert joined.n_samples == total
    found = joined.read(i0, i1)
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, whole[i0:i1])


def test_joined_samples_take_the_widest_type():
    parts = (ArraySamples(np.array([1, 2], np.int16)), ArraySamples(np.array([0.5])))
    joined = JoinedSamples(parts)
    assert joined.dtype == np.float64
    assert joined.read(0, 2).dtype == np.float64
    assert joined.read(1, 3).tolist() == [2, 0.5]


def test_physical_values_and_missing_samples():
    native = np.array([-32768, 0, 10], np.int16)
    assert to_physical(native, 0.5, 1.0, None).tolist() == [-16383.0, 1.0, 6.0]
    found = to_physical(native, 0.5, 1.0, -32768)
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1.0, 6.0]
    scaled = ScaledSamples(ArraySamples(native), 0.5, 1.0, -32768)
    assert (scaled.n_samples, scaled.dtype) == (3, np.float64)
    np.testing.assert_array_equal(scaled.read(1, 3), [1.0, 6.0])


def test_floats_without_a_scale_keep_their_type():
    native = np.array([1.5, np.nan], np.float32)
    assert to_physical(native, 1, 0, None).dtype == np.float32
    assert to_physical(native, 2, 0, None).dtype == np.float64


def test_physical_values_beyond_all_numbers_are_infinite():
    native = np.array([-30000, 0, 30000], np.int16)
    assert to_physical(native, 1e304, 0.0, None).tolist() == [-np.inf, 0.0, np.inf]


def test_samples_pickle():
    joined = JoinedSamples((ScaledSamples(ArraySamples(np.arange(4)), 2.0, 0.0),))
    again = pickle.loads(pickle.dumps(joined))
    assert again.read(1, 3).tolist() == [2.0, 4.0]
