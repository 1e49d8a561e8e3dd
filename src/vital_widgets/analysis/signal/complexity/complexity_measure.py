"""One figure of a series, and what it was computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from vital_widgets.analysis.signal.complexity.series import Series

NAN = float("nan")
A_PAIR = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Complexity(Result):
    """One figure of a series; ``float(result)`` is its value.

    Attributes
    ----------
    name : str
        What it is.
    value : float
        The figure; NaN if there were not enough values, or if it is not defined for them.
    unit : str
        Its unit; empty for a plain number.
    n : int
        Number of values it rests on.
    details : mapping of str to number or array
        What the figure was computed from: a tolerance, counts, points of a fit.
    """

    name: str
    value: float
    unit: str = ""
    n: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)

    def __float__(self) -> float:
        """Return the figure."""
        return self.value

    def to_frame(self) -> pd.DataFrame:
        """Return one row: name, value, unit, n, and the details that are single numbers."""
        import pandas as pd

        row: dict[str, Any] = {"name": self.name, "value": self.value, "unit": self.unit}
        single = {key: value for key, value in self.details.items() if _is_single(value)}
        return pd.DataFrame([{**row, "n": self.n, **single}])

    def facts(self) -> list[tuple[str, str]]:
        """Return the figure, the number of values and the details that are single numbers."""
        single = [
            (key.replace("_", " "), value if isinstance(value, str) else quantity(float(value)))
            for key, value in self.details.items()
            if _is_single(value)
        ]
        return [(self.name, quantity(self.value, self.unit)), ("values", f"{self.n:,}"), *single]


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return an integer within ``[low, high]``, or raise `InvalidInputError`."""
    number = checked_number(value, name, low, high)
    if number != int(number):
        raise InvalidInputError(f"{name}={value!r} is not a whole number from {low} to {high}")
    return int(number)


def too_little(series: Series, needed: int, what: str) -> str | None:
    """Return the note if a series cannot give ``what``: too few values, or all are equal."""
    if len(series) < needed:
        return not_enough(f"{what} needs {needed} values at least, there are {len(series)}")
    if series.constant:
        return not_enough(f"all values are equal, {what} is not defined")
    return None


def _is_single(value: Any) -> bool:
    return isinstance(value, (int, float, str))
