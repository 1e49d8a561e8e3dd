"""Fiducial points and measures of every pulse of a photoplethysmogram, over any length."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Beats, BeatsLike, found_notes
from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain, Extent, Piece, Plan, joined
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, Source, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks, usable_parts
from vital_widgets.analysis.ppg.pulse_places import onsets_before, smoothed
from vital_widgets.analysis.ppg.pulse_points import PulseRows, measures_of, points_of
from vital_widgets.analysis.signal.filters.fitted_polynomials import fitted_polynomial
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Columns = dict[str, NDArray[Any]]

P = TypeVar("P")
R = TypeVar("R", bound=Result)
MIN_RATE = 40.0  # Hz
SMOOTH, DEGREE = 0.14, 4  # s and degree of the polynomials fitted for the derivatives
MAX_LENGTH, MIN_LENGTH = 2.5, 0.25  # s from onset to onset
BEFORE, AFTER = 3.0, 4.0  # s
AT_ONCE = 250_000  # columns of all pulses together
POINTS = (
    "onset", "foot", "peak", "notch", "diastolic", "end", "u", "v", "w", "a", "b", "c", "d", "e",
    "f",
)  # fmt: skip
NOTHING: Columns = {name: np.empty(0, np.int64) for name in ("onset", "peak", "end")}
NOTHING["seen"] = np.empty(0, bool)
SHOWN = (
    ("amplitude", "amplitude", ""),
    ("crest_time_s", "crest time", "s"),
    ("width_50_s", "width at half height", "s"),
    ("reflection_index", "reflection index", ""),
    ("ipa", "area ratio (IPA)", ""),
    ("stiffness_index_m_s", "stiffness index", "m/s"),
    ("agi", "ageing index", ""),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseWaves(
    Result,
    given=("times", "fs"),
    columns={name: name for name in ("points", "measures", "notch_seen", "stretch")},
):
    """Fiducial points and measures of pulses: one value for each pulse, NaN where there is none.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Systolic peaks in s.
    fs : float
        Sampling rate in Hz.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted stretch of signal each pulse lies in.
    points : dict of str to ndarray, shape (n,)
        Times in s of onset, foot, peak, notch, diastolic, end; u, v, w; a, b, c, d, e, f.
    measures : dict of str to ndarray, shape (n,)
        Those that `ppg_fiducials` lists.
    notch_seen : ndarray of bool, shape (n,)
        Whether the notch is a minimum of the pulse; otherwise it is point e.
    source : str
        'ppg'.
    """

    times: NDArray[np.float64]
    fs: float
    stretch: NDArray[np.int64]
    points: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    measures: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    notch_seen: NDArray[np.bool_]
    source: str = "ppg"

    def __len__(self) -> int:
        """Return the number of pulses."""
        return len(self.times)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a point (s) or a measure of every pulse, by name."""
        found = self.points.get(name, self.measures.get(name))
        if found is None:
            raise InvalidInputError(
                f"unknown point or measure {name!r}; available: {[*self.points, *self.measures]}"
            )
        return found

    def annotations(self, text: str = "pulse", channel: str = "") -> Annotations:
        """Return one annotation per pulse, at its systolic peak."""
        return Annotations(self.times, [text] * len(self), channel=[channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        facts = [("pulses", f"{len(self):,}")]
        for name, label, units in SHOWN:
            median = median_of(self.measures.get(name, np.empty(0)))
            if np.isfinite(median):
                facts.append((f"{label} (median)", quantity(median, units)))
        if len(self):
            facts.append(("notch seen", f"{100 * float(np.mean(self.notch_seen)):.3g} %"))
        return facts


@analysis
def ppg_fiducials(
    x: SignalLike,
    fs: float | None = None,
    beats: BeatsLike | None = None,
    *,
    height_m: float | None = None,
    usable: UsableLike = None,
) -> Plan[Columns, PulseWaves] | Chain[PulseWaves]:
    """Find the fiducial points of every pulse and compute measures of its shape.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The signal the pulses were found in, in any unit; NaN marks missing samples.
    fs, usable
        As for `ppg_peaks`; ``fs`` is at least 40, and better 100 for the second derivative.
    beats : Beats, optional
        Its pulses, as `ppg_peaks` returns them. By default `ppg_peaks` finds them, and a note
        says so.
    height_m : float, optional
        Height of the subject in m, for the stiffness index.

    Returns
    -------
    PulseWaves
        One value for each pulse. Points (s): 'onset' and 'peak' (those of ``beats``), 'foot'
        (where the tangent at the steepest part meets the level of the onset), 'notch',
        'diastolic', 'end' (the next onset); 'u', 'v', 'w' of the first and 'a' to 'f' of the
        second derivative. Measures:

        - amplitude, in the units of the signal; pulse_interval_s; crest_time_s (onset to peak);
        - width_10_s to width_90_s at 10, 25, 50, 75 and 90 % of the height;
        - systolic_area (onset to notch), diastolic_area (notch to end), and their ratio
          ipa = diastolic / systolic [1]_;
        - reflection_index = diastolic / systolic height [2]_, and
          augmentation_index = (systolic - diastolic) / systolic height [3]_;
        - delta_t_s (systolic to diastolic peak), stiffness_index_m_s = height_m / delta_t_s;
        - max_slope (units/s, at u); b_a, c_a, d_a, e_a; agi = (b - c - d - e) / a [4]_.

        The result is the same however the recording is cut into pieces, to 1e-9.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 40 Hz, or ``beats`` are not pulses of this signal.

    Notes
    -----
    Names and definitions are those of [5]_ and [6]_ where they agree. Derivatives are those of
    polynomials of degree 4 fitted to 0.14 s (Savitzky-Golay), about a low-pass at 15 Hz. Heights,
    widths and areas are measured from the straight line between successive onsets.

    The notch is the minimum after the peak from which the pulse rises most, at least by 1 % of
    its height, and the diastolic peak the maximum after it; e is then the highest maximum of the
    second derivative within 0.08 s of the notch. If there is no such minimum, the notch is e, the
    highest maximum of the second derivative from 0.08 s after the peak to 65 % of the pulse, and
    the diastolic peak is w, where the pulse falls least after it; `PulseWaves.notch_seen` states
    which. c, d and agi are NaN if the second derivative has no maximum between b and e. A pulse
    without an end (the last before a gap, or longer than 2.5 s), or with a hole in it, has only
    onset and peak.

    References
    ----------
    .. [1] Wang L, Pickwell-MacPherson E, Liang YP, Zhang YT. Noninvasive cardiac output estimation
       using a novel photoplethysmogram index. Annual International Conference of the IEEE
       Engineering in Medicine and Biology Society 2009;1746-1749. doi:10.1109/IEMBS.2009.5333091
    .. [2] Millasseau SC, Kelly RP, Ritter JM, Chowienczyk PJ. Determination of age-related
       increases in large artery stiffness by digital pulse contour analysis. Clinical Science
       2002;103(4):371-377. doi:10.1042/cs1030371
    .. [3] Rubins U, Grabovskis A, Grube J, Kukulis I. Photoplethysmography analysis of artery
       properties in patients with cardiovascular diseases. IFMBE Proceedings 2008;20:319-322.
       doi:10.1007/978-3-540-69367-3_85
    .. [4] Takazawa K, et al. Assessment of vasoactive agents and vascular aging by the second
       derivative of photoplethysmogram waveform. Hypertension 1998;32(2):365-370.
       doi:10.1161/01.HYP.32.2.365
    .. [5] Elgendi M. On the analysis of fingertip photoplethysmogram signals. Current Cardiology
       Reviews 2012;8(1):14-25. doi:10.2174/157340312801215782
    .. [6] Goda MA, Charlton PH, Behar JA. pyPPG: a Python toolbox for comprehensive
       photoplethysmography signal analysis. Physiological Measurement 2024;45(4):045001.
       doi:10.1088/1361-6579/ad33a2

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ppg_fiducials
    >>> waves = ppg_fiducials(vw.sample(60)["PPG"])
    >>> waves["crest_time_s"].shape == waves.times.shape
    True
    """
    check_kind(x, "ppg", "ppg_fiducials")
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why="the second derivative needs 40 Hz")
    if height_m is not None:
        height_m = checked_number(height_m, "height_m", 0.3, 2.6, unit="m")

    def plan(beats: Beats, notes: tuple[str, ...]) -> Plan[Columns, PulseWaves]:
        work = functools.partial(
            _work, peaks=beats.samples, onsets=beats.extra.get("onset"), stretch=beats.stretch,
            sign=float(beats.polarity), height_m=height_m,
        )  # fmt: skip
        join = functools.partial(_join, beats=beats, notes=notes)
        return around_pulses(signal, work, join)

    return of_pulses(x, fs, usable, beats, signal, plan)


def of_pulses(
    x: SignalLike, fs: float | None, usable: UsableLike, beats: Any, signal: Source,
    plan: Callable[[Beats, tuple[str, ...]], Plan[P, R]],
) -> Plan[P, R] | Chain[R]:  # fmt: skip
    """Return the plan of given pulses, or a chain that finds them first and notes that it did."""
    if beats is None:
        return Chain((ppg_peaks.plan(x, fs, usable=usable),), lambda b: plan(b, found_notes(b)))
    if not isinstance(beats, Beats) or beats.source != PPG:
        given = type(beats).__name__
        given = f"Beats of source {beats.source!r}" if isinstance(beats, Beats) else given
        raise InvalidInputError(f"beats={given} are not pulses; give the result of ppg_peaks")
    if abs(beats.fs - signal.fs) > 1e-6 * signal.fs:
        raise InvalidInputError(
            f"the pulses were found at {beats.fs:g} Hz, but fs={signal.fs:g} Hz; give the signal "
            "in which they were found"
        )
    if np.any(np.diff(beats.samples) <= 0) or np.any(beats.samples < 0):
        raise InvalidInputError(
            "the samples of the beats do not rise; give the result of ppg_peaks of this signal "
            "unchanged, or sort the beats of one signal (numpy.unique)"
        )
    if len(beats) and int(beats.samples[-1]) >= signal.n_samples:
        raise InvalidInputError(
            f"the last pulse is at sample {int(beats.samples[-1])}, but the signal has "
            f"{signal.n_samples} samples; give the signal in which the pulses were found"
        )
    return plan(beats, ())


def around_pulses(source: Source, work: Callable[[Piece], P], join: Any) -> Plan[P, Any]:
    """Return a plan whose pieces contain the pulses of their core from onset to onset."""
    before, after = round(BEFORE * source.fs), round(AFTER * source.fs)
    return Plan(work, join, before=before, after=after, source=source)


def _work(
    piece: Piece, peaks: NDArray[np.int64], onsets: NDArray[np.int64] | None,
    stretch: NDArray[np.int64], sign: float, height_m: float | None,
) -> Columns:  # fmt: skip
    """Return points (samples from the onset) and measures of the pulses that peak in the core."""
    first, stop = piece.first, piece.first + len(piece.values)
    lo, hi = np.searchsorted(peaks, [piece.core_first, piece.core_stop])
    layers = _layers(piece.values, piece.fs, sign)
    # One pulse more on either side: the one before for the onset, the one after for the end.
    near = np.arange(max(int(lo) - 1, 0), min(int(hi) + 1, len(peaks)))
    near = near[(peaks[near] >= first) & (peaks[near] < stop)]
    tops = peaks[near] - first
    if onsets is not None:
        begins = np.asarray(onsets, np.int64)[near] - first
    else:
        begins = onsets_before(np.nan_to_num(layers[3]), tops, piece.fs)
    ends = np.full(len(near), -1, np.int64)
    follows = (np.diff(near) == 1) & (np.diff(stretch[near]) == 0)
    ends[:-1][follows] = begins[1:][follows]
    core = (near >= lo) & (near < hi)
    return _measured(layers, begins[core], tops[core], ends[core], piece, height_m)


def _layers(values: NDArray[np.float64], fs: float, sign: float) -> NDArray[np.float64]:
    """Return the signal and its two derivatives, smooth, and smoothed for the onsets."""
    width = max(round(SMOOTH * fs) | 1, DEGREE + 3)
    layers = np.full((4, len(values)), np.nan)
    for a, part in usable_parts(values, fs):
        if len(part) > width:
            x, at = sign * part, slice(a, a + len(part))
            for order in range(3):
                layers[order, at] = fitted_polynomial(x, width, DEGREE, deriv=order, fs=fs)
            layers[3, at] = smoothed(x, fs)
    return layers


def _measured(
    layers: NDArray[np.float64], begins: NDArray[np.int64], tops: NDArray[np.int64],
    ends: NDArray[np.int64], piece: Piece, height_m: float | None,
) -> Columns:  # fmt: skip
    """Return points and measures of pulses, given by sample of the piece."""
    fs, n = piece.fs, len(begins)
    length = ends - begins
    holes = np.concatenate([[0], np.cumsum(np.isnan(piece.values) | np.isnan(layers[0]))])
    good = (begins >= 0) & (tops > begins) & (ends > tops)
    good &= (length <= MAX_LENGTH * fs) & (length >= MIN_LENGTH * fs) & (ends < len(piece.values))
    good[good] = holes[ends[good] + 1] == holes[begins[good]]
    columns: Columns = {
        "onset": np.where(begins >= 0, begins + piece.first, -1),
        "peak": tops + piece.first,
        "end": np.where(good, ends + piece.first, -1),
        "seen": np.zeros(n, bool),
    }
    chosen = np.flatnonzero(good)
    widest = round(MAX_LENGTH * fs) + 2
    size = max(AT_ONCE // widest, 1)
    for k in range(0, max(len(chosen), 1), size):
        some = chosen[k : k + size]
        at = np.minimum(begins[some, None] + np.arange(widest), ends[some, None])
        x, d1, d2 = np.nan_to_num(layers[:3])[:, at]
        rows = PulseRows(x, d1, d2, tops[some] - begins[some], length[some], fs)
        points, columns["seen"][some] = points_of(rows)
        found = {f"at_{name}": value for name, value in points.items()}
        for name, values in (found | measures_of(rows, points, height_m)).items():
            columns.setdefault(name, np.full(n, np.nan))[some] = values
    return columns


def _join(
    partials: Sequence[Columns], extent: Extent, beats: Beats, notes: tuple[str, ...]
) -> PulseWaves:
    found = joined(partials or [NOTHING])
    onset, peak, end, seen = (found.pop(name) for name in NOTHING)
    begin = np.where(onset >= 0, extent.times(np.maximum(onset, 0)), np.nan)
    points = {name: np.full(len(peak), np.nan) for name in POINTS}
    points["onset"], points["peak"] = begin, extent.times(peak)
    points["end"] = np.where(end >= 0, extent.times(np.maximum(end, 0)), np.nan)
    for name in [name for name in found if name.startswith("at_")]:
        points[name[3:]] = begin + found.pop(name) / extent.fs
    if not np.any(end >= 0):
        notes += (not_enough(f"none of {len(peak)} pulses is complete and followed by another"),)
    return PulseWaves(
        times=points["peak"], fs=extent.fs, stretch=beats.stretch[: len(peak)], points=points,
        measures=found, notch_seen=seen, valid=extent.valid, notes=notes,
    )  # fmt: skip
