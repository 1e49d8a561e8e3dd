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
    """Count, mean and sums of powers of the differences from the mean.

    The mean is a sum of two numbers, so that differences between means keep their digits however
    far from zero the signal lies.

    Attributes
    ----------
    count : int
        Number of values.
    level, rest : float
        The mean is ``level + rest``.
    m2, m3, m4 : float
        Sums of the second, third and fourth powers of ``value - mean``.

    References
    ----------
    Chan TF, Golub GH, LeVeque RJ. Am Stat 1983;37:242-247. Pébay P. Formulas for robust, one-pass
    parallel computation of covariances and arbitrary-order statistical moments. Sandia Report
    SAND2008-6212, 2008.
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
        # What is too large to be squared gives inf or NaN, and no warning.
        with np.errstate(over="ignore", invalid="ignore"):
            level = float(values.mean())
            d = values - level
            rest = float(d.mean())
            d -= rest
            squares = d * d
            # Not `@`: BLAS starts threads for vectors as long as these, which cost more than they
            # gain.
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
        shift = nb * step
        level = self.level + (self.rest + shift)
        rest = (self.level - level) + (self.rest + shift)
        m2 = self.m2 + other.m2 + na * nb * step * delta
        m3 = (
            self.m3
            + other.m3
            + na * nb * (na - nb) * step * step * delta
            + 3 * step * (na * other.m2 - nb * self.m2)
        )
        m4 = (
            self.m4
            + other.m4
            + na * nb * (na * na - na * nb + nb * nb) * step * step * step * delta
            + 6 * step * step * (na * na * other.m2 + nb * nb * self.m2)
            + 4 * step * (na * other.m3 - nb * self.m3)
        )
        return Moments(self.count + other.count, level, rest, m2, m3, m4)

    @property
    def mean(self) -> float:
        """Mean; NaN of no values."""
        return self.level + self.rest if self.count else math.nan

    def variance(self, ddof: int = 1) -> float:
        """Return the variance with ``count - ddof`` in the denominator; NaN if that is not > 0."""
        return self.m2 / (self.count - ddof) if self.count > ddof else math.nan

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
