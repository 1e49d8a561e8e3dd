"""Choose the time of a text table: the column asked for or recognized, else another column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.core.regularity import GridFinder
from vital_widgets.core.timebase import TimeBase, regular
from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.intervallists import WAY_OUT, about_intervals, interval_column
from vital_widgets.io.text.naming import no_rate
from vital_widgets.io.text.numbers import is_time_name
from vital_widgets.io.text.readingplan import TimePlan, plan_time, sampled_times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.sniff import Layout


@dataclass(frozen=True)
class Asked:
    """What user and file state about the time, as for `open_file`; ``ticks`` is in Hz."""

    time: str | int | None
    unit: str | None
    fs: float | None
    ticks: float | None
    day_first: bool | None

    def of(self, column: int) -> Asked:
        """Return the same for another column, which does not count the file's samples."""
        return replace(self, time=column, unit=None if self.ticks else self.unit, ticks=None)


@dataclass(frozen=True)
class Settled:
    """The time of a table.

    Attributes
    ----------
    plan : TimePlan
        How the time of a row is found.
    first : TimeBase
        The rate and the first time, before any sample is there.
    notes : tuple of str
        How the time was chosen.
    way_out : str
        Text that errors about the time add: which other columns can be used.
    """

    plan: TimePlan
    first: TimeBase
    notes: tuple[str, ...] = ()
    way_out: str = ""


def settle_time(
    path: Path,
    layout: Layout,
    names: Sequence[str],
    asked: Asked,
    preamble: Preamble,
    *,
    free: bool,
) -> Settled:
    """Find the time column, how it counts and the rate.

    Parameters
    ----------
    path : Path
        The file, for messages.
    layout : Layout
        The table.
    names : sequence of str
        Names of its columns in messages.
    asked : Asked
        What is known of its time.
    preamble : Preamble
        The head of the file.
    free : bool
        Whether another column is taken, with a note, if the first choice cannot be used. If not,
        the error names it.
    """
    try:
        settled, rising = _settled(path, layout, names, asked, preamble)
    except (FormatError, InvalidInputError) as error:
        others = _others(path, layout, names, asked, preamble)
        if not others:
            raise
        if not free:
            raise type(error)(f"{error}{_way_out(names, others)}") from error
        chosen, _ = _settled(path, layout, names, asked.of(others[0]), preamble)
        why = str(error).removeprefix(f"{path}: ").split("; ")[0].split(". ")[0]
        note = f"{names[others[0]]!r} is taken as the time, because the first choice failed: {why}"
        return replace(chosen, notes=(note,))
    others = [
        k for k in _others(path, layout, names, asked, preamble) if k not in settled.plan.columns
    ]
    if not settled.plan.columns or not others:
        return settled
    notes = []
    if not rising:
        used, other = names[settled.plan.columns[0]], names[others[0]]
        notes.append(
            f"rows share times in {used!r}, but {other!r} has a different time for each row; give "
            f"time={other!r} to use it"
        )
    return replace(settled, notes=tuple(notes), way_out=settled.way_out + _way_out(names, others))


def _settled(
    path: Path, layout: Layout, names: Sequence[str], asked: Asked, preamble: Preamble
) -> tuple[Settled, bool]:
    """Return the requested time, and whether it rises from each sampled row to the next."""
    plan = plan_time(
        layout,
        names,
        time=asked.time,
        time_unit=asked.unit,
        fs=asked.ticks or asked.fs,
        day_first=asked.day_first,
    )
    if not plan.columns:
        if asked.fs is None:
            raise InvalidInputError(no_rate(path, layout, names, preamble))
        return Settled(plan, regular(asked.fs, 0)), True
    head, _ = sampled_times(layout, plan)
    grid = GridFinder(asked.fs)
    beats = interval_column(layout, plan.columns, head)
    about = "" if beats is None else about_intervals(names[beats])
    try:
        grid.feed(head, 1)
        found = grid.timebase()
    except InvalidInputError as error:
        more = f". {about}{WAY_OUT}" if about else ""
        raise InvalidInputError(f"{path}: {error}{more}") from error
    first = regular(found.fs, 0, found.start)
    rising = bool(np.all(np.diff(head) > 0))
    if not about:
        return Settled(plan, first), rising
    note = f"{about}; the values are shown unchanged, but at even distances{WAY_OUT}"
    plan = replace(plan, notes=(*plan.notes, note))
    return Settled(plan, first, way_out=f". {about}{WAY_OUT}"), rising


def _others(
    path: Path, layout: Layout, names: Sequence[str], asked: Asked, preamble: Preamble
) -> list[int]:
    """Return the other columns that can be the time: they rise evenly in the sampled rows."""
    others = []
    for k, kind in enumerate(layout.kinds):
        named = kind == "number" and is_time_name(layout.names[k], layout.units[k])
        if kind == "stamp" or named:
            try:
                settled, rising = _settled(path, layout, names, asked.of(k), preamble)
            except (FormatError, InvalidInputError):
                continue
            number = settled.plan.number
            if rising and (number is None or number.unit != "sample"):
                others.append(k)
    return others


def _way_out(names: Sequence[str], others: Sequence[int]) -> str:
    shown = " or ".join(f"time={names[k]!r}" for k in others[:3])
    return f". Another column holds times that rise evenly: {shown}"
