"""Two more published detectors of PPG pulses, implemented from their descriptions.

`slope_sum` is that of Zong et al. (2003), ``wabp``, as adapted to the PPG by Vest et al. (2018),
``qppg``; `two_averages` is that of Elgendi et al. (2013). `ppg_peaks` gives the references. Both
take samples without NaN and return samples near the systolic peaks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats import peak_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

SLOPE_WINDOW = 0.17  # s: length of an upstroke, over which rises are summed (qppg)
SMOOTH = 0.08  # s, twice, against noise that would count as rises
REFRACTORY = 0.3  # s: 200 beats/min
SHARE, MIN_LEVEL = 1 / 3, 0.1  # threshold, of the level above the floor; of the usual height
LEVEL_GAIN = 0.1  # how fast the level follows the pulses
WAIT, FALL = 2.5, 0.9  # s without a pulse after which the level falls; factor per second
TOP = 0.25  # s after the steepest part in which the peak lies
BAND = (0.5, 8.0)  # Hz
WIDTHS, OFFSET = (0.111, 0.667), 0.02  # s, share of the mean: Elgendi et al. 2013


def slope_sum(values: Signal, fs: float) -> NDArray[np.int64]:
    """Find pulses by the sum of rises over an upstroke, and a threshold that follows it."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    smooth = values
    for _ in range(2):
        smooth = uniform_filter1d(smooth, max(round(SMOOTH * fs), 1) | 1, mode="nearest")
    rises = np.maximum(np.diff(smooth, prepend=smooth[:1]), 0.0)
    width = max(round(SLOPE_WINDOW * fs), 1)
    total = np.concatenate([np.zeros(width), np.cumsum(rises)])
    sums = total[width:] - total[:-width]
    places = find_peaks(np.concatenate([[0.0], sums, [0.0]]))[0] - 1
    if not len(places):
        return np.empty(0, np.int64)
    # Between upstrokes only noise rises: the floor.
    sums = sums - float(np.median(sums))
    heights = sums[places]
    # The usual height: the median of the highest of each 2 s.
    seconds = max(round(2 * fs), 1)
    edges = np.arange(0, len(sums), seconds)
    usual = float(np.median(np.maximum.reduceat(sums, edges)))
    kept: list[int] = []
    level = usual
    last = 0.0
    for place, height in zip(places.tolist(), heights.tolist(), strict=True):
        late = (place - last) / fs - WAIT
        threshold = SHARE * max(level * (FALL**late if late > 0 else 1.0), MIN_LEVEL * usual)
        if height <= threshold:
            continue
        if kept and place - kept[-1] < REFRACTORY * fs:
            if height > sums[kept[-1]]:
                kept[-1] = place
            continue
        kept.append(place)
        last = place
        level += LEVEL_GAIN * (min(height, 3 * level) - level)
    # The sum is highest at the end of the upstroke; the peak follows.
    starts = np.array(kept, np.int64)
    around = np.arange(-max(round(0.1 * fs), 1), max(round(TOP * fs), 1))
    at = np.clip(starts[:, None] + around, 0, len(smooth) - 1)
    return np.asarray(at[np.arange(len(at)), np.argmax(smooth[at], axis=1)], np.int64)


def two_averages(values: Signal, fs: float) -> NDArray[np.int64]:
    """Find pulses where a short mean of the squared signal is above a long one."""
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, (BAND[0], min(BAND[1], 0.45 * fs)), "bandpass", fs=fs, output="sos")
    band = sosfiltfilt(sos, values, padlen=min(3 * round(fs), len(values) - 1))
    energy, apart = np.square(np.maximum(band, 0.0)), math.ceil(REFRACTORY * fs)
    return peak_choice.two_averages(energy, fs, WIDTHS, OFFSET, apart=apart, mode="constant")
