"""Whether marks that stand out are beats at all: spikes, steps, bursts and tones stand out too.

A QRS complex lasts 40 to 200 ms, so a median filter of 20 ms leaves it where it takes a spike; it
comes back to where it began, where a step stays; what is on either side of it is alike, where a
burst or mains hum that is switched on has one; it has the shape of others, of its own or of
another kind (Orphanidou et al. 2015 compare each beat with their mean); and where shapes recur,
hearts beat neither at random times with random heights nor upside down at random. Each mark is
judged with those around it, so that some odd beats among others stay.

References
----------
Orphanidou C et al. Signal-quality indices for the electrocardiogram and photoplethysmogram. IEEE J
Biomed Health Inform 2015;19:832-838. Thakor NV, Webster JG, Tompkins WJ. Estimation of QRS complex
power spectra for design of a QRS filter. IEEE Trans Biomed Eng 1984;31:702-706. Clifford GD et al.
Signal quality indices and data fusion for determining clinical acceptability of
electrocardiograms. Physiol Meas 2012;33:1419-1433.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ecg.detection.qrs_noise import prominence_at, share_a_shape
from vital_widgets.analysis.ecg.detection.slope_detector import averaged_down, between_means
from vital_widgets.analysis.signal.statistics.chance import (
    AROUND,
    AT_RANDOM,
    RAGGED,
    irregularity,
    raggedness,
    usual,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]

FEWEST, ENOUGH = 4, 16  # marks that tell anything; that tell whether shapes recur
SPIKE = 0.020  # s: a median filter as long takes what lasts half of it, and no QRS (40 ms)
GONE, LESS = 2.05, 0.6  # prominence after that filter, also as a share of what it was
# s from the mark: a QRS of 160 ms is over; a tall T wave of a fast rhythm is over, too.
BEFORE, AFTER, LATER = (-0.16, -0.08), (0.08, 0.16), (0.16, 0.3)
STEP = 0.6  # of the height of what is marked may be left then
SIDE = (0.1, 0.3)  # s from the mark, on either side
FAST = 35.0  # Hz: QRS complexes have little above (Thakor et al.)
SWITCHED, LOUD = 0.6, 0.1  # difference of both sides over their sum; a side over the mark's height
MOSTLY, CLEAR = 0.5, 3.0  # share of what rises at a mark that is faster; prominence of a QRS
SLOWEST, DURING = 3.0, 0.12  # Hz, baseline is slower; s, a QRS
TONE, WITHIN, HIGHEST, WEAK = 0.9, 1.0, 40.0, 1.6  # share of the power of the slope; Hz; Hz; marks
HALF, SHAPE_BAND = 0.2, (0.03, 0.3)  # s on either side; s, lengths of running means
LAG = 0.05  # s by which shapes may be moved
SAME, ALIKE = 0.66, 0.6  # correlation with the mean of those around (Orphanidou), of two marks
RECURS, RARELY = 0.2, 0.1  # share of the others that look like a mark: nothing recurs
SHARED = 4.0  # excess of the squared sum of shapes over that of noise, in 2 % of noise
MIRROR, MIRRORED = 0.9, 0.25  # correlation with another turned over; share of such others
PLAIN, STEADY = 0.9, 0.15  # mean correlation; change of the interval as a share
IRREGULAR = 0.33  # change of the interval as a share: beyond atrial fibrillation


def no_qrs_among(values: Signal, fs: float, peaks: Places, prominence: Signal) -> Mask:
    """Return which marks are those of no QRS complex, each judged with those around it.

    Parameters
    ----------
    values : ndarray, shape (n,)
        ECG without NaN.
    fs : float
        Sampling rate in Hz.
    peaks : ndarray of int64, shape (k,)
        Samples of the marks, rising.
    prominence : ndarray, shape (k,)
        How much each stands out from the floor.
    """
    if len(peaks) < FEWEST or _plainly_beats(values, fs, peaks, prominence):
        return np.zeros(len(peaks), bool)
    far = round(AFTER[1] * fs)
    height = np.maximum(np.ptp(_around(values, peaks, -far, far), axis=1), 1e-300)
    without = _without_spikes(values, fs)
    left, stands = usual(prominence_at(without, fs, peaks)), usual(prominence)
    found = (left < GONE) & (left < LESS * stands)
    found |= usual(_left_over(values, fs, peaks, height)) > STEP
    found |= _switched(values, fs, peaks, height)
    fast = _rises_fast(values, fs, peaks, height)
    if fast.any():
        paced = (left >= CLEAR) & ~_rises_fast(without, fs, peaks, height)
        found |= fast & ~paced
    weak = stands < WEAK
    if weak.any() and _is_tone(values, fs):
        found |= weak
    if len(peaks) >= ENOUGH:
        found |= _no_shapes(values, fs, peaks, height)
    return usual(found.astype(np.float64)) > 0


def _plainly_beats(values: Signal, fs: float, peaks: Places, prominence: Signal) -> bool:
    """Return whether all marks are clear, of one shape and in rhythm, so that no more is asked."""
    if len(peaks) < ENOUGH or usual(prominence).min() < CLEAR:
        return False
    change = np.abs(np.diff(np.diff(peaks))) / np.diff(peaks)[1:]
    if usual(change).max() > STEADY:
        return False
    near = _around(values, peaks, round(BEFORE[1] * fs), round(AFTER[0] * fs))
    without = _without_spikes(near, fs)
    if usual(np.ptp(without, axis=1) / np.maximum(np.ptp(near, axis=1), 1e-300)).min() < LESS:
        return False
    x, step = averaged_down(values, fs)
    band = between_means(x, fs / step, SHAPE_BAND)
    half = round(HALF * fs / step)
    shapes = _around(band, np.minimum(peaks // step, len(x) - 1), -half, half)
    return bool(usual(_like_their_mean(shapes)).min() >= PLAIN)


def _without_spikes(values: Signal, fs: float) -> Signal:
    from scipy.ndimage import median_filter

    length = 2 * max(round(SPIKE * fs / 2), 1) + 1
    return np.asarray(median_filter(values, length, mode="nearest", axes=values.ndim - 1))


def _around(values: Signal, peaks: Places, first: int, last: int) -> Signal:
    """Return the samples at ``first`` to ``last`` from each mark."""
    offsets = np.arange(first, last + 1)
    return np.asarray(values[np.clip(peaks[:, None] + offsets, 0, len(values) - 1)])


def _left_over(values: Signal, fs: float, peaks: Places, height: Signal) -> Signal:
    """Return how far the level after each mark is from that before, as a share of its height."""
    before, soon, late = (
        np.median(_around(values, peaks, round(t0 * fs), round(t1 * fs)), axis=1)
        for t0, t1 in (BEFORE, AFTER, LATER)
    )
    same_way = np.sign(soon - before) == np.sign(late - before)
    left = np.minimum(np.abs(soon - before), np.abs(late - before))
    return np.where(same_way, left / height, 0.0)


def _switched(values: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return at which marks something fast begins or ends: mains hum, a burst of muscles."""
    from scipy.ndimage import uniform_filter1d

    fast = np.square(values - uniform_filter1d(values, max(round(fs / FAST), 2), mode="nearest"))
    near, far = round(SIDE[0] * fs), round(SIDE[1] * fs)
    after = np.sqrt(_around(fast, peaks, near, far).mean(axis=1))
    before = np.sqrt(_around(fast, peaks, -far, -near).mean(axis=1))
    one_sided = np.abs(after - before) / np.maximum(after + before, 1e-300)
    loud = np.maximum(after, before) / height
    return np.asarray((usual(one_sided) > SWITCHED) & (usual(loud) > LOUD))


def _rises_fast(values: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return at which marks most of the power that rises there is faster than a QRS complex."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfiltfilt

    if fs <= 2 * FAST or len(values) < fs:
        return np.zeros(len(peaks), bool)
    rises = []
    for band, kind in (((SLOWEST, FAST), "bandpass"), (FAST, "highpass")):
        part = sosfiltfilt(butter(2, band, kind, fs=fs, output="sos"), values)
        power = uniform_filter1d(np.square(part), round(DURING * fs), mode="nearest")
        rises.append(np.maximum(power[peaks] - np.median(power), 0))
    slow, fast = rises
    share, loud = fast / np.maximum(slow + fast, 1e-300), np.sqrt(fast) / height
    return np.asarray((usual(share) > MOSTLY) & (usual(loud) > LOUD))


def _is_tone(values: Signal, fs: float) -> bool:
    """Return whether the slope is that of a sine: a beat has harmonics, also a wide one."""
    from scipy.signal import welch

    frequency, power = welch(values, fs, nperseg=min(round(4 * fs), len(values)))
    slope = power * np.square(frequency) * (frequency <= HIGHEST)
    near = np.abs(frequency - frequency[int(np.argmax(slope))]) <= WITHIN
    return bool(slope[near].sum() > TONE * slope.sum())


def _no_shapes(values: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return which marks have no shape that recurs, or one that comes as no heart beats."""
    x, step = averaged_down(values, fs)
    band = between_means(x, fs / step, SHAPE_BAND)
    half, lag = round(HALF * fs / step), max(round(LAG * fs / step), 1)
    shapes = _around(band, np.minimum(peaks // step, len(x) - 1), -half - lag, half + lag)
    doubtful = _like_their_mean(shapes[:, lag:-lag]) < SAME
    recurs, turned = np.ones(len(peaks)), np.zeros(len(peaks))
    if doubtful.any():
        recurs, turned = _shares(shapes, lag)
    shared = share_a_shape(values, fs, peaks, SHARED)
    random = irregularity(peaks)
    recurs = usual(recurs)
    found = doubtful & ~shared & (recurs < RECURS) & ((random > IRREGULAR) | (recurs < RARELY))
    ragged = raggedness(height) > RAGGED
    upside_down = doubtful & (usual(turned) > MIRRORED)
    return np.asarray(found | ((random > AT_RANDOM) & ((ragged & ~shared) | upside_down)))


def _unit(shapes: Signal) -> Signal:
    away = shapes - shapes.mean(axis=1, keepdims=True)
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-300))


def _like_their_mean(shapes: Signal) -> Signal:
    """Return the mean correlation of each shape and those around it with their mean."""
    from scipy.ndimage import uniform_filter1d

    unit = _unit(shapes)
    mean = uniform_filter1d(unit, min(AROUND, len(unit)), axis=0, mode="reflect")
    return np.asarray(np.linalg.norm(mean, axis=1))


def _shares(shapes: Signal, lag: int) -> tuple[Signal, Signal]:
    """Return the share of those around each shape that look like it, and like it turned over."""
    n, width = len(shapes), shapes.shape[1] - 2 * lag
    moved = np.stack([_unit(shapes[:, k : k + width]) for k in range(2 * lag + 1)])
    middle = moved[lag]
    alike, turned, others = np.zeros(n), np.zeros(n), np.zeros(n)
    for away in range(1, min(AROUND, n)):
        products = np.einsum("kij,ij->ki", moved[:, away:], middle[:-away])
        best, worst = products.max(axis=0), products.min(axis=0)
        same, mirrored = best > ALIKE, (-worst > MIRROR) & (-worst > best)
        for part in (slice(away, None), slice(None, -away)):
            alike[part] += same
            turned[part] += mirrored
            others[part] += 1
    return alike / others, turned / others
