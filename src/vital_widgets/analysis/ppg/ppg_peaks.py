"""Systolic peaks and onsets of a photoplethysmogram, by any of the detectors, over any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Beats, numbered_without
from vital_widgets.analysis.beats.channel_kind import check_kind
from vital_widgets.analysis.beats.peak_choice import highest_of_each
from vital_widgets.analysis.engine.analysis import analysis
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, joined
from vital_widgets.analysis.engine.seams import Core, kept_of
from vital_widgets.analysis.engine.source import SignalLike, signal_of
from vital_widgets.analysis.engine.validity import bridged_stretches, checked_choice, not_enough
from vital_widgets.analysis.ppg.msptd import find_by_scales, upstroke_evidence
from vital_widgets.analysis.ppg.published_pulses import slope_sum, two_averages
from vital_widgets.analysis.ppg.pulse_noise import no_pulses_among
from vital_widgets.analysis.ppg.pulse_places import (
    FINE,
    REACH,
    extreme_near,
    is_clear,
    no_diastolic_wave,
    onsets_before,
    smoothed,
)
from vital_widgets.analysis.signal.statistics.running_median import running_median

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vital_widgets.analysis.engine.stretches import UsableLike

    Columns = dict[str, NDArray[Any]]
    Blocks = list[tuple[Core, Columns]]
    Found = tuple[NDArray[np.float64], dict[str, Blocks]]  # evidence, pulses of either polarity
    Detector = Callable[[NDArray[np.float64], float], NDArray[np.int64]]

DEFAULT = "msptd"
METHODS: dict[str, Detector] = {
    DEFAULT: find_by_scales,
    "slope-sum": slope_sum,
    "two-averages": two_averages,
}
POLARITIES = ("auto", "up", "down")
MIN_RATE, WHY = 20.0, "the upstroke of a pulse lasts about 0.1 s"  # Hz
BLOCK, CONTEXT = 600.0, 15.0  # s: what a detector sees at once, and on either side of it
MIN_LENGTH = 2.0  # s of signal without a hole in which pulses are searched for
HOLE = 0.1  # s: a hole up to this is bridged by a straight line and ends no stretch
APART = 0.25  # s: two marks closer than this are one pulse (240 beats/min)
AROUND = 5.0  # s from the border of two blocks within which they are joined at a pulse of both
# Logarithm of steepest rise to steepest fall of windows of 6 s: median, share of one sign, and
# number of windows from which on a whole signal is inverted, or a block clearly points one way.
INVERTED, CLEAR = (0.2, 0.75, 3), (0.3, 0.9, 20)
NEIGHBOURS = 15  # pulses whose median height is the usual one
MIN_HEIGHT, MIN_HEIGHT_AT_END = 0.1, 0.4  # of the usual height; near the end of a stretch
END = 1.0  # s
ROUNDING = 1e-9  # of the largest value: a smaller height is rounding
FEW = 2
NOTHING: Columns = {
    "sample": np.empty(0, np.int64),
    "onset": np.empty(0, np.int64),
    "amplitude": np.empty(0),
    "noise": np.empty(0, bool),
}
LIKE_NOISE = (
    "they occur at random and have no shape in common, as in noise, or they are mains hum, spikes, "
    "tremor, or of random height at random times (a sensor without contact?)"
)


@analysis
def ppg_peaks(
    x: SignalLike,
    fs: float | None = None,
    *,
    method: str = DEFAULT,
    polarity: str = "auto",
    usable: UsableLike = None,
) -> Plan[dict[str, Columns], Beats]:
    """Find the systolic peaks and onsets of a photoplethysmogram or an arterial pressure.

    Parameters
    ----------
    x : array-like of float, shape (n,), or Channel
        The signal in any unit, with any offset; NaN marks missing samples.
    fs : float, optional
        Sampling rate in Hz, at least 20; required for an array, and the channel's own for a
        channel.
    method : {'msptd', 'slope-sum', 'two-averages'}
        Detector: 'msptd' is multi-scale peak detection [1]_ in its fast form [2]_ and the most
        accurate here (see the page on accuracy); 'slope-sum' is the slope sum function with an
        adaptive threshold [3]_ as adapted to the PPG [4]_; 'two-averages' compares two moving
        averages [5]_.
    polarity : {'auto', 'up', 'down'}
        Direction in which the pulses point. 'auto' decides for the whole signal: the upstroke is
        the steepest part of a pulse, so a signal that falls more steeply than it rises is
        inverted (transmitted light, or an inverting converter). A block of 600 s that clearly
        points the other way than the whole has no pulses.
    usable : UsableLike, optional
        Where the signal may be used; everywhere by default.

    Returns
    -------
    Beats
        With source 'ppg': intervals between them are pulse intervals, and measures of them are
        pulse rate variability. ``samples`` are the systolic peaks: the extreme sample of the
        signal smoothed by parabolas over 0.12 s and, where the noise is below 0.5 % of the pulse
        height, the extreme sample of the signal itself within 20 ms of it. ``extra`` has 'onset'
        (the sample at which the upstroke begins), 'onset_time' (s) and 'amplitude' (peak above
        onset, in the units of the signal, positive for either polarity). The result is exactly
        the same however the recording is cut into pieces.

    Raises
    ------
    InvalidInputError
        The sampling rate is below 20 Hz, or an argument is not one of those listed.

    Notes
    -----
    Blocks of 600 s, fixed to the start of a run of samples, are analysed with 15 s of context on
    either side. Pulses are searched for in stretches of at least 2 s; holes of up to 0.1 s are
    bridged by a straight line, longer ones end a stretch. A peak is rejected if it is lower than
    10 % of the surrounding pulses (40 % within 1 s of the end of a stretch), or if it is a
    diastolic wave: two pulses more than twice as high follow each other at the usual interval, and
    it lies within 0.45 s after the first or rises less than a quarter as high.

    Peaks are also rejected, with a note, if among 31 surrounding peaks they occur at random (the
    median relative change of successive intervals is above 23 %) and have no shape in common (the
    median correlation of successive shapes is below 0.75); if less than 0.2 % of the power above
    0.5 Hz lies below 8 Hz (mains hum); if most of the power from 0.5 to 12 Hz lies above 4.2 Hz
    (tremor); if a median filter of 0.1 s leaves less than 40 % of them (spikes); or if both times
    and heights are random. `Beats.stretch` changes there, so no interval crosses them.

    References
    ----------
    .. [1] Bishop SM, Ercole A. Multi-scale peak and trough detection optimised for periodic and
       quasi-periodic neuroscience data. Acta Neurochirurgica Supplement 2018;126:189-195.
       doi:10.1007/978-3-319-65798-1_39
    .. [2] Charlton PH, et al. The MSPTDfast photoplethysmography beat detection algorithm: design,
       benchmarking, and open-source distribution. Physiological Measurement 2025;46(3):035002.
       doi:10.1088/1361-6579/adb89e
    .. [3] Zong W, Heldt T, Moody GB, Mark RG. An open-source algorithm to detect onset of arterial
       blood pressure pulses. Computers in Cardiology 2003;30:259-262.
       doi:10.1109/CIC.2003.1291140
    .. [4] Vest AN, et al. An open source benchmarked toolbox for cardiovascular waveform and
       interval analysis. Physiological Measurement 2018;39(10):105004.
       doi:10.1088/1361-6579/aae021
    .. [5] Elgendi M, Norton I, Brearley M, Abbott D, Schuurmans D. Systolic peak detection in
       acceleration photoplethysmograms measured from emergency responders in tropical conditions.
       PLoS ONE 2013;8(10):e76585. doi:10.1371/journal.pone.0076585

    Examples
    --------
    >>> import vital_widgets as vw
    >>> from vital_widgets.analysis import ppg_peaks
    >>> pulses = ppg_peaks(vw.sample(60)["PPG"])
    >>> pulses.source, len(pulses) > 50
    ('ppg', True)
    """
    check_kind(x, "ppg", "ppg_peaks")
    signal = signal_of(x, fs, usable, min_fs=MIN_RATE, why=WHY)
    checked_choice(method, "method", tuple(METHODS))
    checked_choice(polarity, "polarity", POLARITIES)
    context = round(CONTEXT * signal.fs)
    return Plan(
        functools.partial(_find, method=method, polarity=polarity),
        functools.partial(_join, method=method, polarity=polarity), before=context, after=context,
        grid=round(BLOCK * signal.fs), source=signal,
    )  # fmt: skip


def _find(piece: Piece, method: str, polarity: str) -> Found:
    """Return the pulses for either polarity, and the evidence for one of them, of each block.

    The pulses are those of the core and up to `AROUND` from it.
    """
    fs, context = piece.fs, round(CONTEXT * piece.fs)
    ways = ("up", "down") if polarity == "auto" else (polarity,)
    evidence = [np.empty(0)]
    blocks: dict[str, Blocks] = {way: [] for way in ways}
    for first, stop, lo, hi in piece.blocks(round(BLOCK * fs), context, context):
        stretches = usable_parts(piece.values[lo:hi], fs)
        ratio = np.concatenate(
            [np.empty(0), *(upstroke_evidence(part, fs) for _, part in stretches)]
        )
        evidence.append(ratio)
        core = Core.of(piece, first, stop)
        for way in ways:
            if len(ways) > 1 and _points(ratio if way == "down" else -ratio, CLEAR):
                blocks[way].append((core, NOTHING))  # the block clearly points the other way
                continue
            found = _pulses_of(stretches, fs, METHODS[method], -1.0 if way == "down" else 1.0)
            found["sample"] += lo + piece.first
            found["onset"] += lo + piece.first
            near = core.near(found["sample"], AROUND * fs)
            blocks[way].append((core, {key: column[near] for key, column in found.items()}))
    return np.concatenate(evidence), blocks


def usable_parts(values: NDArray[np.float64], fs: float) -> list[tuple[int, NDArray[np.float64]]]:
    """Return the start and the samples of each stretch that is long enough and varies."""
    return [
        (a, part)
        for a, part in bridged_stretches(values, HOLE * fs)
        if len(part) >= MIN_LENGTH * fs
        and float(np.ptp(part)) > ROUNDING * float(np.abs(part).max())
    ]


def _pulses_of(
    stretches: Sequence[tuple[int, NDArray[np.float64]]], fs: float, detect: Detector, sign: float
) -> Columns:
    """Return the pulses of some stretches."""
    parts = [NOTHING]
    for a, part in stretches:
        x = sign * (part - part[0])  # without the offset, which would cost digits
        smooth = smoothed(x, fs)
        peaks = _highest(smooth, extreme_near(smooth, detect(x, fs), REACH, fs), fs)
        onsets = onsets_before(smooth, peaks, fs)
        height = np.where(onsets >= 0, smooth[peaks] - smooth[onsets], 0.0)
        clear = bool(len(peaks)) and is_clear(x, smooth, float(np.median(height)))
        if clear:
            peaks = _highest(x, extreme_near(x, peaks, FINE, fs), fs)
            onsets = onsets_before(smooth, peaks, fs)
            onsets = np.where(onsets >= 0, extreme_near(x, onsets, FINE, fs, -1), -1)
        else:
            onsets = onsets_before(smooth, peaks, fs, clear=False)
        top = x if clear else smooth
        height = np.where(onsets >= 0, top[peaks] - top[onsets], 0.0)
        # A mark on a slope is not a peak; one on a plateau (clipped, or in coarse steps) is.
        step, last = max(round(FINE * fs), 1), len(top) - 1
        kept = (top[peaks] >= top[np.maximum(peaks - step, 0)]) & (
            top[peaks] >= top[np.minimum(peaks + step, last)]
        )
        usual = running_median(height, NEIGHBOURS, "reflect")
        at_end = (peaks < END * fs) | (peaks >= len(x) - END * fs)
        kept &= (onsets >= 0) & (height >= np.where(at_end, MIN_HEIGHT_AT_END, MIN_HEIGHT) * usual)
        kept &= height > ROUNDING * float(np.abs(part).max())
        kept[kept] = no_diastolic_wave(smooth, peaks[kept], height[kept], fs)
        peaks, onsets, height = peaks[kept], onsets[kept], height[kept]
        noise = no_pulses_among(x, smooth, fs, peaks, height)
        parts.append(
            {"sample": peaks + a, "onset": onsets + a, "amplitude": height, "noise": noise}
        )
    return joined(parts)


def _highest(values: NDArray[np.float64], peaks: NDArray[np.int64], fs: float) -> NDArray[np.int64]:
    """Return the peaks in order, the highest of those that belong to one pulse."""
    peaks = np.unique(peaks)
    return peaks[highest_of_each(peaks, values[peaks], round(APART * fs))]


def _join(partials: Sequence[Found], extent: Extent, method: str, polarity: str) -> Beats:
    notes = []
    way = polarity
    if polarity == "auto":
        ratio = np.concatenate([np.empty(0), *(evidence for evidence, _ in partials)])
        way = "down" if _points(-ratio, INVERTED) else "up"
        if way == "down":
            notes.append(
                "the signal falls more steeply than it rises, so it was analysed as inverted; "
                "polarity='up' prevents this"
            )
    found = _joined_blocks([block for _, ways in partials for block in ways[way]], extent.fs)
    # Pulses on either side of a short gap between runs may be one.
    twice = np.diff(found["sample"], prepend=-(2**62)) < round(APART * extent.fs)
    if twice.any():
        twice[1:] &= np.diff(extent.times(found["sample"])) < APART
        found = {key: column[~twice] for key, column in found.items()}
    noise = found["noise"]
    stretch = numbered_without(noise, extent.stretch_of(found["sample"], HOLE))
    found = {key: column[~noise] for key, column in found.items()}
    samples, gone = found["sample"], int(noise.sum())
    if len(samples) < FEW:
        seconds = extent.valid.seconds
        why = f"{len(samples)} pulses were found in {seconds:.3g} s of signal"
        if gone:
            why = f"{gone:,} of {len(noise):,} peaks were rejected, because {LIKE_NOISE}"
        elif seconds < MIN_LENGTH:
            why = (
                f"{seconds:.3g} s of signal were given; at least {MIN_LENGTH:g} s without a hole "
                "are needed"
            )
        notes.append(not_enough(why))
    elif gone:
        notes.append(
            f"{gone:,} peaks were rejected, because {LIKE_NOISE}; {len(samples):,} pulses remain"
        )
    return Beats(
        times=extent.times(samples),
        samples=samples,
        fs=extent.fs,
        stretch=stretch,
        source=PPG,
        method=method,
        polarity=-1 if way == "down" else 1,
        extra={
            "onset": found["onset"],
            "onset_time": extent.times(found["onset"]),
            "amplitude": found["amplitude"],
        },
        valid=extent.valid,
        notes=tuple(notes),
    )


def _joined_blocks(blocks: Blocks, fs: float) -> Columns:
    """Return the pulses of all blocks, each pulse that two neighbours found once."""
    places = [columns["sample"] for _, columns in blocks]
    spans = [float(round(APART * fs))] * len(blocks)
    kept = kept_of([core for core, _ in blocks], places, spans, AROUND * fs)
    parts = [
        {key: column[some] for key, column in columns.items()}
        for (_, columns), some in zip(blocks, kept, strict=True)
    ]
    return joined([NOTHING, *parts])


def _points(ratio: NDArray[np.float64], limits: tuple[float, float, int]) -> bool:
    """Return whether the evidence is for upward pulses."""
    median, share, n = limits
    if len(ratio) < n:
        return False
    return float(np.median(ratio)) > median and float(np.mean(ratio > 0)) >= share
