"""Sampling interval, lateness and runs between gaps, estimated from packets of rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.lateness import (
    SEVERAL,
    awake,
    find_gaps,
    first_interval,
    fit_interval,
    least_of_windows,
    spread,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

MISFIT = 1.5  # ratio of a given rate to that of the rows above which they come in bursts
_MOST_POINTS = 1 << 14
_EXACT = 0.25  # of a sample: stamps this close to an even grid reveal single missing rows
_MORE = 1.1  # times as many points may improve the estimate of the interval
_TELLING = 64  # packets from which the usual lateness is estimated


@dataclass(frozen=True)
class Known:
    """What is known from the packets so far."""

    interval: float = 0.0  # between samples, in seconds; 0 before it is known
    by_first: bool = False  # whether a stamp is the time of the packet's first row
    usual: int = 1  # rows in a packet
    jump: float = 0.0  # rise of lag that shows missing rows
    lag: float = 0.0  # usual
    most: float = 0.0  # 95th percentile of lag
    rough: float = 0.0  # the same, without the effect of gaps
    latest: float = 0.0
    n_packets: int = 0
    n_fitted: int = 0  # points by which the interval was found
    runs: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    stamps: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    run_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True)
class Packets:
    """Consecutive packets of one run; ``firsts`` has the first row of each, and of the next."""

    stamps: NDArray[np.float64]
    firsts: NDArray[np.int64]
    begun: int  # those before were decided on

    def __len__(self) -> int:
        return len(self.stamps)

    def marks(self, *, by_first: bool) -> NDArray[np.int64]:
        """Return the rows to which the stamps belong."""
        return self.firsts[:-1] if by_first else self.firsts[1:] - 1


def from_rows(before: TimeBase) -> Known:
    """Take rows with times of their own as packets that are decided, except the last."""
    n = before.n_samples - 1
    if n < 1:
        return Known()
    starts = before.starts[before.starts < n]
    onsets = before.onsets[: len(starts)]
    stops = np.append(starts[1:], n)
    gaps = np.diff(onsets) - np.diff(starts) / before.fs
    after_gap = np.concatenate([[True], gaps >= 0.5 / before.fs])
    rows, runs = [], []
    for k, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        chosen = np.unique(
            np.linspace(start, stop - 1, min(stop - start, SEVERAL)).astype(np.int64)
        )
        rows.append(chosen)
        runs.append(np.full(len(chosen), int(after_gap[: k + 1].sum()) - 1))
    index = np.concatenate(rows)
    run = np.searchsorted(starts, index, side="right") - 1
    return Known(
        n_packets=n,
        runs=starts[after_gap],
        rows=index,
        stamps=onsets[run] + (index - starts[run]) / before.fs,
        run_of=np.concatenate(runs).astype(np.int64),
    )


def usual_count(counts: NDArray[np.int64]) -> int:
    """Return how many rows a packet usually has."""
    return max(round(float(np.median(counts))), 1)


def advanced(
    known: Known, packets: Packets, given: float | None, *, final: bool
) -> tuple[Known, int]:
    """Return what is known after further packets, and how many of these are decided."""
    if known.interval == 0:
        known = _settled(known, packets, given)
    if given is not None and given * MISFIT < known.interval:
        return _bursts(known, packets, given)
    marks = packets.marks(by_first=known.by_first)
    lag = packets.stamps - marks * known.interval
    if len(lag) > _TELLING:
        known = _with_limits(known, lag)
    measured = lag
    lag, lost = awake(lag, known.jump, known.usual * known.interval)
    if lost is not None:
        raise InvalidInputError(_said_lost(known, packets, *lost))
    found = find_gaps(
        lag,
        packets.begun,
        jump=known.jump,
        renewal=known.interval / 2,
        latest=max(known.latest, known.rough),
        final=final,
    )
    # Later packets show whether a clock stopped.
    stop = found.stop if final else max(min(found.stop, len(lag) - SEVERAL), packets.begun)
    gaps = [k for k in found.gaps if k < stop]
    width = min(max(len(lag) // SEVERAL, 1), SEVERAL)
    edges = [packets.begun, *gaps, stop]
    in_time = np.where(found.held_up | (lag != measured), np.inf, lag)
    if final:
        in_time[-1] = np.inf  # it may be cut off
    chosen = [least_of_windows(in_time, i0, i1, width) for i0, i1 in pairwise(edges)]
    runs = [np.full(len(least), len(known.runs) - 1 + k) for k, least in enumerate(chosen)]
    points = np.concatenate(chosen)
    known = replace(
        known,
        latest=found.latest if found.held_up.any() else known.latest,
        n_packets=known.n_packets + stop - packets.begun,
        runs=np.concatenate([known.runs, packets.firsts[gaps]]),
        rows=np.concatenate([known.rows, marks[points]]),
        stamps=np.concatenate([known.stamps, packets.stamps[points]]),
        run_of=np.concatenate([known.run_of, np.concatenate(runs).astype(np.int64)]),
    )
    known = _coarser(known)
    if final or len(known.rows) > _MORE * known.n_fitted or len(known.rows) < known.n_fitted:
        interval = fit_interval(known.rows, known.stamps, known.run_of, known.interval)
        known = replace(known, interval=interval, n_fitted=len(known.rows))
    return known, stop


def _said_lost(known: Known, packets: Packets, k: int, seconds: float) -> str:
    count = int(packets.firsts[k + 1] - packets.firsts[k])
    same = f", which has the same time as the {count - 1} rows after it" if count > 1 else ""
    return (
        f"the clock stopped, or was set back, near row {int(packets.firsts[k]) + 1}{same}: "
        f"from there on, the samples at {1 / known.interval:.6g} Hz last {seconds:.3g} s longer "
        "than the times allow. If all rows are evenly spaced samples, give fs= in Hz and no time "
        "column; otherwise split the table before that row"
    )


def _settled(known: Known, packets: Packets, given: float | None) -> Known:
    """Determine interval and kind of stamps from the first packets."""
    counts = np.diff(packets.firsts)[packets.begun :]
    usual = usual_count(counts)
    if len(packets) == 1:
        interval = given or 1.0
        return replace(known, usual=usual, interval=interval, jump=1.5 * interval)
    best: Known | None = None
    for by_first in (False, True):
        marks = packets.marks(by_first=by_first)
        interval = first_interval(packets.stamps, marks)
        one = replace(known, usual=usual, interval=interval, by_first=by_first)
        lag = packets.stamps - marks * interval
        one = _with_limits(one, lag)
        if best is None or (one.lag < best.lag / 2 and best.lag > _EXACT * interval):
            best = one
    assert best is not None
    for _ in range(4):
        tried, _decided = advanced(best, packets, None, final=True)
        best = replace(best, interval=tried.interval)
    return best


def _with_limits(known: Known, lag: NDArray[np.float64]) -> Known:
    usual, most, rough = spread(lag)
    alone = 0.75 if most < _EXACT * known.interval else 1.5
    return replace(
        known, lag=usual, most=most, rough=rough, jump=max(alone * known.interval, 1.5 * usual)
    )


def _bursts(known: Known, packets: Packets, given: float) -> tuple[Known, int]:
    """Take stamps as times of first rows, for bursts at a given rate that end long before."""
    firsts, stamps = packets.firsts[:-1], packets.stamps
    apart = np.diff(stamps) - np.diff(firsts) * given
    gaps = 1 + np.flatnonzero(apart >= 0.5 * given)
    gaps = gaps[gaps >= packets.begun]
    points = np.concatenate([np.zeros(int(not len(known.rows)), np.intp), gaps])
    run_of = len(known.runs) - len(points) + len(gaps) + np.arange(len(points))
    known = replace(
        known,
        by_first=True,
        n_packets=known.n_packets + len(packets) - packets.begun,
        runs=np.concatenate([known.runs, firsts[gaps]]),
        rows=np.concatenate([known.rows, firsts[points]]),
        stamps=np.concatenate([known.stamps, stamps[points]]),
        run_of=np.concatenate([known.run_of, run_of]),
    )
    return known, len(packets)


def _coarser(known: Known) -> Known:
    """Halve the points if there are too many, keeping the earlier of two."""
    if len(known.rows) <= _MOST_POINTS:
        return known
    lag = known.stamps - known.rows * known.interval
    same = known.run_of[1:] == known.run_of[:-1]
    place = np.arange(len(same))
    begins = np.concatenate([[True], ~same])
    within = np.arange(len(lag)) - np.maximum.accumulate(np.where(begins, np.arange(len(lag)), 0))
    pairs = place[same & (within[:-1] % 2 == 0)]
    dropped = np.where(lag[pairs] > lag[pairs + 1], pairs, pairs + 1)
    kept = np.ones(len(lag), np.bool_)
    kept[dropped] = False
    return replace(
        known, rows=known.rows[kept], stamps=known.stamps[kept], run_of=known.run_of[kept]
    )


def wanders(known: Known) -> float:
    """Return the median difference of the least lag between neighbouring points of a run."""
    lag = known.stamps - known.rows * known.interval
    steps = np.abs(np.diff(lag))[known.run_of[1:] == known.run_of[:-1]]
    return float(np.median(steps)) if len(steps) >= SEVERAL // 2 else 0.0
