"""Simulated signals with known ground truth, and the demo recording."""

from __future__ import annotations

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
