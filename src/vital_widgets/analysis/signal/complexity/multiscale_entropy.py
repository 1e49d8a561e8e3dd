"""Multiscale entropy: sample entropy of ever coarser averages of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    too_little,
    whole_number,
)
from vital_widgets.analysis.signal.complexity.entropy import checked_ddof, sampen, spread
from vital_widgets.analysis.signal.complexity.series import Series, series_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

SCALES = 20
MOST_SCALES = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiscaleEntropy(Result, given=("tolerance",)):
    """Sample entropy by scale; ``float(result)`` is the complexity index.

    Attributes
    ----------
    scales : ndarray of int64, shape (k,)
        Number of values that each coarse value is the mean of.
    entropy : ndarray of float64, shape (k,)
        Sample entropy in nats; NaN where it is not defined.
    n : ndarray of int64, shape (k,)
        Number of coarse values.
    tolerance : ndarray of float64, shape (k,)
        Tolerance, in the unit of the values.
    complexity_index : float
        Sum of the entropies over the scales (Costa 2005); NaN if one is not defined.
    """

    scales: NDArray[np.int64]
    entropy: NDArray[np.float64]
    n: NDArray[np.int64]
    tolerance: NDArray[np.float64]
    complexity_index: float

    def __float__(self) -> float:
        """Return the complexity index."""
        return self.complexity_index

    def to_frame(self) -> pd.DataFrame:
        """Return one row a scale."""
        import pandas as pd

        names = ("scales", "entropy", "n", "tolerance")
        columns = ("scale", "entropy_nat", "n", "tolerance")
        return pd.DataFrame(
            {column: getattr(self, name) for name, column in zip(names, columns, strict=True)}
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return the complexity index and the scales."""
        first = float(self.entropy[0]) if len(self.entropy) else NAN
        return [
            ("complexity index", quantity(self.complexity_index, "nat")),
            ("scales", f"{self.scales[0]} to {self.scales[-1]}"),
            (f"entropy at scale {self.scales[0]}", quantity(first, "nat")),
        ]


@with_recipe("values")
def multiscale_entropy(
    values: Any,
    fs: float | None = None,
    *,
    scales: int | Sequence[int] = SCALES,
    m: int = 2,
    r: float = 0.15,
    tolerance: float | None = None,
    ddof: int = 1,
    closed: bool = True,
    rescale: bool = False,
    usable: Any = None,
) -> MultiscaleEntropy:
    """Multiscale entropy (MSE).

    At scale s the series is averaged over windows of s values that do not overlap, counted from
    the start of each stretch, and the sample entropy of the means is taken. The tolerance is that
    of scale 1 throughout, as Costa defined it, so that averaging shows as regularity.

    Parameters
    ----------
    values, fs, m, tolerance, ddof, closed, usable
        As in `sample_entropy`.
    scales : int or sequence of int
        Scales 1 to so many, or the scales.
    r : float
        Tolerance in standard deviations of the series; 0.15 as in Costa (2002).
    rescale : bool
        Take the standard deviation of each coarse series instead.

    References
    ----------
    Costa, M., Goldberger, A. L., & Peng, C.-K. (2002). Multiscale entropy analysis of complex
    physiologic time series. Physical Review Letters, 89(6), 068102.

    Costa, M., Goldberger, A. L., & Peng, C.-K. (2005). Multiscale entropy analysis of biological
    signals. Physical Review E, 71(2), 021906.
    """
    series = series_of(values, fs, usable)
    listed = checked_scales(scales)
    m = whole_number(m, "m", 1, 10)
    share = checked_number(r, "r", 0, 10, open_low=True)
    ddof = checked_ddof(ddof)
    if tolerance is not None:
        checked_number(tolerance, "tolerance", 0, open_low=True)
    note = too_little(series, m + 2, "multiscale entropy")
    if note:
        return MultiscaleEntropy(
            scales=listed,
            entropy=np.full(len(listed), NAN),
            n=np.zeros(len(listed), np.int64),
            tolerance=np.full(len(listed), NAN),
            complexity_index=NAN,
            valid=series.valid,
            notes=(note,),
        )
    fixed = float(tolerance) if tolerance is not None else share * spread(series, ddof)
    entropy, counts, limits = [], [], []
    for scale in listed.tolist():
        coarse = coarse_grained(series, scale)
        own = rescale and tolerance is None
        limit = share * spread(coarse, ddof) if own else fixed
        entropy.append(sampen(coarse, m, limit, closed=closed)[0] if len(coarse) > m + 1 else NAN)
        counts.append(len(coarse))
        limits.append(limit)
    missing = [scale for scale, one in zip(listed.tolist(), entropy, strict=True) if one != one]  # noqa: PLR0124 - NaN
    said = f"not defined at the scales {missing}: no templates are alike there; use more values"
    return MultiscaleEntropy(
        scales=listed,
        entropy=np.array(entropy),
        n=np.array(counts, np.int64),
        tolerance=np.array(limits),
        complexity_index=float(np.sum(entropy)),
        valid=series.valid,
        notes=(said,) if missing else (),
    )


def coarse_grained(series: Series, scale: int) -> Series:
    """Return the means over windows of ``scale`` values, none across an interruption."""
    if scale == 1:
        return series
    parts, numbers = [np.empty(0)], [np.empty(0, np.int64)]
    for number, (i0, i1) in enumerate(series.bounds().tolist()):
        n = (i1 - i0) // scale
        parts.append(series.values[i0 : i0 + n * scale].reshape(n, scale).mean(axis=1))
        numbers.append(np.full(n, number))
    return Series(np.concatenate(parts), np.concatenate(numbers))


def checked_scales(scales: Any) -> NDArray[np.int64]:
    """Return rising scales from a number of them or a list, or raise `InvalidInputError`."""
    if isinstance(scales, (int, float, np.number)):
        return np.arange(1, whole_number(scales, "scales", 1, MOST_SCALES) + 1)
    try:
        listed = np.unique(np.asarray(list(scales), np.float64))
    except (TypeError, ValueError):
        listed = np.empty(0)
    if not len(listed) or not np.all(np.isfinite(listed)) or listed[0] < 1 or np.any(listed % 1):
        raise InvalidInputError(f"scales={scales!r}: give whole numbers from 1 up, or how many")
    return listed.astype(np.int64)
