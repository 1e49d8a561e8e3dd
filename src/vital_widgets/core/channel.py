"""One channel of a recording: its samples, times, units and scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.config import settings
from vital_widgets.core.arithmetic import Arithmetic
from vital_widgets.core.samples import PartOfSamples, to_physical
from vital_widgets.errors import InvalidInputError, TaskCancelledError
from vital_widgets.runtime.fairness import in_turn

if TYPE_CHECKING:
    import dask.array as da
    from numpy.typing import NDArray

    from vital_widgets.core.origin import Origin
    from vital_widgets.core.samples import Samples
    from vital_widgets.core.timebase import TimeBase
    from vital_widgets.runtime.tasks import Task


class Channel(Arithmetic):
    """Samples of one signal with their sampling rate, units and times.

    Physical values are ``native * gain + offset``; a native value equal to ``missing`` is NaN.
    Only samples that exist are stored: a gap has no samples, see `gaps`. Channels can be added,
    subtracted and multiplied by numbers: ``rec["C3"] - (rec["A1"] + rec["A2"]) / 2``.

    Parameters
    ----------
    name : str
        Unique within its recording.
    samples : Samples
        The lazy source, in native dtype.
    timebase : TimeBase
        Times of the samples.
    units : str
        Physical units as the file names them, '' if unknown.
    gain, offset : float
        From native to physical.
    missing : int, optional
        The native value that stands for a missing sample (WFDB's most negative value).
    ready : Task, optional
        The task that is still reading the file, for formats that need one. Everything that
        depends on all samples waits for it; `timebase` and `samples` give the present state.
    details : dict, optional
        Other information about the channel in the file (filters, transducer, …).
    origin : Origin, optional
        Start and annotations of the recording to which the channel belongs; that recording sets
        it. A derived channel has the origin of its source.
    """

    def __init__(
        self,
        name: str,
        samples: Samples,
        timebase: TimeBase,
        units: str = "",
        *,
        gain: float = 1.0,
        offset: float = 0.0,
        missing: int | None = None,
        ready: Task[Any] | None = None,
        details: dict[str, Any] | None = None,
        origin: Origin | None = None,
    ) -> None:
        self.name = name
        self.units = units
        self.gain = float(gain)
        self.offset = float(offset)
        if not (math.isfinite(self.gain) and math.isfinite(self.offset)):
            msg = f"channel {name!r} has gain {gain!r} and offset {offset!r}; both must be finite"
            raise InvalidInputError(msg)
        self.missing = missing
        self.details = dict(details or {})
        self.samples = samples
        self.ready = ready
        self.origin = origin
        self._timebase = timebase
        self._twin: Channel | None = None

    @property
    def timebase(self) -> TimeBase:
        """Times of the samples that are known now; never waits."""
        return self._timebase if self._twin is None else self._twin.timebase

    @timebase.setter
    def timebase(self, timebase: TimeBase) -> None:
        self._timebase, self._twin = timebase, None

    def seen_in(self, origin: Origin) -> Channel:
        """Return the channel as part of another recording; itself if it belongs to none yet."""
        if self.origin is None:
            self.origin = origin
        if self.origin is origin:
            return self
        made = Channel.__new__(Channel)
        made.__dict__ |= {**self.__dict__, "origin": origin, "_twin": self}  # its times may grow
        return made

    def wait(self) -> None:
        """Wait until all samples can be read; raise the error if the reading failed."""
        if self.ready is None:
            return
        try:
            self.ready.result()
        except TaskCancelledError as error:
            msg = (
                f"channel {self.name!r} was not read completely ({error}); open the recording again"
            )
            raise TaskCancelledError(msg) from error

    @property
    def fs(self) -> float:
        """Sampling rate in Hz."""
        return self.timebase.fs

    @property
    def start(self) -> float:
        """Time of the first sample, in seconds from the recording's start."""
        return self.timebase.start

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        self.wait()
        return self.timebase.n_samples

    @property
    def dtype(self) -> np.dtype[Any]:
        """Native dtype of the stored samples; physical values are floating point."""
        return self.samples.dtype

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """Stretches ``[t0, t1)`` in seconds within the channel where no samples exist."""
        self.wait()
        return self.timebase.gaps

    @property
    def data(self) -> da.Array:
        """All samples in physical units as a lazy Dask array of shape ``(n_samples,)``."""
        return self._lazy(physical=True)

    @property
    def digital(self) -> da.Array | None:
        """All samples as the file's own integers, lazy; None if the file holds no integers."""
        return self._lazy(physical=False) if self.dtype.kind in "iu" else None

    def read(self, i0: int, i1: int) -> NDArray[Any]:
        """Return samples ``i0 <= i < i1`` in physical units, shape ``(i1 - i0,)``."""
        # Samples that have been read already do not wait for the others.
        if not 0 <= i0 <= i1 <= self.timebase.n_samples and not 0 <= i0 <= i1 <= self.n_samples:
            raise InvalidInputError(
                f"samples {i0} to {i1} of {self.name!r} cannot be read: the channel has "
                f"{self.n_samples} samples; give 0 <= i0 <= i1 <= {self.n_samples}"
            )
        with in_turn():
            return self.physical(self.samples.read(i0, i1))

    def physical(self, native: NDArray[Any]) -> NDArray[Any]:
        """Return native samples of this channel in physical units, NaN where missing."""
        return to_physical(native, self.gain, self.offset, self.missing)

    def window(self, t0: float, t1: float) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Return the samples with ``t0 <= t < t1``.

        Parameters
        ----------
        t0, t1 : float
            Seconds from the recording's start.

        Returns
        -------
        times : ndarray of float64, shape (n,)
            Seconds from the recording's start.
        values : ndarray of float, shape (n,)
            Physical values. A gap has no samples and no NaN: the times jump.
        """
        self.wait()
        i0, i1 = self.timebase.sample_range(t0, t1)
        return self.timebase.times(i0, i1), self.read(i0, i1)

    def between(self, t0: float, t1: float) -> Channel:
        """Return the part of the channel with ``t0 <= t < t1`` as a channel; nothing is read.

        Times stay seconds from the recording's start: the part begins at ``t0``.

        Parameters
        ----------
        t0, t1 : float
            Seconds from the recording's start, t0 < t1.

        Raises
        ------
        InvalidInputError
            The part contains no sample.
        """
        self.wait()
        i0, i1 = self.timebase.sample_range(t0, t1)
        if i0 == i1:
            raise InvalidInputError(
                f"{self.name!r} has no sample from {t0:g} to {t1:g} s; it was recorded from "
                f"{self.timebase.start:g} to {self.timebase.end:g} s"
            )
        return Channel(
            self.name,
            PartOfSamples(self.samples, i0, i1),
            self.timebase.part(i0, i1),
            self.units,
            gain=self.gain,
            offset=self.offset,
            missing=self.missing,
            details=self.details,
            origin=self.origin,
        )

    def _lazy(self, *, physical: bool) -> da.Array:
        import dask.array as da

        array = LazyArray(self, physical=physical)
        if array.shape[0] == 0:
            empty: da.Array = da.zeros(0, dtype=array.dtype, chunks=1)
            return empty
        lazy: da.Array = da.from_array(
            array,
            chunks=settings().chunk_samples,
            name=False,
            asarray=False,
            meta=np.empty(0, array.dtype),
        )
        return lazy

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the task, once the channel is complete."""
        self.wait()
        return {**self.__dict__, "ready": None, "_timebase": self.timebase, "_twin": None}

    def __repr__(self) -> str:
        """Name, rate, units and extent."""
        base = self.timebase
        units = f" {self.units}" if self.units else ""
        count = len(base.gaps)
        gaps = f", {count} {'gap' if count == 1 else 'gaps'}" if count else ""
        return (
            f"<Channel {self.name!r}:{units}, {base.fs:g} Hz, {base.n_samples} samples "
            f"({self.dtype}), {base.start:g} to {base.end:g} s{gaps}>"
        )


class LazyArray:
    """The array-like that Dask slices: it reads only the samples of a slice."""

    ndim = 1

    def __init__(self, channel: Channel, *, physical: bool) -> None:
        self.channel = channel
        self.shape = (channel.n_samples,)
        self._physical = physical
        native = channel.dtype
        self.dtype = channel.physical(np.empty(0, native)).dtype if physical else native

    def __getitem__(self, key: Any) -> Any:
        """Return the same as indexing an array: one sample, or an array of samples.

        Keys are what Dask may put together from several indexings: an integer, a slice with any
        step, integers or booleans, alone or in a tuple with ``...`` and ``None``. Samples are
        read from the first to the last that the key names.
        """
        parts = key if isinstance(key, tuple) else (key,)
        at = next((k for k, part in enumerate(parts) if part is not None and part is not ...), None)
        if at is None:
            return self._read(0, self.shape[0])[key]
        start, stop, part = self._extent(parts[at])
        return self._read(start, stop)[(*parts[:at], part, *parts[at + 1 :])]

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.shape[0]

    def _extent(self, part: Any) -> tuple[int, int, Any]:
        """Return the samples ``start <= i < stop`` a part of a key needs, and it within them."""
        n = self.shape[0]
        if isinstance(part, slice):
            named = range(n)[part]
            if not named:
                return 0, 0, slice(0)
            start, stop = min(named[0], named[-1]), max(named[0], named[-1]) + 1
            return start, stop, slice(None, None, named.step)
        index = np.asarray(part)
        if index.dtype == bool:
            if index.shape != self.shape:
                msg = f"a mask of shape {index.shape} cannot choose from {n} samples"
                raise IndexError(msg)
            index = np.flatnonzero(index)
        if index.size == 0:
            return 0, 0, index.astype(np.intp)
        if index.min() < -n or index.max() >= n:
            msg = f"index {part!r} is out of bounds for {n} samples"
            raise IndexError(msg)
        index = np.where(index < 0, index + n, index)
        start = int(index.min())
        within = index - start
        return start, int(index.max()) + 1, within if within.ndim else int(within)

    def _read(self, start: int, stop: int) -> NDArray[Any]:
        with in_turn():
            values = self.channel.samples.read(start, stop)
        return self.channel.physical(values) if self._physical else values
