"""Beats corrected for heart rate variability, with the decision kept for each beat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.beats.beat_marks import (
    BEAT_CODES,
    NORMAL_CODES,
    beat_times,
    check_dense,
)
from vital_widgets.analysis.beats.beat_series import (
    ECG,
    MAX_MS,
    MIN_MS,
    Intervals,
)
from vital_widgets.analysis.compare.channel_beats import beats_and_usable
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    not_enough,
    passed_on,
)
from vital_widgets.analysis.hrv.artefact_runs import notes_on_the_rest, runs_of, split_at_pauses
from vital_widgets.analysis.hrv.lipponen import ECTOPIC, EXTRA, LONG_SHORT, MISSED, NORMAL, Part
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.progressbar import progress_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

LabelsLike: TypeAlias = "Sequence[str] | NDArray[Any] | None"
KINDS = (NORMAL, ECTOPIC, MISSED, EXTRA, LONG_SHORT)
METHODS = ("lipponen2019", "exclude", "labels", "none")
NORMAL_LABELS = NORMAL_CODES | {NORMAL}
ODD_LABELS = (BEAT_CODES - NORMAL_CODES) | {ECTOPIC, LONG_SHORT}
MANY = 0.05  # share of corrected beats from which variability should not be trusted (Kubios)
MIN_BEATS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class CorrectedBeats(Result, given=("times", "original", "removed")):
    """Beats after correction, and the decision about each.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Corrected times in seconds, increasing.
    original : ndarray, shape (n,)
        Times before the correction; NaN for an inserted beat.
    decision : ndarray of str, shape (n,)
        'normal', 'ectopic' or 'long-short' (moved), 'missed' (inserted).
    removed : ndarray, shape (m,)
        Times of the beats that were removed as 'extra'.
    stretch : ndarray of int64, shape (n,)
        As of `Beats`.
    method : str
        As of `correct_beats`.
    source : str
        'ecg' or 'ppg'.
    n_found : int
        Number of beats before the correction.
    """

    times: NDArray[np.float64]
    original: NDArray[np.float64]
    decision: NDArray[Any]
    removed: NDArray[np.float64]
    stretch: NDArray[np.int64]
    method: str
    source: str
    n_found: int

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    @property
    def counts(self) -> dict[str, int]:
        """Number of beats by decision."""
        counts = {kind: int((self.decision == kind).sum()) for kind in KINDS}
        return {**counts, EXTRA: len(self.removed)}

    @property
    def changes(self) -> dict[str, int]:
        """Number of beats by decision, without 'normal' and without zeros."""
        return {kind: n for kind, n in self.counts.items() if kind != NORMAL and n}

    @property
    def corrected_share(self) -> float:
        """Share of the beats that were not normal, 0 to 1."""
        return sum(self.changes.values()) / self.n_found if self.n_found else 0.0

    def intervals(self) -> Intervals:
        """Return the NN intervals, none across a gap.

        With 'exclude' and 'labels', intervals that begin or end with a beat that is not normal
        are excluded, and those that contain an extra beat or lack one; the series is interrupted
        there.
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
        """Return one annotation per beat that is not normal, at its original time."""
        odd = self.decision != NORMAL
        at = np.where(np.isfinite(self.original), self.original, self.times)[odd]
        texts = [*map(str, self.decision[odd]), *[EXTRA] * len(self.removed)]
        onset = np.concatenate([at, self.removed])
        return Annotations(onset, texts, channel=[channel] * len(texts))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per beat, removed ones too: original and corrected time (s), decision."""
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

    def _facts(self) -> list[tuple[str, str]]:
        odd = ", ".join(f"{n:,} {kind}" for kind, n in self.changes.items())
        return [
            ("beats", f"{len(self):,}, {self.n_found:,} before the correction"),
            ("method", self.method),
            ("not normal", f"{odd or 'none'} ({quantity(100 * self.corrected_share, '%')})"),
        ]


@analysis
def correct_beats(
    beats: BeatsLike,
    *,
    method: str = "lipponen2019",
    labels: LabelsLike = None,
    usable: UsableLike = None,
) -> CorrectedBeats:
    """Find ectopic, missed and extra beats and correct them.

    Parameters
    ----------
    beats : BeatsLike
        Beats of a detector, intervals, or increasing times of beats in seconds, shape (n,). The
        beats of an ECG or PPG channel are found first, and a note says how.
    method : {'lipponen2019', 'exclude', 'labels', 'none'}
        'lipponen2019' removes extra beats, inserts missed ones, and moves ectopic, long and short
        ones to where the surrounding beats suggest, until no more are found; it is the default
        because it keeps the series uninterrupted. 'exclude' makes the same decisions and moves
        nothing: `CorrectedBeats.intervals` excludes the intervals concerned. 'labels' excludes
        intervals by ``labels`` alone. 'none' only looks for gaps.
    labels : sequence of str, length n, optional
        Label of each beat in the codes of PhysioBank. Beats with a code other than N, L, R, B, e
        or j are ectopic, whatever their intervals.
    usable : UsableLike, optional
        Where beats may be used, everywhere by default; no interval crosses what is between.

    Returns
    -------
    CorrectedBeats
        The beats with the decision about each; ``intervals()`` gives the NN intervals.

    Raises
    ------
    InvalidInputError
        The times do not increase, are not in seconds, or a label or the method is unknown.

    Notes
    -----
    Decisions follow [1]_: differences of successive intervals, and the distance from the median
    of 11, both divided by 5.2 times the quartile deviation of the surrounding 91 (by 5 ms if it
    is zero, in an even rhythm). Stretches between gaps are processed one by one. A moved beat is
    placed by monotone cubic interpolation (PCHIP) of the times of the unchanged beats over their
    number, a missed one halfway.

    Runs of artefacts raise these thresholds and hide in them, so they are corrected first: several
    beats in a row that are counted twice, or missed, if that is evident from the median of the
    surrounding 91 intervals, weighted by their duration. At most two successive beats are
    inserted; a longer pause is a gap. Notes name what no rule explains, and a rhythm too
    irregular to distinguish artefacts from it.

    References
    ----------
    .. [1] Lipponen JA, Tarvainen MP. A robust algorithm for heart rate variability time series
       artefact correction using novel beat classification. Journal of Medical Engineering &
       Technology 2019;43(3):173-181. doi:10.1080/03091902.2019.1640306

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import correct_beats
    >>> times = np.cumsum(0.8 + 0.02 * np.sin(np.arange(100)))
    >>> corrected = correct_beats(np.delete(times, 50))
    >>> corrected.changes
    {'missed': 1}
    """
    method = checked_choice(method, "method", METHODS)
    with progress_part(0.0, 0.8, "finding beats"):
        found, stretches = beats_and_usable(beats, usable)
    times, stretch, notes = _times_and_stretches(found)
    if method == "labels" and labels is None:
        raise InvalidInputError("method='labels' needs the label of each beat; give labels=")
    marked = _checked_labels(labels, len(times))
    if stretches is not None:
        kept = stretches.cover(times)
        place = np.searchsorted(stretches.onset, times, side="right")
        stretch = stretch * (len(stretches) + 1) + place  # ends where a usable stretch does
        times, stretch, marked = times[kept], stretch[kept], marked[kept]
    stretch = np.cumsum(
        (np.diff(stretch, prepend=stretch[:1]) != 0)
        | (np.diff(times, prepend=times[:1]) * 1000 > MAX_MS)
    )
    if method in ("lipponen2019", "exclude"):
        stretch, more = split_at_pauses(times, stretch)
        notes += more
    parts = []
    for first, stop in runs_of(stretch):
        part = Part(times[first:stop])
        if method == "labels":
            part.decision[marked[first:stop]] = ECTOPIC
        elif method != "none":
            part.decide(marked[first:stop], move=method == "lipponen2019")
        parts.append((part, int(stretch[first])))
    return _joined(parts, method, str(getattr(found, "source", ECG)), len(times), notes)


def _joined(
    parts: Sequence[tuple[Part, int]], method: str, source: str, n_found: int, notes: list[str]
) -> CorrectedBeats:
    """Return the result of all stretches, with its notes."""
    nothing = np.empty(0)
    times = np.concatenate([nothing, *(part.times for part, _ in parts)])
    stretch = np.concatenate([nothing, *(np.full(len(part.times), k) for part, k in parts)])
    within = np.diff(times)[np.diff(stretch) == 0] if len(times) else nothing
    span = float(times[-1] - times[0]) if len(times) else 0.0
    made = CorrectedBeats(
        times=times,
        original=np.concatenate([nothing, *(part.original for part, _ in parts)]),
        decision=np.concatenate([np.empty(0, object), *(part.decision for part, _ in parts)]),
        removed=np.sort(np.concatenate([nothing, *(np.array(p.removed) for p, _ in parts)])),
        stretch=stretch.astype(np.int64),
        method=method,
        source=source,
        n_found=n_found,
        valid=ValidSignal(float(within.sum()), span),
    )
    notes = [*notes]
    if n_found < MIN_BEATS:
        notes.append(not_enough(f"{n_found} beats; {MIN_BEATS} are needed"))
    if made.corrected_share > MANY:
        notes.append(
            f"{100 * made.corrected_share:.1f} % of the beats are not normal; above 5 %, heart "
            "rate variability should not be interpreted"
        )
    if method == "lipponen2019":
        notes += notes_on_the_rest(made.times, made.stretch)
    return replace(made, notes=tuple(notes))


def _times_and_stretches(
    beats: BeatsLike | Intervals,
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Return the times of beats in seconds, the stretch number of each, and notes."""
    notes = [*passed_on(beats)]
    if isinstance(beats, Intervals):
        if not len(beats):
            return np.empty(0), np.empty(0, np.int64), notes
        # The beat that begins a stretch ends no interval; it may be the last of the one before.
        first = np.flatnonzero(np.diff(beats.stretch, prepend=beats.stretch[0] - 1))
        begin = beats.times[first] - beats.ms[first] / 1000
        new = begin > np.concatenate([[-np.inf], beats.times[first[1:] - 1]]) + 1e-6
        times = np.insert(beats.times, first[new], begin[new])
        stretch = np.insert(beats.stretch, first[new], beats.stretch[first[new]])
        return times, stretch, notes
    times, more = beat_times(beats, "beats")
    check_dense(times, "beats")
    stretch = np.asarray(getattr(beats, "stretch", np.zeros(len(times))), np.int64)
    return times, stretch, notes + more


def _checked_labels(labels: LabelsLike, n: int) -> NDArray[np.bool_]:
    """Return for each beat whether its label is not that of a normal beat."""
    if labels is None:
        return np.zeros(n, bool)
    if isinstance(labels, str) or not hasattr(labels, "__len__") or len(labels) != n:
        given = f"{len(labels)} entries" if hasattr(labels, "__len__") else repr(labels)
        raise InvalidInputError(f"labels has {given}; give one label per beat, {n} in all")
    texts = [str(label) for label in labels]
    unknown = sorted(set(texts) - NORMAL_LABELS - ODD_LABELS)
    if unknown:
        raise InvalidInputError(
            f"unknown label {unknown[0]!r} of a beat; available: "
            f"{', '.join(sorted(NORMAL_LABELS | ODD_LABELS))}. Remove other marks, and their times"
        )
    return np.array([label not in NORMAL_LABELS for label in texts], bool)
