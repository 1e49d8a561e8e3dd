"""The bytes of a WFDB annotation file as marks.

They are decoded here instead of by the wfdb library, whose parser never returns for some files. The
work is bounded by the size of the file: one pass over its 16-bit words, and one step per text.

A word holds a code in its upper 6 bits and a number in its lower 10. Codes up to 58 are marks; the
number is the time since the previous mark. The others belong to a mark: a long step in time (before
it), its number, subtype, channel and text (after it). The word 0 ends the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint16]

SKIP, NUMBER, SUBTYPE, CHANNEL, AUX = 59, 60, 61, 62, 63
NOTE = 22
_NONE = "_"  # codes that WFDB does not define
_TABLE = '_NLRaVFJASEj/Q~_|_sT*D"=pB^t+u?![]en@xf()r'
SYMBOLS = {code: symbol for code, symbol in enumerate(_TABLE) if symbol != _NONE}
KNOWN_CODES = frozenset({0, *SYMBOLS})
_RESOLUTION = re.compile(r"## time resolution: (?P<fs>\d+\.?\d*)")
_DEFINITION = re.compile(r"(?P<code>\d{1,3}) (?P<symbol>\S+)(?: .*)?")
DEFINITIONS = "## annotation type definitions"
END_OF_DEFINITIONS = "## end of definitions"


@dataclass
class Marks:
    """What an annotation file holds.

    Attributes
    ----------
    sample, code, channel : ndarray of int64, shape (n,)
        When, what and on which signal; times count at ``fs``, or at the record's rate.
    aux : list of str, length n
        The text of each mark, '' for none.
    subtype, number : ndarray of int64, shape (n,)
        Further numbers of each mark, -128 to 127; 0 for none.
    fs : float or None
        The rate that the file gives for its times.
    symbols : dict of int to str
        Symbols that this file defines for codes.
    whole : bool
        Whether the file has its end mark.
    notes : list of str
        Faults of the file, in sentences.
    """

    sample: NDArray[np.int64]
    code: NDArray[np.int64]
    channel: NDArray[np.int64]
    aux: list[str]
    subtype: NDArray[np.int64]
    number: NDArray[np.int64]
    fs: float | None = None
    symbols: dict[int, str] = field(default_factory=SYMBOLS.copy)
    whole: bool = True
    notes: list[str] = field(default_factory=list)

    def symbol(self, code: int) -> str:
        """Return the symbol of a code; one without is written as WFDB's programs do: '[42]'."""
        return self.symbols.get(code) or f"[{code}]"


def decode(data: bytes | NDArray[np.uint8]) -> Marks:
    """Return the marks in the bytes of an annotation file, up to its end or damage.

    Raises
    ------
    FormatError
        If there are bytes but they contain no mark.
    """
    odd = len(data) % 2
    words: Words = np.frombuffer(data, "<u2", count=len(data) // 2)
    code = (words >> 10).astype(np.uint8)
    begins, is_word, cut = _payloads(words, code)
    steps = begins[(code[begins] == SKIP) & (begins + 2 < len(words))]
    zero = np.flatnonzero(is_word & (words == 0))
    ends = zero[~np.isin(zero, steps + 3)]  # a 0 right after a long step only moves the time
    end = int(ends[0]) if len(ends) else None
    last = len(words) if end is None else end
    at = np.flatnonzero(is_word[:last] & (code[:last] < SKIP))
    texts = begins[(code[begins] == AUX) & (begins < last)]
    aux, early = _aux(bytes(data), at, texts, words[texts] & 0xFF)
    marks = Marks(
        _samples(words, at, steps),
        code[at].astype(np.int64),
        _kept(at, is_word, code, words, last, CHANNEL),
        aux,
        _own(at, is_word, code, words, last),
        _signed(_kept(at, is_word, code, words, last, NUMBER)),
        whole=end is not None,
    )
    if early:
        marks.notes.append(
            f"texts before the first mark, which belong to no mark: {early}; left out"
        )
    if end is None:
        if not len(at):
            raise FormatError(f"its {len(data)} bytes hold no mark and no end mark")
        cut_text = " within a mark" if cut or odd else ""
        marks.notes.append(
            f"has no end mark, so it was cut short{cut_text}; the {len(at)} marks before that "
            "are shown. Copy it again from its source"
        )
    elif words[end:].any():
        marks.notes.append(
            f"has {2 * (len(words) - end - 1) + odd} bytes after its end mark; these are "
            "left out, as WFDB does"
        )
    return _with_definitions(marks)


def plausible(data: bytes | NDArray[np.uint8], marks: Marks | None = None) -> bool:
    """Whether bytes without end mark can be marks.

    Four of ten random words are not marks of WFDB, and text holds no normal beat. ``marks`` is
    the result of `decode`, if it is known.
    """
    try:
        marks = decode(data) if marks is None else marks
    except FormatError:
        return False
    codes = set(np.unique(marks.code).tolist())
    raw = bytes(data)
    is_text = not raw.translate(None, bytes(range(32, 127)) + b"\t\r\n")
    return not is_text and codes <= KNOWN_CODES and any(codes)


def _payloads(
    words: Words, code: NDArray[np.uint8]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], bool]:
    """Separate words from the contents of texts and long steps.

    Returns
    -------
    begins : ndarray of int64
        Places of the words that begin a text or a long step.
    is_word : ndarray of bool
        False for the contents of texts and long steps.
    cut : bool
        Whether the file ends within the last.
    """
    length = (words & 0xFF).astype(np.int64)
    begins = np.flatnonzero((code == SKIP) | ((code == AUX) & (length > 0)))
    ends = begins + 1 + np.where(code[begins] == SKIP, 2, (length[begins] + 1) // 2)
    kept, free = [], 0
    for i, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        if begin >= free:  # and not part of the previous one
            kept.append(i)
            free = end
    begins, ends = begins[kept], ends[kept]
    depth = np.zeros(len(words) + 1, np.int8)
    depth[begins + 1] += 1
    depth[np.minimum(ends, len(words))] -= 1
    is_word = np.cumsum(depth[:-1], dtype=np.int8) == 0
    return begins, is_word, free > len(words)


def _samples(words: Words, at: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the time of each mark: the sum of all steps before it."""
    moved = np.zeros(len(words), np.int64)
    moved[at] = words[at] & 1023
    high, low = words[steps + 1].astype(np.int64), words[steps + 2].astype(np.int64)
    moved[steps] = ((high << 16 | low) ^ 1 << 31) - (1 << 31)  # a two's complement of 32 bits
    samples: NDArray[np.int64] = np.cumsum(moved)[at]
    return samples


def _aux(
    raw: bytes, at: NDArray[np.int64], texts: NDArray[np.int64], lengths: NDArray[np.uint16]
) -> tuple[list[str], int]:
    """Return the text of each mark, and the number of texts before the first mark."""
    aux = [""] * len(at)
    owners = np.searchsorted(at, texts) - 1
    early = int(np.count_nonzero(owners < 0))
    places = zip(
        owners[early:].tolist(),
        (2 * texts[early:] + 2).tolist(),
        lengths[early:].tolist(),
        strict=True,
    )
    for owner, several in groupby(places, key=itemgetter(0)):
        found = (_text(raw[begin : begin + length]) for _, begin, length in several)
        aux[owner] = " ".join(filter(None, found))
    return aux, early


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.strip("\0 ")


def _kept(
    at: NDArray[np.int64],
    is_word: NDArray[np.bool_],
    code: NDArray[np.uint8],
    words: Words,
    last: int,
    field_code: int,
) -> NDArray[np.int64]:
    """Return a field of each mark: that of the word after it, else that of the previous mark."""
    found = np.flatnonzero(is_word[:last] & (code[:last] == field_code))
    mark_ends = np.append(at[1:], last)
    which = np.searchsorted(found, mark_ends) - 1  # the last one before the next mark
    values = np.append((words[found] & 0xFF).astype(np.int64), 0)
    return np.where(which < 0, 0, values[which])


def _own(
    at: NDArray[np.int64],
    is_word: NDArray[np.bool_],
    code: NDArray[np.uint8],
    words: Words,
    last: int,
) -> NDArray[np.int64]:
    """Return the subtype of each mark: that of the word after it, else 0."""
    found = np.flatnonzero(is_word[:last] & (code[:last] == SUBTYPE))
    owners = np.searchsorted(at, found) - 1
    values = np.zeros(len(at), np.int64)
    values[owners[owners >= 0]] = _signed((words[found[owners >= 0]] & 0xFF).astype(np.int64))
    return values


def _signed(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return bytes as numbers from -128 to 127."""
    return np.asarray((values ^ 0x80) - 0x80)


def _with_definitions(marks: Marks) -> Marks:
    """Remove the definitions at time 0 and the marks of code 0."""
    keep = marks.code != 0
    inside = False
    rates: list[str] = []
    wrong: list[str] = []
    for i in np.flatnonzero((marks.sample == 0) & (marks.code == NOTE)).tolist():
        text = marks.aux[i]
        resolution = _RESOLUTION.match(text)
        if resolution:
            rates.append(resolution["fs"])
        elif text in (DEFINITIONS, END_OF_DEFINITIONS):
            inside = text == DEFINITIONS
        elif inside:
            match = _DEFINITION.fullmatch(text)
            if match is None:
                wrong.append(text)
            else:
                marks.symbols[int(match["code"])] = match["symbol"]
        else:
            continue
        keep[i] = False
    if wrong:
        marks.notes.append(
            f"has {len(wrong)} definitions of marks that are not 'code symbol meaning' (the first "
            f"is {wrong[0][:80]!r}); left out"
        )
    _set_rate(marks, rates)
    kept = np.flatnonzero(keep)
    for name in ("sample", "code", "channel", "subtype", "number"):
        setattr(marks, name, getattr(marks, name)[kept])
    marks.aux = [marks.aux[i] for i in kept.tolist()]
    return marks


def _set_rate(marks: Marks, texts: list[str]) -> None:
    for text in dict.fromkeys(texts):
        try:
            rate = checked_rate(float(text))
        except InvalidInputError:
            marks.notes.append(
                f"gives the time resolution {text[:40]}, which is not valid; left out"
            )
            return
        if marks.fs is None:
            marks.fs = rate
        elif rate != marks.fs:
            marks.notes.append(f"gives two time resolutions; the first, {marks.fs:g} Hz, is used")
            return
