"""The sampling rate of a text table: the table decides where its head leaves it open."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.rates import StatedRate, agreed
from vital_widgets.io.text.readingplan import sampled_times
from vital_widgets.io.text.timechoice import Asked, Settled, settle_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.sniff import Layout

_USUAL = 2e4  # Hz: if nothing else decides, a rate below it is preferred
_CLOSE = 0.1  # relative: how far times may be from the rate that a head states


def settle_rate(
    path: Path,
    layout: Layout,
    names: Sequence[str],
    asked: Asked,
    preamble: Preamble,
    *,
    free: bool,
) -> tuple[Settled, float | None, list[str]]:
    """Find the time of a table and its sampling rate.

    The user's choice comes first, then a rate that the head states clearly. Of several rates that
    the head may mean, the one that fits the times is taken, else the one that is written with the
    decimal sign of the table.

    Parameters
    ----------
    path, layout, names, asked, preamble, free
        As for `settle_time`; the rate in ``asked`` is the user's.

    Returns
    -------
    settled : Settled
        The time.
    fs : float or None
        The rate in Hz, if user or head state one.
    notes : list of str
        Which rate was chosen, and why.

    Raises
    ------
    InvalidInputError
        The rates differ and the table does not decide, or the times have another rate.
    """

    def times(fs: float | None) -> Settled:
        return settle_time(path, layout, names, replace(asked, fs=fs), preamble, free=free)

    if asked.fs is not None:
        return times(asked.fs), asked.fs, []
    if preamble.fs is not None:
        return _checked(path, times, preamble), preamble.fs, []
    if not preamble.rates:
        return times(None), None, []
    settled = {one.value: _tried(times, one.value) for rate in preamble.rates for one in rate.hertz}
    fitting = _of_the_times(layout, settled)
    why = "which fits the times"
    if not all(one is None or _has_times(one) for one in settled.values()):
        fitting, why = _as_written(layout, preamble.rates)
    chosen = settled[fitting[0]] if len(fitting) == 1 else None
    if chosen is None:
        raise InvalidInputError(f"{path}: {_conflict(preamble.rates, _rate_of_times(times))}")
    lines = {rate.line: None for rate in preamble.rates if fitting[0] in _values(rate)}
    shown = " and ".join(map(repr, list(lines)[:3]))
    return chosen, fitting[0], [f"sampling rate {fitting[0]:g} Hz, from the line {shown}, {why}"]


def _tried(times: Callable[[float | None], Settled], fs: float) -> Settled | None:
    try:
        return times(fs)
    except (FormatError, InvalidInputError):
        return None


def _has_times(settled: Settled) -> bool:
    """Whether the rows have times that do not depend on the sampling rate."""
    number = settled.plan.number
    return bool(settled.plan.columns) and (number is None or number.unit != "sample")


def _rate_of_times(times: Callable[[float | None], Settled]) -> float | None:
    """Return the rate that follows from the times alone, None if there is none."""
    try:
        settled = times(None)
    except (FormatError, InvalidInputError):
        return None
    return settled.first.fs if _has_times(settled) else None


def _of_the_times(layout: Layout, settled: dict[float, Settled | None]) -> list[float]:
    """Return the rates that fit the times of the first rows."""
    far: dict[float, float] = {}
    tried = {fs: one for fs, one in settled.items() if one is not None}
    if not all(map(_has_times, tried.values())):
        return []
    for fs, one in tried.items():
        head, _ = sampled_times(layout, one.plan)
        step = float(np.median(np.diff(head))) if len(head) > 1 else 0.0
        if step <= 0 and len(head) > 1:  # rows share times
            step = float(head[-1] - head[0]) / (len(head) - 1)
        if step > 0:
            far[fs] = abs(math.log(step * fs))
    nearest = min(far.values(), default=math.inf)
    if nearest > _CLOSE:
        return []
    return [fs for fs, one in far.items() if one <= max(2 * nearest, 0.005)]


def _as_written(layout: Layout, rates: Sequence[StatedRate]) -> tuple[list[float], str]:
    """Return the rates that remain if the head has the decimal sign of the table, and why."""
    sign = _decimal_sign(layout)
    if sign:
        left = [
            StatedRate(rate.line, tuple(one for one in rate.hertz if one.decimal in ("", sign)))
            for rate in rates
        ]
        why = f"because {sign!r} is the decimal sign of the table"
    else:
        left = [
            StatedRate(rate.line, tuple(one for one in rate.hertz if one.value <= _USUAL))
            for rate in rates
        ]
        why = f"because a rate above {_USUAL:g} Hz is unusual"
    return sorted(agreed(left)), why


def _decimal_sign(layout: Layout) -> str:
    """Return the decimal sign of the cells, '' where they have none."""
    numbers = [k for k, kind in enumerate(layout.kinds) if kind == "number"]
    if any(layout.decimal in cell for k in numbers for cell in layout.column(k)):
        return layout.decimal
    return "." if layout.separator == "," and layout.n_fields > 1 else ""


def _checked(path: Path, times: Callable[[float | None], Settled], preamble: Preamble) -> Settled:
    """Return the time with the rate of the head, or raise if the times have another."""
    try:
        return times(preamble.fs)
    except (FormatError, InvalidInputError) as error:
        fs = _rate_of_times(times)
        if fs is None or preamble.fs is None:
            raise
        said = f"the head of the file states a sampling rate of {preamble.fs:g} Hz"
        said = next((note for note in preamble.notes if note.startswith("sampling rate ")), said)
        raise InvalidInputError(
            f"{path}: {said}, but the times of the rows give {fs:.6g} Hz: give fs={fs:.6g} to use "
            f"the times, or fs={preamble.fs:g} and time=None to ignore them"
        ) from error


def _values(rate: StatedRate) -> list[float]:
    return [one.value for one in rate.hertz]


def _conflict(rates: Sequence[StatedRate], fs: float | None) -> str:
    """Return the error message for lines that leave the rate open."""
    said: dict[str, list[float]] = {}
    for rate in rates:
        said.setdefault(rate.line, []).extend(_values(rate))
    shown = [
        f"the line {line!r} {'may mean' if len(rates) == 1 else 'states'} "
        f"{' or '.join(f'{one:g} Hz' for one in dict.fromkeys(values))}"
        for line, values in list(said.items())[:4]
    ]
    hertz = dict.fromkeys(one for values in said.values() for one in values)
    options = " or ".join(f"fs={one:g}" for one in list(hertz)[:4])
    if fs is not None:
        return (
            f"{' and '.join(shown)}, but the times of the rows give {fs:.6g} Hz: give "
            f"fs={fs:.6g} to use the times, or time=None and {options} to ignore them"
        )
    return (
        f"{' and '.join(shown)}, and the table does not show which sampling rate is right: give "
        f"{options}"
    )
