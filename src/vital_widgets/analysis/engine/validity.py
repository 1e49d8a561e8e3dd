"""What a signal must be to be analysed, and how much of it is valid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.core.formatting import format_duration, format_value
from vital_widgets.core.timebase import checked_rate
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_ENOUGH = "not enough valid signal"
LARGEST = 1e60  # in any unit; the sums of fourth powers of larger numbers exceed float64
HIGHEST_RATE = 1e6  # Hz; above, fs was most likely given in other units, or is a sample count


@dataclass(frozen=True)
class ValidSignal:
    """How much signal a result rests on.

    Attributes
    ----------
    seconds : float
        Seconds of signal that exist, are numbers, and were allowed to be used.
    of_seconds : float
        Seconds that were given, gaps within included.
    """

    seconds: float
    of_seconds: float

    @property
    def share(self) -> float:
        """Valid share, 0 to 1; 0 if nothing was given."""
        return self.seconds / self.of_seconds if self.of_seconds > 0 else 0.0

    def __str__(self) -> str:
        """Say it in words: '23 h 10 min of 24 h (96.5 %)'."""
        return (
            f"{format_duration(self.seconds)} of {format_duration(self.of_seconds)} "
            f"({100 * self.share:.1f} %)"
        )


def not_enough(why: str) -> str:
    """Return the note of a result that says that there was not enough valid signal, and why."""
    return f"{NOT_ENOUGH}: {why}"


def passed_on(source: Any) -> tuple[str, ...]:
    """Return the notes of a source that hold for what is made from it, too.

    Not that it had not enough signal: whether what is left is enough is for its user to say.
    """
    notes = getattr(source, "notes", ())
    if not isinstance(notes, tuple):
        return ()
    return tuple(note for note in notes if not str(note).startswith(NOT_ENOUGH))


def checked_signal(values: Any, name: str = "values", *, ndim: int = 1) -> NDArray[np.float64]:
    """Return samples as a contiguous float64 array, or raise `InvalidInputError`.

    Infinite samples become NaN: they carry no more information than a missing one. The array
    given is never written to.

    Parameters
    ----------
    values : array-like of numbers, shape (n,), or (channels, n) for ``ndim=2``
        Samples; NaN where there are none.
    name : str
        What the message calls it.
    ndim : int
        Number of dimensions it must have.
    """
    if hasattr(values, "samples") and hasattr(values, "timebase"):
        raise InvalidInputError(
            f"{name} is a channel ({getattr(values, 'name', '')!r}); give an array of numbers, "
            "such as channel.read(0, channel.n_samples)"
        )
    if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "iufb":
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidInputError(f"{name} is not an array of numbers ({error})") from None
    if array.dtype.kind not in "iufb":
        raise InvalidInputError(
            f"{name} holds {array.dtype}, which is not real numbers; convert it to float first"
        )
    if array.ndim != ndim:
        wanted = "one-dimensional: give one channel at a time" if ndim == 1 else "(channels, n)"
        raise InvalidInputError(f"{name} has the shape {array.shape}; it must be {wanted}")
    plain = np.ascontiguousarray(array, np.float64)
    bad = np.isinf(plain)
    if bad.any():
        plain = np.where(bad, np.nan, plain)
    return plain


def checked_fs(fs: Any, lowest: float = 0.0, why: str = "") -> float:
    """Return a sampling rate in Hz, or raise `InvalidInputError`.

    Parameters
    ----------
    fs : float
        Sampling rate in Hz.
    lowest : float
        The lowest rate that makes sense for what is to be computed, in Hz.
    why : str
        The reason for that bound, for the message: 'a QRS complex lasts about 0.1 s'.
    """
    if fs is None:
        raise InvalidInputError("fs is missing: give the sampling rate in Hz, for example fs=250")
    if math.isnan(as_real(fs)):
        raise InvalidInputError(
            f"sampling rate fs={format_value(fs)} is not a finite number above 0 Hz"
        )
    rate = checked_rate(fs)
    if rate > HIGHEST_RATE:
        raise InvalidInputError(
            f"sampling rate fs={fs!r} Hz is above {HIGHEST_RATE:g} Hz; give it in Hz, that is in "
            "samples a second"
        )
    if rate < lowest:
        reason = f" ({why})" if why else ""
        raise InvalidInputError(
            f"sampling rate fs={fs!r} Hz is too low for this: at least {lowest:g} Hz are "
            f"needed{reason}; if the rate is right, use a channel that was sampled faster"
        )
    return rate


def as_real(value: Any) -> float:
    """Return a real number as a float, NaN for all else: truth values, text, complex, arrays."""
    if isinstance(value, np.ma.MaskedArray):  # such as one element that is masked
        return math.nan
    number = isinstance(value, Real) and not isinstance(value, bool)
    array = getattr(value, "ndim", None) == 0 and getattr(value, "dtype", None) is not None
    try:
        if not number and (not array or np.asarray(value).dtype.kind not in "iuf"):
            return math.nan
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def real_array(values: Any) -> NDArray[np.float64] | None:
    """Return real numbers as float64, NaN where they are masked; None for anything else."""
    try:
        array = np.ma.asarray(values) if np.ma.isMaskedArray(values) else np.asarray(values)
    except ValueError:  # ragged
        return None
    if array.dtype.kind == "O" and all(isinstance(one, Real) for one in array.flat):
        array = array.astype(np.float64)
    if array.dtype.kind not in "iuf":
        return None
    return np.asarray(np.ma.filled(array.astype(np.float64), np.nan))


def checked_number(
    value: Any,
    name: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    unit: str = "",
    open_low: bool = False,
) -> float:
    """Return a finite number within ``[low, high]``, or raise `InvalidInputError`.

    With ``open_low`` the lower bound itself is refused.
    """
    number = as_real(value)
    if not (math.isfinite(number) and low <= number <= high) or (open_low and number == low):
        lower = f"above {low:g}" if open_low else f"from {low:g}"
        bounds = f" {lower} to {high:g}" if math.isfinite(high) else f" {lower} up"
        if not math.isfinite(low):
            bounds = f" up to {high:g}" if math.isfinite(high) else ""
        tail = f" {unit}" if unit else ""
        raise InvalidInputError(f"{name}={value!r} is not a number{bounds}{tail}")
    return number


def checked_integer(value: Any, name: str, low: float = 0, high: float = math.inf) -> int:
    """Return a whole number within ``[low, high]``, or raise `InvalidInputError`."""
    number = checked_number(value, name, low, high)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number")
    return int(number)


def checked_choice(value: Any, name: str, choices: tuple[str, ...]) -> str:
    """Return one of ``choices``, or raise `InvalidInputError` that lists them."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise InvalidInputError(f"{name}={value!r} is not known; choose one of {listed}")
    return value


def checked_pair(value: Any, name: str, expected: str) -> tuple[float, float]:
    """Return two rising numbers, or raise `InvalidInputError` that asks for what is expected."""
    try:
        low, high = (as_real(edge) for edge in value)
    except (TypeError, ValueError):
        low = high = math.nan
    if not low < high:
        raise InvalidInputError(f"{name}={value!r} is not accepted; give {expected}")
    return low, high


def all_finite(values: NDArray[np.float64]) -> bool:
    """Whether there is no NaN and no infinity; a sum tells that without an array of booleans."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.sum(values))) or bool(np.isfinite(values).all())


def measurable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return samples, NaN where they are infinite or beyond `LARGEST`: nothing measures those.

    The same array is returned where there is none.
    """
    flat = values.reshape(-1) if values.flags.c_contiguous else values
    if flat.ndim == 1:
        with np.errstate(all="ignore"):
            if np.einsum("i,i->", flat, flat) <= LARGEST**2:  # no array of booleans
                return values
    beyond = np.abs(values) > LARGEST
    return np.where(beyond, np.nan, values) if beyond.any() else values


def finite_stretches(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the stretches without NaN as rows ``(i0, i1)``, ``i0 <= i < i1``, shape (k, 2).

    Of an array of shape (channels, n) a sample counts where all channels have one.
    """
    n = values.shape[-1]
    if all_finite(values):
        return np.array([[0, n]] if n else np.empty((0, 2)), np.int64)
    finite: NDArray[np.bool_] = np.isfinite(values)
    if finite.ndim > 1:
        finite = np.asarray(finite.all(axis=0))
    return runs_of(finite)


def runs_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the runs of true as rows ``(i0, i1)``, ``i0 <= i < i1``, shape (k, 2)."""
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges.reshape(-1, 2).astype(np.int64, copy=False)


def bridged_stretches(
    values: NDArray[np.float64], longest_hole: float
) -> list[tuple[int, NDArray[np.float64]]]:
    """Return where each stretch begins, and its samples with short holes bridged.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Samples, NaN where there are none.
    longest_hole : float
        Samples that a hole may have to be bridged by a straight line; a longer one ends a
        stretch.
    """
    joined: list[tuple[int, int, bool]] = []
    for a, b in finite_stretches(values).tolist():
        if joined and a - joined[-1][1] <= longest_hole:
            joined[-1] = (joined[-1][0], b, True)
        else:
            joined.append((a, b, False))
    found = []
    for a, b, has_holes in joined:
        part = values[a:b]
        if has_holes:
            known = np.flatnonzero(np.isfinite(part))
            part = np.interp(np.arange(len(part)), known, part[known])
        found.append((a, part))
    return found
