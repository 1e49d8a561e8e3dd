"""Operations on marks, and their lines in a journal."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from vital_widgets.core.formatting import is_writable
from vital_widgets.core.marks.table import TEXTS
from vital_widgets.errors import FormatError
from vital_widgets.runtime.linefile import as_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = ("create", "change", "delete")
NUMBERS = ("onset", "duration")
FIELDS = (*NUMBERS, *TEXTS)
SETTABLE = frozenset((*FIELDS, "changed"))
LARGEST_ID = 2**53  # a JSON number in every language
MOST_MARKS = 1 << 26  # of one operation
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799  # s since 1970, of the years 1 to 9999
_NUMBERED = ("undoes", "redoes", "group", "before")
_OF_A_STEP = ("undoes", "redoes")
_DECODER = json.JSONDecoder()
_DEFAULTS: dict[str, Any] = {"duration": 0.0, "channel": "", "comment": "", "extra": ""}


class Operation(NamedTuple):
    """One step in the life of a layer.

    Attributes
    ----------
    n : int
        Number of the operation in its journal, from 1.
    time : float
        When, in seconds since 1970.
    reader, layer : str
        Who, and in which layer.
    do : str
        'create', 'change' or 'delete'.
    ids : list of int
        The marks.
    values : dict of str to list
        The fields that are set, with a value per mark. Of created marks, all of them; ``changed``
        (seconds since 1970) if it is not ``time``.
    undoes, redoes : int or None
        The number of the operation that this one takes back, or makes again.
    group : int or None
        Number of the first of several operations that were one action of the reader.
    before : int
        For the first operations of a compacted journal: the number of operations before.
    """

    n: int
    time: float
    reader: str
    layer: str
    do: str
    ids: list[int]
    values: Mapping[str, list[Any]] = MappingProxyType({})
    undoes: int | None = None
    redoes: int | None = None
    group: int | None = None
    before: int = 0

    def line(self) -> bytes:
        """Return the line of a journal."""
        numbers = {name: getattr(self, name) for name in _NUMBERED if getattr(self, name)}
        return as_line({**self._who(), **self._step(), **numbers})

    def _who(self) -> dict[str, Any]:
        time = datetime.fromtimestamp(self.time, UTC).isoformat(timespec="microseconds")
        return {"n": self.n, "time": time, "reader": self.reader}

    def _step(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "layer": self.layer,
            "do": self.do,
            "id": _packed_ids(self.ids),
        }
        for name, column in self.values.items():
            packed = _packed(column)
            if self.do == "create" and packed == _DEFAULTS.get(name):
                continue
            content[name] = packed
        return content


class Step(NamedTuple):
    """An operation that was not performed yet; see `Operation`."""

    do: str
    layer: str
    ids: list[int]
    values: Mapping[str, list[Any]] = MappingProxyType({})
    undoes: int | None = None
    redoes: int | None = None


def action_line(operations: Sequence[Operation]) -> bytes:
    """Return the line of the operations of one action: it is in a journal as a whole or not."""
    first = operations[0]
    if len(operations) == 1:
        return first.line()
    steps = [
        one._step() | {name: getattr(one, name) for name in _OF_A_STEP if getattr(one, name)}  # noqa: SLF001
        for one in operations
    ]
    return as_line({**first._who(), "steps": steps})  # noqa: SLF001


def parsed(line: bytes) -> list[Operation]:
    """Return the operations of a line, one action; raise `FormatError` if it is none."""
    try:
        content = _content(line)
        steps = content.get("steps")
        return [_operation(content)] if steps is None else _action(content, steps)
    except FormatError:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        msg = f"not an operation on marks ({type(error).__name__}: {error})"
        raise FormatError(msg) from None


def _content(line: bytes) -> Any:
    """Return what a line of JSON says; those that `Operation.line` writes are read faster."""
    try:
        text = line.decode()
        content, end = _DECODER.raw_decode(text)
    except ValueError:
        return json.loads(line)
    return content if end == len(text) else json.loads(line)


def _action(content: dict[str, Any], steps: Any) -> list[Operation]:
    """Return the operations of an action; they are numbered from that of its line."""
    if not isinstance(steps, list) or not steps:
        msg = "the steps of an action are not a list of operations"
        raise FormatError(msg)
    n = int(content["n"])
    shared = {name: content[name] for name in ("time", "reader")}
    return [
        _operation({**step, **shared, "n": n + k, "group": n, "before": 0})
        for k, step in enumerate(steps)
    ]


def _operation(content: dict[str, Any]) -> Operation:
    do = content["do"]
    if do not in KINDS:
        msg = f"unknown operation {do!r}; known: {', '.join(KINDS)}"
        raise FormatError(msg)
    ids = _ids(content["id"])
    n = len(ids)
    values = {}
    if do != "delete":
        # Most operations are on one mark, and have some of the fields.
        values = {name: _column(content[name], name, n) for name in content if name in SETTABLE}
    if do == "create":
        for name, default in _DEFAULTS.items():
            if name not in values:
                values[name] = [default] * n
        if "onset" not in values or "text" not in values:
            msg = "an operation that creates marks needs their onset and text"
            raise FormatError(msg)
    return Operation(
        int(content["n"]),
        _checked_time(datetime.fromisoformat(content["time"]).timestamp()),
        _text(content["reader"]),
        _text(content["layer"]),
        do,
        ids,
        values,
        **{name: int(content[name]) for name in _NUMBERED if content.get(name)},
    )


def _packed_ids(ids: list[int]) -> Any:
    """Return one id, a range as its first id and its length, or all of them."""
    n = len(ids)
    if n == 1:
        return ids[0]
    if n > 2 and ids == list(range(ids[0], ids[0] + n)):  # noqa: PLR2004
        return {"first": ids[0], "count": n}
    return ids


def _ids(packed: Any) -> list[int]:
    if type(packed) is int and 0 < packed < LARGEST_ID:
        return [packed]
    if isinstance(packed, dict):
        first, count = int(packed["first"]), int(packed["count"])
        if not 0 < count <= MOST_MARKS:
            msg = f"{count} marks in one operation"
            raise FormatError(msg)
        ids = list(range(first, first + count))
    else:
        ids = packed if isinstance(packed, list) else [packed]
    if set(map(type, ids)) != {int} or not 0 < min(ids) <= max(ids) < LARGEST_ID:
        msg = f"the ids {str(packed)[:60]} are not whole numbers between 1 and 2^53"
        raise FormatError(msg)
    if len(set(ids)) < len(ids):
        msg = "an id occurs twice in one operation"
        raise FormatError(msg)
    return ids


def _packed(values: list[Any]) -> Any:
    """Return the one value that all marks share, or the list of all."""
    first = values[0]
    return first if values.count(first) == len(values) else values


def _column(packed: Any, name: str, n: int) -> list[Any]:
    """Return the values of a field, one per mark."""
    if type(packed) is str and name in TEXTS and packed.isascii():
        return [packed] * n
    if type(packed) is float and name in NUMBERS and 0 <= packed < math.inf:
        return [packed] * n
    values = packed if isinstance(packed, list) else [packed]
    if name in TEXTS:
        if set(map(type, values)) != {str} or not all(map(is_writable, set(values))):
            msg = f"{name} holds something that is not a text"
            raise FormatError(msg)
    elif not set(map(type, values)) <= {int, float} or not all(map(math.isfinite, values)):
        msg = f"{name} holds something that is not a number of seconds"
        raise FormatError(msg)
    else:
        values = list(map(float, values))
        if name == "duration" and min(values) < 0:
            msg = "a duration is below 0"
            raise FormatError(msg)
        if name == "changed":
            values = list(map(_checked_time, values))
    if not isinstance(packed, list):
        return values * n
    if len(values) != n:
        msg = f"{name} has {len(values)} values for {n} marks"
        raise FormatError(msg)
    return values


def _checked_time(seconds: float) -> float:
    """Return a time in seconds since 1970 that is within the years 1 to 9999."""
    if not EARLIEST <= seconds <= LATEST:
        msg = f"{seconds:g} s since 1970 is not a time of the years 1 to 9999"
        raise FormatError(msg)
    return seconds


def _text(value: Any) -> str:
    if not isinstance(value, str) or not is_writable(value):
        msg = f"{value!r} is not a text"
        raise FormatError(msg)
    return value
