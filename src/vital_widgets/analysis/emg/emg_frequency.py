"""Median and mean frequency of an electromyogram over time: a sign of fatigue."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.emg.emg_envelope import HIGHPASS_HZ, MAX_HIGHCUT, MIN_FS
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, checked_pair, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Samples = NDArray[np.float64]

MIN_SAMPLES = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class EmgFrequency(
    Result,
    given=("times", "band", "window_s"),
    columns={
        "time": "times",
        "median_frequency_hz": "median_frequency",
        "mean_frequency_hz": "mean_frequency",
        "rms": "rms",
    },
):
    """Spectral measures of an electromyogram, window by window.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in seconds.
    median_frequency, mean_frequency : ndarray of float64, shape (n,)
        Frequencies in Hz; NaN where a window holds a missing sample or no power.
    rms : ndarray of float64, shape (n,)
        Root of the power within the band, in the units of the signal.
    band : (float, float)
        Frequencies that are evaluated, in Hz.
    window_s : float
        Length of a window in seconds.
    units : str
        Units of ``rms``, '' if unknown.
    """

    times: Samples
    median_frequency: Samples
    mean_frequency: Samples
    rms: Samples
    band: tuple[float, float]
    window_s: float
    units: str = ""

    @property
    def slope_hz_per_min(self) -> float:
        """Slope of a straight line through the median frequencies, in Hz/min."""
        known = np.isfinite(self.median_frequency)
        if np.count_nonzero(known) < 2:  # noqa: PLR2004 - a line
            return float("nan")
        minutes = self.times[known] / 60
        return float(np.polyfit(minutes - minutes.mean(), self.median_frequency[known], 1)[0])

    def _facts(self) -> list[tuple[str, str]]:
        known = int(np.isfinite(self.median_frequency).sum())
        return [
            ("windows", f"{known:,} of {self.window_s:g} s"),
            ("median frequency (median)", quantity(median_of(self.median_frequency), "Hz")),
            ("slope", quantity(self.slope_hz_per_min, "Hz/min")),
        ]


@analysis
def emg_frequency(
    x: SignalLike,
    fs: float | None = None,
    *,
    window_s: float = 1.0,
    band: tuple[float, float] | None = None,
    usable: UsableLike = None,
) -> Plan[Samples, EmgFrequency]:
    """Follow the median and mean frequency of an electromyogram; they fall with fatigue.

    Parameters
    ----------
    x, fs, usable
        As for `emg_envelope`; the contraction should be sustained.
    window_s : float
        Length in seconds of the windows, which follow each other; 0.5 to 1 s are usual, in which
        the signal is stationary [1]_.
    band : (float, float), optional
        Frequencies in Hz that are evaluated; 20 to 450 Hz by default (or to fs / 2 where that is
        lower).

    Returns
    -------
    EmgFrequency
        Median frequency, mean frequency and RMS of each window; ``slope_hz_per_min`` is the trend
        of the median frequency. The result is the same, to rounding, however the recording is
        cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 100 Hz, the window is too short, or ``band`` does not lie
        between 0 and fs / 2.

    Notes
    -----
    The spectrum is the periodogram of the window after its mean is removed, with a Hann taper. The
    median frequency halves the power within the band; between frequencies the power is spread
    evenly.

    References
    ----------
    .. [1] De Luca CJ. The use of surface electromyography in biomechanics. Journal of Applied
       Biomechanics 1997;13(2):135-163. doi:10.1123/jab.13.2.135
    .. [2] Phinyomark A, Thongpanja S, Hu H, Phukpattaranont P, Limsakul C. The usefulness of mean
       and median frequencies in electromyography analysis. In: Computational intelligence in
       electromyography analysis. InTech; 2012:195-220. doi:10.5772/50639

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import emg_frequency
    >>> t = np.arange(0, 20, 1 / 1000)
    >>> tone = np.sin(2 * np.pi * (100 * t - t**2))  # from 100 Hz down to 60 Hz in 20 s
    >>> round(emg_frequency(tone, fs=1000).slope_hz_per_min)
    -120
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="EMG reaches from 20 Hz up")
    window = checked_number(window_s, "window_s", 0, 60, open_low=True, unit="s")
    n = round(window * signal.fs)
    if n < MIN_SAMPLES:
        raise InvalidInputError(
            f"window_s={window_s!r} s is {n} samples at {signal.fs:g} Hz; at least {MIN_SAMPLES} "
            f"are needed: give {MIN_SAMPLES / signal.fs:.3g} s or more"
        )
    low, high = HIGHPASS_HZ, min(MAX_HIGHCUT, signal.fs / 2)
    if band is not None:
        wanted = f"(low, high) in Hz, 0 <= low < high <= {signal.fs / 2:g}"
        low, high = checked_pair(band, "band", wanted)
        if low < 0 or high > signal.fs / 2:
            raise InvalidInputError(f"band={band!r} is not accepted; give {wanted}")

    def join(partials: Sequence[Samples], extent: Extent) -> EmgFrequency:
        first, median, mean, rms = np.concatenate([np.empty((4, 0)), *partials], axis=1)
        why = f"no window of {n / extent.fs:g} s has power within {low:g}-{high:g} Hz"
        return EmgFrequency(
            times=extent.times(first.astype(np.int64)) + (n - 1) / 2 / extent.fs,
            median_frequency=median,
            mean_frequency=mean,
            rms=rms,
            band=(low, high),
            window_s=n / extent.fs,
            units=signal.units[0],
            valid=extent.valid,
            notes=() if np.isfinite(median).any() else (not_enough(why),),
        )

    work = functools.partial(_measures, n=n, band=(low, high))
    return Plan(work, join, grid=n, source=signal)


def _measures(piece: Piece, n: int, band: tuple[float, float]) -> Samples:
    """Return first sample, median frequency, mean frequency and RMS of each whole window."""
    values = piece.core_values
    rows = values[: len(values) // n * n].reshape(-1, n)
    taper = np.hanning(n + 1)[:n]
    spectra = np.abs(np.fft.rfft((rows - rows.mean(axis=1, keepdims=True)) * taper, axis=1)) ** 2
    spectra[:, 1 : (n + 1) // 2] *= 2  # both signs of each frequency
    frequencies = np.asarray(np.fft.rfftfreq(n, 1 / piece.fs), np.float64)
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    power, f = spectra[:, inside], frequencies[inside]
    total = power.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = power @ f / total
        share = np.cumsum(power, axis=1) / total[:, None]
    middle = np.array([_median(one, f, piece.fs / n) for one in share])
    rms = np.sqrt(total / (n * np.sum(taper**2)))
    first = piece.core_first + n * np.arange(len(rows))
    known = np.isfinite(total) & (total > 0)
    columns = [np.where(known, column, np.nan) for column in (middle, mean)]
    return np.stack([first, *columns, np.where(np.isfinite(total), rms, np.nan)])


def _median(share: Samples, f: Samples, spacing: float) -> float:
    """Return where a cumulative share of power is one half, between the edges of frequencies."""
    if not np.isfinite(share).all():
        return float("nan")
    edges = np.concatenate([f, [f[-1] + spacing]]) - spacing / 2
    return float(np.interp(0.5, np.concatenate([[0.0], share]), edges))
