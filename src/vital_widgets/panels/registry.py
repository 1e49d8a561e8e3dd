"""The names of all panels: those of this package, and those that others register."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from vital_widgets.core.names import did_you_mean
from vital_widgets.errors import InvalidInputError

# Name of each panel of this package, and its module in `catalog`.
CATALOG = {
    "Annotations": "annotations_panel",
    "BandPower": "bandpower_panel",
    "BeatEditor": "beateditor_panel",
    "Beats": "beats_panel",
    "Compare": "compare_panel",
    "Disagreements": "disagreements_panel",
    "ECGIntervals": "ecg_intervals_panel",
    "EDA": "eda_panel",
    "EMG": "emg_panel",
    "Events": "events_panel",
    "Filter": "filter_panel",
    "HRV": "hrv_panel",
    "Morphology": "morphology_panel",
    "PPG": "ppg_panel",
    "Quality": "quality_panel",
    "Respiration": "respiration_panel",
    "Sleep": "sleep_panel",
    "Spectrogram": "spectrogram_panel",
    "Spectrum": "spectrum_panel",
    "Statistics": "statistics_panel",
}
# Panels without a signal, which show what the kernel does.
INSTRUMENTS = {
    "Tasks": "tasks_panel",
    "Memory": "memory_panel",
    "Performance": "performance_panel",
}
ENTRY_POINTS = "vital_widgets.panels"
_HERE = __name__.rpartition(".")[0]


def available() -> list[str]:
    """Return the names of all panels, those of other packages included."""
    return sorted({*CATALOG, *INSTRUMENTS, *_others()})


def panel_class(name: Any) -> Any:
    """Return the class of a panel.

    Parameters
    ----------
    name : str
        One of `available`, such as "Spectrum".
    """
    known = {**CATALOG, **INSTRUMENTS}
    if isinstance(name, str) and name in known:
        return getattr(import_module(f"{_HERE}.catalog.{known[name]}"), name)
    others = _others()
    if isinstance(name, str) and name in others:
        return _loaded(others[name])
    listed = available()
    meant = did_you_mean(name, listed)
    raise InvalidInputError(f"unknown panel {name!r}{meant}; available: {', '.join(listed)}")


def checked_class(given: Any) -> Any:
    """Return a class of panels, or raise."""
    from vital_widgets.panels.instrument import Instrument
    from vital_widgets.panels.panel import Panel

    if not isinstance(given, type) or not issubclass(given, (Panel, Instrument)):
        raise InvalidInputError(
            f"{given!r} is no class of panels; derive it from vital_widgets.panels.Panel"
        )
    return given


def _loaded(point: EntryPoint) -> Any:
    """Return the panel of another package, or say that it does not work."""
    try:
        return checked_class(point.load())
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise InvalidInputError(
            f"the panel {point.name!r} cannot be loaded from {point.value!r} ({what}); correct "
            "or update the package that registers it"
        ) from error


def _others() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
