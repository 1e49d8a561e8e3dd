"""The detectors of YASA on blocks of a signal."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vital_widgets.analysis.engine.plan import joined
from vital_widgets.core.sleepstages import UNSCORED
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.plan import Piece

CONTEXT_S = 30.0  # the filter for slow waves is 16.5 s long
MIN_S = 30.0
STAGE_CODES = {"W": 0, "N1": 1, "N2": 2, "N3": 3, "R": 4, UNSCORED: -2}  # of YASA
SEARCHED = {"spindles": (1, 2, 3), "slow_waves": (2, 3)}
PEAK = {"spindles": "peak", "slow_waves": "neg_peak"}
# Columns of the result and of YASA; the first are times.
COLUMNS = {
    "spindles": {
        "onset": "Start", "end": "End", "peak": "Peak", "duration": "Duration",
        "amplitude": "Amplitude", "amplitude_filtered": "AmpFiltered", "rms": "RMS",
        "abs_power": "AbsPower", "rel_power": "RelPower", "frequency": "Frequency",
        "oscillations": "Oscillations", "symmetry": "Symmetry",
    },
    "slow_waves": {
        "onset": "Start", "end": "End", "neg_peak": "NegPeak", "duration": "Duration",
        "amplitude": "PTP", "neg_amplitude": "ValNegPeak", "pos_amplitude": "ValPosPeak",
        "mid_crossing": "MidCrossing", "pos_peak": "PosPeak", "slope": "Slope",
        "frequency": "Frequency",
    },
}  # fmt: skip
AFTER_ONSET = ("mid_crossing", "pos_peak")


class Stages(NamedTuple):
    """From which sample on which stage holds: rising indices, and codes of YASA."""

    first: NDArray[np.int64]
    code: NDArray[np.int64]

    def at(self, first: int, n: int) -> NDArray[np.int64]:
        """Return the codes of ``n`` samples from sample ``first`` on."""
        which = np.searchsorted(self.first, np.arange(first, first + n), side="right") - 1
        return self.code[which]


class Found(NamedTuple):
    """Events of a piece.

    Attributes
    ----------
    table : dict of str to ndarray
        `COLUMNS`, with 'onset', 'end' and the peak as indices of samples, and 'stage' as code.
    searched, short, wrong : int
        Samples that were searched; that were too few, or of no plausible amplitude.
    blocks : int
        Blocks that were searched.
    """

    table: dict[str, NDArray[Any]]
    searched: int
    short: int
    wrong: int
    blocks: int


def found_in(
    piece: Piece,
    state: None,
    *,
    kind: str,
    stages: Stages | None,
    scale: float,
    block: int,
    context: int,
) -> tuple[Found, None]:
    """Return the events whose onset lies in the core of a piece, block by block.

    Nothing is handed on as state; it lets blocks, which need much memory, run one after another.
    """
    parts = []
    for first, stop, lo, hi in piece.blocks(block, context, context):
        values = piece.values[lo:hi] * scale
        at = piece.first + lo
        codes = np.full(hi - lo, 2) if stages is None else stages.at(at, hi - lo)
        part = _found(values, codes, piece.fs, kind, (first - lo, stop - lo))
        for name in ("onset", "end", PEAK[kind]):
            part.table[name] += at
        parts.append(part)
    sums = (sum(getattr(part, name) for part in parts) for name in Found._fields[1:])
    return Found(joined([part.table for part in parts]), *sums), state


def _found(
    values: NDArray[np.float64],
    codes: NDArray[np.int64],
    fs: float,
    kind: str,
    core: tuple[int, int],
) -> Found:
    """Return the events of one block with its surroundings, by index in it."""
    nothing: dict[str, NDArray[Any]] = {
        name: np.empty(0, np.int64 if name in ("onset", "end", PEAK[kind], "stage") else float)
        for name in (*COLUMNS[kind], "stage")
    }
    known = np.isfinite(values)
    wanted = known & np.isin(codes, SEARCHED[kind])
    n_wanted = int(wanted[slice(*core)].sum())
    if not n_wanted:
        return Found(nothing, 0, 0, 0, 0)
    if known.sum() < MIN_S * fs:
        return Found(nothing, 0, n_wanted, 0, 0)
    if not known.all():
        at = np.arange(len(values))
        values = np.interp(at, at[known], values[known])
        codes = np.where(known, codes, STAGE_CODES[UNSCORED])
    yasa = import_extra("yasa", "sleep_events")
    spread = float(yasa.others.trimbothstd(values, cut=0.05))
    if not 0.1 < spread < 1000:  # noqa: PLR2004 - the limits of YASA
        return Found(nothing, 0, 0, n_wanted, 0)
    detect = yasa.spindles_detect if kind == "spindles" else yasa.sw_detect
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made = detect(values, sf=fs, hypno=codes, include=SEARCHED[kind], verbose="critical")
    if made is None:
        return Found(nothing, n_wanted, 0, 0, 1)
    frame = made.summary()
    table: dict[str, NDArray[Any]] = {
        name: frame[theirs].to_numpy(np.float64, copy=True)
        for name, theirs in COLUMNS[kind].items()
    }
    for name in AFTER_ONSET:
        if name in table:
            table[name] -= table["onset"]
    for name in ("onset", "end", PEAK[kind]):
        table[name] = np.round(table[name] * fs).astype(np.int64)
    table["stage"] = frame["Stage"].to_numpy(np.int64)
    missing = np.concatenate([[0], np.cumsum(~known)])
    whole = missing[table["end"] + 1] == missing[table["onset"]]
    kept = whole & (table["onset"] >= core[0]) & (table["onset"] < core[1])
    return Found({name: one[kept] for name, one in table.items()}, n_wanted, 0, 0, 1)
