"""Fractal dimensions of a curve, and the parameters of Hjorth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_integer
from vital_widgets.analysis.signal.complexity.series import (
    Complexity,
    SeriesLike,
    measured,
    series_of,
    slope,
    too_little,
)
from vital_widgets.analysis.signal.windows.window_rows import STATISTICS, Rows

if TYPE_CHECKING:
    from vital_widgets.analysis.engine.stretches import UsableLike

HJORTH = ("activity", "mobility", "complexity")


@analysis
def higuchi_fractal_dimension(
    x: SeriesLike, fs: float | None = None, *, k_max: int = 10, usable: UsableLike = None
) -> Complexity:
    """Compute the fractal dimension after Higuchi: 1 for a smooth curve, 2 for white noise.

    Parameters
    ----------
    x, fs, usable
        As for `approximate_entropy`. Steps across an interruption are left out, and the length of
        the curve is scaled by the number of steps.
    k_max : int
        Longest interval, in values, 2 to 1000; 10 as in NeuroKit2.

    Returns
    -------
    Complexity
        The dimension; ``details`` has the points of the fit.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    References
    ----------
    Higuchi T. Approach to an irregular time series on the basis of the fractal theory. Physica D
    1988;31(2):277-283. doi:10.1016/0167-2789(88)90081-4

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import higuchi_fractal_dimension
    >>> round(float(higuchi_fractal_dimension(np.arange(1000.0))), 6)
    1.0
    """
    series = series_of(x, fs, usable)
    k_max = checked_integer(k_max, "k_max", 2, 1000)
    note = too_little(series, 2 * k_max + 1, f"Higuchi's dimension with k_max={k_max}")
    lengths = np.zeros(k_max)
    for k in range(1, k_max + 1) if not note else ():
        at = series.starts(k)
        n = np.bincount(at % k, minlength=k)
        sums = np.bincount(at % k, np.abs(series.values[at + k] - series.values[at]), minlength=k)
        if n.any():
            lengths[k - 1] = np.mean(sums[n > 0] / n[n > 0]) * (len(series) - 1) / k**2
    if not note and not lengths.all():
        note = f"not defined: the values do not vary over some intervals up to {k_max} values"
    log_k, log_length = np.log(np.arange(1, k_max + 1)), np.log(np.where(lengths, lengths, 1))
    value = np.nan if note else -slope(log_k, log_length)
    points: dict[str, Any] = {"log_k": log_k, "log_length": log_length}
    return measured("Higuchi fractal dimension", value, series, note, k_max=k_max, **points)


@analysis
def katz_fractal_dimension(
    x: SeriesLike, fs: float | None = None, *, usable: UsableLike = None
) -> Complexity:
    """Compute the fractal dimension after Katz, from amplitudes only.

    ``log10(n) / (log10(n) + log10(d / L))`` with n steps, L the sum of their absolute sizes and d
    the largest distance of any value from the first.

    Parameters
    ----------
    x, fs, usable
        As for `approximate_entropy`; steps across an interruption are left out.

    Returns
    -------
    Complexity
        The dimension.

    Raises
    ------
    InvalidInputError
        ``x`` is not a series.

    Notes
    -----
    Distances are differences of amplitude [2]_, as in NeuroKit2, because time and amplitude have
    no common units.

    References
    ----------
    .. [1] Katz MJ. Fractals and the analysis of waveforms. Computers in Biology and Medicine
       1988;18(3):145-156. doi:10.1016/0010-4825(88)90041-8
    .. [2] Esteller R, Vachtsevanos G, Echauz J, Litt B. A comparison of waveform fractal dimension
       algorithms. IEEE Transactions on Circuits and Systems I 2001;48(2):177-183.
       doi:10.1109/81.904882

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import katz_fractal_dimension
    >>> round(float(katz_fractal_dimension(np.arange(1000.0))), 6)
    1.0
    """
    series = series_of(x, fs, usable)
    note = too_little(series, 3, "Katz's dimension")
    value = np.nan
    if not note:
        at = series.starts(1)
        length = float(np.sum(np.abs(series.values[at + 1] - series.values[at])))
        reach = float(np.max(np.abs(series.values - series.values[0])))
        bottom = math.log10(len(at)) + math.log10(reach / length) if length and reach else 0.0
        if len(at) > 1 and abs(bottom) > np.finfo(float).eps:
            value = math.log10(len(at)) / bottom
        else:
            note = "not defined: there are too few steps between successive values"
    return measured("Katz fractal dimension", value, series, note)


@analysis
def petrosian_fractal_dimension(
    x: SeriesLike, fs: float | None = None, *, usable: UsableLike = None
) -> Complexity:
    """Compute the fractal dimension after Petrosian, from the number of turning points.

    ``log10(n) / (log10(n) + log10(n / (n + 0.4 c)))`` with n values of which c are turning
    points, where the differences change between falling and not falling.

    Parameters
    ----------
    x, fs, usable
        As for `approximate_entropy`; there are no turning points across an interruption.

    Returns
    -------
    Complexity
        The dimension; ``details`` has the number of turning points.

    Raises
    ------
    InvalidInputError
        ``x`` is not a series.

    References
    ----------
    Petrosian A. Kolmogorov complexity of finite sequences and recognition of different preictal
    EEG patterns. Proceedings of the Eighth IEEE Symposium on Computer-Based Medical Systems
    1995;212-217. doi:10.1109/CBMS.1995.465426

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import petrosian_fractal_dimension
    >>> petrosian_fractal_dimension(np.sin(np.arange(100))).details["turning_points"]
    31
    """
    series = series_of(x, fs, usable)
    note = too_little(series, 3, "Petrosian's dimension")
    value, turns, n = np.nan, 0, len(series)
    if not note:
        at, falls = series.starts(2), np.diff(series.values) < 0
        turns = int(np.count_nonzero(falls[at] != falls[at + 1]))
        value = math.log10(n) / (math.log10(n) + math.log10(n / (n + 0.4 * turns)))
    return measured("Petrosian fractal dimension", value, series, note, turning_points=turns)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hjorth(Result, columns={name: name for name in (*HJORTH, "n")}):
    """The parameters of Hjorth.

    Attributes
    ----------
    activity : float
        Variance, in the squared units of the series.
    mobility : float
        Square root of the ratio of the variances of the slope and of the values: in rad/s if the
        sampling rate is known (2 pi times a mean frequency), otherwise per sample.
    complexity : float
        Ratio of the mobilities of the slope and of the values; 1 for a sine.
    n : int
        Number of values.
    """

    activity: float
    mobility: float
    complexity: float
    n: int

    def _facts(self) -> list[tuple[str, str]]:
        return [(name, quantity(getattr(self, name))) for name in HJORTH]


@analysis
def hjorth(x: SeriesLike, fs: float | None = None, *, usable: UsableLike = None) -> Hjorth:
    """Compute activity, mobility and complexity after Hjorth.

    Parameters
    ----------
    x, usable
        As for `approximate_entropy`; no difference is taken across an interruption.
    fs : float, optional
        Sampling rate in Hz of an array; without it, mobility is per sample.

    Returns
    -------
    Hjorth
        The three parameters.

    Raises
    ------
    InvalidInputError
        ``x`` is not a series.

    References
    ----------
    Hjorth B. EEG analysis based on time domain properties. Electroencephalography and Clinical
    Neurophysiology 1970;29(3):306-310. doi:10.1016/0013-4694(70)90143-4

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import hjorth
    >>> round(hjorth(np.sin(2 * np.pi * 5 * np.arange(1000) / 1000), fs=1000).mobility)
    31
    """
    series = series_of(x, fs, usable)
    note = too_little(series, 4, "Hjorth's parameters")
    measures: dict[str, Any] = dict.fromkeys(HJORTH, np.nan)
    if not note:
        breaks = np.flatnonzero(np.diff(series.stretch)) + 1
        rows = Rows(np.insert(series.values, breaks, np.nan)[None], series.fs)
        measures = {name: float(STATISTICS[name](rows)[0]) for name in HJORTH}
    return Hjorth(**measures, n=len(series), valid=series.valid, notes=(note,) if note else ())
