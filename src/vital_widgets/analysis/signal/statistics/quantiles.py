"""Quantiles that merge: exact while the values can be counted, then from a sketch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_DISTINCT = 1 << 16  # values that are counted one by one: all that 16 bits can represent
PENDING = 1 << 18  # values that are kept before they are counted
FED = 1 << 16  # values that a sketch is given at a time
SKETCH_K = 4096  # rank error 0.07 %, 100 kB


class Quantiles:
    """Quantiles of values that come in parts.

    Up to 65,536 distinct values are counted, and their quantiles are exact, those of
    `numpy.quantile`; this covers short signals and any recording of 16 bits. More values go into a
    KLL sketch (Karnin et al. 2016, of Apache DataSketches) of fixed size, whose error in rank is
    `rank_error`. Which of the two it is depends on the values only, not on their order or parts.
    """

    def __init__(self) -> None:
        self.count = 0
        self._distinct: NDArray[np.float64] = np.empty(0)
        self._counts: NDArray[np.int64] = np.empty(0, np.int64)
        self._pending: list[NDArray[np.float64]] = []
        self._n_pending = 0
        self._sketch: Any = None

    @property
    def is_exact(self) -> bool:
        """Whether all values are counted one by one."""
        self.compact()
        return self._sketch is None

    @property
    def rank_error(self) -> float:
        """Error in rank (0 to 1) that 99 % of quantiles keep to, as the library states it."""
        return 0.0 if self.is_exact else float(self._sketch.normalized_rank_error(False))

    def update(self, values: NDArray[np.float64]) -> None:
        """Add finite values."""
        self.count += len(values)
        if self._sketch is not None:
            self._sketch.update(np.ascontiguousarray(values))
            return
        self._pending.append(values.copy())
        self._n_pending += len(values)
        if self._n_pending >= PENDING:
            self.compact()

    def merge(self, other: Quantiles) -> None:
        """Add the values of another, which stays as it is."""
        other.compact()
        self.compact()
        self.count += other.count
        if other._sketch is not None:
            self._to_sketch()
            self._sketch.merge(other._sketch)
        elif self._sketch is not None:
            self._feed(other._distinct, other._counts)
        else:
            self._add(other._distinct, other._counts)

    def at(self, quantiles: Sequence[float]) -> NDArray[np.float64]:
        """Return the values of quantiles from 0 to 1; NaN without values."""
        wanted = np.asarray(quantiles, np.float64)
        if not self.count:
            return np.full(len(wanted), np.nan)
        if not self.is_exact:
            found = np.asarray(self._sketch.get_quantiles(wanted.tolist(), True))
            found[wanted == 0] = self._sketch.get_min_value()
            found[wanted == 1] = self._sketch.get_max_value()
            return found
        position = wanted * (self.count - 1)
        below = np.floor(position)
        ends = np.cumsum(self._counts)
        lower = self._distinct[np.searchsorted(ends, below, side="right")]
        next_rank = np.minimum(below + 1, self.count - 1)
        upper = self._distinct[np.searchsorted(ends, next_rank, side="right")]
        part = position - below
        return np.asarray(lower * (1 - part) + upper * part)

    def compact(self) -> None:
        """Count the values that are pending, so that the object is small."""
        if self._n_pending:
            values = np.concatenate(self._pending)
            self._pending, self._n_pending = [], 0
            values.sort()
            starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
            self._add(values[starts], np.diff(starts, append=len(values)))

    def _add(self, distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> None:
        """Add counted values to those counted, or to a sketch if they become too many."""
        if len(self._distinct):
            both = np.concatenate([self._distinct, distinct])
            counts = np.concatenate([self._counts, counts])
            distinct, where = np.unique(both, return_inverse=True)
            counts = np.bincount(where, counts).astype(np.int64)  # exact below 2**53
        self._distinct, self._counts = distinct, counts
        if len(distinct) > MAX_DISTINCT:
            self._to_sketch()

    def _to_sketch(self) -> None:
        if self._sketch is None:
            from datasketches import kll_doubles_sketch

            self._sketch = kll_doubles_sketch(SKETCH_K)
            self._feed(self._distinct, self._counts)
            self._distinct, self._counts = np.empty(0), np.empty(0, np.int64)

    def _feed(self, distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> None:
        """Give the sketch each value as often as it was counted."""
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        for i in range(0, total, FED):
            rank = np.arange(i, min(i + FED, total))
            self._sketch.update(distinct[np.searchsorted(ends, rank, side="right")])

    def __getstate__(self) -> dict[str, Any]:
        self.compact()
        sketch = self._sketch
        return {**self.__dict__, "_sketch": None if sketch is None else sketch.serialize()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from datasketches import kll_doubles_sketch

        self.__dict__.update(state)
        if self._sketch is not None:
            self._sketch = kll_doubles_sketch.deserialize(self._sketch)
