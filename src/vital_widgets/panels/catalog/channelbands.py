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
        "PPG": {"respiratory": (0.145, 0.6), "cardiac": (0.6, 2.0)},
    }
)


def usual_bands(recording: Recording, name: str) -> Bands:
    """Return the bands that are usual for a channel.

    They are those of the EEG [1]_ for an EEG only. Those of an ECG have the limits by which its
    quality is judged: wander of the baseline up to 1 Hz, the energy of QRS complexes from 5 to
    15 Hz, and no more than noise above 40 Hz [2]_. Those of a PPG are the oscillations of the
    peripheral blood flow that respiration and the heart cause [3]_. There are no usual bands of
    other signals: one band then reaches from 0 to fs / 2.

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
    .. [2] Clifford GD, Behar J, Li Q, Rezek I. Signal quality indices and data fusion for
       determining clinical acceptability of electrocardiograms. Physiological Measurement
       2012;33:1419-1433. doi:10.1088/0967-3334/33/9/1419
    .. [3] Stefanovska A, Bracic M, Kvernmo HD. Wavelet analysis of oscillations in the peripheral
       blood circulation measured by laser Doppler technique. IEEE Transactions on Biomedical
       Engineering 1999;46:1230-1239. doi:10.1109/10.790500
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
