"""Waves whose limits cardiologists marked: the QT Database and LUDB."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POINTS = (
    "p_onset",
    "p_peak",
    "p_offset",
    "qrs_onset",
    "qrs_offset",
    "t_onset",
    "t_peak",
    "t_offset",
)
WAVES = {"p": "p", "t": "t", "u": "u"}  # every other symbol between limits is a beat
NEAR = 0.15  # s: a beat further from a mark is another
AROUND = 30.0  # s of a record on either side of what is marked


@dataclass(frozen=True, eq=False)
class Marks:
    """Marked points of beats.

    Attributes
    ----------
    qrs : ndarray, shape (k,)
        Seconds of the marked QRS of each beat.
    points : dict of ndarray, shape (k,)
        Seconds of `POINTS`, NaN where none was marked.
    """

    qrs: Floats
    points: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Marked:
    """A record of some leads with marks: of all leads together, or one set for each lead."""

    name: str
    fs: float
    leads: Floats
    together: Marks
    each: tuple[Marks, ...]
    second: Marks | None = None


def read_marks(path: Path, extension: str, fs: float) -> Marks:
    """The waves of an annotation file: onset '(', peak, offset ')', each of them may be missing."""
    import wfdb

    found = wfdb.rdann(str(path), extension)
    waves: list[dict[str, float]] = []
    opened = float("nan")
    for sample, symbol in zip(found.sample / fs, found.symbol, strict=True):
        if symbol == "(":
            opened = sample
        elif symbol == ")":
            if waves and np.isnan(waves[-1]["offset"]):
                waves[-1]["offset"] = sample
            opened = float("nan")
        else:
            kind = WAVES.get(symbol, "qrs")
            # The second peak of one wave goes into the first.
            if waves and waves[-1]["kind"] == kind and np.isnan(waves[-1]["offset"]):
                continue
            waves.append({"kind": kind, "onset": opened, "peak": sample, "offset": np.nan})
            opened = float("nan")
    beats = [i for i, wave in enumerate(waves) if wave["kind"] == "qrs"]
    points = {point: np.full(len(beats), np.nan) for point in POINTS}
    for k, i in enumerate(beats):
        of_beat = {"qrs": waves[i]}
        if i and waves[i - 1]["kind"] == "p":
            of_beat["p"] = waves[i - 1]
        if i + 1 < len(waves) and waves[i + 1]["kind"] == "t":
            of_beat["t"] = waves[i + 1]
        for point in POINTS:
            kind, what = point.split("_")
            if kind in of_beat:
                points[point][k] = of_beat[kind][what]
    return Marks(np.array([waves[i]["peak"] for i in beats]), points)


def inner(marks: Marks) -> Marks:
    """Without the first and the last beat, whose waves are not wholly marked in LUDB."""
    return Marks(marks.qrs[1:-1], {key: value[1:-1] for key, value in marks.points.items()})


def qt_database(folder: Path) -> Iterator[Marked]:
    """Records of the QT Database: one set of marks, made with both leads in sight.

    Only the part of a record that is marked, and 30 s around it.
    """
    import wfdb

    for path in sorted(one.with_suffix("") for one in (folder / "qtdb").glob("*.hea")):
        record = wfdb.rdrecord(str(path))
        fs = float(record.fs)
        marks = read_marks(path, "q1c", fs)
        first = max(round((marks.qrs[0] - AROUND) * fs), 0)
        leads = record.p_signal.T[:, first : round((marks.qrs[-1] + AROUND) * fs)]
        second = None
        if path.with_suffix(".q2c").exists():
            second = shifted(read_marks(path, "q2c", fs), first / fs)
        yield Marked(path.stem, fs, leads, shifted(marks, first / fs), (), second)


def shifted(marks: Marks, by: float) -> Marks:
    """The marks of a part that begins ``by`` seconds after the record."""
    return Marks(marks.qrs - by, {key: value - by for key, value in marks.points.items()})


def ludb(folder: Path) -> Iterator[Marked]:
    """Records of LUDB: marks of each of twelve leads by itself."""
    import wfdb

    paths = (folder / "ludb" / "data").glob("*.hea")
    for path in sorted((one.with_suffix("") for one in paths), key=lambda one: int(one.stem)):
        record = wfdb.rdrecord(str(path))
        fs = float(record.fs)
        each = tuple(inner(read_marks(path, name, fs)) for name in record.sig_name)
        yield Marked(f"{path.stem}", fs, record.p_signal.T, over_leads(each), each)


def over_leads(each: tuple[Marks, ...]) -> Marks:
    """The earliest onset and the latest offset of each beat over the marks of all leads.

    Beats are those of the lead that has most; a point needs marks in at least half of the leads.
    """
    most = max(each, key=lambda marks: len(marks.qrs))
    table = {point: np.full((len(each), len(most.qrs)), np.nan) for point in POINTS}
    for j, marks in enumerate(each):
        for k, beat in enumerate(marks.qrs):
            i = int(np.argmin(np.abs(most.qrs - beat)))
            if abs(most.qrs[i] - beat) <= NEAR:
                for point in POINTS:
                    table[point][j, i] = marks.points[point][k]
    points = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns that are all NaN
        for point, values in table.items():
            one = (
                np.nanmedian
                if point.endswith("peak")
                else (np.nanmin if point.endswith("onset") else np.nanmax)
            )
            enough = np.isfinite(values).sum(axis=0) >= len(each) / 2
            points[point] = np.where(enough, one(values, axis=0), np.nan)
    return Marks(most.qrs, points)


def errors(marks: Marks, beats: Floats, found: dict[str, Floats]) -> dict[str, tuple[Floats, int]]:
    """Of each point the errors in ms (NaN: missed), and how many were found and not marked.

    ``found`` has a value for each of ``beats`` (s), NaN for none.
    """
    result = {}
    nearest = np.full(len(marks.qrs), -1)
    if len(beats):
        apart = np.abs(beats[None, :] - marks.qrs[:, None])
        k = np.argmin(apart, axis=1)
        nearest = np.where(apart[np.arange(len(k)), k] <= NEAR, k, -1)
    for point in POINTS:
        true = marks.points[point]
        ours = np.full(len(true), np.nan)
        there = nearest >= 0
        ours[there] = found[point][nearest[there]]
        marked = np.isfinite(true)
        result[point] = ((ours - true)[marked] * 1000, int(np.isfinite(ours[~marked]).sum()))
    return result
