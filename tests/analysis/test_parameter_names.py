"""One parameter name has one meaning in all functions of the analysis."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict

import pytest

from vital_widgets import analysis

# name -> meaning. A new parameter takes the name of what means the same here; a new meaning gets
# a name of its own, and a line.
MEANINGS = {
    # ---- data
    "x": "the signal, or the result, that is analysed",
    "y": "a second signal with the same sample times",
    "fs": "sampling rate of an array, in Hz",
    "usable": "where the signal may be used",
    "beats": "beats, or the intervals between them",
    "other": "beats of a second device",
    "test": "what is compared with the reference: beats or measurements of a method",
    "reference": "what is compared with: beats, measurements, a disturbance, or a level",
    "r_peaks": "R peaks, or the ECG in which they are found",
    "pulses": "pulses, or the PPG in which they are found",
    "site1": "pulses of the proximal site",
    "site2": "pulses of the distal site",
    "red": "PPG in red light",
    "infrared": "PPG in infrared light",
    "spo2": "oxygen saturation in %",
    "spo2_fs": "sampling rate of spo2, if it is an array, in Hz",
    "motion": "acceleration, or its intensity",
    "derived": "respiration signals derived from ECG or PPG",
    "components": "the components of several channels",
    "responses": "the result of eda_peaks",
    "events": "times of events in seconds, or Annotations",
    "labels": "annotated type of each beat",
    "edits": "edits of beats in their order",
    "subjects": "the subject of each pair of measurements",
    "source": "the series that information flows from",
    "target": "the series that information flows to",
    "template": "the shape that each beat is compared with",
    "times": "time of each sample of an uneven series, in seconds",
    "frequencies": "frequencies that are evaluated, in Hz",
    "radii": "radii of the correlation sum",
    "stages": "sleep stages of a reader",
    "second": "the same of a second reader",
    "hypnogram": "the sleep stage of each epoch",
    "qt_ms": "QT intervals in ms",
    "rr_ms": "RR intervals in ms",
    # ---- how a function is run
    "function": "an analysis",
    "args": "its positional arguments",
    "kwargs": "its keyword arguments",
    "channel": "the channel that a lazy channel is computed from",
    "channels": "the recording or channels that are stored",
    "chunk_s": "length of a piece in seconds",
    "context_s": "seconds of signal around a sample that its result depends on",
    "returns": "what a function of the user's own returns",
    "name": "name of the new channel",
    "dtype": "type of the stored numbers",
    # ---- frequencies, bands and filters
    "filter": "a designed filter",
    "ftype": "family of filters",
    "btype": "which frequencies a filter passes",
    "band": "frequencies (low, high) that are evaluated, in Hz",
    "bands": "names and ranges of bands, in Hz",
    "total_band": "band whose power the relative powers refer to, in Hz",
    "lowcut": "lower cutoff of a filter, in Hz",
    "highcut": "upper cutoff of a filter, in Hz",
    "cutoff": "the only cutoff of a filter, in Hz",
    "freq": "the frequency that is removed, in Hz",
    "mains_hz": "frequency of the mains, in Hz",
    "q": "quality factor: frequency / width",
    "order": "order of a filter, a polynomial or a pattern",
    "ripple": "ripple in the pass band, in dB",
    "attenuation": "attenuation in the stop band, in dB",
    "zero_phase": "whether a filter runs forwards and backwards",
    "initial": "state of a filter at the start",
    "new_fs": "sampling rate of the result, in Hz",
    "wavelet": "name of a wavelet",
    "n_levels": "number of levels of a wavelet decomposition",
    "threshold_rule": "how thresholds of wavelet coefficients are chosen",
    "mode": "soft or hard thresholds",
    "taps": "number of coefficients of an adaptive filter",
    "step_size": "rate of adaptation of an adaptive filter",
    "forgetting": "factor by which old samples lose weight",
    "eps": "regularisation of an adaptive filter",
    "model": "model of a Kalman smoother",
    "ratio": "variance of the step of a state over that of the noise",
    "level_ratio": "variance of the step of the level over that of the noise",
    "deriv": "order of the derivative",
    "drop": "numbers of the components that are removed",
    "n_components": "number of components",
    "max_modes": "largest number of modes",
    "n_trials": "number of trials with added noise",
    "noise": "amplitude of the added noise",
    "short_s": "length of the shorter of two windows, in seconds",
    "long_s": "length of the longer of two windows, in seconds",
    # ---- spectra
    "taper": "window function of a spectrum",
    "overlap": "share of a window that the next one repeats",
    "detrend": "trend that is removed from each window",
    "nw": "time-bandwidth product of multitapers",
    "n_tapers": "number of multitapers",
    "oversampling": "density of the frequencies of a Lomb-Scargle periodogram",
    "max_frequency": "highest frequency, in Hz",
    "min_frequency": "lowest frequency, in Hz",
    "n_frequencies": "number of frequencies",
    "cycles": "cycles of a Morlet wavelet",
    "max_columns": "largest number of columns of a picture",
    "max_rows": "largest number of rows of a picture",
    "percent": "share of the power, in %",
    # ---- windows in time
    "t_range": "(start, end) in seconds",
    "t0": "begin of the first epoch, in seconds",
    "t1": "end of the last epoch, in seconds",
    "lights_off": "begin of the time in bed, in seconds",
    "lights_on": "end of the time in bed, in seconds",
    "latency_range": "from when to when after an event its response begins, in s",
    "window_s": "length of a window in seconds",
    "step_s": "time from one window to the next, in seconds",
    "epoch_s": "length of an epoch in seconds",
    "block_s": "length of a block that is transformed at once, in seconds",
    "segment_s": "length of a stretch with one clock drift, in seconds",
    "before_s": "seconds before an event",
    "after_s": "seconds after an event",
    "after_j_ms": "time after the J point, in ms",
    "pause_s": "shortest pause, in seconds",
    "start_s": "seconds at the start that are not scored",
    "min_duration_s": "shortest duration, in seconds",
    "min_gap_s": "events closer than this are one, in seconds",
    "max_gap_s": "longest gap that is bridged, in seconds",
    "max_lag_s": "largest lag, in seconds",
    "max_delay_s": "longest delay, in seconds",
    "min_delay_ms": "shortest delay, in ms",
    "max_delay_ms": "longest delay, in ms",
    "recording": "the recording of a second device",
    "drift": "how the clock of a second device differs, as a result",
    "offset_s": "what a second clock shows at second 0 of the first, in seconds",
    "ppm": "drift of a clock, in parts per million",
    "max_offset_s": "largest offset of a clock, in seconds",
    "tolerance_s": "largest time between two marks of one beat, in seconds",
    "window_beats": "length of a window in beats",
    "baseline": "(start, end) of what a signal is compared with or what is subtracted, in seconds",
    # ---- what is computed, and how
    "method": "the algorithm",
    "methods": "the algorithms that are compared",
    "measure": "the measure that is computed",
    "measures": "the measures that are computed",
    "groups": "groups of measures",
    "domains": "domains of HRV measures",
    "features": "what windows are compared by",
    "statistic": "the statistic whose changes are found",
    "statistics": "statistics of each window",
    "convention": "a convention of HRV measures",
    "conventions": "conventions of HRV measures",
    "options": "changes to a convention",
    "formula": "formula of the corrected QT",
    "kind": "kind of signal (ECG, PPG, ...), or of event",
    "polarity": "direction of the peaks",
    "direction": "direction of the crossings",
    "point": "point of the pulse that is timed",
    "centre": "mean or median",
    "units": "units of the signal",
    "calibration": "calibration curve of a pulse oximeter",
    "height_m": "height of the person in metres",
    "text": "text of the annotations that are used",
    "cost": "cost of a segment",
    "penalty": "penalty of a change",
    "norm": "distance between two vectors",
    "normalize": "whether the result is divided by its largest possible value",
    "as_percent": "whether differences are in % of the mean",
    # ---- limits and thresholds
    "level": "amplitude that is crossed",
    "hysteresis": "amplitude by which a signal must return before the next crossing",
    "threshold": "value from which something counts",
    "onset_threshold": "value at which an episode begins",
    "n_sd": "threshold in standard deviations of the rest",
    "limits": "(smallest, largest) value of the converter",
    "apnoea_drop": "relative drop of the flow in an apnoea",
    "hypopnoea_drop": "relative drop of the flow in a hypopnoea",
    "min_desaturation": "smallest drop of the oxygen saturation, in %",
    "bradycardia": "heart rate below which it is a bradycardia, in beats/min",
    "tachycardia": "heart rate above which it is a tachycardia, in beats/min",
    "min_bradycardia_beats": "shortest bradycardia, in beats",
    "min_tachycardia_beats": "shortest tachycardia, in beats",
    "min_amplitude": "smallest amplitude",
    "min_beats": "smallest number of beats",
    "min_windows": "smallest number of windows",
    "min_line": "shortest line of a recurrence plot",
    "min_correlation": "smallest correlation",
    "min_quality": "lowest quality of a window that is used",
    "min_valid": "smallest share of valid signal in a window",
    "max_spread": "largest spread of the estimates that are fused",
    "max_bins": "largest number of bins of a histogram",
    "max_templates": "largest number of templates that are compared",
    "max_values": "largest number of values that are used",
    # ---- statistics
    "confidence": "level of confidence, such as 0.95",
    "quantiles": "quantiles from 0 to 1",
    "n_resamples": "number of bootstrap samples",
    "n_surrogates": "number of surrogates",
    "n_bins": "number of bins",
    "n_neighbours": "number of neighbours",
    "seed": "seed of random numbers",
    "ddof": "degrees of freedom that are subtracted",
    # ---- complexity
    "m": "embedding dimension",
    "delay": "embedding delay in samples",
    "r": "tolerance in standard deviations",
    "tolerance": "tolerance in the units of the values",
    "closed": "whether a distance equal to the tolerance counts",
    "theiler": "samples around a point that are no neighbours of it",
    "scales": "scales of a multiscale entropy",
    "rescale": "whether the tolerance is set anew at each scale",
    "sizes": "window sizes of DFA, in values",
    "overlapping": "whether the windows of DFA overlap",
    "drop_flat": "whether windows without fluctuation are left out",
    "n_symbols": "number of symbols",
    "k_max": "largest interval of Higuchi's curve length",
    "history": "number of past values of the target",
    "source_history": "number of past values of the source",
    "lag": "values from the source to the target",
    "alpha1": "window sizes of the short-term exponent",
    "alpha2": "window sizes of the long-term exponent",
    "dfa_drop_flat": "drop_flat of the DFA",
    "dfa_overlapping": "overlapping of the DFA",
    "mse_scales": "scales of the multiscale entropy",
    "poincare_method": "method of the Poincare plot",
}

# Words with several meanings in the field: a name of the list says which is meant.
AMBIGUOUS = {"alpha", "window", "width", "length", "size", "limit", "tol", "low", "high"}
SEVERAL_TYPES = {"reference"}  # of which the meaning has a type in each function


def functions():
    for name in analysis.__all__:
        function = getattr(analysis, name)
        if inspect.isroutine(function):
            yield name, inspect.signature(function)


def uses():
    found = defaultdict(lambda: defaultdict(list))
    for name, signature in functions():
        for parameter in signature.parameters.values():
            found[parameter.name][str(parameter.annotation)].append(name)
    return found


def test_each_parameter_has_a_meaning_and_each_meaning_a_parameter():
    used = set(uses())
    assert used - set(MEANINGS) == set(), "choose a name of the list, or add a meaning"
    assert set(MEANINGS) - used == set(), "no function has these parameters any more"


def test_no_parameter_has_an_ambiguous_name():
    assert not AMBIGUOUS & set(uses())


def kinds(annotation: str) -> set[str]:
    """Types of an annotation, as a person tells them apart."""
    parts = re.sub(r"\[.*\]", "", annotation).split("|")
    words = {part.strip() for part in parts} - {"None"}
    return {"number" if word in {"int", "float"} else word for word in words}


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_a_parameter_has_one_type(name):
    if name in SEVERAL_TYPES:
        return
    of_each = [kinds(annotation) for annotation in uses()[name]]
    plain = {"number", "str", "bool", "tuple"}
    assert len({frozenset(kind & plain) for kind in of_each}) <= 1, dict(uses()[name])


@pytest.mark.parametrize("name", [name for name in MEANINGS if re.search(r"_(s|ms|hz)$", name)])
def test_a_parameter_with_units_in_its_name_is_a_number(name):
    for annotation in uses()[name]:
        assert kinds(annotation) <= {"number", "ArrayLike"}
