"""Line ends and control characters of a text: one rule for sniffing and for reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import is_comment

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_DOS_MARK = b"\x1a"  # the end mark of DOS texts
_DOS_END = "\r\n\x1a"
_CONTROL_BYTE = re.compile(_CONTROL.pattern.encode())


def split_lines(text: str) -> list[str]:
    """Split at line ends of any system (LF, CR LF, CR, CR CR LF), and nowhere else."""
    while "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return text.replace("\r", "\n").split("\n")


def with_line_feeds(pieces: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Yield the pieces of a text with every line end as one line feed, as in `split_lines`.

    The end mark of DOS (0x1A) behind the last line is left out.
    """
    held, position = b"", 0
    for raw, position in pieces:
        piece = held + raw
        held = _may_go_on(piece)
        kept = piece[: len(piece) - len(held)]
        while b"\r\n" in kept:
            kept = kept.replace(b"\r\n", b"\n")
        yield kept.replace(b"\r", b"\n"), position
    if held.startswith(b"\r"):
        yield b"\n" * len(held), position


def control_character(text: str) -> str | None:
    """Describe the first control character of a text and its place, None if there is none."""
    found = _CONTROL.search(text)
    if found is None:
        return None
    lines = split_lines(text[: found.start()])
    return (
        f"line {len(lines)}, column {len(lines[-1]) + 1} holds the control character {found[0]!r}"
    )


def _may_go_on(piece: bytes) -> bytes:
    """Return the line ends and end marks behind a piece, whose meaning depends on the next one."""
    ends = piece[len(piece.rstrip(_DOS_END.encode())) :]
    mark = ends.find(_DOS_MARK)
    return ends[mark if mark >= 0 else len(ends.rstrip(b"\r")) :]


def control_offset(data: bytes) -> int:
    """Return where the first control character is in bytes that are like ASCII; -1 for none."""
    found = _CONTROL_BYTE.search(data)
    return -1 if found is None else found.start()


def looks_like_text(text: str) -> bool:
    """Whether there are no control characters, and at least one digit."""
    return _CONTROL.search(text.rstrip(_DOS_END)) is None and bool(re.search(r"\d", text))


def count_rows(data: bytes) -> int:
    """Return the lines of a block that are neither blank nor a remark."""
    lines = data.split(b"\n")
    return sum(
        1 for line in lines if line.strip() and not is_comment(line[:64].decode("utf-8", "replace"))
    )


def single_blanks(data: bytes) -> bytes:
    """Return lines whose cells are separated by exactly one blank, with none at the ends."""
    data = data.replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data.replace(b"\n ", b"\n").replace(b" \n", b"\n").strip(b" ")
