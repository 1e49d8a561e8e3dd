"""The annotations of a recording, which readers and analyses can add to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core import arguments
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.marks import editing
from vital_widgets.core.marks.comparing import Comparing
from vital_widgets.core.marks.layers import Layers
from vital_widgets.core.marks.log import MarkLog
from vital_widgets.core.marks.mark import Mark, default_reader
from vital_widgets.core.marks.markstore import MarkStore, store_at
from vital_widgets.core.marks.results import as_annotations, made_by
from vital_widgets.core.marks.selection import LayerTable, Marks, nearest_mark, selected
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.core.annotations import Columns
    from vital_widgets.core.marks.log import LogLine
    from vital_widgets.core.marks.mark import LayerInfo


class RecordingAnnotations(Comparing):
    """The annotations of a recording: of its file, of readers, and results of analyses.

    Its arrays contain the annotations of the file and of all readers, in order of onset; results
    of analyses are layers of their own. They change when marks are added; the methods return marks
    as they are at that moment. What readers do is kept in a journal beside the recording, which is
    written at once; the recording itself is never changed.

    Parameters
    ----------
    of_file : Annotations
        What the file says.
    path : Path, optional
        The journal; without one, marks end with the kernel.
    recording : Path, optional
        The file that the marks belong to.
    """

    def __init__(
        self, of_file: Annotations, path: Path | None = None, recording: Path | None = None
    ) -> None:
        store = MarkStore() if path is None else store_at(path, recording)
        self._layers = Layers(of_file, store)
        self._recording = recording
        self._reader = default_reader()
        self._blind = False
        self._channels: set[str] = set()
        self._known: tuple[object, Marks] | None = None

    # ------------------------------------------------------------ readers and layers

    @property
    def reader(self) -> str:
        """Name of the reader who adds and changes marks; can be set.

        By default the environment variable ``VITAL_WIDGETS_READER``, or the user of the computer.
        """
        return self._reader

    @reader.setter
    def reader(self, name: str) -> None:
        self._reader = editing.checked_name(name, "reader")

    @property
    def blind(self) -> bool:
        """Whether only the reader's own layers are shown; can be set."""
        return self._blind

    @blind.setter
    def blind(self, blind: bool) -> None:
        self._blind = bool(blind)

    @property
    def layers(self) -> list[LayerInfo]:
        """The layers: name, reader, number of marks, whether they can be changed."""
        return [info for info, _ in self._visible(None)]

    def layer(self, name: str) -> Marks:
        """Return the marks of one layer."""
        return self.select(layers=[name])

    def select(
        self,
        *,
        texts: str | Iterable[str] | None = None,
        layers: str | Iterable[str] | None = None,
        t_range: tuple[float, float] | None = None,
        channel: str | None = None,
    ) -> Marks:
        """Return marks of all layers, results of analyses too.

        Parameters
        ----------
        texts : str or iterable of str, optional
            Only marks that say one of these.
        layers : str or iterable of str, optional
            Only these layers.
        t_range : (float, float), optional
            Only marks that overlap ``[t0, t1)``, in seconds.
        channel : str, optional
            Only marks of this channel, and those of all channels.
        """
        return selected(self._visible(layers), self._words, texts, t_range, channel)

    def next(
        self,
        t: float,
        *,
        texts: str | Iterable[str] | None = None,
        layers: str | Iterable[str] | None = None,
    ) -> Mark | None:
        """Return the first mark that begins after ``t`` seconds; None if there is none."""
        return nearest_mark(self._visible(layers), self._words, t, texts, forwards=True)

    def previous(
        self,
        t: float,
        *,
        texts: str | Iterable[str] | None = None,
        layers: str | Iterable[str] | None = None,
    ) -> Mark | None:
        """Return the last mark that begins before ``t`` seconds; None if there is none."""
        return nearest_mark(self._visible(layers), self._words, t, texts, forwards=False)

    # ------------------------------------------------------------ changing

    def add(
        self,
        onset: float,
        text: str,
        duration: float = 0.0,
        channel: str = "",
        *,
        comment: str = "",
        layer: str | None = None,
        reader: str | None = None,
    ) -> Mark:
        """Add a mark, and return it.

        Parameters
        ----------
        onset, duration : float
            Seconds; a duration of 0 is a moment.
        text : str
            What it says: a beat code, a sleep stage, an event.
        channel : str
            The channel that it belongs to, '' for all.
        comment : str
            A remark.
        layer : str, optional
            The layer; by default one named as the reader.
        reader : str, optional
            Who makes it; by default `reader`.
        """
        who = self._who(reader)
        columns = {"onset": onset, "text": text, "duration": duration, "comment": comment}
        columns["channel"] = self._channel(channel)
        ids = editing.create(self._layers, who, self._layer(layer, who), columns, 1)
        return self._mark(ids[0])

    def extend(
        self, marks: Any, *, layer: str | None = None, reader: str | None = None
    ) -> NDArray[np.int64]:
        """Add many marks at once, as one step of undo; returns their ids.

        Parameters
        ----------
        marks : Annotations, or a result with a method ``annotations``
            Onsets, texts, durations and channels; comments if there are some.
        layer, reader : str, optional
            As for `add`.
        """
        marks = as_annotations(marks, "", "")
        who = self._who(reader)
        names = ("onset", "duration", "text", "channel", "comment", "extra")
        columns = {name: getattr(marks, name).tolist() for name in names}
        target = self._layer(layer, who)
        ids = editing.create(self._layers, who, target, columns, len(marks), taken_over=True)
        return np.array(ids, np.int64)

    def change(
        self,
        marks: Any,
        *,
        onset: Any = None,
        duration: Any = None,
        text: Any = None,
        channel: Any = None,
        comment: Any = None,
        reader: str | None = None,
    ) -> None:
        """Move, resize or relabel marks of the reader.

        Parameters
        ----------
        marks : Mark, int, or several of them
            The marks, or their ids.
        onset, duration, text, channel, comment : optional
            New values: one for all marks, or one for each.
        reader : str, optional
            Who changes them; by default `reader`.
        """
        given = {
            "onset": onset, "duration": duration, "text": text, "channel": channel,
            "comment": comment,
        }  # fmt: skip
        columns = {name: value for name, value in given.items() if value is not None}
        if isinstance(channel, str):
            self._channel(channel)
        editing.change(self._layers, self._who(reader), editing.identities(marks), columns)

    def delete(self, marks: Any, *, reader: str | None = None) -> None:
        """Delete marks of the reader: one `Mark` or id, or several."""
        editing.delete(self._layers, self._who(reader), editing.identities(marks))

    def copy(
        self,
        source: str,
        *,
        layer: str | None = None,
        texts: str | Iterable[str] = (),
        reader: str | None = None,
    ) -> int:
        """Copy the marks of a layer, so that they can be changed; returns their number.

        Parameters
        ----------
        source : str
            The layer to copy: 'file', a result, or that of another reader.
        layer, reader : str, optional
            As for `add`.
        texts : str or iterable of str
            Only marks that say one of these; by default all.
        """
        who = self._who(reader)
        editing.known_layer(source, self._visible(None))  # of those that this reader may see
        wanted = [texts] if isinstance(texts, str) else list(texts)
        return editing.copy(self._layers, who, source, self._layer(layer, who), wanted)

    def undo(self, reader: str | None = None) -> bool:
        """Take back what the reader did last; returns False if there is nothing."""
        return bool(self._layers.store.undo(self._who(reader)))

    def redo(self, reader: str | None = None) -> bool:
        """Do again what the reader took back last; returns False if there is nothing."""
        return bool(self._layers.store.redo(self._who(reader)))

    # ------------------------------------------------------------ results of analyses

    def add_result(self, result: Any, name: str | None = None, *, channel: str = "") -> str:
        """Show the result of an analysis as a layer that cannot be changed; returns its name.

        Parameters
        ----------
        result : Annotations, or a result with a method ``annotations``
            Beats, breaths, stretches, signal quality, waves, events, …
        name : str, optional
            Name of the layer; a result of the same name is replaced. By default the analysis and
            its channel.
        channel : str, optional
            The channel that the marks belong to. By default that of the analysis, if it is one of
            this recording; of Annotations, their own.
        """
        analysis, of_channel = made_by(result)
        if not channel and of_channel in self._channels:
            channel = of_channel
        if name is None:
            name = f"{analysis} {of_channel}".strip()
        name = editing.checked_name(name, "name")
        found = as_annotations(result, self._channel(channel), name)
        self._layers.set_result(name, found)
        return name

    def remove_result(self, name: str) -> None:
        """Remove the layer of a result."""
        self._layers.remove_result(name)

    # ------------------------------------------------------------ the journal

    @property
    def log(self) -> MarkLog:
        """All operations: who, when, what; `to_frame` returns them as a table."""
        self._layers.store.refresh()
        return MarkLog([line for line in self._layers.store.log() if self._may_see(line)])

    @property
    def path(self) -> Path | None:
        """The journal of the marks; None for a recording in memory."""
        journal = self._layers.store.journal
        return None if journal is None else journal.path

    @property
    def notes(self) -> list[str]:
        """What a reader must know about the journal: damage, changes, where it is."""
        return self._layers.store.notes()

    def compact(self) -> Path | None:
        """Rewrite the journal with the present marks only, without the steps that led to them.

        Undo begins anew. The complete journal is kept; its path is returned.
        """
        return self._layers.store.compact()

    @property
    def parts(self) -> Layers:
        """The layers as a viewer reads them."""
        return self._layers

    def know_channels(self, names: Iterable[str]) -> None:
        """Accept marks on these channels too: those of a recording that shares the annotations."""
        self._channels.update(names)

    # ------------------------------------------------------------ as annotations

    def _now(self) -> Columns:
        return self.marks()._now()  # noqa: SLF001 - of the same class

    @property
    def comment(self) -> NDArray[np.object_]:
        """A remark on each mark, '' for none."""
        return self.marks().comment

    @property
    def extra(self) -> NDArray[np.object_]:
        """What a file format says of each mark beside that, as JSON; '' for nothing."""
        return self.marks().extra

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per mark of the file and of readers."""
        return self.marks().to_frame()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the marks as they are; a copy has no journal."""
        now = self.marks()
        columns = (now.onset, now.text, now.duration, now.channel, now.comment, now.extra)
        return Annotations, tuple(column.tolist() for column in columns)

    def marks(self) -> Marks:
        """Return the marks of the file and of readers."""
        layers = self._visible(None)  # also takes over what other kernels wrote
        key = (self._layers.revision, self._reader, self._blind)
        if self._known is None or self._known[0] != key:
            results = set(self._layers.results())
            kept = [one for one in layers if one.info.name not in results]
            self._known = (key, Marks(kept, self._words))
        return self._known[1]

    def _visible(self, names: str | Iterable[str] | None) -> list[LayerTable]:
        if names is not None:
            names = arguments.texts("layers", names, "file")
        self._layers.store.refresh()
        return self._layers.visible(self._reader, names, blind=self._blind)

    @property
    def _words(self) -> Any:
        return self._layers.store.words

    def _may_see(self, line: LogLine) -> bool:
        return not self._blind or line.reader == self._reader

    def _mark(self, one: int) -> Mark:
        ids = np.array([one])
        for info, table in self._layers.all():
            rows = table.rows_of(ids)
            if len(rows):
                return Marks([LayerTable(info, table.take(rows))], self._words)[0]
        raise InvalidInputError(f"there is no mark with the id {one}")

    def _who(self, reader: str | None) -> str:
        return self._reader if reader is None else editing.checked_name(reader, "reader")

    def _layer(self, layer: str | None, reader: str) -> str:
        return reader if layer is None else layer

    def _channel(self, name: Any) -> str:
        if not isinstance(name, str) or (name and self._channels and name not in self._channels):
            known = ", ".join(map(repr, sorted(self._channels)))
            msg = f"channel={name!r} is not a channel of the recording; channels: {known}"
            raise InvalidInputError(msg)
        return str(name)
