"""A recording: channels on a common time axis, annotations and metadata."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from vital_widgets.core.describe import plain_text, rich_html
from vital_widgets.core.formatting import is_writable, writable
from vital_widgets.core.in_memory import of_arrays, of_dataframe
from vital_widgets.core.origin import ABOUT_THE_FILE, Notes, Origin, common
from vital_widgets.errors import InvalidInputError, UnknownChannelError
from vital_widgets.runtime.budget import blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from types import TracebackType

    import pandas as pd

    from vital_widgets.core.annotations import Annotations
    from vital_widgets.core.channel import Channel
    from vital_widgets.core.marks.document import RecordingAnnotations
    from vital_widgets.runtime.files import SourceFile
    from vital_widgets.runtime.tasks import Task

CHECKED_AT_ONCE = 64
IN_MEMORY = {"format": "in memory"}


class Recording:
    """A recording of any size, opened but not loaded.

    Made by `vital_widgets.open`, `Recording.from_arrays` or `Recording.from_dataframe`.

    Parameters
    ----------
    name : str
        A short name, usually the file's.
    channels : iterable of Channel
        In the order of the file. Names must be unique.
    path : path-like, optional
        The file it came from.
    start : datetime, optional
        Clock time of second 0 with its time zone; without a zone it stays naive. By default the
        start of the recording to which the channels belong.
    annotations : Annotations or callable, optional
        The marks, or a function that reads them when they are first requested. By default those
        of the recording to which the channels belong.
    metadata : mapping, optional
        Other information in the file (patient, device, …). By default the metadata that the
        recordings of the channels have in common.
    notes : iterable of str, optional
        Sentences about what the reader corrected or left out; added to the notes of the
        recordings of the channels.
    task : Task, optional
        The background task that is still reading the file, for formats that need one. By default
        that of the channels.
    fingerprint : str, optional
        Identity of the file's bytes and the options, the key of everything cached.
    on_close : callable, optional
        Called once by `close`.
    files : iterable of SourceFile, optional
        The files that are read in place.
    """

    def __init__(
        self,
        name: str,
        channels: Iterable[Channel],
        *,
        path: str | Path | None = None,
        start: datetime | None = None,
        annotations: Annotations | Callable[[], Annotations] | None = None,
        metadata: Mapping[str, Any] | None = None,
        notes: Iterable[str] = (),
        task: Task[Any] | None = None,
        fingerprint: str | None = None,
        on_close: Callable[[], None] | None = None,
        files: Iterable[SourceFile] = (),
    ) -> None:
        self.name = writable(name)
        self.path = Path(path) if path is not None else None
        self.fingerprint = fingerprint
        self._channels: dict[str, Channel] = {}
        for channel in channels:
            if channel.name in self._channels:
                msg = f"two channels are named {channel.name!r}; give each channel a different name"
                raise InvalidInputError(msg)
            if not is_writable(channel.name):
                msg = f"the name {channel.name!r} of a channel contains half a character"
                raise InvalidInputError(f"{msg}; give a valid text")
            self._channels[channel.name] = channel
        self.notes = Notes()
        known, note = common(channel.origin for channel in self._channels.values())
        if known is not None:
            known.notes.pass_on(self.notes)
            start = known.start if start is None else start
            if annotations is None and known.annotations is not None:
                annotations = known.marks
            if metadata is None:
                metadata = {k: v for k, v in known.metadata.items() if k not in ABOUT_THE_FILE}
        self.metadata = dict(metadata or {})
        self.notes += notes
        if note and (start is None or annotations is None):
            self.notes.append(note)
        self.task = task if task is not None else _reading(self._channels.values())
        self._task_is_own = task is not None
        self._of = known  # its notes are passed on as long as it lives
        self._origin = Origin(
            self.name, start, annotations, self.metadata, self.notes, path=self.path
        )
        self._channels = {name: c.seen_in(self._origin) for name, c in self._channels.items()}
        self._on_close = on_close
        self._files = tuple(files)
        self._checked = 0
        self._closed = False

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Channels by name, in the order of the file."""
        return MappingProxyType(self._channels)

    @property
    def origin(self) -> Origin:
        """The information that everything derived from the recording shares."""
        return self._origin

    @property
    def annotations(self) -> RecordingAnnotations:
        """The marks of the recording, read at the first request; marks can be added to them."""
        marks = self._origin.marks()
        marks.know_channels(self._channels)
        return marks

    @property
    def start(self) -> datetime | None:
        """Clock time of second 0 with its time zone; naive if the zone is unknown."""
        return self._origin.start

    @start.setter
    def start(self, start: datetime | None) -> None:
        self._origin.start = start

    @property
    def _annotations(self) -> Annotations | Callable[[], Annotations] | None:
        """The marks that are known now, or the function that reads them; never reads."""
        return self._origin.annotations

    @_annotations.setter
    def _annotations(self, annotations: Annotations | Callable[[], Annotations] | None) -> None:
        self._origin.annotations = annotations

    @property
    def duration(self) -> float:
        """Seconds from the recording's start to the end of its last channel."""
        return max((c.timebase.end for c in self._channels.values()), default=0.0)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def wait(self) -> Self:
        """Wait until the whole file can be read, and return the recording."""
        if self.task is not None:
            self.task.result()
        return self

    def check(self) -> None:
        """Raise `SourceChangedError` if a file that is read in place is no longer the same.

        Of a record in thousands of files some are checked, the next ones at the next call.
        """
        n = len(self._files)
        first = self._checked
        self._checked = (first + CHECKED_AT_ONCE) % max(n, 1)
        for k in range(min(n, CHECKED_AT_ONCE)):
            self._files[(first + k) % n].check()

    def close(self) -> None:
        """Stop background reading and drop what is cached in memory; the file is not touched."""
        if self._closed:
            return
        self._closed = True
        if self.task is not None and self._task_is_own:
            self.task.cancel()
        for channel in self._channels.values():
            key = getattr(getattr(channel.samples, "source", None), "key", None)
            if key is not None:
                blocks().drop(key)
        for file in self._files:
            file.close()
        if self._on_close is not None:
            self._on_close()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the complete recording; closing the copy does not close the original."""
        for channel in self._channels.values():
            channel.wait()
        return {**self.__dict__, "task": None, "_task_is_own": False, "_on_close": None}

    def __enter__(self) -> Self:
        """Use the recording as a context manager; it is closed at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the recording."""
        self.close()

    def __getitem__(self, name: str) -> Channel:
        """Return the channel called ``name``."""
        try:
            return self._channels[name]
        except KeyError:
            names = ", ".join(repr(known) for known in self._channels) or "no channels"
            msg = f"no channel {name!r} in {self.name!r}; it has {names}"
            raise UnknownChannelError(msg) from None

    def __contains__(self, name: object) -> bool:
        """Whether there is a channel called ``name``."""
        return name in self._channels

    def __iter__(self) -> Iterator[str]:
        """Iterate over the channel names."""
        return iter(self._channels)

    def __len__(self) -> int:
        """Return the number of channels."""
        return len(self._channels)

    def __repr__(self) -> str:
        """Return a description of the recording as plain text."""
        return plain_text(self)

    def _repr_html_(self) -> str:
        """Return a description of the recording as HTML."""
        return rich_html(self)

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, Any],
        fs: float | Mapping[str, float],
        *,
        units: str | Mapping[str, str] = "",
        start: datetime | None = None,
        annotations: Annotations | None = None,
        name: str = "arrays",
    ) -> Recording:
        """Make a recording from arrays in memory.

        Parameters
        ----------
        arrays : mapping of str to array-like, each of shape (n,)
            Channel names and samples in physical units. Integers stay integers; a Dask array stays
            lazy. The arrays are not copied: later changes of an array change the recording.
        fs : float or mapping of str to float
            Sampling rate in Hz, for all channels or by channel name.
        units : str or mapping of str to str
            Physical units, for all channels or by channel name; channels left out have none.
        start : datetime, optional
            Clock time of the first sample.
        annotations : Annotations, optional
            Marks, in seconds from the start.
        name : str
            Name of the recording.
        """
        made = of_arrays(arrays, fs, units, start, annotations)
        return cls(
            name,
            made.channels,
            start=start,
            annotations=annotations,
            metadata=IN_MEMORY,
            notes=made.notes,
        )

    @classmethod
    def from_dataframe(
        cls,
        frame: pd.DataFrame,
        *,
        time: str | None = None,
        fs: float | None = None,
        units: str | Mapping[str, str] = "",
        name: str = "dataframe",
    ) -> Recording:
        """Make a recording from a table in memory, one channel per numeric column.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows in order of time. A DatetimeIndex gives the start (its time zone is kept) and the
            first row lies at second 0; a TimedeltaIndex gives the times themselves.
        time : str, optional
            The column that holds the times: seconds, date-times or durations. The index by default.
        fs : float, optional
            Sampling rate in Hz. Needed if neither index nor column holds times; otherwise
            estimated from them. Missing rows become gaps.
        units : str or mapping of str to str
            Physical units, for all channels or by column name.
        name : str
            Name of the recording.
        """
        made = of_dataframe(frame, time, fs, units)
        return cls(name, made.channels, start=made.start, metadata=IN_MEMORY, notes=made.notes)


def _reading(channels: Iterable[Channel]) -> Task[Any] | None:
    """Return the task that is still reading channels in."""
    tasks = (channel.ready for channel in channels)
    return next((task for task in tasks if task is not None and not task.ended), None)
