from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.replies import plain_bins
from vital_widgets.core.timebase import from_runs, regular
from vital_widgets.export.pixelcolumns import Columns, columns_of, gap_columns


def runs_of_lengths() -> st.SearchStrategy[list[tuple[float, int]]]:
    pairs = st.lists(st.tuples(st.floats(0.1, 5), st.integers(1, 200)), min_size=1, max_size=6)

    def placed(pauses: list[tuple[float, int]]) -> list[tuple[float, int]]:
        runs, t = [], 0.0
        for pause, length in pauses:
            runs.append((t, length))
            t += length / 10 + pause
        return runs

    return pairs.map(placed)


@settings(max_examples=80)
@given(
    runs=runs_of_lengths(),
    start=st.floats(0, 20),
    span=st.floats(20, 200),
    width=st.integers(5, 40),
    seed=st.integers(0, 99),
)
def test_each_column_has_the_minimum_and_maximum_of_its_samples(
    runs, start, span, width, seed
) -> None:
    base = from_runs(10.0, runs)
    values = np.random.default_rng(seed).normal(size=base.n_samples)
    values[:: 7 + seed % 5] = np.nan
    if base.fs * span / width <= 4:  # then lines join the samples
        return
    t_range = start, start + span
    columns = columns_of((values, values), 0, 1, base, t_range, width)
    times = base.times(0, base.n_samples)
    column = np.floor((times - start) * (width / span))
    for c in range(width):
        inside = values[column == c]
        finite = inside[np.isfinite(inside)]
        if len(finite):
            assert (columns.lo[c], columns.hi[c]) == (finite.min(), finite.max())
        else:
            assert np.isnan(columns.hi[c])
        assert columns.empty[c] == bool(np.isnan(inside).any())


@settings(max_examples=60)
@given(start=st.floats(0, 50), span=st.floats(0.5, 8), width=st.integers(50, 400))
def test_lines_cross_each_column_between_two_samples(start, span, width) -> None:
    base = regular(5.0, 400)
    values = np.sin(np.arange(400) * 1.3) * np.arange(400)
    columns = columns_of((values, values), 0, 1, base, (start, start + span), width)
    times = base.times(0, 400)
    fine = np.linspace(start, start + span, width * 50, endpoint=False)
    line = np.interp(fine, times, values).reshape(width, 50)
    assert np.all(columns.lo <= line.min(axis=1) + 1e-6)
    assert np.all(columns.hi >= line.max(axis=1) - 1e-6)
    slack = np.abs(np.diff(values)).max() * span * 5 / width
    assert np.all(columns.lo >= line.min(axis=1) - slack / 10 - 1e-6)
    assert np.all(columns.hi <= line.max(axis=1) + slack / 10 + 1e-6)


def test_no_line_crosses_a_gap() -> None:
    base = from_runs(1.0, [(0.0, 3), (10.0, 3)])
    values = np.array([0.0, 0, 0, 9, 9, 9])
    columns = columns_of((values, values), 0, 1, base, (0, 13), 130)
    assert np.isnan(columns.hi[25:100]).all()
    assert columns.hi[:21].max() == 0
    assert columns.lo[100:121].min() == 9


@settings(max_examples=40)
@given(width=st.integers(20, 300), start=st.floats(0, 300))
def test_bins_lie_within_a_column_of_their_samples(width, start) -> None:
    base = from_runs(100.0, [(0.0, 20_000), (260.0, 40_000)])
    values = np.cumsum(np.random.default_rng(1).normal(size=60_000))
    t_range = start, start + 64 * width / 100 * 1.5
    lo, hi = plain_bins(values, 64)
    columns = columns_of((lo, hi), 0, 64, base, t_range, width)
    fine = columns_of((values, values), 0, 1, base, t_range, width)
    with np.errstate(invalid="ignore"):
        best = np.fmax.reduce([np.roll(columns.hi, shift)[2:-2] for shift in (-1, 0, 1)])
        assert not np.any(fine.hi[2:-2] > best + 1e-9)


def test_gaps_are_at_least_some_columns_wide_and_none_is_lost() -> None:
    base = from_runs(100.0, [(0.0, 1000), (10.1, 1000), (60.0, 500)])
    mask = gap_columns(base, (0, 100), 200, 2)
    assert mask[19:21].sum() == 2, "a gap of 0.1 s is 2 columns wide"
    assert mask[41:119].all(), "from 20.1 to 60 s"
    assert mask[131:].all(), "after the last sample"
    assert not mask[:19].any()
    assert not mask[121:129].any()
    assert gap_columns(base, (22, 50), 100, 2).all()


@settings(max_examples=80)
@given(
    size=st.sampled_from([1, 4, 16]),
    start=st.floats(-2, 30),
    span=st.floats(5, 60),
    width=st.integers(5, 60),
    runs=runs_of_lengths(),
)
def test_a_bin_is_drawn_in_every_column_that_it_covers(size, start, span, width, runs) -> None:
    """At the edge of two columns no value is displaced or lost; a sample holds until the next."""
    base = from_runs(10.0, runs)
    values = np.random.default_rng(1).normal(size=base.n_samples)
    lo, hi = plain_bins(values, size)
    columns = columns_of((lo, hi), 0, size, base, (start, start + span), width, hold=True)
    per_second = width / span
    low, high = np.full(width, np.nan), np.full(width, np.nan)
    wide = size * per_second / base.fs > 1
    for i, t in enumerate(base.times(0, base.n_samples).tolist()):
        begin = (t - start) * per_second
        end = begin + per_second / base.fs
        first = int(np.floor(begin))
        last = max(first, int(np.ceil(end)) - 1) if wide else first
        for c in range(max(first, 0), min(last, width - 1) + 1):
            low[c] = np.fmin(low[c], lo[i // size])
            high[c] = np.fmax(high[c], hi[i // size])
    np.testing.assert_array_equal(columns.lo, low)
    np.testing.assert_array_equal(columns.hi, high)


def test_lines_between_values_whose_difference_is_no_double() -> None:
    values = np.where(np.arange(40) % 2, 1.7e308, -1.7e308)
    columns = columns_of((values, values), 0, 1, regular(1.0, 40), (0, 40), 160)
    drawn = np.concatenate([columns.lo, columns.hi])
    assert np.nanmax(np.abs(drawn)) <= 1.7e308
    # Half way between two samples the line crosses zero.
    assert (columns.lo[0], columns.hi[1], columns.lo[2]) == (-1.7e308, 0, 0)


def test_values_without_neighbours_are_points() -> None:
    lo = np.array([1, np.nan, np.nan, 2, 3, np.nan, 1, 1, 1, np.nan, 5])
    nothing = np.empty(0)
    columns = Columns(lo, lo + 1, np.isnan(lo), nothing, nothing)
    points = [(at, top, end) for at, top, end, _ in columns.points()]
    assert points == [(0.5, 2, 1), (4.0, 4, 2), (10.5, 6, 5)]
