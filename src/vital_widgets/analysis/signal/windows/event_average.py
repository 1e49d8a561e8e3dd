"""Averages of a signal around beats or events, with their confidence bands."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.signal.windows.confidence_bands import (
    bootstrap_band,
    median_band,
    t_band,
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
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

CENTRES = ("mean", "median")
BANDS = ("t", "bootstrap")
PIECE = 1 << 20
MOST_KEPT = 1 << 26  # values of stretches that are kept for a median or bootstrap: 256 MB


@dataclass(frozen=True, kw_only=True, eq=False)
class EventAverage(Result, given=("times", "confidence")):
    """An average around events.

    Attributes
    ----------
    times : ndarray of float64, shape (k,)
        Seconds from the event.
    centre : ndarray of float64, shape (k,)
        Mean or median, in the unit of the signal.
    sd, se : ndarray of float64, shape (k,)
        Standard deviation over events (by n - 1), and standard error of the mean.
    low, high : ndarray of float64, shape (k,)
        Confidence band of the centre, sample by sample.
    confidence : float
        Its level.
    kind : str
        'mean' or 'median'.
    band : str
        How the band was made.
    used : int
        Number of events that went in.
    left_out : dict of str to int
        Number of those that did not: 'outside' the signal, too near its 'edge', over a 'gap'.
    """

    times: NDArray[np.float64]
    centre: NDArray[np.float64]
    sd: NDArray[np.float64]
    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    confidence: float
    kind: str
    band: str
    used: int
    left_out: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a sample: time (s), centre, sd, se, low, high."""
        import pandas as pd

        names = ("centre", "sd", "se", "low", "high")
        return pd.DataFrame({"time": self.times, **{name: getattr(self, name) for name in names}})

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of events and what was averaged how."""
        left = ", ".join(f"{count} {why}" for why, count in self.left_out.items() if count)
        span = f"{self.times[0]:.3g} to {self.times[-1]:.3g} s" if len(self.times) else "none"
        return [
            ("events used", f"{self.used:,}"),
            ("left out", left or "none"),
            ("average", f"{self.kind} with a {100 * self.confidence:g} % band ({self.band})"),
            ("from", span),
        ]


def plan_event_average(
    fs: float,
    *,
    events: Any,
    before: float = 0.5,
    after: float = 1.0,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    band: str = "t",
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    text: str | None = None,
    timebase: TimeBase | None = None,
) -> Plan[Any, EventAverage]:
    """Return the plan of `event_average`."""
    times = event_times(events, text)
    around = around_events(fs, timebase, times, before=before, after=after, baseline=baseline)
    centre = checked_choice(centre, "centre", CENTRES)
    band = checked_choice(band, "band", BANDS)
    level = checked_number(confidence, "confidence", 0.01, 0.9999)
    n = int(checked_number(resamples, "resamples", 10, 100_000))
    keep = centre == "median" or band == "bootstrap"
    if keep and len(times) * around.length > MOST_KEPT:
        raise InvalidInputError(
            f"{len(times)} events of {around.length} samples are too many to keep for a median or "
            "a bootstrap; use centre='mean' with band='t' (of so many events they are alike), "
            "fewer events, or a shorter stretch"
        )
    join = functools.partial(
        _joined,
        around=around,
        centre=centre,
        band=band,
        level=level,
        resamples=n,
        seed=int(checked_number(seed, "seed", 0)),
    )
    return Plan(
        functools.partial(_averaged, around=around, keep=keep),
        join,
        before=around.before,
        after=around.after,
    )


@chunked(plan_event_average)
@with_recipe("values", "events")
def event_average(
    values: Any,
    fs: float,
    events: Any,
    *,
    before: float = 0.5,
    after: float = 1.0,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    band: str = "t",
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    text: str | None = None,
    usable: Any = None,
) -> EventAverage:
    """Average a signal around events, with a confidence band.

    In pieces it gives the same to 1e-9 of the largest value (medians and bootstraps to 1e-6,
    because stretches are kept in single precision).

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN is a boundary, and an event whose stretch holds one is left out.
    fs : float
        Sampling rate in Hz.
    events : array-like of float, shape (k,), Annotations, or a result with ``times``
        Times in seconds from the start, rising.
    before, after : float
        Seconds before and after the event (that of its nearest sample).
    baseline : (float, float), optional
        Stretch in seconds from the event, such as ``(-0.2, 0)``; its mean is taken off each
        stretch first.
    centre : str
        'mean' or 'median'.
    band : str
        Of the mean: 't', Student's interval, or 'bootstrap', percentiles of the means of
        ``resamples`` drawn sets of events. Of the median the band is that between order
        statistics, which needs no assumption about the distribution.
    confidence : float
        Level of the band, for each sample by itself.
    resamples, seed : int
        Of the bootstrap.
    text : str, optional
        Of Annotations, take those with this text.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_event_average(
        rate,
        events=events,
        before=before,
        after=after,
        baseline=baseline,
        centre=centre,
        band=band,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        text=text,
        timebase=regular(rate, len(signal)),
    )
    return run_on_array(plan, signal, rate, chunk_samples=max(PIECE, 4 * plan.after))


def plan_averaged_beat(
    fs: float,
    *,
    beats: Any,
    before: float = 0.3,
    after: float = 0.5,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    band: str = "t",
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    timebase: TimeBase | None = None,
) -> Plan[Any, EventAverage]:
    """Return the plan of `averaged_beat`."""
    return plan_event_average(
        fs,
        events=beats,
        before=before,
        after=after,
        baseline=baseline,
        centre=centre,
        band=band,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        timebase=timebase,
    )


@chunked(plan_averaged_beat)
@with_recipe("values", "beats")
def averaged_beat(
    values: Any,
    fs: float,
    beats: Any,
    *,
    before: float = 0.3,
    after: float = 0.5,
    baseline: tuple[float, float] | None = None,
    centre: str = "mean",
    band: str = "t",
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    usable: Any = None,
) -> EventAverage:
    """Average the beats of a signal, with a confidence band.

    Parameters
    ----------
    values, fs, baseline, centre, band, confidence, resamples, seed, usable
        As in `event_average`, with the same tolerance in pieces.
    beats : Beats, or array-like of float, shape (k,)
        Beats, or their times in seconds, rising.
    before, after : float
        Seconds before and after the fiducial point of a beat.
    """
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_averaged_beat(
        rate,
        beats=beats,
        before=before,
        after=after,
        baseline=baseline,
        centre=centre,
        band=band,
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        timebase=regular(rate, len(signal)),
    )
    return run_on_array(plan, signal, rate, chunk_samples=max(PIECE, 4 * plan.after))


def _averaged(piece: Piece, *, around: Around, keep: bool) -> tuple[Running, list[Any], int, int]:
    running = Running.empty(around.length)
    kept: list[NDArray[np.float32]] = []

    def each(_: NDArray[np.int64], stretches: NDArray[np.float64]) -> None:
        running.add(stretches)
        if keep:
            kept.append(stretches.astype(np.float32))

    edge, gap = around.cut(piece, each)
    return running, kept, edge, gap


def _joined(
    partials: Sequence[tuple[Running, list[Any], int, int]],
    extent: Extent,
    *,
    around: Around,
    centre: str,
    band: str,
    level: float,
    resamples: int,
    seed: int,
) -> EventAverage:
    running = Running.empty(around.length)
    for partial in partials:
        running.merge(partial[0])
    n = running.n
    none = np.full(around.length, np.nan)
    middle = running.mean if n else none
    sd = np.sqrt(running.squares / (n - 1)) if n > 1 else none
    se = sd / np.sqrt(max(n, 1))
    low = high = none
    if n > 1:
        if centre == "mean" and band == "t":
            low, high = t_band(middle, se, n, level)
        else:
            blocks = [one for partial in partials for one in partial[1]]
            if centre == "median":
                middle, low, high = median_band(blocks, level)
            else:
                low, high = bootstrap_band(np.concatenate(blocks), level, resamples, seed)
    outside = len(around.samples) - n - sum(p[2] + p[3] for p in partials)
    return EventAverage(
        times=np.arange(-around.before, around.after) / extent.fs,
        centre=middle,
        sd=sd,
        se=se,
        low=low,
        high=high,
        confidence=level,
        kind=centre,
        band="order statistics" if centre == "median" else band,
        used=n,
        left_out={
            "outside": outside,
            "edge": sum(p[2] for p in partials),
            "gap": sum(p[3] for p in partials),
        },
        valid=extent.valid,
        notes=_note(n, len(around.samples)),
    )


def _note(n: int, given: int) -> tuple[str, ...]:
    if n > 1:
        return ()
    if n == 1:
        return ("one event only: there is no band",)
    return (not_enough(f"none of {given} events has signal around it"),)
