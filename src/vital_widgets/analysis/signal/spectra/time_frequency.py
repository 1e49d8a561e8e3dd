"""Power over time and frequency as a result: what spectrogram and scalogram share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.signal.spectra.band_power import limits_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MOST_CELLS = 16_000_000  # of a picture: 128 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeFrequency(Result, given=("times", "frequencies", "column_seconds")):
    """Power over time and frequency; see `Spectrogram` and `Scalogram`."""

    times: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    power: NDArray[np.float64]
    averaged: NDArray[np.int64]
    columns_averaged: int
    rows_averaged: int
    column_seconds: float
    unit: str = ""

    def decibels(self, reference: float = 1.0) -> NDArray[np.float64]:
        """Return the power in dB over ``reference``; -inf where it is 0, NaN where it is NaN."""
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self.power / reference))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a time (seconds) and one column a frequency (Hz)."""
        import pandas as pd

        return pd.DataFrame(
            self.power.T,
            index=pd.Index(self.times, name="time_s"),
            columns=pd.Index(self.frequencies, name="frequency_hz"),
        )

    def _size_facts(self) -> list[tuple[str, str]]:
        f = self.frequencies
        span = f"{f[0]:.4g} to {f[-1]:.4g} Hz" if len(f) else "none"
        there = np.isfinite(self.power).any(axis=0)
        return [
            ("columns", f"{len(self.times):,} of {self.column_seconds:g} s"),
            ("with signal", f"{int(there.sum()):,} columns"),
            ("rows", f"{len(f):,}, {span}"),
            ("averaged", f"{self.columns_averaged} in a column, {self.rows_averaged} in a row"),
        ]


def whole_number(value: Any, name: str) -> int:
    """Return a whole number of at least 1, or raise `InvalidInputError`."""
    number = checked_number(value, name, 1)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number from 1 up")
    return int(number)


def checked_band(band: Any, name: str, highest: float) -> tuple[float, float]:
    """Return a band ``(low, high)`` in Hz with ``0 <= low < high``, cut at ``highest``."""
    low, high = limits_of(band, name)
    if low >= highest:
        raise InvalidInputError(
            f"{name}={band!r} lies above fs / 2 = {highest:g} Hz, where there is no signal; give a "
            "lower band, or a signal that was sampled faster"
        )
    return low, min(high, highest)
