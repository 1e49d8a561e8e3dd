"""The heads of text that programs and devices export: a rule for each kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError
from vital_widgets.io.text.labexports import acqknowledge, labchart, siemens
from vital_widgets.io.text.wornexports import actigraph, empatica, geneactiv, openbci, polar_flow

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


def _with_checked_rate(told: Preamble) -> Preamble:
    """Return what was told, without a sampling rate that is none."""
    if told.fs is None:
        return told
    try:
        checked_rate(told.fs)
    except InvalidInputError:
        note = f"the head of the file says a sampling rate of {told.fs:g} Hz, which is none"
        return replace(told, fs=None, ticks=0.0, notes=(note,))
    return told


_RULES: tuple[Callable[[Sequence[str], str], Preamble | None], ...] = (
    labchart,
    acqknowledge,
    empatica,
    actigraph,
    geneactiv,
    polar_flow,
    openbci,
    siemens,
)
