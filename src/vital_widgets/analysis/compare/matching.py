"""Beats of a detector against reference beats, as in EC57 and its program bxb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_marks import check_seconds
from vital_widgets.analysis.compare.channel_beats import times_of
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Times = NDArray[np.float64]

NONE = -1
MAX_CELLS = 1_000_000  # of the table of differences of one group of beats


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatMatching(Result, given=("tolerance_s", "reference", "test")):
    """Which beats of a test are which of a reference.

    Attributes
    ----------
    tolerance_s : float
        Largest difference of a pair in seconds.
    reference, test : ndarray, shape (n,), (m,)
        Times of the scored beats, in seconds.
    reference_match : ndarray of int64, shape (n,)
        Index of the test beat paired with each reference beat, -1 if it was missed.
    test_match : ndarray of int64, shape (m,)
        Index of the reference beat paired with each test beat, -1 if there is none.
    """

    tolerance_s: float
    reference: NDArray[np.float64]
    test: NDArray[np.float64]
    reference_match: NDArray[np.int64]
    test_match: NDArray[np.int64]

    @property
    def tp(self) -> int:
        """Number of reference beats that were found."""
        return int((self.reference_match >= 0).sum())

    @property
    def fn(self) -> int:
        """Number of reference beats that were missed."""
        return int((self.reference_match < 0).sum())

    @property
    def fp(self) -> int:
        """Number of detections that are not beats."""
        return int((self.test_match < 0).sum())

    @property
    def sensitivity(self) -> float:
        """Share of the reference beats that were found, 0 to 1."""
        return self.tp / len(self.reference) if len(self.reference) else float("nan")

    @property
    def ppv(self) -> float:
        """Positive predictive value: share of the detections that are beats, 0 to 1."""
        return self.tp / len(self.test) if len(self.test) else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and PPV, 0 to 1."""
        total = 2 * self.tp + self.fn + self.fp
        return 2 * self.tp / total if total else float("nan")

    @property
    def differences(self) -> NDArray[np.float64]:
        """Test minus reference of each pair, in seconds."""
        paired = self.reference_match >= 0
        return self.test[self.reference_match[paired]] - self.reference[paired]

    def intervals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the intervals between successive pairs of beats, in ms, of reference and test.

        Only beats that follow each other on both sides count: no beat was missed in between.
        """
        first = np.flatnonzero((self.reference_match[:-1] >= 0) & (self.reference_match[1:] >= 0))
        other = self.reference_match[first]
        whole = self.reference_match[first + 1] == other + 1
        first, other = first[whole], other[whole]
        mine = self.reference[first + 1] - self.reference[first]
        theirs = self.test[other + 1] - self.test[other]
        return 1000 * mine, 1000 * theirs

    def to_frame(self) -> pd.DataFrame:
        """Return one row per beat of either: reference and test time (s), outcome."""
        import pandas as pd

        paired, extra = self.reference_match >= 0, self.test[self.test_match < 0]
        found = np.where(paired, np.append(self.test, np.nan)[self.reference_match], np.nan)
        frame = pd.DataFrame(
            {
                "reference": np.concatenate([self.reference, np.full(len(extra), np.nan)]),
                "test": np.concatenate([found, extra]),
                "outcome": [*np.where(paired, "TP", "FN"), *["FP"] * len(extra)],
            }
        )
        order = np.argsort(frame["reference"].fillna(frame["test"]).to_numpy(), kind="stable")
        return frame.iloc[order].reset_index(drop=True)

    def _facts(self) -> list[tuple[str, str]]:
        d = self.differences * 1000
        apart = f"{d.mean():.3g} ± {d.std():.3g} ms" if len(d) else "not available"
        return [
            ("found, missed, extra", f"{self.tp:,}, {self.fn:,}, {self.fp:,}"),
            ("sensitivity", quantity(100 * self.sensitivity, "%")),
            ("PPV", quantity(100 * self.ppv, "%")),
            ("F1", quantity(100 * self.f1, "%")),
            ("test - reference", f"{apart} (within {self.tolerance_s * 1000:g} ms)"),
        ]


@analysis
def match_beats(
    reference: BeatsLike,
    test: BeatsLike,
    *,
    tolerance_s: float = 0.15,
    start_s: float = 0.0,
    usable: UsableLike = None,
) -> BeatMatching:
    """Pair the beats of a detector with reference beats, one to one.

    Parameters
    ----------
    reference, test : BeatsLike
        Beats, annotations, or increasing times of beats in seconds. Of annotations, those whose
        text is one of PhysioBank's codes of beats count (N, L, R, B, A, a, J, S, V, r, F, e, j,
        n, E, /, f, Q, ?); a note counts the others, which are rhythms, noise, waves or comments.
        The beats of an ECG or PPG channel are found first, and a note says how.
    tolerance_s : float
        Largest difference of a pair in seconds; 0.15 as in EC57.
    start_s : float
        Seconds at the start that are not scored. The program bxb excludes 300 s as a learning
        period; here everything is scored by default.
    usable : UsableLike, optional
        Where beats are scored, everywhere by default; EC57 excludes ventricular flutter.

    Returns
    -------
    BeatMatching
        Of all ways to pair beats within the tolerance, one with the most pairs, and of these one
        with the smallest sum of differences. (Among more than a thousand beats on each side
        without a pause as long as the tolerance, only the most pairs.)

    Raises
    ------
    InvalidInputError
        Times do not increase, or are not in seconds.

    References
    ----------
    ANSI/AAMI EC57:2012. Testing and reporting performance results of cardiac rhythm and ST segment
    measurement algorithms. The program is bxb of the WFDB software package.

    Examples
    --------
    >>> from vital_widgets.analysis import match_beats
    >>> matching = match_beats([1.0, 2.0, 3.0, 4.0], [1.02, 2.01, 3.4])
    >>> matching.tp, matching.fn, matching.fp
    (2, 2, 1)
    """
    tolerance = checked_number(tolerance_s, "tolerance_s", 0, 10, open_low=True, unit="s")
    begin = checked_number(start_s, "start_s", unit="s")
    sides, notes = [], list[str]()
    for name, beats in (("reference", reference), ("test", test)):
        times, where, more = times_of(beats, name, usable)
        sides.append((times, where))
        notes += more
    (known, _), (tried, _) = sides
    check_seconds(known, "reference", of=tried)
    check_seconds(tried, "test", of=known)
    known, tried = (
        times[(times >= begin) & (True if where is None else where.cover(times))]
        for times, where in sides
    )
    pairs = paired(known, tried, tolerance)
    of_reference = np.full(len(known), NONE, np.int64)
    of_test = np.full(len(tried), NONE, np.int64)
    of_reference[pairs[:, 0]], of_test[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    nothing = [] if len(known) else [not_enough("there are no reference beats to score")]
    return BeatMatching(
        tolerance_s=tolerance, reference=known, test=tried, reference_match=of_reference,
        test_match=of_test, notes=(*nothing, *notes),
    )  # fmt: skip


def paired(known: Times, tried: Times, tolerance: float) -> NDArray[np.int64]:
    """Return pairs of indices ``(known, tried)`` of increasing times: most, then closest pairs.

    Beats further apart than the tolerance cannot pair, so the beats form small groups; nearly all
    groups are one beat of each, and pair at once.
    """
    times = np.concatenate([known, tried])
    order = np.argsort(times, kind="stable")
    reach = tolerance * (1 + 1e-9)  # a pair may be apart by the tolerance and rounding errors
    group = np.empty(len(times), np.int64)
    group[order] = np.concatenate([[0], np.cumsum(np.diff(times[order]) > reach)])[: len(times)]
    n_groups = int(group.max()) + 1 if len(group) else 0
    n_known = np.bincount(group[: len(known)], minlength=n_groups)
    n_tried = np.bincount(group[len(known) :], minlength=n_groups)
    first_known = np.concatenate([[0], np.cumsum(n_known)])
    first_tried = np.concatenate([[0], np.cumsum(n_tried)])
    simple = (n_known == 1) & (n_tried == 1)
    pairs = [np.stack([first_known[:-1][simple], first_tried[:-1][simple]], axis=1)]
    for g in np.flatnonzero((n_known > 0) & (n_tried > 0) & ~simple).tolist():
        i, j = int(first_known[g]), int(first_tried[g])
        mine, theirs = known[i : i + n_known[g]], tried[j : j + n_tried[g]]
        search = _best if len(mine) * len(theirs) <= MAX_CELLS else _earliest
        pairs.append(search(mine, theirs, reach) + np.array([i, j]))
    joined = np.concatenate(pairs).astype(np.int64)
    return joined[np.argsort(joined[:, 0], kind="stable")]


def _earliest(mine: Times, theirs: Times, reach: float) -> NDArray[np.int64]:
    """Return the most pairs, each beat with the first possible one, of very dense marks."""
    pairs = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        apart = theirs[j] - mine[i]
        if abs(apart) <= reach:
            pairs.append((i, j))
        i += apart >= -reach
        j += apart <= reach
    return np.array(pairs, np.int64).reshape(-1, 2)


def _best(mine: Times, theirs: Times, reach: float) -> NDArray[np.int64]:
    """Return the most pairs, and of these the closest, in order of time."""
    from scipy.optimize import linear_sum_assignment

    apart = np.abs(mine[:, None] - theirs)
    beyond = 2 * reach * (min(apart.shape) + 1)  # more than all pairs together
    i, j = linear_sum_assignment(np.where(apart <= reach, apart, beyond))
    within = apart[i, j] <= reach
    return np.stack([np.sort(i[within]), np.sort(j[within])], axis=1).astype(np.int64)
