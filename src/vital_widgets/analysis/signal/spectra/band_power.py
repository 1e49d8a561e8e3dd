"""Power in frequency bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.from_spectrum import plan_from_spectrum, spectrum_of
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Plan

# Kane et al. (2017), Clin Neurophysiol Pract 2:170-185 (delta there from 0.1 Hz; from 0.5 Hz as
# amplifiers pass it); sigma as AASM sleep spindles are counted, 12 to 16 Hz.
EEG_BANDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "delta": (0.5, 4.0),
        "theta": (4.0, 8.0),
        "alpha": (8.0, 13.0),
        "sigma": (12.0, 16.0),
        "beta": (13.0, 30.0),
        "gamma": (30.0, 80.0),
    }
)
Bands = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class BandPower(Result, given=("low", "high", "total_band")):
    """Power in bands.

    Attributes
    ----------
    names : tuple of str
        Names of the bands.
    low, high : ndarray of float64, shape (bands,)
        Their limits in Hz; a band that reaches over fs / 2 is cut there.
    power : ndarray of float64, shape (bands,)
        Absolute power in units²; NaN for a band that lies above fs / 2.
    relative : ndarray of float64, shape (bands,)
        Share of the power in ``total_band``, 0 to 1.
    total : float
        Power in ``total_band``, in units².
    total_band : (float, float)
        Hz.
    unit : str
        Unit of the signal, for showing.
    """

    names: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    power: NDArray[np.float64]
    relative: NDArray[np.float64]
    total: float
    total_band: tuple[float, float]
    unit: str = ""

    def __getitem__(self, name: str) -> float:
        """Return the absolute power of a band."""
        if name not in self.names:
            raise InvalidInputError(f"there is no band {name!r}; there are {list(self.names)}")
        return float(self.power[self.names.index(name)])

    def to_frame(self) -> pd.DataFrame:
        """Return one row a band."""
        import pandas as pd

        return pd.DataFrame(
            {
                "low_hz": self.low,
                "high_hz": self.high,
                "power": self.power,
                "relative": self.relative,
            },
            index=pd.Index(self.names, name="band"),
        )

    def facts(self) -> list[tuple[str, str]]:
        """Return each band's power and share, and the total."""
        unit = f"{self.unit or 'units'}²"
        rows = [
            (
                f"{name} {low:g}-{high:g} Hz",
                f"{quantity(power, unit)}" + ("" if np.isnan(share) else f" ({100 * share:.1f} %)"),
            )
            for name, low, high, power, share in zip(
                self.names, self.low, self.high, self.power, self.relative, strict=True
            )
        ]
        low, high = self.total_band
        return [*rows, (f"total {low:g}-{high:g} Hz", quantity(self.total, unit))]


def plan_bands(fs: float, **options: Any) -> Plan[Any, BandPower]:
    """Return how band powers run over a recording; options as `band_power`."""
    return plan_from_spectrum(band_power, fs, **options)


@chunked(plan_bands)
@with_recipe("values")
def band_power(
    values: Any,
    fs: float | None = None,
    *,
    bands: Any = None,
    total_band: tuple[float, float] | None = None,
    method: str = "welch",
    window_seconds: float | None = None,
    usable: Any = None,
) -> BandPower:
    """Return the absolute and relative power in frequency bands.

    Parameters
    ----------
    values : PowerSpectrum, or array-like of float, shape (n,)
        A spectrum, or samples of which one is made first. Over a recording:
        ``start(band_power, channel)``.
    fs : float, optional
        Sampling rate in Hz; only for samples.
    bands : mapping of str to (float, float), optional
        Names and limits in Hz; `EEG_BANDS` by default: delta 0.5-4, theta 4-8, alpha 8-13, sigma
        12-16, beta 13-30 and gamma 30-80 Hz.
    total_band : (float, float), optional
        What relative power is a share of; by default from the lowest limit of all bands to the
        highest. Bands that overlap, as sigma does alpha and beta, do not add up to 1.
    method, window_seconds
        As for `power_spectrum`; only for samples. For other settings make the spectrum first.
    usable : Stretches, Annotations, quality result or bool array, optional
        Where samples may be used.

    Notes
    -----
    Each density stands for the frequencies up to half way to its neighbours, and a band takes
    the part of them within its limits. So the powers of bands side by side add up to that of both
    together, and that of all frequencies is the mean square of the signal.

    References
    ----------
    Kane N et al. Clin Neurophysiol Pract 2017;2:170-185 (limits of the EEG bands).
    """
    found = spectrum_of(values, fs, method, window_seconds, usable)
    kept, notes = checked_bands(bands, found.fs)
    whole = checked_total(total_band, kept, found.fs)
    notes += _unresolved(kept, found.frequencies)
    weights = band_weights(found.frequencies, (*kept, ("total", *whole)), found.fs)
    power = weights @ np.nan_to_num(found.density)
    if not found.enough:
        power[:] = np.nan
    power[:-1][[low >= found.fs / 2 for _, low, _ in kept]] = np.nan
    total = float(power[-1])
    relative = power[:-1] / total if total > 0 else np.full(len(kept), np.nan)
    if found.enough and not total > 0:
        notes.append(not_enough("the signal is constant; there is no power to share"))
    return BandPower(
        names=tuple(name for name, _, _ in kept),
        low=np.array([low for _, low, _ in kept]), high=np.array([high for _, _, high in kept]),
        power=power[:-1], relative=relative, total=total, total_band=whole, unit=found.unit,
        valid=found.valid, notes=(*found.notes, *notes),
    )  # fmt: skip


def checked_bands(bands: Any, fs: float) -> tuple[Bands, list[str]]:
    """Return bands as ``(name, low, high)``, cut at fs / 2, and notes on those that are cut."""
    chosen = EEG_BANDS if bands is None else bands
    if not isinstance(chosen, Mapping) or not chosen:
        raise InvalidInputError(
            f"bands={bands!r} is no mapping of names to (low, high) in Hz; give for example "
            "{'alpha': (8, 13)}"
        )
    kept, notes = [], []
    for name, limits in chosen.items():
        low, high = limits_of(limits, f"bands[{name!r}]")
        if low >= fs / 2:
            notes.append(f"{name} {low:g}-{high:g} Hz lies above fs / 2 = {fs / 2:g} Hz")
        elif high > fs / 2:
            notes.append(f"{name} {low:g}-{high:g} Hz is cut at fs / 2 = {fs / 2:g} Hz")
            high = fs / 2
        kept.append((str(name), low, high))
    return tuple(kept), notes


def _unresolved(kept: Bands, frequencies: NDArray[np.float64]) -> list[str]:
    """Return a note on bands that are narrower than the distance of the densities."""
    if len(frequencies) < 2:  # noqa: PLR2004 - no spacing
        return []
    spacing = float(frequencies[-1] - frequencies[0]) / (len(frequencies) - 1)
    narrow = [f"{name} {low:g}-{high:g} Hz" for name, low, high in kept if high - low < spacing]
    if not narrow:
        return []
    note = (
        f"narrower than the {spacing:.3g} Hz that the spectrum resolves: {', '.join(narrow)}; the "
        "power there is that of what lies around. Longer windows resolve more (window_seconds)"
    )
    return [note]


def checked_total(total_band: Any, kept: Bands, fs: float) -> tuple[float, float]:
    """Return the band that relative power refers to, cut at fs / 2."""
    if total_band is not None:
        low, high = limits_of(total_band, "total_band")
        return low, min(high, fs / 2)
    return min(low for _, low, _ in kept), min(max(high for _, _, high in kept), fs / 2)


def limits_of(limits: Any, name: str) -> tuple[float, float]:
    """Return a band ``(low, high)`` in Hz with ``0 <= low < high``."""
    try:
        low, high = limits
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"{name}={limits!r} is no band; give (lowest, highest) in Hz, for example (0.5, 30)"
        ) from None
    low = checked_number(low, f"{name}[0]", 0, unit="Hz")
    return low, checked_number(high, f"{name}[1]", low, unit="Hz", open_low=True)


def band_weights(frequencies: NDArray[np.float64], bands: Bands, fs: float) -> NDArray[np.float64]:
    """Return what each density adds to each band, in Hz, shape (bands, frequencies)."""
    if len(frequencies) < 2:  # noqa: PLR2004 - no spacing
        return np.zeros((len(bands), len(frequencies)))
    spacing = (frequencies[-1] - frequencies[0]) / (len(frequencies) - 1)
    weights = np.empty((len(bands), len(frequencies)))
    for row, (_, low, high) in zip(weights, bands, strict=True):
        # 0 Hz and fs / 2 stand for half a spacing beyond the end too, as the density counts them.
        bottom = -np.inf if low == 0 else low
        top = np.inf if high >= fs / 2 else high
        upper = np.minimum(frequencies + spacing / 2, top)
        row[:] = np.maximum(upper - np.maximum(frequencies - spacing / 2, bottom), 0)
    return weights
