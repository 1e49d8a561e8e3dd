"""The samples an analysis runs over: of an array or of channels, read piece by piece."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.stretches import Stretches, UsableLike, usable_in
from vital_widgets.analysis.engine.validity import checked_fs, measurable
from vital_widgets.core.channel import Channel
from vital_widgets.core.in_memory import DaskSamples
from vital_widgets.core.recording import Recording
from vital_widgets.core.samples import ArraySamples, to_physical
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from vital_widgets.core.samples import Samples

SignalLike: TypeAlias = "ArrayLike | Channel"
SignalsLike: TypeAlias = "ArrayLike | Sequence[SignalLike] | Recording"
Scale: TypeAlias = "tuple[float, float, int | None]"
AS_STORED: Scale = (1.0, 0.0, None)
RATE_TOLERANCE = 1e-9  # a rate computed by a division equals the one written down


@dataclass(frozen=True, eq=False)
class Source:
    """Signals with common sample times, read piece by piece; picklable, and holds no recording.

    Attributes
    ----------
    name : str
        Of the channels, or of the parameter that was given an array.
    samples : tuple of Samples
        One for each signal.
    scales : tuple of (gain, offset, missing)
        From stored samples to physical values.
    timebase : TimeBase
        Times of the samples.
    usable : Stretches or None
        Where the signals may be used; None for everywhere.
    several : bool
        Whether pieces are read as shape (channels, n), not (n,).
    units : tuple of str
        Units of each signal, '' where they are not known.
    """

    name: str
    samples: tuple[Samples, ...]
    scales: tuple[Scale, ...]
    timebase: TimeBase
    usable: Stretches | None
    several: bool = False
    units: tuple[str, ...] = ("",)

    @property
    def fs(self) -> float:
        """Sampling rate in Hz."""
        return self.timebase.fs

    @property
    def n_samples(self) -> int:
        """Number of samples of each signal."""
        return self.timebase.n_samples

    def runs(self) -> list[tuple[int, int]]:
        """Return the runs of samples between gaps, ``(start, stop)`` by index.

        Runs that touch within half a sample have no gap between them and are one.
        """
        base = self.timebase
        if not base.n_samples:
            return []
        ends = base.onsets[:-1] + np.diff(base.starts) / base.fs
        apart = np.concatenate([[True], base.onsets[1:] - ends >= 0.5 / base.fs])
        starts = base.starts[apart].tolist()
        return list(zip(starts, [*starts[1:], base.n_samples], strict=True))

    def part(self, first: int, stop: int) -> Source:
        """Return a source that pickles small: what is in memory anyway is cut to the piece."""
        held = tuple(
            ArraySamples(one.values[first:stop])
            if isinstance(one, ArraySamples)
            else ArraySamples(one.read(first, stop))
            if isinstance(one, DaskSamples)
            else one
            for one in self.samples
        )
        return replace(self, samples=held)

    def read(self, first: int, stop: int, origin: int = 0) -> NDArray[np.float64]:
        """Return samples ``first <= i < stop``, NaN where they may not be used.

        ``origin`` is the index of the first sample that samples cut by `part` still hold.
        """
        if self.several:
            values = np.empty((len(self.samples), max(stop - first, 0)))
            for k, row in enumerate(values):
                row[:] = self._physical(k, first, stop, origin)
        else:
            values = np.asarray(self._physical(0, first, stop, origin), np.float64)
        values = measurable(values)
        if self.usable is not None:
            values = np.where(self._mask(self.usable, first, stop), values, np.nan)
        if not values.flags.owndata:  # it may be the caller's array
            values = values.view()
            values.flags.writeable = False
        return values

    def _physical(self, k: int, first: int, stop: int, origin: int) -> NDArray[Any]:
        samples = self.samples[k]
        if isinstance(samples, ArraySamples):  # not copied: pieces are not written to
            native = samples.values[first - origin : stop - origin]
        else:
            native = samples.read(first, stop)
        return to_physical(native, *self.scales[k])

    def values(self) -> NDArray[np.float64]:
        """Return all samples at once, for an analysis that cannot work in pieces."""
        found = self.read(0, self.n_samples)
        return found if found.flags.owndata else found.copy()

    def _mask(self, usable: Stretches, first: int, stop: int) -> NDArray[np.bool_]:
        """Return which samples may be used, by their own times: runs that touch may drift."""
        base = self.timebase
        inside = base.starts[(base.starts > first) & (base.starts < stop)]
        edges = [first, *inside.tolist(), stop]
        return np.concatenate(
            [usable.mask(base.time_of(a), base.fs, b - a) for a, b in itertools.pairwise(edges)]
        )


def signal_of(
    x: Any,
    fs: Any = None,
    usable: UsableLike = None,
    *,
    min_fs: float = 0.0,
    why: str = "",
    name: str = "x",
) -> Source:
    """Return one signal as a source, or raise `InvalidInputError`.

    Parameters
    ----------
    x : array-like of float, shape (n,), Channel, or a result with samples (`Filtered`)
        Samples in any unit; NaN where there are none.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channel's own for a channel.
    usable : UsableLike
        Where the signal may be used; None for everywhere.
    min_fs : float
        Lowest sampling rate in Hz that makes sense for what is computed.
    why : str
        Reason for that limit, which the message states.
    name : str
        What messages call the parameter.
    """
    return _checked(_single(x, fs, name), usable, min_fs, why)


def signals_of(
    x: Any,
    fs: Any = None,
    usable: UsableLike = None,
    *,
    count: int | None = None,
    names: Sequence[str] = (),
) -> Source:
    """Return several signals with the same sample times as one source, or raise.

    Parameters
    ----------
    x : array-like of float, shape (channels, n), sequence of signals, or Recording
        A sequence holds channels, or arrays of one length.
    fs, usable
        As for `signal_of`.
    count : int, optional
        How many signals there must be.
    names : sequence of str
        What messages call each of them, where each is a parameter of its own.
    """
    if isinstance(x, Recording):
        x.wait()
        x = list(x.channels.values())
    listed = _listed(x)
    if count is not None and len(listed) != count:
        raise InvalidInputError(f"{len(listed)} signals were given; {count} are needed")
    if not listed:
        raise InvalidInputError("no signal was given; give a list of channels, or an array of "
                                "shape (channels, n)")  # fmt: skip
    called = names or [f"x[{k}]" for k in range(len(listed))]
    parts = [_single(one, fs, name) for one, name in zip(listed, called, strict=True)]
    first = parts[0]
    for part in parts[1:]:
        _check_same_times(first, part)
    joined = Source(
        ", ".join(part.name for part in parts),
        tuple(part.samples[0] for part in parts),
        tuple(part.scales[0] for part in parts),
        first.timebase,
        None,
        several=True,
        units=tuple(part.units[0] for part in parts),
    )
    return _checked(joined, usable, 0.0, "")


def is_signal(x: Any) -> bool:
    """Return whether an input is a signal with sample times of its own, not beats or numbers."""
    return isinstance(x, Channel) or _own_times(x) is not None


def _own_times(x: Any) -> TimeBase | None:
    """Return the time base of a signal that was computed."""
    timebase = getattr(getattr(x, "extent", None), "timebase", None)
    return timebase if isinstance(timebase, TimeBase) and hasattr(x, "values") else None


def _listed(x: Any) -> list[Any]:
    if isinstance(x, Channel):
        raise InvalidInputError(
            f"x is one channel ({x.name!r}); this analysis takes several: give a list of channels"
        )
    if isinstance(x, Sequence) and not isinstance(x, str):
        return list(x)
    if getattr(x, "ndim", None) == 2:  # noqa: PLR2004 - (channels, n)
        return list(x)
    shape = getattr(x, "shape", None)
    given = f"an array of shape {shape}" if shape is not None else type(x).__name__
    raise InvalidInputError(
        f"x is {given}; give a list of channels, or an array of shape (channels, n)"
    )


def _single(x: Any, fs: Any, name: str) -> Source:
    if isinstance(x, Channel):
        return _of_channel(x, fs, name)
    if (timebase := _own_times(x)) is not None:
        _check_rate(fs, timebase.fs, name)
        units = (str(getattr(x, "units", "")),)
        return Source(name, (ArraySamples(x.values),), (AS_STORED,), timebase, None, units=units)
    rate = checked_fs(fs)
    if hasattr(x, "dask") and getattr(x, "ndim", 0) == 1:
        return Source(name, (DaskSamples(x),), (AS_STORED,), regular(rate, len(x)), None)
    array = _numbers(x, name)
    return Source(name, (ArraySamples(array),), (AS_STORED,), regular(rate, len(array)), None)


def _of_channel(channel: Channel, fs: Any, name: str) -> Source:
    channel.wait()
    _check_rate(fs, channel.fs, f"{name} ({channel.name!r})")
    return Source(
        channel.name,
        (channel.samples,),
        ((channel.gain, channel.offset, channel.missing),),
        channel.timebase,
        None,
        units=(channel.units,),
    )


def _check_rate(fs: Any, own: float, name: str) -> None:
    """Raise where a rate was given for a signal that knows its own, and it is another one."""
    if fs is not None and abs(checked_fs(fs) - own) > RATE_TOLERANCE * own:
        raise InvalidInputError(
            f"fs={fs!r} Hz was given, but {name} has a sampling rate of {own:g} Hz; leave fs out"
        )


def _numbers(x: Any, name: str) -> NDArray[Any]:
    """Return an array of real numbers with one dimension, in its own dtype."""
    if isinstance(x, np.ma.MaskedArray) and x.dtype.kind in "iufb":
        x = np.ma.filled(x.astype(np.float64), np.nan)
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise InvalidInputError(f"{name} is not an array of numbers ({error})") from None
    if array.dtype.kind not in "iufb":
        raise InvalidInputError(
            f"{name} is {type(x).__name__} of {array.dtype}; give a channel, such as rec['ECG'], "
            "or an array of real numbers with fs="
        )
    if array.ndim != 1:
        raise InvalidInputError(
            f"{name} has the shape {array.shape}; give one signal, an array of shape (n,)"
        )
    return array.astype(np.float64) if array.dtype.kind == "b" else array


def _check_same_times(first: Source, other: Source) -> None:
    a, b = first.timebase, other.timebase
    if a is not b and (
        a.fs != b.fs
        or a.n_samples != b.n_samples
        or not np.array_equal(a.starts, b.starts)
        or not np.array_equal(a.onsets, b.onsets)
    ):
        raise InvalidInputError(
            f"{first.name!r} ({a.fs:g} Hz, {a.n_samples} samples from {a.start:g} s) and "
            f"{other.name!r} ({b.fs:g} Hz, {b.n_samples} samples from {b.start:g} s) do not have "
            "the same sample times; bring them to one rate with resample_signal, or give arrays "
            "of one length"
        )


def _checked(source: Source, usable: UsableLike, min_fs: float, why: str) -> Source:
    checked_fs(source.fs, min_fs, why)
    return replace(source, usable=usable_in(usable, source.timebase))
