"""Numbers that are times, as seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT_RATES = {
    "s": 1.0,
    "ms": 1e3,
    "us": 1e6,
    "ns": 1e9,
    "min": 1 / 60,
    "h": 1 / 3600,
    "d": 1 / 86400,
}


@dataclass(frozen=True)
class NumberTime:
    """Times written as numbers: ``seconds = (value - origin) / per_second``.

    Attributes
    ----------
    per_second : float
        1 for seconds, 1000 for milliseconds, the sampling rate for sample numbers.
    origin : int
        Subtracted first, so that times since 1970 keep their fractions.
    unit : str
        What the numbers count: 's', 'ms', 'us', 'ns', 'min', 'h', 'd' or 'sample'.
    epoch : datetime or None
        The date that the numbers count from, None if they count from an unknown moment.
    zoned : bool
        Whether the date is one in UTC.
    zero : float
        The value at that date: 0, except for days that count from an earlier date.
    """

    per_second: float
    unit: str
    origin: int = 0
    epoch: datetime | None = None
    zoned: bool = True
    zero: float = 0.0

    def seconds(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return values of the column in seconds, as float64."""
        if self.origin:
            values = values - self.origin
        if self.per_second == 1:
            return values.astype(np.float64, copy=False)
        result: NDArray[np.float64] = values / self.per_second
        return result

    def start(self) -> datetime | None:
        """Return the clock time of second 0, for numbers that count from a date."""
        if self.epoch is None:
            return None
        count = Fraction(self.origin) - Fraction(self.zero)
        micros = int(count * 1_000_000 / Fraction(self.per_second))
        if self.unit == "d":
            micros = int(count * 86_400_000_000)
        start = self.epoch + timedelta(microseconds=micros)
        return start.replace(tzinfo=UTC) if self.zoned else start
