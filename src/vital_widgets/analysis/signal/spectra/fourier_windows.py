"""Windows of a signal, and the Fourier transforms of many of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

Taper: TypeAlias = "str | tuple[str | float, ...] | NDArray[np.float64]"
DETREND = ("constant", "linear", "none")
WINDOW_S = 4.0  # four periods of 1 Hz, near the low end of most bands
MIN_SAMPLES = 4  # of a window
SHORT = 1 << 18  # samples: longer windows are not made where no run of samples holds one
DESIGNED = 1024  # samples of tapers that are made only to check their arguments
BATCH_SAMPLES = 1 << 16  # transformed at a time: 0.5 MB, which stays in the cache of a core
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # of the level: what a trend leaves of itself
MAX_ENERGY = 1e290  # of a window; above, powers exceed the range of a float
MIN_CONCENTRATION = 0.9  # of a taper in its band; others leak (as in mne, "low bias")


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of ``length`` samples, ``step`` samples apart, and their tapers."""

    fs: float
    length: int
    step: int
    tapers: NDArray[np.float64]  # shape (k, length), the squares of each sum to 1; or (k, 0)
    weights: NDArray[np.float64]  # shape (k,), share of each taper in the spectrum
    detrend: str  # what is subtracted from each window, one of `DETREND`

    @property
    def seconds(self) -> float:
        """Length of a window in seconds."""
        return self.length / self.fs

    @property
    def n_frequencies(self) -> int:
        """Number of frequencies of the transform; 0 without tapers, where no window fits."""
        return self.length // 2 + 1 if self.tapers.shape[1] else 0

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Frequencies of the transform in Hz, 0 to fs / 2, shape (n_frequencies,)."""
        if not self.n_frequencies:
            return np.empty(0)
        return np.asarray(np.fft.rfftfreq(self.length, 1 / self.fs))

    @property
    def scale(self) -> NDArray[np.float64]:
        """Factor from a squared transform to a one-sided density, by frequency."""
        scale = np.full(self.n_frequencies, 2 / self.fs)
        scale[:1] = 1 / self.fs
        if self.length % 2 == 0:
            scale[-1:] = 1 / self.fs
        return scale

    def begins(self, piece: Piece) -> NDArray[np.int64]:
        """Return where windows begin in the core of a piece, in samples from the run's start.

        They begin ``k * step`` samples after that and do not reach over the end of the run.
        """
        core = piece.core_first - piece.run_start
        stop = core + piece.core_values.shape[-1]
        last = piece.run_stop - piece.run_start - self.length + 1
        first, stop = -(-core // self.step), -(-min(stop, max(last, 0)) // self.step)
        return np.arange(first, max(first, stop), dtype=np.int64) * self.step

    def batches(
        self, piece: Piece, begins: NDArray[np.int64], signal: int = 0
    ) -> Iterator[tuple[slice, NDArray[np.bool_], NDArray[np.float64]]]:
        """Give the windows that begin so many samples after the run, without their trend.

        Some at a time: a slice of the windows, whether all samples of each are numbers, and the
        samples of those that are used, shape (number used, length), which may be written to.
        """
        values = piece.values if piece.values.ndim == 1 else piece.values[signal]
        if len(values) < self.length:
            return
        view = np.lib.stride_tricks.sliding_window_view(values, self.length)
        offsets = begins + (piece.run_start - piece.first)
        size = max(BATCH_SAMPLES // self.length, 1)
        for i in range(0, len(offsets), size):
            part = slice(i, min(i + size, len(offsets)))
            rows = view[offsets[part]]
            with np.errstate(over="ignore", invalid="ignore"):
                means = rows.mean(axis=1)
                used = np.isfinite(means)
                if not used.all():
                    rows, means = rows[used], means[used]
                small = self._remove_trend(rows, means) < MAX_ENERGY
            if not small.all():
                used[np.flatnonzero(used)[~small]] = False
                rows = rows[small]
            yield part, used, rows

    def _remove_trend(
        self, rows: NDArray[np.float64], means: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Subtract the trend of windows in place and return the energy of the rest.

        A window that is nothing but a trend becomes exactly zero.
        """
        size = np.zeros(len(rows))
        if self.detrend != "none":
            rows -= means[:, None]
            size = np.abs(means)
        if self.detrend == "linear":
            ramp = np.arange(self.length) - (self.length - 1) / 2
            slopes = np.einsum("ij,j->i", rows, ramp) / float(np.sum(ramp * ramp))
            rows -= slopes[:, None] * ramp
            size += np.abs(slopes) * self.length
        energy = np.einsum("ij,ij->i", rows, rows)
        flat = np.sqrt(energy) <= np.sqrt(self.length) * ROUNDING * size
        if flat.any():
            rows[flat] = 0.0
        return np.asarray(energy)

    def transforms(self, rows: NDArray[np.float64], taper: int = 0) -> NDArray[np.complex128]:
        """Return the transforms of windows times one taper, shape (m, frequencies).

        With the last of the tapers the windows are overwritten.
        """
        from scipy.fft import rfft

        into = rows if taper == len(self.tapers) - 1 else None
        tapered = np.multiply(rows, self.tapers[taper], out=into)
        return np.asarray(rfft(tapered, axis=1, overwrite_x=True))

    def powers(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density of each window, shape (m, frequencies), in units²/Hz."""
        total = np.zeros((len(rows), self.n_frequencies))
        for taper, weight in enumerate(self.weights.tolist()):
            parts = self.transforms(rows, taper).view(np.float64)
            np.square(parts, out=parts)
            power = parts[:, ::2] + parts[:, 1::2]
            total += power if weight == 1 else np.multiply(power, weight, out=power)
        total *= self.scale
        return total

    def summed_power(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the densities of windows, shape (frequencies,), in units²/Hz."""
        total = np.zeros(self.n_frequencies)
        for taper, weight in enumerate(self.weights.tolist()):
            total += weight * summed_squares(self.transforms(rows, taper))
        return total * self.scale

    def degrees_of_freedom(self, used: list[NDArray[np.bool_]]) -> float:
        """Return the equivalent degrees of freedom of the average over windows.

        ``used`` states for each run which of its windows went into the average. The spectra of two
        windows of white noise ``m`` steps apart are correlated by ``sum_kl w_k w_l |sum_n h_k(n)
        h_l(n + m step)|² / sum_k w_k²``; for one taper this is eq. 7 of Welch (1967).
        """
        count = sum(int(mask.sum()) for mask in used)
        if not count:
            return float("nan")
        single = float(np.sum(self.weights**2))
        pairs = float(count)
        for lag in range(1, -(-self.length // self.step)):
            both = sum(int(np.sum(mask[lag:] & mask[:-lag])) for mask in used)
            shift = lag * self.step
            cross = self.tapers[:, shift:] @ self.tapers[:, : self.length - shift].T
            correlation = float(self.weights @ (cross**2) @ self.weights) / single
            pairs += 2 * both * correlation
        return 2 * count**2 / (pairs * single)


def summed_squares(transforms: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the sum over windows of the squared size of their transforms."""
    parts = transforms.view(np.float64)
    squares = np.einsum("ij,ij->j", parts, parts)
    return np.asarray(squares[::2] + squares[1::2])


def windows_of(
    fs: float,
    window_s: float | None,
    overlap: float | None = 0.5,
    *,
    length: int | None = None,
    method: str = "welch",
    taper: Taper | None = None,
    detrend: str = "constant",
    nw: float = 4.0,
    n_tapers: int | None = None,
    runs: Sequence[tuple[int, int]] | None = None,
) -> Windows:
    """Return windows with the tapers of Thomson (1982) for 'multitaper', else with one taper.

    ``length`` in samples is for a single window; otherwise they last ``window_s`` seconds. Where
    a long window fits in none of the ``runs`` of samples, there are no tapers and no frequencies.
    """
    checked_choice(detrend, "detrend", DETREND)
    step, fits = length or 0, True
    if length is None:
        seconds = checked_number(window_s, "window_s", 0, open_low=True, unit="s")
        length = round(seconds * fs)
        if length < MIN_SAMPLES:
            raise InvalidInputError(
                f"window_s={seconds:g} s holds {length} samples at {fs:g} Hz; at least "
                f"{MIN_SAMPLES} are needed: give {MIN_SAMPLES / fs:g} s or more"
            )
        if runs is not None:
            fits = length <= max(SHORT, *(stop - start for start, stop in runs), 0)
        share = checked_number(overlap, "overlap", 0, 0.99)
        step = length - min(int(share * length + 1e-9), length - 1)  # as scipy rounds noverlap
    size = length if fits or not isinstance(taper, (str, tuple, type(None))) else DESIGNED
    if method == "multitaper":
        tapers, weights = _thomson(size, taper, nw, n_tapers)
    else:
        default = "boxcar" if method == "periodogram" else "hann"
        tapers, weights = _one(size, default if taper is None else taper), np.ones(1)
    return Windows(fs, length, step, tapers if fits else tapers[:, :0], weights, detrend)


def _one(length: int, taper: Taper) -> NDArray[np.float64]:
    """Return a taper of `scipy.signal.get_window`, or an array of its samples, shape (1, n)."""
    from scipy.signal import get_window

    try:
        named = isinstance(taper, (str, tuple))
        factors = np.asarray(get_window(taper, length) if named else taper, np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"taper={taper!r} is not known to scipy.signal.get_window ({error}); give for "
            "example 'hann', 'hamming', 'boxcar' or ('kaiser', 8.6)"
        ) from None
    energy = float(np.sum(factors**2)) if factors.shape == (length,) else float("nan")
    if not (np.isfinite(energy) and energy > 0):
        raise InvalidInputError(
            f"taper of shape {factors.shape} cannot be used: give {length} finite numbers that "
            "are not all 0"
        )
    return np.asarray(factors[None] / np.sqrt(energy))


def _thomson(
    length: int, taper: Taper | None, nw: float, n_tapers: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Thomson's tapers, shape (k, length), and their weights: their concentration.

    Without ``n_tapers`` these are the first ``2 nw - 1`` of which at least 90 % of the energy lies
    within the bandwidth.
    """
    from scipy.signal.windows import dpss

    if taper is not None:
        raise InvalidInputError(
            f"taper={taper!r} is not used by method='multitaper', which has tapers of its own; "
            "set nw and n_tapers"
        )
    nw = checked_number(nw, "nw", 1.0, 100.0)
    if nw >= length / 2:
        raise InvalidInputError(
            f"nw={nw:g} with windows of {length} samples makes the bandwidth all of 0 to fs / 2; "
            f"give nw below {length / 2:g}, or longer windows"
        )
    count = min(max(int(2 * nw) - 1, 1), length)
    if n_tapers is not None:
        count = int(checked_number(n_tapers, "n_tapers", 1, int(2 * nw)))
    tapers, ratios = dpss(length, nw, count, sym=False, return_ratios=True)
    if n_tapers is None:
        kept = ratios > MIN_CONCENTRATION
        kept[0] = True
        tapers, ratios = tapers[kept], ratios[kept]
    return np.asarray(tapers), np.asarray(ratios / ratios.sum())
