"""One respiration rate from several modulations of the heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.respiration.derived_series import DerivedRespiration
from vital_widgets.analysis.respiration.rate_series import middle_and_spread
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

METHODS = ("weighted", "smart")
MAX_SPREAD = 4.0  # breaths/min: Karlen et al. (2013)
SAME = 1e-6  # s: windows of different signals that begin so close are the same


@dataclass(frozen=True, kw_only=True, eq=False)
class FusedRespirationRate(Result, given=("times",)):
    """Respiration rate fused from several modulations, window by window.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in seconds.
    rate : ndarray of float64, shape (n,)
        Breaths a minute; NaN where the estimates disagree or are missing.
    names : tuple of str
        The modulations, such as 'ecg amplitude'.
    estimates, weights : ndarray of float64, shape (n, len(names))
        Breaths a minute by each, and the weight each had (they add up to 1, or are all 0).
    spread : ndarray of float64, shape (n,)
        Standard deviation (ddof 1) of the estimates that have a weight, breaths a minute; NaN
        where there is but one.
    agreement : ndarray of float64, shape (n,)
        Share of the modulations with an estimate within ``max_spread`` of the rate, 0 to 1.
    method : str
        How they were fused.
    """

    times: NDArray[np.float64]
    rate: NDArray[np.float64]
    names: tuple[str, ...]
    estimates: NDArray[np.float64]
    weights: NDArray[np.float64]
    spread: NDArray[np.float64]
    agreement: NDArray[np.float64]
    method: str

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.times)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a window: rate, each estimate and weight, spread, agreement."""
        import pandas as pd

        columns = {"rate": self.rate}
        columns |= {name: self.estimates[:, k] for k, name in enumerate(self.names)}
        columns |= {f"{name} weight": self.weights[:, k] for k, name in enumerate(self.names)}
        columns |= {"spread": self.spread, "agreement": self.agreement}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of windows with a rate, its median and the median spread."""
        known = np.isfinite(self.rate)
        middle = float(np.median(self.rate[known])) if known.any() else float("nan")
        apart = self.spread[known & np.isfinite(self.spread)]
        spread = float(np.median(apart)) if len(apart) else float("nan")
        return [
            ("windows", f"{len(self):,}, {int(known.sum()):,} with a rate"),
            ("fused from", ", ".join(self.names)),
            ("fused by", self.method),
            ("rate, median", quantity(middle, "breaths/min")),
            ("spread of estimates, median", quantity(spread, "breaths/min", 3)),
        ]


@with_recipe("derived")
def fused_respiration_rate(
    derived: Any, *, method: str = "weighted", max_spread: float = MAX_SPREAD
) -> FusedRespirationRate:
    """Fuse the respiration rates of several modulations of the heartbeat.

    Parameters
    ----------
    derived : DerivedRespiration or sequence of them
        Of an ECG, of a PPG, or of both; made with the same windows of the same recording.
    method : {'weighted', 'smart'}
        'smart' is the mean of all modulations, NaN where one is missing or where their standard
        deviation is above ``max_spread`` (Karlen et al. 2013). 'weighted' starts from the
        weighted median (weights: the squared quality, which is the height of the
        autocorrelation), leaves out what lies further than ``max_spread`` from it, and takes
        the weighted mean of the rest; NaN where those left have less than half of the weight.
    max_spread : float
        Breaths a minute.

    Returns
    -------
    FusedRespirationRate
        The rate, and all estimates, weights and their agreement.

    Notes
    -----
    Modulations whose quality is below ``min_quality`` of the derivation have no estimate.

    References
    ----------
    Karlen W et al. Multiparameter respiratory rate estimation from the photoplethysmogram. IEEE
    Trans Biomed Eng 60 (2013) 1946-1953.
    """
    method = checked_choice(method, "method", METHODS)
    limit = checked_number(max_spread, "max_spread", 0, 60, unit="breaths/min", open_low=True)
    sources = list(derived) if isinstance(derived, (list, tuple)) else [derived]
    if not sources or not all(isinstance(one, DerivedRespiration) for one in sources):
        raise InvalidInputError(
            f"derived={type(derived).__name__} is no derived respiration; give the result of "
            "ecg_derived_respiration or ppg_derived_respiration, or a list of them"
        )
    names, rates, qualities, times = _together(sources)
    quality = np.where(np.isfinite(rates), qualities, 0.0)
    fuse = _smart if method == "smart" else _weighted
    rate, weights = fuse(rates, quality, limit)
    used = np.where(weights > 0, rates, np.nan) if method == "weighted" else rates
    near = np.abs(rates - rate[:, None]) <= limit
    notes = () if np.isfinite(rate).any() else (not_enough("no window has estimates that agree"),)
    return FusedRespirationRate(
        times=times,
        rate=rate,
        names=names,
        estimates=rates,
        weights=weights,
        spread=middle_and_spread(used)[1],
        agreement=near.mean(axis=1),
        method=method,
        valid=max((one.valid for one in sources), key=lambda valid: valid.seconds),
        notes=notes,
    )


def _together(
    sources: list[DerivedRespiration],
) -> tuple[tuple[str, ...], Signal, Signal, Signal]:
    """Return names, rates, qualities (windows, modulations) and times of the common windows."""
    listed = [
        (f"{one.source} {name}", found) for one in sources for name, found in one.rates.items()
    ]
    first = listed[0][1]
    for name, found in listed[1:]:
        n = min(len(first), len(found))
        same = found.window == first.window and found.step == first.step
        if not same or np.any(np.abs(found.times[:n] - first.times[:n]) > SAME):
            raise InvalidInputError(
                f"the windows of {name!r} ({found.window:g} s every {found.step:g} s) are not "
                f"those of {listed[0][0]!r} ({first.window:g} s every {first.step:g} s), or begin "
                "elsewhere; derive both from the same stretch with the same window and step"
            )
    n = min(len(found) for _, found in listed)
    rates = np.stack([found.rate[:n] for _, found in listed], axis=1)
    quality = np.stack([found.quality[:n] for _, found in listed], axis=1)
    return tuple(name for name, _ in listed), rates, quality, first.times[:n]


def _smart(rates: Signal, quality: Signal, limit: float) -> tuple[Signal, Signal]:
    """Return the mean where all are there and agree."""
    _, spread = middle_and_spread(rates)
    good = np.all(quality > 0, axis=1) & (spread <= limit)
    weights = np.where(good[:, None], 1 / rates.shape[1], np.zeros(rates.shape))
    total = np.where(good[:, None], rates, 0.0).sum(axis=1) / rates.shape[1]
    return np.where(good, total, np.nan), weights


def _weighted(rates: Signal, quality: Signal, limit: float) -> tuple[Signal, Signal]:
    """Return the weighted mean of what lies near the weighted median."""
    raw = quality**2
    order = np.argsort(np.where(raw > 0, rates, np.inf), axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(raw, order, axis=1), axis=1)
    total = sums[:, -1:] if sums.shape[1] else np.zeros((len(rates), 1))
    k = np.argmax(sums >= 0.5 * total, axis=1)
    centre = rates[np.arange(len(rates)), order[np.arange(len(rates)), k]]
    near = (raw > 0) & (np.abs(rates - centre[:, None]) <= limit)
    weights = np.where(near, raw, 0.0)
    held = weights.sum(axis=1, keepdims=True)
    good = (held > 0.5 * total) & (total > 0)
    weights = np.where(good, weights / np.where(held > 0, held, 1.0), 0.0)
    rate = (weights * np.where(weights > 0, rates, 0.0)).sum(axis=1)
    return np.where(good[:, 0], rate, np.nan), weights
