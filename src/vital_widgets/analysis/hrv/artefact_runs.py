"""Runs of artefacts, which raise the thresholds that should detect them.

The thresholds of Lipponen and Tarvainen (2019) come from the intervals around a beat. In a run of
extra or missed beats half of these are artefacts, and nothing looks unusual. Here intervals are
weighted by their duration: if every beat of ten seconds in two minutes was counted twice, true
intervals still have five sixths of the weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Series = NDArray[np.float64]

ABRUPT = 0.2  # of an interval: a sinus beat does not differ more from the one before (Task Force)
NORMAL = 1 - ABRUPT  # of the median: an interval beside a run that shows which beats are true
SHORT, SUM = 1 / 4, 1 / 3  # of the median: limits of how far an interval, or a pair, is off
LONGER = 0.9  # of the median: upper limit of the longer part of a divided interval
MIN_PAIRS = 2  # doubly counted beats in a row; a single one exceeds the thresholds around it
ALIKE = 0.9  # share of the pairs whose shorter interval is on the same side
MAX_MISSED = 2  # successive beats that are inserted; a longer pause is a gap
TAILS = (0.02, 0.98)
BLOCK = 4096  # windows at a time
MIN_INTERVALS = 3
IRREGULAR = 0.05  # share of the beats from which the rhythm is called irregular
ALPHA = 5.2  # times the quartile deviation: 99.95 % of a normal distribution lie within
AROUND = 91  # beats whose quartile deviation is the threshold
# Threshold in s if the quartile deviation is zero, which the paper does not cover: in an even
# rhythm, a step of one sample at 200 Hz is not an artefact.
EVEN, NOTHING = 0.005, 1e-12


@dataclass(frozen=True)
class UsualIntervals:
    """Quantiles in s of the 91 intervals around each, weighted by their duration.

    NaN far from any abrupt change, where they are not needed.
    """

    median: Series
    spread: Series  # 5.2 times the median distance from the median
    low: Series  # 2 %
    high: Series  # 98 %

    @property
    def regular(self) -> NDArray[np.bool_]:
        """Where half an interval is outside the normal variation of the rhythm."""
        return np.asarray(self.spread < self.median / 2)

    @property
    def irregular(self) -> NDArray[np.bool_]:
        """Where usual intervals differ by a factor of two, so that one may be half of another."""
        return np.asarray(self.high > 2 * self.low)


def usual_of(rr: Series) -> UsualIntervals:
    """Return what is usual around each interval (s) of a stretch."""
    median, spread, low, high = np.full((4, len(rr)), np.nan)
    changes = np.flatnonzero(abrupt_changes(rr))
    edges = np.zeros(len(rr) + 1, np.int64)
    np.add.at(edges, np.maximum(changes - AROUND, 0), 1)
    np.add.at(edges, np.minimum(changes + AROUND, len(rr)), -1)
    rows = np.flatnonzero(np.cumsum(edges)[:-1])
    padded = np.pad(rr, AROUND // 2, constant_values=np.nan)
    for k in range(0, len(rows), BLOCK):
        some = rows[k : k + BLOCK]
        part = np.lib.stride_tricks.sliding_window_view(padded, AROUND)[some]
        low[some], median[some], high[some] = _quantiles(part, part, (TAILS[0], 0.5, TAILS[1]))
        (away,) = _quantiles(np.abs(part - median[some][:, None]), part, (0.5,))
        spread[some] = np.maximum(ALPHA * away, EVEN)
    return UsualIntervals(median, spread, low, high)


def abrupt_changes(rr: Series) -> NDArray[np.bool_]:
    """Return for each interval whether it differs from the one before by more than a fifth."""
    changed = np.zeros(len(rr), bool)
    changed[1:] = np.abs(np.diff(rr)) > ABRUPT * np.minimum(rr[1:], rr[:-1])
    return changed


def _quantiles(values: Series, lasting: Series, shares: tuple[float, ...]) -> list[Series]:
    """Return quantiles of each row, weighted by the duration of the intervals."""
    order = np.argsort(values, axis=1)
    heavy = np.cumsum(np.take_along_axis(np.nan_to_num(lasting), order, axis=1), axis=1)
    rows = np.arange(len(values))
    return [
        values[rows, order[rows, np.argmax(heavy >= share * heavy[:, -1:], axis=1)]]
        for share in shares
    ]


def extra_runs(rr: Series, usual: UsualIntervals) -> NDArray[np.int64]:
    """Return the indices of beats that alternate with true beats, such as T waves.

    Each two of four or more successive intervals add up to a usual one, alternately short and less
    short: if both are equal, or the order changes, the rate may have doubled. A usual interval on
    at least one side of the run shows which beats are true, and there is no pause on either side,
    as there is after premature beats. Interval i lies between beats i and i + 1.
    """
    nn, limit = usual.median, usual.spread
    likely = np.abs(rr[:-1] + rr[1:] - nn[:-1]) < np.minimum(limit, SUM * nn)[:-1]
    likely &= np.maximum(rr[:-1], rr[1:]) < LONGER * nn[:-1]
    edges = np.flatnonzero(np.diff(likely, prepend=False, append=False))
    found: list[int] = []
    for first, last in edges.reshape(-1, 2).tolist():
        stop = last + 1
        before = rr[first - 1] / nn[first] if first else 0.0
        after = rr[stop] / nn[stop - 1] if stop < len(rr) else 0.0
        pause = 1 + limit[first] / nn[first]
        if max(before, after) > pause or max(before, after) < NORMAL:
            continue
        odd = (stop - first) % 2
        if before >= NORMAL and after >= NORMAL and odd:
            continue
        # Without a usual interval before, pairs are counted back from the end.
        begin = first if before >= NORMAL else first + odd
        end = begin + (stop - begin) // 2 * 2
        one, other = rr[begin:end:2], rr[begin + 1 : end : 2]
        short = np.minimum(one, other) < (nn - np.minimum(limit, SHORT * nn))[begin:end:2]
        if len(one) < MIN_PAIRS or short.mean() < ALIKE:
            continue
        if _one_sided(one - other, float(limit[first]) / ALPHA):
            found += [*([0] if begin == 1 and not first else []), *range(begin + 1, end, 2)]
    return np.array(found, np.int64)


def _one_sided(steps: Series, min_step: float) -> bool:
    side = np.sign(np.median(steps))
    return bool(abs(np.median(steps)) > min_step and np.mean(np.sign(steps) == side) >= ALIKE)


def missed_runs(rr: Series, usual: UsualIntervals) -> dict[int, int]:
    """Return how many beats to insert, by the beat before which they belong.

    These are several successive intervals of two or three usual ones, or a single one of three; a
    single one of two exceeds the thresholds around it.
    """
    times = multiples_of(rr, usual)
    held = (times >= 2) & (times <= MAX_MISSED + 1)  # noqa: PLR2004
    beside = np.zeros(len(rr), bool)
    beside[1:] |= held[:-1]
    beside[:-1] |= held[1:]
    chosen = held & (beside | (times > 2))  # noqa: PLR2004
    return {int(i) + 1: int(times[i]) - 1 for i in np.flatnonzero(chosen)}


def multiples_of(rr: Series, usual: UsualIntervals) -> NDArray[np.int64]:
    """Return how many usual intervals each interval contains, 0 if that is not a whole number.

    The spread of a sum of independent intervals grows with the square root of their number.
    """
    with np.errstate(invalid="ignore"):
        times = np.round(np.nan_to_num(rr / usual.median))
        whole = np.abs(rr - times * usual.median) < np.sqrt(times) * usual.spread
    return np.where(whole & usual.regular, times, 0).astype(np.int64)


def pauses(rr: Series, usual: UsualIntervals) -> NDArray[np.bool_]:
    """Return which intervals are too long for beats to be inserted."""
    longest = (MAX_MISSED + 1.5) * usual.median
    return np.asarray(usual.regular & (rr > longest))


def odd_runs(rr: Series, usual: UsualIntervals) -> NDArray[np.bool_]:
    """Return the runs of intervals unlike their surroundings that begin or end abruptly."""
    odd = np.asarray(usual.regular & (np.abs(rr - usual.median) > usual.spread))
    edges = np.flatnonzero(np.diff(odd, prepend=False, append=False))
    abrupt = np.append(abrupt_changes(rr), False)
    kept = np.zeros(len(rr), bool)
    for first, stop in edges.reshape(-1, 2).tolist():
        if stop - first > 1 and abrupt[[first, stop]].any():
            kept[first:stop] = True
    return kept


def runs_of(stretch: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return where each stretch begins and ends, as ``(first, stop)``."""
    if not len(stretch):
        return []
    edges = [0, *(np.flatnonzero(np.diff(stretch)) + 1).tolist(), len(stretch)]
    return list(pairwise(edges))


def split_at_pauses(
    times: NDArray[np.float64], stretch: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[str]]:
    """Return stretches that end at pauses too long for beats to be inserted, and a note."""
    split = np.zeros(len(times), bool)
    for first, stop in runs_of(stretch):
        rr = np.diff(times[first:stop])
        if len(rr) >= MIN_INTERVALS:
            split[first + 1 : stop] = pauses(rr, usual_of(rr))
    if not split.any():
        return stretch, []
    at = np.flatnonzero(split)
    longest = float(np.max(times[at] - times[at - 1]))
    note = (
        f"{len(at):,} pauses, the longest {longest:.2f} s, are longer than three usual intervals: "
        "they are gaps, and no beat was inserted"
    )
    return stretch + np.cumsum(split), [note]


def notes_on_the_rest(times: NDArray[np.float64], stretch: NDArray[np.int64]) -> list[str]:
    """Return notes on runs of intervals unlike their surroundings, and on irregular rhythm."""
    odd: list[NDArray[np.float64]] = []
    irregular = 0
    for first, stop in runs_of(stretch):
        part = times[first:stop]
        rr = np.diff(part)
        if len(rr) < MIN_INTERVALS:
            continue
        usual = usual_of(rr)
        unlike = odd_runs(rr, usual)
        odd.append(part[1:][unlike])
        irregular += int(np.sum(usual.irregular & ~_near(unlike)))
    notes = []
    left = np.concatenate([np.empty(0), *odd])
    if len(left):
        notes.append(
            f"{len(left):,} successive intervals differ from their surroundings and were not "
            f"changed: the first ends at {left[0]:.1f} s, the last at {left[-1]:.1f} s. Either "
            "beats were missed or counted twice in a way that cannot be corrected, or this is an "
            "arrhythmia: inspect the beats there, or exclude them with usable="
        )
    if irregular > IRREGULAR * len(times):
        notes.append(
            f"around {100 * irregular / len(times):.0f} % of the beats the rhythm is so irregular "
            "that extra and missed beats cannot be distinguished from it (atrial fibrillation, "
            "many ectopic beats or strong sinus arrhythmia?): few or none were corrected there"
        )
    return notes


def _near(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which intervals have a marked one among the surrounding 91."""
    at = np.flatnonzero(marked)
    if not len(at):
        return marked
    place = np.arange(len(marked))
    after = at[np.minimum(np.searchsorted(at, place), len(at) - 1)]
    before = at[np.maximum(np.searchsorted(at, place, side="right") - 1, 0)]
    return np.asarray(np.minimum(np.abs(after - place), np.abs(place - before)) <= AROUND // 2)
