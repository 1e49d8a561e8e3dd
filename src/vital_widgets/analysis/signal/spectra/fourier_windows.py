"""How a signal is cut into windows for a Fourier transform, and the transform of many of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.validity import checked_choice, checked_number
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

DETREND = ("constant", "linear", "none")
LEAST_SAMPLES = 4  # of a window
BATCH_SAMPLES = 1 << 16  # transformed at a time: 0.5 MB, which stays in the cache of a core
ROUNDING = 4 * float(np.finfo(np.float64).eps)  # of the level: what a trend leaves of itself
LARGEST_ENERGY = 1e290  # of a window; above, powers leave what a float holds
LEAST_CONCENTRATION = 0.9  # of a taper in its band; those below leak (as in mne, "low bias")


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one length on a regular grid.

    Attributes
    ----------
    fs : float
        Sampling rate in Hz.
    length, step : int
        Samples of a window, and from one window's first sample to the next one's.
    tapers : ndarray of float64, shape (k, length)
        What a window is multiplied with, each of unit energy (its squares sum to 1).
    weights : ndarray of float64, shape (k,)
        Share of each taper in the spectrum; they sum to 1.
    detrend : str
        What is taken off each window before: 'constant' (its mean), 'linear', or 'none'.
    """

    fs: float
    length: int
    step: int
    tapers: NDArray[np.float64]
    weights: NDArray[np.float64]
    detrend: str

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Frequencies of the transform in Hz, 0 to fs / 2, shape (length // 2 + 1,)."""
        return np.asarray(np.fft.rfftfreq(self.length, 1 / self.fs))

    @property
    def scale(self) -> NDArray[np.float64]:
        """What makes a squared transform a one-sided density, by frequency."""
        scale = np.full(self.length // 2 + 1, 2 / self.fs)
        scale[0] = 1 / self.fs
        if self.length % 2 == 0:
            scale[-1] = 1 / self.fs
        return scale

    def numbers(self, piece: Piece) -> NDArray[np.int64]:
        """Return the numbers of the windows that begin in the core of a piece.

        Window ``k`` begins ``k * step`` samples after the start of the run; windows that would
        reach over the end of the run do not exist.
        """
        run = piece.run_stop - piece.run_start
        first = -(-(piece.core_first - piece.run_start) // self.step)
        stop = -(-(piece.core_first + piece.core_values.shape[-1] - piece.run_start) // self.step)
        stop = min(stop, (run - self.length) // self.step + 1 if run >= self.length else 0)
        return np.arange(first, max(first, stop), dtype=np.int64)

    def offsets(self, piece: Piece, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where windows begin in the values of a piece."""
        return numbers * self.step + (piece.run_start - piece.first)

    def batches(
        self, values: NDArray[np.float64], offsets: NDArray[np.int64]
    ) -> Iterator[tuple[slice, NDArray[np.bool_], NDArray[np.float64]]]:
        """Give windows some at a time, without their trend.

        Parameters
        ----------
        values : ndarray of float64, shape (n,)
            Samples; they are not written to.
        offsets : ndarray of int64, shape (m,)
            Where the windows begin.

        Yields
        ------
        part : slice
            Which of the ``m`` windows.
        used : ndarray of bool
            For each of them, whether it holds numbers only.
        rows : ndarray of float64, shape (number used, length)
            Those that are used; may be written to.
        """
        if len(values) < self.length:
            return
        view = np.lib.stride_tricks.sliding_window_view(values, self.length)
        size = max(BATCH_SAMPLES // self.length, 1)
        for i in range(0, len(offsets), size):
            part = slice(i, min(i + size, len(offsets)))
            rows = view[offsets[part]]
            with np.errstate(over="ignore", invalid="ignore"):
                means = rows.mean(axis=1)
                used = np.isfinite(means)
                if not used.all():
                    rows, means = rows[used], means[used]
                small = self._remove_trend(rows, means) < LARGEST_ENERGY
            if not small.all():
                used[np.flatnonzero(used)[~small]] = False
                rows = rows[small]
            yield part, used, rows

    def _remove_trend(
        self, rows: NDArray[np.float64], means: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Take the trend off windows in place; one that was nothing else becomes zeros.

        Returns the sum of the squares of what is left of each.
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
        """Return the transforms of windows times one taper, shape (m, frequencies)."""
        from scipy.fft import rfft

        return np.asarray(rfft(rows * self.tapers[taper], axis=1, overwrite_x=True))

    def powers(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the density of each window, shape (m, frequencies), in units²/Hz."""
        total: NDArray[np.float64] | None = None
        for taper, weight in enumerate(self.weights.tolist()):
            parts = self.transforms(rows, taper).view(np.float64)
            np.square(parts, out=parts)
            power = parts[:, ::2] + parts[:, 1::2]
            if weight != 1:
                power *= weight
            total = power if total is None else np.add(total, power, out=total)
        assert total is not None
        total *= self.scale
        return total

    def summed_power(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of the densities of windows, shape (frequencies,), in units²/Hz."""
        total = np.zeros(self.length // 2 + 1)
        for taper, weight in enumerate(self.weights.tolist()):
            parts = self.transforms(rows, taper).view(np.float64)
            squares = np.einsum("ij,ij->j", parts, parts)
            total += weight * (squares[::2] + squares[1::2])
        return total * self.scale

    def degrees_of_freedom(self, used: list[NDArray[np.bool_]]) -> float:
        """Return the equivalent degrees of freedom of the average over windows.

        Parameters
        ----------
        used : list of ndarray of bool
            For each run, which of its windows went into the average.

        Notes
        -----
        Of white noise: the spectra of two windows ``m`` steps apart are correlated by
        ``sum_kl w_k w_l |sum_n h_k(n) h_l(n + m step)|² / sum_k w_k²``, which for one taper is the
        squared autocorrelation of the window of Welch (1967), eq. 7.
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


def windows_of(
    fs: float,
    length: int,
    step: int,
    *,
    window: Any = "hann",
    detrend: str = "constant",
) -> Windows:
    """Return windows with one taper from `scipy.signal.get_window` (by name, or with parameters).

    An array of ``length`` numbers is taken as the window itself.
    """
    from scipy.signal import get_window

    checked_choice(detrend, "detrend", DETREND)
    try:
        if isinstance(window, (str, tuple)):
            taper = np.asarray(get_window(window, length), np.float64)
        else:
            taper = np.asarray(window, np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidInputError(
            f"window={window!r} is not known to scipy.signal.get_window ({error}); give for "
            "example 'hann', 'hamming', 'boxcar' or ('kaiser', 8.6)"
        ) from None
    energy = float(np.sum(taper**2)) if taper.shape == (length,) else float("nan")
    if not (np.isfinite(energy) and energy > 0):
        raise InvalidInputError(
            f"window of shape {taper.shape} cannot be used: {length} finite numbers are needed, "
            "not all 0"
        )
    return Windows(fs, length, step, taper[None] / np.sqrt(energy), np.ones(1), detrend)


def tapered_windows(
    fs: float, length: int, step: int, *, nw: float, n_tapers: int | None, detrend: str
) -> Windows:
    """Return windows with the tapers of Thomson (1982), weighted by their concentration.

    Without ``n_tapers`` the first ``2 nw - 1`` are taken of which at least 90 % of the energy lies
    within the bandwidth.
    """
    from scipy.signal.windows import dpss

    checked_choice(detrend, "detrend", DETREND)
    nw = checked_number(nw, "nw", 1.0, 100.0)
    if nw >= length / 2:
        raise InvalidInputError(
            f"nw={nw:g} with windows of {length} samples: the bandwidth would be all of 0 to "
            f"fs / 2; give nw below {length / 2:g}, or longer windows"
        )
    most = int(2 * nw)
    if n_tapers is None:
        count = min(max(int(2 * nw) - 1, 1), length)
    else:
        count = int(checked_number(n_tapers, "n_tapers", 1, most))
    tapers, ratios = dpss(length, nw, count, sym=False, return_ratios=True)
    if n_tapers is None:
        kept = ratios > LEAST_CONCENTRATION
        kept[0] = True
        tapers, ratios = tapers[kept], ratios[kept]
    return Windows(fs, length, step, np.asarray(tapers), ratios / ratios.sum(), detrend)


def window_samples(fs: float, seconds: float, name: str = "window_seconds") -> int:
    """Return the samples of a window of so many seconds, or raise `InvalidInputError`."""
    seconds = checked_number(seconds, name, 0, open_low=True, unit="s")
    length = round(seconds * fs)
    if length < LEAST_SAMPLES:
        raise InvalidInputError(
            f"{name}={seconds:g} s holds {length} samples at {fs:g} Hz; at least {LEAST_SAMPLES} "
            f"are needed: give {LEAST_SAMPLES / fs:g} s or more"
        )
    return length


def overlap_step(length: int, overlap: float) -> int:
    """Return the samples from window to window for an overlap from 0 to below 1."""
    overlap = checked_number(overlap, "overlap", 0, 0.99)
    return length - min(int(overlap * length + 1e-9), length - 1)  # noverlap as scipy rounds it
