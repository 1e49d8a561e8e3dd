"""Selected marks of several layers, as arrays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vital_widgets.core.annotations import Annotations, Columns
from vital_widgets.core.arguments import pair, time
from vital_widgets.core.arguments import texts as named
from vital_widgets.core.marks.mark import LayerInfo, Mark
from vital_widgets.core.marks.table import MarkTable, merged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.core.marks.table import Vocabulary


class LayerTable(NamedTuple):
    """A layer and its marks."""

    info: LayerInfo
    table: MarkTable


class Marks(Annotations):
    """Marks of one or more layers at one moment, in order of onset.

    Returned by the methods of `Recording.annotations`; can be used wherever annotations can.
    """

    def __init__(self, layers: Sequence[LayerTable], words: Vocabulary) -> None:
        self._rows, self._which = merged([table for _, table in layers])
        self._infos = [info for info, _ in layers]
        rows = self._rows
        # Tables are in order, and what is in them was checked.
        texts, channels = words.texts(rows.text), words.texts(rows.channel)
        self._columns = Columns(rows.onset, rows.duration, texts, channels)
        self._comment, self._extra = words.texts(rows.comment), words.texts(rows.extra)

    @property
    def id(self) -> NDArray[np.int64]:
        """Identity of each mark in the recording."""
        return self._rows.id

    @property
    def layer(self) -> NDArray[np.object_]:
        """The layer of each mark."""
        return self._of_layer([info.name for info in self._infos])

    @property
    def reader(self) -> NDArray[np.object_]:
        """Who made each mark; '' for the file and for results of analyses."""
        return self._of_layer([info.reader for info in self._infos])

    @property
    def changed(self) -> NDArray[np.datetime64]:
        """When each mark was created or last changed (UTC); NaT if that is unknown."""
        stamps = np.round(self._rows.changed * 1e6).astype("datetime64[us]")
        stamps[self._rows.changed == 0] = np.datetime64("NaT")
        return stamps

    def __iter__(self) -> Iterator[Mark]:
        """Iterate over the marks in order of onset."""
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, i: int) -> Mark:
        """Return mark ``i``."""
        info = self._infos[int(self._which[i])]
        rows, now = self._rows, self._now()
        changed = float(rows.changed[i])
        return Mark(
            float(now.onset[i]),
            float(now.duration[i]),
            str(now.text[i]),
            str(now.channel[i]),
            id=int(rows.id[i]),
            layer=info.name,
            reader=info.reader,
            comment=str(self.comment[i]),
            changed=datetime.fromtimestamp(changed, UTC) if changed else None,
            extra=str(self.extra[i]),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per mark."""
        frame = super().to_frame()
        frame["comment"] = self.comment
        frame["layer"] = self.layer
        frame["reader"] = self.reader
        frame["changed"] = self.changed
        frame["id"] = self.id
        return frame

    def _of_layer(self, names: list[str]) -> NDArray[np.object_]:
        return np.array([*names, ""], object)[self._which]


def selected(
    layers: Sequence[LayerTable],
    words: Vocabulary,
    texts: str | Iterable[str] | None,
    t_range: tuple[float, float] | None,
    channel: str | None,
) -> Marks:
    """Return marks of layers, limited as `RecordingAnnotations.select` says."""
    wanted = None if texts is None else words.find(named("texts", texts, "N"))
    where = None if channel is None else words.find(["", *named("channel", channel, "ECG")])
    window = None if t_range is None else pair("t_range", t_range, "a pair (t0, t1) of seconds")
    found = []
    for info, table in layers:
        rows = np.arange(len(table)) if window is None else table.between(*window)
        if wanted is not None:
            rows = rows[np.isin(table.text[rows], wanted)]
        if where is not None:
            rows = rows[np.isin(table.channel[rows], where)]
        found.append(LayerTable(info, table if len(rows) == len(table) else table.take(rows)))
    return Marks(found, words)


def nearest_mark(
    layers: Sequence[LayerTable],
    words: Vocabulary,
    t: float,
    texts: str | Iterable[str] | None,
    *,
    forwards: bool,
) -> Mark | None:
    """Return the first mark that begins after, or the last before ``t`` seconds; None if none.

    ``texts`` limits the search to marks that say one of them.
    """
    t = time("t", t)
    wanted = None if texts is None else words.find(named("texts", texts, "N"))
    best: tuple[float, LayerTable, int] | None = None
    for layer in layers:
        table = layer.table
        edge = int(np.searchsorted(table.onset, t, side="right" if forwards else "left"))
        rows = np.arange(edge, len(table)) if forwards else np.arange(edge - 1, -1, -1)
        if wanted is not None:
            rows = rows[np.isin(table.text[rows], wanted)]
        if not len(rows):
            continue
        row = int(rows[0])
        apart = abs(float(table.onset[row]) - t)
        if best is None or apart < best[0]:
            best = (apart, layer, row)
    if best is None:
        return None
    _, (info, table), row = best
    return Marks([LayerTable(info, table.take(np.array([row])))], words)[0]
