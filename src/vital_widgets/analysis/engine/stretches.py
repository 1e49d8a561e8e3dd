"""Stretches of time: where a signal may be used, where something happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.validity import runs_of
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.timebase import TimeBase

EDGE = 1e-6  # s
ROUNDING = 1e-3  # of a sample: a time computed as t0 + i / fs must find sample i, be t0 large
ULPS = 8  # that sums of the same times may differ
# What annotations of a quality result say of stretches that may be used, and of others.
USABLE, POOR = "usable", "poor: "


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches ``[onset, end)`` in seconds, in order and apart from each other.

    Parameters
    ----------
    onset, end : array-like of float, shape (n,)
        Seconds from the start of the recording (or of the array). Stretches that touch (to
        rounding) or overlap are joined; empty ones are dropped.
    """

    onset: NDArray[np.float64]
    end: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Put them in order and join what touches."""
        onset = np.atleast_1d(np.asarray(self.onset, np.float64))
        end = np.atleast_1d(np.asarray(self.end, np.float64))
        if onset.ndim != 1 or onset.shape != end.shape:
            raise InvalidInputError(
                f"stretches need as many ends as onsets, not {onset.shape} and {end.shape}"
            )
        if not np.all(onset <= end):  # NaN fails too
            k = int(np.flatnonzero(~(onset <= end))[0])
            raise InvalidInputError(
                f"stretch [{onset[k]!r}, {end[k]!r}) is not a stretch of time: give onset <= end "
                "in seconds"
            )
        kept = end > onset
        order = np.argsort(onset[kept], kind="stable")
        onset, end = onset[kept][order], np.maximum.accumulate(end[kept][order])
        apart = onset[1:] - end[:-1] > ULPS * np.spacing(np.abs(end[:-1]))
        first = np.concatenate([[True], apart]) if len(onset) else kept[:0]
        last = np.concatenate([first[1:], [True]]) if len(onset) else kept[:0]
        object.__setattr__(self, "onset", onset[first])
        object.__setattr__(self, "end", end[last])

    def __len__(self) -> int:
        """Return the number of stretches."""
        return len(self.onset)

    @property
    def seconds(self) -> float:
        """Seconds in all of them together."""
        return float(np.sum(self.end - self.onset))

    def cover(self, times: Any) -> NDArray[np.bool_]:
        """Return for each time in seconds whether it lies in a stretch, shape of ``times``."""
        t = np.asarray(times, np.float64)
        if not len(self.onset):
            return np.zeros(t.shape, bool)
        k = np.searchsorted(self.onset, t, side="right") - 1
        return np.asarray((k >= 0) & (t < self.end[np.maximum(k, 0)]))

    def hold(self, begin: Any, end: Any) -> NDArray[np.bool_]:
        """Return for each pair of times in seconds whether one stretch holds both, shape (n,).

        A time on the edge of a stretch belongs to it, whatever the rounding.
        """
        first, last = np.asarray(begin) + EDGE, np.asarray(end) - EDGE
        which = np.searchsorted(self.onset, first, side="right")
        same = which == np.searchsorted(self.onset, last, side="right")
        return np.asarray(same & self.cover(first) & self.cover(last))

    def mask(self, t0: float, fs: float, n: int) -> NDArray[np.bool_]:
        """Return for ``n`` samples at ``fs`` Hz from ``t0`` seconds on whether each is covered."""
        inside = np.zeros(n, bool)
        i0 = np.clip(np.ceil((self.onset - t0) * fs - ROUNDING), 0, n).astype(np.int64)
        i1 = np.clip(np.ceil((self.end - t0) * fs - ROUNDING), 0, n).astype(np.int64)
        near = (i1 > 0) & (i0 < n)
        for a, b in zip(i0[near].tolist(), i1[near].tolist(), strict=True):
            inside[a:b] = True
        return inside

    def outside(self, t0: float, t1: float) -> Stretches:
        """Return what of ``[t0, t1)`` they do not cover."""
        onset = np.clip(np.concatenate([[t0], self.end]), t0, t1)
        end = np.clip(np.concatenate([self.onset, [t1]]), t0, t1)
        return Stretches(onset, np.maximum(onset, end))

    def annotations(self, text: str, channel: str = "") -> Annotations:
        """Return them as annotations that all say ``text``."""
        n = len(self)
        return Annotations(self.onset, [text] * n, self.end - self.onset, [channel] * n)

    @classmethod
    def of_mask(cls, mask: Any, fs: float, t0: float = 0.0) -> Stretches:
        """Return the stretches in which a boolean array at ``fs`` Hz is true."""
        first, stop = runs_of(np.asarray(mask, bool)).T
        return cls(t0 + first / fs, t0 + stop / fs)


class SaysWhereUsable(Protocol):
    """A result that says where a signal may be used, such as that of `signal_quality`."""

    @property
    def usable(self) -> Stretches:
        """Stretches that may be used."""


UsableLike: TypeAlias = "Stretches | Annotations | SaysWhereUsable | NDArray[np.bool_] | None"


def usable_in(usable: UsableLike, timebase: TimeBase) -> Stretches | None:
    """Return where the signal of a time base may be used; None for everywhere.

    Parameters
    ----------
    usable : UsableLike
        As for `usable_stretches`, or one boolean a sample, true where it may be used; a
        masked one counts as false.
    timebase : TimeBase
        Times of the samples.
    """
    given: Any = usable
    if not isinstance(given, (list, tuple)) and not hasattr(given, "__array__"):
        return usable_stretches(given)
    if np.ma.isMaskedArray(given) and given.dtype == bool:
        given = given.filled(fill_value=False)
    mask = np.asarray(given)
    n = timebase.n_samples
    if mask.shape != (n,) or mask.dtype != bool:
        raise InvalidInputError(
            f"usable has the shape {mask.shape} and holds {mask.dtype}; give one boolean for each "
            f"sample, shape ({n},), true where the signal may be used"
        )
    first, stop = runs_of(mask).T
    return Stretches(timebase.times_of(first), timebase.times_of(stop - 1) + 1 / timebase.fs)


def usable_stretches(usable: Any) -> Stretches | None:
    """Return where signal may be used, from anything that says so; None for everywhere.

    Parameters
    ----------
    usable : None, Stretches, Annotations, or a result with a ``usable`` attribute
        Annotations are read as the stretches that may be used: those that say 'usable' if any
        does, else all but those that a quality result marked as poor.
    """
    if usable is None or isinstance(usable, Stretches):
        return usable
    if isinstance(usable, Annotations):
        marked = np.array([text == USABLE for text in usable.text], bool)
        poor = np.array([text.startswith(POOR) for text in usable.text], bool)
        kept = marked if marked.any() else ~poor
        return Stretches(usable.onset[kept], (usable.onset + usable.duration)[kept])
    stretches = getattr(usable, "usable", None)
    if isinstance(stretches, Stretches):
        return stretches
    raise InvalidInputError(
        f"usable={type(usable).__name__} does not say where signal may be used; give Stretches, "
        "Annotations of the usable stretches, the result of signal_quality, or (for an array) a "
        "boolean array with one value a sample"
    )
