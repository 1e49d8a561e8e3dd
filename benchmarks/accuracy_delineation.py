"""Limits of P, QRS and T against waves known by construction: ours and NeuroKit2's."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from accuracy_qrs import data_folder
from marked_waves import POINTS as EXPERT_POINTS
from marked_waves import errors, ludb, qt_database
from tables import Table

from vital_widgets.analysis import ecg_delineate, ecg_peaks
from vital_widgets.simulate.ecg_waves import POINTS, wave_ecg

if TYPE_CHECKING:
    from collections.abc import Callable

    from marked_waves import Marked, Marks
    from numpy.typing import NDArray

    from vital_widgets.analysis import Delineation

    Floats = NDArray[np.float64]
    Samples = NDArray[np.int64]
    Points = dict[str, Floats]
    Found = tuple[Marks, Floats, Points]
    Delineator = Callable[[Floats, float, Samples], Points]

FS = 250.0
SECONDS = 300
SEARCHED = tuple(point for point in POINTS if point != "r_peak")
CASES = {
    "clean": {},
    "white noise 0.01 mV, wander 0.1 mV": {"noise": 0.01, "baseline": 0.1},
    "white noise 0.03 mV, wander 0.2 mV": {"noise": 0.03, "baseline": 0.2},
    "inverted T, noise 0.01 mV": {"noise": 0.01, "t_shape": "inverted"},
    "biphasic T, noise 0.01 mV": {"noise": 0.01, "t_shape": "biphasic"},
    "110 beats/min, noise 0.01 mV": {"noise": 0.01, "rate": 110.0},
    "10 % premature, 20 % without P, noise 0.01 mV": {
        "noise": 0.01,
        "premature": 0.1,
        "missing_p": 0.2,
    },
}
KEYS = {
    "p_onset": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "p_offset": "ECG_P_Offsets",
    "qrs_onset": "ECG_R_Onsets",
    "qrs_offset": "ECG_R_Offsets",
    "t_onset": "ECG_T_Onsets",
    "t_peak": "ECG_T_Peaks",
    "t_offset": "ECG_T_Offsets",
}
EXPERTS = (
    "9 records of the QT Database (marks made with both leads in sight; the minutes that are "
    "marked) and 30 of LUDB (each of 12 leads marked by itself; atrial fibrillation, flutter, "
    "pacing and ectopy among them). Mean error ± SD in ms (found less marked), and the share of"
    " the marked points that one was found for; the last column counts P waves where experts "
    "marked none. 'Leads together' is `ecg_delineate` of them, 'each of all leads' its waves in "
    "each lead, 'each lead' is one lead by itself. The marks over all leads are the earliest "
    "onset and the latest end over the twelve, where half of them have one. R peaks by "
    "`ecg_peaks`: of each lead for itself, or of lead II (QT Database: the first) where leads "
    "are together. Nothing was tuned on these records, but that a QRS may run into T was added "
    "after an error in sel213 of the QT Database. NeuroKit2 gets each lead through its own"
    " `ecg_clean`. Tolerances of the CSE working party (1985) for the SD: P onset 10.2, P "
    "offset 12.7, QRS onset 6.5, QRS offset 11.6, T offset 30.6 ms."
)
NEAR = 0.15  # s: a point further from the truth is not that point


def ours(values: NDArray[np.float64], beats: NDArray[np.int64]) -> Points:
    found = ecg_delineate(values, FS, beats / FS)
    return {point: getattr(found, point) for point in SEARCHED}


def neurokit(
    method: str, fs: float = FS
) -> Callable[[NDArray[np.float64], NDArray[np.int64]], Points]:
    """Its own cleaning and one of its delineators, on the true R peaks."""

    def delineate(values: NDArray[np.float64], beats: NDArray[np.int64]) -> Points:
        import neurokit2 as nk

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = nk.ecg_clean(values, sampling_rate=fs)
            _, waves = nk.ecg_delineate(clean, beats, sampling_rate=int(fs), method=method)
        found = {}
        for point, key in KEYS.items():
            samples = np.asarray(waves.get(key, []), np.float64)
            found[point] = samples[np.isfinite(samples)] / fs
        return found

    return delineate


def matched(truth: NDArray[np.float64], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Error in ms of the point nearest to each true one; NaN where none is near."""
    true = truth[np.isfinite(truth)]
    found = np.sort(found[np.isfinite(found)])
    if not len(found):
        return np.full(len(true), np.nan)
    after = found[np.clip(np.searchsorted(found, true), 0, len(found) - 1)]
    before = found[np.clip(np.searchsorted(found, true) - 1, 0, len(found) - 1)]
    nearest = np.where(np.abs(after - true) < np.abs(before - true), after, before)
    error = nearest - true
    return np.where(np.abs(error) <= NEAR, error, np.nan) * 1000


def cell(error: NDArray[np.float64]) -> str:
    """Bias, limits of agreement in ms, and the share found."""
    known = error[np.isfinite(error)]
    if not len(known):
        return "none"
    spread = 1.96 * float(np.std(known, ddof=1)) if len(known) > 1 else float("nan")
    bias = float(np.mean(known))
    share = 100 * len(known) / len(error)
    return f"{bias:+.1f} ({bias - spread:+.0f}, {bias + spread:+.0f}) {share:.0f} %"


def known_waves() -> Table:
    """All delineators on the same signals and R peaks."""
    delineators = {
        "vital_widgets": ours,
        "NeuroKit2 dwt": neurokit("dwt"),
        "NeuroKit2 peak": neurokit("peak"),
        "NeuroKit2 prominence": neurokit("prominence"),
    }
    rows = []
    for k, (case, options) in enumerate(CASES.items()):
        ecg = wave_ecg(SECONDS, FS, seed=100 + k, **options)
        for name, delineate in delineators.items():
            try:
                found = delineate(ecg.values, ecg.r_samples)
            except Exception as error:
                cells = [f"failed: {type(error).__name__}"] + [""] * (len(SEARCHED) - 1)
            else:
                cells = [cell(matched(ecg.points[p], found[p])) for p in SEARCHED]
            rows.append([case, name, *cells])
    return Table(
        "Limits of P, QRS and T waves",
        f"{SECONDS} s at {FS:g} Hz per case of raised-cosine waves, whose limits are known because "
        "they are of compact support (`vital_widgets.simulate.ecg_waves`), with their true R "
        "peaks given to all. Cells: bias and 95 % limits of agreement in ms (found less true), and "
        f"the share of the true points that one was found for within {NEAR * 1000:.0f} ms; errors "
        "are of those. NeuroKit2 gets the signal through its own `ecg_clean`; 'none' where a "
        "method does not give a point. Our shares of slope and noise limits "
        "were chosen on waves of this family (clean and noisy, another seed), so that our bias is "
        "small by choice, while NeuroKit2 was not fitted to it: compare the spreads. A QRS "
        "limit of NeuroKit2 is its `ECG_R_Onsets` and `ECG_R_Offsets`.",
        ["case", "delineator", *(point.replace("_", " ") for point in SEARCHED)],
        rows,
    )


def each_lead(delineate: Delineator, record: Marked) -> list[Found]:
    """Every lead by itself, with the R peaks that `ecg_peaks` finds in it."""
    found = []
    for k, lead in enumerate(record.leads):
        beats = ecg_peaks(lead, record.fs)
        marks = record.each[k] if record.each else record.together
        if len(beats):
            found.append((marks, beats.times, delineate(lead, record.fs, beats.samples)))
    return found


def lead_two(delineate: Delineator, record: Marked) -> list[Found]:
    """Lead II by itself against the marks of all leads."""
    beats = ecg_peaks(record.leads[1], record.fs)
    points = delineate(record.leads[1], record.fs, beats.samples)
    return [(record.together, beats.times, points)]


def leads_together(record: Marked, *, each: bool) -> list[Found]:
    """What is found over all leads, or in each lead then; R peaks are those of lead II.

    Of records without a lead II the first lead has them.
    """
    beats = ecg_peaks(record.leads[1 if record.each else 0], record.fs)
    found = ecg_delineate(record.leads, record.fs, beats)
    if not each:
        return [(record.together, beats.times, by_point(found))]
    pairs = zip(record.each, found.leads, strict=True)
    return [(marks, beats.times, by_point(one)) for marks, one in pairs]


def second_expert(record: Marked) -> list[Found]:
    """What another expert marked, as if it had been found."""
    if record.second is None:
        return []
    return [(record.together, record.second.qrs, record.second.points)]


def ours_by_beat(lead: Floats, fs: float, beats: Samples) -> Points:
    return by_point(ecg_delineate(lead, fs, beats / fs))


def by_point(found: Delineation) -> Points:
    return {point: getattr(found, point) for point in EXPERT_POINTS}


def neurokit_by_beat(lead: Floats, fs: float, beats: Samples) -> Points:
    found = neurokit("dwt", fs)(lead, beats)
    return {point: by_beat(found[point], beats / fs, point) for point in EXPERT_POINTS}


def by_beat(found: Floats, beats: Floats, point: str) -> Floats:
    """Points that are not told by beat: those of P before the beat, those of T after it."""
    low, high = {"p": (-0.5, 0.0), "q": (-0.25, 0.25), "t": (0.0, 0.8)}[point[0]]
    each = np.full(len(beats), np.nan)
    if len(found):
        middle = beats + (low + high) / 2
        nearest = found[np.argmin(np.abs(found[None, :] - middle[:, None]), axis=1)]
        inside = (nearest >= beats + low) & (nearest <= beats + high)
        each[inside] = nearest[inside]
    return each


def expert_marks() -> list[Table]:
    """Bias and SD against the waves that cardiologists marked."""
    alone = {
        "vital_widgets, each lead": functools.partial(each_lead, ours_by_beat),
        "NeuroKit2 dwt, each lead": functools.partial(each_lead, neurokit_by_beat),
    }
    whole = {"vital_widgets, leads together": functools.partial(leads_together, each=False)}
    in_each = {"vital_widgets, each of all leads": functools.partial(leads_together, each=True)}
    two = {
        "vital_widgets, lead II": functools.partial(lead_two, ours_by_beat),
        "NeuroKit2 dwt, lead II": functools.partial(lead_two, neurokit_by_beat),
    }
    expert = {"second expert (2 records)": second_expert}
    ways: dict[str, tuple[Any, dict[str, Any]]] = {
        "QT Database": (qt_database, {**whole, **alone, **expert}),
        "LUDB, marks of each lead": (ludb, {**in_each, **alone}),
        "LUDB, marks over all leads": (ludb, {**whole, **two}),
    }
    rows = []
    for database, (records, delineators) in ways.items():
        marked = list(records(data_folder()))
        for name, delineate in delineators.items():
            some = {point: [np.empty(0)] for point in EXPERT_POINTS}
            unmarked = 0
            for record in marked:
                for marks, beats, found in delineate(record):
                    for point, (ms, extra) in errors(marks, beats, found).items():
                        some[point].append(ms)
                        unmarked += extra if point == "p_peak" else 0
            joined = {point: np.concatenate(parts) for point, parts in some.items()}
            cells = [mean_and_sd(ms) for ms in joined.values()]
            rows.append([database, name, *cells, f"{unmarked:,}"])
    return (
        [
            Table(
                "P, QRS and T against the marks of cardiologists",
                EXPERTS,
                ["records", "delineator", *(p.replace("_", " ") for p in EXPERT_POINTS), "P extra"],
                rows,
            )
        ]
        if rows
        else []
    )


def mean_and_sd(ms: Floats) -> str:
    """Mean ± SD, and the share found."""
    known = ms[np.isfinite(ms)]
    if len(known) < 2:
        return "none"
    share = 100 * len(known) / len(ms)
    return f"{np.mean(known):+.1f} ± {np.std(known, ddof=1):.1f}; {share:.1f} %"


def tables() -> list[Table]:
    """All tables of this part."""
    return [known_waves(), *expert_marks()]


if __name__ == "__main__":
    for table in tables():
        print(table.as_markdown())
