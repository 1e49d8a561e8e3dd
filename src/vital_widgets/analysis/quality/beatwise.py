"""Quality measured by the beats: whether two detectors agree, whether the beats are similar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.compare.matching import paired
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.compute import computed
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.quality.beat_shapes import early_with_pause, likeness_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.int64]
    Values = NDArray[np.float64]

TOLERANCE_S = 0.15  # as in EC57
SAME_S = 0.3  # around a good beat: another mark belongs to the same one
SECOND_REACH = 0.06  # s by which marks of the second detector may be off
MIN_CORRELATION = {"ecg": 0.8, "ppg": 0.9}  # of two beats of one shape
DETECTORS: dict[str, Any] = {"ecg": ecg_peaks, "ppg": ppg_peaks}
SECOND = {"ecg": "pan-tompkins", "ppg": "two-averages"}


def counts_in(places: NDArray[Any], edges: NDArray[Any]) -> Samples:
    """Return how many of sorted places lie in each window ``[edge, next edge)``.

    (The last window of `numpy.histogram` includes its end, which the next block counts again.)
    """
    return np.diff(np.searchsorted(places, edges, side="left")).astype(np.int64)


def beat_measures(
    values: Values, first: Samples, second: Samples, fs: float, edges: Samples, kind: str
) -> tuple[Values, Values]:
    """Return the correlation with the templates, and the agreement, in each window.

    The correlation is the mean over the beats with the template of their own shape
    (`beat_shapes.likeness_of`); premature beats by rhythm alone do not count. The agreement is
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


def _mean_in(samples: Samples, values: Values, edges: Samples) -> Values:
    """Return the mean of the values at samples in each window; NaN if there are none."""
    k = len(edges)
    window = np.searchsorted(edges, samples, side="right")  # 0 and k: before and after all
    count, total = (np.bincount(window, w, minlength=k + 1)[1:k] for w in (None, values))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def two_detectors(values: Values, fs: float, kind: str) -> tuple[Samples, Samples]:
    """Return the beats of the default detector and of a second one that works differently."""
    peaks = DETECTORS[kind].plan
    plans = peaks(values, fs), peaks(values, fs, method=SECOND[kind])
    first, second = (computed(plan, lambda *_: None).samples for plan in plans)
    return first, second
