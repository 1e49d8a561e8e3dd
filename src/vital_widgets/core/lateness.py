"""The lateness of packets of samples, by which gaps are distinguished from late packets.

A packet is a group of rows with one time stamp. At an even rate, packet ``k`` is late by
``lag[k] = stamp[k] - interval * row[k]``, apart from a constant. Lateness is never negative, so
the minimum over several packets follows the clock; where it jumps, rows are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEVERAL = 16  # packets of which one is probably punctual
STEADY = 4 * SEVERAL  # packets by which a clock is judged as steady
FEW = 3  # packets that may be late just before a gap
_CLOCK = 1e-2  # a clock gains or loses less than this share of the time, as the poorest do
_LOST = 1.0  # seconds; a smaller step back may be packets that come earlier from now on
_ROUNDS = 3
_APART = (1, 4, 16, 64)  # packets; the more, the less lateness does, and the more gaps do


def least_before(lag: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least of the `SEVERAL` values before each; infinity before the first."""
    least = lag.copy()
    width = 1
    while width < SEVERAL:
        least[width:] = np.minimum(least[width:], least[:-width])
        width *= 2
    return np.concatenate([[np.inf], least[:-1]])


def least_from(lag: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least of each value and those after it, `SEVERAL` together."""
    least = lag.copy()
    width = 1
    while width < SEVERAL:
        least[:-width] = np.minimum(least[:-width], least[width:])
        width *= 2
    return least


def awake(
    lag: NDArray[np.float64], jump: float, packet: float
) -> tuple[NDArray[np.float64], tuple[int, float] | None]:
    """Return the lateness of packets as if their clock had never stopped.

    Packets cannot come early: where one does, after others that were steady, the clock stopped
    while its rows were sampled.

    Parameters
    ----------
    lag : ndarray, shape (n,)
        How late each packet is, in seconds.
    jump : float
        By how much such a packet must be early.
    packet : float
        Seconds of a usual packet.

    Returns
    -------
    lag : ndarray, shape (n,)
        Without the packets that were early by themselves.
    lost : tuple of int and float, optional
        The first packet from which on all are early, and by how much.
    """
    fixed = lag.copy()
    k = SEVERAL
    low = fixed < least_before(fixed) - jump
    while k < len(lag) and low[k:].any():
        k += int(low[k:].argmax())
        before, after = fixed[max(k - STEADY, 0) : k], fixed[k + 1 : k + 1 + SEVERAL]
        level = float(before.min())
        if np.median(before) <= level + jump + packet and fixed[k] < level - jump:
            back = float(np.median(after)) if len(after) else level
            slack = _CLOCK * (level - float(fixed[k]))  # the rate may not be known well yet
            if back < level - max(jump, 4 * packet, _LOST) - slack:
                return fixed, (k, level - back)
            if back >= level - jump - slack:
                fixed[k] = level
                near = slice(k + 1, k + 1 + SEVERAL)
                low[near] = fixed[near] < least_before(fixed)[near] - jump
        k += 1
    return fixed, None


def spread(lag: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the usual lateness, its 95th percentile, and the latter without the effect of gaps.

    Packets seem late after missing rows, so the usual lateness is that of the earliest quarter.
    """
    before, after = least_before(lag), least_from(lag)
    quarter, most = np.percentile(lag - np.minimum(before, after), [25, 95])
    beside = np.maximum(np.where(np.isfinite(before), before, after), after)
    return 2 * float(quarter), float(most), float(np.percentile(lag - beside, 95))


def first_interval(stamps: NDArray[np.float64], rows: NDArray[np.int64]) -> float:
    """Return a first guess of the sampling interval, which few gaps do not change."""
    n = len(stamps)
    if n <= SEVERAL:
        whole = float((stamps[-1] - stamps[0]) / (rows[-1] - rows[0]))
        usual = float(np.median(np.diff(stamps) / np.diff(rows)))
        return usual if n > FEW and whole > 1.5 * usual else whole
    guesses = [
        float(np.median((stamps[apart:] - stamps[:-apart]) / (rows[apart:] - rows[:-apart])))
        for apart in _APART
        if n > 2 * apart
    ]
    return min(guesses, key=lambda interval: spread(stamps - rows * interval)[0])


def fit_interval(
    rows: NDArray[np.int64], stamps: NDArray[np.float64], run_of: NDArray[np.int64], guess: float
) -> float:
    """Return the interval that fits the stamps best, with a free offset for each run."""
    interval = guess
    kept = np.ones(len(rows), np.bool_)
    for _ in range(_ROUNDS):
        index = np.cumsum(np.diff(run_of[kept], prepend=-1) > 0) - 1
        counts = np.bincount(index)
        if len(counts) == len(index):
            return interval
        x = rows[kept].astype(np.float64)
        x -= (np.bincount(index, x) / counts)[index]
        lag = stamps[kept] - interval * rows[kept]
        lag -= (np.bincount(index, lag) / counts)[index]
        slope = float((x @ lag) / (x @ x))
        interval += slope
        off = np.abs(lag - slope * x)
        near = off <= 3 * max(float(np.median(off)), 1e-9)
        if near.all():
            break
        kept[np.flatnonzero(kept)[~near]] = False
    return interval if interval > 0 else guess


@dataclass(frozen=True)
class Decided:
    """The decision about packets.

    Attributes
    ----------
    gaps : list of int
        Packets that begin a new run.
    stop : int
        Packets before this one are decided.
    held_up : ndarray of bool, shape (n,)
        Which packets came late and in a burst.
    latest : float
        Largest lateness of a packet, in seconds.
    """

    gaps: list[int]
    stop: int
    held_up: NDArray[np.bool_]
    latest: float


def find_gaps(
    lag: NDArray[np.float64],
    begun: int,
    *,
    jump: float,
    renewal: float,
    latest: float,
    final: bool,
) -> Decided:
    """Find the packets before which rows are missing.

    Parameters
    ----------
    lag : ndarray, shape (n,)
        How late each packet is, in seconds.
    begun : int
        Number of packets that were decided before; all are of one run.
    jump : float
        The least lag must rise by this much.
    renewal : float
        A least lag that falls by this much within several packets is still falling: packets
        that were held up come in a burst.
    latest : float
        Largest lateness so far, in seconds, that was not a gap.
    final : bool
        Whether no packets come after these.
    """
    past = least_before(lag)
    future = least_from(lag)
    late = (lag - past > jump) & (future - past > jump)
    held_up = np.zeros(len(lag), np.bool_)
    gaps: list[int] = []
    k = begun
    while k < len(lag):
        ahead = int(late[k:].argmax())
        if not late[k + ahead]:
            break
        k += ahead
        level = float(past[k])
        least, back = _look_ahead(lag, k, level + jump, renewal)
        if back is not None:
            latest = max(latest, float(lag[k : k + back].max()) - level)
            held_up[k : k + back] = True
            k += back
            continue
        if least is None:
            if not final:
                return Decided(gaps, k, held_up, latest)
            least = float(lag[k:].min())
        after = lag[k + FEW : k + FEW + SEVERAL]
        missing = not len(after) or float(after.min()) - least <= jump
        if k + SEVERAL > len(lag):  # too few packets for one of them to be likely in time
            missing = missing and least - level > max(jump, 2 * latest)
        if missing:
            gaps.append(k)
            near = slice(k + 1, min(k + 1 + SEVERAL, len(lag)))
            past[near] = np.minimum.accumulate(lag[k : k + SEVERAL])[: near.stop - near.start]
            late[near] = (lag[near] - past[near] > jump) & (future[near] - past[near] > jump)
        k += 1
    return Decided(gaps, len(lag), held_up, latest)


def _look_ahead(
    lag: NDArray[np.float64], k: int, level: float, renewal: float
) -> tuple[float | None, int | None]:
    """Return the least lag once it stops falling, or the number of packets until ``level``.

    Neither if the packets do not decide it.
    """
    width = 4 * SEVERAL
    while True:
        least = np.minimum.accumulate(lag[k : k + width])
        back = least <= level
        settled = np.zeros(len(least), np.bool_)
        settled[SEVERAL:] = least[:-SEVERAL] - least[SEVERAL:] < renewal
        first = int((back | settled).argmax())
        if back[first]:
            return None, first
        if settled[first]:
            return float(least[first]), None
        if k + width >= len(lag):
            return None, None
        width *= 4


def least_of_windows(lag: NDArray[np.float64], i0: int, i1: int, width: int) -> NDArray[np.intp]:
    """Return which packet of each ``width`` from ``i0`` to ``i1`` is the least late.

    Windows that are infinitely late are left out, unless all are.
    """
    if i1 <= i0:
        return np.zeros(0, np.intp)
    whole = (i1 - i0) // width
    part = lag[i0 : i0 + whole * width].reshape(-1, width)
    chosen = i0 + np.arange(whole) * width + part.argmin(axis=1)
    rest = i0 + whole * width
    if rest < i1:
        chosen = np.append(chosen, rest + int(lag[rest:i1].argmin()))
    finite = np.isfinite(lag[chosen])
    indices: NDArray[np.intp] = chosen[finite if finite.any() else slice(None)].astype(np.intp)
    return indices


def lower_envelope(t: NDArray[Any], lag: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the highest lag of a steady clock below all of them, at the same times."""
    forth = np.minimum.accumulate(lag - _CLOCK * t) + _CLOCK * t
    back = np.minimum.accumulate((forth + _CLOCK * t)[::-1])[::-1] - _CLOCK * t
    return np.minimum(forth, back)
