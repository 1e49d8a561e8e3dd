"""Whether clear marks are beats at all: spikes, steps, bursts and tones are clear too.

A QRS complex lasts 40 to 200 ms, so a median filter of 20 ms keeps it and removes a spike; the
signal returns to its level after it, but not after a step; both its sides are alike, but not those
of a burst or of mains hum that is switched on; its shape recurs (Orphanidou et al. 2015 compare
each beat with the mean beat); and where shapes recur, hearts beat neither at random times with
random heights nor upside down at random. Each mark is judged with those around it, so that some
odd beats among others stay.

References
----------
Orphanidou C et al. Signal-quality indices for the electrocardiogram and photoplethysmogram:
derivation and applications to wireless monitoring. IEEE J Biomed Health Inform
2015;19(3):832-838. Thakor NV, Webster JG, Tompkins WJ. Estimation of QRS
complex power spectra for design of a QRS filter. IEEE Trans Biomed Eng 1984;31(11):702-706.
Clifford GD et al. Signal quality indices and data fusion for determining clinical acceptability of
electrocardiograms. Physiol Meas 2012;33(9):1419-1433.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.detection.ecg_stretch import TINY, EcgStretch, around
from vital_widgets.analysis.ecg.detection.qrs_noise import share_a_shape
from vital_widgets.analysis.engine.validity import runs_of
from vital_widgets.analysis.signal.statistics.chance import (
    AROUND,
    AT_RANDOM,
    RAGGED,
    irregularity,
    raggedness,
    usual,
    usually,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MIN_PEAKS, ENOUGH = 4, 16  # marks that are judged at all; that show whether shapes recur
SPIKE = 0.020  # s: a median filter of this length removes what lasts half of it (a QRS 40 ms)
GONE, LESS = 2.05, 0.6  # prominence after that filter, and as a share of that before
LONG = 15  # samples of that filter from which rows are filtered one by one
SLIGHTLY_LESS = 0.75  # share of their height above which that filter removes no spikes of marks
# s from the mark: a QRS of 160 ms is over; a tall T wave of a fast rhythm is over, too.
BEFORE, AFTER, LATER = (-0.16, -0.08), (0.08, 0.16), (0.16, 0.3)
STEP = 0.6  # share of the height of what is marked that may be left then
SIDE = (0.1, 0.3)  # s from the mark, on either side
FAST = 35.0  # Hz: QRS complexes have little above (Thakor et al.)
SWITCHED, LOUD = 0.6, 0.1  # difference of both sides over their sum; a side over the mark's height
MOSTLY, CLEAR = 0.5, 3.0  # share of what rises at a mark that is faster; prominence of a QRS
SLOW, DURING = 3.0, 0.12  # Hz, baseline wander is slower; s, a QRS
SETTLED = 0.1  # s after which the filter for what is faster has forgotten an impulse
BOUNDED = 2500.0  # Hz above which filtering costs less than bounding what the filter gives
SMALL, ROUNDING = 200_000, 1e-6  # multiplications of one matrix product; as a share
TONE, WITHIN, HIGH, WEAK = 0.9, 1.0, 40.0, 1.6  # share of the power of the slope; Hz; Hz; marks
HALF = 0.2  # s of a shape on either side of a mark
LAG = 0.05  # s by which shapes may be shifted
SAME, ALIKE = 0.66, 0.6  # correlation with the mean of those around (Orphanidou), of two marks
RECURS, RARELY = 0.2, 0.1  # share of the others that resemble a mark: below, nothing recurs
SHARED = 4.0  # excess of the squared sum of shapes over that of noise, in 2 % of noise
MIRROR, MIRRORED = 0.9, 0.25  # correlation with another turned over; share of such others
PLAIN, STEADY = 0.9, 0.15  # mean correlation; change of the interval as a share
IRREGULAR = 0.33  # change of the interval as a share: beyond atrial fibrillation
MARGIN = 3 * (AROUND // 2) + 1  # plain marks on either side on which the verdict on others depends
CONTEXT = 2.0  # s on either side of marks that are judged alone


def is_artefact(ecg: EcgStretch, peaks: Places, prominence: Signal) -> Mask:
    """Return which marks are not QRS complexes, each judged with those around it."""
    if len(peaks) < MIN_PEAKS:
        return np.zeros(len(peaks), bool)
    spikes = share_without_spikes(ecg.values, ecg.fs, peaks)
    lag = max(round(LAG * ecg.rate), 1)
    shapes = ecg.shapes(peaks, HALF, lag)
    likeness = _likeness_to_mean(shapes[:, lag:-lag])
    plain = _are_plain(peaks, prominence, likeness) & (spikes >= LESS)
    found = np.zeros(len(peaks), bool)
    if plain.all():
        return found
    stands = usual(prominence)
    clear = spikes >= SLIGHTLY_LESS and stands.min() >= CLEAR and likeness.min() >= SAME
    for i, j in _runs_around(~plain, MARGIN) if clear else [(0, len(peaks))]:
        part, first = ecg.part_around(peaks[i:j], CONTEXT if clear else np.inf)
        same = likeness if j - i == len(peaks) else _likeness_to_mean(shapes[i:j, lag:-lag])
        alike = shapes[i:j], lag, same
        found[i:j] = _judge(part, peaks[i:j] - first, stands[i:j], spikes, alike)
    return found


def _runs_around(marks: Mask, reach: int) -> list[tuple[int, int]]:
    """Return runs ``[i, j)`` of some marks and of those up to ``reach`` before and after them."""
    inside = np.convolve(marks, np.ones(2 * reach + 1, np.int64))[reach:-reach] > 0
    return [(int(i), int(j)) for i, j in runs_of(inside)]


def _judge(
    ecg: EcgStretch, peaks: Places, stands: Signal, spikes: float, alike: tuple[Signal, int, Signal]
) -> Mask:
    """Return which marks are not QRS complexes, by all tests.

    ``alike`` has their shapes, the lag that these allow, and the likeness of each to the mean.
    """
    values, fs = ecg.values, ecg.fs
    far = round(AFTER[1] * fs)
    height = np.maximum(np.ptp(around(values, peaks, -far, far), axis=1), TINY)
    found = usually(_level_change(values, fs, peaks, height), STEP)
    found |= _is_switched(values, fs, peaks, height)
    fast = _rises_fast(values, fs, peaks, height)
    if spikes < SLIGHTLY_LESS or fast.any():
        without = EcgStretch(without_spikes(values, fs), fs)
        left = usual(without.prominence(peaks))
        found |= (left < GONE) & (left < LESS * stands)
        if fast.any():  # a paced beat keeps its QRS complex
            paced = (left >= CLEAR) & ~_rises_fast(without.values, fs, peaks, height)
            found |= fast & ~paced
    weak = stands < WEAK
    if weak.any() and _is_tone(values, fs):
        found |= weak
    if len(peaks) >= ENOUGH:
        found |= _has_odd_shape(ecg, peaks, height, *alike)
    return usually(found.astype(np.float64), 0)


def _are_plain(peaks: Places, prominence: Signal, likeness: Signal) -> Mask:
    """Return which marks are clear, of one shape and regular, so that no more is tested."""
    if len(peaks) < ENOUGH:
        return np.zeros(len(peaks), bool)
    interval = np.diff(peaks)
    varies = usually(np.abs(np.diff(interval)) / interval[1:], STEADY)
    steady = ~np.concatenate([varies[:1], varies, varies[-1:]])
    return np.asarray(usually(prominence, CLEAR) & usually(likeness, PLAIN) & steady)


def share_without_spikes(values: Signal, fs: float, peaks: Places) -> float:
    """Return the lowest share of their height that marks keep after a median filter."""
    near = around(values, peaks, round(BEFORE[1] * fs), round(AFTER[0] * fs))
    # What lasts half of the filter passes it: most shares are known to be high without it.
    columns = near.T.copy()  # marks side by side, which NumPy compares much faster
    height = np.maximum(np.ptp(columns, axis=0), TINY)
    half = _spike_length(fs) // 2 + 1
    kept = _of_each(np.minimum, columns, half).max(axis=0)
    kept -= _of_each(np.maximum, columns, half).min(axis=0)
    if usually(kept / height, SLIGHTLY_LESS).all():
        return 1.0
    return float(usual(np.ptp(without_spikes(near, fs), axis=1) / height).min())


def _of_each(extreme: np.ufunc, columns: Signal, n: int) -> Signal:
    """Return the extreme of each ``n`` successive rows, in about log2(n) passes."""
    found, covered = columns, 1
    while covered < n:  # the extreme of two overlapping stretches is that of both
        further = min(covered, n - covered)
        found = extreme(found[: len(found) - further], found[further:])
        covered += further
    return found


def _spike_length(fs: float) -> int:
    return 2 * max(round(SPIKE * fs / 2), 1) + 1


def without_spikes(values: Signal, fs: float) -> Signal:
    """Return the values after a median filter that removes spikes, along the last axis."""
    from scipy.ndimage import median_filter

    length = _spike_length(fs)
    if values.ndim == 1 or length < LONG:
        return np.asarray(median_filter(values, length, mode="nearest", axes=values.ndim - 1))
    # SciPy filters one row in a time that hardly grows with the length, but not several.
    return np.stack([median_filter(row, length, mode="nearest") for row in values])


def _level_change(values: Signal, fs: float, peaks: Places, height: Signal) -> Signal:
    """Return how far the level after each mark is from that before, as a share of its height."""
    before, soon, late = (
        np.median(around(values, peaks, round(t0 * fs), round(t1 * fs)), axis=1)
        for t0, t1 in (BEFORE, AFTER, LATER)
    )
    same_way = np.sign(soon - before) == np.sign(late - before)
    left = np.minimum(np.abs(soon - before), np.abs(late - before))
    return np.where(same_way, left / height, 0.0)


def _is_switched(values: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return at which marks something fast begins or ends: mains hum, a burst of muscles."""
    from scipy.ndimage import uniform_filter1d

    fast = np.square(values - uniform_filter1d(values, max(round(fs / FAST), 2), mode="nearest"))
    near, far = round(SIDE[0] * fs), round(SIDE[1] * fs)
    after = np.sqrt(around(fast, peaks, near, far).mean(axis=1))
    before = np.sqrt(around(fast, peaks, -far, -near).mean(axis=1))
    one_sided = np.abs(after - before) / np.maximum(after + before, TINY)
    loud = np.maximum(after, before) / height
    return np.asarray(usually(one_sided, SWITCHED) & usually(loud, LOUD))


@functools.lru_cache(maxsize=8)
def _filters(fs: float) -> tuple[Any, Any]:
    """Return the filters that pass what is faster than a QRS complex, and what is as fast."""
    from scipy.signal import butter

    return (
        butter(2, FAST, "highpass", fs=fs, output="sos"),
        butter(2, (SLOW, FAST), "bandpass", fs=fs, output="sos"),
    )


@functools.lru_cache(maxsize=8)
def _fast_kernel(fs: float) -> tuple[Signal, float]:
    """Return what gives the fast part during a QRS complex from the samples around it.

    It is a matrix, and the sum of the weights of all samples that are too far away for it.
    """
    from scipy.signal import sosfiltfilt

    during, far = round(DURING * fs), 2 * round(fs)
    impulse = np.zeros(2 * far + 1)
    impulse[far] = 1.0
    weight = np.asarray(sosfiltfilt(_filters(fs)[0], impulse))
    settled = round(SETTLED * fs)
    away = np.arange(during + 2 * settled)[:, None] - settled - np.arange(during)
    rest = np.abs(weight[: far - settled]).sum() + np.abs(weight[far + settled + 1 :]).sum()
    return weight[far + away], float(rest)


def highest_share_fast(values: Signal, fs: float, peaks: Places, height: Signal) -> Signal:
    """Return at each mark what the fast part over its height does not exceed.

    The filter forgets what is far away; so its values at the marks are bounded by the samples
    around them, and the whole need not be filtered. At the ends nothing is known.
    """
    kernel, rest = _fast_kernel(fs)
    during, settled = round(DURING * fs), round(SETTLED * fs)
    first = -(during // 2) - settled
    near = around(values, peaks, first, first + len(kernel) - 1)
    near -= values[peaks][:, None]
    rows = max(SMALL // kernel.size, 1)  # larger products would occupy all processors
    parts = (near[k : k + rows] @ kernel for k in range(0, len(near), rows))
    power = np.concatenate([np.einsum("ij,ij->i", part, part) for part in parts]) / during
    error = 4 * rest * float(np.ptp(values))
    share = (np.sqrt(power) * (1 + ROUNDING) + error) / height
    margin = during + 2 * settled
    share[(peaks < margin) | (peaks >= len(values) - margin)] = np.inf
    return np.asarray(share)


def _rises_fast(values: Signal, fs: float, peaks: Places, height: Signal) -> Mask:
    """Return at which marks most of the power that rises there is faster than a QRS complex."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import sosfiltfilt

    loud = np.zeros(len(peaks), bool)
    if fs <= 2 * FAST or len(values) < fs:
        return loud
    if fs <= BOUNDED and not usually(highest_share_fast(values, fs, peaks, height), LOUD).any():
        return loud
    rises: list[Signal] = []
    for sos in _filters(fs):  # the slower filter is only needed where the fast part is loud
        power = np.square(sosfiltfilt(sos, values))
        power = uniform_filter1d(power, round(DURING * fs), mode="nearest")
        most = np.sqrt(np.maximum(power[peaks], 0)) / height
        if not rises and not usually(most, LOUD).any():  # not even with what is between the marks
            return loud
        rises.append(np.maximum(power[peaks] - np.median(power), 0))
        loud = usually(np.sqrt(rises[0]) / height, LOUD)
        if not loud.any():
            return loud
    fast, slow = rises
    return np.asarray(loud & usually(fast / np.maximum(slow + fast, TINY), MOSTLY))


def _is_tone(values: Signal, fs: float) -> bool:
    """Return whether the slope is that of a sine: a beat has harmonics, also a wide one."""
    from scipy.signal import welch

    frequency, power = welch(values, fs, nperseg=min(round(4 * fs), len(values)))
    slope = power * np.square(frequency) * (frequency <= HIGH)
    near = np.abs(frequency - frequency[int(np.argmax(slope))]) <= WITHIN
    return bool(slope[near].sum() > TONE * slope.sum())


def _has_odd_shape(
    ecg: EcgStretch, peaks: Places, height: Signal, shapes: Signal, lag: int, likeness: Signal
) -> Mask:
    """Return which marks have a shape that does not recur, or that recurs as in no heart."""
    doubtful = likeness < SAME
    random = irregularity(peaks)
    ragged = (random > AT_RANDOM) & (raggedness(height) > RAGGED)
    if not (doubtful | ragged).any():
        return np.zeros(len(peaks), bool)
    shared = share_a_shape(ecg, peaks, SHARED)
    found = ragged & ~shared
    if doubtful.any():
        recurs, turned = shares_alike_around(doubtful, shapes, lag)
        odd = (recurs < RECURS) & ((random > IRREGULAR) | (recurs < RARELY))
        found |= doubtful & ((odd & ~shared) | ((random > AT_RANDOM) & (turned > MIRRORED)))
    return np.asarray(found)


def _unit(shapes: Signal) -> Signal:
    away = shapes - shapes.mean(axis=1, keepdims=True)
    return np.asarray(away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), TINY))


def _likeness_to_mean(shapes: Signal) -> Signal:
    """Return the mean correlation of each shape and those around it with their mean."""
    from scipy.ndimage import uniform_filter1d

    unit = _unit(shapes)
    mean = uniform_filter1d(unit, min(AROUND, len(unit)), axis=0, mode="reflect")
    return np.asarray(np.linalg.norm(mean, axis=1))


def shares_alike_around(marks: Mask, shapes: Signal, lag: int) -> tuple[Signal, Signal]:
    """Return what is usual of both `shares_alike` at some marks; they are valid only there."""
    alike, turned = np.zeros(len(marks)), np.zeros(len(marks))
    for i, j in _runs_around(marks, AROUND // 2 if len(marks) > AROUND else len(marks)):
        first = max(i - AROUND + 1, 0)
        some = shares_alike(shapes[first : j + AROUND - 1], lag)
        alike[i:j], turned[i:j] = (one[i - first : j - first] for one in some)
    return usual(alike), usual(turned)


def shares_alike(shapes: Signal, lag: int) -> tuple[Signal, Signal]:
    """Return the share of those around each shape that resemble it, as it is and turned over."""
    n, width = len(shapes), shapes.shape[1] - 2 * lag
    shifted = np.stack([_unit(shapes[:, k : k + width]) for k in range(2 * lag + 1)])
    middle = shifted[lag]
    alike, turned, others = np.zeros(n), np.zeros(n), np.zeros(n)
    for away in range(1, min(AROUND, n)):
        products = np.einsum("kij,ij->ki", shifted[:, away:], middle[:-away])
        best, worst = products.max(axis=0), products.min(axis=0)
        same, mirrored = best > ALIKE, (-worst > MIRROR) & (-worst > best)
        for part in (slice(away, None), slice(None, -away)):
            alike[part] += same
            turned[part] += mirrored
            others[part] += 1
    return alike / others, turned / others
