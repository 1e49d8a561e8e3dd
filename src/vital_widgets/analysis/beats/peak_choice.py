"""How peaks are found and which of them are kept: rules that hold for an ECG and for a PPG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.validity import runs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Places = NDArray[np.int64]


def two_averages(
    energy: Numbers, fs: float, widths: tuple[float, float], offset: float, *, apart: int, mode: str
) -> Places:
    """Return peaks where a short mean is above a long one (Elgendi and others 2010, 2013).

    ``widths`` of the means are in s, ``offset`` is a share of the overall mean; of peaks less than
    ``apart`` samples apart the first counts. ``mode`` is that of `scipy.ndimage` at the ends.
    """
    from scipy.ndimage import uniform_filter1d

    sizes = [max(round(width * fs), 1) for width in widths]
    short, long = (uniform_filter1d(energy, size, mode=mode) for size in sizes)
    above = short > long + offset * float(energy.mean())
    kept: list[int] = []
    for a, b in runs_of(above).tolist():
        if b - a >= sizes[0]:
            place = a + int(np.argmax(energy[a:b]))
            if not kept or place - kept[-1] >= apart:
                kept.append(place)
    return np.array(kept, np.int64)


def highest_of_each(peaks: Places, heights: Numbers, apart: int) -> Places:
    """Return the indices of the peaks to keep, in order: the highest of those that are one beat.

    Peaks less than ``apart`` samples apart are one beat.
    """
    order = np.argsort(peaks, kind="stable")
    if not np.any(np.diff(peaks[order]) < apart):
        return order
    kept: list[int] = []
    for i in order.tolist():
        if kept and peaks[i] - peaks[kept[-1]] < apart:
            if heights[i] > heights[kept[-1]]:
                kept[-1] = i
        else:
            kept.append(i)
    return np.array(kept, np.int64)


def interval_change(peaks: Places) -> Numbers:
    """Return the relative change of the interval at each of three or more rising peaks."""
    interval = np.diff(peaks).astype(np.float64)
    change = np.abs(np.diff(interval)) / np.maximum(interval[1:], 1.0)
    return np.pad(change, 1, mode="edge")


def power_share(
    values: Numbers, fs: float, window_s: float, band: tuple[float, float], above: float
) -> float:
    """Return the power in a band as a share of the power from ``above`` Hz on; 0 without power."""
    from scipy.signal import welch

    frequency, power = welch(values, fs, nperseg=min(round(window_s * fs), len(values)))
    total = float(power[frequency >= above].sum())
    inside = float(power[(frequency >= band[0]) & (frequency <= band[1])].sum())
    return inside / total if total > 0 else 0.0
