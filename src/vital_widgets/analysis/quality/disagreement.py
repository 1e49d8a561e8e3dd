"""Where detectors differ, the worst places first: these are the places to inspect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.compare.channel_beats import beats_and_usable
from vital_widgets.analysis.ecg.detection.ecg_peaks import DEFAULT, METHODS, ecg_peaks
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_number,
    not_enough,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Beats, BeatsLike
    from vital_widgets.analysis.engine.source import SignalLike
    from vital_widgets.analysis.engine.stretches import UsableLike

DetectionsLike: TypeAlias = "Mapping[str, BeatsLike]"
MIN_DETECTORS = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Disagreement(Result, given=("onset", "end")):
    """Places where detectors differ, ranked.

    Attributes
    ----------
    detectors : tuple of str
        Their names.
    onset, end : ndarray, shape (n,)
        First and last disputed beat of each place, in seconds; the worst place first.
    disputed : ndarray of int64, shape (n,)
        Beats of the place that some detectors found and others did not.
    score : ndarray, shape (n,)
        Sum over the disputed beats of how evenly the detectors are split: 1 for half and half,
        less if one differs from all others.
    found : ndarray of int64, shape (n, d)
        Number of the disputed beats that each detector found.
    n_beats : int
        Beats found by any detector.
    n_agreed : int
        Beats found by all.
    """

    detectors: tuple[str, ...]
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    disputed: NDArray[np.int64]
    score: NDArray[np.float64]
    found: NDArray[np.int64]
    n_beats: int
    n_agreed: int

    def annotations(self, channel: str = "") -> Annotations:
        """Return one annotation per place, with its rank and what each detector found."""
        texts = [
            f"detectors differ (rank {k + 1}): "
            + ", ".join(f"{name} {n}/{total}" for name, n in zip(self.detectors, row, strict=True))
            for k, (row, total) in enumerate(zip(self.found, self.disputed, strict=True))
        ]
        return Annotations(self.onset, texts, self.end - self.onset, [channel] * len(texts))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per place, the worst first: onset, end (s), disputed, score, found."""
        import pandas as pd

        columns = {"onset": self.onset, "end": self.end, "disputed": self.disputed}
        by = {f"found by {name}": self.found[:, k] for k, name in enumerate(self.detectors)}
        return pd.DataFrame({**columns, "score": self.score, **by})

    def _facts(self) -> list[tuple[str, str]]:
        share = f" ({100 * self.n_agreed / self.n_beats:.2f} %)" if self.n_beats else ""
        worst = f"{self.onset[0]:.2f} to {self.end[0]:.2f} s" if len(self.onset) else "none"
        return [
            ("detectors", ", ".join(self.detectors)),
            ("beats found by all", f"{self.n_agreed:,} of {self.n_beats:,}{share}"),
            ("places that differ", f"{len(self.onset):,}"),
            ("the worst", worst),
        ]


@analysis
def rank_disagreement(
    beats: DetectionsLike, *, tolerance_s: float = 0.15, max_gap_s: float = 5.0
) -> Disagreement:
    """Rank the places where detectors differ.

    Parameters
    ----------
    beats : mapping of str to BeatsLike
        Beats of each detector by its name, as for `match_beats`.
    tolerance_s : float
        Largest difference in seconds of marks of the same beat; 0.15 as in EC57.
    max_gap_s : float
        Disputed beats not further apart than this, in seconds, are one place; 5 s fit on a screen.

    Returns
    -------
    Disagreement
        The place with the largest score first.

    Raises
    ------
    InvalidInputError
        There are fewer than two detectors, or times do not increase.

    Notes
    -----
    The score is this package's own. Marks belong to one beat if they lie within the tolerance of
    its first mark.

    Examples
    --------
    >>> from vital_widgets.analysis import rank_disagreement
    >>> found = {"a": [1.0, 2.0, 3.0], "b": [1.01, 2.01], "c": [1.0, 2.0]}
    >>> rank_disagreement(found).onset.tolist()
    [3.0]
    """
    given: Any = beats
    if not isinstance(given, Mapping) or len(given) < MIN_DETECTORS:
        raise InvalidInputError(
            "beats must be the beats of at least two detectors by name: {'slope': beats, 'gqrs': "
            "other}"
        )
    tolerance, max_gap = _limits(tolerance_s, max_gap_s)
    names = tuple(str(name) for name in beats)
    found = [beats_and_usable(one)[0] for one in beats.values()]
    read = [beat_times(one, f"beats[{name!r}]") for name, one in zip(names, found, strict=True)]
    notes = [note for _, of_one in read for note in of_one]
    pairs = zip(found, beats.values(), strict=True)
    notes += [note for one, given in pairs if one is not given for note in one.notes]
    place, counts = _clusters([times for times, _ in read], tolerance)
    n_found = (counts > 0).sum(axis=1)
    disputed = np.flatnonzero(n_found < len(names))
    at = place[disputed]
    split = 1 - np.abs(2 * n_found[disputed] / len(names) - 1)
    starts = np.flatnonzero(np.diff(at, prepend=-np.inf) > max_gap)
    stops = np.append(starts[1:], len(at))[: len(starts)]
    score = np.add.reduceat(split, starts) if len(starts) else np.empty(0)
    by = np.add.reduceat(counts[disputed] > 0, starts, axis=0, dtype=np.int64)[: len(starts)]
    order = np.argsort(-score, kind="stable")
    nothing = [] if len(place) else [not_enough("no detector found a beat")]
    return Disagreement(
        detectors=names,
        onset=at[starts][order],
        end=at[stops - 1][order],
        disputed=(stops - starts)[order],
        score=score[order],
        found=by[order],
        n_beats=len(place),
        n_agreed=len(place) - len(disputed),
        valid=_valid(found, place),
        notes=(*nothing, *notes),
    )


@analysis
def detector_disagreement(
    x: SignalLike,
    fs: float | None = None,
    *,
    methods: Iterable[str] = (DEFAULT, "pan-tompkins", "two-averages"),
    tolerance_s: float = 0.15,
    max_gap_s: float = 5.0,
    usable: UsableLike = None,
) -> Chain[Disagreement]:
    """Run several QRS detectors over an ECG and rank the places where they differ.

    Parameters
    ----------
    x, fs, usable
        As for `ecg_peaks`.
    methods : iterable of str
        Two or more methods of `ecg_peaks`; by default three that work differently.
    tolerance_s, max_gap_s
        As for `rank_disagreement`.

    Returns
    -------
    Disagreement
        The place with the largest score first.

    Raises
    ------
    InvalidInputError
        As for `ecg_peaks`, or there are fewer than two methods.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import detector_disagreement
    >>> result = detector_disagreement(vw.sample(60)["ECG"])
    >>> result.detectors
    ('slope', 'pan-tompkins', 'two-averages')
    """
    listed = [] if isinstance(methods, str) or not isinstance(methods, Iterable) else [*methods]
    different = {checked_choice(method, "methods", tuple(METHODS)) for method in listed}
    if len(different) < MIN_DETECTORS:
        raise InvalidInputError(
            f"methods={methods!r} is not accepted; give two or more of {', '.join(METHODS)}"
        )
    limits = _limits(tolerance_s, max_gap_s)
    plans = tuple(ecg_peaks.plan(x, fs, method=method, usable=usable) for method in listed)

    def ranked(*found: Beats) -> Disagreement:
        beats = dict(zip(listed, found, strict=True))
        return rank_disagreement(beats, tolerance_s=limits[0], max_gap_s=limits[1])

    return Chain(plans, ranked)


def _limits(tolerance_s: float, max_gap_s: float) -> tuple[float, float]:
    tolerance = checked_number(tolerance_s, "tolerance_s", 0, 10, open_low=True, unit="s")
    return tolerance, checked_number(max_gap_s, "max_gap_s", 0, unit="s")


def _valid(found: list[Any], place: NDArray[np.float64]) -> ValidSignal:
    """Return the shortest valid signal of all detectors; of times, from the first to the last."""
    known = [one.valid for one in found if isinstance(one, Result)]
    if known:
        return min(known, key=lambda valid: valid.seconds)
    span = float(np.ptp(place)) if len(place) else 0.0
    return ValidSignal(span, span)


def _clusters(
    times: list[NDArray[np.float64]], tolerance: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the time of each beat that any detector found, and its marks by each detector."""
    every = np.concatenate(times)
    who = np.repeat(np.arange(len(times)), [len(t) for t in times])
    order = np.argsort(every, kind="stable")
    every, who = every[order], who[order]
    if not len(every):
        return every, np.empty((0, len(times)), np.int64)
    new = np.concatenate([[True], np.diff(every) > tolerance])
    first = every[0]  # a chain of close marks is cut where it exceeds the tolerance
    for i in np.flatnonzero(~new).tolist():
        first = every[i - 1] if new[i - 1] else first
        new[i] = every[i] - first > tolerance
    beat = np.cumsum(new) - 1
    counts = np.zeros((int(beat[-1]) + 1, len(times)), np.int64)
    np.add.at(counts, (beat, who), 1)
    return np.bincount(beat, every) / np.bincount(beat), counts
