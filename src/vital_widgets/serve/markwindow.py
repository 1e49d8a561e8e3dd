"""The marks of a window: all of them, or a selection with their density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.serve.annotationlimit import selected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.core.marks.selection import LayerTable
    from vital_widgets.core.marks.table import Vocabulary
    from vital_widgets.serve.markrequests import AnnotationRequest
    from vital_widgets.serve.protocol import Buffer

MAX_DENSITIES = 64  # groups of the same layer, text and channel; the most frequent ones


def marks_in_window(
    request: AnnotationRequest,
    layers: Sequence[LayerTable],
    words: Vocabulary,
    channels: Mapping[str, int],
    buffer: Buffer,
) -> dict[str, Any]:
    """Return the content of an ``annotations`` reply, and fill its buffer.

    Parameters
    ----------
    request : AnnotationRequest
        The window, and how many marks it may show.
    layers : sequence of LayerTable
        The layers to show.
    words : Vocabulary
        Texts of the marks.
    channels : mapping of str to int
        Index of each channel.
    buffer : Buffer
        Of the reply.
    """
    rows = [
        request.chosen.rows(table, words, table.between(request.t0, request.t1))
        for _, table in layers
    ]
    layer = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    text = _column("text", layers, rows, np.int32)
    where = _channel_index(_column("channel", layers, rows, np.int32), words, channels)
    groups, group = _groups(layer, text, where)
    onset = _column("onset", layers, rows, np.float64)
    pick = selected(group, request.limit)
    pick = pick[np.argsort(onset[pick], kind="stable")]
    shown, text_index = np.unique(text[pick], return_inverse=True)
    whole = {
        name: _column(name, layers, rows, dtype)[pick]
        for name, dtype in (("duration", np.float64), ("id", np.float64))
    }
    at = buffer.add(
        onset[pick],
        whole["duration"],
        text_index.astype(np.int32),
        where[pick],
    )
    content = {
        "count": len(pick),
        "total": len(text),
        "texts": [words.text(k) for k in shown.tolist()],
        "counts": np.bincount(text, minlength=1)[shown].tolist(),
        "at": at,
        "layer_at": buffer.add(layer[pick].astype(np.int32)),
        "id_at": buffer.add(whole["id"]),
        "columns": request.columns,
        "densities": [],
    }
    if request.columns and len(pick) < len(text):
        sent = np.bincount(group[pick], minlength=len(groups))
        counts = np.bincount(group, minlength=len(groups))
        partial = np.flatnonzero(sent < counts)
        partial = partial[np.argsort(-counts[partial], kind="stable")][:MAX_DENSITIES]
        content["densities"] = [
            {
                "layer": int(groups[k][0]),
                "text": words.text(int(groups[k][1])),
                "channel": int(groups[k][2]),
                "total": int(counts[k]),
                "at": buffer.add(density),
            }
            for k, density in zip(
                partial.tolist(), _densities(onset, group, partial, request), strict=True
            )
        ]
    return content


def _column(
    name: str, layers: Sequence[LayerTable], rows: Sequence[NDArray[np.int64]], dtype: Any
) -> NDArray[Any]:
    parts = [
        getattr(layer.table, name)[one].astype(dtype, copy=False)
        for layer, one in zip(layers, rows, strict=True)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _groups(
    *columns: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the different rows of some columns, and the number of the row of each mark."""
    if not len(columns[0]):
        return np.empty((0, len(columns)), np.int64), np.empty(0, np.intp)
    lowest = [int(column.min()) for column in columns]
    sizes = [int(column.max()) - low + 1 for column, low in zip(columns, lowest, strict=True)]
    shifted = [column - low for column, low in zip(columns, lowest, strict=True)]
    code = np.ravel_multi_index(shifted, sizes)
    used, group = np.unique(code, return_inverse=True)
    return np.stack(np.unravel_index(used, sizes), axis=1) + lowest, group


def _densities(
    onset: NDArray[np.float64],
    group: NDArray[np.intp],
    wanted: NDArray[np.intp],
    request: AnnotationRequest,
) -> NDArray[np.uint32]:
    """Return for each wanted group the number of marks that begin in each column."""
    row = np.full(int(group.max()) + 1, -1)
    row[wanted] = np.arange(len(wanted))
    n = request.columns
    column = np.floor((onset - request.t0) * (n / (request.t1 - request.t0)))
    column = np.clip(column, 0, n - 1).astype(np.int64)  # what began before is in the first one
    inside = row[group] >= 0
    flat = row[group][inside] * n + column[inside]
    counts = np.bincount(flat, minlength=len(wanted) * n)
    return counts.astype(np.uint32).reshape(len(wanted), n)


def _channel_index(
    codes: NDArray[np.int32], words: Vocabulary, channels: Mapping[str, int]
) -> NDArray[np.int32]:
    """Return the index of the channel of each mark, -1 for all."""
    used, where = np.unique(codes, return_inverse=True)
    index = [channels.get(words.text(k), -1) for k in used.tolist()]
    return np.array(index, np.int32)[where] if len(codes) else np.empty(0, np.int32)
