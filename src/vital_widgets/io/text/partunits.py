"""Values of further parts of a table in the units of the first."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vital_widgets.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vital_widgets.io.text.preamble import Preamble

_PREFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6}
_BASES = "Pa Hz Ohm mol Bq bar eV lx V A g m s W J N T S L l G"
_UNIT = re.compile(rf"(?P<prefix>[numkM]?)(?P<base>{'|'.join(_BASES.split())})")
_SAME = {"Volts": "V", "Volt": "V", "ohm": "Ohm", "sec": "s", "msec": "ms", "l": "L", "ml": "mL"}
_PASCALS = {"mmHg": 133.322387415, "cmH2O": 98.0665}
_SHOWN = 20


def scale_between(unit: str, into: str) -> tuple[float, float] | None:
    """Return the factor and the divisor between two units; None if the units do not convert."""
    one, other = _parts(unit), _parts(into)
    if unit == into:
        return 1.0, 1.0
    if one is None or other is None or one[1] != other[1]:
        return None
    if one[2] != 1 or other[2] != 1:
        return one[2] * 10.0 ** one[0], other[2] * 10.0 ** other[0]
    return 10.0 ** max(one[0] - other[0], 0), 10.0 ** max(other[0] - one[0], 0)


def _parts(unit: str) -> tuple[int, str, float] | None:
    """Return a unit as power of ten, base unit and further factor; None if it is unknown."""
    plain = re.sub("[\u00b5\u03bc]", "u", unit.strip()).replace("\u03a9", "Ohm")
    plain = _SAME.get(plain, plain)
    if plain in _PASCALS:
        return 0, "Pa", _PASCALS[plain]
    match = _UNIT.fullmatch(plain)
    return None if match is None else (_PREFIXES[match["prefix"]], match["base"], 1.0)


@dataclass
class PartsUnits:
    """Brings the values of further parts into the units of the first.

    Parameters
    ----------
    path : str
        For messages.
    first : Preamble or None
        What the head of the first part says; None for a file of one part.
    places : mapping of int to int
        Channel of each name, by the number of the name in the heads.
    """

    path: str
    first: Preamble | None
    places: Mapping[int, int]
    _notes: list[str] = field(default_factory=list)
    _n_notes: int = 0
    _scales: dict[int, tuple[float, float]] = field(default_factory=dict)

    def scaled(
        self, columns: list[NDArray[Any]], row: int, begun: Sequence[tuple[int, Preamble]]
    ) -> list[NDArray[Any]]:
        """Return the values of rows from number ``row`` on; ``begun`` are heads above some."""
        n_rows = len(columns[0])
        edges = [0, *(first - row for first, _ in begun), n_rows]
        scales = [self._scales, *(self._read(first, preamble) for first, preamble in begun)]
        self._scales = scales[-1]
        if not any(scales):
            return columns
        result = list(columns)
        for (first, stop), part in zip(pairwise(edges), scales, strict=True):
            for k, (times, by) in part.items():
                if result[k] is columns[k]:
                    result[k] = columns[k].copy()
                result[k][first:stop] *= times
                result[k][first:stop] /= by
        return result

    def _read(self, row: int, preamble: Preamble) -> dict[int, tuple[float, float]]:
        """Return how the channels of a part are scaled, or raise where they cannot be."""
        first = self.first
        assert first is not None
        scales = {}
        for k, (unit, into) in enumerate(zip(preamble.units, first.units, strict=True)):
            if unit == into or k not in self.places:
                continue
            name, where = first.names[k], f"row {row + 1}"
            if not unit or not into:
                said = f"the block at {where} has {name!r} in {unit or 'no unit'!r}"
                self._note(
                    f"{said} and the first block in {into or 'no unit'!r}; they are taken as the "
                    "same unit"
                )
                continue
            scale = scale_between(unit, into)
            if scale is None:
                raise FormatError(
                    f"{self.path}, {where}: a block with {name!r} in {unit!r} begins here, but "
                    f"the first has it in {into!r}; export the blocks to separate files, or leave "
                    f"out {name!r} with channels="
                )
            self._note(f"{name!r} is in {unit} from {where} on and is shown in {into}")
            scales[self.places[k]] = scale
        return scales

    def _note(self, note: str) -> None:
        self._n_notes += 1
        if len(self._notes) < _SHOWN:
            self._notes.append(note)

    def notes(self) -> list[str]:
        """Return the notes about the units of the parts."""
        more = self._n_notes - len(self._notes)
        return [*self._notes, *([f"and {more} more blocks with other units"] if more else [])]
