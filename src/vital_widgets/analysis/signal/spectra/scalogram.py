"""The scalogram (continuous wavelet transform) of hours, averaged as it is computed."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, checked_signal, not_enough
from vital_widgets.analysis.signal.spectra.band_power import checked_band
from vital_widgets.analysis.signal.spectra.morlet import Wavelets, middle, strides_of, wavelets_of
from vital_widgets.analysis.signal.spectra.time_frequency import (
    BinSums,
    TimeBins,
    TimeFrequency,
    averages,
    checked_size,
    whole_number,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_FREQUENCY = 0.5  # Hz
BELOW_NYQUIST = 3.0  # standard deviations of the highest wavelet's spectrum to fs / 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Scalogram(TimeFrequency, given=("spread_hz", "spread_s", "cycles")):
    """Power of Morlet wavelet coefficients over time.

    Attributes
    ----------
    times, column_s, units
        As for `Spectrogram`.
    frequencies : ndarray of float64, shape (rows,)
        Centre frequencies of the wavelets in Hz.
    power : ndarray of float64, shape (rows, columns)
        units²: of a sinusoid at the row's frequency its mean square. NaN where every wavelet
        reaches a missing sample or an end of the signal.
    n_averaged : ndarray of int64, shape (rows, columns)
        Number of times at which the power was evaluated in each cell.
    n_per_column, n_per_row : int
        Samples in a column, 1 if nothing is averaged; and 1.
    cycles : float
        Centre frequency divided by the standard deviation of the wavelet's spectrum.
    """

    cycles: float

    @property
    def spread_s(self) -> NDArray[np.float64]:
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


@analysis
def scalogram(
    x: SignalLike,
    fs: float | None = None,
    *,
    band: tuple[float, float] | None = None,
    n_frequencies: int = 80,
    frequencies: ArrayLike | None = None,
    cycles: float = 6.0,
    max_columns: int = 2000,
    units: str | None = None,
    usable: UsableLike = None,
) -> Plan[BinSums, Scalogram]:
    """Compute the power of Morlet wavelets over time, averaged to the size of a picture.

    Parameters
    ----------
    x, fs, units, usable
        As for `power_spectrum`: an array with its sampling rate in Hz, or a channel.
    band : (float, float), optional
        Lowest and highest centre frequency in Hz; by default 0.5 Hz, and the highest whose spectrum
        ends below fs / 2 (a third of fs with 6 cycles).
    n_frequencies : int
        Number of centre frequencies, spaced evenly in their logarithm.
    frequencies : array-like of float, shape (rows,), optional
        Rising centre frequencies in Hz, instead of ``band`` and ``n_frequencies``.
    cycles : float
        Centre frequency divided by the standard deviation of the wavelet's spectrum, ``omega_0``
        of [1]_, who use 6. More cycles are finer in frequency and coarser in time.
    max_columns : int
        Largest number of columns, by default somewhat more than a screen shows. If there are more
        samples, power is averaged.

    Returns
    -------
    Scalogram
        The same however the recording is cut into pieces, to 1e-9 of the largest power.

    Raises
    ------
    InvalidInputError
        A frequency is not between 0 Hz and fs / 2, a wavelet is longer than 262,144 samples, or
        the picture would have more than 16 million cells.

    Notes
    -----
    The complete Morlet wavelet: its spectrum is a Gaussian of height 1 about the centre frequency,
    minus a term that makes it zero at 0 Hz (1.5e-8 with 6 cycles). Where a column holds many
    samples, its power is evaluated at as many times as the bandwidth of the row requires, at least
    8, and averaged. A row is NaN within three standard deviations of its wavelet from a missing
    sample, a gap or an end; the usual cone of influence is sqrt(2) standard deviations.

    References
    ----------
    .. [1] Torrence C, Compo GP. A practical guide to wavelet analysis. Bulletin of the American
       Meteorological Society 1998;79(1):61-78.
       doi:10.1175/1520-0477(1998)079<0061:APGTWA>2.0.CO;2

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import scalogram
    >>> rhythm = 20 * np.sin(2 * np.pi * 10 * np.arange(3000) / 100)
    >>> picture = scalogram(rhythm, fs=100, frequencies=[5, 10], max_columns=3)
    >>> picture.power[:, 1].round().tolist()  # 20² / 2 at 10 Hz
    [0.0, 200.0]
    """
    signal = signal_of(x, fs, usable)
    rate, base = signal.fs, signal.timebase
    cycles = checked_number(cycles, "cycles", 3, 100)
    chosen = _frequencies(rate, band, n_frequencies, frequencies, cycles)
    span = round((base.end - base.start) * rate) if base.n_samples else 0
    width = max(-(-span // whole_number(max_columns, "max_columns")), 1)
    strides = strides_of(rate, chosen, cycles, width)
    width = -(-width // max(strides)) * max(strides)
    bins = TimeBins(base, 0.0, 1, width, -(-span // width))
    checked_size(bins.count, len(chosen))
    wavelets = wavelets_of(rate, chosen, cycles, strides)
    shown = signal.units[0] if units is None else units
    return Plan(
        functools.partial(_sums, wavelets=wavelets, bins=bins),
        functools.partial(_picture, wavelets=wavelets, bins=bins, units=shown),
        before=wavelets.context,
        after=wavelets.context,
        grid=wavelets.block,
        source=signal,
    )


def _frequencies(
    fs: float, band: Any, n_frequencies: int, frequencies: Any, cycles: float
) -> NDArray[np.float64]:
    if frequencies is not None:
        chosen = checked_signal(frequencies, "frequencies")
        rising = len(chosen) > 0 and np.all(np.isfinite(chosen)) and np.all(np.diff(chosen) > 0)
        if not (rising and chosen[0] > 0 and chosen[-1] < fs / 2):
            raise InvalidInputError(
                f"frequencies={np.array2string(chosen, threshold=6)} must rise from above 0 to "
                f"below fs / 2 = {fs / 2:g} Hz"
            )
        return chosen
    highest = fs / 2 / (1 + BELOW_NYQUIST / cycles)
    low, high = MIN_FREQUENCY if highest > MIN_FREQUENCY else highest / 100, highest
    if band is not None:
        low, high = checked_band(band, fs=fs)
        high = min(high, fs / 2 * (1 - 1e-6))
        if low == 0:
            raise InvalidInputError(
                f"band={band!r} begins at 0 Hz, but a wavelet needs a frequency above 0"
            )
    return np.geomspace(low, high, whole_number(n_frequencies, "n_frequencies"))


def _sums(piece: Piece, wavelets: Wavelets, bins: TimeBins) -> BinSums:
    """Add up the power of each row over the blocks of a piece, bin by bin."""
    n = piece.core_values.shape[-1]
    core = piece.core_first - piece.run_start
    ends = bins.of(piece.run_start, np.array([core, core + max(n - 1, 0)]))
    first = int(ends[0])
    shape = (int(ends[1]) - first + 1 if n else 0, len(wavelets.frequencies))
    sums, counts = np.zeros(shape), np.zeros(shape, np.int64)
    for offset, held, values in wavelets.blocks(piece):
        bin_of = bins.of(piece.run_start, offset + np.arange(held))
        low = int(bin_of[0])
        bin_of -= low
        size = int(bin_of[-1]) + 1
        where = slice(low - first, low - first + size)
        for row, power, clear in wavelets.powers(values, held):
            target = bin_of[middle(wavelets.strides[row]) :: wavelets.strides[row]]
            if not clear.all():
                target, power = target[clear], power[clear]  # noqa: PLW2901
            sums[where, row] += np.bincount(target, power, size)
            counts[where, row] += np.bincount(target, minlength=size)
    return BinSums(first, sums, counts)


def _picture(
    partials: Sequence[BinSums], extent: Extent, wavelets: Wavelets, bins: TimeBins, units: str
) -> Scalogram:
    power, counts = averages(partials, bins.count, len(wavelets.frequencies))
    notes = []
    if not counts.any():
        longest = 2 * wavelets.reach(int(np.argmax(wavelets.frequencies))) / wavelets.fs
        why = (
            "no stretch without missing samples is longer than a wavelet; that of the highest "
            f"frequency needs {longest:.3g} s"
        )
        notes.append(not_enough(why))
    return Scalogram(
        times=bins.times, frequencies=wavelets.frequencies, power=power.T,
        n_averaged=np.broadcast_to(counts.T, power.T.shape), n_per_column=bins.averaged,
        n_per_row=1, cycles=wavelets.cycles, column_s=bins.width / wavelets.fs, units=units,
        valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip
