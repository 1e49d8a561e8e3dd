"""How a measure of the beats changes from beat to beat."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.beat_places import BeatPlaces, at_beats
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.windows.event_windows import (
    Around,
    around_events,
    moments_of,
    pooled,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.windows.event_windows import Moments

    Function = Callable[[NDArray[np.float64], float], float]
    Part = tuple[list[Any], list[Any], list[Moments]]

HALF = 0.5
MAX_KEPT = 1 << 26  # samples of beats that are kept until their average is known
MEASURES = ("amplitude", "peak_to_peak", "area", "width", "rms", "correlation")


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatTrend(Result, given=("times",)):
    """A measure of each beat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Times of the beats in seconds, as given.
    values : ndarray of float64, shape (n,)
        The measure; NaN for beats with missing samples.
    measure : str
        What was measured.
    units : str
        Its units; those of an array are called 'signal'.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    measure: str
    units: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each beat: time (s) and the measure."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, self.measure: self.values})

    def per_window(self, window_s: float) -> pd.DataFrame:
        """Return median, quartiles and number of beats in windows from time 0 on."""
        import pandas as pd

        length = checked_number(window_s, "window_s", 0, open_low=True, unit="s")
        kept = np.isfinite(self.values)
        number = np.floor(self.times[kept] / length).astype(np.int64)
        groups = pd.Series(self.values[kept]).groupby(number)
        table = groups.describe()[["50%", "25%", "75%", "count"]]
        table.columns = pd.Index(["median", "p25", "p75", "n_beats"])
        table.insert(0, "time", table.index.to_numpy() * length)
        return table.astype({"n_beats": np.int64}).reset_index(drop=True)

    def _facts(self) -> list[tuple[str, str]]:
        good = self.values[np.isfinite(self.values)]
        p = np.percentile(good, [25, 50, 75]).tolist() if len(good) else [np.nan] * 3
        return [
            (self.measure, f"{quantity(p[1], self.units)} (median)"),
            ("quartiles", f"{quantity(p[0])} to {quantity(p[2])}"),
            ("beats", f"{len(good):,} of {len(self.values):,}"),
        ]


@analysis
def beat_trend(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    measure: str | Function = "amplitude",
    before_s: float = 0.2,
    after_s: float = 0.4,
    baseline: tuple[float, float] | None = None,
    template: ArrayLike | None = None,
    usable: UsableLike = None,
) -> Plan[Part, BeatTrend] | Chain[BeatTrend]:
    """Measure each beat: its amplitude, width, area, similarity to the average, or anything.

    Parameters
    ----------
    x, fs, beats, usable
        As for `averaged_beat`. Beats with missing samples (NaN) are not measured.
    measure : str or callable
        'amplitude': value at the beat above the baseline. 'peak_to_peak': maximum minus minimum.
        'area': integral of the absolute value above the baseline, times s. 'width': time for
        which the beat exceeds half of its amplitude, in s. 'rms': root mean square about the
        baseline. 'correlation': with the template. Or a function ``f(samples, fs) -> float``,
        which is called from several threads.
    before_s, after_s : float
        Seconds before and after the beat that belong to it; by default those of an ECG from P
        wave to T wave.
    baseline : (float, float), optional
        Range in seconds from the beat whose mean is the baseline, such as ``(-0.1, -0.06)``; by
        default the median of the beat.
    template : array-like of float, shape (samples of a beat,), optional
        What 'correlation' compares with; by default the average of all beats.

    Returns
    -------
    BeatTrend
        One value for each beat. It is the same to 1e-9 however the recording is cut into pieces
        ('correlation' to 1e-6).

    Raises
    ------
    InvalidInputError
        The measure is unknown, the template has another length than a beat, or beat times do not
        increase or lie outside of the signal.

    Notes
    -----
    The limits of the width are interpolated linearly between samples.

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import beat_trend
    >>> trend = beat_trend(vw.sample(60)["ECG"], measure="peak_to_peak")
    >>> len(trend.per_window(30))
    2
    """
    if not callable(measure) and measure not in MEASURES:
        raise InvalidInputError(
            f"unknown measure {measure!r}; available: {', '.join(MEASURES)}, or a function "
            "f(samples, fs) -> float"
        )
    if beats is None:
        check_kind(x, "ecg", "beat_trend", beats=True)
    signal = signal_of(x, fs, usable)

    def measured(places: BeatPlaces) -> Plan[Part, BeatTrend]:
        times = places.times
        around = around_events(signal, times, before_s, after_s, baseline)
        shape = None if template is None else _checked_template(template, around.length)
        keep = measure == "correlation" and shape is None
        if keep and len(times) * around.length > MAX_KEPT:
            raise InvalidInputError(
                f"{len(times)} beats of {around.length} samples are too many to be averaged and "
                f"compared (at most {MAX_KEPT} samples); give template="
            )
        work = functools.partial(_measured, around=around, measure=measure, template=shape)
        join = functools.partial(
            _joined, around=around, measure=measure, times=times, units=signal.units[0] or "signal"
        )
        return Plan(work, join, before=around.before, after=around.after, source=signal)

    return at_beats(signal, beats, measured)


def _checked_template(template: ArrayLike, length: int) -> NDArray[np.float64]:
    try:
        shape = np.asarray(template, np.float64)
    except (TypeError, ValueError):
        shape = np.empty(0)
    if shape.shape != (length,) or not np.all(np.isfinite(shape)):
        raise InvalidInputError(
            f"template has the shape {shape.shape}; give {length} finite samples, as many as from "
            "before_s to after_s"
        )
    return shape


def _measured(piece: Piece, *, around: Around, measure: Any, template: Any) -> Part:
    """Return the events, their measures (or the beats themselves), and their moments."""
    found, values, moments = [], [], []
    for events, beats in around.cut(piece):
        found.append(events)
        if callable(measure):
            values.append(np.array([float(measure(one, piece.fs)) for one in beats]))
        elif measure == "correlation" and template is not None:
            values.append(_correlations(beats, template))
        elif measure == "correlation":
            less = beats - beats.mean(axis=1, keepdims=True)
            moments.append(moments_of(less))
            values.append(less.astype(np.float32))
        else:
            based = around.baseline is not None
            less = beats if based else beats - np.median(beats, axis=1, keepdims=True)
            values.append(_measure(less, around.before, piece.fs, measure))
    return found, values, moments


def _measure(x: NDArray[np.float64], at: int, fs: float, measure: str) -> NDArray[np.float64]:
    """Return a measure of beats about their baseline, shape (k,)."""
    if measure == "amplitude":
        return x[:, at].copy()
    if measure == "peak_to_peak":
        return np.asarray(np.ptp(x, axis=1))
    if measure == "area":
        return np.asarray(np.trapezoid(np.abs(x), axis=1) / fs)
    if measure == "rms":
        return np.asarray(np.sqrt((x * x).mean(axis=1)))
    share = x / np.where(x[:, at] == 0, np.nan, x[:, at])[:, None]
    return (_first_below(share[:, at::-1]) + _first_below(share[:, at:])) / fs


def _first_below(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many samples along each row it falls below a half; NaN where it does not."""
    below = share < HALF
    k = np.argmax(below, axis=1)
    row = np.arange(len(share))
    there = below[row, k] & (k > 0)
    before, after = share[row, np.maximum(k - 1, 0)], share[row, k]
    drop = np.where(there, before - after, 1)
    return np.where(there, k - 1 + (before - HALF) / drop, np.nan)


def _correlations(
    beats: NDArray[np.floating[Any]], template: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Pearson's correlation of each row with a template; NaN if one is constant."""
    y = template - template.mean()
    x = beats - beats.mean(axis=1, keepdims=True)
    bottom = np.sqrt((x * x).sum(axis=1, dtype=np.float64) * float(y @ y))
    return np.asarray(np.divide(x @ y, bottom, out=np.full(len(x), np.nan), where=bottom > 0))


def _joined(
    partials: Sequence[Part],
    extent: Extent,
    *,
    around: Around,
    measure: Any,
    times: NDArray[np.float64],
    units: str,
) -> BeatTrend:
    values = np.full(len(times), np.nan)
    mean = pooled([one for _, _, moments in partials for one in moments], around.length)[1]
    for found, measured, _ in partials:
        for events, part in zip(found, measured, strict=True):
            values[events] = _correlations(part, mean) if part.ndim > 1 else part
    named = measure if isinstance(measure, str) else getattr(measure, "__name__", "measure")
    special = {"area": f"{units} s", "width": "s", "correlation": ""}
    enough = np.isfinite(values).any()
    return BeatTrend(
        times=times,
        values=values,
        measure=named,
        units=special.get(named, units) if isinstance(measure, str) else "",
        valid=extent.valid,
        notes=() if enough else (not_enough("no beat has valid signal around it"),),
    )
