"""Filtered recordings in the cache folder: equal, kept, dropped when broken off."""

from __future__ import annotations

import pickle
import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.analysis.engine import store_build
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs
from vital_widgets.errors import InvalidInputError, StoreError, TaskCancelledError
from vital_widgets.testing import make_big_edf

FS = 250.0
BAND = analysis.design_filter("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=FS)
SLOW = analysis.design_filter("butterworth", "highpass", lowcut=0.05, order=2, fs=FS)


@pytest.fixture
def edf(tmp_path):
    return make_big_edf(tmp_path / "night.edf", 0.0006, channels=4, fs=250)


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(store_build, "PIECE_SAMPLES", 1 << 16)


@pytest.mark.parametrize("made", [BAND, SLOW], ids=["band", "slow"])
@pytest.mark.usefixtures("small_pieces")
def test_a_file_is_filtered_into_the_store(edf, made):
    with vw.open(edf) as recording:
        got = analysis.store(analysis.filter_signal, recording, filter=made).result(300)
        assert list(got) == list(recording)
        for name, channel in recording.channels.items():
            values = channel.read(0, channel.n_samples)
            expected = signal.sosfiltfilt(made.sos, values)
            stored = got[name]
            assert stored.units == channel.units
            np.testing.assert_array_equal(stored.timebase.onsets, channel.timebase.onsets)
            assert (stored.fs, stored.n_samples) == (channel.fs, channel.n_samples)
            mine = stored.read(0, stored.n_samples)
            assert mine.dtype == np.float64
            scale = np.max(np.abs(values))
            np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-9 * scale)
        assert "zero phase" in got.notes[0]
        again = pickle.loads(pickle.dumps(got))
        first = next(iter(got))
        np.testing.assert_array_equal(again[first].read(100, 200), got[first].read(100, 200))


EVENING = datetime(2024, 5, 3, 22, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def at_night(name="night", start=EVENING):
    return Recording.from_arrays(
        {"a": np.arange(5000.0), "b": np.ones(5000)},
        FS,
        start=start,
        annotations=Annotations([1.0, 2.5], ["N", "V"]),
        name=name,
    )


@pytest.mark.parametrize(
    "chosen",
    [
        lambda r: r,
        lambda r: r["a"],
        lambda r: [r["a"], r["b"]],
        lambda r: [analysis.lazy(analysis.filter_signal, r["a"], filter=SLOW), r["b"]],
        lambda r: pickle.loads(pickle.dumps([r["a"], r["b"]]))[:1],
    ],
)
def test_what_is_derived_keeps_start_zone_and_annotations(chosen):
    source = at_night()
    channels = chosen(source)
    got = analysis.store(analysis.filter_signal, channels, filter=BAND).result(300)
    shown = Recording(
        "shown", [analysis.lazy(analysis.filter_signal, source["a"], filter=BAND), source["b"]]
    )
    for made in (got, shown, pickle.loads(pickle.dumps(got))):
        assert made.start == source.start
        assert made.start.utcoffset() == source.start.utcoffset()
        assert made.annotations.text.tolist() == ["N", "V"]
        assert made.annotations.onset.tolist() == [1.0, 2.5]


def test_a_start_set_later_is_that_of_what_is_derived():
    source = at_night(start=None)
    channel = analysis.lazy(analysis.filter_signal, source["a"], filter=BAND)
    source.start = datetime(2024, 5, 3, 22, 30, tzinfo=UTC)
    assert Recording("shown", [channel]).start == source.start


def test_channels_of_two_recordings_have_no_start_and_the_notes_say_so():
    one, two = at_night("one"), at_night("two", datetime(2020, 1, 1, tzinfo=UTC))
    got = analysis.store(analysis.filter_signal, [one["a"], two["b"]], filter=BAND).result(300)
    assert got.start is None
    assert len(got.annotations) == 0
    assert any("several recordings (one, two)" in note for note in got.notes)
    given = Recording("x", [one["a"], two["b"]], start=one.start, annotations=Annotations())
    assert given.start == one.start
    assert given.notes == []


def test_gaps_and_unusable_stretches_stay(cache_dir):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, 6000))
    values[0, 100:130] = np.nan
    base = from_runs(FS, [(0.0, 2000), (60.0, 4000)])
    channels = [
        Channel(name, ArraySamples(row), base, unit)
        for name, row, unit in zip("ab", values, ("mV", "uV"), strict=True)
    ]
    usable = analysis.Stretches([0.0, 62.0], [5.0, 80.0])
    got = analysis.store(
        analysis.filter_signal, channels, filter=BAND, usable=usable, chunk_s=2
    ).result(300)
    for channel, row in zip(channels, values, strict=True):
        expected = analysis.run(analysis.filter_signal, channel, usable=usable, filter=BAND).result(
            300
        )
        stored = got[channel.name]
        np.testing.assert_allclose(stored.read(0, 6000), expected.values, rtol=0, atol=1e-9)
        assert stored.gaps == channel.gaps
        assert stored.units == channel.units
        assert np.isnan(stored.read(1250, 2000)).all()
        assert np.isnan(stored.read(100, 130)).all() == np.isnan(row[100])


@settings(max_examples=15)
@given(st.integers(1, 9000), st.floats(0.3, 20), st.integers(0, 10_000), st.booleans())
def test_any_cut_is_stored_as_the_same(n, seconds, seed, zero_phase):
    rng = np.random.default_rng([seed, n, round(seconds * 1e6)])
    values = rng.normal(size=(2, n)).cumsum(axis=1)
    for row in values:
        for a in rng.integers(0, n, rng.integers(0, 4)):
            row[a : a + rng.integers(1, 60)] = np.nan
    recording = Recording.from_arrays(dict(zip("ab", values, strict=True)), FS)
    got = analysis.store(
        analysis.filter_signal,
        recording,
        filter=BAND,
        zero_phase=zero_phase,
        chunk_s=max(seconds, n / FS / 20),
    ).result(300)
    for name, row in zip("ab", values, strict=True):
        expected = analysis.filter_signal(row, FS, filter=BAND, zero_phase=zero_phase).values
        scale = np.nanmax(np.abs(row), initial=1.0)
        np.testing.assert_allclose(got[name].read(0, n), expected, rtol=0, atol=1e-9 * scale)


def test_the_same_asked_for_twice_at_once_is_computed_once(edf, monkeypatch):
    counted = []
    original = store_build.partials_of
    monkeypatch.setattr(
        store_build, "partials_of", lambda *args: counted.append(1) or original(*args)
    )
    with vw.open(edf) as recording:
        tasks = [analysis.store(analysis.filter_signal, recording, filter=BAND) for _ in range(2)]
        one, other = (task.result(300)["ECG 2"].read(0, 1000) for task in tasks)
    np.testing.assert_array_equal(one, other)
    assert len(counted) == 1


def test_causal_filters_and_other_functions_run_too():
    rng = np.random.default_rng(1)
    recording = Recording.from_arrays({"a": rng.normal(size=5000)}, FS, units="mV")
    got = analysis.store(
        analysis.filter_signal, recording["a"], filter=BAND, zero_phase=False, chunk_s=1.7
    ).result(300)
    values = recording["a"].read(0, 5000)
    expected, _ = signal.sosfilt(BAND.sos, values, zi=signal.sosfilt_zi(BAND.sos) * values[0])
    np.testing.assert_allclose(got["a"].read(0, 5000), expected, rtol=0, atol=1e-9)
    low = analysis.store(analysis.lowpass, recording, highcut=10).result(300)
    sos = signal.butter(4, 10, fs=FS, output="sos")
    expected = signal.sosfiltfilt(sos, values)
    np.testing.assert_allclose(low["a"].read(0, 5000), expected, rtol=0, atol=1e-9)


def test_half_the_disk_on_request():
    recording = Recording.from_arrays({"a": np.random.default_rng(1).normal(size=500)}, FS)
    got = analysis.store(analysis.filter_signal, recording, filter=BAND, dtype="float32").result(
        300
    )["a"]
    assert got.dtype == np.float32
    expected = signal.sosfiltfilt(BAND.sos, recording["a"].read(0, 500))
    np.testing.assert_allclose(got.read(0, 500), expected, atol=1e-6)


def test_what_was_computed_is_there_at_once(edf, monkeypatch, cache_dir):
    with vw.open(edf) as recording:
        channels = list(recording.channels.values())[:2]
        first = analysis.store(analysis.filter_signal, channels, filter=BAND).result(300)
    monkeypatch.setattr(store_build, "partials_of", None)  # not computed again
    with vw.open(edf) as recording:
        channels = list(recording.channels.values())[:2]
        again = analysis.store(analysis.filter_signal, channels, filter=BAND, chunk_s=3).result(300)
        np.testing.assert_array_equal(
            again[channels[0].name].read(0, 1000), first[channels[0].name].read(0, 1000)
        )
        assert again.fingerprint == first.fingerprint
        other = analysis.store(analysis.filter_signal, channels, filter=SLOW)
        with pytest.raises(TypeError):
            other.result(300)
        less = analysis.store(analysis.filter_signal, channels[:1], filter=BAND)
        with pytest.raises(TypeError):
            less.result(300)
    assert len(list((cache_dir / "analysis").glob("*.partial"))) == 0


def test_the_values_of_arrays_count_not_their_names():
    rng = np.random.default_rng(2)
    values = rng.normal(size=3000)
    one = analysis.store(
        analysis.filter_signal, Recording.from_arrays({"a": values}, FS), filter=BAND
    ).result(300)
    same = analysis.store(
        analysis.filter_signal, Recording.from_arrays({"a": values * 1}, FS), filter=BAND
    ).result(300)
    values[1500] += 1
    other = analysis.store(
        analysis.filter_signal, Recording.from_arrays({"a": values}, FS), filter=BAND
    ).result(300)
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_cancelled_or_broken_nothing_is_left(edf, monkeypatch, cache_dir):
    release = threading.Event()
    original = store_build.rows

    def slow(piece, **how):
        release.wait(300)
        return original(piece, **how)

    monkeypatch.setattr(store_build, "rows", slow)
    with vw.open(edf) as recording:
        task = analysis.store(analysis.filter_signal, recording, filter=BAND, chunk_s=10)
        task.cancel()
        release.set()
        with pytest.raises(TaskCancelledError):
            task.result(300)

        def full(self, columns):
            raise OSError(28, "no space")

        monkeypatch.setattr(store_build.TableWriter, "append", full)
        with pytest.raises(StoreError, match="disk is full"):
            analysis.store(analysis.filter_signal, recording, filter=BAND, chunk_s=10).result(300)
    folder = cache_dir / "analysis"
    assert not [path for path in folder.glob("*") if path.is_dir()]


def test_a_result_in_use_is_not_dropped_and_goes_on_in_analysis():
    recording = Recording.from_arrays({"a": np.random.default_rng(3).normal(size=5000)}, FS)
    got = analysis.store(analysis.filter_signal, recording, filter=BAND).result(300)
    twice = analysis.store(analysis.filter_signal, got, filter=SLOW).result(300)
    values = signal.sosfiltfilt(BAND.sos, recording["a"].read(0, 5000))
    expected = signal.sosfiltfilt(SLOW.sos, values)
    np.testing.assert_allclose(twice["a"].read(0, 5000), expected, rtol=0, atol=1e-8)
    from vital_widgets.runtime.cachefolder import CacheFolder

    CacheFolder(max_bytes=1).trim()
    np.testing.assert_array_equal(got["a"].read(0, 10).shape, (10,))
    assert len([p for p in (CacheFolder().root / "analysis").iterdir() if p.is_dir()]) == 2


def test_an_empty_channel():
    recording = Recording.from_arrays({"a": np.empty(0)}, FS)
    got = analysis.store(analysis.filter_signal, recording, filter=BAND).result(300)
    assert got["a"].n_samples == 0
    assert len(got["a"].read(0, 0)) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda rec: analysis.store(analysis.filter_signal, "ECG", filter=BAND),
            "give a recording",
        ),
        (lambda rec: analysis.store(analysis.filter_signal, [], filter=BAND), "give a recording"),
        (
            lambda rec: analysis.store(analysis.filter_signal, rec, filter=BAND, dtype="int16"),
            "dtype='int16'",
        ),
        (
            lambda rec: analysis.store(analysis.filter_signal, rec, filter=BAND, chunk_s=-1),
            "chunk_s=-1",
        ),
        (lambda rec: analysis.store(analysis.filter_signal, rec, filter="butter"), "not a Filter"),
        (lambda rec: analysis.store(np.mean, rec), "does not give one value"),
        (
            lambda rec: analysis.store(analysis.signal_quality, rec, kind="ecg"),
            "one value",
        ),
    ],
)
def test_bad_input_is_refused_at_once(call, words):
    recording = Recording.from_arrays({"a": np.zeros(100)}, FS)
    with pytest.raises(InvalidInputError, match=words):
        call(recording)


def test_what_else_is_given_counts_too():
    channel = Recording.from_arrays({"a": np.random.default_rng(4).normal(size=5000)}, FS)["a"]
    seconds = np.arange(0.5, 19, 0.8)
    samples = np.round(seconds * FS).astype(np.int64)
    stretch = np.zeros(len(samples), np.int64)
    beats = analysis.Beats(times=seconds, samples=samples, fs=FS, stretch=stretch, source="ecg")

    def stored(given):
        task = analysis.store(analysis.remove_baseline, channel, method="spline", beats=given)
        return task.result(300)

    one, same, other = (stored(given) for given in (beats, beats, seconds[:-1]))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    shown = [
        analysis.lazy(analysis.remove_baseline, channel, method="spline", beats=given)
        for given in (beats, seconds[:-1])
    ]
    assert shown[0].samples.key != shown[1].samples.key


def test_without_a_number_nothing_is_stored_but_nan():
    recording = Recording.from_arrays({"a": np.full(500, np.nan)}, FS)
    got = analysis.store(analysis.moving_median, recording).result(300)
    assert np.isnan(got["a"].read(0, 500)).all()
