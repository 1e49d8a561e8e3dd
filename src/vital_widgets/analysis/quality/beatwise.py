"""Quality seen through the beats: whether two detectors agree, whether the beats look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.compare.matching import paired
from vital_widgets.analysis.quality.beat_shapes import early_with_pause, likeness_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATCH_SECONDS = 0.15  # as of EC57
SAME_SECONDS = 0.3  # of a good beat: another mark is of the same one
SECOND_REACH = 0.06  # s that marks of the second detector may lie beside a beat's place
ECG, PPG = "ecg", "ppg"
ALIKE = {ECG: 0.8, PPG: 0.9}  # correlation from which on two beats have one shape
SECOND = {ECG: "pan-tompkins", PPG: "two-averages"}


def agreement_of(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    edges: NDArray[np.float64],
    tolerance: float = MATCH_SECONDS,
) -> NDArray[np.float64]:
    """Return bSQI in each window: beats both found, as a share of all that either found.

    Parameters
    ----------
    first, second : ndarray, shape (n,), (m,)
        Times of the beats of two detectors, in s, rising.
    edges : ndarray, shape (k + 1,)
        Edges of the windows in s.
    tolerance : float
        Seconds that the same beat may be apart.

    Returns
    -------
    ndarray, shape (k,)
        ``matched / (n1 + n2 - matched)``; NaN where neither found a beat.

    References
    ----------
    Li Q, Mark RG, Clifford GD. Robust heart rate estimation from multiple asynchronous noisy
    sources using signal quality indices and a Kalman filter. Physiol Meas 2008;29:15-32.
    """
    pairs = paired(first, second, tolerance)
    # A pair belongs to the window of its first beat, so of the second only others count.
    alone = counts_in(np.delete(second, pairs[:, 1]), edges)
    both, either = counts_in(first[pairs[:, 0]], edges), counts_in(first, edges) + alone
    return np.where(either > 0, both / np.maximum(either, 1), np.nan)


def counts_in(places: NDArray[Any], edges: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many of rising places lie in each window ``[edge, next edge)``.

    (The last window of `numpy.histogram` holds its end too, which the next block counts again.)
    """
    return np.diff(np.searchsorted(places, edges, side="left")).astype(np.int64)


def template_correlation(
    values: NDArray[np.float64],
    samples: NDArray[np.int64],
    fs: float,
    window_edges: NDArray[np.int64],
    kind: str = ECG,
) -> NDArray[np.float64]:
    """Return how much the beats of each window look like those around them, from -1 to 1.

    It is the mean correlation of the beats with the template of their own shape, of which there
    may be several (`shapes.likeness_of`); beats that the rhythm alone shows to be premature
    (`shapes.early_with_pause`) do not count.
    """
    none = np.empty(0, np.int64)
    return beat_figures(values, samples, none, fs, window_edges, kind)[0]


def beat_figures(
    values: NDArray[np.float64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    fs: float,
    window_edges: NDArray[np.int64],
    kind: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the correlation with the templates, and the agreement, in each window.

    The agreement is bSQI (`agreement_of`) with one difference: where only one detector marked a
    beat, its shape decides. A mark that looks like the beats around counts as found by both, as
    it is faint or ectopic and no noise; a second mark within 0.3 s of such a beat is of the same
    beat, and does not count.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Samples, NaN where there are none.
    first, second : ndarray of int64
        Beats of two detectors.
    fs : float
        Sampling rate in Hz.
    window_edges : ndarray of int64, shape (k + 1,)
        Edges of the windows by sample.
    kind : {'ecg', 'ppg'}
        Of which signal.

    Returns
    -------
    template, agreement : ndarray, shape (k,)
        NaN where there are too few beats for a template; where there are no beats.
    """
    alike = ALIKE[kind]
    like = likeness_of(values, first, fs, alike)
    good = np.nan_to_num(like.r) >= alike
    pairs = paired(first / fs, second / fs, MATCH_SECONDS)
    alone = np.delete(second, pairs[:, 1])
    r_alone = np.full(len(alone), np.nan)
    if like.shapes is not None and len(alone):
        r_alone = like.shapes.likeness(alone, SECOND_REACH).max(axis=1)
    seen = np.nan_to_num(r_alone) >= alike
    same = ~_far_from(alone, first[good], SAME_SECONDS * fs)
    both = good.copy()
    both[pairs[:, 0]] = True
    matched = counts_in(first[both], window_edges) + counts_in(alone[seen & ~same], window_edges)
    either = counts_in(first, window_edges) + counts_in(alone[~same], window_edges)
    agreement = np.where(either > 0, matched / np.maximum(either, 1), np.nan)
    counted = np.isfinite(like.r) & (good | ~early_with_pause(first, good))
    at = np.concatenate([first[counted], alone[seen & ~same]])
    r = np.concatenate([like.r[counted], r_alone[seen & ~same]])
    return _mean_in(at, r, window_edges), agreement


def _far_from(
    samples: NDArray[np.int64], others: NDArray[np.int64], least: float
) -> NDArray[np.bool_]:
    """Return which samples have none of the others, which rise, within ``least``."""
    if not len(others):
        return np.ones(len(samples), bool)
    after = np.searchsorted(others, samples)
    gaps = np.stack(
        [
            np.abs(others[np.minimum(after, len(others) - 1)] - samples),
            np.abs(others[np.maximum(after - 1, 0)] - samples),
        ]
    )
    return np.asarray(gaps.min(axis=0) > least)


def _mean_in(
    samples: NDArray[np.int64], figures: NDArray[np.float64], edges: NDArray[np.int64]
) -> NDArray[np.float64]:
    k = len(edges) - 1
    window = np.searchsorted(edges, samples, side="right") - 1
    inside = (window >= 0) & (window < k)
    count = np.bincount(window[inside], minlength=k)
    total = np.bincount(window[inside], figures[inside], minlength=k)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def two_detectors(
    values: NDArray[np.float64], fs: float, kind: str
) -> tuple[Any, Any] | tuple[None, None]:
    """Return the beats of the default detector and of a second one that works otherwise."""
    if kind not in SECOND:
        return None, None
    import vital_widgets.analysis as names

    peaks = names.ecg_peaks if kind == ECG else names.ppg_peaks
    return peaks(values, fs), peaks(values, fs, method=SECOND[kind])
