"""Multi-scale peak and trough detection in its fast form.

A sample is a peak if it is above the samples ``k`` before and after it for every scale ``k`` up to
the scale at which most samples are (Bishop and Ercole 2018); in a periodic signal that is half a
period, whatever its waveform and amplitude. The fast form (Charlton et al. 2025) averages down to
20 Hz and uses windows of 6 s that overlap by 20 %, and scales of plausible heart rates only.

Differences from the publications: slow waves are removed first. A window includes the samples
around it, so that its edges hide no beat; beyond the ends of a signal missing samples count as
lower. A periodic signal has as many maxima at three halves of its period as at a half, so a part
of the scale is used if it has nearly as many. Where a pulse is missing, a weak one is searched for
at half the scale, because that of a premature beat can be lower than the preceding diastole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

WORKING_RATE = 20.0  # Hz
SLOW = 0.9  # s: means over it, taken twice, remove what is slower than about 0.5 Hz
WINDOW, OVERLAP = 6.0, 0.2  # s, share
SLOWEST, FASTEST = 30.0, 200.0  # beats/min
NEARLY, STEP = 0.97, 0.35  # of the most maxima; minus the effect of one step of the scale
DIP = 0.7
MISSING = 1.5  # times the usual interval without a pulse
TOO_EARLY = 0.4  # of the usual interval after the last pulse: its own diastolic wave
WEAK = 0.15  # of the usual height
NEIGHBOURS = 9


def averaged(values: Signal, fs: float) -> tuple[Signal, int]:
    """Return a signal averaged down to about 20 Hz, and the samples each of its values covers."""
    step = max(int(fs // WORKING_RATE), 1)
    whole = len(values) // step * step
    return values[:whole].reshape(-1, step).mean(axis=1), step


def peaks_at(coarse: Signal, rate: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of peaks of a signal at about 20 Hz, and those at half the scale."""
    n = len(coarse)
    width = min(round(WINDOW * rate), n)
    reach = max(round(rate * 60 / SLOWEST / 2), 1)
    if width < 3:  # noqa: PLR2004 - a peak has a neighbour on either side
        return np.empty(0, np.int64), np.empty(0, np.int64)
    step = max(round(WINDOW * (1 - OVERLAP) * rate), 1)
    starts = np.unique(np.minimum(np.arange(0, n - width + step, step), n - width))
    at = starts[:, None] + np.arange(-reach, width + reach)
    known = (at >= 0) & (at < n)
    windows = coarse[np.clip(at, 0, n - 1)]
    windows = windows - _trend(windows[:, reach : reach + width], reach)
    windows[~known] = -np.inf
    lasting, counts = _scalogram(windows, known, reach, width)
    # Scales below that of the fastest rate are those of noise.
    min_scale = max(round(rate * 60 / FASTEST / 2), 1)
    chosen = _scales(counts, min_scale)

    def lasting_to(scale: NDArray[np.int64]) -> NDArray[np.int64]:
        rows, columns = np.nonzero(lasting >= scale[:, None])
        found = np.unique(starts[rows] + columns)
        return found[(found > 0) & (found < n - 1)]

    return lasting_to(chosen), lasting_to(np.maximum((chosen + 1) // 2, min_scale))


def _scales(counts: NDArray[np.int64], min_scale: int) -> NDArray[np.int64]:
    """Return the scale with the most maxima, or a third or fifth of it with nearly as many."""
    rows = np.arange(len(counts))
    most = np.argmax(counts[:, min_scale - 1 :], axis=1) + min_scale
    chosen = most
    for part in (3, 5):
        near = (most[:, None] / part + np.array([-0.34, 0.0, 0.34])).round().astype(np.int64)
        near = np.maximum(near, 1)
        best = near[rows, np.argmax(counts[rows[:, None], near - 1], axis=1)]
        enough = counts[rows, best - 1] >= (NEARLY - STEP / best) * counts[rows, most - 1]
        # At a full period few samples are maxima; in noise as many as elsewhere.
        whole = np.minimum(2 * best[:, None] + np.array([-1, 0, 1]), counts.shape[1])
        dips = counts[rows[:, None], whole - 1].min(axis=1) <= DIP * counts[rows, most - 1]
        chosen = np.where(enough & dips & (best >= min_scale), best, chosen)
    return np.asarray(chosen, np.int64)


def _trend(inner: Signal, reach: int) -> Signal:
    """Return the linear trend of each window, extended to its surroundings."""
    width = inner.shape[1]
    x = np.arange(width) - (width - 1) / 2
    slope = inner @ x / np.sum(x**2)
    wide = np.arange(-reach, width + reach) - (width - 1) / 2
    return np.asarray(inner.mean(axis=1)[:, None] + slope[:, None] * wide)


def _scalogram(
    windows: Signal, known: NDArray[np.bool_], reach: int, width: int
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return the scale up to which each sample is a local maximum, and the counts per scale."""
    middle = windows[:, reach : reach + width]
    alive = np.ones(middle.shape, bool)
    lasting = np.zeros(middle.shape, np.int16)
    counts = np.zeros((len(windows), reach), np.int64)
    for k in range(1, reach + 1):
        before, after = (slice(reach + j, reach + j + width) for j in (-k, k))
        # On a plateau (clipped, or coarse steps) the first sample is the peak.
        above = (middle > windows[:, before]) & (middle >= windows[:, after])
        counts[:, k - 1] = np.count_nonzero(above & known[:, before] & known[:, after], axis=1)
        alive &= above
        lasting += alive
    return lasting, counts


def find_by_scales(values: Signal, fs: float) -> NDArray[np.int64]:
    """Return samples near the systolic peaks of a PPG without NaN."""
    from scipy.ndimage import uniform_filter1d

    coarse, step = averaged(values, fs)
    slow = coarse
    for _ in range(2):
        slow = uniform_filter1d(slow, max(round(SLOW * fs / step), 1) | 1, mode="nearest")
    coarse = coarse - slow
    peaks, more = peaks_at(coarse, fs / step)
    return _with_weak(coarse, peaks, more) * step + step // 2


def _with_weak(
    coarse: Signal, peaks: NDArray[np.int64], more: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Add weak pulses where an interval is much longer than usual."""
    from scipy.ndimage import median_filter

    if len(peaks) < 3:  # noqa: PLR2004 - two intervals are needed to know a usual one
        return peaks
    interval = np.diff(peaks)
    usual = median_filter(interval, NEIGHBOURS, mode="nearest")
    lows = np.minimum.reduceat(coarse, peaks)[:-1]
    height = median_filter(coarse[peaks[1:]] - lows, NEIGHBOURS, mode="nearest")
    found = []
    for k in np.flatnonzero(interval > MISSING * usual).tolist():
        a, b, apart = peaks[k], peaks[k + 1], TOO_EARLY * usual[k]
        inside = more[(more - a > apart) & (b - more > apart)]
        for at in inside[np.argsort(-coarse[inside])].tolist():
            # From the lowest sample after the last diastolic wave.
            rise = coarse[at] - float(coarse[a + int(apart) : at + 1].min())
            if rise >= WEAK * height[k] and coarse[at] > coarse[at - 1]:
                found.append(at)
                break
    return np.sort(np.concatenate([peaks, np.array(found, np.int64)]))


def upstroke_evidence(values: Signal, fs: float) -> Signal:
    """Return for each 6 s the logarithm of steepest rise to steepest fall.

    The rise of a pulse is its steepest part; if it is the fall, the signal is inverted.
    """
    coarse, step = averaged(values, fs)
    slope = np.diff(coarse)
    width = min(round(WINDOW * fs / step), len(slope))
    if width < 1:
        return np.empty(0)
    windows = slope[: len(slope) // width * width].reshape(-1, width)
    up, down = windows.max(axis=1), -windows.min(axis=1)
    both = (up > 0) & (down > 0)
    return np.asarray(np.log(up[both] / down[both]))
