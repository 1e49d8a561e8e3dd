"""Measures of signal quality in windows on a grid fixed to the start of a run of samples.

Windows are rows of n samples, NaN for missing ones. Each has one value of a measure, NaN if it is
not defined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.plan import joined
from vital_widgets.analysis.quality.beat_shapes import (
    DETECTORS,
    beat_measures,
    counts_in,
    two_detectors,
)
from vital_widgets.analysis.signal.windows.window_rows import Rows, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

    Measures = dict[str, NDArray[np.float64]]
    Windows = NDArray[np.float64]
    Values = NDArray[np.float64]

BLOCK_WINDOWS = 30  # windows that detectors and template process together
CONTEXT_S = 10.0  # on either side, so that detectors have adapted at the edges
FLAT_S = {"ecg": 0.2, "ppg": 0.2, "respiration": 1.0, "eeg": 0.2, "other": 0.5}
BASELINE_HZ = 1.0
MIN_SHARE = 0.5  # of the samples of a window, for measures of its shape
CLIPPED_RUN = 3  # successive samples at the extreme: two can be chance
FLAT_RESOLUTION = 1e-9  # of the largest magnitude: smaller differences are rounding errors


def measures_of(
    piece: Piece, kind: str, n: int, limits: tuple[float, float] | None, mains_hz: float
) -> Measures:
    """Return the measures of all windows of ``n`` samples of a piece.

    'first' and 'stop' are the sample range of each window; the last one of a run may be shorter,
    and is measured by itself.
    """
    blocks, fs, context = [], piece.fs, round(CONTEXT_S * piece.fs)
    for first, stop, lo, hi in piece.blocks(n * BLOCK_WINDOWS, context, context):
        starts = np.arange(first, stop, n)
        whole = starts[-1] if (stop - first) % n else stop
        parts = piece.values[first:whole].reshape(-1, n), piece.values[None, whole:stop]
        found = [_of_rows(Rows(part, fs), kind, limits, mains_hz) for part in parts if part.size]
        measures = joined(found)
        if kind in DETECTORS:
            values, edges = piece.values[lo:hi], np.append(starts, stop) - lo
            mine, other = two_detectors(values, fs, kind)
            similar, agreed = beat_measures(values, mine, other, fs, edges, kind)
            counts = counts_in(mine, edges).astype(np.float64)
            measures |= {"beat_agreement": agreed, "template": similar, "beats": counts}
        measures["first"] = (starts + piece.first).astype(np.float64)
        measures["stop"] = (np.minimum(starts + n, stop) + piece.first).astype(np.float64)
        blocks.append(measures)
    return joined(blocks)


def _of_rows(
    rows: Rows, kind: str, limits: tuple[float, float] | None, mains_hz: float
) -> Measures:
    windows, fs, nyquist = rows.values, rows.fs, rows.fs / 2
    sd, skewness, kurtosis = moments(rows)
    measures = {
        "valid": rows.finite.mean(axis=1),
        "flat": flat_share(windows, fs, FLAT_S[kind]),
        "clipped": clipped_share(windows),
        "sd": sd,
        "skewness": skewness,
        "kurtosis": kurtosis,
    }
    if limits is not None:
        measures["saturated"] = saturated_share(rows, limits)
    spectra = Spectra(rows)
    if mains_hz + 1 < nyquist:
        measures["powerline"] = spectra.share(mains_hz - 1, mains_hz + 1, 1.0, nyquist)
    if kind == "ecg":
        measures["qrs_power"] = spectra.share(5, 15, 5, min(40, nyquist))
        measures["baseline"] = spectra.share(0.01, BASELINE_HZ, 0.01, min(40, nyquist))
    elif kind == "ppg":
        measures["pulse_power"] = spectra.share(0.5, 4.0, 0.5, min(20, nyquist))
    elif kind == "respiration":
        measures["breath_peak"] = spectra.peak_share(0.05, min(1.2, nyquist), 0.06)
    return measures


def flat_share(windows: Windows, fs: float, seconds: float) -> Values:
    """Return the share of a window that lies in runs of equal samples of at least ``seconds``."""
    shortest = max(round(seconds * fs), 2)
    resolution = FLAT_RESOLUTION * np.abs(np.nan_to_num(windows)).max(axis=1, keepdims=True)
    equal = np.abs(np.diff(windows, axis=1)) <= resolution  # False beside NaN
    return _share_in_runs(equal, shortest - 1, windows.shape[1])


def clipped_share(windows: Windows) -> Values:
    """Return the share of a window that is cut off at its own extremes.

    These are three or more successive samples equal to the largest or smallest value of the window,
    unless the whole window is (a flat line).
    """
    known = np.isfinite(windows)
    top = np.max(np.where(known, windows, -np.inf), axis=1, keepdims=True)
    bottom = np.min(np.where(known, windows, np.inf), axis=1, keepdims=True)
    share = np.zeros(len(windows))
    for extreme in (top, bottom):
        at = windows == extreme  # False for NaN
        share += _share_in_runs(at[:, 1:] & at[:, :-1], CLIPPED_RUN - 1, windows.shape[1])
    return np.where((top == bottom)[:, 0], 0.0, share)


def saturated_share(rows: Rows, limits: tuple[float, float]) -> Values:
    """Return the share of samples at or beyond the limits of the converter."""
    at = (rows.values <= limits[0]) | (rows.values >= limits[1])  # False for NaN
    return ratio(at.sum(axis=1), rows.count)


def moments(rows: Rows) -> tuple[Values, Values, Values]:
    """Return standard deviation, skewness and kurtosis (3 for a normal distribution)."""
    m2 = np.where(_enough(rows), rows.moment(2), np.nan)
    spread = np.where(m2 > (FLAT_RESOLUTION * np.abs(rows.mean)) ** 2, m2, np.nan)
    return np.sqrt(m2), ratio(rows.moment(3), spread**1.5), ratio(rows.moment(4), spread**2)


def _enough(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray(rows.count >= MIN_SHARE * rows.values.shape[1])


class Spectra:
    """Power spectra of windows (Hann, without mean), for shares of power in bands.

    Missing samples are set to the mean, in windows that have at least half of them.
    """

    def __init__(self, rows: Rows) -> None:
        from scipy.fft import rfft, rfftfreq
        from scipy.signal.windows import hann

        n = rows.values.shape[1]
        self.power = np.square(np.abs(rfft(rows.centred * hann(n, sym=False), axis=1)))
        self.frequency = rfftfreq(n, 1 / rows.fs)
        # The rounding errors of a constant are not a signal.
        floor = (FLAT_RESOLUTION * np.abs(np.nan_to_num(rows.values)).max(axis=1)) ** 2 * n
        self._good = _enough(rows) & (self.power.sum(axis=1) > floor)

    def share(self, low: float, high: float, of_low: float, of_high: float) -> Values:
        """Return the power of ``[low, high]`` Hz as a share of that of ``[of_low, of_high]``."""
        part, whole = self._band(low, high), self._band(of_low, of_high)
        return ratio(part.sum(axis=1), np.where(self._good, whole.sum(axis=1), 0.0))

    def peak_share(self, low: float, high: float, width: float) -> Values:
        """Return the largest share of the power of a band within ``± width`` Hz of its peak."""
        power = self._band(low, high)
        if not power.shape[1]:
            return np.full(len(self.power), np.nan)
        reach = max(round(width / self.frequency[1]), 1)
        near = np.abs(np.arange(power.shape[1]) - power.argmax(axis=1)[:, None]) <= reach
        whole = np.where(self._good, self.power[:, 1:].sum(axis=1), 0.0)
        return ratio((power * near).sum(axis=1), whole)

    def _band(self, low: float, high: float) -> Values:
        inside = (self.frequency >= low) & (self.frequency <= high)
        return np.asarray(self.power[:, inside])


def _share_in_runs(flags: NDArray[np.bool_], min_run: int, n: int) -> Values:
    """Return the share of ``n`` samples in runs of ``min_run`` or more true pairs of neighbours."""
    k, m = flags.shape
    if m < min_run:
        return np.zeros(k)
    steps = np.diff(np.pad(flags, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, begins = np.nonzero(steps == 1)
    lengths = np.nonzero(steps == -1)[1] - begins
    long = lengths >= min_run
    return np.bincount(rows[long], lengths[long] + 1, minlength=k) / n
