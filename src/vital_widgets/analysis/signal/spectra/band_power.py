"""Power in frequency bands."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.signal.spectra.power_spectrum import SpectrumLike, of_spectrum
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Plan
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum

# In Kane et al. (2017), delta begins at 0.1 Hz, but amplifiers pass it from 0.5 Hz on, and beta at
# 14 Hz, which would leave a gap behind alpha. Sigma is the range of sleep spindles, 12 to 16 Hz.
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
Bands: TypeAlias = "tuple[tuple[str, float, float], ...]"
COLUMNS = {name: name for name in ("low_hz", "high_hz", "power", "relative")}


@dataclass(frozen=True, kw_only=True, eq=False)
class BandPower(
    Result, given=("low_hz", "high_hz", "total_band"), columns={"band": "names", **COLUMNS}
):
    """Power in bands.

    Attributes
    ----------
    names : tuple of str
        Names of the bands.
    low_hz, high_hz : ndarray of float64, shape (bands,)
        Their limits in Hz; a band that reaches above fs / 2 is cut there.
    power : ndarray of float64, shape (bands,)
        Absolute power in units²; NaN for a band above fs / 2.
    relative : ndarray of float64, shape (bands,)
        Share of the power in ``total_band``, 0 to 1.
    total : float
        Power in ``total_band``, in units².
    total_band : (float, float)
        Hz.
    units : str
        Units of the signal.
    """

    names: tuple[str, ...]
    low_hz: NDArray[np.float64]
    high_hz: NDArray[np.float64]
    power: NDArray[np.float64]
    relative: NDArray[np.float64]
    total: float
    total_band: tuple[float, float]
    units: str = ""

    def __getitem__(self, name: str) -> float:
        """Return the absolute power of a band."""
        if name not in self.names:
            raise InvalidInputError(f"unknown band {name!r}; available: {', '.join(self.names)}")
        return float(self.power[self.names.index(name)])

    def _facts(self) -> list[tuple[str, str]]:
        units = f"{self.units or 'units'}²"
        shares = ["" if np.isnan(share) else f" ({100 * share:.1f} %)" for share in self.relative]
        names, power = (*self.names, "total"), [*self.power, self.total]
        low, high = (*self.low_hz, self.total_band[0]), (*self.high_hz, self.total_band[1])
        return [
            (f"{name} {a:g}-{b:g} Hz", quantity(value, units) + share)
            for name, a, b, value, share in zip(names, low, high, power, [*shares, ""], strict=True)
        ]


@analysis
def band_power(
    x: SpectrumLike,
    fs: float | None = None,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
    total_band: tuple[float, float] | None = None,
    method: str = "welch",
    window_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Any, BandPower] | BandPower:
    """Compute the absolute and relative power in frequency bands.

    Parameters
    ----------
    x : PowerSpectrum, array-like of float, shape (n,), or Channel
        A spectrum, or a signal of which the spectrum is computed first.
    bands : mapping of str to (float, float), optional
        Names and limits in Hz; by default `EEG_BANDS` [1]_: delta 0.5-4, theta 4-8, alpha 8-13,
        sigma 12-16, beta 13-30 and gamma 30-80 Hz.
    total_band : (float, float), optional
        Band in Hz whose power is 1 in the relative power; by default from the lowest to the highest
        limit of all bands. The shares of bands that overlap, such as sigma, do not add up to 1.
    fs, method, window_s, usable
        As for `power_spectrum`; only for a signal. For other settings compute the spectrum first.

    Returns
    -------
    BandPower

    Raises
    ------
    InvalidInputError
        ``bands`` is not a mapping of names to (low, high), or ``fs``, ``window_s`` or ``usable``
        is given together with a spectrum.

    Notes
    -----
    Each density stands for the frequencies up to halfway to its neighbours, and a band takes the
    part of them within its limits. So the powers of adjacent bands add up to that of both
    together, and the power of all frequencies is the mean square of the signal.

    References
    ----------
    .. [1] Kane N, Acharya J, Beniczky S, et al. A revised glossary of terms most commonly used by
       clinical electroencephalographers and updated proposal for the report format of the EEG
       findings. Revision 2017. Clinical Neurophysiology Practice 2017;2:170-185.
       doi:10.1016/j.cnp.2017.07.002

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import band_power
    >>> rhythm = 20 * np.sin(2 * np.pi * 10 * np.arange(3000) / 100)
    >>> round(band_power(rhythm, fs=100)["alpha"])  # 20² / 2
    200
    """
    measure = functools.partial(_in_bands, bands=bands, total_band=total_band)
    return of_spectrum(x, fs, method, window_s, usable, measure)


def _in_bands(
    spectrum: PowerSpectrum,
    bands: Mapping[str, tuple[float, float]] | None,
    total_band: tuple[float, float] | None,
) -> BandPower:
    kept, notes = checked_bands(bands, spectrum.fs)
    whole = checked_total(total_band, kept, spectrum.fs)
    narrow = [f"{name} {a:g}-{b:g} Hz" for name, a, b in kept if b - a < spectrum.spacing]
    if narrow:
        notes.append(
            f"narrower than the {spectrum.spacing:.3g} Hz that the spectrum resolves: "
            f"{', '.join(narrow)}; their power is that of the frequencies around. Longer windows "
            "(window_s) resolve more"
        )
    weights = band_weights(spectrum.frequencies, (*kept, ("total", *whole)), spectrum.fs)
    power = weights @ np.nan_to_num(spectrum.density)
    if not spectrum.enough:
        power[:] = np.nan
    power[:-1][[low >= spectrum.fs / 2 for _, low, _ in kept]] = np.nan
    total = float(power[-1])
    relative = power[:-1] / total if total > 0 else np.full(len(kept), np.nan)
    if spectrum.enough and not total > 0:
        notes.append(not_enough("the signal is constant, so it has no power"))
    names, low_hz, high_hz = zip(*kept, strict=True)
    return BandPower(
        names=names, low_hz=np.array(low_hz), high_hz=np.array(high_hz), power=power[:-1],
        relative=relative, total=total, total_band=whole, units=spectrum.units,
        valid=spectrum.valid, notes=(*spectrum.notes, *notes),
    )  # fmt: skip


def checked_bands(
    bands: Mapping[str, tuple[float, float]] | None, fs: float
) -> tuple[Bands, list[str]]:
    """Return bands as ``(name, low, high)``, cut at fs / 2, and notes on those that are cut."""
    chosen: object = EEG_BANDS if bands is None else bands
    if not isinstance(chosen, Mapping) or not chosen:
        raise InvalidInputError(
            f"bands={bands!r} is not a mapping of names to (low, high) in Hz; give for example "
            "{'alpha': (8, 13)}"
        )
    kept, notes = [], []
    for name, limits in chosen.items():
        low, high = checked_band(limits, f"bands[{name!r}]")
        if low >= fs / 2:
            notes.append(f"{name} {low:g}-{high:g} Hz is above fs / 2 = {fs / 2:g} Hz")
        elif high > fs / 2:
            notes.append(f"{name} {low:g}-{high:g} Hz is cut at fs / 2 = {fs / 2:g} Hz")
            high = fs / 2
        kept.append((str(name), low, high))
    return tuple(kept), notes


def checked_total(
    total_band: tuple[float, float] | None, kept: Bands, fs: float
) -> tuple[float, float]:
    """Return the band that relative power refers to, cut at fs / 2."""
    if total_band is not None:
        low, high = checked_band(total_band, "total_band")
        return low, min(high, fs / 2)
    return min(low for _, low, _ in kept), min(max(high for _, _, high in kept), fs / 2)


def checked_band(
    band: tuple[float, float], name: str = "band", fs: float | None = None
) -> tuple[float, float]:
    """Return a band in Hz with ``0 <= low < high``; with ``fs`` it is cut at fs / 2."""
    try:
        low, high = band
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"{name}={band!r} is not a band; give (low, high) in Hz, for example (0.5, 30)"
        ) from None
    low = checked_number(low, f"{name}[0]", 0, unit="Hz")
    high = checked_number(high, f"{name}[1]", low, unit="Hz", open_low=True)
    if fs is None:
        return low, high
    if low >= fs / 2:
        raise InvalidInputError(
            f"{name}={band!r} is above fs / 2 = {fs / 2:g} Hz, the highest frequency of this "
            "signal; give a lower band, or a signal with a higher sampling rate"
        )
    return low, min(high, fs / 2)


def band_weights(frequencies: NDArray[np.float64], bands: Bands, fs: float) -> NDArray[np.float64]:
    """Return what each density adds to each band, in Hz, shape (bands, frequencies)."""
    if len(frequencies) < 2:  # noqa: PLR2004 - no spacing
        return np.zeros((len(bands), len(frequencies)))
    half = (frequencies[-1] - frequencies[0]) / (len(frequencies) - 1) / 2
    # 0 Hz and fs / 2 stand for half a spacing beyond the end too, as the density counts them.
    bottom = np.array([-np.inf if low == 0 else low for _, low, _ in bands])[:, None]
    top = np.array([np.inf if high >= fs / 2 else high for _, _, high in bands])[:, None]
    width = np.minimum(frequencies + half, top) - np.maximum(frequencies - half, bottom)
    return np.asarray(np.maximum(width, 0))
