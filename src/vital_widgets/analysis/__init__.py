"""Analysis of physiological signals: arrays in, frozen results out.

Every function takes samples and their sampling rate; `start` runs it over a whole recording in
the background. Names are resolved when they are first used, so that importing stays light.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HERE = "vital_widgets.analysis"
_NAMES = {
    "eda.eda_components": ("EdaComponents", "eda_components"),
    "eda.eda_event_responses": ("EdaEventResponses", "eda_event_responses"),
    "eda.eda_peaks": ("SkinConductanceResponses", "eda_peaks"),
    "emg.emg_envelope": ("emg_envelope",),
    "emg.emg_frequency": ("EmgFrequency", "emg_frequency"),
    "emg.emg_onsets": ("MuscleActivity", "emg_onsets"),
    "engine.analysis": ("run",),
    "engine.lazy": ("lazy",),
    "engine.piecewise": ("EventTable", "piecewise"),
    "engine.store": ("store",),
    "engine.recipe": ("Recipe",),
    "engine.result": ("Result",),
    "engine.samplewise": ("Filtered",),
    "engine.stretches": ("Stretches",),
    "engine.validity": ("ValidSignal",),
    "beats.beat_series": ("Beats", "Intervals"),
    "beats.edited_beats": ("EditedBeats",),
    "signal.complexity.correlation_dimension": ("correlation_dimension",),
    "signal.complexity.dfa": ("dfa",),
    "signal.complexity.entropy": ("approximate_entropy", "multiscale_entropy", "sample_entropy"),
    "signal.complexity.fractal": (
        "higuchi_fractal_dimension",
        "hjorth",
        "katz_fractal_dimension",
        "petrosian_fractal_dimension",
    ),
    "signal.complexity.patterns": ("permutation_entropy", "symbolic_dynamics"),
    "signal.complexity.recurrence": ("recurrence",),
    "signal.complexity.transfer_entropy": ("transfer_entropy",),
    "signal.filters.adaptive": ("AdaptiveFiltered", "adaptive_filter"),
    "signal.filters.baseline": ("remove_baseline",),
    "signal.filters.components": ("Components", "remove_components", "without_components"),
    "signal.filters.design": ("comb", "design_filter", "notch"),
    "signal.filters.filter": ("Filter", "FilterResponse"),
    "signal.filters.filter_signal": ("bandpass", "filter_signal", "highpass", "lowpass"),
    "signal.filters.mode_decomposition": ("Modes", "empirical_mode_decomposition"),
    "signal.filters.resample": ("Resampled", "resample_signal"),
    "signal.filters.smoothing": (
        "kalman_smooth",
        "moving_average",
        "moving_median",
        "savitzky_golay",
    ),
    "signal.filters.wavelet_denoising": ("wavelet_denoise",),
    "signal.spectra.band_power": ("BandPower", "EEG_BANDS", "band_power"),
    "signal.spectra.band_power_trend": ("BandPowerTrend", "band_power_trend"),
    "signal.spectra.coherence": ("Coherence", "coherence"),
    "signal.spectra.power_spectrum": ("power_spectrum",),
    "signal.spectra.scalogram": ("Scalogram", "scalogram"),
    "signal.spectra.spectral_measures": (
        "SpectralMeasure",
        "mean_frequency",
        "median_frequency",
        "peak_frequency",
        "spectral_edge",
        "spectral_entropy",
    ),
    "signal.spectra.spectrogram": ("Spectrogram", "spectrogram"),
    "signal.spectra.spectrum": ("PowerSpectrum",),
    "signal.statistics.running_statistics": ("RunningStatistics",),
    "signal.statistics.signal_statistics": ("SignalStatistics", "signal_statistics"),
    "signal.windows.anomalies": ("anomalies",),
    "signal.windows.change_points": ("change_points",),
    "signal.windows.envelope": ("envelope",),
    "signal.windows.event_average": ("event_average",),
    "signal.windows.lagged_correlation": ("lagged_correlation",),
    "signal.windows.window_statistics": ("window_statistics",),
    "signal.windows.zero_crossings": ("zero_crossings",),
    "ecg.averaged_beat": ("averaged_beat",),
    "ecg.beat_templates": ("beat_templates",),
    "ecg.beat_trend": ("beat_trend",),
    "ecg.delineation": ("Delineation", "ecg_delineate"),
    "ecg.detection.ecg_peaks": ("ecg_peaks",),
    "ecg.ecg_intervals": ("EcgIntervals", "ecg_intervals", "qtc"),
    "ecg.st_episodes": ("st_episodes",),
    "ecg.st_level": ("st_level",),
    "ppg.fiducials": ("PulseWaves", "ppg_fiducials"),
    "ppg.oximetry": ("OxygenRatio", "ratio_of_ratios"),
    "ppg.perfusion": ("PerfusionIndex", "perfusion_index"),
    "ppg.ppg_peaks": ("ppg_peaks",),
    "ppg.transit": ("PulseDelays", "pulse_arrival_time", "pulse_transit_time"),
    "respiration.breaths": ("Breaths", "breaths"),
    "respiration.derived_respiration": ("ecg_derived_respiration", "ppg_derived_respiration"),
    "respiration.derived_series": ("DerivedRespiration",),
    "respiration.rate_fusion": ("FusedRespirationRate", "fused_respiration_rate"),
    "respiration.respiration_rate": ("RespirationRate", "respiration_rate"),
    "respiration.respiratory_events": ("RespiratoryEvents", "respiratory_events"),
    "hrv.convention": ("CONVENTIONS", "HrvConvention"),
    "hrv.correct_beats": ("CorrectedBeats", "correct_beats"),
    "hrv.beat_edits": ("BeatEdits",),
    "hrv.edit_beats": ("edit_beats",),
    "hrv.hrv": ("Hrv", "hrv", "hrv_frequency", "hrv_time"),
    "hrv.hrv_conventions": ("hrv_conventions",),
    "hrv.hrv_trend": ("HrvTrend", "hrv_trend"),
    "hrv.nonlinear": ("HrvNonlinear", "hrv_nonlinear"),
    "hrv.poincare": ("poincare",),
    "hrv.rhythm_episodes": ("rhythm_episodes",),
    "quality.disagreement": ("detector_disagreement", "rank_disagreement"),
    "quality.motion": ("motion_intensity",),
    "quality.signal_quality": ("signal_quality",),
    "sleep.hypnogram": ("Hypnogram", "hypnogram"),
    "sleep.sleep_events": ("SleepEvents", "sleep_events"),
    "sleep.sleep_statistics": ("SleepStatistics", "sleep_statistics"),
    "compare.agreement": ("bland_altman", "error_metrics"),
    "compare.clock": ("beat_delay", "clock_drift"),
    "compare.clock_correction": ("correct_clock", "same_times"),
    "compare.delay": ("signal_delay",),
    "compare.matching": ("match_beats",),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605


class _PublicNames(ModuleType):
    """Keeps the function `hrv`, which importing the folder of the same name would replace."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, but not a folder in place of a function."""
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _PublicNames


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{_HERE}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
