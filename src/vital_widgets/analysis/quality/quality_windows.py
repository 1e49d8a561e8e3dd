"""A signal cut into windows that lie on a grid fixed to the start of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.quality import quality_measures as m
from vital_widgets.analysis.quality.beatwise import (
    beat_figures,
    counts_in,
    two_detectors,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

BLOCK_WINDOWS = 30  # windows that detectors and template see together
CONTEXT_SECONDS = 10.0  # on either side, so that detectors are settled at the edges
FLAT_SECONDS = {"ecg": 0.2, "ppg": 0.2, "respiration": 1.0, "eeg": 0.2, "other": 0.5}
BASELINE_HZ = 1.0


def figures_of(
    piece: Piece, kind: str, n: int, limits: tuple[float, float] | None, mains: float
) -> dict[str, NDArray[np.float64]]:
    """Return the figures of all windows of ``n`` samples of a piece, and where they lie.

    'first' and 'stop' hold the sample range of each window; the last one of a run may be shorter.
    """
    blocks = []
    for first, stop in _blocks(piece, n * BLOCK_WINDOWS):
        figures = _shape_figures(piece.values[first:stop], kind, n, piece.fs, limits, mains)
        figures |= _beat_figures(piece, first, stop, kind, n)
        starts = np.arange(first, stop, n)
        figures["first"] = (starts + piece.first).astype(np.float64)
        figures["stop"] = (np.minimum(starts + n, stop) + piece.first).astype(np.float64)
        blocks.append(figures)
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def _blocks(piece: Piece, length: int) -> Iterator[tuple[int, int]]:
    begin, end = int(piece.core.start), int(piece.core.stop)
    for first in range(begin, end, length):
        yield first, min(first + length, end)


def _shape_figures(
    values: NDArray[np.float64],
    kind: str,
    n: int,
    fs: float,
    limits: tuple[float, float] | None,
    mains: float,
) -> dict[str, NDArray[np.float64]]:
    """Return what the samples alone tell; a last window that is shorter is measured by itself."""
    whole = len(values) // n * n
    parts = [values[:whole].reshape(-1, n)] if whole else []
    if whole < len(values):
        parts.append(values[None, whole:])
    rows = [_figures(windows, kind, fs, limits, mains) for windows in parts]
    return {key: np.concatenate([row[key] for row in rows]) for key in rows[0]}


def _figures(
    windows: NDArray[np.float64],
    kind: str,
    fs: float,
    limits: tuple[float, float] | None,
    mains: float,
) -> dict[str, NDArray[np.float64]]:
    spread, skewness, kurtosis = m.moments(windows)
    figures = {
        "valid": m.valid_share(windows),
        "flat": m.flat_share(windows, fs, FLAT_SECONDS[kind]),
        "clipped": m.clipped_share(windows),
        "sd": spread,
        "skewness": skewness,
        "kurtosis": kurtosis,
    }
    if limits is not None:
        figures["saturated"] = m.saturated_share(windows, limits)
    spectra = m.Spectra(windows, fs)
    nyquist = fs / 2
    if mains + 1 < nyquist:
        figures["powerline"] = spectra.share(mains - 1, mains + 1, 1.0, nyquist)
    if kind == "ecg":
        figures["qrs_power"] = spectra.share(5, 15, 5, min(40, nyquist))
        figures["baseline"] = spectra.share(0.01, BASELINE_HZ, 0.01, min(40, nyquist))
    elif kind == "ppg":
        figures["pulse_power"] = spectra.share(0.5, 4.0, 0.5, min(20, nyquist))
    elif kind == "respiration":
        figures["breath_peak"] = spectra.peak_share(0.05, min(1.2, nyquist), 0.06)
    return figures


def _beat_figures(
    piece: Piece, first: int, stop: int, kind: str, n: int
) -> dict[str, NDArray[np.float64]]:
    """Return what the beats tell, from detectors that see this block and a little around it.

    They see the same samples however the recording was cut into pieces.
    """
    context = context_samples(piece.fs)
    lo, hi = max(first - context, 0), min(stop + context, len(piece.values))
    values = piece.values[lo:hi]
    mine, other = two_detectors(values, piece.fs, kind)
    if mine is None or other is None:
        return {}
    edges = np.append(np.arange(first - lo, stop - lo, n), stop - lo)
    template, agreement = beat_figures(values, mine.samples, other.samples, piece.fs, edges, kind)
    return {
        "beat_agreement": agreement,
        "template": template,
        "beats": counts_in(mine.samples, edges).astype(np.float64),
    }


def context_samples(fs: float) -> int:
    """Return how many samples on either side the detectors see."""
    return round(CONTEXT_SECONDS * fs)
