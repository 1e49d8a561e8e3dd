"""Values of the Thrift compact protocol, read without a schema and with checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

STRUCT = 12
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 13
_SHORT, _INT, _LONG = 4, 5, 6
_DEEPEST = 24
_ANY_NUMBER = b"[\x80-\xff]{0,9}[\x00-\x7f]"


class ThriftError(Exception):
    """The bytes are not valid; the text says why."""


class Short(int):
    """A number of 16 bits."""


class Long(int):
    """A number of 64 bits: readers skip it where 32 bits are expected, and the reverse."""


_NUMBERS: dict[int, type[int]] = {_SHORT: Short, _INT: int, _LONG: Long}


class Thrift:
    """Reads bytes of the compact protocol once.

    Structures become mappings of field numbers; lists and sets become lists; texts, doubles and
    single bytes stay bytes. Numbers of 16 and 64 bits are `Short` and `Long`.

    Parameters
    ----------
    data : bytes
        Bytes that begin with a structure.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._depth = 0
        self._shape: list[bytes] | None = None

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield number and kind of each field of a structure; the caller reads its value."""
        field = seen = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            field = field + delta if delta else self._zigzag(literal=True)
            if not 0 < field < 1 << 15 or seen >> field & 1:
                raise ThriftError(f"its footer has a field {field} too many")
            seen |= 1 << field
            yield field, kind

    def size(self, kind: int) -> tuple[int, int]:
        """Read how many values a list has, and of which kind; the caller reads them."""
        if kind not in (_LIST, _SET):
            raise ThriftError("its footer has another value instead of a list")
        head = self._byte()
        size, inner = head >> 4, head & 15
        if size == 15:  # noqa: PLR2004 - longer lists state their length behind
            size = self._varint(literal=True)
        self._room(size)
        return size, inner

    def elements(self, kind: int) -> Iterator[Any]:
        """Yield the values of a list, one after another."""
        size, inner = self.size(kind)
        for _ in range(size):
            yield self.value(inner, element=True)

    def value(self, kind: int, *, element: bool = False) -> Any:
        """Read a value of a kind; a boolean takes a byte in a list, none in a field."""
        if number := _NUMBERS.get(kind):
            return number(self._zigzag())
        if kind == _BINARY:
            return self._bytes(self._varint(literal=True))
        if kind in (_TRUE, _FALSE):
            return self._byte() == _TRUE if element else kind == _TRUE
        if kind in (_BYTE, _DOUBLE, _UUID):
            return self._bytes({_BYTE: 1, _DOUBLE: 8}.get(kind, 16))
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ThriftError("its footer is nested too deeply")
        value = self._nested(kind)
        self._depth -= 1
        return value

    def shaped(self, kind: int) -> tuple[Any, re.Pattern[bytes]]:
        """Read a value, and return it with a pattern of the bytes of others of the same shape.

        They have the same fields, lists and texts of the same lengths, and the same numbers of
        one byte; other numbers and what stands in the texts may differ.
        """
        self._shape = []
        value = self.value(kind, element=True)
        pattern = re.compile(b"".join(self._shape), re.DOTALL)
        self._shape = None
        return value, pattern

    def skip(self, pattern: re.Pattern[bytes]) -> bool:
        """Skip bytes of a known shape; False if the bytes have another shape."""
        found = pattern.match(self._data, self._at)
        if found:
            self._at = found.end()
        return found is not None

    def _nested(self, kind: int) -> Any:
        if kind == STRUCT:
            return {field: self.value(inner) for field, inner in self.fields()}
        if kind in (_LIST, _SET):
            return list(self.elements(kind))
        if kind == _MAP:
            return self._pairs()
        raise ThriftError(f"its footer has a value of the unknown kind {kind}")

    def _pairs(self) -> list[Any]:
        size = self._varint(literal=True)
        if not size:
            return []
        self._room(size)
        kinds = self._byte()
        return [
            (self.value(kinds >> 4, element=True), self.value(kinds & 15, element=True))
            for _ in range(size)
        ]

    def _byte(self) -> int:
        if self._at >= len(self._data):
            raise ThriftError("its footer is cut off")
        self._at += 1
        if self._shape is not None:
            self._shape.append(re.escape(self._data[self._at - 1 : self._at]))
        return self._data[self._at - 1]

    def _bytes(self, size: int) -> bytes:
        self._room(size)
        self._at += size
        if self._shape is not None:
            self._shape.append(b".{%d}" % size)
        return self._data[self._at - size : self._at]

    def _room(self, size: int) -> None:
        """Refuse more values than bytes are left."""
        if size > len(self._data) - self._at:
            raise ThriftError("its footer is cut off")

    def _varint(self, *, literal: bool = False) -> int:
        value = shift = 0
        first = self._at
        while True:
            if self._at >= len(self._data):
                raise ThriftError("its footer is cut off")
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 127) << shift
            if byte < 128:  # noqa: PLR2004 - the highest bit says that more follow
                break
            shift += 7
            if shift > 63:  # noqa: PLR2004 - bits of the largest number
                raise ThriftError("its footer has a number of too many bytes")
        if self._shape is not None:
            fixed = literal or not shift
            self._shape.append(re.escape(self._data[first : self._at]) if fixed else _ANY_NUMBER)
        return value

    def _zigzag(self, *, literal: bool = False) -> int:
        value = self._varint(literal=literal)
        return value >> 1 ^ -(value & 1)
