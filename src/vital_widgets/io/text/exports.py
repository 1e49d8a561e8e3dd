"""The heads of text that programs and devices export: a rule for each kind."""

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
    """Return what the head of a known kind of export says; None for another text."""
    for rule in _RULES:
        told = rule(lines[:_LOOKED_AT], name)
        if told is not None:
            return _with_checked_rate(told)
    return None


def heads_of(told: Preamble) -> Heads | None:
    """Return how the heads of further parts of an export look, None where there are none."""
    if told.device == EMPATICA and told.fs:
        return Heads(EMPATICA_START, lambda _: None, told, JOINED_EMPATICA)
    if told.device != "LabChart":
        return None
    return Heads(LABCHART_HEAD, lambda lines: labchart(lines, ""), told)


def before_second_part(lines: Sequence[str], told: Preamble | None) -> list[str]:
    """Return the lines of a file up to the head of its second part."""
    line = _head_line(told)
    if told is None or line is None:
        return list(lines)
    end = (k for k in range(told.n_lines, len(lines)) if line.fullmatch(lines[k]))
    return list(lines[: next(end, len(lines))])


def without_heads(lines: Sequence[str], told: Preamble | None) -> list[str]:
    """Return the last lines of a file without those of heads."""
    line = _head_line(told)
    return [one for one in lines if line is None or not line.fullmatch(one)]


def _head_line(told: Preamble | None) -> re.Pattern[str] | None:
    heads = None if told is None else heads_of(told)
    return None if heads is None else re.compile(heads.line)


def _with_checked_rate(told: Preamble) -> Preamble:
    """Return what was told, without a sampling rate that is none."""
    if told.fs is None:
        return told
    try:
        checked_rate(told.fs)
    except InvalidInputError:
        note = f"the head of the file says a sampling rate of {told.fs:g} Hz, which is not above 0"
        return replace(told, fs=None, ticks=0.0, notes=(note,))
    return told


def _fit_messages(lines: Sequence[str], name: str) -> None:
    """Raise for a listing of messages by FitCSVTool of Garmin, which is no table of samples."""
    del name
    if lines and re.match(r'"?Type"?,"?Local Number"?,"?Message"?,', lines[0]):
        raise FormatError(
            "this is a listing of the messages of a FIT file and no table of samples; let "
            "FitCSVTool write one with '--data record', and open the file that ends in _data.csv"
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
