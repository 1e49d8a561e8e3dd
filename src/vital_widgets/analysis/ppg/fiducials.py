"""Points and figures of every pulse of a photoplethysmogram, over any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Beats
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
from vital_widgets.analysis.ppg.ppg_peaks import usable_parts
from vital_widgets.analysis.ppg.pulse_measures import figures_of
from vital_widgets.analysis.ppg.pulse_places import onsets_before, smoothed
from vital_widgets.analysis.ppg.pulse_points import PulseRows, at_points, points_of
from vital_widgets.analysis.ppg.pulse_waves import PulseWaves
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

LOWEST_RATE = 40.0  # Hz
SMOOTH, DEGREE = 0.14, 4  # s and degree of the polynomials fitted for the derivatives
LONGEST, SHORTEST = 2.5, 0.25  # s from onset to onset
BEFORE, AFTER = 3.0, 4.0  # s
PIECE = 600.0  # s
AT_ONCE = 250_000  # columns of all pulses together
POINTS = (
    "onset", "foot", "peak", "notch", "diastolic", "end", "u", "v", "w", "a", "b", "c", "d", "e",
    "f",
)  # fmt: skip


def _plan(fs: float, *, beats: Beats, height_m: float | None = None) -> Plan[Columns, PulseWaves]:
    rate = checked_fs(fs, LOWEST_RATE, "the second derivative needs 40 Hz")
    checked_pulses(beats, rate)
    if height_m is not None:
        height_m = checked_number(height_m, "height_m", 0.3, 2.6, unit="m")
    onsets = beats.extra.get("onset")
    return Plan(
        functools.partial(
            _work,
            peaks=beats.samples,
            onsets=None if onsets is None else np.asarray(onsets, np.int64),
            stretch=beats.stretch,
            sign=float(beats.polarity),
            height_m=height_m,
        ),
        functools.partial(_join, beats=beats),
        before=round(BEFORE * rate),
        after=round(AFTER * rate),
    )


@chunked(_plan)
@with_recipe("values", "beats", "usable")
def ppg_fiducials(
    values: Any,
    fs: float,
    beats: Beats,
    *,
    height_m: float | None = None,
    usable: Any = None,
) -> PulseWaves:
    """Find the points of every pulse, and the figures that are made from them.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The signal the pulses were found in, in any unit; NaN where there are no samples.
    fs : float
        Sampling rate in Hz, at least 40; 100 and more for the second derivative.
    beats : Beats
        Its pulses, from `ppg_peaks`.
    height_m : float, optional
        Height of the subject in m, for the stiffness index.
    usable : optional
        Where the signal may be used.

    Returns
    -------
    PulseWaves
        One value a pulse. Points, as times in s: 'onset' and 'peak' (those of ``beats``), 'foot'
        (where the tangent at the steepest part meets the level of the onset), 'notch',
        'diastolic', 'end' (the next onset); 'u', 'v', 'w' of the first and 'a' to 'f' of the
        second derivative. Figures:

        - amplitude, in the units of the signal; pulse_interval_s; crest_time_s (onset to peak);
        - width_10_s to width_90_s at 10, 25, 50, 75 and 90 % of the height;
        - systolic_area (onset to notch), diastolic_area (notch to end), and their ratio
          ipa = diastolic / systolic (Wang et al. 2009);
        - reflection_index = diastolic over systolic height (Millasseau et al. 2002), and
          augmentation_index = (systolic - diastolic) / systolic height (Rubins et al. 2008);
        - delta_t_s (systolic to diastolic peak), stiffness_index_m_s = height / delta_t;
        - max_slope (units/s, at u); b_a, c_a, d_a, e_a; agi = (b - c - d - e) / a (Takazawa et
          al. 1998).

        The result is the same whatever the chunk length, to 1e-9.

    Notes
    -----
    Names and definitions are those of the reviews (Elgendi 2012) and of pyPPG (Goda et al. 2024)
    where they agree. Derivatives are those of polynomials of fourth degree fitted to 0.14 s
    (Savitzky and Golay), about a low pass of 15 Hz. Heights, widths and areas are taken from the
    straight line between the feet.

    The notch is the minimum after the peak from which the pulse rises most, at least by 1 % of
    its height, and the diastolic peak the maximum after it; e is then the highest maximum of the
    second derivative within 0.08 s of the notch. Where there is none, the notch is e, the highest
    maximum of the second derivative from 0.08 s after the peak to 65 % of the pulse, and the
    diastolic peak is w, where the pulse falls least after it; `PulseWaves.notch_seen` says which.
    c and d are NaN where the second derivative has no maximum between b and e, and agi with them.

    A pulse whose end is not known (the last before a gap, or longer than 2.5 s), or with a hole
    in it, has onset and peak and nothing else.
    """
    plan = _plan(fs, beats=beats, height_m=height_m)
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    if len(beats) and int(beats.samples[-1]) >= len(signal):
        raise InvalidInputError(
            f"the last pulse is at sample {int(beats.samples[-1])}, but there are {len(signal)} "
            "samples; give the signal in which these pulses were found"
        )
    return run_on_array(plan, signal, rate, chunk_samples=round(PIECE * rate))


def checked_pulses(beats: Any, fs: float) -> None:
    """Raise `InvalidInputError` unless these are pulses of a signal of this rate."""
    if not isinstance(beats, Beats) or beats.source != PPG:
        what = f"Beats of source {beats.source!r}" if isinstance(beats, Beats) else type(beats)
        raise InvalidInputError(f"beats={what} are no pulses; give the result of ppg_peaks")
    if abs(beats.fs - fs) > 1e-6 * fs:
        raise InvalidInputError(
            f"the pulses were found at {beats.fs:g} Hz, but fs={fs:g} Hz; give the signal in which "
            "they were found"
        )
    if np.any(np.diff(beats.samples) <= 0) or np.any(beats.samples < 0):
        raise InvalidInputError(
            "the samples of the beats do not rise; give the result of ppg_peaks on this signal as "
            "it is, or sort the beats of one signal (numpy.unique)"
        )


def _work(
    piece: Piece,
    peaks: NDArray[np.int64],
    onsets: NDArray[np.int64] | None,
    stretch: NDArray[np.int64],
    sign: float,
    height_m: float | None,
) -> Columns:
    """Return points (samples from the onset) and figures of the pulses that peak in the core."""
    first, stop = piece.first, piece.first + len(piece.values)
    lo, hi = np.searchsorted(peaks, [piece.core_first, piece.first + int(piece.core.stop)])
    layers = _layers(piece.values, piece.fs, sign)
    # One pulse more on either side: the one before for the onset, the one after for the end.
    a, b = max(int(lo) - 1, 0), min(int(hi) + 1, len(peaks))
    near = np.arange(a, b)
    inside = (peaks[near] >= first) & (peaks[near] < stop)
    near = near[inside]
    if onsets is not None:
        begins = onsets[near] - first
    else:
        begins = onsets_before(np.nan_to_num(layers[3]), peaks[near] - first, piece.fs)
    tops = peaks[near] - first
    ends = np.full(len(near), -1, np.int64)
    follows = (np.diff(near) == 1) & (np.diff(stretch[near]) == 0)
    ends[:-1][follows] = begins[1:][follows]
    core = (near >= lo) & (near < hi)
    return _measured(layers, begins[core], tops[core], ends[core], piece, height_m)


def _layers(values: NDArray[np.float64], fs: float, sign: float) -> tuple[NDArray[np.float64], ...]:
    """Return the signal and its two derivatives, smooth, and smoothed for the onsets."""
    from scipy.signal import savgol_filter

    width = max(round(SMOOTH * fs) | 1, DEGREE + 3)
    layers = tuple(np.full(len(values), np.nan) for _ in range(4))
    for a, part in usable_parts(values, fs):
        if len(part) <= width:
            continue
        x = sign * part
        for order in range(3):
            layers[order][a : a + len(part)] = savgol_filter(
                x, width, DEGREE, deriv=order, delta=1 / fs, mode="interp"
            )
        layers[3][a : a + len(part)] = smoothed(x, fs)
    return layers


def _measured(
    layers: tuple[NDArray[np.float64], ...],
    begins: NDArray[np.int64],
    tops: NDArray[np.int64],
    ends: NDArray[np.int64],
    piece: Piece,
    height_m: float | None,
) -> Columns:
    """Return everything of pulses by sample of the piece."""
    fs, n = piece.fs, len(begins)
    length = ends - begins
    holes = np.concatenate([[0], np.cumsum(np.isnan(piece.values) | np.isnan(layers[0]))])
    good = (begins >= 0) & (tops > begins) & (ends > tops)
    good &= (length <= LONGEST * fs) & (length >= SHORTEST * fs) & (ends < len(piece.values))
    good[good] = holes[ends[good] + 1] == holes[begins[good]]
    columns: Columns = {
        "onset": np.where(begins >= 0, begins + piece.first, -1),
        "peak": tops + piece.first,
        "end": np.where(good, ends + piece.first, -1),
        "seen": np.zeros(n, bool),
    }
    chosen = np.flatnonzero(good)
    widest = round(LONGEST * fs) + 2
    size = max(AT_ONCE // widest, 1)
    parts: dict[str, list[NDArray[Any]]] = {}
    for k in range(0, max(len(chosen), 1), size):
        some = chosen[k : k + size]
        at = begins[some, None] + np.arange(widest)
        at = np.minimum(at, ends[some, None])
        x, d1, d2 = (np.nan_to_num(layer)[at] for layer in layers[:3])
        rows = PulseRows(x, d1, d2, tops[some] - begins[some], length[some], fs)
        points, seen = points_of(rows)
        slope = at_points(d1, points["u"])
        rise = at_points(x, points["u"]) - x[:, 0]
        points["foot"] = points["u"] - fs * rise / np.where(slope > 0, slope, np.nan)
        found = {f"at_{name}": value for name, value in points.items()}
        found |= figures_of(rows, points, height_m)
        columns["seen"][some] = seen
        for name, value in found.items():
            parts.setdefault(name, []).append(value)
    for name, listed in parts.items():
        columns[name] = np.full(n, np.nan)
        columns[name][chosen] = np.concatenate(listed)
    return columns


def _join(partials: Sequence[Columns], extent: Extent, beats: Beats) -> PulseWaves:
    if partials:
        joined = {name: np.concatenate([p[name] for p in partials]) for name in partials[0]}
    else:
        none = np.empty(0, np.int64)
        joined = {"onset": none, "peak": none, "end": none, "seen": np.empty(0, bool)}
    onset, peak, end = joined["onset"], joined["peak"], joined["end"]
    begin = np.where(onset >= 0, extent.times(np.maximum(onset, 0)), np.nan)
    points = {"onset": begin, "peak": extent.times(peak)}
    points["end"] = np.where(end >= 0, extent.times(np.maximum(end, 0)), np.nan)
    for name, value in joined.items():
        if name.startswith("at_"):
            points[name[3:]] = begin + value / extent.fs
    points = {name: points.get(name, np.full(len(peak), np.nan)) for name in POINTS}
    figures = {k: v for k, v in joined.items() if k not in {"onset", "peak", "end", "seen"}}
    figures = {k: v for k, v in figures.items() if not k.startswith("at_")}
    notes = []
    if not np.any(end >= 0):
        notes.append(not_enough(f"no pulse of {len(peak)} is whole, with one after it"))
    return PulseWaves(
        times=points["peak"],
        fs=extent.fs,
        stretch=beats.stretch[: len(peak)],
        points=points,
        figures=figures,
        notch_seen=joined["seen"].astype(bool),
        valid=extent.valid,
        notes=tuple(notes),
    )
