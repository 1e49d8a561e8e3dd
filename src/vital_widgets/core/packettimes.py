"""The time base of packets of rows, from what is known about them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.lateness import lower_envelope
from vital_widgets.core.plainrate import plain_rate
from vital_widgets.core.timebase import TimeBase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.core.packetruns import Known

_STEP = 0.45  # largest single correction of the grid for clock drift, in samples


def timebase_of(known: Known, n: int, onset: float, fs: float | None) -> tuple[TimeBase, float]:
    """Return the time base, and the number of samples by which the grid moved within runs."""
    begins = np.flatnonzero(np.diff(known.run_of, prepend=-1))
    levels = np.minimum.reduceat(known.stamps - known.rows * known.interval, begins)
    starts: NDArray[np.int64] = known.runs
    moved = 0.0
    if fs is not None:
        rate: float = fs
        offsets = levels + starts * (known.interval - 1 / fs)
    else:
        spans = known.rows[np.append(begins[1:], len(known.rows)) - 1] - known.rows[begins]
        measured = 1 / known.interval
        plain = plain_rate(measured, int(spans.sum()), _residual(known, begins))
        rate = measured if plain is None else plain
        starts, offsets, moved = _pieces(known, begins, 1 / rate, n)
    interval = 1 / rate
    shift = 0.0 if known.by_first else (known.usual - 1) * known.interval
    late = onset - float(offsets[0]) - shift
    if abs(late) <= max(interval, known.jump):
        shift += late
    # A run begins no earlier than the one before it ends.
    steps = _STEP * interval * np.arange(len(offsets))
    offsets = np.maximum.accumulate(offsets + steps) - steps + shift
    return TimeBase(rate, n, starts, offsets + starts * interval), moved


def _residual(known: Known, begins: NDArray[np.intp]) -> float:
    lag = known.stamps - known.rows * known.interval
    least, most = (f.reduceat(lag, begins) for f in (np.minimum, np.maximum))
    return float(min((most - least).max(), max(known.jump, known.lag))) / known.interval


def _pieces(
    known: Known, begins: NDArray[np.intp], interval: float, n: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], float]:
    """Return first rows and offsets of the pieces of an even grid that follow a drifting clock."""
    lag = known.stamps - known.rows * interval
    levels = np.minimum.reduceat(lag, begins)
    ranges = np.maximum.reduceat(lag, begins) - levels
    starts: list[NDArray[np.int64]] = []
    offsets: list[NDArray[np.float64]] = []
    moved, done = 0.0, 0
    stops = np.append(begins[1:], len(lag))
    for k in np.flatnonzero(ranges > known.jump).tolist():
        rows = known.rows[begins[k] : stops[k]]
        clock = lower_envelope(rows * interval, lag[begins[k] : stops[k]])
        starts += [known.runs[done:k]]
        offsets += [levels[done:k]]
        done = k + 1
        end = int(known.runs[done]) if done < len(known.runs) else n
        level = float(clock.min() if np.ptp(clock) <= known.jump else clock[0])
        starts += [known.runs[k : k + 1]]
        offsets += [np.array([level])]
        for at, levels_then, off in _moves(rows, clock, level, known.jump, interval):
            fits = at < end
            starts += [at[fits]]
            offsets += [levels_then[fits]]
            moved += off
    starts += [known.runs[done:]]
    offsets += [levels[done:]]
    return np.concatenate(starts), np.concatenate(offsets), moved


def _moves(
    rows: NDArray[np.int64],
    clock: NDArray[np.float64],
    level: float,
    allowed: float,
    interval: float,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64], float]]:
    """Yield the places where a grid must move to follow a clock.

    Gives first rows and offsets of the steps, and by how many samples they move the grid.
    """
    i, last = 0, -1
    while i < len(rows):
        away = np.abs(clock[i:] - level) > allowed
        j = int(away.argmax())
        if not away[j]:
            return
        near = np.flatnonzero(np.abs(clock[i : i + j] - level) <= allowed / 4)
        begin = max(int(rows[i + near[-1]]) if len(near) else int(rows[i]), last)
        i += j
        off = float(clock[i]) - level
        count = math.ceil(abs(off) / (_STEP * interval))
        part = np.arange(1, count + 1)
        at = begin + max(int(rows[i]) - begin, count) * part // count
        yield at, level + off * part / count, abs(off) / interval
        last, level = int(at[-1]), level + off
