"""Beats that somebody should look at, the most suspicious first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.hrv.lipponen import ECTOPIC, EXTRA, LONG_SHORT, MISSED
from vital_widgets.panels.runningmedian import RunningMedian

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Times = NDArray[np.float64]

AROUND = 11  # intervals whose median is the usual one, as in Lipponen and Tarvainen 2019
JUMP = 0.2  # relative change of an interval that is not normal (Malik 1989)
APART_S = 1.0  # of beats that are looked at together
NEAR_S = 0.15  # from a beat within which an edit has dealt with it
# How much a decision of `correct_beats` counts beside the relative change of the interval: beats
# that the detector missed or invented change all measures, and are corrected by hand only.
WEIGHT = {MISSED: 1.0, EXTRA: 1.0, ECTOPIC: 0.5, LONG_SHORT: 0.25}


@dataclass(frozen=True, eq=False)
class Suspects:
    """Suspicious beats, the most suspicious first.

    Attributes
    ----------
    times, score : ndarray, shape (n,)
        Seconds; how suspicious each is.
    why : list of str, length n
        The decision of `correct_beats`, or 'interval'.
    """

    times: Times
    score: Times
    why: list[str]


Findings = list[tuple[str, "Times"]]


def findings_of(corrected: Any) -> Findings:
    """Return the times of the beats that `correct_beats` found not to be normal, by decision."""
    at = np.where(np.isfinite(corrected.original), corrected.original, corrected.times)
    return [
        (kind, corrected.removed if kind == EXTRA else at[corrected.decision == kind])
        for kind in WEIGHT
    ]


def suspects(
    beats: Any,
    findings: Findings | None = None,
    edits: Sequence[tuple[Any, ...]] = (),
    medians: RunningMedian | None = None,
) -> Suspects:
    """Return the suspicious beats.

    Parameters
    ----------
    beats : Beats or EditedBeats
        The beats as they are now.
    findings : list of (str, ndarray), optional
        What `findings_of` returns for the beats before editing.
    edits : sequence of tuple
        The log of `edit_beats`; findings near an edit or in noise are dealt with.
    medians : RunningMedian, optional
        The usual intervals of the beats before the last edit.
    """
    jumps = _jumps(beats, RunningMedian(AROUND) if medians is None else medians)
    noise = getattr(beats, "noise", None)
    known = beats.times
    times, score, why = [known[jumps > JUMP]], [jumps[jumps > JUMP]], ["interval"]
    kinds = [np.zeros(len(times[0]), np.int64)]
    seen = np.sort(np.array([value for edit in edits for value in edit[1:3] if _time(value)]))
    for kind, all_found in findings or ():
        found = all_found[_distance(all_found, seen) > NEAR_S]
        if noise is not None:
            found = found[~noise.cover(found)]
        near = jumps[_nearest(found, known)] if len(known) else np.zeros(len(found))
        times.append(found)
        score.append(WEIGHT[kind] + near)
        kinds.append(np.full(len(found), len(why)))
        why.append(kind)
    return _ranked(np.concatenate(times), np.concatenate(score), np.concatenate(kinds), why)


def _time(value: Any) -> bool:
    return isinstance(value, float)


def _jumps(beats: Any, medians: RunningMedian) -> Times:
    """Return the relative change of the intervals beside each beat, of those that count."""
    intervals = beats.intervals()
    change = np.zeros(len(beats.times))
    ms = intervals.ms
    if len(ms) < AROUND:
        return change
    usual = medians.of(ms)
    own = np.abs(ms - usual) / usual
    end = np.searchsorted(beats.times, intervals.times)
    change[end] = own
    change[end - 1] = np.maximum(change[end - 1], own)
    return change


def _nearest(times: Times, others: Times) -> NDArray[np.int64]:
    return np.searchsorted((others[1:] + others[:-1]) / 2, times)


def _distance(times: Times, others: Times) -> Times:
    if not len(others):
        return np.full(len(times), np.inf)
    return np.abs(others[_nearest(times, others)] - times)


def _ranked(times: Times, score: Times, kind: NDArray[np.int64], why: list[str]) -> Suspects:
    """Return the highest of each group of close beats, the highest of all first."""
    order = np.argsort(times, kind="stable")
    times, score, kind = times[order], score[order], kind[order]
    group = np.cumsum(np.diff(times, prepend=-np.inf) > APART_S)
    order = np.lexsort((-score, group))
    _, first = np.unique(group[order], return_index=True)
    best = order[first]
    best = best[np.argsort(-score[best], kind="stable")]
    return Suspects(times[best], score[best], [why[k] for k in kind[best].tolist()])
