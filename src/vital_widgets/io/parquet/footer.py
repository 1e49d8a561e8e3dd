"""Check that the footer of a Parquet file is safe for Arrow.

Arrow's accessors of row groups and column chunks end the process if a chunk in the footer does not
fit the schema: a C++ exception that Python cannot catch. So the same checks are made here first,
with the same error as for other damage.

The footer is a Thrift structure in the compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md); its fields are
those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vital_widgets.errors import FormatError
from vital_widgets.io.parquet.thrift import STRUCT, Long, Thrift, ThriftError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from vital_widgets.runtime.files import SourceFile

MAGIC = b"PAR1"
ENCRYPTED = b"PARE"
_TAIL = 8  # length of the footer and the magic bytes
_REPEATED, _OPTIONAL = 2, 1
_BYTE_ARRAY, _FIXED = 6, 7
_TYPES = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED")
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8}
_EXTREMES = (1, 2, 5, 6)  # max, min, max_value, min_value; Arrow uses the first two where no
_NEWER = {5, 6}  # other is there
_LISTS_OF_CHUNK = {2: int, 3: bytes, 8: dict, 13: dict}
_MOST_SHAPES = 16


@dataclass(frozen=True)
class _Leaf:
    name: str
    type: int
    width: int | None
    repetition: int
    definition: int

    @property
    def kind(self) -> tuple[int, int | None, int, int]:
        """The properties of a column that the check of a chunk needs."""
        return self.type, self.width, self.repetition, self.definition


def check_footer(file: SourceFile) -> None:
    """Raise `FormatError` if the footer would end Arrow's process.

    A file without a footer is left to Arrow, which reports it.
    """
    if file.size < _TAIL + len(MAGIC):
        return
    tail = file.read(file.size - _TAIL, _TAIL).tobytes()
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] == ENCRYPTED:
        msg = f"{file.path}: the Parquet file is encrypted; decrypt it to another file first"
        raise FormatError(msg)
    if tail[4:] != MAGIC or length > file.size - _TAIL - len(MAGIC):
        return
    data = file.read(file.size - _TAIL - length, length).tobytes()
    try:
        _check(Thrift(data))
    except ThriftError as error:
        msg = f"{file.path}: the Parquet file is damaged: {error}; obtain a new copy"
        raise FormatError(msg) from error


def _check(footer: Thrift) -> None:
    leaves: list[_Leaf] | None = None
    shapes = _Shapes()
    for field, kind in footer.fields():
        if field == 2:  # noqa: PLR2004 - schema
            leaves = list(_leaves(list(footer.elements(kind))))
        elif field == 4 and leaves is not None:  # noqa: PLR2004 - row groups
            for number in range(_structures(footer, kind, "row groups")):
                _check_group(footer, f"row group {number}", leaves, shapes)
        elif field == 4:  # noqa: PLR2004
            raise ThriftError("its row groups precede its schema")
        else:
            _of_kind(footer.value(kind), dict if field in (5, 7) else None, "file")
    if leaves is None:
        raise ThriftError("its footer has no schema")


def _leaves(elements: list[Any]) -> Iterator[_Leaf]:
    """Yield the columns of a schema, a tree written depth first, with their highest levels."""
    if not elements:
        raise ThriftError("its schema is empty")
    _of_kind(elements, dict, "schema")
    waiting = [[_children(elements[0]), 0, 0]]
    for element in elements[1:]:
        while waiting and not waiting[-1][0]:
            waiting.pop()
        if not waiting:
            raise ThriftError("its schema lists more columns than it states")
        waiting[-1][0] -= 1
        _, repetition, definition = waiting[-1]
        rule = _number(element.get(3, 0), "schema")
        repetition += rule == _REPEATED
        definition += rule in (_REPEATED, _OPTIONAL)
        children = _children(element)
        if children > 0:
            waiting.append([children, repetition, definition])
            continue
        kind = _number(element.get(1, -1), "schema")
        width = _number(element.get(2, 0), "schema") if kind == _FIXED else _WIDTHS.get(kind)
        name = element.get(4, b"")
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else "?"
        yield _Leaf(text, kind, width, repetition, definition)
    if any(left for left, *_ in waiting):
        raise ThriftError("its schema lists fewer columns than it states")


class _Shapes:
    """Byte patterns of valid chunks: other chunks of the same shape are valid as well."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int | None, int, int], list[re.Pattern[bytes]]] = {}

    def passes(self, footer: Thrift, leaf: _Leaf) -> bool:
        """Skip a chunk whose shape was valid for a leaf of the same type."""
        known = self._known.setdefault(leaf.kind, [])
        for position, pattern in enumerate(known):
            if footer.skip(pattern):
                known.insert(0, known.pop(position))
                return True
        return False

    def add(self, leaf: _Leaf, pattern: re.Pattern[bytes]) -> None:
        """Add the shape of a valid chunk."""
        known = self._known[leaf.kind]
        known.insert(0, pattern)
        del known[_MOST_SHAPES:]


def _check_group(footer: Thrift, where: str, leaves: list[_Leaf], shapes: _Shapes) -> None:
    described = False
    for field, kind in footer.fields():
        if field == 1:
            described = True
            size = _structures(footer, kind, where)
            if size != len(leaves):
                raise ThriftError(f"{where} has {size} columns, but the schema has {len(leaves)}")
            for leaf in leaves:
                if not shapes.passes(footer, leaf):
                    chunk, pattern = footer.shaped(STRUCT)
                    _check_chunk(f"{where}, column {leaf.name!r}", chunk, leaf)
                    shapes.add(leaf, pattern)
            continue
        value = footer.value(kind)
        if field == 3 and _number(value, where, Long) < 0:  # noqa: PLR2004 - number of rows
            raise ThriftError(f"{where} states that it has {value} rows")
        _of_kind(value, dict if field == 4 else None, where)  # noqa: PLR2004 - order of rows
    if not described:
        raise ThriftError(f"{where} has no columns")


def _check_chunk(where: str, chunk: dict[int, Any], leaf: _Leaf) -> None:
    if 8 in chunk or 9 in chunk:  # noqa: PLR2004 - the encryption of a column
        raise ThriftError(f"{where} is encrypted")
    about = _of(chunk.get(3), dict, where)
    for field, kind in _LISTS_OF_CHUNK.items():
        _of_kind(about.get(field), kind, where)
    if (stored := _number(about.get(1), where)) != leaf.type:
        raise ThriftError(f"{where} is {_type(stored)}, but the schema has {_type(leaf.type)}")
    statistics = _of(about.get(12, {}), dict, where)
    for field in _EXTREMES:
        value = _of(statistics.get(field, b""), bytes, where)
        unused = field not in statistics or (
            field not in _NEWER and not _NEWER.isdisjoint(statistics)
        )
        if leaf.width is not None and len(value) != leaf.width and (value or not unused):
            raise ThriftError(f"{where} has a minimum or maximum of {len(value)} bytes")
    sizes = _of(about.get(16, {}), dict, where)
    if 1 in sizes and leaf.type != _BYTE_ARRAY:
        raise ThriftError(f"{where} states a number of bytes of texts, but it holds no texts")
    for field, most in ((2, leaf.repetition), (3, leaf.definition)):
        levels = _of(sizes.get(field, []), list, where)
        _of_kind(levels, Long, where)
        if levels and len(levels) != most + 1:
            raise ThriftError(f"{where} states {len(levels)} levels instead of {most + 1}")
    _of_kind(_of(about.get(17, {}), dict, where).get(2), int, where)


def _children(element: dict[int, Any]) -> int:
    return _number(element.get(5, 0), "schema")


def _type(kind: int) -> str:
    return _TYPES[kind] if 0 <= kind < len(_TYPES) else f"of type {kind}"


def _structures(footer: Thrift, kind: int, where: str) -> int:
    """Begin a list of structures; return its length."""
    size, inner = footer.size(kind)
    if size and inner != STRUCT:
        raise ThriftError(f"{where}: a list in its footer holds other values than it should")
    return size


def _of_kind(values: Any, kind: type | None, where: str) -> None:
    """Refuse a list with other values than Arrow would read there."""
    if kind and isinstance(values, list) and any(type(value) is not kind for value in values):
        raise ThriftError(f"{where}: a list in its footer holds other values than it should")


def _number(value: Any, where: str, kind: type[int] = int) -> int:
    if type(value) is not kind:
        raise ThriftError(f"{where}: its footer has {value!r} where a number should be")
    return int(value)


def _of(value: Any, kind: type, where: str) -> Any:
    if not isinstance(value, kind):
        raise ThriftError(f"{where} is not described as the format requires")
    return value
