"""Respiration derived from the beats of an ECG or a photoplethysmogram."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.beats.beat_series import ECG, PPG, BeatsLike, found_notes
from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, Source, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.respiration.derived_series import (
    EVEN_RATE,
    MAX_PAUSE,
    DerivedRespiration,
    even_series,
    rate_of_series,
    sinus_beats,
)
from vital_widgets.analysis.respiration.respiration_rate import BAND, checked_band, checked_window
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Signal = NDArray[np.float64]
    Part = tuple[NDArray[np.int64], Signal, Signal]
    Settings = tuple[tuple[float, float], tuple[float, float], float]

R_NEAR, S_AFTER = 0.05, 0.1  # s around a beat for R, and after it for S
PULSE_BEFORE = 0.5  # s before a systolic peak in which its onset lies
WHY = "the amplitudes of single beats are measured"
FEW_BEATS = 8
MIN_QUALITY = 0.4
RSA_LOW = 9.0  # breaths/min (0.15 Hz): below, intervals follow the blood pressure (Mayer waves)


@analysis
def ecg_derived_respiration(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    window_s: float = 32.0,
    step_s: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = MIN_QUALITY,
    usable: UsableLike = None,
) -> Plan[Part, DerivedRespiration] | Chain[DerivedRespiration]:
    """Derive respiration from the amplitude, baseline and frequency modulation of an ECG.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The ECG, without a high-pass above about 0.05 Hz, which removes the baseline modulation;
        NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz, at least 80; required for an array, and the channel's own for a
        channel.
    beats : Beats, Annotations, or array-like of float, shape (k,), optional
        R peaks of this signal as `ecg_peaks` returns them, or their times in s. By default
        `ecg_peaks` finds them, and a note says so.
    window_s, step_s : float
        Length and distance in s of the windows of the rates; as for `respiration_rate`.
    band : (float, float)
        Lowest and highest rate that is searched, in breaths/min; in each window the highest is at
        most half the heart rate, above which beats cannot show it.
    min_quality : float
        Height of the autocorrelation (0 to 1) below which a rate is NaN; lower than for a
        respiration signal, because modulations are noisier.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    DerivedRespiration
        Three series at 4 Hz, and the rates of each. The result is the same however the recording
        is cut into pieces, to 1e-9.

    Raises
    ------
    InvalidInputError
        The sampling rate is too low, the beats are of another kind of signal or do not rise, or an
        argument is out of range.

    Notes
    -----
    Amplitude is the highest value within 50 ms of the beat minus the lowest within 100 ms after
    it (reversed for downward beats); baseline is the mean from the previous beat to the beat, at
    the middle between them; frequency is the RR interval, at the beat that ends it [1]_. Beats
    whose interval differs by more than 20 % from the median of 11 are excluded, as are outliers of
    each series (5 median absolute deviations). The series are interpolated by PCHIP, but not
    across gaps longer than 3 s. The rate of the frequency modulation is searched above
    9 breaths/min (0.15 Hz) only, because slower intervals follow the blood pressure more than
    breathing; the other two modulations show slower breathing.

    References
    ----------
    .. [1] Charlton PH, et al. Breathing rate estimation from the electrocardiogram and
       photoplethysmogram: a review. IEEE Reviews in Biomedical Engineering 2018;11:2-20.
       doi:10.1109/RBME.2017.2763681

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ecg_derived_respiration
    >>> found = ecg_derived_respiration(vw.sample(120)["ECG"])
    >>> sorted(found.rates)
    ['amplitude', 'baseline', 'frequency']
    """
    check_kind(x, "ecg", "ecg_derived_respiration")
    signal = signal_of(x, fs, usable, min_fs=80.0, why=WHY)
    plan = _planned(signal, ECG, window_s, step_s, band, min_quality)
    if beats is None:
        return Chain((ecg_peaks.plan(x, fs, usable=usable),), functools.partial(plan, found=True))
    return plan(beats)


@analysis
def ppg_derived_respiration(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    window_s: float = 32.0,
    step_s: float = 8.0,
    band: tuple[float, float] = BAND,
    min_quality: float = MIN_QUALITY,
    usable: UsableLike = None,
) -> Plan[Part, DerivedRespiration] | Chain[DerivedRespiration]:
    """Derive respiration from a photoplethysmogram: RIAV, RIIV and RIFV.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The photoplethysmogram, without a high-pass, which removes most of RIIV; NaN marks missing
        samples.
    fs, beats, window_s, step_s, band, min_quality, usable
        As for `ecg_derived_respiration`; ``fs`` is at least 20, and ``beats`` are systolic peaks,
        by default those that `ppg_peaks` finds.

    Returns
    -------
    DerivedRespiration
        amplitude (RIAV: peak above onset), baseline (RIIV: level of the peak) and frequency
        (RIFV: interval between peaks) at 4 Hz [1]_, and the rates of each.

    Notes
    -----
    The onset is the lowest value in the 0.5 s before the peak, at most back to the previous peak.
    The rest is as in `ecg_derived_respiration`.

    References
    ----------
    .. [1] Karlen W, Raman S, Ansermino JM, Dumont GA. Multiparameter respiratory rate estimation
       from the photoplethysmogram. IEEE Transactions on Biomedical Engineering
       2013;60(7):1946-1953. doi:10.1109/TBME.2013.2246160

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ppg_derived_respiration
    >>> found = ppg_derived_respiration(vw.sample(120)["PPG"])
    >>> found.source, len(found.times)
    ('ppg', 480)
    """
    check_kind(x, "ppg", "ppg_derived_respiration")
    signal = signal_of(x, fs, usable, min_fs=20.0, why=WHY)
    plan = _planned(signal, PPG, window_s, step_s, band, min_quality)
    if beats is None:
        return Chain((ppg_peaks.plan(x, fs, usable=usable),), functools.partial(plan, found=True))
    return plan(beats)


def _planned(
    signal: Source,
    source: str,
    window_s: float,
    step_s: float,
    band: tuple[float, float],
    min_quality: float,
) -> Callable[..., Plan[Part, DerivedRespiration]]:
    """Return `_plan` with its checked settings: windows, limits of the rate, quality."""
    windows = checked_window(window_s, step_s)
    quality = checked_number(min_quality, "min_quality", 0, 1)
    settings = (windows, checked_band(band, windows[0]), quality)
    return functools.partial(_plan, signal, settings, source)


def _plan(
    signal: Source, settings: Settings, source: str, beats: Any, *, found: bool = False
) -> Plan[Part, DerivedRespiration]:
    kind = getattr(beats, "source", source)
    if kind != source:
        raise InvalidInputError(
            f"the beats were found in a signal of kind {kind!r}, but must lie on the peaks of this "
            f"{source!r} signal; give the result of {source}_peaks of this signal"
        )
    times, notes = beat_times(beats, "beats")
    numbers = getattr(beats, "stretch", None)
    stretch = np.zeros(len(times), np.int64) if numbers is None else np.asarray(numbers, np.int64)
    reach = round(MAX_PAUSE * signal.fs)
    base = signal.timebase
    work = functools.partial(
        _measure,
        samples=base.nearest(times) if base.n_samples else np.full(len(times), -1, np.int64),
        measure=_of_ecg if source == ECG else _of_ppg,
        sign=float(getattr(beats, "polarity", 1)),
    )
    notes = [*found_notes(beats), *notes] if found else notes
    join = functools.partial(
        _join, times=times, stretch=stretch, settings=settings, source=source, notes=tuple(notes)
    )
    return Plan(work, join, before=reach, after=reach, source=signal)


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
    # A previous beat outside the piece is too far away to form an interval.
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
        if a >= 0 and b - a <= MAX_PAUSE * fs:
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
    settings: Settings,
    source: str,
    notes: tuple[str, ...],
) -> DerivedRespiration:
    empty: Part = (np.empty(0, np.int64), np.empty(0), np.empty(0))
    number, height, level = (np.concatenate(part) for part in zip(empty, *partials, strict=True))
    interval, sinus = sinus_beats(times, stretch)
    kept = sinus[number] & np.isfinite(height)
    number, height, level = number[kept], height[kept], level[kept]
    at, rr, piece = times[number], interval[number], stretch[number]
    middle = at
    if source == ECG:
        middle = at - np.where(np.isfinite(rr), rr, 0.0) / 2000
        level = np.where(np.isfinite(rr), level, np.nan)
    base = extent.timebase
    t0, end = (base.start, base.end) if base.n_samples else (0.0, 0.0)
    grid = t0 + np.arange(max(int((end - t0) * EVEN_RATE + 1e-6), 0)) / EVEN_RATE
    beats = {"time": at, "amplitude": height, "baseline": level, "frequency": rr}
    series = {
        name: even_series(middle if name == "baseline" else at, beats[name], piece, grid)
        for name in ("amplitude", "baseline", "frequency")
    }
    windows, (low, high), min_quality = settings
    lowest = {"frequency": max(low, min(RSA_LOW / 60, high / 2))}
    rates = {
        name: rate_of_series(values, at, t0, windows, (lowest.get(name, low), high), min_quality)
        for name, values in series.items()
    }
    if len(at) < FEW_BEATS:
        notes += (not_enough(f"{len(at)} regular beats lie in the signal"),)
    elif not any(len(found) for found in rates.values()):
        notes += (not_enough(f"the signal holds no window of {windows[0]:g} s"),)
    return DerivedRespiration(
        times=grid, amplitude=series["amplitude"], baseline=series["baseline"],
        frequency=series["frequency"], rates=rates, beats=beats, source=source,
        valid=extent.valid, notes=notes,
    )  # fmt: skip
