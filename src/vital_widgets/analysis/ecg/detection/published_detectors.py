"""Detectors from the literature, each on one stretch of ECG without NaN."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats import peak_choice
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Places = NDArray[np.int64]

REFRACTORY, T_WAVE = 0.2, 0.36  # s


def pan_tompkins(values: Signal, fs: float) -> Places:
    """Return QRS places after Pan and Tompkins (1985), for any sampling rate.

    The band-pass is a Butterworth filter of second order, forward and backward, instead of the
    integer filters for 200 Hz.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    band = _band(values, 5.0, 15.0, fs, order=2)
    slope = np.gradient(band) * fs
    integrated = uniform_filter1d(slope**2, max(round(0.15 * fs), 1), mode="nearest")
    at = find_peaks(integrated, distance=max(round(REFRACTORY * fs), 1))[0]
    if not len(at):
        return np.empty(0, np.int64)
    reach = max(round(0.075 * fs), 1)
    around = np.clip(at[:, None] + np.arange(-reach, reach + 1), 0, len(slope) - 1)
    steepest = np.abs(slope[around]).max(axis=1)
    learned = integrated[: max(round(2 * fs), 1)]
    signal, noise = float(learned.max()) / 3, float(learned.mean()) / 2
    return _thresholded(at, integrated[at], steepest, signal, noise, fs)


def _thresholded(
    at: Places, height: Signal, steepest: Signal, signal: float, noise: float, fs: float
) -> Places:
    """Return the peaks that exceed the adaptive thresholds of Pan and Tompkins."""
    places, heights, slopes = at.tolist(), height.tolist(), steepest.tolist()
    beats: list[int] = []
    intervals: list[int] = []
    for i, place in enumerate(places):
        threshold = noise + 0.25 * (signal - noise)
        usual = sum(intervals) / len(intervals) if intervals else 0.0
        if beats and usual and place - places[beats[-1]] > 1.66 * usual:
            early = (k for k in range(beats[-1] + 1, i) if place - places[k] > REFRACTORY * fs)
            missed = [k for k in early if heights[k] > threshold / 2]
            if missed:
                k = max(missed, key=heights.__getitem__)
                intervals = [*intervals[-7:], places[k] - places[beats[-1]]]
                beats.append(k)
                signal = 0.25 * heights[k] + 0.75 * signal
        soon = bool(beats) and place - places[beats[-1]] < T_WAVE * fs
        is_t_wave = soon and slopes[i] < slopes[beats[-1]] / 2
        if heights[i] > threshold and not is_t_wave:
            if beats:
                intervals = [*intervals[-7:], place - places[beats[-1]]]
            beats.append(i)
            signal = 0.125 * heights[i] + 0.875 * signal
        else:
            noise = 0.125 * heights[i] + 0.875 * noise
    return at[np.array(beats, np.int64)].astype(np.int64)


def two_averages(values: Signal, fs: float) -> Places:
    """Return QRS places by two moving averages after Elgendi, Jonkman and De Boer (2010).

    The lengths of 97 and 611 ms are those optimised in Elgendi, PLoS ONE 2013;8:e73557.
    """
    energy, apart = _band(values, 8.0, 20.0, fs, order=3) ** 2, math.floor(0.3 * fs) + 1
    return peak_choice.two_averages(energy, fs, (0.097, 0.611), 0.08, apart=apart, mode="nearest")


def gqrs(values: Signal, fs: float) -> Places:
    """Return QRS places by `wfdb.processing.gqrs_detect` with its defaults."""
    processing = import_extra("wfdb.processing", "ecg_peaks(method='gqrs')")
    return _sorted(processing.gqrs_detect(sig=_in_counts(values), fs=fs))


def xqrs(values: Signal, fs: float) -> Places:
    """Return QRS places by `wfdb.processing.xqrs_detect` with its defaults."""
    processing = import_extra("wfdb.processing", "ecg_peaks(method='xqrs')")
    return _sorted(processing.xqrs_detect(sig=values, fs=fs, verbose=False))


def _band(values: Signal, low: float, high: float, fs: float, order: int) -> Signal:
    from scipy.signal import butter, sosfiltfilt

    sos = butter(order, [low, min(high, 0.45 * fs)], "bandpass", fs=fs, output="sos")
    padding = min(3 * round(fs), len(values) - 1)
    return np.asarray(sosfiltfilt(sos, values, padlen=max(padding, 0)))


def _in_counts(values: Signal) -> Signal:
    """Return the ECG scaled to usual values: gqrs has absolute limits."""
    spread = float(np.percentile(values, 99) - np.percentile(values, 1))
    return (values - np.median(values)) / spread if spread > 0 else values * 0


def _sorted(places: object) -> Places:
    found = np.asarray(places, np.float64).ravel()
    return np.unique(found[np.isfinite(found)]).astype(np.int64)
