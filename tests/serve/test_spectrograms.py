from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.replies import in_memory
from vital_widgets.analysis import spectrogram
from vital_widgets.analysis.signal.spectra.spectrogram_columns import SpectrogramColumns
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import regular
from vital_widgets.runtime.budget import blocks
from vital_widgets.runtime.caches import release_caches
from vital_widgets.serve import spectrograms
from vital_widgets.serve.dispatch import dispatch
from vital_widgets.serve.lanes import LaneSet, lanes_of
from vital_widgets.serve.overlays import spectrogram_lane
from vital_widgets.serve.session import Session
from vital_widgets.serve.spectrograms import TILE, Picture
from waiting import until


@pytest.fixture
def session():
    t = np.arange(20_000) / 100
    tone = np.sin(2 * np.pi * np.where(t < 100, 5, 12) * t)
    values = tone + 1e-3 * np.random.default_rng(3).normal(size=len(t))
    recording = in_memory(values, fs=100.0, runs=[(0.0, 12_000), (150.0, 8000)])
    made = Session(recording)
    lane = spectrogram_lane(recording["ch0"], "s", 3, [], {"band": (0, 20), "window_s": 2.0})
    lanes = LaneSet([*lanes_of(recording, None, {}).lanes, lane])
    made.show(lanes, ["ch0"])
    yield made
    made.close()


def ask(session: Session, channel: object, tile: object = 0) -> tuple[dict, list[bytes]]:
    content = {"v": 1, "kind": "spectrogram", "request": "a:1", "seq": 1}
    reply, buffers = dispatch(session, {**content, "channel": channel, "tile": tile})
    json.dumps(reply, allow_nan=False)
    return reply, buffers


def test_the_picture_is_the_spectrogram_of_the_analysis_in_decibels(session) -> None:
    (k,) = session.index_of(["s"])
    until(lambda: not ask(session, k)[0]["pending"])
    reply, (data,) = ask(session, k)
    plain = spectrogram(session.recording["ch0"], band=(0, 20), window_s=2.0)
    rows, columns = reply["rows"], reply["columns"]
    assert (rows, columns) == plain.power.shape
    assert columns < reply["tile_columns"]
    codes = np.frombuffer(data, np.uint8, rows * columns, reply["at"]).reshape(rows, columns)
    assert np.array_equal(codes == 0, np.isnan(plain.power))
    assert (codes == 0).any(axis=0).sum() >= 13  # the gap of 30 s
    level = 10 * np.log10(plain.power)
    known = codes > 0
    shown = reply["low"] + (codes[known] - 1) / 254 * (reply["high"] - reply["low"])
    clipped = np.clip(level[known], reply["low"], reply["high"])
    np.testing.assert_allclose(shown, clipped, atol=(reply["high"] - reply["low"]) / 254)
    assert reply["t0"] + reply["column_s"] / 2 == pytest.approx(plain.times[0])
    early = codes[:, : columns // 4].argmax(axis=0)
    step = (reply["f1"] - reply["f0"]) / rows
    assert reply["f0"] + (np.median(early) + 0.5) * step == pytest.approx(5, abs=step)


@pytest.mark.parametrize("tile", [1, -1, None, "0", 0.5])
def test_tiles_that_do_not_exist_are_refused(session, tile) -> None:
    (k,) = session.index_of(["s"])
    reply, _ = ask(session, k, tile)
    assert (reply["kind"], reply["code"]) == ("error", "protocol")


@settings(max_examples=25)
@given(
    lengths=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 3000)), min_size=1, max_size=4),
    first=st.integers(0, 60),
    count=st.integers(1, 60),
    max_columns=st.sampled_from([7, 40, 5000]),
)
def test_columns_equal_those_of_the_whole(lengths, first, count, max_columns) -> None:
    runs, t = [], 0.0
    for pause, n in lengths:
        runs.append((t, n))
        t += n / 100 + pause
    values = np.random.default_rng(len(runs)).normal(size=sum(n for _, n in runs))
    values[5::997] = np.nan
    channel = in_memory(values, fs=100.0, runs=runs)["ch0"]
    options = {"window_s": 1.0, "max_columns": max_columns, "max_rows": 20}
    whole = spectrogram(channel, **options)
    columns = SpectrogramColumns(channel, **options)
    assert columns.count == whole.power.shape[1]
    first = min(first, columns.count)
    stop = min(first + count, columns.count)
    np.testing.assert_allclose(columns.power(first, stop), whole.power[:, first:stop], rtol=1e-9)
    np.testing.assert_array_equal(columns.times, whole.times)
    np.testing.assert_array_equal(columns.frequencies, whole.frequencies)


def test_a_tile_of_a_long_recording_reads_little_of_it() -> None:
    class Counted(ArraySamples):
        read_samples = 0

        def read(self, start, stop):
            Counted.read_samples += stop - start
            return super().read(start, stop)

    n = 24 * 3600 * 100
    samples = Counted(np.random.default_rng(1).integers(-99, 99, n, dtype=np.int16))
    channel = Channel("EEG", samples, regular(100.0, n), "uV")
    picture = Picture(spectrogram_lane(channel, "s", 3, [], {"band": (0, 30), "window_s": 4.0}))
    codes = picture.codes(picture.tiles // 2)
    assert codes.shape[1] == TILE
    assert Counted.read_samples < 0.05 * n


def test_tiles_and_pictures_that_are_kept_are_bounded(session, monkeypatch) -> None:
    monkeypatch.setattr(spectrograms, "TILE", 8)
    monkeypatch.setattr(spectrograms, "KEPT_TILES", 5)
    monkeypatch.setattr(session._spectrograms, "_computed", lambda *_: None)  # none is fetched
    (k,) = session.index_of(["s"])
    for tile in range(12):
        assert ask(session, k, tile)[0]["pending"]
    assert len(session._spectrograms._tiles) == 5


def test_fetched_tiles_share_the_memory_of_all_caches_until_the_session_ends(session) -> None:
    release_caches()
    (k,) = session.index_of(["s"])
    until(lambda: not ask(session, k)[0]["pending"])
    reply, buffer = ask(session, k)
    held = blocks().holders()[spectrograms.HOLDER]
    assert (held.entries, held.held_bytes) == (1, reply["rows"] * reply["columns"])
    assert not session._spectrograms._tiles
    release_caches()
    assert blocks().holders()[spectrograms.HOLDER].entries == 0
    until(lambda: not ask(session, k)[0]["pending"])
    assert ask(session, k) == (reply, buffer)
    session.close()
    assert blocks().holders()[spectrograms.HOLDER].entries == 0


@pytest.mark.parametrize("channel", [0, None, 99, "s"])
def test_other_lanes_have_no_spectrogram(session, channel) -> None:
    reply, _ = ask(session, channel)
    assert (reply["kind"], reply["code"]) == ("error", "protocol")
