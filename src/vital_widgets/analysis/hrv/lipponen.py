"""Classification of beats by Lipponen and Tarvainen (2019), cited by `correct_beats`.

Figures and equations cited below are those of the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.hrv.artefact_runs import (
    ALPHA,
    AROUND,
    EVEN,
    NOTHING,
    extra_runs,
    missed_runs,
    usual_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from pandas.core.window.rolling import Rolling

    Series = NDArray[np.float64]

MEDIAN = 11  # beats whose median an interval is held against
SLOPE, SHIFT = 0.13, 0.17  # c1 and c2 of the lines that cut off ectopic beats (figure 2a)
FAR = 3.0  # normalised distance from the median above which a beat is long or short
NORMAL, ECTOPIC, MISSED, EXTRA, LONG_SHORT = "normal", "ectopic", "missed", "extra", "long-short"
MIN_BEATS = 5  # so that differences exist on both sides of an interval
ROUNDS = 10
MIN_ANCHORS = 3  # beats that the interpolation needs


def classify(times: Series) -> dict[str, NDArray[np.int64]]:
    """Return the indices of the beats of each kind of artefact, of times (s) without a gap.

    'ectopic': the beat before this one is early or late (the paper and NeuroKit2 count the middle
    of the pattern); 'missed': a beat is missing before this one; 'extra'; 'long-short'.
    """
    found: dict[str, list[int]] = {ECTOPIC: [], MISSED: [], EXTRA: [], LONG_SHORT: []}
    if len(times) < MIN_BEATS:
        return {kind: np.empty(0, np.int64) for kind in found}
    # Interval i ends with beat i; before the first beat there is none, so it gets the mean.
    rr = np.diff(times, prepend=times[0])
    rr[0] = rr[1:].mean()
    # Equation 1: differences, normalised by a threshold that follows them.
    change = np.diff(rr, prepend=rr[0])
    change[0] = change[1:].mean()
    change = change / _threshold(change)
    # Equations 2 and 3: distance from the median of the neighbours, twice where below.
    usual = _around(rr, MEDIAN).median().to_numpy()
    away = rr - usual
    away = np.where(away < 0, 2 * away, away)
    limit = _threshold(away)
    away = away / limit

    padded = np.pad(change, 2, mode="reflect")
    before, after, second = padded[1:-3], padded[3:-1], padded[4:]
    beside = np.where(change > 0, np.maximum(before, after), np.minimum(before, after))
    behind = np.where(change >= 0, np.minimum(after, second), np.maximum(after, second))
    ectopic = ((change > 1) & (beside < -SLOPE * change - SHIFT)) | (
        (change < -1) & (beside > -SLOPE * change + SHIFT)
    )
    long = (change > 1) & (behind < -1)
    short = (change < -1) & (behind > 1)
    odd = long | short | (np.abs(away) > FAR)
    one_missed = long & (np.abs(rr / 2 - usual) < limit)
    one_more = short & (np.abs(rr + np.append(rr[1:], np.inf) - usual) < limit)

    # Beats with a large change are visited in order (figure 1); the next one is skipped if it
    # was decided together with this one.
    done = 0
    for i in np.flatnonzero(np.abs(change[:-2]) > 1).tolist():
        if i < done:
            continue
        done = i + 1
        if ectopic[i]:
            found[ECTOPIC].append(i)
            continue
        candidates = [i]
        if abs(change[i + 1]) < abs(change[i + 2]):
            candidates.append(i + 1)
            done = i + 2
        for j in candidates:
            if odd[j]:
                kind = EXTRA if one_more[j] else MISSED if one_missed[j] else LONG_SHORT
                found[kind].append(j)
    return {kind: np.array(places, np.int64) for kind, places in found.items()}


def _around(values: Series, n: int) -> Rolling[pd.Series]:
    import pandas as pd

    return pd.Series(values).rolling(n, center=True, min_periods=1)


def _threshold(values: Series) -> Series:
    """Return 5.2 times the quartile deviation of the magnitudes of the 91 values around each."""
    around = _around(np.abs(values), AROUND)
    deviation = (around.quantile(0.75) - around.quantile(0.25)).to_numpy() / 2
    return np.where(deviation > NOTHING, ALPHA * deviation, EVEN)


class Part:
    """The beats of one stretch while they are corrected."""

    def __init__(self, times: NDArray[np.float64]) -> None:
        self.times = times
        self.original = times
        self.decision = np.full(len(times), NORMAL, object)
        self.removed: list[float] = []

    def decide(self, marked: NDArray[np.bool_], *, move: bool) -> None:
        """Classify, and with ``move`` correct, until the number of artefacts stops falling."""
        self.decision[marked] = ECTOPIC
        if move and marked.any():
            self._move(np.flatnonzero(marked))
        self._runs(move=move)
        last = None
        for _ in range(ROUNDS if move else 1):
            found = classify(self.times)
            n = sum(len(places) for places in found.values())
            if n == 0 or (last is not None and n >= last):
                break
            last = n
            self._apply(found, move=move)

    def _runs(self, *, move: bool) -> None:
        """Remove and insert runs of beats; the middle of a long run shows after its ends."""
        for _ in range(ROUNDS):
            rr = np.diff(self.times)
            usual = usual_of(rr)
            extra = extra_runs(rr, usual)
            missed = {} if len(extra) else missed_runs(rr, usual)
            if not len(extra) and not missed:
                return
            self._drop(extra)
            if missed and not move:
                self.decision[list(missed)] = MISSED
                return
            for place, count in sorted(missed.items(), reverse=True):
                before, after = self.times[place - 1 : place + 1].tolist()
                times = np.linspace(before, after, count + 2)[1:-1]
                self._insert(np.full(count, place), times)

    def _insert(self, places: NDArray[np.int64], times: NDArray[np.float64]) -> None:
        """Insert missed beats, each before the beat of its place."""
        self.times = np.insert(self.times, places, times)
        self.original = np.insert(self.original, places, np.nan)
        self.decision = np.insert(self.decision, places, MISSED)

    def _apply(self, found: dict[str, NDArray[np.int64]], *, move: bool) -> None:
        # The middle of an ectopic pattern is the interval that begins with the ectopic beat.
        ectopic = np.maximum(found[ECTOPIC] - 1, 0)
        odd = np.setdiff1d(found[LONG_SHORT], ectopic)
        for kind, places in ((ECTOPIC, ectopic), (LONG_SHORT, odd)):
            fresh = places[self.decision[places] == NORMAL]
            self.decision[fresh] = kind
        if not move:
            self.decision[found[MISSED]] = MISSED
            self._drop(found[EXTRA])
            return
        # Extra beats are removed first, so that none is an anchor of the interpolation.
        moved = np.zeros(len(self.times), bool)
        moved[ectopic] = moved[odd] = True
        late = self.times[found[MISSED]]
        moved = np.delete(moved, found[EXTRA])
        self._drop(found[EXTRA])
        place = np.searchsorted(self.times, late)
        place = place[place > 0]
        self._insert(place, (self.times[place] + self.times[place - 1]) / 2)
        self._move(np.flatnonzero(np.insert(moved, place, False)))

    def _move(self, which: NDArray[np.int64]) -> None:
        from scipy.interpolate import PchipInterpolator

        inner = which[(which > 0) & (which < len(self.times) - 1)]
        stay = np.setdiff1d(np.arange(len(self.times)), inner)
        if len(inner) and len(stay) >= MIN_ANCHORS:
            self.times = self.times.copy()
            self.times[inner] = PchipInterpolator(stay, self.times[stay])(inner)

    def _drop(self, which: NDArray[np.int64]) -> None:
        found = self.original[which]
        self.removed += found[np.isfinite(found)].tolist()
        kept = np.isin(np.arange(len(self.times)), which, invert=True)
        self.times, self.original = self.times[kept], self.original[kept]
        self.decision = self.decision[kept]
