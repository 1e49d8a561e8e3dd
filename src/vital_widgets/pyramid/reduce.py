"""Minimum and maximum of bins of samples, without missing values.

Bin ``j`` of size ``b`` covers the samples ``j*b <= i < (j+1)*b``; the last bin may be short. NaN is
ignored. A bin without any sample is NaN for floating point, and for integers it has the largest
value of the dtype as minimum and the smallest as maximum, so that ``lo > hi``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Native = NDArray[Any]
    Bins = tuple[Native, Native]

BASE_BIN = 64
FACTOR = 4
PIECE_BYTES = 1 << 19  # reduced together: fits into the processor's cache
_WORD = np.dtype(np.complex128)  # 16 bytes, moved together
_LONG_ROW = 256  # from this length on, numpy reduces rows as fast as columns


def bins_of(native: Native, bin_size: int, missing: int | None = None) -> Bins:
    """Return minimum and maximum of each bin of samples.

    Parameters
    ----------
    native : ndarray, shape (n,)
        Samples; the first one starts a bin.
    bin_size : int
        Samples per bin, a power of 4.
    missing : int, optional
        The integer value of missing samples.

    Returns
    -------
    lo, hi : ndarray, shape (ceil(n / bin_size),)
        Native dtype, contiguous. The last bin may be short.
    """
    if bin_size < 1 or bin_size & (bin_size - 1) or bin_size.bit_length() % 2 == 0:
        msg = f"bin_size={bin_size!r} is not a power of 4; use 1, 4, 16, 64, 256, …"
        raise InvalidInputError(msg)
    first = min(bin_size, BASE_BIN)
    samples = np.ascontiguousarray(native)
    whole = len(samples) // first
    n_bins = -(-len(samples) // first)
    lo, hi = np.empty(n_bins, samples.dtype), np.empty(n_bins, samples.dtype)
    step = max(PIECE_BYTES // (first * samples.itemsize), 1)
    for start in range(0, whole, step):
        stop = min(start + step, whole)
        piece = samples[start * first : stop * first]
        lo[start:stop], hi[start:stop] = _whole_bins(piece, first)
    if whole < n_bins:
        lo[whole:], hi[whole:] = _columns(samples[whole * first :, None])
    if missing is not None and samples.dtype.kind in "iu":
        _exclude(samples, first, missing, lo, hi)
    return merge_bins(lo, hi, bin_size // first)


def merge_bins(lo: Native, hi: Native, factor: int) -> Bins:
    """Merge bins into bins that are ``factor`` times as large; the last one may be short.

    Parameters
    ----------
    lo, hi : ndarray, shape (n,)
        Minimum and maximum of each bin.
    factor : int
        Number of bins per new bin.

    Returns
    -------
    lo, hi : ndarray, shape (ceil(n / factor),)
        Minimum and maximum of each larger bin.
    """
    if factor < 1:
        msg = f"factor={factor!r} is not a number of bins of at least 1"
        raise InvalidInputError(msg)
    if factor == 1:
        return lo, hi
    return _merged(lo, factor, _minimum(lo)), _merged(hi, factor, _maximum(hi))


def _minimum(values: Native) -> np.ufunc:
    return np.fmin if values.dtype.kind == "f" else np.minimum


def _maximum(values: Native) -> np.ufunc:
    return np.fmax if values.dtype.kind == "f" else np.maximum


def _merged(values: Native, factor: int, pick: np.ufunc) -> Native:
    whole = len(values) // factor
    merged = np.empty(-(-len(values) // factor), values.dtype)
    rows = values[: whole * factor].reshape(-1, factor)
    if factor < _LONG_ROW:
        pick.reduce(np.ascontiguousarray(rows.T), axis=0, out=merged[:whole])
    else:
        pick.reduce(rows, axis=1, out=merged[:whole])
    if whole < len(merged):
        merged[whole] = pick.reduce(values[whole * factor :])
    return merged


def _whole_bins(samples: Native, bin_size: int) -> Bins:
    """Return minimum and maximum of each bin of contiguous samples.

    numpy is fast only along long rows. Therefore row k is formed by the k-th word of each bin; the
    reduction over the rows leaves one word per bin, whose samples are reduced in the same way.
    Words of 16 bytes are moved much faster than single samples, and all steps release the GIL.
    """
    if bin_size == 1:
        return samples, samples
    in_word = min(_WORD.itemsize // samples.itemsize, bin_size)
    lo = hi = samples
    if in_word < bin_size:
        words = samples.view(_WORD).reshape(-1, bin_size // in_word)
        lo, hi = _columns(np.ascontiguousarray(words.T).view(samples.dtype))
    if in_word == 1:
        return lo, hi
    low = np.ascontiguousarray(lo.reshape(-1, in_word).T)
    high = low if hi is lo else np.ascontiguousarray(hi.reshape(-1, in_word).T)
    return _minimum(low).reduce(low, axis=0), _maximum(high).reduce(high, axis=0)


def _columns(columns: Native) -> Bins:
    return _minimum(columns).reduce(columns, axis=0), _maximum(columns).reduce(columns, axis=0)


def _exclude(samples: Native, bin_size: int, missing: int, lo: Native, hi: Native) -> None:
    """Correct the bins in which ``missing`` occurs, in place."""
    kind = np.iinfo(samples.dtype)
    if not kind.min <= missing <= kind.max or not len(lo):
        return
    if missing in (kind.min, kind.max):  # then it is the minimum or the maximum
        touched = lo == missing if missing == kind.min else hi == missing
    else:
        touched = (lo <= missing) & (hi >= missing)
    if not touched.any():
        return
    empty = touched & (lo == hi)
    lo[empty], hi[empty] = kind.max, kind.min
    for j in np.array_split(
        np.flatnonzero(touched & ~empty), 1 + len(lo) * bin_size * samples.itemsize // PIECE_BYTES
    ):
        whole = j[(j + 1) * bin_size <= len(samples)]
        rows = samples[: len(samples) // bin_size * bin_size].reshape(-1, bin_size)[whole]
        gone = rows == missing
        lo[whole] = np.where(gone, kind.max, rows).min(axis=1)
        hi[whole] = np.where(gone, kind.min, rows).max(axis=1)
        if len(whole) < len(j):
            tail = samples[len(samples) // bin_size * bin_size :]
            tail = tail[tail != missing]
            lo[-1] = tail.min() if len(tail) else kind.max
            hi[-1] = tail.max() if len(tail) else kind.min
