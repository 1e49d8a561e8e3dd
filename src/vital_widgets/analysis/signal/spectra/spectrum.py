"""A power spectrum as a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = {
    "frequency_hz": "frequencies", "density": "density", "ci_low": "ci_low", "ci_high": "ci_high"
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerSpectrum(Result, given=("frequencies", "confidence", "fs", "spacing"), columns=COLUMNS):
    """One-sided power spectral density.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced.
    density : ndarray of float64, shape (n,)
        units²/Hz; NaN if there was not enough valid signal. Its sum times the spacing of the
        frequencies is the mean square of the detrended signal.
    ci_low, ci_high : ndarray of float64, shape (n,)
        Confidence interval of the density of Gaussian noise: chi-squared with
        ``degrees_of_freedom`` (half as many at 0 Hz and at fs / 2).
    degrees_of_freedom : float
        Equivalent degrees of freedom; the overlap of windows is taken into account.
    confidence : float
        Level of the confidence interval.
    method : str
        'welch', 'multitaper', 'periodogram' or 'lomb-scargle'.
    fs : float
        Sampling rate in Hz; the mean rate of uneven times.
    n_windows, n_excluded : int
        Windows that were averaged, and windows excluded because they contain missing samples.
    units : str
        Units of the signal.
    """

    frequencies: NDArray[np.float64]
    density: NDArray[np.float64]
    ci_low: NDArray[np.float64]
    ci_high: NDArray[np.float64]
    degrees_of_freedom: float
    confidence: float
    method: str
    fs: float
    n_windows: int
    n_excluded: int
    units: str = ""

    @property
    def spacing(self) -> float:
        """Distance of the frequencies in Hz; NaN with fewer than two."""
        f = self.frequencies
        return float((f[-1] - f[0]) / (len(f) - 1)) if len(f) > 1 else float("nan")

    @property
    def total_power(self) -> float:
        """Power of all frequencies together, in units²."""
        return float(np.sum(self.density) * self.spacing) if len(self.density) else float("nan")

    def decibels(self) -> NDArray[np.float64]:
        """Return the density in dB relative to 1 units²/Hz; -inf where it is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self.density))

    def _facts(self) -> list[tuple[str, str]]:
        peak = float("nan")
        if len(self.density) and np.any(self.density > 0):
            peak = float(self.frequencies[np.nanargmax(self.density)])
        return [
            ("method", self.method),
            ("windows", f"{self.n_windows:,} averaged, {self.n_excluded:,} excluded"),
            ("degrees of freedom", quantity(self.degrees_of_freedom)),
            ("spacing", quantity(self.spacing, "Hz")),
            ("total power", quantity(self.total_power, f"{self.units or 'units'}²")),
            ("largest density at", quantity(peak, "Hz")),
        ]


def confidence_interval(
    density: NDArray[np.float64],
    frequencies: NDArray[np.float64],
    degrees_of_freedom: float,
    confidence: float,
    fs: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the chi-squared confidence interval of a density (Bloomfield 2000)."""
    from scipy.stats import chi2

    if not np.isfinite(degrees_of_freedom):
        return np.full_like(density, np.nan), np.full_like(density, np.nan)
    real = (frequencies == 0) | np.isclose(frequencies, fs / 2, rtol=1e-12)
    degrees = np.where(real, degrees_of_freedom / 2, degrees_of_freedom)
    outside = (1 - confidence) / 2
    low = degrees * density / chi2.ppf(1 - outside, degrees)
    return np.asarray(low), np.asarray(degrees * density / chi2.ppf(outside, degrees))
