"""Measures of pulses, computed from their points for all pulses at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.ppg.pulse_points import PulseRows, at_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

WIDTHS = (10, 25, 50, 75, 90)  # % of the height
RATIOS = ("b", "c", "d", "e")


def measures_of(
    rows: PulseRows, points: dict[str, Signal], height_m: float | None
) -> dict[str, Signal]:
    """Return the measures by name: times in s, amplitudes in the units of the signal."""
    fs = rows.fs
    row = np.arange(len(rows.x))
    # From the straight line between the onsets, so that drift changes no width and no area.
    share = np.minimum(rows.column / rows.end[:, None], 1.0)
    foot, end = rows.x[:, :1], rows.x[row, rows.end][:, None]
    above = rows.x - (foot + share * (end - foot))
    systolic = above[row, rows.peak]
    good = systolic > 0
    systolic = np.where(good, systolic, np.nan)
    diastolic = at_points(above, points["diastolic"])
    delta = (points["diastolic"] - rows.peak) / fs
    measures = {
        "amplitude": rows.x[row, rows.peak] - rows.x[:, 0],
        "pulse_interval_s": rows.end / fs,
        "crest_time_s": rows.peak / fs,
    }
    for percent in WIDTHS:
        measures[f"width_{percent}_s"] = _width(above, rows, systolic * percent / 100) / fs
    areas = _areas(above, rows, points["notch"])
    measures["systolic_area"], measures["diastolic_area"] = areas
    measures["ipa"] = areas[1] / np.where(areas[0] > 0, areas[0], np.nan)
    measures["reflection_index"] = diastolic / systolic
    measures["augmentation_index"] = (systolic - diastolic) / systolic
    measures["delta_t_s"] = delta
    tall = np.nan if height_m is None else height_m
    measures["stiffness_index_m_s"] = tall / np.where(delta > 0, delta, np.nan)
    measures["max_slope"] = at_points(rows.d1, points["u"])
    a = at_points(rows.d2, points["a"])
    a = np.where(a > 0, a, np.nan)
    for name in RATIOS:
        measures[f"{name}_a"] = at_points(rows.d2, points[name]) / a
    measures["agi"] = measures["b_a"] - measures["c_a"] - measures["d_a"] - measures["e_a"]
    return measures


def _width(above: Signal, rows: PulseRows, level: Signal) -> Signal:
    """Return the number of columns between the crossings of a level on either side of the peak."""
    row, j = np.arange(len(above)), rows.column
    peak, end = rows.peak[:, None], rows.end[:, None]
    low = above < level[:, None]
    left = low & (j < peak)
    right = low & (j > peak) & (j <= end)
    n = above.shape[1]
    i = n - 1 - np.argmax(left[:, ::-1], axis=1)  # the last below, before the peak
    k = np.argmax(right, axis=1)  # the first below, after it
    found = left.any(axis=1) & right.any(axis=1)
    i, k = np.where(found, i, 0), np.where(found, k, 1)
    rise = above[row, i + 1] - above[row, i]
    fall = above[row, k - 1] - above[row, k]
    safe = found & (rise > 0) & (fall > 0)
    begin = i + (level - above[row, i]) / np.where(safe, rise, 1.0)
    stop = k - (level - above[row, k]) / np.where(safe, fall, 1.0)
    return np.where(safe, stop - begin, np.nan)


def _areas(above: Signal, rows: PulseRows, notch: Signal) -> tuple[Signal, Signal]:
    """Return the areas from the onset to the notch, and from there to the end."""
    row, j = np.arange(len(above)), rows.column
    inside = np.where(j <= rows.end[:, None], above, 0.0)
    steps = 0.5 * (inside[:, 1:] + inside[:, :-1]) / rows.fs
    total = np.concatenate([np.zeros((len(above), 1)), np.cumsum(steps, axis=1)], axis=1)
    first = at_points(total, notch)
    return first, total[row, rows.end] - first
