"""Checked changes of marks by a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vital_widgets.core.formatting import is_writable
from vital_widgets.core.marks.mark import FILE_LAYER, Mark
from vital_widgets.core.marks.operations import MOST_MARKS, NUMBERS, Step
from vital_widgets.core.marks.table import TEXTS
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vital_widgets.core.marks.layers import Layers
    from vital_widgets.core.marks.selection import LayerTable
    from vital_widgets.core.marks.table import MarkTable

LONGEST_TEXT = 10_000
LONGEST_NAME = 200
MOST_SECONDS = 1e12  # 30,000 years; in samples and microseconds it is still a whole number
MOST_SHOWN = 5


def checked_name(name: object, what: str) -> str:
    """Return the name of a reader or layer, or raise `InvalidInputError`."""
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        msg = f"{what}={name!r} is not a name; give a text of printable characters"
        raise InvalidInputError(msg)
    if len(name) > LONGEST_NAME:
        msg = f"{what}={name[:20]!r}… has {len(name)} characters; give at most {LONGEST_NAME}"
        raise InvalidInputError(msg)
    return name.strip()


class Edit(NamedTuple):
    """A checked change that was not performed yet.

    Attributes
    ----------
    n : int
        Number of marks.
    ids : list of int
        The marks; those of created ones are known when it is performed.
    prepare : callable
        Returns its steps, when what other kernels wrote is known.
    """

    n: int
    ids: list[int]
    prepare: Callable[[], list[Step]]


def perform(layers: Layers, reader: str, edits: Sequence[Edit]) -> list[int]:
    """Perform edits as one action, all or none; return the identities of their marks."""
    wanted = [one for one in edits if one.n]
    if wanted:
        layers.store.perform(reader, lambda: [step for one in wanted for step in one.prepare()])
    return [mark for one in wanted for mark in one.ids]


def create(
    layers: Layers,
    reader: str,
    layer: str,
    columns: Mapping[str, Any],
    n: int,
    *,
    taken_over: bool = False,
) -> list[int]:
    """Create marks in a layer; return their identities. The parameters are those of `creation`."""
    edit = creation(layers, reader, layer, columns, n, taken_over=taken_over)
    return perform(layers, reader, [edit])


def change(
    layers: Layers, reader: str, ids: Sequence[int], columns: Mapping[str, Any]
) -> list[int]:
    """Change fields of marks; each field has one value for all marks or a list."""
    return perform(layers, reader, [changing(layers, reader, ids, columns)])


def delete(layers: Layers, reader: str, ids: Sequence[int]) -> list[int]:
    """Delete marks."""
    return perform(layers, reader, [deletion(layers, reader, ids)])


def creation(
    layers: Layers,
    reader: str,
    layer: str,
    columns: Mapping[str, Any],
    n: int,
    *,
    taken_over: bool = False,
) -> Edit:
    """Return the edit that creates marks in a layer.

    Parameters
    ----------
    layers : Layers
        Of the recording.
    reader, layer : str
        Who, and where.
    columns : mapping
        Onset, text and perhaps other fields, each one value for all marks or a list.
    n : int
        Number of marks.
    taken_over : bool
        Whether the marks are from a file or another layer, where they may say nothing.
    """
    reader, layer = checked_name(reader, "reader"), checked_name(layer, "layer")
    if layer == FILE_LAYER or layer in layers.results():
        msg = f"the layer {layer!r} cannot be changed; give another name, such as layer={reader!r}"
        raise InvalidInputError(msg)
    if n > MOST_MARKS:
        msg = f"{n} marks are too many for one layer (at most {MOST_MARKS})"
        raise InvalidInputError(msg)
    values = {
        name: _checked(columns.get(name, 0.0 if name in NUMBERS else ""), name, n)
        for name in (*NUMBERS, *TEXTS)
    }
    if not taken_over:
        _check_said(values["text"])
    ids: list[int] = []

    def prepare() -> list[Step]:
        owner = layers.store.layers().get(layer, (reader,))[0]
        if owner != reader:
            msg = (
                f"the layer {layer!r} belongs to the reader {owner!r}; add marks to a layer of "
                f"your own, such as layer={reader!r}"
            )
            raise InvalidInputError(msg)
        ids.extend(layers.store.new_ids(n))
        return [Step("create", layer, ids, values)]

    return Edit(n, ids, prepare)


def changing(layers: Layers, reader: str, ids: Sequence[int], columns: Mapping[str, Any]) -> Edit:
    """Return the edit that changes fields of marks, as `change`."""
    wanted = list(ids)
    n = len(wanted)
    values = {name: _checked(given, name, n) for name, given in columns.items()}
    _check_said(values.get("text", ()))
    if not values:
        msg = "nothing to change; give onset, duration, text, channel or comment"
        raise InvalidInputError(msg)

    def prepare() -> list[Step]:
        return [
            Step(
                "change",
                layer,
                [wanted[k] for k in places],
                {name: [column[k] for k in places] for name, column in values.items()},
            )
            for layer, places in _places(layers, reader, wanted).items()
        ]

    return Edit(len(wanted), wanted, prepare)


def deletion(layers: Layers, reader: str, ids: Sequence[int]) -> Edit:
    """Return the edit that deletes marks."""
    wanted = list(ids)

    def prepare() -> list[Step]:
        return [
            Step("delete", layer, [wanted[k] for k in places])
            for layer, places in _places(layers, reader, wanted).items()
        ]

    return Edit(len(wanted), wanted, prepare)


def copy(layers: Layers, reader: str, source: str, target: str, texts: Iterable[str] = ()) -> int:
    """Copy the marks of a layer into a layer of the reader; return their number.

    ``texts`` limits the copy to marks that say one of them.
    """
    table, words = known_layer(source, layers.all()), layers.store.words
    wanted = words.find(texts)
    if len(wanted):
        table = table.take(np.isin(table.text, wanted))
    columns: dict[str, Any] = {name: getattr(table, name).tolist() for name in NUMBERS}
    columns |= {name: words.texts(getattr(table, name)).tolist() for name in TEXTS}
    return len(create(layers, reader, target, columns, len(table), taken_over=True))


def known_layer(name: str, layers: Iterable[LayerTable]) -> MarkTable:
    """Return the marks of one of these layers, or raise `InvalidInputError`."""
    found = {info.name: table for info, table in layers}
    if name not in found:
        known = ", ".join(map(repr, found)) or "none"
        msg = f"there is no layer {name!r}; layers: {known}"
        raise InvalidInputError(msg)
    return found[name]


def identities(marks: Any) -> list[int]:
    """Return the identities of one mark or several, each once."""
    many = marks if _iterable(marks) else [marks]
    ids = [one.id if isinstance(one, Mark) else one for one in many]
    for one in ids:
        if isinstance(one, (bool, np.bool_)) or not isinstance(one, (int, np.integer)):
            msg = f"{one!r} is not a mark; give a Mark, or its id, or several of them"
            raise InvalidInputError(msg)
    return list(dict.fromkeys(map(int, ids)))


def _iterable(value: object) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, (str, bytes))


def _places(layers: Layers, reader: str, ids: list[int]) -> dict[str, list[int]]:
    """Return for each layer which of the marks it has; raise unless the reader may change them."""
    order = {one: k for k, one in enumerate(ids)}
    places: dict[str, list[int]] = {}
    for info, table in layers.all():
        rows = table.rows_of(np.array(ids, np.int64))
        if not len(rows):
            continue
        if info.read_only or info.reader != reader:
            whose = "read-only" if info.read_only else f"that of the reader {info.reader!r}"
            msg = (
                f"the layer {info.name!r} is {whose}, so its marks cannot be changed; copy it "
                f"first: annotations.copy({info.name!r}, layer={reader!r})"
            )
            raise InvalidInputError(msg)
        places[info.name] = sorted(order.pop(one) for one in table.id[rows].tolist())
    if order:
        some = ", ".join(map(str, list(order)[:MOST_SHOWN]))
        msg = f"there is no mark with the id {some}; it may have been deleted meanwhile"
        raise InvalidInputError(msg)
    return places


def _checked(given: Any, name: str, n: int) -> list[Any]:
    """Return the values of a field, one per mark."""
    values = _texts(given, name, n) if name in TEXTS else _numbers(given, name, n)
    if len(values) != n:
        msg = f"{name} has {len(values)} values for {n} marks"
        raise InvalidInputError(msg)
    return values


def _check_said(texts: Iterable[str]) -> None:
    if not all(map(str.strip, set(texts))):
        msg = "text is empty; give what the mark says, such as 'V' or 'artefact'"
        raise InvalidInputError(msg)


def _texts(given: Any, name: str, n: int) -> list[str]:
    if isinstance(given, str):
        given = [given] * n
    if not _iterable(given) or not all(issubclass(kind, str) for kind in set(map(type, given))):
        msg = f"{name}={_shown(given)} is not a text"
        raise InvalidInputError(msg)
    values = list(map(str, given))
    for one in set(values):
        if not is_writable(one):
            msg = f"{name}={_shown(one)} contains half a character; give a valid text"
            raise InvalidInputError(msg)
        if len(one) > LONGEST_TEXT:
            msg = f"{name} has {len(one)} characters; give at most {LONGEST_TEXT}"
            raise InvalidInputError(msg)
    return values


def _numbers(given: Any, name: str, n: int) -> list[float]:
    try:
        numbers = np.asarray(given, np.float64)
    except (TypeError, ValueError, OverflowError):
        msg = f"{name}={_shown(given)} is not a number of seconds"
        raise InvalidInputError(msg) from None
    wrong = ~(np.abs(numbers) <= MOST_SECONDS)
    if name == "duration":
        wrong |= numbers < 0
    if np.any(wrong):
        one = float(numbers.ravel()[np.argmax(wrong)])
        what = "a finite number of seconds" + (", 0 or more" if name == "duration" else "")
        what += f", at most {MOST_SECONDS:g}" if np.isfinite(one) else ""
        msg = f"{name}={one!r} is not {what}"
        raise InvalidInputError(msg)
    values: list[float] = (np.full(n, numbers) if numbers.ndim == 0 else numbers.ravel()).tolist()
    return values


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004
