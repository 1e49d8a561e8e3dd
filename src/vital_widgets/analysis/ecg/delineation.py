"""Onset, peak and offset of the P, QRS and T waves of beats whose R peaks are known."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vital_widgets.analysis.ecg.beat_places import LOWEST_FS, NOWHERE, WHY_FS, Located, located
from vital_widgets.analysis.ecg.beat_rows import BLOCK, beat_rows
from vital_widgets.analysis.ecg.p_shape import BINS, p_shapes, unsteady_p
from vital_widgets.analysis.ecg.p_t_waves import AFTER, BEFORE, find_p, find_t, without_qrs
from vital_widgets.analysis.ecg.qrs_limits import find_qrs
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_signal,
    not_enough,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import TimeBase, regular

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.ecg.p_t_waves import Wave
    from vital_widgets.analysis.ecg.qrs_limits import Qrs

    Partial = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float32]]

Made = TypeVar("Made")
METHODS = ("wavelet",)
POINTS = (
    "p_onset",
    "p_peak",
    "p_offset",
    "qrs_onset",
    "r_peak",
    "qrs_offset",
    "t_onset",
    "t_peak",
    "t_offset",
)
COLUMNS = (*POINTS, "p_sign", "t_sign", "qrs_height")
R = POINTS.index("r_peak")
LINKED = 1.2  # s; the T wave of a beat further back cannot be where a P wave is looked for
PIECE = 1 << 19


@dataclass(frozen=True, kw_only=True, eq=False)
class Delineation(Result, given=("times", "fs", "r_peak")):
    """Waves of beats.

    Attributes
    ----------
    p_onset, p_peak, p_offset : ndarray of float64, shape (n,)
        Seconds from the recording's start, NaN where a beat has no P wave, or none was found.
    qrs_onset, r_peak, qrs_offset : ndarray of float64, shape (n,)
        Likewise. ``r_peak`` is the beat as it was given, NaN where it has no signal. The offset
        of the QRS is the J point.
    t_onset, t_peak, t_offset : ndarray of float64, shape (n,)
        Likewise; of a biphasic T wave the peak is that between its steepest slopes.
    p_sign, t_sign : ndarray of float64, shape (n,)
        1 where the wave points up, -1 where it points down, NaN where there is none.
    qrs_height : ndarray of float64, shape (n,)
        Peak to peak, in the unit of the signal.
    times : ndarray of float64, shape (n,)
        The beats given, in seconds.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal a beat lies in, -1 for none.
    fs : float
        Sampling rate in Hz.
    method : str
        How it was found.
    """

    p_onset: NDArray[np.float64]
    p_peak: NDArray[np.float64]
    p_offset: NDArray[np.float64]
    qrs_onset: NDArray[np.float64]
    r_peak: NDArray[np.float64]
    qrs_offset: NDArray[np.float64]
    t_onset: NDArray[np.float64]
    t_peak: NDArray[np.float64]
    t_offset: NDArray[np.float64]
    p_sign: NDArray[np.float64]
    t_sign: NDArray[np.float64]
    qrs_height: NDArray[np.float64]
    times: NDArray[np.float64]
    stretch: NDArray[np.int64]
    fs: float
    method: str = "wavelet"

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a beat: time (s), the nine points (s), signs, height, stretch."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in COLUMNS}
        return pd.DataFrame({"time": self.times, **columns, "stretch": self.stretch})

    def facts(self) -> list[tuple[str, str]]:
        """Return how many beats have which wave, and how long it lasts."""
        facts = [("beats", f"{len(self):,}"), ("method", self.method)]
        for name in ("p", "qrs", "t"):
            ms = (getattr(self, f"{name}_offset") - getattr(self, f"{name}_onset")) * 1000
            found = ms[np.isfinite(ms)]
            middle = quantity(float(np.median(found)), "ms (median)") if len(found) else "none"
            facts.append(
                (
                    f"{name.upper()} wave" if name != "qrs" else "QRS",
                    f"{len(found):,} beats, {middle}",
                )
            )
        return facts

    def annotations(self, channel: str = "") -> Annotations:
        """Return each wave as a mark from its onset to its offset: 'P', 'QRS' or 'T'."""
        onset, length, text = [], [], []
        for name, label in (("p", "P"), ("qrs", "QRS"), ("t", "T")):
            a, b = getattr(self, f"{name}_onset"), getattr(self, f"{name}_offset")
            there = np.isfinite(a) & np.isfinite(b)
            onset.append(a[there])
            length.append((b - a)[there])
            text += [label] * int(there.sum())
        return Annotations(
            np.concatenate(onset), text, np.concatenate(length), [channel] * len(text)
        )


def plan_ecg_delineate(
    fs: float,
    *,
    beats: Any,
    method: str = "wavelet",
    timebase: TimeBase | None = None,
) -> Plan[Any, Delineation]:
    """Return the plan of `ecg_delineate`."""
    return plan_around(waves_of_piece, _joined, fs, beats, method, timebase)


def plan_around(
    work: Callable[..., Any],
    join: Callable[..., Made],
    fs: float,
    beats: Any,
    method: str,
    timebase: TimeBase | None,
    *,
    stacked: bool = False,
) -> Plan[Any, Made]:
    """Return the plan of a delineation, of one lead or (``stacked``) of several."""
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    checked_choice(method, "method", METHODS)
    where = located(beats, rate, timebase)
    before, after = context(rate)
    return Plan(
        functools.partial(work, where=where),
        functools.partial(join, where=where, method=method),
        before=before,
        after=after,
        stacked=stacked,
    )


def context(fs: float) -> tuple[int, int]:
    """Return the samples that a beat needs before and after it, the beat before included."""
    return round((BEFORE + LINKED) * fs) + 2, round(AFTER * fs) + 2


@chunked(plan_ecg_delineate)
@with_recipe("values", "beats")
def ecg_delineate(
    values: Any, fs: float, beats: Any, *, method: str = "wavelet", usable: Any = None
) -> Delineation:
    """Find onset, peak and offset of the P, QRS and T wave of each beat.

    In pieces it gives exactly the same.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        ECG of one lead in any unit; NaN is a boundary. Neither baseline nor noise need be
        removed; filters that shift waves (causal ones) should not have been applied.
    fs : float
        Sampling rate in Hz, at least 100.
    beats : Beats, Annotations, or array-like, shape (k,)
        R peaks, as `ecg_peaks` finds them. Of an array, integers are sample indices and floats
        are seconds from the start of the recording.
    method : str
        'wavelet'.
    usable : bool array, Stretches, Annotations or quality result, optional
        Where the signal may be used.

    Returns
    -------
    Delineation
        Of each beat; NaN where a wave is absent, or where the signal around a beat ends before
        all of it could be seen.

    Notes
    -----
    After Martínez et al. (2004): waves are pairs of opposite extremes of the quadratic spline
    wavelet transform, which is a smoothed slope; their peak is the zero crossing between, their
    limits are where the slope falls below a share of that of the outermost extreme. It differs
    in this: scales are set in time (8 ms for the QRS, 20 ms for P, 32 ms for T) by the closed
    form of the filters, so that all sampling rates are treated alike; the QRS begins and ends
    where the slope stays below 4.5 and 6 % of its steepest for 20 ms, or within 2.5 standard
    deviations of the noise (where that would put the whole P wave into the QRS, below the slope
    of the P wave); P and T waves are searched with a straight line in the place of the QRS, begin
    and end at 30 % (P), 20 and 32 % (T) of the slope of their outermost flank, and are absent
    where they are lower than 2 % (P) or 3 % (T) of the QRS or than the noise. The shares were
    chosen on raised-cosine waves. Where the PR interval jumps from beat to beat and the RR
    interval too (median change above 20 and 40 ms in 21 beats), as in atrial fibrillation,
    what was found before the QRS is no P wave, unless the 250 ms before the QRS have a shape in
    common over these beats. `ecg_delineate_leads` looks at several leads together.

    References
    ----------
    Martínez JP, Almeida R, Olmos S, Rocha AP, Laguna P. A wavelet-based ECG delineator:
    evaluation on standard databases. IEEE Trans Biomed Eng 2004;51(4):570-581.
    """
    rate = checked_fs(fs, LOWEST_FS, WHY_FS)
    signal = only_usable(checked_signal(values), usable, rate)
    plan = plan_ecg_delineate(rate, beats=beats, method=method, timebase=regular(rate, len(signal)))
    return run_on_array(plan, signal, rate, chunk_samples=PIECE)


def waves_of_piece(piece: Piece, *, where: Located) -> Partial:
    """Return the beats of a core, their points as samples from the R peak, and P's shapes."""
    return by_blocks(piece, where, _points, (len(COLUMNS), BINS))


def by_blocks(
    piece: Piece,
    where: Located,
    points_of: Callable[[Piece, Located, NDArray[np.int64]], tuple[Any, Any]],
    widths: tuple[int, int],
) -> Partial:
    """Return what ``points_of`` says of the beats of a core, some at a time.

    It is asked for beats in order, the first of which may be the one before those wanted:
    where its T wave ends, a P wave can begin.
    """
    stop = piece.core_first + (piece.core.stop - piece.core.start)
    at = where.samples

    def there(beats: NDArray[np.int64]) -> NDArray[np.bool_]:
        finite = np.isfinite(np.atleast_2d(piece.values)[:, at[beats] - piece.first])
        return np.asarray(finite.any(axis=0))

    inside = np.flatnonzero((at >= piece.core_first) & (at < stop))
    inside = inside[there(inside)]
    if not len(inside):
        return inside, np.empty((0, widths[0])), np.empty((0, widths[1]), np.float32)
    columns = round(BEFORE * piece.fs) + round(AFTER * piece.fs) + 1
    at_once = max(BLOCK // columns // (piece.values.size // piece.values.shape[-1]), 1)
    found = []
    for i in range(0, len(inside), at_once):
        part = inside[i : i + at_once]
        lead = part[0] - 1
        near = lead >= 0 and 0 <= at[part[0]] - at[lead] < LINKED * piece.fs
        near = near and at[lead] >= piece.run_start and at[lead] != NOWHERE
        near = near and bool(there(np.array([lead]))[0])
        some = np.concatenate([[lead], part]) if near else part
        found.append([one[1:] if near else one for one in points_of(piece, where, some)])
    points, shapes = (np.concatenate(one) for one in zip(*found, strict=True))
    return inside, points, shapes


def gaps_of(where: Located, some: NDArray[np.int64]) -> tuple[Any, Any]:
    """Return the intervals in s before and after some beats, NaN for none."""
    gaps = np.diff(where.times, prepend=np.nan, append=np.nan)
    return gaps[some], gaps[some + 1]


def t_end_before(
    where: Located, some: NDArray[np.int64], offset: NDArray[np.float64], low: Any, fs: float
) -> NDArray[np.float64]:
    """Return where the T wave of the beat before ends, in columns of the row of each beat."""
    step = where.samples[some[1:]] - where.samples[some[:-1]]
    follows = (np.diff(some) == 1) & (step < LINKED * fs)
    t_end = np.full(len(some), np.nan)
    t_end[1:] = np.where(follows, offset[:-1] - step, np.nan)
    return np.where(t_end >= low + 2, t_end, np.nan)


def _points(
    piece: Piece, where: Located, some: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    fs = piece.fs
    before, after = round(BEFORE * fs), round(AFTER * fs)
    rows = beat_rows(piece.values, where.samples[some] - piece.first, before, after)
    rr = gaps_of(where, some)
    qrs = find_qrs(rows, fs)
    x = without_qrs(rows, qrs, fs)
    t = find_t(x, rows, qrs, rr, fs)
    t_end = t_end_before(where, some, t.offset, rows.low, fs)
    p = find_p(x, rows, qrs, rr[0], t_end, fs)
    return as_points(rows.at, p, qrs, t), p_shapes(x, rows.at, qrs, t_end, fs)


def as_points(at: int, p: Wave, qrs: Qrs, t: Wave) -> NDArray[np.float64]:
    """Return `COLUMNS` of each beat, points as samples from the R peak."""
    columns = (
        p.onset, p.peak, p.offset, qrs.onset, np.full(len(p.peak), float(at)), qrs.offset,
        t.onset, t.peak, t.offset,
    )  # fmt: skip
    points = np.stack([*columns, p.sign, t.sign, qrs.height], axis=1)
    points[:, : len(POINTS)] -= at
    return points


def gather(
    partials: Sequence[Partial], extent: Extent, where: Located, sets: int = 1
) -> tuple[list[dict[str, NDArray[np.float64]]], NDArray[np.int64]]:
    """Return what was found of all beats, in seconds, and their stretches.

    Parameters
    ----------
    partials : sequence
        Of `by_blocks`.
    extent : Extent
        What they cover.
    where : Located
        The beats.
    sets : int
        How many times `COLUMNS` there are. Whether there are P waves is told by the first.
    """
    n = len(where.times)
    table = np.full((n, sets * len(COLUMNS)), np.nan)
    shapes = np.zeros((n, partials[0][2].shape[1] if partials else 0), np.float32)
    for beats, points, shape in partials:
        table[beats], shapes[beats] = points, shape
    there = np.isfinite(table[:, R])
    stretch = np.full(n, -1, np.int64)
    stretch[there] = extent.stretch_of(where.samples[there])
    start = np.full(n, np.nan)
    start[there] = extent.times(where.samples[there])
    found = []
    for first in range(0, table.shape[1], len(COLUMNS)):
        columns = {name: table[:, first + j] for j, name in enumerate(COLUMNS)}
        for name in POINTS:
            columns[name] = start + columns[name] / extent.fs
        found.append(columns)
    unsteady = unsteady_p(found[0], where.times, shapes)
    for columns in found:
        for name in ("p_onset", "p_peak", "p_offset", "p_sign"):
            columns[name] = np.where(unsteady, np.nan, columns[name])
    return found, stretch


def _joined(
    partials: Sequence[Partial], extent: Extent, *, where: Located, method: str
) -> Delineation:
    found, stretch = gather(partials, extent, where)
    columns: Any = found[0]
    return Delineation(
        **columns,
        times=where.times,
        stretch=stretch,
        fs=extent.fs,
        method=method,
        valid=extent.valid,
        notes=delineation_notes(columns, len(where.times)),
    )


def delineation_notes(columns: dict[str, NDArray[np.float64]], given: int) -> tuple[str, ...]:
    """Return what a reader of the waves must know."""
    n_qrs = int(np.isfinite(columns["qrs_onset"] + columns["qrs_offset"]).sum())
    if not n_qrs:
        why = "no beats were given" if not given else f"no QRS found at any of {given} beats"
        return (not_enough(why),)
    if n_qrs < given:
        return (f"{given - n_qrs:,} of {given:,} beats have no QRS limits: gap, edge or noise",)
    return ()
