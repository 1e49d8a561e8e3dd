"""Onset, peak and offset of the P, QRS and T waves of beats, in one lead or in several."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.beat_places import NOWHERE, BeatPlaces, at_beats, ecg_of
from vital_widgets.analysis.ecg.beat_rows import BLOCK, beat_rows
from vital_widgets.analysis.ecg.p_shape import BINS, p_shapes, unsteady_p
from vital_widgets.analysis.ecg.p_t_waves import (
    AFTER,
    BEFORE,
    OF_P,
    OF_T,
    find_p,
    find_t,
    waves_together,
    without_qrs,
)
from vital_widgets.analysis.ecg.qrs_limits import Qrs, find_qrs_together
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike
    from vital_widgets.analysis.ecg.p_t_waves import Wave
    from vital_widgets.analysis.engine.source import SignalLike, SignalsLike
    from vital_widgets.analysis.engine.stretches import UsableLike

    Floats = NDArray[np.float64]
    Index = NDArray[np.int64]
    Partial = tuple[Index, Floats, NDArray[np.float32]]

METHODS = ("wavelet",)
POINTS = (
    "p_onset", "p_peak", "p_offset", "qrs_onset", "r_peak", "qrs_offset",
    "t_onset", "t_peak", "t_offset",
)  # fmt: skip
COLUMNS = (*POINTS, "p_sign", "t_sign", "qrs_height")
R = POINTS.index("r_peak")
LINKED = 1.2  # s; the T wave of an earlier beat cannot be where a P wave is searched


@dataclass(frozen=True, kw_only=True, eq=False)
class Delineation(
    Result,
    given=("times", "fs", "r_peak"),
    columns={"time": "times", **{name: name for name in COLUMNS}, "stretch": "stretch"},
):
    """Waves of beats; of several leads those over all leads, and those of each in ``leads``.

    Attributes
    ----------
    p_onset, p_peak, p_offset : ndarray of float64, shape (n,)
        Seconds from the start of the recording, NaN where a beat has no P wave.
    qrs_onset, r_peak, qrs_offset : ndarray of float64, shape (n,)
        Likewise. ``r_peak`` is the given beat, NaN where it has no signal. The offset of the QRS
        complex is the J point.
    t_onset, t_peak, t_offset : ndarray of float64, shape (n,)
        Likewise; the peak of a biphasic T wave is that between its steepest slopes.
    p_sign, t_sign : ndarray of float64, shape (n,)
        1 for a wave that points up, -1 for one that points down, NaN for none; of several leads
        that of the lead in which the wave is clearest.
    qrs_height : ndarray of float64, shape (n,)
        Peak to peak, in the units of the signal; of several leads the largest.
    times : ndarray of float64, shape (n,)
        The given beats in seconds.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal of each beat, -1 for none.
    fs : float
        Sampling rate in Hz.
    method : str
        The method of delineation.
    leads : tuple of Delineation
        The waves in each of several leads, in the order given; empty for one lead.
    """

    p_onset: Floats
    p_peak: Floats
    p_offset: Floats
    qrs_onset: Floats
    r_peak: Floats
    qrs_offset: Floats
    t_onset: Floats
    t_peak: Floats
    t_offset: Floats
    p_sign: Floats
    t_sign: Floats
    qrs_height: Floats
    times: Floats
    stretch: Index
    fs: float
    method: str = "wavelet"
    leads: tuple[Delineation, ...] = ()

    def __len__(self) -> int:
        """Return the number of beats."""
        return len(self.times)

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("beats", f"{len(self):,}"), ("method", self.method)]
        for name, label in (("p", "P wave"), ("qrs", "QRS"), ("t", "T wave")):
            ms = (getattr(self, f"{name}_offset") - getattr(self, f"{name}_onset")) * 1000
            found = ms[np.isfinite(ms)]
            middle = quantity(float(np.median(found)), "ms (median)") if len(found) else "none"
            facts.append((label, f"{len(found):,} beats, {middle}"))
        return [*facts, ("leads", str(len(self.leads)))] if self.leads else facts

    def annotations(self, channel: str = "") -> Annotations:
        """Return an annotation per wave from onset to offset: 'P', 'QRS' or 'T'."""
        onset, length, text = [], [], []
        for name, label in (("p", "P"), ("qrs", "QRS"), ("t", "T")):
            a, b = getattr(self, f"{name}_onset"), getattr(self, f"{name}_offset")
            there = np.isfinite(a) & np.isfinite(b)
            onset.append(a[there])
            length.append((b - a)[there])
            text += [label] * int(there.sum())
        marks = np.concatenate(onset), text, np.concatenate(length)
        return Annotations(*marks, [channel] * len(text))


@analysis
def ecg_delineate(
    x: SignalLike | SignalsLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    method: str = "wavelet",
    usable: UsableLike = None,
) -> Plan[Partial, Delineation] | Chain[Delineation]:
    """Find onset, peak and offset of the P, QRS and T wave of each beat.

    Parameters
    ----------
    x : array-like of float, shape (n,), Channel, or several leads
        ECG in any unit; NaN marks missing samples. Baseline wander and noise need not be removed;
        causal filters shift the waves and should not have been applied. Several leads recorded
        together are an array of shape (leads, n) or a list of channels: then one onset and one
        end of each wave over all leads are found, and the waves in each lead.
    fs : float, optional
        Sampling rate in Hz, at least 100; required for an array, and the channel's own for a
        channel.
    beats : Beats, Annotations, Channel, or array-like, shape (k,), optional
        R peaks: the result of `ecg_peaks`, annotations with a beat code, a channel in which
        `ecg_peaks` searches them, or an array of times in seconds from the start of the recording
        as floats (sample indices divided by ``fs``). By default `ecg_peaks` finds them in the
        (first) lead, and a note says so.
    method : {'wavelet'}
        The wavelet delineator of [1]_, changed as described below.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Delineation
        Of each beat; NaN where a wave is absent, or where the signal ends before all of the wave
        could be seen. The result is exactly the same however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 100 Hz, leads have different sample times, or beats do not
        increase or lie outside the signal.

    Notes
    -----
    Waves are pairs of opposite extremes of the quadratic spline wavelet transform, a smoothed
    slope; limits are where the slope falls below a share of that of the outermost extreme [1]_.
    Scales are set in time (8 ms for the QRS, 20 ms for P, 32 ms for T), so that all sampling rates
    are treated alike. P and T waves are searched with a straight line in place of the QRS, and are
    absent if they are lower than 2 % (P) or 3 % (T) of the QRS or than the noise. Where PR and RR
    intervals both jump from beat to beat, as in atrial fibrillation, there are no P waves, unless
    the 250 ms before the QRS have a shape in common. The page on ECG beats lists all rules.

    Over several leads, onsets are the earliest and ends the latest in any lead [2]_ [3]_. Noise
    would make the extreme of many leads too early or too late, so others must support it [4]_: of
    four leads and more, the QRS is quiet in all but one; of three leads and more, the limits of two
    must agree within 12 ms (P) or 20 ms (T), of six and more those of three.

    References
    ----------
    .. [1] Martínez JP, Almeida R, Olmos S, Rocha AP, Laguna P. A wavelet-based ECG delineator:
       evaluation on standard databases. IEEE Transactions on Biomedical Engineering
       2004;51(4):570-581. doi:10.1109/TBME.2003.821031
    .. [2] CSE Working Party. Recommendations for measurement standards in quantitative
       electrocardiography. European Heart Journal 1985;6(10):815-825.
    .. [3] Kligfield P, Gettes LS, Bailey JJ, et al. Recommendations for the standardization and
       interpretation of the electrocardiogram: part I: the electrocardiogram and its technology.
       Circulation 2007;115(10):1306-1324.
       doi:10.1161/CIRCULATIONAHA.106.180200
    .. [4] Laguna P, Jané R, Caminal P. Automatic detection of wave boundaries in multilead ECG
       signals: validation with the CSE database. Computers and Biomedical Research
       1994;27(1):45-60. doi:10.1006/cbmr.1994.1006

    Examples
    --------
    >>> import numpy as np
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ecg_delineate
    >>> waves = ecg_delineate(vw.sample(60)["ECG"])
    >>> waves.notes[-1]
    'R peaks found by ecg_peaks (slope)'
    >>> bool(np.nanmedian(waves.t_peak - waves.r_peak) > 0.1)
    True
    """
    check_kind(x, "ecg", "ecg_delineate")
    signal = ecg_of(x, fs, usable)
    checked_choice(method, "method", METHODS)
    leads = len(signal.samples) if signal.several else 0

    def plan(where: BeatPlaces) -> Plan[Partial, Delineation]:
        return Plan(
            functools.partial(_find, where=where),
            functools.partial(_join, where=where, method=method, leads=leads),
            before=round((BEFORE + LINKED) * signal.fs) + 2,  # the beat before included
            after=round(AFTER * signal.fs) + 2,
            source=signal,
        )

    return at_beats(signal, beats, plan)


def _find(piece: Piece, *, where: BeatPlaces) -> Partial:
    """Return the beats of a core, `COLUMNS` over all leads and in each, and shapes before QRS.

    Beats are processed in order, some at a time, with the one before the first of them: a P wave
    can begin where its T wave ends.
    """
    leads, at = len(np.atleast_2d(piece.values)), where.samples
    inside = where.inside(piece)
    at_once = max(BLOCK // round((BEFORE + AFTER) * piece.fs) // leads, 1)
    sets = 1 if piece.values.ndim == 1 else leads + 1
    points = [np.empty((0, sets * len(COLUMNS)))]
    shapes = [np.empty((0, leads * BINS), np.float32)]
    for i in range(0, len(inside), at_once):
        part = inside[i : i + at_once]
        lead = part[:1] - 1
        near = lead[0] >= 0 and at[lead[0]] != NOWHERE and at[lead[0]] >= piece.run_start
        near = near and 0 <= at[part[0]] - at[lead[0]] < LINKED * piece.fs
        near = bool(near and where.valid(lead, piece)[0])
        found = _points(piece, where, np.concatenate([lead, part]) if near else part)
        points.append(found[0][near:])
        shapes.append(found[1][near:])
    return inside, np.concatenate(points), np.concatenate(shapes)


def _points(piece: Piece, where: BeatPlaces, some: Index) -> tuple[Floats, NDArray[np.float32]]:
    fs = piece.fs
    before, after = round(BEFORE * fs), round(AFTER * fs)
    at = where.samples[some] - piece.first
    leads = [beat_rows(lead, at, before, after) for lead in np.atleast_2d(piece.values)]
    gaps = np.diff(where.times, prepend=np.nan, append=np.nan)
    rr = gaps[some], gaps[some + 1]
    whole, each = find_qrs_together(leads, fs)
    found_p, found_t, shapes = [], [], []
    for rows, own in zip(leads, each, strict=True):
        qrs = Qrs(whole.onset, whole.offset, own.height, own.noise, own.shaky)
        x = without_qrs(rows, qrs, fs)
        t = find_t(x, rows, qrs, rr, fs)
        t_end = _t_end_before(where, some, t.offset, rows.low, fs)
        found_t.append(t)
        found_p.append(find_p(x, rows, qrs, rr[0], t_end, fs))
        shapes.append(p_shapes(x, rows.at, qrs, t_end, fs))
    if piece.values.ndim == 1:
        return _columns(before, found_p[0], whole, found_t[0]), shapes[0]
    noise = np.stack([own.noise for own in each])
    p, each_p = waves_together(found_p, noise, OF_P, fs)
    t, each_t = waves_together(found_t, noise, OF_T, fs)
    points = [_columns(before, p, whole, t)]
    for j, rows in enumerate(leads):
        one = _columns(before, each_p[j], each[j], each_t[j])
        one[(rows.low > before) | (rows.high <= before)] = np.nan  # no signal at the R peak
        points.append(one)
    return np.concatenate(points, axis=1), np.concatenate(shapes, axis=1)


def _t_end_before(where: BeatPlaces, some: Index, offset: Floats, low: Index, fs: float) -> Floats:
    """Return where the T wave of the beat before ends, in columns of the row of each beat."""
    step = where.samples[some[1:]] - where.samples[some[:-1]]
    follows = (np.diff(some) == 1) & (step < LINKED * fs)
    t_end = np.full(len(some), np.nan)
    t_end[1:] = np.where(follows, offset[:-1] - step, np.nan)
    return np.where(t_end >= low + 2, t_end, np.nan)


def _columns(at: int, p: Wave, qrs: Qrs, t: Wave) -> Floats:
    """Return `COLUMNS` of each beat, points as samples from the R peak."""
    r = np.full(len(p.peak), float(at))
    points = np.stack(
        [p.onset, p.peak, p.offset, qrs.onset, r, qrs.offset, t.onset, t.peak, t.offset]
    )
    return np.column_stack([points.T - at, p.sign, t.sign, qrs.height])


def _join(
    partials: Sequence[Partial], extent: Extent, *, where: BeatPlaces, method: str, leads: int
) -> Delineation:
    n, width = len(where.times), len(COLUMNS)
    table = np.full((n, (leads + 1) * width), np.nan)
    shapes = np.zeros((n, max(leads, 1) * BINS), np.float32)
    for beats, points, shape in partials:
        table[beats], shapes[beats] = points, shape
    there = np.isfinite(table[:, R])
    stretch, start = np.full(n, -1, np.int64), np.full(n, np.nan)
    stretch[there] = extent.stretch_of(where.samples[there])
    start[there] = extent.times(where.samples[there])
    sets = [table[:, k * width : (k + 1) * width] for k in range(leads + 1)]
    for one in sets:
        one[:, : len(POINTS)] = start[:, None] + one[:, : len(POINTS)] / extent.fs
    no_p = unsteady_p(sets[0][:, R] - sets[0][:, POINTS.index("p_peak")], where.times, shapes)
    of_p = np.array([name.startswith("p_") for name in COLUMNS])
    for one in sets:
        one[no_p[:, None] & of_p] = np.nan

    def delineation(one: Floats, leads: tuple[Delineation, ...] = ()) -> Delineation:
        columns: dict[str, Any] = dict(zip(COLUMNS, one.T, strict=True))
        notes = _notes(columns["qrs_offset"] - columns["qrs_onset"])
        return Delineation(
            **columns, times=where.times, stretch=stretch, fs=extent.fs, method=method,
            leads=leads, valid=extent.valid, notes=notes,
        )  # fmt: skip

    return delineation(sets[0], tuple(delineation(one) for one in sets[1:]))


def _notes(qrs: Floats) -> tuple[str, ...]:
    """Return notes on beats without a QRS complex; ``qrs`` is its length in each beat."""
    given, found = len(qrs), int(np.isfinite(qrs).sum())
    if not found:
        why = "no beats were given" if not given else f"no QRS found at any of {given} beats"
        return (not_enough(why),)
    if found < given:
        return (f"no QRS limits in {given - found:,} of {given:,} beats: gap, edge or noise",)
    return ()
