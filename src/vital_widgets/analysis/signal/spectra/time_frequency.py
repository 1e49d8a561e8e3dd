"""Power over time: averages in time bins, and the result of spectrogram and scalogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.signal.spectra.fourier_windows import Windows
    from vital_widgets.core.timebase import TimeBase

ROUNDING = 1e-3  # of a sample: times computed from seconds
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

        times = pd.Index(self.times, name="time")
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


@dataclass(frozen=True, eq=False)
class TimeBins:
    """Bins of equal width in time from the first column of a recording on, gaps included.

    The first of the columns lies ``first`` samples after the start of the recording, the others
    ``step`` samples after each other; ``averaged`` of them make one of ``count`` bins.
    """

    timebase: TimeBase
    first: float
    step: int
    averaged: int
    count: int

    @property
    def width(self) -> int:
        """Width of a bin in samples."""
        return self.step * self.averaged

    @property
    def times(self) -> NDArray[np.float64]:
        """Time of the middle of each bin in seconds, shape (count,)."""
        middle = self.first + (self.averaged - 1) * (self.step / 2)
        samples = middle + np.arange(self.count) * self.width
        return np.asarray(self.timebase.start + samples / self.timebase.fs, np.float64)

    def of(self, run_start: int, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the bins of columns ``offsets`` samples after the first column of a run."""
        base = self.timebase
        run_offset = (base.time_of(run_start) - base.start) * base.fs
        return np.floor((run_offset + offsets + ROUNDING) / self.width).astype(np.int64)


def bins_of(timebase: TimeBase, length: int, step: int, max_columns: int) -> TimeBins:
    """Return at most so many bins of a recording whose columns last ``length`` samples."""
    base = timebase
    span = round((base.end - base.start) * base.fs) if base.n_samples else 0
    columns = (span - length) // step + 1 if span >= length else 0
    averaged = max(-(-columns // max_columns), 1)
    return TimeBins(base, length / 2, step, averaged, -(-columns // averaged))


@dataclass(frozen=True, eq=False)
class BinSums:
    """Sums over columns in the successive bins of one piece."""

    first: int  # number of the first bin
    sums: NDArray[np.float64]  # of the valid columns, shape (bins, rows)
    counts: NDArray[np.int64]  # valid columns, shape (bins,) or (bins, rows)
    n_excluded: int = 0  # columns that contain missing samples


def sums_of_windows(
    piece: Piece,
    windows: Windows,
    begins: NDArray[np.int64],
    bin_of: NDArray[np.int64],
    reduce: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> BinSums:
    """Add up densities by the rising bins of windows that begin so many samples after the run.

    ``reduce`` makes shape (windows, rows) of densities of shape (windows, frequencies).
    """
    rows = reduce(np.zeros((0, windows.n_frequencies))).shape[1]
    first = int(bin_of[0]) if len(bin_of) else 0
    n_bins = int(bin_of[-1]) - first + 1 if len(bin_of) else 0
    sums, counts = np.zeros((n_bins, rows)), np.zeros(n_bins, np.int64)
    for part, used, samples in windows.batches(piece, begins):
        if not len(samples):
            continue
        target = bin_of[part][used] - first
        power = reduce(windows.powers(samples))
        starts = np.flatnonzero(np.diff(target, prepend=-1))
        if len(starts) < len(target):
            power = np.add.reduceat(power, starts, axis=0)
        sums[target[starts]] += power
        counts[target[starts]] += np.diff(np.append(starts, len(target)))
    return BinSums(first, sums, counts, len(bin_of) - int(counts.sum()))


def averages(
    partials: Sequence[BinSums], count: int, rows: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return means, shape (count, rows), NaN in empty bins, and the number of columns in each."""
    sums = np.zeros((count, rows))
    by_row = any(part.counts.ndim > 1 for part in partials)
    counts = np.zeros((count, rows) if by_row else (count,), np.int64)
    for part in partials:
        # A run that begins within half a sample of the end may reach one bin further.
        kept = slice(0, max(min(len(part.sums), count - part.first), 0))
        where = slice(part.first, part.first + kept.stop)
        sums[where] += part.sums[kept]
        counts[where] += part.counts[kept]
    divisor = counts if by_row else counts[:, None]
    sums /= np.maximum(divisor, 1)
    np.copyto(sums, np.nan, where=divisor == 0)
    return sums, counts
