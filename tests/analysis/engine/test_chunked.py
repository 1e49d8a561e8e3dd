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

from vital_widgets.analysis.engine.chunked import chunked, start
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import signal_of
from vital_widgets.analysis.engine.stretches import Stretches, only_usable
from vital_widgets.analysis.engine.validity import checked_signal
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

    def facts(self):
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


def plan_moving(fs: float, *, width: int = 3) -> Plan:
    return Plan(functools.partial(moving_sum, width=width), gather, before=width)


@chunked(plan_moving)
@with_recipe("values")
def moving(values, fs, *, width=3, usable=None) -> Moving:
    """Trailing sum."""
    signal = only_usable(checked_signal(values), usable, fs)
    return run_on_array(plan_moving(fs, width=width), signal, fs)


@chunked(lambda fs: Plan(running_sum, gather, carry=True))
def running(values, fs) -> Moving:
    """Running sum."""
    return run_on_array(Plan(running_sum, gather, carry=True), values, fs)


def wait_for_release(piece: Piece) -> np.ndarray:
    RELEASE.wait(300)
    return piece.core_values


@chunked(lambda fs: Plan(wait_for_release, gather))
def waiting(values, fs) -> Moving:
    raise AssertionError


def fail(piece: Piece) -> np.ndarray:
    msg = "broken piece"
    raise ZeroDivisionError(msg)


@chunked(lambda fs: Plan(fail, gather))
def failing(values, fs) -> Moving:
    raise AssertionError


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
    cut = start(moving, channel_of(values), chunk_seconds=seconds, width=width).result()
    np.testing.assert_allclose(cut.values, whole.values, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(cut.extent.stretches, whole.extent.stretches)
    assert cut.valid == whole.valid
    pieces = run_on_array(plan_moving(10.0, width=width), values, 10.0, chunk_samples=7)
    np.testing.assert_allclose(pieces.values, whole.values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seconds", [0.3, 1.0, 100.0])
def test_a_gap_is_a_boundary(seconds):
    values = np.ones(60)
    channel = channel_of(values, runs=[(0.0, 25), (100.0, 35)])
    got = start(moving, channel, chunk_seconds=seconds).result()
    expected = np.concatenate([moving(values[:25], 10.0).values, moving(values[25:], 10.0).values])
    np.testing.assert_array_equal(got.values, expected)
    assert got.values[25] == 0  # nothing came over the gap
    np.testing.assert_array_equal(got.extent.stretches, [[0, 25], [25, 60]])
    np.testing.assert_array_equal(got.extent.stretch_of(np.array([3, 24, 25, 59])), [0, 0, 1, 1])
    assert got.valid.seconds == pytest.approx(6.0)
    assert got.valid.of_seconds == pytest.approx(103.5)


def test_what_is_carried_on_starts_anew_after_a_gap():
    channel = channel_of(np.ones(60), runs=[(0.0, 25), (100.0, 35)])
    got = start(running, channel, chunk_seconds=0.7).result()
    np.testing.assert_array_equal(got.values, [*range(1, 26), *range(1, 36)])


def test_runs_that_touch_are_one():
    base = from_runs(10.0, [(0.0, 20), (2.0, 20), (5.0, 5)])
    channel = Channel("x", ArraySamples(np.ones(45)), base)
    assert signal_of(channel).runs() == [(0, 40), (40, 45)]


def test_a_short_hole_can_be_bridged_and_is_not_valid_signal():
    values = np.ones(100)
    values[30:32] = np.nan
    values[60:80] = np.inf
    extent = start(moving, channel_of(values)).result().extent
    at = np.array([10, 40, 90])
    np.testing.assert_array_equal(extent.stretch_of(at), [0, 1, 2])
    np.testing.assert_array_equal(extent.stretch_of(at, bridge=0.5), [0, 0, 1])
    assert extent.valid.seconds == pytest.approx(7.8)


def test_the_usable_mask_makes_gaps():
    values = np.ones(100)
    usable = Stretches([0.0, 6.0], [4.0, 10.0])
    masked = start(moving, channel_of(values), usable=usable, chunk_seconds=0.9).result()
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
    got = start(moving, channel, width=1).result()
    np.testing.assert_array_equal(got.values, [0, 1.5, 2.0, 0.0])
    assert got.valid.seconds == pytest.approx(0.3)


def test_a_recipe_makes_the_result_again():
    rng = np.random.default_rng(0)
    got = start(moving, channel_of(rng.normal(size=50)), width=7).result()
    assert dict(got.recipe.parameters) == {"width": 7}
    again = got.recipe.run()
    np.testing.assert_array_equal(again.values, got.values)


def test_cancel_stops_it():
    RELEASE.clear()
    task = start(waiting, channel_of(np.ones(1000)), chunk_seconds=1.0)
    task.cancel()
    RELEASE.set()
    with pytest.raises(TaskCancelledError):
        task.result(300)
    assert not task.error


def test_an_error_in_a_piece_is_the_error_of_the_task():
    task = start(failing, channel_of(np.ones(10)))
    with pytest.raises(ZeroDivisionError, match="broken piece"):
        task.result(300)


def test_an_empty_channel_has_an_empty_result():
    got = start(moving, channel_of(np.empty(0))).result()
    assert len(got.values) == 0
    assert got.valid.of_seconds == 0


@pytest.mark.parametrize(
    ("channels", "parameters", "words"),
    [
        ([], {}, "is no channel"),
        ("ECG", {}, "is no channel"),
        (None, {}, "is no channel"),
        ("two", {}, "takes one channel"),
        ("apart", {}, "do not have the same sample times"),
        ("one", {"chunk_seconds": 0}, "chunk_seconds=0"),
        ("one", {"usable": 3}, "does not say where signal may be used"),
        ("one", {"nonsense": 3}, "moving over a recording: .*'nonsense'"),
        ("one", {"fs": 3}, "the channel's own"),
    ],
)
def test_bad_input_is_refused_at_once(channels, parameters, words):
    known = {
        "one": channel_of(np.ones(9)),
        "two": [channel_of(np.ones(9)), channel_of(np.ones(9))],
        "apart": [channel_of(np.ones(9)), channel_of(np.ones(8))],
    }
    given_channels = known.get(channels, channels) if isinstance(channels, str) else channels
    with pytest.raises(InvalidInputError, match=words):
        start(moving, given_channels, **parameters)


@chunked(lambda fs: Plan(running_sum, gather, stacked=True, channels=2))
def pairwise(values, fs) -> Moving:
    """Sum of pairs."""


@pytest.mark.parametrize("channels", ["one", "three", "alone"])
def test_as_many_channels_as_the_plan_takes(channels):
    one = channel_of(np.ones(9))
    given_channels = {"one": one, "three": [one] * 3, "alone": [one]}[channels]
    with pytest.raises(InvalidInputError, match="takes a list of 2 channels, not"):
        start(pairwise, given_channels)


@pytest.mark.parametrize("chunk_seconds", [None, 3, 7.77])
def test_a_mask_finds_samples_by_their_times_in_runs_that_touch(chunk_seconds):
    """A clock that was corrected has many runs, each a little later than the last one ended."""
    fs, starts = 100.0, np.arange(0, 6000, 100)
    onsets = starts / fs + 0.004 * np.arange(len(starts))
    timebase = TimeBase(fs, 6000, starts, onsets)
    channel = Channel("x", ArraySamples(np.ones(6000)), timebase)
    got = start(moving, channel, usable=Stretches([30.0], [40.0]), chunk_seconds=chunk_seconds)
    times = Extent(timebase, np.empty((0, 2), np.int64)).times(np.arange(6000))
    used = np.flatnonzero((times >= 30) & (times < 40))
    assert got.result().extent.stretches.tolist() == [[used[0], used[-1] + 1]]


def plan_counted(fs: float, *, timebase) -> Plan:
    return Plan(running_sum, lambda partials, extent: counted(timebase.n_samples, fs), carry=True)


@chunked(plan_counted)
@with_recipe("values")
def counted(values, fs=None) -> Moving:
    """Number of samples, known before they are read."""
    return Moving(values=np.array([values]), extent=None)


def test_a_plan_can_ask_for_the_times_of_the_recording():
    got = start(counted, channel_of(np.ones(60), runs=[(0.0, 25), (100.0, 35)])).result()
    assert got.values.tolist() == [60]
    assert got.recipe.run().values.tolist() == [60]  # fs is the channel's, not a parameter


def test_a_function_without_a_plan_says_so():
    with pytest.raises(InvalidInputError, match="call it with arrays"):
        start(np.mean, channel_of(np.ones(3)))


def test_on_a_distributed_client_it_runs_there():
    from distributed import Client, LocalCluster

    rec = Recording.from_arrays({"x": np.arange(2000.0)}, 10.0)
    expected = start(moving, rec["x"], chunk_seconds=10).result()
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster),
    ):
        got = start(moving, rec["x"], chunk_seconds=10).result()
    np.testing.assert_array_equal(got.values, expected.values)
