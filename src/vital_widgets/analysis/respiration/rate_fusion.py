"""One respiration rate from several modulations of the heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.beats.channel_kind import channel_kind
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Chain
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_number,
    not_enough,
    passed_on,
)
from vital_widgets.analysis.respiration.derived_respiration import (
    ecg_derived_respiration,
    ppg_derived_respiration,
)
from vital_widgets.analysis.respiration.derived_series import DerivedRespiration
from vital_widgets.analysis.respiration.respiration_rate import middle_and_spread, rate_facts
from vital_widgets.core.channel import Channel
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Signal = NDArray[np.float64]

DerivedLike: TypeAlias = "DerivedRespiration | Channel | Sequence[DerivedRespiration | Channel]"
METHODS = ("weighted", "smart")
MAX_SPREAD = 4.0  # breaths/min: Karlen et al. (2013)
SAME = 1e-6  # s: windows of different signals that begin this close are the same
DERIVATIONS: dict[str, Any] = {"ecg": ecg_derived_respiration, "ppg": ppg_derived_respiration}


@dataclass(frozen=True, kw_only=True, eq=False)
class FusedRespirationRate(Result, given=("times",)):
    """Respiration rate fused from several modulations, in windows.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Middle of each window in s.
    rate : ndarray of float64, shape (n,)
        Breaths/min; NaN where the estimates disagree or are missing.
    names : tuple of str
        The modulations, such as 'ecg amplitude'.
    estimates, weights : ndarray of float64, shape (n, len(names))
        Breaths/min by each, and its weight (weights sum to 1, or are all 0).
    spread : ndarray of float64, shape (n,)
        Standard deviation (ddof 1) of the estimates that have a weight, breaths/min; NaN for a
        single one.
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
        """Return one row per window: rate, each estimate and weight, spread, agreement."""
        import pandas as pd

        columns = {"rate": self.rate}
        columns |= {name: self.estimates[:, k] for k, name in enumerate(self.names)}
        columns |= {f"{name} weight": self.weights[:, k] for k, name in enumerate(self.names)}
        columns |= {"spread": self.spread, "agreement": self.agreement}
        return pd.DataFrame(columns, index=pd.Index(self.times, name="time_s"))

    def _facts(self) -> list[tuple[str, str]]:
        known = int(np.isfinite(self.rate).sum())
        return [
            ("windows", f"{len(self):,}, {known:,} with a rate"),
            ("fused from", ", ".join(self.names)),
            ("fused by", self.method),
            *rate_facts(self.rate, self.spread),
        ]


@analysis
def fused_respiration_rate(
    derived: DerivedLike, *, method: str = METHODS[0], max_spread: float = MAX_SPREAD
) -> FusedRespirationRate | Chain[FusedRespirationRate]:
    """Fuse the respiration rates of several modulations of the heartbeat into one.

    Parameters
    ----------
    derived : DerivedRespiration, Channel, or sequence of them
        Derived from an ECG, a PPG, or both, with the same windows of the same recording. From a
        channel that is named like an ECG or PPG, respiration is derived first, with the default
        parameters.
    method : {'weighted', 'smart'}
        'smart' is the mean of all modulations, NaN where one is missing or where their standard
        deviation is above ``max_spread`` [1]_. 'weighted', the default, gives a rate in more
        windows: it starts from the weighted median (weights: the squared quality, which is the
        height of the autocorrelation), excludes what is further than ``max_spread`` from it, and
        takes the weighted mean of the rest; NaN where these have less than half of the weight.
    max_spread : float
        Breaths/min; the default is that of [1]_.

    Returns
    -------
    FusedRespirationRate
        The rate, and all estimates, weights and their agreement.

    Raises
    ------
    InvalidInputError
        ``derived`` is something else, or the windows differ.

    Notes
    -----
    Modulations whose quality is below ``min_quality`` of the derivation have no estimate.

    References
    ----------
    .. [1] Karlen W, Raman S, Ansermino JM, Dumont GA. Multiparameter respiratory rate estimation
       from the photoplethysmogram. IEEE Transactions on Biomedical Engineering
       2013;60(7):1946-1953. doi:10.1109/TBME.2013.2246160

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import fused_respiration_rate
    >>> rec = vw.sample(120)
    >>> fused = fused_respiration_rate([rec["ECG"], rec["PPG"]])
    >>> fused.names[0], len(fused.names)
    ('ecg amplitude', 6)
    """
    checked_choice(method, "method", METHODS)
    limit = checked_number(max_spread, "max_spread", 0, 60, unit="breaths/min", open_low=True)
    sources: list[Any] = list(derived) if isinstance(derived, (list, tuple)) else [derived]
    if not sources or not all(isinstance(one, DerivedRespiration | Channel) for one in sources):
        raise InvalidInputError(
            f"derived={type(derived).__name__} is not derived respiration; give the result of "
            "ecg_derived_respiration or ppg_derived_respiration, an ECG or PPG channel, or a list "
            "of them"
        )
    places = [k for k, one in enumerate(sources) if isinstance(one, Channel)]
    if not places:
        return _fused(sources, method, limit, ())

    def then(*found: DerivedRespiration) -> FusedRespirationRate:
        notes: dict[str, None] = {}
        filled = list(sources)
        for k, one in zip(places, found, strict=True):
            notes |= dict.fromkeys(passed_on(one))
            filled[k] = one
        return _fused(filled, method, limit, tuple(notes))

    return Chain(tuple(_derivation(sources[k]) for k in places), then)


def _derivation(channel: Channel) -> Any:
    """Return the plan that derives respiration from a channel."""
    kind = channel_kind(channel)
    if kind not in DERIVATIONS:
        raise InvalidInputError(
            f"the channel {channel.name!r} ({channel.units or 'no units'}) is not named like an "
            "ECG or PPG; give the result of ecg_derived_respiration or ppg_derived_respiration"
        )
    return DERIVATIONS[kind].plan(channel)


def _fused(
    sources: list[Any], method: str, limit: float, notes: tuple[str, ...]
) -> FusedRespirationRate:
    names, rates, qualities, times = _together(sources)
    quality = np.where(np.isfinite(rates), qualities, 0.0)
    fuse = _smart if method == "smart" else _weighted
    rate, weights = fuse(rates, quality, limit)
    used = np.where(weights > 0, rates, np.nan) if method == "weighted" else rates
    near = np.abs(rates - rate[:, None]) <= limit
    if not np.isfinite(rate).any():
        notes += (not_enough("no window has estimates that agree"),)
    return FusedRespirationRate(
        times=times, rate=rate, names=names, estimates=rates, weights=weights,
        spread=middle_and_spread(used)[1], agreement=near.mean(axis=1), method=method,
        valid=max((one.valid for one in sources), key=lambda valid: valid.seconds), notes=notes,
    )  # fmt: skip


def _together(sources: list[DerivedRespiration]) -> tuple[tuple[str, ...], Signal, Signal, Signal]:
    """Return names, rates, qualities (windows, modulations) and times of the common windows."""
    listed = [
        (f"{one.source} {name}", found) for one in sources for name, found in one.rates.items()
    ]
    first = listed[0][1]
    for name, found in listed[1:]:
        n = min(len(first), len(found))
        same = (found.window_s, found.step_s) == (first.window_s, first.step_s)
        if not same or np.any(np.abs(found.times[:n] - first.times[:n]) > SAME):
            raise InvalidInputError(
                f"the windows of {name!r} ({found.window_s:g} s every {found.step_s:g} s) are not "
                f"those of {listed[0][0]!r} ({first.window_s:g} s every {first.step_s:g} s), or "
                "begin elsewhere; derive both from the same stretch with one window_s and step_s"
            )
    n = min(len(found) for _, found in listed)
    rates = np.stack([found.rate[:n] for _, found in listed], axis=1)
    quality = np.stack([found.quality[:n] for _, found in listed], axis=1)
    return tuple(name for name, _ in listed), rates, quality, first.times[:n]


def _smart(rates: Signal, quality: Signal, limit: float) -> tuple[Signal, Signal]:
    """Return the mean where all estimates exist and agree."""
    _, spread = middle_and_spread(rates)
    good = np.all(quality > 0, axis=1) & (spread <= limit)
    weights = np.where(good[:, None], 1 / rates.shape[1], np.zeros(rates.shape))
    total = np.where(good[:, None], rates, 0.0).sum(axis=1) / rates.shape[1]
    return np.where(good, total, np.nan), weights


def _weighted(rates: Signal, quality: Signal, limit: float) -> tuple[Signal, Signal]:
    """Return the weighted mean of the estimates near the weighted median."""
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
