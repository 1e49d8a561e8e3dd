"""Power over time and frequency as a result, shared by spectrogram and scalogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

MAX_CELLS = 16_000_000  # of a picture: 128 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class TimeFrequency(Result, given=("times", "frequencies", "column_s")):
    """Power over time and frequency; see `Spectrogram` and `Scalogram`."""

    times: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    power: NDArray[np.float64]
    n_averaged: NDArray[np.int64]
    n_per_column: int
    n_per_row: int
    column_s: float
    units: str = ""

    def decibels(self, reference: float = 1.0) -> NDArray[np.float64]:
        """Return the power in dB relative to ``reference``; -inf where it is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self.power / reference))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each time (seconds) and one column for each frequency (Hz)."""
        import pandas as pd

        times = pd.Index(self.times, name="time_s")
        columns = pd.Index(self.frequencies, name="frequency_hz")
        return pd.DataFrame(self.power.T, index=times, columns=columns)

    def _size_facts(self) -> list[tuple[str, str]]:
        f = self.frequencies
        span = f"{f[0]:.4g} to {f[-1]:.4g} Hz" if len(f) else "none"
        valid = np.isfinite(self.power).any(axis=0)
        return [
            ("columns", f"{len(self.times):,} of {self.column_s:g} s, {int(valid.sum()):,} valid"),
            ("rows", f"{len(f):,}, {span}"),
            ("averaged", f"{self.n_per_column} in a column, {self.n_per_row} in a row"),
        ]


def checked_size(columns: int, rows: int) -> None:
    """Refuse a picture that does not fit into memory."""
    if columns * rows > MAX_CELLS:
        raise InvalidInputError(
            f"the picture would have {columns:,} x {rows:,} cells; at most {MAX_CELLS:,} are "
            "possible: give a smaller max_columns, or fewer frequencies"
        )


def whole_number(value: Any, name: str) -> int:
    """Return a whole number of at least 1, or raise `InvalidInputError`."""
    number = checked_number(value, name, 1)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number from 1 up")
    return int(number)
