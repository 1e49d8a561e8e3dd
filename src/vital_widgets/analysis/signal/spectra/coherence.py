"""Coherence, phase and gain between two signals, by frequency."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signals_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.fourier_windows import (
    WINDOW_S,
    Taper,
    Windows,
    summed_squares,
    windows_of,
)
from vital_widgets.analysis.signal.spectra.power_spectrum import UsedWindows, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

MIN_WINDOWS = 2  # the coherence of a single window is 1 whatever the signals
COLUMNS = {
    "frequency_hz": "frequencies", "coherence": "coherence", "phase_rad": "phase",
    "phase_error_rad": "phase_error", "gain": "gain", "magnitude": "magnitude",
    "significant": "significant",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Coherence(Result, given=("frequencies", "confidence"), columns=COLUMNS):
    """How two signals are related, by frequency.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced.
    density : ndarray of complex128, shape (n,)
        One-sided cross-spectral density ``conj(X) Y``, in the units of both multiplied, per Hz.
    coherence : ndarray of float64, shape (n,)
        Magnitude-squared coherence, 0 to 1; NaN where a signal has no power.
    phase : ndarray of float64, shape (n,)
        Angle of the density in radians, -pi to pi: negative where ``y`` follows ``x``.
    phase_error : ndarray of float64, shape (n,)
        Standard error of the phase in radians; large where the coherence is low.
    gain : ndarray of float64, shape (n,)
        Size of the transfer function from ``x`` to ``y`` (H1), in units of y per unit of x.
    threshold : float
        Coherence that unrelated signals do not exceed with the probability ``confidence``.
    confidence : float
        Confidence of the threshold, for one frequency.
    n_windows, n_excluded : int
        Windows that were averaged, and windows with missing samples in either signal.
    n_independent : float
        Number of windows without overlap that are equivalent to the average.
    """

    frequencies: NDArray[np.float64]
    density: NDArray[np.complex128]
    coherence: NDArray[np.float64]
    phase: NDArray[np.float64]
    phase_error: NDArray[np.float64]
    gain: NDArray[np.float64]
    threshold: float
    confidence: float
    n_windows: int
    n_excluded: int
    n_independent: float

    @property
    def magnitude(self) -> NDArray[np.float64]:
        """Size of the cross-spectral density, shape (n,)."""
        return np.asarray(np.abs(self.density))

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Whether the coherence exceeds the threshold, shape (n,)."""
        return np.asarray(self.coherence > self.threshold)

    def _facts(self) -> list[tuple[str, str]]:
        best = at = math.nan
        if np.isfinite(self.coherence).any():
            k = int(np.nanargmax(self.coherence))
            best, at = float(self.coherence[k]), float(self.frequencies[k])
        return [
            ("windows", f"{self.n_windows:,} averaged, {self.n_excluded:,} excluded"),
            ("equivalent to", quantity(self.n_independent, "independent windows")),
            ("largest coherence", f"{quantity(best)} at {quantity(at, 'Hz')}"),
            (f"threshold ({100 * self.confidence:g} %)", quantity(self.threshold)),
        ]


@analysis
def coherence(
    x: SignalLike,
    y: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = WINDOW_S,
    overlap: float = 0.5,
    taper: Taper = "hann",
    detrend: str = "constant",
    confidence: float = 0.95,
    usable: UsableLike = None,
) -> Plan[_Part, Coherence]:
    """Estimate coherence, cross-spectrum, phase and gain between two signals (Welch).

    Parameters
    ----------
    x, y : array-like of float, shape (n,), or Channel
        Signals with the same sample times; NaN marks missing samples.
    fs, usable
        As for `power_spectrum`; for both signals.
    window_s, overlap, taper, detrend
        As for `power_spectrum` with 'welch': Hann windows of 4 s that overlap by half. The fewer
        windows, the more the coherence is biased upwards.
    confidence : float
        Confidence of the threshold for one frequency. For many frequencies together divide
        ``1 - confidence`` by their number.

    Returns
    -------
    Coherence
        The same however the recording is cut into pieces, to 1e-9 of the largest density.

    Raises
    ------
    InvalidInputError
        The signals differ in their sample times, or a window is shorter than 4 samples.

    Notes
    -----
    Windows are those of `power_spectrum`; a missing sample in either signal excludes one. For
    arrays without gaps the results equal `scipy.signal.csd` and `scipy.signal.coherence`. The
    threshold is ``1 - (1 - confidence) ** (1 / (K - 1))`` [1]_ with ``K`` independent windows: half
    the equivalent degrees of freedom of `power_spectrum`. The error of the phase is that of [2]_.

    References
    ----------
    .. [1] Halliday DM, Rosenberg JR, Amjad AM, et al. A framework for the analysis of mixed time
       series/point process data: theory and application to the study of physiological tremor,
       single motor unit discharges and electromyograms. Progress in Biophysics and Molecular
       Biology 1995;64(2-3):237-278. doi:10.1016/S0079-6107(96)00009-0
    .. [2] Bendat JS, Piersol AG. Random Data: Analysis and Measurement Procedures. 4th edition.
       Wiley 2010, chapter 9.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import coherence
    >>> rec = vw.sample(60)
    >>> found = coherence(rec["ECG"], rec["ECG"], window_s=2)
    >>> found.n_windows, round(float(found.coherence[3]), 6)
    (59, 1.0)
    """
    signals = signals_of([x, y], fs, usable, names=("x", "y"))
    confidence = checked_number(confidence, "confidence", 0.5, 0.999999)
    windows = windows_of(
        signals.fs, window_s, overlap, taper=taper, detrend=detrend, runs=signals.runs()
    )
    return Plan(
        functools.partial(_part, windows=windows),
        functools.partial(_average, windows=windows, confidence=confidence),
        after=windows.length - 1,
        source=signals,
    )


@dataclass(frozen=True, eq=False)
class _Part(UsedWindows):
    xx: NDArray[np.float64]
    yy: NDArray[np.float64]
    xy: NDArray[np.complex128]


def _part(piece: Piece, windows: Windows) -> _Part:
    """Add up powers and products of the windows of two signals that begin in a piece."""
    begins = windows.begins(piece)
    used = np.zeros(len(begins), bool)
    n = windows.n_frequencies
    xx, yy, xy = np.zeros(n), np.zeros(n), np.zeros(n, np.complex128)
    batches = zip(*(windows.batches(piece, begins, signal) for signal in (0, 1)), strict=True)
    for (part, x_good, x_rows), (_, y_good, y_rows) in batches:
        good = x_good & y_good
        used[part] = good
        if not good.any():
            continue
        x = windows.transforms(x_rows[good[x_good]])
        y = windows.transforms(y_rows[good[y_good]])
        xx += summed_squares(x)
        yy += summed_squares(y)
        xy += np.einsum("ij,ij->j", np.conj(x), y)
    return _Part(piece.run_start, used, xx, yy, xy)


def _average(
    partials: Sequence[_Part], extent: Extent, windows: Windows, confidence: float
) -> Coherence:
    """Return coherence, phase and gain from the sums of all pieces."""
    n_windows, n_excluded, degrees, notes = counted(partials, windows)
    n, independent = windows.n_frequencies, degrees / 2
    values, phase, error, gain = (np.full(n, np.nan) for _ in range(4))
    density = np.full(n, complex(math.nan, math.nan))
    threshold = math.nan
    if n_windows >= MIN_WINDOWS:
        xx, yy, xy = (
            np.sum([getattr(p, name) for p in partials], axis=0) for name in ("xx", "yy", "xy")
        )
        density = xy * windows.scale / n_windows
        power = (xx > 0) & (yy > 0)
        size = np.abs(xy)
        np.divide(size, xx, out=gain, where=power)
        # Not over the product of both powers, which can exceed the range of a float.
        np.divide(gain * size, yy, out=values, where=power)
        values = np.minimum(values, 1.0)
        phase = np.where(power, np.angle(xy), np.nan)
        with np.errstate(divide="ignore"):
            error = np.sqrt((1 / values - 1) / (2 * independent))
        if independent > 1:
            threshold = 1 - (1 - confidence) ** (1 / (independent - 1))
        if not power.any():
            notes = [not_enough("one of the signals is constant, so it has no power"), *notes]
    else:
        why = (
            f"{n_windows} windows of {windows.seconds:g} s have no missing sample in either "
            f"signal; coherence needs {MIN_WINDOWS}"
        )
        notes = [not_enough(why), *notes]
    return Coherence(
        frequencies=windows.frequencies, density=density, coherence=values, phase=phase,
        phase_error=error, gain=gain, threshold=threshold, confidence=confidence,
        n_windows=n_windows, n_excluded=n_excluded, n_independent=independent, valid=extent.valid,
        notes=tuple(notes),
    )  # fmt: skip
