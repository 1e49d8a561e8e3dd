"""Analysis of physiological signals: arrays in, frozen results out.

Every function takes samples and their sampling rate; `start` runs it over a whole recording in
the background. Names are resolved when they are first used, so that importing stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HERE = "vital_widgets.analysis"
_NAMES = {
    "beat_series": ("Beats", "Intervals"),
    "chunked": ("start",),
    "comparison.agreement": ("bland_altman", "error_figures"),
    "comparison.clock": ("beat_delay", "clock_drift"),
    "comparison.delay": ("signal_delay",),
    "comparison.matching": ("match_beats",),
    "complexity.dimension": ("correlation_dimension",),
    "complexity.entropy": ("approximate_entropy", "sample_entropy"),
    "complexity.fluctuation": ("dfa",),
    "complexity.fractal": (
        "higuchi_fractal_dimension",
        "hjorth",
        "katz_fractal_dimension",
        "petrosian_fractal_dimension",
    ),
    "complexity.multiscale": ("multiscale_entropy",),
    "complexity.nonlinear": ("HrvNonlinear", "hrv_nonlinear"),
    "complexity.ordinal": ("permutation_entropy",),
    "complexity.poincare": ("poincare",),
    "complexity.recurrence": ("recurrence",),
    "complexity.symbols": ("symbolic_dynamics",),
    "complexity.transfer": ("transfer_entropy",),
    "correction.correct": ("CorrectedBeats", "correct_beats"),
    "derived": ("derived_channel", "filtered_channel"),
    "disagreement": ("detector_disagreement", "rank_disagreement"),
    "ecg.delineation": ("Delineation", "ecg_delineate"),
    "ecg.leads": ("LeadsDelineation", "ecg_delineate_leads"),
    "ecg.intervals": ("EcgIntervals", "ecg_intervals"),
    "ecg.qtc": ("qtc",),
    "ecg.rhythm": ("rhythm_episodes",),
    "ecg.st": ("st_level",),
    "ecg.st_episodes": ("st_episodes",),
    "ecg.templates": ("beat_templates",),
    "filtering.adaptive": ("AdaptiveFiltered", "adaptive_filter"),
    "filtering.apply": ("bandpass", "filter_signal", "highpass", "lowpass"),
    "filtering.baseline": ("remove_baseline",),
    "filtering.components": ("Components", "remove_components"),
    "filtering.design": ("comb", "design_filter", "notch"),
    "filtering.filter": ("Filter",),
    "filtering.filtered": ("Filtered",),
    "filtering.kalman": ("kalman_smooth",),
    "filtering.modes": ("Modes", "empirical_mode_decomposition"),
    "filtering.resample": ("Resampled", "resample_signal"),
    "filtering.response": ("FilterResponse",),
    "filtering.smoothing": ("moving_average", "moving_median", "savitzky_golay"),
    "filtering.unmixed": ("without_components",),
    "filtering.wavelet": ("wavelet_denoise",),
    "morphology.anomalies": ("anomalies",),
    "morphology.averages": ("averaged_beat", "event_average"),
    "morphology.beat_trend": ("beat_trend",),
    "morphology.change_points": ("change_points",),
    "morphology.crossings": ("zero_crossings",),
    "morphology.envelope": ("envelope",),
    "morphology.lagged": ("lagged_correlation",),
    "morphology.window_statistics": ("window_statistics",),
    "ppg.fiducials": ("ppg_fiducials",),
    "ppg.oximetry": ("OxygenRatio", "ratio_of_ratios"),
    "ppg.peaks": ("ppg_peaks",),
    "ppg.perfusion": ("PerfusionIndex", "perfusion_index"),
    "ppg.waves": ("PulseWaves",),
    "qrs.peaks": ("ecg_peaks",),
    "quality.motion": ("motion_intensity",),
    "quality.signal_quality": ("signal_quality",),
    "recipe": ("Recipe",),
    "respiration.breath_series": ("Breaths",),
    "respiration.breaths": ("breaths",),
    "respiration.derived": ("ecg_derived_respiration", "ppg_derived_respiration"),
    "respiration.derived_series": ("DerivedRespiration",),
    "respiration.event_series": ("RespiratoryEvents",),
    "respiration.events": ("respiratory_events",),
    "respiration.fusion": ("FusedRespirationRate", "fused_respiration_rate"),
    "respiration.rate": ("respiration_rate",),
    "respiration.rate_series": ("RespirationRate",),
    "result": ("Result",),
    "spectral.band_trend": ("BandTrend", "bandpower_trend", "eeg_bands"),
    "spectral.bands": ("BandPower", "EEG_BANDS", "band_power"),
    "spectral.cross": ("CrossSpectrum", "coherence", "cross_spectrum"),
    "spectral.figures": (
        "SpectralFigure",
        "mean_frequency",
        "median_frequency",
        "peak_frequency",
        "spectral_edge",
        "spectral_entropy",
    ),
    "spectral.power_spectrum": ("power_spectrum",),
    "spectral.scalogram": ("Scalogram", "scalogram"),
    "spectral.spectrogram": ("Spectrogram", "spectrogram"),
    "spectral.spectrum": ("PowerSpectrum",),
    "statistics.running": ("RunningStatistics",),
    "statistics.signal_statistics": ("SignalStatistics", "signal_statistics"),
    "stored": ("filter_recording", "process_recording"),
    "stretches": ("Stretches",),
    "transit.times": ("PulseDelays", "pulse_arrival_time", "pulse_transit_time"),
    "validity": ("ValidSignal",),
    "variability.convention": ("CONVENTIONS", "HrvConvention"),
    "variability.hrv": ("Hrv", "hrv", "hrv_conventions", "hrv_frequency", "hrv_time"),
    "variability.trend": ("HrvTrend", "hrv_trend"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{_HERE}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
