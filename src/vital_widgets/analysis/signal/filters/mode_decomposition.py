"""Empirical mode decomposition: a signal as a sum of oscillations, from fast to slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_integer,
    checked_number,
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

METHODS = ("emd", "eemd", "ceemdan")
MAX_SAMPLES = 200_000
MAX_WORK = 20_000_000  # samples times trials
MIN_SAMPLES = 16
N_TRIALS, NOISE = 100, {"emd": 0.0, "eemd": 0.05, "ceemdan": 0.005}


@dataclass(frozen=True, kw_only=True, eq=False)
class Modes(Result, given=("fs", "t0")):
    """A stretch of signal as a sum of modes.

    Attributes
    ----------
    modes : ndarray of float64, shape (k, n)
        The modes from fast to slow, and last the residue, in the units of the signal. For EMD and
        CEEMDAN they add up to the signal; for EEMD up to the added noise that did not average out.
    frequencies : ndarray of float64, shape (k,)
        Mean frequency of each mode in Hz, from its zero crossings.
    first : int
        Index of the first sample of the stretch that was decomposed.
    t0 : float
        Its time in seconds from the start of the recording.
    fs : float
        Sampling rate in Hz.
    method : str
        'emd', 'eemd' or 'ceemdan'.
    """

    modes: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    first: int
    t0: float
    fs: float
    method: str

    def without(self, *dropped: int) -> NDArray[np.float64]:
        """Return the sum of all modes except those dropped, by number, shape (n,)."""
        for k in dropped:
            if not -len(self.modes) <= k < len(self.modes):
                raise InvalidInputError(
                    f"there is no mode {k}; there are {len(self.modes)}, numbered from 0"
                )
        return np.asarray(np.delete(self.modes, dropped, axis=0).sum(axis=0))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per sample: time (s) and each mode."""
        import pandas as pd

        times = self.t0 + np.arange(self.modes.shape[1]) / self.fs
        columns = {f"mode {k}": mode for k, mode in enumerate(self.modes)}
        return pd.DataFrame({"time": times, **columns})

    def _facts(self) -> list[tuple[str, str]]:
        listed = ", ".join(f"{f:.3g}" for f in self.frequencies)
        return [
            ("method", self.method.upper()),
            ("modes", f"{len(self.modes)}, the last is the residue"),
            ("mean frequencies", f"{listed} Hz" if listed else "none"),
        ]


@analysis
def empirical_mode_decomposition(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = "emd",
    max_modes: int | None = None,
    n_trials: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    usable: UsableLike = None,
) -> Modes:
    """Decompose the longest stretch of a signal without a gap into modes.

    Parameters
    ----------
    x, fs, usable
        As for `filter_signal`. A mode depends on the whole stretch, which may have at most
        200,000 samples (EEMD and CEEMDAN: 20 million samples times trials).
    method : {'emd', 'eemd', 'ceemdan'}
        'emd' [1]_; 'eemd' [2]_ and 'ceemdan' [3]_ average over signals with added noise, which
        avoids that oscillations of one frequency spread over several modes.
    max_modes : int, optional
        Largest number of modes; all by default.
    n_trials : int, optional
        Number of signals with added noise for EEMD and CEEMDAN, by default 100 as in PyEMD.
    noise : float, optional
        Standard deviation of the added noise: for EEMD as a share of the range of the signal, by
        default 0.05; for CEEMDAN its ``epsilon``, by default 0.005, both as in PyEMD.
    seed : int
        Start of the random numbers, fixed so that results can be reproduced.

    Returns
    -------
    Modes

    Raises
    ------
    InvalidInputError
        The stretch has too many samples, or an argument is not used by the method.

    Notes
    -----
    Computed by PyEMD (the package EMD-signal).

    References
    ----------
    .. [1] Huang NE, et al. The empirical mode decomposition and the Hilbert spectrum for nonlinear
       and non-stationary time series analysis. Proceedings of the Royal Society A
       1998;454(1971):903-995. doi:10.1098/rspa.1998.0193
    .. [2] Wu Z, Huang NE. Ensemble empirical mode decomposition: a noise-assisted data analysis
       method. Advances in Adaptive Data Analysis 2009;1(1):1-41. doi:10.1142/S1793536909000047
    .. [3] Torres ME, Colominas MA, Schlotthauer G, Flandrin P. A complete ensemble empirical mode
       decomposition with adaptive noise. Proceedings of IEEE ICASSP 2011;4144-4147.
       doi:10.1109/ICASSP.2011.5947265

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import empirical_mode_decomposition
    >>> t = np.arange(1000) / 100
    >>> found = empirical_mode_decomposition(np.sin(50 * t) + np.sin(5 * t), 100)
    >>> found.frequencies[:2].round(1)
    array([8. , 0.8])
    """
    signal = signal_of(x, fs, usable)
    checked_choice(method, "method", METHODS)
    limit = -1 if max_modes is None else checked_integer(max_modes, "max_modes", 1, 64)
    if method == "emd" and (n_trials is not None or noise is not None):
        raise InvalidInputError("n_trials and noise are not used by method='emd'; leave them out")
    trials = checked_integer(N_TRIALS if n_trials is None else n_trials, "n_trials", 1, 10_000)
    width = checked_number(NOISE[method] if noise is None else noise, "noise", 0, 10)
    values = signal.values()
    stretches = np.concatenate(
        [finite_stretches(values[a:b]) + a for a, b in signal.runs()] or [np.zeros((0, 2), int)]
    )
    lengths = stretches[:, 1] - stretches[:, 0]
    first, stop = stretches[np.argmax(lengths)].tolist() if len(lengths) else (0, 0)
    part, n = values[first:stop], stop - first
    longest = MAX_SAMPLES if method == "emd" else min(MAX_SAMPLES, MAX_WORK // trials)
    if n > longest:
        raise InvalidInputError(
            f"{n:,} samples without a gap are too many for {method.upper()}; give at most "
            f"{longest:,} ({longest / signal.fs:.4g} s), or resample first"
        )
    modes = np.empty((0, n))
    notes: tuple[str, ...] = ()
    if n < MIN_SAMPLES:
        notes = (not_enough(f"fewer than {MIN_SAMPLES} samples in a row"),)
    elif np.ptp(part) == 0:
        notes = (not_enough("the signal is constant"),)
    else:
        modes = _decomposed(part, method, limit, trials, width, checked_integer(seed, "seed"))
        if len(lengths) > 1:
            notes = (f"only the longest of {len(lengths)} stretches was decomposed",)
    crossings = np.sum(np.diff(np.signbit(modes), axis=1), axis=1)
    return Modes(
        modes=modes, frequencies=crossings * signal.fs / 2 / max(n, 1), first=first,
        t0=signal.timebase.time_of(first), fs=signal.fs, method=method,
        valid=Extent(signal.timebase, stretches).valid, notes=notes,
    )  # fmt: skip


def _decomposed(
    part: NDArray[np.float64], method: str, max_modes: int, trials: int, noise: float, seed: int
) -> NDArray[np.float64]:
    import warnings

    emd = import_extra("PyEMD", "empirical_mode_decomposition")
    level, size = float(np.mean(part)), float(np.std(part))
    scaled = (part - level) / size  # the thresholds of PyEMD are absolute
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if method == "emd":
            maker = emd.EMD()
        else:
            kind, width = (
                (emd.EEMD, "noise_width") if method == "eemd" else (emd.CEEMDAN, "epsilon")
            )
            maker = kind(trials=trials, parallel=False, **{width: noise})
            maker.noise_seed(seed)
        modes = maker(scaled, max_imf=max_modes)
        residue = maker.residue if method == "eemd" else scaled - modes.sum(axis=0)
        if method != "emd" or np.max(np.abs(residue)) > 1e-9:  # noqa: PLR2004 - stopped early
            modes = np.vstack([modes, residue])
    kept = np.max(np.abs(modes), axis=1) > 1e-12  # noqa: PLR2004 - a residue of 0
    kept[: max(len(modes) - 1, 1)] = True
    modes = np.asarray(modes[kept] * size, np.float64)
    modes[-1] += level
    return modes
