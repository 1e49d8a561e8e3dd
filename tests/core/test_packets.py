from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vital_widgets.core.regularity import GridFinder
from vital_widgets.errors import InvalidInputError


def found(stamps, fs=None, block=None):
    finder = GridFinder(fs)
    block = block or max(len(stamps), 1)
    for i in range(0, len(stamps), block):
        finder.feed(stamps[i : i + block], i + 1)
    finder.timebase()
    return finder


def sent(sizes, fs, *, missing=None, late=0.0, held=(), tick=0.0):
    """When rows were sampled, and the stamps that packets of them get on arrival.

    ``missing`` has the rows lost before each packet, ``late`` how late each one comes; from each
    packet in ``held`` on nothing comes for so many seconds, and then all of it at once.
    """
    sizes = np.asarray(sizes)
    lost = np.zeros(len(sizes), int) if missing is None else np.cumsum(missing)
    true = (np.arange(sizes.sum()) + np.repeat(lost, sizes)) / fs
    stamps = true[np.cumsum(sizes) - 1] + late
    for packet, seconds in held:
        waiting = (stamps >= stamps[packet]) & (stamps < stamps[packet] + seconds)
        stamps[waiting] = stamps[packet] + seconds + np.arange(waiting.sum()) * 1e-3
    stamps = np.maximum.accumulate(stamps)
    if tick:
        stamps = np.floor(stamps / tick + 1e-9) * tick
    return true, np.repeat(stamps, sizes)


def off_by(base, true):
    """How far the times lie from the true ones, apart from a constant; in seconds."""
    off = base.times(0, base.n_samples) - true
    return np.abs(off - np.median(off)).max()


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(100, 500),
    most=st.integers(2, 40),
    least=st.integers(1, 40),
    fs=st.sampled_from([25.0, 100.0, 130.0, 256.0, 1000.0]),
    spread=st.sampled_from([0.0, 0.1, 0.4]),
    gaps=st.lists(st.tuples(st.floats(0.2, 0.8), st.floats(6, 500)), max_size=3),
    held=st.lists(st.tuples(st.floats(0.1, 0.8), st.floats(1, 12)), max_size=2),
    block=st.sampled_from([17, 1000, 10**6]),
)
def test_packets_are_spread_as_they_were_sampled(  # noqa: PLR0917
    seed, n, most, least, fs, spread, gaps, held, block
):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min(least, most), max(least, most) + 1, n)
    sizes[0] = 2 if sizes.max() == 1 else sizes[0]
    packet = sizes.mean() / fs
    missing = np.zeros(n, int)
    places = {int(place * n): packets for place, packets in gaps}
    at = sorted(places)
    if any(b - a < 20 for a, b in pairwise(at)):
        return
    for place, packets in places.items():
        missing[place] = np.ceil(packets * sizes.max())
    holds = [(int(place * n), packets * packet) for place, packets in held[: n // 150]]
    if any(abs(p - a) < 20 + s / packet for p, s in holds for a in at):
        return  # nobody can tell a gap from packets that were held up just then
    if len(holds) > 1 and abs(holds[0][0] - holds[1][0]) < 40:
        return  # two holds that follow each other closely may look like one gap
    late = rng.uniform(0, spread * packet, n)
    true, stamps = sent(sizes, fs, missing=missing, late=late, held=holds)
    finder = found(stamps, block=block)
    base = finder.timebase()
    assert base.n_samples == len(true)
    assert len(base.gaps) == len(places)
    allowed = max(2 / fs, 2 * spread * packet + 1e-3)
    assert off_by(base, true) <= allowed
    assert (
        "share one time" in finder.notes()[0] or "the time of the row before" in finder.notes()[0]
    )


@pytest.mark.parametrize(
    ("fs", "size", "tick"), [(130, 6, 1e-3), (256, 12, 1e-3), (50, 36, 0.0), (250, 2, 1e-3)]
)
def test_equal_packets_give_the_plain_rate_and_a_note(fs, size, tick):
    _, stamps = sent(np.full(500, size), fs, tick=tick)
    finder = found(stamps - stamps[0])
    base = finder.timebase()
    assert (base.fs, base.start, base.gaps) == (fs, 0.0, [])
    assert finder.notes() == [
        f"{size} samples share one time stamp; their times were spaced evenly at {fs} Hz"
    ]


@pytest.mark.parametrize(("fs", "tick"), [(100, 1.0), (128, 1.0), (1024, 1e-3), (1990, 1e-3)])
def test_a_coarse_clock_keeps_rate_and_gaps(fs, tick):
    index = np.delete(np.arange(60_000), np.s_[30_000:33_000])
    true = 10.3 + index / fs
    base = found(np.floor(true / tick + 1e-9) * tick).timebase()
    assert base.fs == fs
    assert len(base.gaps) == 1
    assert off_by(base, true) < 1.01 / fs


def test_a_second_cut_off_by_the_start_does_not_shift_the_rows():
    true = 10.7 + np.arange(5000) / 100
    base = found(np.floor(true)).timebase()
    np.testing.assert_allclose(base.times(0, 5000), true, atol=1e-6)


def test_stamps_of_first_rows_show_a_lost_packet_among_packets_of_any_size():
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 21, 500)
    missing = np.zeros(500, int)
    missing[250] = 12
    true = (np.arange(sizes.sum()) + np.repeat(np.cumsum(missing), sizes)) / 100
    base = found(np.repeat(true[np.cumsum(sizes) - sizes], sizes)).timebase()
    assert len(base.gaps) == 1
    assert off_by(base, true) < 1e-6


def test_packets_held_up_and_let_go_in_a_burst_are_no_gap_and_are_reported():
    _, stamps = sent(np.full(600, 6), 130, held=[(200, 5.0)])
    finder = found(stamps)
    assert finder.timebase().gaps == []
    assert "up to 5 s late" in finder.notes()[1]


def test_a_poor_clock_is_followed():
    index = np.arange(200_000)
    true = index / 100 + 0.1 * np.sin(index / 2000)
    base = found(np.floor(true / 0.0156) * 0.0156).timebase()
    assert base.gaps == []
    assert off_by(base, true) < 0.04


def test_one_row_with_the_time_before_it_keeps_the_rate_and_other_gaps():
    times = np.arange(20_000) / 1000
    times[5000:] -= 0.001
    times[12_000:] += 0.001
    finder = found(np.round(times, 3), block=3000)
    assert finder.timebase().fs == 1000
    assert len(finder.timebase().gaps) == 1
    assert "1 row has the time of the row before (the first is row 5001)" in finder.notes()[0]


def test_a_given_rate_spreads_the_rows():
    _, stamps = sent(np.full(500, 6), 130.4, tick=1e-3)
    finder = found(stamps, fs=130)
    assert finder.timebase().fs == 130
    assert "differs from the sampling rate of 130 Hz" in finder.notes()[1]
    with pytest.raises(InvalidInputError, match="fs=50 Hz does not fit the times"):
        found(stamps, fs=50)


def test_bursts_with_pauses_between_are_shown_at_a_given_rate():
    stamps = np.repeat(np.arange(50) * 600.0, 750)
    base = found(stamps, fs=25, block=1000).timebase()
    assert base.fs == 25
    assert base.gaps[:2] == [(30, 600), (630, 1200)]
    assert len(base.gaps) == 49


def test_events_are_refused_and_fs_is_the_way_out():
    events = np.floor(np.cumsum(np.random.default_rng(0).exponential(0.7, 3000)))
    with pytest.raises(InvalidInputError, match=r"give fs=.*an event"):
        found(events)
    assert found(events, fs=1.4).timebase().n_samples == 3000


def test_one_time_for_all_rows_is_refused_and_fs_is_the_way_out():
    with pytest.raises(InvalidInputError, match=r"all 30 rows have the same time.*fs="):
        found(np.full(30, 4.0))
    base = found(np.full(30, 4.0), fs=20).timebase()
    assert (base.fs, base.start, base.n_samples, base.gaps) == (20, 4, 30, [])


def test_what_is_kept_does_not_grow_with_the_rows():
    finder = GridFinder()
    for k in range(60):
        finder.feed(np.floor(np.arange(k << 16, (k + 1) << 16) / 7) * 0.07, (k << 16) + 1)
    late, even = finder._grid._late, finder._grid._even
    assert len(late._stamps) <= 4096 + 16
    assert len(late._known.rows) <= 1 << 14
    assert (len(even._waiting), len(even._sizes), len(even._first)) == (0, 0, 1)
    assert finder.timebase().gaps == []


@given(
    steps=st.lists(
        st.sampled_from([0.0, 0.0, 0.0, 0.01, 1.0, 1.0, 1.0, 1.3, 1.9, 7.5]), max_size=300
    ),
    fs=st.sampled_from([None, 0.2, 1.0, 30.0]),
    block=st.integers(1, 50),
)
def test_any_times_that_do_not_fall_give_a_time_base_or_a_reason(steps, fs, block):
    times = np.cumsum([0.0, *steps])
    try:
        finder = found(times, fs, block)
        base = finder.timebase()
    except InvalidInputError as error:
        assert "fs" in str(error)  # noqa: PT017 - either outcome is right
        return
    assert base.n_samples == len(times)
    assert np.all(np.diff(base.times(0, len(times))) > 0)
    assert all(finder.notes())


def test_a_list_of_events_with_few_equal_times_is_refused():
    rng = np.random.default_rng(0)
    events = np.sort(np.concatenate([np.arange(0, 9000, 30), rng.integers(0, 9000, 80)]))
    with pytest.raises(InvalidInputError, match="an event"):
        found(events.astype(float))


@given(
    fs=st.sampled_from([100.0, 250.0]),
    size=st.integers(1, 30),
    tick=st.sampled_from([1e-3, 1e-2, 1.0]),
    begin=st.floats(40, 300),
    seconds=st.floats(2, 600),
    block=st.sampled_from([999, 10**6]),
)
def test_rows_of_a_clock_that_stood_still_are_counted_through_and_reported(
    fs, size, tick, begin, seconds, block
):
    true, stamps = sent(np.full(100_000 // size, size), fs)
    still = (stamps >= begin) & (stamps < begin + seconds)
    stamps[still] = stamps[still][0]
    finder = found(np.floor(stamps / tick + 1e-9) * tick, block=block)
    base = finder.timebase()
    assert sum(b - a for a, b in base.gaps) <= 1e-3 * seconds  # as well as the rate is known
    assert off_by(base, true) < max(2 / fs, tick)
    most = int(np.unique(np.floor(stamps / tick + 1e-9), return_counts=True)[1].max())
    assert f"up to {most} samples share one time stamp" in finder.notes()[0]


@pytest.mark.parametrize("tick", [1e-3, 1.0])
@pytest.mark.parametrize("fs", [None, 100])
def test_a_clock_that_goes_on_where_it_stood_still_is_named(tick, fs):
    stamps = np.arange(100_000) / 100
    stamps[20_000:] = np.maximum(stamps[20_000:] - 7, 200)
    with pytest.raises(InvalidInputError, match=r"near row 20001, .* 7 s longer .*split the table"):
        found(np.floor(stamps / tick + 1e-9) * tick, fs, block=3000)


def test_packets_that_come_sooner_from_now_on_are_no_clock_set_back():
    late = np.where(np.arange(2000) < 1000, 0.4, 0.05)
    _, stamps = sent(np.full(2000, 6), 130, late=late)
    assert found(stamps).timebase().gaps == []


def test_the_first_packets_may_be_held_up():
    true, stamps = sent(np.full(2000, 6), 130, held=[(0, 4.0)])
    base = found(stamps).timebase()
    assert base.gaps == []
    assert off_by(base, true) < 0.05


def test_whole_seconds_of_packets_that_do_not_fill_them_evenly():
    _, stamps = sent(np.full(20_000, 25), 250.3, tick=1.0)
    base = found(stamps).timebase()
    assert base.fs == pytest.approx(250.3, abs=1e-3)
    assert base.gaps == []


@pytest.mark.parametrize("share", [0.01, 0.03, 0.045])
def test_packets_that_are_lost_all_the_time_leave_the_rate_as_it_is(share):
    rng = np.random.default_rng(5)
    missing = np.where(rng.random(20_000) < share, 12, 0)
    missing[:20] = 0
    true, stamps = sent(
        np.full(20_000, 12), 256, missing=missing, late=rng.uniform(0, 0.005, 20_000), tick=1e-3
    )
    base = found(stamps).timebase()
    assert base.fs == pytest.approx(256, rel=1e-3)
    assert len(base.gaps) > 0.8 * np.count_nonzero(missing)
    assert off_by(base, true) < 5 * 12 / 256  # several lost at once count for one


def test_a_given_rate_above_that_of_the_rows_says_that_samples_are_missing():
    rng = np.random.default_rng(5)
    missing = np.where(rng.random(5000) < 0.15, 12, 0)
    late = rng.exponential(0.05, 5000)
    _, stamps = sent(np.full(5000, 12), 256, missing=missing, late=late, tick=1e-3)
    notes = found(stamps, fs=256).notes()
    assert any("of the samples may be missing" in note for note in notes)


def test_delays_that_hide_a_lost_packet_are_reported():
    late = np.random.default_rng(5).exponential(0.3, 5000)
    _, stamps = sent(np.full(5000, 12), 256, late=late)
    assert any("cannot be distinguished" in note for note in found(stamps).notes())


@pytest.mark.parametrize("block", [1, 2, 100])
@pytest.mark.parametrize("n", [1, 2, 3, 16, 17, 40])
def test_a_gap_just_before_the_first_equal_times_is_one_gap(n, block):
    times = np.concatenate([np.arange(100) / 100, 9 + np.arange(n) / 100])
    times = np.append(times, times[-1])
    base = found(times, block=block).timebase()
    assert len(base.gaps) == 1
    assert base.gaps[0] == pytest.approx((1.0, 9.0), abs=0.011)


@pytest.mark.parametrize("fs", [None, 250])
@pytest.mark.parametrize("block", [100, 40_000])
@pytest.mark.parametrize("late", [0.0, 0.002, 0.01])
@pytest.mark.parametrize("lost", [0.02, 0.1, 0.3])
def test_every_lost_packet_of_those_in_time_is_a_gap(lost, late, block, fs):
    rng = np.random.default_rng(7)
    sent_at = np.flatnonzero(rng.random(1500) > lost)
    stamps = sent_at * 0.1 + (rng.random(len(sent_at)) * late)
    finder = found(np.repeat(stamps, 25), fs, block)
    base = finder.timebase()
    assert base.fs == pytest.approx(250, rel=1e-4)
    assert len(base.gaps) == np.count_nonzero(np.diff(sent_at) > 1)
    missing = sent_at[-1] - sent_at[0] + 1 - len(sent_at)
    assert sum(b - a for a, b in base.gaps) == pytest.approx(missing / 10, abs=0.05 + 2 * late)
    times = base.times(0, base.n_samples)
    assert np.abs(times[::25] - stamps).max() < 0.03
    assert f"{missing} packets are missing and shown as gaps" in finder.notes()[0]


@pytest.mark.parametrize("tick", [0.01, 0.05, 0.09])
@pytest.mark.parametrize("size", [26, 28, 33])
def test_stamps_of_a_coarse_clock_are_no_lost_packets(tick, size):
    stamps = np.floor(np.arange(2000) * size / 250 / tick + 1e-9) * tick
    base = found(np.repeat(stamps, size)).timebase()
    assert base.fs == pytest.approx(250, rel=1e-3)
    assert base.gaps == []


def test_a_first_packet_that_is_cut_ends_where_the_next_begins():
    lost = np.cumsum([5, 9, 3, 14, 2, 7, 30, 11, 6, 5, 22, 4])
    sent_at = np.setdiff1d(np.arange(200), lost)
    stamps = np.repeat(sent_at * 0.1, 25)[18:]
    for block in (1, 3, 5000):
        base = found(stamps, block=block).timebase()
        assert base.times(0, 8) == pytest.approx([0.072 + 0.004 * k for k in range(8)])
        assert len(base.gaps) == len(lost)


@pytest.mark.parametrize("apart", [4, 10, 20, 35])
@pytest.mark.parametrize("packets", [3, 8])
@pytest.mark.parametrize("lost", [0, 1])
def test_packets_that_were_held_up_twice_are_no_gap(apart, packets, lost):
    sent_at = np.arange(400) + lost * (np.arange(400) >= 300)
    stamps = sent_at * 0.1
    for k in (200, 200 + apart):
        stamps[k : k + packets] = stamps[k + packets] - 0.05 + np.arange(packets) * 1e-3
    base = found(np.repeat(np.maximum.accumulate(stamps), 25)).timebase()
    assert (base.fs, len(base.gaps)) == (250, lost)
