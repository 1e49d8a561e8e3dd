"""Breath by breath analysis of a respiration channel of any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.respiration.breath_extrema import between_samples, marks_of
from vital_widgets.analysis.respiration.breath_series import Breaths
from vital_widgets.analysis.respiration.condition import (
    MIN_LENGTH,
    MIN_RATE,
    WHY,
    bin_samples,
    binned,
    conditioned,
    is_flat,
)
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike
    from vital_widgets.analysis.respiration.condition import Conditioned

    Signal = NDArray[np.float64]

METHODS = ("count-adv", "khodadad", "count-orig")
POLARITIES = ("up", "down")
BLOCK, CONTEXT = 600.0, 120.0  # s: what is analysed at once, and what is seen on either side
NEAR, FAR = 0.2, 0.8  # of the height: where a slope is measured at the end of a pause
RESTING = 0.42  # share of a cycle below NEAR of the height that makes a pause; a sine: 0.3
# A rise shaped as half a cosine takes this share of its time from NEAR to FAR to reach NEAR.
FOOT = float(np.arccos(1 - 2 * NEAR) / (np.arccos(1 - 2 * FAR) - np.arccos(1 - 2 * NEAR)))
COLUMNS = ("onset", "peak", "rest", "end", "amplitude", "noise")
# Sum of the medians over breaths of the change from one to the next, of the duration as a share
# and of ln(height): 0.67 to 1.4 in noise, at most 0.53 in quiet breathing, from its coefficients
# of variation (23 and 33 %, Tobin et al. 1988).
AROUND, ENOUGH = 61, 12  # breaths that are judged together; breaths needed
AT_RANDOM, CLEAR = 0.6, 0.35
IRREGULAR, NO_BREATH = 1.0, 2.0  # in the column 'noise'
NOISE = (
    "durations and heights change at random from one to the next, and the spectrum is flat, as in "
    "noise (a loose sensor?)"
)
TOGETHER = 0.1  # s: onsets of two blocks that are this close are one
FEW_MARKS = 3


@analysis
def breaths(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = METHODS[0],
    polarity: str = "up",
    usable: UsableLike = None,
) -> Plan[Signal, Breaths]:
    """Find the breaths of a respiration signal: belt, impedance, integrated flow, thermistor.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        A signal in any unit, with any offset, that follows the lung volume; NaN marks missing
        samples. Integrate a flow signal first, because it leads the volume.
    fs : float, optional
        Sampling rate in Hz, at least 4; required for an array, and the channel's own for a
        channel.
    method : {'count-adv', 'khodadad', 'count-orig'}
        'count-adv' takes all turning points and removes pairs that differ by less than 0.3 of the
        usual height of a breath (advanced counting [1]_), and is the most accurate in noise;
        'khodadad' takes the extreme of each lobe between zero crossings, with the same limit of
        0.3 [2]_; 'count-orig' takes maxima above 0.2 of their third quartile with one minimum
        below zero between them (original counting [1]_).
    polarity : {'up', 'down'}
        Direction of inspiration. The signal does not reveal it; an inverted belt needs 'down'.
        With the wrong polarity inspiration and expiration are exchanged.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Breaths
        Onset, end of inspiration and of expiration, and amplitude of each breath; times, I:E and
        rate follow from them. The result is exactly the same however the recording is cut into
        pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 4 Hz, or an argument is not one of those listed.

    Notes
    -----
    The signal is averaged down to at least 20 Hz and low-pass filtered at four times the breathing
    frequency (0.6 to 2.5 Hz; zero-phase Butterworth, order 4), which removes most of the
    heartbeat. The usual height is the distance from the 10th to the 90th percentile over the
    surrounding 60 s (above 0.03 Hz), at least half of its median over the block. Extrema are
    interpolated by a parabola. A signal that rests near its lowest level for more than 42 % of the
    time between two peaks has an expiratory pause, which begins and ends where the slopes,
    extrapolated as half cosines, reach the lowest level. Blocks of 600 s, fixed to the start of a
    run of samples, are analysed with 120 s of context on either side. Holes of up to 0.5 s are
    bridged; a stretch has at least 10 s. Incomplete breaths at its ends are omitted.

    Breaths are rejected as noise if, among the 61 surrounding ones, the median changes of duration
    and of height from one to the next sum up to more than 60 % (about twice that of quiet
    breathing [3]_), and the spectrum is flat: the density in the densest 0.2 Hz from 0.05 to 1.2 Hz
    is less than 3 times that above 1.5 Hz (5 times in a minute, 12 in 10 s). If it is not flat,
    they are kept with a note that they are irregular.

    References
    ----------
    .. [1] Schäfer A, Kratky KW. Estimation of breathing rate from respiratory sinus arrhythmia:
       comparison of various methods. Annals of Biomedical Engineering 2008;36(3):476-485.
       doi:10.1007/s10439-007-9428-1
    .. [2] Khodadad D, et al. Optimized breath detection algorithm in electrical impedance
       tomography. Physiological Measurement 2018;39(9):094001. doi:10.1088/1361-6579/aad7e6
    .. [3] Tobin MJ, Mador MJ, Guenther SM, Lodato RF, Sackner MA. Variability of resting
       respiratory drive and timing in healthy subjects. Journal of Applied Physiology
       1988;65(1):309-317. doi:10.1152/jappl.1988.65.1.309

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import breaths
    >>> found = breaths(vw.sample(120)["Resp"])
    >>> 10 < float(found.rate.mean()) < 25
    True
    """
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)
    checked_choice(method, "method", METHODS)
    sign = 1.0 if checked_choice(polarity, "polarity", POLARITIES) == "up" else -1.0
    q = bin_samples(signal.fs)
    context = round(CONTEXT * signal.fs / q) * q
    return Plan(
        functools.partial(_find, method=method, sign=sign),
        functools.partial(_join, method=method, units=signal.units[0]), before=context,
        after=context, grid=round(BLOCK * signal.fs / q) * q, source=signal,
    )  # fmt: skip


def _find(piece: Piece, method: str, sign: float) -> Signal:
    """Return the breaths that begin in the core, one row each, in samples of the channel."""
    q = bin_samples(piece.fs)
    rate = piece.fs / q
    block, context = (round(seconds * rate) * q for seconds in (BLOCK, CONTEXT))
    rows = [np.empty((0, len(COLUMNS)))]
    for first, stop, lo, hi in piece.blocks(block, context, context):
        for stretch in conditioned(sign * binned(piece.values[lo:hi], q), rate):
            found = breaths_of(stretch, rate, method)
            origin = piece.first + lo + stretch.first * q + (q - 1) / 2
            found[:, :4] = found[:, :4] * q + origin  # added once: the same bits however cut
            begins = found[:, 0] - piece.first
            rows.append(found[(begins >= first) & (begins < stop)])
    return np.concatenate(rows)


def breaths_of(stretch: Conditioned, rate: float, method: str) -> Signal:
    """Return the breaths of a stretch, with the columns COLUMNS; times in bins."""
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
    flat = random.any() and is_flat(stretch.x[None], rate)[0]
    noise = np.where(random, NO_BREATH if flat else IRREGULAR, 0.0)
    return np.stack([onsets[:-1], exact[1::2], ends[1:], onsets[1:], height, noise], axis=1)


def _come_at_random(lengths: Signal, heights: Signal) -> NDArray[np.bool_]:
    """Return which breaths have random durations and heights, each judged among its neighbours."""
    if len(lengths) < ENOUGH:
        return np.zeros(len(lengths), bool)
    size = np.log(np.maximum(heights, 1e-300))
    lengthened, grown = np.abs(np.diff(lengths)) / lengths[1:], np.abs(np.diff(size))
    whole = float(np.median(lengthened)) + float(np.median(grown))
    if len(lengths) <= AROUND:
        return np.full(len(lengths), whole > AT_RANDOM)
    changes = [np.concatenate([each[:1], each]) for each in (lengthened, grown)]
    if whole <= AT_RANDOM and not any(_mostly_above(each, AT_RANDOM / 2) for each in changes):
        return np.zeros(len(lengths), bool)  # no sum of two medians can exceed the limit
    one, other = (running_median(each, AROUND, "reflect") for each in changes)
    change = one + other
    if whole > AT_RANDOM and change.min() > CLEAR:
        return np.ones(len(lengths), bool)
    found = change > AT_RANDOM
    if not found.any():
        return found
    return np.asarray(running_median(found.astype(np.float64), AROUND, "reflect") > 0)


def _mostly_above(values: Signal, limit: float) -> bool:
    """Whether the running median exceeds a limit anywhere, which is faster to count."""
    half = AROUND // 2
    above = (values > limit).astype(np.float64)
    above = np.concatenate([above[half:0:-1], above, above[-2 : -half - 2 : -1]])
    return bool(np.convolve(above, np.ones(AROUND), "valid").max() > half)


def _find_pauses(
    x: Signal, troughs: NDArray[np.int64], tops: NDArray[np.int64], ends: Signal, onsets: Signal
) -> None:
    """Set the end of expiration and the onset of inspiration around troughs with a pause."""
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


def _join(partials: Sequence[Signal], extent: Extent, method: str, units: str) -> Breaths:
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
    gone = int(noise.sum())
    if gone and len(rows):
        notes.append(f"{gone:,} breaths were rejected: {NOISE}; {len(rows):,} remain")
    elif gone:
        notes.append(not_enough(f"all {gone:,} breaths were rejected: {NOISE}"))
    elif not len(rows):
        seconds = extent.valid.seconds
        notes.append(
            not_enough(
                f"no complete breath was found in {seconds:.3g} s of signal; stretches of at least "
                f"{MIN_LENGTH:g} s without a hole are needed"
            )
        )
    onset, peak, rest, end, amplitude, _ = rows.T
    follows = np.abs(onset[1:] - end[:-1]) <= TOGETHER
    return Breaths(
        onset=onset, end_inspiration=peak, end_expiration=rest, end=end, amplitude=amplitude,
        stretch=np.cumsum(np.r_[False, ~follows][: len(onset)]), fs=base.fs, method=method,
        units=units, valid=extent.valid, notes=tuple(notes),
    )  # fmt: skip


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
