"""Agreement of two readers on events: which are the same, by overlap or by onset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NAN = float("nan")
NONE = -1
_NEAR = 1e-9  # s, of rounding


@dataclass(frozen=True, eq=False)
class EventAgreement:
    """Events of a test paired with those of a reference, each with at most one.

    Attributes
    ----------
    reference, test : Annotations
        The events.
    reference_match, test_match : ndarray of int64, shape (n,), (m,)
        Index of the event of the other side, -1 for none.
    iou : ndarray, shape (n,)
        Overlap of each pair, its common time divided by the time of both; 0 for no pair, 1 for two
        moments at the same time.
    """

    reference: Annotations
    test: Annotations
    reference_match: NDArray[np.int64]
    test_match: NDArray[np.int64]
    iou: NDArray[np.float64]

    @property
    def tp(self) -> int:
        """Number of events of the reference that the test has."""
        return int((self.reference_match >= 0).sum())

    @property
    def fn(self) -> int:
        """Number of events of the reference that the test does not have."""
        return int((self.reference_match < 0).sum())

    @property
    def fp(self) -> int:
        """Number of events of the test that the reference does not have."""
        return int((self.test_match < 0).sum())

    @property
    def sensitivity(self) -> float:
        """Share of the events of the reference that the test has; NaN without events."""
        n = len(self.reference_match)
        return self.tp / n if n else NAN

    @property
    def ppv(self) -> float:
        """Share of the events of the test that the reference has; NaN without events."""
        n = len(self.test_match)
        return self.tp / n if n else NAN

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and PPV; NaN without events."""
        total = 2 * self.tp + self.fn + self.fp
        return 2 * self.tp / total if total else NAN

    @property
    def mean_iou(self) -> float:
        """Mean overlap of the pairs; NaN without pairs."""
        paired = self.reference_match >= 0
        return float(self.iou[paired].mean()) if paired.any() else NAN

    def confusion(self) -> pd.DataFrame:
        """Return the number of events for each pair of texts; '-' for events without a pair."""
        import pandas as pd

        paired = self.reference_match >= 0
        mine = [*self.reference.text, *["-"] * self.fp]
        found = np.array(["-"] * len(paired), object)
        found[paired] = self.test.text[self.reference_match[paired]]
        theirs = [*found, *self.test.text[self.test_match < 0]]
        rows = pd.Series(mine, name="reference", dtype=object)
        return pd.crosstab(rows, pd.Series(theirs, name="test", dtype=object))

    def annotations(self) -> Annotations:
        """Return the events on which the two disagree: the queue for a consensus.

        The text contains both, such as ``apnea / -`` for an event that the test does not have.
        """
        onset, texts, duration = list[float](), list[str](), list[float]()
        for k, event in enumerate(self.reference):
            match = int(self.reference_match[k])
            other = "-" if match < 0 else str(self.test.text[match])
            if other != event.text:
                onset.append(event.onset)
                duration.append(event.duration)
                texts.append(f"{event.text} / {other}")
        for k in np.flatnonzero(self.test_match < 0).tolist():
            event = self.test[k]
            onset.append(event.onset)
            duration.append(event.duration)
            texts.append(f"- / {event.text}")
        return Annotations(onset, texts, duration)

    def __repr__(self) -> str:
        """Show the main numbers."""
        return (
            f"EventAgreement({self.tp} found, {self.fn} missed, {self.fp} extra; sensitivity "
            f"{self.sensitivity:.3f}, PPV {self.ppv:.3f}, F1 {self.f1:.3f}, "
            f"mean overlap {self.mean_iou:.3f})"
        )


def event_agreement(
    reference: Annotations, test: Annotations, min_iou: float | None, onset_s: float | None
) -> EventAgreement:
    """Pair events that overlap by ``min_iou``, or whose onsets differ by at most ``onset_s``.

    Of all ways to pair them, one with the most pairs, and of these one with the largest overlap (or
    the closest onsets).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if (min_iou is None) == (onset_s is None):
        msg = "give either min_iou (0 to 1) or onset_s (seconds), such as min_iou=0.5"
        raise InvalidInputError(msg)
    if min_iou is not None and not 0 < min_iou <= 1:
        msg = f"min_iou={min_iou!r} is not an overlap above 0, up to 1"
        raise InvalidInputError(msg)
    if onset_s is not None and not (np.isfinite(onset_s) and onset_s >= 0):
        msg = f"onset_s={onset_s!r} is not a number of seconds, 0 or more"
        raise InvalidInputError(msg)
    i, j, overlap = _candidates(reference, test, onset_s or 0.0)
    apart = np.abs(test.onset[j] - reference.onset[i])
    if min_iou is not None:
        kept = overlap >= min_iou
        cost = 1 - overlap
    else:
        kept = apart <= (onset_s or 0.0) * (1 + 1e-9)
        cost = apart / max(onset_s or 0.0, 1e-9)
    i, j, overlap, cost = i[kept], j[kept], overlap[kept], cost[kept]
    n, m = len(reference.onset), len(test.onset)
    of_reference, of_test = np.full(n, NONE), np.full(m, NONE)
    iou = np.zeros(n)
    if len(i):
        # Each event may instead pair with nothing, at a cost above that of all pairs together.
        alone = 4.0 * (min(n, m) + 1)
        rows = np.concatenate([i, np.arange(n), n + np.arange(m), n + j])
        columns = np.concatenate([j, m + np.arange(n), np.arange(m), m + i])
        costs = np.concatenate([1 + cost, np.full(n + m, alone), np.ones(len(i))])
        graph = csr_array((costs, (rows, columns)), shape=(n + m, n + m))
        left, right = min_weight_full_bipartite_matching(graph)
        real = (left < n) & (right < m)
        of_reference[left[real]], of_test[right[real]] = right[real], left[real]
        place = {(a, b): o for a, b, o in zip(i.tolist(), j.tolist(), overlap, strict=True)}
        for a in np.flatnonzero(of_reference >= 0).tolist():
            iou[a] = place[a, int(of_reference[a])]
    return EventAgreement(reference, test, of_reference, of_test, iou)


def _candidates(
    reference: Annotations, test: Annotations, reach: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs that overlap, or begin within ``reach`` seconds, and their overlap."""
    a0, b0 = reference.onset, test.onset
    a1, b1 = a0 + reference.duration, b0 + test.duration
    earliest = a0 - reach - _NEAR
    # Tests that begin near or within a reference, then references that begin within a test. One
    # long event thus has as many candidates as it covers, and others have none more.
    i, j = _ranges(
        np.searchsorted(b0, earliest),
        np.searchsorted(b0, np.maximum(a1, a0 + reach) + _NEAR, side="right"),
    )
    n, m = _ranges(np.searchsorted(a0, b0 + reach), np.searchsorted(a0, b1 + _NEAR, side="right"))
    within = b0[n] < earliest[m]
    i, j = np.concatenate([i, m[within]]), np.concatenate([j, n[within]])
    common = np.minimum(a1[i], b1[j]) - np.maximum(a0[i], b0[j])
    both = np.maximum(a1[i], b1[j]) - np.minimum(a0[i], b0[j])
    overlap = np.where(both > 0, np.maximum(common, 0) / np.where(both > 0, both, 1), 1.0)
    return i, j, overlap


def _ranges(
    first: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of all ranges, and before them the number of their range."""
    counts = np.maximum(stop - first, 0)
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts - first, counts)
