"""Times and values of a channel as sequences that plotly-resampler slices, without reading them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from vital_widgets.core.formatting import format_value
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.channel import Channel
    from vital_widgets.serve.session import Session

NS_PER_SECOND = 1e9


@dataclass(frozen=True, eq=False)
class ChannelSource:
    """One channel of a figure: its samples, and its pyramid in a session.

    Attributes
    ----------
    session : Session
        The session, which builds the pyramid.
    k : int
        Number of the signal in the session.
    clock : datetime64 or None
        Time of second 0 if the axis shows times of day; None for seconds.
    """

    session: Session
    k: int
    clock: np.datetime64 | None = None

    @property
    def channel(self) -> Channel:
        """The channel."""
        return self.session.channels[self.k]

    @property
    def n_samples(self) -> int:
        """Number of samples that can be read now."""
        channel = self.channel
        return min(channel.timebase.n_samples, channel.samples.n_samples)

    def on_axis(self, seconds: NDArray[np.float64]) -> NDArray[Any]:
        """Return times in seconds as values of the axis."""
        if self.clock is None:
            return seconds
        nanoseconds: NDArray[np.timedelta64] = np.round(seconds * NS_PER_SECOND).astype("m8[ns]")
        return self.clock + nanoseconds

    def elapsed(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return values of the axis, an array, in seconds."""
        if self.clock is None:
            return values
        since: NDArray[np.int64] = (values - self.clock).astype("m8[ns]").astype(np.int64)
        return since / NS_PER_SECOND

    def seconds(self, value: Any) -> float:
        """Return a value of the axis, number or date as text, in seconds."""
        if self.clock is None:
            return float(value)
        import pandas as pd

        at = pd.Timestamp(value)
        at = at.tz_localize(None) if at.tz is not None else at
        return float((at - pd.Timestamp(self.clock)) / pd.Timedelta(1, "s"))

    def __deepcopy__(self, _: Any) -> Self:
        """Return the source itself: copies of a figure show the same recording."""
        return self

    def __reduce__(self) -> Any:
        """Refuse to be pickled: a process of its own has to open the recording."""
        raise InvalidInputError(
            f"a figure over {self.session.recording.name} cannot be pickled, since its samples "
            "stay in their file; pickle plotly.graph_objects.Figure(figure), which has the points "
            "that it shows, or make the figure again with vital_widgets.figure"
        )


class _Lazy:
    """Samples ``start <= i < stop`` of a channel, not read yet."""

    ndim = 1
    dtype: np.dtype[Any]

    def __init__(self, source: ChannelSource, start: int = 0, stop: int | None = None) -> None:
        self.source = source
        self.start = start
        self._stop = stop

    @property
    def stop(self) -> int:
        """The sample after the last one; that of a whole channel grows while a file is read."""
        return self.source.n_samples if self._stop is None else self._stop

    @property
    def shape(self) -> tuple[int]:
        """Shape of the array that it stands for."""
        return (len(self),)

    @property
    def size(self) -> int:
        """Number of samples."""
        return len(self)

    def __len__(self) -> int:
        return max(self.stop - self.start, 0)

    @overload
    def __getitem__(self, key: slice) -> Self: ...
    @overload
    def __getitem__(self, key: int) -> Any: ...
    def __getitem__(self, key: Any) -> Any:
        """Return a part that is not read yet for a slice, else the values."""
        n = len(self)
        if isinstance(key, slice) and key.step in (None, 1):
            first, last, _ = key.indices(n)
            return type(self)(self.source, self.start + first, self.start + max(first, last))
        if isinstance(key, int | np.integer):
            at = int(key) + (n if key < 0 else 0)
            if not 0 <= at < n:
                msg = f"index {format_value(key)} is outside the {n} samples of the channel"
                raise IndexError(msg)
            return self._one(self.start + at)
        return np.asarray(self)[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001
        values = self._read(self.start, max(self.stop, self.start))
        return np.array(values, dtype=dtype, copy=copy)

    def view(self, dtype: Any) -> NDArray[Any]:
        """Return the values as an array of another dtype."""
        return np.asarray(self).view(dtype)

    def __deepcopy__(self, _: Any) -> Self:
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.source.channel.name!r}, {len(self)} samples>"

    @abstractmethod
    def _one(self, i: int) -> Any: ...

    @abstractmethod
    def _read(self, start: int, stop: int) -> NDArray[Any]: ...


class ChannelTimes(_Lazy):
    """The times of a channel as ``hf_x``: seconds, or dates for an axis with times of day."""

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """float64 or datetime64."""
        return np.dtype("f8" if self.source.clock is None else "M8[ns]")

    def _one(self, i: int) -> Any:
        seconds = self.source.channel.timebase.time_of(i)
        if self.source.clock is None:
            return seconds
        import pandas as pd

        return pd.Timestamp(self.source.on_axis(np.array([seconds]))[0])

    def _read(self, start: int, stop: int) -> NDArray[Any]:
        return self.source.on_axis(self.source.channel.timebase.times(start, stop))


class ChannelValues(_Lazy):
    """The values of a channel as ``hf_y``, in physical units."""

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """Dtype of the physical values."""
        channel = self.source.channel
        return channel.physical(np.empty(0, channel.dtype)).dtype

    def _one(self, i: int) -> Any:
        return self._read(i, i + 1)[0]

    def _read(self, start: int, stop: int) -> NDArray[Any]:
        return self.source.channel.read(start, stop)


def checked_points(n_points: Any, limit: int = 200_000) -> int:
    """Return the number of points of a trace, or raise."""
    whole = isinstance(n_points, int | np.integer) and not isinstance(n_points, bool)
    if not whole or not 4 <= n_points <= limit:  # noqa: PLR2004
        raise InvalidInputError(
            f"n_points={format_value(n_points)} is not a whole number from 4 to {limit}; about "
            "two points per pixel of the figure's width are enough"
        )
    return int(n_points)
