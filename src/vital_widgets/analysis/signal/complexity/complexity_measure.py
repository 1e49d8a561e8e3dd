"""A single measure of a series, and what it was computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.signal.complexity.series import Series

NAN = float("nan")
A_PAIR = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Complexity(Result):
    """A single measure of a series; ``float(result)`` is its value.

    Attributes
    ----------
    name : str
        Name of the measure.
    value : float
        Its value; NaN if there were too few values, or if it is not defined for them.
    units : str
        Its units; empty for a dimensionless number.
    n : int
        Number of values of the series.
    details : mapping of str to number, str or array
        Intermediate results: a tolerance, counts, points of a fit.
    """

    name: str
    value: float
    units: str = ""
    n: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    def __float__(self) -> float:
        """Return the value."""
        return self.value

    def _single(self) -> dict[str, int | float | str]:
        return {k: v for k, v in self.details.items() if isinstance(v, (int, float, str))}

    def to_frame(self) -> pd.DataFrame:
        """Return one row: name, value, units, n, and the details that are single values."""
        import pandas as pd

        row = {"name": self.name, "value": self.value, "units": self.units, "n": self.n}
        return pd.DataFrame([{**row, **self._single()}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the value, the number of values and the details that are single values."""
        details = [
            (key.replace("_", " "), one if isinstance(one, str) else quantity(one))
            for key, one in self._single().items()
        ]
        return [(self.name, quantity(self.value, self.units)), ("values", f"{self.n:,}"), *details]


def measured(
    name: str, value: float, series: Series, note: str | None, units: str = "", **details: Any
) -> Complexity:
    """Return a measure of a series."""
    return Complexity(
        name=name,
        value=value,
        units=units,
        n=len(series),
        details=details,
        valid=series.valid,
        notes=(note,) if note else (),
    )


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return an integer within ``[low, high]``, or raise `InvalidInputError`."""
    number = checked_number(value, name, low, high)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number from {low} to {high}")
    return int(number)


def whole_numbers(value: Any, name: str, low: int, fewest: int, example: str) -> NDArray[np.int64]:
    """Return increasing integers from ``low`` on, or raise `InvalidInputError`."""
    try:
        listed = np.unique(np.asarray(list(value), np.float64))
    except (TypeError, ValueError):
        listed = np.empty(0)
    finite = bool(np.all(np.isfinite(listed)))
    if len(listed) < fewest or not finite or listed[0] < low or np.any(listed % 1):
        raise InvalidInputError(
            f"{name}={value!r}: give {fewest} or more different whole numbers from {low} on, such "
            f"as {example}"
        )
    return listed.astype(np.int64)


def slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return the slope of the least-squares line."""
    x = x - x.mean()
    return float(x @ y / (x @ x))


def too_little(series: Series, needed: int, what: str) -> str | None:
    """Return a note if a series cannot give ``what``: too few values, or all are equal."""
    if len(series) < needed:
        return not_enough(f"{what} needs at least {needed} values, and there are {len(series)}")
    if series.constant:
        return not_enough(f"all values are equal, and {what} is not defined")
    return None
