"""Oxygen saturation beside breathing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_fs, checked_signal
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

LOWEST, HIGHEST = 30.0, 100.5  # %: what an oximeter shows
BEFORE, BEHIND = 30.0, 45.0  # s: the level before, and how far the fall lags behind the breath
FRACTION = 1.5  # below, it is no percentage


def checked_saturation(spo2: Any, spo2_fs: Any) -> tuple[Signal, float] | None:
    """Return saturations in % and their rate; what no oximeter shows is NaN."""
    if spo2 is None:
        return None
    values = checked_signal(spo2, "spo2")
    rate = checked_fs(spo2_fs)
    known = values[np.isfinite(values)]
    if len(known) and float(known.max()) <= FRACTION:
        raise InvalidInputError(
            f"spo2 has a maximum of {float(known.max()):.3g}, which looks like a fraction; give "
            "per cent: multiply by 100"
        )
    good = (values >= LOWEST) & (values <= HIGHEST)
    return np.where(good, values, np.nan), rate


def desaturation_of(saturation: tuple[Signal, float] | None, onset: float, end: float) -> float:
    """Return by how many percentage points the saturation falls with an event, NaN if unknown.

    The highest value from 30 s before the onset to the end, less the lowest after it, up to
    45 s after the end.
    """
    if saturation is None:
        return float("nan")
    values, fs = saturation
    i0, i1 = max(round((onset - BEFORE) * fs), 0), max(round((end + BEHIND) * fs), 0)
    part = values[i0:i1]
    before = part[: max(round(end * fs) - i0, 0)]
    if not np.isfinite(before).any():
        return float("nan")
    top = int(np.nanargmax(before))
    after = part[top:]
    return float(part[top] - np.nanmin(after))
