"""The requests of the browser about marks: see docs/wire-protocol.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vital_widgets.errors import ProtocolError
from vital_widgets.serve.markfilter import Filter
from vital_widgets.serve.protocol import MAX_ANNOTATIONS, MAX_WIDTH, integer, seconds, time_range

if TYPE_CHECKING:
    from collections.abc import Mapping

EDITS = ("create", "change", "delete")
ACTIONS = (*EDITS, "copy", "several", "undo", "redo")
SORT_KEYS = ("onset", "duration", "text", "channel", "layer", "comment", "changed")
COMPARED_BY = ("epochs", "events", "beats")
MARK_FIELDS = ("onset", "duration", "text", "channel", "comment")
MAX_LISTED = 1000  # rows of a list in one reply
MAX_EDITED = 100_000  # marks of one request


@dataclass(frozen=True)
class AnnotationRequest:
    """At most ``limit`` marks that overlap ``[t0, t1)`` s; counts in ``columns``, 0 for none."""

    t0: float
    t1: float
    limit: int
    columns: int
    chosen: Filter


@dataclass(frozen=True)
class ListRequest:
    """``count`` rows of the sorted list of marks, from row ``first`` on."""

    first: int
    count: int
    sort: str
    descending: bool
    search: str
    chosen: Filter


@dataclass(frozen=True)
class FindRequest:
    """The next or previous mark from ``t`` seconds."""

    t: float
    forwards: bool
    search: str
    chosen: Filter


@dataclass(frozen=True)
class Near:
    """Where a new mark is: at the largest (1) or smallest (-1) sample of a signal within seconds.

    With ``extremum`` 0, at the sample nearest to its onset.
    """

    signal: int
    within: float
    extremum: int


@dataclass(frozen=True)
class MarkRequest:
    """A change of marks; ``near`` has an entry for each of ``marks``, or none."""

    do: str
    marks: tuple[dict[str, Any], ...] = ()
    near: tuple[Near | None, ...] = ()
    ids: tuple[int, ...] = ()
    to: Mapping[str, Any] | None = None
    layer: str | None = None
    source: str = ""
    texts: tuple[str, ...] = ()
    edits: tuple[MarkRequest, ...] = ()


@dataclass(frozen=True)
class CompareRequest:
    """Which layers are compared, and how; ``consensus`` is the layer for the majority, or None."""

    by: str
    layers: tuple[str, ...]
    epoch_s: float
    start_s: float
    consensus: str | None


def annotation_request(content: Mapping[str, Any], channels: list[str]) -> AnnotationRequest:
    """Check an ``annotations`` message and return its content."""
    t0, t1 = time_range(content)
    limit = integer(content, "limit", 1, MAX_ANNOTATIONS)
    columns = integer({"columns": 0, **content}, "columns", 0, MAX_WIDTH)
    return AnnotationRequest(t0, t1, limit, columns, _filter(content, channels))


def list_request(content: Mapping[str, Any], channels: list[str]) -> ListRequest:
    """Check a ``list`` message and return its content."""
    given = {"sort": "onset", "descending": False, "search": "", "first": 0, **content}
    if given["sort"] not in SORT_KEYS:
        msg = f"sort={given['sort']!r} is none of {', '.join(SORT_KEYS)}"
        raise ProtocolError(msg)
    return ListRequest(
        integer(given, "first", 0, 2**53),
        integer(given, "count", 1, MAX_LISTED),
        given["sort"],
        _flag(given, "descending"),
        _text(given, "search"),
        _filter(content, channels),
    )


def find_request(content: Mapping[str, Any], channels: list[str]) -> FindRequest:
    """Check a ``find`` message and return its content."""
    chosen = _filter(content, channels)
    search = _text({"search": "", **content}, "search")
    return FindRequest(seconds(content, "t"), _flag(content, "forwards"), search, chosen)


def mark_request(content: Mapping[str, Any], channels: list[str]) -> MarkRequest:
    """Check a ``mark`` message and return its content, with the names of channels."""
    do = content.get("do")
    if do not in ACTIONS:
        msg = f"do={do!r} is none of {', '.join(ACTIONS)}"
        raise ProtocolError(msg)
    layer = None if content.get("layer") is None else _text(content, "layer")
    if do == "create":
        marks = [dict(one) for one in _list(content, "marks", dict)]
        near = tuple(_near(one.pop("near", None), len(channels)) for one in marks)
        fields = [_fields(one, channels) for one in marks]
        if not all({"onset", "text"} <= set(one) for one in fields):
            msg = "marks: each needs onset and text"
            raise ProtocolError(msg)
        return MarkRequest(do, marks=tuple(fields), near=near, layer=layer)
    if do in ("change", "delete"):
        ids = tuple(_list(content, "ids", int))
        if do == "delete":
            return MarkRequest(do, ids=ids)
        to = content.get("to")
        if not isinstance(to, dict) or not to:
            msg = f"to={to!r} does not say what to change; fields: {', '.join(MARK_FIELDS)}"
            raise ProtocolError(msg)
        return MarkRequest(do, ids=ids, to=_fields(to, channels))
    if do == "copy":
        chosen = _filter(content, channels).texts or ()
        return MarkRequest(do, layer=layer, source=_text(content, "source"), texts=chosen)
    if do == "several":
        return MarkRequest(do, edits=_edits(_list(content, "edits", dict), channels))
    return MarkRequest(do)


def _edits(contents: list[dict[str, Any]], channels: list[str]) -> tuple[MarkRequest, ...]:
    """Check the edits of one action, which have no mark in common."""
    for one in contents:
        if one.get("do") not in EDITS:
            msg = f"edits: do={one.get('do')!r} is none of {', '.join(EDITS)}"
            raise ProtocolError(msg)
    edits = tuple(mark_request(one, channels) for one in contents)
    ids = [mark for one in edits for mark in one.ids]
    if len(set(ids)) < len(ids):
        raise ProtocolError("edits: a mark occurs twice in one action")
    if len(ids) + sum(len(one.marks) for one in edits) > MAX_EDITED:
        msg = f"edits: more than {MAX_EDITED} marks in one action"
        raise ProtocolError(msg)
    return edits


def compare_request(content: Mapping[str, Any]) -> CompareRequest:
    """Check a ``compare`` message and return its content."""
    by = content.get("by")
    if by not in COMPARED_BY:
        msg = f"by={by!r} is none of {', '.join(COMPARED_BY)}"
        raise ProtocolError(msg)
    given = {"epoch_s": 30.0, "start_s": 0.0, **content}
    return CompareRequest(
        by,
        tuple(_list(content, "layers", str)),
        seconds(given, "epoch_s"),
        seconds(given, "start_s"),
        None if content.get("consensus") is None else _text(content, "consensus"),
    )


def _filter(content: Mapping[str, Any], channels: list[str]) -> Filter:
    layers, texts, without = (
        None if content.get(name) is None else tuple(_list(content, name, str))
        for name in ("layers", "texts", "without")
    )
    given = content.get("channels")
    chosen = None if given is None else _list(content, "channels", int)
    names = None if chosen is None else tuple(_channel(one, channels) for one in chosen)
    return Filter(layers, texts, names, without or ())


def _fields(content: Mapping[str, Any], channels: list[str]) -> dict[str, Any]:
    unknown = sorted(set(content) - set(MARK_FIELDS))
    if unknown:
        msg = f"unknown field {unknown[0]!r} of a mark; available: {', '.join(MARK_FIELDS)}"
        raise ProtocolError(msg)
    fields = dict(content)
    if "channel" in fields:
        given = fields["channel"]
        names = [_channel(one, channels) for one in (given if isinstance(given, list) else [given])]
        fields["channel"] = names if isinstance(given, list) else names[0]
    return fields


def _near(given: Any, n_signals: int) -> Near | None:
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("extremum") not in (-1, 0, 1):
        msg = f"near={str(given)[:80]} has no extremum of -1, 0 or 1"
        raise ProtocolError(msg)
    signal = integer(given, "signal", 0, n_signals - 1)
    return Near(signal, abs(seconds(given, "within")), int(given["extremum"]))


def _channel(index: Any, channels: list[str]) -> str:
    """Return the name of a channel, '' for all (-1)."""
    if type(index) is not int or not -1 <= index < len(channels):
        msg = f"channel={index!r} is not an index from 0 to {len(channels) - 1}, or -1 for all"
        raise ProtocolError(msg)
    return channels[index] if index >= 0 else ""


def _list(content: Mapping[str, Any], name: str, kind: type) -> list[Any]:
    value = content.get(name)
    if not isinstance(value, list) or any(type(one) is not kind for one in value):
        msg = f"{name}={str(value)[:80]} is not a list of {kind.__name__}"
        raise ProtocolError(msg)
    if len(value) > MAX_EDITED:
        msg = f"{name} has {len(value)} entries, at most {MAX_EDITED} are accepted"
        raise ProtocolError(msg)
    return value


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str):
        msg = f"{name}={value!r} is not a text"
        raise ProtocolError(msg)
    return value


def _flag(content: Mapping[str, Any], name: str) -> bool:
    value = content.get(name)
    if not isinstance(value, bool):
        msg = f"{name}={value!r} is not true or false"
        raise ProtocolError(msg)
    return value
