"""One stretch of beats while it is corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.hrv.artefact_runs import extra_runs, missed_runs, usual_of
from vital_widgets.analysis.hrv.lipponen import (
    ECTOPIC,
    EXTRA,
    LONG_SHORT,
    MISSED,
    NORMAL,
    classify,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDS = 10
MIN_ANCHORS = 3  # beats that the interpolation needs


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
