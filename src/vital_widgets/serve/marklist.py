"""The list of marks: filtered, searched, sorted, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.marks.table import merged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.marks.selection import LayerTable
    from vital_widgets.core.marks.table import MarkTable, Vocabulary
    from vital_widgets.serve.markrequests import ListRequest
    from vital_widgets.serve.protocol import Buffer


def listed(
    request: ListRequest,
    layers: Sequence[LayerTable],
    words: Vocabulary,
    channels: Mapping[str, int],
    buffer: Buffer,
) -> dict[str, Any]:
    """Return the content of a ``list`` reply, and fill its buffer.

    Parameters
    ----------
    request : ListRequest
        Which rows of which list.
    layers : sequence of LayerTable
        The layers of the list.
    words : Vocabulary
        Texts of the marks.
    channels : mapping of str to int
        Index of each channel.
    buffer : Buffer
        Of the reply.
    """
    table, layer = merged([one.table for one in layers])
    rows = request.chosen.rows(table, words, np.arange(len(table)))
    if request.search:
        rows = rows[containing(table, rows, layers, layer, words, request.search)]
    total = len(rows)
    if request.sort != "onset":
        order = _sort_key(request.sort, table, layer, layers, words)[rows]
        rows = rows[np.argsort(order, kind="stable")]
    if request.descending:
        rows = rows[::-1]
    rows = rows[request.first : request.first + request.count]
    used = np.unique(np.concatenate([table.text[rows], table.comment[rows]]))
    place = {k: i for i, k in enumerate(used.tolist())}
    texts = [words.text(k) for k in used.tolist()]
    where = [channels.get(words.text(k), -1) for k in table.channel[rows].tolist()]
    at = buffer.add(
        table.id[rows].astype(np.float64),
        table.onset[rows],
        table.duration[rows],
        table.changed[rows],
        np.array([place[k] for k in table.text[rows].tolist()], np.int32),
        np.array([place[k] for k in table.comment[rows].tolist()], np.int32),
        np.array(where, np.int32),
        layer[rows].astype(np.int32),
    )
    return {"first": request.first, "count": len(rows), "total": total, "texts": texts, "at": at}


def containing(
    table: MarkTable,
    rows: NDArray[np.int64],
    layers: Sequence[LayerTable],
    layer: NDArray[np.int32],
    words: Vocabulary,
    part: str,
) -> NDArray[np.bool_]:
    """Return which rows contain a part of a text in text, comment, channel, layer or reader."""
    codes = words.containing(part)
    found = np.zeros(len(rows), bool)
    for column in (table.text, table.comment, table.channel):
        found |= np.isin(column[rows], codes)
    wanted = part.casefold()
    names = [f"{info.name}\0{info.reader}".casefold() for info, _ in layers]
    own = [k for k, name in enumerate(names) if wanted in name]
    return found | np.isin(layer[rows], own)


def _sort_key(
    name: str,
    table: MarkTable,
    layer: NDArray[np.int32],
    layers: Sequence[LayerTable],
    words: Vocabulary,
) -> NDArray[Any]:
    """Return a number for each row by which rows are sorted."""
    if name == "layer":
        return _ranks([info.name for info, _ in layers])[layer]
    column: NDArray[Any] = getattr(table, name)
    if name in ("duration", "changed"):
        return column
    used, where = np.unique(column, return_inverse=True)
    return _ranks([words.text(k) for k in used.tolist()])[where]


def _ranks(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each text among all in alphabetical order."""
    order = sorted(range(len(texts)), key=lambda k: (texts[k].casefold(), texts[k]))
    ranks = np.empty(len(texts), np.int64)
    ranks[order] = np.arange(len(texts))
    return ranks
