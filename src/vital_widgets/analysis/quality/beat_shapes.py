"""Quality by the beats: whether detectors agree, and whether shapes recur, ectopic ones too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.compare.matching import paired
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.compute import computed
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Samples = NDArray[np.int64]

TOLERANCE_S = 0.15  # as in EC57
SAME_S = 0.3  # around a good beat: another mark belongs to the same one
SECOND_REACH = 0.06  # s by which marks of the second detector may be off
MIN_CORRELATION = {"ecg": 0.8, "ppg": 0.9}  # of two beats of one shape
DETECTORS: dict[str, Any] = {"ecg": ecg_peaks, "ppg": ppg_peaks}
SECOND = {"ecg": "pan-tompkins", "ppg": "two-averages"}
MIN_BEATS = 5  # of a template
MIN_OF_A_SHAPE, MIN_SHARE = 4, 0.01  # beats, and share of all, of a shape of its own
WHOLE = 30  # beats of a shape from which one beat no longer dominates its template
BEFORE, AFTER = 0.25, 0.45  # s that are compared, and at most these shares of an interval
SHARE_BEFORE, SHARE_AFTER = 0.4, 0.6
COMPARED_RATE = 125.0  # Hz: enough for the shape of a QRS; noise above keeps its power
REACH = 0.04  # s by which a mark may be off
STEPS = 9  # positions that are tried within the reach
NO_SEARCH = 0.97  # correlation from which no better position is searched
USUAL = 11  # intervals whose median is the usual one
EARLY = 0.88  # of the usual interval
PAUSE = 0.25  # of it: tolerance of a compensatory pause
INSERTED = 1.35  # usual intervals: two intervals below contain an extra mark
SCATTERED = 0.06  # standard deviation of the position of the marks in them


@dataclass(frozen=True, eq=False)
class Shapes:
    """The shapes that recur in a stretch of signal, the most frequent first.

    ``before`` and ``after`` are the samples around a mark that are compared, ``templates`` the
    means of the beats of each shape, without offset and slope, of norm 1.
    """

    values: Signal
    fs: float
    before: int
    after: int
    templates: Signal

    def likeness(self, samples: Samples, reach: float = REACH) -> Signal:
        """Return the best correlation of n marks with k templates within ``reach`` s, (n, k)."""
        inside = self.holds(samples)
        found = np.full((len(samples), len(self.templates)), np.nan)
        found[inside] = self.cuts(samples[inside]) @ self.templates.T
        unlike = inside & ~(np.max(found, axis=1, initial=-1.0) >= NO_SEARCH)
        if unlike.any():
            offsets = np.unique(np.linspace(-reach, reach, STEPS) * self.fs).round()
            for offset in np.unique(offsets.astype(np.int64)).tolist():
                at = np.clip(samples[unlike] + offset, self.before, len(self.values) - self.after)
                found[unlike] = np.fmax(found[unlike], self.cuts(at) @ self.templates.T)
        return found

    def holds(self, samples: Samples) -> NDArray[np.bool_]:
        """Return around which marks there is enough signal."""
        return (samples >= self.before) & (samples + self.after <= len(self.values))

    def cuts(self, samples: Samples) -> Signal:
        """Return the signal around marks, without offset and slope, of norm 1; NaN beside gaps."""
        step = max(int(self.fs // COMPARED_RATE), 1)
        offsets = np.arange(-self.before, self.after, step)
        cuts = self.values[samples[:, None] + offsets]
        x = np.arange(len(offsets)) - (len(offsets) - 1) / 2
        cuts = cuts - cuts.mean(axis=1, keepdims=True)
        cuts -= (cuts @ x / np.sum(x**2))[:, None] * x
        return _of_norm_one(cuts)


@dataclass(frozen=True, eq=False)
class Likeness:
    """How much each of n beats is like others.

    ``r`` is the correlation of each with the template of its shape, or with the most similar one if
    it has none; NaN if it is not defined. ``shape`` is -1 for none.
    """

    shapes: Shapes | None
    r: Signal
    shape: Samples


def likeness_of(values: Signal, samples: Samples, fs: float, min_correlation: float) -> Likeness:
    """Compare the beats of a stretch with the shapes that recur in it.

    Beats are grouped by the correlation of their shapes (average linkage), so that amplitude does
    not matter; groups with a mean correlation above ``min_correlation`` are one. A group of at
    least four beats has a template, the mean of its beats; a beat of a small group is compared
    with the mean of the *others*. So recurring ectopic beats are compared with each other, and
    noise, which does not recur, with the beats. A group is rejected if its marks lie between beats
    of the usual shape at scattered positions, without moving them: no heart does that. (With one
    template, as in Orphanidou et al. 2015, ectopic beats are taken for noise.)
    """
    r_all, shape = np.full(len(samples), np.nan), np.full(len(samples), -1, np.int64)
    unknown = Likeness(None, r_all, shape)
    if len(samples) < MIN_BEATS:
        return unknown
    interval = float(np.median(np.diff(samples)))
    before = max(round(min(BEFORE * fs, SHARE_BEFORE * interval)), 2)
    after = max(round(min(AFTER * fs, SHARE_AFTER * interval)), 2)
    frame = Shapes(values, fs, before, after, np.empty((0, 0)))
    inside = np.flatnonzero(frame.holds(samples))
    cuts = frame.cuts(samples[inside])
    whole = np.isfinite(cuts).all(axis=1) & np.any(cuts != 0, axis=1)
    inside, cuts = inside[whole], cuts[whole]
    if len(inside) < MIN_BEATS:
        return unknown
    groups = _without_inserted(_groups(cuts, min_correlation), samples[inside])
    means = [cuts[groups == g].mean(axis=0) for g in range(groups.max() + 1)]
    templates = _of_norm_one(np.stack(means or [np.median(cuts, axis=0)]))
    shapes = Shapes(values, fs, before, after, templates)
    r = shapes.likeness(samples[inside])
    for g in range(groups.max() + 1):
        members = np.flatnonzero(groups == g)
        if len(members) < WHOLE:
            others = _of_norm_one(cuts[members].sum(axis=0) - cuts[members])
            r[members, g] = np.sum(others * cuts[members], axis=1)
    r_all[inside], shape[inside] = r.max(axis=1), groups
    return Likeness(shapes, r_all, shape)


def early_with_pause(samples: Samples, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which beats are premature by their rhythm, whatever their shape.

    They are early, with a compensatory pause, and the beats before and after are ``good``: noise
    that is taken for a beat does not move the next beat.
    """
    early = np.zeros(len(samples), bool)
    if len(samples) < MIN_BEATS:
        return early
    intervals = np.diff(samples).astype(np.float64)
    usual = running_median(intervals, USUAL, "symmetric")[:-1]
    before, after = intervals[:-1], intervals[1:]
    pause = np.abs(before + after - 2 * usual) < PAUSE * usual
    early[1:-1] = (before < EARLY * usual) & pause & good[:-2] & good[2:]
    return early


def _of_norm_one(rows: Signal) -> Signal:
    size = np.sqrt(np.sum(rows**2, axis=1, keepdims=True))
    return np.asarray(rows / np.where(size > 0, size, 1.0))


def _groups(cuts: Signal, min_correlation: float) -> Samples:
    """Return the group of each beat, the largest first, -1 for beats of groups too small."""
    from scipy.cluster.hierarchy import fcluster, linkage

    r = cuts @ cuts.T
    apart = 1 - np.clip(r[np.triu_indices(len(r), 1)], -1, 1)
    found = fcluster(linkage(apart, "average"), 1 - min_correlation, "distance") - 1
    sizes = np.bincount(found)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= max(MIN_OF_A_SHAPE, int(np.ceil(MIN_SHARE * len(cuts))))]
    rank = np.full(len(sizes), -1, np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[found])


def _without_inserted(groups: Samples, samples: Samples) -> Samples:
    """Return groups without those whose marks lie anywhere between usual beats."""
    if groups.max() < 0:
        return groups
    intervals = np.diff(samples).astype(np.float64)
    usual = running_median(intervals, USUAL, "symmetric")[:-1]
    both = intervals[:-1] + intervals[1:]
    middle = groups[1:-1]
    between = (groups[:-2] == 0) & (groups[2:] == 0)
    place = intervals[:-1] / both
    kept = [0]
    for g in range(1, int(groups.max()) + 1):
        mine = between & (middle == g)
        inserted = mine & (both < INSERTED * usual)
        if not 2 * inserted.sum() > mine.sum() or np.std(place[inserted]) < SCATTERED:
            kept.append(g)
    rank = np.full(int(groups.max()) + 2, -1, np.int64)  # the last is for -1
    rank[kept] = np.arange(len(kept))
    return rank[groups]


def counts_in(places: NDArray[Any], edges: NDArray[Any]) -> Samples:
    """Return how many of sorted places lie in each window ``[edge, next edge)``.

    (The last window of `numpy.histogram` includes its end, which the next block counts again.)
    """
    return np.diff(np.searchsorted(places, edges, side="left")).astype(np.int64)


def beat_measures(
    values: Signal, first: Samples, second: Samples, fs: float, edges: Samples, kind: str
) -> tuple[Signal, Signal]:
    """Return the correlation with the templates, and the agreement, in each window.

    The correlation is the mean over the beats with the template of their own shape
    (`likeness_of`); premature beats by rhythm alone do not count. The agreement is
    bSQI of Li, Mark and Clifford (2008), ``matched / (n1 + n2 - matched)``, with one difference: if
    only one detector marked a beat, its shape decides. A mark similar to the beats around counts
    as found by both, since it is faint or ectopic and not noise; a second mark within 0.3 s of
    such a beat belongs to the same beat and does not count. Both are NaN where there are too few
    beats.
    """
    lowest = MIN_CORRELATION[kind]
    like = likeness_of(values, first, fs, lowest)
    good = np.nan_to_num(like.r) >= lowest
    pairs = paired(first / fs, second / fs, TOLERANCE_S)
    alone = np.delete(second, pairs[:, 1])
    r_alone = np.full(len(alone), np.nan)
    if like.shapes is not None and len(alone):
        r_alone = like.shapes.likeness(alone, SECOND_REACH).max(axis=1)
    same = _near(alone, first[good], SAME_S * fs)
    added = (np.nan_to_num(r_alone) >= lowest) & ~same
    both = good.copy()
    both[pairs[:, 0]] = True
    # A pair belongs to the window of its first beat, so of the second only others count.
    matched = counts_in(first[both], edges) + counts_in(alone[added], edges)
    either = counts_in(first, edges) + counts_in(alone[~same], edges)
    agreement = np.where(either > 0, matched / np.maximum(either, 1), np.nan)
    counted = np.isfinite(like.r) & (good | ~early_with_pause(first, good))
    at = np.concatenate([first[counted], alone[added]])
    return _mean_in(at, np.concatenate([like.r[counted], r_alone[added]]), edges), agreement


def _near(samples: Samples, others: Samples, reach: float) -> NDArray[np.bool_]:
    """Return which samples have one of the others, which are sorted, within ``reach``."""
    return np.asarray(
        np.searchsorted(others, samples - reach, side="left")
        < np.searchsorted(others, samples + reach, side="right")
    )


def _mean_in(samples: Samples, values: Signal, edges: Samples) -> Signal:
    """Return the mean of the values at samples in each window; NaN if there are none."""
    k = len(edges)
    window = np.searchsorted(edges, samples, side="right")  # 0 and k: before and after all
    count, total = (np.bincount(window, w, minlength=k + 1)[1:k] for w in (None, values))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def two_detectors(values: Signal, fs: float, kind: str) -> tuple[Samples, Samples]:
    """Return the beats of the default detector and of a second one that works differently."""
    peaks = DETECTORS[kind].plan
    plans = peaks(values, fs), peaks(values, fs, method=SECOND[kind])
    first, second = (computed(plan, lambda *_: None).samples for plan in plans)
    return first, second
