"""The sampling rate of a text table where its head leaves it open: what the table says decides."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.errors import FormatError, InvalidInputError
from vital_widgets.io.text.rates import RateTold, agreed
from vital_widgets.io.text.readingplan import sampled_times
from vital_widgets.io.text.timechoice import Asked, Settled, settle_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from vital_widgets.io.text.preamble import Preamble
    from vital_widgets.io.text.sniff import Layout

_USUAL = 2e4  # Hz: where nothing else decides, a rate above it gives way to one below
_CLOSE = 0.1  # relative: how far times may be from the rate that a head says


def settle_rate(
    path: Path, layout: Layout, names: Sequence[str], asked: Asked, told: Preamble, *, free: bool
) -> tuple[Settled, float | None, list[str]]:
    """Find the time of a table and its sampling rate.

    What the user asks for wins, then what the head says without doubt. Of several rates that the
    head may mean, the one is taken that the times have, else the one that is written with the
    decimal sign of the table.

    Parameters
    ----------
    path, layout, names, asked, told, free
        As for `settle_time`; the rate in ``asked`` is that of the user.

    Returns
    -------
    settled : Settled
        The time.
    fs : float or None
        The rate in Hz, where user or head say one.
    notes : list of str
        Which rate was chosen, and why.

    Raises
    ------
    InvalidInputError
        The rates differ, and nothing decides; or the times have another one.
    """

    def times(fs: float | None) -> Settled:
        return settle_time(path, layout, names, replace(asked, fs=fs), told, free=free)

    if asked.fs is not None:
        return times(asked.fs), asked.fs, []
    if told.fs is not None:
        return _checked(path, times, told), told.fs, []
    if not told.rates:
        return times(None), None, []
    settled = {one.value: _tried(times, one.value) for rate in told.rates for one in rate.hertz}
    fitting = _of_the_times(layout, settled)
    why = "as the times have it"
    if not all(one is None or _has_times(one) for one in settled.values()):
        fitting, why = _as_written(layout, told.rates)
    chosen = settled[fitting[0]] if len(fitting) == 1 else None
    if chosen is None:
        raise InvalidInputError(f"{path}: {_conflict(told.rates, _told_by_times(times))}")
    lines = {rate.line: None for rate in told.rates if fitting[0] in _values(rate)}
    shown = " and ".join(map(repr, list(lines)[:3]))
    return chosen, fitting[0], [f"sampling rate {fitting[0]:g} Hz, from the line {shown}, {why}"]


def _tried(times: Callable[[float | None], Settled], fs: float) -> Settled | None:
    try:
        return times(fs)
    except (FormatError, InvalidInputError):
        return None


def _has_times(settled: Settled) -> bool:
    """Whether the rows have times that do not rest on the sampling rate."""
    number = settled.plan.number
    return bool(settled.plan.columns) and (number is None or number.unit != "sample")


def _told_by_times(times: Callable[[float | None], Settled]) -> float | None:
    """Return the rate that the times say by themselves, None where they say none."""
    try:
        settled = times(None)
    except (FormatError, InvalidInputError):
        return None
    return settled.first.fs if _has_times(settled) else None


def _of_the_times(layout: Layout, settled: dict[float, Settled | None]) -> list[float]:
    """Return those of the rates that the times of the first rows have."""
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


def _as_written(layout: Layout, told: Sequence[RateTold]) -> tuple[list[float], str]:
    """Return the rates that are left where the head has the decimal sign of the table, and why."""
    sign = _decimal_sign(layout)
    if sign:
        left = [
            RateTold(rate.line, tuple(one for one in rate.hertz if one.decimal in ("", sign)))
            for rate in told
        ]
        why = f"where {sign!r} is the decimal sign, as in the table"
    else:
        left = [
            RateTold(rate.line, tuple(one for one in rate.hertz if one.value <= _USUAL))
            for rate in told
        ]
        why = f"as a rate above {_USUAL:g} Hz is unusual"
    return sorted(agreed(left)), why


def _decimal_sign(layout: Layout) -> str:
    """Return the decimal sign of the cells, '' where they have none."""
    numbers = [k for k, kind in enumerate(layout.kinds) if kind == "number"]
    if any(layout.decimal in cell for k in numbers for cell in layout.column(k)):
        return layout.decimal
    return "." if layout.separator == "," and layout.n_fields > 1 else ""


def _checked(path: Path, times: Callable[[float | None], Settled], told: Preamble) -> Settled:
    """Return the time with the rate that the head says, or tell that the times have another."""
    try:
        return times(told.fs)
    except (FormatError, InvalidInputError) as error:
        fs = _told_by_times(times)
        if fs is None or told.fs is None:
            raise
        said = f"the head of the file says a sampling rate of {told.fs:g} Hz"
        said = next((note for note in told.notes if note.startswith("sampling rate ")), said)
        raise InvalidInputError(
            f"{path}: {said}; but the times "
            f"rise as at {fs:.6g} Hz: say fs={fs:.6g} to go by the times, or fs={told.fs:g} and "
            "time=None to count rows at that rate"
        ) from error


def _values(rate: RateTold) -> list[float]:
    return [one.value for one in rate.hertz]


def _conflict(told: Sequence[RateTold], fs: float | None) -> str:
    """Return in words which lines leave the rate open, and what to say."""
    said: dict[str, list[float]] = {}
    for rate in told:
        said.setdefault(rate.line, []).extend(_values(rate))
    shown = [
        f"the line {line!r} {'may mean' if len(told) == 1 else 'says'} "
        f"{' or '.join(f'{one:g} Hz' for one in dict.fromkeys(values))}"
        for line, values in list(said.items())[:4]
    ]
    rates = dict.fromkeys(one for values in said.values() for one in values)
    options = " or ".join(f"fs={one:g}" for one in list(rates)[:4])
    if fs is not None:
        return (
            f"{' and '.join(shown)}, and the times rise as at {fs:.6g} Hz: say fs={fs:.6g} to go "
            f"by the times, or time=None and {options} to count rows"
        )
    return (
        f"{' and '.join(shown)}, the rows of a table have one sampling rate, and nothing in it "
        f"decides which: say {options}"
    )
