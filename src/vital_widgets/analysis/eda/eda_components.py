"""Tonic and phasic components of electrodermal activity."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.samplewise import each_stretch, stretches_of
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.signal.filters.design import design_filter
from vital_widgets.analysis.signal.filters.filter_signal import filtered_both_ways
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.filters.filter import Filter

    Samples = NDArray[np.float64]
    Components = NDArray[np.float64]  # shape (2, n)

METHODS = ("highpass", "cvxeda")
MIN_FS = 1.0  # Hz
ORDER = 2
BLOCK_S, CONTEXT_S = 300.0, 60.0  # of cvxEDA: the knots of its tonic spline are 10 s apart
SOLVER_FS = 8.0  # Hz, about; responses rise in 1 s or more
MIN_BLOCK_S = 20.0
_SOLVER = threading.Lock()  # cvxopt keeps its options in one place for all threads


@dataclass(frozen=True, kw_only=True, eq=False)
class EdaComponents(
    Result, given=("times", "fs"), columns={"time": "times", "tonic": "tonic", "phasic": "phasic"}
):
    """Tonic and phasic components of electrodermal activity.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Times of the samples in seconds.
    tonic, phasic : ndarray of float64, shape (n,)
        Skin conductance level, and what responses add to it, in the units of the signal; NaN
        where the signal is missing.
    fs : float
        Sampling rate in Hz.
    method : str
        'highpass' or 'cvxeda'.
    units : str
        Units of both, '' if unknown.
    """

    times: Samples
    tonic: Samples
    phasic: Samples
    fs: float
    method: str
    units: str = ""

    def _facts(self) -> list[tuple[str, str]]:
        known = np.isfinite(self.tonic)
        level = float(np.mean(self.tonic[known])) if known.any() else float("nan")
        spread = float(np.std(self.phasic[known])) if known.any() else float("nan")
        return [
            ("method", self.method),
            ("mean skin conductance level", quantity(level, self.units)),
            ("SD of the phasic component", quantity(spread, self.units)),
        ]


@analysis
def eda_components(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "highpass",
    cutoff: float = 0.05,
    usable: UsableLike = None,
) -> Plan[Components, EdaComponents]:
    """Separate electrodermal activity into a tonic and a phasic component.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Skin conductance, usually in µS; NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz, at least 1; required for an array, and the channel's own for a
        channel.
    method : {'highpass', 'cvxeda'}
        'highpass': the phasic component is the signal after a zero-phase Butterworth high-pass
        filter of order 2, the tonic component is the rest; this is what AcqKnowledge and
        NeuroKit2 do by default. 'cvxeda': convex optimization with a sparse, non-negative driver
        of the sudomotor nerve [1]_, computed by NeuroKit2 (``pip install "vital_widgets[eda]"``);
        its phasic component is never negative, and its residual is in neither component.
    cutoff : float
        Cutoff of 'highpass' in Hz: 0.05, as in AcqKnowledge. Not used by 'cvxeda'.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    EdaComponents
        Tonic and phasic component at each sample. With 'highpass' it is the same to 1e-9 of the
        largest value however the recording is cut into pieces, with 'cvxeda' exactly.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 1 Hz, or the cutoff is not below half of it.
    MissingLibraryError
        'cvxeda' needs the extra ``eda``.

    Notes
    -----
    cvxEDA runs on blocks of 300 s, fixed to the start of a run of samples, with 60 s of context
    on either side, on the signal averaged down to about 8 Hz; the components are interpolated
    linearly to the sampling rate. Its parameters are those of the paper (time constants 0.7 and
    2 s, knots every 10 s, alpha 8e-4, gamma 1e-2). Stretches shorter than 20 s are not
    decomposed.

    References
    ----------
    .. [1] Greco A, Valenza G, Lanata A, Scilingo EP, Citi L. cvxEDA: a convex optimization
       approach to electrodermal activity processing. IEEE Transactions on Biomedical Engineering
       2016;63(4):797-804. doi:10.1109/TBME.2015.2474131

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import eda_components
    >>> t = np.arange(0, 120, 1 / 16)
    >>> response = np.where(t > 60, np.exp(-(t - 60) / 2) - np.exp(-(t - 60) / 0.7), 0)
    >>> parts = eda_components(5 + 0.005 * t + response, fs=16)
    >>> bool(np.allclose(parts.tonic + parts.phasic, 5 + 0.005 * t + response))
    True
    """
    why = "a skin conductance response lasts seconds"
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why=why)
    checked_choice(method, "method", METHODS)

    def join(partials: Sequence[Components], extent: Extent) -> EdaComponents:
        tonic, phasic = np.concatenate([np.empty((2, 0)), *partials], axis=1)
        short = f", at least {MIN_BLOCK_S:g} s without a gap are needed" * (method == "cvxeda")
        why = f"{extent.valid.seconds:.3g} s of signal{short}"
        return EdaComponents(
            times=extent.timebase.times(0, extent.timebase.n_samples),
            tonic=tonic,
            phasic=phasic,
            fs=extent.fs,
            method=method,
            units=signal.units[0],
            valid=extent.valid,
            notes=() if np.isfinite(tonic).any() else (not_enough(why),),
        )

    if method == "cvxeda":
        import_extra("cvxopt", "eda_components(method='cvxeda')")
        solve = import_extra("neurokit2", "eda_components(method='cvxeda')").eda_phasic
        context = round(CONTEXT_S * signal.fs)
        work = functools.partial(_cvxeda, solve=solve)
        block = round(BLOCK_S * signal.fs)
        return Plan(work, join, before=context, after=context, grid=block, source=signal)
    edge = checked_number(cutoff, "cutoff", 0, open_low=True, unit="Hz")
    made = design_filter("butterworth", "highpass", lowcut=edge, order=ORDER, fs=signal.fs)
    work = functools.partial(_highpass, made=made)
    return Plan(work, join, before=made.context, after=made.context, source=signal)


def _highpass(piece: Piece, made: Filter) -> Components:
    phasic = each_stretch(piece, functools.partial(filtered_both_ways, made=made))
    return np.stack([piece.core_values - phasic, phasic])


def _cvxeda(piece: Piece, solve: Callable[..., object]) -> Components:
    """Decompose the core block by block, each with its context."""
    block, context = round(BLOCK_S * piece.fs), round(CONTEXT_S * piece.fs)
    found = []
    for first, stop, lo, hi in piece.blocks(block, context, context):
        core, values = slice(first - lo, stop - lo), piece.values[lo:hi]
        part = replace(piece, values=values, core=core, first=piece.first + lo)
        out = np.full((2, stop - first), np.nan)
        for stretch in stretches_of(part):
            if len(stretch.values) >= MIN_BLOCK_S * piece.fs:
                both = _decomposed(stretch.values, piece.fs, solve)
                out[:, stretch.into] = both[:, stretch.keep]
        found.append(out)
    return np.concatenate(found, axis=1)


def _decomposed(values: Samples, fs: float, solve: Callable[..., object]) -> Components:
    q = max(round(fs / SOLVER_FS), 1)
    means = values[: len(values) // q * q].reshape(-1, q).mean(axis=1)
    with _SOLVER:
        found = solve(means, sampling_rate=fs / q, method="cvxeda")
    at, middles = np.arange(len(values)), np.arange(len(means)) * q + (q - 1) / 2
    columns = np.asarray(found, np.float64).T  # of a table: tonic, phasic
    return np.stack([np.interp(at, middles, column) for column in columns])
