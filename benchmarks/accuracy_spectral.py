"""Spectra and statistics against scipy, mne, closed forms and extended precision."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from scipy import signal as scipy_signal
from scipy import stats
from tables import Table

import vital_widgets as vw
from vital_widgets import analysis
from vital_widgets.core.recording import Recording

FS = 250.0


def tables() -> list[Table]:
    """References, closed forms, the scalogram, statistics."""
    return [_references(), _closed_forms(), _scalogram(), _statistics()]


def _two_channels() -> tuple[Recording, str]:
    named = os.environ.get("VITAL_WIDGETS_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    path = folder / "wfdb" / "100.dat"
    if path.exists():
        return vw.open(path), "MIT-BIH record 100, 30 min, two leads, 360 Hz"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, round(1800 * FS))).cumsum(axis=1) * 0.01
    x[1] += x[0]
    return Recording.from_arrays({"a": x[0], "b": x[1]}, FS), "random walks, 30 min, 250 Hz"


def _off(got: np.ndarray, expected: np.ndarray) -> str:
    """Largest difference, of the largest value."""
    return f"{np.nanmax(np.abs(got - expected)) / np.nanmax(np.abs(expected)):.1e}"


def _references() -> Table:
    import mne

    recording, words = _two_channels()
    first, second = (recording[name] for name in list(recording.channels)[:2])
    fs = first.fs
    x, y = (np.asarray(c.read(0, c.n_samples), np.float64) for c in (first, second))
    n = 4 * round(fs)
    rows = []

    def add(
        what: str,
        reference: str,
        whole: np.ndarray,
        expected: np.ndarray,
        pieces: np.ndarray | None = None,
    ) -> None:
        last = "" if pieces is None else _off(pieces, whole)
        rows.append((what, reference, _off(whole, expected), last))

    def cut(function, *channels, **options):
        given = channels or (first,)
        return analysis.run(function, *given, chunk_s=17.3, **options).result()

    add(
        "Welch",
        "scipy.signal.welch",
        analysis.power_spectrum(x, fs).density,
        scipy_signal.welch(x, fs, nperseg=n)[1],
        cut(analysis.power_spectrum).density,
    )
    add(
        "periodogram",
        "scipy.signal.periodogram",
        analysis.power_spectrum(x, fs, method="periodogram").density,
        scipy_signal.periodogram(x, fs)[1],
    )
    part = x[: 30 * round(fs)]
    multitaper = {"method": "multitaper", "window_s": 30}
    expected, _ = mne.time_frequency.psd_array_multitaper(
        part, fs, bandwidth=8 / 30, normalization="full", verbose="error"
    )
    add(
        "multitaper, first 30 s",
        "mne psd_array_multitaper",
        analysis.power_spectrum(part, fs, **multitaper).density,
        expected,
    )
    holes = x[: 60 * round(fs)].copy()
    holes[np.random.default_rng(0).random(len(holes)) < 0.3] = np.nan
    kept = np.isfinite(holes)
    got = analysis.power_spectrum(holes, fs, method="lomb-scargle", max_frequency=60)
    t, omega = np.flatnonzero(kept) / fs, 2 * np.pi * got.frequencies
    expected = scipy_signal.lombscargle(t, holes[kept] - holes[kept].mean(), omega) * 2 / fs
    add("Lomb-Scargle, first min, 30 % missing", "scipy.signal.lombscargle", got.density, expected)
    t = np.sort(np.random.default_rng(1).uniform(0, 300, 3000))
    values = np.interp(t, np.arange(len(x)) / fs, x)
    got = analysis.power_spectrum(values, times=t, method="lomb-scargle")
    expected = scipy_signal.lombscargle(t, values - values.mean(), 2 * np.pi * got.frequencies)
    add(
        "Lomb-Scargle, uneven times", "scipy.signal.lombscargle", got.density, expected * 2 / got.fs
    )
    cross, pieces = analysis.coherence(x, y, fs), cut(analysis.coherence, first, second)
    add(
        "cross-spectrum",
        "scipy.signal.csd",
        cross.density,
        scipy_signal.csd(x, y, fs, nperseg=n)[1],
        pieces.density,
    )
    add(
        "coherence",
        "scipy.signal.coherence",
        cross.coherence,
        scipy_signal.coherence(x, y, fs, nperseg=n)[1],
        pieces.coherence,
    )
    many = {"max_columns": 10**5}
    picture = scipy_signal.spectrogram(x, fs, window="hann", nperseg=n, noverlap=n // 2)[2]
    add(
        "spectrogram, not reduced",
        "scipy.signal.spectrogram",
        analysis.spectrogram(x, fs, **many).power,
        picture,
        cut(analysis.spectrogram, **many).power,
    )
    m = -(-picture.shape[1] // 100)
    bins = np.add.reduceat(picture, np.arange(0, picture.shape[1], m), axis=1)
    bins /= np.diff(np.append(np.arange(0, picture.shape[1], m), picture.shape[1]))
    add(
        "spectrogram, 100 columns",
        "means of scipy's columns",
        analysis.spectrogram(x, fs, max_columns=100).power,
        bins,
        cut(analysis.spectrogram, max_columns=100).power,
    )
    trend = analysis.band_power_trend(x, fs).power
    epochs = x[: len(x) // (30 * round(fs)) * 30 * round(fs)].reshape(-1, 30 * round(fs))
    f, density = scipy_signal.welch(epochs, fs, nperseg=n)
    alpha = np.minimum(np.minimum(f + 0.125, 13) - np.maximum(f - 0.125, 8), 0.25).clip(0)
    add(
        "alpha power in epochs of 30 s",
        "sums over scipy.signal.welch",
        trend[: len(epochs), 2],
        density @ alpha,
        cut(analysis.band_power_trend).power[: len(epochs), 2],
    )
    text = (
        f"Largest difference over the largest value; {words}. In pieces: the same function over "
        "the recording in pieces of 17.3 s, against the whole array. Nothing was tuned."
    )
    header = ("what", "reference", "off from the reference", "in pieces against whole")
    return Table("Spectra against other libraries", text, header, rows)


def _closed_forms() -> Table:
    rng = np.random.default_rng(0)
    rows = []
    t = np.arange(round(600 * FS)) / FS
    for f in (1.0, 10.06, 40.0):
        x = 3 * np.sin(2 * np.pi * f * t)
        for method in ("welch", "multitaper", "periodogram"):
            powers = analysis.band_power(
                x, FS, bands={"band": (max(f - 2, 0), f + 2)}, method=method, window_s=4
            )
            rows.append((f"power of 3 sin at {f:g} Hz, {method}", "4.5", f"{powers['band']:.4f}"))
        peak = analysis.peak_frequency(x, FS)
        rows.append((f"peak frequency at {f:g} Hz, windows of 4 s", f"{f:g}", f"{peak.value:.4f}"))
    level, held, over, degrees = [], [], [], []
    for _ in range(200):
        x, y = rng.normal(size=(2, 15_000))
        got = analysis.power_spectrum(x, FS)
        inner = slice(3, -3)
        level.append(got.density[inner].mean() * FS / 2)
        degrees.append(got.density[inner] * FS / 2)
        held.append(np.mean((got.ci_low < 2 / FS)[inner] & (got.ci_high > 2 / FS)[inner]))
        over.append(analysis.coherence(x, y, FS).significant[inner].mean())
    rows += [
        ("level of white noise of variance 1, fs/2 times", "1", f"{np.mean(level):.4f}"),
        ("degrees of freedom, 60 s, windows of 4 s by half",
         f"{got.degrees_of_freedom:.1f}", f"{2 / np.var(degrees):.1f} (2 mean² / variance)"),
        ("95 % confidence interval holds the level", "95 %", f"{100 * np.mean(held):.1f} %"),
        ("coherence of unrelated noise above its 5 % threshold", "5 %",
         f"{100 * np.mean(over):.1f} %"),
        ("sum of the periodogram over the variance, less 1", "0",
         f"{analysis.power_spectrum(x, FS, method='periodogram').total_power / x.var() - 1:.1e}"),
    ]  # fmt: skip
    holes = rng.normal(size=150_000)
    holes[rng.random(len(holes)) < 0.4] = np.nan
    got = analysis.power_spectrum(holes, FS, method="lomb-scargle")
    noise = rng.normal(size=2_000_000)
    rows += [
        ("Lomb-Scargle level of white noise, 40 % missing, fs/2 times", "1",
         f"{got.density.mean() * FS / 2:.4f}"),
        ("SEF95 of white noise", f"{0.95 * FS / 2:g}",
         f"{analysis.spectral_edge(noise, FS).value:.2f}"),
        ("spectral entropy of white noise", "1",
         f"{analysis.spectral_entropy(noise, FS).value:.4f}"),
    ]  # fmt: skip
    text = "Sinusoids and white noise of known power; 200 pairs of noises of 60 s at 250 Hz."
    return Table("Spectra against closed forms", text, ("what", "true", "found"), rows)


def _scalogram() -> Table:
    import pywt

    rng = np.random.default_rng(0)
    x = rng.normal(size=30_000)
    f = np.array([0.5, 2.0, 8.0, 30.0, 60.0, 80.0])
    cycles = 2 * np.pi
    ours = analysis.scalogram(x, FS, frequencies=f, cycles=cycles, max_columns=10**6).power
    reduced = analysis.scalogram(x, FS, frequencies=f, cycles=cycles, max_columns=300)
    scales = pywt.frequency2scale("cmor2.0-1.0", f / FS)
    coefficients, _ = pywt.cwt(x, scales, "cmor2.0-1.0")
    theirs = 2 * np.abs(coefficients) ** 2 / scales[:, None]
    rows = []
    for k, centre in enumerate(f):
        sigma = cycles / (2 * np.pi * centre)
        half = int(9 * sigma * FS)
        t = np.arange(-half, half + 1) / FS
        wave = (np.exp(2j * np.pi * centre * t) - np.exp(-(cycles**2) / 2)) * np.exp(
            -0.5 * (t / sigma) ** 2
        )
        wave /= sigma * np.sqrt(2 * np.pi) * FS
        true = 2 * np.abs(np.convolve(x, wave)[half : half + len(x)]) ** 2
        inner = slice(half, len(x) - half)
        m = reduced.n_per_column
        n = len(x) // m
        means = ours[k, : n * m].reshape(n, m).mean(axis=1)
        rows.append(
            (
                f"{centre:g} Hz",
                _off(ours[k, inner], true[inner]),
                f"{100 * np.nanstd(reduced.power[k, :n] - means) / np.nanmean(means):.2f} %",
                _off(theirs[k, inner], true[inner]),
                f"{theirs[k, inner].mean() / true[inner].mean():.3f}",
            )
        )
    text = (
        "Power of Morlet wavelets (spread in frequency f / 2π) over white noise, 2 min at 250 Hz, "
        "against a plain convolution with the sampled wavelet: largest difference over the largest "
        "value, away from the ends. Reduced to 300 columns: RMS difference from the means of the "
        "columns that are not reduced, in % of the mean power. PyWavelets takes differences of an "
        "integrated wavelet, rounded to samples; its power falls as the frequency rises."
    )
    header = ("frequency", "ours", "ours reduced, RMS", "pywt.cwt", "pywt's mean power over true")
    return Table("Scalogram against a plain convolution", text, header, rows)


def _statistics() -> Table:
    rng = np.random.default_rng(0)
    rows = []
    for name, x in (
        ("normal", rng.normal(size=1_000_000)),
        ("1e9 + normal", 1e9 + rng.normal(size=1_000_000)),
        ("lognormal", np.exp(rng.normal(size=1_000_000))),
        ("16-bit converter", np.round(rng.normal(0, 2000, 1_000_000)) * 0.00122),
    ):
        channel = Recording.from_arrays({"x": x}, FS)["x"]
        got = analysis.run(analysis.signal_statistics, channel, chunk_s=97.7).result()
        wide = x.astype(np.longdouble) - x[0]
        mean = float(wide.mean() + np.longdouble(x[0]))
        d = wide - wide.mean()
        m2, m3, m4 = ((d**k).mean() for k in (2, 3, 4))
        variance = float(m2 * len(x) / (len(x) - 1))
        wanted = np.linspace(0.005, 0.995, 199)
        found = np.array([got.quantile(q) for q in wanted])
        ordered = np.sort(x)
        low = np.searchsorted(ordered, found, side="left") / len(x)
        high = np.searchsorted(ordered, found, side="right") / len(x)
        error = np.maximum(np.maximum(low - wanted, wanted - high), 0).max()
        quantiles = f"{100 * error:.3f} % ({100 * got.rank_error:.3f} %)"
        if got.rank_error == 0:
            quantiles = f"{np.abs(found - np.quantile(x, wanted)).max():.1e} off numpy.quantile"
        rows.append(
            (
                name,
                f"{abs(got.mean / mean - 1):.1e}",
                f"{abs(got.variance / variance - 1):.1e}",
                f"{abs(got.skewness - float(m3 / m2**1.5)):.1e}",
                f"{abs(got.kurtosis - float(m4 / m2**2 - 3)):.1e}",
                f"{abs(stats.skew(x) - float(m3 / m2**1.5)):.1e}",
                quantiles,
            )
        )
    text = (
        "A million samples in pieces of 97.7 s that are merged, against sums in extended precision "
        "(80 bits, less the first sample): mean and variance relative, skewness and kurtosis "
        "absolute. 199 quantiles: largest error in rank, and in brackets what "
        "the sketch states for 99 % of quantiles; up to 65,536 distinct values are counted exactly."
    )
    header = ("signal", "mean", "variance", "skewness", "kurtosis", "scipy's skewness",
              "quantiles")  # fmt: skip
    return Table("Statistics that merge", text, header, rows)
