"""Beats corrected for heart rate variability, with the decision kept for each beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import BEAT_CODES, NORMAL_CODES, check_dense
from vital_widgets.analysis.beats.beat_series import (
    ECG,
    MAX_MS,
    MIN_MS,
    Intervals,
    checked_beat_times,
)
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    not_enough,
    passed_on,
)
from vital_widgets.analysis.hrv.correction_run import Part
from vital_widgets.analysis.hrv.lipponen import (
    ECTOPIC,
    EXTRA,
    LONG_SHORT,
    MISSED,
    NORMAL,
)
from vital_widgets.analysis.hrv.uncorrected import runs_of, split_at_pauses, what_is_left
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

KINDS = (NORMAL, ECTOPIC, MISSED, EXTRA, LONG_SHORT)
METHODS = ("lipponen2019", "exclude", "labels", "none")
NORMAL_LABELS = NORMAL_CODES | {NORMAL}
ODD_LABELS = (BEAT_CODES - NORMAL_CODES) | {ECTOPIC, LONG_SHORT}
MANY = 0.05  # share of corrected beats from which on variability should not be trusted (Kubios)
LEAST = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class CorrectedBeats(Result, given=("times", "original", "removed")):
    """Beats after correction, and what was decided about each.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Corrected times in seconds, rising.
    original : ndarray, shape (n,)
        Time as it was found; NaN for a beat that was put in.
    decision : ndarray of str, shape (n,)
        'normal', 'ectopic' or 'long-short' (moved), 'missed' (put in).
    removed : ndarray, shape (m,)
        Times of the beats that were taken out as 'extra'.
    stretch : ndarray of int64, shape (n,)
        As of `Beats`.
    method : str
        'lipponen2019': corrected; 'exclude': nothing is moved, but intervals next to a beat that
        is not normal are left out; 'labels': the same, by the labels alone; 'none'.
    source : str
        'ecg' or 'ppg'.
    found : int
        Beats that were given.
    """

    times: NDArray[np.float64]
    original: NDArray[np.float64]
    decision: NDArray[Any]
    removed: NDArray[np.float64]
    stretch: NDArray[np.int64]
    method: str
    source: str
    found: int

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    @property
    def counts(self) -> dict[str, int]:
        """How many beats were decided to be what."""
        counts = {kind: int((self.decision == kind).sum()) for kind in KINDS}
        return {**counts, EXTRA: len(self.removed)}

    @property
    def corrected_share(self) -> float:
        """Share of the beats found that are not normal, 0 to 1."""
        odd = sum(n for kind, n in self.counts.items() if kind != NORMAL)
        return odd / self.found if self.found else 0.0

    def intervals(self) -> Intervals:
        """Return the NN intervals, none across a gap.

        With 'exclude' those that begin or end with a beat that is not normal are left out, and
        those in which an extra beat lies or a missed one is missing; the series is broken there.
        """
        rr = np.diff(self.times) * 1000
        kept = (np.diff(self.stretch) == 0) & (rr <= MAX_MS) & (rr >= MIN_MS)
        if self.method in ("exclude", "labels"):
            odd = (self.decision == ECTOPIC) | (self.decision == LONG_SHORT)
            kept &= ~(odd[1:] | odd[:-1])
            kept &= self.decision[1:] != MISSED
            kept[np.clip(np.searchsorted(self.times, self.removed) - 1, 0, len(kept) - 1)] = False
        broken = np.cumsum(~kept)[kept]
        return Intervals(rr[kept], self.times[1:][kept], broken, self.source, passed_on(self))

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each beat that is not normal, at the time it was found."""
        odd = self.decision != NORMAL
        at = np.where(np.isfinite(self.original), self.original, self.times)[odd]
        texts = [*(str(kind) for kind in self.decision[odd]), *[EXTRA] * len(self.removed)]
        return Annotations(
            np.concatenate([at, self.removed]), texts, channel=[channel] * len(texts)
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row a beat, removed ones too: original and corrected time (s), decision."""
        import pandas as pd

        n = len(self.removed)
        frame = pd.DataFrame(
            {
                "original": np.concatenate([self.original, self.removed]),
                "corrected": np.concatenate([self.times, np.full(n, np.nan)]),
                "decision": np.concatenate([self.decision, np.full(n, EXTRA, object)]),
                "stretch": np.concatenate([self.stretch, np.full(n, -1)]),
            }
        )
        order = np.argsort(frame["original"].fillna(frame["corrected"]).to_numpy(), kind="stable")
        return frame.iloc[order].reset_index(drop=True)

    def facts(self) -> list[tuple[str, str]]:
        """Return how many beats were decided to be what."""
        odd = ", ".join(f"{n:,} {kind}" for kind, n in self.counts.items() if kind != NORMAL and n)
        return [
            ("beats", f"{len(self):,} of {self.found:,} found"),
            ("method", self.method),
            ("not normal", f"{odd or 'none'} ({quantity(100 * self.corrected_share, '%')})"),
        ]


@with_recipe("beats", "labels", "usable")
def correct_beats(
    beats: Any, *, method: str = "lipponen2019", labels: Any = None, usable: Any = None
) -> CorrectedBeats:
    """Find ectopic, missed and extra beats and correct them.

    Parameters
    ----------
    beats : Beats, Intervals, or array-like of float, shape (n,)
        Beats of a detector, intervals between beats, or times of beats in seconds, rising.
    method : {'lipponen2019', 'exclude', 'labels', 'none'}
        'lipponen2019': extra beats are taken out, missed ones put in, ectopic, long and short
        ones moved to where a smooth course of the beats around would have them, until no more
        are found. 'exclude' decides alike and moves nothing: the intervals concerned are left
        out. 'labels' leaves out intervals by ``labels`` alone. 'none' leaves all as it is.
    labels : sequence of str, length n, optional
        Labels of an annotator for each beat, in the codes of PhysioBank: those other than N, L,
        R, B, e and j are ectopic, whatever the intervals say.
    usable : optional
        Stretches, Annotations or a quality result: beats outside are left out, and no interval
        crosses what is between.

    Returns
    -------
    CorrectedBeats
        With the decision for each beat; ``intervals()`` are the NN intervals.

    Notes
    -----
    Decisions as in Lipponen and Tarvainen (2019): differences of successive intervals and the
    distance from the median of 11, both normalised by 5.2 times the quartile deviation of the 91
    around (by 5 ms where there is none, in an even rhythm). Stretches between gaps are looked at
    one by one. A moved beat lies on the monotone cubic (PCHIP) through the beats that stay, over
    the number of the beat; a missed one halfway.

    Many artefacts in a row hide themselves from such thresholds, so runs of them come first:
    beats that are counted twice, several in a row, and several missed ones, where that is plain
    beside the median of the 91 intervals around, weighted by the time they last. At most two
    beats in a row are put in; a longer pause is a gap. Notes say what is left that no rule
    explains, and where the rhythm is too irregular to tell artefacts from it.

    References
    ----------
    Lipponen JA, Tarvainen MP. A robust algorithm for heart rate variability time series artefact
    correction using novel beat classification. J Med Eng Technol 2019;43:173-181.
    """
    method = checked_choice(method, "method", METHODS)
    times, stretch = _beats_of(beats)
    if method == "labels" and labels is None:
        raise InvalidInputError("method='labels' goes by the labels of the beats; give labels=")
    marked = _checked_labels(labels, len(times))
    stretches = usable_stretches(usable)
    if stretches is not None:
        kept = stretches.cover(times)
        # A stretch of beats ends where a usable stretch does.
        place = np.searchsorted(stretches.onset, times, side="right")
        stretch = stretch * (len(stretches) + 1) + place
        times, stretch, marked = times[kept], stretch[kept], marked[kept]
    # No heart pauses so long: what lies between is a gap.
    stretch = np.cumsum(
        (np.diff(stretch, prepend=stretch[:1]) != 0)
        | (np.diff(times, prepend=times[:1]) * 1000 > MAX_MS)
    )
    notes: list[str] = []
    if method in ("lipponen2019", "exclude"):
        stretch, notes = split_at_pauses(times, stretch)
    parts = []
    for first, stop in runs_of(stretch):
        part = Part(times[first:stop])
        if method == "labels":
            part.decision[marked[first:stop]] = ECTOPIC
        elif method != "none":
            part.decide(marked[first:stop], move=method == "lipponen2019")
        parts.append((part, int(stretch[first])))
    return _joined(parts, method, str(getattr(beats, "source", ECG)), len(times), notes)


def _joined(
    parts: Sequence[tuple[Part, int]],
    method: str,
    source: str,
    found: int,
    told: Sequence[str],
) -> CorrectedBeats:
    nothing = np.empty(0)
    times = np.concatenate([nothing, *(part.times for part, _ in parts)])
    stretch = np.concatenate([nothing, *(np.full(len(part.times), k) for part, k in parts)])
    decision = np.concatenate([np.empty(0, object), *(part.decision for part, _ in parts)])
    span = float(times[-1] - times[0]) if len(times) else 0.0
    within = np.diff(times)[np.diff(stretch) == 0] if len(times) else nothing
    made = CorrectedBeats(
        times=times,
        original=np.concatenate([nothing, *(part.original for part, _ in parts)]),
        decision=decision,
        removed=np.sort(np.concatenate([nothing, *(np.array(p.removed) for p, _ in parts)])),
        stretch=stretch.astype(np.int64),
        method=method,
        source=source,
        found=found,
        valid=ValidSignal(float(within.sum()), span),
    )
    notes = [*told]
    if found < LEAST:
        notes.append(not_enough(f"{found} beats"))
    if made.corrected_share > MANY:
        notes.append(
            f"{100 * made.corrected_share:.1f} % of the beats are not normal; from 5 % on, "
            "heart rate variability is better not interpreted"
        )
    if method == "lipponen2019":
        notes += what_is_left(made.times, made.stretch)
    return replace(made, notes=tuple(notes))


def _beats_of(beats: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return times of beats in seconds, and the number of the stretch each lies in."""
    if isinstance(beats, Intervals):
        if not len(beats):
            return np.empty(0), np.empty(0, np.int64)
        # The beat that begins a stretch ends no interval; it may be the last of the one before.
        first = np.flatnonzero(np.diff(beats.stretch, prepend=beats.stretch[0] - 1))
        begin = beats.times[first] - beats.ms[first] / 1000
        new = begin > np.concatenate([[-np.inf], beats.times[first[1:] - 1]]) + 1e-6
        times = np.insert(beats.times, first[new], begin[new])
        return times, np.insert(beats.stretch, first[new], beats.stretch[first[new]])
    times = checked_beat_times(getattr(beats, "times", beats), "beats")
    check_dense(times, "beats")
    return times, np.asarray(getattr(beats, "stretch", np.zeros(len(times))), np.int64)


def _checked_labels(labels: Any, n: int) -> NDArray[np.bool_]:
    if labels is None:
        return np.zeros(n, bool)
    if isinstance(labels, str) or len(labels) != n:
        raise InvalidInputError(
            f"labels has {len(labels)} entries for {n} beats; give one label a beat, such as 'N'"
        )
    told = [str(label) for label in labels]
    unknown = sorted(set(told) - NORMAL_LABELS - ODD_LABELS)
    if unknown:
        raise InvalidInputError(
            f"labels has {unknown[0]!r}, which marks no beat; leave such marks out, with their "
            f"times. Labels of beats are {sorted(NORMAL_LABELS | ODD_LABELS)!r}"
        )
    return np.array([label not in NORMAL_LABELS for label in told], bool)
