"""HRV against figures that other programs published with the beats they came from."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from tables import Table

import vital_widgets as vw
from vital_widgets import analysis

DATA = Path(os.environ.get("VITAL_WIDGETS_DATA", Path(__file__).parents[2] / "shared" / "data"))
# The toolbox read ticks of 1/128 s as 1/125 s, and took its time from the first beat.
TICKS, TICKS_TAKEN = 128, 125
WINDOW = 300.0
LINES = 1024
SHORTEST_MS, LONGEST_MS = 375, 2000
PER_PERIODOGRAM = "their periodogram lacks the factor T/n: compared after times mean NN (s)"
SLOWEST = "; their VLF begins with the line at 0.0039 Hz, ours at 0.0033 Hz"
TOOLBOX = {
    "mean_nn": ("NNmean", ""),
    "median_nn": ("NNmedian", ""),
    "iqr_nn": ("NNiqr", "another rule between two values for the quartiles"),
    "sdnn": ("SDNN", ""),
    "rmssd": ("RMSSD", "they take differences across what they left out, we never do"),
    "pnn50": ("pnn50", "the same; of the differences"),
    "sd1": ("SD1", "the same"),
    "sd2": ("SD2", "from SDNN and SDSD: `poincare_method='moments'`"),
    "sampen": ("SampEn", "they count one template more than Richman and Moorman"),
    "apen": ("ApEn", "they take the logarithm of a mean, Pincus the mean of logarithms"),
    "vlf": ("vlf", PER_PERIODOGRAM + SLOWEST),
    "lf": ("lf", PER_PERIODOGRAM + ", and theirs has lines every 1/1024 Hz, ours every 1/(4 T)"),
    "hf": ("hf", "as LF"),
    "lf_hf": ("lfhf", "as LF; theirs is rounded to 0.01"),
    "vlf of their lines": ("vlf", "SciPy's periodogram at k/1024 Hz, times T/n: the reason above"),
    "lf of their lines": ("lf", "the same"),
    "hf of their lines": ("hf", "the same"),
}


@dataclass(frozen=True)
class Windows:
    """Figures of the toolbox and ours, a row a window."""

    theirs: pd.DataFrame
    ours: pd.DataFrame
    stretches: np.ndarray

    @property
    def same(self) -> np.ndarray:
        """Windows of which both took as many intervals."""
        return np.asarray(self.ours["n"].to_numpy() == self.theirs["btsdet"].to_numpy())


def tables() -> list[Table]:
    """The toolbox of PhysioNet by window, and single figures of three more programs."""
    folder = DATA / "hrv"
    if not folder.is_dir():
        text = "No data: set VITAL_WIDGETS_DATA to a folder that has hrv/."
        return [Table("HRV against published figures", text, ("figure",), [])]
    return [_of_toolbox(windows_of_toolbox(folder / "cliffordlab")), _of_others(folder)]


def windows_of_toolbox(folder: Path) -> Windows:
    """Return what the toolbox published for nsr001, and ours of the same windows."""
    marks = vw.open(folder / "nsr001.hea").annotations
    times = (marks.onset - marks.onset[0]) * TICKS / TICKS_TAKEN
    normal = np.array([text == "N" for text in marks.text])
    ms = np.diff(times) * 1000
    kept = normal[1:] & normal[:-1] & (ms >= SHORTEST_MS) & (ms <= LONGEST_MS)
    nn = analysis.Intervals(ms[kept], times[1:][kept], np.cumsum(~kept)[kept])
    theirs = pd.read_csv(folder / "NSR_HRV_allwindows_allpatients.csv")
    theirs = theirs[theirs["patID"] == "nsr001"].reset_index(drop=True)
    theirs["pnn50"] *= 100
    for name in ("vlf", "lf", "hf"):
        theirs[name] *= theirs["NNmean"] / 1000
    rows, stretches = [], []
    for begin in theirs["t_start"]:
        inside = (nn.times >= begin) & (nn.times < begin + WINDOW)  # by the beat that ends it
        part = analysis.Intervals(nn.ms[inside], nn.times[inside], nn.stretch[inside])
        rows.append({"n": len(part), **_figures(part)})
        stretches.append(len(np.unique(part.stretch)))
    return Windows(theirs, pd.DataFrame(rows), np.array(stretches))


def _figures(nn: analysis.Intervals) -> dict[str, float]:
    """Our figures by the choices that the toolbox documents: Lomb-Scargle, r of 0.15 SD."""
    options = {"psd": "lomb-scargle", "pnn_of": "differences"}
    got = analysis.hrv(nn, domains=("time", "frequency"), options=options)
    shape = analysis.hrv_nonlinear(
        nn, groups=("poincare", "apen"), r=0.15, poincare_method="moments"
    )
    open_ = analysis.hrv_nonlinear(nn, groups=("sampen",), r=0.15, closed=False)
    more = {"sd1": shape.sd1, "sd2": shape.sd2, "apen": shape.apen, "sampen": open_.sampen}
    return {**got.measures, **more, **_of_their_lines(nn)}


def _of_their_lines(nn: analysis.Intervals) -> dict[str, float]:
    """Powers of the lines that the toolbox takes, as densities."""
    from scipy.signal import lombscargle

    lines = np.arange(1, LINES // 2 + 1) / LINES
    power = lombscargle(nn.times - nn.times[0], nn.ms - nn.ms.mean(), 2 * np.pi * lines)
    power *= 2 * nn.ms.sum() / 1000 / len(nn) / LINES
    bands = {"vlf": (0.0033, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.4)}
    return {
        f"{name} of their lines": float(power[(lines >= low) & (lines <= high)].sum())
        for name, (low, high) in bands.items()
    }


def _of_toolbox(windows: Windows) -> Table:
    whole = windows.same & (windows.stretches == 1)
    kinds = (whole, windows.same & ~whole, ~windows.same)
    rows = []
    for ours, (theirs, why) in TOOLBOX.items():
        known, got = windows.theirs[theirs].to_numpy(), windows.ours[ours].to_numpy()
        cells = []
        for kind in kinds:
            told = kind & (known != 0)
            away = np.abs(got - known)[told] / np.abs(known)[told]
            cells.append(f"{np.median(away):.1e} / {away.max():.1e}")
        rows.append((ours, f"{np.median(known):.5g}", *cells, why))
    text = (
        f"{len(known)} windows of 5 min of nsr001 (Normal Sinus Rhythm RR Database), as the "
        "PhysioNet Cardiovascular Signal Toolbox published them with its demo (eec46e7), and ours "
        "of the intervals between beats that are marked N. Relative differences, median / "
        f"largest: of {kinds[0].sum()} windows without a gap of which both take the same number "
        f"of intervals, of {kinds[1].sum()} more with gaps, and of {kinds[2].sum()} of which the "
        "toolbox leaves out more (intervals a fifth from the median of five). Its figures have 5 "
        "to 8 digits. Nothing here was fitted."
    )
    header = ("figure", "theirs, median", "the same intervals", "with gaps", "others", "why")
    return Table("HRV against the PhysioNet toolbox, published windows", text, header, rows)


def _of_others(folder: Path) -> Table:
    rows = [*_of_hrv_analysis(folder), *_of_pyhrv(folder), _of_dfa(folder)]
    text = (
        "Figures in the tests of hrv-analysis (316b646, 1000 intervals), in the sample report of "
        "pyHRV 0.4 (4684 intervals), and F(n) of PhysioNet's `dfa` (106,084 values). Ours under "
        "`task-force-1996` beside the first, under `pyhrv` beside the second. Where they differ, "
        "the reason was found in the source of the program."
    )
    header = ("program", "figure", "theirs", "ours", "relative difference", "why")
    return Table("HRV against published figures of other programs", text, header, rows)


def _row(program: str, figure: str, theirs: float, ours: float, why: str = "") -> tuple[str, ...]:
    away = f"{abs(ours - theirs) / abs(theirs):.1e}" if theirs else "theirs is 0"
    return program, figure, f"{theirs:.8g}", f"{ours:.8g}", away, why


def _of_hrv_analysis(folder: Path) -> list[tuple[str, ...]]:
    nn = np.loadtxt(folder / "hrv-analysis" / "test_nn_intervals.txt")
    told = json.loads((folder / "hrv-analysis" / "expected.json").read_text("utf-8"))
    known = {k: v for part in told.values() if isinstance(part, dict) for k, v in part.items()}
    got = analysis.hrv(nn)
    shape = analysis.hrv_nonlinear(nn, groups=("poincare",), poincare_method="moments")
    shares = analysis.hrv_time(nn, options={"pnn_of": "differences"})
    ours = {
        **got.all_measures(),
        "sd1": shape.sd1,
        "sd2": shape.sd2,
        "pnn50": shares["pnn50"],
        "pnn20": shares["pnn20"],
    }
    names = {
        "mean_nn": ("mean_nni", ""),
        "median_nn": ("median_nni", ""),
        "sdnn": ("sdnn", ""),
        "rmssd": ("rmssd", ""),
        "cvnn": ("cvnni", ""),
        "cvsd": ("cvsd", ""),
        "pnn50": ("pnni_50_percent_of_N_minus_1", "of the differences"),
        "pnn20": ("pnni_20_percent_of_N_minus_1", "of the differences"),
        "sd1": ("sd1", ""),
        "sd2": ("sd2", "`poincare_method='moments'`; of pairs 4e-4 more"),
        "sampen": ("sampen", ""),
        "sdsd": ("sdsd", "divides by n, not by n - 1"),
        "triangular_index": ("triangular_index", "bins of 8 ms from 300 ms, not of 1/128 s from 0"),
        "mean_hr": ("mean_hr", "mean of the rates; ours is the rate of the mean interval"),
    }
    return [_row("hrv-analysis", k, known[name], ours[k], why) for k, (name, why) in names.items()]


def report(text: str, part: str) -> dict[str, list[float]]:
    """Return the numbers of a part of the report of pyHRV by their names."""
    body = text.split(f"\n{part}\n", 1)[1].split("\n-----", 1)[0]
    found: dict[str, list[float]] = {}
    for line in body.splitlines():
        name, _, value = line.partition(";")
        if value:
            at = found.setdefault(re.sub(r" \(.*", "", name).strip(), [])
        number = re.search(r"-?[\d.]+$", (value or line).strip())
        if number and found:
            at.append(float(number[0]))
    return found


def _of_pyhrv(folder: Path) -> list[tuple[str, ...]]:
    text = (folder / "pyhrv" / "SampleReport.txt").read_text("utf-8")
    nn = np.load(folder / "pyhrv" / "SampleNNISeriesLong.npy").astype(float)
    ours = analysis.hrv(nn, convention="pyhrv").all_measures()
    time, welch = report(text, "Time Domain"), report(text, "Frequency Domain - FFT Welch's Method")
    more = report(text, "Nonlinear Methods")
    known = {
        "mean_nn": (time["Mean NNI"][0], ""),
        "sdnn": (time["SDNN"][0], ""),
        "sdnni": (time["SDNN Index"][0], ""),
        "sdann": (time["SDANN"][0], ""),
        "sdsd": (time["SDSD"][0], "of absolute differences, as the convention has it"),
        "rmssd": (time["RMSSD"][0], ""),
        "pnn50": (time["pNN50"][0], ""),
        "pnn20": (time["pNN20"][0], ""),
        "triangular_index": (time["Triangular Index"][0], ""),
        "tinn": (time["TINN"][0], "0.4 gives 0; ours is that of 0.5"),
        "mean_hr": (time["Mean Heart Rate"][0], "mean of the rates, as above"),
        **{
            name: (value, "")
            for name, value in zip(("vlf", "lf", "hf"), welch["Absolute Powers"], strict=True)
        },
        "total_power": (welch["Total Power"][0], ""),
        "lf_nu": (welch["Normalized Powers"][0], ""),
        "lf_hf": (welch["LF/HF Ratio"][0], ""),
        "sd1": (more["SD1"][0], ""),
        "sd2": (more["SD2"][0], ""),
        "sampen": (more["Sample Entropy"][0], ""),
        "dfa_alpha1": (more["DFA alpha 1"][0], OF_ROOTS),
        "dfa_alpha2": (more["DFA alpha 2"][0], "the same"),
    }
    rows = [_row("pyHRV 0.4", name, value, ours[name], why) for name, (value, why) in known.items()]
    for part, psd, odd in (
        ("Autoregression Method", "autoregressive", "theirs adds up decibels"),
        ("Lomb-Scargle Method", "lomb-scargle", "theirs asks for periods where it takes rates"),
    ):
        told = report(text, f"Frequency Domain - {part}")
        value = next(v[0] for k, v in told.items() if k.lower() == "total power")
        made = analysis.hrv_frequency(nn, convention="pyhrv", options={"psd": psd})
        why = f"{odd}; the variance is {nn.var():.0f} ms²"
        rows.append(_row("pyHRV 0.4", f"total power, {psd}", value, made["total_power"], why))
    return rows


OF_ROOTS = "its nolds took the mean over windows of the root, not the root of the mean (Peng 1994)"


def _of_dfa(folder: Path) -> tuple[str, ...]:
    known = np.loadtxt(folder / "mhrv-dfa" / "dfa.out")
    sizes = np.round(10 ** known[:, 0]).astype(int)
    made = analysis.dfa(np.loadtxt(folder / "mhrv-dfa" / "rr-intervals"), sizes=sizes)
    away = np.abs(np.log10(made.fluctuations) - known[:, 1])
    what = f"log10 F(n), {len(sizes)} windows from {sizes[0]} to {sizes[-1]}"
    worst = f"at most {away.max():.0e} apart"
    return "PhysioNet dfa", what, "6 digits", "all digits the same", worst, ""
