"""Complexity and non-linear HRV against other libraries and closed forms."""

from __future__ import annotations

import functools
import math
import os
import warnings
from pathlib import Path

import numpy as np
from tables import Table

from vital_widgets import analysis
from vital_widgets.simulate.sample_recording import sample_truth

HERE = Path(__file__).resolve().parent
RECORDS = ("100", "103", "117", "119", "200", "208", "213", "231")


def series() -> dict[str, np.ndarray]:
    """Interval series in ms: synthetic, and from expert annotations where they are there."""
    rng = np.random.default_rng(0)
    beats = sample_truth(3600.0).r_peaks
    day = np.diff(beats) * 1000
    found = {
        "synthetic recording": day[day < 2000][:400],
        "synthetic, later": day[day < 2000][2000:2600],
    }
    slow = np.convolve(rng.normal(size=449), np.ones(50) / 7, "valid")
    found["noise and a wave"] = 850 + 20 * slow + 30 * np.sin(np.arange(400) / 3)
    found["noise and a wave"] += rng.normal(size=400) * 15
    shared = Path(os.environ.get("VITAL_WIDGETS_DATA", HERE.parents[1] / "shared" / "data"))
    import wfdb

    for name in RECORDS:
        header = next(iter(sorted(shared.rglob(f"{name}.atr"))), None)
        if header is None:
            continue
        marks = wfdb.rdann(str(header.with_suffix("")), "atr")
        kept = [
            s
            for s, one in zip(marks.sample, marks.symbol, strict=True)
            if one in "NLRBAaJSVrFejnE/fQ"
        ]
        rr = np.diff(kept) / marks.fs * 1000
        rr = rr[(rr > 250) & (rr < 2500)]
        found[f"annotations of {name}"] = rr[:500]
    return found


def untied(x: np.ndarray) -> np.ndarray:
    """The series without equal values."""
    return x + 1e-6 * np.random.default_rng(0).random(len(x))


def differences(
    calls: dict[str, tuple], all_series: dict[str, np.ndarray]
) -> list[tuple[str, ...]]:
    """The largest difference of each figure over the series, and an example."""
    rows = []
    for what, (ours, theirs, how) in calls.items():
        worst, example, n = 0.0, "", 0
        for values in all_series.values():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                a, b = float(ours(values)), float(theirs(values))
            if not (math.isfinite(a) and math.isfinite(b)):
                continue
            n += 1
            worst = max(worst, abs(a - b))
            example = example or f"{a:.6f} / {b:.6f}"
        rows.append((what, how, example, f"{worst:.1e}", str(n)))
    return rows


def neurokit() -> Table:
    """Against NeuroKit2."""
    import neurokit2 as nk

    if not hasattr(np, "trapz"):
        setattr(np, "trapz", np.trapezoid)  # noqa: B010 - gone from numpy 2.4, used by neurokit2 0.2
    found = series()

    @functools.cache
    def all_of(key):
        x = np.frombuffer(key)
        return nk.hrv_nonlinear({"RRI": x, "RRI_Time": np.cumsum(x) / 1000})

    def theirs(name):
        return lambda x: all_of(x.tobytes())[name].iloc[0]

    def mine(name, **parameters):
        measure = {"sd1": "poincare", "sd2": "poincare", "ellipse_area": "poincare"}.get(name, name)
        measure = "dfa" if name.startswith("dfa") else measure
        return lambda x: getattr(analysis.hrv_nonlinear(x, groups=measure, **parameters), name)

    def alpha2(x):
        last = int((len(x) + 1) / 10)
        return mine("dfa_alpha2", alpha2=(12, last), dfa_overlapping=True, dfa_drop_flat=True)(x)

    calls = {
        "SD1": (mine("sd1"), theirs("HRV_SD1"), "default"),
        "SD2": (mine("sd2"), theirs("HRV_SD2"), "default"),
        "ellipse area": (mine("ellipse_area"), theirs("HRV_S"), "default"),
        "approximate entropy": (mine("apen"), theirs("HRV_ApEn"), "default"),
        "sample entropy": (mine("sampen"), theirs("HRV_SampEn"), "default"),
        "DFA alpha 1": (
            mine("dfa_alpha1", alpha1=(4, 11), dfa_overlapping=True, dfa_drop_flat=True),
            theirs("HRV_DFA_alpha1"),
            "alpha1=(4, 11), overlap, drop_flat",
        ),
        "DFA alpha 2": (alpha2, theirs("HRV_DFA_alpha2"), "alpha2=(12, n/10), overlap, drop_flat"),
        "multiscale entropy, scale 3": (
            lambda x: analysis.multiscale_entropy(x, scales=[3], r=0.2).entropy[0],
            lambda x: nk.entropy_multiscale(
                x, scale=[1, 3], dimension=2, tolerance=0.2 * np.std(x, ddof=1)
            )[1]["Value"][1],
            "r=0.2",
        ),
        "correlation dimension": (
            lambda x: analysis.correlation_dimension(
                x,
                m=2,
                radii=nk.fractal_correlation(x, dimension=2)[1]["Radius"],
                max_templates=5000,
            ),
            lambda x: nk.fractal_correlation(x, dimension=2)[0],
            "m=2, radii=theirs",
        ),
        "permutation entropy": (
            lambda x: analysis.permutation_entropy(untied(x), order=4),
            lambda x: nk.entropy_permutation(untied(x), dimension=4)[0],
            "order=4, ties broken",
        ),
        "Higuchi": (
            analysis.higuchi_fractal_dimension,
            lambda x: nk.fractal_higuchi(x, k_max=10)[0],
            "k_max=10",
        ),
        "Katz": (analysis.katz_fractal_dimension, lambda x: nk.fractal_katz(x)[0], "default"),
        "Hjorth complexity": (
            lambda x: analysis.hjorth(x).complexity,
            lambda x: nk.complexity_hjorth(x)[0],
            "default",
        ),
        "determinism": (
            lambda x: analysis.recurrence(x[:600], m=3, r=0.2).determinism,
            lambda x: nk.complexity_rqa(
                x[:600], dimension=3, tolerance=0.2 * np.std(x[:600], ddof=1)
            )[0]["Determinism"].iloc[0],
            "m=3, r=0.2",
        ),
    }
    text = (
        f"{len(found)} interval series of 400 to 600 beats: {', '.join(found)}. Nothing was tuned "
        "on them. Each figure with NeuroKit2's parameters; the example is of the first series. "
        "NeuroKit2 orders equal values by chance for permutation entropy, so the ties of the "
        "quantised series were broken for both."
    )
    header = ("figure", "parameters of ours", "ours / NeuroKit2", "largest difference", "series")
    return Table("Complexity against NeuroKit2", text, header, differences(calls, found))


def pyhrv() -> Table:
    """Against pyHRV and nolds."""
    import matplotlib as mpl

    mpl.use("Agg")
    import nolds
    from pyhrv import nonlinear

    found = {name: x for name, x in series().items() if len(x) <= 1000}

    def figure(name, **parameters):
        return lambda x: getattr(analysis.hrv_nonlinear(x, **parameters), name)

    calls = {
        "SD1": (
            figure("sd1", groups="poincare", ddof=0),
            lambda x: nonlinear.poincare(x, mode="dev")["sd1"],
            "ddof=0",
        ),
        "SD2": (
            figure("sd2", groups="poincare", ddof=0),
            lambda x: nonlinear.poincare(x, mode="dev")["sd2"],
            "ddof=0",
        ),
        "sample entropy": (
            figure("sampen", groups="sampen", ddof=-1, closed=False),
            lambda x: nonlinear.sample_entropy(x)["sampen"],
            "ddof=-1, closed=False",
        ),
        "DFA alpha 1": (
            figure("dfa_alpha1", groups="dfa"),
            lambda x: nolds.dfa(x, range(4, 17), overlap=False, fit_exp="poly"),
            "default",
        ),
        "DFA alpha 2": (
            figure("dfa_alpha2", groups="dfa", alpha2=(17, 64)),
            lambda x: nolds.dfa(x, range(17, 65), overlap=False, fit_exp="poly"),
            "alpha2=(17, 64)",
        ),
    }
    text = (
        "The same series of up to 1000 beats. pyHRV takes the tolerance of sample entropy from a "
        "standard deviation with ddof=-1 and counts distances below it only; its DFA is that of "
        "nolds with a RANSAC fit, which gives other figures in each run, so nolds is called as "
        "pyHRV does but with a least-squares fit."
    )
    header = ("figure", "parameters of ours", "ours / theirs", "largest difference", "series")
    return Table("Complexity against pyHRV and nolds", text, header, differences(calls, found))


def henon(n: int) -> np.ndarray:
    """The Henon map."""
    x = np.empty(n + 100)
    a, b = 0.1, 0.1
    for i in range(len(x)):
        a, b = 1 - 1.4 * a * a + b, 0.3 * a
        x[i] = a
    return x[100:]


def driven(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """White noise that drives an autoregressive process."""
    x, e = rng.normal(size=n), rng.normal(size=n)
    y = np.zeros(n)
    for i in range(1, n):
        y[i] = 0.5 * y[i - 1] + 0.6 * x[i - 1] + e[i]
    return x, y


def closed_forms() -> Table:
    """Mean and spread over 20 draws against what is known."""
    draws = 10
    sizes = np.unique(np.geomspace(16, 500, 20).astype(int))
    known = 0.5 * math.log(1 + 0.6**2)
    cases = (
        (
            "DFA alpha of white noise",
            0.5,
            lambda r: analysis.dfa(r.normal(size=20_000), sizes=sizes),
        ),
        (
            "DFA alpha of Brownian noise",
            1.5,
            lambda r: analysis.dfa(np.cumsum(r.normal(size=20_000)), sizes=sizes),
        ),
        (
            "sample entropy of normal noise, r=0.2: -ln erf(r / 2)",
            -math.log(math.erf(0.1)),
            lambda r: analysis.sample_entropy(r.normal(size=10_000)),
        ),
        (
            "the same at scale 4: -ln erf(r)",
            -math.log(math.erf(0.2)),
            lambda r: analysis.multiscale_entropy(r.normal(size=20_000), scales=[4], r=0.2).entropy[
                0
            ],
        ),
        (
            "permutation entropy of noise, order 4",
            1.0,
            lambda r: analysis.permutation_entropy(r.normal(size=20_000), order=4),
        ),
        (
            "Higuchi dimension of noise",
            2.0,
            lambda r: analysis.higuchi_fractal_dimension(r.normal(size=10_000)),
        ),
        (
            "Higuchi dimension of Brownian noise",
            1.5,
            lambda r: analysis.higuchi_fractal_dimension(np.cumsum(r.normal(size=10_000))),
        ),
        (
            "D2 of uniform noise in 2 dimensions",
            2.0,
            lambda r: analysis.correlation_dimension(r.random(3000), m=2, max_templates=3000),
        ),
        (
            "transfer entropy of a driven process (nearest neighbours)",
            known,
            lambda r: analysis.transfer_entropy(*driven(2000, r)),
        ),
        (
            "the same, 6 bins",
            known,
            lambda r: analysis.transfer_entropy(*driven(2000, r), method="bins"),
        ),
        (
            "the same, in the other direction (nearest neighbours)",
            0.0,
            lambda r: analysis.transfer_entropy(*driven(2000, r)[::-1]),
        ),
    )
    rows = []
    for what, truth, measure in cases:
        values = np.array([float(measure(np.random.default_rng(seed))) for seed in range(draws)])
        rows.append((what, f"{truth:.4f}", f"{values.mean():.4f}", f"{values.std(ddof=1):.4f}"))
    value = float(analysis.correlation_dimension(henon(5000), m=2, max_templates=5000))
    rows.append(
        ("D2 of the Henon map (1.21 to 1.25 in the literature)", "1.2200", f"{value:.4f}", "")
    )
    text = (
        f"Mean and standard deviation over {draws} draws of random series; seeds 0 to {draws - 1}. "
        "DFA over windows of 16 to 500 values. Finite series bias some of them in theory too: "
        "short windows raise DFA, and bins lose information and gain bias."
    )
    return Table("Complexity against closed forms", text, ("figure", "known", "mean", "sd"), rows)


def bands() -> Table:
    """How often the confidence bands of an average hold the truth."""
    rows = []
    for centre, method, events in (
        ("mean", "t", 20),
        ("mean", "bootstrap", 20),
        ("median", "t", 20),
        ("mean", "t", 200),
        ("median", "t", 200),
    ):
        hits = []
        for seed in range(50):
            rng = np.random.default_rng(seed)
            x = rng.normal(size=events * 60)
            got = analysis.event_average(
                x,
                50.0,
                events=np.arange(events) * 1.2 + 0.5,
                before_s=0.4,
                after_s=0.4,
                centre=centre,
                method=method,
            )
            hits.append(np.mean((got.low <= 0) & (got.high >= 0)))
        rows.append((f"{centre}, {got.method}", str(events), f"{100 * np.mean(hits):.1f} %"))
    text = (
        "Share of samples at which the 95 % band of an average of normal noise holds 0; 50 draws."
    )
    return Table("Bands of averages", text, ("centre and band", "events", "coverage"), rows)


def tables() -> list[Table]:
    """All tables of complexity and morphology."""
    return [neurokit(), pyhrv(), closed_forms(), bands()]
