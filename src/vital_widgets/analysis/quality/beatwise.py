"""Quality seen through the beats: whether two detectors agree, whether the beats look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.comparison.matching import paired

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATCH_SECONDS = 0.15  # as of EC57
TEMPLATE_BEATS = 5  # fewer make no template
ECG, PPG = "ecg", "ppg"
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
) -> NDArray[np.float64]:
    """Return how much the beats of each window look like the typical beat around them.

    The template is the median of all beats of the block, cut from 0.4 of a median interval before
    each beat to 0.6 after it (0.25 s and 0.45 s at most); each window has the median of its beats'
    correlation coefficients.

    References
    ----------
    Orphanidou C, Bonnici T, Charlton P, et al. Signal-quality indices for the electrocardiogram
    and photoplethysmogram: derivation and applications to wireless monitoring. IEEE J Biomed
    Health Inform 2015;19:832-838.
    """
    k = len(window_edges) - 1
    nothing = np.full(k, np.nan)
    if len(samples) < TEMPLATE_BEATS:
        return nothing
    interval = float(np.median(np.diff(samples)))
    before = max(round(min(0.25 * fs, 0.4 * interval)), 2)
    after = max(round(min(0.45 * fs, 0.6 * interval)), 2)
    inside = (samples >= before) & (samples + after <= len(values))
    at = samples[inside]
    cuts = values[at[:, None] + np.arange(-before, after)]
    whole = np.isfinite(cuts).all(axis=1)
    at, cuts = at[whole], cuts[whole]
    if len(at) < TEMPLATE_BEATS:
        return nothing
    cuts = cuts - cuts.mean(axis=1, keepdims=True)
    template = np.median(cuts, axis=0)
    template -= template.mean()
    size = np.sqrt((cuts**2).sum(axis=1)) * np.sqrt((template**2).sum())
    r = np.where(size > 0, cuts @ template / np.where(size > 0, size, 1.0), 0.0)
    window = np.searchsorted(window_edges, at, side="right") - 1
    for w in np.unique(window[(window >= 0) & (window < k)]):
        nothing[w] = np.median(r[window == w])
    return nothing


def two_detectors(
    values: NDArray[np.float64], fs: float, kind: str
) -> tuple[Any, Any] | tuple[None, None]:
    """Return the beats of the default detector and of a second one that works otherwise."""
    if kind not in SECOND:
        return None, None
    import vital_widgets.analysis as names

    peaks = names.ecg_peaks if kind == ECG else names.ppg_peaks
    return peaks(values, fs), peaks(values, fs, method=SECOND[kind])
