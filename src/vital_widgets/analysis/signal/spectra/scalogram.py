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
from vital_widgets.analysis.engine.validity import (
    checked_integer,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.band_power import checked_band
from vital_widgets.analysis.signal.spectra.time_frequency import (
    BinSums,
    TimeBins,
    TimeFrequency,
    averages,
    checked_size,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_FREQUENCY = 0.5  # Hz
BELOW_NYQUIST = 3.0  # standard deviations of the highest wavelet's spectrum to fs / 2
TAILS = 7.0  # standard deviations after which a wavelet is zero (2e-11), in time and frequency
MAX_VALUE = 1e140  # of a sample; above, powers exceed the range of a float
REACH = 3.0  # standard deviations in time without a missing sample (0.3 % are beyond)
MIN_BLOCK, MAX_CONTEXT = 1 << 15, 1 << 18  # samples
MAX_STRIDE = 1 << 12
MIN_POINTS = 8  # at which the power of a column is evaluated, if it has as many samples


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

    def _facts(self) -> list[tuple[str, str]]:
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
    minus a term that makes it zero at 0 Hz (1.5e-8 with 6 cycles). The power of a column is the
    mean at as many times as the bandwidth of the row requires, at least 8. A row is NaN within
    three standard deviations of its wavelet from a missing sample, a gap or an end; the usual cone
    of influence is sqrt(2) standard deviations.

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
    width = max(-(-span // checked_integer(max_columns, "max_columns", 1)), 1)
    strides = _strides(rate, chosen, cycles, width)
    width = -(-width // max(strides)) * max(strides)
    bins = TimeBins(base, 0.0, 1, width, -(-span // width))
    checked_size(bins.count, len(chosen))
    wavelets = _wavelets(rate, chosen, cycles, strides)
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
    fs: float,
    band: tuple[float, float] | None,
    n_frequencies: int,
    frequencies: ArrayLike | None,
    cycles: float,
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
    return np.geomspace(low, high, checked_integer(n_frequencies, "n_frequencies", 1))


def _sums(piece: Piece, wavelets: _Wavelets, bins: TimeBins) -> BinSums:
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
            target = bin_of[_middle(wavelets.strides[row]) :: wavelets.strides[row]]
            if not clear.all():
                target, power = target[clear], power[clear]  # noqa: PLW2901
            sums[where, row] += np.bincount(target, power, size)
            counts[where, row] += np.bincount(target, minlength=size)
    return BinSums(first, sums, counts)


def _picture(
    partials: Sequence[BinSums], extent: Extent, wavelets: _Wavelets, bins: TimeBins, units: str
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


@dataclass(frozen=True, eq=False)
class _Wavelets:
    """Complete Morlet wavelets and the blocks of samples they are applied to."""

    fs: float
    frequencies: NDArray[np.float64]  # Hz, shape (rows,)
    cycles: float  # centre frequency over the standard deviation of the wavelet's spectrum
    context: int  # samples on both sides of a block that its wavelets reach
    size: int  # samples that are transformed at once: a block with context, a power of two
    strides: tuple[int, ...]  # for each row, samples between evaluations of its power

    @property
    def block(self) -> int:
        """Samples of a block; blocks lie on a grid from the start of a run."""
        return self.size - 2 * self.context

    def reach(self, row: int) -> float:
        """Return how many samples from a missing one a row begins to have power."""
        sigma = self.cycles / (2 * math.pi * float(self.frequencies[row]))
        return REACH * sigma * self.fs

    def blocks(self, piece: Piece) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        """Give the blocks of a core: samples from the run's start, number of samples, values.

        The values have their context, shape (size,), and NaN where the run has no samples.
        """
        core = piece.core_first - piece.run_start
        stop = core + piece.core_values.shape[-1]
        held = piece.first - piece.run_start
        for offset in range(core, stop, self.block):
            values = np.full(self.size, np.nan)
            begin = offset - self.context
            found = piece.values[max(begin - held, 0) : max(begin + self.size - held, 0)]
            at = max(held - begin, 0)
            values[at : at + len(found)] = found
            yield offset, min(self.block, stop - offset), values

    def powers(
        self, values: NDArray[np.float64], n: int
    ) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.bool_]]]:
        """Give for each row the power at every ``strides[row]``-th sample of a block.

        Power is twice the squared size of the coefficient: of a sinusoid its mean square. With it
        comes whether no missing sample is within reach; those are bridged by lines.
        """
        from scipy.fft import ifft, rfft

        bad = ~(np.abs(values) < MAX_VALUE)  # NaN too
        if bad[self.context : self.context + n].all():
            return
        good = np.flatnonzero(~bad)
        level = float(values[good].mean())
        values = values - level
        missing = np.flatnonzero(bad)
        values[missing] = np.interp(missing, good, values[good])
        distance = _distance(bad)[self.context : self.context + n]
        half = np.asarray(rfft(values))
        full = np.concatenate([half, np.conj(half[-2:0:-1])])
        for row, stride in enumerate(self.strides):
            points = self.size // stride
            first, gains = self._gains(row, (stride - 1) / 2)
            band = full.take(np.arange(first, first + len(gains)), mode="wrap") * gains
            # Taking every stride-th sample folds the spectrum onto 1 / stride of its length; the
            # band is narrower than that, so that nothing falls on anything else.
            folds = -(-len(band) // points)
            folded = np.zeros(folds * points, np.complex128)
            folded[: len(band)] = band
            spectrum = np.roll(folded.reshape(folds, points).sum(axis=0), first % points)
            wave = np.asarray(ifft(spectrum, overwrite_x=True))
            begin = self.context // stride
            clear = distance[_middle(stride) :: stride] > self.reach(row)
            wave = wave[begin : begin + len(clear)]
            power = wave.real**2 + wave.imag**2
            power *= 2 / stride**2
            yield row, power, clear

    def _gains(self, row: int, shift: float) -> tuple[int, NDArray[Any]]:
        """Return the wavelet's spectrum: number of its first frequency, and its values.

        It has the phase of a wave that comes ``shift`` samples earlier.
        """
        f = float(self.frequencies[row])
        sigma = f / self.cycles
        spacing = self.fs / self.size
        first = math.floor((f - _below(self.cycles) * sigma) / spacing)
        last = math.ceil((f + TAILS * sigma) / spacing)
        k = np.arange(first, last + 1) * spacing
        gains = np.exp(-0.5 * ((k - f) / sigma) ** 2)
        gains -= math.exp(-0.5 * self.cycles**2) * np.exp(-0.5 * (k / sigma) ** 2)
        if not shift:
            return first, gains
        turn = 2j * math.pi * shift / self.size
        fine = math.isqrt(len(k)) + 1
        coarse = np.exp(turn * (first + fine * np.arange(-(-len(k) // fine))))
        return first, gains * np.outer(coarse, np.exp(turn * np.arange(fine))).ravel()[: len(k)]


def _strides(
    fs: float, frequencies: NDArray[np.float64], cycles: float, column: int
) -> tuple[int, ...]:
    """Return the samples between evaluations of each row, powers of two, by its bandwidth."""
    most = np.minimum(fs / ((TAILS + _below(cycles)) * frequencies / cycles), column / MIN_POINTS)
    most = np.clip(most, 1, MAX_STRIDE)
    return tuple(1 << int(power) for power in np.log2(most))


def _below(cycles: float) -> float:
    """Return how far below its centre a wavelet's spectrum reaches, in standard deviations.

    With few cycles this is further than above: a part of it is a Gaussian about 0 Hz.
    """
    return max(TAILS, cycles + math.sqrt(max(TAILS**2 - cycles**2, 0)))


def _middle(stride: int) -> int:
    """Return the sample in the middle of a stride, or before the middle of an even one."""
    return (stride - 1) // 2


def _wavelets(
    fs: float, frequencies: NDArray[np.float64], cycles: float, strides: tuple[int, ...]
) -> _Wavelets:
    """Return wavelets and the blocks they need; refuse a frequency too low for the rate."""
    lowest = float(frequencies.min())
    multiple = max(strides)
    context = math.ceil(TAILS * cycles / (2 * math.pi * lowest) * fs)
    context = -(-context // multiple) * multiple
    if context > MAX_CONTEXT:
        slower = fs * MAX_CONTEXT / context
        raise InvalidInputError(
            f"a wavelet of {lowest:g} Hz is {context:,} samples long at fs={fs:g} Hz; at most "
            f"{MAX_CONTEXT:,} are possible: resample the signal to {slower:.3g} Hz or less first, "
            "or give a higher lowest frequency"
        )
    size = max(MIN_BLOCK, 1 << math.ceil(math.log2(6 * context)))
    return _Wavelets(fs, frequencies, cycles, context, size, strides)


def _distance(bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the distance in samples to the nearest missing sample; inf if there is none."""
    n = len(bad)
    index = np.arange(n, dtype=np.float64)
    before = np.maximum.accumulate(np.where(bad, index, -np.inf))
    after = np.minimum.accumulate(np.where(bad, index, np.inf)[::-1])[::-1]
    return np.asarray(np.minimum(index - before, after - index))
