"""The spectrogram of hours to whole nights, averaged to the size of a picture as it is computed."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_integer, checked_number
from vital_widgets.analysis.signal.spectra.band_power import checked_band
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    WINDOW_S,
    Taper,
    Windows,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.power_spectrum import excluded_note, no_window
from vital_widgets.analysis.signal.spectra.time_frequency import (
    BinSums,
    TimeBins,
    TimeFrequency,
    averages,
    bins_of,
    checked_size,
    sums_of_windows,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrogram(TimeFrequency, given=("window_s", "step_s")):
    """Power spectral density over time.

    Attributes
    ----------
    times : ndarray of float64, shape (columns,)
        Time of the middle of each column in seconds, evenly spaced; gaps are columns of NaN.
    frequencies : ndarray of float64, shape (rows,)
        Hz; the mean of those that are averaged in a row.
    power : ndarray of float64, shape (rows, columns)
        One-sided density in units²/Hz, averaged over the windows of a column; NaN where there is
        no valid signal.
    n_averaged : ndarray of int64, shape (columns,)
        Number of valid windows in each column.
    n_per_column, n_per_row : int
        Number of windows in a column without missing samples, and of frequencies in a row; 1 if
        nothing is averaged.
    window_s, step_s, column_s : float
        Length of a window, time from one to the next, and width of a column, in seconds.
    units : str
        Units of the signal.
    """

    window_s: float
    step_s: float

    def _facts(self) -> list[tuple[str, str]]:
        return [*self._size_facts(), ("window", f"{self.window_s:g} s every {self.step_s:g} s")]


@analysis
def spectrogram(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "welch",
    window_s: float = WINDOW_S,
    step_s: float | None = None,
    taper: Taper | None = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    band: tuple[float, float] | None = None,
    max_columns: int = 2000,
    max_rows: int = 1000,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[BinSums, Spectrogram]:
    """Compute the power spectral density over time, averaged to the size of a picture.

    Parameters
    ----------
    x, fs, units, usable
        As for `power_spectrum`: an array with its sampling rate in Hz, or a channel.
    method : {'welch', 'multitaper'}
        'welch' takes one taper, 'multitaper' several orthogonal ones.
    window_s : float
        Length of a window in seconds. Frequencies are ``1 / window_s`` apart, by default 0.25 Hz.
    step_s : float, optional
        Time from one window to the next in seconds; half a window by default.
    taper : str, tuple or array, optional
        Taper of `scipy.signal.get_window`; 'hann' by default.
    detrend, nw, n_tapers
        As for `power_spectrum`.
    band : (float, float), optional
        Frequencies in Hz that are kept; all by default.
    max_columns, max_rows : int
        Largest size of the picture, by default somewhat more than a screen shows. If there are
        more windows or frequencies, successive ones are averaged.

    Returns
    -------
    Spectrogram
        The same however the recording is cut into pieces, to 1e-9 of the largest density.

    Raises
    ------
    InvalidInputError
        A window is shorter than 4 samples, the band contains no frequency, or the picture would
        have more than 16 million cells.

    Notes
    -----
    Windows are those of `power_spectrum`. Without gaps and averaging the result equals
    `scipy.signal.spectrogram` with the same taper and ``mode='psd'``. For sleep, [1]_ recommends
    multitaper windows of 30 s every 5 s with ``nw=15``.

    References
    ----------
    .. [1] Prerau MJ, Brown RE, Bianchi MT, Ellenbogen JM, Purdon PL. Sleep neurophysiological
       dynamics through the lens of multitaper spectral analysis. Physiology 2017;32(1):60-92.
       doi:10.1152/physiol.00062.2015

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import spectrogram
    >>> picture = spectrogram(vw.sample(60)["ECG"], band=(0, 40), max_columns=10)
    >>> picture.power.shape, picture.n_per_column
    ((161, 10), 3)
    """
    signal = signal_of(x, fs, usable)
    checked_choice(method, "method", ("welch", "multitaper"))
    windows = windows_of(
        signal.fs,
        window_s,
        method=method,
        taper=taper,
        detrend=detrend,
        nw=nw,
        n_tapers=n_tapers,
        runs=signal.runs(),
    )
    if step_s is not None:
        seconds = checked_number(step_s, "step_s", 0, open_low=True, unit="s")
        windows = replace(windows, step=round(seconds * signal.fs))
    if windows.step < 1:
        raise InvalidInputError(
            f"step_s={step_s!r} is less than a sample at {signal.fs:g} Hz; give "
            f"{1 / signal.fs:g} s or more"
        )
    columns = checked_integer(max_columns, "max_columns", 1)
    bins = bins_of(signal.timebase, windows.length, windows.step, columns)
    rows = _rows(windows, band, checked_integer(max_rows, "max_rows", 1))
    checked_size(bins.count, rows.count)
    shown = signal.units[0] if units is None else units
    return Plan(
        functools.partial(_sums, windows=windows, bins=bins, rows=rows),
        functools.partial(_picture, windows=windows, bins=bins, rows=rows, units=shown),
        after=windows.length - 1,
        source=signal,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The frequencies of a transform that are kept, and how many are averaged in a row."""

    first: int
    stop: int
    averaged: int

    @property
    def count(self) -> int:
        return -(-(self.stop - self.first) // self.averaged)

    def average(self, power: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the means of neighbouring frequencies (last axis)."""
        kept = power[..., self.first : self.stop]
        if self.averaged == 1:
            return kept
        edges = np.arange(0, self.stop - self.first, self.averaged)
        sizes = np.diff(np.append(edges, self.stop - self.first))
        return np.asarray(np.add.reduceat(kept, edges, axis=-1) / sizes)


def _rows(windows: Windows, band: tuple[float, float] | None, max_rows: int) -> _Rows:
    frequencies = windows.frequencies
    first, stop = 0, len(frequencies)
    if band is not None:
        low, high = checked_band(band, fs=windows.fs)
        inside = np.flatnonzero((frequencies >= low) & (frequencies <= high))
        if not len(frequencies):
            return _Rows(0, 0, 1)
        if not len(inside):
            raise InvalidInputError(
                f"band={band!r} contains no frequency: those of windows of {windows.seconds:g} s "
                f"are {1 / windows.seconds:g} Hz apart; give longer windows or a wider band"
            )
        first, stop = int(inside[0]), int(inside[-1]) + 1
    return _Rows(first, stop, max(-(-(stop - first) // max_rows), 1))


def _sums(piece: Piece, windows: Windows, bins: TimeBins, rows: _Rows) -> BinSums:
    """Add up the spectra of the windows that begin in a piece, bin by bin."""
    begins = windows.begins(piece)
    bin_of = bins.of(piece.run_start, begins)
    return sums_of_windows(piece, windows, begins, bin_of, rows.average)


def _picture(
    partials: Sequence[BinSums],
    extent: Extent,
    windows: Windows,
    bins: TimeBins,
    rows: _Rows,
    units: str,
) -> Spectrogram:
    power, counts = averages(partials, bins.count, rows.count)
    notes = [] if counts.any() else [no_window(windows)]
    notes += excluded_note(int(counts.sum()), sum(part.n_excluded for part in partials))
    return Spectrogram(
        times=bins.times, frequencies=rows.average(windows.frequencies), power=power.T,
        n_averaged=counts, n_per_column=bins.averaged, n_per_row=rows.averaged,
        window_s=windows.seconds, step_s=windows.step / windows.fs,
        column_s=bins.width / windows.fs, units=units, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip
