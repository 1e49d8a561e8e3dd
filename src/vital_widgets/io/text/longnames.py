"""Names in quotes that continue on the next line: they are joined to one line."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from vital_widgets.io.text.cells import is_comment, is_number

if TYPE_CHECKING:
    from vital_widgets.io.text.head import Ends

_LOOKED_AT = 60  # lines
_LONGEST = 8  # lines that a name may cover
_QUOTED = re.compile(r'(?:^|(?<=[,;\t|]))[ ]*"(?:[^"]|"")*(?P<end>"[ ]*(?=[,;\t|\n]|$))?')


def with_whole_names(ends: Ends) -> Ends:
    """Return the lines of a file with names in quotes on one line each, above the first row."""
    lines, starts = list(ends.lines), list(ends.starts)
    k = 0
    while k < min(len(lines), _LOOKED_AT) and not _is_row(lines[k]):
        n = 0 if is_comment(lines[k]) else _goes_on(lines, k)
        if n:
            lines[k : k + n + 1] = [re.sub(r" *\n[\n ]*", " ", "\n".join(lines[k : k + n + 1]))]
            del starts[k + 1 : k + n + 1]
        k += 1
    return ends if len(lines) == len(ends.lines) else replace(ends, lines=lines, starts=starts)


def _goes_on(lines: list[str], k: int) -> int:
    """Return how many further lines the names in a line take; 0 if they end there or never."""
    if not _is_open(lines[k]):
        return 0
    for n in range(1, _LONGEST):
        if k + n >= len(lines) or ('"' not in lines[k + n] and _is_row(lines[k + n])):
            return 0
        if not _is_open("\n".join(lines[k : k + n + 1])):
            return n
    return 0


def _is_open(text: str) -> bool:
    """Whether a text ends in the middle of a cell in quotes."""
    return any(found["end"] is None for found in _QUOTED.finditer(text))


def _is_row(line: str) -> bool:
    """Whether all cells of a line that are not empty are numbers, or the first one is."""
    cells = [cell.strip(' "') for cell in re.split(r"[,;\t|]", line)]
    numeric = [is_number(cell, ".") for cell in cells if cell]
    return len(cells) > 1 and any(numeric) and (all(numeric) or numeric[0])
