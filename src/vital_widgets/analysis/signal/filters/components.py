"""Find the principal or independent components of several channels."""

from __future__ import annotations

import functools
import hashlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.samplewise import SamplePlan, sample_plan
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

    from vital_widgets.analysis.engine.plan import Piece
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
        from scipy.stats import kurtosis

        with np.errstate(all="ignore"), warnings.catch_warnings():  # NaN where one is constant
            warnings.simplefilter("ignore")
            peaked = kurtosis(self.sources, axis=1, nan_policy="omit")
        table = {"variance": self.explained, "kurtosis": np.asarray(peaked, np.float64)}
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
        weights = self.mixing * _kept(dropped, len(self.sources))
        return np.asarray(weights @ self.sources + self.mean[:, None])

    def to_frame(self) -> pd.DataFrame:
        """Return the scores of the components."""
        return self.scores()

    def _facts(self) -> list[tuple[str, str]]:
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
    fs, usable
        As for `filter_signal`; for all channels.
    method : {'ica', 'pca'}
        'ica' is FastICA [1]_: components are independent, which separates artefacts such as
        blinks best [2]_; 'pca': components are uncorrelated.
    drop : sequence of int
        Components to remove; none by default.
    n_components : int, optional
        Number of components, by default that of the channels; fewer lose a part of the signal.
    seed : int
        Start of the random numbers of FastICA, fixed so that results can be reproduced.

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
       Networks 2000;13(4-5):411-430. doi:10.1016/S0893-6080(00)00026-5
    .. [2] Jung T-P, et al. Removing electroencephalographic artifacts by blind source separation.
       Psychophysiology 2000;37(2):163-178. doi:10.1111/1469-8986.3720163

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
    n_channels = len(rows)
    if n_channels < 2:  # noqa: PLR2004
        raise InvalidInputError(f"x has {n_channels} channel; components need at least 2 channels")
    k = n_channels if n_components is None else n_components
    k = checked_integer(k, "n_components", 1, n_channels)
    kept = _kept(drop, k)
    finite = np.isfinite(rows).all(axis=0)
    used = rows[:, finite]
    constant = np.flatnonzero(np.ptp(used, axis=1) == 0) if used.size else np.empty(0, int)
    notes: tuple[str, ...] = ()
    if used.shape[1] < MIN_SAMPLES * n_channels:
        notes = (not_enough(f"{MIN_SAMPLES * n_channels} samples with all channels are needed"),)
    elif len(constant):
        notes = (not_enough(f"channel {constant[0]} is constant"),)
    valid = Extent(signals.timebase, finite_stretches(rows)).valid
    seed = checked_integer(seed, "seed")
    if notes:  # all numbers become NaN
        shapes = (n_channels, (k, n_channels), (n_channels, k), k)
        mean, unmixing, mixing, explained = (np.zeros(shape) for shape in shapes)
    else:
        mean, unmixing, mixing, explained, notes = _learned(used, method, k, seed)
    sources = unmixing @ (rows - mean[:, None])
    sources[:, ~finite] = np.nan
    return Components(
        values=(mixing * kept) @ sources + mean[:, None], sources=sources, mixing=mixing,
        unmixing=unmixing, mean=mean, explained=explained,
        dropped=tuple(np.flatnonzero(kept == 0).tolist()), fs=signals.fs, method=method,
        valid=valid, notes=notes,
    )  # fmt: skip


@analysis
def without_components(
    x: SignalsLike,
    fs: float | None = None,
    *,
    components: ComponentsLike,
    drop: Sequence[int] = (),
    usable: UsableLike = None,
) -> SamplePlan:
    """Remove components from all of a recording that were learned from a part of it.

    To store the result on disk: ``store(without_components, [rec["a"], rec["b"]],
    components=..., drop=[0])``.

    Parameters
    ----------
    x, fs, drop, usable
        As for `remove_components`; the channels in the order in which they were learned from.
    components : Components
        Result of `remove_components`.

    Returns
    -------
    Filtered
        ``values`` has the shape (channels, n): NaN where any channel has no number. The same in
        pieces of any length.

    Raises
    ------
    InvalidInputError
        ``components`` are of another number of channels or another sampling rate, or ``drop``
        names one that does not exist.

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import remove_components, without_components
    >>> t = np.arange(2000) / 100
    >>> x = np.stack([np.sin(20 * t) + t % 1, np.sin(20 * t) - t % 1])
    >>> learned = remove_components(x[:, :1000], 100, method="pca")
    >>> without_components(x, 100, components=learned, drop=[1]).values.shape
    (2, 2000)
    """
    signals = signals_of(x, fs, usable)
    if not isinstance(components, Components):
        raise InvalidInputError(
            f"components is {type(components).__name__}; give the result of remove_components"
        )
    if not components.enough:
        raise InvalidInputError(f"no components were found ({components.notes[0]})")
    if abs(components.fs - signals.fs) > 1e-9 * signals.fs:
        raise InvalidInputError(
            f"the components are of signals with {components.fs:g} Hz, not {signals.fs:g} Hz"
        )
    if len(signals.samples) != len(components.mixing):
        raise InvalidInputError(
            f"the components are of {len(components.mixing)} channels, not of "
            f"{len(signals.samples)}; give the channels that they were learned from, in that order"
        )
    kept = _kept(drop, len(components.sources))
    matrix = (components.mixing * kept) @ components.unmixing
    offset = components.mean - matrix @ components.mean
    removed = ", ".join(str(k) for k in np.flatnonzero(kept == 0)) or "none"
    method = f"{components.method.upper()}, without components {removed}"
    work = functools.partial(_unmixed, matrix=matrix, offset=offset)
    return sample_plan(work, method, source=signals)


def _unmixed(piece: Piece, matrix: Matrix, offset: Matrix) -> Matrix:
    values = piece.core_values
    out = np.empty(values.shape)
    for k, row in enumerate(matrix):  # row by row, so that temporary arrays stay small
        out[k] = row @ values + offset[k]
    out[:, ~np.isfinite(values).all(axis=0)] = np.nan
    return out


def _learned(
    rows: Matrix, method: str, k: int, seed: int
) -> tuple[Matrix, Matrix, Matrix, Matrix, tuple[str, ...]]:
    """Return means, unmixing and mixing matrices, shares of the variance (falling), and notes."""
    decomposition = import_extra("sklearn.decomposition", "remove_components")
    from sklearn.exceptions import ConvergenceWarning

    part = rows[:, :: max(rows.shape[1] // MAX_FITTED, 1)].T
    notes: tuple[str, ...] = ()
    if method == "pca":
        found = decomposition.PCA(k, svd_solver="full").fit(part)
        mixing = found.components_.T
    else:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = decomposition.FastICA(
                k, whiten="unit-variance", max_iter=1000, tol=1e-5, random_state=seed
            ).fit(part)
        mixing = found.mixing_
        if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
            notes = ("FastICA did not converge: components may still be mixed",)
    spread = np.sum(mixing**2, axis=0) * np.var(found.components_ @ rows, axis=1)
    order = np.argsort(-spread, kind="stable")
    signs = np.sign(mixing[np.argmax(np.abs(mixing), axis=0), np.arange(k)])[order]
    explained = spread[order] / float(np.sum(np.var(rows, axis=1)))
    unmixing = found.components_[order] * signs[:, None]
    return found.mean_, unmixing, mixing[:, order] * signs, explained, notes


def _kept(dropped: Sequence[int], k: int) -> Matrix:
    """Return 1 for each of ``k`` components that is kept and 0 for the others, shape (k,)."""
    kept = np.ones(k)
    try:
        numbers = [int(number) for number in dropped]
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"drop={dropped!r} is not a list of component numbers, such as [0, 2]"
        ) from None
    for number in numbers:
        if not 0 <= number < k:
            raise InvalidInputError(
                f"there is no component {number} to drop; there are {k}, numbered from 0"
            )
        kept[number] = 0
    return kept
