"""Recordings in memory, and a reader of replies that knows only the protocol."""

from __future__ import annotations

import numpy as np

from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs


def decode_part(part: dict, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Physical minima and maxima of one part; NaN where there is nothing."""
    count, dtype = part["count"], np.dtype(part["dtype"])
    lo = np.frombuffer(data, dtype, count, part["at"])
    hi = lo
    if part["bin"] > 1:
        hi = np.frombuffer(data, dtype, count, part["at"] + count * dtype.itemsize)
    empty = lo > hi if part["bin"] > 1 else lo == part["missing"]
    low = lo.astype(np.float64) * part["gain"] + part["offset"]
    high = hi.astype(np.float64) * part["gain"] + part["offset"]
    low[empty] = high[empty] = np.nan
    return (low, high) if part["gain"] >= 0 else (high, low)


def plain_bins(values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Slow and plain: minimum and maximum of each bin, NaN where a bin has no number."""
    low, high = [], []
    for i in range(0, len(values), size):
        piece = values[i : i + size]
        piece = piece[~np.isnan(piece)]
        low.append(piece.min() if len(piece) else np.nan)
        high.append(piece.max() if len(piece) else np.nan)
    return np.array(low), np.array(high)


def in_memory(*signals: np.ndarray, fs: float = 100.0, runs: list | None = None, **kind: object):
    """Recording of arrays, the same runs for all."""
    channels = [
        Channel(
            f"ch{k}",
            ArraySamples(values),
            from_runs(fs, runs or [(0.0, len(values))]),
            "mV",
            **kind,
        )
        for k, values in enumerate(signals)
    ]
    return Recording("memory", channels)
