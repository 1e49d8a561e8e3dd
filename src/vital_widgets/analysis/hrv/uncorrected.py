"""What the correction leaves unchanged, with notes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.hrv.artefact_runs import odd_runs, pauses, usual_of
from vital_widgets.analysis.hrv.lipponen import AROUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_INTERVALS = 3
IRREGULAR = 0.05  # share of the beats from which the rhythm is called irregular


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
