"""Respiration derived from an ECG or a photoplethysmogram and its beats."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import ECG, PPG
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.respiration.derived_series import (
    EVEN_RATE,
    LONGEST_PAUSE,
    DerivedRespiration,
    checked_beats,
    even_series,
    rate_of_series,
    sinus_beats,
)
from vital_widgets.analysis.respiration.rate_series import BAND, checked_band, checked_window
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Part = tuple[NDArray[np.int64], Signal, Signal]

R_NEAR, S_AFTER = 0.05, 0.1  # s around a beat for R, and after it for S
PULSE_BEFORE = 0.5  # s before a systolic peak in which its onset lies
LOWEST = {ECG: 80.0, PPG: 20.0}  # Hz
AT_ONCE = 600.0  # s of signal worked on at once in an array
FEW_BEATS = 8
LEAST_QUALITY = 0.4
RSA_LOW = 9.0  # breaths/min (0.15 Hz): below, intervals follow the blood pressure (Mayer waves)


def _plan(
    fs: float,
    *,
    beats: Any,
    window: float = 32.0,
    step: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = LEAST_QUALITY,
    timebase: TimeBase | None = None,
    source: str = ECG,
) -> Plan[Part, DerivedRespiration]:
    rate = checked_fs(fs, LOWEST[source], "the heights of single beats are measured")
    times, stretch = checked_beats(beats)
    kind = getattr(beats, "source", source)
    if kind != source:
        raise InvalidInputError(
            f"the beats were found in a signal of kind {kind!r}, and are needed of kind "
            f"{source!r}: each must lie on a peak of the signal given; use "
            f"{'ecg_peaks' if source == ECG else 'ppg_peaks'} of this channel"
        )
    windows = checked_window(window, step)
    limits = checked_band(band, windows[0])
    least = checked_number(min_quality, "min_quality", 0, 1)
    sign = float(getattr(beats, "polarity", 1))
    reach = round(LONGEST_PAUSE * rate)
    return Plan(
        functools.partial(
            _measure,
            samples=_samples_of(times, rate, timebase),
            measure=_of_ecg if source == ECG else _of_ppg,
            sign=sign,
        ),
        functools.partial(
            _join,
            times=times,
            stretch=stretch,
            windows=windows,
            limits=limits,
            least=least,
            source=source,
        ),
        before=reach,
        after=reach,
    )


def _ppg_plan(fs: float, **parameters: Any) -> Plan[Part, DerivedRespiration]:
    return _plan(fs, source=PPG, **parameters)


def _timed_ppg_plan(
    fs: float, *, timebase: TimeBase | None = None, **parameters: Any
) -> Plan[Part, DerivedRespiration]:
    return _ppg_plan(fs, timebase=timebase, **parameters)


@chunked(_plan)
@with_recipe("values", "beats", "usable")
def ecg_derived_respiration(
    values: Any,
    fs: float,
    beats: Any,
    *,
    window: float = 32.0,
    step: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = LEAST_QUALITY,
    usable: Any = None,
) -> DerivedRespiration:
    """Derive respiration from an ECG: amplitude, baseline and frequency modulation.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The ECG, not high-passed above some 0.05 Hz (or the baseline tells nothing).
    fs : float
        Sampling rate in Hz, at least 80.
    beats : Beats, or array-like of float, shape (k,)
        R peaks of this signal as `ecg_peaks` finds them, or their times in s.
    window, step : float
        Length and distance in s of the windows of the rates.
    band : (float, float)
        Slowest and fastest breathing in breaths a minute; in each window the fastest is
        lowered to half the heart rate, above which beats cannot show it.
    min_quality : float
        Height of the autocorrelation (0 to 1) below which a rate is NaN.
    usable : bool array of shape (n,), Stretches, Annotations or quality result, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    DerivedRespiration
        Three series at 4 Hz, and the rates of each.

    Notes
    -----
    Amplitude is the highest value within 50 ms of the beat over the lowest within 100 ms after
    it (the other way up for downward beats); baseline the mean from the beat before to the
    beat, set at the middle between them; frequency the RR interval, set at the
    beat that ends it. Beats whose interval differs by more than a fifth from the
    median of 11 are left out, and outliers of each series (5 median absolute deviations). The
    series are interpolated by PCHIP, across no gap longer than 3 s. The rate of the frequency
    modulation is looked for above 9 breaths/min (0.15 Hz) only: below, intervals follow the
    blood pressure more than the breath; of slower breathing the other two tell. The result is the
    same whatever the chunk length, to 1e-9.

    References
    ----------
    Charlton PH et al. Breathing rate estimation from the electrocardiogram and
    photoplethysmogram: a review. IEEE Rev Biomed Eng 11 (2018) 2-20.
    """
    parameters = {"window": window, "step": step, "band": band, "min_quality": min_quality}
    return _on_array(_plan(fs, beats=beats, **parameters), values, fs, usable)  # type: ignore[arg-type]


@chunked(_timed_ppg_plan)
@with_recipe("values", "beats", "usable")
def ppg_derived_respiration(
    values: Any,
    fs: float,
    beats: Any,
    *,
    window: float = 32.0,
    step: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = LEAST_QUALITY,
    usable: Any = None,
) -> DerivedRespiration:
    """Derive respiration from a photoplethysmogram: RIAV, RIIV and RIFV.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The photoplethysmogram, not high-passed (or RIIV tells little).
    fs : float
        Sampling rate in Hz, at least 20.
    beats : Beats, or array-like of float, shape (k,)
        Systolic peaks of this signal as `ppg_peaks` finds them, or their times in s.
    window, step : float
        Length and distance in s of the windows of the rates.
    band : (float, float)
        Slowest and fastest breathing in breaths a minute; in each window the fastest is
        lowered to half the pulse rate.
    min_quality : float
        Height of the autocorrelation (0 to 1) below which a rate is NaN.
    usable : bool array of shape (n,), Stretches, Annotations or quality result, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    DerivedRespiration
        amplitude (RIAV: peak over onset), baseline (RIIV: level of the peak) and frequency
        (RIFV: interval between peaks) at 4 Hz, and the rates of each.

    Notes
    -----
    The onset is the lowest value in the 0.5 s before the peak, at most back to the peak before.
    The rest is as in `ecg_derived_respiration`.

    References
    ----------
    Karlen W et al. Multiparameter respiratory rate estimation from the photoplethysmogram. IEEE
    Trans Biomed Eng 60 (2013) 1946-1953.
    Charlton PH et al. Breathing rate estimation from the electrocardiogram and
    photoplethysmogram: a review. IEEE Rev Biomed Eng 11 (2018) 2-20.
    """
    parameters = {"window": window, "step": step, "band": band, "min_quality": min_quality}
    return _on_array(_ppg_plan(fs, beats=beats, **parameters), values, fs, usable)


def _on_array(
    plan: Plan[Part, DerivedRespiration], values: Any, fs: Any, usable: Any
) -> DerivedRespiration:
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=max(round(AT_ONCE * rate), 1))


def _samples_of(times: Signal, fs: float, timebase: TimeBase | None) -> NDArray[np.int64]:
    """Return the sample of each beat, -1 where nothing was recorded."""
    if timebase is None:
        return np.round(times * fs).astype(np.int64)
    if not timebase.n_samples:
        return np.full(len(times), -1, np.int64)
    run = np.searchsorted(timebase.onsets, times + 0.5 / fs, side="right") - 1
    first = np.maximum(run, 0)
    at = timebase.starts[first] + np.round((times - timebase.onsets[first]) * fs)
    stop = np.append(timebase.starts, timebase.n_samples)[first + 1]
    return np.where((run >= 0) & (at < stop), at, -1).astype(np.int64)


def _measure(
    piece: Piece,
    samples: NDArray[np.int64],
    measure: Callable[[Piece, NDArray[np.int64], NDArray[np.int64], float], tuple[Signal, Signal]],
    sign: float,
) -> Part:
    """Return the beats of the core by number, their amplitudes and baselines."""
    stop = piece.core_first + piece.core_values.shape[-1]
    number = np.flatnonzero((samples >= piece.core_first) & (samples < stop))
    if not len(number):
        return number, np.empty(0), np.empty(0)
    at = samples[number] - piece.first
    before = np.where(number > 0, samples[number - 1] - piece.first, -1)
    # A beat before that is not in the piece is too far away to have an interval with this one.
    before = np.where((before >= 0) & (before < at), before, -1)
    amplitude, baseline = measure(piece, at, before, sign)
    return number, amplitude, baseline


def _around(x: Signal, at: NDArray[np.int64], first: int, last: int) -> Signal:
    """Return samples ``at + first ... at + last``, NaN outside the piece."""
    index = at[:, None] + np.arange(first, last + 1)
    inside = (index >= 0) & (index < len(x))
    return np.where(inside, x[np.clip(index, 0, len(x) - 1)], np.nan)


def _of_ecg(
    piece: Piece, at: NDArray[np.int64], before: NDArray[np.int64], sign: float
) -> tuple[Signal, Signal]:
    x, fs = piece.values, piece.fs
    near, after = max(round(R_NEAR * fs), 1), max(round(S_AFTER * fs), 1)
    top = sign * (sign * _around(x, at, -near, near)).max(axis=1)
    foot = sign * (sign * _around(x, at, 0, after)).min(axis=1)
    baseline = np.full(len(at), np.nan)
    for k, (a, b) in enumerate(zip(before.tolist(), at.tolist(), strict=True)):
        if a >= 0 and b - a <= LONGEST_PAUSE * fs:
            baseline[k] = x[a:b].mean()  # NaN if a sample is
    return sign * (top - foot), baseline


def _of_ppg(
    piece: Piece, at: NDArray[np.int64], before: NDArray[np.int64], sign: float
) -> tuple[Signal, Signal]:
    x = sign * piece.values
    back = round(PULSE_BEFORE * piece.fs)
    rows = _around(x, at, -back, 0)
    own = np.arange(-back, 1) + at[:, None] > before[:, None]
    whole = ~np.any(np.isnan(rows) & own, axis=1)
    foot = np.where(own & np.isfinite(rows), rows, np.inf).min(axis=1)
    top = x[at]
    good = whole & np.isfinite(foot) & np.isfinite(top)
    height = np.where(good, top - np.where(good, foot, 0.0), np.nan)
    return height, np.where(np.isfinite(top), sign * top, np.nan)


def _join(  # noqa: PLR0917 - partial binds all but two
    partials: Sequence[Part],
    extent: Extent,
    times: Signal,
    stretch: NDArray[np.int64],
    windows: tuple[float, float],
    limits: tuple[float, float],
    least: float,
    source: str,
) -> DerivedRespiration:
    empty: Part = (np.empty(0, np.int64), np.empty(0), np.empty(0))
    number, height, level = (np.concatenate(part) for part in zip(empty, *partials, strict=True))
    interval, sinus = sinus_beats(times, stretch)
    kept = sinus[number] & np.isfinite(height)
    number, height, level = number[kept], height[kept], level[kept]
    at, rr, piece = times[number], interval[number], stretch[number]
    middle = at - np.where(np.isfinite(rr), rr, 0.0) / 2000 if source == ECG else at
    base = extent.timebase if extent.timebase.n_samples else regular(extent.fs, 0)
    t0 = base.start if base.n_samples else 0.0
    end = base.end if base.n_samples else 0.0
    grid = t0 + np.arange(max(int((end - t0) * EVEN_RATE + 1e-6), 0)) / EVEN_RATE
    level = np.where(np.isfinite(rr), level, np.nan) if source == ECG else level
    series = {
        "amplitude": even_series(at, height, piece, grid),
        "baseline": even_series(middle, level, piece, grid),
        "frequency": even_series(at, rr, piece, grid),
    }
    slowest = {"frequency": max(limits[0], min(RSA_LOW / 60, limits[1] / 2))}
    rates = {
        name: rate_of_series(x, at, t0, windows, (slowest.get(name, limits[0]), limits[1]), least)
        for name, x in series.items()
    }
    notes = []
    if len(at) < FEW_BEATS:
        notes.append(not_enough(f"{len(at)} regular beats lie in the signal"))
    elif not any(len(found) for found in rates.values()):
        notes.append(not_enough(f"the signal holds no window of {windows[0]:g} s"))
    return DerivedRespiration(
        times=grid,
        amplitude=series["amplitude"],
        baseline=series["baseline"],
        frequency=series["frequency"],
        rates=rates,
        beats={"time": at, "amplitude": height, "baseline": level, "frequency": rr},
        source=source,
        valid=extent.valid,
        notes=tuple(notes),
    )
