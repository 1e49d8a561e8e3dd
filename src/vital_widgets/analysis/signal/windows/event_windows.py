"""Stretches of signal around events: which are there, and running averages of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import checked_beat_times
from vital_widgets.analysis.engine.validity import checked_fs, checked_number
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

BLOCK = 1 << 18  # samples of stretches at a time
LONGEST = 1 << 20  # samples around an event
NEVER = -1


@dataclass(frozen=True, eq=False)
class Around:
    """Which samples around which events; picklable.

    Attributes
    ----------
    samples : ndarray of int64, shape (n,)
        Sample of each event, by index in the channel; -1 where the signal has none.
    before, after : int
        Samples before the event, and from it on (itself included), that are taken.
    baseline : (int, int) or None
        Range within them, by index, whose mean is taken off.
    """

    samples: NDArray[np.int64]
    before: int
    after: int
    baseline: tuple[int, int] | None

    @property
    def length(self) -> int:
        """Samples around an event."""
        return self.before + self.after

    def cut(
        self, piece: Piece, each: Callable[[NDArray[np.int64], NDArray[np.float64]], None]
    ) -> tuple[int, int]:
        """Call ``each(events, stretches)`` for the events of a core, in blocks.

        Returns
        -------
        edge, gap : int
            Events left out because the signal begins or ends too near, or has a gap in there.
        """
        core_last = piece.core_first + (piece.core.stop - piece.core.start)
        inside = np.flatnonzero((self.samples >= piece.core_first) & (self.samples < core_last))
        first = self.samples[inside] - piece.first - self.before
        whole = (first >= 0) & (first + self.length <= piece.values.shape[-1])
        edge = int(np.count_nonzero(~whole))
        inside, first = inside[whole], first[whole]
        gap = 0
        at_once = max(BLOCK // self.length, 1)
        for i in range(0, len(first), at_once):
            stretches = piece.values[first[i : i + at_once, None] + np.arange(self.length)]
            good = np.isfinite(stretches).all(axis=1)
            gap += int(np.count_nonzero(~good))
            stretches = stretches[good]
            if self.baseline is not None:
                a, b = self.baseline
                stretches = stretches - stretches[:, a:b].mean(axis=1, keepdims=True)
            if len(stretches):
                each(inside[i : i + at_once][good], stretches)
        return edge, gap


def event_times(events: Any, text: str | None = None) -> NDArray[np.float64]:
    """Return rising times in seconds of beats, annotations or an array.

    Parameters
    ----------
    events : Annotations, a result with ``times``, or array-like of float, shape (n,)
        What happened when.
    text : str, optional
        Of annotations, only those with this text.
    """
    if isinstance(events, Annotations):
        onset = np.asarray(events.onset, np.float64)
        if text is not None:
            onset = onset[np.asarray([one == text for one in events.text], bool)]
        return np.unique(onset)
    if text is not None:
        raise InvalidInputError("text= chooses among Annotations; these events have no text")
    return checked_beat_times(getattr(events, "times", events), "events")


def around_events(
    fs: float,
    timebase: TimeBase | None,
    times: NDArray[np.float64],
    *,
    before: Any,
    after: Any,
    baseline: Any,
) -> Around:
    """Return which samples around which events, from checked times in seconds."""
    rate = checked_fs(fs)
    n_before = round(checked_number(before, "before", 0, unit="s") * rate)
    n_after = round(checked_number(after, "after", 0, unit="s") * rate)
    length = n_before + n_after + 1
    if not 1 < length <= LONGEST:
        raise InvalidInputError(
            f"before={before!r} s and after={after!r} s are {length} samples; give 2 to {LONGEST}"
        )
    part = None
    if baseline is not None:
        try:
            t0, t1 = (float(one) for one in baseline)
        except (TypeError, ValueError):
            t0, t1 = np.nan, np.nan
        a, b = round(np.nan_to_num(t0) * rate), round(np.nan_to_num(t1) * rate)
        if not t0 <= t1 or a < -n_before or b > n_after:
            raise InvalidInputError(
                f"baseline={baseline!r} is no stretch (t0, t1) in seconds from the event within "
                f"{-before:g} and {after:g}"
            )
        part = (a + n_before, max(b, a + 1) + n_before)
    base = timebase if timebase is not None else regular(rate, 0)
    return Around(nearest_samples(base, times), n_before, n_after + 1, part)


def nearest_samples(base: TimeBase, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the sample nearest to each time, -1 where none is within half a sample."""
    if not base.n_samples:
        return np.full(len(times), NEVER, np.int64)
    # Half a sample early: an event just before a run belongs to its first sample.
    run = np.searchsorted(base.onsets - 0.5 / base.fs, times, side="right") - 1
    known = np.maximum(run, 0)
    stops = np.append(base.starts[1:], base.n_samples)
    at = base.starts[known] + np.round((times - base.onsets[known]) * base.fs).astype(np.int64)
    there = (run >= 0) & (at >= base.starts[known]) & (at < stops[known])
    return np.where(there, at, NEVER).astype(np.int64)


@dataclass(eq=False)
class Running:
    """Count, mean and sum of squares about it, of stretches that come in blocks."""

    n: int
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def empty(cls, length: int) -> Running:
        """Return that of nothing."""
        return cls(0, np.zeros(length), np.zeros(length))

    def add(self, stretches: NDArray[np.float64]) -> None:
        """Take in stretches, shape (k, length)."""
        mean = stretches.mean(axis=0)
        less = stretches - mean
        self.merge(Running(len(stretches), mean, (less * less).sum(axis=0)))

    def merge(self, other: Running) -> None:
        """Take in what another has seen (Chan, Golub and LeVeque 1983)."""
        if not other.n:
            return
        n = self.n + other.n
        step = other.mean - self.mean
        self.squares = self.squares + other.squares + step * step * (self.n * other.n / n)
        self.mean = self.mean + step * (other.n / n)
        self.n = n
