"""The measures of a signal in windows on a grid fixed to the start of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.plan import joined
from vital_widgets.analysis.quality import quality_measures as m
from vital_widgets.analysis.quality.beatwise import (
    DETECTORS,
    beat_measures,
    counts_in,
    two_detectors,
)
from vital_widgets.analysis.signal.windows.window_rows import Rows

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
    sd, skewness, kurtosis = m.moments(rows)
    measures = {
        "valid": rows.finite.mean(axis=1),
        "flat": m.flat_share(windows, fs, FLAT_S[kind]),
        "clipped": m.clipped_share(windows),
        "sd": sd,
        "skewness": skewness,
        "kurtosis": kurtosis,
    }
    if limits is not None:
        measures["saturated"] = m.saturated_share(rows, limits)
    spectra = m.Spectra(rows)
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
