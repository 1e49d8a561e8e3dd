"""Morlet wavelets at many frequencies, applied block by block with Fourier transforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

TAILS = 7.0  # standard deviations after which a wavelet is zero (2e-11), in time and frequency
MAX_VALUE = 1e140  # of a sample; above, powers exceed the range of a float
REACH = 3.0  # standard deviations in time without a missing sample (0.3 % are beyond)
MIN_BLOCK, MAX_CONTEXT = 1 << 15, 1 << 18  # samples
MAX_STRIDE = 1 << 12
MIN_POINTS = 8  # at which the power of a column is evaluated, if it has as many samples


@dataclass(frozen=True, eq=False)
class Wavelets:
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
        """Give the blocks of a piece's core.

        Each is its offset in samples from the start of the run, its number of samples, and its
        values with their context, shape (size,), NaN where the run has no samples.
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
        comes whether no missing sample is within reach. The first point is at `middle` of the
        stride. Missing samples are bridged by straight lines so that they do not make steps.
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
            clear = distance[middle(stride) :: stride] > self.reach(row)
            wave = wave[begin : begin + len(clear)]
            power = wave.real**2 + wave.imag**2
            power *= 2 / stride**2
            yield row, power, clear

    def _gains(self, row: int, shift: float) -> tuple[int, NDArray[Any]]:
        """Return the wavelet's spectrum: number of its first frequency, and its values.

        A Gaussian about the centre, minus a term that makes it zero at 0 Hz (the complete Morlet
        wavelet), with the phase of a wave that comes ``shift`` samples earlier.
        """
        f = float(self.frequencies[row])
        sigma = f / self.cycles
        spacing = self.fs / self.size
        first = math.floor((f - below(self.cycles) * sigma) / spacing)
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


def strides_of(
    fs: float, frequencies: NDArray[np.float64], cycles: float, column: int
) -> tuple[int, ...]:
    """Return the samples between evaluations of each row, powers of two.

    The bandwidth of the row sets the limit, and at least 8 points in a column.
    """
    most = np.minimum(fs / ((TAILS + below(cycles)) * frequencies / cycles), column / MIN_POINTS)
    most = np.clip(most, 1, MAX_STRIDE)
    return tuple(1 << int(power) for power in np.log2(most))


def below(cycles: float) -> float:
    """Return how far below its centre a wavelet's spectrum reaches, in standard deviations.

    With few cycles this is further than above: the term that makes it zero at 0 Hz is a Gaussian
    about 0 Hz.
    """
    return max(TAILS, cycles + math.sqrt(max(TAILS**2 - cycles**2, 0)))


def middle(stride: int) -> int:
    """Return the sample in the middle of a stride, or before the middle of an even one."""
    return (stride - 1) // 2


def wavelets_of(
    fs: float, frequencies: NDArray[np.float64], cycles: float, strides: tuple[int, ...]
) -> Wavelets:
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
    return Wavelets(fs, frequencies, cycles, context, size, strides)


def _distance(bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the distance in samples to the nearest missing sample; inf if there is none."""
    n = len(bad)
    index = np.arange(n, dtype=np.float64)
    before = np.maximum.accumulate(np.where(bad, index, -np.inf))
    after = np.minimum.accumulate(np.where(bad, index, np.inf)[::-1])[::-1]
    return np.asarray(np.minimum(index - before, after - index))
