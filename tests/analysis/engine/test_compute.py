"""The driver of analyses in pieces: any cut gives the same, gaps are boundaries, tasks end."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vital_widgets.analysis.engine.analysis import analysis, run
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, SignalsLike, signal_of, signals_of
from vital_widgets.analysis.engine.stretches import Stretches, UsableLike
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import TimeBase, from_runs
from vital_widgets.errors import InvalidInputError, TaskCancelledError

RELEASE = threading.Event()


@dataclass(frozen=True, kw_only=True, eq=False)
class Moving(Result):
    values: np.ndarray
    extent: Extent

    def to_frame(self):
        return pd.DataFrame({"value": self.values})

    def _facts(self):
        return [("points", str(len(self.values)))]


def moving_sum(piece: Piece, width: int) -> np.ndarray:
    """Sum of up to ``width`` samples before, within the run; NaN counts as nothing."""
    totals = np.concatenate([[0], np.cumsum(np.nan_to_num(piece.values))])
    i = np.arange(piece.core.start, piece.core.stop)
    return totals[i] - totals[np.maximum(i - width, 0)]


def running_sum(piece: Piece, state: float | None) -> tuple[np.ndarray, float]:
    totals = (state or 0.0) + np.cumsum(np.nan_to_num(piece.core_values))
    return totals, float(totals[-1])


def gather(partials, extent: Extent) -> Moving:
    values = np.concatenate(partials) if partials else np.empty(0)
    return Moving(values=values, extent=extent, valid=extent.valid)


@analysis
def moving(
    x: SignalLike, fs: float | None = None, *, width: int = 3, usable: UsableLike = None
) -> Plan[np.ndarray, Moving]:
    """Trailing sum."""
    signal = signal_of(x, fs, usable)
    work = functools.partial(moving_sum, width=width)
    return Plan(work, gather, before=width, source=signal)


@analysis
def running(x: SignalLike, fs: float | None = None) -> Plan[np.ndarray, Moving]:
    """Running sum."""
    return Plan(running_sum, gather, carry=True, source=signal_of(x, fs))


def wait_for_release(piece: Piece) -> np.ndarray:
    RELEASE.wait(300)
    return piece.core_values


@analysis
def waiting(x: SignalLike, fs: float | None = None) -> Plan[np.ndarray, Moving]:
    """Nothing, until it is released."""
    return Plan(wait_for_release, gather, source=signal_of(x, fs))


def fail(piece: Piece) -> np.ndarray:
    msg = "broken piece"
    raise ZeroDivisionError(msg)


@analysis
def failing(x: SignalLike, fs: float | None = None) -> Plan[np.ndarray, Moving]:
    """An error."""
    return Plan(fail, gather, source=signal_of(x, fs))


def channel_of(values, fs=10.0, runs=None) -> Channel:
    base = from_runs(fs, runs or [(0.0, len(values))])
    return Channel("x", ArraySamples(np.asarray(values)), base)


@settings(max_examples=60)
@given(st.integers(1, 200), st.integers(1, 40), st.floats(0.1, 30), st.integers(0, 9))
def test_any_cut_gives_what_one_piece_gives(n, width, seconds, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    values[rng.random(n) < 0.1] = np.nan
    whole = moving(values, 10.0, width=width)
    cut = run(moving, channel_of(values), chunk_s=seconds, width=width).result()
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(cut.extent.stretches, whole.extent.stretches)
    assert cut.valid == whole.valid
    pieces = run(moving, values, 10.0, width=width, chunk_s=0.7).result()
    np.testing.assert_allclose(pieces.values, whole.values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 100.0])
def test_a_gap_is_a_boundary(seconds):
    values = np.ones(60)
    channel = channel_of(values, runs=[(0.0, 25), (100.0, 35)])
    got = run(moving, channel, chunk_s=seconds).result()
    expected = np.concatenate([moving(values[:25], 10.0).values, moving(values[25:], 10.0).values])
    np.testing.assert_array_equal(got.values, expected)
    assert got.values[25] == 0  # nothing came over the gap
    np.testing.assert_array_equal(got.extent.stretches, [[0, 25], [25, 60]])
    np.testing.assert_array_equal(got.extent.stretch_of(np.array([3, 24, 25, 59])), [0, 0, 1, 1])
    assert got.valid.seconds == pytest.approx(6.0)
    assert got.valid.of_seconds == pytest.approx(103.5)


def test_what_is_carried_on_starts_anew_after_a_gap():
    channel = channel_of(np.ones(60), runs=[(0.0, 25), (100.0, 35)])
    got = run(running, channel, chunk_s=0.7).result()
    np.testing.assert_array_equal(got.values, [*range(1, 26), *range(1, 36)])


def test_runs_that_touch_are_one():
    base = from_runs(10.0, [(0.0, 20), (2.0, 20), (5.0, 5)])
    channel = Channel("x", ArraySamples(np.ones(45)), base)
    assert signal_of(channel).runs() == [(0, 40), (40, 45)]


def test_a_short_hole_can_be_bridged_and_is_not_valid_signal():
    values = np.ones(100)
    values[30:32] = np.nan
    values[60:80] = np.inf
    extent = run(moving, channel_of(values)).result().extent
    at = np.array([10, 40, 90])
    np.testing.assert_array_equal(extent.stretch_of(at), [0, 1, 2])
    np.testing.assert_array_equal(extent.stretch_of(at, bridge=0.5), [0, 0, 1])
    assert extent.valid.seconds == pytest.approx(7.8)


def test_the_usable_mask_makes_gaps():
    values = np.ones(100)
    usable = Stretches([0.0, 6.0], [4.0, 10.0])
    masked = run(moving, channel_of(values), usable=usable, chunk_s=0.9).result()
    mask = np.ones(100, bool)
    mask[40:60] = False
    np.testing.assert_array_equal(masked.values, moving(values, 10.0, usable=mask).values)
    np.testing.assert_array_equal(masked.values, moving(values, 10.0, usable=usable).values)
    assert masked.valid.seconds == pytest.approx(8.0)
    assert str(masked.valid) == "8 s of 10 s (80.0 %)"


def test_units_and_missing_values_are_those_of_the_channel():
    native = np.array([1, 2, -32768, 4], np.int16)
    base = from_runs(10.0, [(0.0, 4)])
    channel = Channel("x", ArraySamples(native), base, gain=0.5, offset=1.0, missing=-32768)
    got = run(moving, channel, width=1).result()
    np.testing.assert_array_equal(got.values, [0, 1.5, 2.0, 0.0])
    assert got.valid.seconds == pytest.approx(0.3)


def test_a_recipe_makes_the_result_again():
    rng = np.random.default_rng(0)
    got = run(moving, channel_of(rng.normal(size=50)), width=7).result()
    assert dict(got.recipe.parameters) == {"fs": None, "width": 7}
    again = got.recipe.run()
    np.testing.assert_array_equal(again.values, got.values)


def test_cancel_stops_it():
    RELEASE.clear()
    task = run(waiting, channel_of(np.ones(1000)), chunk_s=1.0)
    task.cancel()
    RELEASE.set()
    with pytest.raises(TaskCancelledError):
        task.result(300)
    assert not task.error


def test_an_error_in_a_piece_is_the_error_of_the_task():
    task = run(failing, channel_of(np.ones(10)))
    with pytest.raises(ZeroDivisionError, match="broken piece"):
        task.result(300)


def test_an_empty_channel_has_an_empty_result():
    got = run(moving, channel_of(np.empty(0))).result()
    assert len(got.values) == 0
    assert got.valid.of_seconds == 0


@pytest.mark.parametrize(
    ("channels", "parameters", "words"),
    [
        ([], {}, "fs is missing"),
        ("ECG", {}, "fs is missing"),
        (None, {"fs": 10.0}, "give a channel, such as"),
        ("two", {"fs": 10.0}, "give a channel, such as"),
        ("one", {"chunk_s": 0}, "chunk_s=0"),
        ("one", {"usable": 3}, "does not say where signal may be used"),
        ("one", {"fs": 3}, "has a sampling rate of 10 Hz; leave fs out"),
    ],
)
def test_bad_input_is_refused_at_once(channels, parameters, words):
    known = {
        "one": channel_of(np.ones(9)),
        "two": [channel_of(np.ones(9)), channel_of(np.ones(9))],
    }
    given_channels = known.get(channels, channels) if isinstance(channels, str) else channels
    with pytest.raises(InvalidInputError, match=words):
        run(moving, given_channels, **parameters)


@analysis
def paired(x: SignalsLike, fs: float | None = None) -> Plan[np.ndarray, Moving]:
    """Sum of two signals."""
    signals = signals_of(x, fs, count=2)
    return Plan(lambda piece: piece.core_values.sum(axis=0), gather, source=signals)


def test_two_channels_are_read_together():
    first, second = channel_of(np.arange(9.0)), channel_of(np.ones(9))
    np.testing.assert_array_equal(paired([first, second]).values, np.arange(9.0) + 1)
    both = np.stack([np.arange(9.0), np.ones(9)])
    np.testing.assert_array_equal(paired(both, 10.0).values, np.arange(9.0) + 1)


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 signals were given; 2 are needed"), (3, "3 signals were given; 2 are needed")],
)
def test_another_number_of_channels_is_refused(count, words):
    with pytest.raises(InvalidInputError, match=words):
        paired([channel_of(np.ones(9))] * count)


def test_channels_with_other_times_are_refused():
    apart = [channel_of(np.ones(9)), channel_of(np.ones(8))]
    with pytest.raises(InvalidInputError, match="do not have the same sample times"):
        paired(apart)
    with pytest.raises(InvalidInputError, match="this analysis takes several"):
        paired(apart[0])


@pytest.mark.parametrize("chunk_s", [None, 3, 7.77])
def test_a_mask_finds_samples_by_their_times_in_runs_that_touch(chunk_s):
    """A clock that was corrected has many runs, each a little later than the last one ended."""
    fs, starts = 100.0, np.arange(0, 6000, 100)
    onsets = starts / fs + 0.004 * np.arange(len(starts))
    timebase = TimeBase(fs, 6000, starts, onsets)
    channel = Channel("x", ArraySamples(np.ones(6000)), timebase)
    got = run(moving, channel, usable=Stretches([30.0], [40.0]), chunk_s=chunk_s)
    times = Extent(timebase, np.empty((0, 2), np.int64)).times(np.arange(6000))
    used = np.flatnonzero((times >= 30) & (times < 40))
    assert got.result().extent.stretches.tolist() == [[used[0], used[-1] + 1]]


def test_on_a_distributed_client_it_runs_there():
    from distributed import Client, LocalCluster

    rec = Recording.from_arrays({"x": np.arange(2000.0)}, 10.0)
    expected = run(moving, rec["x"], chunk_s=10).result()
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster),
    ):
        got = run(moving, rec["x"], chunk_s=10).result()
    np.testing.assert_array_equal(got.values, expected.values)
