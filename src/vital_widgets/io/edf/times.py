"""The start times of the records of an EDF+ file, found without reading all records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vital_widgets.io.edf.annotations import AnnotationBytes

_MOST_READS = 500  # single records, above which reading the whole file is not slower


class _TooManyReadsError(Exception):
    """Too many single records would have to be read to find the gaps."""


@dataclass(frozen=True)
class RecordRuns:
    """Stretches of records without a gap: first record and onset in s of each.

    ``unordered`` counts records that begin before the previous one has ended, ``unknown`` the
    examined records whose time cannot be read.
    """

    firsts: list[int]
    onsets: list[float]
    unordered: int = 0
    unknown: int = 0


class RecordTimes:
    """Looks for gaps between the records of a file.

    Onsets rise by at least the duration of a record. If the time between two records equals the
    duration of the records between them, there is no gap between the two, and none of those is
    read; otherwise each half is examined. Where this takes too many reads, the whole file is read
    once, in blocks.

    Parameters
    ----------
    source : AnnotationBytes
        Source of the onsets.
    duration : float
        Of a record, in seconds.
    tolerance : float
        Largest difference in seconds that is not a gap.
    """

    def __init__(self, source: AnnotationBytes, duration: float, tolerance: float) -> None:
        self._source = source
        self._duration = duration
        self._tolerance = tolerance
        self._unknown = 0
        self._read = 0

    def runs(self) -> RecordRuns:
        """Return the runs of the file, which has at least one record."""
        try:
            first_onset, breaks = self._searched()
        except _TooManyReadsError:
            first_onset, breaks = self._scanned()
        return self._in_order(first_onset, breaks)

    def _scanned(self) -> tuple[float, dict[int, float]]:
        """Find the breaks among the times of all records."""
        onsets = self._source.onsets()
        self._unknown = int(np.isnan(onsets).sum())
        if np.isnan(onsets[0]):
            onsets[0] = 0.0
        known = np.flatnonzero(~np.isnan(onsets))
        excess = np.diff(onsets[known]) - np.diff(known) * self._duration
        broken = known[1:][np.abs(excess) >= self._tolerance]
        return float(onsets[0]), dict(zip(broken.tolist(), onsets[broken].tolist(), strict=True))

    def _searched(self) -> tuple[float, dict[int, float]]:
        """Find the breaks by halving; raise `_TooManyReadsError` if that needs too many reads."""
        last = self._source.n_records - 1
        first_onset = self._onset(0)
        if first_onset is None:
            first_onset = 0.0
        breaks: dict[int, float] = {}
        waiting = [(0, first_onset, *self._known_at_or_before(last, 0, first_onset))]
        while waiting:
            i, at_i, j, at_j = waiting.pop()
            excess = self._excess(i, at_i, j, at_j)
            if i == j or abs(excess) < self._tolerance:
                continue
            middle = (i + j) // 2
            if middle == i:
                breaks[j] = at_j
                continue
            k, at_k = self._known_at_or_before(middle, i, at_i)
            if k == i:  # no time is known between: continue behind the middle
                k, at_k = self._known_after(middle, j, at_j)
            if k == j:
                breaks[j] = at_j
                continue
            waiting += [(i, at_i, k, at_k), (k, at_k, j, at_j)]
        return first_onset, breaks

    def _excess(self, i: int, at_i: float, j: int, at_j: float) -> float:
        return (at_j - at_i) - (j - i) * self._duration

    def _onset(self, record: int) -> float | None:
        self._read += 1
        if self._read > _MOST_READS:
            raise _TooManyReadsError
        onset = self._source.onset(record)
        self._unknown += onset is None
        return onset

    def _known_at_or_before(self, j: int, i: int, at_i: float) -> tuple[int, float]:
        """Return the last record in ``(i, j]`` whose time is known, else ``i``."""
        for record in range(j, i, -1):
            onset = self._onset(record)
            if onset is not None:
                return record, onset
        return i, at_i

    def _known_after(self, middle: int, j: int, at_j: float) -> tuple[int, float]:
        """Return the first record in ``(middle, j)`` whose time is known, else ``j``."""
        for record in range(middle + 1, j):
            onset = self._onset(record)
            if onset is not None:
                return record, onset
        return j, at_j

    def _in_order(self, first_onset: float, breaks: dict[int, float]) -> RecordRuns:
        """Join the runs; a record that begins too early follows the previous one."""
        firsts, onsets = [0], [first_onset]
        unordered = 0
        for record in sorted(breaks):
            end = onsets[-1] + (record - firsts[-1]) * self._duration
            ahead = breaks[record] - end
            if ahead < -self._tolerance:
                unordered += 1
            elif ahead >= self._tolerance:
                firsts.append(record)
                onsets.append(breaks[record])
        return RecordRuns(firsts, onsets, unordered, self._unknown)
