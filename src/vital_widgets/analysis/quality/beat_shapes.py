"""Beats compared with the shapes that recur around them: the usual one, and those of ectopy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Samples = NDArray[np.int64]

LEAST_BEATS = 5  # fewer make no template
LEAST_OF_A_SHAPE, LEAST_SHARE = 4, 0.01  # beats, and share of all, that make a shape of their own
WHOLE = 30  # beats of a shape from which on one beat no longer makes its template
BEFORE, AFTER = 0.25, 0.45  # s that are compared, and at most these shares of an interval
SHARE_BEFORE, SHARE_AFTER = 0.4, 0.6
COMPARED_RATE = 125.0  # Hz: enough for the shape of a QRS; noise above keeps its power
REACH = 0.04  # s that a mark may lie beside its place
STEPS = 9  # places that are tried within the reach
NO_SEARCH = 0.97  # correlation from which on no better place is looked for
USUAL = 11  # intervals whose median is the usual one
EARLY = 0.88  # of the usual interval
PAUSE = 0.25  # of it: two intervals are two usual ones, so the second makes up for the first
INSERTED = 1.35  # usual intervals that hold a beat too many if two marks share them
SCATTERED = 0.06  # standard deviation of where in there the marks lie


@dataclass(frozen=True, eq=False)
class Shapes:
    """The shapes that recur in a stretch of signal, the most frequent first.

    Attributes
    ----------
    values : ndarray, shape (n,)
        The signal.
    fs : float
        Sampling rate in Hz.
    before, after : int
        Samples around a mark that are compared.
    templates : ndarray, shape (k, m)
        Means of the beats of each shape, without offset and slope, of norm 1.
    """

    values: Signal
    fs: float
    before: int
    after: int
    templates: Signal

    def likeness(self, samples: Samples, reach: float = REACH) -> Signal:
        """Return the best correlation of each mark with each template within ``reach`` seconds.

        NaN where samples are missing.

        Parameters
        ----------
        samples : ndarray of int64, shape (n,)
            Marks.
        reach : float
            Seconds on either side of a mark at which it is tried.

        Returns
        -------
        ndarray, shape (n, k)
        """
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
        """Return round which marks there is enough signal."""
        return (samples >= self.before) & (samples + self.after <= len(self.values))

    def cuts(self, samples: Samples) -> Signal:
        """Return the signal round marks, without offset and slope, of norm 1; NaN beside holes."""
        step = max(int(self.fs // COMPARED_RATE), 1)
        offsets = np.arange(-self.before, self.after, step)
        cuts = self.values[samples[:, None] + offsets]
        x = np.arange(len(offsets)) - (len(offsets) - 1) / 2
        cuts = cuts - cuts.mean(axis=1, keepdims=True)
        cuts -= (cuts @ x / np.sum(x**2))[:, None] * x
        return _of_norm_one(cuts)


@dataclass(frozen=True, eq=False)
class Likeness:
    """How much each beat looks like others.

    Attributes
    ----------
    shapes : Shapes or None
        What recurs; None where there are too few beats.
    r : ndarray, shape (n,)
        Correlation of each beat with the template of its shape, or with the nearest one where it
        has none; NaN where it cannot be told.
    shape : ndarray of int64, shape (n,)
        Which shape each beat has, -1 for none.
    """

    shapes: Shapes | None
    r: Signal
    shape: Samples


def likeness_of(values: Signal, samples: Samples, fs: float, alike: float) -> Likeness:
    """Compare the beats of a stretch with the shapes that recur in it.

    Beats are grouped by the correlation of their shapes (average linkage), so that size does not
    count: a faint beat is of the shape of the others. A group of at least four beats has a
    template, the mean of its beats; a beat of a small group is compared with the mean of the
    *others*. So an ectopic beat that recurs is compared with its like, and noise, which does not
    recur, with what it is not. A group is none if its marks come between beats of the usual
    shape at places that scatter, without moving them: no heart does that.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Samples, NaN where there are none.
    samples : ndarray of int64, shape (m,)
        Where the beats are, rising.
    fs : float
        Sampling rate in Hz.
    alike : float
        Mean correlation between groups above which they are one.

    References
    ----------
    Orphanidou C, Bonnici T, Charlton P, et al. Signal-quality indices for the electrocardiogram
    and photoplethysmogram: derivation and applications to wireless monitoring. IEEE J Biomed
    Health Inform 2015;19:832-838 (one template, mean correlation of the beats of a window).
    Clifford GD, Behar J, Li Q, Rezek I. Signal quality indices and data fusion for determining
    clinical acceptability of electrocardiograms. Physiol Meas 2012;33:1419-1433 (quality figures
    fail where ectopy is frequent).
    """
    r_all = np.full(len(samples), np.nan)
    shape = np.full(len(samples), -1, np.int64)
    if len(samples) < LEAST_BEATS:
        return Likeness(None, r_all, shape)
    interval = float(np.median(np.diff(samples)))
    before = max(round(min(BEFORE * fs, SHARE_BEFORE * interval)), 2)
    after = max(round(min(AFTER * fs, SHARE_AFTER * interval)), 2)
    frame = Shapes(values, fs, before, after, np.empty((0, 0)))
    inside = np.flatnonzero(frame.holds(samples))
    cuts = frame.cuts(samples[inside])
    whole = np.isfinite(cuts).all(axis=1) & np.any(cuts != 0, axis=1)
    inside, cuts = inside[whole], cuts[whole]
    if len(inside) < LEAST_BEATS:
        return Likeness(None, r_all, shape)
    groups = _groups(cuts, alike)
    groups = _without_inserted(groups, samples[inside])
    if groups.max() < 0:
        templates = np.median(cuts, axis=0)[None]
    else:
        templates = np.stack([cuts[groups == g].mean(axis=0) for g in range(groups.max() + 1)])
    shapes = Shapes(values, fs, before, after, _of_norm_one(templates))
    r = shapes.likeness(samples[inside])
    for g in range(groups.max() + 1):
        members = np.flatnonzero(groups == g)
        if len(members) < WHOLE:
            others = _of_norm_one(cuts[members].sum(axis=0) - cuts[members])
            r[members, g] = np.sum(others * cuts[members], axis=1)
    r_all[inside], shape[inside] = r.max(axis=1), groups
    return Likeness(shapes, r_all, shape)


def early_with_pause(samples: Samples, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which beats their rhythm shows to be premature, whatever their shape.

    They come early, the pause after them makes up for it, and the beats before and after them
    are ``good``: noise that is taken for a beat moves no beat behind it.
    """
    early = np.zeros(len(samples), bool)
    if len(samples) < LEAST_BEATS:
        return early
    intervals = np.diff(samples).astype(np.float64)
    usual = running_median(intervals, USUAL, "symmetric")[:-1]
    before, after = intervals[:-1], intervals[1:]
    early[1:-1] = (
        (before < EARLY * usual)
        & (np.abs(before + after - 2 * usual) < PAUSE * usual)
        & good[:-2]
        & good[2:]
    )
    return early


def _of_norm_one(rows: Signal) -> Signal:
    size = np.sqrt(np.sum(rows**2, axis=1, keepdims=True))
    return np.asarray(np.where(size > 0, rows / np.where(size > 0, size, 1.0), rows))


def _groups(cuts: Signal, alike: float) -> Samples:
    """Return a group for each beat, the largest first, -1 for beats of groups that are too small.

    The number of groups is small: each holds one in a hundred of the beats at least.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    r = cuts @ cuts.T
    apart = 1 - np.clip(r[np.triu_indices(len(r), 1)], -1, 1)
    found = fcluster(linkage(apart, "average"), 1 - alike, "distance") - 1
    sizes = np.bincount(found)
    least = max(LEAST_OF_A_SHAPE, int(np.ceil(LEAST_SHARE * len(cuts))))
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] >= least]
    rank = np.full(len(sizes), -1, np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[found])


def _without_inserted(groups: Samples, samples: Samples) -> Samples:
    """Return groups less those whose marks come between usual beats, anywhere."""
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
