"""Breath by breath, from a respiration channel of any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    checked_choice,
    checked_fs,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.respiration.breath_extrema import between_samples, marks_of
from vital_widgets.analysis.respiration.breath_series import Breaths
from vital_widgets.analysis.respiration.condition import (
    LOWEST_RATE,
    SHORTEST,
    bin_samples,
    binned,
    conditioned,
)
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.respiration.condition import Conditioned

    Signal = NDArray[np.float64]

METHODS = ("count-adv", "khodadad", "count-orig")
POLARITIES = ("up", "down")
BLOCK, CONTEXT = 600.0, 120.0  # s: what is decided at once, and what is seen on either side
NEAR, FAR = 0.2, 0.8  # of the height: where a slope is measured at the end of a pause
RESTING = 0.42  # share of a cycle below NEAR of the height that makes a pause; a sine: 0.3
# A rise shaped as half a cosine is so much of its time from NEAR to FAR before it reaches NEAR.
FOOT = float(np.arccos(1 - 2 * NEAR) / (np.arccos(1 - 2 * FAR) - np.arccos(1 - 2 * NEAR)))
COLUMNS = ("onset", "peak", "rest", "end", "amplitude", "noise")
# Medians over breaths of the change from one to the next, of the duration as a share and of
# ln(height), together: 0.67 to 1.4 of noise, 0.53 of quiet breathing at most, from its coefficients
# of variation (23 and 33 %, Tobin et al. 1988).
AROUND, ENOUGH = 61, 12  # breaths that are judged together; that tell
AT_RANDOM, CLEAR = 0.6, 0.35
IRREGULAR, NO_BREATH = 1.0, 2.0  # in the column 'noise'
NONE = (
    "durations and heights change at random from one to the next, and the spectrum is flat, as in "
    "noise (a loose sensor?)"
)
TOGETHER = 0.1  # s: an onset that two blocks place so close is one
FEW_MARKS = 3


def checked_rate_of(fs: Any) -> float:
    """Return the sampling rate of a respiration channel."""
    return checked_fs(fs, LOWEST_RATE, "the rise and the fall of a breath last about 1 s")


def _plan(fs: float, *, method: str = METHODS[0], polarity: str = "up") -> Plan[Signal, Breaths]:
    rate = checked_rate_of(fs)
    method = checked_choice(method, "method", METHODS)
    sign = 1.0 if checked_choice(polarity, "polarity", POLARITIES) == "up" else -1.0
    q = bin_samples(rate)
    context = round(CONTEXT * rate / q) * q
    return Plan(
        functools.partial(_find, method=method, sign=sign, context=context),
        functools.partial(_join, method=method),
        before=context,
        after=context,
        grid=round(BLOCK * rate / q) * q,
    )


@chunked(_plan)
@with_recipe("values", "usable")
def breaths(
    values: Any,
    fs: float,
    *,
    method: str = METHODS[0],
    polarity: str = "up",
    usable: Any = None,
) -> Breaths:
    """Find the breaths of a respiration channel: belt, impedance, integrated flow, thermistor.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The signal in any unit, with any offset, as it follows the volume of the lungs; NaN where
        there are no samples. Of a flow, integrate it first (it leads the volume).
    fs : float
        Sampling rate in Hz, at least 4.
    method : {'count-adv', 'khodadad', 'count-orig'}
        'count-adv' takes all turns of the signal and leaves out pairs that differ by less than
        0.3 of the usual height of a breath (Schäfer and Kratky 2008, their advanced counting);
        'khodadad' takes the extreme of each lobe between zero crossings, with the same rule of
        0.3 (Khodadad et al. 2018); 'count-orig' takes maxima above 0.2 of their third quartile
        with one minimum below zero between them (Schäfer and Kratky 2008).
    polarity : {'up', 'down'}
        Which way inspiration goes. It cannot be told from the signal safely; an inverted belt
        needs 'down'. Inspiration and expiration swap if it is wrong.
    usable : bool array of shape (n,), Stretches, Annotations or quality result, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Breaths
        Onsets, ends of inspiration and expiration, amplitude, and from them times, I:E, rate.

    Notes
    -----
    The signal is averaged down to 20 Hz or more and low-passed at four times the breathing
    frequency (0.6 to 2.5 Hz; Butterworth, order 4, forth and back), which takes most of the
    heartbeat out. It rounds the turns: where inspiration is shorter than expiration, onsets come
    out some 40 ms early and ends of inspiration as much late at 15 breaths/min. The usual height
    is the distance from the 10th to the 90th percentile over the 60 s around (above 0.03 Hz), so
    it follows changes of amplitude; it is at least half of the median over the block around, so
    that noise in a held breath is no breath. Extrema are placed between samples by a parabola.
    Where the signal rests near its lowest level for more than 42 % of the time between two peaks,
    that is an expiratory pause: it begins and ends where the slopes, drawn on as half cosines,
    meet the lowest level.

    Signal is decided in blocks of 600 s fixed to the start of each run, with 120 s on either side,
    so the result is the same whatever the chunk length, exactly. Holes up to 0.5 s are
    bridged by straight lines, longer ones are boundaries; a stretch has at least 10 s. The first
    and last breath of a stretch are left out unless they are whole.

    Noise has turns, too. Where of the 61 breaths around the median changes from one to the next,
    of the duration and of the height, are above 60 % together (quiet breathing has half of that,
    Tobin et al. 1988), they are left out if the spectrum is that of white noise: in its
    densest 0.2 Hz from 0.05 to 1.2 Hz less than 3 times as dense as above 1.5 Hz (5 times in a
    minute, 12 in 10 s). Else they stay, and a note says that they are
    irregular.

    References
    ----------
    Schäfer A, Kratky KW. Estimation of breathing rate from respiratory sinus arrhythmia:
    comparison of various methods. Ann Biomed Eng 36 (2008) 476-485.
    Khodadad D et al. Optimized breath detection algorithm in electrical impedance tomography.
    Physiol Meas 39 (2018) 094001.
    Tobin MJ et al. Variability of resting respiratory drive and timing in healthy subjects. J Appl
    Physiol 65 (1988) 309-317.
    """
    plan = _plan(fs, method=method, polarity=polarity)
    rate = checked_rate_of(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=plan.grid)


def _find(piece: Piece, method: str, sign: float, context: int) -> Signal:
    """Return the breaths that begin in the core, one row each, in samples of the channel."""
    q = bin_samples(piece.fs)
    block = round(BLOCK * piece.fs / q) * q
    rows = [np.empty((0, len(COLUMNS)))]
    for first in range(int(piece.core.start), int(piece.core.stop), block):
        stop = min(first + block, int(piece.core.stop))
        lo, hi = max(first - context, 0), min(stop + context, len(piece.values))
        rate = piece.fs / q
        for stretch in conditioned(sign * binned(piece.values[lo:hi], q), rate):
            found = breaths_of(stretch, rate, method)
            origin = piece.first + lo + stretch.first * q + (q - 1) / 2
            found[:, :4] = found[:, :4] * q + origin  # added once: the same bits however cut
            begins = found[:, 0] - piece.first
            found = found[(begins >= first) & (begins < stop)]
            rows.append(found)
    return np.concatenate(rows)


def breaths_of(stretch: Conditioned, rate: float, method: str) -> Signal:
    """Return the breaths of a stretch: onset, peak, begin of rest, end (bins), amplitude."""
    at, is_peak = marks_of(stretch, rate, method)
    if len(at) and is_peak[0]:
        at, is_peak = at[1:], is_peak[1:]
    if len(at) and is_peak[-1]:
        at = at[:-1]
    if len(at) < FEW_MARKS:
        return np.empty((0, len(COLUMNS)))
    x = stretch.low
    exact = between_samples(x if method == METHODS[0] else stretch.band, at)
    troughs, tops = at[::2], at[1::2]
    ends, onsets = exact[::2].copy(), exact[::2].copy()
    _find_pauses(x, troughs, tops, ends, onsets)
    height = x[tops] - np.minimum(x[troughs[:-1]], x[tops])
    random = _come_at_random(np.diff(troughs).astype(np.float64), height)
    noise = np.where(random, NO_BREATH if stretch.flat else IRREGULAR, 0.0)
    return np.stack([onsets[:-1], exact[1::2], ends[1:], onsets[1:], height, noise], axis=1)


def _come_at_random(lengths: Signal, heights: Signal) -> NDArray[np.bool_]:
    """Return which breaths come at random lengths and heights, each judged with those around."""
    if len(lengths) < ENOUGH:
        return np.zeros(len(lengths), bool)
    size = np.log(np.maximum(heights, 1e-300))
    lengthened, grown = np.abs(np.diff(lengths)) / lengths[1:], np.abs(np.diff(size))
    whole = float(np.median(lengthened)) + float(np.median(grown))
    if len(lengths) <= AROUND:
        return np.full(len(lengths), whole > AT_RANDOM)
    change = np.zeros(len(lengths))
    for each in (lengthened, grown):
        change += running_median(np.concatenate([each[:1], each]), AROUND, "reflect")
    if whole > AT_RANDOM and change.min() > CLEAR:
        return np.ones(len(lengths), bool)
    found = (change > AT_RANDOM).astype(np.float64)
    return np.asarray(running_median(found, AROUND, "reflect") > 0)


def _find_pauses(
    x: Signal, troughs: NDArray[np.int64], tops: NDArray[np.int64], ends: Signal, onsets: Signal
) -> None:
    """Set where expiration ends and inspiration begins around troughs in which breath rests."""
    if len(tops) < 2:  # noqa: PLR2004 - no trough with a peak on either side
        return
    inner = troughs[1:-1]
    lengths = np.diff(tops)
    height = np.minimum(x[tops[:-1]], x[tops[1:]]) - x[inner]
    level = np.repeat(x[inner] + NEAR * height, lengths)
    low = np.add.reduceat((x[tops[0] : tops[-1]] < level).astype(np.int64), tops[:-1] - tops[0])
    for k in np.flatnonzero((low > RESTING * lengths) & (height > 0)).tolist():
        a, b = int(tops[k]), int(tops[k + 1])
        part = x[a : b + 1]
        base = float(x[inner[k]])
        ends[k + 1] = a + _foot(part, base)
        onsets[k + 1] = b - _foot(part[::-1], base)
        if ends[k + 1] > onsets[k + 1]:
            ends[k + 1] = onsets[k + 1] = 0.5 * (ends[k + 1] + onsets[k + 1])


def _foot(part: Signal, base: float) -> float:
    """Return where a signal that falls from its first value reaches the level ``base``."""
    height = float(part[0]) - base
    far = _below(part, base + FAR * height)
    near = _below(part, base + NEAR * height)
    return min(near + FOOT * (near - far), float(len(part) - 1))


def _below(part: Signal, level: float) -> float:
    k = max(int(np.argmax(part < level)), 1)
    before, after = float(part[k - 1]), float(part[k])
    return k - 1 + (before - level) / (before - after) if before > after else float(k)


def _join(partials: Sequence[Signal], extent: Extent, method: str) -> Breaths:
    rows = np.concatenate([np.empty((0, len(COLUMNS))), *partials])
    base = extent.timebase
    notes = []
    if len(rows):
        whole = np.floor(rows[:, 0]).astype(np.int64)
        shift = extent.times(whole)[:, None] - whole[:, None] / base.fs
        times = rows[:, :4] / base.fs + shift
        rows = np.concatenate([times, rows[:, 4:]], axis=1)
        rows = rows[_apart(rows)]
    noise, odd = rows[:, 5] == NO_BREATH, int((rows[:, 5] == IRREGULAR).sum())
    rows = rows[~noise]
    if odd:
        notes.append(
            f"durations and heights change at random from one to the next in {odd:,} of "
            f"{len(rows):,} breaths, as in noise or in speech"
        )
    if noise.any() and len(rows):
        gone = int(noise.sum())
        notes.append(f"{gone:,} breaths were left out: {NONE}; {len(rows):,} are left")
    elif noise.any():
        notes.append(not_enough(f"none of {len(noise):,} breaths found is one: {NONE}"))
    elif not len(rows):
        seconds = extent.valid.seconds
        notes.append(
            not_enough(
                f"no whole breath was found in {seconds:.3g} s of signal; stretches of at least "
                f"{SHORTEST:g} s without a hole are needed"
            )
        )
    onset, peak, rest, end, amplitude, _ = rows.T
    follows = np.abs(onset[1:] - end[:-1]) <= TOGETHER
    return Breaths(
        onset=onset,
        end_inspiration=peak,
        end_expiration=rest,
        end=end,
        amplitude=amplitude,
        stretch=np.concatenate([np.zeros(min(len(onset), 1)), np.cumsum(~follows)]).astype(
            np.int64
        ),
        fs=base.fs,
        method=method,
        valid=extent.valid,
        notes=tuple(notes),
    )


def _apart(rows: Signal) -> NDArray[np.bool_]:
    """Return which breaths do not begin within the breath before (two blocks may differ)."""
    kept = np.ones(len(rows), bool)
    if np.all(rows[1:, 0] >= rows[:-1, 3] - TOGETHER):
        return kept
    end = -np.inf
    for k, (onset, stop) in enumerate(zip(rows[:, 0].tolist(), rows[:, 3].tolist(), strict=True)):
        kept[k] = onset >= end - TOGETHER
        end = stop if kept[k] else end
    return kept
