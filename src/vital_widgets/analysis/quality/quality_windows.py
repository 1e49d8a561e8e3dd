"""The measures of a signal in windows on a grid fixed to the start of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.quality import quality_measures as m
from vital_widgets.analysis.quality.beatwise import (
    DETECTORS,
    beat_measures,
    counts_in,
    two_detectors,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

    Measures = dict[str, NDArray[np.float64]]

BLOCK_WINDOWS = 30  # windows that detectors and template process together
CONTEXT_S = 10.0  # on either side, so that detectors have adapted at the edges
FLAT_S = {"ecg": 0.2, "ppg": 0.2, "respiration": 1.0, "eeg": 0.2, "other": 0.5}
BASELINE_HZ = 1.0


def measures_of(
    piece: Piece, kind: str, n: int, limits: tuple[float, float] | None, mains_hz: float
) -> Measures:
    """Return the measures of all windows of ``n`` samples of a piece.

    'first' and 'stop' are the sample range of each window; the last one of a run may be shorter.
    """
    blocks = []
    begin, end = int(piece.core.start), int(piece.core.stop)
    for first in range(begin, end, n * BLOCK_WINDOWS):
        stop = min(first + n * BLOCK_WINDOWS, end)
        starts = np.arange(first, stop, n)
        measures = _of_samples(piece.values[first:stop], kind, n, piece.fs, limits, mains_hz)
        if kind in DETECTORS:
            measures |= _of_beats(piece, first, stop, kind, n)
        measures["first"] = (starts + piece.first).astype(np.float64)
        measures["stop"] = (np.minimum(starts + n, stop) + piece.first).astype(np.float64)
        blocks.append(measures)
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def _of_samples(
    values: NDArray[np.float64],
    kind: str,
    n: int,
    fs: float,
    limits: tuple[float, float] | None,
    mains_hz: float,
) -> Measures:
    """Return the measures of the samples; a last window that is shorter is measured by itself."""
    whole = len(values) // n * n
    parts = [part for part in (values[:whole].reshape(-1, n), values[None, whole:]) if part.size]
    found = [_of_windows(windows, kind, fs, limits, mains_hz) for windows in parts]
    return {key: np.concatenate([one[key] for one in found]) for key in found[0]}


def _of_windows(
    windows: NDArray[np.float64],
    kind: str,
    fs: float,
    limits: tuple[float, float] | None,
    mains_hz: float,
) -> Measures:
    sd, skewness, kurtosis = m.moments(windows)
    measures = {
        "valid": m.valid_share(windows),
        "flat": m.flat_share(windows, fs, FLAT_S[kind]),
        "clipped": m.clipped_share(windows),
        "sd": sd,
        "skewness": skewness,
        "kurtosis": kurtosis,
    }
    if limits is not None:
        measures["saturated"] = m.saturated_share(windows, limits)
    spectra = m.Spectra(windows, fs)
    nyquist = fs / 2
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


def _of_beats(piece: Piece, first: int, stop: int, kind: str, n: int) -> Measures:
    """Return the measures of the beats of a block, from the same samples however it was cut."""
    context = context_samples(piece.fs)
    lo, hi = max(first - context, 0), min(stop + context, len(piece.values))
    values = piece.values[lo:hi]
    mine, other = two_detectors(values, piece.fs, kind)
    edges = np.append(np.arange(first - lo, stop - lo, n), stop - lo)
    template, agreement = beat_measures(values, mine, other, piece.fs, edges, kind)
    counts = counts_in(mine, edges).astype(np.float64)
    return {"beat_agreement": agreement, "template": template, "beats": counts}


def context_samples(fs: float) -> int:
    """Return the number of samples on either side that the detectors process."""
    return round(CONTEXT_S * fs)
