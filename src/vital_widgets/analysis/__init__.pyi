# What type checkers see: the names of `__init__.py`, resolved at once.

from vital_widgets.analysis.beats.beat_series import Beats, Intervals
from vital_widgets.analysis.beats.edited_beats import EditedBeats
from vital_widgets.analysis.compare.agreement import bland_altman, error_metrics
from vital_widgets.analysis.compare.clock import beat_delay, clock_drift
from vital_widgets.analysis.compare.clock_correction import correct_clock, same_times
from vital_widgets.analysis.compare.delay import signal_delay
from vital_widgets.analysis.compare.matching import match_beats
from vital_widgets.analysis.ecg.averaged_beat import averaged_beat
from vital_widgets.analysis.ecg.beat_templates import beat_templates
from vital_widgets.analysis.ecg.beat_trend import beat_trend
from vital_widgets.analysis.ecg.delineation import Delineation, ecg_delineate
from vital_widgets.analysis.ecg.detection.ecg_peaks import ecg_peaks
from vital_widgets.analysis.ecg.ecg_intervals import EcgIntervals, ecg_intervals, qtc
from vital_widgets.analysis.ecg.st_episodes import st_episodes
from vital_widgets.analysis.ecg.st_level import st_level
from vital_widgets.analysis.eda.eda_components import EdaComponents, eda_components
from vital_widgets.analysis.eda.eda_event_responses import EdaEventResponses, eda_event_responses
from vital_widgets.analysis.eda.eda_peaks import SkinConductanceResponses, eda_peaks
from vital_widgets.analysis.emg.emg_envelope import emg_envelope
from vital_widgets.analysis.emg.emg_frequency import EmgFrequency, emg_frequency
from vital_widgets.analysis.emg.emg_onsets import MuscleActivity, emg_onsets
from vital_widgets.analysis.engine.analysis import run
from vital_widgets.analysis.engine.lazy import lazy
from vital_widgets.analysis.engine.piecewise import EventTable, piecewise
from vital_widgets.analysis.engine.recipe import Recipe
from vital_widgets.analysis.engine.result import Result
from vital_widgets.analysis.engine.samplewise import Filtered
from vital_widgets.analysis.engine.store import store
from vital_widgets.analysis.engine.stretches import Stretches
from vital_widgets.analysis.engine.validity import ValidSignal
from vital_widgets.analysis.hrv.beat_edits import BeatEdits
from vital_widgets.analysis.hrv.convention import CONVENTIONS, HrvConvention
from vital_widgets.analysis.hrv.correct_beats import CorrectedBeats, correct_beats
from vital_widgets.analysis.hrv.edit_beats import edit_beats
from vital_widgets.analysis.hrv.hrv import Hrv, hrv, hrv_frequency, hrv_time
from vital_widgets.analysis.hrv.hrv_conventions import hrv_conventions
from vital_widgets.analysis.hrv.hrv_trend import HrvTrend, hrv_trend
from vital_widgets.analysis.hrv.nonlinear import HrvNonlinear, hrv_nonlinear
from vital_widgets.analysis.hrv.poincare import poincare
from vital_widgets.analysis.hrv.rhythm_episodes import rhythm_episodes
from vital_widgets.analysis.ppg.fiducials import PulseWaves, ppg_fiducials
from vital_widgets.analysis.ppg.oximetry import OxygenRatio, ratio_of_ratios
from vital_widgets.analysis.ppg.perfusion import PerfusionIndex, perfusion_index
from vital_widgets.analysis.ppg.ppg_peaks import ppg_peaks
from vital_widgets.analysis.ppg.transit import PulseDelays, pulse_arrival_time, pulse_transit_time
from vital_widgets.analysis.quality.disagreement import detector_disagreement, rank_disagreement
from vital_widgets.analysis.quality.motion import motion_intensity
from vital_widgets.analysis.quality.signal_quality import signal_quality
from vital_widgets.analysis.respiration.breaths import Breaths, breaths
from vital_widgets.analysis.respiration.derived_respiration import (
    ecg_derived_respiration,
    ppg_derived_respiration,
)
from vital_widgets.analysis.respiration.derived_series import DerivedRespiration
from vital_widgets.analysis.respiration.rate_fusion import (
    FusedRespirationRate,
    fused_respiration_rate,
)
from vital_widgets.analysis.respiration.respiration_rate import RespirationRate, respiration_rate
from vital_widgets.analysis.respiration.respiratory_events import (
    RespiratoryEvents,
    respiratory_events,
)
from vital_widgets.analysis.signal.complexity.correlation_dimension import correlation_dimension
from vital_widgets.analysis.signal.complexity.dfa import dfa
from vital_widgets.analysis.signal.complexity.entropy import (
    approximate_entropy,
    multiscale_entropy,
    sample_entropy,
)
from vital_widgets.analysis.signal.complexity.fractal import (
    higuchi_fractal_dimension,
    hjorth,
    katz_fractal_dimension,
    petrosian_fractal_dimension,
)
from vital_widgets.analysis.signal.complexity.patterns import permutation_entropy, symbolic_dynamics
from vital_widgets.analysis.signal.complexity.recurrence import recurrence
from vital_widgets.analysis.signal.complexity.transfer_entropy import transfer_entropy
from vital_widgets.analysis.signal.filters.adaptive import AdaptiveFiltered, adaptive_filter
from vital_widgets.analysis.signal.filters.baseline import remove_baseline
from vital_widgets.analysis.signal.filters.components import (
    Components,
    remove_components,
    without_components,
)
from vital_widgets.analysis.signal.filters.design import comb, design_filter, notch
from vital_widgets.analysis.signal.filters.filter import Filter, FilterResponse
from vital_widgets.analysis.signal.filters.filter_signal import (
    bandpass,
    filter_signal,
    highpass,
    lowpass,
)
from vital_widgets.analysis.signal.filters.mode_decomposition import (
    Modes,
    empirical_mode_decomposition,
)
from vital_widgets.analysis.signal.filters.resample import Resampled, resample_signal
from vital_widgets.analysis.signal.filters.smoothing import (
    kalman_smooth,
    moving_average,
    moving_median,
    savitzky_golay,
)
from vital_widgets.analysis.signal.filters.wavelet_denoising import wavelet_denoise
from vital_widgets.analysis.signal.spectra.band_power import EEG_BANDS, BandPower, band_power
from vital_widgets.analysis.signal.spectra.band_power_trend import (
    BandPowerTrend,
    band_power_trend,
)
from vital_widgets.analysis.signal.spectra.coherence import Coherence, coherence
from vital_widgets.analysis.signal.spectra.power_spectrum import power_spectrum
from vital_widgets.analysis.signal.spectra.scalogram import Scalogram, scalogram
from vital_widgets.analysis.signal.spectra.spectral_measures import (
    SpectralMeasure,
    mean_frequency,
    median_frequency,
    peak_frequency,
    spectral_edge,
    spectral_entropy,
)
from vital_widgets.analysis.signal.spectra.spectrogram import Spectrogram, spectrogram
from vital_widgets.analysis.signal.spectra.spectrum import PowerSpectrum
from vital_widgets.analysis.signal.statistics.running_statistics import RunningStatistics
from vital_widgets.analysis.signal.statistics.signal_statistics import (
    SignalStatistics,
    signal_statistics,
)
from vital_widgets.analysis.signal.windows.anomalies import anomalies
from vital_widgets.analysis.signal.windows.change_points import change_points
from vital_widgets.analysis.signal.windows.envelope import envelope
from vital_widgets.analysis.signal.windows.event_average import event_average
from vital_widgets.analysis.signal.windows.lagged_correlation import lagged_correlation
from vital_widgets.analysis.signal.windows.window_statistics import window_statistics
from vital_widgets.analysis.signal.windows.zero_crossings import zero_crossings
from vital_widgets.analysis.sleep.hypnogram import Hypnogram, hypnogram
from vital_widgets.analysis.sleep.sleep_events import SleepEvents, sleep_events
from vital_widgets.analysis.sleep.sleep_statistics import SleepStatistics, sleep_statistics

__all__ = [
    "CONVENTIONS",
    "EEG_BANDS",
    "AdaptiveFiltered",
    "BandPower",
    "BandPowerTrend",
    "BeatEdits",
    "Beats",
    "Breaths",
    "Coherence",
    "Components",
    "CorrectedBeats",
    "Delineation",
    "DerivedRespiration",
    "EcgIntervals",
    "EdaComponents",
    "EdaEventResponses",
    "EditedBeats",
    "EmgFrequency",
    "EventTable",
    "Filter",
    "FilterResponse",
    "Filtered",
    "FusedRespirationRate",
    "Hrv",
    "HrvConvention",
    "HrvNonlinear",
    "HrvTrend",
    "Hypnogram",
    "Intervals",
    "Modes",
    "MuscleActivity",
    "OxygenRatio",
    "PerfusionIndex",
    "PowerSpectrum",
    "PulseDelays",
    "PulseWaves",
    "Recipe",
    "Resampled",
    "RespirationRate",
    "RespiratoryEvents",
    "Result",
    "RunningStatistics",
    "Scalogram",
    "SignalStatistics",
    "SkinConductanceResponses",
    "SleepEvents",
    "SleepStatistics",
    "SpectralMeasure",
    "Spectrogram",
    "Stretches",
    "ValidSignal",
    "adaptive_filter",
    "anomalies",
    "approximate_entropy",
    "averaged_beat",
    "band_power",
    "band_power_trend",
    "bandpass",
    "beat_delay",
    "beat_templates",
    "beat_trend",
    "bland_altman",
    "breaths",
    "change_points",
    "clock_drift",
    "coherence",
    "comb",
    "correct_beats",
    "correct_clock",
    "correlation_dimension",
    "design_filter",
    "detector_disagreement",
    "dfa",
    "ecg_delineate",
    "ecg_derived_respiration",
    "ecg_intervals",
    "ecg_peaks",
    "eda_components",
    "eda_event_responses",
    "eda_peaks",
    "edit_beats",
    "emg_envelope",
    "emg_frequency",
    "emg_onsets",
    "empirical_mode_decomposition",
    "envelope",
    "error_metrics",
    "event_average",
    "filter_signal",
    "fused_respiration_rate",
    "highpass",
    "higuchi_fractal_dimension",
    "hjorth",
    "hrv",
    "hrv_conventions",
    "hrv_frequency",
    "hrv_nonlinear",
    "hrv_time",
    "hrv_trend",
    "hypnogram",
    "kalman_smooth",
    "katz_fractal_dimension",
    "lagged_correlation",
    "lazy",
    "lowpass",
    "match_beats",
    "mean_frequency",
    "median_frequency",
    "motion_intensity",
    "moving_average",
    "moving_median",
    "multiscale_entropy",
    "notch",
    "peak_frequency",
    "perfusion_index",
    "permutation_entropy",
    "petrosian_fractal_dimension",
    "piecewise",
    "poincare",
    "power_spectrum",
    "ppg_derived_respiration",
    "ppg_fiducials",
    "ppg_peaks",
    "pulse_arrival_time",
    "pulse_transit_time",
    "qtc",
    "rank_disagreement",
    "ratio_of_ratios",
    "recurrence",
    "remove_baseline",
    "remove_components",
    "resample_signal",
    "respiration_rate",
    "respiratory_events",
    "rhythm_episodes",
    "run",
    "same_times",
    "sample_entropy",
    "savitzky_golay",
    "scalogram",
    "signal_delay",
    "signal_quality",
    "signal_statistics",
    "sleep_events",
    "sleep_statistics",
    "spectral_edge",
    "spectral_entropy",
    "spectrogram",
    "st_episodes",
    "st_level",
    "store",
    "symbolic_dynamics",
    "transfer_entropy",
    "wavelet_denoise",
    "window_statistics",
    "without_components",
    "zero_crossings",
]
