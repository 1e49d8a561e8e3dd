"""Samples around events: which are complete, and their moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.beats.beat_series import EventsLike, checked_beat_times
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece
    from vital_widgets.analysis.engine.source import Source

    Moments = tuple[int, NDArray[np.float64], NDArray[np.float64]]

BLOCK = 1 << 18  # samples that are processed at a time
MAX_SAMPLES = 1 << 20  # around one event
NONE = -1


@dataclass(frozen=True, eq=False)
class Around:
    """Which samples to take around which events; picklable.

    Attributes
    ----------
    samples : ndarray of int64, shape (n,)
        Index of the sample of each event; -1 if it is outside of the signal or too near an edge.
    before, after : int
        Number of samples before the event, and from it on (itself included).
    baseline : (int, int) or None
        Range within them, by index, whose mean is subtracted.
    n_outside, n_edge : int
        Number of events outside of the signal, and of those too near an edge of a run.
    """

    samples: NDArray[np.int64]
    before: int
    after: int
    baseline: tuple[int, int] | None
    n_outside: int
    n_edge: int

    @property
    def length(self) -> int:
        """Number of samples around an event."""
        return self.before + self.after

    def cut(self, piece: Piece) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Give the events of the core without missing samples, and their samples, in blocks."""
        inside = (self.samples >= piece.core_first) & (self.samples < piece.core_stop)
        events = np.flatnonzero(inside)
        first = self.samples[events] - piece.first - self.before
        at_once = max(BLOCK // self.length, 1)
        for i in range(0, len(first), at_once):
            stretches = piece.values[first[i : i + at_once, None] + np.arange(self.length)]
            good = np.isfinite(stretches).all(axis=1)
            stretches = stretches[good]
            if self.baseline is not None:
                a, b = self.baseline
                stretches = stretches - stretches[:, a:b].mean(axis=1, keepdims=True)
            if len(stretches):
                yield events[i : i + at_once][good], stretches


def event_times(events: EventsLike, text: str | None = None) -> NDArray[np.float64]:
    """Return increasing times in seconds of annotations (with this text), beats or an array."""
    if isinstance(events, Annotations):
        chosen = [text is None or one == text for one in events.text]
        return np.unique(np.asarray(events.onset, np.float64)[np.asarray(chosen, bool)])
    if text is not None:
        raise InvalidInputError(
            f"text={text!r} selects among Annotations, but {type(events).__name__} was given"
        )
    return checked_beat_times(getattr(events, "times", events), "events")


def around_events(
    signal: Source,
    times: NDArray[np.float64],
    before_s: float,
    after_s: float,
    baseline: tuple[float, float] | None,
) -> Around:
    """Return which samples to take around which events, from checked times in seconds."""
    fs = signal.fs
    before = round(checked_number(before_s, "before_s", 0, unit="s") * fs)
    after = round(checked_number(after_s, "after_s", 0, unit="s") * fs) + 1
    if not 1 < before + after <= MAX_SAMPLES:
        raise InvalidInputError(
            f"before_s={before_s!r} and after_s={after_s!r} are {before + after} samples; give 2 "
            f"to {MAX_SAMPLES}"
        )
    part = None
    if baseline is not None:
        try:
            t0, t1 = (float(one) for one in baseline)
        except (TypeError, ValueError):
            t0, t1 = np.nan, np.nan
        a, b = round(np.nan_to_num(t0) * fs), round(np.nan_to_num(t1) * fs)
        if not t0 <= t1 or a < -before or b >= after:
            raise InvalidInputError(
                f"baseline={baseline!r} is not a range (t0, t1) in seconds from the event; give "
                f"t0 <= t1 within {-before_s:g} and {after_s:g}"
            )
        part = (a + before, max(b, a + 1) + before)
    samples = signal.timebase.nearest(times)
    inside = samples != NONE
    runs = np.array(signal.runs(), np.int64).reshape(-1, 2)
    run = np.searchsorted(runs[:, 0], samples[inside], side="right") - 1
    cut = samples[inside] - before < runs[run, 0]
    cut |= samples[inside] + after > runs[run, 1]
    samples[np.flatnonzero(inside)[cut]] = NONE
    n_outside = int(np.count_nonzero(~inside))
    return Around(samples, before, after, part, n_outside, int(np.count_nonzero(cut)))


def moments_of(stretches: NDArray[np.float64]) -> Moments:
    """Return number, mean and sum of squared deviations of stretches, shape (k, length)."""
    mean = stretches.mean(axis=0)
    return len(stretches), mean, ((stretches - mean) ** 2).sum(axis=0)


def pooled(parts: Sequence[Moments], length: int) -> Moments:
    """Return the moments of all stretches from those of their parts."""
    n, mean, squares = sum(k for k, _, _ in parts), np.zeros(length), np.zeros(length)
    for k, one, _ in parts:
        mean += (k / n) * one
    for k, one, about in parts:
        squares += about + k * (one - mean) ** 2
    return n, mean, squares
