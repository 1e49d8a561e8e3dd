"""Desaturations that go with respiratory events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.source import SignalLike, is_signal, signal_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

MIN, MAX = 30.0, 100.5  # %: what an oximeter shows
BEFORE, BEHIND = 30.0, 45.0  # s: the level before, and the delay of the fall
FRACTION = 1.5  # below, it is not a percentage


@dataclass(frozen=True, eq=False)
class Saturation:
    """Oxygen saturation in %, NaN where an oximeter shows none, and the times in s."""

    values: Signal
    times: Signal

    def fall(self, onset: float, end: float) -> float:
        """Return the fall in percentage points with an event, NaN if unknown.

        The highest value from 30 s before the onset to the end minus the lowest after it, up to
        45 s after the end.
        """
        i0, i1, stop = np.searchsorted(self.times, [onset - BEFORE, end, end + BEHIND])
        before = self.values[i0:i1]
        if not np.isfinite(before).any():
            return float("nan")
        top = i0 + int(np.nanargmax(before))
        return float(self.values[top] - np.nanmin(self.values[top:stop]))


def checked_saturation(spo2: SignalLike | None, spo2_fs: float | None) -> Saturation | None:
    """Return the saturation of a channel or an array in %, or raise."""
    if spo2 is None:
        return None
    if spo2_fs is None and not is_signal(spo2):
        raise InvalidInputError("spo2_fs is missing: give the sampling rate of spo2 in Hz")
    source = signal_of(spo2, spo2_fs, name="spo2")
    values = source.values()
    known = values[np.isfinite(values)]
    if len(known) and float(known.max()) <= FRACTION:
        raise InvalidInputError(
            f"spo2 has a maximum of {float(known.max()):.3g}, which looks like a fraction; give "
            "per cent: multiply by 100"
        )
    good = (values >= MIN) & (values <= MAX)
    # Half a sample earlier, so that searching finds the nearest sample.
    times = source.timebase.times(0, len(values)) - 0.5 / source.fs
    return Saturation(np.where(good, values, np.nan), times)
