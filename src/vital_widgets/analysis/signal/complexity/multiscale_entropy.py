"""Multiscale entropy: sample entropy of increasingly coarse averages of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number
from vital_widgets.analysis.signal.complexity.complexity_measure import (
    NAN,
    too_little,
    whole_number,
    whole_numbers,
)
from vital_widgets.analysis.signal.complexity.entropy import MAX_M, checked_ddof, sampen, spread
from vital_widgets.analysis.signal.complexity.series import Series, SeriesLike, series_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

SCALES = 20
MAX_SCALES = 10_000


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiscaleEntropy(
    Result,
    given=("tolerance",),
    columns={"scale": "scales", "entropy_nat": "entropy", "n": "n", "tolerance": "tolerance"},
):
    """Sample entropy at each scale; ``float(result)`` is the complexity index.

    Attributes
    ----------
    scales : ndarray of int64, shape (k,)
        Number of values that are averaged.
    entropy : ndarray of float64, shape (k,)
        Sample entropy in nats; NaN where it is not defined.
    n : ndarray of int64, shape (k,)
        Number of averages.
    tolerance : ndarray of float64, shape (k,)
        Tolerance in the units of the series.
    complexity_index : float
        Sum of the entropies over the scales; NaN if one of them is not defined.
    """

    scales: NDArray[np.int64]
    entropy: NDArray[np.float64]
    n: NDArray[np.int64]
    tolerance: NDArray[np.float64]
    complexity_index: float

    def __float__(self) -> float:
        """Return the complexity index."""
        return self.complexity_index

    def facts(self) -> list[tuple[str, str]]:
        """Return the complexity index and the scales."""
        return [
            ("complexity index", quantity(self.complexity_index, "nat")),
            ("scales", f"{self.scales[0]} to {self.scales[-1]}"),
            (f"entropy at scale {self.scales[0]}", quantity(float(self.entropy[0]), "nat")),
        ]


@analysis
def multiscale_entropy(
    x: SeriesLike,
    fs: float | None = None,
    *,
    scales: int | Sequence[int] = SCALES,
    m: int = 2,
    r: float = 0.15,
    tolerance: float | None = None,
    ddof: int = 1,
    closed: bool = True,
    rescale: bool = False,
    usable: UsableLike = None,
) -> MultiscaleEntropy:
    """Compute the multiscale entropy (MSE) of a series.

    At scale s the series is averaged over non-overlapping windows of s values, counted from the
    start of each stretch, and the sample entropy of the averages is computed.

    Parameters
    ----------
    x, fs, m, tolerance, ddof, closed, usable
        As for `sample_entropy`.
    scales : int or sequence of int
        Number of scales, from 1 on, or the scales themselves; 20 as in [1]_.
    r : float
        Tolerance in standard deviations of the series; 0.15 as in [1]_.
    rescale : bool
        Whether the tolerance follows the standard deviation of each coarse series. By default it
        is that of scale 1, as in [1]_, so that the loss of variance by averaging counts as
        regularity.

    Returns
    -------
    MultiscaleEntropy
        The entropy at each scale, and their sum, the complexity index [2]_.

    Raises
    ------
    InvalidInputError
        A number is out of range, or ``x`` is not a series.

    References
    ----------
    .. [1] Costa M, Goldberger AL, Peng CK. Multiscale entropy analysis of complex physiologic time
       series. Physical Review Letters 2002;89(6):068102. doi:10.1103/PhysRevLett.89.068102
    .. [2] Costa M, Goldberger AL, Peng CK. Multiscale entropy analysis of biological signals.
       Physical Review E 2005;71(2):021906. doi:10.1103/PhysRevE.71.021906

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import multiscale_entropy
    >>> noise = np.random.default_rng(0).normal(size=2000)
    >>> mse = multiscale_entropy(noise, scales=4)
    >>> bool(np.all(np.diff(mse.entropy) < 0))
    True
    """
    series = series_of(x, fs, usable)
    listed = checked_scales(scales)
    m = whole_number(m, "m", 1, MAX_M)
    share = checked_number(r, "r", 0, 10, open_low=True)
    ddof = checked_ddof(ddof)
    limits = np.full(len(listed), share * spread(series, ddof))
    if tolerance is not None:
        limits[:] = checked_number(tolerance, "tolerance", 0, open_low=True)
    note = too_little(series, m + 2, "multiscale entropy")
    entropy, counts = np.full(len(listed), NAN), np.zeros(len(listed), np.int64)
    for k, scale in enumerate(listed.tolist() if not note else ()):
        coarse = coarse_grained(series, scale)
        counts[k] = len(coarse)
        if rescale and tolerance is None:
            limits[k] = share * spread(coarse, ddof)
        if len(coarse) > m + 1:
            entropy[k] = sampen(coarse, m, limits[k], closed=closed)[0]
    missing = listed[np.isnan(entropy)].tolist()
    if missing and not note:
        note = f"not defined at the scales {missing}: no templates are similar; use more values"
    return MultiscaleEntropy(
        scales=listed,
        entropy=entropy,
        n=counts,
        tolerance=limits,
        complexity_index=float(np.sum(entropy)),
        valid=series.valid,
        notes=(note,) if note else (),
    )


def coarse_grained(series: Series, scale: int) -> Series:
    """Return the means over windows of ``scale`` values, none across an interruption."""
    if scale == 1:
        return series
    means, numbers = [np.empty(0)], [np.empty(0, np.int64)]
    for number, (i0, i1) in enumerate(series.bounds().tolist()):
        n = (i1 - i0) // scale
        means.append(series.values[i0 : i0 + n * scale].reshape(n, scale).mean(axis=1))
        numbers.append(np.full(n, number))
    return Series(np.concatenate(means), np.concatenate(numbers))


def checked_scales(scales: int | Sequence[int]) -> NDArray[np.int64]:
    """Return increasing scales from their number or a list, or raise `InvalidInputError`."""
    if isinstance(scales, (int, float, np.number)):
        return np.arange(1, whole_number(scales, "scales", 1, MAX_SCALES) + 1)
    return whole_numbers(scales, "scales", 1, 1, "[1, 2, 4], or their number")
