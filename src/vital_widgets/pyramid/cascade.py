"""Build bins of all sizes from consecutive pieces of samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.pyramid.level_store import TOP_BINS, bin_sizes_for
from vital_widgets.pyramid.reduce import BASE_BIN, FACTOR, bins_of, merge_bins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.core.samples import Samples
    from vital_widgets.pyramid.level_store import Level, Pyramid
    from vital_widgets.pyramid.reduce import Bins, Native

# Bins that are collected before they are stored and merged, because small pieces are slow.
_MIN_BINS = 8192


@dataclass(frozen=True)
class Stretch:
    """Samples of a channel, reduced to bins independently of the samples before them."""

    n_samples: int
    head: Native  # samples before the first edge of a bin
    bins: Bins  # of `BASE_BIN` samples
    tail: Native  # samples after the last edge


@dataclass(frozen=True)
class Reduced:
    """Samples of several channels, one per row, reduced like a `Stretch`."""

    n_samples: int  # of each channel
    heads: Native
    bins: Bins
    tails: Native


def reduced_rows(rows: Native, start: int, missing: int | None) -> Reduced:
    """Reduce samples of several channels to bins, on any thread and in any order.

    Parameters
    ----------
    rows : ndarray, shape (channels, samples)
        Samples of channels of one dtype, contiguous.
    start : int
        Index of the first sample.
    missing : int, optional
        The native value of missing samples.
    """
    n = rows.shape[1]
    first = min(-start % BASE_BIN, n)
    last = first + (n - first) // BASE_BIN * BASE_BIN
    # Without head and tail, the rows can be reduced as if they were one channel.
    lo, hi = bins_of(rows[:, first:last].reshape(-1), BASE_BIN, missing)
    bins = lo.reshape(len(rows), -1), hi.reshape(len(rows), -1)
    return Reduced(n, rows[:, :first].copy(), bins, rows[:, last:].copy())


def stretches_of(parts: Sequence[Reduced]) -> list[Stretch]:
    """Return the stretch of each channel from consecutive parts.

    Only the first part may have a head, only the last one a tail.
    """
    if not parts:
        return []
    n_samples = sum(part.n_samples for part in parts)
    lo = np.concatenate([part.bins[0] for part in parts], axis=1)
    hi = np.concatenate([part.bins[1] for part in parts], axis=1)
    heads, tails = parts[0].heads, parts[-1].tails
    return [
        Stretch(n_samples, *one) for one in zip(heads, zip(lo, hi, strict=True), tails, strict=True)
    ]


class Cascade:
    """Builds the pyramid of one channel from samples in order of time.

    Parameters
    ----------
    pyramid : Pyramid
        The pyramid to build.
    make_level : callable
        Returns the level of a bin size, empty or from an interrupted build.
    missing : int, optional
        The native value of missing samples.
    """

    def __init__(
        self, pyramid: Pyramid, make_level: Callable[[int], Level], missing: int | None
    ) -> None:
        self.n_samples = 0  # samples received
        self._pyramid = pyramid
        self._make_level = make_level
        self._missing = missing
        self._carry = np.empty(0, pyramid.dtype)
        self._sizes: list[int] = []
        self._levels: list[Level] = []
        self._new: list[list[Bins]] = []  # per level: bins that are not stored yet
        self._rest: list[Bins] = []  # per level: stored bins that are not in the next level yet

    def restore(self, n_done: int, n_expected: int, samples: Samples) -> None:
        """Continue after ``n_done`` samples with the bins of an interrupted build.

        Parameters
        ----------
        n_done : int
            Number of samples that the stored bins of the finest level cover at least.
        n_expected : int
            Expected total number of samples.
        samples : Samples
            The channel's samples.
        """
        count = n_done // BASE_BIN
        lower: Level | None = None
        for size in bin_sizes_for(max(n_expected, n_done)):
            level = self._make_level(size)
            level.truncate(count)
            if lower is not None:
                while level.count < count:  # the interruption lost more of this level
                    stop = min(level.count + _MIN_BINS, count)
                    level.append(
                        *merge_bins(*lower.read(level.count * FACTOR, stop * FACTOR), FACTOR)
                    )
                self._rest[-1] = lower.read(count * FACTOR, lower.count)
            self._add_level(size, level)
            lower = level
            count //= FACTOR
        self._carry = samples.read(n_done - n_done % BASE_BIN, n_done)
        self.n_samples = n_done
        self._publish()

    def feed(self, stretch: Stretch) -> None:
        """Add the next samples."""
        self.n_samples += stretch.n_samples
        self._add_samples(stretch.head)
        if len(stretch.bins[0]):
            self._push(0, stretch.bins)
        self._add_samples(stretch.tail)

    def flush(self) -> None:
        """Store all complete bins."""
        k = 0
        while k < len(self._levels):
            self._drain(k)
            k += 1

    def finish(self) -> None:
        """Store all bins, including the short last bin of each level, at the end of the samples."""
        if len(self._carry):
            self._new[0].append(bins_of(self._carry, BASE_BIN, self._missing))
        k = 0
        while k < len(self._levels):
            self._drain(k, last=True)
            k += 1

    def _add_samples(self, native: Native) -> None:
        """Add samples that do not fill a bin."""
        if len(native):
            self._carry = np.concatenate([self._carry, native])
        if len(self._carry) == BASE_BIN:
            self._push(0, bins_of(self._carry, BASE_BIN, self._missing))
            self._carry = self._carry[:0]

    def _push(self, k: int, bins: Bins) -> None:
        self._new[k].append(bins)
        if sum(len(lo) for lo, _ in self._new[k]) >= _MIN_BINS:
            self._drain(k)

    def _drain(self, k: int, *, last: bool = False) -> None:
        """Store the new bins of a level and pass them on to the next one."""
        new, self._new[k] = self._new[k], []
        if new:
            bins = _joined(new)
            self._levels[k].append(*bins)
            self._rest[k] = _joined([self._rest[k], bins])
        if k + 1 == len(self._levels):
            if self._levels[k].count <= TOP_BINS:
                self._rest[k] = self._none()  # there is no level above yet
                return
            self._rest[k] = self._levels[k].read(0, self._levels[k].count)
            level = self._make_level(self._sizes[k] * FACTOR)
            level.truncate(0)
            self._add_level(self._sizes[k] * FACTOR, level)
            self._publish()
        lo, hi = self._rest[k]
        taken = len(lo) if last else len(lo) // FACTOR * FACTOR
        if taken:
            self._rest[k] = lo[taken:], hi[taken:]
            self._push(k + 1, merge_bins(lo[:taken], hi[:taken], FACTOR))

    def _add_level(self, size: int, level: Level) -> None:
        self._sizes.append(size)
        self._levels.append(level)
        self._new.append([])
        self._rest.append(self._none())

    def _publish(self) -> None:
        self._pyramid.put(dict(zip(self._sizes, self._levels, strict=True)))

    def _none(self) -> Bins:
        return np.empty(0, self._pyramid.dtype), np.empty(0, self._pyramid.dtype)


def _joined(pieces: list[Bins]) -> Bins:
    pieces = [bins for bins in pieces if len(bins[0])] or pieces[:1]
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate([lo for lo, _ in pieces]), np.concatenate([hi for _, hi in pieces])
