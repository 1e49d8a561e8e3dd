"""Where detectors differ, the worst places first: that is where a person should look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.ecg.detection.ecg_peaks import DEFAULT, METHODS, ecg_peaks
from vital_widgets.analysis.engine.chunked import start
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_number,
    not_enough,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LEAST_DETECTORS = 2


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
        less where one stands against all.
    found : ndarray of int64, shape (n, d)
        Of the disputed beats those that each detector found.
    beats : int
        Beats found by any detector.
    agreed : int
        Beats found by all.
    """

    detectors: tuple[str, ...]
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    disputed: NDArray[np.int64]
    score: NDArray[np.float64]
    found: NDArray[np.int64]
    beats: int
    agreed: int

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each place, with its rank and who found what."""
        texts = [
            f"detectors differ (rank {k + 1}): "
            + ", ".join(f"{name} {n}/{total}" for name, n in zip(self.detectors, row, strict=True))
            for k, (row, total) in enumerate(zip(self.found, self.disputed, strict=True))
        ]
        return Annotations(self.onset, texts, self.end - self.onset, [channel] * len(texts))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each place, the worst first: onset, end (s), disputed, score, found."""
        import pandas as pd

        columns = {"onset": self.onset, "end": self.end, "disputed": self.disputed}
        by = {f"found by {name}": self.found[:, k] for k, name in enumerate(self.detectors)}
        return pd.DataFrame({**columns, "score": self.score, **by})

    def facts(self) -> list[tuple[str, str]]:
        """Return how many beats are agreed on, and where the worst place is."""
        share = f" ({100 * self.agreed / self.beats:.2f} %)" if self.beats else ""
        worst = f"{self.onset[0]:.2f} to {self.end[0]:.2f} s" if len(self.onset) else "none"
        return [
            ("detectors", ", ".join(self.detectors)),
            ("beats found by all", f"{self.agreed:,} of {self.beats:,}{share}"),
            ("places that differ", f"{len(self.onset):,}"),
            ("the worst", worst),
        ]


@with_recipe("beats")
def rank_disagreement(beats: Any, *, window: float = 0.15, together: float = 5.0) -> Disagreement:
    """Rank the places where detectors differ.

    Parameters
    ----------
    beats : mapping of str to Beats or array-like of float
        Beats of each detector by its name; times in seconds, rising.
    window : float
        Seconds within which marks of different detectors are the same beat.
    together : float
        Disputed beats so many seconds apart or less are one place.

    Returns
    -------
    Disagreement
        The place with the largest score first.
    """
    if not isinstance(beats, Mapping) or len(beats) < LEAST_DETECTORS:
        raise InvalidInputError(
            "beats must name the beats of at least two detectors: {'slope': beats, 'gqrs': other}"
        )
    width = checked_number(window, "window", 0, 10, open_low=True, unit="s")
    apart = checked_number(together, "together", 0, unit="s")
    names = tuple(str(name) for name in beats)
    told = [beat_times(found, f"beats[{name!r}]") for name, found in beats.items()]
    times = [found for found, _ in told]
    left_out = [note for _, notes in told for note in notes]
    place, counts = _clusters(times, width)
    n_found = (counts > 0).sum(axis=1)
    open_ones = np.flatnonzero(n_found < len(names))
    at = place[open_ones]
    split = 1 - np.abs(2 * n_found[open_ones] / len(names) - 1)
    starts = np.flatnonzero(np.diff(at, prepend=-np.inf) > apart)
    stops = np.append(starts[1:], len(at))[: len(starts)]
    groups = list(zip(starts.tolist(), stops.tolist(), strict=True))
    score = np.array([split[a:b].sum() for a, b in groups])
    present = counts[open_ones] > 0
    found = np.array([present[a:b].sum(axis=0) for a, b in groups], np.int64)
    order = np.argsort(-score, kind="stable")
    ends = stops - 1
    nothing = (not_enough("no detector found a beat"),)
    return Disagreement(
        detectors=names,
        onset=at[starts][order],
        end=at[ends][order],
        disputed=(stops - starts)[order],
        score=score[order],
        found=found.reshape(-1, len(names))[order],
        beats=len(place),
        agreed=len(place) - len(open_ones),
        valid=_valid(beats.values(), place),
        notes=(*left_out,) if len(place) else (*nothing, *left_out),
    )


@with_recipe("values", "usable")
def detector_disagreement(
    values: Any,
    fs: Any = None,
    *,
    methods: Any = (DEFAULT, "pan-tompkins", "two-averages"),
    window: float = 0.15,
    together: float = 5.0,
    usable: Any = None,
) -> Disagreement:
    """Run several QRS detectors over an ECG and rank the places where they differ.

    Parameters
    ----------
    values : array-like of float, shape (n,), or Channel
        One lead; a channel is read in pieces, however long it is.
    fs : float
        Sampling rate in Hz; not needed for a channel.
    methods : tuple of str
        Two or more methods of `ecg_peaks`.
    window, together : float
        As for `rank_disagreement`.
    usable : optional
        Where the signal may be used.
    """
    listed = [] if isinstance(methods, str) or not isinstance(methods, Iterable) else [*methods]
    distinct = {checked_choice(method, "methods", tuple(METHODS)) for method in listed}
    if len(distinct) < LEAST_DETECTORS:
        raise InvalidInputError(
            f"methods={methods!r} must name two or more of {', '.join(map(repr, METHODS))}"
        )
    if isinstance(values, Channel):
        tasks = {m: start(ecg_peaks, values, method=m, usable=usable) for m in listed}
        try:
            found = {name: task.result() for name, task in tasks.items()}
        finally:  # where one failed, or the wait was interrupted, the others need not go on
            for task in tasks.values():
                task.cancel()
    else:
        found = {m: ecg_peaks(values, fs, method=m, usable=usable) for m in listed}
    return rank_disagreement(found, window=window, together=together)


def _valid(beats: Iterable[Any], place: NDArray[np.float64]) -> ValidSignal:
    """Return the least valid signal that any detector had; of plain times, all from end to end."""
    told = [found.valid for found in beats if isinstance(found, Result)]
    if told:
        return min(told, key=lambda valid: valid.seconds)
    span = float(np.ptp(place)) if len(place) else 0.0
    return ValidSignal(span, span)


def _clusters(
    times: list[NDArray[np.float64]], window: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the time of each beat that any detector found, and marks of each detector there.

    Marks belong to one beat if they lie within the window of its first mark.
    """
    every = np.concatenate(times)
    who = np.repeat(np.arange(len(times)), [len(t) for t in times])
    order = np.argsort(every, kind="stable")
    every, who = every[order], who[order]
    if not len(every):
        return every, np.empty((0, len(times)), np.int64)
    new = np.concatenate([[True], np.diff(every) > window])
    # A chain of close marks may be longer than the window: it is cut where it outgrows it.
    first = every[0]
    for i in np.flatnonzero(~new).tolist():
        first = every[i - 1] if new[i - 1] else first
        if every[i] - first > window:
            new[i] = True
    beat = np.cumsum(new) - 1
    counts = np.zeros((int(beat[-1]) + 1, len(times)), np.int64)
    np.add.at(counts, (beat, who), 1)
    middle = np.bincount(beat, every) / np.bincount(beat)
    return middle, counts
