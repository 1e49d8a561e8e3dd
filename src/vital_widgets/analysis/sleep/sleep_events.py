"""Sleep spindles and slow waves of an EEG, as YASA finds them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Plan, joined
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, checked_number, not_enough
from vital_widgets.analysis.sleep.hypnogram import Hypnogram
from vital_widgets.analysis.sleep.hypnogram import hypnogram as hypnogram_of
from vital_widgets.analysis.sleep.yasa_detection import (
    COLUMNS,
    CONTEXT_S,
    MIN_S,
    PEAK,
    STAGE_CODES,
    Found,
    Stages,
    found_in,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.core.metricunits import unit_factor
from vital_widgets.core.sleepstages import UNSCORED
from vital_widgets.errors import InvalidInputError
from vital_widgets.runtime.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.source import Source
    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.sleep.sleep_statistics import HypnogramLike

KINDS = {"spindles": "spindle", "slow_waves": "slow wave"}
MIN_FS = 80.0  # the band of both detectors reaches to 30 Hz, with the transition of its filter
BLOCK_SAMPLES = 2_880_000  # 8 h at 100 Hz; YASA needs about 250 bytes for each
NAMES = {code: stage for stage, code in STAGE_CODES.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class SleepEvents(
    Result,
    given=("times", "onset", "end"),
    columns={"onset": "onset", "end": "end", "time": "times", "stage": "stage", "": "extra"},
):
    """Spindles or slow waves, in order of their onset.

    Attributes
    ----------
    kind : {'spindles', 'slow_waves'}
        What was searched.
    onset, end : ndarray of float64, shape (n,)
        Times in seconds from the start of the recording.
    times : ndarray of float64, shape (n,)
        Times in seconds of the largest peak of a spindle, of the negative peak of a slow wave.
    stage : ndarray of str, shape (n,)
        Sleep stage at the onset (of a slow wave: at the negative peak); '?' without a hypnogram.
    extra : dict of str to ndarray, shape (n,)
        What YASA measured, see `sleep_events`.
    searched_s : float
        Seconds of signal that were searched, in the stages concerned.
    """

    kind: str
    onset: NDArray[np.float64]
    end: NDArray[np.float64]
    times: NDArray[np.float64]
    stage: NDArray[np.object_]
    extra: dict[str, NDArray[np.float64]]
    searched_s: float

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.onset)

    @property
    def density(self) -> float:
        """Events per minute of the signal that was searched; NaN if none was."""
        return 60 * len(self) / self.searched_s if self.searched_s > 0 else float("nan")

    def annotations(self, channel: str = "") -> Annotations:
        """Return one annotation per event: 'spindle' or 'slow wave'."""
        n = len(self)
        texts = [KINDS[self.kind]] * n
        return Annotations(self.onset, texts, self.end - self.onset, [channel] * n)

    def _facts(self) -> list[tuple[str, str]]:
        return [
            (self.kind.replace("_", " "), f"{len(self):,}"),
            ("density", quantity(self.density, "/min")),
            ("searched", quantity(self.searched_s / 60, "min")),
            ("frequency (median)", quantity(median_of(self.extra["frequency"]), "Hz")),
        ]


@analysis
def sleep_events(
    x: SignalLike,
    fs: float | None = None,
    *,
    kind: str = "spindles",
    hypnogram: HypnogramLike | None = None,
    block_s: float | None = None,
    usable: UsableLike = None,
) -> Plan[Found, SleepEvents]:
    """Find sleep spindles or slow waves of an EEG with YASA: suggestions, to be checked by eye.

    Parameters
    ----------
    x : SignalLike
        An EEG channel, or samples in µV, shape (n,). A channel in V or mV is converted.
    fs : float, optional
        Sampling rate of an array in Hz, at least 80.
    kind : {'spindles', 'slow_waves'}
        What is searched.
    hypnogram : Hypnogram, or stages as for `hypnogram`, optional
        Spindles are searched in N1, N2 and N3, slow waves in N2 and N3. Without it, the whole
        signal is searched, and a note says so.
    block_s : float, optional
        Seconds that are read and searched at once, with 30 s around. By default those of 2.88
        million samples (8 h at 100 Hz, 3.1 h at 256 Hz), for which YASA needs about 0.7 GB.
    usable : UsableLike, optional
        Where the signal may be used, everywhere by default.

    Returns
    -------
    SleepEvents
        Onset, end and peak of each event in seconds, its stage, and what YASA measured. Spindles:
        duration (s), amplitude (peak to peak, µV), amplitude_filtered, rms (µV), abs_power
        (log10 µV²), rel_power, frequency (Hz), oscillations (number), symmetry (0 to 1). Slow
        waves: duration (s), amplitude (peak to peak, µV), neg_amplitude, pos_amplitude (µV),
        mid_crossing, pos_peak (s after the onset), slope (µV/s), frequency (Hz).

    Raises
    ------
    InvalidInputError
        The sampling rate is too low, or the units are not those of a voltage.
    MissingLibraryError
        YASA is not installed: ``pip install "vital_widgets[sleep]"``.

    Notes
    -----
    The detectors are those of YASA [1]_ with its default thresholds: for spindles after [2]_, for
    slow waves after [3]_. Nothing crosses a gap: stretches recorded without a gap are searched one
    by one, and those shorter than 30 s are left out. Missing or unusable samples within a stretch
    are bridged for the filters, do not count for thresholds, and events that touch them are left
    out.
    One threshold for spindles, on the RMS, depends on the mean of all signal that is searched at
    once, so it is determined for each block; the result does not depend on anything else.

    References
    ----------
    .. [1] Vallat R, Walker MP. An open-source, high-performance tool for automated sleep staging.
       eLife 2021;10:e70092. doi:10.7554/eLife.70092
    .. [2] Lacourse K, Delfrate J, Beaudry J, Peppard P, Warby SC. A sleep spindle detection
       algorithm that emulates human expert spindle scoring. Journal of Neuroscience Methods
       2019;316:3-11. doi:10.1016/j.jneumeth.2018.08.014
    .. [3] Massimini M, Huber R, Ferrarelli F, Hill S, Tononi G. The sleep slow oscillation as a
       traveling wave. Journal of Neuroscience 2004;24(31):6862-6870.
       doi:10.1523/JNEUROSCI.1318-04.2004

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import sleep_events
    >>> t = np.arange(0, 120, 1 / 100)
    >>> eeg = np.cumsum(np.random.default_rng(0).normal(0, 2, len(t)))
    >>> burst = np.exp(-(((t % 20 - 10) / 0.4) ** 2))
    >>> found = sleep_events(eeg + 25 * burst * np.sin(2 * np.pi * 13.5 * t), 100)
    >>> found.times.round()
    array([ 10.,  30.,  50.,  70.,  90., 110.])
    """
    import_extra("yasa", "sleep_events")
    kind = checked_choice(kind, "kind", tuple(KINDS))
    signal = signal_of(x, fs, usable, min_fs=MIN_FS, why="spindles are compared with 1 to 30 Hz")
    scale, notes = _scale(signal)
    context = round(CONTEXT_S * signal.fs)
    block = max(BLOCK_SAMPLES, 10 * context)
    if block_s is not None:
        seconds = checked_number(block_s, "block_s", 10 * CONTEXT_S, unit="s")
        block = max(round(seconds * signal.fs), 1)
    stages = None
    if hypnogram is None:
        notes.append("no hypnogram was given: the whole signal was searched, wakefulness too")
    else:
        night = hypnogram if isinstance(hypnogram, Hypnogram) else hypnogram_of(hypnogram)
        stages = _stages(night, signal)
        notes += [note for note in night.notes if not isinstance(hypnogram, Hypnogram)]
    work = functools.partial(
        found_in, kind=kind, stages=stages, scale=scale, block=block, context=context
    )
    join = functools.partial(_joined, kind=kind, notes=tuple(notes), staged=stages is not None)
    return Plan(work, join, before=context, after=context, grid=block, carry=True, source=signal)


def _scale(signal: Source) -> tuple[float, list[str]]:
    """Return the factor from the units of a signal to µV, and notes."""
    units = signal.units[0]
    if not units:
        return 1.0, ["the units are not known and taken as µV"]
    factor = unit_factor(units, "µV")
    if factor is None:
        raise InvalidInputError(
            f"the signal {signal.name!r} has the units {units!r}; give an EEG in µV, mV or V"
        )
    return factor, []


def _stages(night: Hypnogram, signal: Source) -> Stages:
    """Return from which sample on which stage holds."""
    base = signal.timebase
    edges = [*night.onset.tolist(), *(night.onset[-1:] + night.epoch_s).tolist()]
    first = [base.index_at(edge) for edge in edges] if base.n_samples else [0] * len(edges)
    codes = [STAGE_CODES[str(stage)] for stage in night.stage]
    unscored = STAGE_CODES[UNSCORED]
    return Stages(
        np.array([0, *first], np.int64),
        np.array([unscored, *codes, *([unscored] if edges else [])], np.int64),
    )


def _joined(
    partials: Sequence[Found], extent: Extent, *, kind: str, notes: tuple[str, ...], staged: bool
) -> SleepEvents:
    """Return the events of all blocks."""
    kept = []
    last = -1
    for part in partials:
        # Two blocks may find the same event at their border, each with its own threshold.
        new = part.table["onset"] > last
        kept.append({name: values[new] for name, values in part.table.items()})
        last = max(last, int(part.table["end"].max(initial=-1)))
    empty = {name: np.empty(0) for name in (*COLUMNS[kind], "stage")}
    table = joined(kept) if kept else empty
    at = {name: extent.times(table[name].astype(np.int64)) for name in ("onset", "end", PEAK[kind])}
    others = set(COLUMNS[kind]) - set(at)
    searched = sum(part.searched for part in partials) / extent.fs
    more = list(notes)
    if short := sum(part.short for part in partials):
        more.append(f"{short / extent.fs:.3g} s in stretches below {MIN_S:g} s were not searched")
    if wrong := sum(part.wrong for part in partials):
        more.append(
            f"{wrong / extent.fs:.4g} s were not searched: their amplitude is not that of an EEG "
            "in µV (standard deviation 0.1 to 1000 µV)"
        )
    if (n_blocks := sum(part.blocks for part in partials)) > 1 and kind == "spindles":
        more.append(f"the RMS threshold was determined for each of {n_blocks:,} blocks")
    if not searched:
        where = " in the stages that are searched" if staged else ""
        more.insert(0, not_enough(f"no stretch of signal of {MIN_S:g} s{where}"))
    codes = table["stage"].astype(np.int64)
    names = [NAMES[code] if staged else UNSCORED for code in codes.tolist()]
    return SleepEvents(
        kind=kind,
        onset=at["onset"],
        end=at["end"],
        times=at[PEAK[kind]],
        stage=np.array(names, object),
        extra={name: table[name] for name in COLUMNS[kind] if name in others},
        searched_s=searched,
        valid=extent.valid,
        notes=tuple(more),
    )
