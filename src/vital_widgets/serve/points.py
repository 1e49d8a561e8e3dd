"""Points chosen from the samples of a window, where a viewer shall draw no envelope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import ProtocolError
from vital_widgets.serve.protocol import MAX_WIDTH, channel_indices, integer, time_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.serve.protocol import Buffer

ENVELOPE = "minmax"
SELECTIONS = ("lttb", "minmaxlttb", "m4", "everynth")
# The most samples of all channels of a request: 128 MB as float64.
LIMIT = 1 << 24


@dataclass(frozen=True)
class PointsRequest:
    """A request for about ``n`` points of each channel in ``[t0, t1)`` seconds."""

    channels: tuple[int, ...]
    t0: float
    t1: float
    n: int
    aggregator: str


def points_request(content: Mapping[str, Any], n_channels: int) -> PointsRequest:
    """Check a ``points`` message and return its content."""
    aggregator = content.get("aggregator")
    if not isinstance(aggregator, str) or aggregator not in SELECTIONS:
        known = ", ".join(SELECTIONS)
        msg = f"aggregator={format_value(aggregator)} is not known; available: {known}"
        raise ProtocolError(msg)
    t0, t1 = time_range(content)
    n = integer(content, "n", 4, MAX_WIDTH)
    return PointsRequest(channel_indices(content, n_channels), t0, t1, n, aggregator)


def pack_points(
    request: PointsRequest, channels: Sequence[Channel], buffer: Buffer
) -> list[dict[str, Any]]:
    """Append the points of each channel to ``buffer`` and return their headers.

    A channel with too many samples has no points: the viewer keeps its envelope.
    """
    parts: list[dict[str, Any]] = []
    limit = LIMIT // max(len(request.channels), 1)
    for k in request.channels:
        channel = channels[k]
        i0, i1 = channel.timebase.sample_range(request.t0, request.t1)
        # One more sample on each side, so that the line reaches the edges.
        i0, i1 = max(i0 - 1, 0), min(i1 + 1, channel.timebase.n_samples, channel.samples.n_samples)
        if i1 - i0 > limit:
            parts.append({"channel": k, "samples": i1 - i0, "count": -1, "at": 0})
            continue
        times, values = chosen_points(channel, i0, max(i1, i0), request.n, request.aggregator)
        at = buffer.add(times, values)
        parts.append({"channel": k, "samples": max(i1 - i0, 0), "count": len(times), "at": at})
    return parts


def chosen_points(
    channel: Channel, i0: int, i1: int, n: int, aggregator: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return times in seconds and values of about ``n`` samples, with NaN where the line ends.

    Parameters
    ----------
    channel : Channel
        The channel.
    i0, i1 : int
        Samples ``i0 <= i < i1`` are in the window.
    n : int
        Number of points.
    aggregator : str
        One of `SELECTIONS`.

    Returns
    -------
    times, values : ndarray of float64, shape (m,)
        A NaN stands between two points with a gap or a missing sample between them.

    Notes
    -----
    LTTB: Steinarsson, "Downsampling time series for visual representation", 2013. MinMaxLTTB:
    Van Der Donckt et al., 2023. M4: Jugel et al., PVLDB 7(10), 2014.
    """
    values = np.asarray(channel.read(i0, i1), np.float64)
    finite = np.flatnonzero(np.isfinite(values))
    samples = finite[_select(aggregator, finite.astype(np.float64), values[finite], n)]
    times = channel.timebase.times_of(samples + i0)
    missing = np.cumsum(~np.isfinite(values))[samples] if len(samples) else samples
    run = np.searchsorted(channel.timebase.starts, samples + i0, side="right")
    ends = np.flatnonzero((np.diff(missing) > 0) | (np.diff(run) > 0)) + 1
    return np.insert(times, ends, times[ends]), np.insert(values[samples], ends, np.nan)


def _select(
    aggregator: str, x: NDArray[np.float64], y: NDArray[np.float64], n: int
) -> NDArray[np.intp]:
    if len(y) <= n:
        return np.arange(len(y))
    import tsdownsample

    kinds: dict[str, Any] = {
        "lttb": tsdownsample.LTTBDownsampler,
        "minmaxlttb": tsdownsample.MinMaxLTTBDownsampler,
        "m4": tsdownsample.M4Downsampler,
        "everynth": tsdownsample.EveryNthDownsampler,
    }
    given = (y,) if aggregator == "everynth" else (x, y)
    n_out = n // 4 * 4 if aggregator == "m4" else n // 2 * 2
    found = kinds[aggregator]().downsample(*given, n_out=n_out)
    return np.unique(np.asarray(found, np.intp))
