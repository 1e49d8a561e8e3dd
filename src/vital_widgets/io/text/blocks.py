"""Read a text file of any size in blocks of whole lines, plain, compressed or in UTF-16."""

from __future__ import annotations

import codecs
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.errors import FormatError
from vital_widgets.io.text.encodings import not_so_encoded
from vital_widgets.io.text.lines import with_line_feeds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vital_widgets.runtime.files import SourceFile

BLOCK_BYTES = 1 << 21
LONGEST_LINE = 1 << 26
GZIP_MAGIC = b"\x1f\x8b"
# Encodings in which digits, signs and line ends are single bytes, as in ASCII.
_ASCII_LIKE_WORDS = "utf-8 utf-8-sig ascii latin-1 iso8859-1 iso8859-15 cp1252 cp1250"
_ASCII_LIKE = frozenset(_ASCII_LIKE_WORDS.split())


@dataclass(frozen=True)
class Block:
    """Whole lines of a file.

    Attributes
    ----------
    data : bytes
        The lines in UTF-8, each ended by a line feed except perhaps the file's last.
    first_line : int
        Number of the first line in the file, counted from 1.
    position : int
        Bytes of the file that were read up to here.
    """

    data: bytes
    first_line: int
    position: int


def is_ascii_like(encoding: str) -> bool:
    """Whether digits, signs and line ends are single bytes in an encoding, as in ASCII."""
    return codecs.lookup(encoding).name in _ASCII_LIKE


def unzip_head(head: bytes, n_bytes: int) -> tuple[bytes, int, bool]:
    """Decompress the beginning of a file of gzip streams, or raise `FormatError` if damaged.

    Returns
    -------
    data : bytes
        What was unzipped, about ``n_bytes`` at most.
    used : int
        How many bytes of ``head`` that took.
    ended : bool
        Whether no other stream follows in ``head``.
    """
    parts: list[bytes] = []
    left, wanted, ended = head, n_bytes, True
    while ended and wanted > 0 and left.startswith(GZIP_MAGIC):
        unzip = zlib.decompressobj(wbits=31)
        try:
            parts.append(unzip.decompress(left, wanted))
        except zlib.error as error:
            raise FormatError(f"the gzip stream is damaged: {error}") from error
        wanted -= len(parts[-1])
        ended = unzip.eof
        left = unzip.unused_data.lstrip(b"\0") if ended else unzip.unconsumed_tail
    return b"".join(parts), len(head) - len(left), ended and not left.startswith(GZIP_MAGIC)


class LineBlocks:
    """Blocks of whole lines, from the first row of values on.

    Parameters
    ----------
    source : SourceFile
        The file; that it stays the same is checked at every block.
    encoding : str
        Its encoding.
    start : int
        Where the first row of values begins, in bytes of `normal` text.
    """

    def __init__(self, source: SourceFile, encoding: str, start: int) -> None:
        self._source = source
        self._encoding = encoding
        self._start = start
        self.notes: list[str] = []

    def __iter__(self) -> Iterator[Block]:
        """Read the file once."""
        rest: list[bytes] = []
        held = 0
        line = 1
        position = 0
        skip = self._start
        for whole, position in self._normal(self._bytes()):
            piece = whole[skip:]
            line += whole.count(b"\n", 0, skip)
            skip -= min(skip, len(whole))
            cut = piece.rfind(b"\n") + 1
            if not cut:
                rest.append(piece)
                held += len(piece)
                if held > LONGEST_LINE:
                    raise FormatError(
                        f"{self._source.path}: line {line} is longer than {LONGEST_LINE} bytes, "
                        "so the file is not a text table"
                    )
                continue
            data = b"".join((*rest, piece[:cut]))
            rest, held = [piece[cut:]], len(piece) - cut
            yield Block(self.as_utf8(data), line, position)
            line += data.count(b"\n")
        last = b"".join(rest)
        if last.strip():
            yield Block(self.as_utf8(last), line, position)
        self._source.check()

    def normal(self, head: bytes) -> bytes:
        """Return the beginning of the file with every line end as one LF, as in the blocks."""
        return b"".join(piece for piece, _ in self._normal(iter([(head, len(head))])))

    def as_utf8(self, data: bytes) -> bytes:
        """Return whole lines as valid UTF-8, with invalid bytes replaced."""
        if data.isascii():
            return data
        own = self._encoding if is_ascii_like(self._encoding) else "utf-8"
        return data.decode(own, "replace").encode()

    def _normal(self, pieces: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
        """Yield pieces of a text in an ASCII-like encoding, with the bytes read so far."""
        if not is_ascii_like(self._encoding):
            pieces = self._transcoded(pieces)
        yield from with_line_feeds(self._without_padding(pieces))

    def _without_padding(self, pieces: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
        """Leave out the mark of UTF-8 at the beginning and zero bytes at the end."""
        zeros, first = 0, True
        for raw, position in pieces:
            piece = raw.removeprefix(codecs.BOM_UTF8) if first else raw
            first = False
            kept = piece.rstrip(b"\0")
            if kept and zeros:
                kept, zeros = b"\0" * min(zeros, LONGEST_LINE) + kept, 0
            zeros += len(piece) - len(piece.rstrip(b"\0"))
            yield kept, position
        if zeros:
            self.notes.append(
                f"{zeros} zero bytes after the last row are left out; a loss of power leaves "
                "them; rows may be missing there"
            )

    def _bytes(self) -> Iterator[tuple[bytes, int]]:
        source = self._source
        head = source.read(0, min(2, source.size)).tobytes()
        raw = self._raw()
        if head != GZIP_MAGIC:
            yield from raw
            return
        unzip = zlib.decompressobj(wbits=31)
        position, between = 0, b""
        try:
            for piece, position in raw:
                data = between + piece
                while data:
                    if unzip.eof:
                        data = between = data.lstrip(b"\0")
                        if len(data) < len(GZIP_MAGIC) or not data.startswith(GZIP_MAGIC):
                            break
                        unzip = zlib.decompressobj(wbits=31)
                    yield unzip.decompress(data, BLOCK_BYTES), position
                    data = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
                    between = b""
                if len(between) >= len(GZIP_MAGIC):
                    break
        except zlib.error as error:
            raise FormatError(
                f"{source.path}: the gzip stream is damaged near byte {position}: {error}"
            ) from error
        if not unzip.eof:
            self.notes.append(
                f"the gzip stream is cut off after {position} bytes; the rows before that are shown"
            )
        elif between:
            self.notes.append(
                f"the data after the gzip stream, from byte {position - len(between)} on, is not "
                "gzip and is not read; rows may be missing there"
            )
        yield unzip.flush(), position

    def _raw(self) -> Iterator[tuple[bytes, int]]:
        source, position = self._source, 0
        while position < source.size:
            source.check()
            count = min(BLOCK_BYTES, source.size - position)
            piece = source.read(position, count).tobytes()
            position += count
            yield piece, position

    def _transcoded(self, pieces: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
        decoder = codecs.getincrementaldecoder(self._encoding)("replace")
        position = 0
        try:
            for piece, position in pieces:
                yield _bytes_of(decoder.decode(piece)), position
            yield _bytes_of(decoder.decode(b"", final=True)), position
        except UnicodeError as error:
            raise FormatError(
                f"{self._source.path}: {not_so_encoded(self._encoding, error)}"
            ) from error


def _bytes_of(text: str) -> bytes:
    """Return a text in UTF-8; a surrogate, which some decoders give, becomes a question mark."""
    return text.encode("utf-8", "replace")
