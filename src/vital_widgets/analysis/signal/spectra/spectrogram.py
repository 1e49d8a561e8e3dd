"""The spectrogram of hours to whole nights, reduced to the size of a picture as it is computed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    Windows,
    overlap_step,
    tapered_windows,
    window_samples,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.time_bins import BinSums, TimeBins, averages, bins_of
from vital_widgets.analysis.signal.spectra.time_frequency import (
    MOST_CELLS,
    TimeFrequency,
    checked_band,
    whole_number,
)
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

METHODS = ("welch", "multitaper")


@dataclass(frozen=True, eq=False)
class Rows:
    """The frequencies of a transform that are kept, and how many are averaged in a row."""

    first: int
    stop: int
    pooled: int

    @property
    def count(self) -> int:
        """Number of rows."""
        return -(-(self.stop - self.first) // self.pooled)

    def pool(self, power: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the means of neighbouring frequencies (last axis)."""
        kept = power[..., self.first : self.stop]
        if self.pooled == 1:
            return kept
        edges = np.arange(0, self.stop - self.first, self.pooled)
        sizes = np.diff(np.append(edges, self.stop - self.first))
        return np.asarray(np.add.reduceat(kept, edges, axis=-1) / sizes)


def column_sums(piece: Piece, windows: Windows, bins: TimeBins, rows: Rows) -> BinSums:
    """Add up the spectra of the windows that begin in a piece, bin by bin."""
    numbers = windows.numbers(piece)
    if not len(numbers):
        return BinSums(0, np.empty((0, rows.count)), np.empty(0, np.int64), 0)
    bin_of = bins.of(piece.run_start, numbers * windows.step)
    first = int(bin_of[0])
    n_bins = int(bin_of[-1]) - first + 1
    sums = np.zeros((n_bins, rows.count))
    counts = np.zeros(n_bins, np.int64)
    for part, used, samples in windows.batches(piece.values, windows.offsets(piece, numbers)):
        if not len(samples):
            continue
        target = bin_of[part][used] - first
        power = rows.pool(windows.powers(samples))
        starts = np.flatnonzero(np.diff(target, prepend=-1))
        if len(starts) < len(target):
            power = np.add.reduceat(power, starts, axis=0)
        sums[target[starts]] += power
        counts[target[starts]] += np.diff(np.append(starts, len(target)))
    return BinSums(first, sums, counts, len(numbers) - int(counts.sum()))


def join_columns(
    partials: Sequence[BinSums],
    extent: Extent,
    *,
    windows: Windows,
    bins: TimeBins,
    rows: Rows,
    unit: str,
) -> Spectrogram:
    """Return the spectrogram from the sums of all pieces."""
    power, counts = averages(partials, bins.count, rows.count)
    left_out = sum(part.left_out for part in partials)
    notes = []
    seconds = windows.length / windows.fs
    if not counts.any():
        notes.append(not_enough(f"no window of {seconds:g} s without a gap or a missing sample"))
    if left_out:
        total = left_out + int(counts.sum())
        notes.append(f"{left_out:,} of {total:,} windows touch missing samples: left out")
    return Spectrogram(
        times=bins.times, frequencies=rows.pool(windows.frequencies), power=power.T,
        averaged=counts, columns_averaged=bins.averaged, rows_averaged=rows.pooled,
        window_seconds=seconds, step_seconds=windows.step / windows.fs,
        column_seconds=bins.width / windows.fs, unit=unit, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrogram(TimeFrequency, given=("window_seconds", "step_seconds")):
    """Power spectral density over time.

    Attributes
    ----------
    times : ndarray of float64, shape (columns,)
        Time of the middle of each column in seconds, evenly spaced; gaps are columns of NaN.
    frequencies : ndarray of float64, shape (rows,)
        Hz; where rows are pooled, their mean.
    power : ndarray of float64, shape (rows, columns)
        One-sided density in units²/Hz, averaged over the windows of a column; NaN where there is
        no valid signal.
    averaged : ndarray of int64, shape (columns,)
        How many windows each column rests on.
    columns_averaged, rows_averaged : int
        How many windows go into a column where none is missing, and how many frequencies into a
        row; 1 if nothing was reduced.
    window_seconds, step_seconds : float
        Length of a window, and from one to the next.
    column_seconds : float
        Width of a column.
    unit : str
        Unit of the signal, for showing.
    """

    window_seconds: float
    step_seconds: float

    def facts(self) -> list[tuple[str, str]]:
        """Return size, window and what was averaged."""
        return [
            *self._size_facts(),
            ("window", f"{self.window_seconds:g} s every {self.step_seconds:g} s"),
        ]


def plan_spectrogram(
    fs: float,
    *,
    timebase: TimeBase,
    method: str = "welch",
    window_seconds: float = 4.0,
    step_seconds: float | None = None,
    window: Any = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    band: tuple[float, float] | None = None,
    max_columns: int = 2000,
    max_rows: int = 1000,
    unit: str = "",
) -> Plan[BinSums, Spectrogram]:
    """Return how a spectrogram runs over a recording with these times."""
    fs = checked_fs(fs)
    checked_choice(method, "method", METHODS)
    length = window_samples(fs, window_seconds)
    step = overlap_step(length, 0.5)
    if step_seconds is not None:
        step = round(checked_number(step_seconds, "step_seconds", 0, open_low=True) * fs)
    if step < 1:
        raise InvalidInputError(
            f"step_seconds={step_seconds!r} is less than a sample at {fs:g} Hz; give "
            f"{1 / fs:g} s or more"
        )
    if method == "multitaper":
        if window is not None:
            raise InvalidInputError(
                f"window={window!r} is not used by method='multitaper'; set nw and n_tapers"
            )
        windows = tapered_windows(fs, length, step, nw=nw, n_tapers=n_tapers, detrend=detrend)
    else:
        chosen = "hann" if window is None else window
        windows = windows_of(fs, length, step, window=chosen, detrend=detrend)
    bins = bins_of(timebase, length, step, whole_number(max_columns, "max_columns"))
    rows = _rows(windows, band, whole_number(max_rows, "max_rows"))
    if bins.count * rows.count > MOST_CELLS:
        raise InvalidInputError(
            f"the picture would have {bins.count:,} x {rows.count:,} cells; at most "
            f"{MOST_CELLS:,} can be: give a smaller max_columns or max_rows, or a band"
        )
    return Plan(
        functools.partial(column_sums, windows=windows, bins=bins, rows=rows),
        functools.partial(join_columns, windows=windows, bins=bins, rows=rows, unit=unit),
        after=length - 1,
    )


@chunked(plan_spectrogram)
@with_recipe("values")
def spectrogram(
    values: Any,
    fs: float,
    *,
    method: str = "welch",
    window_seconds: float = 4.0,
    step_seconds: float | None = None,
    window: Any = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    band: tuple[float, float] | None = None,
    max_columns: int = 2000,
    max_rows: int = 1000,
    unit: str = "",
    usable: Any = None,
) -> Spectrogram:
    """Return the power spectral density over time, reduced to a picture while it is computed.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    method : str
        'welch' (one taper) or 'multitaper' (several, of Thomson).
    window_seconds : float
        Length of a window in seconds. Frequencies are ``1 / window_seconds`` apart.
    step_seconds : float, optional
        From one window to the next; half a window by default.
    window : str, tuple or array, optional
        As `scipy.signal.get_window` takes it; 'hann' by default.
    detrend : str
        What is taken off each window: 'constant', 'linear' or 'none'.
    nw, n_tapers
        As for `power_spectrum` with method 'multitaper'.
    band : (float, float), optional
        Lowest and highest frequency kept, in Hz; all by default.
    max_columns : int
        Largest number of columns. Where there are more windows, the densities of as many
        successive ones as needed are averaged.
    max_rows : int
        Largest number of rows; where there are more frequencies, neighbours are averaged.
    unit : str
        Unit of the signal, for showing.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Spectrogram
        Over a recording the same as on the whole array, to 1e-9 of the largest density, whatever
        the length of the pieces.

    Notes
    -----
    Windows lie on a grid fixed to the start of each run of samples; those that touch a missing
    sample are left out. Not reduced and without gaps it is `scipy.signal.spectrogram` with the
    same window, ``scaling='density'`` and ``mode='psd'``. For sleep, Prerau et al. (2017) use the
    multitaper method with windows of 30 s every 5 s and ``nw=15``.

    References
    ----------
    Prerau MJ, Brown RE, Bianchi MT, Ellenbogen JM, Purdon PL. Physiology 2017;32:60-92.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_spectrogram(
        rate, timebase=regular(rate, len(signal)), method=method, window_seconds=window_seconds,
        step_seconds=step_seconds, window=window, detrend=detrend, nw=nw, n_tapers=n_tapers,
        band=band, max_columns=max_columns, max_rows=max_rows, unit=unit,
    )  # fmt: skip
    return run_on_array(plan, signal, rate)


def _rows(windows: Windows, band: Any, most: int) -> Rows:
    frequencies = windows.frequencies
    first, stop = 0, len(frequencies)
    if band is not None:
        low, high = checked_band(band, "band", windows.fs / 2)
        inside = np.flatnonzero((frequencies >= low) & (frequencies <= high))
        if not len(inside):
            raise InvalidInputError(
                f"band={band!r} holds no frequency of windows of "
                f"{windows.length / windows.fs:g} s, which are {windows.fs / windows.length:g} Hz "
                "apart; give longer windows or a wider band"
            )
        first, stop = int(inside[0]), int(inside[-1]) + 1
    return Rows(first, stop, max(-(-(stop - first) // most), 1))
