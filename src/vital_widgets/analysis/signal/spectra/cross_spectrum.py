"""Coherence and cross-spectrum of two signals."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    Windows,
    overlap_step,
    window_samples,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.power_spectrum import WELCH_SECONDS, masks_by_run
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

LEAST_WINDOWS = 2  # the coherence of a single window is 1 whatever the signals


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossSpectrum(Result, given=("frequencies", "alpha")):
    """How two signals go together, by frequency.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced.
    density : ndarray of complex128, shape (n,)
        One-sided cross-spectral density ``conj(X) Y``, in the units of both multiplied, per Hz.
    coherence : ndarray of float64, shape (n,)
        Magnitude-squared coherence, 0 to 1; NaN where a signal has no power.
    phase : ndarray of float64, shape (n,)
        Angle of the density in radians, -pi to pi: negative where ``y`` comes after ``x``.
    phase_error : ndarray of float64, shape (n,)
        Standard error of the phase in radians; large where the coherence is low.
    gain : ndarray of float64, shape (n,)
        Size of the transfer function from ``x`` to ``y`` (H1), in units of y per unit of x.
    threshold : float
        Coherence that signals without any relation exceed with the probability ``alpha``.
    alpha : float
        Level of the test.
    windows_used, windows_left_out : int
        Windows that went into the average, and those with missing samples in either signal.
    independent_windows : float
        How many windows without overlap the average is worth.
    """

    frequencies: NDArray[np.float64]
    density: NDArray[np.complex128]
    coherence: NDArray[np.float64]
    phase: NDArray[np.float64]
    phase_error: NDArray[np.float64]
    gain: NDArray[np.float64]
    threshold: float
    alpha: float
    windows_used: int
    windows_left_out: int
    independent_windows: float

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Where the coherence is above the threshold, frequency by frequency."""
        return np.asarray(self.coherence > self.threshold)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a frequency."""
        import pandas as pd

        return pd.DataFrame(
            {
                "frequency_hz": self.frequencies,
                "coherence": self.coherence,
                "phase_rad": self.phase,
                "phase_error_rad": self.phase_error,
                "gain": self.gain,
                "cross_magnitude": np.abs(self.density),
                "significant": self.significant,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the largest coherence, where it lies, and the threshold."""
        best = at = math.nan
        if np.isfinite(self.coherence).any():
            k = int(np.nanargmax(self.coherence))
            best, at = float(self.coherence[k]), float(self.frequencies[k])
        return [
            ("windows", f"{self.windows_used:,} used, {self.windows_left_out:,} left out"),
            ("worth", quantity(self.independent_windows, "independent windows")),
            ("largest coherence", f"{quantity(best)} at {quantity(at, 'Hz')}"),
            (f"threshold (p = {self.alpha:g})", quantity(self.threshold)),
        ]


@dataclass(frozen=True, eq=False)
class CrossPart:
    """What one piece adds to the averages over windows."""

    run_start: int
    used: NDArray[np.bool_]
    xx: NDArray[np.float64]
    yy: NDArray[np.float64]
    xy: NDArray[np.complex128]


def cross_part(piece: Piece, windows: Windows) -> CrossPart:
    """Add up powers and products of the windows of two channels that begin in a piece."""
    numbers = windows.numbers(piece)
    offsets = windows.offsets(piece, numbers)
    used = np.zeros(len(numbers), bool)
    n = windows.length // 2 + 1
    xx, yy, xy = np.zeros(n), np.zeros(n), np.zeros(n, np.complex128)
    x_batches = windows.batches(piece.values[0], offsets)
    y_batches = windows.batches(piece.values[1], offsets)
    for (part, x_good, x_rows), (_, y_good, y_rows) in zip(x_batches, y_batches, strict=True):
        good = x_good & y_good
        used[part] = good
        if not good.any():
            continue
        x = windows.transforms(x_rows[good[x_good]])
        y = windows.transforms(y_rows[good[y_good]])
        xx += _summed_squares(x)
        yy += _summed_squares(y)
        xy += np.einsum("ij,ij->j", np.conj(x), y)
    return CrossPart(piece.run_start, used, xx, yy, xy)


def join_cross(
    partials: Sequence[CrossPart], extent: Extent, *, windows: Windows, alpha: float
) -> CrossSpectrum:
    """Return coherence, phase and gain from the sums of all pieces."""
    masks = masks_by_run([p.run_start for p in partials], [p.used for p in partials])
    n_used = sum(int(mask.sum()) for mask in masks)
    n_all = sum(len(mask) for mask in masks)
    n = windows.length // 2 + 1
    independent = windows.degrees_of_freedom(masks) / 2
    coherence, phase, error, gain = (np.full(n, np.nan) for _ in range(4))
    density = np.full(n, complex(math.nan, math.nan))
    threshold, notes = math.nan, []
    if n_used >= LEAST_WINDOWS:
        xx = np.sum([p.xx for p in partials], axis=0)
        yy = np.sum([p.yy for p in partials], axis=0)
        xy = np.sum([p.xy for p in partials], axis=0)
        density = xy * windows.scale / n_used
        there = (xx > 0) & (yy > 0)
        size = np.abs(xy)
        np.divide(size, xx, out=gain, where=there)
        # Not over the product of both powers, which can leave what a float holds.
        np.divide(gain * size, yy, out=coherence, where=there)
        coherence = np.minimum(coherence, 1.0)
        phase = np.where(there, np.angle(xy), np.nan)
        with np.errstate(divide="ignore"):
            error = np.sqrt((1 / coherence - 1) / (2 * independent))
        threshold = 1 - alpha ** (1 / (independent - 1)) if independent > 1 else math.nan
        if not there.any():
            notes.append(not_enough("a signal is constant: it has no power"))
    else:
        seconds = windows.length / windows.fs
        notes.append(
            not_enough(
                f"{n_used} windows of {seconds:g} s without a missing sample in either signal; "
                f"coherence needs {LEAST_WINDOWS}"
            )
        )
    if n_used < n_all:
        notes.append(f"{n_all - n_used:,} of {n_all:,} windows touch missing samples: left out")
    return CrossSpectrum(
        frequencies=windows.frequencies, density=density, coherence=coherence, phase=phase,
        phase_error=error, gain=gain, threshold=threshold, alpha=alpha, windows_used=n_used,
        windows_left_out=n_all - n_used, independent_windows=independent, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip


def plan_cross(
    fs: float,
    *,
    window_seconds: float = WELCH_SECONDS,
    overlap: float = 0.5,
    window: Any = "hann",
    detrend: str = "constant",
    alpha: float = 0.05,
) -> Plan[CrossPart, CrossSpectrum]:
    """Return how a cross-spectrum runs over two channels of a recording."""
    fs = checked_fs(fs)
    alpha = checked_number(alpha, "alpha", 0, 0.5, open_low=True)
    length = window_samples(fs, window_seconds)
    windows = windows_of(fs, length, overlap_step(length, overlap), window=window, detrend=detrend)
    return Plan(
        functools.partial(cross_part, windows=windows),
        functools.partial(join_cross, windows=windows, alpha=alpha),
        after=length - 1,
        stacked=True,
    )


@chunked(plan_cross)
@with_recipe("x", "y")
def cross_spectrum(
    x: Any,
    y: Any,
    fs: float,
    *,
    window_seconds: float = WELCH_SECONDS,
    overlap: float = 0.5,
    window: Any = "hann",
    detrend: str = "constant",
    alpha: float = 0.05,
    usable: Any = None,
) -> CrossSpectrum:
    """Return cross-spectrum, coherence, phase and gain between two signals (Welch).

    Parameters
    ----------
    x, y : array-like of float, shape (n,)
        Samples at the same times; NaN where there are none. Over a recording give two channels:
        ``start(cross_spectrum, [recording["ECG"], recording["RESP"]])``.
    fs : float
        Sampling rate in Hz.
    window_seconds : float
        Length of a window. Coherence is an average over windows: the more windows, the less it is
        biased upwards.
    overlap : float
        Share of a window that the next one covers too.
    window : str, tuple or array
        As `scipy.signal.get_window` takes it.
    detrend : str
        What is taken off each window: 'constant', 'linear' or 'none'.
    alpha : float
        Level at which the threshold of the coherence is given, for one frequency; for many
        frequencies together divide it by their number.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where both signals may be used.

    Returns
    -------
    CrossSpectrum
        Over a recording the same as on the whole arrays, to 1e-9 of the largest density, whatever
        the length of the pieces.

    Notes
    -----
    Windows lie on a grid fixed to the start of each run; those with a missing sample in either
    signal are left out. On arrays without gaps it is `scipy.signal.csd` and
    `scipy.signal.coherence`. The threshold is ``1 - alpha ** (1 / (K - 1))`` (Halliday et al. 1995)
    with ``K`` independent windows; windows that overlap count as what they are worth (Welch 1967).

    References
    ----------
    Halliday DM et al. Prog Biophys Mol Biol 1995;64:237-278. Bendat JS, Piersol AG. Random Data,
    4th ed. 2010, chapter 9 (error of the phase). Welch PD. IEEE Trans Audio Electroacoust
    1967;15:70-73.
    """
    rate = checked_fs(fs)
    first, second = checked_signal(x, "x"), checked_signal(y, "y")
    if len(first) != len(second):
        raise InvalidInputError(
            f"x has {len(first)} samples and y {len(second)}; give two signals with the same times"
        )
    signals = only_usable(np.stack([first, second]), usable, rate)
    plan = plan_cross(
        rate, window_seconds=window_seconds, overlap=overlap, window=window, detrend=detrend,
        alpha=alpha,
    )  # fmt: skip
    return run_on_array(plan, signals, rate)


@chunked(plan_cross)
@with_recipe("x", "y")
def coherence(
    x: Any,
    y: Any,
    fs: float,
    *,
    window_seconds: float = WELCH_SECONDS,
    overlap: float = 0.5,
    window: Any = "hann",
    detrend: str = "constant",
    alpha: float = 0.05,
    usable: Any = None,
) -> CrossSpectrum:
    """Return the magnitude-squared coherence of two signals; the same as `cross_spectrum`.

    Parameters
    ----------
    x, y, fs, window_seconds, overlap, window, detrend, alpha, usable
        As for `cross_spectrum`.
    """
    return cross_spectrum(
        x, y, fs, window_seconds=window_seconds, overlap=overlap, window=window, detrend=detrend,
        alpha=alpha, usable=usable,
    )  # fmt: skip


def _summed_squares(transforms: NDArray[np.complex128]) -> NDArray[np.float64]:
    parts = transforms.view(np.float64)
    squares = np.einsum("ij,ij->j", parts, parts)
    return np.asarray(squares[::2] + squares[1::2])
