"""The points of a figure over a channel: from its pyramid, or chosen from its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from plotly_resampler.aggregation import (
    LTTB,
    EveryNthPoint,
    MinMaxAggregator,
    MinMaxLTTB,
    MinMaxOverlapAggregator,
)
from plotly_resampler.aggregation.aggregation_interface import (
    AbstractAggregator,
    DataAggregator,
    DataPointSelector,
)
from plotly_resampler.aggregation.gap_handler_interface import AbstractGapHandler

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError
from vital_widgets.figures.binextremes import envelope
from vital_widgets.figures.lazyseries import ChannelValues

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.figures.lazyseries import ChannelSource, ChannelTimes

# The most samples of a window that an aggregator gets as an array: 128 MB as float64.
IN_MEMORY_SAMPLES = 1 << 24


class M4(DataPointSelector):  # type: ignore[misc]
    """First, last, lowest and highest sample of each bin.

    The line through these points has the same pixels as that through all samples if there is one
    bin per pixel column (Jugel et al., "M4: a visualization-oriented time series data
    aggregation", PVLDB 7(10), 2014).
    """

    def _arg_downsample(
        self, x: NDArray[Any] | None, y: NDArray[Any], n_out: int
    ) -> NDArray[np.integer[Any]]:
        given = (y,) if x is None else (x, y)
        chosen: NDArray[np.integer[Any]] = _m4().downsample(*given, n_out=max(n_out // 4 * 4, 4))
        return chosen


def _m4() -> Any:
    from tsdownsample import M4Downsampler

    return M4Downsampler()  # type: ignore[no-untyped-call]


AGGREGATORS: dict[str, type[AbstractAggregator] | None] = {
    "minmax": None,  # from the pyramid
    "lttb": LTTB,
    "minmaxlttb": MinMaxLTTB,
    "m4": M4,
    "minmaxoverlap": MinMaxOverlapAggregator,
    "everynth": EveryNthPoint,
}
NAMES = {
    LTTB: "LTTB",
    MinMaxLTTB: "MinMaxLTTB",
    MinMaxAggregator: "MinMax",
    EveryNthPoint: "every nth sample",
}


def given_aggregator(aggregator: Any) -> AbstractAggregator | None:
    """Return an aggregator of plotly-resampler by its name; None for minima and maxima."""
    if isinstance(aggregator, AbstractAggregator):
        return None if isinstance(aggregator, ChannelAggregator) else aggregator
    if isinstance(aggregator, str) and aggregator in AGGREGATORS:
        kind = AGGREGATORS[aggregator]
        return None if kind is None else kind()
    names = ", ".join(f'"{name}"' for name in AGGREGATORS)
    raise InvalidInputError(
        f"aggregator={format_value(aggregator)} is not known; give one of {names}, or an instance "
        "of an aggregator of plotly-resampler such as MinMaxLTTB()"
    )


class ChannelAggregator(DataAggregator):  # type: ignore[misc]
    """Minimum and maximum of bins, from the pyramid of a channel or from its samples.

    Parameters
    ----------
    inner : AbstractAggregator, optional
        An aggregator of plotly-resampler for windows of up to `IN_MEMORY_SAMPLES` samples.

    Attributes
    ----------
    instead : str
        What was asked for, if the last window was too long for it and shows minima and maxima.
    complete : bool
        Whether the last window was complete; it is not while the pyramid is being built.
    """

    def __init__(self, inner: AbstractAggregator | None = None) -> None:
        super().__init__()
        self.inner = inner
        self.instead = ""
        self.complete = True

    def aggregate(self, *args: Any, n_out: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return up to ``n_out`` times and values of a window of a channel."""
        x, y = self._process_args(*args)
        return self._aggregate(x, y, n_out)

    def _aggregate(
        self, x: ChannelTimes | NDArray[Any], y: ChannelValues | NDArray[Any], n_out: int
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        self.instead = ""
        if not isinstance(y, ChannelValues):  # a user has put an array into hf_data
            self.complete = True
            return _chosen(self.inner or MinMaxAggregator(), np.asarray(x), np.asarray(y), n_out)
        if self.inner is not None and len(y) <= IN_MEMORY_SAMPLES:
            self.complete = True
            return _chosen(self.inner, np.asarray(x), np.asarray(y), n_out)
        if self.inner is not None:
            self.instead = NAMES.get(type(self.inner), type(self.inner).__name__)
        samples, values, self.complete = envelope(y.source, y.start, y.stop, n_out)
        times = y.source.channel.timebase.times_of(samples)
        return y.source.on_axis(times), values

    def __deepcopy__(self, _: Any) -> Self:
        return type(self)(self.inner)


def _chosen(
    inner: AbstractAggregator, x: NDArray[Any], y: NDArray[Any], n_out: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    if isinstance(inner, DataPointSelector):
        at = inner.arg_downsample(x, y, n_out=n_out)
        return x[at], y[at]
    times, values = inner.aggregate(x, y, n_out=n_out)
    return times, values


class RecordedGaps(AbstractGapHandler):  # type: ignore[misc]
    """Breaks a line where nothing was recorded for longer than between its points otherwise."""

    def __init__(self, source: ChannelSource) -> None:
        super().__init__()
        self.source = source

    def insert_fill_value_between_gaps(
        self, x_agg: Any, y_agg: Any, idxs: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the values with NaN before each gap, and the indices of their times."""
        y, at = super().insert_fill_value_between_gaps(np.asarray(x_agg), np.asarray(y_agg), idxs)
        return np.asarray(y), at

    def _get_gap_mask(self, x_agg: NDArray[Any]) -> NDArray[np.bool_] | None:
        base = self.source.channel.timebase
        x_agg = np.asarray(x_agg)
        if len(base.starts) == 1 or len(x_agg) == 0:
            return None
        # plotly-resampler gives dates as int64.
        times = self.source.elapsed(x_agg if self.source.clock is None else x_agg.view("M8[ns]"))
        ends = base.onsets[:-1] + np.diff(base.starts) / base.fs
        missing = np.append(0.0, np.cumsum(base.onsets[1:] - ends))
        before = missing[np.searchsorted(base.onsets[1:], times + 1e-6 / base.fs, side="right")]
        gap = np.diff(before, prepend=before[0])
        recorded = np.diff(times, prepend=times[0]) - gap
        mask: NDArray[np.bool_] = (gap >= 0.5 / base.fs) & (gap > 0.5 * recorded)
        return mask if np.any(mask) else None

    def __deepcopy__(self, _: Any) -> Self:
        return self
