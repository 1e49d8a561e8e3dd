"""Ratio of ratios of red and infrared light, and oxygen saturation by a given calibration."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signals_of
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Found = tuple[NDArray[np.int64], NDArray[np.float64]]

TEXTBOOK = "textbook"
TEXTBOOK_LINE = (110.0, -25.0)
MIN_RATE = 20.0  # Hz
SLOW = 1.0  # s: means over it, taken twice, are the steady part
SMOOTH = 0.1  # s
MAX_SHARE = 0.25  # of the steady part (root mean square): no tissue pulsates more
SATURATION = (0.0, 100.0)  # %


@dataclass(frozen=True, kw_only=True, eq=False)
class OxygenRatio(Result, given=("times", "correlation", "calibration")):
    """Ratio of ratios in successive windows.

    Attributes
    ----------
    times : ndarray, shape (n,)
        Middle of each window in s.
    ratio : ndarray, shape (n,)
        R = (AC/DC of red) / (AC/DC of infrared); NaN where the two do not pulsate together.
    correlation : ndarray, shape (n,)
        Of the pulsatile parts of red and infrared, -1 to 1.
    spo2 : ndarray, shape (n,)
        Saturation in % by the given calibration; NaN without one.
    calibration : tuple of float
        Coefficients of the polynomial in R, constant first; empty without one.
    calibrated : bool
        Whether it is the caller's own calibration; False for none and for 'textbook'.
    """

    times: NDArray[np.float64]
    ratio: NDArray[np.float64]
    correlation: NDArray[np.float64]
    spo2: NDArray[np.float64]
    calibration: tuple[float, ...] = ()
    calibrated: bool = False

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each window; 'spo2_%' only with a calibration."""
        import pandas as pd

        columns = {"time": self.times, "ratio": self.ratio, "correlation": self.correlation}
        return pd.DataFrame({**columns, "spo2_%": self.spo2} if self.calibration else columns)

    def _facts(self) -> list[tuple[str, str]]:
        facts = [
            ("windows", f"{int(np.isfinite(self.ratio).sum()):,} of {len(self.ratio):,}"),
            ("ratio of ratios (median)", quantity(median_of(self.ratio))),
        ]
        if self.calibration:
            label = "SpO2" if self.calibrated else "SpO2, uncalibrated"
            facts.append((f"{label} (median)", quantity(median_of(self.spo2), "%")))
        return facts


@analysis
def ratio_of_ratios(
    red: SignalLike,
    infrared: SignalLike,
    fs: float | None = None,
    *,
    calibration: str | Sequence[float] | None = None,
    window_s: float = 8.0,
    min_correlation: float = 0.9,
    usable: UsableLike = None,
) -> Plan[Found, OxygenRatio]:
    """Compute the ratio of ratios of red and infrared light in windows.

    Parameters
    ----------
    red, infrared : array-like of float, shape (n,), or Channel
        The raw signals **with their steady parts**, zero without light, with the same sample
        times; NaN marks missing samples.
    fs, usable
        As for `ppg_peaks`, for both signals.
    calibration : sequence of float, 'textbook', or None
        Coefficients of the polynomial of the sensor, constant first: SpO2 = c0 + c1 R + c2 R² …
        in %. 'textbook' is 110 - 25 R [1]_, which belongs to no sensor, and a note says so. None,
        the default, gives no saturation, because R depends on wavelengths and optics.
    window_s : float
        Length of the windows in s, counted from the start of each run; the default of 8 s holds
        several pulses and one or two breaths.
    min_correlation : float
        R is NaN where the pulsatile parts are correlated less (0 to 1), because something else
        than pulses moves them.

    Returns
    -------
    OxygenRatio
        AC is the deviation from the steady part (means over 1 s, taken twice), smoothed over
        0.1 s. The ratio of the two is their regression through zero with errors in both (the
        geometric mean of both slopes), which noise in one of them biases less than a ratio of
        amplitudes. A window with a hole has no R. The result is the same however the recording is
        cut into pieces, to 1e-9.

    Raises
    ------
    InvalidInputError
        The signals differ in length or times, the sampling rate is below 20 Hz, or
        ``calibration`` is not one of those listed.

    References
    ----------
    .. [1] Webster JG, editor. Design of Pulse Oximeters. Bristol: Institute of Physics Publishing;
       1997.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import ratio_of_ratios
    >>> pulse = np.sin(2 * np.pi * 1.2 * np.arange(6000) / 100)
    >>> found = ratio_of_ratios(50 + 0.5 * pulse, 50 + pulse, 100)
    >>> found.ratio.round(3).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    signal = signals_of([red, infrared], fs, usable, names=("red", "infrared"))
    checked_fs(signal.fs, MIN_RATE, "pulses have power up to 8 Hz")
    line, textbook = _checked_calibration(calibration), isinstance(calibration, str)
    window = checked_number(window_s, "window_s", 3.0, 600.0, unit="s")
    lowest = checked_number(min_correlation, "min_correlation", 0.0, 1.0)

    def join(partials: Sequence[Found], extent: Extent) -> OxygenRatio:
        starts = np.concatenate([np.empty(0, np.int64), *(partial[0] for partial in partials)])
        found = np.concatenate([np.empty((0, 2)), *(partial[1] for partial in partials)])
        correlation = found[:, 1]
        ratio = np.where(correlation >= lowest, found[:, 0], np.nan)
        spo2 = np.full(len(ratio), np.nan)
        notes = []
        if line:
            spo2 = np.polynomial.polynomial.polyval(ratio, line)
            spo2 = np.where((spo2 >= SATURATION[0]) & (spo2 <= SATURATION[1]), spo2, np.nan)
            if textbook:
                notes.append(
                    "SpO2 = 110 - 25 R is a textbook line, not a calibration of this sensor: the "
                    "values are uncalibrated"
                )
        if not np.any(np.isfinite(ratio)):
            why = (
                f"no window of {window:g} s is complete and has pulses on a steady part (give the "
                "raw signals, before any high-pass filter)"
            )
            if np.isfinite(correlation).any():
                why = (
                    f"red and infrared pulsate together (r >= {lowest:g}) in none of "
                    f"{len(ratio)} windows"
                )
            notes.append(not_enough(why))
        return OxygenRatio(
            times=extent.times(starts) + window / 2, ratio=ratio,
            correlation=correlation, spo2=spo2, calibration=line,
            calibrated=bool(line) and not textbook, valid=extent.valid, notes=tuple(notes),
        )  # fmt: skip

    context, grid = round(3 * signal.fs), round(window * signal.fs)
    work = functools.partial(_work, window=window)
    return Plan(work, join, before=context, after=context, grid=grid, source=signal)


def _checked_calibration(calibration: Any) -> tuple[float, ...]:
    if calibration is None:
        return ()
    if isinstance(calibration, str):
        if calibration == TEXTBOOK:
            return TEXTBOOK_LINE
    elif np.ndim(calibration) == 1 and len(calibration) > 1:
        return tuple(checked_number(c, "calibration") for c in calibration)
    raise InvalidInputError(
        f"calibration={calibration!r} is not accepted; give the coefficients of the sensor, "
        "constant first, such as (110, -25), or 'textbook', or None"
    )


def _work(piece: Piece, window: float) -> Found:
    """Return the first sample of each window of the core, and R and the correlation."""
    width, begin = round(window * piece.fs), int(piece.core.start)
    starts = np.arange(begin, int(piece.core.stop) - width + 1, width)
    steady, pulsatile = (
        part[:, begin : begin + len(starts) * width].reshape(2, len(starts), width)
        for part in _steady_and_pulsatile(piece.values, piece.fs)
    )
    mean = steady.mean(axis=2, keepdims=True)
    x, y = pulsatile / np.where(mean > 0, mean, np.nan)
    size = np.sqrt([np.mean(x**2, axis=1), np.mean(y**2, axis=1)])
    a, b = np.where(np.all((size > 0) & (size < MAX_SHARE), axis=0), size, np.nan)
    return starts + piece.first, np.stack([a / b, np.mean(x * y, axis=1) / (a * b)], axis=1)


def _steady_and_pulsatile(
    values: NDArray[np.float64], fs: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the steady and the pulsatile part; nothing is smoothed across NaN."""
    from scipy.ndimage import uniform_filter1d

    steady, pulsatile = np.full((2, *values.shape), np.nan)
    slow, fast = max(round(SLOW * fs), 1) | 1, max(round(SMOOTH * fs), 1) | 1
    for a, b in finite_stretches(values).tolist():
        part = level = values[:, a:b]
        for _ in range(2):
            level = uniform_filter1d(level, slow, axis=1, mode="nearest")
        steady[:, a:b] = level
        pulsatile[:, a:b] = uniform_filter1d(part - level, fast, axis=1, mode="nearest")
    return steady, pulsatile
