"""Beats of a detector against reference beats, in the manner of EC57 and its program bxb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times, check_seconds
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import usable_stretches
from vital_widgets.analysis.engine.validity import checked_number, not_enough

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NONE = -1
LARGEST = 1_000_000  # cells of the table in which the best pairs of one group are looked for


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatMatching(Result, given=("window", "reference", "test")):
    """Which beats of a test are which of a reference.

    Attributes
    ----------
    window : float
        Largest difference of a pair in seconds.
    reference, test : ndarray, shape (n,), (m,)
        Times of the beats that were scored, in seconds.
    reference_match : ndarray of int64, shape (n,)
        Index of the test beat paired with each reference beat, -1 where it was missed.
    test_match : ndarray of int64, shape (m,)
        Index of the reference beat paired with each test beat, -1 where there is none.
    """

    window: float
    reference: NDArray[np.float64]
    test: NDArray[np.float64]
    reference_match: NDArray[np.int64]
    test_match: NDArray[np.int64]

    @property
    def tp(self) -> int:
        """Beats that were found."""
        return int((self.reference_match >= 0).sum())

    @property
    def fn(self) -> int:
        """Beats that were missed."""
        return int((self.reference_match < 0).sum())

    @property
    def fp(self) -> int:
        """Detections that are no beats."""
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
        """Harmonic mean of both, 0 to 1."""
        total = 2 * self.tp + self.fn + self.fp
        return 2 * self.tp / total if total else float("nan")

    @property
    def differences(self) -> NDArray[np.float64]:
        """Test minus reference of each pair, in seconds."""
        paired = self.reference_match >= 0
        return self.test[self.reference_match[paired]] - self.reference[paired]

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each beat of either: reference and test time (s), outcome."""
        import pandas as pd

        extra = self.test[self.test_match < 0]
        paired = self.reference_match >= 0
        found = (
            np.where(paired, self.test[self.reference_match], np.nan) if len(self.test) else None
        )
        outcome = np.where(paired, "TP", "FN")
        frame = pd.DataFrame(
            {
                "reference": np.concatenate([self.reference, np.full(len(extra), np.nan)]),
                "test": np.concatenate(
                    [np.full(len(outcome), np.nan) if found is None else found, extra]
                ),
                "outcome": np.concatenate([outcome, np.full(len(extra), "FP")]),
            }
        )
        order = np.argsort(frame["reference"].fillna(frame["test"]).to_numpy(), kind="stable")
        return frame.iloc[order].reset_index(drop=True)

    def facts(self) -> list[tuple[str, str]]:
        """Return counts, sensitivity, PPV, F1 and the time differences."""
        d = self.differences * 1000
        apart = f"{d.mean():.3g} ± {d.std():.3g} ms" if len(d) else "not available"
        return [
            ("found, missed, extra", f"{self.tp:,}, {self.fn:,}, {self.fp:,}"),
            ("sensitivity", quantity(100 * self.sensitivity, "%")),
            ("PPV", quantity(100 * self.ppv, "%")),
            ("F1", quantity(100 * self.f1, "%")),
            ("test - reference", f"{apart} (within {self.window * 1000:g} ms)"),
        ]


@with_recipe("reference", "test", "usable")
def match_beats(
    reference: Any, test: Any, *, window: float = 0.15, start: float = 0.0, usable: Any = None
) -> BeatMatching:
    """Pair the beats of a detector with reference beats, one to one.

    Parameters
    ----------
    reference, test : Beats, Annotations, or array-like of float
        Beats, or their times in seconds, rising. Of annotations those count whose text is a
        code of a beat (N, L, R, B, A, a, J, S, V, r, F, e, j, n, E, /, f, Q, ?); a note tells of
        the others, which are rhythms, noise, waves or comments.
    window : float
        Largest difference of a pair in seconds; EC57 takes 0.15.
    start : float
        Seconds at the beginning that are not scored. bxb leaves out the first 300 s as a learning
        period; here everything is scored unless this is given.
    usable : optional
        Stretches that are scored (to leave out ventricular flutter, as EC57 does, or bad signal).

    Returns
    -------
    BeatMatching
        Of all ways to pair beats within the window, one with the most pairs, and of these the one
        with the smallest sum of differences. (Among more than a thousand marks on each side
        without a pause as long as the window, only the most pairs.)

    References
    ----------
    ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and ST
    segment measurement algorithms. The program is bxb of the WFDB software package.
    """
    width = checked_number(window, "window", 0, 10, open_low=True, unit="s")
    begin = checked_number(start, "start", unit="s")
    known, left_out = beat_times(reference, "reference")
    tried, more = beat_times(test, "test")
    check_seconds(known, "reference", of=tried)
    check_seconds(tried, "test", of=known)
    stretches = usable_stretches(usable)
    if stretches is not None:
        known, tried = known[stretches.cover(known)], tried[stretches.cover(tried)]
    known, tried = known[known >= begin], tried[tried >= begin]
    pairs = paired(known, tried, width)
    of_reference = np.full(len(known), NONE, np.int64)
    of_test = np.full(len(tried), NONE, np.int64)
    of_reference[pairs[:, 0]], of_test[pairs[:, 1]] = pairs[:, 1], pairs[:, 0]
    nothing = [] if len(known) else [not_enough("there are no reference beats to score")]
    return BeatMatching(
        window=width,
        reference=known,
        test=tried,
        reference_match=of_reference,
        test_match=of_test,
        notes=(*nothing, *left_out, *more),
    )


def paired(
    known: NDArray[np.float64], tried: NDArray[np.float64], window: float
) -> NDArray[np.int64]:
    """Return pairs of indices ``(known, tried)``: as many as can be, then as close as can be.

    Both are rising times. Beats further apart than the window cannot pair, so the beats fall into
    small groups; nearly all groups are one beat of each, and pair at once.
    """
    times = np.concatenate([known, tried])
    order = np.argsort(times, kind="stable")
    # A pair may be exactly the window apart, up to rounding.
    reach = window * (1 + 1e-9)
    group = np.empty(len(times), np.int64)
    group[order] = np.concatenate([[0], np.cumsum(np.diff(times[order]) > reach)])[: len(times)]
    n_groups = int(group.max()) + 1 if len(group) else 0
    of_known, of_tried = group[: len(known)], group[len(known) :]
    n_known = np.bincount(of_known, minlength=n_groups)
    n_tried = np.bincount(of_tried, minlength=n_groups)
    first_known = np.concatenate([[0], np.cumsum(n_known)])
    first_tried = np.concatenate([[0], np.cumsum(n_tried)])
    simple = (n_known == 1) & (n_tried == 1)
    pairs = [np.stack([first_known[:-1][simple], first_tried[:-1][simple]], axis=1)]
    for g in np.flatnonzero((n_known > 0) & (n_tried > 0) & ~simple).tolist():
        i, j = int(first_known[g]), int(first_tried[g])
        mine = known[i : int(first_known[g + 1])].tolist()
        theirs = tried[j : int(first_tried[g + 1])].tolist()
        search = _best if len(mine) * len(theirs) <= LARGEST else _earliest
        found = search(mine, theirs, reach)
        if found:
            pairs.append(np.array(found) + np.array([i, j]))
    joined = np.concatenate(pairs).astype(np.int64)
    return joined[np.argsort(joined[:, 0], kind="stable")]


def _earliest(mine: list[float], theirs: list[float], reach: float) -> list[tuple[int, int]]:
    """Return as many pairs as can be, each beat with the first one it can have.

    For marks so dense over so long that no heart can have made them.
    """
    pairs = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        apart = theirs[j] - mine[i]
        if abs(apart) <= reach:
            pairs.append((i, j))
        i += apart >= -reach
        j += apart <= reach
    return pairs


def _best(mine: list[float], theirs: list[float], reach: float) -> list[tuple[int, int]]:
    """Return the best pairs of one group, by dynamic programming over the two rising lists."""
    rows, columns = len(mine), len(theirs)
    # best[i][j]: (pairs, -sum of differences) of the first i and j beats.
    best = [[(0, 0.0)] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            value = max(best[i - 1][j], best[i][j - 1])
            apart = abs(mine[i - 1] - theirs[j - 1])
            if apart <= reach:
                n, closeness = best[i - 1][j - 1]
                value = max(value, (n + 1, closeness - apart))
            best[i][j] = value
    pairs = []
    i, j = rows, columns
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]
