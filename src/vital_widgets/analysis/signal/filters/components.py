"""Find the principal or independent components of several channels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, SignalsLike, signal_of, signals_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Matrix = NDArray[np.float64]

ComponentsLike: TypeAlias = "Components"
METHODS = ("pca", "ica")
MAX_FITTED = 200_000  # samples that the components are learned from, evenly spaced
MIN_SAMPLES = 20  # per channel


@dataclass(frozen=True, kw_only=True, eq=False)
class Components(Result, given=("fs",)):
    """Channels as mixtures of components, and the channels without some of them.

    Attributes
    ----------
    values : ndarray of float64, shape (channels, n)
        The channels without the dropped components; NaN where any channel has no number.
    sources : ndarray of float64, shape (k, n)
        The components by falling share of the variance; those of ICA have a variance of 1.
    mixing : ndarray of float64, shape (channels, k)
        Weight of each component in each channel: ``mixing @ sources + mean`` are the channels.
    unmixing : ndarray of float64, shape (k, channels)
        ``unmixing @ (channels - mean)`` are the sources.
    mean : ndarray of float64, shape (channels,)
        Means of the channels.
    explained : ndarray of float64, shape (k,)
        Share of the variance of all channels.
    dropped : tuple of int
        The components that were removed.
    fs : float
        Sampling rate in Hz.
    method : str
        'pca' or 'ica'.
    """

    values: Matrix
    sources: Matrix
    mixing: Matrix
    unmixing: Matrix
    mean: Matrix
    explained: Matrix
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

    def scores(self, reference: SignalLike | None = None) -> pd.DataFrame:
        """Return measures that identify artefacts, one row per component.

        Parameters
        ----------
        reference : array-like of float, shape (n,), or Channel, optional
            Signal that contains the artefact, such as an EOG or an acceleration.

        Returns
        -------
        DataFrame
            Share of the variance, excess kurtosis (large for blinks and spikes, about -1.5 for
            mains hum, 0 for noise) and the correlation with the reference.
        """
        import pandas as pd

        kurtosis = np.array([_excess_kurtosis(row) for row in self.sources])
        table = {"variance": self.explained, "kurtosis": kurtosis}
        if reference is not None:
            other = signal_of(reference, self.fs, name="reference").values()
            if other.shape != self.sources.shape[1:]:
                raise InvalidInputError(
                    f"reference has {len(other)} samples, but the components have "
                    f"{self.sources.shape[1]}; give a reference at the same times"
                )
            with np.errstate(all="ignore"):  # NaN where one is constant
                rows = [pd.Series(row).corr(pd.Series(other)) for row in self.sources]
            table["correlation"] = np.array(rows)
        return pd.DataFrame(table).rename_axis("component")

    def without(self, *dropped: int) -> Matrix:
        """Return the channels without some components, shape (channels, n)."""
        weights = self.mixing * self.kept(dropped)
        return np.asarray(weights @ self.sources + self.mean[:, None])

    def kept(self, dropped: Sequence[int]) -> Matrix:
        """Return 1 for each component that is kept and 0 for the others, shape (k,)."""
        kept = np.ones(len(self.sources))
        kept[list(_checked_drop(dropped, len(self.sources)))] = 0
        return kept

    def to_frame(self) -> pd.DataFrame:
        """Return the scores of the components."""
        return self.scores()

    def facts(self) -> list[tuple[str, str]]:
        """Return the components and which were dropped."""
        shares = ", ".join(f"{100 * share:.3g}" for share in self.explained)
        return [
            ("method", self.method.upper()),
            ("components", f"{len(self.sources)} of {len(self.values)} channels"),
            ("variance", f"{shares} %"),
            ("dropped", ", ".join(map(str, self.dropped)) or "none"),
        ]


@analysis
def remove_components(
    x: SignalsLike,
    fs: float | None = None,
    *,
    method: str = "ica",
    drop: Sequence[int] = (),
    n_components: int | None = None,
    seed: int = 0,
    usable: UsableLike = None,
) -> Components:
    """Decompose several channels into components, and remove some of them.

    Look at ``scores()`` of a first result, then name the components to ``drop``; or call
    ``without(0, 2)`` of that result, which does not compute them again.

    Parameters
    ----------
    x : array-like of float, shape (channels, n), list of Channel, or Recording
        At least 2 channels in any units with common sample times. Samples at which any channel is
        NaN are not used, and are NaN in the result.
    fs : float, optional
        Sampling rate in Hz; required for an array, and the channels' own for channels.
    method : {'ica', 'pca'}
        'ica' is FastICA [1]_: components are independent, which separates artefacts such as
        blinks best [2]_; 'pca': components are uncorrelated.
    drop : sequence of int
        Components to remove; none by default.
    n_components : int, optional
        Number of components, by default that of the channels; fewer lose a part of the signal.
    seed : int
        Start of the random numbers of FastICA, fixed so that results can be reproduced.
    usable : UsableLike, optional
        Where the signals may be used; everywhere by default.

    Returns
    -------
    Components

    Raises
    ------
    InvalidInputError
        There are fewer than 2 channels, or ``drop`` names a component that does not exist.

    Notes
    -----
    `sklearn.decomposition.PCA` and ``FastICA`` (``whiten='unit-variance'``), learned from at most
    200,000 samples, evenly spaced. The largest weight of each component is positive. All channels
    must fit into memory; for a long recording learn from a part of it, and remove the components
    from the whole by `without_components`.

    References
    ----------
    .. [1] Hyvärinen A, Oja E. Independent component analysis: algorithms and applications. Neural
       Networks 2000;13:411-430. doi:10.1016/S0893-6080(00)00026-5
    .. [2] Jung T-P, et al. Removing electroencephalographic artifacts by blind source separation.
       Psychophysiology 2000;37:163-178. doi:10.1111/1469-8986.3720163

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import remove_components
    >>> t = np.arange(1000) / 100
    >>> a, b = np.sin(20 * t), t % 1
    >>> found = remove_components([a + b, a - b], 100, method="pca")
    >>> found.explained.round(2), found.without(1).shape
    (array([0.86, 0.14]), (2, 1000))
    """
    signals = signals_of(x, fs, usable)
    checked_choice(method, "method", METHODS)
    rows = signals.values()
    n_channels, n = rows.shape
    if n_channels < 2:  # noqa: PLR2004
        raise InvalidInputError(f"x has {n_channels} channel; components need at least 2 channels")
    k = n_channels if n_components is None else n_components
    k = checked_integer(k, "n_components", 1, n_channels)
    dropped = _checked_drop(drop, k)
    finite = np.isfinite(rows).all(axis=0)
    used = rows[:, finite]
    constant = np.flatnonzero(np.ptp(used, axis=1) == 0) if used.size else np.empty(0, int)
    notes: tuple[str, ...] = ()
    if used.shape[1] < MIN_SAMPLES * n_channels:
        notes = (not_enough(f"{MIN_SAMPLES * n_channels} samples with all channels are needed"),)
    elif len(constant):
        notes = (not_enough(f"channel {constant[0]} is constant"),)
    valid = Extent(signals.timebase, finite_stretches(rows)).valid
    if notes:  # all numbers become NaN
        mixing = np.zeros((n_channels, k))
        return Components(
            values=rows, sources=np.zeros((k, n)), mixing=mixing, unmixing=mixing.T.copy(),
            mean=np.zeros(n_channels), explained=np.zeros(k), dropped=dropped, fs=signals.fs,
            method=method, valid=valid, notes=notes,
        )  # fmt: skip
    mean, unmixing, mixing, notes = _learned(used, method, k, checked_integer(seed, "seed"))
    sources = unmixing @ (rows - mean[:, None])
    sources[:, ~finite] = np.nan
    spread = np.sum(mixing**2, axis=0) * np.var(unmixing @ used, axis=1)
    order = np.argsort(-spread, kind="stable")
    signs = np.sign(mixing[np.argmax(np.abs(mixing), axis=0), np.arange(k)])[order]
    sources, mixing = sources[order] * signs[:, None], mixing[:, order] * signs
    kept = np.ones(k)
    kept[list(dropped)] = 0
    return Components(
        values=(mixing * kept) @ sources + mean[:, None], sources=sources, mixing=mixing,
        unmixing=unmixing[order] * signs[:, None], mean=mean,
        explained=spread[order] / float(np.sum(np.var(used, axis=1))), dropped=dropped,
        fs=signals.fs, method=method, valid=valid, notes=notes,
    )  # fmt: skip


def _learned(
    rows: Matrix, method: str, k: int, seed: int
) -> tuple[Matrix, Matrix, Matrix, tuple[str, ...]]:
    """Return means, unmixing (k, channels) and mixing (channels, k) matrices, and notes."""
    import warnings

    decomposition = import_extra("sklearn.decomposition", "remove_components")
    from sklearn.exceptions import ConvergenceWarning

    part = rows[:, :: max(rows.shape[1] // MAX_FITTED, 1)].T
    if method == "pca":
        found = decomposition.PCA(k, svd_solver="full").fit(part)
        return found.mean_, found.components_, found.components_.T.copy(), ()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ica = decomposition.FastICA(
            k, whiten="unit-variance", max_iter=1000, tol=1e-5, random_state=seed
        )
        ica.fit(part)
    failed = any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    notes = ("FastICA did not converge: components may still be mixed",) if failed else ()
    return ica.mean_, ica.components_, ica.mixing_, notes


def _checked_drop(numbers: Any, k: int) -> tuple[int, ...]:
    try:
        listed = tuple(int(number) for number in numbers)
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"drop={numbers!r} is not a list of component numbers, such as [0, 2]"
        ) from None
    for number in listed:
        if not 0 <= number < k:
            raise InvalidInputError(
                f"there is no component {number} to drop; there are {k}, numbered from 0"
            )
    return listed


def _excess_kurtosis(row: Matrix) -> float:
    from scipy.stats import kurtosis

    x = row[np.isfinite(row)]
    return float(kurtosis(x)) if len(x) and np.ptp(x) > 0 else float("nan")
