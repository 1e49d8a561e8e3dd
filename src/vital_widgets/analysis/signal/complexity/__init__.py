"""How complex a series is: entropies, scaling, fractal dimensions, recurrence, symbols."""

from __future__ import annotations
