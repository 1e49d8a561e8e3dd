"""Points of a figure from the pyramid, against all samples in memory and plotly-resampler's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plotly_resampler.aggregation import MinMaxAggregator

import vital_widgets as vw
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.figures import binextremes
from vital_widgets.figures.binextremes import bytes_per_sample, envelope, fine_size
from vital_widgets.figures.lazyseries import ChannelSource
from vital_widgets.serve.session import Session
from vital_widgets.testing import make_big_edf

N = 40_000
MISSING = -32768


def source_of(values, **scale) -> ChannelSource:
    channel = Channel("x", ArraySamples(values), regular(100.0, len(values)), **scale)
    session = Session(vw.Recording("one", [channel]))
    if session.task is not None:
        session.task.result()
    return ChannelSource(session, 0)


def signal(kind: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(N)
    made = {
        "noise": rng.normal(0, 300, N),
        "square": 500.0 * ((t // 777) % 2),
        "spikes": 1000.0 * (rng.random(N) < 1e-3) + t / 100,
        "flat": np.full(N, 3.0),
        "drift": np.cumsum(rng.normal(0, 3, N)),
    }
    return made[kind]


@given(
    kind=st.sampled_from(["noise", "square", "spikes", "flat", "drift"]),
    dtype=st.sampled_from(["int16", "float32", "float64"]),
    gain=st.sampled_from([1.0, 0.25, -2.0]),
    window=st.tuples(st.integers(0, N - 2), st.integers(1, N)),
    n_out=st.sampled_from([4, 10, 38, 300]),
    holes=st.lists(st.tuples(st.integers(0, N - 1), st.integers(1, 9000)), max_size=3),
    read_bytes=st.sampled_from([0, 1 << 24]),
    seed=st.integers(0, 5),
)
def test_every_point_is_the_extreme_of_its_bin_within_a_fine_bin_of_its_place(
    *, kind, dtype, gain, window, n_out, holes, read_bytes, seed
):
    values = signal(kind, seed).astype(dtype)
    for at, n in holes:
        values[at : at + n] = MISSING if dtype == "int16" else np.nan
    source = source_of(values, gain=gain, offset=7.0, missing=MISSING if dtype == "int16" else None)
    true = source.channel.read(0, N)
    start, stop = window[0], min(window[0] + window[1], N)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binextremes, "READ_BYTES", read_bytes)
        samples, shown, complete = envelope(source, start, stop, n_out)
        n_read = int(read_bytes / bytes_per_sample(source.channel.samples))
    source.session.close()
    size = fine_size(stop - start, n_out // 2, n_read)
    first = start // size * size
    assert complete
    assert np.all(np.diff(samples) >= 0)
    drawn = np.flatnonzero(~np.isnan(shown))
    for k in drawn:
        fine = true[samples[k] // size * size :][:size]
        assert shown[k] in (np.nanmin(fine), np.nanmax(fine))
    edges = first + size * np.round((np.linspace(start, stop, n_out // 2 + 1) - first) / size)
    for i0, i1 in zip(edges[:-1].astype(int), edges[1:].astype(int), strict=True):
        own = true[i0 : min(i1, N)]
        if np.all(np.isnan(own)):
            continue
        here = shown[(samples >= i0) & (samples < i1)]
        assert np.nanmin(here) == np.nanmin(own)
        assert np.nanmax(here) == np.nanmax(own)
    # Two points that are joined have values on more than half of the way between them.
    rows = np.add.reduceat(~np.isnan(true), np.arange(0, N, size)) > 0
    for k in drawn[:-1]:
        if k + 1 in drawn:
            between = rows[samples[k] // size + 1 : samples[k + 1] // size]
            assert len(between) == 0 or 2 * np.sum(~between) < len(between) + 1


@pytest.mark.parametrize("kind", ["noise", "square", "spikes", "drift"])
def test_where_samples_are_read_the_points_are_those_of_plotly_resampler(kind):
    y = signal(kind, 1)
    source = source_of(y)
    samples, shown, _ = envelope(source, 0, N, 800)
    source.session.close()
    at = MinMaxAggregator().arg_downsample(np.arange(N) / 100, y, n_out=800)
    theirs = set(at.tolist()) | {0, N - 1}
    # The bins of both may end one sample apart.
    assert len(theirs ^ set(samples.tolist())) <= 0.01 * len(theirs)
    np.testing.assert_array_equal(shown, y[samples])


def test_the_ends_of_the_window_are_points():
    source = source_of(signal("drift", 0))
    for start, stop in ((0, N), (1234, 30_001)):
        samples, _, _ = envelope(source, start, stop, 20)
        assert abs(samples[0] - start) <= 64
        assert abs(samples[-1] - stop) <= 64
    source.session.close()


@pytest.mark.parametrize("n_bins", [1, 10, 1000, 100_000])
@pytest.mark.parametrize("step", [0.5, 1, 100, 128, 1000, 5000, 70_000])
def test_a_bin_has_many_fine_bins_that_are_few_in_all(n_bins, step):
    size = fine_size(int(step * n_bins), n_bins, 1 << 20)
    if size > 1:
        assert size >= 64
        assert 2 <= step / size < 4 * 32
    else:
        assert step < 128 or step * n_bins <= 1 << 20


def test_bytes_that_are_read_with_each_sample(tmp_path):
    assert bytes_per_sample(ArraySamples(np.zeros(3, np.int16))) == 2
    path = tmp_path / "eight.edf"
    make_big_edf(path, 0.0005, channels=8, fs=250)
    with vw.open(path) as recording:
        channel = next(iter(recording.channels.values()))
        assert bytes_per_sample(channel.samples) == 16
        assert bytes_per_sample(channel.between(0, 1).samples) == 32
