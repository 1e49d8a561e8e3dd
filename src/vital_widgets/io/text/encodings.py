"""Find the encoding of a text, and decode it."""

from __future__ import annotations

import codecs

from vital_widgets.errors import InvalidInputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(head: bytes) -> str:
    """Return the encoding of a text from its first bytes."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    pairs = len(head) // 2
    if pairs > 1:  # text of plain letters in UTF-16 has a zero in every second byte
        zeros = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
        if zeros[1] > 0.8 * pairs and zeros[0] == 0:
            return "utf-16-le"
        if zeros[0] > 0.8 * pairs and zeros[1] == 0:
            return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def decode(data: bytes, encoding: str) -> str:
    """Return the text of a piece of a file; a letter cut in half at its ends is left out."""
    try:
        return codecs.getincrementaldecoder(encoding)("replace").decode(data)
    except LookupError:
        raise InvalidInputError(
            f"encoding={encoding!r} is unknown; give for example 'utf-8', 'utf-16' or 'latin-1'"
        ) from None
    except UnicodeError as error:  # what "replace" cannot bridge, such as a missing mark of UTF-16
        raise InvalidInputError(not_so_encoded(encoding, error)) from error


def not_so_encoded(encoding: str, error: UnicodeError) -> str:
    """Return the error message for a text that is not in the given encoding."""
    return (
        f"the text is not written in encoding={encoding!r} ({error}); leave out encoding= to find "
        "it automatically, or give another, such as 'utf-8', 'utf-16-le' or 'latin-1'"
    )
