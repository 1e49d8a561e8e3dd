"""Sampling rates in the lines above a table: read, or why none is read."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vital_widgets.io.text.quantities import (
    HERTZ,
    NUMBER,
    PLAIN_NUMBER,
    Reading,
    Unit,
    rates,
    unit_at,
)
from vital_widgets.io.text.units import KNOWN_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEY = re.compile(
    r"(?P<rate>\bsampl\w*[\s_\-]*(?:rates?|freq\w*)|\babtast(?:rate|freq\w*|ung)|\bmess(?:rate|freq\w*)"
    r"|[ée]chantillonnage|\bmuestreo|\bcampionamento|(?<![^\W_])s?fs(?![^\W_])|\bsfreq\b|\bsrate\b"
    r"|\bsampl\w*(?=\s*(?:/|per\b)))"
    r"|(?P<step>\bsampl\w*[\s_\-]*(?:interval|period)|\babtast(?:intervall|periode|zeit|abstand))"
    r"|(?P<weak>\bfrequency|^\W*(?:rate|hz)\b)|(?P<weakstep>\bsampl\w*[\s_\-]*time\b)",
    re.IGNORECASE,
)
# Words before a frequency that is not a sampling rate.
_OTHER = re.compile(
    r"\b(?:line|mains|power|notch|filter\w*|cut[ -]?off|\w*pass|corner|stim\w*|carrier|heart|pulse|"
    r"resp\w*|breath\w*|baud|bandwidth|resonan\w*|hp|lp|bp|nyquist)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\b(?:ch\w*|kanal|sensor|signal|lead|column|device|port)[ .#_]*\d+\b", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"[\[(]\s*(?P<unit>[^\[\]()]{1,24})[\])]")
_BOUND = re.compile(r"[<>≤≥]|\b(?:up to|bis zu|max\w*|at (?:most|least)|min\b)", re.IGNORECASE)
_TO = re.compile(
    rf"\s*(?:[-\u2013\u2014\u2026]|\.{{2,}}|\bto\b|\bbis\b)\s*(?:{NUMBER})", re.IGNORECASE
)
_AND = re.compile(r"\s*(?:[,;/&+|\t]|\band\b|\bund\b)\s*", re.IGNORECASE)
_AND_NAMED = re.compile(r"\s*[,;/&|]\s*[^\W\d_][\w .-]{0,24}?\s*[=:]?\s*(?=\d)")
_FILLING = frozenset(["in", "is", "was", "of", "at", "about", "approx", "ca", "rate", "nominal"])
_END = re.compile(r"\s*(?:[,;/&+|\t)\"]|\band\b|\bund\b|$)", re.IGNORECASE)
_WORD = re.compile(r"\s?([^\s\d,;:()\[\]\"']+)")
_FARTHEST = 40  # letters from the words to the number
_SHOWN = 80


@dataclass(frozen=True)
class StatedRate:
    """A sampling rate that a line states.

    Attributes
    ----------
    line : str
        As it is shown in messages.
    hertz : tuple of Reading
        All rates that its number may mean.
    """

    line: str
    hertz: tuple[Reading, ...]


@dataclass(frozen=True)
class Rates:
    """The sampling rates that lines state.

    Attributes
    ----------
    fs : float or None
        In Hz, if they state one.
    doubt : tuple of StatedRate
        What they state if that is not one rate: the table has to decide.
    refused : tuple of str
        Lines that state no rate, and why.
    notes : tuple of str
        Where ``fs`` is from.
    """

    fs: float | None = None
    doubt: tuple[StatedRate, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_rates(lines: Sequence[str]) -> Rates:
    """Return the sampling rates that lines state."""
    sure: list[StatedRate] = []
    weak: list[StatedRate] = []
    refused: dict[bool, list[str]] = {False: [], True: []}  # by whether the words are weak
    is_sure = False
    for line in lines:
        key = _key(line)
        if key is None:
            continue
        is_weak = key.lastgroup in ("weak", "weakstep")
        said, why = _said(line, key)
        (weak if is_weak else sure).extend(said)
        is_sure |= not is_weak and bool(said or why)
        if why and not (is_weak and why == _NO_UNIT):
            reason = f"no sampling rate is taken from the line {shown_line(line)!r}: {why}"
            refused[is_weak].append(reason)
    return settled(sure, refused[False]) if is_sure else settled(weak, refused[True])


def settled(said: Sequence[StatedRate], refused: Sequence[str] = ()) -> Rates:
    """Return one rate if all lines agree on it, else all possible rates."""
    if not said:
        return Rates(refused=tuple(refused))
    common = agreed(said)
    if len(common) != 1:
        return Rates(doubt=tuple(said), refused=tuple(refused))
    (fs,) = common
    note = f"sampling rate {fs:g} Hz, from the line {said[0].line!r}"
    return Rates(fs=fs, refused=tuple(refused), notes=(note,))


def agreed(said: Sequence[StatedRate]) -> set[float]:
    """Return the rates that every line may mean."""
    first, *others = ([one.value for one in rate.hertz] for rate in said)
    return {
        fs
        for fs in first
        if all(any(math.isclose(fs, one, rel_tol=1e-6) for one in other) for other in others)
    }


def shown_line(line: str) -> str:
    """Return a line as it is shown in messages."""
    return line.strip()[:_SHOWN]


def _key(line: str) -> re.Match[str] | None:
    """Return the words for a rate in a line, None where it has none or another frequency."""
    for found in _KEY.finditer(line):
        weak = found.lastgroup == "weak"
        if not weak or not _OTHER.search(line[: found.start()]):
            return found
    return None


_NO_UNIT = "the number has no unit of time"


def _said(line: str, key: re.Match[str]) -> tuple[list[StatedRate], str]:
    """Return the rates behind the words for a rate, and why there are none."""
    is_step = key.lastgroup in ("step", "weakstep")
    rest = _NUMBERED.sub(lambda found: "_" * len(found[0]), line[key.end() :])
    unit = None if is_step else HERTZ
    per = unit_at(f"1{rest}") if "sampl" in key[0].lower() else None
    if per is not None and not per.is_step:  # samples per second: 250
        unit, rest = per, rest[per.length - 1 :]
    head, rest = _with_unit_of_key(rest)
    unit = head or unit
    first = re.search(r"\d", rest[:_FARTHEST])
    if first is None:
        return [], ""
    before = rest[: first.start()]
    if re.search(r"(?:^|[\s:=,;\t])-$", before):
        return [], "a rate must be above 0"
    if _BOUND.search(before) or re.search(r"\bmax\w*\W*$", line[: key.start()], re.IGNORECASE):
        return [], "it is a limit"
    pattern = PLAIN_NUMBER if before.rstrip(" ").endswith(",") else NUMBER
    word = re.search(r"([^\W\d_]+)\s*$", before)
    named = word is not None and word[1].lower() not in _FILLING and unit_at(word[1]) is None
    each = _each(rest[first.start() :], pattern, named=named)
    return _numbers(line, list(each), unit)


def _with_unit_of_key(rest: str) -> tuple[Unit | None, str]:
    """Return the unit between the words for a rate and the number, and the text behind it."""
    first = re.search(r"\d", rest)
    bracket = _IN_BRACKETS.search(rest)
    if bracket and (first is None or bracket.start() < first.start()):
        unit = unit_at(bracket["unit"])
        return unit, rest[: bracket.start()] + rest[bracket.end() :]
    words = re.match(r"[\s_]+(?:in[\s_]+)?(?P<unit>[a-zA-Zµμ/]+)\s*[:=,;\t]", rest)
    unit = unit_at(words["unit"]) if words else None
    return unit, rest[words.end("unit") :] if words and unit else rest


def _numbers(
    line: str, numbers: Sequence[tuple[str, str]], default: Unit | None
) -> tuple[list[StatedRate], str]:
    """Return the rates of numbers, each with the text behind it, and why there are none."""
    found = [(number, rest, unit_at(rest)) for number, rest in numbers]
    said = []
    for k, (number, rest, own) in enumerate(found):
        unit = next((one for _, _, one in found[k:] if one is not None), default)
        hertz = () if unit is None else rates(number, unit)
        why = _why_not(rest, own) or (_NO_UNIT if unit is None else "")
        if why or not hertz:
            return [], why or f"{number} is not a rate above 0"
        said.append(StatedRate(shown_line(line), hertz))
    return said, ""


def _why_not(rest: str, unit: Unit | None) -> str:
    """Return why a number with the text behind it is not a rate, '' if it may be one."""
    if _TO.match(rest[unit.length if unit else 0 :]):
        return "it is a range"
    word = _WORD.match(rest)
    if unit is None and word and (word[1] in KNOWN_UNITS or re.match(r"/.|per$", word[1])):
        return f"{word[1]!r} is not a unit of a rate"
    return ""


def _each(text: str, pattern: str, *, named: bool) -> Iterator[tuple[str, str]]:
    """Yield the numbers of a text that are rates, each with the text behind it.

    The first begins the text; where it was ``named``, others may have names too.
    """
    match = re.match(pattern, text)
    if match is None:
        return
    yield match[0], text[match.end() :]
    unit = unit_at(text[match.end() :])
    place = match.end() + (unit.length if unit else 0)
    listed = True
    while True:
        sign = _AND.match(text, place) if listed else None
        if named:
            sign = _AND_NAMED.match(text, place) or sign
        number = re.compile(pattern).match(text, sign.end()) if sign else None
        if number is None:
            listed = False
            number = re.compile(pattern).search(text, place)
            if number is None:
                return
        rest = text[number.end() :]
        unit = unit_at(rest)
        is_rate = unit is not None and not unit.is_step
        if listed and not (is_rate or _END.match(rest)):
            listed = False
            continue
        between = text[place : number.start()]
        if listed or (is_rate and not _OTHER.search(between) and not re.search("±|[+]/-", between)):
            yield number[0], rest
        place = number.end() + (unit.length if unit else 0)
