"""How each public function of the analysis is called in the tests of what all of them keep.

A function without an entry here fails `test_every_function.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vital_widgets.analysis as va
from vital_widgets.analysis.engine.result import Result
from vital_widgets.core.channel import Channel
from vital_widgets.core.recording import Recording

FS = 250.0
SECONDS = 80.0


def ecg(seconds: float = SECONDS) -> NDArray[np.float64]:
    """Samples with a sharp beat each 0.8 s, a slow swing and noise."""
    t = np.arange(round(seconds * FS)) / FS
    rng = np.random.default_rng(0)
    beats = np.exp(-0.5 * ((t % 0.8 - 0.4) / 0.01) ** 2)
    swing = 0.3 * np.sin(2 * np.pi * 0.25 * t)
    return beats * (1 + swing / 3) + swing + 0.02 * rng.normal(size=len(t))


def pulse() -> NDArray[np.float64]:
    """Samples of light with a pulse each 0.8 s, which swings with the breath."""
    t = np.arange(round(SECONDS * FS)) / FS
    phase = (t - 0.15) % 0.8 / 0.8
    wave = np.exp(-0.5 * ((phase - 0.3) / 0.09) ** 2) + 0.4 * np.exp(
        -0.5 * ((phase - 0.6) / 0.1) ** 2
    )
    return 100 + wave * (1 + 0.2 * np.sin(2 * np.pi * 0.25 * t))


def beat_times() -> NDArray[np.float64]:
    """Beats for ten minutes, about each 0.8 s."""
    k = np.arange(750)
    rng = np.random.default_rng(1)
    return 0.4 + np.cumsum(0.8 + 0.05 * np.sin(k / 3) + 0.01 * rng.normal(size=len(k)))


def numbers() -> NDArray[np.float64]:
    """Measurements that differ."""
    return 60 + 10 * np.random.default_rng(2).normal(size=80)


def as_beats(times: NDArray[np.float64], source: str = "ecg") -> va.Beats:
    """Beats as a detector returns them; where fewer than two are left, not enough."""
    notes = () if len(times) > 1 else ("not enough valid signal: no beats",)
    samples = np.round(times * FS).astype(np.int64)
    stretch = np.zeros(len(times), np.int64)
    extra = {"onset_time": times - 0.1} if source == "ppg" else {}
    more = {"source": source, "notes": notes, "extra": extra}
    return va.Beats(times=times, samples=samples, fs=FS, stretch=stretch, **more)


def as_responses(times: NDArray[np.float64]) -> va.SkinConductanceResponses:
    """Skin conductance responses that begin at these times."""
    ones = np.ones(len(times))
    notes = () if len(times) > 1 else ("not enough valid signal: no responses",)
    return va.SkinConductanceResponses(
        onset=times, peak=times + 1, samples=np.round(times * FS).astype(np.int64), amplitude=ones,
        rise_time=ones, recovery_time=ones, notes=notes,
        covered=va.Stretches(np.zeros(1), np.array([np.max(times, initial=0.0) + 60.0])),
    )  # fmt: skip


def with_beats(x: NDArray[np.float64]) -> dict[str, Any]:
    """An ECG with the times in seconds of its beats."""
    return {"x": x, "beats": np.arange(0.4, (len(x) - 1) / FS, 0.8)}


def with_pulses(x: NDArray[np.float64]) -> dict[str, Any]:
    """A pulse wave with its beats."""
    return {"x": x, "beats": va.ppg_peaks(pulse()[: len(x)], FS)}


def rows(count: int) -> Callable[[NDArray[np.float64]], dict[str, Any]]:
    """Several signals, of which each sample comes from the same sample of the one."""

    def made(x: NDArray[np.float64]) -> dict[str, Any]:
        return {"x": np.stack([x, x + np.abs(x - 0.5), np.cbrt(x)][:count])}

    return made


def staged(x: NDArray[np.float64]) -> list[str]:
    """Sleep stages, one for each number; none for NaN."""
    names = ("W", "N1", "N2", "N3", "R")
    return ["?" if np.isnan(one) else names[int(one) % 5] for one in x]


def one(x: Any) -> dict[str, Any]:
    """One signal."""
    return {"x": x}


def beats(times: NDArray[np.float64]) -> dict[str, Any]:
    """Beats of a detector."""
    return {"beats": as_beats(times)}


def channel(x: NDArray[np.float64]) -> Channel:
    """A channel in memory whose name does not say what it records."""
    return Recording.from_arrays({"Signal": x}, FS)["Signal"]


def components() -> va.Components:
    """Components of two signals."""
    return va.remove_components(rows(2)(ecg())["x"], FS, method="pca")


@dataclass(frozen=True)
class Kind:
    """What the data of a function are made from.

    Attributes
    ----------
    made : callable
        Gives it.
    of : {'samples', 'times', 'numbers'}
        What it is.
    poor : (float, float)
        The stretch in seconds that may not be used where something is tried without it.
    nothing : dict of str to ndarray
        What no figure can be made of.
    """

    made: Callable[[], NDArray[np.float64]]
    of: str = "samples"
    poor: tuple[float, float] = (30.0, 34.0)
    nothing: dict[str, NDArray[np.float64]] = field(default_factory=lambda: dict(NOTHING))

    def constant(self) -> NDArray[np.float64]:
        """The same without any change: equal samples, equal intervals."""
        n = len(self.made())
        return 0.8 * np.arange(1, n + 1) if self.of == "times" else np.full(n, 3.3)

    def spoilt(self) -> NDArray[np.float64]:
        """The same, with other samples or other times where none may be used."""
        base = self.made()
        a, b = self.poor
        if self.of == "times":
            # Nothing changes so near the edge that what is made of it lies outside.
            first, last = a + 0.5, b - 0.5
            others = np.arange(first, last, 0.37)
            return np.sort(np.concatenate([base[(base < first) | (base > last)], others]))
        base[round(a * FS) : round(b * FS)] = 1e6
        return base

    def usable(self) -> va.Stretches:
        """What may be used then."""
        return va.Stretches([0.0, self.poor[1]], [self.poor[0], 1e4])


NOTHING = {
    "missing": np.full(5000, np.nan),
    "empty": np.empty(0),
    "single": np.array([1.0]),
    "infinite": np.full(5000, np.inf),
}
ECG = Kind(ecg)
BRIEF = Kind(lambda: ecg(8.0), poor=(4.0, 5.0))
PULSE = Kind(pulse)
BEATS = Kind(beat_times, "times", nothing={k: NOTHING[k] for k in ("empty", "single")})
NUMBERS = Kind(numbers, "numbers", nothing={k: NOTHING[k] for k in ("missing", "empty")})


@dataclass(frozen=True)
class Entry:
    """How one function is called.

    Attributes
    ----------
    data : callable
        Makes the inputs by name from what ``kind`` gives.
    more : callable
        Gives what else must be given.
    fs : bool
        Whether the function takes a sampling rate.
    one_is_enough : bool
        Whether one sample or beat has a value: where samples are made of samples.
    scalars : bool
        Whether the data may be single numbers.
    gives : type
        What comes of it.
    made_by : str
        The public function that its recipe names, where that is another.
    """

    kind: Kind = ECG
    data: Callable[[Any], dict[str, Any]] = one
    more: Callable[[], Mapping[str, Any]] = field(default=dict)
    fs: bool = True
    one_is_enough: bool = False
    scalars: bool = False
    gives: type = Result
    made_by: str = ""

    def arguments(self, base: Any = None, fs: Any = FS) -> dict[str, Any]:
        """All arguments of a call."""
        data = self.data(self.kind.made() if base is None else base)
        return {**data, **({"fs": fs} if self.fs else {}), **self.more()}


def entry(**more: Any) -> Entry:
    """An entry of a function of one signal that must be given ``more``."""
    return Entry(more=lambda: more)


def pointwise(**more: Any) -> Entry:
    """An entry of a function that gives a sample for each sample."""
    return Entry(more=lambda: more, one_is_enough=True)


def of_beats() -> Entry:
    """An entry of a function of beats."""
    return Entry(BEATS, beats, fs=False)


def brief() -> Entry:
    """An entry of a function that takes long: of few samples."""
    return Entry(BRIEF)


ENGINE = ("lazy", "piecewise", "run", "store")  # ways to run the others, tested on their own

RECORDINGS = ("correct_clock", "same_times")  # they return recordings, and are tested on their own


def functions() -> dict[str, Callable[..., Any]]:
    """All public functions of the analysis."""
    found = {name: getattr(va, name) for name in va.__all__ if name not in (*ENGINE, *RECORDINGS)}
    return {name: f for name, f in found.items() if inspect.isfunction(f)}


def _two(first: str, second: str) -> Callable[[NDArray[np.float64]], dict[str, Any]]:
    return lambda x: {first: x, second: x + 0.1 * np.abs(x - 0.5)}


ENTRIES: dict[str, Entry] = {
    "adaptive_filter": Entry(data=_two("x", "reference"), one_is_enough=True),
    "anomalies": entry(window_s=2.0),
    "approximate_entropy": brief(),
    "averaged_beat": Entry(data=with_beats),
    "band_power": entry(),
    "band_power_trend": entry(),
    "bandpass": pointwise(lowcut=5.0, highcut=15.0),
    "beat_delay": Entry(BEATS, lambda t: {"reference": as_beats(t), "other": t + 0.2}, fs=False),
    "beat_templates": Entry(data=with_beats),
    "beat_trend": Entry(data=with_beats),
    "bland_altman": Entry(NUMBERS, _two("reference", "test"), fs=False),
    "breaths": entry(),
    "change_points": entry(),
    "clock_drift": Entry(
        BEATS,
        lambda t: {"reference": as_beats(t), "other": t + 0.2},
        lambda: {"window_s": 100.0},
        fs=False,
    ),
    "coherence": Entry(data=_two("x", "y")),
    "comb": Entry(data=lambda _: {}, gives=va.Filter),
    "correct_beats": of_beats(),
    "correlation_dimension": brief(),
    "design_filter": Entry(
        data=lambda _: {}, more=lambda: {"lowcut": 5.0, "highcut": 15.0}, gives=va.Filter
    ),
    "detector_disagreement": entry(),
    "dfa": entry(),
    "ecg_delineate": Entry(data=with_beats),
    "ecg_derived_respiration": Entry(data=with_beats),
    "ecg_intervals": Entry(data=with_beats),
    "ecg_peaks": entry(),
    "eda_components": pointwise(),
    "eda_event_responses": Entry(
        BEATS, lambda t: {"responses": as_responses(t + 2), "events": t}, fs=False
    ),
    "eda_peaks": entry(),
    "edit_beats": Entry(BEATS, beats, lambda: {"edits": [("noise", 100.0, 104.0)]}, fs=False),
    "emg_envelope": pointwise(),
    "emg_frequency": entry(),
    "emg_onsets": pointwise(),
    "empirical_mode_decomposition": brief(),
    "envelope": pointwise(),
    "error_metrics": Entry(NUMBERS, _two("reference", "test"), fs=False),
    "event_average": Entry(data=lambda x: {"x": x, "events": with_beats(x)["beats"][2:-2]}),
    "filter_signal": Entry(more=lambda: {"filter": va.notch(50.0, fs=FS)}, one_is_enough=True),
    "fused_respiration_rate": Entry(
        data=lambda x: {"derived": va.ecg_derived_respiration(x, FS, with_beats(x)["beats"])},
        fs=False,
    ),
    "highpass": pointwise(lowcut=5.0),
    "higuchi_fractal_dimension": brief(),
    "hjorth": entry(),
    "hrv": of_beats(),
    "hrv_conventions": of_beats(),
    "hrv_frequency": of_beats(),
    "hrv_nonlinear": of_beats(),
    "hrv_time": of_beats(),
    "hrv_trend": of_beats(),
    "hypnogram": Entry(
        NUMBERS,
        lambda x: {"stages": staged(x), "second": staged(x + 0.2)},
        fs=False,
    ),
    "kalman_smooth": pointwise(cutoff=5.0),
    "katz_fractal_dimension": brief(),
    "lagged_correlation": Entry(data=_two("x", "y")),
    "lowpass": pointwise(highcut=15.0),
    "match_beats": Entry(
        BEATS, lambda t: {"reference": t, "test": t + 0.02}, fs=False, one_is_enough=True
    ),
    "mean_frequency": entry(),
    "median_frequency": entry(),
    "motion_intensity": Entry(data=rows(3), more=lambda: {"units": "g"}),
    "moving_average": pointwise(),
    "moving_median": pointwise(),
    "multiscale_entropy": brief(),
    "notch": Entry(data=lambda _: {}, gives=va.Filter),
    "peak_frequency": entry(),
    "perfusion_index": Entry(PULSE, with_pulses),
    "permutation_entropy": entry(),
    "petrosian_fractal_dimension": entry(),
    "poincare": entry(),
    "power_spectrum": entry(),
    "ppg_derived_respiration": Entry(PULSE, with_pulses),
    "ppg_fiducials": Entry(PULSE, with_pulses),
    "ppg_peaks": Entry(PULSE),
    "pulse_arrival_time": Entry(
        BEATS,
        lambda t: {"r_peaks": t, "pulses": as_beats(t + 0.2, "ppg")},
        fs=False,
        one_is_enough=True,
    ),
    "pulse_transit_time": Entry(
        BEATS,
        lambda t: {"site1": as_beats(t, "ppg"), "site2": as_beats(t + 0.1, "ppg")},
        fs=False,
        one_is_enough=True,
    ),
    "qtc": Entry(
        NUMBERS,
        lambda x: {"qt_ms": 5 * x, "rr_ms": 10 * x},
        fs=False,
        scalars=True,
        gives=np.ndarray,
    ),
    "rank_disagreement": Entry(
        BEATS,
        lambda t: {"beats": {"a": as_beats(t), "b": t + 0.3}},
        fs=False,
        one_is_enough=True,
    ),
    "ratio_of_ratios": Entry(PULSE, lambda x: {"red": x, "infrared": x + 50}),
    "recurrence": brief(),
    "remove_baseline": pointwise(),
    "remove_components": Entry(data=lambda x: {"x": rows(2)(x)["x"]}),
    "resample_signal": pointwise(new_fs=100.0),
    "respiration_rate": entry(),
    "respiratory_events": entry(),
    "rhythm_episodes": of_beats(),
    "sample_entropy": brief(),
    "savitzky_golay": pointwise(),
    "scalogram": entry(),
    "signal_delay": Entry(data=_two("x", "y")),
    "signal_quality": entry(kind="ecg"),
    "signal_statistics": pointwise(),
    "sleep_events": entry(),
    "sleep_statistics": Entry(NUMBERS, lambda x: {"hypnogram": staged(x)}, fs=False),
    "spectral_edge": entry(),
    "spectral_entropy": entry(),
    "spectrogram": entry(),
    "st_episodes": Entry(data=with_beats),
    "st_level": Entry(data=with_beats),
    "symbolic_dynamics": entry(),
    "transfer_entropy": Entry(BRIEF, _two("source", "target")),
    "wavelet_denoise": pointwise(),
    "window_statistics": entry(),
    "without_components": Entry(
        data=rows(2), more=lambda: {"components": components(), "drop": (1,)}, one_is_enough=True
    ),
    "zero_crossings": pointwise(),
}
