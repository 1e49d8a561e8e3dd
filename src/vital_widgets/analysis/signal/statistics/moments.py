"""Mean and central moments that merge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """Count, mean and sums of the second to fourth powers of ``value - mean``.

    The mean is ``level + rest``, a sum of two numbers, so that differences between means keep
    their digits however far from zero the signal lies. Two sets merge as in Chan et al. (1983) and
    Pébay (2008); see `signal_statistics`.
    """

    count: int = 0
    level: float = 0.0
    rest: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Moments:
        """Return the moments of finite values."""
        n = len(values)
        if not n:
            return cls()
        # A value that is too large to be squared gives inf or NaN, without a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            level = float(values.mean())
            d = values - level
            rest = float(d.mean())
            d -= rest
            squares = d * d
            # Not `@`: BLAS starts threads for such vectors, which cost more than they gain.
            m3, m4 = np.einsum("i,i->", squares, d), np.einsum("i,i->", squares, squares)
            return cls(n, level, rest, float(squares.sum()), float(m3), float(m4))

    def merged(self, other: Moments) -> Moments:
        """Return the moments of both sets of values together."""
        if not other.count:
            return self
        if not self.count:
            return other
        na, nb = float(self.count), float(other.count)
        n = na + nb
        delta = (other.level - self.level) + (other.rest - self.rest)
        step = delta / n
        shift = self.rest + nb * step
        level = self.level + shift
        product = na * nb * step * delta
        m2 = self.m2 + other.m2 + product
        m3 = self.m3 + other.m3 + product * (na - nb) * step
        m3 += 3 * step * (na * other.m2 - nb * self.m2)
        m4 = self.m4 + other.m4 + product * (na * na - na * nb + nb * nb) * step * step
        m4 += 6 * step * step * (na * na * other.m2 + nb * nb * self.m2)
        m4 += 4 * step * (na * other.m3 - nb * self.m3)
        return Moments(self.count + other.count, level, (self.level - level) + shift, m2, m3, m4)

    @property
    def mean(self) -> float:
        """Mean; NaN of no values."""
        return self.level + self.rest if self.count else math.nan

    @property
    def variance(self) -> float:
        """Variance with n - 1; NaN of fewer than two values."""
        return self.m2 / (self.count - 1) if self.count > 1 else math.nan

    @property
    def root_mean_square(self) -> float:
        """Root of the mean of the squares; NaN of no values."""
        return math.hypot(self.mean, math.sqrt(self.m2 / self.count)) if self.count else math.nan

    @property
    def skewness(self) -> float:
        """Skewness ``m3 / m2^1.5`` (g1, not corrected for bias); NaN of a constant."""
        if not self.m2 > 0:
            return math.nan
        return math.sqrt(self.count) * (self.m3 / self.m2) / math.sqrt(self.m2)

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis ``m4 / m2² - 3`` (g2, not corrected for bias); NaN of a constant."""
        return self.count * (self.m4 / self.m2) / self.m2 - 3 if self.m2 > 0 else math.nan
