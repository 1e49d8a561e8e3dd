"""Beats sorted by their shape, with the average of each kind."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.beat_places import LOWEST_FS, WHY_FS, Located, located
from vital_widgets.analysis.ecg.clustering import NONE, groups_of
from vital_widgets.analysis.ecg.delineation import PIECE
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import TimeBase, regular

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

KEPT_FS = 250.0  # Hz that shapes are kept at
MOST_KEPT = 18_000_000  # values in single precision: 72 MB
COMPARED = (-0.12, 0.25)  # s around the R peak whose shape is compared: QRS and most of ST-T
AT_ONCE = 1 << 18


@dataclass(frozen=True, kw_only=True, eq=False)
class BeatTemplates(Result, given=("beat_times", "times", "confidence")):
    """Kinds of beats.

    Attributes
    ----------
    beat_times : ndarray of float64, shape (n,)
        The beats, in seconds from the recording's start.
    labels : ndarray of int64, shape (n,)
        Kind of each beat, 0 for the most frequent; -1 for beats that are like no other (noise),
        and for those near a gap or an edge.
    correlation : ndarray of float64, shape (n,)
        Of a beat with the template of its kind (NaN where it has none).
    times : ndarray of float64, shape (m,)
        Seconds from the R peak.
    centre, sd, low, high : ndarray of float64, shape (k, m)
        Mean, standard deviation and confidence band of the mean for each kind, in the unit of
        the signal. The mean of each beat from 0.12 s before to 0.25 s after the R peak is taken
        off.
    count : ndarray of int64, shape (k,)
        Number of beats of each kind.
    confidence : float
        Level of the band.
    """

    beat_times: NDArray[np.float64]
    labels: NDArray[np.int64]
    correlation: NDArray[np.float64]
    times: NDArray[np.float64]
    centre: NDArray[np.float64]
    sd: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    count: NDArray[np.int64]
    confidence: float

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self.count)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a beat: time (s), label, correlation."""
        import pandas as pd

        return pd.DataFrame(
            {"time": self.beat_times, "label": self.labels, "correlation": self.correlation}
        )

    def templates_frame(self) -> pd.DataFrame:
        """Return one row a kind and sample: label, time (s), centre, sd, low, high."""
        import pandas as pd

        k, m = self.centre.shape
        names = ("centre", "sd", "low", "high")
        return pd.DataFrame(
            {
                "label": np.repeat(np.arange(k), m),
                "time": np.tile(self.times, k),
                **{name: getattr(self, name).ravel() for name in names},
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return how many beats there are of each kind."""
        shown = 8
        facts = [("beats", f"{len(self.labels):,}"), ("kinds", f"{len(self):,}")]
        facts += [
            (f"kind {k}", f"{count:,} beats") for k, count in enumerate(self.count[:shown].tolist())
        ]
        facts.append(("of no kind", f"{int((self.labels == NONE).sum()):,}"))
        return facts

    def annotations(self, channel: str = "") -> Annotations:
        """Return a mark for each beat that says its kind ('0', '1', ..., or '?' for none)."""
        text = np.where(self.labels >= 0, self.labels.astype(str), "?")
        return Annotations(self.beat_times, list(text), channel=[channel] * len(text))


def plan_beat_templates(
    fs: float,
    *,
    beats: Any,
    before: float = 0.25,
    after: float = 0.4,
    alike: float = 0.9,
    least_beats: int = 3,
    confidence: float = 0.95,
    timebase: TimeBase | None = None,
) -> Plan[Any, BeatTemplates]:
    """Return the plan of `beat_templates`."""
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    where = located(beats, rate, timebase)
    first = checked_number(before, "before", -COMPARED[0], 2, unit="s")
    last = checked_number(after, "after", COMPARED[1], 2, unit="s")
    r = checked_number(alike, "alike", 0.3, 0.999)
    level = checked_number(confidence, "confidence", 0.01, 0.9999)
    least = int(checked_number(least_beats, "least_beats", 1, 1e9))
    length = (first + last) * rate
    step = max(round(rate / KEPT_FS), int(np.ceil(len(where.times) * length / MOST_KEPT)), 1)
    grid = (-int(first * rate / step), int(last * rate / step) + 1)
    middle = 0.0 if step % 2 else -0.5  # of the samples that a point is the mean of
    times = np.asarray((np.arange(*grid) * step + middle) / rate, np.float64)
    return Plan(
        functools.partial(_shapes, where=where, grid=grid, step=step),
        functools.partial(
            _joined,
            where=where,
            times=times,
            limit=float(np.sqrt(2 * (1 - r))),
            least=least,
            level=level,
        ),
        before=-grid[0] * step + step,
        after=grid[1] * step + step,
    )


@chunked(plan_beat_templates)
@with_recipe("values", "beats")
def beat_templates(
    values: Any,
    fs: float,
    beats: Any,
    *,
    before: float = 0.25,
    after: float = 0.4,
    alike: float = 0.9,
    least_beats: int = 3,
    confidence: float = 0.95,
    usable: Any = None,
) -> BeatTemplates:
    """Sort beats by their shape and average each kind.

    In pieces it gives exactly the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        ECG of one lead; NaN is a boundary. Remove strong baseline wander first.
    fs : float
        Sampling rate in Hz, at least 100.
    beats : Beats, Annotations, Delineation, or array-like, shape (k,)
        R peaks as for `ecg_delineate` (integers are samples, floats are seconds).
    before, after : float
        Seconds of the templates before and after the R peak, at least 0.12 and 0.25.
    alike : float
        Correlation from which beats of one size are of one kind.
    least_beats : int
        Kinds of fewer beats are none.
    confidence : float
        Level of the band of each mean (Student's t).
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    Returns
    -------
    BeatTemplates
        Of the kinds, the most frequent first.

    Notes
    -----
    The distance of two beats is the norm of their difference over the larger of their norms, from
    0.12 s before to 0.25 s after the R peak and less the line that fits each best, so that size
    counts as well as shape and baseline wander does not. Up to 1200 beats at a time, evenly spread
    over those not yet sorted, are clustered by average linkage over 12 principal components
    (scipy); all beats join the nearest mean. Shapes are kept at 250 Hz (fewer for very many
    beats: at most 72 MB), as means of the samples between.
    """
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_beat_templates(
        rate,
        beats=beats,
        before=before,
        after=after,
        alike=alike,
        least_beats=least_beats,
        confidence=confidence,
        timebase=regular(rate, len(signal)),
    )
    return run_on_array(plan, signal, rate, chunk_samples=PIECE)


def _shapes(
    piece: Piece, *, where: Located, grid: tuple[int, int], step: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the beats of a core that have all their signal, and that signal."""
    stop = piece.core_first + (piece.core.stop - piece.core.start)
    at = where.samples
    inside = np.flatnonzero((at >= piece.core_first) & (at < stop))
    length = (grid[1] - grid[0]) * step
    first = at[inside] - piece.first + grid[0] * step - step // 2
    whole = (first >= 0) & (first + length <= piece.values.shape[-1])
    inside, first = inside[whole], first[whole]
    kept: list[NDArray[np.int64]] = []
    shapes = [np.empty((0, length // step), np.float32)]
    at_once = max(AT_ONCE // length, 1)
    for i in range(0, len(first), at_once):
        x = piece.values[first[i : i + at_once, None] + np.arange(length)]
        good = np.isfinite(x).all(axis=1)
        x = x[good].reshape(-1, length // step, step).mean(axis=2)
        part = _compared(x.shape[1], grid, step, piece.fs)
        shapes.append((x - x[:, part].mean(axis=1, keepdims=True)).astype(np.float32))
        kept.append(inside[i : i + at_once][good])
    return np.concatenate([inside[:0], *kept]), np.concatenate(shapes)


def _compared(n: int, grid: tuple[int, int], step: int, fs: float) -> slice:
    a = round(COMPARED[0] * fs / step) - grid[0]
    b = round(COMPARED[1] * fs / step) - grid[0]
    return slice(max(a, 0), min(b, n))


def _joined(
    partials: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]],
    extent: Extent,
    *,
    where: Located,
    times: NDArray[np.float64],
    limit: float,
    least: int,
    level: float,
) -> BeatTemplates:
    blocks = [shapes for _, shapes in partials if len(shapes)]
    beats = np.concatenate([np.empty(0, np.int64), *(index for index, _ in partials)])
    step = 1 / extent.fs
    part = slice(
        int(np.searchsorted(times, COMPARED[0] - step)), int(np.searchsorted(times, COMPARED[1]))
    )
    found, _ = groups_of(blocks, functools.partial(_without_line, part=part), limit, least)
    n = len(where.times)
    labels = np.full(n, NONE, np.int64)
    labels[beats] = found
    k = int(found.max(initial=-1)) + 1
    centre, sd, count = _averages(blocks, found, k, len(times))
    low, high = _band(centre, sd, count, level)
    correlation = np.full(n, np.nan)
    correlation[beats] = _correlations(blocks, found, centre, part)
    given = f"none of {n} beats has its signal whole" if not len(beats) else ""
    alone = f"no {least} of {len(beats)} beats are alike" if not k else ""
    why = given or alone
    return BeatTemplates(
        beat_times=where.times,
        labels=labels,
        correlation=correlation,
        times=times,
        centre=centre,
        sd=sd,
        low=low,
        high=high,
        count=count,
        confidence=level,
        valid=extent.valid,
        notes=(not_enough(why),) if why else _left_out(n, len(beats)),
    )


def _without_line(shapes: NDArray[Any], part: slice) -> NDArray[np.float32]:
    """Return beats less the line that fits each best: baseline wander is no shape."""
    beats = shapes[:, part]
    n = beats.shape[1]
    ramp = np.linspace(-1, 1, n, dtype=np.float32)
    ramp /= np.sqrt(np.sum(ramp**2))
    flat = beats - beats.mean(axis=1, keepdims=True)
    return np.asarray(flat - (flat @ ramp)[:, None] * ramp, np.float32)


def _left_out(given: int, used: int) -> tuple[str, ...]:
    if given == used:
        return ()
    return (f"{given - used:,} of {given:,} beats were left out: too near a gap or an edge",)


def _averages(
    blocks: list[NDArray[np.float32]], labels: NDArray[np.int64], k: int, m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return mean and standard deviation of each kind, in two passes."""
    count = np.bincount(labels[labels >= 0], minlength=k).astype(np.int64)
    mean, squares = np.zeros((k, m)), np.zeros((k, m))
    for second in (False, True):
        first = 0
        for block in blocks:
            here = labels[first : first + len(block)]
            first += len(block)
            for group in np.unique(here[here >= 0]).tolist():
                some = block[here == group].astype(np.float64)
                if second:
                    squares[group] += np.sum((some - mean[group]) ** 2, axis=0)
                else:
                    mean[group] += some.sum(axis=0)
        if not second:
            mean /= np.maximum(count, 1)[:, None]
    sd = np.sqrt(squares / np.maximum(count - 1, 1)[:, None])
    sd[count < 2] = np.nan  # noqa: PLR2004 - one beat has no spread
    return mean, sd, count


def _band(
    centre: NDArray[np.float64], sd: NDArray[np.float64], count: NDArray[np.int64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.stats import t

    factor = t.ppf(0.5 + level / 2, np.maximum(count - 1, 1)) / np.sqrt(np.maximum(count, 1))
    width = sd * factor[:, None]
    return centre - width, centre + width


def _correlations(
    blocks: list[NDArray[np.float32]],
    labels: NDArray[np.int64],
    centre: NDArray[np.float64],
    part: slice,
) -> NDArray[np.float64]:
    """Return the correlation of each beat with the mean of its kind."""
    out = np.full(len(labels), np.nan)
    unit = _without_line(centre, part).astype(np.float64)
    norms = np.sqrt(np.sum(unit**2, axis=1))
    first = 0
    for block in blocks:
        here = labels[first : first + len(block)]
        for group in np.unique(here[here >= 0]).tolist():
            some = _without_line(block[here == group], part).astype(np.float64)
            norm = np.sqrt(np.sum(some**2, axis=1)) * norms[group]
            dot = some @ unit[group]
            out[first + np.flatnonzero(here == group)] = np.where(
                norm > 0, dot / np.where(norm > 0, norm, 1), np.nan
            )
        first += len(block)
    return out
