"""The heads of text files that programs and devices export: one rule for each kind."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.labexports import LABCHART_HEAD, acqknowledge, labchart, siemens
from vital_widgets.io.text.numbered import numbered_columns
from vital_widgets.io.text.parts import Heads
from vital_widgets.io.text.wornexports import (
    EMPATICA,
    EMPATICA_START,
    JOINED_EMPATICA,
    actigraph,
    apple_health,
    empatica,
    geneactiv,
    openbci,
    polar_flow,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vital_widgets.io.text.preamble import Preamble

_LOOKED_AT = 200  # lines


def read_export(lines: Sequence[str], name: str) -> Preamble | None:
    """Return what the head of a known kind of export states; None for another text."""
    for rule in _RULES:
        preamble = rule(lines[:_LOOKED_AT], name)
        if preamble is not None:
            return _with_checked_rate(preamble)
    return None


def heads_of(preamble: Preamble) -> Heads | None:
    """Return the heads of further parts of an export, None if there are none."""
    if preamble.device == EMPATICA and preamble.fs:
        return Heads(EMPATICA_START, lambda _: None, preamble, JOINED_EMPATICA)
    if preamble.device != "LabChart":
        return None
    return Heads(LABCHART_HEAD, lambda lines: labchart(lines, ""), preamble)


def before_second_part(lines: Sequence[str], preamble: Preamble | None) -> list[str]:
    """Return the lines of a file up to the head of its second part."""
    line = _head_line(preamble)
    if preamble is None or line is None:
        return list(lines)
    end = (k for k in range(preamble.n_lines, len(lines)) if line.fullmatch(lines[k]))
    return list(lines[: next(end, len(lines))])


def without_heads(lines: Sequence[str], preamble: Preamble | None) -> list[str]:
    """Return the last lines of a file without those of heads."""
    line = _head_line(preamble)
    return [one for one in lines if line is None or not line.fullmatch(one)]


def _head_line(preamble: Preamble | None) -> re.Pattern[str] | None:
    heads = None if preamble is None else heads_of(preamble)
    return None if heads is None else re.compile(heads.line)


def _with_checked_rate(preamble: Preamble) -> Preamble:
    """Return the head without its sampling rate if that is not valid."""
    if preamble.fs is None:
        return preamble
    try:
        checked_rate(preamble.fs)
    except InvalidInputError:
        note = (
            f"the head of the file states a sampling rate of {preamble.fs:g} Hz, which is not "
            "above 0"
        )
        return replace(preamble, fs=None, ticks=0.0, notes=(note,))
    return preamble


def _fit_messages(lines: Sequence[str], name: str) -> None:
    """Raise for a list of messages from Garmin's FitCSVTool, which is not a table of samples."""
    del name
    if lines and re.match(r'"?Type"?,"?Local Number"?,"?Message"?,', lines[0]):
        raise FormatError(
            "this file lists the messages of a FIT file and is not a table of samples; run "
            "FitCSVTool with '--data record', and open the file that ends in _data.csv"
        )


_RULES: tuple[Callable[[Sequence[str], str], Preamble | None], ...] = (
    _fit_messages,
    labchart,
    acqknowledge,
    empatica,
    actigraph,
    geneactiv,
    polar_flow,
    openbci,
    siemens,
    apple_health,
    numbered_columns,
)
