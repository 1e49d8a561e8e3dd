"""Structures of the Thrift compact protocol as trees that can be changed and written again."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuzz import odd

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
WHOLE = (4, 5, 6)
_BITS = 64
_OFTEN = (65, 10, 10, 5, 5, 5)


@dataclass
class Node:
    """A value; ``field`` is its number where it stands in a structure.

    ``value`` is an integer, bytes, or the nodes of a list or structure; ``inner`` is the kind
    that a list says of its values.
    """

    kind: int
    value: int | bytes | list[Node]
    field: int = 0
    inner: int = STRUCT

    @property
    def nodes(self) -> list[Node]:
        """The nodes within."""
        return self.value if isinstance(self.value, list) else []

    def get(self, field: int) -> Node | None:
        """Return a field of a structure."""
        return next((node for node in self.nodes if node.field == field), None)

    def number(self, field: int, default: int = 0) -> int:
        """Return a field that is a whole number."""
        node = self.get(field)
        return node.value if node is not None and isinstance(node.value, int) else default

    def walk(self) -> Iterator[tuple[Node, Node]]:
        """Yield every node below with the one that holds it."""
        for node in self.nodes:
            yield self, node
            yield from node.walk()


# ---------------------------------------------------------------- bytes


def read_struct(raw: bytes, at: int = 0) -> tuple[Node, int]:
    """Read a structure and return it and where it ends."""
    reader = _Reader(raw, at)
    return reader.struct(), reader.at


class _Reader:
    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at = raw, at

    def byte(self) -> int:
        self.at += 1
        return self.raw[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def whole(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def struct(self) -> Node:
        nodes: list[Node] = []
        field = 0
        while head := self.byte():
            field = field + (head >> 4) if head >> 4 else self.whole()
            node = self.value(head & 15, within=False)
            node.field = field
            nodes.append(node)
        return Node(STRUCT, nodes)

    def value(self, kind: int, *, within: bool) -> Node:
        if kind in (TRUE, FALSE):
            return Node(self.byte() if within else kind, b"")
        if kind in WHOLE:
            return Node(kind, self.whole())
        if kind in (BYTE, DOUBLE, BINARY):
            n = {BYTE: 1, DOUBLE: 8}.get(kind) or self.varint()
            self.at += n
            return Node(kind, self.raw[self.at - n : self.at])
        if kind == STRUCT:
            return self.struct()
        if kind not in (LIST, SET):
            raise ValueError(kind)
        head = self.byte()
        n = head >> 4 if head >> 4 < 15 else self.varint()
        nodes = [self.value(head & 15, within=True) for _ in range(n)]
        return Node(kind, nodes, inner=head & 15)


def written(node: Node, *, within: bool = True) -> bytes:
    """Return the bytes of a value."""
    if node.kind in (TRUE, FALSE):
        return bytes([node.kind]) if within else b""
    if isinstance(node.value, int):
        return _varint((node.value << 1 ^ node.value >> _BITS - 1) & (1 << _BITS) - 1)
    if isinstance(node.value, bytes):
        return (_varint(len(node.value)) if node.kind == BINARY else b"") + node.value
    if node.kind == STRUCT:
        return _fields(node.value)
    n = len(node.value)
    head = bytes([min(n, 15) << 4 | node.inner]) + (_varint(n) if n >= 15 else b"")
    return head + b"".join(map(written, node.value))


def _fields(nodes: list[Node]) -> bytes:
    parts, last = [], 0
    for node in nodes:
        delta = node.field - last
        if 0 < delta < 16:
            parts.append(bytes([delta << 4 | node.kind]))
        else:
            number = (node.field << 1) ^ (node.field >> 63)
            parts.append(bytes([node.kind]) + _varint(number & (1 << 32) - 1))
        parts.append(written(node, within=False))
        last = node.field
    return b"".join(parts) + b"\0"


def _varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


# ---------------------------------------------------------------- changes


def change(root: Node, random: random.Random) -> str:
    """Change one node somewhere below and return what was done."""
    slots = list(root.walk())
    if not slots:
        return "nothing there"
    parent, node = random.choice(slots)
    where = f"field {node.field}" if parent.kind == STRUCT else "an element"
    place = next(k for k, one in enumerate(parent.nodes) if one is node)
    what = random.choices(("value", "out", "twice", "order", "number", "other"), _OFTEN)[0]
    if what == "out":
        del parent.nodes[place]
    elif what == "twice":
        parent.nodes.insert(place, deepcopy(node))
    elif what == "order":
        other = random.randrange(len(parent.nodes))
        parent.nodes[place], parent.nodes[other] = parent.nodes[other], node
    elif what == "number" and parent.kind == STRUCT:
        node.field = random.choice((node.field + 1, 1, 2, 3, 20, 0, -1, 40_000))
        what = f"number {node.field}"
    elif what == "other":
        new = deepcopy(random.choice(slots)[1])
        node.kind, node.value, node.inner = new.kind, new.value, new.inner
    else:
        what = _change_value(node, random)
    return f"{where}: {what}"


def _change_value(node: Node, random: random.Random) -> str:
    old = node.value
    if isinstance(old, int):
        kinds = (odd.integer(random), odd.nearby(random, old), random.randrange(12))
        node.value = max(-(1 << 63), min(random.choice(kinds), (1 << 63) - 1))
        return f"{old} became {node.value}"
    if isinstance(old, bytes):
        if node.kind in (TRUE, FALSE):
            node.kind = TRUE + FALSE - node.kind
            return "truth value turned"
        raw = bytearray(old)
        if node.kind == BINARY and random.random() < 0.4:
            raw = bytearray(odd.text(random).encode("utf-8", "replace"))
        elif raw:
            odd.damage(raw, random)
        if node.kind != BINARY:
            raw = (raw + old)[: len(old)]
        node.value = bytes(raw)
        return f"{old[:20]!r} became {node.value[:20]!r}"
    what = random.choice(("none", "half", "kind", "more"))
    if what == "kind" and node.kind != STRUCT:
        node.inner = random.choice((TRUE, BYTE, 5, 6, DOUBLE, BINARY, LIST, STRUCT, 11, 15))
    elif what == "more" and old:
        node.value = old * random.choice((2, 20))
    else:
        node.value = [] if what == "none" else old[: len(old) // 2]
    return f"a list or structure of {len(old)}: {what}"
