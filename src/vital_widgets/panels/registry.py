"""The names of all panels: those of this package, and those that others register."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from vital_widgets.errors import InvalidInputError

# Name of each panel of this package, and its module in `catalog`.
CATALOG = {
    "Annotations": "annotations_panel",
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


def panel_class(name: str) -> Any:
    """Return the class of a panel.

    Parameters
    ----------
    name : str
        One of `available`, such as "Spectrum".
    """
    known = {**CATALOG, **INSTRUMENTS}
    if name in known:
        return getattr(import_module(f"{_HERE}.catalog.{known[name]}"), name)
    others = _others()
    if name in others:
        return others[name].load()
    raise InvalidInputError(f"unknown panel {name!r}; available: {', '.join(available())}")


def _others() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
