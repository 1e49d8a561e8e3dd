"""Breath by breath analysis of a respiration channel of any length."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan
from vital_widgets.analysis.engine.result import Result, median_of, quantity
from vital_widgets.analysis.engine.seams import Core, kept_of
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import checked_choice, not_enough
from vital_widgets.analysis.respiration.breath_extrema import (
    IRREGULAR,
    METHODS,
    NO_BREATH,
    ROW,
    breaths_of,
)
from vital_widgets.analysis.respiration.condition import (
    MIN_LENGTH,
    MIN_RATE,
    WHY,
    bin_samples,
    binned,
    conditioned,
)
from vital_widgets.core.annotations import Annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Signal = NDArray[np.float64]
    Found = list[tuple[Core, Signal]]  # of each block

COLUMNS = (
    "onset", "end_inspiration", "end_expiration", "end", "inspiratory_time", "expiratory_time",
    "pause", "total_time", "ie_ratio", "duty_cycle", "rate", "amplitude", "stretch",
)  # fmt: skip
POLARITIES = ("up", "down")
BLOCK, CONTEXT = 600.0, 120.0  # s: what is analysed at once, and what is seen on either side
NOISE = (
    "durations and heights change at random from one to the next, and the spectrum is flat, as in "
    "noise (a loose sensor?)"
)
TOGETHER = 0.1  # s: onsets of two blocks that are this close are one
AROUND = 30.0  # s from the border of two blocks within which they are joined at a breath of both


@dataclass(frozen=True, kw_only=True, eq=False)
class Breaths(
    Result,
    given=("onset", "end_inspiration", "end_expiration", "end", "fs"),
    columns={name: name for name in COLUMNS},
):
    """Breaths, each from the start of an inspiration to the start of the next.

    Attributes
    ----------
    onset, end_inspiration, end_expiration, end : ndarray of float64, shape (n,)
        Start and end of inspiration, end of expiration (the start of the pause where there is
        one, else ``end``), and start of the next inspiration, increasing, in seconds from the
        start of the recording (of an array: from its first sample).
    amplitude : ndarray of float64, shape (n,)
        Level at the end of inspiration above that at the onset, in the units of the signal.
    stretch : ndarray of int64, shape (n,)
        Number of the uninterrupted series of each breath: breath ``i + 1`` begins where breath
        ``i`` ends if and only if their numbers are equal.
    fs : float
        Sampling rate in Hz.
    method : str
        The detector.
    units : str
        Units of the signal; '' if unknown.
    """

    onset: NDArray[np.float64]
    end_inspiration: NDArray[np.float64]
    end_expiration: NDArray[np.float64]
    end: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    stretch: NDArray[np.int64]
    fs: float
    method: str = ""
    units: str = ""

    def __len__(self) -> int:
        """Return the number of breaths."""
        return len(self.onset)

    @property
    def inspiratory_time(self) -> NDArray[np.float64]:
        """Onset to end of inspiration, s."""
        return self.end_inspiration - self.onset

    @property
    def expiratory_time(self) -> NDArray[np.float64]:
        """End of inspiration to the next onset, s; includes a pause."""
        return self.end - self.end_inspiration

    @property
    def pause(self) -> NDArray[np.float64]:
        """End of expiration to the next onset, s; 0 where there is no pause."""
        return self.end - self.end_expiration

    @property
    def total_time(self) -> NDArray[np.float64]:
        """Onset to onset, s."""
        return self.end - self.onset

    @property
    def rate(self) -> NDArray[np.float64]:
        """Instantaneous rate, breaths/min."""
        return 60 / self.total_time

    @property
    def ie_ratio(self) -> NDArray[np.float64]:
        """Inspiratory over expiratory time; 0.5 is written 1:2."""
        return self.inspiratory_time / self.expiratory_time

    @property
    def duty_cycle(self) -> NDArray[np.float64]:
        """Inspiratory over total time."""
        return self.inspiratory_time / self.total_time

    def annotations(self, text: str = "breath", channel: str = "") -> Annotations:
        """Return each breath as a stretch of time."""
        n = len(self)
        return Annotations(self.onset, [text] * n, self.total_time, [channel] * n)

    def _facts(self) -> list[tuple[str, str]]:
        return [
            ("breaths", f"{len(self):,}"),
            ("detector", self.method),
            ("rate, median", quantity(median_of(self.rate), "breaths/min")),
            ("inspiratory time, median", quantity(median_of(self.inspiratory_time), "s")),
            ("I:E, median", quantity(median_of(self.ie_ratio), "", 3)),
            ("amplitude, median", quantity(median_of(self.amplitude), self.units)),
        ]


@analysis
def breaths(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = METHODS[0],
    polarity: str = "up",
    usable: UsableLike = None,
) -> Plan[Found, Breaths]:
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


def _find(piece: Piece, method: str, sign: float) -> Found:
    """Return the core of each block, and the breaths that begin in it and up to `AROUND` from it.

    Breaths are rows, in samples of the channel.
    """
    q = bin_samples(piece.fs)
    rate = piece.fs / q
    block, context = (round(seconds * rate) * q for seconds in (BLOCK, CONTEXT))
    blocks: Found = []
    for first, stop, lo, hi in piece.blocks(block, context, context):
        rows = [np.empty((0, len(ROW)))]
        for stretch in conditioned(sign * binned(piece.values[lo:hi], q), rate):
            found = breaths_of(stretch, rate, method)
            origin = piece.first + lo + stretch.first * q + (q - 1) / 2
            found[:, :4] = found[:, :4] * q + origin  # added once: the same bits however cut
            rows.append(found)
        core, breath = Core.of(piece, first, stop), np.concatenate(rows)
        blocks.append((core, breath[core.near(breath[:, 0], AROUND * piece.fs)]))
    return blocks


def _join(partials: Sequence[Found], extent: Extent, method: str, units: str) -> Breaths:
    rows = _joined_blocks([block for partial in partials for block in partial], extent.fs)
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


def _joined_blocks(blocks: Found, fs: float) -> Signal:
    """Return the breaths of all blocks, each breath that two neighbours found once."""
    cores = [core for core, _ in blocks]
    onsets = [rows[:, 0] for _, rows in blocks]
    half = [(rows[:, 3] - rows[:, 0]) / 2 for _, rows in blocks]
    kept = kept_of(cores, onsets, half, AROUND * fs, TOGETHER * fs, lasting=True)
    parts = [np.empty((0, len(ROW)))]
    for k, ((core, rows), some) in enumerate(zip(blocks, kept, strict=True)):
        part = rows[some].copy()
        if k and len(part) and len(parts[-1]) and core.run_start == cores[k - 1].run_start:
            _end_with(parts[-1], float(part[0, 0]), onsets[k - 1][kept[k - 1].stop :])
        parts.append(part)
    return np.concatenate(parts)


def _end_with(rows: Signal, onset: float, went_on: Signal) -> None:
    """Let the last breath before a seam end where the next block has the onset after it."""
    _, peak, rest, end = rows[-1, :4]
    if len(went_on) and end == went_on[0] and peak < onset:
        rows[-1, 2] = onset if rest == end else min(rest, onset)
        rows[-1, 3] = onset


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
