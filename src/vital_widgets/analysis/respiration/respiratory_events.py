"""Where breathing stops or becomes shallow."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import checked_number, checked_signal, not_enough
from vital_widgets.analysis.respiration.breaths import checked_rate_of
from vital_widgets.analysis.respiration.condition import bin_samples, binned, conditioned
from vital_widgets.analysis.respiration.event_series import APNOEA, HYPOPNOEA, RespiratoryEvents
from vital_widgets.analysis.respiration.saturation import checked_saturation, desaturation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Signal = NDArray[np.float64]
    Columns = dict[str, Signal]

BLOCK, BEFORE, AFTER = 600.0, 420.0, 120.0  # s
RATE = 4.0  # Hz, about, of the amplitude over time
BASELINE_SECONDS = 120.0  # AASM: the two minutes before the event
LEAST_BASELINE = 30.0  # s of signal of which a baseline can be told
STABLE = 75.0  # percentile of the amplitude over these minutes
BASELINE_STEP = 2.0  # s
VIEW = (2.5, 9.0)  # s: limits of the time over which an amplitude is told, about a breath
BREATHS_IN_VIEW = 1.15
DUTY = 0.4  # inspiratory over total time, typically
LONGEST = 180.0  # s: nobody holds breath longer; a sensor that fell off does
FLOOR, MEMORY = 0.25, 300.0  # of the highest baseline of so many s: it falls no faster
LEAST_LEVEL = 0.1  # of the median baseline of the recording; below, no breathing is seen
NO_DIAGNOSIS = (
    "no diagnostic AHI: that needs airflow, EEG and scored sleep; these events are of one channel, "
    "per hour of valid signal, and central and obstructive ones are not told apart"
)
UNCONFIRMED = "hypopnoeas are not confirmed: no desaturation or arousal was asked of them"


def _plan(
    fs: float,
    *,
    apnoea: float = 0.9,
    hypopnoea: float = 0.3,
    min_duration: float = 10.0,
    spo2: Any = None,
    spo2_fs: float | None = None,
    desaturation: float = 3.0,
) -> Plan[Columns, RespiratoryEvents]:
    rate = checked_rate_of(fs)
    deep = checked_number(apnoea, "apnoea", 0, 1, open_low=True)
    shallow = checked_number(hypopnoea, "hypopnoea", 0, deep, open_low=True)
    shortest = checked_number(min_duration, "min_duration", 5, LONGEST, unit="s")
    least = checked_number(desaturation, "desaturation", 0, 50, unit="percentage points")
    saturation = checked_saturation(spo2, spo2_fs)
    q = bin_samples(rate)
    hop = max(round(rate / q / RATE), 1) * q
    before, after = (round(seconds * rate / hop) * hop for seconds in (BEFORE, AFTER))
    return Plan(
        functools.partial(_work, hop=hop, context=(before, after), limits=(1 - deep, 1 - shallow)),
        functools.partial(
            _join, hop=hop, shortest=shortest, saturation=saturation, desaturation=least
        ),
        before=before,
        after=after,
        grid=round(BLOCK * rate / hop) * hop,
    )


@chunked(_plan)
@with_recipe("values", "spo2", "usable")
def respiratory_events(
    values: Any,
    fs: float,
    *,
    apnoea: float = 0.9,
    hypopnoea: float = 0.3,
    min_duration: float = 10.0,
    spo2: Any = None,
    spo2_fs: float | None = None,
    desaturation: float = 3.0,
    usable: Any = None,
) -> RespiratoryEvents:
    """Find apnoeas and hypopnoeas in a respiration channel.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        Airflow, or effort that follows the volume; NaN where there are no samples.
    fs : float
        Sampling rate in Hz, at least 4.
    apnoea, hypopnoea : float
        Falls of the amplitude, as shares of the baseline, from which an event is one (AASM: 0.9
        and 0.3).
    min_duration : float
        Seconds an event lasts at least.
    spo2 : array-like of float, shape (k,), optional
        Oxygen saturation in %, from the same moment on as the recording. With it, a hypopnoea
        needs a desaturation.
    spo2_fs : float, optional
        Its sampling rate in Hz.
    desaturation : float
        Percentage points by which the saturation must fall (AASM: 3, or 4).
    usable : bool array of shape (n,), Stretches, Annotations or quality result, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    RespiratoryEvents
        Onset, duration, kind, drop of each; indices per hour of valid signal; the amplitude and
        its baseline over time.

    Notes
    -----
    The amplitude is the range of the low-passed signal over about one breath (1.15 times the local
    length of a breath, 2.5 to 9 s). The baseline is its 75th percentile over the 2 min before (at
    least 30 s; at the start of a stretch, the first 2 min): the level of the larger breaths, so
    that it stands for stable breathing before an event even when events follow each other, which
    is close to the AASM's mean of the three largest breaths. It stays above a quarter of the
    highest of the last 5 min. An event is where the amplitude falls enough below it, widened by
    what the view hides on either side (of breaths shaped as half cosines, I:E 2:3): about from the
    end of the last full breath to the start of the next. A hypopnoea with an apnoea of at least
    ``min_duration`` in it is an apnoea. Falls longer than 180 s, and a baseline below a tenth of
    the median of the recording, are no events but are noted, and are not counted as valid signal:
    a sensor came off, or breath is not seen.

    Central and obstructive events are not told apart. Without airflow, EEG and scored sleep the
    index is no diagnostic apnoea-hypopnoea index, and the result says so.

    Blocks of 600 s are fixed to the start of each run, with 420 s before and 120 s after them, so
    the result is the same whatever the chunk length, exactly.

    References
    ----------
    Berry RB et al. Rules for scoring respiratory events in sleep: update of the 2007 AASM manual
    for the scoring of sleep and associated events. J Clin Sleep Med 8 (2012) 597-619.
    """
    plan = _plan(
        fs,
        apnoea=apnoea,
        hypopnoea=hypopnoea,
        min_duration=min_duration,
        spo2=spo2,
        spo2_fs=spo2_fs,
        desaturation=desaturation,
    )
    rate = checked_rate_of(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=plan.grid)


def _work(piece: Piece, hop: int, context: tuple[int, int], limits: tuple[float, float]) -> Columns:
    """Return amplitude, baseline, and where it is low, each ``hop`` samples of the core."""
    q = bin_samples(piece.fs)
    block = round(BLOCK * piece.fs / hop) * hop
    parts = []
    for first in range(int(piece.core.start), int(piece.core.stop), block):
        stop = min(first + block, int(piece.core.stop))
        lo = max(first - context[0], 0)
        hi = min(stop + context[1], len(piece.values))
        columns = _low_breathing(binned(piece.values[lo:hi], q), piece.fs / q, hop // q, limits)
        at = lo + np.arange(len(columns["amplitude"])) * hop
        kept = (at >= first) & (at < stop)
        columns = {name: column[kept] for name, column in columns.items()}
        parts.append({"sample": at[kept] + float(piece.first), **columns})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _low_breathing(x: Signal, rate: float, hop: int, limits: tuple[float, float]) -> Columns:
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    n = -(-len(x) // hop)
    names = ("amplitude", "reference", "apnoea", "low")
    columns = {name: np.full(n, np.nan) for name in names}
    for part in conditioned(x, rate):
        seconds = float(np.clip(BREATHS_IN_VIEW / part.hz, *VIEW))
        view = round(seconds * rate) | 1
        whole = maximum_filter1d(part.low, view, mode="nearest") - minimum_filter1d(
            part.low, view, mode="nearest"
        )
        begin = -part.first % hop
        amplitude = whole[begin::hop]
        reference = _baseline(amplitude, rate / hop)
        i0 = (part.first + begin) // hop
        here = slice(i0, i0 + len(amplitude))
        columns["amplitude"][here], columns["reference"][here] = amplitude, reference
        for name, limit in zip(("apnoea", "low"), limits, strict=True):
            # The view falls below the limit once it holds but the last of a full breath.
            tail = (1 - np.arccos(2 * limit - 1) / np.pi) / part.hz
            lead = seconds / 2 - (1 - DUTY) * tail
            trail = seconds / 2 - DUTY * tail
            below = amplitude <= limit * reference + 1e-12
            columns[name][here] = _widened(below, lead * rate / hop, trail * rate / hop)
    return columns


def _widened(mask: NDArray[np.bool_], lead: float, trail: float) -> NDArray[np.bool_]:
    """Return a mask that begins so many points earlier and ends so many later."""
    before, after = max(round(lead), 0), max(round(trail), 0)
    edges = np.diff(mask.astype(np.int8), prepend=0, append=0)
    begins = np.maximum(np.flatnonzero(edges > 0) - before, 0)
    ends = np.minimum(np.flatnonzero(edges < 0) + after, len(mask))
    depth = np.zeros(len(mask) + 1, np.int64)
    np.add.at(depth, begins, 1)
    np.add.at(depth, ends, -1)
    return np.asarray(np.cumsum(depth)[:-1] > 0)


def _baseline(amplitude: Signal, rate: float) -> Signal:
    """Return the level of the larger breaths in the two minutes before."""
    step = max(round(BASELINE_STEP * rate), 1)
    y = amplitude[::step]
    n = round(BASELINE_SECONDS * rate / step)
    least = round(LEAST_BASELINE * rate / step)
    if len(y) < least:
        return np.full(len(amplitude), np.nan)
    if len(y) <= n:
        level = np.full(len(y), float(np.percentile(y, STABLE)))
    else:
        views = np.lib.stride_tricks.sliding_window_view(y, n)
        level = np.percentile(views, STABLE, axis=1)  # of the n values from each on
        level = np.concatenate([np.full(n - 1, level[0]), level])
    level = np.maximum(level, FLOOR * _highest_before(level, round(MEMORY * rate / step)))
    return np.repeat(level, step)[: len(amplitude)]


def _highest_before(x: Signal, n: int) -> Signal:
    """Return the highest of the last ``n`` values."""
    from scipy.ndimage import maximum_filter1d

    padded = np.concatenate([np.full(n, -np.inf), x])
    return np.asarray(maximum_filter1d(padded, n, origin=(n - 1) // 2)[n:])


def _join(
    partials: Sequence[Columns],
    extent: Extent,
    hop: int,
    shortest: float,
    saturation: tuple[Signal, float] | None,
    desaturation: float,
) -> RespiratoryEvents:
    names = ("sample", "amplitude", "reference", "apnoea", "low")
    c = {name: np.concatenate([np.empty(0), *(part[name] for part in partials)]) for name in names}
    step = hop / extent.fs
    samples = c["sample"].astype(np.int64)
    times = extent.times(samples) if len(samples) else np.empty(0)
    lost = 0.0
    known = np.isfinite(c["reference"]) & (c["reference"] > 0)
    usual = float(np.median(c["reference"][known])) if known.any() else 0.0
    scored = known & (c["reference"] >= LEAST_LEVEL * usual)
    lost += float(np.sum(known & ~scored)) * step
    low = scored & (c["low"] > 0)
    deep = scored & (c["apnoea"] > 0)
    rows: list[tuple[float, float, str, float, float, float]] = []
    for a, b in _runs(low, times, step):
        seconds = (b - a) * step
        if seconds > LONGEST:
            lost += seconds
        elif seconds >= shortest - step:
            held = max((j - i for i, j in _runs(deep[a:b], times[a:b], step)), default=0) * step
            is_apnoea = held >= shortest - step
            base = float(c["reference"][a])
            fall = 1 - c["amplitude"][a:b] / c["reference"][a:b]
            below = fall[fall > 0] if np.any(fall > 0) else fall
            drop = float(fall.max() if is_apnoea else np.median(below))
            t0, t1 = float(times[a]), float(times[a]) + seconds
            fell = desaturation_of(saturation, t0, t1)
            if is_apnoea or saturation is None or fell >= desaturation:
                kind = APNOEA if is_apnoea else HYPOPNOEA
                rows.append((t0, seconds, kind, min(drop, 1.0), base, fell))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    notes = [NO_DIAGNOSIS]
    if saturation is None and any(row[2] == HYPOPNOEA for row in rows):
        notes.append(UNCONFIRMED)
    if lost:
        notes.append(
            f"{lost:.0f} s in which breathing is low for more than {LONGEST:g} s at a time, or "
            "below a tenth of the usual, are taken as a sensor that is off, not as events"
        )
    valid_seconds = max(float(known.sum()) * step - lost, 0.0)
    if not valid_seconds:
        notes.append(
            not_enough(
                f"{extent.valid.seconds:.3g} s of signal hold no breathing of {LEAST_BASELINE:g} s "
                "without a hole, of which a baseline could be told"
            )
        )
    return RespiratoryEvents(
        onset=np.array(columns[0], np.float64),
        duration=np.array(columns[1], np.float64),
        kind=np.array(columns[2], object),
        drop=np.array(columns[3], np.float64),
        baseline=np.array(columns[4], np.float64),
        desaturation=np.array(columns[5], np.float64),
        times=times,
        amplitude=c["amplitude"],
        reference=c["reference"],
        scored_seconds=valid_seconds,
        valid=extent.valid,
        notes=tuple(notes),
    )


def _runs(inside: NDArray[np.bool_], times: Signal, step: float) -> list[tuple[int, int]]:
    """Return where a mask is true, cut where the times jump."""
    if not inside.any():
        return []
    at = np.flatnonzero(inside)
    cut = (np.diff(at) > 1) | (np.diff(times[at]) > 1.5 * step)
    firsts = np.concatenate([[0], np.flatnonzero(cut) + 1])
    lasts = np.concatenate([firsts[1:], [len(at)]]) - 1
    return [(int(at[i]), int(at[j]) + 1) for i, j in zip(firsts, lasts, strict=True)]
