"""Empirical mode decomposition: a signal as a sum of oscillations, slower and slower."""

from __future__ import annotations

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
    finite_stretches,
    not_enough,
)
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

METHODS = ("emd", "eemd", "ceemdan")
LONGEST = 200_000  # samples
LONGEST_WORK = 20_000_000  # samples times trials
SHORTEST = 16
USUAL_TRIALS, USUAL_NOISE = 100, {"eemd": 0.05, "ceemdan": 0.005}


@dataclass(frozen=True, kw_only=True, eq=False)
class Modes(Result, given=("fs",)):
    """A stretch of signal as a sum of modes.

    Attributes
    ----------
    modes : ndarray of float64, shape (k, n)
        The modes from fast to slow, and last what is left (residue). For EMD and CEEMDAN they add
        up to the signal; for EEMD up to noise that was added and did not average out.
    frequencies : ndarray of float64, shape (k,)
        Mean frequency of each in Hz, from its zero crossings.
    first : int
        Index of the first sample of the stretch that was decomposed.
    fs : float
        Sampling rate in Hz.
    method : str
        'emd', 'eemd' or 'ceemdan'.
    """

    modes: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    first: int
    fs: float
    method: str

    def without(self, *dropped: int) -> NDArray[np.float64]:
        """Return the sum of all modes but some, by number, shape (n,)."""
        for k in dropped:
            if not -len(self.modes) <= k < len(self.modes):
                raise InvalidInputError(f"there is no mode {k}; there are {len(self.modes)}")
        kept = np.ones(len(self.modes), bool)
        kept[list(dropped)] = False
        return np.asarray(self.modes[kept].sum(axis=0))

    def to_frame(self) -> pd.DataFrame:
        """Return a row a sample: time (s) and each mode."""
        import pandas as pd

        times = (self.first + np.arange(self.modes.shape[1])) / self.fs
        columns = {f"mode {k}": mode for k, mode in enumerate(self.modes)}
        return pd.DataFrame({"time": times, **columns})

    def facts(self) -> list[tuple[str, str]]:
        """Return the number of modes and their frequencies."""
        listed = ", ".join(f"{f:.3g}" for f in self.frequencies)
        return [
            ("method", self.method.upper()),
            ("modes", f"{len(self.modes)}, the last is what is left"),
            ("mean frequencies", f"{listed} Hz" if listed else "none"),
        ]


@with_recipe("values")
def empirical_mode_decomposition(
    values: Any,
    fs: float,
    *,
    method: str = "emd",
    max_modes: int | None = None,
    trials: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    usable: Any = None,
) -> Modes:
    """Decompose the longest stretch without a gap into modes.

    It looks at a stretch as a whole: there is no way to run it in pieces with the same result.
    So it takes at most 200 000 samples (EEMD and CEEMDAN: samples times trials at most 20
    million); for longer signals decompose windows, or use `wavelet_denoise`.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Samples; NaN where there are none.
    fs : float
        Sampling rate in Hz.
    method : str
        'emd', or averaged over signals with added noise: 'eemd', 'ceemdan'.
    max_modes : int, optional
        At most so many modes; all by default.
    trials : int, optional
        Number of noisy signals for EEMD and CEEMDAN, 100 by default.
    noise : float, optional
        Its standard deviation: for EEMD as a share of the range of the signal, 0.05 by default;
        for CEEMDAN ``epsilon``, 0.005 by default.
    seed : int
        Of the noise, so that the result can be computed again.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where the signal may be used.

    Notes
    -----
    Computed by PyEMD (the package EMD-signal).

    References
    ----------
    Huang NE, et al. Proc R Soc Lond A 1998;454:903-995.
    Wu Z, Huang NE. Adv Adapt Data Anal 2009;1:1-41.
    Torres ME, et al. Proc IEEE ICASSP 2011:4144-4147.
    """
    rate = checked_fs(fs)
    checked_choice(method, "method", METHODS)
    most = -1 if max_modes is None else int(checked_number(max_modes, "max_modes", 1, 64))
    if method == "emd" and (trials is not None or noise is not None):
        raise InvalidInputError("trials and noise are not used by method='emd'")
    n_trials = int(checked_number(USUAL_TRIALS if trials is None else trials, "trials", 1, 10_000))
    usual = USUAL_NOISE.get(method, 0.0)
    width = checked_number(usual if noise is None else noise, "noise", 0, 10)
    signal = only_usable(checked_signal(values), usable, rate)
    stretches = finite_stretches(signal)
    lengths = stretches[:, 1] - stretches[:, 0]
    valid = ValidSignal(int(lengths.sum()) / rate, len(signal) / rate)
    k = int(np.argmax(lengths)) if len(lengths) else 0
    first, stop = stretches[k].tolist() if len(lengths) else (0, 0)
    part = signal[first:stop]
    n = len(part)
    if n < SHORTEST or np.ptp(part) == 0:
        why = (
            "the signal is constant" if n >= SHORTEST else f"less than {SHORTEST} samples in a row"
        )
        return Modes(
            modes=np.empty((0, n)), frequencies=np.empty(0), first=first, fs=rate, method=method,
            valid=valid, notes=(not_enough(why),),
        )  # fmt: skip
    if n > LONGEST or (method != "emd" and n * n_trials > LONGEST_WORK):
        longest = LONGEST if method == "emd" else min(LONGEST, LONGEST_WORK // n_trials)
        raise InvalidInputError(
            f"{n:,} samples in a row are too many for {method.upper()}, which looks at all of them "
            f"at once; give at most {longest:,} ({longest / rate:.4g} s), or resample first"
        )
    modes = _decomposed(part, method, most, n_trials, width, int(seed))
    crossings = np.sum(np.diff(np.signbit(modes), axis=1), axis=1)
    notes = () if len(lengths) == 1 else (f"the longest of {len(lengths)} stretches only",)
    return Modes(
        modes=modes, frequencies=crossings * rate / 2 / n, first=first, fs=rate, method=method,
        valid=valid, notes=notes,
    )  # fmt: skip


def _decomposed(
    part: NDArray[np.float64], method: str, most: int, trials: int, noise: float, seed: int
) -> NDArray[np.float64]:
    import warnings

    from PyEMD import CEEMDAN, EEMD, EMD

    level, size = float(np.mean(part)), float(np.std(part))
    scaled = (part - level) / size  # its thresholds are absolute
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if method == "emd":
            modes = EMD()(scaled, max_imf=most)
        elif method == "eemd":
            maker = EEMD(trials=trials, noise_width=noise, parallel=False)
            maker.noise_seed(seed)
            modes = maker.eemd(scaled, max_imf=most)
            modes = np.vstack([modes, maker.residue])
        else:
            maker = CEEMDAN(trials=trials, epsilon=noise, parallel=False)
            maker.noise_seed(seed)
            modes = maker.ceemdan(scaled, max_imf=most)
            modes = np.vstack([modes, scaled - modes.sum(axis=0)])
    modes = np.asarray(modes, np.float64)
    if method == "emd":
        left = scaled - modes.sum(axis=0)
        if np.max(np.abs(left)) > 1e-9:  # noqa: PLR2004 - stopped before the end
            modes = np.vstack([modes, left])
    kept = np.max(np.abs(modes), axis=1) > 1e-12  # noqa: PLR2004 - a residue of nothing
    kept[: max(len(modes) - 1, 1)] = True
    modes = modes[kept] * size
    modes[-1] += level
    return np.asarray(modes)
