"""What a channel tells of itself, lazily."""

from __future__ import annotations

import pickle
import threading

import dask.array as da
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vital_widgets.core.channel import Channel, LazyArray
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.tasks import Task


def counts(n=100, dtype=np.int16, **more):
    values = np.arange(n).astype(dtype)
    return Channel("ECG", ArraySamples(values), regular(10, n), "mV", **more)


def test_integers_stay_exact_and_physical_values_follow():
    channel = counts(gain=0.5, offset=-1, missing=3)
    assert channel.dtype == np.int16
    assert channel.digital.compute().tolist() == list(range(100))
    physical = channel.data.compute()
    assert np.isnan(physical[3])
    assert physical[4] == 1.0
    assert channel.data.dtype == np.float64
    np.testing.assert_array_equal(channel.read(0, 100), physical)


def test_floats_have_no_integers_and_keep_their_type():
    channel = counts(dtype=np.float32)
    assert channel.digital is None
    assert channel.data.dtype == np.float32


def test_chunks_are_as_long_as_set(monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_CHUNK_SAMPLES", "30")
    assert counts().data.chunks == ((30, 30, 30, 10),)
    assert counts(0).data.shape == (0,)


def test_slices_with_steps_and_from_behind():
    data = counts().data
    for part in (slice(10, 50, 7), slice(-5, None), slice(None, None, -1), slice(60, 20)):
        np.testing.assert_array_equal(data[part].compute(), np.arange(100.0)[part])


N = 100
indices = st.one_of(
    st.integers(-N, N - 1),
    st.slices(N),
    st.lists(st.integers(-N, N - 1), max_size=20),
    arrays.arrays(bool, N),
    st.sampled_from([..., (..., 3), (None, slice(4, 40)), (slice(None), None), None]),
)


@given(key=indices, chunk=st.sampled_from([7, 30, 1000]))
def test_any_index_gives_what_it_gives_of_an_array(key, chunk):
    channel = counts(gain=0.5, offset=-1)
    data = da.from_array(LazyArray(channel, physical=True), chunks=chunk, asarray=False)
    expected = np.arange(N) * 0.5 - 1
    np.testing.assert_array_equal(channel.data[key].compute(), expected[key])
    np.testing.assert_array_equal(data[key].compute(), expected[key])
    np.testing.assert_array_equal(LazyArray(channel, physical=True)[key], expected[key])
    digital = channel.digital[key].compute()
    np.testing.assert_array_equal(digital, np.arange(N)[key])
    assert digital.dtype == np.int16


@given(first=st.slices(N), then=st.data())
def test_an_index_of_an_index_gives_what_it_gives_of_an_array(first, then):
    expected = np.arange(float(N))[first]
    if len(expected) == 0:
        assert counts().data[first].compute().shape == (0,)
        return
    index = st.integers(-len(expected), len(expected) - 1)
    key = then.draw(index | st.slices(len(expected)) | st.lists(index, min_size=1))
    lazy = counts().data[first][key]
    np.testing.assert_array_equal(lazy.compute(), expected[key])


def test_lazy_samples_support_what_dask_arrays_support(monkeypatch):
    monkeypatch.setenv("VITAL_WIDGETS_CHUNK_SAMPLES", "30")
    data, plain = counts().data, np.arange(100.0)
    assert float(data[5].compute()) == 5.0
    assert float(data[-1]) == 99.0
    assert float(data.mean()) == plain.mean()
    assert float(data[::-3].std()) == plain[::-3].std()
    for lazy, eager in (
        (data.rechunk(7)[3], plain[3]),
        (data.rechunk(7), plain),
        (data.reshape(10, 10)[3, ::-2], plain.reshape(10, 10)[3, ::-2]),
        (data[data > 40], plain[plain > 40]),
        (data[da.from_array(np.array([3, 99, 1]), chunks=2)], plain[[3, 99, 1]]),
        (data.vindex[[5, 5, 80]], plain[[5, 5, 80]]),
        (da.diff(data), np.diff(plain)),
        (da.concatenate([data[:5], data[-5:]]), plain[[0, 1, 2, 3, 4, -5, -4, -3, -2, -1]]),
        (data.cumsum(axis=0)[50], plain.cumsum()[50]),
        (data.map_overlap(lambda x: x * 2, depth=3, boundary="reflect"), plain * 2),
        (data.blocks[1], plain[30:60]),
        (data[:, None] * data[None, :3], plain[:, None] * plain[None, :3]),
    ):
        np.testing.assert_array_equal(lazy.compute(), eager)


@pytest.mark.parametrize("key", [100, -101, [3, 100], np.ones(7, bool)])
def test_an_index_out_of_bounds_is_an_index_error(key):
    with pytest.raises(IndexError):
        counts().data[key].compute()
    with pytest.raises(IndexError):
        LazyArray(counts(), physical=True)[key]


def test_one_sample_is_read_as_one_sample():
    asked = []

    class Watched(ArraySamples):
        def read(self, start, stop):
            asked.append((start, stop))
            return super().read(start, stop)

    channel = Channel("x", Watched(np.arange(1000)), regular(1, 1000))
    assert channel.data[-3].compute() == 997
    assert asked == [(997, 998)]


def test_a_slice_reads_only_its_own_samples():
    asked = []

    class Watched(ArraySamples):
        def read(self, start, stop):
            asked.append((start, stop))
            return super().read(start, stop)

    channel = Channel("x", Watched(np.arange(1000)), regular(1, 1000))
    channel.data[500:510].compute()
    assert asked == [(500, 510)]


def test_a_window_across_a_gap_holds_no_made_up_samples():
    base = from_runs(10, [(0.0, 10), (5.0, 10)])
    channel = Channel("x", ArraySamples(np.arange(20)), base)
    times, values = channel.window(0.85, 5.15)
    assert times.tolist() == pytest.approx([0.9, 5.0, 5.1])
    assert values.tolist() == [9, 10, 11]
    assert channel.gaps == [(1.0, 5.0)]
    assert channel.window(2, 3)[1].shape == (0,)
    with pytest.raises(InvalidInputError, match="t0 <= t1"):
        channel.window(3, 2)


def test_what_needs_all_samples_waits_for_them_and_the_rest_does_not():
    go = threading.Event()
    task = Task(lambda _: go.wait(300), "reading")
    channel = counts(ready=task)
    assert channel.fs == 10
    assert channel.timebase.n_samples == 100
    assert channel.samples.n_samples == 100
    task.start()
    threading.Timer(0.05, go.set).start()
    assert channel.n_samples == 100
    assert task.ended


def test_a_failed_reading_is_raised_and_not_hidden():
    def fail(_):
        msg = "line 7 is broken"
        raise ValueError(msg)

    task = Task(fail)
    task.run()
    with pytest.raises(ValueError, match="line 7"):
        _ = counts(ready=task).data


def test_pickling_waits_and_leaves_the_task_behind():
    task = Task(lambda _: None)
    task.start()
    channel = pickle.loads(pickle.dumps(counts(ready=task, gain=2)))
    assert channel.ready is None
    assert channel.read(1, 3).tolist() == [2, 4]
    assert channel.units == "mV"


def test_repr_names_what_matters():
    base = from_runs(10, [(0.0, 10), (5.0, 10)])
    text = repr(Channel("Pleth", ArraySamples(np.zeros(20, np.int16)), base, "a.u."))
    for part in ("Pleth", "a.u.", "10 Hz", "20 samples", "int16", "0 to 6 s", "1 gap>"):
        assert part in text


@pytest.mark.parametrize(("i0", "i1"), [(0, 11), (-1, 5), (5, 4), (11, 12), (10**9, 10**9 + 1)])
def test_samples_that_are_not_there_are_refused(i0, i1):
    channel = Channel("ECG", ArraySamples(np.arange(10.0)), regular(100.0, 10))
    with pytest.raises(InvalidInputError, match=f"samples {i0} to {i1} of 'ECG' cannot be read"):
        channel.read(i0, i1)


def test_samples_that_are_there_do_not_wait_for_the_others():
    never_run = Task(lambda _: None, "reading")
    assert counts(ready=never_run).read(2, 4).tolist() == [2, 3]


def test_no_samples_can_be_read():
    channel = Channel("ECG", ArraySamples(np.arange(10.0)), regular(100.0, 10))
    assert len(channel.read(10, 10)) == len(channel.read(0, 0)) == 0
