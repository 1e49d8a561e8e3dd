"""Where the beats of an ECG lie in its samples: those given, or those that ecg_peaks finds."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vital_widgets.analysis.beats.beat_marks import beat_times
from vital_widgets.analysis.beats.beat_series import checked_beat_times
from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.ecg.detection.ecg_peaks import peaks_plan
from vital_widgets.analysis.engine.plan import Chain, Piece, Plan
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import Source, is_signal, signal_of, signals_of
from vital_widgets.analysis.engine.validity import checked_fs, passed_on
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.recording import Recording
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.beats.beat_series import Beats
    from vital_widgets.core.timebase import TimeBase

    Index = NDArray[np.int64]

R = TypeVar("R", bound=Result)
MIN_FS, WHY_FS = 100.0, "the limits of a QRS complex are needed to 10 ms"
NOWHERE = -1
MIN_INTERVAL = 0.1  # s; a shorter median interval means that the beats are in other units


@dataclass(frozen=True, eq=False)
class BeatPlaces:
    """Beats of a signal: times in s, samples (-1: not recorded), and how they were found."""

    times: NDArray[np.float64]
    samples: Index
    notes: tuple[str, ...] = ()

    def inside(self, piece: Piece) -> Index:
        """Return the beats in the core of a piece that lie on valid signal in any lead."""
        inside = (self.samples >= piece.core_first) & (self.samples < piece.core_stop)
        beats = np.flatnonzero(inside)
        return beats[self.valid(beats, piece)]

    def valid(self, beats: Index, piece: Piece) -> NDArray[np.bool_]:
        """Return whether beats within a piece lie on valid signal in any lead."""
        at = self.samples[beats] - piece.first
        return np.asarray(np.isfinite(np.atleast_2d(piece.values)[:, at]).any(axis=0))


def ecg_of(x: Any, fs: float | None, usable: Any) -> Source:
    """Return one lead, or several leads recorded together, as a source."""
    several = isinstance(x, Recording) or getattr(x, "ndim", 1) == 2  # noqa: PLR2004
    if isinstance(x, Sequence) and len(x) and not isinstance(x, str):
        several = is_signal(x[0]) or np.ndim(x[0]) > 0
    signal = signals_of(x, fs, usable) if several else signal_of(x, fs, usable)
    checked_fs(signal.fs, MIN_FS, WHY_FS)
    return signal


def at_beats(
    signal: Source, beats: Any, plan: Callable[[BeatPlaces], Plan[Any, R]]
) -> Plan[Any, R] | Chain[R]:
    """Return the plan of an analysis of beats; where none are given, R peaks are found first.

    They are searched in the (first) lead, or in a signal given as ``beats``.
    """
    if beats is not None and not is_signal(beats):
        return _noted(plan, beat_places(beats, signal.timebase))
    check_kind(beats, "ecg", "ecg_peaks")
    first = _first_of(signal) if beats is None else signal_of(beats, usable=signal.usable)

    def then(found: Beats) -> Plan[Any, R]:
        where = f" in {first.name}" if beats is not None or signal.several else ""
        note = f"R peaks found by ecg_peaks ({found.method}){where}"
        places = beat_places(found, signal.timebase)
        return _noted(plan, replace(places, notes=(*passed_on(found), note)))

    return Chain((peaks_plan(first),), then)


def refuse_with_result(x: Result, **others: object) -> None:
    """Raise where arguments that are only for a signal were given with a result."""
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise InvalidInputError(
            f"{given[0]} was given with a {type(x).__name__}, which was computed before; leave it "
            "out, or give the ECG"
        )


def _noted(plan: Callable[[BeatPlaces], Plan[Any, R]], places: BeatPlaces) -> Plan[Any, R]:
    """Return a plan whose result has the notes of the beats."""
    made = plan(places)
    return replace(made, join=functools.partial(_join_noted, made.join, places.notes))


def _join_noted(join: Callable[..., R], notes: tuple[str, ...], *partials_and_extent: object) -> R:
    result = join(*partials_and_extent)
    return replace(result, notes=(*result.notes, *notes))


def _first_of(signal: Source) -> Source:
    if not signal.several:
        return signal
    first = {field: getattr(signal, field)[:1] for field in ("samples", "scales", "units")}
    return replace(signal, name=signal.name.split(", ")[0], several=False, **first)


def beat_places(beats: Any, timebase: TimeBase) -> BeatPlaces:
    """Return where beats (not a channel) lie in a signal, or raise `InvalidInputError`."""
    notes: tuple[str, ...] = ()
    if isinstance(beats, Annotations):
        onset, text = beats.onset, beats.text  # the same mark may stand for several channels
        new = np.append(True, (np.diff(onset) != 0) | (text[1:] != text[:-1]))[: len(onset)]
        given, listed = beat_times(Annotations(onset[new], list(text[new])), "beats")
        notes = tuple(listed)
    else:
        given = checked_beat_times(getattr(beats, "times", beats), "beats")
    half = 0.5 / timebase.fs
    out = np.flatnonzero((given < timebase.start - half) | (given >= timebase.end + half))
    if len(out):
        raise InvalidInputError(
            f"beat {out[0]} at {given[out[0]]:.6g} s is outside the signal, which lasts from "
            f"{timebase.start:g} to {timebase.end:g} s; give times in seconds from the start of "
            "the recording (sample indices / fs)"
        )
    if len(given) > 1 and (interval := float(np.median(np.diff(given)))) < MIN_INTERVAL:
        raise InvalidInputError(
            f"the median interval between beats is {interval:.3g} s, which is too short; give "
            "times in seconds, and check fs"
        )
    samples = timebase.nearest(given) if len(given) else np.empty(0, np.int64)
    return BeatPlaces(given, samples, notes)
