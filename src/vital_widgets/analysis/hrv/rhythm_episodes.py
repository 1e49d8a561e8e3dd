"""Pauses, bradycardia and tachycardia, from the times of beats."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.analysis.compare.channel_beats import DETECTORS
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.ecg.episodes import Episodes, runs_of, smoothed
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.source import is_signal
from vital_widgets.analysis.engine.stretches import UsableLike, usable_stretches
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_number,
    not_enough,
    passed_on,
)
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import BeatsLike

KINDS = ("pause", "bradycardia", "tachycardia")
ROUNDING = 1e-6  # s: rounding error of an interval that equals a threshold
SMOOTHED = 5  # intervals in the running median: one early beat ends no episode
COLUMNS = ("kind", "onset", "end", "n_beats", "rate", "extreme_ms")


@dataclass(frozen=True, kw_only=True, eq=False)
class RhythmEpisodes(Episodes, given=("limits",), columns={name: name for name in COLUMNS}):
    """Episodes of a rhythm, in order of their onset.

    Attributes
    ----------
    kind : ndarray of str, shape (n,)
        'pause', 'bradycardia' or 'tachycardia'.
    onset, end : ndarray of float64, shape (n,)
        Times in seconds of the first and the last beat.
    n_beats : ndarray of int64, shape (n,)
        Number of beats, the first and the last included.
    rate : ndarray of float64, shape (n,)
        Mean rate within, in beats/min.
    extreme_ms : ndarray of float64, shape (n,)
        Longest interval in ms of a pause or bradycardia, shortest of a tachycardia.
    n_intervals : int
        Number of intervals examined.
    limits : dict of str to float
        The thresholds.
    """

    rate: NDArray[np.float64]
    extreme_ms: NDArray[np.float64]
    n_intervals: int
    limits: dict[str, float]

    def _facts(self) -> list[tuple[str, str]]:
        words = ("RR above {:g} s", "below {:g} beats/min", "above {:g} beats/min")
        facts = []
        for kind, word in zip(KINDS, words, strict=True):
            length = (self.end - self.onset)[self.kind == kind]
            tail = f", longest {length.max():.3g} s" if len(length) else ""
            facts.append((f"{kind} ({word.format(self.limits[kind])})", f"{len(length):,}{tail}"))
        return [*facts, ("intervals", f"{self.n_intervals:,}")]


@analysis
def rhythm_episodes(
    beats: BeatsLike,
    *,
    pause_s: float = 2.0,
    bradycardia: float = 50.0,
    min_bradycardia_beats: int = 5,
    tachycardia: float = 100.0,
    min_tachycardia_beats: int = 17,
    max_gap_s: float | None = None,
    usable: UsableLike = None,
) -> RhythmEpisodes | Chain[RhythmEpisodes]:
    """Find pauses, bradycardia and tachycardia.

    Parameters
    ----------
    beats : Beats, Annotations, Channel, or array-like of float, shape (n,)
        Beats, their times in seconds (increasing), or an ECG or PPG channel, in which `ecg_peaks`
        or `ppg_peaks` finds them first. No interval of Beats crosses a gap.
    pause_s : float
        An RR interval longer than this (s) is a pause. 2 s is the usual limit of Holter reports,
        3 s that of guidelines [1]_.
    bradycardia : float
        Rate in beats/min below which there is bradycardia; 50 after [1]_.
    min_bradycardia_beats : int
        Smallest number of its beats; 5 after [2]_.
    tachycardia : float
        Rate in beats/min above which there is tachycardia; 100 is the usual definition.
    min_tachycardia_beats : int
        Smallest number of its beats; 17 after [2]_.
    max_gap_s : float, optional
        A longer interval in an array of times (s) is a gap in the recording, not a pause. By
        default an array has no gaps.
    usable : UsableLike, optional
        Where the signal may be used: an interval that does not lie in one stretch is a gap.
        Everywhere by default.

    Returns
    -------
    RhythmEpisodes
        The rate at each beat is that of the running median of 5 intervals of uninterrupted
        signal, so that one premature beat neither makes nor ends an episode. Pauses are single
        intervals, not smoothed.

    Raises
    ------
    InvalidInputError
        Beats do not increase or are not in seconds, or a limit is out of range.

    References
    ----------
    .. [1] Kusumoto FM, Schoenfeld MH, Barrett C, et al. 2018 ACC/AHA/HRS guideline on the
       evaluation and management of patients with bradycardia and cardiac conduction delay.
       Circulation 2019;140(8):e382-e482. doi:10.1161/CIR.0000000000000628
    .. [2] Clifford GD, Silva I, Moody B, et al. The PhysioNet/Computing in Cardiology Challenge
       2015: reducing false arrhythmia alarms in the ICU. Computing in Cardiology 2015;42:273-276.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import rhythm_episodes
    >>> times = np.cumsum([*[0.8] * 30, *[1.4] * 20, *[0.8] * 10])
    >>> rhythm_episodes(times).kind.tolist()
    ['bradycardia']
    """
    limits = {
        "pause": checked_number(pause_s, "pause_s", 0.3, 60, unit="s"),
        "bradycardia": checked_number(bradycardia, "bradycardia", 10, 200, unit="beats/min"),
        "tachycardia": checked_number(tachycardia, "tachycardia", 30, 400, unit="beats/min"),
    }
    if limits["bradycardia"] >= limits["tachycardia"]:
        raise InvalidInputError(
            f"bradycardia={bradycardia!r} is not below tachycardia={tachycardia!r} beats/min"
        )
    min_beats = {
        "bradycardia": checked_number(min_bradycardia_beats, "min_bradycardia_beats", 2, 10_000),
        "tachycardia": checked_number(min_tachycardia_beats, "min_tachycardia_beats", 2, 10_000),
    }
    if max_gap_s is not None:
        checked_number(max_gap_s, "max_gap_s", 0, unit="s")
    find = functools.partial(
        _find, limits=limits, min_beats=min_beats, max_gap_s=max_gap_s, usable=usable
    )
    if is_signal(beats):
        kind = channel_kind(beats) if isinstance(beats, Channel) else ""
        detector = DETECTORS.get(kind, ecg_peaks)
        first = detector.plan(cast("Channel", beats), usable=usable)
        return Chain((first,), functools.partial(find, found=True))
    return find(beats)


def _find(
    beats: Any,
    *,
    limits: dict[str, float],
    min_beats: dict[str, float],
    max_gap_s: float | None,
    usable: UsableLike,
    found: bool = False,
) -> RhythmEpisodes:
    times, notes = beat_times(beats, "beats")
    rr = np.diff(times)
    follows = np.ones(len(rr), bool)
    if hasattr(beats, "stretch"):
        follows &= np.diff(np.asarray(beats.stretch)) == 0
    if max_gap_s is not None:
        follows &= rr <= max_gap_s
    if not found and (stretches := usable_stretches(usable)) is not None:
        follows &= stretches.hold(times[:-1], times[1:])
    valid = getattr(beats, "valid", None)
    if not isinstance(valid, ValidSignal):
        valid = ValidSignal(float(np.sum(rr[follows])), float(np.sum(rr)))
    smooth = smoothed(np.where(follows, rr, np.nan), np.cumsum(~follows), SMOOTHED)
    inside = {
        "pause": follows & (rr > limits["pause"] + ROUNDING),
        "bradycardia": follows & (smooth > 60 / limits["bradycardia"] + ROUNDING),
        "tachycardia": follows & (smooth < 60 / limits["tachycardia"] - ROUNDING),
    }
    spans = [("pause", i, i + 1) for i in np.flatnonzero(inside["pause"]).tolist()]
    one = np.zeros(len(rr), np.int64)
    for kind, n in min_beats.items():
        spans += [(kind, a, b) for a, b in runs_of(inside[kind], one) if b - a + 1 >= n]
    spans.sort(key=lambda span: (span[1], KINDS.index(span[0])))
    first = np.array([a for _, a, _ in spans], np.int64)
    last = np.array([b for _, _, b in spans], np.int64)
    extremes = [rr[a:b].min() if kind == "tachycardia" else rr[a:b].max() for kind, a, b in spans]
    if not follows.any():
        notes = [not_enough("fewer than two successive beats"), *notes]
    if found:
        notes += [*passed_on(beats), f"beats found by {beats.source}_peaks ({beats.method})"]
    return RhythmEpisodes(
        kind=np.array([kind for kind, _, _ in spans], object),
        onset=times[first],
        end=times[last],
        n_beats=last - first + 1,
        rate=60 * (last - first) / (times[last] - times[first]),
        extreme_ms=1000 * np.array(extremes, np.float64),
        n_intervals=int(follows.sum()),
        limits=limits,
        valid=valid,
        notes=tuple(notes),
    )
