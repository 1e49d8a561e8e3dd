"""Lines of series that break where values are missing, however few of their points are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from plotly_resampler.aggregation.gap_handler_interface import AbstractGapHandler
from plotly_resampler.aggregation.plotly_aggregator_parser import PlotlyAggregatorParser

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONG = 0.5  # of what is known between two points


class MissingValues(AbstractGapHandler):  # type: ignore[misc]
    """Breaks a line where values of the series are NaN for a time that can be seen.

    Minima and maxima of bins pass over NaN, so that the line would cross a gap. A pause that is
    shorter than the mean distance of the points, or than half of what is known between two
    points, breaks no line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ends: NDArray[Any] = np.empty(0)
        self._missing: NDArray[Any] = np.zeros(1)

    def follow(self, x: Any, y: Any) -> None:
        """Take other data, shape (n,) each."""
        lost = np.isnan(y) if y.dtype.kind == "f" else np.zeros(len(y), bool)
        known = np.flatnonzero(~lost)
        times: NDArray[Any] = np.asarray(PlotlyAggregatorParser.parse_hf_data(x))
        if times.dtype.kind == "M":
            times = times.view(np.int64)  # as plotly-resampler gives the times of points
        pause = np.flatnonzero(np.diff(known) > 1)
        self._ends = times[known[pause + 1]]
        self._missing = np.append(0, np.cumsum(self._ends - times[known[pause]]))

    def insert_fill_value_between_gaps(
        self, x_agg: NDArray[Any], y_agg: NDArray[Any], idxs: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the values with NaN in each gap, and the indices of their times."""
        mask = self._get_gap_mask(x_agg)
        if mask is None:
            return y_agg, idxs
        known = np.isfinite(y_agg)
        at = np.flatnonzero(mask & known & np.append(False, known[:-1]))
        return np.insert(y_agg, at, np.nan), np.insert(idxs, at, idxs[at])

    def _get_gap_mask(self, x_agg: NDArray[Any]) -> NDArray[np.bool_] | None:
        if not len(self._ends) or not len(x_agg):
            return None
        x = np.asarray(x_agg)
        before = self._missing[np.searchsorted(self._ends, x, side="right")]
        missing = np.diff(before, prepend=before[:1])
        shown = np.diff(x, prepend=x[:1])
        seen = missing >= (x[-1] - x[0]) / len(x)
        return np.asarray((missing > 0) & seen & (missing > LONG * (shown - missing)))
