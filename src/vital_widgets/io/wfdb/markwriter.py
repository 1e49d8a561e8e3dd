"""Write annotations as a WFDB annotation file, and what their texts are as codes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError
from vital_widgets.io.wfdb.marks import (
    AUX,
    CHANNEL,
    DEFINITIONS,
    END_OF_DEFINITIONS,
    NOTE,
    NUMBER,
    SKIP,
    SUBTYPE,
    SYMBOLS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vital_widgets.core.annotations import Annotations

RHYTHM = 28
LAST_CODE = 49
LONGEST_AUX = 255  # bytes
LONGEST_STEP = 1023  # samples in the word of a mark
LARGEST_TIME = 2**31 - 1
# The text of these is in the note, not in the symbol: rhythms, comments, ST and T changes, links.
TEXT_IN_NOTE = frozenset('+"sT@=')
_CODES = {symbol: code for code, symbol in SYMBOLS.items()}
_UNNAMED = re.compile(r"\[(\d{1,2})\]")


def text_of(symbol: str, aux: str) -> tuple[str, str]:
    """Return text and comment of a mark with this symbol and note."""
    return (aux, "") if aux and symbol in TEXT_IN_NOTE else (symbol, aux)


def code_of(text: str, comment: str) -> tuple[int, str]:
    """Return the code and the note of a mark with this text and comment."""
    code = _CODES.get(text)
    unnamed = _UNNAMED.fullmatch(text)
    if code is None and unnamed and 0 < int(unnamed[1]) <= LAST_CODE:
        number = int(unnamed[1])
        code = number if number not in SYMBOLS else None
    if code is not None and not (comment and text in TEXT_IN_NOTE):
        return code, comment
    return (RHYTHM if text.startswith("(") else NOTE), text


def extra_of(
    code: int, aux: str, symbol: str, *, subtype: int = 0, number: int = 0, channel: int = 0
) -> str:
    """Return as JSON what text, comment and channel name do not say of a mark; '' for nothing."""
    found: dict[str, Any] = {}
    if code_of(*text_of(symbol, aux)) != (code, aux):
        found |= {"code": code, "aux": aux, "symbol": symbol}
    for name, value in (("subtype", subtype), ("num", number), ("chan", channel)):
        if value:
            found[name] = value
    return json.dumps(found) if found else ""


def encode(annotations: Annotations, fs: float, channels: Sequence[str] = ()) -> bytes:
    """Return annotations as the bytes of a WFDB annotation file.

    Parameters
    ----------
    annotations : Annotations
        Moments; durations are not stored.
    fs : float
        Times are stored in units of ``1 / fs`` s; the file says so.
    channels : sequence of str
        Names of the signals of the record, in order.

    Raises
    ------
    InvalidInputError
        A time or a text cannot be stored.
    """
    with np.errstate(over="ignore"):
        samples = np.rint(annotations.onset * fs)
    if len(samples) and not 0 <= samples[0] <= samples[-1] <= LARGEST_TIME:
        at = float(annotations.onset[0 if samples[0] < 0 else -1])
        msg = (
            f"a mark at {at:g} s cannot be stored at {fs:g} Hz in a WFDB annotation file: times "
            f"are from 0 to {LARGEST_TIME / fs:g} s"
        )
        raise InvalidInputError(msg)
    order = {name: k for k, name in reversed(list(enumerate(channels)))}
    columns = (annotations.text, annotations.comment, annotations.channel, annotations.extra)
    known = [_loaded(extra) for extra in annotations.extra]
    own = _definitions(known)
    words = bytearray()
    for text in (f"## time resolution: {fs:.17g}", *_defining(own)):
        words += _word(NOTE, 0) + _note(text.encode())
    time = channel = number = 0
    for sample, text, comment, name, extra in zip(
        samples.astype(np.int64).tolist(), *columns[:3], known, strict=True
    ):
        code, aux = _code(text, comment, extra, own)
        words += _step(sample - time, code)
        time = sample
        subtype = _byte(extra, "subtype", -128, 255)
        if subtype:
            words += _word(SUBTYPE, subtype & 0xFF)
        wanted = order.get(name, _byte(extra, "chan", 0, 255))
        if wanted != channel:
            channel = wanted
            words += _word(CHANNEL, channel)
        wanted = _byte(extra, "num", -128, 255)
        if wanted != number:
            number = wanted
            words += _word(NUMBER, number & 0xFF)
        if aux:
            words += _note(_bytes_of(aux))
    return bytes(words) + b"\0\0"


def _definitions(extras: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Return the symbols that files defined for codes, the first one of each code."""
    own: dict[int, str] = {}
    for extra in extras:
        code, symbol = extra.get("code"), extra.get("symbol")
        if type(code) is not int or not 0 < code <= LAST_CODE or not isinstance(symbol, str):
            continue
        if symbol not in (SYMBOLS.get(code), f"[{code}]") and symbol and " " not in symbol:
            own.setdefault(code, symbol)
    return own


def _defining(own: Mapping[int, str]) -> list[str]:
    """Return the notes at the start of a file that define symbols."""
    if not own:
        return []
    lines = [f"{code} {symbol} {symbol}" for code, symbol in sorted(own.items())]
    return [DEFINITIONS, *lines, END_OF_DEFINITIONS]


def _code(
    text: str, comment: str, extra: Mapping[str, Any], own: Mapping[int, str]
) -> tuple[int, str]:
    """Return the code and note that the file had if the mark still says the same, else new ones."""
    code, aux, symbol = (extra.get(name) for name in ("code", "aux", "symbol"))
    if type(code) is int and isinstance(aux, str) and isinstance(symbol, str):
        is_known = own.get(code, SYMBOLS.get(code) or f"[{code}]") == symbol
        if is_known and 0 < code <= LAST_CODE and text_of(symbol, aux) == (text, comment):
            return code, aux
    found, note = code_of(text, comment)
    if own.get(found) is not None:  # the file uses this code for something else
        return (RHYTHM if text.startswith("(") else NOTE), text
    return found, note


def _loaded(extra: str) -> Mapping[str, Any]:
    if not extra:
        return {}
    try:
        content = json.loads(extra)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _byte(extra: Mapping[str, Any], name: str, low: int, high: int) -> int:
    value = extra.get(name, 0)
    return value if type(value) is int and low <= value <= high else 0


def _bytes_of(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > LONGEST_AUX:
        msg = (
            f"the text {text[:40]!r}… has {len(raw)} bytes; a WFDB annotation holds at most "
            f"{LONGEST_AUX}"
        )
        raise InvalidInputError(msg)
    return raw


def _word(code: int, number: int) -> bytes:
    return (code << 10 | number).to_bytes(2, "little")


def _step(step: int, code: int) -> bytes:
    """Return a mark some samples after the previous one."""
    if step <= LONGEST_STEP:
        return _word(code, step)
    high, low = step >> 16, step & 0xFFFF
    return _word(SKIP, 0) + high.to_bytes(2, "little") + low.to_bytes(2, "little") + _word(code, 0)


def _note(raw: bytes) -> bytes:
    return _word(AUX, len(raw)) + raw + b"\0" * (len(raw) % 2)
