"""Filters in pieces against SciPy on the whole array; what the clean-ups win on known truth."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
from scipy import signal
from tables import Table

from vital_widgets import analysis
from vital_widgets.core.channel import Channel
from vital_widgets.core.samples import ArraySamples
from vital_widgets.core.timebase import from_runs

FS = 250.0
HOURS = 1
CHUNKS = (1.0, 7.3, 60.0, 600.0)  # s
NOISE_DB = (0, 6, 12, 18)


def tables() -> list[Table]:
    """All of them."""
    return [_pieces(), _baselines(), _denoising(), _adaptive(), _resampling()]


def _synthetic(seconds: float, fs: float = FS, seed: int = 0):
    """A clean ECG of Gaussian waves with RR intervals that vary, its times and its R peaks."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * fs)) / fs
    n = int(seconds / 0.6) + 2
    beats = 0.4 + np.cumsum(0.8 + 0.05 * np.sin(np.arange(n) / 4) + rng.normal(0, 0.02, n))
    beats = beats[beats < seconds - 0.5]
    clean = np.zeros(len(t))
    waves = ((-0.16, 0.12, 0.025), (-0.025, -0.1, 0.008), (0, 1.0, 0.011), (0.028, -0.2, 0.009),
             (0.26, 0.28, 0.045))  # fmt: skip
    for beat in beats:
        lo, hi = np.searchsorted(t, [beat - 0.4, beat + 0.6])
        for at, height, width in waves:
            clean[lo:hi] += height * np.exp(-0.5 * ((t[lo:hi] - beat - at) / width) ** 2)
    return t, clean, beats


def _gain_db(before, after) -> float:
    return float(10 * np.log10(np.mean(before**2) / np.mean(after**2)))


def _pieces() -> Table:
    rng = np.random.default_rng(0)
    n = round(HOURS * 3600 * FS)
    values = rng.normal(size=n) + np.cumsum(rng.normal(size=n)) / 20 + 5
    values[200_000:203_000] = np.nan
    values[500_000] = np.nan
    base = from_runs(FS, [(0.0, n // 2), (4000.0, n - n // 2)])
    channel = Channel("x", ArraySamples(values), base)
    design = analysis.design_filter
    filters = [
        design("butterworth", "bandpass", lowcut=0.5, highcut=40, fs=FS),
        design("butterworth", "highpass", lowcut=0.05, order=2, fs=FS),
        design("chebyshev1", "bandpass", lowcut=1, highcut=30, fs=FS),
        design("chebyshev2", "bandstop", lowcut=45, highcut=55, fs=FS),
        design("elliptic", "lowpass", highcut=40, order=5, fs=FS),
        design("bessel", "lowpass", highcut=15, fs=FS),
        analysis.notch(50, fs=FS),
        analysis.comb(50, fs=FS),
        design("fir", "bandpass", lowcut=0.5, highcut=40, fs=FS),
    ]
    scale = float(np.nanmax(np.abs(values)))
    rows = []
    for made in filters:
        expected = np.full(n, np.nan)
        cuts = [0, 200_000, 203_000, n // 2, 500_000, 500_001, n]
        for a, b in pairwise(cuts):
            part = values[a:b]
            if np.isnan(part).any():
                continue
            expected[a:b] = (
                signal.filtfilt(made.taps, 1.0, part)
                if made.taps is not None
                else signal.sosfiltfilt(made.sos, part)
            )
        worst = []
        for seconds in CHUNKS:
            if made.context > 8 * seconds * FS:
                worst.append("-")
                continue
            got = analysis.run(
                analysis.filter_signal, channel, chunk_s=seconds, filter=made
            ).result()
            error = np.nanmax(np.abs(got.values - expected)) / scale
            same = np.array_equal(np.isnan(got.values), np.isnan(expected))
            worst.append(f"{error:.1e}" if same else "gaps differ")
        rows.append((made.name, f"{made.context / FS:.3g} s", *worst))
    text = (
        f"Noise and a random walk of {HOURS} h at {FS:g} Hz with a gap and two holes, filtered "
        "forwards and backwards in pieces; held against `scipy.signal.sosfiltfilt` (`filtfilt` "
        "for FIR) of each stretch as a whole array. Largest error over the largest magnitude of "
        "the signal, by the length of the pieces; '-': not measured, because pieces eight times "
        "shorter than what is computed around them take too long. Nothing was tuned on this."
    )
    header = ("filter", "computed around a piece", *(f"{seconds:g} s" for seconds in CHUNKS))
    return Table("Zero-phase filters in pieces", text, header, rows)


def _baselines() -> Table:
    t, clean, beats = _synthetic(600)
    wander = 0.5 * np.sin(2 * np.pi * 0.12 * t) + 0.3 * np.sin(2 * np.pi * 0.31 * t + 1)
    wander += 0.2 * np.cumsum(np.random.default_rng(1).normal(size=len(t))) / 100
    inner = slice(2500, -2500)
    rows = []
    named = {
        "high-pass 0.67 Hz": {},
        "high-pass 0.05 Hz": {"cutoff": 0.05},
        "medians 0.2 and 0.6 s": {"method": "median"},
        "opening and closing": {"method": "morphological"},
        "cubic through PR segments (true R peaks)": {"method": "spline", "beats": beats},
        "wavelet approximation": {"method": "wavelet"},
    }
    for words, parameters in named.items():
        got = analysis.remove_baseline(clean + wander, FS, **parameters).values[inner]
        error = got - clean[inner]
        error = error - np.median(error)
        alone = analysis.remove_baseline(clean, FS, **parameters).values[inner] - clean[inner]
        alone = alone - np.median(alone)
        centred = wander[inner] - np.median(wander[inner])
        rows.append(
            (
                words,
                f"{_gain_db(centred, error):.1f} dB",
                f"{1000 * np.std(error):.0f} uV",
                f"{1000 * np.max(np.abs(alone)):.0f} uV",
            )
        )
    text = (
        "A synthetic ECG of 10 min (R wave 1 mV) with wander of 0.12 and 0.31 Hz and a random "
        "walk. Won: power of the wander over that of what is left or was spoiled. Spoiled: the "
        "largest change of the ECG when there is no wander. Constants do not count. Default "
        "parameters from the literature; nothing was tuned."
    )
    header = ("method", "won", "left (SD)", "spoiled (largest)")
    return Table("Baseline wander taken out", text, header, rows)


def _denoising() -> Table:
    _, clean, _ = _synthetic(300)
    power = np.mean((clean - clean.mean()) ** 2)
    rng = np.random.default_rng(2)
    white = rng.normal(size=len(clean))
    named = {
        "wavelet, SURE, soft (default)": lambda x: analysis.wavelet_denoise(x, FS),
        "wavelet, BayesShrink, soft": lambda x: analysis.wavelet_denoise(
            x, FS, threshold_rule="bayes"
        ),
        "wavelet, universal, soft": lambda x: analysis.wavelet_denoise(
            x, FS, threshold_rule="universal"
        ),
        "wavelet, universal, hard": lambda x: analysis.wavelet_denoise(
            x, FS, threshold_rule="universal", mode="hard"
        ),
        "Savitzky-Golay 0.1 s, order 3": lambda x: analysis.savitzky_golay(x, FS),
        "moving average 0.02 s": lambda x: analysis.moving_average(x, FS, window_s=0.02),
        "low-pass 40 Hz": lambda x: analysis.lowpass(x, FS, highcut=40),
        "Kalman smoother, trend, 20 Hz": lambda x: analysis.kalman_smooth(x, FS, cutoff=20),
    }
    rows = []
    for words, call in named.items():
        cells = []
        for snr in NOISE_DB:
            noise = white * np.sqrt(power / 10 ** (snr / 10))
            cells.append(f"{_gain_db(noise, call(clean + noise).values - clean):+.1f} dB")
        rows.append((words, *cells))
    text = (
        "A synthetic ECG of 5 min with white noise at a signal-to-noise ratio of 0 to 18 dB: how "
        "much of the power of the noise is gone, less what was spoiled of the ECG. Negative: more "
        "was spoiled than won. The default threshold was chosen on another synthetic ECG."
    )
    header = ("method", *(f"at {snr} dB" for snr in NOISE_DB))
    return Table("White noise taken out", text, header, rows)


def _adaptive() -> Table:
    t, clean, _ = _synthetic(300)
    drift = 50 + 0.05 * np.sin(2 * np.pi * t / 120)
    phase = 2 * np.pi * np.cumsum(drift) / FS
    hum = 0.3 * np.sin(phase + 0.7) + 0.1 * np.sin(2 * phase)
    mains = np.sin(phase) + 0.5 * np.sin(2 * phase + 0.3)
    motion = np.convolve(np.random.default_rng(3).normal(size=len(t)), np.ones(25) / 25, "same")
    artefact = 3 * np.convolve(motion, [0.6, -0.3, 0.2, 0.1])[: len(t)]
    rows = []
    for method, parameters in (
        ("lms", {"step_size": 0.002}),
        ("nlms", {"step_size": 0.01}),
        ("rls", {"forgetting": 0.9995}),
    ):
        cells = []
        for noise, reference in ((hum, mains), (artefact, motion)):
            got = analysis.adaptive_filter(
                clean + noise, reference, FS, method=method, taps=16, **parameters
            ).values
            late = slice(len(t) // 5, None)
            cells.append(f"{_gain_db(noise[late], got[late] - clean[late]):.1f} dB")
        said = ", ".join(f"{key} {value:g}" for key, value in parameters.items())
        rows.append((f"{method.upper()}, 16 taps, {said}", *cells))
    text = (
        "A synthetic ECG of 5 min with mains hum whose frequency drifts (reference: the mains, "
        "other phase) and with a motion artefact (reference: an acceleration through a short "
        "filter); power of the disturbance over that of the error, after the first minute."
    )
    return Table("Adaptive filters", text, ("method", "hum", "motion"), rows)


def _resampling() -> Table:
    rows = []
    for fs, new in ((250, 100), (500, 250), (360, 250), (250, 1000)):
        nyquist = min(fs, new) / 2
        t = np.arange(60 * fs) / fs
        kept, stopped = [], []
        for share in np.linspace(0.02, 0.95, 9):
            wave = np.sin(2 * np.pi * share * nyquist * t + 0.3)
            got = analysis.resample_signal(wave, fs, new_fs=new)
            inner = slice(len(got.values) // 6, -len(got.values) // 6)
            expected = np.sin(2 * np.pi * share * nyquist * got.times() + 0.3)[inner]
            kept.append(abs(20 * np.log10(np.std(got.values[inner]) / np.std(expected))))
        for f in np.linspace(nyquist * 1.002, fs / 2, 9) if new < fs else ():
            got = analysis.resample_signal(np.cos(2 * np.pi * f * t + 0.3), fs, new_fs=new).values
            inner = slice(len(got) // 6, -len(got) // 6)
            stopped.append(20 * np.log10(np.std(got[inner]) * np.sqrt(2)))
        rows.append(
            (
                f"{fs} to {new} Hz",
                f"{max(kept):.4f} dB",
                f"{max(stopped):.0f} dB" if stopped else "none can be",
            )
        )
    text = (
        "Tones of a minute. Kept: the largest change of a tone up to 0.95 of half the lower rate. "
        "Suppressed: what is left at most of a tone above half the new rate."
    )
    header = ("rates", "kept within", "above: at most")
    return Table("Resampling", text, header, rows)


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in tables():
            print(table.as_markdown(), "\n")
