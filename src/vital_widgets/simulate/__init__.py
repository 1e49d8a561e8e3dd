"""Simulated signals with known ground truth, and the demo recording."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# What is public, by module: several modules are named as their function.
PUBLIC = {
    "sleep_night": ("sleep_night", "SleepNight"),
    "second_reader": ("second_reader", "SecondReader"),
    "eda_experiment": ("eda_experiment", "EdaExperiment"),
    "second_device": ("second_device", "SecondDevice"),
    "sample_recording": ("sample_truth", "SampleTruth"),
    "noisy_ecg": ("noisy_ecg", "NoisyEcg"),
    "ecg_leads": ("leads_ecg", "LeadsEcg"),
    "ecg_waves": ("wave_ecg", "WaveEcg"),
    "ppg_waves": ("make_ppg", "PpgTruth"),
    "breathing": ("make_breathing", "BreathingTruth"),
}


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        return import_module(f"{__name__}.{name}")
    for module, names in PUBLIC.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC, *(one for names in PUBLIC.values() for one in names)})
