"""How a measure of the beats changes from beat to beat."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.windows.event_windows import (
    Around,
    Running,
    around_events,
    event_times,
)
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

PIECE = 1 << 20
HALF = 0.5
MOST_KEPT = 1 << 26  # values of beats that are kept for a template of all of them
MEASURES = ("amplitude", "peak_to_peak", "area", "width", "rms", "correlation")


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatTrend(Result, given=("times",)):
    """A measure of each beat.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Times of the beats in seconds, as given.
    values : ndarray of float64, shape (n,)
        The measure; NaN for a beat without whole signal around it.
    measure : str
        What was measured.
    unit : str
        Its unit; 'signal' stands for the unit of the signal.
    """

    times: NDArray[np.float64]
    values: NDArray[np.float64]
    measure: str
    unit: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a beat: time (s) and the measure."""
        import pandas as pd

        return pd.DataFrame({"time": self.times, self.measure: self.values})

    def per_window(self, seconds: float) -> pd.DataFrame:
        """Return median, quartiles and number of beats in windows from time 0 on."""
        import pandas as pd

        length = checked_number(seconds, "seconds", 0, open_low=True, unit="s")
        kept = np.isfinite(self.values)
        number = np.floor(self.times[kept] / length).astype(np.int64)
        groups = pd.Series(self.values[kept]).groupby(number)
        table = pd.DataFrame(
            {
                "median": groups.median(),
                "p25": groups.quantile(0.25),
                "p75": groups.quantile(0.75),
                "beats": groups.size(),
            }
        )
        table.insert(0, "time", table.index.to_numpy() * length)
        return table.reset_index(drop=True)

    def facts(self) -> list[tuple[str, str]]:
        """Return the median and quartiles, and the number of beats."""
        good = self.values[np.isfinite(self.values)]
        p = np.percentile(good, [25, 50, 75]).tolist() if len(good) else [np.nan] * 3
        return [
            (self.measure, f"{quantity(p[1], self.unit)} (median)"),
            ("quartiles", f"{quantity(p[0])} to {quantity(p[2])}"),
            ("beats", f"{len(good):,} of {len(self.values):,}"),
        ]


def plan_beat_trend(
    fs: float,
    *,
    beats: Any,
    measure: str | Callable[[NDArray[np.float64], float], float] = "amplitude",
    before: float = 0.2,
    after: float = 0.4,
    baseline: tuple[float, float] | None = None,
    template: Any = None,
    timebase: TimeBase | None = None,
) -> Plan[Any, BeatTrend]:
    """Return the plan of `beat_trend`."""
    times = event_times(beats)
    around = around_events(fs, timebase, times, before=before, after=after, baseline=baseline)
    if not callable(measure) and measure not in MEASURES:
        raise InvalidInputError(
            f"measure={measure!r} is not known; choose one of {', '.join(MEASURES)}, or give a "
            "function f(samples, fs) -> float"
        )
    shape = None
    if template is not None:
        shape = checked_signal(template, "template")
        if len(shape) != around.length or not np.all(np.isfinite(shape)):
            raise InvalidInputError(
                f"template has {len(shape)} samples; a beat has {around.length}, none of them NaN "
                "(before= and after= must be those of the template)"
            )
    keep = measure == "correlation" and shape is None
    if keep and len(times) * around.length > MOST_KEPT:
        raise InvalidInputError(
            f"{len(times)} beats of {around.length} samples are too many to keep; give template="
        )
    work = functools.partial(_measured, around=around, measure=measure, template=shape, keep=keep)
    join = functools.partial(_joined, around=around, measure=measure, times=times)
    return Plan(work, join, before=around.before, after=around.after)


@chunked(plan_beat_trend)
@with_recipe("values", "beats")
def beat_trend(
    values: Any,
    fs: float,
    beats: Any,
    *,
    measure: str | Callable[[NDArray[np.float64], float], float] = "amplitude",
    before: float = 0.2,
    after: float = 0.4,
    baseline: tuple[float, float] | None = None,
    template: Any = None,
    usable: Any = None,
) -> BeatTrend:
    """Measure each beat: its amplitude, width, area, likeness to the average, or anything.

    In pieces it gives the same to 1e-9, 'correlation' to 1e-6.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; a beat with NaN in its stretch is not measured.
    fs : float
        Sampling rate in Hz.
    beats : Beats, or array-like of float, shape (k,)
        Beats, or their times in seconds, rising.
    measure : str or callable
        'amplitude': the value at the beat less the baseline; 'peak_to_peak': greatest less
        smallest value; 'area': integral of the absolute value less the baseline, times s;
        'width': time for which the beat stays beyond half of its amplitude, in s; 'rms': about
        the baseline; 'correlation': with ``template``; or a function ``f(samples, fs) -> float``.
    before, after : float
        Seconds before and after the beat that belong to it.
    baseline : (float, float), optional
        Stretch in seconds from the beat whose mean is the baseline, such as ``(-0.1, -0.06)``;
        by default it is the median of the beat.
    template : array-like of float, shape (samples of a beat,), optional
        What to correlate with; by default the average of all beats measured.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_beat_trend(
        rate,
        beats=beats,
        measure=measure,
        before=before,
        after=after,
        baseline=baseline,
        template=template,
        timebase=regular(rate, len(signal)),
    )
    return run_on_array(plan, signal, rate, chunk_samples=max(PIECE, 4 * plan.after))


def _measured(
    piece: Piece, *, around: Around, measure: Any, template: Any, keep: bool
) -> tuple[list[Any], list[Any], list[Any], Running]:
    found: list[NDArray[np.int64]] = []
    values: list[NDArray[np.float64]] = []
    kept: list[NDArray[np.float32]] = []
    running = Running.empty(around.length)

    def each(events: NDArray[np.int64], stretches: NDArray[np.float64]) -> None:
        found.append(events)
        if callable(measure):
            values.append(np.array([float(measure(one, piece.fs)) for one in stretches]))
            return
        if measure == "correlation":
            less = stretches - stretches.mean(axis=1, keepdims=True)
            if keep:
                kept.append(less.astype(np.float32))
                running.add(less)
            else:
                values.append(correlations(less, template))
            return
        if around.baseline is None and measure != "peak_to_peak":
            stretches = stretches - np.median(stretches, axis=1, keepdims=True)
        values.append(_measure(stretches, around.before, piece.fs, measure))

    around.cut(piece, each)
    return found, values, kept, running


def _measure(x: NDArray[np.float64], at: int, fs: float, measure: str) -> NDArray[np.float64]:
    """Return a measure of beats about their baseline, shape (k,)."""
    if measure == "amplitude":
        return x[:, at].copy()
    if measure == "peak_to_peak":
        return np.asarray(x.max(axis=1) - x.min(axis=1))
    if measure == "area":
        from scipy.integrate import trapezoid

        return np.asarray(trapezoid(np.abs(x), axis=1) / fs)
    if measure == "rms":
        return np.asarray(np.sqrt((x * x).mean(axis=1)))
    return _width(x, at) / fs


def _width(x: NDArray[np.float64], at: int) -> NDArray[np.float64]:
    """Return for how many samples each beat stays beyond half of its amplitude, by lines."""
    height = x[:, at]
    share = x / np.where(height == 0, np.nan, height)[:, None]
    left = _first_below(share[:, at::-1])
    right = _first_below(share[:, at:])
    return left + right


def _first_below(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far along each row it falls below a half; NaN where it does not."""
    below = share < HALF
    k = np.argmax(below, axis=1)
    row = np.arange(len(share))
    there = below[row, k] & (k > 0)
    before, after = share[row, np.maximum(k - 1, 0)], share[row, k]
    drop = np.where(there, before - after, 1)
    return np.where(there, k - 1 + (before - HALF) / drop, np.nan)


def correlations(
    stretches: NDArray[np.floating[Any]], template: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return Pearson's correlation of each row with a template; NaN where one is flat."""
    y = template - template.mean()
    x = stretches - stretches.mean(axis=1, keepdims=True)
    bottom = np.sqrt((x * x).sum(axis=1, dtype=np.float64) * float(y @ y))
    out = np.full(len(x), np.nan)
    return np.asarray(np.divide(x @ y, bottom, out=out, where=bottom > 0))


def _joined(
    partials: Sequence[tuple[list[Any], list[Any], list[Any], Running]],
    extent: Extent,
    *,
    around: Around,
    measure: Any,
    times: NDArray[np.float64],
) -> BeatTrend:
    values = np.full(len(times), np.nan)
    running = Running.empty(around.length)
    for partial in partials:
        running.merge(partial[3])
    for found, measured, kept, _ in partials:
        parts = [correlations(one, running.mean) for one in kept] or measured
        for events, part in zip(found, parts, strict=True):
            values[events] = part
    named = measure if isinstance(measure, str) else getattr(measure, "__name__", "measure")
    units = {"area": "signal s", "width": "s", "correlation": ""}
    none = not np.isfinite(values).any()
    return BeatTrend(
        times=times,
        values=values,
        measure=named,
        unit=units.get(named, "signal") if isinstance(measure, str) else "",
        valid=extent.valid,
        notes=(not_enough("no beat has whole signal around it"),) if none else (),
    )
