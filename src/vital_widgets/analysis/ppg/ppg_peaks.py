"""Systolic peaks and onsets of a photoplethysmogram, by any of the detectors, over any length."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from vital_widgets.analysis.beats.beat_series import PPG, Beats, numbered_without
from vital_widgets.analysis.engine.chunked import chunked
from vital_widgets.analysis.engine.plan import Extent, Piece, Plan, run_on_array
from vital_widgets.analysis.engine.recipe import with_recipe
from vital_widgets.analysis.engine.stretches import only_usable
from vital_widgets.analysis.engine.validity import (
    bridged_stretches,
    checked_choice,
    checked_fs,
    checked_signal,
    not_enough,
)
from vital_widgets.analysis.ppg.msptd import find_by_scales, upstroke_evidence
from vital_widgets.analysis.ppg.published_pulses import slope_sum, two_averages
from vital_widgets.analysis.ppg.pulse_artefacts import no_pulse_among
from vital_widgets.analysis.ppg.pulse_noise import noise_among
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

    Columns = dict[str, NDArray[Any]]

DEFAULT = "msptd"
METHODS: dict[str, Callable[[NDArray[np.float64], float], NDArray[np.int64]]] = {
    DEFAULT: find_by_scales,
    "slope-sum": slope_sum,
    "two-averages": two_averages,
}
POLARITIES = ("auto", "up", "down")
LOWEST_RATE = 20.0  # Hz
BLOCK, CONTEXT = 600.0, 15.0  # s: what a detector sees at once, and on either side of it
SHORTEST = 2.0  # s of signal without a hole in which pulses are looked for
HOLE = 0.1  # s: a hole up to this is bridged by a straight line, and ends no stretch
APART = 0.25  # s: two marks closer than this are one pulse (240 beats/min)
# It is upside down if the logarithm of steepest rise to steepest fall is below this on average,
# and negative in so great a share of at least so many windows of 6 s.
INVERTED, INVERTED_SHARE, INVERTED_WINDOWS = -0.2, 0.75, 3
CLEAR, CLEAR_SHARE, CLEAR_WINDOWS = 0.3, 0.9, 20  # of one block that points one way
NEIGHBOURS = 15  # pulses whose median height is the usual one
LEAST, LEAST_AT_END = 0.1, 0.4  # of the usual height: a pulse; one cut by the end of a stretch
END = 1.0  # s
ROUNDING = 1e-9  # of the largest value: a height below is rounding
FEW = 2
LIKE_NOISE = (
    "they come at random and have no shape in common, as in noise, or are mains hum, or no "
    "heart's: spikes, a tremor, random heights at random times (a sensor without contact?)"
)


def _plan(
    fs: float, *, method: str = DEFAULT, polarity: str = "auto"
) -> Plan[dict[str, Columns], Beats]:
    rate = checked_fs(fs, LOWEST_RATE, "the upstroke of a pulse lasts about 0.1 s")
    method = checked_choice(method, "method", tuple(METHODS))
    polarity = checked_choice(polarity, "polarity", POLARITIES)
    context = round(CONTEXT * rate)
    return Plan(
        functools.partial(_find, method=method, polarity=polarity),
        functools.partial(_join, method=method, polarity=polarity),
        before=context,
        after=context,
        grid=round(BLOCK * rate),
    )


@chunked(_plan)
@with_recipe("values", "usable")
def ppg_peaks(
    values: Any,
    fs: float,
    *,
    method: str = DEFAULT,
    polarity: str = "auto",
    usable: Any = None,
) -> Beats:
    """Find the pulses of a photoplethysmogram (or of an arterial pressure): systolic peaks, onsets.

    Parameters
    ----------
    values : array-like of float, shape (n,)
        The signal in any unit, with any offset; NaN where there are no samples.
    fs : float
        Sampling rate in Hz, at least 20.
    method : {'msptd', 'slope-sum', 'two-averages'}
        The detector: multi-scale peak detection in its fast form (Bishop and Ercole 2018,
        Charlton et al. 2025); the slope sum function with a threshold that follows the pulses
        (Zong et al. 2003, and as ``qppg`` Vest et al. 2018); two moving averages (Elgendi et al.
        2013).
    polarity : {'auto', 'up', 'down'}
        Which way the pulses point. 'auto' decides for the whole signal: the upstroke is the
        steepest part of a pulse, so a signal that falls more steeply than it rises is upside
        down (light that passes, or an inverting converter). A block of 600 s that clearly points
        the other way than the whole has no pulses.
    usable : optional
        Where the signal may be used: Stretches, Annotations, a quality result, or booleans.

    Returns
    -------
    Beats
        Of source 'ppg': intervals between them are pulse intervals, and what is computed from
        them is pulse-rate variability. ``samples`` lie on the systolic peak: the extreme sample
        of the signal smoothed by parabolas over 0.12 s, and where the noise is below 0.5 % of
        the pulse height, the extreme sample of the signal itself within 20 ms of it. ``extra``
        has 'onset' (the sample at which the upstroke begins), 'onset_time' (s), and 'amplitude'
        (peak over onset, in the units given, positive whatever the polarity).

    Notes
    -----
    Every detector looks at blocks of 600 s that are fixed to the start of each run, with 15 s on
    either side, so the result is the same whatever the chunk length, exactly.

    Pulses are looked for in stretches of at least 2 s; holes up to 0.1 s are bridged by a
    straight line. Longer holes end a stretch (`Beats.stretch`). A mark is left out if it is
    lower than a tenth of the pulses around it, or, within 1 s of the end of a stretch, where half
    a pulse can look like one, than two fifths. And it is left out as a diastolic wave where two
    pulses twice as high over the mean of 2 s follow each other at the usual interval without it,
    if it comes within 0.45 s of the first or rises less than a quarter as high.

    Over noise without pulses the detectors mark its waves. So marks are left out, with a note,
    where those of 31 around come at random (the median change from one interval to the next is
    above 23 %) and have no shape in common (the median correlation of one with the next, over
    0.3 s on either side, is below 0.75); and all of them where less than 0.2 % of the power above
    0.5 Hz lies below 8 Hz, as in mains hum. So are those of no heart: where most of the power from
    0.5 to 12 Hz lies above 4.2 Hz (a tremor), where a median filter of 0.1 s leaves less than two
    fifths of them (spikes), and where both times and heights are at random. No interval is formed
    across them.

    References
    ----------
    Bishop SM, Ercole A. Multi-scale peak and trough detection optimised for periodic and
    quasi-periodic neuroscience data. Acta Neurochir Suppl 126 (2018) 189-195.
    Charlton PH et al. The MSPTDfast photoplethysmography beat detection algorithm: design,
    benchmarking, and open-source distribution. Physiol Meas 46 (2025) 035002.
    Zong W et al. An open-source algorithm to detect onset of arterial blood pressure pulses.
    Computers in Cardiology 30 (2003) 259-262.
    Vest AN et al. An open source benchmarked toolbox for cardiovascular waveform and interval
    analysis. Physiol Meas 39 (2018) 105004.
    Elgendi M et al. Systolic peak detection in acceleration photoplethysmograms measured from
    emergency responders in tropical conditions. PLoS ONE 8 (2013) e76585.
    """
    plan = _plan(fs, method=method, polarity=polarity)
    rate = checked_fs(fs)
    signal = only_usable(checked_signal(values), usable, rate)
    return run_on_array(plan, signal, rate, chunk_samples=plan.grid)


def _find(piece: Piece, method: str, polarity: str) -> dict[str, Columns]:
    """Return the pulses of the core either way up, found block by block, and which way it is."""
    block, context = round(BLOCK * piece.fs), round(CONTEXT * piece.fs)
    ways = ("up", "down") if polarity == "auto" else (polarity,)
    parts: dict[str, list[Columns]] = {way: [] for way in (*ways, "evidence")}
    for first in range(int(piece.core.start), int(piece.core.stop), block):
        stop = min(first + block, int(piece.core.stop))
        lo, hi = max(first - context, 0), min(stop + context, len(piece.values))
        stretches = usable_parts(piece.values[lo:hi], piece.fs)
        told = np.concatenate(
            [*(upstroke_evidence(part, piece.fs) for _, part in stretches), np.empty(0)]
        )
        for way in ways:
            if len(ways) > 1 and _is_clear_against(told, way):
                parts[way].append(_pulses_of([], piece.fs, METHODS[method], 1.0))
                continue
            found = _pulses_of(stretches, piece.fs, METHODS[method], -1.0 if way == "down" else 1.0)
            at = found["sample"] + lo
            inside = (at >= first) & (at < stop)
            found["sample"] = at + piece.first
            found["onset"] += lo + piece.first
            parts[way].append({key: column[inside] for key, column in found.items()})
        parts["evidence"].append({"ratio": told})
    return {way: _joined(columns) for way, columns in parts.items()}


def _joined(parts: Sequence[Columns]) -> Columns:
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def usable_parts(values: NDArray[np.float64], fs: float) -> list[tuple[int, NDArray[np.float64]]]:
    """Return where each stretch that is long enough and varies begins, and its samples."""
    return [
        (a, part)
        for a, part in bridged_stretches(values, HOLE * fs)
        if len(part) >= SHORTEST * fs and float(np.ptp(part)) > ROUNDING * float(np.abs(part).max())
    ]


def _pulses_of(
    stretches: Sequence[tuple[int, NDArray[np.float64]]],
    fs: float,
    detect: Callable[[NDArray[np.float64], float], NDArray[np.int64]],
    sign: float,
) -> Columns:
    """Return the pulses of some stretches."""
    parts = [
        {
            "sample": np.empty(0, np.int64),
            "onset": np.empty(0, np.int64),
            "amplitude": np.empty(0),
            "noise": np.empty(0, bool),
        }
    ]
    for a, part in stretches:
        # Without the offset, the detectors lose no digits to it.
        x = sign * (part - part[0])
        smooth = smoothed(x, fs)
        apart = round(APART * fs)
        peaks = _one_each(smooth, extreme_near(smooth, detect(x, fs), REACH, fs), apart)
        onsets = onsets_before(smooth, peaks, fs)
        height = np.where(onsets >= 0, smooth[peaks] - smooth[onsets], 0.0)
        clear = bool(len(peaks)) and is_clear(x, smooth, float(np.median(height)))
        if not clear:
            onsets = onsets_before(smooth, peaks, fs, clear=False)
            height = np.where(onsets >= 0, smooth[peaks] - smooth[onsets], 0.0)
        else:
            peaks = _one_each(x, extreme_near(x, peaks, FINE, fs), apart)
            onsets = onsets_before(smooth, peaks, fs)
            onsets = np.where(onsets >= 0, extreme_near(x, onsets, FINE, fs, -1), -1)
            height = np.where(onsets >= 0, x[peaks] - x[onsets], 0.0)
        top = x if clear else smooth
        # A mark on a slope is no peak; one on a plateau (clipped, or in coarse steps) is.
        step, last = max(round(FINE * fs), 1), len(top) - 1
        kept = (top[peaks] >= top[np.maximum(peaks - step, 0)]) & (
            top[peaks] >= top[np.minimum(peaks + step, last)]
        )
        kept &= _high_enough(peaks, height, len(x), fs) & (onsets >= 0)
        kept &= height > ROUNDING * float(np.abs(part).max())
        kept[kept] = no_diastolic_wave(smooth, peaks[kept], height[kept], fs)
        parts.append(
            {
                "sample": peaks[kept] + a,
                "onset": onsets[kept] + a,
                "amplitude": height[kept],
                "noise": noise_among(x, smooth, fs, peaks[kept])
                | no_pulse_among(x, smooth, fs, peaks[kept], height[kept]),
            }
        )
    return _joined(parts)


def _high_enough(
    peaks: NDArray[np.int64], height: NDArray[np.float64], n: int, fs: float
) -> NDArray[np.bool_]:
    """Return which pulses are no ripple beside the pulses around them."""
    if not len(peaks):
        return np.empty(0, bool)
    usual = running_median(height, NEIGHBOURS, "reflect")
    at_end = (peaks < END * fs) | (peaks >= n - END * fs)
    return np.asarray(height >= np.where(at_end, LEAST_AT_END, LEAST) * usual)


def _one_each(
    values: NDArray[np.float64], peaks: NDArray[np.int64], apart: int
) -> NDArray[np.int64]:
    """Return the marks in order, of marks of one pulse the highest."""
    ordered = np.unique(peaks)
    if not np.any(np.diff(ordered) < apart):
        return ordered
    kept: list[int] = []
    for at in ordered.tolist():
        if kept and at - kept[-1] < apart:
            if values[at] > values[kept[-1]]:
                kept[-1] = at
        else:
            kept.append(at)
    return np.array(kept, np.int64)


def _join(
    partials: Sequence[dict[str, Columns]], extent: Extent, method: str, polarity: str
) -> Beats:
    notes = []
    way = polarity
    if polarity == "auto":
        ratios = [partial["evidence"]["ratio"] for partial in partials]
        ratio = np.concatenate([*ratios, np.empty(0)])
        way = "down" if _is_inverted(ratio) else "up"
        if way == "down":
            notes.append(
                "the signal falls more steeply than it rises, so it was taken as upside down; "
                "polarity='up' keeps it as it is"
            )
    found = _joined([_pulses_of([], 1.0, METHODS[method], 1.0), *(p[way] for p in partials)])
    # Two blocks may both have marked the pulse at their border, a sample apart.
    twice = np.diff(found["sample"], prepend=-(2**62)) < round(APART * extent.fs)
    if twice.any():
        same_run = np.zeros(len(twice), bool)
        times = extent.times(found["sample"])
        same_run[1:] = np.diff(times) < APART
        found = {key: column[~(twice & same_run)] for key, column in found.items()}
    noise = found["noise"]
    stretch = numbered_without(noise, extent.stretch_of(found["sample"], HOLE))
    found = {key: column[~noise] for key, column in found.items()}
    samples, gone = found["sample"], int(noise.sum())
    if len(samples) < FEW:
        notes.append(not_enough(_why(extent, len(samples), gone)))
    elif gone:
        notes.append(
            f"{gone:,} waves were left out, because {LIKE_NOISE}; {len(samples):,} pulses are left"
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


def _is_clear_against(ratio: NDArray[np.float64], way: str) -> bool:
    """Return whether a block points the other way beyond doubt, so that it need not be looked at.

    Were the whole signal of this way, there would be nothing in this block that can be a pulse.
    """
    other = ratio if way == "down" else -ratio
    return (
        len(ratio) >= CLEAR_WINDOWS
        and float(np.median(other)) > CLEAR
        and float(np.mean(other > 0)) >= CLEAR_SHARE
    )


def _is_inverted(ratio: NDArray[np.float64]) -> bool:
    return (
        len(ratio) >= INVERTED_WINDOWS
        and float(np.median(ratio)) < INVERTED
        and float(np.mean(ratio < 0)) >= INVERTED_SHARE
    )


def _why(extent: Extent, n: int, gone: int) -> str:
    seconds = extent.valid.seconds
    if gone:
        return f"of the {gone + n:,} waves found, {gone:,} are no pulses: {LIKE_NOISE}"
    if seconds < SHORTEST:
        return f"{seconds:.3g} s of signal, at least {SHORTEST:g} s without a hole are needed"
    return f"{n} pulses were found in {seconds:.3g} s of signal"
