"""Fractal dimensions of a curve, and the parameters of Hjorth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    Complexity,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.series import series_of

if TYPE_CHECKING:
    import pandas as pd


@with_recipe("values")
def higuchi_fractal_dimension(
    values: Any, fs: float | None = None, *, k_max: int = 10, usable: Any = None
) -> Complexity:
    """Fractal dimension after Higuchi: 1 for a smooth curve, 2 for white noise.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it: steps across an interruption are left out, and the length
        of the curve is scaled by the number of steps there are.
    fs : float, optional
        Sampling rate in Hz; only to say how many seconds of signal the figure rests on.
    k_max : int
        Longest interval, in values, 2 to 1000.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Higuchi, T. (1988). Approach to an irregular time series on the basis of the fractal theory.
    Physica D, 31(2), 277-283.
    """
    series = series_of(values, fs, usable)
    k_max = whole_number(k_max, "k_max", 2, 1000)
    note = too_little(series, 2 * k_max + 1, f"Higuchi's dimension with k_max={k_max}")
    value, log_k, log_length = NAN, [], []
    for k in range(1, k_max + 1) if not note else ():
        at = series.starts(k)
        steps = np.abs(series.values[at + k] - series.values[at])
        n = np.bincount(at % k, minlength=k)
        sums = np.bincount(at % k, steps, minlength=k)
        there = n > 0
        if not there.any() or not sums.any():
            continue
        lengths = sums[there] * (len(series) - 1) / (n[there] * k) / k
        log_k.append(math.log(k))
        log_length.append(math.log(float(np.mean(lengths))))
    if len(log_k) == k_max:
        value = -float(np.polyfit(log_k, log_length, 1)[0])
    elif not note:
        note = f"not defined: there are no steps over some intervals up to {k_max} values"
    return Complexity(
        name="Higuchi fractal dimension",
        value=value,
        n=len(series),
        details={"k_max": k_max, "log_k": np.array(log_k), "log_length": np.array(log_length)},
        valid=series.valid,
        notes=(note,) if note else (),
    )


@with_recipe("values")
def katz_fractal_dimension(
    values: Any, fs: float | None = None, *, usable: Any = None
) -> Complexity:
    """Fractal dimension after Katz, from amplitudes only.

    ``log10(n) / (log10(n) + log10(d / L))`` with n steps, L the sum of their sizes and d the
    greatest distance of any value from the first. Distances are differences of amplitude, as in
    Esteller (2001) and NeuroKit2, because time and amplitude have no common unit.

    Parameters
    ----------
    values, fs, usable
        As in `higuchi_fractal_dimension`; steps across an interruption are left out.

    References
    ----------
    Katz, M. J. (1988). Fractals and the analysis of waveforms. Computers in Biology and Medicine,
    18(3), 145-156.

    Esteller, R., Vachtsevanos, G., Echauz, J., & Litt, B. (2001). A comparison of waveform
    fractal dimension algorithms. IEEE Transactions on Circuits and Systems I, 48(2), 177-183.
    """
    series = series_of(values, fs, usable)
    note = too_little(series, 3, "Katz's dimension")
    value = NAN
    if not note:
        at = series.starts(1)
        length = float(np.sum(np.abs(series.values[at + 1] - series.values[at])))
        reach = float(np.max(np.abs(series.values - series.values[0])))
        bottom = math.log10(len(at)) + math.log10(reach / length) if length and reach else 0.0
        if len(at) > 1 and abs(bottom) > np.finfo(float).eps:
            value = math.log10(len(at)) / bottom
        else:
            note = "not defined: there are no steps, or they all lead one way in one step"
    return Complexity(
        name="Katz fractal dimension",
        value=value,
        n=len(series),
        valid=series.valid,
        notes=(note,) if note else (),
    )


@with_recipe("values")
def petrosian_fractal_dimension(
    values: Any, fs: float | None = None, *, usable: Any = None
) -> Complexity:
    """Fractal dimension after Petrosian, from the number of turning points.

    ``log10(n) / (log10(n) + log10(n / (n + 0.4 c)))`` with n values of which c are turning
    points: the difference changes between falling and not falling.

    Parameters
    ----------
    values, fs, usable
        As in `higuchi_fractal_dimension`; no turning point is looked for across an interruption.

    References
    ----------
    Petrosian, A. (1995). Kolmogorov complexity of finite sequences and recognition of different
    preictal EEG patterns. Proceedings of the Eighth IEEE Symposium on Computer-Based Medical
    Systems, 212-217.
    """
    series = series_of(values, fs, usable)
    note = too_little(series, 3, "Petrosian's dimension")
    value, turns = NAN, 0
    if not note:
        at, n = series.starts(2), len(series)
        falls = np.diff(series.values) < 0
        turns = int(np.count_nonzero(falls[at] != falls[at + 1]))
        value = math.log10(n) / (math.log10(n) + math.log10(n / (n + 0.4 * turns)))
    return Complexity(
        name="Petrosian fractal dimension",
        value=value,
        n=len(series),
        details={"turning_points": turns},
        valid=series.valid,
        notes=(note,) if note else (),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Hjorth(Result):
    """The parameters of Hjorth.

    Attributes
    ----------
    activity : float
        Variance, in the square of the unit of the values.
    mobility : float
        Root of the variance of the slope over that of the values: in rad/s if ``fs`` was given
        (2 pi times a mean frequency), else per sample.
    complexity : float
        Mobility of the slope over that of the values; 1 for a sine.
    n : int
        Number of values.
    """

    activity: float
    mobility: float
    complexity: float
    n: int

    def to_frame(self) -> pd.DataFrame:
        """Return one row."""
        import pandas as pd

        names = ("activity", "mobility", "complexity", "n")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the three parameters."""
        names = ("activity", "mobility", "complexity")
        return [(name, quantity(getattr(self, name))) for name in names]


@with_recipe("values")
def hjorth(values: Any, fs: float | None = None, *, usable: Any = None) -> Hjorth:
    """Activity, mobility and complexity after Hjorth.

    Parameters
    ----------
    values : array-like of float, shape (n,), or beats
        The series; NaN interrupts it, and no difference is taken across an interruption.
    fs : float, optional
        Sampling rate in Hz; mobility is then in rad/s, otherwise per sample.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the values may be used.

    References
    ----------
    Hjorth, B. (1970). EEG analysis based on time domain properties. Electroencephalography and
    Clinical Neurophysiology, 29(3), 306-310.
    """
    series = series_of(values, fs, usable)
    note = too_little(series, 4, "Hjorth's parameters")
    activity = mobility = complexity = NAN
    if not note:
        x = series.values
        first, second = series.starts(1), series.starts(2)
        activity = float(np.var(x))
        slope = float(np.var(x[first + 1] - x[first])) if len(first) else NAN
        bend = NAN
        if len(second):
            bend = float(np.var(x[second + 2] - 2 * x[second + 1] + x[second]))
        mobility = math.sqrt(slope / activity)
        complexity = math.sqrt(bend / slope) / mobility if slope > 0 else NAN
        mobility *= 1.0 if fs is None else float(fs)
    return Hjorth(
        activity=activity,
        mobility=mobility,
        complexity=complexity,
        n=len(series),
        valid=series.valid,
        notes=(note,) if note else (),
    )
