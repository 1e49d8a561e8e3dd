"""A power spectrum as a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.result import Result, quantity

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerSpectrum(Result, given=("frequencies", "level", "fs", "spacing")):
    """One-sided power spectral density.

    Attributes
    ----------
    frequencies : ndarray of float64, shape (n,)
        Hz, evenly spaced.
    density : ndarray of float64, shape (n,)
        units²/Hz; NaN where there was not enough valid signal. Its sum times the spacing of the
        frequencies is the mean square of the signal (after the trend was taken off).
    low, high : ndarray of float64, shape (n,)
        Confidence interval of the density at ``level``, of Gaussian noise: chi-squared with
        ``degrees_of_freedom`` (half as many at 0 Hz and at fs / 2).
    degrees_of_freedom : float
        Equivalent degrees of freedom, the overlap of windows taken into account.
    level : float
        Level of the confidence interval.
    method : str
        'welch', 'multitaper', 'periodogram' or 'lomb-scargle'.
    fs : float
        Sampling rate in Hz; of uneven times the mean rate.
    windows_used, windows_left_out : int
        Windows that went into the average, and those left out since they touch missing samples.
    unit : str
        Unit of the signal, for showing.
    """

    frequencies: NDArray[np.float64]
    density: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    degrees_of_freedom: float
    level: float
    method: str
    fs: float
    windows_used: int
    windows_left_out: int
    unit: str = ""

    @property
    def spacing(self) -> float:
        """Distance of the frequencies in Hz; NaN with less than two."""
        f = self.frequencies
        return float((f[-1] - f[0]) / (len(f) - 1)) if len(f) > 1 else float("nan")

    @property
    def total_power(self) -> float:
        """Power of all frequencies together, in units²."""
        return float(np.sum(self.density) * self.spacing) if len(self.density) else float("nan")

    def decibels(self) -> NDArray[np.float64]:
        """Return the density in dB over 1 unit²/Hz; -inf where it is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(10 * np.log10(self.density))

    def to_frame(self) -> pd.DataFrame:
        """Return one row a frequency: density and its confidence interval."""
        import pandas as pd

        return pd.DataFrame(
            {
                "frequency_hz": self.frequencies,
                "density": self.density,
                "low": self.low,
                "high": self.high,
            }
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return method, resolution, total power and the peak."""
        unit = self.unit or "units"
        peak = float("nan")
        if len(self.density) and np.any(self.density > 0):
            peak = float(self.frequencies[np.nanargmax(self.density)])
        return [
            ("method", self.method),
            ("windows", f"{self.windows_used:,} used, {self.windows_left_out:,} left out"),
            ("degrees of freedom", quantity(self.degrees_of_freedom)),
            ("spacing", quantity(self.spacing, "Hz")),
            ("total power", quantity(self.total_power, f"{unit}²")),
            ("largest density at", quantity(peak, "Hz")),
        ]


def interval(
    density: NDArray[np.float64],
    frequencies: NDArray[np.float64],
    degrees_of_freedom: float,
    level: float,
    fs: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the chi-squared confidence interval of a density (Bloomfield 2000, section 8.4)."""
    from scipy.stats import chi2

    if not np.isfinite(degrees_of_freedom):
        return np.full_like(density, np.nan), np.full_like(density, np.nan)
    real = (frequencies == 0) | np.isclose(frequencies, fs / 2, rtol=1e-12)
    degrees = np.where(real, degrees_of_freedom / 2, degrees_of_freedom)
    outside = (1 - level) / 2
    low = degrees * density / chi2.ppf(1 - outside, degrees)
    return np.asarray(low), np.asarray(degrees * density / chi2.ppf(outside, degrees))
