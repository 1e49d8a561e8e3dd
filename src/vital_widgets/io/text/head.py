"""The beginning and the end of a text file: the lines from which its layout is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError
from vital_widgets.io.text.blocks import GZIP_MAGIC, LineBlocks, is_ascii_like, unzip_head
from vital_widgets.io.text.encodings import decode, find_encoding
from vital_widgets.io.text.lines import (
    control_character,
    control_offset,
    count_rows,
    looks_like_text,
    split_lines,
)
from vital_widgets.runtime.files import read_head

if TYPE_CHECKING:
    from pathlib import Path

    from vital_widgets.runtime.files import SourceFile

_HEAD_BYTES = 1 << 18
_TAIL_BYTES = 1 << 16
_MOST_BYTES = 1 << 24  # bytes of the beginning that suffice, however long lines and remarks are
_FEWEST_ROWS = 8
_FEW = 100  # letters per control character: fewer mean another encoding, more mean damage


@dataclass(frozen=True)
class Ends:
    """Whole lines of the beginning and of the end of a file.

    Attributes
    ----------
    lines : list of str
        From the beginning.
    starts : list of int
        Start of each of them, in bytes of the text of `LineBlocks`.
    tail : list of str
        From the end; none where ``lines`` are all there are, or in a compressed file.
    encoding : str
        Of the text.
    share : float
        How much of the file ``lines`` are, 1 for all of it.
    """

    lines: list[str]
    starts: list[int]
    tail: list[str]
    encoding: str
    share: float


def read_ends(source: SourceFile, path: Path, encoding: str | None) -> Ends:
    """Return the lines at both ends of a file, or raise `FormatError` if it is not text."""
    raw, complete, share = _raw_head(source, path, _HEAD_BYTES)
    found = encoding or find_encoding(raw)
    decode(b"", found)  # raises if there is no such encoding
    n_bytes = _HEAD_BYTES
    blocks = LineBlocks(source, found, 0)
    data = blocks.normal(raw)
    while not complete and count_rows(data) < _FEWEST_ROWS and n_bytes < _MOST_BYTES:
        n_bytes *= 4
        raw, complete, share = _raw_head(source, path, n_bytes)
        data = blocks.normal(raw)
    if not complete and b"\n" in data:
        whole = data[: data.rfind(b"\n")]
        share *= len(whole) / len(data)
        data = whole
    parts = data.split(b"\n")
    text = blocks.as_utf8(data).decode("utf-8", "replace")
    _check(text, raw, path, found, is_given=encoding is not None)
    starts = [0]
    for part in parts[:-1]:
        starts.append(starts[-1] + len(part) + 1)
    tail = [] if complete or _is_zipped(source) else _tail(source, raw, found)
    return Ends(text.split("\n"), starts, tail, found, share)


def _is_zipped(source: SourceFile) -> bool:
    """Whether a file is compressed by gzip."""
    return source.read(0, min(2, source.size)).tobytes() == GZIP_MAGIC


def _raw_head(source: SourceFile, path: Path, n_bytes: int) -> tuple[bytes, bool, float]:
    """Return the first bytes, decompressed; whether they are all; and their share of the file."""
    head = read_head(path, n_bytes)
    complete = len(head) >= source.size
    share = min(len(head) / max(source.size, 1), 1.0)
    if not head.startswith(GZIP_MAGIC):
        return head, complete, share
    data, used, ended = unzip_head(head, n_bytes)
    return data, complete and ended, share * used / max(len(head), 1)


def _tail(source: SourceFile, head: bytes, encoding: str) -> list[str]:
    offset = max(source.size - _TAIL_BYTES, 0) // 4 * 4
    tail = source.read(offset, source.size - offset).tobytes()
    plain = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)
    if head.startswith((b"\xfe\xff", b"\x00\x00\xfe\xff")):
        plain = plain.replace("-le", "-be")
    return split_lines(decode(tail, plain).rstrip("\0\x1a\r\n"))[1:]


def _check(text: str, raw: bytes, path: Path, encoding: str, *, is_given: bool) -> None:
    """Raise if the lines cannot be those of a table."""
    if not text.strip():
        raise FormatError(f"{path} holds only blanks; give a file that contains a table")
    if not looks_like_text(text) and looks_like_text(f"{text}0"):
        shown = text.strip().splitlines()[0][:60]
        needed = "a table needs rows of numbers below its header"
        if is_given:
            needed += f"; leave out encoding={encoding!r} to find the encoding automatically"
        raise FormatError(f"{path}: the file holds no number (it begins with {shown!r}); {needed}")
    control = control_character(text)
    if control is not None and sum(map(text.count, "\0\ufffd")) < len(text) // _FEW:
        byte = f" (byte offset {control_offset(raw)})" if is_ascii_like(encoding) else ""
        raise FormatError(
            f"{path}: {control}{byte}, which does not occur in text: the file is damaged there, or "
            "it is not text. Correct that line in a copy of the file, or give the right encoding="
        )
    if not looks_like_text(text):
        raise FormatError(
            f"{path}: this is not a text table"
            + (
                f" in encoding={encoding!r}; leave it out to find the encoding automatically"
                if is_given
                else f" in {encoding}; give encoding= if it has another encoding"
            )
        )
