"""Plain sampling rates: the round number that a measured rate probably is."""

from __future__ import annotations

from fractions import Fraction


def plain_rate(rate: float, count: int, residual: float) -> float | None:
    """Return the plain rate that ``count`` intervals agree with, None if there is none.

    Plain are whole numbers of Hz, of seconds and of milliseconds, then simple fractions.
    ``residual`` is how far the rows lie off the grid, in samples.
    """
    tolerance = min((2 * residual + 1e-6) / max(count, 1), 1e-2)
    candidates = [float(round(rate))]
    for scale in (1, 1000):
        period = round(scale / rate)
        candidates.append(scale / period if period else 0.0)
    candidates += [float(Fraction(rate).limit_denominator(most)) for most in (10, 100, 1000)]
    for plain in candidates:
        if plain > 0 and abs(plain / rate - 1) <= tolerance:
            return plain
    return None
