"""Frequency bands that suit a channel, by the kind of its signal, and bands that overlap."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vital_widgets.analysis.signal.spectra.band_power import EEG_BANDS
from vital_widgets.panels.channelguess import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vital_widgets.core.recording import Recording

Bands = dict[str, tuple[float, float]]
WHOLE = "all"
BANDS_OF: Mapping[str, Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "EEG": EEG_BANDS,
        "ECG": {
            "baseline": (0.0, 1.0),
            "low": (1.0, 5.0),
            "QRS": (5.0, 15.0),
            "high": (15.0, 40.0),
        },
        "PPG": {"respiratory": (0.15, 0.4), "cardiac": (0.4, 2.0)},
    }
)


def usual_bands(recording: Recording, name: str) -> Bands:
    """Return the bands that are usual for a channel.

    They are those of the EEG [1]_ for an EEG only, as `analysis.band_power` has them. Those of an
    ECG have the limits of two indices of its quality: the share of the baseline, below 1 Hz, in the
    power up to 40 Hz, and that of QRS complexes, 5 to 15 Hz, in the power from 5 to 40 Hz [2]_; the
    bands called low and high are what is left up to 40 Hz. Those of a PPG are the respiratory and
    the cardiac band of the blood flow in the skin [3]_, which was measured by laser Doppler
    flowmetry: breathing above 24 /min is in the cardiac band, and a pulse above
    120 /min and overtones are in neither. There are no usual bands of other signals: one band then
    reaches from 0 to fs / 2.

    Parameters
    ----------
    recording : Recording
        The recording.
    name : str
        Name of the channel.

    References
    ----------
    .. [1] Kane N, Acharya J, Beniczky S, et al. A revised glossary of terms most commonly used by
       clinical electroencephalographers. Clinical Neurophysiology Practice 2017;2:170-185.
       doi:10.1016/j.cnp.2017.07.002
    .. [2] Zhao Z, Zhang Y. SQI quality evaluation mechanism of single-lead ECG signal based on
       simple heuristic fusion and fuzzy comprehensive evaluation. Frontiers in Physiology
       2018;9:727. doi:10.3389/fphys.2018.00727
    .. [3] Geyer MJ, Jan YK, Brienza DM, Boninger ML. Using wavelet analysis to characterize the
       thermoregulatory mechanisms of sacral skin blood flow. Journal of Rehabilitation Research and
       Development 2004;41(6A):797-806.
    """
    channel = recording[name]
    bands = BANDS_OF.get(kind_of(name, channel.units))
    return dict(bands) if bands is not None else {WHOLE: (0.0, channel.timebase.fs / 2)}


def given_bands(bands: Mapping[str, tuple[float, float]]) -> Mapping[str, Any] | None:
    """Return what the functions of the analysis are given: None for the bands of the EEG."""
    return None if dict(bands) == dict(EEG_BANDS) else bands


def told_names(bands: Any) -> list[str]:
    """Return the names of the bands of a result, each with those that it overlaps."""
    limits = list(zip(bands.names, bands.low_hz, bands.high_hz, strict=True))
    told = []
    for name, low, high in limits:
        others = [one for one, a, b in limits if one != name and a < high and low < b]
        told.append(f"{name} (overlaps {', '.join(others)})" if others else name)
    return told
