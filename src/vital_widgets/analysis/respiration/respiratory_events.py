"""Apnoeas and hypopnoeas in a respiration signal of any length."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.ecg.episodes import runs_of
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, quantity
from vital_widgets.analysis.engine.source import SignalLike, is_signal, signal_of
from vital_widgets.analysis.engine.validity import checked_number, not_enough
from vital_widgets.analysis.respiration.breath_extrema import row_quantile
from vital_widgets.analysis.respiration.condition import (
    MIN_RATE,
    WHY,
    bin_samples,
    binned,
    conditioned,
)
from vital_widgets.core.annotations import Annotations
from vital_widgets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Signal = NDArray[np.float64]
    Columns = dict[str, Signal]

APNOEA, HYPOPNOEA = "apnoea", "hypopnoea"
COLUMNS = ("onset", "duration", "kind", "drop", "baseline", "desaturation")
BLOCK, BEFORE, AFTER = 600.0, 420.0, 120.0  # s
RATE = 4.0  # Hz, about, of the amplitude over time
BASELINE_SECONDS = 120.0  # AASM: the two minutes before the event
MIN_BASELINE = 30.0  # s of signal needed for a baseline
STABLE = 0.75  # quantile of the amplitude over these minutes
BASELINE_STEP = 2.0  # s
VIEW = (2.5, 9.0)  # s: limits of the time over which an amplitude is measured, about a breath
BREATHS_IN_VIEW = 1.15
DUTY = 0.4  # inspiratory over total time, typically
MAX_DURATION = 180.0  # s: a longer one is a detached sensor
FLOOR, MEMORY = 0.25, 300.0  # of the highest baseline in the last 300 s: lowest baseline
MIN_LEVEL = 0.1  # of the median baseline of the recording; below, no breathing is seen
NO_DIAGNOSIS = (
    "this is not a diagnostic AHI, which needs airflow, EEG and scored sleep: events are those of "
    "one channel, per hour of valid signal, and central and obstructive ones are not distinguished"
)
UNCONFIRMED = "hypopnoeas are not confirmed by a desaturation or an arousal"
SHOWN = (30.0, 100.5)  # %: what an oximeter shows
SPO2_BEFORE, SPO2_AFTER = 30.0, 45.0  # s: the level before, and the delay of the fall
FRACTION = 1.5  # below, it is not a percentage


@dataclass(frozen=True, kw_only=True, eq=False)
class RespiratoryEvents(
    Result, given=("onset", "times", "scored_seconds"), columns={name: name for name in COLUMNS}
):
    """Apnoeas and hypopnoeas, and the amplitude of breathing over time.

    Attributes
    ----------
    onset, duration : ndarray of float64, shape (n,)
        Onset in s from the start of the recording, and duration in s.
    kind : ndarray of str, shape (n,)
        'apnoea' or 'hypopnoea'.
    drop : ndarray of float64, shape (n,)
        Reduction of the amplitude relative to the baseline, 0 to 1: the largest of an apnoea, the
        median over a hypopnoea.
    baseline : ndarray of float64, shape (n,)
        Amplitude of a breath before the event, in the units of the signal.
    desaturation : ndarray of float64, shape (n,)
        Fall of the oxygen saturation with the event in percentage points; NaN if unknown.
    times, amplitude, reference : ndarray of float64, shape (m,)
        Times in s, the amplitude of breathing around each, and the baseline before each, in the
        units of the signal; NaN where there is no signal or no baseline.
    scored_seconds : float
        Seconds of signal in which events could be found, to which the indices refer.
    """

    onset: NDArray[np.float64]
    duration: NDArray[np.float64]
    kind: NDArray[Any]
    drop: NDArray[np.float64]
    baseline: NDArray[np.float64]
    desaturation: NDArray[np.float64]
    times: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    reference: NDArray[np.float64]
    scored_seconds: float

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.onset)

    def _per_hour(self, n: int) -> float:
        return 3600 * n / self.scored_seconds if self.scored_seconds > 0 else float("nan")

    @property
    def ahi(self) -> float:
        """Apnoeas and hypopnoeas per hour of valid signal (not of sleep, not of recording)."""
        return self._per_hour(len(self))

    @property
    def apnoea_index(self) -> float:
        """Apnoeas per hour of valid signal."""
        return self._per_hour(int(np.sum(self.kind == APNOEA)))

    @property
    def hypopnoea_index(self) -> float:
        """Hypopnoeas per hour of valid signal."""
        return self._per_hour(int(np.sum(self.kind == HYPOPNOEA)))

    def annotations(self, channel: str = "") -> Annotations:
        """Return each event as a stretch of time; the text states kind, duration and drop."""
        texts = [
            f"{kind} {seconds:.0f} s, -{100 * drop:.0f} %"
            for kind, seconds, drop in zip(self.kind, self.duration, self.drop, strict=True)
        ]
        return Annotations(self.onset, texts, self.duration, [channel] * len(self))

    def _facts(self) -> list[tuple[str, str]]:
        apnoeas = int(np.sum(self.kind == APNOEA))
        longest = float(self.duration.max()) if len(self) else float("nan")
        per_hour = [
            quantity(one, "per hour", 3) for one in (self.apnoea_index, self.hypopnoea_index)
        ]
        return [
            ("apnoeas", f"{apnoeas:,} ({per_hour[0]})"),
            ("hypopnoeas", f"{len(self) - apnoeas:,} ({per_hour[1]})"),
            ("index", quantity(self.ahi, "events per hour of valid signal", 3)),
            ("longest", quantity(longest, "s", 3)),
        ]


@analysis
def respiratory_events(
    x: SignalLike,
    fs: float | None = None,
    *,
    apnoea_drop: float = 0.9,
    hypopnoea_drop: float = 0.3,
    min_duration_s: float = 10.0,
    spo2: SignalLike | None = None,
    spo2_fs: float | None = None,
    min_desaturation: float = 3.0,
    usable: UsableLike = None,
) -> Plan[Columns, RespiratoryEvents]:
    """Find apnoeas and hypopnoeas in a respiration signal.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        Airflow, or effort that follows the lung volume; NaN marks missing samples.
    fs, usable
        As for `breaths`.
    apnoea_drop, hypopnoea_drop : float
        Smallest reductions of the amplitude, as shares of the baseline (0 to 1); the defaults are
        those of the AASM [1]_.
    min_duration_s : float
        Smallest duration of an event in s; the default is that of the AASM.
    spo2 : array-like of float, shape (k,), or Channel, optional
        Oxygen saturation in % of the same recording (an array from its start). With it, a
        hypopnoea needs a desaturation.
    spo2_fs : float, optional
        Sampling rate of ``spo2`` in Hz; required for an array, and the channel's own for a
        channel.
    min_desaturation : float
        Smallest fall of the saturation in percentage points (AASM: 3, or 4).

    Returns
    -------
    RespiratoryEvents
        Onset, duration, kind and drop of each event; indices per hour of valid signal; the
        amplitude and its baseline over time. The result is exactly the same however the recording
        is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 4 Hz, an argument is out of range, or ``spo2`` is not in %.

    Notes
    -----
    The amplitude is the range of the low-pass filtered signal over about one breath (1.15 times
    its local duration, 2.5 to 9 s). The baseline is its 75th percentile over the preceding 2 min
    (at least 30 s; at the start of a stretch, the first 2 min), close to the AASM's mean of the
    three largest breaths; it does not fall below a quarter of the highest of the last 5 min. An
    event lasts about from the end of the last full breath to the start of the next. A hypopnoea
    that contains an apnoea of at least ``min_duration_s`` is an apnoea. Events longer than 180 s,
    and stretches with a baseline below a tenth of the median of the recording, are noted as a
    detached sensor and are not valid signal. Blocks of 600 s, fixed to the start of a run of
    samples, are analysed with 420 s before and 120 s after them.

    Central and obstructive events are not distinguished. Without airflow, EEG and scored sleep
    the index is not a diagnostic apnoea-hypopnoea index, and a note says so.

    References
    ----------
    .. [1] Berry RB, et al. Rules for scoring respiratory events in sleep: update of the 2007 AASM
       Manual for the Scoring of Sleep and Associated Events. Journal of Clinical Sleep Medicine
       2012;8(5):597-619. doi:10.5664/jcsm.2172

    Examples
    --------
    >>> import numpy as np
    >>> from vital_widgets.analysis import respiratory_events
    >>> t = np.arange(0, 300, 0.1)
    >>> breathing = np.sin(2 * np.pi * 0.25 * t) * np.where((t > 200) & (t < 225), 0.02, 1)
    >>> respiratory_events(breathing, 10).kind.tolist()
    ['apnoea']
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)
    deep = checked_number(apnoea_drop, "apnoea_drop", 0, 1, open_low=True)
    shallow = checked_number(hypopnoea_drop, "hypopnoea_drop", 0, deep, open_low=True)
    shortest = checked_number(min_duration_s, "min_duration_s", 5, MAX_DURATION, unit="s")
    min_desaturation = checked_number(
        min_desaturation, "min_desaturation", 0, 50, unit="percentage points"
    )
    saturation = checked_saturation(spo2, spo2_fs)
    q = bin_samples(signal.fs)
    hop = max(round(signal.fs / q / RATE), 1) * q
    block, before, after = (round(s * signal.fs / hop) * hop for s in (BLOCK, BEFORE, AFTER))
    work = functools.partial(
        _work, hop=hop, spans=(block, before, after), limits=(1 - deep, 1 - shallow)
    )
    join = functools.partial(
        _join, hop=hop, shortest=shortest, saturation=saturation, min_fall=min_desaturation
    )
    return Plan(work, join, before=before, after=after, grid=block, source=signal)


def _work(
    piece: Piece, hop: int, spans: tuple[int, int, int], limits: tuple[float, float]
) -> Columns:
    """Return amplitude, baseline, and where it is low, every ``hop`` samples of the core."""
    q = bin_samples(piece.fs)
    parts = []
    for first, stop, lo, hi in piece.blocks(*spans):
        columns = _low_breathing(binned(piece.values[lo:hi], q), piece.fs / q, hop // q, limits)
        at = lo + np.arange(len(columns["amplitude"])) * hop
        kept = (at >= first) & (at < stop)
        columns = {name: column[kept] for name, column in columns.items()}
        parts.append({"sample": at[kept] + float(piece.first), **columns})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _low_breathing(x: Signal, rate: float, hop: int, limits: tuple[float, float]) -> Columns:
    n = -(-len(x) // hop)
    names = ("amplitude", "reference", "apnoea", "low")
    columns = {name: np.full(n, np.nan) for name in names}
    for part in conditioned(x, rate):
        seconds = float(np.clip(BREATHS_IN_VIEW / part.hz, *VIEW))
        view = round(seconds * rate) | 1
        begin = -part.first % hop
        high, low = (_highest(x, view // 2, view // 2)[begin::hop] for x in (part.low, -part.low))
        amplitude = high + low
        reference = _baseline(amplitude, rate / hop)
        i0 = (part.first + begin) // hop
        here = slice(i0, i0 + len(amplitude))
        columns["amplitude"][here], columns["reference"][here] = amplitude, reference
        for name, limit in zip(("apnoea", "low"), limits, strict=True):
            # The view falls below the limit once it only holds the last of a full breath.
            tail = (1 - np.arccos(2 * limit - 1) / np.pi) / part.hz
            hidden = [seconds / 2 - share * tail for share in (DUTY, 1 - DUTY)]  # after, before
            points = [max(round(one * rate / hop), 0) for one in hidden]
            below = amplitude <= limit * reference + 1e-12
            columns[name][here] = _highest(below.astype(np.float64), *points)
    return columns


def _highest(x: Signal, back: int, ahead: int = 0) -> Signal:
    """Return the highest value from ``back`` points before to ``ahead`` points after each."""
    y = np.concatenate([np.full(back, -np.inf), x, np.full(ahead, -np.inf)])
    size, width = back + ahead + 1, 1
    while 2 * width <= size:  # the highest of twice as many each time, faster than scipy.ndimage
        y = np.maximum(y[:-width], y[width:])
        width *= 2
    return np.maximum(y[: len(x)], y[size - width :]) if size > width else y


def _baseline(amplitude: Signal, rate: float) -> Signal:
    """Return the level of the larger breaths in the preceding two minutes."""
    step = max(round(BASELINE_STEP * rate), 1)
    y = amplitude[::step]
    if len(y) < round(MIN_BASELINE * rate / step):
        return np.full(len(amplitude), np.nan)
    n = min(round(BASELINE_SECONDS * rate / step), len(y))
    views = np.lib.stride_tricks.sliding_window_view(y, n)
    level = row_quantile(np.sort(views, axis=1), STABLE)  # of the n values from each on
    level = np.concatenate([np.full(n - 1, level[0]), level])
    level = np.maximum(level, FLOOR * _highest(level, round(MEMORY * rate / step) - 1))
    return np.repeat(level, step)[: len(amplitude)]


def _join(
    partials: Sequence[Columns], extent: Extent, hop: int, shortest: float,
    saturation: Saturation | None, min_fall: float,
) -> RespiratoryEvents:  # fmt: skip
    names = ("sample", "amplitude", "reference", "apnoea", "low")
    c = {name: np.concatenate([np.empty(0), *(part[name] for part in partials)]) for name in names}
    step = hop / extent.fs
    times = extent.times(c["sample"].astype(np.int64))
    known = np.isfinite(c["reference"]) & (c["reference"] > 0)
    usual = float(np.median(c["reference"][known])) if known.any() else 0.0
    scored = known & (c["reference"] >= MIN_LEVEL * usual)
    lost = float(np.sum(known & ~scored)) * step
    low = scored & (c["low"] > 0)
    deep = scored & (c["apnoea"] > 0)
    rows: list[tuple[float, float, str, float, float, float]] = []
    group = np.cumsum(np.diff(times, prepend=times[:1]) > 1.5 * step, dtype=np.int64)
    for a, b in runs_of(low, group):
        seconds = (b - a) * step
        if seconds > MAX_DURATION:
            lost += seconds
        elif seconds >= shortest - step:
            held = max((j - i for i, j in runs_of(deep[a:b], group[a:b])), default=0) * step
            is_apnoea = held >= shortest - step
            fall = 1 - c["amplitude"][a:b] / c["reference"][a:b]
            below = fall[fall > 0] if np.any(fall > 0) else fall
            deepest = min(float(fall.max() if is_apnoea else np.median(below)), 1.0)
            t0, name = float(times[a]), APNOEA if is_apnoea else HYPOPNOEA
            fell = saturation.fall(t0, t0 + seconds) if saturation else float("nan")
            if is_apnoea or saturation is None or fell >= min_fall:
                rows.append((t0, seconds, name, deepest, float(c["reference"][a]), fell))
    onset, duration, kind, drop, baseline, desaturation = (
        np.array([row[k] for row in rows], object if k == 2 else np.float64)  # noqa: PLR2004
        for k in range(6)
    )
    notes = [NO_DIAGNOSIS]
    if saturation is None and any(row[2] == HYPOPNOEA for row in rows):
        notes.append(UNCONFIRMED)
    if lost:
        notes.append(
            f"{lost:.0f} s in which breathing is low for more than {MAX_DURATION:g} s at a time, "
            "or below a tenth of the usual, are not events but a detached sensor"
        )
    valid_seconds = max(float(known.sum()) * step - lost, 0.0)
    if not valid_seconds:
        notes.append(
            not_enough(
                f"{extent.valid.seconds:.3g} s of signal hold no {MIN_BASELINE:g} s of breathing "
                "without a hole, which a baseline needs"
            )
        )
    return RespiratoryEvents(
        onset=onset, duration=duration, kind=kind, drop=drop, baseline=baseline,
        desaturation=desaturation, times=times, amplitude=c["amplitude"], reference=c["reference"],
        scored_seconds=valid_seconds, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Saturation:
    """Oxygen saturation in %, NaN where an oximeter shows none, and the times in s."""

    values: Signal
    times: Signal

    def fall(self, onset: float, end: float) -> float:
        """Return the fall in percentage points with an event, NaN if unknown.

        The highest value from 30 s before the onset to the end minus the lowest after it, up to
        45 s after the end.
        """
        i0, i1, stop = np.searchsorted(self.times, [onset - SPO2_BEFORE, end, end + SPO2_AFTER])
        before = self.values[i0:i1]
        if not np.isfinite(before).any():
            return float("nan")
        top = i0 + int(np.nanargmax(before))
        return float(self.values[top] - np.nanmin(self.values[top:stop]))


def checked_saturation(spo2: SignalLike | None, spo2_fs: float | None) -> Saturation | None:
    """Return the saturation of a channel or an array in %, or raise."""
    if spo2 is None:
        return None
    if spo2_fs is None and not is_signal(spo2):
        raise InvalidInputError("spo2_fs is missing: give the sampling rate of spo2 in Hz")
    source = signal_of(spo2, spo2_fs, name="spo2")
    values = source.values()
    known = values[np.isfinite(values)]
    if len(known) and float(known.max()) <= FRACTION:
        raise InvalidInputError(
            f"spo2 has a maximum of {float(known.max()):.3g}, which looks like a fraction; give "
            "per cent: multiply by 100"
        )
    good = (values >= SHOWN[0]) & (values <= SHOWN[1])
    # Half a sample earlier, so that searching finds the nearest sample.
    times = source.timebase.times(0, len(values)) - 0.5 / source.fs
    return Saturation(np.where(good, values, np.nan), times)
