"""The bytes of a WFDB annotation file as marks.

Decoded here and not by the wfdb library, whose parser never returns for some files. The work is
bounded by the size of the file: one pass over its 16-bit words, and one step for each text.

A word holds a code in its upper 6 bits and a number in its lower 10. Codes up to 58 are marks, the
number is the time since the mark before. The others belong to a mark: a long step in time (before
it), its number, subtype, channel and text (after it). The word 0 ends the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import FormatError, InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint16]

SKIP, CHANNEL, AUX = 59, 62, 63
NOTE = 22
_NONE = "_"  # codes that WFDB gives no meaning
_TABLE = '_NLRaVFJASEj/Q~_|_sT*D"=pB^t+u?![]en@xf()r'
SYMBOLS = {code: symbol for code, symbol in enumerate(_TABLE) if symbol != _NONE}
KNOWN_CODES = frozenset({0, *SYMBOLS})
_RESOLUTION = re.compile(r"## time resolution: (?P<fs>\d+\.?\d*)")
_DEFINITION = re.compile(r"(?P<code>\d{1,3}) (?P<symbol>\S+)(?: .*)?")
_DEFINITIONS, _END = "## annotation type definitions", "## end of definitions"


@dataclass
class Marks:
    """What an annotation file holds.

    Attributes
    ----------
    sample, code, channel : ndarray of int64, shape (n,)
        When, what and on which signal; times count at ``fs``, or at the record's rate.
    aux : list of str, length n
        The text of each mark, '' for none.
    fs : float or None
        The rate that the file gives for its times.
    symbols : dict of int to str
        What the codes mean in this file.
    whole : bool
        Whether the file has its end mark.
    notes : list of str
        What is wrong with the file, for a person.
    """

    sample: NDArray[np.int64]
    code: NDArray[np.int64]
    channel: NDArray[np.int64]
    aux: list[str]
    fs: float | None = None
    symbols: dict[int, str] = field(default_factory=SYMBOLS.copy)
    whole: bool = True
    notes: list[str] = field(default_factory=list)

    def symbol(self, code: int) -> str:
        """Return the symbol of a code; one without is written as WFDB's programs do: '[42]'."""
        return self.symbols.get(code) or f"[{code}]"


def decode(data: bytes | NDArray[np.uint8]) -> Marks:
    """Return the marks of an annotation file's bytes, as far as they go.

    Raises
    ------
    FormatError
        If there are bytes and no mark can be made of them.
    """
    odd = len(data) % 2
    words: Words = np.frombuffer(data, "<u2", count=len(data) // 2)
    code = (words >> 10).astype(np.int64)
    number = (words & 1023).astype(np.int64)
    is_word, texts, steps, cut = _without_payload(bytes(data), words, code)
    zero = np.flatnonzero(is_word & (words == 0))
    stepped = {at + 3 for at, _ in steps}  # a 0 right after a long step only moves the time
    end = next((int(at) for at in zero if int(at) not in stepped), None)
    whole = end is not None
    last = len(words) if end is None else end
    at = np.flatnonzero(is_word[:last] & (code[:last] < SKIP))
    moved = np.zeros(len(words) + 1, np.int64)
    moved[:-1][is_word & (code < SKIP)] = number[is_word & (code < SKIP)]
    for place, step in steps:
        moved[place] += step
    sample = np.cumsum(moved)[at]
    aux = [""] * len(at)
    early = 0
    for place, text in texts:
        if place < last:
            mark = int(np.searchsorted(at, place)) - 1
            early += mark < 0
            if mark >= 0:
                aux[mark] = f"{aux[mark]} {text}".strip(" ")
    marks = Marks(sample, code[at], _channels(at, is_word, code, words, last), aux, whole=whole)
    if early:
        marks.notes.append(f"{early} texts before the first mark belong to no mark; left out")
    if end is None:
        if not len(at):
            raise FormatError(f"{len(data)} bytes hold no mark and no end mark")
        cut_text = ", in the middle of a mark" if cut or odd else ""
        marks.notes.append(
            f"has no end mark, so it was cut short{cut_text}; the {len(at)} marks that are there "
            "are shown. Copy it again from where it came"
        )
    elif words[end:].any():
        marks.notes.append(
            f"goes on for {2 * (len(words) - end - 1) + odd} bytes after its end mark; these are "
            "left out, as WFDB does"
        )
    return _with_definitions(marks)


def plausible(data: bytes | NDArray[np.uint8]) -> bool:
    """Whether the first bytes of a file without end mark can be marks and are not something else.

    Four of ten random words are no mark that WFDB knows, and text holds no normal beat.
    """
    try:
        marks = decode(data)
    except FormatError:
        return False
    codes = set(np.unique(marks.code).tolist())
    raw = bytes(data)
    is_text = not raw.translate(None, bytes(range(32, 127)) + b"\t\r\n")
    return not is_text and codes <= KNOWN_CODES and any(codes)


def _without_payload(
    raw: bytes, words: Words, code: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[tuple[int, str]], list[tuple[int, int]], bool]:
    """Tell words from what texts and long steps hold.

    Returns
    -------
    is_word : ndarray of bool
    texts : list of (place, text)
    steps : list of (place, samples)
    cut : bool
        Whether the file ends within one of them.
    """
    is_word = np.ones(len(words), bool)
    texts: list[tuple[int, str]] = []
    steps: list[tuple[int, int]] = []
    free, cut = 0, False
    for at in np.flatnonzero((code == SKIP) | (code == AUX)).tolist():
        if at < free:
            continue  # a part of the one before
        if code[at] == SKIP:
            free = at + 3
            if free <= len(words):
                step = int(words[at + 1]) << 16 | int(words[at + 2])
                steps.append((at, step - (1 << 32) if step >> 31 else step))
        else:
            length = int(words[at]) & 0xFF
            free = at + 1 + (length + 1) // 2
            texts.append((at, _text(raw[2 * at + 2 : 2 * at + 2 + length])))
        is_word[at + 1 : free] = False
        cut = free > len(words)
    return is_word, texts, steps, cut


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.strip("\0 ")


def _channels(
    at: NDArray[np.int64],
    is_word: NDArray[np.bool_],
    code: NDArray[np.int64],
    words: Words,
    last: int,
) -> NDArray[np.int64]:
    """Return the signal of each mark: what the word after it says, or that of the mark before."""
    told = np.flatnonzero(is_word[:last] & (code[:last] == CHANNEL))
    mark_ends = np.append(at[1:], last)
    which = np.searchsorted(told, mark_ends) - 1  # the last one said before the next mark
    values = np.append((words[told] & 0xFF).astype(np.int64), 0)
    return np.where(which < 0, 0, values[which])


def _with_definitions(marks: Marks) -> Marks:
    """Take the definitions at time 0 and the marks of code 0 out of the marks."""
    keep = marks.code != 0
    inside = False
    for i in np.flatnonzero((marks.sample == 0) & (marks.code == NOTE)).tolist():
        text = marks.aux[i]
        resolution = _RESOLUTION.match(text)
        if resolution:
            keep[i] = False
            _set_rate(marks, resolution["fs"])
        elif text in (_DEFINITIONS, _END):
            keep[i] = False
            inside = text == _DEFINITIONS
        elif inside:
            keep[i] = False
            _define(marks, text)
    kept = np.flatnonzero(keep)
    marks.sample, marks.code, marks.channel = (
        array[kept] for array in (marks.sample, marks.code, marks.channel)
    )
    marks.aux = [marks.aux[i] for i in kept.tolist()]
    return marks


def _set_rate(marks: Marks, text: str) -> None:
    try:
        rate = checked_rate(float(text))
    except InvalidInputError:
        marks.notes.append(f"gives the time resolution {text[:40]}, which is none; left out")
        return
    if marks.fs is None:
        marks.fs = rate
    elif rate != marks.fs:
        marks.notes.append(f"gives two time resolutions; the first, {marks.fs:g} Hz, is taken")


def _define(marks: Marks, text: str) -> None:
    match = _DEFINITION.fullmatch(text)
    if match is None:
        marks.notes.append(f"defines a mark as {text[:80]!r}, which is not 'code symbol meaning'")
    else:
        marks.symbols[int(match["code"])] = match["symbol"]
