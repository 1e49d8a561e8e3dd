"""The scalogram (continuous wavelet transform) of hours, reduced as it is computed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.morlet import (
    Wavelets,
    middle,
    strides_of,
    wavelets_of,
)
from vital_widgets.analysis.signal.spectra.time_bins import BinSums, TimeBins, averages
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

LOWEST = 0.5  # Hz
CLEAR_OF_NYQUIST = 3.0  # standard deviations of the highest wavelet's spectrum below fs / 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Scalogram(TimeFrequency, given=("spread_hz", "spread_seconds", "cycles")):
    """Power of Morlet wavelet coefficients over time.

    Attributes
    ----------
    times : ndarray of float64, shape (columns,)
        Time of the middle of each column in seconds, evenly spaced; gaps are columns of NaN.
    frequencies : ndarray of float64, shape (rows,)
        Centre frequencies of the wavelets in Hz.
    power : ndarray of float64, shape (rows, columns)
        units²: of a sinusoid at the row's frequency its mean square. NaN where no wavelet is clear
        of missing samples and of the ends of the signal.
    averaged : ndarray of int64, shape (rows, columns)
        At how many times the power was evaluated in each cell.
    columns_averaged : int
        Samples in a column; 1 if nothing was reduced.
    cycles : float
        Centre frequency over the standard deviation of the wavelet's spectrum.
    column_seconds : float
        Width of a column.
    unit : str
        Unit of the signal, for showing.
    """

    cycles: float

    @property
    def spread_seconds(self) -> NDArray[np.float64]:
        """Standard deviation in time of the wavelet of each row, in seconds."""
        return self.cycles / (2 * math.pi * self.frequencies)

    @property
    def spread_hz(self) -> NDArray[np.float64]:
        """Standard deviation in frequency of the wavelet of each row, in Hz."""
        return self.frequencies / self.cycles

    def density(self) -> NDArray[np.float64]:
        """Return the power as a one-sided density in units²/Hz, which is flat for white noise."""
        return np.asarray(self.power / (self.spread_hz * math.sqrt(math.pi))[:, None])

    def facts(self) -> list[tuple[str, str]]:
        """Return size, wavelet and what was averaged."""
        return [*self._size_facts(), ("wavelet", f"Morlet, {self.cycles:g} cycles")]


def wavelet_sums(piece: Piece, wavelets: Wavelets, bins: TimeBins) -> BinSums:
    """Add up the power of each row over the blocks of a piece, bin by bin."""
    n = piece.core_values.shape[-1]
    core = piece.core_first - piece.run_start
    ends = bins.of(piece.run_start, np.array([core, core + max(n - 1, 0)]))
    first = int(ends[0])
    n_bins = int(ends[1]) - first + 1 if n else 0
    rows = len(wavelets.frequencies)
    sums = np.zeros((n_bins, rows))
    counts = np.zeros((n_bins, rows), np.int64)
    for offset, there, values in wavelets.blocks(piece):
        bin_of = bins.of(piece.run_start, offset + np.arange(there))
        low = int(bin_of[0])
        bin_of -= low
        size = int(bin_of[-1]) + 1
        where = slice(low - first, low - first + size)
        for row, power, clear in wavelets.powers(values, there):
            target = bin_of[middle(wavelets.strides[row]) :: wavelets.strides[row]]
            if not clear.all():
                target, power = target[clear], power[clear]  # noqa: PLW2901
            sums[where, row] += np.bincount(target, power, size)
            counts[where, row] += np.bincount(target, minlength=size)
    return BinSums(first, sums, counts, 0)


def join_wavelets(
    partials: Sequence[BinSums], extent: Extent, *, wavelets: Wavelets, bins: TimeBins, unit: str
) -> Scalogram:
    """Return the scalogram from the sums of all pieces."""
    power, counts = averages(partials, bins.count, len(wavelets.frequencies))
    notes = []
    if not counts.any():
        longest = 2 * wavelets.reach(int(np.argmax(wavelets.frequencies))) / wavelets.fs
        notes.append(
            not_enough(
                "no stretch is long enough for a wavelet that is clear of missing samples and of "
                f"the ends; the highest frequency needs {longest:.3g} s"
            )
        )
    return Scalogram(
        times=bins.times, frequencies=wavelets.frequencies, power=power.T,
        averaged=np.broadcast_to(counts.T, power.T.shape), columns_averaged=bins.averaged,
        rows_averaged=1, cycles=wavelets.cycles, column_seconds=bins.width / wavelets.fs,
        unit=unit, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


def plan_scalogram(
    fs: float,
    *,
    timebase: TimeBase,
    band: tuple[float, float] | None = None,
    n_frequencies: int = 80,
    frequencies: Any = None,
    cycles: float = 6.0,
    max_columns: int = 2000,
    unit: str = "",
) -> Plan[BinSums, Scalogram]:
    """Return how a scalogram runs over a recording with these times."""
    fs = checked_fs(fs)
    cycles = checked_number(cycles, "cycles", 3, 100)
    chosen = _frequencies(fs, band, n_frequencies, frequencies, cycles)
    span = round((timebase.end - timebase.start) * fs) if timebase.n_samples else 0
    width = max(-(-span // whole_number(max_columns, "max_columns")), 1)
    strides = strides_of(fs, chosen, cycles, width)
    width = -(-width // max(strides)) * max(strides)
    bins = TimeBins(timebase, 0.0, 1, width, -(-span // width))
    if bins.count * len(chosen) > MOST_CELLS:
        raise InvalidInputError(
            f"the picture would have {bins.count:,} x {len(chosen):,} cells; at most "
            f"{MOST_CELLS:,} can be: give a smaller max_columns, or fewer frequencies"
        )
    wavelets = wavelets_of(fs, chosen, cycles, strides)
    return Plan(
        functools.partial(wavelet_sums, wavelets=wavelets, bins=bins),
        functools.partial(join_wavelets, wavelets=wavelets, bins=bins, unit=unit),
        before=wavelets.context,
        after=wavelets.context,
        grid=wavelets.block,
    )


@chunked(plan_scalogram)
@with_recipe("values")
def scalogram(
    values: Any,
    fs: float,
    *,
    band: tuple[float, float] | None = None,
    n_frequencies: int = 80,
    frequencies: Any = None,
    cycles: float = 6.0,
    max_columns: int = 2000,
    unit: str = "",
    usable: Any = None,
) -> Scalogram:
    """Return the power of Morlet wavelets over time, reduced to a picture while it is computed.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    band : (float, float), optional
        Lowest and highest centre frequency in Hz; by default 0.5 Hz, and as high as a wavelet
        stays clear of fs / 2 (a third of fs with 6 cycles).
    n_frequencies : int
        Number of centre frequencies, spaced evenly in their logarithm.
    frequencies : array-like of float, shape (rows,), optional
        Centre frequencies in Hz, rising, instead of ``band`` and ``n_frequencies``.
    cycles : float
        Centre frequency over the standard deviation of the wavelet's spectrum, Torrence and
        Compo's ``omega_0``: more cycles are finer in frequency and coarser in time.
    max_columns : int
        Largest number of columns. Where there are more samples, power is averaged.
    unit : str
        Unit of the signal, for showing.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Returns
    -------
    Scalogram
        Over a recording the same as on the whole array, to 1e-9 of the largest power, whatever
        the length of the pieces.

    Notes
    -----
    The complete Morlet wavelet: its spectrum is a Gaussian of height 1 about the centre frequency,
    less what makes it zero at 0 Hz (1.5e-8 of it with 6 cycles). Where a column holds many samples
    its power is evaluated at as many times as the bandwidth of the row asks for, 8 at least, and
    averaged. Within three standard deviations of a wavelet from a missing sample, a gap or an end
    no power is given: that row is NaN there. For comparison, the usual cone of influence is
    sqrt(2) standard deviations.

    References
    ----------
    Torrence C, Compo GP. Bull Am Meteorol Soc 1998;79:61-78.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_scalogram(
        rate, timebase=regular(rate, len(signal)), band=band, n_frequencies=n_frequencies,
        frequencies=frequencies, cycles=cycles, max_columns=max_columns, unit=unit,
    )  # fmt: skip
    return run_on_array(plan, signal, rate)


def _frequencies(
    fs: float, band: Any, n_frequencies: int, frequencies: Any, cycles: float
) -> NDArray[np.float64]:
    if frequencies is not None:
        chosen = checked_signal(frequencies, "frequencies")
        rising = len(chosen) > 0 and np.all(np.isfinite(chosen)) and np.all(np.diff(chosen) > 0)
        if not (rising and chosen[0] > 0 and chosen[-1] < fs / 2):
            raise InvalidInputError(
                f"frequencies must rise from above 0 to below fs / 2 = {fs / 2:g} Hz; they are "
                f"{np.array2string(chosen, threshold=6)}"
            )
        return chosen
    highest = fs / 2 / (1 + CLEAR_OF_NYQUIST / cycles)
    low, high = LOWEST if highest > LOWEST else highest / 100, highest
    if band is not None:
        low, high = checked_band(band, "band", fs / 2)
        high = min(high, fs / 2 * (1 - 1e-6))
        if low == 0:
            raise InvalidInputError(
                f"band={band!r}: a wavelet has no frequency of 0 Hz; give a lowest one above"
            )
    return np.geomspace(low, high, whole_number(n_frequencies, "n_frequencies"))
