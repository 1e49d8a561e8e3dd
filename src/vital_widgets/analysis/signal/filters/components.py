"""Take artefacts out of several channels by their principal or independent components."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    ValidSignal,
    checked_choice,
    checked_fs,
    checked_number,
    checked_signal,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

METHODS = ("pca", "ica")
FITTED = 200_000  # samples that the components are learnt from, evenly spaced
FEWEST = 20  # samples a channel


@dataclass(frozen=True, kw_only=True, eq=False)
class Components(Result, given=("fs",)):
    """Channels as mixtures of components, and the channels without some of them.

    Attributes
    ----------
    values : ndarray of float64, shape (channels, n)
        The channels without the dropped components; NaN where a channel has no number.
    sources : ndarray of float64, shape (k, n)
        The components; PCA: by falling variance, ICA: of variance 1, by falling share of the
        variance.
    mixing : ndarray of float64, shape (channels, k)
        How much of each is in each channel: ``mixing @ sources + mean`` are the channels.
    unmixing : ndarray of float64, shape (k, channels)
        ``unmixing @ (channels - mean)`` are the sources.
    mean : ndarray of float64, shape (channels,)
        Means that were taken off.
    explained : ndarray of float64, shape (k,)
        Share of the variance of all channels.
    dropped : tuple of int
        The components that were taken out.
    fs : float
        Sampling rate in Hz.
    method : str
        'pca' or 'ica'.
    """

    values: NDArray[np.float64]
    sources: NDArray[np.float64]
    mixing: NDArray[np.float64]
    unmixing: NDArray[np.float64]
    mean: NDArray[np.float64]
    explained: NDArray[np.float64]
    dropped: tuple[int, ...]
    fs: float
    method: str

    @property
    def key(self) -> str:
        """Fingerprint of the weights."""
        digest = hashlib.blake2b(repr(self.mixing.shape).encode(), digest_size=16)
        for part in (self.mixing, self.unmixing, self.mean):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def scores(self, reference: Any = None) -> pd.DataFrame:
        """Return what tells artefacts: a row a component.

        Parameters
        ----------
        reference : array-like of float, shape (n,), optional
            A channel that holds the artefact, such as an EOG or an acceleration.

        Returns
        -------
        DataFrame
            Share of the variance, excess kurtosis (blinks and spikes: large; mains hum: about
            -1.5; noise: 0) and the correlation with the reference.
        """
        import pandas as pd

        table = {"variance": self.explained, "kurtosis": excess_kurtosis(self.sources)}
        if reference is not None:
            other = checked_signal(reference, "reference")
            if other.shape != self.sources.shape[1:]:
                raise InvalidInputError(
                    f"reference has {len(other)} samples, the components have "
                    f"{self.sources.shape[1]}; give one at the same times"
                )
            table["correlation"] = np.array([_correlation(row, other) for row in self.sources])
        return pd.DataFrame(table).rename_axis("component")

    def without(self, *dropped: int) -> NDArray[np.float64]:
        """Return the channels without some components, shape (channels, n)."""
        weights = self.mixing * self.kept(dropped)
        return np.asarray(weights @ self.sources + self.mean[:, None])

    def kept(self, dropped: Sequence[int]) -> NDArray[np.float64]:
        """Return 1 for each component that is kept and 0 for the others, shape (k,)."""
        kept = np.ones(len(self.sources))
        kept[list(_checked_numbers(dropped, len(self.sources)))] = 0
        return kept

    def to_frame(self) -> pd.DataFrame:
        """Return the scores of the components."""
        return self.scores()

    def facts(self) -> list[tuple[str, str]]:
        """Return the components and which were dropped."""
        shares = ", ".join(f"{100 * share:.3g}" for share in self.explained)
        gone = ", ".join(map(str, self.dropped)) or "none"
        return [
            ("method", self.method.upper()),
            ("components", f"{len(self.sources)} of {len(self.values)} channels"),
            ("variance", f"{shares} %"),
            ("dropped", gone),
        ]


def excess_kurtosis(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the excess kurtosis of each row, NaN left out (0 for a normal distribution)."""
    out = np.full(len(rows), np.nan)
    for k, row in enumerate(rows):
        x = row[np.isfinite(row)]
        spread = float(np.std(x)) if len(x) else 0.0
        if spread > 0:
            out[k] = float(np.mean(((x - np.mean(x)) / spread) ** 4)) - 3
    return out


@with_recipe("channels")
def remove_components(
    channels: Any,
    fs: float,
    *,
    method: str = "ica",
    drop: Sequence[int] = (),
    n_components: int | None = None,
    seed: int = 0,
    usable: Any = None,
) -> Components:
    """Find the components of several channels, and take some of them out.

    Look at ``scores()`` of a first call, then name what to ``drop``; ``without(0, 2)`` of a
    result does the same without computing again.

    Parameters
    ----------
    channels : array-like of float, shape (channels, n)
        Samples; where one channel has NaN, none is used and the result is NaN.
    fs : float
        Sampling rate in Hz.
    method : str
        'ica' (FastICA: independent) or 'pca' (uncorrelated, by variance).
    drop : sequence of int
        The components to take out.
    n_components : int, optional
        How many to look for, as many as channels by default. What fewer do not hold is lost.
    seed : int
        Where FastICA starts from, so that the result can be computed again.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signals may be used.

    Notes
    -----
    `sklearn.decomposition.PCA` and ``FastICA`` (``whiten='unit-variance'``), learnt from at most
    200 000 samples spaced evenly. The signs are chosen so that the largest weight of each
    component is positive. It needs all channels in memory; for a whole recording learn from a
    part of it, and take the components out of the rest by `without_components`.

    References
    ----------
    Hyvärinen A, Oja E. Independent component analysis: algorithms and applications. Neural Netw
    2000;13:411-430.
    Jung T-P, et al. Removing electroencephalographic artifacts by blind source separation.
    Psychophysiology 2000;37:163-178.
    """
    rate = checked_fs(fs)
    checked_choice(method, "method", METHODS)
    rows = only_usable(checked_signal(channels, "channels", ndim=2), usable, rate)
    n_channels, n = rows.shape
    if n_channels < 2:  # noqa: PLR2004
        raise InvalidInputError(
            f"channels has {n_channels} channel(s); components need at least 2 channels"
        )
    k = n_channels if n_components is None else n_components
    k = int(checked_number(k, "n_components", 1, n_channels))
    dropped = _checked_numbers(drop, k)
    finite = np.isfinite(rows).all(axis=0)
    used = np.flatnonzero(finite)
    valid = ValidSignal(len(used) / rate, n / rate)
    why = ""
    if len(used) < FEWEST * n_channels:
        why = f"at least {FEWEST * n_channels} samples are needed at which all channels have one"
    elif np.any(np.ptp(rows[:, used], axis=1) == 0):
        flat = int(np.flatnonzero(np.ptp(rows[:, used], axis=1) == 0)[0])
        why = f"channel {flat} is constant"
    if why:
        return Components(
            values=np.full(rows.shape, np.nan), sources=np.full((k, n), np.nan),
            mixing=np.full((n_channels, k), np.nan), unmixing=np.full((k, n_channels), np.nan),
            mean=np.full(n_channels, np.nan),
            explained=np.full(k, np.nan), dropped=dropped, fs=rate, method=method, valid=valid,
            notes=(not_enough(why),),
        )  # fmt: skip
    mean, unmixing, mixing, notes = _learnt(rows[:, used], method, k, int(seed))
    sources = unmixing @ (rows - mean[:, None])
    sources[:, ~finite] = np.nan
    spread = np.sum(mixing**2, axis=0) * np.var(sources[:, used], axis=1)
    order = np.argsort(-spread, kind="stable")
    sources, mixing, spread = sources[order], mixing[:, order], spread[order]
    unmixing = unmixing[order]
    signs = np.sign(mixing[np.argmax(np.abs(mixing), axis=0), np.arange(k)])
    sources, mixing, unmixing = sources * signs[:, None], mixing * signs, unmixing * signs[:, None]
    kept = np.ones(k)
    kept[list(dropped)] = 0
    return Components(
        values=(mixing * kept) @ sources + mean[:, None], sources=sources, mixing=mixing,
        unmixing=unmixing, mean=mean,
        explained=spread / float(np.sum(np.var(rows[:, used], axis=1))),
        dropped=dropped, fs=rate, method=method, valid=valid, notes=notes,
    )  # fmt: skip


def _learnt(
    rows: NDArray[np.float64], method: str, k: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Return means, unmixing (k, channels) and mixing (channels, k) matrices, and notes."""
    import warnings

    from sklearn.decomposition import PCA, FastICA
    from sklearn.exceptions import ConvergenceWarning

    part = rows[:, :: max(rows.shape[1] // FITTED, 1)].T
    if method == "pca":
        made = PCA(k, svd_solver="full").fit(part)
        weights = np.asarray(made.components_)
        return np.asarray(made.mean_), weights, weights.T.copy(), ()
    notes: tuple[str, ...] = ()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        ica = FastICA(k, whiten="unit-variance", max_iter=1000, tol=1e-5, random_state=seed)
        ica.fit(part)
    if any(issubclass(warning.category, ConvergenceWarning) for warning in said):
        notes = ("FastICA did not converge: the components may be mixed still",)
    return np.asarray(ica.mean_), np.asarray(ica.components_), np.asarray(ica.mixing_), notes


def _checked_numbers(numbers: Any, k: int) -> tuple[int, ...]:
    try:
        listed = tuple(int(number) for number in numbers)
    except (TypeError, ValueError):
        raise InvalidInputError(f"drop={numbers!r} is no list of numbers of components") from None
    for number in listed:
        if not 0 <= number < k:
            raise InvalidInputError(
                f"there is no component {number} to drop; there are {k}, counted from 0"
            )
    return listed


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 2 or np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:  # noqa: PLR2004
        return float("nan")
    return float(np.corrcoef(a[both], b[both])[0, 1])
