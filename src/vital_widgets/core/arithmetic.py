"""Sums, differences and multiples of channels, computed when they are read."""

from __future__ import annotations

import math
import numbers
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, cast

from vital_widgets.core.formatting import format_value
from vital_widgets.core.origin import Origin, common
from vital_widgets.core.overlap import overlap_of, same_times
from vital_widgets.core.voltage import converted_by
from vital_widgets.core.weighted import PlacedSamples, Term, WeightedSamples
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vital_widgets.core.samples import Samples
    from vital_widgets.core.timebase import TimeBase

C = TypeVar("C", bound="Arithmetic")
RATE_TOLERANCE = 1e-9
RESAMPLE = "bring them to common times first, for example with analysis.resample_signal"


class Arithmetic:
    """The operators of a channel: ``a + b``, ``a - b``, ``2 * a``, ``a / 2``, ``-a``.

    A result has the samples that all operands have at the same time; it is NaN where one of them
    is. Voltages are converted to the units of the first operand. Nothing is computed before
    samples are read.
    """

    __array_ufunc__ = None  # so that an array or a NumPy number asks the channel
    name: str
    units: str
    gain: float
    offset: float
    missing: int | None
    samples: Samples
    details: dict[str, Any]
    origin: Origin | None

    if TYPE_CHECKING:  # of the class that this one is a part of

        @property
        def timebase(self) -> TimeBase:
            """Times of the samples."""
            ...

        def wait(self) -> None:
            """Wait until all samples can be read."""
            ...

    def __add__(self, other: object) -> Self:
        """Return the sum with a channel, or with a number in the units of the channel."""
        return _sum(self, other, 1)

    def __radd__(self, other: object) -> Self:
        """Return the sum with a number; ``sum(channels)`` begins with 0."""
        if isinstance(other, int) and other == 0:
            return self
        return _shifted(self, _number(other, "added to"), 1, first=True)

    def __sub__(self, other: object) -> Self:
        """Return the difference from a channel, or from a number in the units of the channel."""
        return _sum(self, other, -1)

    def __rsub__(self, other: object) -> Self:
        """Return a number minus the channel."""
        return _shifted(self, _number(other, "subtracted from"), -1, first=True)

    def __mul__(self, other: object) -> Self:
        """Return the channel multiplied by a number."""
        factor = _number(other, "multiplied by")
        return _scaled(self, factor, f"{{}} * {factor:g}")

    def __rmul__(self, other: object) -> Self:
        """Return the channel multiplied by a number."""
        factor = _number(other, "multiplied by")
        return _scaled(self, factor, f"{factor:g} * {{}}")

    def __truediv__(self, other: object) -> Self:
        """Return the channel divided by a number."""
        divisor = _number(other, "divided by")
        if divisor == 0 or not math.isfinite(1 / divisor):
            msg = f"{self.name!r} cannot be divided by {divisor:g}"
            raise InvalidInputError(msg)
        return _scaled(self, 1 / divisor, f"{{}} / {divisor:g}")

    def __neg__(self) -> Self:
        """Return the channel with the opposite sign."""
        return _scaled(self, -1.0, "-{}")

    def __pos__(self) -> Self:
        """Return the channel."""
        return self


def weighted_sum(
    channels: Sequence[C], weights: Sequence[float], name: str, written: str = ""
) -> C:
    """Return the sum of channels, each multiplied by a factor.

    Parameters
    ----------
    channels : sequence of Channel
        At least one. The result has the units of the first.
    weights : sequence of float
        A factor for each channel.
    name : str
        Of the new channel.
    written : str
        The computation as text; by default the name.

    Returns
    -------
    Channel
        Computed when it is read; with the start and the annotations of the recording.

    Raises
    ------
    InvalidInputError
        The channels differ in rate, in the times of their samples, or in units other than those
        of voltage.
    """
    for channel in channels:
        channel.wait()
    first = channels[0]
    base = first.timebase
    terms: list[Term] = []
    constant = 0.0
    for channel, weight in zip(channels, weights, strict=True):
        factor = weight * _factor(channel, first)
        more, added = _terms(channel, factor)
        constant += added
        base, terms, more = _aligned(base, terms, more, first, channel)
        terms += more
    samples = WeightedSamples(_merged(terms), constant, written or name, is_sum=True)
    return _made(channels, samples, base, name)


def _sum(left: C, right: object, sign: int) -> C:
    """Return ``left + right`` or ``left - right``."""
    if not isinstance(right, Arithmetic):
        word = "added to" if sign > 0 else "subtracted from"
        return _shifted(left, _number(right, word), sign, first=False)
    name = f"{left.name} {'+' if sign > 0 else '-'} {_in_parentheses(right)}"
    return weighted_sum([left, cast("C", right)], [1.0, float(sign)], name)


def _shifted(source: C, number: float, sign: int, *, first: bool) -> C:
    """Return the channel plus a number, or with ``first`` the number plus or minus the channel."""
    mark = "+" if sign > 0 else "-"
    if first:
        made = weighted_sum([source], [sign], f"{number:g} {mark} {_in_parentheses(source)}")
        added = number
    else:
        made = weighted_sum([source], [1.0], f"{source.name} {mark} {number:g}")
        added = sign * number
    samples = cast("WeightedSamples", made.samples)
    made.samples = replace(samples, constant=samples.constant + added)
    return made


def _scaled(source: C, factor: float, words: str) -> C:
    made = weighted_sum([source], [factor], words.format(_in_parentheses(source)))
    made.samples = replace(cast("WeightedSamples", made.samples), is_sum=False)
    return made


def _in_parentheses(channel: Arithmetic) -> str:
    """Return the name of a channel, in parentheses if it is a sum."""
    samples = channel.samples
    is_sum = isinstance(samples, WeightedSamples) and samples.is_sum
    written = is_sum and cast("WeightedSamples", samples).written == channel.name
    return f"({channel.name})" if written else channel.name


def _number(value: object, words: str) -> float:
    if isinstance(value, Arithmetic):
        _refuse_channel(words)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        msg = (
            f"{format_value(value)} cannot be {words} a channel; give a number, or a channel for "
            "a sum or a difference. Arrays are made from a channel by channel.read(i0, i1)"
            if words != "divided by"
            else f"a channel cannot be divided by {format_value(value)}; give a number"
        )
        raise InvalidInputError(msg)
    number = float(value)
    if not math.isfinite(number):
        msg = f"a channel cannot be combined with {number!r}; give a finite number"
        raise InvalidInputError(msg)
    return number


def _refuse_channel(words: str) -> NoReturn:
    what = "divided" if words == "divided by" else "multiplied"
    msg = (
        f"a channel cannot be {what} by a channel; channels can be added, subtracted, and "
        "multiplied or divided by numbers. For anything else use analysis.piecewise"
    )
    raise InvalidInputError(msg)


def _factor(channel: Arithmetic, first: Arithmetic) -> float:
    factor = converted_by(channel.units, first.units)
    if factor is None:
        shown = [f"{one.name!r} ({one.units or 'no units'})" for one in (first, channel)]
        msg = (
            f"{shown[0]} and {shown[1]} have different units; only voltages (V, mV, µV, nV) are "
            "converted. Set the attribute units of a channel if the file names it wrongly"
        )
        raise InvalidInputError(msg)
    return factor


def _terms(channel: Arithmetic, factor: float) -> tuple[list[Term], float]:
    """Return the terms of a channel times a factor, and the constant."""
    samples = channel.samples
    if isinstance(samples, WeightedSamples) and channel.gain == 1 and channel.offset == 0:
        terms = [replace(term, weight=term.weight * factor) for term in samples.terms]
        return terms, samples.constant * factor
    return [Term(samples, channel.gain, channel.offset, channel.missing, factor)], 0.0


def _aligned(
    base: TimeBase, terms: list[Term], more: list[Term], first: Arithmetic, channel: Arithmetic
) -> tuple[TimeBase, list[Term], list[Term]]:
    """Return terms at the times that they have in common with those of another channel."""
    other = channel.timebase
    if same_times(base, other):
        return base, terms, more
    if abs(base.fs - other.fs) > RATE_TOLERANCE * base.fs:
        msg = (
            f"{first.name!r} ({base.fs:g} Hz) and {channel.name!r} ({other.fs:g} Hz) have "
            f"different sampling rates; {RESAMPLE}"
        )
        raise InvalidInputError(msg)
    common_times = overlap_of(base, other)
    if isinstance(common_times, float):
        msg = (
            f"the samples of {first.name!r} and {channel.name!r} are not taken at the same times: "
            f"they are {common_times:.2g} of a sample interval apart; {RESAMPLE}"
        )
        raise InvalidInputError(msg)
    made = common_times.timebase
    if made.n_samples == 0 and min(base.n_samples, other.n_samples) > 0:
        msg = (
            f"{first.name!r} ({base.start:g} to {base.end:g} s) and {channel.name!r} "
            f"({other.start:g} to {other.end:g} s) have no samples at the same time"
        )
        raise InvalidInputError(msg)
    n, starts = made.n_samples, common_times.starts
    return (
        made,
        [_placed(term, starts, common_times.first, n) for term in terms],
        [_placed(term, starts, common_times.second, n) for term in more],
    )


def _placed(
    term: Term, starts: NDArray[np.int64], places: NDArray[np.int64], n_samples: int
) -> Term:
    if len(starts) == 1 and places[0] == 0 and term.samples.n_samples == n_samples:
        return term
    held = tuple(map(int, starts)), tuple(map(int, places))
    return replace(term, samples=PlacedSamples(term.samples, *held, n_samples))


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """Return the terms with the weights of equal ones added up, in their order.

    A weight of 0 is kept: the result is NaN where the channel is.
    """
    merged: dict[tuple[object, ...], Term] = {}
    for term in terms:
        key = (id(term.samples), term.gain, term.offset, term.missing)
        held = merged.get(key)
        merged[key] = term if held is None else replace(held, weight=held.weight + term.weight)
    return tuple(merged.values())


def _made(channels: Sequence[C], samples: WeightedSamples, base: TimeBase, name: str) -> C:
    first = channels[0]
    details: dict[str, Any] = {
        key: value
        for key, value in first.details.items()
        if all(key in one.details and one.details[key] == value for one in channels[1:])
    }
    details["processed"] = samples.written
    kind: Callable[..., C] = type(first)
    return kind(name, samples, base, first.units, details=details, origin=_origin(channels))


def _origin(channels: Sequence[Arithmetic]) -> Origin | None:
    origin, note = common(channel.origin for channel in channels)
    if origin is not None and note:
        origin.notes.append(note)
    return origin
