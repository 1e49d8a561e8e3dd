"""Samples computed from those of several channels when they are read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from vital_widgets.core.samples import to_physical
from vital_widgets.runtime.budget import DERIVED, blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.core.samples import Samples

BLOCK = 1 << 15  # samples that are computed and kept together
AT_ONCE = 1 << 18  # samples that are added up together: some megabytes


@dataclass(frozen=True, eq=False)
class PlacedSamples:
    """Some stretches of other samples, one after another.

    Attributes
    ----------
    base : Samples
        The other samples.
    starts : tuple of int
        Index of the first sample of each stretch, ascending from 0.
    places : tuple of int
        Index of that sample in ``base``.
    n_samples : int
        Number of samples of all stretches.
    """

    base: Samples
    starts: tuple[int, ...]
    places: tuple[int, ...]
    n_samples: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the other samples."""
        return self.base.dtype

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``."""
        if stop <= start:
            return np.empty(0, self.dtype)
        k = int(np.searchsorted(self.starts, start, side="right")) - 1
        pieces = []
        while k < len(self.starts) and self.starts[k] < stop:
            end = self.starts[k + 1] if k + 1 < len(self.starts) else self.n_samples
            lo, hi = max(start, self.starts[k]), min(stop, end)
            shift = self.places[k] - self.starts[k]
            pieces.append(self.base.read(lo + shift, hi + shift))
            k += 1
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


@dataclass(frozen=True, eq=False)
class Term:
    """Samples in native values, their scale, and the factor by which they are multiplied."""

    samples: Samples
    gain: float
    offset: float
    missing: int | None
    weight: float


@dataclass(frozen=True, eq=False)
class WeightedSamples:
    """The sum of samples in physical units, each multiplied by a factor; NaN if one is missing.

    Attributes
    ----------
    terms : tuple of Term
        At least one; all have the same number of samples.
    constant : float
        What is added, in physical units.
    written : str
        The computation as text.
    is_sum : bool
        Whether it needs parentheses as part of a product.
    """

    terms: tuple[Term, ...]
    constant: float = 0.0
    written: str = field(default="", compare=False)
    is_sum: bool = field(default=False, compare=False)
    block: ClassVar[int] = BLOCK

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64."""
        return np.dtype(np.float64)

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.terms[0].samples.n_samples

    def read(self, start: int, stop: int) -> NDArray[np.float64]:
        """Return samples ``start <= i < stop``."""
        out = np.empty(max(stop - start, 0))
        for lo in range(start, stop, AT_ONCE):
            hi = min(lo + AT_ONCE, stop)
            self._add_up(out[lo - start : hi - start], lo, hi)
        return out

    def _add_up(self, out: NDArray[np.float64], lo: int, hi: int) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            for k, term in enumerate(self.terms):
                native = term.samples.read(lo, hi)
                values = to_physical(native, term.gain, term.offset, term.missing)
                if k == 0:
                    np.multiply(values, term.weight, out=out, dtype=np.float64)
                elif term.weight == 1:
                    out += values
                elif term.weight == -1:
                    out -= values
                else:
                    out += values.astype(np.float64, copy=False) * term.weight
            if self.constant:
                out += self.constant


@dataclass(frozen=True, eq=False)
class KeptSamples:
    """Samples that are computed in blocks, which the cache in memory keeps.

    For samples that several channels share, or that need many others around them.

    Attributes
    ----------
    base : Samples
        Computes them.
    name : str
        Key of the blocks, unique in this process.
    block : int
        Number of samples of a block.
    """

    base: Samples
    name: str = field(default_factory=lambda: uuid.uuid4().hex, compare=False)
    block: int = field(default=BLOCK, compare=False)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of the samples."""
        return self.base.dtype

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.base.n_samples

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return samples ``start <= i < stop``."""
        out = np.empty(max(stop - start, 0), self.dtype)
        for k in range(start // self.block, -(-stop // self.block)):
            first = k * self.block
            lo, hi = max(start, first), min(stop, first + self.block)
            out[lo - start : hi - start] = self._block(k)[lo - first : hi - first]
        return out

    def _block(self, k: int) -> NDArray[Any]:
        first = k * self.block
        stop = min(first + self.block, self.n_samples)
        held: NDArray[Any] | None = blocks().get((self.name, k))
        if held is None or len(held) < stop - first:
            held = self.base.read(first, stop)
            blocks().put((self.name, k), held, held.nbytes, DERIVED)
        return held
